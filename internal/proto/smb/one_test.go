package smb

import (
	"bytes"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/share"
)

// block1 is a command of SMB1: words and data.
func block1(words, data string) string {
	return u(uint8(len(words)/2), words, uint16(len(data)), data)
}

// ask1 and say1 are whole packets of SMB1 in ASCII with an id: a request, and its
// answer, of which body is one block or a chain.
func ask1(cmd uint8, id uint16, body string) string {
	return "c" + frame(u("\xffSMB", cmd, uint32(0), uint8(0x18), uint16(0x4000), uint16(0), uint64(0), uint16(0), uint16(7), uint16(0xfeff), uint16(8), id, body))
}
func say1(cmd uint8, id uint16, status uint32, body string) string {
	return "s" + frame(u("\xffSMB", cmd, status, uint8(0x98), uint16(0x4000), uint16(0), uint64(0), uint16(0), uint16(7), uint16(0xfeff), uint16(8), id, body))
}

// none is a block without words and bytes.
const none = "\x00\x00\x00"

// to begins the words of a command that another follows; the last has toNone.
func to(cmd uint8, off int) string { return u(uint16(cmd), uint16(off)) }

const toNone = "\xff\x00\x00\x00"

func create1(name string, wish, options uint32) string {
	return block1(u(toNone, uint8(0), uint16(len(name)), uint32(0), uint32(0), uint32(0x12019f), uint64(0), uint32(0), uint32(7), wish, options, uint32(2), uint8(0)), name)
}
func created1(fid uint16, result uint32, size uint64, kind uint16) string {
	return block1(u(toNone, uint8(0), fid, result, when, when, when, when, uint32(0), size, size, kind, uint16(0), uint8(0)), "")
}
func write1(fid uint16, off uint32, data string, next string) string {
	return block1(u(next, fid, off, uint32(0), uint16(0), uint16(0), uint16(len(data)>>16), uint16(len(data)), uint16(63), uint32(0)), data)
}
func wrote1(n int) string {
	return block1(u(toNone, uint16(n), uint16(0), uint16(n>>16), uint16(0)), "")
}
func read1(fid uint16, off uint32, n uint16) string {
	return block1(u(toNone, fid, off, n, uint16(0), uint32(0), uint16(0), uint32(0)), "")
}
func gave1(data string) string {
	return block1(u(toNone, uint16(0), uint16(0), uint16(0), uint16(len(data)), uint16(59), uint16(len(data)>>16), uint64(0)), data)
}
func shut1(fid uint16) string { return block1(u(fid, uint32(0)), "") }

// opened1 maps a share of a kind and opens a file in it.
func opened1(service string, kind uint16, name string) []string {
	return []string{ask1(0x75, 1, block1(toNone+"\x00\x00\x01\x00", "\x00\\\\srv\\data\x00?????\x00")), say1(0x75, 1, 0, block1(toNone+"\x01\x00", service+"\x00NTFS\x00")),
		ask1(0xa2, 2, create1(name, 3, 0)), say1(0xa2, 2, 0, created1(9, 2, 500, kind))}
}

// trans1 is a request of a transaction: its name is that of a pipe, empty for
// Transaction2, of which total is all data.
func trans1(cmd uint8, id uint16, name string, setup, params, data string, total int) string {
	if cmd == 0x25 {
		name += "\x00"
	}
	at := 32 + 1 + 28 + len(setup) + 2 + len(name)
	return ask1(cmd, id, block1(u(uint16(len(params)), uint16(total), uint16(10), uint16(1000), uint8(0), uint8(0), uint16(0), uint32(0x00a4d9a6), uint16(0), uint16(len(params)),
		uint16(at), uint16(len(data)), uint16(at+len(params)), uint8(len(setup)/2), uint8(0), setup), name+params+data))
}

// transed1 is a piece of the answer, of which total is all data.
func transed1(cmd uint8, id uint16, status uint32, params, data string, disp, total int) string {
	const at = 32 + 1 + 20 + 2
	return say1(cmd, id, status, block1(u(uint16(len(params)), uint16(total), uint16(0), uint16(len(params)), uint16(at), uint16(0), uint16(len(data)), uint16(at+len(params)),
		uint16(disp), uint8(0), uint8(0)), params+data))
}

