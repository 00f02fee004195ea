package decode

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
)

// feed gives raw IP packets, one each nanosecond from 1, and returns what came
// out of the last of them.
func feed(d *Decoder, packets ...[]byte) Packet {
	var p Packet
	for i, b := range packets {
		f := capture.Frame{Time: event.Time(i + 1), Data: b, Len: len(b), Link: capture.LinkRaw}
		d.Frame(&p, &f)
	}
	return p
}

// frag4 is a UDP fragment of datagram id; off and size are in bytes.
func frag4(id, off int, more bool, body []byte) []byte {
	flags := off / 8
	if more {
		flags |= 0x2000
	}
	return ip4Packet(protoUDP, id, flags, body)
}

func frag6(id uint32, off int, more byte, next byte, body []byte) []byte {
	return ip6Packet(protoFragment, cat([]byte{next, 0}, u16(off|int(more)), u32(id), body))
}

func TestFragmentsInEveryOrder(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	parts := [][]byte{frag4(9, 0, true, u[:16]), frag4(9, 16, true, u[16:24]), frag4(9, 24, false, u[24:])}
	for _, o := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		d := New(DefaultConfig())
		p := feed(d, parts[o[0]], parts[o[1]], parts[o[2]])
		if p.Kind != KindUDP || !p.Fragmented || p.Pieces != 3 || p.IPLen != 20+48 || p.DstPort != 53 || p.BadChecksum || !bytes.Equal(p.Payload, data(40)) {
			t.Errorf("order %v: %s %+v", o, show(&p), p)
		}
		if s := d.Stats(); s.Fragments != 3 || s.FragmentsWaiting != 0 || s.DatagramsCompleted != 1 {
			t.Errorf("order %v: %+v", o, s)
		}
	}
}

func TestFragmentsV6(t *testing.T) {
	u := udpDatagram(true, 53, data(40))
	p := feed(New(DefaultConfig()), frag6(1<<20, 24, 0, protoUDP, u[24:]), frag6(1<<20, 0, 1, protoUDP, u[:24]))
	if p.Kind != KindUDP || p.Pieces != 2 || p.IPLen != 40+48 || p.BadChecksum || !bytes.Equal(p.Payload, data(40)) {
		t.Errorf("%s %+v", show(&p), p)
	}
	// An extension header may be in the fragmentable part.
	x := cat([]byte{protoUDP, 0, 1, 4, 0, 0, 0, 0}, u)
	p = feed(New(DefaultConfig()), frag6(2, 0, 1, protoDestOpts, x[:16]), frag6(2, 16, 0, protoDestOpts, x[16:]))
	if p.Kind != KindUDP || p.PayloadLen != 40 || p.IPLen != 40+56 {
		t.Errorf("%s %+v", show(&p), p)
	}
	// A fragment header behind the fragments is a loop.
	p = feed(New(DefaultConfig()), frag6(3, 0, 1, protoFragment, u[:16]), frag6(3, 16, 0, protoFragment, u[16:]))
	if p.Kind != KindOther || p.Defect != BadExtensionHeader {
		t.Errorf("%s", show(&p))
	}
}

// TestFragmentTricks has the known lies, and what is told of each.
func TestFragmentTricks(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	other := bytes.Repeat([]byte{0xee}, 48)
	for name, c := range map[string]struct {
		packets [][]byte
		kind    Kind
		defect  Defect
	}{
		"same bytes twice": {[][]byte{frag4(1, 0, true, u[:24]), frag4(1, 16, true, u[16:32]), frag4(1, 32, false, u[32:])}, KindUDP, FragmentOverlap},
		"other bytes, the first copy wins": {[][]byte{frag4(1, 0, true, u[:24]), frag4(1, 8, true, other[8:32]), frag4(1, 24, false, u[24:]), frag4(1, 24, true, u[24:32])},
			KindIP, DefectNone},
		"end twice":           {[][]byte{frag4(1, 24, false, u[24:]), frag4(1, 32, false, other[:32])}, KindIP, FragmentSizeInconsistency},
		"beyond the end":      {[][]byte{frag4(1, 24, false, u[24:]), frag4(1, 48, true, other[:8])}, KindIP, FragmentSizeInconsistency},
		"end before the rest": {[][]byte{frag4(1, 40, true, other[:16]), frag4(1, 24, false, u[24:32])}, KindIP, FragmentSizeInconsistency},
		"ping of death":       {[][]byte{frag4(1, 65528, false, other[:16])}, KindIP, FragmentHuge},
		"no bytes":            {[][]byte{frag4(1, 8, true, nil)}, KindIP, FragmentSizeInconsistency},
		"not in eights":       {[][]byte{frag4(1, 0, true, u[:27]), frag4(1, 24, false, u[24:])}, KindUDP, FragmentMisaligned},
		"tiny":                {[][]byte{ip4Packet(protoTCP, 1, 0x2000, other[:8])}, KindIP, FragmentTiny},
		"tiny second":         {[][]byte{ip4Packet(protoTCP, 1, 1, other[:8])}, KindIP, FragmentTiny},
		"do not fragment":     {[][]byte{ip4Packet(protoUDP, 1, 0x6000, u[:24]), ip4Packet(protoUDP, 1, 0x4003, u[24:])}, KindUDP, FragmentWithDF},
		"v6 not in eights":    {[][]byte{frag6(1, 0, 1, protoUDP, other[:9])}, KindIP, FragmentMisaligned},
		"protocol changes":    {[][]byte{frag6(1, 0, 1, protoUDP, other[:8]), frag6(1, 0, 1, 99, other[:8])}, KindIP, FragmentProtocolInconsistency},
	} {
		p := feed(New(DefaultConfig()), c.packets...)
		if p.Kind != c.kind || p.Defect != c.defect {
			t.Errorf("%s: %s", name, show(&p))
		}
	}
}

