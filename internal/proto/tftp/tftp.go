// Package tftp understands TFTP (RFC 1350) with its options (RFC 2347, RFC 2348, RFC
// 2349): who asks whom for which file, and whether it came. The log tftp is ours: one
// record for each request.
//
// A server answers from a port of its own, so request and transfer are two
// conversations. Each tells what it saw, and the joiner, which sees the records of all
// workers in the order of packets, puts them together by the client's address and
// port and the server's address. A transfer without a request is not told.
//
// It refuses to keep contents: data is counted. Names of files are kept, for they are
// those of boot files and configurations and often name the device; but the name of a
// document or an image, which may be a patient's, leaves only as a keyed mark.
//
// The first datagram decides: a request, or the first data, acknowledgement, option
// acknowledgement or error of a transfer, each with its exact form. Nothing of a
// datagram is kept but bounded texts; the joiner holds at most maxOpen requests, for
// at most maxWait.
package tftp

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares TFTP.
var Spec = proto.Spec{
	Name:       "tftp",
	Doc:        "TFTP: requests for files and what became of them",
	Transports: proto.UDP,
	Ports:      []uint16{69},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f, size: blockSize} },
	Records:    []*event.Schema{Schema, TransferSchema},
	NewJoiner:  func(emit func(event.Record)) proto.Joiner { return newJoiner(emit) },
}

// Operations (RFC 1350 5, RFC 2347).
const (
	opRead  = 1
	opWrite = 2
	opData  = 3
	opAck   = 4
	opError = 5
	opOAck  = 6
)

const (
	blockSize  = 512 // bytes of data of a datagram, if not negotiated
	maxText    = 128 // bytes of one text in a record
	maxOptions = 8   // options in a record
)

// Record is one request and what became of it.
type Record struct {
	Operation string      `log:"operation,always" doc:"read or write"`
	File      string      `log:"file" doc:"Name of the file; of a document or an image a keyed mark" class:"pseudo"`
	Mode      string      `log:"mode" doc:"octet, netascii or mail"`
	Options   []string    `log:"options" doc:"Options asked for"`
	BlockSize event.Count `log:"block_size" doc:"Size of a block of the transfer, bytes"`
	Bytes     uint64      `log:"bytes" doc:"Bytes of data seen, once each"`
	Answered  bool        `log:"answered,always" doc:"The server sent data, acknowledged or refused"`
	Complete  bool        `log:"complete,always" doc:"The last block was seen"`
	Error     string      `log:"error" doc:"Why it failed"`
	Message   string      `log:"error_msg" doc:"What was said of it, if it names no file"`
}

// Schema declares the log tftp.
var Schema = event.NewSchema[Record]("tftp", "TFTP: one record for each request")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Transfer is what the other conversation tells; it is an ingredient and is not
// logged.
type Transfer struct {
	FromOrig  bool // the server is who opened the conversation
	BlockSize int
	Bytes     uint64
	Complete  bool
	Error     string
	Message   string
}

// TransferSchema declares the ingredient.
var TransferSchema = event.NewSchema[Transfer]("tftp_transfer", "One TFTP transfer, an ingredient of the tftp log")

// Schema implements event.Payload.
func (*Transfer) Schema() *event.Schema { return TransferSchema }

// failures are the codes of errors (RFC 1350 5, RFC 2347).
var failures = [...]string{"not defined", "file not found", "access violation", "disk full", "illegal operation", "unknown transfer id",
	"file already exists", "no such user", "option refused"}

// probe recognises the first datagram of a request or of a transfer.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) < 4 || b[0] != 0 {
		return proto.No
	}
	ok := false
	switch b[1] {
	case opRead, opWrite:
		_, ok = parseRequest(b)
	case opData:
		ok = b[2] == 0 && b[3] == 1 && len(b) <= 4+65464 && !advertisement(b)
	case opAck:
		ok = len(b) == 4 && b[2] == 0 && b[3] == 0
	case opError:
		_, _, ok = parseError(b)
	case opOAck:
		var n int
		n, ok = pairs(b[2:], nil)
		ok = ok && n > 0
	}
	if ok {
		return proto.Yes
	}
	return proto.No
}

