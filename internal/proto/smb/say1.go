package smb

import (
	"lazaret/internal/proto"
	"lazaret/internal/share"
	"lazaret/internal/smb1"
)

// outcome1 is the status of an answer.
func outcome1(m *smb1.Header) outcome {
	return outcome{Seen: true, OK: !m.Failed(), Status: m.Outcome()}
}

// say1 takes an answer. The status is that of the last command of the chain; those
// before it were done.
func (a *analyzer) say1(c *call1, i int, b *smb1.Block) bool {
	o := outcome1(&c.Header)
	if !b.Last {
		o = outcome{Seen: true, OK: true, Status: "SUCCESS"}
	}
	if b.Command.Transacts() {
		return a.transacted1(c, b, o)
	}
	key := key1(&c.Header, i)
	if b.Command == smb1.WriteRaw && o.OK {
		return true // go on, says the server
	}
	q, ok := a.o.Take(key)
	if ok && q.Cmd != uint16(b.Command) && !(b.Command == smb1.WriteComplete && smb1.Command(q.Cmd) == smb1.WriteRaw) {
		a.o.Unanswered(&q)
		ok = false
	}
	if !ok { // its request was not seen
		switch b.Command {
		case smb1.Negotiate, smb1.SessionSetup, smb1.TreeConnectAndX:
		default:
			return true
		}
		q = share.Request{Cmd: uint16(b.Command), One: true, MID: uint64(c.MID), TS: a.f.Now(), Realm: a.o.Own()}
	}
	if q.Tree == nil && c.tree != nil {
		q.Tree = c.tree
	}
	q.By(a.users[c.UID])
	ok = a.done1(c, b, &q, o)
	a.stand1(&q, o)
	if o.Seen && !(b.Command == smb1.SessionSetup && c.Status == statusMore) {
		a.o.Command(&q, o)
	}
	return ok
}

// skipped1 takes the requests of a chain that were not carried out, because one before
// them failed.
func (a *analyzer) skipped1(c *call1, i int) {
	o := outcome1(&c.Header)
	for ; i > 0 && i < smb1.MaxChain && c.Command != smb1.Negotiate; i++ {
		q, ok := a.o.Take(key1(&c.Header, i))
		if !ok {
			return
		}
		a.o.Concluded(&q, o)
		if q.Act == share.Connect {
			a.o.TriedTree(&q, o)
		}
		a.o.Command(&q, o)
	}
}

// done1 takes the answer to a request that is no transaction.
func (a *analyzer) done1(c *call1, b *smb1.Block, q *share.Request, o outcome) bool {
	switch b.Command {
	case smb1.Negotiate:
		a.choice1(c.d, b)
		return true
	case smb1.SessionSetup:
		return a.granted1(c.d, &c.Header, b, o)
	case smb1.TreeConnectAndX, smb1.TreeConnect0:
		return a.mapped1(c, b, q, o)
	case smb1.TreeDisconnect:
		if o.OK {
			q.Realm.CloseTree(q.N)
		}
	case smb1.Logoff:
		if o.OK {
			delete(a.users, c.UID)
		}
		if o.OK && a.rec.Granted <= 1 {
			a.o.Drop(q.Realm)
		}
	case smb1.NTCreateAndX, smb1.OpenAndX, smb1.Open0, smb1.Create, smb1.CreateNew, smb1.CreateTemporary, smb1.OpenPrintFile:
		if !o.OK {
			break
		}
		h, ok := b.Handle()
		if ok {
			a.opened1(c, q, &h, o)
		}
		return ok
	case smb1.CreateDirectory:
		if o.OK {
			q.File.Result = smb1.Created + 1
			a.o.Made(q.File, o)
		}
	case smb1.ReadAndX, smb1.Read0, smb1.LockAndRead, smb1.ReadMpx:
		return a.given1(c, b, q, o)
	case smb1.WriteAndX, smb1.Write0, smb1.WriteAndUnlock, smb1.WriteAndClose, smb1.WriteComplete, smb1.WriteMpx, smb1.WritePrintFile:
		a.written1(b, q, o)
		return true
	case smb1.QueryInformation2:
		if size, _, ok := b.Attributes(); ok && o.OK && q.File != nil {
			q.File.Size = size
		}
	case smb1.Close, smb1.ClosePrintFile, smb1.CloseAndDisconnect:
		a.closed1(q, o)
		if o.OK && b.Command == smb1.CloseAndDisconnect {
			q.Realm.CloseTree(q.N)
		}
		return true
	}
	a.o.Concluded(q, o)
	return true
}

