// Package postgresql understands how sessions of PostgreSQL begin: version 3 of its
// frontend/backend protocol ("Frontend/Backend Protocol" in the manual of
// PostgreSQL), from the start-up message to the first "ready for query".
//
// A session gives one record: who asks for which database with what program, how
// the server wants a password, whether it let the client in, what it runs. When
// the server grants TLS, all bytes after that go to the dispatcher.
//
// It refuses to look at queries and results, which in a hospital are patient data:
// once the server is ready, everything passes by unread. A password message is
// skipped by its length, never read. An error keeps its SQLSTATE, not its text,
// which quotes names.
//
// Messages are bounded by maxMessage bytes, texts in the record by maxText. Bytes
// given to Parse are the sensor's; what is kept is copied.
package postgresql

import (
	"bytes"
	"encoding/binary"
	"math"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares PostgreSQL.
var Spec = proto.Spec{
	Name: "postgresql", Doc: "PostgreSQL: start of sessions, log-in, version of the server",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{5432},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} },
	Records: []*event.Schema{Schema}, Budget: maxMessage + 8,
}

const (
	maxMessage = 8192
	maxText    = 128
)

// Codes in place of a protocol version (first four bytes after the length).
const (
	version3      = 3 << 16
	cancelRequest = 1234<<16 | 5678
	sslRequest    = 1234<<16 | 5679
	gssRequest    = 1234<<16 | 5680
)

// probe wants the client's first message, or the server's request for a log-in.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	switch b[0] {
	case 'N', 'S': // an answer to a request for TLS is one byte
		if len(b) == 1 {
			return proto.Maybe
		}
		return proto.No
	case 'R':
		return probeAuth(b)
	case 0:
	default:
		return proto.No
	}
	if len(b) < 8 {
		return proto.Maybe
	}
	n, code := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	switch {
	case n == 8 && (code == sslRequest || code == gssRequest), n == 16 && code == cancelRequest:
		return proto.Yes
	case code>>16 != 3 || code&0xffff > 9 || n < 14 || n > maxMessage:
		return proto.No
	case len(b) < 13:
		return proto.Maybe
	}
	for _, c := range b[8:13] { // the name of a parameter
		if (c < 'a' || c > 'z') && c != '_' && c != 0 {
			return proto.No
		}
	}
	if b[8] == 0 {
		return proto.No
	}
	return proto.Yes
}

// probeAuth wants an authentication request whose length fits its kind.
func probeAuth(b []byte) proto.Match {
	if len(b) < 9 {
		if len(b) > 3 && (b[1]|b[2]|b[3]) != 0 {
			return proto.No
		}
		return proto.Maybe
	}
	n, kind := binary.BigEndian.Uint32(b[1:]), binary.BigEndian.Uint32(b[5:])
	switch {
	case n == 8 && (kind <= 3 || kind == 7 || kind == 9), n == 12 && kind == 5, n > 12 && n < 256 && kind == 10:
		return proto.Yes
	}
	return proto.No
}

type analyzer struct {
	f       proto.Flow
	rec     Record
	ts      event.Time
	asked   bool // for TLS or GSS encryption, without an answer yet
	sealed  bool // the answer was yes
	started bool // the start-up message was seen
	quiet   [2]bool
	done    bool
	seen    bool // anything worth a record
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.ts == 0 {
		a.ts = a.f.Now()
	}
	switch {
	case a.sealed, a.asked && d == proto.Orig && b[0] == 22:
		a.seal()
		a.f.Hand(d, b, "ssl")
		return proto.Progress{Done: len(b)}, nil
	case a.quiet[d]:
		return proto.Progress{Done: math.MaxInt32}, nil
	case d == proto.Orig && !a.started:
		return a.startup(b)
	case d == proto.Orig:
		a.quiet[d] = true // passwords and queries
		return proto.Progress{Done: math.MaxInt32}, nil
	}
	return a.backend(b)
}

func (a *analyzer) seal() {
	if a.sealed {
		return
	}
	a.sealed, a.seen = true, true
	a.rec.TLS = "granted"
	a.emit()
}

