package vendordb

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Release is one release of an operating system, in one of its editions.
type Release struct {
	Product string // "Windows 10", "Debian"
	Release string // "22H2", "12", may be empty
	Edition string // "Home and Pro", empty where the table has one line for all
	Version string // as the kernel counts, for Windows; else as Release
	Server  bool   // a server's edition
	// Long marks editions that are bought for long use, such as LTSC, and those
	// for embedded machines: many scanners run one, most computers do not, and
	// the version does not tell.
	Long bool
	Ends string // last day of free public support, "2025-10-14"
	base string
}

// systemTable is windows.csv, oldest first, and releases.csv by folded name.
type systemTable struct {
	windows  []Release
	base     map[string]string // what programs of a release report instead
	releases map[string][]Release
	lines    int
	err      error
}

var systems = sync.OnceValue(loadSystems)

func loadSystems() *systemTable {
	t := &systemTable{releases: map[string][]Release{}, base: map[string]string{}}
	t.err = errors.Join(t.loadWindows(), t.loadReleases())
	return t
}

func (t *systemTable) loadWindows() error {
	rows, err := readTable("windows.csv", "version", "base", "product", "release", "side", "channel", "edition", "ends", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string {
		return r.fields[0] + "\x00" + r.fields[2] + "\x00" + r.fields[3] + "\x00" + r.fields[6]
	})}
	for _, r := range rows {
		f := r.fields
		errs = append(errs, r.oneOf("side", f[4], []string{"client", "server"}), r.oneOf("channel", f[5], []string{"common", "long"}),
			r.day(f[7]), r.build(f[0]))
		if f[1] != "" {
			errs = append(errs, r.build(f[1]))
			t.base[f[0]] = f[1]
		}
		t.windows = append(t.windows, Release{
			Version: f[0], base: f[1], Product: f[2], Release: f[3], Server: f[4] == "server", Long: f[5] == "long", Edition: f[6], Ends: f[7],
		})
	}
	slices.SortStableFunc(t.windows, func(a, b Release) int { return CompareVersions(a.Version, b.Version) })
	return errors.Join(errs...)
}

func (t *systemTable) loadReleases() error {
	rows, err := readTable("releases.csv", "name", "version", "ends", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] + "\x00" + r.fields[1] })}
	for _, r := range rows {
		errs = append(errs, r.day(r.fields[2]))
		var product string
		for name := range strings.SplitSeq(r.fields[0], "|") {
			product = cmp.Or(product, name)
			key := strings.ToLower(name)
			t.releases[key] = append(t.releases[key], Release{
				Product: product, Release: r.fields[1], Version: r.fields[1], Ends: r.fields[2],
			})
		}
		t.lines++
	}
	return errors.Join(errs...)
}

// day reports a field that is no date.
func (r row) day(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return r.errorf("%q is no date like 2025-10-14", s)
	}
	return nil
}

// build reports a field that is no kernel version of three numbers.
func (r row) build(s string) error {
	if parts := strings.Split(s, "."); len(parts) != 3 || !dotted(s) {
		return r.errorf("%q is no version like 10.0.19045", s)
	}
	return nil
}

func dotted(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if _, err := strconv.ParseUint(part, 10, 32); err != nil {
			return false
		}
	}
	return true
}

// CompareVersions orders versions of numbers with dots; a part that is no
// number counts as 0, and a shorter version goes before a longer one that
// begins with it.
func CompareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.ParseUint(as[i], 10, 64)
		y, _ := strconv.ParseUint(bs[i], 10, 64)
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// Within reports that a version is of the line that prefix names: the same, or
// longer behind a dot. Everything is within the empty version.
func Within(version, prefix string) bool {
	return prefix == "" || version == prefix || len(version) > len(prefix) && version[len(prefix)] == '.' && strings.HasPrefix(version, prefix)
}

// WindowsReleases lists the releases of Windows of which a program may say that
// version: a kernel's "10.0.19045", or less of one, such as "6.1". Releases that
// were switched on by an update go on reporting the version they began with, so
// 10.0.19041 stands for all up to 10.0.19045. Oldest first.
func WindowsReleases(version string) []Release {
	if version == "" {
		return nil
	}
	var out []Release
	for _, r := range systems().windows {
		if Within(r.Version, version) || r.base != "" && Within(r.base, version) {
			out = append(out, r)
		}
	}
	return out
}

// WindowsBase is the version that programs of a release may report instead of
// its own; the version itself for most.
func WindowsBase(version string) string {
	return cmp.Or(systems().base[version], version)
}

// SystemRelease finds the release that a text such as "Debian 12.5" or "Ubuntu
// 22.04" names: a system's name, case aside, and a version of it or of one
// within it.
func SystemRelease(text string) (Release, bool) {
	i := strings.LastIndexByte(text, ' ')
	if i < 0 || len(text) > maxText {
		return Release{}, false
	}
	for _, r := range systems().releases[strings.ToLower(text[:i])] {
		if Within(text[i+1:], r.Version) {
			return r, true
		}
	}
	return Release{}, false
}
