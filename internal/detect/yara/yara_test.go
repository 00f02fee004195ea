package yara

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/pe/petest"
	"lazaret/internal/proto/files"
)

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		line       int
		rule, want string
	}{
		{1, `rule x { strings: $a = "abc" condition: true }`, "string $a is not used"},
		{1, `rule x { condition: pe.is_pe }`, `module "pe" is used without import`},
		{1, `import "cuckoo" rule x { condition: cuckoo.sync.mutex(/x/) }`, `module "cuckoo" is not supported`},
		{1, `import "pe" rule x { condition: pe.signatures[0].serial == "1" }`, "pe.signatures is not supported"},
		{1, `import "pe" rule x { condition: for any s in pe.signatures : (s.serial == "1") }`, "pe.signatures is not supported"},
		{1, `import "pe" rule x { condition: for any s in pe.machine : (true) }`, "a range, a list, an array"},
		{1, `import "pe" rule x { condition: pe.imports(1,2,3) }`, "pe.imports is not supported with these arguments"},
		{1, `include "other.yar"`, "include is not supported"},
		{1, `rule x { condition: ext == 1 }`, "external variables are not supported"},
		{1, `rule x { strings: $a = /a(?=b)/ condition: $a }`, "(? is not of YARA"},
		{1, `rule x { strings: $a = /(a)\1/ condition: $a }`, "refers back"},
		{1, `rule x { strings: $a = /a+b+?/ condition: $a }`, "greedy and lazy"},
		{1, `rule x { strings: $a = /abc{3,2}/ condition: $a }`, "{3,2}"},
		{1, `rule x { strings: $a = /(((a{200}){200}){200})/ condition: $a }`, "an expression of more than"},
		{1, `rule x { strings: $a = { 41 [-] } condition: $a }`, "ends with a jump"},
		{1, `rule x { strings: $a = { [2] 41 } condition: $a }`, "begins with a jump"},
		{1, `rule x { strings: $a = { 41 [5-3] 42 } condition: $a }`, "[5-3]"},
		{1, `rule x { strings: $a = { 4 } condition: $a }`, "no byte"},
		{1, `rule x { strings: $a = { 41 ( 42 | 43 [-] 44 ) } condition: $a }`, "in an alternative"},
		{1, `rule x { strings: $a = "" condition: $a }`, "empty"},
		{1, `rule x { strings: $a = "ab" base64 condition: $a }`, "three bytes"},
		{1, `rule x { strings: $a = "abc" xor nocase condition: $a }`, "do not go together"},
		{1, `rule x { strings: $a = /abc/ xor condition: $a }`, "not for strings of this kind"},
		{1, `rule x { strings: $a = "abc" $a = "abd" condition: $a }`, "a second string $a"},
		{1, `rule x { strings: $a = "abc" condition: $b }`, "no string $b"},
		{1, `rule x { condition: 1 == "a" }`, "a text where == wants something else"},
		{1, `rule x { condition: true == true }`, "a truth where"},
		{1, `rule x { condition: 5 \ 0 == 1 }`, "division by zero"},
		{1, `rule x { condition: 200% of them }`, "between 1 and 100"},
		{1, `rule x { condition: any of them }`, "no strings"},
		{1, `rule x { condition: 0xffffffffffffffffff == 1 }`, "no integer of 64 bits"},
		{2, "rule x {\ncondition: \"a\\q\" == \"a\" }", "escape"},
		{3, "rule x {\nstrings:\n$a = \"abc\ncondition: $a }", "not closed on its line"},
		{2, `rule x { condition: true`, `"rule" where an operator or "}" was expected`},
		{1, `rule for { condition: true }`, "the name of a rule was expected"},
		{1, `rule x { condition: $ }`, "$ without a name"},
		{2, "rule x { condition: true }\nrule x { condition: true }", "a second rule of this name"},
		{1, `rule x { condition: ` + strings.Repeat("(", 500) + `1` + strings.Repeat(")", 500) + ` }`, "within each other"},
		{1, `hello`, "where a rule was expected"},
	} {
		set, faults := Compile([]Source{{"f.yar", []byte(c.rule + "\nrule sound { condition: true }")}})
		if len(faults) == 0 || !strings.Contains(faults[0].What, c.want) || faults[0].Line != c.line || faults[0].File != "f.yar" {
			t.Errorf("%s: faults %v, wanted %q in line %d", c.rule, faults, c.want, c.line)
		}
		if n := len(set.rules); n == 0 || set.rules[n-1].name != "sound" {
			t.Errorf("%s: the rule behind it was lost", c.rule)
		}
	}
}

