package dicom

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"lazaret/internal/event"
)

// keys is what a query or retrieval asked for.
type keys struct {
	filled    []string
	wildcards []string
	empty     uint64
	days      int
	open      bool // a date range without an end or without a beginning
}

// write enters the keys into the record.
func (k *keys) write(rec *Operation) {
	slices.Sort(k.filled)
	slices.Sort(k.wildcards)
	rec.QueryKeys, rec.Wildcards, rec.ReturnKeys = k.filled, k.wildcards, k.empty
	rec.DateRangeOpen = k.open
	if k.days > 0 && !k.open {
		rec.DateRangeDays = event.N(k.days)
	}
}

// key is what is known of a tag that queries use.
type key struct {
	tag      tag
	name     string // PS3.6 keyword
	sequence bool
	date     bool // DA or DT of an examination, whose range tells how much is asked for
}

// keyword is the key's name, or its tag in hexadecimal.
func (k key) keyword(t tag) string {
	if k.name != "" {
		return k.name
	}
	return fmt.Sprintf("%08X", uint32(t))
}

// keyOf looks a tag up.
func keyOf(t tag) key {
	i, ok := slices.BinarySearchFunc(queryKeys[:], t, func(k key, t tag) int { return cmp.Compare(k.tag, t) })
	if !ok {
		return key{}
	}
	return queryKeys[i]
}

