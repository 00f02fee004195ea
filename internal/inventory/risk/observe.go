package risk

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// Machine is what is known of one machine when all records were seen.
type Machine struct {
	Role     string // its role's word; machines of one role may share a title or an address
	Modality bool
	Care     bool // examinations stop without it: modalities, archives, what orders and schedules
	// OS and Ends name its operating system and the last day of its support.
	OS, Ends  string
	Supported string // as in the report: "yes", "no" or empty
	Unless    bool   // out of support but for editions that nobody can tell
	Addresses []netip.Addr
	Titles    []Title // AE titles that it went by
	Links     []Link
	Traits    []Trait // on the way in: those that records showed; on the way out: all
	// First and Last are the times of its first and last packet.
	First, Last event.Time
	// calls and answers are the titles by their source.
	calls, answers []Title
}

// The sources of titles: what a machine called itself, and what it accepted
// calls for.
const (
	Calls   = "dicom.calling_ae"
	Answers = "dicom.called_ae"
)

// Title is an AE title in use.
type Title struct {
	Name        string
	Source      string // Calls, Answers, or another log and field
	Count       uint64
	First, Last event.Time
}

// Link is one service between a machine and another one, which answered.
type Link struct {
	Peer        int  // position of the other machine in the list
	Serves      bool // the machine is the server
	Service     string
	Count       uint64 // connections
	First, Last event.Time
}

// maxCallers is the most machines looked at that call themselves by one title.
const maxCallers = 64

// Observe adds to the traits of all machines those that show only when they are
// looked at together, and sorts them, most points first.
func Observe(list []*Machine) {
	callers := map[string][]int{} // who calls itself by a title
	for i, m := range list {
		for _, t := range m.Titles {
			switch t.Source {
			case Calls:
				m.calls = append(m.calls, t)
				if len(callers[t.Name]) < maxCallers {
					callers[t.Name] = append(callers[t.Name], i)
				}
			case Answers:
				m.answers = append(m.answers, t)
			}
		}
		m.support()
		m.internet(list)
		m.remote()
	}
	for i, m := range list {
		m.sharedTitle(i, list, callers)
		m.anyTitle(i, list, callers)
		slices.SortFunc(m.Traits, func(a, b Trait) int {
			_, x := cost(a.Trait)
			_, y := cost(b.Trait)
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Trait, b.Trait))
		})
	}
}

// sum is a trait in the making.
type sum struct {
	peers       map[int]bool
	count       uint64
	first, last event.Time
}

func (s *sum) add(peer int, count uint64, first, last event.Time) {
	if s.peers == nil {
		*s = sum{map[int]bool{}, 0, math.MaxInt64, math.MinInt64}
	}
	s.peers[peer] = true
	s.count += count
	s.first, s.last = min(s.first, first), max(s.last, last)
}

// conclude gives m a trait if anything was added up.
func (m *Machine) conclude(t clues.Trait, source string, s *sum) {
	if s.count > 0 {
		m.Traits = append(m.Traits, Trait{t, source, len(s.peers), s.count, s.first.RFC3339(), s.last.RFC3339()})
	}
}

// support: what the operating system's dates say.
func (m *Machine) support() {
	t := clues.OldSystem
	switch {
	case m.Supported == "no":
	case m.Unless:
		t = clues.PerhapsOld
	default:
		return
	}
	m.Traits = append(m.Traits, Trait{t, "os_support_ends", 0, 1, m.First.RFC3339(), m.Last.RFC3339()})
}

// detail is what a reason says of the one machine.
func (m *Machine) detail(t *Trait) string {
	switch t.Trait {
	case clues.OldSystem, clues.PerhapsOld:
		return fmt.Sprintf(" Public support of %s ended on %s.", m.OS, m.Ends)
	case clues.TalksOut, clues.AnswersOut:
		return fmt.Sprintf(" Seen with %d of them.", t.Peers)
	}
	return ""
}

// internet: conversations that were answered, between a machine with a private
// address and one that has none. Machines that have both, such as routers, and
// networks with nothing but public addresses are not judged. Who opened the
// conversation is told by records, where the beginning was seen.
func (m *Machine) internet(list []*Machine) {
	if !slices.ContainsFunc(m.Addresses, private) || slices.ContainsFunc(m.Addresses, public) {
		return
	}
	var s sum
	for _, l := range m.Links {
		p := list[l.Peer].Addresses
		if len(p) > 0 && !slices.ContainsFunc(p, func(a netip.Addr) bool { return !public(a) }) {
			s.add(l.Peer, max(l.Count, 1), l.First, l.Last)
		}
	}
	m.conclude(clues.TalksOut, "conn.local_orig, conn.local_resp", &s)
}

func private(a netip.Addr) bool { return a.Is4() && a.IsPrivate() }

// public: an IPv4 address that the internet routes. An IPv6 address of this kind
// may as well be the neighbour's.
func public(a netip.Addr) bool {
	if !a.Is4() || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	b := a.As4()
	return !(b[0] == 100 && b[1]&0xc0 == 64) // RFC 6598
}

// remote: a modality that lets others log in.
func (m *Machine) remote() {
	if !m.Modality {
		return
	}
	var s sum
	for _, l := range m.Links {
		switch l.Service {
		case "ssh", "rdp", "rfb", "vnc", "telnet":
			if l.Serves {
				s.add(l.Peer, max(l.Count, 1), l.First, l.Last)
			}
		}
	}
	m.conclude(clues.RemoteControl, "conn.service", &s)
}

// sharedTitle: two machines called themselves by one title, each while the other
// did so too. A machine that takes over when another fails does not.
func (m *Machine) sharedTitle(i int, list []*Machine, callers map[string][]int) {
	var s sum
	for _, t := range m.calls {
		for _, k := range callers[t.Name] {
			if k == i {
				continue
			}
			for _, o := range list[k].calls {
				if o.Name == t.Name && o.First <= t.Last && t.First <= o.Last {
					s.add(k, t.Count, t.First, t.Last)
				}
			}
		}
	}
	m.conclude(clues.SharedTitle, "dicom.calling_ae", &s)
}

// manyTitles is the number of titles from which on a server is not believed to
// have been given each of them.
const manyTitles = 6

// anyTitle: a server that accepted calls for several titles, among them one that
// is a machine of another role, or the one that tools use when they are told
// none; or for more titles than a server is given.
func (m *Machine) anyTitle(i int, list []*Machine, callers map[string][]int) {
	if len(m.answers) < 2 {
		return
	}
	var s sum
	mine := func(name string) bool {
		return slices.ContainsFunc(m.calls, func(t Title) bool { return t.Name == name })
	}
	for _, t := range m.answers {
		stranger := slices.ContainsFunc(callers[t.Name], func(k int) bool { return k != i && list[k].Role != m.Role })
		if t.Name == "ANY-SCP" || stranger && !mine(t.Name) || len(m.answers) >= manyTitles {
			s.add(i, t.Count, t.First, t.Last)
		}
	}
	if s.count > 0 {
		s.peers = nil
	}
	m.conclude(clues.AnyTitle, "dicom.called_ae", &s)
}
