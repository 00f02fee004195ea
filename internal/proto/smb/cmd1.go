package smb

import (
	"lazaret/internal/proto"
	"lazaret/internal/rest"
	"lazaret/internal/share"
	"lazaret/internal/smb1"
)

type outcome = share.Outcome

// call1 is a message of SMB1 that is being read.
type call1 struct {
	smb1.Message
	d    proto.Dir
	done int         // bytes of it that are done with
	tree *share.Tree // of the chain
	// mapping tells that the chain maps a share, whose number is not known yet; file
	// is what it opened, of which the handle is not known yet.
	mapping bool
	file    *share.File
}

// smb1 takes one message of n bytes of SMB1, of which those of smb1.Needs are there. It
// returns how many bytes are done with: the whole of it, unless content follows.
func (a *analyzer) smb1(d proto.Dir, b []byte, n int) int {
	m, ok := smb1.Parse(b, n)
	if !ok {
		a.f.Weird("bad_smb1_message", 0)
		return n
	}
	reply := m.Reply()
	a.o.Client = d
	if reply {
		a.o.Client = d.Other()
	}
	if !a.begun || m.Command == smb1.Negotiate || m.Command == smb1.SessionSetup {
		a.note(d, reply)
		if a.rec.Version == "" {
			a.rec.Version = "SMB1"
		}
	}
	c := call1{Message: m, d: d, done: n}
	var block smb1.Block
	i := 0
	for ; c.Next(&block); i++ {
		switch {
		case block.Cut && (block.Command == smb1.Negotiate || block.Command == smb1.SessionSetup):
			ok = false
		case reply:
			ok = a.say1(&c, i, &block) && ok
		default:
			ok = a.ask1(&c, i, &block) && ok
		}
	}
	if reply && m.Failed() {
		a.skipped1(&c, i)
	}
	switch c.Fault() {
	case smb1.FaultOutside:
		ok = false
	case smb1.FaultBack, smb1.FaultLong:
		a.f.Weird("bad_smb1_chain", smb1.HeaderLen)
	}
	if !ok {
		a.f.Weird("bad_smb1_message", smb1.HeaderLen)
	}
	return c.done
}

// key1 is what a request and its answer have in common, by the place in the chain.
// Trees and sessions are not part of it, for some answers give new ones. A transaction
// that goes on has a name space of its own, so that no other command with its id ends
// it. The answer to a negotiation may be one of SMB2, whose first key is 0.
func key1(m *smb1.Header, i int) uint64 {
	key := 1<<63 | uint64(i)<<32 | uint64(m.PID&0xffff)<<16 | uint64(m.MID)
	switch {
	case m.Command == smb1.Negotiate:
		return 0
	case m.Command.Transacts():
		return key | 1<<62
	}
	return key
}

// text1 makes a name fit for a record.
func (a *analyzer) text1(t smb1.Text) string {
	return rest.MaskShare(a.f.Pseudonym, t.Cut(maxName))
}

// ask1 takes a request.
func (a *analyzer) ask1(c *call1, i int, b *smb1.Block) bool {
	const unasked = 0xffff // of a server that takes a lock back (MS-CIFS 3.2.5.1.1)
	switch {
	case b.Command == smb1.NTCancel || b.Command == smb1.LockingAndX && c.MID == unasked:
		return true
	case b.Command != b.Command.First():
		return a.more1(c, b)
	}
	q := a.o.Ask(key1(&c.Header, i))
	q.Cmd, q.One, q.MID, q.Realm = uint16(b.Command), true, uint64(c.MID), a.o.Own()
	switch b.Command {
	case smb1.Negotiate:
		a.offer1(b)
		return true
	case smb1.SessionSetup:
		return a.setup1(c.d, &c.Header, b)
	case smb1.TreeConnectAndX, smb1.TreeConnect0:
		t, ok := b.TreeConnect()
		q.Act, q.Text, q.User, c.mapping = share.Connect, a.text1(t.Path), a.users[c.UID], true
		q.Tree = &share.Tree{Path: q.Text}
		return ok
	case smb1.Logoff:
		return true
	case smb1.Echo:
		a.echo1(c, b, q)
		return true
	}
	if c.tree == nil && !c.mapping {
		c.tree = a.treeOf(q.Realm, uint32(c.TID))
	}
	q.Tree, q.N, q.User = c.tree, uint32(c.TID), a.users[c.UID]
	return a.read1(c, b, q)
}

