// Package redis understands the Redis serialization protocol (RESP 2 and 3) as far
// as it tells what a server is and whom it lets in.
//
// A conversation gives one record: the names of the first commands, whether a
// password was asked for, sent and taken, and what the server says of itself in
// answers to INFO and HELLO.
//
// It refuses to keep keys and values, which are whatever an application stores:
// strings are passed over by their length, command names are kept only when they
// are letters. Passwords are never read. After maxCommands commands everything
// passes by, and the record says what was seen until then.
//
// Commands and answers are paired in order; at most maxPending wait. A line is
// bounded by maxLine bytes, an answer to INFO by maxInfo. Bytes given to Parse are
// the sensor's; what is kept is copied.
package redis

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares Redis.
var Spec = proto.Spec{
	Name: "redis", Doc: "Redis: first commands, log-in, version of the server",
	Transports: proto.TCP | proto.Inner, Ports: []uint16{6379},
	Probe: probe, New: func(f proto.Flow) any { return &analyzer{f: f} },
	Records: []*event.Schema{Schema}, Budget: maxInfo + maxLine,
}

const (
	maxLine     = 1024
	maxInfo     = 8192
	maxCommands = 256
	maxPending  = 256
	maxNames    = 16
	maxName     = 20
	maxText     = 128
	maxItems    = 1 << 20 // of one array; servers take no more of a client
)

// probe wants an array of strings that begins with a word from the client, or what
// only this server answers.
func probe(_ proto.Dir, b []byte) proto.Match {
	if len(b) == 0 {
		return proto.Maybe
	}
	if b[0] != '*' {
		return probeAnswer(b)
	}
	_, n, state := number(b[1:])
	if state != whole {
		return undecided(state, len(b))
	}
	rest := b[1+n:]
	if len(rest) == 0 {
		return proto.Maybe
	}
	if rest[0] != '$' {
		return proto.No
	}
	size, n, state := number(rest[1:])
	if state != whole {
		return undecided(state, len(b))
	}
	if size < 2 || size > maxName {
		return proto.No
	}
	word := rest[1+n:]
	for _, c := range word[:min(len(word), size)] {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return proto.No
		}
	}
	if len(word) < size {
		return proto.Maybe
	}
	return proto.Yes
}

func undecided(state numberState, n int) proto.Match {
	if state == wrong || n > maxLine {
		return proto.No
	}
	return proto.Maybe
}

func probeAnswer(b []byte) proto.Match {
	for _, s := range []string{"+PONG\r\n", "-NOAUTH "} {
		n := min(len(b), len(s))
		if string(b[:n]) == s[:n] {
			if n == len(s) {
				return proto.Yes
			}
			return proto.Maybe
		}
	}
	return proto.No
}

// numberState tells how the digits of a line ended.
type numberState uint8

const (
	partial numberState = iota
	whole
	wrong
)

// number reads the digits up to the end of a line; n is their length with it. A
// negative number means that there is nothing.
func number(b []byte) (v, n int, state numberState) {
	negative := false
	for i, c := range b {
		switch {
		case i > 10:
			return 0, 0, wrong
		case c == '-' && i == 0:
			negative = true
		case c >= '0' && c <= '9':
			v = v*10 + int(c-'0')
		case c == '\r' && i > 0:
			if i+1 == len(b) {
				return 0, 0, partial
			}
			if b[i+1] != '\n' {
				return 0, 0, wrong
			}
			if negative {
				v = -1
			}
			return v, i + 2, whole
		default:
			return 0, 0, wrong
		}
	}
	return 0, 0, partial
}

type analyzer struct {
	f       proto.Flow
	rec     Record
	ts      event.Time
	pending []string // commands without an answer
	count   int
	left    [2]int // values still to come of the array at hand
	first   bool   // the next string of the client is a command's name
	over    bool
	done    bool
	spoke   bool
}

// Parse implements proto.Analyzer: one value, or the head of one, at a time.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if a.ts == 0 {
		a.ts = a.f.Now()
	}
	if a.over {
		return proto.Progress{Done: math.MaxInt32}, nil
	}
	if d == proto.Orig {
		return a.request(b)
	}
	return a.answer(b)
}

// line is the first line of b, without its end; n is 0 if it is not all there.
func line(b []byte) (text []byte, n int) {
	i := bytes.IndexByte(b[:min(len(b), maxLine)], '\n')
	if i < 0 {
		return nil, 0
	}
	return bytes.TrimSuffix(b[:i], []byte{'\r'}), i + 1
}

func waiting(b []byte, code string) (proto.Progress, error) {
	if len(b) >= maxLine {
		return proto.Progress{}, &proto.Error{Code: code}
	}
	return proto.Progress{Need: len(b) + 1}, nil
}

// request reads the head of a command's array, one of its strings, or a command
// written in a line.
func (a *analyzer) request(b []byte) (proto.Progress, error) {
	text, n := line(b)
	if n == 0 {
		return waiting(b, "long_line")
	}
	switch {
	case len(text) == 0:
		return proto.Progress{Done: n}, nil
	case text[0] == '*' && a.left[0] == 0:
		v, _, state := number(b[1:])
		if state != whole || v > maxItems {
			return proto.Progress{}, &proto.Error{Code: "bad_array"}
		}
		a.left[0], a.first = max(v, 0), v > 0
		return proto.Progress{Done: n}, nil
	case text[0] == '$' && a.left[0] > 0:
		v, _, state := number(b[1:])
		if state != whole || v < 0 {
			return proto.Progress{}, &proto.Error{Code: "bad_string"}
		}
		if a.first && v <= maxName {
			if len(b) < n+v+2 {
				return proto.Progress{Need: n + v + 2}, nil
			}
			a.command(b[n : n+v])
		} else if a.first {
			a.command(nil)
		}
		a.first = false
		a.left[0]--
		return proto.Progress{Done: n + v + 2}, nil
	case a.left[0] > 0:
		return proto.Progress{}, &proto.Error{Code: "bad_string"}
	}
	word, _, _ := bytes.Cut(text, []byte{' '})
	a.command(word)
	return proto.Progress{Done: n}, nil
}

