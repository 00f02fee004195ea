package tls

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

const (
	dtlsHead  = 13 // of a record (RFC 6347 4.1)
	dtlsMsg   = 12 // of a handshake fragment (RFC 6347 4.2.2)
	cidRecord = 25 // RFC 9146
)

// probeDTLS wants a datagram that begins with a hello of DTLS in the first epoch.
func probeDTLS(b []byte) proto.Match {
	if len(b) < dtlsHead+dtlsMsg {
		return proto.No
	}
	n := int(binary.BigEndian.Uint16(b[11:]))
	h := b[dtlsHead:]
	typ, total := h[0], int(h[1])<<16|int(h[2])<<8|int(h[3])
	from, size := int(h[6])<<16|int(h[7])<<8|int(h[8]), int(h[9])<<16|int(h[10])<<8|int(h[11])
	switch {
	case b[2] < 0xfc, b[3] != 0 || b[4] != 0, n < dtlsMsg || n > maxRecord || n > len(b)-dtlsHead,
		typ != clientHello && typ != serverHello && typ != helloVerify, total > maxHello, from+size > total, size > n-dtlsMsg:
		return proto.No
	}
	return proto.Yes
}

// fragments are the messages of one direction that are not complete. Pieces that
// do not continue what is there wait for their repetition.
type fragments struct {
	list []fragment
}

type fragment struct {
	seq  uint16
	typ  byte
	n    int
	body []byte
}

// maxFragments is how many messages are put together at a time.
const maxFragments = 4

func (f *fragments) size() (n int) {
	for i := range f.list {
		n += cap(f.list[i].body)
	}
	return n
}

// add puts a piece to its message, and gives the message when it is complete.
func (f *fragments) add(typ byte, seq uint16, total, from int, piece []byte) (body []byte, ok bool) {
	if from == 0 && len(piece) == total {
		return piece[:min(len(piece), wanted(typ, total))], true
	}
	if total > maxHello {
		return nil, false
	}
	at := -1
	for i := range f.list {
		if f.list[i].seq == seq && f.list[i].typ == typ && f.list[i].n == total {
			at = i
		}
	}
	if at < 0 {
		if len(f.list) >= maxFragments {
			f.list = f.list[1:]
		}
		f.list = append(f.list, fragment{seq: seq, typ: typ, n: total})
		at = len(f.list) - 1
	}
	g := &f.list[at]
	if from > len(g.body) || from+len(piece) <= len(g.body) {
		return nil, false
	}
	g.body = append(g.body, piece[len(g.body)-from:]...)
	if len(g.body) < total {
		return nil, false
	}
	body = g.body[:wanted(typ, total)]
	f.list = append(f.list[:at:at], f.list[at+1:]...)
	return body, true
}

// Packet implements proto.Datagram: one datagram of DTLS, with one or more records.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	a.shape.dtls, a.shape.dull = true, true
	for at := 0; at < len(b); {
		h := b[at:]
		if h[0]&0xe0 == 0x20 || h[0] == cidRecord { // RFC 9147 4: a short header; what is behind it is encrypted
			if a.begun() {
				a.appRecord(d, len(h))
			}
			return nil
		}
		if len(h) < dtlsHead || h[0] < changeCipher || h[0] > heartbeat || h[1] != 0xfe {
			return &proto.Error{Code: "bad_record", Offset: at}
		}
		n := int(binary.BigEndian.Uint16(h[11:]))
		if n > len(h)-dtlsHead {
			return &proto.Error{Code: "bad_record_length", Offset: at + 11}
		}
		if h[3] != 0 || h[4] != 0 {
			a.cipher[d] = true // an epoch after the first
		}
		body := h[dtlsHead : dtlsHead+n]
		at += dtlsHead + n
		switch {
		case a.record(d, h[0], n):
		case h[0] != handshake:
			a.shortRecord(d, h[0], n, body[:min(n, 4)])
		default:
			a.pieces(d, body)
		}
	}
	return nil
}

// pieces reads the handshake fragments of one record.
func (a *analyzer) pieces(d proto.Dir, b []byte) {
	for len(b) >= dtlsMsg {
		total := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		from, size := int(b[6])<<16|int(b[7])<<8|int(b[8]), int(b[9])<<16|int(b[10])<<8|int(b[11])
		if size > len(b)-dtlsMsg || from+size > total {
			a.f.Weird("bad_fragment", 0)
			return
		}
		a.start() // a conversation begins with the first piece
		body, ok := a.dtls[d].add(b[0], binary.BigEndian.Uint16(b[4:]), total, from, b[dtlsMsg:dtlsMsg+size])
		if ok {
			a.message(d, b[0], total, body)
		}
		b = b[dtlsMsg+size:]
	}
}

// Close implements proto.Datagram.
func (a *analyzer) Close() {
	a.End(proto.Orig)
	a.End(proto.Resp)
}
