package known

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
)

// Result is how a list and what was seen differ, both ways. Lists are never nil.
type Result struct {
	File    string       `json:"file"`
	Rows    int          `json:"rows"`
	Columns []string     `json:"columns"` // those that were understood
	Matched []Pair       `json:"matched"`
	Missing []Row        `json:"missing"` // rows of the list that were not seen
	Unknown []Stranger   `json:"unknown"` // devices that the list does not have
	Differs []Difference `json:"differs"`
}

// Row names a row of the list.
type Row struct {
	Line   int    `json:"line"`
	Tag    string `json:"asset_tag"`
	Name   string `json:"name"`
	Serial string `json:"serial"`
	Reason string `json:"reason"` // why it is not matched, if there is more to it than that it was not seen
}

// Pair is a row and the device that it speaks of.
type Pair struct {
	Line   int    `json:"line"`
	Tag    string `json:"asset_tag"`
	Name   string `json:"name"` // by the list
	Device string `json:"device"`
	By     string `json:"by"` // mac, serial, ae_title, or name and ip
}

// Stranger is a device that the list does not have.
type Stranger struct {
	Device string         `json:"device"`
	Role   inventory.Role `json:"role"`
	Name   string         `json:"name"`
	IP     string         `json:"ip"`
}

// Difference is one thing that a list says otherwise.
type Difference struct {
	Line   int    `json:"line"`
	Tag    string `json:"asset_tag"`
	Device string `json:"device"`
	Field  string `json:"field"` // a column's word
	Known  string `json:"known"` // what the list says
	Seen   string `json:"seen"`  // what was seen
}

// Tags are the asset tags of the devices that have one in the list, by id.
func (r *Result) Tags() map[string]string {
	tags := map[string]string{}
	for _, p := range r.Matched {
		if p.Tag != "" {
			tags[p.Device] = p.Tag
		}
	}
	return tags
}

// matcher is the state of Match.
type matcher struct {
	list    *List
	devices []inventory.Device
	device  []int // of each row, -1 if none
	by      []string
	row     []int // of each device, -1 if none
	reason  []string
}

// Match compares a list with the devices that were seen.
func Match(l *List, devices []inventory.Device) *Result {
	m := &matcher{list: l, devices: devices, device: make([]int, len(l.Assets)), by: make([]string, len(l.Assets)),
		row: make([]int, len(devices)), reason: make([]string, len(l.Assets))}
	for i := range m.device {
		m.device[i] = -1
	}
	for i := range m.row {
		m.row[i] = -1
	}
	m.pass("mac", func(a *Asset) []string { return a.MACs }, func(d *inventory.Device) []string { return d.MACs })
	m.pass("serial", func(a *Asset) []string { return one(serial(a.Serial)) }, func(d *inventory.Device) []string { return one(serial(d.Serial)) })
	m.pass("ae_title", func(a *Asset) []string { return a.AETitles }, func(d *inventory.Device) []string { return d.AETitles })
	m.pass("name and ip", namesAt, func(d *inventory.Device) []string {
		var out []string
		for _, n := range d.Names {
			for _, ip := range d.IPs {
				out = append(out, label(n)+" "+ip)
			}
		}
		return out
	})
	m.addresses()
	return m.result()
}

// addresses gives the reason where a device has a row's address and nothing else
// agrees.
func (m *matcher) addresses() {
	at := map[string]int{}
	for i := range m.devices {
		if m.row[i] < 0 {
			for _, ip := range m.devices[i].IPs {
				at[ip] = i
			}
		}
	}
	for i := range m.list.Assets {
		for _, ip := range m.list.Assets[i].IPs {
			if d, ok := at[ip]; ok && m.device[i] < 0 {
				m.reason[i] = cmp.Or(m.reason[i], m.devices[d].ID+" has its address, but no hardware address, serial number, AE title or name agrees")
			}
		}
	}
}

