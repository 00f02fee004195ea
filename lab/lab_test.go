package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// committed is where the recordings live, seen from this package.
const committed = "../testdata/lab"

// limitBytes is the most that all recordings may weigh in the repository.
const limitBytes = 8 << 20

func truths(t *testing.T) map[string]*truth.Truth {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(committed, "*.truth.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no truth in %s: %v", committed, err)
	}
	below, err := filepath.Glob(filepath.Join(committed, "*", "*.truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, below...)
	all := map[string]*truth.Truth{}
	for _, f := range files {
		tr, err := truth.Read(f)
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
		capture := filepath.Join(committed, s.folder, tr.Capture.File)
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
		// These name accounts and paths on purpose, for they are what is
		// compared; whoever compares them prints neither.
		tr.Files, tr.SMB, tr.RPC, tr.Logons, tr.WSMan = nil, nil, nil, nil, nil
		if tr.Outbreak != nil {
			tr.Outbreak.Allowed = nil
		}
		f := filepath.Join(t.TempDir(), "rest.json")
		if err := tr.Write(f); err != nil {
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

func TestCastIsConsistent(t *testing.T) {
	seen := map[string]string{}
	for _, r := range cast.Rows() {
		for _, key := range []string{r.Name, r.MAC, r.IP} {
			if other := seen[key]; other != "" && key != "" {
				t.Errorf("%s and %s share %s", r.Name, other, key)
			}
			seen[key] = r.Name
		}
		if !slices.Contains(truth.Roles(), r.Role) {
			t.Errorf("%s: no role %s", r.Name, r.Role)
		}
	}
	images := 0
	for name, m := range cast.All() {
		if m.Equip != nil {
			images++
			if m.Manufacturer == "" || m.Modality == "" || !strings.HasPrefix(m.Equip.Root, "1.") {
				t.Errorf("%s: half an equipment", name)
			}
		}
	}
	if images < 10 {
		t.Errorf("%d imaging devices", images)
	}
	for name, im := range implementations() {
		// PS3.7 annex D.3.3.2: at most 16 characters; dcmjs-dimse wants fewer.
		if seen[name] == "" || len(im.version) > 15 {
			t.Errorf("implementation of %s: %q", name, im.version)
		}
	}
}

// Words about hosts are the inventory's own, so that a test can compare them.
// The sources are read as text: nothing of the product is imported.
func TestWordsAreTheInventorys(t *testing.T) {
	b, err := os.ReadFile("../internal/inventory/clues/trait.go")
	if err != nil {
		t.Fatal(err)
	}
	known := string(b)
	for name, tr := range truths(t) {
		for _, h := range tr.Hosts {
			words := slices.Concat(h.Traits, h.Kinds)
			if h.OSFamily != "" {
				words = append(words, h.OSFamily)
			}
			for _, w := range words {
				if !strings.Contains(known, `"`+w+`"`) {
					t.Errorf("%s: %s: the inventory has no word %q", name, h.Name, w)
				}
			}
		}
	}
}

// Each scenario of ordinary servers must show what it is there for.
func TestServicesAreShown(t *testing.T) {
	all := truths(t)
	for scenario, services := range map[string]string{
		"remote":   "ssh ftp tftp telnet rfb smtp ldap_tcp",
		"manage":   "snmp ntp syslog lldp cdp dns ssdp wsd http",
		"database": "postgresql mysql redis tds tns",
		"windows":  "smb dns ldap_tcp ldap_udp krb rdp",
		"web":      "http",
		"tls":      "ssl quic",
		"service":  "ssh rdp rfb dicom http",
		"smb":      "smb",
		"rpc":      "smb dce_rpc",
		"remote2":  "http dce_rpc ssh telnet rfb",
		"files":    "http ftp tftp smtp smb",
		"kerberos": "krb krb_tcp http smtp ldap_tcp smb",
		"devices":  "ssh snmp smb dns dhcp http rfb syslog lldp cdp postgresql",
	} {
		tr := all[scenario]
		if tr == nil {
			t.Errorf("no scenario %s", scenario)
			continue
		}
		have := map[string]bool{}
		for _, h := range tr.Hosts {
			for _, s := range h.Services {
				have[s.Service] = true
			}
		}
		for _, w := range strings.Fields(services) {
			if !have[w] {
				t.Errorf("%s: no host offers %s", scenario, w)
			}
		}
		if len(tr.Flows) < 10 || len(tr.Canaries) < 3 {
			t.Errorf("%s: %d flows, %d canaries", scenario, len(tr.Flows), len(tr.Canaries))
		}
	}
}

// The scenario of odd identities must show each of them.
func TestServiceHasEverything(t *testing.T) {
	tr := truths(t)["service"]
	if tr == nil {
		t.Fatal("no service")
	}
	have, titles := map[string]int{}, map[string]map[string]bool{}
	for _, h := range tr.Hosts {
		have["role "+h.Role]++
		for _, w := range h.Traits {
			have[w]++
		}
		if len(h.OtherMACs) > 0 && len(h.IPs) > 1 {
			have["two cards"]++
		}
		if h.BehindNAT != "" {
			have["behind "+h.BehindNAT]++
		}
	}
	for _, a := range tr.Associations {
		if titles[a.Server] == nil {
			titles[a.Server] = map[string]bool{}
		}
		titles[a.Server][a.Called] = a.Result == "accepted"
	}
	for _, f := range tr.DICOMFiles {
		have[f.Via+" "+f.Preamble]++
	}
	for w, n := range map[string]int{"role vendor-gateway": 1, "role dose-ai-server": 1, "accepts any AE title": 1,
		"AE title used by another machine too": 2, "remote access to a modality": 2, "two cards": 1, "behind van": 4,
		"stow elf": 1, "stow mach-o": 1, "stow script": 1, "wado elf": 1, "wado mach-o": 1, "wado script": 1, "http elf": 1, "http mach-o": 1, "http script": 1} {
		if have[w] < n {
			t.Errorf("service shows %q %d times, want %d", w, have[w], n)
		}
	}
	if n := len(titles["qc1"]); n < 3 {
		t.Errorf("qc1 was called by %d titles", n)
	}
}

// The recording of sessions must show each road, granted and refused.
func TestSessionsAreShown(t *testing.T) {
	tr := truths(t)["remote2"]
	if tr == nil {
		t.Fatal("no remote2")
	}
	have := map[string]bool{}
	for _, e := range tr.WSMan {
		have[strings.TrimSpace(e.Action+" "+e.Method)+" "+e.Auth+" "+strconv.Itoa(e.Status)+e.Fault] = true
	}
	for _, c := range tr.RPC {
		have[c.Operation+" "+c.Level+" "+c.Outcome] = true
	}
	for _, f := range tr.Flows {
		have[f.Service+" "+f.Detail] = true
	}
	for _, w := range []string{"Identify  200", "Create basic 200", "Command basic 200", "Receive basic 200", "Signal basic 200", "Delete basic 200", "Create basic 401",
		"Create basic 500AccessDenied", "Invoke Create basic 200", "Command negotiate 200", "Create negotiate 500AccessDenied", " negotiate 401", "Invoke Create negotiate 200",
		"RemoteCreateInstance connect ok", "RemoteCreateInstance connect error", "RemoteCreateInstance connect fault", "RemoteCreateInstance privacy ok", "RemoteCreateInstance privacy fault",
		"NTLMLogin connect ok", "NTLMLogin connect error", "ExecQuery connect ok", "ExecMethod connect ok", "ExecMethod connect error", "ExecMethod privacy ok",
		"ssh password, granted", "ssh password, refused", "telnet password, granted", "telnet password, refused", "rfb VncAuth, granted", "rfb VncAuth, refused"} {
		if !have[w] {
			t.Errorf("remote2 shows no %q", w)
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
	tr, err := truth.Read(filepath.Join(out, "hl7.truth.json"))
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
