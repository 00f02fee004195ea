package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/detect/rules"
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
		Entry    string `json:"entry"`
		Contacts []struct {
			Source string `json:"source"`
			Target string `json:"target"`
			Grade  string `json:"grade"`
		} `json:"contacts"`
		Findings []expected `json:"findings"`
		MayFire  []expected `json:"may_fire"`
		Silent   []expected `json:"silent"`
		Low      []expected `json:"low"`
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

// learnedBefore is why a behaviour is not heard on one capture alone.
const learnedBefore = "it compares with what was learned of other days: TestBaselineAndOutbreaks holds it, on two captures"

// unshown are behaviours that no capture of the lab can show, and why.
func unshown() map[string]string {
	return map[string]string{
		"K13": "it knows published samples by their hashes: it would need the malware itself",
		"C1":  learnedBefore, "C2": learnedBefore, "C3": learnedBefore, "C4": learnedBefore, "C5": learnedBefore,
	}
}

// Every behaviour is heard on some capture of the lab, where real peers speak, or it is
// listed with the reason; and the list has no behaviour that is heard.
func TestEveryBehaviourIsHeard(t *testing.T) {
	captures, err := filepath.Glob(filepath.Join(labDir, "*.pcap.zst"))
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob(filepath.Join(labDir, "*", "*.pcap.zst"))
	if err != nil {
		t.Fatal(err)
	}
	heard := map[string]bool{}
	for _, capture := range slices.Concat(below, captures) {
		for _, f := range findingsOf(t, capture) {
			heard[f.Rule] = true
		}
	}
	missing := unshown()
	for _, b := range rules.All() {
		_, listed := missing[b.ID]
		if !heard[b.ID] && !listed {
			t.Errorf("%s (%s) is heard on no capture of the lab", b.ID, b.Title)
		}
		if heard[b.ID] && listed {
			t.Errorf("%s is heard, and listed as one that cannot be", b.ID)
		}
		delete(missing, b.ID)
	}
	for id := range missing {
		t.Errorf("%s is listed, and is no behaviour", id)
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
	for _, x := range o.Outbreak.Low {
		for i := range found {
			if s, _ := detect.ParseSeverity(found[i].Severity); x.fits(&found[i], name) && s > detect.Low {
				t.Errorf("is only worth a look: %s %+v", found[i].Severity, x)
			}
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
