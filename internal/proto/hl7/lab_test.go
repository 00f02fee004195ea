package hl7

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// truth is what the lab says it did.
type truth struct {
	Hosts []struct {
		Name string `json:"name"`
		IPs  []struct {
			IP string `json:"ip"`
		} `json:"ips"`
	} `json:"hosts"`
	HL7 []struct {
		Client   string `json:"client"`
		Server   string `json:"server"`
		Port     int    `json:"port"`
		Type     string `json:"type"`
		ID       string `json:"control_id"`
		Ack      string `json:"ack"`
		App      string `json:"app"`
		Facility string `json:"facility"`
		ToApp    string `json:"receiving_app"`
		ToFac    string `json:"receiving_facility"`
		Version  string `json:"version"`
		Charset  string `json:"charset"`
		Consent  bool   `json:"has_consent"`
		Batch    bool   `json:"batch"`
	} `json:"hl7"`
	Canaries []struct {
		Value string `json:"value"`
	} `json:"canaries"`
}

// talk is one TCP conversation of the lab's capture.
type talk struct {
	client, server string
	port           int
	next           [2]uint32
	segs           []prototest.Segment
}

// talks reads the conversations of a compressed capture without losses, in the
// order of their first packets. Copies of a segment (the router's two sides, or
// retransmissions) count once.
func talks(t *testing.T, path string) []*talk {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := zstd.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var src *gopacket.PacketSource
	if r, err := pcapgo.NewReader(io.Reader(z)); err == nil {
		src = gopacket.NewPacketSource(r, r.LinkType())
	} else {
		t.Fatal(err)
	}
	var order []*talk
	byKey := map[string]*talk{}
	for p := range src.Packets() {
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok || p.NetworkLayer() == nil {
			continue
		}
		from, to := p.NetworkLayer().NetworkFlow().Endpoints()
		a, b := fmt.Sprintf("%v:%d", from, tcp.SrcPort), fmt.Sprintf("%v:%d", to, tcp.DstPort)
		c, d := byKey[a+b], proto.Orig
		if c == nil {
			c, d = byKey[b+a], proto.Resp
		}
		if c == nil {
			if !tcp.SYN {
				continue
			}
			c, d = &talk{client: from.String(), server: to.String(), port: int(tcp.DstPort)}, proto.Orig
			byKey[a+b] = c
			order = append(order, c)
		}
		if tcp.SYN {
			c.next[d] = tcp.Seq + 1
			continue
		}
		if len(tcp.Payload) > 0 && tcp.Seq == c.next[d] {
			c.next[d] += uint32(len(tcp.Payload))
			c.segs = append(c.segs, prototest.Segment{Dir: d, Data: slices.Clone(tcp.Payload)})
		}
	}
	return order
}

// probe holds that the first bytes of both directions are recognised, or not.
func (c *talk) probe(t *testing.T, want bool) {
	t.Helper()
	first := [2]bool{true, true}
	for _, s := range c.segs {
		if m := probe(s.Dir, s.Data); first[s.Dir] && (m == proto.Yes) != want {
			t.Errorf("%s to port %d: probe says %d", c.client, c.port, m)
		}
		first[s.Dir] = false
	}
}

// TestLab compares every message of the lab's captures with the truth beside them.
func TestLab(t *testing.T) {
	for _, name := range []string{"hl7", "hospital"} {
		t.Run(name, func(t *testing.T) { compareLab(t, name) })
	}
}

func compareLab(t *testing.T, name string) {
	dir := filepath.Join("..", "..", "..", "testdata", "lab")
	text, err := os.ReadFile(filepath.Join(dir, name+".truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want truth
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	ip := map[string]string{}
	for _, h := range want.Hosts {
		if len(h.IPs) > 0 {
			ip[h.Name] = h.IPs[0].IP
		}
	}
	var expected, got []string
	for _, m := range want.HL7 {
		expected = append(expected, fmt.Sprint(ip[m.Client], ip[m.Server], m.Port, " ", m.Type, " ", m.ID, " ", m.Ack, " ", m.App, " ", m.Facility, " ", m.ToApp, " ", m.ToFac, " ", m.Version, m.Charset, m.Consent, m.Batch))
	}
	ports := map[int]bool{}
	for _, m := range want.HL7 {
		ports[m.Port] = true
	}
	for _, c := range talks(t, filepath.Join(dir, name+".pcap.zst")) {
		c.probe(t, ports[c.port])
		if !ports[c.port] {
			continue
		}
		f := prototest.Feed(&Spec, c.segs)
		if len(f.Weirds) > 0 {
			t.Logf("%s to port %d: %v", c.client, c.port, f.Weirds)
		}
		for _, m := range messages(f) {
			got = append(got, fmt.Sprint(c.client, c.server, c.port, " ", m.Type+"^"+m.Event, " ", m.ControlID, " ", m.AckCode, " ", m.SendingApp, " ", m.SendingFac, " ", m.ReceivingApp, " ", m.ReceivingFac, " ", m.Version, strings.Join(m.Charset, "~"), m.HasConsent, m.Batch))
		}
		for i, v := range want.Canaries {
			if strings.Contains(f.JSON(), v.Value) {
				t.Errorf("canary %d is in a record", i)
			}
		}
	}
	slices.Sort(expected)
	slices.Sort(got)
	for _, l := range expected {
		if !slices.Contains(got, l) {
			t.Errorf("missing %s", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(expected, l) {
			t.Errorf("surplus %s", l)
		}
	}
	if len(got) != len(expected) {
		t.Errorf("records %d, want %d", len(got), len(expected))
	}
}
