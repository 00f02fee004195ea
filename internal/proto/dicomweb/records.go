package dicomweb

import (
	"lazaret/internal/event"
)

// Record is one transaction (PS3.18). It is emitted when the answer is complete, or
// with the end of the conversation.
type Record struct {
	IsOrig       bool           `log:"is_orig,always" doc:"True if the originator of the connection asked"`
	Service      string         `log:"service" doc:"qido (search), wado-rs, wado-uri (retrieval), stow (store), delete, ups (worklist items), capabilities (PS3.18 9 to 11)"`
	Level        string         `log:"level" doc:"What was asked for: studies, series, instances, frames, metadata, rendered, thumbnail, bulkdata, workitems"`
	Method       string         `log:"method" doc:"HTTP method"`
	Status       event.Count    `log:"status_code" doc:"HTTP status; absent if no answer was seen"`
	Duration     event.Interval `log:"duration" doc:"From the head of the request to the end of the answer"`
	QueryKeys    []string       `log:"query_keys" doc:"Keywords of the attributes matched in a search, sorted; other for names that are no attribute's. Values never"`
	Wildcard     bool           `log:"query_wildcard" doc:"A value of the search held * or ?"`
	Include      bool           `log:"query_includes" doc:"More attributes than usual were asked for (includefield)"`
	Fuzzy        bool           `log:"query_fuzzy" doc:"Fuzzy matching of names was asked for"`
	Limit        event.Count    `log:"limit" doc:"Most results wanted"`
	Offset       event.Count    `log:"offset" doc:"Results to be left out at the beginning"`
	Accept       []string       `log:"accept" doc:"Media types that the client takes, at most 4"`
	RequestType  string         `log:"request_type" doc:"Media type of the request's content, with the type of its parts"`
	ResponseType string         `log:"response_type" doc:"Media type of the answer's content, with the type of its parts"`
	Parts        event.Count    `log:"parts" doc:"Parts of multipart/related content (RFC 2387) that were whole, of both directions"`
	PartsWhole   event.Bool     `log:"parts_complete" doc:"The last delimiter was seen and no part was cut"`
	Objects      uint64         `log:"objects" doc:"DICOM files in request and answer"`
	SOPClasses   []string       `log:"sop_classes" doc:"Their SOP class UIDs, distinct, sorted, at most 16"`
	Results      event.Count    `log:"results" doc:"Data sets in an answer in JSON"`
	Stored       event.Count    `log:"stored" doc:"Instances that the answer to a store lists as stored (0008,1199)"`
	Failed       event.Count    `log:"failed" doc:"Instances that it lists as refused (0008,1198)"`
	ToServer     uint64         `log:"request_bytes" doc:"Bytes of content of the request"`
	ToClient     uint64         `log:"response_bytes" doc:"Bytes of content of the answer"`
	Patient      string         `log:"patient" doc:"Keyed hash of a patient id searched for" class:"pseudo"`
	Accession    string         `log:"accession" doc:"Keyed hash of an accession number searched for" class:"pseudo"`
	Study        string         `log:"study" doc:"Keyed hash of the study instance UID" class:"pseudo"`
	Series       string         `log:"series" doc:"Keyed hash of the series instance UID" class:"pseudo"`
	Instance     string         `log:"sop_instance" doc:"Keyed hash of the SOP instance UID" class:"pseudo"`
	Login        string         `log:"authorization" doc:"Kind of credentials, never their content: basic, bearer, digest, negotiate, other; unset if none"`
	UserAgent    string         `log:"user_agent" doc:"The client's software"`
	Server       string         `log:"server" doc:"The server's software"`
}

