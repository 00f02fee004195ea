package dcerpc

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

var forms = []form{{}, {big: true}, {wide: true}, {big: true, wide: true}}

// services is the life of a service: created, refused once, started, stopped, deleted
// and closed, in fragments of at most size bytes.
func services(f form, size int) *talk {
	t := (&talk{form: f}).bind(uuidOf("svcctl"), 2)
	t.ask(15, size, t.stub().unique(`\\CT-CONSOLE`).null().u32(0xf003f)).answer(size, t.stub().handle(1).u32(0))
	create := func(name string) *stub {
		return t.stub().handle(1).text(name).unique("Performance Adapter").u32(0xf01ff).u32(0x10).u32(3).u32(0).
			text(`%SystemRoot%\PSEXESVC.exe -k run -p hunter2`).null().null().null().u32(0).unique("LocalSystem").ref().bytes([]byte("s3cretPASS")).u32(10)
	}
	t.ask(12, size, create("WmiApSrvEx")).answer(size, t.stub().null().handle(2).u32(0))
	t.ask(12, size, create("Second")).answer(size, t.stub().null().handle(0).u32(5))
	t.ask(12, size, create("Third")).answer(size, t.stub().null().handle(0).u32(0x431))
	t.ask(19, size, t.stub().handle(2).u32(2).ref().word(2).ref().ref().text("one").text("two")).answer(size, t.stub().u32(0x41d))
	t.ask(1, size, t.stub().handle(2).u32(1)).answer(size, t.stub().u32(0x10).u32(1).u32(0).u32(0).u32(0).u32(0).u32(0).u32(0))
	t.ask(2, size, t.stub().handle(2)).answer(size, t.stub().u32(0))
	t.ask(0, size, t.stub().handle(2)).answer(size, t.stub().handle(0).u32(0))
	t.ask(19, size, t.stub().handle(2).u32(0).null()).answer(size, t.stub().u32(6))
	return t
}

func TestServices(t *testing.T) {
	want := []string{
		"OpenSCManagerW accepted ok    srv:CT-CONSOLE",
		`CreateServiceW accepted ok WmiApSrvEx %SystemRoot%\PSEXESVC.exe -k run -p ~ start demand, type own_process acc:LocalSystem`,
		`CreateServiceW refused ERROR_ACCESS_DENIED Second %SystemRoot%\PSEXESVC.exe -k run -p ~ start demand, type own_process acc:LocalSystem`,
		`CreateServiceW failed ERROR_SERVICE_EXISTS Third %SystemRoot%\PSEXESVC.exe -k run -p ~ start demand, type own_process acc:LocalSystem`,
		"StartServiceW failed ERROR_SERVICE_REQUEST_TIMEOUT WmiApSrvEx one two ",
		"ControlService accepted ok WmiApSrvEx  stop",
		"DeleteService accepted ok WmiApSrvEx  ",
		"CloseServiceHandle accepted ok WmiApSrvEx  ",
		"StartServiceW failed ERROR_INVALID_HANDLE   ",
	}
	for _, f := range forms {
		for _, size := range []int{0, 24, 100} {
			got := services(f, size).feed("svcctl")
			for i, r := range records(got) {
				s := fmt.Sprintf("%s %s %s %s %s %s", r.Operation, r.Outcome, r.Status, r.Target, r.Command, r.Detail)
				if r.Server != "" {
					s += " srv:" + r.Server
				}
				if r.Account != "" {
					s += " acc:" + r.Account
				}
				if i >= len(want) || s != want[i] {
					t.Errorf("%+v size %d: %d is %q, want %q", f, size, i, s, want[min(i, len(want)-1)])
				}
				if r.Endpoint != "svcctl" || r.Version != "2.0" || r.NamedPipe != `\PIPE\ntsvcs` || r.RTT <= 0 || r.Closed || r.UUID != uuidOf("svcctl") {
					t.Errorf("%+v", r)
				}
			}
			if len(got.Records) != len(want) || len(got.Weirds) != 0 {
				t.Errorf("%+v size %d: %d records, weird %v", f, size, len(got.Records), got.Weirds)
			}
			if leaks := prototest.Leaks(got.Records, []string{"s3cretPASS", "hunter2"}); len(leaks) > 0 {
				t.Errorf("%v are told", leaks)
			}
		}
	}
	r := records(services(form{}, 0).feed(""))[1]
	if r.Display != "Performance Adapter" {
		t.Errorf("%+v", r)
	}
}

