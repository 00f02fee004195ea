package smtp

import (
	"net/netip"
	"strings"

	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// header collects the fields of a message (RFC 5322 2.2) that have a column.
type header struct {
	open bool // the empty line has not come
	want bool // the field under way has a column
	name string
	val  []byte
	// What the fields of MIME (RFC 2045 3) say of the content.
	typ, encoding, disposition string
}

// line takes a line of the header; an empty one ends it.
func (h *header) line(f proto.Flow, m *Message, line []byte) {
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		if h.want && len(h.val) < maxText {
			h.val = append(h.val, line[:min(len(line), maxText-len(h.val))]...)
		}
		return
	}
	h.field(f, m)
	name, value, ok := strings.Cut(string(line[:min(len(line), maxText)]), ":")
	if !ok {
		h.open = len(line) > 0
		return
	}
	h.name = strings.ToUpper(strings.TrimRight(name, " \t"))
	switch h.name {
	case "DATE", "FROM", "TO", "CC", "REPLY-TO", "MESSAGE-ID", "IN-REPLY-TO", "SUBJECT", "X-ORIGINATING-IP", "RECEIVED", "USER-AGENT", "X-MAILER",
		"CONTENT-TYPE", "CONTENT-TRANSFER-ENCODING", "CONTENT-DISPOSITION":
		h.want = true
		h.val = append(h.val[:0], strings.TrimLeft(value, " \t")...)
	}
}

// field puts the field under way into its column.
func (h *header) field(f proto.Flow, m *Message) {
	if !h.want {
		return
	}
	h.want = false
	v := string(h.val)
	switch h.name {
	case "DATE":
		m.Date = v
	case "FROM":
		m.From = v
	case "TO":
		m.To = addresses(m.To, v)
	case "CC":
		m.CC = addresses(m.CC, v)
	case "REPLY-TO":
		m.ReplyTo = v
	case "MESSAGE-ID":
		m.MsgID = v
	case "IN-REPLY-TO":
		m.InReply = v
	case "SUBJECT":
		if v != "" {
			m.Subject = f.Pseudonym("subject", h.val)
		}
	case "X-ORIGINATING-IP":
		if ips := addrs(v); len(ips) > 0 {
			m.OrigIP, m.Webmail = ips[0], true
		}
	case "USER-AGENT", "X-MAILER":
		m.Agent = v
		m.Webmail = m.Webmail || webmail(v)
	case "RECEIVED":
		m.received(v)
	case "CONTENT-TYPE":
		h.typ = v
	case "CONTENT-TRANSFER-ENCODING":
		h.encoding = v
	case "CONTENT-DISPOSITION":
		h.disposition = v
	}
}

// received notes a trace field (RFC 5321 4.4) and the host that it names: of two
// addresses the second, which the receiver saw itself.
func (m *Message) received(v string) {
	m.Second, m.First = m.First, v
	ips := addrs(v)
	if len(ips) == 0 {
		return
	}
	ip := ips[min(1, len(ips)-1)]
	if n := len(m.Path); n < maxPath && (n == 0 || m.Path[n-1] != ip) {
		m.Path = append(m.Path, ip)
	}
}

// webmail says whether a program writes mail in a browser.
func webmail(agent string) bool {
	for _, w := range [...]string{"SquirrelMail", "Roundcube", "ZimbraWebClient", "(IMP)", "Horde", "NeoMail", "iPlanet Messenger", "Outlook Web"} {
		if strings.Contains(agent, w) {
			return true
		}
	}
	return false
}

// addresses appends the members of a list to those before, each once. Commas in
// quotes do not separate (RFC 5322 3.4).
func addresses(list []string, v string) []string {
	quoted, from := false, 0
	add := func(s string) {
		if s = strings.Trim(s, " \t\r\n"); s == "" || len(list) >= maxList {
			return
		}
		for _, have := range list {
			if have == s {
				return
			}
		}
		list = append(list, s)
	}
	for i := range len(v) {
		switch {
		case v[i] == '"':
			quoted = !quoted
		case v[i] == ',' && !quoted:
			add(v[from:i])
			from = i + 1
		}
	}
	add(v[from:])
	return list
}

// addrs finds the IP addresses in a text; a few are enough.
func addrs(s string) (out []netid.IP) {
	inAddr := func(c byte) bool {
		return c >= '0' && c <= '9' || c == '.' || c == ':' || c|0x20 >= 'a' && c|0x20 <= 'f'
	}
	for i := 0; i < len(s) && len(out) < 4; {
		if !inAddr(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && inAddr(s[j]) {
			j++
		}
		word := s[i:j]
		if alone := (i == 0 || !letter(s[i-1])) && (j == len(s) || !letter(s[j])); alone && len(word) >= 3 && len(word) <= 45 {
			if a, err := netip.ParseAddr(strings.TrimRight(word, ".:")); err == nil {
				out = append(out, netid.FromAddr(a))
			}
		}
		i = j
	}
	return out
}

func letter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_' || c >= '0' && c <= '9'
}

// address takes the mailbox out of the argument of MAIL or RCPT: what is in angle
// brackets, or the first word.
func address(arg string) string {
	_, arg, _ = strings.Cut(arg, ":")
	if i := strings.IndexByte(arg, '<'); i >= 0 {
		arg = arg[i+1:]
		if j := strings.IndexByte(arg, '>'); j >= 0 {
			arg = arg[:j]
		}
	} else {
		arg, _, _ = strings.Cut(strings.TrimSpace(arg), " ")
	}
	if i := strings.LastIndexByte(arg, ':'); strings.HasPrefix(arg, "@") && i >= 0 {
		arg = arg[i+1:] // a source route (RFC 5321 appendix C)
	}
	return arg[:min(len(arg), maxAddress)]
}
