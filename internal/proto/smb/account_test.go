package smb

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/proto/gssapi"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/prototest"
	"lazaret/internal/share"
)

// userOf is the account of a record, if it is of a kind that has one.
func userOf(p event.Payload) (user string, has bool) {
	switch r := p.(type) {
	case *share.MappingRecord:
		return r.User, true
	case *share.FileRecord:
		return r.User, true
	case *share.TriedRecord:
		return r.User, true
	}
	return "", false
}

// TestAccountsOfTruth holds that whatever the lab's clients did is told with the account
// that they gave, and as a guest's where the server made them one.
func TestAccountsOfTruth(t *testing.T) {
	for _, name := range []string{"smb", "rpc", "files"} {
		v := loadVisits(t, name)
		records, _ := prototest.Run(t, prototest.Load(t, prototest.Lab+"/"+name+".pcap.zst"), &Spec, &gssapi.Spec, &ntlm.Spec)
		accounts, trees := map[string][]string{}, map[string]int{}
		for _, s := range v.SMB {
			client, user := v.address(s.Client), s.Account
			if s.Guest {
				user = proto.Guest
			}
			if s.Status != "NT_STATUS_OK" {
				continue
			}
			accounts[v.address(s.Server)] = append(accounts[v.address(s.Server)], user)
			for _, tree := range s.Trees {
				if tree.Status == "NT_STATUS_OK" && tree.Share != "IPC$" && !s.Sealed {
					trees[strings.ToLower(client+" "+tree.Share+" "+user)]++
				}
			}
		}
		seen := 0
		for _, r := range records {
			user, has := userOf(r.Body)
			if !has {
				continue
			}
			seen++
			user = user[strings.LastIndexByte(user, '\\')+1:]
			if !slices.Contains(accounts[r.Conn.Resp.IP.String()], user) {
				t.Errorf("%s: %s at %v is %q", name, r.Body.Schema().Name, r.Conn.Orig, user)
			}
			if m, ok := r.Body.(*share.MappingRecord); ok {
				trees[strings.ToLower(r.Conn.Orig.IP.String()+" "+m.Path[strings.LastIndexByte(m.Path, '\\')+1:]+" "+user)]--
			}
		}
		for k, n := range trees {
			if n > 0 {
				t.Errorf("%s: %s is missing %d times", name, k, n)
			}
		}
		if seen < 8 || len(accounts) == 0 {
			t.Errorf("%s: %d records, %d servers", name, seen, len(accounts))
		}
	}
}

// sessionStep is step with flags of the session in the answer.
func sessionStep(id, session uint64, flags uint16) string {
	b := []byte(step(true, id, session, 0, ""))
	binary.LittleEndian.PutUint16(b[1+frameLen+header2+2:], flags)
	return string(b)
}

// ask and grant of a share in a session.
func mapping(id, session uint64, server bool) string {
	m := []byte(pdu(cmdTreeConnect2, 0, 0, id, 7, ""))
	binary.LittleEndian.PutUint64(m[40:], session)
	if server {
		binary.LittleEndian.PutUint32(m[16:], flagServer)
		return "s" + frame(string(m)+u(uint16(16), uint16(1), uint32(0), uint32(0), uint32(0)))
	}
	path := wide(`\\srv\images`)
	return "c" + frame(string(m)+u(uint16(9), uint16(0), uint16(72), uint16(len(path)))+path)
}

// TestAccounts holds that an account counts when the server grants the session, for the
// session alone, and that guests and nobody are called so.
func TestAccounts(t *testing.T) {
	token := func(who string, typ byte) string { return "NTLMSSP\x00" + string(typ) + "\x00\x00\x00" + who }
	login := func(who string, from, session uint64, last string) []string {
		return []string{step(false, from, 0, 0, token("", 1)), step(true, from, session, statusMore, token("", 2)), step(false, from+1, session, 0, token(who, 3)), last}
	}
	tree := func(id, session uint64) []string {
		return []string{mapping(id, session, false), mapping(id, session, true)}
	}
	for _, k := range []struct {
		name string
		said [][]string
		want string
	}{
		{"granted", [][]string{login(`ward\anna`, 1, 5, sessionStep(2, 5, 0)), tree(3, 5)}, `ward\anna`},
		{"guest", [][]string{login(`ward\anna`, 1, 5, sessionStep(2, 5, 1)), tree(3, 5)}, proto.Guest},
		{"null", [][]string{login("", 1, 5, sessionStep(2, 5, 2)), tree(3, 5)}, proto.Nobody},
		{"nobody, says the client alone", [][]string{login("", 1, 5, sessionStep(2, 5, 0)), tree(3, 5)}, proto.Nobody},
		{"refused", [][]string{login(`ward\anna`, 1, 5, step(true, 2, 5, 0xc000006d, "")), tree(3, 5)}, ""},
		{"another session", [][]string{login(`ward\anna`, 1, 5, sessionStep(2, 5, 0)), tree(3, 6)}, ""},
		{"two sessions", [][]string{login(`ward\anna`, 1, 5, sessionStep(2, 5, 0)), login("berta", 3, 6, sessionStep(4, 6, 0)), tree(5, 5), tree(6, 6)}, `ward\anna berta`},
		{"the number is used again by who is not known", [][]string{login(`ward\anna`, 1, 5, sessionStep(2, 5, 0)),
			{step(false, 3, 0, 0, "\x60\x06\x06\x04xxxx"), sessionStep(3, 5, 0)}, tree(4, 5)}, ""},
		{"the server claims", [][]string{{step(false, 1, 0, 0, token("", 1)), step(true, 1, 5, statusMore, token("berta", 3)), step(false, 2, 5, 0, token("", 9)), sessionStep(2, 5, 0)}, tree(3, 5)}, ""},
	} {
		f := prototest.NewFlow()
		f.Who = func(b []byte) (string, bool) {
			if len(b) < 12 || b[8] != 3 {
				return "", false
			}
			return string(b[12:]), true
		}
		prototest.FeedInto(f, &Spec, said(slices.Concat(k.said...)...))
		var got []string
		for _, r := range f.Records {
			if m, ok := r.Body.(*share.MappingRecord); ok {
				got = append(got, m.User)
			}
		}
		if s := strings.Join(got, " "); s != k.want || len(got) == 0 {
			t.Errorf("%s: %q in %d, want %q %v", k.name, s, len(got), k.want, fmt.Sprint(f.Weirds))
		}
	}
}
