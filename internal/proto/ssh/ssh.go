// Package ssh reads what SSH shows before it encrypts (RFC 4253).
//
// Both sides open with a line that names version and software (4.2) and agree on
// algorithms in clear (7.1); the server shows its host key (8). From these come
// the fields of Zeek's ssh log and the prints HASSH and HASSHServer, which are the
// MD5 of the algorithms offered. The conversation gets the service "ssh" and is
// counted as not inspectable once both sides have greeted.
//
// Whether somebody got in is guessed as Zeek guesses it, from the sizes of the
// server's first encrypted segments: an answer that is 16 bytes shorter than the
// first, SERVICE_ACCEPT, is USERAUTH_SUCCESS, which has no fields; equal answers
// are failures. The guess depends on how the server cut its segments and is no
// better than that; with compression it is left out.
//
// It refuses to follow the transport after NEWKEYS: from there a direction passes
// by without a look, except for the lengths of the server's segments while the
// guess is open, at most maxGuess of them. It keeps no bytes; names of users and
// all else that is encrypted are never seen.
package ssh

import (
	"bytes"
	"encoding/binary"
	"math"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares SSH.
var Spec = proto.Spec{
	Name: "ssh", Doc: "SSH: versions, algorithms and host keys; the content is encrypted",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{22},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} }, Budget: maxPacket + 4,
	Records: []*event.Schema{Schema},
}

const (
	maxPacket = 1 << 16 // RFC 4253 6.1 wants 35000 at least
	maxLine   = 1024    // of the lines before the version
	maxLines  = 64
	maxGuess  = 1024
	passAll   = math.MaxInt32
)

var greeting = []byte("SSH-")

func probe(_ proto.Dir, b []byte) proto.Match {
	n := min(len(b), len(greeting))
	if !bytes.Equal(b[:n], greeting[:n]) {
		return proto.No
	}
	if n < len(greeting)+2 && len(b) < len(greeting)+2 {
		return proto.Maybe
	}
	if b[4] != '1' && b[4] != '2' {
		return proto.No
	}
	return proto.Yes
}

// state of one direction.
type state uint8

const (
	inLines   state = iota // before the end of the version line
	inPackets              // packets in clear
	encrypted              // after NEWKEYS
	passing                // of no more interest
)

type side struct {
	state state
	lines int
	kex   *kexInit
}

type analyzer struct {
	f     proto.Flow
	side  [2]side
	rec   *Record
	ts    event.Time
	told  bool
	ended [2]bool
	auth  auth
}

// Parse takes the version line and the packets in clear.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	s := &a.side[d]
	for at := 0; ; {
		if a.told {
			s.state = passing
		}
		if s.state == passing {
			return proto.Progress{Done: passAll}, nil
		}
		rest := b[at:]
		if s.state == encrypted {
			if !a.segment(d, len(rest)) {
				s.state = passing
				continue
			}
			return proto.Progress{Done: len(b)}, nil
		}
		var done, need int
		if s.state == inLines {
			done, need = a.line(d, s, rest)
		} else {
			done, need = a.packet(d, s, rest)
		}
		if done == 0 {
			return proto.Progress{Done: at, Need: need}, nil
		}
		if at += done; at >= len(b) && s.state != passing {
			return proto.Progress{Done: at}, nil
		}
	}
}

// line takes one line. Those before the version are for people (4.2).
func (a *analyzer) line(d proto.Dir, s *side, b []byte) (done, need int) {
	i := bytes.IndexByte(b[:min(len(b), maxLine)], '\n')
	if i < 0 {
		if len(b) >= maxLine {
			a.f.Weird("long_line", 0)
			s.state = passing
			return len(b), 0
		}
		return 0, len(b) + 1
	}
	text := bytes.TrimSuffix(b[:i], []byte{'\r'})
	if !bytes.HasPrefix(text, greeting) {
		if s.lines++; s.lines > maxLines {
			s.state = passing
		}
		return i + 1, 0
	}
	a.greet(d, string(text[:min(len(text), 255)]))
	s.state = inPackets
	return i + 1, 0
}

// greet takes the version line of one side.
func (a *analyzer) greet(d proto.Dir, line string) {
	if a.rec == nil {
		a.rec, a.ts = &Record{}, a.f.Now()
	}
	r := a.rec
	if d == proto.Orig {
		r.Client = line
	} else {
		r.Server = line
	}
	if r.Client == "" || r.Server == "" {
		return
	}
	a.f.Blind("ssh")
	r.Version = version(r.Client, r.Server)
	if n := r.Version; n.V != 2 {
		a.side[0].state, a.side[1].state = passing, passing
	}
}

// version is what two version lines lead to; 1.99 understands both (RFC 4253 5.1).
func version(client, server string) event.Count {
	c, s := major(client), major(server)
	switch {
	case c == 0 || s == 0:
		return event.Count{}
	case c == 1 || s == 1:
		if c == 2 || s == 2 {
			return event.N(0)
		}
		return event.N(1)
	}
	return event.N(2)
}

// major is 1, 2, or 199 for both.
func major(line string) int {
	switch {
	case len(line) < 6:
		return 0
	case line[4] == '2':
		return 2
	case len(line) > 7 && line[4:8] == "1.99":
		return 199
	case line[4] == '1':
		return 1
	}
	return 0
}

// Message numbers (RFC 4253 12, RFC 4419 5, RFC 5656 7.1).
const (
	msgKexInit  = 20
	msgNewKeys  = 21
	msgKexReply = 31 // also the group of a group exchange
	msgGexReply = 33
)

// packet takes one binary packet in clear (6).
func (a *analyzer) packet(d proto.Dir, s *side, b []byte) (done, need int) {
	if len(b) < 6 {
		return 0, 6
	}
	n, pad, typ := int(binary.BigEndian.Uint32(b)), int(b[4]), b[5]
	if n < 2 || n > maxPacket || pad+2 > n {
		a.f.Weird("bad_packet_length", 0)
		s.state = passing
		return len(b), 0
	}
	whole := typ == msgKexInit || typ == msgKexReply || typ == msgGexReply
	if whole && len(b) < 4+n {
		return 0, 4 + n
	}
	switch typ {
	case msgKexInit:
		a.kexInit(d, s, b[6:4+n-pad])
	case msgKexReply, msgGexReply:
		if whole {
			a.hostKey(typ, b[6:4+n-pad])
		}
	case msgNewKeys:
		s.state = encrypted
	}
	return 4 + n, 0
}

// Gap ends what can be learned of the algorithms and of the guess.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.finish()
	a.told = true
	return true
}

// End tells what is known when both sides are done.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if a.ended[0] && a.ended[1] {
		a.finish()
	}
}

// finish tells what was learned, once.
func (a *analyzer) finish() {
	r := a.rec
	if r == nil || a.told {
		return
	}
	a.told = true
	a.auth.fill(r)
	a.f.Emit(a.ts, r)
	a.rec = nil
}
