package inventory

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/roles"
)

// verdict says whether a device made the images it sends. Only then do the
// words inside them describe it.
type verdict struct {
	own  bool
	kind string // role word of the modality
	why  string // a sentence for explanations
	key  string // names the scanner in the objects
	// sources are the fresh images it sent.
	first event.Time
	count uint64
}

// weights of what an object says about the machine that made it.
const wObject = 0.9

// judge decides for all devices who made what they send. First every device on
// its own, then those that send images of the same scanner against each other:
// the one that reports work of its own, or sent them first, made them.
func judge(list []*device) {
	makers := map[string][]*device{}
	for _, d := range list {
		d.made = d.judgeAlone()
		if d.made.own && d.made.key != "" {
			makers[d.made.key] = append(makers[d.made.key], d)
		}
	}
	for _, rivals := range makers {
		if len(rivals) < 2 {
			continue
		}
		winner := rivals[0]
		for _, d := range rivals[1:] {
			if d.outranks(winner) {
				winner = d
			}
		}
		for _, d := range rivals {
			if d != winner {
				d.made.own = false
				d.made.why = "sends images of the scanner that " + winner.id + " is"
			}
		}
	}
	for _, d := range list {
		d.describe()
	}
}

func (d *device) outranks(o *device) bool {
	if a, b := d.works(), o.works(); a != b {
		return a
	}
	return d.made.first < o.made.first
}

// works tells that a device has procedures of its own.
func (d *device) works() bool {
	return d.count(clues.AsksWorklist)+d.count(clues.ReportsProcedure)+d.count(clues.AsksCommitment) > 0
}

// judgeAlone looks at what went through the device's own hands.
func (d *device) judgeAlone() verdict {
	var fresh []origin
	for _, g := range d.origins {
		if g.way == sentFresh && g.kind != "" {
			fresh = append(fresh, g)
		}
	}
	if len(fresh) == 0 {
		return verdict{}
	}
	n := verdict{first: fresh[0].first}
	for _, g := range fresh {
		n.first = min(n.first, g.first)
		n.count += g.count
	}
	n.kind = kindOf(fresh)
	made := scanners(fresh)
	switch {
	case d.more > 0 || len(made) > 1:
		n.why = fmt.Sprintf("sends images of %d or more scanners", len(made))
	case d.count(clues.AnswersQuery)+d.count(clues.AnswersRetrieve) > 0:
		n.why = "sends images and answers queries for them, as an archive does"
	case d.received(&made[0], n.first):
		n.why = "sends images that it received before"
	case d.takesOthers(&made[0]):
		n.why = "sends images, and stores those of other scanners"
	default:
		n.own = true
		n.why = "sends fresh images of one scanner and is seen receiving none"
		if made[0].named() {
			n.key = made[0].manufacturer + "\x00" + made[0].model + "\x00" + made[0].serial + "\x00" + made[0].station
		}
	}
	return n
}

// received tells that images of scanner g came in before t. Images that the
// device asked for itself count only if it has no work of its own, because a
// scanner fetches earlier images of its patients.
func (d *device) received(g *origin, t event.Time) bool {
	return slices.ContainsFunc(d.origins, func(o origin) bool {
		if !o.sameScanner(g) || o.first > t {
			return false
		}
		return o.way == receivedFresh || o.way == receivedAsked && !d.works()
	})
}

func (d *device) takesOthers(g *origin) bool {
	return slices.ContainsFunc(d.origins, func(o origin) bool {
		return o.way == receivedFresh && o.kind != "" && !o.sameScanner(g)
	})
}

// kindOf is the modality of a machine that makes several kinds of images. A
// hybrid scanner is what the rarer half is: PET/CT is PET, SPECT/CT is nuclear
// medicine, a C-arm with computed tomography is angiography.
func kindOf(fresh []origin) string {
	n := map[string]uint64{}
	for _, g := range fresh {
		n[g.kind] += g.count
	}
	for _, k := range [...]string{"pt", "nm", "xa"} {
		if n[k] > 0 {
			return k
		}
	}
	best := ""
	for _, r := range roles.Order() {
		if n[string(r)] > n[best] {
			best = string(r)
		}
	}
	return best
}

// describe turns the words of objects into evidence: about the device if it
// made them, about what it handles if not.
func (d *device) describe() {
	if len(d.origins) == 0 {
		return
	}
	for i := range d.origins {
		g := &d.origins[i]
		subject := clues.Sent
		switch {
		case g.way >= receivedFresh:
			subject = clues.Received
		case g.way == sentFresh && g.kind != "" && d.made.own:
			subject = clues.Self
		}
		say := func(a clues.Attr, value, field string, weight float64) {
			if value != "" {
				d.merge(&item{attr: a, subject: subject, value: value, source: "dicom_op." + field, weight: weight,
					first: g.first, last: g.last, count: g.count})
			}
		}
		say(clues.Manufacturer, g.manufacturer, "manufacturer", wObject)
		say(clues.Manufacturer, g.maker, "instance_uid_root", 0.6)
		say(clues.Model, g.model, "model", wObject)
		say(clues.Station, g.station, "station_name", wObject)
		say(clues.Serial, g.serial, "device_serial", wObject)
		say(clues.Software, strings.Join(g.software, ", "), "software_versions", wObject)
		say(clues.Institution, g.institution, "institution", wObject)
		say(clues.Department, g.department, "department", wObject)
		say(clues.DeviceUID, g.deviceUID, "device_uid", wObject)
		say(clues.UDI, g.udi, "udi", wObject)
	}
	slices.SortFunc(d.items, compareItems)
}

// adopt takes words in messages for words about the machine where that is
// safe: the sending facility (MSH-4) of what it originates, and of a desk the
// place in its messages (PV1-3), which is where the patient stands before it.
func (d *device) adopt() {
	said := func(it item) bool { return it.attr == clues.Application && it.subject == clues.Sent }
	if !slices.ContainsFunc(d.items, said) {
		return
	}
	if p := d.facts(); roles.Relays(p) || roles.PassesOn(p) {
		return
	}
	desk := d.concluded == RegistrationDesk || d.concluded == ConsentDesk
	for _, it := range slices.Clone(d.items) {
		if it.subject == clues.Sent && strings.HasPrefix(it.source, "hl7.") &&
			(it.attr == clues.Institution || desk && it.attr == clues.Location) {
			it.subject = clues.Self
			d.merge(&it)
		}
	}
	slices.SortFunc(d.items, compareItems)
}

// count is how often a device was seen doing something, over all sources.
func (d *device) count(a clues.Activity) uint64 {
	var n uint64
	for i := range d.items {
		if it := &d.items[i]; it.attr == clues.Does && it.value == string(a) {
			n += it.count
		}
	}
	return n
}
