package dns

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func seeds(f *testing.F) {
	q, r := exchange()
	f.Add(q, r, uint16(53))
	f.Add([]byte(message("\x29\x10", [4]uint16{1, 0, 0, 1}, encoded("CT", 0x20)+"\x00\x20"+inet+record(typeNB, 1, "\x00\x00\xc0\x00\x02\x07"))), []byte{}, uint16(137))
	for _, typ := range []uint16{2, 6, 15, 16, 33, 35, 46, 47, 50, 64} {
		f.Add(q, []byte(message(answer, [4]uint16{1, 1, 0, 0}, question("a.lab", byte(typ))+
			record(typ, 1, "\x00\x01\x00\x02\x00\x03"+labels("b.lab")+strings.Repeat("\x01a", 12)))), uint16(5353))
	}
	f.Add([]byte(message("\xa8\x00", [4]uint16{1, 1, 1, 0}, labels("lab")+"\x00\x06"+inet+record(255, 255, "")+record(1, 1, "abcd"))), q, uint16(53))
	f.Add([]byte(message(ask, [4]uint16{1, 0, 0, 0}, "\x01a\xc0\x0e\x00\x01"+inet)), r, uint16(5355))
}

// FuzzDatagrams demands that no two datagrams panic, that the bounds hold, and
// that the same bytes give the same records.
func FuzzDatagrams(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, one, two []byte, port uint16) {
		play := func() *prototest.Flow {
			fl := prototest.NewFlow()
			fl.ID.Proto, fl.ID.Resp.Port = udp, port
			a := Spec.New(fl).(proto.Datagram)
			for i, b := range [][]byte{one, two, one} {
				probe(proto.Orig, b)
				_ = a.Packet(proto.Dir(i&1), b)
			}
			a.Close()
			return fl
		}
		fl := play()
		for _, r := range fl.Records {
			d := r.Body.(*Record)
			if len(d.Answers) != len(d.TTLs) || len(d.Answers) > maxAnswers || len(d.Bindings) > maxBindings || len(d.Query) > maxName {
				t.Fatalf("bounds: %d answers, %d times, %d bindings", len(d.Answers), len(d.TTLs), len(d.Bindings))
			}
		}
		if fl.JSON() != play().JSON() {
			t.Fatal("two runs differ")
		}
	})
}

// FuzzStream demands the same of a stream, however it is cut.
func FuzzStream(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, one, two []byte, cut uint16) {
		segs := []prototest.Segment{{Dir: proto.Orig, Data: one}, {Dir: proto.Resp, Data: two}}
		whole := prototest.Feed(&Spec, segs)
		pieces := prototest.Feed(&Spec, prototest.Recut(segs, []int{1 + int(cut&15), 1 + int(cut>>4&63)}))
		if len(whole.Records) != len(pieces.Records) {
			t.Fatalf("%d records whole, %d cut", len(whole.Records), len(pieces.Records))
		}
	})
}
