package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/proto/files"
	"lazaret/internal/prototest"
)

// run is a part of a stream that is a part of a file.
type run struct{ stream, file, n int }

// runs finds where in a stream the bytes of a file lie.
func runs(stream, body []byte) []run {
	const probe = 48
	var out []run
	for at, off := 0, 0; off < len(body); {
		i := bytes.Index(stream[at:], body[off:min(len(body), off+probe)])
		if i < 0 {
			return nil
		}
		at += i
		n := 0
		for at+n < len(stream) && off+n < len(body) && stream[at+n] == body[off+n] {
			n++
		}
		out = append(out, run{at, off, n})
		at, off = at+n, off+n
	}
	return out
}

// lossy drops data segments of one direction at random, each with a chance of one in
// every, and returns which bytes of the file went with them. Only segments that hold
// nothing but the file's bytes are dropped, unless any says otherwise; what comes
// before the file stays.
func lossy(list []capture.Frame, d int, where []run, every int, any bool, r *rand.Rand) (kept []capture.Frame, lost []bool) {
	last := where[len(where)-1]
	lost = make([]bool, last.file+last.n)
	isn := [2]uint32{1001, 0xfffff001}[d]
	for i, f := range list {
		size := len(f.Data) - 54
		if f.Data[11] != byte(1+d) || size == 0 || i < 4 || r.IntN(every) > 0 {
			kept = append(kept, f)
			continue
		}
		at, inside := int(binary.BigEndian.Uint32(f.Data[38:])-isn), 0
		mark := func(set bool) {
			for _, w := range where {
				for k := max(at, w.stream); k < min(at+size, w.stream+w.n); k++ {
					inside++
					if set {
						lost[k-w.stream+w.file] = true
					}
				}
			}
		}
		if mark(false); !any && inside != size || at < where[0].stream {
			kept = append(kept, f)
			continue
		}
		mark(true)
	}
	return kept, lost
}

// ranges writes what was lost as a record does.
func ranges(lost []bool) (out []string, n int) {
	for i := 0; i < len(lost); i++ {
		if !lost[i] {
			continue
		}
		from := i
		for i < len(lost) && lost[i] {
			i++
		}
		n += i - from
		out = append(out, fmt.Sprintf("%d-%d", from, i-1))
	}
	return out, n
}

// exact compares the record of a file with what was lost of it.
func exact(t *testing.T, f *files.Record, body []byte, lost []bool) {
	t.Helper()
	want, n := ranges(lost)
	if n == 0 {
		if sum := sha256.Sum256(body); f.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("nothing is lost and the hash is %q", f.SHA256)
		}
		return
	}
	if !slices.Equal(f.Gaps, want[:min(len(want), 64)]) || f.Missing != uint64(n) || f.Seen != uint64(len(body)-n) || f.SHA256 != "" {
		t.Errorf("gaps %v, want %v; missing %d, want %d; seen %d, want %d; hash %q", f.Gaps, want, f.Missing, n, f.Seen, len(body)-n, f.SHA256)
	}
	truly(t, f, body)
}

// truly compares the hashes of pieces with the file.
func truly(t *testing.T, f *files.Record, body []byte) {
	t.Helper()
	for _, p := range f.Pieces {
		var from, to int
		var hash string
		fmt.Sscanf(p, "%d-%d:%s", &from, &to, &hash)
		if to >= len(body) || from > to {
			t.Fatalf("piece %s of %d bytes", p, len(body))
		}
		if sum := sha256.Sum256(body[from : to+1]); hash != hex.EncodeToString(sum[:]) {
			t.Errorf("piece %s is not of the file", p)
		}
	}
}

