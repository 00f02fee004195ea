package event

import (
	"encoding/binary"
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

// appendJSON appends the field with its name, unless it has no value in v.
func (f *Field) appendJSON(b []byte, v reflect.Value) []byte {
	x := v.Field(f.index)
	switch f.kind {
	case kString:
		if s := x.String(); s != "" || f.always {
			b = AppendString(append(b, f.key...), s)
		}
	case kBool:
		if t := x.Bool(); t || f.always {
			b = strconv.AppendBool(append(b, f.key...), t)
		}
	case kInt:
		if n := x.Int(); n != 0 || f.always {
			b = strconv.AppendInt(append(b, f.key...), n, 10)
		}
	case kUint:
		if n := x.Uint(); n != 0 || f.always {
			b = strconv.AppendUint(append(b, f.key...), n, 10)
		}
	case kTime, kInterval:
		if n := x.Int(); n != 0 || f.always {
			b = appendSeconds(append(b, f.key...), n)
		}
	case kCount:
		if x.Field(1).Bool() {
			b = strconv.AppendUint(append(b, f.key...), x.Field(0).Uint(), 10)
		}
	case kOptBool:
		if x.Field(1).Bool() {
			b = strconv.AppendBool(append(b, f.key...), x.Field(0).Bool())
		}
	case kFloat, kIP, kMAC:
		if f.always || !x.IsZero() {
			b = f.appendOther(append(b, f.key...), x)
		}
	default:
		if f.always || x.Len() > 0 {
			b = f.appendVector(append(b, f.key...), x)
		}
	}
	return b
}

func (f *Field) appendOther(b []byte, x reflect.Value) []byte {
	switch f.kind {
	case kFloat:
		return appendFloat(b, x.Float())
	case kIP:
		return appendQuoted(b, x.Addr().Interface().(*netid.IP).AppendTo)
	default:
		return appendQuoted(b, x.Addr().Interface().(*netid.MAC).AppendTo)
	}
}

func (f *Field) appendVector(b []byte, x reflect.Value) []byte {
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
	b = append(b, s...)
	if plain(b[len(b)-len(s):]) {
		return append(b, '"')
	}
	b = b[:len(b)-len(s)]
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
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		case valid:
			_, n := utf8.DecodeRuneInString(s[i:])
			b = append(b, s[i:i+n]...)
			i += n
			continue
		default:
			b = append(b, `\\x`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
		i++
	}
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// One byte of eight in a word, repeated.
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plain says whether all of b stands for itself in a JSON string: printable
// ASCII without quotes and backslashes. Nearly every string is, so this looks at
// eight bytes at once: a byte of the sum or of a difference has its high bit set
// if it is 0x7f or more, below 0x20, a quote or a backslash. Carries only leave
// such bytes, so they cannot make a false answer.
func plain(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		if (x|(x+ones)|(x-' '*ones)|(x^'"'*ones-ones)|(x^'\\'*ones-ones))&highs != 0 {
			return false
		}
	}
	for _, c := range b {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
