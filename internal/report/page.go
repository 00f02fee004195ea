package report

import (
	"cmp"
	_ "embed" // the page's template, style and script
	"fmt"
	"html/template"
	"io"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// Bounds of the page; what is left out is counted on it.
const (
	mostUrgent   = 12 // devices in the list of what to mend first
	mostEvidence = 4  // pieces of evidence shown per value
	mostServices = 12 // services listed per device and side
	mostNames    = 6
	mostSessions = 30
)

// page is what the template sees.
type page struct {
	CSS     template.CSS
	JS      template.JS
	Doc     *Document
	Span    string
	Roles   []roleCount
	Urgent  []*sheet
	Risky   int // devices with a score
	EOL     int // devices whose system is out of support
	Perhaps int // devices of which the edition decides that, which nobody saw
	Exams   int
	Sheets  []*sheet
	Matrix  matrix
	Unknown int
	Remote  int // devices that are taken for machines on the internet
	Opened  []opened
	More    int // sessions beyond those
	titles  map[string]string
}

// TitleOf is the title of the device with an id.
func (p *page) TitleOf(id string) string { return cmp.Or(p.titles[id], id) }

type roleCount struct {
	Role  string
	Label string
	N     int
}

// sheet is one device.
type sheet struct {
	*inventory.Explanation
	Anchor   string
	Title    string
	Label    string // role in words
	Band     string
	Made     string // maker and model
	Where    string // department and place
	Search   string
	Facts    []fact
	Evidence []fact // attributes with what speaks for them
	Pro, Con []string
	Uses     []link
	Serves   []link
	MoreUses int
	MoreServ int
}

// fact is a line of a device's section.
type fact struct {
	Name, Value string
	Sure        string
	Against     bool
	Why         []string
}

// link is one service towards another device.
type link struct{ Anchor, Title, Service, Amount string }

// matrix is who talks to whom by role.
type matrix struct {
	Cols []string
	Rows []matrixRow
}

type matrixRow struct {
	Role  string
	Cells []cell
}

type cell struct {
	Services []string
	More     int
	Pairs    int
	Heat     int // 0..4
	Says     string
}

// writeHTML writes the page.
func writeHTML(w io.Writer, d *Document) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"anchor": anchor, "count": counted, "noun": noun, "unit": Unit,
		"label": func(r inventory.Role) string { return Label(string(r)) },
	}).Parse(pageHTML)
	if err != nil {
		return fmt.Errorf("page template: %w", err)
	}
	return t.Execute(w, newPage(d))
}

func newPage(d *Document) *page {
	p := &page{CSS: template.CSS(pageCSS), JS: template.JS(pageJS), Doc: d, Span: span(&d.Summary)}
	titles := map[string]string{}
	private := false // the network has addresses of its own
	for i := range d.Devices {
		titles[d.Devices[i].ID] = title(&d.Devices[i])
		private = private || slices.ContainsFunc(d.Devices[i].IPs, func(ip string) bool { return !public(ip) })
	}
	p.titles = titles
	p.Opened, p.More = newOpened(d.Sessions, titles)
	for i := range d.Devices {
		s := newSheet(d.Report.ExplainAt(i), titles)
		p.Sheets = append(p.Sheets, s)
		v := &s.Device
		if n := len(p.Roles); n == 0 || p.Roles[n-1].Role != string(v.Role) {
			p.Roles = append(p.Roles, roleCount{string(v.Role), s.Label, 0})
		}
		p.Roles[len(p.Roles)-1].N++
		switch {
		case private && remote(v):
			p.Remote++ // nobody here can mend it
		case v.Risk.Score > 0:
			p.Risky++
			p.Urgent = append(p.Urgent, s)
		}
		switch {
		case v.Supported == "no":
			p.EOL++
		case slices.ContainsFunc(v.Traits, func(t risk.Trait) bool { return t.Trait == clues.PerhapsOld }):
			p.Perhaps++
		}
		if v.Use != nil {
			p.Exams += v.Use.Exams
		}
		if v.Role == inventory.Unknown {
			p.Unknown++
		}
	}
	slices.SortStableFunc(p.Urgent, func(a, b *sheet) int { return cmp.Compare(b.Device.Risk.Score, a.Device.Risk.Score) })
	p.Urgent = p.Urgent[:min(len(p.Urgent), mostUrgent)]
	p.Matrix = newMatrix(d.Talk)
	return p
}

