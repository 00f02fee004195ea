package arp

import (
	"slices"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Bounds of the joiner's tables; the least recently seen leaves first.
const (
	maxBindings = 1 << 15
	maxOwners   = 1 << 15
	// maxChanges is how often one binding reports that it took an address from
	// another card; further changes are only counted.
	maxChanges = 8
)

// Record is a line of the arp log.
type Record struct {
	State     string         `log:"state" doc:"new (first seen), changed (the address passed to another card), or summary (repeats of a binding, at the end or when the table is full)"`
	Operation string         `log:"operation" doc:"request, reply, announcement (RFC 5227), gratuitous_reply, probe, rarp_request, rarp_reply, inarp_request, inarp_reply, or op-N"`
	SenderMAC netid.MAC      `log:"sender_mac" doc:"Sender hardware address in the packet"`
	SenderIP  netid.IP       `log:"sender_ip" doc:"Sender protocol address; absent in a probe"`
	TargetMAC netid.MAC      `log:"target_mac" doc:"Target hardware address in the packet, absent if zero"`
	TargetIP  netid.IP       `log:"target_ip" doc:"Target protocol address; absent if 0.0.0.0"`
	FrameMAC  netid.MAC      `log:"frame_mac" doc:"Source address of the frame, if it is not the sender's: someone else speaks for it"`
	Conflict  netid.MAC      `log:"conflict" doc:"The card that held the sender's address before"`
	Changes   uint64         `log:"changes" doc:"How often this binding took the address from another card"`
	Count     uint64         `log:"count,always" doc:"Packets of this binding so far"`
	Last      event.Time     `log:"last_seen" doc:"Time of the last of them"`
	Duration  event.Interval `log:"duration" doc:"From the first to the last of them"`
}

// Schema of the arp log.
var Schema = event.NewFreeSchema[Record]("arp", "Who claims which address on the local link")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// key is what makes two packets the same binding.
type key struct {
	op                 uint16
	senderMAC          netid.MAC
	senderIP, targetIP netid.IP
	frameMAC           netid.MAC
}

// binding is an entry of the table.
type binding struct {
	seq         uint64 // order of first sight
	index       uint64 // packet that was last
	targetMAC   netid.MAC
	first, last event.Time
	count       uint64
	told        uint64 // count when it was last written
	changes     uint64
	conflict    netid.MAC
}

// joiner implements proto.Joiner.
type joiner struct {
	emit     func(event.Record)
	bindings *table[key, binding]
	owners   *table[netid.IP, netid.MAC]
	seq      uint64
}

func newJoiner(emit func(event.Record), bindings, owners int) *joiner {
	return &joiner{emit: emit, bindings: newTable[key, binding](bindings), owners: newTable[netid.IP, netid.MAC](owners)}
}

// Take implements proto.Joiner.
func (j *joiner) Take(r event.Record) bool {
	p, isPacket := r.Body.(*Packet)
	if !isPacket {
		return true
	}
	k := key{op: p.Operation, senderMAC: p.SenderMAC, senderIP: p.SenderIP, targetIP: p.TargetIP, frameMAC: p.FrameMAC}
	previous := j.claim(p)
	b, isNew, old, evicted := j.bindings.put(k)
	if evicted {
		j.summary(old.key, &old.value)
	}
	if isNew {
		*b = binding{seq: j.seq, first: r.TS}
		j.seq++
	}
	b.last, b.index, b.targetMAC = r.TS, r.Index, p.TargetMAC
	b.count++
	state := ""
	if isNew {
		state = "new"
	}
	if !previous.IsZero() {
		b.changes++
		b.conflict = previous
		if b.changes <= maxChanges {
			state = "changed"
		}
	}
	if state != "" {
		j.write(k, b, state, r.TS)
	}
	return false
}

// claim notes who holds the sender's address, and returns the card that held it
// if that is another.
func (j *joiner) claim(p *Packet) (previous netid.MAC) {
	if p.SenderIP == unspecified || !p.SenderIP.IsUnicast() || p.SenderMAC.IsZero() || p.SenderMAC.IsGroup() {
		return netid.MAC{}
	}
	switch p.Operation {
	case opRequest, opReply, opInRequest, opInReply:
	default:
		return netid.MAC{}
	}
	owner, isNew, _, _ := j.owners.put(p.SenderIP)
	if !isNew && *owner != p.SenderMAC {
		previous = *owner
	}
	*owner = p.SenderMAC
	return previous
}

// summary writes a binding that was repeated since it was last written.
func (j *joiner) summary(k key, b *binding) {
	if b.count > b.told {
		j.write(k, b, "summary", b.first)
	}
}

func (j *joiner) write(k key, b *binding, state string, ts event.Time) {
	r := &Record{State: state, Operation: operation(k), SenderMAC: k.senderMAC, TargetMAC: b.targetMAC,
		Changes: b.changes, Count: b.count}
	if k.senderIP != unspecified {
		r.SenderIP = k.senderIP
	}
	if k.targetIP != unspecified {
		r.TargetIP = k.targetIP
	}
	if k.frameMAC != k.senderMAC {
		r.FrameMAC = k.frameMAC
	}
	if state != "new" {
		r.Conflict = b.conflict
	}
	if state == "summary" {
		r.Last, r.Duration = b.last, b.last.Sub(b.first)
	}
	b.told = b.count
	j.emit(event.Record{TS: ts, Index: b.index, Body: r})
}

// operation names what a packet does.
func operation(k key) string {
	same := k.senderIP == k.targetIP
	switch k.op {
	case opRequest:
		switch {
		case k.senderIP == unspecified:
			return "probe"
		case same:
			return "announcement"
		}
		return "request"
	case opReply:
		if same {
			return "gratuitous_reply"
		}
		return "reply"
	case opRARPRequest:
		return "rarp_request"
	case opRARPReply:
		return "rarp_reply"
	case opInRequest:
		return "inarp_request"
	case opInReply:
		return "inarp_reply"
	}
	return "op-" + strconv.Itoa(int(k.op))
}

// Advance implements proto.Joiner; nothing waits for time.
func (j *joiner) Advance(event.Time) {}

// Flush implements proto.Joiner: repeated bindings are written in the order in
// which they were first seen.
func (j *joiner) Flush() {
	all := j.bindings.drain()
	slices.SortFunc(all, func(a, b entry[key, binding]) int {
		if a.value.seq < b.value.seq {
			return -1
		}
		return 1
	})
	for i := range all {
		j.summary(all[i].key, &all[i].value)
	}
}
