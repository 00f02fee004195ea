package prototest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Lab is the folder of the captures that the lab hospital recorded, seen from a
// package under internal/proto.
const Lab = "../../../testdata/lab"

// Golden replays each lab capture named and compares the protocol's records with
// testdata/<name>.golden. UPDATE=1 rewrites the files; the diff is the review.
func Golden(t *testing.T, spec *proto.Spec, names ...string) {
	t.Helper()
	Carried(t, spec, nil, names...)
}

// Carried is Golden for a protocol whose bytes another one, the carrier, hands over.
func Carried(t *testing.T, spec, carrier *proto.Spec, names ...string) {
	t.Helper()
	if carrier == nil {
		Through(t, spec, nil, names...)
		return
	}
	Through(t, spec, []*proto.Spec{carrier}, names...)
}

// Through is Carried where several protocols carry it, or one inside another.
func Through(t *testing.T, spec *proto.Spec, carriers []*proto.Spec, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			specs := append([]*proto.Spec{spec}, carriers...)
			records, _ := Run(t, Load(t, filepath.Join(Lab, name+".pcap.zst")), specs...)
			got := JSON(records, spec)
			if got == "" {
				t.Fatal("the capture holds no record of the protocol")
			}
			file := filepath.Join("testdata", name+".golden")
			if os.Getenv("UPDATE") == "1" {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(got, string(want)); d != "" {
				t.Error(d)
			}
		})
	}
}

// Limits of the conversations that are cut into pieces: whole captures byte by
// byte would take minutes.
const (
	mostTalks   = 6
	largestTalk = 48 << 10
	largestByte = 12 << 10
)

// talks picks conversations of the protocol that are small enough to be cut.
func talks(t *testing.T, spec *proto.Spec, name string) []*Talk {
	t.Helper()
	var out []*Talk
	for _, c := range Talks(t, Load(t, filepath.Join(Lab, name+".pcap.zst"))) {
		if c.Size() > largestTalk {
			c.truncate(largestTalk)
		}
		if records, _ := Run(t, c.Frames(nil), spec); JSON(records, spec) != "" && len(out) < mostTalks {
			out = append(out, c)
		}
	}
	if len(out) == 0 {
		t.Fatalf("%s has no conversation of %s", name, spec.Name)
	}
	return out
}

// truncate ends the conversation after n bytes, in the middle of a message.
func (c *Talk) truncate(n int) {
	for i, s := range c.Said {
		if n < len(s.Data) {
			c.Said[i].Data = s.Data[:n]
			c.Said = c.Said[:i+1]
			return
		}
		n -= len(s.Data)
	}
}

// Stream runs the checks that every protocol over TCP must pass, on the
// conversations of a lab capture: the same records whole, byte by byte and in
// fifty random cuts with reordering and duplicates; on a strange port; nothing on
// the protocol's own port from the bytes of another; and no panic and no invented
// record with a gap at each packet or with every packet cut by the snap length.
func Stream(t *testing.T, spec *proto.Spec, name string) {
	t.Helper()
	Spoken(t, spec, talks(t, spec, name)...)
}

// Spoken is Stream for conversations that a test wrote itself.
func Spoken(t *testing.T, spec *proto.Spec, talks ...*Talk) {
	t.Helper()
	for i, c := range talks {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			records, _ := Run(t, c.Frames(nil), spec)
			want := Still(JSON(records, spec))
			if want == "" {
				t.Fatal("the conversation gives no record")
			}
			same := func(how string, list []capture.Frame) {
				t.Helper()
				got, _ := Run(t, list, spec)
				if d := diff(Still(JSON(got, spec)), want); d != "" {
					t.Errorf("%s: %s", how, d)
				}
			}
			if c.Size() <= largestByte {
				same("byte by byte", c.Frames([]int{1}))
			}
			for n := range 50 {
				r := rand.New(rand.NewPCG(uint64(n), 7))
				sizes := make([]int, 17)
				for k := range sizes {
					sizes[k] = 1 + r.IntN(1<<(1+n%11))
				}
				same(fmt.Sprintf("cut %d", n), Shuffle(c.Frames(sizes), r))
			}
			strange := *c
			strange.Resp.Port, strange.Orig.Port = 49999, 50123
			same("on a strange port", strange.Frames(nil))
			hurt(t, spec, c, len(records))
		})
	}
	stranger(t, spec)
}

