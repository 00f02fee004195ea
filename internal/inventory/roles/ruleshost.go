package roles

import (
	"slices"

	"lazaret/internal/inventory/clues"
)

// sure is how far a machine's word about its kind is trusted before it counts as
// its own statement; below, it is a hint.
const sure = 0.55

// says tests for a kind that a machine states itself to be.
func says(list ...clues.Kind) func(*Facts) bool {
	return func(p *Facts) bool {
		return slices.ContainsFunc(list, func(k clues.Kind) bool { return p.Kinds[k] >= sure })
	}
}

// hints tests for a kind that something suggests and nothing states.
func hints(list ...clues.Kind) func(*Facts) bool {
	return func(p *Facts) bool {
		return !says(list...)(p) && slices.ContainsFunc(list, func(k clues.Kind) bool { return p.Kinds[k] > 0 })
	}
}

// kinds lets a signal show statements about kinds as its evidence.
func kinds(list ...clues.Kind) []clues.Activity {
	var out []clues.Activity
	for _, k := range list {
		out = append(out, clues.Activity(k))
	}
	return out
}

// images are what no host of another role does.
func images(p *Facts) bool {
	return p.Makes || does(clues.AsksWorklist, clues.ReportsProcedure)(p)
}

// ofImaging tells that a machine has work with images, whatever else it serves.
func ofImaging(p *Facts) bool {
	return images(p) || does(clues.AnswersQuery, clues.AnswersRetrieve, clues.TakesImages, clues.Queries, clues.Retrieves, clues.AnswersWorklist)(p)
}

func ofMessages(p *Facts) bool { return sendsHL7(p) || hears(p) }

// things are the kinds of machines that do one thing and are no computers to
// their users.
var things = []clues.Kind{clues.KindCamera, clues.KindPhone, clues.KindMedia, clues.KindSmartHome, clues.KindUPS}

// finds: results without being asked, of images that others sent it.
func finds(p *Facts) bool {
	return p.Done[clues.SendsFindings] > 0 && p.Done[clues.TakesImages] > 0 && !p.Makes
}

// collectsDose: dose reports are most of what it is sent.
func collectsDose(p *Facts) bool {
	return p.Done[clues.TakesDose] > 0 && p.Done[clues.TakesDose] >= p.Done[clues.TakesImages]
}

// hostRules are the roles of machines that are found in any house.
var hostRules = []rule{
	{role: DoseAI, pro: []Signal{
		{"is sent images and sends findings that it made of them", 0.65, finds, acts(clues.SendsFindings, clues.TakesImages)},
		{"is sent dose reports and fewer images than those", 0.6, collectsDose, acts(clues.TakesDose, clues.TakesImages)},
		{"is sent dose reports by several machines", 0.3, both(collectsDose, withPeers(2, clues.TakesDose)), acts(clues.TakesDose)},
	}, con: []Signal{
		{"answers queries or retrievals, as an archive does", 0.7, does(clues.AnswersQuery, clues.AnswersRetrieve), acts(clues.AnswersQuery, clues.AnswersRetrieve)},
		{"takes commitment for images", 0.7, does(clues.AnswersCommitment, clues.TellsCommitment), acts(clues.AnswersCommitment, clues.TellsCommitment)},
		{"makes images or performs procedures", 0.8, images, acts(clues.SendsImages, clues.AsksWorklist, clues.ReportsProcedure)},
		{"writes presentation states or key objects, as readers do", 0.5, does(clues.SendsMarks), acts(clues.SendsMarks)},
		{"fetches images as readers do", 0.3, does(clues.Retrieves, clues.Queries), acts(clues.Retrieves, clues.Queries)},
	}},
	{role: VendorGateway, pro: []Signal{
		{"works on several modalities from afar", 0.45, withPeers(2, EntersModalities), acts(EntersModalities)},
		{"all modalities that it works on are of one maker", 0.35, both(withPeers(2, EntersModalities), func(p *Facts) bool { return p.EnteredMakers == 1 }), acts(EntersModalities)},
		{"is reached from the internet, or holds an encrypted session to it, and works on modalities", 0.5, both(does(EntersModalities), does(ReachedFromAfar)), acts(EntersModalities, ReachedFromAfar)},
		{"bears the name of a maker's remote service", 0.35, func(p *Facts) bool { return p.RemoteService }, nil},
	}, con: []Signal{
		{"works on modalities of several makers", 0.5, func(p *Facts) bool { return p.EnteredMakers > 1 }, acts(EntersModalities)},
		{"watches machines by SNMP", 0.5, does(AsksSNMP), acts(AsksSNMP)},
		{"has work with images of its own", 0.7, ofImaging, nil},
	}},
	{role: DomainController, pro: []Signal{
		{"says that it is a domain controller", 0.75, says(clues.KindDomainController), kinds(clues.KindDomainController)},
		{"grants Kerberos tickets", 0.45, does(GrantsTickets), acts(GrantsTickets)},
		{"grants Kerberos tickets and answers directory questions", 0.4, both(does(GrantsTickets), does(AnswersDirectory)), acts(GrantsTickets, AnswersDirectory)},
	}},
	{role: FileServer, pro: []Signal{
		{"says that it is a file server or a storage", 0.6, says(clues.KindFileServer, clues.KindStorage), kinds(clues.KindFileServer, clues.KindStorage)},
		{"something suggests a file server", 0.35, hints(clues.KindFileServer, clues.KindStorage), kinds(clues.KindFileServer, clues.KindStorage)},
		{"shares files", 0.25, does(SharesFiles), acts(SharesFiles)},
		{"shares files with several machines", 0.4, withPeers(2, SharesFiles), acts(SharesFiles)},
	}, con: []Signal{
		{"has work with images", 0.8, ofImaging, nil},
		{"is a domain controller, which shares files by duty", 0.6, either(says(clues.KindDomainController), does(GrantsTickets)), kinds(clues.KindDomainController)},
		{"exchanges HL7 messages", 0.4, ofMessages, nil},
		{"prints", 0.4, says(clues.KindPrinter), kinds(clues.KindPrinter)},
	}},
	{role: Database, pro: []Signal{
		{"says that it is a database, or greets as one", 0.45, says(clues.KindDatabase), kinds(clues.KindDatabase)},
		{"answers as a database", 0.4, does(KeepsData), acts(KeepsData)},
		{"answers as a database to several machines", 0.3, withPeers(2, KeepsData), acts(KeepsData)},
	}, con: []Signal{
		{"has work with images", 0.6, ofImaging, nil},
		{"exchanges HL7 messages", 0.5, ofMessages, nil},
	}},
	{role: Printer, pro: []Signal{
		{"says that it is a printer", 0.75, says(clues.KindPrinter), kinds(clues.KindPrinter)},
		{"something suggests a printer", 0.4, hints(clues.KindPrinter), kinds(clues.KindPrinter)},
	}, con: []Signal{
		{"says that it is a computer or a storage", 0.5, says(clues.KindPC, clues.KindServer, clues.KindStorage, clues.KindFileServer), kinds(clues.KindPC, clues.KindServer, clues.KindStorage, clues.KindFileServer)},
		{"has work with images", 0.6, ofImaging, nil},
	}},
	{role: Network, pro: []Signal{
		{"says that it is a switch or an access point", 0.8, says(clues.KindSwitch, clues.KindAccessPoint), kinds(clues.KindSwitch, clues.KindAccessPoint)},
		{"something suggests a switch or an access point", 0.35, hints(clues.KindSwitch, clues.KindAccessPoint), kinds(clues.KindSwitch, clues.KindAccessPoint)},
	}, con: []Signal{
		{"says that it is a telephone, which has a switch built in", 0.6, says(clues.KindPhone), kinds(clues.KindPhone)},
		{"says that it is a printer", 0.6, says(clues.KindPrinter), kinds(clues.KindPrinter)},
		{"has work with images", 0.7, ofImaging, nil},
	}},
	{role: Thing, pro: []Signal{
		{"says that it is a camera, telephone, media device, smart device or power supply", 0.7, says(things...), kinds(things...)},
		{"something suggests such a device", 0.25, hints(things...), kinds(things...)},
	}, con: []Signal{
		{"says that it is a computer, printer or storage", 0.5, says(clues.KindPC, clues.KindServer, clues.KindStorage, clues.KindPrinter, clues.KindRouter), kinds(clues.KindPC, clues.KindServer, clues.KindStorage, clues.KindPrinter, clues.KindRouter)},
		{"has work with images or messages", 0.7, either(ofImaging, ofMessages), nil},
	}},
}

