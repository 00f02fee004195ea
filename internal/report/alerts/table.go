package alerts

import (
	"io"
	"strconv"
	"strings"

	"lazaret/internal/report"
	"lazaret/internal/report/attack"
)

// columns are those of the table, with what each says of a finding. Lists are joined
// with "; ".
var columns = []struct {
	name string
	cell func(f *report.Finding) string
}{
	{"id", ID},
	{"time", func(f *report.Finding) string { return f.Time }},
	{"last", func(f *report.Finding) string { return f.Last }},
	{"count", func(f *report.Finding) string { return strconv.Itoa(f.Count) }},
	{"severity", func(f *report.Finding) string { return f.Severity }},
	{"severity_reason", func(f *report.Finding) string { return f.Reason }},
	{"confidence", func(f *report.Finding) string { return decimal(f.Confidence) }},
	{"rule", func(f *report.Finding) string { return f.Rule }},
	{"engine", func(f *report.Finding) string { return f.Engine }},
	{"title", func(f *report.Finding) string { return f.Title }},
	{"topic", func(f *report.Finding) string { return f.Topic }},
	{"source_address", func(f *report.Finding) string { return f.Source.Address }},
	{"source_device", func(f *report.Finding) string { return f.Source.Device }},
	{"source_role", func(f *report.Finding) string { return string(f.Source.Role) }},
	{"source_mac", func(f *report.Finding) string { return f.Source.MAC }},
	{"source_vendor", func(f *report.Finding) string { return f.Source.Vendor }},
	{"target_address", func(f *report.Finding) string { return f.Target.Address }},
	{"target_device", func(f *report.Finding) string { return f.Target.Device }},
	{"target_role", func(f *report.Finding) string { return string(f.Target.Role) }},
	{"techniques", func(f *report.Finding) string { return join(f.Attack) }},
	{"technique_names", func(f *report.Finding) string {
		var out []string
		for _, id := range f.Attack {
			out = append(out, attack.Name(id))
		}
		return join(out)
	}},
	{"tactics", func(f *report.Finding) string {
		var out []string
		for _, t := range attack.TacticsOf(f.Attack) {
			out = append(out, t.Name)
		}
		return join(out)
	}},
	{"evidence", func(f *report.Finding) string { return join(facts(f)) }},
	{"why", func(f *report.Finding) string { return f.Why }},
	{"innocent", func(f *report.Finding) string { return join(f.Innocent) }},
	{"uids", func(f *report.Finding) string { return join(f.UIDs) }},
}

// writeTable writes one row per finding. A cell has no line break and does not begin
// like a formula.
func writeTable(w io.Writer, d *report.Document) error {
	rows := make([][]string, 0, len(d.Findings)+1)
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = c.name
	}
	rows = append(rows, head)
	for i := range d.Findings {
		row := make([]string, len(columns))
		for k, c := range columns {
			row[k] = cell(c.cell(&d.Findings[i]))
		}
		rows = append(rows, row)
	}
	return report.WriteTable(w, rows)
}

// cell makes a text fit for a spreadsheet, as far as report.WriteTable does not: spaces
// before a sign of a formula, and the wide forms of the signs, which some take for them.
func cell(s string) string {
	s = strings.TrimLeft(visible(s), " ")
	for _, sign := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, sign) {
			return "'" + s
		}
	}
	return s
}

func join(list []string) string { return strings.Join(list, "; ") }