// queryKeys are the attributes of the query and worklist information models
// (PS3.4 C.6 and K.6.1), and those asked for in practice, sorted by tag.
var queryKeys = [...]key{
	{tag: 0x00080016, name: "SOPClassUID"},
	{tag: 0x00080018, name: "SOPInstanceUID"},
	{tag: 0x00080020, name: "StudyDate", date: true},
	{tag: 0x00080021, name: "SeriesDate", date: true},
	{tag: 0x00080022, name: "AcquisitionDate", date: true},
	{tag: 0x00080023, name: "ContentDate", date: true},
	{tag: 0x0008002a, name: "AcquisitionDateTime", date: true},
	{tag: 0x00080030, name: "StudyTime"},
	{tag: 0x00080031, name: "SeriesTime"},
	{tag: 0x00080032, name: "AcquisitionTime"},
	{tag: 0x00080033, name: "ContentTime"},
	{tag: 0x00080050, name: "AccessionNumber"},
	{tag: 0x00080051, name: "IssuerOfAccessionNumberSequence", sequence: true},
	{tag: 0x00080056, name: "InstanceAvailability"},
	{tag: 0x00080060, name: "Modality"},
	{tag: 0x00080061, name: "ModalitiesInStudy"},
	{tag: 0x00080062, name: "SOPClassesInStudy"},
	{tag: 0x00080064, name: "ConversionType"},
	{tag: 0x00080070, name: "Manufacturer"},
	{tag: 0x00080080, name: "InstitutionName"},
	{tag: 0x00080082, name: "InstitutionCodeSequence", sequence: true},
	{tag: 0x00080090, name: "ReferringPhysicianName"},
	{tag: 0x00080096, name: "ReferringPhysicianIdentificationSequence", sequence: true},
	{tag: 0x00080100, name: "CodeValue"},
	{tag: 0x00080102, name: "CodingSchemeDesignator"},
	{tag: 0x00080104, name: "CodeMeaning"},
	{tag: 0x00081010, name: "StationName"},
	{tag: 0x00081030, name: "StudyDescription"},
	{tag: 0x00081032, name: "ProcedureCodeSequence", sequence: true},
	{tag: 0x0008103e, name: "SeriesDescription"},
	{tag: 0x00081040, name: "InstitutionalDepartmentName"},
	{tag: 0x00081048, name: "PhysiciansOfRecord"},
	{tag: 0x00081050, name: "PerformingPhysicianName"},
	{tag: 0x00081060, name: "NameOfPhysiciansReadingStudy"},
	{tag: 0x00081070, name: "OperatorsName"},
	{tag: 0x00081080, name: "AdmittingDiagnosesDescription"},
	{tag: 0x00081090, name: "ManufacturerModelName"},
	{tag: 0x00081110, name: "ReferencedStudySequence", sequence: true},
	{tag: 0x00081111, name: "ReferencedPerformedProcedureStepSequence", sequence: true},
	{tag: 0x00081115, name: "ReferencedSeriesSequence", sequence: true},
	{tag: 0x00081120, name: "ReferencedPatientSequence", sequence: true},
	{tag: 0x00081140, name: "ReferencedImageSequence", sequence: true},
	{tag: 0x00081150, name: "ReferencedSOPClassUID"},
	{tag: 0x00081155, name: "ReferencedSOPInstanceUID"},
	{tag: 0x00081190, name: "RetrieveURL"},
	{tag: 0x00081199, name: "ReferencedSOPSequence", sequence: true},
	{tag: 0x00100010, name: "PatientName"},
	{tag: 0x00100020, name: "PatientID"},
	{tag: 0x00100021, name: "IssuerOfPatientID"},
	{tag: 0x00100024, name: "IssuerOfPatientIDQualifiersSequence", sequence: true},
	{tag: 0x00100030, name: "PatientBirthDate"},
	{tag: 0x00100032, name: "PatientBirthTime"},
	{tag: 0x00100040, name: "PatientSex"},
	{tag: 0x00101000, name: "OtherPatientIDs"},
	{tag: 0x00101001, name: "OtherPatientNames"},
	{tag: 0x00101002, name: "OtherPatientIDsSequence", sequence: true},
	{tag: 0x00101010, name: "PatientAge"},
	{tag: 0x00101020, name: "PatientSize"},
	{tag: 0x00101030, name: "PatientWeight"},
	{tag: 0x00102000, name: "MedicalAlerts"},
	{tag: 0x00102110, name: "Allergies"},
	{tag: 0x00102160, name: "EthnicGroup"},
	{tag: 0x00102180, name: "Occupation"},
	{tag: 0x001021b0, name: "AdditionalPatientHistory"},
	{tag: 0x001021c0, name: "PregnancyStatus"},
	{tag: 0x00104000, name: "PatientComments"},
	{tag: 0x00180015, name: "BodyPartExamined"},
	{tag: 0x00181030, name: "ProtocolName"},
	{tag: 0x0020000d, name: "StudyInstanceUID"},
	{tag: 0x0020000e, name: "SeriesInstanceUID"},
	{tag: 0x00200010, name: "StudyID"},
	{tag: 0x00200011, name: "SeriesNumber"},
	{tag: 0x00200012, name: "AcquisitionNumber"},
	{tag: 0x00200013, name: "InstanceNumber"},
	{tag: 0x00201070, name: "OtherStudyNumbers"},
	{tag: 0x00201200, name: "NumberOfPatientRelatedStudies"},
	{tag: 0x00201202, name: "NumberOfPatientRelatedSeries"},
	{tag: 0x00201204, name: "NumberOfPatientRelatedInstances"},
	{tag: 0x00201206, name: "NumberOfStudyRelatedSeries"},
	{tag: 0x00201208, name: "NumberOfStudyRelatedInstances"},
	{tag: 0x00201209, name: "NumberOfSeriesRelatedInstances"},
	{tag: 0x00280008, name: "NumberOfFrames"},
	{tag: 0x00280010, name: "Rows"},
	{tag: 0x00280011, name: "Columns"},
	{tag: 0x00321032, name: "RequestingPhysician"},
	{tag: 0x00321033, name: "RequestingService"},
	{tag: 0x00321060, name: "RequestedProcedureDescription"},
	{tag: 0x00321064, name: "RequestedProcedureCodeSequence", sequence: true},
	{tag: 0x00321070, name: "RequestedContrastAgent"},
	{tag: 0x00324000, name: "StudyComments"},
	{tag: 0x00380010, name: "AdmissionID"},
	{tag: 0x00380050, name: "SpecialNeeds"},
	{tag: 0x00380300, name: "CurrentPatientLocation"},
	{tag: 0x00380500, name: "PatientState"},
	{tag: 0x00400001, name: "ScheduledStationAETitle"},
	{tag: 0x00400002, name: "ScheduledProcedureStepStartDate", date: true},
	{tag: 0x00400003, name: "ScheduledProcedureStepStartTime"},
	{tag: 0x00400004, name: "ScheduledProcedureStepEndDate", date: true},
	{tag: 0x00400006, name: "ScheduledPerformingPhysicianName"},
	{tag: 0x00400007, name: "ScheduledProcedureStepDescription"},
	{tag: 0x00400008, name: "ScheduledProtocolCodeSequence", sequence: true},
	{tag: 0x00400009, name: "ScheduledProcedureStepID"},
	{tag: 0x00400010, name: "ScheduledStationName"},
	{tag: 0x00400011, name: "ScheduledProcedureStepLocation"},
	{tag: 0x00400012, name: "PreMedication"},
	{tag: 0x00400020, name: "ScheduledProcedureStepStatus"},
	{tag: 0x00400100, name: "ScheduledProcedureStepSequence", sequence: true},
	{tag: 0x00400220, name: "ReferencedNonImageCompositeSOPInstanceSequence", sequence: true},
	{tag: 0x00400241, name: "PerformedStationAETitle"},
	{tag: 0x00400244, name: "PerformedProcedureStepStartDate", date: true},
	{tag: 0x00400245, name: "PerformedProcedureStepStartTime"},
	{tag: 0x00400250, name: "PerformedProcedureStepEndDate", date: true},
	{tag: 0x00400252, name: "PerformedProcedureStepStatus"},
	{tag: 0x00400253, name: "PerformedProcedureStepID"},
	{tag: 0x00400260, name: "PerformedProtocolCodeSequence", sequence: true},
	{tag: 0x00400270, name: "ScheduledStepAttributesSequence", sequence: true},
	{tag: 0x00400275, name: "RequestAttributesSequence", sequence: true},
	{tag: 0x00401001, name: "RequestedProcedureID"},
	{tag: 0x00401003, name: "RequestedProcedurePriority"},
	{tag: 0x00401004, name: "PatientTransportArrangements"},
	{tag: 0x00402016, name: "PlacerOrderNumberImagingServiceRequest"},
	{tag: 0x00402017, name: "FillerOrderNumberImagingServiceRequest"},
	{tag: 0x0040a043, name: "ConceptNameCodeSequence", sequence: true},
	{tag: 0x0040a491, name: "CompletionFlag"},
	{tag: 0x0040a493, name: "VerificationFlag"},
	{tag: 0x00880130, name: "StorageMediaFileSetID"},
	{tag: 0x00880140, name: "StorageMediaFileSetUID"},
}

