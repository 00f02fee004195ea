package dhcp

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// shared finds the captures beside the repository, or skips the test.
func shared(tb testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			s := filepath.Join(filepath.Dir(dir), "shared")
			if _, err := os.Stat(filepath.Join(s, "pcaps")); err != nil {
				tb.Skip("no shared/pcaps beside the repository")
			}
			return s
		}
		dir = filepath.Dir(dir)
	}
	tb.Skip("not inside the repository")
	return ""
}

// packets calls f for each packet of a capture until it cannot be read further.
func packets(path string, f func(event.Time, gopacket.Packet)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var r io.Reader = bufio.NewReader(file)
	if magic, _ := r.(*bufio.Reader).Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		if r, err = gzip.NewReader(r); err != nil {
			return err
		}
		r = bufio.NewReader(r)
	}
	head, err := r.(*bufio.Reader).Peek(4)
	if err != nil {
		return err
	}
	var src interface {
		ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
		LinkType() layers.LinkType
	}
	if head[0] == 0x0a {
		src, err = pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	} else {
		src, err = pcapgo.NewReader(r)
	}
	if err != nil {
		return err
	}
	for {
		data, info, err := src.ReadPacketData()
		if errors.Is(err, io.EOF) || err != nil {
			return nil // a cut capture is read as far as it goes
		}
		link := src.LinkType()
		if len(info.AncillaryData) > 0 {
			if l, isLink := info.AncillaryData[0].(layers.LinkType); isLink {
				link = l
			}
		}
		var first gopacket.Decoder = link
		switch link {
		case 12, 14, 101, 228, 229: // raw IP
			first = layers.LayerTypeIPv4
			if len(data) > 0 && data[0]>>4 == 6 {
				first = layers.LayerTypeIPv6
			}
		}
		f(event.Time(info.Timestamp.Truncate(time.Microsecond).UnixNano()), gopacket.NewPacket(data, first, gopacket.Lazy))
	}
}

// replay runs the UDP datagrams of a capture through analyzers, a flow each,
// chosen by the probe alone, and their records through the joiner.
func replay(tb testing.TB, path string) []event.Record {
	var out []event.Record
	join := newJoiner(func(r event.Record) { out = append(out, r) }, maxOpen)
	flows := map[netid.Key]*replayed{}
	index := uint64(0)
	err := packets(path, func(now event.Time, p gopacket.Packet) {
		index++
		join.Advance(now)
		for _, s := range datagrams(p) {
			k, _ := netid.MakeKey(s.from, s.to, 17)
			f := flows[k]
			if f == nil || now-f.last > 60e9 {
				f = begin(s, len(flows)+int(index))
				flows[k] = f
			}
			f.Time, f.last = now, now
			d := proto.Orig
			if s.from != f.ID.Orig {
				d = proto.Resp
			}
			if probe(d, s.data) != proto.Yes {
				continue
			}
			if err := Spec.New(f).(proto.Datagram).Packet(d, s.data); err != nil {
				tb.Log(filepath.Base(path), err)
			}
			for _, r := range f.Records {
				r.Index = index
				if join.Take(r) {
					tb.Error("a message would be logged")
				}
			}
			f.Records = nil
		}
	})
	if err != nil {
		tb.Log(filepath.Base(path), err)
	}
	join.Flush()
	return out
}

type replayed struct {
	*prototest.Flow
	last event.Time
}

type datagram struct {
	from, to netid.Endpoint
	data     []byte
}

func datagrams(p gopacket.Packet) (out []datagram) {
	var src, dst netid.IP
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			if len(l.SrcIP) != 4 || len(l.DstIP) != 4 {
				return out
			}
			src, dst = netid.IPFrom4(l.SrcIP), netid.IPFrom4(l.DstIP)
		case *layers.IPv6:
			if len(l.SrcIP) != 16 || len(l.DstIP) != 16 {
				return out
			}
			src, dst = netid.IPFrom16(l.SrcIP), netid.IPFrom16(l.DstIP)
		case *layers.UDP:
			out = append(out, datagram{netid.Endpoint{IP: src, Port: uint16(l.SrcPort)},
				netid.Endpoint{IP: dst, Port: uint16(l.DstPort)}, l.Payload})
		}
	}
	return out
}

func begin(s datagram, n int) *replayed {
	f := &replayed{Flow: prototest.NewFlow()}
	f.ID = event.Conn{UID: fmt.Sprint("C", n), Orig: s.from, Resp: s.to, Proto: 17}
	if s.from.Port == 67 && s.to.Port != 67 && s.to.IP != broadcast4 {
		f.ID.Orig, f.ID.Resp = s.to, s.from
	}
	return f
}
