package syslog

import (
	"bytes"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// analyzer is the state of one conversation.
type analyzer struct {
	flow    proto.Flow
	scanned [2]int // bytes of a direction that hold no line end
	begun   [2]bool
	lost    [2]bool // after a gap: the start of a message is not known
}

// Packet implements proto.Datagram: one datagram is one message (RFC 5426 3.1).
func (a *analyzer) Packet(_ proto.Dir, b []byte) error {
	a.message("udp", b, len(b), true)
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// Parse implements proto.Analyzer (RFC 6587 3.4).
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.lost[d] {
		return a.resync(d, b), nil
	}
	if len(b) == 0 {
		return proto.Progress{}, nil
	}
	if b[0] >= '1' && b[0] <= '9' {
		return a.counted(d, b)
	}
	if b[0] != '<' && a.begun[d] && (b[0] == '\n' || b[0] == '\r' || b[0] == 0) {
		return proto.Progress{Done: 1}, nil // a trailer of two bytes
	}
	_, n, ok := priority(b)
	if !ok {
		if n < 0 {
			return proto.Progress{Need: len(b) + 1}, nil
		}
		return proto.Progress{}, &proto.Error{Code: "no_priority"}
	}
	a.begun[d] = true
	return a.line(d, b)
}

// counted reads a message with its length before it (RFC 6587 3.4.1).
func (a *analyzer) counted(d proto.Dir, b []byte) (proto.Progress, error) {
	size, digits := number(b, maxCount)
	if digits == len(b) {
		return proto.Progress{Need: len(b) + 1}, nil
	}
	if b[digits] != ' ' {
		return proto.Progress{}, &proto.Error{Code: "bad_length"}
	}
	head := digits + 1
	if size > maxMessage {
		// Its header is enough to tell who speaks; the rest passes by.
		const enough = 1024
		if len(b) < head+enough {
			return proto.Progress{Need: head + enough}, nil
		}
		if _, _, ok := priority(b[head:]); !ok {
			return proto.Progress{}, &proto.Error{Code: "no_priority", Offset: head}
		}
		a.flow.Weird("long_message", 0)
		a.begun[d] = true
		a.message("tcp", b[head:head+enough], size, false)
		return proto.Progress{Done: head + size}, nil
	}
	if len(b) < head+size {
		return proto.Progress{Need: head + size}, nil
	}
	if _, _, ok := priority(b[head : head+size]); !ok {
		return proto.Progress{}, &proto.Error{Code: "no_priority", Offset: head}
	}
	a.begun[d] = true
	a.message("tcp", b[head:head+size], size, true)
	return proto.Progress{Done: head + size}, nil
}

// line reads a message up to its trailer (RFC 6587 3.4.2): a line feed or, with
// some senders, a zero byte. No byte is searched twice.
func (a *analyzer) line(d proto.Dir, b []byte) (proto.Progress, error) {
	fresh := b[a.scanned[d]:]
	i := bytes.IndexByte(fresh, '\n')
	if i >= 0 {
		fresh = fresh[:i]
	}
	if z := bytes.IndexByte(fresh, 0); z >= 0 {
		i = z
	}
	end := a.scanned[d] + i
	switch {
	case i >= 0 && end < maxMessage:
	case len(b) >= maxMessage:
		a.flow.Weird("long_message", 0)
		a.message("tcp", b[:maxMessage], maxMessage, false)
		a.scanned[d], a.lost[d] = 0, true
		return proto.Progress{Done: maxMessage}, nil
	default:
		a.scanned[d] = len(b)
		return proto.Progress{Need: len(b) + 1}, nil
	}
	a.scanned[d] = 0
	body := bytes.TrimSuffix(b[:end], []byte{'\r'})
	a.message("tcp", body, len(body), true)
	return proto.Progress{Done: end + 1}, nil
}

// resync looks for the end of a message of which the beginning is lost.
func (a *analyzer) resync(d proto.Dir, b []byte) proto.Progress {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return proto.Progress{Done: len(b)}
	}
	if i+1 == len(b) {
		return proto.Progress{Done: i, Need: 2}
	}
	if b[i+1] != '<' {
		return proto.Progress{Done: i + 1}
	}
	a.lost[d] = false
	return proto.Progress{Done: i + 1}
}

