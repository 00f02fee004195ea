package conformance

// zeekSyslog compares the fields that Zeek's syslog log has.
func zeekSyslog() *speech {
	return &speech{
		log:    "syslog",
		keys:   []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"},
		fields: []string{"ts", "facility", "severity", "message"},
		same:   func(_ string, a, b any) bool { return alike(a, b) },
	}
}

// Why Zeek's syslog log and ours differ.
const (
	zSyslogText  = "The text of a message may name patients: its size and a keyed mark are written in its place"
	zSyslogNoPri = "Datagrams on port 514 without a priority, which is the mark of a message (RFC 3164 4.1.1)"
	zSyslogTCP   = "Syslog over TCP (RFC 6587), which Zeek does not read"
)

// zeekSyslogRows explains where Zeek's syslog log and ours differ.
var zeekSyslogRows = []row{
	{nil, "syslog", "message", "", 124, zSyslogText},
	{[]string{"*__DHCP.pcap", "*__Syslog.pcap", "zeek__fake-syslog-with-padding.pcap", "zeek__syslog-missing-pri.pcap"}, "syslog", "missing", "UNSPECIFIED", 8, zSyslogNoPri},
	{[]string{"nDPI__syslog.pcap", "zeek__tcp-syslog*"}, "syslog", "extra", "tcp", 7, zSyslogTCP},
}
