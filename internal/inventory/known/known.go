// Package known reads the asset list that a hospital already has and tells how it
// differs from what was seen.
//
// A list is a table with a heading: an export of a maintenance system or of NetBox.
// Its columns are found by the names that common systems give them, in any order;
// others are passed over. Rows and devices are matched by hardware address, then by
// serial number, then by AE title, then by name together with address. A row that
// matches nothing is missing from the network, a device that matches nothing is
// unknown to the list, and what a matched row says otherwise is a difference.
//
// What it refuses to do: it opens no file, it guesses no column by what stands in
// it, it takes no word of the list for a fact about the network, and it does not
// match by address alone, which is given to another machine tomorrow.
//
// Memory: a List owns its strings and holds at most MaxRows rows of cells of at most
// MaxCell bytes. Match keeps nothing.
//
// Standards: RFC 4180 for the table, with semicolons and tabs as well; UTF-8 with or
// without a mark, and Windows-1252.
package known

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// The bounds of a list.
const (
	MaxRows    = 100_000
	MaxCell    = 4096 // bytes
	maxColumns = 256
	maxValues  = 64 // addresses or titles of one machine
	maxBytes   = 256 << 20
)

// Fault is what is wrong with a list, and where. Lines and columns count from 1; a
// column of 0 is the whole line.
type Fault struct {
	File         string
	Line, Column int
	Reason       string
}

// Error says where in which file.
func (f *Fault) Error() string {
	if f.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason)
	}
	return fmt.Sprintf("%s:%d, column %d: %s", f.File, f.Line, f.Column, f.Reason)
}

// Asset is one row. Text that the list does not tell is empty.
type Asset struct {
	Line                                      int // of the file, where the row begins
	Name, Tag, Serial, Manufacturer, Model    string
	Role, Location, Department, System, State string
	MACs                                      []string // canonical: lower case, colons
	IPs                                       []string
	AETitles                                  []string
}

// List is a list that was read.
type List struct {
	File   string
	Assets []Asset
	// Columns are those that were understood, in the order of the file.
	Columns []string
}

// Read reads a list. file names it in faults.
func Read(r io.Reader, file string) (*List, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(b) > maxBytes {
		return nil, &Fault{file, 1, 0, fmt.Sprintf("the file is larger than %d bytes", maxBytes)}
	}
	text, err := decode(b)
	if err != nil {
		return nil, &Fault{file, 1, 0, err.Error()}
	}
	t := &table{file: file, line: 1, in: bufio.NewReader(strings.NewReader(text)), comma: delimiter(text)}
	return t.list()
}

// decode makes UTF-8 of a file: what is none is Windows-1252, which European
// systems write.
func decode(b []byte) (string, error) {
	if len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		return "", errors.New("the file is UTF-16: save it as UTF-8")
	}
	if slices.Contains(b, 0) {
		return "", errors.New("the file is no text: it holds zero bytes")
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if utf8.ValidString(text) {
		return text, nil
	}
	return charmap.Windows1252.NewDecoder().String(text)
}

// delimiter is the one of comma, semicolon and tab that stands most often in the
// heading outside of quotes.
func delimiter(text string) rune {
	n := map[rune]int{}
	quoted := false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted && n[',']+n[';']+n['\t'] > 0 {
			break
		}
		if !quoted {
			n[c]++
		}
	}
	best := ','
	for _, c := range ";\t" {
		if n[c] > n[best] {
			best = c
		}
	}
	return best
}

// list reads the heading and the rows.
func (t *table) list() (*List, error) {
	head, err := t.heading()
	if err != nil {
		return nil, err
	}
	l := &List{File: t.file, Assets: []Asset{}}
	fields := make([]field, len(head))
	for i, c := range head {
		if fields[i] = fieldOf(c); fields[i] == none {
			continue
		}
		if at := slices.Index(fields[:i], fields[i]); at >= 0 && !fields[i].many() {
			fields[i] = none // "Name" and "Asset name": the first is the one
			continue
		}
		l.Columns = append(l.Columns, fieldNames[fields[i]])
	}
	if !slices.ContainsFunc(fields, field.names) {
		return nil, &Fault{t.file, t.start, 0, "no column that names a machine: none of name, serial, mac, ip or ae_title is in the heading"}
	}
	for {
		row, err := t.row()
		if err == io.EOF {
			return l, nil
		}
		if err != nil {
			return nil, err
		}
		if blank(row) {
			continue
		}
		if len(l.Assets) == MaxRows {
			return nil, &Fault{t.file, t.start, 0, fmt.Sprintf("more than %d rows", MaxRows)}
		}
		a, err := t.asset(row, fields)
		if err != nil {
			return nil, err
		}
		l.Assets = append(l.Assets, a)
	}
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(c string) bool { return c != "" })
}

