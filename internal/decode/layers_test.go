package decode

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"lazaret/internal/capture"
	"lazaret/internal/netid"
)

// oracle is a TCP or UDP packet as gopacket's layers see it.
type oracle struct {
	src, dst  netid.IP
	vlans     []uint16
	ttl       uint8
	transport gopacket.Layer
}

// oracles walks the layers of a frame and gives each transport layer with the
// network layer before it. It stops at the first layer that gopacket rejects.
func oracles(f *capture.Frame) (out []oracle, rejected bool) {
	pkt := gopacket.NewPacket(f.Data, layers.LinkType(f.Link), gopacket.DecodeOptions{NoCopy: true})
	var now oracle
	for _, l := range pkt.Layers() {
		switch l := l.(type) {
		case *layers.Ethernet:
			now.vlans = nil
		case *layers.Dot1Q:
			if l.VLANIdentifier != 0 {
				now.vlans = append(now.vlans, l.VLANIdentifier)
			}
		case *layers.IPv4:
			if len(l.SrcIP) != 4 {
				return out, true
			}
			now.src, now.dst, now.ttl = netid.IPFrom4(l.SrcIP), netid.IPFrom4(l.DstIP), l.TTL
			if l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0 {
				return out, true
			}
		case *layers.IPv6:
			if len(l.SrcIP) != 16 {
				return out, true
			}
			now.src, now.dst, now.ttl = netid.IPFrom16(l.SrcIP), netid.IPFrom16(l.DstIP), l.HopLimit
		case *layers.TCP, *layers.UDP:
			if len(l.LayerContents()) < 8 {
				return out, true
			}
			now.transport = l
			out = append(out, now)
		case *layers.IPv6Fragment, *layers.IPv6Routing, *layers.IPv6Destination:
			return out, true // mended or redirected here
		}
	}
	return out, pkt.ErrorLayer() != nil
}

// differ tells the first field in which a packet differs from the oracle.
func (o *oracle) differ(p *Packet) string {
	check := func(name string, a, b any) string {
		if a == b {
			return ""
		}
		return fmt.Sprintf("%s %v, gopacket has %v", name, a, b)
	}
	out := check("source", p.Src, o.src) + check("destination", p.Dst, o.dst) + check("ttl", p.TTL, o.ttl)
	vlan := [2]uint16{}
	if p.Depth == 0 || !p.SrcMAC.IsZero() { // the tag around a tunnel is not inside
		copy(vlan[:], o.vlans)
	}
	if p.Tunnel != TunnelERSPAN { // its header may have the VLAN
		out += check("vlan", [2]uint16{p.VLAN, p.InnerVLAN}, vlan)
	}
	switch l := o.transport.(type) {
	case *layers.TCP:
		flags := l.Contents[13]
		out += check("kind", p.Kind, KindTCP) + check("sport", p.SrcPort, uint16(l.SrcPort)) + check("dport", p.DstPort, uint16(l.DstPort)) +
			check("seq", p.Seq, l.Seq) + check("ack", p.Ack, l.Ack) + check("flags", p.Flags, flags) + check("window", p.Window, l.Window) +
			check("urgent", p.Urgent, l.Urgent) + check("options", len(p.Options), int(l.DataOffset)*4-20)
	case *layers.UDP:
		out += check("kind", p.Kind, KindUDP) + check("sport", p.SrcPort, uint16(l.SrcPort)) + check("dport", p.DstPort, uint16(l.DstPort))
	}
	if body := o.transport.LayerPayload(); !bytes.Equal(body, p.Payload) {
		out += fmt.Sprintf("payload of %d bytes, gopacket has %d", len(p.Payload), len(body))
	}
	return out
}

// TestAgainstGopacket compares every TCP and UDP packet of the shared captures
// that both decode without a complaint, field by field and byte by byte.
func TestAgainstGopacket(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all shared captures")
	}
	compared, skipped, wrong := 0, 0, 0
	for _, name := range sharedFiles(t, "[0-2]*") {
		d := New(DefaultConfig())
		for _, f := range readCapture(t, name) {
			ours := decodeAll(d, &f)
			theirs, rejected := oracles(&f)
			i := 0
			for k := range ours {
				p := &ours[k]
				if p.Kind != KindTCP && p.Kind != KindUDP {
					continue
				}
				if i >= len(theirs) || p.Defect > BadIPChecksum || p.Fragmented || p.Cut {
					skipped++
					break
				}
				if diff := theirs[i].differ(p); diff != "" {
					if wrong++; wrong < 20 {
						t.Errorf("%s frame %d: %s", filepath.Base(name), f.Index, diff)
					}
				}
				compared++
				i++
			}
			if i < len(theirs) && !rejected {
				skipped++
			}
		}
	}
	t.Logf("%d packets agree, %d differ, %d frames one side rejects or mends", compared-wrong, wrong, skipped)
	if compared < 100000 {
		t.Errorf("only %d packets compared", compared)
	}
}
