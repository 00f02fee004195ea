package smb

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// act is what a command does to a file, whatever the dialect.
type act uint8

const (
	actNone act = iota
	actOpen
	actRead
	actWrite
	actRename
	actDelete
	actSet
	actClose
	actTree
)

// actions are Zeek's words: by kind of share, then by act.
var actions = [...][actTree + 1]string{
	shareUnknown: {actOpen: "SMB::UNKNOWN_OPEN", actRead: "SMB::UNKNOWN_READ", actWrite: "SMB::UNKNOWN_WRITE", actRename: "SMB::FILE_RENAME",
		actDelete: "SMB::FILE_DELETE", actSet: "SMB::FILE_SET_ATTRIBUTE", actClose: "SMB::UNKNOWN_CLOSE", actTree: "SMB::TREE_CONNECT"},
	shareDisk: {actOpen: "SMB::FILE_OPEN", actRead: "SMB::FILE_READ", actWrite: "SMB::FILE_WRITE", actRename: "SMB::FILE_RENAME",
		actDelete: "SMB::FILE_DELETE", actSet: "SMB::FILE_SET_ATTRIBUTE", actClose: "SMB::FILE_CLOSE", actTree: "SMB::TREE_CONNECT"},
	sharePipe: {actOpen: "SMB::PIPE_OPEN", actRead: "SMB::PIPE_READ", actWrite: "SMB::PIPE_WRITE", actRename: "SMB::FILE_RENAME",
		actDelete: "SMB::FILE_DELETE", actSet: "SMB::FILE_SET_ATTRIBUTE", actClose: "SMB::PIPE_CLOSE", actTree: "SMB::TREE_CONNECT"},
	sharePrint: {actOpen: "SMB::PRINT_OPEN", actRead: "SMB::PRINT_READ", actWrite: "SMB::PRINT_WRITE", actRename: "SMB::FILE_RENAME",
		actDelete: "SMB::FILE_DELETE", actSet: "SMB::FILE_SET_ATTRIBUTE", actClose: "SMB::PRINT_CLOSE", actTree: "SMB::TREE_CONNECT"},
}

// word names an act on a file. An open whose share is not known is one of a file,
// as with Zeek.
func (f *file) word(x act) string {
	k := f.kind()
	if k == shareUnknown && (x == actOpen || f.named) {
		k = shareDisk
	}
	return actions[k][x]
}

var dispositions = [...]string{"supersede", "open", "create", "open_if", "overwrite", "overwrite_if"}

var results = [...]string{"superseded", "opened", "created", "overwritten"}

// pick is the word number n, counted from 1.
func pick(list []string, n uint8) string {
	if n == 0 || int(n) > len(list) {
		return ""
	}
	return list[n-1]
}

// Options of opening (MS-SMB2 2.2.13, MS-CIFS 2.2.4.64.1) that are told.
const (
	optDirectory     = 0x1
	optDeleteOnClose = 0x1000
	optBackup        = 0x4000
	optReparse       = 0x200000
)

var openOptions = []bit{{optDirectory, "directory"}, {optDeleteOnClose, "delete_on_close"}, {optBackup, "backup"}, {optReparse, "reparse_point"}}

// outcome is how a request ended. The zero value is that no answer was seen.
type outcome struct {
	seen, ok bool
	status   string
}

// shareRoot is Zeek's name of the file without one.
const shareRoot = "<share_root>"

// record fills what all records of a file have.
func (f *file) record(x act, o outcome) *FileRecord {
	r := &FileRecord{Action: f.word(x), Name: f.name, User: f.user, Status: o.status, Size: uint64(max(f.size, 0)),
		Modified: f.times[tModified], Accessed: f.times[tAccessed], Created: f.times[tCreated], Changed: f.times[tChanged]}
	if f.tree != nil {
		r.Path = f.tree.path
	}
	return r
}

// tried tells what was not done, each action of a handle once.
func (f *file) tried(ts event.Time, x act, o outcome, prev string, n uint64) {
	a := f.voice()
	if a == nil || f.told&(1<<(x-1)) != 0 {
		return
	}
	f.told |= 1 << (x - 1)
	r := &TriedRecord{Action: f.word(x), Name: f.name, PrevName: prev, Status: o.status, User: f.user}
	if f.tree != nil {
		r.Path = f.tree.path
	}
	switch x {
	case actOpen:
		r.Disposition = pick(dispositions[:], f.wish)
		if a.again(r.Action, r.Path, r.Name, r.Status, 0, nil, f.wish) {
			return
		}
	case actRead, actWrite:
		r.Bytes = event.N(n)
	}
	a.f.Emit(ts, r)
}

// opened takes the answer to a request for a handle. id counts only if it was granted.
func (a *analyzer) opened(f *file, id fileID, o outcome) {
	f.by = a
	if !o.ok {
		f.tried(f.ts, actOpen, o, "", 0)
		return
	}
	f.named = true
	f.list(a, id)
	if f.options&optDeleteOnClose != 0 {
		f.deleting, f.onClose = f.ts, true
	}
	r := f.record(actOpen, o)
	r.Disposition, r.Result = pick(dispositions[:], f.wish), pick(results[:], f.result)
	r.Options = words(f.options, openOptions)
	if !a.again(r.Action, r.Path, r.Name, r.Result, f.size, &f.times, uint8(f.options)) {
		a.f.Emit(f.ts, r)
	}
}

