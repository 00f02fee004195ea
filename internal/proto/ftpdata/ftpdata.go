// Package ftpdata takes the data conversations of FTP (RFC 959 3.2): each carries one
// file or one listing, and nothing but its bytes.
//
// They cannot be recognised by their content. The control conversation announces them,
// passive and active, and says which file by which command moves next; what is not
// announced stays unknown. The bytes go to whoever keeps files, as they come; TLS on a
// data conversation whose control asked for it is never announced, because the control
// is closed to us then.
//
// It refuses to look into the content, and listings are files like others. ASCII and
// image type are not told apart: the bytes are those on the wire (RFC 959 3.1.1.1).
//
// Memory: nothing of its own; the keeper of files bounds what is kept. Lost bytes are
// told to it with their place.
package ftpdata

import (
	"lazaret/internal/proto"
)

// Spec declares FTP's data conversations. The name is Zeek's.
var Spec = proto.Spec{
	Name:       "ftp-data",
	Doc:        "FTP data conversations, as their control announced them",
	Transports: proto.TCP,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
}

type analyzer struct {
	f      proto.Flow
	pieces proto.Pieces
	begun  bool
	sender proto.Dir
	off    int64
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	a.begin(d)
	if d == a.sender && a.pieces != nil {
		a.pieces.At(a.off, b)
	}
	if d == a.sender {
		a.off += int64(len(b))
	}
	return proto.Progress{Done: len(b)}, nil
}

// begin opens the file with the first byte: only one side sends.
func (a *analyzer) begin(d proto.Dir) {
	if a.begun {
		return
	}
	a.begun, a.sender = true, d
	about := a.f.About()
	a.pieces = a.f.Store(&proto.File{Source: "FTP_DATA", Name: about.Name, User: about.User, Sender: d, Size: -1})
}

// Gap implements proto.Analyzer.
func (a *analyzer) Gap(d proto.Dir, n int) bool {
	a.begin(d)
	if d == a.sender {
		if a.pieces != nil {
			a.pieces.Missing(a.off, int64(n))
		}
		a.off += int64(n)
	}
	return true
}

// End implements proto.Analyzer: the end of the conversation is that of the file
// (RFC 959 3.4.1).
func (a *analyzer) End(d proto.Dir) {
	if d == a.sender && a.pieces != nil {
		a.pieces.Close(true)
		a.pieces = nil
	}
}
