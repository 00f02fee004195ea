package smb

import (
	"regexp"
	"testing"

	"lazaret/internal/prototest"
)

var sizeOfClose = regexp.MustCompile(`"command":"CLOSE".*"referenced_file.size":(\d+)`)

// TestRefusedClose holds that a close that the server refuses takes nothing of what is
// known of the file, which stays open; after one that it grants without the size, the
// size of a file that was written is not known.
func TestRefusedClose(t *testing.T) {
	two := append(opened(1, "a.bin"), ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, 0, wrote(5)), ask(6, 4, shut(handle(9))))
	one := append(opened1("A:", 0, "a.bin"), ask1(0x2f, 3, write1(9, 0, "hello", toNone)), say1(0x2f, 3, 0, wrote1(5)), ask1(4, 4, shut1(9)))
	silent := "\x3c\x00\x00\x00" + string(make([]byte, 56))
	for _, c := range []struct {
		name string
		said []string
		want string
	}{
		{"SMB2, refused", append(two[:len(two):len(two)], say(6, 4, refused, noError)), "500"},
		{"SMB2, without attributes", append(two[:len(two):len(two)], say(6, 4, 0, silent)), "0"},
		{"SMB2, with attributes", append(two[:len(two):len(two)], say(6, 4, 0, closed(700))), "700"},
		{"SMB1, refused", append(one[:len(one):len(one)], say1(4, 4, refused, none)), "500"},
		{"SMB1, granted", append(one[:len(one):len(one)], say1(4, 4, 0, none)), "0"},
	} {
		f := prototest.Feed(&Spec, said(c.said...))
		if m := sizeOfClose.FindStringSubmatch(f.JSON()); m == nil || m[1] != c.want {
			t.Errorf("%s: %q, want %s\n%s", c.name, m, c.want, f.JSON())
		}
	}
}
