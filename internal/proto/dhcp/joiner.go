package dhcp

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Time-outs of a conversation (Zeek's DHCP::max_txid_watch_time and the expiry of
// its table). There is a look at all conversations every ten seconds of packet
// time, as nearly as the calls of Advance allow. One that is minAge old is over
// if its last message is older than idle or its first older than maxWatch, and is
// left alone for recheck if not.
const (
	step     = event.Time(10e9)
	minAge   = event.Time(10e9)
	recheck  = event.Time(5e9)
	idle     = event.Interval(5e9)
	maxWatch = event.Interval(30e9)
)

// key names a conversation. The hardware address is part of it because some
// devices use the same transaction id all their life; a lease query and its
// answer differ in it, so it is zero for those (RFC 4388).
type key struct {
	id       uint32
	hardware [16]byte
	duid     string // DHCPv6
}

// conversation is open until it times out or is full. Exactly one of v4 and v6
// is set.
type conversation struct {
	key         key
	first, last event.Time
	check       event.Time // not looked at before
	index       uint64     // packet of the last message
	chaddr      string
	closed      bool
	v4          *Record
	v6          *Record6
}

// joiner implements proto.Joiner.
type joiner struct {
	emit  func(event.Record)
	limit int
	open  map[key]*conversation
	// order holds the open conversations, oldest first, and closed ones until
	// the next look.
	order []*conversation
	next  event.Time // of the next look
}

var _ proto.Joiner = (*joiner)(nil)

func newJoiner(emit func(event.Record), limit int) *joiner {
	return &joiner{emit: emit, limit: limit, open: make(map[key]*conversation)}
}

// Take implements proto.Joiner.
func (j *joiner) Take(r event.Record) bool {
	switch m := r.Body.(type) {
	case *Message:
		j.Advance(r.TS)
		j.message(&r, m)
	case *Message6:
		j.Advance(r.TS)
		j.message6(&r, m)
	default:
		return true
	}
	return false
}

// Advance implements proto.Joiner: it writes the conversations that are over,
// the oldest first. With the time of every packet it does as Zeek does; with
// fewer calls a conversation may be kept together that Zeek cuts in two.
func (j *joiner) Advance(now event.Time) {
	if now < j.next && j.next-now <= step { // further off only after time went back
		return
	}
	j.next = now + step
	kept := j.order[:0]
	for _, c := range j.order {
		if !c.closed && c.check < now {
			if now.Sub(c.last) > idle || now.Sub(c.first) > maxWatch {
				j.close(c)
			}
			c.check = now + recheck
		}
		if !c.closed {
			kept = append(kept, c)
		}
	}
	clear(j.order[len(kept):])
	j.order = kept
}

// Flush implements proto.Joiner.
func (j *joiner) Flush() {
	for _, c := range j.order {
		if !c.closed {
			j.close(c)
		}
	}
	clear(j.order)
	j.order = j.order[:0]
}

// close writes a conversation.
func (j *joiner) close(c *conversation) {
	c.closed = true
	delete(j.open, c.key)
	out := event.Record{TS: c.first, Index: c.index}
	if c.v4 != nil {
		if c.v4.MAC == "" {
			c.v4.MAC = c.chaddr
		}
		c.v4.HardwareAddr = parseMAC(c.v4.MAC)
		out.Body = c.v4
	} else {
		out.Body = c.v6
	}
	j.emit(out)
}

// find returns the conversation of a message, and makes it if there is none.
func (j *joiner) find(k key, r *event.Record) *conversation {
	c := j.open[k]
	if c == nil {
		c = &conversation{key: k, first: r.TS, check: r.TS + minAge}
		j.makeRoom()
		j.open[k] = c
		j.order = append(j.order, c)
	}
	c.last, c.index = r.TS, r.Index
	return c
}

// makeRoom writes the oldest conversation when there are too many, and forgets
// closed ones when they are most of the list.
func (j *joiner) makeRoom() {
	if len(j.open) >= j.limit {
		for _, c := range j.order {
			if !c.closed {
				j.close(c)
				break
			}
		}
	}
	if len(j.order) >= 2*j.limit {
		j.order = slices.DeleteFunc(j.order, func(c *conversation) bool { return c.closed })
	}
}

// message adds one DHCPv4 message to its conversation.
func (j *joiner) message(r *event.Record, m *Message) {
	k := key{id: m.Transaction, hardware: m.hardware}
	if m.Type >= 10 && m.Type <= 17 {
		k.hardware = [16]byte{}
	}
	c := j.find(k, r)
	if c.v4 == nil {
		c.v4 = &Record{}
	}
	v, b := c.v4, &m.body
	v.Duration = r.TS.Sub(c.first)
	v.UIDs = addUID(v.UIDs, r.Conn)
	v.MsgTypes = append(v.MsgTypes, typeText(m.Type))
	set(&v.RelayAddr, b.RelayAddr)
	set(&v.CircuitID, b.CircuitID)
	set(&v.RemoteID, b.RemoteID)
	set(&v.ServerID, b.ServerID)
	if m.FromClient {
		c.fromClient(m)
	} else {
		c.fromServer(m)
	}
	if len(v.UIDs) >= maxUIDs || len(v.MsgTypes) >= maxTypes {
		j.close(c)
	}
}

// set overwrites an old value with one that is not empty.
func set[T comparable](old *T, v T) {
	var none T
	if v != none {
		*old = v
	}
}

func addUID(uids []string, c *event.Conn) []string {
	if c == nil || slices.Contains(uids, c.UID) {
		return uids
	}
	return append(uids, c.UID)
}

func (c *conversation) fromClient(m *Message) {
	v, b := c.v4, &m.body
	set(&v.ClientMessage, m.message)
	if m.Source != zero4 && m.Source != broadcast4 {
		v.ClientAddr = m.Source
	}
	set(&v.HostName, b.HostName)
	set(&v.ClientFQDN, b.ClientFQDN)
	set(&v.FQDNFlags, b.FQDNFlags)
	set(&v.RequestedAddr, b.RequestedAddr)
	set(&v.VendorClass, b.VendorClass)
	set(&v.ParamList, b.ParamList)
	set(&v.ClientID, b.ClientID)
	set(&v.UserClass, b.UserClass)
	set(&v.MaxSize, b.MaxSize)
	set(&v.ClientArch, b.ClientArch)
	set(&v.ClientUUID, b.ClientUUID)
	if m.clientMAC != "" {
		v.MAC = m.clientMAC
	} else {
		c.chaddr = hardware(m.hardware[:])
	}
}

func (c *conversation) fromServer(m *Message) {
	v, b := c.v4, &m.body
	set(&v.ServerMessage, m.message)
	if v.MAC == "" {
		v.MAC = hardware(m.hardware[:])
	}
	if b.AssignedAddr != (netid.IP{}) {
		v.ServerAddr, v.AssignedAddr = m.Source, b.AssignedAddr
	}
	if v.ClientAddr == (netid.IP{}) {
		v.ClientAddr = v.AssignedAddr
	}
	set(&v.Domain, b.Domain)
	if m.hasLease {
		v.LeaseTime = b.LeaseTime
	}
}

var broadcast4 = netid.IPv4(255, 255, 255, 255)

// parseMAC is the inverse of MAC.String; zero for anything else.
func parseMAC(s string) (m netid.MAC) {
	if len(s) != 17 {
		return netid.MAC{}
	}
	for i := range m {
		m[i] = nibble(s[3*i])<<4 | nibble(s[3*i+1])
	}
	return m
}

func nibble(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}
