package clinical

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/hl7"
)

// With a baseline, what is at home where is known from the first association on.
func TestLearnedTitles(t *testing.T) {
	accept := func(from, title, impl, version string) func(*scene) {
		return func(s *scene) {
			s.Talk(from, pacs)
			s.Say(&dicom.Association{IsOrig: true, Calling: title, Called: "PACS", Result: "accepted", RqImplUID: impl, RqImplName: version})
		}
	}
	learn := accept(ct1, "CT1", "1.2", "V1")
	ruletest.Run(t, d3,
		ruletest.Case{Name: "elsewhere, by another program", Learn: learn, Play: accept(stranger, "CT1", "1.3", "V1"), Want: []string{"high 10.0.0.66>10.0.0.9 CT1, another implementation"}},
		ruletest.Case{Name: "elsewhere, by the same program", Learn: learn, Play: accept(stranger, "CT1", "1.2", "V1"), Want: []string{"medium 10.0.0.66>10.0.0.9 CT1"}},
		ruletest.Case{Name: "another program at home", Learn: learn, Play: accept(ct1, "CT1", "1.3", "V1"), Want: []string{"low 10.0.0.5>10.0.0.9 CT1, same address, another implementation"}},
		ruletest.Case{Name: "as it was", Learn: learn, Play: learn},
		ruletest.Case{Name: "another version of the program", Learn: learn, Play: accept(ct1, "CT1", "1.2", "V2")},
		ruletest.Case{Name: "a new title", Learn: learn, Play: accept(stranger, "CT9", "1.3", "V1")},
	)
}

// With a baseline, too much is more than ever.
func TestLearnedVolume(t *testing.T) {
	move := func(dest string, studies int) func(*scene) {
		return func(s *scene) {
			for i := range studies {
				s.Talk(ct1, pacs)
				s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "WS", Command: "C-MOVE", Service: "retrieve", MoveDest: dest, Study: fmt.Sprint(dest, i), Completed: event.N(3), StatusName: "success"})
				s.Wait(10)
			}
		}
	}
	find := func(matches uint64) func(*scene) {
		return func(s *scene) {
			s.Talk(ct1, pacs)
			s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "WS", Command: "C-FIND", Service: "query", Matches: matches})
		}
	}
	ruletest.Run(t, d4,
		ruletest.Case{Name: "more than twice as much as ever", Learn: move("WS", 8), Play: move("WS", 17), Want: []string{"medium 10.0.0.5>10.0.0.9 fetches many studies"}},
		ruletest.Case{Name: "who fetched nothing", Learn: find(3), Play: func(s *scene) { move("WS", 10)(s) },
			Want: []string{"medium 10.0.0.5>10.0.0.9 fetches many studies", "medium 10.0.0.5>10.0.0.9 has studies sent to WS, where none went before"}},
		ruletest.Case{Name: "to a new place", Learn: move("WS", 8), Play: move("ELSEWHERE", 1), Want: []string{"medium 10.0.0.5>10.0.0.9 has studies sent to ELSEWHERE, where none went before"}},
		ruletest.Case{Name: "everything, for the first time", Learn: move("WS", 8), Play: find(120), Want: []string{"medium 10.0.0.5>10.0.0.9 asks for everything"}},
		ruletest.Case{Name: "everything, thrice as much", Learn: find(120), Play: find(361), Want: []string{"medium 10.0.0.5>10.0.0.9 asks for everything"}},
		ruletest.Case{Name: "everything, as every day", Learn: find(120), Play: find(200)},
		ruletest.Case{Name: "a busy reader on a busy day", Learn: move("WS", 40), Play: move("WS", 70)},
		ruletest.Case{Name: "a few, where none were fetched in so short a time", Learn: move("WS", 1), Play: move("WS", 9)},
	)
}

