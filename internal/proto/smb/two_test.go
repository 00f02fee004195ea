package smb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/share"
)

// pdu is a message of SMB2 without its frame, of session 7.
func pdu(cmd uint16, status uint32, flags uint32, id uint64, tree uint32, body string) string {
	return u("\xfeSMB", uint16(64), uint16(1), status, cmd, uint16(1), flags, uint32(0), id, uint32(0xfeff), tree, uint64(7), zero16, body)
}

// ask and say are whole packets: a request with an id, and its answer.
func ask(cmd uint16, id uint64, body string) string { return "c" + frame(pdu(cmd, 0, 0, id, 3, body)) }
func say(cmd uint16, id uint64, status uint32, body string) string {
	return "s" + frame(pdu(cmd, status, flagServer, id, 3, body))
}

// chain is a packet of several messages.
func chained(list ...string) string {
	var b strings.Builder
	for i, m := range list {
		if i < len(list)-1 {
			m += strings.Repeat("\x00", -len(m)&7)
			raw := []byte(m)
			binary.LittleEndian.PutUint32(raw[20:], uint32(len(raw)))
			m = string(raw)
		}
		b.WriteString(m)
	}
	return frame(b.String())
}

const (
	refused = 0xc0000022
	noError = "\x09\x00\x00\x00\x00\x00\x00\x00"
	when    = uint64(132000000000000000)
	others  = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
)

func handle(n uint64) string { return u(n, n+1) }

func connect(path string) string {
	return u(uint16(9), uint16(0), uint16(72), uint16(2*len(path)), wide(path))
}
func connected(kind uint8) string {
	return u(uint16(16), kind, uint8(0), uint32(0), uint32(0), uint32(0))
}
func create(name string, wish, options uint32) string {
	return u(uint16(57), uint16(0), uint32(2), uint64(0), uint64(0), uint32(0), uint32(0), uint32(7), wish, options, uint16(120),
		uint16(2*len(name)), uint32(0), uint32(0), wide(name), uint8(0))
}
func created(id string, result uint32, size uint64) string {
	return u(uint16(89), uint16(0), result, when, when, when, when, size, size, uint32(0x20), uint32(0), id, uint32(0), uint32(0))
}
func write(id string, off uint64, data string) string {
	return u(uint16(49), uint16(112), uint32(len(data)), off, id, uint32(0), uint32(0), uint16(0), uint16(0), uint32(0), data)
}
func wrote(n int) string {
	return u(uint16(17), uint16(0), uint32(n), uint32(0), uint16(0), uint16(0))
}
func read(id string, off uint64, n int) string {
	return u(uint16(49), uint8(80), uint8(0), uint32(n), off, id, uint32(0), uint32(0), uint32(0), uint16(0), uint16(0), uint8(0))
}
func gave(data string) string {
	return u(uint16(17), uint8(80), uint8(0), uint32(len(data)), uint32(0), uint32(0), data)
}
func shut(id string) string { return u(uint16(24), uint16(1), uint32(0), id) }
func closed(size uint64) string {
	return u(uint16(60), uint16(1), uint32(0), when, when, when, when, size, size, uint32(0x20))
}
func setInfo(id string, class uint8, v string) string {
	return u(uint16(33), uint8(1), class, uint32(len(v)), uint16(96), uint16(0), uint32(0), id, v)
}
func rename(to string) string {
	return u(uint64(0), uint64(0), uint32(2*len(to)), wide(to))
}
func control(code uint32, id, in string) string {
	return u(uint16(57), uint16(0), code, id, uint32(120), uint32(len(in)), uint32(0), uint32(0), uint32(0), uint32(4096), uint32(1), uint32(0), in)
}
func controlled(code uint32, id, out string) string {
	return u(uint16(49), uint16(0), code, id, uint32(112), uint32(0), uint32(112), uint32(len(out)), uint32(0), uint32(0), out)
}

// opened maps a share and opens a file in it.
func opened(kind uint8, name string) []string {
	return []string{ask(3, 1, connect(`\\srv\data`)), say(3, 1, 0, connected(kind)),
		ask(5, 2, create(name, 3, 0)), say(5, 2, 0, created(handle(9), 2, 500))}
}