// concluded takes the answer to a request, or that none will come, where no more
// than the status matters. Opening and moving have functions of their own.
func (a *analyzer) concluded(x act, r *request, o outcome) {
	f := r.file
	if f == nil {
		return
	}
	switch x {
	case actOpen:
		if !o.ok {
			a.opened(f, fileID{}, o)
		}
	case actRead, actWrite:
		a.carried(x, r, 0, o)
	case actRename:
		a.renamed(f, r, o)
	case actDelete: // r.flag is 0 if the deletion is called off
		switch {
		case !o.ok:
			f.tried(r.ts, actDelete, o, "", 0)
		case r.flag == 0:
			f.deleting = 0
		default:
			f.deleting = r.ts
			if !f.listed {
				f.gone()
			}
		}
	case actSet:
		if o.ok {
			a.f.Emit(r.ts, f.record(actSet, o))
		} else {
			f.tried(r.ts, actSet, o, "", 0)
		}
	case actClose:
		if o.ok || !o.seen {
			f.finish(o.ok)
		}
	}
}

// renamed takes the answer to a rename; the new name is the text of the request.
func (a *analyzer) renamed(f *file, q *request, o outcome) {
	prev := f.name
	if !o.ok {
		f.name = q.text
		f.tried(q.ts, actRename, o, prev, 0)
		f.name = prev
		return
	}
	f.name, q.prev = q.text, prev
	r := f.record(actRename, o)
	r.PrevName = prev
	a.f.Emit(q.ts, r)
}

// carried takes the answer to a read or write of q.n bytes at q.off, of which n were
// done.
func (a *analyzer) carried(x act, q *request, n uint32, o outcome) {
	f := q.file
	if f == nil {
		return
	}
	from := proto.Orig
	if x == actRead {
		from = proto.Resp
	}
	m := &f.moved[from]
	if m.first == 0 {
		m.first = q.ts
	}
	switch {
	case !o.seen:
		m.open += uint64(q.n)
	case !o.ok:
		if x == actRead && endOfFile(o.status) {
			return
		}
		m.refused += uint64(q.n)
		if m.status == "" {
			m.status = o.status
		}
	default:
		m.bytes += uint64(n)
	}
	if x == actWrite && o.seen && n < q.n && q.off >= 0 {
		if s := f.sinkOf(a, from); s != nil && s.p != nil {
			s.p.Refused(q.off+int64(n), int64(q.n-n))
		}
	}
}

// endOfFile says whether a read was refused only because there is nothing more.
func endOfFile(status string) bool {
	switch status {
	case "END_OF_FILE", "PIPE_EMPTY", "PIPE_DISCONNECTED", "PIPE_BROKEN", "PIPE_CLOSING", "CANCELLED":
		return true
	}
	return false
}

// gone tells that a file was deleted.
func (f *file) gone() {
	if a := f.voice(); a != nil && f.deleting != 0 {
		a.f.Emit(f.deleting, f.record(actDelete, outcome{true, true, "SUCCESS"}))
	}
	f.deleting = 0
}

// finish ends a handle: what it moved is told, and what reads its content learns of
// the end. closed says that the server confirmed it.
func (f *file) finish(closed bool) {
	a := f.voice()
	f.unlist()
	f.let(nil, closed)
	if a == nil || f.over {
		return
	}
	f.over = true
	done := outcome{true, true, "SUCCESS"}
	k := f.kind()
	for x, m := range map2(&f.moved) {
		if m.refused > 0 {
			f.tried(m.first, x, outcome{seen: true, status: m.status}, "", m.refused)
		}
		if m.open > 0 {
			f.tried(m.first, x, outcome{}, "", m.open)
		}
		if m.bytes > 0 && k != sharePipe && k != sharePrint {
			r := f.record(x, done)
			if x == actRead {
				r.BytesRead = event.N(m.bytes)
			} else {
				r.BytesWrit = event.N(m.bytes)
			}
			a.f.Emit(m.first, r)
		}
	}
	if k == sharePipe || k == sharePrint {
		r := f.record(actClose, done)
		if !closed {
			r.Status = ""
		}
		r.BytesRead, r.BytesWrit = event.N(f.moved[proto.Resp].bytes), event.N(f.moved[proto.Orig].bytes)
		a.f.Emit(a.f.Now(), r)
	}
	f.gone()
}

// map2 goes over both directions: what was read, then what was written.
func map2(m *[2]moved) func(yield func(act, *moved) bool) {
	return func(yield func(act, *moved) bool) {
		_ = yield(actRead, &m[proto.Resp]) && yield(actWrite, &m[proto.Orig])
	}
}

// unanswered takes a request to which no answer was seen.
func (a *analyzer) unanswered(r *request) {
	a.command(r, outcome{})
	if r.file != nil {
		a.concluded(r.act, r, outcome{})
	}
	if r.act == actTree {
		a.f.Emit(r.ts, &TriedRecord{Action: actions[shareUnknown][actTree], Path: r.text})
	}
}

// recentFor is how long an opening that says nothing new is not told again; Zeek
// has the same.
const recentFor = 180_000_000_000

// recent is a thing that was told.
type recent struct {
	sum uint64
	at  event.Time
}

// again says whether the same opening was told in the last three minutes.
func (a *analyzer) again(action, path, name, result string, size int64, times *[4]event.Time, more uint8) bool {
	if a.recent == nil {
		a.recent = &[128]recent{}
	}
	h := uint64(14695981039346656037)
	add := func(v uint64) { h = (h ^ v) * 1099511628211 }
	for _, s := range [...]string{action, path, name, result} {
		for i := range len(s) {
			add(uint64(s[i]))
		}
		add(0x100)
	}
	add(uint64(size))
	add(uint64(more))
	if times != nil {
		for _, t := range times {
			add(uint64(t))
			add(uint64(t) >> 32)
		}
	}
	slot := &a.recent[(h>>32^h)%uint64(len(a.recent))]
	now := a.f.Now()
	known := slot.sum == h && now-slot.at < recentFor
	*slot = recent{h, now}
	return known
}
