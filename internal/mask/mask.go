// Package mask writes the packets of chosen conversations, patient data overwritten in place.
//
// What is not known to be harmless is overwritten: a walker follows each conversation that it
// understands and says which bytes tell nothing of a patient; all others become X. Kept are
// the headers of packets, the association and the commands of DICOM, the tags and lengths of
// its data sets with a few values that every examination shares (PS3.6), the delimiters and
// the message header of HL7, the commands of SMB (MS-SMB2, MS-CIFS) and the remote procedures by
// which machines are managed (C706), the heads of HTTP (RFC 9112), what TLS and SSH sealed, and name look-ups. Programs
// are kept whole when they move, since they are the evidence. Answers to a log-in
// (MS-NLMP 2.2.1.3), passwords, file names that may be those of a person, and all content of
// other files are overwritten. Lengths and times stay, and the checksum of a segment is as
// right or as wrong as it was (RFC 1624).
//
// It goes over the captures twice: once to learn what stands where in the streams, since
// segments come late and repeated, and once to write. A byte that was sent twice with two
// values spoils its conversation: nothing of it is kept. As a second line, names and numbers
// of patients that were overwritten in one place are overwritten wherever else they stand in a
// packet, as they are or in UTF-16.
//
// It refuses to open files and to know incidents: it is given a source, the ids of
// conversations and a writer. Memory: the runs of bytes that are kept, bounded by Config;
// what is beyond is overwritten and counted. One goroutine.
package mask

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto"
	"lazaret/internal/sensor"
	"lazaret/internal/stream"
)

// Config bounds what masking may cost.
type Config struct {
	Runs    int `toml:"runs" doc:"most runs of harmless bytes that are remembered of the conversations that are written, 16 bytes each; what is beyond is overwritten"`
	Words   int `toml:"words" doc:"most names and numbers of patients that are looked for wherever they stand"`
	Message int `toml:"message" doc:"longest message of SMB or of remote procedures that is understood, bytes; a longer one is overwritten"`
}

// DefaultConfig takes at most 64 MiB for the runs.
func DefaultConfig() Config { return Config{Runs: 4 << 20, Words: 64 << 10, Message: 9 << 20} }

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	for _, x := range []struct {
		name     string
		v, least int
		most     int
	}{{"runs", c.Runs, 1, 1 << 28}, {"words", c.Words, 0, 1 << 22}, {"message", c.Message, 4 << 10, 1 << 26}} {
		if x.v < x.least || x.v > x.most {
			errs = append(errs, fmt.Errorf("mask.%s: %d is not between %d and %d", x.name, x.v, x.least, x.most))
		}
	}
	return errors.Join(errs...)
}

// Options are what a run needs besides its Config.
type Options struct {
	Open        func() (sensor.Source, error) // the captures from their beginning; called twice
	Wanted      map[string]bool               // ids of conversations
	Specs       []*proto.Spec                 // who recognises protocols
	Decode      decode.Config
	Flow        flow.Config
	Clear       bool   // overwrite nothing
	Comment     string // for the head of the file
	Application string
}

// Stats counts what was done.
type Stats struct {
	Conversations int    // that were found
	Missing       int    // that were wanted and not found
	Packets       uint64 // written
	Bytes         uint64 // of payload in them
	Masked        uint64 // of these, overwritten
	Pieces        uint64 // packets put together from fragments, which are left out
	Shed          uint64 // runs of bytes that found no room and were overwritten
	Words         int    // names and numbers that were looked for everywhere
	Again         uint64 // places where one of them stood and was overwritten
}

// Write writes the packets of the wanted conversations as pcapng. An error of the source or
// of the writer ends it.
func Write(cfg Config, out io.Writer, opt Options) (*Stats, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	x := &masker{cfg: cfg, opt: opt, talks: map[string]*talk{}, room: cfg.Runs, order: newAsked(opt.Specs), words: words{max: cfg.Words}}
	x.pool = stream.NewPool(stream.Config{Memory: 64 << 20, Held: 2 << 20, Pieces: 1024, Patience: 8}, 1)
	if !opt.Clear {
		if err := x.pass(x.learn); err != nil {
			return nil, err
		}
		x.words.build()
		x.stats.Words = len(x.words.list)
	}
	w, err := capture.NewNGWriter(out, opt.Comment, opt.Application)
	if err != nil {
		return nil, err
	}
	x.w, x.seen = w, map[string]bool{}
	if err := x.pass(x.write); err != nil {
		return nil, err
	}
	x.stats.Conversations = len(x.seen)
	x.stats.Missing = len(opt.Wanted) - len(x.seen)
	return &x.stats, nil
}

