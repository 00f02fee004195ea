// Package where finds the places in files of TOML that people wrote, for telling what is
// wrong with them: the line of a key, and where tables of an array begin.
//
// The library that reads TOML gives values without their places, and a fault without a
// line is hard to find in a long list. Here the text is looked at a second time, line by
// line, for names alone.
//
// It refuses to be a parser: names within texts of several lines mislead it, and then the
// line of the entry is told instead, or a wrong one nearby. It keeps nothing but the
// lines of the text that it was given, and may be used by several goroutines. Standard:
// TOML 1.0.
package where

import (
	"errors"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"lazaret/internal/detect"
)

// Lines are those of a text, without their ends.
func Lines(text []byte) []string {
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// Tables are the lines, from 0, on which the tables of an array begin: [[name]].
func Tables(lines []string, name string) (out []int) {
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if rest, ok := strings.CutPrefix(l, "[["); ok {
			if inner, _, closed := strings.Cut(rest, "]]"); closed && strings.TrimSpace(inner) == name {
				out = append(out, i)
			}
		}
	}
	return out
}

// Key is the line, from 0, on which a key is set or a table of that name begins; -1 if it
// is not found.
func Key(lines []string, key string) int {
	return slices.IndexFunc(lines, func(l string) bool {
		l = strings.TrimSpace(l)
		name, _, set := strings.Cut(l, "=")
		if !set || strings.HasPrefix(l, "[") {
			name = strings.Trim(l, "[] ")
		}
		return strings.Trim(strings.TrimSpace(name), `"'`) == key
	})
}

// Broken says where a file is no TOML.
func Broken(name string, err error) detect.Fault {
	var pe toml.ParseError
	if errors.As(err, &pe) {
		return detect.Fault{File: name, Line: pe.Position.Line, Key: pe.LastKey, What: pe.Message}
	}
	return detect.Fault{File: name, What: strings.TrimPrefix(err.Error(), "toml: ")}
}

// Entry is the part of a file that belongs to one table of an array, with the number of
// its first line, from 1.
type Entry struct {
	First int
	Lines []string
}

// Entries cuts a text into the tables of an array.
func Entries(text []byte, name string) (out []Entry) {
	lines := Lines(text)
	starts := append(Tables(lines, name), len(lines))
	for i := range len(starts) - 1 {
		out = append(out, Entry{starts[i] + 1, lines[starts[i]:starts[i+1]]})
	}
	return out
}

// Line is that of a key of the entry, or of its beginning if the key is missing; 0 for an
// entry that was not found.
func (e Entry) Line(key string) int { return e.First + max(Key(e.Lines, key), 0) }
