package flow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/wheel"
)

// Config bounds a Table. The time-outs are Zeek's defaults.
type Config struct {
	Max       int           `toml:"max" doc:"most conversations open at once, over all shards; one of TCP counts twice from its second packet or first payload on"`
	Attempt   time.Duration `toml:"attempt" doc:"a SYN without an answer is given up after this"`
	Linger    time.Duration `toml:"linger" doc:"a closed TCP conversation is kept this long for stragglers"`
	TCPIdle   time.Duration `toml:"tcp_idle" doc:"an open TCP conversation ends after this silence"`
	ShakeIdle time.Duration `toml:"handshake_idle" doc:"an unfinished handshake ends after this silence"`
	UDPIdle   time.Duration `toml:"udp_idle" doc:"a UDP conversation ends after this silence"`
	DNSIdle   time.Duration `toml:"dns_idle" doc:"a name look-up over UDP ends after this silence"`
	ICMPIdle  time.Duration `toml:"icmp_idle" doc:"an ICMP or other conversation ends after this silence"`
}

// DefaultConfig allows 1.3 million open conversations of one packet, or half of
// that with all their state: 280 MiB.
func DefaultConfig() Config {
	return Config{
		Max: 5 << 18, Attempt: 5 * time.Second, Linger: 5 * time.Second,
		TCPIdle: 5 * time.Minute, ShakeIdle: time.Minute, UDPIdle: time.Minute, ICMPIdle: time.Minute, DNSIdle: 10 * time.Second,
	}
}

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Max < 1024 {
		errs = append(errs, fmt.Errorf("flow.max: %d is less than 1024", c.Max))
	}
	for _, d := range []struct {
		name string
		v    time.Duration
	}{{"attempt", c.Attempt}, {"linger", c.Linger}, {"tcp_idle", c.TCPIdle},
		{"handshake_idle", c.ShakeIdle}, {"udp_idle", c.UDPIdle}, {"icmp_idle", c.ICMPIdle}, {"dns_idle", c.DNSIdle}} {
		if d.v <= 0 || d.v > 24*time.Hour {
			errs = append(errs, fmt.Errorf("flow.%s: %v is not between 0 and 24h", d.name, d.v))
		}
	}
	return errors.Join(errs...)
}

// Table holds the flows of one shard.
type Table struct {
	cfg   Config
	max   int
	slots []uint32 // open addressing, slot index + 1; 0 is empty
	used  int
	heavy int // flows with the state of TCP
	slab  []*[chunk]Flow
	free  []uint32
	timer *wheel.Wheel
	last  *Flow // of the packet before, because segments come in trains; or nil
	now   event.Time
	shed  uint64
	peak  int
	syns  shapes // those of SYNs
	// end is called for every flow that ends, before its memory is reused.
	end func(f *Flow, why string)
}

const chunk = 64

// NewTable makes the table of one of shards equal parts. end is called for each
// flow that ends; why is empty unless it was shed.
func NewTable(cfg Config, shards int, end func(f *Flow, why string)) *Table {
	return &Table{
		cfg: cfg, max: max(cfg.Max/shards, 16), slots: make([]uint32, 64),
		timer: wheel.New(int64(time.Second)), end: end,
	}
}

// Len is the number of open flows; Peak the most there ever were; Shed the number
// closed early for want of room.
func (t *Table) Len() int     { return t.used }
func (t *Table) Peak() int    { return t.peak }
func (t *Table) Shed() uint64 { return t.shed }

func (t *Table) flow(i uint32) *Flow { return &t.slab[i/chunk][i%chunk] }

// find returns the slot position of the key: that of its flow, or the empty one
// where it belongs.
func (t *Table) find(k *netid.Key) int {
	mask := len(t.slots) - 1
	i := int(k.Hash()) & mask
	for {
		s := t.slots[i]
		if s == 0 || t.flow(s-1).key == *k {
			return i
		}
		i = (i + 1) & mask
	}
}

