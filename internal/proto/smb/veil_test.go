package smb

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// sealed makes an encrypted message with that many bytes inside.
func sealed(session uint64, inside int) string {
	return frame(u("\xfdSMB", zero16, zero16, uint32(inside), uint16(0), uint16(1), session) + strings.Repeat("x", inside))
}

// veils are the records of a flow in short.
func veils(f *prototest.Flow) (out []string) {
	for _, r := range f.Records {
		if v, ok := r.Body.(*VeilRecord); ok {
			text := fmt.Sprintf("%s %d/%d", v.Action, v.Messages, v.Bytes)
			if v.Action == "end" {
				text = fmt.Sprintf("end %d/%d %d/%d", v.Up.V, v.UpBytes.V, v.Down.V, v.DnBytes.V)
			}
			out = append(out, text)
		}
	}
	return out
}

func TestVeiled(t *testing.T) {
	type step struct {
		from    byte // c or s
		inside  int
		session uint64
		wait    float64 // seconds before
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  []string
	}{
		{"a file in pieces, answered in between", []step{{'c', 300, 7, 0}, {'s', 200, 7, 0}, {'c', 65648, 7, 0}, {'c', 65648, 7, 1}, {'s', 80, 7, 0}, {'c', 5000, 7, 0}, {'s', 80, 7, 0}, {'c', 90, 7, 0}, {'s', 90, 7, 0}},
			[]string{"begin 0/0", "sent 3/136296", "end 5/136686 4/450"}},
		{"a file that is read", []step{{'c', 117, 7, 0}, {'s', 65616, 7, 0}, {'c', 117, 7, 0}, {'s', 9000, 7, 0}, {'c', 88, 7, 0}, {'s', 124, 7, 0}},
			[]string{"begin 0/0", "fetched 2/74616", "end 3/322 3/74740"}},
		{"two files, one behind the other", []step{{'c', 20000, 7, 0}, {'s', 80, 7, 0}, {'c', 200, 7, 0}, {'s', 200, 7, 0}, {'c', 30000, 7, 0}},
			[]string{"begin 0/0", "sent 1/20000", "sent 1/30000", "end 3/50200 2/280"}},
		{"a copy from there and back", []step{{'s', 20000, 7, 0}, {'c', 20000, 7, 0}}, []string{"begin 0/0", "fetched 1/20000", "sent 1/20000", "end 1/20000 1/20000"}},
		{"a pause makes two", []step{{'c', 20000, 7, 0}, {'c', 20000, 7, 6}}, []string{"begin 0/0", "sent 1/20000", "sent 1/20000", "end 2/40000 0/0"}},
		{"another session makes two", []step{{'c', 20000, 7, 0}, {'c', 20000, 8, 0}}, []string{"begin 0/0", "sent 1/20000", "sent 1/20000", "end 2/40000 0/0"}},
		{"too short to be told", []step{{'c', 4200, 7, 0}, {'c', 300, 7, 0}, {'c', 4095, 7, 0}, {'c', 4095, 7, 0}, {'c', 4095, 7, 0}}, []string{"begin 0/0", "end 5/16785 0/0"}},
	} {
		f := prototest.NewFlow()
		a := Spec.New(f).(*analyzer)
		for _, s := range c.steps {
			f.Time += event.Time(s.wait * 1e9)
			d := proto.Orig
			if s.from == 's' {
				d = proto.Resp
			}
			m := []byte(sealed(s.session, s.inside))
			if p, err := a.Parse(d, m[:20]); err != nil || p.Done != 0 || p.Need > len(m) {
				t.Fatalf("%s: the head: %+v %v", c.name, p, err)
			}
			if p, err := a.Parse(d, m); err != nil || p.Done != len(m) {
				t.Fatalf("%s: %+v %v", c.name, p, err)
			}
		}
		a.End(proto.Orig)
		a.End(proto.Resp)
		if got := veils(f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestVeiledTurned holds that the client is who asked in clear, whoever opened the
// conversation, and that its account stands in what is told.
func TestVeiledTurned(t *testing.T) {
	f := prototest.NewFlow()
	f.Who = func([]byte) (string, bool) { return `lazarus\someone`, true }
	hello := func(cmd string, session uint64) string { // of that session
		return cmd[:4+40] + u(session) + cmd[4+48:]
	}
	prototest.FeedInto(f, &Spec, said("s"+offer2(0x0311), "c"+choice2(0x0311, 1), "s"+hello(ask2(ntlmssp), 7), "c"+hello(grant2(0, 4, ""), 7), "s"+sealed(7, 20000), "c"+sealed(7, 80), "s"+sealed(7, 90)))
	if got, want := veils(f), []string{"begin 0/0", "sent 1/20000", "end 2/20090 1/80"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, r := range f.Records {
		if v, ok := r.Body.(*VeilRecord); ok && (v.IsOrig || v.User != `lazarus\someone`) {
			t.Errorf("%s: is_orig %v, user %q", v.Action, v.IsOrig, v.User)
		}
	}
}

// BenchmarkVeiled is a message that cannot be read.
func BenchmarkVeiled(b *testing.B) {
	f := prototest.NewFlow()
	a := Spec.New(f).(*analyzer)
	m := []byte(sealed(7, 65648))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = a.Parse(proto.Orig, m)
	}
}
