package sensor

import (
	"runtime/debug"

	"lazaret/internal/decode"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/stream"
)

// Weird is the record of something that breaks a protocol: log weird.
type Weird struct {
	Name   string `log:"name,always" doc:"What is wrong, from a closed set per protocol"`
	Source string `log:"source" doc:"The protocol that noticed it; empty for the transport"`
	Offset uint64 `log:"offset" doc:"Where, counted from the start of the message or segment being parsed, bytes"`
}

// WeirdSchema declares the log weird.
var WeirdSchema = event.NewSchema[Weird]("weird", "Bytes that break a protocol")

// Schema implements event.Payload.
func (*Weird) Schema() *event.Schema { return WeirdSchema }

// Stats is everything a run counted.
type Stats struct {
	Frames   uint64
	Records  map[string]uint64 // by log
	Decode   decode.Stats
	Flows    uint64 // conversations that ended
	PeakOpen int    // sum of the shards' highest numbers of open conversations
	FlowShed uint64 // conversations closed early for want of room
	Stream   stream.Stats
	// MissedBytes were acknowledged by a receiver and not captured; one-sided
	// conversations are those of which only one direction was captured although
	// the other must have spoken.
	MissedBytes uint64
	MissedFlows uint64
	OneSided    uint64
	// Unknown are conversations with payload whose protocol was not recognised.
	Unknown      uint64
	UnknownBytes uint64
	// Blind is what was recognised and cannot be inspected, by reason; the bytes
	// are those of conversations that had such a reason.
	Blind map[string]uint64
	// BlindBetween is the same by who spoke to whom. Pairs beyond the bound of a shard
	// are only counted in Blind.
	BlindBetween map[Between]uint64
	Attached     map[string]uint64 // conversations by protocol
	Detached     map[string]uint64 // of these, given up
	Weirds       map[string]uint64 // by "protocol/code"
	WeirdsShed   uint64
	InnerShed    uint64
	// Linked are frames of neither IP nor ARP that a link-layer protocol read.
	Linked    uint64
	Retired   uint64 // conversations whose analysis was given up for want of room
	Yielded   uint64 // times that records went out early for want of room
	Panics    uint64
	Stack     string // of the first panic
	FileFault bool   // a mapped file shrank while it was read
}

// counters are the part of Stats that a shard keeps.
type counters struct {
	attached, detached map[string]uint64
	blind, weirds      map[string]uint64
	between            map[Between]uint64       // at most maxBetween
	defects            map[decode.Defect]uint64 // weird records written
	weirdsShed         uint64
	innerShed, linked  uint64
	panics             uint64
	retired            uint64
	yielded            uint64
	stack              string
	missed             uint64
	missedFlows        uint64
	oneSided           uint64
	flows              uint64
	unknown            uint64
	unknownBytes       uint64
}

func (c *counters) init() {
	c.attached, c.detached = map[string]uint64{}, map[string]uint64{}
	c.blind, c.weirds = map[string]uint64{}, map[string]uint64{}
	c.between = map[Between]uint64{}
	c.defects = map[decode.Defect]uint64{}
}

// Between is a reason for blindness, and the two ends of a conversation that had it.
type Between struct {
	Reason     string
	Orig, Resp netid.IP
	Port       uint16 // of Resp
}

const maxBetween = 512 // of a shard

// unseen counts a conversation that cannot be inspected.
func (c *counters) unseen(reason string, orig, resp netid.Endpoint) {
	c.blind[reason]++
	k := Between{reason, orig.IP, resp.IP, resp.Port}
	if n, ok := c.between[k]; ok || len(c.between) < maxBetween {
		c.between[k] = n + 1
	}
}

func (c *counters) weird(source, code string) { c.weirds[source+"/"+code]++ }

// guard runs one call of an analyzer and holds the only recover of the program
// besides those for vanished file pages: hostile bytes must not end the watch.
func (s *shard) guard(call func()) (ok bool) {
	defer func() {
		if e := recover(); e != nil {
			ok = false
			if vanished(e) { // no fault of the analyzer
				s.w.fault = true
				return
			}
			s.c.panics++
			if s.c.stack == "" {
				s.c.stack = string(debug.Stack())
			}
		}
	}()
	call()
	return true
}

// count accounts for a conversation at its end.
func (s *shard) count(f *flow.Flow, r *flow.Record, c *convo) {
	s.c.flows++
	if r.MissedBytes > 0 {
		s.c.missedFlows++
	}
	tcp := r.Proto == "tcp"
	if tcp && (r.OrigPkts == 0 || r.RespPkts == 0) && r.OrigBytes.V+r.RespBytes.V > 0 {
		s.c.oneSided++
	}
	if (tcp || r.Proto == "udp") && r.Service == "" && r.OrigBytes.V+r.RespBytes.V > 0 {
		s.c.unknown++
		s.c.unknownBytes += r.OrigBytes.V + r.RespBytes.V
	}
}

func addTo[K comparable](to, from map[K]uint64) {
	for k, v := range from {
		to[k] += v
	}
}

// stats adds up the shards.
func (r *run) stats(m *merger) *Stats {
	st := &Stats{
		Frames: r.frames, Records: m.records, Decode: r.dec.Stats(), FileFault: r.fault,
		Blind: map[string]uint64{}, BlindBetween: map[Between]uint64{}, Attached: map[string]uint64{},
		Detached: map[string]uint64{}, Weirds: map[string]uint64{},
	}
	for _, w := range r.workers {
		st.FileFault = st.FileFault || w.fault
	}
	st.Panics, st.Stack = m.panics, m.stack
	for n := range Shards {
		s := r.workers[n%len(r.workers)].shards[n]
		c := &s.c
		addTo(st.Blind, c.blind)
		addTo(st.BlindBetween, c.between)
		addTo(st.Attached, c.attached)
		addTo(st.Detached, c.detached)
		addTo(st.Weirds, c.weirds)
		st.WeirdsShed += c.weirdsShed
		st.InnerShed += c.innerShed
		st.Linked += c.linked
		st.Panics += c.panics
		st.Retired += c.retired
		st.Yielded += c.yielded
		if st.Stack == "" {
			st.Stack = c.stack
		}
		st.MissedBytes += c.missed
		st.MissedFlows += c.missedFlows
		st.OneSided += c.oneSided
		st.Flows += c.flows
		st.Unknown += c.unknown
		st.UnknownBytes += c.unknownBytes
		st.PeakOpen += s.table.Peak()
		st.FlowShed += s.table.Shed()
		p := &s.pool.Stats
		st.Stream.Gaps += p.Gaps
		st.Stream.GapBytes += p.GapBytes
		st.Stream.Conflicts += p.Conflicts
		st.Stream.Shed += p.Shed
		st.Stream.ShedBytes += p.ShedBytes
		st.Stream.Peak += p.Peak
	}
	return st
}
