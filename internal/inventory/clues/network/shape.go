package network

import (
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
)

// wShape is how far the shape of a SYN, or of the answer to one, is trusted: systems
// share network code, people tune it, and a box in between may have opened the
// connection. Both together stay under one half, 1-(1-0.29)^2.
const wShape = 0.29

// The sources of shapes.
const (
	fromSYN    = "conn.syn"
	fromAnswer = "conn.syn_ack"
)

// Orders of options, as the systems in tables of passive recognition are known
// to send them.
var (
	orderWindows   = flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptNop, flow.OptNop, flow.OptSACK)
	orderPlain     = flow.Options(flow.OptMSS, flow.OptNop, flow.OptNop, flow.OptSACK) // Windows 2000 to 2003 with TTL 128
	orderStamped   = flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptSACK, flow.OptTime)
	orderLinux     = flow.Options(flow.OptMSS, flow.OptSACK, flow.OptTime, flow.OptNop, flow.OptScale)
	orderLinuxBare = flow.Options(flow.OptMSS, flow.OptNop, flow.OptNop, flow.OptSACK, flow.OptNop, flow.OptScale) // to a peer without time stamps
	orderDarwin    = flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptNop, flow.OptNop, flow.OptTime, flow.OptSACK, flow.OptEnd)
	orderXPAnswer  = flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptNop, flow.OptNop, flow.OptTime, flow.OptNop, flow.OptNop)
	orderMSS       = flow.Options(flow.OptMSS)
)

// shapes says what the shapes of a handshake tell about both sides.
func shapes(o *clues.Out, c *flow.Record, orig, resp clues.Party) {
	if value := synSystem(&c.OrigSYN); value != "" {
		o.Say(orig, clues.OS, value, fromSYN, wShape)
	}
	if value := answerSystem(&c.RespSYN); value != "" {
		o.Say(resp, clues.OS, value, fromAnswer, wShape)
	}
}

// firstTTL is the time to live that a packet started with: systems begin with
// one of four numbers, and no path in a hospital has 30 routers.
func firstTTL(ttl uint8) int {
	switch {
	case ttl == 0:
		return 0
	case ttl <= 32:
		return 32
	case ttl <= 64:
		return 64
	case ttl <= 128:
		return 128
	}
	return 255
}

// synSystem is the system that opens connections like this, as a value of OS,
// or empty: most shapes belong to several.
func synSystem(s *flow.Shape) string {
	switch firstTTL(s.TTL) {
	case 64:
		switch {
		case s.Order == orderLinux:
			return "Linux"
		case s.Order == orderDarwin && s.Window == 65535:
			return "macOS"
		case s.Order == orderStamped && s.Window == 65535:
			return "BSD"
		}
	case 128:
		switch {
		case s.Order == orderPlain:
			return "Windows|5"
		case s.Order == orderWindows && s.Scale == 8 && s.Window >= 64000:
			return "Windows|10.0" // before, the window was 8192
		case s.Order == orderWindows, s.Order == orderStamped:
			return "Windows"
		}
	case 255:
		switch {
		case s.Order == orderMSS && s.Window == 4128:
			return "Cisco IOS"
		case s.Order == orderMSS:
			return "embedded"
		}
	}
	return ""
}

// answerSystem does the same for the answer, whose options depend on those it
// answers to: what the peer did not offer is left out.
func answerSystem(s *flow.Shape) string {
	switch firstTTL(s.TTL) {
	case 64:
		switch s.Order {
		case orderLinux, orderLinuxBare:
			return "Linux"
		case orderDarwin:
			return "macOS"
		}
	case 128:
		switch s.Order {
		case orderXPAnswer:
			return "Windows|5"
		case orderWindows, orderStamped:
			return "Windows"
		}
	case 255:
		if s.Order == orderMSS && s.Window == 4128 {
			return "Cisco IOS"
		}
	}
	return ""
}
