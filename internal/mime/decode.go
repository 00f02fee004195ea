package mime

import "strings"

// kind is a transfer encoding (RFC 2045 6.1).
type kind uint8

const (
	plain kind = iota // 7bit, 8bit, binary
	base64
	quoted
)

func encoding(name string) kind {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "base64":
		return base64
	case "quoted-printable":
		return quoted
	}
	return plain
}

// decoder undoes a transfer encoding.
type decoder struct {
	kind  kind
	bits  uint32 // of base64 that make no whole bytes yet
	have  int    // digits in bits
	ended bool   // padding was seen
	// Of quoted-printable: what stands behind an equals sign, and white space that may
	// be at the end of a line.
	escape [2]byte
	n      int
	inside bool
	out    [1024]byte
	used   int
}

func (d *decoder) put(s Sink, c byte) {
	d.out[d.used] = c
	if d.used++; d.used == len(d.out) {
		d.flush(s)
	}
}

func (d *decoder) flush(s Sink) {
	if d.used > 0 {
		s.Content(d.out[:d.used])
		d.used = 0
	}
}

func (d *decoder) feed(s Sink, b []byte) {
	switch d.kind {
	case plain:
		if len(b) > 0 {
			s.Content(b)
		}
		return
	case base64:
		for _, c := range b {
			d.digit(s, c)
		}
	case quoted:
		for _, c := range b {
			d.char(s, c)
		}
	}
	d.flush(s)
}

// digit takes a character of base64 (RFC 2045 6.8).
func (d *decoder) digit(s Sink, c byte) {
	v := digits[c]
	switch {
	case c == '=':
		d.rest(s)
		d.ended = true
	case v == 0:
		return // line ends, and what must be left out
	case d.ended: // another run of base64 in the same part: some append
		d.ended = false
		fallthrough
	default:
		d.bits = d.bits<<6 | uint32(v-1)
		if d.have++; d.have == 4 {
			d.put(s, byte(d.bits>>16))
			d.put(s, byte(d.bits>>8))
			d.put(s, byte(d.bits))
			d.bits, d.have = 0, 0
		}
	}
}

// rest gives the bytes of an unfinished group.
func (d *decoder) rest(s Sink) {
	switch d.have {
	case 2:
		d.put(s, byte(d.bits>>4))
	case 3:
		d.put(s, byte(d.bits>>10))
		d.put(s, byte(d.bits>>2))
	}
	d.bits, d.have = 0, 0
}

// digits are the values of base64's characters, plus one.
var digits = func() (t [256]byte) {
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i + 1)
	}
	return t
}()

// char takes a character of quoted-printable (RFC 2045 6.7).
func (d *decoder) char(s Sink, c byte) {
	if !d.inside {
		if c == '=' {
			d.inside, d.n = true, 0
			return
		}
		d.put(s, c)
		return
	}
	if c == '\n' { // a soft line break
		d.inside = false
		return
	}
	d.escape[d.n] = c
	if d.n++; d.n < 2 {
		return
	}
	d.inside = false
	hi, ok1 := hex(d.escape[0])
	lo, ok2 := hex(d.escape[1])
	if ok1 && ok2 {
		d.put(s, hi<<4|lo)
		return
	}
	if d.escape[0] == '\r' { // white space before the line end
		d.put(s, d.escape[1])
		return
	}
	for _, x := range [...]byte{'=', d.escape[0], d.escape[1]} {
		d.put(s, x)
	}
}

func hex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// end gives what is left at the end of a part.
func (d *decoder) end(s Sink) {
	switch d.kind {
	case base64:
		d.rest(s)
	case quoted:
		if d.inside {
			d.inside = false
			d.put(s, '=')
			for _, c := range d.escape[:d.n] {
				d.put(s, c)
			}
		}
	}
	d.flush(s)
}