// mapped1 takes the answer to a request to map a share.
func (a *analyzer) mapped1(c *call1, b *smb1.Block, q *share.Request, o outcome) bool {
	if !o.OK {
		a.o.TriedTree(q, o)
		return true
	}
	g, ok := b.TreeGrant()
	if !ok {
		return false
	}
	t := &share.Tree{Path: q.Text, Service: g.Service.Cut(maxText), Kind: kind1(g.Service)}
	q.Realm.CloseTree(uint32(g.TID))
	q.Realm.Plant(a.o, uint32(g.TID), t)
	q.Tree, c.tree = t, t
	if q.Act == share.Connect {
		a.o.Mapped(q, t, g.FS.Cut(maxText), false)
	}
	return true
}

// kind1 is what a service makes a share (MS-CIFS 2.2.4.55.2).
func kind1(service smb1.Text) share.Kind {
	switch string(service.B) {
	case "A:":
		return share.Disk
	case "IPC":
		return share.Pipe
	case "LPT1:", "COMM":
		return share.Print
	}
	return share.Unknown
}

// opened1 takes a handle that was granted.
func (a *analyzer) opened1(c *call1, q *share.Request, h *smb1.Handle, o outcome) {
	f := q.File
	if f == nil {
		return
	}
	if f.Tree == nil {
		f.Tree = q.Tree
	}
	switch h.Kind {
	case smb1.KindDisk:
		f.Guess = share.Disk
	case smb1.KindBytePipe, smb1.KindMessagePipe:
		f.Guess = share.Pipe
	case smb1.KindPrinter:
		f.Guess = share.Print
	}
	if h.Result != smb1.ResultUnknown {
		f.Result = h.Result + 1
	}
	f.Size = h.Size
	a.known1(f, h)
	a.o.Opened(f, share.FileID{Volatile: uint64(h.FID)}, o)
}

// known1 takes the times of a file.
func (a *analyzer) known1(f *share.File, h *smb1.Handle) {
	f.Times[share.Created], f.Times[share.Accessed] = filetime(h.Created), filetime(h.Accessed)
	f.Times[share.Modified], f.Times[share.Changed] = filetime(h.Modified), filetime(h.Changed)
}

// given1 takes the answer to a read, with its content.
func (a *analyzer) given1(c *call1, b *smb1.Block, q *share.Request, o outcome) bool {
	if !o.OK {
		a.o.Carried(q, 0, o)
		return true
	}
	p, off, ok := b.Given()
	if !ok {
		return false
	}
	if off < 0 {
		off = q.Off
	}
	a.o.Carried(q, uint32(p.N), o)
	a.content1(c, q.File, proto.Resp, off, p)
	return true
}

// written1 takes the answer to a write.
func (a *analyzer) written1(b *smb1.Block, q *share.Request, o outcome) {
	n, said := b.Written()
	switch {
	case q.Flag == sizes1:
		if o.OK && q.File != nil {
			q.File.Sized(q.Off)
		}
		return
	case !said:
		n = q.N
	}
	a.o.Carried(q, min(n, q.N), o)
	if b.Command == smb1.WriteAndClose {
		a.closed1(q, o)
	}
}

// closed1 takes the answer to a close.
func (a *analyzer) closed1(q *share.Request, o outcome) {
	if f := q.File; f != nil && o.OK && f.Moved[proto.Orig].Bytes > 0 { // one that is refused stays open and tells nothing
		f.Size = -1 // it may have grown
	}
	q.Act = share.Close
	a.o.Concluded(q, o)
}

// raw1 is content that comes without a header (MS-CIFS 2.2.4.22.2, 2.2.4.25).
type raw1 struct {
	key  uint64 // of the request, 0 if nothing is to come
	file *share.File
	off  int64
	left int // -1 for as much as comes: the answer to a read
}

// bare1 takes a packet of n bytes without a header, if one is expected.
func (a *analyzer) bare1(d proto.Dir, n int) (p proto.Progress, ok bool) {
	r := a.raw[d]
	if r.key == 0 || r.left >= 0 && n > r.left {
		return p, false
	}
	a.raw[d] = raw1{}
	p.Done = frameLen
	if r.left < 0 {
		q, ok := a.o.Take(r.key)
		if !ok || n > int(q.N) {
			return p, false
		}
		o := outcome{Seen: true, OK: true, Status: "SUCCESS"}
		a.o.Carried(&q, uint32(n), o)
		a.o.Command(&q, o)
		if !a.o.Begin(d, q.File, proto.Resp, q.Off, n, 0) {
			p.Done += n
		}
		return p, true
	}
	if !a.o.Begin(d, r.file, proto.Orig, r.off, n, 0) {
		p.Done += n
	}
	return p, true
}
