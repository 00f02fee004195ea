package dhcp

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// play runs the datagrams in turn as of one or the other family, with a pause
// between them.
func play(one, two []byte, pause uint32, six bool) *world {
	w := newWorld(nil, 4)
	from, to := ip(0), ip(255)
	if six {
		from, to = ip6(9), ip6(1)
	}
	for i, b := range [][]byte{one, two, one, two, two, one} {
		probe(proto.Orig, b)
		w.send(event.Time(pause)*1e4*event.Time(i&1), from, to, b)
		from, to = to, from
	}
	w.join.Flush()
	return w
}

// FuzzMessages demands that no messages panic, that the bounds hold, and that
// the same messages give the same records.
func FuzzMessages(f *testing.F) {
	f.Add(msg4(1, 7, 1, 0, opt(53, "\x01")+opt(61, "\x01abcdef")+opt(12, "ct")+end), msg4(2, 7, 1, 9, opt(53, "\x02")+opt(51, "abcd")+end), uint32(10), false)
	f.Add(msg4(1, 7, 1, 0, opt(53, "\x08")+opt(82, "\x01\x02ab\x02\x01c")+opt(81, "\x01\x00\x00ct")+end), msg4(1, 7, 1, 0, opt(52, "\x03")+end), uint32(900_000), false)
	f.Add(msg6(1, 5, o6(1, duid(9))+iana(3)+o6(39, "\x01\x02ct")), msg6(7, 5, o6(1, duid(9))+iana(4)+o6(24, "\x03lab\x00")), uint32(1), true)
	f.Add(relay6(12, o6(18, "p")+o6(9, string(msg6(1, 5, o6(1, duid(9)))))), msg6(2, 5, strings.Repeat(o6(23, addr6(1)), 9)), uint32(1), true)
	f.Fuzz(func(t *testing.T, one, two []byte, pause uint32, six bool) {
		w := play(one, two, pause, six)
		if len(w.join.open) != 0 || len(w.join.order) != 0 {
			t.Fatal("conversations are left over")
		}
		lines := w.lines()
		for _, r := range w.out {
			switch r := r.Body.(type) {
			case *Record:
				if len(r.HostName) > maxString || len(r.MsgTypes) > maxTypes || len(r.MsgTypes) == 0 {
					t.Fatalf("bounds: %d bytes of name, %d messages", len(r.HostName), len(r.MsgTypes))
				}
			case *Record6:
				if len(r.Assigned) > maxList || len(r.Domains) > maxList || len(r.MsgTypes) == 0 {
					t.Fatalf("bounds: %d addresses, %d domains", len(r.Assigned), len(r.Domains))
				}
			}
		}
		if strings.Join(lines, "\n") != strings.Join(play(one, two, pause, six).lines(), "\n") {
			t.Fatal("two runs differ")
		}
	})
}

func BenchmarkLease(b *testing.B) {
	client := opt(12, "ct-1") + opt(55, "\x01\x03\x06\x0f") + opt(60, "MSFT 5.0") + opt(61, "\x01\x00\x11\x22\x33\x44\x55")
	msgs := [][]byte{
		msg4(1, 7, 0x55, 0, opt(53, "\x01")+client+end), msg4(2, 7, 0x55, 9, opt(53, "\x02")+opt(51, "\x00\x00\x0e\x10")+end),
		msg4(1, 7, 0x55, 0, opt(53, "\x03")+client+end), msg4(2, 7, 0x55, 9, opt(53, "\x05")+opt(51, "\x00\x00\x0e\x10")+end),
	}
	w := newWorld(nil, maxOpen)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for _, m := range msgs {
			m[5], m[6] = byte(i>>8), byte(i)
			w.send(1e6, ip(0), ip(255), m)
		}
		w.out = w.out[:0]
	}
}

func BenchmarkProbe(b *testing.B) {
	m, other := msg4(1, 7, 0x55, 0, end), make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		probe(proto.Orig, m)
		probe(proto.Orig, other)
	}
}

// TestCaptures6 reads the DHCPv6 captures beside the repository.
func TestCaptures6(t *testing.T) {
	n := 0
	for _, name := range []string{"kholia__DHCPv6__dhcp-auth-dhcpcd-openwall.pcap", "kholia__DHCPv6__dhcp-auth-dhcpcd-openwall-working.pcap"} {
		records, _ := prototest.Run(t, prototest.Load(t, prototest.Shared(t, "pcaps/11-dhcp/"+name)), &Spec)
		for _, r := range records {
			if r, isSix := r.Body.(*Record6); isSix {
				n++
				if r.ClientDUID == "" || r.ClientAddr == (netid.IP{}) {
					t.Errorf("%s: incomplete record %+v", name, r)
				}
			}
		}
	}
	if n == 0 {
		t.Error("no exchange was found")
	}
}
