// Package telnet understands the opening of Telnet (RFC 854): the options that both
// sides negotiate (RFC 855), the type of the terminal (RFC 1091), the greeting and the
// prompt for a login, and whether the login seems to have been granted. The log
// telnet is ours.
//
// It refuses to keep what is typed and what a session shows. Of the client's bytes
// only negotiations are read. The server's text is kept up to its first prompt for
// a name and no further, because what follows is an echo; after that it is looked at
// for a few words of success or failure and forgotten. A conversation without such a
// prompt keeps no text at all: old hospital systems show patients on Telnet screens.
// Environments (RFC 1572), which name users, are passed over.
//
// A conversation is recognised by negotiations alone, at least two, never by text.
// After the outcome, or maxShown bytes of text, all bytes pass by. A side holds a
// line of at most maxLine bytes. Bytes given to Parse are the sensor's.
package telnet

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares Telnet.
var Spec = proto.Spec{
	Name:       "telnet",
	Doc:        "Telnet: options, terminal, login prompt and its outcome",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{23, 2323},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f, began: f.Now(), server: proto.Resp} },
	Records:    []*event.Schema{Schema},
	Budget:     512,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxLine     = 160     // bytes of a line of text
	maxShown    = 8 << 10 // bytes of the server's text that are looked at
	maxOptions  = 24      // negotiations of one side in a record
	maxTerminal = 40      // bytes of the name of a terminal (RFC 1091)
)

// Commands (RFC 854).
const (
	iac  = 255
	dont = 254
	do   = 253
	wont = 252
	will = 251
	sb   = 250
	se   = 240
)

