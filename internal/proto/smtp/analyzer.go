package smtp

import (
	"bytes"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// mode is what the client's bytes are.
type mode uint8

const (
	commands mode = iota
	data          // a message, up to a line with a dot (RFC 5321 4.1.1.4)
	chunk         // a part of a message, of known length (RFC 3030)
	sealed        // TLS: all bytes of both sides go to the dispatcher
)

// envelope is a message under way and its record.
type envelope struct {
	ts      event.Time
	rec     Message
	active  bool // the client said something about it
	waiting int  // commands that wait for their answer and tell of it
	closed  bool // it is out as soon as nothing waits
	held    int  // its memory when it was closed, bytes
}

// command waits for its answer.
type command struct {
	verb  string
	of    *envelope
	final bool // it ends the message
}

type analyzer struct {
	f       proto.Flow
	server  proto.Dir
	known   bool // who is the server
	greeted bool
	mode    mode
	mid     bool // within a line of a body
	lost    bool // bytes of the message, or of the TLS conversation, are missing
	token   bool // the next line of the client answers a challenge
	ended   [2]bool
	in      [2]wire.Lines
	left    uint64 // of a chunk
	last    bool   // it is the last chunk
	head    header
	content *content // of the message under way, nil before its header ended
	cur     *envelope
	open    []*envelope // closed ones that wait for answers
	pending []command
	sent    int // messages that were answered
	strange int
	rec     Message // what every record says of the conversation
}

func newAnalyzer(f proto.Flow) *analyzer {
	return &analyzer{f: f, server: proto.Resp}
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	done := 0
	for done < len(b) {
		var n, need int
		var err error
		switch client := a.known && d != a.server; {
		case a.mode == sealed:
			if a.lost {
				return proto.Progress{Done: math.MaxInt32}, nil
			}
			a.f.Hand(d, b[done:], "ssl")
			n = len(b) - done
		case client && a.mode == data && !a.head.open:
			a.in[d] = wire.Lines{}
			n, need = a.body(b[done:])
		case client && a.mode == chunk:
			n, need = a.piece(d, b[done:])
		default:
			n, need, err = a.text(d, b[done:])
		}
		if err != nil {
			return proto.Progress{}, err
		}
		if done += n; need > 0 {
			return proto.Progress{Done: done, Need: need}, nil
		}
	}
	return proto.Progress{Done: done}, nil
}

// text takes a line of either side.
func (a *analyzer) text(d proto.Dir, b []byte) (n, need int, err error) {
	line, n, ok := a.in[d].Next(b, maxLine)
	if n == 0 {
		return 0, len(b) + 1, nil
	}
	if !ok {
		return n, 0, nil
	}
	if !a.known {
		a.known = true
		if _, _, isReply := reply(line); isReply == (d == proto.Orig) {
			a.server, a.rec.Reversed = proto.Orig, true
		}
	}
	switch {
	case d == a.server:
		err = a.answer(d, line)
	case a.mode == data:
		a.headline(line)
	default:
		err = a.command(d, line)
	}
	return n, 0, err
}

// headline takes a line of a message's header.
func (a *analyzer) headline(line []byte) {
	if len(line) > 0 && line[0] == '.' {
		if line = line[1:]; len(line) == 0 {
			a.finish()
			return
		}
	}
	a.head.line(a.f, &a.cur.rec, line)
	a.mid = false
	a.beginContent(a.server.Other())
}

// body passes over lines up to the one with a dot alone.
func (a *analyzer) body(b []byte) (n, need int) {
	from := 0 // of what the content has not been given
	for n < len(b) {
		if !a.mid && b[n] == '.' {
			rest := b[n:]
			if len(rest) < 3 && (len(rest) < 2 || rest[1] == '\r') {
				a.content.feed(b[from:n])
				return n, len(rest) + 1
			}
			a.content.feed(b[from:n])
			if rest[1] == '\n' || rest[1] == '\r' && rest[2] == '\n' {
				n += 2
				if rest[1] == '\r' {
					n++
				}
				a.finish()
				return n, 0
			}
			from = n + 1 // a dot that was put before another (RFC 5321 4.5.2)
		}
		i := bytes.IndexByte(b[n:], '\n')
		if a.mid = i < 0; a.mid {
			a.content.feed(b[from:])
			return len(b), 0
		}
		n += i + 1
	}
	a.content.feed(b[from:n])
	return n, 0
}

// piece takes a chunk: the header line by line, the rest by its length.
func (a *analyzer) piece(d proto.Dir, b []byte) (n, need int) {
	if a.head.open && a.left > 0 {
		part := b[:min(uint64(len(b)), a.left)]
		line, n, ok := a.in[d].Next(part, maxLine)
		switch {
		case n == 0 && uint64(len(part)) < a.left:
			return 0, len(part) + 1
		case n == 0: // the chunk ends within a line
			line, n, ok = part, len(part), true
			a.in[d] = wire.Lines{}
		}
		if ok {
			a.head.line(a.f, &a.cur.rec, line)
			a.beginContent(d)
		}
		if a.left -= uint64(n); a.left == 0 {
			a.endPiece()
		}
		return n, 0
	}
	n = int(min(a.left, math.MaxInt32))
	if a.content != nil {
		n = min(n, len(b))
		a.content.feed(b[:n])
	}
	if a.left -= uint64(n); a.left == 0 {
		a.endPiece()
	}
	return n, 0
}

// endPiece goes back to commands after a chunk.
func (a *analyzer) endPiece() {
	a.mode = commands
	if a.last {
		a.head.field(a.f, &a.cur.rec)
		a.head.open = false
		a.endContent(true)
		a.closing()
	}
}

// finish ends the message of DATA: the dot is answered like a command.
func (a *analyzer) finish() {
	a.head.field(a.f, &a.cur.rec)
	a.endContent(true)
	a.head.open, a.mode, a.mid, a.lost = false, commands, false, false
	a.push(command{verb: ".", final: true})
	a.closing()
}

// closing lets the current message go; it is emitted when its answers are there.
func (a *analyzer) closing() {
	e := a.cur
	a.cur = nil
	e.closed = true
	if e.waiting == 0 {
		a.emit(e)
		return
	}
	e.held = e.size()
	a.open = append(a.open, e)
}

// now gives the message under way, a new one if there is none.
func (a *analyzer) now() *envelope {
	if a.cur == nil {
		a.cur = &envelope{ts: a.f.Now()}
		a.cur.rec.Depth = a.sent + 1
		conn := a.f.Conn()
		a.cur.rec.Path = []netid.IP{conn.Resp.IP, conn.Orig.IP}
	}
	return a.cur
}

func (a *analyzer) push(c command) {
	c.of = a.now()
	if len(a.pending) >= maxPending {
		return // whoever sends that many without an answer gets none told
	}
	c.of.waiting++
	a.pending = append(a.pending, c)
}

// emit sends the record of a message.
func (a *analyzer) emit(e *envelope) {
	if !e.active {
		return
	}
	r, c := e.rec, &a.rec
	r.Helo, r.TLS, r.Banner, r.Server = c.Helo, c.TLS, c.Banner, c.Server
	r.StartTLS, r.AuthAll, r.Auth, r.AuthDone, r.Reversed = c.StartTLS, c.AuthAll, c.Auth, c.AuthDone, c.Reversed
	a.f.Emit(e.ts, &r)
}

// command takes a line of the client (RFC 5321 4.1.1).
func (a *analyzer) command(d proto.Dir, line []byte) error {
	if a.token {
		a.token = false
		a.challenge(d, line)
		return nil
	}
	text := string(line[:min(len(line), maxText)])
	verb, arg, _ := strings.Cut(text, " ")
	verb, arg = strings.ToUpper(verb), strings.TrimSpace(arg)
	switch verb {
	case "HELO", "EHLO", "LHLO":
		if e := a.now(); arg != "" {
			e.active = true
		}
		a.rec.Helo = arg[:min(len(arg), 255)]
	case "MAIL":
		if a.cur != nil && a.cur.rec.MailFrom != "" {
			a.closing()
		}
		a.now().active = true
		a.cur.rec.MailFrom = address(arg)
	case "RCPT":
		e := a.now()
		e.active = true
		if to := address(arg); to != "" && len(e.rec.RcptTo) < maxList && !slices.Contains(e.rec.RcptTo, to) {
			e.rec.RcptTo = append(e.rec.RcptTo, to)
		}
	case "AUTH":
		mech, first, _ := strings.Cut(arg, " ")
		a.rec.Auth, a.rec.AuthDone = strings.ToUpper(mech[:min(len(mech), 20)]), ""
		a.challenge(d, []byte(first))
	case "STARTTLS", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "TURN", "ETRN", "XFORWARD", "XCLIENT", "X-EXPS":
	case "DATA":
		a.push(command{verb: verb})
		a.mode, a.head = data, header{open: true, val: a.head.val}
		return nil
	case "BDAT":
		return a.bdat(arg)
	default:
		if a.strange++; a.strange > maxStrange && a.rec.Helo == "" {
			return &proto.Error{Code: "not_a_command"}
		}
		verb = "?"
	}
	a.push(command{verb: verb})
	return nil
}

// bdat begins a chunk (RFC 3030 2).
func (a *analyzer) bdat(arg string) error {
	size, last, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(size, 10, 48)
	if err != nil {
		a.f.Weird("bad_chunk_size", 0)
		a.push(command{verb: "?"})
		return nil
	}
	a.last = strings.EqualFold(strings.TrimSpace(last), "LAST")
	a.push(command{verb: "BDAT", final: a.last})
	if e := a.now(); !a.head.open && e.rec.From == "" && e.rec.Date == "" {
		a.head = header{open: true, val: a.head.val}
	}
	if a.left, a.mode = n, chunk; n == 0 {
		a.endPiece()
	}
	return nil
}

// challenge hands a token of an inner protocol over (RFC 4954 4); any other is
// dropped.
func (a *analyzer) challenge(d proto.Dir, line []byte) {
	if !a.inner() || len(line) == 0 {
		return
	}
	token := make([]byte, base64.StdEncoding.DecodedLen(len(line)))
	if n, err := base64.StdEncoding.Decode(token, line); err == nil && n > 0 {
		a.f.Hand(d, token[:n], "gssapi")
	}
}

// inner says whether the mechanism of the authentication is a protocol by itself.
func (a *analyzer) inner() bool {
	return a.rec.Auth == "NTLM" || a.rec.Auth == "GSSAPI" || a.rec.Auth == "GSS-SPNEGO"
}

// verdict tells it how the authentication ended.
func (a *analyzer) verdict(v []byte) {
	if a.inner() {
		a.f.Hand(a.server, v, "gssapi")
	}
}

// reply takes a line of the server apart: three digits and a text.
func reply(line []byte) (code, text string, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9' || line[2] < '0' || line[2] > '9' {
		return "", "", false
	}
	if len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return "", "", false
	}
	return string(line[:3]), string(line[min(len(line), 4):min(len(line), maxText)]), true
}

