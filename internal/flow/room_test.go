package flow

import (
	"testing"
	"unsafe"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// A million flows may be open: each byte of one is a megabyte, and 64 of them
// fill what the allocator gives for a chunk.
func TestFlowSize(t *testing.T) {
	if n := unsafe.Sizeof(Flow{}); n > 192 {
		t.Errorf("a flow has %d bytes, more than 192", n)
	}
	if n := unsafe.Sizeof(tcp{}); n > 192 {
		t.Errorf("the state of TCP has %d bytes, more than 192", n)
	}
}

// However packets come, flows and their states stay within the bound together,
// and every flow ends once.
func TestRoom(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Max = 1024
	ends := map[string]int{}
	ended := 0
	tb := NewTable(cfg, 1, func(_ *Flow, why string) { ends[why]++; ended++ })
	opened := 0
	for i := range 20000 {
		k := i / 2
		if i%3 == 0 { // answers to flows opened long ago
			k = max(0, k-900)
		}
		p := decode.Packet{
			Kind: decode.KindTCP, Proto: 6, Time: event.Time(i + 1), Flags: decode.SYN,
			Src: netid.IPv4(10, 0, 0, 1), Dst: netid.IPv4(10, 0, 0, 2), SrcPort: uint16(1024 + k), DstPort: 104,
		}
		if i%3 == 0 {
			p.Src, p.Dst, p.SrcPort, p.DstPort, p.Flags = p.Dst, p.Src, p.DstPort, p.SrcPort, decode.SYN|decode.ACK
		}
		if s, ok := tb.Packet(&p); ok && s.New {
			opened++
		}
		states := 0
		for _, c := range tb.slab {
			for j := range c {
				if c[j].tcp != nil {
					states++
				}
			}
		}
		if states != tb.heavy || tb.used+tb.heavy > cfg.Max+1 {
			t.Fatalf("packet %d: %d flows, %d states, counted %d", i, tb.used, states, tb.heavy)
		}
	}
	tb.Flush()
	if ended != opened || ends["table_full"] == 0 || uint64(ends["table_full"]) != tb.Shed() || tb.Len() != 0 || tb.heavy != 0 {
		t.Errorf("%d opened, ends %v, shed %d, left %d and %d states", opened, ends, tb.Shed(), tb.Len(), tb.heavy)
	}
}
