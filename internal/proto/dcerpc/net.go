package dcerpc

import (
	"lazaret/internal/event"
	"lazaret/internal/ndr"
)

// srvsvcCalls read what is listed and shared (MS-SRVS 3.1.4).
var srvsvcCalls = map[uint16]decoder{
	8:  {ask: listing("target"), answer: listed},
	9:  {ask: listing("target", "account"), answer: listed},
	12: {ask: listing("client", "account"), answer: listed},
	13: {ask: listing("client", "account")},
	14: {ask: serverLevel},
	15: {ask: listing(), answer: listed},
	16: {ask: aboutShare},
	17: {ask: aboutShare},
	18: {ask: aboutShare},
	19: {ask: aboutShare},
	20: {ask: aboutShare},
	21: {ask: serverLevel},
	22: {ask: serverLevel},
	26: {ask: listing(), answer: listed},
	28: {ask: namesServer},
	30: {ask: aboutPath},
	31: {ask: aboutPath},
	32: {ask: aboutPath},
	36: {ask: listing(), answer: listed},
}

// wkssvcCalls read what is asked of a workstation (MS-WKST 3.2.4).
var wkssvcCalls = map[uint16]decoder{
	0: {ask: serverLevel},
	2: {ask: listing(), answer: listed},
	5: {ask: listing(), answer: listed},
}

// serverLevel reads calls with the server's name and a level of information.
func serverLevel(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	if v := r.U32(); r.OK() {
		c.rec.Level = event.N(v)
	}
}

// listing reads calls that list: the server's name, optional texts of what is asked
// for, and the level of the structure to be filled.
func listing(texts ...string) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		namesServer(a, c, r)
		for _, what := range texts {
			s := r.UniqueText(true)
			switch what {
			case "target":
				c.rec.Target = a.shown(s)
			case "client":
				c.rec.Target = machine(s)
			case "account":
				c.rec.Account = s
			}
		}
		if v := r.U32(); r.OK() {
			c.rec.Level = event.N(v)
		}
	}
}

// listed reads how many entries came: level, tag of the union, pointer to the
// container, and its count (MS-SRVS 2.2.4).
func listed(_ *analyzer, c *call, r *ndr.Reader) {
	r.U32()
	r.Tag()
	if !r.Pointer() {
		return
	}
	if n := r.U32(); r.OK() {
		c.rec.Count = event.N(n)
	}
}

// aboutShare reads calls about one share.
func aboutShare(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Target = a.shown(r.Wide())
	if c.opnum == 16 || c.opnum == 17 {
		if v := r.U32(); r.OK() {
			c.rec.Level = event.N(v)
		}
	}
}

// aboutPath reads calls that work on a path (MS-SRVS 3.1.4.28 to 3.1.4.30).
func aboutPath(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Target = a.shown(r.Wide())
}

// netlogonCalls read who authenticates as which machine (MS-NRPC 3.5.4.4).
// Challenges, credentials and passwords are not read.
var netlogonCalls = map[uint16]decoder{
	4:  {ask: challenge},
	5:  {ask: machineAccount},
	6:  {ask: machineAccount},
	15: {ask: machineAccount},
	26: {ask: machineAccount},
	30: {ask: machineAccount},
}

// challenge reads NetrServerReqChallenge: server and computer.
func challenge(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Target = machine(r.Wide())
}

// machineAccount reads server, account, kind of channel and computer.
func machineAccount(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	c.rec.Account = r.Wide()
	kind := r.U16()
	c.rec.Target = machine(r.Wide())
	if r.OK() {
		c.rec.Detail = "channel " + word(channels, uint32(kind))
	}
}

// channels are the kinds of secure channels (MS-NRPC 2.2.1.3.13).
var channels = map[uint32]string{2: "workstation", 3: "trusted_dns_domain", 4: "trusted_domain", 6: "server", 7: "cdc_server"}
