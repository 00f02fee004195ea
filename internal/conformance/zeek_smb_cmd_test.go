package conformance

import "lazaret/internal/share"

// zeekSMBCmd is what both say about commands of SMB.
func zeekSMBCmd() *speech {
	return &speech{log: "smb_cmd", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "command", "status"},
		fields: fieldsOf(share.CmdSchema, "command", "status", "mid"),
		same:   func(_ string, a, b any) bool { return alike(a, b) }}
}

const (
	zCmdMore    = "Zeek does not look up the share, the file or the sub-command of these commands"
	zCmdShare   = "Zeek gives the share of TREE_CONNECT as argument with SMB1 alone"
	zCmdPattern = "Zeek does not give the pattern or the folder of a listing"
	zCmdControl = "Zeek does not name the control code"
	zCmdDelete  = "Zeek gives the action that came last for the file, here it is that of the command: a deletion"
	zCmdNoKind  = "The kind of the share was not seen, which is a disk with Zeek"
	zCmdHole    = "An answer behind a hole counts when the hole is known to stay; Zeek takes it before"
	zCmdFile    = "Zeek does not look up the file and gives the time of the command"
	zCmdSize    = "Zeek gives the size that it knew before the answer"
	zCmdClosed  = "The times are those of the answer to CLOSE"
	zCmdTime    = "A command with content has the time of its head, for Zeek that of its last byte; so has an answer"
	zCmdSub     = "Zeek takes the sub-command of a transaction on a pipe from elsewhere"
	zCmdPipe    = "A pipe, which Zeek takes for a file with SMB1"
	zCmdSilent  = "Zeek leaves out commands without an answer, and some of SMB1"
	zCmdPieces  = "The messages of a transaction are one command here; an answer without a request tells of no command"
	zCmdEcho    = "An echo and an end of a session have no share"
	zCmdNoName  = "Here an unknown share has no name"
	zCmdPrev    = "The former name stands with the rename alone"
)

// zeekSMBCmdRows explains where Zeek's smb_cmd and ours differ.
var zeekSMBCmdRows = []row{
	{nil, "smb_cmd", "referenced_file.path", "theirs <unknown>", 3, zCmdNoName},
	{nil, "smb_cmd", "referenced_file.prev_name", "ours -", 1, zCmdPrev},
	{nil, "smb_cmd", "tree,tree_service", "ours -", 8, zCmdEcho},
	{nil, "smb_cmd", "argument", " TREE_CONNECT ", 83, zCmdShare},
	{nil, "smb_cmd", "argument", " QUERY_DIRECTORY ", 74, zCmdPattern},
	{nil, "smb_cmd", "argument", "theirs -", 14, zCmdMore},
	{nil, "smb_cmd", "sub_command", " IOCTL ", 287, zCmdControl},
	{nil, "smb_cmd", "sub_command", " TRANSACTION2 NOT_IMPLEMENTED ", 2, zCmdPieces},
	{nil, "smb_cmd", "sub_command", "unknown-trans-sub-cmd", 21, zCmdSub},
	{nil, "smb_cmd", "tree,tree_service,username", "theirs -", 2848, zCmdMore},
	{nil, "smb_cmd", "referenced_file.name,referenced_file.path,referenced_file.times.modified,referenced_file.times.accessed,referenced_file.times.created,referenced_file.times.changed", "theirs -", 3815, zCmdMore},
	{nil, "smb_cmd", "referenced_file.times.modified,referenced_file.times.changed", "", 4, zCmdClosed},
	{nil, "smb_cmd", "referenced_file.ts", "", 525, zCmdFile},
	{nil, "smb_cmd", "referenced_file.size", "", 321, zCmdSize},
	{nil, "smb_cmd", "referenced_file.action", " SET_INFO ", 1, zCmdDelete},
	{nil, "smb_cmd", "referenced_file.action", "ours SMB::PIPE_", 15, zCmdPipe},
	{nil, "smb_cmd", "referenced_file.action", "ours SMB::UNKNOWN_CLOSE", 1, zCmdNoKind},
	{[]string{"*smb2-peter-minus-p191*"}, "smb_cmd", "rtt", " CREATE ", 2, zCmdHole},
	{[]string{"*smb2-peter-minus-p191*"}, "smb_cmd", "rtt", " QUERY_INFO ", 2, zCmdHole},
	{nil, "smb_cmd", "ts,rtt", " TRANSACTION2 ", 4, zCmdPieces},
	{nil, "smb_cmd", "ts,rtt", "", 163, zCmdTime},
	{nil, "smb_cmd", "missing", "TRANSACT", 8, zCmdPieces},
	{nil, "smb_cmd", "missing", " CHANGE_NOTIFY ", 1, zCmdPieces},
	{nil, "smb_cmd", "extra", "", 541, zCmdSilent},
}