// A sealed call shows interface and operation only, a signed one its parameters too.
func TestSealed(t *testing.T) {
	for level, closed := range map[uint8]bool{5: false, 6: true} {
		c := (&talk{auth: security{authNTLM, level}}).bind(uuidOf("svcctl"), 2)
		c.ask(16, 0, c.stub().handle(1).text("WmiApSrvEx").u32(1)).answer(0, c.stub().handle(2).u32(5))
		got := records(c.feed(""))
		if len(got) != 1 {
			t.Fatalf("%d records", len(got))
		}
		r := got[0]
		if r.Closed != closed || r.Operation != "OpenServiceW" || r.Auth != "ntlm" || (r.AuthLevel == "privacy") != closed {
			t.Errorf("%+v", r)
		}
		if closed && (r.Target != "" || r.Status != "" || r.Outcome != "answered") || !closed && (r.Target != "WmiApSrvEx" || r.Outcome != "refused") {
			t.Errorf("level %d: %+v", level, r)
		}
	}
}

func TestBinds(t *testing.T) {
	c := &talk{}
	c.bind(uuidOf("samr"), 1)
	nak := &talk{said: slices.Clone(c.said[:1])}
	nak.unit(proto.Resp, typeBindNak, whole, 1, nak.stub().u16(8).u8(1, 5, 0).b, nil)
	if r := records(nak.feed("")); len(r) != 1 || r[0].Outcome != "refused" || r[0].Status != "authentication_type_not_recognized" || r[0].Endpoint != "samr" || r[0].Operation != "" {
		t.Errorf("%+v", r)
	}
	denied := &talk{said: slices.Clone(c.said)}
	denied.said[1].Data = slices.Clone(denied.said[1].Data)
	b := denied.said[1].Data
	at := len(b) - 24
	b[at], b[at+2] = 2, 1
	if r := records(denied.feed("")); len(r) != 1 || r[0].Status != "abstract_syntax_not_supported" {
		t.Errorf("%+v", r)
	}
	// The same interface under another context, altered into the association.
	alter := &talk{said: c.said}
	s := alter.stub().u16(5840).u16(5840).u32(0).u32(1).u16(7).u8(1, 0).guid(uuidOf("lsarpc")).u32(0).guid("8a885d04-1ceb-11c9-9fe8-08002b104860").u32(2)
	alter.unit(proto.Orig, typeAlter, whole, 2, s.b, nil)
	alter.call = 2
	for _, id := range []uint16{7, 0, 9} {
		alter.call++
		alter.unit(proto.Orig, typeRequest, whole, alter.call, alter.stub().u32(0).u16(id).u16(0).b, nil)
	}
	f := alter.feed("")
	var got []string
	for _, r := range records(f) {
		got = append(got, r.Endpoint+" "+r.Operation)
	}
	if !slices.Equal(got, []string{"lsarpc LsarClose", "samr SamrConnect", " "}) || !slices.Equal(f.Weirds, []string{"opnum_without_bind"}) {
		t.Errorf("%q, %v", got, f.Weirds)
	}
}

// Without a bind the pipe's name tells the interface, or the announcement does.
func TestAssumed(t *testing.T) {
	c := services(form{}, 0)
	c.said = c.said[2:]
	r := records(c.feed(`\PIPE\svcctl`))
	if len(r) != 9 || r[1].Endpoint != "svcctl" || r[1].Target != "WmiApSrvEx" || r[1].NamedPipe != `\pipe\svcctl` || r[1].Version != "" {
		t.Errorf("%d records, %+v", len(r), r[1])
	}
	f := prototest.NewFlow()
	f.Known = proto.About{Carrier: name, Name: uuidOf("svcctl")}
	if r = records(prototest.FeedInto(f, &Spec, c.said)); len(r) != 9 || r[1].Endpoint != "svcctl" {
		t.Errorf("%d records", len(r))
	}
	f = c.feed("lsass")
	if r = records(f); len(r) != 9 || r[1].Endpoint != "" || r[1].Opnum.V != 12 || len(f.Weirds) != maxWeirds {
		t.Errorf("%d records, %v", len(r), f.Weirds)
	}
}

