package decode

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"lazaret/internal/capture"
	"lazaret/internal/event"
)

// Config bounds a Decoder.
type Config struct {
	FragmentBytes     int           `toml:"fragment_bytes" doc:"most bytes that fragments waiting for the rest of their datagrams may take; then the oldest datagram is given up"`
	FragmentDatagrams int           `toml:"fragment_datagrams" doc:"most datagrams that may wait"`
	FragmentTimeout   time.Duration `toml:"fragment_timeout" doc:"how long a datagram waits after its first fragment (RFC 791 and RFC 8200: 15 to 60 s)"`
	MaxTunnels        int           `toml:"max_tunnels" doc:"deepest nesting of tunnels that is opened"`
	ChecksumLimit     int           `toml:"checksum_limit" doc:"longest transport segment, bytes with its header, whose checksum is verified: touching bulk costs more than all else"`
}

// DefaultConfig is made for one worker of several.
func DefaultConfig() Config {
	return Config{
		FragmentBytes:     4 << 20,
		FragmentDatagrams: 1024,
		FragmentTimeout:   30 * time.Second,
		MaxTunnels:        8,
		ChecksumLimit:     512,
	}
}

// Validate says everything that is wrong, one error per key.
func (c Config) Validate() error {
	var errs []error
	if c.FragmentBytes < minFragmentBytes || c.FragmentBytes > 1<<30 {
		errs = append(errs, fmt.Errorf("decode.fragment_bytes: %d bytes is not between 128 KiB and 1 GiB", c.FragmentBytes))
	}
	if c.FragmentDatagrams < 1 || c.FragmentDatagrams > 1<<20 {
		errs = append(errs, fmt.Errorf("decode.fragment_datagrams: %d is not between 1 and 1048576", c.FragmentDatagrams))
	}
	if c.FragmentTimeout < time.Second || c.FragmentTimeout > time.Hour {
		errs = append(errs, fmt.Errorf("decode.fragment_timeout: %v is not between 1s and 1h", c.FragmentTimeout))
	}
	if c.MaxTunnels < 0 || c.MaxTunnels > 64 {
		errs = append(errs, fmt.Errorf("decode.max_tunnels: %d is not between 0 and 64", c.MaxTunnels))
	}
	if c.ChecksumLimit < 0 || c.ChecksumLimit > 65535 {
		errs = append(errs, fmt.Errorf("decode.checksum_limit: %d bytes is not between 0 and 65535", c.ChecksumLimit))
	}
	return errors.Join(errs...)
}

// maxLinkLayers bounds link headers in one frame, tags and labels apart. It
// keeps a crafted frame from nesting pseudo-wires in pseudo-wires.
const maxLinkLayers = 32

// Decoder takes frames apart. One goroutine owns it.
type Decoder struct {
	cfg    Config
	stats  Stats
	layers int    // link headers opened in this frame
	next   inside // what Inner continues with
	rest   inside // the A-MSDU subframes that follow
	frags  fragTable
}

// inside is a packet inside the one that was just returned.
type inside struct {
	tunnel Tunnel
	depth  uint8
	proto  uint16 // EtherType of b; etherBridged is an Ethernet frame
	b      []byte
	n      int // length on the wire, at least len(b)
	open   bool
	// subframes says that b is the rest of an A-MSDU.
	subframes bool
}

// New makes a Decoder. The configuration must be valid.
func New(cfg Config) *Decoder {
	return &Decoder{cfg: cfg, frags: newFragTable(cfg)}
}

// Frame fills p with the outermost packet of f that has a flow or is otherwise
// worth telling, and reports whether there is one: an encrypted wireless frame,
// a frame of an unknown link type and a wireless management frame have none.
// Call Inner afterwards until it reports false.
func (d *Decoder) Frame(p *Packet, f *capture.Frame) bool {
	*p = Packet{}
	p.Time, p.Index = f.Time, f.Index
	d.next.open, d.rest.open = false, false
	d.layers = 0
	d.stats.Frames++
	b, n := f.Data, f.Len
	if n < len(b) {
		n = len(b)
	}
	if n > len(b) {
		d.stats.CutFrames++
	}
	if f.Link == capture.LinkEthernet {
		return d.count(p, d.ethernet(p, b, n))
	}
	return d.count(p, d.link(p, f.Link, b, n))
}

// Inner fills p with the next packet inside the one that was returned last, and
// reports whether there is one.
func (d *Decoder) Inner(p *Packet) bool {
	for {
		in := d.next
		if in.open {
			d.next.open = false
		} else {
			in = d.rest
			if !in.open {
				return false
			}
			d.rest.open = false
		}
		*p = Packet{Time: p.Time, Index: p.Index, Tunnel: in.tunnel, Depth: in.depth}
		d.layers = 0
		found := false
		if in.subframes {
			found = d.aggregate(p, in.b, in.n)
		} else {
			found = d.network(p, in.proto, in.b, in.n)
		}
		if d.count(p, found) {
			return true
		}
	}
}

// Expire gives up the datagrams that have waited too long at a time. Frame does
// so when a fragment arrives; a caller that wants the same counters at a given
// time, whatever came before it, calls it then.
func (d *Decoder) Expire(now event.Time) { d.expire(now) }

// Stats is a copy of what was counted so far.
func (d *Decoder) Stats() Stats {
	s := d.stats
	s.FragmentsWaiting = uint64(d.frags.fragments)
	s.UnknownLinks = maps.Clone(d.stats.UnknownLinks)
	return s
}

func (d *Decoder) count(p *Packet, found bool) bool {
	if !found {
		return false
	}
	d.stats.Packets[p.Kind]++
	if p.Cut {
		d.stats.CutPackets++
	}
	return true
}

// note counts a defect; a packet keeps its gravest.
func (d *Decoder) note(p *Packet, x Defect) {
	d.stats.Defects[x]++
	if x > p.Defect {
		p.Defect = x
	}
}

// other makes p a frame without usable IP.
func (d *Decoder) other(p *Packet, etherType uint16, b []byte, n int) bool {
	p.Kind, p.EtherType = KindOther, etherType
	p.Payload, p.PayloadLen = b, n
	p.Cut = n > len(b)
	return true
}

// short makes p a frame whose header is not all there: cut by the snap length,
// or, with need bytes asked of n on the wire, too short by itself (defect x).
func (d *Decoder) short(p *Packet, x Defect, etherType uint16, b []byte, n, need int) bool {
	if n >= need {
		x = HeaderCut
	}
	d.note(p, x)
	return d.other(p, etherType, b, n)
}

// enter resets p for a packet inside a tunnel whose outer packet has no flow. It
// reports false when tunnels are nested too deep.
func (d *Decoder) enter(p *Packet, t Tunnel) bool {
	if int(p.Depth) >= d.cfg.MaxTunnels {
		d.note(p, TunnelTooDeep)
		return false
	}
	d.stats.Tunnels[t]++
	*p = Packet{Time: p.Time, Index: p.Index, Tunnel: t, Depth: p.Depth + 1, Defect: p.Defect, BadChecksum: p.BadChecksum}
	return true
}

// later keeps the inside of a packet that has a flow for Inner.
func (d *Decoder) later(p *Packet, t Tunnel, proto uint16, b []byte, n int) {
	if int(p.Depth) >= d.cfg.MaxTunnels {
		d.note(p, TunnelTooDeep)
		return
	}
	d.stats.Tunnels[t]++
	d.next = inside{tunnel: t, depth: p.Depth + 1, proto: proto, b: b, n: n, open: true}
}
