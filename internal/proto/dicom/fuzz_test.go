package dicom

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/dataset"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// script writes segments as fuzz input: for each a byte that holds direction and
// kind, two bytes of length, and the data; a gap has no data.
func script(segs []prototest.Segment) []byte {
	var out []byte
	for _, s := range segs {
		n, kind := len(s.Data), byte(s.Dir)
		if s.Lost > 0 {
			n, kind = s.Lost, kind|2
		}
		out = binary.BigEndian.AppendUint16(append(out, kind), uint16(min(n, 0xffff)))
		out = append(out, s.Data[:min(len(s.Data), 0xffff)]...)
	}
	return out
}

// perform is the inverse of script for any bytes.
func perform(b []byte) []prototest.Segment {
	var segs []prototest.Segment
	for len(b) >= 3 && len(segs) < 200 {
		d, isGap, n := proto.Dir(b[0]&1), b[0]&2 != 0, int(binary.BigEndian.Uint16(b[1:]))
		b = b[3:]
		if isGap {
			segs = append(segs, prototest.Segment{Dir: d, Lost: max(n, 1)})
			continue
		}
		n = min(n, len(b))
		segs = append(segs, prototest.Segment{Dir: d, Data: b[:n]})
		b = b[n:]
	}
	return segs
}

// FuzzStream feeds conversations with gaps. Nothing may panic or keep more than
// its budget, and cutting the segments anew must not change what is understood.
func FuzzStream(f *testing.F) {
	for _, s := range scenarios() {
		f.Add(script(s.segs), byte(3))
	}
	segs := stores(2, 9000)
	f.Add(script(join(segs[:3], []prototest.Segment{lost(orig, 500)}, segs[4:])), byte(100))
	for _, c := range crashers {
		f.Add(c.script, byte(37))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut byte) {
		checkStream(t, perform(b), cut)
	})
}

func checkStream(t *testing.T, segs []prototest.Segment, cut byte) {
	whole := prototest.Feed(&Spec, segs)
	for _, w := range whole.Weirds {
		code := strings.TrimPrefix(w, "error:")
		known := code == errBorder
		for _, n := range codes {
			known = known || code == n
		}
		if !known {
			t.Fatalf("code %q is not in the closed set", w)
		}
	}
	again := prototest.Feed(&Spec, prototest.Recut(segs, []int{int(cut) + 1, 1, 17}))
	if a, b := content(whole), content(again); a != b {
		t.Fatalf("whole:\n%s\ncut:\n%s", a, b)
	}
}

// crashers are inputs that once failed, each with what was wrong.
var crashers = []struct {
	name   string
	script []byte
}{
	{"a header across the end of its sequence is broken once it is whole",
		script(append(opened(implicitLE, worklistFind), from(orig, send(1, frag, rq(0x20, 1, worklistFind, true), nil),
			dataPDU(pdvOf(1, 2, []byte("2\x00d\x10\x01\x00\x00\x00\xfe\xff\x00\xe0\x10\x00\x00 and what is not sent")))[:27])))},
	{"a border in doubt is decided with the bytes it asked for",
		[]byte("000000000000000\x02\x00\x00\x00\x05\x00\x00\x00\x00\x04\x00\x00\x00\x000")},
}

func TestCrashers(t *testing.T) {
	for _, c := range crashers {
		t.Run(c.name, func(t *testing.T) {
			for cut := range byte(64) {
				checkStream(t, perform(c.script), cut)
			}
		})
	}
}

// FuzzDataSet reads any bytes as a data set in every encoding.
func FuzzDataSet(f *testing.F) {
	for i, s := range []string{implicitLE, explicitLE, explicitBE} {
		f.Add(byte(i), byte(dataset.Object), ctObject(s, 100))
	}
	f.Add(byte(3), byte(dataset.Object), deflate(ctObject(explicitLE, 100)))
	f.Add(byte(0), byte(dataset.Query), worklistQuery())
	f.Fuzz(func(t *testing.T, s, mode byte, b []byte) {
		syntaxes := []dataset.Encoding{{Implicit: true, Sure: true}, {Sure: true}, {Big: true, Sure: true}, {Deflated: true, Sure: true}, {}}
		var out [2]string
		for i, step := range []int{len(b) + 1, 5} {
			flow := prototest.NewFlow()
			a := newAnalyzer(flow)
			a.begin(orig, true)
			m := &message{}
			op := a.open(orig, 1, cmdStore, m)
			m.phase, m.op = inData, op
			m.query = dataset.Mode(mode%4) == dataset.Query
			m.rd.Start(dataset.Mode(mode%4), syntaxes[s%5])
			for rest := b; len(rest) > 0; {
				n := min(step, len(rest))
				if !m.rd.Done() {
					a.read(m, rest[:n])
				}
				rest = rest[n:]
			}
			a.endData(orig, m)
			a.End(orig)
			a.End(resp)
			out[i] = content(flow)
		}
		if out[0] != out[1] {
			t.Fatalf("whole:\n%s\ncut:\n%s", out[0], out[1])
		}
	})
}

// codes is the closed set of anomalies, as the manual has it.
var codes = []string{
	"bad_pdu_type",
	"bad_pdu_length",
	"bad_pdv_length",
	"pdv_overrun",
	"bad_context_id",
	"unknown_context",
	"bad_item_length",
	"bad_item_type",
	"bad_uid",
	"bad_version",
	"too_many_contexts",
	"unexpected_pdu",
	"pdu_over_maximum",
	"pdu_border_lost",
	"bad_command",
	"command_too_long",
	"unknown_command",
	"dataset_without_command",
	"dataset_missing",
	"too_many_messages",
	"too_many_operations",
	"message_id_reused",
	"bad_element_length",
	"dataset_overrun",
	"bad_vr",
	"bad_item",
	"too_deep",
	"transfer_syntax_mismatch",
	"bad_deflate",
}
