package smb1

// Trans is one message of a transaction: the request, what follows it when it is too
// long for one message, or a piece of the answer (MS-CIFS 2.2.4.33, 2.2.4.34, 2.2.4.46,
// 2.2.4.47, 2.2.4.62, 2.2.4.63).
type Trans struct {
	Function uint16 // what a request asks for, as Sub knows it
	FID      uint16 // handle in the setup of a request to a pipe or a device
	Name     Text   // of a Transaction: a pipe or a mailslot
	Timeout  uint32 // of a request, as it is sent
	Setup    []byte // words of the setup

	Params, Data Piece
	// MaxParams and MaxData are what the client can take, bytes.
	MaxParams, MaxData uint32
}

// Piece is a part of the parameters or of the data of a transaction.
type Piece struct {
	B     []byte // what is there of it
	N     uint32 // bytes, as declared
	Disp  uint32 // its place among all
	Total uint32 // bytes of all, as declared here
	// Outside tells that it is declared to lie outside of the message.
	Outside bool
}

// End is where the piece ends among all.
func (p *Piece) End() uint64 { return uint64(p.Disp) + uint64(p.N) }

// More says whether something is to follow the piece.
func (p *Piece) More() bool { return p.End() < uint64(p.Total) }

// Over says whether the piece goes beyond the total.
func (p *Piece) Over() bool { return p.End() > uint64(p.Total) }

// Interim says whether an answer only asks for what is to follow (MS-CIFS 3.2.4.1.5).
func (b *Block) Interim() bool { return len(b.Words) == 0 }

// layout is where the fields of a kind of message lie among its words.
type layout struct {
	total        int // of the parameters, then of the data
	params, data int // count, offset, and displacement if there is one
	disp         bool
	setup        int  // its count; -1 for none
	wide         bool // numbers of four bytes
}

var (
	askSmall  = layout{total: 0, params: 18, data: 22, setup: 26}
	moreSmall = layout{total: 0, params: 4, data: 10, disp: true, setup: -1}
	saySmall  = layout{total: 0, params: 6, data: 12, disp: true, setup: 18}
	askLarge  = layout{total: 3, params: 19, data: 27, setup: 35, wide: true}
	moreLarge = layout{total: 3, params: 11, data: 23, disp: true, setup: -1, wide: true}
	sayLarge  = layout{total: 3, params: 11, data: 23, disp: true, setup: 35, wide: true}
)

// least is how many bytes of words a kind of message has but for the setup.
func (l *layout) least() int {
	switch {
	case l.wide && l.setup < 0:
		return 36
	case l.wide && l.disp:
		return 36
	case l.wide:
		return 38
	case l.setup < 0:
		return 16
	case l.disp:
		return 20
	}
	return 28
}

// number reads one of the fields, of two or four bytes.
func (l *layout) number(b *Block, off int) uint32 {
	if l.wide {
		return b.u32(off)
	}
	return uint32(b.u16(off))
}

// piece reads count, offset and displacement.
func (l *layout) piece(b *Block, off int) Piece {
	size := 2
	if l.wide {
		size = 4
	}
	p := Piece{N: l.number(b, off)}
	if l.disp {
		p.Disp = l.number(b, off+2*size)
	}
	var ok bool
	if at := l.number(b, off+size); p.N <= uint32(b.size) && at <= uint32(b.size) {
		p.B, ok = Part(b.msg, int(at), int(p.N))
	}
	p.Outside = !ok
	return p
}

// read reads what all kinds have.
func (l *layout) read(b *Block) (t Trans, ok bool) {
	least := l.least()
	if len(b.Words) < least {
		return t, false
	}
	t.Params, t.Data = l.piece(b, l.params), l.piece(b, l.data)
	if l.wide {
		t.Params.Total, t.Data.Total = b.u32(l.total), b.u32(l.total+4)
	} else {
		t.Params.Total, t.Data.Total = uint32(b.u16(l.total)), uint32(b.u16(l.total+2))
	}
	if l.setup >= 0 {
		n := 2 * int(b.Words[l.setup])
		if n > len(b.Words)-least {
			return t, false
		}
		t.Setup = b.Words[least : least+n]
	}
	return t, true
}

