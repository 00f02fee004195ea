package sensor_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/sensor"
)

const (
	microsecond = event.Time(1000)
	second      = event.Time(1e9)
	year        = 365 * 24 * 3600 * second
)

// scatter makes a number that looks random of i.
func scatter(i int) uint32 {
	x := uint64(i+1) * 0x9e3779b97f4a7c15
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	return uint32(x >> 32)
}

// associate is an A-ASSOCIATE-RQ with the most contexts there can be, each with
// an abstract syntax and a transfer syntax of full length.
func associate() []byte {
	item := func(kind byte, v []byte) []byte {
		return append([]byte{kind, 0, byte(len(v) >> 8), byte(len(v))}, v...)
	}
	body := append([]byte{0, 1, 0, 0}, fmt.Sprintf("%-16s%-16s", "ARCHIVE", "ATTACKER")...)
	body = append(body, make([]byte, 32)...)
	body = append(body, item(0x10, []byte("1.2.840.10008.3.1.1.1"))...)
	for i := range 128 {
		uid := fmt.Sprintf("1.2.840.10008.5.1.4.1.1.%d.", i+1)
		uid += strings.Repeat("7", 64-len(uid))
		v := append([]byte{byte(2*i + 1), 0, 0, 0}, item(0x30, []byte(uid))...)
		body = append(body, item(0x20, append(v, item(0x40, []byte("1.3"+uid[3:]))...))...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{1, 0}, uint32(len(body))), body...)
}

// command is a C-ECHO-RQ in one P-DATA-TF.
func command(id uint16) []byte {
	el := func(tag uint16, v []byte) []byte {
		b := binary.LittleEndian.AppendUint16([]byte{0, 0}, tag)
		return append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	u16 := func(v uint16) []byte { return binary.LittleEndian.AppendUint16(nil, v) }
	set := el(0x0002, []byte("1.2.840.10008.1.1\x00"))
	set = append(set, el(0x0100, u16(0x30))...)
	set = append(set, el(0x0110, u16(id))...)
	set = append(set, el(0x0800, u16(0x0101))...)
	set = append(el(0, binary.LittleEndian.AppendUint32(nil, uint32(len(set)))), set...)
	b := binary.BigEndian.AppendUint32([]byte{4, 0}, uint32(len(set)+6))
	b = binary.BigEndian.AppendUint32(b, uint32(len(set)+2))
	return append(append(b, 1, 3), set...)
}

// client is a segment of flow number i from one of many hosts.
func client(i int, server uint32, port uint16) segment {
	return segment{src: 1<<16 + uint32(i/20000), dst: server, sport: uint16(1024 + i%20000), dport: port, seq: scatter(i), flags: ack}
}

func assaults() []assault {
	return slices.Concat(tables(), dialogs(), games(), newcomers(), windowsAssaults())
}

// tables fill what is kept for each conversation or address.
func tables() []assault {
	long := strings.Repeat("x", 2000)
	request := associate()
	return []assault{
		{name: "SYN storm", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := segment{src: scatter(i), dst: 1 + scatter(i)%512, sport: uint16(scatter(i) >> 8), dport: 104, seq: uint32(i), flags: syn}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "answered SYN storm", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i/2, 1+uint32(i/2)%512, 104)
			s.flags = syn
			if i&1 == 1 {
				s = segment{src: s.dst, dst: s.src, sport: s.dport, dport: s.sport, seq: uint32(i), ack: s.seq + 1, flags: syn | ack}
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "one early segment each", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i/2, 1+uint32(i/2)%512, 104)
			if i&1 == 0 {
				s.flags = syn
			} else {
				s.seq, s.data = s.seq+100, []byte(long[:600])
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "payload in the first packet", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i, 1+uint32(i)%512, 104)
			s.data = []byte{5}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "undecided bytes", frames: 20000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i/2, 1+uint32(i/2)%512, 2575)
			if i&1 == 0 {
				s.flags = syn
			} else {
				s.seq, s.data = s.seq+1, []byte("\x0b"+long[:0]+"MSH|^~\\&"+long[:1200])
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "associations never released", frames: 20000, large: 30, frame: func(b []byte, i int) ([]byte, event.Time) {
			const parts = 16
			s := client(i/parts, 1+uint32(i/parts)%512, 104)
			step := len(request)/(parts-1) + 1
			switch k := i % parts; k {
			case 0:
				s.flags = syn
			default:
				from, to := (k-1)*step, min(k*step, len(request))
				s.seq, s.data = s.seq+1+uint32(from), request[from:to]
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "DNS never answered", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			q := binary.BigEndian.AppendUint16(nil, uint16(i))
			q = append(q, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
			for k := range 4 {
				label := fmt.Sprintf("%08x%s", scatter(4*i+k), strings.Repeat("y", 52))
				q = append(append(q, byte(len(label))), label...)
			}
			q = append(q, 0, 0, 1, 0, 1)
			return datagram(b, 1<<16+uint32(i/50), 1+uint32(i)%4, uint16(1024+i%50), 53, q), event.Time(i) * microsecond
		}},
		{name: "DHCP transactions", frames: 30000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			m := make([]byte, 240, 300)
			m[0], m[1], m[2] = 1, 1, 6
			binary.BigEndian.PutUint32(m[4:], uint32(i))
			binary.BigEndian.PutUint32(m[30:], scatter(i))
			copy(m[236:], "\x63\x82\x53\x63")
			m = append(m, 53, 1, 1, 12, 30)
			m = append(append(m, fmt.Sprintf("%030d", i)...), 255)
			return datagram(b, 0xffffff, 0xffffff, 68, 67, m), event.Time(i) * microsecond
		}},
		{name: "ARP flood", frames: 60000, large: 84, frame: func(b []byte, i int) ([]byte, event.Time) {
			var mac, ip [4]byte
			binary.BigEndian.PutUint32(mac[:], scatter(i))
			binary.BigEndian.PutUint32(ip[:], scatter(i+7)|10<<24)
			b = append(append(append(b, "\xff\xff\xff\xff\xff\xff\x00\x01"...), mac[:]...), "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01\x00\x01"...)
			b = append(append(append(b, mac[:]...), ip[:]...), "\x00\x00\x00\x00\x00\x00\x0a\x01\x02\x03"...)
			return b, event.Time(i) * microsecond
		}},
		{name: "fragments never completed", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			from := len(b)
			b = packet(b, 17, scatter(i), 2, []byte(long[:1400]))
			binary.BigEndian.PutUint16(b[from+18:], uint16(i))
			binary.BigEndian.PutUint16(b[from+20:], 0x2000)
			return b, event.Time(i) * microsecond
		}},
	}
}

