package inventory

import (
	"cmp"
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
)

// Role is what a device is for. The set is closed.
type Role string

// The roles, in the order in which devices are listed.
const (
	CT               Role = "ct"                // computed tomography
	MR               Role = "mr"                // magnetic resonance
	DX               Role = "dx"                // X-ray: DX, CR and dental
	US               Role = "us"                // ultrasound
	MG               Role = "mg"                // mammography
	NM               Role = "nm"                // nuclear medicine
	PT               Role = "pt"                // positron emission tomography
	XA               Role = "xa"                // angiography and fluoroscopy
	OT               Role = "ot"                // a modality of another or of an unknown kind
	Archive          Role = "archive"           // keeps images and gives them out (PACS, VNA), or passes them on
	Worklist         Role = "worklist"          // answers modality worklist queries, takes procedure steps
	RIS              Role = "ris"               // originates orders and schedules in HL7
	HIS              Role = "his"               // originates patient administration messages in HL7
	HL7Engine        Role = "hl7-engine"        // passes HL7 messages on
	Workstation      Role = "workstation"       // reads images: queries, retrieves, is sent images
	DICOMPrinter     Role = "dicom-printer"     // prints on film for others
	RegistrationDesk Role = "registration-desk" // registers patients: originates only such messages, for one server
	ConsentDesk      Role = "consent-desk"      // originates consents
	Dictation        Role = "dictation"         // originates reports
	DNSDHCP          Role = "dns-dhcp"          // gives names or addresses
	Router           Role = "router"            // carries the traffic of others
	Server           Role = "server"            // serves others, nothing more is known
	PC               Role = "pc"                // uses what others serve, nothing more is known
	Unknown          Role = "unknown"
)

var roleOrder = [...]Role{
	CT, MR, DX, US, MG, NM, PT, XA, OT, Archive, Worklist, RIS, HIS, HL7Engine, Workstation, DICOMPrinter,
	RegistrationDesk, ConsentDesk, Dictation, DNSDHCP, Router, Server, PC, Unknown,
}

// Modality reports the roles that are kinds of modality.
func (r Role) Modality() bool { return slices.Contains(roleOrder[:9], r) }

func (r Role) rank() int { return slices.Index(roleOrder[:], r) }

// general roles say little; they are no rivals of the others.
func (r Role) general() bool { return r == Server || r == PC }

// minRole is the score under which a role is not concluded.
const minRole = 0.3

// profile is what a device does, summed up once for all rules.
type profile struct {
	d     *device
	n     map[clues.Activity]uint64
	peers map[clues.Activity][]netid.IP
	// sent and heard are the HL7 flows (application and family) and families.
	sent, heard         map[string]bool
	sentFam, heardFam   map[string]bool
	sentPeers, hearFrom []netid.IP
	written             map[clues.Activity]bool // by FHIR
	images              int                     // scanners whose images it took
	named               map[Role]bool           // roles that its own application names tell
}

// signal is one reason for or against a role. Weight in 0..1. Shows are the
// activities printed as its evidence.
type signal struct {
	says   string
	weight float64
	test   func(p *profile) bool
	shows  []clues.Activity
}

// rule is how one role is recognised.
type rule struct {
	role     Role
	pro, con []signal
}

// Signal is a signal that was found, with its evidence.
type Signal struct {
	Says     string     `json:"says"`
	Weight   float64    `json:"weight"`
	Evidence []Evidence `json:"evidence"`
}

// roleScore is the outcome of one rule.
type roleScore struct {
	role     Role
	score    float64
	pro, con []*signal
}

// newProfile sums up a device.
func newProfile(d *device) *profile {
	p := &profile{d: d, n: map[clues.Activity]uint64{}, peers: map[clues.Activity][]netid.IP{},
		sent: map[string]bool{}, heard: map[string]bool{}, sentFam: map[string]bool{}, heardFam: map[string]bool{}, named: map[Role]bool{}, written: map[clues.Activity]bool{}}
	for i := range d.items {
		it := &d.items[i]
		switch {
		case it.attr == clues.Does:
			a := clues.Activity(it.value)
			p.n[a] += it.count
			p.peers[a] = union(p.peers[a], it.peers)
			if family, ok := strings.CutPrefix(it.source, "hl7."); ok {
				p.messagePeers(a, it, family)
			} else if family, ok := strings.CutPrefix(it.source, "fhir."); ok && family != "interaction" {
				p.messagePeers(a, it, family)
				p.written[a] = true
			}
		case it.attr == clues.Application && it.subject == clues.Sent:
			p.sent[it.value] = true
		case it.attr == clues.Application && it.subject == clues.Received:
			p.heard[it.value] = true
		}
	}
	var taken []origin
	for _, g := range d.origins {
		if g.way == receivedFresh && g.kind != "" {
			taken = append(taken, g)
		}
	}
	p.images = len(scanners(taken))
	for i := range d.items {
		it := &d.items[i]
		if it.attr == clues.Application && (it.subject == clues.Self || it.subject == clues.Sent && !p.heard[it.value]) {
			app, _, _ := strings.Cut(it.value, "|")
			p.named[Role(clues.ApplicationRole(app))] = true
		}
	}
	return p
}

