package smtp

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestParts(t *testing.T) {
	const message = "From: <a@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"xx\"\r\n\r\n--xx\r\n\r\nhello\r\n..dots\r\n" +
		"--xx\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=setup.exe\r\n\r\nTVqQAAM=\r\n--xx--\r\n"
	said := map[string][]string{
		"DATA": {"<220 mail ESMTP\r\n", ">EHLO x\r\n", "<250 mail\r\n", ">MAIL FROM:<a@example.org>\r\n", "<250 ok\r\n", ">RCPT TO:<b@example.org>\r\n", "<250 ok\r\n",
			">DATA\r\n", "<354 go\r\n", ">" + message + ".\r\n", "<250 ok\r\n", ">QUIT\r\n", "<221 bye\r\n"},
		"BDAT": {"<220 mail ESMTP\r\n", ">EHLO x\r\n", "<250 mail\r\n", ">MAIL FROM:<a@example.org>\r\n", "<250 ok\r\n", ">RCPT TO:<b@example.org>\r\n", "<250 ok\r\n",
			">BDAT 268 LAST\r\n" + strings.ReplaceAll(message, "..dots", ".dots"), "<250 ok\r\n", ">QUIT\r\n", "<221 bye\r\n"},
	}
	for how, lines := range said {
		for _, cut := range []int{1, 7, 1000} {
			var segs []prototest.Segment
			for _, l := range lines {
				d := proto.Orig
				if l[0] == '<' {
					d = proto.Resp
				}
				segs = append(segs, prototest.Segment{Dir: d, Data: []byte(l[1:])})
			}
			f := prototest.NewFlow()
			f.Take = true
			prototest.FeedInto(f, &Spec, prototest.Recut(segs, []int{cut}))
			if len(f.Files) != 2 {
				t.Fatalf("%s cut at %d: %d files", how, cut, len(f.Files))
			}
			a, b := f.Files[0], f.Files[1]
			if string(a.Body) != "hello\r\n.dots" || !a.Whole || a.Depth != 2 || a.Sender != proto.Orig {
				t.Errorf("%s cut at %d: %+v", how, cut, a)
			}
			if string(b.Body) != "MZ\x90\x00\x03" || b.Name != "setup.exe" || !b.Whole || b.Type != "application/octet-stream" {
				t.Errorf("%s cut at %d: %+v", how, cut, b)
			}
		}
	}
}
