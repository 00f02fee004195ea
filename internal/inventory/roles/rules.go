package roles

import (
	"slices"

	"lazaret/internal/inventory/clues"
)

// rules is the whole knowledge about roles. Each signal is a thing seen; ports
// and names are none. To recognise something better, add a signal with a case
// in the tests that shows it and one that shows its absence.
var rules = slices.Concat(modalityRules(), imagingRules, messageRules, hostRules, networkRules, generalRules)

// imagingRules are the roles that DICOM shows.
var imagingRules = []rule{
	{role: Archive, pro: []Signal{
		{"answers queries on patients and studies", 0.5, does(clues.AnswersQuery), acts(clues.AnswersQuery)},
		{"answers retrievals", 0.6, does(clues.AnswersRetrieve), acts(clues.AnswersRetrieve)},
		{"gives out objects that were asked for", 0.3, does(clues.SendsRetrieved), acts(clues.SendsRetrieved)},
		{"stores images that others send", 0.4, does(clues.TakesImages), acts(clues.TakesImages)},
		{"stores images of several machines", 0.3, withPeers(2, clues.TakesImages), acts(clues.TakesImages)},
		{"stores images of three or more scanners", 0.3, func(p *Facts) bool { return p.Scanners >= 3 }, acts(clues.TakesImages)},
		{"stores reports and presentation states", 0.15, does(clues.TakesDerived), acts(clues.TakesDerived)},
		{"takes commitment for images", 0.6, does(clues.AnswersCommitment, clues.TellsCommitment), acts(clues.AnswersCommitment, clues.TellsCommitment)},
		{"is sent images that another machine moved there", 0.25, both(does(clues.TakesRetrieved), not(does(clues.Retrieves))), acts(clues.TakesRetrieved)},
		{"passes on images it did not make", 0.3, passesImages, acts(clues.SendsImages)},
	}, con: []Signal{
		{"retrieves from an archive", 0.35, does(clues.Retrieves), acts(clues.Retrieves)},
		{"queries an archive", 0.25, does(clues.Queries), acts(clues.Queries)},
		{"asks for a worklist", 0.5, does(clues.AsksWorklist), acts(clues.AsksWorklist)},
		{"makes images", 0.8, makesImages, acts(clues.SendsImages)},
	}},
	{role: Worklist, pro: []Signal{
		{"answers modality worklist queries", 0.8, does(clues.AnswersWorklist), acts(clues.AnswersWorklist)},
		{"takes performed procedure steps", 0.5, does(clues.AnswersProcedure), acts(clues.AnswersProcedure)},
	}},
	{role: Workstation, pro: []Signal{
		{"retrieves from an archive", 0.55, does(clues.Retrieves), acts(clues.Retrieves)},
		{"queries an archive", 0.45, does(clues.Queries), acts(clues.Queries)},
		{"receives what was retrieved", 0.3, does(clues.TakesRetrieved), acts(clues.TakesRetrieved)},
		{"sends reports, presentation states or captures", 0.3, both(does(clues.SendsDerived), not(makesImages)), acts(clues.SendsDerived)},
		{"passes on images it did not make, and stores none unasked", 0.3, both(passesImages, not(does(clues.TakesImages))), acts(clues.SendsImages)},
		{"prints on film", 0.2, does(clues.Prints), acts(clues.Prints)},
	}, con: []Signal{
		{"answers queries", 0.6, does(clues.AnswersQuery), acts(clues.AnswersQuery)},
		{"answers retrievals", 0.6, does(clues.AnswersRetrieve), acts(clues.AnswersRetrieve)},
		{"takes commitment for images", 0.6, does(clues.AnswersCommitment, clues.TellsCommitment), acts(clues.AnswersCommitment, clues.TellsCommitment)},
		{"makes images", 0.7, makesImages, acts(clues.SendsImages)},
		{"asks for a worklist", 0.4, does(clues.AsksWorklist), acts(clues.AsksWorklist)},
		{"reports procedure steps", 0.4, does(clues.ReportsProcedure), acts(clues.ReportsProcedure)},
	}},
	{role: DICOMPrinter, pro: []Signal{
		{"prints for others", 0.9, does(clues.AnswersPrint), acts(clues.AnswersPrint)},
	}},
}

func acts(list ...clues.Activity) []clues.Activity { return list }

// makesImages: the verdict about the origin of the images it sends.
func makesImages(p *Facts) bool { return p.Makes }

func passesImages(p *Facts) bool {
	return !p.Makes && p.Done[clues.SendsImages] > 0
}

// modalityRules has one rule for each kind of modality.
func modalityRules() []rule {
	var out []rule
	for _, r := range order[:9] {
		out = append(out, modalityRule(r))
	}
	return out
}

func modalityRule(role Role) rule {
	kind := string(role)
	makes := func(p *Facts) bool { return p.Makes && p.Kind == kind }
	performs := clues.WorksAs(kind)
	mine := func(p *Facts) bool {
		if p.Makes {
			return p.Kind == kind
		}
		if role == OT {
			return workKind(p) == "" || workKind(p) == kind
		}
		return workKind(p) == kind
	}
	return rule{role: role, pro: []Signal{
		{"makes images of this kind", 0.85, makes, acts(clues.SendsImages)},
		{"asks for or performs work of this kind", 0.4, does(performs), acts(performs)},
		{"asks for a worklist", 0.35, both(does(clues.AsksWorklist), mine), acts(clues.AsksWorklist)},
		{"reports procedure steps", 0.4, both(does(clues.ReportsProcedure), mine), acts(clues.ReportsProcedure)},
		{"asks for commitment", 0.2, both(does(clues.AsksCommitment), mine), acts(clues.AsksCommitment)},
	}, con: []Signal{
		{"answers queries", 0.7, does(clues.AnswersQuery), acts(clues.AnswersQuery)},
		{"answers retrievals", 0.7, does(clues.AnswersRetrieve), acts(clues.AnswersRetrieve)},
		{"takes commitment for images", 0.7, does(clues.AnswersCommitment), acts(clues.AnswersCommitment)},
		{"stores images that others send", 0.5, both(does(clues.TakesImages), not(makesImages)), acts(clues.TakesImages)},
		{"sends images it did not make", 0.6, passesImages, acts(clues.SendsImages)},
		{"makes images of another kind", 0.6, both(makesImages, not(makes)), acts(clues.SendsImages)},
		{"retrieves from an archive", 0.1, does(clues.Retrieves), acts(clues.Retrieves)},
	}}
}

// workKind is the kind of work that a device asks for most, empty for none.
func workKind(p *Facts) string {
	best, n := "", uint64(0)
	for _, r := range order[:9] {
		if c := p.Done[clues.WorksAs(string(r))]; c > n {
			best, n = string(r), c
		}
	}
	return best
}
