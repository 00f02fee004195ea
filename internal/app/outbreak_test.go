package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/report"
)

// expected is a row of the truth: by whom a rule is to be heard of whom. Hosts are names;
// no target is any.
type expected struct {
	Rule   string `json:"rule"`
	Source string `json:"source"`
	Target string `json:"target"`
}

// outbreak is the truth of a capture of the lab that shows one.
type outbreak struct {
	Hosts []struct {
		Name string `json:"name"`
		IPs  []struct {
			IP string `json:"ip"`
		} `json:"ips"`
	} `json:"hosts"`
	Outbreak struct {
		Findings []expected `json:"findings"`
		MayFire  []expected `json:"may_fire"`
		Silent   []expected `json:"silent"`
	} `json:"outbreak"`
}

// fits says whether a finding is that row.
func (x expected) fits(f *report.Finding, name map[string]string) bool {
	return f.Rule == x.Rule && name[f.Source.Address] == x.Source && (x.Target == "" || f.Target.Address == "" || name[f.Target.Address] == x.Target)
}

func among(list []expected, f *report.Finding, name map[string]string) bool {
	for _, x := range list {
		if x.fits(f, name) {
			return true
		}
	}
	return false
}

// Everything that the lab's outbreaks show is found, near misses are not, and nothing else
// is above low; with the list of what the site allows, the clean day has nothing above it.
func TestOutbreaks(t *testing.T) {
	captures, err := filepath.Glob(filepath.Join(labDir, "outbreak", "*.pcap.zst"))
	if err != nil || len(captures) < 8 {
		t.Fatalf("%d captures, %v", len(captures), err)
	}
	for _, capture := range captures {
		base := strings.TrimSuffix(capture, ".pcap.zst")
		t.Run(filepath.Base(base), func(t *testing.T) {
			var o outbreak
			b, err := os.ReadFile(base + ".truth.json")
			if err == nil {
				err = json.Unmarshal(b, &o)
			}
			if err != nil {
				t.Fatal(err)
			}
			name := map[string]string{}
			for _, h := range o.Hosts {
				for _, ip := range h.IPs {
					name[ip.IP] = h.Name
				}
			}
			found := findingsOf(t, capture)
			o.hold(t, found, name)
			if _, err := os.Stat(base + ".allow.toml"); err == nil {
				o.allowed(t, findingsOf(t, "--allow", base+".allow.toml", capture), name)
			}
		})
	}
}

func findingsOf(t *testing.T, args ...string) []report.Finding {
	t.Helper()
	code, out, msg := lazaret(t, nil, append([]string{"read", "-o", "json"}, args...)...)
	var d struct {
		Findings []report.Finding `json:"findings"`
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 0 {
		t.Fatalf("status %d, %v, %s", code, err, msg)
	}
	return d.Findings
}

func (o *outbreak) hold(t *testing.T, found []report.Finding, name map[string]string) {
	t.Helper()
	for _, x := range o.Outbreak.Findings {
		ok := false
		for i := range found {
			ok = ok || x.fits(&found[i], name)
		}
		if !ok {
			t.Errorf("not found: %+v", x)
		}
	}
	for i := range found {
		f := &found[i]
		wanted := among(o.Outbreak.Findings, f, name)
		switch s, _ := detect.ParseSeverity(f.Severity); {
		case among(o.Outbreak.Silent, f, name) && !wanted:
			t.Errorf("a near miss was found: %s %s %s>%s %s", f.Severity, f.Rule, name[f.Source.Address], name[f.Target.Address], f.Topic)
		case s > detect.Low && f.Source.Address != "" && !wanted && !among(o.Outbreak.MayFire, f, name):
			t.Errorf("a surplus was found: %s %s %s>%s %s", f.Severity, f.Rule, name[f.Source.Address], name[f.Target.Address], f.Topic)
		}
	}
}

// allowed holds that what may fire is silent with the list, above low.
func (o *outbreak) allowed(t *testing.T, found []report.Finding, name map[string]string) {
	t.Helper()
	for i := range found {
		f := &found[i]
		if s, _ := detect.ParseSeverity(f.Severity); s > detect.Low && among(o.Outbreak.MayFire, f, name) && !among(o.Outbreak.Findings, f, name) {
			t.Errorf("the list does not silence: %s %s %s>%s %s", f.Severity, f.Rule, name[f.Source.Address], name[f.Target.Address], f.Topic)
		}
	}
}
