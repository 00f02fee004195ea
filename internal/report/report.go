// Package report turns an inventory into files for people and for other systems.
//
// Each format is one file here and one value in the list of formats: a page to
// print (HTML), tables for asset systems (CSV), an import for NetBox, a FHIR
// bundle of Device resources (HL7 FHIR R4), a CycloneDX bill of materials (1.7)
// and JSON. All are views of one Document; none adds a fact of its own, and the
// same Document gives the same bytes.
//
// It refuses to fetch: a page carries its style and script within it and a policy
// that forbids the rest, so that it opens on a machine without a network and
// tells nobody that it was opened. Text from the traffic is hostile: it is escaped
// for the format it goes into, and a cell of a table never begins like a formula.
// It reads no clock: the times are those of the packets.
//
// A Document belongs to the caller and is only read. Writers keep nothing.
package report

import (
	"encoding/json"
	"io"
	"strings"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/known"
)

// Document is what was read from captures. The JSON output is this object (see
// docs/read.schema.json). Keys stay; new ones are added.
type Document struct {
	Summary Summary `json:"summary"`
	Blind   []Blind `json:"blind"`
	// Known is how an asset list and the devices differ, nil if none was given.
	Known *known.Result `json:"known,omitempty"`
	// Sessions are who opened a desktop, a shell or a command on whom, as they began.
	Sessions []Session `json:"sessions"`
	// Findings are what rules have found, worst first.
	Findings []Finding `json:"findings"`
	// Incidents are what findings tell together, gravest first.
	Incidents []Incident `json:"incidents"`
	// Silenced is what allow-lists kept from being found.
	Silenced []Silenced `json:"silenced"`
	// Moved sums up the files that moved.
	Moved Moved `json:"files"`
	// Version is of the program, for formats that name their maker.
	Version string `json:"-"`
	*inventory.Report
}

// Summary counts what was read. Times are RFC 3339 in UTC, empty without frames.
type Summary struct {
	Files           int               `json:"files"`
	FilesFailed     int               `json:"files_failed"`
	Faults          []Fault           `json:"faults"`
	Clashes         []Clash           `json:"clashes"` // where captures overlap, repeat or contradict each other in time
	MoreClashes     int               `json:"more_clashes"`
	Packets         uint64            `json:"packets"`
	Bytes           uint64            `json:"bytes"`
	OutsideTime     uint64            `json:"packets_outside_time"`
	First           string            `json:"first"`
	Last            string            `json:"last"`
	DurationSeconds float64           `json:"duration_seconds"`
	Conversations   uint64            `json:"conversations"`
	Devices         int               `json:"devices"`
	Roles           map[string]int    `json:"roles"`
	Records         map[string]uint64 `json:"records"`
	WrongChecksums  uint64            `json:"wrong_checksums"`
	Anomalies       map[string]uint64 `json:"anomalies"`
	Interrupted     bool              `json:"interrupted"`
}

// Clash is a place where captures overlap, repeat or contradict each other in time; see
// capture.Clash, which explains the words.
type Clash struct {
	Kind         string   `json:"kind"`
	Files        []string `json:"files"`
	From         string   `json:"from"` // RFC 3339 in UTC
	To           string   `json:"to"`
	ShiftSeconds float64  `json:"shift_seconds"`
	Count        uint64   `json:"count"`
	Of           uint64   `json:"of"`
	Detail       string   `json:"detail"` // in words
}

// Fault is something wrong with a file.
type Fault struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
	Count  uint64 `json:"count"`
	Fatal  bool   `json:"fatal"`
}

// Blind is one reason why something could not be inspected.
type Blind struct {
	Reason string `json:"reason"` // from a closed set
	Detail string `json:"detail"` // in words
	Count  uint64 `json:"count"`
	Unit   string `json:"unit"` // conversations, packets, frames, bytes, fragments, records
	// Between are those who spoke to each other, most often first, as far as they were
	// told apart; at most MaxBetween.
	Between []Between `json:"between"`
	More    int       `json:"more"` // pairs beyond those
}

// Between is how often two machines spoke to each other.
type Between struct {
	Source Party  `json:"source"` // who opened the conversations
	Target Party  `json:"target"`
	Port   uint16 `json:"port"` // of Target
	Count  uint64 `json:"count"`
}

// MaxBetween is how many pairs are told for each reason.
const MaxBetween = 50

// Format is one way to write a Document.
type Format struct {
	Name   string // as --output takes it
	Suffix string // of files that --save writes in this format
	Doc    string // a few words for the help
	Binary bool   // not fit for a terminal
	Write  func(w io.Writer, d *Document) error
}

// Formats lists all formats in the order of the help. A suffix that ends another
// comes after it.
func Formats() []Format {
	return []Format{
		{"html", ".html", "one page to read and to print", false, writeHTML},
		{"csv", ".csv", "one row per device, for asset systems", false, writeCSV},
		{"cyclonedx", ".cdx.json", "bill of materials, CycloneDX 1.7", false, writeCycloneDX},
		{"fhir", ".fhir.json", "bundle of Device resources, HL7 FHIR R4", false, writeFHIR},
		{"netbox", ".netbox.zip", "tables for NetBox's import, in a zip archive", true, writeNetBox},
		{"json", ".json", "everything (docs/read.schema.json)", false, writeJSON},
	}
}

// ByName finds a format; ok is false if there is none of that name.
func ByName(name string) (f Format, ok bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// ByFile finds the format that a file's name asks for.
func ByFile(file string) (f Format, ok bool) {
	for _, f := range Formats() {
		if strings.HasSuffix(strings.ToLower(file), f.Suffix) {
			return f, true
		}
	}
	return Format{}, false
}

// Names lists the formats.
func Names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}

func writeJSON(w io.Writer, d *Document) error { return encode(w, d) }

// encode writes indented JSON. HTML's characters stay as they are: the text is no
// part of a page.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
