package sigma

import (
	"strconv"
	"strings"
	"time"

	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
)

// columnKind is how the values of a column are compared.
type columnKind uint8

const (
	asText columnKind = iota
	asNumber
	asTruth
	asAddress
	asAny // the log is not known
)

func kindOf(typ string) columnKind {
	switch strings.TrimSuffix(strings.TrimPrefix(typ, "vector["), "]") {
	case "string":
		return asText
	case "bool":
		return asTruth
	case "addr":
		return asAddress
	}
	return asNumber
}

// column is one column of the record that is looked at, read when it is first asked
// for. Text is kept as it is and in lower case, one value behind the other.
type column struct {
	access event.Access
	part   syntax.Part
	name   string
	kind   columnKind
	unset  event.Value
	always bool // unset stands for a missing value

	values   []event.Value
	raw, low []byte
	rawEnd   []int
	lowEnd   []int
	state    uint8
}

// What of a column was read.
const (
	readValues = 1 << iota
	readRaw
	readLow
)

// view is all columns that rules ask of one log, for one record.
type view struct {
	record  *event.Record
	columns []column
	touched []int // columns with state
}

func (v *view) begin(r *event.Record) {
	for _, i := range v.touched {
		v.columns[i].state = 0
	}
	v.touched = v.touched[:0]
	v.record = r
}

// at gives a column with its values.
func (v *view) at(i int) *column {
	c := &v.columns[i]
	if c.state == 0 {
		c.state = readValues
		v.touched = append(v.touched, i)
		c.load(v.record)
	}
	return c
}

// maxElements is how many values of a list are looked at.
const maxElements = 256

func (c *column) load(r *event.Record) {
	c.values = c.values[:0]
	c.access.Each(r, func(x event.Value) bool {
		if c.part != syntax.Whole && !c.take(&x) {
			return true
		}
		c.values = append(c.values, x)
		return len(c.values) < maxElements
	})
	if len(c.values) == 0 && c.always {
		c.values = append(c.values, c.unset)
	}
}

// take replaces a value by the part that is looked at.
func (c *column) take(x *event.Value) bool {
	switch {
	case c.part == syntax.Stem:
		x.Text, _, _ = strings.Cut(x.Text, "?")
		return true
	case c.part == syntax.Extension:
		x.Text, _, _ = strings.Cut(x.Text, "?")
		dot := strings.LastIndexByte(x.Text, '.')
		if dot < strings.LastIndexByte(x.Text, '/') || dot < 0 {
			return false
		}
		x.Text = x.Text[dot+1:]
		return true
	case x.Kind != event.Number:
		return false
	}
	t := time.Unix(int64(x.Number), 0).UTC()
	switch c.part {
	case syntax.Minute:
		x.Number = float64(t.Minute())
	case syntax.Hour:
		x.Number = float64(t.Hour())
	case syntax.Day:
		x.Number = float64(t.Day())
	case syntax.Week:
		_, w := t.ISOWeek()
		x.Number = float64(w)
	case syntax.Month:
		x.Number = float64(t.Month())
	default: // syntax.Year
		x.Number = float64(t.Year())
	}
	return true
}

// text is the i-th value as logs have it, lowText the same in lower case.
func (c *column) text(i int) []byte {
	if c.state&readRaw == 0 {
		c.state |= readRaw
		c.raw, c.rawEnd = c.raw[:0], c.rawEnd[:0]
		for j := range c.values {
			c.raw = appendValue(c.raw, &c.values[j])
			c.rawEnd = append(c.rawEnd, len(c.raw))
		}
	}
	return c.raw[before(c.rawEnd, i):c.rawEnd[i]]
}

func (c *column) lowText(i int) []byte {
	if c.state&readLow == 0 {
		c.state |= readLow
		c.low, c.lowEnd = c.low[:0], c.lowEnd[:0]
		for j := range c.values {
			if v := &c.values[j]; v.Kind == event.Text {
				c.low = syntax.AppendLower(c.low, v.Text)
			} else {
				c.low = appendValue(c.low, v)
			}
			c.lowEnd = append(c.lowEnd, len(c.low))
		}
	}
	return c.low[before(c.lowEnd, i):c.lowEnd[i]]
}

func before(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// absent says that the record has no value here, or an empty one.
func (c *column) absent() bool {
	for i := range c.values {
		if v := &c.values[i]; v.Kind != event.Text || v.Text != "" {
			return false
		}
	}
	return true
}

// appendValue writes a value as logs have it, without a copy in between.
func appendValue(b []byte, v *event.Value) []byte {
	switch v.Kind {
	case event.Number:
		return strconv.AppendFloat(b, v.Number, 'f', -1, 64)
	case event.Truth:
		return strconv.AppendBool(b, v.Truth)
	case event.Address:
		return v.IP.AppendTo(b)
	}
	return append(b, v.Text...)
}
