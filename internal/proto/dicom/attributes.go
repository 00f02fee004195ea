package dicom

import (
	"bytes"
)

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

// requestReading is what is wanted of the data set of a request.
func requestReading(field uint16) reading {
	switch field {
	case cmdStore:
		return readObject
	case cmdFind, cmdMove, cmdGet:
		return readQuery
	case cmdNCreate, cmdNSet:
		return readStep
	}
	return readNothing
}

// responseReading is what is wanted of the data set of a response. Matches of a
// query are patients: nothing.
func responseReading(field uint16) reading {
	if field == cmdNGet || field == cmdNCreate {
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

// long reports whether the length has four bytes behind two reserved ones: the
// listed VRs, and whatever is added to them (PS3.5 7.1.2).
func (v vr) long() bool { return !v.short() }

// short reports whether the length has two bytes.
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

// Tags of wanted elements (PS3.6).
const (
	tagCharset        tag = 0x00080005
	tagSOPInstance    tag = 0x00080018
	tagAccession      tag = 0x00080050
	tagQueryLevel     tag = 0x00080052
	tagRetrieveAE     tag = 0x00080054
	tagModality       tag = 0x00080060
	tagManufacturer   tag = 0x00080070
	tagInstitution    tag = 0x00080080
	tagStationName    tag = 0x00081010
	tagDepartment     tag = 0x00081040
	tagModel          tag = 0x00081090
	tagMetaImplUID    tag = 0x00020012
	tagPatientID      tag = 0x00100020
	tagSerial         tag = 0x00181000
	tagDeviceUID      tag = 0x00181002
	tagUDI            tag = 0x00181009
	tagUDISequence    tag = 0x0018100a
	tagSoftware       tag = 0x00181020
	tagStudy          tag = 0x0020000d
	tagStationAE      tag = 0x00400001
	tagScheduledStep  tag = 0x00400100
	tagPerformedAE    tag = 0x00400241
	tagPerformedName  tag = 0x00400242
	tagMPPSStatus     tag = 0x00400252
	tagScheduledAttrs tag = 0x00400270
	tagTimezone       tag = 0x00080201
)

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
	return r.mode == readQuery && keyOf(r.tag).sequence
}

// wants reports whether the value of the current element in place p matters.
func (r *reader) wants(p place) bool {
	if r.mode == readQuery {
		return r.tag&0xffff != 0 // group lengths are no keys
	}
	switch p {
	case atRoot:
		switch r.tag {
		case tagCharset, tagSOPInstance, tagAccession, tagModality, tagManufacturer,
			tagInstitution, tagStationName, tagDepartment, tagModel, tagMetaImplUID, tagPatientID,
			tagSerial, tagDeviceUID, tagUDI, tagSoftware, tagStudy, tagPerformedAE,
			tagPerformedName, tagMPPSStatus:
			return r.length > 0
		}
		return r.tag.creator() && r.length > 0
	case atStep:
		return r.length > 0 && (r.tag == tagModality || r.tag == tagStationAE)
	case atRequest:
		return r.length > 0 && (r.tag == tagAccession || r.tag == tagStudy)
	case atUDI:
		return r.length > 0 && r.tag == tagUDI
	}
	return false
}

// take takes a wanted value. v is valid during the call.
func (a *analyzer) take(r *reader, v []byte) {
	if r.op == nil || r.op.closed {
		r.done = true
		return
	}
	if r.tag == tagCharset {
		r.charset = charsetOf(v)
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
		r.op.keys.filled = addDistinct(r.op.keys.filled, keyOf(r.tag).keyword(r.tag), maxListed)
	}
}

// attribute enters a value of an object into the record. The first value wins.
func (a *analyzer) attribute(r *reader, v []byte) {
	rec := &r.op.rec
	switch r.tag {
	case tagPatientID:
		a.pseudonym(&rec.Patient, "patient", &a.memo.patient, v)
	case tagStudy:
		a.pseudonym(&rec.Study, "study", &a.memo.study, v)
	case tagAccession:
		a.pseudonym(&rec.Accession, "accession", &a.memo.accession, v)
	case tagSOPInstance:
		if v = trim(v); len(v) > 0 {
			a.instance(rec, v)
		}
	case tagModality:
		a.text(&rec.Modality, slotModality, r, v, 16)
	case tagManufacturer:
		a.text(&rec.Manufacturer, slotManufacturer, r, v, 64)
	case tagInstitution:
		a.text(&rec.Institution, slotInstitution, r, v, 64)
	case tagStationName, tagPerformedName:
		a.text(&rec.Station, slotStation, r, v, 16)
	case tagDepartment:
		a.text(&rec.Department, slotDepartment, r, v, 64)
	case tagModel:
		a.text(&rec.Model, slotModel, r, v, 64)
	case tagMetaImplUID:
		a.text(&rec.ObjImplUID, slotMetaImpl, r, v, 64)
	case tagSerial:
		a.text(&rec.Serial, slotSerial, r, v, 64)
	case tagDeviceUID:
		a.text(&rec.DeviceUID, slotDeviceUID, r, v, 64)
	case tagUDI:
		a.text(&rec.UDI, slotUDI, r, v, 128)
	case tagStationAE, tagPerformedAE:
		a.text(&rec.StationAE, slotStationAE, r, v, 16)
	case tagMPPSStatus:
		a.text(&rec.MPPSStatus, slotMPPS, r, v, 16)
	case tagSoftware:
		if len(rec.Software) == 0 {
			rec.Software = a.list(r, v)
		}
	default:
		a.creator(r, v)
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
		a.memo.software = addDistinct(a.memo.software, r.charset.clean(e, 64), 8)
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
	if v = trim(v); string(v) != s {
		s = plain(v, 64)
		a.memo.creators[n] = s
	}
	rec.PrivCreators = addDistinct(rec.PrivCreators, s, 8)
}