// namesAt are the keys of a row by name together with address.
func namesAt(a *Asset) []string {
	var out []string
	if a.Name != "" {
		for _, ip := range a.IPs {
			out = append(out, label(a.Name)+" "+ip)
		}
	}
	return out
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// serial puts aside what people leave out of serial numbers. Words that stand for
// none are none.
func serial(s string) string {
	s = strings.TrimLeft(strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(s)), "0")
	switch s {
	case "na", "n/a", "none", "unknown", "tbd", "nosn", "notavailable":
		return ""
	}
	return s
}

// label is the first part of a host name, lower case.
func label(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(s), ".")
	return s
}

// pass matches rows and devices that share exactly one key of a kind. A key that
// several devices bear, or several rows, says nothing of which is which.
func (m *matcher) pass(by string, ofRow func(*Asset) []string, ofDevice func(*inventory.Device) []string) {
	const twice = -2
	owner := map[string]int{}
	note := func(keys map[string]int, list []string, i int) {
		for _, k := range list {
			if j, ok := keys[k]; ok && j != i {
				keys[k] = twice
			} else {
				keys[k] = i
			}
		}
	}
	for i := range m.devices {
		if m.row[i] < 0 {
			note(owner, ofDevice(&m.devices[i]), i)
		}
	}
	said := map[string]int{}
	for i := range m.list.Assets {
		note(said, ofRow(&m.list.Assets[i]), i)
	}
	for i := range m.list.Assets {
		if m.device[i] >= 0 {
			continue
		}
		for _, k := range ofRow(&m.list.Assets[i]) {
			at, ok := owner[k]
			switch {
			case !ok:
			case at == twice:
				m.reason[i] = cmp.Or(m.reason[i], "several devices have its "+by)
			case said[k] == twice:
				m.reason[i] = cmp.Or(m.reason[i], "several rows have its "+by)
			case m.row[at] < 0:
				m.row[at], m.device[i], m.by[i] = i, at, by
			}
			if m.device[i] >= 0 {
				m.reason[i] = ""
				break
			}
		}
	}
}

