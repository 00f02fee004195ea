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

// claim is a statement taken apart.
type claim struct {
	*Statement
	family   clues.Family
	version  string
	borrowed bool // words of a server that plays Windows
}

// minUnlike is the weight from which on one statement shows that a machine that
// says Windows 6.1 is none.
const minUnlike = 0.4

// minExact is the support that a version or a narrower family needs to be named
// where the family or the wider one is known as well.
const minExact = 0.4

// Weigh concludes from all statements, best value first. The first is the
// conclusion; the others are values that were stated too.
func Weigh(list []Statement) []Belief {
	claims := take(list)
	total := map[string]uint64{} // statements by source
	for _, c := range claims {
		if !c.borrowed {
			total[c.Source] += c.Count
		}
	}
	out := candidates(claims)
	rank := make(map[value]float64, len(out))
	for i := range out {
		b := &out[i]
		v := value{b.Family, b.Version}
		rank[v] = support(claims, total, func(c *claim) float64 { return whole(c.leads(v)) })
		b.weigh(claims, total)
	}
	family := chooseFamily(claims, total)
	slices.SortStableFunc(out, func(a, b Belief) int {
		if x, y := a.Family == family, b.Family == family; x != y {
			return first(x)
		}
		exact := func(b *Belief) bool { return b.Version != "" && rank[value{b.Family, b.Version}] >= minExact }
		if x, y := exact(&a), exact(&b); x != y && a.Family == family {
			return first(x)
		}
		// The name of a release says more than the number of its kernel.
		if x, y := exact(&a) && named(a.Version), exact(&b) && named(b.Version); x != y && a.Family == family {
			return first(x)
		}
		return cmp.Or(cmp.Compare(rank[value{b.Family, b.Version}], rank[value{a.Family, a.Version}]),
			cmp.Compare(b.Confidence, a.Confidence),
			cmp.Compare(strings.Count(b.Version, "."), strings.Count(a.Version, ".")), cmp.Compare(a.Version, b.Version))
	})
	return out
}

// first is the order of what has a quality before what has not.
func first(has bool) int {
	if has {
		return -1
	}
	return 1
}

// value is a candidate.
type value struct {
	family  clues.Family
	version string
}

func take(list []Statement) []claim {
	out := make([]claim, len(list))
	var built, unlike bool
	for i := range list {
		c := &out[i]
		family, version, _ := strings.Cut(list[i].Value, "|")
		c.Statement, c.family, c.version = &list[i], clues.Family(family), version
		if c.family == clues.Windows {
			c.version = kernel(version)
			built = built || strings.Count(c.version, ".") == 2 && !strings.HasSuffix(c.version, ".0")
		} else if c.Weight >= minUnlike {
			unlike = true
		}
	}
	for i := range out {
		c := &out[i]
		c.borrowed = c.family == clues.Windows && (strings.HasSuffix(c.version, ".0") && strings.Count(c.version, ".") == 2 ||
			unlike && !built && spokenBySamba(c))
	}
	return out
}

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

// candidates are the values that were stated, each once, in the order of the
// list. Values that only borrowed words name come too, so that they are shown.
func candidates(claims []claim) []Belief {
	var out []Belief
	for _, c := range claims {
		if !slices.ContainsFunc(out, func(b Belief) bool { return b.Family == c.family && b.Version == c.version }) {
			out = append(out, Belief{Family: c.family, Version: c.version})
		}
	}
	return out
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
func within(f clues.Family, version, less string) bool {
	if less == "" {
		return true
	}
	vn, vv := split(version)
	ln, lv := split(less)
	if vn != ln {
		return false
	}
	return vendordb.Within(vv, lv) || f == clues.Windows && vendordb.Within(vendordb.WindowsBase(vv), lv)
}

// agree reports that two versions may both be true of one machine. A number of
// a kernel and the name of a distribution say different things.
func agree(f clues.Family, a, b string) bool {
	an, _ := split(a)
	bn, _ := split(b)
	return within(f, a, b) || within(f, b, a) || (an == "") != (bn == "")
}

// supports reports that a claim may be true together with v.
func (c *claim) supports(v value) bool {
	return !c.borrowed && related(c.family, v.family) && (c.family != v.family || agree(c.family, c.version, v.version))
}

// share is how much of a claim's weight counts for v.
func (c *claim) share(v value) float64 {
	if c.version == "" && v.version != "" && c.supports(v) {
		return 0.5
	}
	return whole(c.supports(v))
}

func whole(counts bool) float64 {
	if counts {
		return 1
	}
	return 0
}

// leads reports that a claim speaks of the version of v, or of a less exact one
// of the same line.
func (c *claim) leads(v value) bool {
	return !c.borrowed && c.family == v.family && (c.version != "" || v.version == "") && within(c.family, v.version, c.version)
}

// support is the noisy-or over the sources of the claims that count, in whole or
// in part, each weighed with the share of its statements that they are.
func support(claims []claim, total map[string]uint64, part func(*claim) float64) float64 {
	type told struct {
		weight float64
		count  uint64
	}
	by := map[string]told{}
	var sources []string
	for i := range claims {
		c := &claims[i]
		p := part(c)
		if p == 0 {
			continue
		}
		t, ok := by[c.Source]
		if !ok {
			sources = append(sources, c.Source)
		}
		by[c.Source] = told{max(t.weight, p*c.Weight), t.count + c.Count}
	}
	slices.Sort(sources) // the order of floating-point products is part of the result
	miss := 1.0
	for _, s := range sources {
		miss *= 1 - by[s].weight*float64(by[s].count)/float64(max(total[s], 1))
	}
	return 1 - miss
}

// weigh fills a belief. What it is up against is the best supported value that
// cannot be true together with it.
func (b *Belief) weigh(claims []claim, total map[string]uint64) {
	v := value{b.Family, b.Version}
	rival := 0.0
	for i := range claims {
		c := &claims[i]
		if c.supports(v) {
			b.For = append(b.For, i)
			continue
		}
		b.Against = append(b.Against, i)
		if c.borrowed {
			continue
		}
		o := value{c.family, c.version}
		rival = max(rival, support(claims, total, func(d *claim) float64 { return whole(d.supports(o) && !d.supports(v)) }))
	}
	own := support(claims, total, func(c *claim) float64 { return c.share(v) })
	b.Confidence = own * (1 - rival/2)
}

// chooseFamily is the family that the statements carry best: a narrower one goes
// before the wider one that it is built from if it was said by something that is
// to be believed.
func chooseFamily(claims []claim, total map[string]uint64) clues.Family {
	var best clues.Family
	score := 0.0
	for i := range claims {
		f := claims[i].family
		if f == best || claims[i].borrowed {
			continue
		}
		own := support(claims, total, func(c *claim) float64 { return whole(!c.borrowed && c.family == f) })
		all := support(claims, total, func(c *claim) float64 { return whole(!c.borrowed && (c.family == f || wider(f) == c.family)) })
		if own < minExact && all > own {
			all = own // nothing but the wider family is believed
		}
		if all > score || all == score && f < best {
			best, score = f, all
		}
	}
	return best
}
