package ftp

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
	"lazaret/internal/wire"
)

// logged are the commands that have a record, in order; of files they are those
// that name one.
var (
	logged = []string{"ACCT", "APPE", "DELE", "EPRT", "EPSV", "PASV", "PORT", "RETR", "STOR", "STOU"}
	files  = []string{"APPE", "DELE", "RETR", "STOR", "STOU"}
	guests = []string{"anonymous", "ftp", "ftpuser", "guest"}
)

// command waits for its answer.
type command struct {
	ts   event.Time
	verb string
	arg  string // never of PASS and ACCT
	rec  *Record
}

type analyzer struct {
	f       proto.Flow
	server  proto.Dir
	known   bool // who is the server
	greeted bool
	tls     bool // all bytes go to the dispatcher
	lost    bool // bytes of the TLS conversation are missing
	ended   [2]bool
	in      [2]wire.Lines
	pending []command
	multi   string // code of the reply whose lines are being passed
	user    string
	cwd     string
	data    netid.Endpoint // where the next data conversation goes, zero if unknown
	began   event.Time
	rec     Session
}

func newAnalyzer(f proto.Flow) *analyzer {
	return &analyzer{f: f, server: proto.Resp, cwd: ".", began: f.Now()}
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	done := 0
	for done < len(b) && !a.tls {
		line, n, ok := a.in[d].Next(b[done:], maxLine)
		if n == 0 {
			return proto.Progress{Done: done, Need: len(b) - done + 1}, nil
		}
		if ok {
			if err := a.line(d, line); err != nil {
				return proto.Progress{}, err
			}
		}
		done += n
	}
	if a.tls && done < len(b) {
		if a.lost {
			return proto.Progress{Done: math.MaxInt32}, nil
		}
		a.f.Hand(d, b[done:], "ssl")
		done = len(b)
	}
	return proto.Progress{Done: done}, nil
}

// line takes one line of a direction.
func (a *analyzer) line(d proto.Dir, line []byte) error {
	if !a.known {
		a.known = true
		if _, _, isReply := reply(line); isReply == (d == proto.Orig) {
			a.server, a.rec.Reversed = proto.Orig, true
		}
	}
	if d == a.server {
		return a.answer(line)
	}
	return a.command(line)
}

// command takes a line of the client (RFC 959 4.1, 5.3).
func (a *analyzer) command(line []byte) error {
	line = bytes.TrimLeft(line, "\xff\xf2\xf4 ") // Telnet's interrupt before ABOR
	verb, arg, _ := strings.Cut(string(line[:min(len(line), maxText)]), " ")
	if verb == "" {
		return nil
	}
	if len(verb) > 8 || !letters(verb) {
		if a.rec.Commands == 0 {
			return &proto.Error{Code: "not_a_command"}
		}
		return nil // the answer will be 500
	}
	verb, arg = strings.ToUpper(verb), strings.TrimSpace(arg)
	a.rec.Commands++
	switch verb {
	case "USER":
		a.user = arg
		if len(a.rec.Users) < 8 && arg != "" && !slices.Contains(a.rec.Users, arg) {
			a.rec.Users = append(a.rec.Users, arg)
		}
		a.rec.Login = "unanswered"
	case "PASS":
		arg = ""
		a.rec.Login = "unanswered"
	case "ACCT":
		arg = ""
	case "AUTH":
		a.rec.Security = strings.ToUpper(arg[:min(len(arg), 16)])
	}
	if len(a.pending) == maxPending {
		a.f.Weird("too_many_pending_commands", 0)
		return nil
	}
	c := command{ts: a.f.Now(), verb: verb, arg: arg}
	if _, ok := slices.BinarySearch(logged, verb); ok {
		c.rec = a.record(verb, arg)
	}
	if verb == "RETR" || verb == "STOR" || verb == "APPE" || verb == "STOU" {
		a.expect(verb, rest.MaskPath(a.f.Pseudonym, join(a.cwd, arg)))
		a.data = netid.Endpoint{}
	}
	a.pending = append(a.pending, c)
	return nil
}

