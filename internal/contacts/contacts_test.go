package contacts

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/share"
	"lazaret/internal/trace"
)

func ip(n int) netid.IP { return netid.IPv4(10, byte(n>>16), byte(n>>8), byte(n)) }

const start = event.Time(1_760_000_000e9)

func at(minutes int) event.Time { return start + event.Time(minutes)*60e9 }

func once(minutes, source, target int, g trace.Grade) Contact {
	return Contact{From: at(minutes), To: at(minutes), Source: ip(source), Target: ip(target), Grade: g, Count: 1}
}

var chances = [trace.Grades]float64{0, 0.1, 0.2, 0.3, 0.4, 0.5}

// What a record shows is a contact of its grade, or none.
func TestAdd(t *testing.T) {
	conn := func(port uint16) *event.Conn {
		return &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: ip(1), Port: 50000}, Resp: netid.Endpoint{IP: ip(2), Port: port}, Proto: 6}
	}
	for _, c := range []struct {
		name string
		port uint16
		body event.Payload
		want trace.Grade
	}{
		{"SMB", 4455, &flow.Record{Service: "gssapi,smb", OrigPkts: 9, RespPkts: 9}, trace.Touched},
		{"remote desktop that nobody can read", 3389, &flow.Record{Service: "ssl", OrigPkts: 9, RespPkts: 9}, trace.Touched},
		{"images", 104, &flow.Record{Service: "dicom", OrigPkts: 9, RespPkts: 9}, trace.Nothing},
		{"a page", 443, &flow.Record{Service: "ssl", OrigPkts: 9, RespPkts: 9}, trace.Nothing},
		{"nobody answers", 445, &flow.Record{OrigPkts: 9}, trace.Nothing},
		{"refused", 445, &flow.Record{OrigPkts: 1, RespPkts: 1, ConnState: "REJ"}, trace.Nothing},
		{"administrative share", 445, &share.MappingRecord{Path: `\\10.0.0.2\ADMIN$`}, trace.Entered},
		{"pipes", 445, &share.MappingRecord{Path: `\\10.0.0.2\IPC$`}, trace.Nothing},
		{"share of all", 445, &share.MappingRecord{Path: `\\10.0.0.2\scans`}, trace.Nothing},
		{"written", 445, &share.FileRecord{Action: "SMB::FILE_WRITE", BytesWrit: event.Count{V: 5, OK: true}}, trace.Written},
		{"nothing written", 445, &share.FileRecord{Action: "SMB::FILE_WRITE"}, trace.Nothing},
		{"read", 445, &share.FileRecord{Action: "SMB::FILE_READ"}, trace.Nothing},
	} {
		b := New(DefaultConfig())
		b.Add(&event.Record{TS: at(1), Conn: conn(c.port), Body: c.body})
		got := b.Graph(nil).Between([]netid.IP{ip(1), ip(2)})
		if c.want == trace.Nothing && len(got) != 0 || c.want != trace.Nothing && (len(got) != 1 || got[0].Grade != c.want || got[0].From != at(1)) {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

// A path obeys time: who was reached later cannot pass on earlier.
func TestForward(t *testing.T) {
	b := New(DefaultConfig())
	for _, c := range []Contact{
		once(10, 1, 2, trace.Touched), once(5, 2, 3, trace.Touched), once(20, 2, 3, trace.Written), once(15, 1, 3, trace.Nothing),
		once(30, 3, 4, trace.Touched), once(8, 4, 5, trace.Touched), once(40, 2, 6, trace.Entered), once(50, 1, 6, trace.Touched),
	} {
		b.Note(c)
	}
	g := b.Graph([]Contact{once(60, 6, 7, trace.Proven)})
	got := g.Forward([]Seed{{ip(1), at(0)}}, at(1000), trace.Touched, chances)
	var said []string
	for _, r := range got {
		s := ""
		for _, c := range r.Path {
			s += fmt.Sprintf(" %d-%s", c.From.Sub(start)/60e9, c.Grade)
		}
		said = append(said, fmt.Sprintf("%d at %d by%s %.4f", r.Device[15], r.At.Sub(start)/60e9, s, r.Chance))
	}
	want := []string{"2 at 10 by 10-touched 0.1000", "3 at 20 by 10-touched 20-written 0.0300", "6 at 40 by 10-touched 40-entered 0.0200", "7 at 60 by 10-touched 40-entered 60-proven 0.0100", "4 at 30 by 10-touched 20-written 30-touched 0.0030"}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if got := g.Forward([]Seed{{ip(1), at(11)}}, at(1000), trace.Touched, chances); len(got) != 2 || got[0].Device != ip(6) && got[1].Device != ip(6) {
		t.Errorf("infected too late: %+v", got)
	}
	if got := g.Forward([]Seed{{ip(1), at(0)}}, at(15), trace.Touched, chances); len(got) != 1 {
		t.Errorf("until then: %+v", got)
	}
	if got := g.Forward([]Seed{{ip(99), at(0)}}, at(15), trace.Touched, chances); len(got) != 0 {
		t.Errorf("from nobody: %+v", got)
	}
}

// Forward and Backward against the plain way: try every contact again and again.
func TestOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for run := range 300 {
		const devices = 12
		var list []Contact
		b := New(DefaultConfig())
		for range 60 {
			c := once(rng.IntN(100), rng.IntN(devices), rng.IntN(devices), trace.Touched+trace.Grade(rng.IntN(3)))
			if rng.IntN(4) == 0 {
				c.To, c.Count = c.To+event.Time(rng.IntN(30))*60e9, 2
			}
			if c.Source != c.Target {
				list = append(list, c)
				b.Note(c)
			}
		}
		least := trace.Touched + trace.Grade(rng.IntN(2))
		g := b.Graph(nil)
		arrive, leave := map[netid.IP]event.Time{ip(0): at(20)}, map[netid.IP]event.Time{ip(0): at(60)}
		for range devices {
			for _, c := range list {
				if a, ok := arrive[c.Source]; ok && c.Grade >= least && c.To >= a {
					if x, ok := arrive[c.Target]; !ok || max(a, c.From) < x {
						arrive[c.Target] = max(a, c.From)
					}
				}
				if a, ok := leave[c.Target]; ok && c.Grade >= least && c.From < a && min(a-1, c.To) >= at(0) {
					if x, ok := leave[c.Source]; !ok || min(a-1, c.To) > x {
						leave[c.Source] = min(a-1, c.To)
					}
				}
			}
		}
		delete(arrive, ip(0))
		delete(leave, ip(0))
		check := func(name string, got []Reach, want map[netid.IP]event.Time, back bool) {
			said := map[netid.IP]event.Time{}
			for _, r := range got {
				said[r.Device] = r.At
				when := at(20)
				if back {
					when = r.At
				}
				for i, c := range r.Path {
					if i > 0 && r.Path[i-1].Target != c.Source || c.To < when || c.Grade < least {
						t.Fatalf("%s, run %d: the path is none: %+v", name, run, r)
					}
					when = max(when, c.From)
				}
				if !back && when != r.At {
					t.Fatalf("%s, run %d: the path ends at %v: %+v", name, run, when, r)
				}
			}
			if !reflect.DeepEqual(said, want) {
				t.Fatalf("%s, run %d: %v, want %v", name, run, said, want)
			}
		}
		check("forward", g.Forward([]Seed{{ip(0), at(20)}}, at(1000), least, chances), arrive, false)
		check("backward", g.Backward(ip(0), at(60), at(0), least, chances), leave, true)
	}
}

// Without room the lowest grades are rolled up first, nothing is lost, and paths stay.
func TestRoll(t *testing.T) {
	cfg := Config{Cells: 400, Pairs: 16, Fresh: time.Hour}
	b := New(cfg)
	for i := range 20_000 {
		b.Note(once(i, 1, 2, trace.Touched))
		if i%100 == 0 {
			b.Note(once(i, 1, 2, trace.Written))
		}
	}
	if b.cells >= cfg.Cells || b.Rolled() == 0 || b.Forgotten() != 0 {
		t.Fatalf("%d cells, %d rolled, %d forgotten", b.cells, b.Rolled(), b.Forgotten())
	}
	list := b.Graph(nil).Between([]netid.IP{ip(1), ip(2)})
	sum, exact := map[trace.Grade]uint64{}, map[trace.Grade]int{}
	for _, c := range list {
		sum[c.Grade] += c.Count
		if c.Count == 1 {
			exact[c.Grade]++
		}
		if c.To < c.From {
			t.Fatalf("%+v", c)
		}
	}
	if sum[trace.Touched] != 20_000 || sum[trace.Written] != 200 || exact[trace.Written] < 190 || exact[trace.Touched] < 60 {
		t.Errorf("in all %v, exact %v", sum, exact)
	}
	if got := b.Graph(nil).Forward([]Seed{{ip(1), at(150)}}, at(30_000), trace.Touched, chances); len(got) != 1 || got[0].At < at(150) || got[0].At > at(151) {
		t.Errorf("%+v", got)
	}
	for i := range 100 {
		b.Note(once(30_000+i, 3+i, 2, trace.Touched))
	}
	if len(b.lines) > cfg.Pairs || b.Forgotten() < 20_000 {
		t.Errorf("%d pairs, %d forgotten", len(b.lines), b.Forgotten())
	}
}

// The same contacts in the same order make the same graph, whatever is rolled up.
func TestSame(t *testing.T) {
	make := func() []Contact {
		b := New(Config{Cells: 300, Pairs: 40, Fresh: 10 * time.Minute})
		rng := rand.New(rand.NewPCG(1, 1))
		var all []netid.IP
		for i := range 5000 {
			b.Note(once(i, rng.IntN(20), rng.IntN(20), trace.Touched+trace.Grade(rng.IntN(3))))
		}
		for i := range 20 {
			all = append(all, ip(i))
		}
		return b.Graph(nil).Between(all)
	}
	if a, b := make(), make(); len(a) == 0 || !reflect.DeepEqual(a, b) {
		t.Error("not the same")
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{}, {Cells: 63, Pairs: 16}, {Cells: 64, Pairs: 15}, {Cells: 64, Pairs: 16, Fresh: -1}} {
		if c.Validate() == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

// A year of a hospital: 5,000 devices, 100,000 contacts a day.
func BenchmarkYear(b *testing.B) {
	for b.Loop() {
		rng := rand.New(rand.NewPCG(1, 2))
		book := New(DefaultConfig())
		n, begun := 0, time.Now()
		for d := range 365 {
			for i := range 100_000 {
				source := rng.IntN(5000)
				book.Note(Contact{From: start + event.Time(d)*event.Time(day) + event.Time(i)*864e6, To: start + event.Time(d)*event.Time(day) + event.Time(i)*864e6,
					Source: ip(source), Target: ip((source + 1 + rng.IntN(30)) % 5000), Grade: trace.Touched + trace.Grade(min(rng.IntN(200)/198*rng.IntN(3), 2)), Count: 1})
				n++
			}
		}
		b.ReportMetric(float64(time.Since(begun).Nanoseconds())/float64(n), "ns/contact")
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB")
		b.ReportMetric(float64(book.cells), "cells")
		b.ReportMetric(float64(len(book.lines)), "pairs")
	}
}

// 10 million contacts of 5,000 devices, none rolled up: the graph and both questions.
func BenchmarkGraph(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	book := New(Config{Cells: 11_000_000, Pairs: 1 << 20})
	for i := range 10_000_000 {
		source := rng.IntN(5000)
		book.Note(Contact{From: start + event.Time(i)*1e8, To: start + event.Time(i)*1e8, Source: ip(source), Target: ip((source + 1 + rng.IntN(30)) % 5000), Grade: trace.Touched + trace.Grade(rng.IntN(3)), Count: 1})
	}
	var seeds []Seed
	for i := range 400 {
		seeds = append(seeds, Seed{ip(i * 10), start + event.Time(i)*1e12})
	}
	b.ReportAllocs()
	for b.Loop() {
		g := book.Graph(nil)
		if n := len(g.Forward(seeds, start+1e15+1e15, trace.Touched, chances)); n < 1000 {
			b.Fatal(n)
		}
		if n := len(g.Backward(ip(7), start+5e14, start, trace.Touched, chances)); n < 1000 {
			b.Fatal(n)
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB")
	runtime.KeepAlive(book)
}
