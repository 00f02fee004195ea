// Package hl7 understands HL7 version 2 messages and the minimal lower layer
// protocol that frames them (HL7 v2.9 chapters 2, 3, 4, 7 and 9; MLLP release 1
// and 2), in any delimiters, from either side of a connection, alone or in
// batches, and pairs each message with its acknowledgement.
//
// It reads headers, visit location, order section, equipment and document type:
// what tells which system says what to which. It refuses to read people. Of the
// patient only the first identifier leaves, and only as a keyed hash; coded
// values must look like codes and segment names must be known ones, so that a
// broken message cannot push a name into a technical field. Observation values
// are passed over.
//
// HL7 has no lengths, so the bytes are walked as they come, and none are left in
// the stream. A segment that came whole is read where it lies; of one that came
// in parts a side keeps the fields it wants in a buffer of at most maxScratch
// bytes. That buffer and all that is known of a message lie in a room which a
// side has only from the header to the end of a message, so that a quiet
// conversation holds two hundred bytes and the messages that wait for an
// acknowledgement, which are bounded in number, age and size. Records belong to
// the sensor once emitted.
package hl7

import (
	"bytes"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares HL7 v2 over MLLP.
var Spec = proto.Spec{
	Name:       "hl7",
	Doc:        "HL7 v2 messages over MLLP or bare TCP, paired with their acknowledgements",
	Transports: proto.TCP,
	Ports:      []uint16{2575, 6661, 6662, 5600, 2576, 3600, 6000, 7777, 9000},
	Probe:      probe,
	New:        func(f proto.Flow) any { return newAnalyzer(f) },
	Records:    []*event.Schema{MessageSchema},
	Budget:     4096,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxField    = 1024      // bytes kept of one field
	maxScratch  = 16 << 10  // bytes kept of one segment
	maxValue    = 199       // bytes of one text in a record (the longest MSH-10 of v2.9)
	maxRepeats  = 16        // distinct values of a repeating field in a record
	maxSegments = 64        // distinct segment names in a record
	maxPatients = 64        // further patients in a record
	maxWaiting  = 256       // messages of one direction that wait for their acknowledgement
	maxWaitSize = 256 << 10 // estimated bytes of those messages
	maxEarly    = 64        // acknowledgements of one direction that wait for their message
	maxRecent   = 32        // control ids of acknowledgements that may be acknowledged themselves
	maxStray    = 64 << 10  // bytes outside of messages before the flow is given up
	maxWait     = event.Interval(300e9)
)

// blockStart and blockEnd frame a message (MLLP release 1, section 2).
const (
	blockStart = 0x0b
	blockEnd   = 0x1c
	cr         = '\r'
	lf         = '\n'
)

// probe recognises a message header from either side, after at most probeStray
// bytes of left-over framing, or inside a stream that was picked up in the
// middle of a message.
func probe(_ proto.Dir, head []byte) proto.Match {
	const probeStray = 16
	i := 0
	for i < len(head) && i < probeStray && (head[i] == cr || head[i] == lf || head[i] == blockEnd || head[i] == 0) {
		i++
	}
	if i < len(head) && head[i] == blockStart {
		i++
		if m := probeWide(head[i:]); m != proto.No {
			return m
		}
	}
	h := head[i:]
	if len(h) >= 1 && h[0] == 0xef {
		if len(h) < 3 {
			return prefixOf(h, "\xef\xbb\xbf")
		}
		if string(h[:3]) != "\xef\xbb\xbf" {
			return proto.No
		}
		h = h[3:]
	}
	m := header(h)
	if m == proto.No {
		return probeMiddle(head)
	}
	return m
}

// probeWide recognises a header in UTF-16, which is only counted, because such
// messages are rare and forbidden by MLLP.
func probeWide(h []byte) proto.Match {
	m := proto.No
	for _, s := range [...]string{"\xff\xfeM\x00S", "\xfe\xff\x00M\x00S", "M\x00S\x00H", "\x00M\x00S\x00H"} {
		if len(h) >= len(s) && string(h[:len(s)]) == s {
			return proto.Yes
		}
		if len(h) > 0 && prefixOf(h, s) == proto.Maybe {
			m = proto.Maybe
		}
	}
	return m
}

func prefixOf(h []byte, s string) proto.Match {
	if len(h) <= len(s) && string(h) == s[:len(h)] {
		return proto.Maybe
	}
	return proto.No
}

// header matches MSH, FHS or BHS with its delimiters (v2.9 2.5.4): a delimiter,
// one to five different encoding characters, and the delimiter again.
func header(h []byte) proto.Match {
	if len(h) < 3 {
		if prefixOf(h, "MSH") == proto.Maybe || prefixOf(h, "FHS") == proto.Maybe || prefixOf(h, "BHS") == proto.Maybe {
			return proto.Maybe
		}
		return proto.No
	}
	if s := string(h[:3]); s != "MSH" && s != "FHS" && s != "BHS" {
		return proto.No
	}
	if len(h) == 3 {
		return proto.Maybe
	}
	sep := h[3]
	if !delimiter(sep) {
		return proto.No
	}
	for i := 4; i < len(h) && i < 10; i++ {
		c := h[i]
		if c == sep {
			if i >= 6 {
				return proto.Yes
			}
			return proto.No
		}
		if !delimiter(c) {
			return proto.No
		}
		for _, p := range h[4:i] {
			if p == c {
				return proto.No
			}
		}
	}
	if len(h) < 10 {
		return proto.Maybe
	}
	return proto.No
}

// probeMiddle looks for the border of two segments with the usual delimiters: a
// header says yes, another well-known segment keeps the question open. Lines that
// end as those of text protocols do end the search.
func probeMiddle(head []byte) proto.Match {
	m := proto.No
	if len(head) == 1 { // any byte may be the first
		m = proto.Maybe
	}
	ends, starts := hits{c: cr}, hits{c: blockStart}
	for i := 0; ; i++ {
		i = min(ends.from(head, i), starts.from(head, i))
		if i+5 > len(head) {
			return m
		}
		if head[i] == cr && head[i+1] == lf && (i == 0 || head[i-1] != blockEnd) {
			return proto.No
		}
		if head[i+4] != '|' {
			continue
		}
		if header(head[i+1:]) == proto.Yes {
			return proto.Yes
		}
		if _, known := nameIndex([3]byte(head[i+1 : i+4])); known && head[i] == cr {
			m = proto.Maybe
		}
	}
}

// hits walks the places of one byte: all unknown traffic comes by here, and most
// of it has few of them.
type hits struct {
	c    byte
	next int // looked for up to here; the byte is here or this is the end
}

// from is the first place at i or behind it, the length of b if there is none.
// The places asked for grow.
func (h *hits) from(b []byte, i int) int {
	if h.next > i || h.next == i && i < len(b) && b[i] == h.c {
		return h.next
	}
	n := bytes.IndexByte(b[min(i, len(b)):], h.c)
	if h.next = len(b); n >= 0 {
		h.next = i + n
	}
	return h.next
}

// delimiter tells whether c can separate fields or parts of them: a printable
// ASCII character that is neither letter, digit nor space (v2.9 2.5.4).
func delimiter(c byte) bool {
	return c > ' ' && c < 0x7f && !alnum(c)
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
