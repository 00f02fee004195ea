package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"lazaret/internal/event"
)

const (
	second = event.Time(1e9)
	// opening is the time of the first frame: 2026-11-02T08:00:00Z.
	opening = event.Time(1793606400) * second
	hour    = 3600 * second
	// waves is how often in the hour many devices send at once, so that their
	// segments lie between each other as on a busy link.
	waves = 12
)

// hospital is the cast of the capture and the plan of its hour.
type hospital struct {
	r        *rand.Rand
	noise    []byte
	hosts    []*host
	archives []*host
	devices  map[*kind][]*host
	kinds    []*kind
	engine   *host
	systems  []*host // speak HL7
	dns      []*host
	webs     []*host
	files    []*host
	desks    []*host
	plan     []planned
}

// planned is a conversation that is not yet begun. It is made when it begins, so
// that a plan costs little memory.
type planned struct {
	at   event.Time
	make func() actor
}

func newHospital(r *rand.Rand) *hospital {
	h := &hospital{r: r, devices: map[*kind][]*host{}, kinds: kinds(), noise: noise(r)}
	h.archives = h.cast("archive", 2)
	for _, k := range h.kinds {
		h.devices[k] = h.cast(k.modality, k.devices)
	}
	h.engine = h.cast("engine", 1)[0]
	h.systems = h.cast("his", 6)
	h.dns = h.cast("ns", 2)
	h.webs = h.cast("web", 5)
	h.files = h.cast("files", 3)
	h.desks = h.cast("desk", 300)
	return h
}

// noise is what pixels and files consist of.
func noise(r *rand.Rand) []byte {
	b := make([]byte, 0, noiseLen+noiseLap)
	for len(b) < noiseLen {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64()&0x0fff0fff0fff0fff)
	}
	return append(b, b[:noiseLap]...)
}

// cast adds n machines whose names begin alike.
func (h *hospital) cast(name string, n int) []*host {
	first := len(h.hosts)
	for i := range n {
		k := len(h.hosts)
		h.hosts = append(h.hosts, &host{
			mac:  [6]byte{0x02, 0x1a, 0x2e, 0, byte(k >> 8), byte(k)},
			ip:   [4]byte{10, 20, byte(1 + k/200), byte(10 + k%200)},
			name: fmt.Sprintf("%s%d", name, i+1), port: uint16(h.r.IntN(16384)),
		})
	}
	return h.hosts[first:len(h.hosts):len(h.hosts)]
}

func pick[T any](r *rand.Rand, s []T) T { return s[r.IntN(len(s))] }

// onWire estimates the bytes in the file of a payload: headers, record headers
// and the acknowledgements of every second segment.
func onWire(payload int) int { return payload + payload*(ethLen+ipLen+tcpLen+16+38)/mss }

// schedule plans conversations for size bytes in all.
func (h *hospital) schedule(size int64) {
	h.plan = nil
	for _, k := range h.kinds {
		h.images(k, size*80/100*int64(k.share)/100)
	}
	part := float64(size) / 2e9
	h.reads(size * 105 / 1000)
	for range int(4000 * part) {
		at := opening + event.Time(h.r.Int64N(int64(hour-10*second)))
		h.add(at, func() actor {
			s := pick(h.r, h.webs)
			return h.talk(isHTTP, pick(h.r, h.desks), s, 80, &web{host: s.name + ".bench.invalid", noise: h.noise, left: 1 + h.r.IntN(4), lo: 500, hi: 23000})
		})
	}
	for range int(2400 * part) {
		at := opening + event.Time(h.r.Int64N(int64(hour-60*second)))
		h.add(at, func() actor {
			from, to := pick(h.r, h.systems), h.engine
			if h.r.IntN(2) == 0 {
				from, to = to, from
			}
			return h.talk(isHL7, from, to, 2575, &feed{from: from.name, to: to.name, left: 1 + h.r.IntN(34), think: second})
		})
	}
	for range int(5000 * part) {
		at := opening + event.Time(h.r.Int64N(int64(hour-second)))
		h.add(at, func() actor {
			c, of := pick(h.r, h.desks), pick(h.r, h.hosts)
			return &lookup{ends: [2]*host{c, pick(h.r, h.dns)}, port: c.ephemeral(), id: uint16(h.r.Uint32()), name: of.name, answer: of.ip}
		})
	}
	for range int(3000 * part) {
		at := opening + event.Time(h.r.Int64N(int64(hour-second)))
		h.add(at, func() actor { return &whohas{ends: [2]*host{pick(h.r, h.hosts), pick(h.r, h.hosts)}} })
	}
	slices.SortStableFunc(h.plan, func(a, b planned) int { return int(a.at - b.at) })
}

func (h *hospital) add(at event.Time, make func() actor) {
	h.plan = append(h.plan, planned{at, make})
}

// talk begins a TCP conversation. A second of a gigabit is shared by a few.
func (h *hospital) talk(c class, from, to *host, port uint16, d dialog) *talk {
	return &talk{
		class: c, ends: [2]*host{from, to}, port: [2]uint16{from.ephemeral(), port},
		pace: event.Time(20_000 + h.r.IntN(150_000)), d: d,
	}
}

// wave is a moment near the beginning of one of the busy times.
func (h *hospital) wave() event.Time {
	return opening + event.Time(h.r.IntN(waves))*hour/waves + event.Time(h.r.Int64N(int64(8*second)))
}

// images plans associations of a kind of device until the bytes are used up.
func (h *hospital) images(k *kind, budget int64) {
	one := int64(onWire(k.size() + 2000))
	for budget > one/2 {
		n := k.lo + h.r.IntN(k.hi-k.lo+1)
		n = int(min(int64(n), (budget+one/2)/one))
		budget -= int64(n) * one
		h.add(h.wave(), func() actor {
			dev, pacs := pick(h.r, h.devices[k]), pick(h.r, h.archives)
			s := &sender{
				k: k, calling: dev.name, called: pacs.name, station: dev.name, noise: h.noise,
				study: fmt.Sprintf("1.2.826.0.1.3680043.9.9999.7.%d.%06d", 1+h.r.IntN(9999), h.r.IntN(1e6)),
				most:  16 << 10 << h.r.IntN(4), objects: n, betweenMS: 100,
			}
			return h.talk(isDICOM, dev, pacs, 104, s)
		})
	}
}

// reads plans connections to file servers.
func (h *hospital) reads(budget int64) {
	one := int64(onWire(smbPiece + 250))
	for budget > one/2 {
		n := int(min(int64(4+h.r.IntN(20)), (budget+one/2)/one))
		budget -= int64(n) * one
		h.add(h.wave(), func() actor {
			return h.talk(isSMB, pick(h.r, h.desks), pick(h.r, h.files), 445, &share{noise: h.noise, left: n})
		})
	}
}

// starts gives the planned conversations in order.
func (h *hospital) starts() (event.Time, actor, bool) {
	if len(h.plan) == 0 {
		return 0, nil, false
	}
	p := h.plan[0]
	h.plan = h.plan[1:]
	return p.at, p.make(), true
}
