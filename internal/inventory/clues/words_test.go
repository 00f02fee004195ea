package clues

import (
	"testing"

	"lazaret/internal/netid"
)

func TestHostName(t *testing.T) {
	for text, want := range map[string]string{
		`\\CT1`: "CT1", " pacs.lan. ": "pacs.lan", "7": "7", "1.2.3": "1.2.3", "10.1.2.3": "", "fe80::1": "", "": "", ".": "",
	} {
		var o Out
		o.HostName(Party{}, text, "x", 1)
		got := ""
		if len(o.Clues) > 0 {
			got = o.Clues[0].Value
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestWindowsVersion(t *testing.T) {
	for build, want := range map[int]string{
		1381: "4.0.1381", 2600: "5.1.2600", 6002: "6.0.6002", 7601: "6.1.7601", 9200: "6.2.9200", 9600: "6.3.9600",
		10240: "10.0.10240", 26100: "10.0.26100", 0: "", 7602: "", 9999: "", 1 << 16: "", -1: "",
	} {
		if got := WindowsVersion(build); got != want {
			t.Errorf("%d is %q, want %q", build, got, want)
		}
	}
}

// What a card tells depends on who made it; cards of nobody tell nothing.
func TestCard(t *testing.T) {
	for _, mac := range []netid.MAC{{}, {1, 0, 0x5e, 0, 0, 1}, {2, 0, 0, 1, 2, 3}} {
		if maker, weight, _ := Card(mac); maker != "" || weight != 0 || MedicalCard(mac) {
			t.Errorf("%v is of %q, %v", mac, maker, weight)
		}
	}
}

// A statement with an empty value is none.
func TestNothingSaid(t *testing.T) {
	var o Out
	o.Say(Party{}, Name, "", "x", 1)
	o.Pass(Party{}, Sent, Application, "", "x", 1)
	o.Kind(Party{}, "", "x", 1)
	if len(o.Clues) != 0 {
		t.Errorf("said %+v", o.Clues)
	}
}

func TestAddressed(t *testing.T) {
	for text, want := range map[string]bool{
		"Room 12": false, "5 Hospital Dr., room 4": false, "St. Mary's, ward 2": false, "cisco WS-C2960 Version 15.0(2)": false,
		"anna.roe@clinic.example": true, "Dr. Roe": true, "Office Prof. Roe": true, "ROE^ANNA": true, "Room of Frau Roe": true,
	} {
		var o Out
		o.Say(Party{}, Location, text, "x.y", 0.5)
		o.Say(Party{}, Description, text, "x.y", 0.5)
		if got := len(o.Clues) == 0; got != want {
			t.Errorf("%q: %v", text, o.Clues)
		}
	}
}

func TestImpersonal(t *testing.T) {
	for text, want := range map[string]bool{
		"reader room 2": true, "CT Force console": true, "Samba 4.17.12-Debian": true, "DC": true, "": false,
		"Anna Roe": false, "Dr. Roe, reading room": false, "Anna Roe's PC": false, "PC of Anna Roe": false, "anna@ward": false, "4711": false,
	} {
		if got := Impersonal(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
