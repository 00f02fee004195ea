// Package wmio reads objects of Windows Management Instrumentation as they go over
// the wire: an encoding unit with a class or an instance (MS-WMIO 2.2).
//
// Such an object stands in the calls of IWbemServices: the parameters of a method that
// is executed, what the method gave back, a subscription that is put. Its class says
// which properties there are, at which place of a table their values stand and which
// of them are left at what the class says; texts lie on a heap and are referred to.
// Read checks that frame once. Values then gives each property that has a value, Text
// and Number one of a name.
//
// The package is strict and bounded: exactly one of the flags for a class and an
// instance, lengths that fit into each other, tables that lie within them; of the
// properties at most MaxProperties, of a text at most MaxText characters. A property
// whose own references lead out of its heap is left out, the others stay.
//
// It refuses to interpret: values that are objects, arrays or floating-point numbers
// are named and not read, so are qualifiers and methods. It knows no class and no
// secret: who calls decides what may be told.
//
// An Object aliases the bytes it was read from, which belong to the caller; texts are
// copies.
package wmio

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"lazaret/internal/wire"
)

// Bounds of what is read of an object.
const (
	MaxProperties = 256
	MaxText       = 1024 // characters of a text
	maxName       = 128
	maxDepth      = 16 // classes that a class derives from
)

// signature opens an encoding unit (MS-WMIO 2.2.77).
const signature = 0x12345678

// Flags of an object (MS-WMIO 2.2.6).
const (
	flagClass     = 0x01
	flagInstance  = 0x02
	flagDecorated = 0x04
)

// Type is the type of a property (MS-WMIO 2.2.82).
type Type uint16

// The types.
const (
	Sint16    Type = 2
	Sint32    Type = 3
	Real32    Type = 4
	Real64    Type = 5
	String    Type = 8
	Boolean   Type = 11
	Nested    Type = 13 // an object within the object
	Sint8     Type = 16
	Uint8     Type = 17
	Uint16    Type = 18
	Uint32    Type = 19
	Sint64    Type = 20
	Uint64    Type = 21
	Datetime  Type = 101
	Reference Type = 102
	Char16    Type = 103
)

const (
	arrayOf   = 0x2000
	inherited = 0x4000
)

// size is how many bytes of the table of values a property of a type takes (MS-WMIO
// 2.2.29); 0 if there is no such type.
func (t Type) size() int {
	switch t {
	case Sint8, Uint8:
		return 1
	case Sint16, Uint16, Boolean, Char16:
		return 2
	case Sint32, Uint32, Real32, String, Datetime, Reference, Nested:
		return 4
	case Sint64, Uint64, Real64:
		return 8
	}
	return 0
}

// Textual says whether values of a type are texts.
func (t Type) Textual() bool { return t == String || t == Datetime || t == Reference }

// Whole says whether values of a type are whole numbers; a boolean is 0 or 1.
func (t Type) Whole() bool {
	return t.size() > 0 && !t.Textual() && t != Nested && t != Real32 && t != Real64
}

// Value is a property that has a value.
type Value struct {
	Name   string
	Type   Type
	Array  bool   // its elements are not read
	Text   string // of a textual type
	Number int64  // of a whole type; of Uint64 the same bits
}

// Object is a class or an instance.
type Object struct {
	Class      string   // its name
	Parents    []string // names of the classes it derives from, the nearest first
	Server     string   // where it is from, if that is said
	Namespace  string
	Definition bool // it is the class itself, and its values are the defaults

	of     part   // the class
	states []byte // 2 bits a property: no value, value of the class (2.2.26)
	values []byte
	heap   []byte
}

// part is a class without its methods (MS-WMIO 2.2.15).
type part struct {
	name   uint32
	count  int
	lookup []byte // 8 bytes a property
	states []byte
	values []byte
	heap   []byte
}

// Read reads an encoding unit (MS-WMIO 2.2.1). It is false if the frame is not one of
// the standard.
func Read(b []byte) (o Object, ok bool) {
	r := wire.NewReader(b)
	if r.U32LE() != signature {
		return o, false
	}
	r = r.Sub(int(r.U32LE()))
	flags := r.U8()
	if flags&flagDecorated != 0 {
		o.Server, o.Namespace = encoded(&r, maxName), encoded(&r, maxName)
	}
	switch flags & (flagClass | flagInstance) {
	case flagClass:
		ok = o.definition(&r)
	case flagInstance:
		ok = o.instance(&r)
	}
	return o, ok && r.OK()
}

