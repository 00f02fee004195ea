package exposure

import (
	"hash/fnv"
	"strconv"
	"strings"

	"lazaret/internal/baseline"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/fhir"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/sketch"
)

// Reader takes from records what a Book remembers. What moves between two machines both
// of them had in their hands.
//
// Things that went to where they do not go every day are moved, all others handled: with a
// baseline, between machines of which it knows no conversation over the service; without
// one, to or from an address that is outside.
type Reader struct {
	book *Book
	base *baseline.Profile
}

// NewReader makes one that fills book. base is what is normal, nil if nobody knows.
func NewReader(book *Book, base *baseline.Profile) *Reader { return &Reader{book, base} }

// Add takes the next record.
func (r *Reader) Add(rec *event.Record) {
	if rec.Conn == nil {
		return
	}
	switch b := rec.Body.(type) {
	case *dicom.Operation:
		r.operation(rec, b)
	case *dicom.Matches:
		d := r.deed(rec, Returned)
		d.add(Patients, b.Patients...)
		d.add(Studies, b.Studies...)
	case *dicomweb.MatchesRecord:
		d := r.deed(rec, r.way(rec, "dicomweb", "http", "ssl"))
		if b.Service != "wado-rs" { // who asks for metadata knows the study
			d.way = Returned
		}
		d.add(Patients, b.Patients...)
		d.add(Studies, b.Studies...)
	case *fhir.MatchesRecord:
		d := r.deed(rec, Returned)
		d.add(Patients, b.Patients...)
	case *dicomweb.Record:
		r.web(rec, b)
	case *dicomweb.FileRecord:
		d := r.deed(rec, r.way(rec, "dicomweb", "http", "ssl"))
		d.add(Patients, b.Patient)
		d.add(Studies, b.Study)
	case *hl7.Message:
		r.message(rec, b)
	case *fhir.Record:
		r.resource(rec, b)
	case *files.Record:
		r.file(rec, b)
	}
}

// operation takes what a DIMSE operation was about: a query by its own, all else by the
// patient and the study that it names.
func (r *Reader) operation(rec *event.Record, o *dicom.Operation) {
	if o.StatusName == "failure" {
		return
	}
	d := r.deed(rec, r.way(rec, "dicom", "ssl"))
	if o.Command == "C-FIND" {
		d.once(Queries, rec.Conn.UID, strconv.FormatUint(o.MessageID.V, 10), strconv.FormatInt(int64(rec.TS), 36))
		return
	}
	d.add(Patients, o.Patient)
	d.add(Studies, o.Study)
}

func (r *Reader) web(rec *event.Record, w *dicomweb.Record) {
	if w.Status.OK && w.Status.V >= 400 {
		return
	}
	d := r.deed(rec, r.way(rec, "dicomweb", "http", "ssl"))
	if w.Service == "qido" {
		d.once(Queries, rec.Conn.UID, strconv.FormatInt(int64(rec.TS), 36))
		return
	}
	d.add(Patients, w.Patient)
	d.add(Studies, w.Study)
}

// message takes a message of HL7 with its patients. A response to a query returns them.
func (r *Reader) message(rec *event.Record, m *hl7.Message) {
	if m.Unasked {
		return
	}
	way := r.way(rec, "hl7", "ssl")
	d := r.deed(rec, way)
	if m.ControlID != "" {
		d.once(Messages, m.SendingApp, m.SendingFac, m.ControlID)
	} else {
		d.once(Messages, rec.Conn.UID, strconv.FormatInt(int64(rec.TS), 36))
	}
	if strings.HasPrefix(m.Type, "RSP") || m.Type == "ADR" || m.Type == "ORF" {
		d.way = Returned
	}
	d.add(Patients, m.Patient)
	d.add(Patients, m.MorePatients...)
}

// resource takes an interaction of FHIR. Its patients are known by their logical ids,
// which no other protocol has: they count beside those of DICOM and HL7.
func (r *Reader) resource(rec *event.Record, f *fhir.Record) {
	if f.Status.OK && f.Status.V >= 400 {
		return
	}
	d := r.deed(rec, r.way(rec, "fhir", "http", "ssl"))
	if f.Interaction == "search" {
		d.once(Queries, rec.Conn.UID, strconv.FormatInt(int64(rec.TS), 36))
		d.way = Returned
	}
	d.add(Patients, f.Patient)
	if f.Resource == "Patient" && f.Patient == "" {
		d.add(Patients, f.ID)
	}
}

// file takes a file by what is in it, or, if not all of it was seen, by itself.
func (r *Reader) file(rec *event.Record, f *files.Record) {
	d := r.deed(rec, r.way(rec, strings.ToLower(f.Source), "http", "ftp", "ssl"))
	if f.SHA256 != "" {
		d.once(Files, f.SHA256)
		return
	}
	d.once(Files, f.FUID)
}

// way tells whether machines speak over one of some services every day.
func (r *Reader) way(rec *event.Record, services ...string) Way {
	orig, resp := rec.Conn.Orig.IP, rec.Conn.Resp.IP
	if r.base == nil {
		if baseline.Elsewhere(orig, resp) || baseline.Elsewhere(resp, orig) {
			return Moved
		}
		return Handled
	}
	if r.base.Learning(rec.TS) {
		return Handled
	}
	for _, s := range services {
		if _, ok := r.base.Has(baseline.Key{Kind: baseline.Contact, Source: orig, Target: resp, Name: s}); ok {
			return Handled
		}
	}
	return Moved
}

// deed is that both ends of a conversation had something, in a way and at a time.
type deed struct {
	book *Book
	ends [2]netid.IP
	way  Way
	at   event.Time
}

func (r *Reader) deed(rec *event.Record, way Way) deed {
	return deed{r.book, [2]netid.IP{rec.Conn.Orig.IP, rec.Conn.Resp.IP}, way, rec.TS}
}

// add takes things by their keyed hashes; what is empty names nothing.
func (d *deed) add(kind Kind, pseudonyms ...string) {
	for _, p := range pseudonyms {
		if h, ok := Hash(p); ok {
			for _, ip := range d.ends {
				d.book.Add(ip, kind, d.way, h, d.at)
			}
		}
	}
}

// once takes a thing that is itself by what it is made of: no patient data is in it.
func (d *deed) once(kind Kind, parts ...string) {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	for _, ip := range d.ends {
		d.book.Add(ip, kind, d.way, sketch.Mix(h.Sum64()), d.at)
	}
}

// Hash is the number of a pseudonym as records have it: its first 64 bits. It is false for
// what is none.
func Hash(pseudonym string) (uint64, bool) {
	if len(pseudonym) < 16 {
		return 0, false
	}
	h, err := strconv.ParseUint(pseudonym[:16], 16, 64)
	return h, err == nil
}
