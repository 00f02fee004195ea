package syslog

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Record is one message.
type Record struct {
	Proto    string     `log:"proto" doc:"Transport: udp or tcp"`
	Facility string     `log:"facility" doc:"Facility by name (RFC 5424 6.2.1, as Zeek writes it); UNSPECIFIED without a priority"`
	Severity string     `log:"severity" doc:"Severity by name; UNSPECIFIED without a priority"`
	Format   string     `log:"format" doc:"rfc5424, rfc3164, cisco, or other: nothing of its header is known"`
	Sent     event.Time `log:"sent" doc:"Time in the message, if it has a year and a zone"`
	Host     string     `log:"host" doc:"Host that the message names as its origin; a relay keeps it"`
	App      string     `log:"app" doc:"Application (RFC 5424 APP-NAME, RFC 3164 TAG)"`
	MsgID    string     `log:"msg_id" doc:"Kind of message (RFC 5424 MSGID, or the mnemonic of a Cisco system)"`
	Size     uint64     `log:"message_size,always" doc:"Bytes of the message behind its priority; of one without an end, those looked at"`
	Mark     string     `log:"message_mark" doc:"Keyed hash of the text behind the header: the same text has the same mark; the text itself may name patients and is not kept" class:"pseudo"`
}

// Schema of the syslog log.
var Schema = event.NewSchema[Record]("syslog", "One syslog message, without its text")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Audit is one DICOM audit message.
type Audit struct {
	Event       string      `log:"event" doc:"Code of the event (EventID), such as 110103"`
	EventName   string      `log:"event_name" doc:"What PS3.16 CID 400 calls the event"`
	EventTypes  []string    `log:"event_types" doc:"Codes of the kind of event (EventTypeCode)"`
	Action      string      `log:"action" doc:"create, read, update, delete or execute"`
	Outcome     string      `log:"outcome" doc:"success, minor_failure, serious_failure or major_failure"`
	EventTime   event.Time  `log:"event_time" doc:"When it happened, by the message"`
	SourceID    string      `log:"source_id" doc:"AuditSourceID: which system reports"`
	SourceSite  string      `log:"source_site" doc:"AuditEnterpriseSiteID: where it stands"`
	SourceTypes []string    `log:"source_types" doc:"What the reporting system is (PS3.15 A.5.2.3): end_user, acquisition, web_server, application_server, database_server, security_server, network, operating_system, external or other"`
	Users       []string    `log:"users" doc:"UserID of the active participants, in order, at most 8" class:"person"`
	Requestors  event.Count `log:"requestors" doc:"How many of them asked for it"`
	Roles       []string    `log:"roles" doc:"Role of each, by PS3.16 CID 402: application, source, destination, media, launcher, or the code"`
	AETitles    []string    `log:"ae_titles" doc:"AE titles of the participants, each once"`
	Points      []string    `log:"access_points" doc:"Machine names and addresses of the participants, each once"`
	Objects     []string    `log:"objects" doc:"Kinds of things concerned, each once: person, system, organization or other, with the role in brackets"`
	IDTypes     []string    `log:"object_id_types" doc:"Kinds of their identifiers, each once: a code or its name"`
	Patients    []string    `log:"patients" doc:"Keyed hashes of the patients, the same as in DICOM and HL7 records, at most 8" class:"pseudo"`
	Studies     []string    `log:"studies" doc:"Keyed hashes of the studies, at most 8" class:"pseudo"`
	SOPClasses  []string    `log:"sop_classes" doc:"SOP classes of the objects, each once, at most 8"`
	Instances   event.Count `log:"instances" doc:"Sum of NumberOfInstances"`

	// Parties are the active participants that name a machine; not logged.
	Parties []Participant
}

// Participant is one active participant (PS3.15 A.5.2.2).
type Participant struct {
	Role     string // as in Audit.Roles, empty if not told
	AETitles []string
	IP       netid.IP // network access point, if it is an address
	Machine  string   // network access point, if it is a name
}

// AuditSchema of the dicom_audit log.
var AuditSchema = event.NewSchema[Audit]("dicom_audit", "One DICOM audit message: who did what with which kind of thing")

// Schema implements event.Payload.
func (*Audit) Schema() *event.Schema { return AuditSchema }

// facilities are the names that Zeek's log has for RFC 5424 6.2.1, table 1.
var facilities = [24]string{"KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP",
	"NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7"}

// severities are those of table 2.
var severities = [8]string{"EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"}

const unspecified = "UNSPECIFIED"
