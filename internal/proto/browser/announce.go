package browser

import (
	"bytes"
	"fmt"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/wire"
)

// kinds of browser frames by their first byte (MS-BRWS 2.2).
var kinds = map[uint8]string{
	1: "host_announcement", 2: "announcement_request", 8: "election", 9: "backup_list_request",
	10: "backup_list_response", 11: "become_backup", 12: "domain_announcement", 13: "master_announcement",
	14: "reset_state", 15: "local_master_announcement",
}

// serverTypes are the bits of what a host serves (MS-BRWS 2.2.1, MS-RAP 2.5.5).
var serverTypes = []struct {
	bit  uint32
	word string
}{
	{1 << 0, "workstation"}, {1 << 1, "server"}, {1 << 2, "sql_server"}, {1 << 3, "domain_controller"},
	{1 << 4, "backup_domain_controller"}, {1 << 5, "time_source"}, {1 << 6, "apple"}, {1 << 7, "novell"},
	{1 << 8, "domain_member"}, {1 << 9, "print_server"}, {1 << 10, "dialin_server"}, {1 << 11, "xenix"},
	{1 << 12, "nt_workstation"}, {1 << 13, "windows_for_workgroups"}, {1 << 14, "netware_file_server"},
	{1 << 15, "nt_server"}, {1 << 16, "potential_browser"}, {1 << 17, "backup_browser"},
	{1 << 18, "master_browser"}, {1 << 19, "domain_master_browser"}, {1 << 20, "osf"}, {1 << 21, "vms"},
	{1 << 22, "windows_95"}, {1 << 23, "dfs"}, {1 << 24, "cluster"}, {1 << 25, "terminal_server"},
	{1 << 26, "cluster_virtual_server"}, {1 << 28, "ibm_dss"}, {1 << 30, "local_list_only"}, {1 << 31, "domain_enum"},
}

// maxBackups is the most names of a list that are kept.
const maxBackups = 16

// browse reads one frame of the browser service.
func (r *Record) browse(b []byte) bool {
	in := wire.NewReader(b)
	code := in.U8()
	kind, known := kinds[code]
	if !known {
		kind = fmt.Sprintf("browser_%d", code)
	}
	r.Kind = kind
	switch code {
	case 1, 12, 15:
		return r.announcement(&in)
	case 2:
		in.Skip(1)
		r.Name, _, _ = ending(in.Rest())
	case 8:
		in.Skip(1)
		r.Criteria, r.Uptime = event.N(in.U32LE()), event.N(in.U32LE())
		in.Skip(4)
		r.Name, _, _ = ending(in.Rest())
	case 10:
		n := int(in.U8())
		in.Skip(4)
		rest := in.Rest()
		for range min(n, maxBackups) {
			var name string
			var ok bool
			if name, rest, ok = ending(rest); !ok {
				break
			}
			r.Backups = append(r.Backups, name)
		}
	case 11, 13:
		r.Name, _, _ = ending(in.Rest())
	}
	return in.OK()
}

// announcement reads a frame of a host, a local master or a domain (MS-BRWS 2.2.1,
// 2.2.6, 2.2.7), which have one form.
func (r *Record) announcement(in *wire.Reader) bool {
	in.Skip(1 + 4) // update count, periodicity
	name := in.Bytes(16)
	major, minor := in.U8(), in.U8()
	types := in.U32LE()
	bmajor, bminor := in.U8(), in.U8()
	in.Skip(2) // signature
	if !in.OK() {
		return false
	}
	r.Name, _, _ = ending(name)
	r.Version = fmt.Sprintf("%d.%d", major, minor)
	for _, t := range serverTypes {
		if types&t.bit != 0 {
			r.Types = append(r.Types, t.word)
		}
	}
	if r.Kind != kinds[12] { // where a domain has other things
		r.Browser = fmt.Sprintf("%d.%d", bmajor, bminor)
	}
	comment, _, _ := bytes.Cut(in.Rest(), []byte{0})
	r.Comment = charset.Of(nil).Clean(comment, maxText)
	return true
}

// logons are requests and answers of the logon service (MS-ADTS 6.3.1.3) whose
// first string is the name of the machine that sends them.
var logons = map[uint16]struct {
	kind string
	wide bool // the name is of two bytes a character
	skip int  // before it
}{
	7:  {"primary_query", false, 0},
	12: {"primary_response", false, 0},
	18: {"sam_logon_request", true, 2},
	19: {"sam_logon_response", true, 0},
}

// logon reads one frame of the logon service. Behind the name of the machine
// there may be that of a user, which is not read.
func (r *Record) logon(b []byte) bool {
	in := wire.NewReader(b)
	code := in.U16LE()
	l, known := logons[code]
	if !known {
		r.Kind = fmt.Sprintf("logon_%d", code)
		return in.OK()
	}
	r.Kind = l.kind
	in.Skip(l.skip)
	rest := in.Rest()
	if l.wide {
		r.Name = strings.TrimLeft(charset.UTF16(rest, maxText), `\`)
	} else {
		r.Name, _, _ = ending(rest)
	}
	return in.OK()
}