type masker struct {
	cfg   Config
	opt   Options
	talks map[string]*talk
	seen  map[string]bool // conversations that were written
	pool  *stream.Pool
	order *asked
	words words
	room  int // runs that may still be remembered
	w     *capture.NGWriter
	stats Stats
	whole []byte // the frame being written
}

// hit is a packet of a conversation that is wanted.
type hit struct {
	p    decode.Packet
	seen flow.Seen
	uid  string
}

// pass goes over the captures once. f gets each frame that has packets of wanted
// conversations, the outermost first.
func (x *masker) pass(f func(fr *capture.Frame, list []hit) error) (err error) {
	src, err := x.opt.Open()
	if err != nil {
		return err
	}
	if c, ok := src.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	dec := decode.New(x.opt.Decode)
	table := flow.NewTable(x.opt.Flow, 1, func(fl *flow.Flow, _ string) {
		if t, ok := fl.App.(*talk); ok {
			t.end()
		}
	})
	var now event.Time
	for {
		b, err := src.Next()
		if errors.Is(err, io.EOF) {
			table.Flush()
			return nil
		}
		if err != nil {
			return err
		}
		err = x.batch(b, dec, table, f)
		for i := range b.Frames {
			now = max(now, b.Frames[i].Time)
		}
		b.Release()
		if err != nil {
			return err
		}
		dec.Expire(now)
		table.Advance(now)
	}
}

// errVanished tells that a file was cut short while it was read.
var errVanished = errors.New("a file shrank while it was read")

