package kwampirs

import (
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/tls"
)

// k11 are several such domains with one rare word or none: one of them may be anybody's,
// several in a day are a list that is gone through.
var k11 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K11", Engine: "behaviour",
		Title:      "Several domains in the grammar of the Kwampirs backdoor",
		Why:        "A third of the names of its servers have but one rare word or none; a device that asks for several of them in a day goes through its list.",
		Innocent:   []string{"Names of other sites that are joined from words such as main, site, news and power.", "A resolver that asks for others, or an analyst."},
		Attack:     []string{"T1008"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "grammar read off the 1,103 domains in the lists that ReversingLabs published; in 323 of them is one rare word or none",
		Numbers: []detect.Number{
			{Name: "domains", Value: 3, Min: 2, Unit: "domains", Doc: "different ones from which on it is told", Basis: "proposal"},
			{Name: "many", Value: 8, Min: 2, Unit: "domains", Doc: "different ones from which on it is high", Basis: "proposal"},
			{Name: "window", Value: 86_400, Min: 60, Unit: "seconds", Doc: "in which they are asked for", Basis: "proposal: the backdoor calls daily (FBI, CP-000111-MW)"},
		},
		Judge: askedForOthers,
	},
	Wants: []*event.Schema{dns.Schema, http.Schema, tls.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		asked := recent.NewDistinct[netid.IP, string](n.Seconds("window"), maxHosts, 64)
		told := recent.NewTable[netid.IP, int](n.Seconds("window"), maxHosts)
		return func(r *event.Record) {
			domain := domainOf(r)
			if domain == "" {
				return
			}
			if rare, ok := ownDomain(domain); !ok || rare >= 2 {
				return
			}
			from := r.Conn.Orig.IP
			count := asked.Add(from, strings.Clone(domain), r.TS)
			before, _ := told.Get(from, r.TS)
			if count < n.Int("domains") || count <= before {
				return
			}
			told.Put(from, count, r.TS)
			h := named(r)
			if count >= n.Int("many") {
				h.Severity, h.Confidence = detect.High, 0.85
			}
			list := asked.Values(from)
			h.Facts = append([]detect.Fact{
				{Field: "domains", Value: strconv.Itoa(count)},
				{Field: "the last of them", Value: strings.Join(list[max(0, len(list)-5):], ", ")},
			}, h.Facts...)
			report(h)
		}
	},
}
