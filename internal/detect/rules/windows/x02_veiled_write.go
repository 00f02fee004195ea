package windows

import (
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/smb"
	"lazaret/internal/trace"
)

// x2 asks the question of K3 where content cannot be seen: a write as long as a program, to
// a machine that is not known to keep files for others.
var x2 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "X2", Engine: "behaviour",
		Title: "Large write to a machine inside SMB3 encryption",
		Why:   "A program that is copied to a machine looks like this if SMB3 encrypts, and so does a document: seen is how much was written and to whom; not seen are share, name and content. It weighs by what the machine is for.",
		Innocent: []string{"A user who saves to an encrypted share.", "A backup or an export of images over SMB3.", "Printing over SMB.",
			"A maker's update from a service laptop, in its window."},
		Attack:     []string{"T1570"},
		Severity:   detect.Info,
		Confidence: 0.3,
		Basis:      "the question of K3, from sizes alone: of all commands of a client only writes are as long (MS-SMB2 2.2.21)",
		Numbers: []detect.Number{
			{Name: "size", Value: 16_384, Min: 8192, Unit: "bytes", Doc: "least that is written in one go; hardly a program is shorter", Basis: "proposal"},
			{Name: "clients", Value: 3, Min: 1, Unit: "hosts", Doc: "others that use the machine's shares within a day, from which on it is a file server and not told", Basis: "proposal"},
		},
		Judge: func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
			switch {
			case target.Modality() && source.Modality():
				return detect.Medium, "modalities write no files to each other"
			case target.Modality():
				return detect.Medium, "a modality is changed by its maker's service alone"
			case endpoint(target) && endpoint(source):
				return detect.Medium, "neither of the two keeps files for others"
			case endpoint(target):
				return detect.Low, "a machine of the role " + string(target) + " keeps no files for others"
			}
			return detect.None, ""
		},
	},
	Wants: []*event.Schema{smb.VeilSchema, smb.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		used := newServing()
		return func(r *event.Record) {
			switch d := r.Body.(type) {
			case *smb.Record:
				if d.Granted > 0 {
					used.note(caller(r, !d.IsOrig), r.TS)
				}
			case *smb.VeilRecord:
				if d.Action == "begin" {
					used.note(caller(r, !d.IsOrig), r.TS)
				}
				if d.Action != "sent" || payload(d) < uint64(n.Int("size")) {
					return
				}
				h, p := veilHit(r, d)
				others := used.others(p)
				if others >= n.Int("clients") {
					return
				}
				h.Target, h.Reach = p.to, trace.Entered
				h.Facts = append(sizes(d), append(detect.FactsOf(r, "user"), counted("others that use its shares", others))...)
				report(h)
			}
		}
	},
}
