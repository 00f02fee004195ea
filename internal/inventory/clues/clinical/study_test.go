package clinical

import (
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/dicom"
)

func TestPlace(t *testing.T) {
	for text, want := range map[string]string{
		"RADREG^DESK1^^LAZARUS": "RADREG, DESK1, LAZARUS", "DESK1": "DESK1", "^^^": "", "": "", "A^ ^B": "A, B",
	} {
		if got := place(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestDerived(t *testing.T) {
	const root = "1.2.840.10008.5.1.4.1.1."
	for _, c := range []struct {
		name, class string
		ok          bool
		want        string
	}{
		{"a dose report", root + "88.67", true, "server activity: stores dose reports sent to it"},
		{"a dose report that was refused", root + "88.67", false, ""},
		{"a presentation state", root + "11.1", true, "client activity: sends presentation states or key objects"},
		{"key objects", root + "88.59", true, "client activity: sends presentation states or key objects"},
		{"a segmentation", root + "66.4", true, "client activity: sends findings"},
		{"marks of a computer", root + "88.50", true, "client activity: sends findings"},
		{"a plan", root + "481.5", true, ""},
	} {
		op := &dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "SR", SOPClass: c.class, Status: event.N(0), StatusName: "success"}
		if !c.ok {
			op.Status, op.StatusName = event.N(0x0122), "failure"
		}
		_, got := cluestest.Read(Readers, op, 104)
		got = slices.DeleteFunc(got, func(s string) bool {
			return s == "client activity: sends derived objects" || s == "server activity: stores derived objects sent to it"
		})
		if len(got) > 1 || len(got) == 1 && got[0] != c.want || len(got) == 0 && c.want != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		name string
		op   dicom.Operation
		want []clues.Step
	}{
		{"begun", dicom.Operation{Command: "N-CREATE", Service: "mpps", SOPInstance: "i", Study: "s", Accession: "a", MPPSStatus: "IN PROGRESS"}, []clues.Step{{Instance: "i", Group: "s", Status: "IN PROGRESS"}}},
		{"ended", dicom.Operation{Command: "N-SET", Service: "mpps", SOPInstance: "i", Accession: "a", MPPSStatus: "COMPLETED"}, []clues.Step{{Instance: "i", Group: "a", Status: "COMPLETED"}}},
		{"refused", dicom.Operation{Command: "N-SET", Service: "mpps", SOPInstance: "i", StatusName: "failure"}, nil},
		{"without a name", dicom.Operation{Command: "N-SET", Service: "mpps"}, nil},
		{"told to others", dicom.Operation{Command: "N-EVENT-REPORT", Service: "mpps", SOPInstance: "i"}, nil},
		{"one order asked for", dicom.Operation{Command: "C-FIND", Service: "worklist", Accession: "a"}, []clues.Step{{Group: "a"}}},
		{"all that is planned", dicom.Operation{Command: "C-FIND", Service: "worklist"}, nil},
	} {
		c.op.IsOrig, c.op.FromCaller = true, true
		o, _ := cluestest.Read(Readers, &c.op, 104)
		var got []clues.Step
		for _, s := range o.Steps {
			s.By = clues.Party{}
			got = append(got, s)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
