package capture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"lazaret/internal/event"
)

// sample is a capture made byte by byte, and the frames in it.
type sample struct {
	name string
	raw  []byte
	want []kept
}

// samples are all formats in all byte orders.
func samples() []sample {
	var all []sample
	for name, o := range orders {
		pcap := func(kind string, magic uint32, unit event.Time, link uint32, extra string) {
			first := fields(o, uint32(10), uint32(7), uint32(3), uint32(3), extra, "abc")
			second := fields(o, uint32(4294967295), uint32(999), uint32(0), uint32(60), extra)
			all = append(all, sample{name + " " + kind, join(fileHead(o, magic, link), first, second), []kept{
				{10e9 + 7*unit, "abc", 3, LinkType(link)},
				{4294967295e9 + 999*unit, "", 60, LinkType(link)},
			}})
		}
		pcap("micro", 0xa1b2c3d4, 1000, 1, "")
		pcap("nano", 0xa1b23c4d, 1, 101, "")
		pcap("modified", 0xa1b2cd34, 1000, 113, "\x01\x02\x03\x04\x05\x06\x07\x08")
		all = append(all,
			sample{name + " frame check sequence", join(fileHead(o, 0xa1b2c3d4, 0x14000001), record(o, 1, 0, 9, "x")), []kept{{1e9, "x", 9, 1}}},
			sample{name + " length on the wire below the captured", join(fileHead(o, 0xa1b2c3d4, 1), record(o, 1, 0, 2, "xyz")), []kept{{1e9, "xyz", 3, 1}}},
			sample{name + " no records", fileHead(o, 0xa1b2c3d4, 1), nil},
			sample{name + " pcapng", sections(o), sectionFrames},
		)
	}
	old := fileHead(orders["le"], 0xa1b2c3d4, 1)
	old[6] = 2 // version 2.2: the lengths stand in the other order
	all = append(all, sample{"version 2.2", join(old, fields(orders["le"], uint32(1), uint32(0), uint32(60), uint32(2), "hi")), []kept{{1e9, "hi", 60, 1}}})
	return all
}

// sections is a pcapng file of two sections, the second in the other byte order
// at last, with every block that is known.
func sections(o endian) []byte {
	other := orders["le"]
	if o == other {
		other = orders["be"]
	}
	return join(
		shb(o, uint16(4), uint16(5), "maker\x00\x00\x00", uint16(0), uint16(0)),
		block(o, 0x0bad, "unknown block"),
		idb(o, 1, 0),
		idb(o, 101, 0, uint16(9), uint16(1), "\x09\x00\x00\x00", uint16(0), uint32(0)),
		idb(o, 228, 0, uint16(9), uint16(1), "\x8a\x00\x00\x00", uint16(14), uint16(8), uint64(100)),
		epb(o, 0, 1_500_000, 3, "one"),
		spb(o, 3, "two"),
		block(o, 4, "names"),
		epb(o, 1, 2_000_000_123, 1500, "three"),
		epb(o, 2, 1024*3+512, 4, "four"),
		opb(o, 1, 5, 4, "five"),
		block(o, 5, uint32(1), uint64(0), uint16(5), uint16(8), uint64(17), uint16(7), uint16(8), ^uint64(0)),
		shb(other),
		idb(other, 276, 2),
		epb(other, 0, 7_000_000, 3, "six"),
		spb(other, 900, "se"),
	)
}

var sectionFrames = []kept{
	{1_500_000_000, "one", 3, 1},
	{1_500_000_000, "two", 3, 1},
	{2_000_000_123, "three", 1500, 101},
	{103_500_000_000, "four", 4, 228},
	{5, "five", 4, 101},
	{7_000_000_000, "six", 3, 276},
	{7_000_000_000, "se", 900, 276},
}

func TestFormats(t *testing.T) {
	for _, s := range samples() {
		check := func(how string, got []kept, faults []Fault) {
			t.Helper()
			if len(faults) > 0 {
				t.Errorf("%s, %s: faults %v", s.name, how, faults)
			}
			if !slices.Equal(got, s.want) {
				t.Errorf("%s, %s:\n got %v\nwant %v", s.name, how, got, s.want)
			}
		}
		got, faults := mapped(t, s.raw)
		check("mapped", got, faults)
		got, faults = piped(t, iotest.OneByteReader(bytes.NewReader(s.raw)))
		check("piped", got, faults)
		for format, z := range zipped(t, s.raw) {
			got, faults = mapped(t, z)
			check(format, got, faults)
			got, faults = piped(t, iotest.HalfReader(bytes.NewReader(z)))
			check(format+" piped", got, faults)
		}
	}
}

