package reading

import (
	"lazaret/internal/contacts"
	"lazaret/internal/decode"
	"lazaret/internal/detect"
	"lazaret/internal/incident"
	"lazaret/internal/report"
	"lazaret/internal/sessions"
	"lazaret/internal/trace"
)

// Document makes the output of a run.
func (r *Reading) Document() (*report.Document, error) {
	rep := r.Inventory.Snapshot()
	who := r.Sessions.Snapshot()
	at := report.NewDirectory(rep.Devices)
	if r.Learns {
		r.Base.Freeze(at.Role)
	}
	found := r.Found.Snapshot(at.Role)
	cfg := r.tracing
	cfg.Trace.Since = r.Capture.First
	roads := r.Contacts.Graph(known(who, found.Findings))
	stories, err := incident.Build(cfg, found.Findings, len(rep.Devices), roads)
	if err != nil {
		return nil, err
	}
	for i := range stories {
		stories[i].Reach(cfg, roads, found.Findings, r.Capture.Last)
	}
	d := &report.Document{Report: rep, Version: Version(), Sessions: report.NewSessions(who.Sessions, at, r.Mark), Moved: r.moved.Moved,
		Findings: report.NewFindings(found.Findings, at, r.Mark), Incidents: report.NewIncidents(stories, found.Findings, at), Silenced: silenced(found), Blind: blind(r, rep, who, at), Summary: report.Summary{
			Files: r.Capture.Files, Faults: []report.Fault{}, Clashes: []report.Clash{}, MoreClashes: r.Unclear, Packets: r.Capture.Frames, Bytes: r.Capture.Wire,
			OutsideTime: r.Capture.Outside, Conversations: r.Sensor.Flows, Devices: len(rep.Devices),
			Roles: map[string]int{}, Records: r.Sensor.Records, WrongChecksums: r.Sensor.Decode.ChecksumsWrong,
			Anomalies: anomalies(r), Interrupted: !r.Complete,
		}}
	s := &d.Summary
	if r.Capture.Frames > 0 {
		s.First, s.Last = r.Capture.First.RFC3339(), r.Capture.Last.RFC3339()
		s.DurationSeconds = r.Capture.Last.Sub(r.Capture.First).Seconds()
	}
	for i := range r.Clashes {
		c := &r.Clashes[i]
		s.Clashes = append(s.Clashes, report.Clash{Kind: string(c.Kind), Files: c.Files, From: c.From.RFC3339(), To: c.To.RFC3339(),
			ShiftSeconds: c.Shift.Seconds(), Count: c.Count, Of: c.Of, Detail: clashText(c)})
	}
	r.Stories, r.Findings = stories, found.Findings
	for _, dev := range rep.Devices {
		s.Roles[string(dev.Role)]++
	}
	for i := range d.Incidents {
		d.Incidents[i].Keep(r.own)
		d.Incidents[i].Expose(&stories[i], r.Exposure, r.Capture.Last, at)
		d.Incidents[i].Tell(&stories[i], cfg, found.Findings, r.Capture.Last)
		d.Incidents[i].Describe(&stories[i], found.Findings, s.Roles, r.Capture.Last, at)
		d.Incidents[i].Came(&stories[i], found.Findings, r.Outsiders, at)
		d.Incidents[i].Miss(d)
		d.Incidents[i].Advise(d.Findings)
	}
	if err := r.enter(d, cfg); err != nil {
		return nil, err
	}
	for _, f := range r.Faults {
		s.Faults = append(s.Faults, report.Fault{File: f.File, Offset: f.Offset, Kind: f.Class.String(), Reason: f.Reason, Count: f.Count, Fatal: f.Fatal})
		if f.Fatal {
			s.FilesFailed++
		}
	}
	return d, nil
}

// known lists the contacts that sessions and findings know more of than records show: who was let
// in, and how far a hostile step got.
func known(who *sessions.Report, findings []detect.Finding) []contacts.Contact {
	var out []contacts.Contact
	for i := range who.Sessions {
		if s := &who.Sessions[i]; s.Outcome == sessions.Granted {
			out = append(out, contacts.Contact{From: s.Start, To: s.Last, Source: s.Client, Target: s.Server, Grade: trace.Entered, Count: uint64(s.Count)})
		}
	}
	for i := range findings {
		f := &findings[i]
		for _, s := range f.Steps {
			if s.Reach > trace.Touched && !f.Target.IsZero() {
				out = append(out, contacts.Contact{From: s.Time, To: s.Time, Source: f.Source, Target: f.Target, Grade: s.Reach, Count: 1})
			}
		}
	}
	return out
}

// anomalies joins what the decoder and the protocols found wrong, by name.
func anomalies(r *Reading) map[string]uint64 {
	out := map[string]uint64{}
	for i, n := range r.Sensor.Decode.Defects {
		if n > 0 && i != 0 {
			out[decode.Defect(i).String()] += n
		}
	}
	for k, n := range r.Sensor.Weirds {
		out[k] += n
	}
	return out
}
