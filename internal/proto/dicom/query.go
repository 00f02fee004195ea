package dicom

import (
	"bytes"
	"slices"
	"time"

	"lazaret/internal/charset"
	"lazaret/internal/dataset"
	"lazaret/internal/event"
)

// keys is what a query or retrieval asked for.
type keys struct {
	filled    []string
	wildcards []string
	empty     uint64
	days      int
	open      bool // a date range without an end or without a beginning
}

// write enters the keys into the record.
func (k *keys) write(rec *Operation) {
	slices.Sort(k.filled)
	slices.Sort(k.wildcards)
	rec.QueryKeys, rec.Wildcards, rec.ReturnKeys = k.filled, k.wildcards, k.empty
	rec.DateRangeOpen = k.open
	if k.days > 0 && !k.open {
		rec.DateRangeDays = event.N(k.days)
	}
}

// takeKey takes a key of an identifier. Of its value only the following leave
// this function: that there is one, whether it holds wild cards, the width of a
// date range, names of machines and kinds, and hashes.
func (a *analyzer) takeKey(r *dataset.Reader, v []byte) {
	k := &a.filling.op.keys
	rec := &a.filling.op.rec
	v = charset.Trim(v)
	switch r.Tag() {
	case 0x00080052: // query/retrieve level
		rec.QueryLevel = charset.Plain(v, 16)
		return
	case 0x00080054, 0x00080201: // retrieve AE title, timezone: no keys
		return
	}
	known := dataset.KeyOf(r.Tag())
	if len(v) == 0 {
		k.empty++
		return
	}
	name := known.Name
	k.filled = addDistinct(k.filled, name, maxListed)
	if known.Date {
		k.span(v)
		return
	}
	if bytes.ContainsAny(v, "*?") {
		if len(bytes.Trim(v, "*")) == 0 {
			name += "=*"
		}
		k.wildcards = addDistinct(k.wildcards, name, maxListed)
		return
	}
	if bytes.IndexByte(v, '\\') >= 0 {
		return // a list of values names no single patient or study
	}
	switch r.Tag() {
	case dataset.TagPatientID, dataset.TagStudy, dataset.TagAccession, 0x00080060, 0x00400001:
		a.memo.EnterKey((*target)(rec), a.f, r, v)
	}
}

// span takes the range of dates of a DA or DT key (PS3.4 C.2.2.2.5). A single
// date is a range of one day.
func (k *keys) span(v []byte) {
	first, last, isRange := bytes.Cut(v, []byte{'-'})
	from, ok := day(first)
	if !isRange {
		if ok {
			k.days = max(k.days, 1)
		}
		return
	}
	to, ok2 := day(last)
	switch {
	case ok && ok2 && to >= from:
		k.days = max(k.days, to-from+1)
	case ok != ok2:
		k.open = true
	}
}

// day is the number of the day that a DA or DT value begins with.
func day(v []byte) (int, bool) {
	v = charset.Trim(v)
	t, err := time.Parse("20060102", string(v[:min(8, len(v))]))
	return int(t.Unix() / 86400), err == nil
}
