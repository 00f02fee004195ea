package protocols

import (
	"path/filepath"
	"testing"

	"lazaret/internal/decode"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// The dispatcher keeps a bit for each protocol with a probe: the sixty-fifth
// would never be asked.
func TestProbesFit(t *testing.T) {
	n := 0
	for _, s := range Specs {
		if s.Probe != nil {
			n++
		}
	}
	if n > 64 {
		t.Errorf("%d protocols have a probe, 64 can be asked", n)
	}
}

// A probe of a stream that says yes to some bytes does not say no to fewer of
// them: the first segment may hold one byte.
func TestProbesByPrefix(t *testing.T) {
	files, err := filepath.Glob("../../testdata/lab/*.pcap.zst")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	said := map[string]int{}
	for _, file := range files {
		dec := decode.New(decode.DefaultConfig())
		list := prototest.Load(t, file)
		for i := range list {
			var p decode.Packet
			for ok := dec.Frame(&p, &list[i]); ok; ok = dec.Inner(&p) {
				if p.Kind == decode.KindTCP && len(p.Payload) > 0 {
					prefixes(t, p.Payload, said)
				}
			}
		}
	}
	for _, name := range []string{"dicom", "hl7", "http", "ssl", "smb", "ssh"} {
		if said[name] == 0 {
			t.Errorf("%s recognised nothing", name)
		}
	}
}

// prefixes holds all probes of streams against the beginnings of a segment.
func prefixes(t *testing.T, b []byte, said map[string]int) {
	b = b[:min(len(b), proto.ProbeMax)]
	for _, s := range Specs {
		if s.Probe == nil || s.Transports&(proto.TCP|proto.Inner) == 0 {
			continue
		}
		for d := range proto.Dir(2) {
			if s.Probe(d, b) != proto.Yes {
				continue
			}
			said[s.Name]++
			for n := 1; n < min(len(b), 200); n++ {
				if s.Probe(d, b[:n]) == proto.No {
					t.Errorf("%s: no to %d bytes and yes to %d, beginning with %q", s.Name, n, len(b), b[:1])
					break
				}
			}
		}
	}
}
