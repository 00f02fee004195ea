package ssh

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"":                        proto.Maybe,
		"S":                       proto.Maybe,
		"SSH-":                    proto.Maybe,
		"SSH-2.0-OpenSSH_9.2\r\n": proto.Yes,
		"SSH-1.99-x":              proto.Yes,
		"SSH-9":                   proto.Maybe,
		"SSH-9.":                  proto.No,
		"SSL ":                    proto.No,
		"GET /":                   proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestBlind(t *testing.T) {
	segs := []prototest.Segment{
		{Dir: proto.Resp, Data: []byte("SSH-2.0-OpenSSH_9.2\r\n")},
		{Dir: proto.Orig, Data: []byte("SSH-2.0-PuTTY\r\n\x00\x01")},
		{Dir: proto.Orig, Lost: 100},
		{Dir: proto.Resp, Data: []byte("encrypted")},
	}
	if f := prototest.Feed(&Spec, segs); len(f.Blinds) != 1 || len(f.Weirds) != 0 {
		t.Errorf("blind %v, weird %v", f.Blinds, f.Weirds)
	}
	if f := prototest.Feed(&Spec, segs[:1]); len(f.Blinds) != 0 {
		t.Error("a greeting without an answer hides nothing, but was counted")
	}
}

func TestGolden(t *testing.T) { prototest.Golden(t, &Spec, "remote") }

// sizeless leaves out the guess at the log-in, which depends on how the server cut
// its segments, so that the checks with other cuts compare the rest.
type sizeless struct{ proto.Flow }

func (f sizeless) Emit(ts event.Time, p event.Payload) {
	if r, ok := p.(*Record); ok {
		r.AuthAttempts, r.AuthSuccess = 0, event.Bool{}
	}
	f.Flow.Emit(ts, p)
}

func spec() *proto.Spec {
	s := Spec
	s.New = func(f proto.Flow) any { return &analyzer{f: sizeless{f}} }
	return &s
}

func TestStream(t *testing.T) { prototest.Stream(t, spec(), "remote") }

func TestCounted(t *testing.T) { prototest.Counted(t, spec(), "remote") }

func FuzzParse(f *testing.F) { prototest.FuzzStream(f, spec(), "remote") }

// packet is a binary packet in clear.
func packet(typ byte, body string) string {
	b := string(typ) + body
	return string([]byte{0, 0, byte((len(b) + 5) >> 8), byte(len(b) + 5), 4}) + b + "pppp"
}

func field(s string) string { return string([]byte{0, 0, byte(len(s) >> 8), byte(len(s))}) + s }

func offer(lists ...string) string {
	b := "cookiecookiecook"
	for i := range 10 {
		b += field(lists[i%len(lists)])
	}
	return packet(msgKexInit, b+"\x00\x00\x00\x00\x00")
}

