package sensor_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"lazaret/internal/event"
)

// once is a conversation of its own for every few frames: a SYN and what the
// client sends, cut into the frames that are left. said appends that to b.
func once(parts int, port uint16, said func(b []byte, i int) []byte) func(b []byte, i int) ([]byte, event.Time) {
	var all []byte
	return func(b []byte, i int) ([]byte, event.Time) {
		s := client(i/parts, 1+uint32(i/parts)%512, port)
		if k := i % parts; k == 0 {
			s.flags = syn
		} else {
			all = said(all[:0], i/parts)
			step := (len(all) + parts - 2) / (parts - 1)
			from := min((k-1)*step, len(all))
			s.seq, s.data = s.seq+1+uint32(from), all[from:min(from+step, len(all))]
		}
		return s.frame(b), event.Time(i) * microsecond
	}
}

// dialog is what two sides say within one conversation, in turns.
type dialog struct{ ask, answer []byte }

// again has a few conversations whose sides say the same for ever, behind a
// beginning.
func again(conversations int, port uint16, begin, then dialog) func(b []byte, i int) ([]byte, event.Time) {
	return func(b []byte, i int) ([]byte, event.Time) {
		turn, answers := i/conversations/2, i/conversations&1 == 1
		s := client(i%conversations, 1, port)
		at := func(first, rest int, n int) uint32 {
			if n == 0 {
				return 1
			}
			return 1 + uint32(first+(n-1)*rest)
		}
		d := then
		if turn == 0 {
			d = begin
		}
		asked := s.seq + at(len(begin.ask), len(then.ask), turn)
		answered := scatter(i%conversations+7) + at(len(begin.answer), len(then.answer), turn)
		s.seq, s.ack, s.data = asked, answered, d.ask
		if answers {
			s.src, s.dst, s.sport, s.dport = s.dst, s.src, s.dport, s.sport
			s.seq, s.ack, s.data = answered, asked+uint32(len(d.ask)), d.answer
		}
		return s.frame(b), event.Time(i) * microsecond
	}
}

// hello is a ServerHello with the head of a Certificate of the most bytes there
// can be, all of which are sent.
func hello() []byte {
	body := append([]byte{2, 0, 0, 38, 3, 3}, make([]byte, 32)...)
	body = append(body, 0, 0x13, 1, 0)
	const chain = 12 << 10
	body = append(body, 11, 0, byte((chain+3)>>8), byte((chain+3)&255), 0, byte(chain>>8), byte(chain&255))
	body = append(body, 0, byte((chain-3)>>8), byte((chain-3)&255), 0x30, 0x82, byte((chain-7)>>8), byte((chain-7)&255))
	body = append(body, make([]byte, chain-7)...)
	return append([]byte{22, 3, 3, byte(len(body) >> 8), byte(len(body))}, body...)
}

// bomb is an answer of a FHIR server that unfolds a thousandfold.
func bomb() []byte {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(`{"resourceType":"Bundle","entry":[`))
	for range 200 {
		w.Write(bytes.Repeat([]byte(`{"resource":{}},`), 4096))
	}
	w.Close()
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", z.Len())
	return append([]byte(head), z.Bytes()...)
}

