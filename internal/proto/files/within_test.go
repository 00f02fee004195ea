package files

import (
	"encoding/binary"
	"strings"
	"testing"
)

func TestWithin(t *testing.T) {
	inert := make([]byte, 300)
	copy(inert, "MZ")
	binary.LittleEndian.PutUint32(inert[60:], 128)
	copy(inert[128:], "PE\x00\x00")
	head := strings.Repeat("\x00", 128) + "DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\x00\x08\x00\x60\x00CS\x02\x00OT"
	value := func(v string) []byte {
		return []byte(head + "\x42\x00\x11\x00OB\x00\x00" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(v)))) + v)
	}
	for _, c := range []struct {
		name string
		b    []byte
		n    uint64
	}{
		{"a program", value(string(inert)), 1},
		{"a document", value("%PDF-1.7" + strings.Repeat(" ", 300)), 0},
		{"no more was kept", value(string(inert))[:250], 0},
		{"nothing", nil, 0},
	} {
		var r Record
		if r.within(c.b); r.Programs != c.n || c.n > 0 && (r.ProgramTag != "(0042,0011)" || r.ProgramVR != "OB" || r.ProgramKind != "pe") {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}
