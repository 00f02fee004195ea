package share

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
)

// Bounds of what is open. Those of a shard hold for all its conversations together;
// what was quiet longest is told as far as it came, and counted as shed.
const (
	maxRealms = 512  // of a shard
	maxOpen   = 2048 // files of a shard
	maxTrees  = 256  // of a realm
)

// Realm is what an SMB2 session, or a conversation of SMB1, has open. Several
// conversations of two hosts may share a session (MS-SMB2 3.2.4.1.7).
type Realm struct {
	Trees map[uint32]*Tree
	User  string // account of a session of SMB2, where it is known
	sh    *Shared
	id    SessionID // zero for SMB1, which is not shared
	files map[FileID]*File
	conns []*Conn
	gone  bool // it was shed or replaced: whoever finds it asks again
	order links[Realm]
}

func (r *Realm) at() *links[Realm] { return &r.order }

// SessionID names a session of SMB2 among those of a shard.
type SessionID struct {
	Client netid.IP
	Server netid.Endpoint
	ID     uint64
}

// Kind is that of a share (MS-SMB2 2.2.10).
type Kind uint8

// Kinds of shares.
const (
	Unknown Kind = iota
	Disk
	Pipe
	Print
)

// String is Zeek's word, empty for Unknown.
func (k Kind) String() string {
	switch k {
	case Disk:
		return "DISK"
	case Pipe:
		return "PIPE"
	case Print:
		return "PRINT"
	}
	return ""
}

// Tree is a share that a client has mapped.
type Tree struct {
	Path    string // fit for a record
	Service string // kind as SMB1 names it
	Kind    Kind
}

// FileID is a handle: of SMB2 both halves, of SMB1 the FID in the second.
type FileID struct{ Persistent, Volatile uint64 }

// Moved is what a handle brought in one direction.
type Moved struct {
	Bytes   uint64     // as confirmed
	first   event.Time // of the requests
	open    uint64     // asked for, and no answer was seen
	refused uint64     // asked for and refused
	status  string     // of the first refusal
}

// File is a handle that is open, or a name that a command without a handle has.
type File struct {
	Realm   *Realm
	Tree    *Tree      // nil if it is not known
	TS      event.Time // when it was asked for
	Name    string     // fit for a record; empty if it was opened before the capture
	User    string     // account, where it is known
	Size    int64      // bytes, -1 if not known
	Times   [4]event.Time
	Options uint32   // as it was opened
	Guess   Kind     // of a handle whose tree is not known, by its content
	Wish    uint8    // disposition (MS-SMB2 2.2.13), plus one
	Result  uint8    // what the server did (MS-SMB2 2.2.14), plus one
	Moved   [2]Moved // by direction; the client is proto.Orig

	by     *Conn
	id     FileID
	key    string // of its content among files
	named  bool   // its opening was seen
	listed bool   // in the tables
	over   bool   // nothing more is told of it
	// deleting is when the deletion on close was asked for and granted; 0 if
	// it was not.
	deleting event.Time
	told     uint16 // refusals that were told, as bits by action
	ch       proto.Channel
	chBy     *Conn
	noCh     bool
	sinks    []sink

	order links[File] // in the shard
}

func (f *File) at() *links[File] { return &f.order }

// sink takes the content of a file that one conversation moves in one direction; p
// is nil if nobody wants it.
type sink struct {
	by   *Conn
	from proto.Dir
	p    proto.Pieces
}

// Places in File.Times.
const (
	Modified = iota
	Accessed
	Created
	Changed
)

// Kind is that of the share, or what content makes of it.
func (f *File) Kind() Kind {
	if f.Tree != nil && f.Tree.Kind != Unknown {
		return f.Tree.Kind
	}
	return f.Guess
}

// Shared is the state of a shard.
type Shared struct {
	realms   map[SessionID]*Realm
	sessions list[Realm, *Realm]
	files    list[File, *File]
	open     int // files
}

