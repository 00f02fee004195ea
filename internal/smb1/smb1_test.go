package smb1

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/smb1/smb1test"
)

// Numbers and names as they go over the wire.
var u, wide = smb1test.Bytes, smb1test.Wide

// head is a header: a request with Unicode and a status of NT.
func head(c Command, flags uint8, status uint32) string {
	return u("\xffSMB", uint8(c), status, flags, uint16(0xc001), uint16(0), strings.Repeat("\x00", 10), uint16(7), uint16(0xfeff), uint16(8), uint16(65))
}

// block is a command: words and data.
func block(words, data string) string {
	return u(uint8(len(words)/2), words, uint16(len(data)), data)
}

// andX begins the words of a command that another follows at an offset.
func andX(c Command, off int) string { return u(uint8(c), uint8(0), uint16(off)) }

// ask makes a request of one command.
func ask(c Command, words, data string) string { return head(c, 0, 0) + block(words, data) }

// say makes an answer of one command.
func say(c Command, words, data string) string { return head(c, 0x80, 0) + block(words, data) }

// first reads the first command of a message.
func first(t *testing.T, in string) *Block {
	t.Helper()
	m, ok := Parse([]byte(in), len(in))
	b := &Block{}
	if !ok || !m.Next(b) {
		t.Fatalf("no message: %q", in)
	}
	return b
}

func TestHeader(t *testing.T) {
	m, ok := Parse([]byte(ask(Close, "\x01\x02\x00\x00\x00\x00", "")), 41)
	if !ok || m.Command != Close || m.TID != 7 || m.PID != 0xfeff || m.UID != 8 || m.MID != 65 || m.Reply() || !m.Wide() || m.DOS() {
		t.Errorf("%+v", m.Header)
	}
	for _, c := range []struct {
		status uint32
		flags2 uint16
		name   string
		failed bool
	}{{0, 0, "SUCCESS", false}, {0x00020001, 0, "DOS_1_2", true}, {0xc0000002, 0x4000, "NOT_IMPLEMENTED", true}, {0x80000005, 0x4000, "BUFFER_OVERFLOW", false}} {
		h := Header{Status: c.status, Flags2: c.flags2}
		if h.Outcome() != c.name || h.Failed() != c.failed {
			t.Errorf("%08x: %s %v", c.status, h.Outcome(), h.Failed())
		}
	}
}

// TestChain holds that every command of a chain is read, and that none is read twice.
func TestChain(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string
		fault    Fault
	}{
		{"one", ask(Echo, "\x01\x00", "x"), "ECHO", FaultNone},
		{"two", ask(Logoff, andX(TreeDisconnect, 39), "") + block("", ""), "LOGOFF_ANDX TREE_DISCONNECT", FaultNone},
		{"with a hole", ask(Logoff, andX(Close, 42), "") + "???" + block("\x05\x00\x00\x00\x00\x00", ""), "LOGOFF_ANDX CLOSE", FaultNone},
		{"back to itself", ask(Logoff, andX(Logoff, 32), ""), "LOGOFF_ANDX", FaultBack},
		{"into its words", ask(Logoff, andX(Close, 35), ""), "LOGOFF_ANDX", FaultBack},
		{"past the end", ask(Logoff, andX(Close, 99), ""), "LOGOFF_ANDX", FaultOutside},
		{"words past the end", ask(Logoff, andX(Close, 39), "") + "\x05\x01", "LOGOFF_ANDX", FaultOutside},
		{"none behind a last one", ask(Close, andX(Close, 39), "") + block("", ""), "CLOSE", FaultNone},
	} {
		m, ok := Parse([]byte(c.in), len(c.in))
		if !ok {
			t.Fatal(c.name)
		}
		var names []string
		for b := (Block{}); m.Next(&b); {
			names = append(names, b.Command.String())
		}
		if got := strings.Join(names, " "); got != c.want || m.Fault() != c.fault {
			t.Errorf("%s: %s, fault %d; want %s, %d", c.name, got, m.Fault(), c.want, c.fault)
		}
	}
	long := head(Logoff, 0, 0)
	for range MaxChain + 5 {
		long += block(andX(Logoff, len(long)+7), "")
	}
	m, _ := Parse([]byte(long), len(long))
	n := 0
	for b := (Block{}); m.Next(&b); n++ {
	}
	if n != MaxChain || m.Fault() != FaultLong {
		t.Errorf("%d commands, fault %d", n, m.Fault())
	}
}