// answer takes a line of the server (RFC 5321 4.2).
func (a *analyzer) answer(d proto.Dir, line []byte) error {
	code, text, ok := reply(line)
	if !ok {
		if !a.greeted && a.rec.Helo == "" {
			return &proto.Error{Code: "not_a_reply"}
		}
		return nil
	}
	more := len(line) > 3 && line[3] == '-'
	if !a.greeted {
		a.greeted = !more
		if len(a.pending) == 0 || code == "220" {
			if a.rec.Banner == "" {
				a.rec.Banner = text
			}
			a.now().rec.Last = code + " " + text
			return nil
		}
	}
	if len(a.pending) == 0 {
		if a.now().rec.Last = code + " " + text; code == "354" && a.mode == commands {
			a.mode, a.head.open = data, false // DATA was lost
		} else if a.mode == data && a.lost {
			a.finish()
			a.pending = a.pending[:0]
			a.drop()
		}
		return nil
	}
	c := a.pending[0]
	if c.verb == "EHLO" && code == "250" {
		a.offer(text)
	}
	if more {
		return nil
	}
	c.of.rec.Last = code + " " + text
	if c.verb == "AUTH" && code == "334" {
		a.challenge(d, []byte(text))
		a.token = true
		return nil
	}
	a.pending = a.pending[1:]
	a.effect(c, code)
	return nil
}