// record is what a command says before it is answered.
func (a *analyzer) record(verb, arg string) *Record {
	r := &Record{Command: verb, Arg: arg, User: a.user}
	if a.user == "" {
		r.User = "<unknown>"
	}
	if a.rec.ClearPass || slices.ContainsFunc(a.pending, func(c command) bool { return c.verb == "PASS" }) {
		r.Password = "<hidden>"
	}
	if slices.Contains(files, verb) && arg != "" {
		path := join(a.cwd, arg)
		if path[0] != '/' {
			path = "/" + path
		}
		host := string(a.conn().Resp.IP.AppendTo(nil))
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		r.Arg = "ftp://" + host + rest.MaskPath(a.f.Pseudonym, path)
	}
	if verb == "PORT" || verb == "EPRT" {
		parse := parseSix
		if verb == "EPRT" {
			parse = parseExtended
		}
		if ip, port, ok := parse(arg); ok {
			r.Passive, r.DataOrig, r.DataResp, r.DataPort = event.B(false), a.conn().Resp.IP, ip, event.N(port)
			a.data = netid.Endpoint{IP: ip, Port: port}
			a.expect("", "")
		} else {
			a.f.Weird("bad_data_address", 0)
		}
	}
	return r
}

// conn is the conversation with the server as its responder.
func (a *analyzer) conn() event.Conn {
	c := *a.f.Conn()
	if a.server == proto.Orig {
		c.Orig, c.Resp = c.Resp, c.Orig
	}
	return c
}

