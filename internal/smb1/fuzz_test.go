package smb1

import (
	"strings"
	"testing"
)

// samples are messages of many kinds.
func samples() (list [][]byte) {
	for _, s := range []string{
		ask(Negotiate, "", "\x02NT LM 0.12\x00"),
		say(Negotiate, u(uint16(0), uint8(3), uint16(50), uint16(1), uint32(16644), uint32(65536), uint32(0), uint32(4), uint64(epoch), uint16(0), uint8(8)), "12345678"+wide("D\x00S\x00")),
		ask(SessionSetup, u(andX(TreeConnectAndX, 80), strings.Repeat("\x00", 22)), strings.Repeat("\x00", 18)) + block(u(andX(NoAndX, 0), uint16(8), uint16(1)), "\x00"+wide(`\\C\I`)+"\x00\x00IPC\x00"),
		ask(WriteAndX, u(andX(Close, 69), uint16(9), uint32(5), uint32(0), uint16(0xc), uint16(0), uint16(0), uint16(4), uint16(64), uint32(0)), "\x00abcd") + block(u(uint16(9), uint32(0)), ""),
		say(ReadAndX, u(andX(NoAndX, 0), uint16(0), uint16(0), uint16(0), uint16(3), uint16(60), uint16(0), strings.Repeat("\x00", 8)), "\x00abc"),
		say(NTCreateAndX, strings.Repeat("\x00", 68), ""),
		ask(Rename, "\x00\x00", "\x04a\x00\x04b\x00"),
		trans2(T2FindFirst, u(uint16(0x16), uint16(100), uint16(6), uint16(0x104), uint32(0), wide(`\*`)+"\x00\x00"), ""),
		trans2(T2SetFile, u(uint16(9), uint16(1010), uint16(0)), u(uint32(1), uint32(0), uint32(4), wide("bc"))),
		ask(Transaction, u(uint16(19), uint16(0), uint16(8), uint16(4356), uint8(0), uint8(0), uint16(0), uint32(5000), uint16(0), uint16(19), uint16(93), uint16(0), uint16(0), uint16(0)),
			"\x00"+wide(`\PIPE\LANMAN`)+"\x00\x00"+u(uint16(104), "WrLehDz\x00B16\x00", uint16(1), uint16(4356), uint32(0xffffffff), "W\x00")),
		ask(NTTransact, u(uint8(1), uint16(0), uint32(30), uint32(66512), uint32(30), uint32(0), uint32(0), uint32(0), uint32(976), uint32(73), uint8(0), uint16(1)), "x"),
		say(NTTransact, strings.Repeat("\x00", 36), strings.Repeat("x", 80)),
		ask(Transaction2More, u(uint16(12), uint16(66), uint16(0), uint16(0), uint16(0), uint16(4), uint16(53), uint16(62), uint16(0)), "tail"),
	} {
		list = append(list, []byte(s))
	}
	return list
}

// readAll reads all that a message says, whatever its command.
func readAll(b []byte, n int) (sum int) {
	m, ok := Parse(b, n)
	if !ok {
		return 0
	}
	var k Block
	for m.Next(&k) {
		sum += len(k.Words) + len(k.Data)
		tree, _ := k.TreeConnect()
		grant, _ := k.TreeGrant()
		open, _ := k.Open()
		handle, _ := k.Handle()
		paths, _ := k.Paths()
		fid, _ := k.FID()
		r, _ := k.Read()
		w, _ := k.Write()
		given, _, _ := k.Given()
		took, _ := k.Written()
		size, _, _ := k.Attributes()
		setup, _ := k.Setup()
		session, _ := k.Grant()
		choice := k.Choice()
		for name, rest, ok := Dialect(k.Data); ok; name, rest, ok = Dialect(rest) {
			sum += len(name)
		}
		sum += len(tree.Path.B) + len(grant.FS.B) + len(open.Name.B) + int(handle.FID) + len(paths.To.B) + int(fid) + int(r.N) + w.At + given.N + int(took) + int(size) +
			len(setup.OS.B) + len(session.OS.B) + len(choice.Token)
		if w, ok := k.Write(); ok && w.Content.N > 0 && (w.At < HeaderLen || w.At+w.Content.N > n) {
			panic("content outside of the message")
		}
		if t, ok := k.Ask(); ok {
			sum += readTrans(&t, m.Wide())
		}
		if t, ok := k.Say(); ok {
			sum += readTrans(&t, m.Wide())
		}
		if t, ok := k.More(); ok {
			sum += readTrans(&t, m.Wide())
		}
	}
	return sum
}

// readTrans reads all that a transaction may say.
func readTrans(t *Trans, wide bool) int {
	if t.Params.Outside && t.Params.B != nil || t.Data.Outside && t.Data.B != nil {
		panic("bytes from outside")
	}
	p, _ := t.T2(wide)
	rap, _ := t.RAP()
	answer, _ := t.RAPAnswer()
	handle, _ := t.T2Handle(t.Function)
	known, _ := t.Known(p.Level)
	found, _ := t.Found(t.Function)
	open, _ := t.NTOpen(wide)
	nt, _ := t.NTHandle()
	name, _ := t.NTNewName(wide)
	if IsRAP(t.Name) || IsMailslot(t.Name) {
		found++
	}
	return len(p.Name.B) + len(rap.Params.B) + int(answer.Entries) + int(handle.FID) + int(known.Size) + found + len(open.Name.B) + int(nt.FID) + len(name.B) + int(t.NTControl())
}

// FuzzMessage holds that no bytes make the reader panic or look outside, also if only
// a part of the message is there.
func FuzzMessage(f *testing.F) {
	for _, s := range samples() {
		f.Add(s, uint16(0))
		f.Add(s, uint16(4000))
	}
	f.Fuzz(func(t *testing.T, b []byte, more uint16) {
		readAll(b, len(b)+int(more))
		if len(b) >= LeastLen {
			if n := Needs(b, len(b)); n > len(b) || n < 0 {
				t.Errorf("needs %d of %d", n, len(b))
			}
		}
		var w Whole
		m, _ := Parse(b, len(b))
		for k := (Block{}); m.Next(&k); {
			if r, ok := k.Ask(); ok && w.Begin(&r) {
				if whole, done := w.Add(&r); done {
					readTrans(whole, true)
				}
			}
		}
	})
}

// readOne reads what the command of a message is about.
func readOne(s []byte) (sum int) {
	m, _ := Parse(s, len(s))
	for k := (Block{}); m.Next(&k); {
		switch {
		case k.Command.Transacts():
			t, _ := k.Ask()
			p, _ := t.T2(true)
			sum += len(p.Name.B)
		case k.Command == NTCreateAndX:
			h, _ := k.Handle()
			sum += int(h.FID)
		case k.Command == WriteAndX:
			w, _ := k.Write()
			sum += w.At
		case k.Command == ReadAndX:
			c, _, _ := k.Given()
			sum += c.At
		}
	}
	return sum
}

func BenchmarkMessage(b *testing.B) {
	list := samples()
	b.ReportAllocs()
	for i := range b.N {
		readOne(list[i%len(list)])
	}
}