// remote tells that a device may be a machine on the internet: it is known by
// public addresses alone, and by no card.
func remote(v *inventory.Device) bool {
	return len(v.MACs) == 0 && len(v.IPs) > 0 && !slices.ContainsFunc(v.IPs, func(ip string) bool { return !public(ip) })
}

// public tells an address of the internet from those that stay in a house or with
// a carrier (RFC 1918, 4193, 6598).
func public(ip string) bool {
	a, err := netip.ParseAddr(ip)
	return err == nil && a.IsGlobalUnicast() && !a.IsPrivate() && !netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10).Contains(a)
}

func newSheet(x *inventory.Explanation, titles map[string]string) *sheet {
	v := &x.Device
	s := &sheet{Explanation: x, Anchor: anchor(v.ID), Title: title(v), Label: Label(string(v.Role)), Band: Band(v.Risk.Score),
		Made: made(v), Where: joined(v.Department, v.Location)}
	s.Search = strings.ToLower(strings.Join(slices.Concat([]string{v.ID, v.AssetTag, s.Label, v.SubRole, v.Manufacturer, v.Model, v.Serial, v.Software,
		v.OS, v.Department, v.Location, v.Institution, v.Domain}, v.Names, v.AETitles, v.IPs, v.MACs, v.Products), " "))
	add := func(name, value string) {
		if value != "" {
			s.Facts = append(s.Facts, fact{Name: name, Value: value})
		}
	}
	add("Asset tag", v.AssetTag)
	add("Addresses", few(v.IPs, mostNames))
	add("Hardware", few(v.MACs, mostNames))
	add("Names", few(v.Names, mostNames))
	add("AE titles", few(v.AETitles, mostNames))
	add("HL7 applications", few(v.Applications, mostNames))
	add("Maker and model", s.Made)
	add("Serial number", v.Serial)
	add("Software", v.Software)
	add("Operating system", support(v))
	add("Services and clients", few(v.Products, 2*mostNames))
	add("Domain", v.Domain)
	add("Where", joined(v.Institution, v.Department, v.Location, v.SwitchPort))
	add("In its own words", v.Description)
	add("Use", usage(v.Use))
	add("Seen", when(v.FirstSeen)+" to "+when(v.LastSeen))
	for _, a := range x.Attributes {
		s.Evidence = append(s.Evidence, beliefs(a)...)
	}
	if len(x.Roles) > 0 {
		for _, g := range x.Roles[0].For {
			s.Pro = append(s.Pro, g.Says)
		}
		for _, g := range x.Roles[0].Against {
			s.Con = append(s.Con, g.Says)
		}
	}
	s.Uses, s.MoreUses = links(x.Uses, titles, func(e inventory.Service) string { return e.Server })
	s.Serves, s.MoreServ = links(x.Serves, titles, func(e inventory.Service) string { return e.Client })
	return s
}

// beliefs are the values of an attribute, the best with what speaks for it.
func beliefs(a inventory.Attribute) []fact {
	var out []fact
	for i, c := range a.Values {
		if i == mostNames {
			break
		}
		f := fact{Name: strings.ReplaceAll(a.Name, "_", " "), Value: c.Value, Sure: percent(c.Confidence), Against: len(c.Against) > 0}
		for k, e := range c.For {
			if k == mostEvidence {
				f.Why = append(f.Why, fmt.Sprintf("and %d more", len(c.For)-k))
				break
			}
			f.Why = append(f.Why, fmt.Sprintf("%s, %s", e.Source, times(e.Count)))
		}
		out = append(out, f)
	}
	return out
}

func links(rows []inventory.Service, titles map[string]string, other func(inventory.Service) string) (out []link, more int) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b inventory.Service) int {
		return cmp.Compare(b.Operations+b.Connections, a.Operations+a.Connections)
	})
	for i, e := range rows {
		if i == mostServices {
			return out, len(rows) - i
		}
		amount := times(e.Connections)
		if e.Operations > 0 {
			amount = counted(e.Operations, "operation")
		}
		id := other(e)
		out = append(out, link{anchor(id), titles[id], fmt.Sprintf("%s on port %d", e.Service, e.Port), amount + ", " + Size(e.BytesToServer+e.BytesToClient)})
	}
	return out, 0
}

