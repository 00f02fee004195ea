package smb

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

// realm is what an SMB2 session, or a conversation of SMB1, has open. Several
// conversations of two hosts may share a session (MS-SMB2 3.2.4.1.7).
type realm struct {
	sh           *shared
	id           sessionID // zero for SMB1, which is not shared
	trees        map[uint32]*tree
	files        map[fileID]*file
	conns        []*analyzer
	gone         bool   // it was shed or replaced: whoever finds it asks again
	older, newer *realm // by last use
}

// sessionID names a session of SMB2 among those of a shard.
type sessionID struct {
	client netid.IP
	server netid.Endpoint
	id     uint64
}

// Kinds of shares (MS-SMB2 2.2.10).
type shareKind uint8

const (
	shareUnknown shareKind = iota
	shareDisk
	sharePipe
	sharePrint
)

func (k shareKind) String() string {
	switch k {
	case shareDisk:
		return "DISK"
	case sharePipe:
		return "PIPE"
	case sharePrint:
		return "PRINT"
	}
	return ""
}

// tree is a share that a client has mapped.
type tree struct {
	path    string // fit for a record
	service string // SMB1
	user    string
	kind    shareKind
}

// fileID is a handle: of SMB2 both halves, of SMB1 the FID in the second.
type fileID struct{ persistent, volatile uint64 }

// moved is what a handle brought in one direction.
type moved struct {
	first   event.Time // of the requests
	bytes   uint64     // as confirmed
	open    uint64     // asked for, and no answer was seen
	refused uint64     // asked for and refused
	status  string     // of the first refusal
}

// file is a handle that is open, or a name that a command without a handle has.
type file struct {
	realm   *realm
	tree    *tree // nil if it is not known
	by      *analyzer
	id      fileID
	ts      event.Time // when it was asked for
	name    string     // fit for a record; empty if it was opened before the capture
	user    string
	key     string // of its content among files
	size    int64  // -1 if not known
	times   [4]event.Time
	options uint32
	guess   shareKind // of a handle whose tree is not known, by its content
	wish    uint8     // disposition, as in dispositions, plus one
	result  uint8     // what the server did, as in results, plus one
	named   bool      // its opening was seen
	listed  bool      // in the tables
	over    bool      // nothing more is told of it
	// deleting is when the deletion on close was asked for and granted; 0 if
	// it was not. onClose is that it was part of opening it.
	deleting event.Time
	onClose  bool
	told     uint8 // refusals that were told, as bits by action
	moved    [2]moved
	ch       proto.Channel
	chBy     *analyzer
	noCh     bool
	sinks    []sink

	older, newer *file // by last use, in the shard
}

// sink takes the content of a file that one conversation moves in one direction; p
// is nil if nobody wants it.
type sink struct {
	by   *analyzer
	from proto.Dir
	p    proto.Pieces
}

// times are in the order of records.
const (
	tModified = iota
	tAccessed
	tCreated
	tChanged
)

// kind is that of the share, or what content makes of it.
func (f *file) kind() shareKind {
	if f.tree != nil && f.tree.kind != shareUnknown {
		return f.tree.kind
	}
	return f.guess
}

// shared is the state of a shard.
type shared struct {
	realms                 map[sessionID]*realm
	oldestRealm, newestOne *realm
	oldest, newest         *file
	open                   int
}

func newShared() *shared { return &shared{realms: map[sessionID]*realm{}} }

// realm finds or makes a session.
func (s *shared) realm(a *analyzer, id sessionID) *realm {
	r := s.realms[id]
	if r == nil {
		if len(s.realms) >= maxRealms {
			a.f.Weird("sessions_shed", 0)
			s.drop(s.oldestRealm)
		}
		r = &realm{sh: s, id: id}
		s.realms[id] = r
		s.link(r)
	}
	return r
}

func (s *shared) link(r *realm) {
	r.older, r.newer = s.newestOne, nil
	if s.newestOne != nil {
		s.newestOne.newer = r
	} else {
		s.oldestRealm = r
	}
	s.newestOne = r
}

