package sigma

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/sigma/syntax"
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// occurrence is what a rule or correlation found once.
type occurrence struct {
	ts     event.Time
	seq    uint64
	record *event.Record // nil if a window was over
	group  []string      // of that window
	entry  entry         // its ends
}

// entry is an occurrence as a group remembers it.
type entry struct {
	ts             event.Time
	seq            uint64
	ref            int
	value          string
	number         float64
	source, target netid.IP
	uid            string
}

// group is the entries that agree in what a correlation groups by.
type group struct {
	key        string
	values     []string
	entries    []entry // by time
	places     map[string]event.Time
	end        event.Time // of the window, of correlations judged at the end
	count      int
	sum        float64
	prev, next *group
}

// counter is the memory of one correlation. Groups hang in a ring, the one touched
// longest ago first.
type counter struct {
	c      *correlation
	e      *Engine
	limit  Config
	groups map[string]*group
	ring   group
	events int
	due    event.Time // when a window is over
}

// patience is how long after its end a window waits for things that began in it and
// are told late.
const patience = event.Time(300e9)

// Entries of one group that are kept where no count bounds them.
const maxEntries = 4096

func newCounter(e *Engine, c *correlation, limit Config) *counter {
	k := &counter{c: c, e: e, limit: limit, groups: map[string]*group{}, due: math.MaxInt64}
	k.ring.prev, k.ring.next = &k.ring, &k.ring
	return k
}

// add takes one occurrence of the ref-th rule.
func (k *counter) add(ref int, o occurrence) {
	x, values, ok := k.read(ref, o)
	if !ok {
		return
	}
	var end event.Time
	if k.c.atEnd {
		span := event.Time(k.c.span)
		end = (o.ts/span + 1) * span
		if end+patience <= k.e.clock {
			k.e.stats.Late++
			return
		}
		k.due = min(k.due, end+patience)
		k.e.key = fmt.Appendf(k.e.key, "\x1e%d", end)
	}
	g := k.groups[string(k.e.key)]
	if g == nil {
		g = &group{key: string(k.e.key), values: values(), end: end}
		k.groups[g.key] = g
	} else {
		g.prev.next, g.next.prev = g.next, g.prev
	}
	g.prev, g.next = k.ring.prev, &k.ring
	g.prev.next, k.ring.prev = g, g
	at := k.insert(g, x)
	if !k.c.atEnd && at >= 0 {
		k.judge(g, at, o)
	}
	for len(k.groups) > k.limit.Groups || k.events > k.limit.Events {
		old := k.ring.next
		k.e.stats.Shed += uint64(len(old.entries))
		k.drop(old)
	}
}

func (k *counter) drop(g *group) {
	k.events -= len(g.entries)
	g.prev.next, g.next.prev = g.next, g.prev
	delete(k.groups, g.key)
}

// read takes group and value of an occurrence; the group's key is in the engine's
// buffer. What has no group or no value is not counted.
func (k *counter) read(ref int, o occurrence) (x entry, values func() []string, ok bool) {
	x = o.entry
	x.ts, x.seq, x.ref = o.ts, o.seq, ref
	b := k.e.key[:0]
	if o.record == nil {
		var list []string
		for _, i := range k.c.from[ref].group {
			list = append(list, o.group[i])
			b = append(append(b, o.group[i]...), 0x1f)
		}
		k.e.key = b
		return x, func() []string { return list }, true
	}
	r := k.c.readers[ref][o.record.Body.Schema()]
	if r == nil {
		return x, nil, false
	}
	var starts []int
	for i := range r.group {
		starts = append(starts, len(b))
		if b, ok = appendAll(b, &r.group[i], o.record); !ok {
			return x, nil, false
		}
		b = append(b, 0x1f)
	}
	k.e.key = b
	var v []byte
	for i := range r.fields {
		if v, ok = appendAll(v, &r.fields[i], o.record); !ok {
			return x, nil, false
		}
		v = append(v, 0x1f)
	}
	x.value = strings.TrimSuffix(syntax.Clip(string(v), 300), "\x1f")
	if len(r.fields) == 1 && k.c.kind != "value_count" {
		r.fields[0].Each(o.record, func(v event.Value) bool { x.number, ok = v.Number, v.Kind == event.Number; return false })
		if !ok {
			return x, nil, false
		}
	}
	var uids []string
	if x.source, x.target, uids = ends(o.record); uids != nil {
		x.uid = uids[0]
	}
	return x, func() []string {
		var out []string
		for i, from := range starts {
			to := len(b)
			if i+1 < len(starts) {
				to = starts[i+1]
			}
			out = append(out, string(b[from:to-1]))
		}
		return out
	}, true
}

