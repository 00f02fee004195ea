// Package tns understands how sessions with an Oracle database begin: Transparent
// Network Substrate packets of kinds connect, accept, refuse and redirect, and the
// banner in the protocol negotiation behind them. Oracle does not publish TNS; the
// layout is that of its own documentation of connect descriptors (Net Services
// Administrator's Guide) and of what servers and clients are seen to do.
//
// A session gives one record: service or SID asked for, the client's program and
// machine, whether the listener took it, and what version it says it is.
//
// It refuses to look at statements and rows, which in a hospital are patient data:
// after the first data packets of both sides everything passes by unread. TLS (TCPS)
// is no TNS until it is opened, so it is seen as TLS.
//
// A packet is looked at up to maxHead bytes, a descriptor nests to maxDepth, texts
// in the record are bounded by maxText. Bytes given to Parse are the sensor's; what
// is kept is copied.
package tns

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares TNS.
var Spec = proto.Spec{
	Name: "tns", Doc: "Oracle: start of sessions, service asked for, version of the server",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{1521, 2484},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} },
	Records: []*event.Schema{Schema}, Budget: maxHead,
}

const (
	headLen = 8
	maxHead = 4096
	maxText = 128
	// maxData is how many data packets of a direction are looked at for a banner.
	maxData = 4
)

// Kinds of packets.
const (
	kindConnect  = 1
	kindAccept   = 2
	kindRefuse   = 4
	kindRedirect = 5
	kindData     = 6
	kindResend   = 11
)

// probe wants a connect packet whose descriptor lies within it, or the answer to
// one with a descriptor that begins with a bracket.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) < headLen {
		if len(b) > 3 && (b[2]|b[3]) != 0 || len(b) > 4 && b[4] != kindConnect && b[4] != kindAccept && b[4] != kindRefuse && b[4] != kindRedirect {
			return proto.No
		}
		return proto.Maybe
	}
	n := int(binary.BigEndian.Uint16(b))
	if b[2]|b[3]|b[6]|b[7] != 0 || n < headLen+4 || n > maxHead {
		return proto.No
	}
	switch b[4] {
	case kindConnect:
		return probeConnect(b, n)
	case kindAccept:
		if len(b) < 24 {
			return proto.Maybe
		}
		if v := binary.BigEndian.Uint16(b[8:]); n >= 24 && n <= 512 && v >= 300 && v < 400 {
			return proto.Yes
		}
	case kindRefuse, kindRedirect:
		at := map[byte]int{kindRefuse: 12, kindRedirect: 10}[b[4]]
		if len(b) <= at {
			return proto.Maybe
		}
		if b[at] == '(' {
			return proto.Yes
		}
	}
	return proto.No
}

func probeConnect(b []byte, n int) proto.Match {
	if len(b) < 28 {
		return proto.Maybe
	}
	v, low := binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b[10:])
	size, at := int(binary.BigEndian.Uint16(b[24:])), int(binary.BigEndian.Uint16(b[26:]))
	if v < 300 || v >= 400 || low > v || at < 28 || size > maxHead || at+size != n && at != n {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct {
	f     proto.Flow
	rec   Record
	ts    event.Time
	quiet [2]bool
	data  [2]int
	large bool // lengths of four bytes, agreed on in accept
	done  bool
	seen  bool
	loose bool // the descriptor comes in a data packet of its own
}

// Parse implements proto.Analyzer: one packet.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.ts == 0 {
		a.ts = a.f.Now()
	}
	if a.quiet[d] {
		return proto.Progress{Done: math.MaxInt32}, nil
	}
	if len(b) < headLen {
		return proto.Progress{Need: headLen}, nil
	}
	n := int(binary.BigEndian.Uint16(b))
	if a.large && n == 0 {
		n = int(binary.BigEndian.Uint32(b))
	}
	if n < headLen || n > 1<<24 || b[4] == 0 || b[4] > 19 {
		return proto.Progress{}, &proto.Error{Code: "bad_packet"}
	}
	if want := min(n, maxHead); len(b) < want {
		return proto.Progress{Need: want}, nil
	}
	a.packet(d, b[4], b[headLen:min(n, maxHead)])
	return proto.Progress{Done: n}, nil
}

func (a *analyzer) packet(d proto.Dir, kind byte, body []byte) {
	switch kind {
	case kindConnect:
		a.seen = true
		a.connect(body)
	case kindAccept:
		a.seen = true
		a.rec.Result = "accepted"
		if len(body) >= 2 {
			a.rec.Version = binary.BigEndian.Uint16(body)
			a.large = a.rec.Version >= 315
		}
	case kindRefuse, kindRedirect:
		a.seen = true
		a.rec.Result = map[byte]string{kindRefuse: "refused", kindRedirect: "redirected"}[kind]
		if i := bytes.IndexByte(body, '('); i >= 0 {
			a.answer(body[i:])
		}
		a.emit()
	case kindData:
		a.payload(d, body)
	}
}