var dull = regexp.MustCompile(`"(ts|uid|id\.[a-z_]+|times\.[a-z]+|status|path|size)":("[^"]*"|[-0-9.e]+),?`)

// short is the records of files without what is the same everywhere.
func short(f *prototest.Flow) string {
	var out []string
	for line := range strings.Lines(f.JSON()) {
		if strings.HasPrefix(line, "smb_files") || strings.HasPrefix(line, "smb_tried") || strings.HasPrefix(line, "smb_mapping") {
			name, body, _ := strings.Cut(line, " ")
			if name == "smb_tried" {
				body = strings.ReplaceAll(body, `"status"`, `"refused"`)
			}
			body = dull.ReplaceAllString(strings.TrimSpace(body), "")
			out = append(out, strings.TrimPrefix(name, "smb_")+strings.NewReplacer(`"`, "", "SMB::", "", ",}", "}").Replace(body))
		}
	}
	return strings.Join(out, " ")
}

func TestWhatIsDone(t *testing.T) {
	const mapped = "mapping{share_type:DISK} files{action:FILE_OPEN,name:a.bin,disposition:open_if,result:created} "
	for _, c := range []struct {
		name string
		said []string
		want string
	}{
		{"written", []string{ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, 0, wrote(5)), ask(6, 4, shut(handle(9))), say(6, 4, 0, closed(5))},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"a refused write is not a write", []string{ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, refused, noError), ask(6, 4, shut(handle(9))), say(6, 4, 0, closed(0))},
			"tried{action:FILE_WRITE,name:a.bin,refused:ACCESS_DENIED,bytes:5}"},
		{"a write without an answer is told as such", []string{ask(9, 3, write(handle(9), 0, "hello"))},
			"tried{action:FILE_WRITE,name:a.bin,bytes:5}"},
		{"read twice", []string{ask(8, 3, read(handle(9), 0, 9)), say(8, 3, 0, gave("hello")), ask(8, 4, read(handle(9), 5, 9)), say(8, 4, 0xc0000011, noError)},
			"files{action:FILE_READ,name:a.bin,bytes_read:5}"},
		{"an interim answer is none", []string{ask(8, 3, read(handle(9), 0, 9)), "s" + frame(pdu(8, statusPending, flagServer|flagAsync, 3, 99, noError)),
			"s" + frame(pdu(8, 0, flagServer|flagAsync, 3, 99, gave("hel")))}, "files{action:FILE_READ,name:a.bin,bytes_read:3}"},
		{"renamed", []string{ask(17, 3, setInfo(handle(9), 10, rename("b.bin"))), say(17, 3, 0, "\x02\x00"), ask(6, 4, shut(handle(9))), say(6, 4, 0, closed(5))},
			"files{action:FILE_RENAME,name:b.bin,prev_name:a.bin}"},
		{"not renamed", []string{ask(17, 3, setInfo(handle(9), 10, rename("b.bin"))), say(17, 3, refused, noError)},
			"tried{action:FILE_RENAME,name:b.bin,prev_name:a.bin,refused:ACCESS_DENIED}"},
		{"deleted when closed", []string{ask(17, 3, setInfo(handle(9), 13, "\x01")), say(17, 3, 0, "\x02\x00"), ask(6, 4, shut(handle(9))), say(6, 4, 0, closed(5))},
			"files{action:FILE_DELETE,name:a.bin}"},
		{"deleted, the newer way", []string{ask(17, 3, setInfo(handle(9), 64, "\x03\x00\x00\x00")), say(17, 3, 0, "\x02\x00")}, "files{action:FILE_DELETE,name:a.bin}"},
		{"not deleted", []string{ask(17, 3, setInfo(handle(9), 13, "\x01")), say(17, 3, 0xc0000121, noError)}, "tried{action:FILE_DELETE,name:a.bin,refused:CANNOT_DELETE}"},
		{"a deletion called off", []string{ask(17, 3, setInfo(handle(9), 13, "\x01")), say(17, 3, 0, "\x02\x00"), ask(17, 4, setInfo(handle(9), 13, "\x00")), say(17, 4, 0, "\x02\x00")}, ""},
		{"times set", []string{ask(17, 3, setInfo(handle(9), 4, strings.Repeat("\x00", 40))), say(17, 3, 0, "\x02\x00")}, "files{action:FILE_SET_ATTRIBUTE,name:a.bin}"},
		{"the tree goes", []string{ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, 0, wrote(5)), ask(4, 4, "\x04\x00\x00\x00"), say(4, 4, 0, "\x04\x00\x00\x00")},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"the session goes", []string{ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, 0, wrote(5)), ask(2, 4, "\x04\x00\x00\x00"), say(2, 4, 0, "\x04\x00\x00\x00")},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"not opened", []string{ask(5, 3, create("x.exe", 1, 0)), say(5, 3, refused, noError)}, "tried{action:FILE_OPEN,name:x.exe,refused:ACCESS_DENIED,disposition:open}"},
		{"not mapped", []string{ask(3, 3, connect(`\\srv\C$`)), say(3, 3, refused, noError)}, "tried{action:TREE_CONNECT,refused:ACCESS_DENIED}"},
		{"a handle opened before", []string{ask(9, 3, write(handle(70), 0, "hello")), say(9, 3, 0, wrote(5)), ask(6, 4, shut(handle(70))), say(6, 4, 0, closed(5))},
			"files{action:FILE_WRITE,bytes_written:5}"},
		{"related", []string{"c" + chained(pdu(5, 0, 0, 3, 3, create("n.txt", 1, optDelete)), pdu(8, 0, flagRelated, 4, ^uint32(0), read(others, 0, 9)), pdu(6, 0, flagRelated, 5, ^uint32(0), shut(others))),
			"s" + chained(pdu(5, 0, flagServer, 3, 3, created(handle(20), 1, 5)), pdu(8, 0, flagServer|flagRelated, 4, 3, gave("hello")), pdu(6, 0, flagServer|flagRelated, 5, 3, closed(5)))},
			"files{action:FILE_OPEN,name:n.txt,disposition:open,result:opened,options:[delete_on_close]} files{action:FILE_READ,name:n.txt,bytes_read:5} files{action:FILE_DELETE,name:n.txt}"},
		{"used before the answer to its opening came", []string{ask(5, 3, create("n.txt", 1, 0)), ask(9, 4, write(handle(20), 0, "hello")), say(5, 3, 0, created(handle(20), 1, 5)), say(9, 4, 0, wrote(5))},
			"files{action:FILE_OPEN,name:n.txt,disposition:open,result:opened} files{action:FILE_WRITE,name:n.txt,bytes_written:5}"},
		{"another command's answer", []string{ask(4, 3, "\x04\x00\x00\x00"), say(13, 3, 0, "\x04\x00\x00\x00")}, ""},
		{"the same opening again", []string{ask(5, 3, create("n.txt", 1, 0)), say(5, 3, 0, created(handle(20), 1, 5)), ask(5, 4, create("n.txt", 1, 0)), say(5, 4, 0, created(handle(21), 1, 5))},
			"files{action:FILE_OPEN,name:n.txt,disposition:open,result:opened}"},
		{"a patient's file", []string{ask(5, 3, create(`scan\MEIER^ANNA.dcm`, 1, 0)), say(5, 3, 0, created(handle(20), 1, 5))},
			"files{action:FILE_OPEN,name:scan\\\\file:1d7a9f5f6.dcm,disposition:open,result:opened}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			segs := said(append(opened(1, "a.bin"), c.said...)...)
			f := prototest.Feed(&Spec, segs)
			got := strings.TrimSpace(strings.TrimPrefix(short(f), strings.TrimSpace(mapped)))
			got = regexp.MustCompile(`file:[0-9a-f]+`).ReplaceAllString(got, "file:1d7a9f5f6")
			if got != c.want || !strings.HasPrefix(short(f), strings.TrimSpace(mapped)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if len(f.Weirds) > 0 {
				t.Error(f.Weirds)
			}
			for _, size := range []int{1, 7, 50} {
				if again := short(prototest.Feed(&Spec, prototest.Recut(segs, []int{size}))); again != short(f) {
					t.Errorf("cut by %d: %s", size, again)
				}
			}
		})
	}
}

