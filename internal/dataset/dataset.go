// Package dataset reads DICOM data sets (PS3.5) and the heads of DICOM files (PS3.10)
// as far as they tell what a machine is and what it did.
//
// A Reader takes a data set piece by piece, in any standard encoding, and gives the
// values of the wanted elements to a Sink; a File does the same for a file with its
// preamble and meta information. A Memo makes texts and keyed hashes of values and
// enters them into a record, through a Target that says where each belongs.
//
// It refuses to look at images: reading ends before the first element that does not
// matter, and what stands there passes by. It refuses to keep patients: their names
// are no wanted elements, and their identifiers leave as what a Pseudonymizer makes of
// them. Lengths are checked, an item cannot read its neighbour, and what is broken ends
// the reading of this data set alone.
//
// Memory: a Reader holds at most one value of MaxValue bytes and MaxDepth levels, a Memo
// one value for each wanted element. Values given to a Sink are valid during the call.
package dataset

import (
	"lazaret/internal/charset"
	"lazaret/internal/vendordb"
)

// Fault is what is wrong with a data set. The set is closed.
type Fault string

// The faults.
const (
	NoFault    Fault = ""
	BadElement Fault = "bad_element_length"
	Overrun    Fault = "dataset_overrun"
	BadVR      Fault = "bad_vr"
	BadItem    Fault = "bad_item"
	TooDeep    Fault = "too_deep"
	Mismatch   Fault = "transfer_syntax_mismatch"
	BadDeflate Fault = "bad_deflate"
)

// Sink takes the wanted values of a data set.
type Sink interface {
	// Take takes the value of the element r.Tag, valid during the call. False
	// ends the reading.
	Take(r *Reader, v []byte) bool
	// TakeLong notes a wanted element whose value is too long to be looked at.
	TakeLong(r *Reader)
}

// Encoding is how a data set is written (PS3.5 10, A).
type Encoding struct {
	Implicit, Big, Deflated bool
	Sure                    bool // the transfer syntax is a standard one and known
}

// EncodingOf is the encoding of a transfer syntax. That of private and unseen ones is
// guessed from the data.
func EncodingOf(uid string) Encoding {
	switch uid {
	case "1.2.840.10008.1.2":
		return Encoding{Implicit: true, Sure: true}
	case "1.2.840.10008.1.2.2":
		return Encoding{Big: true, Sure: true}
	case "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205":
		return Encoding{Deflated: true, Sure: true}
	}
	e, ok := vendordb.TransferSyntax(uid)
	return Encoding{Sure: ok && e.Type == vendordb.TypeTransferSyntax}
}

// IsUID reports whether v is made of digits and dots, at most 64 (PS3.5 9.1).
func IsUID(v []byte) bool {
	for _, c := range v {
		if c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return len(v) > 0 && len(v) <= 64
}

// take gives a wanted value on, but for the character set, which is the reader's.
func (r *Reader) take(s Sink, v []byte) {
	if r.tag == tagCharset {
		r.charset = charset.Of(v)
		return
	}
	if !s.Take(r, v) {
		r.done = true
	}
}
