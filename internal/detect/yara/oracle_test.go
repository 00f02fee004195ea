package yara

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazaret/internal/pe/petest"
)

// oracle finds Debian's yara.
func oracle(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("yara")
	if err != nil {
		t.Skip("yara is not installed: nothing to compare with (Debian package yara)")
	}
	return path
}

// spot is where a string of a rule was found.
type spot struct {
	rule, id string
	off, n   int
}

// ask runs yara over a file: the rules that match and the places of their strings.
func ask(t *testing.T, rules, file string) (matched []string, places []spot) {
	t.Helper()
	out, err := exec.Command("yara", "-w", "-s", "-L", rules, file).CombinedOutput()
	if err != nil || strings.HasPrefix(string(out), "error") {
		text, _ := os.ReadFile(rules)
		t.Fatalf("yara: %v\n%s\n%s", err, out, text)
	}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "0x"); ok && len(matched) > 0 {
			f := strings.SplitN(rest, ":", 4)
			off, err1 := strconv.ParseInt(f[0], 16, 64)
			n, err2 := strconv.Atoi(f[1])
			if err1 == nil && err2 == nil {
				places = append(places, spot{matched[len(matched)-1], f[2], int(off), n})
				continue
			}
		}
		name, _, _ := strings.Cut(line, " ")
		matched = append(matched, name)
	}
	return matched, places
}

// told is what our scan says, in the same form.
func told(set *Set, b []byte) (matched []string, places []spot, undecided int) {
	s := set.NewScanner()
	r := s.Scan(b)
	for _, m := range r.Matches {
		rule := set.rules[m.Rule]
		matched = append(matched, rule.name)
		for _, x := range rule.texts {
			if x.private {
				continue
			}
			spans, _ := s.search.Matches(x.pattern)
			for _, p := range spans {
				places = append(places, spot{rule.name, x.id, int(p.Off), min(int(p.Len), 512)} /* as much as yara tells */)
			}
		}
	}
	return matched, places, len(r.Undecided)
}

func compile(t testing.TB, text string) *Set {
	t.Helper()
	set, faults := Compile([]Source{{"test.yar", []byte(text)}})
	for _, f := range faults {
		t.Errorf("%v\n%s", f, text)
	}
	return set
}

// gen makes rules and files that hold, nearly hold, or do not hold their strings.
type gen struct {
	*rand.Rand
	decls   []string
	samples [][]byte // of what the strings find
}

var letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/"

func (g *gen) word(lo, hi int) string {
	b := make([]byte, lo+g.IntN(hi-lo+1))
	for i := range b {
		b[i] = letters[g.IntN(len(letters))]
	}
	return string(b)
}

func (g *gen) pick(s ...string) string { return s[g.IntN(len(s))] }

