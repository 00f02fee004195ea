// Package system concludes what operating system a machine runs from what its
// traffic says, and until when that system gets updates.
//
// Statements are of two grains: a family ("Linux"), and a version of it
// ("Windows 10.0.19045", "Debian 12"). The family is concluded first, by the
// formula of package inventory; within it the most exact version that the
// statements carry best. A less exact statement supports a more exact one, and
// an exact one bears the less exact ones out; only statements that cannot both
// be true speak against each other, and those are shown. For a version, a source
// that names none counts half. Samba announces itself
// as Windows 6.1 for the sake of old clients: such words are no evidence once
// anything says that the machine is no Windows.
//
// What it refuses to do: it keeps nothing, reads no clock (the day to judge
// support at is given), and guesses no edition. The same build may be a client
// with 18 months of updates or a long-term edition with ten years of them; then
// both dates are told and the verdict stays open.
//
// Memory: answers belong to the caller. Everything is pure and may be called by
// any goroutine. Dates come from package vendordb; they are those of public
// support, without extensions that are paid for.
//
// Standards: MS-NLMP 2.2.2.10 and MS-BRWS 2.2.1 for how Windows counts its
// versions.
package system

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/vendordb"
)

// Statement is one value of the attribute clues.OS ("Family|version") from one
// source, told Count times. Weight in 0..1 is how far the source is trusted.
type Statement struct {
	Value  string
	Source string
	Weight float64
	Count  uint64
}

// Belief is one value with what speaks for and against it, as positions in the
// list that was weighed. Confidence is 0..1.
type Belief struct {
	Family     clues.Family
	Version    string
	Confidence float64
	For        []int
	Against    []int
}

// Text is the value for reading.
func (b *Belief) Text() string { return Text(string(b.Family) + "|" + b.Version) }

// Text makes a value of clues.OS fit for reading: "Windows 6.1", "Debian 12".
func Text(value string) string {
	family, version, _ := strings.Cut(value, "|")
	switch {
	case version == "":
		return family
	case named(version):
		return version
	}
	return family + " " + version
}

// MaxStatements is the most statements of one machine that are weighed; Weigh
// takes time by its cube.
const MaxStatements = 24

// appleSays is the version of Windows that machines of Apple put into NTLM.
const appleSays = "6.1.7600"

// minUnlike is the weight from which on one statement shows that a machine that
// says Windows 6.1 is none.
const minUnlike = 0.4

// minExact is the support that a version or a narrower family needs to be named
// where the family or the wider one is known as well.
const minExact = 0.4

// Weigh concludes from the first MaxStatements statements, best value first. The
// first is the conclusion; the others are values that were stated too.
func Weigh(list []Statement) []Belief {
	b := newBoard(list[:min(len(list), MaxStatements)])
	out := make([]Belief, len(b.values))
	rank := make([]float64, len(b.values))
	at := make([]int, len(b.values))
	for v := range b.values {
		at[v] = v
		rank[v] = b.support(func(o int) float64 { return whole(b.leads(o, v)) })
		out[v] = b.weigh(v)
	}
	family := b.chooseFamily()
	exact := func(v int) bool { return b.values[v].version != "" && rank[v] >= minExact }
	slices.SortFunc(at, func(x, y int) int {
		u, w := &b.values[x], &b.values[y]
		if m, n := u.family == family, w.family == family; m != n {
			return first(m)
		}
		if m, n := exact(x), exact(y); m != n && u.family == family {
			return first(m)
		}
		// The name of a release says more than the number of its kernel.
		if m, n := exact(x) && u.name != "", exact(y) && w.name != ""; m != n && u.family == family {
			return first(m)
		}
		return cmp.Or(cmp.Compare(rank[y], rank[x]), cmp.Compare(out[y].Confidence, out[x].Confidence),
			cmp.Compare(strings.Count(w.version, "."), strings.Count(u.version, ".")),
			cmp.Compare(u.version, w.version), cmp.Compare(u.family, w.family))
	})
	sorted := make([]Belief, len(out))
	for i, v := range at {
		sorted[i] = out[v]
	}
	return sorted
}