func letters(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// reply takes a line of the server apart: three digits and a text.
func reply(line []byte) (code, text string, ok bool) {
	if len(line) < 3 || line[0] < '1' || line[0] > '6' || !digit(line[1]) || !digit(line[2]) {
		return "", "", false
	}
	return string(line[:3]), string(line[3:min(len(line), maxText+4)]), true
}

// answer takes a line of the server (RFC 959 4.2).
func (a *analyzer) answer(line []byte) error {
	code, text, ok := reply(line)
	if a.multi != "" {
		if code != a.multi || strings.HasPrefix(text, "-") {
			if !a.greeted {
				a.banner(string(bytes.TrimLeft(line[:min(len(line), maxText)], "0123456789- ")))
			}
			return nil
		}
	} else if !ok {
		if !a.greeted && a.rec.Commands == 0 {
			return &proto.Error{Code: "not_a_reply"}
		}
		if len(line) > 0 && digit(line[0]) && len(a.pending) > 0 {
			a.f.Weird("bad_reply_code", 0)
			a.finish(0)
		}
		return nil
	} else if strings.HasPrefix(text, "-") {
		a.multi = code
		a.first(code, strings.TrimSpace(text[1:]))
		return nil
	}
	a.multi = ""
	if text = strings.TrimSpace(text); !a.greeted {
		a.greeted = true
		if len(a.pending) == 0 || code == "220" {
			if code != "120" {
				a.banner(text)
			}
			return nil
		}
	}
	a.pair(code, text)
	return nil
}

// first looks at the first line of a reply of several.
func (a *analyzer) first(code, text string) {
	if !a.greeted {
		a.banner(text)
	}
	if i := a.turn(code); i >= 0 && a.pending[i].rec != nil {
		a.size(&a.pending[i], code, text)
	}
}

// banner keeps the first line of the greeting, or a later one that names the
// protocol.
func (a *analyzer) banner(text string) {
	text = strings.Trim(text, " \t-*=#")
	if text == "" || a.rec.Banner != "" && (wire.Holds([]byte(a.rec.Banner), "ftp") || !wire.Holds([]byte(text), "ftp")) {
		return
	}
	a.rec.Banner = text[:min(len(text), maxText)]
}

// turn is which of the waiting commands a reply answers, -1 if none.
func (a *analyzer) turn(code string) int {
	if len(a.pending) == 0 {
		return -1
	}
	if r := a.pending[0].rec; r != nil && r.Code.OK && (code == "211" || code == "212" || code == "213") {
		return slices.IndexFunc(a.pending, func(c command) bool { return c.verb == "STAT" })
	}
	return 0
}

// pair gives a reply to its command.
func (a *analyzer) pair(code, text string) {
	i := a.turn(code)
	if i < 0 {
		return
	}
	c := &a.pending[i]
	if c.rec != nil {
		a.size(c, code, text)
		c.rec.Code = event.N(int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0'))
		c.rec.Reply = text
		a.channel(c.rec, code, text)
		if slices.Contains(files, c.verb) {
			c.rec.Reply = maskReply(a.f, text, c.arg)
		}
	}
	if code[0] == '1' {
		return
	}
	a.effect(c, code, text)
	a.finish(i)
}

// size takes the size of a file from the reply that a transfer begins with.
func (a *analyzer) size(c *command, code, text string) {
	if c.verb == "RETR" && (code == "150" || code == "125") {
		if n, ok := sizeIn(text); ok {
			c.rec.FileSize = event.N(n)
		}
	}
}

// channel reads where a passive server waits (RFC 959 4.1.2, RFC 2428 3).
func (a *analyzer) channel(r *Record, code, text string) {
	if r.Command != "PASV" && r.Command != "EPSV" || code != "227" && code != "229" {
		return
	}
	parse := parseSix
	if code == "229" {
		parse = parseExtended
	}
	ip, port, ok := parse(text)
	if !ok {
		a.f.Weird("bad_data_address", 0)
		return
	}
	conn := a.conn()
	if ip.IsZero() {
		ip = conn.Resp.IP
	}
	r.Passive, r.DataOrig, r.DataResp, r.DataPort = event.B(true), conn.Orig.IP, ip, event.N(port)
	a.data = netid.Endpoint{IP: ip, Port: port}
	a.expect("", "")
}

// expect announces the data conversation, again when it is known what it moves.
func (a *analyzer) expect(verb, name string) {
	if a.data.Port != 0 {
		a.f.Expect(proto.Expectation{At: a.data, Name: "ftp-data",
			About: proto.About{Carrier: "ftp", Name: name, Verb: verb, User: a.user}})
	}
}

// effect is what a final reply changes in the conversation.
func (a *analyzer) effect(c *command, code, text string) {
	done := code[0] == '2'
	switch c.verb {
	case "USER", "PASS":
		a.login(c.verb, code)
	case "SYST":
		if code == "215" {
			a.rec.System = text
		}
	case "AUTH":
		if code == "234" {
			a.rec.Encrypted = true
			a.emit()
			if a.rec.Security == "GSSAPI" {
				a.f.Blind("ftp_gssapi")
				a.lost = true
			}
			a.tls = true
		}
	case "CWD", "XCWD":
		if done && len(a.cwd)+len(c.arg) < maxPath {
			a.cwd = join(a.cwd, c.arg)
		}
	case "CDUP", "XCUP":
		if done {
			a.cwd = join(a.cwd, "..")
		}
	case "PWD", "XPWD":
		if p, ok := quoted(text); ok && code == "257" && p != "" && len(p) < maxPath {
			a.cwd = p
		}
	}
}

// login follows USER and PASS to what they lead to (RFC 959 5.4).
func (a *analyzer) login(verb, code string) {
	if verb == "PASS" {
		a.rec.ClearPass = true
	}
	switch {
	case code == "230" || code == "232" || verb == "PASS" && code == "202":
		a.rec.Login = "granted"
		a.rec.Anonymous = slices.Contains(guests, strings.ToLower(a.user))
	case code[0] == '5' || code[0] == '4':
		a.rec.Login = "refused"
		a.rec.Refused++
	}
}

// finish emits the i-th waiting command as it is, and forgets it.
func (a *analyzer) finish(i int) {
	if c := &a.pending[i]; c.rec != nil {
		a.f.Emit(c.ts, c.rec)
	}
	a.pending = slices.Delete(a.pending, i, i+1)
}

// drain finishes what waits.
func (a *analyzer) drain() {
	for len(a.pending) > 0 {
		a.finish(0)
	}
}

// emit sends the record of the conversation, once.
func (a *analyzer) emit() {
	if a.began != 0 && (a.greeted || a.rec.Commands > 0) {
		r := a.rec
		a.f.Emit(a.began, &r)
	}
	a.began = 0
}

// Gap implements proto.Analyzer. What waits is not answered by what comes after.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	if a.tls {
		a.lost = true
		return true
	}
	a.in[d].Skip()
	a.multi = ""
	a.known = a.known || d == a.server
	a.drain()
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if a.ended[0] && a.ended[1] {
		a.drain()
		a.emit()
	}
}