// startup reads the messages without a type byte.
func (a *analyzer) startup(b []byte) (proto.Progress, error) {
	if len(b) < 8 {
		return proto.Progress{Need: 8}, nil
	}
	n, code := int(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
	if n < 8 || n > maxMessage {
		return a.strange()
	}
	if len(b) < n {
		return proto.Progress{Need: n}, nil
	}
	a.seen = true
	switch {
	case code == sslRequest || code == gssRequest:
		a.asked = true
	case code == cancelRequest:
		a.rec.Cancel = true
		a.emit()
	case code>>16 == 3:
		a.started = true
		a.rec.Protocol = code & 0xffff
		a.parameters(b[8:n])
	default:
		return a.strange()
	}
	return proto.Progress{Done: n}, nil
}

func (a *analyzer) strange() (proto.Progress, error) {
	return proto.Progress{}, &proto.Error{Code: "bad_startup"}
}

// parameters reads pairs of strings.
func (a *analyzer) parameters(b []byte) {
	for len(b) > 1 {
		name, rest, ok := bytes.Cut(b, []byte{0})
		if !ok {
			return
		}
		value, rest, _ := bytes.Cut(rest, []byte{0})
		b = rest
		switch string(name) {
		case "user":
			a.rec.User = text(value)
		case "database":
			a.rec.Database = text(value)
		case "application_name":
			a.rec.Application = text(value)
		case "client_encoding":
			a.rec.ClientEncoding = text(value)
		}
	}
}

// backend reads one message of the server.
func (a *analyzer) backend(b []byte) (proto.Progress, error) {
	if a.asked {
		a.asked = false
		switch b[0] {
		case 'S', 'G':
			a.seal()
			return proto.Progress{Done: 1}, nil
		case 'N':
			a.rec.TLS = "refused"
			return proto.Progress{Done: 1}, nil
		}
	}
	if len(b) < 5 {
		return proto.Progress{Need: 5}, nil
	}
	n := int(binary.BigEndian.Uint32(b[1:])) + 1
	if n < 5 || n > maxMessage {
		return proto.Progress{}, &proto.Error{Code: "bad_length", Offset: 1}
	}
	if len(b) < n {
		return proto.Progress{Need: n}, nil
	}
	a.seen = true
	if a.message(b[0], b[5:n]) {
		a.emit()
		a.quiet = [2]bool{true, true}
	}
	return proto.Progress{Done: n}, nil
}

// methods are the ways in which a server asks who is there.
var methods = map[uint32]string{2: "kerberos5", 3: "password", 5: "md5", 7: "gss", 9: "sspi", 10: "scram"}

// message takes what a message tells and reports whether the log-in is over.
func (a *analyzer) message(kind byte, b []byte) (over bool) {
	switch kind {
	case 'R':
		if len(b) < 4 {
			return false
		}
		code := binary.BigEndian.Uint32(b)
		if m := methods[code]; m != "" {
			a.rec.Auth = m
		}
		if code == 0 {
			a.rec.Success = event.B(true)
			if a.rec.Auth == "" {
				a.rec.Auth = "none"
			}
		}
	case 'S':
		name, rest, _ := bytes.Cut(b, []byte{0})
		value, _, _ := bytes.Cut(rest, []byte{0})
		switch string(name) {
		case "server_version":
			a.rec.ServerVersion = text(value)
		case "server_encoding":
			a.rec.ServerEncoding = text(value)
		}
	case 'E':
		a.rec.SQLState = sqlState(b)
		if !a.rec.Success.OK {
			a.rec.Success = event.B(false)
		}
		return true
	case 'Z':
		return true
	}
	return false
}

// sqlState is the field C of an error, five letters and digits.
func sqlState(b []byte) string {
	for len(b) > 1 {
		field, rest, ok := bytes.Cut(b[1:], []byte{0})
		if !ok {
			return ""
		}
		if b[0] == 'C' && len(field) == 5 {
			return text(field)
		}
		b = rest
	}
	return ""
}

// text is a copy that is fit for a record.
func text(b []byte) string { return charset.Plain(b, maxText) }

func (a *analyzer) emit() {
	if a.done || !a.seen {
		return
	}
	a.done = true
	rec := a.rec
	a.f.Emit(a.ts, &rec)
}

// Gap gives up: what is missing may have been the end of the log-in, and behind it
// come queries.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.emit()
	return false
}

// End writes down a session that never came to its log-in.
func (a *analyzer) End(proto.Dir) { a.emit() }
