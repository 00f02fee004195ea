package dicom

import "lazaret/internal/event"

// Association is the record of one DICOM association (PS3.8 9.3): who called
// whom, what was offered and accepted, and what travelled over it. It is emitted
// when the association ends.
type Association struct {
	IsOrig       bool           `log:"is_orig,always" doc:"True if the originator of the connection requested the association"`
	Calling      string         `log:"calling_ae" doc:"Calling AE title (PS3.8 9.3.2), trimmed"`
	Called       string         `log:"called_ae" doc:"Called AE title (PS3.8 9.3.2), trimmed"`
	Result       string         `log:"result" doc:"accepted, rejected, aborted (before an answer), unanswered, or unseen (the negotiation was not captured)"`
	RejectResult event.Count    `log:"reject_result" doc:"A-ASSOCIATE-RJ result: 1 permanent, 2 transient (PS3.8 9.3.4)"`
	RejectSource event.Count    `log:"reject_source" doc:"A-ASSOCIATE-RJ source (PS3.8 9.3.4)"`
	RejectReason event.Count    `log:"reject_reason" doc:"A-ASSOCIATE-RJ reason (PS3.8 9.3.4)"`
	End          string         `log:"end" doc:"How it ended: released, aborted, or open (neither was seen before the connection, or the capture, ended); unset if rejected"`
	AbortSource  event.Count    `log:"abort_source" doc:"A-ABORT source: 0 service user, 2 service provider (PS3.8 9.3.8)"`
	AbortReason  event.Count    `log:"abort_reason" doc:"A-ABORT reason (PS3.8 9.3.8)"`
	Duration     event.Interval `log:"duration" doc:"From the request to the end"`
	Context      string         `log:"application_context" doc:"Application context name if it is not the DICOM one"`
	Offered      []string       `log:"offered" doc:"Abstract syntax UIDs of the presentation contexts offered, in order"`
	Accepted     []string       `log:"accepted" doc:"Abstract syntax UIDs of the presentation contexts accepted, in order"`
	Transfer     []string       `log:"transfer_syntaxes" doc:"Transfer syntax UIDs accepted, distinct, in order"`
	OfferedXfer  []string       `log:"offered_transfer_syntaxes" doc:"Transfer syntax UIDs offered, distinct, in order"`
	RqMaxPDU     event.Count    `log:"requestor_max_pdu" doc:"Maximum length the requestor receives, bytes, 0 unlimited (PS3.8 D.1)"`
	AcMaxPDU     event.Count    `log:"acceptor_max_pdu" doc:"Maximum length the acceptor receives, bytes, 0 unlimited (PS3.8 D.1)"`
	RqImplUID    string         `log:"requestor_implementation_uid" doc:"Implementation class UID of the requestor (PS3.7 D.3.3.2)"`
	RqImplName   string         `log:"requestor_implementation_version" doc:"Implementation version name of the requestor (PS3.7 D.3.3.2)"`
	AcImplUID    string         `log:"acceptor_implementation_uid" doc:"Implementation class UID of the acceptor (PS3.7 D.3.3.2)"`
	AcImplName   string         `log:"acceptor_implementation_version" doc:"Implementation version name of the acceptor (PS3.7 D.3.3.2)"`
	Roles        []string       `log:"roles" doc:"SCP/SCU roles accepted, as UID:scu:scp (PS3.7 D.3.3.4)"`
	AsyncInvoked event.Count    `log:"async_invoked" doc:"Maximum operations invoked, as proposed (PS3.7 D.3.3.3)"`
	AsyncPerf    event.Count    `log:"async_performed" doc:"Maximum operations performed, as proposed (PS3.7 D.3.3.3)"`
	Extended     []string       `log:"extended_negotiation" doc:"SOP class UIDs with extended or common extended negotiation (PS3.7 D.3.3.5, D.3.3.6)"`
	Identity     string         `log:"user_identity" doc:"Kind of user identity offered, never its content: username, username_passcode, kerberos, saml, jwt, or its number (PS3.7 D.3.3.7)"`
	IdentityOK   event.Bool     `log:"user_identity_response" doc:"True if the acceptor answered the user identity"`
	Services     []string       `log:"services" doc:"What was done, distinct, in order of completion: verification, storage, query, retrieve, worklist, mpps, storage-commitment, print, other"`
	Ops          uint64         `log:"operations,always" doc:"Operations seen"`
	Failed       uint64         `log:"failed,always" doc:"Operations answered with a failure status"`
	Bytes        uint64         `log:"dataset_bytes,always" doc:"Bytes of data sets that travelled, bulk data included, as the PDVs announce them"`
	Missed       uint64         `log:"missed_bytes" doc:"Bytes lost within the association"`
}

