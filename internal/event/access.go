package event

import (
	"reflect"

	"lazaret/internal/netid"
)

// ValueKind says which part of a Value holds it.
type ValueKind uint8

// The kinds of values.
const (
	Text   ValueKind = iota
	Number           // counts, numbers, seconds of intervals, epoch seconds of times
	Truth
	Address
)

// Value is one value of a field.
type Value struct {
	Kind   ValueKind
	Text   string // Text; hardware addresses too
	Number float64
	Truth  bool
	IP     netid.IP // Address
}

// Access is the way to one column of the records of a schema. It is found once and
// used for each record; it never changes.
type Access struct {
	Name  string
	Class Class
	field *Field // nil for ts and the columns of the envelope
	place int    // in envelope; len(envelope) for ts
}

// Access finds a column by its name in the log: ts, the conversation's columns where
// records have them, and the fields.
func (s *Schema) Access(name string) (Access, bool) {
	a := Access{Name: name, place: len(envelope)}
	if name == "ts" {
		return a, true
	}
	for i, n := range envelope {
		if n == name && s.PerConn {
			a.place = i
			return a, true
		}
	}
	for i := range s.Fields {
		if f := &s.Fields[i]; f.Name == name {
			a.field, a.Class = f, f.Class
			return a, true
		}
	}
	return Access{}, false
}

// Type is the column's type in Zeek's words: string, count, vector[string] and so on.
func (a *Access) Type() string {
	if a.field != nil {
		return a.field.Type
	}
	if a.place == len(envelope) {
		return "time"
	}
	return [...]string{"string", "addr", "port", "addr", "port"}[a.place]
}

// Unset is the value that a record means which leaves the column out, if there is one:
// false of a truth that is always known. Other columns are unknown then.
func (a *Access) Unset() (Value, bool) {
	if a.field != nil && a.field.kind == kBool {
		return Value{Kind: Truth}, true
	}
	return Value{}, false
}

// Each gives the values of the column in a record of its schema, those of a list one
// after the other, until yield says false. A column that JSON would leave out has none.
func (a *Access) Each(r *Record, yield func(Value) bool) {
	if a.field == nil {
		a.envelope(r, yield)
		return
	}
	x := reflect.ValueOf(r.Body).Elem().Field(a.field.index)
	switch a.field.kind {
	case kStrings, kInts, kFloats, kIntervals, kIPs:
		for i := range x.Len() {
			if !yield(a.field.element(x.Index(i))) {
				return
			}
		}
	case kCount, kOptBool:
		if !x.Field(1).Bool() {
			return
		}
		if a.field.kind == kCount {
			yield(Value{Kind: Number, Number: float64(x.Field(0).Uint())})
		} else {
			yield(Value{Kind: Truth, Truth: x.Field(0).Bool()})
		}
	default:
		if a.field.always || !x.IsZero() {
			yield(a.field.element(x))
		}
	}
}

// element is a single value, or one of a list.
func (f *Field) element(x reflect.Value) Value {
	switch f.kind {
	case kString, kStrings:
		return Value{Text: x.String()}
	case kBool:
		return Value{Kind: Truth, Truth: x.Bool()}
	case kUint:
		return Value{Kind: Number, Number: float64(x.Uint())}
	case kFloat, kFloats:
		return Value{Kind: Number, Number: x.Float()}
	case kTime, kInterval, kIntervals:
		return Value{Kind: Number, Number: float64(x.Int()) / 1e9}
	case kIP, kIPs:
		return Value{Kind: Address, IP: *x.Addr().Interface().(*netid.IP)} // a pointer: the copy would be allocated
	case kMAC:
		return Value{Text: x.Interface().(netid.MAC).String()}
	default:
		return Value{Kind: Number, Number: float64(x.Int())}
	}
}

func (a *Access) envelope(r *Record, yield func(Value) bool) {
	if a.place == len(envelope) {
		yield(Value{Kind: Number, Number: float64(r.TS) / 1e9})
		return
	}
	c := r.Conn
	if c == nil {
		return
	}
	switch envelope[a.place] {
	case "uid":
		yield(Value{Text: c.UID})
	case "id.orig_h":
		yield(Value{Kind: Address, IP: c.Orig.IP})
	case "id.orig_p":
		yield(Value{Kind: Number, Number: float64(c.Orig.Port)})
	case "id.resp_h":
		yield(Value{Kind: Address, IP: c.Resp.IP})
	case "id.resp_p":
		yield(Value{Kind: Number, Number: float64(c.Resp.Port)})
	}
}

// String is the value as logs have it.
func (v Value) String() string {
	switch v.Kind {
	case Number:
		return string(appendFloat(nil, v.Number))
	case Truth:
		if v.Truth {
			return "true"
		}
		return "false"
	case Address:
		return v.IP.String()
	}
	return v.Text
}
