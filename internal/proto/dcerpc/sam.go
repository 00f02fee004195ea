package dcerpc

import (
	"fmt"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/ndr"
)

// samrCalls read which domains and accounts are enumerated and changed
// (MS-SAMR 3.1.5). Passwords and attributes of accounts are not read.
var samrCalls = map[uint16]decoder{
	0:  {ask: connectOld, answer: opensLast},
	5:  {ask: namesDomain},
	6:  {answer: enumerated},
	7:  {ask: openDomain, answer: opensLast},
	8:  {ask: classOf},
	10: {ask: namesAccount},
	11: {answer: enumerated},
	12: {ask: namesAccount},
	13: {answer: enumerated},
	14: {ask: namesAccount},
	15: {answer: enumerated},
	16: {ask: aboutSIDs},
	17: {ask: lookUpNames},
	18: {ask: lookUpIDs},
	19: {ask: openRID("group"), answer: opensLast},
	22: {ask: changeMember(false)},
	24: {ask: changeMember(false)},
	27: {ask: openRID("alias"), answer: opensLast},
	31: {ask: changeMember(true)},
	32: {ask: changeMember(true)},
	34: {ask: openRID("user"), answer: opensLast},
	36: {ask: classOf},
	37: {ask: classOf},
	40: {ask: classOf},
	46: {ask: classOf},
	47: {ask: classOf},
	48: {ask: classOf},
	50: {ask: namesAccount},
	51: {ask: classOf},
	55: {ask: changePassword},
	57: {ask: connect, answer: opensLast},
	58: {ask: classOf},
	62: {ask: connect, answer: opensLast},
	64: {ask: connect, answer: opensLast},
}

// connect reads SamrConnect2 to 5 (MS-SAMR 3.1.5.1).
func connect(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Target, c.opens = "", "server"
}

// connectOld reads SamrConnect, which has one character of the name.
func connectOld(_ *analyzer, c *call, _ *ndr.Reader) { c.rec.Target, c.opens = "", "server" }

// namesDomain reads SamrLookupDomainInSamServer.
func namesDomain(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	c.rec.Target = a.shown(r.CountedString())
}

// openDomain reads SamrOpenDomain: the domain's SID.
func openDomain(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	r.U32()
	c.opens = r.SID()
	c.rec.Target = c.opens
}

// openRID reads SamrOpenUser, SamrOpenGroup and SamrOpenAlias.
func openRID(what string) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		r.U32()
		rid := r.U32()
		if !r.OK() {
			return
		}
		c.opens = fmt.Sprintf("%s %d", what, rid)
		if domain := a.called(c.subject); strings.HasPrefix(domain, "S-") {
			c.opens = fmt.Sprintf("%s %s-%d", what, domain, rid)
		}
		c.rec.Target = c.opens
	}
}

// classOf reads calls with a handle and a class of information.
func classOf(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	if v := r.U16(); r.OK() {
		c.rec.Level = event.N(v)
	}
}

// enumerated reads the count before the return value of an enumeration.
func enumerated(_ *analyzer, c *call, r *ndr.Reader) {
	r.Skip(r.Len() - 8)
	if n := r.U32(); r.OK() {
		c.rec.Count = event.N(n)
	}
}

// namesAccount reads calls that create an account.
func namesAccount(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	c.rec.Account = r.CountedString()
}

// changeMember reads calls that add a member to a group or alias, or remove it.
func changeMember(sid bool) func(*analyzer, *call, *ndr.Reader) {
	return func(_ *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		if sid {
			c.rec.Detail = "member " + r.SID()
		} else {
			c.rec.Detail = fmt.Sprintf("member %d", r.U32())
		}
		if !r.OK() {
			c.rec.Detail = ""
		}
	}
}

// changePassword reads the names in SamrUnicodeChangePasswordUser2.
func changePassword(_ *analyzer, c *call, r *ndr.Reader) {
	c.rec.Target = ""
	if r.Pointer() {
		c.rec.Server = machine(r.CountedString())
	}
	c.rec.Account = r.CountedString()
}

// lookUpNames reads SamrLookupNamesInDomain.
func lookUpNames(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	n := r.U32()
	r.Word() // most
	if k := r.Varying(8); r.OK() {
		c.rec.Count = event.N(n)
		c.rec.Names = countedList(r, k)
	}
}

// lookUpIDs reads SamrLookupIdsInDomain: how many, and the first and last.
func lookUpIDs(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	n := r.U32()
	r.Word() // most
	k := r.Varying(4)
	if !r.OK() || k == 0 {
		return
	}
	c.rec.Count = event.N(n)
	first := r.U32()
	last := first
	if k > 1 {
		r.Skip(4 * (k - 2))
		last = r.U32()
	}
	c.rec.Detail = fmt.Sprintf("ids %d to %d", first, last)
}

// countedList reads n counted strings whose characters follow the last of them.
func countedList(r *ndr.Reader, n int) []string {
	var heads [maxNames]ndr.Counted
	for i := range n {
		h := r.CountedHead()
		if i < len(heads) {
			heads[i] = h
		}
	}
	var out []string
	for i := range min(n, len(heads)) {
		s := r.CountedText(heads[i])
		if !r.OK() {
			break
		}
		out = append(out, s)
	}
	return out
}

// lsarpcCalls read what is asked of the policy of a machine (MS-LSAD 3.1.4, MS-LSAT
// 3.1.4).
var lsarpcCalls = map[uint16]decoder{
	6:  {ask: openPolicyOld, answer: opensLast},
	7:  {ask: classOf},
	8:  {ask: classOf},
	14: {ask: policyNames(true)},
	15: {ask: policySIDs(true)},
	44: {ask: openPolicy, answer: opensLast},
	46: {ask: classOf},
	57: {ask: policySIDs(true)},
	58: {ask: policyNames(true)},
	68: {ask: policyNames(true)},
	76: {ask: policySIDs(false)},
	77: {ask: policyNames(false)},
}

// openPolicy reads LsarOpenPolicy2.
func openPolicy(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Target, c.opens = "", "policy"
}

func openPolicyOld(_ *analyzer, c *call, _ *ndr.Reader) { c.rec.Target, c.opens = "", "policy" }

// policyNames reads LsarLookupNames and its kin.
func policyNames(handle bool) func(*analyzer, *call, *ndr.Reader) {
	return func(_ *analyzer, c *call, r *ndr.Reader) {
		if handle {
			r.Handle()
		} else {
			c.rec.Target = ""
		}
		n := r.U32()
		if k := r.Count(8); r.OK() {
			c.rec.Count = event.N(n)
			c.rec.Names = countedList(r, k)
		}
	}
}

// policySIDs reads LsarLookupSids and its kin.
func policySIDs(handle bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		if handle {
			r.Handle()
		}
		c.rec.Target = ""
		sids(c, r)
	}
}

// aboutSIDs reads SamrGetAliasMembership.
func aboutSIDs(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	sids(c, r)
}

// sids reads a counted array of pointers to SIDs: how many, the first and the last.
func sids(c *call, r *ndr.Reader) {
	r.AlignWord()
	n := r.U32()
	if !r.Pointer() {
		return
	}
	k := r.Count(4)
	if !r.OK() {
		return
	}
	c.rec.Count = event.N(n)
	for range k {
		r.Pointer()
	}
	first, last := "", ""
	for i := range k {
		s := r.SID()
		if !r.OK() {
			break
		}
		if last = s; i == 0 {
			first = s
		}
	}
	if first == "" {
		return
	}
	c.rec.Detail = first
	if last != first {
		c.rec.Detail += " to " + last
	}
}
