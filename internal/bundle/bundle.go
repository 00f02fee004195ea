// Package bundle puts evidence together so that a change of it is seen.
//
// A bundle is a zip archive of parts, and as its last member manifest.jsonl: one line for
// each part, and for each input that was read and is not in the archive, with size and
// SHA-256 (FIPS 180-4). The lines are a chain: each holds a hash over its own words and the
// hash of the line before it, so that none can be changed, left out, added or moved alone.
// The last hash, the head, stands for the whole; whoever wrote it down elsewhere can tell a
// bundle that was made anew.
//
// It refuses to judge what is in the parts and to read a clock: times are those of the
// packets, and the same parts make the same bytes. A bundle that is verified is hostile: its
// members are read as streams, no further than the manifest says, and nothing is written.
// It owns no memory but the manifest, which is bounded. The archive is that of PKWARE's
// APPNOTE 6.3, as Go's archive/zip writes it.
package bundle

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Manifest is the name of the member that holds the chain.
const Manifest = "manifest.jsonl"

// Bounds of a bundle that is verified.
const (
	maxManifest = 64 << 20 // bytes
	maxEntries  = 1_000_000
)

// Entry is one line of the manifest.
type Entry struct {
	Kind   string `json:"kind"` // tool, note, input or part
	Name   string `json:"name"` // of the member, of the file that was read; what a note says
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // of its content, empty for a tool and a note
	Chain  string `json:"chain"`  // over this line and the chain of the one before
}

// link is the chain of an entry behind another.
func (e *Entry) link(before string) string {
	words, _ := json.Marshal([]any{before, e.Kind, e.Name, e.Size, e.SHA256}) // strings and a number: no error
	sum := sha256.Sum256(words)
	return hex.EncodeToString(sum[:])
}

// Writer makes a bundle.
type Writer struct {
	zip     *zip.Writer
	at      time.Time
	entries []Entry
}

// NewWriter begins a bundle; at is the time of its members, tool who makes it.
func NewWriter(w io.Writer, at time.Time, tool string) *Writer {
	out := &Writer{zip: zip.NewWriter(w), at: at.UTC()}
	out.enter(Entry{Kind: "tool", Name: tool})
	return out
}

func (w *Writer) enter(e Entry) {
	before := ""
	if n := len(w.entries); n > 0 {
		before = w.entries[n-1].Chain
	}
	e.Chain = e.link(before)
	w.entries = append(w.entries, e)
}

// Note enters what a person says of the bundle.
func (w *Writer) Note(text string) { w.enter(Entry{Kind: "note", Name: text}) }

// Input enters a file that was read and is not in the bundle.
func (w *Writer) Input(name string, content io.Reader) error {
	h := sha256.New()
	n, err := io.Copy(h, content)
	if err != nil {
		return err
	}
	w.enter(Entry{Kind: "input", Name: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))})
	return nil
}

// Part adds a member.
func (w *Writer) Part(name string, write func(io.Writer) error) error {
	m, err := w.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: w.at})
	if err != nil {
		return err
	}
	h := sha256.New()
	c := &counter{w: io.MultiWriter(m, h)}
	if err := write(c); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.enter(Entry{Kind: "part", Name: name, Size: c.n, SHA256: hex.EncodeToString(h.Sum(nil))})
	return nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// Close writes the manifest and gives back the head.
func (w *Writer) Close() (head string, err error) {
	m, err := w.zip.CreateHeader(&zip.FileHeader{Name: Manifest, Method: zip.Deflate, Modified: w.at})
	if err != nil {
		return "", err
	}
	enc := json.NewEncoder(m)
	enc.SetEscapeHTML(false)
	for i := range w.entries {
		err = cmp.Or(err, enc.Encode(&w.entries[i]))
	}
	return w.entries[len(w.entries)-1].Chain, cmp.Or(err, w.zip.Close())
}

// Result is what a bundle holds.
type Result struct {
	Head    string  `json:"head"`
	Entries []Entry `json:"entries"`
}

// Verify reads a bundle of size bytes. The error names the part that differs. head, unless
// it is empty, is the head that was written down.
func Verify(r io.ReaderAt, size int64, head string) (*Result, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("is no bundle: %w", err)
	}
	if len(z.File) == 0 || z.File[len(z.File)-1].Name != Manifest {
		return nil, errors.New("is no bundle: its last member is not " + Manifest)
	}
	out, err := readManifest(z.File[len(z.File)-1])
	if err != nil {
		return nil, err
	}
	if head != "" && head != out.Head {
		return out, fmt.Errorf("the head is %s, and %s was written down: the bundle was made anew", out.Head, head)
	}
	return out, compare(out, z.File[:len(z.File)-1])
}

func readManifest(f *zip.File) (*Result, error) {
	if f.UncompressedSize64 > maxManifest {
		return nil, fmt.Errorf("%s is larger than %d bytes", Manifest, maxManifest)
	}
	text, err := content(f, maxManifest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Manifest, err)
	}
	out := &Result{Entries: []Entry{}}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxManifest)
	for n := 1; lines.Scan(); n++ {
		var e Entry
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", Manifest, n, err)
		}
		if want := e.link(out.Head); e.Chain != want {
			return nil, fmt.Errorf("%s:%d: the chain is broken at %s %q: it was changed, or a line before it was taken out or moved", Manifest, n, e.Kind, e.Name)
		}
		if out.Head = e.Chain; n > maxEntries {
			return nil, fmt.Errorf("%s has more than %d lines", Manifest, maxEntries)
		}
		out.Entries = append(out.Entries, e)
	}
	if len(out.Entries) == 0 {
		return nil, errors.New(Manifest + " is empty")
	}
	return out, lines.Err()
}

// compare holds the members against the manifest, in its order.
func compare(of *Result, members []*zip.File) error {
	var errs []error
	i := 0
	for _, e := range of.Entries {
		if e.Kind != "part" {
			continue
		}
		if i >= len(members) {
			errs = append(errs, fmt.Errorf("%s is missing", e.Name))
			continue
		}
		m := members[i]
		if m.Name != e.Name {
			errs = append(errs, fmt.Errorf("%q is where %q should be", m.Name, e.Name))
			break // all that follow would differ too
		}
		i++
		if err := same(m, &e); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Name, err))
		}
	}
	if len(errs) == 0 && i < len(members) {
		errs = append(errs, fmt.Errorf("%q is not in the manifest", members[i].Name))
	}
	return errors.Join(errs...)
}

// same holds a member against its entry. It is read no further than it may be long.
func same(m *zip.File, e *Entry) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, e.Size+1))
	switch sum := hex.EncodeToString(h.Sum(nil)); {
	case n > e.Size:
		return fmt.Errorf("is longer than the %d bytes of the manifest", e.Size)
	case errors.Is(err, zip.ErrChecksum), n == e.Size && sum != e.SHA256:
		return fmt.Errorf("differs: SHA-256 is %s, the manifest has %s", sum, e.SHA256)
	case err != nil:
		return err
	case n < e.Size:
		return fmt.Errorf("has %d bytes, the manifest has %d", n, e.Size)
	}
	return nil
}

func content(f *zip.File, most int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("is larger than %d bytes", most)
	}
	return b, err
}
