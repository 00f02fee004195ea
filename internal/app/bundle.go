package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/bundle"
	"lazaret/internal/capture"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
)

// keeper writes the bundle of a report.
type keeper struct {
	cfg   reading.Config
	in    reading.Input
	r     *reading.Reading
	d     *report.Document
	which []int
	f     *asksReport
}

// write makes the bundle and tells its head.
func (k *keeper) write(errw io.Writer, file, note string) error {
	var head string
	err := reading.WriteWhole(file, func(w io.Writer) (err error) {
		b := bundle.NewWriter(w, k.r.Capture.Last.Std(), "lazaret "+reading.Version())
		if note != "" {
			b.Note(note)
		}
		if err := errors.Join(k.inputs(b), k.parts(b), k.records(b)); err != nil {
			return err
		}
		head, err = b.Close()
		return err
	})
	if err != nil {
		return fmt.Errorf("--bundle %s: %w", file, reading.Bare(err))
	}
	_, err = fmt.Fprintf(errw, "lazaret: the head of %s is %s: write it down elsewhere\n", file, head)
	return err
}

// inputs enters what was read: captures, rules and lists.
func (k *keeper) inputs(b *bundle.Writer) error {
	captures, _ := capture.Expand(k.cfg.Capture, k.in.Paths) // faults were told when it was read
	ruleFiles, err := reading.RuleNames(k.f.rules)
	if err != nil {
		return err
	}
	for _, name := range slices.Concat(captures, ruleFiles, k.f.allow, k.f.intel, []string{k.f.normal.from, k.f.partners}) {
		if name == "" || name == "-" || name == os.Stdin.Name() {
			continue // what came by a pipe is gone
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = b.Input(name, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// parts adds the case in all formats, the configuration and the rules in force.
func (k *keeper) parts(b *bundle.Writer) error {
	for _, x := range caseFormats() {
		if x.name == "layer" && len(k.which) != 1 {
			continue
		}
		if err := b.Part("case"+x.suffix, func(w io.Writer) error { return x.write(w, k.d, k.which, k.f.stix) }); err != nil {
			return err
		}
	}
	if k.f.pcap != "" {
		if err := b.Part("packets.pcapng", func(w io.Writer) error { return copyFile(w, k.f.pcap) }); err != nil {
			return err
		}
	}
	if err := b.Part("lazaret.toml", func(w io.Writer) error { return reading.PrintConfig(w, k.cfg) }); err != nil {
		return err
	}
	return b.Part("rules.json", func(w io.Writer) error { return listRules(w, reading.Heads(k.in.Rules), true) })
}

func copyFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// records adds the records of the conversations behind the findings, by log. They were
// written to a folder while it was read.
func (k *keeper) records(b *bundle.Writer) error {
	var marks []string
	for _, i := range k.which {
		for _, f := range k.d.Incidents[i].Findings {
			for _, uid := range k.d.Findings[f].UIDs {
				marks = append(marks, `"`+uid+`"`)
			}
		}
	}
	slices.Sort(marks)
	marks = slices.Compact(marks)
	names, err := filepath.Glob(filepath.Join(k.in.Logs, "*.log"))
	if err != nil {
		return err
	}
	for _, name := range names {
		lines, err := linesWith(name, marks)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			continue
		}
		if err := b.Part("records/"+filepath.Base(name), func(w io.Writer) error { _, err := io.WriteString(w, lines); return err }); err != nil {
			return err
		}
	}
	return nil
}

// linesWith are the lines of a file that hold any of some words.
func linesWith(name string, words []string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
	}
	var out strings.Builder
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadString('\n')
		for part := line; ; { // every quoted word of the line
			from := strings.IndexByte(part, '"')
			if from < 0 {
				break
			}
			to := strings.IndexByte(part[from+1:], '"')
			if to < 0 {
				break
			}
			if known[part[from:from+to+2]] {
				out.WriteString(line)
				break
			}
			part = part[from+1:]
		}
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return "", err
		}
	}
}

func newBundle(e *env) *cobra.Command {
	var head string
	var asJSON bool
	c := &cobra.Command{
		Use: "bundle", Short: "Check bundles of evidence, which lazaret report --bundle writes",
		Args: nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	verify := &cobra.Command{
		Use: "verify FILE ...", Short: "Say whether a bundle is as it was made, or which part differs",
		Long: `Verify reads every part of a bundle and holds it against the manifest in it, whose lines are a chain
of hashes. With --head it also tells a bundle that was made anew. Exit status 1 if something differs.

Without this program: unzip the bundle, and compare the parts with the SHA-256 that manifest.jsonl
has for them (sha256sum).`,
		Example: "  lazaret bundle verify case.zip\n  lazaret bundle verify --head 5f1c... case.zip\n  lazaret bundle verify --json case.zip | jq -r '.entries[] | select(.kind == \"input\") | .sha256 + \"  \" + .name' | sha256sum -c",
		Args:    atLeast(1, "a bundle"),
		RunE:    func(_ *cobra.Command, args []string) error { return e.verifyBundles(args, head, asJSON) },
	}
	verify.Flags().StringVar(&head, "head", "", "the `HASH` that was told when it was made")
	verify.Flags().BoolVar(&asJSON, "json", false, "print the manifest of each bundle as JSON")
	c.AddCommand(verify)
	return c
}

// verifyBundles says of each bundle whether it is as it was made.
func (e *env) verifyBundles(files []string, head string, asJSON bool) error {
	var errs []error
	for _, file := range files {
		r, err := verifyBundle(file, head)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if asJSON {
			errs = append(errs, printJSON(e.out, r))
			continue
		}
		n := map[string]int{}
		for _, x := range r.Entries {
			n[x.Kind]++
		}
		fmt.Fprintf(e.out, "ok: %s: %s; made of %s by %s, head %s\n", file, terminal.Plural(n["part"], "part"), terminal.Plural(n["input"], "input"), r.Entries[0].Name, r.Head)
	}
	return errors.Join(errs...)
}

func verifyBundle(file, head string) (*bundle.Result, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, reading.Bare(err)
	}
	defer f.Close()
	at, err := f.Stat()
	if err != nil {
		return nil, reading.Bare(err)
	}
	return bundle.Verify(f, at.Size(), head)
}
