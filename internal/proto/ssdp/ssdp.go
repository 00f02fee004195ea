// Package ssdp understands the Simple Service Discovery Protocol of UPnP (UPnP
// Device Architecture 1.1 and 2.0, section 1): announcements, searches and their
// answers, HTTP header fields without content in single datagrams.
//
// Each datagram is one record; devices repeat themselves for each of their
// services, and nothing is kept between datagrams. The device behind an
// announcement or an answer is its sender, whatever the addresses in it say.
//
// It refuses to fetch descriptions (it cannot send), to read header fields beyond
// those of the architecture, and lines or values without bound. What is not one
// of the three start lines of the architecture is not taken for it. The bytes
// belong to the sensor; a record owns bounded copies.
package ssdp

import (
	"bytes"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Bounds of a datagram.
const (
	maxFields = 64
	maxText   = 256
	look      = 1024 // bytes in which the probe looks for a field of an answer
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "ssdp",
	Doc:        "Simple Service Discovery Protocol of UPnP",
	Transports: proto.UDP,
	Ports:      []uint16{1900},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema},
}

// Record is one datagram.
type Record struct {
	IsOrig    bool        `log:"is_orig,always" doc:"Sent by the side that opened the conversation"`
	Method    string      `log:"method" doc:"notify, search or response"`
	Target    string      `log:"target" doc:"What is announced, searched or found (NT or ST)"`
	Kind      string      `log:"nts" doc:"Kind of announcement: alive, byebye, update or propchange"`
	USN       string      `log:"usn" doc:"Unique service name"`
	UUID      string      `log:"uuid" doc:"Identifier of the device in it"`
	MAC       netid.MAC   `log:"uuid_mac" doc:"Hardware address in the identifier, if it is of version 1 (RFC 9562)"`
	Server    string      `log:"server" doc:"Operating system, UPnP version and product"`
	UserAgent string      `log:"user_agent" doc:"The same of who searches"`
	Location  string      `log:"location" doc:"Where the device describes itself"`
	MaxAge    event.Count `log:"max_age" doc:"Seconds that this is valid"`
}

// Schema of the ssdp log.
var Schema = event.NewSchema[Record]("ssdp", "One announcement, search or answer of UPnP")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

var (
	search   = []byte("M-SEARCH * HTTP/1.")
	notify   = []byte("NOTIFY * HTTP/1.")
	response = []byte("HTTP/1.")
)

// probe accepts the start lines of the architecture; an answer must name a search
// target or a service besides, since it begins as any of HTTP.
func probe(_ proto.Dir, head []byte) proto.Match {
	switch {
	case bytes.HasPrefix(head, search), bytes.HasPrefix(head, notify):
		return proto.Yes
	case len(head) > 12 && bytes.HasPrefix(head, response) && string(head[8:12]) == " 200":
		for i := 0; i < min(len(head), look); {
			n := bytes.IndexByte(head[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			if hasName(head[i:], "st") || hasName(head[i:], "usn") {
				return proto.Yes
			}
		}
	}
	return proto.No
}

// hasName says that a line begins with a field name, which is lower case here.
func hasName(line []byte, name string) bool {
	return len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name)
}

// analyzer reads datagrams; it keeps nothing between them.
type analyzer struct {
	flow  proto.Flow
	begun bool
}

// Packet implements proto.Datagram (UPnP Device Architecture 1.1, 1.2 and 1.3).
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	rec := &Record{}
	switch {
	case bytes.HasPrefix(b, search):
		rec.Method = "search"
	case bytes.HasPrefix(b, notify):
		rec.Method = "notify"
	case bytes.HasPrefix(b, response):
		rec.Method = "response"
		if !a.begun && d == proto.Orig && a.flow.Flip() {
			d = proto.Resp // the search went to the group
		}
	default:
		return &proto.Error{Code: "bad_start_line"}
	}
	a.begun = true
	rec.IsOrig = d == proto.Orig
	end := bytes.IndexByte(b, '\n')
	for n := 0; end >= 0 && n < maxFields; n++ {
		b = b[end+1:]
		end = bytes.IndexByte(b, '\n')
		line := b
		if end >= 0 {
			line = b[:end]
		}
		if line = bytes.TrimRight(line, "\r"); len(line) == 0 {
			break
		}
		i := bytes.IndexByte(line, ':')
		if i <= 0 {
			a.flow.Weird("bad_header", 0)
			continue
		}
		rec.field(string(bytes.ToLower(line[:min(i, 32)])), text(line[i+1:]))
	}
	a.flow.Emit(a.flow.Now(), rec)
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// field takes a header field.
func (rec *Record) field(name, value string) {
	switch name {
	case "nt", "st":
		rec.Target = value
	case "nts":
		rec.Kind = strings.TrimPrefix(strings.TrimPrefix(value, "ssdp:"), "upnp:")
	case "usn":
		rec.USN = value
		id, _, _ := strings.Cut(value, "::")
		if id, ok := strings.CutPrefix(id, "uuid:"); ok {
			rec.UUID, rec.MAC = id, uuidMAC(id)
		}
	case "server":
		rec.Server = value
	case "user-agent":
		rec.UserAgent = value
	case "location", "al":
		if rec.Location == "" {
			rec.Location = value
		}
	case "cache-control":
		if _, age, ok := strings.Cut(strings.ToLower(value), "max-age"); ok {
			if n, err := strconv.ParseUint(strings.Trim(age, " ="), 10, 32); err == nil {
				rec.MaxAge = event.N(n)
			}
		}
	}
}

// text is a bounded copy of a field's value.
func text(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[:min(len(b), maxText)])
}

// uuidMAC is the hardware address in an identifier of version 1 (RFC 9562 5.1),
// zero if there is none.
func uuidMAC(s string) netid.MAC {
	var m netid.MAC
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[14] != '1' || s[23] != '-' {
		return m
	}
	for i := range m {
		n, err := strconv.ParseUint(s[24+2*i:26+2*i], 16, 8)
		if err != nil {
			return netid.MAC{}
		}
		m[i] = byte(n)
	}
	if m.IsGroup() { // not from a card but drawn
		return netid.MAC{}
	}
	return m
}
