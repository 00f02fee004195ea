package smb

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/share"
	"lazaret/internal/smb1"
)

// Requests of remote administration and mail to mailslots are told apart from
// functions of pipes by these bits of Sub.
const (
	subRAP  = 0x10000
	subMail = 0x20000
)

// name1 is the name of a command of SMB1 and of what it does in particular.
func name1(cmd uint16, sub uint32) (string, string) {
	c := smb1.Command(cmd)
	switch {
	case sub&subRAP != 0:
		return c.String(), (&smb1.RAP{Function: uint16(sub)}).Name()
	case sub&subMail != 0:
		return c.String(), "MAILSLOT_WRITE"
	}
	return c.String(), smb1.Sub(c, uint16(sub))
}

// unfinished says in Flag that a request is to go on in other messages.
const unfinished = 1 << 21

// backdoorStep is by how much a backdoor adds to the multiplex id in its answers.
const backdoorStep = 0x10

// longData is more than any client puts into the data of NTTransact.
const longData = 0x8150

// fact1 is what is told of a transaction that stands out.
func (a *analyzer) fact1(q *share.Request) *TransRecord {
	if r, ok := q.Fact.(*TransRecord); ok {
		return r
	}
	r := &TransRecord{}
	r.Command, r.SubCommand = name1(q.Cmd, q.Sub)
	if q.Tree != nil {
		r.Path = q.Tree.Path
	}
	q.Fact = r
	return r
}

// head fills what the header says.
func (r *TransRecord) head(m *smb1.Header) {
	r.MID, r.TID, r.PID = uint64(m.MID), uint64(m.TID), uint64(m.PID)
}

// odd adds a word, once.
func (r *TransRecord) odd(word string) {
	if !slices.Contains(r.Odd, word) {
		r.Odd = append(r.Odd, word)
	}
}

// transact1 takes the first message of a transaction.
func (a *analyzer) transact1(c *call1, b *smb1.Block, q *share.Request) bool {
	t, ok := b.Ask()
	if !ok {
		return false
	}
	q.Sub, q.N, q.Off = uint32(t.Function), t.Data.Total, int64(t.Data.N)
	switch {
	case b.Command == smb1.Transaction && smb1.IsRAP(t.Name):
		q.Sub = subRAP
		if len(t.Params.B) >= 2 {
			q.Sub |= uint32(t.Params.B[0]) | uint32(t.Params.B[1])<<8
		}
	case b.Command == smb1.Transaction && smb1.IsMailslot(t.Name):
		q.Sub = subMail
	}
	a.suspect1(c, b, q, &t)
	if a.piped1(c, q, &t) {
		if q.File == nil {
			return true
		}
		q.File.Guess = share.Pipe
		a.piece1(q.File, proto.Orig, &t.Data)
		if t.Data.More() {
			q.Flag = unfinished
		}
		return true
	}
	if t.Params.More() || t.Data.More() {
		if q.Flag = unfinished; a.part.Begin(&t) {
			a.partKey = key1(&c.Header, 0)
		}
		return true
	}
	return a.asked1(c, q, &t)
}

// suspect1 looks for what does not add up, and for what only few clients do.
func (a *analyzer) suspect1(c *call1, b *smb1.Block, q *share.Request, t *smb1.Trans) {
	var odd []string
	if t.Params.Outside || t.Data.Outside {
		odd = append(odd, "outside_message")
	}
	if t.Params.Over() || t.Data.Over() {
		odd = append(odd, "beyond_total")
	}
	switch {
	case b.Command == smb1.NTTransact && t.Data.Total > longData:
		odd = append(odd, "long")
	case b.Command == smb1.NTTransact && (t.Function == 0 || t.Function > smb1.NTSetQuota):
		odd = append(odd, "unknown_function")
	}
	backdoor := b.Command == smb1.Transaction2 && t.Function == smb1.T2SessionSetup
	peek := b.Command == smb1.Transaction && q.Sub == smb1.PeekPipe
	if odd == nil && !backdoor && !peek && q.Sub&(subRAP|subMail) == 0 {
		return
	}
	r := a.fact1(q)
	r.head(&c.Header)
	r.Odd, r.Name = odd, a.text1(t.Name)
	r.Params, r.Data, r.Sent = event.N(t.Params.Total), event.N(t.Data.Total), event.N(t.Data.N)
	if t.Timeout != 0 {
		r.Timeout = event.N(t.Timeout)
	}
	if backdoor {
		r.Opcode = fmt.Sprintf("0x%02x", uint8(t.Timeout)+uint8(t.Timeout>>8)+uint8(t.Timeout>>16)+uint8(t.Timeout>>24))
	}
	if peek {
		r.FID = event.N(t.FID)
	}
}

