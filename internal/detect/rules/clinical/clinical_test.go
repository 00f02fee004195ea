package clinical

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/hl7"
)

type scene = ruletest.Scene

const (
	stranger = "10.0.0.66:40000"
	pacs     = "10.0.0.9:104"
	ct1      = "10.0.0.5:40001"
)

func TestD1(t *testing.T) {
	refuse := func(s *scene, calling, called string, source, reason int) {
		s.Talk(stranger, pacs)
		s.Say(&dicom.Association{IsOrig: true, Calling: calling, Called: called, Result: "rejected", RejectResult: event.N(1), RejectSource: event.N(source), RejectReason: event.N(reason)})
		s.Wait(2)
	}
	guess := func(s *scene) {
		for i := range 6 {
			refuse(s, "ECHOSCU", fmt.Sprint("AE", i), 1, 7)
		}
	}
	ruletest.Run(t, d1,
		ruletest.Case{Name: "many called titles", Play: guess, Want: []string{"high 10.0.0.66>10.0.0.9 many titles"}},
		ruletest.Case{Name: "from a modality", Play: guess, Roles: map[string]roles.Role{"10.0.0.66": roles.US}, Want: []string{"critical 10.0.0.66>10.0.0.9 many titles"}},
		ruletest.Case{Name: "one mistyped title", Play: func(s *scene) {
			for range 8 {
				refuse(s, "CT1", "PASC", 1, 7)
			}
		}, Want: []string{"low 10.0.0.66>10.0.0.9 one title"}},
		ruletest.Case{Name: "four refusals", Play: func(s *scene) {
			for i := range 4 {
				refuse(s, "CT1", fmt.Sprint("AE", i), 1, 7)
			}
		}},
		ruletest.Case{Name: "too busy, which is no matter of titles", Play: func(s *scene) {
			for i := range 9 {
				refuse(s, "CT1", fmt.Sprint("AE", i), 3, 1)
			}
		}},
		ruletest.Case{Name: "one in an hour", Play: func(s *scene) {
			for i := range 9 {
				refuse(s, "CT1", fmt.Sprint("AE", i), 1, 3)
				s.Wait(3600)
			}
		}},
	)
}

