package roles

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
)

// deskMessages is the most messages that one person at a desk is believed to
// write within a capture; beyond it, a program writes.
const deskMessages = 200

// messageRules are the roles that HL7 shows. What an engine passes on is no
// work of its own, so relaying speaks against all roles that originate.
var messageRules = []rule{
	{role: HL7Engine, pro: []Signal{
		{"writes or answers under the name of a known application of this role", 0.3, named(HL7Engine), sendsAll},
		{"passes on messages of applications it received them from", 0.7, Relays, sendsAll},
		{"receives and sends the same kinds of messages, with different machines", 0.45, PassesOn, sendsAll},
		{"receives from several machines and sends too", 0.25, func(p *Facts) bool { return len(p.HeardFrom) > 1 && len(p.SentTo) > 0 }, hearsAll},
		{"sends to several machines and receives too", 0.25, func(p *Facts) bool { return len(p.SentTo) > 1 && len(p.HeardFrom) > 0 }, sendsAll},
	}},
	{role: HIS, pro: []Signal{
		{"writes or answers under the name of a known application of this role", 0.3, named(HIS), sendsAll},
		{"originates patient administration messages", 0.5, originates(clues.SendsADT, "adt"), acts(clues.SendsADT)},
		{"tells transfers, discharges or merges", 0.4, both(originates(clues.SendsADT, "adt"), beyondDesk), acts(clues.SendsADT)},
		{"receives messages in return", 0.2, both(originates(clues.SendsADT, "adt"), hears), hearsAll},
		{"sends more than a person types", 0.25, both(originates(clues.SendsADT, "adt"), func(p *Facts) bool { return p.Done[clues.SendsADT] > deskMessages }), acts(clues.SendsADT)},
		{"takes registrations and originates messages", 0.2, both(does(clues.HearsADT), originatesSome), acts(clues.HearsADT)},
	}, con: []Signal{
		{"passes on messages of others", 0.85, Relays, sendsAll},
		{"passes kinds of messages on", 0.5, both(PassesOn, not(Relays)), sendsAll},
		{"originates orders", 0.35, originates(clues.SendsOrders, "order"), acts(clues.SendsOrders)},
		{"behaves as a desk: registrations for one machine, receiving nothing", 0.5, likeDesk, acts(clues.SendsRegistration)},
		{"originates consents", 0.4, originates(clues.SendsConsent, ""), acts(clues.SendsConsent)},
	}},
	{role: RIS, pro: []Signal{
		{"writes or answers under the name of a known application of this role", 0.3, named(RIS), sendsAll},
		{"originates orders", 0.55, originates(clues.SendsOrders, "order"), acts(clues.SendsOrders)},
		{"originates schedules", 0.45, originates(clues.SendsSchedule, "schedule"), acts(clues.SendsSchedule)},
		{"follows patient administration", 0.25, both(does(clues.HearsADT), does(clues.SendsOrders, clues.SendsSchedule, clues.AnswersWorklist)), acts(clues.HearsADT)},
		{"receives results for its orders", 0.2, both(does(clues.HearsResults), does(clues.SendsOrders)), acts(clues.HearsResults)},
		{"receives orders or schedules and ends them", 0.35, both(does(clues.HearsOrders, clues.HearsSchedule), not(sendsHL7)), acts(clues.HearsOrders, clues.HearsSchedule)},
	}, con: []Signal{
		{"passes on messages of others", 0.85, Relays, sendsAll},
		{"behaves as a desk: registrations for one machine, receiving nothing", 0.5, likeDesk, acts(clues.SendsRegistration)},
	}},
	{role: RegistrationDesk, pro: []Signal{
		{"originates registrations, for one machine, and receives nothing", 0.45, likeDesk, acts(clues.SendsRegistration)},
		{"sends several messages, no more than a person types", 0.35, both(likeDesk, typed), acts(clues.SendsADT, clues.SendsSchedule)},
		{"uses what others serve, as a desk computer does", 0.15, both(likeDesk, does(clues.Uses, clues.TakesLease)), acts(clues.Uses, clues.TakesLease)},
	}, con: []Signal{
		{"serves others", 0.3, withPeers(2, clues.Serves), acts(clues.Serves)},
		{"half or more of its messages are consents", 0.6, mostlyConsent, acts(clues.SendsConsent)},
		{"has the network card of a medical device", 0.4, medicalCard, nil},
	}},
	{role: ConsentDesk, pro: []Signal{
		{"originates consents", 0.6, originates(clues.SendsConsent, ""), acts(clues.SendsConsent)},
		{"half or more of its messages are consents", 0.4, both(mostlyConsent, not(Relays)), acts(clues.SendsConsent)},
		{"sends to one machine and receives nothing", 0.2, both(does(clues.SendsConsent), oneWay), acts(clues.SendsConsent)},
	}, con: []Signal{
		{"passes on messages of others", 0.85, Relays, sendsAll},
		{"receives messages", 0.4, hears, hearsAll},
		{"writes many FHIR resources at once, as programs do", 0.65, does(clues.SendsBundle), acts(clues.SendsBundle)},
	}},
	{role: Dictation, pro: []Signal{
		{"writes or answers under the name of a known application of this role", 0.3, named(Dictation), sendsAll},
		{"originates reports", 0.5, originates(clues.SendsResults, "result"), acts(clues.SendsResults)},
		{"originates documents that are no consents", 0.4, both(originates(clues.SendsDocuments, "document"), not(mostlyConsent)), acts(clues.SendsDocuments)},
	}, con: []Signal{
		{"passes on messages of others", 0.85, Relays, sendsAll},
		{"originates orders or patient administration messages", 0.4, does(clues.SendsOrders, clues.SendsADT), acts(clues.SendsOrders, clues.SendsADT)},
		{"originates schedules", 0.3, does(clues.SendsSchedule), acts(clues.SendsSchedule)},
	}},
}

