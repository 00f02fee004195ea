package app

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lazaret/internal/ledger"
	"lazaret/internal/reading"
	"lazaret/internal/report/terminal"
)

// asksIncident are the flags of incident and its sub-commands.
type asksIncident struct {
	file, output, by, note string
	all                    bool
}

func newIncident(e *env) *cobra.Command {
	var f asksIncident
	c := &cobra.Command{
		Use: "incident", Short: "Show the incidents that are remembered from run to run, close them, note what was done",
		Long: `Read and report remember incidents in the file of --ledger: an incident keeps its id when it grows,
is merged with another or split, and is told as quiet when nobody has acted for three days. People
close it; conversations that were not known then open it again.

Notes are kept in clear beside incidents: write nothing of patients into them.`,
		Example: "  lazaret read --ledger incidents.jsonl monday/\n  lazaret incident list --ledger incidents.jsonl\n  lazaret incident close --ledger incidents.jsonl --by \"K. Example\" --note \"cleaned, see ticket 12\" LZ-9a9fdc21",
		Args:    nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&f.file, "ledger", "", "the `FILE` that read and report were given")
	list := &cobra.Command{
		Use: "list", Short: "One line for each incident that is not closed",
		Example: "  lazaret incident list --ledger incidents.jsonl\n  lazaret incident list --ledger incidents.jsonl --all -o json",
		Args:    nothing, RunE: func(*cobra.Command, []string) error { return e.listIncidents(&f) },
	}
	list.Flags().BoolVar(&f.all, "all", false, "also those that are closed or were merged into others")
	show := &cobra.Command{
		Use: "show ID", Short: "What is known of an incident, and what happened to it",
		Example: "  lazaret incident show --ledger incidents.jsonl LZ-9a9fdc21",
		Args:    exactly(1, "an incident"), RunE: func(_ *cobra.Command, args []string) error { return e.showIncident(&f, args[0]) },
	}
	for _, x := range []*cobra.Command{list, show} {
		x.Flags().StringVarP(&f.output, "output", "o", "text", "`FORMAT` of the output: text, json")
		_ = x.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	}
	c.AddCommand(list, show,
		e.saying(&f, ledger.Closed, "close ID", "Close an incident", "cleaned, see ticket 12"),
		e.saying(&f, ledger.Reopened, "reopen ID", "Open an incident again", "it is back on CT1"),
		e.saying(&f, "noted", "note ID", "Note something of an incident", "called the manufacturer"))
	return c
}

// saying is a command by which a person says something of an incident.
func (e *env) saying(f *asksIncident, what, use, short, example string) *cobra.Command {
	name, _, _ := strings.Cut(use, " ")
	c := &cobra.Command{
		Use: use, Short: short,
		Example: fmt.Sprintf("  lazaret incident %s --ledger incidents.jsonl --note %q LZ-9a9fdc21", name, example),
		Args:    exactly(1, "an incident"),
		RunE: func(_ *cobra.Command, args []string) error {
			if what == "noted" && f.note == "" {
				return reading.Usage(errors.New("--note: say what"))
			}
			l, err := f.read(true)
			if err != nil {
				return err
			}
			x, err := l.Say(args[0], what, cmp.Or(f.by, userName()), f.note, time.Now())
			if err != nil {
				return err
			}
			if err := reading.WriteWhole(f.file, l.Write); err != nil {
				return fmt.Errorf("--ledger %s: %w", f.file, reading.Bare(err))
			}
			_, err = fmt.Fprintf(e.out, "%s is %s\n", x.ID, x.State)
			return err
		},
	}
	c.Flags().StringVar(&f.by, "by", "", "`NAME` of who says so (default the user of this machine)")
	c.Flags().StringVar(&f.note, "note", "", "`TEXT` of at most 2,000 bytes, without anything of patients")
	return c
}

// userName is who runs the program, as the machine knows it.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// read reads the ledger, which has to be there.
func (f *asksIncident) read(must bool) (*ledger.Ledger, error) {
	if f.file == "" {
		return nil, reading.Usage(errors.New("--ledger: name the file that read and report were given"))
	}
	if _, err := os.Stat(f.file); must && err != nil {
		return nil, reading.Usage(fmt.Errorf("--ledger %s: %w", f.file, reading.Bare(err)))
	}
	return reading.ReadLedger(f.file)
}

func (f *asksIncident) check() error {
	if f.output != "text" && f.output != "json" {
		return reading.Usage(fmt.Errorf("--output: %q is none of text, json", f.output))
	}
	return nil
}

func (e *env) listIncidents(f *asksIncident) error {
	if err := f.check(); err != nil {
		return err
	}
	l, err := f.read(true)
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(slices.Clone(l.Entries), func(x *ledger.Entry) bool {
		return !f.all && (x.State == ledger.Closed || x.State == ledger.Merged)
	})
	if f.output == "json" {
		return printJSON(e.out, list)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(e.out, "No incident is open; %s closed or merged.\n", terminal.Plural(len(l.Entries), "is"))
		return err
	}
	t := terminal.Table{Head: []string{"ID", "STATE", "SEVERITY", "FIRST", "LAST", "WHAT"}}
	for _, x := range list {
		state := x.State
		if x.Into != "" {
			state = "in " + x.Into
		}
		t.Add(terminal.Visible(x.ID), terminal.Visible(state), terminal.Visible(x.Severity), minute(x.First), minute(x.Last), terminal.Visible(x.Title))
	}
	return t.Print(e.out, terminal.Width(e.out))
}

// minute is a time of RFC 3339 without what is of no use in a list.
func minute(s string) string { return strings.Replace(s[:min(len(s), 16)], "T", " ", 1) }

func (e *env) showIncident(f *asksIncident, id string) error {
	if err := f.check(); err != nil {
		return err
	}
	l, err := f.read(true)
	if err != nil {
		return err
	}
	x, err := l.Find(id)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return printJSON(e.out, x)
	}
	fmt.Fprintf(e.out, "%s  %s  %s\n%s\n", terminal.Visible(x.ID), terminal.Visible(strings.ToUpper(x.Severity)), x.State, terminal.Visible(x.Title))
	if x.Into != "" {
		fmt.Fprintf(e.out, "merged into %s\n", x.Into)
	}
	fmt.Fprintf(e.out, "from %s to %s (UTC), %s\n", minute(x.First), minute(x.Last), terminal.Plural(len(x.Talks), "conversation"))
	fmt.Fprintf(e.out, "acted: %s\n", terminal.Visible(strings.Join(x.Devices, " ")))
	for _, m := range x.Marks {
		fmt.Fprintf(e.out, "mark:  %s\n", terminal.Visible(m))
	}
	for _, c := range x.History {
		by := ""
		if c.By != "" {
			by = " by " + c.By
		}
		if _, err := fmt.Fprintf(e.out, "%s  %s%s  %s\n", minute(c.Time), c.What, terminal.Visible(by), terminal.Visible(c.Detail)); err != nil {
			return err
		}
	}
	return nil
}
