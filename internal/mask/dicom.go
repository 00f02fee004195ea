package mask

import (
	"bytes"
	"encoding/binary"

	"lazaret/internal/dataset"
)

// dicom follows an association (PS3.8 9.3): of its beginning it keeps all but who logged in, of
// messages the commands but for instances and comments, of data sets the tags and lengths and
// the values of a few elements.
type dicom struct {
	contexts map[byte]dataset.Encoding // by number
	s        [2]dicomSide
}

type dicomSide struct {
	pdu  int  // bytes that are left of a P-DATA-TF
	frag int  // and of the fragment of a message in it
	ctx  byte // its presentation context
	bits byte // its message control header
	set  elements
}

func newDICOM() walker { return &dicom{contexts: map[byte]dataset.Encoding{}} }

func (*dicom) lost(int) bool { return false }

// maxAssociate is the longest beginning of an association that is understood, bytes.
const maxAssociate = 1 << 20

// Message control header (PS3.8 E.2).
const (
	isCommand = 1
	isLast    = 2
)

func (c *dicom) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	s := &c.s[d]
	for {
		rest := b[done:]
		switch {
		case s.frag > 0:
			n := min(s.frag, len(rest))
			if n == 0 {
				return done, 0, true
			}
			s.set.take(t, d, done, rest[:n])
			s.frag, s.pdu, done = s.frag-n, s.pdu-n, done+n
			if s.frag == 0 && s.bits&isLast != 0 {
				s.set = elements{}
			}
		case s.pdu > 0:
			if s.pdu < 6 {
				return done, 0, false
			}
			if len(rest) < 6 {
				return done, 6, true
			}
			size := binary.BigEndian.Uint32(rest)
			if size < 2 || uint64(size)+4 > uint64(s.pdu) {
				return done, 0, false
			}
			s.fragment(c, rest[4], rest[5], int(size)-2)
			t.keep(d, done, 6)
			s.pdu, done = s.pdu-6, done+6
		default:
			n, need, ok := c.unit(t, d, done, rest)
			if !ok || need > 0 {
				return done, need, ok
			}
			done += n
		}
	}
}

// fragment begins a fragment of a message.
func (s *dicomSide) fragment(c *dicom, ctx, bits byte, size int) {
	if s.set.begun && (ctx != s.ctx || bits&isCommand != s.bits&isCommand) {
		s.set = elements{}
	}
	s.ctx, s.bits, s.frag = ctx, bits, size
	if s.set.begun {
		return
	}
	s.set = elements{begun: true, command: bits&isCommand != 0, enc: dataset.Encoding{Implicit: true, Sure: true}}
	if !s.set.command {
		s.set.enc = c.contexts[ctx]
		s.set.dead = !s.set.enc.Sure || s.set.enc.Deflated
	}
	s.set.levels = append(s.set.levels, level{})
}

// unit begins a protocol data unit. n is how many bytes of it are done.
func (c *dicom) unit(t *talk, d, off int, b []byte) (n, need int, ok bool) {
	if len(b) < 6 {
		return 0, 6, true
	}
	size := int(binary.BigEndian.Uint32(b[2:]))
	switch kind := b[0]; kind {
	case 1, 2:
		if size > maxAssociate {
			return 0, 0, false
		}
		if len(b) < 6+size {
			return 0, 6 + size, true
		}
		t.keep(d, off, 6)
		c.associate(t, d, off+6, b[6:6+size])
		return 6 + size, 0, true
	case 3, 5, 6, 7: // refused, released, aborted: four bytes each
		if size != 4 {
			return 0, 0, false
		}
		if len(b) < 10 {
			return 0, 10, true
		}
		t.keep(d, off, 10)
		return 10, 0, true
	case 4:
		if size > 1<<30 {
			return 0, 0, false
		}
		t.keep(d, off, 6)
		c.s[d].pdu = size
		return 6, 0, true
	}
	return 0, 0, false
}

// associate keeps a request for an association or its acceptance (PS3.8 9.3.2, 9.3.3).
func (c *dicom) associate(t *talk, d, off int, b []byte) {
	const head = 68 // version, titles and reserved bytes
	if len(b) < head {
		return
	}
	t.keep(d, off, head)
	each(b[head:], off+head, func(kind byte, at int, v []byte) {
		t.keep(d, at-4, 4)
		switch kind {
		case 0x10:
			t.keep(d, at, len(v))
		case 0x20, 0x21:
			t.keep(d, at, len(v))
			c.context(kind, v)
		case 0x50:
			each(v, at, func(kind byte, at int, v []byte) {
				t.keep(d, at-4, 4)
				if kind >= 0x51 && kind <= 0x57 {
					t.keep(d, at, len(v))
				}
			})
		}
	})
}

// context remembers how data sets of an accepted presentation context are written.
func (c *dicom) context(kind byte, v []byte) {
	if kind != 0x21 || len(v) < 4 || v[2] != 0 {
		return
	}
	each(v[4:], 0, func(kind byte, _ int, s []byte) {
		if kind == 0x40 {
			c.contexts[v[0]] = dataset.EncodingOf(string(bytes.TrimRight(s, "\x00 ")))
		}
	})
}

// each calls f with the items of b, which begins at a place: their kind, the place of their
// value, and it.
func each(b []byte, off int, f func(kind byte, at int, v []byte)) {
	for len(b) >= 4 {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if 4+size > len(b) {
			return
		}
		f(b[0], off+4, b[4:4+size])
		b, off = b[4+size:], off+4+size
	}
}
