package sensor_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// fuzzLinks are the link types whose frames the fuzzer builds.
var fuzzLinks = [...]capture.LinkType{
	capture.LinkEthernet, capture.LinkEthernet, capture.LinkRaw, capture.LinkNull,
	capture.LinkLinuxSLL, capture.LinkLinuxSLL2, capture.LinkIEEE80211, capture.LinkRadiotap,
}

// unpack takes frames out of the fuzzer's bytes: two bytes of length, one that
// picks the link type and a cut, one of time, then the frame.
func unpack(b []byte) []capture.Frame {
	var out []capture.Frame
	now := event.Time(1_704_000_000_000_000_000)
	for len(b) >= 4 && len(out) < 600 {
		n := min(int(b[0])<<8|int(b[1]), len(b)-4)
		pick, step := b[2], b[3]
		switch {
		case step >= 0xf8: // time goes back, by up to years
			now -= event.Time(1) << (step&7*4 + 28)
		case step >= 0xe0: // or jumps
			now += event.Time(1) << (step&31 + 30)
		default:
			now += event.Time(step) * 1_000_003
		}
		data := b[4 : 4+n : 4+n]
		wire := n
		if pick&0x80 != 0 {
			wire += 1000
		}
		out = append(out, capture.Frame{Index: uint64(len(out) + 1), Time: now, Data: data, Len: wire, Link: fuzzLinks[int(pick)%len(fuzzLinks)]})
		b = b[4+n:]
	}
	return out
}

// pack is the opposite of unpack for frames of Ethernet.
func pack(list []capture.Frame, most int) []byte {
	var out []byte
	for i := range list {
		n := len(list[i].Data)
		if list[i].Link != capture.LinkEthernet || n > 0xffff {
			continue
		}
		if len(out)+n > most {
			break
		}
		out = append(append(out, byte(n>>8), byte(n), 0, 1), list[i].Data...)
	}
	return out
}

// lines runs frames through the whole of the packet path and the inventory and
// gives every record as text.
func lines(t *testing.T, list []capture.Frame, workers int) string {
	t.Helper()
	cfg := sensor.DefaultConfig()
	cfg.Workers = workers
	cfg.Flow.Max = 1024
	inv := inventory.New(inventory.DefaultConfig())
	var b strings.Builder
	st, err := sensor.Run(cfg, &source{list}, sensor.Options{Specs: protocols.Specs, Key: prototest.Key, Emit: func(r event.Record) {
		inv.Add(r)
		line := r.AppendJSON(nil)
		if !json.Valid(line) {
			t.Errorf("no JSON: %s", line)
		}
		fmt.Fprintf(&b, "%s %d %s\n", r.Body.Schema().Name, r.Index, line)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if st.Panics != 0 {
		t.Errorf("an analyzer panicked: %s", st.Stack)
	}
	report, err := json.Marshal(inv.Snapshot())
	if err != nil {
		t.Errorf("report: %v", err)
	}
	b.Write(report)
	return b.String()
}

// Whatever the frames are: no panic, valid JSON, and the same records and the
// same report from one worker and from three.
func FuzzPipeline(f *testing.F) {
	for _, name := range []string{"dhcp-dns", "hl7", "offload", "dicom-query", "dicom-workflow", "dicom-tls"} {
		f.Add(pack(prototest.Load(f, filepath.Join(lab, name+".pcap.zst")), 24<<10))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 64<<10 {
			return
		}
		list := unpack(b)
		one, three := lines(t, list, 1), lines(t, list, 3)
		if one != three {
			t.Errorf("three workers tell something else than one:\n%s\n%s", one, three)
		}
	})
}
