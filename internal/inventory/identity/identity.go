// Package identity knows machines again by what they say of themselves.
//
// One identity may be copied: machines are made of one image, a certificate serves a
// whole farm. So two machines are taken for one only if identities of two kinds
// agree, or one and a name or AE title, and none contradicts of which a machine has
// but one. An AE title alone joins nothing. And one address may hide several
// machines: then names or systems are told by turns, to which no machine that was
// named anew would go back.
//
// What it refuses to do: it sees no record, it decides nothing about
// roles, and it joins nothing that more than maxTwins machines have in common.
//
// Memory: Marks and Spans belong to the caller; the maps of a Marks change when
// another is added to it. Nothing is kept.
//
// Standards: the identities are those of RFC 4253 (host keys), MS-SMB2 2.2.3 and
// 2.2.4, RFC 3411 5 (engines), RFC 5280 (certificates) and MS-NLMP (names).
package identity

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// kinds are the weights of identities.
var kinds = map[string]struct {
	weight float64
	single bool // a machine has but one
}{
	clues.IDKey: {1, false}, clues.IDServer: {1, true}, clues.IDClient: {1, true}, clues.IDEngine: {1, true},
	clues.IDName: {1, true}, clues.IDCert: {0.5, false},
}

const (
	enough   = 1.5 // the sum of weights from which on two machines are one
	wAgrees  = 0.5 // of a name or AE title that both have
	maxTwins = 8   // machines with one identity; more are copies
)

// Marks are what a machine may be known by: identities (values of clues.HostID), and
// names and titles.
type Marks struct{ IDs, Names map[string]bool }

// ID adds an identity.
func (m *Marks) ID(id string) {
	if m.IDs == nil {
		m.IDs = map[string]bool{}
	}
	m.IDs[id] = true
}

// Name adds a host name, of which the first part counts.
func (m *Marks) Name(name string) { m.word("name " + First(name)) }

// Title adds an AE title.
func (m *Marks) Title(title string) { m.word("title " + title) }

func (m *Marks) word(w string) {
	if m.Names == nil {
		m.Names = map[string]bool{}
	}
	m.Names[w] = true
}

// add makes what o is known by known of m too.
func (m *Marks) add(o Marks) {
	maps.Copy(m.IDs, o.IDs)
	if m.Names == nil {
		m.Names = map[string]bool{}
	}
	maps.Copy(m.Names, o.Names)
}

// First is the first part of a host name, lower case.
func First(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	return name
}

func kindOf(id string) string {
	kind, _, _ := strings.Cut(id, ":")
	return kind + ":"
}

// Agree tells that two machines are one.
func (m Marks) Agree(o Marks) bool {
	shared, told := map[string]bool{}, map[string]bool{}
	for id := range m.IDs {
		told[kindOf(id)] = true
		if o.IDs[id] {
			shared[kindOf(id)] = true
		}
	}
	for id := range o.IDs {
		if k := kindOf(id); told[k] && !shared[k] && kinds[k].single {
			return false
		}
	}
	sum := 0.0
	for k := range shared {
		sum += kinds[k].weight
	}
	for n := range m.Names {
		if o.Names[n] {
			sum += wAgrees
			break
		}
	}
	return len(shared) > 0 && sum >= enough
}

// Join tells which of a list of machines are one: for each the position of the first
// of its group, which is its own for most. may is asked before a machine joins a
// group. What the marks of a group's first become is the group's.
func Join(list []Marks, may func(first, other int) bool) []int {
	having := map[string][]int{}
	into := make([]int, len(list))
	for i, m := range list {
		into[i] = i
		for id := range m.IDs {
			having[id] = append(having[id], i)
		}
	}
	for i := range list {
		if into[i] != i {
			continue
		}
		var twins []int
		for id := range list[i].IDs {
			if len(having[id]) <= maxTwins {
				twins = append(twins, having[id]...)
			}
		}
		slices.Sort(twins)
		for _, j := range slices.Compact(twins) {
			if j > i && into[j] == j && list[i].Agree(list[j]) && may(i, j) {
				into[j] = i
				list[i].add(list[j])
			}
		}
	}
	return into
}

// Span is a value and the time in which it was told.
type Span struct {
	Value       string
	First, Last event.Time
}

// Turns are the values that were told by turns: while one was told, so was another.
// Spans of one value count as one. Values come in the order of their first times.
func Turns(list []Span) []string {
	var spans []Span
	for _, s := range list {
		if at := slices.IndexFunc(spans, func(o Span) bool { return o.Value == s.Value }); at >= 0 {
			spans[at].First, spans[at].Last = min(spans[at].First, s.First), max(spans[at].Last, s.Last)
			continue
		}
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(x, y Span) int { return cmp.Or(cmp.Compare(x.First, y.First), cmp.Compare(x.Value, y.Value)) })
	var out []string
	for _, s := range spans {
		if slices.ContainsFunc(spans, func(o Span) bool {
			return o != s && s.First <= o.Last && o.First <= s.Last && (o.First != o.Last || s.First != s.Last)
		}) {
			out = append(out, s.Value)
		}
	}
	return out
}
