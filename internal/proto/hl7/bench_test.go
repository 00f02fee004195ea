package hl7

import (
	"runtime"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// mute is a flow that drops everything, so that only the analyzer is measured.
type mute struct {
	proto.Flow
	now     event.Time
	records int
}

func (f *mute) Now() event.Time                 { return f.now }
func (f *mute) Conn() *event.Conn               { return nil }
func (f *mute) SrcMAC() netid.MAC               { return netid.MAC{} }
func (f *mute) Emit(event.Time, event.Payload)  { f.records++ }
func (f *mute) Weird(string, int)               {}
func (f *mute) Pseudonym(string, []byte) string { return "00000000000000000000000000000000" }
func (f *mute) Blind(string)                    {}
func (f *mute) Hand(proto.Dir, []byte, string)  {}
func (f *mute) Offer(*proto.Entity) proto.Taker { return nil }

var adt = frame(msh, "EVN|A01|20240102030405|||OPER", "PID|1||4711^^^HOSP^MR||ROE^RICHARD^^^^^L||19700101|M|||MAIN ST 1^^TOWN^^12345||555-0100",
	"NK1|1|ROE^MARY|SPO", "PV1|1|I|W1^R2^B3|R|||1234^DOC^A|||MED||||||||V100", "OBR|1|P1|ACC1|71020^CHEST^L|||20240102|||||||||||||||||RAD",
	"OBX|1|ST|1^A||VALUE||||||F", "OBX|2|ST|2^B||VALUE||||||F", "AL1|1||^PENICILLIN")

// bulk is a result with an embedded document of n bytes.
func bulk(n int) []byte {
	line := "OBX|1|ED|PDF||^application^pdf^Base64^" + strings.Repeat("JVBERi0xLjQKJcfsj6IK", n/20) + "||||||F|||||||SCANNER^NS"
	return []byte(frame(msh, "PID|1||4711", "OBR|1|P1|ACC1", line))
}

func TestAllocs(t *testing.T) {
	f := &mute{}
	a := newAnalyzer(f)
	a.Parse(proto.Orig, []byte("\x0b"+msh+"\rPID|1||4711\rOBX|1|ED|a||"))
	piece := []byte(strings.Repeat("JVBERi0xLjQKJcfsj6IK", 3000) + "\rOBX|2|ST|x||y||||||F\rNTE|1|z\rZPD|1\rOBX|3|ED|a||")
	if n := testing.AllocsPerRun(200, func() { a.Parse(proto.Orig, piece) }); n != 0 {
		t.Errorf("allocations per passed-over piece = %v, want 0", n)
	}
	// A message with its acknowledgement: the record, its texts, and the names in
	// the acknowledgement. The least of many counts, because the collector, and the
	// race detector, may take rooms out of the pool.
	b := newAnalyzer(f)
	m, r := []byte(adt), []byte(ack("AA", "42"))
	least := 1000.0
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() { b.Parse(proto.Orig, m); b.Parse(proto.Resp, r) }))
	}
	if least > 3 {
		t.Errorf("allocations per message and acknowledgement = %v, want at most 3", least)
	}
	if f.records == 0 {
		t.Error("nothing was told")
	}
}

func BenchmarkMessage(b *testing.B) {
	f := &mute{}
	a := newAnalyzer(f)
	m, r := []byte(adt), []byte(ack("AA", "42"))
	b.SetBytes(int64(len(m) + len(r)))
	b.ReportAllocs()
	for b.Loop() {
		a.Parse(proto.Orig, m)
		a.Parse(proto.Resp, r)
	}
}

// oru is a report of 1 KB, as laboratories and radiology systems send them.
var oru = frame(`MSH|^~\&|LIS|LAB^1.2.276.0.76^ISO|HIS|WARD|20240102030405||ORU^R01^ORU_R01|LIS0000042|P|2.5.1|||AL|NE||UNICODE UTF-8`,
	"PID|1||4711^^^HOSP^MR||ROE^RICHARD^^^^^L||19700101|M|||MAIN ST 1^^TOWN^^12345||555-0100", "PV1|1|I|W1^R2^B3|R|||1234^DOC^A|||MED||||||||V100",
	"ORC|RE|P1^HIS|ACC1^LIS||CM||||20240102030405|||1234^DOC^A", "OBR|1|P1^HIS|ACC1^LIS|24323-8^Metabolic panel^LN|||20240102030405|||||||||1234^DOC^A||||||20240102030405||LAB|F",
	"OBX|1|NM|2951-2^Sodium^LN||140|mmol/L|135-145|N|||F|||20240102030405", "OBX|2|NM|2823-3^Potassium^LN||4.1|mmol/L|3.5-5.1|N|||F|||20240102030405",
	"OBX|3|NM|2160-0^Creatinine^LN||88|umol/L|60-110|N|||F|||20240102030405", "NTE|1|L|The sample was slightly haemolysed, which may raise the potassium a little",
	"OBX|4|NM|2345-7^Glucose^LN||5.4|mmol/L|3.9-5.8|N|||F|||20240102030405", "OBX|5|TX|REPORT^Report^L||All values are within the limits of reference, no follow-up needed||||||F")

func BenchmarkReport(b *testing.B) {
	f := &mute{}
	a := newAnalyzer(f)
	m, r := []byte(oru), []byte(ack("AA", "LIS0000042"))
	b.SetBytes(int64(len(m) + len(r)))
	b.ReportAllocs()
	for b.Loop() {
		a.Parse(proto.Orig, m)
		a.Parse(proto.Resp, r)
	}
}

// BenchmarkQuiet measures the memory of a conversation that has said something
// and waits: bytes for each besides what the sensor has of it.
func BenchmarkQuiet(b *testing.B) {
	f := &mute{}
	m, r := []byte(adt), []byte(ack("AA", "42"))
	all := make([]*analyzer, 0, 10000)
	var before, after runtime.MemStats
	for b.Loop() {
		clear(all)
		all = all[:0]
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range cap(all) {
			a := newAnalyzer(f)
			a.Parse(proto.Orig, m)
			a.Parse(proto.Resp, r)
			all = append(all, a)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(all)), "B/conversation")
	runtime.KeepAlive(all)
}

// BenchmarkBulk reads a document in segments of 1460 bytes, as they come.
func BenchmarkBulk(b *testing.B) {
	f := &mute{}
	a := newAnalyzer(f)
	doc := bulk(4 << 20)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for rest := doc; len(rest) > 0; {
			n := min(1460, len(rest))
			a.Parse(proto.Orig, rest[:n])
			rest = rest[n:]
		}
	}
}

func BenchmarkOneByteSegments(b *testing.B) {
	f := &mute{}
	a := newAnalyzer(f)
	doc := bulk(64 << 10)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for i := range doc {
			a.Parse(proto.Orig, doc[i:i+1])
		}
	}
}

func BenchmarkProbe(b *testing.B) {
	head := []byte(strings.Repeat("x|y\rz", 400))
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		if probe(proto.Orig, head) != proto.No {
			b.Fatal("not no")
		}
	}
}

func (*mute) Flip() bool { return false }
