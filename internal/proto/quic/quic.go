// Package quic reads the Initial packets of QUIC (RFC 9000, RFC 9001, RFC 9369).
//
// The first packets of a QUIC connection are encrypted with keys that follow from
// a number they carry in clear (RFC 9001 5.2), so that anyone on the path can read
// them; they hold the two hellos of TLS. From these come the version, the
// connection ids, the server's name and the protocol asked for, with the names of
// Zeek's quic log; the hellos themselves go on, as records of TLS, to the protocol
// "ssl". Versions 1, 2 and the drafts from 23 on are read, over several packets and
// with CRYPTO frames in any order. The connection is counted as not inspectable.
//
// It refuses to go further: Handshake, 0-RTT and 1-RTT packets are told by their
// headers alone. It decrypts in a buffer of its own, tries at most maxTries packets
// and keeps at most maxCrypto bytes of a direction until the hello is complete. A
// packet that does not decrypt is data (history X), not an error.
package quic

import (
	"encoding/binary"
	"encoding/hex"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/tlshello"
)

// Spec declares QUIC.
var Spec = proto.Spec{
	Name: "quic", Doc: "QUIC: version, server name and protocol of the first packets; the rest is encrypted",
	Transports: proto.UDP, Ports: []uint16{443},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} },
	Records: []*event.Schema{Schema},
}

// Record is a QUIC connection, as Zeek's quic.log has it. ts is the time of the
// first packet.
type Record struct {
	Version     string `log:"version" doc:"version of QUIC"`
	InitialDCID string `log:"client_initial_dcid" doc:"first destination connection id, hexadecimal"`
	ClientSCID  string `log:"client_scid" doc:"connection id the client chose"`
	ServerSCID  string `log:"server_scid" doc:"connection id the server chose"`
	ServerName  string `log:"server_name" doc:"name the client asked for (SNI)"`
	Protocol    string `log:"client_protocol" doc:"first application protocol the client offered (ALPN)"`
	History     string `log:"history" doc:"I Initial, S hello, H Handshake, Z 0-RTT, R Retry, X not decrypted; the client's in capitals"`
}

// Schema declares the quic log.
var Schema = event.NewSchema[Record]("quic", "QUIC connections: what their first packets tell")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

const (
	maxID      = 20 // RFC 9000 17.2
	maxHistory = 100
	maxTries   = 64
)

// kind is the type of a long header.
type kind uint8

const (
	initial kind = iota
	zeroRTT
	handshakes
	retry
)

// header is a long header (RFC 9000 17.2).
type header struct {
	version    uint32
	kind       kind
	dcid, scid []byte
	pn         int // where the packet number begins
	end        int // of the packet
}

// fixed is the bit that is set in packets, but for those to a peer that does not
// need it (RFC 9000 17.2, RFC 9287).
const fixed = 0x40

// readHeader reads a long header; false if it is none of a version known here, or
// its lengths do not fit. The fixed bit may be clear.
func readHeader(b []byte) (h header, ok bool) {
	if len(b) < 7 || b[0]&0x80 == 0 {
		return h, false
	}
	h.version = binary.BigEndian.Uint32(b[1:])
	if saltOf(h.version) == nil {
		return h, false
	}
	h.kind = kind(b[0] >> 4 & 3)
	if h.version == version2 { // RFC 9369 3.2 turns the types by one
		h.kind = (h.kind + 3) & 3
	}
	at := 5
	for _, id := range []*[]byte{&h.dcid, &h.scid} {
		if at >= len(b) || b[at] > maxID || at+1+int(b[at]) > len(b) {
			return h, false
		}
		*id = b[at+1 : at+1+int(b[at])]
		at += 1 + len(*id)
	}
	if h.kind == retry {
		h.end = len(b)
		return h, len(b)-at >= 16
	}
	if h.kind == initial {
		n, k := varint(b[at:])
		if k == 0 || n > uint64(len(b)) || at+k+int(n) > len(b) {
			return h, false
		}
		at += k + int(n)
	}
	n, k := varint(b[at:])
	if k == 0 || n < 20 || n > uint64(len(b)) || at+k+int(n) > len(b) {
		return h, false
	}
	h.pn, h.end = at+k, at+k+int(n)
	return h, true
}

