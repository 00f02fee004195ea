package rpcdb

import (
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
)

//go:embed data
var files embed.FS

// Bounds of the tables.
const (
	maxRows  = 10000
	maxOpnum = 1023
)

type statusKey struct {
	kind Kind
	code uint32
}

type status struct{ name, means string }

// table is all that data/ says.
type table struct {
	interfaces map[UUID]*Interface
	pipes      map[string]*Interface
	classes    map[UUID]string
	statuses   map[statusKey]status
	operations int
	err        error
}

var tables = sync.OnceValue(load)

func load() *table {
	t := &table{interfaces: map[UUID]*Interface{}, pipes: map[string]*Interface{}, classes: map[UUID]string{}, statuses: map[statusKey]status{}}
	t.err = errors.Join(
		read("interfaces.csv", []string{"uuid", "version", "name", "result", "source"}, t.face),
		read("operations.csv", []string{"uuid", "opnum", "name"}, t.operation),
		read("pipes.csv", []string{"pipe", "uuid"}, t.pipe),
		read("classes.csv", []string{"clsid", "name"}, t.class),
		read("statuses.csv", []string{"kind", "code", "name", "means"}, t.status),
	)
	return t
}

// read gives each line of a table to add. All faults are reported at once.
func read(name string, columns []string, add func(f []string) error) error {
	in, err := files.Open("data/" + name)
	if err != nil {
		return fmt.Errorf("open table %s: %w", name, err)
	}
	return errors.Join(parse(name, in, columns, add), in.Close())
}

// parse does the work of read on any reader.
func parse(name string, in io.Reader, columns []string, add func(f []string) error) error {
	r := csv.NewReader(in)
	r.Comment = '#'
	r.FieldsPerRecord = len(columns)
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: read head line: %w", name, err)
	}
	if !slices.Equal(head, columns) {
		return fmt.Errorf("%s: columns are %q, want %q", name, head, columns)
	}
	var errs []error
	for range maxRows {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return errors.Join(errs...)
		}
		if err == nil {
			err = add(f)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, line, err))
		}
	}
	return errors.Join(append(errs, fmt.Errorf("%s: more than %d lines", name, maxRows))...)
}

var errIdentity = errors.New("no identity")

func (t *table) face(f []string) error {
	u, ok := ParseUUID(f[0])
	switch {
	case !ok:
		return errIdentity
	case t.interfaces[u] != nil:
		return errors.New("stands twice")
	case f[2] == "" || f[4] == "":
		return errors.New("no name or no source")
	case !slices.Contains([]Kind{None, Win32, NT, HResult, RPC}, Kind(f[3])):
		return fmt.Errorf("result %q", f[3])
	}
	t.interfaces[u] = &Interface{UUID: u, Text: u.String(), Version: f[1], Name: f[2], Result: Kind(f[3])}
	return nil
}

func (t *table) operation(f []string) error {
	u, ok := ParseUUID(f[0])
	i := t.interfaces[u]
	n, err := strconv.ParseUint(f[1], 10, 16)
	switch {
	case !ok || i == nil:
		return errIdentity
	case err != nil || n > maxOpnum || f[2] == "":
		return fmt.Errorf("operation %q %q", f[1], f[2])
	}
	for len(i.ops) <= int(n) {
		i.ops = append(i.ops, "")
	}
	if i.ops[n] != "" {
		return errors.New("stands twice")
	}
	i.ops[n] = f[2]
	t.operations++
	return nil
}

func (t *table) pipe(f []string) error {
	u, _ := ParseUUID(f[1])
	i := t.interfaces[u]
	if i == nil || t.pipes[f[0]] != nil {
		return errIdentity
	}
	t.pipes[f[0]] = i
	return nil
}

func (t *table) class(f []string) error {
	u, ok := ParseUUID(f[0])
	if !ok || t.classes[u] != "" || f[1] == "" {
		return errIdentity
	}
	t.classes[u] = f[1]
	return nil
}

func (t *table) status(f []string) error {
	code, err := strconv.ParseUint(f[1], 16, 32)
	key := statusKey{Kind(f[0]), uint32(code)}
	_, twice := t.statuses[key]
	switch {
	case err != nil || twice || f[2] == "":
		return fmt.Errorf("code %q", f[1])
	case !slices.Contains([]Kind{Win32, NT, HResult, RPC}, key.kind):
		return fmt.Errorf("kind %q", f[0])
	case !slices.Contains([]string{"", "ok", "refused"}, f[3]):
		return fmt.Errorf("means %q", f[3])
	}
	t.statuses[key] = status{f[2], f[3]}
	return nil
}
