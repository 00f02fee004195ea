package dhcp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// fixedLen is the length of the fields before the cookie (RFC 2131 2).
const fixedLen = 236

// packet4 reads one DHCPv4 message.
func (a *analyzer) packet4(d proto.Dir, b []byte) error {
	if len(b) < fixedLen+4 {
		return &proto.Error{Code: "truncated"}
	}
	if b[0] != 1 && b[0] != 2 {
		return &proto.Error{Code: "bad_operation"}
	}
	if binary.BigEndian.Uint32(b[fixedLen:]) != cookie {
		return &proto.Error{Code: "bad_cookie", Offset: fixedLen}
	}
	conn := a.flow.Conn()
	m := &Message{Transaction: binary.BigEndian.Uint32(b[4:]), FromClient: b[0] == 1, Source: sender(d, conn),
		hardware: [16]byte(b[28:44])}
	if ip := netid.IPFrom4(b[16:20]); ip != zero4 {
		m.body.AssignedAddr = ip
	}
	if ip := netid.IPFrom4(b[24:28]); ip != zero4 {
		m.body.RelayAddr = ip
	}
	o := options{m: m}
	if bad, off := o.read(b[fixedLen+4:], fixedLen+4); bad != "" {
		a.flow.Weird(bad, off)
	}
	// The server may have filled the name and file fields with options
	// (RFC 2131 4.1).
	for _, field := range [2]struct {
		bit    byte
		at, to int
	}{{1, 108, 236}, {2, 44, 108}} {
		if o.overload&field.bit != 0 {
			if bad, off := o.read(b[field.at:field.to], field.at); bad != "" {
				a.flow.Weird(bad, off)
			}
		}
	}
	if m.Type == 0 {
		a.flow.Weird("no_message_type", fixedLen+4)
	}
	a.flow.Emit(a.flow.Now(), m)
	return nil
}

var zero4 = netid.IPv4(0, 0, 0, 0)

// sender is the address a packet of direction d came from.
func sender(d proto.Dir, c *event.Conn) netid.IP {
	if d == proto.Orig {
		return c.Orig.IP
	}
	return c.Resp.IP
}

// options reads the options of one message.
type options struct {
	m        *Message
	overload byte
}

// read reads a field of options up to its end option (RFC 2132 2). It returns a
// weird code with its offset, which base is the start of.
func (o *options) read(b []byte, base int) (bad string, off int) {
	for i, n := 0, 0; ; n++ {
		switch {
		case i >= len(b):
			return "no_end_option", base + i
		case n >= maxOptions:
			return "too_many_options", base + i
		case b[i] == 0:
			i++
			continue
		case b[i] == 255:
			return "", 0
		case i+2 > len(b) || int(b[i+1]) > len(b)-i-2:
			return "option_past_end", base + i
		}
		v := b[i+2 : i+2+int(b[i+1])]
		if !o.option(b[i], v) {
			bad, off = "bad_option_length", base+i
		}
		i += 2 + len(v)
		if bad != "" {
			return bad, off
		}
	}
}

// option takes one option into the message; false if its length is wrong.
func (o *options) option(code byte, v []byte) bool {
	r := &o.m.body
	switch code {
	case 12:
		r.HostName = ascii(v)
	case 15:
		r.Domain = ascii(v)
	case 50:
		return address(&r.RequestedAddr, v)
	case 51:
		if len(v) != 4 {
			return false
		}
		r.LeaseTime = event.Interval(binary.BigEndian.Uint32(v)) * 1e9
		o.m.hasLease = true
	case 52:
		if len(v) != 1 {
			return false
		}
		o.overload = v[0]
	case 53:
		if len(v) != 1 {
			return false
		}
		if o.m.Type == 0 {
			o.m.Type = v[0]
		}
	case 54:
		return address(&r.ServerID, v)
	case 55:
		r.ParamList = numbers(v, 1)
	case 56:
		o.m.message = ascii(v)
	case 57:
		if len(v) != 2 {
			return false
		}
		r.MaxSize = binary.BigEndian.Uint16(v)
	default:
		return o.identity(code, v)
	}
	return true
}

