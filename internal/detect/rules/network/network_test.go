package network

import (
	"math/rand/v2"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// crowd makes conversations of many hosts with many, inside and outside, on ports that
// the family looks at and on others.
func crowd(n int) []event.Record {
	g := rand.New(rand.NewPCG(7, 8))
	ports := [...]uint16{80, 443, 445, 22, 104, 11112, 3389, 135, 53, 8080}
	states := [...]string{"SF", "SF", "SF", "S0", "REJ", "S1", "OTH"}
	out := make([]event.Record, n)
	for i := range out {
		c := &event.Conn{UID: "C", Proto: tcp, Orig: netid.Endpoint{IP: netid.IPv4(10, 0, byte(g.IntN(8)), byte(g.IntN(250))), Port: 50000},
			Resp: netid.Endpoint{IP: netid.IPv4(10, 1, byte(g.IntN(2)), byte(g.IntN(250))), Port: ports[g.IntN(len(ports))]}}
		if g.IntN(4) == 0 {
			c.Resp.IP = netid.IPv4(byte(20+g.IntN(60)), byte(g.IntN(250)), 7, 9)
		}
		out[i] = event.Record{TS: 1_800_000_000_000_000_000 + event.Time(i)*10_000_000, Conn: c,
			Body: &flow.Record{ConnState: states[g.IntN(len(states))], History: "S", Duration: 1e9}}
	}
	return out
}

// TestTwice holds that the same records give the same findings, whatever was seen before
// elsewhere.
func TestTwice(t *testing.T) {
	records := crowd(20_000)
	run := func() (n int, facts string) {
		book := detect.NewBook(detect.DefaultConfig(), nil)
		watch := detect.NewWatch(detect.DefaultConfig(), book, All())
		for i := range records {
			watch.Add(&records[i])
		}
		for _, f := range book.Snapshot(func(netid.IP) roles.Role { return roles.Unknown }).Findings {
			n++
			for _, x := range f.Facts {
				facts += f.Rule.ID + f.Source.String() + x.Field + x.Value
			}
		}
		return n, facts
	}
	n1, f1 := run()
	if n2, f2 := run(); n1 != n2 || f1 != f2 || n1 == 0 {
		t.Errorf("%d findings, then %d", n1, n2)
	}
}

// BenchmarkFamily is the cost of one conversation for the whole family.
func BenchmarkFamily(b *testing.B) {
	records := crowd(50_000)
	book := detect.NewBook(detect.DefaultConfig(), nil)
	watch := detect.NewWatch(detect.DefaultConfig(), book, All())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := records[i%len(records)]
		r.TS += event.Time(i/len(records)) * 600e9
		watch.Add(&r)
	}
}
