package conformance

import "lazaret/internal/share"

// zeekSMBCmd is what both say about commands of SMB. The dialect is one of the keys so
// that the rows below can name it.
func zeekSMBCmd() *speech {
	return &speech{log: "smb_cmd", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "version", "command", "status"},
		fields: fieldsOf(share.CmdSchema, "command", "status", "mid"),
		same:   func(_ string, a, b any) bool { return alike(a, b) }}
}

// What Zeek does with commands. Where a reason says that Zeek never does something, its
// logs of all captures hold no record in which it does.
const (
	zCmdUser    = "Zeek gives no command an account"
	zCmdTree    = "Zeek gives no command of SMB2 a share"
	zCmdBefore  = "With SMB1 Zeek gives the share of a message to the command before it"
	zCmdFile    = "Zeek does not look up the file of these commands; its record has the time of the command, and neither name nor size"
	zCmdEarly   = "Zeek writes the record of an opening before it takes share, size and times from the answer"
	zCmdChained = "Zeek does not find the file of a command that comes in one message with its opening"
	zCmdShared  = "The file was opened in another conversation of the session, where Zeek does not look"
	zCmdSet     = "The size that SET_INFO gave the file, which Zeek does not take"
	zCmdClosed  = "Times and size are those of the answer to CLOSE"
	zCmdShare   = "Zeek gives the share of TREE_CONNECT as argument with SMB1 alone"
	zCmdPattern = "Zeek does not give the pattern or the folder of a listing"
	zCmdName    = "Zeek does not give the file of these commands as argument"
	zCmdControl = "Zeek does not name the control code"
	zCmdDelete  = "Zeek gives the action that came last for the file, here it is that of the command: a deletion"
	zCmdNoKind  = "The kind of the share was not seen, which is a disk with Zeek"
	zCmdGuess   = "The kind of the share was not seen in this conversation; here the session, the name or the content tells that it is a pipe"
	zCmdPipe    = "A pipe, which Zeek takes for a file with SMB1"
	zCmdSub     = "Zeek takes the sub-command of a transaction on a pipe from elsewhere"
	zCmdPrev    = "The former name stands with the rename alone"
	zCmdNoName  = "Here an unknown share has no name"
	zCmdHole    = "An answer behind a hole counts when the hole is known to stay; Zeek takes it before"
	zCmdHead    = "A command with content has the time of its head, for Zeek that of its last byte; so has an answer"
	zCmdAtOnce  = "Request and answer have the same time in the capture; a time of zero is left out"
	zCmdOther   = "The answer has another multiplex id than its request; with Zeek it is a command of its own"
	zCmdSameID  = "Zeek pairs by the multiplex id alone and takes the answer for that of an earlier request of this id"
	zCmdInterim = "Zeek takes the interim answer to a transaction for its end"
	zCmdPieces  = "The messages of a transaction are one command here"
	zCmdOrphan  = "With SMB2 an answer without a request tells of no command"
	zCmdSilent  = "Zeek writes no record of a command that is not answered"
	zCmdBegin   = "Zeek leaves out these commands of SMB1"
	zCmdUpgrade = "The answer of SMB2 to a negotiation of SMB1, which Zeek leaves out"
	zCmdBroke   = "Zeek's analyzer broke off at or before this message, which its log of analyzers tells"
	zCmdLost    = "Zeek did not see all bytes of this conversation, which its conn counts, and passes over messages around the hole"
)

// cmdFile are the fields that a command has from its file, but for time and size.
const cmdFile = "referenced_file.name,referenced_file.path,referenced_file.times.modified,referenced_file.times.accessed,referenced_file.times.created,referenced_file.times.changed"

var (
	cmdPeter  = []string{"*smb2-peter-minus-p191*"}
	cmdShared = []string{"zeek__smb__smb_v2_only_non_zero_reserved1.pcap"}
	cmdChains = []string{"zeek__smb__smb2-multiple-pdus.pcap"}
	cmdSizes  = []string{"zeek__smb__smb2.pcap", "zeek__smb__smb2readwrite.pcap", "suricata-verify__smb2-07__20171220_smb_psexec_add_user.pcap"}
	cmdRoman  = []string{"*eternalromance-success-2008r2.pcap"}
	cmdCut    = []string{"zeek__krb__smb2_krb.pcap", "Malcolm-Test-Artifacts__KRB5.pcap"}
)

