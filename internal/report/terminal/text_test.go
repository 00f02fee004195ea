package terminal

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/inventory/system"
	"lazaret/internal/report"
)

// threeDevices come by role; the second has most to mend.
func threeDevices() *report.Document {
	device := func(role inventory.Role, ip string, score int, s system.System) inventory.Device {
		return inventory.Device{Role: role, ID: "ip:" + ip, IPs: []string{ip}, Risk: risk.Risk{Score: score}, System: s}
	}
	return &report.Document{
		Summary: report.Summary{Packets: 1, Devices: 3},
		Report: &inventory.Report{Devices: []inventory.Device{
			device(inventory.CT, "10.0.0.1", 20, system.System{OS: "Windows 10 22H2 (10.0.19045)", Supported: "yes"}),
			device(inventory.Archive, "10.0.0.2", 70, system.System{OS: "Windows 7 SP1 (6.1.7601)", Supported: "no"}),
			device(inventory.PC, "10.0.0.3", 0, system.System{}),
		}},
	}
}

func TestSort(t *testing.T) {
	for order, want := range map[string]string{"role": "10.0.0.1 10.0.0.2 10.0.0.3", "risk": "10.0.0.2 10.0.0.1 10.0.0.3"} {
		var b strings.Builder
		if err := Print(&b, threeDevices(), 0, order); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, word := range strings.Fields(b.String()) {
			if strings.HasPrefix(word, "10.0.0.") {
				got = append(got, word)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %s: %v, want %s", order, got, want)
		}
		for _, want := range []string{"Windows 10 22H2", "! Windows 7 SP1", "\n! gets no public updates"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%q is missing in\n%s", want, b.String())
			}
		}
		if strings.Contains(b.String(), "6.1.7601") {
			t.Error("the table shows the number of a build")
		}
	}
}

// What an explanation says of the system and of the risk fits the terminal.
func TestExplainedRisk(t *testing.T) {
	d := threeDevices().Devices[1]
	d.Ends, d.Note, d.Sureness, d.Also = "2020-01-14", "7 SP1 until 2020-01-14; 7 SP1 Embedded POSReady 7 until 2021-10-12", 0.9, []string{"Linux"}
	d.Traits = []risk.Trait{{Trait: clues.OldSystem, Source: "os_support_ends", Count: 1}}
	d.Risk = risk.Score(&risk.Machine{Traits: d.Traits, OS: d.OS, Ends: d.Ends})
	for _, width := range []int{0, 50} {
		var b strings.Builder
		if err := Explain(&b, &inventory.Explanation{Device: d}, nil, width); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range []string{"system: Windows 7 SP1 (6.1.7601), confidence 0.90", "not supported when last seen; last day of public support 2020-01-14",
			"POSReady 7 until 2021-10-12", "other evidence names: Linux", "Risk 15 of 100", "15 operating system out of support", "Ask the maker for an upgrade"} {
			if !strings.Contains(text, want) {
				t.Errorf("width %d: %q is missing in\n%s", width, want, b.String())
			}
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if n := utf8.RuneCountInString(line); width > 0 && n > width {
				t.Errorf("%d characters in a width of %d: %q", n, width, line)
			}
		}
	}
}

func TestNarrow(t *testing.T) {
	long := "prod1-relay-1543133972.region-1.elb.example.com"
	names := []string{"ct1", strings.Repeat("ü", widest), long}
	got := narrow(names)
	if got[0] != "ct1" || got[1] != names[1] || utf8.RuneCountInString(got[2]) != widest || !strings.HasPrefix(long, strings.TrimSuffix(got[2], "…")) {
		t.Errorf("%q", got)
	}
	if names[2] != long {
		t.Error("the device's own name was cut")
	}
	if got := narrow([]string{"DC1", "dc1.example", "files.example"}); !slices.Equal(got, []string{"DC1", "files.example"}) {
		t.Errorf("a name that only adds a domain: %q", got)
	}
}

func TestLasting(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0s", 90.4: "1m30s", 100000: "27h46m40s", 172800: "2 days", 1785527446: "20,665 days"} {
		if got := lasting(seconds); got != want {
			t.Errorf("%g: %s, want %s", seconds, got, want)
		}
	}
}

// An address is what people copy from the table: it is whole at any usual width.
func TestAddressIsWhole(t *testing.T) {
	d := threeDevices()
	for i := range d.Devices {
		v := &d.Devices[i]
		v.IPs = []string{"192.168.100.10" + strconv.Itoa(i), "fe80::1", "fe80::2"}
		v.Manufacturer, v.Model, v.Names, v.AETitles = "Siemens Healthineers", "SOMATOM Definition", []string{"CTAWP73021.hospital.example"}, []string{"CT_SCANNER_001"}
	}
	for _, width := range []int{80, 120} {
		var b strings.Builder
		if err := Print(&b, d, width, "role"); err != nil {
			t.Fatal(err)
		}
		for i := range d.Devices {
			if want := d.Devices[i].IPs[0] + " +2"; !strings.Contains(b.String(), want) {
				t.Errorf("width %d: %q is missing in\n%s", width, want, b.String())
			}
		}
	}
}

// What could not be inspected is counted in the right number.
func TestBlindNumber(t *testing.T) {
	d := threeDevices()
	d.Blind = []report.Blind{{Unit: "conversations", Count: 1, Detail: "one"}, {Unit: "frames", Count: 2, Detail: "two"}}
	var b strings.Builder
	if err := Print(&b, d, 0, "role"); err != nil {
		t.Fatal(err)
	}
	dev := d.Devices[0].ID
	far := report.Party{Address: "10.9.9.9"}
	d.Blind = append(d.Blind, report.Blind{Unit: "conversations", Count: 9, Detail: "three", More: 2, Between: []report.Between{
		{Source: report.Party{Address: "10.1.1.1", Device: dev}, Target: far, Port: 445, Count: 3}, {Source: far, Target: far, Count: 1}, {Source: far, Target: far, Port: 1, Count: 1}, {Source: far, Target: far, Port: 2, Count: 1}, {Source: far, Target: far, Port: 3, Count: 1}}})
	called := Callings(d.Devices)[dev]
	b.Reset()
	if err := Print(&b, d, 0, "role"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"conversation   one", "frames         two", called + " > 10.9.9.9:445 (3), 10.9.9.9 > 10.9.9.9, 10.9.9.9 > 10.9.9.9:1, 10.9.9.9 > 10.9.9.9:2, 3 more\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

// In a narrow terminal times are left out of an explanation, whole, rather than cut.
func TestExplanationKeepsTimesWhole(t *testing.T) {
	e := inventory.Evidence{Attribute: "activity", Value: strings.Repeat("value ", 6), Source: "ntlm.server_nb_computer_name", Count: 1,
		First: "2026-11-23T16:42:40Z", Last: "2026-11-23T16:43:40Z"}
	x := &inventory.Explanation{Activities: []inventory.Evidence{e}, Serves: []inventory.Service{{Service: "dicom-storage", Client: "mac:00:1b:1b:7a:30:15", Port: 104}}}
	var b strings.Builder
	if err := Explain(&b, x, map[string]string{"mac:00:1b:1b:7a:30:15": "CT1"}, 80); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "2026-11-23 …") || !strings.Contains(b.String(), "left out of some tables for want of width: LAST, FIRST") {
		t.Errorf("times are cut:\n%s", b.String())
	}
	if strings.Contains(b.String(), "mac:00") || !strings.Contains(b.String(), "CT1") {
		t.Errorf("a partner has no name:\n%s", b.String())
	}
}
