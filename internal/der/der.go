// Package der walks the elements of ASN.1 values in the distinguished and basic
// encodings (ITU-T X.690), as Kerberos, LDAP, SNMP, SPNEGO and certificates use
// them.
//
// It reads tags of one byte and lengths in the definite form of at most four bytes
// behind the first, and hands out contents that lie within what contains them: no
// length can reach a neighbour. Whoever reads says which element is expected; there
// is no reflection and no tree.
//
// It refuses the indefinite form, tags of several bytes and lengths past 1 GiB.
// Whether a value is written in the shortest way, as the distinguished encoding
// demands, is not looked at.
//
// Memory: what it gives aliases its input; nothing but texts is allocated.
package der

import "strconv"

// Universal tags as they occur in a byte (X.690 8.1.2).
const (
	Boolean  = 0x01
	Int      = 0x02
	Bits     = 0x03
	Octets   = 0x04
	ObjectID = 0x06
	Enum     = 0x0a
	Sequence = 0x30
	Set      = 0x31
)

// maxLength is the greatest length that is believed, bytes.
const maxLength = 1 << 30

// Measure reads tag and length (X.690 8.1.3): the content of n bytes begins at head.
// It is not ok when more bytes are wanted (head 0), or when the tag has several
// bytes, or the length is indefinite or absurd (head -1).
func Measure(b []byte) (tag byte, head, n int, ok bool) {
	if len(b) > 0 && b[0]&0x1f == 0x1f {
		return 0, -1, 0, false
	}
	if len(b) < 2 {
		return 0, 0, 0, false
	}
	if n = int(b[1]); n < 0x80 {
		return b[0], 2, n, true
	}
	k := n & 0x7f
	if k == 0 || k > 4 {
		return 0, -1, 0, false
	}
	if len(b) < 2+k {
		return 0, 0, 0, false
	}
	n = 0
	for _, c := range b[2 : 2+k] {
		n = n<<8 | int(c)
	}
	if n < 0 || n > maxLength {
		return 0, -1, 0, false
	}
	return b[0], 2 + k, n, true
}

// Element takes the first element off b, which must hold all of it.
func Element(b []byte) (tag byte, body, rest []byte, ok bool) {
	tag, head, n, ok := Measure(b)
	if !ok || n > len(b)-head {
		return 0, nil, nil, false
	}
	return tag, b[head : head+n : head+n], b[head+n:], true
}

// Reader takes elements one after the other; like wire.Reader it is sticky: after
// the first that is damaged or not the one expected, everything is empty.
type Reader struct {
	b   []byte
	bad bool
}

// NewReader reads the elements in b.
func NewReader(b []byte) Reader { return Reader{b: b} }

// OK tells that nothing was damaged so far.
func (r *Reader) OK() bool { return !r.bad }

// Len is the number of bytes not yet taken, 0 after damage.
func (r *Reader) Len() int {
	if r.bad {
		return 0
	}
	return len(r.b)
}

// Rest takes everything that is left.
func (r *Reader) Rest() []byte {
	if r.bad {
		return nil
	}
	b := r.b
	r.b = nil
	return b
}

// Fail makes everything that follows empty.
func (r *Reader) Fail() { r.bad = true }

// Peek is the tag of the next element, 0 at the end.
func (r *Reader) Peek() byte {
	if r.bad || len(r.b) == 0 {
		return 0
	}
	return r.b[0]
}

// Next takes an element, whatever its tag.
func (r *Reader) Next() (tag byte, body []byte) {
	if r.bad {
		return 0, nil
	}
	tag, body, rest, ok := Element(r.b)
	if !ok {
		r.bad = true
		return 0, nil
	}
	r.b = rest
	return tag, body
}

// Whole takes an element with its tag and length.
func (r *Reader) Whole() []byte {
	b := r.b
	if r.Next(); r.bad {
		return nil
	}
	return b[: len(b)-len(r.b) : len(b)-len(r.b)]
}

// Want takes the next element, which must have the tag.
func (r *Reader) Want(tag byte) []byte {
	got, body := r.Next()
	if got != tag {
		r.bad = true
		return nil
	}
	return body
}

// Maybe takes the next element if it has the tag.
func (r *Reader) Maybe(tag byte) (body []byte, ok bool) {
	if r.Peek() != tag {
		return nil, false
	}
	_, body = r.Next()
	return body, r.OK()
}

// Integer takes an INTEGER of at most eight bytes.
func (r *Reader) Integer() int64 {
	n, ok := Integer(r.Want(Int))
	if !ok {
		r.bad = true
	}
	return n
}

// Integer reads a number in two's complement of at most eight bytes (X.690 8.3).
func Integer(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := int64(int8(b[0]))
	for _, c := range b[1:] {
		n = n<<8 | int64(c)
	}
	return n, true
}

// OID is an object identifier in dots (X.690 8.19), cut at most numbers; empty if it
// is damaged or a number does not fit 32 bits.
func OID(b []byte, most int) string {
	if len(b) == 0 {
		return ""
	}
	out := make([]byte, 0, 32)
	var arc uint64
	arcs := 0
	for i, c := range b {
		arc = arc<<7 | uint64(c&0x7f)
		if arc > 1<<32+79 {
			return ""
		}
		if c&0x80 != 0 {
			if i == len(b)-1 {
				return ""
			}
			continue
		}
		if arcs == 0 { // the first two numbers share one
			first := min(arc/40, 2)
			out = append(strconv.AppendUint(out, first, 10), '.')
			arc -= 40 * first
		}
		if arcs++; arcs > most {
			break
		}
		out = append(strconv.AppendUint(out, arc, 10), '.')
		arc = 0
	}
	return string(out[:len(out)-1])
}