// login is a conversation up to the encrypted answers of the given sizes.
func login(server string, sizes ...int) []prototest.Segment {
	say := func(d proto.Dir, s string) prototest.Segment { return prototest.Segment{Dir: d, Data: []byte(s)} }
	kinds := []string{"none,curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""}
	other := append([]string{"curve25519-sha256,x"}, kinds[1:]...)
	segs := []prototest.Segment{
		say(1, server), say(0, "SSH-2.0-test\r\n"+offer(kinds...)), say(1, offer(other...)), say(0, packet(30, field("public"))),
		say(1, packet(msgKexReply, field(field("ssh-ed25519")+field("key"))+field("f"))+packet(msgNewKeys, "")),
		say(0, packet(msgNewKeys, "")), say(0, strings.Repeat("e", 44)),
	}
	for _, n := range sizes {
		segs = append(segs, say(1, strings.Repeat("e", n)))
	}
	return segs
}

func record(t *testing.T, f *prototest.Flow) *Record {
	t.Helper()
	if len(f.Records) != 1 {
		t.Fatalf("%d records, weird %v", len(f.Records), f.Weirds)
	}
	return f.Records[0].Body.(*Record)
}

func TestRecord(t *testing.T) {
	const server = "Welcome to the CT\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
	for name, tc := range map[string]struct {
		sizes []int
		tries int
		in    event.Bool
	}{
		"nothing":             {nil, 0, event.Bool{}},
		"at once":             {[]int{44, 28}, 1, event.B(true)},
		"after one refusal":   {[]int{44, 52, 28}, 1, event.B(true)},
		"after two":           {[]int{44, 52, 52, 28}, 2, event.B(true)},
		"never":               {[]int{44, 52, 52, 52}, 2, event.B(false)},
		"after words to read": {[]int{44, 400, 52, 28}, 1, event.B(true)},
	} {
		f := prototest.Feed(&Spec, login(server, tc.sizes...))
		r := record(t, f)
		want := Record{Version: event.N(2), AuthSuccess: tc.in, AuthAttempts: tc.tries, Client: "SSH-2.0-test", Server: "SSH-2.0-OpenSSH_9.2p1 Debian-2",
			Cipher: "aes128-ctr", MAC: "hmac-sha2-256", Compression: "none", Kex: "curve25519-sha256", HostKeyAlg: "ssh-ed25519",
			Fingerprint: r.Fingerprint, HASSH: r.HASSH, HASSHServer: r.HASSHServer, Offered: r.Offered}
		if *r != want || len(r.Fingerprint) != 50 || len(r.HASSH) != 32 || r.HASSH == r.HASSHServer || len(f.Blinds) != 1 {
			t.Errorf("%s: %+v, want %+v", name, *r, want)
		}
	}
}

func TestVersions(t *testing.T) {
	for _, tc := range []struct {
		client, server string
		want           event.Count
	}{
		{"SSH-2.0-a", "SSH-1.99-b", event.N(2)}, {"SSH-1.5-a", "SSH-1.99-b", event.N(1)}, {"SSH-1.5-a", "SSH-2.0-b", event.N(0)},
		{"SSH-1.99-a", "SSH-1.99-b", event.N(2)}, {"SSH-1.5-a", "SSH-1.5-b", event.N(1)}, {"SSH-9.5-a", "SSH-1.5-b", event.Count{}},
	} {
		if got := version(tc.client, tc.server); got != tc.want {
			t.Errorf("%s and %s: %v, want %v", tc.client, tc.server, got, tc.want)
		}
	}
}

// A long list must not cost the square of its length, nor a long line the memory.
func TestHostile(t *testing.T) {
	long := strings.Repeat("a,", 1000)
	f := prototest.Feed(&Spec, []prototest.Segment{
		{Data: []byte("SSH-2.0-a\n" + packet(msgKexInit, "cookiecookiecook"+field(long)))}, {Dir: 1, Data: []byte(strings.Repeat("x", 3000))},
	})
	if r := record(t, f); r.Client != "SSH-2.0-a" || len(f.Weirds) != 2 {
		t.Errorf("%+v, weird %v", r, f.Weirds)
	}
	f = prototest.Feed(&Spec, []prototest.Segment{{Data: []byte("SSH-2.0-a\n\x00\x00\x01")}, {Lost: 3}, {Dir: 1, Data: []byte("SSH-2.0-b\n")}})
	if r := record(t, f); r.Client != "SSH-2.0-a" || r.Server != "" {
		t.Errorf("after a loss: %+v", r)
	}
}

func feedAll(a proto.Analyzer, segs []prototest.Segment) {
	for _, s := range segs {
		for b := s.Data; len(b) > 0; {
			p, _ := a.Parse(s.Dir, b)
			if p.Done == 0 {
				break
			}
			b = b[min(p.Done, len(b)):]
		}
	}
}

// The guess looks at lengths only.
func TestAllocs(t *testing.T) {
	a := Spec.New(prototest.NewFlow()).(proto.Analyzer)
	feedAll(a, login("SSH-2.0-b\r\n", 44, 52, 52))
	b := make([]byte, 1460)
	if n := testing.AllocsPerRun(100, func() { a.Parse(1, b) }); n != 0 {
		t.Errorf("allocations per segment = %v, want 0", n)
	}
	for range maxGuess {
		a.Parse(1, b)
	}
	if p, _ := a.Parse(1, b); p.Done != passAll {
		t.Errorf("the guess never ends: %+v", p)
	}
}

func BenchmarkHandshake(b *testing.B) {
	segs := login("SSH-2.0-b\r\n", 44, 28)
	b.ReportAllocs()
	for b.Loop() {
		prototest.Feed(&Spec, segs)
	}
}

func BenchmarkGuess(b *testing.B) {
	a := &analyzer{f: prototest.NewFlow()}
	feedAll(a, login("SSH-2.0-b\r\n", 44, 52))
	seg := make([]byte, 1460)
	b.ReportAllocs()
	for b.Loop() {
		a.auth.seen = 0
		a.Parse(1, seg)
	}
}