// identity takes the options that tell who the client is.
func (o *options) identity(code byte, v []byte) bool {
	r := &o.m.body
	switch code {
	case 60:
		r.VendorClass = text(v)
	case 61:
		if len(v) < 1 {
			return false
		}
		r.ClientID = hex.EncodeToString(v[:min(len(v), maxString/2)])
		o.m.clientMAC = ""
		if v[0] == 1 {
			o.m.clientMAC = hardware(v[1:])
		}
	case 77:
		r.UserClass = text(v)
	case 81:
		if len(v) < 3 {
			return false
		}
		r.FQDNFlags = flags(v[0], "SOEN")
		r.ClientFQDN = text(v[3:])
	case 82:
		o.relay(v)
	case 93:
		r.ClientArch = numbers(v, 2)
	case 97:
		r.ClientUUID = hex.EncodeToString(v)
	}
	return true
}

// relay reads the sub-options of a relay agent (RFC 3046 2.0).
func (o *options) relay(v []byte) {
	r := &o.m.body
	for len(v) >= 2 && int(v[1]) <= len(v)-2 {
		sub := v[2 : 2+int(v[1])]
		switch v[0] {
		case 1:
			r.CircuitID = text(sub)
		case 2:
			r.RemoteID = text(sub)
		}
		v = v[2+len(sub):]
	}
}

// ascii is text without the zeros at its end, which a receiver deletes
// (RFC 2132 2).
func ascii(v []byte) string { return text(bytes.TrimRight(v, "\x00")) }

func text(v []byte) string { return string(v[:min(len(v), maxString)]) }

// address sets ip if v is an IPv4 address.
func address(ip *netid.IP, v []byte) bool {
	if len(v) != 4 {
		return false
	}
	*ip = netid.IPFrom4(v)
	return true
}

// hardware writes a hardware address as Zeek does: six bytes, or eight if the
// last two are not zero; empty if it is shorter.
func hardware(v []byte) string {
	n := 6
	switch {
	case len(v) != 6 && len(v) < 8:
		return ""
	case len(v) >= 8 && (v[6] != 0 || v[7] != 0):
		n = 8
	}
	out := make([]byte, 0, 23)
	for i, c := range v[:n] {
		if i > 0 {
			out = append(out, ':')
		}
		out = hex.AppendEncode(out, []byte{c})
	}
	return string(out)
}

// numbers writes numbers of size bytes, separated by commas.
func numbers(v []byte, size int) string {
	out := make([]byte, 0, 4*len(v))
	for ; len(v) >= size; v = v[size:] {
		if len(out) > 0 {
			out = append(out, ',')
		}
		n := uint64(v[0])
		if size == 2 {
			n = uint64(binary.BigEndian.Uint16(v))
		}
		out = strconv.AppendUint(out, n, 10)
	}
	return string(out)
}

// flags names the bits that are set, the lowest first in names.
func flags(v byte, names string) string {
	var out []byte
	for i := range len(names) {
		if v>>i&1 != 0 {
			out = append(out, names[i])
		}
	}
	return string(out)
}

// typeNames are the message types (RFC 2132 9.6, RFC 3203, 4388, 6926, 7724).
var typeNames = [...]string{1: "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE",
	"INFORM", "FORCERENEW", "LEASEQUERY", "LEASEUNASSIGNED", "LEASEUNKNOWN", "LEASEACTIVE",
	"BULKLEASEQUERY", "LEASEQUERYDONE", "ACTIVELEASEQUERY", "LEASEQUERYSTATUS", "TLS"}

func typeText(t uint8) string {
	if t > 0 && int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown-message-type-" + strconv.Itoa(int(t))
}
