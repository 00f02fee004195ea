package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// committed is where the recordings live, seen from this package.
const committed = "../testdata/lab"

// limitBytes is the most that all recordings may weigh in the repository.
const limitBytes = 8 << 20

func truths(t *testing.T) map[string]*Truth {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(committed, "*.truth.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no truth in %s: %v", committed, err)
	}
	all := map[string]*Truth{}
	for _, f := range files {
		tr, err := readTruth(f)
		if err != nil {
			t.Fatal(err)
		}
		all[tr.Scenario] = tr
		if want := tr.Scenario + ".truth.json"; filepath.Base(f) != want {
			t.Errorf("%s tells of scenario %s", f, tr.Scenario)
		}
	}
	return all
}

func TestCommittedTruthIsWhole(t *testing.T) {
	all := truths(t)
	var total int64
	for _, s := range scenarios() {
		tr := all[s.name]
		if tr == nil {
			t.Errorf("scenario %s has no truth", s.name)
			continue
		}
		if err := tr.Validate(); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		capture := filepath.Join(committed, tr.Capture.File)
		b, err := os.ReadFile(capture)
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
			t.Errorf("%s is no zstd frame", capture)
		}
		total += int64(len(b))
		if tr.Capture.Offload != s.offload {
			t.Errorf("%s: offload %v, want %v", s.name, tr.Capture.Offload, s.offload)
		}
		medical := len(tr.Associations)+len(tr.HL7) > 0
		if medical && len(tr.Canaries) == 0 {
			t.Errorf("%s has medical traffic and no canaries", s.name)
		}
	}
	if total > limitBytes {
		t.Errorf("recordings weigh %d bytes, limit %d", total, limitBytes)
	}
	if len(all) != len(scenarios()) {
		t.Errorf("%d truths for %d scenarios", len(all), len(scenarios()))
	}
}

// The main recording must show what the other tests of the project look for.
func TestHospitalHasEverything(t *testing.T) {
	tr := truths(t)["hospital"]
	if tr == nil {
		t.Fatal("no hospital")
	}
	if len(tr.Hosts) < 25 {
		t.Errorf("%d hosts, want 25 or more", len(tr.Hosts))
	}
	have := map[string]bool{}
	for _, h := range tr.Hosts {
		have["role "+h.Role] = true
		if len(h.IPs) > 1 && h.IPs[0].Until != nil && h.IPs[0].IP != h.IPs[1].IP {
			have["moved "+h.Role] = true
		}
		if h.BehindRouter {
			have["behind"] = true
		}
	}
	for _, a := range tr.Associations {
		have[a.Result] = true
		if a.TLS {
			have["tls"] = true
		}
		if a.UserIdentity != "" {
			have["identity"] = true
		}
		for _, o := range a.Operations {
			have[o.Command] = true
		}
	}
	for _, m := range tr.HL7 {
		have[m.Type], have["ack "+m.Ack] = true, true
		have["consent"] = have["consent"] || m.HasConsent
	}
	for _, d := range tr.DNS {
		have["dns "+d.Transport], have[d.Rcode], have[d.Type] = true, true, true
	}
	want := strings.Fields(`accepted rejected aborted behind tls identity consent
		C-ECHO C-STORE C-FIND C-MOVE C-GET N-CREATE N-SET N-ACTION N-EVENT-REPORT N-GET N-DELETE
		ADT^A01 ADT^A04 ADT^A08 ADT^A40 ORM^O01 OMI^O23 ORU^R01 SIU^S12 MDM^T02
		NXDOMAIN NOERROR A AAAA PTR SRV`)
	want = append(want, "ack AA", "ack AE", "ack AR", "dns udp", "dns tcp", "moved us")
	for _, r := range strings.Fields(`ct mr dx us mg xa archive worklist workstation dicom-printer
		hl7-engine his ris registration-desk consent-desk dns-dhcp router server pc`) {
		want = append(want, "role "+r)
	}
	for _, w := range want {
		if !have[w] {
			t.Errorf("the hospital shows no %q", w)
		}
	}
}

