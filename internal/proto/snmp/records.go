package snmp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Record is what was seen of one conversation. Fields without a tag are for other
// packages and are not logged.
type Record struct {
	Duration     event.Interval `log:"duration,always" doc:"From the first to the last message"`
	Version      string         `log:"version" doc:"1, 2c or 3"`
	Community    string         `log:"community" doc:"Community of the first message, if it is one of the words that everybody knows; any other is a password and is not written"`
	GetRequests  uint64         `log:"get_requests,always" doc:"Variable bindings in get and get-next requests"`
	BulkRequests uint64         `log:"get_bulk_requests,always" doc:"Variable bindings in get-bulk requests"`
	GetResponses uint64         `log:"get_responses,always" doc:"Variable bindings in responses"`
	SetRequests  uint64         `log:"set_requests,always" doc:"Variable bindings in set requests"`
	DisplayText  string         `log:"display_string" doc:"sysDescr.0 of the agent (RFC 3418)"`
	UpSince      event.Time     `log:"up_since" doc:"When the agent began, by sysUpTime.0"`

	CommunityKind string      `log:"community_kind" doc:"default (a word everybody knows, or empty) or other"`
	CommunityMark string      `log:"community_mark" doc:"Keyed hash of a community of kind other: the same community has the same mark" class:"pseudo"`
	User          string      `log:"user" doc:"User name of version 3 (RFC 3414 2.1)" class:"person"`
	Security      string      `log:"security_level" doc:"Least security of the messages of version 3 with a user: noAuthNoPriv, authNoPriv or authPriv"`
	EngineID      string      `log:"engine_id" doc:"Engine identifier of the agent (RFC 3411 5), hexadecimal"`
	EngineMaker   event.Count `log:"engine_enterprise" doc:"Enterprise number in it (IANA)"`
	EngineMAC     netid.MAC   `log:"engine_mac" doc:"Hardware address in it"`
	EngineIP      netid.IP    `log:"engine_ip" doc:"Network address in it"`
	EngineText    string      `log:"engine_text" doc:"Text in it"`

	ObjectID string      `log:"sys_object_id" doc:"sysObjectID.0: what the maker calls this kind of machine"`
	Name     string      `log:"sys_name" doc:"sysName.0"`
	Location string      `log:"sys_location" doc:"sysLocation.0"`
	Contact  string      `log:"sys_contact" doc:"sysContact.0" class:"person"`
	Services event.Count `log:"sys_services" doc:"sysServices.0: sum of 1 repeater, 2 bridge, 4 router, 8 host, 64 applications"`

	Device       string `log:"device_descr" doc:"hrDeviceDescr of the first device (RFC 2790)"`
	Entity       string `log:"entity_descr" doc:"entPhysicalDescr of the outermost entity seen (RFC 6933)"`
	HardwareRev  string `log:"entity_hardware" doc:"entPhysicalHardwareRev of it"`
	FirmwareRev  string `log:"entity_firmware" doc:"entPhysicalFirmwareRev of it"`
	SoftwareRev  string `log:"entity_software" doc:"entPhysicalSoftwareRev of it"`
	Serial       string `log:"entity_serial" doc:"entPhysicalSerialNum of it"`
	Manufacturer string `log:"entity_manufacturer" doc:"entPhysicalMfgName of it"`
	Model        string `log:"entity_model" doc:"entPhysicalModelName of it"`
	AssetID      string `log:"entity_asset" doc:"entPhysicalAssetID of it"`
	PrinterName  string `log:"printer_name" doc:"prtGeneralPrinterName (RFC 3805)"`
	PrinterSN    string `log:"printer_serial" doc:"prtGeneralSerialNumber (RFC 3805)"`

	Traps     uint64   `log:"traps" doc:"Traps and informs sent"`
	TrapOIDs  []string `log:"trap_oids" doc:"What they told (snmpTrapOID.0, or by RFC 3584 3.1 for version 1), each once, at most 16"`
	TrapAgent netid.IP `log:"trap_agent" doc:"Address of the agent in a trap of version 1, which others may pass on"`

	// Agent is who answered or sent traps, if HasAgent.
	Agent    proto.Dir
	HasAgent bool
	// DefaultAnswered says that a response came under a default community.
	DefaultAnswered bool
	// Answered counts the responses, with bindings or without.
	Answered uint64
}

// Schema of the snmp log.
var Schema = event.NewSchema[Record]("snmp", "One conversation with an SNMP agent")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// defaults are communities that come with products and stand in every word list.
var defaults = map[string]bool{
	"": true, "public": true, "private": true, "community": true, "cisco": true, "admin": true, "manager": true,
	"snmp": true, "snmpd": true, "default": true, "read": true, "write": true, "secret": true, "system": true,
	"monitor": true, "security": true, "all private": true, "ILMI": true, "internal": true, "openview": true,
	"tivoli": true, "netman": true, "rmon": true, "rmon_admin": true, "test": true, "guest": true, "root": true,
	"switch": true, "router": true, "access": true, "cable-docsis": true, "password": true, "hp_admin": true,
	"OrigEquipMfr": true, "xerox": true, "canon_admin": true, "network": true, "agent": true, "proxy": true,
	"Public": true, "PUBLIC": true, "Private": true, "PRIVATE": true,
}
