package report

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/incident"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/spread"
)

// Describe tells the spread of an incident as that of a disease. findings are those that it
// was built from, end is when the last was seen.
func (x *Incident) Describe(of *incident.Incident, findings []detect.Finding, population map[string]int, end event.Time, at Directory) {
	var found event.Time
	for _, i := range of.Findings {
		if f := &findings[i]; f.Severity >= detect.High && (found == 0 || f.First < found) {
			found = f.First
		}
	}
	there := map[roles.Role]int{}
	for r, n := range population {
		there[roles.Role(r)] = n
	}
	f := spread.Of(of, there, at.Role, found)
	x.Figures = Figures{Attack: []AttackRate{}, Generation: Range(f.Generation), Reproduction: Range(f.Reproduction)}
	for _, a := range f.Attack {
		x.Figures.Attack = append(x.Figures.Attack, AttackRate{string(a.Role), a.Devices, round(a.Infected), round(a.Share), round(a.Low), round(a.High)})
	}
	if f.FirstTrace != 0 {
		x.Figures.FirstTrace = f.FirstTrace.RFC3339()
	}
	if f.FirstFinding != 0 {
		x.Figures.FirstFinding = f.FirstFinding.RFC3339()
	}
	if f.FirstTrace != 0 && f.FirstFinding != 0 {
		x.Figures.Delay = f.FirstFinding.Sub(f.FirstTrace).Seconds()
	}
}
