package dns

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// fault numbers what is wrong with a message; it indexes faultCodes.
type fault uint8

const (
	ok fault = iota
	badLength
	badOpcode
	tooManyQueries
	badLabel
	badPointer
	longName
	shortQuestion
	shortRecord
	badDataLength
	emptyData
	badData
	tooMuchText
)

// faultCodes are the codes of weird records.
var faultCodes = [...]string{"", "bad_message_length", "unknown_opcode", "too_many_queries",
	"bad_label", "bad_compression_pointer", "name_too_long", "truncated_question",
	"truncated_record", "record_past_message", "empty_record", "bad_record_data",
	"answers_too_large"}

func (f fault) code() string { return faultCodes[f] }

// parser reads one message into a record. It lives on the stack.
type parser struct {
	b       []byte
	h       header
	rec     *Record
	netbios bool
	now     event.Time
	name    name
	data    name // names inside record data

	pointer int // offset of a name with a bad pointer, 0 if there was none
	// services are those that a response tells of.
	services []*Service
}

// readName reads the name at off, up to the offset to. A bad pointer is noted
// and does not end the message.
func (p *parser) readName(n *name, to, off int, long bool) (next int, bad fault) {
	next, bad = n.read(p.b[:to], off, long)
	if bad == badPointer {
		p.pointer = off
		return next, ok
	}
	return next, bad
}

// section says which list a record is in; a dynamic update uses the first two
// for other things (RFC 2136 2).
type section uint8

const (
	answers section = iota
	prerequisites
	updates
	additional
)

// rr is one record; data aliases the message.
type rr struct {
	typ, class uint16
	ttl        uint32
	off        int // of data, from the start of the message
	data       []byte
	sec        section
}

// parse returns the first fault and its offset; what was read before it stays.
func (p *parser) parse(now event.Time) (fault, int) {
	p.now = now
	if p.h.qd > maxQueries {
		return tooManyQueries, 4
	}
	update := p.h.opcode() == opUpdate && !p.netbios
	off := headerLen
	for range p.h.qd {
		bad := p.question(&off, update)
		if bad != ok {
			return bad, off
		}
	}
	first := answers
	if update {
		first = prerequisites
	}
	if bad := p.records(&off, p.h.an, first); bad != ok {
		return bad, off
	}
	switch {
	case update:
		if bad := p.records(&off, p.h.ns, updates); bad != ok {
			return bad, off
		}
	case p.h.ar > 0 && (p.h.reply() || p.netbios):
		if bad := p.skip(&off, p.h.ns); bad != ok {
			return bad, off
		}
		if bad := p.records(&off, p.h.ar, additional); bad != ok {
			return bad, off
		}
	}
	return ok, 0
}

// question reads one entry of the question section (RFC 1035 4.1.2).
func (p *parser) question(off *int, update bool) fault {
	next, bad := p.readName(&p.name, len(p.b), *off, p.netbios)
	if bad != ok {
		return bad
	}
	if next+4 > len(p.b) {
		return shortQuestion
	}
	typ := binary.BigEndian.Uint16(p.b[next:])
	class := binary.BigEndian.Uint16(p.b[next+2:])
	*off = next + 4
	r := p.rec
	switch {
	case update: // the zone, which Zeek does not log
	case !p.h.reply():
		r.RD, r.TC, r.Z = p.h.rd(), p.h.tc(), p.h.z()
		r.QClass, r.QClassName = event.N(class), classText(class)
		r.QType, r.QTypeName = event.N(typ), typeText(typ)
		if p.netbios && typ == typeSRV {
			r.QTypeName = "NBSTAT"
		}
		r.Query, r.hasQuery = p.queryText(), true
		if p.netbios {
			_, suffix, isName := p.name.netbios()
			r.Messenger = isName && suffix == 3
		}
	case p.h.an == 0 && p.h.ns == 0 && p.h.ar == 0:
		r.Rejected = true
	}
	return ok
}

