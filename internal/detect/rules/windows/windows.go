// Package windows has the behaviours that show somebody moving between machines of Windows:
// administrative shares that are mapped one host after the other, programs that are copied
// and started, listings of shares and accounts, attacks on SMB1, and ransom on shares.
//
// Each file is one behaviour, a manual page with code in it. What tools are called does not
// count: it is the order of calls that gives them away, and who makes them to whom. The
// answer counts: what was granted, what was refused, what failed and what nobody answered
// are findings of their own, under topics of their own.
//
// It refuses to call administration an attack. Software distribution, inventory and
// scanners do the same things from machines that a site knows; an allow-list names them by
// host and account or service. Calls whose parameters are sealed count by their number
// alone, with less confidence.
//
// Memory is that of package recent; the bounds stand below. Records belong to the merge.
// Standards: MS-CIFS, MS-SMB2, MS-SRVS, MS-SCMR, MS-TSCH, MS-SAMR, MS-LSAD, MS-WMI.
package windows

import (
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
)

// All lists the behaviours of the family.
func All() []*detect.Behaviour {
	return []*detect.Behaviour{
		k2, k3, k4, k6, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, f2, l1, l2, l3, l4, l5, r1, r2, r3,
		x1, x2, x3, x4, x5,
	}
}

// Bounds of memory, in entries.
const (
	maxHosts = 4096
	maxPairs = 8192
	maxPeers = 512
)

// byShares is the service of hits over SMB: allow-lists name an account or a service, and
// scanners have no account.
const byShares = "smb"

// pair is who does it to whom.
type pair struct{ from, to netid.IP }

// caller tells who calls whom: the responder calls if the record is turned.
func caller(r *event.Record, backward bool) pair {
	if backward {
		return pair{r.Conn.Resp.IP, r.Conn.Orig.IP}
	}
	return pair{r.Conn.Orig.IP, r.Conn.Resp.IP}
}

// counted is a fact that no record has alone.
func counted(what string, n int) detect.Fact {
	return detect.Fact{Field: what, Value: strconv.Itoa(n)}
}

// first names some of a list of addresses.
func first(list []netid.IP) detect.Fact {
	var b strings.Builder
	for i, ip := range list {
		if i == 5 {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(ip.String())
	}
	return detect.Fact{Field: "they are", Value: b.String()}
}

// growth reports a count when it reaches a number, and again when it has doubled.
type growth[K comparable] struct{ told *recent.Table[K, int] }

func newGrowth[K comparable](window event.Interval, keys int) growth[K] {
	return growth[K]{recent.NewTable[K, int](window, keys)}
}

func (g growth[K]) news(k K, n, least int, at event.Time) bool {
	if n < least {
		return false
	}
	if last, ok := g.told.Get(k, at); ok && n < 2*last {
		return false
	}
	g.told.Put(k, n, at)
	return true
}

// adminShare finds the share of a path \\host\share\... if it is one that Windows makes for
// administrators: ADMIN$ or a drive.
func adminShare(path string) (share string, ok bool) {
	if len(path) < 3 || path[0] != '\\' || path[1] != '\\' {
		return "", false
	}
	_, rest, ok := strings.Cut(path[2:], `\`)
	if !ok {
		return "", false
	}
	share, _, _ = strings.Cut(rest, `\`)
	if len(share) == 2 && share[1] == '$' && share[0]|0x20 >= 'a' && share[0]|0x20 <= 'z' || strings.EqualFold(share, "ADMIN$") {
		return strings.ToUpper(share), true
	}
	return "", false
}

// desk reports the roles that administer nobody: modalities, and where people work.
func desk(r roles.Role) bool {
	return r.Modality() || r == roles.Workstation || r == roles.RegistrationDesk || r == roles.ConsentDesk || r == roles.Dictation || r == roles.Printer || r == roles.Thing
}

// raise is the judgement of most rules here: a step that was taken weighs more if a machine
// that administers nobody takes it, or if it is taken against a modality.
func raise(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	if f.Severity != detect.Medium {
		return detect.None, ""
	}
	switch {
	case desk(source):
		return detect.High, "a machine of the role " + string(source) + " administers no other"
	case target.Modality():
		return detect.High, "a modality is changed by its maker's service alone"
	}
	return detect.None, ""
}

// Outcomes of a call, as topics.
const (
	accepted = "accepted"
	refused  = "refused"
	failed   = "failed"
	sealed   = "sealed"
	silent   = "unanswered"
)

// outcome says how a call ended. A service that does not report back in time runs.
func outcome(d *dcerpc.Record) string {
	switch d.Outcome {
	case "answered":
		return sealed
	case "":
		return silent
	case failed:
		if d.Status == "ERROR_SERVICE_REQUEST_TIMEOUT" {
			return accepted
		}
	}
	return d.Outcome
}
