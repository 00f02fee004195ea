package smb

import (
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// VeilRecord is what shows of a conversation inside encryption, where commands, shares
// and names do not: how much goes which way, and when. A client sends large messages to
// write, of all commands; a server sends them for reading and for long listings alike.
// Sizes are those of the messages inside, with their headers (64 bytes and some more).
type VeilRecord struct {
	Action   string         `log:"action,always" doc:"begin: the first encrypted message; sent, fetched: large messages of the client, or of the server, one behind the other; end: the whole conversation"`
	IsOrig   bool           `log:"is_orig,always" doc:"True if the originator of the connection is the client; if the beginning was not seen, it is taken for it"`
	User     string         `log:"user" doc:"Account of the session, where its set-up was seen" class:"person"`
	Duration event.Interval `log:"duration" doc:"From the first to the last message, seconds"`
	Messages uint64         `log:"messages" doc:"sent, fetched: messages of the run"`
	Bytes    uint64         `log:"bytes" doc:"sent, fetched: their bytes; what is left of a file may have come in a small one, which is not counted"`
	Largest  uint64         `log:"largest" doc:"sent, fetched: bytes of the largest message"`
	Up       event.Count    `log:"client_messages" doc:"end: messages of the client"`
	UpBytes  event.Count    `log:"client_bytes" doc:"end: their bytes"`
	Down     event.Count    `log:"server_messages" doc:"end: messages of the server"`
	DnBytes  event.Count    `log:"server_bytes" doc:"end: their bytes"`
}

// VeilSchema is the declaration of smb_encrypted.
var VeilSchema = event.NewSchema[VeilRecord]("smb_encrypted", "File sharing inside the encryption of SMB3: amounts and times, for nothing else shows")

// Schema implements event.Payload.
func (*VeilRecord) Schema() *event.Schema { return VeilSchema }

const (
	transform = 52      // bytes of the header around what is encrypted (MS-SMB2 2.2.41)
	bigLen    = 4 << 10 // from which on a message is large: no path and no question is so long
	runLen    = 8 << 10 // least bytes of a run that is told
	// runPause ends a run: a client that writes a file waits for nobody but the server.
	runPause = event.Interval(5e9)
)

// veil counts what is encrypted.
type veil struct {
	first, last event.Time
	count       [2]struct{ messages, bytes uint64 }
	session     uint64
	run         run
}

// run is large messages of one direction, between which the other side may send small ones.
type run struct {
	d                        proto.Dir
	first, last              event.Time
	messages, bytes, largest uint64
}

// client is the direction of who asks, as far as it is known.
func (a *analyzer) client() proto.Dir {
	if a.rec.IsOrig {
		return proto.Orig
	}
	return proto.Resp
}

// veiled takes an encrypted message of n bytes, of which the header is there.
func (a *analyzer) veiled(d proto.Dir, h []byte, n int) {
	v, now := &a.veil, a.f.Now()
	session := binary.LittleEndian.Uint64(h[44:])
	if v.first == 0 {
		v.first, v.session = now, session
		a.tellVeil(now, VeilRecord{Action: "begin"})
	}
	v.last = now
	size := uint64(n - transform)
	c := &v.count[d]
	c.messages++
	c.bytes += size
	r := &v.run
	big := size >= bigLen
	if r.messages > 0 && (now.Sub(r.last) > runPause || session != v.session || big != (d == r.d)) {
		a.runEnds()
	}
	v.session = session
	if big {
		if r.messages == 0 {
			*r = run{d: d, first: now}
		}
		r.last = now
		r.messages++
		r.bytes += size
		r.largest = max(r.largest, size)
	}
}

// runEnds tells a run that was long enough.
func (a *analyzer) runEnds() {
	r := &a.veil.run
	if r.bytes >= runLen {
		action := "sent"
		if r.d != a.client() {
			action = "fetched"
		}
		a.tellVeil(r.first, VeilRecord{Action: action, Duration: r.last.Sub(r.first), Messages: r.messages, Bytes: r.bytes, Largest: r.largest})
	}
	*r = run{}
}

// veilEnds tells the whole of it.
func (a *analyzer) veilEnds() {
	v := &a.veil
	if v.first == 0 {
		return
	}
	a.runEnds()
	up := a.client()
	u, w := v.count[up], v.count[up.Other()]
	a.tellVeil(v.first, VeilRecord{Action: "end", Duration: v.last.Sub(v.first), Up: event.N(u.messages), UpBytes: event.N(u.bytes), Down: event.N(w.messages), DnBytes: event.N(w.bytes)})
}

// tellVeil gives a record out, with what is known of the session.
func (a *analyzer) tellVeil(at event.Time, r VeilRecord) {
	r.IsOrig = a.rec.IsOrig
	if s := a.o.Session(a.veil.session); s != nil {
		r.User = s.User
	}
	a.f.Emit(at, &r)
}