// definition reads the class that another derives from, which is passed over, and
// the class itself (MS-WMIO 2.2.11).
func (o *Object) definition(r *wire.Reader) bool {
	o.Definition = true
	var parent Object
	if !parent.class(r) || !methods(r) || !o.class(r) || !methods(r) {
		return false
	}
	o.states, o.values, o.heap = o.of.states, o.of.values, o.of.heap
	o.Class = o.of.text(o.of.name, maxName)
	return true
}

// methods passes over the methods of a class (MS-WMIO 2.2.38).
func methods(r *wire.Reader) bool {
	n := int(r.U32LE())
	if n < 4 {
		return false
	}
	r.Skip(n - 4)
	return r.OK()
}

// class reads a class (MS-WMIO 2.2.15 to 2.2.37).
func (o *Object) class(in *wire.Reader) bool {
	head := in.Peek(4)
	if head == nil {
		return false
	}
	r := in.Sub(int(binary.LittleEndian.Uint32(head)))
	r.Skip(5) // the length, and what is reserved
	p := part{name: r.U32LE()}
	tables := int(r.U32LE())
	parents := block(&r)
	block(&r) // qualifiers
	p.count = int(r.U32LE())
	if p.count > MaxProperties {
		return false
	}
	p.lookup = r.Bytes(8 * p.count)
	if p.count > 0 || tables > 0 {
		p.states, p.values = p.tables(&r, tables)
	}
	p.heap = heap(&r)
	o.of = p
	for l := wire.NewReader(parents); l.Len() > 0 && len(o.Parents) < maxDepth; {
		s := encoded(&l, maxName)
		l.Skip(4) // its length again
		if !l.OK() {
			return false
		}
		o.Parents = append(o.Parents, s)
	}
	return r.OK()
}

// instance reads an instance with its class (MS-WMIO 2.2.53).
func (o *Object) instance(in *wire.Reader) bool {
	if !o.class(in) {
		return false
	}
	n := int(in.U32LE())
	if n < 4 {
		return false
	}
	r := in.Sub(n - 4)
	r.U8() // flags
	name := r.U32LE()
	o.states, o.values = o.of.tables(&r, len(o.of.states)+len(o.of.values))
	block(&r) // qualifiers
	switch r.U8() {
	case 1:
	case 2: // qualifiers of each property
		for range o.of.count {
			block(&r)
		}
	default:
		return false
	}
	o.heap = heap(&r)
	if !r.OK() {
		return false
	}
	if o.Class = text(o.heap, name, maxName); o.Class == "" {
		o.Class = o.of.text(o.of.name, maxName)
	}
	return true
}

// block takes what has its length, which counts itself, before it.
func block(r *wire.Reader) []byte {
	n := int(r.U32LE())
	if n < 4 {
		n = r.Len() + 5 // impossible
	}
	return r.Bytes(n - 4)
}

// heap takes a heap (MS-WMIO 2.2.66), whose length has its highest bit set.
func heap(r *wire.Reader) []byte {
	n := r.U32LE()
	if n&0x80000000 == 0 {
		n = 0x7fffffff
	}
	return r.Bytes(int(n & 0x7fffffff))
}

// tables takes the states and the values of n bytes together (MS-WMIO 2.2.26, 2.2.29).
func (p *part) tables(r *wire.Reader, n int) (states, values []byte) {
	k := (p.count + 3) / 4
	if n < k {
		n = r.Len() + 1 // impossible
	}
	b := r.Bytes(n)
	if b == nil {
		return nil, nil
	}
	return b[:k], b[k:]
}

// words are texts that a reference names by a number (MS-WMIO 2.2.80).
var words = [...]string{0: `"`, 1: "key", 3: "read", 4: "write", 5: "volatile", 6: "provider", 7: "dynamic", 8: "cimwin32", 9: "DWORD", 10: "CIMTYPE"}

// text follows a reference to a text (MS-WMIO 2.2.68): a word, nothing, or a place on
// a heap.
func text(heap []byte, ref uint32, limit int) string {
	if ref&0x80000000 != 0 {
		if i := int(ref & 0x7fffffff); i < len(words) {
			return words[i]
		}
		return ""
	}
	if int(ref) >= len(heap) {
		return ""
	}
	end := min(len(heap), int(ref)+1+2*limit) // what lies behind is not kept
	r := wire.NewReader(heap[ref:end])
	return encoded(&r, limit)
}

