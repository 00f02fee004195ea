package smb

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// step is one message of a set-up with the number of its request and session; those of
// the server bear a status.
func step(server bool, id, session uint64, status uint32, token string) string {
	m, body := []byte(pdu(1, status, 0, id, 0, "")), ""
	if server {
		binary.LittleEndian.PutUint32(m[16:], flagServer)
		body = u(uint16(9), uint16(0), uint16(72), uint16(len(token))) + token
	} else {
		body = u(uint16(25), uint16(0), uint32(0), uint32(0), uint16(88), uint16(len(token)), uint64(0)) + token
	}
	binary.LittleEndian.PutUint64(m[40:], session)
	if server {
		return "s" + frame(string(m)+body)
	}
	return "c" + frame(string(m)+body)
}

// TestLogins holds that authentications of several sessions in one conversation are
// handed on apart, and each with its own outcome.
func TestLogins(t *testing.T) {
	token := func(who string, typ byte) string { return "NTLMSSP\x00" + string(typ) + "\x00\x00\x00" + who }
	const more, failed = statusMore, 0xc000006d
	for _, k := range []struct {
		name string
		said []string
		want string
	}{
		{"one after the other", []string{step(false, 1, 0, 0, token("anna", 1)), step(true, 1, 5, more, token("anna", 2)), step(false, 2, 5, 0, token("anna", 3)), step(true, 2, 5, 0, ""),
			step(false, 3, 0, 0, token("berta", 1)), step(true, 3, 6, more, token("berta", 2)), step(false, 4, 6, 0, token("berta", 3)), step(true, 4, 6, failed, "")},
			"ntlm anna1 ntlm anna2 ntlm anna3 ntlm ok ntlm berta1 ntlm berta2 ntlm berta3 ntlm LOGON_FAILURE"},
		{"mixed", []string{step(false, 1, 0, 0, token("anna", 1)), step(false, 2, 0, 0, token("berta", 1)), step(true, 2, 6, more, token("berta", 2)), step(true, 1, 5, more, token("anna", 2)),
			step(false, 3, 6, 0, token("berta", 3)), step(false, 4, 5, 0, token("anna", 3)), step(true, 3, 6, failed, ""), step(true, 4, 5, 0, "")},
			"ntlm anna1 ntlm#1 berta1 ntlm#1 berta2 ntlm anna2 ntlm#1 berta3 ntlm anna3 ntlm#1 LOGON_FAILURE ntlm ok"},
		{"only the answers", []string{step(true, 1, 5, more, token("anna", 2)), step(true, 2, 6, more, token("berta", 2)), step(true, 3, 5, 0, ""), step(true, 4, 6, failed, "")},
			"ntlm anna2 ntlm#1 berta2 ntlm ok ntlm#1 LOGON_FAILURE"},
		{"more than there is room for", []string{step(false, 1, 0, 0, token("a", 1)), step(false, 2, 0, 0, token("b", 1)), step(false, 3, 0, 0, token("c", 1)), step(false, 4, 0, 0, token("d", 1)), step(true, 2, 6, failed, "")},
			"ntlm a1 ntlm#1 b1 ntlm#2 c1 ntlm d1 ntlm#1 LOGON_FAILURE"},
	} {
		f := prototest.FeedInto(prototest.NewFlow(), &Spec, said(k.said...))
		var got []string
		for i, h := range f.Handed {
			what := "ok"
			switch {
			case h.Data[0] == 1:
				what = string(h.Data[1:])
			case len(h.Data) > 12:
				what = fmt.Sprintf("%s%d", h.Data[12:], h.Data[8])
			}
			got = append(got, f.Hints[i]+" "+what)
		}
		if s := strings.Join(got, " "); s != k.want {
			t.Errorf("%s:\n got %s\nwant %s", k.name, s, k.want)
		}
	}
}
