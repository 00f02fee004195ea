package terminal

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"lazaret/internal/inventory"
	"lazaret/internal/report"
)

// Print writes the document for a terminal of the given width, 0 for none.
// Order is one of Orders.
func Print(w io.Writer, d *report.Document, width int, order string) error {
	if _, err := fmt.Fprintln(w, headline(&d.Summary)); err != nil {
		return err
	}
	if d.Summary.Packets == 0 {
		return nil
	}
	if len(d.Devices) > 0 {
		t := deviceTable(d, order)
		fmt.Fprintln(w)
		if err := t.Print(w, width); err != nil {
			return err
		}
		if len(t.Left) > 0 {
			fmt.Fprintf(w, "(left out for want of width: %s; -o csv has everything)\n", strings.Join(t.Left, ", "))
		}
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, Wrap(tally(d), width))
	if line := movedLine(&d.Moved); line != "" {
		fmt.Fprintln(w, Wrap(line, width))
	}
	if slices.ContainsFunc(d.Devices, func(v inventory.Device) bool { return len(v.Contradicted) > 0 }) {
		fmt.Fprintln(w, "* some evidence disagrees: lazaret explain ADDRESS FILE ... shows it")
	}
	if slices.ContainsFunc(d.Devices, func(v inventory.Device) bool { return v.Supported == "no" }) {
		fmt.Fprintln(w, "! gets no public updates any more")
	}
	if err := printSessions(w, d, width); err != nil {
		return err
	}
	if err := printKnown(w, d, width); err != nil {
		return err
	}
	if err := printBlind(w, d, width); err != nil {
		return err
	}
	if err := printFindings(w, d, width); err != nil {
		return err
	}
	return printIncidents(w, d, width)
}

// printBlind says what could not be inspected.
func printBlind(w io.Writer, d *report.Document, width int) error {
	if len(d.Blind) > 0 {
		fmt.Fprintln(w, "\nNot inspected:")
		name := Callings(d.Devices)
		t := &Table{Head: []string{"COUNT", "", "WHY"}}
		for _, b := range d.Blind {
			t.Add("  "+report.Thousands(b.Count), report.Unit(b.Count, b.Unit), b.Detail)
			if len(b.Between) > 0 {
				t.Add("", "", "  "+pairs(&b, name))
			}
		}
		t.Head = []string{"  COUNT", "OF", "WHY"}
		return t.Print(w, width)
	}
	_, err := fmt.Fprintln(w, "Everything that was captured could be inspected.")
	return err
}

// pairs names the pairs that spoke to each other most, with the conversations of each if
// they are several.
func pairs(b *report.Blind, name map[string]string) string {
	const most = 4
	var out []string
	for i, p := range b.Between {
		if i == most {
			break
		}
		text := cmp.Or(name[p.Source.Device], p.Source.Address) + " > " + cmp.Or(name[p.Target.Device], p.Target.Address)
		if p.Port != 0 {
			text += ":" + strconv.Itoa(int(p.Port))
		}
		if p.Count > 1 {
			text += " (" + report.Thousands(p.Count) + ")"
		}
		out = append(out, Visible(text))
	}
	if n := len(b.Between) + b.More - len(out); n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}

// headline says what was read.
func headline(s *report.Summary) string {
	text := fmt.Sprintf("Read %s: %s, %s", Plural(s.Files, "file"), Plural(s.Packets, "packet"), report.Size(s.Bytes))
	if s.Packets > 0 {
		text += fmt.Sprintf(", %s, from %s", lasting(s.DurationSeconds), s.First)
	}
	if s.OutsideTime > 0 {
		text += fmt.Sprintf("; %s left out by --since and --until", Plural(s.OutsideTime, "packet"))
	}
	if s.FilesFailed > 0 {
		text += fmt.Sprintf("; %s could not be read", Plural(s.FilesFailed, "file"))
	}
	return text + "."
}

