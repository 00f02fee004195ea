package clinical

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/fhir"
)

const wCapability = 0.8

// readFHIR says what the two sides of an interaction do. The client that writes a
// resource is its sender, as that of a message is in HL7 v2.
func readFHIR(f *fhir.Record, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(f.Duration, 0))
	client, server := clues.Parties(r.Conn)
	if !f.IsOrig {
		client, server = server, client
	}
	o.Heard = append(o.Heard, client)
	if f.Status.OK {
		o.Heard = append(o.Heard, server)
	}
	done := succeeded(f.Status)
	switch f.Interaction {
	case "create", "update", "patch":
		wrote(o, client, server, f.Resource, f.Consent, done)
	case "batch", "transaction":
		o.Did(client, clues.SendsBundle, server, "fhir.interaction")
		for i, t := range f.EntryTypes {
			if i == clues.MaxList {
				break
			}
			wrote(o, client, server, t, f.Consent && (t == "Consent" || t == "QuestionnaireResponse" || t == "DocumentReference"), done)
		}
	case "read", "vread", "history", "search":
		o.Did(client, clues.ReadsFHIR, server, "fhir.interaction")
		if done {
			o.Did(server, clues.AnswersFHIR, client, "fhir.interaction")
		}
	}
	if done {
		o.Has(server, clues.ClearFHIR, client, "fhir.interaction")
		o.Say(server, clues.Product, strings.TrimSpace(f.Software+" "+f.SoftVersion), "fhir.software", wCapability)
	}
	o.Talks = append(o.Talks, clues.Talk{Client: client, Server: server, Service: fhirRow(f.Interaction), Port: r.Conn.Resp.Port,
		Operations: 1, ToServer: f.ToServer, ToClient: f.ToClient, UID: r.Conn.UID})
}

// fhirRow keeps rows to a closed set.
func fhirRow(interaction string) string {
	switch interaction {
	case "read", "vread", "history", "search":
		return "fhir-read"
	case "create", "update", "patch", "delete", "batch", "transaction":
		return "fhir-write"
	case "capabilities":
		return "fhir-capabilities"
	case "operation":
		return "fhir-operation"
	}
	return "fhir-other"
}

// wrote says that a client wrote a resource of a type, and that the server took it.
func wrote(o *clues.Out, client, server clues.Party, typ string, consent, done bool) {
	w := written(typ)
	if consent {
		w = writing{"fhir.consent", [2]clues.Activity{clues.SendsConsent}, clues.HearsConsent}
	}
	for _, act := range w.sends {
		if act != "" {
			o.Did(client, act, server, w.source)
		}
	}
	if done {
		o.Did(server, w.hears, client, w.source)
	}
}

// writing is what it means to write a resource of some type. The last word of the source
// is the family of messages that says the same in HL7 v2.
type writing struct {
	source string
	sends  [2]clues.Activity
	hears  clues.Activity
}

func written(typ string) writing {
	switch typ {
	case "Patient", "Person", "RelatedPerson", "Coverage", "Account":
		return writing{"fhir.adt", [2]clues.Activity{clues.SendsADT, clues.SendsRegistration}, clues.HearsADT}
	case "Encounter", "EpisodeOfCare":
		return writing{"fhir.adt", [2]clues.Activity{clues.SendsADT}, clues.HearsADT}
	case "ServiceRequest", "ProcedureRequest", "RequestGroup", "RequestOrchestration", "Task":
		return writing{"fhir.order", [2]clues.Activity{clues.SendsOrders}, clues.HearsOrders}
	case "Appointment", "AppointmentResponse", "Schedule", "Slot":
		return writing{"fhir.schedule", [2]clues.Activity{clues.SendsSchedule}, clues.HearsSchedule}
	case "DiagnosticReport", "Observation", "ImagingStudy", "ImagingSelection":
		return writing{"fhir.result", [2]clues.Activity{clues.SendsResults}, clues.HearsResults}
	case "DocumentReference", "Composition", "DocumentManifest":
		return writing{"fhir.document", [2]clues.Activity{clues.SendsDocuments}, clues.HearsDocuments}
	case "Consent":
		return writing{"fhir.consent", [2]clues.Activity{clues.SendsConsent}, clues.HearsConsent}
	}
	return writing{"fhir.other", [2]clues.Activity{clues.SendsFHIR}, clues.TakesFHIR}
}
