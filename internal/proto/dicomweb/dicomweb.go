// Package dicomweb understands the web services of DICOM (PS3.18) and the DICOM files
// (PS3.10) that travel over HTTP, by these services or any other way.
//
// One record tells of each transaction: a search (QIDO-RS), a retrieval (WADO-RS,
// WADO-URI), a store (STOW-RS), a deletion, a worklist item (UPS-RS). One tells of each
// DICOM file: what made it, who sent it to whom, and what its preamble is, which may
// be a program's head (PS3.10 7.1). A file is known by the prefix behind its preamble,
// whatever media type it has. A transaction is known by a media type of DICOM, by UIDs
// where the grammar of its resources wants them, or by an answer in the JSON model of
// DICOM; a word like "studies" in a path is not enough.
//
// It refuses to keep patients: values of queries, UIDs of resources and identifiers in
// files leave as keyed hashes only, texts of answers are counted and not read, names of
// query keys are those of PS3.6 or "other". Pixels pass by unread.
//
// Memory: content comes in pieces that belong to the sensor and is not gathered. A
// conversation holds at most maxExchanges exchanges, the records of at most maxHeld files
// that were sent and not answered, and one body for each direction, which takes up to
// eight KiB for files, parts and JSON when such come; a deflated file holds 32 KiB more.
package dicomweb

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// Bounds of what one conversation may hold and one record may list.
const (
	maxExchanges = 64 // without an answer; the oldest is told as it is
	maxHeld      = 64 // records of files in requests that wait for their answers
	maxListed    = 16
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "dicomweb",
	Doc:        "DICOM web services (PS3.18) and DICOM files over HTTP (PS3.10)",
	Transports: proto.Content,
	Wants:      wants,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{Schema, FileSchema, MatchesSchema},
}

// The anomalies. Faults of data sets have their own names.
const (
	badMultipart   = "bad_multipart"
	multipartCut   = "multipart_without_end"
	badJSON        = "bad_json"
	notDICOM       = "not_a_dicom_file"
	tooManyPending = "too_many_transactions"
)

// wants looks at the head of an entity.
func wants(e *proto.Entity) bool {
	if e.Response && e.Status < 200 {
		return false
	}
	if e.Coding == "" && mayHoldFile(rest.Media(e.Type)) && e.Length != 0 {
		return true
	}
	if isDICOM(e.Type) {
		return true
	}
	if e.Field != nil && !e.Response && isDICOM(e.Field("Accept")) {
		return true
	}
	return callOf(e.Method, e.Target).service != ""
}

// isDICOM reports whether a Content-Type or Accept names a media type of DICOM (PS3.18
// 8.7.3), alone or as the type of parts.
func isDICOM(value string) bool {
	for i := 0; ; {
		k := strings.Index(value[i:], "application/dicom")
		if k < 0 {
			return false
		}
		i += k + len("application/dicom")
		if rest := value[i:]; rest == "" || !word(rest[0]) || strings.HasPrefix(rest, "+json") || strings.HasPrefix(rest, "+xml") {
			return true
		}
	}
}

func word(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'
}

// mayHoldFile reports media types under which DICOM files travel when the sender does
// not say what they are.
func mayHoldFile(media string) bool {
	switch media {
	case "", "application/octet-stream", "application/dicom", "application/x-dicom", "image/dicom",
		"application/x-www-form-urlencoded", "binary/octet-stream":
		return true
	}
	return false
}