// zeekSMBCmdRows explains where Zeek's smb_cmd and ours differ.
var zeekSMBCmdRows = []row{
	{nil, "smb_cmd", "username", "theirs -", 1281, zCmdUser},
	{nil, "smb_cmd", "tree,tree_service", "ours -", 8, zCmdBefore},
	{nil, "smb_cmd", "tree,tree_service", " SMB1 TRANSACTION2 ", 4, zCmdBefore},
	{nil, "smb_cmd", "tree,tree_service", " SMB1 WRITE_ANDX ", 2, zCmdBefore},
	{nil, "smb_cmd", "tree", "theirs -", 1561, zCmdTree},
	{nil, "smb_cmd", "argument", " TREE_CONNECT ", 83, zCmdShare},
	{nil, "smb_cmd", "argument", " QUERY_DIRECTORY ", 74, zCmdPattern},
	{nil, "smb_cmd", "argument", " TRANSACTION ", 12, zCmdName},
	{nil, "smb_cmd", "argument", " QUERY_INFORMATION ", 1, zCmdName},
	{nil, "smb_cmd", "argument", " SET_INFO ", 1, zCmdName},
	{nil, "smb_cmd", "sub_command", " IOCTL ", 287, zCmdControl},
	{nil, "smb_cmd", "sub_command", " TRANSACTION2 NOT_IMPLEMENTED ", 2, zCmdOther},
	{nil, "smb_cmd", "sub_command", "unknown-trans-sub-cmd", 21, zCmdSub},

	{nil, "smb_cmd", "referenced_file.path", "theirs <unknown>", 3, zCmdNoName},
	{nil, "smb_cmd", "referenced_file.prev_name", "ours -", 1, zCmdPrev},
	{nil, "smb_cmd", cmdFile, " SMB2 CREATE ", 1273, zCmdEarly},
	{nil, "smb_cmd", cmdFile, " NT_CREATE_ANDX ", 53, zCmdEarly},
	{nil, "smb_cmd", cmdFile, " IOCTL ", 646, zCmdFile},
	{nil, "smb_cmd", cmdFile, " QUERY_INFO ", 1060, zCmdFile},
	{nil, "smb_cmd", cmdFile, " QUERY_DIRECTORY ", 438, zCmdFile},
	{nil, "smb_cmd", cmdFile, " LOCK ", 24, zCmdFile},
	{nil, "smb_cmd", cmdFile, " CHANGE_NOTIFY ", 12, zCmdFile},
	{nil, "smb_cmd", cmdFile, " TRANSACTION ", 22, zCmdFile},
	{cmdChains, "smb_cmd", cmdFile, " SET_INFO ", 5, zCmdChained},
	{nil, "smb_cmd", cmdFile, " SET_INFO ", 18, zCmdFile},
	{nil, "smb_cmd", "referenced_file.times.modified,referenced_file.times.changed", "ours 1", 4, zCmdClosed},
	{cmdShared, "smb_cmd", cmdFile, " READ ", 8, zCmdShared},
	{cmdShared, "smb_cmd", cmdFile, " WRITE ", 2, zCmdShared},
	{cmdShared, "smb_cmd", cmdFile, " CLOSE ", 44, zCmdShared},
	{nil, "smb_cmd", cmdFile, " CLOSE ", 210, zCmdChained},

	{nil, "smb_cmd", "referenced_file.ts", " IOCTL ", 259, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " QUERY_INFO ", 188, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " QUERY_DIRECTORY ", 45, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " LOCK ", 4, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " CHANGE_NOTIFY ", 1, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " SET_INFO ", 3, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " TRANSACTION ", 12, zCmdFile},
	{nil, "smb_cmd", "referenced_file.ts", " TRANSACTION2 NOT_IMPLEMENTED ", 2, zCmdOther},
	{cmdShared, "smb_cmd", "referenced_file.ts", " READ ", 2, zCmdShared},
	{cmdShared, "smb_cmd", "referenced_file.ts", " WRITE ", 1, zCmdShared},
	{cmdShared, "smb_cmd", "referenced_file.ts", " CLOSE ", 8, zCmdShared},

	{nil, "smb_cmd", "referenced_file.size", " SMB2 CREATE ", 122, zCmdEarly},
	{nil, "smb_cmd", "referenced_file.size", " NT_CREATE_ANDX ", 4, zCmdEarly},
	{nil, "smb_cmd", "referenced_file.size", " QUERY_INFO ", 117, zCmdFile},
	{nil, "smb_cmd", "referenced_file.size", " QUERY_DIRECTORY ", 2, zCmdFile},
	{nil, "smb_cmd", "referenced_file.size", " LOCK ", 4, zCmdFile},
	{cmdSizes[:1], "smb_cmd", "referenced_file.size", " WRITE ", 24, zCmdSet},
	{cmdSizes[:1], "smb_cmd", "referenced_file.size", " SET_INFO ", 2, zCmdSet},
	{cmdChains, "smb_cmd", "referenced_file.size", " SET_INFO ", 1, zCmdChained},
	{cmdShared, "smb_cmd", "referenced_file.size", " READ ", 1, zCmdShared},
	{cmdShared, "smb_cmd", "referenced_file.size", " CLOSE ", 1, zCmdShared},
	{cmdSizes, "smb_cmd", "referenced_file.size", " CLOSE ", 3, zCmdClosed},
	{nil, "smb_cmd", "referenced_file.size", " CLOSE ", 6, zCmdChained},

	{nil, "smb_cmd", "referenced_file.action", " SET_INFO ", 1, zCmdDelete},
	{nil, "smb_cmd", "referenced_file.action", "ours SMB::UNKNOWN_CLOSE", 1, zCmdNoKind},
	{nil, "smb_cmd", "referenced_file.action", " SMB1 ", 9, zCmdPipe},
	{nil, "smb_cmd", "referenced_file.action", "ours SMB::PIPE_", 6, zCmdGuess},

	{cmdPeter, "smb_cmd", "rtt", " CREATE ", 2, zCmdHole},
	{cmdPeter, "smb_cmd", "rtt", " QUERY_INFO ", 2, zCmdHole},
	{cmdPeter, "smb_cmd", "rtt", " READ SUCCESS 1466111228.986500", 2, zCmdHole},
	{[]string{"*PrintNightmare*"}, "smb_cmd", "rtt", " WRITE ", 1, zCmdAtOnce},
	{nil, "smb_cmd", "ts,rtt", " TRANSACTION2 NOT_IMPLEMENTED ", 4, zCmdOther},
	{nil, "smb_cmd", "ts,rtt", " WRITE_ANDX ", 2, zCmdHead},
	{nil, "smb_cmd", "ts,rtt", " WRITE ", 116, zCmdHead},
	{nil, "smb_cmd", "rtt", " READ ", 36, zCmdHead},
	{nil, "smb_cmd", "rtt", " QUERY_DIRECTORY ", 6, zCmdHead},

	{nil, "smb_cmd", "missing", " NT_TRANSACT SUCCESS ", 2, zCmdInterim},
	{nil, "smb_cmd", "missing", " TRANSACTION2_SECONDARY SUCCESS ", 2, zCmdSameID},
	{nil, "smb_cmd", "missing", " TRANSACTION2_SECONDARY INVALID_PARAMETER ", 2, zCmdPieces},
	{nil, "smb_cmd", "missing", " TRANSACTION2 SUCCESS ", 2, zCmdSameID},
	{nil, "smb_cmd", "missing", " CHANGE_NOTIFY ", 1, zCmdOrphan},

	{nil, "smb_cmd", "extra", " NEGOTIATE_PROTOCOL SUCCESS ", 262, zCmdUpgrade},
	{nil, "smb_cmd", "extra", " NEGOTIATE ", 39, zCmdBegin},
	{nil, "smb_cmd", "extra", " SESSION_SETUP_ANDX ", 24, zCmdBegin},
	{nil, "smb_cmd", "extra", " TREE_CONNECT_ANDX ", 21, zCmdBegin},
	{nil, "smb_cmd", "extra", " READ_ANDX ", 1, zCmdBegin},
	{cmdRoman, "smb_cmd", "extra", " TRANSACTION ", 68, zCmdBroke},
	{cmdRoman, "smb_cmd", "extra", " TRANSACTION2 ", 1, zCmdBroke},
	{cmdRoman, "smb_cmd", "extra", " NT_CREATE_ANDX ", 1, zCmdBroke},
	{cmdRoman, "smb_cmd", "extra", " WRITE_ANDX ", 2, zCmdBroke},
	{[]string{"*smbandx.pcap"}, "smb_cmd", "extra", " SUCCESS 1590760595.018063", 3, zCmdBroke},
	{cmdPeter, "smb_cmd", "extra", " READ SUCCESS ", 2, zCmdLost},
	{cmdPeter, "smb_cmd", "extra", " CLOSE SUCCESS ", 2, zCmdLost},
	{cmdCut, "smb_cmd", "extra", " QUERY_DIRECTORY SUCCESS ", 2, zCmdLost},
	{cmdCut, "smb_cmd", "extra", " CLOSE SUCCESS ", 2, zCmdLost},
	{nil, "smb_cmd", "extra", " NT_TRANSACT INVALID_PARAMETER ", 2, zCmdInterim},
	{nil, "smb_cmd", "extra", " ECHO SUCCESS 1492363369.387398", 1, zCmdLost},
	{nil, "smb_cmd", "extra", " ECHO SUCCESS ", 2, zCmdSameID},
	{nil, "smb_cmd", "extra", " TREE_DISCONNECT SUCCESS ", 2, zCmdSameID},
	{nil, "smb_cmd", "extra", " <nil> 1", 104, zCmdSilent}, // no status: the time stands behind
}
