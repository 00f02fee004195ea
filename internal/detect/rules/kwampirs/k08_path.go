package kwampirs

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/http"
)

// k8 is a path made as those of the backdoor's requests are. Alone it is weak: many pages
// are called login or default. So it is told only when words are joined in it, as they
// are in half of the known paths, or when a server outside is asked for by its address.
var k8 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K8", Engine: "behaviour",
		Title:      "Path in the grammar of the Kwampirs backdoor",
		Why:        "It asks its servers for pages that are put together from ten words; beside other signs this one tells what they are of.",
		Innocent:   []string{"Sites with pages such as loginhome.aspx.", "A device outside that is looked at by its address."},
		Attack:     []string{"T1071.001"},
		Severity:   detect.Low,
		Confidence: 0.3,
		Basis:      "grammar read off the 513 paths in the lists that ReversingLabs published; 233 of them have joined words",
	},
	Wants: []*event.Schema{http.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*http.Exchange)
			if !ok {
				return
			}
			host, path, _ := target(d.URI, d.Host)
			joined, own := ownPath(path)
			if !own {
				return
			}
			if _, raw := rawOutside(r.Conn, host); !joined && !raw {
				return
			}
			report(detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "method", "host", "uri", "user_agent", "status_code")})
		}
	},
}
