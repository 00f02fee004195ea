// Package evidence finds the reader of a record and lets it speak.
//
// The readers of clues live in packages by what their protocols are for, none of
// which sees another. Here their maps become one, so that a record costs one look-up
// and one call, and nothing that is fed with records needs to know which families
// there are. A test holds that no schema has two readers, and that every record of
// every protocol either has one or stands in a list with the reason.
//
// It decides nothing: what a record says is its reader's to tell, what the statements
// add up to is concluded in package inventory. It sees no packet, reads no clock and
// does no I/O.
//
// Memory: the Out belongs to the caller and is reused; strings in it alias the record.
// The map is built when the program starts and never changes.
//
// To add a family: a package beside the others with its Readers, and its name in the
// list here.
package evidence

import (
	"maps"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/clinical"
	"lazaret/internal/inventory/clues/network"
	"lazaret/internal/inventory/clues/services"
)

// families are the readers of all packages under clues.
var families = [...]map[*event.Schema]clues.Reader{clinical.Readers, network.Readers, services.Readers}

// readers are those of all families.
var readers = merged()

func merged() map[*event.Schema]clues.Reader {
	all := map[*event.Schema]clues.Reader{}
	for _, f := range families {
		maps.Copy(all, f)
	}
	return all
}

// Read fills o with what r tells. o is reset first. Records that no family
// knows leave it empty.
func Read(r *event.Record, o *clues.Out) {
	o.Reset(r.TS, r.TS)
	if r.Body == nil {
		return
	}
	if read := readers[r.Body.Schema()]; read != nil {
		read(r, o)
	}
}
