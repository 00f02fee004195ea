package snmp

import "strconv"

// Tags that occur (ITU-T X.690 8.1.2, RFC 2578 7.1).
const (
	tagInteger   = 0x02
	tagOctets    = 0x04
	tagOID       = 0x06
	tagSequence  = 0x30
	tagIPAddress = 0x40
	tagTimeTicks = 0x43
)

// element reads one value with its tag and its length in the definite form
// (X.690 8.1.3). rest is what follows it.
func element(b []byte) (tag byte, body, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	tag, n, head := b[0], int(b[1]), 2
	if tag&0x1f == 0x1f { // a tag of several bytes; SNMP has none
		return 0, nil, nil, false
	}
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 4 || len(b) < 2+size {
			return 0, nil, nil, false
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		head += size
	}
	if n < 0 || n > len(b)-head {
		return 0, nil, nil, false
	}
	return tag, b[head : head+n : head+n], b[head+n:], true
}

// reader reads elements one after the other; it is sticky like wire.Reader.
type reader struct {
	b   []byte
	bad bool
}

// next is the body of the next element, which must have the tag.
func (r *reader) next(want byte) []byte {
	if r.bad {
		return nil
	}
	tag, body, rest, ok := element(r.b)
	if !ok || tag != want {
		r.bad = true
		return nil
	}
	r.b = rest
	return body
}

// any is the next element, whatever its tag.
func (r *reader) any() (tag byte, body []byte) {
	if r.bad {
		return 0, nil
	}
	tag, body, rest, ok := element(r.b)
	if !ok {
		r.bad = true
		return 0, nil
	}
	r.b = rest
	return tag, body
}

// integer is the next element as a number.
func (r *reader) integer() int64 {
	n, ok := integer(r.next(tagInteger))
	if !ok {
		r.bad = true
	}
	return n
}

// integer reads a two's complement number of at most eight bytes (X.690 8.3).
func integer(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := int64(int8(b[0]))
	for _, c := range b[1:] {
		n = n<<8 | int64(c)
	}
	return n, true
}

// unsigned reads a number that an application type declares unsigned; a leading
// zero byte may keep its sign clear.
func unsigned(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 9 || len(b) == 9 && b[0] != 0 {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, true
}

// oidText is an object identifier in dotted form (X.690 8.19), cut at maxArcs
// numbers; empty if it is damaged or a number does not fit 32 bits.
func oidText(b []byte) string {
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
		if arcs++; arcs > maxArcs {
			break
		}
		out = append(strconv.AppendUint(out, arc, 10), '.')
		arc = 0
	}
	return string(out[:len(out)-1])
}
