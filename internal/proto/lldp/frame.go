package lldp

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// analyzer reads frames; it keeps nothing between them.
type analyzer struct{ flow proto.Flow }

// Packet implements proto.Datagram (IEEE 802.1AB 8.2): chassis, port and time to
// live come first, then the rest in any order.
func (a *analyzer) Packet(_ proto.Dir, b []byte) error {
	rec := &Record{MAC: a.flow.SrcMAC()}
	r := wire.NewReader(b)
	for n := 0; n < maxElements && r.Len() >= 2; n++ {
		head := r.U16()
		kind, size := int(head>>9), int(head&0x1ff)
		at := r.Off()
		v := r.Bytes(size)
		if !r.OK() {
			if n < 3 {
				return &proto.Error{Code: "truncated", Offset: at}
			}
			a.flow.Weird("truncated", at)
			break
		}
		if n < 3 && kind != n+tlvChassis {
			return &proto.Error{Code: "bad_order", Offset: at - 2}
		}
		if kind == tlvEnd {
			break
		}
		if !rec.element(kind, v) {
			if n < 3 {
				return &proto.Error{Code: "bad_element", Offset: at}
			}
			a.flow.Weird("bad_element", at)
		}
	}
	if rec.ChassisType == "" || rec.PortType == "" {
		return &proto.Error{Code: "truncated", Offset: len(b)}
	}
	a.flow.Emit(a.flow.Now(), rec)
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// element reads one element; false if it is damaged.
func (rec *Record) element(kind int, v []byte) bool {
	r := wire.NewReader(v)
	switch kind {
	case tlvChassis:
		sub := int(r.U8())
		rec.ChassisType, rec.Chassis = name(chassisTypes[:], sub), identifier(v, sub == 4, sub == 5)
		if sub == 4 && len(v) == 7 {
			rec.ChassisMAC = netid.MAC(v[1:])
		}
		return len(v) >= 2 && rec.ChassisType != ""
	case tlvPort:
		sub := int(r.U8())
		rec.PortType, rec.Port = name(portTypes[:], sub), identifier(v, sub == 3, sub == 4)
		return len(v) >= 2 && rec.PortType != ""
	case tlvTTL:
		rec.TTL = r.U16()
	case tlvPortDescription:
		rec.PortDesc = text(v)
	case tlvName:
		rec.Name = text(v)
	case tlvDescription:
		rec.Description = text(v)
	case tlvCapabilities:
		rec.Capabilities, rec.Enabled = words(r.U16()), words(r.U16())
	case tlvManagement:
		size := int(r.U8())
		addr := r.Bytes(size)
		if r.OK() && len(rec.Management) < maxAddresses {
			if ip, s := address(addr); s != "" {
				rec.Management = append(rec.Management, s)
				if !ip.IsZero() {
					rec.Addresses = append(rec.Addresses, ip)
				}
			}
		}
	case tlvOrganization:
		oui, sub := r.U24(), r.U8()
		if r.OK() {
			rec.organization(oui, sub, r.Rest())
		}
	}
	return r.OK()
}

// organization reads an element of IEEE 802.1 or of TIA.
func (rec *Record) organization(oui uint32, sub byte, v []byte) {
	switch {
	case oui == 0x0080c2 && sub == 1 && len(v) == 2:
		rec.VLAN = event.N(uint16(v[0])<<8 | uint16(v[1]))
	case oui == 0x0080c2 && sub == 3 && len(v) > 3 && int(v[2]) == len(v)-3 && rec.VLANName == "":
		rec.VLANName = text(v[3:])
	case oui == 0x0012bb:
		rec.media(sub, v)
	}
}

// media reads an element of LLDP-MED (ANSI/TIA-1057 10.2).
func (rec *Record) media(sub byte, v []byte) {
	switch sub {
	case 1:
		if len(v) == 3 {
			rec.Class = name(classes[:], int(v[2]))
		}
	case 3:
		if len(v) > 4 && v[0] == 2 {
			rec.Location = civic(v[1:])
		}
	case 5, 6, 7, 8, 9, 10, 11:
		to := [...]*string{&rec.Hardware, &rec.Firmware, &rec.Software, &rec.Serial, &rec.Manufacturer, &rec.Model, &rec.Asset}[sub-5]
		*to = text(v)
	}
}

// civic reads a civic address (ANSI/TIA-1057 10.2.4.3.2, RFC 4776 3.4): a length,
// what it is of, a country, and elements of type, length and text.
func civic(v []byte) string {
	var parts []string
	r := wire.NewReader(v)
	in := r.Sub(int(r.U8()))
	in.Skip(3)
	for in.Len() >= 2 {
		kind := in.U8()
		s := in.Bytes(int(in.U8()))
		word := map[byte]string{25: "building ", 26: "unit ", 27: "floor ", 28: "room "}[kind]
		if word != "" && len(s) > 0 && len(parts) < 4 {
			parts = append(parts, word+text(s))
		}
	}
	return strings.Join(parts, ", ")
}

// identifier is the text of a chassis or port identifier behind its subtype.
func identifier(v []byte, mac, addr bool) string {
	if len(v) < 2 {
		return ""
	}
	v = v[1:]
	switch {
	case mac && len(v) == 6:
		return netid.MAC(v).String()
	case addr:
		if _, s := address(v); s != "" {
			return s
		}
	}
	return text(v)
}

// address reads a network address behind its family (IANA address families).
func address(v []byte) (netid.IP, string) {
	if len(v) < 2 {
		return netid.IP{}, ""
	}
	switch {
	case v[0] == 1 && len(v) == 5:
		ip := netid.IPFrom4(v[1:])
		return ip, ip.String()
	case v[0] == 2 && len(v) == 17:
		ip := netid.IPFrom16(v[1:])
		return ip, ip.String()
	case v[0] == 6 && len(v) == 7:
		return netid.IP{}, netid.MAC(v[1:]).String()
	}
	return netid.IP{}, ""
}

// text is a bounded copy; bytes that are no text become hexadecimal.
func text(v []byte) string {
	v = v[:min(len(v), 255)]
	s := strings.TrimRight(string(v), "\x00 ")
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' }) {
		return hex.EncodeToString(v)
	}
	return s
}

func name(names []string, n int) string {
	if n < len(names) {
		return names[n]
	}
	return ""
}

func words(bits uint16) []string {
	var out []string
	for i, w := range capabilities {
		if bits&(1<<i) != 0 {
			out = append(out, w)
		}
	}
	return out
}
