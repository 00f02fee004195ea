package smb

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
	"lazaret/internal/share"
)

// FuzzMessages feeds messages of both sides, without packets around them: each begins
// with a byte that tells its side and, in the other bits, how many bytes are lost
// behind it, and a length of two bytes. It is much faster than FuzzStream.
func FuzzMessages(f *testing.F) {
	pack := func(list ...string) []byte {
		var b []byte
		for _, m := range list {
			side := byte(0)
			if m[0] == 's' {
				side = 1
			}
			b = append(append(b, side, byte(len(m)-1), byte((len(m)-1)>>8)), m[1:]...)
		}
		return b
	}
	f.Add(pack(append(opened(1, "a.bin"), ask(9, 3, write(handle(9), 0, "hello")), say(9, 3, 0, wrote(5)), ask(6, 4, shut(handle(9))), say(6, 4, 0, closed(5)))...))
	f.Add(pack(append(opened(2, "svcctl"), ask(11, 6, control(fsctlPipeTransceive, handle(9), "question")), say(11, 6, 0, controlled(fsctlPipeTransceive, handle(9), "reply")))...))
	f.Add(pack("c" + chained(pdu(5, 0, 0, 3, 3, create("n.txt", 1, optDelete)), pdu(8, 0, flagRelated, 4, ^uint32(0), read(others, 0, 9)), pdu(6, 0, flagRelated, 5, ^uint32(0), shut(others)))))
	f.Add(pack(append(opened(1, "a.bin"), ask(17, 3, setInfo(handle(9), 10, rename("b.bin"))), say(17, 3, 0, "\x02\x00"), ask(17, 4, setInfo(handle(9), 13, "\x01")))...))
	f.Add(pack(append(opened1("A:", 0, "a.bin"), ask1(0x2f, 3, write1(9, 0, "hello", to(4, 68))+shut1(9)), say1(0x2f, 3, 0, block1(u(to(4, 47), uint16(5), uint16(0), uint32(0)), "")+none))...))
	f.Add(pack(append(opened1("IPC", 2, "x"), trans1(0x25, 5, `\PIPE\`, u(uint16(0x26), uint16(9)), "", "ques", 8), say1(0x25, 5, 0, none), more1(0x26, 5, "tion", 4, 8), transed1(0x25, 5, 0, "", "rep", 0, 5))...))
	f.Add(pack(append(opened1("IPC", 2, "x"), trans1(0x32, 65, "", u(uint16(14)), strings.Repeat("\x00", 12), "", 0), say1(0x32, 81, 0xc0000002, none))...))
	f.Add(pack(append(opened1("A:", 0, "a.bin"), ask1(0x1a, 3, block1(u(uint16(9), uint32(0), uint16(100), uint16(0), uint32(0), uint16(0)), "")), "s"+frame("hello"))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var segs []prototest.Segment
		for len(b) >= 3 {
			n := min(int(b[1])|int(b[2])<<8, len(b)-3)
			d := proto.Dir(b[0] & 1)
			segs = append(segs, prototest.Segment{Dir: d, Data: b[3 : 3+n]})
			if lost := int(b[0] >> 1); lost > 0 {
				segs = append(segs, prototest.Segment{Dir: d, Lost: lost})
			}
			b = b[3+n:]
		}
		one := prototest.NewFlow()
		one.Take = true
		prototest.FeedInto(one, &Spec, segs)
		for _, r := range one.Records {
			switch v := r.Body.(type) {
			case *share.FileRecord:
				if v.Status == "" && !strings.HasSuffix(v.Action, "_CLOSE") {
					t.Errorf("%+v without an answer", v)
				}
			case *share.TriedRecord:
				if v.Status == "SUCCESS" {
					t.Errorf("%+v", v)
				}
			}
		}
	})
}
