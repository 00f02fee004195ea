package fhir

import (
	"lazaret/internal/event"
)

// Record is one interaction. It is emitted when the answer is complete, or with the end
// of the conversation.
type Record struct {
	IsOrig      bool           `log:"is_orig,always" doc:"True if the originator of the connection asked"`
	Interaction string         `log:"interaction" doc:"read, vread, update, patch, delete, history, create, search, capabilities, batch, transaction, operation (FHIR 3.2.0); unset if the target is not of the interface"`
	Resource    string         `log:"resource" doc:"Type of the resource asked for or sent"`
	Operation   string         `log:"operation" doc:"Name of an operation, without its dollar sign"`
	Method      string         `log:"method" doc:"HTTP method"`
	Status      event.Count    `log:"status_code" doc:"HTTP status; absent if no answer was seen"`
	Duration    event.Interval `log:"duration" doc:"From the head of the request to the end of the answer"`
	Parameters  []string       `log:"parameters" doc:"Names of the parameters with their modifiers, sorted, at most 16; other for what looks like no name. Values never"`
	Answered    string         `log:"response_resource" doc:"Type of the resource in the answer"`
	BundleType  string         `log:"bundle_type" doc:"Bundle.type of what was sent, else of what was answered"`
	BundleTotal event.Count    `log:"bundle_total" doc:"Bundle.total, if told"`
	Entries     event.Count    `log:"entries" doc:"Entries of the Bundle"`
	EntryTypes  []string       `log:"entry_types" doc:"Types of the resources in them, sorted, at most 24"`
	EntryCounts []int          `log:"entry_type_counts" doc:"How many there are of each, in the same order"`
	Profiles    []string       `log:"profiles" doc:"Profiles that the resource claims (meta.profile), at most 4"`
	Consent     bool           `log:"consent" doc:"It is about a consent: a Consent, a form or a document of one"`
	Format      string         `log:"format" doc:"How it is written: json or xml"`
	ID          string         `log:"resource_id" doc:"Keyed hash of the logical id of the resource" class:"pseudo"`
	Patient     string         `log:"patient" doc:"Keyed hash of the logical id of the patient it is about, the same as resource_id of that Patient" class:"pseudo"`
	Maker       string         `log:"device_manufacturer" doc:"Device.manufacturer"`
	Model       string         `log:"device_model" doc:"Device.modelNumber, or the name that is its model"`
	Serial      string         `log:"device_serial" doc:"Device.serialNumber, unless the device belongs to a patient"`
	UDI         string         `log:"device_udi" doc:"Device identifier or human readable form of the UDI, unless the device belongs to a patient"`
	DevVersion  string         `log:"device_version" doc:"Device.version.value: its software"`
	Software    string         `log:"software" doc:"CapabilityStatement.software.name: what the server is"`
	SoftVersion string         `log:"software_version" doc:"CapabilityStatement.software.version"`
	FHIRVersion string         `log:"fhir_version" doc:"CapabilityStatement.fhirVersion"`
	Login       string         `log:"authorization" doc:"Kind of credentials, never their content: basic, bearer, digest, negotiate, other; unset if none"`
	UserAgent   string         `log:"user_agent" doc:"The client's software"`
	Server      string         `log:"server" doc:"The server's software (header field)"`
	ToServer    uint64         `log:"request_bytes" doc:"Bytes of content of the request"`
	ToClient    uint64         `log:"response_bytes" doc:"Bytes of content of the answer"`
}

// MatchesRecord is whose data a Bundle told (FHIR 3.1.1). It is emitted when it has as many
// patients as it holds, and at the end of the answer.
type MatchesRecord struct {
	IsOrig      bool     `log:"is_orig,always" doc:"True if the originator of the connection asked"`
	Interaction string   `log:"interaction" doc:"As in fhir"`
	Resource    string   `log:"resource" doc:"Type of the resource asked for"`
	Answers     uint64   `log:"answers,always" doc:"Entries that this record tells of"`
	Patients    []string `log:"patients" doc:"Keyed hashes of the logical ids of patients, the same as in fhir, distinct, at most 64" class:"pseudo"`
}

// The declarations of the records.
var (
	Schema        = event.NewSchema[Record]("fhir", "One interaction with a FHIR server")
	MatchesSchema = event.NewSchema[MatchesRecord]("fhir_matches", "Whose data some entries of a Bundle told")
)

// Schema implements event.Payload.
func (*MatchesRecord) Schema() *event.Schema { return MatchesSchema }

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