// varint reads a number of variable length (RFC 9000 16); k is 0 if it is cut.
func varint(b []byte) (v uint64, k int) {
	if len(b) == 0 {
		return 0, 0
	}
	k = 1 << (b[0] >> 6)
	if len(b) < k {
		return 0, 0
	}
	v = uint64(b[0] & 0x3f)
	for _, c := range b[1:k] {
		v = v<<8 | uint64(c)
	}
	return v, k
}

// probe wants an Initial packet at the start of a datagram. A client fills its
// datagrams to 1200 bytes and chooses an id of eight at least (RFC 9000 14.1, 7.2).
func probe(_ proto.Dir, b []byte) proto.Match {
	h, ok := readHeader(b)
	if !ok || b[0]&fixed == 0 || h.kind != initial || len(h.dcid) < 8 && len(h.scid) == 0 {
		return proto.No
	}
	return proto.Yes
}

type analyzer struct {
	f       proto.Flow
	rec     *Record
	ts      event.Time
	told    bool
	opaque  bool
	keys    *keys
	keysFor [maxID]byte // the connection id that the keys come from
	keysLen int
	retried bool // the client was told to begin anew
	tries   int
	crypto  [2]crypto
	data    [2]bool
	history []byte
}

// Packet implements proto.Datagram: one datagram with one or more packets.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	for whole := true; !a.told && len(b) > 0; whole = false {
		if b[0]&0x80 == 0 {
			if a.rec != nil && (whole || b[0]&fixed != 0) { // zeros behind a packet are padding
				a.short(d)
			}
			return nil
		}
		h, ok := readHeader(b)
		if !ok {
			return nil // padding, another version, or cut
		}
		a.long(d, &h, b[:h.end])
		b = b[h.end:]
	}
	return nil
}

// short counts a packet with a short header: data.
func (a *analyzer) short(d proto.Dir) {
	a.data[d] = true
	a.blind()
	if a.data[0] && a.data[1] {
		a.finish()
	}
}

func (a *analyzer) blind() {
	if !a.opaque {
		a.opaque = true
		a.f.Blind("quic")
	}
}

func (a *analyzer) letter(d proto.Dir, c byte) {
	if d == proto.Resp {
		c += 'a' - 'A'
	}
	if len(a.history) < maxHistory {
		a.history = append(a.history, c)
	}
}

// long takes a packet with a long header.
func (a *analyzer) long(d proto.Dir, h *header, b []byte) {
	if a.rec == nil {
		a.rec, a.ts = &Record{Version: versionName(h.version)}, a.f.Now()
	}
	r := a.rec
	if d == proto.Orig && h.kind == initial {
		if r.InitialDCID == "" {
			r.InitialDCID = hex.EncodeToString(h.dcid)
		}
		r.ClientSCID = hex.EncodeToString(h.scid)
	}
	if d == proto.Resp && r.ServerSCID == "" && h.kind != retry {
		r.ServerSCID = hex.EncodeToString(h.scid)
	}
	switch h.kind {
	case initial:
		a.letter(d, 'I')
		a.initial(d, h, b)
	case zeroRTT:
		a.letter(d, 'Z')
	case handshakes:
		a.letter(d, 'H')
		a.blind()
	case retry:
		a.letter(d, 'R')
		a.retried = true // the client begins anew, with the id it was told
	}
}

// initial decrypts an Initial packet. The keys follow from the id that the client
// sent first, or after a Retry from the one it was told to use. A client obeys one
// Retry only (RFC 9000 17.2.5.2), so the keys go when a packet of its proves others.
func (a *analyzer) initial(d proto.Dir, h *header, b []byte) {
	if a.tries++; a.tries > maxTries || a.crypto[d].done && !a.retried {
		return
	}
	plain, ok := []byte(nil), false
	if a.keys != nil {
		plain, ok = a.keys.open(d, h, b)
	}
	if fresh := string(a.keysFor[:a.keysLen]) != string(h.dcid); !ok && d == proto.Orig && (a.keys == nil || fresh) {
		k := newKeys(h.version, h.dcid)
		if plain, ok = k.open(d, h, b); ok || a.keys == nil {
			a.keys, a.keysLen, a.retried = k, copy(a.keysFor[:], h.dcid), false
			a.begin()
		}
	}
	if !ok {
		a.letter(d, 'X')
		return
	}
	a.frames(d, plain)
}

