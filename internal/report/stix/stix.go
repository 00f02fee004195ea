// Package stix writes incidents as a bundle of STIX 2.1, for CERTs and for the systems of
// other hospitals.
//
// An incident becomes a report with a grouping of all that belongs to it: indicators with
// patterns and with where and how often they were seen, techniques of ATT&CK, the program
// that spread (an unidentified one: no family is claimed), the campaign that the acts make
// together, the devices as infrastructure, what was observed on the wire, what to do, and a
// note of what could not be seen. Identifiers are made of what things are, so the same
// incident gives the same bytes, and a grown incident gives newer versions of the same
// objects. Times are those of packets.
//
// It refuses to name the site: whoever sees the bundle learns of a hospital. With
// Options.Share, addresses, cards and paths of the site, its conversations and the advice
// for its devices stay out too: what goes are indicators, techniques and counts. Accounts
// never go out. Texts from the traffic are hostile: in patterns they are quoted, in texts
// for people they are made printable.
//
// A Document is only read, nothing is kept: it is safe for several goroutines. The standard
// is STIX 2.1 (OASIS, 10 June 2021), with the extension for TLP 2.0 of the OASIS technical
// committee.
package stix

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"lazaret/internal/report"
)

// Options say what a bundle holds.
type Options struct {
	TLP      string // clear, green, amber (which is meant by an empty one), amber+strict or red
	Share    bool   // leave out what is of the site
	Incident string // id of the only one, empty for all
	// Site is a keyed mark of the site, by which bundles of one site belong together; if it
	// is empty every incident is of a site of its own.
	Site string
}

// Format writes bundles of all incidents, marked amber.
func Format() report.Format {
	return report.Format{Name: "stix", Suffix: ".stix.json", Doc: "incidents as a bundle of STIX 2.1", Write: func(w io.Writer, d *report.Document) error {
		return Write(w, d, Options{})
	}}
}

// markings are the published definitions of the Traffic Light Protocol 2.0.
var markings = map[string]string{
	"clear":        "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	"green":        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	"amber":        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	"amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	"red":          "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

const (
	tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	tlpCreated   = "2022-10-01T00:00:00.000Z" // as published
	// begin is when the objects that are the same in every bundle were made.
	begin = "2026-01-01T00:00:00.000Z"
)

// Write writes a bundle. It fails for a TLP or an incident that there is not.
func Write(w io.Writer, d *report.Document, o Options) error {
	o.TLP = cmp.Or(o.TLP, "amber")
	if markings[o.TLP] == "" {
		return fmt.Errorf("TLP %q is none of clear, green, amber, amber+strict, red", o.TLP)
	}
	b := &writer{d: d, o: o, have: map[string]bool{}}
	b.put(&object{Type: "marking-definition", ID: markings[o.TLP], Created: tlpCreated, Name: "TLP:" + strings.ToUpper(o.TLP),
		Extensions: map[string]any{tlpExtension: map[string]string{"extension_type": "property-extension", "tlp_2_0": o.TLP}}})
	b.maker = own("identity", "lazaret")
	b.put(&object{Type: "identity", ID: b.maker, Created: begin, Modified: begin, Name: "Lazaret", Class: "system",
		Description: "Passive sensor that reads network traffic of hospitals."})
	found := o.Incident == ""
	for i := range d.Incidents {
		if x := &d.Incidents[i]; o.Incident == "" || o.Incident == x.ID {
			found = true
			(&story{writer: b, x: x}).write()
		}
	}
	if !found {
		return fmt.Errorf("there is no incident %q", o.Incident)
	}
	return b.encode(w)
}

// writer collects objects.
type writer struct {
	d     *report.Document
	o     Options
	maker string
	have  map[string]bool
	out   []*object
}

// put adds an object, once.
func (b *writer) put(x *object) {
	x.SpecVersion = "2.1"
	if b.have[x.ID] {
		return
	}
	b.have[x.ID] = true
	b.out = append(b.out, x)
}

// order is that of types in a bundle: what is referred to comes first.
var order = []string{"marking-definition", "identity", "ipv4-addr", "ipv6-addr", "mac-addr", "domain-name", "file", "network-traffic", "observed-data", "attack-pattern",
	"campaign", "malware", "infrastructure", "indicator", "course-of-action", "sighting", "relationship", "grouping", "report", "note"}

func (b *writer) encode(w io.Writer) error {
	slices.SortFunc(b.out, func(x, y *object) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Type), slices.Index(order, y.Type)), cmp.Compare(x.ID, y.ID))
	})
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b.out); err != nil {
		return err
	}
	enc = json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(bundle{"bundle", identifier("bundle", ownSpace, body.String()), b.out})
}
