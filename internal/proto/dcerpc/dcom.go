package dcerpc

import (
	"encoding/binary"

	"lazaret/internal/ndr"
	"lazaret/internal/rpcdb"
)

// activatorCalls and activationCalls read which class is activated (MS-DCOM
// 3.1.2.5.2), wbemCalls what is asked of WMI (MS-WMI 3.1.4.3).
var (
	activatorCalls = map[uint16]decoder{
		3: {ask: activate(false)},
		4: {ask: activate(true)},
	}
	activationCalls = map[uint16]decoder{0: {ask: remoteActivation}}
	wbemCalls       = map[uint16]decoder{
		3: {ask: wbemObject}, 6: {ask: wbemObject}, 7: {ask: wbemObject}, 16: {ask: wbemObject}, 18: {ask: wbemObject},
		20: {ask: wbemQuery}, 21: {ask: wbemQuery}, 22: {ask: wbemQuery}, 23: {ask: wbemQuery},
		24: {ask: wbemMethod}, 25: {ask: wbemMethod},
	}
)

// orpcThis passes over the implicit first parameter of calls on objects (MS-DCOM
// 2.2.13.3). One with extensions is not followed.
func orpcThis(r *ndr.Reader) {
	r.Skip(12)
	r.GUID()
	if r.Pointer() {
		r.Fail()
	}
}

// class says which class a call is about.
func (c *call) class(u rpcdb.UUID) {
	c.rec.Target = rpcdb.Class(u)
	c.rec.Detail = "class " + u.String()
}

// remoteActivation reads IActivation RemoteActivation (MS-DCOM 3.1.2.5.2.3.1).
func remoteActivation(_ *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	if u := r.GUID(); r.OK() {
		c.class(u)
	}
}

// Marks in an activation's properties (MS-DCOM 2.2.18, 2.2.22).
const (
	objrefSignature = "MEOW"
	objrefCustom    = 4
	maxProperties   = 16
)

// instantiation is the class of the property that names what is created (MS-DCOM
// 2.2.22.2.1), and script moniker information is not needed.
var instantiation = rpcdb.UUID{0x00, 0x00, 0x01, 0xab, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}

// activate reads RemoteGetClassObject and RemoteCreateInstance (MS-DCOM
// 3.1.2.5.2.3.2, 3.1.2.5.2.3.3): the class among the properties.
func activate(outer bool) func(*analyzer, *call, *ndr.Reader) {
	return func(_ *analyzer, c *call, r *ndr.Reader) {
		orpcThis(r)
		if outer && r.Pointer() {
			return
		}
		if !r.Pointer() {
			return
		}
		r.Count(1)
		blob := r.Bytes(int(r.U32() & 0xfffff))
		if u, ok := activatedClass(blob); ok {
			c.class(u)
		}
	}
}

// activatedClass finds the class in a marshaled properties object: OBJREF_CUSTOM
// (MS-DCOM 2.2.18.6) around a blob (2.2.22) that has a header with the classes and
// sizes of its properties (2.2.22.1). Its parts have heads of their own (MS-RPCE
// 2.2.6) and are little-endian.
func activatedClass(b []byte) (u rpcdb.UUID, ok bool) {
	const objref, blob, serial = 48, 8, 16
	if len(b) < objref+blob+serial+48 || string(b[:4]) != objrefSignature || binary.LittleEndian.Uint32(b[4:]) != objrefCustom {
		return u, false
	}
	b = b[objref+blob:]
	size := int(binary.LittleEndian.Uint32(b[serial+4:]) & 0xfffff)
	n := int(binary.LittleEndian.Uint32(b[serial+16:]))
	if n > maxProperties || size > len(b) {
		return u, false
	}
	r := ndr.New(b[serial:size], false, false)
	r.Skip(20)
	r.GUID()
	r.Skip(12) // pointers to classes, sizes and what is reserved
	classes := make([]rpcdb.UUID, 0, maxProperties)
	for range min(r.Count(16), maxProperties) {
		classes = append(classes, r.GUID())
	}
	at := size
	for i := range min(r.Count(4), len(classes)) {
		length := int(r.U32() & 0xfffff)
		if !r.OK() || length > len(b)-at {
			return u, false
		}
		if classes[i] == instantiation {
			p := ndr.New(b[at:at+length], false, false)
			p.Skip(serial)
			u = p.GUID()
			return u, p.OK()
		}
		at += length
	}
	return u, false
}

// wbemText reads a BSTR (MS-WMI 2.2.6, MS-OAUT 2.2.23).
func wbemText(r *ndr.Reader) string {
	if !r.Pointer() {
		return ""
	}
	n := r.Count(2)
	r.U32()
	r.U32()
	s := ndr.Chars(r.Bytes(2*n), ndr.MaxText)
	r.Align(4)
	return s
}

// wbemObject reads calls about one object, class or namespace.
func wbemObject(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	if s := wbemText(r); r.OK() {
		c.rec.Target = a.shown(s)
	}
}

// wbemQuery reads ExecQuery and its kin: language and query.
func wbemQuery(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	wbemText(r)
	if s := wbemText(r); r.OK() {
		c.rec.Command = a.shown(s)
	}
}

// wbemMethod reads ExecMethod: object and method. Its parameters are an object that
// is not read.
func wbemMethod(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	object := wbemText(r)
	if method := wbemText(r); r.OK() {
		c.rec.Target, c.rec.Detail = a.shown(object), "method "+a.shown(method)
	}
}
