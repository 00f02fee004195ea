package share

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Act is what a command does to a file, whatever the dialect.
type Act uint8

// What commands do.
const (
	None Act = iota
	Open
	Read
	Write
	Rename
	Delete
	Set
	Close
	Connect
)

// actions are Zeek's words: by kind of share, then by act.
var actions = [...][Connect + 1]string{
	Unknown: {Open: "SMB::UNKNOWN_OPEN", Read: "SMB::UNKNOWN_READ", Write: "SMB::UNKNOWN_WRITE", Rename: "SMB::FILE_RENAME",
		Delete: "SMB::FILE_DELETE", Set: "SMB::FILE_SET_ATTRIBUTE", Close: "SMB::UNKNOWN_CLOSE", Connect: "SMB::TREE_CONNECT"},
	Disk: {Open: "SMB::FILE_OPEN", Read: "SMB::FILE_READ", Write: "SMB::FILE_WRITE", Rename: "SMB::FILE_RENAME",
		Delete: "SMB::FILE_DELETE", Set: "SMB::FILE_SET_ATTRIBUTE", Close: "SMB::FILE_CLOSE", Connect: "SMB::TREE_CONNECT"},
	Pipe: {Open: "SMB::PIPE_OPEN", Read: "SMB::PIPE_READ", Write: "SMB::PIPE_WRITE", Rename: "SMB::FILE_RENAME",
		Delete: "SMB::FILE_DELETE", Set: "SMB::FILE_SET_ATTRIBUTE", Close: "SMB::PIPE_CLOSE", Connect: "SMB::TREE_CONNECT"},
	Print: {Open: "SMB::PRINT_OPEN", Read: "SMB::PRINT_READ", Write: "SMB::PRINT_WRITE", Rename: "SMB::FILE_RENAME",
		Delete: "SMB::FILE_DELETE", Set: "SMB::FILE_SET_ATTRIBUTE", Close: "SMB::PRINT_CLOSE", Connect: "SMB::TREE_CONNECT"},
}

