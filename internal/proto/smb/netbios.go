package smb

import (
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/proto"
)

// A session request has two names of 34 bytes each, if they have no scope, which
// nobody uses (RFC 1002 4.3.2).
const (
	nameLen    = 34
	requestLen = 2 * nameLen
)

// probeRequest matches a session request.
func probeRequest(b []byte) proto.Match {
	want := [...]byte{sessionRequest, 0, 0, requestLen, 32}
	for i, c := range b[:min(len(b), len(want))] {
		if c != want[i] {
			return proto.No
		}
	}
	if len(b) < frameLen+requestLen {
		return proto.Maybe
	}
	_, _, called := netbiosName(b[frameLen:])
	_, _, calling := netbiosName(b[frameLen+nameLen:])
	if called && calling {
		return proto.Yes
	}
	return proto.No
}

// request reads the names of a session request: who is called, and who calls.
func (a *analyzer) request(d proto.Dir, b []byte, n int) (proto.Progress, error) {
	if n != requestLen {
		return proto.Progress{Done: frameLen + n}, nil
	}
	if len(b) < frameLen+n {
		return proto.Progress{Need: frameLen + n}, nil
	}
	a.note(d, false)
	if name, _, ok := netbiosName(b[frameLen:]); ok && name != "*SMBSERVER" {
		a.rec.Called = name
	}
	if name, _, ok := netbiosName(b[frameLen+nameLen:]); ok {
		a.rec.Calling = name
	}
	return proto.Progress{Done: frameLen + n}, nil
}

// netbiosName decodes a name without scope (RFC 1001 14.1): half an octet in each
// letter from A to P, fifteen bytes of name and one of type.
func netbiosName(b []byte) (name string, typ byte, ok bool) {
	if len(b) < nameLen || b[0] != 32 || b[33] != 0 {
		return "", 0, false
	}
	var out [16]byte
	for i := range out {
		hi, lo := b[1+2*i]-'A', b[2+2*i]-'A'
		if hi > 15 || lo > 15 {
			return "", 0, false
		}
		out[i] = hi<<4 | lo
	}
	return strings.TrimRight(charset.Plain(out[:15], 15), " "), out[15], true
}
