package share

import (
	"maps"
	"slices"
	"unsafe"

	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Conn is what one conversation knows of what is open.
type Conn struct {
	Flow   proto.Flow
	Client proto.Dir // who asks

	sh     *Shared
	names  Names
	cmds   bool // every command is to be told
	over   bool
	wait   requests
	data   [2]transfer
	realms map[uint64]*Realm // sessions of SMB2 that were used here, by id
	own    *Realm            // of SMB1
	holds  map[*File]uint64  // whose content goes through this conversation, by when that began
	kept   uint64            // files so far
	recent *[128]recent
}

// Names names a command and what it does in particular, for smb_cmd; the command is
// empty if it is not to be told. sub is Request.Sub.
type Names func(smb1 bool, cmd uint16, sub uint32) (command, subCommand string)

// NewConn makes the state of a conversation; that of the shard comes from f. names
// names commands for smb_cmd.
func NewConn(f proto.Flow, names Names) *Conn {
	a := &Conn{Flow: f, names: names}
	if s, ok := f.Shared().(*Shared); ok {
		a.sh = s
	} else {
		a.sh = NewShared()
	}
	if k, ok := f.(proto.Asker); ok {
		a.cmds = k.Asked(CmdSchema.Name)
	}
	return a
}

// Told says whether every command is told, so that its details are worth reading.
func (a *Conn) Told() bool { return a.cmds }

// Ask makes room for a request that began now. Request and answer have the key in
// common. The pointer is valid until the next call.
func (a *Conn) Ask(key uint64) *Request {
	q, lost, gaveUp := a.wait.add(key)
	if gaveUp {
		a.Unanswered(&lost)
	}
	q.TS = a.Flow.Now()
	return q
}

// Peek is the request that waits under a key, nil if there is none. The pointer is
// valid until the next call of Ask.
func (a *Conn) Peek(key uint64) *Request { return a.wait.peek(key) }

// Take removes and returns the request that waits under a key.
func (a *Conn) Take(key uint64) (Request, bool) { return a.wait.take(key) }

// Session is the realm of an SMB2 session, nil if the id is 0. The client's port is
// none of its name, for a session may have several conversations.
func (a *Conn) Session(id uint64) *Realm {
	if id == 0 {
		return nil
	}
	r := a.realms[id]
	if r == nil || r.gone {
		c := a.Flow.Conn()
		key := SessionID{Client: c.Orig.IP, Server: c.Resp, ID: id}
		if a.Client == proto.Resp {
			key.Client, key.Server = c.Resp.IP, c.Orig
		}
		r = a.sh.realm(a, key)
		if r.conns = append(r.conns, a); len(a.realms) >= maxRealms {
			a.leaveAll()
		}
		if a.realms == nil {
			a.realms = map[uint64]*Realm{}
		}
		a.realms[id] = r
	}
	a.sh.sessions.touch(r)
	return r
}

// Own is the realm of a conversation of SMB1.
func (a *Conn) Own() *Realm {
	if a.own == nil || a.own.gone {
		ends := a.Flow.Conn()
		key := SessionID{Client: ends.Orig.IP, Server: netid.Endpoint{IP: ends.Resp.IP, Port: ends.Resp.Port}}
		a.own = &Realm{sh: a.sh, id: key, conns: []*Conn{a}}
	}
	return a.own
}

// Drop ends a session with all that is open.
func (a *Conn) Drop(r *Realm) { a.sh.drop(r) }

// Renew forgets the session that had the id before.
func (a *Conn) Renew(id uint64) {
	if r := a.Session(id); r != nil && len(r.files)+len(r.Trees)+len(r.User) > 0 {
		a.sh.drop(r)
	}
}

// Granted enters the account of a session of SMB2. An empty one tells nothing: a
// conversation that joins the session may not show it.
func (a *Conn) Granted(id uint64, user string) {
	if r := a.Session(id); r != nil && user != "" {
		r.User = user
	}
}

// Give ends the waiting for answers that did not come.
func (a *Conn) Give() {
	for q, ok := a.wait.takeOldest(); ok; q, ok = a.wait.takeOldest() {
		a.Unanswered(&q)
	}
	a.wait, a.recent = requests{}, nil
}

// Held estimates the memory of the conversation, bytes.
func (a *Conn) Held() int {
	n := int(unsafe.Sizeof(*a)) + cap(a.wait.slots)*int(unsafe.Sizeof(Request{})+32) + len(a.realms)*int(unsafe.Sizeof(Realm{})+64) + len(a.holds)*24
	if a.recent != nil {
		n += int(unsafe.Sizeof(*a.recent))
	}
	return n
}

// End lets go what goes through this conversation: sessions that no other one uses
// end. No other call may follow.
func (a *Conn) End() {
	if a.over {
		return
	}
	a.Give()
	a.letAll()
	a.leaveAll()
	if a.own != nil {
		a.sh.drop(a.own)
	}
	a.over = true
}

// leaveAll leaves all sessions.
func (a *Conn) leaveAll() {
	for _, id := range slices.Sorted(maps.Keys(a.realms)) {
		r := a.realms[id]
		if r.gone {
			continue
		}
		if len(r.conns) == 1 && r.conns[0] == a {
			a.sh.drop(r)
		}
		r.conns = slices.DeleteFunc(r.conns, func(c *Conn) bool { return c == a })
	}
	a.realms = nil
}
