package sensor

import (
	"errors"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/stream"
)

// convo is the application side of one conversation: it finds the protocol, and
// then stands between the stream and the analyzer.
type convo struct {
	s       *shard
	f       *flow.Flow
	conn    *event.Conn
	st      *stream.Stream
	spec    *proto.Spec
	an      proto.Analyzer
	dg      proto.Datagram
	rd      proto.Reader // of kind Content
	prober  *prober      // while the protocol is unknown
	dropped [2]int       // bytes of a direction that no probe wanted
	closing uint8        // bit d: a FIN was seen, bytes may be missing
	ended   uint8        // bit d: the analyzer knows the end
	weirds  int
	inner   map[string]*convo
	readers []*reader // of kind Content, in the order of the protocols
	// channels are the inner streams that are open, in the order of opening.
	channels []*convo
	parent   *convo
	about    *proto.About // nil if nothing is known
	pos      [2]uint64    // of inner bytes
	kind     proto.Transport
	// prev, next and touched belong to the shard's list of idle conversations.
	prev, next *convo
	touched    event.Time
	given      int // bytes analyzed since its memory was estimated
	cost       int // that estimate
}

// newConvo makes the conversation of a flow. name is the protocol that is asked
// first and may be empty.
func newConvo(s *shard, f *flow.Flow, kind proto.Transport, name string) *convo {
	c := &convo{s: s, f: f, kind: kind}
	if kind != proto.UDP {
		c.st = s.pool.New(c)
		c.prober = s.order.prober(c, name)
	}
	return c
}

func (c *convo) flip() {
	c.st.Flip()
	c.dropped[0], c.dropped[1] = c.dropped[1], c.dropped[0]
}

// attach gives the conversation to a protocol.
func (c *convo) attach(spec *proto.Spec) {
	c.spec, c.prober = spec, nil
	var a any
	c.s.guard(func() { a = spec.New(c) })
	c.an, _ = a.(proto.Analyzer)
	c.dg, _ = a.(proto.Datagram)
	c.f.Named(spec.Name)
	c.s.c.attached[spec.Name]++
	c.analyzed(recount)
}

func (c *convo) detach() {
	if c.an == nil && c.dg == nil {
		return
	}
	c.an, c.dg = nil, nil
	c.s.c.detached[c.spec.Name]++
}

// guard runs one call of the analyzer, which is detached when it panics.
func (c *convo) guard(call func()) bool {
	if c.s.guard(call) {
		return true
	}
	c.weird("analyzer_panic", 0)
	c.detach()
	return false
}

// Data implements stream.Sink.
func (c *convo) Data(d int, b []byte) (done, need int, ok bool) {
	if c.prober != nil {
		if done, need, ok = c.probe(d, b); c.prober != nil || !ok || done > 0 {
			return done, need, ok
		}
		// Recognised: the analyzer gets the same bytes.
	}
	if c.an == nil {
		return 0, 0, false
	}
	c.analyzed(len(b))
	var p proto.Progress
	var err error
	if !c.guard(func() { p, err = c.an.Parse(proto.Dir(d), b) }) {
		return 0, 0, false
	}
	if err != nil {
		c.broken(err)
		return 0, 0, false
	}
	if p.Done == 0 && len(b) > c.spec.Budget || p.Need > c.spec.Budget {
		c.weird("budget_exceeded", 0)
		c.finishAnalyzer()
		c.detach()
		return 0, 0, false
	}
	return p.Done, p.Need, true
}

// broken records why an analyzer gave up and detaches it.
func (c *convo) broken(err error) {
	c.weird(fault(err))
	c.finishAnalyzer()
	c.detach()
}

// fault is the code and offset of an analyzer's error.
func fault(err error) (code string, off int) {
	var pe *proto.Error
	if errors.As(err, &pe) {
		return pe.Code, pe.Offset
	}
	return "protocol_error", 0
}

// Gap implements stream.Sink.
func (c *convo) Gap(d int, n int) bool {
	if c.prober != nil {
		return c.probeGap(d, n)
	}
	if c.an == nil {
		return false
	}
	var keep bool
	if !c.guard(func() { keep = c.an.Gap(proto.Dir(d), n) }) {
		return false
	}
	if !keep {
		c.finishAnalyzer()
		c.detach()
	}
	return keep
}

// Conflict implements stream.Sink.
func (c *convo) Conflict(int) { c.weird("rexmit_inconsistency", 0) }

// Lost implements stream.Sink.
func (c *convo) Lost(d int, n uint64) {
	if c.parent == nil {
		c.s.c.missed += n
		c.f.Gap(d, n)
	}
}

