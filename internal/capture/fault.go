package capture

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// Class is the kind of a Fault.
type Class uint8

// The kinds of faults.
const (
	NotCapture Class = iota // the first bytes are those of no known format
	Empty                   // no bytes at all, or a directory without captures
	Cut                     // the last record is incomplete
	Lie                     // a length or a number contradicts the rest
	Unreadable              // the operating system refuses
	Compressed              // the gzip or zstd stream is broken
	Changed                 // the file changed while it was read
	TooMany                 // a bound of Config was reached
)

var classNames = [...]string{
	"not a capture", "empty", "cut", "inconsistent", "unreadable",
	"broken compression", "changed", "too many",
}

// String is a short name for the summary.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "unknown"
}

// Fault is one thing wrong with one file. A file has at most one Fault per class
// that does not end it, and at most one that does.
type Fault struct {
	File   string
	Offset int64 // position of the first occurrence, in the decompressed bytes
	Class  Class
	Reason string
	Count  uint64 // how often it was met; only faults that do not end the file repeat
	Fatal  bool   // no frame of the file could be used
}

// Error is one line: file, offset and reason. A fault of the whole file has no
// offset.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString(printable(f.File))
	b.WriteString(": ")
	if f.Offset != 0 || !f.Fatal {
		b.WriteString("offset ")
		b.WriteString(strconv.FormatInt(f.Offset, 10))
		b.WriteString(": ")
	}
	b.WriteString(f.Reason)
	if f.Count > 1 {
		b.WriteString(" (and ")
		b.WriteString(strconv.FormatUint(f.Count-1, 10))
		b.WriteString(" more)")
	}
	return b.String()
}

// printable keeps a file name from breaking the line it is printed on.
func printable(name string) string {
	if q := strconv.Quote(name); q[1:len(q)-1] != name {
		return q
	}
	return name
}

// cause is the operating system's reason without the path, which the Fault
// already names.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func unreadable(path string, err error) Fault {
	return Fault{File: path, Class: Unreadable, Reason: cause(err), Count: 1, Fatal: true}
}
