package dhcp

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Message types and options of DHCPv6 (RFC 8415 7.3, 21).
const (
	relayForward6 = 12
	relayReply6   = 13
	lastType6     = 36

	optClientID    = 1
	optServerID    = 2
	optIANA        = 3
	optIATA        = 4
	optIAAddr      = 5
	optORO         = 6
	optRelayMsg    = 9
	optStatus      = 13
	optUserClass   = 15
	optVendorClass = 16
	optInterfaceID = 18
	optNameServers = 23
	optDomains     = 24
	optIAPD        = 25
	optIAPrefix    = 26
	optRemoteID    = 37
	optFQDN        = 39
)

// headLen6 is the length before the options of a message, relayLen6 of a relay
// message (RFC 8415 8, 9).
const (
	headLen6  = 4
	relayLen6 = 34
)

// typeNames6 are the message types a record may name.
var typeNames6 = [...]string{1: "SOLICIT", "ADVERTISE", "REQUEST", "CONFIRM", "RENEW", "REBIND",
	"REPLY", "RELEASE", "DECLINE", "RECONFIGURE", "INFORMATION-REQUEST", "RELAY-FORW", "RELAY-REPL",
	"LEASEQUERY", "LEASEQUERY-REPLY", "LEASEQUERY-DONE", "LEASEQUERY-DATA"}

func typeText6(t uint8) string {
	if t > 0 && int(t) < len(typeNames6) {
		return typeNames6[t]
	}
	return "unknown-message-type-" + strconv.Itoa(int(t))
}

// probe6 demands a known type, options that fill the datagram exactly, and an
// identifier or a relayed message among them.
func probe6(b []byte) proto.Match {
	if len(b) < headLen6+4 || b[0] == 0 || b[0] > lastType6 {
		return proto.No
	}
	at := headLen6
	if b[0] == relayForward6 || b[0] == relayReply6 {
		at = relayLen6
	}
	proven := false
	for at < len(b) {
		if at+4 > len(b) {
			return proto.No
		}
		code, n := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		if code == 0 || code > 255 || n > len(b)-at-4 {
			return proto.No
		}
		v := b[at+4 : at+4+n]
		switch code {
		case optClientID, optServerID:
			proven = proven || n >= 4 && n <= 130 && v[0] == 0 && v[1] >= 1 && v[1] <= 4
		case optRelayMsg:
			proven = proven || at >= relayLen6
		}
		at += 4 + n
	}
	if at == len(b) && proven {
		return proto.Yes
	}
	return proto.No
}

// packet6 reads one DHCPv6 message out of its relay messages.
func (a *analyzer) packet6(d proto.Dir, b []byte) error {
	m := &Message6{Source: sender(d, a.flow.Conn())}
	base := 0
	for depth := 0; len(b) > 0 && (b[0] == relayForward6 || b[0] == relayReply6); depth++ {
		if len(b) < relayLen6 || depth >= maxRelays {
			return &proto.Error{Code: "bad_relay_message", Offset: base}
		}
		if link := netid.IPFrom16(b[2:18]); link != (netid.IP{}) && m.body.RelayAddr == (netid.IP{}) {
			m.body.RelayAddr = link
		}
		peer := netid.IPFrom16(b[18:34])
		if b[0] == relayForward6 {
			m.Source = peer // at last the client itself
		}
		inner, at := relayed(b, &m.body)
		if inner == nil {
			return &proto.Error{Code: "bad_relay_message", Offset: base}
		}
		b, base = inner, base+at
	}
	if len(b) < headLen6 {
		return &proto.Error{Code: "truncated", Offset: base}
	}
	m.Type = b[0]
	m.body.TransID = binary.BigEndian.Uint32(b) & 0xffffff
	switch m.Type {
	case 2, 7, 10, 15, 16, 17:
	default:
		m.FromClient = true
	}
	if bad, off := options6(b[headLen6:], base+headLen6, m.option); bad != "" {
		a.flow.Weird(bad, off)
	}
	a.flow.Emit(a.flow.Now(), m)
	return nil
}

// relayed returns the message within a relay message and its offset.
func relayed(b []byte, r *Record6) (inner []byte, at int) {
	options6(b[relayLen6:], relayLen6, func(code uint16, v []byte, off int) bool {
		switch code {
		case optRelayMsg:
			if inner == nil {
				inner, at = v, off
			}
		case optInterfaceID:
			set(&r.InterfaceID, text(v))
		case optRemoteID:
			if len(v) >= 4 {
				set(&r.RemoteID, strconv.FormatUint(uint64(binary.BigEndian.Uint32(v)), 10)+"-"+
					hex.EncodeToString(v[4:min(len(v), maxString/2)]))
			}
		}
		return true
	})
	return inner, at
}