// remove empties a slot and closes the gap in the probe sequence behind it.
func (t *Table) remove(k *netid.Key) {
	mask := len(t.slots) - 1
	i := t.find(k)
	if t.slots[i] == 0 {
		return
	}
	j := i
	for {
		j = (j + 1) & mask
		s := t.slots[j]
		if s == 0 {
			break
		}
		home := int(t.flow(s-1).key.Hash()) & mask
		if (j-home)&mask >= (j-i)&mask {
			t.slots[i] = s
			i = j
		}
	}
	t.slots[i] = 0
}

func (t *Table) grow() {
	old := t.slots
	t.slots = make([]uint32, 2*len(old))
	for _, s := range old {
		if s != 0 {
			t.slots[t.find(&t.flow(s-1).key)] = s
		}
	}
}

// Seen is what the table says about one packet.
type Seen struct {
	Flow *Flow
	Dir  int // 0 from the originator
	New  bool
	// For TCP: position of the payload in the stream (the first byte is 1), the
	// position acknowledged in the other direction, and whether the payload may
	// be delivered.
	Seq, Ack uint64
	Usable   bool
	Flipped  bool // originator and responder were exchanged by this packet
	Closed   bool // the packet ended its direction (FIN or RST)
	Reset    bool
}

// Packet accounts for one packet and returns its flow, which is valid until the
// next call. Packets of other kinds than TCP, UDP, ICMP and IP have none.
func (t *Table) Packet(p *decode.Packet) (Seen, bool) {
	var k netid.Key
	var swapped bool
	if !keyOf(p, &k, &swapped) {
		return Seen{}, false
	}
	t.now = max(t.now, p.Time)
	if t.used+t.heavy >= t.max {
		t.makeRoom()
	}
	f := t.last
	if f == nil || f.key != k {
		f = nil
		if s := t.slots[t.find(&k)]; s != 0 {
			f = t.flow(s - 1)
		}
	}
	if f != nil && (t.over(f, p.Time) || reopens(f, p)) {
		t.finish(f, "")
		f = nil
	}
	isNew := f == nil
	if isNew {
		f = t.open(&k, p, swapped)
	}
	t.last = f
	d := 0
	if swapped != f.origHi {
		d = 1
	}
	return t.account(f, p, d, isNew), true
}

// makeRoom closes those flows early that would end first. It is done before a
// packet is looked at, because what the packet adds may be state of an old flow.
func (t *Table) makeRoom() {
	for t.used+t.heavy >= t.max {
		i, ok := t.timer.Soonest()
		if !ok {
			return
		}
		t.shed++
		t.finish(t.flow(i), "table_full")
	}
}

// reopens says whether a packet begins a new connection on the ports of f.
func reopens(f *Flow, p *decode.Packet) bool {
	return p.Kind == decode.KindTCP && p.Flags&decode.SYN != 0 && f.machine().isReuse(headOf(p))
}

// keyOf builds the flow key. ICMP conversations are named by type and the type
// of its answer; one without an answer is one-way, which is marked by keeping
// the code as the second port.
func keyOf(p *decode.Packet, k *netid.Key, swapped *bool) bool {
	if p.Kind == decode.KindTCP || p.Kind == decode.KindUDP {
		// Written in place, because this is done for every packet.
		lo, hi := &k.Lo, &k.Hi
		if *swapped = greater(p); *swapped {
			lo, hi = hi, lo
		}
		lo.IP, lo.Port, hi.IP, hi.Port, k.Proto = p.Src, p.SrcPort, p.Dst, p.DstPort, p.Proto
		return true
	}
	src, dst := netid.Endpoint{IP: p.Src, Port: p.SrcPort}, netid.Endpoint{IP: p.Dst, Port: p.DstPort}
	switch p.Kind {
	case decode.KindICMP:
		var oneWay bool
		src.Port, dst.Port, oneWay = netid.ICMPPorts(p.Proto, p.SrcPort, p.DstPort)
		if oneWay {
			// Not symmetric: the reverse direction is another conversation.
			*k, *swapped = netid.Key{Lo: src, Hi: dst, Proto: p.Proto}, false
			return true
		}
	case decode.KindIP:
		if p.Fragmented && p.Pieces == 0 {
			return false // a piece of a datagram that is not whole yet
		}
		src.Port, dst.Port = 0, 0
	default:
		return false
	}
	*k, *swapped = netid.MakeKey(src, dst, p.Proto)
	return true
}

