// Package smb reads SMB1 (MS-CIFS, MS-SMB), SMB2 and SMB3 (MS-SMB2), over TCP directly
// or over the NetBIOS session service (RFC 1002 4.3), on any port.
//
// From negotiations and session set-ups it tells what both machines speak and what the
// server still allows: dialects, signing, guests, encryption, and the names and
// operating systems that the old dialect says in clear. Tokens of authentication go on
// to "gssapi" or "ntlm", with the verdict that the status of the server's answer gives.
// Every other command is paired with its answer and given to package share, which
// follows shares and handles and tells what was done. Of SMB1, transactions that stand
// out are told in smb_trans: remote administration, mailslots, looks into pipes, and
// what only exploits and backdoors send.
//
// Commands with content are read by their heads: the content goes on to who wants it
// as it comes, or passes by. What is encrypted is told by amounts and times alone, in
// smb_encrypted; what is compressed passes by. After
// lost bytes the reader looks for the next plausible message. It never reads passwords
// or responses to challenges: of those of SMB1 only the length is looked at. Account
// names are of class person; parts of paths that look like those of patients become
// keyed marks.
//
// A file each: the frame around messages (frame.go), names of NetBIOS (netbios.go),
// SMB1 over the codec of package smb1 (cmd1.go asks, say1.go answers, trans1.go
// transactions, begin1.go set-ups), and SMB2 (smb2.go, ask2.go, answer2.go, negotiate
// and setup; veil.go what is encrypted).
//
// Memory: one record with bounded strings and lists for each conversation, the bounded
// state of package share, and of SMB1 one request in pieces (64 KiB); the stream keeps
// at most one message that is read whole.
package smb

import (
	"encoding/binary"
	"math"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/share"
	"lazaret/internal/smb1"
)

// Spec declares SMB.
var Spec = proto.Spec{
	Name:       "smb",
	Doc:        "SMB 1 to 3: dialects, signing, sessions, names, operating systems; shares, files, pipes and what was done with them",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{445, 139},
	Probe:      probe,
	New:        newAnalyzer,
	NewShared:  func() any { return share.NewShared() },
	Records:    []*event.Schema{Schema, share.MappingSchema, share.FilesSchema, share.TriedSchema, share.CmdSchema, TransSchema, VeilSchema},
	Extra:      []string{"smb_cmd"},
	Budget:     maxMessage,
}

// Bounds of what is kept.
const (
	maxMessage  = 1<<16 + frameLen // of a message that is read; longer ones are passed over
	maxText     = 255              // characters of a text
	maxDialects = 24
	maxContexts = 16 // negotiate contexts that are looked at
)

// analyzer is the state of one conversation.
type analyzer struct {
	f     proto.Flow
	side  [2]side
	rec   Record
	begun bool        // rec has something to tell
	first event.Time  // of the first message
	told  uint8       // kinds of session that were told, as bits
	fresh bool        // something was seen since the newest record
	blind bool        // encryption was counted
	veil  veil        // what shows of it
	o     *share.Conn // what is open

	// Authentications under way.
	logins   [maxLogins]login
	claimant *login // whose token is handed on, nil if it is the server's

	// Of SMB1 alone: accounts by session, content without a header that is to come,
	// and a request that comes in several messages.
	users   map[uint16]string
	raw     [2]raw1
	part    smb1.Whole
	partKey uint64 // 0 if there is none
	echoed  bool   // an echo was told
}

func newAnalyzer(f proto.Flow) any { return &analyzer{f: f, o: share.NewConn(f, commandName)} }

// probe wants the frame of a session message around an SMB header, or a session
// request with two NetBIOS names.
func probe(_ proto.Dir, b []byte) proto.Match {
	switch {
	case len(b) == 0:
		return proto.Maybe
	case b[0] == sessionRequest:
		return probeRequest(b)
	case b[0] != sessionMessage:
		return proto.No
	}
	if len(b) < frameLen+4 {
		for i, c := range b[min(len(b), frameLen):] {
			if i == 0 && c < 0xfd || i > 0 && c != "_SMB"[i] {
				return proto.No
			}
		}
		return proto.Maybe
	}
	n := int(binary.BigEndian.Uint32(b)) // the type is 0
	kind := b[frameLen]
	if string(b[frameLen+1:frameLen+4]) != "SMB" || n < leastLen(kind) {
		return proto.No
	}
	want := frameLen + 32
	if kind != idSMB1 && kind != idSMB2 {
		return proto.Yes
	}
	if len(b) < want {
		return proto.Maybe
	}
	h := b[frameLen:]
	if kind == idSMB2 && (binary.LittleEndian.Uint16(h[4:]) != 64 || binary.LittleEndian.Uint16(h[12:]) > 0x13) {
		return proto.No
	}
	return proto.Yes
}

// The first byte of a message (MS-CIFS 2.2.3.1; MS-SMB2 2.2.1, 2.2.41, 2.2.42).
const (
	idSMB1       = 0xff
	idSMB2       = 0xfe
	idEncrypted  = 0xfd
	idCompressed = 0xfc
)

// leastLen is the length of the shortest message of a kind.
func leastLen(kind byte) int {
	switch kind {
	case idSMB1:
		return 35 // the header, and counts of no words and no bytes
	case idSMB2:
		return 64
	case idEncrypted:
		return 52
	case idCompressed:
		return 16
	}
	return math.MaxInt
}

// note tells that a message of the client or of the server was seen.
func (a *analyzer) note(d proto.Dir, fromServer bool) {
	if !a.begun {
		a.begun, a.first = true, a.f.Now()
	}
	a.fresh = true
	a.rec.IsOrig = (d == proto.Orig) != fromServer
}

// Bits of told.
const (
	toldUser = 1 << iota
	toldGuest
	toldNobody
)

// session takes the end of a session set-up. The first session that
// is granted makes a record, and so does each later one of another kind.
func (a *analyzer) session(granted, guest bool, nobody event.Bool, status string) {
	a.rec.Status = status
	if !granted {
		a.rec.Refused++
		return
	}
	a.rec.Granted++
	a.rec.Guest, a.rec.Nobody = event.B(guest), nobody
	kind := uint8(toldUser)
	switch {
	case guest:
		kind = toldGuest
	case nobody.V:
		kind = toldNobody
	}
	if a.told&kind == 0 {
		a.told |= kind
		a.emit()
	}
}

// emit gives the record out and keeps on collecting in a copy.
func (a *analyzer) emit() {
	r := a.rec
	a.f.Emit(a.first, &r)
	a.fresh = false
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	a.side[d].ended = true
	if !a.side[d.Other()].ended {
		return
	}
	a.veilEnds()
	a.o.End()
	if a.begun && (a.told == 0 || a.fresh && a.rec.Refused > 0) {
		a.emit()
	}
}