func TestFragmentFirstCopyWins(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	evil := bytes.Repeat([]byte{0xee}, 48)
	d := New(DefaultConfig())
	p := feed(d, frag4(1, 8, true, u[8:24]), frag4(1, 0, true, evil[:40]), frag4(1, 40, false, u[40:]))
	want := cat(evil[:8], u[8:24], evil[24:40], u[40:])
	if p.Kind != KindUDP || p.Defect != UDPLengthMismatch && p.Defect != FragmentInconsistency || d.Stats().Defects[FragmentInconsistency] != 1 {
		t.Fatalf("%s", show(&p))
	}
	if !bytes.Equal(p.Payload, want[8:]) {
		t.Errorf("%x, want %x", p.Payload, want[8:])
	}
}

func TestFragmentCutKeepsTheHeader(t *testing.T) {
	u := udpDatagram(false, 53, data(400))
	b := frag4(1, 0, true, u[:200])
	d := New(DefaultConfig())
	var p Packet
	d.Frame(&p, &capture.Frame{Data: b[:60], Len: len(b), Link: capture.LinkRaw})
	if p.Kind != KindUDP || p.DstPort != 53 || !p.Cut || !p.Fragmented || p.Pieces != 1 || d.Stats().FragmentsIncomplete != 1 || d.Stats().FragmentsWaiting != 0 {
		t.Errorf("%s %+v", show(&p), d.Stats())
	}
}

func TestFragmentsExpire(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	for wait, kind := range map[event.Time]Kind{30e9: KindUDP, 30e9 + 1: KindIP} {
		d := New(DefaultConfig())
		var p Packet
		first, last := frag4(1, 0, true, u[:24]), frag4(1, 24, false, u[24:])
		d.Frame(&p, &capture.Frame{Time: 5, Data: first, Len: len(first), Link: capture.LinkRaw})
		d.Frame(&p, &capture.Frame{Time: 5 + wait, Data: last, Len: len(last), Link: capture.LinkRaw})
		s := d.Stats()
		if p.Kind != kind || (s.DatagramsExpired == 1) != (kind == KindIP) || s.FragmentsExpired != s.DatagramsExpired {
			t.Errorf("after %d: %s %+v", wait, show(&p), s)
		}
	}
}

// TestFragmentTableIsBounded floods the table with datagrams that never end.
func TestFragmentTableIsBounded(t *testing.T) {
	cfg := DefaultConfig()
	cfg.FragmentBytes, cfg.FragmentDatagrams = 256<<10, 300
	d := New(cfg)
	rng := rand.New(rand.NewPCG(1, 2))
	var p Packet
	for i := range 20000 {
		size := 8 * (1 + rng.IntN(180))
		b := ip4Addr(protoUDP, rng.IntN(400), 0x2000|rng.IntN(8000), byte(rng.IntN(3)), 9, data(size))
		d.Frame(&p, &capture.Frame{Time: event.Time(i), Data: b, Len: len(b), Link: capture.LinkRaw})
		checkTable(t, d)
	}
	if s := d.Stats(); s.DatagramsShed == 0 || s.FragmentsWaiting == 0 {
		t.Errorf("%+v", s)
	}
}

// checkTable counts the table again and compares.
func checkTable(t *testing.T, d *Decoder) {
	t.Helper()
	f := &d.frags
	bytes, fragments, datagrams := 0, 0, 0
	for g := f.head.link; g != nil && g != &f.head; g = g.link {
		bytes += g.size()
		fragments += g.count
		datagrams++
	}
	for g := f.free; g != nil; g = g.link {
		bytes += g.size()
	}
	if bytes != f.bytes || bytes > f.limit || fragments != f.fragments || datagrams != len(f.byKey) || datagrams > f.most {
		t.Fatalf("%d bytes (counted %d, limit %d), %d fragments (%d), %d datagrams (%d)", bytes, f.bytes, f.limit, fragments, f.fragments, datagrams, len(f.byKey))
	}
}

