package http

import (
	"bytes"
	"encoding/base64"
	"sync"

	"lazaret/internal/proto"
)

// noPhrase is what the log has, as Zeek's, for an answer without a reason phrase.
const noPhrase = "<empty>"

// piece is a part of a header's text.
type piece struct{ from, to int }

// name is a header name: known, or a part of the text.
type name struct {
	known string
	at    piece
}

// header is what is kept of a head while it is read.
type header struct {
	val    [numFields][]byte // the last value of each field, in the head
	length int64             // Content-Length: -1 if there is none, -2 if it is wrong
	names  [maxNames]name
	n      int
	via    [maxVia]name // proxy headers with their values
	nVia   int
	user   piece // of Basic credentials
	basic  bool
	token  bool   // of a mechanism was handed on
	text   []byte // of all strings
}

// headers holds them between two heads.
var headers = sync.Pool{New: func() any { return new(header) }}

// newHeader is an empty header; free gives it back.
func newHeader() *header {
	h := headers.Get().(*header)
	h.length = -1
	return h
}

func (h *header) free() {
	const keep = 16 << 10
	text := h.text[:0]
	if cap(text) > keep {
		text = nil
	}
	clear(h.names[:h.n])
	clear(h.via[:h.nVia])
	h.val, h.text = [numFields][]byte{}, text
	h.n, h.nVia, h.user, h.basic, h.token = 0, 0, piece{}, false, false
	headers.Put(h)
}

// read takes the header fields of a head apart.
func (h *header) read(a *analyzer, d proto.Dir, b []byte) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		i := bytes.IndexByte(line, ':')
		if i < 1 {
			if len(line) > 0 {
				a.f.Weird("bad_header_line", 0)
			}
			continue
		}
		s, f, known := headerName(trim(line[:i]))
		if h.n < maxNames {
			k := &h.names[h.n]
			h.n++
			if k.known = s; !known {
				k.at = h.putUpper(bounded(trim(line[:i]), 128))
			}
		}
		if f != fOther {
			h.take(a, d, s, f, trim(line[i+1:]))
		}
	}
}

// take keeps the value of a field that matters.
func (h *header) take(a *analyzer, d proto.Dir, name string, f field, v []byte) {
	switch f {
	case fLength:
		h.takeLength(v)
	case fAuth:
		if d == a.client {
			h.credentials(a, d, v)
		}
		return
	case fAsk:
		if d != a.client {
			h.challenge(a, d, v)
		}
		return
	}
	if (f == fProxy || f == fVia) && d == a.client && h.nVia < maxVia {
		k := &h.via[h.nVia]
		h.nVia++
		from := len(h.text)
		h.text = append(append(h.text, name...), " -> "...)
		h.put(v)
		k.at = piece{from, len(h.text)}
	}
	h.val[f] = v
}

// takeLength reads Content-Length (RFC 9110 8.6); a list of equal numbers is one.
func (h *header) takeLength(v []byte) {
	for len(v) > 0 {
		one := v
		if i := bytes.IndexByte(v, ','); i >= 0 {
			one, v = v[:i], v[i+1:]
		} else {
			v = nil
		}
		n := int64(0)
		one = trim(one)
		for _, c := range one {
			if !digit(c) || n > maxLength {
				n = -2
				break
			}
			n = n*10 + int64(c-'0')
		}
		if n > maxLength || len(one) == 0 || h.length != -1 && n != h.length {
			n = -2
		}
		h.length = n
	}
}

// scheme tells whether v begins with an authentication scheme, and gives the rest.
func scheme(v []byte, want string) ([]byte, bool) {
	if len(v) < len(want) || !bytes.EqualFold(v[:len(want)], []byte(want)) || len(v) > len(want) && v[len(want)] != ' ' {
		return nil, false
	}
	return trim(v[len(want):]), true
}

// credentials reads Authorization: the user's name of Basic (RFC 7617), and the
// tokens of NTLM and Negotiate (RFC 4559) for those who understand them. Nothing
// else of it is kept.
func (h *header) credentials(a *analyzer, d proto.Dir, v []byte) {
	if rest, ok := scheme(v, "Basic"); ok && len(rest) > 0 {
		h.basic = true
		// Only as much is decoded as a name may be long.
		both := make([]byte, base64.StdEncoding.DecodedLen(min(len(rest), 1024)))
		n, _ := base64.StdEncoding.Decode(both, rest[:min(len(rest), 1024)/4*4])
		if i := bytes.IndexByte(both[:n], ':'); i >= 0 {
			from := len(h.text)
			if number(both[:i]) { // of a patient, on portals for them
				h.text = appendMark(h.text, a.f, "patient", both[:i])
			} else {
				h.text = append(h.text, both[:i]...)
			}
			h.user = piece{from, len(h.text)}
		}
		clear(both)
		return
	}
	h.pass(a, d, v)
}

// challenge reads WWW-Authenticate: the realm, and tokens.
func (h *header) challenge(a *analyzer, d proto.Dir, v []byte) {
	const key = "realm=\""
	if i := bytes.Index(v, []byte(key)); i >= 0 {
		v = v[i+len(key):]
		if j := bytes.IndexByte(v, '"'); j >= 0 {
			h.val[fAsk] = v[:j]
		}
		return
	}
	h.pass(a, d, v)
}

// pass hands the token of a GSS-API mechanism on.
func (h *header) pass(a *analyzer, d proto.Dir, v []byte) {
	rest, ok := scheme(v, "Negotiate")
	if !ok {
		rest, ok = scheme(v, "NTLM")
	}
	if !ok || len(rest) < 8 {
		return
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(rest)))
	n, err := base64.StdEncoding.Decode(out, rest)
	if err != nil {
		a.f.Weird("bad_token", 0)
		return
	}
	h.token = true
	a.f.Hand(d, out[:n], "gssapi")
}

