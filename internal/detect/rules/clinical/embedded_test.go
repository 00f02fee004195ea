package clinical

import (
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/files"
)

func TestD7(t *testing.T) {
	says := func(bodies ...event.Payload) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", "10.0.0.9:104")
			s.Say(bodies...)
		}
	}
	op := func(n uint64, tag, status string) *dicom.Operation {
		return &dicom.Operation{IsOrig: true, Command: "C-STORE", Programs: n, ProgramTag: tag, ProgramVR: "OB", ProgramKind: "pe", StatusName: status}
	}
	ct := map[string]roles.Role{"10.0.0.5": roles.CT}
	ruletest.Run(t, d7,
		ruletest.Case{Name: "private element", Play: says(op(1, "(0009,1010)", "success")), Want: []string{"medium 10.0.0.5>10.0.0.9 (0009,1010)"}},
		ruletest.Case{Name: "from a scanner", Play: says(op(1, "(0009,1010)", "success")), Roles: ct, Want: []string{"medium 10.0.0.5>10.0.0.9 (0009,1010)"}},
		ruletest.Case{Name: "from a desk", Play: says(op(1, "(0009,1010)", "success")), Roles: map[string]roles.Role{"10.0.0.5": roles.RegistrationDesk}, Want: []string{"high 10.0.0.5>10.0.0.9 (0009,1010)"}},
		ruletest.Case{Name: "document", Play: says(op(1, document, "success")), Roles: ct, Want: []string{"high 10.0.0.5>10.0.0.9 (0042,0011)"}},
		ruletest.Case{Name: "refused", Play: says(op(1, document, "failure")), Want: []string{"low 10.0.0.5>10.0.0.9 (0042,0011) refused"}},
		ruletest.Case{Name: "by the web", Play: says(&dicomweb.FileRecord{IsOrig: true, Via: "stow", Programs: 2, ProgramTag: "(0009,1010)", ProgramKind: "elf"}), Want: []string{"medium 10.0.0.5>10.0.0.9 (0009,1010)"}},
		ruletest.Case{Name: "from a web server", Play: says(&dicomweb.FileRecord{Via: "wado", Programs: 1, ProgramTag: "(0009,1010)", ProgramKind: "elf"}), Want: []string{"medium 10.0.0.9>10.0.0.5 (0009,1010)"}},
		ruletest.Case{Name: "from a share", Play: says(&files.Record{Source: "SMB", Seen: 900, Programs: 1, ProgramTag: pixels, ProgramKind: "pe"}), Want: []string{"high 10.0.0.9>10.0.0.5 (7fe0,0010)"}},
		ruletest.Case{Name: "a file that was refused", Play: says(&files.Record{Source: "SMB", IsOrig: event.B(true), Seen: 900, Refused: 900, Programs: 1, ProgramTag: pixels, ProgramKind: "pe"}), Want: []string{"low 10.0.0.5>10.0.0.9 (7fe0,0010) refused"}},
		ruletest.Case{Name: "an image, a document, and private data", Play: says(op(0, "", "success"), &dicomweb.FileRecord{IsOrig: true, Preamble: "tiff"}, &files.Record{Source: "SMB", MIME: "application/dicom"})},
		ruletest.Case{Name: "a program that is no image", Play: says(&files.Record{Source: "SMB", Runs: true, MIME: "application/x-dosexec"})},
	)
}