// Counted is Stream for a protocol that has no records: it must be recognised, and
// counted as blind, the same number of times whole, in fifty random cuts with
// reordering and duplicates, and on a strange port; never in another's bytes.
func Counted(t *testing.T, spec *proto.Spec, name string) {
	t.Helper()
	found := 0
	for i, c := range Talks(t, Load(t, filepath.Join(Lab, name+".pcap.zst"))) {
		c.truncate(largestTalk)
		_, want := Run(t, c.Frames(nil), spec)
		if want.Attached[spec.Name] == 0 {
			continue
		}
		found++
		same := func(how string, list []capture.Frame) {
			t.Helper()
			_, got := Run(t, list, spec)
			if !maps.Equal(got.Attached, want.Attached) || !maps.Equal(got.Blind, want.Blind) || !maps.Equal(got.Weirds, want.Weirds) {
				t.Errorf("%d, %s: attached %v, blind %v, weird %v; whole: %v, %v, %v", i, how,
					got.Attached, got.Blind, got.Weirds, want.Attached, want.Blind, want.Weirds)
			}
		}
		for n := range 50 {
			r := rand.New(rand.NewPCG(uint64(n), 9))
			same(fmt.Sprintf("cut %d", n), Shuffle(c.Frames([]int{1 + r.IntN(1400), 1 + r.IntN(40), 1 + r.IntN(1400)}), r))
		}
		strange := *c
		strange.Resp.Port, strange.Orig.Port = 49999, 50123
		same("on a strange port", strange.Frames(nil))
	}
	if found == 0 {
		t.Fatalf("%s has no conversation of %s", name, spec.Name)
	}
	stranger(t, spec)
}

// hurt loses or cuts packets: fewer or poorer records, never a panic, and never
// more records than a whole conversation and its pieces can give.
func hurt(t *testing.T, spec *proto.Spec, c *Talk, whole int) {
	t.Helper()
	list := c.Frames([]int{700})
	for i := 3; i < len(list)-3; i += 1 + len(list)/40 {
		lossy := numbered(slices.Delete(slices.Clone(list), i, i+1))
		got, st := Run(t, lossy, spec)
		if len(got) > 2*whole+4 {
			t.Errorf("without packet %d there are %d records, with it %d", i, len(got), whole)
		}
		if len(list[i].Data) > 60 && st.Stream.GapBytes == 0 && st.MissedBytes == 0 {
			t.Errorf("the loss of packet %d was not noticed", i)
		}
	}
	cut := slices.Clone(list)
	long := false
	for i := range cut {
		long = long || len(cut[i].Data) > 96
		cut[i].Data = cut[i].Data[:min(len(cut[i].Data), 96)]
	}
	if _, st := Run(t, cut, spec); long && st.Decode.CutPackets == 0 {
		t.Error("packets cut by the snap length were not counted")
	}
}