const optDelete = 0x1000

// content makes n bytes that differ.
func content(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8*7)
	}
	return string(b)
}

// TestContent holds that files reach who stores them, by offset, however the bytes are
// cut, and that nothing of them is kept here.
func TestContent(t *testing.T) {
	body := content(200_000)
	list := append(opened(1, "a.bin"),
		ask(9, 4, write(handle(9), 100_000, body[100_000:])), ask(9, 3, write(handle(9), 0, body[:100_000])),
		say(9, 3, 0, wrote(100_000)), say(9, 4, 0, wrote(60_000)),
		ask(8, 5, read(handle(9), 0, 50_000)), say(8, 5, 0, gave(body[:50_000])),
		ask(6, 6, shut(handle(9))), say(6, 6, 0, closed(200_000)))
	for _, size := range []int{1460, 100, 1 << 20} {
		f := prototest.NewFlow()
		f.Take = true
		prototest.FeedInto(f, &Spec, prototest.Recut(said(list...), []int{size}))
		if len(f.Files) != 2 {
			t.Fatalf("%d files", len(f.Files))
		}
		w, r := f.Files[0], f.Files[1]
		if !bytes.Equal(w.Body, []byte(body)) || string(r.Body) != body[:50_000] || !w.Whole || !w.Closed || !r.Closed {
			t.Errorf("cut by %d: %d and %d bytes, %v", size, len(w.Body), len(r.Body), w.Whole)
		}
		if w.Source != "SMB" || w.Name != `\\srv\data\a.bin` || w.Sender != proto.Orig || r.Sender != proto.Resp || w.Size != 200_000 || r.Size != 500 || w.Key == r.Key || w.Key == "" {
			t.Errorf("%+v %+v", w.File, r.File)
		}
		if fmt.Sprint(w.Denied) != "[[160000 40000]]" {
			t.Errorf("denied %v", w.Denied)
		}
	}
}

