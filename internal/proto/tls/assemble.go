package tls

// Bounds of handshake messages. A certificate message of more than maxChain bytes,
// or a hello of more than maxHello, is not kept.
const (
	maxHello = 1 << 16
	maxChain = 1 << 20
)

// Handshake types (RFC 8446 4, RFC 5246 7.4, RFC 6347 4.3.2, IANA).
const (
	helloRequest       = 0
	clientHello        = 1
	serverHello        = 2
	helloVerify        = 3
	sessionTicket      = 4
	endOfEarlyData     = 5
	helloRetry         = 6
	encryptedExts      = 8
	certificate        = 11
	serverKeyExchange  = 12
	certificateRequest = 13
	serverHelloDone    = 14
	certificateVerify  = 15
	clientKeyExchange  = 16
	finished           = 20
	certificateURL     = 21
	certificateStatus  = 22
	supplementalData   = 23
	keyUpdate          = 24
	messageHash        = 254
)

// wanted is how many bytes of a message's body are of interest.
func wanted(typ byte, n int) int {
	switch typ {
	case clientHello, serverHello:
		if n <= maxHello {
			return n
		}
	case certificate:
		if n <= maxChain {
			return n
		}
	case serverKeyExchange:
		return min(n, 3)
	}
	return 0
}

// assembler puts the messages of one direction together out of pieces.
type assembler struct {
	buf  []byte // header and the wanted part of a message that is not complete
	skip int    // unwanted bytes of the last message still to come
}

// feed takes the next bytes and gives each message as soon as its wanted part is
// there. The body is valid during the call only.
func (m *assembler) feed(part []byte, give func(typ byte, n int, body []byte)) {
	for len(part) > 0 {
		if m.skip > 0 {
			n := min(m.skip, len(part))
			m.skip -= n
			part = part[n:]
			continue
		}
		head := m.buf
		if len(head) == 0 {
			head = part
		}
		if len(head) >= 4 {
			typ, n := head[0], int(head[1])<<16|int(head[2])<<8|int(head[3])
			want := 4 + wanted(typ, n)
			if len(m.buf) == 0 && len(part) >= want {
				give(typ, n, part[4:want])
				part, m.skip = part[want:], 4+n-want
				continue
			}
			part = m.collect(part, want)
			if len(m.buf) == want {
				give(typ, n, m.buf[4:want])
				m.buf, m.skip = m.buf[:0], 4+n-want
			}
			continue
		}
		part = m.collect(part, 4)
		m.bare(give)
	}
}

// bare gives a message of which only the header is wanted.
func (m *assembler) bare(give func(typ byte, n int, body []byte)) {
	if len(m.buf) != 4 {
		return
	}
	typ, n := m.buf[0], int(m.buf[1])<<16|int(m.buf[2])<<8|int(m.buf[3])
	if wanted(typ, n) == 0 {
		give(typ, n, nil)
		m.buf, m.skip = m.buf[:0], n
	}
}

// collect moves bytes into the buffer until it has want.
func (m *assembler) collect(part []byte, want int) []byte {
	n := min(want-len(m.buf), len(part))
	if cap(m.buf) < len(m.buf)+n {
		grown := make([]byte, len(m.buf), min(want, max(2*cap(m.buf), len(m.buf)+n, 256)))
		copy(grown, m.buf)
		m.buf = grown
	}
	m.buf = append(m.buf, part[:n]...)
	return part[n:]
}
