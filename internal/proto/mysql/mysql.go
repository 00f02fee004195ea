// Package mysql understands the protocol of MySQL and MariaDB ("MySQL Client/Server
// Protocol" in the MySQL Source Code Documentation): greeting, log-in, and the
// commands with their outcome.
//
// The log mysql is Zeek's, one record for each command. Fields of ours beside
// Zeek's tell of the server: its version and how it wants clients to prove
// themselves. When a client asks for TLS, its bytes go to the dispatcher.
//
// It refuses to keep statements, which in a hospital hold patient data: of a query
// only its first word is kept, of an error only its number and SQLSTATE, since its
// text quotes names. Log-in secrets are skipped, never read. Rows of results pass
// by, packet by packet, unread.
//
// What a direction needs to have together is bounded by maxHead bytes; all else is
// passed over by length. Compressed sessions are counted as blind. Bytes given to
// Parse are the sensor's; what is kept is copied.
package mysql

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares MySQL.
var Spec = proto.Spec{
	Name: "mysql", Doc: "MySQL and MariaDB: greeting, log-in, kinds of commands",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{3306},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f, phase: greeting} },
	Records: []*event.Schema{Schema}, Budget: maxHead + headLen,
}

const (
	headLen = 4
	maxHead = 1024 // bytes of a packet's payload that are looked at
	maxText = 128
)

// Capabilities of a client.
const (
	capCompress   = 1 << 5
	capSSL        = 1 << 11
	capProtocol41 = 1 << 9
	capAttributes = 1 << 27
)

// probe wants a server's greeting: protocol 10, a version that begins with a digit,
// and a packet that ends where a greeting may.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) < 6 {
		if len(b) > 2 && b[2] != 0 || len(b) > 3 && b[3] != 0 || len(b) > 4 && b[4] != 10 {
			return proto.No
		}
		return proto.Maybe
	}
	n := size(b)
	if n < 30 || n > 512 || b[3] != 0 || b[4] != 10 || b[5] < '0' || b[5] > '9' {
		return proto.No
	}
	end := bytes.IndexByte(b[5:], 0)
	switch {
	case end > 100 || end < 0 && len(b) > 110:
		return proto.No
	case end < 0:
		return proto.Maybe
	}
	if bytes.IndexByte(b[5:5+end], '.') < 0 {
		return proto.No
	}
	return proto.Yes
}