func either(a, b func(*Facts) bool) func(*Facts) bool {
	return func(p *Facts) bool { return a(p) || b(p) }
}

// generalRules are the two roles that say little.
var generalRules = []rule{
	{role: Server, pro: []Signal{
		{"serves others", 0.45, does(clues.Serves), acts(clues.Serves)},
		{"serves several machines", 0.3, withPeers(2, clues.Serves), acts(clues.Serves)},
		{"answers C-ECHO", 0.3, does(clues.AnswersVerification), acts(clues.AnswersVerification)},
		{"accepts images, none was seen", 0.3, does(clues.OffersStorage), acts(clues.OffersStorage)},
		{"receives HL7 messages", 0.4, hears, hearsAll},
		{"says that it is a server", 0.45, says(clues.KindServer, clues.KindWebServer, clues.KindMailServer), kinds(clues.KindServer, clues.KindWebServer, clues.KindMailServer)},
		{"tells the time to several machines", 0.5, withPeers(2, AnswersTime), acts(AnswersTime)},
		{"is sent the logs of several machines", 0.5, withPeers(2, clues.TakesLogs), acts(clues.TakesLogs)},
		{"asks several machines for their state by SNMP", 0.5, withPeers(2, AsksSNMP), acts(AsksSNMP)},
		{"answers directory questions", 0.3, does(AnswersDirectory), acts(AnswersDirectory)},
		{"keeps FHIR resources", 0.4, does(clues.AnswersFHIR, clues.TakesFHIR), acts(clues.AnswersFHIR, clues.TakesFHIR)},
	}, con: []Signal{
		{"gets its address by DHCP", 0.2, does(clues.TakesLease), acts(clues.TakesLease)},
		{"says that it is a personal computer", 0.5, says(clues.KindPC, clues.KindMobile), kinds(clues.KindPC, clues.KindMobile)},
	}},
	{role: PC, pro: []Signal{
		{"uses what others serve", 0.4, does(clues.Uses), acts(clues.Uses)},
		{"gets its address by DHCP", 0.25, does(clues.TakesLease), acts(clues.TakesLease)},
		{"says that it is a personal computer, telephone or tablet", 0.5, says(clues.KindPC, clues.KindMobile), kinds(clues.KindPC, clues.KindMobile)},
		{"something suggests a personal computer", 0.35, hints(clues.KindPC, clues.KindMobile), kinds(clues.KindPC, clues.KindMobile)},
	}, con: []Signal{
		{"serves several machines", 0.6, withPeers(2, clues.Serves), acts(clues.Serves)},
		{"is sent the logs of several machines, or asks several for their state", 0.5, either(withPeers(2, clues.TakesLogs), withPeers(2, AsksSNMP)), acts(clues.TakesLogs, AsksSNMP)},
	}},
}