// greater says whether the sender is the greater end, in the order of netid.Key.
func greater(p *decode.Packet) bool {
	if a, b := binary.BigEndian.Uint64(p.Src[:8]), binary.BigEndian.Uint64(p.Dst[:8]); a != b {
		return a > b
	}
	if a, b := binary.BigEndian.Uint64(p.Src[8:]), binary.BigEndian.Uint64(p.Dst[8:]); a != b {
		return a > b
	}
	return p.SrcPort > p.DstPort
}

func headOf(p *decode.Packet) head {
	h := head{seq: p.Seq, ack: p.Ack, win: p.Window, flags: p.Flags, wscale: -1, size: uint32(p.PayloadLen)}
	if p.Flags&decode.SYN != 0 {
		h.wscale = windowScale(p.Options)
	}
	return h
}

// windowScale finds the window scale option (RFC 7323, 2.2); -1 without it.
func windowScale(o []byte) int8 {
	for len(o) > 0 && o[0] != 0 {
		if o[0] == 1 {
			o = o[1:]
			continue
		}
		if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
			break
		}
		if o[0] == 3 && o[1] == 3 {
			return int8(min(o[2], 15))
		}
		o = o[o[1]:]
	}
	return -1
}

func (t *Table) open(k *netid.Key, p *decode.Packet, swapped bool) *Flow {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.grow()
	}
	n := t.alloc()
	f := t.flow(n)
	*f = Flow{key: *k, first: p.Time, last: p.Time, origHi: swapped, slot: n, vlan: p.VLAN}
	if flips(p) {
		f.origHi = !f.origHi
		f.hist |= histFlip
	}
	t.slots[t.find(k)] = n + 1
	t.used++
	t.peak = max(t.peak, t.used)
	return f
}

// flips guesses the roles of a conversation whose start was not seen.
func flips(p *decode.Packet) bool {
	switch p.Kind {
	case decode.KindUDP:
		if !p.Dst.IsUnicast() && p.Dst.Is4() && p.Dst == netid.IPv4(255, 255, 255, 255) {
			return false
		}
		return likelyServer(protoUDP, p.SrcPort) && !likelyServer(protoUDP, p.DstPort)
	case decode.KindTCP:
		syn := p.Flags&decode.SYN != 0
		if syn && p.Flags&decode.ACK == 0 || !likelyServer(protoTCP, p.SrcPort) {
			return false
		}
		if likelyServer(protoTCP, p.DstPort) {
			return !syn && p.SrcPort < p.DstPort
		}
		return true
	}
	return false
}

func (t *Table) alloc() uint32 {
	if len(t.free) == 0 {
		base := uint32(len(t.slab) * chunk)
		t.slab = append(t.slab, new([chunk]Flow))
		t.timer.Grow(len(t.slab) * chunk)
		for i := uint32(chunk); i > 0; i-- {
			t.free = append(t.free, base+i-1)
		}
	}
	n := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	return n
}

