package ldap

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"lazaret/internal/der"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// request waits for its answer: it has one of both records.
type request struct {
	ts     event.Time
	id     int
	op     *Operation
	search *Search
	tls    bool // StartTLS
	sasl   bool // a bind with tokens that were handed over
	root   bool // the search is for the root, or a ping: its entry is read
}

type analyzer struct {
	f       proto.Flow
	known   bool // who is the server
	server  proto.Dir
	sealed  bool // SASL may seal what follows
	tls     bool // all bytes go to the dispatcher
	over    bool // nothing is looked at any more
	lost    [2]bool
	tries   int
	pending []request
	ended   [2]bool
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	done := 0
	for done < len(b) {
		rest := b[done:]
		switch {
		case a.over:
			return proto.Progress{Done: math.MaxInt32}, nil
		case a.tls:
			a.f.Hand(d, rest, "ssl")
			return proto.Progress{Done: len(b)}, nil
		case a.sealed && rest[0] != tagSequence:
			return a.seal(done, rest), nil
		case a.lost[d]:
			if m := probe(d, rest); m == proto.Maybe && len(rest) < 64 {
				return proto.Progress{Done: done, Need: len(rest) + 1}, nil
			} else if m != proto.Yes {
				if a.tries++; a.tries > maxTries {
					a.give()
				}
				return proto.Progress{Done: len(b)}, nil
			}
			a.lost[d] = false
		}
		n, need, err := a.next(&d, rest)
		if err != nil {
			return proto.Progress{}, err
		}
		if need > 0 {
			return proto.Progress{Done: done, Need: need}, nil
		}
		if done += n; done > len(b) {
			break
		}
	}
	return proto.Progress{Done: done}, nil
}

// seal looks whether a length and so many sealed bytes come (RFC 4513 5.2.1.5).
func (a *analyzer) seal(done int, rest []byte) proto.Progress {
	if len(rest) < 4 {
		return proto.Progress{Done: done, Need: 4}
	}
	if n := binary.BigEndian.Uint32(rest); n > 0 && n < 1<<24 {
		a.f.Blind("ldap_sasl")
	} else {
		a.f.Weird("not_a_message", done)
	}
	a.give()
	return proto.Progress{Done: math.MaxInt32}
}

// next takes one message (RFC 4511 4.1.1).
func (a *analyzer) next(d *proto.Dir, b []byte) (n, need int, err error) {
	tag, head, size, ok := der.Measure(b)
	if !ok && head == 0 {
		return 0, len(b) + 1, nil
	}
	if !ok || tag != tagSequence || size < 5 {
		return 0, 0, &proto.Error{Code: "not_a_message"}
	}
	total := head + size
	read := total
	if total > maxMessage {
		read = headSize
	}
	if len(b) < read {
		return 0, read, nil
	}
	body := b[head:read]
	itag, id, rest, ok := der.Element(body)
	num, fine := number(id)
	if !ok || itag != tagInt || !fine {
		return 0, 0, &proto.Error{Code: "bad_message_id", Offset: head}
	}
	op, ohead, osize, ok := der.Measure(rest)
	if !ok || total == read && osize > len(rest)-ohead {
		return 0, 0, &proto.Error{Code: "bad_operation", Offset: head}
	}
	val := rest[ohead:min(ohead+osize, len(rest))]
	a.side(d, op)
	if *d == a.server {
		a.answer(*d, num, op, val, total == read)
	} else {
		a.request(*d, num, op, val)
	}
	return total, 0, nil
}

// side learns from the first operation who is the server.
func (a *analyzer) side(d *proto.Dir, op byte) {
	if a.known {
		return
	}
	a.known = true
	asks := false
	switch op {
	case opBind, opUnbind, opSearch, opModify, opAdd, opDelete, opModDN, opCompare, opAbandon, opExtended:
		asks = true
	}
	if asks == (*d == proto.Resp) {
		if a.f.Flip() {
			*d = d.Other()
			return
		}
		a.server = proto.Orig
	}
}

