// Package wsman understands remote shells and management of Windows over HTTP: WinRM,
// which is WS-Management (DSP0226) with the additions of MS-WSMV.
//
// One record tells of each exchange: what was asked (create a shell, run a command, send
// to it, receive from it, enumerate, get, put, invoke a method of WMI, identify,
// subscribe), of which resource, and how the server answered. A message is known by the
// name spaces within it, by the media types of sealed messages, or as a POST to the
// service's own path.
//
// Of a command only its program leaves, the first word, and whether there was more:
// arguments hold passwords too often. What goes into a shell and what comes out is
// passed over, so are values of selectors other than the shell's identity, and texts of
// faults. Of credentials the scheme is told, and of Basic the user's name (class
// person), never the password. Sealed messages (MS-WSMV 2.2.9.1) are counted: that there
// was a call and its status is seen, its words are not.
//
// It refuses document types and nesting beyond maxDepth, and reads no broken XML any
// further. Memory: content comes in pieces that belong to the sensor and is not
// gathered. A conversation holds at most maxExchanges exchanges without an answer and
// for each direction a walker of about 700 bytes, made when the first content comes.
package wsman

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// maxExchanges bounds what waits for an answer; the oldest is told as it is.
const maxExchanges = 32

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "wsman",
	Doc:        "WinRM and WS-Management over HTTP: remote shells, commands and WMI",
	Transports: proto.Content,
	Wants:      wants,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema},
}

// The anomalies.
const (
	badXML         = "bad_xml"
	tooManyPending = "too_many_exchanges"
)

// wants looks at the head of an entity.
func wants(e *proto.Entity) bool {
	if e.Response && e.Status < 200 {
		return false
	}
	return own(e) || sealed(e.Type) != "" || soap(e.Type)
}

// own reports a request to the path of the service (MS-WSMV 2.1), or its answer.
func own(e *proto.Entity) bool {
	if e.Method != "POST" || !strings.Contains(e.Target, "/wsman") {
		return false
	}
	path, _ := rest.Split(e.Target)
	return path == "/wsman" || strings.HasPrefix(path, "/wsman/") || strings.HasPrefix(path, "/wsman-anon/")
}

// soap reports the media type of SOAP 1.2 (RFC 3902).
func soap(contentType string) bool {
	const want = "application/soap+xml"
	return len(contentType) >= len(want) && strings.EqualFold(contentType[:len(want)], want) && rest.Media(contentType) == want
}

// sealed is how messages of a media type are sealed, empty if they are in clear
// (MS-WSMV 2.2.9.1).
func sealed(contentType string) string {
	if len(contentType) < 10 || contentType[0]|0x20 != 'm' {
		return ""
	}
	if m := rest.Media(contentType); m != "multipart/encrypted" && m != "multipart/x-multi-encrypted" {
		return ""
	}
	switch strings.ToLower(rest.Param(contentType, "protocol")) {
	case "application/http-spnego-session-encrypted":
		return "spnego"
	case "application/http-kerberos-session-encrypted":
		return "kerberos"
	case "application/http-credssp-session-encrypted":
		return "credssp"
	}
	return ""
}
