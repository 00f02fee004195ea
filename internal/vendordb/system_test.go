package vendordb

import (
	"slices"
	"testing"
)

func TestWindowsReleases(t *testing.T) {
	for _, c := range []struct {
		version     string
		first, last string // product, release and edition
		n           int
	}{
		{"10.0.19045", "Windows 10 22H2 ", "Windows 10 22H2 ", 1},
		{"10.0.19041", "Windows 10 2004 ", "Windows 10 22H2 ", 9},
		{"10.0.14393", "Windows 10 1607 Enterprise and Education", "Windows Server 2016  ", 4},
		{"6.1", "Windows 7  ", "Windows Server 2008 R2 SP1 ", 6},
		{"6.1.7601", "Windows 7 SP1 ", "Windows Server 2008 R2 SP1 ", 4},
		{"5.1.2600", "Windows XP  ", "Windows XP  Embedded Standard 2009", 4},
		{"10.0.1", "", "", 0}, {"6.10", "", "", 0}, {"", "", "", 0}, {"5.1.2600.0", "", "", 0},
	} {
		got := WindowsReleases(c.version)
		if len(got) != c.n {
			t.Errorf("%s: %d releases, want %d: %+v", c.version, len(got), c.n, got)
			continue
		}
		if c.n == 0 {
			continue
		}
		text := func(r Release) string { return r.Product + " " + r.Release + " " + r.Edition }
		if a, b := text(got[0]), text(got[c.n-1]); a != c.first && c.n > 1 && a+" " != c.first || b != c.last && b+" " != c.last {
			t.Errorf("%s: from %q to %q, want %q to %q", c.version, a, b, c.first, c.last)
		}
	}
	if b := WindowsBase("10.0.19045"); b != "10.0.19041" {
		t.Errorf("22H2 reports %q", b)
	}
	if b := WindowsBase("6.3.9600"); b != "6.3.9600" {
		t.Errorf("8.1 reports %q", b)
	}
}

func TestSystemRelease(t *testing.T) {
	for text, want := range map[string]string{
		"Debian 12": "2028-06-30", "Debian 12.5": "2028-06-30", "debian 9": "2022-06-30", "Ubuntu 22.04": "2027-06-01", "Ubuntu 22.04.3": "2027-06-01",
		"Red Hat Enterprise Linux 7.9": "2024-06-30", "RHEL 8": "2029-05-31", "CentOS 7": "2024-06-30", "FreeBSD 12.4": "2023-12-31",
		"Debian 1": "", "Debian": "", "5.10": "", "": "", "Debian 120": "",
	} {
		r, ok := SystemRelease(text)
		if r.Ends != want || ok != (want != "") {
			t.Errorf("%q ends %q (%v), want %q", text, r.Ends, ok, want)
		}
	}
}

func TestCompareVersions(t *testing.T) {
	in := []string{"10.0.10240", "5.1.2600", "6.1.7601", "6.1", "10.0.9", "x"}
	slices.SortFunc(in, CompareVersions)
	if want := []string{"x", "5.1.2600", "6.1", "6.1.7601", "10.0.9", "10.0.10240"}; !slices.Equal(in, want) {
		t.Errorf("order %v, want %v", in, want)
	}
}
