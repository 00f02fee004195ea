package flow

import (
	"testing"
	"time"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// benchStart is the packet time of the first packet, 2026-11-02T08:00:00Z.
const benchStart = event.Time(1793606400) * 1e9

// benchPacket is packet seq of conversation n from client to server.
func benchPacket(n int, flags uint8, size int) decode.Packet {
	return decode.Packet{
		Time: benchStart, Kind: decode.KindTCP, Proto: 6, Flags: flags, Seq: 1000, Ack: 5000, Window: 1026,
		Src: netid.IPv4(10, byte(n>>16), byte(n>>8), byte(n)), Dst: netid.IPv4(10, 200, 0, 1),
		SrcPort: uint16(49152 + n%1000), DstPort: 104, PayloadLen: size, IPLen: 40 + size,
		SrcMAC: netid.MAC{2, 0, 0, 0, 0, 1}, DstMAC: netid.MAC{2, 0, 0, 0, 0, 2},
	}
}

func benchTable(size int) *Table {
	cfg := DefaultConfig()
	cfg.Max = max(cfg.Max, size)
	return NewTable(cfg, 1, func(*Flow, string) {})
}

// established opens n conversations and returns one packet of each.
func established(t *Table, n int) []decode.Packet {
	packets := make([]decode.Packet, n)
	for i := range packets {
		p := benchPacket(i, decode.SYN, 0)
		t.Packet(&p)
		back := p
		back.Src, back.Dst, back.SrcPort, back.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
		back.Flags, back.Seq, back.Ack = decode.SYN|decode.ACK, 5000, 1001
		t.Packet(&back)
		p.Flags, p.Seq, p.Ack = decode.ACK, 1001, 5001
		t.Packet(&p)
		p.PayloadLen, p.IPLen = 1460, 1500
		packets[i] = p
	}
	return packets
}

// BenchmarkHit looks up the flow of a full segment and accounts for it: the work
// of nearly every packet.
func BenchmarkHit(b *testing.B) {
	for _, c := range []struct {
		name string
		n    int
	}{{"16", 16}, {"1024", 1024}, {"65536", 65536}} {
		b.Run(c.name, func(b *testing.B) {
			t := benchTable(c.n)
			packets := established(t, c.n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				p := &packets[i%c.n]
				if s, ok := t.Packet(p); !ok || s.New {
					b.Fatal("a known flow was not found")
				}
				p.Seq += 1460
			}
		})
	}
}

// BenchmarkSYN opens a flow with a lone SYN, as a scan does, and lets it expire
// with its neighbours.
func BenchmarkSYN(b *testing.B) {
	t := benchTable(1 << 16)
	b.ReportAllocs()
	for i := range b.N {
		p := benchPacket(i, decode.SYN, 0)
		p.Time += event.Time(i) * event.Time(100*time.Microsecond)
		if s, ok := t.Packet(&p); !ok || !s.New {
			b.Fatal("a new flow was not opened")
		}
		if i%512 == 511 {
			t.Advance(p.Time)
		}
	}
}

// BenchmarkExpiry ends flows by silence; one operation is one flow.
func BenchmarkExpiry(b *testing.B) {
	const n = 4096
	ended := 0
	t := NewTable(DefaultConfig(), 1, func(*Flow, string) { ended++ })
	b.ReportAllocs()
	opened := 0
	for opened < b.N {
		b.StopTimer()
		at := benchStart + event.Time(opened/n)*event.Time(time.Hour)
		t.Advance(at)
		for range n {
			p := benchPacket(opened, decode.SYN, 0)
			p.Time = at
			t.Packet(&p)
			opened++
		}
		b.StartTimer()
		t.Advance(at + event.Time(time.Minute))
	}
	if ended != opened {
		b.Fatalf("%d of %d flows ended", ended, opened)
	}
}

// TestHitAllocs holds the promise that a packet of a known flow costs no
// allocation.
func TestHitAllocs(t *testing.T) {
	table := benchTable(16)
	packets := established(table, 16)
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		p := &packets[i%16]
		table.Packet(p)
		p.Seq += 1460
		i++
	})
	if n != 0 {
		t.Errorf("allocations per packet = %v, want 0", n)
	}
}
