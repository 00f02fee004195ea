package kerberos

import (
	"strings"
	"time"
	"unicode/utf8"

	"lazaret/internal/der"
	"lazaret/internal/event"
)

// tagString and tagTime are GeneralString and GeneralizedTime.
const (
	tagString = 0x1b
	tagTime   = 0x18
	tagTicket = 0x61
)

// fields walks a sequence whose elements have numbers (context tags): f is called for
// each with its number and a reader of what it holds. False is damage.
func fields(b []byte, f func(n byte, r *der.Reader)) bool {
	out := der.NewReader(b)
	in := der.NewReader(out.Want(der.Sequence))
	for in.Len() > 0 {
		tag, body := in.Next()
		if tag&0xe0 != 0xa0 {
			return false
		}
		r := der.NewReader(body)
		f(tag&0x1f, &r)
	}
	return out.OK() && in.OK()
}

// request reads KDC-REQ (RFC 4120 5.4.1).
func (r *Record) request(b []byte) (nonce int64, ok bool) {
	ok = fields(b, func(n byte, v *der.Reader) {
		switch n {
		case 3:
			r.padata(v, &r.RequestPA)
		case 4:
			nonce = r.body(v.Whole())
		}
	})
	return nonce, ok
}

// body reads KDC-REQ-BODY (RFC 4120 5.4.1) and gives its nonce.
func (r *Record) body(b []byte) (nonce int64) {
	name := ""
	fields(b, func(n byte, v *der.Reader) {
		switch n {
		case 0:
			flags := bits(v)
			r.Forwardable, r.Renewable = event.B(flags&(1<<30) != 0), event.B(flags&(1<<23) != 0)
			r.Options = named(flags, &options)
		case 1:
			name = principal(v)
		case 2:
			r.Realm = text(v)
		case 3:
			r.Service = principal(v)
		case 4:
			r.From = moment(v)
		case 5:
			r.Till = moment(v)
		case 7:
			nonce, _ = der.Integer(v.Want(der.Int))
		case 8:
			r.ETypes = etypes(v)
		case 9:
			r.addresses(v)
		}
	})
	if r.asks(name, r.Realm); r.RequestType == "AS" {
		r.Client = name + "/" + r.Realm // also of nobody, as in Zeek's log
	}
	return nonce
}

// asks takes the principal that asks.
func (r *Record) asks(name, realm string) {
	if name == "" {
		return
	}
	r.Client = name + "/" + realm
	// A machine's account ends in a dollar sign; its service names begin with host.
	if host, ok := strings.CutSuffix(name, "$"); ok && !strings.ContainsAny(host, "/@ ") {
		r.Machine = host
	} else if host, ok := strings.CutPrefix(name, "host/"); ok && !strings.Contains(host, "/") {
		r.Machine = host
	}
}

// reply reads KDC-REP (RFC 4120 5.4.2) into the record of its request.
func (r *Record) reply(b []byte) bool {
	name, realm := "", ""
	ok := fields(b, func(n byte, v *der.Reader) {
		switch n {
		case 2:
			r.padata(v, &r.ReplyPA)
		case 3:
			realm = text(v)
		case 4:
			name = principal(v)
		case 5:
			t := ticket(v)
			r.Service, r.Cipher = t.service, t.cipher
			if r.Realm == "" {
				r.Realm = t.realm
			}
		case 6:
			r.ReplyCipher = sealed(v)
		}
	})
	if r.Client == "" {
		r.asks(name, realm)
	}
	r.Success = event.B(true)
	return ok
}

