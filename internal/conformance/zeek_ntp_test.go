package conformance

import "lazaret/internal/proto/ntp"

// zeekNTP compares the fields that Zeek's ntp log has.
func zeekNTP() *speech {
	return &speech{
		log:    "ntp",
		keys:   []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "mode"},
		fields: fieldsOf(ntp.Schema, "mode", "key_id", "nts"),
		same:   func(_ string, a, b any) bool { return alike(a, b) },
	}
}

// Why Zeek's ntp log and ours differ.
const (
	zNTPDigest = "Digests of other lengths than 16 and 20 bytes (SHA-224 to SHA-512), at which Zeek gives the conversation up, with what follows"
	zNTPNTS    = "Messages under Network Time Security (RFC 8915), at which Zeek gives up"
	zNTPDisp   = "The bytes say 0x0007f980, which is 7.97 s; Zeek writes a second less"
)

// zeekNTPRows explains where Zeek's ntp log and ours differ.
var zeekNTPRows = []row{
	{[]string{"Malcolm-Test-Artifacts__NTP.pcap", "kholia__NTP-new__ntp-mixed-4.pcap"}, "conn", "service", "theirs -, ours ntp", 3, zNTPDigest},
	{[]string{"tcpdump__ntp-time-ef.pcap"}, "conn", "service", "theirs -, ours ntp", 1, zNTPNTS},
	{[]string{"Malcolm-Test-Artifacts__NTP.pcap", "kholia__NTP-new__ntp-mixed-4.pcap"}, "ntp", "extra", "", 45, zNTPDigest},
	{[]string{"tcpdump__ntp-time-ef.pcap"}, "ntp", "extra", "", 2, zNTPNTS},
	{[]string{"ipfixprobe__functional__inputs__ntp.pcap"}, "ntp", "root_disp", "", 1, zNTPDisp},
}
