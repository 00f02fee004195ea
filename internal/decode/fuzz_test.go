package decode

import (
	"encoding/binary"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
)

var fuzzLinks = []capture.LinkType{
	capture.LinkEthernet, capture.LinkNull, capture.LinkPPP, capture.LinkPPPHDLC, capture.LinkPPPoE, capture.LinkRaw,
	capture.LinkRawOld12, capture.LinkRawOld14, capture.LinkIEEE80211, capture.LinkLoop, capture.LinkLinuxSLL, capture.LinkRadiotap,
	capture.LinkIPv4, capture.LinkIPv6, capture.LinkLinuxSLL2, linkCHDLC, linkNFLOG, linkFDDI, 147,
}

// packFrames is the input of FuzzFrame: captured length, missing bytes, frame.
func packFrames(frames ...[]byte) []byte {
	var out []byte
	for _, b := range frames {
		out = binary.BigEndian.AppendUint16(out, uint16(len(b)))
		out = append(append(out, 0), b...)
	}
	return out
}

func unpackFrames(in []byte, link capture.LinkType) []capture.Frame {
	var out []capture.Frame
	for len(in) >= 3 && len(out) < 64 {
		size, lost := min(int(binary.BigEndian.Uint16(in)), len(in)-3), int(in[2])
		out = append(out, capture.Frame{Time: event.Time(len(out)) * 4e9, Index: uint64(len(out) + 1), Data: in[3 : 3+size : 3+size], Len: size + lost, Link: link})
		in = in[3+size:]
	}
	return out
}

// FuzzFrame decodes a run of frames of any link type: no panic, payloads within
// their lengths, an end to the packets of a frame, and a table that counts right.
func FuzzFrame(f *testing.F) {
	for _, s := range samples() {
		for i, link := range fuzzLinks {
			if link == s.link {
				f.Add(uint8(i), packFrames(s.data))
			}
		}
	}
	u := udpDatagram(false, 53, data(40))
	f.Add(uint8(5), packFrames(frag4(9, 0, true, u[:16]), frag4(9, 8, true, u[8:24]), frag4(9, 24, false, u[24:])))
	f.Add(uint8(5), packFrames(frag6(9, 24, 0, protoUDP, u[24:]), frag6(9, 0, 1, protoUDP, u[:24])))
	f.Fuzz(func(t *testing.T, link uint8, in []byte) {
		cfg := DefaultConfig()
		cfg.FragmentDatagrams = 4
		d := New(cfg)
		var p Packet
		for _, frame := range unpackFrames(in, fuzzLinks[int(link)%len(fuzzLinks)]) {
			n := 0
			for ok := d.Frame(&p, &frame); ok; ok = d.Inner(&p) {
				if n++; n > len(frame.Data)+2 {
					t.Fatal("packets without end")
				}
				checkPacket(t, &p, cfg)
			}
			checkTable(t, d)
		}
	})
}

func checkPacket(t *testing.T, p *Packet, cfg Config) {
	t.Helper()
	switch {
	case p.Kind == KindNone || p.Kind > KindOther:
		t.Fatalf("kind %d", p.Kind)
	case len(p.Payload) > p.PayloadLen:
		t.Fatalf("%d of %d payload bytes: %s", len(p.Payload), p.PayloadLen, show(p))
	case len(p.Payload) < p.PayloadLen && !p.Cut:
		t.Fatalf("%d of %d payload bytes, not cut: %s", len(p.Payload), p.PayloadLen, show(p))
	case int(p.Depth) > cfg.MaxTunnels || (p.Tunnel == TunnelNone) != (p.Depth == 0):
		t.Fatalf("tunnel %d, depth %d", p.Tunnel, p.Depth)
	case p.Kind <= KindICMP && p.IPLen < p.PayloadLen:
		t.Fatalf("%d payload bytes in %d: %s", p.PayloadLen, p.IPLen, show(p))
	case p.Defect >= numDefects || len(p.Options) > 40:
		t.Fatalf("defect %d, %d option bytes", p.Defect, len(p.Options))
	}
}
