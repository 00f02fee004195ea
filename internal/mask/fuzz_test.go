package mask

import (
	"bytes"
	"testing"

	"lazaret/internal/protocols"
	"lazaret/internal/stream"
)

// FuzzWalk gives a conversation of any bytes to each walker, in pieces, with a loss. What is
// kept lies within what was given, in order and without overlap.
func FuzzWalk(f *testing.F) {
	var names []string
	for _, s := range protocols.Specs {
		if walkers[s.Name] != nil {
			names = append(names, s.Name)
		}
	}
	for i := range names {
		f.Add(byte(i), uint16(7), []byte("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
		f.Add(byte(i), uint16(11), []byte("\x0bMSH|^~\\&|A|B\rPID|||12345\r\x1c\r"), []byte("\x0bMSH|^~\\&|B|A\rMSA|AA|1\r\x1c\r"))
		f.Add(byte(i), uint16(3), []byte("\x04\x00\x00\x00\x00\x1a\x00\x00\x00\x16\x01\x02\x10\x00\x10\x00PN\x06\x00DOE^JO\x18\x00\x15\x00CS"), []byte("\x00\x00\x00\x40\xfeSMB"))
		f.Add(byte(i), uint16(4), []byte("\x00\x00\x00\x24\xffSMB\x73"+string(make([]byte, 31))), []byte("\x05\x00\x00\x03\x10\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"))
	}
	f.Fuzz(func(t *testing.T, which byte, cut uint16, a, b []byte) {
		x := &masker{cfg: DefaultConfig(), room: 1 << 16, words: words{max: 100}, order: newAsked(nil)}
		x.pool = stream.NewPool(stream.Config{Memory: 1 << 20, Held: 1 << 16, Pieces: 64, Patience: 2}, 1)
		k := &talk{x: x, at: [2]uint64{1, 1}}
		k.st = x.pool.New(k)
		k.w = walkers[names[int(which)%len(names)]](k)
		for d, data := range [2][]byte{a, b} {
			step := int(cut)%97 + 1
			for i := 0; i < len(data); i += step {
				if cut > 1<<15 && i/step == 2 {
					continue // never comes
				}
				part := data[i:min(i+step, len(data))]
				k.st.Segment(d, uint64(i)+1, part, len(part))
				k.st.Ack(d, uint64(i+len(part))+1)
			}
		}
		k.end()
		for d, data := range [2][]byte{a, b} {
			at := uint64(1)
			for _, r := range k.kept[d].list {
				if r.from < at || r.to <= r.from || r.to > uint64(len(data))+1 {
					t.Fatalf("side %d of %d bytes: %d to %d is kept, behind %d", d, len(data), r.from, r.to, at)
				}
				at = r.to
			}
			x.words.build()
			c := bytes.Clone(data)
			x.runs(&k.kept[d], c, 1)
			if len(c) != len(data) {
				t.Fatal("the length changed")
			}
			i := uint64(1)
			for _, r := range append(k.kept[d].list, run{uint64(len(data)) + 1, 0}) {
				for ; i < r.from; i++ {
					if c[i-1] != 'X' {
						t.Fatalf("side %d: byte %d is not kept and not overwritten", d, i)
					}
				}
				i = r.to
			}
		}
	})
}

// Whom a walker is for is a protocol that there is.
func TestNames(t *testing.T) {
	known := map[string]bool{}
	for _, s := range protocols.Specs {
		known[s.Name] = s.Probe != nil
	}
	for name := range walkers {
		if !known[name] {
			t.Errorf("nobody recognises %s", name)
		}
	}
	for name := range plainly {
		if !known[name] {
			t.Errorf("nobody recognises %s", name)
		}
	}
}

// Of data sets, the values of what names a patient are overwritten in every encoding, and a
// data set that breaks the standard is not kept behind the break.
func TestElements(t *testing.T) {
	name := "\x10\x00\x10\x00PN\x06\x00DOE^JO"
	modality := "\x08\x00\x60\x00CS\x02\x00CT"
	rows := "\x28\x00\x10\x00US\x02\x00\x00\x02"
	for _, c := range []struct {
		name, in, kept string
	}{
		{"explicit", modality + name + rows, modality + "\x10\x00\x10\x00PN\x06\x00XXXXXX" + rows},
		{"out of order", name + modality + rows, "\x10\x00\x10\x00PN\x06\x00XXXXXX" + x(modality+rows)},
		{"no representation", modality + "\x10\x00\x10\x00DOE^JO\x01\x02\x03" + rows, modality + x("\x10\x00\x10\x00DOE^JO\x01\x02\x03"+rows)},
		{"sequence", "\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" + name + "\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00" + rows,
			"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff\x10\x00\x10\x00PN\x06\x00XXXXXX\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00" + rows},
		{"unknown without length", modality + "\x09\x00\x10\x10UN\x00\x00\xff\xff\xff\xff" + name, modality + x("\x09\x00\x10\x10UN\x00\x00\xff\xff\xff\xff"+name)},
		{"command in a data set", "\x00\x00\x00\x01US\x02\x00\x01\x00", x("\x00\x00\x00\x01US\x02\x00\x01\x00")},
	} {
		for step := 1; step <= len(c.in); step++ {
			m := &masker{room: 1 << 16}
			k := &talk{x: m, at: [2]uint64{1, 1}}
			e := elements{begun: true, levels: []level{{}}}
			for i := 0; i < len(c.in); i += step {
				e.take(k, 0, i, []byte(c.in[i:min(i+step, len(c.in))]))
			}
			got := []byte(c.in)
			m.runs(&k.kept[0], got, 1)
			if string(got) != c.kept {
				t.Errorf("%s in pieces of %d:\n%q, want\n%q", c.name, step, got, c.kept)
				break
			}
		}
	}
}

func x(s string) string { return string(bytes.Repeat([]byte("X"), len(s))) }

// An association's user is not kept, nor a password; the rest is.
func TestAssociate(t *testing.T) {
	user := "\x58\x00\x00\x12\x02\x00\x00\x06doctor\x00\x06secret"
	info := "\x51\x00\x00\x04\x00\x00\x40\x00" + user
	body := "\x00\x01\x00\x00" + "ARCHIVE         " + "SCANNER         " + string(make([]byte, 32)) + "\x50\x00\x00" + string(rune(len(info))) + info
	pdu := "\x01\x00\x00\x00\x00" + string([]byte{byte(len(body))}) + body
	m := &masker{room: 1 << 16}
	k := &talk{x: m, at: [2]uint64{1, 1}}
	if _, _, ok := newDICOM().walk(k, 0, []byte(pdu)); !ok {
		t.Fatal("refused")
	}
	got := []byte(pdu)
	m.runs(&k.kept[0], got, 1)
	if want := pdu[:len(pdu)-len(user)+4] + x(user[4:]); string(got) != want {
		t.Errorf("%q, want\n%q", got, want)
	}
}

// Answers to a challenge of NTLM are overwritten, wherever they stand in the message.
func TestSealed(t *testing.T) {
	head := "NTLMSSP\x00\x03\x00\x00\x00"
	msg := head + "\x04\x00\x04\x00\x24\x00\x00\x00" + "\x06\x00\x06\x00\x20\x00\x00\x00" + "\x00\x00\x00\x00" + "nnnn" + "llll" + "rest"
	for _, c := range []struct{ in, want string }{
		{"before" + head + "\x04\x00\x04\x00\x20\x00\x00\x00" + "\x06\x00\x06\x00\x26\x00\x00\x00" + "\x00\x00\x00\x00" + "llll" + "ab" + "nnnnnn" + "rest",
			"before" + head + "\x04\x00\x04\x00\x20\x00\x00\x00" + "\x06\x00\x06\x00\x26\x00\x00\x00" + "\x00\x00\x00\x00" + "XXXX" + "ab" + "XXXXXX" + "rest"},
		{msg, msg[:36] + x(msg[36:40]) + "rest"},
		{"cut " + head + "\x04\x00", "cut " + x(head+"\x04\x00")},
	} {
		m := &masker{room: 1 << 16}
		k := &talk{x: m, at: [2]uint64{1, 1}}
		k.keepSealed(0, 0, []byte(c.in))
		got := []byte(c.in)
		m.runs(&k.kept[0], got, 1)
		if bytes.Contains(got, []byte("llll")) || bytes.Contains(got, []byte("nnnn")) || c.in != msg && string(got) != c.want {
			t.Errorf("%q becomes %q", c.in, got)
		}
	}
}

// Of remote procedures the parameters are kept only for interfaces by which machines are managed, and
// for none any more once a context was something else.
func TestCalls(t *testing.T) {
	bind := func(uuid string) string {
		return "\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00\x00\x00\x01\x00\x00\x00" + "\xb8\x10\xb8\x10\x00\x00\x00\x00\x01\x00\x00\x00" + "\x00\x00\x01\x00" + uuid + "\x02\x00\x00\x00" + string(make([]byte, 20))
	}
	request := "\x05\x00\x00\x03\x10\x00\x00\x00\x1e\x00\x00\x00\x02\x00\x00\x00" + "\x06\x00\x00\x00\x00\x00\x0c\x00" + "params"
	services := "\x81\xbb\x7a\x36\x44\x98\xf1\x35\xad\x32\x98\xf0\x38\x00\x10\x03"
	printer := "\x78\x56\x34\x12\x34\x12\xcd\xab\xef\x00\x01\x23\x45\x67\x89\xab"
	for name, c := range map[string]struct {
		in   string
		kept int // requests with parameters
	}{
		"services":               {bind(services) + request + request, 2},
		"a printer":              {bind(printer) + request, 0},
		"a printer behind":       {bind(services) + request + bind(printer) + request, 1},
		"services behind":        {bind(printer) + bind(services) + request, 0},
		"nobody saw it begin":    {request, 0},
		"an interface of nobody": {bind(string(make([]byte, 16))) + request, 0},
	} {
		m := &masker{room: 1 << 16}
		k := &talk{x: m, at: [2]uint64{1, 1}}
		if _, _, ok := (&calls{longest: 1 << 16}).walk(k, 0, []byte(c.in)); !ok {
			t.Fatalf("%s: refused", name)
		}
		got := []byte(c.in)
		m.runs(&k.kept[0], got, 1)
		if n := bytes.Count(got, []byte("params")); n != c.kept || len(got) != len(c.in) {
			t.Errorf("%s: %d kept, want %d: %q", name, n, c.kept, got)
		}
	}
}

// Behind a loss, what only looks like the head of a message keeps nothing.
func TestAdrift(t *testing.T) {
	f := newFiles(1 << 20).(*files)
	m := &masker{room: 1 << 16}
	k := &talk{x: m, at: [2]uint64{1, 1}}
	f.lost(0)
	in := []byte("\x81\x00\x00\x20DOE^JOHN DOE^JOHN DOE^JOHN DOE^J\x85\x00\x00\x00\x00\x00\x00\x08abcdefgh")
	if _, _, ok := f.walk(k, 0, in); !ok || len(k.kept[0].list) != 0 {
		t.Errorf("%v: %v is kept", ok, k.kept[0].list)
	}
	line := []byte("\x0bMSH|^~\\&|A|B\rDOE JOHN\rOBX|1|DOE\r\x1c\r")
	k = &talk{x: m, at: [2]uint64{1, 1}}
	if _, _, ok := (&hl7{}).walk(k, 0, line); !ok {
		t.Fatal("refused")
	}
	m.runs(&k.kept[0], line, 1)
	if want := "\x0bMSH|^~\\&|A|B\rXXXXXXXX\rOBX|X|XXX\r\x1c\r"; string(line) != want {
		t.Errorf("%q, want %q", line, want)
	}
}

// Names of files that may be those of a person go, others stay.
func TestPath(t *testing.T) {
	for in, want := range map[string]string{
		`ADMIN$\wmiapsrv.exe`:   `ADMIN$\wmiapsrv.exe`,
		`scans\DOE^JO.dcm`:      `scans\XXXXXX.dcm`,
		`a/1234567/report.txt`:  `a/XXXXXXX/report.txt`,
		"letters\\Doe, Jo.docx": "letters\\XXXXXXX.docx",
	} {
		for _, wide := range []bool{false, true} {
			in, want := []byte(in), want
			if wide {
				var w []byte
				for _, c := range in {
					w = append(w, c, 0)
				}
				in = w
			}
			m := &masker{room: 1 << 16}
			k := &talk{x: m, at: [2]uint64{1, 1}}
			k.keepPath(0, 0, in, wide)
			m.runs(&k.kept[0], in, 1)
			if wide {
				in = bytes.ReplaceAll(in, []byte{0}, nil)
			}
			if string(in) != want {
				t.Errorf("%q, want %q", in, want)
			}
		}
	}
}

// What a program of HTTP asks for stays, and what names somebody goes.
func TestTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/":                         "/",
		"/studies/1.2.3/series":     "/studies/XXXXX/series",
		"/Patient?name=doe&_id=12":  "/Patient?name=XXX&_id=XX",
		"http://h.example:80/x/y?z": "http://h.example:80/x/y?z",
		"http://u:p@h/x":            "XXXXXXXXXXXXXX",
		"/a/1234567/DOE%5EJO?q=1&f=1.2.840.10008.1234567": "/a/XXXXXXX/XXXXXXXX?q=1&f=XXXXXXXXXXXXXXXXXXXXX",
		"/page?patientID=ab&x=1":                          "/XXXX?patientID=XX&x=X",
	} {
		got := []byte(in)
		m := &masker{room: 1 << 16}
		k := &talk{x: m, at: [2]uint64{1, 1}}
		keepTarget(k, 0, 0, in)
		m.runs(&k.kept[0], got, 1)
		if string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Words are found whatever their case, also as Windows writes them, and short ones are not
// looked for.
func TestWords(t *testing.T) {
	w := words{max: 3}
	w.learn([]byte("Canary^Echo^Jo"))
	w.learn([]byte("Fourth^Fifth^Sixth"))
	w.build()
	if len(w.list) != 3 {
		t.Fatalf("%q", w.list)
	}
	b := []byte("a CANARY, c\x00a\x00n\x00a\x00r\x00y\x00 jo echo canar")
	if n := w.cover(b); n != 2 || string(b) != "a XXXXXX, X\x00X\x00X\x00X\x00X\x00X\x00 jo echo canar" {
		t.Errorf("%d %q", n, b)
	}
}
