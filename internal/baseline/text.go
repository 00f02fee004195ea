package baseline

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
)

// format is the version of the file. A file of another version is refused.
const format = 1

// column is a part of a Key.
type column uint8

const (
	source column = iota
	target
	name
	more
	also
)

// shape is how rows of a kind are written: the word, the columns with what they hold.
type shape struct {
	word  string
	cols  []column
	heads []string
	stats []string // beside those that all have
}

// shapes are by Kind.
var shapes = [kinds]shape{
	Host:        {"host", []column{source}, []string{"address"}, []string{"role"}},
	Card:        {"card", []column{source, name}, []string{"address", "card"}, nil},
	Contact:     {"contact", []column{source, target, name}, []string{"from", "to", "service"}, nil},
	Outside:     {"outside", []column{source, name, more}, []string{"from", "host or network", "service"}, nil},
	Inbound:     {"inbound", []column{source, name, more}, []string{"to", "from network", "service"}, nil},
	Act:         {"act", []column{source, target, name}, []string{"from", "to", "act"}, nil},
	Title:       {"title", []column{name, source, more, also}, []string{"title", "address", "implementation UID", "implementation version"}, nil},
	Called:      {"called", []column{name, source}, []string{"title", "address"}, nil},
	Destination: {"destination", []column{source, name}, []string{"archive", "title"}, nil},
	Storer:      {"storer", []column{name, source, target}, []string{"title", "address", "archive"}, nil},
	Retrieval:   {"retrieval", []column{name, source}, []string{"title", "address"}, []string{"hour", "day", "hours"}},
	Query:       {"query", []column{name, source, target}, []string{"title", "address", "archive"}, []string{"most"}},
	Sender:      {"sender", []column{source, target, name, more, also}, []string{"from", "to", "application", "facility", "message"}, nil},
}

// String is the word for a kind.
func (k Kind) String() string {
	if k < kinds {
		return shapes[k].word
	}
	return "unknown"
}

// Kinds lists all kinds in the order of the file.
func Kinds() []Kind {
	var out []Kind
	for k := range kinds {
		out = append(out, k)
	}
	return out
}

// part is a column of a key as text.
func (k *Key) part(c column) string {
	switch c {
	case source:
		return k.Source.String()
	case target:
		return k.Target.String()
	case name:
		return k.Name
	case more:
		return k.More
	}
	return k.Also
}

// Columns are what the columns of a row hold, and what stands in them.
func (k *Key) Columns() (heads, values []string) {
	s := &shapes[k.Kind]
	for _, c := range s.cols {
		values = append(values, k.part(c))
	}
	return s.heads, values
}

// String is the row's key as it stands in the file.
func (k Key) String() string { return string(k.append(nil)) }

func (k *Key) append(b []byte) []byte {
	b = append(b, shapes[k.Kind].word...)
	for _, c := range shapes[k.Kind].cols {
		b = append(b, ' ')
		b = appendWord(b, k.part(c))
	}
	return b
}

// appendWord quotes what would not be read back as one word.
func appendWord(b []byte, s string) []byte {
	plain := s != "" && s[0] != '#'
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] > ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return append(b, s...)
	}
	return strconv.AppendQuote(b, s)
}

// Write freezes the profile to text: a head, then one row a line in a fixed order, so that
// two files compare line by line.
func (p *Profile) Write(w io.Writer, tool string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# Who normally speaks what to whom, learned by Lazaret. Read it before you trust it.\nformat %d\ntool %s\n", format, appendWord(nil, tool))
	for _, x := range p.learned() {
		fmt.Fprintf(out, "learned %s %s\n", stamp(x.From), stamp(x.To))
	}
	for k := range kinds {
		if n := p.shed[k]; n > 0 {
			fmt.Fprintf(out, "shed %s %d\n", k, n)
		}
	}
	last := kinds
	var b []byte
	for _, k := range p.Rows() {
		if k.Kind != last {
			last = k.Kind
			fmt.Fprintf(out, "\n# %s: %s\n", last, strings.Join(shapes[last].heads, ", "))
		}
		b = append(k.append(b[:0]), ' ')
		b = append(p.rows[k].appendStats(b, &k), '\n')
		out.Write(b)
	}
	return out.Flush()
}

// stamp is a time in the file: whole seconds, UTC.
func stamp(t event.Time) string { return t.Std().Truncate(time.Second).Format(time.RFC3339) }

func (r *Row) appendStats(b []byte, k *Key) []byte {
	switch k.Kind {
	case Host:
		b = append(append(append(b, "role="...), cmp.Or(r.Role, roles.Unknown)...), ' ')
	case Retrieval:
		b = fmt.Appendf(b, "hour=%d/%d/%d day=%d/%d/%d hours=", r.Most[0], r.Most[1], r.Most[2], r.Most[3], r.Most[4], r.Most[5])
		sep := ""
		for h := range 24 {
			if r.Hours&(1<<h) != 0 {
				b = fmt.Appendf(b, "%s%d", sep, h)
				sep = ","
			}
		}
		b = append(b, ' ')
	case Query:
		b = fmt.Appendf(b, "most=%d ", r.Most[0])
	}
	return fmt.Appendf(b, "times=%d days=%d first=%s last=%s", r.Times, r.Days, stamp(r.First), stamp(r.Last))
}
