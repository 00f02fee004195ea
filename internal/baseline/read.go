package baseline

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// Fault is what is wrong with a file.
type Fault struct {
	Line int    // from 1
	Key  string // kind of row and column, or the key of a number
	What string // what it is, and what was expected
}

// maxFaults is how many faults of a file are told; that there are more is said.
const maxFaults = 100

// MaxFile is the most bytes that a file may have.
const MaxFile = 256 << 20

// Read reads a file that Write wrote, and that a person may have edited: rows may be
// deleted, and lines that begin with # and empty ones are passed over. Everything else must
// be as Write writes it. Either there is a Profile, or there are faults. Rows beyond the
// bounds of cfg are a fault, because a part of a baseline would call normal things new.
func Read(text []byte, cfg Config) (*Profile, []Fault) {
	r := reader{p: New(cfg, nil)}
	for line := range bytes.Lines(text) {
		r.line++
		if r.more {
			break
		}
		r.read(string(bytes.TrimRight(line, "\r\n")))
	}
	if !r.headed && !r.more {
		r.fault("format", "it is missing: the first line that is no comment must be format %d", format)
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return r.p, nil
}

type reader struct {
	p      *Profile
	line   int
	headed bool
	more   bool // there are more faults than are told, or the format is another
	faults []Fault
}

func (r *reader) fault(key, what string, args ...any) {
	if len(r.faults) == maxFaults {
		r.more = true
		r.faults = append(r.faults, Fault{r.line, "", "there are more faults from here on, which are not told"})
		return
	}
	r.faults = append(r.faults, Fault{r.line, key, fmt.Sprintf(what, args...)})
}

func (r *reader) read(line string) {
	if line == "" || line[0] == '#' {
		return
	}
	words, err := split(line)
	if err != nil {
		r.fault("", "%v", err)
		return
	}
	if !r.headed {
		r.headed = true
		if len(words) != 2 || words[0] != "format" || words[1] != strconv.Itoa(format) {
			r.fault("format", "%q was found, format %d was expected: it is no baseline, or one of another version", short(line), format)
			r.more = true
		}
		return
	}
	switch words[0] {
	case "tool":
		if r.wants(words, 2, "tool VERSION") {
			r.p.Tool = words[1]
		}
	case "learned":
		r.learned(words)
	case "shed":
		r.shed(words)
	default:
		r.row(words)
	}
}

func (r *reader) wants(words []string, n int, form string) bool {
	if len(words) != n {
		r.fault(words[0], "it has %d words, expected was %s", len(words), form)
	}
	return len(words) == n
}

func (r *reader) learned(words []string) {
	if !r.wants(words, 3, "learned FROM TO") {
		return
	}
	from, ok := r.time("learned from", words[1])
	to, ok2 := r.time("learned to", words[2])
	switch {
	case ok && ok2 && from > to:
		r.fault("learned", "%s is after %s", words[1], words[2])
	case len(r.p.Windows) >= maxWindows:
		r.fault("learned", "there are more than %d windows", maxWindows)
	default:
		r.p.Windows = append(r.p.Windows, Window{from, to})
	}
}

// maxWindows is how many windows a profile may be learned in.
const maxWindows = 4096

func (r *reader) shed(words []string) {
	if !r.wants(words, 3, "shed KIND COUNT") {
		return
	}
	k, ok := kindOf(words[1])
	n, ok2 := r.number("shed "+words[1], words[2], 1)
	if !ok {
		r.fault("shed", "%q is none of %s", words[1], kindWords())
	} else if ok2 {
		r.p.shed[k] = n
	}
}

func kindOf(word string) (Kind, bool) {
	i := slices.IndexFunc(shapes[:], func(s shape) bool { return s.word == word })
	return Kind(max(i, 0)), i >= 0
}

func kindWords() string {
	var out []string
	for k := range kinds {
		out = append(out, k.String())
	}
	return strings.Join(out, ", ")
}

// row reads a row: its kind, its columns, its numbers.
func (r *reader) row(words []string) {
	kind, ok := kindOf(words[0])
	if !ok {
		r.fault("", "%q is none of tool, learned, shed, %s", words[0], kindWords())
		return
	}
	s := &shapes[kind]
	if len(words) < 1+len(s.cols) {
		r.fault(s.word, "%d columns were found, expected are %s", len(words)-1, strings.Join(s.heads, ", "))
		return
	}
	before := len(r.faults)
	k := Key{Kind: kind}
	for i, c := range s.cols {
		r.column(&k, c, s.word+", "+s.heads[i], words[1+i])
	}
	row := r.stats(&k, s, words[1+len(s.cols):])
	if len(r.faults) > before {
		return
	}
	if _, twice := r.p.rows[k]; twice {
		r.fault(s.word, "%s stands twice", k)
		return
	}
	if r.p.count[kind] >= r.p.room(kind) {
		r.fault(s.word, "there are more rows than the %d that the configuration lets in ([baseline])", r.p.room(kind))
		r.more = true
		return
	}
	r.p.put(k, row)
}

func (r *reader) column(k *Key, c column, what, word string) {
	if c == source || c == target {
		a, err := netip.ParseAddr(word)
		if err != nil || a.Zone() != "" || a.String() != word {
			r.fault(what, "%q is not an address as Lazaret writes it", short(word))
			return
		}
		if ip := netid.FromAddr(a); c == source {
			k.Source = ip
		} else {
			k.Target = ip
		}
		return
	}
	if text(word) != word {
		r.fault(what, "%q is longer than %d bytes, or no UTF-8", short(word), maxText)
		return
	}
	switch c {
	case name:
		k.Name = word
	case more:
		k.More = word
	default:
		k.Also = word
	}
}

// stats reads key=value words: each that the kind has, once.
func (r *reader) stats(k *Key, s *shape, words []string) *Row {
	row := &Row{}
	need := append(slices.Clone(s.stats), "times", "days", "first", "last")
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		i := slices.Index(need, key)
		if !ok || i < 0 {
			r.fault(s.word, "%q was found, expected is one of %s, each once", short(w), strings.Join(append(slices.Clone(s.stats), "times", "days", "first", "last"), "= ")+"=")
			continue
		}
		need = slices.Delete(need, i, i+1)
		r.stat(row, s.word+" "+key, key, value)
	}
	if len(need) > 0 {
		r.fault(s.word, "%s is missing, or a column before the numbers", strings.Join(need, "=, ")+"=")
		return row
	}
	if row.First > row.Last {
		r.fault(s.word, "first= is after last=")
	}
	if row.Days > row.Times {
		r.fault(s.word, "%d days are more than %d times", row.Days, row.Times)
	}
	row.day = int64(row.Last) / int64(dayLong)
	return row
}

