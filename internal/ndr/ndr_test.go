package ndr

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// wide16 is a conformant varying string as a client writes it.
func wide16(s string, order binary.AppendByteOrder, word int) []byte {
	units := append(utf16.Encode([]rune(s)), 0)
	var b []byte
	for _, n := range []int{len(units), 0, len(units)} {
		if word == 8 {
			b = order.AppendUint64(b, uint64(n))
		} else {
			b = order.AppendUint32(b, uint32(n))
		}
	}
	for _, u := range units {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestStrings(t *testing.T) {
	for _, s := range []string{"", "a", "svcctl", strings.Repeat("long ", 100), "\U0001f600" + strings.Repeat("x", 62) + "\U0001f600\U0001f600"} {
		for _, big := range []bool{false, true} {
			for _, word := range []int{4, 8} {
				var order binary.AppendByteOrder = binary.LittleEndian
				if big {
					order = binary.BigEndian
				}
				r := New(wide16(s, order, word), big, word == 8)
				if got := r.Wide(); got != s || !r.OK() || r.Len() != 0 {
					t.Errorf("%q big %v word %d: %q, %v, %d left", s, big, word, got, r.OK(), r.Len())
				}
			}
		}
	}
	r := New(wide16(strings.Repeat("x", 5000), binary.LittleEndian, 4), false, false)
	if got := r.Wide(); len(got) != MaxText || r.Len() != 0 {
		t.Errorf("%d characters, %d bytes left", len(got), r.Len())
	}
	r = New([]byte{6, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 'a', 'b', 0xe4, 'c', 0, 'd'}, false, false)
	if got := r.Narrow(); got != "ab\ufffdc" || !r.OK() {
		t.Errorf("%q", got)
	}
	if got := Chars([]byte{'a', 0, 'b', 0, 'c', 0, 0}, 2); got != "ab" {
		t.Errorf("%q", got)
	}
}

// Counts that the bytes cannot hold, offsets and lengths that lie end the reading.
func TestLies(t *testing.T) {
	for name, b := range map[string][]byte{
		"count":    {255, 255, 255, 127, 0, 0, 0, 0, 255, 255, 255, 127, 'a', 0},
		"offset":   {2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 'b', 0},
		"short":    {2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 'a', 0, 'b'},
		"greatest": {0, 0, 0, 255, 0, 0, 0, 0, 1, 0, 0, 0, 'a', 0},
		"nothing":  {},
	} {
		r := New(b, false, false)
		if got := r.Wide(); got != "" || r.OK() || r.Len() != 0 {
			t.Errorf("%s: %q, %v", name, got, r.OK())
		}
		if r.U32() != 0 || r.Bytes(1) != nil || r.Pointer() {
			t.Errorf("%s: reads on", name)
		}
	}
}

func TestShapes(t *testing.T) {
	b := []byte{1, 0xff, 2, 0, 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, // u8, u16, u32
		4, 0, 0, 0, 0, 0, 0, 0}
	r := New(b, false, false)
	if r.U8() != 1 || r.U16() != 2 || r.U32() != 3 {
		t.Error("numbers")
	}
	r.Skip(1)
	r.Align(8)
	if r.U64() != 4 || !r.OK() {
		t.Error("alignment")
	}
	r = New([]byte{0xaa, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, false, false)
	if !r.Pointer() || r.GUID() != [16]byte{4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16} {
		t.Error("identity")
	}
	r = New([]byte{2, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0}, false, false)
	if got := r.SID(); got != "S-1-5-32-544" {
		t.Errorf("%q", got)
	}
	r = New([]byte{3, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0, 1, 0, 0, 0}, false, false)
	if got := r.SID(); got != "" || r.OK() {
		t.Errorf("%q of a count that lies", got)
	}
	counted := append([]byte{8, 0, 10, 0, 1, 0, 0, 0}, wide16("user", binary.LittleEndian, 4)...)
	r = New(counted, false, false)
	if got := r.CountedString(); got != "user" || !r.OK() {
		t.Errorf("%q", got)
	}
	r = New([]byte{1, 0, 0, 0, 3, 0, 0, 0, 9, 9, 9, 0, 7, 0, 0, 0}, false, false)
	if r.UniqueBytes(); r.U32() != 7 {
		t.Error("bytes were not passed over")
	}
}

func FuzzReader(f *testing.F) {
	f.Add(wide16("svcctl", binary.LittleEndian, 4), uint8(0), []byte{0, 1, 2, 3, 4, 5, 6})
	f.Add(wide16("svcctl", binary.BigEndian, 8), uint8(3), []byte{7, 8, 9, 10, 11})
	f.Fuzz(func(t *testing.T, b []byte, form uint8, calls []byte) {
		r := New(b, form&1 != 0, form&2 != 0)
		for _, c := range calls[:min(len(calls), 200)] {
			before := r.Len()
			switch c % 12 {
			case 0:
				if s := r.Wide(); len(s) > 4*MaxText {
					t.Errorf("%d bytes of text", len(s))
				}
			case 1:
				r.Narrow()
			case 2:
				r.SID()
			case 3:
				r.GUID()
			case 4:
				r.Handle()
			case 5:
				r.CountedString()
			case 6:
				r.UniqueBytes()
			case 7:
				r.UniqueText(c&16 != 0)
			case 8:
				if n := r.Count(4); 4*n > len(b) {
					t.Errorf("%d elements in %d bytes", n, len(b))
				}
			case 9:
				r.Tag()
			case 10:
				r.U64()
			case 11:
				r.Varying(1)
			}
			if r.Len() > before {
				t.Error("went back")
			}
		}
	})
}