// TestUnwanted holds that content that nobody stores is passed over.
func TestUnwanted(t *testing.T) {
	f := prototest.NewFlow()
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	for _, m := range opened(1, "a.bin") {
		feedWhole(t, a, m)
	}
	m := ask(9, 3, write(handle(9), 0, content(100_000)))[1:]
	p, err := a.Parse(proto.Orig, []byte(m[:200]))
	if err != nil || p.Done != len(m) {
		t.Errorf("%+v, %v: %d are to be passed over", p, err, len(m))
	}
}

// feedWhole gives one message to an analyzer, whose side is its first letter.
func feedWhole(t testing.TB, a *analyzer, m string) {
	t.Helper()
	d := proto.Orig
	if m[0] == 's' {
		d = proto.Resp
	}
	for b := []byte(m[1:]); len(b) > 0; {
		p, err := a.Parse(d, b)
		if err != nil || p.Done == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		b = b[min(p.Done, len(b)):]
	}
}

// TestLoss holds that lost bytes within content are told by offset, and that the
// reader is not lost after them.
func TestLoss(t *testing.T) {
	body := content(10_000)
	m := say(8, 3, 0, gave(body))[1:]
	segs := said(append(opened(1, "a.bin"), ask(8, 3, read(handle(9), 4096, 10_000)))...)
	head := len(m) - 10_000
	segs = append(segs, prototest.Segment{Dir: proto.Resp, Data: []byte(m[:head+1000])}, prototest.Segment{Dir: proto.Resp, Lost: 2000},
		prototest.Segment{Dir: proto.Resp, Data: []byte(m[head+3000 : head+9000])}, prototest.Segment{Dir: proto.Resp, Lost: 1000})
	segs = append(segs, said(ask(8, 4, read(handle(9), 0, 5)), say(8, 4, 0, gave("after")))...)
	f := prototest.NewFlow()
	f.Take = true
	prototest.FeedInto(f, &Spec, segs)
	if len(f.Files) != 1 || fmt.Sprint(f.Files[0].Gaps) != "[[5096 2000] [13096 1000]]" {
		t.Fatalf("%+v", f.Files)
	}
	if got := f.Files[0].Body; string(got[:5]) != "after" || string(got[4096:5096]) != body[:1000] || string(got[7096:13096]) != body[3000:9000] {
		t.Error("the content is not in its place")
	}
	if len(f.Weirds) > 0 {
		t.Error(f.Weirds)
	}
}

