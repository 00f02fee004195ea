package files_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"unicode/utf16"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/pe/petest"
	"lazaret/internal/proto"
	"lazaret/internal/proto/files"
	"lazaret/internal/prototest"
)

// writer says what a client of SMB 2.1 and a server say when a file is written
// (MS-SMB2 2.2). Integers are in little-endian order.
type writer struct {
	said []prototest.Segment
	id   uint64
}

func le(v ...any) (b []byte) {
	for _, v := range v {
		switch v := v.(type) {
		case []byte:
			b = append(b, v...)
		case int: // that many zeros
			b = append(b, make([]byte, v)...)
		default:
			b, _ = binary.Append(b, binary.LittleEndian, v)
		}
	}
	return b
}

// say is a request and its answer.
func (w *writer) say(command uint16, ask, answer []byte) {
	for d, body := range [][]byte{ask, answer} {
		head := le([]byte("\xfeSMB"), uint16(64), uint16(1), uint32(0), command, uint16(1), uint32(d), uint32(0), w.id, uint32(0), uint32(5), uint64(0x77), 16)
		msg := append(head, body...)
		w.said = append(w.said, prototest.Segment{Dir: proto.Dir(d), Data: append(binary.BigEndian.AppendUint32(nil, uint32(len(msg))), msg...)})
	}
	w.id++
}

