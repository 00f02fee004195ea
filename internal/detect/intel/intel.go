// Package intel looks for indicators of compromise in records: addresses, networks,
// names, URLs, hashes, prints of programs, AE titles and names of services that others
// published. A million of them fit into 200 MB and cost a record some tens of
// nanoseconds.
//
// Lists come as STIX 2.1 bundles, MISP events, CSV and plain lists, told apart by what
// they hold. What would match everybody is refused with the reason, and so is what
// cannot be decided; the rest of the list stays in force. Which field of which log is
// compared with which kind of indicator stands in one table (Fields), and how grave it is
// in another (Kinds): the severity of the list, else of the kind, is for what was
// answered; what was only tried, or came from outside, is one or two steps less. The
// bare address of somebody is never a high reason unless the list says so.
//
// It refuses to guess: an indicator is compared with the whole value. A domain matches
// the names below it, a network the addresses in it, a file name the last name of a path
// in any case. Of a URL only http and https count. Values that records have as keyed marks cannot be
// compared; a URL whose other parts agree matches with less confidence. What cannot match
// at all: names of files that look like those of patients, URLs inside TLS, SHA-1 of files and
// prints of certificates other than SHA-256, which records do not have.
//
// A list's end of validity is respected, by the time of the record. Its beginning is
// mostly the day of publication, so what is seen before it counts with half the
// confidence.
//
// Memory: a Set never changes after Load and may be shared. An Engine belongs to one
// goroutine, keeps no record, and allocates only for hits.
//
// Standards: STIX 2.1 (OASIS), MISP core format, RFC 4180, RFC 3986, JA3, JA4, HASSH.
package intel

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"lazaret/internal/detect"
)

// Source is a list to read.
type Source struct {
	Name string // of the file, for faults and findings
	Text io.Reader
}

// List is what was read of a source, or of one event in it.
type List struct {
	File     string
	Name     string // what it calls itself, may be empty
	About    string // who made it, or how it is called elsewhere, may be empty
	Loaded   int    // indicators in force
	Repeated int    // said before by the same list
	// LeftOut counts what is no fault and yet not in force: revoked, not meant for
	// detection, of a type that no record shows.
	LeftOut map[string]int
}

// meta is what a list says of an indicator.
type meta struct {
	severity    detect.Severity
	confidence  int   // 0..100, -1 if it is not said
	from, until int64 // epoch seconds, 0 if not said
	name        string
	comment     string
	labels      string
	origin      string // id of the object
}

// term is a kind and a value that is compared, in its normal form.
type term struct {
	kind  Kind
	value string
	port  uint16 // of kind portOnly
}

const (
	maxFaults = 1000    // of a source that are told one by one
	maxItem   = 1 << 24 // bytes of a line or a JSON object
	maxLists  = 1 << 20
	maxText   = 200 // bytes of a name or comment that are kept
	maxKey    = 80  // bytes of a value that are shown in a fault
)

// loader reads one source.
type loader struct {
	set     *Set
	src     Source
	list    uint32 // number of the list that is read
	faults  []detect.Fault
	dropped int
	line    int // on which faults are that name none, 0 if it is not known
}

// Load reads all sources. What is wrong with one line or object is a fault and
// hinders no other.
func Load(sources []Source) (*Set, []detect.Fault) {
	s := newSet()
	var faults []detect.Fault
	for _, src := range sources {
		l := &loader{set: s, src: src}
		l.read()
		if l.dropped > 0 {
			l.faults = append(l.faults, detect.Fault{File: src.Name, What: fmt.Sprintf("%d more faults", l.dropped)})
		}
		faults = append(faults, l.faults...)
	}
	s.finish()
	return s, faults
}

// guard bounds what is read without coming to an end of a line or object.
type guard struct {
	r    io.Reader
	left int
}

var errLong = fmt.Errorf("a line or object is longer than %d bytes", maxItem)

func (g *guard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, errLong
	}
	n, err := g.r.Read(b[:min(len(b), g.left)])
	g.left -= n
	return n, err
}

// reset is called at each end.
func (g *guard) reset() { g.left = maxItem }

