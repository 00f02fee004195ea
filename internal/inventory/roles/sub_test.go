package roles

import (
	"net/netip"
	"testing"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
)

func TestSub(t *testing.T) {
	codes := func(list ...string) *Facts {
		f := &Facts{Codes: map[string]uint64{}}
		for _, c := range list {
			f.Codes[c] = 1
		}
		return f
	}
	is := func(k clues.Kind, weight float64) *Facts { return &Facts{Kinds: map[clues.Kind]float64{k: weight}} }
	peers := []netid.IP{netid.FromAddr(netip.MustParseAddr("10.0.0.1")), netid.FromAddr(netip.MustParseAddr("10.0.0.2"))}
	with := func(a clues.Activity, n int) *Facts {
		return &Facts{Done: map[clues.Activity]uint64{a: uint64(n)}, Peers: map[clues.Activity][]netid.IP{a: peers[:n]}}
	}
	tomo := codes("MG")
	tomo.Tomosynthesis = true
	heart := codes("US")
	heart.Department = "Kardiologie"
	for _, c := range []struct {
		name  string
		role  Role
		facts *Facts
		want  string
	}{
		{"PET/CT", PT, codes("PT", "CT"), "PET/CT"},
		{"PET alone", PT, codes("PT"), ""},
		{"SPECT/CT", NM, codes("NM", "CT"), "SPECT/CT"},
		{"plates", DX, codes("CR"), "computed radiography"},
		{"tomosynthesis", MG, tomo, "mammography tomosynthesis"},
		{"mammography", MG, codes("MG"), ""},
		{"heart", US, heart, "cardiology ultrasound"},
		{"another ultrasound", US, codes("US"), ""},
		{"a mobile machine", DX, &Facts{Model: "DRX-Revolution"}, "mobile X-ray"},
		{"its name on another kind of machine", CT, &Facts{Model: "DRX-Revolution"}, ""},
		{"a word that begins alike", DX, &Facts{Model: "AMXX"}, ""},
		{"a line for hearts", US, &Facts{Model: "Vivid E95"}, "cardiology ultrasound"},
		{"a mobile arm", XA, &Facts{Model: "OEC 9900 Elite"}, "mobile C-arm"},
		{"endoscope", OT, codes("ES"), "endoscopy"},
		{"switch", Network, is(clues.KindSwitch, 0.8), "switch"},
		{"a hint", Network, is(clues.KindSwitch, 0.4), ""},
		{"camera", Thing, is(clues.KindCamera, 0.7), "camera"},
		{"storage", FileServer, is(clues.KindStorage, 0.7), "storage"},
		{"log server", Server, with(clues.TakesLogs, 2), "log server"},
		{"one sender of logs", Server, with(clues.TakesLogs, 1), ""},
		{"management", Server, with(AsksSNMP, 2), "network management"},
		{"pages", Server, with(ServesWeb, 2), "web server"},
		{"web viewer", Workstation, &Facts{Web: true}, "web viewer"},
		{"viewer of both", Workstation, &Facts{Web: true, Associates: true}, ""},
		{"names", DNSDHCP, with(clues.AnswersDNS, 1), "names"},
		{"addresses", DNSDHCP, with(clues.AnswersDHCP, 1), "addresses"},
		{"no sub-role", HIS, with(clues.SendsADT, 1), ""},
	} {
		if got := Sub(c.role, c.facts); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRemoteService(t *testing.T) {
	for text, want := range map[string]bool{
		"RSG-004711": true, "Smart Remote Services gateway": true, "rsgx": false, "xrsg": false, "insite.example": true, "offinsite": false, "": false,
	} {
		if RemoteService(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