// FileRecord is one DICOM file (PS3.10) seen in the content of a message.
type FileRecord struct {
	IsOrig       bool        `log:"is_orig,always" doc:"True if the originator of the connection sent it"`
	Via          string      `log:"via" doc:"How it travelled: stow, wado, or http for any other way"`
	Preamble     string      `log:"preamble" doc:"What its first 128 bytes are (PS3.10 7.1): zero, tiff, bigtiff, pe, mz, elf, mach-o, mach-o-fat, java-class, script and other programs, other, none"`
	Transfer     string      `log:"transfer_syntax" doc:"Transfer syntax UID (0002,0010)"`
	TransferName string      `log:"transfer_syntax_name" doc:"Its name (PS3.6)"`
	SOPClass     string      `log:"sop_class" doc:"SOP class UID"`
	SOPName      string      `log:"sop_class_name" doc:"Its name (PS3.6), empty if private"`
	Bytes        uint64      `log:"size,always" doc:"Bytes seen of it"`
	Whole        bool        `log:"whole,always" doc:"Nothing of it was missed"`
	Status       event.Count `log:"status_code" doc:"HTTP status of the answer to it, or that it came with; absent if none was seen"`
	MediaType    string      `log:"media_type" doc:"Media type under which it travelled"`
	Modality     string      `log:"modality" doc:"Modality (0008,0060)"`
	Manufacturer string      `log:"manufacturer" doc:"Manufacturer (0008,0070)"`
	Model        string      `log:"model" doc:"Manufacturer's model name (0008,1090)"`
	Station      string      `log:"station_name" doc:"Station name (0008,1010)"`
	Serial       string      `log:"device_serial" doc:"Device serial number (0018,1000)"`
	Software     []string    `log:"software_versions" doc:"Software versions (0018,1020)"`
	Institution  string      `log:"institution" doc:"Institution name (0008,0080)"`
	Department   string      `log:"department" doc:"Institutional department name (0008,1040)"`
	DeviceUID    string      `log:"device_uid" doc:"Device UID (0018,1002)"`
	UDI          string      `log:"udi" doc:"Unique device identifier (0018,1009)"`
	ImplUID      string      `log:"implementation_uid" doc:"Implementation class UID of the writer of the file (0002,0012)"`
	ImplName     string      `log:"implementation_version" doc:"Implementation version name of the writer (0002,0013)"`
	SourceAE     string      `log:"source_ae" doc:"AE title that wrote the file (0002,0016)"`
	SendingAE    string      `log:"sending_ae" doc:"AE title that sent it (0002,0017)"`
	ReceivingAE  string      `log:"receiving_ae" doc:"AE title that it was meant for (0002,0018)"`
	Programs     uint64      `log:"programs" doc:"Values in the object that begin with an executable, its heads checked"`
	ProgramTag   string      `log:"program_tag" doc:"Element of the first of them, (gggg,eeee)"`
	ProgramVR    string      `log:"program_vr" doc:"Its value representation; absent in implicit VR"`
	ProgramKind  string      `log:"program_kind" doc:"What it is: pe, elf, mach-o, mach-o-fat"`
	PrivCreators []string    `log:"private_creators" doc:"Private creator elements seen, distinct, at most 8 (PS3.5 7.8)"`
	SOPInstance  string      `log:"sop_instance" doc:"Keyed hash of the SOP instance UID" class:"pseudo"`
	InstanceRoot string      `log:"instance_uid_root" doc:"Leading arcs of the SOP instance UID up to a known maker's root; names a maker, not a patient"`
	Patient      string      `log:"patient" doc:"Keyed hash of the patient id (0010,0020), the same as in dicom_op and hl7" class:"pseudo"`
	Study        string      `log:"study" doc:"Keyed hash of the study instance UID" class:"pseudo"`
	Series       string      `log:"series" doc:"Keyed hash of the series instance UID" class:"pseudo"`
	Accession    string      `log:"accession" doc:"Keyed hash of the accession number" class:"pseudo"`
}

// MatchesRecord is whose data answers in JSON told (PS3.18 8.3.4, 10.4.3.3): of searches, of
// worklists, and metadata. It is emitted when it has as many patients or studies as it holds,
// and at the end of the answer.
type MatchesRecord struct {
	IsOrig   bool     `log:"is_orig,always" doc:"True if the originator of the connection asked"`
	Service  string   `log:"service" doc:"qido, ups or wado-rs, as in dicomweb"`
	Level    string   `log:"level" doc:"What was asked for, as in dicomweb"`
	Answers  uint64   `log:"answers,always" doc:"Data sets that this record tells of"`
	Patients []string `log:"patients" doc:"Keyed hashes of their patient ids, the same as in dicom_op and hl7, distinct, at most 64" class:"pseudo"`
	Studies  []string `log:"studies" doc:"Keyed hashes of their study instance UIDs, distinct, at most 64" class:"pseudo"`
}

// Schemas of this package's records.
var (
	MatchesSchema = event.NewSchema[MatchesRecord]("dicomweb_matches", "Whose data some answers of a DICOM web service told")
	Schema        = event.NewSchema[Record]("dicomweb", "One transaction of a DICOM web service")
	FileSchema    = event.NewSchema[FileRecord]("dicom_file", "One DICOM file seen in the content of messages")
)

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Schema implements event.Payload.
func (*MatchesRecord) Schema() *event.Schema { return MatchesSchema }

// Schema implements event.Payload.
func (*FileRecord) Schema() *event.Schema { return FileSchema }
