package dns

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// silent is a flow that throws records away.
type silent struct{ prototest.Flow }

func (s *silent) Emit(event.Time, event.Payload) {}
func (s *silent) Weird(string, int)              {}

func quiet(port uint16) *silent {
	s := &silent{*prototest.NewFlow()}
	s.ID.Proto, s.ID.Resp.Port = udp, port
	return s
}

func exchange() (q, r []byte) {
	q = []byte(message(ask, [4]uint16{1, 0, 0, 1}, question("pacs.radiology.lab", 1)+"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"))
	r = []byte(message(answer, [4]uint16{1, 2, 0, 1}, question("pacs.radiology.lab", 1)+
		record(1, 1, "\xc0\x00\x02\x05")+record(1, 1, "\xc0\x00\x02\x06")+"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"))
	return q, r
}

// TestAllocs holds what an exchange costs: the record, its name, two answers
// with their list, times and bindings.
func TestAllocs(t *testing.T) {
	q, r := exchange()
	s := quiet(53)
	a := Spec.New(s).(proto.Datagram)
	n := testing.AllocsPerRun(1000, func() {
		a.Packet(proto.Orig, q)
		a.Packet(proto.Resp, r)
	})
	if n > 8 {
		t.Errorf("allocations per question and answer = %v, want at most 8", n)
	}
	if n := testing.AllocsPerRun(1000, func() { probe(proto.Orig, q) }); n != 0 {
		t.Errorf("allocations per probe = %v, want 0", n)
	}
}

func BenchmarkExchange(b *testing.B) {
	q, r := exchange()
	a := Spec.New(quiet(53)).(proto.Datagram)
	b.ReportAllocs()
	for b.Loop() {
		a.Packet(proto.Orig, q)
		a.Packet(proto.Resp, r)
	}
}

func BenchmarkAnnouncement(b *testing.B) {
	m := message("\x84\x00", [4]uint16{0, 3, 0, 1}, labels("_dicom._tcp.local")+"\x00\x0c\x80\x01\x00\x00\x00\x78\x00\x05\x02ct\xc0\x0c"+
		record(16, 1, "\x09txtvers=1\x08model=CT")+record(33, 1, "\x00\x00\x00\x00\x00\x68"+labels("ct.local"))+record(1, 1, "\xc0\x00\x02\x05"))
	data := []byte(m)
	a := Spec.New(quiet(5353)).(proto.Datagram)
	b.ReportAllocs()
	for b.Loop() {
		a.Packet(proto.Orig, data)
		a.(*analyzer).flush()
	}
}

func BenchmarkProbe(b *testing.B) {
	q, _ := exchange()
	other := []byte("\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00" + strings.Repeat("PACS", 20))
	b.ReportAllocs()
	for b.Loop() {
		probe(proto.Orig, q)
		probe(proto.Orig, other)
	}
}

func (*silent) Flip() bool { return false }
