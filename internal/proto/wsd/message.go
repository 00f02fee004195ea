package wsd

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// analyzer reads messages; it keeps nothing between them.
type analyzer struct {
	flow  proto.Flow
	begun bool
}

// reader fills records while it walks the elements of one message.
type reader struct {
	space   map[string]string // prefix to name space
	path    []string
	message string
	version string
	rec     *Record // of the open element that holds one
	done    []*Record
	text    strings.Builder
}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	r := &reader{space: map[string]string{}}
	code := r.read(bytes.TrimLeft(bytes.TrimRight(b, "\x00"), " \r\n\t"))
	if r.message == "" {
		return &proto.Error{Code: "no_message"}
	}
	if code != "" {
		a.flow.Weird(code, 0)
	}
	if !a.begun {
		a.begun = true
		if d == proto.Orig && strings.HasSuffix(r.message, "Matches") && a.flow.Flip() {
			d = proto.Resp // the search went to the group
		}
	}
	if r.rec != nil { // its end was not seen
		r.done = append(r.done, r.rec)
	}
	if len(r.done) == 0 {
		r.done = append(r.done, &Record{})
	}
	for _, rec := range r.done {
		rec.IsOrig, rec.Message, rec.Version = d == proto.Orig, r.message, r.version
		a.flow.Emit(a.flow.Now(), rec)
	}
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {}

// read walks the elements and says what broke XML or a bound.
func (r *reader) read(b []byte) (code string) {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for range maxTokens {
		t, err := dec.Token()
		switch {
		case t == nil || err != nil:
			if len(r.path) > 0 {
				return "bad_xml"
			}
			return ""
		case len(r.path) > maxDepth:
			return "large_message"
		}
		switch t := t.(type) {
		case xml.Directive:
			return "doctype"
		case xml.StartElement:
			r.start(t)
		case xml.CharData:
			if r.text.Len() < maxText*maxList {
				r.text.Write(t[:min(len(t), maxText*maxList)])
			}
		case xml.EndElement:
			r.end(t.Name)
			r.path = r.path[:len(r.path)-1]
			if len(r.path) == 0 {
				return ""
			}
		}
	}
	return "large_message"
}

// holders are the elements of a body that describe one device or one search
// (WS-Discovery 4 to 6).
var holders = map[string]bool{"Hello": true, "Bye": true, "Probe": true, "ProbeMatch": true, "Resolve": true, "ResolveMatch": true}

// messages are the names of messages.
var messages = map[string]bool{"Hello": true, "Bye": true, "Probe": true, "ProbeMatches": true, "Resolve": true, "ResolveMatches": true}

func (r *reader) start(t xml.StartElement) {
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" && len(r.space) < maxPrefixes {
			r.space[a.Name.Local] = a.Value
		}
	}
	name := t.Name.Local
	r.path = append(r.path, name)
	r.text.Reset()
	version := map[string]string{space10: "1.0", space11: "1.1"}[t.Name.Space]
	if version == "" {
		return
	}
	if messages[name] && r.message == "" {
		r.message, r.version = name, version
	}
	if holders[name] && r.rec == nil && len(r.done) < maxMatches {
		r.rec = &Record{}
	}
}

func (r *reader) end(name xml.Name) {
	text := strings.TrimSpace(r.text.String())
	r.text.Reset()
	rec := r.rec
	if rec == nil {
		return
	}
	switch name.Local {
	case "Address":
		if rec.Endpoint == "" && len(r.path) > 1 && r.path[len(r.path)-2] == "EndpointReference" {
			rec.Endpoint = cut(text)
			rec.MAC = uuidMAC(rec.Endpoint)
		}
	case "Types":
		for _, q := range list(text) {
			rec.Types = append(rec.Types, r.qualified(q))
		}
	case "Scopes":
		rec.Scopes = list(text)
	case "XAddrs":
		rec.XAddrs = list(text)
	case "MetadataVersion":
		if n, err := strconv.ParseUint(text, 10, 32); err == nil {
			rec.Metadata = event.N(n)
		}
	default:
		if holders[name.Local] && (name.Space == space10 || name.Space == space11) {
			r.done, r.rec = append(r.done, rec), nil
		}
	}
}

// qualified is a name with the usual prefix of its name space.
func (r *reader) qualified(q string) string {
	prefix, local, ok := strings.Cut(q, ":")
	if !ok {
		return q
	}
	if usual := prefixes[r.space[prefix]]; usual != "" {
		prefix = usual
	}
	return prefix + ":" + local
}

// list is the words of a text, bounded.
func list(s string) []string {
	words := strings.Fields(s)
	words = words[:min(len(words), maxList)]
	for i := range words {
		words[i] = cut(words[i])
	}
	return words
}

// cut bounds a text without splitting a character, and owns it.
func cut(s string) string {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return strings.Clone(s)
}
