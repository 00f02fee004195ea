// Package roles decides what a machine is for by what it was seen doing.
//
// Each role has a rule: signals that speak for it and signals that speak against
// it, each a test of facts with a weight. Facts are activities with the machines
// they were done with, the flows of HL7 messages that came and went, whether the
// machine made the images it sends, and whose traffic it carries. A rule's score
// is the noisy-or of what speaks for the role, lessened by everything that speaks
// against it; a machine may score for several roles, and "unknown" is an answer.
//
// What it refuses to do: it sees no record, no name (but what its caller's tables
// know of applications and remote services) and no port, and it decides nothing about a machine that
// was not seen doing anything.
//
// Memory: Facts belong to the caller and are not changed or kept. A Case points
// to the rules, which never change. Everything is pure and may be called by any
// goroutine.
//
// Standards: DICOM PS3.4 and HL7 v2 for what the activities mean.
package roles

import (
	"cmp"
	"math"
	"slices"

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
	DoseAI           Role = "dose-ai-server"    // collects dose reports, or sends findings about images it was sent
	RegistrationDesk Role = "registration-desk" // registers patients: originates only such messages, for one server
	ConsentDesk      Role = "consent-desk"      // originates consents
	Dictation        Role = "dictation"         // originates reports
	VendorGateway    Role = "vendor-gateway"    // lets a maker's service work on modalities from afar
	DomainController Role = "domain-controller" // lets accounts of a Windows domain in
	DNSDHCP          Role = "dns-dhcp"          // gives names or addresses
	FileServer       Role = "file-server"       // shares files, does nothing of the others
	Database         Role = "database"          // answers as a database
	Printer          Role = "printer"           // prints on paper or labels
	Router           Role = "router"            // carries the traffic of others
	Network          Role = "network"           // switch or access point
	Thing            Role = "iot"               // camera, telephone, media or smart device, power supply
	Server           Role = "server"            // serves others, nothing more is known
	PC               Role = "pc"                // uses what others serve, nothing more is known
	Unknown          Role = "unknown"
)

// order is that of the constants.
var order = [...]Role{
	CT, MR, DX, US, MG, NM, PT, XA, OT, Archive, Worklist, RIS, HIS, HL7Engine, Workstation, DICOMPrinter,
	DoseAI, RegistrationDesk, ConsentDesk, Dictation, VendorGateway, DomainController, DNSDHCP, FileServer, Database,
	Printer, Router, Network, Thing, Server, PC, Unknown,
}

// Modality reports the roles that are kinds of modality.
func (r Role) Modality() bool { return slices.Contains(order[:9], r) }

// Care reports the roles without which examinations stop.
func (r Role) Care() bool {
	return r.Modality() || slices.Contains([]Role{Archive, Worklist, RIS, HIS, HL7Engine}, r)
}

// Rank is the place of a role in the order in which devices are listed.
func (r Role) Rank() int { return slices.Index(order[:], r) }

// general roles say little; they are no rivals of the others.
func (r Role) general() bool { return r == Server || r == PC }

// Order lists all roles in the order in which devices are listed. The copy is the
// caller's.
func Order() []Role { return slices.Clone(order[:]) }

// minRole is the score under which a role is not concluded.
const minRole = 0.3

// Facts is what a device does, summed up once for all rules.
type Facts struct {
	Done  map[clues.Activity]uint64 // how often it was seen doing something
	Peers map[clues.Activity][]netid.IP
	// Sent and Heard are the flows of HL7 messages ("application|family") that it
	// sent and received; the families are those of its messages alone.
	Sent, Heard                 map[string]bool
	SentFamilies, HeardFamilies map[string]bool
	SentTo, HeardFrom           []netid.IP
	Written                     map[clues.Activity]bool // done by FHIR
	Scanners                    int                     // whose images it took
	Named                       map[Role]bool           // roles that its own application names tell
	Makes                       bool                    // it made the images it sends
	Kind                        string                  // role word of the modality of those images
	Routes                      int                     // addresses whose traffic it carries
	Far                         bool                    // one of them is of another network than its own
	Spread                      bool                    // they are of several networks
	Several                     bool                    // several machines speak under its address
	MACs                        []netid.MAC
	Kinds                       map[clues.Kind]float64 // what it says that it is: the weight of the best source, 0..1
	EnteredMakers               int                    // makers of the modalities that it works on from afar, as far as known
	RemoteService               bool                   // it bears the name of a maker's remote service
	Codes                       map[string]uint64      // modality codes of the images that it made
	Tomosynthesis               bool                   // some of them are breast tomosynthesis
	Department, Model           string                 // that those images name
	Web, Associates             bool                   // it uses DICOMweb; DICOM associations
	TakesResources              bool                   // it is sent FHIR resources
}

