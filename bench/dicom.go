package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"lazaret/internal/event"
)

// kind is a sort of imaging device and what its objects are like.
type kind struct {
	modality, sop     string
	maker, model      string
	implUID, implName string
	rows, cols, depth int // depth in bytes
	frames            int
	lo, hi            int // objects in an association
	share             int // per cent of the DICOM bytes
	devices           int
}

// size is that of the pixel data in bytes.
func (k *kind) size() int { return k.rows * k.cols * k.depth * k.frames }

// kinds are the devices of the hospital. Makers and models are invented.
func kinds() []*kind {
	const sop = "1.2.840.10008.5.1.4.1.1."
	return []*kind{
		{"CT", sop + "2", "Example Imaging", "Tomo 64", "1.2.826.0.1.3680043.9.9999.1", "TOMO64_V1", 512, 512, 2, 1, 20, 90, 62, 8},
		{"MR", sop + "4", "Example Imaging", "Reso 15", "1.2.826.0.1.3680043.9.9999.2", "RESO15_V3", 256, 256, 2, 1, 30, 120, 14, 6},
		{"DX", sop + "1.1", "Sample Medical", "Ray 3", "1.2.826.0.1.3680043.9.9998.1", "RAY3", 2022, 2022, 2, 1, 1, 3, 10, 8},
		{"MG", sop + "1.2", "Sample Medical", "Mamma 2", "1.2.826.0.1.3680043.9.9998.2", "MAMMA2", 3328, 2560, 2, 1, 1, 4, 7, 2},
		{"US", sop + "3.1", "Sample Medical", "Sono 9", "1.2.826.0.1.3680043.9.9998.3", "SONO9", 480, 640, 1, 20, 1, 5, 7, 10},
	}
}

const (
	explicitLE = "1.2.840.10008.1.2.1"
	implicitLE = "1.2.840.10008.1.2"
	noiseLen   = 4 << 20
	noiseLap   = 256 << 10
)

// sender stores objects of one device in an archive over one association.
type sender struct {
	k         *kind
	calling   string
	called    string
	station   string
	study     string
	noise     []byte // noiseLen bytes, the first noiseLap of them once more behind
	most      int    // largest PDU, bytes behind its header
	objects   int    // still to be sent
	state     int
	message   uint16
	head      []byte // of the current object, up to its pixels
	sent      int    // bytes of the current object
	total     int
	salt      int
	instance  string
	betweenMS int
}

// The states of a sender.
const (
	associate = iota
	accept
	command
	object
	response
	release
	released
)

// next implements dialog.
func (s *sender) next(r *rand.Rand, t *turn) bool {
	switch s.state {
	case associate:
		t.dir, t.data = 0, s.request(t.data)
		s.state = accept
	case accept:
		t.dir, t.data = 1, s.accepted(t.data)
		t.wait = rtt * 4
		s.state = command
	case command:
		s.begin(r)
		t.dir, t.data = 0, s.store(t.data)
		t.wait = event.Time(1+r.IntN(2*s.betweenMS)) * 1e6
		s.state = object
	case object:
		t.dir, t.data = 0, s.fragment(t.data)
		t.wait = 20_000
		if s.sent == s.total {
			s.state = response
		}
	case response:
		t.dir, t.data = 1, s.stored(t.data)
		t.wait = rtt * event.Time(2+r.IntN(20))
		s.objects--
		s.state = command
		if s.objects == 0 {
			s.state = release
		}
	case release:
		t.dir, t.data = 0, append(t.data, 5, 0, 0, 0, 0, 4, 0, 0, 0, 0)
		s.state = released
	case released:
		t.dir, t.data = 1, append(t.data, 6, 0, 0, 0, 0, 4, 0, 0, 0, 0)
		s.state++
	default:
		return false
	}
	return true
}

