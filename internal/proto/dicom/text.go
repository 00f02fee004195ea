package dicom

import (
	"bytes"

	"lazaret/internal/charset"
	"lazaret/internal/vendordb"
)

// isUID reports whether v is made of digits and dots (PS3.5 9.1).
func isUID(v []byte) bool {
	for _, c := range v {
		if c != '.' && (c < '0' || c > '9') {
			return false
		}
	}
	return len(v) > 0 && len(v) <= 64
}

// memo remembers values of the last data set: a machine says the same of itself
// in every object, and one copy of it is enough. It is bounded by its slots, each of at most maxValue bytes.
type memo struct {
	texts       [len(attributes)]cleaned
	creators    [8]string
	software    []string
	softwareRaw []byte
	softwareSet charset.Set
	patient     hashed
	study       hashed
	accession   hashed
}

// cleaned is a value, its character set and the text made of it.
type cleaned struct {
	raw  []byte
	set  charset.Set
	text string
}

// hashed is a value and its pseudonym.
type hashed struct {
	value []byte
	hash  string
}

// text enters a text of at most n characters unless there is one. last is what
// was made of the last such value.
func (a *analyzer) text(to *string, last *cleaned, r *reader, v []byte, n int) {
	if *to != "" {
		return
	}
	if v = charset.Trim(v); last.set != r.charset || !bytes.Equal(v, last.raw) {
		last.raw, last.set = append(last.raw[:0], v...), r.charset
		last.text = r.charset.Clean(v, n)
	}
	*to = last.text
}

// pseudonym enters the keyed hash of a value unless there is one.
func (a *analyzer) pseudonym(to *string, kind string, last *hashed, v []byte) {
	v = charset.Trim(v)
	if *to != "" || len(v) == 0 {
		return
	}
	if last.hash == "" || !bytes.Equal(v, last.value) {
		last.value = append(last.value[:0], v...)
		last.hash = a.f.Pseudonym(kind, v)
	}
	*to = last.hash
}

// instance enters the SOP instance UID: its hash, and the root of its maker.
func (a *analyzer) instance(rec *Operation, v []byte) {
	if rec.SOPInstance != "" || len(v) > maxValue {
		return
	}
	rec.SOPInstance = a.f.Pseudonym("instance", v)
	if !isUID(v) {
		return
	}
	if root, ok := vendordb.UIDRoot(string(v)); ok {
		rec.InstanceRoot = root.Prefix
	}
}
