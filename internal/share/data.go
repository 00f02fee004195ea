package share

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/proto"
)

// transfer is the content of a read or a write that is under way in one direction.
// It is not kept: what comes goes on at once.
type transfer struct {
	left int   // bytes that are to come
	rest int   // of the message behind them
	off  int64 // of the next byte within the file
	from proto.Dir
	file *File // nil if there is none
}

// guessLen is how much of the content of a handle whose share was not seen tells a
// pipe from a file.
const guessLen = 16

// Begin says whether the content of a read or write is of interest. If so the next
// bytes of direction d are its n bytes, and rest bytes of the message behind them,
// which go to Content. from is who sends: proto.Orig is the client; off is negative
// if it is not known.
func (a *Conn) Begin(d proto.Dir, f *File, from proto.Dir, off int64, n, rest int) bool {
	if f == nil || n <= 0 || f.over {
		return false
	}
	switch f.Kind() {
	case Pipe:
		if f.noCh {
			return false
		}
	case Disk:
		if off < 0 || off > 1<<62 || !a.stores(f, from) {
			return false
		}
	case Print:
		return false
	}
	a.data[d] = transfer{left: n, rest: rest, off: off, from: from, file: f}
	return true
}

// Moving says whether content is under way in a direction.
func (a *Conn) Moving(d proto.Dir) bool { return a.data[d].file != nil }

// Content takes the next bytes of a direction while content is under way.
func (a *Conn) Content(d proto.Dir, b []byte) proto.Progress {
	t := &a.data[d]
	if t.file.Kind() == Unknown {
		if need := min(t.left, guessLen); len(b) < need {
			return proto.Progress{Need: need}
		}
		t.file.Guess = Disk
		if likeRPC(b[:min(len(b), t.left)]) {
			t.file.Guess = Pipe
		}
		if !a.Begin(d, t.file, t.from, t.off, t.left, t.rest) {
			return a.enough(d)
		}
	}
	b = b[:min(len(b), t.left)]
	a.Bring(t.file, t.from, t.off, b)
	t.left -= len(b)
	t.off += int64(len(b))
	if t.left > 0 {
		return proto.Progress{Done: len(b)}
	}
	p := a.enough(d)
	p.Done += len(b)
	return p
}

// Gap takes the loss of n bytes. Within content nothing waits, so that it is known
// what is missing: known says so, and beyond is how many of the bytes lay behind the
// message; it is negative if that many of the message are still to come.
func (a *Conn) Gap(d proto.Dir, n int) (beyond int, known bool) {
	t := &a.data[d]
	if t.file == nil || t.file.Kind() == Unknown {
		*t = transfer{}
		return 0, false
	}
	k := min(n, t.left)
	a.Miss(t.file, t.from, t.off, k)
	t.left -= k
	t.off += int64(k)
	if t.left > 0 {
		return 0, true
	}
	n -= k + t.rest
	*t = transfer{}
	return n, true
}

// enough passes over what is left of the message.
func (a *Conn) enough(d proto.Dir) proto.Progress {
	n := a.data[d].left + a.data[d].rest
	a.data[d] = transfer{}
	return proto.Progress{Done: n}
}

// likeRPC says whether content begins as a message of DCE/RPC does (C706 12.6.3.1).
func likeRPC(b []byte) bool {
	return len(b) >= guessLen && b[0] == 5 && b[1] <= 1 && b[2] <= 20 && (b[4] == 0x10 || b[4] == 0) && b[5] <= 3
}

// Bring gives bytes to who wants them.
func (a *Conn) Bring(f *File, from proto.Dir, off int64, b []byte) {
	if f.Kind() == Pipe {
		if ch := a.channel(f); ch != nil {
			ch.Write(from, b)
		}
		return
	}
	if s := f.sinkOf(a, from); s != nil && s.p != nil {
		s.p.At(off, b)
	}
}

