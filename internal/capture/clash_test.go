package capture

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lazaret/internal/event"
)

// written writes frames into a file, each its own: number i at time at(i).
func written(t *testing.T, name string, from, to int, at func(i int) event.Time) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, LinkEthernet, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < to; i++ {
		data := make([]byte, 100)
		data[40], data[41], data[42] = byte(i), byte(i>>8), byte(i>>16)
		if err := w.Write(at(i), data, len(data)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestClashes(t *testing.T) {
	const start = event.Time(1_760_000_000e9)
	second := func(i int) event.Time { return start + event.Time(i)*1e9 }
	later := func(d time.Duration) func(i int) event.Time {
		return func(i int) event.Time { return second(i) + event.Time(d) }
	}
	for _, c := range []struct {
		name  string
		files []string
		want  []string // kind, then a part of the words
	}{
		{"one after the other", []string{written(t, "a", 0, 2000, second), written(t, "b", 2000, 4000, second)}, nil},
		{"the same twice", []string{written(t, "a", 0, 3000, second), written(t, "b", 0, 3000, second)}, []string{"same 512 of 512"}},
		{"two taps", []string{written(t, "a", 0, 3000, second), written(t, "b", 0, 3000, later(20*time.Microsecond))}, []string{"same 512 of 512"}},
		{"a small capture twice", []string{written(t, "a", 0, 20, second), written(t, "b", 0, 20, second)}, []string{"same 20 of 20"}},
		{"halves that overlap", []string{written(t, "a", 0, 3000, second), written(t, "b", 2000, 5000, second)}, []string{"same "}},
		{"a part of another", []string{written(t, "a", 0, 3000, second), written(t, "b", 1000, 1300, second)}, []string{"same "}},
		{"other packets at the same time", []string{written(t, "a", 0, 3000, second), written(t, "b", 5000, 6000, later(-3000*time.Second))}, []string{"overlap for 16m39s"}},
		{"a clock that is behind", []string{written(t, "a", 0, 3000, second), written(t, "b", 0, 3000, later(time.Hour))}, []string{"shifted 1h0m0s behind", "hole"}},
		{"a clock that was not set", []string{written(t, "a", 0, 100, func(i int) event.Time { return event.Time(i) * 1e9 })}, []string{"unset 1970-01-01"}},
		{"back in time", []string{written(t, "a", 0, 3000, func(i int) event.Time {
			if i > 1500 {
				return second(i - 600)
			}
			return second(i)
		})}, []string{"backwards 1 time, by up to 9m59s"}},
		{"a little back in time", []string{written(t, "a", 0, 3000, func(i int) event.Time { return second(i) - event.Time(i%2)*15e8 })}, nil},
		{"both directions of a mirror", []string{written(t, "a", 0, 3000, func(i int) event.Time { return second(i / 2) })}, nil},
		{"a night without", []string{written(t, "a", 0, 100, second), written(t, "b", 100, 200, later(9*time.Hour))}, []string{"hole 9h0m1s"}},
	} {
		tl := Open(context.Background(), DefaultConfig(), c.files, Options{})
		drain(t, tl)
		list, more := tl.Clashes()
		if more != 0 || len(list) != len(c.want) {
			t.Errorf("%s: %v and %d more, want %v", c.name, list, more, c.want)
			continue
		}
		for i := range list {
			kind, words, _ := strings.Cut(c.want[i], " ")
			if string(list[i].Kind) != kind || !strings.Contains(list[i].String(), words) || len(list[i].String()) < 20 {
				t.Errorf("%s: %s %s, want %s", c.name, list[i].Kind, &list[i], c.want[i])
			}
		}
	}
}

// A mirror of both directions holds each packet twice, within microseconds.
func TestTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mirror")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(f, LinkEthernet, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		data := make([]byte, 80)
		data[30], data[31] = byte(i/2), byte(i/2>>8)
		if err := w.Write(1_760_000_000e9+event.Time(i)*1000, data, len(data)); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	tl := Open(context.Background(), DefaultConfig(), []string{path}, Options{})
	drain(t, tl)
	list, _ := tl.Clashes()
	if len(list) != 1 || list[0].Kind != Twice || list[0].Count < 400 {
		t.Fatalf("%v", list)
	}
}

// Machines that say the same every two seconds show no clock that is off.
func TestBeacons(t *testing.T) {
	beacon := func(begin event.Time) string {
		path := filepath.Join(t.TempDir(), "beacons")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		w, err := NewWriter(f, LinkEthernet, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6000 {
			data := make([]byte, 64)
			data[20] = byte(i % 24)
			if err := w.Write(begin+event.Time(i/24*2e9), data, len(data)); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	tl := Open(context.Background(), DefaultConfig(), []string{beacon(1_760_000_000e9), beacon(1_760_000_600e9)}, Options{})
	drain(t, tl)
	if list, _ := tl.Clashes(); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

// Where hundreds of files overlap, the longest overlaps are told, and how many are not.
func TestManyClashes(t *testing.T) {
	var files []string
	for k := range 40 {
		files = append(files, written(t, "f", 1000*k, 1000*k+20, func(i int) event.Time { return 1_760_000_000e9 + event.Time(i%1000*(k+1))*1e9 }))
	}
	tl := Open(context.Background(), DefaultConfig(), files, Options{})
	drain(t, tl)
	list, more := tl.Clashes()
	if len(list) != MaxClashes || len(list)+more != 40*39/2 {
		t.Fatalf("%d and %d more", len(list), more)
	}
	if !slices.IsSortedFunc(list, func(a, b Clash) int { return int(b.To.Sub(b.From) - a.To.Sub(a.From)) }) {
		t.Error("the longest do not come first")
	}
}

func BenchmarkSee(b *testing.B) {
	p := &span{}
	f := Frame{Data: make([]byte, 1514), Len: 1514, Time: 1_760_000_000e9}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.Time++
		f.Data[40], f.Data[41], f.Data[42] = byte(i), byte(i>>8), byte(i>>16)
		p.see(&f)
	}
}
