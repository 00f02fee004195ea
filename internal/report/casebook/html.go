package casebook

import (
	_ "embed" // the page's template and style
	"html/template"
	"io"
	"slices"

	"lazaret/internal/report"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// WriteHTML writes the page.
func (b *Book) WriteHTML(w io.Writer) error {
	t, err := template.New("case").Funcs(template.FuncMap{
		"css": func() template.CSS { return template.CSS(pageCSS) }, "when": When, "percent": Percent, "share": short, "unit": report.Unit,
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, b)
}

// Span is what was read, from when to when.
func (b *Book) Span() string {
	s := &b.Doc.Summary
	if s.First == "" {
		return "Nothing was read"
	}
	return "Traffic from " + When(s.First) + " to " + When(s.Last) + " (UTC)"
}

// Late reports a case that was under way when the capture began: what was not seen then
// comes first.
func (c *Case) Late() bool {
	return slices.ContainsFunc(c.Blind, func(s report.Spot) bool { return s.Reason == "starts_late" })
}

// Row is an exposure with a name.
type Row struct {
	Who  string
	Rows []Line
}

// Line is the part of an exposure that was handled, returned or moved.
type Line struct {
	Word string
	report.Amounts
}

// Row makes the rows of one device; those without anything are left out.
func (*Book) Row(who string, w report.Ways) Row {
	out := Row{who, []Line{{"all", w.All}}}
	for _, l := range []Line{{"handled", w.Handled}, {"returned", w.Returned}, {"moved", w.Moved}} {
		if l.Amounts != (report.Amounts{}) {
			out.Rows = append(out.Rows, l)
		}
	}
	return out
}