func wide(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// write is the conversation in which a file is written, in pieces of random order.
func write(name string, data []byte, r *rand.Rand) []prototest.Segment {
	var w writer
	w.say(0, le(uint16(36), uint16(1), uint16(1), 2, 4, 16, 8, uint16(0x210)),
		le(uint16(65), uint16(1), uint16(0x210), 2, 16, 4, uint32(1<<20), uint32(1<<20), uint32(1<<20), 8, 8, uint16(128), uint16(0), 4))
	w.say(1, le(uint16(25), byte(0), byte(1), 4, 4, uint16(88), uint16(0), 8), le(uint16(9), uint16(1), uint16(72), uint16(0)))
	share := wide(`\\files\images`)
	w.say(3, le(uint16(9), 2, uint16(72), uint16(len(share)), share), le(uint16(16), byte(1), byte(0), 4, 4, uint32(0x1f01ff)))
	path := wide(name)
	file := le(uint64(9), uint64(9))
	w.say(5, le(uint16(57), byte(0), byte(0), uint32(2), 8, 8, uint32(0x40000000), uint32(0x80), uint32(0), uint32(5), uint32(0x40), uint16(120), uint16(len(path)), 4, 4, path),
		le(uint16(89), byte(0), byte(0), uint32(2), 32, 8, 8, uint32(0x80), 4, file, 4, 4))
	var at []int
	for i := 0; i < len(data); i += 32 << 10 {
		at = append(at, i)
	}
	r.Shuffle(len(at), func(i, j int) { at[i], at[j] = at[j], at[i] })
	for _, i := range at {
		b := data[i:min(len(data), i+32<<10)]
		w.say(9, le(uint16(49), uint16(112), uint32(len(b)), uint64(i), file, 4, 4, 2, 2, 4, b), le(uint16(17), 2, uint32(len(b)), 4, 2, 2))
	}
	w.say(6, le(uint16(24), uint16(0), 4, file), le(uint16(60), uint16(0), 4, 32, 8, 8, 4))
	return w.said
}

// day puts conversations one behind the other, hours apart, each of another client and
// another server.
func day(talks [][]prototest.Segment, r *rand.Rand) []capture.Frame {
	var out []capture.Frame
	for i, said := range talks {
		c := prototest.Talk{
			Orig: netid.Endpoint{IP: netid.IPv4(10, 1, byte(i>>8), byte(1+r.IntN(40))), Port: uint16(20000 + i)},
			Resp: netid.Endpoint{IP: netid.IPv4(10, 2, 0, byte(1+r.IntN(4))), Port: 445}, Said: said,
		}
		for _, f := range c.Frames([]int{1448}) {
			f.Time += event.Time(i) * 3600e9
			f.Index = uint64(len(out) + 1)
			out = append(out, f)
		}
	}
	return out
}

// families are those that the records tell, by the name of the file.
func families(t *testing.T, talks [][]prototest.Segment, r *rand.Rand) map[string]*files.Record {
	t.Helper()
	out := map[string]*files.Record{}
	for _, rec := range records(t, day(talks, r)) {
		f := rec.Body.(*files.Record)
		if f.SHA256 == "" || f.Family == "" {
			t.Errorf("%s: seen %d, missing %d, no hash or family; type %q, runs %v, hash %.8s, family %q", f.Filename, f.Seen, f.Missing, f.MIME, f.Runs, f.SHA256, f.Family)
		}
		out[f.Filename] = f
	}
	return out
}

// grouping measures how what was found agrees with the truth, over all pairs.
func grouping(truth, found []string) (precision, recall float64) {
	var both, inTruth, inFound float64
	for i := range truth {
		for j := range i {
			t, f := truth[i] == truth[j], found[i] == found[j]
			if t {
				inTruth++
			}
			if f {
				inFound++
			}
			if t && f {
				both++
			}
		}
	}
	return both / max(inFound, 1), both / max(inTruth, 1)
}

// TestFamilies writes 200 programs that cannot run, of 20 families, in random order
// to servers over eight days: each copy has a run inserted, written over or appended
// behind its head, without which it is no program. The records tell which are
// of one family.
func TestFamilies(t *testing.T) {
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 21))
		var talks [][]prototest.Segment
		names := map[string]string{}
		for i := range 20 {
			size := 4096 << (i % 6)
			stub := petest.Stub(seed<<32|uint64(i), size+r.IntN(size))
			for k := range 10 {
				most := min(8192, len(stub)/4)
				n, b := 64+r.IntN(most-63), stub
				switch at := 512 + r.IntN(len(stub)-512); r.IntN(3) {
				case 0:
					b = petest.Insert(b, r, at, n)
				case 1:
					b = petest.Overwrite(b, r, at, n)
				default:
					b = petest.Append(b, r, n)
				}
				name := fmt.Sprintf("SETUP%c%c.EXE", 'A'+i, 'A'+k)
				names[name] = fmt.Sprint(i)
				talks = append(talks, write(name, b, r))
			}
		}
		r.Shuffle(len(talks), func(i, j int) { talks[i], talks[j] = talks[j], talks[i] })
		var truth, found []string
		for name, f := range families(t, talks, r) {
			truth = append(truth, names[name[len(name)-len("SETUPAA.EXE"):]])
			found = append(found, f.Family)
		}
		p, rec := grouping(truth, found)
		t.Logf("seed %d: %d records, precision %.4f, recall %.4f", seed, len(truth), p, rec)
		if len(truth) != 200 || p < 0.99 || rec < 0.99 {
			t.Errorf("seed %d: %d records, precision %.4f, recall %.4f, want 200 and 0.99", seed, len(truth), p, rec)
		}
	}
}

// TestStrangers writes real programs that have nothing in common but their compiler.
func TestStrangers(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var talks [][]prototest.Segment
	all := petest.Corpus(t, 1<<20)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for i, path := range all[:min(len(all), 60)] {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		talks = append(talks, write(fmt.Sprintf("SETUP%c%c.EXE", 'A'+i/26, 'A'+i%26), b, r))
	}
	of := map[string]string{}
	for name, f := range families(t, talks, r) {
		if f.Kinship == "run" && f.Likeness < 0.5 {
			t.Errorf("%s and %s are strangers: %.2f", name, of[f.Family], f.Likeness)
		}
		of[f.Family] = name
	}
	t.Logf("%d programs, %d families", len(talks), len(of))
	if len(of) < len(talks)*8/10 {
		t.Errorf("%d programs in %d families", len(talks), len(of))
	}
}
