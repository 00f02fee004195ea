package windows

import (
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/smb"
	"lazaret/internal/share"
	"lazaret/internal/trace"
)

var scanner = []string{"An authorised vulnerability scanner (nmap, Nessus)."}

// smb1 makes a rule that one transaction of SMB1 decides. look changes the hit and says
// whether it is one.
func smb1(rule detect.Rule, look func(d *smb.TransRecord, h *detect.Hit) bool) *detect.Behaviour {
	rule.Engine, rule.Attack = "behaviour", []string{"T1210"}
	return &detect.Behaviour{Rule: rule, Wants: []*event.Schema{smb.TransSchema},
		New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
			return func(r *event.Record) {
				d, ok := r.Body.(*smb.TransRecord)
				if !ok {
					return
				}
				h := detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Service: byShares, Reach: trace.Touched}
				if !look(d, &h) {
					return
				}
				h.UIDs = []string{r.Conn.UID}
				h.Facts = detect.FactsOf(r, "command", "sub_command", "path", "status", "mid", "reply_mid", "fid", "opcode", "data_total", "data_sent", "echo", "odd")
				report(h)
			}
		}}
}

// e1 is a sub-command of TRANSACTION2 that was reserved and never made.
var e1 = smb1(detect.Rule{
	ID:         "E1",
	Title:      "SMB1 sub-command that only exploits and a backdoor use",
	Why:        "No client has SESSION_SETUP of TRANSACTION2. EternalBlue's tools ask for it to see whether the backdoor DoublePulsar is there, and to give it orders.",
	Innocent:   scanner,
	Severity:   detect.High,
	Confidence: 0.95,
	Basis:      "MS-CIFS 2.2.6.15 (reserved); nmap smb-double-pulsar-backdoor, Snort 42332",
}, func(d *smb.TransRecord, h *detect.Hit) bool {
	if d.Opcode != "" {
		h.Topic = "opcode " + d.Opcode
	}
	return d.SubCommand == "SESSION_SETUP"
})

// e2 is the answer of the backdoor: the multiplex id of the request and 16.
var e2 = smb1(detect.Rule{
	ID:         "E2",
	Title:      "Answer of the backdoor DoublePulsar",
	Why:        "The target runs the backdoor within its kernel: it answers for it. Whoever can reach it can run anything there.",
	Innocent:   []string{"None is known: no server changes the multiplex id."},
	Severity:   detect.Critical,
	Confidence: 0.98,
	Basis:      "Snort 42329, 42331; ET 2024216; nmap smb-double-pulsar-backdoor",
}, func(d *smb.TransRecord, h *detect.Hit) bool {
	h.Reach = trace.Exploited
	return d.SubCommand == "SESSION_SETUP" && d.ReplyMID.OK && d.ReplyMID.V == d.MID+0x10
})

// e3 is what the tools leave: their echo, and a transaction larger than any.
var e3 = smb1(detect.Rule{
	ID:         "E3",
	Title:      "Traces of EternalBlue's tools in SMB1",
	Why:        "Somebody attacks the weakness of MS17-010. An unpatched target is taken over within seconds.",
	Innocent:   scanner,
	Severity:   detect.High,
	Confidence: 0.9,
	Basis:      "ET 2024218, 2024220 (echo); Snort 41978, 42944 (sizes)",
}, func(d *smb.TransRecord, h *detect.Hit) bool {
	switch {
	case strings.HasPrefix(d.Echo, "JlJmIhClBsr"):
		h.Topic = "echo"
	case d.Command == "NT_TRANSACT" && slices.Contains(d.Odd, "long") && slices.Contains(d.Odd, "other_secondary"):
		h.Topic = "oversized transaction"
	default:
		return false
	}
	return true
})

// e4 is the question whether a server has the weakness; one answer says that it has.
var e4 = smb1(detect.Rule{
	ID:         "E4",
	Title:      "Probe for the weakness of MS17-010",
	Why:        "Somebody asks whether EternalBlue would work. The answer INSUFF_SERVER_RESOURCES says that it would: patch or isolate the target.",
	Innocent:   scanner,
	Severity:   detect.Low,
	Confidence: 0.8,
	Basis:      "nmap smb-vuln-ms17-010; ET 2025649, 2025650, 2025992",
}, func(d *smb.TransRecord, h *detect.Hit) bool {
	if d.SubCommand != "PEEK_NMPIPE" || !d.FID.OK || d.FID.V != 0 {
		return false
	}
	switch d.Status {
	case "INSUFF_SERVER_RESOURCES":
		h.Severity, h.Confidence, h.Topic = detect.High, 0.95, "target is not patched"
	case "":
		h.Topic = silent
	default:
		h.Topic = "target is patched"
	}
	return true
})

// minClimb is from how many bytes on a path that climbs is an attack.
const minClimb = 200

// e10 is a long path with a climb, given to the functions that mishandle it.
var e10 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E10", Engine: "behaviour",
		Title:      "Path of the attack on MS08-067",
		Why:        "Conficker took machines over by it. Imaging products on old Windows had this weakness for years.",
		Innocent:   scanner,
		Attack:     []string{"T1210"},
		Severity:   detect.High,
		Confidence: 0.9,
		Basis:      "MS08-067 (CVE-2008-4250); ET 2008690 to 2008721, Snort 14782",
	},
	Wants: []*event.Schema{dcerpc.Schema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			d, ok := r.Body.(*dcerpc.Record)
			if !ok || d.Operation != "NetprPathCanonicalize" && d.Operation != "NetprPathCompare" || !climbs(d.Target) {
				return
			}
			p := caller(r, d.Backward)
			report(detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: outcome(d), Account: d.User, Service: d.Endpoint, Reach: trace.Touched, UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, "operation", "target", "outcome", "status")})
		}
	},
}

// climbs finds paths that go up as the attack does: after a long name, or twice at once.
func climbs(path string) bool {
	at := strings.Index(path, `\..\`)
	return at >= 0 && (len(path) >= minClimb || strings.Contains(path, `\..\..\`))
}

// e7 is a share that is asked for under an address which is not the server's: WannaCry
// sends the address of its makers' laboratory.
var e7 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "E7", Engine: "behaviour",
		Title:      "Share asked for under the address in WannaCry's exploit",
		Why:        "WannaCry's copy of EternalBlue names a host of its makers, whoever it attacks.",
		Innocent:   []string{"A network that has one of the two addresses behind a translation of addresses."},
		Attack:     []string{"T1210"},
		Severity:   detect.High,
		Confidence: 0.95,
		Basis:      "published strings of WannaCry; Microsoft Defender's signature",
	},
	Wants: []*event.Schema{share.MappingSchema, share.TriedSchema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			path, topic := "", "granted"
			switch d := r.Body.(type) {
			case *share.MappingRecord:
				path = d.Path
			case *share.TriedRecord:
				if path, topic = d.Path, refused; d.Status == "" {
					topic = silent
				}
				if d.Action != "SMB::TREE_CONNECT" {
					return
				}
			}
			host, _, ok := strings.Cut(strings.TrimPrefix(path, `\\`), `\`)
			if !ok || host != "172.16.99.5" && host != "192.168.56.20" || r.Conn.Resp.IP.String() == host {
				return
			}
			report(detect.Hit{Time: r.TS, Source: r.Conn.Orig.IP, Target: r.Conn.Resp.IP, Topic: topic, Service: byShares, Reach: trace.Touched, UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, "path", "status")})
		}
	},
}
