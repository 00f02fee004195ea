package intel

import (
	"encoding/hex"
	"net/netip"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Engine compares records with a Set.
type Engine struct {
	set    *Set
	plans  map[*event.Schema]*plan
	report func(detect.Hit)
	take   func(event.Value) bool // e.value, bound once
	keep   func(event.Value) bool // e.keepHost
	// Expired counts what matched an indicator that was no longer valid.
	Expired uint64

	r     *event.Record
	p     *plan
	col   *column
	orig  [maxValue]byte // a value in normal form
	host  [256]byte
	nh    int
	seen  [16]uint32 // places that this record was reported for
	nseen int
	want  *term // if set, nothing is looked up: it is compared with this
	held  bool
}

// NewEngine makes an engine over logs, which must be all that Fields names. It
// reports each hit as it comes.
func NewEngine(set *Set, logs []*event.Schema, report func(detect.Hit)) (*Engine, error) {
	p, err := plans(set, logs)
	if err != nil {
		return nil, err
	}
	e := &Engine{set: set, plans: p, report: report}
	e.take, e.keep = e.value, e.keepHost
	return e, nil
}

// Wants says whether records of a log can match anything.
func (e *Engine) Wants(s *event.Schema) bool { return e.plans[s] != nil }

// Add looks at a record.
func (e *Engine) Add(r *event.Record) {
	p := e.plans[r.Body.Schema()]
	if p == nil {
		return
	}
	e.r, e.p, e.nseen = r, p, 0
	for i := range p.wanted {
		e.look(&p.wanted[i])
	}
	e.r, e.p, e.col = nil, nil, nil
}

// look reads one column.
func (e *Engine) look(c *column) {
	e.col = c
	switch {
	case c.how > asResp:
		c.access.Each(e.r, e.take)
	case e.r.Conn == nil:
	case c.how == asOrig:
		e.address(e.r.Conn.Orig.IP)
	default:
		e.address(e.r.Conn.Resp.IP)
	}
}

// value brings a value into the forms that indicators have.
func (e *Engine) value(v event.Value) bool {
	s := v.Text
	if s == "" || len(s) > maxValue {
		return true
	}
	switch e.col.how {
	case asName, asAnswer:
		e.name(s)
	case asTarget:
		e.target(s)
	case asMail:
		e.mail(s)
	case asText, asJA4:
		e.seek(e.col.Kinds[0], append(e.orig[:0], s...))
	case asFold:
		e.seek(e.col.Kinds[0], lower(e.orig[:0], s))
	case asFile:
		s = s[strings.LastIndexAny(s, `\/`)+1:]
		e.seek(FileName, lower(e.orig[:0], s))
	case asHex:
		if len(s) == 2*hashSize[e.col.Kinds[0]] {
			b := append(e.orig[:0], s...)
			if n, err := hex.Decode(b, b); err == nil {
				e.seek(e.col.Kinds[0], b[:n])
			}
		}
	}
	return true
}

// lower appends s in small letters of ASCII.
func lower(b []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		b = append(b, c)
	}
	return b
}

// address looks for an address and the networks around it.
func (e *Engine) address(ip netid.IP) {
	if e.want != nil && e.want.kind == Network {
		n := int(e.want.value[16])
		net := netip.PrefixFrom(netip.AddrFrom16([16]byte([]byte(e.want.value[:16]))), n)
		e.held = e.held || net.Contains(netip.AddrFrom16(ip))
		return
	}
	e.seek(Address, ip[:])
	if e.want != nil {
		return
	}
	for below := 128; ; {
		at, n := e.set.findNetwork(ip, below)
		if at == 0 || e.hit(Network, at, "") {
			return
		}
		below = n
	}
}

// literal reads an address without the cost of an error.
func literal(s string) (netid.IP, bool) {
	if s == "" || s[len(s)-1] > '9' && !strings.Contains(s, ":") {
		return netid.IP{}, false
	}
	if strings.Trim(s, "0123456789abcdefABCDEF.:") != "" {
		return netid.IP{}, false
	}
	a, err := netip.ParseAddr(s)
	return netid.FromAddr(a), err == nil
}

// name looks for a domain and those above it, or for an address that stands in its place.
func (e *Engine) name(s string) {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && strings.IndexByte(s, ':') == i {
		s = s[:i]
	}
	s = strings.Trim(s, "[]")
	s = strings.TrimSuffix(strings.TrimPrefix(s, "*."), ".")
	if ip, ok := literal(s); ok {
		e.address(ip)
		return
	}
	if len(s) > 253 {
		return
	}
	b := lower(e.orig[:0], s)
	if e.col.Kinds[0] == SNI {
		e.seek(SNI, b)
	}
	e.domain(b)
}

