// Package prototest holds what the tests of every protocol share.
//
// Feed drives an analyzer as the stream does (unconsumed bytes kept, Need
// honoured, passed-over bytes never shown, gaps reported), without packets, so
// that a parser can be tested from literal bytes. Golden and Fuzz replay captures
// and mutated captures through the real decode, flow and stream, and demand the
// same records for the same bytes however they were cut.
//
// It is imported by tests only and owns nothing. It refuses to know a protocol:
// what is particular to one is in its own tests.
package prototest

import (
	"fmt"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Segment is a run of bytes of one direction. Lost, when positive, is a gap of
// that many bytes instead.
type Segment struct {
	Dir  proto.Dir
	Data []byte
	Lost int
}

// Flow is a proto.Flow that collects what the analyzer says.
type Flow struct {
	Time    event.Time
	ID      event.Conn
	MAC     netid.MAC
	Records []event.Record
	Weirds  []string
	Blinds  []string
	Handed  []Segment
	Hints   []string // the names with which they were handed
	// Offered are the entities offered, Files the files stored; their contents
	// are taken only with Take.
	Offered []*Offer
	Files   []*Stored
	Take    bool
	// Channels are the inner streams opened, Expected what was announced.
	Channels []*Inner
	Expected []proto.Expectation
	// Known is what About tells, State what Shared gives.
	Known proto.About
	State any
	// Who says which account a message claims that was handed on; nil if none does.
	// Claims are those that the analyzer told itself.
	Who    func(b []byte) (account string, claims bool)
	Claims []string
	an     proto.Analyzer
	sides  *[2]side
}

// Offer is an entity that an analyzer offered, with what it gave of the content.
type Offer struct {
	proto.Entity
	Body          []byte
	Gaps          int // times Lost was called
	Closed, Whole bool
}

// Content implements proto.Taker.
func (o *Offer) Content(b []byte) { o.Body = append(o.Body, b...) }

// Lost implements proto.Taker.
func (o *Offer) Lost(int) { o.Gaps++ }

// Close implements proto.Taker.
func (o *Offer) Close(whole bool) { o.Closed, o.Whole = true, whole }

// NewFlow is a conversation between 192.0.2.1:49152 and 192.0.2.2:104.
func NewFlow() *Flow {
	return &Flow{Time: 1_700_000_000_000_000_000, ID: event.Conn{
		UID:  "CTest",
		Orig: netid.Endpoint{IP: netid.IPv4(192, 0, 2, 1), Port: 49152},
		Resp: netid.Endpoint{IP: netid.IPv4(192, 0, 2, 2), Port: 104}, Proto: 6,
	}}
}

// Now implements proto.Flow.
func (f *Flow) Now() event.Time { return f.Time }

// Conn implements proto.Flow.
func (f *Flow) Conn() *event.Conn { return &f.ID }

// SrcMAC implements proto.Flow.
func (f *Flow) SrcMAC() netid.MAC { return f.MAC }

// Emit implements proto.Flow.
func (f *Flow) Emit(ts event.Time, p event.Payload) {
	f.Records = append(f.Records, event.Record{TS: ts, Index: uint64(len(f.Records) + 1), Conn: &f.ID, Body: p})
}

// Weird implements proto.Flow.
func (f *Flow) Weird(code string, _ int) { f.Weirds = append(f.Weirds, code) }

// Pseudonym implements proto.Flow with a visible, unkeyed stand-in for tests.
func (f *Flow) Pseudonym(kind string, v []byte) string {
	h := uint64(14695981039346656037)
	for _, c := range append([]byte(kind+"\x00"), v...) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return fmt.Sprintf("%s:%016x", kind, h)
}

// Blind implements proto.Flow.
func (f *Flow) Blind(reason string) { f.Blinds = append(f.Blinds, reason) }

// Ahead implements proto.Passer.
func (f *Flow) Ahead(d proto.Dir) int {
	if f.sides == nil {
		return 0
	}
	return f.sides[d].skip
}

// Flip implements proto.Flow. Feed keeps the directions of its segments, so it
// refuses.
func (f *Flow) Flip() bool { return false }

// Asked implements proto.Asker: tests want everything.
func (f *Flow) Asked(string) bool { return true }

// Hand implements proto.Flow.
func (f *Flow) Hand(d proto.Dir, b []byte, name string) {
	f.Hints = append(f.Hints, name)
	f.Handed = append(f.Handed, Segment{Dir: d, Data: append([]byte(nil), b...)})
	if l, ok := f.an.(proto.Listener); ok && f.Who != nil {
		if account, claims := f.Who(b); claims {
			l.Claimed(account)
		}
	}
}

// Claim implements proto.Claimer.
func (f *Flow) Claim(account string) { f.Claims = append(f.Claims, account) }

// Offer implements proto.Flow.
func (f *Flow) Offer(e *proto.Entity) proto.Taker {
	o := &Offer{Entity: *e}
	f.Offered = append(f.Offered, o)
	if !f.Take {
		return nil
	}
	return o
}

// JSON is all records, one a line, for comparison and golden files.
func (f *Flow) JSON() string {
	var b []byte
	for i := range f.Records {
		b = append(b, f.Records[i].Body.Schema().Name...)
		b = append(b, ' ')
		b = append(f.Records[i].AppendJSON(b), '\n')
	}
	return string(b)
}

// side is the stream of one direction.
type side struct {
	buf  []byte
	skip int
	need int
}

// Feed runs the segments through a new analyzer of the spec and ends both
// directions. It stops at the first error, as the sensor does, and notes its
// code in Weirds with the prefix "error:". A broken promise (Done or Need
// negative, more kept than Budget) panics, so that a test or fuzz run fails.
func Feed(spec *proto.Spec, segs []Segment) *Flow {
	return FeedInto(NewFlow(), spec, segs)
}

// FeedInto is Feed into a conversation of which something is known.
func FeedInto(f *Flow, spec *proto.Spec, segs []Segment) *Flow {
	if spec.NewShared != nil && f.State == nil {
		f.State = spec.NewShared()
	}
	a := spec.New(f).(proto.Analyzer)
	var sides [2]side
	f.sides, f.an = &sides, a
	for _, s := range segs {
		f.Time += 1_000_000
		if !sides[s.Dir].feed(spec, f, a, s) {
			break
		}
	}
	a.End(proto.Orig)
	a.End(proto.Resp)
	return f
}

func (s *side) feed(spec *proto.Spec, f *Flow, a proto.Analyzer, seg Segment) bool {
	if seg.Lost > 0 {
		n := min(seg.Lost, s.skip)
		s.skip -= n
		if n == seg.Lost {
			return true
		}
		s.buf, s.need = nil, 0
		return a.Gap(seg.Dir, seg.Lost-n)
	}
	data := seg.Data
	n := min(len(data), s.skip)
	s.skip -= n
	s.buf = append(s.buf, data[n:]...)
	for s.skip == 0 && len(s.buf) > 0 && len(s.buf) >= s.need {
		p, err := a.Parse(seg.Dir, s.buf)
		if err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
			return false
		}
		if p.Done < 0 || p.Need < 0 || p.Need > spec.Budget {
			panic(fmt.Sprintf("%s: impossible progress %+v of %d bytes", spec.Name, p, len(s.buf)))
		}
		over := p.Done - len(s.buf)
		s.need = p.Need
		if over >= 0 {
			s.buf, s.skip = s.buf[:0], over
			return true
		}
		s.buf = s.buf[p.Done:]
		if p.Done == 0 {
			break
		}
	}
	if len(s.buf) > spec.Budget {
		panic(fmt.Sprintf("%s: keeps %d bytes, budget is %d", spec.Name, len(s.buf), spec.Budget))
	}
	return true
}

// Recut cuts the data of segments at the given sizes, taken in turn, keeping
// directions and order.
func Recut(segs []Segment, sizes []int) []Segment {
	var out []Segment
	k := 0
	for _, s := range segs {
		if s.Lost > 0 || len(sizes) == 0 {
			out = append(out, s)
			continue
		}
		for d := s.Data; len(d) > 0; k++ {
			n := min(max(1, sizes[k%len(sizes)]), len(d))
			out = append(out, Segment{Dir: s.Dir, Data: d[:n]})
			d = d[n:]
		}
	}
	return out
}

// Untimed drops time stamps from JSON lines, because cutting moves them.
func Untimed(json string) string {
	var b strings.Builder
	for line := range strings.Lines(json) {
		if i := strings.Index(line, `{"ts":`); i >= 0 {
			if j := strings.IndexByte(line[i:], ','); j > 0 {
				line = line[:i+1] + line[i+j+1:]
			}
		}
		b.WriteString(line)
	}
	return b.String()
}