// request takes an operation of the client.
func (a *analyzer) request(d proto.Dir, id int, op byte, val []byte) {
	r := request{ts: a.f.Now(), id: id}
	switch op {
	case opSearch:
		r.search = &Search{ID: id}
		r.root = r.search.read(val)
	case opBind:
		r.op = &Operation{ID: id}
		r.sasl = a.bind(d, r.op, val)
	case opUnbind, opAbandon:
		a.f.Emit(r.ts, &Operation{ID: id, Opcode: opcodes[op], Reversed: a.server == proto.Orig})
		return
	case opModify, opAdd, opModDN, opCompare:
		r.op = &Operation{ID: id, Opcode: opcodes[op]}
		_, name, rest, ok := der.Element(val)
		if r.op.Object = text(name); ok && op == opCompare {
			if _, ava, _, ok := der.Element(rest); ok {
				_, attr, _, _ := der.Element(ava)
				r.op.Argument = text(attr)
			}
		}
	case opDelete:
		r.op = &Operation{ID: id, Opcode: opcodes[op], Object: text(val)}
	case opExtended:
		r.op = &Operation{ID: id, Opcode: opcodes[op]}
		_, oid, _, _ := der.Element(val)
		kind := text(oid)
		r.op.Object, r.tls = kind+extensions[kind], kind == startTLS
	default:
		a.f.Weird("not_a_request", 0)
		return
	}
	if len(a.pending) == maxPending {
		a.finish(0)
	}
	a.pending = append(a.pending, r)
}

// bind takes who binds and how (RFC 4511 4.2).
func (a *analyzer) bind(d proto.Dir, o *Operation, val []byte) bool {
	o.Opcode = "bind"
	_, version, rest, ok := der.Element(val)
	if n, fine := number(version); ok && fine {
		o.Version = event.N(n)
	}
	_, name, rest, _ := der.Element(rest)
	o.Object = text(name)
	tag, auth, _, ok := der.Element(rest)
	if !ok {
		return false
	}
	switch tag {
	case 0x80:
		if o.Opcode = "bind simple"; len(auth) > 0 {
			o.Argument = "REDACTED"
		}
	case 0xa3:
		o.Opcode = "bind SASL"
		_, mech, more, _ := der.Element(auth)
		o.Argument = text(mech)
		if _, token, _, ok := der.Element(more); ok {
			return a.token(d, o.Argument, token)
		}
		return inner(o.Argument)
	case 0x89, 0x8a, 0x8b: // Microsoft's own (MS-ADTS 5.1.1.1.3)
		o.Opcode, o.Argument = "bind NTLM", "NTLM"
		return a.token(d, "NTLM", auth)
	}
	return false
}

// inner says whether the tokens of a mechanism are of a protocol by itself.
func inner(mechanism string) bool {
	return mechanism == "GSS-SPNEGO" || mechanism == "GSSAPI" || mechanism == "NTLM"
}

// token hands a token of a mechanism over; of any other it is dropped.
func (a *analyzer) token(d proto.Dir, mechanism string, token []byte) bool {
	if !inner(mechanism) {
		return false
	}
	if len(token) > 1 {
		a.f.Hand(d, token, "gssapi")
	}
	return true
}

// read takes a search apart (RFC 4511 4.5.1). It says whether the entry found will
// describe the server.
func (s *Search) read(val []byte) bool {
	_, base, rest, ok := der.Element(val)
	if !ok {
		return false
	}
	s.Base = text(base)
	var nums [2]int
	for i := range nums {
		var v []byte
		if _, v, rest, ok = der.Element(rest); !ok {
			return false
		}
		nums[i], _ = number(v)
	}
	if uint(nums[0]) < uint(len(scopes)) {
		s.Scope = scopes[nums[0]]
	}
	if uint(nums[1]) < uint(len(derefs)) {
		s.Deref = derefs[nums[1]]
	}
	for range 3 { // limits of size and time, types only
		if _, _, rest, ok = der.Element(rest); !ok {
			return false
		}
	}
	tag, filter, rest, ok := der.Element(rest)
	if !ok {
		return false
	}
	var w strings.Builder
	if !s.filter(&w, tag, filter, 0) {
		w.WriteString("...")
	}
	s.Filter = w.String()[:min(w.Len(), maxFilter)]
	_, list, _, _ := der.Element(rest)
	each(list, func(v string) {
		if len(s.Attributes) < maxList {
			s.Attributes = append(s.Attributes, v)
		}
	})
	if !slices.ContainsFunc(s.Attributes, func(v string) bool { return strings.EqualFold(v, "netlogon") }) {
		s.Client, s.Domain = "", ""
	}
	return s.Base == "" && s.Scope == "base"
}

