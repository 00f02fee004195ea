package bundle

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func made(t testing.TB) (b []byte, head string) {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), "lazaret 1")
	w.Note("handed over by nobody")
	if err := w.Input("day.pcap", strings.NewReader("packets")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"a.html", "b.json", "c.md"} {
		if err := w.Part(p, func(w io.Writer) error { _, err := io.WriteString(w, "content of "+p); return err }); err != nil {
			t.Fatal(err)
		}
	}
	head, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), head
}

// member is one of an archive that is made again.
type member struct{ name, text string }

func again(t *testing.T, b []byte, change func([]member) []member) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var list []member
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, member{f.Name, string(text)})
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range change(list) {
		f, err := w.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, m.text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(b []byte, head string) (*Result, error) {
	return Verify(bytes.NewReader(b), int64(len(b)), head)
}

func TestVerify(t *testing.T) {
	b, head := made(t)
	other, _ := made(t)
	if !bytes.Equal(b, other) {
		t.Error("the same parts make other bytes")
	}
	r, err := verify(b, head)
	if err != nil || r.Head != head || len(r.Entries) != 6 {
		t.Fatalf("%v, %+v", err, r)
	}
	if _, err := verify(again(t, b, func(l []member) []member { return l }), head); err != nil {
		t.Errorf("packed again: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(l []member) []member
		want   string
	}{
		{"a part changed", func(l []member) []member { l[1].text = "Content of b.json"; return l }, "b.json: differs"},
		{"a part longer", func(l []member) []member { l[1].text += "x"; return l }, "b.json: is longer"},
		{"a part shorter", func(l []member) []member { l[1].text = ""; return l }, "b.json: has 0 bytes"},
		{"a part gone", func(l []member) []member { return append(l[:1:1], l[2:]...) }, `"c.md" is where "b.json" should be`},
		{"the last part gone", func(l []member) []member { return append(l[:2:2], l[3:]...) }, "c.md is missing"},
		{"a part more", func(l []member) []member { return append(l[:3:3], member{"x", "y"}, l[3]) }, `"x" is not in the manifest`},
		{"parts moved", func(l []member) []member { l[0], l[1] = l[1], l[0]; return l }, `"b.json" is where "a.html" should be`},
		{"a part twice", func(l []member) []member { return append([]member{l[0]}, l...) }, `"a.html" is where "b.json" should be`},
		{"an input changed", func(l []member) []member { l[3].text = strings.Replace(l[3].text, "day.pcap", "dax.pcap", 1); return l }, `broken at input "dax.pcap"`},
		{"a line gone", func(l []member) []member {
			lines := strings.SplitAfter(l[3].text, "\n")
			l[3].text = strings.Join(append(lines[:1:1], lines[2:]...), "")
			return l
		}, `broken at input "day.pcap"`},
		{"an unknown key", func(l []member) []member {
			l[3].text = strings.Replace(l[3].text, `{"kind"`, `{"x":1,"kind"`, 1)
			return l
		}, "manifest.jsonl:1: "},
		{"no manifest", func(l []member) []member { return l[:3] }, "its last member is not"},
		{"an empty manifest", func(l []member) []member { l[3].text = ""; return l }, "is empty"},
	} {
		if _, err := verify(again(t, b, c.change), ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := verify(b, strings.Repeat("0", 64)); err == nil || !strings.Contains(err.Error(), "made anew") {
		t.Errorf("another head: %v", err)
	}
	if _, err := verify([]byte("no zip"), ""); err == nil || !strings.Contains(err.Error(), "is no bundle") {
		t.Errorf("no archive: %v", err)
	}
}

// Every byte of the content counts: of a bundle with one byte changed nothing else is
// believed than what it was.
func FuzzVerify(f *testing.F) {
	b, head := made(f)
	f.Add(b)
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := verify(b, head)
		if err == nil && (r.Head != head || len(r.Entries) != 6) {
			t.Errorf("believed: %+v", r)
		}
	})
}
