package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// document holds one part of docs/conformance.md current: the text between the
// marks of its name. UPDATE=1 writes it. Where strict is false, a part that
// differs is only told of.
func document(t *testing.T, part, text string, strict bool) {
	t.Helper()
	if os.Getenv("CAPTURE") != "" {
		return // not the whole
	}
	name := filepath.Join(root(t), "docs", "conformance.md")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- begin %s -->\n", part), fmt.Sprintf("<!-- end %s -->\n", part)
	head, rest, ok := strings.Cut(string(b), begin)
	old, tail, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Errorf("docs/conformance.md has no marks for %s", part)
	case old == text:
	case os.Getenv("UPDATE") != "":
		if err := os.WriteFile(name, []byte(head+begin+text+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	case strict:
		t.Errorf("docs/conformance.md is not current in %s; UPDATE=1 writes it", part)
	default:
		t.Logf("docs/conformance.md has other figures in %s; UPDATE=1 writes them", part)
	}
}

// explanations is a table of rows, for the document.
func explanations(rows []row) string {
	var b strings.Builder
	b.WriteString("| log | what | captures | how many | why |\n|---|---|---|---|---|\n")
	for i := range rows {
		r := &rows[i]
		where, what := "any", strings.ReplaceAll(r.fields, ",", ", ")
		if len(r.captures) > 0 {
			where = "`" + strings.Join(r.captures, "` `") + "`"
		}
		if what == "*" {
			what = "any field"
		}
		if r.about != "" {
			what += fmt.Sprintf(" (`%s`)", strings.TrimSpace(r.about))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %s |\n", r.log, what, where, r.n, r.why)
	}
	return b.String()
}

// TestDocument holds the tables of the document current.
func TestDocument(t *testing.T) {
	document(t, "zeek explained", explanations(allZeekRows()), true)
	document(t, "lab explained", explanations(labRows), true)
	document(t, "tshark explained", explanations(allTsharkRows()), true)
	document(t, "prints explained", explanations(printRows), true)
}

// writePrints puts the figures of prints into the document.
func writePrints(t *testing.T, part string, count map[string]int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("| print | same | differs | not told |\n|---|---|---|---|\n")
	for _, sort := range printSorts {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", sort, count[sort+": same"], count[sort+": differs"], count[sort+": not told"])
	}
	t.Log(count)
	if !t.Failed() {
		document(t, part, b.String(), false)
	}
}
