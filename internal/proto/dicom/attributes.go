package dicom

import "lazaret/internal/charset"

import "bytes"

// reading says what is wanted of a data set.
type reading uint8

const (
	readNothing reading = iota
	readObject          // composite object: what made it, whose it is
	readStep            // attributes of a normalised object: MPPS, printer, film
	readQuery           // identifier of a query or retrieval: keys
)

// stop is the tag from which on nothing is wanted. Objects are read up to the
// private groups of the last makers that put theirs before the pixels.
func (m reading) stop() tag {
	if m == readObject {
		return 0x20060000
	}
	return 0x7fe00000
}

// readingOf is what is wanted of the data set of a command. Matches of a query
// are patients: nothing.
func readingOf(field uint16) reading {
	switch field {
	case cmdStore:
		return readObject
	case cmdFind, cmdMove, cmdGet:
		return readQuery
	case cmdNCreate, cmdNSet, cmdNGet | cmdResponse, cmdNCreate | cmdResponse:
		return readStep
	}
	return readNothing
}

// vr is a value representation, its two letters in order (PS3.5 6.2).
type vr uint16

const (
	vrSQ vr = 'S'<<8 | 'Q'
	vrUN vr = 'U'<<8 | 'N'
)

// letters reports whether v may be a VR at all.
func (v vr) letters() bool {
	hi, lo := v>>8, v&0xff
	return hi >= 'A' && hi <= 'Z' && lo >= 'A' && lo <= 'Z'
}

// short reports whether the length has two bytes; all others, and whatever is
// added to them, have four behind two reserved ones (PS3.5 7.1.2).
func (v vr) short() bool {
	switch string([]byte{byte(v >> 8), byte(v)}) {
	case "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT",
		"PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US":
		return true
	}
	return false
}

// known reports whether v is a VR of PS3.5 6.2.
func (v vr) known() bool {
	switch string([]byte{byte(v >> 8), byte(v)}) {
	case "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV":
		return true
	}
	return v.short()
}

// Tags that the reader itself must know (PS3.6).
const (
	tagCharset        tag = 0x00080005
	tagSOPInstance    tag = 0x00080018
	tagAccession      tag = 0x00080050
	tagPatientID      tag = 0x00100020
	tagUDISequence    tag = 0x0018100a
	tagSoftware       tag = 0x00181020
	tagStudy          tag = 0x0020000d
	tagScheduledStep  tag = 0x00400100
	tagScheduledAttrs tag = 0x00400270
)

// attributes are the wanted elements, by tag. Texts have a length, in characters,
// and a field; the others are taken apart in attribute.
var attributes = [...]struct {
	tag   tag
	in    place
	n     int
	field func(*Operation) *string
}{
	{0x00020012, atRoot, 64, func(o *Operation) *string { return &o.ObjImplUID }},
	{tagCharset, atRoot, 0, nil},
	{tagSOPInstance, atRoot, 0, nil},
	{tagAccession, atRoot, 0, nil},
	{tagAccession, atRequest, 0, nil},
	{0x00080060, atRoot, 16, func(o *Operation) *string { return &o.Modality }},
	{0x00080060, atStep, 16, func(o *Operation) *string { return &o.Modality }},
	{0x00080070, atRoot, 64, func(o *Operation) *string { return &o.Manufacturer }},
	{0x00080080, atRoot, 64, func(o *Operation) *string { return &o.Institution }},
	{0x00081010, atRoot, 16, func(o *Operation) *string { return &o.Station }},
	{0x00081040, atRoot, 64, func(o *Operation) *string { return &o.Department }},
	{0x00081090, atRoot, 64, func(o *Operation) *string { return &o.Model }},
	{tagPatientID, atRoot, 0, nil},
	{0x00181000, atRoot, 64, func(o *Operation) *string { return &o.Serial }},
	{0x00181002, atRoot, 64, func(o *Operation) *string { return &o.DeviceUID }},
	{0x00181009, atRoot, 128, func(o *Operation) *string { return &o.UDI }},
	{0x00181009, atUDI, 128, func(o *Operation) *string { return &o.UDI }},
	{tagSoftware, atRoot, 0, nil},
	{tagStudy, atRoot, 0, nil},
	{tagStudy, atRequest, 0, nil},
	{0x00400001, atStep, 16, func(o *Operation) *string { return &o.StationAE }},
	{0x00400241, atRoot, 16, func(o *Operation) *string { return &o.StationAE }},
	{0x00400242, atRoot, 16, func(o *Operation) *string { return &o.Station }},
	{0x00400252, atRoot, 16, func(o *Operation) *string { return &o.MPPSStatus }},
}

