package hl7

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// The invented patient of the canary tests. None of these may leave the parser.
var canaries = []string{"ZYXID", "QUAGGA", "Quendolin", "THYLACINE", "19010203", "NEEDLEWAY", "5550199", "WOMBATPDF", "DODOACC"}

// canaryLines is a message that is full of its patient.
var canaryLines = []string{
	`MSH|^~\&|RIS|RAD|PACS|ARC|20240102030405||ORU^R01^ORU_R01|42|P|2.5.1|||AL|NE||8859/1`,
	"EVN|R01|20240102",
	`PID|1|ZYXID2|ZYXID1^^^QUAGGA||QUAGGA^Quendolin^\X51554147\GA||19010203|F||NEEDLEWAY 5||5550199`,
	"NK1|1|THYLACINE^QUAGGA|SIS|NEEDLEWAY|5550199",
	"MRG|ZYXID9^^^QUAGGA",
	"PV1|1|I|W^2^B3|R||ZYXID",
	"ORC|NW|1|DODOACC1",
	"OBR|1|P1|DODOACC2|71020^QUAGGA|" + strings.Repeat("|", 18) + "|RAD",
	`OBX|1|ED|P^QUAGGA||QUAGGA^\F\ZYXID\.br\Quendolin^WOMBATPDF|||||||||||||PUMP`,
	"NTE|1|QUAGGA", "DG1|1|QUAGGA", "GT1|1|ZYXID|QUAGGA^Quendolin", "IN1|1|THYLACINE|ZYXID|QUAGGA",
	"ZPI|QUAGGA|ZYXID", "QUAGGA was here", "ZOE|QUAGGA",
}

func leaks(t *testing.T, where string, f *prototest.Flow) {
	t.Helper()
	out := f.JSON() + strings.Join(f.Weirds, " ") + strings.Join(f.Blinds, " ")
	for _, h := range f.Handed {
		out += string(h.Data)
	}
	for _, c := range canaries {
		if strings.Contains(out, c) {
			t.Fatalf("%s: a patient left the parser (canary %d)", where, indexOf(c))
		}
	}
}

func indexOf(c string) int {
	for i := range canaries {
		if canaries[i] == c {
			return i
		}
	}
	return -1
}

// TestCanary breaks a message in many ways; its patient stays inside.
func TestCanary(t *testing.T) {
	whole := frame(canaryLines...)
	f := prototest.Feed(&Spec, []prototest.Segment{orig(whole)})
	if m := messages(f); len(m) != 1 || m[0].Patient != hash("patient", "ZYXID1") || m[0].Accession != hash("accession", "DODOACC2") {
		t.Fatalf("the whole message was not read: %s", f.JSON())
	}
	leaks(t, "whole", f)
	for _, r := range [][2]string{{"\r", "\n"}, {"\r", "\r\n"}, {"|", "#"}, {"\\", "\r"}, {"^", "\r"}, {"|", "\r"}, {"^", "|"}, {"\x0b", ""}, {"\x1c", ""}, {"\rPID", "PID"}, {"\rNK1", "NK1"}, {"\rOBX", "OBX"}, {"|", "|\x1b$B"}} {
		f := prototest.Feed(&Spec, []prototest.Segment{orig(strings.ReplaceAll(whole, r[0], r[1]))})
		leaks(t, fmt.Sprintf("%q for %q", r[1], r[0]), f)
	}
	for i := range len(whole) {
		// A lost segment end, a torn message, and a control character inside.
		leaks(t, "byte lost", prototest.Feed(&Spec, []prototest.Segment{orig(whole[:i] + whole[i+1:])}))
		leaks(t, "cut", prototest.Feed(&Spec, []prototest.Segment{orig(whole[:i])}))
		leaks(t, "late", prototest.Feed(&Spec, []prototest.Segment{orig(whole[i:])}))
		for _, c := range []string{"\r", "\n", "\x0b", "\x1c", "|", "\x1b$"} {
			leaks(t, "inserted", prototest.Feed(&Spec, []prototest.Segment{orig(whole[:i] + c + whole[i:])}))
		}
	}
}

