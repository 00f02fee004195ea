package incident

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/indicator"
	"lazaret/internal/netid"
	"lazaret/internal/trace"
)

// marks are what tells an intruder from others: the family of a program that goes around, its
// content, and where it calls. Only grave findings have some, so that tools that everybody uses
// join nobody. Each is a kind and a value.
func marks(cfg Config, findings []detect.Finding, i int) (out []string) {
	f := &findings[i]
	if f.Severity < cfg.Grave {
		return nil
	}
	for _, x := range f.Facts {
		if x.Value != "" && strings.HasSuffix(x.Field, ".family") {
			out = append(out, "family "+x.Value)
		}
	}
	for _, x := range indicator.Gather(findings, []int{i}) {
		switch x.Kind {
		case indicator.SHA256, indicator.Domain, indicator.URL:
			out = append(out, x.Kind+" "+x.Value)
		case indicator.Address:
			if x.Detail != indicator.CameFrom { // many may come from there: a supplier, a clinic
				out = append(out, x.Kind+" "+x.Value)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Keys is what an incident is known by from one run to the next, each list sorted: the devices that
// act in it, the marks of the intruder, and the conversations of its findings.
func (x *Incident) Keys(cfg Config, findings []detect.Finding) (devices, known, talks []string) {
	devices, known, talks = []string{}, []string{}, []string{}
	for _, i := range x.Findings {
		f := &findings[i]
		devices, known, talks = append(devices, f.Source.String()), append(known, marks(cfg, findings, i)...), append(talks, f.UIDs...)
		for _, s := range f.Steps {
			if s.UID != "" {
				talks = append(talks, s.UID)
			}
		}
	}
	for _, list := range []*[]string{&devices, &known, &talks} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return devices, known, talks
}

// parts joins addresses to sets.
type parts map[netid.IP]netid.IP

func (p parts) head(ip netid.IP) netid.IP {
	for {
		up, ok := p[ip]
		if !ok || up == ip {
			p[ip] = ip
			return ip
		}
		p[ip] = p.grand(up)
		ip = up
	}
}

func (p parts) grand(ip netid.IP) netid.IP {
	if up, ok := p[ip]; ok {
		return up
	}
	return ip
}

func (p parts) join(a, b netid.IP) { p[p.head(b)] = p.head(a) }

// graves are the parts that have a grave finding. Those between which nobody paused for Quiet
// become one.
func (p parts) graves(cfg Config, findings []detect.Finding, list []int) map[netid.IP]bool {
	type span struct {
		head        netid.IP
		first, last event.Time
	}
	of := map[netid.IP]*span{}
	var spans []*span
	for _, i := range list {
		f := &findings[i]
		if f.Severity < cfg.Grave {
			continue
		}
		h := p.head(f.Source)
		if of[h] == nil {
			of[h] = &span{h, f.First, f.Last}
			spans = append(spans, of[h])
		}
		of[h].first, of[h].last = min(of[h].first, f.First), max(of[h].last, f.Last)
	}
	slices.SortFunc(spans, func(a, b *span) int { return cmp.Or(cmp.Compare(a.first, b.first), a.head.Compare(b.head)) })
	out := map[netid.IP]bool{}
	for i, s := range spans {
		if i > 0 && s.first.Sub(spans[i-1].last) <= event.Interval(cfg.Quiet) {
			p.join(spans[i-1].head, s.head)
			s.last = max(s.last, spans[i-1].last)
		}
		out[p.head(s.head)] = true
	}
	return out
}

// split finds the parts of a story that only a weak link holds together: a session or a share that
// was granted, of which the tracing says that it infected nobody, between parts that each have
// a grave finding, no mark in common, and more than Quiet between them. They are stories of their
// own. It returns nil if there is nothing to split.
func (x *Incident) split(cfg Config, findings []detect.Finding) [][]int {
	type hop struct{ source, target netid.IP }
	strong := map[hop]bool{}
	for _, e := range x.Edges {
		if e.Probability >= cfg.Weak {
			strong[hop{e.Source, e.Target}] = true
		}
	}
	p := parts{}
	by := map[string]netid.IP{}
	for _, i := range x.Findings {
		f := &findings[i]
		p.head(f.Source)
		far := slices.ContainsFunc(f.Steps, func(s detect.Step) bool { return s.Reach > trace.Entered })
		if !f.Target.IsZero() && (far || strong[hop{f.Source, f.Target}]) {
			p.join(f.Source, f.Target)
		}
		for _, m := range marks(cfg, findings, i) {
			if other, ok := by[m]; ok {
				p.join(other, f.Source)
			}
			by[m] = f.Source
		}
	}
	grave := p.graves(cfg, findings, x.Findings)
	if len(grave) < 2 {
		return nil
	}
	// A part without a grave finding goes with the one that it has to do with, or the first.
	for _, i := range x.Findings {
		f := &findings[i]
		if !f.Target.IsZero() && grave[p.head(f.Source)] != grave[p.head(f.Target)] {
			a, b := p.head(f.Source), p.head(f.Target)
			p.join(f.Source, f.Target)
			grave[p.head(f.Source)] = grave[a] || grave[b]
		}
	}
	groups := map[netid.IP][]int{}
	var order []netid.IP
	for _, i := range x.Findings {
		h := p.head(findings[i].Source)
		if !grave[h] {
			h = p.head(findings[x.Findings[0]].Source)
		}
		if groups[h] == nil {
			order = append(order, h)
		}
		groups[h] = append(groups[h], i)
	}
	if len(order) < 2 {
		return nil
	}
	out := make([][]int, 0, len(order))
	for _, h := range order {
		out = append(out, groups[h])
	}
	slices.SortStableFunc(out, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return out
}