// row is where attributes has t in place p, or anywhere if p is atOther; -1 if
// it is not wanted there.
func row(t tag, p place) int {
	for i := range attributes {
		if a := &attributes[i]; a.tag == t && (a.in == p || p == atOther) {
			return i
		} else if a.tag > t {
			break
		}
	}
	return -1
}

// creator reports whether t is a private creator element (PS3.5 7.8.1).
func (t tag) creator() bool {
	element := t & 0xffff
	return t>>16&1 != 0 && element >= 0x10 && element <= 0xff
}

// inside is the place that the current element, a sequence in place p, opens.
func (r *reader) inside(p place) place {
	if p == atRoot {
		switch r.tag {
		case tagScheduledStep:
			return atStep
		case tagScheduledAttrs:
			return atRequest
		case tagUDISequence:
			return atUDI
		}
	}
	return atOther
}

// isSequence reports whether the current element, of defined length, is a
// sequence. In implicit VR that takes a dictionary.
func (r *reader) isSequence() bool {
	if r.vr != 0 {
		return r.vr == vrSQ
	}
	switch r.tag {
	case tagScheduledStep, tagScheduledAttrs, tagUDISequence:
		return true
	}
	return r.mode == readQuery && queryKeys()[r.tag].sequence
}

// wants reports whether the value of the current element in place p matters.
func (r *reader) wants(p place) bool {
	if r.mode == readQuery {
		return r.tag&0xffff != 0 // group lengths are no keys
	}
	if r.length == 0 || p == atOther {
		return false
	}
	r.row = row(r.tag, p)
	return r.row >= 0 || p == atRoot && r.tag.creator()
}

// take takes a wanted value. v is valid during the call.
func (a *analyzer) take(r *reader, v []byte) {
	if r.op == nil || r.op.closed {
		r.done = true
		return
	}
	if r.tag == tagCharset {
		r.charset = charset.Of(v)
		return
	}
	if r.mode == readQuery {
		a.takeKey(r, v)
		return
	}
	a.attribute(r, v)
}

// takeLong notes a wanted element whose value is too long to be looked at.
func (a *analyzer) takeLong(r *reader) {
	if r.mode == readQuery && r.op != nil && !r.op.closed {
		r.op.keys.filled = addDistinct(r.op.keys.filled, keyOf(r.tag).name, maxListed)
	}
}

// attribute enters a value of an object into the record. The first value wins.
func (a *analyzer) attribute(r *reader, v []byte) {
	rec := &r.op.rec
	switch {
	case r.row < 0:
		a.creator(r, v)
	case attributes[r.row].field != nil:
		a.text(attributes[r.row].field(rec), &a.memo.texts[r.row], r, v, attributes[r.row].n)
	case r.tag == tagPatientID:
		a.pseudonym(&rec.Patient, "patient", &a.memo.patient, v)
	case r.tag == tagStudy:
		a.pseudonym(&rec.Study, "study", &a.memo.study, v)
	case r.tag == tagAccession:
		a.pseudonym(&rec.Accession, "accession", &a.memo.accession, v)
	case r.tag == tagSOPInstance:
		if v = charset.Trim(v); len(v) > 0 {
			a.instance(rec, v)
		}
	case r.tag == tagSoftware && len(rec.Software) == 0:
		rec.Software = a.list(r, v)
	}
}

// list splits a value with several entries (PS3.5 6.4), at most eight. Of a value
// that was too long, the entry that was cut is left out.
func (a *analyzer) list(r *reader, v []byte) []string {
	if i := bytes.LastIndexByte(v, '\\'); i >= 0 && int64(r.length) > int64(len(v)) {
		v = v[:i]
	}
	if bytes.Equal(v, a.memo.softwareRaw) && a.memo.softwareSet == r.charset {
		return a.memo.software
	}
	a.memo.softwareRaw, a.memo.softwareSet = append(a.memo.softwareRaw[:0], v...), r.charset
	a.memo.software = nil
	for e := range bytes.SplitSeq(v, []byte{'\\'}) {
		a.memo.software = addDistinct(a.memo.software, r.charset.Clean(e, 64), 8)
	}
	return a.memo.software
}

// creator enters a private creator, at most eight of them.
func (a *analyzer) creator(r *reader, v []byte) {
	rec := &r.op.rec
	n := len(rec.PrivCreators)
	if n >= 8 {
		return
	}
	// The same machine sends the same creators in the same order.
	s := a.memo.creators[n]
	if v = charset.Trim(v); string(v) != s {
		s = charset.Plain(v, 64)
		a.memo.creators[n] = s
	}
	rec.PrivCreators = addDistinct(rec.PrivCreators, s, 8)
}