func TestDroppedFromStatistics(t *testing.T) {
	tl := Open(t.Context(), DefaultConfig(), []string{write(t, "a", sections(orders["be"]))}, Options{})
	collect(t, tl)
	if got := tl.Stats().Dropped; got != 17 {
		t.Errorf("dropped = %d, want 17", got)
	}
}

// whole is how many frames end at or before each offset of a sample, found by
// reading ever longer beginnings; it must never go down.
func TestCutAtEveryOffset(t *testing.T) {
	for _, s := range samples() {
		before := 0
		for n := 0; n <= len(s.raw); n++ {
			got, faults := mapped(t, s.raw[:n])
			again, streamed := piped(t, bytes.NewReader(s.raw[:n]))
			if !slices.Equal(got, again) {
				t.Fatalf("%s cut at %d: mapped %v, piped %v", s.name, n, got, again)
			}
			if len(got) < before || len(got) > len(s.want) || !slices.Equal(got, s.want[:len(got)]) {
				t.Fatalf("%s cut at %d: got %v", s.name, n, got)
			}
			if len(faults) > 1 || len(streamed) != len(faults) {
				t.Fatalf("%s cut at %d: faults %v, piped %v", s.name, n, faults, streamed)
			}
			if n == len(s.raw)-1 && (len(faults) != 1 || faults[0].Class != Cut) {
				t.Errorf("%s without its last byte: faults %v", s.name, faults)
			}
			if len(faults) == 1 && faults[0].Fatal != (len(got) == 0) {
				t.Errorf("%s cut at %d: %d frames, fault %+v", s.name, n, len(got), faults[0])
			}
			before = len(got)
		}
		if before != len(s.want) {
			t.Errorf("%s: %d frames of the whole, want %d", s.name, before, len(s.want))
		}
	}
}