// TestPipes holds that each pipe is an inner stream of its own, whose originator is
// the client, whoever opened the conversation.
func TestPipes(t *testing.T) {
	rpc := "\x05\x00\x0b\x03\x10\x00\x00\x00" + strings.Repeat("x", 64)
	list := append(opened(2, "svcctl"), ask(5, 3, create("PSEXESVC-stdin", 1, 0)), say(5, 3, 0, created(handle(30), 1, 0)),
		ask(9, 4, write(handle(9), 0, rpc)), say(9, 4, 0, wrote(len(rpc))), ask(8, 5, read(handle(9), 0, 100)), say(8, 5, 0x80000005, gave("answer")),
		ask(11, 6, control(fsctlPipeTransceive, handle(9), "question")), say(11, 6, 0, controlled(fsctlPipeTransceive, handle(9), "reply")),
		ask(6, 7, shut(handle(9))), say(6, 7, 0, closed(0)), ask(9, 8, write(handle(30), 0, "dir\r\n")), say(9, 8, 0, wrote(5)))
	for _, turned := range []bool{false, true} {
		segs := said(list...)
		for i := range segs {
			if turned {
				segs[i].Dir = segs[i].Dir.Other()
			}
		}
		f := prototest.Feed(&Spec, prototest.Recut(segs, []int{33}))
		if len(f.Channels) != 2 {
			t.Fatalf("%d channels", len(f.Channels))
		}
		var c, s string
		for _, m := range f.Channels[0].Said {
			if m.Dir == proto.Orig {
				c += string(m.Data)
			} else {
				s += string(m.Data)
			}
		}
		if c != rpc+"question" || s != "answerreply" || !f.Channels[0].Closed || f.Channels[0].Name != "dce_rpc" || f.Channels[0].About.Name != "svcctl" || f.Channels[0].About.Carrier != "smb" {
			t.Errorf("client %q, server %q, %+v", c, s, f.Channels[0].About)
		}
		if f.Channels[1].About.Name != "PSEXESVC-stdin" || !f.Channels[1].Closed {
			t.Errorf("%+v", f.Channels[1])
		}
		if got := short(f); !strings.Contains(got, "files{action:PIPE_CLOSE,name:svcctl,bytes_read:11,bytes_written:80}") {
			t.Error(got)
		}
	}
}

// TestUnseenShare holds that of a handle in a share that was not seen, content tells
// what it is.
func TestUnseenShare(t *testing.T) {
	rpc := "\x05\x00\x0b\x03\x10\x00\x00\x00" + strings.Repeat("x", 64)
	for what, data := range map[string]string{"pipe": rpc, "file": content(72)} {
		f := prototest.NewFlow()
		f.Take = true
		prototest.FeedInto(f, &Spec, prototest.Recut(said(ask(9, 4, write(handle(9), 0, data)), say(9, 4, 0, wrote(72))), []int{5}))
		if (len(f.Channels) == 1) != (what == "pipe") || (len(f.Files) == 1) != (what == "file") {
			t.Errorf("%s: %d channels, %d files", what, len(f.Channels), len(f.Files))
		}
		if what == "file" && string(f.Files[0].Body) != data {
			t.Error("the content is not whole")
		}
	}
}

