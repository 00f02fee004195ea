package exposure

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/sketch"
)

var (
	ct      = netid.IPv4(10, 0, 0, 21)
	archive = netid.IPv4(10, 0, 0, 10)
)

const minute = event.Time(60e9)

func at(minutes int) event.Time { return event.Time(1_700_000_000e9) + event.Time(minutes)*minute }

// What was done in the window counts, once over all devices, and nothing else does.
func TestCount(t *testing.T) {
	b := New(DefaultConfig())
	b.Add(ct, Patients, Handled, 1, at(0))
	b.Add(ct, Patients, Handled, 2, at(10))
	b.Add(ct, Patients, Handled, 2, at(300))
	b.Add(ct, Patients, Handled, 3, at(500))
	b.Add(ct, Patients, Returned, 4, at(100))
	b.Add(ct, Studies, Handled, 9, at(100))
	b.Add(archive, Patients, Handled, 2, at(100))
	b.Add(archive, Patients, Handled, 5, at(101))
	for _, c := range []struct {
		name    string
		windows []Window
		kind    Kind
		ways    []Way
		want    uint64
	}{
		{"all of a device", []Window{{ct, at(0), at(500)}}, Patients, []Way{Handled}, 3},
		{"from the second on", []Window{{ct, at(1), at(500)}}, Patients, []Way{Handled}, 2},
		{"the end counts", []Window{{ct, at(11), at(499)}}, Patients, []Way{Handled}, 1},
		{"between", []Window{{ct, at(11), at(299)}}, Patients, []Way{Handled}, 0},
		{"in another way", []Window{{ct, at(0), at(500)}}, Patients, []Way{Returned}, 1},
		{"in either way", []Window{{ct, at(0), at(500)}}, Patients, []Way{Handled, Returned}, 4},
		{"another kind", []Window{{ct, at(0), at(500)}}, Studies, []Way{Handled}, 1},
		{"of two devices, none twice", []Window{{ct, at(0), at(500)}, {archive, at(0), at(500)}}, Patients, []Way{Handled}, 4},
		{"each in its window", []Window{{ct, at(400), at(500)}, {archive, at(101), at(500)}}, Patients, []Way{Handled}, 2},
		{"moved", []Window{{ct, at(0), at(500)}}, Patients, []Way{Moved}, 0},
	} {
		if got := b.Count(c.windows, c.kind, c.ways...); got != (Count{Number: c.want}) {
			t.Errorf("%s: %v, want %d", c.name, got, c.want)
		}
	}
	if list, all := b.Hashes([]Window{{ct, at(0), at(500)}}, Patients, Handled); !all || !slices.Equal(list, []uint64{1, 2, 3}) {
		t.Errorf("hashes %v, all %v", list, all)
	}
}

// Times come only roughly in order: hours are found again.
func TestDisorder(t *testing.T) {
	b := New(DefaultConfig())
	for i, m := range rand.New(rand.NewPCG(1, 1)).Perm(3000) {
		b.Add(ct, Studies, Handled, uint64(i), at(m))
	}
	if got := b.Count([]Window{{ct, at(0), at(2999)}}, Studies, Handled); got.Number != 3000 {
		t.Errorf("%v", got)
	}
	if got := b.Count([]Window{{ct, at(1000), at(1999)}}, Studies, Handled); got.Number != 1000 {
		t.Errorf("%v in the middle", got)
	}
}

// A year of a large hospital: beyond the bound the count is within its stated error, and
// the latest hours are exact still.
func TestYear(t *testing.T) {
	const studies = 2_000_000
	cfg := Config{Exact: 100_000, Hours: 100_000, Precision: 12}
	b := New(cfg)
	for i := range studies {
		b.Add(archive, Studies, Handled, sketch.Mix(uint64(i)), at(i*365*24*60/studies))
	}
	whole := Window{archive, at(0), at(365 * 24 * 60)}
	got := b.Count([]Window{whole}, Studies, Handled)
	if off := math.Abs(float64(got.Number)-studies) / studies; off > 3*got.Error || got.Error == 0 {
		t.Errorf("%v of %d, off by %.4f", got, studies, off)
	}
	if !strings.Contains(got.String(), "about ") {
		t.Errorf("told as %s", got)
	}
	if last := b.Count([]Window{{archive, at(364 * 24 * 60), at(365 * 24 * 60)}}, Studies, Handled); last.Error != 0 || last.Number < 5400 || last.Number > 5500 {
		t.Errorf("the last day: %v", last)
	}
	if _, all := b.Hashes([]Window{whole}, Studies, Handled); all {
		t.Error("hashes are said to be all")
	}
	if b.exact > cfg.Exact {
		t.Errorf("%d are known exactly", b.exact)
	}
}

