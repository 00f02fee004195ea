package kwampirs

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/http"
)

// k12 is the name that a program of the group gave itself.
var k12 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K12", Engine: "behaviour",
		Title:      "User-Agent ItIsMe, as reported of Kwampirs",
		Why:        "No browser and no maker's program calls itself so; whether the backdoor does or a tool of the group is not known.",
		Innocent:   []string{"A script that somebody wrote for himself."},
		Attack:     []string{"T1071.001"},
		Severity:   detect.Medium,
		Confidence: 0.5,
		Basis:      "list of user agents of maltrail, after ReversingLabs",
		Judge:      infectedDevice,
	},
	Wants: []*event.Schema{http.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*http.Exchange)
			if !ok || d.UserAgent != "ItIsMe" {
				return
			}
			report(detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "user_agent", "method", "host", "uri", "status_code")})
		}
	},
}