// TestChannelsOfASession holds that one file over two conversations is one file.
func TestChannelsOfASession(t *testing.T) {
	f1, f2 := prototest.NewFlow(), prototest.NewFlow()
	f1.State = share.NewShared()
	f2.State, f2.ID.Orig.Port = f1.State, 50000
	f1.Take, f2.Take = true, true
	a1, a2 := Spec.New(f1).(*analyzer), Spec.New(f2).(*analyzer)
	body := content(3000)
	for _, m := range opened(1, "a.bin") {
		feedWhole(t, a1, m)
	}
	feedWhole(t, a1, ask(9, 5, write(handle(9), 0, body[:1000])))
	feedWhole(t, a2, ask(9, 5, write(handle(9), 1000, body[1000:])))
	feedWhole(t, a2, say(9, 5, 0, wrote(2000)))
	feedWhole(t, a1, say(9, 5, 0, wrote(1000)))
	for _, d := range []proto.Dir{proto.Orig, proto.Resp} {
		a1.End(d)
	}
	if strings.Contains(short(f1), "WRITE") {
		t.Error("the file ended with the first conversation")
	}
	feedWhole(t, a2, ask(6, 6, shut(handle(9))))
	feedWhole(t, a2, say(6, 6, 0, closed(3000)))
	if len(f1.Files) != 1 || len(f2.Files) != 1 || f1.Files[0].Key != f2.Files[0].Key || !f2.Files[0].Whole || !f1.Files[0].Closed {
		t.Fatalf("%+v %+v", f1.Files, f2.Files)
	}
	if string(f1.Files[0].Body) != body[:1000] || string(f2.Files[0].Body[1000:]) != body[1000:] {
		t.Error("the content is not in its place")
	}
	if got := short(f2); got != "files{action:FILE_WRITE,name:a.bin,bytes_written:3000}" {
		t.Error(got)
	}
}

// TestBroken holds that lies of length do no more than a weird.
func TestBroken(t *testing.T) {
	for name, m := range map[string]string{
		"name behind the end": ask(5, 3, create("abc", 1, 0)[:50]), "write behind the end": ask(9, 3, write(handle(9), 0, "x")[:40]),
		"data longer than the message": ask(9, 3, u(uint16(49), uint16(112), uint32(1<<31), uint64(0), handle(9), zero16, uint32(0))),
		"next beyond the packet":       "c" + strings.Replace(frame(pdu(13, 0, 0, 3, 3, "\x04\x00\x00\x00")), u(uint32(0), uint64(3)), u(uint32(4096), uint64(3)), 1),
		"a rename of no end":           ask(17, 3, setInfo(handle(9), 10, u(uint64(0), uint64(0), uint32(1<<30), "x"))),
		"read before its header":       say(8, 2, 0, u(uint16(17), uint8(3), uint8(0), uint32(10), uint32(0), uint32(0), "0123456789")),
	} {
		if m[0] == 's' {
			m = ask(8, 2, read(handle(9), 0, 10)) + "|" + m
		}
		f := prototest.Feed(&Spec, said(strings.Split(m, "|")...))
		if len(f.Weirds) == 0 || strings.HasPrefix(f.Weirds[0], "error") {
			t.Errorf("%s: %v", name, f.Weirds)
		}
	}
}

// TestSoak holds that memory does not grow, whatever is missing: requests alone,
// answers alone, and both with losses. LAZARET_SOAK=1 makes it ten million.
func TestSoak(t *testing.T) {
	rounds := 60_000
	if os.Getenv("LAZARET_SOAK") != "" {
		rounds = 2_000_000
	}
	for _, sides := range []string{"c", "s", "cs"} {
		t.Run(sides, func(t *testing.T) { soak(t, sides, rounds) })
	}
}

// quiet is a flow that keeps nothing.
type quiet struct{ *prototest.Flow }

func (q *quiet) Asked(string) bool { return false }

