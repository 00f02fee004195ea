package files_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/proto/files"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/lab/truth"
)

// records are those of the files in a capture, all protocols at work.
func records(t *testing.T, list []capture.Frame) []event.Record {
	t.Helper()
	all, _ := prototest.Run(t, list, protocols.Specs...)
	var out []event.Record
	for _, r := range all {
		if _, ok := r.Body.(*files.Record); ok {
			out = append(out, r)
		}
	}
	return out
}

// source is Zeek's word for a carrier of the lab.
func source(carrier string) string {
	switch carrier {
	case "http":
		return "HTTP"
	case "ftp":
		return "FTP_DATA"
	case "tftp":
		return "TFTP"
	case "smtp":
		return "SMTP"
	}
	return "SMB"
}

// TestLab compares the hash of every file that moved in the lab with that of the file
// on disk.
func TestLab(t *testing.T) {
	for _, name := range []string{"files", "smb"} {
		t.Run(name, func(t *testing.T) {
			tr, err := truth.Read(filepath.Join(prototest.Lab, name+".truth.json"))
			if err != nil {
				t.Fatal(err)
			}
			ip := map[string]string{}
			for _, h := range tr.Hosts {
				ip[h.Name] = h.IPs[0].IP
			}
			got := records(t, prototest.Load(t, filepath.Join(prototest.Lab, name+".pcap.zst")))
			n := 0
			for _, want := range tr.Files {
				// What is written in several opens, each closed before the next, is
				// told with each.
				if want.Size == 0 || want.Sealed || want.Refused != "" || strings.Contains(want.Detail, "three opens") {
					continue
				}
				n++
				i := find(got, &want, ip)
				if i < 0 {
					t.Errorf("%s %s from %s to %s, %d bytes, is not told (%s)", want.Carrier, filepath.Base(want.Path), want.Sender, want.Receiver, want.Size, want.Detail)
					continue
				}
				got = append(got[:i], got[i+1:]...)
			}
			if n < 30 {
				t.Errorf("the truth tells only %d files", n)
			}
		})
	}
}

// find looks for the record of a file.
func find(got []event.Record, want *truth.MovedFile, ip map[string]string) int {
	for i, r := range got {
		f := r.Body.(*files.Record)
		from, to := r.Conn.Resp.IP, r.Conn.Orig.IP
		if f.IsOrig.V {
			from, to = to, from
		}
		if f.Source != source(want.Carrier) || from.String() != ip[want.Sender] || to.String() != ip[want.Receiver] {
			continue
		}
		if want.Complete {
			if f.SHA256 == want.SHA256 && f.MD5 == want.MD5 && f.Seen == uint64(want.Size) && f.Missing == 0 && len(f.Gaps) == 0 && len(f.UIDs) >= want.Connections-1 {
				return i
			}
		} else if f.SHA256 == "" && f.Seen == uint64(want.Seen) && (!f.Total.OK || f.Total.V == uint64(want.Size) && len(f.Gaps) > 0) {
			return i
		}
	}
	return -1
}

// TestNoFalseHash holds that only what was seen whole has a hash.
func TestNoFalseHash(t *testing.T) {
	for _, name := range []string{"web", "remote", "windows"} {
		for _, r := range records(t, prototest.Load(t, filepath.Join(prototest.Lab, name+".pcap.zst"))) {
			f := r.Body.(*files.Record)
			if f.SHA256 != "" && (f.Missing > 0 || len(f.Gaps) > 0 || f.Seen == 0) {
				b, _ := json.Marshal(f)
				t.Errorf("%s: a hash of what was not seen whole: %s", name, b)
			}
		}
	}
}
