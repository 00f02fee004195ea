package report

import (
	"fmt"
	"strings"
)

// Advise says what to do about an incident, the most urgent first. It never says to switch
// off a device of care: what must be cut is what the intruder uses.
func (x *Incident) Advise(findings []Finding) {
	x.Advice = []Action{}
	do := func(devices []Party, why, format string, a ...any) {
		if devices == nil {
			devices = []Party{}
		}
		x.Advice = append(x.Advice, Action{fmt.Sprintf(format, a...), why, devices})
	}
	var care, other []Party
	for _, i := range x.Infected {
		if i.Device.Role.Care() {
			care = append(care, i.Device)
		} else {
			other = append(other, i.Device)
		}
	}
	if len(other) > 0 {
		do(other, "They are likely infected, and no image depends on them.", "Take them off the network; leave them switched on, so that memory can be saved")
	}
	if len(care) > 0 {
		do(care, "They are likely infected and in use for patients: an intruder goes by these services, images do not.",
			"Block file sharing, remote procedures, remote desktop and remote shells (TCP 135, 139, 445, 3389, 5985, 5986, 22, 23) to and from them; let DICOM and HL7 to their usual partners pass")
	}
	if len(x.Entry) > 0 {
		switch e := &x.Entry[0]; {
		case e.Unseen() && e.Via.Address != "":
			do([]Party{e.Via}, "It most likely came from a device that this sensor does not see.", "Find out who reached this device from outside of what is watched: remote service, a stick, a network without a sensor")
		case !e.Unseen():
			do([]Party{e.Device}, "It most likely began there: what is on it says how.", "Save its disk and its logs before anything is cleaned, and ask who used it")
		}
	}
	if who := accounts(x, findings); who > 0 {
		do(nil, "They were used from device to device; whoever has them can come back.", "Change the passwords of %s that the findings mark, from a clean machine", counted(who, "account"))
	}
	if len(x.AtRisk) > 0 {
		var list []Party
		for _, r := range x.AtRisk {
			list = append(list, r.Device)
		}
		do(list, "They were reached, and may be infected.", "Look at them next: new services, programs and tasks since %s", strings.TrimSuffix(strings.Replace(x.First[:min(len(x.First), 19)], "T", " ", 1), "Z"))
	}
	if n := x.Exposure.Whole.All.Patients; n.Count > 0 {
		do(nil, "Deadlines of the law begin when a breach is known: 72 hours in the European Union, 60 days in the United States.",
			"Tell the privacy officer: data of %s patients went through infected devices", n)
	}
	if len(x.Indicators) > 0 {
		do(nil, "The same intruder leaves the same traces elsewhere.", "Search other networks and mail for %s that stand below", counted(len(x.Indicators), "indicator"))
	}
}

// accounts is how many different accounts the findings of an incident mark.
func accounts(x *Incident, findings []Finding) int {
	seen := map[string]bool{}
	for _, i := range x.Findings {
		for _, e := range findings[i].Evidence {
			if e.Account {
				seen[strings.ToLower(e.Value)] = true
			}
		}
	}
	return len(seen)
}
