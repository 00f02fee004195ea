package event

import (
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"

	"lazaret/internal/netid"
)

// AppendJSON appends the record as one JSON object without a line end. Fields
// come in the order of the schema; unset ones are left out, as in Zeek's JSON
// logs. The record is not changed.
func (r *Record) AppendJSON(b []byte) []byte {
	b = append(b, `{"ts":`...)
	b = appendSeconds(b, int64(r.TS))
	s := r.Body.Schema()
	if s.PerConn && r.Conn != nil {
		b = appendConn(b, r.Conn)
	}
	v := reflect.ValueOf(r.Body).Elem()
	for i := range s.Fields {
		b = s.Fields[i].appendJSON(b, v)
	}
	return append(b, '}')
}

func appendConn(b []byte, c *Conn) []byte {
	b = append(b, `,"uid":"`...)
	b = append(b, c.UID...)
	b = append(b, `","id.orig_h":"`...)
	b = c.Orig.IP.AppendTo(b)
	b = append(b, `","id.orig_p":`...)
	b = strconv.AppendUint(b, uint64(c.Orig.Port), 10)
	b = append(b, `,"id.resp_h":"`...)
	b = c.Resp.IP.AppendTo(b)
	b = append(b, `","id.resp_p":`...)
	return strconv.AppendUint(b, uint64(c.Resp.Port), 10)
}

// Unset reports whether the field has no value in v and is to be left out.
func (f *Field) unset(x reflect.Value) bool {
	switch f.kind {
	case kCount:
		return !x.Field(1).Bool()
	case kOptBool:
		return !x.Field(1).Bool()
	}
	if f.always {
		return false
	}
	if f.kind >= kStrings {
		return x.Len() == 0
	}
	return x.IsZero()
}

func (f *Field) appendJSON(b []byte, v reflect.Value) []byte {
	x := v.Field(f.index)
	if f.unset(x) {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, f.Name...)
	b = append(b, '"', ':')
	return f.appendValue(b, x)
}

func (f *Field) appendValue(b []byte, x reflect.Value) []byte {
	switch f.kind {
	case kString:
		return AppendString(b, x.String())
	case kBool:
		return strconv.AppendBool(b, x.Bool())
	case kInt:
		return strconv.AppendInt(b, x.Int(), 10)
	case kUint:
		return strconv.AppendUint(b, x.Uint(), 10)
	case kFloat:
		return appendFloat(b, x.Float())
	case kTime, kInterval:
		return appendSeconds(b, x.Int())
	case kIP:
		return appendQuoted(b, x.Addr().Interface().(*netid.IP).AppendTo)
	case kMAC:
		return appendQuoted(b, x.Addr().Interface().(*netid.MAC).AppendTo)
	case kCount:
		return strconv.AppendUint(b, x.Field(0).Uint(), 10)
	case kOptBool:
		return strconv.AppendBool(b, x.Field(0).Bool())
	}
	b = append(b, '[')
	for i := range x.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		e := x.Index(i)
		switch f.kind {
		case kStrings:
			b = AppendString(b, e.String())
		case kInts:
			b = strconv.AppendInt(b, e.Int(), 10)
		case kFloats:
			b = appendFloat(b, e.Float())
		case kIntervals:
			b = appendSeconds(b, e.Int())
		case kIPs:
			b = appendQuoted(b, e.Addr().Interface().(*netid.IP).AppendTo)
		}
	}
	return append(b, ']')
}

func appendQuoted(b []byte, text func([]byte) []byte) []byte {
	return append(text(append(b, '"')), '"')
}

func appendFloat(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(b, "null"...) // JSON has no other word for them
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// AppendString appends s as a JSON string. Control characters without a letter of
// their own, and every byte above 0x7f of a string that is not UTF-8 throughout,
// are written as \xNN with an escaped backslash, as Zeek does, so that nothing is
// lost and every line stays valid JSON.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	valid := utf8.ValidString(s)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c < 0x20 || c == 0x7f:
			b = append(b, `\\x`...)
			b = append(b, hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		case valid:
			_, n := utf8.DecodeRuneInString(s[i:])
			b = append(b, s[i:i+n]...)
			i += n
			continue
		default:
			b = append(b, `\\x`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
		i++
	}
	return append(b, '"')
}

const hex = "0123456789abcdef"