func (t *Table) account(f *Flow, p *decode.Packet, d int, isNew bool) Seen {
	s := Seen{Flow: f, Dir: d, New: isNew}
	if f.pkts[d] == 0 {
		f.mac[d] = p.SrcMAC
		if f.pkts[1-d] == 0 && !p.DstMAC.IsGroup() {
			f.mac[1-d] = p.DstMAC
		}
	}
	if p.Kind == decode.KindTCP {
		t.tcp(f, p, d, isNew, &s)
		d = s.Dir
	} else {
		f.last = max(f.last, p.Time)
		bit := uint8(histOrig) << d
		if f.hist&(histOrig|histResp) == 0 && d == 1 {
			f.hist |= histRespFirst
		}
		f.hist |= bit
		if p.Kind != decode.KindIP {
			f.size[d] += uint64(p.PayloadLen)
		}
		s.Usable = true
	}
	f.pkts[d]++
	f.ip[d] += uint64(p.IPLen)
	if isNew {
		t.timer.Arm(f.slot, int64(t.deadline(f)))
	}
	return s
}

func (t *Table) tcp(f *Flow, p *decode.Packet, d int, isNew bool, s *Seen) {
	h := headOf(p)
	if isNew && h.size == 0 {
		// One packet without payload: keep the header, build the state later.
		f.opener = h
		var one tcp
		if f.hist&histFlip != 0 {
			d = 1
		} else if h.flags&(decode.SYN|decode.ACK) == decode.SYN {
			f.shape = t.syns.number(p)
		}
		st := one.packet(d, h)
		f.last, f.deadTS = p.Time, t.afterFirst(&one, p.Time)
		s.Seq, s.Ack, s.Closed, s.Reset = st.seq, st.ack, st.close, h.flags&decode.RST != 0
		return
	}
	if f.tcp == nil {
		t.heavy++
		if isNew {
			f.tcp = &tcp{}
			if f.hist&histFlip != 0 {
				f.tcp.add('^')
			}
		} else {
			f.tcp = f.machine()
			f.tcp.closeFirst()
			if d == 1 && f.shape != 0 && h.flags&(decode.SYN|decode.ACK) == decode.SYN|decode.ACK {
				f.tcp.shape = t.syns.number(p)
			}
		}
	}
	m := f.tcp
	if !m.s[0].didClose || !m.s[1].didClose {
		f.last = max(f.last, p.Time)
	}
	st := m.packet(d, h)
	if st.flip {
		f.flip()
		s.Flipped, d = true, 1-d
		s.Dir = d
	}
	s.Seq, s.Ack, s.Usable, s.Closed = st.seq, st.ack, st.usable, st.close
	s.Reset = h.flags&decode.RST != 0
	if isNew || f.deadTS != 0 && m.s[0].state != Inactive && m.s[1].state != Inactive && !m.finished {
		f.deadTS = 0
	}
	if isNew {
		f.deadTS = t.afterFirst(m, p.Time)
	}
}

// closeFirst redoes what the first packet closed, when the state is rebuilt.
func (m *tcp) closeFirst() {
	for d := range m.s {
		if m.s[d].state == Closed || m.s[d].state == Reset {
			m.closeSide(d)
		}
	}
}

// afterFirst is the end that the first packet of a TCP flow already fixes.
func (t *Table) afterFirst(m *tcp, now event.Time) event.Time {
	for d := range m.s {
		switch m.s[d].state {
		case SynSent, SynAckSent:
			if d == 0 {
				return now + event.Time(t.cfg.Attempt)
			}
		case Closed, Reset:
			return now + event.Time(t.cfg.Linger)
		}
	}
	return 0
}

// Flip exchanges the roles of a conversation of datagrams that turned out to have
// begun with an answer, and notes it in the history.
func (f *Flow) Flip() {
	f.flip()
	f.size[0], f.size[1] = f.size[1], f.size[0]
	f.hist = f.hist&^(histOrig|histResp|histRespFirst) | f.hist<<1&histResp | f.hist>>1&histOrig | histFlip
	if f.hist&histResp != 0 {
		f.hist |= histRespFirst
	}
}

