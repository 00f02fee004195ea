package inventory_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/lab/truth"
)

// twoSystems are machines of the lab whose traffic names another family besides the
// one of the truth, as scenario/host: the report must not be sure, and name both.
var twoSystems = map[string]string{
	"devices/ws1": "Windows 6.1", // by its browser; its file service client is Samba's
}

// TestLabSystems compares the families of operating systems, the traits and the
// domains of every recorded machine with the truth.
func TestLabSystems(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/lab/*.truth.json")
	families, traits := 0, 0
	for _, f := range files {
		scenario := strings.TrimSuffix(filepath.Base(f), ".truth.json")
		want, err := truth.Read(f)
		if err != nil {
			t.Fatal(err)
		}
		got := labReport(t, strings.TrimSuffix(f, "truth.json")+"pcap.zst")
		for _, h := range want.Hosts {
			i := slices.IndexFunc(got.Devices, func(d inventory.Device) bool {
				return slices.ContainsFunc(h.IPs, func(a truth.Address) bool { return slices.Contains(d.IPs, a.IP) })
			})
			if i < 0 {
				continue // TestLab tells who was not heard
			}
			d := &got.Devices[i]
			if h.OSFamily != "" {
				families++
				if other := twoSystems[scenario+"/"+h.Name]; other != "" {
					if d.Sureness > 0.7 || d.Family != h.OSFamily && !slices.Contains(d.Also, other) {
						t.Errorf("%s/%s: runs %s (%.2f) and perhaps %v", scenario, h.Name, d.OS, d.Sureness, d.Also)
					}
				} else if d.Family != h.OSFamily {
					t.Errorf("%s/%s: runs %q (%s, %.2f), really %s", scenario, h.Name, d.Family, d.OS, d.Sureness, h.OSFamily)
				}
			}
			if d.Family != "" && d.Family != "Linux" && h.OSFamily != d.Family && d.Sureness > 0.8 {
				t.Errorf("%s/%s: is taken for %s (%.2f), truth says %q", scenario, h.Name, d.OS, d.Sureness, h.OSFamily)
			}
			for _, w := range h.Traits {
				traits++
				if !slices.ContainsFunc(d.Traits, func(n risk.Trait) bool { return string(n.Trait) == string(w) }) {
					t.Errorf("%s/%s: %q was not seen; seen are %v", scenario, h.Name, w, traitsOf(d))
				}
			}
			sum := 0
			for _, p := range d.Risk.Parts {
				sum += p.Points
			}
			if d.Risk.Score != min(sum, risk.MaxScore) || len(d.Risk.Parts) != len(d.Traits) {
				t.Errorf("%s/%s: risk %+v of traits %v", scenario, h.Name, d.Risk, traitsOf(d))
			}
		}
	}
	if families < 5 || traits < 10 {
		t.Fatalf("the truth tells only %d families and %d traits", families, traits)
	}
}

func traitsOf(d *inventory.Device) (out []clues.Trait) {
	for _, n := range d.Traits {
		out = append(out, n.Trait)
	}
	return out
}