// read1 reads a request that needs a tree.
func (a *analyzer) read1(c *call1, b *smb1.Block, q *share.Request) (ok bool) {
	if fid, has := b.FID(); has {
		a.handle1(c, q, fid)
	}
	switch b.Command {
	case smb1.TreeDisconnect, smb1.Flush, smb1.LockRange, smb1.UnlockRange, smb1.Seek, smb1.LockingAndX, smb1.QueryInformation2, smb1.Ioctl:
	case smb1.NTCreateAndX, smb1.OpenAndX, smb1.Open0, smb1.Create, smb1.CreateNew, smb1.CreateTemporary, smb1.OpenPrintFile:
		o, ok := b.Open()
		a.open1(q, &o, c)
		return ok
	case smb1.Close, smb1.ClosePrintFile, smb1.CloseAndDisconnect:
		q.Act = share.Close
	case smb1.SetInformation2:
		q.Act = share.Set
	case smb1.ReadAndX, smb1.Read0, smb1.LockAndRead, smb1.ReadRaw, smb1.ReadMpx:
		r, ok := b.Read()
		q.Act, q.N, q.Off = share.Read, r.N, r.Off
		if b.Command == smb1.ReadRaw {
			a.raw[c.d.Other()] = raw1{key: key1(&c.Header, 0), left: -1}
		}
		return ok
	case smb1.WriteAndX, smb1.Write0, smb1.WriteAndUnlock, smb1.WriteAndClose, smb1.WriteRaw, smb1.WriteMpx, smb1.WritePrintFile:
		return a.write1(c, b, q)
	case smb1.Transaction, smb1.Transaction2, smb1.NTTransact:
		return a.transact1(c, b, q)
	case smb1.Delete, smb1.DeleteDirectory, smb1.CreateDirectory, smb1.Rename, smb1.NTRename, smb1.Move, smb1.Copy, smb1.SetInformation,
		smb1.CheckDirectory, smb1.QueryInformation, smb1.Search, smb1.Find, smb1.FindUnique, smb1.FindClose:
		return a.path1(b, q)
	}
	return true
}

// handle1 finds the file of a request.
func (a *analyzer) handle1(c *call1, q *share.Request, fid uint16) {
	if q.File = c.file; c.file == nil {
		q.File = q.Realm.Find(a.o, q.Tree, share.FileID{Volatile: uint64(fid)})
	}
	q.By(q.User)
}

// named1 makes the file of a command that has a name instead of a handle.
func (a *analyzer) named1(q *share.Request, t smb1.Text) *share.File {
	f := &share.File{Realm: q.Realm, Tree: q.Tree, TS: q.TS, Name: a.text1(t), User: q.User, Size: -1}
	if f.Name == "" {
		f.Name = share.Root
	}
	return f
}

// open1 takes a request for a handle.
func (a *analyzer) open1(q *share.Request, o *smb1.Open, c *call1) {
	q.Act, q.File = share.Open, a.named1(q, o.Name)
	q.File.Wish, q.File.Options = wish(o.Disposition), o.Options
	c.file = q.File
}

// path1 takes a request with names.
func (a *analyzer) path1(b *smb1.Block, q *share.Request) bool {
	p, ok := b.Paths()
	if !ok {
		return false
	}
	switch b.Command {
	case smb1.Delete, smb1.DeleteDirectory:
		q.Act, q.File, q.Flag = share.Delete, a.named1(q, p.Name), 1
	case smb1.Rename, smb1.NTRename, smb1.Move:
		if q.Text = a.text1(p.To); !p.Link {
			q.Act, q.File = share.Rename, a.named1(q, p.Name)
		}
	case smb1.SetInformation:
		q.Act, q.File = share.Set, a.named1(q, p.Name)
	case smb1.CreateDirectory:
		q.Act, q.File = share.Open, a.named1(q, p.Name)
		q.File.Wish, q.File.Options = wish(smb1.New), share.OptDirectory
	default:
		q.Text = a.text1(p.Name)
	}
	return true
}

// write1 takes a request to write, with its content.
func (a *analyzer) write1(c *call1, b *smb1.Block, q *share.Request) bool {
	w, ok := b.Write()
	q.Act, q.N, q.Off = share.Write, w.Range.N, w.Off
	if !ok {
		return false
	}
	if w.Sizes {
		q.Act, q.Flag = share.None, sizes1
		return true
	}
	if w.Prefixed && w.Content.N > 2 && q.File != nil && q.File.Kind() == share.Pipe {
		w.At, w.Content.N, q.N = w.At+2, w.Content.N-2, q.N-2
	}
	if left := int(w.Range.N) - w.Content.N; b.Command == smb1.WriteRaw && left > 0 {
		a.raw[c.d] = raw1{key: key1(&c.Header, 0), file: q.File, off: w.Off + int64(w.Content.N), left: left}
	}
	a.content1(c, q.File, proto.Orig, w.Off, w.Content)
	return true
}

// sizes1 says in Flag that a file gets the size in Off.
const sizes1 = 1 << 20

// content1 gives the content of a read or write on: at once if it is there, as it
// comes otherwise.
func (a *analyzer) content1(c *call1, f *share.File, from proto.Dir, off int64, p smb1.Content) {
	b, whole := smb1.Part(c.B, p.At, p.N)
	switch {
	case whole:
		if a.o.Begin(c.d, f, from, off, p.N, 0) {
			a.o.Content(c.d, b)
		}
	case a.o.Begin(c.d, f, from, off, p.N, c.Len-p.At-p.N):
		c.done = p.At
	}
}