// connect reads versions, sizes and, where it says that it is, the descriptor.
func (a *analyzer) connect(b []byte) {
	if len(b) < 20 {
		return
	}
	a.rec.ClientVersion = binary.BigEndian.Uint16(b)
	size, at := int(binary.BigEndian.Uint16(b[16:])), int(binary.BigEndian.Uint16(b[18:]))-headLen
	if at < 20 || at+size > len(b) {
		a.loose = size > 0
		return
	}
	a.descriptor(b[at : at+size])
}

// payload looks at the first data packets: a long descriptor, and the banner that
// the server gives when both agree on their protocol.
func (a *analyzer) payload(d proto.Dir, b []byte) {
	if a.data[d]++; a.data[d] > maxData || len(b) < 3 {
		a.quiet[d] = a.data[d] > maxData
		if d == proto.Resp && a.quiet[d] {
			a.emit()
		}
		return
	}
	b = b[2:] // flags
	switch {
	case d == proto.Orig && a.loose && b[0] == '(':
		a.loose = false
		a.descriptor(b)
	case d == proto.Resp && b[0] == 1 && len(b) > 3:
		// Accepted protocol version, a zero, the banner, a zero.
		if banner, _, ok := bytes.Cut(b[min(3, len(b)):], []byte{0}); ok && printable(banner) {
			a.rec.Banner = text(banner)
		}
		a.emit()
		a.quiet = [2]bool{true, true}
	}
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(b) > 3
}

// maxDepth bounds the nesting of a descriptor, maxPairs the pairs in it.
const (
	maxDepth = 8
	maxPairs = 64
)

// pairs calls use for each (NAME=value) of a descriptor, with the names around it.
func pairs(b []byte, use func(path []string, value []byte)) {
	var path []string
	for n := 0; n < maxPairs && len(b) > 0; {
		switch b[0] {
		case '(':
			name, rest, ok := bytes.Cut(b[1:], []byte{'='})
			if !ok || len(name) > 32 || len(path) == maxDepth {
				return
			}
			path = append(path, strings.ToUpper(string(bytes.TrimSpace(name))))
			rest = bytes.TrimLeft(rest, " ")
			if len(rest) > 0 && rest[0] != '(' {
				value := rest
				if i := bytes.IndexAny(rest, "()"); i >= 0 {
					value = rest[:i]
				}
				use(path, bytes.TrimSpace(value))
				rest = rest[len(value):]
				n++
			}
			b = rest
		case ')':
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
			b = b[1:]
		default:
			b = b[1:]
		}
	}
}

// descriptor reads what a client asks for and what it says of itself.
func (a *analyzer) descriptor(b []byte) {
	pairs(b, func(path []string, value []byte) {
		inCID := len(path) > 1 && path[len(path)-2] == "CID"
		switch name := path[len(path)-1]; {
		case inCID && name == "PROGRAM":
			a.rec.Program = text(value)
		case inCID && name == "HOST":
			a.rec.ClientHost = text(value)
		case inCID && name == "USER":
			a.rec.User = text(value)
		case name == "SERVICE_NAME":
			a.rec.Service = text(value)
		case name == "SID":
			a.rec.SID = text(value)
		case name == "COMMAND":
			a.rec.Command = text(value)
		}
	})
}

// answer reads what a listener says when it refuses or redirects.
func (a *analyzer) answer(b []byte) {
	pairs(b, func(path []string, value []byte) {
		switch path[len(path)-1] {
		case "VSNNUM":
			if v, err := strconv.ParseUint(string(value), 10, 32); err == nil {
				a.rec.ServerVersion = release(uint32(v))
			}
		case "ERR":
			if v, err := strconv.ParseUint(string(value), 10, 32); err == nil {
				a.rec.Error = uint32(v)
			}
		}
	})
}

// release writes Oracle's packed version number: up to release 12 in the nibbles
// 8.4.4.8.4, from 18 on 8.8.8.4.4.
func release(v uint32) string {
	if v>>24 >= 18 {
		return fmt.Sprintf("%d.%d.%d.%d.%d", v>>24, v>>16&0xff, v>>12&0xf, v>>4&0xff, v&0xf)
	}
	return fmt.Sprintf("%d.%d.%d.%d.%d", v>>24, v>>20&0xf, v>>12&0xff, v>>8&0xf, v&0xff)
}

func text(b []byte) string { return charset.Plain(b, maxText) }

func (a *analyzer) emit() {
	if a.done || !a.seen {
		return
	}
	a.done = true
	rec := a.rec
	a.f.Emit(a.ts, &rec)
}

// Gap ends the reading.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.emit()
	return false
}

// End writes down a session whose banner never came.
func (a *analyzer) End(d proto.Dir) {
	if d == proto.Resp {
		a.emit()
	}
}
