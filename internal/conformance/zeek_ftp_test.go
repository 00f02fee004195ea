package conformance

import "lazaret/internal/proto/ftp"

// zeekFTP is what both say about FTP's commands.
func zeekFTP() *speech {
	return &speech{log: "ftp", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "command"},
		fields: fieldsOf(ftp.Schema, "command"), same: func(_ string, a, b any) bool { return alike(a, b) }}
}

const (
	zFTPPass    = "Zeek writes the password of guests; here no password leaves the parser"
	zFTPMark    = "Names of files may be those of patients: a name that is neither generic nor a program's is a keyed mark with the extension, also where a reply repeats it"
	zFTPWords   = "The text of a reply is free and may name a patient: words that servers do not answer with are left out"
	zFTPStale   = "The command was not answered; Zeek repeats the reply to an earlier one"
	zFTPPair    = "Zeek pairs a reply with the command whose words or codes fit best, here they are paired in order (RFC 959 5.4)"
	zFTPChannel = "Zeek gives the data channel to another command, or to none, when commands are not answered in turn; here it is that of the command"
	zFTPZero    = "The unspecified address is left out"
	zFTPNoName  = "STOU without a name: Zeek takes the folder for the file"
	zFTPSize    = "The reply tells no size in bytes: Zeek takes any number in it, or 0 if there is none"
	zFTPLong    = "A line longer than 2 KiB has the time of the bytes that were read of it"
	zFTPCut     = "A reply is cut at 512 bytes"
)

// zeekFTPRows explains where Zeek's log of FTP and ours differ.
var zeekFTPRows = []row{
	{nil, "ftp", "password", "", 65, zFTPPass},
	{[]string{"*ftp-many-port-expected*"}, "ftp", "data_channel.passive,data_channel.orig_h,data_channel.resp_h,data_channel.resp_p", "", 77, zFTPChannel},
	{[]string{"*ftp-many-port-expected*", "*PureFTPD*seed_?.pcap", "*ftp-invalid-reply-code.pcap"}, "ftp", "reply_code,reply_msg", ", ours -", 52, zFTPStale},
	{[]string{"*PureFTPD*seed_[13].pcap", "*ProFTPD*seed_[15].pcap", "*BFTPD*seed_5.pcap", "*fake-long-commands.pcap", "*ftp-missing-space*"}, "ftp", "reply_code,reply_msg", "", 11, zFTPPair},
	{[]string{"*ProFTPD*seed_3.pcap", "*PureFTPD*seed_3.pcap"}, "ftp", "data_channel.passive,data_channel.orig_h,data_channel.resp_h,data_channel.resp_p", "theirs -", 11, zFTPChannel},
	{[]string{"*BFTPD*seed_3.pcap", "*ProFTPD*seed_3.pcap"}, "ftp", "data_channel.resp_h", "theirs ::", 2, zFTPZero},
	{nil, "ftp", "arg", "theirs ftp://172.23.0.2/., ours -", 1, zFTPNoName},
	{[]string{"*entropy-03.pcap"}, "ftp", "reply_msg", "", 1, zFTPCut},
	{nil, "ftp", "reply_msg", "~", 2, zFTPWords},
	{nil, "ftp", "arg,reply_msg", "", 49, zFTPMark},
	{nil, "ftp", "file_size", "", 3, zFTPSize},
	{[]string{"*ftp-too-long-command.pcap"}, "ftp", "ts", "", 2, zFTPLong},
}