// appendAll writes the values of a column, at most 300 bytes; false if there is none.
func appendAll(b []byte, a *event.Access, r *event.Record) ([]byte, bool) {
	from := len(b)
	a.Each(r, func(v event.Value) bool {
		if len(b) > from {
			b = append(b, ", "...)
		}
		b = appendValue(b, &v)
		return len(b)-from < 300
	})
	if len(b)-from > 300 {
		b = b[:from+300]
	}
	return b, len(b) > from
}

// insert puts an entry where its time belongs, and forgets what no window can reach or
// what tells nothing more. It gives back the place, -1 if the entry tells nothing.
func (k *counter) insert(g *group, x entry) int {
	before := len(g.entries)
	defer func() { k.events += len(g.entries) - before }()
	g.count++
	g.sum += x.number
	if k.c.kind == "value_count" {
		if g.places == nil {
			g.places = map[string]event.Time{}
		}
		if ts, ok := g.places[x.value]; ok {
			if ts > x.ts {
				return -1
			}
			at := slices.IndexFunc(g.entries, func(o entry) bool { return o.value == x.value })
			g.entries = slices.Delete(g.entries, at, at+1)
		}
		g.places[x.value] = x.ts
	}
	if k.c.atEnd && k.c.kind == "event_count" && len(g.entries) >= 8 {
		return -1 // it is counted; the first ones stand for all
	}
	i := len(g.entries)
	for i > 0 && g.entries[i-1].ts > x.ts {
		i--
	}
	g.entries = slices.Insert(g.entries, i, x)
	if strings.HasPrefix(k.c.kind, "temporal") && i >= 2 && i == len(g.entries)-1 && g.entries[i-1].ref == x.ref && g.entries[i-2].ref == x.ref {
		g.entries = slices.Delete(g.entries, i-1, i) // of a run of one rule, its ends tell all
		i--
	}
	return i - k.forget(g, i)
}

// forget drops the oldest entries, but for those from keep on, and says how many.
func (k *counter) forget(g *group, keep int) int {
	n := 0
	if !k.c.atEnd {
		oldest := g.entries[len(g.entries)-1].ts - 2*event.Time(k.c.span)
		for n < keep && g.entries[n].ts < oldest {
			n++
		}
	}
	most := maxEntries
	if strings.HasSuffix(k.c.kind, "_count") {
		most = 2*maxCount + 2
		if !k.c.atEnd {
			most = max(64, 2*int(k.c.bounds.low)+2)
		}
	}
	if over := len(g.entries) - n - most; over > 0 {
		over = min(over, keep-n)
		n += max(0, over)
		k.e.stats.Shed += uint64(max(0, over))
	}
	k.cut(g, n)
	return n
}

// cut drops the first n entries.
func (k *counter) cut(g *group, n int) {
	for _, x := range g.entries[:n] {
		if g.places != nil && g.places[x.value] == x.ts {
			delete(g.places, x.value)
		}
	}
	g.entries = slices.Delete(g.entries, 0, n)
}

// judge looks at the windows that end with the entry or with a later one that it is
// still within.
func (k *counter) judge(g *group, at int, o occurrence) {
	span := event.Time(k.c.span)
	for j := at; j < len(g.entries) && g.entries[j].ts-g.entries[at].ts < span; j++ {
		from := at
		for from > 0 && g.entries[j].ts-g.entries[from-1].ts < span {
			from--
		}
		n, met := k.measure(g.entries[from : j+1])
		if !met {
			continue
		}
		k.found(g, g.entries[from:j+1], n, o)
		before := len(g.entries)
		k.cut(g, j+1)
		k.events += len(g.entries) - before
		return
	}
}

