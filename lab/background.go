package main

// flow notes a conversation of no medical protocol.
func (l *Lab) flow(f FlowTruth) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.truth.Flows {
		g := &l.truth.Flows[i]
		n := g.Count
		if g.Count = f.Count; *g == f {
			g.Count = n + f.Count
			return
		}
		g.Count = n
	}
	l.truth.Flows = append(l.truth.Flows, f)
}