// Late implements stream.Sink.
func (c *convo) Late(_ int, n uint64) {
	if c.parent == nil {
		c.s.c.missed -= min(c.s.c.missed, n)
		c.f.Late(n)
	}
}

// analyzed counts what an analyzer was given, with the conversation on the wire.
func (c *convo) analyzed(n int) {
	for c.parent != nil {
		c = c.parent
	}
	c.given += n
}

// datagram gives one UDP payload to the analyzer.
func (c *convo) datagram(d proto.Dir, b []byte) {
	if c.dg == nil {
		return
	}
	c.analyzed(len(b))
	var err error
	c.guard(func() { err = c.dg.Packet(d, b) })
	if err != nil {
		c.weird(fault(err))
	}
}

// end tells the analyzer that a direction brings no more.
func (c *convo) end(d proto.Dir) {
	if c.ended&(1<<d) != 0 {
		return
	}
	if c.prober != nil {
		c.probeEnd(int(d))
	}
	c.ended |= 1 << d
	if c.an != nil {
		c.guard(func() { c.an.End(d) })
	}
	for _, name := range sortedKeys(c.inner) {
		c.inner[name].end(d)
	}
	for _, in := range c.channels {
		in.end(d)
	}
}

func (c *convo) finishAnalyzer() {
	for d := range proto.Dir(2) {
		if c.ended&(1<<d) == 0 {
			c.ended |= 1 << d
			if c.an != nil {
				c.guard(func() { c.an.End(d) })
			}
		}
	}
}

// finish delivers what is left and ends the analyzer.
func (c *convo) finish() {
	if c.parent == nil {
		c.s.idle.remove(c)
		c.s.idle.used -= c.cost
		c.cost = 0
	}
	if c.st != nil {
		c.st.Close(0)
		c.st.Close(1)
	}
	c.end(proto.Orig)
	c.end(proto.Resp)
	if c.dg != nil && (c.kind == proto.UDP || c.kind == proto.Message) {
		c.guard(c.dg.Close)
	}
	if c.st != nil {
		c.st.Free()
	}
	for _, name := range sortedKeys(c.inner) {
		c.inner[name].finish()
	}
	c.closeChannels()
	c.closeReaders()
}

// Now implements proto.Flow.
func (c *convo) Now() event.Time { return c.s.now }

// Conn implements proto.Flow.
func (c *convo) Conn() *event.Conn {
	if c.parent != nil {
		return c.parent.Conn()
	}
	if c.conn == nil {
		c.conn = c.f.Identity()
	}
	return c.conn
}

// SrcMAC implements proto.Flow.
func (c *convo) SrcMAC() netid.MAC { return c.s.mac }

// Ahead implements proto.Passer.
func (c *convo) Ahead(d proto.Dir) int {
	if c.st == nil {
		return 0
	}
	return int(c.st.Ahead(int(d)))
}

// Asked implements proto.Asker.
func (c *convo) Asked(log string) bool { return slices.Contains(c.s.r.cfg.Extra, log) }

// Emit implements proto.Flow.
func (c *convo) Emit(ts event.Time, p event.Payload) {
	if c.kind == proto.Content {
		// What a reader wanted to see need not be of its protocol; what it tells is.
		c.f.Named(c.spec.Name)
	}
	c.s.put(event.Record{TS: ts, Index: c.s.index, Conn: c.Conn(), Body: p})
}

// Weird implements proto.Flow.
func (c *convo) Weird(code string, off int) { c.weird(code, off) }

func (c *convo) weird(code string, off int) {
	source := ""
	if c.spec != nil {
		source = c.spec.Name
	}
	c.s.c.weird(source, code)
	if c.weirds >= c.s.r.cfg.Weirds {
		c.s.c.weirdsShed++
		return
	}
	c.weirds++
	c.Emit(c.s.now, &Weird{Name: code, Source: source, Offset: uint64(max(off, 0))})
}

// Pseudonym implements proto.Flow.
func (c *convo) Pseudonym(kind string, v []byte) string { return c.s.key.of(kind, v) }

// Blind implements proto.Flow.
func (c *convo) Blind(reason string) {
	outer := c
	for outer.parent != nil {
		outer = outer.parent
	}
	orig, resp := outer.f.Ends()
	c.s.c.unseen(reason, orig, resp)
}

// Flip implements proto.Flow. Only conversations of datagrams are flipped: a
// stream's bytes on the way keep their direction.
func (c *convo) Flip() bool {
	if c.conn != nil || c.kind != proto.UDP {
		return false
	}
	if _, resp := c.f.Ends(); !resp.IP.IsUnicast() {
		return false // an announcement to a group is no answer
	}
	c.f.Flip()
	return true
}
