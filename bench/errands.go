package main

import "fmt"

// granted is a handle and the status zero, which many calls answer.
func granted(h []byte) []byte { return new(stub).raw(h).u32(0).b }

// release closes a handle of the server.
func (e *errand) release(opnum uint16, h []byte) {
	e.call(opnum, h, granted(make([]byte, 20)))
}

// manageServices is MS-SCMR: a service is opened or made, started and asked.
func (v *visit) manageServices(e *errand) {
	scm, svc := token(v.r), token(v.r)
	server := `\\` + v.server
	e.call(15, new(stub).unique(server).u32(0, 0xf003f).b, granted(scm))
	name := fmt.Sprintf("bench%d", v.r.IntN(40))
	if v.r.IntN(4) == 0 {
		in := new(stub).raw(scm).text(name).unique("Bench service").u32(0xf01ff, 0x10, 3, 1)
		in.text(`%SystemRoot%\bench\`+name+`.exe`).u32(0, 0, 0, 0, 0, 0, 0)
		e.call(12, in.b, new(stub).u32(0).raw(svc).u32(0).b)
	} else {
		e.call(16, new(stub).raw(scm).text(name).u32(0xf01ff).b, granted(svc))
	}
	e.call(19, new(stub).raw(svc).u32(0, 0).b, new(stub).u32(0).b)
	for range 1 + v.r.IntN(4) {
		e.call(6, svc, new(stub).u32(0x10, 4, 1, 0, 0, 0, 0, 0).b)
	}
	e.release(0, svc)
	e.release(0, scm)
}

// listAccounts is MS-SAMR: domains and their accounts.
func (v *visit) listAccounts(e *errand) {
	sam, dom := token(v.r), token(v.r)
	e.call(57, new(stub).unique(`\\`+v.server).u32(0x30).b, granted(sam))
	e.call(6, new(stub).raw(sam).u32(0, 8192).b, accounts([]string{v.who.domain, "Builtin"}))
	e.call(5, new(stub).raw(sam).counted(v.who.domain).chars(v.who.domain).b, new(stub).pointer().sid().u32(0).b)
	e.call(7, new(stub).raw(sam).u32(0x304).sid().b, granted(dom))
	names := make([]string, 20+v.r.IntN(300))
	for i := range names {
		names[i] = fmt.Sprintf("bench%03d", i)
	}
	e.call(13, new(stub).raw(dom).u32(0, 0x10, 0xffff).b, accounts(names))
	e.release(1, dom)
	e.release(1, sam)
}

// accounts is a list of names with their numbers (MS-SAMR 2.2.3.10).
func accounts(names []string) []byte {
	s := new(stub)
	n := uint32(len(names))
	s.u32(0).pointer().u32(n).pointer().u32(n)
	for i, name := range names {
		s.u32(1000 + uint32(i)).counted(name)
	}
	for _, name := range names {
		s.chars(name)
	}
	return s.u32(n, 0).b
}

// askPolicy is MS-LSAD: the domain of the machine.
func (v *visit) askPolicy(e *errand) {
	h := token(v.r)
	in := new(stub).unique(`\\`+v.server).u32(24, 0, 0, 0, 0, 0, 0x02000000)
	e.call(44, in.b, granted(h))
	for _, class := range []uint16{5, 3} {
		out := new(stub).pointer().u16(class).counted(v.who.domain).pointer().chars(v.who.domain).sid().u32(0)
		e.call(7, new(stub).raw(h).u16(class).b, out.b)
	}
	e.release(0, h)
}

// listShares is MS-SRVS: the server and its shares.
func (v *visit) listShares(e *errand) {
	server := `\\` + v.server
	out := new(stub).u32(101).pointer().u32(500).pointer().u32(10, 0, 0x1003).pointer().text(v.server).text("")
	e.call(21, new(stub).unique(server).u32(101).b, out.u32(0).b)
	in := new(stub).unique(server).u32(1, 1).pointer().u32(0, 0, 0xffffffff).pointer().u32(0)
	n := uint32(4 + v.r.IntN(120))
	out = new(stub).u32(1, 1).pointer().u32(n).pointer().u32(n)
	for range n {
		out.pointer().u32(0).pointer()
	}
	for i := range n {
		out.text(fmt.Sprintf("share%d", i)).text("invented")
	}
	e.call(15, in.b, out.u32(n).pointer().u32(0, 0).b)
}

// askStation is MS-WKST: name and domain of the machine.
func (v *visit) askStation(e *errand) {
	for range 1 + v.r.IntN(2) {
		out := new(stub).u32(100).pointer().u32(500).pointer().pointer().u32(10, 0).text(v.server).text(v.who.domain).u32(0)
		e.call(0, new(stub).unique(`\\`+v.server).u32(100).b, out.b)
	}
}

// readRegistry is MS-RRP: keys are opened, values read and one set.
func (v *visit) readRegistry(e *errand) {
	root := token(v.r)
	e.call(2, new(stub).u32(0, 0x02000000).b, granted(root))
	text := func(s *stub, t string) *stub { return s.counted(t + "\x00").chars(t + "\x00") }
	for range 1 + v.r.IntN(3) {
		key := token(v.r)
		path := fmt.Sprintf(`SOFTWARE\Bench\Product%d`, v.r.IntN(30))
		e.call(15, text(new(stub).raw(root), path).u32(0, 0x20019).b, granted(key))
		for i := range 1 + v.r.IntN(5) {
			in := text(new(stub).raw(key), fmt.Sprintf("Value%d", i)).pointer().u32(0).pointer().u32(64, 0, 0).pointer().u32(64).pointer().u32(0)
			out := new(stub).pointer().u32(4).pointer().u32(4, 0, 4, v.r.Uint32()).pointer().u32(4).pointer().u32(4, 0)
			e.call(17, in.b, out.b)
		}
		if v.r.IntN(3) == 0 {
			in := text(new(stub).raw(key), "Last").u32(4, 4, v.r.Uint32(), 4)
			e.call(22, in.b, new(stub).u32(0).b)
		}
		e.release(5, key)
	}
	e.release(5, root)
}
