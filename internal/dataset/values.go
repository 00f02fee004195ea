package dataset

import (
	"bytes"
	"slices"

	"lazaret/internal/charset"
	"lazaret/internal/vendordb"
)

// Field is what a wanted element tells, wherever in the data set it stands.
type Field uint8

// The fields. InstanceRoot comes with Instance: the leading arcs of the SOP instance UID
// up to a known maker's root. The last ones stand in the meta information of files
// (PS3.10 7.1).
const (
	none Field = iota
	Implementation
	SOPClass
	Instance
	InstanceRoot
	Accession
	Modality
	Manufacturer
	Institution
	Station
	Department
	Model
	Patient
	Serial
	DeviceUID
	UDI
	Software
	Study
	Series
	StationAE
	StepStatus
	Creators
	TransferSyntax
	ImplementationName
	SourceAE
	SendingAE
	ReceivingAE
)

// Target is a record that takes what a data set tells.
type Target interface {
	// Text is where a field goes, nil if the record has no place for it. What
	// is there already stays.
	Text(f Field) *string
	// List is the same for Software and Creators.
	List(f Field) *[]string
}

// Pseudonymizer makes keyed hashes of patient data; see proto.Flow.
type Pseudonymizer interface {
	Pseudonym(kind string, value []byte) string
}

// maxEntries bounds the lists that a Target is given.
const maxEntries = 8

// Memo remembers values of the last data set: a machine says the same of itself in every
// object, and one copy of it is enough. It is bounded by its slots, each of at most
// MaxValue bytes.
type Memo struct {
	texts       [len(attributes)]cleaned
	creators    [maxEntries]string
	software    []string
	softwareRaw []byte
	softwareSet charset.Set
	patient     hashed
	study       hashed
	series      hashed
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

// Enter enters the current value of a reader in mode Object, Step or Whole. The first
// value wins.
func (m *Memo) Enter(to Target, p Pseudonymizer, r *Reader, v []byte) {
	if r.row < 0 {
		m.creator(to.List(Creators), v)
		return
	}
	a := &attributes[r.row]
	switch a.field {
	case Patient:
		pseudonym(to.Text(Patient), p, "patient", &m.patient, v)
	case Study:
		pseudonym(to.Text(Study), p, "study", &m.study, v)
	case Series:
		pseudonym(to.Text(Series), p, "series", &m.series, v)
	case Accession:
		pseudonym(to.Text(Accession), p, "accession", &m.accession, v)
	case Instance:
		EnterInstance(to, p, charset.Trim(v))
	case Software:
		if list := to.List(Software); list != nil && len(*list) == 0 {
			*list = m.list(r, v)
		}
	default:
		if text := to.Text(a.field); text != nil {
			m.texts[r.row].enter(text, r, v, a.n)
		}
	}
}

// EnterKey enters the value of a query key as the same attribute of an object would be.
func (m *Memo) EnterKey(to Target, p Pseudonymizer, r *Reader, v []byte) {
	if r.row = row(r.tag, atOther); r.row >= 0 {
		m.Enter(to, p, r, v)
	}
}

// list splits a value with several entries (PS3.5 6.4), at most eight. Of a value
// that was too long, the entry that was cut is left out.
func (m *Memo) list(r *Reader, v []byte) []string {
	if i := bytes.LastIndexByte(v, '\\'); i >= 0 && int64(r.length) > int64(len(v)) {
		v = v[:i]
	}
	if bytes.Equal(v, m.softwareRaw) && m.softwareSet == r.charset {
		return m.software
	}
	m.softwareRaw, m.softwareSet = append(m.softwareRaw[:0], v...), r.charset
	m.software = nil
	for e := range bytes.SplitSeq(v, []byte{'\\'}) {
		m.software = addDistinct(m.software, r.charset.Clean(e, 64))
	}
	return m.software
}

// creator enters a private creator, at most eight of them.
func (m *Memo) creator(list *[]string, v []byte) {
	if list == nil {
		return
	}
	n := len(*list)
	if n >= maxEntries {
		return
	}
	// The same machine sends the same creators in the same order.
	s := m.creators[n]
	if v = charset.Trim(v); string(v) != s {
		s = charset.Plain(v, 64)
		m.creators[n] = s
	}
	*list = addDistinct(*list, s)
}

// addDistinct appends s unless it is there, empty, or the list is full.
func addDistinct(list []string, s string) []string {
	if s == "" || len(list) >= maxEntries || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// enter enters a text of at most n characters unless there is one.
func (last *cleaned) enter(to *string, r *Reader, v []byte, n int) {
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
func pseudonym(to *string, p Pseudonymizer, kind string, last *hashed, v []byte) {
	v = charset.Trim(v)
	if to == nil || *to != "" || len(v) == 0 {
		return
	}
	if last.hash == "" || !bytes.Equal(v, last.value) {
		last.value = append(last.value[:0], v...)
		last.hash = p.Pseudonym(kind, v)
	}
	*to = last.hash
}

// EnterInstance enters a SOP instance UID, trimmed: its hash, and the root of its maker.
func EnterInstance(to Target, p Pseudonymizer, v []byte) {
	instance := to.Text(Instance)
	if instance == nil || *instance != "" || len(v) == 0 || len(v) > MaxValue {
		return
	}
	*instance = p.Pseudonym("instance", v)
	if !IsUID(v) {
		return
	}
	if root, ok := vendordb.UIDRoot(string(v)); ok {
		*to.Text(InstanceRoot) = root.Prefix
	}
}