func (m *matcher) result() *Result {
	r := &Result{File: m.list.File, Rows: len(m.list.Assets), Columns: append([]string{}, m.list.Columns...),
		Matched: []Pair{}, Missing: []Row{}, Unknown: []Stranger{}, Differs: []Difference{}}
	for i := range m.list.Assets {
		a := &m.list.Assets[i]
		if m.device[i] < 0 {
			if !a.retired() {
				r.Missing = append(r.Missing, Row{a.Line, a.Tag, a.Name, a.Serial, m.reason[i]})
			}
			continue
		}
		d := &m.devices[m.device[i]]
		r.Matched = append(r.Matched, Pair{a.Line, a.Tag, a.Name, d.ID, m.by[i]})
		for _, x := range a.differences(d) {
			r.Differs = append(r.Differs, Difference{a.Line, a.Tag, d.ID, x[0], x[1], x[2]})
		}
	}
	for i := range m.devices {
		if d := &m.devices[i]; m.row[i] < 0 && !public(d) {
			r.Unknown = append(r.Unknown, Stranger{d.ID, d.Role, first(d.Names), first(d.IPs)})
		}
	}
	return r
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// public reports a machine of the internet, which no list of assets has.
func public(d *inventory.Device) bool {
	return len(d.IPs) > 0 && len(d.MACs) == 0 && !slices.ContainsFunc(d.IPs, func(s string) bool {
		ip, err := netip.ParseAddr(s)
		return err != nil || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback()
	})
}

// gone are the states of machines that should not be on the network any more.
var gone = []string{"retired", "decommissioned", "decommissioning", "disposed", "scrapped", "out of service", "offline", "ausgemustert", "inactive"}

func (a *Asset) retired() bool { return slices.Contains(gone, strings.ToLower(a.State)) }

// differences are what a row says otherwise than was seen: column, list, seen.
// What either side does not tell is no difference.
func (a *Asset) differences(d *inventory.Device) [][3]string {
	var out [][3]string
	add := func(field, known, seen string, same bool) {
		if known != "" && seen != "" && !same {
			out = append(out, [3]string{field, known, seen})
		}
	}
	join := func(list []string) string { return strings.Join(list, " ") }
	add("name", a.Name, join(d.Names), slices.ContainsFunc(d.Names, func(n string) bool { return label(n) == label(a.Name) }))
	add("serial", a.Serial, d.Serial, serial(a.Serial) == "" || serial(a.Serial) == serial(d.Serial))
	add("mac", join(a.MACs), join(d.MACs), subset(a.MACs, d.MACs))
	add("ip", join(a.IPs), join(d.IPs), subset(a.IPs, d.IPs))
	add("manufacturer", a.Manufacturer, d.Manufacturer, near(clues.Maker(a.Manufacturer), d.Manufacturer))
	add("model", a.Model, d.Model, near(a.Model, d.Model))
	add("ae_title", join(a.AETitles), join(d.AETitles), subset(a.AETitles, d.AETitles) && subset(d.AETitles, a.AETitles))
	add("location", a.Location, d.Location, near(a.Location, d.Location))
	add("department", a.Department, d.Department, near(a.Department, d.Department))
	add("os", a.System, d.OS, sameSystem(a.System, d))
	if want := roleOf(a.Role); want != "" && d.Role != inventory.Unknown {
		add("role", a.Role, string(d.Role), want == d.Role || slices.Contains(d.OtherRoles, want) || d.Role == inventory.PC || d.Role == inventory.Server)
	}
	if a.retired() {
		add("status", a.State, "seen until "+d.LastSeen, false)
	}
	return out
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

// near tells that two texts mean the same as far as letters tell: one holds the
// other, without spaces and marks.
func near(a, b string) bool {
	a, b = letters(a), letters(b)
	return a == "" || b == "" || strings.Contains(a, b) || strings.Contains(b, a)
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.,/()\"'+&", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// sameSystem compares families where the list names one, and the words otherwise.
func sameSystem(text string, d *inventory.Device) bool {
	if near(text, d.OS) {
		return true
	}
	family := strings.ToLower(string(d.Family))
	if family != "windows" {
		return strings.Contains(strings.ToLower(text), family)
	}
	// "Windows 10 Enterprise LTSC" and "Windows 10 1809 (...)" agree by their first two words.
	return words(text) == words(d.OS) || d.OS == "Windows" && strings.Contains(strings.ToLower(text), "windows")
}

func words(s string) string {
	f := strings.Fields(strings.ToLower(strings.TrimPrefix(s, "Microsoft ")))
	n := 2
	if len(f) > 1 && f[1] == "server" {
		n = 3
	}
	return strings.Join(f[:min(n, len(f))], " ")
}

// roleWords are words in categories of asset lists that leave no doubt.
var roleWords = []struct {
	part string
	role inventory.Role
}{
	{"pet/ct", inventory.PT}, {"pet-ct", inventory.PT}, {"pet scanner", inventory.PT}, {"mammogra", inventory.MG}, {"ultraso", inventory.US},
	{"sonogra", inventory.US}, {"echocardiogra", inventory.US}, {"angiogra", inventory.XA}, {"fluorosc", inventory.XA}, {"c-arm", inventory.XA},
	{"gamma camera", inventory.NM}, {"spect", inventory.NM}, {"magnetic resonance", inventory.MR}, {"mri", inventory.MR},
	{"computed tomogra", inventory.CT}, {"ct scanner", inventory.CT}, {"x-ray", inventory.DX}, {"radiography", inventory.DX},
	{"pacs", inventory.Archive}, {"domain controller", inventory.DomainController}, {"database", inventory.Database}, {"film printer", inventory.DICOMPrinter},
	{"switch", inventory.Network}, {"access point", inventory.Network}, {"router", inventory.Router},
}

// roleOf is the role that a category names, empty if it leaves doubt.
func roleOf(text string) inventory.Role {
	t := strings.ToLower(strings.TrimSpace(text))
	for _, r := range [...]inventory.Role{inventory.CT, inventory.MR, inventory.DX, inventory.US, inventory.MG, inventory.NM, inventory.PT, inventory.XA} {
		if t == string(r) {
			return r
		}
	}
	if strings.Contains(t, "workstation") || strings.Contains(t, "server") {
		return "" // of such a system, not the system
	}
	for _, w := range roleWords {
		if strings.Contains(t, w.part) {
			return w.role
		}
	}
	return ""
}