func TestLearnedStorers(t *testing.T) {
	store := func(from, title, status, orig string) func(*scene) {
		return func(s *scene) {
			s.Talk(from, pacs)
			s.Say(&dicom.Operation{IsOrig: true, FromCaller: true, Calling: title, Called: "PACS", Command: "C-STORE", Service: "storage", Study: "s", StatusName: status, MoveOrig: orig})
		}
	}
	learn := store(ct1, "CT1", "success", "")
	ruletest.Run(t, d5,
		ruletest.Case{Name: "nobody known", Learn: learn, Play: store(stranger, "EVIL", "success", ""), Want: []string{"high 10.0.0.66>10.0.0.9 never stored there"}},
		ruletest.Case{Name: "a known title from elsewhere", Learn: learn, Play: store(stranger, "CT1", "warning", ""), Want: []string{"high 10.0.0.66>10.0.0.9 never stored there"}},
		ruletest.Case{Name: "a new scanner", Learn: learn, Play: store(stranger, "MR1", "success", ""), Roles: map[string]roles.Role{"10.0.0.66": roles.MR}, Want: []string{"info 10.0.0.66>10.0.0.9 never stored there"}},
		ruletest.Case{Name: "as every day", Learn: learn, Play: learn},
		ruletest.Case{Name: "refused", Learn: learn, Play: store(stranger, "EVIL", "failure", "")},
		ruletest.Case{Name: "because somebody fetched it", Learn: learn, Play: store(stranger, "PACS2", "success", "WS1")},
	)
}

func TestLearnedSenders(t *testing.T) {
	const engine, his = "10.0.0.20:50000", "10.0.0.9:2575"
	say := func(from, app, typ, ev, ack string) func(*scene) {
		return func(s *scene) {
			s.Talk(from, his)
			s.Say(&hl7.Message{IsOrig: true, SendingApp: app, SendingFac: "F", Type: typ, Event: ev, ControlID: "1", AckCode: ack})
		}
	}
	learn := func(s *scene) {
		say(engine, "ENGINE", "ADT", "A08", "AA")(s)
		s.Say(&flow.Record{Proto: "tcp", Service: "hl7", ConnState: "SF"})
	}
	ruletest.Run(t, h1,
		ruletest.Case{Name: "a merge from nobody known, taken", Learn: learn, Play: say(stranger, "ENGINE", "ADT", "A40", "AA"), Want: []string{"high 10.0.0.66>10.0.0.9 ADT^A40"}},
		ruletest.Case{Name: "refused", Learn: learn, Play: say(stranger, "ENGINE", "ORU", "R01", "AR"), Want: []string{"medium 10.0.0.66>10.0.0.9 ORU^R01"}},
		ruletest.Case{Name: "nothing grave", Learn: learn, Play: say(stranger, "NEW", "ADT", "A08", "AA"), Want: []string{"low 10.0.0.66>10.0.0.9 ADT^A08"}},
		ruletest.Case{Name: "the first merge of a known sender", Learn: learn, Play: say(engine, "ENGINE", "ADT", "A40", "AA"), Want: []string{"medium 10.0.0.20>10.0.0.9 ADT^A40, new for this sender"}},
		ruletest.Case{Name: "of an engine", Learn: learn, Play: say(engine, "ENGINE", "ADT", "A40", "AA"), Roles: map[string]roles.Role{"10.0.0.20": roles.HL7Engine}, Want: []string{"low 10.0.0.20>10.0.0.9 *"}},
		ruletest.Case{Name: "a known sender whose message is refused", Learn: learn, Play: say(engine, "ENGINE", "SIU", "S12", "AE")},
		ruletest.Case{Name: "as every day", Learn: learn, Play: say(engine, "ENGINE", "ADT", "A08", "AA")},
		ruletest.Case{Name: "an answer without a question", Learn: learn, Play: func(s *scene) { s.Talk(stranger, his); s.Say(&hl7.Message{Type: "ACK", Unasked: true}) }},
	)
}