// Gap implements proto.Analyzer. Messages with a trailer are found again behind
// it.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	a.scanned[d], a.lost[d] = 0, true
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(proto.Dir) {}

// message reads one message. size is its length, of which b is
// the beginning if it is not whole.
func (a *analyzer) message(transport string, b []byte, size int, whole bool) {
	r := &Record{Proto: transport, Facility: unspecified, Severity: unspecified, Format: "other"}
	if pri, n, ok := priority(b); ok {
		r.Facility, r.Severity = facilities[pri>>3], severities[pri&7]
		b, size = b[n:], size-n
	}
	r.Size = uint64(size)
	text := b
	for _, form := range []func(*Record, []byte) ([]byte, bool){modern, legacy, cisco} {
		if rest, ok := form(r, b); ok {
			text = rest
			break
		}
	}
	text = bytes.TrimRight(text, "\r\n\x00")
	if whole && len(text) > 0 {
		r.Mark = a.flow.Pseudonym("syslog", text)
	}
	now := a.flow.Now()
	a.flow.Emit(now, r)
	if start := auditStart(text); start >= 0 && whole {
		a.audit(now, text[start:])
	}
}

// field takes what stands before the next space; "-" is nothing (RFC 5424 6.2).
func field(b []byte, most int) (value, rest []byte, ok bool) {
	i := bytes.IndexByte(b[:min(len(b), most+1)], ' ')
	if i <= 0 {
		return nil, nil, false
	}
	for _, c := range b[:i] {
		if c < '!' || c > '~' {
			return nil, nil, false
		}
	}
	return b[:i], b[i+1:], true
}

func word(b []byte) string {
	if string(b) == "-" {
		return ""
	}
	return string(b)
}

// modern reads the header of RFC 5424 6. The structured data is not kept.
func modern(r *Record, b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != '1' || b[1] != ' ' {
		return nil, false
	}
	stamp, rest, ok := field(b[2:], 40)
	if !ok || string(stamp) != "-" && !dated(stamp) {
		return nil, false // words of a text must not pass for a host and a program
	}
	host, rest, ok1 := field(rest, maxName)
	app, rest, ok2 := field(rest, 128)
	_, rest, ok3 := field(rest, 128) // PROCID
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	id, rest, ok := field(rest, 128)
	if !ok {
		return nil, false
	}
	r.Format, r.Host = "rfc5424", word(host)
	r.App, r.MsgID = word(app[:min(len(app), maxApp)]), word(id[:min(len(id), maxID)])
	if t, err := time.Parse(time.RFC3339Nano, string(stamp)); err == nil && t.Year() >= 1970 && t.Year() < 2262 {
		r.Sent = event.Time(t.UnixNano())
	}
	return bytes.TrimPrefix(structured(rest), []byte("\xef\xbb\xbf")), true
}

// dated says that b begins with a date as RFC 3339 has it.
func dated(b []byte) bool {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return false
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9} {
		if b[i] < '0' || b[i] > '9' {
			return false
		}
	}
	return true
}

// structured passes over structured data (RFC 5424 6.3): what is damaged counts
// as text.
func structured(b []byte) []byte {
	if len(b) > 0 && b[0] == '-' {
		return bytes.TrimPrefix(b[1:], []byte{' '})
	}
	i, quoted := 0, false
	for i < len(b) && (quoted || b[i] == '[') {
		for i < len(b) {
			c := b[i]
			i++
			if c == '\\' && quoted {
				i++
			} else if c == '"' {
				quoted = !quoted
			} else if c == ']' && !quoted {
				break
			}
		}
	}
	return bytes.TrimPrefix(b[min(i, len(b)):], []byte{' '})
}

// months are those of RFC 3164 4.1.2, three letters each.
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// stamped says that b begins with "Mmm dd hh:mm:ss" and how long that is; some
// put a year or fractions of seconds behind.
func stamped(b []byte) (int, bool) {
	if len(b) < 15 || bytes.Index([]byte(months), b[:3])%3 != 0 || b[3] != ' ' || b[6] != ' ' || b[9] != ':' || b[12] != ':' {
		return 0, false
	}
	for _, i := range [...]int{5, 7, 8, 10, 11, 13, 14} {
		if b[i] < '0' || b[i] > '9' {
			return 0, false
		}
	}
	n := 15
	for n < len(b) && n < 24 && (b[n] == '.' || b[n] >= '0' && b[n] <= '9') {
		n++
	}
	return n, true
}