func size(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

type phase uint8

const (
	greeting phase = iota
	login          // the client answers the greeting
	proving        // the server looks at what the client sent
	commands
)

type analyzer struct {
	f       proto.Flow
	phase   phase
	caps    uint32
	sealed  bool
	blind   bool
	waiting *Record // the command without an answer
	since   event.Time
	greeted struct{ version, plugin string }
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	switch {
	case a.sealed:
		a.f.Hand(d, b, "ssl")
		return proto.Progress{Done: len(b)}, nil
	case a.blind:
		return proto.Progress{Done: math.MaxInt32}, nil
	case len(b) < headLen:
		return proto.Progress{Need: headLen}, nil
	}
	n := size(b)
	if want := headLen + min(n, maxHead); len(b) < want {
		return proto.Progress{Need: want}, nil
	}
	body := b[headLen : headLen+min(n, maxHead)]
	if d == proto.Resp {
		if err := a.server(body); err != nil {
			return proto.Progress{}, err
		}
	} else {
		a.client(body, b[3])
	}
	return proto.Progress{Done: headLen + n}, nil
}

// server reads a packet of the server; body may be cut.
func (a *analyzer) server(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	if a.phase == greeting {
		return a.greet(body)
	}
	if a.waiting == nil || a.phase == login {
		return nil
	}
	switch body[0] {
	case 0xff:
		a.answered(false, 0, fault(body))
	case 0:
		rows, _, _ := lenenc(body[1:])
		a.answered(true, rows, "")
	case 0xfe:
		if a.phase == proving && len(body) > 1 {
			plugin, _, _ := bytes.Cut(body[1:], []byte{0})
			a.greeted.plugin = text(plugin) // another way to prove oneself
			return nil
		}
		a.answered(true, 0, "")
	case 1:
		if a.phase == proving {
			return nil // more data for the proof
		}
		a.answered(true, 0, "")
	default:
		if a.phase == proving {
			return nil
		}
		a.answered(true, 0, "") // a result with that many columns
	}
	return nil
}

// greet reads the initial handshake packet.
func (a *analyzer) greet(b []byte) error {
	if b[0] == 0xff {
		return nil // refused before anybody could greet
	}
	if b[0] != 9 && b[0] != 10 {
		return &proto.Error{Code: "bad_greeting", Offset: headLen}
	}
	version, rest, ok := bytes.Cut(b[1:], []byte{0})
	if !ok {
		return &proto.Error{Code: "bad_greeting", Offset: headLen}
	}
	a.phase = login
	a.greeted.version = text(version)
	// Thread id, eight bytes of a challenge, a zero, capabilities, character set,
	// status, capabilities, length of the challenge, ten zeros, the rest of it.
	if len(rest) < 31 {
		return nil
	}
	more := max(13, int(rest[20])-8)
	if len(rest) > 31+more {
		plugin, _, _ := bytes.Cut(rest[31+more:], []byte{0})
		a.greeted.plugin = text(plugin)
	}
	return nil
}

func fault(b []byte) string {
	if len(b) < 3 {
		return ""
	}
	s := fmt.Sprintf("error %d", binary.LittleEndian.Uint16(b[1:]))
	if len(b) > 8 && b[3] == '#' {
		s += fmt.Sprintf(" (%s)", text(b[4:9]))
	}
	return s
}

// answered ends the command at hand.
func (a *analyzer) answered(ok bool, rows uint64, response string) {
	r := a.waiting
	r.Success = event.B(ok)
	if ok {
		r.Rows = event.N(rows)
		if a.phase == proving && a.caps&capCompress != 0 {
			a.blind = true
			a.f.Blind("mysql_compressed")
		}
	}
	r.Response = response
	r.AuthPlugin = a.plugin(r)
	a.emit()
	a.phase = commands
}

// plugin is the way to prove oneself, told with log-ins only.
func (a *analyzer) plugin(r *Record) string {
	if r.Command == "login" || r.Command == "change_user" {
		return a.greeted.plugin
	}
	return ""
}

func (a *analyzer) emit() {
	if a.waiting != nil {
		a.f.Emit(a.since, a.waiting)
		a.waiting = nil
	}
}

// client reads a packet of the client; body may be cut.
func (a *analyzer) client(body []byte, seq byte) {
	switch a.phase {
	case greeting, login:
		a.login(body)
	case commands:
		if seq == 0 && len(body) > 0 {
			a.command(body)
		}
	}
}

// login reads the handshake response, or the request for TLS that begins like it.
func (a *analyzer) login(b []byte) {
	if len(b) < 4 {
		return
	}
	caps := uint32(binary.LittleEndian.Uint16(b))
	name := b[min(len(b), 5):]
	if caps&capProtocol41 != 0 {
		caps = binary.LittleEndian.Uint32(b)
		name = b[min(len(b), 32):]
	}
	a.caps = caps
	r := &Record{Command: "login", ServerVersion: a.greeted.version}
	a.since, a.waiting = a.f.Now(), r
	if caps&capSSL != 0 && len(name) == 0 {
		r.Command, r.AuthPlugin = "ssl_request", a.greeted.plugin
		a.sealed = true
		a.emit()
		return
	}
	user, _, _ := bytes.Cut(name, []byte{0})
	r.Arg = text(user)
	a.phase = proving
}

// names of the commands (COM_...), as Zeek has them.
var names = [...]string{
	"sleep", "quit", "init_db", "query", "field_list", "create_db", "drop_db", "refresh", "shutdown", "statistics",
	"process_info", "connect", "process_kill", "debug", "ping", "time", "delayed_insert", "change_user", "binlog_dump",
	"table_dump", "connect_out", "register_slave", "stmt_prepare", "stmt_execute", "stmt_send_long_data", "stmt_close",
	"stmt_reset", "set_option", "stmt_fetch", "daemon", "binlog_dump_gtid", "reset_connection",
}

func (a *analyzer) command(b []byte) {
	a.emit() // the one before was never answered
	r := &Record{}
	if int(b[0]) < len(names) {
		r.Command = names[b[0]]
	} else {
		r.Command = fmt.Sprintf("unknown-%d", b[0])
	}
	arg := b[1:]
	switch r.Command {
	case "query":
		r.Arg = verb(a.statement(arg))
	case "init_db", "create_db", "drop_db":
		r.Arg = text(arg)
	case "field_list":
		table, _, _ := bytes.Cut(arg, []byte{0})
		r.Arg = text(table)
	case "change_user":
		user, _, _ := bytes.Cut(arg, []byte{0})
		r.Arg = text(user)
		a.phase = proving
	}
	a.since, a.waiting = a.f.Now(), r
	switch r.Command {
	case "quit", "statistics", "stmt_close", "stmt_send_long_data":
		a.emit() // has no answer of the usual form, or none
	}
}

// statement is the text of a query, behind its attributes if it has places for them
// but none is given; nil if there are some.
func (a *analyzer) statement(b []byte) []byte {
	if a.caps&capAttributes == 0 {
		return b
	}
	n, used, ok := lenenc(b)
	if !ok || n > 0 || len(b) < used+1 {
		return nil
	}
	return b[used+1:]
}

// verb is the first word of a statement, in capitals.
func verb(b []byte) string {
	b = bytes.TrimLeft(b, " \t\r\n(")
	n := 0
	for n < len(b) && n < 16 && (b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z') {
		n++
	}
	return string(bytes.ToUpper(b[:n]))
}

// lenenc reads a length-encoded integer.
func lenenc(b []byte) (v uint64, used int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	n := map[byte]int{0xfc: 2, 0xfd: 3, 0xfe: 8}[b[0]]
	if n == 0 {
		return uint64(b[0]), 1, b[0] < 0xfb
	}
	if len(b) < 1+n {
		return 0, 0, false
	}
	for i := n; i > 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v, 1 + n, true
}

func text(b []byte) string { return charset.Plain(b, maxText) }

// Gap ends the reading: a border of packets cannot be found again for certain.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.emit()
	return false
}

// End writes down a command that was never answered.
func (a *analyzer) End(d proto.Dir) {
	if d == proto.Resp {
		a.emit()
	}
}
