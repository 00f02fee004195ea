package windows

import (
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/http"
)

// switches are the names that WannaCry and its variants ask for before they begin. The
// first was published as a call to www., so the end of a name counts.
var switches = []string{
	"iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com", "ifferfsodp9ifjaposdfjhgosurijfaewrwergwea.com", "iuqssfsodp9ifjaposdfjhgosurijfaewrwergwea.com",
	"ayylmaotjhsstasdfasdfasdfasdfasdfasdfasdf.com", "iuqerfsodp9ifjaposdfjhgosurijfaewrwergweb.com",
}

// lenSwitch is the length of each of them.
const lenSwitch = 45

// e5 is a call to the name that stops WannaCry.
var e5 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E5", Engine: "behaviour",
		Title:      "Name that WannaCry asks for before it begins",
		Why:        "The machine runs WannaCry. If the name is answered the worm stays idle: do not block it, isolate the machine.",
		Innocent:   []string{"An analyst who reads about it.", "A resolver that asks for others, or feeds of indicators that are looked up."},
		Attack:     []string{"T1486"},
		Severity:   detect.High,
		Confidence: 0.9,
		Basis:      "ET 2024291, 2024293 to 2024296, 2024298 to 2024302",
	},
	Wants: []*event.Schema{dns.Schema, http.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			if r.Conn == nil {
				return
			}
			h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, UIDs: []string{r.Conn.UID}}
			switch d := r.Body.(type) {
			case *dns.Record:
				if !stops(d.Query) {
					return
				}
				h.Topic, h.Facts = "dns", detect.FactsOf(r, "query", "rcode_name", "answers")
			case *http.Exchange:
				if !stops(d.Host) {
					return
				}
				h.Topic, h.Facts = "http", detect.FactsOf(r, "host", "uri", "status_code", "user_agent")
			}
			report(h)
		}
	},
}

// stops finds a name or what lies below it; of Host it may have a port.
func stops(name string) bool {
	if len(name) < lenSwitch {
		return false
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ":")
	name = strings.TrimSuffix(name, ".")
	for _, s := range switches {
		if rest, ok := strings.CutSuffix(name, s); ok && (rest == "" || rest[len(rest)-1] == '.') {
			return true
		}
	}
	return false
}