func (x *masker) batch(b *capture.Batch, dec *decode.Decoder, table *flow.Table, f func(fr *capture.Frame, list []hit) error) (err error) {
	defer func() {
		if e := recover(); e != nil {
			if _, ok := e.(interface{ Addr() uintptr }); !ok {
				panic(e)
			}
			err = errVanished
		}
	}()
	var p decode.Packet
	var list []hit
	for i := range b.Frames {
		fr := &b.Frames[i]
		list = list[:0]
		for ok := dec.Frame(&p, fr); ok; ok = dec.Inner(&p) {
			p.Time, p.Index = fr.Time, fr.Index
			if h, ok := x.pick(&p, table); ok {
				list = append(list, h)
			}
			p = decode.Packet{Time: fr.Time, Index: fr.Index, Depth: p.Depth}
		}
		if len(list) > 0 {
			if err := f(fr, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// pick says whether a packet belongs to a conversation that is wanted.
func (x *masker) pick(p *decode.Packet, table *flow.Table) (hit, bool) {
	seen, ok := table.Packet(p)
	if !ok {
		return hit{}, false
	}
	if seen.New {
		seen.Flow.App = nil
		if uid := seen.Flow.Identity().UID; x.opt.Wanted[uid] {
			t := x.talks[uid]
			if t == nil {
				t = newTalk(x, uid, seen.Dir, p)
				x.talks[uid] = t
			}
			seen.Flow.App = t
		}
	}
	t, ok := seen.Flow.App.(*talk)
	if seen.Closed { // so that the next conversation on these ports is another
		table.Close(seen.Flow, seen.Dir)
	}
	if !ok {
		return hit{}, false
	}
	return hit{*p, seen, t.uid}, true
}

// side tells the two ends of a conversation apart by their addresses alone, so that it does
// not change when it turns out who began.
func side(p *decode.Packet) int {
	if c := bytes.Compare(p.Src[:], p.Dst[:]); c != 0 {
		return (c + 1) / 2
	}
	if p.SrcPort > p.DstPort {
		return 1
	}
	return 0
}

// learn follows the streams.
func (x *masker) learn(_ *capture.Frame, list []hit) error {
	for i := range list {
		h := &list[i]
		t := h.seen.Flow.App.(*talk)
		if h.p.Kind != decode.KindTCP || t.st == nil {
			continue
		}
		d := side(&h.p)
		if h.seen.Usable && len(h.p.Payload) > 0 {
			t.st.Segment(d, h.seen.Seq, h.p.Payload, h.p.PayloadLen)
		}
		if h.seen.Ack > 0 {
			t.st.Ack(1-d, h.seen.Ack)
		}
	}
	return nil
}

// write masks a frame and writes it. Of packets within each other the innermost that is
// wanted decides, and what is before its payload stays.
func (x *masker) write(fr *capture.Frame, list []hit) error {
	h := &list[len(list)-1]
	x.seen[h.uid] = true
	data := fr.Data
	if !x.opt.Clear {
		at, ok := place(data, h.p.Payload)
		if !ok {
			x.stats.Pieces++
			return nil
		}
		x.whole = append(x.whole[:0], data...)
		data = x.whole
		x.cover(data, at, h)
	}
	x.stats.Packets++
	x.stats.Bytes += uint64(len(h.p.Payload))
	return x.w.Write(fr.Time, fr.Link, data, fr.Len)
}

// place is where a payload begins in its frame. It is false if it was put together elsewhere.
func place(frame, payload []byte) (int, bool) {
	at := cap(frame) - cap(payload)
	if cap(payload) == 0 {
		return len(frame), true
	}
	if at < 0 || at+len(payload) > len(frame) {
		return 0, false
	}
	if len(payload) > 0 && &frame[at] != &payload[0] {
		return 0, false
	}
	return at, true
}

// cover overwrites what is not kept of a payload, what stands behind it in the frame, and
// mends the checksum.
func (x *masker) cover(frame []byte, at int, h *hit) {
	t := h.seen.Flow.App.(*talk)
	end := at + len(h.p.Payload)
	clear(frame[end:])
	payload := frame[at:end]
	if len(payload) == 0 {
		return
	}
	before := sum(payload)
	switch {
	case h.p.Kind == decode.KindTCP && h.seen.Usable:
		x.runs(&t.kept[side(&h.p)], payload, h.seen.Seq)
	case h.p.Kind == decode.KindUDP && x.order.plain(t, side(&h.p), payload):
		x.stats.Again += uint64(x.words.cover(payload))
	default:
		x.fill(payload)
	}
	x.mend(frame, at, h, before, sum(payload))
}

// mend brings the checksum of a packet up to date with what changed (RFC 1624 3, equation 3).
func (x *masker) mend(frame []byte, at int, h *hit, before, after uint32) {
	var place int
	switch h.p.Kind {
	case decode.KindTCP:
		place = at - len(h.p.Options) - 4
	case decode.KindUDP:
		place = at - 2
	case decode.KindICMP:
		place = at - 6
	default:
		return
	}
	if place < 0 || place+2 > at {
		return
	}
	old := uint32(frame[place])<<8 | uint32(frame[place+1])
	if h.p.Kind == decode.KindUDP && old == 0 {
		return // there is none
	}
	s := ^old&0xffff + ^before&0xffff + after
	for s>>16 != 0 {
		s = s>>16 + s&0xffff
	}
	s = ^s & 0xffff
	if h.p.Kind == decode.KindUDP && s == 0 {
		s = 0xffff
	}
	frame[place], frame[place+1] = byte(s>>8), byte(s)
}

// sum is the ones' complement sum of b (RFC 1071).
func sum(b []byte) uint32 {
	var s uint64
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	for s>>16 != 0 {
		s = s>>16 + s&0xffff
	}
	return uint32(s)
}

// fill overwrites all of b.
func (x *masker) fill(b []byte) {
	x.stats.Masked += uint64(len(b))
	for len(b) > 0 {
		b = b[copy(b, blank):]
	}
}

const blank = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"

// runs overwrites the bytes of b, whose first stands at a position, that are not kept, and
// words of patients in those that are.
func (x *masker) runs(r *runs, b []byte, from uint64) {
	i, _ := slices.BinarySearchFunc(r.list, from, func(a run, at uint64) int {
		if a.to <= at {
			return -1
		}
		return 1
	})
	end, at := from+uint64(len(b)), from
	for ; at < end; i++ {
		next := run{end, end}
		if i < len(r.list) {
			next = r.list[i]
		}
		if next.from > at {
			x.fill(b[at-from : min(next.from, end)-from])
			at = next.from
		}
		if to := min(next.to, end); at < to {
			x.stats.Again += uint64(x.words.cover(b[at-from : to-from]))
			at = to
		}
	}
}
