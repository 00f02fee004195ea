package inventory

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto/dicom"
)

func (s *scene) exam(a, b string, g scanner, study string, n int) {
	for range n {
		op := image(g)
		op.Study = study
		s.op(a, b, op)
	}
}

func (s *scene) procedure(a, b, instance, study, command, status string) {
	s.op(a, b, dicom.Operation{Command: command, Service: "mpps", Modality: "CT", Station: force.station, Serial: force.serial, Model: force.model,
		Manufacturer: force.maker, SOPInstance: instance, Study: study, MPPSStatus: status, Calling: "CT1", Called: "RIS"})
}

func TestUse(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(s *scene)
		want Use
	}{
		{"one exam over two associations, sent again the next day", func(s *scene) {
			s.exam(ct, pacs, force, "a", 5)
			s.exam(ct, pacs, force, "a", 5)
			s.exam(ct, pacs, force, "b", 1)
			s.wait(86400)
			s.exam(ct, pacs, force, "a", 2)
		}, Use{Exams: 2, Studies: 2, Objects: 13, From: "storage", PerDay: 1}},
		{"procedure steps go before objects", func(s *scene) {
			s.procedure(ct, wlm, "1", "a", "N-CREATE", "IN PROGRESS")
			s.exam(ct, pacs, force, "a", 2)
			s.procedure(ct, wlm, "1", "", "N-SET", "COMPLETED")
			s.procedure(ct, wlm, "2", "c", "N-CREATE", "IN PROGRESS")
			s.procedure(ct, wlm, "2", "", "N-SET", "DISCONTINUED")
		}, Use{Exams: 1, Studies: 1, Objects: 2, From: "mpps", PerDay: 1}},
		{"objects that only a gateway is seen to send", func(s *scene) {
			s.worklist(ct, wlm, "CT")
			// The steps before these days were not seen; they name the machine.
			s.procedure(ct, wlm, "", "", "N-SET", "COMPLETED")
			s.exam(vna, pacs, force, "a", 2)
			s.exam(vna, pacs, aera, "m", 2)
			s.exam(vna, pacs, force, "b", 2)
		}, Use{Exams: 2, Studies: 2, Objects: 4, From: "storage", PerDay: 2}},
	} {
		s := newScene(t)
		c.play(s)
		d := holding(t, s.report(), ct)
		if d.Use == nil {
			t.Errorf("%s: %s is not used", c.name, d.Role)
			continue
		}
		got := Use{Exams: d.Use.Exams, Studies: d.Use.Studies, Objects: d.Use.Objects, From: d.Use.From, PerDay: d.Use.PerDay}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// An object that was refused, and one that an archive gives out, is no exam.
func TestNoUse(t *testing.T) {
	s := newScene(t)
	s.worklist(ct, wlm, "CT")
	op := image(force)
	op.Study, op.Status, op.StatusName, op.Responses = "a", event.N(0xa700), "failure", 1
	s.op(ct, pacs, op)
	s.op(pacs, reader, moved(force))
	for _, d := range s.report().Devices {
		if d.Use != nil {
			t.Errorf("%s: %+v", d.Role, d.Use)
		}
	}
}
