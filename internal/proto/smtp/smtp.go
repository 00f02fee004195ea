// Package smtp understands the transfer of mail (RFC 5321), with pipelining (RFC
// 2920), chunks (RFC 3030), authentication (RFC 4954) and the step into TLS (RFC
// 3207).
//
// The log smtp is Zeek's: one record for each message, or for a conversation that
// brought none. Fields of ours beside Zeek's tell of the server: its greeting, what
// it offers, and whether passwords go in clear.
//
// It refuses to read letters. Of a message only the header fields that have a
// column are kept (RFC 5322); its body is passed over, without looking at a byte
// twice. A subject in a hospital names patients, so it leaves only as a keyed mark.
// Passwords and user names of AUTH are never kept; the tokens of NTLM and GSSAPI
// go to the dispatcher, as do all bytes after STARTTLS was granted.
//
// Replies are paired with commands in order. At most maxPending commands wait, a
// line is read up to maxLine bytes, lists and texts in records are bounded. Bytes
// given to Parse are the sensor's; what is kept is copied.
package smtp

import (
	"bytes"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// Spec declares SMTP.
var Spec = proto.Spec{
	Name:       "smtp",
	Doc:        "SMTP: envelopes and the header fields of messages, authentication, step into TLS",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{25, 587, 2525},
	Probe:      probe,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema},
	Budget:     maxLine + 1,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxLine    = 4096 // bytes of a line that are read
	maxText    = 1024 // bytes of one text in a record
	maxAddress = 320  // bytes of an address (RFC 5321 4.5.3.1: 64 + 1 + 255)
	maxList    = 32   // addresses in a list of a record
	maxPath    = 16   // hosts in the path
	maxPending = 128  // commands that wait for their answer
	maxStrange = 16   // lines that are no commands before the flow is given up
)

// probe recognises the server by a greeting that names the protocol or a second
// reply that FTP does not give, the client by its EHLO or HELO.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if b[0] == '2' || b[0] == '4' || b[0] == '5' {
		return probeReplies(b)
	}
	for _, verb := range [...]string{"EHLO ", "HELO ", "LHLO "} {
		n := min(len(b), len(verb))
		if !bytes.EqualFold(b[:n], []byte(verb[:n])) {
			continue
		}
		line, _, ended := bytes.Cut(b[:min(len(b), 320)], []byte{'\n'})
		switch {
		case ended && len(line) > len(verb)+1 && printable(line):
			return proto.Yes
		case !ended && len(b) < 320:
			return proto.Maybe
		}
	}
	return proto.No
}

// probeReplies wants a greeting (220, or 554 and 421 of one that refuses) and in it
// or after it what only SMTP says.
func probeReplies(b []byte) proto.Match {
	for n := 0; n < 8; n++ {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		if n == 0 && !begins(line, "220") && !begins(line, "554") && !begins(line, "421") {
			return proto.No
		}
		if n == 0 && len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return proto.No
		}
		if !ended {
			return proto.Maybe
		}
		switch {
		case wire.Holds(line, "smtp"), n == 0 && wire.Holds(line, "postfix"), n == 0 && wire.Holds(line, "exim"), n == 0 && wire.Holds(line, "sendmail"):
			return proto.Yes
		case wire.Holds(line, "ftp"):
			return proto.No
		case n > 0 && begins(line, "250") && len(line) > 3:
			return proto.Yes
		case n > 0 && (len(line) < 4 || line[0] == '3' || begins(line, "230") || begins(line, "200") || begins(line, "215")):
			return proto.No
		}
		b = rest
	}
	return proto.No
}

// begins compares the start of a line that may not be all there.
func begins(line []byte, code string) bool {
	n := min(len(line), len(code))
	return string(line[:n]) == code[:n]
}

func printable(line []byte) bool {
	for _, c := range bytes.TrimSuffix(line, []byte{'\r'}) {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return true
}