// All faults of all files are told at once, and rules that depend on a bad one fall
// with it.
func TestAllFaults(t *testing.T) {
	set, faults := Compile([]Source{
		{"a.yar", []byte("rule a { strings: $a = /(/ $b = { 4 } condition: $a and $b }\nrule b { condition: a }\nrule c { condition: nope }\nrule good { condition: true }")},
		{"b.yar", []byte("rule d { condition: }\nrule good { condition: true }")},
	})
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%s:%d:%s", f.File, f.Line, f.Key))
	}
	if s := strings.Join(got, " "); s != "a.yar:1:a a.yar:1:a a.yar:2:b a.yar:3:c b.yar:1:d" {
		t.Errorf("faults %s", s)
	}
	if len(set.Rules()) != 2 || set.Head(0).ID == set.Head(1).ID {
		t.Errorf("rules %v", set.Rules())
	}
}

func TestWarnings(t *testing.T) {
	set := compile(t, `rule x { strings: $a = "a" $b = { ?? 41 } $c = "abcd" $d = /a*/ condition: any of them }`)
	if n := len(set.Warnings()); n != 3 {
		t.Errorf("warnings %v", set.Warnings())
	}
}

func TestHead(t *testing.T) {
	set := compile(t, `rule r : one two { meta: description = "Finds it" author = "A. Nonym" reference = "a report" score = 80 mitre = "T1021.002, T1570" n = -5 ok = true condition: true }`)
	h, r := set.Head(0), set.Rules()[0]
	if h.Title != "Finds it" || h.Basis != "A. Nonym; a report" || h.Severity != detect.High || fmt.Sprint(h.Attack) != "[T1021.002 T1570]" || h.Engine != "yara" || h.ID != "yara:r" {
		t.Errorf("head %+v", h)
	}
	if fmt.Sprint(r.Tags) != "[one two]" || r.Meta[5] != (Meta{"n", "-5"}) || r.Meta[6] != (Meta{"ok", "true"}) {
		t.Errorf("rule %+v", r)
	}
}

// Private rules are not told, and a global one that does not hold silences its file.
func TestPrivateGlobal(t *testing.T) {
	set, faults := Compile([]Source{
		{"a", []byte(`private rule p { condition: true } rule q { condition: p }`)},
		{"b", []byte(`global rule g { condition: filesize > 100 } rule h { condition: true }`)},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for n, want := range map[int]string{10: "[q]", 200: "[q g h]"} {
		if got, _, _ := told(set, make([]byte, n)); fmt.Sprint(got) != want {
			t.Errorf("%d bytes: %v, wanted %s", n, got, want)
		}
	}
}

// What depends on bytes that were not seen is neither matched nor denied.
func TestPart(t *testing.T) {
	whole := append(petest.Stub(3, 6000), "needle"...)
	sum := sha256.Sum256(whole)
	set := compile(t, `import "hash" import "pe" import "math"
		rule found { strings: $b = { 4d 5a } condition: $b at 0 }
		rule absent { strings: $a = "needle" condition: not $a }
		rule fewer { strings: $a = "MZ" condition: #a < 5 }
		rule least { strings: $a = "MZ" condition: #a >= 1 and #a > 0 }
		rule hashed { condition: hash.sha256(0, filesize) == "`+hex.EncodeToString(sum[:])+`" }
		rule nothash { condition: not (hash.md5(0, filesize) == "x") }
		rule head { condition: uint16(0) == 0x5a4d and pe.is_32bit() and hash.crc32(0, 2) != 0 }
		rule size { condition: filesize == `+fmt.Sprint(len(whole))+` }
		rule ref { condition: not absent }
		rule either { condition: absent or true }
		rule last { strings: $a = /\x00$/ condition: $a }
		rule loop { condition: for any i in (0..filesize - 1) : (uint8(i) == 0x4d) }
		rule ent { condition: math.entropy(0, filesize) > 1.0 }`)
	part := whole[:3000]
	names := func(list []int) (out []string) {
		for _, i := range list {
			out = append(out, set.rules[i].name)
		}
		return out
	}
	for _, c := range []struct {
		in        Input
		matched   string
		undecided string
	}{
		{Input{Bytes: part, Size: int64(len(whole))}, "[found least head size either loop]", "[absent fewer hashed nothash ref last ent]"},
		{Input{Bytes: part, Size: -1}, "[found least head either]", "[absent fewer hashed nothash size ref last loop ent]"},
		{Input{Bytes: whole, Size: int64(len(whole)), Seen: func(off, n int) bool { return off+n <= 2 || off >= 100 }}, "[least found size either loop]", ""},
	} {
		r := set.NewScanner().ScanPart(c.in)
		var got []string
		for _, m := range r.Matches {
			got = append(got, set.rules[m.Rule].name)
		}
		if c.undecided == "" { // the head was not seen, and the needle was
			if strings.Contains(fmt.Sprint(got), "head") || !strings.Contains(fmt.Sprint(names(r.Undecided)), "head") {
				t.Errorf("without the head: %v, undecided %v", got, names(r.Undecided))
			}
			continue
		}
		if fmt.Sprint(got) != c.matched || fmt.Sprint(names(r.Undecided)) != c.undecided {
			t.Errorf("%d of %d: matched %v, undecided %v", len(c.in.Bytes), c.in.Size, got, names(r.Undecided))
		}
	}
}

// Files and rules that are made to be slow end by counted steps, and say so.
func TestSteps(t *testing.T) {
	set := compile(t, `rule slow { strings: $a = /a[^x]{1,300}[bc]/ condition: not $a }
		rule loops { condition: for all i in (1..1000000) : (for all j in (1..1000000) : (i + j > 0)) }
		rule sound { strings: $a = "needle" condition: $a }`)
	b := append(bytes.Repeat([]byte("a"), 1<<20), "needle"...)
	r := set.NewScanner().Scan(b)
	if fmt.Sprint(r.Undecided) != "[0 1]" || len(r.Matches) != 1 || r.Matches[0].Rule != 2 {
		t.Errorf("matches %v, undecided %v", r.Matches, r.Undecided)
	}
	// Many matches are counted up to a bound, and what depends on more is undecided.
	set = compile(t, `rule many { strings: $a = "aaaa" condition: #a > 1000 } rule exact { strings: $a = "aaaa" condition: #a == 5 }`)
	r = set.NewScanner().Scan(b)
	if len(r.Matches) != 1 || r.Matches[0].Rule != 0 || len(r.Undecided) != 1 {
		t.Errorf("matches %v, undecided %v", r.Matches, r.Undecided)
	}
}

func record(content []byte, whole bool, runs bool) *event.Record {
	sum := sha256.Sum256(content)
	r := &files.Record{FUID: "F1", Source: "SMB", Filename: "a.exe", IsOrig: event.B(true), Content: content, Whole: whole, Runs: runs}
	if whole {
		r.SHA256 = hex.EncodeToString(sum[:])
	}
	return &event.Record{TS: 5, Conn: &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1)}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 2)}}, Body: r}
}