// legacy reads the header of RFC 3164 4.1: time, host and tag. A host or a tag
// that does not look like one is text, which is not kept.
func legacy(r *Record, b []byte) ([]byte, bool) {
	n, ok := stamped(b)
	if !ok || n >= len(b) || b[n] != ' ' {
		return nil, false
	}
	rest := b[n+1:]
	r.Format = "rfc3164"
	if app, text, ok := tag(rest); ok { // the host is left out
		r.App = app
		return text, true
	}
	host, behind, ok := field(rest, maxName)
	if !ok || !plain(host, "-._:") {
		return rest, true
	}
	app, text, ok := tag(behind)
	if !ok {
		return rest, true // it might be the first word of a text
	}
	r.Host, r.App = string(host), app
	if _, digits := number(behind, maxApp); digits == len(app) {
		r.App = "" // Cisco numbers its messages where the name of a program stands
		if i := bytes.IndexByte(text[:min(len(text), 48)], '%'); i >= 0 {
			if id, behind, ok := mnemonic(text[i:]); ok {
				r.MsgID, text = id, behind
			}
		}
	}
	return text, true
}

// tag reads the name of a program before "[" or ":" (RFC 3164 4.1.3).
func tag(b []byte) (app string, text []byte, ok bool) {
	i := bytes.IndexAny(b[:min(len(b), maxApp+1)], ":[ ")
	if i <= 0 || b[i] == ' ' || !plain(b[:i], "-._/") {
		return "", nil, false
	}
	rest := b[i:]
	if rest[0] == '[' {
		end := bytes.IndexByte(rest[:min(len(rest), 16)], ']')
		if end < 2 || end+1 >= len(rest) || rest[end+1] != ':' {
			return "", nil, false
		}
		rest = rest[end+1:]
	}
	if len(rest) > 1 && rest[1] != ' ' {
		return "", nil, false
	}
	return string(b[:i]), bytes.TrimPrefix(rest[1:], []byte{' '}), true
}

// plain says that b is letters, digits and the characters of more.
func plain(b []byte, more string) bool {
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || bytes.IndexByte([]byte(more), c) >= 0 {
			continue
		}
		return false
	}
	return len(b) > 0
}

// cisco reads the form of Cisco's systems: a number, perhaps the host, the time
// with a mark for a clock that is not set, and %FACILITY-SEVERITY-MNEMONIC.
func cisco(r *Record, b []byte) ([]byte, bool) {
	_, digits := number(b, 10)
	if digits == 0 || !bytes.HasPrefix(b[digits:], []byte(": ")) {
		return nil, false
	}
	rest := b[digits+2:]
	var host []byte
	if i := bytes.Index(rest[:min(len(rest), 80)], []byte(": ")); i > 0 && plain(rest[:i], "-._") {
		host, rest = rest[:i], rest[i+2:]
	}
	n, ok := stamped(bytes.TrimLeft(rest, "*."))
	if !ok {
		return nil, false
	}
	rest = bytes.TrimLeft(rest, "*.")[n:]
	i := bytes.Index(rest[:min(len(rest), 16)], []byte(": %")) // a zone may stand between
	if i < 0 {
		return nil, false
	}
	id, text, ok := mnemonic(rest[i+2:])
	if !ok {
		return nil, false
	}
	r.Format, r.Host, r.MsgID = "cisco", string(host), id
	return text, true
}

// mnemonic reads %FACILITY-SEVERITY-MNEMONIC and a colon.
func mnemonic(b []byte) (id string, text []byte, ok bool) {
	end := bytes.IndexByte(b[:min(len(b), maxID)], ':')
	if end < 6 || b[0] != '%' || !plain(b[1:end], "-_") || bytes.Count(b[1:end], []byte{'-'}) < 2 {
		return "", nil, false
	}
	return string(b[1:end]), bytes.TrimPrefix(b[end+1:], []byte{' '}), true
}