// first is the order of what has a quality before what has not.
func first(has bool) int {
	if has {
		return -1
	}
	return 1
}

// board holds all statements about one machine, and which of them can be true
// together.
type board struct {
	claims []claim
	values []value
	agree  [][]bool // by value and value
	total  []uint64 // statements by source
	// weight and count are scratch of support, by source.
	weight []float64
	count  []uint64
}

// claim is a statement, with its value and its source by their positions.
type claim struct {
	*Statement
	value, source int
	borrowed      bool // words of a server that plays Windows
}

// value is a candidate. The version is taken apart into the name of a release
// and a number, and base is what else the release's programs may report.
type value struct {
	family             clues.Family
	version            string
	name, number, base string
}

func newBoard(list []Statement) *board {
	b := &board{claims: make([]claim, len(list))}
	var sources []string
	for i := range list {
		sources = append(sources, list[i].Source)
	}
	slices.Sort(sources) // the order of floating-point products is part of the result
	sources = slices.Compact(sources)
	b.total, b.weight, b.count = make([]uint64, len(sources)), make([]float64, len(sources)), make([]uint64, len(sources))
	var built, seven, unlike, apple bool
	for i := range list {
		c := &b.claims[i]
		c.Statement = &list[i]
		c.source, _ = slices.BinarySearch(sources, c.Source)
		c.value = b.number(c.Value)
		v := &b.values[c.value]
		built = built || v.family == clues.Windows && v.full() && !v.hollow() && v.version != appleSays
		seven = seven || v.family == clues.Windows && v.version == appleSays
		unlike = unlike || v.family != clues.Windows && c.Weight >= minUnlike
		apple = apple || (v.family == clues.MacOS || v.family == clues.IOS) && c.Weight >= minUnlike
	}
	built = built || seven && !apple
	for i := range b.claims {
		c := &b.claims[i]
		v := &b.values[c.value]
		c.borrowed = v.family == clues.Windows && (v.hollow() || unlike && !built && spokenBySamba(c))
		if !c.borrowed {
			b.total[c.source] += c.Count
		}
	}
	b.agree = make([][]bool, len(b.values))
	for i := range b.values {
		b.agree[i] = make([]bool, len(b.values))
		for k := range b.values {
			b.agree[i][k] = b.values[i].agrees(&b.values[k])
		}
	}
	return b
}

// number finds or makes the candidate that a statement names.
func (b *board) number(stated string) int {
	family, version, _ := strings.Cut(stated, "|")
	v := value{family: clues.Family(family), version: version}
	if v.family == clues.Windows {
		v.version = kernel(version)
	}
	i := slices.IndexFunc(b.values, func(o value) bool { return o.family == v.family && o.version == v.version })
	if i >= 0 {
		return i
	}
	v.name, v.number = split(v.version)
	if v.base = v.number; v.family == clues.Windows {
		v.base = vendordb.WindowsBase(v.number)
	}
	b.values = append(b.values, v)
	return len(b.values) - 1
}

// full: a version of Windows with its build. A hollow one has build 0, which no
// Windows has and Samba says.
func (v *value) full() bool   { return strings.Count(v.version, ".") == 2 }
func (v *value) hollow() bool { return v.full() && strings.HasSuffix(v.version, ".0") }

// kernel keeps the first three numbers of a version of Windows.
func kernel(version string) string {
	parts := strings.SplitN(version, ".", 4)
	return strings.Join(parts[:min(len(parts), 3)], ".")
}

// spokenBySamba: the protocols that Samba serves, in which it calls itself
// Windows, never with a build.
func spokenBySamba(c *claim) bool {
	for _, log := range []string{"smb", "ntlm", "browser", "netbios", "nbns", "ldap", "cldap", "dce_rpc", "llmnr"} {
		if strings.HasPrefix(c.Source, log) {
			return true
		}
	}
	return false
}

// wider is the family that a family is built from: what says the wider one says
// nothing against it.
func wider(f clues.Family) clues.Family {
	switch f {
	case clues.Android, clues.RouterOS:
		return clues.Linux
	case clues.IOS:
		return clues.MacOS
	case clues.Junos:
		return clues.BSD
	case clues.VxWorks, clues.QNX:
		return clues.Embedded
	}
	return ""
}

