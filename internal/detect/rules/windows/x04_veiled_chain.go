package windows

import (
	"strconv"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/lru"
	"lazaret/internal/netid"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/smb"
	"lazaret/internal/trace"
)

// x4 is what was written to a machine and goes on from there: by its size alone, if SMB3
// encrypts. Sizes of programs that were seen in clear count as well.
var x4 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "X4", Engine: "behaviour",
		Title: "What a machine was given goes on to another inside SMB3 encryption",
		Why:   "A program that spreads is written to a machine, and from there to the next. Seen is a write of the same size, more or less; not seen is that it is the same file.",
		Innocent: []string{"A server that passes on what it is given: replication, backup, an archive's second copy.", "A user who takes a document along from machine to machine.",
			"Two files that happen to be of one size."},
		Attack:     []string{"T1570", "T1021.002"},
		Severity:   detect.Low,
		Confidence: 0.4,
		Basis:      "the question of K4, from sizes and their order; that copies of one family differ a little is FBI CP-000118-MW",
		Numbers: []detect.Number{
			{Name: "size", Value: 16_384, Min: 8192, Unit: "bytes", Doc: "least that is written in one go", Basis: "proposal"},
			{Name: "alike", Value: 0.03, Min: 0, Unit: "share", Doc: "most by which the two sizes may differ", Basis: "proposal; a copy of Kwampirs differs by a run of bytes"},
			{Name: "window", Value: 3600, Min: 1, Unit: "seconds", Doc: "from the one write to the next", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			switch {
			case source.Modality():
				return detect.High, "a modality passes on no files but images to its archive"
			case target.Modality():
				return detect.High, "a modality is changed by its maker's service alone"
			case endpoint(source):
				return detect.Medium, "a machine of the role " + string(source) + " passes on no files"
			case server(source) && f.Severity == detect.Low:
				return detect.Info, "servers pass on what they are given"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{smb.VeilSchema, files.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		given := lru.New[netid.IP, *[]gift](maxHosts)
		least := uint64(n.Int("size"))
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *files.Record:
				p, ok := copied(r, d)
				if !ok || d.Seen < least {
					return
				}
				g := gift{at: r.TS, size: d.Seen, by: p.from, to: p.to, hops: 1, clear: true}
				if before, ok := passed(given, p, g, n); ok {
					g.hops = before.hops + 1
				}
				give(given, p.to, g)
				g.hops--
				give(given, p.from, g) // who has brought it may go on, too
			case *smb.VeilRecord:
				size := payload(d)
				if d.Action != "sent" || size < least {
					return
				}
				h, p := veilHit(r, d)
				g := gift{at: r.TS, size: size, by: p.from, to: p.to, hops: 1}
				before, ok := passed(given, p, g, n)
				if ok {
					g.hops = before.hops + 1
				}
				give(given, p.to, g)
				if !ok {
					return
				}
				h.Target, h.Reach = p.to, trace.Entered
				if g.hops > 2 {
					h.Severity, h.Confidence = detect.Medium, 0.5
				}
				h.Facts = append(sizes(d), before.facts(&g)...)
				report(h)
			}
		}
	},
}

// gift is what was written to a machine.
type gift struct {
	at    event.Time
	size  uint64
	by    netid.IP // who wrote it
	to    netid.IP // to whom
	hops  int      // how many times it was written on, with this
	clear bool     // a program that was seen in clear
}

const maxGifts = 16 // of one machine

func give(given *lru.Map[netid.IP, *[]gift], to netid.IP, g gift) {
	list, ok := given.Touch(to)
	if !ok {
		list = new([]gift)
		given.Put(to, list)
	}
	if len(*list) >= maxGifts {
		*list = append((*list)[:0], (*list)[1:]...)
	}
	*list = append(*list, g)
}

// passed finds what the writer was given or brought before and is as long, the one with most
// hops. What goes back to where it came from is an answer, and what goes there again is no
// spread.
func passed(given *lru.Map[netid.IP, *[]gift], p pair, g gift, n detect.Numbers) (best gift, ok bool) {
	list, known := given.Get(p.from)
	if !known {
		return best, false
	}
	for _, b := range *list {
		age, far := g.at.Sub(b.at), float64(max(b.size, g.size)-min(b.size, g.size))
		if age >= 0 && age <= n.Seconds("window") && b.by != p.to && b.to != p.to && far <= n["alike"]*float64(g.size) && (!ok || b.hops > best.hops) {
			best, ok = b, true
		}
	}
	return best, ok
}

// facts are what is told of the write before.
func (b *gift) facts(g *gift) []detect.Fact {
	what := "bytes inside encryption"
	if b.clear {
		what = "bytes, a program seen in clear"
	}
	return []detect.Fact{
		{Field: "before it", Value: strconv.FormatUint(b.size, 10) + " " + what + ", by " + b.by.String()},
		{Field: "seconds between", Value: strconv.Itoa(int(g.at.Sub(b.at) / 1e9))}, counted("writes in a row", g.hops),
	}
}
