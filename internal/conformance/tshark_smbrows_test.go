package conformance

import "slices"

// Why tshark and we differ on commands of SMB.
const (
	tSMBInterim  = "The answer only asks for the rest of a transaction (MS-CIFS 2.2.4.33.2), which never came: here the command has no status"
	tSMBTwice    = "A server that was broken into answers one request again and again; the first answer is the one that is told"
	tSMBBackdoor = "A backdoor answers with another multiplex id, sixteen more, by which tshark does not find the request"
	tSMBPacked   = "A compressed message (MS-SMB2 2.2.42), which tshark opens and is only counted here"
	tSMBChain    = "A chain that points at itself, of which tshark shows the command twice"
)

// smbKnown explains where tshark and we differ on commands of SMB.
var smbKnown = []row{
	{[]string{"suricata-verify__smb2-frames-gap-payload-logging*.pcap"}, "smb_command", "statuses", "SMB2 54 READ", 2, tWhole},
	{[]string{"suricata-verify__smb2-frames-gap-payload-logging*.pcap"}, "smb_command", "statuses", "theirs map[none:1]", 354, tHole},
	{[]string{"zeek__krb__smb2_krb.pcap", "Malcolm-Test-Artifacts__KRB5.pcap"}, "smb_command", "statuses", "theirs map[none:1]", 66, tHole},
	{[]string{"zeek-EternalSafety__shadowbrokers__eternalromance-success-2008r2.pcap"}, "smb_command", "statuses", "ours map[none:", 63, tSMBInterim},
	{[]string{"zeek-EternalSafety__shadowbrokers__eternalromance-success-2008r2.pcap"}, "smb_command", "statuses", "SMB1 92 TRANSACTION", 1, tSMBTwice},
	{[]string{"zeek-EternalSafety__shadowbrokers__doublepulsar-backdoor-connect-win7.pcap", "zeek-EternalSafety__shadowbrokers__eternalblue-success-unpatched-win7.pcap"}, "smb_command", "statuses", "ours map[NOT_IMPLEMENTED:1]", 2, tSMBBackdoor},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "smb_command", "extra", "", 4, tPieces},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "smb_names", "extra", "", 1, tPieces},
	{[]string{"wireshark-4.0.17__smb311-chained-patternv1-lznt1.pcapng.gz"}, "smb_command", "missing", "", 1, tSMBPacked},
	{[]string{"zeek__netbios__netbios-split-session-msg.pcap", "zeek__smb__smb1-OSS-fuzz-54883.pcap"}, "smb_command", "missing", "", 2, tFuzzed},
	{[]string{"zeek__smb__smb1-logoff-andx-no-advance.pcap"}, "smb_command", "statuses", "", 1, tSMBChain},
}

// allTsharkRows are the rows of the shared captures.
func allTsharkRows() []row { return slices.Concat(tsharkKnown, toldKnown, toldRPCKnown, smbKnown) }
