package ldap

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	n := 200
	for i := range a.pending {
		n += a.pending[i].size()
	}
	return n
}

// size estimates the memory of a request, bytes.
func (r *request) size() int {
	if o := r.op; o != nil {
		return 250 + len(o.Object) + len(o.Argument)
	}
	n := 350 + len(r.search.Base) + len(r.search.Filter)
	for _, s := range r.search.Attributes {
		n += 16 + len(s)
	}
	return n
}

// Yield implements proto.Holder: requests that wait for their answer are told as
// they are.
func (a *analyzer) Yield() {
	a.drain()
	a.pending = nil
}