// begin lets go what came in packets of other keys, but for what was handed on.
func (a *analyzer) begin() {
	for d := range a.crypto {
		if !a.crypto[d].done {
			a.crypto[d] = crypto{}
		}
	}
}

// Types of frames that an Initial packet may hold (RFC 9000 12.4).
const (
	framePadding = 0
	framePing    = 1
	frameAck     = 2
	frameAckECN  = 3
	frameCrypto  = 6
)

// frames walks the frames of a packet.
func (a *analyzer) frames(d proto.Dir, b []byte) {
	for len(b) > 0 {
		typ := b[0]
		b = b[1:]
		switch typ {
		case framePadding, framePing:
		case frameAck, frameAckECN:
			if b = skipAck(b, typ == frameAckECN); b == nil {
				return
			}
		case frameCrypto:
			off, k := varint(b)
			n, m := varint(b[k:])
			if k == 0 || m == 0 || n > uint64(len(b)-k-m) || off > maxCrypto {
				a.f.Weird("bad_crypto_frame", 0)
				return
			}
			b = b[k+m:]
			a.piece(d, int(off), b[:n])
			b = b[n:]
		default:
			return // CONNECTION_CLOSE, or what must not be here
		}
	}
}

// skipAck passes over an ACK frame without its type (RFC 9000 19.3); nil if cut.
func skipAck(b []byte, ecn bool) []byte {
	var count uint64
	for i := 0; i < 4; i++ {
		v, k := varint(b)
		if k == 0 {
			return nil
		}
		if i == 2 {
			count = v
		}
		b = b[k:]
	}
	if count > 256 {
		return nil
	}
	more := 2 * count
	if ecn {
		more += 3
	}
	for range more {
		_, k := varint(b)
		if k == 0 {
			return nil
		}
		b = b[k:]
	}
	return b
}

// piece adds a CRYPTO frame; a complete hello goes on.
func (a *analyzer) piece(d proto.Dir, off int, p []byte) {
	c := &a.crypto[d]
	if c.done || !c.add(off, p) {
		return
	}
	hello := c.hello()
	if hello == nil {
		return
	}
	c.done = true
	a.letter(d, 'S')
	if d == proto.Orig && hello[0] == 1 {
		if h, ok := tlshello.ParseClient(hello[4:], false); ok {
			a.rec.ServerName = h.ServerName
			if len(h.ALPN) > 0 {
				a.rec.Protocol = h.ALPN[0]
			}
		}
	}
	a.hand(d, hello)
	c.buf, c.have = nil, nil
}

// hand gives a hello on in records of TLS (RFC 8446 5.1).
func (a *analyzer) hand(d proto.Dir, b []byte) {
	const most = 1 << 14
	for len(b) > 0 {
		n := min(len(b), most)
		rec := make([]byte, 5, 5+n)
		rec[0], rec[1], rec[2] = 22, 3, 3
		binary.BigEndian.PutUint16(rec[3:], uint16(n))
		a.f.Hand(d, append(rec, b[:n]...), "ssl")
		b = b[n:]
	}
}

// Close implements proto.Datagram.
func (a *analyzer) Close() { a.finish() }

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	return 512 + cap(a.crypto[0].buf) + cap(a.crypto[1].buf)
}

// Yield implements proto.Holder: hellos that are not complete are given up.
func (a *analyzer) Yield() { a.crypto[0].buf, a.crypto[1].buf = nil, nil }

// finish tells what was learned, once.
func (a *analyzer) finish() {
	r := a.rec
	if r == nil || a.told {
		return
	}
	a.told = true
	r.History = string(a.history)
	a.f.Emit(a.ts, r)
	a.rec, a.keys, a.history = nil, nil, nil
	a.crypto = [2]crypto{}
}
