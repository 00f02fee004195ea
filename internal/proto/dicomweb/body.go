package dicomweb

import (
	"slices"

	"lazaret/internal/charset"
	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/magic"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
	"lazaret/internal/vendordb"
)

// bodyKind is how content is read.
type bodyKind uint8

const (
	passed    bodyKind = iota // not at all
	single                    // as what may be one DICOM file
	multipart                 // as parts
	json                      // as data sets in JSON
)

// body is the content of one direction.
type body struct {
	a        *analyzer
	x        *exchange // nil between entities
	kind     bodyKind
	response bool
	orig     bool // its sender
	torn     bool // bytes of it were lost
	bytes    uint64
	media    string
	start    event.Time
	parts    *rest.Multipart // this and the next two are made when they are needed
	partKind bodyKind
	whole    uint64 // parts that were whole
	cut      bool   // a part was not
	walker   *rest.Walker
	results  uint64
	stored   uint64
	failed   uint64
	file     *file
	matches  MatchesRecord // whose data is told; IsOrig, Service and Level are entered at the end
}

// Open implements proto.Body.
func (b *body) Open(e *proto.Entity, x *exchange) {
	b.x, b.response, b.orig = x, e.Response, e.Dir == proto.Orig
	b.torn, b.cut, b.bytes, b.whole, b.kind = false, false, 0, 0, passed
	b.results, b.stored, b.failed, b.matches = 0, 0, 0, MatchesRecord{}
	media := rest.Media(e.Type)
	b.media, b.start = media, b.a.f.Now()
	switch {
	case e.Coding != "" || e.Length == 0:
	case media == "multipart/related":
		if b.parts == nil {
			b.parts = &rest.Multipart{}
		}
		if b.parts.Start(rest.Param(e.Type, "boundary")) {
			b.kind, b.partKind = multipart, passed
		} else if x.known {
			b.a.f.Weird(badMultipart, 0)
		}
	case media == "application/dicom+json", media == "application/json" && x.call.service != "":
		b.kind = json
		b.startWalker()
	case mayHoldFile(media):
		b.kind = single
	}
}

func (b *body) startWalker() {
	if b.walker == nil {
		b.walker = &rest.Walker{}
	}
	b.walker.Start()
}

func (b *body) startFile(media string, at event.Time) {
	if b.file == nil {
		b.file = &file{}
	}
	b.file.open(b, media, at)
}

// alien says that the first bytes of content are not those of a DICOM file. Much
// that travels over HTTP has no media type that says more, and costs no file then.
func (b *body) alien(in []byte) bool {
	const head = magic.PreambleLen + 4
	if b.media == "application/dicom" || len(in) < head {
		return false
	}
	kind := magic.Of(in[:head])
	return kind != magic.DICOM && kind != magic.DICOMMeta
}

// Content implements proto.Body.
func (b *body) Content(in []byte) {
	first := b.bytes == 0
	b.bytes += uint64(len(in))
	switch b.kind {
	case single:
		switch {
		case first && b.alien(in):
			b.kind = passed
			return
		case first && len(in) > 0:
			b.startFile(b.media, b.start)
		}
		b.file.feed(in)
	case multipart:
		b.parts.Feed(b, in)
	case json:
		b.walker.Feed(b, in)
	}
}

// Lost implements proto.Body.
func (b *body) Lost(n int) {
	b.torn = true
	b.bytes += uint64(max(n, 0))
	switch b.kind {
	case single:
		if b.file.lost(); b.file == nil || !b.file.on {
			b.kind = passed // its beginning is missing
		}
	case multipart:
		b.file.lost()
		if b.walker != nil {
			b.walker.Lost()
		}
		b.parts.Lost(b)
	case json:
		b.walker.Lost()
	}
}

// Close implements proto.Body. It enters what the content told.
func (b *body) Close(whole bool) {
	x := b.x
	whole = whole && !b.torn
	switch b.kind {
	case single:
		b.file.close(whole)
	case multipart:
		last := b.parts.End(b)
		if whole && !last {
			b.a.f.Weird(multipartCut, 0)
		}
		x.rec.Parts = event.N(x.rec.Parts.V + b.whole)
		x.rec.PartsWhole = event.B(last && !b.cut && !b.torn)
	case json:
		b.walker.End(b)
		if whole && b.walker.Broken() && b.bytes > 0 && x.rec.ResponseType == "application/dicom+json" {
			b.a.f.Weird(badJSON, 0)
		}
	}
	b.count()
	b.tellMatches()
	if b.response {
		x.rec.ToClient += b.bytes
	} else {
		x.rec.ToServer += b.bytes
	}
	b.x, b.kind = nil, passed
}

