package dicom

import (
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestProbe(t *testing.T) {
	echo := []offer{{id: 1, abstract: verificationUID, transfer: []string{implicitLE}}}
	rqPDU, acPDU := request("CT1", "PACS", echo), accept("CT1", "PACS", echo)
	object := ctObject(explicitLE, 40000)
	with := func(b []byte, at int, v ...byte) []byte {
		b = append([]byte(nil), b...)
		copy(b[at:], v)
		return b
	}
	for _, c := range []struct {
		name string
		head []byte
		want proto.Match
	}{
		{"nothing", nil, proto.Maybe},
		{"request", rqPDU, proto.Yes},
		{"answer", acPDU, proto.Yes},
		{"answer without titles", with(acPDU, 10, make([]byte, 32)...), proto.Yes},
		{"request with a title of zeros", with(rqPDU, 10, make([]byte, 16)...), proto.No},
		{"request with control characters", with(rqPDU, 12, 1), proto.No},
		{"request of another version", with(rqPDU, 6, 0, 2), proto.No},
		{"request too long", with(rqPDU, 2, 0x7f), proto.No},
		{"request with an unknown first item", with(rqPDU, 74, 0x77), proto.No},
		{"request with an item longer than itself", with(rqPDU, 76, 0x7f), proto.No},
		{"half a request", rqPDU[:60], proto.Maybe},
		{"reject", pduOf(3, []byte{0, 1, 1, 7}), proto.Yes},
		{"reject without a reason", pduOf(3, []byte{0, 1, 1, 0}), proto.No},
		{"release", releaseRQ(), proto.Yes},
		{"release answer", releaseRP(), proto.Yes},
		{"abort", abortPDU(2, 1), proto.Yes},
		{"abort by nobody", abortPDU(3, 1), proto.No},
		{"command", send(1, frag, rq(0x30, 1, verificationUID, false), nil), proto.Yes},
		{"command without group length", dataPDU(pdvOf(1, 3, rq(0x30, 1, verificationUID, false)[12:])), proto.Yes},
		{"command and data", dataPDU(pdvOf(1, 3, storeRQ(1)), pdvOf(1, 2, object)), proto.Yes},
		{"data filling its pdu", dataPDU(pdvOf(1, 2, object)), proto.Yes},
		{"data on an even context", dataPDU(pdvOf(2, 2, object)), proto.No},
		{"data with an unknown control header", dataPDU(pdvOf(1, 0x13, object)), proto.No},
		{"data that does not fill its pdu", dataPDU(pdvOf(1, 2, object[:100]), []byte("left over")), proto.No},
		{"command that is none", dataPDU(pdvOf(1, 3, []byte("GET / HTTP/1.1")), []byte("left over")), proto.No},
		{"tls client hello", []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), proto.No},
		{"smb", []byte("\x00\x00\x00\x85\xffSMBr\x00\x00\x00\x00"), proto.No},
		{"smb2", []byte("\x00\x00\x00\xd4\xfeSMB\x40\x00"), proto.No},
		{"netbios session", []byte("\x81\x00\x00\x44 CKFDENECFDEFFCFGEFFCCACACACACACA"), proto.No},
		{"http", []byte("GET /wado HTTP/1.1\r\n"), proto.No},
		{"hl7", []byte("\x0bMSH|^~\\&|RIS|"), proto.No},
		{"dns over tcp", []byte("\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"), proto.No},
		{"dns over tcp, 256 bytes, id 0", append([]byte("\x01\x00\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"), make([]byte, 400)...), proto.No},
		{"dns over tcp, 1 KiB", append([]byte("\x04\x00\x00\x00\x81\x80\x00\x01\x00\x10\x00\x00\x00\x00\x07example\x03com\x00"), make([]byte, 1100)...), proto.No},
		{"dce/rpc bind", []byte("\x05\x00\x0b\x03\x10\x00\x00\x00\x48\x00\x00\x00\x01\x00\x00\x00"), proto.No},
		{"dce/rpc request", []byte("\x05\x00\x00\x03\x10\x00\x00\x00\x18\x00\x00\x00\x01\x00\x00\x00"), proto.No},
		{"socks5 answer", []byte("\x05\x00\x05\x00\x00\x01"), proto.No},
		{"socks4", []byte("\x04\x01\x00\x50\x01\x02\x03\x04\x00"), proto.No},
		{"rdp", []byte("\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00"), proto.No},
		{"tpkt, s7", []byte("\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00"), proto.No},
		{"modbus", []byte("\x00\x01\x00\x00\x00\x06\x01\x03"), proto.No},
		{"modbus, transaction 0x0400", []byte("\x04\x00\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01"), proto.No},
		{"tds", []byte("\x04\x01\x00\x25\x00\x00\x01\x00"), proto.No},
		{"mysql ping, five bytes", []byte("\x01\x00\x00\x01\x0e"), proto.Maybe},
		{"mysql", []byte("\x21\x00\x00\x00\x03select"), proto.No},
		{"ldap", []byte("\x30\x0c\x02\x01\x01\x60\x07"), proto.No},
		{"ssh", []byte("SSH-2.0-OpenSSH_9.9\r\n"), proto.No},
		{"zeros", make([]byte, 2048), proto.No},
		{"a type and zeros", append([]byte{4}, make([]byte, 2047)...), proto.No},
	} {
		for _, d := range []proto.Dir{orig, resp} {
			if got := Spec.Probe(d, c.head[:min(len(c.head), proto.ProbeMax)]); got != c.want {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

// TestProbeGrows gives every head byte by byte: what was Maybe may become
// anything, but a Yes or a No never changes.
func TestProbeGrows(t *testing.T) {
	for _, s := range scenarios() {
		for _, seg := range s.segs {
			last := proto.Maybe
			for n := range min(len(seg.Data), proto.ProbeMax) {
				m := probe(seg.Dir, seg.Data[:n+1])
				if last != proto.Maybe && m != last {
					t.Fatalf("%s: %v with %d bytes, then %v", s.name, last, n, m)
				}
				last = m
			}
		}
	}
}

func TestProbeAllocs(t *testing.T) {
	b := request("CT1", "PACS", []offer{{id: 1, abstract: verificationUID, transfer: []string{implicitLE}}})
	if n := testing.AllocsPerRun(100, func() { probe(orig, b) }); n != 0 {
		t.Errorf("allocations per probe = %v, want 0", n)
	}
}

// TestOtherOnPort feeds other protocols to an analyzer that was chosen wrongly.
func TestOtherOnPort(t *testing.T) {
	for _, text := range []string{
		"GET /wado?requestType=WADO HTTP/1.1\r\nHost: pacs\r\n\r\n",
		"\x0bMSH|^~\\&|RIS|H|PACS|H|20260101||ADT^A04|1|P|2.5\r\x1c\r",
		strings.Repeat("\x16\x03\x03\x04\x00\x00\x00\x00\x01", 400),
	} {
		f := prototest.Feed(&Spec, []prototest.Segment{from(orig, []byte(text)), from(resp, []byte(text))})
		if len(f.Records) != 0 {
			t.Errorf("%.20q made records: %s", text, f.JSON())
		}
	}
}
