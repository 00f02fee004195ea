package alerts

import (
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/report"
	"lazaret/internal/report/attack"
)

// The layer is of this format, and written for this Navigator.
const (
	layerVersion     = "4.5"
	navigatorVersion = "5.2.0"
)

const (
	mostComments = 12  // findings in the comment of a technique
	maxComment   = 400 // bytes of a finding in it
)

// layer is a layer of the ATT&CK Navigator.
type layer struct {
	Name        string           `json:"name"`
	Versions    layerVersions    `json:"versions"`
	Domain      string           `json:"domain"`
	Description string           `json:"description"`
	Sorting     int              `json:"sorting"`
	Layout      layerLayout      `json:"layout"`
	Hide        bool             `json:"hideDisabled"`
	Techniques  []layerTechnique `json:"techniques"`
	Gradient    layerGradient    `json:"gradient"`
	Legend      []layerLegend    `json:"legendItems"`
	Metadata    []layerMeta      `json:"metadata"`
}

type layerVersions struct {
	Attack    string `json:"attack"`
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layerLayout struct {
	Layout   string `json:"layout"`
	ShowID   bool   `json:"showID"`
	ShowName bool   `json:"showName"`
	Expanded string `json:"expandedSubtechniques"`
}

type layerTechnique struct {
	ID       string      `json:"techniqueID"`
	Score    int         `json:"score"`
	Comment  string      `json:"comment"`
	Enabled  bool        `json:"enabled"`
	Metadata []layerMeta `json:"metadata"`
}

type layerMeta struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type layerGradient struct {
	Colors []string `json:"colors"`
	Min    int      `json:"minValue"`
	Max    int      `json:"maxValue"`
}

type layerLegend struct {
	Label string `json:"label"`
	Color string `json:"color"`
}

// legend are the colors in the middle of each severity's part of the gradient.
var legend = []layerLegend{
	{"info", "#eef3fa"}, {"low", "#fff0b3"}, {"medium", "#ffc266"}, {"high", "#f4734b"}, {"critical", "#b3122a"},
}

func writeLayer(w io.Writer, d *report.Document) error {
	var list []*report.Finding
	for i := range d.Findings {
		list = append(list, &d.Findings[i])
	}
	return encodeLayer(w, newLayer("Lazaret findings", d.Version, list))
}

// WriteLayer writes a layer of the ATT&CK Navigator of the findings of one incident of a
// Document.
func WriteLayer(w io.Writer, d *report.Document, x *report.Incident) error {
	var list []*report.Finding
	for _, i := range x.Findings {
		list = append(list, &d.Findings[i])
	}
	l := newLayer("Lazaret incident "+visible(x.ID), d.Version, list)
	l.Description = visible(x.Title) + "; " + l.Description
	return encodeLayer(w, l)
}

func encodeLayer(w io.Writer, l *layer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(l)
}

// seen is what was found of a technique.
type seen struct {
	worst detect.Severity
	hits  int
	rules []string
	list  []*report.Finding // worst first, as the Document has them
}

func newLayer(called, version string, list []*report.Finding) *layer {
	of := map[string]*seen{}
	var ids, strange []string
	first, last := "", ""
	for _, f := range list {
		if t := moment(f.Time); first == "" || t.Before(moment(first)) {
			first = f.Time
		}
		if t := moment(f.Last); last == "" || t.After(moment(last)) {
			last = f.Last
		}
		severity, _ := detect.ParseSeverity(f.Severity)
		for _, id := range f.Attack {
			if !attack.WellFormed(id) || strings.HasPrefix(id, "T0") { // T0 are those of the matrix for plants
				strange = addOnce(strange, visible(id))
				continue
			}
			if of[id] == nil {
				of[id] = &seen{}
				ids = append(ids, id)
			}
			of[id].add(f, severity)
		}
	}
	slices.Sort(ids)
	l := &layer{
		Name: called, Versions: layerVersions{attack.Version, navigatorVersion, layerVersion}, Domain: "enterprise-attack",
		Description: fmt.Sprintf("%d findings of %d techniques", len(list), len(ids)), Sorting: 3,
		Layout: layerLayout{"side", true, true, "annotated"}, Techniques: []layerTechnique{}, Legend: legend,
		Gradient: layerGradient{Min: 0, Max: 100}, Metadata: []layerMeta{{"Lazaret", visible(version)}},
	}
	for _, x := range legend {
		l.Gradient.Colors = append(l.Gradient.Colors, x.Color)
	}
	if first != "" {
		l.Description += fmt.Sprintf(", from %s to %s", visible(first), visible(last))
	}
	if len(strange) > 0 {
		l.Metadata = append(l.Metadata, layerMeta{"not of the enterprise matrix", strings.Join(strange, ", ")})
	}
	for _, id := range ids {
		l.Techniques = append(l.Techniques, of[id].technique(id))
	}
	return l
}

func (s *seen) add(f *report.Finding, severity detect.Severity) {
	s.worst = max(s.worst, severity)
	s.hits += f.Count
	s.rules = addOnce(s.rules, f.Rule)
	if len(s.list) == 0 || s.list[len(s.list)-1] != f { // a rule may name a technique twice
		s.list = append(s.list, f)
	}
}

func (s *seen) technique(id string) layerTechnique {
	var comment []string
	for _, f := range s.list[:min(len(s.list), mostComments)] {
		comment = append(comment, cut(summary(f), maxComment))
	}
	if n := len(s.list) - mostComments; n > 0 {
		comment = append(comment, fmt.Sprintf("(and %d more)", n))
	}
	return layerTechnique{ID: id, Score: score(s.worst, s.hits), Comment: strings.Join(comment, "\n"), Enabled: true, Metadata: []layerMeta{
		{"rules", visible(strings.Join(s.rules, ", "))},
		{"worst", s.worst.String()},
		{"findings", fmt.Sprint(len(s.list))},
		{"hits", fmt.Sprint(s.hits)},
	}}
}

// score is of the part of 1 to 100 that the severity has, a fifth, and grows in it with
// the doublings of the count: many hits never make a low finding as dark as a medium one.
func score(worst detect.Severity, hits int) int {
	const part = 20
	if worst == detect.None || hits < 1 {
		return 0
	}
	return part*int(worst-detect.Info) + min(part, bits.Len(uint(hits)))
}