// Hours that find no room become days: what is long ago counts by whole days, and is told
// each by itself still, if it is little. A day takes what comes late.
func TestDays(t *testing.T) {
	b := New(Config{Exact: 1000, Hours: 50, Precision: 8})
	for i := range 200 {
		b.Add(ct, Queries, Handled, uint64(i), at(i*60))
	}
	if b.slots > 50 || b.Forgotten() != 0 {
		t.Errorf("%d hours, %d forgotten", b.slots, b.Forgotten())
	}
	b.Add(ct, Queries, Handled, 1000, at(60))
	if got := b.Count([]Window{{ct, at(0), at(200 * 60)}}, Queries, Handled); got != (Count{Number: 201}) {
		t.Errorf("all: %v", got)
	}
	if got := b.Count([]Window{{ct, at(180 * 60), at(200 * 60)}}, Queries, Handled); got != (Count{Number: 20}) {
		t.Errorf("the last: %v", got)
	}
	if got := b.Count([]Window{{ct, at(60), at(61)}}, Queries, Handled); got.Number < 2 || got.Number > 25 || got.Error != 0 {
		t.Errorf("of a day: %v", got)
	}
	if list, all := b.Hashes([]Window{{ct, at(0), at(200 * 60)}}, Queries, Handled); len(list) != 201 || !all {
		t.Errorf("%d hashes, all %v", len(list), all)
	}
}

// Days that find no room are forgotten, the oldest first, and counted.
func TestForget(t *testing.T) {
	b := New(Config{Exact: 1000, Hours: 50, Precision: 8})
	for i := range 200 {
		b.Add(ct, Queries, Handled, uint64(i), at(i*60*24))
	}
	if b.slots > 50 || b.Forgotten() < 100 {
		t.Errorf("%d hours, %d forgotten", b.slots, b.Forgotten())
	}
	if got := b.Count([]Window{{ct, at(180 * 60 * 24), at(200 * 60 * 24)}}, Queries, Handled); got != (Count{Number: 20}) {
		t.Errorf("the last: %v", got)
	}
	n := 0
	for _, list := range b.order {
		for _, s := range list {
			n += len(s.things)
		}
	}
	if n != b.exact {
		t.Errorf("%d are known exactly, %d are counted", n, b.exact)
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{}.Validate()
	for _, key := range []string{"exposure.exact", "exposure.hours", "exposure.precision"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s is not named: %v", key, err)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	book := New(DefaultConfig())
	b.ReportAllocs()
	for i := range b.N {
		book.Add(archive, Studies, Handled, sketch.Mix(uint64(i/4)), at(i/1000))
	}
}

// A year of two million studies, each with a patient, stored by scanners into an archive.
func BenchmarkYear(b *testing.B) {
	const studies = 2_000_000
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		book := New(DefaultConfig())
		for i := range studies {
			when, scanner := at(i*365*24*60/studies), netid.IPv4(10, 0, byte(i%40), 1)
			for _, ip := range []netid.IP{scanner, archive} {
				book.Add(ip, Studies, Handled, sketch.Mix(uint64(i)), when)
				book.Add(ip, Patients, Handled, sketch.Mix(uint64(i/3)<<1|1), when)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
		got := book.Count([]Window{{archive, at(0), at(365 * 24 * 60)}}, Studies, Handled)
		b.ReportMetric(100*math.Abs(float64(got.Number)-studies)/studies, "%off")
		b.ReportMetric(100*got.Error, "%error")
	}
}
