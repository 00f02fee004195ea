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

// Release is a concluded system in words, with its support.
type Release struct {
	Name string // "Windows 10 22H2 (10.0.19045)", "Debian 12"
	// Ends is the last day of public support of the editions that most machines
	// run, the latest where they differ; "2025-10-14", or empty if not known.
	Ends string
	// Supported is "yes" or "no" where that holds for every edition of the
	// version on the day asked for, else empty.
	Supported string
	// Unless reports that support has ended but for long-term or embedded
	// editions, which the version does not tell apart.
	Unless bool
	// Note tells the days of the editions where they differ.
	Note string
}

// Describe names a version of a family and tells its support on a day
// ("2026-11-23"; empty asks for none).
func Describe(family clues.Family, version string, side Side, day string) Release {
	if family == clues.Windows {
		return windows(version, side, day)
	}
	r := Release{Name: Text(string(family) + "|" + version)}
	if known, ok := vendordb.SystemRelease(version); ok {
		r.judge([]vendordb.Release{known}, day)
	}
	return r
}

func windows(version string, side Side, day string) Release {
	list := vendordb.WindowsReleases(version)
	if side != Either {
		mine := slices.DeleteFunc(slices.Clone(list), func(r vendordb.Release) bool { return r.Server != (side == Server) })
		if len(mine) > 0 {
			list = mine
		}
	}
	if len(list) == 0 {
		return Release{Name: Text(string(clues.Windows) + "|" + version)}
	}
	r := Release{Name: windowsName(list) + " (" + version + ")"}
	r.judge(list, day)
	return r
}

// windowsName names all releases of a list: clients, then servers, each as a
// range from the oldest to the newest.
func windowsName(list []vendordb.Release) string {
	var parts []string
	for _, server := range []bool{false, true} {
		var names []string
		for _, r := range list {
			n := strings.TrimSpace(strings.TrimPrefix(r.Product, "Windows ") + " " + r.Release)
			if r.Server == server && !slices.Contains(names, n) {
				names = append(names, n)
			}
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
func (r *Release) judge(list []vendordb.Release, day string) {
	earliest, latest := "", "" // of all editions
	for i := range list {
		e := &list[i]
		if !e.Long {
			r.Ends = max(r.Ends, e.Ends)
		}
		if earliest == "" || e.Ends < earliest {
			earliest = e.Ends
		}
		latest = max(latest, e.Ends)
	}
	switch {
	case day == "" || latest == "":
	case day <= earliest:
		r.Supported = "yes"
	case day > latest:
		r.Supported = "no"
	case day > r.Ends:
		r.Unless = true
	}
	if earliest != latest {
		r.Note = note(list)
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
