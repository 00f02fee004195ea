// Package ntstatus names the values of NTSTATUS, by which Windows and those who speak
// its protocols say how a request ended.
//
// The table data/statuses.csv has the values of the system itself (facility 0) of
// MS-ERREF 2.3.1; the values of drivers and of single subsystems are left out, since
// they do not occur on the network. A name stands without STATUS_ in front, as Zeek
// writes it.
//
// It refuses to judge: what a status means for whom is for those who read the
// protocol. The table is embedded, read on first use, never changes and may be used
// from several goroutines; strings are shared and belong to nobody. A fault in the
// table is an error of the build, which the tests find.
package ntstatus

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/statuses.csv
var file string

var names = sync.OnceValue(load)

// load reads the table: behind comments and the head line a number and a name each.
func load() map[uint32]string {
	m := make(map[uint32]string, 1400)
	for line := range strings.Lines(file) {
		code, name, ok := strings.Cut(strings.TrimSpace(line), ",")
		if !ok || len(code) != 8 {
			continue
		}
		if v, err := strconv.ParseUint(code, 16, 32); err == nil {
			m[uint32(v)] = name
		}
	}
	return m
}

// Name is the name of a status, or its number as 0x and eight digits.
func Name(status uint32) string {
	if s, ok := names()[status]; ok {
		return s
	}
	return fmt.Sprintf("0x%08x", status)
}

// Failed says whether a status tells of an error (MS-ERREF 2.3: severity 3).
func Failed(status uint32) bool { return status>>30 == 3 }
