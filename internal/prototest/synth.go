package prototest

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Talk is one TCP conversation taken out of a capture: who spoke, and what, in
// the order in which it was said.
type Talk struct {
	Orig, Resp netid.Endpoint
	Said       []Segment
}

// Size is the number of payload bytes of both directions.
func (c *Talk) Size() (n int) {
	for _, s := range c.Said {
		n += len(s.Data)
	}
	return n
}

// Talks takes the TCP conversations with payload out of a clean capture: every
// segment must be in order, as a lab on one bridge records it.
func Talks(t testing.TB, list []capture.Frame) []*Talk {
	t.Helper()
	type state struct {
		talk *Talk
		next [2]uint32
	}
	open := map[netid.Key]*state{}
	var out []*Talk
	d := decode.New(decode.DefaultConfig())
	var p decode.Packet
	for i := range list {
		for ok := d.Frame(&p, &list[i]); ok; ok = d.Inner(&p) {
			if p.Kind != decode.KindTCP {
				continue
			}
			src, dst := netid.Endpoint{IP: p.Src, Port: p.SrcPort}, netid.Endpoint{IP: p.Dst, Port: p.DstPort}
			k, _ := netid.MakeKey(src, dst, p.Proto)
			s := open[k]
			if p.Flags&(decode.SYN|decode.ACK) == decode.SYN {
				s = &state{talk: &Talk{Orig: src, Resp: dst}}
				open[k] = s
				out = append(out, s.talk)
			}
			if s == nil {
				continue
			}
			dir := 0
			if src != s.talk.Orig {
				dir = 1
			}
			if p.Flags&decode.SYN != 0 {
				s.next[dir] = p.Seq + 1
			} else if len(p.Payload) > 0 {
				back := int(int32(s.next[dir] - p.Seq))
				if back < 0 || back >= len(p.Payload) {
					continue // a retransmission; a hole would show in the records
				}
				data := append([]byte(nil), p.Payload[back:]...)
				s.talk.Said = append(s.talk.Said, Segment{Dir: proto.Dir(dir), Data: data})
				s.next[dir] += uint32(len(data))
			}
		}
	}
	kept := out[:0]
	for _, c := range out {
		if len(c.Said) > 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// wire builds the frames of a conversation.
type wire struct {
	list []capture.Frame
	now  event.Time
	ends [2]netid.Endpoint
	seq  [2]uint32
}

func (w *wire) frame(d int, flags uint8, seq uint32, data []byte) capture.Frame {
	src, dst := w.ends[d], w.ends[1-d]
	b := make([]byte, 54, 54+len(data))
	copy(b, []byte{2, 0, 0, 0, 0, byte(2 - d), 2, 0, 0, 0, 0, byte(1 + d), 8, 0})
	ip := b[14:]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(40+len(data)))
	copy(ip[12:], src.IP[12:])
	copy(ip[16:], dst.IP[12:])
	tcp := ip[20:]
	binary.BigEndian.PutUint16(tcp, src.Port)
	binary.BigEndian.PutUint16(tcp[2:], dst.Port)
	binary.BigEndian.PutUint32(tcp[4:], seq)
	binary.BigEndian.PutUint32(tcp[8:], w.seq[1-d])
	tcp[12], tcp[13] = 5<<4, flags
	binary.BigEndian.PutUint16(tcp[14:], 60000)
	b = append(b, data...)
	w.now += 1000
	return capture.Frame{Time: w.now, Data: b, Len: len(b), Link: capture.LinkEthernet}
}

func (w *wire) send(d int, flags uint8, data []byte) {
	w.list = append(w.list, w.frame(d, flags, w.seq[d], data))
	w.seq[d] += uint32(len(data))
	if flags&(decode.SYN|decode.FIN) != 0 {
		w.seq[d]++
	}
}

func numbered(list []capture.Frame) []capture.Frame {
	for i := range list {
		list[i].Index = uint64(i + 1)
		list[i].Time = start + event.Time(i)*10_000
	}
	return list
}

// start is the time of the first synthetic frame: the end of 2023.
const start = event.Time(1_704_000_000_000_000_000)

// Frames puts a conversation on the wire again: handshake, the bytes of each turn
// cut at the given sizes taken in turn (none keeps the segments as they are), an
// acknowledgement for each turn, and the end.
func (c *Talk) Frames(sizes []int) []capture.Frame {
	w := &wire{ends: [2]netid.Endpoint{c.Orig, c.Resp}, seq: [2]uint32{1000, 0xfffff000}}
	w.send(0, decode.SYN, nil)
	w.send(1, decode.SYN|decode.ACK, nil)
	w.send(0, decode.ACK, nil)
	for i, s := range Recut(c.Said, sizes) {
		w.send(int(s.Dir), decode.ACK|decode.PSH, s.Data)
		if i%4 == 3 {
			w.send(int(s.Dir.Other()), decode.ACK, nil)
		}
	}
	w.send(0, decode.FIN|decode.ACK, nil)
	w.send(1, decode.FIN|decode.ACK, nil)
	w.send(0, decode.ACK, nil)
	return numbered(w.list)
}

// Shuffle swaps neighbours within a window of one direction and repeats some
// packets, as a network and a mirror port do. The handshake stays in front.
func Shuffle(list []capture.Frame, r *rand.Rand) []capture.Frame {
	out := append([]capture.Frame(nil), list[:3]...)
	rest := append([]capture.Frame(nil), list[3:]...)
	for i := 0; i+1 < len(rest); i++ {
		if j := i + 1 + r.IntN(3); j < len(rest) && r.IntN(4) == 0 && sameWay(rest[i:j+1]) {
			rest[i], rest[j] = rest[j], rest[i]
		}
	}
	for _, f := range rest {
		out = append(out, f)
		if r.IntN(8) == 0 {
			out = append(out, f)
		}
	}
	return numbered(out)
}

// sameWay says that the frames have one source: only then does swapping them
// keep who answered whom.
func sameWay(list []capture.Frame) bool {
	for i := range list {
		if string(list[i].Data[26:30]) != string(list[0].Data[26:30]) || string(list[i].Data[34:36]) != string(list[0].Data[34:36]) {
			return false
		}
	}
	return true
}
