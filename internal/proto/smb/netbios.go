package smb

import (
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
	_, _, called := charset.NetBIOSName(b[frameLen:])
	_, _, calling := charset.NetBIOSName(b[frameLen+nameLen:])
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
	if name, _, ok := charset.NetBIOSName(b[frameLen:]); ok && name != "*SMBSERVER" {
		a.rec.Called = name
	}
	if name, _, ok := charset.NetBIOSName(b[frameLen+nameLen:]); ok {
		a.rec.Calling = name
	}
	return proto.Progress{Done: frameLen + n}, nil
}