// networkRules are the roles that any network has.
var networkRules = []rule{
	{role: Router, pro: []Signal{
		{"carries the traffic of three or more addresses of several networks", 0.95, both(routes(3), spread), acts(clues.Routes)},
		{"carries the traffic of two addresses, or of one network, as a machine with several addresses does too", 0.6, both(routes(2), not(both(routes(3), spread))), acts(clues.Routes)},
		{"says that it is a router", 0.6, says(clues.KindRouter), kinds(clues.KindRouter)},
		{"several machines speak under its address, as behind a router that translates addresses", 0.45, both(func(p *Facts) bool { return p.Several }, not(withPeers(2, clues.Serves))), nil},
		{"carries the traffic of an address of another network", 0.4, func(p *Facts) bool { return p.Far }, acts(clues.Routes)},
	}},
	{role: DNSDHCP, pro: []Signal{
		{"gives addresses", 0.8, does(clues.AnswersDHCP), acts(clues.AnswersDHCP)},
		{"answers questions for names", 0.6, does(clues.AnswersDNS), acts(clues.AnswersDNS)},
		{"answers questions of several machines", 0.3, withPeers(2, clues.AnswersDNS), acts(clues.AnswersDNS)},
	}, con: []Signal{
		{"carries the traffic of several addresses", 0.2, routes(2), acts(clues.Routes)},
	}},
}

var sendsAll = acts(clues.SendsADT, clues.SendsOrders, clues.SendsSchedule, clues.SendsResults,
	clues.SendsDocuments, clues.SendsConsent, clues.SendsHL7)

var hearsAll = acts(clues.HearsADT, clues.HearsOrders, clues.HearsSchedule, clues.HearsResults,
	clues.HearsDocuments, clues.HearsConsent, clues.HearsHL7)

func sendsHL7(p *Facts) bool { return len(p.SentFamilies) > 0 }

// originates tests that a device does a and that at least one application whose
// messages of that family it sends was not received from another machine. FHIR names no
// application: who writes resources and is sent none is their author.
func originates(a clues.Activity, family string) func(*Facts) bool {
	return func(p *Facts) bool {
		if p.Done[a] == 0 {
			return false
		}
		if p.Written[a] && len(p.HeardFrom) == 0 {
			return true
		}
		for f := range p.Sent {
			if strings.HasSuffix(f, "|"+family) || family == "" {
				if !p.Heard[f] {
					return true
				}
			}
		}
		return false
	}
}

func originatesSome(p *Facts) bool {
	for f := range p.Sent {
		if !p.Heard[f] {
			return true
		}
	}
	return false
}

// beyondDesk: administration that no desk writes, such as discharges.
func beyondDesk(p *Facts) bool { return p.Done[clues.SendsADT] > p.Done[clues.SendsRegistration] }

// oneWay: all messages go to one machine and none come back but receipts.
func oneWay(p *Facts) bool { return len(p.SentTo) == 1 && len(p.HeardFrom) == 0 }

// likeDesk is how a registration desk is told from the system behind it: what
// it originates is registrations (and perhaps the appointments made and the
// consents signed with them), all for one machine, and no machine sends it
// messages. A system with these habits in a short capture is taken for a desk.
func likeDesk(p *Facts) bool {
	if p.Done[clues.SendsRegistration] == 0 || beyondDesk(p) || !oneWay(p) {
		return false
	}
	return !slices.ContainsFunc(acts(clues.SendsOrders, clues.SendsResults, clues.SendsHL7),
		func(a clues.Activity) bool { return p.Done[a] > 0 })
}

// typed: more than one message, and no more than a person types.
func typed(p *Facts) bool {
	n := p.Done[clues.SendsADT] + p.Done[clues.SendsSchedule]
	return n > 1 && n <= deskMessages
}

func medicalCard(p *Facts) bool { return slices.ContainsFunc(p.MACs, clues.MedicalCard) }

// mostlyConsent: consents are at least half of what it sends.
func mostlyConsent(p *Facts) bool {
	var all uint64
	for _, a := range sendsAll {
		if a != clues.SendsConsent {
			all += p.Done[a]
		}
	}
	return p.Done[clues.SendsConsent] > 0 && 2*p.Done[clues.SendsConsent] >= all
}

// named tests the names under which it writes messages of its own, or answers.
func named(role Role) func(*Facts) bool {
	return func(p *Facts) bool { return p.Named[role] }
}

func routes(n int) func(*Facts) bool {
	return func(p *Facts) bool { return p.Routes >= n }
}

func spread(p *Facts) bool { return p.Spread }