// advertisement recognises HSRP's, of sixteen bytes, which begins like a first block
// of data: operation 3, type 1, and a length that counts from the type or from the
// state.
func advertisement(b []byte) bool {
	return len(b) == 16 && b[4] == 0 && (b[5] == 10 || b[5] == 14)
}

// request is a request taken apart.
type request struct {
	file, mode string
	options    []string
}

// parseRequest reads a name, a mode and options, each ended by a zero.
func parseRequest(b []byte) (r request, ok bool) {
	name, rest, ok := bytes.Cut(b[2:], []byte{0})
	if !ok || len(name) == 0 || len(name) > 255 || !printable(name) {
		return r, false
	}
	mode, rest, ok := bytes.Cut(rest, []byte{0})
	if !ok || len(mode) > 8 {
		return r, false
	}
	r.file, r.mode = string(name), strings.ToLower(string(mode))
	if r.mode != "octet" && r.mode != "netascii" && r.mode != "mail" {
		return r, false
	}
	_, ok = pairs(rest, func(k, v string) {
		if len(r.options) < maxOptions {
			r.options = append(r.options, k+"="+v)
		}
	})
	return r, ok
}

// pairs reads options and their values (RFC 2347).
func pairs(b []byte, f func(k, v string)) (n int, ok bool) {
	for len(b) > 0 {
		k, rest, ok := bytes.Cut(b, []byte{0})
		if !ok || len(k) == 0 || len(k) > 32 || !printable(k) {
			return n, false
		}
		v, rest, ok := bytes.Cut(rest, []byte{0})
		if !ok || len(v) > 64 || !printable(v) {
			return n, false
		}
		if f != nil {
			f(strings.ToLower(string(k)), string(v))
		}
		b = rest
		n++
	}
	return n, true
}

// parseError reads a code and a text that ends with the datagram.
func parseError(b []byte) (code int, msg string, ok bool) {
	code = int(binary.BigEndian.Uint16(b[2:]))
	if code >= len(failures) || len(b) < 5 || b[len(b)-1] != 0 || !printable(b[4:len(b)-1]) {
		return 0, "", false
	}
	return code, string(b[4:min(len(b)-1, 4+maxText)]), true
}

func printable(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' || c == 0x7f })
}

// documents are the extensions of what may be a patient's, in order.
var documents = []string{"bmp", "csv", "dcm", "doc", "docx", "hl7", "jpeg", "jpg", "pdf", "png", "rtf", "tif", "tiff", "xls", "xlsx"}

