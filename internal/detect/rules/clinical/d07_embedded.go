package clinical

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/files"
)

// d7 is an executable in a value of an object: in a private element, as the document that
// an object carries, or where its pixels should be. The heads of it were checked; letters
// that a maker's bytes begin with by chance are not meant.
var d7 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "D7", Engine: "behaviour",
		Title: "Executable within an element of a DICOM object",
		Why:   "Archives keep and pass on private elements and documents without a look at them: so a program gets to every workstation that fetches the examination, and waits there for who unpacks it. Delete nothing: it may be a patient's examination.",
		Innocent: []string{"A maker's private data that holds a part of his own software; the same element from all machines of that maker.",
			"Embedded documents (PDF, STL, CDA) are ordinary and not meant.", "Nothing is said of sequences of known length, of what is compressed or encrypted, and of files behind what is kept of them (sensor.files.head)."},
		Attack:     []string{"T1027.009"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "PS3.5 7.8 (private elements), PS3.3 C.24.2 (encapsulated document); heads of PE, ELF and Mach-O as their formats say",
		Judge:      weighEmbedded,
	},
	Wants: []*event.Schema{dicom.OperationSchema, dicomweb.FileSchema, files.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			var h detect.Hit
			switch d := r.Body.(type) {
			case *dicom.Operation:
				if d.Programs == 0 {
					return
				}
				h = embedded(r, d.IsOrig, d.ProgramTag, d.StatusName == "failure")
				h.Service = d.Called
			case *dicomweb.FileRecord:
				if d.Programs == 0 {
					return
				}
				h = embedded(r, d.IsOrig, d.ProgramTag, d.IsOrig && d.Status.V >= 400)
				h.Service = d.Via
			case *files.Record:
				if d.Programs == 0 || r.Conn == nil {
					return
				}
				h = embedded(r, d.IsOrig.V, d.ProgramTag, d.Refused > 0 && d.Refused >= d.Seen)
				h.Service, h.Account = d.Source, d.User
			}
			report(h)
		}
	},
}

// document is the element of an encapsulated document, pixels that of pixel data.
const (
	document = "(0042,0011)"
	pixels   = "(7fe0,0010)"
)

// refused is the end of the topic of what the receiver did not take.
const refused = " refused"

// embedded is a hit of one object. No program belongs in a document or in pixels: there
// no maker's data is the cause.
func embedded(r *event.Record, fromOrig bool, tag string, no bool) detect.Hit {
	var h detect.Hit
	h.Source, h.Target = sides(r.Conn, fromOrig)
	h.Time, h.Topic, h.UIDs = r.TS, tag, []string{r.Conn.UID}
	h.Facts = detect.FactsOf(r, "program_tag", "program_vr", "program_kind", "programs", "sop_class_name", "private_creators", "manufacturer", "model", "calling_ae", "called_ae", "status_name", "status_code",
		"via", "source", "filename", "sha256", "user")
	if tag == document || tag == pixels {
		h.Confidence = 0.95
	}
	if no {
		h.Severity, h.Topic = detect.Low, tag+refused
	}
	return h
}

// weighEmbedded judges by who sends it and where it stands.
func weighEmbedded(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	if f.Severity == detect.Low {
		return detect.None, ""
	}
	if strings.HasPrefix(f.Topic, document) || strings.HasPrefix(f.Topic, pixels) {
		return detect.High, "no maker keeps programs in that element"
	}
	if !source.Care() && source != roles.Workstation && source != roles.Unknown {
		return detect.High, "a machine of the role " + string(source) + " makes no private data of imaging"
	}
	return detect.None, ""
}
