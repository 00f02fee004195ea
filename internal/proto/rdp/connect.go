package rdp

import (
	"bytes"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/wire"
)

// Application tags of T.125 7 behind 0x7f, in BER.
const (
	mcsInitial  = 0x65
	mcsResponse = 0x66
)

// Types of data blocks (MS-RDPBCGR 2.2.1.3.1).
const (
	csCore     = 0xc001
	csNetwork  = 0xc003
	scSecurity = 0x0c02
)

const maxChannels = 31 // MS-RDPBCGR 2.2.1.3.4

// connect reads a MCS connect initial or response, behind its tag, down to the data
// blocks of RDP. It gives the code of a fault, or nothing.
func (a *analyzer) connect(tag byte, b []byte) (bad string) {
	body, ok := berLength(b)
	if !ok {
		return "bad_mcs"
	}
	var data []byte
	switch tag {
	case mcsInitial:
		// Two selectors, a flag, three lists of parameters, and the user data
		// (T.125 7, Connect-Initial).
		data, ok = berField(body, 6)
		a.blocks(gccData(data, "Duca"))
	case mcsResponse:
		// A result, an id, parameters, and the user data (Connect-Response).
		data, ok = berField(body, 3)
		a.answer(data)
	default:
		return ""
	}
	if !ok {
		return "bad_mcs"
	}
	if tag == mcsResponse {
		a.over()
	}
	return ""
}

// over ends the reading: what follows the server's answer is encrypted or of no
// interest.
func (a *analyzer) over() {
	a.state = blind
	if a.rec.Method != "None" {
		a.f.Blind("rdp")
	}
	a.emit()
}

// berLength gives the content behind a length (X.690 8.1.3), cut at the end of b.
func berLength(b []byte) (body []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	n, at := int(b[0]), 1
	if n >= 0x80 {
		more := n & 0x7f
		if more == 0 || more > 3 || len(b) < 1+more {
			return nil, false
		}
		n = 0
		for _, c := range b[1 : 1+more] {
			n = n<<8 | int(c)
		}
		at += more
	}
	b = b[at:]
	return b[:min(n, len(b))], true
}

// berField gives the content of element number i.
func berField(b []byte, i int) (body []byte, ok bool) {
	for ; ; i-- {
		if len(b) < 2 {
			return nil, false
		}
		rest := b[1:]
		if body, ok = berLength(rest); !ok {
			return nil, false
		}
		if i == 0 {
			return body, true
		}
		b = rest[headOf(rest)+len(body):]
	}
}

// headOf is the number of bytes of a length that berLength took.
func headOf(b []byte) int {
	if b[0] < 0x80 {
		return 1
	}
	return 1 + int(b[0]&0x7f)
}

// gccData finds the data blocks behind the key of a conference request or response
// (T.124 8.7, MS-RDPBCGR 2.2.1.3): the key, and a length in PER.
func gccData(b []byte, key string) []byte {
	_, rest, ok := bytes.Cut(b, []byte(key))
	if !ok || len(rest) < 2 {
		return nil
	}
	if rest[0]&0x80 == 0 {
		return rest[1:]
	}
	return rest[2:]
}

// answer reads the server's response: the result of the conference request and the
// blocks of the server.
func (a *analyzer) answer(b []byte) {
	if v, ok := gccResult(b); ok {
		a.rec.Result = resultName(uint32(v))
	}
	a.blocks(gccData(b, "McDn"))
}

// gccResult is the result of a ConferenceCreateResponse (T.124 8.7): it lies four
// bytes before the key "McDn" (result, count of sets, choice, length of the key).
func gccResult(b []byte) (byte, bool) {
	i := bytes.Index(b, []byte("McDn"))
	if i < 4 {
		return 0, false
	}
	return b[i-4], true
}

// blocks walks the data blocks of either side: type, length with this head, data.
func (a *analyzer) blocks(b []byte) {
	r := wire.NewReader(b)
	for r.Len() >= 4 {
		typ, n := r.U16LE(), int(r.U16LE())
		body := r.Sub(n - 4)
		if !body.OK() {
			if b != nil {
				a.f.Weird("bad_data_block", 0)
			}
			return
		}
		switch typ {
		case csCore:
			a.core(&body)
		case csNetwork:
			a.network(&body)
		case scSecurity:
			a.security(&body)
		}
	}
}

// core reads TS_UD_CS_CORE (2.2.1.3.2). Behind the fixed part each field is there
// only if all before it are.
func (a *analyzer) core(r *wire.Reader) {
	r.Skip(4) // version
	width, height, depth := r.U16LE(), r.U16LE(), r.U16LE()
	r.Skip(2) // key sequence
	keyboard, build := r.U32LE(), r.U32LE()
	name := r.Bytes(32)
	r.Skip(4 + 4 + 4 + 64) // keyboard type, subtype, function keys, input method
	if !r.OK() {
		a.f.Weird("bad_data_block", 0)
		return
	}
	c := &a.rec
	c.Width, c.Height = event.N(width), event.N(height)
	c.Keyboard, c.Build, c.ClientBuild = keyboardName(keyboard), build, buildName(build)
	c.ClientName = charset.UTF16(name, 16)
	c.ColorDepth = oldDepth(depth)
	if r.Len() < 2 {
		return
	}
	c.ColorDepth = oldDepth(r.U16LE())
	r.Skip(2 + 4) // product, serial number
	high := r.U16LE()
	r.Skip(2) // depths supported
	if !r.OK() {
		return
	}
	c.ColorDepth = depthName(high)
	if r.Len() < 2 {
		return
	}
	const want32 = 2
	if r.U16LE()&want32 != 0 {
		c.ColorDepth = "32bit"
	}
	c.ProductID = charset.UTF16(r.Bytes(64), 32)
}

// network reads TS_UD_CS_NET (2.2.1.3.4): channels of a name and options.
func (a *analyzer) network(r *wire.Reader) {
	n := r.U32LE()
	for range min(n, maxChannels) {
		name, _, _ := strings.Cut(string(r.Bytes(8)), "\x00")
		r.Skip(4)
		if !r.OK() {
			return
		}
		a.rec.Channels = append(a.rec.Channels, charset.Plain([]byte(name), 8))
	}
}

// security reads TS_UD_SC_SEC1 (2.2.1.4.3) and the kind of its certificate
// (2.2.1.4.3.1).
func (a *analyzer) security(r *wire.Reader) {
	method, level := r.U32LE(), r.U32LE()
	if !r.OK() {
		return
	}
	c := &a.rec
	c.Method, c.Level = methodName(method), levelName(level)
	if method > 0 && level > 0 {
		c.Security = securityName(0)
		if c.Result == "" {
			c.Result = "encrypted"
		}
	}
	random, size := int64(r.U32LE()), int64(r.U32LE())
	if !r.OK() || random > int64(r.Len()) || size > int64(r.Len())-random {
		return
	}
	r.Skip(int(random))
	cert := r.Sub(int(size))
	version := cert.U32LE()
	if !cert.OK() {
		return
	}
	const temporary, proprietary, x509 = 1 << 31, 1, 2
	kind := version &^ temporary
	c.CertType, c.CertLasting = certName(kind), event.B(version&temporary == 0)
	switch kind {
	case proprietary:
		c.CertCount = 1
	case x509:
		for n := cert.U32LE(); n > 0 && cert.OK(); n-- {
			if cert.Skip(int(min(cert.U32LE(), 1<<20))); cert.OK() {
				c.CertCount++
			}
		}
	}
}
