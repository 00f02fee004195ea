package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/detect/intel"
	"lazaret/internal/detect/rules"
	"lazaret/internal/detect/sigma"
	"lazaret/internal/detect/yara"
	"lazaret/internal/event"
	"lazaret/internal/report"
)

// parseFailOn reads --fail-on; None is that nothing was asked for.
func parseFailOn(s string) (detect.Severity, error) {
	if s == "" {
		return detect.None, nil
	}
	v, err := detect.ParseSeverity(strings.ToLower(s))
	if err != nil {
		return v, usageError{fmt.Errorf("--fail-on: %w", err)}
	}
	return v, nil
}

// checkNumbers names every number that no rule has, or that makes no sense.
func checkNumbers(c detect.Config) error {
	var errs []error
	list := rules.All()
	for id, set := range c.Numbers {
		i := slices.IndexFunc(list, func(b *detect.Behaviour) bool { return b.ID == id })
		if i < 0 {
			errs = append(errs, fmt.Errorf("detect.numbers.%s: there is no such rule; see lazaret rules list", id))
			continue
		}
		for name, v := range set {
			j := slices.IndexFunc(list[i].Numbers, func(n detect.Number) bool { return n.Name == name })
			switch {
			case j < 0:
				errs = append(errs, fmt.Errorf("detect.numbers.%s.%s: the rule has no such number; see lazaret rules explain %s", id, name, id))
			case v < list[i].Numbers[j].Min:
				errs = append(errs, fmt.Errorf("detect.numbers.%s.%s: %v is less than %v %s", id, name, v, list[i].Numbers[j].Min, list[i].Numbers[j].Unit))
			}
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// look is everything that looks at records, one engine after the other.
type look struct {
	adds []func(r *event.Record)
	ends []func() // after the last record
}

func (l *look) add(r *event.Record) {
	for _, add := range l.adds {
		add(r)
	}
}

func (l *look) end() {
	for _, end := range l.ends {
		end()
	}
}

// watchers starts the engines that were asked for. What they report goes to book.
func watchers(cfg detect.Config, in input, book *detect.Book) (*look, error) {
	out := &look{adds: []func(*event.Record){detect.NewWatch(cfg, book, rules.All()).Add}}
	if in.intel != nil {
		e, err := intel.NewEngine(in.intel, schemas(), book.Hit)
		if err != nil {
			return nil, err
		}
		out.adds = append(out.adds, e.Add)
	}
	if in.rules != nil && in.rules.sigma != nil {
		e := sigma.NewEngine(in.rules.sigma, sigma.DefaultConfig(), book.Hit)
		out.adds, out.ends = append(out.adds, e.Add), append(out.ends, e.End)
	}
	if in.rules != nil && in.rules.yara != nil {
		out.adds = append(out.adds, yara.NewEngine(in.rules.yara, book.Hit).Add)
	}
	return out, nil
}

// readIntel reads the files of --intel; nil if there are none.
func readIntel(files []string) (*intel.Set, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var sources []intel.Source
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, usageError{fmt.Errorf("--intel %s: %w", name, bare(err))}
		}
		defer f.Close()
		sources = append(sources, intel.Source{Name: name, Text: f})
	}
	set, faults := intel.Load(sources)
	return set, faultsError(faults)
}

// maxAllow is the most bytes that an allow-list may have.
const maxAllow = 64 << 20

// readAllow reads the files of --allow; nil if there are none.
func readAllow(files []string, known []*detect.Rule) (*allow.List, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var sources []allow.Source
	for _, name := range files {
		text, err := readWhole(name, maxAllow)
		if err != nil {
			return nil, usageError{fmt.Errorf("--allow %s: %w", name, bare(err))}
		}
		sources = append(sources, allow.Source{Name: name, Text: text})
	}
	list, faults := allow.Read(sources, func(id string) bool { _, ok := byID(known, id); return ok })
	return list, faultsError(faults)
}

func silenced(r *detect.Report) []report.Silenced {
	out := []report.Silenced{}
	for _, a := range r.Allowed {
		out = append(out, report.Silenced{Rule: a.Rule.ID, By: a.By, Count: a.Count})
	}
	return out
}

// mostFindings is the most findings that the text output shows.
const mostFindings = 40

// pair is who does something to whom.
type pair struct{ source, target string }

// printFindings writes what rules have found, grouped by who did it to whom. The group
// with the worst finding comes first.
func printFindings(w io.Writer, d *report.Document, width int) error {
	if len(d.Findings) == 0 {
		_, err := fmt.Fprintf(w, "\nFindings: none.%s\n", silencedLine(d))
		return err
	}
	var groups []pair
	of := map[pair][]*report.Finding{}
	for i := range d.Findings[:min(len(d.Findings), mostFindings)] {
		f := &d.Findings[i]
		p := pair{f.Source.Address, f.Target.Address}
		if of[p] == nil {
			groups = append(groups, p)
		}
		of[p] = append(of[p], f)
	}
	fmt.Fprintf(w, "\nFindings: %s.%s\n", severities(d.Findings), silencedLine(d))
	name := callings(d.Devices)
	for _, p := range groups {
		head := of[p][0]
		line := partyLine(&head.Source, name)
		if head.Target.Address != "" {
			line += " -> " + partyLine(&head.Target, name)
		}
		fmt.Fprintf(w, "\n  %s\n", line)
		for _, f := range of[p] {
			printFinding(w, f, width)
		}
	}
	if n := len(d.Findings) - mostFindings; n > 0 {
		fmt.Fprintf(w, "  (and %s more; -o json has all)\n", report.Thousands(uint64(n)))
	}
	return nil
}

func silencedLine(d *report.Document) string {
	n := 0
	for _, s := range d.Silenced {
		n += s.Count
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Allow-lists silenced %s.", plural(n, "hit"))
}

// severities counts findings, worst first.
func severities(list []report.Finding) string {
	n := map[string]int{}
	for i := range list {
		n[list[i].Severity]++
	}
	var out []string
	for s := detect.Critical; s > detect.None; s-- {
		if n[s.String()] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s.String()], s))
		}
	}
	return strings.Join(out, ", ")
}

