package windows

import (
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/trace"
)

// e11 is somebody who tries accounts: Conficker goes through the users of a domain with a
// list of passwords, and rests for forty minutes when they are locked.
var e11 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E11", Engine: "behaviour",
		Title:      "Accounts are tried",
		Why:        "A worm or an intruder goes through the accounts with a list of passwords; some of them will be let in, and others locked.",
		Innocent:   []string{"A password of a service has expired: then it is one account.", "A vulnerability scanner that tries what makers set."},
		Attack:     []string{"T1110.001", "T1110.003"},
		Severity:   detect.Medium,
		Confidence: 0.8,
		Basis:      "Reports on Conficker (its list of passwords, its pauses); the counts are proposals",
		Numbers: []detect.Number{
			{Name: "accounts", Value: 5, Min: 2, Unit: "accounts", Doc: "different ones that one host was refused for within the window", Basis: "proposal"},
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "within which they are counted", Basis: "proposal"},
		},
		Judge: func(_ *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if source.Modality() || desk(source) {
				return detect.High, "a machine of the role " + string(source) + " logs in with few accounts"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{ntlm.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		tried := recent.NewDistinct[netid.IP, string](n.Seconds("window"), maxHosts, maxPeers)
		return func(r *event.Record) {
			d, ok := r.Body.(*ntlm.Record)
			if !ok || !d.Success.OK || d.Success.V || d.Username == "" {
				return
			}
			from := r.Conn.Orig.IP
			many := tried.Add(from, strings.ToLower(d.Username), r.TS)
			if many < n.Int("accounts") {
				return
			}
			report(detect.Hit{Time: r.TS, Source: from, Target: r.Conn.Resp.IP, Topic: refused, Account: d.Account, Service: byShares, Reach: trace.Touched, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "account", "failure", "hostname"), detect.Fact{Field: "accounts", Value: strconv.Itoa(many)})})
		}
	},
}
