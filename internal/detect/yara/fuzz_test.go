package yara

import (
	"strings"
	"testing"

	"lazaret/internal/pe/petest"
)

const everyKind = `import "pe" import "hash" import "math"
rule r1 : t { meta: a = "b" strings: $a = "needle" wide ascii nocase $b = { 4d 5a [2-4] ( 01 02 | ?3 ) [-] 50 45 } $c = /a[b-d]+\x00?(e|f){1,3}\b/is
	$d = "secret" xor $e = "encoded" base64 base64wide $f = "word" fullword wide $g = /.*z$/ $h = { ?? 41 ?? } $i = "q" private
	condition: any of them and #a in (0..filesize) > 0 or @b[1] + !c[2] < uint32(4) or for any i in (1..#h) : (@h[i] == i) }
rule r2 { condition: r1 and not pe.is_pe or pe.imports("kernel32.dll", "x") or for any s in pe.sections : (s.name matches /^\.t/) }
rule r3 { condition: hash.md5(0, filesize) == "x" or math.entropy(0, 100) > 7.0 or pe.imphash() == "y" or pe.version_info["a"] contains "b" or defined entrypoint }
rule r4 { strings: $a = "abcd" $b = "efgh" condition: 50% of them or for all of ($a*) : ($ at 5 or # > 3) or pe.rich_signature.key == 1 or pe.pdb_path == "" }
`

// FuzzCompile reads hostile rules and runs what is accepted.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(everyKind))
	f.Add([]byte(conditionRules()))
	for _, s := range []string{
		`rule x { strings: $a = /(a|b)*?c{2,}[^\W]/ condition: $a }`, `rule x { strings: $a = { ~41 (42|43 [1-3] 44) [5-] 45 } condition: #a == 1 }`,
		"rule x { condition: for all i in (1..", `global private rule x : a b { condition: none of (x*) }`, "\xef\xbb\xbfrule \x00",
	} {
		f.Add([]byte(s))
	}
	body := append(petest.Stub(1, 4096), "needle"...)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<14 {
			return
		}
		set, faults := Compile([]Source{{"f", b}})
		for _, x := range faults {
			if x.What == "" || x.File != "f" || x.Line < 0 || x.Line > 1+strings.Count(string(b), "\n") {
				t.Fatalf("fault %+v", x)
			}
		}
		r := set.NewScanner().Scan(body)
		if len(r.Matches)+len(r.Undecided) > len(set.Rules()) {
			t.Fatal("more outcomes than rules")
		}
	})
}

// FuzzScan looks at hostile bytes, whole and in part: what is said of a part holds for
// the whole.
func FuzzScan(f *testing.F) {
	set := compile(f, everyKind)
	whole, part := set.NewScanner(), set.NewScanner()
	f.Add(petest.Stub(1, 4096), uint16(100))
	f.Add([]byte("MZ  \x01\x02 abcd efgh PE needle z"), uint16(9))
	f.Fuzz(func(t *testing.T, b []byte, n uint16) {
		if len(b) > 1<<16 {
			return
		}
		yes, maybe := map[int]bool{}, map[int]bool{}
		r := whole.Scan(b)
		for _, m := range r.Matches {
			yes[m.Rule] = true
			for _, s := range m.Strings {
				if s.Offset < 0 || s.Length <= 0 || s.Offset+s.Length > len(b) {
					t.Fatalf("match outside of the file: %+v", s)
				}
			}
		}
		for _, i := range r.Undecided {
			maybe[i] = true
		}
		for _, m := range part.ScanPart(Input{Bytes: b[:min(int(n), len(b))], Size: int64(len(b))}).Matches {
			if !yes[m.Rule] && !maybe[m.Rule] {
				t.Fatalf("rule %d matches %d bytes of %d and not the whole", m.Rule, n, len(b))
			}
		}
	})
}