func TestD2(t *testing.T) {
	knock := func(a dicom.Association) func(*scene) {
		return func(s *scene) {
			s.Talk(stranger, pacs)
			a.IsOrig, a.Calling, a.Called = true, "ECHOSCU", "ANY-SCP"
			s.Say(&a)
		}
	}
	ruletest.Run(t, d2,
		ruletest.Case{Name: "a look at the door", Play: knock(dicom.Association{Result: "accepted", Offered: []string{verification}, End: "open"}), Want: []string{"medium 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "an echo", Play: knock(dicom.Association{Result: "accepted", Offered: []string{verification}, End: "released", Ops: 1})},
		ruletest.Case{Name: "released without an echo", Play: knock(dicom.Association{Result: "accepted", Offered: []string{verification}, End: "released"})},
		ruletest.Case{Name: "aborted before it stored", Play: knock(dicom.Association{Result: "accepted", Offered: []string{verification, "1.2.840.10008.5.1.4.1.1.2"}, End: "aborted"})},
		ruletest.Case{Name: "bytes were lost", Play: knock(dicom.Association{Result: "accepted", Offered: []string{verification}, End: "open", Missed: 68})},
	)
}

func TestD3(t *testing.T) {
	accept := func(s *scene, from, impl string, times int) {
		for range times {
			s.Talk(from, pacs)
			s.Say(&dicom.Association{IsOrig: true, Calling: "CT1", Called: "PACS", Result: "accepted", RqImplUID: impl})
			s.Wait(60)
		}
	}
	ruletest.Run(t, d3,
		ruletest.Case{Name: "elsewhere, by another program", Play: func(s *scene) { accept(s, ct1, "1.2", 10); accept(s, stranger, "1.3", 2); accept(s, ct1, "1.2", 1) },
			Want: []string{"high 10.0.0.66>10.0.0.9 CT1, another implementation"}},
		ruletest.Case{Name: "elsewhere, by the same program", Play: func(s *scene) { accept(s, ct1, "1.2", 10); accept(s, stranger, "1.2", 1) }, Want: []string{"medium 10.0.0.66>10.0.0.9 CT1"}},
		ruletest.Case{Name: "another program at home", Play: func(s *scene) { accept(s, ct1, "1.2", 10); accept(s, ct1, "1.3", 3) },
			Want: []string{"low 10.0.0.5>10.0.0.9 CT1, same address, another implementation"}},
		ruletest.Case{Name: "not settled yet", Play: func(s *scene) { accept(s, ct1, "1.2", 9); accept(s, stranger, "1.3", 9) }},
		ruletest.Case{Name: "forgotten", Play: func(s *scene) { accept(s, ct1, "1.2", 12); s.Wait(31 * 24 * 3600); accept(s, stranger, "1.3", 1) }},
	)
}

func TestD4(t *testing.T) {
	find := func(s *scene, matches uint64, keys, wild []string, days event.Count) {
		s.Talk(stranger, pacs)
		s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "EVIL", Command: "C-FIND", Service: "query", Matches: matches, QueryKeys: keys, Wildcards: wild, DateRangeDays: days})
		s.Wait(5)
	}
	move := func(s *scene, dest string, studies int) {
		for i := range studies {
			s.Talk(stranger, pacs)
			s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "EVIL", Command: "C-MOVE", Service: "retrieve", MoveDest: dest, Study: fmt.Sprint("s", i), Completed: event.N(3)})
			s.Wait(10)
		}
	}
	year := event.N(365)
	theft := func(s *scene) {
		find(s, 400, []string{"PatientName", "StudyDate"}, []string{"PatientName=*"}, year)
		move(s, "ELSEWHERE", 60)
	}
	ruletest.Run(t, d4,
		ruletest.Case{Name: "everything, and then fetched", Play: theft, Want: []string{"medium 10.0.0.66>10.0.0.9 asks for everything", "high 10.0.0.66>10.0.0.9 has many studies sent to ELSEWHERE"}},
		ruletest.Case{Name: "an archive that synchronises", Play: theft, Roles: map[string]roles.Role{"10.0.0.66": roles.Archive},
			Want: []string{"low 10.0.0.66>10.0.0.9 asks for everything", "medium 10.0.0.66>10.0.0.9 has many studies sent to ELSEWHERE"}},
		ruletest.Case{Name: "fetched without a question", Play: func(s *scene) { move(s, "EVIL", 55) }, Want: []string{"medium 10.0.0.66>10.0.0.9 fetches many studies"}},
		ruletest.Case{Name: "a busy workstation", Play: func(s *scene) { find(s, 400, []string{"PatientID"}, nil, event.Count{}); move(s, "WS1", 40) }},
		ruletest.Case{Name: "today's list", Play: func(s *scene) { find(s, 300, []string{"StudyDate", "ModalitiesInStudy"}, nil, event.N(1)) }},
		ruletest.Case{Name: "a question with few answers", Play: func(s *scene) { find(s, 20, nil, nil, event.Count{}) }},
		ruletest.Case{Name: "over a week", Play: func(s *scene) {
			for range 14 {
				move(s, "WS1", 20)
				s.Wait(12 * 3600)
			}
		}},
	)
}

func TestD5(t *testing.T) {
	store := func(s *scene, from, title, study, status, orig string) {
		s.Talk(from, pacs)
		s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: title, Called: "PACS", Command: "C-STORE", Service: "storage", Study: study, StatusName: status, MoveOrig: orig})
		s.Wait(3)
	}
	ruletest.Run(t, d5,
		ruletest.Case{Name: "a stranger", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "EVIL", "s1", "success", "")
		},
			Want: []string{"high 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "a dose server", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "DOSE", "s1", "success", "")
		},
			Roles: map[string]roles.Role{"10.0.0.66": roles.DoseAI}, Want: []string{"info 10.0.0.66>10.0.0.9"}},
		ruletest.Case{Name: "the same again", Play: func(s *scene) { store(s, ct1, "CT1", "s1", "success", ""); store(s, ct1, "CT1", "s1", "success", "") }},
		ruletest.Case{Name: "refused", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "EVIL", "s1", "failure", "")
		}},
		ruletest.Case{Name: "sent because somebody fetched it", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "PACS2", "s1", "success", "WS1")
		}},
		ruletest.Case{Name: "given back within a C-GET", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			s.Talk(stranger, pacs)
			s.Say(&dicom.Operation{Calling: "EVIL", Called: "PACS", Command: "C-STORE", Service: "storage", Study: "s1", StatusName: "success"})
		}},
		ruletest.Case{Name: "a study of its own", Play: func(s *scene) {
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "EVIL", "s2", "success", "")
		}},
		ruletest.Case{Name: "one that stores its own all day", Play: func(s *scene) {
			for i := range 6 {
				store(s, stranger, "US1", fmt.Sprint("u", i), "success", "")
			}
			store(s, ct1, "CT1", "s1", "success", "")
			store(s, stranger, "US1", "s1", "success", "")
		}},
	)
}