// measure is what a window amounts to, and whether that meets the condition.
func (k *counter) measure(w []entry) (float64, bool) {
	n := float64(len(w))
	switch k.c.kind {
	case "value_sum":
		n = 0
		for i := range w {
			n += w[i].number
		}
	case "temporal":
		var there uint64
		for i := range w {
			there |= 1 << w[i].ref
		}
		n = 0
		for x := there; x != 0; x &= x - 1 {
			n++
		}
		if k.c.presence != nil {
			return n, k.c.presence.Met(there)
		}
	case "temporal_ordered":
		next := len(k.c.refs) - 1
		ts, seq := event.Time(math.MaxInt64), uint64(math.MaxUint64)
		for i := len(w) - 1; i >= 0 && next >= 0; i-- {
			if x := &w[i]; x.ref == next && (x.ts < ts || x.ts == ts && x.seq < seq) {
				next, ts, seq = next-1, x.ts, x.seq
			}
		}
		return float64(len(k.c.refs)), next < 0
	}
	return n, k.c.bounds.holds(n)
}

// close judges the windows that are over. At the end of all records those are judged
// too whose result more records could not take back.
func (k *counter) close(now event.Time, last bool) {
	if !k.c.atEnd {
		return
	}
	var over []*group
	k.due = math.MaxInt64
	for g := k.ring.next; g != &k.ring; g = g.next {
		if g.end+patience <= now || last && (g.end <= now || !k.c.bounds.upper) {
			over = append(over, g)
		} else {
			k.due = min(k.due, g.end+patience)
		}
	}
	for _, g := range over {
		if n := k.total(g); k.c.bounds.holds(n) {
			x := g.entries[len(g.entries)-1]
			k.found(g, g.entries, n, occurrence{ts: x.ts, seq: x.seq, group: g.values, entry: x})
		}
		k.drop(g)
	}
}

// total is what a window that is over amounts to.
func (k *counter) total(g *group) float64 {
	switch k.c.kind {
	case "event_count":
		return float64(g.count)
	case "value_count":
		return float64(len(g.entries))
	case "value_sum":
		return g.sum
	case "value_avg":
		return g.sum / float64(g.count)
	}
	var all []float64
	for i := range g.entries {
		all = append(all, g.entries[i].number)
	}
	slices.Sort(all)
	if k.c.kind == "value_median" {
		return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
	}
	// The nearest rank: the least value that so many percent do not exceed.
	return all[max(0, int(math.Ceil(k.c.percentile/100*float64(len(all))))-1)]
}

// found reports a window, and feeds what counts correlations.
func (k *counter) found(g *group, w []entry, n float64, o occurrence) {
	c, last := k.c, w[len(w)-1]
	h := detect.Hit{Rule: &c.rule.head, Time: last.ts, Source: last.source, Target: last.target}
	if r := o.record; r != nil && r.Conn != nil && r.Conn.UID == last.uid {
		// The conversation of the last event comes first: that one is at hand.
		h.UIDs = append(h.UIDs, last.uid)
		if g := k.e.logs[r.Body.Schema()]; g != nil {
			g.who.sign(&h, r)
		}
	}
	for i := range w {
		x := &w[i]
		if x.source != h.Source {
			h.Source = netid.IP{}
		}
		if x.target != h.Target {
			h.Target = netid.IP{}
		}
		if x.uid != "" && len(h.UIDs) < 8 && !slices.Contains(h.UIDs, x.uid) {
			h.UIDs = append(h.UIDs, x.uid)
		}
	}
	for i, name := range c.group {
		h.Facts = append(h.Facts, detect.Fact{Field: name, Value: syntax.Clip(g.values[i], 300), Class: c.classes[i]})
	}
	h.Facts = append(h.Facts, detect.Fact{Field: c.kind, Value: fmt.Sprintf("%s within %s", event.Value{Kind: event.Number, Number: n}.String(), c.spanText)})
	if c.kind == "value_count" {
		var values []string
		for i := max(0, len(w)-8); i < len(w); i++ {
			values = append(values, strings.ReplaceAll(w[i].value, "\x1f", " "))
		}
		h.Facts = append(h.Facts, detect.Fact{Field: strings.Join(c.fields, ", "), Value: syntax.Clip(strings.Join(values, ", "), 300), Class: c.class})
	}
	if !c.rule.silent {
		k.e.report(h)
	}
	next := occurrence{ts: last.ts, seq: last.seq, record: o.record, group: g.values, entry: entry{source: h.Source, target: h.Target, uid: last.uid}}
	if c.atEnd {
		next.record = nil
	}
	// Its key buffer is used again further up.
	k.e.feed(c.rule, next)
}
