// Package ntp understands the Network Time Protocol, versions 1 to 4 (RFC 5905,
// RFC 1305), its control messages (mode 6, RFC 9327) and the private messages of
// the reference implementation (mode 7).
//
// Each message that carries time is one record of Zeek's ntp log, with Zeek's
// fields and values. Control and private messages of a conversation are one
// record of the log ntp_control: what was asked, how much came back for it (the
// list of recent peers is a known means of amplifying attacks), and what the
// server says of its software and system.
//
// It refuses to put together control answers of several datagrams, to verify or
// to keep digests and cookies, and to guess the era of a time stamp: like Zeek it
// counts from 1900 without wrapping. What is not a message by its length, its
// mode and its ranges is not taken for one, because the head of a message has no
// magic number. The bytes belong to the sensor; records own what they hold.
package ntp

import (
	"bytes"
	"encoding/binary"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Lengths and bounds.
const (
	headerLen  = 48 // RFC 5905 7.3
	controlLen = 12 // RFC 9327 2
	privateLen = 8
	maxCodes   = 16  // distinct requests in a record
	maxText    = 128 // bytes of a variable's value
	mostRoot   = 64  // seconds of root delay and dispersion that the probe believes
)

// Modes (RFC 5905 7.3, figure 10).
const (
	modeActive    = 1
	modeClient    = 3
	modeServer    = 4
	modeBroadcast = 5
	modeControl   = 6
	modePrivate   = 7
)

// Spec declares the protocol.
var Spec = proto.Spec{
	Name:       "ntp",
	Doc:        "Network Time Protocol with its control messages",
	Transports: proto.UDP,
	Ports:      []uint16{123},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{flow: f} },
	Records:    []*event.Schema{Schema, ControlSchema},
}

// probe accepts one datagram whose length and ranges are those of a message.
func probe(_ proto.Dir, head []byte) proto.Match {
	if len(head) < privateLen {
		return proto.No
	}
	version, mode := head[0]>>3&7, head[0]&7
	if version < 1 || version > 4 {
		return proto.No
	}
	ok := false
	switch {
	case mode == modeControl:
		ok = plausibleControl(head)
	case mode == modePrivate:
		ok = plausiblePrivate(head)
	case mode >= modeActive && mode <= modeBroadcast && len(head) >= headerLen:
		ok = plausible(head)
	}
	if ok {
		return proto.Yes
	}
	return proto.No
}

// plausible judges a message with time (RFC 5905 7.3). Clients that tell nothing of
// themselves write a precision of 32.
func plausible(b []byte) bool {
	stratum, poll, precision := b[1], int8(b[2]), int8(b[3])
	if stratum > 16 || poll < -6 || poll > 17 || precision < -40 || precision > 0 && (precision > 32 || b[0]&7 != modeClient) {
		return false
	}
	if binary.BigEndian.Uint16(b[4:]) >= mostRoot || binary.BigEndian.Uint16(b[8:]) >= mostRoot {
		return false
	}
	_, rest, ok := extensions(b[headerLen:])
	if !ok {
		return false
	}
	switch len(rest) {
	case 0, 4, 20, 24, 32, 36, 52, 68: // none, crypto-NAK, key and digest of 16 to 64 bytes
		return true
	}
	return false
}

// extensions counts the extension fields (RFC 7822) and returns what is behind
// them, a message authentication code or nothing.
func extensions(b []byte) (n int, rest []byte, ok bool) {
	for len(b) > 24 {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if size < 16 || size%4 != 0 || size > len(b) {
			return n, b, n == 0 && (len(b) == 32 || len(b) == 36 || len(b) == 52 || len(b) == 68)
		}
		n++
		b = b[size:]
	}
	return n, b, true
}

// plausibleControl judges a control message (RFC 9327 2): the data are as long
// as their count says, filled up to four bytes, and perhaps authenticated.
func plausibleControl(b []byte) bool {
	if len(b) < controlLen || b[0]>>6 != 0 && b[1]&0x80 == 0 {
		return false
	}
	if code := b[1] & 0x1f; code == 0 || code > 12 && code != 31 {
		return false
	}
	count := int(binary.BigEndian.Uint16(b[10:]))
	rest := len(b) - controlLen - (count+3)&^3
	if rest != 0 && rest != 20 && rest != 24 && (count == 0 || rest != count-(count+3)&^3) {
		return false
	}
	if b[1]&0x80 == 0 {
		return b[1]&0x60 == 0 && binary.BigEndian.Uint32(b[8:])>>16 == 0 // no error, no more, no offset
	}
	data := b[controlLen:min(controlLen+count, len(b))]
	text := b[1]&0x1f != 2 || bytes.IndexFunc(data, func(r rune) bool { return r < ' ' && r != '\r' && r != '\n' && r != '\t' }) < 0
	return text
}

// plausiblePrivate judges a private message of the reference implementation.
func plausiblePrivate(b []byte) bool {
	if len(b) < privateLen || b[2] > 3 || b[2] == 1 || b[3] > 46 {
		return false
	}
	items, size := int(binary.BigEndian.Uint16(b[4:])&0xfff), int(binary.BigEndian.Uint16(b[6:])&0xfff)
	if b[0]&0x80 == 0 { // a request
		return b[1]&0x7f == 0 && b[0]&0x40 == 0 && b[4]>>4 == 0 && items*size <= len(b)-privateLen && (len(b) == 8 || len(b) >= 40)
	}
	return privateLen+items*size == len(b) || items == 0
}
