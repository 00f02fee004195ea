package wsman

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// exchange is a request without a complete answer.
type exchange struct {
	rec   Record
	start event.Time
	known bool
}

// analyzer is one conversation.
type analyzer struct {
	proto.Exchanges[exchange, *body]
	f     proto.Flow
	auth  string
	user  string
	blind bool
}

func newAnalyzer(f proto.Flow) *analyzer {
	a := &analyzer{f: f}
	a.Exchanges = proto.NewExchanges(f, a, maxExchanges, tooManyPending)
	return a
}

// NewBody implements proto.Pairing.
func (a *analyzer) NewBody() *body { return &body{a: a} }

// Begin implements proto.Pairing.
func (a *analyzer) Begin(e *proto.Entity) *exchange {
	x := &exchange{start: a.f.Now(), known: own(e)}
	x.rec.IsOrig = e.Asker() == proto.Orig
	return x
}

// Tell implements proto.Pairing. It tells of an exchange, if it is one of WS-Management.
func (a *analyzer) Tell(x *exchange) {
	if !x.known {
		return
	}
	x.rec.Auth, x.rec.User = a.auth, a.user
	x.rec.Duration = a.f.Now().Sub(x.start)
	out := x.rec
	a.f.Emit(x.start, &out)
}

// Head implements proto.Pairing.
func (a *analyzer) Head(x *exchange, e *proto.Entity) {
	if e.Response {
		x.rec.Status = event.N(e.Status)
	} else {
		x.rec.UserAgent = rest.Field(e.Field, "User-Agent", 128)
		a.credentials(e)
	}
	if how := sealed(e.Type); how != "" {
		x.known, x.rec.Encrypted = true, how
		if !a.blind {
			a.blind = true
			a.f.Blind("winrm")
		}
	}
}

// credentials notes how a client authenticates (RFC 9110 11.4), and the user's name of
// Basic (RFC 7617). No more of the credentials is decoded than a name may be long.
func (a *analyzer) credentials(e *proto.Entity) {
	if e.Field == nil {
		return
	}
	v := e.Field("Authorization")
	scheme, token, _ := strings.Cut(v, " ")
	switch scheme = strings.ToLower(scheme); scheme {
	case "":
		return
	case "basic", "negotiate", "kerberos", "credssp", "ntlm":
	default:
		scheme = "other"
	}
	a.auth, a.user = scheme, ""
	if scheme != "basic" {
		return
	}
	token = strings.TrimSpace(token)
	token = token[:min(len(token), 256)/4*4]
	both := make([]byte, base64.StdEncoding.DecodedLen(len(token)))
	n, _ := base64.StdEncoding.Decode(both, []byte(token))
	if i := bytes.IndexByte(both[:n], ':'); i > 0 {
		a.user = charset.Plain(both[:i], 96)
		if len(bytes.Trim(both[:i], "0123456789")) == 0 && i >= 6 {
			a.user = a.f.Pseudonym("patient", both[:i]) // as of any number of that length
		}
	}
	clear(both)
}

// told enters what a message told into its exchange.
func (a *analyzer) told(s *body, whole bool) {
	x, m, rec := s.x, &s.m, &s.x.rec
	if s.response {
		rec.ToClient += s.bytes
	} else {
		rec.ToServer += s.bytes
	}
	x.known = x.known || m.ours
	if x.known && whole && s.read && s.bytes > 0 && (s.walk.broken() || !s.walk.done()) {
		a.f.Weird(badXML, 0)
	}
	a.asked(rec, m, s.response)
	a.answered(rec, m)
}

// asked enters what stands in requests and is repeated in answers.
func (a *analyzer) asked(rec *Record, m *message, response bool) {
	if rec.Action == "" && (!response || m.fault == "") {
		rec.Action, rec.Method = actionOf(m.action)
		if m.identify && rec.Action == "" {
			rec.Action = "Identify"
		}
	}
	if rec.Resource == "" && m.resource != "" {
		r := short(m.resource)
		rec.Class = classOf(r, m.resource)
		rec.Resource = rest.MaskShare(a.f.Pseudonym, r)
	}
	if rec.Class == "" {
		rec.Class = m.class
	}
	if m.shellID != "" && rec.ShellID == "" {
		rec.ShellID = m.shellID
	}
	if response {
		return
	}
	if m.program != "" {
		rec.Program = rest.MaskShare(a.f.Pseudonym, m.program)
	}
	rec.Arguments, rec.Signal = m.more, m.signal
}

// answered enters what only answers have.
func (a *analyzer) answered(rec *Record, m *message) {
	if m.state != "" {
		rec.State = m.state
	}
	if m.exit != "" {
		rec.ExitCode = m.exit
	}
	if m.fault != "" {
		rec.Fault = m.fault
		if n, err := strconv.ParseUint(m.number, 10, 32); err == nil {
			rec.FaultCode = event.N(n)
		}
	}
	if m.vendor != "" {
		rec.Product = strings.TrimSpace(m.vendor + " " + m.version)
	}
}