// refuse reads KRB-ERROR (RFC 4120 5.9.1) into the record of what it answers.
func (r *Record) refuse(b []byte) bool {
	var code int64
	name, realm, said := "", "", ""
	ok := fields(b, func(n byte, v *der.Reader) {
		switch n {
		case 4:
			r.ServerTime = moment(v)
		case 6:
			code = v.Integer()
		case 7:
			realm = text(v)
		case 8:
			name = principal(v)
		case 9:
			if s := text(v); r.Realm == "" {
				r.Realm = s
			}
		case 10:
			if s := principal(v); s != "" {
				r.Service = s
			}
		case 11:
			said = text(v)
		case 12:
			r.hints(v)
		}
	})
	if r.Client == "" {
		r.asks(name, realm)
	}
	if r.ErrorMsg = said; said == "" {
		r.ErrorMsg = refusal(code)
	}
	if code >= 0 {
		r.ErrorCode = event.N(code)
	}
	r.Success = event.B(false)
	return ok
}

// hints reads the METHOD-DATA in a refusal, if it is one (RFC 4120 5.9.1).
func (r *Record) hints(v *der.Reader) {
	b := v.Want(der.Octets)
	if len(b) == 0 || b[0] != der.Sequence {
		return
	}
	in := der.NewReader(b)
	r.padata(&in, &r.ReplyPA)
}

// padata reads a list of pre-authentication data (RFC 4120 5.2.7).
func (r *Record) padata(v *der.Reader, names *[]string) {
	list := der.NewReader(v.Want(der.Sequence))
	for list.Len() > 0 && len(*names) < maxList {
		kind, value := int64(0), []byte(nil)
		one := list.Whole()
		fields(one, func(n byte, v *der.Reader) {
			switch n {
			case 1:
				kind = v.Integer()
			case 2:
				value = v.Want(der.Octets)
			}
		})
		if one == nil {
			return
		}
		*names = append(*names, padata(kind))
		r.detail(kind, value)
	}
}

// detail takes what pre-authentication data says in clear.
func (r *Record) detail(kind int64, b []byte) {
	switch kind {
	case paTGS:
		r.show(b)
	case paETypeInfo, paETypeInfo2:
		r.keys(b)
	case paPKRequest, paOldRequest:
		r.ClientSubject = clientSigned(b)
	case paPKReply, paOldReply:
		r.ServerSubject = centreSigned(b)
	case paForUser:
		name, realm := "", ""
		fields(b, func(n byte, v *der.Reader) {
			switch n {
			case 0:
				name = principal(v)
			case 1:
				realm = text(v)
			}
		})
		if name != "" {
			r.OnBehalf = name + "/" + realm
		}
	}
}

// keys reads ETYPE-INFO and ETYPE-INFO2 (RFC 4120 5.2.7.4, 5.2.7.5), but for the
// salts, which belong to keys.
func (r *Record) keys(b []byte) {
	out := der.NewReader(b)
	for list := der.NewReader(out.Want(der.Sequence)); list.Len() > 0 && len(r.KDCETypes) < maxList; {
		one := list.Whole()
		if one == nil {
			return
		}
		fields(one, func(n byte, v *der.Reader) {
			if n == 0 {
				r.KDCETypes = add(r.KDCETypes, cipher(v.Integer()))
			}
		})
	}
}

// show reads AP-REQ (RFC 4120 5.5.1) with its tag: which ticket is shown, and how.
func (r *Record) show(b []byte) bool {
	out := der.NewReader(b)
	ok := fields(out.Want(apReq), func(n byte, v *der.Reader) {
		switch n {
		case 2:
			r.APOptions = named(bits(v), &apOptions)
		case 3:
			t := ticket(v)
			r.Ticket, r.TicketCipher = t.service+"/"+t.realm, t.cipher
		}
	})
	return ok && out.OK() && r.Ticket != ""
}

// clearTicket is the part of a ticket that is not encrypted (RFC 4120 5.3).
type clearTicket struct{ realm, service, cipher string }

func ticket(v *der.Reader) (t clearTicket) {
	fields(v.Want(tagTicket), func(n byte, v *der.Reader) {
		switch n {
		case 1:
			t.realm = text(v)
		case 2:
			t.service = principal(v)
		case 3:
			t.cipher = sealed(v)
		}
	})
	return t
}

// sealed gives the encryption type of EncryptedData (RFC 4120 5.2.9).
func sealed(v *der.Reader) (name string) {
	fields(v.Whole(), func(n byte, v *der.Reader) {
		if n == 0 {
			name = cipher(v.Integer())
		}
	})
	return name
}

