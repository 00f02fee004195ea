package dicom

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// inert is the head of a program for no machine, and padding.
func inert(n, at int) string {
	b := make([]byte, n)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[60:], uint32(at))
	copy(b[at:], "PE\x00\x00")
	return string(b)
}

// Executables in values are found however the object is cut into fragments and segments,
// and in whichever syntax; a maker's bytes and pixels that begin with the same letters are
// none.
func TestPrograms(t *testing.T) {
	modality := el{tag: 0x00080060, vr: "CS", value: "OT"}
	for _, c := range []struct {
		name string
		els  []el
		tag  string
		n    uint64
	}{
		{"private", []el{modality, {tag: 0x00091010, vr: "OB", value: inert(900, 240)}, {tag: 0x7fe00010, vr: "OW", value: strings.Repeat("ab", 99)}}, "(0009,1010)", 1},
		{"document", []el{modality, {tag: 0x00420011, vr: "OB", value: inert(900, 64)}}, "(0042,0011)", 1},
		{"two", []el{modality, {tag: 0x00091010, vr: "UN", value: inert(300, 128)}, {tag: 0x00290110, vr: "OB", value: inert(300, 128)}}, "(0009,1010)", 2},
		{"by chance", []el{modality, {tag: 0x00091010, vr: "OB", value: "MZ" + strings.Repeat("@\x00", 400)}, {tag: 0x00420011, vr: "OB", value: "%PDF-1.7" + strings.Repeat(" ", 400)},
			{tag: 0x7fe00010, vr: "OW", value: "MZ" + strings.Repeat("PE\x00\x00", 99)}}, "", 0},
	} {
		for _, syntax := range []string{explicitLE, implicitLE, explicitBE} {
			if syntax == explicitBE && c.name == "by chance" {
				continue // words are the other way round
			}
			for _, fragment := range []int{1, 7, 66, 16_372} {
				for _, segment := range []int{1, 13, 1460} {
					segments := opened(syntax, ctStorage)
					for b := send(1, fragment, storeRQ(1), encode(syntax, c.els...)); len(b) > 0; b = b[min(segment, len(b)):] {
						segments = append(segments, from(orig, b[:min(segment, len(b))]))
					}
					f := prototest.Feed(&Spec, join(segments, []prototest.Segment{from(resp, send(1, frag, storeRSP(1, 0), nil))}, released()))
					op, ok := f.Records[0].Body.(*Operation)
					if !ok || len(f.Weirds) > 0 {
						t.Fatalf("%s, %s: %s, weirds %v", c.name, syntax, f.JSON(), f.Weirds)
					}
					kind := ""
					if c.n > 0 {
						kind = "pe"
					}
					if op.Programs != c.n || op.ProgramTag != c.tag || op.ProgramKind != kind {
						t.Errorf("%s, %s, fragments of %d, segments of %d: %d %q %q", c.name, syntax, fragment, segment, op.Programs, op.ProgramTag, op.ProgramKind)
					}
				}
			}
		}
	}
}