// word names an act on a file. An open whose share is not known is one of a file,
// as with Zeek.
func (f *File) word(x Act) string {
	k := f.Kind()
	if k == Unknown && (x == Open || f.named) {
		k = Disk
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
	OptDirectory     = 0x1
	OptDeleteOnClose = 0x1000
	optBackup        = 0x4000
	optReparse       = 0x200000
)

var openOptions = [...]struct {
	mask uint32
	word string
}{{OptDirectory, "directory"}, {OptDeleteOnClose, "delete_on_close"}, {optBackup, "backup"}, {optReparse, "reparse_point"}}

func options(v uint32) (list []string) {
	for _, o := range openOptions {
		if v&o.mask != 0 {
			list = append(list, o.word)
		}
	}
	return list
}

// Outcome is how a request ended. The zero value is that no answer was seen.
type Outcome struct {
	Seen, OK bool
	Status   string // its name
}

// Root is Zeek's name of the file without one.
const Root = "<share_root>"

// record fills what all records of a file have.
func (f *File) record(x Act, o Outcome) *FileRecord {
	r := &FileRecord{Action: f.word(x), Name: f.Name, User: f.User, Status: o.Status, Size: uint64(max(f.Size, 0)),
		Modified: f.Times[Modified], Accessed: f.Times[Accessed], Created: f.Times[Created], Changed: f.Times[Changed]}
	if f.Tree != nil {
		r.Path = f.Tree.Path
	}
	return r
}

// tried tells what was not done, each action of a handle once.
func (f *File) tried(ts event.Time, x Act, o Outcome, prev string, n uint64) {
	a := f.voice()
	if a == nil || f.told&(1<<(x-1)) != 0 {
		return
	}
	f.told |= 1 << (x - 1)
	r := &TriedRecord{Action: f.word(x), Name: f.Name, PrevName: prev, Status: o.Status, User: f.User}
	if f.Tree != nil {
		r.Path = f.Tree.Path
	}
	switch x {
	case Open:
		r.Disposition = pick(dispositions[:], f.Wish)
		if a.again(r.Action, r.Path, r.Name, r.Status, 0, nil, f.Wish) {
			return
		}
	case Read, Write:
		r.Bytes = event.N(n)
	}
	a.Flow.Emit(ts, r)
}

// Opened takes the answer to a request for a handle. id counts only if it was granted.
func (a *Conn) Opened(f *File, id FileID, o Outcome) {
	f.by = a
	if !o.OK {
		f.tried(f.TS, Open, o, "", 0)
		return
	}
	f = f.adopted(id)
	f.by, f.named = a, true
	if f.Kind() == Unknown && knownPipe(f.Name) {
		f.Guess = Pipe
	}
	if !f.listed {
		f.list(a, id)
	}
	if f.Options&OptDeleteOnClose != 0 {
		f.deleting = f.TS
	}
	a.told(f, o)
}

// Made takes the answer to a request that made a directory without opening it.
func (a *Conn) Made(f *File, o Outcome) {
	f.by, f.named = a, true
	a.told(f, o)
}

// told tells of what was opened or made.
func (a *Conn) told(f *File, o Outcome) {
	r := f.record(Open, o)
	r.Disposition, r.Result = pick(dispositions[:], f.Wish), pick(results[:], f.Result)
	r.Options = options(f.Options)
	if !a.again(r.Action, r.Path, r.Name, r.Result, f.Size, &f.Times, 0) {
		a.Flow.Emit(f.TS, r)
	}
}

// adopted is the file itself, or that of the same handle which commands made that came
// before the answer to its opening: bytes of one side may be waited for longer.
func (f *File) adopted(id FileID) *File {
	old := f.Realm.files[id]
	if old == nil || old.named || old.over || old.TS < f.TS {
		return f
	}
	old.TS, old.Name, old.User, old.Tree, old.Wish, old.Result = f.TS, f.Name, f.User, f.Tree, f.Wish, f.Result
	old.Size, old.Times, old.Options = f.Size, f.Times, f.Options
	return old
}

// pipes are names that only pipes have, in order.
var pipes = []string{"atsvc", "browser", "dnsserver", "efsrpc", "epmapper", "eventlog", "initshutdown", "keysvc", "llsrpc", "lsarpc", "lsass",
	"netdfs", "netlogon", "ntsvcs", "protected_storage", "psexesvc", "samr", "scerpc", "spoolss", "srvsvc", "svcctl", "trkwks", "winreg", "wkssvc"}

// knownPipe says whether a name is that of a pipe, in a share whose kind was not seen.
func knownPipe(name string) bool {
	name = strings.ToLower(strings.TrimPrefix(name, `\`))
	_, ok := slices.BinarySearch(pipes, strings.TrimPrefix(name, `pipe\`))
	return ok
}

// Concluded takes the answer to a request, or that none will come, where no more
// than the status matters. Opening and moving have functions of their own.
func (a *Conn) Concluded(r *Request, o Outcome) {
	f, x := r.File, r.Act
	if f == nil {
		return
	}
	switch x {
	case Open:
		if !o.OK {
			a.Opened(f, FileID{}, o)
		}
	case Read, Write:
		a.Carried(r, 0, o)
	case Rename:
		a.renamed(f, r, o)
	case Delete:
		switch {
		case !o.OK:
			f.tried(r.TS, Delete, o, "", 0)
		case r.Flag == 0:
			f.deleting = 0
		default:
			f.deleting = r.TS
			if !f.listed {
				f.gone()
			}
		}
	case Set:
		if o.OK {
			a.Flow.Emit(r.TS, f.record(Set, o))
		} else {
			f.tried(r.TS, Set, o, "", 0)
		}
	case Close:
		if o.OK || !o.Seen {
			f.finish(o.OK)
		}
	}
}

// renamed takes the answer to a rename; the new name is the text of the request.
func (a *Conn) renamed(f *File, q *Request, o Outcome) {
	prev := f.Name
	if !o.OK {
		f.Name = q.Text
		f.tried(q.TS, Rename, o, prev, 0)
		f.Name = prev
		return
	}
	f.Name, q.prev = q.Text, prev
	r := f.record(Rename, o)
	r.PrevName = prev
	a.Flow.Emit(q.TS, r)
}

// Carried takes the answer to a read or write of q.n bytes at q.off, of which n were
// done.
func (a *Conn) Carried(q *Request, n uint32, o Outcome) {
	f, x := q.File, q.Act
	if f == nil {
		return
	}
	from := proto.Orig
	if x == Read {
		from = proto.Resp
	}
	m := &f.Moved[from]
	if m.first == 0 {
		m.first = q.TS
	}
	switch {
	case !o.Seen:
		m.open += uint64(q.N)
	case !o.OK:
		if x == Read && endOfFile(o.Status) {
			return
		}
		m.refused += uint64(q.N)
		if m.status == "" {
			m.status = o.Status
		}
	default:
		m.Bytes += uint64(n)
	}
	if x == Write && o.Seen && n < q.N && q.Off >= 0 {
		if s := f.sinkOf(a, from); s != nil && s.p != nil {
			s.p.Refused(q.Off+int64(n), int64(q.N-n))
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
func (f *File) gone() {
	if a := f.voice(); a != nil && f.deleting != 0 {
		a.Flow.Emit(f.deleting, f.record(Delete, Outcome{true, true, "SUCCESS"}))
	}
	f.deleting = 0
}

// finish ends a handle: what it moved is told, and what reads its content learns of
// the end. closed says that the server confirmed it.
func (f *File) finish(closed bool) {
	a := f.voice()
	f.unlist()
	f.let(nil, closed)
	if a == nil || f.over {
		return
	}
	f.over = true
	done := Outcome{true, true, "SUCCESS"}
	k := f.Kind()
	for x, m := range map2(&f.Moved) {
		if m.refused > 0 {
			f.tried(m.first, x, Outcome{Seen: true, Status: m.status}, "", m.refused)
		}
		if m.open > 0 {
			f.tried(m.first, x, Outcome{}, "", m.open)
		}
		if m.Bytes > 0 && k != Pipe && k != Print {
			r := f.record(x, done)
			if x == Read {
				r.BytesRead = event.N(m.Bytes)
			} else {
				r.BytesWrit = event.N(m.Bytes)
			}
			a.Flow.Emit(m.first, r)
		}
	}
	if k == Pipe || k == Print {
		r := f.record(Close, done)
		if !closed {
			r.Status = ""
		}
		r.BytesRead, r.BytesWrit = event.N(f.Moved[proto.Resp].Bytes), event.N(f.Moved[proto.Orig].Bytes)
		a.Flow.Emit(a.Flow.Now(), r)
	}
	f.gone()
}

// map2 goes over both directions: what was read, then what was written.
func map2(m *[2]Moved) func(yield func(Act, *Moved) bool) {
	return func(yield func(Act, *Moved) bool) {
		_ = yield(Read, &m[proto.Resp]) && yield(Write, &m[proto.Orig])
	}
}

// Unanswered takes a request to which no answer was seen.
func (a *Conn) Unanswered(q *Request) {
	if q.File != nil {
		a.Concluded(q, Outcome{})
	}
	if q.Act == Connect {
		a.TriedTree(q, Outcome{})
	}
	if q.Fact != nil {
		a.Flow.Emit(q.TS, q.Fact)
	}
	a.Command(q, Outcome{})
}

// Mapped tells of a share that was granted.
func (a *Conn) Mapped(q *Request, t *Tree, nativeFS string, encrypted bool) {
	a.Flow.Emit(q.TS, &MappingRecord{Path: t.Path, Service: t.Service, NativeFS: nativeFS, ShareType: t.Kind.String(), User: q.User, Encryption: encrypted})
}

// TriedTree tells of a share that was not granted.
func (a *Conn) TriedTree(q *Request, o Outcome) {
	a.Flow.Emit(q.TS, &TriedRecord{Action: actions[Unknown][Connect], Path: q.Text, Status: o.Status, User: q.User})
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
func (a *Conn) again(action, path, name, result string, size int64, times *[4]event.Time, more uint8) bool {
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
		for i, t := range times {
			if i == Accessed { // which opening it changes
				continue
			}
			add(uint64(t))
			add(uint64(t) >> 32)
		}
	}
	slot := &a.recent[(h>>32^h)%uint64(len(a.recent))]
	now := a.Flow.Now()
	known := slot.sum == h && now-slot.at < recentFor
	*slot = recent{h, now}
	return known
}
