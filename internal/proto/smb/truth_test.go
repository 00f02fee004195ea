package smb

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/prototest"
	"lazaret/internal/rest"
	"lazaret/internal/share"
)

// visits is what the lab knows of the clients of its file server: what they did, as
// they say, and the commands with their answers, as the server's log has them.
type visits struct {
	Hosts []struct {
		Name string
		IPs  []struct{ IP string }
	}
	SMB []struct {
		Client, Server  string
		Dialect         string
		Account, Status string
		Sealed, Guest   bool
		Trees           []struct{ Share, Status string }
		Operations      []struct{ Operation, Share, Path, To, Status string }
		Commands        []struct {
			Command, Status string
			Count           int
		}
	}
}

func loadVisits(t *testing.T, name string) *visits {
	t.Helper()
	b, err := os.ReadFile(prototest.Lab + "/" + name + ".truth.json")
	if err != nil {
		t.Fatal(err)
	}
	v := &visits{}
	if err := json.Unmarshal(b, v); err != nil || len(v.SMB) == 0 {
		t.Fatal(len(v.SMB), err)
	}
	return v
}

func (v *visits) address(host string) string {
	for _, h := range v.Hosts {
		if h.Name == host {
			return h.IPs[0].IP
		}
	}
	return host
}

// happened counts, by client, what the records say of files.
func happened(records []event.Record) map[string]int {
	out := map[string]int{}
	for _, r := range records {
		client := r.Conn.Orig.IP.String()
		switch f := r.Body.(type) {
		case *share.FileRecord:
			name := strings.TrimPrefix(f.Name, `\`)
			switch {
			case f.Action == "SMB::FILE_RENAME":
				name = strings.TrimPrefix(f.PrevName, `\`) + " to " + name
			case f.Action == "SMB::FILE_OPEN" && f.Result == "created" && slices.Contains(f.Options, "directory"):
				f.Action = "mkdir"
			}
			out[client+" "+f.Action+" "+name]++
		case *share.TriedRecord:
			out[client+" tried "+strings.TrimPrefix(f.Name, `\`)+" "+f.Status]++
		}
	}
	return out
}

// expected is what must have been seen of an operation, empty if nothing or what
// smb_files does not have.
func expected(op, path, to, status string, mark rest.Marker) string {
	path, to = rest.MaskShare(mark, path), rest.MaskShare(mark, to)
	if status != "NT_STATUS_OK" {
		switch op {
		case "write", "read", "mkdir":
			return "tried " + path + " " + strings.TrimPrefix(status, "NT_STATUS_")
		}
		return ""
	}
	switch op {
	case "write", "append", "overwrite":
		return "SMB::FILE_WRITE " + path
	case "read", "read-part":
		return "SMB::FILE_READ " + path
	case "delete":
		return "SMB::FILE_DELETE " + path
	case "rename":
		return "SMB::FILE_RENAME " + path + " to " + to
	case "mkdir":
		return "mkdir " + path
	}
	return ""
}

// TestTruth holds that all that the lab's clients did is told, and no other writing,
// renaming or deleting.
func TestTruth(t *testing.T) {
	v := loadVisits(t, "smb")
	list := prototest.Load(t, prototest.Lab+"/smb.pcap.zst")
	records, _ := prototest.Run(t, list, &Spec)
	mark := func(kind string, v []byte) string { // as the sensor's, with the key of tests
		h := hmac.New(sha256.New, prototest.Key)
		h.Write(append([]byte(kind+"\x00"), v...))
		return hex.EncodeToString(h.Sum(nil))[:32]
	}
	got := happened(records)
	want := map[string]int{}
	for _, s := range v.SMB {
		for _, o := range s.Operations {
			if e := expected(o.Operation, o.Path, o.To, o.Status, mark); e != "" && !s.Sealed {
				want[v.address(s.Client)+" "+e]++
			}
		}
	}
	if len(want) < 40 {
		t.Errorf("%d kinds of operations are known", len(want))
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] < want[k] && (!strings.Contains(k, " tried ") || got[k] == 0) {
			t.Errorf("%s: %d times, told %d times", k, want[k], got[k])
		}
	}
	for k, n := range got {
		if (strings.Contains(k, "FILE_WRITE") || strings.Contains(k, "FILE_RENAME")) && n > want[k] {
			t.Errorf("%s is told %d times, happened %d times", k, n, want[k])
		}
	}
}

// smbdNames are the names of commands in the server's log.
var smbdNames = map[string]string{"NEGPROT": "NEGOTIATE_PROTOCOL", "SESSSETUP": "SESSION_SETUP", "TCON": "TREE_CONNECT", "TDIS": "TREE_DISCONNECT",
	"GETINFO": "QUERY_INFO", "SETINFO": "SET_INFO", "NOTIFY": "CHANGE_NOTIFY", "KEEPALIVE": "ECHO", "FIND": "QUERY_DIRECTORY", "QUERY_DIRECTORY": "QUERY_DIRECTORY"}

// TestCommands holds that every command of SMB2 is paired with the answer that the
// server's log has.
func TestCommands(t *testing.T) {
	v := loadVisits(t, "smb")
	records, _ := prototest.Run(t, prototest.Load(t, prototest.Lab+"/smb.pcap.zst"), &Spec)
	got, want := map[string]int{}, map[string]int{}
	for _, r := range records {
		if c, ok := r.Body.(*share.CmdRecord); ok && c.Version == "SMB2" && told(c.Command) {
			got[fmt.Sprint(r.Conn.Orig.IP, " ", c.Command, " ", c.Status)]++
		}
	}
	for _, s := range v.SMB {
		for _, c := range s.Commands {
			name, ok := strings.CutPrefix(c.Command, "SMB2_OP_")
			if n := smbdNames[name]; n != "" {
				name = n
			}
			if ok && !s.Sealed && told(name) {
				want[v.address(s.Client)+" "+name+" "+plainStatus(c.Status)] += c.Count
			}
		}
	}
	if len(want) < 20 {
		t.Errorf("the log has %d kinds of commands", len(want))
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			t.Errorf("%s: %d times in the log, told %d times", k, want[k], got[k])
		}
	}
}

func plainStatus(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "NT_"), "STATUS_")
	if s == "OK" {
		return "SUCCESS"
	}
	return s
}

// told leaves out what sealed conversations show too, and what has no answer.
func told(command string) bool {
	return command != "NEGOTIATE_PROTOCOL" && command != "SESSION_SETUP" && command != "CANCEL"
}
