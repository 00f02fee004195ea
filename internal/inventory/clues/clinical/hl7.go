package clinical

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/hl7"
)

const (
	wApplication = 0.6
	wAckApp      = 0.8
	wFacility    = 0.4
	wPlace       = 0.4
)

// readMessage says who sends and hears what kind of message, and passes on the names
// of applications and places in it.
func readMessage(m *hl7.Message, r *event.Record, o *clues.Out) {
	sender, receiver := clues.Parties(r.Conn)
	if !m.IsOrig {
		sender, receiver = receiver, sender
	}
	o.Heard = append(o.Heard, sender)
	if m.Unasked {
		return
	}
	// What is inside TLS is not read: a message that was read is in clear.
	o.Has(sender, clues.ClearHL7, receiver, "hl7.type")
	acked := m.AckCode != ""
	if acked {
		o.Heard = append(o.Heard, receiver)
		o.Has(receiver, clues.ClearHL7, sender, "hl7.ack_code")
		o.Say(receiver, clues.Application, m.AckApp, "hl7.ack_application", wAckApp)
		o.Say(receiver, clues.Institution, m.AckFac, "hl7.ack_facility", wFacility)
	}
	family := familyOf(m)
	for _, act := range sends(m, family) {
		if act != "" {
			o.Did(sender, act, receiver, "hl7."+family)
		}
	}
	o.Did(receiver, hears(m, family), sender, "hl7."+family)
	// The application named in MSH-3 wrote the message; whether that is the
	// machine that sends it depends on who else sends the same.
	flow := m.SendingApp + "|" + family
	o.Pass(sender, clues.Sent, clues.Application, flow, "hl7.sending_application", wApplication)
	o.Pass(receiver, clues.Received, clues.Application, flow, "hl7.sending_application", wApplication)
	o.Pass(sender, clues.Sent, clues.Institution, m.SendingFac, "hl7.sending_facility", wFacility)
	o.Pass(sender, clues.Sent, clues.Location, place(m.Location), "hl7.location", wPlace)
	client, server := clues.Parties(r.Conn)
	t := clues.Talk{Client: client, Server: server, Service: "hl7-" + family, Port: r.Conn.Resp.Port, Operations: 1, UID: r.Conn.UID}
	if m.IsOrig {
		t.ToServer = m.Bytes
	} else {
		t.ToClient = m.Bytes
	}
	o.Talks = append(o.Talks, t)
}

// familyOf is the word for a message's kind, of a closed set: the message code
// (MSH-9.1) in lower case, or other.
func familyOf(m *hl7.Message) string {
	switch m.Type {
	case "ADT":
		return "adt"
	case "ORM", "OMI", "OMG", "OMP", "OML", "ORR", "ORI", "ORG":
		return "order"
	case "SIU", "SRM", "SQM":
		return "schedule"
	case "ORU", "OUL":
		return "result"
	case "MDM":
		return "document"
	case "DFT", "BAR":
		return "billing"
	case "QRY", "QBP", "RSP", "ADR":
		return "query"
	case "MFN":
		return "master-file"
	}
	return "other"
}

// registrations are the ADT events that a desk writes when a person arrives or
// gives new data: admit, register, pre-admit, update, add and update person.
var registrations = map[string]bool{"A01": true, "A04": true, "A05": true, "A08": true, "A28": true, "A31": true}

// sends names what the sender of a message does; at most three activities.
func sends(m *hl7.Message, family string) [3]clues.Activity {
	var acts [3]clues.Activity
	if m.HasConsent {
		acts[2] = clues.SendsConsent
	}
	switch family {
	case "adt":
		acts[0] = clues.SendsADT
		if registrations[m.Event] {
			acts[1] = clues.SendsRegistration
		}
	case "order":
		acts[0] = clues.SendsOrders
	case "schedule":
		acts[0] = clues.SendsSchedule
	case "result":
		acts[0] = clues.SendsResults
	case "document":
		acts[0] = clues.SendsDocuments
	default:
		acts[0] = clues.SendsHL7
	}
	return acts
}

func hears(m *hl7.Message, family string) clues.Activity {
	if m.HasConsent {
		return clues.HearsConsent
	}
	switch family {
	case "adt":
		return clues.HearsADT
	case "order":
		return clues.HearsOrders
	case "schedule":
		return clues.HearsSchedule
	case "result":
		return clues.HearsResults
	case "document":
		return clues.HearsDocuments
	}
	return clues.HearsHL7
}
