package known

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// table reads rows of cells (RFC 4180). It is stricter than what spreadsheets write
// in nothing but the end of a quoted cell: behind its quote comes a delimiter.
type table struct {
	file  string
	in    *bufio.Reader
	comma rune
	line  int // where the reader is
	start int // where the row at hand began
}

func (t *table) fault(column int, format string, args ...any) error {
	return &Fault{t.file, t.line, column, fmt.Sprintf(format, args...)}
}

// row is the next row, each cell without spaces around it; io.EOF at the end.
func (t *table) row() ([]string, error) {
	var row []string
	t.start = t.line
	for {
		c, _, err := t.in.ReadRune()
		if err == io.EOF && row == nil {
			return nil, io.EOF
		}
		if err == nil {
			_ = t.in.UnreadRune()
		}
		if len(row) == maxColumns {
			return nil, t.fault(len(row)+1, "more than %d columns", maxColumns)
		}
		var cell string
		var last bool
		if err == nil && c == '"' {
			cell, last, err = t.quoted(len(row) + 1)
		} else {
			cell, last, err = t.bare(len(row) + 1)
		}
		if err != nil {
			return nil, err
		}
		row = append(row, strings.TrimSpace(cell))
		if last {
			return row, nil
		}
	}
}

// bare reads a cell up to a delimiter or the end of its line.
func (t *table) bare(column int) (cell string, last bool, err error) {
	var b strings.Builder
	for {
		c, _, err := t.in.ReadRune()
		switch {
		case err != nil:
			return b.String(), true, nil
		case c == t.comma:
			return b.String(), false, nil
		case c == '\n':
			t.line++
			return b.String(), true, nil
		}
		if b.WriteRune(c); b.Len() > MaxCell {
			return "", false, t.fault(column, "a cell of more than %d bytes", MaxCell)
		}
	}
}

// quoted reads a cell in quotes, in which two quotes stand for one and lines may
// end.
func (t *table) quoted(column int) (cell string, last bool, err error) {
	began := t.line
	_, _, _ = t.in.ReadRune()
	var b strings.Builder
	for {
		c, _, err := t.in.ReadRune()
		if err != nil {
			return "", false, &Fault{t.file, began, column, "a quote that does not end"}
		}
		if c == '"' {
			c, _, err = t.in.ReadRune()
			if c == '\r' {
				c, _, err = t.in.ReadRune()
			}
			switch {
			case err != nil:
				return b.String(), true, nil
			case c == t.comma:
				return b.String(), false, nil
			case c == '\n':
				t.line++
				return b.String(), true, nil
			case c != '"':
				return "", false, t.fault(column, "text behind the end of a quote")
			}
		}
		if c == '\n' {
			t.line++
		}
		if b.WriteRune(c); b.Len() > MaxCell {
			return "", false, t.fault(column, "a cell of more than %d bytes", MaxCell)
		}
	}
}