// Operation is the record of one DIMSE operation (PS3.7 9 and 10), emitted when
// its final response, or the end of the association, is seen.
type Operation struct {
	IsOrig     bool           `log:"is_orig,always" doc:"True if the originator of the connection requested the operation"`
	Calling    string         `log:"calling_ae" doc:"Calling AE title of the association"`
	Called     string         `log:"called_ae" doc:"Called AE title of the association"`
	FromCaller bool           `log:"from_requestor,always" doc:"True if the requestor of the association invoked the operation"`
	Command    string         `log:"command" doc:"C-STORE, C-FIND, C-GET, C-MOVE, C-ECHO, N-EVENT-REPORT, N-GET, N-SET, N-ACTION, N-CREATE, N-DELETE (PS3.7 E.1)"`
	Service    string         `log:"service" doc:"What it means: verification, storage, query, retrieve, worklist, mpps, storage-commitment, print, other"`
	MessageID  event.Count    `log:"message_id" doc:"Message ID (0000,0110)"`
	SOPClass   string         `log:"sop_class" doc:"Affected or requested SOP class UID"`
	SOPName    string         `log:"sop_class_name" doc:"Name of the SOP class (PS3.6), empty if private"`
	Transfer   string         `log:"transfer_syntax" doc:"Transfer syntax UID of its presentation context"`
	Status     event.Count    `log:"status" doc:"Final status (0000,0900) as a number; absent if no response was seen"`
	StatusName string         `log:"status_name" doc:"success, pending, cancel, warning, failure (PS3.7 C)"`
	Responses  uint64         `log:"responses" doc:"Responses seen, pending ones included"`
	Matches    uint64         `log:"matches" doc:"Pending responses that carried a data set"`
	Remaining  event.Count    `log:"remaining" doc:"Remaining sub-operations of the last response (0000,1020)"`
	Completed  event.Count    `log:"completed" doc:"Completed sub-operations (0000,1021)"`
	FailedSub  event.Count    `log:"failed_suboperations" doc:"Failed sub-operations (0000,1022)"`
	Warned     event.Count    `log:"warning_suboperations" doc:"Sub-operations with warning (0000,1023)"`
	MoveDest   string         `log:"move_destination" doc:"Move destination AE title (0000,0600)"`
	MoveOrig   string         `log:"move_originator" doc:"Move originator AE title (0000,1030): this store is a sub-operation of its C-MOVE"`
	EventType  event.Count    `log:"event_type" doc:"Event type id (0000,1002)"`
	ActionType event.Count    `log:"action_type" doc:"Action type id (0000,1008)"`
	Cancelled  bool           `log:"cancelled" doc:"A C-CANCEL was seen for it"`
	Duration   event.Interval `log:"duration" doc:"From the request to the final response"`
	Bytes      uint64         `log:"dataset_bytes" doc:"Bytes of its data sets, both directions, bulk data included"`

	Modality      string      `log:"modality" doc:"Modality (0008,0060) of the object or of the scheduled step"`
	Manufacturer  string      `log:"manufacturer" doc:"Manufacturer (0008,0070)"`
	Model         string      `log:"model" doc:"Manufacturer's model name (0008,1090)"`
	Station       string      `log:"station_name" doc:"Station name (0008,1010)"`
	StationAE     string      `log:"station_ae" doc:"Scheduled or performed station AE title (0040,0001), (0040,0241)"`
	Serial        string      `log:"device_serial" doc:"Device serial number (0018,1000)"`
	Software      []string    `log:"software_versions" doc:"Software versions (0018,1020)"`
	Institution   string      `log:"institution" doc:"Institution name (0008,0080)"`
	Department    string      `log:"department" doc:"Institutional department name (0008,1040)"`
	DeviceUID     string      `log:"device_uid" doc:"Device UID (0018,1002)"`
	UDI           string      `log:"udi" doc:"Unique device identifier (0018,1009)"`
	ObjImplUID    string      `log:"object_implementation_uid" doc:"Implementation class UID (0002,0012), where a sender leaves the file meta information in the object"`
	PrivCreators  []string    `log:"private_creators" doc:"Private creator elements seen, distinct, at most 8 (PS3.5 7.8)"`
	SOPInstance   string      `log:"sop_instance" doc:"Keyed hash of the SOP instance UID" class:"pseudo"`
	InstanceRoot  string      `log:"instance_uid_root" doc:"Leading arcs of the SOP instance UID up to a known maker's root; names a maker, not a patient"`
	Patient       string      `log:"patient" doc:"Keyed hash of the patient id (0010,0020) without padding; the issuer has no part in it, so that HL7 and DICOM agree" class:"pseudo"`
	Study         string      `log:"study" doc:"Keyed hash of the study instance UID" class:"pseudo"`
	Accession     string      `log:"accession" doc:"Keyed hash of the accession number" class:"pseudo"`
	QueryLevel    string      `log:"query_level" doc:"Query/retrieve level (0008,0052)"`
	QueryKeys     []string    `log:"query_keys" doc:"Keywords of the matching keys that were filled in, sorted"`
	ReturnKeys    uint64      `log:"return_keys" doc:"Number of empty (universal) keys asked for"`
	Wildcards     []string    `log:"query_wildcards" doc:"Keywords of keys matched with * or ?, sorted; KEY=* when the value is only a wild card"`
	DateRangeDays event.Count `log:"query_date_range_days" doc:"Width of the widest date range asked for, days, both ends counted; absent if none or open ended"`
	DateRangeOpen bool        `log:"query_date_range_open" doc:"A date range without a beginning or without an end was asked for"`
	Programs      uint64      `log:"programs" doc:"Values in the object that begin with an executable, its heads checked"`
	ProgramTag    string      `log:"program_tag" doc:"Element of the first of them, (gggg,eeee)"`
	ProgramVR     string      `log:"program_vr" doc:"Its value representation; absent in implicit VR"`
	ProgramKind   string      `log:"program_kind" doc:"What it is: pe, elf, mach-o, mach-o-fat"`
	MPPSStatus    string      `log:"mpps_status" doc:"Performed procedure step status (0040,0252)"`
}

