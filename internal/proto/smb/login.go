package smb

import "lazaret/internal/proto"

// maxLogins bounds the authentications of one conversation that are under way at the
// same time. One more takes the place of another, whose outcome is then not told.
const maxLogins = 3

// login is an authentication under way. Until the server has given the session its
// number, an answer is known by the number of the request.
type login struct {
	open    bool
	session uint64 // 0 if it has no number yet
	request uint64 // number of the newest request
	via     string // protocol that was handed tokens, also by those before it here
	claims  bool   // the client said who it is
	account string // in the form of proto.Account, empty for nobody
}

// The names under which the dialogues of several authentications are handed on.
var mechanisms = [maxLogins]struct{ gssapi, ntlm string }{{"gssapi", "ntlm"}, {"gssapi#1", "ntlm#1"}, {"gssapi#2", "ntlm#2"}}

// asked is the authentication that a request of a session, 0 for a new one, belongs to.
func (a *analyzer) asked(session, request uint64) int {
	n := a.loginOf(func(l *login) bool { return session != 0 && l.session == session })
	if n < 0 {
		n = a.begin(session)
	}
	a.logins[n].request = request
	return n
}

// answered is the authentication that an answer belongs to.
func (a *analyzer) answered(session, request uint64) int {
	n := a.loginOf(func(l *login) bool { return l.request == request && (l.session == 0 || l.session == session) })
	if n < 0 {
		n = a.loginOf(func(l *login) bool { return session != 0 && l.session == session })
	}
	if n < 0 {
		n = a.begin(session)
		a.logins[n].request = request
	}
	if session != 0 {
		a.logins[n].session = session
	}
	return n
}

// begin finds room for an authentication.
func (a *analyzer) begin(session uint64) int {
	n := 0
	for i := range a.logins {
		if !a.logins[i].open {
			n = i
			break
		}
	}
	a.logins[n] = login{open: true, session: session, via: a.logins[n].via}
	return n
}

func (a *analyzer) loginOf(f func(*login) bool) int {
	for i := range a.logins {
		if a.logins[i].open && f(&a.logins[i]) {
			return i
		}
	}
	return -1
}

// hand gives a token of the nth authentication on, by its looks. Some clients answer
// SPNEGO with a bare NTLMSSP, which then goes the same way.
func (a *analyzer) hand(d proto.Dir, n int, b []byte) {
	l := &a.logins[n]
	switch {
	case len(b) < 8:
		return
	case string(b[:8]) == "NTLMSSP\x00":
		if l.via == "" {
			l.via = mechanisms[n].ntlm
		}
	case b[0] == 0x60 || b[0] == 0xa0 || b[0] == 0xa1:
		l.via = mechanisms[n].gssapi
	default:
		return
	}
	a.claimant = nil
	if d == a.o.Client {
		a.claimant = l
	}
	a.f.Hand(d, b, l.via)
}

// Claimed implements proto.Listener.
func (a *analyzer) Claimed(account string) {
	if a.claimant != nil {
		a.claimant.claims, a.claimant.account = true, account
	}
}

// who is the account of a session that the server granted, empty if the client did not
// tell it in clear.
func (l *login) who(guest, nobody bool) string {
	switch {
	case nobody, l.claims && l.account == "":
		return proto.Nobody
	case guest:
		return proto.Guest
	}
	return l.account
}

// decided ends the nth authentication: the mechanism is told how, and in the server's
// word why not.
func (a *analyzer) decided(d proto.Dir, n int, granted bool, status string) {
	via := a.logins[n].via
	a.logins[n] = login{via: via}
	switch {
	case via == "":
	case granted:
		a.f.Hand(d, []byte{0}, via)
	default:
		a.f.Hand(d, append([]byte{1}, status...), via)
	}
}
