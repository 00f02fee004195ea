package dataset

import (
	_ "embed" // for keys.csv
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Key is what is known of a tag that queries use.
type Key struct {
	Name     string // PS3.6 keyword
	Sequence bool
	Date     bool // DA or DT of an examination, whose range tells how much is asked for
}

// KeyOf looks a tag up. An unknown one has its number for a name.
func KeyOf(t Tag) Key {
	k, ok := keys()[t]
	if !ok {
		k.Name = fmt.Sprintf("%08X", uint32(t))
	}
	return k
}

// IsKey reports whether name is the keyword of a query key.
func IsKey(name string) bool { return names()[name] }

// keysCSV are the attributes of the query and worklist information models (PS3.4
// C.6 and K.6.1), and those asked for in practice.
//
//go:embed keys.csv
var keysCSV string

// keys is keys.csv, read on the first query.
var keys = sync.OnceValue(func() map[Tag]Key {
	all := map[Tag]Key{}
	for line := range strings.Lines(keysCSV) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if n, err := strconv.ParseUint(f[0], 16, 32); err == nil && len(f) == 3 {
			all[Tag(n)] = Key{Name: f[1], Sequence: f[2] == "sequence", Date: f[2] == "date"}
		}
	}
	return all
})

// names are the keywords of keys.
var names = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, k := range keys() {
		all[k.Name] = true
	}
	return all
})