func (s *shared) unlink(r *realm) {
	if r.older != nil {
		r.older.newer = r.newer
	} else {
		s.oldestRealm = r.newer
	}
	if r.newer != nil {
		r.newer.older = r.older
	} else {
		s.newestOne = r.older
	}
}

// touch makes a session the one used last.
func (s *shared) touch(r *realm) {
	if s.newestOne != r {
		s.unlink(r)
		s.link(r)
	}
}

// drop ends a session with all that is open.
func (s *shared) drop(r *realm) {
	r.closeAll()
	r.gone = true
	if s.realms[r.id] == r {
		delete(s.realms, r.id)
		s.unlink(r)
	}
}

// closeAll ends every handle, in the order of their use.
func (r *realm) closeAll() {
	for f := r.sh.oldest; f != nil && len(r.files) > 0; {
		next := f.newer
		if f.realm == r {
			f.finish(false)
		}
		f = next
	}
}

// closeTree ends every handle of a tree, and the tree.
func (r *realm) closeTree(id uint32) {
	t := r.trees[id]
	if t == nil {
		return
	}
	for f := r.sh.oldest; f != nil && len(r.files) > 0; {
		next := f.newer
		if f.realm == r && f.tree == t {
			f.finish(false)
		}
		f = next
	}
	delete(r.trees, id)
}

// plant adds a tree, for which another one may have to go.
func (r *realm) plant(a *analyzer, id uint32, t *tree) {
	if r.trees == nil {
		r.trees = map[uint32]*tree{}
	}
	if r.trees[id] == nil && len(r.trees) >= maxTrees {
		a.f.Weird("trees_shed", 0)
		least := ^uint32(0)
		for k := range r.trees {
			least = min(least, k)
		}
		r.closeTree(least)
	}
	r.trees[id] = t
}

// list puts a handle into the tables, for which another one may have to go.
func (f *file) list(a *analyzer, id fileID) {
	r := f.realm
	if r.files == nil {
		r.files = map[fileID]*file{}
	}
	if old := r.files[id]; old != nil {
		old.finish(false) // its closing was not seen
	}
	if r.sh.open >= maxOpen {
		a.f.Weird("files_shed", 0)
		r.sh.oldest.finish(false)
	}
	f.id, f.listed, f.by = id, true, a
	r.files[id] = f
	r.sh.open++
	r.sh.push(f)
}

func (s *shared) push(f *file) {
	f.older, f.newer = s.newest, nil
	if s.newest != nil {
		s.newest.newer = f
	} else {
		s.oldest = f
	}
	s.newest = f
}

func (s *shared) pull(f *file) {
	if f.older != nil {
		f.older.newer = f.newer
	} else {
		s.oldest = f.newer
	}
	if f.newer != nil {
		f.newer.older = f.older
	} else {
		s.newest = f.older
	}
}

// unlist takes a handle out of the tables.
func (f *file) unlist() {
	if !f.listed {
		return
	}
	f.listed = false
	if f.realm.files[f.id] == f {
		delete(f.realm.files, f.id)
	}
	f.realm.sh.open--
	f.realm.sh.pull(f)
}

// find is the handle of a command. One whose opening was not seen is made.
func (r *realm) find(a *analyzer, t *tree, id fileID) *file {
	f := r.files[id]
	if f == nil {
		f = &file{realm: r, tree: t, ts: a.f.Now(), size: -1}
		f.list(a, id)
	} else if sh := r.sh; sh.newest != f {
		sh.pull(f)
		sh.push(f)
	}
	if f.tree == nil {
		f.tree = t
	}
	return f
}

// voice is a conversation that can still tell of a handle, nil if there is none.
func (f *file) voice() *analyzer {
	if f.by != nil && !f.by.over {
		return f.by
	}
	if n := len(f.realm.conns); n > 0 {
		return f.realm.conns[n-1]
	}
	return nil
}
