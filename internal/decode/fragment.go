package decode

import (
	"bytes"
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// maxPieces bounds the pieces of one datagram: 64 KiB in the smallest MTU that
// IPv4 allows (68 bytes) makes 1366.
const maxPieces = 2048

// maxDatagram is the largest payload that IP can number.
const maxDatagram = 65535

// fragKey names a datagram (RFC 791 3.2, RFC 8200 4.5). The version keeps an
// IPv6 packet between mapped addresses out of IPv4's datagrams.
type fragKey struct {
	src, dst netid.IP
	id       uint32
	proto    uint8 // IPv4 only
	version  uint8
}

// piece is a run of bytes of a datagram: [from, to) lies at data[at:].
type piece struct{ from, to, at int32 }

const pieceSize = 12

// minFragmentBytes holds any single datagram, so that the one at hand never has
// to go: its bytes, its pieces, and the slack that growing slices leave.
const minFragmentBytes = 128 << 10

// datagram waits for its fragments. Its buffers are used again.
type datagram struct {
	key        fragKey
	first      event.Time
	total      int // payload length, -1 while the last fragment is missing
	have       int // bytes of it that are here
	head       int // length of the IP headers of the fragment with offset 0
	count      int // fragments
	next       uint8
	known      bool // next is from the fragment with offset 0
	refused    bool // contradictory: the rest is taken and thrown away
	bad        bool // an IPv4 header checksum was wrong
	defect     Defect
	pieces     []piece // by from, without overlap
	data       []byte
	prev, link *datagram
}

// datagramSize stands for the fixed part of a datagram and its map entry.
const datagramSize = 320

func (g *datagram) size() int {
	return datagramSize + cap(g.data) + pieceSize*cap(g.pieces)
}

// fragTable holds the datagrams, oldest first. bytes counts what all of them
// take, the free ones included.
type fragTable struct {
	limit     int
	most      int
	timeout   event.Interval
	byKey     map[fragKey]*datagram
	head      datagram // of the ring: head.link is the oldest
	free      *datagram
	bytes     int
	fragments int
}

func newFragTable(cfg Config) fragTable {
	return fragTable{
		limit:   cfg.FragmentBytes,
		most:    cfg.FragmentDatagrams,
		timeout: event.Interval(cfg.FragmentTimeout),
		byKey:   make(map[fragKey]*datagram),
	}
}

// fragment is one fragment as its headers describe it.
type fragment struct {
	key  fragKey
	off  int
	more bool
	next uint8 // protocol of the payload
	head int   // length of the IP headers, fragment header apart
	body []byte
	size int // of the body on the wire
}

// fragment4 handles an IPv4 fragment; f is the word of flags and offset.
func (d *Decoder) fragment4(p *Packet, f uint16, b []byte, head, total int) bool {
	if f&0x4000 != 0 {
		d.note(p, FragmentWithDF)
	}
	fr := fragment{
		key:  fragKey{src: p.Src, dst: p.Dst, id: uint32(binary.BigEndian.Uint16(b[4:])), proto: p.Proto, version: 4},
		off:  int(f&0x1fff) << 3,
		more: f&0x2000 != 0,
		next: p.Proto,
		head: head,
		body: b[head:],
		size: total - head,
	}
	return d.fragment(p, &fr)
}

// fragment6 handles an IPv6 fragment header (RFC 8200 4.5).
func (d *Decoder) fragment6(p *Packet, b []byte, n int) bool {
	if len(b) < 8 {
		return d.headless(p, BadExtensionHeader, b, n, 8)
	}
	f := binary.BigEndian.Uint16(b[2:])
	p.Proto = b[0]
	if f&0xfff9 == 0 { // an atomic fragment (RFC 6946) is a whole datagram
		if b[0] == protoFragment {
			d.note(p, BadExtensionHeader)
			return d.unusable(p, b, n)
		}
		p.Fragmented, p.Pieces = true, 1
		p.IPLen -= 8
		return d.extensions(p, b[8:], n-8)
	}
	fr := fragment{
		key:  fragKey{src: p.Src, dst: p.Dst, id: binary.BigEndian.Uint32(b[4:]), version: 6},
		off:  int(f &^ 7),
		more: f&1 != 0,
		next: b[0],
		head: p.IPLen - n,
		body: b[8:],
		size: n - 8,
	}
	return d.fragment(p, &fr)
}

// fragment keeps one fragment and goes on with the datagram when it is whole.
func (d *Decoder) fragment(p *Packet, fr *fragment) bool {
	d.stats.Fragments++
	p.Fragmented = true
	d.expire(p.Time)
	if len(fr.body) < fr.size {
		d.stats.FragmentsIncomplete++
		d.note(p, FragmentCut)
		if fr.off == 0 { // its header still tells who talks to whom
			p.Pieces = 1
			return d.payload(p, fr.body, fr.size)
		}
		return d.opaque(p, fr.body, fr.size)
	}
	if fr.more && fr.key.version == 4 && fr.size&7 != 0 {
		// Hosts take the whole eights of it.
		d.note(p, FragmentMisaligned)
		fr.size &^= 7
		fr.body = fr.body[:fr.size]
	}
	if x := fr.check(); x != DefectNone {
		d.note(p, x)
		if x != FragmentTiny {
			return d.opaque(p, fr.body, fr.size)
		}
	}
	g := d.datagram(p, fr)
	d.add(p, g, fr)
	if g.refused || !g.known || g.total < 0 || g.have < g.total {
		return d.opaque(p, fr.body, fr.size)
	}
	return d.complete(p, g)
}

// check tells lies about length. A tiny one (RFC 1858 3) hides TCP flags from
// filters; it is told, and reassembled like any other.
func (fr *fragment) check() Defect {
	switch end := fr.off + fr.size; {
	case end > maxDatagram:
		return FragmentHuge
	case fr.size == 0:
		return FragmentSizeInconsistency
	case fr.more && fr.size&7 != 0:
		return FragmentMisaligned
	case fr.next == protoTCP && (fr.off == 8 || fr.off == 0 && fr.size < 16):
		return FragmentTiny
	}
	return DefectNone
}

// datagram finds or makes the datagram of a fragment.
func (d *Decoder) datagram(p *Packet, fr *fragment) *datagram {
	t := &d.frags
	if g := t.byKey[fr.key]; g != nil {
		if p.Time.Sub(g.first) <= t.timeout {
			return g
		}
		// When times run backwards an older one may be behind a younger one
		// in the ring, where expire does not look.
		d.lapse(g)
	}
	for len(t.byKey) >= t.most {
		d.shed()
	}
	g := t.free
	if g != nil {
		t.free = g.link
	} else {
		g = new(datagram)
		t.bytes += g.size()
	}
	*g = datagram{key: fr.key, first: p.Time, total: -1, pieces: g.pieces[:0], data: g.data[:0]}
	if t.head.link == nil {
		t.head.link, t.head.prev = &t.head, &t.head
	}
	g.prev, g.link = t.head.prev, &t.head
	g.prev.link, t.head.prev = g, g
	t.byKey[fr.key] = g
	return g
}

// drop takes a datagram out of the table and keeps its buffers for the next.
func (t *fragTable) drop(g *datagram) {
	delete(t.byKey, g.key)
	g.prev.link, g.link.prev = g.link, g.prev
	t.fragments -= g.count
	g.prev, g.link = nil, t.free
	t.free = g
}

// shed gives up the oldest datagram.
func (d *Decoder) shed() {
	g := d.frags.head.link
	d.stats.DatagramsShed++
	d.stats.FragmentsShed += uint64(g.count)
	d.frags.drop(g)
}

// expire gives up datagrams that waited too long.
func (d *Decoder) expire(now event.Time) {
	t := &d.frags
	for len(t.byKey) > 0 {
		g := t.head.link
		if now.Sub(g.first) <= t.timeout {
			return
		}
		d.lapse(g)
	}
}

func (d *Decoder) lapse(g *datagram) {
	d.stats.DatagramsExpired++
	d.stats.FragmentsExpired += uint64(g.count)
	d.frags.drop(g)
}

// add puts a fragment into its datagram.
func (d *Decoder) add(p *Packet, g *datagram, fr *fragment) {
	t := &d.frags
	g.count++
	t.fragments++
	g.bad = g.bad || p.BadChecksum
	g.defect = max(g.defect, p.Defect)
	if g.refused {
		return
	}
	end := fr.off + fr.size
	x := DefectNone
	switch {
	case g.total >= 0 && (end > g.total || !fr.more && end != g.total):
		x = FragmentSizeInconsistency
	case !fr.more && len(g.pieces) > 0 && int(g.pieces[len(g.pieces)-1].to) > end:
		x = FragmentSizeInconsistency
	case len(g.pieces) >= maxPieces:
		x = FragmentTooMany
	}
	if x != DefectNone {
		d.refuse(p, g, x)
		return
	}
	if !fr.more {
		g.total = end
	}
	if fr.off == 0 && !g.known {
		g.next, g.head, g.known = fr.next, fr.head, true
	} else if fr.off == 0 && g.next != fr.next {
		d.note(p, FragmentProtocolInconsistency)
	}
	before := g.size()
	x = g.insert(fr)
	t.bytes += g.size() - before
	if x != DefectNone {
		d.note(p, x)
		g.defect = max(g.defect, x)
	}
	d.fit(g)
}

// refuse keeps a contradictory datagram as a mark, so that its other fragments
// are not taken for a new one, and gives its bytes back.
func (d *Decoder) refuse(p *Packet, g *datagram, x Defect) {
	d.note(p, x)
	d.stats.DatagramsRefused++
	g.refused = true
	g.pieces, g.data = g.pieces[:0], g.data[:0]
}

// fit keeps the table within its memory: buffers without use go first, then the
// oldest datagrams, but never the one at hand.
func (d *Decoder) fit(keep *datagram) {
	t := &d.frags
	for t.bytes > t.limit {
		if t.free == nil {
			if t.head.link == keep {
				if keep.link == &t.head {
					return // minFragmentBytes sees to it that this never happens
				}
				keep.prev.link, keep.link.prev = keep.link, keep.prev
				keep.prev, keep.link = t.head.prev, &t.head
				keep.prev.link, t.head.prev = keep, keep
			}
			d.shed()
		}
		t.bytes -= t.free.size()
		t.free = t.free.link
	}
}

// insert adds the bytes of a fragment that are not there yet: the first copy of
// a byte wins. It tells whether bytes came twice, and whether they differed.
func (g *datagram) insert(fr *fragment) Defect {
	from, end := int32(fr.off), int32(fr.off+fr.size)
	if k := len(g.pieces); k == 0 || g.pieces[k-1].to <= from { // in order
		g.keep(k, fr, from, end)
		return DefectNone
	}
	x := DefectNone
	i := g.search(from)
	for from < end {
		if i == len(g.pieces) || g.pieces[i].from >= end {
			g.keep(i, fr, from, end)
			return x
		}
		q := g.pieces[i]
		if from < q.from {
			g.keep(i, fr, from, q.from)
			from = q.from
			i++
		}
		stop := min(end, q.to)
		x = max(x, FragmentOverlap)
		old := g.data[q.at+from-q.from : q.at+stop-q.from]
		if !bytes.Equal(old, fr.body[from-int32(fr.off):stop-int32(fr.off)]) {
			x = FragmentInconsistency
		}
		from = stop
		i++
	}
	return x
}

// search gives the first piece that ends behind from.
func (g *datagram) search(from int32) int {
	lo, hi := 0, len(g.pieces)
	for lo < hi {
		mid := (lo + hi) / 2
		if g.pieces[mid].to > from {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// keep copies [from, to) of a fragment and makes it piece i.
func (g *datagram) keep(i int, fr *fragment, from, to int32) {
	at := int32(len(g.data))
	g.data = append(g.data, fr.body[from-int32(fr.off):to-int32(fr.off)]...)
	g.pieces = append(g.pieces, piece{})
	copy(g.pieces[i+1:], g.pieces[i:])
	g.pieces[i] = piece{from, to, at}
	g.have += int(to - from)
}

// complete goes on with a whole datagram, in a buffer of its own.
func (d *Decoder) complete(p *Packet, g *datagram) bool {
	body := make([]byte, 0, g.total)
	for _, q := range g.pieces {
		body = append(body, g.data[q.at:q.at+q.to-q.from]...)
	}
	p.Proto, p.IPLen = g.next, g.head+g.total
	p.Pieces = uint16(min(g.count, 65535))
	p.BadChecksum = g.bad
	p.Defect = max(p.Defect, g.defect)
	d.stats.DatagramsCompleted++
	d.frags.drop(g)
	return d.payload(p, body, len(body))
}

// payload goes on behind the IP header or the IPv6 fragment header.
func (d *Decoder) payload(p *Packet, b []byte, n int) bool {
	if p.Src.Is4() {
		return d.transport(p, b, n)
	}
	if p.Proto == protoFragment { // a fragment of fragments is not legal
		d.note(p, BadExtensionHeader)
		return d.unusable(p, b, n)
	}
	return d.extensions(p, b, n)
}