// queryText is the name of a question as it is logged.
func (p *parser) queryText() string {
	if p.netbios {
		if text, _, isName := p.name.netbios(); isName {
			return string(text)
		}
	}
	return string(p.name.bytes())
}

// next reads a record's name and fixed fields (RFC 1035 4.1.3). The name is left
// in p.name.
func (p *parser) next(off *int) (rr, fault) {
	at, bad := p.readName(&p.name, len(p.b), *off, p.netbios)
	if bad != ok {
		return rr{}, bad
	}
	if at+10 > len(p.b) {
		return rr{}, shortRecord
	}
	f := p.b[at:]
	r := rr{typ: binary.BigEndian.Uint16(f), class: binary.BigEndian.Uint16(f[2:]),
		ttl: binary.BigEndian.Uint32(f[4:]), off: at + 10}
	size := int(binary.BigEndian.Uint16(f[8:]))
	if size > len(p.b)-r.off {
		return rr{}, badDataLength
	}
	r.data = p.b[r.off : r.off+size]
	*off = r.off + size
	return r, ok
}

// skip passes over records.
func (p *parser) skip(off *int, n int) fault {
	for range n {
		if _, bad := p.next(off); bad != ok {
			return bad
		}
	}
	return ok
}

func (p *parser) records(off *int, n int, sec section) fault {
	for range n {
		start := *off
		r, bad := p.next(off)
		if bad == ok {
			r.sec = sec
			bad = p.record(&r)
		}
		if bad != ok {
			*off = start
			return bad
		}
	}
	return ok
}

// record handles one record. Zeek's log tells of answers in responses only.
func (p *parser) record(r *rr) fault {
	if p.h.reply() && !p.netbios {
		p.announces(r)
	}
	if r.sec == additional {
		p.bind(r)
		return ok
	}
	if r.sec != answers && p.updateEntry(r) {
		return ok
	}
	if len(r.data) == 0 && r.off < len(p.b) {
		return emptyData
	}
	if !p.h.reply() {
		if r.sec == updates { // a host that registers its own address
			p.bind(r)
		}
		return ok
	}
	p.bind(r)
	return p.answer(r)
}

// updateEntry handles what only a dynamic update has: prerequisites and
// deletions (RFC 2136 2.4 and 2.5).
func (p *parser) updateEntry(r *rr) bool {
	if r.sec == updates && r.class != classNone && r.class != classAny {
		return false
	}
	if !p.h.reply() {
		return true
	}
	typ, nm := typeText(r.typ), string(p.name.bytes())
	var text string
	if r.sec == prerequisites {
		switch {
		case r.class == classNone && r.typ == typeAny:
			text = "pre: NameNotInUse " + nm
		case r.class == classAny && r.typ == typeAny:
			text = "pre: NameInUse " + nm
		case r.class == classNone:
			text = "pre: NoRRSet " + typ + " " + nm
		default:
			text = "pre: RRSetExists " + typ + " " + nm
		}
	} else {
		switch {
		case r.class == classAny && r.typ == typeAny:
			text = "del: RRSet * " + nm
		case r.class == classNone:
			text = "del: RR " + typ + " " + nm
		default:
			text = "del: RRSet " + typ
		}
	}
	p.reply(r, text)
	return true
}

// seen notes that a response held an answer.
func (p *parser) seen() {
	r := p.rec
	if !r.hasQuery {
		r.Query, r.hasQuery = string(p.name.bytes()), true
	}
	r.AA, r.RA = p.h.aa(), p.h.ra()
	if r.RTT == 0 {
		r.RTT = p.now.Sub(r.ts)
	}
}

