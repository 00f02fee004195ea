// Package rpcdb holds the names of remote procedure calls: of interfaces and their
// operations, of COM classes that are activated over the network, and of return
// values and faults.
//
// Every table is CSV in data/ with a comment head (source, licence, date), so that
// one line more is one entry more. Interfaces and operations have the names that
// Zeek's dce_rpc log writes, because people's tools know them; where the
// specification and that log part, and for interfaces that it does not know, the
// names of the interface definitions stand here without their prefix for the
// server's side.
//
// The package refuses to guess: an interface, an operation or a code without a line
// has no name. It reads no traffic and keeps nothing of what it is asked.
//
// Tables are read once, on the first question, and are immutable afterwards; all
// functions may be called by any goroutine and allocate nothing. What they return
// lives as long as the program.
//
// Standards: C706 (appendix A identities, appendices N to Q), the MS- documents that
// the source column names, MS-ERREF for codes.
package rpcdb

import (
	"encoding/hex"
	"strconv"
)

// UUID is an identity of an interface or a class in the order in which it is
// written.
type UUID [16]byte

// String is the usual form in lower case.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	b[8] = '-'
	hex.Encode(b[9:13], u[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], u[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], u[8:10])
	b[23] = '-'
	hex.Encode(b[24:36], u[10:16])
	return string(b[:])
}

// ParseUUID reads the usual form.
func ParseUUID(s string) (u UUID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, false
	}
	_, err := hex.Decode(u[:], []byte(s[0:8]+s[9:13]+s[14:18]+s[19:23]+s[24:36]))
	return u, err == nil
}

// Kind is the kind of a return value.
type Kind string

// The kinds: Win32 error codes, NT status codes, COM results, and those of RPC
// itself, which faults have too. An interface whose operations do not end with a
// value of one kind has none.
const (
	None    Kind = ""
	Win32   Kind = "win32"
	NT      Kind = "nt"
	HResult Kind = "hresult"
	RPC     Kind = "rpc"
)

// Interface is what is known of one.
type Interface struct {
	UUID    UUID
	Text    string // the identity as text
	Name    string // of the endpoint
	Version string // as published, empty if it is not
	Result  Kind   // of the value that ends each answer
	ops     []string
}

// Operation is the name of an operation, empty if it has none.
func (i *Interface) Operation(opnum uint16) string {
	if int(opnum) < len(i.ops) {
		return i.ops[opnum]
	}
	return ""
}

// Lookup finds an interface; nil if it has no line.
func Lookup(u UUID) *Interface { return tables().interfaces[u] }

// ByPipe finds the interface that is spoken over a pipe, by the pipe's name without
// its path, in lower case: only for pipes that serve one.
func ByPipe(name string) *Interface { return tables().pipes[name] }

// Class is the name of a COM class, empty if it has none.
func Class(u UUID) string { return tables().classes[u] }

// Outcome says what a return value means for who asked.
type Outcome string

// The outcomes.
const (
	Accepted Outcome = "accepted" // the call did what was asked
	Refused  Outcome = "refused"  // for lack of rights
	Failed   Outcome = "failed"   // for another reason
)

// Status gives the name of a code and what it means. A code without a name is
// written in hex; whether it is a success then follows from its kind.
func Status(k Kind, code uint32) (name string, o Outcome) {
	if code == 0 {
		return "ok", Accepted
	}
	s, known := tables().statuses[statusKey{k, code}]
	if !known {
		s.name = "0x" + strconv.FormatUint(uint64(code)|1<<32, 16)[1:]
	}
	switch {
	case s.means == "refused":
		return s.name, Refused
	case s.means == "ok", (k == NT || k == HResult) && code < 1<<31:
		return s.name, Accepted
	}
	return s.name, Failed
}