// piped1 says whether a request moves content of a pipe, and finds the pipe.
func (a *analyzer) piped1(c *call1, q *share.Request, t *smb1.Trans) bool {
	switch cmd := smb1.Command(q.Cmd); {
	case cmd == smb1.Transaction && (q.Sub == smb1.TransactPipe || q.Sub == smb1.RawWritePipe || q.Sub == smb1.WritePipe ||
		q.Sub == smb1.RawReadPipe || q.Sub == smb1.ReadPipe),
		cmd == smb1.NTTransact && t.Function == smb1.NTIoctl && t.NTControl() == fsctlPipeTransceive:
		a.handle1(c, q, t.FID)
	case cmd == smb1.Transaction && q.Sub == smb1.CallPipe: // open, transact, close at once
		q.Act, q.File = share.Close, a.named1(q, t.Name)
	default:
		return false
	}
	return true
}

// piece1 gives a piece of a transaction on to a pipe.
func (a *analyzer) piece1(f *share.File, from proto.Dir, p *smb1.Piece) {
	if f.Kind() != share.Pipe || p.N == 0 {
		return
	}
	if p.Outside {
		a.o.Miss(f, from, 0, int(min(p.N, maxMessage)))
	} else {
		a.o.Bring(f, from, 0, p.B)
	}
	f.Moved[from].Bytes += uint64(len(p.B))
}

// more1 takes a message that goes on with a request.
func (a *analyzer) more1(c *call1, b *smb1.Block) bool {
	t, ok := b.More()
	if !ok {
		return false
	}
	key := key1(&c.Header, 0)
	q := a.o.Peek(key)
	if q == nil || !smb1.Command(q.Cmd).Transacts() {
		a.f.Weird("stray_smb1_secondary", 0)
		return true
	}
	var odd []string
	if smb1.Command(q.Cmd) != b.Command.First() {
		odd = append(odd, "other_secondary")
	}
	if t.Params.Outside || t.Data.Outside {
		odd = append(odd, "outside_message")
	}
	if t.Data.End() > uint64(q.N) || t.Data.Over() {
		odd = append(odd, "beyond_total")
	}
	if q.Flag != unfinished {
		odd = append(odd, "late_secondary")
	}
	sent := q.Off
	if q.Flag == unfinished {
		q.Off += int64(t.Data.N)
		sent = q.Off
	}
	if r, ok := q.Fact.(*TransRecord); ok || odd != nil {
		if !ok {
			r = a.fact1(q)
			r.head(&c.Header)
			r.Data, r.Sent = event.N(q.N), event.N(sent-int64(t.Data.N))
		}
		for _, w := range odd {
			r.odd(w)
		}
		r.More++
		r.Sent = event.N(r.Sent.V + uint64(t.Data.N))
	}
	switch {
	case q.Flag != unfinished:
	case q.File != nil:
		a.piece1(q.File, proto.Orig, &t.Data)
		if q.Off >= int64(q.N) {
			q.Flag = 0
		}
	case a.partKey == key:
		if whole, done := a.part.Add(&t); done {
			a.partKey, q.Flag = 0, 0
			return a.asked1(c, q, whole)
		}
	}
	return true
}

// asked1 takes a transaction that is whole and does not move content of a pipe.
func (a *analyzer) asked1(c *call1, q *share.Request, t *smb1.Trans) bool {
	switch smb1.Command(q.Cmd) {
	case smb1.Transaction:
		if q.Sub&subRAP != 0 {
			return a.rap1(q, t)
		}
		q.Text = a.text1(t.Name)
	case smb1.Transaction2:
		return a.second1(c, q, t)
	case smb1.NTTransact:
		return a.nt1(c, q, t)
	}
	return true
}

// rap1 takes a call of remote administration.
func (a *analyzer) rap1(q *share.Request, t *smb1.Trans) bool {
	call, ok := t.RAP()
	if !ok {
		return false
	}
	r := a.fact1(q)
	r.ParamDesc, r.DataDesc = call.Params.Cut(32), call.Data.Cut(32)
	if call.HasLevel {
		r.Level = event.N(call.Level)
	}
	if call.HasServers {
		r.Servers, r.Domain = fmt.Sprintf("0x%08x", call.Servers), call.Names[0].Cut(32)
	}
	return true
}

