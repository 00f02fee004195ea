package vendordb

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed data
var files embed.FS

// maxRows bounds the lines of one text table.
const maxRows = 10000

// row is one line of a table: its fields by position, and where it stands.
type row struct {
	file   string
	line   int
	fields []string
}

// errorf names the place of a fault in a table.
func (r row) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.file, r.line, fmt.Sprintf(format, args...))
}

// readTable reads a text table and demands that its columns are exactly
// columns. Fields must be free of space at their ends. All faults are reported
// at once; the rows that are sound are returned beside them.
func readTable(name string, columns ...string) ([]row, error) {
	f, err := files.Open("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", name, err)
	}
	rows, err := parseTable(name, f, columns)
	return rows, errors.Join(err, f.Close())
}

// parseTable does the work of readTable on any reader.
func parseTable(name string, in io.Reader, columns []string) ([]row, error) {
	r := csv.NewReader(in)
	r.Comment = '#'
	r.FieldsPerRecord = len(columns)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: read head line: %w", name, err)
	}
	if !slices.Equal(head, columns) {
		return nil, fmt.Errorf("%s: columns are %q, want %q", name, head, columns)
	}
	var rows []row
	var errs []error
	for len(rows) < maxRows {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, errors.Join(errs...)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			if !errors.Is(err, csv.ErrFieldCount) {
				return rows, errors.Join(errs...)
			}
			continue
		}
		line, _ := r.FieldPos(0)
		w := row{file: name, line: line, fields: fields}
		if i := slices.IndexFunc(fields, func(s string) bool { return s != strings.TrimSpace(s) }); i >= 0 {
			errs = append(errs, w.errorf("field %s has space at an end", columns[i]))
			continue
		}
		rows = append(rows, w)
	}
	errs = append(errs, fmt.Errorf("%s: more than %d lines", name, maxRows))
	return rows, errors.Join(errs...)
}

// oneOf reports a field that is not in a closed set of values.
func (r row) oneOf(column, value string, set []string) error {
	if slices.Contains(set, value) {
		return nil
	}
	return r.errorf("%s is %q, want one of %q", column, value, set)
}

// sorted reports lines that are out of order or stand twice. key tells the
// sort key of a row.
func sorted(rows []row, key func(row) string) error {
	var errs []error
	for i := 1; i < len(rows); i++ {
		a, b := key(rows[i-1]), key(rows[i])
		switch c := strings.Compare(a, b); {
		case c == 0:
			errs = append(errs, rows[i].errorf("%q stands twice", b))
		case c > 0:
			errs = append(errs, rows[i].errorf("%q stands after %q", b, a))
		}
	}
	return errors.Join(errs...)
}

// sourced reports lines without a source; the source is the last column.
func sourced(rows []row) error {
	var errs []error
	for _, r := range rows {
		if r.fields[len(r.fields)-1] == "" {
			errs = append(errs, r.errorf("no source"))
		}
	}
	return errors.Join(errs...)
}
