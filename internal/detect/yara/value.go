package yara

import (
	"math"

	"lazaret/internal/detect/yara/pattern"
)

// state says what is known of a value.
type state uint8

const (
	known   state = iota
	undef         // YARA's undefined: a field that the file has not
	unknown       // bytes that it depends on were not seen, or the steps ran out
)

// value is what an expression gives.
type value struct {
	st state
	i  int64 // integers, and truth as 0 or 1
	f  float64
	s  string
	re *pattern.Regex
}

func integer(i int64) value { return value{i: i} }
func text(s string) value   { return value{s: s} }

// number is a float; what is none is undefined, as in YARA.
func number(f float64) value {
	if math.IsNaN(f) {
		return value{st: undef}
	}
	return value{f: f}
}

func truth(b bool) value {
	if b {
		return value{i: 1}
	}
	return value{}
}

func (v value) yes() bool { return v.st == known && v.i != 0 }

// worse joins what is known of two values.
func worse(a, b value) state { return max(a.st, b.st) }

type typ uint8

const (
	tBool typ = iota
	tInt
	tFloat
	tText
	tRegex
	tStruct
	tArray
	tDict
	tFunc
	tBad // of what has a fault already
)

var typeNames = []string{"truth", "integer", "float", "text", "regular expression", "structure", "array", "dictionary", "function", "nothing"}

func (t typ) String() string { return typeNames[t] }

// expr is a part of a condition, ready to run.
type expr struct {
	t    typ
	line int
	eval func(f *frame) value
	// constant values have a part in checks at load.
	constant bool
	// least gives, for a count of matches, those that are known of.
	least func(f *frame) value
	// Of structures, arrays, dictionaries and functions.
	member *member
	index  func(f *frame) value // place in the array, nil outside of one
}

func constant(t typ, line int, v value) expr {
	return expr{t: t, line: line, constant: true, eval: func(*frame) value { return v }}
}

// member is what a module says of a name.
type member struct {
	t      typ
	at     func(f *frame, i int) value // of scalars; i is the place in the array around it
	fields map[string]*member          // of structures
	count  func(f *frame) value        // of arrays
	elem   *member                     // of arrays
	lookup func(f *frame, key string) value
	keys   func(f *frame) [][2]string // of dictionaries, which hold texts
	calls  []call
}

// call is one form of a function. Types of args are letters: i integer, f float, s
// text, r regular expression, b truth.
type call struct {
	args string
	t    typ
	run  func(f *frame, a []value) value
}
