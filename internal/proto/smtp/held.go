package smtp

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 400 + cap(a.head.val) + 48*cap(a.pending)
	for _, e := range a.open {
		n += e.held
	}
	if a.content != nil {
		n += a.content.walker.Held()
	}
	if a.cur != nil {
		n += a.cur.size()
	}
	return n
}

// size estimates the memory of a message under way, bytes.
func (e *envelope) size() int {
	m := &e.rec
	n := 700 + len(m.MailFrom) + len(m.From) + len(m.Date) + len(m.MsgID) + len(m.First) + len(m.Second) + len(m.Last) + len(m.Agent)
	for _, list := range [...][]string{m.RcptTo, m.To, m.CC} {
		for _, s := range list {
			n += 16 + len(s)
		}
	}
	return n
}

// Yield implements proto.Holder: messages that wait for an answer are told as they
// are.
func (a *analyzer) Yield() {
	for _, e := range a.open {
		a.emit(e)
		e.active, e.rec = false, Message{}
	}
	a.open = nil
}