func wideOf(s string) []byte {
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

func (g *gen) text(id string) {
	w := g.word(4, 14)
	mods, sample := "", []byte(w)
	switch g.IntN(9) {
	case 0:
		mods, sample = "wide", wideOf(w)
	case 1:
		mods, sample = "nocase", []byte(strings.ToUpper(w))
	case 2:
		mods = "wide ascii nocase"
		if g.IntN(2) == 0 {
			sample = wideOf(strings.ToLower(w))
		}
	case 3:
		mods = "fullword"
		sample = []byte(g.pick(" ", "x", "_", "\x00") + w + g.pick(" ", "9", "_", "\n"))
	case 4:
		mods = "fullword wide"
		sample = slices.Concat(wideOf(g.pick(" ", "x")), wideOf(w), wideOf(g.pick(";", "z")))
	case 5:
		mods = g.pick("xor", "xor(1-255)", "xor(7)")
		key := byte(7)
		for i := range sample {
			sample[i] ^= key
		}
	case 6:
		mods = g.pick("base64", "base64 base64wide")
		sample = []byte(base64.StdEncoding.EncodeToString([]byte(g.word(0, 3) + w + g.word(0, 3))))
	case 7:
		mods, sample = "xor wide", wideOf(w)
		for i := range sample {
			sample[i] ^= 0x42
		}
	}
	g.decls = append(g.decls, fmt.Sprintf("%s = %q %s", id, w, mods))
	g.samples = append(g.samples, sample)
}

func (g *gen) hex(id string) {
	var text strings.Builder
	var sample []byte
	put := func(n int) {
		for range n {
			b := byte(g.IntN(256))
			sample = append(sample, b)
			switch g.IntN(8) {
			case 0:
				fmt.Fprintf(&text, "%X? ", b>>4)
			case 1:
				fmt.Fprintf(&text, "?%x ", b&15)
			case 2:
				text.WriteString("?? ")
			default:
				fmt.Fprintf(&text, "%02x ", b)
			}
		}
	}
	solid := func(n int) {
		for range n {
			b := byte(g.IntN(256))
			sample = append(sample, b)
			fmt.Fprintf(&text, "%02X ", b)
		}
	}
	solid(4)
	for range g.IntN(4) {
		switch g.IntN(4) {
		case 0:
			put(1 + g.IntN(5))
		case 1:
			lo := g.IntN(6)
			hi := lo + g.IntN(9)
			fmt.Fprintf(&text, "[%d-%d] ", lo, hi)
			sample = append(sample, []byte(g.word(lo, hi))...)
		case 2:
			fmt.Fprintf(&text, "%s ", g.pick("[-]", "[300-]", "[0-400]", "[210-350]"))
			sample = append(sample, []byte(g.word(300, 340))...)
		case 3:
			a, b := byte(g.IntN(256)), byte(g.IntN(256))
			fmt.Fprintf(&text, "(%02x %02x | %02x | %02x ?? %02x) ", a, b, b, b, a)
			sample = append(sample, [][]byte{{a, b}, {b}, {b, 9, a}}[g.IntN(3)]...)
		}
		solid(4)
	}
	g.decls = append(g.decls, fmt.Sprintf("%s = { %s}", id, text.String()))
	g.samples = append(g.samples, sample)
}

func (g *gen) regex(id string) {
	w, v := g.word(4, 8), g.word(1, 5)
	quote := strings.NewReplacer(".", `\.`, "/", `\/`, "-", `\-`).Replace
	q, u := quote(w), quote(v)
	type form struct{ text, sample string }
	forms := []form{
		{q + `[0-9]{1,4}` + u, w + "907" + v},
		{q + `.{2,9}` + u, w + "  -- " + v},
		{q + `(` + u + `|zz+y)x?`, w + "zzzyx"},
		{`\b` + q + `\b`, " " + w + g.pick(" ", "q")},
		{q + `\x00+[^a-z]\d`, w + "\x00\x00Q7"},
		{`(ab|cd)*` + q, "ababcd" + w},
		{`[a-f]{3}` + q + `$`, "abc" + w},
		{`^` + q, w},
		{q + `\s+?\w{2,}?`, w + " \t ok yes"},
		{q + `(` + u + `){2,3}`, w + v + v},
		{q + `.*` + u, w + " some line " + v},
		{`[^\W\d]{2}\.(exe|dll|sys)` + q, "ab.dll" + w},
		{q + `[\x80-\xff]{1,3}`, w + "\x90\xff"},
	}
	f := forms[g.IntN(len(forms))]
	mods, sample := "", []byte(f.sample)
	flags := g.pick("", "", "i", "s", "is")
	switch g.IntN(6) {
	case 0:
		mods, sample = " wide", wideOf(f.sample)
	case 1:
		mods = " nocase"
	case 2:
		mods = " fullword"
	case 3:
		mods = " ascii wide"
	}
	g.decls = append(g.decls, fmt.Sprintf("%s = /%s/%s%s", id, f.text, flags, mods))
	g.samples = append(g.samples, sample)
}

func (g *gen) condition(n int) string {
	off := g.IntN(3000)
	leaf := func() string {
		return g.pick(
			"any of them", "all of them", "none of them", "2 of them", "50% of them", "$a", "$a or $b", "$a and $b", "not $a", "#a > 1", "#b == 1", "#a + #b >= 2",
			fmt.Sprintf("$a at %d", off), fmt.Sprintf("$a in (%d..%d)", off, off+1500), fmt.Sprintf("#a in (0..%d) > 0", off),
			fmt.Sprintf("@a < %d", off), "@a[2] > @a[1]", "!a == 8", "!b[1] > 4", "for any of them : ( # > 1 )",
			fmt.Sprintf("for all of ($a,$b) : ( @ > %d )", off), "for any i in (1..#a) : ( @a[i] % 2 == 0 )", "for 2 i in (1..#b) : ( !b[i] > 3 )",
			fmt.Sprintf("filesize > %d", off), fmt.Sprintf("uint16(%d) > 0x7f00", off), fmt.Sprintf("uint8(@a) == uint8(%d)", off),
			"any of ($a*) in (0..1KB)", "defined @a[3]", "for all i in (1..#a) : ( for any j in (1..#b) : ( @b[j] > @a[i] ) )")
	}
	c := leaf()
	for range n {
		c = fmt.Sprintf("(%s) %s %s(%s)", c, g.pick("and", "or"), g.pick("", "not "), leaf())
	}
	return c
}

// file joins samples, samples with a wrong byte, and other bytes.
func (g *gen) file() []byte {
	var out []byte
	for range g.IntN(8) {
		switch g.IntN(4) {
		case 0:
			out = append(out, petest.Padding(g.Rand, g.IntN(400))...)
		case 1:
			out = append(out, make([]byte, g.IntN(200))...)
		case 2:
			out = append(out, g.word(0, 300)...)
		}
		s := slices.Clone(g.samples[g.IntN(len(g.samples))])
		if g.IntN(3) == 0 && len(s) > 0 {
			s[g.IntN(len(s))] ^= byte(1 + g.IntN(255))
		}
		out = append(out, s...)
		if g.IntN(4) == 0 {
			out = append(out, s...)
		}
	}
	return out
}

// Debian's yara says the same of generated rules and files: which rules match, and
// where each string is.
func TestOracleGenerated(t *testing.T) {
	oracle(t)
	dir := t.TempDir()
	found := 0
	for i := range 300 {
		g := &gen{Rand: rand.New(rand.NewPCG(uint64(i), 42))}
		kinds := []func(string){g.text, g.hex, g.regex}
		for _, id := range []string{"$a", "$b", "$c"} {
			kinds[g.IntN(3)](id)
		}
		strs := "strings:\n" + strings.Join(g.decls, "\n") + "\n"
		text := "rule all_strings {\n" + strs + "condition: any of them or true }\n"
		for k := range 6 {
			text += fmt.Sprintf("rule c%d { %s condition: (%s) or (all of them and none of them) }\n", k, strs, g.condition(k%3))
		}
		rules, file := filepath.Join(dir, "r.yar"), filepath.Join(dir, "f.bin")
		b := g.file()
		if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		want, wantAt := ask(t, rules, file)
		set := compile(t, text)
		got, gotAt, undecided := told(set, b)
		if !slices.Equal(got, want) || undecided > 0 {
			t.Errorf("case %d: matched %v (%d undecided), yara %v\n%s", i, got, undecided, want, text)
		}
		diff := compareAt(gotAt, wantAt)
		if diff != "" {
			t.Errorf("case %d: %s\n%s\n%q", i, diff, strs, b)
		}
		found += len(wantAt)
		if t.Failed() && i > 40 {
			t.Fatal("and so on")
		}
	}
	t.Logf("%d places agree", found)
	if found < 1000 {
		t.Errorf("only %d places were compared", found)
	}
}

// compareAt compares rules, strings, offsets and lengths.
func compareAt(got, want []spot) string {
	key := func(p spot) string { return fmt.Sprintf("%s %s 0x%x:%d", p.rule, p.id, p.off, p.n) }
	g, w := map[string]bool{}, map[string]bool{}
	for _, p := range got {
		g[key(p)] = true
	}
	for _, p := range want {
		w[key(p)] = true
	}
	var out []string
	for k := range g {
		if !w[k] && len(out) < 5 {
			out = append(out, "too much: "+k)
		}
	}
	for k := range w {
		if !g[k] && len(out) < 10 {
			out = append(out, "missing: "+k)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
