// Package contacts remembers who reached whom over roads that a program can travel: a temporal
// multigraph of timed, directed, graded contacts.
//
// A contact is touched if a conversation was answered over a service that can write files, run
// programs or open a session (SMB, remote procedures, remote desktops and screens, shells,
// databases, file transfer), entered if an administrative share was granted, written if a file was
// written and acknowledged. What findings and sessions know beyond that (granted, exploited,
// proven) is laid over it when a Graph is made. Clinical conversations (DICOM, HL7) are no roads:
// they carry what a machine reads, not what it runs, and would join all to all.
//
// A Graph answers two questions. Forward: who may have been reached from infected devices, by
// when at the earliest, along which path (earliest arrival, as Dijkstra's algorithm finds it on
// temporal graphs). Backward: from whom a device may have been reached before a time, leaving as
// late as possible.
//
// Memory is bounded by Config for years: when there is no room, contacts that are not fresh are
// rolled up, the lowest grade first, into one for an hour, a day, a month, and at last one for each
// pair; then pairs that were quiet longest are forgotten, and counted. A rolled-up contact is
// from when to when with a number, and a path may take it at any time between: so paths are never
// missed for it, but may be told that were not there.
//
// It refuses to judge who is infected. One goroutine owns a Book; a Graph shares nothing with it.
// It reads no clock, and the same records make the same answers. Earliest arrival on temporal
// graphs: Wu and others, Path problems in temporal graphs (VLDB 2014).
package contacts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/share"
	"lazaret/internal/trace"
)

// Config bounds a Book.
type Config struct {
	Cells int           `toml:"cells" doc:"most contacts that are remembered, 32 bytes each; beyond, the lowest grades are rolled up into hours, days and months"`
	Pairs int           `toml:"pairs" doc:"most pairs of addresses, one for each direction; beyond, those that were quiet longest are forgotten, and counted"`
	Fresh time.Duration `toml:"fresh" doc:"younger contacts are rolled up only if nothing else is left"`
}

// DefaultConfig takes about 70 MiB when full.
func DefaultConfig() Config { return Config{Cells: 1_500_000, Pairs: 200_000, Fresh: 24 * time.Hour} }

// Validate names every wrong key.
func (c Config) Validate() error {
	var errs []error
	if c.Cells < 64 || c.Cells > 1<<28 {
		errs = append(errs, fmt.Errorf("contacts.cells: %d is not between 64 and %d", c.Cells, 1<<28))
	}
	if c.Pairs < 16 || c.Pairs > 1<<24 {
		errs = append(errs, fmt.Errorf("contacts.pairs: %d is not between 16 and %d", c.Pairs, 1<<24))
	}
	if c.Fresh < 0 || c.Fresh > 10*365*24*time.Hour {
		errs = append(errs, fmt.Errorf("contacts.fresh: %v is not between 0 and 87600h", c.Fresh))
	}
	return errors.Join(errs...)
}

// Contact is one, or several rolled up: from when to when, and how many.
type Contact struct {
	From, To       event.Time
	Source, Target netid.IP
	Grade          trace.Grade
	Count          uint64
}

// cell is a contact of a pair.
type cell struct {
	from, to event.Time
	count    uint64
	grade    trace.Grade
}

// line is the contacts of a pair, by their beginning.
type line struct {
	source, target netid.IP
	cells          []cell
	last           event.Time
}

// roll is a step of rolling up: contacts of a grade within so much time become one.
type roll struct {
	grade trace.Grade
	grain event.Interval
}

const (
	hour  = event.Interval(time.Hour)
	day   = 24 * hour
	month = 30 * day
	ever  = 1 << 62
)

// rolls are the steps in the order in which they are taken.
var rolls = []roll{
	{trace.Touched, hour}, {trace.Touched, day}, {trace.Entered, hour}, {trace.Touched, month}, {trace.Entered, day}, {trace.Written, hour},
	{trace.Touched, ever}, {trace.Entered, month}, {trace.Written, day}, {trace.Entered, ever}, {trace.Written, month}, {trace.Written, ever},
}

// Book remembers contacts.
type Book struct {
	cfg   Config
	lines map[[2]netid.IP]*line
	cells int
	level int // steps of rolls that were taken
	now   event.Time
	gone  uint64 // contacts of pairs that were forgotten
	whole uint64 // contacts that are told with others as one
}

// New makes an empty Book.
func New(cfg Config) *Book { return &Book{cfg: cfg, lines: map[[2]netid.IP]*line{}} }

// Forgotten is how many contacts were forgotten, Rolled how many became one with others.
func (b *Book) Forgotten() uint64 { return b.gone }

// Rolled is how many contacts lost their own time.
func (b *Book) Rolled() uint64 { return b.whole }

// roads are the services that a program can travel.
var roads = map[string]bool{"smb": true, "dce_rpc": true, "rdp": true, "rfb": true, "ssh": true, "telnet": true, "wsman": true, "winrm": true, "ftp": true, "tftp": true,
	"mysql": true, "postgresql": true, "tds": true, "tns": true, "redis": true}

// ports are those of roads whose conversation nobody could read.
var ports = map[uint16]bool{22: true, 23: true, 135: true, 139: true, 445: true, 3389: true, 5900: true, 5901: true, 5985: true, 5986: true}