// offer takes a line of the answer to EHLO (RFC 5321 4.1.1.1).
func (a *analyzer) offer(text string) {
	if a.rec.Server == "" {
		a.rec.Server, _, _ = strings.Cut(text, " ")
		return
	}
	switch word, rest, _ := strings.Cut(strings.ToUpper(text), " "); word {
	case "STARTTLS":
		a.rec.StartTLS = true
	case "AUTH":
		for m := range strings.FieldsSeq(rest) {
			if len(a.rec.AuthAll) < 16 && len(m) <= 20 && !slices.Contains(a.rec.AuthAll, m) {
				a.rec.AuthAll = append(a.rec.AuthAll, m)
			}
		}
	}
}

// effect is what a final reply changes.
func (a *analyzer) effect(c command, code string) {
	switch {
	case c.verb == "STARTTLS" && code == "220":
		a.rec.TLS = true
		c.of.active = true
		a.pending = nil
		a.drop()
		a.mode, a.lost = sealed, false
		return
	case c.verb == "AUTH" && code == "235":
		a.rec.AuthDone = "granted"
		a.verdict([]byte{0})
	case c.verb == "AUTH":
		a.rec.AuthDone = "refused"
		a.verdict(append([]byte{1}, code...))
	case c.verb == "DATA" && code[0] != '3' && a.mode == data && !a.lost:
		a.mode, a.head.open = commands, false
	}
	if c.final && code[0] == '2' {
		a.sent++
	}
	if c.of.waiting--; c.of.closed && c.of.waiting == 0 {
		a.open = slices.DeleteFunc(a.open, func(e *envelope) bool { return e == c.of })
		a.emit(c.of)
	}
	if c.final && a.cur == nil {
		a.now() // what comes next begins with this answer
	}
}

