// Package proto is the contract between the sensor and the protocols. It knows
// no protocol.
//
// A protocol is a folder internal/proto/<name> with an exported variable Spec.
// Its analyzer is pure: no goroutine, lock, socket, clock or log; it sees the
// bytes of one conversation in order and says what it understood through Flow.
// A probe recognises a protocol by content, from either direction, and may answer
// "not yet"; a port only orders the probes and proves nothing. A gap is an input.
// No byte is searched twice: an analyzer names how many bytes it Needs before
// the next call, or keeps its position. Bytes whose length it knows and whose
// content it does not want are passed over by letting Done run ahead.
//
// Memory: the slices given to Probe, Parse and Datagram belong to the sensor and
// are valid only during the call; what an analyzer keeps it copies and bounds.
package proto

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Dir is the direction of bytes within a flow.
type Dir uint8

// Orig is from the side that opened the flow (or seemed to), Resp the other.
const (
	Orig Dir = 0
	Resp Dir = 1
)

// Other is the opposite direction.
func (d Dir) Other() Dir { return d ^ 1 }

// Match is the answer of a probe.
type Match uint8

// No excludes the protocol for this flow: of a stream, No to some bytes is No to
// all that begins so, and who refuses the first byte alone is not asked further. Maybe asks for more bytes. Yes ends the search. When several say
// Yes the one whose port fits is taken first.
const (
	No Match = iota
	Maybe
	Yes
)

// Transport says where a protocol's bytes come from. A Spec may combine several.
type Transport uint8

// TCP delivers a stream through Parse; UDP delivers one datagram per call; Link
// delivers the payload of link-layer frames by EtherType; Inner delivers the bytes
// handed over by another protocol as one stream per direction; Message delivers
// each piece handed over by itself, through Datagram, to the protocol that Hand
// names; Content delivers the content of entities through Reader; Files delivers
// the content of files, of all conversations of a shard, through Keeper.
const (
	TCP Transport = 1 << iota
	UDP
	Link
	Inner
	Message
	Content
	Files
)

// Spec declares a protocol.
type Spec struct {
	Name       string    // the folder's name, and the value of conn's service field
	Doc        string    // one sentence for the manual
	Transports Transport // where its bytes come from
	Ports      []uint16  // order of probing only, never proof
	EtherTypes []uint16  // for Link
	// Probe looks at the first bytes of one direction (of a TCP stream, at most
	// ProbeMax of them; of UDP, one datagram). It must be cheap and must not
	// keep head. Nil for Link, Message, Content and Files, and for protocols that
	// only get what was announced with Expect.
	Probe func(d Dir, head []byte) Match
	// Wants looks at the head of an entity and says whether its content is of
	// interest. Only for Content.
	Wants func(e *Entity) bool
	// New makes the analyzer of one flow. What New returns implements Analyzer
	// for TCP and Inner, Datagram for UDP, Link and Message, Reader for Content;
	// it may implement several.
	New func(f Flow) any
	// NewShared makes the state that all conversations of one shard share (those
	// of two hosts are in one shard); see Flow.Shared. It bounds itself. Nil if
	// there is none.
	NewShared func() any
	// NewKeeper makes the state that takes the files of one shard. Only for Files.
	NewKeeper func(k Keeping) Keeper
	// Records lists everything it may emit.
	Records []*event.Schema
	// Extra names those of Records that are made on request alone; see Asker.
	Extra []string
	// Budget is the most unconsumed bytes per direction that the stream keeps
	// for it; asking for more detaches it. Unused for datagrams.
	Budget int
	// NewJoiner makes the state that sees this protocol's records after the
	// merge of all workers, in packet order; nil if each record stands alone.
	NewJoiner func(emit func(event.Record)) Joiner
}

// ProbeMax is the most bytes of a stream direction that are kept for probing.
const ProbeMax = 2048

// Analyzer understands one conversation that is a stream.
type Analyzer interface {
	// Parse looks at the unconsumed bytes of one direction. An error means they
	// break the standard: the sensor records a weird and detaches the analyzer.
	// One that can go on records the weird itself and returns none.
	Parse(d Dir, b []byte) (Progress, error)
	// Gap reports n lost bytes of direction d; unconsumed bytes before the gap
	// are already thrown away. Lost bytes inside a passed-over range are not
	// reported. False gives the flow up.
	Gap(d Dir, n int) bool
	// End reports that direction d will bring no more bytes (FIN, RST, expiry
	// or end of the capture). It is called once for each direction.
	End(d Dir)
}

// Datagram understands conversations of datagrams or link-layer frames.
type Datagram interface {
	// Packet looks at one whole datagram. An error means it breaks the
	// standard: the sensor records a weird and goes on.
	Packet(d Dir, b []byte) error
	// Close reports the end of the flow, once.
	Close()
}

// Entity is the head of a message with header fields and content (RFC 9110 6), as
// HTTP carries it.
type Entity struct {
	Dir      Dir    // who sends it
	Seq      int    // number of the exchange within the conversation, from 1; a response has its request's
	Response bool   // else it is a request
	Method   string // of the request, also on its response; empty if the request was not seen
	Target   string // of the request, as sent and perhaps cut, also on its response
	Host     string // of the request
	Status   int    // of a response
	Type     string // Content-Type with its parameters
	Coding   string // a content coding that was not undone; empty if the content is clear
	Length   int64  // of the content as declared, -1 if not said
	// Field is the value of a header field by its name, case aside, empty if it
	// is missing. It is valid only during Wants and Open.
	Field func(name string) string
}

