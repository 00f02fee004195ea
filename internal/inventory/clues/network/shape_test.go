package network

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
)

func TestShapes(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape flow.Shape
		syn   string // what a SYN like this tells
		back  string // what an answer like this tells
	}{
		{"Windows 11", flow.Shape{Order: orderWindows, Window: 64240, MSS: 1460, TTL: 128, Scale: 8}, "Windows|10.0", "Windows"},
		{"Windows 11 behind two routers", flow.Shape{Order: orderWindows, Window: 65535, MSS: 1380, TTL: 126, Scale: 8}, "Windows|10.0", "Windows"},
		{"Windows 7", flow.Shape{Order: orderWindows, Window: 8192, MSS: 1460, TTL: 128, Scale: 8}, "Windows", "Windows"},
		{"Windows XP", flow.Shape{Order: orderPlain, Window: 65535, MSS: 1460, TTL: 128, Scale: -1}, "Windows|5", ""},
		{"Windows XP to a peer with time stamps", flow.Shape{Order: orderXPAnswer, Window: 65535, MSS: 1460, TTL: 128}, "", "Windows|5"},
		{"Linux", flow.Shape{Order: orderLinux, Window: 64240, MSS: 1460, TTL: 64, Scale: 7}, "Linux", "Linux"},
		{"Linux to a peer without time stamps", flow.Shape{Order: orderLinuxBare, Window: 64240, MSS: 1460, TTL: 63, Scale: 7}, "", "Linux"},
		{"macOS", flow.Shape{Order: orderDarwin, Window: 65535, MSS: 1460, TTL: 64, Scale: 6}, "macOS", "macOS"},
		{"FreeBSD", flow.Shape{Order: orderStamped, Window: 65535, MSS: 1460, TTL: 64, Scale: 6}, "BSD", ""},
		{"a Cisco router", flow.Shape{Order: orderMSS, Window: 4128, MSS: 536, TTL: 255, Scale: -1}, "Cisco IOS", "Cisco IOS"},
		{"a controller", flow.Shape{Order: orderMSS, Window: 2048, MSS: 1460, TTL: 255, Scale: -1}, "embedded", ""},
		{"a scanner of ports", flow.Shape{Order: orderMSS, Window: 1024, MSS: 1460, TTL: 52, Scale: -1}, "", ""},
		{"the order of Windows from a time to live of 64", flow.Shape{Order: orderWindows, Window: 8192, MSS: 1460, TTL: 64, Scale: 2}, "", ""},
		{"nothing seen", flow.Shape{}, "", ""},
	} {
		if got := synSystem(&c.shape); got != c.syn {
			t.Errorf("%s opens: %q, want %q", c.name, got, c.syn)
		}
		if got := answerSystem(&c.shape); got != c.back {
			t.Errorf("%s answers: %q, want %q", c.name, got, c.back)
		}
	}
}

// Shapes speak only of conversations that were served: the sender of a lone SYN
// may be anybody.
func TestShapesNeedAnAnswer(t *testing.T) {
	r := flow.Record{Proto: "tcp", OrigPkts: 4, RespPkts: 3, ConnState: "SF", RespBytes: event.N(10),
		OrigSYN: flow.Shape{Order: orderWindows, Window: 64240, TTL: 128, Scale: 8}, RespSYN: flow.Shape{Order: orderLinux, TTL: 64}}
	_, got := cluestest.Read(Readers, &r, 104)
	if want := []string{"client os: Windows|10.0", "server os: Linux"}; !slices.Equal(got[:min(2, len(got))], want) {
		t.Errorf("a served conversation: %q, want %q first", got, want)
	}
	r.ConnState, r.RespPkts = "S0", 0
	if _, got := cluestest.Read(Readers, &r, 104); strings.Contains(strings.Join(got, ";"), "os:") {
		t.Errorf("a lone SYN: %q", got)
	}
}

func TestFromOutside(t *testing.T) {
	in, out, carrier := clues.Party{IP: cluestest.IP("10.0.0.5")}, clues.Party{IP: cluestest.IP("198.51.100.7")}, clues.Party{IP: cluestest.IP("100.64.3.4")}
	seen := flow.Shape{TTL: 50}
	for _, c := range []struct {
		name string
		r    flow.Record
		orig clues.Party
		want bool
	}{
		{"the internet calls", flow.Record{LocalResp: true, OrigSYN: seen}, out, true},
		{"the beginning was not seen", flow.Record{LocalResp: true}, out, false},
		{"it calls the internet", flow.Record{LocalOrig: true, OrigSYN: seen}, in, false},
		{"between public addresses", flow.Record{OrigSYN: seen}, out, false},
		{"a carrier", flow.Record{LocalResp: true, OrigSYN: seen}, carrier, false},
		{"a neighbour by IPv6", flow.Record{LocalResp: true, OrigSYN: seen}, clues.Party{IP: cluestest.IP("2001:db8::7")}, false},
	} {
		if got := fromOutside(&c.r, c.orig); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
