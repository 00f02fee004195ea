// Package fhir understands interactions with servers of FHIR, releases R4 and R5, over
// their RESTful interface (FHIR 3.2, "http.html").
//
// One record tells of each interaction: its name, the type of its resource, the names
// of its parameters, what a Bundle holds, and what machines and servers say of
// themselves in Device and CapabilityStatement. An interaction is known by a media
// type of FHIR or by content whose resourceType is a type of FHIR (in XML, by the
// namespace of its root element); a path alone proves nothing.
//
// It refuses to keep patients: of the resources about people only type, profile and
// keyed hashes of logical ids leave, values of parameters never do, and a Device that
// belongs to a patient has neither serial number nor UDI. It refuses to build documents:
// JSON is walked as it arrives, to a bounded depth; of XML only the root element is read.
//
// Memory: content comes in pieces that belong to the sensor and is not gathered. A
// conversation holds at most maxExchanges interactions without an answer and one body
// for each direction of about three KiB, made when the first content comes.
package fhir

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// Bounds of what one conversation may hold and one record may list.
const (
	maxExchanges = 64      // without an answer; the oldest is told as it is
	maxListed    = 16      // parameters
	maxTypes     = 24      // types within a Bundle
	maxUnknown   = 4 << 10 // bytes of JSON in which a resourceType must come if its media type does not name FHIR
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "fhir",
	Doc:        "Interactions of FHIR R4 and R5 over HTTP",
	Transports: proto.Content,
	Wants:      wants,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema, MatchesSchema},
}

// The anomalies.
const (
	badJSON        = "bad_json"
	tooManyPending = "too_many_interactions"
)

// wants looks at the head of an entity.
func wants(e *proto.Entity) bool {
	if e.Response && e.Status < 200 {
		return false
	}
	if isFHIR(e.Type) || e.Length != 0 && notation(e.Type) != noNotation {
		return true
	}
	if e.Field != nil && !e.Response && isFHIR(e.Field("Accept")) {
		return true
	}
	c := callOf(e.Method, e.Target)
	return c.resource != "" || c.interaction == "capabilities"
}

// isFHIR reports whether a Content-Type or Accept names a media type of FHIR; those of
// DSTU2 put the words the other way round.
func isFHIR(value string) bool {
	return strings.Contains(value, "application/fhir+") || strings.Contains(value, "+fhir") && strings.Contains(value, "application/")
}

// notation of content.
type notationKind uint8

const (
	noNotation notationKind = iota
	inJSON
	inXML
	inForm // parameters of a search
)

// notation tells how content of a media type is written.
func notation(contentType string) notationKind {
	switch m := rest.Media(contentType); {
	case m == "application/json", m == "text/json", m == "application/json+fhir", strings.HasPrefix(m, "application/") && strings.HasSuffix(m, "+json") && m != "application/dicom+json":
		return inJSON
	case m == "application/xml", m == "text/xml", m == "application/fhir+xml", m == "application/xml+fhir":
		return inXML
	}
	return noNotation
}
