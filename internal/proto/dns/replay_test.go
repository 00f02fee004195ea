package dns

import (
	"bufio"
	"compress/gzip"
	"errors"
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

// replayed is a flow of the replay.
type replayed struct {
	*prototest.Flow
	a       *analyzer
	last    event.Time
	streams [2]stream
}

type stream struct {
	next    uint32
	started bool
	buf     []byte
	dead    bool
	ahead   map[uint32][]byte
}

// replay runs the UDP and TCP packets of a capture through analyzers, a flow
// each, chosen by the probe alone.
func replay(tb testing.TB, path string) []event.Record {
	type tuple struct {
		k netid.Key
	}
	flows := map[tuple]*replayed{}
	var order []*replayed
	var out []event.Record
	finish := func(f *replayed) {
		if f.a != nil {
			f.a.Close()
		}
		out = append(out, f.Records...)
		f.Records, f.a = nil, nil
	}
	err := packets(path, func(now event.Time, p gopacket.Packet) {
		for _, s := range segments(p) {
			k, _ := netid.MakeKey(s.from, s.to, s.proto)
			f := flows[tuple{k}]
			if f == nil || now-f.last > 60e9 && s.proto == udp {
				if f != nil {
					finish(f)
				}
				f = begin(now, s)
				flows[tuple{k}] = f
				order = append(order, f)
			}
			f.Time, f.last = now, now
			f.take(s)
		}
	})
	if err != nil {
		tb.Logf("%s: %v", filepath.Base(path), err)
	}
	for _, f := range order {
		finish(f)
	}
	return out
}

type segment struct {
	from, to netid.Endpoint
	proto    uint8
	tcp      *layers.TCP
	data     []byte
}

func segments(p gopacket.Packet) (out []segment) {
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
			out = append(out, segment{netid.Endpoint{IP: src, Port: uint16(l.SrcPort)},
				netid.Endpoint{IP: dst, Port: uint16(l.DstPort)}, udp, nil, l.Payload})
		case *layers.TCP:
			out = append(out, segment{netid.Endpoint{IP: src, Port: uint16(l.SrcPort)},
				netid.Endpoint{IP: dst, Port: uint16(l.DstPort)}, 6, l, l.Payload})
		}
	}
	return out
}

// likely are the ports by which Zeek turns a flow round whose first packet came
// from the server.
var likely = map[uint16]bool{53: true, 137: true, 5353: true, 5355: true}

func begin(now event.Time, s segment) *replayed {
	f := &replayed{Flow: prototest.NewFlow()}
	f.Time = now
	f.ID = event.Conn{UID: "C", Orig: s.from, Resp: s.to, Proto: s.proto}
	multicast := s.to.IP.Addr().IsMulticast()
	if likely[s.from.Port] && !likely[s.to.Port] && !multicast ||
		s.proto == udp && len(s.data) >= headerLen && s.data[2]&0x80 != 0 && !multicast && likely[s.to.Port] {
		f.ID.Orig, f.ID.Resp = s.to, s.from
	}
	return f
}

func (f *replayed) take(s segment) {
	d := proto.Orig
	if s.from != f.ID.Orig {
		d = proto.Resp
	}
	if s.proto == udp {
		if len(s.data) == 0 {
			return
		}
		if f.a == nil && probe(d, s.data) == proto.Yes {
			f.a = Spec.New(f).(*analyzer)
		}
		if f.a != nil {
			if err := f.a.Packet(d, s.data); err != nil {
				f.Weirds = append(f.Weirds, err.Error())
			}
		}
		return
	}
	st := &f.streams[d]
	if s.tcp.SYN {
		st.next, st.started = s.tcp.Seq+1, true
		return
	}
	if len(s.data) == 0 || st.dead {
		return
	}
	if !st.started {
		st.next, st.started = s.tcp.Seq, true
	}
	if st.ahead == nil {
		st.ahead = map[uint32][]byte{}
	}
	st.ahead[s.tcp.Seq] = s.data
	for data := st.ahead[st.next]; data != nil; data = st.ahead[st.next] {
		delete(st.ahead, st.next)
		st.next += uint32(len(data))
		st.buf = append(st.buf, data...)
	}
	f.parse(d, st)
}

func (f *replayed) parse(d proto.Dir, st *stream) {
	if f.a == nil {
		if probe(d, st.buf) != proto.Yes {
			return
		}
		f.a = Spec.New(f).(*analyzer)
	}
	for len(st.buf) > 0 {
		p, err := f.a.Parse(d, st.buf)
		if err != nil {
			st.dead = true
			return
		}
		if p.Done == 0 {
			return
		}
		st.buf = st.buf[p.Done:]
	}
}
