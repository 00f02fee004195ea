package yara

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lazaret/internal/pe/petest"
)

// program is like a program of 4 MiB: code, text, zeros and packed bytes.
func program() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := petest.Stub(1, 1<<20)
	ops := []byte{0x8b, 0x45, 0xfc, 0x89, 0x55, 0x08, 0xe8, 0x00, 0x00, 0x83, 0xc4, 0x0c, 0x74, 0x05, 0x33, 0xc0, 0xff, 0x15, 0x6a}
	for len(b) < 5<<19 {
		b = append(b, ops[r.IntN(len(ops))])
	}
	for len(b) < 7<<19 {
		b = append(b, "The configuration of GetProcAddress or kernel32.dll is \\Device\\ 0123456789 "[r.IntN(70):][:5]...)
	}
	return append(b, make([]byte, 4<<20-len(b))...)
}

func manyRules(n int) string {
	g := &gen{Rand: rand.New(rand.NewPCG(9, uint64(n)))}
	var text strings.Builder
	for i := 0; i < n/4; i++ {
		g.decls = nil
		for _, id := range []string{"$a", "$b"} {
			w := g.word(6, 20)
			g.decls = append(g.decls, fmt.Sprintf("%s = %q %s", id, w, g.pick("", "wide", "nocase", "ascii wide")))
		}
		g.hex("$c")
		g.regex("$d")
		fmt.Fprintf(&text, "rule r%d { strings:\n%s\ncondition: uint16(0) == 0x5a4d and 2 of them }\n", i, strings.Join(g.decls, "\n"))
	}
	return text.String()
}

func benchScan(b *testing.B, text string, body []byte) {
	set := compile(b, text)
	s := set.NewScanner()
	s.Scan(body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	b.ReportMetric(float64(set.index.Atoms()), "atoms")
	for b.Loop() {
		s.Scan(body)
	}
}

func BenchmarkScan3(b *testing.B)    { benchScan(b, manyRules(4), program()) }
func BenchmarkScan100(b *testing.B)  { benchScan(b, manyRules(100), program()) }
func BenchmarkScan2000(b *testing.B) { benchScan(b, manyRules(2000), program()) }

func BenchmarkHostile(b *testing.B) {
	benchScan(b, `rule x { strings: $a = /a[^x]{1,300}[bc]/ $b = "aaaaaaaaaaaaaaaaaaaaaaaaaab" $c = /(a|aa)+b/ condition: any of them }`, []byte(strings.Repeat("a", 4<<20)))
}

func BenchmarkCompile2000(b *testing.B) {
	text := []byte(manyRules(2000))
	b.ReportAllocs()
	for b.Loop() {
		Compile([]Source{{"x", text}})
	}
}

// A scan without a match allocates nothing.
func TestScanAllocs(t *testing.T) {
	set := compile(t, manyRules(400))
	body := program()[:1<<20]
	s := set.NewScanner()
	s.Scan(body)
	if n := testing.AllocsPerRun(5, func() { s.Scan(body) }); n > 0 {
		t.Errorf("%v allocations a scan, wanted none", n)
	}
}