func (r *reader) stat(row *Row, what, key, value string) {
	switch key {
	case "role":
		row.Role = roles.Role(value)
		if !slices.Contains(roles.Order(), row.Role) {
			r.fault(what, "%q is none of the roles", short(value))
		}
	case "times":
		row.Times, _ = r.number(what, value, 1)
	case "days":
		row.Days, _ = r.number(what, value, 1)
	case "most":
		row.Most[0], _ = r.number(what, value, 0)
	case "first":
		row.First, _ = r.time(what, value)
	case "last":
		row.Last, _ = r.time(what, value)
	case "hour", "day":
		list := strings.Split(value, "/")
		if len(list) != 3 {
			r.fault(what, "%q was found, expected are studies/objects/bytes", short(value))
			return
		}
		at := map[string]int{"hour": 0, "day": 3}[key]
		for i, x := range list {
			row.Most[at+i], _ = r.number(what, x, 0)
		}
	case "hours":
		for _, x := range strings.Split(value, ",") {
			if h, ok := r.number(what, x, 0); ok && h > 23 {
				r.fault(what, "%d is no hour of the day", h)
			} else if ok {
				row.Hours |= 1 << h
			}
		}
	}
}

func (r *reader) number(what, s string, least uint64) (uint64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || n < least || strconv.FormatUint(n, 10) != s {
		r.fault(what, "%q is not a number of %d or more", short(s), least)
		return 0, false
	}
	return n, true
}

func (r *reader) time(what, s string) (event.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	at := event.Time(t.UnixNano())
	if err != nil || t.Year() < 1970 || t.Year() > 2261 || stamp(at) != s {
		r.fault(what, "%q is not a time like 2026-11-02T08:00:00Z", short(s))
		return 0, false
	}
	return at, true
}

// split cuts a line at its spaces; what stands in quotes is one word.
func split(line string) ([]string, error) {
	var out []string
	for rest := line; rest != ""; {
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("column %d: a quoted text does not end", len(line)-len(rest)+1)
			}
			w, err := strconv.Unquote(q)
			if err != nil {
				return nil, fmt.Errorf("column %d: %s is not a quoted text", len(line)-len(rest)+1, short(q))
			}
			out, rest = append(out, w), rest[len(q):]
		} else {
			w, _, _ := strings.Cut(rest, " ")
			out, rest = append(out, w), rest[len(w):]
		}
		if len(out) > maxWords {
			return nil, fmt.Errorf("there are more than %d words", maxWords)
		}
		if rest == "" {
			break
		}
		if rest[0] != ' ' || len(rest) == 1 || rest[1] == ' ' {
			return nil, fmt.Errorf("column %d: words are parted by one space", len(line)-len(rest)+1)
		}
		rest = rest[1:]
	}
	if out[0] == "" {
		return nil, fmt.Errorf("column 1: an empty word was found, expected was a kind of row (%s)", kindWords())
	}
	return out, nil
}

// maxWords is more than any row has.
const maxWords = 16

// short bounds what is shown of a wrong file.
func short(s string) string { return cmp.Or(text(s[:min(len(s), 60)]), "") }
