package windows

import (
	"cmp"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/tls"
	"lazaret/internal/proto/wsman"
	"lazaret/internal/trace"
)

// x3 asks the question of K4 where the copy cannot be seen: a large write inside encryption,
// and at once something that starts programs on the same machine. A start through a pipe
// inside the same session is not seen either, and not guessed: in the laboratory's captures
// sessions with pipes ask 7 to 80 times, in 119 to 229 bytes in the mean, and other sessions
// 3 to 54 times, in 120 to 326.
var x3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "X3", Engine: "behaviour",
		Title: "Large write inside SMB3 encryption, then something started there",
		Why:   "Copy and start by the same machine is how a worm or an intruder moves. Seen are the size of the write and the call or session that starts something; not seen is whether the two have to do with each other.",
		Innocent: []string{"Software distribution and management over WinRM or WMI: allow it by its host and account.", "An administrator who copies a tool and uses it.",
			"A user who saves a file while his machine asks the server by WMI."},
		Attack:     []string{"T1570", "T1569.002", "T1053.005", "T1047", "T1021.006"},
		Severity:   detect.Medium,
		Confidence: 0.5,
		Basis:      "the question of K4, from sizes and numbers of operations; MS-SCMR, MS-TSCH, MS-WMI, MS-DCOM, MS-WSMV",
		Numbers: []detect.Number{
			{Name: "size", Value: 16_384, Min: 8192, Unit: "bytes", Doc: "least that is written in one go", Basis: "proposal"},
			{Name: "window", Value: 120, Min: 1, Unit: "seconds", Doc: "from the end of the write to the start", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			did := f.Topic == accepted || f.Topic == sealed
			switch {
			case did && f.Severity == detect.Medium && (source.Modality() || target.Modality()):
				return detect.High, "programs are started neither by a modality nor on one"
			case did && f.Severity == detect.Medium && desk(source):
				return detect.High, "a machine of the role " + string(source) + " administers no other"
			case f.Severity == detect.Low && (source.Modality() || target.Modality()):
				return detect.Medium, "one of the two is a modality"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{smb.VeilSchema, dcerpc.Schema, tls.Schema, wsman.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		window := n.Seconds("window")
		writes := recent.NewTable[pair, detect.Hit](window*4, maxPairs)
		starts := recent.NewTable[pair, detect.Hit](window*4, maxPairs)
		both := func(file, start detect.Hit) {
			if d := start.Time - file.Time; d < -slack || d > event.Time(window) {
				return
			}
			start.Facts = append(file.Facts[:len(file.Facts):len(file.Facts)], start.Facts...)
			start.UIDs = append(file.UIDs[:len(file.UIDs):len(file.UIDs)], start.UIDs...)
			start.Account = cmp.Or(start.Account, file.Account)
			if start.Reach = trace.Entered; start.Topic == accepted || start.Topic == sealed {
				start.Reach = trace.Written
			}
			report(start)
		}
		return func(r *event.Record) {
			if v, ok := r.Body.(*smb.VeilRecord); ok {
				if v.Action != "sent" || payload(v) < uint64(n.Int("size")) {
					return
				}
				h, p := veilHit(r, v)
				h.Time, h.Target = r.TS+event.Time(v.Duration), p.to
				h.Facts = append(sizes(v), detect.FactsOf(r, "user")...)
				writes.Put(p, h, h.Time)
				if s, ok := starts.Get(p, h.Time); ok {
					both(h, s)
				}
				return
			}
			h, p, ok := startedBehind(r)
			if !ok {
				return
			}
			if w, ok := writes.Get(p, r.TS); ok {
				both(w, h)
			} else {
				starts.Put(p, h, r.TS)
			}
		}
	},
}

// slack is how much earlier than the end of a write a start may have been asked for.
const slack = event.Time(5e9)

// startedBehind finds what starts something on the machine that is called, or may: calls
// by their numbers, sessions by what they are for.
func startedBehind(r *event.Record) (h detect.Hit, p pair, ok bool) {
	weak := func(backward bool, topic, account string, facts ...string) (detect.Hit, pair, bool) {
		p := caller(r, backward)
		return detect.Hit{Time: r.TS, Source: p.from, Target: p.to, Topic: topic, Account: account, Service: topic, Severity: detect.Low, Confidence: 0.3,
			UIDs: []string{r.Conn.UID}, Facts: detect.FactsOf(r, facts...)}, p, true
	}
	switch d := r.Body.(type) {
	case *dcerpc.Record:
		switch {
		case d.Outcome != refused && (d.Operation == "RemoteCreateInstance" || d.Operation == "RemoteActivation"):
			return weak(d.Backward, "dcom", cmp.Or(d.User, d.Account), "endpoint", "operation", "target", "outcome", "user")
		case !starting(d):
			return h, p, false
		}
		p = caller(r, d.Backward)
		h = started(r, d, p)
		switch h.Topic {
		case refused, failed, silent:
			h.Severity = detect.Low
		}
		h.Confidence = 0.5
		if d.Endpoint == "IWbemServices" && d.Closed {
			h.Severity, h.Confidence = detect.Low, 0.3 // it may be another method
		}
		return h, p, true
	case *wsman.Record:
		if d.Status.V == 200 && (d.Encrypted != "" || d.Action == "Command" || d.Method == "Create") {
			return weak(!d.IsOrig, "winrm", d.User, "action", "class", "method", "encrypted", "user")
		}
	case *tls.Record:
		// WinRM's own port: who calls it manages (MS-WSMV 2.1).
		if d.Established && r.Conn.Resp.Port == 5986 {
			return weak(false, "winrm", "", "server_name", "version", "established")
		}
	}
	return h, p, false
}
