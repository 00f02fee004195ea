package kwampirs

import (
	"encoding/base64"
	"strconv"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/http"
)

// k7 is the request with which the backdoor reports. Its header fields stand in an order
// that browsers do not have, and q begins with the same two letters in each.
var k7 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K7", Engine: "behaviour",
		Title:      "Request in the shape of the Kwampirs backdoor",
		Why:        "The backdoor reports in this form to a long list of servers, most of which are dead; the device that asks is infected.",
		Innocent:   []string{"Simple programs of makers may order their header fields so, but with another query than q=KT.", "Somebody tests a detection."},
		Attack:     []string{"T1071.001", "T1132.001", "T1573.001"},
		Severity:   detect.High,
		Confidence: 0.9,
		Basis:      "Emerging Threats 2023595; beacon key of the FBI's notice CP-000118-MW",
		Judge:      infectedDevice,
	},
	Wants: []*event.Schema{http.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*http.Exchange)
			if !ok || d.Method != "GET" || len(d.URI) <= 21 || !bareFields(d) {
				return
			}
			_, path, query := target(d.URI, d.Host)
			if !activePage(path) || !strings.HasPrefix(query, "q=KT") {
				return
			}
			sent, err := base64.StdEncoding.DecodeString(query[len("q="):])
			if err != nil {
				return
			}
			h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Topic: outcome(d), UIDs: []string{r.Conn.UID},
				Facts: detect.FactsOf(r, "method", "host", "uri", "user_agent", "client_header_names", "status_code", "response_body_len")}
			if n, of := readable(sent); of >= minReadable && n*10 >= of*9 {
				h.Confidence = 0.97
				h.Facts = append(h.Facts, detect.Fact{Field: "text or zeros under the beacon key", Value: strconv.Itoa(n) + " of " + strconv.Itoa(of) + " bytes"})
			}
			if h.Topic == "answered" {
				h.Severity = detect.Critical
			}
			report(h)
		}
	},
}

// infectedDevice judges what only an infected device does.
func infectedDevice(f *detect.Finding, source, _ roles.Role) (detect.Severity, string) {
	if source.Care() && f.Severity == detect.High {
		return detect.Critical, "examinations depend on the device that does it"
	}
	return detect.None, ""
}

// outcome is what came of a request.
func outcome(d *http.Exchange) string {
	switch {
	case !d.Status.OK:
		return "unanswered"
	case d.Status.V >= 200 && d.Status.V < 300:
		return "answered"
	}
	return "refused"
}

// bareFields tells whether User-Agent and Host are the first fields, and those that
// browsers send are absent.
func bareFields(d *http.Exchange) bool {
	if len(d.ClientNames) < 2 || d.ClientNames[0] != "USER-AGENT" || d.ClientNames[1] != "HOST" || !strings.HasPrefix(d.UserAgent, "Mozilla/") {
		return false
	}
	for _, n := range d.ClientNames {
		if n == "REFERER" || n == "COOKIE" || strings.HasPrefix(n, "ACCEPT") {
			return false
		}
	}
	return true
}

func activePage(path string) bool {
	return strings.HasSuffix(path, ".php") || strings.HasSuffix(path, ".asp") || strings.HasSuffix(path, ".aspx")
}

// minReadable is how many bytes must be compared before they say something: of bytes by
// chance 37 in 100 are text or zero.
const minReadable = 10

// readable counts what is text or zero behind the first two bytes, undone with the part of
// the beacon key that was published. The first two say nothing more than the letters KT.
func readable(sent []byte) (n, of int) {
	for i := 2; i < min(len(sent), len(beaconKey)); i++ {
		if c := sent[i] ^ beaconKey[i]; c == 0 || c >= ' ' && c <= '~' || c == '\r' || c == '\n' {
			n++
		}
		of++
	}
	return n, of
}
