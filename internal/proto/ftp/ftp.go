// Package ftp understands the control conversation of FTP (RFC 959, RFC 2428) and
// its step into TLS (RFC 2228, RFC 4217): who logs in, which files are fetched,
// stored and deleted, where the data conversations go, and what server it is.
//
// The log ftp is Zeek's: one record for each command that moves or deletes a file
// or opens a data conversation. The log ftp_session is ours: one record for each
// conversation, with the server's greeting and what became of the login.
//
// It refuses to know passwords: of PASS and ACCT only that they were sent is kept.
// In a hospital the names of files hold names and numbers of patients, and nobody
// can tell those from others. So a name leaves only if it is one of a few generic
// words or that of a program; any other becomes a keyed mark with the extension,
// equal for equal names (mask.go). Replies go through the same mask. Contents are
// in other conversations and are not looked at. After AUTH TLS was granted all
// bytes go to the dispatcher as TLS.
//
// Replies are paired with commands in order, as RFC 959 5.4 has them; only STAT
// during a transfer is answered out of turn. At most maxPending commands wait, a
// line is read up to maxLine bytes, texts in records are cut at maxText. Bytes given
// to Parse are the sensor's; what is kept is copied.
package ftp

import (
	"bytes"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Spec declares FTP's control conversation.
var Spec = proto.Spec{
	Name:       "ftp",
	Doc:        "FTP control conversations: logins, transfers, data channels, step into TLS",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{21, 2121},
	Probe:      probe,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema, SessionSchema},
	Budget:     maxLine + 1,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxLine    = 2048 // bytes of a line that are read
	maxText    = 512  // bytes of one text in a record
	maxPending = 20   // commands that wait for their answer; more are not followed
	maxPath    = 1024 // bytes of the working directory
)

// probe recognises the server by its greeting and second reply, the client by
// commands that no other protocol has.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if c := b[0]; c == '1' || c == '2' {
		return probeReplies(b)
	}
	return probeCommands(b)
}

// probeReplies wants 220 (or 120) and in the greeting the name of the protocol, or
// a second reply that SMTP, which greets in the same way, does not have.
func probeReplies(b []byte) proto.Match {
	for n := 0; n < 8; n++ {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		if n == 0 && !begins(line, "220") && !begins(line, "120") {
			return probePassive(b)
		}
		if len(line) > 3 && line[3] != ' ' && line[3] != '-' && line[3] != '\r' && n == 0 {
			return proto.No
		}
		if !ended {
			return proto.Maybe
		}
		switch word := secondReply(line); {
		case wire.Holds(line, "smtp"):
			return proto.No
		case wire.Holds(line, "ftp"):
			return proto.Yes
		case n > 0 && word != proto.Maybe:
			return word
		}
		b = rest
	}
	return proto.No
}

// probePassive recognises the middle of a conversation by the reply to PASV or
// EPSV, which names an address in a form of its own.
func probePassive(b []byte) proto.Match {
	line, _, ended := bytes.Cut(b[:min(len(b), 128)], []byte{'\n'})
	if !begins(line, "227 ") && !begins(line, "229 ") {
		return proto.No
	}
	if !ended {
		return proto.Maybe
	}
	parse := parseSix
	if line[2] == '9' {
		parse = parseExtended
	}
	if _, _, ok := parse(string(line)); !ok {
		return proto.No
	}
	return proto.Yes
}

// begins compares the start of a line that may not be all there.
func begins(line []byte, code string) bool {
	n := min(len(line), len(code))
	return string(line[:n]) == code[:n]
}

// secondReply says whether a reply line is of FTP alone, of SMTP alone, or of
// either.
func secondReply(line []byte) proto.Match {
	if len(line) < 4 || line[3] != ' ' && line[3] != '-' {
		return proto.Maybe
	}
	switch string(line[:3]) {
	case "331", "332", "230", "232", "234", "215", "200", "202", "227", "229", "257", "150", "226":
		return proto.Yes
	case "250", "354", "235", "334", "251", "252", "454":
		return proto.No
	}
	return proto.Maybe
}

// probeCommands wants a login and after it a command that POP3, which logs in with
// the same words, does not have.
func probeCommands(b []byte) proto.Match {
	for n := 0; n < 4; n++ {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		if !ended && len(line) > 64 {
			return proto.No
		}
		if !ended {
			if n > 0 || couldBe(line) {
				return proto.Maybe
			}
			return proto.No
		}
		line = bytes.TrimSuffix(line, []byte{'\r'})
		var room [8]byte
		switch verb, arg, _ := bytes.Cut(line, []byte{' '}); string(upper(&room, verb)) {
		case "USER":
			if len(arg) == 0 || bytes.ContainsAny(arg, ":*") { // the user of IRC has more words
				return proto.No
			}
		case "PASS":
			if n == 0 {
				return proto.No
			}
		case "AUTH":
			switch string(upper(&room, arg)) {
			case "TLS", "SSL", "TLS-C", "GSSAPI":
				return proto.Yes
			}
			return proto.No
		case "PORT":
			if _, _, ok := parseSix(string(arg)); !ok {
				return proto.No
			}
			return proto.Yes
		case "PASV", "EPSV":
			if len(arg) > 0 && n == 0 {
				return proto.No
			}
			return proto.Yes
		case "SYST", "FEAT", "PWD", "XPWD", "TYPE", "CWD", "EPRT", "OPTS", "PBSZ", "PROT":
			if n > 0 {
				return proto.Yes
			}
			return proto.No
		default:
			return proto.No
		}
		b = rest
	}
	return proto.No
}

// couldBe says whether an unfinished first line can become one that is known.
func couldBe(line []byte) bool {
	n := min(len(line), 4)
	var room [8]byte
	switch string(upper(&room, line[:n])) {
	case "USER"[:n], "AUTH"[:n], "PASV"[:n], "EPSV"[:n], "PORT"[:n]:
		return n < 4 || len(line) == 4 || line[4] == ' ' || line[4] == '\r'
	}
	return false
}

// upper is a word in capitals, within room: all strangers' lines come by here. A
// word that does not fit is none of ours and comes back empty.
func upper(room *[8]byte, word []byte) []byte {
	if len(word) > len(room) {
		return nil
	}
	for i, c := range word {
		if 'a' <= c && c <= 'z' {
			c -= 0x20
		}
		room[i] = c
	}
	return room[:len(word)]
}
