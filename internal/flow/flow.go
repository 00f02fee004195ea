// Package flow knows who talks to whom: a bounded table of conversations, their
// direction, counters and end.
//
// A conversation is named by its five-tuple. For TCP a state machine follows both
// sides by their headers alone (RFC 9293), so that state, history, byte counts and
// the moment of the end do not depend on whether payload was captured; the rules,
// names and time-outs are those of Zeek, whose conn.log people already use. UDP
// and ICMP conversations end by silence.
//
// It refuses to look at payload, to read a clock (deadlines are compared with
// packet time), and to grow past its number: the flow that would expire first is
// closed early, its record is kept and the loss is counted. One goroutine owns a
// Table. A Flow is memory of the Table and is reused after its end; App, the
// handle of the upper floor, is given back by End.
package flow

import (
	"strings"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Flow is one live conversation.
type Flow struct {
	key   netid.Key
	shape uint16 // number of the originator's SYN in the table's shapes, 0 is none
	first event.Time
	last  event.Time
	pkts  [2]uint64
	ip    [2]uint64
	// size is the payload bytes. TCP derives them from sequence numbers and keeps
	// in size[0] what was acknowledged but not captured.
	size [2]uint64
	// App belongs to the floor above: the stream and analyzer, nil until needed.
	App    any
	tcp    *tcp
	mac    [2]netid.MAC
	deadTS event.Time // closed or attempted: ends then, whatever comes; 0 is none
	opener head       // the only packet of a TCP flow, until a second one comes
	vlan   uint16
	hist   uint8 // UDP and ICMP: bit 0 D, bit 1 d, bit 2 flipped, bit 3 d before D
	origHi bool  // the originator is key.Hi
	slot   uint32
	// Service is what conn's service field says: the protocols that the floor
	// above recognised, comma separated, those inside others behind them.
	Service string
}

// maxService bounds the names of protocols kept for one flow, bytes.
const maxService = 96

// Named adds a protocol to the flow's services, once.
func (f *Flow) Named(service string) {
	switch {
	case f.Service == "":
		f.Service = service
	case len(f.Service)+len(service) < maxService && !strings.Contains(","+f.Service+",", ","+service+","):
		f.Service += "," + service
	}
}

// Proto is the IP protocol number.
func (f *Flow) Proto() uint8 { return f.key.Proto }

// First is the time of the first packet.
func (f *Flow) First() event.Time { return f.first }

// Ends returns originator and responder.
func (f *Flow) Ends() (orig, resp netid.Endpoint) {
	if f.origHi {
		return f.key.Hi, f.key.Lo
	}
	return f.key.Lo, f.key.Hi
}

// Partial reports that the beginning of a TCP conversation was not captured.
func (f *Flow) Partial() bool {
	if f.tcp == nil {
		return f.opener.flags&(decode.SYN|decode.ACK) != decode.SYN
	}
	return f.tcp.partial
}

// Fin gives the position after the last byte of a direction of a TCP
// conversation, once its FIN was seen.
func (f *Flow) Fin(d int) (end uint64, ok bool) {
	if f.tcp == nil || !f.tcp.s[d].fin || f.tcp.s[d].finSeq == 0 {
		return 0, false
	}
	return f.tcp.s[d].finSeq - 1, true
}

// Identity makes the envelope of the flow's records. It allocates.
func (f *Flow) Identity() *event.Conn {
	o, r := f.Ends()
	return &event.Conn{
		UID: uid(&f.key, f.first), Orig: o, Resp: r, Proto: f.key.Proto,
		OrigMAC: f.mac[0], RespMAC: f.mac[1], VLAN: f.vlan,
	}
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// uid is Zeek's form of a connection id, but made of what it names: the same
// conversation has the same uid in every replay.
func uid(k *netid.Key, t event.Time) string {
	var b [18]byte
	b[0] = 'C'
	h := k.Hash()
	x := h ^ uint64(t)*0x9e3779b97f4a7c15
	x ^= x >> 29
	y := (h>>32 | h<<32) + uint64(t)
	y = (y ^ y>>31) * 0xbf58476d1ce4e5b9
	for i := 1; i < len(b); i++ {
		if i == 10 {
			x = y
		}
		b[i] = base62[x%62]
		x /= 62
	}
	return string(b[:])
}

// Record makes the conn record. The flow is not changed.
func (f *Flow) Record() *Record {
	t := f.machine()
	r := &Record{
		Service: f.Service, Duration: f.last.Sub(f.first), ConnState: "OTH",
		IPProto: uint64(f.key.Proto), VLAN: f.vlan,
		OrigPkts: f.pkts[0], OrigIPBytes: f.ip[0], RespPkts: f.pkts[1], RespIPBytes: f.ip[1],
	}
	o, p := f.Ends()
	r.LocalOrig, r.LocalResp = local(o.IP), local(p.IP)
	r.CommunityID = f.community(o, p)
	if !f.mac[0].IsZero() {
		r.OrigL2 = f.mac[0].String()
	}
	if !f.mac[1].IsZero() {
		r.RespL2 = f.mac[1].String()
	}
	size := f.size
	switch f.key.Proto {
	case protoTCP:
		r.Proto, r.ConnState, r.History = "tcp", t.connState(), string(t.hist[:t.histLen])
		r.MissedBytes = f.size[0]
		size = [2]uint64{t.s[0].size(&t.s[1]), t.s[1].size(&t.s[0])}
	case protoUDP:
		r.Proto, r.History = "udp", f.udpHistory()
		r.ConnState = [4]string{"OTH", "S0", "SHR", "SF"}[f.hist&3]
	case protoICMP, protoICMPv6:
		r.Proto, r.History = "icmp", f.flipMark()
	default:
		r.Proto, r.History = "unknown_transport", f.flipMark()
	}
	if r.Duration > 0 {
		r.OrigBytes, r.RespBytes = event.N(size[0]), event.N(size[1])
	}
	return r
}

// machine is the state of both TCP sides; a flow of one packet has none and gets
// it computed, because a storm of lone SYNs must stay cheap.
func (f *Flow) machine() *tcp {
	if f.tcp != nil || f.key.Proto != protoTCP {
		return f.tcp
	}
	t := &tcp{}
	if f.hist&histFlip != 0 {
		t.add('^')
		t.packet(1, f.opener)
	} else {
		t.packet(0, f.opener)
	}
	return t
}

// Bits of Flow.hist.
const (
	histOrig = 1 << iota
	histResp
	histFlip
	histRespFirst
)

func (f *Flow) flipMark() string {
	if f.hist&histFlip != 0 {
		return "^"
	}
	return ""
}

func (f *Flow) udpHistory() string {
	h := f.flipMark()
	switch f.hist & (histOrig | histResp | histRespFirst) {
	case histOrig:
		return h + "D"
	case histResp, histResp | histRespFirst:
		return h + "d"
	case histOrig | histResp:
		return h + "Dd"
	case histOrig | histResp | histRespFirst:
		return h + "dD"
	}
	return h
}

func (f *Flow) community(o, p netid.Endpoint) string {
	return netid.CommunityID(o, p, f.key.Proto)
}
