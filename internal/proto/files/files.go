// Package files puts together the files that move over the network, whatever
// protocol carries them, and tells what they are.
//
// Carriers give pieces by offset, in any order, over one conversation or several of
// the same two hosts; HTTP's entities come as content. Of each file the bytes that
// came in order are hashed as they pass (SHA-256, MD5); pieces that came early wait
// within a bound. A file of which bytes are missing has no hash of the whole: what
// stands before the first hole is hashed as one piece, and behind it every aligned
// piece of 64 KiB that was seen, so that it can still be compared. What content is,
// its own first bytes say (package magic), not its name.
//
// The beginning of each file, and executables up to a bound, are kept in memory until
// their record has left, for the facts of PE files (package pe), the locality
// sensitive hash (package fuzzy), the family of files that are the same but for one
// run (package kinship), and for rules. Nothing is written to disk here. It refuses to
// run or unpack anything, and names of files pass only as their carrier masked them.
//
// Memory: Keeping.Memory for all files of a shard, content, held pieces and state
// together; the file quiet longest is told as far as it came and let go. Standards:
// Zeek's logs files and pe; FIPS 180-4, RFC 1321.
package files

import (
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares the keeper of files and the reader of HTTP's content.
var Spec = proto.Spec{
	Name:       "files",
	Doc:        "Files that other protocols move, put together and named by their content",
	Transports: proto.Files | proto.Content,
	Wants:      wants,
	New:        func(f proto.Flow) any { return &reader{f: f} },
	NewKeeper:  func(k proto.Keeping) proto.Keeper { return &keeper{k: k, named: map[name]*file{}} },
	Records:    []*event.Schema{Schema, PESchema},
	NewJoiner:  func(emit func(event.Record)) proto.Joiner { return newJoiner(emit) },
}

// Bounds of one file.
const (
	pieceLen  = 64 << 10 // of what is hashed piecewise
	maxPieces = 256      // piece hashes in a record
	maxHeld   = 1 << 20  // bytes that wait behind a hole
	maxSpans  = 1024     // runs of bytes seen that are told apart
	maxGaps   = 64       // holes in a record
	maxParts  = 1000     // parts of one multipart content that become files
	maxConns  = 8        // further conversations in a record
	fileCost  = 1 << 10  // of the state of a file, bytes
)
