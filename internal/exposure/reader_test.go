package exposure

import (
	"fmt"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/fhir"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/hl7"
)

func mark(n int) string { return fmt.Sprintf("%032x", n) }

// Each record counts for both ends, in its way.
func TestReader(t *testing.T) {
	outside := netid.IPv4(198, 51, 100, 7)
	all := func(ip netid.IP) []Window { return []Window{{ip, at(0), at(60)}} }
	for _, c := range []struct {
		name string
		resp netid.IP
		body event.Payload
		kind Kind
		way  Way
		want uint64
	}{
		{"a store", archive, &dicom.Operation{Command: "C-STORE", StatusName: "success", Patient: mark(1), Study: mark(2)}, Studies, Handled, 1},
		{"its patient", archive, &dicom.Operation{Command: "C-STORE", StatusName: "success", Patient: mark(1)}, Patients, Handled, 1},
		{"a refused one", archive, &dicom.Operation{Command: "C-STORE", StatusName: "failure", Patient: mark(1)}, Patients, Handled, 0},
		{"one to the outside", outside, &dicom.Operation{Command: "C-STORE", StatusName: "success", Patient: mark(1)}, Patients, Moved, 1},
		{"a query", archive, &dicom.Operation{Command: "C-FIND", StatusName: "success", Patient: mark(1)}, Queries, Handled, 1},
		{"its answers", archive, &dicom.Matches{Patients: []string{"f" + mark(1), mark(2), mark(3)}, Studies: []string{mark(4)}}, Studies, Returned, 1},
		{"a file of DICOM", archive, &dicomweb.FileRecord{Study: mark(3)}, Studies, Handled, 1},
		{"a search of the web", archive, &dicomweb.Record{Service: "qido"}, Queries, Handled, 1},
		{"its answers", archive, &dicomweb.MatchesRecord{Service: "qido", Patients: []string{"a" + mark(1), "b" + mark(1)}}, Patients, Returned, 2},
		{"metadata", archive, &dicomweb.MatchesRecord{Service: "wado-rs", Patients: []string{mark(1)}}, Patients, Handled, 1},
		{"a Bundle of FHIR", archive, &fhir.MatchesRecord{Patients: []string{"a" + mark(1), "b" + mark(1), "c" + mark(1)}}, Patients, Returned, 3},
		{"a patient that is read", archive, &fhir.Record{Interaction: "read", Resource: "Patient", ID: mark(1)}, Patients, Handled, 1},
		{"a device that is read", archive, &fhir.Record{Interaction: "read", Resource: "Device", ID: mark(1)}, Patients, Handled, 0},
		{"a failed retrieval", archive, &dicomweb.Record{Service: "wado-rs", Study: mark(1), Status: event.N(404)}, Studies, Handled, 0},
		{"a message", archive, &hl7.Message{Type: "ADT", ControlID: "1", Patient: mark(1)}, Messages, Handled, 1},
		{"its patients", archive, &hl7.Message{Type: "ADT", Patient: "a" + mark(1), MorePatients: []string{"b" + mark(1)}}, Patients, Handled, 2},
		{"an answer of HL7", archive, &hl7.Message{Type: "RSP", Patient: mark(1)}, Patients, Returned, 1},
		{"an acknowledgement alone", archive, &hl7.Message{Type: "ACK", Unasked: true}, Messages, Handled, 0},
		{"a patient of FHIR", archive, &fhir.Record{Interaction: "read", Patient: mark(1)}, Patients, Handled, 1},
		{"a file", archive, &files.Record{Source: "SMB", SHA256: mark(1)}, Files, Handled, 1},
		{"part of a file", archive, &files.Record{Source: "SMB", FUID: "F1"}, Files, Handled, 1},
	} {
		b := New(DefaultConfig())
		r := NewReader(b, nil)
		rec := &event.Record{TS: at(5), Conn: &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: ct}, Resp: netid.Endpoint{IP: c.resp}}, Body: c.body}
		r.Add(rec)
		r.Add(rec) // the same thing again is one thing
		for _, ip := range []netid.IP{ct, c.resp} {
			if got := b.Count(all(ip), c.kind, c.way); got.Number != c.want {
				t.Errorf("%s: %s %d of %s %s, want %d", c.name, ip, got.Number, c.kind, c.way, c.want)
			}
		}
	}
	if _, ok := Hash("nothing"); ok {
		t.Error("a word is taken for a pseudonym")
	}
}
