package ssh

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// auth is the guess at the outcome of the log-in.
type auth struct {
	client  bool // the client has sent encrypted data
	accept  int  // length of SERVICE_ACCEPT as it travels
	failure int  // length of a failure
	banner  bool // a message before the log-in was passed over
	seen    int
	tries   int
	success event.Bool
}

// Lengths: USERAUTH_SUCCESS has no fields and is 16 bytes shorter than
// SERVICE_ACCEPT, which names the service; a first answer longer than it by more
// than banner is the message before the log-in (RFC 4252 5.4).
const (
	shorter = 16
	banner  = 256
)

// segment looks at the length of an encrypted segment. It is false when nothing
// more of the direction is of interest.
func (a *analyzer) segment(d proto.Dir, n int) bool {
	g := &a.auth
	if d == proto.Orig {
		g.client = true
		return false
	}
	if !g.client {
		return true
	}
	if g.seen++; g.seen > maxGuess {
		return false
	}
	switch {
	case g.accept == 0:
		g.accept = n
	case n+shorter == g.accept:
		g.tries++
		g.success = event.B(true)
		a.finish()
		return false
	case g.failure == 0:
		if !g.banner && n-g.accept > banner {
			g.banner = true
			break
		}
		g.failure = n
	case n == g.failure:
		g.tries++
		g.success = event.B(false)
	}
	return true
}

// fill puts the guess into the record. Compressed lengths say nothing.
func (g *auth) fill(r *Record) {
	if r.Compression != "zlib" && r.Compression != "zlib@openssh.com" {
		r.AuthAttempts, r.AuthSuccess = g.tries, g.success
	}
}
