package der

import (
	"bytes"
	"strings"
	"testing"
)

func TestElement(t *testing.T) {
	for _, c := range []struct {
		name, in   string
		tag        byte
		body, rest string
		ok         bool
	}{
		{"short", "\x02\x01\x05xy", 2, "\x05", "xy", true},
		{"empty", "\x05\x00", 5, "", "", true},
		{"long form", "\x30\x81\x02abc", 0x30, "ab", "c", true},
		{"four bytes of length", "\x30\x84\x00\x00\x00\x01a", 0x30, "a", "", true},
		{"nothing", "", 0, "", "", false},
		{"no length", "\x30", 0, "", "", false},
		{"half a length", "\x30\x82\x01", 0, "", "", false},
		{"past the end", "\x30\x05ab", 0, "", "", false},
		{"indefinite", "\x30\x80ab\x00\x00", 0, "", "", false},
		{"five bytes of length", "\x30\x85\x00\x00\x00\x00\x01a", 0, "", "", false},
		{"a tag of several bytes", "\x1f\x20\x01a", 0, "", "", false},
		{"absurd", "\x30\x84\xff\xff\xff\xffa", 0, "", "", false},
	} {
		tag, body, rest, ok := Element([]byte(c.in))
		if tag != c.tag || string(body) != c.body || string(rest) != c.rest || ok != c.ok {
			t.Errorf("%s: %#x %q %q %v", c.name, tag, body, rest, ok)
		}
	}
}

func TestMeasure(t *testing.T) {
	for in, want := range map[string]int{"": 0, "\x30": 0, "\x30\x82\x01": 0, "\x30\x80": -1, "\x30\x85": -1, "\x1f": -1, "\x30\x84\xff\xff\xff\xff": -1, "\x30\x05": 2, "\x30\x82\x01\x02": 4} {
		if _, head, _, ok := Measure([]byte(in)); head != want || ok != (want > 0) {
			t.Errorf("%q: head %d %v, want %d", in, head, ok, want)
		}
	}
}

func TestReader(t *testing.T) {
	r := NewReader([]byte("\x02\x01\x05\x04\x02ab\x01\x01\xff"))
	if _, ok := r.Maybe(Octets); ok || r.Integer() != 5 {
		t.Error("a number was not read")
	}
	if b, ok := r.Maybe(Octets); !ok || string(b) != "ab" || r.Peek() != Boolean || r.Len() != 3 {
		t.Errorf("%q %v, then %#x", b, ok, r.Peek())
	}
	if r.Want(Octets) != nil || r.OK() || r.Len() != 0 || r.Peek() != 0 {
		t.Error("the wrong element did not end the reader")
	}
	if tag, body := r.Next(); tag != 0 || body != nil || r.Integer() != 0 {
		t.Error("a failed reader gave something")
	}
	if r = NewReader([]byte("\x02\x09123456789")); r.Integer() != 0 || r.OK() {
		t.Error("a number of nine bytes was read")
	}
	if r = NewReader([]byte("\x02\x01\x05\x02")); string(r.Whole()) != "\x02\x01\x05" || r.Whole() != nil || r.OK() {
		t.Error("a whole element was not taken, or half of one was")
	}
	if r = NewReader([]byte("\x02\x01\x05")); r.OK() {
		r.Fail()
	}
	if r.Len() != 0 {
		t.Error("Fail did not end the reader")
	}
}

func TestInteger(t *testing.T) {
	for in, want := range map[string]int64{"\x00": 0, "\x7f": 127, "\xff": -1, "\x80\x00": -32768, "\x00\xff": 255, "\x7f\xff\xff\xff\xff\xff\xff\xff": 1<<63 - 1} {
		if n, ok := Integer([]byte(in)); n != want || !ok {
			t.Errorf("%q: %d %v, want %d", in, n, ok, want)
		}
	}
	if _, ok := Integer(nil); ok {
		t.Error("a number without bytes")
	}
}

func TestOID(t *testing.T) {
	for in, want := range map[string]string{
		"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02": "1.2.840.113554.1.2.2", "\x2b\x06\x01\x05\x05\x02": "1.3.6.1.5.5.2", "\x88\x37": "2.999",
		"": "", "\x2b\x86": "", "\x2b\xff\xff\xff\xff\xff\x7f": "", strings.Repeat("\x2b", 40): "1.3" + strings.Repeat(".43", 15),
	} {
		if got := OID([]byte(in), 16); got != want {
			t.Errorf("% x: %q, want %q", in, got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	b := []byte("\x30\x08\x02\x01\x05\x04\x03abc")
	if n := testing.AllocsPerRun(100, func() {
		r := NewReader(b)
		in := NewReader(r.Want(Sequence))
		if in.Integer() != 5 || len(in.Want(Octets)) != 3 {
			t.Error("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("\x30\x08\x02\x01\x05\x04\x03abc\x06\x03\x2b\x06\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for r := NewReader(b); r.Len() > 0; {
			tag, body := r.Next()
			if total += len(body); total > len(b) || len(body) > 0 && !bytes.Contains(b, body) {
				t.Fatalf("%d bytes of %d", total, len(b))
			}
			_ = OID(body, 16)
			_, _ = Integer(body)
			if tag == 0 && r.OK() && b[0] != 0 && len(body) == len(b) {
				t.Fatal("an element without a head")
			}
		}
	})
}