// stranger speaks other protocols on the protocol's port.
func stranger(t *testing.T, spec *proto.Spec) {
	t.Helper()
	port := uint16(9)
	if len(spec.Ports) > 0 {
		port = spec.Ports[0]
	}
	for name, said := range map[string][2]string{
		"http": {"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
		"ftp":  {"USER anonymous\r\n", "220 ready\r\n331 please\r\n"},
		"smtp": {"EHLO ct1\r\n", "220 mail\r\n250 ok\r\n"},
		"rdp":  {"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x03\x00\x00\x00", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00"},
		"smb":  {"\x00\x00\x00\x2f\xffSMBr" + strings.Repeat("\x00", 42), "\x00\x00\x00\x2f\xfeSMB" + strings.Repeat("\x00", 60)},
		"null": {strings.Repeat("\x00", 300), strings.Repeat("\x00", 300)},
		"ones": {strings.Repeat("\xff", 300), strings.Repeat("\x01", 300)},
	} {
		if name == spec.Name {
			continue
		}
		c := &Talk{Said: []Segment{{Dir: proto.Orig, Data: []byte(said[0])}, {Dir: proto.Resp, Data: []byte(said[1])}}}
		c.Orig.IP, c.Resp.IP = NewFlow().ID.Orig.IP, NewFlow().ID.Resp.IP
		c.Orig.Port, c.Resp.Port = 40000, port
		records, st := Run(t, c.Frames(nil), spec)
		if st.Attached[spec.Name] != 0 || JSON(records, spec) != "" {
			t.Errorf("%s on port %d was taken for %s", name, port, spec.Name)
		}
	}
}

// Datagrams runs the checks of a protocol over UDP or of the link on a lab
// capture: the same records on a strange port, none from other bytes on its own,
// and no panic when datagrams are lost, repeated, cut or damaged.
func Datagrams(t *testing.T, spec *proto.Spec, name string) {
	t.Helper()
	list := Load(t, filepath.Join(Lab, name+".pcap.zst"))
	records, _ := Run(t, slices.Clone(list), spec)
	if JSON(records, spec) == "" {
		t.Fatalf("%s has no record of %s", name, spec.Name)
	}
	if spec.Transports&proto.UDP != 0 {
		moved, other := ported(t, list, spec)
		got, _ := Run(t, moved, spec)
		if d := diff(Still(JSON(got, spec)), Still(JSON(records, spec))); d != "" {
			t.Errorf("on a strange port: %s", d)
		}
		for what, frames := range other {
			if _, st := Run(t, frames, spec); st.Attached[spec.Name] != 0 {
				t.Errorf("%s on its port was taken for %s", what, spec.Name)
			}
		}
	}
	for n := range 20 {
		r := rand.New(rand.NewPCG(uint64(n), 8))
		var out []capture.Frame
		for _, f := range list {
			switch r.IntN(8) {
			case 0: // lost
				continue
			case 1:
				out = append(out, f)
			case 2:
				f.Data = f.Data[:r.IntN(len(f.Data)+1)]
			case 3:
				f.Data = slices.Clone(f.Data)
				if len(f.Data) > 0 {
					f.Data[r.IntN(len(f.Data))] ^= 1 << r.IntN(8)
				}
			}
			out = append(out, f)
		}
		for i := range out {
			out[i].Index = uint64(i + 1)
		}
		Run(t, out, spec)
	}
}

// ported takes the IPv4 datagrams of the protocol's ports out of a capture and
// gives them twice: moved to strange ports, and with the bytes of others instead
// of their own.
func ported(t *testing.T, list []capture.Frame, spec *proto.Spec) (moved []capture.Frame, other map[string][]capture.Frame) {
	t.Helper()
	const ip, udp, payload = 14, 34, 42 // in an Ethernet frame without VLAN
	strange := func(b []byte) bool {
		p := binary.BigEndian.Uint16(b)
		if !slices.Contains(spec.Ports, p) {
			return false
		}
		binary.BigEndian.PutUint16(b, p+20000)
		return true
	}
	other = map[string][]capture.Frame{}
	for _, f := range list {
		b := slices.Clone(f.Data)
		if len(b) > payload && b[12] == 8 && b[13] == 0 && b[ip] == 0x45 && b[ip+9] == 17 && b[ip+6]&0x1f == 0 && b[ip+7] == 0 {
			own := slices.Clone(b)
			src, dst := strange(b[udp:]), strange(b[udp+2:])
			b[udp+6], b[udp+7] = 0, 0 // no checksum
			if src || dst {
				for what, text := range map[string]string{
					"ntp": "\x23\x02\x06\xe9", "snmp": "\x30\x26\x02\x01\x00\x04\x06public", "text": "GET / HTTP/1.1\r\n", "ones": "\xff\xff\xff",
				} {
					alien := slices.Clone(own)
					for i := payload; i < len(alien); i++ {
						alien[i] = text[(i-payload)%len(text)]
					}
					g := f
					g.Data = alien
					other[what] = append(other[what], g)
				}
			}
		}
		f.Data = b
		moved = append(moved, f)
	}
	if len(other) == 0 {
		t.Fatal("no datagram uses the protocol's ports")
	}
	return moved, other
}

// FuzzStream fuzzes the analyzer behind Feed with the conversations of a lab
// capture as seeds: whatever the bytes, it must keep its promises and must not
// panic, and the records must not depend on how the bytes were cut.
func FuzzStream(f *testing.F, spec *proto.Spec, name string) {
	FuzzSpoken(f, spec, Talks(f, Load(f, filepath.Join(Lab, name+".pcap.zst")))...)
}

// FuzzSpoken is FuzzStream with conversations that a test wrote itself as seeds.
func FuzzSpoken(f *testing.F, spec *proto.Spec, talks ...*Talk) {
	for _, c := range talks {
		var both [2][]byte
		for _, s := range c.Said {
			if len(both[s.Dir]) < 8<<10 {
				both[s.Dir] = append(both[s.Dir], s.Data...)
			}
		}
		f.Add(both[0], both[1], uint16(3))
	}
	f.Fuzz(func(t *testing.T, orig, resp []byte, cut uint16) {
		said := []Segment{{Dir: proto.Orig, Data: orig}, {Dir: proto.Resp, Data: resp}}
		whole := Feed(spec, said)
		pieces := Feed(spec, Recut(said, []int{1 + int(cut)%97, 1 + int(cut)/97}))
		if a, b := Still(whole.JSON()), Still(pieces.JSON()); a != b {
			t.Errorf("records depend on the cut: %s", diff(b, a))
		}
		Feed(spec, []Segment{{Dir: proto.Orig, Data: orig}, {Dir: proto.Orig, Lost: 1 + int(cut)}, {Dir: proto.Resp, Data: resp}, {Dir: proto.Orig, Data: resp}})
	})
}

// Dialogue is a conversation between the ends of NewFlow, the responder on the given
// port. Each line begins with "C: " or "S: " for who says the rest.
func Dialogue(port uint16, said ...string) *Talk {
	c := &Talk{Orig: NewFlow().ID.Orig, Resp: NewFlow().ID.Resp}
	c.Resp.Port = port
	for _, s := range said {
		d := proto.Orig
		if strings.HasPrefix(s, "S") {
			d = proto.Resp
		}
		c.Said = append(c.Said, Segment{Dir: d, Data: []byte(s[len("C: "):])})
	}
	return c
}

// Leaks lists which of the given words appear in the JSON of any record or in
// the name of any weird.
func Leaks(records []event.Record, words []string) []string {
	var out []string
	for i := range records {
		line := string(records[i].AppendJSON(nil))
		for _, w := range words {
			if strings.Contains(line, w) {
				out = append(out, w)
			}
		}
	}
	return out
}
