package windows

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/smb"
)

// asks raises a question that a machine has no business to ask.
func asks(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	switch {
	case source.Modality():
		return detect.High, "a modality asks no others what they hold"
	case desk(source) && f.Severity < detect.Medium:
		return detect.Medium, "a machine of the role " + string(source) + " administers no other"
	}
	return detect.None, ""
}

// r1 is net view: a list of all servers, from the machine that keeps it.
var r1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "R1", Engine: "behaviour",
		Title:      "List of all servers asked for",
		Why:        "Kwampirs runs net view to find out whom it can reach; the question travels in this old form.",
		Innocent:   []string{"The network neighbourhood of Windows XP.", "Old copiers that look for shares."},
		Attack:     []string{"T1018"},
		Severity:   detect.Low,
		Confidence: 0.6,
		Basis:      "MS-RAP 2.5.5.2; MITRE ATT&CK S0236 (net view)",
		Judge: func(_ *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
			if source.Modality() {
				return detect.Medium, "a modality knows its servers by configuration"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{smb.TransSchema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*smb.TransRecord)
			if !ok || d.SubCommand != "NetServerEnum2" && d.SubCommand != "NetServerEnum3" {
				return
			}
			h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Topic: "answered", Service: byShares, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "sub_command", "server_type", "domain", "status", "return", "entries", "available")}
			switch {
			case d.Status == "":
				h.Topic = silent
			case d.Status != "SUCCESS" || d.Return.OK && d.Return.V != 0 && d.Return.V != 234: // ERROR_MORE_DATA
				h.Topic = failed
			}
			report(h)
		}
	},
}

// r2 is one machine that asks many for their shares.
var r2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "R2", Engine: "behaviour",
		Title:      "Shares of many machines listed from one",
		Why:        "An intruder looks for where to write, or what to take. Users list the shares of a server or two.",
		Innocent:   []string{"Inventory of assets.", "A vulnerability scanner.", "An indexer of files."},
		Attack:     []string{"T1135"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "MS-SRVS 3.1.4.8; BZAR (many calls of discovery from one source)",
		Numbers: []detect.Number{
			{Name: "servers", Value: 5, Min: 2, Unit: "hosts", Doc: "that are asked for their shares", Basis: "proposal"},
			{Name: "window", Value: 600, Min: 1, Unit: "seconds", Doc: "within which they are", Basis: "proposal"},
		},
		Judge: asks,
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		asked := recent.NewDistinct[netid.IP, netid.IP](window, maxHosts, maxPeers)
		granted := recent.NewDistinct[netid.IP, netid.IP](window, maxHosts, maxPeers)
		told := newGrowth[netid.IP](window, maxHosts)
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Endpoint != "srvsvc" || d.Operation != "NetrShareEnum" && d.Operation != "NetrShareEnumSticky" {
				return
			}
			p := caller(r, d.Backward)
			all, let := asked.Add(p.from, p.to, r.TS), len(granted.Values(p.from))
			if d.Outcome == accepted {
				let = granted.Add(p.from, p.to, r.TS)
			}
			if !told.news(p.from, all, n.Int("servers"), r.TS) {
				return
			}
			report(detect.Hit{Time: r.TS, Source: p.from, Account: d.User, Service: d.Endpoint, UIDs: []string{r.Conn.UID},
				Facts: append(detect.FactsOf(r, "operation", "outcome", "user"), counted("servers asked", all), counted("servers that answered", let), first(asked.Values(p.from)))})
		}
	},
}

// r3 is a burst of questions for accounts, groups and rules of passwords.
var r3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "R3", Engine: "behaviour",
		Title: "Accounts and groups listed",
		Why:   "Whose passwords are worth stealing, and how often they may be guessed, is what an intruder asks for first.",
		Innocent: []string{"Logon scripts, and an RIS that takes its users from the domain.", "Administration and inventory.",
			"File servers that resolve the owners of many files."},
		Attack:     []string{"T1087.002", "T1069.002", "T1201"},
		Severity:   detect.Low,
		Confidence: 0.6,
		Basis:      "MS-SAMR 3.1.5, MS-LSAT 3.1.4; MITRE ATT&CK S0236 (net localgroup, net users, net accounts)",
		Numbers: []detect.Number{
			{Name: "questions", Value: 2, Min: 1, Unit: "questions", Doc: "of different kinds that list accounts, groups, members or rules", Basis: "proposal"},
			{Name: "lookups", Value: 30, Min: 5, Unit: "questions", Doc: "for the names of different identities, from which on it is a walk through all", Basis: "proposal"},
			{Name: "window", Value: 300, Min: 1, Unit: "seconds", Doc: "within which they come", Basis: "proposal"},
		},
		Judge: asks,
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		kinds := recent.NewDistinct[pair, string](window, maxPairs, 16)
		walks := recent.NewDistinct[pair, string](window, maxPairs, 64)
		told := newGrowth[pair](window, maxPairs)
		walked := newGrowth[pair](window, maxPairs)
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Endpoint != "samr" && d.Endpoint != "lsarpc" {
				return
			}
			p := caller(r, d.Backward)
			h := detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Account: d.User, Service: d.Endpoint, UIDs: []string{r.Conn.UID}}
			switch {
			case lists(d.Operation):
				c := kinds.Add(p, d.Operation, r.TS)
				if !told.news(p, c, n.Int("questions"), r.TS) {
					return
				}
				h.Topic = "lists"
				h.Facts = append(detect.FactsOf(r, "outcome", "target", "user"), detect.Fact{Field: "asked", Value: strings.Join(kinds.Values(p), ", ")})
			case strings.HasPrefix(d.Operation, "LsarLookupSids") && d.Detail != "":
				c := walks.Add(p, d.Detail, r.TS)
				if !walked.news(p, c, n.Int("lookups"), r.TS) {
					return
				}
				h.Topic = "identities one after the other"
				h.Facts = append(detect.FactsOf(r, "operation", "detail", "outcome", "user"), counted("different questions", c))
			default:
				return
			}
			report(h)
		}
	},
}

// lists finds operations that give lists of accounts, groups, members or rules.
func lists(operation string) bool {
	switch operation {
	case "SamrEnumerateUsersInDomain", "SamrEnumerateGroupsInDomain", "SamrEnumerateAliasesInDomain", "SamrQueryDisplayInformation", "SamrQueryDisplayInformation2",
		"SamrQueryDisplayInformation3", "SamrGetMembersInGroup", "SamrGetMembersInAlias", "SamrQueryInformationDomain", "SamrQueryInformationDomain2",
		"LsarEnumerateAccounts", "LsarEnumerateAccountsWithUserRight", "LsarEnumerateTrustedDomains", "LsarEnumerateTrustedDomainsEx":
		return true
	}
	return false
}