func TestNeeds(t *testing.T) {
	write := ask(WriteAndX, "\xff"+strings.Repeat("\x00", 23), "")
	for _, c := range []struct {
		in   string
		want int
	}{{write, 59}, {ask(WriteAndX, "\x04"+strings.Repeat("\x00", 23), ""), 5000}, {say(ReadAndX, "\xff"+strings.Repeat("\x00", 23), ""), 59},
		{ask(ReadAndX, "\xff"+strings.Repeat("\x00", 23), ""), 5000}, {ask(Close, "\xff"+strings.Repeat("\x00", 23), ""), 5000}} {
		if got := Needs([]byte(c.in), 5000); got != c.want {
			t.Errorf("%q: %d, want %d", c.in[4:5], got, c.want)
		}
	}
	if Needs([]byte(write[:9]), 5000) != LeastLen {
		t.Error("a short head is enough")
	}
}

func TestOpen(t *testing.T) {
	nt := u(andX(NoAndX, 0), uint8(0), uint16(10), uint32(0), uint32(0), uint32(0x12019f), uint64(0), uint32(0x80), uint32(7), uint32(5), uint32(0x1040), uint32(2), uint8(3))
	for _, c := range []struct {
		name, in string
		want     string
	}{
		{"nt", ask(NTCreateAndX, nt, "\x00"+wide(`\a.tx`)+"\x00\x00"), `\a.tx 5 1040 12019f`},
		{"nt, name cut", ask(NTCreateAndX, nt, "\x00"+wide(`\a`)), `\a 5 1040 12019f`},
		{"lan manager", ask(OpenAndX, u(andX(NoAndX, 0), strings.Repeat("\x00", 12), uint16(0x12), strings.Repeat("\x00", 12)), "\x00"+wide("b")+"\x00\x00"), "b 5 0 0"},
		{"core", ask(Open0, u(uint16(2), uint16(0)), "\x04\x00"+wide("c")+"\x00\x00"), "c 1 0 0"},
		{"new", ask(CreateNew, u(uint16(2), uint32(0)), "\x04\x00"+wide("d")+"\x00\x00"), "d 2 0 0"},
		{"create", ask(Create, u(uint16(2), uint32(0)), "\x04"+"\x00"+wide("e")+"\x00\x00"), "e 5 0 0"},
	} {
		if c.name == "core" || c.name == "new" || c.name == "create" { // the name is at an even place
			b := first(t, c.in)
			if (b.At+1)&1 == 0 {
				c.in = strings.Replace(c.in, "\x04\x00", "\x04", 1)
			}
		}
		o, ok := first(t, c.in).Open()
		if got := fmt.Sprintf("%s %d %x %x", o.Name, o.Disposition, o.Options, o.Access); !ok || got != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, ok, c.want)
		}
	}
	for v, want := range map[int]uint32{0: New, 1: Existing, 0x11: ExistingOrNew, 2: Truncate, 0x12: TruncateOrNew, 0x10: New} {
		if got := mode(v); got != want {
			t.Errorf("mode %#x: %d, want %d", v, got, want)
		}
	}
	if _, ok := first(t, ask(NTCreateAndX, "\x00\x00", "")).Open(); ok {
		t.Error("too few words are enough")
	}
}

func TestHandle(t *testing.T) {
	nt := u(andX(NoAndX, 0), uint8(0), uint16(0x4001), uint32(2), uint64(epoch+1), uint64(epoch+2), uint64(epoch+3), uint64(epoch+4), uint32(0x80), uint64(4096), uint64(182),
		uint16(0), uint16(7), uint8(0))
	for _, c := range []struct {
		name, in string
		want     Handle
	}{
		{"nt", say(NTCreateAndX, nt, ""), Handle{0x4001, Created, KindDisk, epoch + 1, epoch + 2, epoch + 3, epoch + 4, 182, false}},
		{"core", say(Open0, u(uint16(3), uint16(0), uint32(1), uint32(99), uint16(2)), ""), Handle{FID: 3, Result: Opened, Kind: KindUnknown, Modified: epoch + 10_000_000, Size: 99}},
		{"lan manager", say(OpenAndX, u(andX(NoAndX, 0), uint16(3), uint16(0), uint32(1), uint32(99), uint16(2), uint16(2), uint16(0), uint16(0x8003), uint32(0), uint16(0)), ""),
			Handle{FID: 3, Result: Overwritten, Kind: KindMessagePipe, Modified: epoch + 10_000_000, Size: 99}},
	} {
		if h, ok := first(t, c.in).Handle(); !ok || h != c.want {
			t.Errorf("%s: %+v %v", c.name, h, ok)
		}
	}
}

