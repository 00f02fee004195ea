package smb

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"lazaret/internal/charset"
	"lazaret/internal/proto"
)

// Bits of SecurityMode (MS-CIFS 2.2.4.52.2).
const (
	signEnabled1  = 4
	signRequired1 = 8
)

const capExtended = 0x80000000

// capabilities1 are the bits of Capabilities (MS-CIFS 2.2.4.52.2, MS-SMB
// 2.2.4.5.2.1) that tell more than the age of the dialect.
var capabilities1 = []bit{
	{0x00000004, "unicode"}, {0x00000008, "large_files"}, {0x00000040, "nt_status"}, {0x00001000, "dfs"},
	{0x00800000, "unix"}, {capExtended, "extended_security"},
}

// bit is a flag and its word.
type bit struct {
	mask uint32
	word string
}

func words(v uint32, list []bit) []string {
	var out []string
	for _, b := range list {
		if v&b.mask != 0 {
			out = append(out, b.word)
		}
	}
	return out
}

// offer1 reads the dialects of a negotiate request (MS-CIFS 2.2.4.52.1): each is a
// byte of 2 and a string.
func (a *analyzer) offer1(m *smb1Message) {
	a.rec.Dialects = a.rec.Dialects[:0:0]
	for b := m.data; len(b) > 1 && b[0] == 2 && len(a.rec.Dialects) < maxDialects; {
		name, rest, _ := bytes.Cut(b[1:], []byte{0})
		a.rec.Dialects = append(a.rec.Dialects, charset.Plain(name, 32))
		b = rest
	}
}

// choice1 reads a negotiate response: of the NT dialect (MS-CIFS 2.2.4.52.2) with
// seventeen words, of LAN Manager with thirteen, of the first with one.
func (a *analyzer) choice1(d proto.Dir, m *smb1Message) {
	r := &a.rec
	r.Version = "SMB1"
	if i := m.u16(0); len(m.words) >= 2 && i < len(r.Dialects) {
		r.Dialect = r.Dialects[i]
	}
	if len(m.words) < 34 {
		if len(m.words) >= 26 {
			r.ServerSigning = "off"
		}
		return
	}
	mode, caps := m.words[2], m.u32(19)
	r.ServerSigning = signing(mode&signEnabled1 != 0, mode&signRequired1 != 0)
	r.Capabilities = words(caps, capabilities1)
	r.SystemTime = filetime(m.u64(23))
	zone := -int(int16(m.u16(31))) // minutes to be added to reach UTC
	if sign := '+'; zone > -15*60 && zone < 15*60 {
		if zone < 0 {
			sign, zone = '-', -zone
		}
		r.TimeZone = fmt.Sprintf("%c%02d:%02d", sign, zone/60, zone%60)
	}
	if caps&capExtended != 0 {
		if len(m.data) >= 16 {
			r.ServerGUID = guid(m.data[:16])
			a.hand(d, m.data[16:])
		}
		return
	}
	// The names follow the challenge without padding (MS-CIFS 2.2.4.52.2).
	t := texts{m: m, off: int(m.words[33])}
	if m.wide || caps&capUnicode != 0 {
		r.ServerDomain, r.ServerName = t.wide(), t.wide()
	} else {
		r.ServerDomain, r.ServerName = t.next(), t.next()
	}
}

const capUnicode = 4

// signing names two bits of which the second implies the first.
func signing(enabled, required bool) string {
	switch {
	case required:
		return "required"
	case enabled:
		return "enabled"
	}
	return "off"
}

// guid writes the sixteen bytes of a GUID as usual (MS-DTYP 2.3.4); all zeros are
// none.
func guid(b []byte) string {
	if len(b) != 16 || bytes.Count(b, []byte{0}) == 16 {
		return ""
	}
	h := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	s := hex.EncodeToString(append(h, b[8:]...))
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
