package windows

import (
	"testing"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/smb"
)

// TestAllowable holds that a scanner without an account can be named by an allow-list.
func TestAllowable(t *testing.T) {
	n := 0
	look := e1.New(nil, func(h detect.Hit) {
		if n++; h.Service != byShares {
			t.Errorf("service %q", h.Service)
		}
	})
	end := netid.Endpoint{IP: netid.IPv4(10, 0, 0, 5)}
	look(&event.Record{Conn: &event.Conn{UID: "C1", Orig: end, Resp: end}, Body: &smb.TransRecord{SubCommand: "SESSION_SETUP"}})
	if n != 1 {
		t.Errorf("%d hits", n)
	}
}