// newMatrix sums the services up in a square of roles.
func newMatrix(talk []inventory.RoleTalk) matrix {
	type pair struct{ client, server inventory.Role }
	cells := map[pair]*cell{}
	amount := map[pair]uint64{}
	var rows, cols []inventory.Role
	note := func(list []inventory.Role, r inventory.Role) []inventory.Role {
		if slices.Contains(list, r) {
			return list
		}
		return append(list, r)
	}
	for _, t := range talk {
		k := pair{t.ClientRole, t.ServerRole}
		rows, cols = note(rows, t.ClientRole), note(cols, t.ServerRole)
		c := cells[k]
		if c == nil {
			c = &cell{}
			cells[k] = c
		}
		if len(c.Services) < 3 {
			c.Services = append(c.Services, t.Service)
		} else {
			c.More++
		}
		c.Pairs = max(c.Pairs, t.Pairs)
		c.Says += fmt.Sprintf("%s: %s, %s, %s; ", t.Service, counted(t.Pairs, "pair"), counted(t.Connections, "connection"), Size(t.BytesToServer+t.BytesToClient))
		amount[k] += t.Connections + t.Operations
	}
	slices.SortFunc(cols, inventory.CompareRoles)
	var m matrix
	for _, r := range cols {
		m.Cols = append(m.Cols, Label(string(r)))
	}
	for _, r := range rows {
		row := matrixRow{Role: Label(string(r))}
		for _, k := range cols {
			c := cells[pair{r, k}]
			if c == nil {
				c = &cell{}
			} else {
				c.Heat = 1 + min(int(math.Log10(float64(amount[pair{r, k}]+1))), 3)
			}
			row.Cells = append(row.Cells, *c)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// Band is the word for a score: a colour alone says nothing on a grey print.
func Band(score int) string {
	switch {
	case score >= 50:
		return "high"
	case score >= 20:
		return "moderate"
	case score > 0:
		return "low"
	}
	return "none seen"
}

// Label is a role as people write it.
func Label(role string) string {
	if l, ok := labels[role]; ok {
		return l
	}
	if len(role) <= 3 {
		return strings.ToUpper(role)
	}
	words := strings.ReplaceAll(role, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// labels are the roles whose words are no plain English.
var labels = map[string]string{
	"hl7-engine": "HL7 engine", "dicom-printer": "DICOM printer", "dns-dhcp": "DNS and DHCP",
	"dose-ai-server": "Dose or AI server", "iot": "IoT device", "dx": "X-ray", "us": "Ultrasound", "ot": "Other modality",
}

// made is maker and model; many models begin with their maker.
func made(v *inventory.Device) string {
	if strings.HasPrefix(strings.ToLower(v.Model), strings.ToLower(v.Manufacturer)) {
		return v.Model
	}
	return strings.TrimSpace(v.Manufacturer + " " + v.Model)
}

// joined is a list of places, without those that a later one begins with.
func joined(places ...string) string {
	var out []string
	for i, s := range places {
		if s != "" && !slices.ContainsFunc(places[i+1:], func(o string) bool { return strings.HasPrefix(strings.ToLower(o), strings.ToLower(s)) }) {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func support(v *inventory.Device) string {
	s := v.OS
	switch {
	case s == "":
	case v.Supported == "no" && v.Ends != "":
		s += ", out of support since " + v.Ends
	case v.Ends != "":
		s += ", supported until " + v.Ends
	}
	if v.Note != "" {
		s += " (" + v.Note + ")"
	}
	if len(v.Also) > 0 {
		s += "; other evidence says " + strings.Join(v.Also, ", ")
	}
	return s
}

func usage(u *inventory.Use) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf("%s, %.3g an hour, %.3g a day, busiest at %02d:00 UTC (from %s)", counted(u.Exams, "exam"), u.PerHour, u.PerDay, u.BusiestHour, u.From)
}

func span(s *Summary) string {
	if s.Packets == 0 {
		return "no packets"
	}
	return when(s.First) + " to " + when(s.Last) + " UTC"
}

// when shortens a time for reading.
func when(t string) string {
	p, err := time.Parse(time.RFC3339Nano, t)
	if err != nil {
		return "unknown"
	}
	return p.UTC().Format("2006-01-02 15:04")
}

func percent(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return Thousands(n) + " times"
}

// anchor is an id fit for a link within the page.
func anchor(id string) string {
	return "d-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(id))
}

func few(v []string, n int) string {
	if len(v) <= n {
		return strings.Join(v, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(v[:n], ", "), len(v)-n)
}
