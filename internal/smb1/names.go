package smb1

import "strconv"

// Command is the number of a command (MS-CIFS 2.2.2.1).
type Command uint8

// Commands that are read; others are only named.
const (
	CreateDirectory    Command = 0x00
	DeleteDirectory    Command = 0x01
	Open0              Command = 0x02
	Create             Command = 0x03
	Close              Command = 0x04
	Flush              Command = 0x05
	Delete             Command = 0x06
	Rename             Command = 0x07
	QueryInformation   Command = 0x08
	SetInformation     Command = 0x09
	Read0              Command = 0x0a
	Write0             Command = 0x0b
	LockRange          Command = 0x0c
	UnlockRange        Command = 0x0d
	CreateTemporary    Command = 0x0e
	CreateNew          Command = 0x0f
	CheckDirectory     Command = 0x10
	Seek               Command = 0x12
	LockAndRead        Command = 0x13
	WriteAndUnlock     Command = 0x14
	ReadRaw            Command = 0x1a
	ReadMpx            Command = 0x1b
	WriteRaw           Command = 0x1d
	WriteMpx           Command = 0x1e
	WriteComplete      Command = 0x20
	SetInformation2    Command = 0x22
	QueryInformation2  Command = 0x23
	LockingAndX        Command = 0x24
	Transaction        Command = 0x25
	TransactionMore    Command = 0x26
	Ioctl              Command = 0x27
	Copy               Command = 0x29
	Move               Command = 0x2a
	Echo               Command = 0x2b
	WriteAndClose      Command = 0x2c
	OpenAndX           Command = 0x2d
	ReadAndX           Command = 0x2e
	WriteAndX          Command = 0x2f
	CloseAndDisconnect Command = 0x31
	Transaction2       Command = 0x32
	Transaction2More   Command = 0x33
	TreeConnect0       Command = 0x70
	TreeDisconnect     Command = 0x71
	Negotiate          Command = 0x72
	SessionSetup       Command = 0x73
	Logoff             Command = 0x74
	TreeConnectAndX    Command = 0x75
	Search             Command = 0x81
	Find               Command = 0x82
	FindUnique         Command = 0x83
	FindClose          Command = 0x84
	NTTransact         Command = 0xa0
	NTTransactMore     Command = 0xa1
	NTCreateAndX       Command = 0xa2
	NTCancel           Command = 0xa4
	NTRename           Command = 0xa5
	OpenPrintFile      Command = 0xc0
	WritePrintFile     Command = 0xc1
	ClosePrintFile     Command = 0xc2
	NoAndX             Command = 0xff // ends a chain
)

// andX says whether a command may be followed by another.
func (c Command) andX() bool {
	switch c {
	case LockingAndX, OpenAndX, ReadAndX, WriteAndX, SessionSetup, Logoff, TreeConnectAndX, NTCreateAndX:
		return true
	}
	return false
}

// String is Zeek's name of the command.
func (c Command) String() string {
	if s, ok := commands[c]; ok {
		return s
	}
	return "unknown-command-" + strconv.Itoa(int(c))
}

