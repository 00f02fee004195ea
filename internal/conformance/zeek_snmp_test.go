package conformance

import "lazaret/internal/proto/snmp"

// zeekSNMP compares the fields that Zeek's snmp log has.
func zeekSNMP() *speech {
	return &speech{
		log:  "snmp",
		keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(snmp.Schema, "community_kind", "community_mark", "user", "security_level", "engine_id", "engine_enterprise",
			"engine_mac", "engine_ip", "engine_text", "sys_object_id", "sys_name", "sys_location", "sys_contact", "sys_services",
			"device_descr", "entity_descr", "entity_hardware", "entity_firmware", "entity_software", "entity_serial",
			"entity_manufacturer", "entity_model", "entity_asset", "printer_name", "printer_serial", "traps", "trap_oids", "trap_agent"),
		same: sameSNMP,
	}
}

// sameSNMP takes the empty community, which Zeek writes and we leave out, for the
// same.
func sameSNMP(field string, a, b any) bool {
	return alike(a, b) || field == "community" && a == "" && b == nil
}

// Why Zeek's snmp log and ours differ.
const (
	zSNMPUser   = "Zeek writes the user name of version 3 as the community; here it is the field user, which has a privacy class"
	zSNMPSecret = "A community that is not a word everybody knows is a password: a keyed mark is written in its place"
	zSNMPLong   = "Tags in the long form, which X.690 8.1.2.2 forbids for numbers up to 30: such a message is a fault and does not count in the duration"
)

// zeekSNMPRows explains where Zeek's snmp log and ours differ.
var zeekSNMPRows = []row{
	{[]string{"nDPI__snmp.pcap"}, "snmp", "community", "NOPRIV", 6, zSNMPUser},
	{[]string{"zeek__snmp__leak_test.pcapng"}, "snmp", "community", "username", 1, zSNMPUser},
	{[]string{"nDPI__snmp.pcap"}, "snmp", "community", "", 2, zSNMPSecret},
	{[]string{"zeek__snmp__leak_test.pcapng"}, "snmp", "community", "", 4, zSNMPSecret},
	{[]string{"*c06-snmpv1-trap-app-r1-1-12.pcap"}, "snmp", "duration", "", 1, zSNMPLong},
	{[]string{"nDPI__snmp.pcap", "*c06-snmpv1-trap-app-r1-1-12.pcap", "zeek__snmp__*"}, "conn", "service", "theirs -, ours snmp", 11, zOneSided},
}
