package inventory

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
)

// origin is one scanner as the objects that passed through a holder describe
// it, and how they passed.
type origin struct {
	way          way
	kind         string // role word, empty for derived objects
	manufacturer string
	model        string
	station      string
	serial       string
	software     []string
	institution  string
	department   string
	deviceUID    string
	udi          string
	maker        string
	code         string // modality as written
	tomo         bool   // breast tomosynthesis
	first, last  event.Time
	count        uint64
}

// way is how objects passed a holder.
type way uint8

const (
	sentFresh     way = iota // stored on another machine, unasked
	sentAsked                // stored on another machine to fulfil C-MOVE or C-GET
	receivedFresh            // taken from a machine that sent it unasked
	receivedAsked            // received because of C-MOVE or C-GET
)

func (v *Inventory) object(b *clues.Object, o *clues.Out) {
	w := sentFresh
	if b.Sub {
		w = sentAsked
	}
	if h := v.holder(b.By, o.First); h != nil {
		v.origin(h, b, w, o)
		v.stored(h, b, w, o)
	}
	if !b.Taken {
		return
	}
	if h := v.holder(b.To, o.First); h != nil {
		v.origin(h, b, w+receivedFresh, o)
	}
}

func (v *Inventory) origin(h *holder, b *clues.Object, w way, o *clues.Out) {
	for i := range h.origins {
		if g := &h.origins[i]; g.matches(b, w) {
			g.count++
			g.first, g.last = min(g.first, o.First), max(g.last, o.Last)
			return
		}
	}
	if len(h.origins) >= v.cfg.MaxOrigins || v.evidence >= v.cfg.MaxEvidence {
		h.moreOrigins++
		v.shed.Origins++
		return
	}
	v.evidence++
	keep := func(s string) string { return strings.Clone(cut(s)) }
	h.origins = append(h.origins, origin{
		way: w, kind: b.Kind, manufacturer: keep(b.Manufacturer), model: keep(b.Model),
		station: keep(b.Station), serial: keep(b.Serial), software: keepList(b.Software),
		institution: keep(b.Institution), department: keep(b.Department), deviceUID: keep(b.DeviceUID),
		udi: keep(b.UDI), maker: b.Maker, code: strings.Clone(b.Modality[:min(len(b.Modality), maxCode)]), tomo: b.Tomosynthesis, first: o.First, last: o.Last, count: 1,
	})
}

// maxCode is the longest modality code kept, that of DICOM's CS.
const maxCode = 16

// maxSoftware is the most software versions kept of one object; (0018,1020) has
// one per component of the scanner.
const maxSoftware = 8

func keepList(list []string) []string {
	var out []string
	for _, s := range list[:min(len(list), maxSoftware)] {
		out = append(out, strings.Clone(cut(s)))
	}
	return out
}

// cut bounds a value; origins are compared with what records hold, so nothing
// else is changed.
func cut(s string) string { return s[:min(len(s), maxValue)] }

func (g *origin) matches(b *clues.Object, w way) bool {
	if g.way != w || g.kind != b.Kind || g.serial != cut(b.Serial) || g.station != cut(b.Station) {
		return false
	}
	return g.model == cut(b.Model) && g.manufacturer == cut(b.Manufacturer) &&
		slices.EqualFunc(g.software, b.Software[:min(len(b.Software), maxSoftware)], func(a, b string) bool { return a == cut(b) }) &&
		g.institution == cut(b.Institution) && g.department == cut(b.Department) &&
		g.deviceUID == cut(b.DeviceUID) && g.udi == cut(b.UDI) && g.maker == b.Maker &&
		g.code == b.Modality[:min(len(b.Modality), maxCode)] && g.tomo == b.Tomosynthesis
}

// sameScanner tells whether two descriptions can be of one machine: nothing
// that names a single machine differs. The serial number decides when both have
// one (PS3.3 C.7.5.1), then the station name, then maker and model.
func (g *origin) sameScanner(o *origin) bool {
	switch {
	case g.serial != "" && o.serial != "":
		return g.serial == o.serial && (g.model == o.model || g.model == "" || o.model == "")
	case g.station != "" && o.station != "":
		return g.station == o.station
	case g.deviceUID != "" && o.deviceUID != "":
		return g.deviceUID == o.deviceUID
	}
	return g.manufacturer == o.manufacturer && g.model == o.model
}

// named tells whether the description names any machine at all.
func (g *origin) named() bool { return g.serial != "" || g.station != "" || g.deviceUID != "" }

// silent tells that nothing but perhaps the maker's root of the instance UIDs is
// known, as when the beginning of an object was not captured.
func (g *origin) silent() bool { return !g.named() && g.manufacturer == "" && g.model == "" }

// scanners groups origins by the machine that made them and returns one
// example of each, in a stable order. A silent one is a machine of its own only
// when no other can have made its objects.
func scanners(list []origin) []origin {
	var out []origin
	for _, g := range list {
		if !g.silent() && !slices.ContainsFunc(out, func(o origin) bool { return o.sameScanner(&g) }) {
			out = append(out, g)
		}
	}
	for _, g := range list {
		if g.silent() && !slices.ContainsFunc(out, func(o origin) bool { return o.maker == g.maker || o.maker == "" || g.maker == "" }) {
			out = append(out, g)
		}
	}
	return out
}
