// Package browser reads what Windows machines, Samba and old scanners tell their
// neighbours unasked: announcements of the browser service (MS-BRWS) and of the
// logon service (MS-ADTS 6.3.5, MS-NRPC), in mailslots of SMB1 over NetBIOS
// datagrams (RFC 1002 4.4), on any port.
//
// An announcement has the name of a host, the version of its operating system,
// what it serves, and a comment by whoever set it up; one of a domain has the name
// of the domain and of its master. Elections, requests and lists are told by name.
// The names in the datagram's own header tell who speaks and to whom.
//
// It refuses fragments of datagrams, other mailslots than these, and user names,
// which logon requests have: those are not read at all. A datagram counts only if
// its two NetBIOS names, its lengths and the SMB header behind them agree.
//
// Memory: none between datagrams. Strings of a record are copies, bounded by the
// datagram.
package browser

import (
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/smb1"
)

// Spec declares the browser service.
var Spec = proto.Spec{
	Name:       "browser",
	Doc:        "NetBIOS announcements of hosts and domains: names, versions and what they serve",
	Transports: proto.UDP,
	Ports:      []uint16{138},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
	Records:    []*event.Schema{Schema},
}

const (
	headLen = 14 // of a datagram (RFC 1002 4.4.1)
	nameLen = 34 // of a name without scope
	smbAt   = headLen + 2*nameLen
	maxText = 255
)

// Types of datagrams (RFC 1002 4.4.1).
const (
	directUnique = 0x10
	broadcast    = 0x12
)

// probe wants a datagram with two names and a transaction of SMB1.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) < smbAt+smb1.HeaderLen || b[0] < directUnique || b[0] > broadcast || string(b[smbAt:smbAt+5]) != "\xffSMB\x25" {
		return proto.No
	}
	if _, _, ok := charset.NetBIOSName(b[headLen:]); !ok {
		return proto.No
	}
	if _, _, ok := charset.NetBIOSName(b[headLen+nameLen:]); !ok {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct{ f proto.Flow }

// Close implements proto.Datagram.
func (*analyzer) Close() {}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) < smbAt+smb1.HeaderLen {
		return &proto.Error{Code: "short_datagram"}
	}
	if b[0] < directUnique || b[0] > broadcast {
		return nil // errors and queries say nothing (RFC 1002 4.4.3, 4.4.4)
	}
	const more, notFirst = 1, 2
	if b[1]&more != 0 || b[1]&notFirst == 0 {
		return &proto.Error{Code: "fragment", Offset: 1}
	}
	r := &Record{IsOrig: d == proto.Orig}
	var ok [2]bool
	r.Source, r.SourceType, ok[0] = charset.NetBIOSName(b[headLen:])
	r.Target, r.TargetType, ok[1] = charset.NetBIOSName(b[headLen+nameLen:])
	if !ok[0] || !ok[1] {
		return &proto.Error{Code: "bad_name", Offset: headLen}
	}
	slot, data, good := mailslot(b[smbAt:])
	if !good {
		return &proto.Error{Code: "bad_mailslot", Offset: smbAt}
	}
	r.Mailslot = slot
	switch {
	case strings.EqualFold(slot, `\MAILSLOT\BROWSE`), strings.EqualFold(slot, `\MAILSLOT\LANMAN`):
		good = r.browse(data)
	case strings.EqualFold(slot, `\MAILSLOT\NET\NETLOGON`), strings.EqualFold(slot, `\MAILSLOT\NET\NTLOGON`):
		good = r.logon(data)
	default:
		return nil
	}
	if !good {
		return &proto.Error{Code: "bad_announcement", Offset: smbAt}
	}
	a.f.Emit(a.f.Now(), r)
	return nil
}

// mailslot takes name and data out of a transaction of SMB1 that writes to a
// mailslot (MS-CIFS 2.2.4.33.1).
func mailslot(b []byte) (name string, data []byte, ok bool) {
	const write, setup = 1, 3 // the operation, and the words that have it first
	var c smb1.Block
	m, ok := smb1.Parse(b, len(b))
	if !ok || !m.Next(&c) || c.Command != smb1.Transaction {
		return "", nil, false
	}
	t, ok := c.Ask()
	if !ok || len(t.Setup) != 2*setup || t.Function != write || t.Data.Outside || !smb1.IsMailslot(t.Name) {
		return "", nil, false
	}
	return t.Name.Cut(maxText), t.Data.B, true
}

// ending is the text up to a zero, and what follows it.
func ending(b []byte) (s string, rest []byte, ok bool) {
	for i, c := range b {
		if c == 0 {
			return charset.Plain(b[:i], maxText), b[i+1:], true
		}
	}
	return charset.Plain(b, maxText), nil, false
}
