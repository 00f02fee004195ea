package fuzzy_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"lazaret/internal/fuzzy"
)

// sample is data of a kind that has a hash: words, bytes, or both.
func sample(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, 0, n)
	for len(b) < n {
		switch seed % 3 {
		case 0:
			b = append(b, "the quick brown fox jumps over the lazy dog and sleeps. "[r.IntN(50):]...)
		case 1:
			b = append(b, byte(r.Uint32()))
		default:
			b = append(b, byte(r.Uint32()), 0, 0, byte(r.Uint32())&7)
		}
	}
	return b[:n]
}

func sum(b []byte) string {
	var d fuzzy.Digest
	if _, err := d.Write(b); err != nil {
		return err.Error()
	}
	h, ok := d.Sum()
	if !ok {
		return ""
	}
	return h.String()
}

// TestCuts holds that the cuts of the input do not matter.
func TestCuts(t *testing.T) {
	b := sample(2, 5000)
	want := sum(b)
	r := rand.New(rand.NewPCG(3, 3))
	for range 100 {
		var d fuzzy.Digest
		for rest := b; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(1+r.IntN(300)))
			if _, err := d.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if h, ok := d.Sum(); !ok || h.String() != want {
			t.Fatalf("cut: %v %v, want %s", h, ok, want)
		}
	}
}

// TestVectors compares with hashes that two other implementations gave: the reference,
// and one in JavaScript (tlsh of npm).
func TestVectors(t *testing.T) {
	for i, want := range []string{
		1: "48F07563C7379008DC4FFCB75F4140D356212099308BC10EB37138B86208BA82D4CE96",
		2: "DF01504AA7B8E991CF0919F1DDCA13B5387AD5C85116E45324C7305491224D8EBC92FD",
		3: "E6518A6F232812AD6DC93DA8437DD6D687ABC53671322DB1683170C3766D0329DACB93",
		4: "DC92D083DC623908EF521A51D0C2A04171F27B4D6E6729219DAF43D7674F3FAAE36386",
		5: "9284EF4DABB0E23DCB9585FEDEDA83E076B719C18442A102D819761365020FE5ACE5FE",
	} {
		if i == 0 {
			continue
		}
		if got := sum(sample(uint64(i), []int{0, 512, 700, 3000, 20000, 400000}[i])); got != "T1"+want {
			t.Errorf("sample %d: %s, want T1%s", i, got, want)
		}
	}
}

func TestNone(t *testing.T) {
	for name, b := range map[string][]byte{"empty": nil, "short": sample(1, 49), "uniform": bytes.Repeat([]byte{7}, 4096)} {
		if s := sum(b); s != "" {
			t.Errorf("%s has a hash: %s", name, s)
		}
	}
	if sum(sample(1, 200)) == "" {
		t.Error("200 mixed bytes have no hash")
	}
}

func TestParse(t *testing.T) {
	want := sum(sample(4, 3000))
	for _, s := range []string{want, want[2:], strings.ToLower(want)} {
		h, err := fuzzy.Parse(s)
		if err != nil || h.String() != want {
			t.Errorf("%s: %v %v", s, h, err)
		}
	}
	for _, s := range []string{"", "T1", want[:71], want + "0", "T2" + want[2:], "T1" + strings.Repeat("G", 70)} {
		if _, err := fuzzy.Parse(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

func TestDistance(t *testing.T) {
	parse := func(s string) fuzzy.Hash {
		h, err := fuzzy.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	a := sample(5, 20000)
	near := bytes.Clone(a)
	copy(near[9000:], sample(1, 200))
	x, y, z := parse(sum(a)), parse(sum(near)), parse(sum(sample(1, 20000)))
	if x.Distance(x) != 0 {
		t.Errorf("a hash is %d from itself", x.Distance(x))
	}
	if d := x.Distance(y); d == 0 || d > 40 || d != y.Distance(x) {
		t.Errorf("near copies are %d and %d apart", d, y.Distance(x))
	}
	if d := x.Distance(z); d < 100 {
		t.Errorf("strangers are %d apart", d)
	}
}

func TestAllocs(t *testing.T) {
	b := sample(1, 4096)
	var d fuzzy.Digest
	if n := testing.AllocsPerRun(50, func() {
		if _, err := d.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.Sum(); !ok {
			t.Fatal("no hash")
		}
	}); n != 0 {
		t.Errorf("allocations = %v, want 0", n)
	}
}

// peer is the reference implementation as Debian packages it (python3-tlsh). It is
// older than the mark T1 and wants 256 bytes; the digits are the same.
const peer = `
import base64, json, sys, tlsh
files = [base64.b64decode(x) for x in json.load(sys.stdin)]
sums = [tlsh.hash(f) for f in files]
base = next(s for s in sums if s)
print(json.dumps({"base": base, "sums": sums, "apart": [tlsh.diff(base, s) if s else 0 for s in sums]}))
`

func TestReference(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import tlsh").Run() != nil {
		t.Skip("Debian's python3-tlsh is not installed")
	}
	r := rand.New(rand.NewPCG(8, 8))
	var files [][]byte
	for i := range uint64(300) {
		files = append(files, sample(i, 256+r.IntN(1<<(6+i%12))))
	}
	in, err := json.Marshal(encode(files))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", peer)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Base  string
		Sums  []string
		Apart []int
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	first, err := fuzzy.Parse(want.Base)
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	for i, b := range files {
		got := sum(b)
		if got == "" && want.Sums[i] == "" {
			none++
			continue
		}
		if strings.TrimPrefix(got, "T1") != strings.TrimPrefix(want.Sums[i], "T1") {
			t.Errorf("file %d of %d bytes: %s, want %s", i, len(b), got, want.Sums[i])
			continue
		}
		h, err := fuzzy.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if d := first.Distance(h); d != want.Apart[i] {
			t.Errorf("file %d: distance %d, want %d", i, d, want.Apart[i])
		}
	}
	if none > len(files)/3 {
		t.Errorf("%d of %d files have no hash", none, len(files))
	}
}

func encode(files [][]byte) []string {
	out := make([]string, len(files))
	for i, b := range files {
		out[i] = base64.StdEncoding.EncodeToString(b)
	}
	return out
}

func FuzzDigest(f *testing.F) {
	f.Add(sample(0, 300), uint16(17))
	f.Add(sample(1, 60), uint16(3))
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		var d fuzzy.Digest
		n := min(int(cut), len(b))
		for _, part := range [][]byte{b[:n], b[n:]} {
			if _, err := d.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		h, ok := d.Sum()
		if want := sum(b); ok != (want != "") || ok && h.String() != want {
			t.Fatalf("cut at %d: %v %v, want %s", n, h, ok, want)
		}
		if o, err := fuzzy.Parse(string(b)); err == nil && o.Distance(o) != 0 {
			t.Fatal("a hash is not itself")
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	data := sample(1, 1<<20)
	var d fuzzy.Digest
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := d.Write(data); err != nil {
			b.Fatal(err)
		}
	}
}
