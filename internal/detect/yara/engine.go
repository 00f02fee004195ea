package yara

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/files"
)

const (
	maxKnown  = 1 << 14 // contents of which the result is kept
	maxStored = 32      // matches of one content that are kept and reported
	maxFacts  = 12      // of one hit
)

// Engine looks at the files of the log files, each distinct content once.
type Engine struct {
	set     *Set
	scanner *Scanner
	report  func(detect.Hit)
	known   map[contentKey][]Match
	order   []contentKey // as known was filled, for forgetting
	at      int

	// Scans counts contents that were judged, Undecided rules that could not be.
	Scans, Undecided uint64
}

// contentKey names a content, as far as it was seen.
type contentKey struct {
	sum  [32]byte
	size int64
	gaps string
}

// NewEngine makes an engine; report is called for each rule that a file fulfils. It
// belongs to one goroutine.
func NewEngine(set *Set, report func(detect.Hit)) *Engine {
	return &Engine{set: set, scanner: set.NewScanner(), report: report, known: map[contentKey][]Match{}}
}

// Add looks at one record; others than those of files are passed over. Nothing of the
// record is kept but a hash of the content and what was found.
func (e *Engine) Add(r *event.Record) {
	f, ok := r.Body.(*files.Record)
	if !ok || len(f.Content) == 0 || len(e.set.rules) == 0 {
		return
	}
	for _, m := range e.judge(f) {
		e.report(e.hit(r, f, m))
	}
}

// judge scans a content, or remembers what was found in it.
func (e *Engine) judge(f *files.Record) []Match {
	in := input(f)
	k := contentKey{size: in.Size}
	if n, err := hex.Decode(k.sum[:], []byte(f.SHA256[:min(len(f.SHA256), 64)])); !f.Whole || err != nil || n != len(k.sum) {
		k.sum = sha256.Sum256(in.Bytes)
	}
	if in.Seen != nil {
		k.gaps = strings.Join(f.Gaps, ",")
	}
	if m, ok := e.known[k]; ok {
		return m
	}
	res := e.scanner.ScanPart(in)
	e.Scans++
	e.Undecided += uint64(len(res.Undecided))
	found := res.Matches[:min(len(res.Matches), maxStored)]
	if len(e.order) < maxKnown {
		e.order = append(e.order, k)
	} else {
		delete(e.known, e.order[e.at])
		e.order[e.at] = k
		e.at = (e.at + 1) % maxKnown
	}
	e.known[k] = found
	return found
}

// input says what of a file was seen. Ranges that were not are known up to a number of
// them; behind the last that is told nothing is believed.
func input(f *files.Record) Input {
	in := Input{Bytes: f.Content, Size: int64(len(f.Content))}
	if f.Whole {
		return in
	}
	in.Size = -1
	if f.Total.OK {
		in.Size = int64(f.Total.V)
	}
	type gap struct{ from, to int }
	var gaps []gap
	for _, s := range f.Gaps {
		a, b, _ := strings.Cut(s, "-")
		from, err1 := strconv.Atoi(a)
		last, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil {
			from, last = 0, 1<<40
		}
		gaps = append(gaps, gap{from, last + 1})
	}
	if n := len(gaps); n >= 64 {
		gaps = append(gaps, gap{gaps[n-1].to, 1 << 40})
	}
	if len(gaps) > 0 && gaps[0].from < len(f.Content) {
		in.Seen = func(off, n int) bool {
			for _, g := range gaps {
				if off < g.to && g.from < off+n {
					return false
				}
			}
			return true
		}
	}
	return in
}

// hit tells who moved the file to whom, and what of it fulfils the rule.
func (e *Engine) hit(r *event.Record, f *files.Record, m Match) detect.Hit {
	h := detect.Hit{Rule: e.set.Head(m.Rule), Time: r.TS, Topic: topic(f)}
	if c := r.Conn; c != nil {
		from, to := c.Orig.IP, c.Resp.IP
		if f.IsOrig.OK && !f.IsOrig.V {
			from, to = to, from
		}
		h.Source, h.Target = from, to
		h.UIDs, h.Conn = append(append(h.UIDs, c.UID), f.UIDs...), *c
	}
	add := func(field, v string) {
		if len(h.Facts) < maxFacts {
			h.Facts = append(h.Facts, detect.Fact{Field: field, Value: v})
		}
	}
	rule := e.set.rules[m.Rule]
	add("yara.rule", rule.name+" ("+rule.file+")")
	h.Facts = append(h.Facts, detect.FactsOf(r, "filename", "sha256", "mime_type", "source", "fuid")...)
	if !f.Whole {
		add("yara.seen", fmt.Sprintf("%d bytes of it were kept and judged", len(f.Content)))
	}
	shown := map[string]bool{}
	for _, s := range m.Strings {
		if !shown[s.ID] || len(m.Strings) <= 4 {
			add("yara."+s.ID, place(f, s))
		}
		shown[s.ID] = true
	}
	return h
}

// topic tells files apart: by their hash, or by their name.
func topic(f *files.Record) string {
	if f.SHA256 != "" {
		return f.SHA256[:16]
	}
	return f.Filename
}

// place tells where a string is, and its bytes. What an expression finds in a file that
// is no program may be about a patient: of it only the length is told.
func place(f *files.Record, s Found) string {
	if !s.Text && !f.Runs {
		return fmt.Sprintf("at %d: %d bytes", s.Offset, s.Length)
	}
	return fmt.Sprintf("at %d: %s", s.Offset, display(s.Bytes))
}

// display is bytes as text if they are text, also of two bytes a character, else in
// hexadecimal.
func display(b []byte) string {
	narrow := b
	if len(b) >= 4 && len(b)%2 == 0 {
		narrow = nil
		for i := 0; i < len(b); i += 2 {
			if b[i+1] != 0 {
				narrow = b
				break
			}
			narrow = append(narrow, b[i])
		}
	}
	for _, c := range narrow {
		if c < 0x20 || c > 0x7e {
			return hex.EncodeToString(b)
		}
	}
	return strconv.Quote(string(narrow))
}
