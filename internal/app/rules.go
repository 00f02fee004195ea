package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/reading"
	"lazaret/internal/report/terminal"
)

func newRules(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "rules", Short: "List, explain, check and test what is looked for",
		Args: nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var paths []string
	of := func(c *cobra.Command) *cobra.Command {
		c.Flags().StringArrayVar(&paths, "rules", nil, "with the rules of Sigma and YARA in `PATH`, a file or a folder; may be given again")
		return c
	}
	var asJSON bool
	list := of(&cobra.Command{
		Use: "list", Short: "List all rules, one a line",
		Example: "  lazaret rules list\n  lazaret rules list --rules sigma/\n  lazaret rules list --json | jq -r '.[].attack[]' | sort | uniq -c",
		Args:    nothing,
		RunE: func(*cobra.Command, []string) error {
			files, err := reading.ReadRules(paths)
			if err != nil {
				return err
			}
			return listRules(e.out, reading.Heads(files), asJSON)
		},
	})
	list.Flags().BoolVar(&asJSON, "json", false, "print everything that is known of the rules as JSON")
	explain := of(&cobra.Command{
		Use: "explain ID ...", Short: "Show what a rule looks for, why, and what else could be the cause",
		Example: "  lazaret rules explain K1\n  lazaret rules explain K1 D1 | less",
		Args:    atLeast(1, "the number of a rule"),
		RunE:    func(_ *cobra.Command, args []string) error { return e.explainRules(args, paths) },
	})
	c.AddCommand(list, explain, &cobra.Command{
		Use: "check PATH ...", Short: "Say everything that is wrong with rules and allow-lists",
		Long: `Check reads rules of Sigma (.yml, .yaml) and YARA (.yar, .yara), folders of them, and allow-lists
(.toml), and says all that is wrong with them, with file, line, key and what was expected. Rules that no log can decide
here are listed with the reason; that is no fault.`,
		Example: "  lazaret rules check sigma/ site.toml",
		Args:    atLeast(1, "a file or a folder"),
		RunE:    func(_ *cobra.Command, args []string) error { return e.checkRules(args) },
	}, newRulesTest(e), &cobra.Command{
		Use: "manual", Short: "Print the manual of all behaviours as Markdown",
		Example: "  lazaret rules manual > docs/detections/README.md",
		Args:    nothing,
		RunE:    func(*cobra.Command, []string) error { return printManual(e.out) },
	}, &cobra.Command{
		Use: "allow", Short: "Print an allow-list to begin with",
		Example: "  lazaret rules allow > site.toml\n  lazaret rules check site.toml\n  lazaret read --allow site.toml capture.pcap",
		Args:    nothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, allow.Example)
			return err
		},
	})
	return c
}

func (e *env) explainRules(ids, paths []string) error {
	files, err := reading.ReadRules(paths)
	if err != nil {
		return err
	}
	list := reading.Heads(files)
	for i, id := range ids {
		r, ok := reading.ByID(list, id)
		if !ok {
			return reading.Usage(fmt.Errorf("there is no rule %q; see lazaret rules list", id))
		}
		if i > 0 {
			fmt.Fprintln(e.out)
		}
		explainRule(e.out, r, terminal.Width(e.out))
	}
	return nil
}

// checkRules tells the faults of all files, those of one kind after those of the other.
func (e *env) checkRules(args []string) error {
	var paths, lists []string
	for _, a := range args {
		if strings.EqualFold(filepath.Ext(a), ".toml") {
			lists = append(lists, a)
			continue
		}
		paths = append(paths, a)
	}
	files, err := reading.ReadRules(paths)
	if files == nil {
		files = &reading.RuleFiles{}
	}
	expected, err2 := reading.ReadAllow(lists, reading.Knows(files))
	if err := errors.Join(err, err2); err != nil {
		return reading.Usage(err)
	}
	for _, f := range files.Remarks() {
		fmt.Fprintln(e.out, f.Error())
	}
	if len(paths) > 0 {
		fmt.Fprintf(e.out, "ok: %s\n", terminal.Plural(len(files.Heads()), "rule"))
	}
	if len(lists) > 0 {
		fmt.Fprintf(e.out, "ok: %s\n", entries(len(expected.Entries())))
	}
	return nil
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// ruleJSON is a rule as rules list --json prints it.
type ruleJSON struct {
	ID         string       `json:"id"`
	Engine     string       `json:"engine"`
	Title      string       `json:"title"`
	Why        string       `json:"why"`
	Innocent   []string     `json:"innocent"`
	Attack     []string     `json:"attack"`
	Severity   string       `json:"severity"`
	Confidence float64      `json:"confidence"`
	Basis      string       `json:"basis"`
	Logs       []string     `json:"logs"`
	Baseline   string       `json:"baseline"` // needed, used, or empty
	Numbers    []numberJSON `json:"numbers"`
}

type numberJSON struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Least float64 `json:"least"`
	Unit  string  `json:"unit"`
	Doc   string  `json:"doc"`
	Basis string  `json:"basis"`
}

func listRules(w io.Writer, list []*detect.Rule, asJSON bool) error {
	if !asJSON {
		t := &terminal.Table{Head: []string{"RULE", "SEVERITY", "LOGS", "ATT&CK", "TITLE"}, Floor: []int{4, 8, 8, 9, 40}, Spare: []int{2}}
		for _, r := range list {
			title := r.Title
			if r.Baseline == "needed" {
				title += " (needs a baseline)"
			}
			t.Add(r.ID, r.Severity.String(), strings.Join(r.Logs, " "), strings.Join(r.Attack, " "), title)
		}
		return t.Print(w, terminal.Width(w))
	}
	out := []ruleJSON{}
	for _, r := range list {
		x := ruleJSON{r.ID, r.Engine, r.Title, r.Why, full(r.Innocent), full(r.Attack), r.Severity.String(), r.Confidence, r.Basis, full(r.Logs), r.Baseline, []numberJSON{}}
		for _, n := range r.Numbers {
			x.Numbers = append(x.Numbers, numberJSON{n.Name, n.Value, n.Min, n.Unit, n.Doc, n.Basis})
		}
		out = append(out, x)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// full is a list that is never null in JSON.
func full(list []string) []string { return append([]string{}, list...) }

// explainRule writes the manual page of a rule.
func explainRule(w io.Writer, r *detect.Rule, width int) {
	fmt.Fprintf(w, "%s  %s\n\n", r.ID, r.Title)
	say := func(label, text string) {
		if text != "" {
			fmt.Fprintln(w, terminal.Wrap(label+": "+text, width))
		}
	}
	say("Severity", fmt.Sprintf("%s, confidence %s", r.Severity, strconv.FormatFloat(r.Confidence, 'g', 3, 64)))
	say("ATT&CK", strings.Join(r.Attack, " "))
	say("Logs", strings.Join(r.Logs, " "))
	say("Why", r.Why)
	say("Baseline", against[r.Baseline])
	say("Innocent causes", strings.Join(r.Innocent, " "))
	say("Basis", r.Basis)
	for _, n := range r.Numbers {
		say("Number", fmt.Sprintf("%s = %s %s, %s (%s)", n.Name, strconv.FormatFloat(n.Value, 'g', -1, 64), n.Unit, n.Doc, n.Basis))
	}
}
