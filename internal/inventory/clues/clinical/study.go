package clinical

import (
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dicom"
)

// step hands on a message about a procedure step that was not refused.
func step(o *clues.Out, op *dicom.Operation, by clues.Party) {
	if op.Service == "worklist" && op.Accession != "" {
		o.Steps = append(o.Steps, clues.Step{By: by, Group: op.Accession})
	}
	if (op.Command != "N-CREATE" && op.Command != "N-SET") || op.StatusName == "failure" || op.SOPInstance == "" {
		return
	}
	group := op.Study
	if group == "" {
		group = op.Accession
	}
	o.Steps = append(o.Steps, clues.Step{By: by, Instance: op.SOPInstance, Group: group, Status: op.MPPSStatus})
}

// tomosynthesis are the classes of breast tomosynthesis images and projections.
func tomosynthesis(class string) bool {
	return class == storageRoot+"13.1.3" || class == storageRoot+"13.1.4" || class == storageRoot+"13.1.5"
}

// derived says what kind of derived object was stored, and whose work that is.
func derived(o *clues.Out, class string, by, to clues.Party, taken bool, source string) {
	tail, ok := strings.CutPrefix(class, storageRoot)
	if !ok {
		return
	}
	head, _, _ := strings.Cut(tail, ".")
	switch {
	case tail == "88.67", tail == "88.68", tail == "88.73", tail == "88.76": // dose reports
		if taken {
			o.Did(to, clues.TakesDose, by, source)
		}
	case head == "11", tail == "88.59": // presentation states, key objects
		o.Did(by, clues.SendsMarks, to, source)
	case head == "66", head == "30", head == "7", tail == "88.22", tail == "88.33", tail == "88.34", tail == "88.50", tail == "88.65", tail == "88.69":
		o.Did(by, clues.SendsFindings, to, source)
	}
}

// place shows a location of HL7 (PL, v2.9 2A.2.51) as people read it: its parts,
// those that are filled in.
func place(text string) string {
	if !strings.Contains(text, "^") {
		return text
	}
	var parts []string
	for p := range strings.SplitSeq(text, "^") {
		if p = strings.TrimSpace(p); p != "" && len(parts) < clues.MaxList {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}
