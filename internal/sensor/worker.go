package sensor

import (
	"runtime/debug"
	"time"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/stream"
)

// shardOf places a packet by its two hosts. Packets without hosts share one
// shard, so that the state of the link (who has which address) is in one place.
func shardOf(p *decode.Packet) int {
	if p.Kind == decode.KindARP || p.Kind == decode.KindOther {
		return 0
	}
	return int(netid.PairHash(p.Src, p.Dst) % Shards)
}

// worker owns some of the shards.
type worker struct {
	r      *run
	in     chan work
	out    chan result
	pool   chan []routed
	spent  chan []ranked
	next   []routed // owned by the reader
	shards []*shard // by shard number; nil for those of other workers
	mine   []*shard
	// pending are records that the merger does not have yet.
	pending []ranked
	fault   bool // a mapped file shrank
}

func newWorker(r *run, order *order, i, n int) *worker {
	w := &worker{
		r: r, in: make(chan work, r.cfg.Queue), out: make(chan result, r.cfg.Queue),
		pool: make(chan []routed, r.cfg.Queue+2), spent: make(chan []ranked, r.cfg.Queue+1),
		shards: make([]*shard, Shards),
	}
	for s := i; s < Shards; s += n {
		w.shards[s] = newShard(w, order, s)
		w.mine = append(w.mine, w.shards[s])
	}
	return w
}

// spare returns an empty slice that a former work item no longer needs.
func (w *worker) spare() []routed {
	select {
	case s := <-w.pool:
		return s[:0]
	default:
		return nil
	}
}

func (w *worker) run() {
	debug.SetPanicOnFault(true)
	for item := range w.in {
		for i := 0; i < len(item.packets); {
			i = w.packets(item.batch.packets, item.packets, i)
		}
		w.sort()
		for _, s := range w.mine {
			s.index, s.rank = item.index, uint8(Shards+s.num)
			if item.last {
				s.finish(item.now)
			} else {
				s.advance(item.now)
			}
			s.rank = uint8(s.num)
		}
		w.flush(item.now, true)
		if item.batch != nil {
			item.batch.done()
		}
		if item.packets != nil {
			select {
			case w.pool <- item.packets:
			default:
			}
		}
	}
	close(w.out)
}

// packets runs the packets from i on and returns where to go on: behind the last,
// or behind the one whose bytes vanished with the end of a mapped file.
func (w *worker) packets(packets []decode.Packet, list []routed, i int) (next int) {
	defer func() {
		if e := recover(); e != nil {
			if !vanished(e) {
				panic(e)
			}
			w.fault = true
			next++
		}
	}()
	for next = i; next < len(list); next++ {
		p := &packets[list[next].at]
		if len(w.pending) >= chunk && p.Index != packets[list[next-1].at].Index {
			w.sort()
			w.flush(0, false)
		}
		w.shards[list[next].shard].packet(p)
	}
	return next
}

// shard is one part of the traffic: its flows, streams and analyzers.
type shard struct {
	num       int
	rank      uint8 // of the records it makes now, see ranked
	w         *worker
	r         *run
	order     *order
	table     *flow.Table
	pool      *stream.Pool
	key       pseudonyms
	links     []linked
	now       event.Time
	index     uint64
	mac       netid.MAC // sender of the current packet
	lastSweep event.Time
	idle      idle
	expected  expected
	shared    map[*proto.Spec]any
	keepers   []*keeper
	c         counters
}

func newShard(w *worker, order *order, num int) *shard {
	r := w.r
	s := &shard{num: num, rank: uint8(num), w: w, r: r, order: order, pool: stream.NewPool(r.cfg.Stream, Shards), key: newPseudonyms(r.opt.Key)}
	s.table = flow.NewTable(r.cfg.Flow, Shards, s.ended)
	s.idle.max = max(r.cfg.Conversations/Shards, 16)
	s.idle.room = r.cfg.Memory / Shards
	s.c.init()
	s.keep()
	return s
}

func (s *shard) packet(p *decode.Packet) {
	s.now, s.index, s.mac = max(s.now, p.Time), p.Index, p.SrcMAC
	if p.Defect > decode.BadIPChecksum { // wrong checksums are offload, and only counted
		s.defect(p)
	}
	switch p.Kind {
	case decode.KindARP, decode.KindOther:
		s.link(p)
		return
	}
	seen, ok := s.table.Packet(p)
	if !ok {
		return
	}
	switch p.Kind {
	case decode.KindTCP:
		s.tcp(p, &seen)
	case decode.KindUDP:
		if seen.Usable {
			s.udp(p, &seen)
		}
	}
}