// fileName keeps the folders, and the name if it is no document's.
func fileName(f proto.Flow, path string) string {
	i := strings.LastIndexAny(path, `/\`) + 1
	dir, base := path[:i], path[i:]
	ext := strings.ToLower(base[strings.LastIndexByte(base, '.')+1:])
	_, doc := slices.BinarySearch(documents, ext)
	switch {
	case doc:
		base = f.Pseudonym("file", []byte(base))[:16] + "." + ext
	case strings.Contains(base, "^"):
		base = f.Pseudonym("file", []byte(base))[:16]
	}
	path = dir + base
	return path[max(0, len(path)-maxText):]
}

type analyzer struct {
	f       proto.Flow
	began   event.Time
	server  proto.Dir
	active  bool // a transfer is under way
	size    int
	next    uint16 // block that comes next
	bytes   uint64
	decided bool
	name    string // of the file, of a request in this conversation
	pieces  proto.Pieces
	top     int64 // highest block of the transfer so far
}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) < 4 || b[0] != 0 {
		return &proto.Error{Code: "bad_operation"}
	}
	if op := b[1]; op != opRead && op != opWrite && !a.active {
		a.begin(d)
	}
	switch b[1] {
	case opRead, opWrite:
		return a.request(d, b)
	case opData:
		a.piece(d, binary.BigEndian.Uint16(b[2:]), b[4:])
		a.data(binary.BigEndian.Uint16(b[2:]), len(b)-4)
	case opAck:
	case opOAck:
		_, ok := pairs(b[2:], func(k, v string) {
			if n, err := strconv.Atoi(v); k == "blksize" && err == nil && n >= 8 && n <= 65464 {
				a.size = n
			}
		})
		if !ok {
			return &proto.Error{Code: "bad_options", Offset: 2}
		}
	case opError:
		code, msg, ok := parseError(b)
		if !ok {
			return &proto.Error{Code: "bad_error", Offset: 2}
		}
		if strings.ContainsAny(strings.TrimRight(msg, "."), `/\.^`) {
			msg = "" // it may repeat the name of a file
		}
		a.end(false, failures[code], msg)
	default:
		return &proto.Error{Code: "bad_operation"}
	}
	return nil
}

// request emits what is asked for; the joiner completes it.
func (a *analyzer) request(d proto.Dir, b []byte) error {
	r, ok := parseRequest(b)
	if !ok {
		return &proto.Error{Code: "bad_request", Offset: 2}
	}
	a.server, a.decided = d.Other(), true
	word := "read"
	if b[1] == opWrite {
		word = "write"
	}
	a.name = fileName(a.f, r.file)
	a.f.Emit(a.f.Now(), &Record{Operation: word, File: a.name, Mode: r.mode, Options: r.options})
	client := a.f.Conn().Orig
	if d == proto.Resp {
		client = a.f.Conn().Resp
	}
	// The server answers from another port (RFC 1350 4).
	a.f.Expect(proto.Expectation{At: client, UDP: true, Name: Spec.Name, About: proto.About{Carrier: Spec.Name, Name: a.name, Verb: word}})
	return nil
}

// piece gives a block to whoever keeps files. Numbers of blocks start again after
// 65,535; blocks may come again and, in a window (RFC 7440), out of order.
func (a *analyzer) piece(d proto.Dir, block uint16, b []byte) {
	if a.top == 0 {
		if a.name == "" {
			a.name = a.f.About().Name
		}
		a.pieces = a.f.Store(&proto.File{Source: "TFTP", Name: a.name, Sender: d, Size: -1})
	}
	n := a.top + int64(int16(block-uint16(a.top)))
	a.top = max(a.top, n, 1)
	if n < 1 || a.pieces == nil {
		return
	}
	off := (n - 1) * int64(a.size)
	a.pieces.At(off, b)
	if len(b) < a.size {
		a.pieces.Sized(off + int64(len(b)))
	}
}

// begin starts a transfer: who answers first is the server, unless the request was
// in the same conversation.
func (a *analyzer) begin(d proto.Dir) {
	if !a.decided {
		a.server, a.decided = d, true
	}
	a.active, a.began, a.next, a.bytes = true, a.f.Now(), 1, 0
}

// data counts a block that is new; a short one is the last.
func (a *analyzer) data(block uint16, n int) {
	if block != a.next {
		return // repeated, or one before it was lost
	}
	a.next++
	a.bytes += uint64(n)
	if n < a.size {
		a.end(true, "", "")
	}
}

// end tells what became of the transfer.
func (a *analyzer) end(complete bool, failure, msg string) {
	if !a.active {
		return
	}
	a.active = false
	if a.pieces != nil {
		a.pieces.Close(complete)
	}
	a.pieces, a.top, a.name = nil, 0, ""
	a.f.Emit(a.began, &Transfer{FromOrig: a.server == proto.Orig, BlockSize: a.size, Bytes: a.bytes, Complete: complete, Error: failure, Message: msg})
	a.size = blockSize
}

// Close implements proto.Datagram.
func (a *analyzer) Close() { a.end(false, "", "") }
