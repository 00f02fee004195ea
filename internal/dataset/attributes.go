package dataset

// Mode says what is wanted of a data set.
type Mode uint8

// The modes.
const (
	Nothing Mode = iota
	Object       // composite object: what made it, whose it is
	Step         // attributes of a normalised object: MPPS, printer, film
	Query        // identifier of a query or retrieval: keys
	Whole        // composite object that no command names: also what it is
)

// stop is the tag from which on nothing is wanted. Of the pixels of an object only the
// beginning is looked at, for programs.
func (m Mode) stop() Tag {
	if m == Object || m == Whole {
		return tagPixels + 1
	}
	return 0x7fe00000
}

// lastMakers is behind the private groups of the last makers that put theirs before the
// pixels: of creators behind it nothing is told.
const lastMakers Tag = 0x20060000

// vr is a value representation, its two letters in order (PS3.5 6.2).
type vr uint16

const (
	vrSQ vr = 'S'<<8 | 'Q'
	vrUN vr = 'U'<<8 | 'N'
	vrOB vr = 'O'<<8 | 'B'
	vrOW vr = 'O'<<8 | 'W'
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

// Tags that the reader and its users must know (PS3.6).
const (
	tagCharset        Tag = 0x00080005
	tagSOPInstance    Tag = 0x00080018
	TagAccession      Tag = 0x00080050
	TagPatientID      Tag = 0x00100020
	tagUDISequence    Tag = 0x0018100a
	TagSoftware       Tag = 0x00181020
	TagStudy          Tag = 0x0020000d
	TagSeries         Tag = 0x0020000e
	tagPixels         Tag = 0x7fe00010
	tagScheduledStep  Tag = 0x00400100
	tagScheduledAttrs Tag = 0x00400270
)

// attributes are the wanted elements, by tag. Texts have a length, in characters;
// the others are taken apart in Enter. Those with file set are wanted in mode Whole
// alone.
var attributes = [...]struct {
	tag   Tag
	in    place
	n     int
	field Field
	file  bool
}{
	{0x00020012, atRoot, 64, Implementation, false},
	{tagCharset, atRoot, 0, none, false},
	{0x00080016, atRoot, 64, SOPClass, true},
	{tagSOPInstance, atRoot, 0, Instance, false},
	{TagAccession, atRoot, 0, Accession, false},
	{TagAccession, atRequest, 0, Accession, false},
	{0x00080060, atRoot, 16, Modality, false},
	{0x00080060, atStep, 16, Modality, false},
	{0x00080070, atRoot, 64, Manufacturer, false},
	{0x00080080, atRoot, 64, Institution, false},
	{0x00081010, atRoot, 16, Station, false},
	{0x00081040, atRoot, 64, Department, false},
	{0x00081090, atRoot, 64, Model, false},
	{TagPatientID, atRoot, 0, Patient, false},
	{0x00181000, atRoot, 64, Serial, false},
	{0x00181002, atRoot, 64, DeviceUID, false},
	{0x00181009, atRoot, 128, UDI, false},
	{0x00181009, atUDI, 128, UDI, false},
	{TagSoftware, atRoot, 0, Software, false},
	{TagStudy, atRoot, 0, Study, false},
	{TagStudy, atRequest, 0, Study, false},
	{TagSeries, atRoot, 0, Series, true},
	{0x00400001, atStep, 16, StationAE, false},
	{0x00400241, atRoot, 16, StationAE, false},
	{0x00400242, atRoot, 16, Station, false},
	{0x00400252, atRoot, 16, StepStatus, false},
}

// hints has the bit of every wanted element, so that most others are not looked up.
var hints = func() (h uint64) {
	for i := range attributes {
		h |= 1 << attributes[i].tag.hint()
	}
	return h
}()

// hint is one of 64 numbers that differ for neighbouring elements.
func (t Tag) hint() uint { return uint(t^t>>14) & 63 }

// row is where attributes has t in place p, or anywhere if p is atOther; -1 if
// it is not wanted there.
func row(t Tag, p place) int {
	if hints>>t.hint()&1 == 0 {
		return -1
	}
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
func (t Tag) creator() bool {
	element := t & 0xffff
	return t>>16&1 != 0 && element >= 0x10 && element <= 0xff
}

// inside is the place that the current element, a sequence in place p, opens.
func (r *Reader) inside(p place) place {
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
func (r *Reader) isSequence() bool {
	if r.vr != 0 {
		return r.vr == vrSQ
	}
	switch r.tag {
	case tagScheduledStep, tagScheduledAttrs, tagUDISequence:
		return true
	}
	return r.mode == Query && keys()[r.tag].Sequence
}

// wants reports whether the value of the current element in place p matters.
func (r *Reader) wants(p place) bool {
	if r.mode == Query {
		return r.tag&0xffff != 0 // group lengths are no keys
	}
	if r.length == 0 || p == atOther {
		return false
	}
	r.row = row(r.tag, p)
	if r.row >= 0 {
		return !attributes[r.row].file || r.mode == Whole
	}
	return p == atRoot && r.tag < lastMakers && r.tag.creator()
}