// dialogs speak a protocol without end.
func dialogs() []assault {
	junk := strings.Repeat("OBX|1|TX|", 150)
	request := associate()
	ask := func(b []byte, i int) ([]byte, event.Time) { // one association, all operations open
		s := client(0, 1, 104)
		switch {
		case i == 0:
			s.flags = syn
		case i <= 16:
			step := len(request)/16 + 1
			from, to := (i-1)*step, min(i*step, len(request))
			s.seq, s.data = s.seq+1+uint32(from), request[from:to]
		default:
			const each = 16
			var data []byte
			for k := range each {
				data = append(data, command(uint16(i*each+k))...)
			}
			s.seq, s.data = s.seq+1+uint32(len(request)+(i-17)*len(data)), data
		}
		return s.frame(b), event.Time(i) * microsecond
	}
	unacknowledged := func(b []byte, i int) ([]byte, event.Time) {
		const flows, size = 4000, 1000
		s := client(i%flows, 1+uint32(i%flows)%512, 2575)
		if i < flows {
			s.flags = syn
		} else {
			m := fmt.Sprintf("\x0bMSH|^~\\&|A|B|C|D|20240101||ADT^A01|%d|P|2.5\rPID|||%d||X^Y\r", i, i)
			m += "ZZZ|" + strings.Repeat("z", size-len(m)-7) + "\r\x1c\r"
			s.seq, s.data = s.seq+1+uint32((i/flows-1)*len(m)), []byte(m)
		}
		return s.frame(b), event.Time(i) * microsecond
	}
	endless := func(b []byte, i int) ([]byte, event.Time) {
		const flows = 200
		s := client(i%flows, 1, 2575)
		head := "\x0bMSH|^~\\&|A|B|C|D|20240101||ORU^R01|1|P|2.5\rOBX|"
		switch turn := i / flows; turn {
		case 0:
			s.flags = syn
		case 1:
			s.seq, s.data = s.seq+1, []byte(head)
		default:
			s.seq, s.data = s.seq+1+uint32(len(head)+(turn-2)*len(junk)), []byte(junk)
		}
		return s.frame(b), event.Time(i) * microsecond
	}
	return []assault{
		{name: "operations without answer", frames: 4000, large: 20, frame: ask, check: func(t *testing.T, n int, st *sensor.Stats) {
			if want := uint64(n-17) * 16; st.Records["dicom_op"] != want {
				t.Errorf("%d operations, want %d", st.Records["dicom_op"], want)
			}
		}},
		{name: "HL7 never acknowledged", frames: 20000, large: 34, frame: unacknowledged, check: func(t *testing.T, n int, st *sensor.Stats) {
			if want := uint64(n - 4000); st.Records["hl7"] != want {
				t.Errorf("%d messages, want %d", st.Records["hl7"], want)
			}
		}},
		{name: "HL7 segments without end", frames: 20000, large: 34, frame: endless},
	}
}

