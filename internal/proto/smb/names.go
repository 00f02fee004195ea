package smb

import "fmt"

// name2 is the name of a command of SMB2 and of what it does in particular.
func name2(cmd uint16, sub uint32) (string, string) {
	if cmd == cmdIoctl2 {
		return names2[cmd], controlName(sub)
	}
	return names2[cmd], ""
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

// commandName names a command of either dialect.
func commandName(smb1 bool, cmd uint16, sub uint32) (command, subCommand string) {
	if smb1 {
		return name1(cmd, sub)
	}
	return name2(cmd, sub)
}