// second1 takes a request of Transaction2.
func (a *analyzer) second1(c *call1, q *share.Request, t *smb1.Trans) bool {
	p, ok := t.T2(c.Wide())
	if !ok {
		return false
	}
	switch t.Function {
	case smb1.T2Open:
		a.open1(q, &p.Open, c)
	case smb1.T2QueryFile, smb1.T2SetFile:
		a.handle1(c, q, p.FID)
	case smb1.T2SetPath:
		q.File = a.named1(q, p.Name)
	case smb1.T2CreateDirectory:
		q.Act, q.File = share.Open, a.named1(q, p.Name)
		q.File.Wish, q.File.Options = wish(smb1.New), share.OptDirectory
	case smb1.T2SessionSetup:
	default:
		q.Text = a.text1(p.Name)
	}
	q.Flag = uint32(p.Level)
	switch p.Change {
	case smb1.ChangeAttributes:
		q.Act = share.Set
	case smb1.ChangeName:
		q.Act, q.Text = share.Rename, a.text1(p.To)
		if i := strings.LastIndexByte(q.File.Name, '\\'); i >= 0 && !strings.Contains(q.Text, `\`) {
			q.Text = q.File.Name[:i+1] + q.Text // which is relative to where the file is
		}
	case smb1.ChangeDelete:
		if q.Act, q.Flag = share.Delete, 0; p.Delete {
			q.Flag = 1
		}
	case smb1.ChangeSize:
		q.Flag, q.Off = sizes1, p.Size
	case smb1.ChangeOpen:
		a.open1(q, &smb1.Open{Name: p.Name, Disposition: p.Open.Disposition}, c)
	}
	return true
}

// nt1 takes a request of NTTransact.
func (a *analyzer) nt1(c *call1, q *share.Request, t *smb1.Trans) (ok bool) {
	switch t.Function {
	case smb1.NTCreate:
		o, ok := t.NTOpen(c.Wide())
		if ok {
			a.open1(q, &o, c)
		}
		return ok
	case smb1.NTIoctl, smb1.NTNotify, smb1.NTQuerySecurity, smb1.NTSetSecurity:
		a.handle1(c, q, t.FID)
	case smb1.NTRenameHandle:
		a.handle1(c, q, t.FID)
		name, ok := t.NTNewName(c.Wide())
		q.Act, q.Text = share.Rename, a.text1(name)
		return ok
	}
	return true
}

// transacted1 takes an answer to a transaction, or a piece of it.
func (a *analyzer) transacted1(c *call1, b *smb1.Block, o outcome) bool {
	key := key1(&c.Header, 0)
	q := a.o.Peek(key)
	if q == nil && c.MID >= backdoorStep {
		back := key - backdoorStep
		if p := a.o.Peek(back); p != nil && smb1.Command(p.Cmd) == smb1.Transaction2 && p.Sub == smb1.T2SessionSetup {
			key, q = back, p
			a.fact1(q).ReplyMID = event.N(c.MID)
		}
	}
	if q == nil || !smb1.Command(q.Cmd).Transacts() || o.OK && b.Interim() && q.Flag == unfinished {
		return true
	}
	last, ok := true, true
	if o.OK && !b.Interim() {
		var t smb1.Trans
		if t, ok = b.Say(); ok {
			a.answer1(c, q, &t, o)
			last = !t.Params.More() && !t.Data.More()
		}
	}
	if !last {
		return true
	}
	done, _ := a.o.Take(key)
	done.By(a.users[c.UID])
	a.stand1(&done, o)
	if a.partKey == key {
		a.partKey, a.part = 0, smb1.Whole{}
	}
	if f := done.File; f != nil && o.OK && done.Flag == sizes1 {
		f.Sized(done.Off)
	}
	a.o.Concluded(&done, o)
	a.o.Command(&done, o)
	return ok
}

// answer1 takes a piece of the answer to a transaction that was carried out.
func (a *analyzer) answer1(c *call1, q *share.Request, t *smb1.Trans, o outcome) {
	cmd, first := smb1.Command(q.Cmd), t.Params.Disp == 0 && t.Data.Disp == 0
	switch {
	case q.File != nil && (cmd == smb1.Transaction || cmd == smb1.NTTransact && q.Act == share.None && q.File.Kind() == share.Pipe):
		a.piece1(q.File, proto.Resp, &t.Data)
	case !first:
	case q.Sub&subRAP != 0:
		if s, ok := t.RAPAnswer(); ok {
			r := a.fact1(q)
			r.Return = event.N(s.Status)
			if strings.Contains(r.ParamDesc, "eh") {
				r.Entries, r.Available = event.N(s.Entries), event.N(s.Available)
			}
		}
	case q.Act == share.Open && cmd == smb1.NTTransact:
		if h, ok := t.NTHandle(); ok {
			a.opened1(c, q, &h, o)
		}
	case q.Act == share.Open && q.Sub == smb1.T2CreateDirectory:
		q.File.Result = smb1.Created + 1
		a.o.Made(q.File, o)
	case q.Act == share.Open:
		if h, ok := t.T2Handle(uint16(q.Sub)); ok {
			a.opened1(c, q, &h, o)
		}
	case cmd == smb1.Transaction2 && q.Sub == smb1.T2QueryFile && q.File != nil:
		if h, ok := t.Known(uint16(q.Flag)); ok && h.Size >= 0 {
			q.File.Size = h.Size
		}
	}
}

// stand1 tells of a request that stands out, when its answer came.
func (a *analyzer) stand1(q *share.Request, o outcome) {
	if r, ok := q.Fact.(*TransRecord); ok {
		r.Status, q.Fact = o.Status, nil
		a.f.Emit(q.TS, r)
	}
}

// echo1 takes note of the first echo of a conversation.
func (a *analyzer) echo1(c *call1, b *smb1.Block, q *share.Request) {
	data, _ := b.Echo()
	if a.echoed || len(data) == 0 {
		return
	}
	a.echoed = true
	r := a.fact1(q)
	r.head(&c.Header)
	r.Data, r.Echo = event.N(len(data)), (smb1.Text{B: data}).Cut(16)
}