// drop ends all messages as they are.
func (a *analyzer) drop() {
	for _, e := range a.open {
		a.emit(e)
	}
	a.open = nil
	if a.cur != nil {
		a.emit(a.cur)
	}
	a.cur = nil
}

// Gap implements proto.Analyzer.
func (a *analyzer) Gap(d proto.Dir, n int) bool {
	switch {
	case a.mode == sealed:
		a.lost = true
		return true
	case d == a.server:
		a.in[d].Skip()
		a.pending, a.token = nil, false
		for _, e := range a.open {
			a.emit(e)
		}
		a.open = nil
		if a.cur != nil {
			a.cur.waiting = 0
		}
		return true
	case a.mode == data:
		a.loseContent()
		a.in[d] = wire.Lines{}
		a.head.open, a.head.want, a.mid, a.lost = false, false, true, true
		return true
	case a.mode == chunk && uint64(n) < a.left:
		a.loseContent()
		a.in[d] = wire.Lines{}
		a.left -= uint64(n)
		a.head.open, a.head.want = false, false
		return true
	case a.mode == chunk:
		a.mode, a.head.open = commands, false
	}
	a.in[d].Skip()
	a.pending, a.token = nil, false
	a.drop()
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	if a.ended[d] = true; a.ended[0] && a.ended[1] {
		if a.cur != nil {
			a.head.field(a.f, &a.cur.rec)
		}
		a.endContent(false)
		a.drop()
	}
}
