package hl7

import "lazaret/internal/event"

// Message is the record of one HL7 v2 message, paired with its acknowledgement.
type Message struct {
	IsOrig        bool           `log:"is_orig,always" doc:"True if the originator of the connection sent the message"`
	SendingApp    string         `log:"sending_application" doc:"MSH-3 sending application"`
	SendingFac    string         `log:"sending_facility" doc:"MSH-4 sending facility"`
	ReceivingApp  string         `log:"receiving_application" doc:"MSH-5 receiving application"`
	ReceivingFac  string         `log:"receiving_facility" doc:"MSH-6 receiving facility"`
	Time          string         `log:"message_time" doc:"MSH-7 as written"`
	Type          string         `log:"type" doc:"MSH-9.1 message code"`
	Event         string         `log:"event" doc:"MSH-9.2 trigger event, or EVN-1 when that is empty"`
	Structure     string         `log:"structure" doc:"MSH-9.3 message structure"`
	ControlID     string         `log:"control_id" doc:"MSH-10 message control id"`
	Processing    string         `log:"processing_id" doc:"MSH-11 processing id: P production, T training, D debugging"`
	Version       string         `log:"version" doc:"MSH-12 version"`
	Charset       []string       `log:"character_sets" doc:"MSH-18 character sets known to HL7 table 0211, as written there; other for any else"`
	Segments      []string       `log:"segments" doc:"Distinct segment names in order of first appearance, at most 64; names that neither the standard nor a known profile has are left out, local ones (Z and two characters) become Zxx"`
	PatientClass  string         `log:"patient_class" doc:"PV1-2 patient class"`
	Location      string         `log:"location" doc:"PV1-3 assigned patient location, components joined with ^"`
	Orders        []string       `log:"diagnostic_sections" doc:"OBR-24 diagnostic service section ids, distinct (RAD, CT, MR, ...)"`
	Equipment     []string       `log:"equipment" doc:"OBX-18 equipment instance identifiers, distinct"`
	Participation []string       `log:"participation_devices" doc:"PRT-10 participation devices, distinct"`
	UDI           []string       `log:"udi" doc:"PRT-16 to PRT-22 device identifiers (UDI, manufacture and expiry date, lot, serial, always empty for PRT-21 because it leads to a donor, type), joined with |, distinct"`
	DocType       string         `log:"document_type" doc:"TXA-2 document type"`
	HasConsent    bool           `log:"has_consent" doc:"A CON (consent) segment is present, or TXA-2, or OBX-3 of a document message, names a consent document"`
	Patient       string         `log:"patient" doc:"Keyed hash of the first identifier in PID-3 (PID-2 when empty)" class:"pseudo"`
	MorePatients  []string       `log:"more_patients" doc:"Keyed hashes of the patients of further PID segments, distinct, at most 64" class:"pseudo"`
	Accession     string         `log:"accession" doc:"Keyed hash of the filler order number (OBR-3 or ORC-3)" class:"pseudo"`
	Batch         bool           `log:"batch" doc:"Came inside a batch or file (BHS, FHS)"`
	AckCode       string         `log:"ack" doc:"MSA-1 of its acknowledgement: AA, AE, AR, CA, CE, CR, the last if there were several; other for any else; empty if none was seen"`
	Acknowledges  string         `log:"acknowledges" doc:"MSA-2 of a response, or of an acknowledgement whose message was not seen: the control id of what it answers"`
	AckApp        string         `log:"ack_application" doc:"MSH-3 of the acknowledgement"`
	AckFac        string         `log:"ack_facility" doc:"MSH-4 of the acknowledgement"`
	AckDelay      event.Interval `log:"ack_delay" doc:"From the end of the message to the end of its acknowledgement"`
	Bytes         uint64         `log:"bytes" doc:"Length of the message without its MLLP frame, bytes"`
	Unasked       bool           `log:"unasked" doc:"An acknowledgement whose message was not seen"`
	Partial       bool           `log:"partial" doc:"Bytes of the message were lost or its end was not seen: fields may be missing"`
	MLLP          bool           `log:"mllp,always" doc:"Framed by the minimal lower layer protocol"`
}

// MessageSchema declares the log hl7.
var MessageSchema = event.NewSchema[Message]("hl7", "One HL7 v2 message with its acknowledgement")

// Schema implements event.Payload.
func (*Message) Schema() *event.Schema { return MessageSchema }
