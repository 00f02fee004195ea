package system

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/inventory/clues"
)

// say reads "value source weight[ count]" lines.
func say(t *testing.T, lines ...string) []Statement {
	t.Helper()
	var out []Statement
	for _, l := range lines {
		value, rest, _ := strings.Cut(l, " @")
		s := Statement{Value: value, Count: 1}
		if _, err := fmt.Sscanf(rest, "%s %g", &s.Source, &s.Weight); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		if i := strings.LastIndex(l, " x"); i > 0 {
			if _, err := fmt.Sscanf(l[i:], " x%d", &s.Count); err != nil {
				t.Fatalf("%q: %v", l, err)
			}
		}
		out = append(out, s)
	}
	return out
}

func TestWeigh(t *testing.T) {
	for _, c := range []struct {
		name     string
		said     []string
		want     string // the conclusion
		low, top float64
		against  int
	}{
		{"one precise word", []string{"Windows|10.0.19045 @ntlm.version 0.9"}, "Windows 10.0.19045", 0.89, 0.91, 0},
		{"less exact words support", []string{"Windows|10.0.19045 @ntlm.version 0.9", "Windows|10.0 @browser.version 0.5", "Windows @dhcp.vendor_class 0.6"},
			"Windows 10.0.19045", 0.95, 0.97, 0},
		{"the build that an enabled release reports supports it", []string{"Windows|10.0.19045 @http.user_agent 0.5", "Windows|10.0.19041 @ntlm.version 0.9"},
			"Windows 10.0.19045", 0.94, 0.96, 0},
		{"a fourth number is no other version", []string{"Windows|10.0.19045.3803 @a 0.5", "Windows|10.0.19045 @b 0.5"}, "Windows 10.0.19045", 0.74, 0.76, 0},
		{"other builds speak against each other", []string{"Windows|10.0.19045 @ntlm.version 0.9", "Windows|6.1.7601 @smb.native_os 0.5"},
			"Windows 10.0.19045", 0.6, 0.7, 1},
		{"Samba is no Windows beside SSH", []string{"Windows|6.1 @browser.version 0.9 x50", "Windows|6.1.0 @ntlm.version 0.9 x9", "Linux|Debian 12 @ssh.server 0.6"},
			"Debian 12", 0.59, 0.61, 2},
		{"Windows 7 by its browser alone", []string{"Windows|6.1 @browser.version 0.9"}, "Windows 6.1", 0.89, 0.91, 0},
		{"Windows 7 with an Ubuntu inside", []string{"Windows|6.1 @browser.version 0.9", "Windows|6.1.7601 @ntlm.version 0.9", "Linux|Ubuntu 22.04 @ssh.server 0.6"},
			"Windows 6.1.7601", 0.65, 0.75, 1},
		{"Apple is no Windows", []string{"Windows|6.1.7600 @ntlm.version 0.9", "macOS|10.10 @http.user_agent 0.6"}, "macOS 10.10", 0.59, 0.61, 1},
		{"Windows 7 with a Linux beside it", []string{"Windows|6.1.7600 @ntlm.version 0.9", "Linux @http.user_agent 0.6"}, "Windows 6.1.7600", 0.6, 0.7, 1},
		{"a distribution and its kernel", []string{"Linux|5.10.0 @snmp.descr 0.9", "Linux|Debian 11 @ssh.server 0.6"}, "Debian 11", 0.95, 0.97, 0},
		{"two distributions", []string{"Linux|Debian 11 @a 0.6", "Linux|Ubuntu 22.04 @b 0.5"}, "Debian 11", 0.4, 0.5, 1},
		{"Android is a Linux", []string{"Linux @tcp.shape 0.3", "Android @dhcp.vendor_class 0.6"}, "Android", 0.71, 0.73, 0},
		{"a hint of Android is no Android", []string{"Linux|Debian 12 @ssh.server 0.6", "Android @tcp.shape 0.3"}, "Debian 12", 0.6, 0.7, 0},
		{"a shape alone is a hint", []string{"Windows|10.0 @conn.orig_syn 0.3"}, "Windows 10.0", 0.29, 0.31, 0},
		{"a hint of a version is not named beside a known family", []string{"Windows|10.0 @conn.orig_syn 0.3", "Windows @dhcp.vendor_class 0.6"}, "Windows", 0.71, 0.73, 0},
		{"a family against a hint", []string{"Windows @dhcp.vendor_class 0.6", "Linux @conn.orig_syn 0.3"}, "Windows", 0.5, 0.52, 1},
		{"most of what one source said", []string{"Windows|10.0.19044 @ntlm.version 0.9 x1", "Windows|10.0.22631 @ntlm.version 0.9 x9"}, "Windows 10.0.22631", 0.7, 0.8, 1},
	} {
		got := Weigh(say(t, c.said...))
		b := got[0]
		if b.Text() != c.want || b.Confidence < c.low || b.Confidence > c.top || len(b.Against) != c.against {
			t.Errorf("%s: %s, confidence %.3f, %d against; want %s, %.2f to %.2f, %d", c.name, b.Text(), b.Confidence, len(b.Against),
				c.want, c.low, c.top, c.against)
		}
		for _, b := range got {
			if all := len(b.For) + len(b.Against); all != len(c.said) || b.Confidence < 0 || b.Confidence > 1 {
				t.Errorf("%s: %s has %d of %d statements, confidence %v", c.name, b.Text(), all, len(c.said), b.Confidence)
			}
		}
		slices.Reverse(c.said)
		if again := Weigh(say(t, c.said...))[0]; again.Text() != b.Text() || again.Confidence != b.Confidence {
			t.Errorf("%s: the order of the statements counts: %+v and %+v", c.name, b, again)
		}
	}
	var many []Statement
	for i := range 40 * MaxStatements {
		many = append(many, Statement{Value: fmt.Sprintf("Windows|10.0.%d", i), Source: fmt.Sprint("s", i), Weight: 0.5, Count: 1})
	}
	if got := Weigh(many); len(got) != MaxStatements || len(got[0].For)+len(got[0].Against) != MaxStatements || got[0].Confidence > 0.5 {
		t.Errorf("of too many statements %d values, the first %+v", len(got), got[0])
	}
	if got := Weigh(nil); len(got) != 0 {
		t.Errorf("of nothing %+v was concluded", got)
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		family  clues.Family
		version string
		side    Side
		day     string
		want    System
	}{
		{clues.Windows, "10.0.19045", Either, "2025-10-14", System{OS: "Windows 10 22H2 (10.0.19045)", Ends: "2025-10-14", Supported: "yes"}},
		{clues.Windows, "10.0.19045", Either, "2025-10-15", System{OS: "Windows 10 22H2 (10.0.19045)", Ends: "2025-10-14", Supported: "no"}},
		{clues.Windows, "10.0.14393", Server, "2026-11-23", System{OS: "Windows Server 2016 (10.0.14393)", Ends: "2027-01-12", Supported: "yes"}},
		{clues.Windows, "10.0.14393", Client, "2026-10-13", System{OS: "Windows 10 1607 (10.0.14393)", Ends: "2019-04-09", Unless: true,
			Note: "10 1607 Home and Pro until 2018-04-10; 10 1607 Enterprise and Education until 2019-04-09; 10 1607 LTSB 2016 until 2026-10-13"}},
		{clues.Windows, "10.0.14393", Client, "2026-10-14", System{OS: "Windows 10 1607 (10.0.14393)", Ends: "2019-04-09", Supported: "no",
			Note: "10 1607 Home and Pro until 2018-04-10; 10 1607 Enterprise and Education until 2019-04-09; 10 1607 LTSB 2016 until 2026-10-13"}},
		{clues.Windows, "6.1.7601", Either, "2026-11-23", System{OS: "Windows 7 SP1 or Server 2008 R2 SP1 (6.1.7601)", Ends: "2020-01-14", Supported: "no",
			Note: "7 SP1 until 2020-01-14; Server 2008 R2 SP1 until 2020-01-14; 7 SP1 Embedded Standard 7 until 2020-10-13; 7 SP1 Embedded POSReady 7 until 2021-10-12"}},
		{clues.Windows, "10.0.20348", Client, "", System{OS: "Windows Server 2022 (10.0.20348)", Ends: "2031-10-14"}},
		{clues.Windows, "10.0.99999", Either, "2026-11-23", System{OS: "Windows 10.0.99999"}},
		{clues.Windows, "", Either, "2026-11-23", System{OS: "Windows"}},
		{clues.Linux, "Debian 12", Either, "2026-11-23", System{OS: "Debian 12", Ends: "2028-06-30", Supported: "yes"}},
		{clues.Linux, "Debian 9", Either, "2026-11-23", System{OS: "Debian 9", Ends: "2022-06-30", Supported: "no"}},
		{clues.Linux, "5.10", Either, "2026-11-23", System{OS: "Linux 5.10"}},
		{clues.MacOS, "15.2", Either, "2026-11-23", System{OS: "macOS 15.2"}},
	} {
		c.want.Family, c.want.Version, c.want.Also = string(c.family), c.version, []string{}
		if got := Describe(c.family, c.version, c.side, c.day); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s on %s:\n got %+v\nwant %+v", c.family, c.version, c.day, got, c.want)
		}
	}
	for version, want := range map[string]string{
		"6.1": "Windows 7 or Server 2008 R2 (6.1)", "5": "Windows 2000 to XP or 2000 Server to Server 2003 (5)", "6": "Windows Vista to 8.1 or Server 2008 to 2012 R2 (6)",
		"10.0": "Windows 10 to 11 or Server 2016 to 2025 (10.0)", "10.0.19041": "Windows 10 2004 to 22H2 (10.0.19041)", "5.1": "Windows XP (5.1)",
	} {
		if got := Describe(clues.Windows, version, Either, "2026-11-23"); got.OS != want {
			t.Errorf("%s is %q, want %q", version, got.OS, want)
		}
	}
	if got := Describe(clues.Windows, "10.0.19041", Either, "2026-11-23"); !got.Unless || got.Ends != "2025-10-14" || !strings.Contains(got.Note, "LTSC 2021 until 2032-01-13") {
		t.Errorf("a build with a long-term edition: %+v", got)
	}
}

func BenchmarkWeigh(b *testing.B) {
	var many []Statement
	for i := range MaxStatements {
		many = append(many, Statement{Value: fmt.Sprintf("Windows|10.0.%d", i), Source: fmt.Sprint("s", i%8), Weight: 0.5, Count: 1})
	}
	for b.Loop() {
		Weigh(many)
	}
}