// takeKey takes a key of an identifier. Of its value only the following leave
// this function: that there is one, whether it holds wild cards, the width of a
// date range, names of machines and kinds, and hashes.
func (a *analyzer) takeKey(r *reader, v []byte) {
	k := &r.op.keys
	rec := &r.op.rec
	v = trim(v)
	switch r.tag {
	case tagQueryLevel:
		a.text(&rec.QueryLevel, slotLevel, r, v, 16)
		return
	case tagRetrieveAE, tagTimezone:
		return
	}
	known := keyOf(r.tag)
	if len(v) == 0 {
		k.empty++
		return
	}
	name := known.keyword(r.tag)
	k.filled = addDistinct(k.filled, name, maxListed)
	if known.date {
		k.span(v)
		return
	}
	if bytes.ContainsAny(v, "*?") {
		if len(bytes.Trim(v, "*")) == 0 {
			name += "=*"
		}
		k.wildcards = addDistinct(k.wildcards, name, maxListed)
		return
	}
	if bytes.IndexByte(v, '\\') >= 0 {
		return // a list of values names no single patient or study
	}
	switch r.tag {
	case tagPatientID, tagStudy, tagAccession, tagModality, tagStationAE:
		a.attribute(r, v)
	}
}

// span takes the range of dates of a DA or DT key (PS3.4 C.2.2.2.5). A single
// date is a range of one day.
func (k *keys) span(v []byte) {
	first, last, isRange := bytes.Cut(v, []byte{'-'})
	from, ok := day(first)
	if !isRange {
		if ok {
			k.days = max(k.days, 1)
		}
		return
	}
	to, ok2 := day(last)
	switch {
	case ok && ok2 && to >= from:
		k.days = max(k.days, to-from+1)
	case ok != ok2:
		k.open = true
	}
}

// day is the number of the day that a DA or DT value begins with.
func day(v []byte) (int, bool) {
	v = trim(v)
	if len(v) < 8 {
		return 0, false
	}
	n := 0
	for _, c := range v[:8] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	y, m, d := n/10000, n/100%100, n%100
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	return int(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400), true
}
