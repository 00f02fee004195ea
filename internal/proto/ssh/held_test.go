package ssh

import (
	"encoding/binary"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// longOffer is a KEXINIT whose first list is as long as wanted.
func longOffer(n int) []byte {
	body := append([]byte{20}, make([]byte, 16)...)
	for i := range 10 {
		list := ""
		if i == 0 {
			list = strings.Repeat("a", n)
		}
		body = binary.BigEndian.AppendUint32(body, uint32(len(list)))
		body = append(body, list...)
	}
	body = append(body, 0, 0, 0, 0, 0)
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+5))
	return append(append(append(b, 4), body...), 0, 0, 0, 0)
}

// A list as long as a packet is counted, and let go when memory is wanted.
func TestHeld(t *testing.T) {
	for d := range proto.Dir(2) {
		a := Spec.New(prototest.NewFlow()).(*analyzer)
		for e := range proto.Dir(2) {
			if _, err := a.Parse(e, []byte("SSH-2.0-x\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		small := a.Held()
		if _, err := a.Parse(d, longOffer(60000)); err != nil {
			t.Fatal(err)
		}
		full := a.Held()
		a.Yield()
		if now := a.Held(); full < small+60000 || now > small+1000 {
			t.Errorf("direction %d: %d bytes held, then %d, then %d", d, small, full, now)
		}
		a.Parse(d.Other(), longOffer(10))
	}
}
