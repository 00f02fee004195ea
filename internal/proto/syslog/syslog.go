// Package syslog understands syslog messages over UDP and TCP: the form of RFC
// 3164, that of RFC 5424, that of Cisco's systems, and both framings of streams
// (RFC 6587); and, inside of messages, DICOM audit messages (PS3.15 A.5, the
// payload of IHE ATNA).
//
// A message becomes one record of Zeek's syslog log without Zeek's message: in a
// hospital the text of a message may name patients and hold passwords. Kept are
// who says it (host and application, only from headers that have the form of a
// standard), how grave it is, its size, and a keyed mark by which the same text
// can be told. An audit message becomes a record of its own: the event, who took
// part, on which machine and under which AE title, and the kinds of things
// concerned; patients and studies only as the same keyed hashes that DICOM and
// HL7 records have.
//
// It refuses to read XML with a document type or other entities than the five of
// XML itself, messages longer than maxMessage (their size is recorded) and what
// has no priority: RFC 3164 4.1.1 makes that the mark of a message. The bytes
// belong to the sensor; records own bounded copies.
package syslog

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Bounds of what a message may cost.
const (
	maxMessage = 64 << 10 // bytes of a message that are looked at
	maxName    = 255      // bytes of a host name (RFC 5424 6.2.4)
	maxApp     = 48       // bytes of an application name (RFC 5424 6.2.5)
	maxID      = 48       // bytes of a message identifier; RFC 5424 6.2.7 has 32
	maxCount   = 7        // digits of a message length in a stream
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "syslog",
	Doc:        "Log messages, and DICOM audit messages in them",
	Transports: proto.UDP | proto.TCP,
	Ports:      []uint16{514, 601, 1514, 4000, 5140},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema, AuditSchema},
	Budget:     maxMessage + 16,
}

// probe accepts a priority and text behind it; in a stream a length may stand
// before (RFC 6587 3.4.1).
func probe(_ proto.Dir, head []byte) proto.Match {
	if len(head) > 0 && head[0] >= '1' && head[0] <= '9' {
		n, digits := number(head, maxCount)
		switch {
		case digits == len(head):
			return proto.Maybe
		case head[digits] != ' ' || n < 8:
			return proto.No
		}
		head = head[digits+1:]
		if len(head) == 0 {
			return proto.Maybe
		}
	}
	_, n, ok := priority(head)
	if !ok {
		if n < 0 {
			return proto.Maybe
		}
		return proto.No
	}
	const look = 12
	body := head[n:]
	if len(body) < look {
		for _, c := range body {
			if !printable(c) {
				return proto.No
			}
		}
		if len(body) > 0 && body[len(body)-1] == '\n' && len(body) > 3 {
			return proto.Yes
		}
		return proto.Maybe
	}
	for _, c := range body[:look] {
		if !printable(c) {
			return proto.No
		}
	}
	return proto.Yes
}

func printable(c byte) bool { return c >= ' ' && c != 0x7f || c == '\t' || c == '\n' || c == '\r' }

// number reads at most most decimal digits.
func number(b []byte, most int) (n, digits int) {
	for digits < len(b) && digits < most && b[digits] >= '0' && b[digits] <= '9' {
		n = n*10 + int(b[digits]-'0')
		digits++
	}
	return n, digits
}

// priority reads "<N>", N from 0 to 191 without zeros before it (RFC 5424
// 6.2.1). n is its length, or -1 when b ends inside.
func priority(b []byte) (pri, n int, ok bool) {
	if len(b) == 0 {
		return 0, -1, false
	}
	if b[0] != '<' {
		return 0, 0, false
	}
	pri, digits := number(b[1:], 3)
	switch {
	case 1+digits == len(b) && digits < 3, 1+digits == len(b) && pri <= 191:
		return 0, -1, false
	case 1+digits >= len(b) || digits == 0 || b[1+digits] != '>' || pri > 191 || digits > 1 && b[1] == '0':
		return 0, 0, false
	}
	return pri, digits + 2, true
}
