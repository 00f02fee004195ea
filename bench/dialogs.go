package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"lazaret/internal/event"
)

// feed is an HL7 v2 connection over MLLP: messages, each acknowledged.
type feed struct {
	from, to string
	left     int
	sent     int
	asked    bool
	think    event.Time // most time between two messages
	id       string
}

// next implements dialog.
func (f *feed) next(r *rand.Rand, t *turn) bool {
	if f.asked {
		t.dir, t.wait = 1, rtt*event.Time(3+r.IntN(30))
		t.data = fmt.Appendf(t.data, "\x0bMSH|^~\\&|%s|BENCH|%s|BENCH|20261102081500||ACK|A%s|P|2.5.1\rMSA|AA|%s\r\x1c\r",
			f.to, f.from, f.id, f.id)
		f.asked = false
		return true
	}
	if f.left == 0 {
		return false
	}
	f.left--
	f.sent++
	f.asked = true
	f.id = fmt.Sprintf("%s%08X%04d", f.from[:3], r.Uint32(), f.sent)
	t.dir, t.wait = 0, rtt+event.Time(r.Int64N(int64(f.think)))
	t.data = f.message(t.data, r)
	return true
}

func (f *feed) message(b []byte, r *rand.Rand) []byte {
	types := [...]string{"ADT^A08^ADT_A01", "ORM^O01^ORM_O01", "ORU^R01^ORU_R01"}
	k := r.IntN(len(types))
	b = fmt.Appendf(b, "\x0bMSH|^~\\&|%s|BENCH|%s|BENCH|20261102081500||%s|%s|P|2.5.1|||AL|NE||UNICODE UTF-8\r",
		f.from, f.to, types[k], f.id)
	if k == 0 {
		b = append(b, "EVN|A08|20261102081500\r"...)
	}
	b = fmt.Appendf(b, "PID|1||B%06d^^^BENCH^MR||BENCH^INVENTED||19500101|O|||1 Nowhere Road^^Nowhere\r", r.IntN(1e6))
	b = append(b, "PV1|1|I|RAD^1^1^BENCH||||1234^DOCTOR^INVENTED\r"...)
	if k == 0 {
		return append(b, "\x1c\r"...)
	}
	b = fmt.Appendf(b, "ORC|NW|P%06d|F%06d||SC\r", r.IntN(1e6), r.IntN(1e6))
	b = fmt.Appendf(b, "OBR|1|P%06d|F%06d|CTCHEST^CT chest^BENCH|||20261102081000||||||||||||||||||CT\r", r.IntN(1e6), r.IntN(1e6))
	if k == 2 {
		for i := range 4 + r.IntN(40) {
			b = fmt.Appendf(b, "OBX|%d|TX|REPORT^Report^BENCH||Line %d of an invented report: the lungs are clear and nothing else is to be seen.||||||F\r", i+1, i+1)
		}
	}
	return append(b, "\x1c\r"...)
}

// web is an HTTP/1.1 connection with several requests.
type web struct {
	host  string
	noise []byte
	left  int
	lo    int // bytes of a body, at least
	hi    int
	asked bool
}

// next implements dialog.
func (w *web) next(r *rand.Rand, t *turn) bool {
	if w.asked {
		n := w.lo + r.IntN(w.hi-w.lo)
		t.dir, t.wait = 1, rtt*event.Time(2+r.IntN(100))
		t.data = fmt.Appendf(t.data, "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", n)
		at := r.IntN(noiseLen)
		t.data = append(t.data, w.noise[at:at+n]...)
		w.asked = false
		return true
	}
	if w.left == 0 {
		return false
	}
	w.left--
	w.asked = true
	t.dir, t.wait = 0, rtt+event.Time(r.Int64N(4e8))
	t.data = fmt.Appendf(t.data, "GET /portal/page/%d HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (bench)\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n",
		r.IntN(1e5), w.host)
	return true
}

// share reads a file over SMB 2.1 in pieces of 64 KiB (MS-SMB2 2.2.3, 2.2.19).
type share struct {
	noise []byte
	left  int
	msg   uint64
	state int
}

const smbPiece = 64 << 10

