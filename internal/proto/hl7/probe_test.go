package hl7

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
)

func TestProbe(t *testing.T) {
	for _, r := range []struct {
		head string
		want proto.Match
	}{
		{frame(msh), proto.Yes},
		{msh, proto.Yes},
		{`MSH$*%?@$RIS`, proto.Yes},
		{`MSH|^~\&#|RIS`, proto.Yes},
		{"\x0b\xef\xbb\xbf" + msh, proto.Yes},
		{"\r\n\x1c\r" + frame(msh), proto.Yes},
		{"\x0bFHS|^~\\&|x", proto.Yes},
		{"BHS|^~\\&|x", proto.Yes},
		{"xx|F\rOBX|1\r\x1c\r" + frame(msh), proto.Yes},
		{"\x0bM\x00S\x00H\x00", proto.Yes},
		{"\x0b\xfe\xff\x00M\x00S", proto.Yes},
		{"ell^x|||F\rNTE|1||y", proto.Maybe},
		{"\x0bMSH|a b|", proto.No},
		{"MSH||A|", proto.No},
		{"MSH|^^\\&|A|", proto.No},
		{"POST / HTTP/1.1\r\n\r\nx\r" + msh, proto.No},
		{"xx|F\r\x1c\r\n" + frame(msh), proto.Yes},
		{"MSH from the shell", proto.No},
		{"MSH-2.0-OpenSSH\r\n", proto.No},
		{"\x0b\x0b\x0b\x0b", proto.No},
		{"\x0bGET / HTTP/1.1", proto.No},
		{strings.Repeat("\r", 40) + msh, proto.Yes},
		{"\xefabc", proto.No},
	} {
		if got := probe(proto.Orig, []byte(r.head)); got != r.want {
			t.Errorf("probe(%q) = %d, want %d", r.head, got, r.want)
		}
	}
}

// TestProbeWaits holds that every beginning of a message leaves the question
// open until the delimiters are there.
func TestProbeWaits(t *testing.T) {
	for _, s := range []string{"", "\r", "\x0b", "\x0bM", "\x0bMS", "MSH", "MSH|", "MSH|^~", `MSH|^~\&`, "\x0b\xef", "\x0b\xef\xbb", "\x0b\xff", "\x0b\xff\xfe", "\x0b\x00"} {
		if got := probe(proto.Resp, []byte(s)); got != proto.Maybe {
			t.Errorf("probe(%q) = %d, want maybe", s, got)
		}
	}
}

// others are the first bytes of other protocols.
var others = []string{
	"GET /MSH|^~ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
	"220 mail ESMTP\r\n", "USER anonymous\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"\x01\x00\x00\x00\x00\xcd\x00\x01\x00\x00ORTHANC         CT1             ", "\x00\x00\x00\x85\xffSMBr\x00\x00\x00\x00",
	"\x00\x00\x00\x40\xfeSMB\x40\x00", "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03",
	"\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00\x00\x00", "\x30\x0c\x02\x01\x01\x60\x07", "RFB 003.008\n",
	"\x12\x01\x00\x2f\x00\x00\x01\x00", "CONNECT db HTTP/1.0\r\n", "\x0b\x00\x00\x00\x0a5.7.1", "EHLO a\rb\r\n",
}

func TestOtherProtocols(t *testing.T) {
	for _, s := range others {
		for n := 1; n <= len(s); n++ {
			if got := probe(proto.Orig, []byte(s[:n])); got == proto.Yes {
				t.Errorf("probe(%q) says yes", s[:n])
			}
		}
		if got := probe(proto.Orig, []byte(s)); got != proto.No {
			t.Errorf("probe(%q) = %d, want no", s, got)
		}
	}
}
