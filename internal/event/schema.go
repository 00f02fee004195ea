package event

import (
	"fmt"
	"reflect"
	"strings"

	"lazaret/internal/netid"
)

// Class is the privacy class of a field.
type Class string

// The closed set of privacy classes. There is none for patient data in clear.
const (
	Technical Class = ""       // about machines and protocols
	Account   Class = "person" // names a member of staff or an account
	Pseudo    Class = "pseudo" // keyed hash of patient data
)

// Field is one column, derived from a struct tag:
//
//	Query string `log:"query" doc:"Domain name asked for (RFC 1035, 4.1.2)" class:"..."`
//
// An empty value is left out of JSON unless the tag ends in ",always".
type Field struct {
	Name   string
	Doc    string
	Class  Class
	Type   string // Zeek's type name: string, count, int, double, bool, time, interval, addr, vector[...]
	key    string // the field in JSON up to its value
	always bool
	index  int
	kind   kind
}

// Schema is the declaration of one log.
type Schema struct {
	Name   string // the log's name, "conn" for conn.log
	Doc    string // one sentence
	Fields []Field
	// PerConn says that records carry uid and the four-tuple.
	PerConn bool
	typ     reflect.Type
}

type kind uint8

const (
	kString kind = iota
	kBool
	kInt
	kUint
	kFloat
	kTime
	kInterval
	kIP
	kMAC
	kCount
	kOptBool
	kStrings
	kInts
	kFloats
	kIntervals
	kIPs
)

var kinds = map[reflect.Type]struct {
	k    kind
	name string
}{
	reflect.TypeFor[Time]():       {kTime, "time"},
	reflect.TypeFor[Interval]():   {kInterval, "interval"},
	reflect.TypeFor[netid.IP]():   {kIP, "addr"},
	reflect.TypeFor[netid.MAC]():  {kMAC, "string"},
	reflect.TypeFor[Count]():      {kCount, "count"},
	reflect.TypeFor[Bool]():       {kOptBool, "bool"},
	reflect.TypeFor[[]string]():   {kStrings, "vector[string]"},
	reflect.TypeFor[[]int]():      {kInts, "vector[int]"},
	reflect.TypeFor[[]float64]():  {kFloats, "vector[double]"},
	reflect.TypeFor[[]Interval](): {kIntervals, "vector[interval]"},
	reflect.TypeFor[[]netid.IP](): {kIPs, "vector[addr]"},
}

func fieldKind(t reflect.Type) (kind, string, bool) {
	if k, ok := kinds[t]; ok {
		return k.k, k.name, true
	}
	switch t.Kind() {
	case reflect.String:
		return kString, "string", true
	case reflect.Bool:
		return kBool, "bool", true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kInt, "int", true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return kUint, "count", true
	case reflect.Float64:
		return kFloat, "double", true
	}
	return 0, "", false
}

// NewSchema derives the schema of the struct type T from its tags. A fault in
// the declaration panics: it is a programming error that every test run meets,
// because schemas are package variables.
func NewSchema[T any](name, doc string) *Schema {
	return build(reflect.TypeFor[T](), name, doc, true)
}

// NewFreeSchema is NewSchema for records that belong to no conversation.
func NewFreeSchema[T any](name, doc string) *Schema {
	return build(reflect.TypeFor[T](), name, doc, false)
}

func build(t reflect.Type, name, doc string, perConn bool) *Schema {
	s := &Schema{Name: name, Doc: doc, PerConn: perConn, typ: t}
	seen := map[string]bool{"ts": true}
	if perConn {
		for _, n := range envelope {
			seen[n] = true
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("log")
		if !ok {
			continue
		}
		fname, opt, _ := strings.Cut(tag, ",")
		k, typ, ok := fieldKind(f.Type)
		class := Class(f.Tag.Get("class"))
		switch {
		case !ok || !f.IsExported():
			panic(fmt.Sprintf("event: %s.%s has no log type", name, f.Name))
		case seen[fname] || fname == "":
			panic(fmt.Sprintf("event: %s.%s: field name %q is taken or empty", name, f.Name, fname))
		case f.Tag.Get("doc") == "":
			panic(fmt.Sprintf("event: %s.%s has no doc", name, fname))
		case class != Technical && class != Account && class != Pseudo:
			panic(fmt.Sprintf("event: %s.%s: unknown privacy class %q", name, fname, class))
		}
		seen[fname] = true
		s.Fields = append(s.Fields, Field{
			Name: fname, Doc: f.Tag.Get("doc"), Class: class, Type: typ,
			key: `,"` + fname + `":`, always: opt == "always", index: i, kind: k,
		})
	}
	return s
}

// envelope names the columns that every record of a conversation starts with.
var envelope = [...]string{"uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"}