func partyLine(p *report.Party, name map[string]string) string {
	called := name[p.Device]
	if called == "" || called == p.Address {
		return fmt.Sprintf("%s (%s)", p.Address, p.Role)
	}
	return fmt.Sprintf("%s (%s, %s)", called, p.Role, p.Address)
}

// printFinding writes one finding below its group.
func printFinding(w io.Writer, f *report.Finding, width int) {
	title := f.Title
	if f.Topic != "" {
		title += ": " + visible(f.Topic)
	}
	fmt.Fprintf(w, "    %-8s  %-4s %s\n", strings.ToUpper(f.Severity), f.Rule, title)
	const indent = "              "
	line := func(text string) {
		fmt.Fprintln(w, indent+strings.ReplaceAll(wrap(text, max(width-len(indent), 0)), "\n", "\n"+indent))
	}
	when := f.Time
	if f.Last != f.Time {
		when += " to " + f.Last
	}
	if f.Count > 1 {
		when += ", " + plural(f.Count, "time")
	}
	line(fmt.Sprintf("%s; %s; confidence %.2f", when, strings.Join(f.Attack, " "), f.Confidence))
	if f.Reason != "" {
		line("Severity: " + f.Reason)
	}
	widest := 0
	for _, e := range f.Evidence {
		widest = max(widest, len(e.Field))
	}
	for _, e := range f.Evidence {
		evidence := visible(e.Value)
		if room := width - len(indent) - widest - 4; room > smallest {
			evidence = fit(evidence, room)
		}
		fmt.Fprintf(w, "%s  %-*s  %s\n", indent, widest, e.Field, evidence)
	}
	line(f.Why)
	line("Innocent causes: " + strings.Join(f.Innocent, " "))
}

// visible shows control characters by their numbers: a terminal would obey them.
func visible(s string) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, `\x%02x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsPrint(r) }

// grave orders rules for the list: by number within its letter.
func grave(a, b *detect.Behaviour) int {
	letter := func(id string) string { return strings.TrimRight(id, "0123456789") }
	return cmp.Or(strings.Compare(letter(a.ID), letter(b.ID)), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
}
