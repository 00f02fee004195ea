package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/report"
	"lazaret/internal/sensor"
	"lazaret/lab/truth"
)

const labDir = "../../testdata/lab"

func labNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(labDir, "*.truth.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no truth in %s", labDir)
	}
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(filepath.Base(f), ".truth.json"))
	}
	return out
}

func loadTruth(t *testing.T, name string) *truth.Truth {
	t.Helper()
	tr, err := truth.Read(filepath.Join(labDir, name+".truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// observe runs a lab capture through the sensor.
func observe(t *testing.T, name string) []event.Record {
	t.Helper()
	records, _ := prototest.Run(t, prototest.Load(t, filepath.Join(labDir, name+".pcap.zst")), protocols.Specs...)
	return records
}

// Every DICOM operation of every lab capture, counted by who asked whom for what
// and how it ended.
func TestOperations(t *testing.T) {
	for _, name := range labNames(t) {
		t.Run(name, func(t *testing.T) {
			tr := loadTruth(t, name)
			records := observe(t, name)
			want, got := map[string]int{}, map[string]int{}
			for _, a := range tr.Associations {
				if a.TLS {
					continue
				}
				want[fmt.Sprintf("%s>%s:%d %s>%s %s", a.ClientIP, a.ServerIP, a.Port, a.Calling, a.Called, a.Result)]++
				for _, o := range a.Operations {
					status, _ := strconv.ParseUint(strings.TrimPrefix(o.Status, "0x"), 16, 16)
					want[fmt.Sprintf("%s>%s %s by %s %s %#04x %s", a.Calling, a.Called, o.Command, o.By, o.SOPClass, status, o.MoveDest)] += max(o.Count, 1)
				}
			}
			for _, r := range records {
				switch b := r.Body.(type) {
				case *dicom.Association:
					got[fmt.Sprintf("%s>%s:%d %s>%s %s", r.Conn.Orig.IP, r.Conn.Resp.IP, r.Conn.Resp.Port, b.Calling, b.Called, outcome(b))]++
				case *dicom.Operation:
					by := "client"
					if !b.FromCaller {
						by = "server"
					}
					got[fmt.Sprintf("%s>%s %s by %s %s %#04x %s", b.Calling, b.Called, b.Command, by, b.SOPClass, b.Status.V, b.MoveDest)]++
				}
			}
			compare(t, got, want)
		})
	}
}

// outcome names the end of an association as the truth does.
func outcome(a *dicom.Association) string {
	if a.Result == "accepted" && a.End == "aborted" {
		return "aborted"
	}
	return a.Result
}

func compare(t *testing.T, got, want map[string]int) {
	t.Helper()
	var lines []string
	for k, n := range want {
		if got[k] != n {
			lines = append(lines, fmt.Sprintf("%s: %d seen, %d happened", k, got[k], n))
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			lines = append(lines, fmt.Sprintf("%s: %d seen, none happened", k, n))
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		t.Error(l)
	}
}

func TestMessages(t *testing.T) {
	for _, name := range labNames(t) {
		tr := loadTruth(t, name)
		records := observe(t, name)
		want, got := map[string]int{}, map[string]int{}
		for _, m := range tr.HL7 {
			want[fmt.Sprintf("%s %s %s %s consent=%v", m.App, m.Type, m.ControlID, m.Ack, m.HasConsent)]++
		}
		for _, r := range records {
			if m, ok := r.Body.(*hl7.Message); ok {
				got[fmt.Sprintf("%s %s^%s %s %s consent=%v", m.SendingApp, m.Type, m.Event, m.ControlID, m.AckCode, m.HasConsent)]++
			}
		}
		t.Run(name, func(t *testing.T) { compare(t, got, want) })
	}
}

// Every DICOM file that travelled by HTTP, by its way and by what its preamble is.
func TestPreambles(t *testing.T) {
	told := 0
	for _, name := range labNames(t) {
		tr := loadTruth(t, name)
		if len(tr.DICOMFiles) == 0 {
			continue
		}
		ip := map[string]string{}
		for _, h := range tr.Hosts {
			ip[h.Name] = h.IPs[0].IP
		}
		want, got := map[string]int{}, map[string]int{}
		for _, f := range tr.DICOMFiles {
			want[fmt.Sprintf("%s>%s:%d by client=%v %s %s", ip[f.Client], ip[f.Server], f.Port, f.Sender == f.Client, f.Via, f.Preamble)] += f.Count
			told++
		}
		for _, r := range observe(t, name) {
			if f, ok := r.Body.(*dicomweb.FileRecord); ok {
				got[fmt.Sprintf("%s>%s:%d by client=%v %s %s", r.Conn.Orig.IP, r.Conn.Resp.IP, r.Conn.Resp.Port, f.IsOrig, f.Via, f.Preamble)]++
			}
		}
		t.Run(name, func(t *testing.T) { compare(t, got, want) })
	}
	if told < 9 {
		t.Fatalf("the truth tells only %d files", told)
	}
}

// No invented patient name or number of the lab appears in any output, log or
// error, in any format.
func TestCanaries(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	conf := filepath.Join(t.TempDir(), "lazaret.toml")
	write(t, key, "a key for tests only")
	write(t, conf, fmt.Sprintf("[site]\nkey = %q\n", key))
	for _, name := range labNames(t) {
		tr := loadTruth(t, name)
		file := filepath.Join(labDir, name+".pcap.zst")
		logDir := t.TempDir()
		all, impersonal := map[string]string{}, map[string]string{}
		for _, args := range [][]string{
			{"read", "--logs", logDir, file}, {"read", "-o", "json", file}, {"read", "-o", "csv", file},
			{"read", "-o", "html", file}, {"read", "-o", "fhir", file}, {"read", "-o", "cyclonedx", file},
		} {
			var out, errw bytes.Buffer
			if code := Main(append([]string{"--config", conf}, args...), nil, &out, &errw); code != 0 {
				t.Fatalf("%v: exit %d: %s", args, code, errw.String())
			}
			all[strings.Join(args, " ")] = out.String() + errw.String()
			if args[2] != "json" {
				continue
			}
			var doc report.Document
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
				t.Fatal(err)
			}
			for _, d := range doc.Devices {
				var x bytes.Buffer
				if code := Main([]string{"--config", conf, "explain", "-o", "json", d.ID, file}, nil, &x, &x); code != 0 {
					t.Errorf("explain %s: exit %d: %s", d.ID, code, x.String())
				}
				all["explain "+d.ID] = x.String()
			}
		}
		files, err := os.ReadDir(logDir)
		if err != nil || len(files) == 0 {
			t.Fatalf("no logs were written: %v", err)
		}
		for _, f := range files {
			b, err := os.ReadFile(filepath.Join(logDir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all[f.Name()] = string(b)
			impersonal[f.Name()] = withoutPersons(t, string(b), strings.TrimSuffix(f.Name(), ".log"))
		}
		for i, c := range tr.Canaries {
			for where, text := range all {
				if staff[c.Kind] && impersonal[where] != "" {
					text = impersonal[where]
				}
				if strings.Contains(strings.ToLower(text), strings.ToLower(c.Value)) {
					t.Errorf("%s: canary %d (%s) appears in %s", name, i, c.Kind, where)
				}
			}
		}
	}
}

// staff are the kinds of canaries that name members of staff and accounts. They may
// stand in the fields of logs whose class says so, and nowhere else.
var staff = map[string]bool{"user": true, "mail-address": true, "person-name": true}

// withoutPersons is a log without the values of its fields of class person.
func withoutPersons(t *testing.T, text, log string) string {
	t.Helper()
	var persons []string
	for _, s := range append(protocols.Schemas(), flow.Schema) {
		for _, f := range s.Fields {
			if s.Name == log && f.Class == event.Account {
				persons = append(persons, f.Name)
			}
		}
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", log, err)
		}
		for _, f := range persons {
			delete(m, f)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(b, '\n'))
	}
	return out.String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The pseudonym of a patient is the same in DICOM and HL7, and another key gives
// another.
func TestPseudonymsJoin(t *testing.T) {
	list := prototest.Load(t, filepath.Join(labDir, "hospital.pcap.zst"))
	seen := map[string]map[string]bool{}
	for _, key := range []string{"first key for the test", "other key for the test"} {
		seen[key] = map[string]bool{}
		inDICOM, inHL7 := map[string]bool{}, map[string]bool{}
		_, err := sensor.Run(sensor.DefaultConfig(), prototest.Source(slices.Clone(list)), sensor.Options{
			Specs: protocols.Specs, Key: []byte(key), Emit: func(r event.Record) {
				switch b := r.Body.(type) {
				case *dicom.Operation:
					inDICOM[b.Patient] = b.Patient != ""
				case *hl7.Message:
					inHL7[b.Patient] = b.Patient != ""
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for p, ok := range inDICOM {
			if ok && inHL7[p] {
				seen[key][p] = true
			}
		}
		if len(seen[key]) == 0 {
			t.Error("no patient of the DICOM traffic was recognised in the HL7 traffic")
		}
	}
	for p := range seen["first key for the test"] {
		if seen["other key for the test"][p] {
			t.Error("a pseudonym does not depend on the key")
		}
	}
}