func soak(t *testing.T, sides string, rounds int) {
	f := &quiet{prototest.NewFlow()}
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	var before, after runtime.MemStats
	held := 0
	for i := range rounds {
		n := uint64(i)
		list := []string{ask(5, 5*n, create(fmt.Sprintf("f%d.bin", i), 3, 0)), say(5, 5*n, 0, created(handle(1000+n), 2, 0)),
			ask(9, 5*n+1, write(handle(1000+n), 0, "0123456789abcdefghij")), say(9, 5*n+1, 0, wrote(20)),
			ask(8, 5*n+2, read(handle(1000+n), 0, 20)), say(8, 5*n+2, 0, gave("0123456789abcdefghij")),
			ask(15, 5*n+3, u(uint16(32), uint16(0), uint32(4096), handle(1000+n), uint32(0), uint32(0)))}
		for k, m := range list {
			if !strings.Contains(sides, m[:1]) || sides == "cs" && (i*7+k)%11 == 0 {
				continue
			}
			feedWhole(t, a, m)
		}
		f.Records, f.Weirds, f.Files, f.Channels = nil, nil, nil, nil
		f.Time += 1_000_000
		if i == rounds/3 {
			runtime.GC()
			runtime.ReadMemStats(&before)
			held = a.Held()
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d operations, %d KiB before, %d KiB after, held %d and %d bytes", 5*rounds, before.HeapAlloc>>10, after.HeapAlloc>>10, held, a.Held())
	if after.HeapAlloc > before.HeapAlloc+2<<20 || a.Held() > held+64<<10 || a.Held() > 1<<20 {
		t.Errorf("memory grew from %d to %d bytes, held is %d", before.HeapAlloc, after.HeapAlloc, a.Held())
	}
}

func TestMoveAllocs(t *testing.T) {
	f := &quiet{prototest.NewFlow()}
	f.State, f.Take = share.NewShared(), false
	a := Spec.New(f).(*analyzer)
	for _, m := range opened(1, "a.bin") {
		feedWhole(t, a, m)
	}
	w, wr := []byte(ask(9, 3, write(handle(9), 0, content(5000)))[1:]), []byte(say(9, 3, 0, wrote(5000))[1:])
	r, rr := []byte(ask(8, 4, read(handle(9), 0, 20))[1:]), []byte(say(8, 4, 0, gave(content(20)))[1:])
	if n := testing.AllocsPerRun(1000, func() {
		_, _ = a.Parse(proto.Orig, w)
		_, _ = a.Parse(proto.Resp, wr)
		_, _ = a.Parse(proto.Orig, r)
		_, _ = a.Parse(proto.Resp, rr)
	}); n != 0 {
		t.Errorf("%v allocations for a write and a read", n)
	}
}

// taking stores files and forgets them.
type taking struct {
	quiet
	n int
}

func (k *taking) Store(*proto.File) proto.Pieces { return k }
func (k *taking) At(_ int64, b []byte)           { k.n += len(b) }
func (k *taking) Missing(int64, int64)           {}
func (k *taking) Refused(int64, int64)           {}
func (k *taking) Sized(int64)                    {}
func (k *taking) Close(bool)                     {}

// BenchmarkWrite is large writes whose content somebody takes.
func BenchmarkWrite(b *testing.B) {
	f := &taking{quiet: quiet{prototest.NewFlow()}}
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	for _, m := range opened(1, "a.bin") {
		feedWhole(b, a, m)
	}
	w, wr := []byte(ask(9, 3, write(handle(9), 0, content(1<<20)))[1:]), []byte(say(9, 3, 0, wrote(1<<20))[1:])
	b.SetBytes(int64(len(w)))
	b.ReportAllocs()
	for b.Loop() {
		need := 0
		for off, seen := 0, 0; off < len(w); { // as segments bring it
			seen = min(max(seen, off+need, off+1460), len(w))
			p, _ := a.Parse(proto.Orig, w[off:seen])
			off, need = off+p.Done, p.Need
		}
		_, _ = a.Parse(proto.Resp, wr)
	}
}

// BenchmarkCommand is a small command with its answer.
func BenchmarkCommand(b *testing.B) {
	f := &quiet{prototest.NewFlow()}
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	for _, m := range opened(1, "a.bin") {
		feedWhole(b, a, m)
	}
	q, qr := []byte(ask(16, 3, u(uint16(41), uint8(1), uint8(5), uint32(24), uint16(0), uint16(0), uint32(0), uint32(0), uint32(0), handle(9)))[1:]), []byte(say(16, 3, 0, u(uint16(9), uint16(72), uint32(24), zero16, uint64(0)))[1:])
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.Parse(proto.Orig, q)
		_, _ = a.Parse(proto.Resp, qr)
	}
}
