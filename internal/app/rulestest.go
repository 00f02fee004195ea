package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/detect"
	"lazaret/internal/detect/cases"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/files"
	"lazaret/internal/reading"
	"lazaret/internal/report/terminal"
)

// maxCaseFile is the most bytes that a file of cases may have, and maxMoved that which a
// case shows as a file that moved.
const (
	maxCaseFile = 16 << 20
	maxMoved    = 256 << 20
)

func newRulesTest(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "test PATH ...", Short: "Try rules on the cases that stand beside them",
		Long: `Test reads rules of Sigma and YARA and the cases for them (` + cases.Ending + `), from files and folders,
and says of each case whether the rule answered as it must. A case shows one thing:

  [[case]]
  name    = "a share of another is entered"
  rule    = "smb_admin_share"          # number or title of the rule; behaviours too, such as K1
  expect  = "fires"                    # or "quiet"
  source  = "10.0.0.5"                 # optional: who, whom and how often
  records = [ { log = "smb_mapping", "id.orig_h" = "10.0.0.5", path = '\\srv\ADMIN$' } ]
  # or capture = "FILE.pcap"           # read as lazaret read does
  # or file = "FILE.bin"               # as it moved over the network: for YARA

Records are in the words of the logs (lazaret records); paths are relative to the file of the case.
Exit status 1 if a case fails, 2 if a rule or a case has a fault.`,
		Example: "  lazaret rules test sigma/\n  lazaret rules test ours.yar ours.test.toml\n  lazaret rules test --json rules/ | jq '.cases[] | select(.ok | not)'",
		Args:    atLeast(1, "a file or a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.testRules(cmd, args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}

// trial is a case with what came of it, as rules test --json prints it.
type trial struct {
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Name   string   `json:"name"`
	Rule   string   `json:"rule"`
	Expect string   `json:"expect"`
	OK     bool     `json:"ok"`
	Why    string   `json:"why"`   // empty if ok
	Fired  []string `json:"fired"` // what the rule said: severity source>target, times
}

// trials is the output of rules test.
type trials struct {
	Cases    []trial  `json:"cases"`
	Failed   int      `json:"failed"`
	Untested []string `json:"untested"` // rules of the files that no case is for
}

// testRules tells all faults first, and runs the cases only if there are none.
func (e *env) testRules(cmd *cobra.Command, args []string, asJSON bool) error {
	rulePaths, caseFiles, err := caseNames(args)
	if err != nil {
		return err
	}
	of, err := reading.ReadRules(rulePaths)
	list, faults := e.readCases(caseFiles, of)
	if err := errors.Join(err, faults); err != nil {
		return reading.Usage(err)
	}
	cfg, err := configOf(cmd)
	if err != nil {
		return err
	}
	out := trials{Cases: []trial{}, Untested: []string{}}
	tested := map[string]bool{}
	all := reading.Heads(of)
	for i := range list {
		c := &list[i]
		rule, _ := ruleOf(all, c.Rule)
		tested[rule.ID] = true
		x, err := e.try(cmd.Context(), cfg, of, c, rule)
		if err != nil {
			return err
		}
		if !x.OK {
			out.Failed++
		}
		out.Cases = append(out.Cases, *x)
	}
	for _, r := range of.Heads() {
		if !tested[r.ID] {
			out.Untested = append(out.Untested, r.ID+" "+r.Title)
		}
	}
	if err := e.printTrials(&out, asJSON); err != nil {
		return err
	}
	if out.Failed > 0 {
		return reading.ErrPartial
	}
	return nil
}

// caseNames sorts paths into those of rules and those of cases; folders are searched for
// both.
func caseNames(args []string) (rulePaths, caseFiles []string, err error) {
	for _, p := range args {
		at, err := os.Stat(p)
		switch {
		case err != nil:
			return nil, nil, reading.Usage(fmt.Errorf("%s: %w", p, reading.Bare(err)))
		case !at.IsDir() && strings.HasSuffix(p, cases.Ending):
			caseFiles = append(caseFiles, p)
			continue
		case !at.IsDir():
			rulePaths = append(rulePaths, p)
			continue
		}
		some := false
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				some = some || reading.IsRules(name)
				if strings.HasSuffix(name, cases.Ending) {
					caseFiles = append(caseFiles, name)
				}
			}
			return err
		})
		if err != nil {
			return nil, nil, reading.Usage(fmt.Errorf("%s: %w", p, reading.Bare(err)))
		}
		if some {
			rulePaths = append(rulePaths, p)
		}
	}
	if len(caseFiles) == 0 {
		return nil, nil, reading.Usage(fmt.Errorf("there are no cases (%s) in %s; see lazaret rules test --help", cases.Ending, strings.Join(args, ", ")))
	}
	return rulePaths, caseFiles, nil
}