// command notes the name of a command.
func (a *analyzer) command(b []byte) {
	name := "?"
	if len(b) > 0 && len(b) <= maxName && bytes.IndexFunc(b, func(r rune) bool { return r|0x20 < 'a' || r|0x20 > 'z' }) < 0 {
		name = strings.ToLower(string(b))
	}
	if a.count == 0 {
		a.ts = a.f.Now()
	}
	a.count++
	if name != "?" && len(a.rec.Commands) < maxNames && !slices.Contains(a.rec.Commands, name) {
		a.rec.Commands = append(a.rec.Commands, name)
	}
	if a.count >= maxCommands || len(a.pending) >= maxPending {
		a.over = true
		a.emit()
		return
	}
	a.pending = append(a.pending, name)
}

// answer reads one value: a line, a string, or the head of an array, whose values
// then follow.
func (a *analyzer) answer(b []byte) (proto.Progress, error) {
	text, n := line(b)
	if n == 0 {
		return waiting(b, "long_line")
	}
	if len(text) == 0 {
		return proto.Progress{}, &proto.Error{Code: "bad_answer"}
	}
	top := a.left[1] == 0
	name := "?"
	if len(a.pending) > 0 {
		name = a.pending[0]
	}
	if !top {
		a.left[1]--
	}
	switch text[0] {
	case '+', '-', ':', '_', '#', ',', '(':
		a.plain(name, text, top)
	case '$', '=', '!':
		v, _, state := number(b[1:])
		if state != whole {
			return proto.Progress{}, &proto.Error{Code: "bad_string"}
		}
		if v >= 0 {
			want := (name == "info" || name == "hello") && v <= maxInfo
			if want && len(b) < n+v+2 {
				if !top {
					a.left[1]++ // the same value again, when all of it is there
				}
				return proto.Progress{Need: n + v + 2}, nil
			}
			if want {
				a.told(name, b[n:n+v])
			}
			n += v + 2
		}
		a.served(name, top)
	case '*', '~', '>', '%', '|':
		v, _, state := number(b[1:])
		if state != whole || v > maxItems {
			return proto.Progress{}, &proto.Error{Code: "bad_array"}
		}
		if text[0] == '%' || text[0] == '|' {
			v *= 2
		}
		a.left[1] += max(v, 0)
		if a.left[1] > maxItems {
			return proto.Progress{}, &proto.Error{Code: "bad_array"}
		}
		a.served(name, top && text[0] != '>')
	default:
		return proto.Progress{}, &proto.Error{Code: "bad_answer"}
	}
	if a.left[1] == 0 && len(a.pending) > 0 && text[0] != '>' {
		a.pending = a.pending[1:]
	}
	return proto.Progress{Done: n}, nil
}

// free are the commands that a server answers before it knows who asks.
var free = []string{"auth", "hello", "quit", "command", "reset", "?"}

// served notes that a command that wants a log-in was served.
func (a *analyzer) served(name string, top bool) {
	if !top {
		return
	}
	a.spoke = true
	if !slices.Contains(free, name) && !a.rec.Success.V {
		a.rec.Open = true
	}
	if name == "hello" && a.rec.Success.OK {
		a.rec.Success = event.B(true)
	}
}

// plain takes an answer of one line.
func (a *analyzer) plain(name string, text []byte, top bool) {
	if !top {
		return
	}
	a.spoke = true
	switch {
	case name == "auth":
		a.rec.Success = event.B(text[0] == '+')
	case bytes.HasPrefix(text, []byte("-NOAUTH")):
		a.rec.Locked = true
	case text[0] != '-':
		a.served(name, top)
	}
}

// told reads what a server says of itself: lines of name and value in INFO, values
// behind their names in HELLO.
func (a *analyzer) told(name string, b []byte) {
	if name == "hello" {
		if a.rec.ServerVersion == "" && len(b) > 2 && b[0] >= '1' && b[0] <= '9' && bytes.IndexByte(b, '.') > 0 {
			a.rec.ServerVersion = text(b)
		}
		return
	}
	for l := range bytes.Lines(b) {
		key, value, ok := bytes.Cut(bytes.TrimSpace(l), []byte{':'})
		if !ok {
			continue
		}
		switch string(key) {
		case "redis_version", "valkey_version":
			a.rec.ServerVersion = text(value)
		case "os":
			a.rec.OS = text(value)
		case "redis_mode":
			a.rec.Mode = text(value)
		case "role":
			a.rec.Role = text(value)
		}
	}
}

func text(b []byte) string { return charset.Plain(b, maxText) }

func (a *analyzer) emit() {
	if a.done || a.count == 0 && !a.spoke {
		return
	}
	a.done = true
	a.rec.Count = a.count
	rec := a.rec
	a.f.Emit(a.ts, &rec)
}

// Gap ends the reading: no border of values can be found again for certain.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.emit()
	return false
}

// End writes the record when the server has spoken its last.
func (a *analyzer) End(d proto.Dir) {
	if d == proto.Resp {
		a.emit()
		return
	}
	a.over = a.over && a.done
}