func TestMoves(t *testing.T) {
	r, ok := first(t, ask(ReadAndX, u(andX(NoAndX, 0), uint16(9), uint32(0x10), uint16(0xf000), uint16(0), uint32(1), uint16(0), uint32(2)), "")).Read()
	if !ok || r != (Range{0x2_0000_0010, 0x1f000}) {
		t.Errorf("read %+v %v", r, ok)
	}
	in := say(ReadAndX, u(andX(NoAndX, 0), uint16(0), uint16(0), uint16(0), uint16(3), uint16(60), uint16(0), strings.Repeat("\x00", 8)), "\x00abc")
	if c, _, ok := first(t, in).Given(); !ok || in[c.At:c.At+c.N] != "abc" {
		t.Errorf("given %+v %v", c, ok)
	}
	in = ask(WriteAndX, u(andX(NoAndX, 0), uint16(9), uint32(5), uint32(0), uint16(0xc), uint16(0), uint16(0), uint16(4), uint16(64), uint32(0)), "\x00abcd")
	w, ok := first(t, in).Write()
	if !ok || in[w.At:w.At+w.Content.N] != "abcd" || w.Off != 5 || !w.Prefixed || w.Range.N != 4 {
		t.Errorf("write %+v %v", w, ok)
	}
	if _, ok := first(t, strings.Replace(in, "\x04\x00\x40\x00", "\x09\x00\x40\x00", 1)).Write(); ok {
		t.Error("content beyond the message is accepted")
	}
	if w, ok = first(t, ask(Write0, u(uint16(9), uint16(0), uint32(77), uint16(0)), "\x01\x00\x00")).Write(); !ok || !w.Sizes || w.Off != 77 {
		t.Errorf("truncation %+v %v", w, ok)
	}
	in = ask(WriteAndClose, u(uint16(9), uint16(3), uint32(1), uint32(0)), "\x00xyz")
	if w, ok = first(t, in).Write(); !ok || in[w.At:w.At+3] != "xyz" {
		t.Errorf("write and close %+v %v", w, ok)
	}
	if n, ok := first(t, say(WriteAndX, u(andX(NoAndX, 0), uint16(1), uint16(0), uint16(2), uint16(0)), "")).Written(); !ok || n != 0x20001 {
		t.Errorf("written %d", n)
	}
	for in, want := range map[string]uint16{ask(Close, u(uint16(9), uint32(0)), ""): 9, ask(LockingAndX, u(andX(NoAndX, 0), uint16(8), uint32(0)), ""): 8} {
		if fid, ok := first(t, in).FID(); !ok || fid != want {
			t.Errorf("handle %d %v, want %d", fid, ok, want)
		}
	}
}

func TestPaths(t *testing.T) {
	ascii := func(c Command, words, data string) string {
		b := []byte(ask(c, words, data))
		b[11] &^= 0x80
		return string(b)
	}
	for _, c := range []struct{ in, want string }{
		{ascii(Delete, "\x00\x00", "\x04\\a\x00"), `\a  false`},
		{ascii(Rename, "\x00\x00", "\x04\\a\x00\x04\\b\x00"), `\a \b false`},
		{ascii(NTRename, "\x00\x00\x03\x01\x00\x00\x00\x00", "\x04\\a\x00\x04\\b\x00"), `\a \b true`},
		{ascii(Move, "\x00\x00\x00\x00\x00\x00", "\x04\\a\x00\x04\\b\x00"), `\a \b false`},
	} {
		p, ok := first(t, c.in).Paths()
		if got := fmt.Sprint(p.Name, " ", p.To, " ", p.Link); !ok || got != c.want {
			t.Errorf("%q %v, want %q", got, ok, c.want)
		}
	}
	for _, in := range []string{ascii(Delete, "\x00\x00", ""), ascii(Delete, "\x00\x00", "\x02a\x00"), ascii(Rename, "\x00\x00", "\x04a\x00")} {
		if p, ok := first(t, in).Paths(); ok {
			t.Errorf("%q is read as %+v", in, p)
		}
	}
}

func TestTree(t *testing.T) {
	r, ok := first(t, ask(TreeConnectAndX, u(andX(NoAndX, 0), uint16(8), uint16(3)), "pw\x00"+wide(`\\CT1\SCANS`)+"\x00\x00?????\x00")).TreeConnect()
	if !ok || r.Path.String() != `\\CT1\SCANS` || r.Service.String() != "?????" {
		t.Errorf("%q %q", r.Path, r.Service)
	}
	if _, ok := first(t, ask(TreeConnectAndX, u(andX(NoAndX, 0), uint16(8), uint16(300)), "pw")).TreeConnect(); ok {
		t.Error("a password past the end is accepted")
	}
	g, ok := first(t, say(TreeConnectAndX, u(andX(NoAndX, 0), uint16(1)), "A:\x00"+wide("NTFS")+"\x00\x00")).TreeGrant()
	if !ok || g.Service.String() != "A:" || g.FS.String() != "NTFS" || g.TID != 7 {
		t.Errorf("%+v", g)
	}
}

