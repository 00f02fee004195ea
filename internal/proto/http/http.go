// Package http understands HTTP/1 (RFC 9110, RFC 9112) from either side of a
// connection: pipelined requests, interim and early answers, chunked and coded
// content, and conversations that turn into something else (Upgrade, CONNECT).
//
// One record tells of one request with its answer, in the fields and values of
// Zeek's http log. A final answer that comes before the content of its request
// has ended does not split the record in two: it is written when both are done.
// Content itself is not read here. The head of each message is shown to the
// protocols of kind Content; what none of them wants is passed over by letting
// Done run ahead, so that bulk costs its head alone. Bytes behind a 101 or a
// granted CONNECT go back to the dispatcher.
//
// It refuses to keep passwords, cookies and patients. Of Basic credentials only
// the user's name leaves (class person). In addresses that belong to a clinical
// interface (DICOMweb, FHIR), and behind keys that name a patient anywhere, values
// become short keyed marks; see private.go. HTTP/2 is recognised and counted.
//
// Memory: a head that lies whole in the bytes given is read in place; one that
// comes in parts is gathered, at most maxHead bytes. All texts of a head become
// one string that belongs to the record. Requests that wait for their answer are
// at most maxWait; coded content that somebody takes is undone as it comes, in an
// inflater of 40 KiB (package inflate).
package http

import (
	"bytes"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares HTTP/1.
var Spec = proto.Spec{
	Name:       "http",
	Doc:        "HTTP/1: requests with their answers, and what they turn into",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{80, 8080, 8000, 8042, 8888, 81, 631, 3128, 1080, 5985, 8088, 9200},
	Probe:      probe,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema},
	Budget:     maxHead + 4096,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxHead   = 64 << 10  // bytes of a head, of a trailer, and of a line
	maxText   = 4096      // bytes of one text in a record
	maxNames  = 100       // header names in a record
	maxVia    = 16        // proxy headers in a record
	maxWait   = 100       // requests that wait for their answer
	freeClear = 128 << 10 // bytes that any coded content may become
	maxRatio  = 64        // bytes that one byte of more may become: a bomb costs time too
	maxLine   = 4 << 10   // bytes of a chunk's size line
	maxToken  = 32        // bytes of a method
	maxLength = 1 << 50   // bytes that a message may claim to have
)

// probe recognises the start of a request or of an answer, from either side.
func probe(_ proto.Dir, head []byte) proto.Match {
	if len(head) == 0 {
		return proto.Maybe
	}
	if m := statusStart(head); m != proto.No {
		return m
	}
	return probeRequest(head)
}

const version = "HTTP/"

// statusStart looks for "HTTP/1." and a digit, or what can become it.
func statusStart(b []byte) proto.Match {
	const want = "HTTP/1."
	n := min(len(b), len(want))
	if string(b[:n]) != want[:n] {
		return proto.No
	}
	if len(b) < len(want)+5 {
		return proto.Maybe
	}
	if !digit(b[7]) || b[8] != ' ' || !digit(b[9]) || !digit(b[10]) || !digit(b[11]) {
		return proto.No
	}
	return proto.Yes
}

// requestStart looks for a method in capitals and a space.
func requestStart(b []byte) proto.Match {
	for i, c := range b {
		switch {
		case c >= 'A' && c <= 'Z' || i > 0 && (c == '-' || c == '_'):
			if i >= maxToken {
				return proto.No
			}
		case c == ' ' && i >= 3:
			return proto.Yes
		default:
			return proto.No
		}
	}
	return proto.Maybe
}

// probeRequest wants a whole request line: a method, a target and the version, or
// for the oldest form a GET of a path alone (RFC 1945 4.1). A line that does not
// fit into what is kept for probing is believed for a known method and a path.
func probeRequest(b []byte) proto.Match {
	if m := requestStart(b); m != proto.Yes {
		return m
	}
	sp := bytes.IndexByte(b, ' ')
	_, known := methodName(b[:sp])
	end := bytes.IndexByte(b, '\n')
	line := b[sp:]
	if end >= 0 {
		line = bytes.TrimSuffix(b[sp:end], []byte{'\r'})
	}
	for i, c := range line {
		if c < ' ' && (c != '\r' || i+1 < len(line)) || c == ' ' && i > 0 && !known {
			if c == ' ' && versionPrefix(line[i:]) {
				continue
			}
			return proto.No
		}
	}
	if end < 0 {
		switch {
		case len(b) < proto.ProbeMax:
			return proto.Maybe
		case known && b[sp+1] == '/':
			return proto.Yes
		}
		return proto.No
	}
	n := len(line) - len(" HTTP/1.1")
	switch {
	case n >= 0 && versionPrefix(line[n:]) && (n > 1 || n == 0 && known):
		return proto.Yes
	case !bytes.HasPrefix(line, []byte(" /")) || string(b[:sp]) != "GET":
		return proto.No
	}
	return proto.Yes
}

// versionPrefix tells whether b begins with " HTTP/d.d", as far as it goes.
func versionPrefix(b []byte) bool {
	const want = " HTTP/"
	n := min(len(b), len(want))
	if string(b[:n]) != want[:n] {
		return false
	}
	b = b[n:]
	return (len(b) < 1 || digit(b[0])) && (len(b) < 2 || b[1] == '.') && (len(b) < 3 || digit(b[2]))
}

func digit(c byte) bool { return c-'0' < 10 }
