package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"lazaret/internal/rest"
	"lazaret/internal/share"
)

// zeekSMBFiles is what both say about files on servers.
func zeekSMBFiles() *speech {
	return &speech{log: "smb_files", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "action", "name"},
		fields: fieldsOf(share.FilesSchema, "action", "name", "status", "disposition", "result", "options", "bytes_read", "bytes_written", "user"),
		same:   func(_ string, a, b any) bool { return alike(a, b) }}
}

// zeekLogsActions leaves the actions that Zeek writes to smb_files unless it is told
// otherwise.
func zeekLogsActions(log string, list []line) []line {
	if log != "smb_files" {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(l line) bool {
		return !slices.Contains([]any{"SMB::FILE_OPEN", "SMB::FILE_RENAME", "SMB::FILE_DELETE", "SMB::PRINT_OPEN", "SMB::PRINT_CLOSE"}, l["action"])
	})
}

// asMarked puts the marks of ours in place of names that may be those of patients.
func asMarked(log string, list []line) []line {
	fields := map[string][]string{"smb_files": {"name", "prev_name"}, "smb_cmd": {"argument", "referenced_file.name", "referenced_file.prev_name"}}[log]
	for _, l := range list {
		for _, f := range fields {
			if s, ok := l[f].(string); ok {
				l[f] = rest.MaskShare(siteMark, s)
			}
		}
	}
	return list
}

// siteMark is the pseudonym that the key of these tests gives.
func siteMark(kind string, v []byte) string {
	h := hmac.New(sha256.New, siteKey)
	h.Write(append([]byte(kind+"\x00"), v...))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

const (
	zSMBWhen    = "Zeek gives a rename and a deletion the time when the file was opened, here they have their own"
	zSMBPipe    = "A pipe, which Zeek takes for a file with SMB1, and where it did not see the share"
	zSMBPath    = "The share is known by its tree; Zeek does not look it up at the first opening of some"
	zSMBOnClose = "Deleted when closed, as it was opened for; Zeek tells of deletions that are asked for apart"
)

// zeekSMBFilesRows explains where Zeek's smb_files and ours differ.
var zeekSMBFilesRows = []row{
	{nil, "smb_files", "ts", "SMB::FILE_RENAME", 1, zSMBWhen},
	{nil, "smb_files", "ts", "SMB::FILE_DELETE", 1, zSMBWhen},
	{nil, "smb_files", "missing", "", 6, zSMBPipe},
	{nil, "smb_files", "path", "theirs -", 8, zSMBPath},
	{nil, "smb_files", "extra", "SMB::FILE_DELETE", 1, zSMBOnClose},
}