// negotiate is an SMB2 NEGOTIATE request with a hundred dialects.
func negotiate() []byte {
	b := append([]byte("\xfeSMB"), make([]byte, 60)...)
	binary.LittleEndian.PutUint16(b[4:], 64)
	b = append(b, 36, 0, 100, 0, 1, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, make([]byte, 24)...)
	for i := range 100 {
		b = append(b, byte(i), 2)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// nested is an SNMP message whose only value are sequences in sequences.
func nested() []byte {
	var in []byte
	wrap := func(tag byte) {
		in = append([]byte{tag, 0x82, byte(len(in) >> 8), byte(len(in))}, in...)
	}
	for range 300 {
		wrap(0x30)
	}
	in = append([]byte{6, 3, 0x2b, 6, 1}, in...)
	wrap(0x30)
	wrap(0x30)
	in = append([]byte{2, 1, 7, 2, 1, 0, 2, 1, 0}, in...)
	wrap(0xa2)
	in = append([]byte("\x02\x01\x01\x04\x06public"), in...)
	wrap(0x30)
	return in
}

// services announces forty services of a machine by multicast DNS.
func services(i int) []byte {
	b := []byte{0, 0, 0x84, 0, 0, 0, 0, 40, 0, 0, 0, 0}
	for k := range 40 {
		kind := fmt.Sprintf("_s%04x", scatter(40*i+k)&0xffff)
		b = append(append(b, byte(len(kind))), kind...)
		b = append(b, "\x04_tcp\x05local\x00\x00\x0c\x00\x01\x00\x00\x11\x94"...)
		one := fmt.Sprintf("%08x", scatter(i+k))
		b = append(b, 0, byte(len(one)+2), byte(len(one)))
		b = append(append(b, one...), 0)
	}
	return b
}

// initial is a QUIC Initial with a connection id that was never seen.
func initial(i int) []byte {
	b := append([]byte{0xc3, 0, 0, 0, 1, 8}, make([]byte, 8)...)
	binary.BigEndian.PutUint64(b[6:], uint64(scatter(i))<<32|uint64(i))
	b = append(b, 0, 0, 0x44, 0x9e) // no source id, no token, 1182 bytes
	for k := range 1182 {
		b = append(b, byte(k*i))
	}
	return b
}

// newcomers are assaults on protocols that keep more than a few bytes.
func newcomers() []assault {
	line := strings.Repeat("x", 1200)
	ntlm := func(kind byte) string {
		m := append([]byte("NTLMSSP\x00"), kind, 0, 0, 0)
		return base64.StdEncoding.EncodeToString(append(m, make([]byte, 60)...))
	}
	certificates, bombs, dialects, deep := hello(), bomb(), negotiate(), nested()
	web := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	part := "\r\n--b\r\nContent-Type: application/dicom\r\n\r\n" + strings.Repeat("\x00", 128) + "DICM"
	return []assault{
		{name: "HTTP requests half open", frames: 60000, large: 34, frame: once(2, 80, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "GET /%d HTTP/1.1\r\nHost: %x\r\nX: %s", i, scatter(i), line[:1000])
		})},
		{name: "HTTP heads without end", frames: 30000, large: 34, frame: again(64, 80,
			dialog{ask: []byte("GET / HTTP/1.1\r\n")}, dialog{ask: []byte("X: " + line + "\r\n")})},
		{name: "HTTP requests never answered", frames: 20000, large: 20, frame: again(64, 80,
			dialog{ask: []byte(web)}, dialog{ask: []byte(strings.Repeat(web, 40))})},
		{name: "answers nobody asked for", frames: 20000, large: 20, frame: again(64, 80,
			dialog{}, dialog{answer: []byte(strings.Repeat("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 30))})},
		{name: "certificates without end", frames: 30000, large: 34, frame: once(11, 443, func(b []byte, _ int) []byte { return append(b, certificates...) })},
		{name: "connection ids", frames: 20000, large: 20, frame: func(b []byte, i int) ([]byte, event.Time) {
			return datagram(b, 1<<16+uint32(i/1000), 1, uint16(1024+i%1000), 443, initial(i)), event.Time(i) * microsecond
		}},
		{name: "content that unfolds", frames: 12000, large: 10, frame: once(40, 80, func(b []byte, _ int) []byte { return append(b, bombs...) })},
		{name: "SMB negotiations", frames: 40000, large: 34, frame: once(2, 445, func(b []byte, _ int) []byte { return append(b, dialects...) })},
		{name: "SNMP in depth", frames: 20000, large: 20, frame: func(b []byte, i int) ([]byte, event.Time) {
			return datagram(b, 1<<16+uint32(i/50), 1, uint16(1024+i%50), 161, deep), event.Time(i) * microsecond
		}},
		{name: "syslog lines without end", frames: 20000, large: 34, frame: again(64, 514,
			dialog{ask: []byte("<13>Jan  1 00:00:00 host ")}, dialog{ask: []byte(line)})},
		{name: "forty services a packet", frames: 6000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			return datagram(b, 1<<16+scatter(i)%65536, 0xe00000fb, 5353, 5353, services(i)), event.Time(i) * microsecond
		}},
		{name: "parts without end", frames: 12000, large: 34, frame: again(64, 80,
			dialog{ask: []byte("POST /dicomweb/studies HTTP/1.1\r\nContent-Type: multipart/related; type=\"application/dicom\"; boundary=b\r\nContent-Length: 999999999999\r\n\r\n--b\r\n\r\n")},
			dialog{ask: []byte(strings.Repeat(part, 6))})},
		{name: "tunnels within tunnels", frames: 20000, large: 20, frame: again(64, 80,
			dialog{[]byte("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n")},
			dialog{[]byte("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n")})},
		{name: "log-ins without end", frames: 20000, large: 20, frame: again(64, 80, dialog{},
			dialog{[]byte("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: NTLM " + ntlm(1) + "\r\n\r\n"),
				[]byte("HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: NTLM " + ntlm(2) + "\r\n\r\n")})},
		{name: "ever new names", frames: 30000, large: 34, frame: func(b []byte, i int) ([]byte, event.Time) {
			said := fmt.Appendf(nil, "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\nSERVER: Linux/%d UPnP/1.0 x%x/%d\r\nUSN: uuid:%x::upnp:rootdevice\r\nLOCATION: http://10.0.0.1/%d\r\n\r\n", i, scatter(i), i, scatter(i+1), i)
			return datagram(b, 1<<16+scatter(i)%65536, 0xeffffffa, 1900, 1900, said), event.Time(i) * microsecond
		}},
		{name: "ever new programs", frames: 30000, large: 34, frame: once(2, 80, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "GET / HTTP/1.1\r\nHost: h%x\r\nUser-Agent: agent%x/%d.%d (Windows NT %d.%d)\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", scatter(i), scatter(i+3), i, i%7, i%11, i%4)
		})},
	}
}
