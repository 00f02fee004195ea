package dicom

import (
	"encoding/binary"

	"lazaret/internal/proto"
)

// PDU types (PS3.8 9.3.1).
const (
	pduAssocRQ   = 1
	pduAssocAC   = 2
	pduAssocRJ   = 3
	pduData      = 4
	pduReleaseRQ = 5
	pduReleaseRP = 6
	pduAbort     = 7
)

const (
	pduHeader = 6
	// assocFixed is what follows the header of A-ASSOCIATE-RQ and -AC up to the
	// items: version, reserved, two AE titles, reserved (PS3.8 tables 9-11, 9-17).
	assocFixed = 68
	// maxAssoc is the longest association PDU that a search believes in.
	maxAssoc = 1 << 20
	// maxData is the longest P-DATA-TF that a search believes in. A PDU met
	// where one is due may be longer.
	maxData = 64 << 20
	// borderMax is the most bytes that border asks for.
	borderMax = pduHeader + assocFixed + 4 + 4
)

// probe recognises DICOM by the first bytes of a direction, which may be the
// start of an association or any PDU of it.
func probe(d proto.Dir, head []byte) proto.Match {
	m, _ := border(head, maxData)
	return m
}

// border tells whether b begins with a PDU, strictly: the type, the reserved
// byte, a sane length, and the structure of that type. Maybe comes with the
// number of bytes wanted; more bytes never change a Yes or a No. limit is the
// longest P-DATA-TF to believe in.
func border(b []byte, limit int) (proto.Match, int) {
	if len(b) < 1 {
		return proto.Maybe, 2
	}
	if b[0] < pduAssocRQ || b[0] > pduAbort {
		return proto.No, 0
	}
	if len(b) < 2 {
		return proto.Maybe, 2
	}
	if b[1] != 0 {
		return proto.No, 0
	}
	if len(b) < pduHeader {
		return proto.Maybe, pduHeader
	}
	n := int(binary.BigEndian.Uint32(b[2:]))
	switch b[0] {
	case pduAssocRQ, pduAssocAC:
		if n < assocFixed || n > maxAssoc {
			return proto.No, 0
		}
		return assocBorder(b)
	case pduData:
		if n < 6 || n > limit {
			return proto.No, 0
		}
		return dataBorder(b, n)
	}
	if n != 4 {
		return proto.No, 0
	}
	if len(b) < 10 {
		return proto.Maybe, 10
	}
	return shortBorder(b[0], b[6:10]), 0
}

// shortBorder checks the four bytes of the PDUs of fixed length (PS3.8 9.3.4 and
// 9.3.6 to 9.3.8).
func shortBorder(kind byte, b []byte) proto.Match {
	ok := false
	switch kind {
	case pduAssocRJ:
		ok = b[0] == 0 && b[1] >= 1 && b[1] <= 2 && b[2] >= 1 && b[2] <= 3 && b[3] >= 1 && b[3] <= 10
	case pduReleaseRQ, pduReleaseRP:
		ok = b[0]|b[1]|b[2]|b[3] == 0
	case pduAbort:
		ok = b[0]|b[1] == 0 && b[2] <= 2 && b[3] <= 6
	}
	if ok {
		return proto.Yes
	}
	return proto.No
}

// assocBorder checks version, AE titles and the first item of A-ASSOCIATE-RQ and
// -AC. The titles of an AC are not significant (PS3.8 table 9-17).
func assocBorder(b []byte) (proto.Match, int) {
	// Every step decides with exactly the bytes that the one before asked for,
	// so that the answer does not depend on how the stream was cut.
	if len(b) < 10 {
		return proto.Maybe, 10
	}
	if b[6] != 0 || b[7]&1 == 0 {
		return proto.No, 0
	}
	if len(b) < 42 {
		return proto.Maybe, 42
	}
	if b[0] == pduAssocRQ && !titles(b[10:42]) {
		return proto.No, 0
	}
	if len(b) < borderMax {
		return proto.Maybe, borderMax
	}
	item := b[pduHeader+assocFixed:]
	left := int(binary.BigEndian.Uint32(b[2:])) - assocFixed
	n := int(binary.BigEndian.Uint16(item[2:]))
	if item[1] != 0 || n+4 > left {
		return proto.No, 0
	}
	switch item[0] {
	case itemApplication:
		// Every application context name begins with "1.".
		if n < 3 || n > 64 || item[4] < '0' || item[4] > '2' || item[5] != '.' {
			return proto.No, 0
		}
	case itemContextRQ, itemContextAC:
		if n < 8 || item[4]&1 == 0 || item[5] != 0 {
			return proto.No, 0
		}
	case itemUser:
		if n < 8 || item[4] < subMaxLength || item[4] > subIdentityAC || item[5] != 0 {
			return proto.No, 0
		}
	default:
		return proto.No, 0
	}
	return proto.Yes, 0
}

// titles reports whether b may be the beginning of two AE titles: text without
// control characters, padded with spaces or, against the standard, zeros.
func titles(b []byte) bool {
	if len(b) > 0 && b[0] == 0 {
		return false
	}
	for _, c := range b {
		if c != 0 && c < 0x20 || c == 0x7f {
			return false
		}
	}
	return true
}

// dataBorder checks the first PDV of a P-DATA-TF of n bytes (PS3.8 9.3.5, E.2).
// A PDV that fills its PDU to the byte is proof enough; one that shares it must
// begin a command set.
func dataBorder(b []byte, n int) (proto.Match, int) {
	const head = pduHeader + 6
	if len(b) < head {
		return proto.Maybe, head
	}
	v := int(binary.BigEndian.Uint32(b[6:]))
	if v < 2 || v > n-4 || b[10]&1 == 0 || b[11] > 3 {
		return proto.No, 0
	}
	if b[11]&1 == 0 || v < 10 {
		if v == n-4 {
			return proto.Yes, 0
		}
		return proto.No, 0
	}
	if len(b) < head+8 {
		return proto.Maybe, head + 8
	}
	if commandStart(b[head:]) || v == n-4 {
		return proto.Yes, 0
	}
	return proto.No, 0
}

// commandStart reports whether b begins a command set: the group length, or the
// affected SOP class where a sender leaves that out (PS3.7 6.3.1).
func commandStart(b []byte) bool {
	if len(b) < 8 || b[0]|b[1]|b[3]|b[5]|b[6]|b[7] != 0 {
		return false
	}
	return b[2] == 0 && b[4] == 4 || b[2] == 2 && b[4] <= 64
}