// Matches is the record of some answers to a C-FIND that carried a data set (PS3.4 C.4.1,
// K.4.1): whose they are. It is emitted when it has as many patients or studies as it
// holds, and at the end of the operation.
type Matches struct {
	IsOrig     bool        `log:"is_orig,always" doc:"True if the originator of the connection asked"`
	FromCaller bool        `log:"from_requestor,always" doc:"True if the requestor of the association asked"`
	Calling    string      `log:"calling_ae" doc:"Calling AE title of the association"`
	Called     string      `log:"called_ae" doc:"Called AE title of the association"`
	MessageID  event.Count `log:"message_id" doc:"Message ID (0000,0110) of the C-FIND"`
	Service    string      `log:"service" doc:"query or worklist, by the SOP class"`
	Answers    uint64      `log:"answers,always" doc:"Answers that this record tells of"`
	Patients   []string    `log:"patients" doc:"Keyed hashes of their patients, the same as in dicom_op, distinct, at most 64" class:"pseudo"`
	Studies    []string    `log:"studies" doc:"Keyed hashes of their studies, distinct, at most 64" class:"pseudo"`
}

// Schemas of this package's records.
var (
	AssociationSchema = event.NewSchema[Association]("dicom", "One DICOM association")
	OperationSchema   = event.NewSchema[Operation]("dicom_op", "One DIMSE operation")
	MatchesSchema     = event.NewSchema[Matches]("dicom_matches", "Whose data some answers to a DICOM query told")
)

// Schema implements event.Payload.
func (*Association) Schema() *event.Schema { return AssociationSchema }

// Schema implements event.Payload.
func (*Operation) Schema() *event.Schema { return OperationSchema }

// Schema implements event.Payload.
func (*Matches) Schema() *event.Schema { return MatchesSchema }
