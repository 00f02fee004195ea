package ftpdata

import (
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestFile(t *testing.T) {
	for name, tc := range map[string]struct {
		said []prototest.Segment
		want string
		gaps int
	}{
		"sent by the server": {[]prototest.Segment{{Dir: 1, Data: []byte("hello ")}, {Dir: 1, Data: []byte("world")}}, "hello world", 0},
		"sent by the client": {[]prototest.Segment{{Dir: 0, Data: []byte("up")}, {Dir: 1, Data: []byte("stray")}}, "up", 0},
		"with a loss":        {[]prototest.Segment{{Dir: 1, Data: []byte("he")}, {Dir: 1, Lost: 3}, {Dir: 1, Data: []byte("o")}}, "he\x00\x00\x00o", 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := prototest.NewFlow()
			f.Take, f.Known = true, proto.About{Carrier: "ftp", Name: "/pub/x.bin", Verb: "RETR", User: "lzuser"}
			prototest.FeedInto(f, &Spec, tc.said)
			if len(f.Files) != 1 {
				t.Fatalf("%d files", len(f.Files))
			}
			got := f.Files[0]
			if string(got.Body) != tc.want || len(got.Gaps) != tc.gaps || !got.Closed || got.Name != "/pub/x.bin" || got.User != "lzuser" || got.Source != "FTP_DATA" {
				t.Errorf("%+v", got)
			}
		})
	}
}
