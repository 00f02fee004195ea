package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
)

// Who infected whom in the outbreaks of the lab is told as it was: steps that were proven
// or exploited are edges, refused ones are not, and it came in where it did. The clean day
// has no incident.
func TestIncidents(t *testing.T) {
	for _, name := range []string{"kwampirs", "silent", "wannacry", "veiled"} {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(labDir, "outbreak", name)
			var o outbreak
			if b, err := os.ReadFile(base + ".truth.json"); err != nil {
				t.Fatal(err)
			} else if err := json.Unmarshal(b, &o); err != nil {
				t.Fatal(err)
			}
			at := map[string]string{}
			for _, h := range o.Hosts {
				for _, ip := range h.IPs {
					at[ip.IP] = h.Name
				}
			}
			list := incidentsOf(t, base+".pcap.zst")
			if len(list) != 1 {
				t.Fatalf("%d incidents", len(list))
			}
			x := &list[0]
			if len(x.Entry) == 0 || at[x.Entry[0].Device.Address] != o.Outbreak.Entry || x.Entry[0].Probability < 0.5 {
				t.Errorf("it came in at %+v, want %s", x.Entry, o.Outbreak.Entry)
			}
			chance := map[[2]string]float64{}
			grade := map[[2]string]string{}
			for _, e := range x.Tree {
				k := [2]string{at[e.Source.Address], at[e.Target.Address]}
				chance[k], grade[k] = e.Probability, e.Grade
			}
			for _, c := range o.Outbreak.Contacts {
				k := [2]string{c.Source, c.Target}
				switch c.Grade {
				case "proven", "exploited":
					if chance[k] < 0.9 || grade[k] != c.Grade && name != "veiled" {
						t.Errorf("%v: %v %s, want %s", k, chance[k], grade[k], c.Grade)
					}
				case "refused", "touched":
					if chance[k] > 0.02 {
						t.Errorf("%v: %v, but it was refused", k, chance[k])
					}
				default: // written, and nothing that followed was seen
					if chance[k] < 0.02 || chance[k] > 0.5 {
						t.Errorf("%v: %v for %s", k, chance[k], c.Grade)
					}
				}
				delete(chance, k)
			}
			for k, p := range chance {
				if p > 0.1 {
					t.Errorf("%v: %v, which never was", k, p)
				}
			}
		})
	}
	busy := filepath.Join(labDir, "outbreak", "busy")
	if list := incidentsOf(t, "--allow", busy+".allow.toml", busy+".pcap.zst"); len(list) != 0 {
		t.Errorf("the clean day has %d incidents", len(list))
	}
}

func incidentsOf(t *testing.T, args ...string) []report.Incident {
	t.Helper()
	code, out, msg := lazaret(t, nil, append([]string{"read", "-o", "json"}, args...)...)
	var d struct {
		Incidents []report.Incident `json:"incidents"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("status %d, %v, %s", code, err, msg)
	}
	return d.Incidents
}

// The text ends with the incidents.
func TestIncidentText(t *testing.T) {
	code, out, _ := lazaret(t, nil, "read", filepath.Join(labDir, "outbreak", "silent.pcap.zst"))
	_, end, ok := strings.Cut(out, "\nIncidents: 1 incident; lazaret report writes the case.\n")
	if code != 0 || !ok {
		t.Fatalf("status %d, no incidents at the end", code)
	}
	end = strings.Join(strings.Fields(strings.ReplaceAll(end, "CRITICAL  ", "CRITICAL__")), " ")
	for _, want := range []string{"CRITICAL__Spread over 4 devices", "came in at JUMP1", "more reached"} {
		if !strings.Contains(end, want) {
			t.Errorf("not told: %s\n%s", want, end)
		}
	}
}

// Over everyday contacts it is told where an infected device could have gone on to, and from where
// the entry could be reached: a path each.
func TestReachable(t *testing.T) {
	x := incidentsOf(t, filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst"))[0]
	if len(x.Reachable) == 0 || x.Reachable[0].Device.Address != "10.20.30.29" || len(x.Reachable[0].Path) != 1 || x.Reachable[0].Path[0].Source.Address != "10.20.30.51" {
		t.Errorf("reachable: %+v", x.Reachable)
	}
	if len(x.Sources) == 0 || x.Sources[0].Device.Address != "198.51.100.100" || x.Sources[0].Path[0].Grade != "entered" || x.Sources[0].Path[0].Target.Address != x.Entry[0].Device.Address {
		t.Errorf("from where: %+v", x.Sources)
	}
	for _, list := range [][]report.Reach{x.Reachable, x.Sources} {
		for _, r := range list {
			for _, i := range append(x.Infected, x.AtRisk...) {
				if r.Device == i.Device {
					t.Errorf("%s is told already", r.Device.Address)
				}
			}
		}
	}
}

// A machine that two wrote to before it went on has both for parents, the likelier with more, and
// together they leave little for others.
func TestTwofold(t *testing.T) {
	x := incidentsOf(t, filepath.Join(labDir, "outbreak", "twofold.pcap.zst"))
	if len(x) != 1 {
		t.Fatalf("%d incidents", len(x))
	}
	const desk, ct, mr = "10.20.30.51", "10.20.30.21", "10.20.30.23"
	chance := map[string]float64{}
	for _, e := range x[0].Tree {
		if e.Target.Address == mr {
			chance[e.Source.Address] = e.Probability
		}
	}
	if len(chance) != 2 || chance[desk] < chance[ct] || chance[ct] < 0.2 || chance[desk]+chance[ct] < 0.95 {
		t.Errorf("parents of the scanner: %v", chance)
	}
	if len(x[0].Entry) == 0 || x[0].Entry[0].Device.Address != desk || x[0].Entry[0].Probability < 0.5 {
		t.Errorf("it came in at %+v", x[0].Entry)
	}
}
