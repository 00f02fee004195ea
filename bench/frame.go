package main

import (
	"bufio"
	"encoding/binary"
	"io"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/event"
)

// mss is the payload of a full segment: MTU 1500 less both headers.
const mss = 1460

// Lengths of headers in bytes.
const (
	ethLen = 14
	ipLen  = 20
	tcpLen = 20
	udpLen = 8
	minEth = 60 // shorter frames are padded by the sender (IEEE 802.3)
)

// host is one machine with its addresses.
type host struct {
	mac  [6]byte
	ip   [4]byte
	id   uint16 // IPv4 identification of its next packet
	port uint16 // next ephemeral port
	name string
}

// ephemeral returns the next client port; two conversations share one only after
// 16,384 others.
func (h *host) ephemeral() uint16 {
	h.port++
	return 49152 + h.port%16384
}

// class names whose bytes a frame is.
type class int

// The classes of traffic.
const (
	isDICOM class = iota
	isHL7
	isDNS
	isHTTP
	isSMB
	isARP
	classes
)

var classNames = [classes]string{"DICOM", "HL7", "DNS", "HTTP", "SMB", "ARP"}

// tape writes frames to the capture and counts them by class.
type tape struct {
	buf    *bufio.Writer
	cap    *capture.Writer
	frame  [ethLen + 1500]byte
	bytes  [classes]uint64 // of the file, record headers included
	flows  [classes]uint64
	frames uint64
	tally  *tally // of the bureau, else nil
}

func newTape(w io.Writer) (*tape, error) {
	t := &tape{buf: bufio.NewWriterSize(w, 1<<20)}
	var err error
	t.cap, err = capture.NewWriter(t.buf, capture.LinkEthernet, false)
	return t, err
}

// segment is what a TCP frame says besides its ends.
type segment struct {
	seq, ack uint32
	flags    uint8
	options  []byte
	payload  []byte
}

// tcp writes one segment from one host to another.
func (t *tape) tcp(at event.Time, c class, from, to *host, sport, dport uint16, s segment) error {
	head := tcpLen + len(s.options)
	b := t.ip(from, to, 6, head+len(s.payload))
	binary.BigEndian.PutUint16(b[0:], sport)
	binary.BigEndian.PutUint16(b[2:], dport)
	binary.BigEndian.PutUint32(b[4:], s.seq)
	binary.BigEndian.PutUint32(b[8:], s.ack)
	b[12] = uint8(head/4) << 4
	b[13] = s.flags
	win := uint16(64240)
	if s.flags&decode.SYN == 0 {
		win = 1026 // scaled by 2^8
	}
	binary.BigEndian.PutUint16(b[14:], win)
	binary.BigEndian.PutUint32(b[16:], 0)
	copy(b[tcpLen:], s.options)
	copy(b[head:], s.payload)
	binary.BigEndian.PutUint16(b[16:], checksum(b, pseudo(from, to, 6, len(b))))
	return t.write(at, c, len(b))
}

// udp writes one datagram.
func (t *tape) udp(at event.Time, c class, from, to *host, sport, dport uint16, payload []byte) error {
	b := t.ip(from, to, 17, udpLen+len(payload))
	binary.BigEndian.PutUint16(b[0:], sport)
	binary.BigEndian.PutUint16(b[2:], dport)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[6:], 0)
	copy(b[udpLen:], payload)
	sum := checksum(b, pseudo(from, to, 17, len(b)))
	if sum == 0 {
		sum = 0xffff // zero means that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return t.write(at, c, len(b))
}

// ip fills in the Ethernet and IPv4 headers and returns the room for the payload.
func (t *tape) ip(from, to *host, proto uint8, n int) []byte {
	f := t.frame[:]
	copy(f[0:], to.mac[:])
	copy(f[6:], from.mac[:])
	binary.BigEndian.PutUint16(f[12:], 0x0800)
	h := f[ethLen:]
	h[0], h[1] = 0x45, 0
	binary.BigEndian.PutUint16(h[2:], uint16(ipLen+n))
	binary.BigEndian.PutUint16(h[4:], from.id)
	from.id++
	binary.BigEndian.PutUint16(h[6:], 0x4000) // don't fragment
	h[8], h[9] = 128, proto
	binary.BigEndian.PutUint16(h[10:], 0)
	copy(h[12:], from.ip[:])
	copy(h[16:], to.ip[:])
	binary.BigEndian.PutUint16(h[10:], checksum(h[:ipLen], 0))
	return h[ipLen : ipLen+n]
}

// write pads and writes the frame that holds n bytes behind the IP header.
func (t *tape) write(at event.Time, c class, n int) error {
	return t.put(at, c, ethLen+ipLen+n)
}

func (t *tape) put(at event.Time, c class, n int) error {
	if n < minEth {
		clear(t.frame[n:minEth])
		n = minEth
	}
	t.frames++
	t.bytes[c] += uint64(n) + 16
	return t.cap.Write(at, t.frame[:n], n)
}

// arp writes a request or an answer (RFC 826).
func (t *tape) arp(at event.Time, from, to *host, answer bool) error {
	f := t.frame[:]
	dst, op := [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, byte(1)
	var target [6]byte
	if answer {
		dst, op, target = to.mac, 2, to.mac
	}
	copy(f[0:], dst[:])
	copy(f[6:], from.mac[:])
	b := append(f[12:12], 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, op)
	b = append(append(b, from.mac[:]...), from.ip[:]...)
	b = append(b, target[:]...)
	copy(b[len(b):len(b)+4], to.ip[:])
	return t.put(at, isARP, ethLen+28)
}

func pseudo(from, to *host, proto uint8, n int) uint64 {
	a, b := binary.BigEndian.Uint32(from.ip[:]), binary.BigEndian.Uint32(to.ip[:])
	return uint64(a) + uint64(b) + uint64(proto) + uint64(n)
}

// checksum is the Internet checksum (RFC 1071) of b and a sum made before.
func checksum(b []byte, sum uint64) uint16 {
	for len(b) >= 8 {
		x := binary.BigEndian.Uint64(b)
		sum += x>>32 + x&0xffffffff
		b = b[8:]
	}
	for len(b) >= 2 {
		sum += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
