package ntlm

import (
	"encoding/binary"
	"strconv"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Flags of MS-NLMP 2.2.2.5.
const (
	flagUnicode  = 0x00000001
	flagSign     = 0x00000010
	flagSeal     = 0x00000020
	flagNobody   = 0x00000800 // ANONYMOUS
	flagDomain   = 0x00001000 // OEM_DOMAIN_SUPPLIED
	flagHost     = 0x00002000 // OEM_WORKSTATION_SUPPLIED
	flagAlways   = 0x00008000 // ALWAYS_SIGN
	flagExtended = 0x00080000 // EXTENDED_SESSIONSECURITY
	flagVersion  = 0x02000000
	flag128      = 0x20000000
	flagKey      = 0x40000000 // KEY_EXCH
	flag56       = 0x80000000
)

// maxName is the most characters of a name that are kept: a DNS name has 255.
const maxName = 255

// message reads the fields of one message. Offsets count from its signature, and
// fields that point out of it are taken for empty and told once.
type message struct {
	b   []byte
	bad string
	off int
}

func (m *message) fault(code string, off int) {
	if m.bad == "" {
		m.bad, m.off = code, off
	}
}

// u32 is the number at off, 0 behind the end.
func (m *message) u32(off int) uint32 {
	if off+4 > len(m.b) {
		m.fault("short_message", len(m.b))
		return 0
	}
	return binary.LittleEndian.Uint32(m.b[off:])
}

// field is the payload that the length and offset at off describe (2.2.1: Len,
// MaxLen, BufferOffset).
func (m *message) field(off int) []byte {
	if off+8 > len(m.b) {
		m.fault("short_message", len(m.b))
		return nil
	}
	n := uint64(binary.LittleEndian.Uint16(m.b[off:]))
	at := uint64(binary.LittleEndian.Uint32(m.b[off+4:]))
	if n == 0 {
		return nil
	}
	if at+n > uint64(len(m.b)) {
		m.fault("field_past_message", off)
		return nil
	}
	return m.b[at : at+n]
}

// size is the declared length of a field that is not read.
func (m *message) size(off int) int {
	if off+2 > len(m.b) {
		m.fault("short_message", len(m.b))
		return 0
	}
	return int(binary.LittleEndian.Uint16(m.b[off:]))
}

func (m *message) name(off int, unicode bool) string {
	if unicode {
		return charset.UTF16(m.field(off), maxName)
	}
	return charset.Plain(m.field(off), maxName)
}

// version reads the VERSION structure (2.2.2.10) behind the fixed fields, which is
// there if the flag says so and no payload begins before its end.
func (m *message) version(off int, flags uint32, fields ...int) string {
	if flags&flagVersion == 0 || off+8 > len(m.b) {
		return ""
	}
	for _, f := range fields {
		if m.size(f) > 0 && int64(m.u32(f+4)) < int64(off+8) {
			return ""
		}
	}
	r := wire.NewReader(m.b[off:])
	major, minor, build := r.U8(), r.U8(), r.U16LE()
	if major == 0 {
		return ""
	}
	return strconv.Itoa(int(major)) + "." + strconv.Itoa(int(minor)) + "." + strconv.Itoa(int(build))
}

// negotiate reads NEGOTIATE_MESSAGE (2.2.1.1). Its names are in the OEM set.
func (m *message) negotiate(r *Record) {
	if len(m.b) < 16 {
		m.fault("short_message", len(m.b))
		return
	}
	flags := m.u32(12)
	var fields []int
	if flags&flagDomain != 0 {
		r.ClientDomain = m.name(16, false)
		fields = append(fields, 16)
	}
	if flags&flagHost != 0 {
		r.ClientHost = m.name(24, false)
		fields = append(fields, 24)
	}
	r.ClientVersion = m.version(32, flags, fields...)
}

// challenge reads CHALLENGE_MESSAGE (2.2.1.2), but for the challenge itself.
func (m *message) challenge(r *Record) {
	flags := m.u32(20)
	r.ServerTarget = m.name(12, flags&flagUnicode != 0)
	r.Security = security(flags)
	if len(m.b) >= 48 {
		info := m.field(40)
		if at := m.u32(44); info == nil && m.size(40) > 0 && uint64(at) < uint64(len(m.b)) {
			info = m.b[at:] // a list that ends with the message says what it has
		}
		m.pairs(info, r)
		r.ServerVersion = m.version(48, flags, 12, 40)
	}
}

// pairs reads the AV_PAIR list of the server (2.2.2.1).
func (m *message) pairs(b []byte, r *Record) {
	const (
		end = iota
		nbComputer
		nbDomain
		dnsComputer
		dnsDomain
		dnsTree
		_
		timestamp
	)
	list := wire.NewReader(b)
	for list.Len() > 0 {
		id := list.U16LE()
		v := list.Bytes(int(list.U16LE()))
		if !list.OK() {
			m.fault("bad_target_info", 40)
			return
		}
		switch id {
		case end:
			return
		case nbComputer:
			r.ServerNBName = charset.UTF16(v, maxName)
		case nbDomain:
			r.ServerNBDomain = charset.UTF16(v, maxName)
		case dnsComputer:
			r.ServerDNSName = charset.UTF16(v, maxName)
		case dnsDomain:
			r.ServerDNSDomain = charset.UTF16(v, maxName)
		case dnsTree:
			r.ServerTree = charset.UTF16(v, maxName)
		case timestamp:
			if len(v) == 8 {
				r.ServerTime = filetime(binary.LittleEndian.Uint64(v))
			}
		}
	}
}

// authenticate reads AUTHENTICATE_MESSAGE (2.2.1.3), but for the responses and the
// session key.
func (m *message) authenticate(r *Record) {
	const lm, nt, domain, user, host, key, flagsAt = 12, 20, 28, 36, 44, 52, 60
	// The oldest clients send no key and no flags (MS-NLMP 2.2.1.3, note); then
	// the payload begins where they would be, and names are in the OEM set.
	flags := uint32(0)
	if len(m.b) >= flagsAt+4 && !m.begins(flagsAt+4, lm, nt, domain, user, host) {
		flags = m.u32(flagsAt)
	}
	unicode := flags&flagUnicode != 0
	r.Domainname, r.Username, r.Hostname = m.name(domain, unicode), m.name(user, unicode), m.name(host, unicode)
	if v := m.version(64, flags, lm, nt, domain, user, host, key); v != "" {
		r.ClientVersion = v
	}
	r.Response = form(m.size(lm), m.size(nt), flags&flagExtended != 0)
	if flags&flagNobody != 0 && m.size(nt) == 0 {
		r.Response = "anonymous"
	}
	r.Account = proto.Account(r.Domainname, r.Username)
	if flags != 0 {
		r.Security = security(flags)
	}
	r.MIC = event.B(m.protected(flags, lm, nt, domain, user, host, key))
}

// protected says whether there is an integrity code behind the version (MS-NLMP
// 2.2.1.3). No flag tells of it: its place is empty, or a payload lies there.
func (m *message) protected(flags uint32, fields ...int) bool {
	const at, end = 72, 88
	if len(m.b) < end || flags&flagVersion == 0 || m.begins(end, fields...) {
		return false
	}
	for _, c := range m.b[at:end] {
		if c != 0 {
			return true
		}
	}
	return false
}

// security lists what the flags agree on.
func security(flags uint32) (out []string) {
	for _, f := range [...]struct {
		bit  uint32
		word string
	}{{flagSign, "sign"}, {flagSeal, "seal"}, {flagAlways, "always-sign"}, {flagKey, "key-exchange"}, {flag128, "128"}, {flag56, "56"}, {flagExtended, "extended"}} {
		if flags&f.bit != 0 {
			out = append(out, f.word)
		}
	}
	return out
}

// begins says whether a payload lies before off.
func (m *message) begins(off int, fields ...int) bool {
	for _, f := range fields {
		if m.size(f) > 0 && int64(m.u32(f+4)) < int64(off) {
			return true
		}
	}
	return false
}

// form names what the lengths of the two responses say (2.2.2.3, 2.2.2.4, 2.2.2.6
// to 2.2.2.8): all of LM and NTLMv1 have 24 bytes, NTLMv2 has 16 and a structure of
// at least 28.
func form(lm, nt int, extended bool) string {
	switch {
	case nt >= 44:
		return "NTLMv2"
	case nt == 24 && extended:
		return "NTLM2 session"
	case nt == 24:
		return "NTLMv1"
	case nt == 0 && lm == 24:
		return "LM"
	case nt == 0 && lm <= 1:
		return "anonymous"
	}
	return "unknown"
}

// filetime converts hundreds of nanoseconds since 1601 (MS-DTYP 2.3.3). Times
// before 1970 and after 2200 are those of a clock never set.
func filetime(v uint64) event.Time {
	const epoch, most = 116444736000000000, 72580000000000000
	if v <= epoch || v-epoch > most {
		return 0
	}
	return event.Time((v - epoch) * 100)
}
