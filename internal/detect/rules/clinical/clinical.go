// Package clinical has the behaviours of those who misuse the protocols of imaging and
// of patient administration: DICOM (PS3.7, PS3.8) and HL7 version 2.
//
// These protocols know no passwords. Who an application is, it says itself: by an AE
// title, or by an application and a facility. So the behaviours look at what does not fit:
// titles that are guessed, a name that speaks from elsewhere, questions that ask for
// everything, a merge of patients from nobody known.
//
// Each file is one behaviour, a manual page with code in it. It refuses to look at
// patients: records hold keyed hashes of them, which are compared and never shown. Memory
// is that of package recent, bounded by the numbers below. What is new depends on what was
// seen before: at the beginning of a capture all is, so behaviours that know homes wait
// until they have seen some.
package clinical

import (
	"strconv"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// All lists the behaviours of the family.
func All() []*detect.Behaviour {
	return []*detect.Behaviour{d1, d2, d3, d4, d5, d6, d7, h1, h2}
}

// Bounds of memory, in entries.
const (
	maxHosts = 4096
	maxKept  = 65_536
)

// sides are who asks and who answers in a conversation, by who speaks first in it.
func sides(c *event.Conn, fromOrig bool) (from, to netid.IP) {
	if fromOrig {
		return c.Orig.IP, c.Resp.IP
	}
	return c.Resp.IP, c.Orig.IP
}

// counted is a fact that no record has alone.
func counted(what string, n int) detect.Fact {
	return detect.Fact{Field: what, Value: strconv.Itoa(n)}
}