// messagePeers notes with whom messages of a family, or FHIR resources that say the
// same, were exchanged.
func (p *profile) messagePeers(a clues.Activity, it *item, family string) {
	if strings.HasPrefix(string(a), "receives ") {
		p.hearFrom = union(p.hearFrom, it.peers)
		p.heardFam[family] = true
	} else {
		p.sentPeers = union(p.sentPeers, it.peers)
		p.sentFam[family] = true
	}
}

func union(a, b []netid.IP) []netid.IP {
	for _, ip := range b {
		if !slices.Contains(a, ip) {
			a = append(a, ip)
		}
	}
	return a
}

// does tests for an activity.
func does(acts ...clues.Activity) func(*profile) bool {
	return func(p *profile) bool {
		return slices.ContainsFunc(acts, func(a clues.Activity) bool { return p.n[a] > 0 })
	}
}

// withPeers tests for an activity with at least n machines.
func withPeers(n int, a clues.Activity) func(*profile) bool {
	return func(p *profile) bool { return len(p.peers[a]) >= n }
}

func both(a, b func(*profile) bool) func(*profile) bool {
	return func(p *profile) bool { return a(p) && b(p) }
}

func not(a func(*profile) bool) func(*profile) bool {
	return func(p *profile) bool { return !a(p) }
}

// relays: a message of the same application came in and went out.
func relays(p *profile) bool {
	for f := range p.sent {
		if p.heard[f] {
			return true
		}
	}
	return false
}

// passesOn: messages of one family come in and go out, to other machines than
// those they came from. It finds engines that write their own name in MSH-3.
func passesOn(p *profile) bool {
	for f := range p.sentFam {
		if p.heardFam[f] {
			return slices.ContainsFunc(p.sentPeers, func(ip netid.IP) bool { return !slices.Contains(p.hearFrom, ip) })
		}
	}
	return false
}

func hears(p *profile) bool { return len(p.heardFam) > 0 }

// score applies one rule: noisy-or of what speaks for the role, lessened by
// everything that speaks against it.
func (r *rule) score(p *profile) roleScore {
	out := roleScore{role: r.role}
	miss, hold := 1.0, 1.0
	for i := range r.pro {
		if s := &r.pro[i]; s.test(p) {
			miss *= 1 - s.weight
			out.pro = append(out.pro, s)
		}
	}
	for i := range r.con {
		if s := &r.con[i]; s.test(p) {
			hold *= 1 - s.weight
			out.con = append(out.con, s)
		}
	}
	out.score = (1 - miss) * hold
	return out
}

// decide scores all roles of a device, best first, and concludes its role.
func (d *device) decide() {
	defer func() { d.concluded, d.sure = d.role() }()
	if !slices.ContainsFunc(d.items, func(it item) bool { return it.attr == clues.Does }) {
		return // most addresses of a scan or a flood
	}
	p := newProfile(d)
	for i := range rules {
		if s := rules[i].score(p); s.score > 0 {
			d.roles = append(d.roles, s)
		}
	}
	slices.SortFunc(d.roles, func(a, b roleScore) int {
		// A role that says something goes before one that says little.
		ag, bg := a.vague(), b.vague()
		if ag != bg {
			if ag {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.role.rank(), b.role.rank()))
	})
}

func (s *roleScore) vague() bool { return s.role.general() || s.score < minRole }

// role is the concluded role and its confidence. The second best, if it is no
// general role, takes away up to a quarter: a machine may have two roles, but a
// close call is no certainty.
func (d *device) role() (Role, float64) {
	best := Unknown
	score, rival := 0.0, 0.0
	for _, s := range d.roles {
		switch {
		case s.score < minRole:
		case best == Unknown:
			best, score = s.role, s.score
		case !s.role.general() || best.general():
			rival = max(rival, s.score)
		}
	}
	if best == Unknown {
		return best, 0
	}
	return best, round(score * (1 - rival/4))
}

// minOther is the score from which on a second role is named.
const minOther = 0.5

func (d *device) otherRoles() []Role {
	out := []Role{}
	for _, s := range d.roles {
		if s.role != d.concluded && s.score >= minOther && !s.role.general() {
			out = append(out, s.role)
		}
	}
	return out
}
