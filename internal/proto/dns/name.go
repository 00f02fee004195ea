package dns

import "lazaret/internal/proto"

// name is a domain name in text form, lower case, without its last dot. It is
// meant to live on the stack and to be used again for the next name.
type name struct {
	buf [maxName]byte
	n   int
}

func (n *name) bytes() []byte { return n.buf[:n.n] }

// read reads the name at off in message b (RFC 1035 4.1.4) and returns the
// offset behind it, or a fault. A compression pointer must point before the name
// that holds it, so every chain ends; maxJumps keeps it short. At a pointer that
// breaks this the name ends, and next is valid all the same. long allows the
// labels of more than 63 bytes that some NetBIOS stacks send.
func (n *name) read(b []byte, off int, long bool) (next int, bad fault) {
	n.n = 0
	end := -1 // where the name in the message ends, once a pointer was followed
	limit := len(b)
	jumps := 0
	for {
		if off >= limit {
			break // a name may end with the bytes instead of the root label
		}
		start := off
		l := int(b[off])
		off++
		switch {
		case l == 0:
			if end < 0 {
				end = off
			}
			n.trim()
			return end, ok
		case l >= 0xc0:
			if off >= limit {
				return 0, badLabel
			}
			to := (l&0x3f)<<8 | int(b[off])
			if end < 0 {
				end = off + 1
			}
			jumps++
			if to >= start || jumps > maxJumps {
				n.trim()
				return end, badPointer // the name ends here
			}
			off, limit = to, start
			continue
		case l > limit-off:
			return 0, badLabel
		case l > 63 && !long:
			return 0, badLabel
		case n.n+l+1 >= maxName:
			return 0, longName
		}
		n.label(b[off : off+l])
		off += l
	}
	if end < 0 {
		end = off
	}
	n.trim()
	return end, ok
}

// label appends one label and a dot.
func (n *name) label(l []byte) {
	dst := n.buf[n.n : n.n+len(l)+1]
	for i, c := range l {
		if c-'A' < 26 {
			c |= 0x20
		}
		dst[i] = c
	}
	dst[len(l)] = '.'
	n.n += len(l) + 1
}

func (n *name) trim() {
	if n.n >= 2 {
		n.n--
	}
}

// strict passes over the name at off for the probe: whole and within 255 bytes.
// A pointer ends it.
func (n *name) strict(b []byte, off int) (next int, m proto.Match) {
	start := off
	for off < len(b) {
		l := int(b[off])
		off++
		if l == 0 {
			return off, proto.Yes
		}
		if l >= 0xc0 && off < len(b) {
			return off + 1, proto.Yes
		}
		if l > 63 || off+l-start > 254 {
			return 0, proto.No
		}
		off += l
	}
	return 0, proto.Maybe
}

// netbios decodes the first-level encoding of a NetBIOS name (RFC 1001 14.1),
// as Zeek does: fifteen bytes at most, up to the first that is neither printable
// nor below 3, without trailing blanks and zeros. suffix is the sixteenth byte.
// It is not ok for anything that is no such name or is empty.
func (n *name) netbios() (text []byte, suffix byte, isName bool) {
	if n.n != 32 {
		return nil, 0, false
	}
	size := 0
	for ; size < 16; size++ {
		hi, lo := n.buf[2*size]-'a', n.buf[2*size+1]-'a'
		if hi > 15 || lo > 15 {
			return nil, 0, false
		}
		c := hi<<4 | lo
		if c > 2 && (c < 0x20 || c > 0x7e) {
			break
		}
		n.buf[32+size] = c
	}
	suffix = (n.buf[30]-'a')<<4 | (n.buf[31]-'a')&15
	text = n.buf[32 : 32+min(size, 15)]
	for len(text) > 0 && (text[len(text)-1] == ' ' || text[len(text)-1] == 0) {
		text = text[:len(text)-1]
	}
	return text, suffix, len(text) > 0
}