// games break the rules of TCP and of time.
func games() []assault {
	junk := strings.Repeat("GET / HTTP/1.1 ", 90)
	return []assault{
		{name: "tunnels in tunnels", frames: 20000, large: 10, frame: func(b []byte, i int) ([]byte, event.Time) {
			in := []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2}
			from := len(b)
			b = packet(b, 4, 1, 2, nil)
			const deep = 70
			for k := range deep {
				at := len(b)
				b = append(b, in...)
				binary.BigEndian.PutUint16(b[at+2:], uint16(20*(deep-k)))
			}
			binary.BigEndian.PutUint16(b[from+16:], 20*(deep+1))
			return b, event.Time(i) * microsecond
		}},
		{name: "every byte again and different", frames: 30000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i%64, 1, 80)
			s.seq += 1 + uint32(i/64/4*1000) + scatter(i)%1000
			data := []byte(junk[:1000+scatter(i)%200])
			data[scatter(i+1)%uint32(len(data))] ^= byte(i)
			s.data = data
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "sequence numbers at random", frames: 30000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i%64, 1, 80)
			s.seq, s.ack, s.data = scatter(i), scatter(i+1), []byte(junk[:1+scatter(i+2)%1300])
			if i&1 == 1 {
				s.src, s.dst, s.sport, s.dport = s.dst, s.src, s.dport, s.sport
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "steps of one wrap", frames: 30000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i%8, 1, 104)
			s.seq, s.data = uint32(i/8)*0x7ffff000, []byte(junk[:1+i%1300])
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "all flags on one conversation", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(0, 1, 104)
			s.flags, s.seq, s.ack = byte(scatter(i))&(fin|syn|rst|ack), scatter(i/3), scatter(i/5)
			if i&1 == 1 {
				s.src, s.dst, s.sport, s.dport = s.dst, s.src, s.dport, s.sport
			}
			if i%7 == 0 {
				s.data = []byte(junk[:100])
			}
			return s.frame(b), event.Time(i) * microsecond
		}},
		{name: "time back and forth by years", frames: 30000, large: 10, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i%500, 1, 104)
			s.seq, s.data = s.seq+uint32(i/500*100), []byte(junk[:100])
			return s.frame(b), event.Time(scatter(i)%40) * year
		}},
		{name: "a year with every packet", frames: 30000, large: 4, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i%5000, 1, 104)
			s.flags = syn
			return s.frame(b), event.Time(i%100) * year
		}},
		{name: "a jump behind a storm", frames: 60000, large: 17, frame: func(b []byte, i int) ([]byte, event.Time) {
			s := client(i, 1+uint32(i)%512, 104)
			s.flags = syn
			at := event.Time(i) * microsecond
			if i%50000 == 49999 {
				at += year
			}
			return s.frame(b), at
		}},
		{name: "weird datagrams", frames: 60000, large: 17, frame: func(b []byte, i int) ([]byte, event.Time) {
			q := []byte{byte(i >> 8), byte(i), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 0x0c, 0, 1, 0, 1}
			q[i%len(q)] ^= byte(scatter(i))
			return datagram(b, 1<<16+uint32(i/50), 1, uint16(1024+i%50), 53, q), event.Time(i) * microsecond
		}},
		{name: "short datagrams to everywhere", frames: 60000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			return datagram(b, scatter(i), scatter(i+1), uint16(i), uint16(i>>4), []byte("hello")), event.Time(i) * microsecond
		}},
	}
}
