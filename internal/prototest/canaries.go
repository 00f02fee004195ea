package prototest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
)

// Canaries looks for the invented secrets and patient data of a lab capture in all
// records of a protocol and in all names of weirds. Words of the kinds allowed may
// stand in fields of class person.
func Canaries(t *testing.T, spec *proto.Spec, name string, allowed ...string) {
	t.Helper()
	CanariesThrough(t, []*proto.Spec{spec}, name, allowed...)
}

// CanariesThrough is Canaries for a protocol and what carries it.
func CanariesThrough(t *testing.T, specs []*proto.Spec, name string, allowed ...string) {
	t.Helper()
	records, _ := Run(t, Load(t, filepath.Join(Lab, name+".pcap.zst")), specs...)
	if len(records) == 0 {
		t.Fatal("no records")
	}
	said := make([]string, len(records))
	for i := range records {
		said[i] = string(records[i].AppendJSON(nil))
	}
	b, err := os.ReadFile(filepath.Join(Lab, name+".truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth struct {
		Canaries []struct{ Kind, Value string }
	}
	if err := json.Unmarshal(b, &truth); err != nil || len(truth.Canaries) == 0 {
		t.Fatalf("%d canaries, %v", len(truth.Canaries), err)
	}
	for _, c := range truth.Canaries {
		if slices.Contains(allowed, c.Kind) {
			continue
		}
		for _, r := range said {
			if len(c.Value) > 3 && strings.Contains(r, c.Value) {
				t.Errorf("a canary of kind %s stands in a record", c.Kind)
				break
			}
		}
	}
}
