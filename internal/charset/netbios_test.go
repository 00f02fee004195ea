package charset

import (
	"strings"
	"testing"
)

func TestNetBIOSName(t *testing.T) {
	encode := func(s string) string {
		var b strings.Builder
		b.WriteByte(32)
		for _, c := range []byte(s) {
			b.WriteByte('A' + c>>4)
			b.WriteByte('A' + c&15)
		}
		return b.String() + "\x00"
	}
	good := encode("LAZARUS        \x1d")
	if name, typ, ok := NetBIOSName([]byte(good + "behind")); name != "LAZARUS" || typ != 0x1d || !ok {
		t.Errorf("%q %#x %v", name, typ, ok)
	}
	for name, in := range map[string]string{
		"empty": "", "cut": good[:33], "another length": "\x10" + good[1:], "scope": good[:33] + "\x03", "no letters": strings.Replace(good, "E", "Z", 1),
	} {
		if _, _, ok := NetBIOSName([]byte(in)); ok {
			t.Errorf("%s: taken for a name", name)
		}
	}
}
