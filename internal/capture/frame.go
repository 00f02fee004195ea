// Package capture turns capture files into frames.
//
// It reads pcap (microsecond and nanosecond, both byte orders) and pcapng
// (several sections and interfaces; enhanced, simple and obsolete packet
// blocks), plain, gzip or zstd, from files, directories and standard input, and
// gives the frames of all of them as one timeline ordered by packet time. Plain
// files are mapped into memory and never copied.
//
// It refuses to decode anything behind the link type, to invent time stamps, and
// to stop for one bad file: what is wrong is reported with file, offset and
// reason, and the other files go on.
//
// Frames alias the mapping or a chunk buffer. A Batch owns them: they are valid
// until its Release. This is the only package below floor 7 that touches the
// operating system.
//
// A file that another program cuts short while it is mapped makes the bytes
// behind its new end unreadable. The reader here survives that and reports it; a
// goroutine that looks into Frame.Data must call debug.SetPanicOnFault(true), so
// that the same event reaches its dispatcher as a panic it can recover from and
// not as the end of the process.
//
// Standards: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, RFC 1952 (gzip),
// RFC 8878 (zstd).
package capture

import "lazaret/internal/event"

// LinkType is a LINKTYPE_ value of the registry kept by the tcpdump group.
type LinkType uint16

// The link types that package decode understands.
const (
	LinkNull      LinkType = 0
	LinkEthernet  LinkType = 1
	LinkPPP       LinkType = 9
	LinkPPPHDLC   LinkType = 50
	LinkPPPoE     LinkType = 51
	LinkRaw       LinkType = 101
	LinkRawOld12  LinkType = 12
	LinkRawOld14  LinkType = 14
	LinkIEEE80211 LinkType = 105
	LinkLoop      LinkType = 108
	LinkLinuxSLL  LinkType = 113
	LinkRadiotap  LinkType = 127
	LinkIPv4      LinkType = 228
	LinkIPv6      LinkType = 229
	LinkLinuxSLL2 LinkType = 276
)

// Frame is one captured frame.
type Frame struct {
	Time  event.Time
	Index uint64 // number in the timeline, from 1; frames left out by Options count
	Data  []byte // captured bytes, at most the snap length
	Len   int    // length on the wire, at least len(Data)
	Link  LinkType
}

// BatchSize is the number of frames in a full Batch. It is a constant because
// timers advance at batch borders, and output must not depend on a setting.
const BatchSize = 512

// Batch is a run of consecutive frames of the timeline.
type Batch struct {
	Frames  []Frame // at most BatchSize
	release func()
}

// NewBatch makes a batch for a source other than a file. release is called once,
// from any goroutine, when the frames are no longer used.
func NewBatch(frames []Frame, release func()) *Batch {
	return &Batch{Frames: frames, release: release}
}

// Release gives the memory of the frames back. Call it once, after every user of
// the frames is done. It is safe to call from any goroutine.
func (b *Batch) Release() {
	if give := b.release; give != nil {
		// The order matters: once given back, b may already be in use again.
		b.release = nil
		give()
	}
}