// count enters the data sets of an answer in JSON.
func (b *body) count() {
	x := b.x
	if !b.response || b.kind != json && b.results == 0 || x.rec.Status.V >= 300 {
		return
	}
	if b.kind == json && !b.walker.Done() && b.results == 0 {
		return
	}
	if x.call.service == "stow" {
		if b.stored+b.failed > 0 {
			x.known = true
			x.rec.Stored, x.rec.Failed = event.N(b.stored), event.N(b.failed)
		}
		return
	}
	x.rec.Results = event.N(b.results)
}

// Object implements rest.JSONSink: data sets are the elements of an array, items of a
// sequence stand in Value (PS3.18 F.2).
func (b *body) Object(path []byte, depth int) {
	switch {
	case depth == 1 && len(path) == 0:
		b.results++
		b.matches.Answers++
	case string(path) == "00081199.Value":
		b.stored++
	case string(path) == "00081198.Value":
		b.failed++
	}
}

// Value implements rest.JSONSink. An attribute with a value representation shows that
// JSON is of DICOM.
func (b *body) Value(path, v []byte, text, cut bool) {
	if text && !cut && b.response && len(v) > 0 {
		switch string(path) {
		case "00100020.Value":
			b.match(&b.matches.Patients, "patient", v)
		case "0020000D.Value":
			b.match(&b.matches.Studies, "study", v)
		}
	}
	if text && !b.x.known && len(path) == 11 && string(path[8:]) == ".vr" {
		for _, c := range path[:8] {
			if (c < '0' || c > '9') && (c < 'A' || c > 'F') {
				return
			}
		}
		b.x.known = true
	}
}

// maxMatches is the most patients and studies of one record.
const maxMatches = 64

// match enters whose data an answer tells. A list that is full goes out: however many there
// are, each is told.
func (b *body) match(list *[]string, kind string, v []byte) {
	v = charset.Trim(v)
	if len(v) == 0 {
		return
	}
	h := b.a.f.Pseudonym(kind, v)
	if slices.Contains(*list, h) {
		return
	}
	if *list = append(*list, h); len(*list) == maxMatches {
		b.tellMatches()
	}
}

// tellMatches emits what was gathered, if it is an answer of DICOM that was no refusal.
func (b *body) tellMatches() {
	m, x := b.matches, b.x
	b.matches = MatchesRecord{}
	if len(m.Patients)+len(m.Studies) == 0 || !x.known || x.call.service == "stow" || x.rec.Status.V >= 300 {
		return
	}
	m.IsOrig, m.Service, m.Level = x.rec.IsOrig, x.call.service, x.call.level
	b.a.f.Emit(b.start, &m)
}

// Part implements rest.PartSink.
func (b *body) Part(head []byte) {
	typ := rest.PartField(head, "content-type")
	media := rest.Media(typ)
	switch {
	case media == "application/dicom+json":
		b.partKind = json
		b.startWalker()
	case mayHoldFile(media):
		b.partKind = single
		b.startFile(media, b.a.f.Now())
	default:
		b.partKind = passed
	}
	b.x.known = b.x.known || isDICOM(typ)
}

// PartContent implements rest.PartSink.
func (b *body) PartContent(in []byte) {
	switch b.partKind {
	case single:
		b.file.feed(in)
	case json:
		b.walker.Feed(b, in)
	}
}

// PartEnd implements rest.PartSink.
func (b *body) PartEnd(whole bool) {
	switch b.partKind {
	case single:
		b.file.close(whole)
	case json:
		b.walker.End(b)
	}
	b.partKind = passed
	if whole {
		b.whole++
	} else {
		b.cut = true
	}
}

// file is a part or a body that may be a DICOM file. It may be nil: there is none.
type file struct {
	b     *body
	on    bool
	torn  bool
	media string
	start event.Time
	size  uint64
	rec   *FileRecord
	head  dataset.File
	memo  dataset.Memo
}

