package smb

import (
	"fmt"

	"lazaret/internal/event"
)

// command is the end of every request: who asked for commands gets a record.
func (a *analyzer) command(q *request, o outcome) {
	if !a.cmds {
		return
	}
	r := &CmdRecord{Status: o.status, Argument: q.text, Version: "SMB2"}
	if q.one {
		r.Version = "SMB1"
		r.Command, r.SubCommand = name1(q)
	} else {
		r.Command, r.SubCommand = name2(q)
	}
	if r.Command == "" {
		return
	}
	if o.seen {
		r.RTT = event.Interval(a.f.Now() - q.ts)
	}
	if t := q.tree; t != nil {
		r.Tree, r.TreeServ, r.Username = t.path, t.service, t.user
	}
	if f := q.file; f != nil {
		r.FileTS, r.FileName, r.FilePrev = f.ts, f.name, q.prev
		if f.size >= 0 {
			r.FileSize = event.N(f.size)
		}
		if q.act != actNone {
			r.FileAction = f.word(q.act)
		}
		if f.tree != nil {
			r.FilePath = f.tree.path
		}
		r.Modified, r.Accessed, r.Created, r.Changed = f.times[tModified], f.times[tAccessed], f.times[tCreated], f.times[tChanged]
	}
	a.f.Emit(q.ts, r)
}

// name2 is the name of a command of SMB2 and of what it does in particular.
func name2(q *request) (string, string) {
	name, sub := names2[q.cmd], ""
	if q.cmd == cmdIoctl2 {
		sub = controlName(q.sub)
	}
	return name, sub
}

// controlName names a control code (MS-FSCC 2.3, MS-SMB2 2.2.31).
func controlName(code uint32) string {
	if s, ok := controls[code]; ok {
		return s
	}
	return fmt.Sprintf("0x%08x", code)
}

var controls = map[uint32]string{
	0x00060194: "DFS_GET_REFERRALS", 0x000601b0: "DFS_GET_REFERRALS_EX", 0x0011400c: "PIPE_PEEK", 0x00110018: "PIPE_WAIT",
	0x0011c017: "PIPE_TRANSCEIVE", 0x001440f2: "SRV_COPYCHUNK", 0x001480f2: "SRV_COPYCHUNK_WRITE", 0x00144064: "SRV_ENUMERATE_SNAPSHOTS",
	0x00140078: "SRV_REQUEST_RESUME_KEY", 0x001441bb: "SRV_READ_HASH", 0x001401d4: "LMR_REQUEST_RESILIENCY",
	0x001401fc: "QUERY_NETWORK_INTERFACE_INFO", 0x00140204: "VALIDATE_NEGOTIATE_INFO", 0x000900a4: "SET_REPARSE_POINT",
	0x000900a8: "GET_REPARSE_POINT", 0x000900ac: "DELETE_REPARSE_POINT", 0x0009009c: "GET_OBJECT_ID", 0x000900c0: "CREATE_OR_GET_OBJECT_ID",
	0x000900c4: "SET_SPARSE", 0x000980c8: "SET_ZERO_DATA", 0x000940cf: "QUERY_ALLOCATED_RANGES", 0x00098208: "FILE_LEVEL_TRIM",
	0x0009003c: "GET_COMPRESSION", 0x0009c040: "SET_COMPRESSION", 0x00090284: "QUERY_FILE_REGIONS", 0x00090318: "OFFLOAD_READ",
	0x00098344: "DUPLICATE_EXTENTS_TO_FILE", 0x0009027c: "GET_INTEGRITY_INFORMATION", 0x00090304: "SVHDX_SYNC_TUNNEL_REQUEST",
}