// body is invented content that does not repeat.
func body(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

const rounds = 20

// TestLossHTTP loses 1 % of the segments of an answer.
func TestLossHTTP(t *testing.T) {
	data := body(500_000)
	head := fmt.Sprintf("S: HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(data))
	talk := prototest.Dialogue(80, "C: GET /a.bin HTTP/1.1\r\nHost: h\r\n\r\n", head+string(data))
	where := []run{{len(head) - 3, 0, len(data)}}
	holed := 0
	for round := range rounds {
		list, lost := lossy(talk.Frames([]int{len(head) - 3, 1448}), 1, where, 100, false, rand.New(rand.NewPCG(1, uint64(round))))
		got := records(t, list)
		if len(got) != 1 {
			t.Fatalf("round %d: %d records", round, len(got))
		}
		f := got[0].Body.(*files.Record)
		if exact(t, f, data, lost); f.Missing > 0 {
			holed++
		}
	}
	if holed < rounds/2 {
		t.Errorf("only %d of %d rounds lost anything", holed, rounds)
	}
}

// TestLossFTP loses 1 % of the segments of a transfer.
func TestLossFTP(t *testing.T) {
	data := body(400_000)
	control := prototest.Dialogue(21, "S: 220 ready\r\n", "C: USER u\r\n", "S: 331 password\r\n", "C: PASS p\r\n", "S: 230 in\r\n",
		"C: TYPE I\r\n", "S: 200 ok\r\n", "C: EPSV\r\n", "S: 229 Entering Extended Passive Mode (|||40000|)\r\n", "C: RETR a.bin\r\n", "S: 150 here it comes\r\n")
	carry := prototest.Dialogue(40000, "S: "+string(data))
	carry.Orig.Port++
	holed := 0
	for round := range rounds {
		said := control.Frames(nil)
		said = said[:len(said)-3]
		list, lost := lossy(carry.Frames([]int{1448}), 1, []run{{0, 0, len(data)}}, 100, false, rand.New(rand.NewPCG(2, uint64(round))))
		for _, f := range list {
			f.Time += event.Time(len(said)) * 10_000
			f.Index += uint64(len(said))
			said = append(said, f)
		}
		got := records(t, said)
		if len(got) != 1 {
			t.Fatalf("round %d: %d records", round, len(got))
		}
		f := got[0].Body.(*files.Record)
		if exact(t, f, data, lost); f.Missing > 0 {
			holed++
		}
	}
	if holed < rounds/2 {
		t.Errorf("only %d of %d rounds lost anything", holed, rounds)
	}
}

// TestLossSMB takes a download from a real server, and loses segments that hold only
// bytes of the file: the record says which. When heads are lost too, more may be
// missing, never less.
func TestLossSMB(t *testing.T) {
	list := prototest.Load(t, filepath.Join(prototest.Lab, "files.pcap.zst"))
	var data []byte
	var talk *prototest.Talk
	var where []run
	for _, c := range prototest.Talks(t, list) {
		var down []byte
		for _, s := range c.Said {
			if s.Dir == proto.Resp {
				down = append(down, s.Data...)
			}
		}
		if _, b, ok := bytes.Cut(down, []byte("\r\n\r\n")); ok && data == nil && c.Resp.Port == 80 && len(b) >= 120_000 && bytes.Contains(down[:300], []byte("Content-Length: 120000")) {
			data = b[:120_000]
		}
		if c.Resp.Port == 445 && data != nil {
			if w := runs(down, data); w != nil {
				talk, where = c, w
			}
		}
	}
	if talk == nil {
		t.Fatalf("no such download; %d bytes of the file", len(data))
	}
	for round := range rounds {
		any := round%2 == 1
		left, lost := lossy(talk.Frames([]int{1448}), 1, where, 30, any, rand.New(rand.NewPCG(3, uint64(round))))
		var f *files.Record
		for _, r := range records(t, left) {
			if g := r.Body.(*files.Record); !g.IsOrig.V && (f == nil || g.Seen > f.Seen) {
				f = g
			}
		}
		if f == nil {
			t.Fatalf("round %d: no record", round)
		}
		if !any {
			exact(t, f, data, lost)
			continue
		}
		for i, l := range lost {
			if l && !within(f.Gaps, i) {
				t.Errorf("round %d: byte %d is lost and not told: %v", round, i, f.Gaps)
				break
			}
		}
		truly(t, f, data)
	}
}

// within says whether one of the gaps has this byte.
func within(gaps []string, i int) bool {
	for _, g := range gaps {
		var from, to int
		fmt.Sscanf(g, "%d-%d", &from, &to)
		if from <= i && i <= to {
			return true
		}
	}
	return false
}