// lasting is a length of time in seconds for reading; two days and more are in days.
func lasting(seconds float64) string {
	const day = 24 * 60 * 60
	if seconds >= 2*day {
		return Plural(uint64(seconds/day), "day")
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}

// tally is the summary line: devices by role, then what they did. The devices
// come sorted by role.
func tally(d *report.Document) string {
	s := &d.Summary
	var roles []string
	for i := range d.Devices {
		r := string(d.Devices[i].Role)
		if i == 0 || string(d.Devices[i-1].Role) != r {
			roles = append(roles, fmt.Sprintf("%d %s", s.Roles[r], r))
		}
	}
	text := Plural(s.Devices, "device")
	if len(roles) > 0 {
		text += " (" + strings.Join(roles, ", ") + ")"
	}
	text += fmt.Sprintf("; %s", Plural(s.Conversations, "conversation"))
	for _, k := range []struct{ log, noun string }{{"dicom", "DICOM association"}, {"dicom_op", "DICOM operation"}, {"hl7", "HL7 message"}} {
		if n := s.Records[k.log]; n > 0 {
			text += ", " + Plural(n, k.noun)
		}
	}
	return text + "."
}

// Orders are the values of --sort.
var Orders = []string{"role", "risk"}

// ordered lists the devices, by role as they come or by what to mend first.
func ordered(d *report.Document, order string) []*inventory.Device {
	out := make([]*inventory.Device, len(d.Devices))
	for i := range d.Devices {
		out[i] = &d.Devices[i]
	}
	if order == "risk" {
		slices.SortStableFunc(out, func(a, b *inventory.Device) int { return cmp.Compare(b.Risk.Score, a.Risk.Score) })
	}
	return out
}

// unsupported marks systems in the table, in front, where no cell is cut.
const unsupported = "! "

// systemOf is a device's operating system, without the number of its build.
func systemOf(v *inventory.Device) string {
	name, _, _ := strings.Cut(v.OS, " (")
	if v.Supported == "no" {
		name = unsupported + name
	}
	return name
}

func deviceTable(d *report.Document, order string) *Table {
	talk := talksTo(d)
	t := &Table{
		Head:  []string{"ROLE", "CONF", "RISK", "MAKER", "MODEL", "NAME", "AE TITLE", "ADDRESS", "OS", "TALKS TO", "SOFTWARE"},
		Floor: []int{18, 4, 4, 8, 9, 10, 12, widestIP, 10, 20, 10},
		Spare: []int{10, 5, 8, 9, 3},
	}
	for _, v := range ordered(d, order) {
		role := string(v.Role)
		if len(v.Contradicted) > 0 {
			role += "*" // explain tells what speaks against it
		}
		conf := ""
		if v.Confidence > 0 {
			conf = strconv.FormatFloat(v.Confidence, 'f', 2, 64)
		}
		risk := ""
		if v.Risk.Score > 0 {
			risk = strconv.Itoa(v.Risk.Score)
		}
		t.Add(role, conf, risk, v.Manufacturer, v.Model, few(narrow(v.Names), 2), few(v.AETitles, 3),
			few(prefer(v.IPs, v.MACs), 1), systemOf(v), talk[v.ID], v.Software)
	}
	return t
}

func prefer(a, b []string) []string {
	if len(a) > 0 {
		return a
	}
	return b
}

// few joins at most n values and says how many more there are.
func few(v []string, n int) string {
	if len(v) <= n {
		return strings.Join(v, " ")
	}
	return fmt.Sprintf("%s +%d", strings.Join(v[:n], " "), len(v)-n)
}

// widest is the longest name that the table shows whole, in characters: those of
// machines in data centres would push everything else off the screen.
const widest = 36

// widestIP is the width below which no address is cut, for people copy it: that of
// an IPv4 address with a count of others behind it.
const widestIP = len("192.168.100.100 +1")

// narrow cuts names that are too wide for the table, and leaves out those that
// begin as one before them does and only add a domain.
func narrow(names []string) []string {
	var out []string
	for _, s := range names {
		host := func(name string) string { h, _, _ := strings.Cut(name, "."); return h }
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(host(o), host(s)) }) {
			out = append(out, s)
		}
	}
	for i, s := range out {
		if r := []rune(s); len(r) > widest {
			out[i] = string(r[:widest-1]) + "…"
		}
	}
	return out
}

// talksTo says for each device what it uses and whom it serves, most used first.
func talksTo(d *report.Document) map[string]string {
	name := Callings(d.Devices)
	type use struct {
		peer, service string
		served        bool
	}
	uses := map[string]map[use]uint64{}
	note := func(id string, u use, n uint64) {
		if uses[id] == nil {
			uses[id] = map[use]uint64{}
		}
		uses[id][u] += n
	}
	for _, s := range d.Services {
		n := 1 + s.BytesToServer + s.BytesToClient
		note(s.Client, use{name[s.Server], s.Service, false}, n)
		note(s.Server, use{name[s.Client], s.Service, true}, n)
	}
	out := map[string]string{}
	for id, m := range uses {
		list := make([]use, 0, len(m))
		for u := range m {
			list = append(list, u)
		}
		slices.SortFunc(list, func(a, b use) int {
			return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a.service, b.service), cmp.Compare(a.peer, b.peer))
		})
		var words []string
		for _, u := range list {
			arrow := ">"
			if u.served {
				arrow = "<"
			}
			words = append(words, strings.TrimPrefix(u.service, "dicom-")+arrow+u.peer)
		}
		out[id] = few(words, 3)
	}
	return out
}

// Callings are what to call each device in a line about another, by id.
func Callings(devices []inventory.Device) map[string]string {
	name := map[string]string{}
	for i := range devices {
		v := &devices[i]
		name[v.ID] = cmp.Or(first(v.AETitles), first(v.Names), first(v.IPs), v.ID)
	}
	return name
}

func first(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

// plural is a number with its noun.
func Plural[T ~int | ~uint64](n T, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", report.Thousands(uint64(n)), noun)
}
