package gssapi

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// elem makes an element; lengths from 128 on take two bytes more.
func elem(tag byte, parts ...string) string {
	body := strings.Join(parts, "")
	switch n := len(body); {
	case n < 0x80:
		return string([]byte{tag, byte(n)}) + body
	default:
		return string([]byte{tag, 0x82, byte(n >> 8), byte(n)}) + body
	}
}

func ntlm(typ byte, n int) string {
	return ntlmSignature + string([]byte{typ, 0, 0, 0}) + strings.Repeat("x", n)
}

// start is the first token of a client; resp one that follows.
func start(mech string) string {
	return elem(0x60, elem(6, string(oidSPNEGO)), elem(0xa0, elem(0x30,
		elem(0xa0, elem(0x30, elem(6, string(oidNTLM)))), elem(0xa2, elem(4, mech)))))
}

func resp(state int, mech string) string {
	var s, m string
	if state >= 0 {
		s = elem(0xa0, elem(0x0a, string([]byte{byte(state)})))
	}
	if mech != "" {
		m = elem(0xa2, elem(4, mech))
	}
	return elem(0xa1, elem(0x30, s, m))
}

// feed gives tokens in turn; those that begin with s come from the responder. It
// tells what was handed on.
func feed(said ...string) (string, []string) {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, m := range said {
		d := proto.Orig
		if m[0] == 's' {
			d = proto.Resp
		}
		if err := a.Packet(d, []byte(m[1:])); err != nil {
			f.Weirds = append(f.Weirds, err.Error())
		}
	}
	a.Close()
	var out []string
	for _, h := range f.Handed {
		switch {
		case len(h.Data) == 1:
			out = append(out, fmt.Sprintf("%d:verdict %d", h.Dir, h.Data[0]))
		case h.Data[0] == 1:
			out = append(out, fmt.Sprintf("%d:verdict 1 %s", h.Dir, h.Data[1:]))
		case h.Data[0] != ntlmSignature[0]:
			out = append(out, fmt.Sprintf("%d:krb %#x of %d", h.Dir, h.Data[0], len(h.Data)))
		default:
			out = append(out, fmt.Sprintf("%d:type %d of %d", h.Dir, h.Data[8], len(h.Data)))
		}
	}
	return strings.Join(out, ", "), f.Weirds
}

func TestTokens(t *testing.T) {
	ask := elem(0x60, elem(6, string(oidMIT)), "\x01\x00", elem(apReq, "ticket"))
	reply := elem(0x60, elem(6, string(oidMIT)), "\x02\x00", elem(apRep, "proof"))
	bare := elem(apReq, "a ticket without wrapping")
	old := elem(0x60, elem(6, string(oidMS)), "\x01\x00", elem(apReq, "ticket"))
	for _, c := range []struct {
		name string
		said []string
		want string
	}{
		{"granted", []string{"c" + start(ntlm(1, 20)), "s" + resp(1, ntlm(2, 200)), "c" + resp(-1, ntlm(3, 300)), "s" + resp(0, "")},
			"0:type 1 of 32, 1:type 2 of 212, 0:type 3 of 312, 1:verdict 0"},
		{"refused", []string{"c" + start(ntlm(1, 0)), "s" + resp(2, "")}, "0:type 1 of 12, 1:verdict 1"},
		{"the carrier knows", []string{"c" + start(ntlm(1, 0)), "s" + resp(1, ntlm(2, 0)), "s\x01"}, "0:type 1 of 12, 1:type 2 of 12, 1:verdict 1"},
		{"the carrier knows why", []string{"c" + start(ntlm(1, 0)), "s\x01NO_SUCH_USER"}, "0:type 1 of 12, 1:verdict 1 NO_SUCH_USER"},
		{"a client has no verdict", []string{"c" + start(ntlm(1, 0)), "c" + resp(0, ntlm(3, 0)), "c\x00"}, "0:type 1 of 12, 0:type 3 of 12"},
		{"the responder is the client", []string{"s" + start(ntlm(1, 0)), "c" + resp(0, "")}, "1:type 1 of 12, 0:verdict 0"},
		{"bare", []string{"c" + ntlm(1, 5), "s" + ntlm(2, 5)}, "0:type 1 of 17, 1:type 2 of 17"},
		{"framed without negotiation", []string{"c" + elem(0x60, elem(6, string(oidNTLM)), ntlm(1, 5))}, "0:type 1 of 17"},
		{"Kerberos", []string{"c" + ask, "s" + reply, "s\x00"}, "0:krb 0x60 of 23, 1:krb 0x60 of 22, 1:verdict 0"},
		{"Kerberos in a negotiation", []string{"c" + start(ask), "s" + resp(0, reply)}, "0:krb 0x60 of 23, 1:krb 0x60 of 22, 1:verdict 0"},
		{"Kerberos as Windows 2000 wrote it", []string{"c" + start(old), "s" + resp(2, "")}, "0:krb 0x60 of 23, 1:verdict 1"},
		{"Kerberos without wrapping", []string{"c" + bare, "s" + resp(0, "ticket")}, "0:krb 0x6e of 27, 1:verdict 0"},
		{"Kerberos offered, NTLM taken", []string{"c" + start(ask), "s" + resp(1, ntlm(2, 0)), "c" + resp(-1, ntlm(3, 0)), "s" + resp(0, "")},
			"0:krb 0x60 of 23, 1:type 2 of 12, 0:type 3 of 12, 1:verdict 0"},
		{"the last step of SASL", []string{"c" + ask, "s" + reply, "s\x05\x04\x01\xffsealed", "c\x05\x04\x00\xffsealed", "s\x00"}, "0:krb 0x60 of 23, 1:krb 0x60 of 22, 1:verdict 0"},
		{"a mechanism that is not known", []string{"c" + start(elem(0x60, elem(6, "\x2a\x03"), "something of it"))}, ""},
		{"hints in another way", []string{"s" + elem(0x60, elem(6, string(oidSPNEGO)), elem(0xa0, elem(0x30, elem(0xa0, elem(0x30, elem(6, string(oidNTLM)))), "\xa3\x03\x30\x09x")))}, ""},
	} {
		got, weirds := feed(c.said...)
		if got != c.want || len(weirds) > 0 {
			t.Errorf("%s:\n got %s %v\nwant %s", c.name, got, weirds, c.want)
		}
	}
}

