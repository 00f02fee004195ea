package sensor

import (
	"testing"

	"lazaret/internal/netid"
)

// Who spoke to whom unseen is told apart for a bounded number of pairs; the sum stays right.
func TestUnseenBound(t *testing.T) {
	var c counters
	c.init()
	server := netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1), Port: 445}
	const pairs = maxBetween + 100
	for range 2 {
		for i := range pairs {
			c.unseen("smb3", netid.Endpoint{IP: netid.IPv4(10, 1, byte(i>>8), byte(i)), Port: uint16(1024 + i)}, server)
		}
	}
	if c.blind["smb3"] != 2*pairs || len(c.between) != maxBetween {
		t.Errorf("%d conversations, %d pairs", c.blind["smb3"], len(c.between))
	}
	for k, n := range c.between {
		if n != 2 || k.Port != 445 {
			t.Errorf("%+v: %d", k, n)
		}
	}
}
