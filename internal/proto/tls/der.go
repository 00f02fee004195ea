package tls

import (
	"strconv"

	elements "lazaret/internal/der"
)

// Tags of ASN.1 (X.690 8.1.2).
const (
	tagBoolean  = 0x01
	tagInteger  = 0x02
	tagBits     = 0x03
	tagOctets   = 0x04
	tagOID      = 0x06
	tagUTCTime  = 0x17
	tagTime     = 0x18
	tagSequence = 0x30
)

// der walks the elements of one constructed value. Lengths are definite, and tags
// have one byte; anything else ends the walk.
type der struct {
	b   []byte
	bad bool
}

// next gives the tag, the content and the whole of the next element.
func (d *der) next() (tag byte, body, whole []byte) {
	if d.bad || len(d.b) < 2 || d.b[0]&0x1f == 0x1f {
		d.bad = true
		return 0, nil, nil
	}
	n, at := int(d.b[1]), 2
	if n >= 0x80 {
		k := n & 0x7f
		if k == 0 || k > 3 || len(d.b) < 2+k {
			d.bad = true
			return 0, nil, nil
		}
		n, at = 0, 2+k
		for _, c := range d.b[2:at] {
			n = n<<8 | int(c)
		}
	}
	if n > len(d.b)-at {
		d.bad = true
		return 0, nil, nil
	}
	tag, body, whole = d.b[0], d.b[at:at+n], d.b[:at+n]
	d.b = d.b[at+n:]
	return tag, body, whole
}

// want gives the content of the next element if it has the tag.
func (d *der) want(tag byte) []byte {
	t, body, _ := d.next()
	if t != tag {
		d.bad = true
		return nil
	}
	return body
}

// peek is the tag of the next element, 0 at the end.
func (d *der) peek() byte {
	if d.bad || len(d.b) == 0 {
		return 0
	}
	return d.b[0]
}

// oid writes an object identifier in dots (X.690 8.19).
func oid(b []byte) string {
	if len(b) == 0 || len(b) > 64 {
		return ""
	}
	var out []byte
	v, first := uint64(0), true
	for _, c := range b {
		if v >= 1<<56 {
			return ""
		}
		v = v<<7 | uint64(c&0x7f)
		if c&0x80 != 0 {
			continue
		}
		if first {
			top := min(v/40, 2)
			out = strconv.AppendUint(out, top, 10)
			v, first = v-top*40, false
		}
		out = strconv.AppendUint(append(out, '.'), v, 10)
		v = 0
	}
	return string(out)
}

// name is a distinguished name: its text, and the parts that are of use alone.
type name struct {
	text string
	cn   []string
	org  []string
}

// readName writes a name, and keeps its parts.
func readName(b []byte) (n name, ok bool) {
	n.text, ok = elements.Name(b, n.keep)
	return n, ok
}

// keep notes a common name or an organisation.
func (n *name) keep(key, value string) {
	const most = 4
	if len(value) > 256 {
		return
	}
	switch {
	case key == "CN" && len(n.cn) < most:
		n.cn = append(n.cn, value)
	case key == "O" && len(n.org) < most:
		n.org = append(n.org, value)
	}
}
