package ftp

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 500 + len(a.cwd) + len(a.user) + len(a.rec.Banner) + len(a.rec.System)
	for i := range a.pending {
		c := &a.pending[i]
		if n += 64 + len(c.arg); c.rec != nil {
			n += 250 + len(c.rec.Arg) + len(c.rec.Reply)
		}
	}
	return n
}

// Yield implements proto.Holder: commands that wait for their answer are told as
// they are.
func (a *analyzer) Yield() {
	a.drain()
	a.pending = nil
}