func (p *part) text(ref uint32, limit int) string { return text(p.heap, ref, limit) }

// encoded reads a text of bytes or of 16-bit characters, up to its terminator
// (MS-WMIO 2.2.78); of a longer one the first limit characters are kept.
func encoded(r *wire.Reader, limit int) string {
	wide := r.U8()
	if wide > 1 {
		r.Skip(r.Len() + 1)
		return ""
	}
	units := make([]uint16, 0, 32)
	for r.OK() {
		c := uint16(0)
		if wide == 1 {
			c = r.U16LE()
		} else {
			c = uint16(r.U8())
		}
		if c == 0 {
			break
		}
		if len(units) < limit {
			units = append(units, c)
		}
	}
	return string(utf16.Decode(units))
}

// info is what a class says of one property (MS-WMIO 2.2.30).
type info struct {
	kind  Type
	array bool
	order int // its place among the states
	at    int // of its value
}

// property gives the name of a property and what the class says of it.
func (p *part) property(i int) (ref uint32, x info, ok bool) {
	ref = binary.LittleEndian.Uint32(p.lookup[8*i:])
	at := binary.LittleEndian.Uint32(p.lookup[8*i+4:])
	if at > uint32(len(p.heap)) {
		return ref, x, false
	}
	r := wire.NewReader(p.heap[at:])
	kind := r.U32LE()
	x = info{kind: Type(kind &^ (arrayOf | inherited)), array: kind&arrayOf != 0, order: int(r.U16LE()), at: int(r.U32LE())}
	return ref, x, r.OK() && kind>>16 == 0 && x.order < p.count && x.kind.size() > 0
}

// Values gives each property that has a value, in the order of the class.
func (o *Object) Values(yield func(Value) bool) {
	for i := range o.of.count {
		if ref, x, ok := o.of.property(i); ok {
			if v, ok := o.value(x); ok {
				if v.Name = o.of.text(ref, maxName); v.Name != "" && !yield(v) {
					return
				}
			}
		}
	}
}

// value reads a value: that of the instance, or where it says so that of the class.
func (o *Object) value(x info) (v Value, ok bool) {
	states, values, heap := o.states, o.values, o.heap
	state := states[x.order/4] >> (x.order % 4 * 2) & 3
	if state&2 != 0 {
		states, values, heap = o.of.states, o.of.values, o.of.heap
		state = states[x.order/4] >> (x.order % 4 * 2)
	}
	n := x.kind.size()
	if x.array {
		n = 4
	}
	if state&1 != 0 || x.at > len(values) || n > len(values)-x.at {
		return v, false
	}
	v = Value{Type: x.kind, Array: x.array}
	b := values[x.at : x.at+n]
	switch {
	case x.array:
	case x.kind.Textual():
		ref := binary.LittleEndian.Uint32(b)
		if int64(ref) >= int64(len(heap)) {
			return v, false
		}
		v.Text = text(heap, ref, MaxText)
	case x.kind.Whole():
		v.Number = number(x.kind, b)
	}
	return v, true
}

// number reads a whole number of a type.
func number(t Type, b []byte) int64 {
	switch len(b) {
	case 1:
		if t == Sint8 {
			return int64(int8(b[0]))
		}
		return int64(b[0])
	case 2:
		v := binary.LittleEndian.Uint16(b)
		switch t {
		case Sint16:
			return int64(int16(v))
		case Boolean:
			return int64(min(v, 1))
		}
		return int64(v)
	case 4:
		v := binary.LittleEndian.Uint32(b)
		if t == Sint32 {
			return int64(int32(v))
		}
		return int64(v)
	}
	return int64(binary.LittleEndian.Uint64(b))
}

// Text is the value of a textual property, whatever the case of its name; empty if it
// has none.
func (o *Object) Text(name string) string {
	v, _ := o.find(name)
	return v.Text
}

// Number is the value of a whole property, whatever the case of its name.
func (o *Object) Number(name string) (n int64, ok bool) {
	v, ok := o.find(name)
	return v.Number, ok && v.Type.Whole() && !v.Array
}

// find gives the property of a name.
func (o *Object) find(name string) (v Value, ok bool) {
	for x := range o.Values {
		if strings.EqualFold(x.Name, name) {
			return x, true
		}
	}
	return v, false
}