// options6 calls take for each option (RFC 8415 21.1) and returns a weird code
// with its offset.
func options6(b []byte, base int, take func(code uint16, v []byte, off int) bool) (bad string, off int) {
	for i, n := 0, 0; i < len(b); n++ {
		if i+4 > len(b) || int(binary.BigEndian.Uint16(b[i+2:])) > len(b)-i-4 {
			return "option_past_end", base + i
		}
		if n >= maxOptions {
			return "too_many_options", base + i
		}
		size := int(binary.BigEndian.Uint16(b[i+2:]))
		if !take(binary.BigEndian.Uint16(b[i:]), b[i+4:i+4+size], base+i+4) {
			return "bad_option_length", base + i
		}
		i += 4 + size
	}
	return "", 0
}

// option takes one option into the message; false if its length is wrong.
func (m *Message6) option(code uint16, v []byte, off int) bool {
	r := &m.body
	switch code {
	case optClientID:
		r.ClientDUID = hex.EncodeToString(v[:min(len(v), 130)])
		r.ClientMAC = duidMAC(v)
	case optServerID:
		r.ServerDUID = hex.EncodeToString(v[:min(len(v), 130)])
	case optIANA, optIAPD:
		return m.association(v, 12, off)
	case optIATA:
		return m.association(v, 4, off)
	case optORO:
		r.OptionList = numbers(v[:min(len(v), 2*maxList)], 2)
	case optStatus:
		return m.status(v)
	case optUserClass:
		r.UserClass = classData(v)
	case optVendorClass:
		if len(v) < 4 {
			return false
		}
		r.Enterprise = event.N(binary.BigEndian.Uint32(v))
		r.VendorClass = classData(v[4:])
	case optNameServers:
		for ; len(v) >= 16 && len(r.NameServers) < maxList; v = v[16:] {
			r.NameServers = append(r.NameServers, netid.IPFrom16(v))
		}
		return len(v) == 0 || len(r.NameServers) == maxList
	case optDomains:
		r.Domains = domains(v)
	case optFQDN:
		if len(v) < 1 {
			return false
		}
		r.FQDNFlags = flags(v[0], "SON")
		r.ClientFQDN, _ = domain(v[1:])
	}
	return true
}

func (m *Message6) status(v []byte) bool {
	if len(v) < 2 {
		return false
	}
	m.body.Status = event.N(binary.BigEndian.Uint16(v))
	m.body.StatusText = text(v[2:])
	return true
}

// association takes an identity association's addresses and prefixes (RFC 8415
// 21.4 to 21.6, 21.21 and 21.22); head is the length before its options.
func (m *Message6) association(v []byte, head, off int) bool {
	if len(v) < head {
		return false
	}
	r := &m.body
	bad, _ := options6(v[head:], off+head, func(code uint16, v []byte, _ int) bool {
		switch code {
		case optStatus:
			return m.status(v)
		case optIAAddr:
			if len(v) < 24 {
				return false
			}
			if len(r.Assigned) < maxList {
				r.Assigned = append(r.Assigned, netid.IPFrom16(v))
			}
			m.lease(binary.BigEndian.Uint32(v[20:]))
		case optIAPrefix:
			if len(v) < 25 || v[8] > 128 {
				return false
			}
			if len(r.Prefixes) < maxList {
				p := netip.PrefixFrom(netip.AddrFrom16([16]byte(v[9:25])), int(v[8]))
				r.Prefixes = append(r.Prefixes, p.String())
			}
			m.lease(binary.BigEndian.Uint32(v[4:]))
		}
		return true
	})
	return bad == ""
}

func (m *Message6) lease(seconds uint32) {
	m.body.LeaseTime = max(m.body.LeaseTime, event.Interval(seconds)*1e9)
}

// duidMAC finds the hardware address in an identifier made of one (RFC 8415
// 11.2 and 11.4), Ethernet only.
func duidMAC(v []byte) netid.MAC {
	switch {
	case len(v) == 14 && v[1] == 1 && v[0] == 0 && v[2] == 0 && v[3] == 1:
		return netid.MAC(v[8:14])
	case len(v) == 10 && v[1] == 3 && v[0] == 0 && v[2] == 0 && v[3] == 1:
		return netid.MAC(v[4:10])
	}
	return netid.MAC{}
}

// classData reads class data, each with its length (RFC 8415 21.15, 21.16).
func classData(v []byte) (out []string) {
	for len(v) >= 2 && len(out) < maxList {
		n := int(binary.BigEndian.Uint16(v))
		if n > len(v)-2 {
			break
		}
		out = append(out, text(v[2:2+n]))
		v = v[2+n:]
	}
	return out
}

// domain reads one name (RFC 8415 10: without compression), which in the FQDN
// option may lack its root (RFC 4704 4.2), and returns what follows it.
func domain(v []byte) (name string, rest []byte) {
	var out []byte
	for len(v) > 0 {
		n := int(v[0])
		v = v[1:]
		if n == 0 || n > 63 || n > len(v) || len(out)+n > 254 {
			break
		}
		if len(out) > 0 {
			out = append(out, '.')
		}
		out = append(out, v[:n]...)
		v = v[n:]
	}
	return string(out), v
}

func domains(v []byte) (out []string) {
	for len(v) > 0 && len(out) < maxList {
		var name string
		name, v = domain(v)
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}