var commands = map[Command]string{
	0x00: "CREATE_DIRECTORY", 0x01: "DELETE_DIRECTORY", 0x02: "OPEN", 0x03: "CREATE", 0x04: "CLOSE", 0x05: "FLUSH", 0x06: "DELETE",
	0x07: "RENAME", 0x08: "QUERY_INFORMATION", 0x09: "SET_INFORMATION", 0x0a: "READ", 0x0b: "WRITE", 0x0c: "LOCK_BYTE_RANGE",
	0x0d: "UNLOCK_BYTE_RANGE", 0x0e: "CREATE_TEMPORARY", 0x0f: "CREATE_NEW", 0x10: "CHECK_DIRECTORY", 0x11: "PROCESS_EXIT",
	0x12: "SEEK", 0x13: "LOCK_AND_READ", 0x14: "WRITE_AND_UNLOCK", 0x1a: "READ_RAW", 0x1b: "READ_MPX", 0x1c: "READ_MPX_SECONDARY",
	0x1d: "WRITE_RAW", 0x1e: "WRITE_MPX", 0x1f: "WRITE_MPX_SECONDARY", 0x20: "WRITE_COMPLETE", 0x21: "QUERY_SERVER",
	0x22: "SET_INFORMATION2", 0x23: "QUERY_INFORMATION2", 0x24: "LOCKING_ANDX", 0x25: "TRANSACTION", 0x26: "TRANSACTION_SECONDARY",
	0x27: "IOCTL", 0x28: "IOCTL_SECONDARY", 0x29: "COPY", 0x2a: "MOVE", 0x2b: "ECHO", 0x2c: "WRITE_AND_CLOSE", 0x2d: "OPEN_ANDX",
	0x2e: "READ_ANDX", 0x2f: "WRITE_ANDX", 0x30: "NEW_FILE_SIZE", 0x31: "CLOSE_AND_TREE_DISC", 0x32: "TRANSACTION2",
	0x33: "TRANSACTION2_SECONDARY", 0x34: "FIND_CLOSE2", 0x35: "FIND_NOTIFY_CLOSE", 0x70: "TREE_CONNECT", 0x71: "TREE_DISCONNECT",
	0x72: "NEGOTIATE", 0x73: "SESSION_SETUP_ANDX", 0x74: "LOGOFF_ANDX", 0x75: "TREE_CONNECT_ANDX", 0x80: "QUERY_INFORMATION_DISK",
	0x81: "SEARCH", 0x82: "FIND", 0x83: "FIND_UNIQUE", 0x84: "FIND_CLOSE", 0xa0: "NT_TRANSACT", 0xa1: "NT_TRANSACT_SECONDARY",
	0xa2: "NT_CREATE_ANDX", 0xa4: "NT_CANCEL", 0xa5: "NT_RENAME", 0xc0: "OPEN_PRINT_FILE", 0xc1: "WRITE_PRINT_FILE",
	0xc2: "CLOSE_PRINT_FILE", 0xc3: "GET_PRINT_QUEUE", 0xd8: "READ_BULK", 0xd9: "WRITE_BULK", 0xda: "WRITE_BULK_DATA",
}

// Functions of pipes (MS-CIFS 2.2.2.2).
const (
	SetPipeState   = 0x01
	RawReadPipe    = 0x11
	QueryPipeState = 0x21
	QueryPipeInfo  = 0x22
	PeekPipe       = 0x23
	TransactPipe   = 0x26
	RawWritePipe   = 0x31
	ReadPipe       = 0x36
	WritePipe      = 0x37
	WaitPipe       = 0x53
	CallPipe       = 0x54
)

var pipeFunctions = map[uint16]string{
	SetPipeState: "SET_NMPIPE_STATE", RawReadPipe: "RAW_READ_NMPIPE", QueryPipeState: "QUERY_NMPIPE_STATE", QueryPipeInfo: "QUERY_NMPIPE_INFO",
	PeekPipe: "PEEK_NMPIPE", TransactPipe: "TRANSACT_NMPIPE", RawWritePipe: "RAW_WRITE_NMPIPE", ReadPipe: "READ_NMPIPE",
	WritePipe: "WRITE_NMPIPE", WaitPipe: "WAIT_NMPIPE", CallPipe: "CALL_NMPIPE",
}

// Sub-commands of Transaction2 (MS-CIFS 2.2.2.2). T2SessionSetup is reserved: no
// client and no server has ever used it, but a backdoor does.
const (
	T2Open            = 0x00
	T2FindFirst       = 0x01
	T2FindNext        = 0x02
	T2QueryFS         = 0x03
	T2SetFS           = 0x04
	T2QueryPath       = 0x05
	T2SetPath         = 0x06
	T2QueryFile       = 0x07
	T2SetFile         = 0x08
	T2CreateDirectory = 0x0d
	T2SessionSetup    = 0x0e
	T2Referral        = 0x10
)

var t2Names = map[uint16]string{
	T2Open: "OPEN2", T2FindFirst: "FIND_FIRST2", T2FindNext: "FIND_NEXT2", T2QueryFS: "QUERY_FS_INFORMATION", T2SetFS: "SET_FS_INFORMATION",
	T2QueryPath: "QUERY_PATH_INFORMATION", T2SetPath: "SET_PATH_INFORMATION", T2QueryFile: "QUERY_FILE_INFORMATION",
	T2SetFile: "SET_FILE_INFORMATION", 0x09: "FSCTL", 0x0a: "IOCTL", 0x0b: "FIND_NOTIFY_FIRST", 0x0c: "FIND_NOTIFY_NEXT",
	T2CreateDirectory: "CREATE_DIRECTORY", T2SessionSetup: "SESSION_SETUP", T2Referral: "GET_DFS_REFERRAL", 0x11: "REPORT_DFS_INCONSISTENCY",
}

