package dicom

import (
	"bytes"
	_ "embed" // for keys.csv
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"lazaret/internal/charset"
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

// key is what is known of a tag that queries use.
type key struct {
	name     string // PS3.6 keyword
	sequence bool
	date     bool // DA or DT of an examination, whose range tells how much is asked for
}

// keyOf looks a tag up. An unknown one has its number for a name.
func keyOf(t tag) key {
	k, ok := queryKeys()[t]
	if !ok {
		k.name = fmt.Sprintf("%08X", uint32(t))
	}
	return k
}

// keysCSV are the attributes of the query and worklist information models (PS3.4
// C.6 and K.6.1), and those asked for in practice.
//
//go:embed keys.csv
var keysCSV string

// queryKeys is keys.csv, read on the first query.
var queryKeys = sync.OnceValue(func() map[tag]key {
	all := map[tag]key{}
	for line := range strings.Lines(keysCSV) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if n, err := strconv.ParseUint(f[0], 16, 32); err == nil && len(f) == 3 {
			all[tag(n)] = key{name: f[1], sequence: f[2] == "sequence", date: f[2] == "date"}
		}
	}
	return all
})

// takeKey takes a key of an identifier. Of its value only the following leave
// this function: that there is one, whether it holds wild cards, the width of a
// date range, names of machines and kinds, and hashes.
func (a *analyzer) takeKey(r *reader, v []byte) {
	k := &r.op.keys
	rec := &r.op.rec
	v = charset.Trim(v)
	switch r.tag {
	case 0x00080052: // query/retrieve level
		rec.QueryLevel = charset.Plain(v, 16)
		return
	case 0x00080054, 0x00080201: // retrieve AE title, timezone: no keys
		return
	}
	known := keyOf(r.tag)
	if len(v) == 0 {
		k.empty++
		return
	}
	name := known.name
	k.filled = addDistinct(k.filled, name, maxListed)
	if known.date {
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
	switch r.tag {
	case tagPatientID, tagStudy, tagAccession, 0x00080060, 0x00400001:
		r.row = row(r.tag, atOther)
		a.attribute(r, v)
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
