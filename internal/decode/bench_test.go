package decode

import (
	"encoding/binary"
	"testing"

	"lazaret/internal/capture"
)

// frames are built outside in: each function puts one header before a payload.

func cat(parts ...[]byte) []byte {
	var out []byte
	for _, b := range parts {
		out = append(out, b...)
	}
	return out
}

func u16(v int) []byte { return []byte{byte(v >> 8), byte(v)} }
func u32(v uint32) []byte {
	return binary.BigEndian.AppendUint32(nil, v)
}

var (
	macA = []byte{2, 0, 0, 0, 0, 0xa}
	macB = []byte{2, 0, 0, 0, 0, 0xb}
)

func ethFrame(t int, payload []byte) []byte { return cat(macB, macA, u16(t), payload) }

func vlanTag(id, t int, payload []byte) []byte { return cat(u16(id), u16(t), payload) }

// ip4Packet has a right header checksum; flags is the word of flags and offset.
func ip4Packet(proto byte, id, flags int, payload []byte) []byte {
	return ip4Addr(proto, id, flags, 1, 2, payload)
}

func ip4Addr(proto byte, id, flags int, src, dst byte, payload []byte) []byte {
	h := cat([]byte{0x45, 0}, u16(20+len(payload)), u16(id), u16(flags), []byte{64, proto, 0, 0, 10, 0, 0, src, 10, 0, 0, dst})
	binary.BigEndian.PutUint16(h[10:], ^sum(h, 0))
	return cat(h, payload)
}

func ip6Packet(next byte, payload []byte) []byte {
	src, dst := make([]byte, 16), make([]byte, 16)
	src[0], dst[0], src[15], dst[15] = 0xfd, 0xfd, 1, 2
	return cat([]byte{0x60, 0, 0, 0}, u16(len(payload)), []byte{next, 64}, src, dst, payload)
}

// pseudo is the sum of the pseudo-header of the two packet makers above.
func pseudo(v6 bool, proto byte, n int) uint64 {
	s := uint64(proto) + uint64(n)
	if v6 {
		return s + 0xfd00 + 1 + 0xfd00 + 2
	}
	return s + 0x0a00 + 1 + 0x0a00 + 2
}

func tcpSegment(v6 bool, payload []byte) []byte {
	b := cat(u16(40000), u16(104), u32(1000), u32(2000), []byte{0x60, ACK | PSH}, u16(512), u16(0), u16(0), []byte{2, 4, 5, 0xb4}, payload)
	binary.BigEndian.PutUint16(b[16:], ^sum(b, pseudo(v6, protoTCP, len(b))))
	return b
}

func udpDatagram(v6 bool, port int, payload []byte) []byte {
	b := cat(u16(5000), u16(port), u16(8+len(payload)), u16(0), payload)
	binary.BigEndian.PutUint16(b[6:], ^sum(b, pseudo(v6, protoUDP, len(b))))
	return b
}

func vxlanPacket(inner []byte) []byte {
	return udpDatagram(false, portVXLAN, cat([]byte{8, 0, 0, 0, 0, 0, 7, 0}, inner))
}

func greERSPAN(inner []byte) []byte {
	return cat([]byte{0x10, 0, 0x88, 0xbe}, u32(1), []byte{0x10, 42, 0, 1, 0, 0, 0, 0}, inner)
}

func data(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func plainTCP(n int) []byte {
	return ethFrame(etherIPv4, ip4Packet(protoTCP, 1, 0x4000, tcpSegment(false, data(n))))
}

func run(b *testing.B, frames ...[]byte) {
	d := New(DefaultConfig())
	fs := make([]capture.Frame, len(frames))
	for i := range fs {
		fs[i] = capture.Frame{Data: frames[i], Len: len(frames[i]), Link: capture.LinkEthernet}
	}
	var p Packet
	b.ReportAllocs()
	for b.Loop() {
		for i := range fs {
			for ok := d.Frame(&p, &fs[i]); ok; ok = d.Inner(&p) {
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(fs)), "ns/frame")
}

func BenchmarkTCP(b *testing.B)    { run(b, plainTCP(1440)) }
func BenchmarkTCPAck(b *testing.B) { run(b, plainTCP(0)) }
func BenchmarkTCP200(b *testing.B) { run(b, plainTCP(200)) }
func BenchmarkVLANv6UDP(b *testing.B) {
	run(b, ethFrame(etherVLAN, vlanTag(5, etherIPv6, ip6Packet(protoUDP, udpDatagram(true, 53, data(80))))))
}
func BenchmarkVXLAN(b *testing.B) {
	run(b, ethFrame(etherIPv4, ip4Packet(protoUDP, 1, 0, vxlanPacket(plainTCP(1400)))))
}
func BenchmarkERSPAN(b *testing.B) {
	run(b, ethFrame(etherIPv4, ip4Packet(protoGRE, 1, 0, greERSPAN(plainTCP(1400)))))
}
func BenchmarkFragments(b *testing.B) {
	u := udpDatagram(false, 53, data(2900))
	run(b, ethFrame(etherIPv4, ip4Packet(protoUDP, 9, 0x2000, u[:1480])), ethFrame(etherIPv4, ip4Packet(protoUDP, 9, 185, u[1480:])))
}
