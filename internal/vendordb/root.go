package vendordb

import (
	"errors"
	"strings"
	"sync"
)

// RootKind says what the owner of a UID root is to the machine that uses it.
type RootKind string

// The kinds of owners.
const (
	// RootMaker: the maker of the machine or of its software.
	RootMaker RootKind = "maker"
	// RootToolkit: whose library is built in; says nothing of the maker.
	RootToolkit RootKind = "toolkit"
	// RootArchive: a collection of public data; the machine stays unknown.
	RootArchive RootKind = "archive"
)

// Root is the owner of a UID root.
type Root struct {
	Prefix string
	Maker  Maker
	Kind   RootKind
}

// rootTable is roots.csv.
type rootTable struct {
	roots map[string]Root
	err   error
}

var roots = sync.OnceValue(loadRoots)

func loadRoots() *rootTable {
	t := &rootTable{roots: map[string]Root{}}
	rows, err := readTable("roots.csv", "prefix", "maker", "kind", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	known := makers()
	for _, r := range rows {
		f := r.fields
		maker, err := known.maker(r, f[1])
		errs = append(errs, err, r.oneOf("kind", f[2], []string{string(RootMaker), string(RootToolkit), string(RootArchive)}))
		if !validUID(f[0]) {
			errs = append(errs, r.errorf("%q is no UID", f[0]))
		}
		t.roots[f[0]] = Root{Prefix: f[0], Maker: maker, Kind: RootKind(f[2])}
	}
	t.err = errors.Join(errs...)
	return t
}

// UIDRoot returns the owner of the longest known root that uid begins with, on
// the border of an arc. Only the first 64 bytes are looked at, the most that
// PS3.5 9.1 allows.
func UIDRoot(uid string) (Root, bool) {
	if len(uid) > 64 {
		uid = uid[:64]
		uid = uid[:max(strings.LastIndexByte(uid, '.'), 0)]
	}
	t := roots()
	for uid != "" {
		if r, ok := t.roots[uid]; ok {
			return r, true
		}
		uid = uid[:max(strings.LastIndexByte(uid, '.'), 0)]
	}
	return Root{}, false
}