// domain walks the labels from the right.
func (e *Engine) domain(b []byte) {
	labels := 1
	for i := len(b) - 1; i >= -1; i-- {
		if i >= 0 && b[i] != '.' {
			continue
		}
		if labels < len(e.set.labels) && e.set.labels[labels] || e.want != nil {
			e.seek(Domain, b[i+1:])
		}
		labels++
	}
}

// mail takes the address out of a field such as "Name <user@domain>".
func (e *Engine) mail(s string) {
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		s, _, _ = strings.Cut(s[i+1:], ">")
	}
	s = strings.TrimSpace(s)
	b := lower(e.orig[:0], s)
	e.seek(Email, b)
	if i := strings.LastIndexByte(s, '@'); i >= 0 && len(s)-i < 254 {
		e.domain(b[i+1:])
	}
}

func (e *Engine) keepHost(v event.Value) bool {
	s := v.Text
	if len(s) < len(e.host) {
		e.nh = len(lower(e.host[:0], strings.TrimSuffix(s, ":80")))
	}
	return false
}

// target looks for the URL of a request: its host, else the address of the server, and
// what was asked for.
func (e *Engine) target(s string) {
	e.nh = 0
	switch i := strings.Index(s, "://"); {
	case s[0] == '/':
		e.col.host.Each(e.r, e.keep)
		if e.nh == 0 && e.r.Conn != nil {
			e.nh = len(e.r.Conn.Resp.IP.AppendTo(e.host[:0]))
		}
	case i > 0 && i < 6: // a proxy is asked
		s = s[i+3:]
		n := strings.IndexAny(s, "/?")
		if n < 0 {
			n = len(s)
		}
		e.keepHost(event.Value{Text: s[:n]})
		if s = s[n:]; s == "" {
			s = "/"
		}
		e.name(string(e.host[:e.nh]))
	case strings.HasSuffix(s, ":443"): // a tunnel is asked for
		e.name(s)
		return
	}
	s, _, _ = strings.Cut(s, "#")
	if e.nh == 0 || e.nh+len(s) > maxValue {
		return
	}
	key := append(append(e.orig[:0], e.host[:e.nh]...), s...)
	e.seek(URL, key)
	if e.want == nil && strings.IndexByte(s, '~') >= 0 {
		e.visible(key)
	}
}

// visible compares a URL that has marks with those of the same host.
func (e *Engine) visible(key []byte) {
	at := e.set.find(hostKind, e.host[:e.nh])
	for n := 0; at != 0 && n < maxChain; n++ {
		x := e.set.entry(at - 1)
		next := get(x, atHost)
		if alike(key[e.nh:], valueOf(x)[e.nh:]) {
			e.hit(URL, at, "visible parts only")
			return
		}
		at = next
	}
}

// alike compares a path with marks (~ and 16 hex digits, or ~ alone) with one in
// clear. A mark stands for anything up to the next sign that parts values. Four
// letters outside of marks must agree, or nothing would have been compared.
func alike(marked, clear []byte) bool {
	i, j, same := 0, 0, 0
	for i < len(marked) {
		if marked[i] == '~' {
			n := 1
			for i+n < len(marked) && n <= 16 && strings.IndexByte("0123456789abcdef", marked[i+n]) >= 0 {
				n++
			}
			if n == 17 || n == 1 {
				i += n
				from := j
				for j < len(clear) && strings.IndexByte("/?&;=#", clear[j]) < 0 && (i >= len(marked) || marked[i] != '.' || clear[j] != '.') {
					j++
				}
				if j == from {
					return false
				}
				continue
			}
		}
		if j >= len(clear) || marked[i] != clear[j] {
			return false
		}
		if strings.IndexByte("/?&;=#.", marked[i]) < 0 {
			same++
		}
		i, j = i+1, j+1
	}
	return j == len(clear) && same >= 4
}

// seek looks one key up, or compares it with the term that is wanted.
func (e *Engine) seek(k Kind, key []byte) {
	if e.want != nil {
		e.held = e.held || e.want.kind == k && e.want.value == string(key)
		return
	}
	if e.set.count[k] == 0 {
		return
	}
	if at := e.set.find(k, key); at != 0 {
		e.hit(k, at, "")
	}
}
