package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/reading"
)

// printManual writes Markdown with a page for each behaviour; docs/detections is this
// output.
func printManual(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# What is looked for\n\nWritten by `lazaret rules manual`. A severity is that of devices of which nothing is known, and of a deed of which " +
		"nothing else is known: what was refused weighs less, what was done by or to a device of care more. Windows and counts are proposals; " +
		"`detect.numbers` in the configuration sets others.\n\n| rule | severity | what is seen |\n|---|---|---|\n")
	list := reading.Heads(&reading.RuleFiles{})
	for _, r := range list {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Severity, r.Title)
	}
	for _, r := range list {
		page(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// against says what a rule has to do with a baseline.
var against = map[string]string{
	"needed": "It needs a baseline and says nothing without: lazaret read --learn or --baseline.",
	"used":   "With a baseline (lazaret read --learn or --baseline) it compares with what is normal there.",
}

// page is the page of one rule.
func page(b *strings.Builder, r *detect.Rule) {
	fmt.Fprintf(b, "\n<a id=\"%s\"></a>\n\n## %s: %s\n\n%s\n\n", strings.ToLower(r.ID), r.ID, r.Title, r.Why)
	b.WriteString("*What else could be the cause:*\n\n")
	for _, s := range r.Innocent {
		fmt.Fprintf(b, "- %s\n", s)
	}
	var techniques []string
	for _, t := range r.Attack {
		techniques = append(techniques, "`"+t+"`")
	}
	fmt.Fprintf(b, "\nSeverity %s, confidence %s. ATT&CK %s. Logs: `%s`. Basis: %s.\n", r.Severity, strconv.FormatFloat(r.Confidence, 'g', 3, 64),
		strings.Join(techniques, ", "), strings.Join(r.Logs, "`, `"), strings.TrimSuffix(r.Basis, "."))
	if says := against[r.Baseline]; says != "" {
		b.WriteString("\n" + says + "\n")
	}
	if len(r.Numbers) == 0 {
		return
	}
	b.WriteString("\n| number | value | unit | meaning | basis |\n|---|---|---|---|---|\n")
	for _, n := range r.Numbers {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", n.Name, strconv.FormatFloat(n.Value, 'f', -1, 64), n.Unit, n.Doc, n.Basis)
	}
}
