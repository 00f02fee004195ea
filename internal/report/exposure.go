package report

import (
	"lazaret/internal/event"
	"lazaret/internal/exposure"
	"lazaret/internal/incident"
)

// Windows are the devices of an incident that are more likely infected than not, each from
// the earliest likely time of its infection until until.
func Windows(x *incident.Incident, until event.Time) []exposure.Window {
	out := make([]exposure.Window, 0, len(x.Devices))
	for _, d := range x.Devices {
		out = append(out, exposure.Window{Device: d.Device, From: d.First, To: until})
	}
	return out
}

// Expose tells what the infected devices of an incident had to do with until until.
func (x *Incident) Expose(of *incident.Incident, book *exposure.Book, until event.Time, at Directory) {
	windows := Windows(of, until)
	x.Exposure = Exposure{Until: until.RFC3339(), Whole: ways(book, windows), Devices: []DeviceExposure{}}
	for i, w := range windows {
		x.Exposure.Devices = append(x.Exposure.Devices, DeviceExposure{at.Party(w.Device), w.From.RFC3339(), ways(book, windows[i:i+1])})
	}
}

func ways(book *exposure.Book, windows []exposure.Window) Ways {
	return Ways{amounts(book, windows, exposure.Handled, exposure.Returned, exposure.Moved),
		amounts(book, windows, exposure.Handled), amounts(book, windows, exposure.Returned), amounts(book, windows, exposure.Moved)}
}

func amounts(book *exposure.Book, windows []exposure.Window, ways ...exposure.Way) Amounts {
	count := func(kind exposure.Kind) Amount {
		c := book.Count(windows, kind, ways...)
		return Amount{c.Number, c.Error}
	}
	return Amounts{count(exposure.Patients), count(exposure.Studies), count(exposure.Messages), count(exposure.Queries), count(exposure.Files)}
}

// String is an amount as it may be told: about, if it is an estimate.
func (a Amount) String() string {
	if a.Error == 0 {
		return Thousands(a.Count)
	}
	return "about " + Thousands(a.Count)
}