// Ask reads a request of a transaction.
func (b *Block) Ask() (t Trans, ok bool) {
	if b.Command == NTTransact {
		if t, ok = askLarge.read(b); !ok {
			return t, false
		}
		t.Function, t.MaxParams, t.MaxData = uint16(b.u16(36)), b.u32(11), b.u32(15)
		switch t.Function {
		case NTIoctl, NTNotify:
			t.FID = u16(t.Setup, 4)
		case NTRenameHandle, NTSetSecurity, NTQuerySecurity:
			t.FID = u16(t.Params.B, 0)
		}
		return t, true
	}
	if t, ok = askSmall.read(b); !ok {
		return t, false
	}
	t.Timeout, t.MaxParams, t.MaxData = b.u32(12), uint32(b.u16(4)), uint32(b.u16(6))
	t.Function = u16(t.Setup, 0)
	if b.Command == Transaction {
		s := b.Texts(0)
		t.Name, t.FID = s.Next(), u16(t.Setup, 2)
	}
	return t, true
}

// More reads what follows a request.
func (b *Block) More() (t Trans, ok bool) {
	if b.Command == NTTransactMore {
		return moreLarge.read(b)
	}
	return moreSmall.read(b)
}

// Say reads a piece of the answer. One that is Interim has nothing to read.
func (b *Block) Say() (t Trans, ok bool) {
	if b.Command == NTTransact {
		return sayLarge.read(b)
	}
	return saySmall.read(b)
}

// First is the command whose request a command goes on with, and itself if it goes on
// with none.
func (c Command) First() Command {
	switch c {
	case TransactionMore:
		return Transaction
	case Transaction2More:
		return Transaction2
	case NTTransactMore:
		return NTTransact
	}
	return c
}

// Transacts says whether a command is a transaction or goes on with one.
func (c Command) Transacts() bool {
	switch c.First() {
	case Transaction, Transaction2, NTTransact:
		return true
	}
	return false
}

// MaxWhole bounds what Whole keeps of parameters and data together, bytes.
const MaxWhole = 1 << 16

// Whole puts a request together that comes in several messages. The zero value is
// ready. What it keeps is a copy.
type Whole struct {
	first        Trans
	params, data []byte
	left         int // bytes that have not come
}

// Begin takes the first message of a request. It is false if it is too long to be
// put together.
func (w *Whole) Begin(t *Trans) bool {
	n := uint64(t.Params.Total) + uint64(t.Data.Total)
	if n > MaxWhole {
		return false
	}
	*w = Whole{first: *t, params: make([]byte, t.Params.Total), data: make([]byte, t.Data.Total), left: int(n)}
	w.first.Name.B = append([]byte(nil), t.Name.B...)
	w.first.Setup = append([]byte(nil), t.Setup...)
	w.add(t)
	return true
}

// Add takes a message that follows, and gives the request when it is complete.
func (w *Whole) Add(t *Trans) (*Trans, bool) {
	w.add(t)
	if w.left > 0 {
		return nil, false
	}
	r := w.first
	r.Params = Piece{B: w.params, N: uint32(len(w.params)), Total: uint32(len(w.params))}
	r.Data = Piece{B: w.data, N: uint32(len(w.data)), Total: uint32(len(w.data))}
	return &r, true
}

// Held is the memory that it keeps, bytes.
func (w *Whole) Held() int {
	return cap(w.params) + cap(w.data) + cap(w.first.Name.B) + cap(w.first.Setup)
}

func (w *Whole) add(t *Trans) {
	for _, p := range [...]struct {
		to   []byte
		from *Piece
	}{{w.params, &t.Params}, {w.data, &t.Data}} {
		w.left -= len(p.from.B)
		if uint64(p.from.Disp) < uint64(len(p.to)) {
			copy(p.to[p.from.Disp:], p.from.B)
		}
	}
}
