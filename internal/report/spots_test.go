package report

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/inventory"
)

func TestMiss(t *testing.T) {
	a, b, c := Party{Address: "10.0.0.1"}, Party{Address: "10.0.0.2"}, Party{Address: "10.0.0.3"}
	d := &Document{Summary: Summary{First: "2026-11-02T08:00:00Z"}, Report: &inventory.Report{Devices: []inventory.Device{{IPs: []string{"10.0.0.2"}, Behind: &inventory.Behind{}}, {IPs: []string{"10.0.0.3"}, Behind: &inventory.Behind{}}}}}
	d.Blind = []Blind{
		{Reason: "tls", Detail: "encrypted with TLS", Count: 9, Unit: "conversations", Between: []Between{{a, c, 443, 4}, {c, c, 443, 5}}},
		{Reason: "ssh", Detail: "encrypted with SSH", Count: 2, Unit: "conversations", Between: []Between{{c, c, 22, 2}}},
		{Reason: "one_sided", Detail: "only one direction was captured", Count: 1, Unit: "conversations"},
	}
	reasons := func(first string) (out []string, x Incident) {
		x = Incident{First: first, Infected: []Infected{{Device: a}}, AtRisk: []Infected{{Device: b}}}
		x.Miss(d)
		for _, s := range x.Blind {
			out = append(out, s.Reason)
		}
		return out, x
	}
	got, x := reasons("2026-11-02T08:02:00Z")
	if want := []string{"starts_late", "one_sided", "tls", "behind_one_address"}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if !strings.Contains(x.Blind[0].Detail, "2m0s after") || !strings.HasPrefix(x.Blind[2].Detail, "4 conversations") || !slices.Equal(x.Blind[2].Devices, []Party{a}) || !slices.Equal(x.Blind[3].Devices, []Party{b}) {
		t.Errorf("%+v", x.Blind)
	}
	if got, _ := reasons("2026-11-02T09:00:00Z"); got[0] != "one_sided" {
		t.Errorf("after an hour: %v", got)
	}
}
