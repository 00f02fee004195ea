package app

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/detect/rules"
)

func newRules(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "rules", Short: "List and explain what is looked for",
		Args: nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	list := &cobra.Command{
		Use: "list", Short: "List all rules, one a line",
		Example: "  lazaret rules list\n  lazaret rules list --json | jq -r '.[].attack[]' | sort | uniq -c",
		Args:    nothing,
		RunE:    func(*cobra.Command, []string) error { return listRules(e.out, asJSON) },
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print everything that is known of the rules as JSON")
	explain := &cobra.Command{
		Use: "explain ID ...", Short: "Show what a rule looks for, why, and what else could be the cause",
		Example: "  lazaret rules explain K1\n  lazaret rules explain K1 D1 | less",
		Args:    atLeast(1, "the number of a rule"),
		RunE: func(_ *cobra.Command, args []string) error {
			for i, id := range args {
				b, ok := byID(id)
				if !ok {
					return usageError{fmt.Errorf("there is no rule %q; see lazaret rules list", id)}
				}
				if i > 0 {
					fmt.Fprintln(e.out)
				}
				explainRule(e.out, &b.Rule, widthOf(e.out))
			}
			return nil
		},
	}
	example := &cobra.Command{
		Use: "allow", Short: "Print an allow-list to begin with",
		Example: "  lazaret rules allow > site.toml\n  lazaret rules check site.toml\n  lazaret read --allow site.toml capture.pcap",
		Args:    nothing,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(e.out, allow.Example)
			return err
		},
	}
	check := &cobra.Command{
		Use: "check FILE ...", Short: "Say everything that is wrong with allow-lists",
		Example: "  lazaret rules check site.toml",
		Args:    atLeast(1, "a file"),
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := readAllow(args)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(e.out, "ok: %s\n", entries(len(list.Entries())))
			return err
		},
	}
	c.AddCommand(list, explain, check, example)
	return c
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

// listed are all behaviours in the order of the list.
func listed() []*detect.Behaviour {
	list := rules.All()
	slices.SortFunc(list, grave)
	return list
}

func listRules(w io.Writer, asJSON bool) error {
	if !asJSON {
		t := &table{head: []string{"RULE", "SEVERITY", "LOGS", "ATT&CK", "TITLE"}, floor: []int{4, 8, 8, 9, 40}, spare: []int{2}}
		for _, b := range listed() {
			t.add(b.ID, b.Severity.String(), strings.Join(logsOf(b), " "), strings.Join(b.Attack, " "), b.Title)
		}
		return t.print(w, widthOf(w))
	}
	out := []ruleJSON{}
	for _, b := range listed() {
		r := ruleJSON{b.ID, b.Engine, b.Title, b.Why, b.Innocent, b.Attack, b.Severity.String(), b.Confidence, b.Basis, logsOf(b), []numberJSON{}}
		for _, n := range b.Numbers {
			r.Numbers = append(r.Numbers, numberJSON{n.Name, n.Value, n.Min, n.Unit, n.Doc, n.Basis})
		}
		out = append(out, r)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}

// logsOf are the logs that a behaviour reads.
func logsOf(b *detect.Behaviour) []string {
	var out []string
	for _, s := range b.Wants {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

// explainRule writes the manual page of a rule.
func explainRule(w io.Writer, r *detect.Rule, width int) {
	fmt.Fprintf(w, "%s  %s\n\n", r.ID, r.Title)
	say := func(label, text string) {
		if text != "" {
			fmt.Fprintln(w, wrap(label+": "+text, width))
		}
	}
	say("Severity", fmt.Sprintf("%s, confidence %s", r.Severity, strconv.FormatFloat(r.Confidence, 'g', 3, 64)))
	say("ATT&CK", strings.Join(r.Attack, " "))
	if b, ok := byID(r.ID); ok {
		say("Logs", strings.Join(logsOf(b), " "))
	}
	say("Why", r.Why)
	say("Innocent causes", strings.Join(r.Innocent, " "))
	say("Basis", r.Basis)
	for _, n := range r.Numbers {
		say("Number", fmt.Sprintf("%s = %s %s, %s (%s)", n.Name, strconv.FormatFloat(n.Value, 'g', -1, 64), n.Unit, n.Doc, n.Basis))
	}
}
