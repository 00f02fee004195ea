package windows

import (
	"path"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/proto/files"
	"lazaret/internal/share"
	"lazaret/internal/trace"
)

// k3 is a program that is written to a share of administrators. That it is a program is
// told by its content; of what was refused there is no content, only a name.
var k3 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "K3", Engine: "behaviour",
		Title: "Program written to an administrative share",
		Why:   "It is how a program gets to another machine to be started there; the first half of a worm's step.",
		Innocent: []string{"Software distribution from a server.", "A maker's update from a service laptop, in its window.",
			"An administrator who copies a tool."},
		Attack:     []string{"T1570", "T1021.002"},
		Severity:   detect.Medium,
		Confidence: 0.8,
		Basis:      "MITRE ATT&CK G0071, BZAR (write to an administrative share)",
		Judge:      raise,
	},
	Wants: []*event.Schema{files.Schema, share.TriedSchema},
	New: func(_ detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		return func(r *event.Record) {
			h := detect.Hit{Time: r.TS, Service: byShares}
			switch d := r.Body.(type) {
			case *files.Record:
				p, ok := copied(r, d)
				if !ok {
					return
				}
				h.Source, h.Target, h.Account = p.from, p.to, d.User
				h.Topic, _ = adminShare(d.Filename)
				h.Reach = trace.Written
				h.Facts = detect.FactsOf(r, "filename", "mime_type", "seen_bytes", "sha256", "missing_bytes", "user")
			case *share.TriedRecord:
				name, ok := adminShare(d.Path)
				if !ok || !programName(d.Name) || d.Action != "SMB::FILE_WRITE" && (d.Action != "SMB::FILE_OPEN" || d.Disposition == "open" || d.Disposition == "") {
					return
				}
				h.Source, h.Target, h.Account = r.Conn.Orig.IP, r.Conn.Resp.IP, d.User
				h.Severity, h.Confidence, h.Topic, h.Reach = detect.Low, 0.6, name+" "+refused, trace.Touched
				if d.Status == "" {
					h.Topic = name + " " + silent
				}
				h.Facts = detect.FactsOf(r, "action", "path", "name", "disposition", "status", "bytes", "user")
			}
			h.UIDs = []string{r.Conn.UID}
			report(h)
		}
	},
}

// copied tells who wrote a program to an administrative share of whom. A file that was
// refused as a whole was not written.
func copied(r *event.Record, d *files.Record) (pair, bool) {
	if !d.Runs || d.Source != "SMB" || d.Depth != 0 || !d.IsOrig.V || r.Conn == nil || d.Refused >= d.Seen && d.Seen > 0 {
		return pair{}, false
	}
	_, ok := adminShare(d.Filename)
	return caller(r, false), ok
}

// programs are the names' ends of what Windows starts.
var programs = []string{".exe", ".dll", ".sys", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".msi"}

func programName(name string) bool {
	return slices.Contains(programs, strings.ToLower(path.Ext(name)))
}
