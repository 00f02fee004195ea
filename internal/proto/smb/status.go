package smb

import "lazaret/internal/event"

// statusMore says that the authentication goes on.
const statusMore = 0xc0000016

// filetime converts hundreds of nanoseconds since 1601 (MS-DTYP 2.3.3). Times
// before 1970 and after 2200 are those of a clock never set.
func filetime(v uint64) event.Time {
	const epoch, most = 116444736000000000, 72580000000000000
	if v <= epoch || v-epoch > most {
		return 0
	}
	return event.Time((v - epoch) * 100)
}
