// Package tds understands how sessions of Microsoft SQL Server and its relatives
// begin: the Tabular Data Stream (MS-TDS), and the SQL Server resolution protocol
// over UDP (MC-SQLR), in which a server tells its name, instances and version.
//
// A session gives one record: the versions of both sides, whether they agree on
// encryption, and, where the log-in goes in clear, the client's host, program and
// account and whether it was let in. TLS inside the pre-login packets, and around
// everything after them, goes to the dispatcher.
//
// It refuses to look at batches and rows, which in a hospital are patient data:
// once the log-in is answered, everything passes by unread. Passwords, which LOGIN7
// only obscures, are never read.
//
// A packet is looked at up to maxHead bytes; texts in the record are bounded by
// maxText. Bytes given to Parse are the sensor's; what is kept is copied.
package tds

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares TDS and MC-SQLR.
var Spec = proto.Spec{
	Name: "tds", Doc: "SQL Server: start of sessions, log-in, versions",
	Transports: proto.TCP | proto.UDP | proto.Inner, Ports: []uint16{1433, 1434},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} },
	Records: []*event.Schema{Schema}, Budget: maxHead,
}

const (
	headLen = 8 // MS-TDS 2.2.3.1
	maxHead = 4096
	maxText = 128
)

// Kinds of packets (MS-TDS 2.2.3.1.1).
const (
	kindBatch    = 1
	kindReply    = 4
	kindLogin7   = 16
	kindPrelogin = 18
)