func TestCutCompressed(t *testing.T) {
	raw := sections(orders["le"])
	for format, z := range zipped(t, raw) {
		for n := 1; n < len(z); n++ {
			got, faults := mapped(t, z[:n])
			if !slices.Equal(got, sectionFrames[:len(got)]) {
				t.Fatalf("%s cut at %d: %v", format, n, got)
			}
			if len(faults) != 1 {
				t.Fatalf("%s cut at %d of %d: faults %v", format, n, len(z), faults)
			}
		}
		bad := bytes.Clone(z)
		bad[len(bad)/2] ^= 0x55
		if _, faults := mapped(t, bad); len(faults) != 1 {
			t.Errorf("%s with a wrong byte: faults %v", format, faults)
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		resol  uint8
		offset int64
		ts     uint64
		want   event.Time
		ok     bool
	}{
		{6, 0, 1, 1000, true},
		{9, 0, 1, 1, true},
		{0, 0, 3, 3e9, true},
		{3, -2, 2500, 500e6, true},
		{12, 0, 5999, 5, true},
		{28, 0, 1e19, 1, true},
		{29, 0, 1e19, 0, true},
		{127, 5, 1e19, 5e9, true},
		{0x80, 0, 7, 7e9, true},
		{0x80 | 1, 0, 3, 1500e6, true},
		{0x80 | 32, 0, 1<<63 + 1<<31, 2147483648500e6, true},
		{0x80 | 63, 0, 1 << 62, 500e6, true},
		{0x80 | 64, 0, 1 << 63, 500e6, true},
		{0x80 | 127, 0, 1 << 63, 0, true},
		{6, 0, 1<<64 - 1, 0, false},
		{0, 0, 1 << 40, 0, false},
		{6, 9_223_372_036, 1_000_000, 0, false},
		{6, -9_223_372_036, 1_000_000, -9_223_372_035e9, true},
		{6, -1 << 63, 0, -9_223_372_036e9, true},
	} {
		clk := newClock(c.resol, c.offset)
		if got, ok := clk.at(c.ts); got != c.want || ok != c.ok {
			t.Errorf("resolution %#x, offset %d, stamp %d: %d %v, want %d %v", c.resol, c.offset, c.ts, got, ok, c.want, c.ok)
		}
	}
}

func TestWriter(t *testing.T) {
	for _, nano := range []bool{false, true} {
		var b bytes.Buffer
		w, err := NewWriter(&b, LinkRaw, nano)
		if err != nil {
			t.Fatal(err)
		}
		for i, data := range []string{"first", "", "third"} {
			if err := w.Write(event.Time(i)*1e9+12345, []byte(data), 100); err != nil {
				t.Fatal(err)
			}
		}
		if w.Write(-1, nil, 0) == nil || w.Write(1<<62, nil, 0) == nil || w.Write(0, []byte("ab"), 1) == nil {
			t.Error("a frame that does not fit was written")
		}
		frac := event.Time(12000)
		if nano {
			frac = 12345
		}
		want := []kept{{frac, "first", 100, LinkRaw}, {1e9 + frac, "", 100, LinkRaw}, {2e9 + frac, "third", 100, LinkRaw}}
		got, faults := mapped(t, b.Bytes())
		if len(faults) > 0 || !slices.Equal(got, want) {
			t.Errorf("nano %v: %v %v", nano, got, faults)
		}
	}
}

// varied is a capture of n frames whose sizes and bytes follow a fixed pattern,
// and what frame i must hold.
func varied(o endian, ng bool, n int) ([]byte, func(i int) (event.Time, string)) {
	rest := strings.Repeat("0123456789abcdef", 100)
	frame := func(i int) (event.Time, string) {
		size := []int{1500, 40, 1500, 1500, 900, 60}[i*i%6]
		return 1_700_000_000e9 + event.Time(i)*1e6, fmt.Sprintf("%08d", i) + rest[:size]
	}
	var b bytes.Buffer
	if ng {
		b.Write(join(shb(o), idb(o, 1, 0)))
	} else {
		b.Write(fileHead(o, 0xa1b2c3d4, 1))
	}
	for i := range n {
		at, data := frame(i)
		if ng {
			b.Write(epb(o, 0, uint64(at/1000), uint32(len(data)), data))
		} else {
			b.Write(record(o, uint32(at/1e9), uint32(at%1e9/1000), uint32(len(data)), data))
		}
	}
	return b.Bytes(), frame
}

// TestLong goes over many windows, chunks and batches, and keeps some batches
// while reading on.
func TestLong(t *testing.T) {
	for name, o := range orders {
		for _, ng := range []bool{false, true} {
			const n = 12_000
			raw, frame := varied(o, ng, n)
			path := write(t, "a", raw)
			packed := write(t, "a.zst", zipped(t, raw)["zstd"])
			for _, p := range []string{path, packed} {
				tl := Open(t.Context(), DefaultConfig(), []string{p}, Options{})
				next, held := 0, []*Batch{}
				look := func(b *Batch) {
					for _, f := range b.Frames {
						at, data := frame(next)
						if f.Time != at || string(f.Data) != data || f.Index != uint64(next+1) {
							t.Fatalf("%s pcapng %v, frame %d: %d %.20q", name, ng, next, f.Time, f.Data)
						}
						next++
					}
					b.Release()
				}
				for {
					b, err := tl.Next()
					if err != nil {
						break
					}
					if held = append(held, b); len(held) > 7 {
						look(held[0])
						held = held[1:]
					}
				}
				for _, b := range held {
					look(b)
				}
				if next != n || len(tl.Faults()) > 0 {
					t.Errorf("%s pcapng %v: %d frames of %d, faults %v", name, ng, next, n, tl.Faults())
				}
				if done, total := tl.Progress(); done != total || total == 0 {
					t.Errorf("progress ends at %d of %d", done, total)
				}
			}
		}
	}
}

// The scout must find most headers, or it is not worth its time.
func TestScoutFindsHeaders(t *testing.T) {
	for name, o := range orders {
		const n = 2000
		raw, _ := varied(o, false, n)
		if got := scoutRecords(raw[24:], 16, 1_700_000_000, name == "be"); got < n-2*lanes || got > n {
			t.Errorf("%s: touched %d of %d records", name, got, n)
		}
		raw, _ = varied(o, true, n)
		if got := scoutBlocks(raw, name == "be"); got < n-2*lanes || got > n+2 {
			t.Errorf("%s: touched %d of %d blocks", name, got, n)
		}
	}
}