// TestCanaryLines holds that a text torn off behind a kept value is no part of it.
func TestCanaryLines(t *testing.T) {
	for _, end := range []string{"\n", "\x0b", "\r", "\r\n", `\X0A\`} {
		lines := []string{msh, "PV1|1|I|W", "OBX|2|TX|a||b|||||||||||||PUMP", "PRT|1|AD||||||||D", "PRT|1|AD||||||||||||||U", "TXA|1|CN", "EVN|A01"}
		f := prototest.Feed(&Spec, []prototest.Segment{orig(frame(lines...)), orig(frame(strings.Join(lines, end+"QUAGGA was here\r")))})
		leaks(t, end, f)
		if m := messages(f); len(m) != 2 || m[1].Location != "W" || m[1].Equipment[0] != "PUMP" || m[1].DocType != "CN" {
			t.Errorf("%q: values were lost: %s", end, f.JSON())
		}
	}
}

// TestHashesAreWhole holds that a gap or a cut never makes another patient: a
// piece of an identifier is no identifier.
func TestHashesAreWhole(t *testing.T) {
	whole := frame(canaryLines...)
	right := map[string]bool{"": true, hash("patient", "ZYXID1"): true, hash("accession", "DODOACC2"): true, hash("accession", "DODOACC1"): true}
	check := func(where string, at int, f *prototest.Flow) {
		t.Helper()
		leaks(t, where, f)
		for _, m := range messages(f) {
			if !right[m.Patient] || !right[m.Accession] || len(m.MorePatients) != 0 {
				t.Fatalf("%s at %d: hash of a piece of an identifier", where, at)
			}
		}
	}
	for i := range len(whole) {
		for _, n := range []int{1, 7, 100} {
			after := whole[min(i+n, len(whole)):] + frame(orm)
			f := prototest.Feed(&Spec, []prototest.Segment{orig(whole[:i]), lost(proto.Orig, n), orig(after)})
			check("gap", i, f)
			if m := messages(f); len(m) == 0 || m[len(m)-1].ControlID != "7" {
				t.Fatalf("gap of %d at %d: the next message was not found: %s", n, i, f.JSON())
			}
		}
		check("cut", i, prototest.Feed(&Spec, []prototest.Segment{orig(whole[:i])}))
		check("raw cut", i, prototest.Feed(&Spec, []prototest.Segment{orig(strings.Trim(whole[:i], "\x0b"))}))
	}
}

// TestNoise feeds other protocols and random bytes to the analyzer.
func TestNoise(t *testing.T) {
	for _, s := range others {
		if f := prototest.Feed(&Spec, []prototest.Segment{orig(s), resp(s)}); len(f.Records) != 0 {
			t.Errorf("%q made a record", s)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	const alphabet = "MSHPIDOBX|^~\\&\r\n\x0b\x1c\x1b$(AB1\x00\xff"
	for range 3000 {
		b := make([]byte, rng.IntN(400))
		for i := range b {
			b[i] = alphabet[rng.IntN(len(alphabet))]
		}
		segs := []prototest.Segment{orig("\x0b" + msh + "\r"), orig(string(b)), resp(string(b)), orig(frame(orm))}
		whole := said(prototest.Feed(&Spec, segs))
		if cut := said(prototest.Feed(&Spec, prototest.Recut(segs, []int{1}))); cut != whole {
			t.Fatalf("%q: cut\n%s\nwhole\n%s", b, cut, whole)
		}
	}
}

// TestBounds holds the numbers that hostile senders run into.
func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 3 * maxWaiting {
		b.WriteString(frame(strings.Replace(orm, "|7|", fmt.Sprintf("|%d|", i), 1)))
	}
	f := prototest.NewFlow()
	a := newAnalyzer(f)
	if _, err := a.Parse(proto.Orig, []byte(b.String())); err != nil {
		t.Fatal(err)
	}
	if n := len(a.pairs.wait[0]); n != maxWaiting || len(f.Records) != 2*maxWaiting {
		t.Errorf("waiting %d, told %d", n, len(f.Records))
	}
	if m := messages(f); m[0].ControlID != "0" || m[2*maxWaiting-1].ControlID != fmt.Sprint(2*maxWaiting-1) {
		t.Error("the oldest are not told first")
	}
	for i := range 3 * maxEarly {
		a.Parse(proto.Resp, []byte(ack("AA", fmt.Sprintf("x%d", i))))
	}
	if n := len(a.pairs.early[1]); n != maxEarly {
		t.Errorf("acknowledgements waiting = %d", n)
	}
	for i := range 3 * maxRecent {
		a.Parse(proto.Resp, []byte(frame(fmt.Sprintf(`MSH|^~\&|A||B||2024||ACK|r%d|P|2.5|||AL`, i), "MSA|AA|y")))
	}
	if n := len(a.pairs.recent[1]); n != maxRecent {
		t.Errorf("recent = %d", n)
	}
	fat := orm
	for i := range 4 * maxRepeats {
		fat += fmt.Sprintf("\rPRT|1|AD||||||||%s|||||||%s", strings.Repeat(fmt.Sprintf("%d", i), 99), strings.Repeat(fmt.Sprintf("%d", i), 3*maxField))
		fat += fmt.Sprintf("\rPID|1||%d", i)
	}
	g := prototest.Feed(&Spec, []prototest.Segment{orig(strings.Repeat(frame(fat), 2*maxWaiting))})
	m := messages(g)[0]
	if len(m.Participation) != maxRepeats || len(m.UDI) != maxRepeats || len(m.MorePatients) != 4*maxRepeats-1 {
		t.Errorf("participation %d, udi %d, patients %d", len(m.Participation), len(m.UDI), len(m.MorePatients))
	}
	for _, v := range m.UDI {
		if len(v) > 7*maxValue {
			t.Errorf("udi of %d bytes", len(v))
		}
	}
	open := newAnalyzer(prototest.NewFlow())
	for _, c := range []byte("\x0b" + fat) {
		open.Parse(proto.Orig, []byte{c})
	}
	if n := cap(open.sides[0].msg.scratch); n < maxField || n > maxScratch {
		t.Errorf("scratch of %d bytes", n)
	}
}

// TestHeaderThatIsNone holds that a segment right after a header that turns out
// to be none belongs to no message.
func TestHeaderThatIsNone(t *testing.T) {
	segs := []prototest.Segment{orig("\x0bMSH|^~\nPV1|1|I|W|x\rPID|1||4\rCON|1\r\x1c\r" + frame(orm))}
	f := prototest.Feed(&Spec, segs)
	if m := messages(f); len(m) != 1 || m[0].ControlID != "7" || m[0].Location != "" || m[0].Patient != "" {
		t.Errorf("got %s", f.JSON())
	}
	if cut := prototest.Feed(&Spec, prototest.Recut(segs, []int{1})); said(cut) != said(f) {
		t.Errorf("cut %s, whole %s", said(cut), said(f))
	}
}

// TestLineInsideField holds that a line inside a field is part of it, with the
// separators that it has, however the bytes are cut.
func TestLineInsideField(t *testing.T) {
	segs := []prototest.Segment{orig(frame(msh, "PV1|1\nab|I|W|R"))}
	f := prototest.Feed(&Spec, segs)
	if m := messages(f); len(m) != 1 || m[0].PatientClass != "I" || m[0].Location != "W" {
		t.Errorf("got %s", f.JSON())
	}
	if cut := prototest.Feed(&Spec, prototest.Recut(segs, []int{1})); said(cut) != said(f) {
		t.Errorf("cut %s, whole %s", said(cut), said(f))
	}
}

// TestRoomIsGivenBack holds that a conversation between messages is small and
// that nothing of a message stays behind in the room that was lent for it.
func TestRoomIsGivenBack(t *testing.T) {
	a := newAnalyzer(prototest.NewFlow())
	whole := []byte(frame(canaryLines...))
	for i := range whole[:len(whole)-2] {
		a.Parse(proto.Orig, whole[i:i+1])
	}
	m := a.sides[0].msg
	if m == nil || a.Held() < 1024 {
		t.Fatalf("no message is open, or it holds only %d bytes", a.Held())
	}
	a.Parse(proto.Orig, whole[len(whole)-2:])
	waits := a.Held() - int(a.pairs.size[0])
	a.Parse(proto.Resp, []byte(ack("AA", "42")))
	if a.sides[0].msg != nil || a.sides[1].msg != nil || waits > 256 || a.Held() > 256 {
		t.Errorf("holds %d bytes besides the message that waits, %d bytes after its acknowledgement", waits, a.Held())
	}
	if !reflect.DeepEqual(m.progress, progress{}) {
		t.Error("the room knows its last message")
	}
	for _, b := range [][]byte{m.text, m.scratch, m.tmp, m.id, m.orc, m.obr} {
		if len(b) > 0 || strings.Trim(string(b[:cap(b)]), "\x00") != "" {
			t.Error("the room has bytes of its last message")
		}
	}
}

// TestYield holds that what waits is told when memory is asked back, and that
// the analysis goes on.
func TestYield(t *testing.T) {
	f := prototest.NewFlow()
	a := newAnalyzer(f)
	a.Parse(proto.Orig, []byte(frame(msh)+frame(orm)[:20]))
	a.Parse(proto.Resp, []byte(ack("AA", "nothing")))
	held := a.Held()
	a.Yield()
	if m := messages(f); len(m) != 2 || a.Held() > held-2*640 {
		t.Errorf("told %d, held %d bytes before and %d after", len(m), held, a.Held())
	}
	a.Parse(proto.Orig, []byte(frame(orm)[20:]))
	a.Parse(proto.Resp, []byte(ack("AA", "7")))
	if m := messages(f); len(m) != 3 || m[2].ControlID != "7" || m[2].AckCode != "AA" {
		t.Errorf("got %s", f.JSON())
	}
}

// TestWaitingEnds holds that a message nobody acknowledges is told on a
// connection that stays open.
func TestWaitingEnds(t *testing.T) {
	f := prototest.NewFlow()
	a := newAnalyzer(f)
	a.Parse(proto.Orig, []byte(frame(msh)))
	a.Parse(proto.Resp, []byte(ack("AA", "nothing")))
	f.Time += 301_000_000_000
	a.Parse(proto.Orig, []byte(frame(orm)))
	if got := brief(f); got != "ADT^A01#42 RIS>PACS seg=MSH\nACK^A01#9nothing PACS>RIS seg=MSH,MSA ack=AA of=nothing unasked=1" {
		t.Errorf("got %q", got)
	}
}

func FuzzAnalyzer(f *testing.F) {
	for _, r := range rows() {
		var b []byte
		for _, s := range r.segs {
			b = append(b, s.Data...)
		}
		if len(b) < 4096 {
			f.Add(b, uint8(3))
		}
	}
	f.Add([]byte("MSH|\n0|00"), uint8(0))
	f.Add([]byte(frame(canaryLines...)+ack("AA", "42")), uint8(7))
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		s := string(b)
		segs := []prototest.Segment{orig(s), resp(s), lost(proto.Orig, 5), orig(s)}
		whole := prototest.Feed(&Spec, segs)
		cut := prototest.Feed(&Spec, prototest.Recut(segs, []int{1 + int(size), 1, 3}))
		if x, y := said(whole), said(cut); x != y {
			t.Fatalf("cut\n%s\nwhole\n%s", y, x)
		}
		for _, m := range messages(whole) {
			if len(m.ControlID) > maxValue || len(m.Segments) > maxSegments || len(m.Equipment) > maxRepeats {
				t.Fatalf("bound passed: %+v", m)
			}
		}
		probe(proto.Orig, b)
	})
}