// Miss tells that n bytes at an offset moved and were not seen.
func (a *Conn) Miss(f *File, from proto.Dir, off int64, n int) {
	if f.Kind() == Pipe {
		if ch := a.channel(f); ch != nil {
			ch.Lost(from, n)
		}
		return
	}
	if s := f.sinkOf(a, from); s != nil && s.p != nil && off >= 0 {
		s.p.Missing(off, int64(n))
	}
}

// channel is the inner stream of a pipe: what the client writes is Orig. It is nil
// if there is no room.
func (a *Conn) channel(f *File) proto.Channel {
	if f.ch == nil && !f.noCh && !f.over {
		f.ch, f.chBy = a.Flow.Channel("dce_rpc", proto.About{Carrier: carrier, Name: f.Name, User: f.User}), a
		if f.noCh = f.ch == nil; !f.noCh {
			a.keep(f)
		}
	}
	return f.ch
}

// stores says whether anybody wants the content that a conversation moves.
func (a *Conn) stores(f *File, from proto.Dir) bool {
	if s := f.sinkOf(a, from); s != nil {
		return s.p != nil
	}
	const most = 16 // conversations of a session, in both directions
	if len(f.sinks) >= most {
		return false
	}
	if f.key == "" {
		b := strconv.AppendUint(nil, f.Realm.id.ID, 16)
		for _, v := range [...]uint64{f.id.Persistent, f.id.Volatile, uint64(f.TS)} {
			b = strconv.AppendUint(append(b, '.'), v, 16)
		}
		f.key = string(b)
	}
	mark, name, size := "/w", f.Name, int64(-1)
	if from == proto.Resp {
		mark, size = "/r", f.Size
	}
	if f.Tree != nil && f.Tree.Path != "" {
		name = f.Tree.Path + `\` + strings.TrimPrefix(f.Name, `\`) // which SMB1 names from the root on
	}
	sender := a.Client
	if from == proto.Resp {
		sender = a.Client.Other()
	}
	p := a.Flow.Store(&proto.File{Source: "SMB", Name: name, Sender: sender, Size: size, User: f.User, Key: f.key + mark})
	f.sinks = append(f.sinks, sink{a, from, p})
	a.keep(f)
	return p != nil
}

func (f *File) sinkOf(a *Conn, from proto.Dir) *sink {
	for i := range f.sinks {
		if s := &f.sinks[i]; s.by == a && s.from == from {
			return s
		}
	}
	return nil
}

// keep remembers that the conversation carries content of a file.
func (a *Conn) keep(f *File) {
	if a.holds == nil {
		a.holds = map[*File]uint64{}
	}
	if _, ok := a.holds[f]; !ok {
		a.kept++
		a.holds[f] = a.kept
	}
}

func (a *Conn) unkeep(f *File) { delete(a.holds, f) }

// letAll ends what the conversation gives of any file, in the order in which that
// began.
func (a *Conn) letAll() {
	list := slices.SortedFunc(maps.Keys(a.holds), func(x, y *File) int { return cmp.Compare(a.holds[x], a.holds[y]) })
	for _, f := range list {
		f.let(a, false)
	}
	a.holds = nil
}

// let ends what one conversation, or all if a is nil, gives of a file's content.
func (f *File) let(a *Conn, whole bool) {
	kept := f.sinks[:0]
	for _, s := range f.sinks {
		if a != nil && s.by != a {
			kept = append(kept, s)
			continue
		}
		s.by.unkeep(f)
		if s.p != nil {
			if s.from == proto.Orig && whole && f.Size >= 0 {
				s.p.Sized(f.Size)
			}
			s.p.Close(whole)
		}
	}
	clear(f.sinks[len(kept):])
	f.sinks = kept
	if f.ch != nil && (a == nil || f.chBy == a) {
		f.chBy.unkeep(f)
		f.ch.Close()
		f.ch, f.chBy = nil, nil
	}
}
