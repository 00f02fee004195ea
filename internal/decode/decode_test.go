package decode

import (
	"bytes"
	"strings"
	"testing"

	"lazaret/internal/capture"
)

func TestSamples(t *testing.T) {
	for _, s := range samples() {
		got := decodeAll(New(DefaultConfig()), &capture.Frame{Data: s.data, Len: len(s.data), Link: s.link, Index: 7})
		var lines []string
		for i := range got {
			lines = append(lines, show(&got[i]))
			if got[i].Index != 7 {
				t.Errorf("%s: index %d", s.name, got[i].Index)
			}
		}
		if strings.Join(lines, "\n") != strings.Join(s.want, "\n") {
			t.Errorf("%s:\n got %q\nwant %q", s.name, lines, s.want)
		}
	}
}

func TestWirelessAddresses(t *testing.T) {
	body := snap(etherIPv4, tcp4(3))
	for name, c := range map[string]struct {
		frame []byte
		want  string
	}{
		"ad hoc":       {wifi(0, 0, nil, false, body), "02:00:00:00:00:0a>02:00:00:00:00:0b"},
		"to the DS":    {wifi(0, 1, nil, false, body), "02:00:00:00:00:0a>02:00:00:00:00:0c"},
		"from the DS":  {wifi(0, 2, nil, false, body), "02:00:00:00:00:0c>02:00:00:00:00:0b"},
		"between both": {wifi(0, 3, nil, true, body), "02:00:00:00:00:0d>02:00:00:00:00:0c"},
	} {
		got := decodeAll(New(DefaultConfig()), &capture.Frame{Data: c.frame, Len: len(c.frame), Link: capture.LinkIEEE80211})
		if len(got) != 1 || macs(&got[0]) != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestTCPFields(t *testing.T) {
	b := plainTCP(4)
	got := decodeAll(New(DefaultConfig()), &capture.Frame{Time: 12, Index: 3, Data: b, Len: len(b), Link: capture.LinkEthernet})
	p := got[0]
	if p.Time != 12 || p.Index != 3 || p.Seq != 1000 || p.Ack != 2000 || p.Flags != ACK|PSH || p.Window != 512 || p.TTL != 64 ||
		p.Proto != 6 || p.IPLen != 48 || !bytes.Equal(p.Options, []byte{2, 4, 5, 0xb4}) || !bytes.Equal(p.Payload, []byte{0, 1, 2, 3}) {
		t.Errorf("%+v", p)
	}
}

// TestCutEverywhere shortens every sample to every length, as a snap length
// does, and as a file whose wire length lies: nothing may panic, what is there
// must stay the same, and what is missing must be told.
func TestCutEverywhere(t *testing.T) {
	for _, s := range samples() {
		data := bytes.Clone(s.data)
		data = data[:len(data):len(data)]
		full := decodeAll(New(DefaultConfig()), &capture.Frame{Data: data, Len: len(data), Link: s.link})
		for size := range data {
			got := decodeAll(New(DefaultConfig()), &capture.Frame{Data: data[:size:size], Len: len(data), Link: s.link})
			for i, p := range got {
				if i >= len(full) {
					if p.Kind == KindOther && p.Cut { // too little to see that nothing is in it
						continue
					}
					t.Fatalf("%s cut at %d: packet %d from nowhere", s.name, size, i)
				}
				checkCut(t, s.name, size, &p, &full[i], data)
			}
			for _, p := range decodeAll(New(DefaultConfig()), &capture.Frame{Data: data[:size:size], Len: size, Link: s.link}) {
				if p.Defect == TruncatedIPLen && !p.Cut {
					t.Errorf("%s of %d bytes: not cut", s.name, size)
				}
			}
		}
	}
}

func checkCut(t *testing.T, name string, size int, p, full *Packet, data []byte) {
	t.Helper()
	if p.Kind == KindOther && full.Kind != KindOther && p.Defect != HeaderCut {
		t.Errorf("%s cut at %d: %s without its reason", name, size, show(p))
	}
	if p.Kind != full.Kind || p.Proto != full.Proto || p.EtherType != full.EtherType {
		if !p.Cut {
			t.Errorf("%s cut at %d: %s instead of %s, and not told", name, size, show(p), show(full))
		}
		return
	}
	if p.Kind == KindOther && p.PayloadLen > full.PayloadLen && p.Cut {
		return // cut in a header before
	}
	if p.PayloadLen != full.PayloadLen && !p.Cut || len(p.Payload) > len(full.Payload) || !bytes.Equal(p.Payload, full.Payload[:len(p.Payload)]) {
		t.Errorf("%s cut at %d: %s instead of %s", name, size, show(p), show(full))
	}
	// The payload aliases the frame, so its capacity tells where it begins.
	if end := len(data) - cap(full.Payload) + full.PayloadLen; full.Payload != nil && p.Cut != (size < end) && full.Defect != UDPLengthMismatch {
		t.Errorf("%s cut at %d: cut %v, the packet ends at %d", name, size, p.Cut, end)
	}
}

// TestAllocations holds the promise that no packet allocates, fragments that
// complete a datagram apart.
func TestAllocations(t *testing.T) {
	d := New(DefaultConfig())
	var frames []capture.Frame
	for _, s := range samples() {
		frames = append(frames, capture.Frame{Data: s.data, Len: len(s.data), Link: s.link})
	}
	lone := ethFrame(etherIPv4, ip4Packet(protoUDP, 7, 0x2000, data(64)))
	frames = append(frames, capture.Frame{Data: lone, Len: len(lone), Link: capture.LinkEthernet})
	var p Packet
	packets := 0
	all := func() {
		for i := range frames {
			frames[i].Time += 31e9 // so that the lone fragment expires every time
			for ok := d.Frame(&p, &frames[i]); ok; ok = d.Inner(&p) {
				packets++
			}
		}
	}
	all()
	if n := testing.AllocsPerRun(100, all); n != 0 {
		t.Errorf("%.1f allocations for %d frames", n, len(frames))
	}
	if packets < 100*len(frames) {
		t.Errorf("%d packets from %d frames a hundred times", packets, len(frames))
	}
	if d.Stats().DatagramsExpired < 100 {
		t.Errorf("%d datagrams expired", d.Stats().DatagramsExpired)
	}
}

func TestStats(t *testing.T) {
	d := New(DefaultConfig())
	for _, s := range samples() {
		decodeAll(d, &capture.Frame{Data: s.data, Len: len(s.data), Link: s.link})
	}
	s := d.Stats()
	if n := uint64(len(samples())); s.Frames != n || s.UnknownLinkFrames != 1 || s.UnknownLinks[147] != 1 || s.Encrypted != 1 || s.Management != 2 {
		t.Errorf("%+v", s)
	}
	if s.Tunnels[TunnelVXLAN] != 6 || s.Tunnels[TunnelGENEVE] != 2 || s.Tunnels[TunnelERSPAN] != 7 {
		t.Errorf("tunnels %v", s.Tunnels)
	}
	if s.ChecksumsWrong != 7 {
		t.Errorf("%d wrong checksums", s.ChecksumsWrong)
	}
}

func TestChecksumLimit(t *testing.T) {
	b := plainTCP(600)
	b[100]++
	for limit, bad := range map[int]bool{512: false, 624: true} {
		cfg := DefaultConfig()
		cfg.ChecksumLimit = limit
		d := New(cfg)
		got := decodeAll(d, &capture.Frame{Data: b, Len: len(b), Link: capture.LinkEthernet})
		s := d.Stats()
		if got[0].BadChecksum != bad || (s.ChecksumsUnverified == 0) != bad || (s.Defects[BadTCPChecksum] == 1) != bad {
			t.Errorf("limit %d: %s, %+v", limit, show(&got[0]), s)
		}
	}
}

func TestUnknownLinksAreBounded(t *testing.T) {
	d := New(DefaultConfig())
	for link := range 1000 {
		decodeAll(d, &capture.Frame{Data: data(40), Len: 40, Link: capture.LinkType(1000 + link)})
	}
	if s := d.Stats(); len(s.UnknownLinks) != maxUnknownLinks || s.UnknownLinkFrames != 1000 {
		t.Errorf("%d link types, %d frames", len(s.UnknownLinks), s.UnknownLinkFrames)
	}
}

func TestDefectNames(t *testing.T) {
	seen := map[string]Defect{}
	for x := range numDefects {
		name := x.String()
		if other, ok := seen[name]; ok || name == "" {
			t.Errorf("defect %d: name %q of %d", x, name, other)
		}
		seen[name] = x
	}
	if Defect(200).String() != "unknown_defect" {
		t.Error("a number without a name")
	}
}

func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for i, change := range []func(*Config){
		func(c *Config) { c.FragmentBytes = 1 },
		func(c *Config) { c.FragmentDatagrams = 0 },
		func(c *Config) { c.FragmentTimeout = 0 },
		func(c *Config) { c.MaxTunnels = 65 },
		func(c *Config) { c.ChecksumLimit = -1 },
	} {
		c := DefaultConfig()
		change(&c)
		if c.Validate() == nil {
			t.Errorf("case %d is accepted", i)
		}
	}
}

// TestSumOfEveryLength compares the unrolled sum with the definition.
func TestSumOfEveryLength(t *testing.T) {
	b := data(200)
	for n := range b {
		want := uint32(0x1234)
		for i, c := range b[:n] {
			want += uint32(c) << (8 * (1 - i&1))
		}
		for want > 0xffff {
			want = want>>16 + want&0xffff
		}
		if got := sum(b[:n], 0x1234); uint32(got) != want {
			t.Fatalf("%d bytes: %04x, want %04x", n, got, want)
		}
	}
}
