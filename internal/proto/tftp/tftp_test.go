package tftp

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// say sends datagrams of one conversation; each begins with who says it.
func say(t *testing.T, said ...string) *prototest.Flow {
	t.Helper()
	f := prototest.NewFlow()
	a := Spec.New(f).(proto.Datagram)
	for _, s := range said {
		d := proto.Orig
		if s[0] == 'S' {
			d = proto.Resp
		}
		if err := a.Packet(d, []byte(s[3:])); err != nil {
			f.Weirds = append(f.Weirds, err.Error())
		}
	}
	a.Close()
	return f
}

const (
	ask   = "\x00\x01boot/SEP0011.cnf\x00octet\x00BlkSize\x001024\x00tsize\x000\x00"
	block = "\x00\x03\x00"
)

// join sends the records of flows through the joiner.
func join(flows ...*prototest.Flow) []*Record {
	var out []*Record
	j := newJoiner(func(r event.Record) { out = append(out, r.Body.(*Record)) })
	for _, f := range flows {
		for _, r := range f.Records {
			j.Take(r)
		}
	}
	j.Flush()
	return out
}

func TestRead(t *testing.T) {
	req := say(t, "C: "+ask)
	// The server answers from its own port: it opens the second conversation.
	tr := say(t, "C: \x00\x06blksize\x001024\x00", "S: \x00\x04\x00\x00", "C: "+block+"\x01"+strings.Repeat("x", 1024), "S: \x00\x04\x00\x01",
		"C: "+block+"\x01"+strings.Repeat("x", 1024), "C: "+block+"\x02tail", "S: \x00\x04\x00\x02")
	tr.ID.Orig, tr.ID.Resp = tr.ID.Resp, tr.ID.Orig
	tr.ID.Orig.Port = 40000
	out := join(req, tr)
	if len(out) != 1 {
		t.Fatalf("%d records", len(out))
	}
	r := out[0]
	if r.Operation != "read" || r.File != "boot/SEP0011.cnf" || r.Mode != "octet" || strings.Join(r.Options, " ") != "blksize=1024 tsize=0" ||
		!r.Answered || !r.Complete || r.Bytes != 1028 || r.BlockSize != event.N(1024) {
		t.Errorf("%+v", r)
	}
}

func TestOutcomes(t *testing.T) {
	// All in one conversation, as simple servers do.
	out := join(say(t, "C: \x00\x02a.bin\x00NETASCII\x00", "S: \x00\x04\x00\x00", "C: "+block+"\x01abc", "S: \x00\x04\x00\x01"))
	if len(out) != 1 || out[0].Operation != "write" || out[0].Mode != "netascii" || !out[0].Complete || out[0].Bytes != 3 {
		t.Errorf("%+v", out)
	}
	out = join(say(t, "C: \x00\x01gone\x00octet\x00", "S: \x00\x05\x00\x01No such file\x00"))
	if len(out) != 1 || out[0].Error != "file not found" || out[0].Message != "No such file" || !out[0].Answered || out[0].BlockSize.OK {
		t.Errorf("%+v", out[0])
	}
	out = join(say(t, "C: \x00\x01gone\x00octet\x00"))
	if len(out) != 1 || out[0].Answered {
		t.Errorf("%+v", out[0])
	}
	if out = join(say(t, "C: \x00\x01x\x00octet\x00", "S: \x00\x05\x00\x01no x/Anna.pdf\x00")); out[0].Error == "" || out[0].Message != "" {
		t.Errorf("a name of a file was repeated: %+v", out[0])
	}
	if out = join(say(t, "C: "+block+"\x01abc")); len(out) != 0 {
		t.Errorf("a transfer without a request was told: %+v", out[0])
	}
	f := say(t, "C: \x00\x01x/Mueller^Anna.dcm\x00octet\x00", "C: \x00\x01Mueller.pdf\x00octet\x00", "C: \x00\x01\x00\x00", "C: \x00\x09\x00\x00", "C: \x00\x05\x00\x63x\x00", "C: \x00\x06x", "C: x")
	if leaks := prototest.Leaks(f.Records, []string{"Mueller", "Anna"}); len(leaks) > 0 || len(f.Weirds) != 5 {
		t.Errorf("%v, weird %v: %s", leaks, f.Weirds, f.JSON())
	}
}

func TestJoiner(t *testing.T) {
	n := 0
	j := newJoiner(func(event.Record) { n++ })
	for i := range maxOpen + 5 {
		f := say(t, "C: "+ask)
		f.Records[0].TS = event.Time(i)
		if j.Take(f.Records[0]) {
			t.Fatal("a request was logged at once")
		}
	}
	if n != 5 || len(j.open) != maxOpen {
		t.Errorf("%d told, %d open", n, len(j.open))
	}
	if j.Advance(event.Time(maxWait) + maxOpen + 10); len(j.open) != 0 {
		t.Errorf("%d wait for ever", len(j.open))
	}
}

func TestProbe(t *testing.T) {
	for in, want := range map[string]proto.Match{
		"": proto.No, ask: proto.Yes, "\x00\x01a\x00octet\x00": proto.Yes, "\x00\x01a\x00octet": proto.No, "\x00\x01a\x00other\x00": proto.No,
		"\x00\x01\x00octet\x00": proto.No, "\x00\x01a\x01\x00octet\x00": proto.No, "\x00\x03\x00\x01data": proto.Yes, "\x00\x03\x00\x02data": proto.No,
		"\x00\x03\x00\x01\x00\x0a\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00": proto.No, // HSRP
		"\x00\x03\x00\x01\x00\x0e\x02\x00\x00\x00\x00\x01\x6f\x00\x00\x00": proto.No, // HSRP, as seen
		"\x00\x04\x00\x00": proto.Yes, "\x00\x04\x00\x00x": proto.No, "\x00\x05\x00\x01no\x00": proto.Yes, "\x00\x05\x00\x63no\x00": proto.No, "\x00\x05\x00\x01no": proto.No,
		"\x00\x06blksize\x001024\x00": proto.Yes, "\x00\x06": proto.No, "\x00\x06\x00\x00": proto.No, strings.Repeat("\x00", 60): proto.No,
	} {
		if got := probe(proto.Orig, []byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func TestGolden(t *testing.T)    { prototest.Golden(t, &Spec, "remote") }
func TestDatagrams(t *testing.T) { prototest.Datagrams(t, &Spec, "remote") }

func FuzzDatagrams(f *testing.F) {
	f.Add([]byte(ask), []byte("\x00\x06blksize\x001024\x00"), []byte("\x00\x03\x00\x01x"))
	f.Add([]byte("\x00\x05\x00\x01no\x00"), []byte("\x00\x04\x00\x00"), []byte("\x00\x02\x00"))
	f.Fuzz(func(_ *testing.T, x, y, z []byte) {
		flow := prototest.NewFlow()
		a := Spec.New(flow).(proto.Datagram)
		for i, b := range [][]byte{x, y, z} {
			if err := a.Packet(proto.Dir(i%2), b); err == nil && probe(0, b) == proto.Yes {
				flow.JSON()
			}
		}
		a.Close()
		join(flow)
	})
}