// more1 goes on with a request.
func more1(cmd uint8, id uint16, data string, disp, total int) string {
	words := u(uint16(0), uint16(total), uint16(0), uint16(0), uint16(0), uint16(len(data)), uint16(32+1+16+2), uint16(disp))
	if cmd == 0x33 {
		words = u(uint16(0), uint16(total), uint16(0), uint16(0), uint16(0), uint16(len(data)), uint16(32+1+18+2), uint16(disp), uint16(0))
	}
	return ask1(cmd, id, block1(words, data))
}

func TestWhatIsDone1(t *testing.T) {
	const mapped = "mapping{service:A:,native_file_system:NTFS,share_type:DISK} files{action:FILE_OPEN,name:a.bin,disposition:open_if,result:created}"
	set := func(level uint16, data string) string {
		return trans1(0x32, 3, "", u(uint16(8)), u(uint16(9), level, uint16(0)), data, len(data))
	}
	for _, c := range []struct {
		name string
		said []string
		want string
	}{
		{"written", []string{ask1(0x2f, 3, write1(9, 0, "hello", toNone)), say1(0x2f, 3, 0, wrote1(5)), ask1(4, 4, shut1(9)), say1(4, 4, 0, none)}, "files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"a refused write is not a write", []string{ask1(0x2f, 3, write1(9, 0, "hello", toNone)), say1(0x2f, 3, refused, none), ask1(4, 4, shut1(9)), say1(4, 4, 0, none)},
			"tried{action:FILE_WRITE,name:a.bin,refused:ACCESS_DENIED,bytes:5}"},
		{"no answer", []string{ask1(0x2f, 3, write1(9, 0, "hello", toNone))}, "tried{action:FILE_WRITE,name:a.bin,bytes:5}"},
		{"written the old way", []string{ask1(0x0b, 3, block1(u(uint16(9), uint16(5), uint32(0), uint16(0)), "\x01\x05\x00hello")), say1(0x0b, 3, 0, block1("\x05\x00", ""))},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"written and closed", []string{ask1(0x2c, 3, block1(u(uint16(9), uint16(5), uint32(0), uint32(0)), "\x00hello")), say1(0x2c, 3, 0, block1("\x05\x00", ""))},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"written in a chain", []string{ask1(0x2f, 3, write1(9, 0, "hello", to(4, 68))+shut1(9)), say1(0x2f, 3, 0, block1(u(to(4, 47), uint16(5), uint16(0), uint32(0)), "")+none)},
			"files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"written raw", []string{ask1(0x1d, 3, block1(u(uint16(9), uint16(5), uint16(0), uint32(0), uint32(0), uint16(0), uint32(0), uint16(2), uint16(59)), "he")), say1(0x1d, 3, 0, block1("\x00\x00", "")),
			"c" + frame("llo"), say1(0x20, 3, 0, block1("\x05\x00", ""))}, "files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"read raw", []string{ask1(0x1a, 3, block1(u(uint16(9), uint32(0), uint16(100), uint16(0), uint32(0), uint16(0)), "")), "s" + frame("hello")}, "files{action:FILE_READ,name:a.bin,bytes_read:5}"},
		{"read raw in vain", []string{ask1(0x1a, 3, block1(u(uint16(9), uint32(0), uint16(100), uint16(0), uint32(0), uint16(0)), "")), "s" + frame(""), ask1(4, 4, shut1(9)), say1(4, 4, 0, none)}, ""},
		{"read", []string{ask1(0x2e, 3, read1(9, 0, 9)), say1(0x2e, 3, 0, gave1("hello")), ask1(0x2e, 4, read1(9, 5, 9)), say1(0x2e, 4, 0xc0000011, none)}, "files{action:FILE_READ,name:a.bin,bytes_read:5}"},
		{"opened and read in a chain", []string{ask1(0x2d, 3, block1(u(to(0x2e, 68), uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint16(1), uint32(0), uint32(0), uint32(0)), "n\x00\x00")+read1(0, 0, 9)),
			say1(0x2d, 3, 0, block1(u(to(0x2e, 65), uint16(20), uint16(0), uint32(0), uint32(5), uint16(0), uint16(0), uint16(0), uint16(1), uint32(0), uint16(0)), "")+
				block1(u(toNone, uint16(0), uint16(0), uint16(0), uint16(5), uint16(92), uint16(0), uint64(0)), "hello"))},
			"files{action:FILE_OPEN,name:n,disposition:open,result:opened} files{action:FILE_READ,name:n,bytes_read:5}"},
		{"a chain that fails at once", []string{ask1(0x2d, 3, block1(u(to(0x2e, 68), uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint16(1), uint32(0), uint32(0), uint32(0)), "n\x00\x00")+read1(0, 0, 9)),
			say1(0x2d, 3, 0xc0000034, none)}, "tried{action:FILE_OPEN,name:n,refused:OBJECT_NAME_NOT_FOUND,disposition:open}"},
		{"renamed", []string{ask1(7, 3, block1("\x00\x00", "\x04a.bin\x00\x04b.bin\x00")), say1(7, 3, 0, none)}, "files{action:FILE_RENAME,name:b.bin,prev_name:a.bin}"},
		{"linked", []string{ask1(0xa5, 3, block1(u(uint16(0), uint16(0x103), uint32(0)), "\x04a.bin\x00\x04b.bin\x00")), say1(0xa5, 3, 0, none)}, ""},
		{"not renamed", []string{ask1(7, 3, block1("\x00\x00", "\x04a.bin\x00\x04b.bin\x00")), say1(7, 3, refused, none)}, "tried{action:FILE_RENAME,name:b.bin,prev_name:a.bin,refused:ACCESS_DENIED}"},
		{"deleted", []string{ask1(6, 3, block1("\x00\x00", "\x04a.bin\x00")), say1(6, 3, 0, none)}, "files{action:FILE_DELETE,name:a.bin}"},
		{"not deleted, as DOS says it", []string{ask1(6, 3, block1("\x00\x00", "\x04a.bin\x00")), strings.Replace(say1(6, 3, 0x00050001, none), "\x98\x00\x40", "\x98\x00\x00", 1)},
			"tried{action:FILE_DELETE,name:a.bin,refused:DOS_1_5}"},
		{"a directory", []string{ask1(0, 3, block1("", "\x04d\x00")), say1(0, 3, 0, none), ask1(1, 4, block1("", "\x04d\x00")), say1(1, 4, 0, none)},
			"files{action:FILE_OPEN,name:d,disposition:create,result:created,options:[directory]} files{action:FILE_DELETE,name:d}"},
		{"attributes", []string{ask1(9, 3, block1(strings.Repeat("\x00", 16), "\x04a.bin\x00")), say1(9, 3, 0, none)}, "files{action:FILE_SET_ATTRIBUTE,name:a.bin}"},
		{"deleted when closed", []string{set(0x102, "\x01"), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0), ask1(4, 4, shut1(9)), say1(4, 4, 0, none)}, "files{action:FILE_DELETE,name:a.bin}"},
		{"a deletion called off", []string{set(0x102, "\x01"), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0), set(0x102, "\x00"), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0)}, ""},
		{"renamed by handle", []string{set(1010, u(uint32(0), uint32(0), uint32(10), wide("b.bin"))), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0)}, "files{action:FILE_RENAME,name:b.bin,prev_name:a.bin}"},
		{"in two pieces", []string{trans1(0x32, 3, "", u(uint16(8)), u(uint16(9), uint16(1010), uint16(0)), u(uint32(0), uint32(0)), 22), say1(0x32, 3, 0, none),
			more1(0x33, 3, u(uint32(10), wide("b.bin")), 8, 22), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0)}, "files{action:FILE_RENAME,name:b.bin,prev_name:a.bin}"},
		{"the tree goes", []string{ask1(0x2f, 3, write1(9, 0, "hello", toNone)), say1(0x2f, 3, 0, wrote1(5)), ask1(0x71, 4, none), say1(0x71, 4, 0, none)}, "files{action:FILE_WRITE,name:a.bin,bytes_written:5}"},
		{"not opened", []string{ask1(0xa2, 3, create1("x.exe", 1, 0)), say1(0xa2, 3, refused, none)}, "tried{action:FILE_OPEN,name:x.exe,refused:ACCESS_DENIED,disposition:open}"},
		{"not mapped", []string{ask1(0x75, 3, block1(toNone+"\x00\x00\x01\x00", "\x00\\\\srv\\C$\x00?????\x00")), say1(0x75, 3, refused, none)}, "tried{action:TREE_CONNECT,refused:ACCESS_DENIED}"},
		{"opened by a transaction", []string{trans1(0x32, 3, "", u(uint16(0)), u(strings.Repeat("\x00", 12), uint16(0x11), strings.Repeat("\x00", 14), "n\x00"), "", 0),
			transed1(0x32, 3, 0, u(uint16(21), uint16(0), uint32(0), uint32(5), uint16(0), uint16(0), uint16(0), uint16(2), uint32(0)), "", 0, 0)},
			"files{action:FILE_OPEN,name:n,disposition:open_if,result:created}"},
		{"cancelled, and a lock taken back", []string{ask1(0xa4, 3, none), "s" + ask1(0x24, 0xffff, block1(toNone+strings.Repeat("\x00", 12), ""))[1:]}, ""},
		{"a patient's file", []string{ask1(0xa2, 3, create1(`scan\MEIER^ANNA.dcm`, 1, 0)), say1(0xa2, 3, refused, none)}, "tried{action:FILE_OPEN,name:scan\\\\MARK.dcm,refused:ACCESS_DENIED,disposition:open}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			segs := said(append(opened1("A:", 0, "a.bin"), c.said...)...)
			f := prototest.Feed(&Spec, segs)
			got, ok := strings.CutPrefix(short(f), mapped)
			if i := strings.Index(got, `scan\\`); i >= 0 {
				got = got[:i+6] + "MARK" + got[strings.Index(got, ".dcm"):]
			}
			if !ok || strings.TrimSpace(got) != c.want || strings.Contains(got, "MEIER") {
				t.Errorf("got  %s\nwant %s", short(f), c.want)
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

// TestContent1 holds that files reach who stores them, whatever the command.
func TestContent1(t *testing.T) {
	body := content(120_000)
	list := append(opened1("A:", 0, `\a.bin`), ask1(0x2f, 4, write1(9, 70_000, body[70_000:], toNone)), ask1(0x2f, 3, write1(9, 0, body[:70_000], toNone)),
		say1(0x2f, 3, 0, wrote1(70_000)), say1(0x2f, 4, 0, wrote1(50_000)),
		ask1(0x2e, 5, read1(9, 0, 60_000)), say1(0x2e, 5, 0, gave1(body[:60_000])),
		ask1(0x1a, 6, block1(u(uint16(9), uint32(60_000), uint16(50_000), uint16(0), uint32(0), uint16(0)), "")), "s"+frame(body[60_000:110_000]),
		ask1(4, 7, shut1(9)), say1(4, 7, 0, none))
	for _, size := range []int{1460, 100, 1 << 20} {
		f := prototest.NewFlow()
		f.Take = true
		prototest.FeedInto(f, &Spec, prototest.Recut(said(list...), []int{size}))
		if len(f.Files) != 2 {
			t.Fatalf("%d files", len(f.Files))
		}
		if w, r := f.Files[0], f.Files[1]; !bytes.Equal(w.Body, []byte(body)) || string(r.Body) != body[:110_000] || !w.Whole || w.Name != `\\srv\data\a.bin` || w.Sender != proto.Orig || r.Sender != proto.Resp {
			t.Errorf("cut by %d: %d and %d bytes, %+v", size, len(w.Body), len(r.Body), w.File)
		}
	}
}

// TestPipes1 holds that pipes are followed through all commands that move content.
func TestPipes1(t *testing.T) {
	rpc := "\x05\x00\x0b\x03\x10\x00\x00\x00" + strings.Repeat("x", 64)
	first := write1(9, 0, u(uint16(len(rpc)), rpc), toNone)
	first = first[:1+14] + "\x0c\x00" + first[1+16:]
	list := append(opened1("IPC", 2, `\svcctl`), ask1(0x2f, 3, first), say1(0x2f, 3, 0, wrote1(len(rpc)+2)), ask1(0x2e, 4, read1(9, 0, 100)), say1(0x2e, 4, 0x80000005, gave1("answer")),
		trans1(0x25, 5, `\PIPE\`, u(uint16(0x26), uint16(9)), "", "ques", 8), say1(0x25, 5, 0, none), more1(0x26, 5, "tion", 4, 8),
		transed1(0x25, 5, 0, "", "rep", 0, 5), transed1(0x25, 5, 0, "", "ly", 3, 5), ask1(4, 6, shut1(9)), say1(4, 6, 0, none),
		trans1(0x25, 7, `\PIPE\samr`, u(uint16(0x54), uint16(0)), "", rpc, len(rpc)), transed1(0x25, 7, 0, "", "said", 0, 4))
	f := prototest.Feed(&Spec, prototest.Recut(said(list...), []int{33}))
	if len(f.Channels) != 2 {
		t.Fatalf("%d channels", len(f.Channels))
	}
	if one := f.Channels[1]; one.About.Name != `\PIPE\samr` || !one.Closed || len(one.Said) != 2 {
		t.Errorf("a call at once: %+v", one)
	}
	var c, s string
	for _, m := range f.Channels[0].Said {
		if m.Dir == proto.Orig {
			c += string(m.Data)
		} else {
			s += string(m.Data)
		}
	}
	if c != rpc+"question" || s != "answerreply" || !f.Channels[0].Closed || f.Channels[0].About.Name != `\svcctl` {
		t.Errorf("client %q, server %q, %+v", c, s, f.Channels[0].About)
	}
	if got := short(f); !strings.Contains(got, `files{action:PIPE_CLOSE,name:\\svcctl,bytes_read:11,bytes_written:80}`) {
		t.Error(got)
	}
	if strings.Contains(f.JSON(), "smb_trans") {
		t.Error("an ordinary call stands out")
	}
}

// TestTransactions holds what is told of transactions that stand out. The backdoor is
// shown by what it is asked and answers, with nothing behind it.
func TestTransactions(t *testing.T) {
	rap := u(uint16(104), "WrLehDz\x00B16BBDz\x00", uint16(1), uint16(4356), uint32(0xffffffff), "WARD\x00")
	nt := func(total uint32, data string) string {
		return ask1(0xa0, 3, block1(u(uint8(1), uint16(0), uint32(0), total, uint32(0), uint32(0), uint32(0), uint32(0), uint32(len(data)), uint32(73), uint8(0), uint16(0)), data))
	}
	for _, c := range []struct {
		name string
		said []string
		want string // within the record, in order, parted by stars; empty for no record
	}{
		{"net view", []string{trans1(0x25, 3, `\PIPE\LANMAN`, "", rap, "", 0), transed1(0x25, 3, 0, u(uint16(0), uint16(0), uint16(3), uint16(9)), "", 0, 0)},
			`"sub_command":"NetServerEnum2","name":"\\PIPE\\LANMAN"*"status":"SUCCESS"*"level":1,"param_desc":"WrLehDz","data_desc":"B16BBDz","server_type":"0xffffffff","domain":"WARD","return":0,"entries":3,"available":9`},
		{"net view without an answer", []string{trans1(0x25, 3, `\PIPE\LANMAN`, "", rap, "", 0)}, `"sub_command":"NetServerEnum2"*"server_type":"0xffffffff"`},
		{"mail", []string{trans1(0x25, 3, `\MAILSLOT\BROWSE`, u(uint16(1), uint16(0), uint16(2)), "", "hello", 5), transed1(0x25, 3, 0, "", "", 0, 0)},
			`"sub_command":"MAILSLOT_WRITE","name":"\\MAILSLOT\\BROWSE"*"data_total":5`},
		{"a look into a pipe", []string{trans1(0x25, 3, `\PIPE\`, u(uint16(0x23), uint16(0)), "", "", 0), say1(0x25, 3, 0xc0000205, none)},
			`"sub_command":"PEEK_NMPIPE","name":"\\PIPE\\"*"status":"INSUFF_SERVER_RESOURCES"*"fid":0`},
		{"a clean server", []string{trans1(0x32, 65, "", u(uint16(14)), strings.Repeat("\x00", 12), "", 0), say1(0x32, 65, 0xc0000002, none)},
			`"sub_command":"SESSION_SETUP"*"status":"NOT_IMPLEMENTED","mid":65,"tid":7,"pid":65279,"timeout":10803622,"opcode":"0x23","params_total":12`},
		{"a backdoor", []string{trans1(0x32, 65, "", u(uint16(14)), strings.Repeat("\x00", 12), "", 0), say1(0x32, 81, 0xc0000002, none)},
			`"status":"NOT_IMPLEMENTED","mid":65,"reply_mid":81`},
		{"pieces of another kind", []string{nt(66512, "x"), say1(0xa0, 3, 0, none), more1(0x33, 3, "abcd", 1, 5), ask1(0x2b, 3, block1("\x01\x00", "e")), more1(0x33, 3, "efgh", 66510, 5), say1(0x32, 3, 0xc000000d, none)},
			`"command":"NT_TRANSACT"*"status":"INVALID_PARAMETER"*"data_total":66512,"data_sent":9,"secondaries":2*"odd":["long","other_secondary","beyond_total"]`},
		{"a lie about the place", []string{strings.Replace(trans1(0x32, 3, "", u(uint16(5)), "\x07\x01\x00\x00\x00\x00a\x00", "", 0), u(uint16(8), uint16(65)), u(uint16(8), uint16(999)), 1)}, `"odd":["outside_message"]`},
		{"an echo", []string{ask1(0x2b, 3, block1("\x01\x00", "hello")), say1(0x2b, 3, 0, block1("\x01\x00", "hello"))}, `"command":"ECHO"*"status":"SUCCESS"*"echo":"hello"`},
		{"an ordinary one", []string{trans1(0x32, 3, "", u(uint16(5)), "\x07\x01\x00\x00\x00\x00a\x00", "", 0), transed1(0x32, 3, 0, "\x00\x00", "", 0, 0)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := prototest.Feed(&Spec, said(append(opened1("IPC", 2, `\x`), c.said...)...))
			got := f.JSON()
			if c.want == "" && strings.Contains(got, "smb_trans") {
				t.Errorf("got %s", got)
			}
			for rest, list := got, strings.Split(c.want, "*"); len(list) > 0; list = list[1:] {
				i := strings.Index(rest, list[0])
				if i < 0 {
					t.Fatalf("no %s in %s", list[0], got)
				}
				rest = rest[i:]
			}
		})
	}
}

// TestBroken1 holds that chains that loop, and what follows nothing, are told.
func TestBroken1(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a loop", ask1(0x74, 3, block1(to(0x74, 32), "")), "bad_smb1_chain"},
		{"a chain past the end", ask1(0x74, 3, block1(to(4, 90), "")), "bad_smb1_message"},
		{"words that are missing", ask1(0xa2, 3, none), "bad_smb1_message"},
		{"a piece that follows nothing", more1(0x33, 3, "abcd", 1, 5), "stray_smb1_secondary"},
		{"content past the end", ask1(0x2f, 3, strings.Replace(write1(9, 0, "hello", toNone), u(uint16(5), uint16(63)), u(uint16(50), uint16(63)), 1)), "bad_smb1_message"},
	} {
		f := prototest.Feed(&Spec, said(c.in))
		if len(f.Weirds) != 1 || f.Weirds[0] != c.want {
			t.Errorf("%s: %v, want %s", c.name, f.Weirds, c.want)
		}
	}
}

// TestLoss1 holds that lost bytes within content are told by offset, and that what
// follows is read.
func TestLoss1(t *testing.T) {
	body := content(10_000)
	for _, c := range []struct{ at, n int }{{100, 50}, {63, 1}, {5000, 5063}, {9000, 1063}, {9000, 1100}} {
		f := prototest.NewFlow()
		f.Take = true
		m := say1(0x2e, 3, 0, gave1(body))[1:]
		next := say1(0x2e, 4, 0, gave1("hello"))[1:]
		all := m + next
		segs := append(said(append(opened1("A:", 0, "a.bin"), ask1(0x2e, 3, read1(9, 0, 10_000)), ask1(0x2e, 4, read1(9, 10_000, 9)))...),
			prototest.Segment{Dir: proto.Resp, Data: []byte(all[:c.at])}, prototest.Segment{Dir: proto.Resp, Lost: c.n}, prototest.Segment{Dir: proto.Resp, Data: []byte(all[c.at+c.n:] + say1(4, 9, 0, none)[1:])})
		prototest.FeedInto(f, &Spec, segs)
		if len(f.Files) != 1 {
			t.Fatalf("%d files", len(f.Files))
		}
		whole := c.at+c.n <= len(m)
		if got := strings.Contains(f.JSON(), `"bytes_read":10005`); got != whole {
			t.Errorf("%d lost at %d: the second read is seen: %v\n%s", c.n, c.at, got, f.JSON())
		}
	}
}

// TestOneSided1 holds that requests without answers do not pile up.
func TestOneSided1(t *testing.T) {
	f := &quiet{prototest.NewFlow()}
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	most := 0
	for i := range 5_000 {
		feedWhole(t, a, ask1(0xa2, uint16(i), create1("a.bin", 1, 0)))
		feedWhole(t, a, trans1(0x32, uint16(i), "", u(uint16(8)), u(uint16(i), uint16(1010), uint16(0)), "12345678", 30_000))
		feedWhole(t, a, ask1(0x2f, uint16(i+1), write1(uint16(i), 0, "hello", toNone)))
		most = max(most, a.Held())
		f.Records = f.Records[:0]
	}
	if most > 1<<20 {
		t.Errorf("%d bytes are held", most)
	}
	a.Yield()
	if n := a.Held(); n > 1<<17 {
		t.Errorf("%d bytes are held after all", n)
	}
}

// TestUpgrade holds that a negotiation of SMB1 may be answered in SMB2.
func TestUpgrade(t *testing.T) {
	choice := []byte(choice2(0x0202, 1))
	choice[frameLen+24] = 0 // the id, which is the first
	f := prototest.Feed(&Spec, said(dialects("NT LM 0.12", "SMB 2.002"), "s"+string(choice)))
	if got := f.JSON(); !strings.Contains(got, `"dialect":"2.0.2"`) || strings.Count(got, `"command":"NEGOTIATE_PROTOCOL","status":"SUCCESS"`) != 1 || strings.Contains(got, `"command":"NEGOTIATE"`) {
		t.Error(got)
	}
}

// TestMoveAllocs1 holds that moving content does not allocate.
func TestMoveAllocs1(t *testing.T) {
	f := &quiet{prototest.NewFlow()}
	f.State, f.Take = share.NewShared(), false
	a := Spec.New(f).(*analyzer)
	for _, m := range opened1("A:", 0, "a.bin") {
		feedWhole(t, a, m)
	}
	w, wr := []byte(ask1(0x2f, 3, write1(9, 0, content(5000), toNone))[1:]), []byte(say1(0x2f, 3, 0, wrote1(5000))[1:])
	r, rr := []byte(ask1(0x2e, 4, read1(9, 0, 20))[1:]), []byte(say1(0x2e, 4, 0, gave1(content(20)))[1:])
	if n := testing.AllocsPerRun(1000, func() {
		_, _ = a.Parse(proto.Orig, w)
		_, _ = a.Parse(proto.Resp, wr)
		_, _ = a.Parse(proto.Orig, r)
		_, _ = a.Parse(proto.Resp, rr)
	}); n != 0 {
		t.Errorf("%v allocations for a write and a read", n)
	}
}

// BenchmarkCommand1 is a small command with its answer.
func BenchmarkCommand1(b *testing.B) {
	f := &quiet{prototest.NewFlow()}
	f.State = share.NewShared()
	a := Spec.New(f).(*analyzer)
	for _, m := range opened1("A:", 0, "a.bin") {
		feedWhole(b, a, m)
	}
	q, qr := []byte(trans1(0x32, 3, "", u(uint16(7)), u(uint16(9), uint16(0x107)), "", 0)[1:]), []byte(transed1(0x32, 3, 0, "\x00\x00", strings.Repeat("\x00", 72), 0, 72)[1:])
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.Parse(proto.Orig, q)
		_, _ = a.Parse(proto.Resp, qr)
	}
}