func TestAnswers(t *testing.T) {
	c := (&talk{}).bind(uuidOf("drsuapi"), 4)
	c.ask(3, 0, c.stub().handle(1)).fault(5)
	c.ask(3, 0, c.stub().handle(1)).fault(0x1c010002)
	c.ask(3, 0, c.stub().handle(1)).answer(0, c.stub().u32(0x2105))
	c.ask(3, 0, c.stub().handle(1))
	c.unit(proto.Orig, typeOrphaned, whole, c.call, nil, nil)
	c.ask(3, 0, c.stub().handle(1))
	c.said = append(c.said, c.said[len(c.said)-1]) // the number is used again
	c.unit(proto.Resp, typeResponse, whole, 99, c.head(0, 0), nil)
	c.call++
	c.unit(proto.Orig, typeRequest, whole|flagMaybe, c.call, c.head(2, 0), nil)
	f := c.feed("")
	var got []string
	for _, r := range records(f) {
		got = append(got, fmt.Sprintf("%s %s %s", r.Operation, r.Outcome, r.Status))
	}
	want := []string{"DRSGetNCChanges refused ERROR_ACCESS_DENIED", "DRSGetNCChanges failed nca_op_rng_error", "DRSGetNCChanges refused ERROR_DS_DRA_ACCESS_DENIED",
		"DRSGetNCChanges  ", "DRSGetNCChanges  ", "DRSReplicaSync  ", "DRSGetNCChanges  "}
	if !slices.Equal(got, want) || !slices.Equal(f.Weirds, []string{"response_without_request"}) {
		t.Errorf("%q, %v", got, f.Weirds)
	}
}

// Fragments beyond the bound, lost ones and ones too long to be kept tell less, and the
// association goes on.
func TestLosses(t *testing.T) {
	c := services(form{}, 100)
	for i := range c.said {
		said := slices.Clone(c.said)
		said[i] = prototest.Segment{Dir: said[i].Dir, Lost: len(said[i].Data)}
		f := prototest.Feed(&Spec, said)
		if n := len(f.Records); n < 8 || n > 10 {
			t.Errorf("without unit %d there are %d records", i, n)
		}
		for _, r := range records(f) {
			if i != 0 && r.Endpoint != "svcctl" {
				t.Errorf("without unit %d: %+v", i, r)
			}
		}
	}
	long := (&talk{}).bind(uuidOf("drsuapi"), 4)
	long.ask(3, 0, &stub{b: make([]byte, 60000)}).answer(0, &stub{b: make([]byte, 60000)})
	if r := records(long.feed("")); len(r) != 1 || r[0].Outcome != "answered" {
		t.Errorf("%+v", r)
	}
	a := newAnalyzer(prototest.NewFlow()).(*analyzer)
	if p, err := a.Parse(proto.Orig, long.said[2].Data[:mostHead]); err != nil || p.Done != len(long.said[2].Data) {
		t.Errorf("a long fragment is kept: %+v, %v", p, err)
	}
}

// Whatever the client sends, tables do not grow.
func TestBounds(t *testing.T) {
	c := (&talk{}).bind(uuidOf("svcctl"), 2)
	a := newAnalyzer(prototest.NewFlow()).(*analyzer)
	f := a.f.(*prototest.Flow)
	feed := func() {
		for _, s := range c.said {
			if _, err := a.Parse(s.Dir, s.Data); err != nil {
				t.Fatal(err)
			}
		}
		c.said = nil
	}
	feed()
	most := 0
	for i := range 20000 {
		s := c.stub().u16(1).u16(1).u32(0).u32(1).u16(uint16(i)).u8(1, 0).guid(uuidOf("svcctl")).u32(2).guid("8a885d04-1ceb-11c9-9fe8-08002b104860").u32(2)
		c.unit(proto.Orig, typeAlter, whole, uint32(i), s.b, nil)
		c.call = uint32(1000 + 2*i)
		c.ask(16, 0, c.stub().handle(1).text(fmt.Sprint("service ", i)).u32(1))
		open := c.stub().u32(uint32(i)).u32(7).u32(7).u32(7).u32(7).u32(0)
		c.answer(0, open)
		c.unit(proto.Orig, typeRequest, flagFirst, c.call+1, append(c.head(12, 0), make([]byte, 5000)...), nil)
		feed()
		f.Records, f.Blinds, f.Handed = nil, nil, nil
		most = max(most, a.Held())
	}
	if len(a.contexts) > maxContexts || len(a.calls) > maxCalls || len(a.handles) > maxHandles || a.joined > maxJoined || most > 1<<20 {
		t.Errorf("%d contexts, %d calls, %d handles, %d bytes joined, %d held", len(a.contexts), len(a.calls), len(a.handles), a.joined, most)
	}
	if len(f.Weirds) > 3*maxWeirds {
		t.Errorf("%d weirds", len(f.Weirds))
	}
	a.Yield()
	if a.joined != 0 {
		t.Errorf("%d bytes joined after giving back", a.joined)
	}
	for range a.calls {
		a.orphan(proto.Orig, a.calls[0].id)
	}
	if a.joined != 0 || len(a.calls) != 0 {
		t.Errorf("%d calls and %d bytes are left", len(a.calls), a.joined)
	}
}

