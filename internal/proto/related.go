package proto

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// About is what somebody knows of a conversation before its first byte: the
// carrier of an inner stream, or who announced a conversation of its own. What the
// fields mean is agreed between the two protocols; all may be empty.
type About struct {
	Carrier string // Spec.Name of who says it
	Name    string // of a pipe or a file as it was opened, of an interface its UUID
	Verb    string // what is done with it, e.g. RETR
	User    string // account in force; of class person
	Sender  Dir    // who is to send, where one does; in the directions of the new conversation
}

// Channel is one of several inner streams within a conversation, for example a
// pipe. Calls after Close do nothing.
type Channel interface {
	// Write brings the next bytes of a direction. They are valid during the call.
	Write(d Dir, b []byte)
	// Lost tells that n bytes of a direction are missing here; 0 if nobody
	// knows how many.
	Lost(d Dir, n int)
	// Close ends it in both directions.
	Close()
}

// Expectation announces a conversation between the two hosts of this one.
type Expectation struct {
	// At is one end of it: the new conversation has it as originator or
	// responder, and the other host of this conversation at its other end.
	At  netid.Endpoint
	UDP bool // else TCP
	// Name is the Spec.Name of the protocol that gets it, without a probe.
	Name  string
	About About
	// Keep lets it stand for all conversations of that end, for example of a
	// port that a service was given; otherwise the first one uses it up.
	Keep bool
}

// File is what a carrier knows of a file whose content moves.
type File struct {
	Source string // Zeek's word: SMB, HTTP, FTP_DATA, TFTP, SMTP
	Name   string // as it may be shown: its path, in which private parts are marks
	Sender Dir    // who sends the content
	Size   int64  // bytes, as declared, -1 if not said
	Type   string // media type as declared
	User   string // account in force; of class person
	Depth  int    // how many files it lies within
	// Write says that the content changes a file: a piece at the place of an earlier
	// one replaces it. Otherwise it is a copy of it.
	Write bool
	// Key tells which pieces are of one file: those of equal keys between the
	// same two hosts, also over several conversations. Empty stands alone.
	Key string
}

// Pieces takes the content of one file in pieces of any order, which may overlap.
// Offsets count bytes from the start of the file and are not negative. Calls after
// Close do nothing.
type Pieces interface {
	// At brings the bytes at an offset. They are valid during the call.
	At(off int64, b []byte)
	// Missing tells that n bytes at an offset moved and were not seen.
	Missing(off, n int64)
	// Refused tells that n bytes at an offset, given before, were not taken by
	// the receiver.
	Refused(off, n int64)
	// Sized tells the size of the whole file when it becomes known.
	Sized(n int64)
	// Close ends the carrier's part. whole tells that it saw the file's end.
	Close(whole bool)
}

// Keeper puts the files of all conversations of a shard together.
type Keeper interface {
	// Open begins or goes on with a file. It is nil if it is not wanted or there
	// is no room. f is the conversation that carries the pieces.
	Open(f Flow, file *File) Pieces
	// Advance tells that packet time has reached now.
	Advance(now event.Time)
	// Flush ends everything; no other call follows.
	Flush()
}

// Keeping is what a Keeper may use. All sizes are bytes.
type Keeping struct {
	// Emit sends a record. conn is that of the conversation that brought the
	// file first.
	Emit func(ts event.Time, conn *event.Conn, p event.Payload)
	// Pseudonym is that of Flow.
	Pseudonym  func(kind string, value []byte) string
	Memory     int // all that is kept of files
	Head       int // of each file, for rules
	Executable int // of each executable, for rules
	Wait       event.Interval
}

// Claimer is implemented by flows of protocols of kind Message.
type Claimer interface {
	// Claim tells the carrier which account a message claims, as Account writes it;
	// empty is nobody. Whether it counts is the word of the server, which the carrier
	// knows.
	Claim(account string)
}

// Listener is implemented by analyzers that carry messages of authentication and want
// to know of whom.
type Listener interface {
	// Claimed is called within Hand; see Claimer.
	Claimed(account string)
}

// Claim tells the carrier of f which account a message claims, if it listens.
func Claim(f Flow, account string) {
	if c, ok := f.(Claimer); ok {
		c.Claim(account)
	}
}

// Accounts of sessions in which nobody has a name of his own. No account of Windows
// can be called so.
const (
	Guest  = "<guest>"     // who was let in without an account that the server knows
	Nobody = "<anonymous>" // a null session
)

// Account writes an account of Windows in the one form of all records, domain\user in
// small letters, or user alone. Users may give the domain themselves, in front of a
// backslash or behind an @; realms of Kerberos are domains.
func Account(domain, user string) string {
	if user == "" {
		return ""
	}
	if d, u, ok := strings.Cut(user, `\`); ok && d != "" && u != "" {
		domain, user = d, u
	} else if i := strings.LastIndexByte(user, '@'); domain == "" && i > 0 && i < len(user)-1 {
		user, domain = user[:i], user[i+1:]
	}
	if domain == "" {
		return strings.ToLower(user)
	}
	return strings.ToLower(domain + `\` + user)
}
