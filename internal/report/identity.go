package report

import (
	"crypto/sha1"
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/inventory"
)

// space is the name space of the identifiers made here: a UUID of its own (RFC 9562 6.6),
// which stays, since identifiers in documents that were given away hang on it.
var space = [16]byte{0xe1, 0x1b, 0x27, 0x90, 0x3d, 0x55, 0x5a, 0x37, 0x9c, 0x4b, 0x61, 0x7a, 0x52, 0x0d, 0x86, 0xf1}

// uuid is a name-based identifier (RFC 9562 5.5): the same name, the same
// identifier, in every run.
func uuid(parts ...string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(strings.Join(parts, "\x00")))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// whole names a document by what is in it.
func whole(kind string, d *Document) string {
	parts := []string{kind, d.Summary.First, d.Summary.Last, fmt.Sprint(d.Summary.Packets)}
	for i := range d.Devices {
		parts = append(parts, d.Devices[i].ID)
	}
	return uuid(parts...)
}

// values are what is believed of an attribute of a device, best first.
func values(x *inventory.Explanation, attr string) []string {
	i := slices.IndexFunc(x.Attributes, func(a inventory.Attribute) bool { return a.Name == attr })
	if i < 0 {
		return nil
	}
	var out []string
	for _, c := range x.Attributes[i].Values {
		out = append(out, c.Value)
	}
	return out
}
