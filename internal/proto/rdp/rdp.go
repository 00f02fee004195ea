// Package rdp reads how Remote Desktop connections begin (MS-RDPBCGR 2.2.1), on any
// port: the connection request with its cookie and the protocols that the client
// offers, the server's choice, and, when the old security of RDP is chosen, the
// client's name, build, keyboard and screen and the server's encryption.
//
// When TLS is chosen, all further bytes of both directions go to "ssl" (what
// follows inside, CredSSP and the client's data, cannot be seen). With the old
// security the rest is passed over and counted as not inspectable.
//
// The cookie is usually the name of an account, so it is of class person. It
// refuses to read the logon packet, and keeps no certificate: those of the old
// security are only counted. A request on another service over TPKT (H.323, MMS)
// is not RDP: a cookie of Remote Desktop or its negotiation request must be there,
// or a MCS connection with its data.
//
// Memory: one record for each conversation; the stream keeps at most one message
// of the two that are read whole.
package rdp

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares RDP.
var Spec = proto.Spec{
	Name:       "rdp",
	Doc:        "Remote Desktop: how connections begin, and the security that was chosen",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{3389},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
	Records:    []*event.Schema{Schema},
	Budget:     maxMessage,
}

const (
	maxMessage = 16 << 10 // of a message that is read; longer ones are passed over
	maxCookie  = 256
	headLen    = 4  // TPKT (RFC 1006 6)
	fixedLen   = 11 // TPKT and the fixed part of a X.224 connection TPDU
)

// Codes of X.224 (ITU-T X.224 13.3, 13.4, 13.7).
const (
	tpduRequest = 0xe0
	tpduConfirm = 0xd0
	tpduData    = 0xf0
)

// Types of MS-RDPBCGR 2.2.1.1.1, 2.2.1.2.1 and 2.2.1.2.2.
const (
	negRequest  = 1
	negResponse = 2
	negFailure  = 3
	negLen      = 8
	// correlationLen is the length of RDP_NEG_CORRELATION_INFO (2.2.1.1.2), which
	// may follow a request.
	correlationLen = 36
)

// probe wants a connection request or confirmation with what is of RDP alone. One
// without waits for the MCS connection behind it.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 || b[0] == 3 && len(b) < fixedLen {
		return proto.Maybe
	}
	n, ok := tpkt(b)
	if !ok || n < fixedLen || int(b[4]) != n-5 || b[6]|b[7] != 0 || b[10] != 0 {
		return proto.No
	}
	switch b[5] {
	case tpduRequest:
		if b[8]|b[9] != 0 {
			return proto.No
		}
	case tpduConfirm:
	default:
		return proto.No
	}
	if len(b) < n {
		return proto.Maybe
	}
	rest := b[fixedLen:n]
	switch {
	case len(rest) == 0:
		return probeConnect(b[n:])
	case b[5] == tpduRequest:
		if _, ok := cookie(rest); ok {
			return proto.Yes
		}
		_, ok = requested(rest)
	default:
		ok = len(rest) == negLen && (rest[0] == negResponse || rest[0] == negFailure) && binary.LittleEndian.Uint16(rest[2:]) == negLen
	}
	if ok {
		return proto.Yes
	}
	return proto.No
}

// probeConnect wants a MCS connect initial or response in a data TPDU.
func probeConnect(b []byte) proto.Match {
	want := [...]byte{3, 0, 0, 0, 2, tpduData, 0x80, 0x7f}
	for i, c := range b[:min(len(b), len(want))] {
		if c != want[i] && i != 2 && i != 3 {
			return proto.No
		}
	}
	switch {
	case len(b) <= len(want):
		return proto.Maybe
	case b[8] == mcsInitial || b[8] == mcsResponse:
		return proto.Yes
	}
	return proto.No
}

// tpkt is the length of the packet that b begins with (RFC 1006 6).
func tpkt(b []byte) (n int, ok bool) {
	if len(b) < headLen || b[0] != 3 || b[1] != 0 {
		return 0, false
	}
	n = int(binary.BigEndian.Uint16(b[2:]))
	return n, n >= headLen+3
}

// cookie is the value of "Cookie: mstshash=", up to the end of its line
// (MS-RDPBCGR 2.2.1.1).
func cookie(b []byte) (v []byte, ok bool) {
	line, _, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok {
		return nil, false
	}
	return bytes.CutPrefix(line, []byte("Cookie: mstshash="))
}

