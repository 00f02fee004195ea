package cast

// outbreakRows are the machines of the outbreaks: those that manage others,
// a stranger, and servers outside that are still there.
func outbreakRows() []Row {
	return []Row{
		{"deploy1", "management", "00:50:56:1a:30:8c", NetMain + "140", ""},
		{"sccm1", "management", "00:50:56:1a:30:8d", NetMain + "141", ""},
		{"backup1", "server", "00:50:56:1a:30:8e", NetMain + "142", ""},
		{"scan1", "management", "00:50:56:1a:30:8f", NetMain + "143", ""},
		{"guest1", "pc", "a4:bb:6d:20:30:90", NetMain + "144", "RADEXPORT"},
		{"outside1", "web-server", "02:00:5e:10:40:42", NetFar + "66", ""},
	}
}

// Constants are two of the values by which the backdoor of Orangeworm is known
// (published for detection by the FBI, CP-000118-MW): data, no code.
func Constants() []byte {
	return []byte{
		0x6c, 0x35, 0xe3, 0x31, 0x1b, 0x23, 0xf9, 0xc9, 0x65, 0xeb, 0xf3, 0x07, 0x93, 0x33, 0xf2, 0xa3,
		0x28, 0x99, 0xb6, 0x17, 0x63, 0x33, 0xee, 0x22, 0x97, 0x97, 0x55, 0xb5, 0x7a, 0xc4, 0xe1, 0xa4,
	}
}

// Copy is one copy of an inert program that is a little different each time:
// a stub of n bytes filled with bytes of its family, marks among them, and in
// the middle a run of 96 to 351 bytes that only this copy has.
func Copy(family string, n int, marks []byte, copy string) []byte {
	b := Stub(family, n)
	const data = 0x600
	fill(b[data:], family)
	place(b, data+0x800, marks)
	run := Bytes(family+"/"+copy, 352)
	run = run[:96+int(run[351])]
	half := len(b) / 2
	return append(append(append([]byte{}, b[:half]...), run...), b[half:]...)
}

func fill(b []byte, name string) { copy(b, Bytes(name+"/data", len(b))) }

func place(b []byte, at int, marks []byte) { copy(b[at:], marks) }

// Labels are domain names freshly made of the syllables and endings that the
// names of Orangeworm's servers are made of. Nobody is known to own them, and
// nobody is asked but the resolver of the laboratory.
func Labels() []string {
	return []string{"yhdpecdbniwjtlfd.ml", "kcnservnrjdswtlfd.tk", "jfnffdunitysitenkg.ml",
		"powermainnewssrv.biz", "fjrncdnpbnikjdsw.co", "pecdbndfiwjmainsrv.in"}
}

// CommonLabels are such names, freshly made too, with one of the rarer
// syllables or none.
func CommonLabels() []string {
	return []string{"mainsitedfserv.info", "newsservgbrunt.org", "untmrnsrvpower.us", "pogmainunitysrv.ca", "sitedfnewsmrn.nl"}
}