// answer takes an operation of the server.
func (a *analyzer) answer(d proto.Dir, id int, op byte, val []byte, whole bool) {
	i := slices.IndexFunc(a.pending, func(r request) bool { return r.id == id })
	if i < 0 {
		return
	}
	r := &a.pending[i]
	switch op {
	case opEntry:
		if r.search != nil {
			r.search.Count++
			if r.root && whole {
				if s := entry(val); s != nil {
					s.Reversed = a.server == proto.Orig
					a.f.Emit(a.f.Now(), s)
				}
			}
		}
		return
	case opReference, opIntermed:
		return
	}
	a.outcome(d, r, op, val)
	tls := r.tls && r.op.Result == results[0]
	a.finish(i)
	if tls {
		a.drain()
		a.tls = true
	}
}

// outcome takes a result (RFC 4511 4.1.9) into the record of its request.
func (a *analyzer) outcome(d proto.Dir, r *request, op byte, val []byte) {
	tag, c, rest, ok := der.Element(val)
	code, fine := number(c)
	if !ok || !fine || tag != tagEnum {
		a.f.Weird("bad_result", 0)
		return
	}
	_, matched, rest, _ := der.Element(rest)
	_, diag, rest, _ := der.Element(rest)
	result, diagnostic := resultName(code), strings.TrimRight(text(diag), "\x00")
	if r.search != nil {
		r.search.Result, r.search.Diagnostic = result, diagnostic
		return
	}
	r.op.Result, r.op.Diagnostic = result, diagnostic
	if op != opBindDone || !strings.HasPrefix(r.op.Opcode, "bind ") {
		return
	}
	a.sealed = a.sealed || r.op.Opcode == "bind SASL" && code == 0
	if !r.sasl {
		return
	}
	if r.op.Opcode == "bind NTLM" && len(matched) > 0 {
		// Microsoft's own bind has the server's packages and its challenge in the
		// place of the matched name (MS-ADTS 5.1.1.1.3); the outcome is yet to come.
		if bytes.HasPrefix(matched, []byte("NTLMSSP\x00")) {
			a.token(d, r.op.Argument, matched)
		}
		return
	}
	for len(rest) > 0 {
		t, v, more, ok := der.Element(rest)
		if !ok {
			break
		}
		if t == 0x87 {
			a.token(d, r.op.Argument, v)
		}
		rest = more
	}
	switch code {
	case 0:
		a.f.Hand(d, []byte{0}, "gssapi")
	case 14:
	default:
		a.f.Hand(d, append([]byte{1}, reason(code, diagnostic)...), "gssapi")
	}
}

// reason is why a bind was refused: Active Directory answers every reason with the
// same code, and has its own in the diagnostic, as "data 52e".
func reason(code int, diagnostic string) string {
	if _, rest, ok := strings.Cut(diagnostic, " data "); ok {
		n, _, _ := strings.Cut(rest, ",")
		if s := refusals[n]; s != "" {
			return s
		}
	}
	return resultName(code)
}

// finish emits the i-th waiting request as it is, and forgets it.
func (a *analyzer) finish(i int) {
	r := a.pending[i]
	a.pending = slices.Delete(a.pending, i, i+1)
	if r.search != nil {
		r.search.Reversed = a.server == proto.Orig
		a.f.Emit(r.ts, r.search)
	} else {
		r.op.Reversed = a.server == proto.Orig
		a.f.Emit(r.ts, r.op)
	}
}

func (a *analyzer) drain() {
	for len(a.pending) > 0 {
		a.finish(0)
	}
}

// give ends the analysis.
func (a *analyzer) give() {
	a.drain()
	a.over = true
}

// Gap implements proto.Analyzer. Messages often begin with a segment; after a loss
// one is looked for there.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	if a.tls {
		a.over = true
		return true
	}
	a.lost[d] = true
	if d == a.server {
		a.drain()
	}
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	if a.ended[d] = true; a.ended[0] && a.ended[1] {
		a.drain()
	}
}

// Packet implements proto.Datagram: a datagram is one message or more.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	for len(b) > 0 && !a.over && !a.tls {
		n, need, err := a.next(&d, b)
		if err != nil {
			return err
		}
		if need > 0 || n > len(b) {
			return &proto.Error{Code: "truncated_message"}
		}
		b = b[n:]
	}
	return nil
}

// Close implements proto.Datagram.
func (a *analyzer) Close() { a.drain() }