func TestTokens(t *testing.T) {
	c := &talk{auth: security{authNTLM, 5}}
	c.bind(uuidOf("samr"), 1)
	for i := range c.said {
		copy(c.said[i].Data[len(c.said[i].Data)-40:], "NTLMSSP\x00")
	}
	c.unit(proto.Orig, typeAuth3, whole, 1, []byte{0, 0, 0, 0}, append([]byte("NTLMSSP\x00\x03"), make([]byte, 31)...))
	c.ask(0, 0, c.stub().null().u32(1)).fault(5)
	c.said[len(c.said)-1].Data[3] |= flagUnrun
	f := c.feed("")
	if len(f.Handed) != 4 || f.Handed[1].Dir != proto.Resp || string(f.Handed[3].Data) != "\x01ERROR_ACCESS_DENIED" || f.Handed[3].Dir != proto.Resp {
		t.Errorf("%d messages: %v", len(f.Handed), f.Handed)
	}
	// What is refused to somebody who is known is no refused log-in.
	c.said[len(c.said)-1].Data[3] &^= flagUnrun
	if f = c.feed(""); len(f.Handed) != 4 || string(f.Handed[3].Data) != "\x00" {
		t.Errorf("a call refused: %d messages: %v", len(f.Handed), f.Handed)
	}
	c.said = c.said[:len(c.said)-1]
	c.answer(0, c.stub().handle(1).u32(0)).ask(1, 0, c.stub().handle(1)).answer(0, c.stub().handle(0).u32(0))
	if f = c.feed(""); len(f.Handed) != 4 || string(f.Handed[3].Data) != "\x00" {
		t.Errorf("%d messages: %v", len(f.Handed), f.Handed)
	}
}

// datagram is a request or an answer of the connectionless protocol.
func datagram(kind byte, big bool, opnum uint16, body []byte) []byte {
	order := form{big: big}.order()
	b := make([]byte, 24, datagramLen)
	b[0], b[1], b[4] = 4, kind, 0x10
	if big {
		b[4] = 0
	}
	b = (&stub{form: form{big: big}, b: b}).guid("dea00001-6c97-11d1-8271-00a02442df7d").b
	b = append(b, "activity of 16 b"...)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint32(b, 4)
	b = order.AppendUint16(b, opnum)
	b = append(b, 0xff, 0xff, 0xff, 0xff)
	b = order.AppendUint16(b, uint16(len(body)))
	return append(append(b, 0, 0, 0, 0), body...)
}

func TestDatagrams(t *testing.T) {
	for _, big := range []bool{false, true} {
		ask, ok := datagram(dgRequest, big, 2, make([]byte, 20)), datagram(dgResponse, big, 2, make([]byte, 8))
		for _, b := range [][]byte{ask, ok} {
			if probe(proto.Orig, b) != proto.Yes || probe(proto.Orig, b[:60]) != proto.No || probe(proto.Orig, append(slices.Clone(b), 0)) != proto.No {
				t.Error("probe")
			}
		}
		f := prototest.NewFlow()
		a := newAnalyzer(f).(*analyzer)
		for i, b := range [][]byte{ask, ask, ok, ask, datagram(dgReject, big, 2, form{big: big}.order().AppendUint32(nil, 0x1c010003)), ask} {
			d := proto.Dir(map[int]int{2: 1, 4: 1}[i])
			f.Time += 1000
			if err := a.Packet(d, b); err != nil {
				t.Fatal(err)
			}
		}
		a.Close()
		var got []string
		for _, r := range records(f) {
			got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Endpoint[:16], r.Version, r.Operation, r.Outcome, r.Status))
		}
		want := []string{"unknown-dea00001 1.0 unknown-2 answered ", "unknown-dea00001 1.0 unknown-2 failed nca_unk_if", "unknown-dea00001 1.0 unknown-2  "}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}

func TestProbe(t *testing.T) {
	b := (&talk{}).bind(uuidOf("samr"), 1).said[0].Data
	for n := range headLen {
		if probe(proto.Orig, b[:n]) != proto.Maybe {
			t.Errorf("%d bytes", n)
		}
	}
	if probe(proto.Orig, b[:headLen]) != proto.Yes || probe(proto.Resp, b) != proto.Yes {
		t.Error("a bind is not known")
	}
	for at, c := range map[int]byte{0: 6, 1: 2, 2: 1, 4: 0x20, 5: 9, 6: 1, 7: 1, 9: 0xff} {
		x := slices.Clone(b[:headLen])
		x[at] = c
		if at == 9 {
			binary.LittleEndian.PutUint16(x[8:], 12)
		}
		if probe(proto.Orig, x) != proto.No {
			t.Errorf("byte %d may be %#x", at, c)
		}
	}
	if _, err := newAnalyzer(prototest.NewFlow()).(*analyzer).Parse(proto.Orig, []byte(strings.Repeat("x", 40))); err == nil {
		t.Error("anything is taken")
	}
}
