package vendordb

import "errors"

// Count is the size of one table.
type Count struct {
	Table   string // file in data
	Entries int
}

// Counts loads all tables and returns their sizes, in the order of a manual.
func Counts() []Count {
	o, g, m, u, p, s := ouis(), orgs(), makers(), uids(), protocols(), systems()
	return []Count{
		{"oui.csv.gz", len(o.large.prefix) + len(o.medium.prefix) + len(o.small.prefix)},
		{"orgs.csv", g.lines},
		{"makers.csv", len(m.kind)},
		{"names.csv", m.named},
		{"uids.csv", len(u.uids)},
		{"modalities.csv", len(u.modalities)},
		{"roots.csv", len(roots().roots)},
		{"implementations.csv", len(implementations().lines)},
		{"creators.csv", p.creatorN},
		{"hl7.csv", p.applicationN},
		{"dhcp_vendor.csv", p.classN},
		{"dhcp_params.csv", len(p.lists)},
		{"windows.csv", len(s.windows)},
		{"releases.csv", s.lines},
		{"enterprises.csv", len(enterprises().byNumber)},
		{"hostnames.csv", len(hostNames().patterns)},
	}
}

// Check loads all tables and returns every fault in them, each with file and
// line. A look-up never fails: it knows nothing of a line that does not load.
func Check() error {
	return errors.Join(ouis().err, orgs().err, makers().err, uids().err, roots().err,
		implementations().err, protocols().err, enterprises().err, systems().err, hostNames().err)
}
