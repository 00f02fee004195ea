package share

import "lazaret/internal/event"

// MappingRecord is a tree that the server granted: Zeek's smb_mapping.
type MappingRecord struct {
	Path       string `log:"path" doc:"Share as the client names it, \\\\\\\\host\\\\share"`
	Service    string `log:"service" doc:"Kind of the share as an SMB1 server names it: A:, LPT1:, IPC, COMM"`
	NativeFS   string `log:"native_file_system" doc:"File system that an SMB1 server names"`
	ShareType  string `log:"share_type" doc:"DISK, PIPE or PRINT"`
	User       string `log:"user" doc:"Account of the session as the server granted it, domain\\user in small letters; <guest>, <anonymous>; missing if it was not seen, as with Kerberos" class:"person"`
	Encryption bool   `log:"encrypted" doc:"The server wants all of the share encrypted (SMB3)"`
}

// MappingSchema is the declaration of smb_mapping.
var MappingSchema = event.NewSchema[MappingRecord]("smb_mapping", "Shares that were mapped over SMB")

// Schema implements event.Payload.
func (*MappingRecord) Schema() *event.Schema { return MappingSchema }

// FileRecord is something that was done to a file, a pipe or a printer, as the server
// confirmed: Zeek's smb_files. OPEN is told with the answer, RENAME and
// FILE_SET_ATTRIBUTE too, DELETE when the handle that deletes ends, READ and WRITE once for
// each handle when it ends, CLOSE only of pipes and printers.
type FileRecord struct {
	Action      string      `log:"action" doc:"SMB::FILE_OPEN, _READ, _WRITE, _RENAME, _DELETE, _SET_ATTRIBUTE; SMB::PIPE_OPEN, _CLOSE; SMB::PRINT_OPEN, _CLOSE; SMB::UNKNOWN_READ, _WRITE if the share was not seen"`
	Path        string      `log:"path" doc:"Share"`
	Name        string      `log:"name" doc:"Path within the share, private parts as keyed marks; <share_root> for none"`
	Size        uint64      `log:"size,always" doc:"Size of the file when it was opened, bytes; for READ, WRITE and CLOSE when it was closed"`
	PrevName    string      `log:"prev_name" doc:"Path before a RENAME"`
	Modified    event.Time  `log:"times.modified" doc:"Last write"`
	Accessed    event.Time  `log:"times.accessed" doc:"Last access"`
	Created     event.Time  `log:"times.created" doc:"Creation"`
	Changed     event.Time  `log:"times.changed" doc:"Last change of attributes"`
	Status      string      `log:"status" doc:"Status of the answer: SUCCESS or a warning"`
	Disposition string      `log:"disposition" doc:"What OPEN asks for: supersede, open, create, open_if, overwrite, overwrite_if"`
	Result      string      `log:"result" doc:"What OPEN did: superseded, opened, created, overwritten"`
	Options     []string    `log:"options" doc:"How it is open: directory, delete_on_close, backup, reparse_point"`
	BytesRead   event.Count `log:"bytes_read" doc:"Bytes that the handle brought to the client"`
	BytesWrit   event.Count `log:"bytes_written" doc:"Bytes that the server took over the handle"`
	User        string      `log:"user" doc:"Account of the session as the server granted it, domain\\user in small letters; <guest>, <anonymous>; missing if it was not seen, as with Kerberos" class:"person"`
}

// FilesSchema is the declaration of smb_files.
var FilesSchema = event.NewSchema[FileRecord]("smb_files", "What was done to files over SMB, as servers confirmed")

// Schema implements event.Payload.
func (*FileRecord) Schema() *event.Schema { return FilesSchema }

// TriedRecord is what was asked for and refused, or not seen to be answered. It is
// a log of its own so that nobody who counts smb_files takes it for done.
type TriedRecord struct {
	Action      string      `log:"action" doc:"As in smb_files, and SMB::TREE_CONNECT, for which name is empty"`
	Path        string      `log:"path" doc:"Share"`
	Name        string      `log:"name" doc:"Path within the share, private parts as keyed marks"`
	PrevName    string      `log:"prev_name" doc:"Path before a RENAME"`
	Status      string      `log:"status" doc:"Status of the answer; missing if none was seen"`
	Disposition string      `log:"disposition" doc:"What OPEN asks for"`
	Bytes       event.Count `log:"bytes" doc:"Bytes of READ and WRITE that were asked for without an answer, or refused"`
	User        string      `log:"user" doc:"Account of the session as the server granted it, domain\\user in small letters; <guest>, <anonymous>; missing if it was not seen, as with Kerberos" class:"person"`
}

// TriedSchema is the declaration of smb_tried.
var TriedSchema = event.NewSchema[TriedRecord]("smb_tried", "What was tried over SMB and refused, or not seen to be answered")

// Schema implements event.Payload.
func (*TriedRecord) Schema() *event.Schema { return TriedSchema }

// CmdRecord is one command with its answer: Zeek's smb_cmd. It is made on request.
type CmdRecord struct {
	Command    string         `log:"command" doc:"Command"`
	SubCommand string         `log:"sub_command" doc:"Sub-command of SMB1 transactions, control code of IOCTL, kind of information"`
	Argument   string         `log:"argument" doc:"File or pattern, private parts as keyed marks"`
	Status     string         `log:"status" doc:"Status of the answer; missing if none was seen"`
	RTT        event.Interval `log:"rtt" doc:"Time from the request to the answer"`
	Version    string         `log:"version" doc:"SMB1 or SMB2"`
	MID        uint64         `log:"mid,always" doc:"Multiplex id of SMB1, message id of SMB2"`
	Username   string         `log:"username" doc:"As user in smb_files" class:"person"`
	Tree       string         `log:"tree" doc:"Share"`
	TreeServ   string         `log:"tree_service" doc:"Kind of the share as an SMB1 server names it"`
	FileTS     event.Time     `log:"referenced_file.ts" doc:"When the file was opened; when the command was given if it has none"`
	FileAction string         `log:"referenced_file.action" doc:"What the command did to it"`
	FilePath   string         `log:"referenced_file.path" doc:"Share of the file"`
	FileName   string         `log:"referenced_file.name" doc:"Path of the file within the share, private parts as keyed marks"`
	FileSize   uint64         `log:"referenced_file.size,always" doc:"Size of the file, bytes; 0 if it is not known or there is none"`
	FilePrev   string         `log:"referenced_file.prev_name" doc:"Path before a RENAME"`
	Modified   event.Time     `log:"referenced_file.times.modified" doc:"Last write"`
	Accessed   event.Time     `log:"referenced_file.times.accessed" doc:"Last access"`
	Created    event.Time     `log:"referenced_file.times.created" doc:"Creation"`
	Changed    event.Time     `log:"referenced_file.times.changed" doc:"Last change of attributes"`
}

// CmdSchema is the declaration of smb_cmd.
var CmdSchema = event.NewSchema[CmdRecord]("smb_cmd", "Commands of SMB with their answers, on request")

// Schema implements event.Payload.
func (*CmdRecord) Schema() *event.Schema { return CmdSchema }