// open makes ready for bytes of that media type.
func (f *file) open(b *body, media string, at event.Time) {
	f.b, f.on, f.torn, f.media, f.start, f.size = b, true, false, media, at, 0
	if f.rec == nil {
		f.rec = &FileRecord{}
	}
	f.head.Start((*target)(f.rec), b.a.f, &f.memo)
}

func (f *file) feed(in []byte) {
	if f == nil || !f.on {
		return
	}
	f.size += uint64(len(in))
	if !f.head.Done() {
		f.head.Feed(in)
	}
}

func (f *file) lost() {
	if f != nil && f.on {
		f.torn = true
		f.head.Lost()
	}
}

// close emits the record if it was a DICOM file.
func (f *file) close(whole bool) {
	if f == nil || !f.on {
		return
	}
	f.on = false
	whole = whole && !f.torn
	f.head.End(whole)
	b := f.b
	declared := f.media == "application/dicom"
	if !f.head.DICOM() {
		if declared && whole && f.size > 0 {
			b.a.f.Weird(notDICOM, 0)
		}
		return
	}
	if fault := f.head.Fault(); fault != dataset.NoFault {
		b.a.f.Weird(string(fault), 0)
	}
	rec := f.rec
	f.rec = nil
	rec.IsOrig, rec.Bytes, rec.Whole, rec.MediaType = b.orig, f.size, whole, f.media
	rec.Preamble = string(f.head.Preamble)
	if p := f.head.Programs(); p.Count > 0 {
		rec.Programs, rec.ProgramTag, rec.ProgramVR, rec.ProgramKind = uint64(p.Count), p.Name(), p.VR, string(p.Kind)
	}
	rec.Via = b.via()
	if e, ok := vendordb.TransferSyntax(rec.Transfer); ok {
		rec.TransferName = e.Name
	}
	if e, ok := vendordb.SOPClass(rec.SOPClass); ok {
		rec.SOPName = e.Name
	}
	x := &b.x.rec
	x.Objects++
	x.SOPClasses = rest.AddDistinct(x.SOPClasses, rec.SOPClass, maxListed)
	slices.Sort(x.SOPClasses)
	if !b.response && b.a.held < maxHeld {
		b.a.held++
		b.x.files = append(b.x.files, held{f.start, rec})
		return
	}
	rec.Status = x.Status
	b.a.f.Emit(f.start, rec)
}

// via is how files of this content travel. A web service is named if the target, or the
// parts of the content, are of one.
func (b *body) via() string {
	switch {
	case b.x.call.service == "stow" && !b.response:
		return "stow"
	case (b.x.call.service == "wado-rs" || b.x.call.service == "wado-uri") && b.response:
		return "wado"
	}
	return "http"
}

// target is a file's record as the target of its data set.
type target FileRecord

// Text implements dataset.Target.
func (t *target) Text(f dataset.Field) *string {
	switch f {
	case dataset.TransferSyntax:
		return &t.Transfer
	case dataset.SOPClass:
		return &t.SOPClass
	case dataset.Modality:
		return &t.Modality
	case dataset.Manufacturer:
		return &t.Manufacturer
	case dataset.Model:
		return &t.Model
	case dataset.Station:
		return &t.Station
	case dataset.Serial:
		return &t.Serial
	case dataset.Institution:
		return &t.Institution
	case dataset.Department:
		return &t.Department
	case dataset.DeviceUID:
		return &t.DeviceUID
	case dataset.UDI:
		return &t.UDI
	case dataset.Implementation:
		return &t.ImplUID
	case dataset.ImplementationName:
		return &t.ImplName
	case dataset.SourceAE:
		return &t.SourceAE
	case dataset.SendingAE:
		return &t.SendingAE
	case dataset.ReceivingAE:
		return &t.ReceivingAE
	case dataset.Instance:
		return &t.SOPInstance
	case dataset.InstanceRoot:
		return &t.InstanceRoot
	case dataset.Patient:
		return &t.Patient
	case dataset.Study:
		return &t.Study
	case dataset.Series:
		return &t.Series
	case dataset.Accession:
		return &t.Accession
	}
	return nil
}

// List implements dataset.Target.
func (t *target) List(f dataset.Field) *[]string {
	if f == dataset.Software {
		return &t.Software
	}
	return &t.PrivCreators
}