// item appends an item of an association PDU (PS3.8 §9.3.2).
func item(b []byte, typ byte, value []byte) []byte {
	b = append(b, typ, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// fixed is the part that A-ASSOCIATE-RQ and -AC have in common.
func (s *sender) fixed(b []byte, typ byte) []byte {
	b = append(b, typ, 0, 0, 0, 0, 0, 0, 1, 0, 0)
	b = fmt.Appendf(b, "%-16s%-16s", s.called, s.calling)
	b = append(b, make([]byte, 32)...)
	return item(b, 0x10, []byte("1.2.840.10008.3.1.1.1"))
}

func (s *sender) user(uid, name string, most int) []byte {
	u := item(nil, 0x51, binary.BigEndian.AppendUint32(nil, uint32(most)))
	u = item(u, 0x52, []byte(uid))
	return item(u, 0x55, []byte(name))
}

func closePDU(b []byte) []byte {
	binary.BigEndian.PutUint32(b[2:], uint32(len(b)-6))
	return b
}

func (s *sender) request(b []byte) []byte {
	b = s.fixed(b, 1)
	ctx := item([]byte{1, 0, 0, 0}, 0x30, []byte(s.k.sop))
	ctx = item(ctx, 0x40, []byte(explicitLE))
	ctx = item(ctx, 0x40, []byte(implicitLE))
	b = item(b, 0x20, ctx)
	return closePDU(item(b, 0x50, s.user(s.k.implUID, s.k.implName, 16384)))
}

func (s *sender) accepted(b []byte) []byte {
	b = s.fixed(b, 2)
	b = item(b, 0x21, item([]byte{1, 0, 0, 0}, 0x40, []byte(explicitLE)))
	return closePDU(item(b, 0x50, s.user("1.2.826.0.1.3680043.9.9997.1", "EXARCHIVE_7", s.most)))
}

// element appends an element of a command set: implicit VR, little endian.
func element(b []byte, tag uint32, v []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(tag>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(tag))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
	return append(b, v...)
}

func u16(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }

// even pads a UID to an even length with a zero, a text with a space.
func even(v string, pad byte) []byte {
	b := []byte(v)
	if len(b)%2 == 1 {
		b = append(b, pad)
	}
	return b
}

// pdv wraps a command set into one P-DATA-TF PDU (PS3.8 §9.3.5).
func pdv(b, set []byte) []byte {
	n := uint32(len(set))
	b = append(b, 4, 0)
	b = binary.BigEndian.AppendUint32(b, n+12+6)
	b = binary.BigEndian.AppendUint32(b, n+12+2)
	b = append(b, 1, 3)
	b = element(b, 0x0000_0000, binary.LittleEndian.AppendUint32(nil, n))
	return append(b, set...)
}

// store appends a C-STORE-RQ (PS3.7 §9.3.1.1).
func (s *sender) store(b []byte) []byte {
	set := element(nil, 0x0002, even(s.k.sop, 0))
	set = element(set, 0x0100, u16(0x0001))
	set = element(set, 0x0110, u16(s.message))
	set = element(set, 0x0700, u16(0))
	set = element(set, 0x0800, u16(1))
	return pdv(b, element(set, 0x1000, even(s.instance, 0)))
}

// stored appends a C-STORE-RSP (PS3.7 §9.3.1.2).
func (s *sender) stored(b []byte) []byte {
	set := element(nil, 0x0002, even(s.k.sop, 0))
	set = element(set, 0x0100, u16(0x8001))
	set = element(set, 0x0120, u16(s.message))
	set = element(set, 0x0800, u16(0x0101))
	set = element(set, 0x0900, u16(0))
	return pdv(b, element(set, 0x1000, even(s.instance, 0)))
}

// begin makes the head of the next object.
func (s *sender) begin(r *rand.Rand) {
	s.message++
	s.instance = fmt.Sprintf("%s.%d", s.study, s.message)
	s.salt = r.IntN(noiseLen)
	s.head = s.attributes(s.head[:0])
	s.sent, s.total = 0, len(s.head)+s.k.size()
}

// attributes are the elements of a data set in explicit VR, little endian, up to
// the header of the pixel data (PS3.5 §7.1.2).
func (s *sender) attributes(b []byte) []byte {
	k := s.k
	text := func(tag uint32, vr, v string) {
		pad := byte(' ')
		if vr == "UI" {
			pad = 0
		}
		b = explicit(b, tag, vr, even(v, pad))
	}
	text(0x00080008, "CS", `ORIGINAL\PRIMARY`)
	text(0x00080016, "UI", k.sop)
	text(0x00080018, "UI", s.instance)
	text(0x00080020, "DA", "20261102")
	text(0x00080030, "TM", "081500")
	text(0x00080050, "SH", "ACC"+s.study[len(s.study)-5:])
	text(0x00080060, "CS", k.modality)
	text(0x00080070, "LO", k.maker)
	text(0x00080080, "LO", "Bench Hospital")
	text(0x00081010, "SH", s.station)
	text(0x00081030, "LO", "Invented study")
	text(0x00081040, "LO", "Radiology")
	text(0x00081090, "LO", k.model)
	text(0x00100010, "PN", "BENCH^INVENTED")
	text(0x00100020, "LO", "B"+s.study[len(s.study)-6:])
	text(0x00181000, "LO", "SN"+s.station)
	text(0x00181020, "LO", "7.1.4")
	text(0x0020000D, "UI", s.study)
	text(0x0020000E, "UI", s.study+".0")
	text(0x00200013, "IS", fmt.Sprint(s.message))
	b = explicit(b, 0x00280002, "US", u16(1))
	text(0x00280004, "CS", "MONOCHROME2")
	if k.frames > 1 {
		text(0x00280008, "IS", fmt.Sprint(k.frames))
	}
	b = explicit(b, 0x00280010, "US", u16(uint16(k.rows)))
	b = explicit(b, 0x00280011, "US", u16(uint16(k.cols)))
	b = explicit(b, 0x00280100, "US", u16(uint16(8*k.depth)))
	b = explicit(b, 0x00280101, "US", u16(uint16(8*k.depth)))
	b = explicit(b, 0x00280102, "US", u16(uint16(8*k.depth-1)))
	b = explicit(b, 0x00280103, "US", u16(0))
	b = append(b, 0xe0, 0x7f, 0x10, 0x00, 'O', 'W', 0, 0)
	return binary.LittleEndian.AppendUint32(b, uint32(k.size()))
}

func explicit(b []byte, tag uint32, vr string, v []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(tag>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(tag))
	b = append(b, vr...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
	return append(b, v...)
}

// fragment appends the next PDU of the current object.
func (s *sender) fragment(b []byte) []byte {
	n := min(s.most-6, s.total-s.sent)
	ctl := byte(0)
	if s.sent+n == s.total {
		ctl = 2
	}
	b = append(b, 4, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(n+6))
	b = binary.BigEndian.AppendUint32(b, uint32(n+2))
	b = append(b, 1, ctl)
	if s.sent < len(s.head) {
		m := min(n, len(s.head)-s.sent)
		b = append(b, s.head[s.sent:s.sent+m]...)
		s.sent += m
		n -= m
	}
	at := (s.salt + s.sent) % noiseLen
	s.sent += n
	return append(b, s.noise[at:at+n]...)
}
