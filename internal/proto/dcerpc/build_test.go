package dcerpc

import (
	"encoding/binary"
	"unicode/utf16"

	"lazaret/internal/ndr"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/rpcdb"
)

// form is how a test's peers write: byte order and width of pointers.
type form struct{ big, wide bool }

func (f form) order() binary.AppendByteOrder {
	if f.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// stub writes parameters.
type stub struct {
	form
	b []byte
}

func reader(s *stub) *ndr.Reader {
	r := ndr.New(s.b, s.big, s.wide)
	return &r
}

func (s *stub) align(n int) *stub {
	for len(s.b)%n != 0 {
		s.b = append(s.b, 0xbf)
	}
	return s
}

func (s *stub) u8(v ...byte) *stub { s.b = append(s.b, v...); return s }

func (s *stub) u16(v uint16) *stub {
	s.align(2)
	s.b = s.order().AppendUint16(s.b, v)
	return s
}

func (s *stub) u32(v uint32) *stub {
	s.align(4)
	s.b = s.order().AppendUint32(s.b, v)
	return s
}

func (s *stub) word(v uint64) *stub {
	if !s.wide {
		return s.u32(uint32(v))
	}
	s.align(8)
	s.b = s.order().AppendUint64(s.b, v)
	return s
}

func (s *stub) null() *stub { return s.word(0) }
func (s *stub) ref() *stub  { return s.word(0x20000) }

// text is a conformant varying string; with narrow of bytes.
func (s *stub) text(v string) *stub {
	units := append(utf16.Encode([]rune(v)), 0)
	s.word(uint64(len(units))).word(0).word(uint64(len(units)))
	for _, u := range units {
		s.u16(u)
	}
	return s
}

func (s *stub) narrow(v string) *stub {
	n := uint64(len(v) + 1)
	s.word(n).word(0).word(n).u8(append([]byte(v), 0)...)
	return s
}

// unique is a pointer to a string as a parameter.
func (s *stub) unique(v string) *stub { return s.ref().text(v) }

// counted is a counted string as a parameter, countedHead its structure.
func (s *stub) counted(v string) *stub { return s.countedHead(v).text(v) }

func (s *stub) countedHead(v string) *stub {
	if s.wide {
		s.align(8)
	}
	return s.align(4).u16(uint16(2 * len(v))).u16(uint16(2 * len(v))).ref()
}

func (s *stub) bytes(b []byte) *stub { return s.word(uint64(len(b))).u8(b...) }

// handle is a context handle told by one byte.
func (s *stub) handle(id byte) *stub {
	s.align(4)
	h := make([]byte, 20)
	h[4], h[19] = id, 1
	return s.u8(h...)
}

func (s *stub) guid(text string) *stub {
	u, _ := rpcdb.ParseUUID(text)
	s.u32(binary.BigEndian.Uint32(u[:])).u16(binary.BigEndian.Uint16(u[4:])).u16(binary.BigEndian.Uint16(u[6:]))
	return s.u8(u[8:]...)
}

// sid is S-1-5-21-1-2-3 and the given rest.
func (s *stub) sid(rest ...uint32) *stub {
	subs := append([]uint32{21, 1, 2, 3}, rest...)
	s.word(uint64(len(subs)))
	if s.wide {
		s.align(8)
	}
	s.u8(1, byte(len(subs)), 0, 0, 0, 0, 0, 5)
	for _, v := range subs {
		s.u32(v)
	}
	return s
}

// talk writes units of both sides.
type talk struct {
	form
	said []prototest.Segment
	call uint32
	auth security
}

func (t *talk) stub() *stub { return &stub{form: t.form} }

// unit adds one unit of a direction.
func (t *talk) unit(d proto.Dir, kind, flags byte, call uint32, body []byte, token []byte) {
	drep := byte(0x10)
	if t.big {
		drep = 0
	}
	pad := 0
	if t.auth.kind != 0 && token != nil {
		pad = -(headLen + len(body)) & 3
		body = append(append([]byte(nil), body...), make([]byte, pad)...)
		body = append(body, t.auth.kind, t.auth.level, byte(pad), 0, 1, 0, 0, 0)
		body = append(body, token...)
	}
	b := []byte{5, 0, kind, flags, drep, 0, 0, 0}
	b = t.order().AppendUint16(b, uint16(headLen+len(body)))
	b = t.order().AppendUint16(b, uint16(len(token)))
	b = t.order().AppendUint32(b, call)
	t.said = append(t.said, prototest.Segment{Dir: d, Data: append(b, body...)})
}

const whole = flagFirst | flagLast

// bind offers an interface as context 0 and accepts it.
func (t *talk) bind(uuid string, major uint16) *talk {
	syntax, version := "8a885d04-1ceb-11c9-9fe8-08002b104860", uint32(2)
	if t.wide {
		syntax, version = ndr64.String(), 1
	}
	s := &stub{form: form{big: t.big}}
	s.u16(5840).u16(5840).u32(0).u32(1)
	if t.big {
		s.b[8], s.b[11] = 1, 0
	}
	s.u16(0).u8(1, 0).guid(uuid).u32(uint32(major)).guid(syntax).u32(version)
	t.unit(proto.Orig, typeBind, whole, 1, s.b, t.token(40))
	s = &stub{form: form{big: t.big}}
	s.u16(5840).u16(5840).u32(0x1234)
	s.u16(13).u8([]byte("\\PIPE\\ntsvcs\x00")...).align(4)
	s.u8(1, 0, 0, 0).u16(0).u16(0).guid(syntax).u32(version)
	t.unit(proto.Resp, typeBindAck, whole, 1, s.b, t.token(40))
	t.call = 1
	return t
}

func (t *talk) token(n int) []byte {
	if t.auth.kind == 0 {
		return nil
	}
	return make([]byte, n)
}

// head of a request or an answer.
func (t *talk) head(opnum uint16, n int) []byte {
	s := t.stub()
	return s.u32(uint32(n)).u16(0).u16(opnum).b
}

// ask sends a request, cut into fragments of at most size bytes if size is not 0.
func (t *talk) ask(opnum uint16, size int, params *stub) *talk {
	t.call++
	t.fragments(proto.Orig, typeRequest, opnum, size, params)
	return t
}

func (t *talk) answer(size int, params *stub) *talk {
	t.fragments(proto.Resp, typeResponse, 0, size, params)
	return t
}

func (t *talk) fragments(d proto.Dir, kind byte, opnum uint16, size int, params *stub) {
	b := params.b
	flags := byte(flagFirst)
	for {
		n := len(b)
		if size > 0 && n > size {
			n = size
		} else {
			flags |= flagLast
		}
		t.unit(d, kind, flags, t.call, append(t.head(opnum, len(params.b)), b[:n]...), t.token(16))
		if b = b[n:]; flags&flagLast != 0 {
			return
		}
		flags = 0
	}
}

func (t *talk) fault(code uint32) *talk {
	t.unit(proto.Resp, typeFault, whole, t.call, append(t.head(0, 0), (&stub{form: t.form}).u32(code).u32(0).b...), nil)
	return t
}

// feed gives the records of a talk over a pipe of a name, or over TCP.
func (t *talk) feed(pipe string) *prototest.Flow {
	f := prototest.NewFlow()
	f.ID.Resp.Port = 135
	if pipe != "" {
		f.Known = proto.About{Carrier: "smb", Name: pipe}
	}
	return prototest.FeedInto(f, &Spec, t.said)
}

// records takes the records out of a flow.
func records(f *prototest.Flow) []*Record {
	var out []*Record
	for _, r := range f.Records {
		out = append(out, r.Body.(*Record))
	}
	return out
}

// uuidOf is the identity of an interface by its name.
func uuidOf(name string) string {
	return map[string]string{
		"svcctl": "367abb81-9844-35f1-ad32-98f038001003", "atsvc": "1ff70682-0a51-30e8-076d-740be8cee98b",
		"tsch": "86d35949-83c9-4044-b424-db363231fd0c", "winreg": "338cd001-2244-31f1-aaaa-900038001003",
		"srvsvc": "4b324fc8-1670-01d3-1278-5a47bf6ee188", "wkssvc": "6bffd098-a112-3610-9833-46c3f87e345a",
		"samr": "12345778-1234-abcd-ef00-0123456789ac", "lsarpc": "12345778-1234-abcd-ef00-0123456789ab",
		"netlogon": "12345678-1234-abcd-ef00-01234567cffb", "epmapper": "e1af8308-5d1f-11c9-91a4-08002b14a0fa",
		"spoolss": "12345678-1234-abcd-ef00-0123456789ab", "activator": "000001a0-0000-0000-c000-000000000046",
		"activation": "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57", "wmi": "9556dc99-828c-11cf-a37e-00aa003240c7",
		"drsuapi": "e3514235-4b06-11d1-ab04-00c04fc2dcd2", "winspool": "76f03f96-cdfd-44fc-a22c-64950a001209",
		"login": "f309ad18-d86a-11d0-a075-00c04fb68820",
	}[name]
}
