package system

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/vendordb"
)

// Side is what else is known of a Windows machine: the same build is sold for
// clients and for servers.
type Side uint8

// The sides.
const (
	Either Side = iota
	Client
	Server
)

// SideOf tells a server from a client by what a machine says that it is.
func SideOf(kinds []string) Side {
	server := slices.Contains(kinds, string(clues.KindDomainController)) || slices.Contains(kinds, string(clues.KindServer))
	client := slices.Contains(kinds, string(clues.KindPC))
	switch {
	case server && !client:
		return Server
	case client && !server:
		return Client
	}
	return Either
}

// System is a machine's operating system as reports show it.
type System struct {
	OS       string  `json:"os"`        // for reading: "Windows 10 22H2 (10.0.19045)", "Debian 12"
	Family   string  `json:"os_family"` // one of clues.Family, empty if unknown
	Version  string  `json:"os_version"`
	Sureness float64 `json:"os_confidence"` // 0..1
	// Ends is the last day of public support of the editions that most machines
	// run, the latest where they differ; "2025-10-14", or empty if not known.
	Ends string `json:"os_support_ends"`
	// Supported is "yes" or "no" where that holds for every edition of the
	// version on the day of the machine's last packet, else empty.
	Supported string   `json:"os_supported"`
	Note      string   `json:"os_support_note"` // the days of the editions where they differ
	Also      []string `json:"os_also"`         // other systems that evidence names, never nil
	// Unless reports that support has ended but for long-term or embedded
	// editions, which the version does not tell apart.
	Unless bool `json:"-"`
}

// The confidences from which on a system is named, the end of its support is
// told, and another system is named as well.
const (
	minNamed  = 0.2
	minJudged = 0.5
	minAlso   = 0.1
)

// Conclude tells the system that the first of the beliefs names, for a machine
// last seen on that day.
func Conclude(all []Belief, side Side, day string) System {
	if len(all) == 0 || all[0].Confidence < minNamed {
		return System{Also: []string{}}
	}
	best := &all[0]
	if best.Confidence < minJudged {
		day = ""
	}
	s := Describe(best.Family, best.Version, side, day)
	s.Sureness = best.Confidence
	if best.Confidence < minJudged {
		s.Ends, s.Note = "", ""
	}
	for _, b := range all[1:] {
		if b.Confidence >= minAlso && !slices.ContainsFunc(b.For, func(i int) bool { return slices.Contains(best.For, i) }) {
			s.Also = append(s.Also, b.Text())
		}
	}
	slices.Sort(s.Also)
	return s
}

// Describe names a version of a family and tells its support on a day
// ("2026-11-23"; empty asks for none).
func Describe(family clues.Family, version string, side Side, day string) System {
	s := System{OS: Text(string(family) + "|" + version), Family: string(family), Version: version, Also: []string{}}
	if family == clues.Windows {
		s.windows(side, day)
	} else if known, ok := vendordb.SystemRelease(version); ok {
		s.judge([]vendordb.Release{known}, day)
	}
	return s
}

func (s *System) windows(side Side, day string) {
	version := s.Version
	list := vendordb.WindowsReleases(version)
	if side != Either {
		mine := slices.DeleteFunc(slices.Clone(list), func(r vendordb.Release) bool { return r.Server != (side == Server) })
		if len(mine) > 0 {
			list = mine
		}
	}
	if len(list) > 0 {
		s.OS = windowsName(list) + " (" + version + ")"
		s.judge(list, day)
	}
}

// windowsName names all releases of a list: clients, then servers, each as a
// range from the oldest to the newest; of several products the names alone.
func windowsName(list []vendordb.Release) string {
	var parts []string
	for _, server := range []bool{false, true} {
		var names, products []string
		for _, r := range list {
			product := strings.TrimPrefix(r.Product, "Windows ")
			n := strings.TrimSpace(product + " " + r.Release)
			if r.Server == server && !slices.Contains(names, n) {
				names = append(names, n)
			}
			if r.Server == server && !slices.Contains(products, product) {
				products = append(products, product)
			}
		}
		if len(products) > 1 {
			names = products
		}
		switch {
		case len(names) == 1:
			parts = append(parts, names[0])
		case len(names) > 1:
			parts = append(parts, span(names[0], names[len(names)-1]))
		}
	}
	return "Windows " + strings.Join(parts, " or ")
}

// span names a range, what both ends begin with only once: "10 2004 to 22H2".
func span(a, b string) string {
	if strings.HasPrefix(b, a+" ") {
		return a
	}
	if i := strings.LastIndexByte(a, ' '); i > 0 && strings.HasPrefix(b, a[:i+1]) {
		b = b[i+1:]
	}
	return a + " to " + b
}

// maxNoted is the most editions that a note names.
const maxNoted = 6

// judge fills in the support of the releases that a version stands for.
func (s *System) judge(list []vendordb.Release, day string) {
	earliest, latest := "", "" // of all editions
	for i := range list {
		e := &list[i]
		if !e.Long {
			s.Ends = max(s.Ends, e.Ends)
		}
		if earliest == "" || e.Ends < earliest {
			earliest = e.Ends
		}
		latest = max(latest, e.Ends)
	}
	switch {
	case day == "" || latest == "":
	case day <= earliest:
		s.Supported = "yes"
	case day > latest:
		s.Supported = "no"
	case day > s.Ends:
		s.Unless = true
	}
	if earliest != latest {
		s.Note = note(list)
	}
}

// note lists editions with their days, the last ones if there are many.
func note(list []vendordb.Release) string {
	by := slices.Clone(list)
	slices.SortStableFunc(by, func(a, b vendordb.Release) int { return cmp.Compare(a.Ends, b.Ends) })
	var words []string
	for _, r := range by[max(0, len(by)-maxNoted):] {
		name := strings.Join(strings.Fields(strings.TrimPrefix(r.Product, "Windows ")+" "+r.Release+" "+r.Edition), " ")
		words = append(words, fmt.Sprintf("%s until %s", name, r.Ends))
	}
	if len(by) > maxNoted {
		words = append([]string{"older ones until earlier"}, words...)
	}
	return strings.Join(words, "; ")
}
