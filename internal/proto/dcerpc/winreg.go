package dcerpc

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"lazaret/internal/cmdline"
	"lazaret/internal/ndr"
)

// winregCalls read keys and values (MS-RRP 3.1.5).
var winregCalls = map[uint16]decoder{
	0: openRoot("HKCR"), 1: openRoot("HKCU"), 2: openRoot("HKLM"), 3: openRoot("HKPD"), 4: openRoot("HKU"),
	27: openRoot("HKCC"), 28: openRoot("HKDD"), 32: openRoot("HKPT"), 33: openRoot("HKPN"),
	6: {ask: openKey, answer: opensFirst}, 15: {ask: openKey, answer: opensFirst},
	7: {ask: namesKey}, 8: {ask: namesValue}, 17: {ask: namesValue}, 35: {ask: namesKey},
	22: {ask: setValue},
	13: {ask: namesFile(true)}, 19: {ask: namesFile(false)}, 20: {ask: namesFile(false)}, 31: {ask: namesFile(false)},
}

// openRoot opens a predefined key.
func openRoot(name string) decoder {
	return decoder{ask: func(_ *analyzer, c *call, _ *ndr.Reader) { c.opens, c.rec.Target = name, name }, answer: opensFirst}
}

// below is the path of a key under the one that a call is about.
func (c *call) below(a *analyzer, name string) string {
	name = a.shown(name)
	if base := a.called(c.subject); base != "" && name != "" {
		name = base + `\` + name
	} else if name == "" {
		name = base
	}
	return cutText(name)
}

// openKey reads BaseRegCreateKey and BaseRegOpenKey (MS-RRP 3.1.5.7, 3.1.5.15).
func openKey(a *analyzer, c *call, r *ndr.Reader) {
	namesKey(a, c, r)
	c.opens = c.rec.Target
}

func namesKey(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	c.rec.Target = c.below(a, r.CountedString())
}

// namesValue reads calls about one value of a key.
func namesValue(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	c.value(a, r.CountedString())
}

// value says which value a call is about.
func (c *call) value(a *analyzer, name string) {
	c.rec.Target = c.below(a, "")
	if name == "" {
		name = "(default)"
	}
	c.rec.Detail = "value " + a.shown(name)
}

// valueTypes are the types of values (MS-RRP 2.2.5).
var valueTypes = map[uint32]string{0: "REG_NONE", 1: "REG_SZ", 2: "REG_EXPAND_SZ", 3: "REG_BINARY", 4: "REG_DWORD", 5: "REG_DWORD_BIG_ENDIAN", 6: "REG_LINK", 7: "REG_MULTI_SZ", 11: "REG_QWORD"}

// setValue reads BaseRegSetValue (MS-RRP 3.1.5.22): name, type, size and value.
func setValue(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	name := r.CountedString()
	c.value(a, name)
	kind := r.U32()
	b := r.Bytes(r.Count(1))
	if !r.OK() {
		return
	}
	c.rec.Detail += fmt.Sprintf(", %s, %d bytes", word(valueTypes, kind), len(b))
	switch s, text := setTo(kind, b); {
	case text && cmdline.Secret(name) && s != "":
		c.rec.Value = cmdline.Hidden
	case text:
		c.rec.Value = a.command(s)
	default:
		c.rec.Value = s
	}
}

// setTo is a value of the registry as text (MS-RRP 2.2.5, little-endian whatever the
// stub is), if its type is one of a text or a number.
func setTo(kind uint32, b []byte) (s string, text bool) {
	switch kind {
	case 1, 2, 6:
		return ndr.Chars(b, ndr.MaxText), true
	case 7:
		return several(b), true
	case 4:
		if len(b) == 4 {
			s = strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b)), 10)
		}
	case 5:
		if len(b) == 4 {
			s = strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10)
		}
	case 11:
		if len(b) == 8 {
			s = strconv.FormatUint(binary.LittleEndian.Uint64(b), 10)
		}
	}
	return s, false
}

// several joins texts that stand behind each other, each with its terminator, up to an
// empty one.
func several(b []byte) string {
	var out []string
	for kept := 0; len(b) > 1 && kept < ndr.MaxText && len(out) < maxNames; {
		n := 0
		for n+1 < len(b) && (b[n] != 0 || b[n+1] != 0) {
			n += 2
		}
		s := ndr.Chars(b[:n], ndr.MaxText-kept)
		if s == "" {
			break
		}
		out = append(out, s)
		kept += n/2 + 1
		b = b[min(n+2, len(b)):]
	}
	return strings.Join(out, "; ")
}

// namesFile reads calls that save, load or restore a key (MS-RRP 3.1.5.13, 3.1.5.19,
// 3.1.5.20, 3.1.5.28).
func namesFile(sub bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		key := ""
		if sub {
			key = r.CountedString()
		}
		c.rec.Target = c.below(a, key)
		c.rec.Detail = "file " + a.shown(r.CountedString())
	}
}
