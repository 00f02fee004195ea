package http

import (
	"bytes"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// message reads the head of a message; whole is false if its end is missing.
func (a *analyzer) message(d proto.Dir, head []byte, whole bool) {
	if !a.known {
		a.known, a.client = true, d
		if bytes.HasPrefix(head, []byte(version)) {
			a.client = d.Other()
		}
	}
	s := &a.sides[d]
	if s.began == 0 {
		s.began = a.f.Now()
	}
	if folded(head) {
		a.f.Weird("folded_header", 0)
		head = unfold(head)
	}
	if d == a.client {
		a.request(d, s, head, whole)
	} else {
		a.response(d, s, head, whole)
	}
	s.src, s.began = nil, 0
}

// folded tells whether a header field goes on in a second line (RFC 9112 5.2).
func folded(head []byte) bool {
	return bytes.Contains(head, []byte("\n ")) || bytes.Contains(head, []byte("\n\t"))
}

// unfold joins such lines.
func unfold(head []byte) []byte {
	out := make([]byte, 0, len(head))
	for i, c := range head {
		if (c == '\r' || c == '\n') && i > 0 {
			next := head[i+1:]
			if c == '\r' && len(next) > 0 && next[0] == '\n' {
				next = next[1:]
			}
			if len(next) > 0 && (next[0] == ' ' || next[0] == '\t') {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// cutLine takes the first line off, without its end.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimSuffix(b, []byte{'\r'}), nil
	}
	line, rest = b[:i], b[i+1:]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, rest
}

// trim takes blanks off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// find is the value of a header field in a head, the last if there are several.
func find(head []byte, name string) string {
	_, rest := cutLine(head)
	var out []byte
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name) {
			out = trim(line[len(name)+1:])
		}
	}
	return string(out)
}

// requestLine takes a request line apart (RFC 9112 3). As servers do, it takes
// everything between the method and the version for the target. ver is empty for
// a request of the oldest form.
func requestLine(line []byte) (method, target []byte, ver string, ok bool) {
	i := bytes.IndexByte(line, ' ')
	if i < 1 {
		return nil, nil, "", false
	}
	method, target = line[:i], trim(line[i+1:])
	j := bytes.LastIndex(target, []byte(version))
	if j == 0 || j > 0 && (target[j-1] == ' ' || target[j-1] == '\t') {
		ver = versionName(trim(target[j+len(version):]))
		if target = trim(target[:j]); ver == "" {
			return nil, nil, "", false
		}
	} else if string(method) != "GET" {
		return nil, nil, "", false
	}
	return method, target, ver, len(target) > 0 || j == 0
}

// versionName is the version as "1.1", empty if it is none.
func versionName(b []byte) string {
	if len(b) < 3 || !digit(b[0]) || b[1] != '.' || !digit(b[2]) {
		return ""
	}
	switch string(b[:3]) {
	case "1.1":
		return "1.1"
	case "1.0":
		return "1.0"
	}
	return string(b[:3])
}

// request reads the head of a request.
func (a *analyzer) request(d proto.Dir, s *side, head []byte, whole bool) {
	line, rest := cutLine(head)
	method, target, ver, ok := requestLine(line)
	if !ok {
		a.f.Weird("bad_request_line", 0)
		s.at, s.fresh = astray, true
		return
	}
	if len(a.wait) >= maxWait {
		a.f.Weird("too_many_pending_requests", 0)
		a.giveUp(0)
	}
	a.realign(s)
	h := newHeader()
	defer h.free()
	h.read(a, d, rest)
	a.seq++
	x := &exchange{began: s.began, old: ver == ""}
	h.fillRequest(a, x, method, target)
	x.rec.Depth, x.rec.Reversed = a.seq, d == proto.Resp
	x.head = x.rec.Method == "HEAD"
	x.asked = x.rec.Method == "CONNECT" || len(h.val[fUpgrade]) > 0
	a.asked, x.shown = x.asked, h.token
	a.wait = append(a.wait, x)
	if x.rec.Method == "PRI" && ver != "1.1" && ver != "1.0" { // RFC 9113 3.4
		a.f.Blind("http2")
		x.reqDone = true
		a.sides[0].at, a.sides[1].at = over, over
		return
	}
	s.msg = message{x: x}
	at, n := h.frame(a, false, false)
	s.src = head
	s.begin(a, &proto.Entity{
		Dir: d, Seq: a.seq, Method: x.rec.Method, Target: x.target, Host: x.host, Type: x.rec.RequestType,
	}, h, at, n, whole)
}

// realign gives requests up whose answers went with a loss: a client seldom sends
// a further request while it waits so long. Requests behind a loss of their own
// come late, all at once, when most of their answers have been here already: those
// that then wait are given up when the next one comes.
func (a *analyzer) realign(s *side) {
	const patience = 10e9
	switch {
	case len(a.wait) == 0:
		a.shaky, a.holed = false, a.late && s.began == a.lateAt
	case a.late && s.began > a.lateAt:
		a.giveUp(0)
	case a.shaky && s.began.Sub(a.wait[len(a.wait)-1].began) > patience:
		a.giveUp(0)
		a.shaky = false
	}
	a.late = a.late && s.began == a.lateAt
}

// response reads the head of an answer.
func (a *analyzer) response(d proto.Dir, s *side, head []byte, whole bool) {
	line, rest := cutLine(head)
	if statusStart(line) != proto.Yes {
		a.f.Weird("bad_status_line", 0)
		s.at, s.fresh = astray, true
		return
	}
	ver := versionName(line[len(version):])
	code := int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	h := newHeader()
	defer h.free()
	h.read(a, d, rest)
	x := a.answered(s)
	x.rec.Version, x.rec.Status = ver, event.N(code)
	h.fillResponse(a, x, line[12:])
	if code/100 == 1 {
		x.rec.InfoCode, x.rec.InfoMsg = x.rec.Status, x.rec.StatusMsg
		if code != 101 {
			s.at = atStart
			if !whole {
				s.at = astray
			}
			return
		}
	}
	if x.shown && code >= 200 {
		h.verdict(a, d, code)
	}
	s.msg = message{x: x}
	if whole && (code == 101 || x.rec.Method == "CONNECT" && code/100 == 2) {
		a.change(d, x, h, code)
		return
	}
	a.asked = a.asked && !x.asked
	none := x.head || code == 204 || code == 304
	at, n := h.frame(a, true, none)
	s.src = head
	s.begin(a, &proto.Entity{
		Dir: d, Seq: x.rec.Depth, Response: true, Method: x.rec.Method, Target: x.target, Host: x.host,
		Status: code, Type: x.rec.ResponseType,
	}, h, at, n, whole)
}

// answered is the exchange that an answer belongs to, a new one if its request was
// not seen.
func (a *analyzer) answered(s *side) *exchange {
	if s.missed {
		s.missed = false
		if len(a.wait) > 1 && !a.holed { // else it may be the answer to a lost request
			a.tell(a.wait[0])
			a.wait = a.wait[1:]
		}
	}
	if a.late && s.began > a.lateAt {
		a.late = false
		a.giveUp(1) // the last of those that came late
	}
	if len(a.wait) > 0 {
		return a.wait[0]
	}
	a.seq++
	x := &exchange{began: s.began, reqDone: true}
	x.rec.Depth, x.rec.Reversed = a.seq, a.client == proto.Resp
	a.wait = append(a.wait, x)
	return x
}

// oldRequest takes a line that d has sent for a whole request if it has no
// version: in the oldest form no empty line follows, and the answer shows that
// there is no more.
func (a *analyzer) oldRequest(d proto.Dir) {
	s := &a.sides[d]
	if s.at != atStart || len(s.head) == 0 || len(a.wait) > 0 {
		return
	}
	line, rest := cutLine(s.head)
	if _, _, ver, ok := requestLine(line); !ok || ver != "" || len(rest) > 0 {
		return
	}
	whole := s.head
	s.head, s.scan = nil, 0
	a.message(d, whole, true)
}

// oldAnswer begins the answer to a request of the oldest form, which is content
// alone, if it has no status line.
func (a *analyzer) oldAnswer(d proto.Dir, s *side, b []byte) proto.Match {
	if m := statusStart(b); m != proto.No {
		return m
	}
	x := a.wait[0]
	x.rec.Version, x.rec.Status, x.rec.StatusMsg = "0.9", event.N(0), noPhrase
	s.msg = message{x: x}
	s.begin(a, &proto.Entity{Dir: d, Seq: x.rec.Depth, Response: true, Method: x.rec.Method, Target: x.target, Host: x.host},
		&header{length: -1}, untilEnd, -1, true)
	return proto.No
}

// change turns the conversation into another (RFC 9110 7.8, 9.3.6).
func (a *analyzer) change(d proto.Dir, x *exchange, h *header, code int) {
	x.rec.Upgrade = "tunnel"
	if code == 101 {
		x.rec.Upgrade = strings.ToLower(string(bounded(trim(h.val[fUpgrade]), 64)))
		if x.rec.Upgrade == "websocket" {
			a.f.Blind("websocket")
		}
	}
	a.finish(d, true)
	if x.rec.Upgrade == "h2c" {
		a.f.Blind("http2")
		a.sides[0].at, a.sides[1].at = over, over
		return
	}
	a.tunnel = true
	a.sides[d].at = inTunnel
}

// begin offers the head and enters the content.
func (s *side) begin(a *analyzer, e *proto.Entity, h *header, at state, n int64, whole bool) {
	m := &s.msg
	coding := trim(h.val[fCoding])
	m.coding = codingOf(coding)
	if s.ent == nil {
		s.ent = new(proto.Entity)
	}
	if s.field == nil {
		s.field = func(name string) string { return find(s.src, name) }
	}
	*s.ent = *e
	s.ent.Length, s.ent.Field = n, s.field
	if m.coding == codedOther {
		s.ent.Coding = strings.ToLower(string(bounded(coding, 64)))
	}
	if m.taker = a.f.Offer(s.ent); m.taker != nil {
		s.ent = nil // it is the reader's until the content ends
	}
	s.src = nil
	if m.coding == codedGzip && m.taker != nil || m.coding == codedDeflate {
		m.uncode()
	}
	s.at, s.left = at, n
	switch {
	case !whole:
		a.finish(e.Dir, false)
		s.at, s.fresh = astray, true
	case at == atStart:
		a.finish(e.Dir, true)
	}
}

// bounded is b, cut to n bytes.
func bounded(b []byte, n int) []byte { return b[:min(len(b), n)] }
