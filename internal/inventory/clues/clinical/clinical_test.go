package clinical

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/hl7"
)

var statements = []struct {
	name string
	body event.Payload
	port uint16
	want []string // clues
	from []string // parties heard
}{
	{"a store tells nothing of its sender but what it did",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "CT1", Called: "PACS",
			Manufacturer: "SIEMENS", Model: "Force", Station: "ST", Serial: "1", Status: event.N(0), StatusName: "success"}, 104,
		[]string{"client ae_title: CT1", "server ae_title: PACS", "client activity: sends images", "server activity: stores images sent to it"},
		[]string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a store without an answer",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "CT1", Called: "PACS"}, 104,
		[]string{"client ae_title: CT1", "client activity: sends images"}, []string{cluestest.ClientIP}},
	{"a refused service",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-FIND", Service: "query", Calling: "X", Called: "Y", Status: event.N(0x0122), StatusName: "failure"}, 104,
		[]string{"client ae_title: X", "server ae_title: Y", "client activity: queries an archive"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a store that the receiver had no room for",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-STORE", Service: "storage", Modality: "CT", Status: event.N(0xa700), StatusName: "failure"}, 104,
		[]string{"client activity: sends images"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a failed query is a service all the same",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "C-FIND", Service: "query", Status: event.N(0xa900), StatusName: "failure"}, 104,
		[]string{"client activity: queries an archive", "server activity: answers queries"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a sub-operation of C-GET comes from the acceptor",
		&dicom.Operation{IsOrig: false, FromCaller: false, Command: "C-STORE", Service: "storage", Modality: "CT", Calling: "WS", Called: "PACS", Status: event.N(0)}, 104,
		[]string{"client ae_title: WS", "server ae_title: PACS", "server activity: sends objects asked for", "client activity: receives objects retrieved"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a procedure step speaks of its sender",
		&dicom.Operation{IsOrig: true, FromCaller: true, Command: "N-CREATE", Service: "mpps", Modality: "MR", StationAE: "MR1", Station: "MRROOM", Status: event.N(0)}, 104,
		[]string{"client activity: reports procedure steps", "server activity: takes procedure steps", "client ae_title: MR1", "client station_name: MRROOM", "client activity: performs mr"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"an accepted association",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "accepted", RqImplUID: "1.2.3.4", RqImplName: "HOMEMADE",
			Accepted: []string{"1.2.840.10008.5.1.4.1.1.2"}}, 104,
		[]string{"client ae_title: A", "client implementation: HOMEMADE", "server ae_title: B",
			"client trait: speaks DICOM in clear", "server trait: speaks DICOM in clear", "server activity: accepts storage contexts"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a rejected association names nobody who answered",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "rejected"}, 104, []string{"client ae_title: A"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"an association that was not answered",
		&dicom.Association{IsOrig: true, Calling: "A", Called: "B", Result: "unanswered"}, 104, []string{"client ae_title: A"}, []string{cluestest.ClientIP}},
	{"a message and its acknowledgement",
		&hl7.Message{IsOrig: true, SendingApp: "REG", SendingFac: "F", Type: "ADT", Event: "A04", AckCode: "AA", AckApp: "MIRTH", Location: "DESK1"}, 2575,
		[]string{"client trait: speaks HL7 in clear", "server trait: speaks HL7 in clear", "server application: MIRTH", "client activity: sends ADT", "client activity: sends registrations", "server activity: receives ADT",
			"client application (content sent): REG|adt", "server application (content received): REG|adt", "client institution (content sent): F",
			"client location (content sent): DESK1"}, []string{cluestest.ServerIP, cluestest.ClientIP}},
	{"a consent document", &hl7.Message{IsOrig: true, SendingApp: "K", Type: "MDM", HasConsent: true}, 2575,
		[]string{"client trait: speaks HL7 in clear", "client activity: sends documents", "client activity: sends consents", "server activity: receives consents",
			"client application (content sent): K|document", "server application (content received): K|document"}, []string{cluestest.ClientIP}},
	{"a lone acknowledgement", &hl7.Message{IsOrig: true, Unasked: true, Type: "ACK"}, 2575, nil, []string{cluestest.ClientIP}},
}

func TestKinds(t *testing.T) {
	const root = "1.2.840.10008.5.1.4.1.1."
	for _, c := range []struct{ modality, class, want string }{
		{"CT", root + "2", "ct"}, {"", root + "2", "ct"}, {"CR", root + "1", "dx"}, {"RF", root + "12.2", "xa"}, {"ES", root + "77.1.1", "ot"},
		{"CT", root + "7", ""}, {"SR", root + "88.11", ""}, {"PR", root + "11.1", ""}, {"KO", root + "88.59", ""}, {"", "1.2.3", ""},
		{"RTIMAGE", root + "481.1", "ot"}, {"RTSTRUCT", root + "481.3", ""}, {"nonsense", root + "2", ""}, {"MR", "1.3.12.2.1107.5.9.1", "mr"},
	} {
		if got := imageKind(&dicom.Operation{Modality: c.modality, SOPClass: c.class}); got != c.want {
			t.Errorf("%s under %s is %q, want %q", c.modality, c.class, got, c.want)
		}
	}
}

// Data sets travel with the request unless the request asks for data.
func TestDirectionOfBytes(t *testing.T) {
	for _, c := range []struct {
		command, service   string
		orig               bool
		toServer, toClient uint64
	}{
		{"C-STORE", "storage", true, 9, 0}, {"C-STORE", "storage", false, 0, 9}, {"C-FIND", "query", true, 0, 9},
		{"C-FIND", "query", false, 9, 0}, {"N-ACTION", "storage-commitment", true, 9, 0}, {"N-GET", "print", true, 0, 9},
	} {
		o, _ := cluestest.Read(Readers, &dicom.Operation{Command: c.command, Service: c.service, IsOrig: c.orig, FromCaller: c.orig, Bytes: 9}, 104)
		if len(o.Talks) != 1 || o.Talks[0].ToServer != c.toServer || o.Talks[0].ToClient != c.toClient {
			t.Errorf("%+v: %+v", c, o.Talks)
		}
	}
}

func TestObjectMaker(t *testing.T) {
	for _, c := range []struct {
		op   dicom.Operation
		want string
	}{
		{dicom.Operation{InstanceRoot: "1.3.12.2.1107.5"}, "Siemens Healthineers"},
		{dicom.Operation{InstanceRoot: "1.2.276.0.7230010.3"}, ""}, // a toolkit
		{dicom.Operation{PrivCreators: []string{"SOMEONE", "GEMS_IDEN_01"}}, "GE HealthCare"},
		{dicom.Operation{}, ""},
	} {
		if got := objectMaker(&c.op); got != c.want {
			t.Errorf("%s %v is %q, want %q", c.op.InstanceRoot, c.op.PrivCreators, got, c.want)
		}
	}
}

// A toolkit is no maker of a machine; a product's maker is.
func TestImplementation(t *testing.T) {
	o := &clues.Out{}
	implementation(o, clues.Party{}, "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367", "x")
	if len(o.Clues) != 1 || o.Clues[0].Attr != clues.Implementation || o.Clues[0].Value != "DCMTK" {
		t.Errorf("toolkit: %+v", o.Clues)
	}
	o = &clues.Out{}
	implementation(o, clues.Party{}, "", "INFINITT_3.0", "x")
	if len(o.Clues) != 2 || o.Clues[1].Attr != clues.Manufacturer {
		t.Errorf("product: %+v", o.Clues)
	}
	o = &clues.Out{}
	implementation(o, clues.Party{}, "", "", "x")
	if len(o.Clues) != 0 {
		t.Errorf("nothing said: %+v", o.Clues)
	}
}

// Every message family has its words, and what is not in the list is "other".
func TestMessageFamilies(t *testing.T) {
	for code, want := range map[string][3]string{
		"ADT": {"adt", string(clues.SendsADT), string(clues.HearsADT)}, "OMI": {"order", string(clues.SendsOrders), string(clues.HearsOrders)},
		"SIU": {"schedule", string(clues.SendsSchedule), string(clues.HearsSchedule)}, "ORU": {"result", string(clues.SendsResults), string(clues.HearsResults)},
		"MDM": {"document", string(clues.SendsDocuments), string(clues.HearsDocuments)}, "DFT": {"billing", string(clues.SendsHL7), string(clues.HearsHL7)},
		"QBP": {"query", string(clues.SendsHL7), string(clues.HearsHL7)}, "MFN": {"master-file", string(clues.SendsHL7), string(clues.HearsHL7)},
		"\x1b[0m": {"other", string(clues.SendsHL7), string(clues.HearsHL7)},
	} {
		m := &hl7.Message{Type: code}
		f := familyOf(m)
		if got := [3]string{f, string(sends(m, f)[0]), string(hears(m, f))}; got != want {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
}

func TestStatements(t *testing.T) {
	for _, c := range statements {
		cluestest.Hold(t, Readers, c.name, c.body, c.port, c.want, c.from)
	}
}