// principal writes a PrincipalName (RFC 4120 5.2.2), its parts joined by slashes.
func principal(v *der.Reader) string {
	var s strings.Builder
	fields(v.Whole(), func(n byte, v *der.Reader) {
		if n != 1 {
			return
		}
		list := der.NewReader(v.Want(der.Sequence))
		for i := 0; list.Len() > 0 && i < maxParts && s.Len() < maxName; i++ {
			if i > 0 {
				s.WriteByte('/')
			}
			s.WriteString(text(&list))
		}
	})
	return cut(s.String())
}

// text takes a KerberosString (RFC 4120 5.2.1), which Windows writes in UTF-8.
func text(v *der.Reader) string { return cut(string(v.Want(tagString))) }

// cut shortens a text to maxName bytes at the edge of a character.
func cut(s string) string {
	if len(s) <= maxName {
		return s
	}
	n := maxName
	for n > maxName-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// moment takes a KerberosTime (RFC 4120 5.2.3): YYYYMMDDHHMMSSZ. What is none, and
// the beginning of 1970, which asks for as long as possible, gives 0.
func moment(v *der.Reader) event.Time {
	b := v.Want(tagTime)
	if len(b) != 15 || b[14] != 'Z' {
		return 0
	}
	var n [14]int
	for i, c := range b[:14] {
		if n[i] = int(c) - '0'; n[i] < 0 || n[i] > 9 {
			return 0
		}
	}
	two := func(at int) int { return 10*n[at] + n[at+1] }
	year, month, day := 100*two(0)+two(2), two(4), two(6)
	if year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || two(8) > 23 || two(10) > 59 || two(12) > 60 {
		return 0
	}
	t := time.Date(year, time.Month(month), day, two(8), two(10), two(12), 0, time.UTC)
	return event.Time(t.UnixNano())
}

// bits takes a KerberosFlags (RFC 4120 5.2.8): bit 0 is the highest of 32.
func bits(v *der.Reader) (flags uint32) {
	b := v.Want(der.Bits)
	for i := 1; i < len(b) && i <= 4; i++ {
		flags |= uint32(b[i]) << (32 - 8*i)
	}
	return flags
}

// named lists the words of the bits that are set.
func named(flags uint32, words *[32]string) (out []string) {
	for i, w := range words {
		if w != "" && flags&(1<<(31-i)) != 0 {
			out = append(out, w)
		}
	}
	return out
}

// etypes takes a list of encryption types.
func etypes(v *der.Reader) (out []string) {
	for list := der.NewReader(v.Want(der.Sequence)); list.Len() > 0 && len(out) < maxList; {
		if n := list.Integer(); list.OK() {
			out = append(out, cipher(n))
		}
	}
	return out
}

// addresses looks for the NetBIOS name among the addresses of the client (RFC 4120
// 5.2.5, 7.5.3), which is padded to sixteen bytes.
func (r *Record) addresses(v *der.Reader) {
	const netBIOS = 20
	list := der.NewReader(v.Want(der.Sequence))
	for i := 0; list.Len() > 0 && i < maxList; i++ {
		kind, value := int64(0), []byte(nil)
		fields(list.Whole(), func(n byte, v *der.Reader) {
			switch n {
			case 0:
				kind = v.Integer()
			case 1:
				value = v.Want(der.Octets)
			}
		})
		if kind == netBIOS && len(value) <= 16 {
			r.ClientHost = strings.TrimRight(string(value), " \x00")
		}
	}
}

// add appends what is not in the list.
func add(list []string, s string) []string {
	for _, v := range list {
		if v == s {
			return list
		}
	}
	return append(list, s)
}

// proof names how a request proves who asks.
func proof(kinds []string) string {
	for _, p := range preauths {
		for _, k := range kinds {
			if k == padata(p.kind) {
				return p.word
			}
		}
	}
	return "none"
}