// NewShared makes the state of a shard.
func NewShared() *Shared { return &Shared{realms: map[SessionID]*Realm{}} }

// realm finds or makes a session.
func (s *Shared) realm(a *Conn, id SessionID) *Realm {
	r := s.realms[id]
	if r == nil {
		if len(s.realms) >= maxRealms {
			a.Flow.Weird("sessions_shed", 0)
			s.drop(s.sessions.oldest)
		}
		r = &Realm{sh: s, id: id}
		s.realms[id] = r
		s.sessions.push(r)
	}
	return r
}

// drop ends a session with all that is open.
func (s *Shared) drop(r *Realm) {
	r.closeAll()
	r.gone = true
	if s.realms[r.id] == r {
		delete(s.realms, r.id)
		s.sessions.pull(r)
	}
}

// closeAll ends every handle, in the order of their use.
func (r *Realm) closeAll() {
	for f := r.sh.files.oldest; f != nil && len(r.files) > 0; {
		next := f.order.newer
		if f.Realm == r {
			f.finish(false)
		}
		f = next
	}
}

// CloseTree ends every handle of a tree, and the tree.
func (r *Realm) CloseTree(id uint32) {
	t := r.Trees[id]
	if t == nil {
		return
	}
	for f := r.sh.files.oldest; f != nil && len(r.files) > 0; {
		next := f.order.newer
		if f.Realm == r && f.Tree == t {
			f.finish(false)
		}
		f = next
	}
	delete(r.Trees, id)
}

// Plant adds a tree, for which another one may have to go.
func (r *Realm) Plant(a *Conn, id uint32, t *Tree) {
	if r.Trees == nil {
		r.Trees = map[uint32]*Tree{}
	}
	if r.Trees[id] == nil && len(r.Trees) >= maxTrees {
		a.Flow.Weird("trees_shed", 0)
		least := ^uint32(0)
		for k := range r.Trees {
			least = min(least, k)
		}
		r.CloseTree(least)
	}
	r.Trees[id] = t
}

// list puts a handle into the tables, for which another one may have to go.
func (f *File) list(a *Conn, id FileID) {
	r := f.Realm
	if r.files == nil {
		r.files = map[FileID]*File{}
	}
	if old := r.files[id]; old != nil {
		old.finish(false) // its closing was not seen
	}
	if r.sh.open >= maxOpen {
		a.Flow.Weird("files_shed", 0)
		r.sh.files.oldest.finish(false)
	}
	f.id, f.listed, f.by = id, true, a
	r.files[id] = f
	r.sh.open++
	r.sh.files.push(f)
}

// unlist takes a handle out of the tables.
func (f *File) unlist() {
	if !f.listed {
		return
	}
	f.listed = false
	if f.Realm.files[f.id] == f {
		delete(f.Realm.files, f.id)
	}
	f.Realm.sh.open--
	f.Realm.sh.files.pull(f)
}

// Find is the handle of a command. One whose opening was not seen is made.
func (r *Realm) Find(a *Conn, t *Tree, id FileID) *File {
	f := r.files[id]
	if f == nil {
		f = &File{Realm: r, Tree: t, TS: a.Flow.Now(), Size: -1}
		f.list(a, id)
	} else {
		r.sh.files.touch(f)
	}
	if f.Tree == nil {
		f.Tree = t
	}
	return f
}

// voice is a conversation that can still tell of a handle, nil if there is none.
func (f *File) voice() *Conn {
	if f.by != nil && !f.by.over {
		return f.by
	}
	if n := len(f.Realm.conns); n > 0 {
		return f.Realm.conns[n-1]
	}
	return nil
}

// Sized takes the size that a file was given; negative ones say nothing.
func (f *File) Sized(n int64) {
	if n < 0 {
		return
	}
	f.Size = n
	for _, s := range f.sinks {
		if s.p != nil && s.from == proto.Orig {
			s.p.Sized(n)
		}
	}
}