// Patients must not be in the parts of a truth that other tests print.
func TestCanariesStayInTheirList(t *testing.T) {
	for name, tr := range truths(t) {
		list := tr.Canaries
		tr.Canaries = nil
		f := filepath.Join(t.TempDir(), "rest.json")
		if err := tr.write(f); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if bytes.Contains(b, []byte(c.Value)) {
				t.Errorf("%s: a %s appears outside the list of canaries", name, c.Kind)
			}
		}
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	tr := &Truth{Schema: truthSchema, Scenario: "x", Capture: Capture{File: "x.pcap.zst", Packets: 1},
		Hosts: []HostTruth{{Name: "a", Role: "ct", MAC: "00:11:22:33:44:55", IPs: []Address{{IP: "10.0.0.1"}}}},
		Associations: []Association{{Client: "a", ClientIP: "1", Server: "a", ServerIP: "1", Port: 104, Calling: "A", Called: "B",
			Result: "accepted", Operations: []Operation{{Command: "C-ECHO", SOPClass: "1.2.840.10008.1.1", By: "client", Count: 1}}}},
		Canaries: []Canary{{"patient-name", "ZZCANARY^X"}}}
	if err := tr.Validate(); err != nil {
		t.Fatalf("a good truth: %v", err)
	}
	faults := map[string]func(*Truth){
		"is no role":          func(t *Truth) { t.Hosts[0].Role = "toaster" },
		"is no host":          func(t *Truth) { t.Associations[0].Client = "b" },
		"result \"maybe\"":    func(t *Truth) { t.Associations[0].Result = "maybe" },
		"without an oper":     func(t *Truth) { t.Associations[0].Operations = nil },
		"is no UID":           func(t *Truth) { t.Associations[0].Operations[0].SOPClass = "CTImageStorage" },
		"canary 0":            func(t *Truth) { t.Canaries[0].Value = "x" },
		"control id":          func(t *Truth) { t.HL7 = []HL7Message{{Client: "a", Server: "a"}} },
		"schema, scenario":    func(t *Truth) { t.Schema = 0 },
		"listed twice":        func(t *Truth) { t.Hosts = append(t.Hosts, t.Hosts[0]) },
		"dns 0: client \"q\"": func(t *Truth) { t.DNS = []Lookup{{Client: "q", Server: "a"}} },
	}
	for want, spoil := range faults {
		bad := *tr
		bad.Hosts = slices.Clone(tr.Hosts)
		bad.Canaries = slices.Clone(tr.Canaries)
		bad.Associations = slices.Clone(tr.Associations)
		bad.Associations[0].Operations = slices.Clone(tr.Associations[0].Operations)
		spoil(&bad)
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("fault %q: got %v", want, err)
		}
	}
}

func TestCastIsConsistent(t *testing.T) {
	seen := map[string]string{}
	for _, r := range castRows() {
		for _, key := range []string{r.name, r.mac, r.ip} {
			if other := seen[key]; other != "" && key != "" {
				t.Errorf("%s and %s share %s", r.name, other, key)
			}
			seen[key] = r.name
		}
		if !slices.Contains(roles, r.role) {
			t.Errorf("%s: no role %s", r.name, r.role)
		}
	}
	for name := range machines() {
		if seen[name] == "" {
			t.Errorf("machine %s is not in the cast", name)
		}
	}
	for name, im := range implementations() {
		// PS3.7 annex D.3.3.2: at most 16 characters; dcmjs-dimse wants fewer.
		if seen[name] == "" || len(im.version) > 15 {
			t.Errorf("implementation of %s: %q", name, im.version)
		}
	}
}

// TestRemake records a small scenario again. It needs root and the peers.
func TestRemake(t *testing.T) {
	if os.Getenv("LAZARET_LAB") != "1" {
		t.Skip("set LAZARET_LAB=1 to record the scenario hl7 again (root, Linux, the peers)")
	}
	out := t.TempDir()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-out", out, "-scenario", "hl7", "-peers", "peers"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, stdout.String(), stderr.String())
	}
	tr, err := readTruth(filepath.Join(out, "hl7.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Validate(); err != nil {
		t.Error(err)
	}
	if old := truths(t)["hl7"]; len(old.HL7) != len(tr.HL7) {
		t.Errorf("%d messages, committed are %d", len(tr.HL7), len(old.HL7))
	}
}
