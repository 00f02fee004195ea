package vendordb

import (
	"errors"
	"strconv"
	"sync"
)

// Enterprise is who holds an IANA private enterprise number.
type Enterprise struct {
	Name  string
	Maker Maker // empty if the holder is no line of makers.csv
	// Software says that the number names software that others build into their
	// machines, so it does not tell the maker.
	Software bool
}

// enterpriseTable is enterprises.csv.
type enterpriseTable struct {
	byNumber map[uint32]Enterprise
	err      error
}

var enterprises = sync.OnceValue(loadEnterprises)

func loadEnterprises() *enterpriseTable {
	t := &enterpriseTable{byNumber: map[uint32]Enterprise{}}
	m := makers()
	rows, err := readTable("enterprises.csv", "number", "name", "maker", "software", "source")
	errs := []error{err, sourced(rows)}
	last := uint64(0)
	for _, r := range rows {
		n, err := strconv.ParseUint(r.fields[0], 10, 32)
		if err != nil || n <= last {
			errs = append(errs, r.errorf("number %q is no number or out of order", r.fields[0]))
			continue
		}
		last = n
		maker, err := m.optional(r, r.fields[2])
		errs = append(errs, err, r.oneOf("software", r.fields[3], []string{"", "yes"}))
		if r.fields[1] == "" {
			errs = append(errs, r.errorf("no name"))
		}
		t.byNumber[uint32(n)] = Enterprise{Name: r.fields[1], Maker: maker, Software: r.fields[3] == "yes"}
	}
	t.err = errors.Join(errs...)
	return t
}

// EnterpriseOf returns who holds a private enterprise number (RFC 9371), as it
// stands behind 1.3.6.1.4.1 in object identifiers and in SNMP engine identifiers.
func EnterpriseOf(number uint32) (Enterprise, bool) {
	e, ok := enterprises().byNumber[number]
	return e, ok
}
