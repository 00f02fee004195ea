// Package sessions tells who opened an interactive or a command session on whom, by
// what, and whether it was granted: remote desktops and screens, shells, and the roads
// of Windows that run a program elsewhere (services, tasks, WMI, DCOM, WinRM).
//
// It reads records in the order of the merge; a map gives each kind of record its
// reader, as with clues. What belongs to one attempt is joined: a service that is
// created over one conversation and started over another is one attempt, and so is all
// that one conversation tells of its log-in. Attempts that are alike (kind, both hosts,
// account, outcome and reason) are one Session with a count.
//
// An outcome is what a record says, and Why names that field. Some fields are guesses
// and stay so: auth_success of SSH comes from the lengths of sealed segments (as in Zeek),
// login of Telnet from the server's words. Where nothing tells it, the amounts that a
// remote desktop moved within TLS may make a session likely, never granted. It refuses to
// conclude more: a connection without a log-in is no session, and a session is no attack.
//
// Memory: Config bounds the attempts under way and the sessions told; the oldest attempt
// is concluded early, what finds no room is counted. A Book belongs to one goroutine and
// keeps no record. It reads no clock. Standards: those of the protocols.
package sessions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
)

// Kind is by what a session is opened.
type Kind string

// The kinds.
const (
	RDP     Kind = "rdp"     // remote desktop
	VNC     Kind = "vnc"     // remote screen (RFB)
	SSH     Kind = "ssh"     // secure shell
	Telnet  Kind = "telnet"  // terminal in clear
	WinRM   Kind = "winrm"   // remote shell of Windows over HTTP
	WMI     Kind = "wmi"     // management of Windows, over DCOM or WinRM
	DCOM    Kind = "dcom"    // an application of Windows that is started and told what to do
	Service Kind = "service" // a service of Windows that is made, changed or started, as psexec does
	Task    Kind = "task"    // a job or task that is registered or run
)

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	Granted Outcome = "granted"
	Likely  Outcome = "likely" // by amounts, or because sealed calls went on
	Refused Outcome = "refused"
	Unknown Outcome = "unknown" // sealed, not told, or not seen
)

// rank orders outcomes: within one attempt the highest counts.
func (o Outcome) rank() int {
	return slices.Index([]Outcome{Unknown, Refused, Likely, Granted}, o)
}

// Session is one or more attempts that are alike.
type Session struct {
	Kind    Kind
	Client  netid.IP // who opened it
	Server  netid.IP // on whom
	Port    uint16   // of the server, in the first attempt
	User    string   // account, as the protocol shows it; of class person, empty if it shows none
	Outcome Outcome
	Why     string // record, field and value that say so
	Start   event.Time
	Last    event.Time
	Count   int      // of attempts
	UIDs    []string // of conversations, at most maxUIDs
}

// Report is what a Book has found. Early counts attempts that were concluded before
// their end, Shed those that found no room among the sessions.
type Report struct {
	Sessions    []Session // by Start, then by kind, hosts and the rest
	Early, Shed uint64
}

// Config bounds a Book.
type Config struct {
	Max      int `toml:"max" doc:"most sessions that are told apart; attempts beyond are only counted"`
	Attempts int `toml:"attempts" doc:"most conversations, and most attempts to open a session, that are followed at once; the oldest is concluded early"`
}

// DefaultConfig is for a network of a few thousand machines.
func DefaultConfig() Config { return Config{Max: 20_000, Attempts: 16_384} }

// Validate names every wrong key.
func (c Config) Validate() error {
	if c.Max < 1 || c.Max > 1<<24 {
		return fmt.Errorf("sessions.max: %d is not between 1 and %d", c.Max, 1<<24)
	}
	if c.Attempts < 16 || c.Attempts > 1<<24 {
		return fmt.Errorf("sessions.attempts: %d is not between 16 and %d", c.Attempts, 1<<24)
	}
	return nil
}

const (
	maxUIDs = 8  // conversations listed in a session
	maxUser = 96 // bytes of an account
)

// row tells sessions apart.
type row struct {
	kind           Kind
	client, server netid.IP
	user           string
	outcome        Outcome
	why            string
}

// Book collects sessions.
type Book struct {
	cfg      Config
	talks    *lru.Map[string, *talk]     // by uid, the oldest first
	attempts *lru.Map[subject, *attempt] // under way, the oldest first
	rows     map[row]*Session
	early    uint64
	shed     uint64
	told     func(End) // nil if sessions are kept
}

// End is one attempt when its conversation has ended: how long that was open, and the bytes
// of content that each side sent.
type End struct {
	Session
	Lasted                 event.Interval
	FromServer, FromClient uint64
}

// Follow makes a Book that keeps no sessions: it tells each attempt once, when its
// conversation ends. Those that are about a thing with a name (services, tasks) and may go
// on in another conversation are not told, nor those of which the end was not seen.
func Follow(cfg Config, told func(End)) *Book {
	b := New(cfg)
	b.cfg.Max, b.told = 0, told
	return b
}

// New makes an empty Book.
func New(cfg Config) *Book {
	return &Book{cfg: cfg, talks: lru.New[string, *talk](cfg.Attempts), attempts: lru.New[subject, *attempt](cfg.Attempts), rows: map[row]*Session{}}
}

// Add looks at the next record. It keeps nothing of it but short strings.
func (b *Book) Add(r *event.Record) {
	if r.Body == nil || r.Conn == nil {
		return
	}
	if read := readers[r.Body.Schema()]; read != nil {
		read(b, r)
	}
}

// Snapshot tells what was found so far; attempts under way are told as far as they came.
func (b *Book) Snapshot() *Report {
	all := maps.Clone(b.rows)
	for k, s := range all {
		c := *s
		c.UIDs = slices.Clone(s.UIDs)
		all[k] = &c
	}
	shed := b.shed
	for _, a := range b.attempts.All() {
		a.conclude(all, b.cfg.Max, &shed)
	}
	out := &Report{Sessions: make([]Session, 0, len(all)), Early: b.early, Shed: shed}
	for _, s := range all {
		out.Sessions = append(out.Sessions, *s)
	}
	slices.SortFunc(out.Sessions, func(x, y Session) int {
		return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(x.Kind, y.Kind), x.Client.Compare(y.Client), x.Server.Compare(y.Server),
			cmp.Compare(x.User, y.User), cmp.Compare(x.Outcome.rank(), y.Outcome.rank()), cmp.Compare(x.Why, y.Why))
	})
	return out
}