// requested are the protocols that a request offers (2.2.1.1.1), which ends it but
// for the correlation info.
func requested(b []byte) (v uint32, ok bool) {
	for _, tail := range [...]int{negLen, negLen + correlationLen} {
		at := len(b) - tail
		if at < 0 || at > 0 && b[at-1] != '\n' {
			continue
		}
		if r := b[at:]; r[0] == negRequest && binary.LittleEndian.Uint16(r[2:]) == negLen {
			return binary.LittleEndian.Uint32(r[4:]), true
		}
	}
	return 0, false
}

// State of a conversation.
const (
	opening = iota
	secured // all bytes go to ssl
	blind   // all bytes are passed over
)

type analyzer struct {
	f     proto.Flow
	rec   Record
	ts    event.Time
	begun bool
	told  bool
	state uint8
	ended [2]bool
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	switch {
	case a.state == blind:
		return proto.Progress{Done: math.MaxInt32}, nil
	case a.state == secured:
		a.f.Hand(d, b, "ssl")
		return proto.Progress{Done: len(b)}, nil
	case b[0] == 0x16 && a.rec.Requested != nil:
		a.secure() // the server's choice was lost
		return a.Parse(d, b)
	case len(b) < headLen:
		return proto.Progress{Need: headLen}, nil
	}
	n, ok := tpkt(b)
	if !ok {
		return proto.Progress{}, &proto.Error{Code: "no_tpkt"}
	}
	if n > maxMessage {
		return proto.Progress{Done: n}, nil
	}
	if len(b) < n {
		return proto.Progress{Need: n}, nil
	}
	a.packet(d, b[:n])
	return proto.Progress{Done: n}, nil
}

// packet takes one whole TPKT.
func (a *analyzer) packet(d proto.Dir, b []byte) {
	if !a.begun {
		a.begun, a.ts = true, a.f.Now()
	}
	switch code := b[5]; {
	case code == tpduRequest && len(b) >= fixedLen:
		a.rec.Backward = d == proto.Resp
		a.request(b[fixedLen:])
	case code == tpduConfirm && len(b) >= fixedLen:
		a.confirm(b[fixedLen:])
	case code == tpduData && len(b) > 9 && b[7] == 0x7f:
		if bad := a.connect(b[8], b[9:]); bad != "" {
			a.f.Weird(bad, 8)
		}
	}
}

// request reads what follows the fixed part of the connection request.
func (a *analyzer) request(b []byte) {
	if v, ok := cookie(b); ok {
		a.rec.Cookie = text(v)
	} else if line, _, ok := bytes.Cut(b, []byte("\r\n")); ok && len(line) > 0 {
		a.rec.Routed = true
	}
	a.rec.Requested = []string{securityName(0)}
	v, ok := requested(b)
	if !ok {
		return
	}
	for bit := uint32(1); bit <= 16; bit <<= 1 {
		if v&bit != 0 {
			a.rec.Requested = append(a.rec.Requested, securityName(bit))
		}
	}
}

// text keeps the spaces around a cookie, with which accounts are filled up.
func text(v []byte) string {
	v = v[:min(len(v), maxCookie)]
	n := len(v) - len(bytes.TrimRight(v, " "))
	return charset.Plain(v, maxCookie) + strings.Repeat(" ", n)
}

// confirm reads the server's choice. Without one the server knows only the old
// security.
func (a *analyzer) confirm(b []byte) {
	if len(b) < negLen {
		return
	}
	v := binary.LittleEndian.Uint32(b[4:])
	switch b[0] {
	case negResponse:
		a.rec.Security = securityName(v)
		if v != 0 {
			a.secure()
		}
	case negFailure:
		a.rec.Result = failureName(v)
	}
}

// secure begins TLS.
func (a *analyzer) secure() {
	a.state = secured
	if a.rec.Result == "" {
		a.rec.Result = "encrypted"
	}
	a.emit()
}

// Gap implements proto.Analyzer. What is lost is not found again.
func (a *analyzer) Gap(proto.Dir, int) bool { return a.state == blind }

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if a.ended[d.Other()] {
		a.emit()
	}
}

func (a *analyzer) emit() {
	if a.begun && !a.told {
		a.told = true
		r := a.rec
		a.f.Emit(a.ts, &r)
	}
}
