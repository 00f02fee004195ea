package quic

import (
	"encoding/hex"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// appendixHead is the protected header of the client's Initial packet in RFC 9001
// A.2.
const appendixHead = "c000000001088394c8f03e5157080000449e7b9aec34"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 9001 A.1 and RFC 9369 A.1 give the keys that follow from 8394c8f03e515708.
func TestKeys(t *testing.T) {
	dcid := unhex(t, "8394c8f03e515708")
	for version, want := range map[uint32][2]string{
		version1: {"fa044b2f42a3fd3b46fb255c", "0ac1493ca1905853b0bba03e"},
		version2: {"91f73e2351d8fa91660e909f", "dd13c276499c0249d3310652"},
	} {
		k := newKeys(version, dcid)
		if got := hex.EncodeToString(k.iv[0][:]); got != want[0] {
			t.Errorf("version %#x: iv of the client %s, want %s", version, got, want[0])
		}
		if got := hex.EncodeToString(k.iv[1][:]); got != want[1] {
			t.Errorf("version %#x: iv of the server %s, want %s", version, got, want[1])
		}
	}
}

// seal makes an Initial packet with the given frames, as a sender does.
func seal(k *keys, d proto.Dir, version uint32, dcid, scid []byte, pn byte, frames []byte) []byte {
	first := byte(0xc0)
	if version == version2 {
		first = 0xd0
	}
	return sealFirst(first, k, d, version, dcid, scid, pn, frames)
}

// sealFirst is seal with a first byte of the caller's.
func sealFirst(first byte, k *keys, d proto.Dir, version uint32, dcid, scid []byte, pn byte, frames []byte) []byte {
	for len(frames) < 1150 {
		frames = append(frames, framePadding)
	}
	b := []byte{first, byte(version >> 24), byte(version >> 16), byte(version >> 8), byte(version), byte(len(dcid))}
	b = append(append(append(b, dcid...), byte(len(scid))), scid...)
	n := 1 + len(frames) + 16
	b = append(b, 0, 0x40|byte(n>>8), byte(n))
	at := len(b)
	b = append(b, pn)
	nonce := k.iv[d]
	nonce[11] ^= pn
	b = k.aead[d].Seal(b, nonce[:], frames, b)
	var mask [16]byte
	k.hp[d].Encrypt(mask[:], b[at+4:at+20])
	b[0] ^= mask[0] & 0x0f
	b[at] ^= mask[1]
	return b
}

// hello is a ClientHello with a server name and ALPN, or a ServerHello.
func hello(client bool) []byte {
	body := "\x03\x03" + strings.Repeat("r", 32) + "\x00"
	typ := byte(1)
	if client {
		body += "\x00\x02\x13\x01\x01\x00"
		ext := "\x00\x00\x00\x0d\x00\x0b\x00\x00\x08pacs.lan" + "\x00\x10\x00\x05\x00\x03\x02h3" + "\x00\x2b\x00\x03\x02\x03\x04"
		body += string([]byte{0, byte(len(ext))}) + ext
	} else {
		typ = 2
		body += "\x13\x01\x00\x00\x06\x00\x2b\x00\x02\x03\x04"
	}
	return append([]byte{typ, 0, 0, byte(len(body))}, body...)
}

func cryptoFrame(off int, b []byte) []byte {
	return append([]byte{frameCrypto, 0x40 | byte(off>>8), byte(off), 0x40 | byte(len(b)>>8), byte(len(b))}, b...)
}

// talk is a client and a server until both have sent data.
func talk(version uint32) (out []prototest.Segment) {
	dcid, scid, server := []byte("\x83\x94\xc8\xf0\x3e\x51\x57\x08"), []byte{1, 2, 3}, []byte{9, 8, 7, 6}
	k := newKeys(version, dcid)
	ch, sh := hello(true), hello(false)
	say := func(d proto.Dir, b []byte) { out = append(out, prototest.Segment{Dir: d, Data: b}) }
	// The second half first, then both with an overlap, in two packets.
	say(0, seal(k, 0, version, dcid, scid, 0, cryptoFrame(40, ch[40:])))
	say(0, seal(k, 0, version, dcid, scid, 1, append([]byte{framePing}, cryptoFrame(0, ch[:50])...)))
	say(1, seal(k, 1, version, scid, server, 0, append([]byte{frameAck, 1, 0, 0, 0}, cryptoFrame(0, sh)...)))
	say(0, []byte("\x41 short"))
	say(1, []byte("\x42 short"))
	return out
}

func feed(segs []prototest.Segment) *prototest.Flow {
	f := prototest.NewFlow()
	f.ID.Proto = 17
	a := Spec.New(f).(proto.Datagram)
	for _, s := range segs {
		if err := a.Packet(s.Dir, s.Data); err != nil {
			f.Weirds = append(f.Weirds, "error:"+err.Error())
		}
	}
	a.Close()
	return f
}

func TestTalk(t *testing.T) {
	for version, name := range map[uint32]string{version1: "1", version2: "quicv2", 0xff00001d: "draft-29", 0xff00001b: "draft-27"} {
		f := feed(talk(version))
		if len(f.Records) != 1 || len(f.Blinds) != 1 || len(f.Handed) != 2 {
			t.Fatalf("%s: %d records, blind %v, %d messages handed on", name, len(f.Records), f.Blinds, len(f.Handed))
		}
		r := f.Records[0].Body.(*Record)
		want := Record{Version: name, InitialDCID: "8394c8f03e515708", ClientSCID: "010203", ServerSCID: "09080706",
			ServerName: "pacs.lan", Protocol: "h3", History: "IISis"}
		if *r != want {
			t.Errorf("%s: %+v, want %+v", name, *r, want)
		}
		if h := string(f.Handed[0].Data); h[:5] != "\x16\x03\x03\x00"+string([]byte{byte(len(hello(true)))}) || h[5:] != string(hello(true)) {
			t.Errorf("%s: handed on %x", name, h)
		}
	}
}

func TestDamaged(t *testing.T) {
	segs := talk(version1)
	b := append([]byte(nil), segs[0].Data...)
	b[len(b)-1] ^= 1
	f := feed([]prototest.Segment{{Data: b}, segs[1]})
	if r := f.Records[0].Body.(*Record); r.History != "IXI" || r.ServerName != "" {
		t.Errorf("a damaged packet gives %+v", r)
	}
	if f := feed(segs[4:]); len(f.Records)+len(f.Blinds) != 0 {
		t.Error("data without a beginning was taken for a connection")
	}
}

// A client obeys one Retry (RFC 9000 17.2.5.2): what comes after another one is
// still read with the keys that it has.
func TestRetry(t *testing.T) {
	first, told := []byte("\x83\x94\xc8\xf0\x3e\x51\x57\x08"), []byte("\x11\x22\x33\x44\x55\x66\x77\x88")
	scid, server := []byte{1, 2, 3}, []byte{9, 8, 7, 6}
	again := func(id []byte) prototest.Segment {
		b := append([]byte{0xf0, 0, 0, 0, 1, 3, 1, 2, 3, byte(len(id))}, id...)
		return prototest.Segment{Dir: 1, Data: append(b, "token, then a tag of sixteen"...)}
	}
	client := func(id []byte, pn byte) prototest.Segment {
		return prototest.Segment{Data: seal(newKeys(version1, id), 0, version1, id, scid, pn, cryptoFrame(0, hello(true)))}
	}
	answer := seal(newKeys(version1, told), 1, version1, scid, server, 0, cryptoFrame(0, hello(false)))
	for name, tc := range map[string]struct {
		segs []prototest.Segment
		want string
	}{
		"one":   {[]prototest.Segment{client(first, 0), again(told), client(told, 1), {Dir: 1, Data: answer}}, "ISrIis"},
		"two":   {[]prototest.Segment{client(first, 0), again(told), client(told, 1), again(server), {Dir: 1, Data: answer}}, "ISrIris"},
		"other": {[]prototest.Segment{client(first, 0), {Dir: 1, Data: answer}}, "ISix"},
	} {
		if got := feed(tc.segs).Records[0].Body.(*Record).History; got != tc.want {
			t.Errorf("%s: history %s, want %s", name, got, tc.want)
		}
	}
}

// A server may clear the fixed bit when the client allows it (RFC 9287), but not
// the client that begins.
func TestGrease(t *testing.T) {
	segs := talk(version1)
	clear := func(d proto.Dir, frames []byte) []byte {
		k, ids := newKeys(version1, unhex(t, "8394c8f03e515708")), [][]byte{{1, 2, 3}, {9, 8, 7, 6}}
		return sealFirst(0x80, k, d, version1, ids[0], ids[1], 0, frames)
	}
	segs[2].Data = clear(1, cryptoFrame(0, hello(false)))
	segs[4].Data = []byte("\x02 short")
	f := feed(segs)
	if r := f.Records[0].Body.(*Record); r.History != "IISis" || len(f.Blinds) != 1 {
		t.Errorf("%+v, blind %v", r, f.Blinds)
	}
	if probe(1, segs[2].Data) != proto.No {
		t.Error("a connection begins without the fixed bit")
	}
}

func TestProbe(t *testing.T) {
	whole := talk(version1)[0].Data
	for name, tc := range map[string]struct {
		in   []byte
		want proto.Match
	}{
		"initial":         {whole, proto.Yes},
		"version 2":       {talk(version2)[0].Data, proto.Yes},
		"cut":             {whole[:len(whole)-1], proto.No},
		"RFC 9001 A, cut": {unhex(t, appendixHead), proto.No},
		"short header":    {[]byte("\x41 short header"), proto.No},
		"dns":             {[]byte("\xc0\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www"), proto.No},
		"nothing":         {nil, proto.No},
		"unknown version": {append([]byte{0xc0, 0, 0, 0, 9}, whole[5:]...), proto.No},
	} {
		if got := probe(proto.Orig, tc.in); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestCryptoBounds(t *testing.T) {
	var c crypto
	if c.add(maxCrypto-1, []byte("ab")) {
		t.Error("more than the bound was kept")
	}
	for i := range 3 * maxSpans {
		c.add(i*2, []byte{1})
	}
	if len(c.have) > maxSpans {
		t.Errorf("%d spans, at most %d", len(c.have), maxSpans)
	}
	if c.add(0, make([]byte, 4*maxSpans)); len(c.have) != 1 {
		t.Errorf("%d spans after they were joined", len(c.have))
	}
}

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "tls") }

func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "tls") }