// related reports families of which a machine may run both at once.
func related(a, b clues.Family) bool { return a == b || wider(a) == b || wider(b) == a }

// named tells versions that begin with the name of a release ("Debian 12") from
// bare numbers.
func named(version string) bool {
	return version != "" && (version[0] < '0' || version[0] > '9')
}

// split takes a version apart into the name of the release and its number.
func split(version string) (name, number string) {
	if !named(version) {
		return "", version
	}
	i := strings.LastIndexByte(version, ' ')
	if i < 0 || named(version[i+1:]) {
		return strings.ToLower(version), ""
	}
	return strings.ToLower(version[:i]), version[i+1:]
}

// within reports that a version is exactly what the other one says, or more
// exact.
func (v *value) within(less *value) bool {
	if less.version == "" {
		return true
	}
	return v.name == less.name && (vendordb.Within(v.number, less.number) || vendordb.Within(v.base, less.number))
}

// agrees reports that two values may both be true of one machine. A number of a
// kernel and the name of a distribution say different things.
func (v *value) agrees(o *value) bool {
	if v.family != o.family {
		return related(v.family, o.family)
	}
	return v.within(o) || o.within(v) || (v.name == "") != (o.name == "")
}

// leads reports that value o speaks of the version of v, or of a less exact one
// of the same line.
func (b *board) leads(o, v int) bool {
	x, y := &b.values[o], &b.values[v]
	return x.family == y.family && (x.version != "" || y.version == "") && y.within(x)
}

// share is how much of the weight of a claim of o counts for v.
func (b *board) share(o, v int) float64 {
	if b.values[o].version == "" && b.values[v].version != "" && b.agree[o][v] {
		return 0.5
	}
	return whole(b.agree[o][v])
}

func whole(counts bool) float64 {
	if counts {
		return 1
	}
	return 0
}

// support is the noisy-or over the sources of the claims whose values count, in
// whole or in part, each weighed with the share of its statements that they are.
func (b *board) support(part func(value int) float64) float64 {
	clear(b.weight)
	clear(b.count)
	for i := range b.claims {
		c := &b.claims[i]
		if c.borrowed {
			continue
		}
		if p := part(c.value); p > 0 {
			b.weight[c.source] = max(b.weight[c.source], p*c.Weight)
			b.count[c.source] += c.Count
		}
	}
	miss := 1.0
	for i, n := range b.count {
		if n > 0 {
			miss *= 1 - b.weight[i]*float64(n)/float64(b.total[i])
		}
	}
	return 1 - miss
}

// weigh concludes on one value. What it is up against is the best supported value
// that cannot be true together with it.
func (b *board) weigh(v int) Belief {
	out := Belief{Family: b.values[v].family, Version: b.values[v].version}
	for i := range b.claims {
		if c := &b.claims[i]; !c.borrowed && b.agree[c.value][v] {
			out.For = append(out.For, i)
		} else {
			out.Against = append(out.Against, i)
		}
	}
	rival := 0.0
	for o := range b.values {
		if !b.agree[o][v] {
			rival = max(rival, b.support(func(u int) float64 { return whole(b.agree[u][o] && !b.agree[u][v]) }))
		}
	}
	own := b.support(func(u int) float64 { return b.share(u, v) })
	out.Confidence = own * (1 - rival/2)
	return out
}

// chooseFamily is the family that the statements carry best: a narrower one goes
// before the wider one that it is built from if it was said by something that is
// to be believed.
func (b *board) chooseFamily() clues.Family {
	var best clues.Family
	score := 0.0
	for v := range b.values {
		f := b.values[v].family
		if f == best {
			continue
		}
		own := b.support(func(u int) float64 { return whole(b.values[u].family == f) })
		all := b.support(func(u int) float64 { return whole(b.values[u].family == f || wider(f) == b.values[u].family) })
		if own < minExact && all > own {
			all = own // nothing but the wider family is believed
		}
		if all > score || all == score && all > 0 && f < best {
			best, score = f, all
		}
	}
	return best
}