// road says whether a program can travel over a conversation.
func road(f *flow.Record, port uint16) bool {
	if f.Service == "" || f.Service == "ssl" {
		return ports[port]
	}
	for name := range strings.SplitSeq(f.Service, ",") {
		if roads[name] {
			return true
		}
	}
	return false
}

// Add takes the next record.
func (b *Book) Add(r *event.Record) {
	if r.Conn == nil {
		return
	}
	switch f := r.Body.(type) {
	case *flow.Record:
		if f.OrigPkts > 0 && f.RespPkts > 0 && f.ConnState != "REJ" && road(f, r.Conn.Resp.Port) {
			b.note(r, trace.Touched)
		}
	case *share.MappingRecord:
		if administrative(f.Path) {
			b.note(r, trace.Entered)
		}
	case *share.FileRecord:
		if f.Action == "SMB::FILE_WRITE" && f.BytesWrit.OK && f.BytesWrit.V > 0 {
			b.note(r, trace.Written)
		}
	}
}

// administrative says whether a share is one that Windows makes for administrators (MS-SRVS
// 2.2.4.24): hidden, and not the one for pipes.
func administrative(path string) bool {
	return strings.HasSuffix(path, "$") && !strings.EqualFold(path[strings.LastIndexByte(path, '\\')+1:], "IPC$")
}

func (b *Book) note(r *event.Record, g trace.Grade) {
	source, target := r.Conn.Orig.IP, r.Conn.Resp.IP
	if source == target || !source.IsUnicast() || !target.IsUnicast() {
		return
	}
	b.Note(Contact{From: r.TS, To: r.TS, Source: source, Target: target, Grade: g, Count: 1})
}

// Note takes a contact.
func (b *Book) Note(c Contact) {
	key := [2]netid.IP{c.Source, c.Target}
	l := b.lines[key]
	if l == nil {
		if len(b.lines) >= b.cfg.Pairs {
			b.forget(len(b.lines) - b.cfg.Pairs*7/8)
		}
		l = &line{source: c.Source, target: c.Target}
		b.lines[key] = l
	}
	b.now, l.last = max(b.now, c.To), max(l.last, c.To)
	if l.put(cell{c.From, c.To, c.Count, c.Grade}) {
		if b.cells++; b.cells >= b.cfg.Cells {
			b.shrink()
		}
	}
}

// put enters a cell at its place; nearly all come in order. It is false if another of the same
// time and grade took it.
func (l *line) put(c cell) bool {
	i := len(l.cells)
	for i > 0 && l.cells[i-1].from > c.from {
		i--
	}
	for k := i - 1; k >= 0 && l.cells[k].from == c.from; k-- {
		if o := &l.cells[k]; o.grade == c.grade && o.to == c.to {
			o.count += c.count
			return false
		}
	}
	l.cells = slices.Insert(l.cells, i, c)
	return true
}

// shrink rolls up until a quarter is free: first by the steps that were taken before, of what is
// fresh no longer, then by further ones, then what is fresh too; at last pairs are forgotten.
func (b *Book) shrink() {
	room := b.cfg.Cells * 3 / 4
	before := b.now - event.Time(b.cfg.Fresh)
	for b.sweep(before); b.cells > room && b.level < len(rolls); b.sweep(before) {
		b.level++
	}
	if b.cells > room {
		b.sweep(b.now + 1)
	}
	for b.cells > room && len(b.lines) > 0 {
		b.forget(len(b.lines)/8 + 1)
	}
}

// sweep rolls up contacts that ended before a time.
func (b *Book) sweep(before event.Time) {
	var grain [trace.Grades]event.Interval
	for _, r := range rolls[:b.level] {
		grain[r.grade] = r.grain
	}
	b.cells = 0
	for _, l := range b.lines {
		b.whole += l.roll(&grain, before)
		b.cells += len(l.cells)
	}
}

// roll makes one of all contacts of a grade within a grain, and returns how many lost their time.
func (l *line) roll(grain *[trace.Grades]event.Interval, before event.Time) (n uint64) {
	var open [trace.Grades]int // 1 + place of the cell that takes more
	out := l.cells[:0]
	for _, c := range l.cells {
		g := grain[c.grade]
		if g == 0 || c.to >= before {
			out = append(out, c)
			continue
		}
		if i := open[c.grade]; i > 0 && int64(out[i-1].from)/int64(g) == int64(c.from)/int64(g) {
			o := &out[i-1]
			if o.count == 1 {
				n++
			}
			if c.count == 1 {
				n++
			}
			o.to, o.count = max(o.to, c.to), o.count+c.count
			continue
		}
		out = append(out, c)
		open[c.grade] = len(out)
	}
	if cap(out) > 2*len(out)+8 {
		out = slices.Clone(out)
	}
	l.cells = out
	return n
}

// forget drops the pairs that were quiet longest.
func (b *Book) forget(n int) {
	list := make([]*line, 0, len(b.lines))
	for _, l := range b.lines {
		list = append(list, l)
	}
	slices.SortFunc(list, func(x, y *line) int {
		return cmp.Or(cmp.Compare(x.last, y.last), x.source.Compare(y.source), x.target.Compare(y.target))
	})
	for _, l := range list[:min(max(n, 1), len(list))] {
		for _, c := range l.cells {
			b.gone += c.count
		}
		b.cells -= len(l.cells)
		delete(b.lines, [2]netid.IP{l.source, l.target})
	}
}