// next implements dialog.
func (s *share) next(r *rand.Rand, t *turn) bool {
	switch s.state {
	case 0:
		t.dir = 0
		body := append([]byte{36, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 24)...)
		t.data = s.smb(t.data, 0, false, append(body, 0x10, 0x02), nil)
	case 1:
		t.dir = 1
		body := append([]byte{65, 0, 1, 0, 0x10, 0x02, 0, 0}, make([]byte, 16)...)
		body = append(body, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0)
		t.data = s.smb(t.data, 0, true, append(body, make([]byte, 25)...), nil)
		s.msg++
	case 2:
		t.dir, t.wait = 0, rtt+event.Time(r.Int64N(3e7))
		body := []byte{49, 0, 0x50, 0}
		body = binary.LittleEndian.AppendUint32(body, smbPiece)
		body = binary.LittleEndian.AppendUint64(body, (s.msg-1)*smbPiece)
		body = binary.LittleEndian.AppendUint64(body, 0x11)
		body = binary.LittleEndian.AppendUint64(body, 0x22)
		t.data = s.smb(t.data, 8, false, append(body, make([]byte, 17)...), nil)
	case 3:
		t.dir, t.wait = 1, rtt*2
		body := append([]byte{17, 0, 80, 0}, binary.LittleEndian.AppendUint32(nil, smbPiece)...)
		at := r.IntN(noiseLen)
		t.data = s.smb(t.data, 8, true, append(body, make([]byte, 8)...), s.noise[at:at+smbPiece])
		s.msg++
		if s.left--; s.left > 0 {
			s.state = 1 // the next piece
		}
	default:
		return false
	}
	s.state++
	return true
}

// smb appends one message with its NetBIOS length and its header (2.2.1.2).
func (s *share) smb(b []byte, cmd uint16, answer bool, body, bulk []byte) []byte {
	n := 64 + len(body) + len(bulk)
	b = append(b, 0, byte(n>>16), byte(n>>8), byte(n), 0xfe, 'S', 'M', 'B', 64, 0, 1, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, cmd)
	b = append(b, 1, 0) // credits
	flags := uint32(0)
	if answer {
		flags = 1
	}
	b = binary.LittleEndian.AppendUint32(b, flags)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, s.msg)
	b = binary.LittleEndian.AppendUint32(b, 0xfeff)
	tree, session := uint32(0), uint64(0)
	if cmd != 0 {
		tree, session = 5, 0x400000000011
	}
	b = binary.LittleEndian.AppendUint32(b, tree)
	b = binary.LittleEndian.AppendUint64(b, session)
	b = append(b, make([]byte, 16)...)
	return append(append(b, body...), bulk...)
}

// lookup is one DNS question and its answer over UDP (RFC 1035 §4).
type lookup struct {
	ends   [2]*host
	port   uint16
	id     uint16
	name   string
	answer [4]byte
	asked  bool
}

// act implements actor.
func (l *lookup) act(now event.Time, t *tape, r *rand.Rand) (event.Time, bool, error) {
	var buf [512]byte
	b := binary.BigEndian.AppendUint16(buf[:0], l.id)
	if !l.asked {
		l.asked = true
		t.flows[isDNS]++
		b = append(b, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0)
		b = l.question(b)
		return now + rtt + event.Time(r.Int64N(5e6)), true, t.udp(now, isDNS, l.ends[0], l.ends[1], l.port, 53, b)
	}
	b = append(b, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0)
	b = l.question(b)
	b = append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0x0e, 0x10, 0, 4)
	b = append(b, l.answer[:]...)
	return 0, false, t.udp(now, isDNS, l.ends[1], l.ends[0], 53, l.port, b)
}

func (l *lookup) question(b []byte) []byte {
	b = append(b, byte(len(l.name)))
	b = append(b, l.name...)
	b = append(b, "\x05bench\x07invalid\x00\x00\x01\x00\x01"...)
	return b
}

// whohas is one ARP request and its answer.
type whohas struct {
	ends  [2]*host
	asked bool
}

// act implements actor.
func (w *whohas) act(now event.Time, t *tape, _ *rand.Rand) (event.Time, bool, error) {
	if !w.asked {
		w.asked = true
		return now + rtt, true, t.arp(now, w.ends[0], w.ends[1], false)
	}
	return 0, false, t.arp(now, w.ends[1], w.ends[0], true)
}