// Signal is one reason for or against a role. Weight in 0..1. Shows are the
// activities, and the kinds of machines it says it is, printed as its evidence.
type Signal struct {
	Says   string
	Weight float64
	test   func(p *Facts) bool
	Shows  []clues.Activity
}

// rule is how one role is recognised.
type rule struct {
	role     Role
	pro, con []Signal
}

// Case is the outcome of one rule: Score in 0..1.
type Case struct {
	Role     Role
	Score    float64
	Pro, Con []*Signal
}

// does tests for an activity.
func does(acts ...clues.Activity) func(*Facts) bool {
	return func(p *Facts) bool {
		return slices.ContainsFunc(acts, func(a clues.Activity) bool { return p.Done[a] > 0 })
	}
}

// withPeers tests for an activity with at least n machines.
func withPeers(n int, a clues.Activity) func(*Facts) bool {
	return func(p *Facts) bool { return len(p.Peers[a]) >= n }
}

func both(a, b func(*Facts) bool) func(*Facts) bool {
	return func(p *Facts) bool { return a(p) && b(p) }
}

func not(a func(*Facts) bool) func(*Facts) bool {
	return func(p *Facts) bool { return !a(p) }
}

// Relays: a message of the same application came in and went out.
func Relays(p *Facts) bool {
	for f := range p.Sent {
		if p.Heard[f] {
			return true
		}
	}
	return false
}

// PassesOn: messages of one family come in and go out, to other machines than
// those they came from. It finds engines that write their own name in MSH-3.
func PassesOn(p *Facts) bool {
	for f := range p.SentFamilies {
		if p.HeardFamilies[f] {
			return slices.ContainsFunc(p.SentTo, func(ip netid.IP) bool { return !slices.Contains(p.HeardFrom, ip) })
		}
	}
	return false
}

func hears(p *Facts) bool { return len(p.HeardFamilies) > 0 }

// score applies one rule: noisy-or of what speaks for the role, lessened by
// everything that speaks against it.
func (r *rule) score(p *Facts) Case {
	out := Case{Role: r.role}
	miss, hold := 1.0, 1.0
	for i := range r.pro {
		if s := &r.pro[i]; s.test(p) {
			miss *= 1 - s.Weight
			out.Pro = append(out.Pro, s)
		}
	}
	for i := range r.con {
		if s := &r.con[i]; s.test(p) {
			hold *= 1 - s.Weight
			out.Con = append(out.Con, s)
		}
	}
	out.Score = (1 - miss) * hold
	return out
}

// Judge scores all roles, best first: a role that says something goes before one
// that says little.
func Judge(p *Facts) []Case {
	var out []Case
	for i := range rules {
		if s := rules[i].score(p); s.Score > 0 {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Case) int {
		ag, bg := a.vague(), b.vague()
		if ag != bg {
			if ag {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Role.Rank(), b.Role.Rank()))
	})
	return out
}

func (s *Case) vague() bool { return s.Role.general() || s.Score < minRole }

// Best is the concluded role and its confidence, to three digits. The second
// best, if it is no general role, takes away up to a quarter: a machine may have
// two roles, but a close call is no certainty.
func Best(cases []Case) (Role, float64) {
	best := Unknown
	score, rival := 0.0, 0.0
	for _, s := range cases {
		switch {
		case s.Score < minRole:
		case best == Unknown:
			best, score = s.Role, s.Score
		case !s.Role.general() || best.general():
			rival = max(rival, s.Score)
		}
	}
	if best == Unknown {
		return best, 0
	}
	return best, math.Round(score*(1-rival/4)*1000) / 1000
}

// minOther is the score from which on a second role is named.
const minOther = 0.5

// Others are the roles besides the concluded one that the cases carry well.
func Others(cases []Case, best Role) []Role {
	out := []Role{}
	for _, s := range cases {
		if s.Role != best && s.Score >= minOther && !s.Role.general() {
			out = append(out, s.Role)
		}
	}
	return out
}
