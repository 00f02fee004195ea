package clinical

import (
	"strings"

	"lazaret/internal/proto/dicom"
	"lazaret/internal/vendordb"
)

// kinds maps DICOM modality codes (PS3.3 C.7.3.1.1.1) to the role word of the
// machine that makes such images. Codes of other scanners count as "ot".
var kinds = map[string]string{
	"CT": "ct",
	"MR": "mr",
	"DX": "dx", "CR": "dx", "IO": "dx", "PX": "dx", "RG": "dx",
	"US": "us", "IVUS": "us", "BDUS": "us",
	"MG": "mg",
	"NM": "nm", "ST": "nm",
	"PT": "pt",
	"XA": "xa", "RF": "xa",
}

// kindOfModality is the role word for a modality code, "ot" for codes of other
// scanners. It is empty for codes of objects that people and programs make from
// images, which come from workstations and servers as well as from consoles,
// and for codes that are not in the standard.
func kindOfModality(code string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if k, ok := kinds[code]; ok {
		return k
	}
	if m, ok := vendordb.ModalityCode(code); ok && m.Kind == vendordb.ModalityScanner {
		return "ot"
	}
	return ""
}

// storageClass reports a SOP class under which objects are stored.
func storageClass(uid string) bool {
	e, ok := vendordb.SOPClass(uid)
	return ok && e.Family == vendordb.FamilyStorage
}

const storageRoot = "1.2.840.10008.5.1.4.1.1."

// derivedClass reports storage classes (PS3.4 B.5) whose objects are no fresh
// images although they may carry the modality code of the images they were made
// from: secondary capture (7), presentation states (11), raw data,
// registrations, segmentations and surfaces (66 to 68), reports, key objects
// and documents (88, 104), radiotherapy plans (481 but for its images).
func derivedClass(uid string) bool {
	tail, standard := strings.CutPrefix(uid, storageRoot)
	if !standard {
		return false
	}
	head, _, _ := strings.Cut(tail, ".")
	switch head {
	case "7", "8", "9", "10", "11", "66", "67", "68", "78", "79", "80", "82", "88", "90", "104", "200", "201":
		return true
	case "481":
		return tail != "481.1"
	}
	return false
}

// imageKind is the role word of the machine whose image a store carries, empty
// for everything that is no fresh image. The modality code speaks first; the
// SOP class decides when the code is absent.
func imageKind(op *dicom.Operation) string {
	if derivedClass(op.SOPClass) {
		return ""
	}
	if op.Modality != "" {
		return kindOfModality(op.Modality)
	}
	e, _ := vendordb.SOPClass(op.SOPClass)
	return kindOfModality(e.Modality)
}
