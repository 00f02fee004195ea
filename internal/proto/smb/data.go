package smb

import (
	"slices"
	"strconv"

	"lazaret/internal/proto"
)

// transfer is the content of a read or a write that is under way in one direction.
// It is not kept: what comes goes on at once.
type transfer struct {
	left int   // bytes that are to come
	rest int   // of the message behind them
	off  int64 // of the next byte within the file
	from proto.Dir
	file *file
}

// guessLen is how much of the content of a handle whose share was not seen tells a
// pipe from a file.
const guessLen = 16

// begin says whether the content of a read or write is of interest; if so the bytes
// that follow are its n bytes, and rest bytes of the message behind them.
func (a *analyzer) begin(d proto.Dir, f *file, from proto.Dir, off int64, n, rest int) bool {
	if f == nil || n <= 0 || f.over {
		return false
	}
	switch f.kind() {
	case sharePipe:
		if f.noCh {
			return false
		}
	case shareDisk:
		if off < 0 || off > 1<<62 || !a.stores(f, from) {
			return false
		}
	case sharePrint:
		return false
	}
	a.side[d].data = transfer{left: n, rest: rest, off: off, from: from, file: f}
	return true
}

// content takes the next bytes of a read or write.
func (a *analyzer) content(d proto.Dir, b []byte) proto.Progress {
	s := &a.side[d]
	t := &s.data
	if t.file.kind() == shareUnknown {
		if need := min(t.left, guessLen); len(b) < need {
			return proto.Progress{Need: need}
		}
		t.file.guess = shareDisk
		if likeRPC(b[:min(len(b), t.left)]) {
			t.file.guess = sharePipe
		}
		if !a.begin(d, t.file, t.from, t.off, t.left, t.rest) {
			return a.enough(s)
		}
	}
	b = b[:min(len(b), t.left)]
	a.bring(t.file, t.from, t.off, b)
	t.left -= len(b)
	t.off += int64(len(b))
	if t.left > 0 {
		return proto.Progress{Done: len(b)}
	}
	p := a.enough(s)
	p.Done += len(b)
	return p
}

// enough passes over what is left of the message.
func (a *analyzer) enough(s *side) proto.Progress {
	n := s.data.left + s.data.rest
	s.data = transfer{}
	return proto.Progress{Done: n}
}

// likeRPC says whether content begins as a message of DCE/RPC does (C706 12.6.3.1).
func likeRPC(b []byte) bool {
	return len(b) >= guessLen && b[0] == 5 && b[1] <= 1 && b[2] <= 20 && (b[4] == 0x10 || b[4] == 0) && b[5] <= 3
}

// bring gives bytes to who wants them.
func (a *analyzer) bring(f *file, from proto.Dir, off int64, b []byte) {
	if f.kind() == sharePipe {
		if ch := a.channel(f); ch != nil {
			ch.Write(from, b)
		}
		return
	}
	if s := f.sinkOf(a, from); s != nil && s.p != nil {
		s.p.At(off, b)
	}
}

// miss tells that n bytes are missing.
func (a *analyzer) miss(f *file, from proto.Dir, off int64, n int) {
	if f.kind() == sharePipe {
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
func (a *analyzer) channel(f *file) proto.Channel {
	if f.ch == nil && !f.noCh && !f.over {
		f.ch, f.chBy = a.f.Channel("dce_rpc", proto.About{Carrier: Spec.Name, Name: f.name, User: f.user}), a
		f.noCh = f.ch == nil
		a.keep(f)
	}
	return f.ch
}

// stores says whether anybody wants the content that a conversation moves.
func (a *analyzer) stores(f *file, from proto.Dir) bool {
	if s := f.sinkOf(a, from); s != nil {
		return s.p != nil
	}
	const most = 16 // conversations of a session, in both directions
	if len(f.sinks) >= most {
		return false
	}
	if f.key == "" {
		b := strconv.AppendUint(nil, f.realm.id.id, 16)
		for _, v := range [...]uint64{f.id.persistent, f.id.volatile, uint64(f.ts)} {
			b = strconv.AppendUint(append(b, '.'), v, 16)
		}
		f.key = string(b)
	}
	mark, name, size := "/w", f.name, int64(-1)
	if from == proto.Resp {
		mark, size = "/r", f.size
	}
	if f.tree != nil && f.tree.path != "" {
		name = f.tree.path + `\` + f.name
	}
	sender := a.client
	if from == proto.Resp {
		sender = a.client.Other()
	}
	p := a.f.Store(&proto.File{Source: "SMB", Name: name, Sender: sender, Size: size, User: f.user, Key: f.key + mark})
	f.sinks = append(f.sinks, sink{a, from, p})
	a.keep(f)
	return p != nil
}

func (f *file) sinkOf(a *analyzer, from proto.Dir) *sink {
	for i := range f.sinks {
		if s := &f.sinks[i]; s.by == a && s.from == from {
			return s
		}
	}
	return nil
}

// keep remembers that the conversation carries content of a file.
func (a *analyzer) keep(f *file) {
	if !slices.Contains(a.holds, f) {
		a.holds = append(a.holds, f)
	}
}

func (a *analyzer) unkeep(f *file) {
	if i := slices.Index(a.holds, f); i >= 0 {
		a.holds = slices.Delete(a.holds, i, i+1)
	}
}

// let ends what one conversation, or all if a is nil, gives of a file's content.
func (f *file) let(a *analyzer, whole bool) {
	kept := f.sinks[:0]
	for _, s := range f.sinks {
		if a != nil && s.by != a {
			kept = append(kept, s)
			continue
		}
		s.by.unkeep(f)
		if s.p != nil {
			if s.from == proto.Orig && whole && f.size >= 0 {
				s.p.Sized(f.size)
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