// TestShared reads the captures of others, if they are there: all that have the
// beginning of a connection must give its hello.
func TestShared(t *testing.T) {
	for name, want := range map[string]string{
		"suricata-verify__ja4-quic.pcap":                                        "fonts.gstatic.com",
		"zeek__quic__quic-multiple-initial-fragmented-crypto-only-initial.pcap": "googleads.g.doubleclick.net",
		"zeek__quic__quicv2-echo-443.pcap":                                      "localhost",
		"ipfixprobe__functional__inputs__quic_initial-sample.pcap":              "www.google.com",
	} {
		records, _ := prototest.Run(t, prototest.Load(t, prototest.Shared(t, "pcaps/13-tls/"+name)), &Spec)
		if got := prototest.JSON(records, &Spec); !strings.Contains(got, `"server_name":"`+want+`"`) {
			t.Errorf("%s: no connection to %s in %s", name, want, got)
		}
	}
}

func FuzzPacket(f *testing.F) {
	for _, s := range talk(version1) {
		f.Add(s.Data, s.Data, false)
	}
	f.Fuzz(func(t *testing.T, a, b []byte, dir bool) {
		d := proto.Orig
		if dir {
			d = proto.Resp
		}
		feed([]prototest.Segment{{Data: a}, {Dir: d, Data: b}, {Dir: d.Other(), Data: a}})
	})
}

// FuzzFrames gives frames that were decrypted.
func FuzzFrames(f *testing.F) {
	f.Add(cryptoFrame(0, hello(true)), cryptoFrame(20, hello(false)))
	f.Add([]byte{frameAckECN, 1, 0, 0, 0, 1, 1, 1, framePing}, []byte{frameAck, 0x40, 1, 0, 2, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a := &analyzer{f: prototest.NewFlow(), rec: &Record{}}
		a.frames(0, x)
		a.frames(1, x)
		a.frames(0, y)
		if n := len(a.crypto[0].buf); n > maxCrypto {
			t.Errorf("%d bytes kept", n)
		}
		a.Close()
	})
}

func BenchmarkInitial(b *testing.B) {
	segs := talk(version1)
	b.ReportAllocs()
	for b.Loop() {
		feed(segs)
	}
}

// After the record, a datagram costs a look at its first byte.
func TestAllocs(t *testing.T) {
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, s := range talk(version1) {
		a.Packet(s.Dir, s.Data)
	}
	p := []byte(strings.Repeat("\x41", 1200))
	if n := testing.AllocsPerRun(100, func() { a.Packet(0, p) }); n != 0 {
		t.Errorf("allocations per datagram of data = %v, want 0", n)
	}
}