func TestD6(t *testing.T) {
	moved := func(preamble string) func(*scene) {
		return func(s *scene) {
			s.Talk(stranger, pacs)
			s.Say(&files.Record{Source: "SMB", Filename: "a.dcm", IsOrig: event.B(true), Preamble: preamble})
		}
	}
	ruletest.Run(t, d6,
		ruletest.Case{Name: "program of Windows", Play: moved("pe"), Want: []string{"critical 10.0.0.66>10.0.0.9 pe"}},
		ruletest.Case{Name: "script", Play: moved("script"), Want: []string{"critical 10.0.0.66>10.0.0.9 script"}},
		ruletest.Case{Name: "TIFF", Play: moved("tiff")},
		ruletest.Case{Name: "zeros", Play: moved("")},
		ruletest.Case{Name: "a maker's own words", Play: moved("other")},
	)
}

func TestH1(t *testing.T) {
	engine, his := "10.0.0.20:50000", "10.0.0.9:2575"
	say := func(s *scene, from, app, typ, ev, ack string) {
		s.Talk(from, his)
		s.Say(&hl7.Message{IsOrig: true, SendingApp: app, SendingFac: "F", Type: typ, Event: ev, ControlID: "1", AckCode: ack})
	}
	day := func(s *scene) {
		for range 30 {
			say(s, engine, "ENGINE", "ADT", "A08", "AA")
			s.Wait(60)
		}
	}
	ruletest.Run(t, h1,
		ruletest.Case{Name: "a merge that was taken", Play: func(s *scene) { day(s); say(s, stranger, "ENGINE", "ADT", "A40", "AA") }, Want: []string{"high 10.0.0.66>10.0.0.9 ADT^A40"}},
		ruletest.Case{Name: "a result that was refused", Play: func(s *scene) { day(s); say(s, stranger, "LAB", "ORU", "R01", "AR") }, Want: []string{"medium 10.0.0.66>10.0.0.9 ORU^R01"}},
		ruletest.Case{Name: "the other node of the engine", Play: func(s *scene) { day(s); say(s, stranger, "ENGINE", "ADT", "A40", "AA") },
			Roles: map[string]roles.Role{"10.0.0.66": roles.HL7Engine}, Want: []string{"medium 10.0.0.66>10.0.0.9 ADT^A40"}},
		ruletest.Case{Name: "a merge of the engine", Play: func(s *scene) { day(s); say(s, engine, "ENGINE", "ADT", "A40", "AA") }},
		ruletest.Case{Name: "while it is learned", Play: func(s *scene) {
			say(s, engine, "ENGINE", "ADT", "A08", "AA")
			say(s, stranger, "NEW", "ADT", "A40", "AA")
		}},
		ruletest.Case{Name: "a new sender that registers, later merges", Play: func(s *scene) {
			day(s)
			say(s, stranger, "DESK", "ADT", "A04", "AA")
			s.Wait(10)
			say(s, stranger, "DESK", "ADT", "A40", "AA")
		}},
	)
}

func TestH2(t *testing.T) {
	say := func(s *scene, from, patient string, size uint64) {
		s.Talk(from, "10.0.0.9:2575")
		s.Say(&hl7.Message{IsOrig: true, SendingApp: "LAB", SendingFac: "F", Type: "ORU", Event: "R01", ControlID: "77", Patient: patient, Bytes: size})
		s.Wait(5)
	}
	ruletest.Run(t, h2,
		ruletest.Case{Name: "other words", Play: func(s *scene) { say(s, ct1, "p1", 400); say(s, ct1, "p1", 404) }, Want: []string{"medium 10.0.0.5>10.0.0.9 ORU^R01"}},
		ruletest.Case{Name: "other words from elsewhere", Play: func(s *scene) { say(s, ct1, "p1", 400); say(s, stranger, "p2", 400) }, Want: []string{"high 10.0.0.66>10.0.0.9 ORU^R01"}},
		ruletest.Case{Name: "sent again as it was", Play: func(s *scene) { say(s, ct1, "p1", 400); say(s, ct1, "p1", 400) }},
		ruletest.Case{Name: "sent again by the other node", Play: func(s *scene) { say(s, ct1, "p1", 400); say(s, stranger, "p1", 400) }},
		ruletest.Case{Name: "the number comes round", Play: func(s *scene) { say(s, ct1, "p1", 400); s.Wait(24 * 3600); say(s, ct1, "p2", 500) }},
	)
}
