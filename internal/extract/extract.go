// Package extract writes the content of files that moved into a folder, with an index of
// what was written and why something was not.
//
// Names are made of hashes and identities alone, never of words of the traffic; nothing
// is overwritten, nothing leaves the folder, only its owner may read it, and no system
// takes a name for a program. What is not whole says so in its name.
//
// It refuses to mask: content is written as it moved, and holds patient data; it is for
// a folder that is protected like the archive. It decides nothing about what is kept in
// memory but for KeepWhole. Memory: none beyond the record at hand. A Writer belongs to
// the goroutine that emits records. There is no standard for it.
package extract

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/magic"
	"lazaret/internal/proto/files"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
	"lazaret/internal/sensor"
)

// Bounds beside the limit of bytes.
const (
	mostFiles = 100_000
	mostHead  = 1 << 24 // bytes; what sensor.files.head may be
)

// IndexName is the name of the index: JSON lines, one a file that moved.
const IndexName = "extracted.jsonl"

// Writer writes into one folder. A nil Writer writes nothing.
type Writer struct {
	dir     string
	root    *os.Root
	index   *bufio.Writer
	file    *os.File // the index
	limit   uint64   // bytes
	written uint64
	n       int // files written
	same    int // files whose content was there already
	beyond  int // files left out because a limit was reached
	empty   int // files of which nothing was kept
	cut     int // files of which only a part was kept
	err     error
}

// Line is a line of the index.
type Line struct {
	TS       float64 `json:"ts"`
	FUID     string  `json:"fuid"`
	UID      string  `json:"uid,omitempty"`
	OrigH    string  `json:"id.orig_h,omitempty"`
	RespH    string  `json:"id.resp_h,omitempty"`
	Stored   string  `json:"extracted,omitempty"` // name in the folder, empty if it was not written
	Reason   string  `json:"not_written,omitempty"`
	Whole    bool    `json:"whole"`
	Size     int     `json:"extracted_size"`
	Seen     uint64  `json:"seen_bytes"`
	Total    *uint64 `json:"total_bytes,omitempty"`
	Source   string  `json:"source"`
	Filename string  `json:"filename,omitempty"` // as masked in the logs
	MIME     string  `json:"mime_type,omitempty"`
	Runs     bool    `json:"executable,omitempty"`
	Family   string  `json:"family,omitempty"`
	SHA256   string  `json:"sha256,omitempty"`
	MD5      string  `json:"md5,omitempty"`
}

// ParseSize reads a number of bytes, perhaps with k, M, G or T for powers of 1024.
func ParseSize(s string) (uint64, error) {
	digits, shift := s, 0
	if n := len(s); n > 1 {
		if i := strings.IndexByte("kmgt", s[n-1]|0x20); i >= 0 {
			digits, shift = s[:n-1], 10*(i+1)
		}
	}
	v, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || v == 0 || v > math.MaxInt64>>shift {
		return 0, fmt.Errorf("%q is not a number of bytes like 500M or 2G", s)
	}
	return v << shift, nil
}

// Open makes ready to write into a folder, which is made if it is not there, up to so many
// bytes. An empty dir means that nothing is wanted.
func Open(dir string, limit uint64) (*Writer, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	f, err := root.OpenFile(IndexName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Writer{dir: dir, root: root, file: f, index: bufio.NewWriter(f), limit: limit}, nil
}

// KeepWhole lets the sensor keep every file as far as it keeps programs, so that it can
// be written; the bound of all of them grows with it.
func KeepWhole(c *sensor.FilesConfig) {
	c.Head = max(c.Head, min(c.Executable, mostHead))
	c.Memory = max(c.Memory, 4*sensor.Shards*c.Executable)
}

// Write looks at a record and writes the content of a file.
func (x *Writer) Write(r *event.Record) {
	if x == nil || x.err != nil {
		return
	}
	f, ok := r.Body.(*files.Record)
	if !ok {
		return
	}
	line := Line{
		TS: float64(r.TS) / 1e9, FUID: f.FUID, Whole: f.Whole, Seen: f.Seen, Source: f.Source, Filename: f.Filename, MIME: f.MIME,
		Runs: f.Runs, Family: f.Family, SHA256: f.SHA256, MD5: f.MD5,
	}
	if r.Conn != nil {
		line.UID, line.OrigH, line.RespH = r.Conn.UID, r.Conn.Orig.IP.String(), r.Conn.Resp.IP.String()
	}
	if f.Total.OK {
		line.Total = &f.Total.V
	}
	x.store(f, &line)
	b, err := json.Marshal(line)
	if err == nil {
		_, err = x.index.Write(append(b, '\n'))
	}
	x.err = errors.Join(x.err, err)
}

// store writes one file, or says in the line why not.
func (x *Writer) store(f *files.Record, line *Line) {
	switch {
	case len(f.Content) == 0:
		x.empty++
		line.Reason = "nothing of it was kept"
		return
	case x.n >= mostFiles || x.written+uint64(len(f.Content)) > x.limit:
		x.beyond++
		line.Reason = "limit"
		return
	}
	name := storedName(f)
	made, err := x.create(name, f.Content)
	if err != nil {
		x.err = err
		line.Reason = "error"
		return
	}
	line.Stored, line.Size = name, len(f.Content)
	f.Extracted = name
	if !f.Whole {
		x.cut++
	}
	if !made {
		x.same++
		return
	}
	x.n++
	x.written += uint64(len(f.Content))
}

// storedName is the SHA-256 of content that is whole, else the identity of the file, and
// what the content is. No system takes a name like this for a program.
func storedName(f *files.Record) string {
	kind := magic.Of(f.Content)
	ext := string(kind)
	switch {
	case kind == magic.Unknown:
		ext = "bin"
	case kind.Runs() || f.Runs || kind == magic.HTML || kind == magic.Shortcut:
		ext += ".bin"
	}
	if f.Whole && f.SHA256 != "" {
		return f.SHA256 + "." + ext
	}
	return f.FUID + ".part." + ext
}

// create writes a file that only its owner may read. It is false if one of that name is
// there: names of whole files are their content.
func (x *Writer) create(name string, content []byte) (bool, error) {
	f, err := x.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o400)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return false, errors.Join(err, x.root.Remove(name))
	}
	return true, nil
}

// Close writes out the index and says what was written and what was not.
func (x *Writer) Close(say io.Writer) error {
	if x == nil {
		return nil
	}
	err := errors.Join(x.err, x.index.Flush(), x.file.Close(), x.root.Close())
	text := fmt.Sprintf("wrote %s, %s, to %s", terminal.Plural(x.n, "file"), report.Size(x.written), x.dir)
	for _, c := range []struct {
		n   int
		why string
	}{
		{x.same, "with content that was there already"}, {x.cut, "are not whole"}, {x.empty, "not written: nothing of them was kept"},
		{x.beyond, "not written: --extract-limit was reached"},
	} {
		if c.n > 0 {
			text += fmt.Sprintf("; %s %s", report.Thousands(uint64(c.n)), c.why)
		}
	}
	fmt.Fprintln(say, "lazaret:", text)
	if err != nil {
		return fmt.Errorf("--extract %s: %w", x.dir, err)
	}
	return nil
}