// probe wants a pre-login or log-in packet whose head and first option fit, or an
// answer of the resolution service.
func probe(d proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	switch b[0] {
	case 5:
		return probeResolution(b)
	case kindPrelogin, kindLogin7, kindReply:
	default:
		return proto.No
	}
	if len(b) < 2 {
		return proto.Maybe
	}
	if b[1] != 1 {
		return proto.No // these fit into one packet
	}
	if len(b) < headLen+6 {
		return proto.Maybe
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < headLen+6 || n > maxHead || b[7] != 0 || b[6] > 1 {
		return proto.No
	}
	body := b[headLen:]
	switch {
	case b[0] == kindLogin7:
		if int(binary.LittleEndian.Uint32(body)) == n-headLen && body[4] < 16 {
			return proto.Yes
		}
	case body[0] == 0 && body[1] == 0 && int(body[2]) >= 6 && body[3] == 0 && body[4] == 6:
		return proto.Yes // the VERSION option comes first (2.2.6.5)
	}
	return proto.No
}

// probeResolution wants an answer that names a server (MC-SQLR 2.2.5).
func probeResolution(b []byte) proto.Match {
	const first = "ServerName;"
	if len(b) < 3+len(first) || int(binary.LittleEndian.Uint16(b[1:])) != len(b)-3 || string(b[3:3+len(first)]) != first {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct {
	f       proto.Flow
	rec     Record
	ts      event.Time
	quiet   bool
	done    bool
	seen    bool
	tls     bool // a pre-login packet carried TLS
	handing bool
}

// Parse implements proto.Analyzer: one packet, or one record of TLS.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.ts == 0 {
		a.ts = a.f.Now()
	}
	if a.quiet {
		return proto.Progress{Done: math.MaxInt32}, nil
	}
	if a.handing || a.tls && len(b) > 1 && b[0] >= 20 && b[0] <= 24 && b[1] == 3 {
		a.handing = true // from here on TLS is around the packets
		a.emit()
		a.f.Hand(d, b, "ssl")
		return proto.Progress{Done: len(b)}, nil
	}
	if len(b) < headLen {
		return proto.Progress{Need: headLen}, nil
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < headLen {
		return proto.Progress{}, &proto.Error{Code: "bad_length", Offset: 2}
	}
	if want := min(n, maxHead); len(b) < want {
		return proto.Progress{Need: want}, nil
	}
	a.packet(d, b[0], b[headLen:min(n, maxHead)])
	return proto.Progress{Done: n}, nil
}

func (a *analyzer) packet(d proto.Dir, kind byte, body []byte) {
	switch {
	case kind == kindPrelogin && len(body) > 1 && body[0] >= 20 && body[0] <= 24 && body[1] == 3:
		a.tls = true
		a.f.Hand(d, body, "ssl")
	case kind == kindPrelogin && a.tls:
		a.f.Hand(d, body, "ssl") // a record of TLS over several packets
	case kind == kindPrelogin:
		a.seen = true
		a.prelogin(body, &a.rec.ClientVersion, &a.rec.ClientEncryption)
	case kind == kindReply && a.rec.ServerVersion == "" && len(body) > 5 && body[0] == 0 && body[1] == 0:
		a.seen = true
		a.prelogin(body, &a.rec.ServerVersion, &a.rec.ServerEncryption)
	case kind == kindLogin7:
		a.seen = true
		a.login(body)
	case kind == kindReply:
		a.reply(body)
	case kind == kindBatch:
		a.emit()
		a.quiet = true
	}
}

// encryptions are the values of the ENCRYPTION option (MS-TDS 2.2.6.5).
var encryptions = [...]string{"login", "all", "none", "required"}

// prelogin reads the options: kind, place and length of each, then their data.
func (a *analyzer) prelogin(b []byte, version, encryption *string) {
	for at := 0; at+5 <= len(b) && b[at] != 0xff; at += 5 {
		off, n := int(binary.BigEndian.Uint16(b[at+1:])), int(binary.BigEndian.Uint16(b[at+3:]))
		if n == 0 || off+n > len(b) {
			continue
		}
		data := b[off : off+n]
		switch {
		case b[at] == 0 && n >= 4:
			*version = fmt.Sprintf("%d.%d.%d", data[0], data[1], binary.BigEndian.Uint16(data[2:]))
		case b[at] == 1 && int(data[0]) < len(encryptions):
			*encryption = encryptions[data[0]]
		case b[at] == 2:
			name, _, _ := bytes.Cut(data, []byte{0})
			if a.rec.Instance == "" {
				a.rec.Instance = text(name)
			}
		}
	}
}

// login reads LOGIN7 (MS-TDS 2.2.6.4): places and lengths of its texts stand in a
// fixed part. The third is the password and is left alone.
func (a *analyzer) login(b []byte) {
	if len(b) < 94 {
		return
	}
	a.rec.TDSVersion = fmt.Sprintf("%d.%d", b[7]>>4, b[7]&15)
	field := func(i int) string {
		off, n := int(binary.LittleEndian.Uint16(b[36+4*i:])), 2*int(binary.LittleEndian.Uint16(b[38+4*i:]))
		if off+n > len(b) {
			return ""
		}
		return wide(b[off : off+n])
	}
	a.rec.ClientHost, a.rec.User = field(0), field(1)
	a.rec.Application, a.rec.ServerName, a.rec.Library = field(3), field(4), field(6)
	a.rec.Database = field(8)
	a.rec.Clear = true
}

// reply reads the answer to a log-in, token by token, as far as their lengths are
// known: LOGINACK, ERROR, INFO and ENVCHANGE have theirs in the same place.
func (a *analyzer) reply(b []byte) {
	for len(b) >= 3 {
		n := int(binary.LittleEndian.Uint16(b[1:]))
		kind := b[0]
		if kind != 0xad && kind != 0xaa && kind != 0xab && kind != 0xe3 || 3+n > len(b) {
			break
		}
		data := b[3 : 3+n]
		switch kind {
		case 0xad:
			a.loginAck(data)
		case 0xaa:
			if len(data) >= 4 && a.rec.Error == 0 {
				a.rec.Error = binary.LittleEndian.Uint32(data)
				a.rec.Success = event.B(a.rec.Success.V)
			}
		}
		b = b[3+n:]
	}
	a.emit()
	a.quiet = true
}

// loginAck reads interface, version of TDS, program name and its version (2.2.7.14).
func (a *analyzer) loginAck(b []byte) {
	a.rec.Success = event.B(true)
	if len(b) < 6 {
		return
	}
	n := 2 * int(b[5])
	if 6+n+4 > len(b) {
		return
	}
	a.rec.ServerProgram = wide(b[6 : 6+n])
	v := b[6+n:]
	a.rec.ServerVersion = fmt.Sprintf("%d.%d.%d", v[0], v[1], binary.BigEndian.Uint16(v[2:]))
}

// wide is a text of 16-bit characters.
func wide(b []byte) string { return charset.UTF16(b, maxText) }

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

// End writes down a session that never came to its log-in.
func (a *analyzer) End(proto.Dir) { a.emit() }

// Packet implements proto.Datagram: answers of the resolution service. Each
// instance gives a record.
func (a *analyzer) Packet(_ proto.Dir, b []byte) error {
	if len(b) < 3 || b[0] != 5 {
		return nil // a question
	}
	if int(binary.LittleEndian.Uint16(b[1:])) != len(b)-3 {
		return &proto.Error{Code: "bad_length", Offset: 1}
	}
	for i, one := range bytes.SplitN(b[3:], []byte(";;"), maxInstances+1) {
		if i == maxInstances || len(one) == 0 {
			break
		}
		a.instance(one)
	}
	return nil
}

// maxInstances bounds the instances of one answer that are read.
const maxInstances = 32

func (a *analyzer) instance(b []byte) {
	words := bytes.Split(b[:min(len(b), 1024)], []byte{';'})
	r := &Record{Resolution: true}
	for i := 0; i+1 < len(words); i += 2 {
		switch string(words[i]) {
		case "ServerName":
			r.ServerName = text(words[i+1])
		case "InstanceName":
			r.Instance = text(words[i+1])
		case "Version":
			r.ServerVersion = text(words[i+1])
		case "tcp":
			r.TCPPort = text(words[i+1])
		}
	}
	if r.ServerName != "" {
		a.f.Emit(a.f.Now(), r)
	}
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}
