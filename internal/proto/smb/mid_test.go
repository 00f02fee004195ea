package smb

import (
	"regexp"
	"slices"
	"testing"

	"lazaret/internal/prototest"
)

var midOf = regexp.MustCompile(`"mid":(\d+)`)

// TestIDs holds that a command is told with the id that request and answer have: the
// multiplex id of SMB1, for all of a chain, and the message id of SMB2.
func TestIDs(t *testing.T) {
	for _, c := range []struct {
		name string
		said []string
		want []string
	}{
		{"SMB1", append(opened1("A:", 0, "a.bin"), ask1(0x04, 0xfedc, shut1(9)), say1(0x04, 0xfedc, 0, none)), []string{"1", "2", "65244"}},
		{"SMB2", append(opened(1, "a.bin"), ask(6, 77, shut(handle(9))), say(6, 77, 0, closed(5))), []string{"1", "2", "77"}},
		{"no answer", []string{ask(3, 5, connect(`\\srv\C$`))}, []string{"5"}},
		{"the answer of another command", append(opened1("A:", 0, "a.bin"), ask1(0x04, 9, shut1(9)), say1(0x2f, 9, 0, wrote1(5))), []string{"1", "2", "9"}},
		{"no request", []string{say1(0x75, 6, 0, block1(toNone+"\x01\x00", "A:\x00NTFS\x00"))}, []string{"6"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := prototest.Feed(&Spec, said(c.said...))
			var got []string
			for _, m := range midOf.FindAllStringSubmatch(f.JSON(), -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v\n%s", got, f.JSON())
			}
		})
	}
}