func TestEngine(t *testing.T) {
	set := compile(t, `rule r { strings: $a = "needle" wide ascii $b = /id=[0-9]+/ $c = { 01 02 03 04 } condition: any of them }`)
	var hits []detect.Hit
	e := NewEngine(set, func(h detect.Hit) { hits = append(hits, h) })
	content := []byte("xx needle \x01\x02\x03\x04 id=4711")
	e.Add(record(content, true, false))
	e.Add(record(content, true, false))
	e.Add(record([]byte("nothing"), true, false))
	if len(hits) != 2 || e.Scans != 2 {
		t.Fatalf("%d hits, %d scans", len(hits), e.Scans)
	}
	h := hits[0]
	if h.Rule.ID != "yara:r" || h.Source != netid.IPv4(10, 0, 0, 1) || h.Target != netid.IPv4(10, 0, 0, 2) || h.UIDs[0] != "C1" || h.Time != 5 {
		t.Errorf("hit %+v", h)
	}
	text := fmt.Sprint(h.Facts)
	for _, want := range []string{`at 3: "needle"`, "at 10: 4 bytes", "at 15: 7 bytes", "files.sha256", "a.exe"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "4711") {
		t.Errorf("what an expression found in a document is told: %s", text)
	}
	hits = nil
	e.Add(record(content, true, true)) // the same content, which was judged
	if text := fmt.Sprint(hits); !strings.Contains(text, "01020304") || e.Scans != 2 {
		t.Errorf("program: %s, %d scans", text, e.Scans)
	}
}

// A file with holes is judged by what was seen of it.
func TestEngineGaps(t *testing.T) {
	set := compile(t, `rule zeros { strings: $a = { 00 00 00 00 00 00 } condition: $a } rule mz { condition: uint16(0) == 0x5a4d and filesize == 100 }`)
	var got []string
	e := NewEngine(set, func(h detect.Hit) { got = append(got, h.Rule.ID) })
	r := record(append([]byte("MZ"), make([]byte, 50)...), false, true)
	f := r.Body.(*files.Record)
	f.Gaps, f.Total = []string{"2-99"}, event.N(100)
	e.Add(r)
	if fmt.Sprint(got) != "[yara:mz]" || e.Undecided != 1 {
		t.Errorf("hits %v, %d undecided", got, e.Undecided)
	}
}