// Record is one conversation.
type Record struct {
	Server   []string `log:"server_options" doc:"What the server asked for and offered, in order"`
	Client   []string `log:"client_options" doc:"What the client asked for and offered, in order"`
	Terminal string   `log:"terminal_type" doc:"Type of the client's terminal"`
	Banner   string   `log:"banner" doc:"First line of the greeting before a login prompt"`
	Prompt   string   `log:"prompt" doc:"First prompt for a name"`
	Password bool     `log:"password_prompt" doc:"A password was asked for, to be sent in clear"`
	Login    string   `log:"login" doc:"granted or refused, guessed from the server's words; empty if unknown"`
	Refused  int      `log:"refused" doc:"Logins refused"`
	Sealed   bool     `log:"encrypted" doc:"A side began to encrypt (RFC 2946)"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// Schema declares the log telnet.
var Schema = event.NewSchema[Record]("telnet", "Telnet: one record for each conversation")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// names are the options that have a name; others are numbers.
var names = map[byte]string{
	0: "binary", 1: "echo", 3: "sga", 5: "status", 6: "mark", 24: "ttype", 31: "naws", 32: "tspeed", 33: "lflow", 34: "linemode",
	35: "xdisploc", 36: "environ", 37: "auth", 38: "encrypt", 39: "new-environ", 40: "tn3270e", 42: "charset", 44: "com-port",
}

const (
	optEcho     = 1
	optTerminal = 24
	optSize     = 31
	optSpeed    = 32
	optEncrypt  = 38

	encryptStart = 3 // all further bytes of the sender are encrypted (RFC 2946)
)

// known says whether an option is one that IANA lists.
func known(c byte) bool { return c <= 49 || c >= 138 && c <= 140 || c == 255 }

// probe wants two negotiations at the start, or one and a line of text after it.
func probe(_ proto.Dir, b []byte) proto.Match {
	n := 0
	for at := 0; at < len(b); {
		if b[at] != iac {
			return probeText(b[at:], n)
		}
		if at+2 >= len(b) {
			if at+1 < len(b) && (b[at+1] < sb || b[at+1] == iac) {
				return proto.No
			}
			return proto.Maybe
		}
		cmd, opt := b[at+1], b[at+2]
		switch {
		case cmd < sb || cmd == iac || !known(opt):
			return proto.No
		case cmd == sb && n == 0:
			return proto.No // nobody begins with the details of an option
		}
		if n++; n == 2 {
			return proto.Yes
		}
		at += 3
	}
	return proto.Maybe
}

// probeText judges what follows a single negotiation.
func probeText(b []byte, n int) proto.Match {
	if n == 0 {
		return proto.No
	}
	for i, c := range b[:min(len(b), 8)] {
		if c != '\r' && c != '\n' && c != 0 && c != 27 && (c < ' ' || c > '~') {
			return proto.No
		}
		if i == 7 {
			return proto.Yes
		}
	}
	return proto.Maybe
}

// side is what one direction is in the middle of.
type side struct {
	state byte // 0 text, iac, will..dont: the option comes, sb: within details
	opt   byte // option of the details
	had   bool // the option of the details is known
	esc   bool // an IAC within details
	val   []byte
	ended bool
}

type analyzer struct {
	f      proto.Flow
	began  event.Time
	sides  [2]side
	server proto.Dir // who asks for a terminal; the responder until that is seen
	line   []byte    // the server's line under way
	first  string    // its first line
	shown  int       // bytes of text looked at
	asked  bool      // a password was asked for, and not answered yet
	done   bool      // text is of no interest any more
	rec    Record
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	s := &a.sides[d]
	if a.done {
		return proto.Progress{Done: math.MaxInt32}, nil
	}
	for _, c := range b {
		if a.take(d, s, c); a.done {
			break
		}
	}
	return proto.Progress{Done: len(b)}, nil
}

// take looks at one byte (RFC 854, RFC 855).
func (a *analyzer) take(d proto.Dir, s *side, c byte) {
	switch s.state {
	case 0:
		if c == iac {
			s.state = iac
		} else {
			a.text(d, c)
		}
	case iac:
		switch {
		case c >= will && c < iac:
			s.state = c
		case c == sb:
			s.state, s.had, s.esc, s.val = sb, false, false, s.val[:0]
		default:
			s.state = 0
		}
	case sb:
		a.detail(d, s, c)
	default:
		a.option(d, s, s.state, c)
		s.state = 0
	}
}

// asksClient tells what only servers say: they ask for the terminal and its size,
// and offer to echo.
func asksClient(cmd, opt byte) bool {
	return cmd == do && (opt == optTerminal || opt == optSize || opt == optSpeed) || cmd == will && opt == optEcho
}

// option notes a negotiation.
func (a *analyzer) option(d proto.Dir, s *side, cmd, opt byte) {
	word := names[opt]
	if word == "" {
		word = strconv.Itoa(int(opt))
	}
	word = [...]string{"will ", "wont ", "do ", "dont "}[cmd-will] + word
	if d != a.server && len(a.rec.Server) == 0 && asksClient(cmd, opt) {
		a.server = d
		a.rec.Reversed = d == proto.Orig
		a.rec.Server, a.rec.Client = a.rec.Client, nil
	}
	list := &a.rec.Client
	if d == a.server {
		list = &a.rec.Server
	}
	if len(*list) < maxOptions && !slices.Contains(*list, word) {
		*list = append(*list, word)
	}
}

// detail takes a byte of a subnegotiation; only the terminal's type is kept,
// and whether encryption begins.
func (a *analyzer) detail(d proto.Dir, s *side, c byte) {
	switch {
	case s.esc && c == se:
		s.state = 0
		if s.opt == optTerminal && d != a.server && len(s.val) > 1 && s.val[0] == 0 && a.rec.Terminal == "" {
			a.rec.Terminal = string(s.val[1:])
		}
		if s.opt == optEncrypt && len(s.val) > 0 && s.val[0] == encryptStart {
			a.rec.Sealed, a.done = true, true
		}
	case !s.had:
		s.opt, s.had = c, true
	case s.esc:
		s.esc = false
	case c == iac:
		s.esc = true
	case (s.opt == optTerminal || s.opt == optEncrypt) && len(s.val) <= maxTerminal:
		s.val = append(s.val, c)
	}
}

// text takes a byte that is no negotiation.
func (a *analyzer) text(d proto.Dir, c byte) {
	if d != a.server {
		// What is typed is not looked at, but it shows that the server waits.
		if a.asked && len(a.line) > 0 && strings.IndexByte("$#%>", a.line[len(a.line)-1]) >= 0 {
			a.outcome("granted")
		}
		return
	}
	if a.shown++; a.shown > maxShown {
		a.done, a.line = true, nil
		return
	}
	switch {
	case c == '\n' || c == '\r':
		a.endLine()
	case c < ' ' || len(a.line) >= maxLine:
	default:
		a.line = append(a.line, c)
		switch {
		case c == ':':
			a.colon()
		case c == ' ' && a.asked && len(a.line) > 1 && len(a.line) < 64 && strings.IndexByte("$#%>", a.line[len(a.line)-2]) >= 0:
			a.outcome("granted")
		}
	}
}

// endLine looks at a whole line and forgets it.
func (a *analyzer) endLine() {
	line := strings.TrimSpace(string(a.line))
	a.line = a.line[:0]
	if line == "" {
		return
	}
	if a.rec.Prompt == "" {
		if a.first == "" {
			a.first = line
		}
		return
	}
	low := strings.ToLower(line)
	for _, w := range [...]string{"incorrect", "failed", "denied", "invalid", "failure", "bad password", "not authorized", "could not log you in"} {
		if strings.Contains(low, w) {
			if a.asked {
				a.rec.Refused++
				a.rec.Login = "refused"
			}
			a.asked = false
			return
		}
	}
	if a.asked && (strings.HasPrefix(low, "last login") || strings.HasPrefix(low, "welcome")) {
		a.outcome("granted")
	}
}

// impersonal is a line of the server, unless it seems to be of a screen about a
// patient, which may be on when the capture begins.
func impersonal(line string) string {
	low := strings.ToLower(line)
	for _, w := range [...]string{"patient", "mrn:", "dob:", "^"} {
		if strings.Contains(low, w) {
			return ""
		}
	}
	return line
}

// colon looks whether a prompt is complete.
func (a *analyzer) colon() {
	line := strings.TrimSpace(string(a.line))
	low := strings.ToLower(line)
	switch {
	case strings.HasSuffix(low, "last login:"):
	case strings.HasSuffix(low, "login:"), strings.HasSuffix(low, "username:"), strings.HasSuffix(low, "user name:"), strings.HasSuffix(low, "user:"),
		strings.HasSuffix(low, "account:"):
		a.asked = false
		if a.rec.Prompt == "" {
			a.rec.Prompt, a.rec.Banner = impersonal(line), impersonal(a.first)
		}
	case strings.HasSuffix(low, "password:"), strings.HasSuffix(low, "passwd:"):
		a.rec.Password, a.asked = true, true
		if a.rec.Prompt == "" {
			a.rec.Prompt, a.rec.Banner = impersonal(line), impersonal(a.first)
		}
		a.line = a.line[:0]
	}
}

// outcome ends the interest in text.
func (a *analyzer) outcome(word string) {
	a.rec.Login = word
	a.done, a.line = true, nil
}

// Gap implements proto.Analyzer. A loss ends what was under way.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	a.sides[d].state = 0
	if d == a.server {
		a.line = a.line[:0]
	}
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	a.sides[d].ended = true
	if !a.sides[0].ended || !a.sides[1].ended {
		return
	}
	if a.rec.Sealed {
		a.f.Blind("telnet_encrypt")
	}
	if len(a.rec.Server)+len(a.rec.Client) > 0 {
		r := a.rec
		a.f.Emit(a.began, &r)
	}
}
