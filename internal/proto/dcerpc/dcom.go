package dcerpc

import (
	"encoding/binary"

	"lazaret/internal/ndr"
	"lazaret/internal/rpcdb"
)

// activatorCalls and activationCalls read which class is activated (MS-DCOM
// 3.1.2.5.2).
var (
	activatorCalls = map[uint16]decoder{
		3: {ask: activate(false)},
		4: {ask: activate(true)},
	}
	activationCalls = map[uint16]decoder{0: {ask: remoteActivation}}
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
	objrefLen       = 48
	maxProperties   = 16
)

// custom gives what an OBJREF_CUSTOM holds (MS-DCOM 2.2.18.6), and the class that
// can read it; nil if the reference is another.
func custom(b []byte) (class rpcdb.UUID, data []byte) {
	if len(b) < objrefLen || string(b[:4]) != objrefSignature || binary.LittleEndian.Uint32(b[4:]) != objrefCustom {
		return class, nil
	}
	r := ndr.New(b[24:40], false, false)
	return r.GUID(), b[objrefLen:]
}

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
	const blob, serial = 8, 16
	if _, b = custom(b); len(b) < blob+serial+48 {
		return u, false
	}
	b = b[blob:]
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