// readCases reads all cases; those of rules that are not there are faults. of is nil if the
// rules could not be read.
func (e *env) readCases(names []string, of *reading.RuleFiles) ([]cases.Case, error) {
	var sources []cases.Source
	for _, name := range names {
		text, err := reading.ReadWhole(name, maxCaseFile)
		if err != nil {
			return nil, reading.Usage(fmt.Errorf("%s: %w", name, reading.Bare(err)))
		}
		sources = append(sources, cases.Source{Name: name, Text: text})
	}
	list, faults := cases.Read(sources, reading.Schemas())
	for _, c := range list {
		for key, path := range map[string]string{"capture": c.Capture, "file": c.Path} {
			if path == "" {
				continue
			}
			if _, err := os.Stat(beside(c.File, path)); err != nil {
				faults = append(faults, detect.Fault{File: c.File, Line: c.Line, Key: key, What: fmt.Sprintf("%s: %v", beside(c.File, path), reading.Bare(err))})
			}
		}
	}
	if of != nil {
		all := reading.Heads(of)
		for _, c := range list {
			r, ok := ruleOf(all, c.Rule)
			switch {
			case !ok:
				faults = append(faults, detect.Fault{File: c.File, Line: c.Line, Key: "rule", What: fmt.Sprintf("there is no rule of the number or title %q", c.Rule)})
			case c.Path != "" && r.Engine != "yara":
				faults = append(faults, detect.Fault{File: c.File, Line: c.Line, Key: "file", What: fmt.Sprintf("%s is a rule of %s; files are for those of yara", r.ID, r.Engine)})
			case len(r.Logs) > 0 && slices.ContainsFunc(c.Records, func(x event.Record) bool { return !slices.Contains(r.Logs, x.Body.Schema().Name) }):
				// It could only stay quiet: a case that proves nothing.
				faults = append(faults, detect.Fault{File: c.File, Line: c.Line, Key: "records", What: fmt.Sprintf("%s reads %s alone", r.ID, strings.Join(r.Logs, ", "))})
			case len(c.Records) > 0 && r.Engine == "yara":
				faults = append(faults, detect.Fault{File: c.File, Line: c.Line, Key: "records", What: r.ID + " is a rule of yara, which wants the content of a file: give file or capture"})
			}
		}
	}
	return list, reading.FaultsError(faults)
}