// verdict tells the mechanism of an authentication how the server answered its token:
// another token goes on with it, a demand without one refuses (RFC 4559 5).
func (h *header) verdict(a *analyzer, d proto.Dir, code int) {
	switch {
	case code != 401 && code != 407:
		a.f.Hand(d, []byte{0}, "gssapi")
	case !h.token:
		a.f.Hand(d, []byte{1}, "gssapi")
	}
}

// put appends a value, cut to what a record holds.
func (h *header) put(v []byte) piece {
	from := len(h.text)
	h.text = append(h.text, bounded(v, maxText)...)
	return piece{from, len(h.text)}
}

// putUpper appends a name in capitals.
func (h *header) putUpper(v []byte) piece {
	p := h.put(v)
	for i := p.from; i < p.to; i++ {
		if c := h.text[i]; c-'a' < 26 {
			h.text[i] = c - ('a' - 'A')
		}
	}
	return p
}

// list is the header names in order.
func (h *header) list(s string) []string {
	if h.n == 0 {
		return nil
	}
	out := make([]string, h.n)
	for i := range out {
		if out[i] = h.names[i].known; out[i] == "" {
			out[i] = s[h.names[i].at.from:h.names[i].at.to]
		}
	}
	return out
}

// fillRequest makes the texts of a request's record, all in one string.
func (h *header) fillRequest(a *analyzer, x *exchange, method, target []byte) {
	target = bounded(target, maxText)
	refer := bounded(h.val[fReferer], maxText)
	x.masked = clinicalTarget(target) || clinicalType(h.val[fType]) || clinicalType(h.val[fAccept])
	m, known := "", false
	var mAt piece
	if m, known = methodName(bounded(method, maxToken)); !known {
		mAt = h.put(bounded(method, maxToken))
	}
	raw := h.put(target)
	uri := raw
	if x.masked || needsWork(target) {
		uri = piece{len(h.text), 0}
		h.text = appendURI(h.text, target, x.masked, a.f)
		uri.to = len(h.text)
	}
	ref := h.put(refer)
	refRaw := ref
	if x.masked || clinicalTarget(refer) || secretive(refer) {
		ref = piece{len(h.text), 0}
		h.text = appendReference(h.text, refer, x.masked || clinicalTarget(refer), a.f)
		ref.to = len(h.text)
	}
	host := h.put(h.val[fHost])
	agent, origin, ctype := h.put(h.val[fUserAgent]), h.put(h.val[fOrigin]), h.put(unnamed(h.val[fType]))
	s := string(h.text)
	cut := func(p piece) string { return s[p.from:p.to] }
	r := &x.rec
	if r.Method = m; !known {
		r.Method = cut(mAt)
	}
	x.target, x.refer, x.host = cut(raw), cut(refRaw), cut(host)
	r.URI, r.Referrer, r.Host, r.UserAgent = cut(uri), cut(ref), x.host, cut(agent)
	r.Origin, r.RequestType = cut(origin), cut(ctype)
	r.Username, r.Basic = cut(h.user), h.basic
	r.ClientNames = h.list(s)
	if h.nVia > 0 {
		r.Proxied = make([]string, h.nVia)
		for i := range r.Proxied {
			r.Proxied[i] = cut(h.via[i].at)
		}
	}
}

// fillResponse makes the texts of an answer.
func (h *header) fillResponse(a *analyzer, x *exchange, phrase []byte) {
	if !x.masked && clinicalType(h.val[fType]) {
		x.masked = true
		x.rec.URI = string(appendURI(nil, []byte(x.target), true, a.f))
		x.rec.Referrer = string(appendReference(nil, []byte(x.refer), true, a.f))
	}
	msg, interned := "", true
	var msgAt piece
	if len(phrase) == 0 {
		msg = noPhrase
	}
	switch phrase = trim(phrase); string(phrase) {
	case "":
	case "OK":
		msg = "OK"
	case "Not Found":
		msg = "Not Found"
	case "Not Modified":
		msg = "Not Modified"
	default:
		if msg = otherPhrase; commonPhrase(phrase) {
			msgAt, interned = h.put(phrase), false
		}
	}
	server, powered := h.put(h.val[fServer]), h.put(h.val[fPowered])
	realm, ctype := h.put(h.val[fAsk]), h.put(unnamed(h.val[fType]))
	s := string(h.text)
	cut := func(p piece) string { return s[p.from:p.to] }
	r := &x.rec
	if r.StatusMsg = msg; !interned {
		r.StatusMsg = cut(msgAt)
	}
	r.Server, r.PoweredBy, r.Realm, r.ResponseType = cut(server), cut(powered), cut(realm), cut(ctype)
	r.Relayed = len(h.val[fVia]) > 0
	r.ServerNames = h.list(s)
}

// frame tells what follows the head (RFC 9112 6.3).
func (h *header) frame(a *analyzer, response, none bool) (state, int64) {
	if none {
		return atStart, 0
	}
	if te := trim(h.val[fTransfer]); len(te) > 0 {
		if h.length >= 0 {
			a.f.Weird("length_and_chunked", 0)
		}
		if bytes.EqualFold(trim(te[bytes.LastIndexByte(te, ',')+1:]), []byte("chunked")) {
			return inSize, -1
		}
		if response {
			return untilEnd, -1
		}
		a.f.Weird("bad_transfer_encoding", 0)
		return atStart, 0
	}
	switch {
	case h.length == -2:
		a.f.Weird("bad_content_length", 0)
	case h.length == 0:
		return atStart, 0
	case h.length > 0:
		return inBody, h.length
	}
	if response {
		return untilEnd, -1
	}
	return atStart, 0
}
