package app

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// docs/read.schema.json names exactly the keys that the summary, the blind
// list, the sessions and the files have, with their types; the rest is held by package inventory.
func TestSchema(t *testing.T) {
	b, err := os.ReadFile("../../docs/read.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Summary   node `json:"summary"`
			Blind     node `json:"blind"`
			Sessions  node `json:"sessions"`
			Findings  node `json:"findings"`
			Incidents node `json:"incidents"`
			Silenced  node `json:"silenced"`
			Files     node `json:"files"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.pcap")
	write(t, cut, "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00\x01")
	_, out, _ := lazaret(t, nil, "read", "-o", "json", filepath.Join(labDir, "hospital.pcap.zst"), filepath.Join(labDir, "remote.pcap.zst"), filepath.Join(labDir, "outbreak", "silent.pcap.zst"), cut)
	var doc struct {
		Summary   any   `json:"summary"`
		Blind     []any `json:"blind"`
		Sessions  []any `json:"sessions"`
		Findings  []any `json:"findings"`
		Incidents []any `json:"incidents"`
		Silenced  []any `json:"silenced"`
		Files     any   `json:"files"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	schema.Properties.Summary.check(t, "summary", doc.Summary)
	schema.Properties.Files.check(t, "files", doc.Files)
	schema.Properties.Sessions.check(t, "sessions", any(doc.Sessions))
	schema.Properties.Findings.check(t, "findings", any(doc.Findings))
	schema.Properties.Incidents.check(t, "incidents", any(doc.Incidents))
	schema.Properties.Silenced.check(t, "silenced", any(doc.Silenced))
	if len(doc.Blind) == 0 || len(doc.Sessions) == 0 || len(doc.Incidents) == 0 {
		t.Fatal("the blind list, that of sessions or that of incidents is empty")
	}
	for _, v := range doc.Blind {
		schema.Properties.Blind.Items.check(t, "blind", v)
	}
}

// node is the part of JSON Schema that the document uses.
type node struct {
	Type       string           `json:"type"`
	Enum       []any            `json:"enum"`
	Properties map[string]*node `json:"properties"`
	Items      *node            `json:"items"`
}

func (n *node) check(t *testing.T, where string, v any) {
	t.Helper()
	kind := map[string]func(any) bool{
		"object":  func(v any) bool { _, ok := v.(map[string]any); return ok },
		"array":   func(v any) bool { _, ok := v.([]any); return ok },
		"string":  func(v any) bool { _, ok := v.(string); return ok },
		"boolean": func(v any) bool { _, ok := v.(bool); return ok },
		"number":  func(v any) bool { _, ok := v.(float64); return ok },
		"integer": func(v any) bool { f, ok := v.(float64); return ok && f == float64(int64(f)) },
		"":        func(any) bool { return true },
	}[n.Type]
	if kind == nil || !kind(v) {
		t.Errorf("%s: %v is no %s", where, v, n.Type)
		return
	}
	if n.Enum != nil && !slices.Contains(n.Enum, v) {
		t.Errorf("%s: %v is not among %v", where, v, n.Enum)
	}
	if list, ok := v.([]any); ok && n.Items != nil {
		for _, e := range list {
			n.Items.check(t, where, e)
		}
	}
	m, ok := v.(map[string]any)
	if !ok || n.Properties == nil {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(n.Properties)) {
		if e, ok := m[k]; ok {
			n.Properties[k].check(t, where+"."+k, e)
		} else {
			t.Errorf("%s has no key %s", where, k)
		}
	}
	for k := range m {
		if n.Properties[k] == nil {
			t.Errorf("%s.%s is not in the schema", where, k)
		}
	}
}
