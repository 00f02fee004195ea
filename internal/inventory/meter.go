package inventory

import (
	"slices"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/usage"
)

// meter counts the use of one scanner whose objects a holder sent unasked, or, with
// own, the work that the holder did itself.
type meter struct {
	own     bool
	scanner origin // what names it, nothing else
	count   *usage.Meter
}

// maxMeters bounds the meters of all holders; with what one keeps it comes to less
// than 100 MiB when all are full.
const maxMeters = 512

// stored counts an image that a holder sends unasked.
func (v *Inventory) stored(h *holder, b *clues.Object, w way, o *clues.Out) {
	if w != sentFresh || b.Kind == "" || !b.Taken {
		return
	}
	i := slices.IndexFunc(h.meters, func(m meter) bool {
		s := &m.scanner
		return !m.own && s.serial == cut(b.Serial) && s.station == cut(b.Station) && s.model == cut(b.Model) &&
			s.manufacturer == cut(b.Manufacturer) && s.deviceUID == cut(b.DeviceUID)
	})
	if i < 0 {
		if !v.roomToCount(h) {
			v.shed.Origins++
			return
		}
		i = len(h.meters)
		keep := func(s string) string { return strings.Clone(cut(s)) }
		h.meters = append(h.meters, meter{count: &usage.Meter{}, scanner: origin{serial: keep(b.Serial), station: keep(b.Station),
			model: keep(b.Model), manufacturer: keep(b.Manufacturer), deviceUID: keep(b.DeviceUID)}})
	}
	h.meters[i].count.Object(usage.Hash(b.Study), o.First)
}

// step counts a message about a performed procedure step, or a question for an order.
func (v *Inventory) step(s *clues.Step, o *clues.Out) {
	h := v.holder(s.By, o.First)
	if h == nil {
		return
	}
	i := slices.IndexFunc(h.meters, func(m meter) bool { return m.own })
	if i < 0 {
		if !v.roomToCount(h) {
			v.shed.Origins++
			return
		}
		i = len(h.meters)
		h.meters = append(h.meters, meter{own: true, count: &usage.Meter{}})
	}
	if s.Instance == "" {
		h.meters[i].count.Order(usage.Hash(s.Group), o.First)
		return
	}
	h.meters[i].count.Step(usage.Hash(s.Instance), usage.Hash(s.Group), s.Status == "DISCONTINUED", o.First)
}

func (v *Inventory) roomToCount(h *holder) bool {
	if v.meters >= maxMeters || len(h.meters) >= v.cfg.MaxOrigins {
		return false
	}
	v.meters++
	return true
}

// measure fills in how much each modality is used. Objects that only a gateway was
// seen sending count for the scanner that they name.
func (v *Inventory) measure(list []*device, rows []Device) {
	var passing []*device // what passes images of others on, at most maxMeters
	for _, d := range list {
		if !d.concluded.Modality() && slices.ContainsFunc(d.meters, func(m meter) bool { return !m.own }) {
			passing = append(passing, d)
		}
	}
	for i, d := range list {
		if !d.concluded.Modality() {
			continue
		}
		own, stored := d.gauges(d.meters, nil)
		if !stored {
			if self := d.named(&rows[i]); self.named() {
				for _, other := range passing {
					more, _ := d.gauges(other.meters, self)
					own = append(own, more...)
				}
			}
		}
		rows[i].Use = use(usage.Sum(own, v.from, v.to))
	}
	for _, d := range list {
		d.meters = nil
	}
}

// gauges picks the meters that speak of the device: its own and, if it made what it
// sends, those of its scanner; of another's meters those of the scanner given.
func (d *device) gauges(list []meter, scanner *origin) (out []*usage.Meter, stored bool) {
	for i := range list {
		m := &list[i]
		switch {
		case scanner != nil:
			if m.own || !m.scanner.named() || !m.scanner.sameScanner(scanner) {
				continue
			}
		case m.own:
		case !d.made.own:
			continue
		default:
			stored = true
		}
		out = append(out, m.count)
	}
	return out, stored
}

// named describes the device as objects of it would, as far as it is known.
func (d *device) named(row *Device) *origin {
	return &origin{manufacturer: row.Manufacturer, model: row.Model, serial: row.Serial, station: d.best(clues.Station)}
}

func use(u usage.Use, ok bool) *Use {
	if !ok {
		return nil
	}
	return &Use{Exams: u.Exams, Studies: u.Studies, Objects: u.Objects, First: stamp(u.First), Last: stamp(u.Last),
		PerHour: round(u.PerHour), PerDay: round(u.PerDay), BusiestHour: u.BusiestHour, From: u.From}
}