// Functions of NTTransact (MS-CIFS 2.2.2.2, MS-SMB 2.2.2.2).
const (
	NTCreate        = 1
	NTIoctl         = 2
	NTSetSecurity   = 3
	NTNotify        = 4
	NTRenameHandle  = 5
	NTQuerySecurity = 6
	NTQueryQuota    = 7
	NTSetQuota      = 8
)

var ntNames = [...]string{NTCreate: "NT_TRANSACT_CREATE", NTIoctl: "NT_TRANSACT_IOCTL", NTSetSecurity: "NT_TRANSACT_SET_SECURITY_DESC",
	NTNotify: "NT_TRANSACT_NOTIFY_CHANGE", NTRenameHandle: "NT_TRANSACT_RENAME", NTQuerySecurity: "NT_TRANSACT_QUERY_SECURITY_DESC",
	NTQueryQuota: "NT_TRANSACT_QUERY_QUOTA", NTSetQuota: "NT_TRANSACT_SET_QUOTA"}

// Sub is the name of what a transaction does, by its command and function.
func Sub(c Command, function uint16) string {
	prefix := ""
	switch c {
	case Transaction:
		if s, ok := pipeFunctions[function]; ok {
			return s
		}
		prefix = "unknown-trans-sub-cmd-"
	case Transaction2:
		if s, ok := t2Names[function]; ok {
			return s
		}
		prefix = "unknown-trans2-sub-cmd-"
	case NTTransact:
		if int(function) < len(ntNames) && function > 0 {
			return ntNames[function]
		}
		prefix = "unknown-nt-trans-sub-cmd-"
	default:
		return ""
	}
	return prefix + strconv.Itoa(int(function))
}

// rapNames are the functions of remote administration by number (MS-RAP 2.5.1 and
// the tables of LAN Manager) that a machine of today may still be asked for.
var rapNames = map[uint16]string{
	0: "NetShareEnum", 1: "NetShareGetInfo", 2: "NetShareSetInfo", 3: "NetShareAdd", 4: "NetShareDel", 5: "NetShareCheck", 6: "NetSessionEnum",
	7: "NetSessionGetInfo", 8: "NetSessionDel", 9: "NetConnectionEnum", 10: "NetFileEnum", 11: "NetFileGetInfo", 12: "NetFileClose",
	13: "NetServerGetInfo", 14: "NetServerSetInfo", 15: "NetServerDiskEnum", 16: "NetServerAdminCommand", 30: "NetMessageNameGetInfo",
	35: "NetMessageBufferSend", 39: "NetServiceEnum", 40: "NetServiceInstall", 41: "NetServiceControl", 42: "NetAccessEnum", 47: "NetGroupEnum",
	48: "NetGroupAdd", 49: "NetGroupDel", 50: "NetGroupAddUser", 51: "NetGroupDelUser", 52: "NetGroupGetUsers", 53: "NetUserEnum",
	54: "NetUserAdd", 55: "NetUserDel", 56: "NetUserGetInfo", 57: "NetUserSetInfo", 58: "NetUserPasswordSet", 59: "NetUserGetGroups",
	63: "NetWkstaGetInfo", 64: "NetWkstaSetInfo", 65: "NetUseEnum", 69: "WPrintQEnum", 70: "WPrintQGetInfo", 71: "WPrintQSetInfo", 72: "WPrintQAdd",
	73: "WPrintQDel", 74: "WPrintQPause", 75: "WPrintQContinue", 76: "WPrintJobEnum", 77: "WPrintJobGetInfo", 81: "WPrintJobDel",
	82: "WPrintJobPause", 83: "WPrintJobContinue", 84: "WPrintDestEnum", 85: "WPrintDestGetInfo", 91: "NetRemoteTOD", 94: "NetServerEnum",
	96: "NetServiceGetInfo", 103: "WPrintQPurge", 104: "NetServerEnum2", 106: "NetGroupGetInfo", 110: "NetUserModalsGet", 112: "NetFileEnum2",
	113: "NetUserAdd2", 114: "NetUserSetInfo2", 115: "NetUserPasswordSet2", 119: "NetGetDCName", 131: "NetUserEnum2", 132: "NetWkstaUserLogon",
	133: "NetWkstaUserLogoff", 147: "WPrintJobSetInfo", 214: "SamOEMChgPasswordUser2_P", 215: "NetServerEnum3",
}