// trans2 makes a request of Transaction2; offsets count from the header.
func trans2(sub uint16, params, data string) string {
	at := 32 + 1 + 30 + 2 + 3
	return ask(Transaction2, u(uint16(len(params)), uint16(len(data)), uint16(2), uint16(40), uint8(0), uint8(0), uint16(0), uint32(0x00a4d9a6), uint16(0),
		uint16(len(params)), uint16(at), uint16(len(data)), uint16(at+len(params)), uint8(1), uint8(0), sub), "\x00\x00\x00"+params+data)
}

func TestTransaction2(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     string
	}{
		{"find", trans2(T2FindFirst, u(uint16(0x16), uint16(100), uint16(6), uint16(0x104), uint32(0), wide(`\scan*`)+"\x00\x00"), ""), `\scan* level 104 count 100 change 0`},
		{"path", trans2(T2QueryPath, u(uint16(0x107), uint32(0), wide(`\a`)+"\x00\x00"), ""), `\a level 107 count 0 change 0`},
		{"size", trans2(T2SetFile, u(uint16(9), uint16(0x104), uint16(0)), u(uint64(77))), ` level 104 count 0 change 4 77`},
		{"delete", trans2(T2SetFile, u(uint16(9), uint16(1013), uint16(0)), "\x01"), ` level 3f5 count 0 change 3 true`},
		{"rename", trans2(T2SetFile, u(uint16(9), uint16(1010), uint16(0)), u(uint32(1), uint32(0), uint32(4), wide("bc"))), ` level 3f2 count 0 change 2 bc`},
	} {
		r, ok := first(t, c.in).Ask()
		if !ok || r.Timeout != 0x00a4d9a6 {
			t.Fatalf("%s: %+v", c.name, r)
		}
		p, ok := r.T2(true)
		got := fmt.Sprintf("%s level %x count %d change %d", p.Name, p.Level, p.Count, p.Change)
		switch p.Change {
		case ChangeSize:
			got += fmt.Sprint(" ", p.Size)
		case ChangeDelete:
			got += fmt.Sprint(" ", p.Delete)
		case ChangeName:
			got += " " + p.To.String()
		}
		if !ok || got != c.want {
			t.Errorf("%s: %q %v, want %q", c.name, got, ok, c.want)
		}
	}
	for _, in := range []string{trans2(T2FindFirst, "123", ""), trans2(T2SetFile, u(uint16(9), uint16(1010), uint16(0)), u(uint32(1), uint32(0), uint32(99))),
		trans2(T2SetFile, u(uint16(9), uint16(0x104), uint16(0)), "1")} {
		r, _ := first(t, in).Ask()
		if p, ok := r.T2(true); ok {
			t.Errorf("%q is read as %+v", in[60:], p)
		}
	}
}

// TestPieces holds that what lies about its place is told and not read.
func TestPieces(t *testing.T) {
	in := []byte(trans2(T2SessionSetup, strings.Repeat("\x00", 12), "data"))
	r, ok := first(t, string(in)).Ask()
	if !ok || r.Function != T2SessionSetup || len(r.Params.B) != 12 || string(r.Data.B) != "data" || r.Data.Outside || r.Data.Over() || r.Data.More() {
		t.Errorf("%+v", r)
	}
	binary.LittleEndian.PutUint16(in[33+24:], 0xfff0) // where the data are
	if r, _ = first(t, string(in)).Ask(); !r.Data.Outside || r.Data.B != nil {
		t.Errorf("outside: %+v", r.Data)
	}
	binary.LittleEndian.PutUint16(in[33+2:], 3) // all data
	if r, _ = first(t, string(in)).Ask(); !r.Data.Over() {
		t.Errorf("beyond: %+v", r.Data)
	}
	in[33+26] = 200 // words of the setup
	if _, ok = first(t, string(in)).Ask(); ok {
		t.Error("a setup past the end is accepted")
	}
	more := ask(Transaction2More, u(uint16(12), uint16(66), uint16(0), uint16(0), uint16(0), uint16(4), uint16(53), uint16(62), uint16(0)), "tail")
	if r, ok = first(t, more).More(); !ok || string(r.Data.B) != "tail" || r.Data.End() != 66 || r.Data.More() {
		t.Errorf("more: %+v", r)
	}
	nt := ask(NTTransact, u(uint8(1), uint16(0), uint32(30), uint32(66512), uint32(30), uint32(0), uint32(0), uint32(0), uint32(976), uint32(73), uint8(0), uint16(0)), "x")
	if r, ok = first(t, nt).Ask(); !ok || r.Data.Total != 66512 || !r.Data.More() || !r.Data.Outside {
		t.Errorf("nt: %+v", r)
	}
}

