// Package clinical reads the clues of the hospital's own protocols: DICOM, DICOMweb,
// HL7 v2, FHIR, and the audit messages of IHE with the syslog that carries them.
//
// One file holds one protocol; Readers says which of them looks at which record.
// These records show work: who sends images, who asks for a worklist, who registers
// patients. So they give activities first, and names, makers and places beside.
//
// What stands inside an object or a message is its author's word. A stored object
// describes the scanner that made it (PS3.3 C.7.5.1) and is handed on as an Object; the
// application that wrote a message (MSH-3) is passed on as what went through the
// sender's hands. Only procedure steps and worklists speak of who sends them (PS3.4
// F.7). That a request was made proves the asker's part; the answerer's takes an answer
// that is no refusal.
//
// It refuses names of persons and what is said of patients: the records have none.
// Readers keep nothing; what they append aliases the record.
package clinical

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/fhir"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/proto/syslog"
)

// Readers are the readers of this package, by the schema of the records they look at.
var Readers = map[*event.Schema]clues.Reader{
	dicom.OperationSchema:   clues.Of(readOperation),
	dicom.AssociationSchema: clues.Of(readAssociation),
	hl7.MessageSchema:       clues.Of(readMessage),
	dicomweb.Schema:         clues.Of(readDICOMweb),
	dicomweb.FileSchema:     clues.Of(readDICOMFile),
	fhir.Schema:             clues.Of(readFHIR),
	syslog.Schema:           clues.Of(readSyslog),
	syslog.AuditSchema:      clues.Of(readAudit),
}