// flip exchanges the roles of a flow.
func (f *Flow) flip() {
	f.origHi = !f.origHi
	f.pkts[0], f.pkts[1] = f.pkts[1], f.pkts[0]
	f.ip[0], f.ip[1] = f.ip[1], f.ip[0]
	f.mac[0], f.mac[1] = f.mac[1], f.mac[0]
	if f.shape = 0; f.tcp != nil {
		f.tcp.shape = 0
	}
}

// Close tells that direction d has ended and all of its bytes were delivered or
// given up. The flow lingers for stragglers once both have.
func (t *Table) Close(f *Flow, d int) {
	if f.tcp != nil && f.tcp.closeSide(d) {
		f.deadTS = f.last + event.Time(t.cfg.Linger)
		t.timer.Arm(f.slot, int64(f.deadTS))
	}
}

// Gap notes n lost bytes of direction d, if the state of the connection makes
// the loss believable.
func (f *Flow) Gap(d int, n uint64) {
	if f.tcp == nil || !f.tcp.gapCounts() {
		return
	}
	f.tcp.scaled(d, &f.tcp.s[d].gaps, 'G')
	f.size[0] += n
}

// Late takes back n bytes that were called lost and came after all.
func (f *Flow) Late(n uint64) {
	if f.tcp != nil {
		f.size[0] -= min(f.size[0], n)
	}
}

// deadline is when the flow ends if nothing more comes.
func (t *Table) deadline(f *Flow) event.Time {
	if f.deadTS != 0 {
		return f.deadTS
	}
	idle := t.cfg.ICMPIdle
	switch f.key.Proto {
	case protoUDP:
		if f.isDNS() {
			return f.last + event.Time(t.cfg.DNSIdle)
		}
		idle = t.cfg.UDPIdle
	case protoTCP:
		idle = t.cfg.ShakeIdle
		if m := f.tcp; m != nil {
			o, r := m.s[0].state, m.s[1].state
			switch {
			case (o == Reset || r == Reset) && (m.s[0].didClose || m.s[1].didClose):
				idle = t.cfg.Linger
			case o > SynAckSent || r > SynAckSent:
				idle = t.cfg.TCPIdle
			}
		} else if f.opener.flags&decode.SYN == 0 {
			idle = t.cfg.TCPIdle
		}
	}
	return f.last + event.Time(idle)
}

// isDNS says whether Zeek's DNS analyzer would watch the flow, which ends it.
func (f *Flow) isDNS() bool {
	if f.Service == "dns" {
		return true
	}
	_, resp := f.Ends()
	switch resp.Port {
	case 53, 137, 5353, 5355:
		return true
	}
	return false
}

func (t *Table) over(f *Flow, now event.Time) bool { return t.deadline(f) <= now }

// finish ends a flow and frees its memory.
func (t *Table) finish(f *Flow, why string) {
	t.last = nil
	t.end(f, why)
	t.timer.Disarm(f.slot)
	t.remove(&f.key)
	t.free = append(t.free, f.slot)
	t.used--
	if f.tcp != nil {
		t.heavy--
	}
	f.App, f.tcp = nil, nil
}

// Shed ends a flow early, for want of memory in the floor above.
func (t *Table) Drop(f *Flow, why string) {
	t.shed++
	t.finish(f, why)
}

// Advance ends every flow whose deadline is not after now.
func (t *Table) Advance(now event.Time) {
	t.now = max(t.now, now)
	t.timer.Advance(int64(t.now))
	for i, ok := t.timer.Pop(); ok; i, ok = t.timer.Pop() {
		f := t.flow(i)
		if d := t.deadline(f); d > t.now {
			t.timer.Arm(i, int64(d))
		} else {
			t.finish(f, "")
		}
	}
}

// Flush ends every flow, in the order in which they would expire.
func (t *Table) Flush() {
	for i, ok := t.timer.Soonest(); ok; i, ok = t.timer.Soonest() {
		t.finish(t.flow(i), "")
	}
}