func TestMalformed(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"length past the end", "\x60\x20\x06\x01", "bad_element"},
		{"indefinite length", "\x60\x80\x06\x01", "bad_element"},
		{"length of five bytes", "\x60\x85\x00\x00\x00\x00\x01x", "bad_element"},
		{"length cut", "\x60\x84\x00\x00", "bad_element"},
		{"tag of several bytes", "\x7f\x21\x00", "bad_element"},
		{"no mechanism", elem(0x60, elem(4, "x")), "bad_mechanism"},
		{"nothing behind it", elem(0x60, elem(6, string(oidSPNEGO))), "bad_element"},
		{"another choice", elem(0x60, elem(6, string(oidSPNEGO)), elem(0xa2, "x")), "unknown_token"},
		{"another token", elem(0x30, "x"), "unknown_token"},
		{"no sequence", elem(0xa1, elem(4, "x")), "bad_negotiation"},
		{"another field", elem(0xa1, elem(0x30, elem(0xa7, "x"))), "bad_negotiation"},
		{"half a field", elem(0xa1, elem(0x30, "\xa0\x09x")), "bad_negotiation"},
	} {
		if got, weirds := feed("c" + c.in); len(weirds) != 1 || weirds[0] != c.want || got != "" {
			t.Errorf("%s: %v, handed %q, want %s", c.name, weirds, got, c.want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	f.Add([]byte(start(ntlm(1, 20))), []byte(resp(1, ntlm(2, 200))))
	f.Add([]byte(elem(0x60, elem(6, string(oidMIT)), "\x01\x00", elem(apReq, "ticket"))), []byte(elem(apRep, "fourteen bytes")))
	f.Add([]byte(ntlm(1, 5)), []byte("\x60\x84\x00\x00"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		fl := prototest.NewFlow()
		a := Spec.New(fl).(proto.Datagram)
		for i, b := range [][]byte{one, two, one, {0}, {1}} {
			_ = a.Packet(proto.Dir(i&1), b)
		}
		for _, h := range fl.Handed {
			if len(h.Data) > max(len(one), len(two)) || len(h.Data) != 1 && string(h.Data[:8]) != ntlmSignature && !kerberos(h.Data) && h.Data[0] > 1 {
				t.Fatalf("handed on %q", h.Data)
			}
		}
	})
}
