package truth

import (
	"slices"
	"strings"
	"testing"
)

func TestValidateNamesEveryFault(t *testing.T) {
	tr := &Truth{Schema: Schema, Scenario: "x", Capture: Capture{File: "x.pcap.zst", Packets: 1},
		Hosts: []Host{{Name: "a", Role: "ct", MAC: "00:11:22:33:44:55", IPs: []Address{{IP: "10.0.0.1"}}}},
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

func TestEqualOperationsFold(t *testing.T) {
	var a Association
	store := Operation{Command: "C-STORE", SOPClass: "1.2", Status: "0x0000"}
	a.AddOp(store)
	a.AddOps(store, 3)
	failed := store
	failed.Status = "0xa700"
	a.AddOp(failed)
	a.AddOp(store)
	var counts []int
	for _, o := range a.Operations {
		counts = append(counts, o.Count)
	}
	if !slices.Equal(counts, []int{4, 1, 1}) {
		t.Errorf("counts %v", counts)
	}
}
