package casebook

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"lazaret/internal/report"
)

// Bounds of the drawings.
const (
	mostLanes  = 60 // devices in the timeline
	mostLeaves = 12 // devices that one infected and that infected none, in the tree
	mostLabel  = 24 // characters of a name
)

// pen writes SVG. Every text goes through escape.
type pen struct{ strings.Builder }

func (p *pen) put(format string, a ...any) { fmt.Fprintf(&p.Builder, format, a...) }

func escape(s string) string { return template.HTMLEscapeString(s) }

// label cuts a name to what a drawing has room for.
func label(s string) string {
	if r := []rune(s); len(r) > mostLabel {
		s = string(r[:mostLabel-1]) + "…"
	}
	return escape(s)
}

func (p *pen) open(width, height int, title string) {
	p.put(`<svg viewBox="0 0 %d %d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, width, height, escape(title))
}

func (p *pen) close() template.HTML {
	p.WriteString("</svg>")
	return template.HTML(p.String()) // built of escaped text alone
}

func parse(t string) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, t) // as NewIncidents wrote it
	return at
}

// lane is a device with a row of the timeline.
type lane struct {
	party report.Party
	state *report.Infected
}

// lanes are the devices of the timeline, and the lane of each address.
func (c *Case) lanes() (lanes []lane, at map[string]int) {
	at = map[string]int{}
	for _, list := range [][]report.Infected{c.Infected, c.AtRisk} {
		for i := range list {
			p := list[i].Device
			if _, ok := at[p.Address]; !ok {
				at[p.Address] = len(lanes)
				lanes = append(lanes, lane{p, &list[i]})
			}
		}
	}
	return lanes, at
}

// timeline draws one lane for each device, since when it is infected, and the steps
// between them.
func (c *Case) timeline() template.HTML {
	lanes, at := c.lanes()
	if len(lanes) == 0 {
		return ""
	}
	more := max(len(lanes)-mostLanes, 0)
	lanes = lanes[:len(lanes)-more]
	const left, right, top, row, width = 200, 20, 40, 30, 1000
	from, to := parse(c.First), parse(c.Last)
	for _, e := range c.Incident.Tree {
		if t := parse(e.Time); t.Before(from) {
			from = t
		}
	}
	span := max(to.Sub(from), time.Second)
	from, span = from.Add(-span/20), span+span/10
	x := func(t time.Time) int {
		return left + int(float64(width-left-right)*min(max(float64(t.Sub(from))/float64(span), 0), 1))
	}
	height := top + row*len(lanes) + 30
	p := &pen{}
	p.open(width, height, "Timeline: one row for each device, from its infection on, with the steps between them")
	layout := "15:04:05"
	if span > 48*time.Hour {
		layout = "01-02 15:04"
	}
	for i := range 6 {
		t := from.Add(span * time.Duration(i) / 5)
		p.put(`<line class="tick" x1="%d" x2="%d" y1="%d" y2="%d"/><text class="axis" x="%d" y="%d" text-anchor="%s">%s</text>`, x(t), x(t), top-8, height-26, x(t), top-14,
			[]string{"start", "middle", "middle", "middle", "middle", "end"}[i], t.UTC().Format(layout))
	}
	for i, l := range lanes {
		y := top + row*i + row/2
		p.put(`<text class="name" x="%d" y="%d" text-anchor="end">%s</text><line class="lane" x1="%d" x2="%d" y1="%d" y2="%d"/>`, left-12, y+5, label(c.book.Who(l.party)), left, width-right, y, y)
		class := "sick"
		if l.state.Probability < 0.5 {
			class = "maybe"
		}
		early, mid := x(parse(l.state.Earliest)), x(parse(l.state.Median))
		p.put(`<rect class="%s early" x="%d" y="%d" width="%d" height="12"/><rect class="%s" x="%d" y="%d" width="%d" height="12"/>`, class, early, y-6, max(mid-early, 0), class, mid, y-6, max(width-right-mid, 2))
	}
	for _, e := range c.Incident.Tree {
		a, okA := at[e.Source.Address]
		b, okB := at[e.Target.Address]
		if !okA || !okB || max(a, b) >= len(lanes) {
			continue
		}
		ya, yb, xe := top+row*a+row/2, top+row*b+row/2, x(parse(e.Time))
		p.put(`<g class="step %s%s"><title>%s</title><line x1="%d" x2="%d" y1="%d" y2="%d"/><circle cx="%d" cy="%d" r="4"/></g>`, escape(e.Grade), doubt(e.Probability), escape(c.step(&e)), xe, xe, ya, yb, xe, yb)
	}
	note := "Bars begin when a device was infected with even chances, light ones with five in a hundred. Times are UTC."
	if more > 0 {
		note = fmt.Sprintf("%d more devices are not drawn. ", more) + note
	}
	p.put(`<text class="axis" x="%d" y="%d">%s</text>`, left, height-6, note)
	return p.close()
}

func doubt(p float64) string {
	if p < 0.5 {
		return " doubt"
	}
	return ""
}

// step says an edge in words.
func (c *Case) step(e *report.Edge) string {
	return fmt.Sprintf("%s infected %s at %s, %s, %s, by rule %s", c.book.Who(e.Source), c.book.Who(e.Target), When(e.Time), e.Grade, Percent(e.Probability), e.Evidence.Rule)
}

// box is a device in the tree.
type box struct {
	party report.Party
	text  string // instead of the party
	sure  bool
	via   *report.Edge // likeliest edge that leads to it, nil for none
	kids  []*box
	x, y  int
}

// tree draws who infected whom: each device below the one that most likely infected it, and
// other possible parents with dashed lines.
func (c *Case) tree() template.HTML {
	all := map[string]*box{}
	var order []string
	add := func(p report.Party, sure bool) {
		if all[p.Address] == nil {
			all[p.Address] = &box{party: p, sure: sure}
			order = append(order, p.Address)
		}
	}
	for _, i := range c.Infected {
		add(i.Device, true)
	}
	for _, i := range c.AtRisk {
		add(i.Device, false)
	}
	if len(order) == 0 {
		return ""
	}
	edges := c.Incident.Tree
	for i := range edges {
		e := &edges[i]
		to := all[e.Target.Address]
		if to == nil || all[e.Source.Address] == nil {
			continue
		}
		if to.via == nil || e.Probability > to.via.Probability {
			to.via = e
		}
	}
	var roots []*box
	for _, k := range order {
		b := all[k]
		if b.via == nil || loops(all, k) {
			b.via = nil
			roots = append(roots, b)
			continue
		}
		parent := all[b.via.Source.Address]
		parent.kids = append(parent.kids, b)
	}
	if len(c.Entry) > 0 && c.Entry[0].Unseen() && all[c.Entry[0].Via.Address] != nil {
		first := all[c.Entry[0].Via.Address]
		ghost := &box{text: "not seen by this sensor", kids: []*box{first}}
		roots = append([]*box{ghost}, slices.DeleteFunc(roots, func(b *box) bool { return b == first })...)
	}
	next, deep := 0, 0
	for _, r := range roots {
		r.place(0, &next, &deep)
	}
	return c.drawTree(roots, all, edges, next, deep)
}

// loops reports whether the likeliest parents of a device lead back to it.
func loops(all map[string]*box, from string) bool {
	b := all[from]
	for range len(all) {
		if b = all[b.via.Source.Address]; b.via == nil {
			return false
		}
		if b == all[from] {
			return true
		}
	}
	return true
}

// place gives each device its place: columns by generation, rows by leaves.
func (b *box) place(depth int, next, deep *int) {
	*deep = max(*deep, depth)
	b.x = depth
	leaves := 0
	kept := b.kids[:0:0]
	for _, k := range b.kids {
		if len(k.kids) == 0 {
			if leaves++; leaves > mostLeaves {
				continue
			}
		}
		kept = append(kept, k)
	}
	if leaves > mostLeaves {
		kept = append(kept, &box{text: fmt.Sprintf("and %d more", leaves-mostLeaves), sure: true})
	}
	b.kids = kept
	if len(b.kids) == 0 {
		b.y = 2 * *next
		*next++
		return
	}
	for _, k := range b.kids {
		k.place(depth+1, next, deep)
	}
	b.y = (b.kids[0].y + b.kids[len(b.kids)-1].y) / 2
}

func (c *Case) drawTree(roots []*box, all map[string]*box, edges []report.Edge, rows, deep int) template.HTML {
	const wide, tall, column, row = 190, 44, 360, 33 // row is half a line
	p := &pen{}
	width, height := deep*column+wide+20, rows*2*row+16
	p.open(max(width, 700), height, "Tree of who infected whom")
	place := func(b *box) (x, y int) { return 8 + b.x*column, 8 + b.y*row }
	drawn := map[*report.Edge]bool{}
	curve := func(from, to *box, class, text, title string) {
		x1, y1 := place(from)
		x2, y2 := place(to)
		x1, y1, y2 = x1+wide, y1+tall/2, y2+tall/2
		if x2 <= x1-wide { // backwards, or in the same column: from the left side
			x1 -= wide
		}
		p.put(`<g class="edge %s"><title>%s</title><path d="M%d %d C%d %d %d %d %d %d"/>`, class, escape(title), x1, y1, x1+50, y1, x2-50, y2, x2, y2)
		if text != "" {
			p.put(`<text x="%d" y="%d" text-anchor="end">%s</text>`, x2-6, y2-6, escape(text))
		}
		p.put(`</g>`)
	}
	var walk func(b *box)
	walk = func(b *box) {
		for _, k := range b.kids {
			if k.via != nil {
				drawn[k.via] = true
				curve(b, k, escape(k.via.Grade)+doubt(k.via.Probability), parse(k.via.Time).UTC().Format("15:04:05")+" "+k.via.Grade+" "+short(k.via.Probability), c.step(k.via))
			} else {
				curve(b, k, "doubt", "", "")
			}
			walk(k)
		}
	}
	for _, r := range roots {
		walk(r)
	}
	shown := map[*box]bool{}
	var mark func(b *box)
	mark = func(b *box) {
		shown[b] = true
		for _, k := range b.kids {
			mark(k)
		}
	}
	for _, r := range roots {
		mark(r)
	}
	for i := range edges {
		e := &edges[i]
		from, to := all[e.Source.Address], all[e.Target.Address]
		if !drawn[e] && from != nil && to != nil && shown[from] && shown[to] && e.Probability >= 0.05 {
			curve(from, to, escape(e.Grade)+" doubt", "", c.step(e))
		}
	}
	for _, r := range roots {
		c.drawBox(p, r, place)
	}
	return p.close()
}

func short(p float64) string { return fmt.Sprintf("%.0f %%", 100*p) }

func (c *Case) drawBox(p *pen, b *box, place func(*box) (int, int)) {
	const wide, tall = 190, 44
	x, y := place(b)
	class, name, role := "sick", c.book.Who(b.party), string(b.party.Role)
	switch {
	case b.text != "":
		class, name, role = "ghost", b.text, ""
	case !b.sure:
		class = "maybe"
	}
	p.put(`<g class="box %s"><rect x="%d" y="%d" width="%d" height="%d" rx="6"/><text class="name" x="%d" y="%d">%s</text><text class="axis" x="%d" y="%d">%s</text></g>`,
		class, x, y, wide, tall, x+10, y+18, label(name), x+10, y+35, label(role))
	for _, k := range b.kids {
		c.drawBox(p, k, place)
	}
}