// TestWhole holds that a request in pieces is the request in one.
func TestWhole(t *testing.T) {
	var w Whole
	all := Trans{Function: T2SetPath, Params: Piece{B: []byte("\x04\x01\x00\x00"), N: 4, Total: 8}, Data: Piece{Total: 8}}
	if !w.Begin(&all) {
		t.Fatal("not begun")
	}
	if _, done := w.Add(&Trans{Params: Piece{B: []byte("\x00\x00a\x00"), N: 4, Disp: 4}, Data: Piece{B: []byte("1234"), N: 4}}); done {
		t.Error("done early")
	}
	r, done := w.Add(&Trans{Data: Piece{B: []byte("5678"), N: 4, Disp: 4}})
	if !done || string(r.Params.B) != "\x04\x01\x00\x00\x00\x00a\x00" || string(r.Data.B) != "12345678" {
		t.Errorf("%+v %v", r, done)
	}
	if w.Begin(&Trans{Data: Piece{Total: 66512}}) {
		t.Error("a long one is kept")
	}
	w.Begin(&Trans{Data: Piece{Total: 4}})
	w.Add(&Trans{Data: Piece{B: []byte("12345"), N: 5, Disp: 9}}) // beyond
}

func TestRAP(t *testing.T) {
	for _, c := range []struct{ name, params, want string }{
		{"all servers", u(uint16(104), "WrLehDz\x00B16BBDz\x00", uint16(1), uint16(4356), uint32(0xffffffff), "WARD\x00"), "NetServerEnum2 WrLehDz B16BBDz true 1 true ffffffff WARD "},
		{"domains", u(uint16(104), "WrLehDO\x00B16\x00", uint16(0), uint16(4356), uint32(0x80000000)), "NetServerEnum2 WrLehDO B16 true 0 true 80000000  "},
		{"from a name on", u(uint16(215), "WrLehDzz\x00B16BBDz\x00", uint16(1), uint16(4356), uint32(2), "WARD\x00CT1\x00"), "NetServerEnum3 WrLehDzz B16BBDz true 1 true 2 WARD CT1"},
		{"shares", u(uint16(0), "WrLeh\x00B13BWz\x00", uint16(1), uint16(1024)), "NetShareEnum WrLeh B13BWz true 1 false 0  "},
		{"one share", u(uint16(1), "zWrLh\x00B13BWz\x00", "SCANS\x00", uint16(1), uint16(1024)), "NetShareGetInfo zWrLh B13BWz true 1 false 0 SCANS "},
		{"cut", u(uint16(999), "WrLehDz\x00B16"), "unknown-rap-function-999 WrLehDz B16 false 0 false 0  "},
	} {
		r, ok := (&Trans{Params: Piece{B: []byte(c.params)}}).RAP()
		if got := fmt.Sprint(r.Name(), " ", r.Params, " ", r.Data, " ", r.HasLevel, " ", r.Level, " ", r.HasServers, " ", fmt.Sprintf("%x", r.Servers), " ", r.Names[0], " ", r.Names[1]); !ok || got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	a, ok := (&Trans{Params: Piece{B: []byte(u(uint16(234), uint16(0), uint16(3), uint16(9)))}}).RAPAnswer()
	if !ok || a != (RAPAnswer{234, 3, 9}) {
		t.Errorf("%+v", a)
	}
	for name, want := range map[string]bool{`\PIPE\LANMAN`: true, `\pipe\lanman`: true, `\PIPE\`: false, `\PIPE\LANMANS`: false} {
		if IsRAP(Text{B: []byte(name)}) != want || IsRAP(Text{[]byte(wide(name)), true}) != want {
			t.Errorf("%s: not %v", name, want)
		}
	}
	if !IsMailslot(Text{[]byte(wide(`\MAILSLOT\BROWSE`)), true}) || IsMailslot(Text{B: []byte(`\MAILSLOT\`)}) {
		t.Error("mailslots are not known")
	}
}

// TestAllocs holds that reading a message does not allocate.
func TestAllocs(t *testing.T) {
	list := samples()
	if n := testing.AllocsPerRun(100, func() {
		for _, in := range list {
			readAll(in, len(in))
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
