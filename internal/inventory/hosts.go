package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// How devices are known again under another card or address. One identity may be
// copied: machines are made of one image, a certificate serves a whole farm. So two
// devices are one machine only if identities of two kinds agree, or one and a name
// or AE title, and none that a machine has but one of contradicts. An AE title alone
// joins nothing.

// weights of the kinds of identities; two kinds, or one and a name, are enough.
var hostKinds = map[string]struct {
	weight float64
	single bool // a machine has but one
}{
	clues.IDKey: {1, false}, clues.IDServer: {1, true}, clues.IDClient: {1, true}, clues.IDEngine: {1, true},
	clues.IDName: {1, true}, clues.IDCert: {0.5, false},
}

const (
	sameHost = 1.5 // the sum of weights from which on two devices are one
	wAgrees  = 0.5 // of a name or AE title that both have
	maxTwins = 8   // devices with one identity; more are copies
)

// marks are what a device under construction may be known by again.
type marks struct {
	ids, names map[string]bool
}

// marks are empty for a device without an identity, which most are.
func (d *device) marks() marks {
	if !slices.ContainsFunc(d.holders, func(h *holder) bool {
		return slices.ContainsFunc(h.items, func(it item) bool { return it.attr == clues.HostID })
	}) {
		return marks{}
	}
	m := marks{map[string]bool{}, map[string]bool{}}
	for _, h := range d.holders {
		for i := range h.items {
			it := &h.items[i]
			switch {
			case it.subject != clues.Self:
			case it.attr == clues.HostID:
				m.ids[it.value] = true
			case it.attr == clues.AETitle:
				m.names["title "+it.value] = true
			case it.attr == clues.Name && it.weight >= 0.5:
				name, _, _ := strings.Cut(strings.ToLower(it.value), ".")
				m.names[name] = true
			}
		}
	}
	return m
}

func kindOfID(id string) string {
	kind, _, _ := strings.Cut(id, ":")
	return kind + ":"
}

// agree tells that two devices are one machine.
func (m marks) agree(o marks) bool {
	shared, told := map[string]bool{}, map[string]bool{}
	for id := range m.ids {
		if k := kindOfID(id); o.ids[id] {
			shared[k] = true
		}
	}
	for id := range m.ids {
		told[kindOfID(id)] = true
	}
	for id := range o.ids {
		if k := kindOfID(id); told[k] && !shared[k] && hostKinds[k].single {
			return false
		}
	}
	sum := 0.0
	for k := range shared {
		sum += hostKinds[k].weight
	}
	for n := range m.names {
		if o.names[n] {
			sum += wAgrees
			break
		}
	}
	return len(shared) > 0 && sum >= sameHost
}

// mergeHosts joins the devices that are one machine by its identities, in the order
// of the list, which is stable.
func mergeHosts(list []*device) []*device {
	known := make([]marks, len(list))
	having := map[string][]int{}
	for i, d := range list {
		known[i] = d.marks()
		for id := range known[i].ids {
			having[id] = append(having[id], i)
		}
	}
	gone := map[int]bool{}
	for i, d := range list {
		if gone[i] {
			continue
		}
		var twins []int
		for id := range known[i].ids {
			if len(having[id]) <= maxTwins {
				twins = append(twins, having[id]...)
			}
		}
		slices.Sort(twins)
		for _, j := range slices.Compact(twins) {
			if j <= i || gone[j] || len(d.holders) >= maxJoined || !known[i].agree(known[j]) {
				continue
			}
			d.join(list[j])
			maps.Copy(known[i].ids, known[j].ids)
			maps.Copy(known[i].names, known[j].names)
			gone[j] = true
		}
	}
	out := list[:0:0]
	for i, d := range list {
		if !gone[i] {
			out = append(out, d)
		}
	}
	return out
}

// join makes o a part of d.
func (d *device) join(o *device) {
	d.holders = append(d.holders, o.holders...)
	d.macs = append(d.macs, o.macs...)
	d.routes += o.routes
	d.far = d.far || o.far
}

// ownNames are the sources in which a machine says its own name as a client of
// others, so that several names in turn are several machines.
var ownNames = []string{"ntlm.client_workstation", "ntlm.hostname", "smb.calling_name", "rdp.client_name", "tds.client_host", "ldap_search.client_name", "browser.source_name"}

// severalMachines is the sub-role of an address behind which several machines are.
const severalMachines = "several machines behind one address"

// behind finds out that several machines speak under the device's address: they name
// themselves by turns, or browsers and the shapes of packets are of several systems
// by turns. A machine that was named anew does not go back to its old name.
func (d *device) behind() *Behind {
	b := &Behind{Names: []string{}, Reasons: []string{}}
	for _, source := range ownNames {
		names := d.turns(clues.Name, source, func(v string) string {
			v, _, _ = strings.Cut(strings.ToLower(v), ".")
			return v[:min(len(v), 15)] // NetBIOS cuts there
		})
		if len(names) > 1 {
			b.Machines = max(b.Machines, len(names))
			b.Names = append(b.Names, names...)
			b.Reasons = append(b.Reasons, "names itself differently by turns ("+source+")")
		}
	}
	family := func(v string) string { v, _, _ = strings.Cut(v, "|"); return v }
	agents, shapes := d.turns(clues.OS, "http.user_agent", family), d.turns(clues.OS, "conn.syn", family)
	if len(agents) > 1 && len(shapes) > 1 {
		b.Machines = max(b.Machines, min(len(agents), len(shapes)))
		b.Reasons = append(b.Reasons, "browsers and packets of several systems by turns: "+strings.Join(agents, ", "))
	}
	if b.Machines == 0 {
		return nil
	}
	slices.Sort(b.Names)
	b.Names = slices.Compact(b.Names)
	for i := range b.Names {
		b.Names[i] = printable(b.Names[i])
	}
	return b
}

// turns are the values that one source told by turns: while one was told, so was
// the other. Values are compared in the form that key gives them.
func (d *device) turns(a clues.Attr, source string, key func(string) string) []string {
	type span struct {
		value       string
		first, last event.Time
	}
	var spans []span
	for i := range d.items {
		it := &d.items[i]
		if it.attr != a || it.source != source || it.subject != clues.Self {
			continue
		}
		k := key(it.value)
		if at := slices.IndexFunc(spans, func(s span) bool { return s.value == k }); at >= 0 {
			spans[at].first, spans[at].last = min(spans[at].first, it.first), max(spans[at].last, it.last)
			continue
		}
		spans = append(spans, span{k, it.first, it.last})
	}
	slices.SortFunc(spans, func(x, y span) int { return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.value, y.value)) })
	var out []string
	for i, s := range spans {
		if slices.ContainsFunc(spans, func(o span) bool {
			return o != spans[i] && s.first <= o.last && o.first <= s.last && (o.first != o.last || s.first != s.last)
		}) {
			out = append(out, s.value)
		}
	}
	return out
}