// read tells the format by what the source begins with.
func (l *loader) read() {
	if !l.begin(List{File: l.src.Name}) {
		return
	}
	g := &guard{r: l.src.Text, left: maxItem}
	b := bufio.NewReaderSize(g, 1<<16)
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	head, err := b.Peek(1 << 12)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		l.fault(0, "", "cannot be read: "+err.Error())
		return
	}
	before := len(l.faults) + l.dropped
	first := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(first) == 0 && len(head) < 1<<12:
	case len(first) > 0 && first[0] == '{', len(first) > 0 && first[0] == '[' && jsonArray(first):
		l.readJSON(b, g)
	default:
		if sep, ok := csvHead(head); ok {
			l.readCSV(b, g, sep)
		} else {
			l.readPlain(b, g)
		}
	}
	if l.total() == 0 && len(l.faults)+l.dropped == before {
		l.fault(0, "", "no indicator in it")
	}
}

// jsonArray says whether a text that begins with a bracket is an array of objects.
func jsonArray(b []byte) bool {
	b = bytes.TrimLeft(b[1:], " \t\r\n")
	return len(b) > 0 && (b[0] == '{' || b[0] == ']')
}

// total counts what was read of the source, whatever became of it.
func (l *loader) total() int {
	n := 0
	for i := range l.set.lists {
		if list := &l.set.lists[i]; list.File == l.src.Name {
			n += list.Loaded + list.Repeated
			for _, left := range list.LeftOut {
				n += left
			}
		}
	}
	return n
}

// begin starts a list.
func (l *loader) begin(list List) bool {
	if len(l.set.lists) >= maxLists {
		l.fault(0, list.Name, fmt.Sprintf("there are more than %d lists", maxLists))
		return false
	}
	list.Name, list.About = cut(list.Name), cut(list.About)
	l.list = uint32(len(l.set.lists))
	l.set.lists = append(l.set.lists, list)
	return true
}

func (l *loader) current() *List { return &l.set.lists[l.list] }

// leave counts what is not in force, without a fault.
func (l *loader) leave(why string) {
	c := l.current()
	if c.LeftOut == nil {
		c.LeftOut = map[string]int{}
	}
	if _, ok := c.LeftOut[why]; !ok && len(c.LeftOut) >= 64 {
		why = "other"
	}
	c.LeftOut[why]++
}

func (l *loader) fault(line int, key, what string) {
	if line == 0 {
		line = l.line
	}
	if len(l.faults) >= maxFaults {
		l.dropped++
		return
	}
	if len(key) > maxKey {
		key = strings.ToValidUTF8(key[:maxKey], "") + "…"
	}
	l.faults = append(l.faults, detect.Fault{File: l.src.Name, Line: line, Key: printable(key), What: what})
}

// printable keeps a text from doing more in a terminal than being read.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(s, "·"))
}

// cut bounds a text and keeps it on one line.
func cut(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return printable(s)
}

// take brings an indicator with its conditions into normal form and keeps it. key is
// what a fault names; empty for the value itself.
func (l *loader) take(line int, key string, m meta, first term, more ...term) {
	if key == "" {
		key = first.value
	}
	if m.from != 0 && m.until != 0 && m.until <= m.from {
		l.fault(line, key, "it ends to be valid before it begins")
		return
	}
	terms := append([]term{first}, more...)
	lenient := m.severity != detect.None // who gives a severity means it
	for i := 0; i < len(terms); i++ {
		also, why := terms[i].normalise(lenient)
		if why != "" {
			l.fault(line, key, why)
			return
		}
		terms = append(terms, also...)
	}
	conditions := terms[1:]
	if len(conditions) > 0 && !together(terms) {
		l.fault(line, key, "no record has "+names(terms)+" together")
		return
	}
	for _, s := range [...]*string{&m.name, &m.comment, &m.labels, &m.origin} {
		if *s != "" {
			*s = cut(*s)
		}
	}
	switch l.set.put(l.list, m, terms[0], slices.Clone(conditions)) {
	case kept:
		l.current().Loaded++
	case full:
		l.fault(line, key, fmt.Sprintf("no room: all lists together may hold %d MB", maxArena>>20))
	}
}

// names are the kinds of terms in words.
func names(terms []term) string {
	var out []string
	for _, t := range terms {
		out = append(out, t.kind.String())
	}
	return strings.Join(out, " and ")
}
