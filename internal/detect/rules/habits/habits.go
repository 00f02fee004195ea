// Package habits has the behaviours that compare with a baseline: contacts, calls to the
// outside, machines and administration that were not there before.
//
// Each file is one behaviour, a manual page with code in it. None says anything without a
// baseline (package baseline), which somebody learned from a time that he vouches for. What
// is new is judged by what is usual for the role: another CT that stores to the archive is
// no news, a CT that opens a share on a desk is.
//
// It refuses to call what is new an attack: hospitals change every day, and a window that
// was learned is never long enough. So high is only what no machine of the role did, by a
// service that carries programs or people, to or from a machine of care. Everything is
// judged at the end, when the roles are known best and all windows were learned; what
// turned out to be known is withdrawn.
//
// Memory: none but what the baseline and the findings hold, which are bounded; records
// belong to the merge. There is no standard for it.
package habits

import (
	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// All lists the behaviours of the family.
func All() []*detect.Behaviour { return []*detect.Behaviour{c1, c2, c3, c4, c5} }

// role is what a machine was for when the baseline was frozen, else what it is for now: who
// was taken over does not get another role by what he does then.
func role(base *baseline.Profile, ip netid.IP, now roles.Role) roles.Role {
	if r := base.Role(ip); r != roles.Unknown {
		return r
	}
	return now
}

// begun tells whether the begin of a conversation was seen: otherwise it is not sure who
// opened it.
func begun(r *event.Record) bool {
	d, ok := r.Body.(*flow.Record)
	return ok && d.ConnState != "OTH"
}

// meant tells whether a machine is there to be spoken to so: shares of file servers, calls of
// domain controllers, databases. Devices of care have their partners.
func meant(service string, source, target roles.Role) bool {
	switch target {
	case roles.DomainController:
		return service == "smb" || service == "dce_rpc"
	case roles.FileServer, roles.Printer:
		return service == "smb" && !source.Care()
	case roles.Database:
		return service != "smb" && service != "dce_rpc" && !interactive(service) && !source.Care()
	}
	return false
}

// maintains tells whether a supplier's gateway does what it is there for.
func maintains(service string, source, target roles.Role) bool {
	return source == roles.VendorGateway && target.Modality() && interactive(service)
}

// interactive reports the services by which people work on a machine.
func interactive(service string) bool {
	switch service {
	case "ssh", "rdp", "rfb", "telnet":
		return true
	}
	return false
}

// normal is what the baseline says, as a fact.
func normal(says string) detect.Fact { return detect.Fact{Field: "baseline", Value: says} }

// vague reports the roles that say little: what is unusual for them is not known.
func vague(r roles.Role) bool { return r == roles.Unknown || r == roles.PC || r == roles.Server }
