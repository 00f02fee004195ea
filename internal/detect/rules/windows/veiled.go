package windows

import (
	"strconv"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/smb"
)

// What the X rules have in common: inside the encryption of SMB3 there are no shares, no
// names and no commands, so they ask the questions of K2 to K4 of sizes and times. They
// never know what was written, and say so.

// day is how long it is remembered who uses whose shares.
const day = event.Interval(86_400e9)

// veilHit is what a record of an encrypted session gives to any of them.
func veilHit(r *event.Record, v *smb.VeilRecord) (detect.Hit, pair) {
	p := caller(r, !v.IsOrig)
	return detect.Hit{Time: r.TS, Source: p.from, Account: v.User, Service: byShares, UIDs: []string{r.Conn.UID}}, p
}

// payload is what a run of writes brought, without the header of each: 64 bytes of SMB2 and
// 48 of WRITE (MS-SMB2 2.2.1, 2.2.21).
func payload(v *smb.VeilRecord) uint64 {
	if heads := v.Messages * 112; heads < v.Bytes {
		return v.Bytes - heads
	}
	return 0
}

// sizes are the facts of a run of writes.
func sizes(v *smb.VeilRecord) []detect.Fact {
	return []detect.Fact{{Field: "written inside encryption", Value: strconv.FormatUint(payload(v), 10) + " bytes"}, counted("in messages", int(v.Messages))}
}

// serving counts who uses a machine's shares: one that others use is a file server, whatever
// else it is.
type serving struct {
	clients *recent.Distinct[netid.IP, netid.IP]
}

func newServing() serving { return serving{recent.NewDistinct[netid.IP, netid.IP](day, maxHosts, 8)} }

// note takes a session that was granted, or is inside encryption.
func (s serving) note(p pair, at event.Time) { s.clients.Add(p.to, p.from, at) }

// others is how many use it beside the one.
func (s serving) others(p pair) (n int) {
	for _, ip := range s.clients.Values(p.to) {
		if ip != p.from {
			n++
		}
	}
	return n
}

// server reports the roles that others bring files to.
func server(r roles.Role) bool {
	switch r {
	case roles.Archive, roles.FileServer, roles.Server, roles.DomainController, roles.Database, roles.RIS, roles.HIS, roles.HL7Engine, roles.VendorGateway, roles.Worklist, roles.DoseAI, roles.DICOMPrinter:
		return true
	}
	return false
}

// endpoint reports the roles of machines at which people work, or that examine: they keep
// no files for others.
func endpoint(r roles.Role) bool { return desk(r) || r == roles.PC }