// Asker is who sends the request of the exchange that an entity belongs to.
func (e *Entity) Asker() Dir {
	if e.Response {
		return e.Dir.Other()
	}
	return e.Dir
}

// Reader understands the content of entities of one conversation. The calls for
// the entities of one direction do not overlap; those of both directions may.
type Reader interface {
	// Open begins an entity that Wants said yes to.
	Open(e *Entity)
	// Content brings the next bytes, transfer and content codings undone.
	Content(e *Entity, b []byte)
	// Lost tells that n bytes are missing here; n is 0 if nobody knows how many.
	Lost(e *Entity, n int)
	// Close ends it. whole is false if its end was not seen.
	Close(e *Entity, whole bool)
}

// Finisher is implemented by a Reader that has something to say when the
// conversation ends, behind the last entity.
type Finisher interface {
	// Finish is called once.
	Finish()
}

// Holder is implemented by an analyzer that keeps more than a few hundred bytes,
// so that the sensor can bound the memory of all of them together.
type Holder interface {
	// Held estimates the memory of the analyzer, bytes. It is asked about once
	// for each KiB that was given to Parse or Packet, so it must be cheap.
	Held() int
	// Yield asks for memory back, between two calls of Parse or Packet: what is
	// complete and only waits for an answer is emitted as it is, buffers that
	// are empty are let go. The analysis goes on.
	Yield()
}

// Progress is what Parse has done.
type Progress struct {
	// Done is the number of bytes not needed again. It may exceed the bytes
	// given: the rest passes by without a copy when it arrives.
	Done int
	// Need is the number of bytes (counted after Done) that must be there
	// before the next call; 0 means any.
	Need int
}

// Error is how bytes break a standard: it becomes a weird record.
type Error struct {
	Code   string // closed set per protocol, lower_snake_case, e.g. "bad_pdu_length"
	Offset int    // from the start of the bytes given to Parse or Packet
}

// Error implements error. It never contains bytes of the traffic.
func (e *Error) Error() string { return e.Code }

// Flow is what an analyzer may know and say about its conversation. The sensor
// implements it; prototest has one for tests.
type Flow interface {
	// Now is the time of the packet that brought the bytes being parsed.
	Now() event.Time
	// Conn is the identity of the conversation. For Link it is nil.
	Conn() *event.Conn
	// SrcMAC is the sender's hardware address of the current packet, zero if
	// the link has none.
	SrcMAC() netid.MAC
	// Emit sends a record. ts is when the thing it tells of began; the payload
	// must not be touched afterwards.
	Emit(ts event.Time, p event.Payload)
	// Weird records an anomaly that does not end the analysis. off counts from
	// the start of the bytes given to Parse or Packet.
	Weird(code string, off int)
	// Pseudonym is the keyed hash (HMAC-SHA-256 with the site's key, shortened
	// to 128 bits, lower-case hex) of a piece of patient data. kind separates
	// the name spaces ("patient", "study", "accession").
	Pseudonym(kind string, value []byte) string
	// Blind counts something that was recognised but cannot be inspected, for
	// example "tls" or "deflated".
	Blind(reason string)
	// Flip tells that the conversation was opened by the other side: what looked
	// like its beginning is an answer. From then on, and for the rest of the call
	// in progress, directions mean the opposite of what they did. It is refused,
	// with false, once a record of the conversation was emitted.
	Flip() bool
	// Hand gives the bytes of an inner protocol to the dispatcher. name is a
	// hint for the order of the probes and may be empty. When it names a protocol
	// of kind Message, b is one message and goes to that protocol without a probe.
	// A # and a number behind such a name tell several of its states apart, where
	// messages of several dialogues are mixed: "ntlm#2". Few are held at a time, so
	// a number is used again when its dialogue is over.
	Hand(d Dir, b []byte, name string)
	// Offer shows the head of an entity to the protocols of kind Content. It is
	// nil if none wants the content, which may then be passed over.
	Offer(e *Entity) Taker
	// About is what is known of this conversation by who carries or announced it;
	// zero if nothing is.
	About() About
	// Channel opens one of several inner streams. name is asked first, as with
	// Hand. It is nil if there is no room.
	Channel(name string, about About) Channel
	// Expect announces a conversation between the same two hosts. Announcing the
	// same end again replaces what was said. Ends at other hosts are not expected.
	Expect(e Expectation)
	// Shared is the state that NewShared of this protocol made for the shard; nil
	// if the protocol has none.
	Shared() any
	// Store begins a file whose content moves. It is nil if nobody wants it, and
	// the content may then be passed over.
	Store(f *File) Pieces
}

// Passer is implemented by flows that know how far a direction has come within
// what was passed over.
type Passer interface {
	// Ahead is how many of the bytes that Done ran ahead have not come yet. At
	// the end of a direction these never will.
	Ahead(d Dir) int
}

// Asker is implemented by flows that know which logs of Spec.Extra the site wants.
type Asker interface {
	// Asked says whether the log is wanted.
	Asked(log string) bool
}

// Taker gives the content of one entity to all who want it; see Reader.
type Taker interface {
	Content(b []byte)
	Lost(n int)
	Close(whole bool)
}

// Joiner sees records of its protocol in packet order, across all flows.
type Joiner interface {
	// Take looks at a record and may emit others. It returns false when the
	// record itself is only an ingredient and must not be logged.
	Take(r event.Record) bool
	// Advance tells that packet time has reached now, so that waiting things
	// can be given up.
	Advance(now event.Time)
	// Flush ends everything that still waits.
	Flush()
}