// defect records what the decoder found wrong with a packet, a bounded number of
// times for each kind; all are counted in the decoder's statistics.
func (s *shard) defect(p *decode.Packet) {
	if s.c.defects[p.Defect] >= uint64(s.r.cfg.Weirds) {
		return
	}
	s.c.defects[p.Defect]++
	var id *event.Conn
	if !p.Src.IsZero() || !p.Dst.IsZero() {
		id = &event.Conn{
			Orig:  netid.Endpoint{IP: p.Src, Port: p.SrcPort},
			Resp:  netid.Endpoint{IP: p.Dst, Port: p.DstPort},
			Proto: p.Proto, OrigMAC: p.SrcMAC, RespMAC: p.DstMAC, VLAN: p.VLAN,
		}
	}
	s.put(event.Record{TS: p.Time, Index: p.Index, Conn: id, Body: &Weird{Name: p.Defect.String(), Source: "packet"}})
}

// tcp hands the payload of a segment to the stream of its conversation. A
// conversation costs nothing here until its first payload.
func (s *shard) tcp(p *decode.Packet, seen *flow.Seen) {
	f := seen.Flow
	c, _ := f.App.(*convo)
	if c != nil {
		s.idle.touch(c, s.now)
	} else {
		_, gone := f.App.(retired)
		if gone || !seen.Usable && !lacks(seen) {
			if seen.Closed {
				s.table.Close(f, seen.Dir)
			}
			return
		}
		c = newConvo(s, f, proto.TCP, "")
		s.admit(c)
		c.meet(false)
		for d := range 2 { // a FIN may have come first
			if end, ok := f.Fin(d); ok {
				c.st.Fin(d, end)
			}
		}
	}
	if seen.Flipped {
		c.flip()
	}
	d := seen.Dir
	if seen.Usable && len(p.Payload) > 0 {
		c.st.Segment(d, seen.Seq, p.Payload, p.PayloadLen)
	}
	if seen.Ack > 0 {
		c.st.Ack(1-d, seen.Ack)
	}
	if seen.Closed {
		c.closing |= 1 << d
		if !seen.Reset {
			c.st.Fin(d, seen.Seq+uint64(p.PayloadLen))
		}
	}
	for e := range 2 {
		switch {
		case c.closing&(1<<e) == 0:
		case seen.Reset && e == d: // more may come: it may be forged
			c.closing &^= 1 << e
			s.table.Close(f, e)
		case c.st.Settled(e):
			s.table.Close(f, e)
			if !c.st.Pending(e) {
				c.closing &^= 1 << e
				c.end(proto.Dir(e))
			}
		}
	}
	s.weigh(c)
}

// lacks says that a packet without payload shows that payload is missing: an
// acknowledgement of it or a FIN after it.
func lacks(seen *flow.Seen) bool {
	return seen.Ack > 1 || seen.Closed && !seen.Reset && seen.Seq > 1
}

// probed is the App of a UDP flow whose protocol is not known: how many
// datagrams were probed. Small values are stored without allocation.
type probed uint8

// maxProbes is how many datagrams of an unknown flow are looked at: calls agree on
// their way with some of another protocol before the one that is known begins.
const maxProbes = 32

func (s *shard) udp(p *decode.Packet, seen *flow.Seen) {
	f := seen.Flow
	d := proto.Dir(seen.Dir)
	switch app := f.App.(type) {
	case *convo:
		s.idle.touch(app, s.now)
		app.datagram(d, p.Payload)
		s.weigh(app)
		return
	case retired:
		return
	case probed:
		if app >= maxProbes {
			return
		}
		f.App = app + 1
	default:
		f.App = probed(1)
	}
	if len(p.Payload) == 0 {
		return
	}
	orig, resp := f.Ends()
	announced := s.expected.expects(orig, resp)
	spec := s.recognise(orig.Port, resp.Port, d, p.Payload)
	if spec == nil && !announced {
		return
	}
	c := newConvo(s, f, proto.UDP, "")
	s.admit(c)
	if !announced || !c.meet(true) {
		if spec == nil {
			return
		}
		c.attach(spec)
	}
	c.datagram(d, p.Payload)
	s.weigh(c)
}

// advance moves packet time to a batch's end. Sweeping every batch would cost
// more than it frees, so it happens once a second of packet time.
func (s *shard) advance(now event.Time) {
	s.now = max(s.now, now)
	if s.now-s.lastSweep >= event.Time(time.Second) {
		s.lastSweep = s.now
		s.table.Advance(s.now)
		s.eachKeeper(func(k proto.Keeper) { k.Advance(s.now) })
	}
}

// finish ends everything that is open.
func (s *shard) finish(now event.Time) {
	s.now = max(s.now, now)
	s.table.Advance(s.now)
	s.table.Flush()
	s.eachKeeper(proto.Keeper.Flush)
	s.closeLinks()
}

// ended is called by the table for each flow that ends.
func (s *shard) ended(f *flow.Flow, why string) {
	c, _ := f.App.(*convo)
	var id *event.Conn
	if c != nil {
		c.finish()
		id = c.conn
	}
	if id == nil {
		id = f.Identity()
	}
	rec := f.Record()
	rec.Shed = why
	rec.OrigSYN, rec.RespSYN = s.table.Shapes(f)
	s.count(f, rec, c)
	s.put(event.Record{TS: f.First(), Index: s.index, Conn: id, Body: rec})
}