// TestFragmentModel cuts datagrams at random, mixes, repeats and overlaps the
// pieces, and compares with a model that knows nothing but the rule that the
// first copy of a byte wins.
func TestFragmentModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	whole := 0
	for round := range 3000 {
		total := 8 * (2 + rng.IntN(40))
		model, have, n := make([]byte, total), make([]bool, total), 0
		d := New(DefaultConfig())
		var p Packet
		for step := range 60 {
			off := 8 * rng.IntN(total/8)
			size := min(8*(1+rng.IntN(12)), total-off)
			if size == total { // no fragment
				size -= 8
			}
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(rng.Uint32())
				if !have[off+i] {
					model[off+i], have[off+i] = body[i], true
					n++
				}
			}
			b := ip4Packet(99, round, off/8, body)
			if off+size < total {
				b = ip4Packet(99, round, off/8|0x2000, body)
			}
			d.Frame(&p, &capture.Frame{Time: event.Time(step), Data: b, Len: len(b), Link: capture.LinkRaw})
			if (n == total) != (p.Pieces > 0) {
				t.Fatalf("round %d: %d of %d bytes, %s", round, n, total, show(&p))
			}
			if n == total {
				if !bytes.Equal(p.Payload, model) {
					t.Fatalf("round %d: %x, want %x", round, p.Payload, model)
				}
				whole++
				break
			}
		}
	}
	if whole < 500 {
		t.Errorf("only %d datagrams became whole", whole)
	}
}

// TestFragmentLargest holds the largest datagrams in the smallest table.
func TestFragmentLargest(t *testing.T) {
	cfg := DefaultConfig()
	cfg.FragmentBytes = minFragmentBytes
	for _, size := range []int{32, 40, 1480, 8192} {
		d := New(cfg)
		var p Packet
		for off := 0; off < maxDatagram; off += size {
			n := min(size, maxDatagram-off)
			b := ip4Packet(99, 1, off/8|0x2000, data(n))
			if off+n == maxDatagram {
				b = ip4Packet(99, 1, off/8, data(n))
			}
			d.Frame(&p, &capture.Frame{Data: b, Len: len(b), Link: capture.LinkRaw})
			checkTable(t, d)
		}
		if p.PayloadLen != maxDatagram || p.Pieces == 0 {
			t.Errorf("pieces of %d: %s %+v", size, show(&p), d.Stats())
		}
	}
}

// TestFragmentTimeRunsBackwards has a datagram that is older than the one before.
func TestFragmentTimeRunsBackwards(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	d := New(DefaultConfig())
	var p Packet
	for _, f := range []capture.Frame{
		{Time: 100e9, Data: frag4(1, 0, true, u[:24])},
		{Time: 1e9, Data: frag4(2, 0, true, u[:24])},
		{Time: 101e9, Data: frag4(2, 24, false, u[24:])},
	} {
		f.Link, f.Len = capture.LinkRaw, len(f.Data)
		d.Frame(&p, &f)
	}
	if s := d.Stats(); p.Kind != KindIP || s.DatagramsExpired != 1 || s.FragmentsWaiting != 2 {
		t.Errorf("%s %+v", show(&p), s)
	}
	d.Expire(200e9)
	if s := d.Stats(); s.FragmentsWaiting != 0 || s.DatagramsExpired != 3 {
		t.Errorf("%+v", s)
	}
}

// TestFragmentManyPieces bounds the pieces of one datagram.
func TestFragmentManyPieces(t *testing.T) {
	d := New(DefaultConfig())
	var p Packet
	for i := range maxPieces + 10 {
		b := frag4(1, 16*(i%4096), true, data(8))
		d.Frame(&p, &capture.Frame{Data: b, Len: len(b), Link: capture.LinkRaw})
	}
	if s := d.Stats(); s.DatagramsRefused != 1 || s.Defects[FragmentTooMany] != 1 {
		t.Errorf("%+v", s)
	}
}

func TestFragmentOfTunnel(t *testing.T) {
	inner := ethFrame(etherIPv4, ip4Packet(protoTCP, 1, 0x4000, tcpSegment(false, data(100))))
	u := vxlanPacket(inner)
	d := New(DefaultConfig())
	var got []Packet
	for _, b := range [][]byte{frag4(5, 0, true, u[:64]), frag4(5, 64, false, u[64:])} {
		got = append(got, decodeAll(d, &capture.Frame{Data: b, Len: len(b), Link: capture.LinkRaw})...)
	}
	if len(got) != 3 || got[0].Kind != KindIP || got[1].Kind != KindUDP || got[2].Kind != KindTCP || !bytes.Equal(got[2].Payload, data(100)) || got[2].Fragmented {
		t.Errorf("%+v", got)
	}
}

// TestVersionsDoNotMix sends halves with the same addresses, once as IPv4 and
// once as IPv6 between mapped addresses.
func TestVersionsDoNotMix(t *testing.T) {
	u := udpDatagram(false, 53, data(40))
	half := frag6(1, 24, 0, protoUDP, u[24:])
	mapped := [16]byte{10: 0xff, 11: 0xff, 12: 10, 15: 1}
	copy(half[8:], mapped[:])
	mapped[15] = 2
	copy(half[24:], mapped[:])
	p := feed(New(DefaultConfig()), frag4(1, 0, true, u[:24]), half)
	if p.Kind != KindIP || p.Pieces != 0 {
		t.Errorf("%s", show(&p))
	}
	if binary.BigEndian.Uint16(half[42:]) != 24 {
		t.Error("the fragment header moved")
	}
}