// reply logs the text of an answer.
func (p *parser) reply(r *rr, text string) fault {
	p.seen()
	rec := p.rec
	if len(rec.Answers) >= maxAnswers || rec.text+len(text) > maxText {
		return tooMuchText
	}
	if rec.Answers == nil {
		n := p.h.an
		if r.sec != answers {
			n += p.h.ns
		}
		n = min(max(n, 1), 16)
		rec.Answers = make([]string, 0, n)
		rec.TTLs = make([]event.Interval, 0, n)
	}
	rec.Answers = append(rec.Answers, text)
	rec.TTLs = append(rec.TTLs, event.Interval(r.ttl)*1e9)
	rec.text += len(text)
	return ok
}

// bind keeps what a record says about a name and an address.
func (p *parser) bind(r *rr) {
	if len(p.rec.Bindings) >= maxBindings {
		return
	}
	d := r.data
	switch {
	case p.netbios && r.typ == typeNB:
		p.bindNetBIOS(r)
	case p.netbios && r.typ == typeSRV:
		p.nodeStatus(d)
	case r.class&0x7fff != 1:
	case r.typ == typeA && len(d) == 4:
		p.keep(Binding{Name: p.owner(), IP: netid.IPFrom4(d), Type: typeA, TTL: r.ttl})
	case r.typ == typeAAAA && len(d) == 16:
		p.keep(Binding{Name: p.owner(), IP: netid.IPFrom16(d), Type: typeAAAA, TTL: r.ttl})
	case r.typ == typePTR && p.name.n > len(".in-addr.arpa"):
		ip, isAddr := reverse(p.name.bytes())
		if !isAddr {
			return
		}
		if _, bad := p.readName(&p.data, r.off+len(d), r.off, false); bad == ok && p.data.n > 0 {
			p.keep(Binding{Name: string(p.data.bytes()), IP: ip, Type: typePTR, TTL: r.ttl})
		}
	}
}

// keep adds a binding once: the response to an update repeats the question's.
func (p *parser) keep(b Binding) {
	if !slices.Contains(p.rec.Bindings, b) {
		p.rec.Bindings = append(p.rec.Bindings, b)
	}
}

// owner is the name of the current record as a string; most often it is the name
// that was asked for, which needs no second copy.
func (p *parser) owner() string {
	if b := p.name.bytes(); string(b) != p.rec.Query {
		return string(b)
	}
	return p.rec.Query
}

// bindNetBIOS reads the addresses of a NetBIOS name (RFC 1002 4.2.13): pairs of
// flags and address.
func (p *parser) bindNetBIOS(r *rr) {
	text, suffix, isName := p.name.netbios()
	if !isName {
		return
	}
	nm := string(text)
	for d := r.data; len(d) >= 6 && len(p.rec.Bindings) < maxBindings; d = d[6:] {
		p.keep(Binding{Name: nm, IP: netid.IPFrom4(d[2:]), Type: typeNB, TTL: r.ttl,
			Suffix: suffix, Group: d[0]&0x80 != 0})
	}
}

// nodeStatus reads the names of a node and its unit id (RFC 1002 4.2.18).
func (p *parser) nodeStatus(d []byte) {
	const entry = 18 // fifteen bytes of name, suffix, flags
	if len(d) < 1 || p.rec.Node != nil {
		return
	}
	n := int(d[0])
	d = d[1:]
	s := &NodeStatus{}
	for ; n > 0 && len(d) >= entry; n-- {
		if len(s.Names) < maxNodeNames {
			s.Names = append(s.Names, NodeName{Name: trimName(d[:15]), Suffix: d[15], Group: d[16]&0x80 != 0})
		}
		d = d[entry:]
	}
	if n == 0 && len(d) >= 6 {
		s.MAC = netid.MAC(d[:6])
	}
	p.rec.Node = s
}

func trimName(b []byte) string {
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return string(b)
}

// appendAddr appends the text of an address of four or sixteen bytes.
func appendAddr(dst, b []byte) []byte {
	if len(b) == 4 {
		return netip.AddrFrom4([4]byte(b)).AppendTo(dst)
	}
	return netip.AddrFrom16([16]byte(b)).AppendTo(dst)
}