// heading is the first row that is not blank.
func (t *table) heading() ([]string, error) {
	for {
		row, err := t.row()
		switch {
		case err == io.EOF:
			return nil, &Fault{t.file, 1, 0, "the file is empty: a heading with the names of the columns is missing"}
		case err != nil:
			return nil, err
		case !blank(row):
			return row, nil
		}
	}
}

func (t *table) asset(row []string, fields []field) (Asset, error) {
	a := Asset{Line: t.start}
	if len(row) > len(fields) && !blank(row[len(fields):]) {
		return a, &Fault{t.file, t.start, len(fields) + 1, fmt.Sprintf("%d cells, and the heading has %d", len(row), len(fields))}
	}
	for i, c := range row[:min(len(row), len(fields))] {
		if c == "" {
			continue
		}
		if err := a.set(fields[i], c); err != nil {
			return a, &Fault{t.file, t.start, i + 1, err.Error()}
		}
	}
	return a, nil
}

func (a *Asset) set(f field, c string) error {
	if err := a.put(f, c); err != nil {
		return err
	}
	if len(a.MACs) > maxValues || len(a.IPs) > maxValues || len(a.AETitles) > maxValues {
		return fmt.Errorf("more than %d values for one machine", maxValues)
	}
	return nil
}

func (a *Asset) put(f field, c string) error {
	switch f {
	case macField:
		for _, w := range several(c) {
			m, ok := canonicalMAC(w)
			if !ok {
				return fmt.Errorf("%q is no hardware address", short(w))
			}
			if !slices.Contains(a.MACs, m) {
				a.MACs = append(a.MACs, m)
			}
		}
	case ipField:
		for _, w := range several(c) {
			w, _, _ = strings.Cut(w, "/") // NetBox writes the length of the prefix behind it
			ip, err := netip.ParseAddr(w)
			if err != nil {
				return fmt.Errorf("%q is no address", short(w))
			}
			if s := ip.Unmap().WithZone("").String(); !slices.Contains(a.IPs, s) {
				a.IPs = append(a.IPs, s)
			}
		}
	case titleField:
		for w := range strings.FieldsFuncSeq(c, func(r rune) bool { return strings.ContainsRune(",;|/\n", r) }) {
			if len(a.AETitles) > maxValues {
				return nil // set says so
			}
			if w = strings.TrimSpace(w); w != "" && !slices.Contains(a.AETitles, w) {
				a.AETitles = append(a.AETitles, w)
			}
		}
	default:
		if p := a.text(f); p != nil {
			*p = c
		}
	}
	return nil
}

func (a *Asset) text(f field) *string {
	switch f {
	case nameField:
		return &a.Name
	case tagField:
		return &a.Tag
	case serialField:
		return &a.Serial
	case makerField:
		return &a.Manufacturer
	case modelField:
		return &a.Model
	case roleField:
		return &a.Role
	case placeField:
		return &a.Location
	case departmentField:
		return &a.Department
	case systemField:
		return &a.System
	case stateField:
		return &a.State
	}
	return nil
}

// several takes a cell with several addresses apart.
func several(c string) []string {
	return strings.FieldsFunc(c, func(r rune) bool { return strings.ContainsRune(" ,;|\n\r\t", r) })
}

// short cuts a value for a fault.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// canonicalMAC reads a hardware address with colons, hyphens, points or nothing
// between its digits.
func canonicalMAC(s string) (string, bool) {
	digits := make([]byte, 0, 12)
	for _, c := range []byte(strings.ToLower(s)) {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
			digits = append(digits, c)
		case c == ':' || c == '-' || c == '.':
		default:
			return "", false
		}
		if len(digits) > 12 {
			return "", false
		}
	}
	if len(digits) != 12 {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.Write(digits[i : i+2])
	}
	return b.String(), true
}
