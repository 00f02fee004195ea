package der

import (
	"strings"
	"testing"
)

// tlv makes an element of less than 128 bytes.
func tlv(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	return string([]byte{tag, byte(len(body))}) + body
}

func pairOf(typ string, tag byte, value string) string {
	return tlv(Sequence, tlv(ObjectID, typ), tlv(tag, value))
}

const (
	typeCN = "\x55\x04\x03"
	typeO  = "\x55\x04\x0a"
)

func TestName(t *testing.T) {
	for _, k := range []struct {
		name, in, want string
		ok             bool
	}{
		{"nothing", "", "", true},
		{"last part first", tlv(Set, pairOf(typeO, tagPrintable, "Ward, Ltd")) + tlv(Set, pairOf(typeCN, tagUTF8, "anna")), `CN=anna,O=Ward\, Ltd`, true},
		{"two of one set", tlv(Set, pairOf(typeCN, tagIA5, "a"), pairOf(typeO, tagVisible, "b")), "O=b+CN=a", true},
		{"other characters", tlv(Set, pairOf(typeCN, tagT61, "\xe9")) + tlv(Set, pairOf(typeCN, tagBMP, "\x00o\x00e")) + tlv(Set, pairOf(typeCN, tagUniversal, "\x00\x00\x00x")), `CN=x,CN=oe,CN=\C3\A9`, true},
		{"no text", tlv(Set, pairOf(typeCN, Int, "\x05")) + tlv(Set, pairOf(typeCN, tagBMP, "odd")) + tlv(Set, pairOf(typeCN, tagUTF8, "\xff")), "CN=#0C01FF,CN=#1E036F6464,CN=#020105", true},
		{"an unknown type", tlv(Set, pairOf("\x2a\x03", tagUTF8, "x")), "1.2.3=#0C0178", true},
		{"edges", tlv(Set, pairOf(typeCN, tagUTF8, " #a ")) + tlv(Set, pairOf(typeCN, tagUTF8, "#")), `CN=\#,CN=\ #a\ `, true},
		{"no set", tlv(Sequence, "x"), "", false},
		{"cut", tlv(Set, pairOf(typeCN, tagUTF8, "anna")) + "\x31\x20x", "CN=anna", false},
		{"no value", tlv(Set, tlv(Sequence, tlv(ObjectID, typeCN))), "", false},
		{"a type without end", tlv(Set, pairOf("\x55\x84", tagUTF8, "x")), "", false},
	} {
		if got, ok := Name([]byte(k.in), nil); got != k.want || ok != k.ok {
			t.Errorf("%s: %q %v, want %q %v", k.name, got, ok, k.want, k.ok)
		}
	}
	var kept []string
	Name([]byte(tlv(Set, pairOf(typeO, tagUTF8, "a,b"))+tlv(Set, pairOf("\x2a\x03", tagUTF8, "x"))), func(k, v string) { kept = append(kept, k+" "+v) })
	if len(kept) != 1 || kept[0] != "O a,b" {
		t.Errorf("kept %q", kept)
	}
	if got, ok := Name([]byte(strings.Repeat(tlv(Set, pairOf(typeCN, tagUTF8, strings.Repeat("x", 100))), 1000)), nil); !ok || len(got) > MaxName+200 {
		t.Errorf("a name of %d bytes", len(got))
	}
}

func FuzzName(f *testing.F) {
	f.Add([]byte(tlv(Set, pairOf(typeO, tagPrintable, "Ward, Ltd")) + tlv(Set, pairOf(typeCN, tagBMP, "\x00o\x00e"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _ := Name(b, nil)
		for i := range len(got) {
			if got[i] < ' ' || got[i] > '~' {
				t.Fatalf("%q is not printable", got)
			}
		}
		if len(got) > MaxName+6*len(b) {
			t.Fatalf("%d bytes make a name of %d", len(b), len(got))
		}
	})
}