// ruleOf finds a rule by its number, by the name that it has in YARA, or by its title.
func ruleOf(list []*detect.Rule, name string) (*detect.Rule, bool) {
	for _, id := range []string{name, "yara:" + name} {
		if r, ok := reading.ByID(list, id); ok {
			return r, true
		}
	}
	i := slices.IndexFunc(list, func(r *detect.Rule) bool { return strings.EqualFold(r.Title, name) })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// try shows a case to its rule. An error means that it could not be shown.
func (e *env) try(ctx context.Context, cfg reading.Config, of *reading.RuleFiles, c *cases.Case, rule *detect.Rule) (*trial, error) {
	found, err := e.show(ctx, cfg, of, c)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %w", c.File, c.Line, err)
	}
	x := &trial{File: c.File, Line: c.Line, Name: c.Name, Rule: rule.ID, Expect: "quiet", Fired: []string{}}
	if c.Fires {
		x.Expect = "fires"
	}
	times, fits := 0, 0
	for i := range found {
		f := &found[i]
		if f.Rule.ID != rule.ID {
			continue
		}
		times += f.Count
		x.Fired = append(x.Fired, fmt.Sprintf("%s %s>%s, %s", f.Severity, shown(f.Source), shown(f.Target), terminal.Plural(f.Count, "time")))
		if sameAddress(c.Source, f.Source) && sameAddress(c.Target, f.Target) {
			fits += f.Count
		}
	}
	switch {
	case !c.Fires && times > 0:
		x.Why = "it fires"
	case c.Fires && times == 0:
		x.Why = "it stays quiet"
	case c.Fires && fits == 0:
		x.Why = fmt.Sprintf("it fires, but not from %s to %s", cmp.Or(c.Source, "anybody"), cmp.Or(c.Target, "anybody"))
	case c.Fires && c.Count > 0 && fits != c.Count:
		x.Why = fmt.Sprintf("it fires %s, %d are expected", terminal.Plural(fits, "time"), c.Count)
	}
	x.OK = x.Why == ""
	return x, nil
}

func shown(ip netid.IP) string {
	if ip.IsZero() {
		return "-"
	}
	return ip.String()
}

func sameAddress(want string, ip netid.IP) bool {
	return want == "" || !ip.IsZero() && want == ip.String()
}

// show runs what a case shows through all engines, and gives back what was found.
func (e *env) show(ctx context.Context, cfg reading.Config, of *reading.RuleFiles, c *cases.Case) ([]detect.Finding, error) {
	nobody := func(netid.IP) roles.Role { return roles.Unknown }
	in := reading.Input{Rules: of}
	if c.Capture != "" {
		in.Paths = []string{beside(c.File, c.Capture)}
		r, err := reading.Run(ctx, e.err, cfg, in)
		if err != nil {
			return nil, err
		}
		return r.Found.Snapshot(nobody).Findings, nil
	}
	records := c.Records
	if c.Path != "" {
		r, err := movedFile(beside(c.File, c.Path))
		if err != nil {
			return nil, reading.Usage(fmt.Errorf("file: %w", err))
		}
		records = []event.Record{*r}
	}
	book := detect.NewBook(cfg.Detect, nil)
	look, err := reading.NewLook(cfg, in, book)
	if err != nil {
		return nil, err
	}
	for i := range records {
		look.Add(&records[i])
	}
	look.End()
	return book.Snapshot(nobody).Findings, nil
}

// beside finds a path that a file of cases names.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// movedFile is the record of a file that moved whole.
func movedFile(name string) (*event.Record, error) {
	content, err := reading.ReadWhole(name, maxMoved)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reading.Bare(err))
	}
	sum := sha256.Sum256(content)
	return &event.Record{Conn: &event.Conn{UID: "C1"}, Body: &files.Record{FUID: "F1", Source: "SMB", Filename: filepath.Base(name), Seen: uint64(len(content)),
		Total: event.Count{V: uint64(len(content)), OK: true}, SHA256: hex.EncodeToString(sum[:]), Content: content, Whole: true}}, nil
}

func (e *env) printTrials(out *trials, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(e.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(out)
	}
	for _, x := range out.Cases {
		word := "ok    "
		if !x.OK {
			word = "FAILED"
		}
		fmt.Fprintf(e.out, "%s  %s:%d  %s: %s\n", word, x.File, x.Line, x.Rule, x.Name)
		if x.OK {
			continue
		}
		fmt.Fprintf(e.out, "        %s is expected: %s\n", x.Expect, x.Why)
		for _, f := range x.Fired {
			fmt.Fprintf(e.out, "        it said: %s\n", f)
		}
	}
	fmt.Fprintf(e.out, "\n%s, %d failed.\n", terminal.Plural(len(out.Cases), "case"), out.Failed)
	if n := len(out.Untested); n > 0 {
		fmt.Fprintf(e.out, "Without a case: %s\n", terminal.Plural(n, "rule"))
		for _, r := range out.Untested {
			fmt.Fprintf(e.out, "  %s\n", r)
		}
	}
	return nil
}
