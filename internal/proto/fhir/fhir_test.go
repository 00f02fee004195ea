package fhir

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const (
	fhirJSON = "application/fhir+json; charset=utf-8"
	canaryID = "pat-4711-kanari"
)

func request(seq int, method, target, typ, body string, fields ...string) prototest.Message {
	m := prototest.Message{Body: body, Fields: map[string]string{"user-agent": "desk/1.0"}}
	for i := 0; i+1 < len(fields); i += 2 {
		m.Fields[fields[i]] = fields[i+1]
	}
	m.Entity = proto.Entity{Dir: proto.Orig, Seq: seq, Method: method, Target: target, Type: typ}
	return m
}

// talk is a request and its answer.
func talk(method, target, reqType, reqBody string, status int, typ, body string, fields ...string) []prototest.Message {
	q := request(1, method, target, reqType, reqBody, fields...)
	e := q.Entity
	e.Dir, e.Response, e.Status, e.Type = proto.Resp, true, status, typ
	return []prototest.Message{q, {Entity: e, Body: body, Fields: map[string]string{"server": "hapi"}}}
}

func pseudo(kind, v string) string { return prototest.NewFlow().Pseudonym(kind, []byte(v)) }

const patient = `{"resourceType":"Patient","id":"` + canaryID + `","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient","http://x/StructureDefinition/y?patient=KANARI","http://x/StructureDefinition/y/KANARI","KANARI"]},
 "identifier":[{"value":"KANARIMRN"}],"name":[{"family":"KANARIENVOGEL","given":["ADA"]}],"birthDate":"1970-04-11"}`

const bundle = `{"type":"searchset","resourceType":"Bundle","total":17,"link":[{"url":"http://x/Patient?name=KANARI"}],"entry":[
 {"fullUrl":"http://x/Patient/1","resource":` + patient + `},{"resource":` + patient + `},{"resource":{"resourceType":"Consent","id":"c","status":"active"}},
 {"search":{"mode":"outcome"}}]}`

// conversations are one of each kind.
func conversations() map[string][]prototest.Message {
	const device = `{"resourceType":"Device","id":"d1","manufacturer":"Siemens Healthineers","modelNumber":"Förce","serialNumber":"SN77",
 "udiCarrier":[{"deviceIdentifier":"00844588003288"}],"version":[{"value":"VB30"}],"deviceName":[{"name":"CT one","type":"user-friendly-name"}]`
	return map[string][]prototest.Message{
		"read":         talk("GET", "/fhir/Patient/"+canaryID, "", "", 200, fhirJSON, patient, "accept", "application/fhir+json", "authorization", "Bearer KANARITOKEN"),
		"search":       talk("GET", "/fhir/Patient?name:exact=KANARI&_count=10&birthdate=1970-04-11&K4711=x&_has:Observation:patient:code=1", "", "", 200, fhirJSON, bundle),
		"form":         talk("POST", "/fhir/Patient/_search?_count=1", "application/x-www-form-urlencoded", "family=KANARI&birthdate=1970-04-11&KANARI=1&KANARI", 200, fhirJSON, bundle),
		"create":       talk("POST", "/Patient", fhirJSON, patient, 201, "", "", "authorization", "Basic S0FOQVJJ"),
		"consent":      talk("POST", "/r4/Consent", fhirJSON, `{"resourceType":"Consent","patient":{"reference":"https://x/Patient/`+canaryID+`/_history/2"}}`, 201, fhirJSON, `{"resourceType":"Consent","id":"7"}`),
		"answers":      talk("POST", "/QuestionnaireResponse", "application/json", `{"resourceType":"QuestionnaireResponse","questionnaire":"http://x/Questionnaire/mr-consent|1","subject":{"reference":"Patient/`+canaryID+`"}}`, 201, "", ""),
		"device":       talk("GET", "/Device/d1", "", "", 200, "application/json", device+`}`),
		"device name":  talk("POST", "/Device", fhirJSON, `{"resourceType":"Device","deviceName":[{"name":"CT one","type":"user-friendly-name"},{"type":"model-name","name":"Force"}]}`, 201, fhirJSON, `{"resourceType":"Device","id":"d7"}`),
		"implant":      talk("GET", "/Device/d1", "", "", 200, fhirJSON, device+`,"patient":{"reference":"Patient/`+canaryID+`"}}`),
		"capabilities": talk("GET", "/fhir/metadata", "", "", 200, fhirJSON, `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","software":{"name":"HAPI FHIR Server","version":"6.8.0"},"rest":[{"mode":"server"}]}`),
		"transaction":  talk("POST", "/fhir", fhirJSON, `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"Observation"}}]}`, 200, fhirJSON, `{"resourceType":"Bundle","type":"transaction-response","entry":[{},{}]}`),
		"operation":    talk("GET", "/fhir/Patient/"+canaryID+"/$everything", "", "", 200, fhirJSON, bundle),
		"vread":        talk("GET", "/fhir/Patient/1/_history/2", "", "", 404, fhirJSON, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"KANARI unknown"}]}`),
		"compartment":  talk("GET", "/fhir/Patient/1/Observation", "", "", 200, fhirJSON, `{"resourceType":"Bundle","type":"searchset"}`),
		"xml":          talk("PUT", "/ImagingStudy/i1", "application/fhir+xml", "<?xml version=\"1.0\"?>\n<!-- KANARI -->\n<f:ImagingStudy xmlns:f=\"http://hl7.org/fhir\"><f:id value=\"KANARI\"/>", 200, "", ""),
		"delete":       talk("DELETE", "/Patient/1", "", "", 204, "", "", "accept", "application/fhir+json"),
		"no answer":    {request(1, "GET", "/Patient/1", "", "", "accept", "application/fhir+json")},
		"other JSON":   talk("GET", "/api/Patient/1", "", "", 200, "application/json", `{"name":"KANARI"}`),
		"no type":      talk("POST", "/x", "application/json", `{"resourceType":"Bucket"}`, 200, "application/json", `[]`),
		"a new type":   talk("GET", "/fhir/NewThing/1", "", "", 200, fhirJSON, `{"resourceType":"NewThing"}`),
	}
}

func TestInteractions(t *testing.T) {
	said := conversations()
	for name, want := range map[string][]string{
		"read": {`"interaction":"read"`, `"resource":"Patient"`, `"method":"GET"`, `"status_code":200`, `"response_resource":"Patient"`, `"format":"json"`, `"authorization":"bearer"`,
			`"resource_id":"` + pseudo("fhir/Patient", canaryID) + `"`, `"profiles":["http://hl7.org/fhir/StructureDefinition/Patient"]`, `"user_agent":"desk/1.0"`, `"server":"hapi"`},
		"search": {`"interaction":"search"`, `"resource":"Patient"`, `"parameters":["_count","_has:Observation:patient:code","birthdate","name:exact","other"]`,
			`"bundle_type":"searchset"`, `"bundle_total":17`, `"entries":4`, `"entry_types":["Consent","Patient"]`, `"entry_type_counts":[1,2]`},
		"form":         {`"interaction":"search"`, `"parameters":["_count","birthdate","family","other"]`},
		"create":       {`"interaction":"create"`, `"resource":"Patient"`, `"status_code":201`, `"authorization":"basic"`},
		"consent":      {`"interaction":"create"`, `"resource":"Consent"`, `"consent":true`, `"patient":"` + pseudo("fhir/Patient", canaryID) + `"`, `"response_resource":"Consent"`},
		"answers":      {`"resource":"QuestionnaireResponse"`, `"consent":true`, `"patient":"` + pseudo("fhir/Patient", canaryID) + `"`},
		"device":       {`"device_manufacturer":"Siemens Healthineers"`, `"device_model":"Förce"`, `"device_serial":"SN77"`, `"device_udi":"00844588003288"`, `"device_version":"VB30"`},
		"device name":  {`"device_model":"Force"`, `"resource_id":"` + pseudo("fhir/Device", "d7") + `"`},
		"implant":      {`"device_model":"Förce"`, `"patient":"` + pseudo("fhir/Patient", canaryID) + `"`},
		"capabilities": {`"interaction":"capabilities"`, `"software":"HAPI FHIR Server"`, `"software_version":"6.8.0"`, `"fhir_version":"4.0.1"`, `"resource":"CapabilityStatement"`},
		"transaction":  {`"interaction":"transaction"`, `"bundle_type":"transaction"`, `"entries":1`, `"entry_types":["Observation"]`, `"response_resource":"Bundle"`},
		"operation":    {`"interaction":"operation"`, `"operation":"everything"`, `"resource":"Patient"`},
		"vread":        {`"interaction":"vread"`, `"status_code":404`, `"response_resource":"OperationOutcome"`},
		"compartment":  {`"interaction":"search"`, `"resource":"Patient"`, `"bundle_type":"searchset"`},
		"xml":          {`"interaction":"update"`, `"resource":"ImagingStudy"`, `"format":"xml"`},
		"delete":       {`"interaction":"delete"`, `"resource":"Patient"`, `"status_code":204`},
		"no answer":    {`"interaction":"read"`, `"resource":"Patient"`},
		"a new type":   {`"resource":"NewThing"`, `"response_resource":"NewThing"`},
		"other JSON":   nil,
		"no type":      nil,
	} {
		f := prototest.Carry(&Spec, said[name], 1<<20)
		f.Records = slices.DeleteFunc(f.Records, func(r event.Record) bool { return r.Body.Schema() == MatchesSchema })
		prototest.CarrySays(t, name, f, want)
	}
	for name, want := range map[string]int{"search": 1, "form": 1, "operation": 1, "transaction": 0, "compartment": 0, "device": 0} {
		told := 0
		for _, r := range prototest.Carry(&Spec, said[name], 1<<20).Records {
			if m, ok := r.Body.(*MatchesRecord); ok && slices.Equal(m.Patients, []string{pseudo("fhir/Patient", canaryID)}) && m.Answers == 4 {
				told++
			}
		}
		if told != want {
			t.Errorf("%s: %d records say whose data it told, want %d", name, told, want)
		}
	}
	if f := prototest.Carry(&Spec, said["implant"], 9); strings.Contains(f.JSON(), "SN77") || strings.Contains(f.JSON(), "00844588") {
		t.Errorf("the serial number of a patient's device came out: %s", f.JSON())
	}
}

func TestPieces(t *testing.T) { prototest.CarryPieces(t, &Spec, conversations()) }

// TestCanaries looks for invented patient data and secrets.
func TestCanaries(t *testing.T) {
	prototest.CarryCanaries(t, &Spec, conversations(), []string{"KANARI", "kanari", "ADA", "4711", "1970", "S0FOQVJJ"})
}

// TestFaults names what breaks the standard, and holds that what is not FHIR is left.
func TestFaults(t *testing.T) {
	f := prototest.Carry(&Spec, talk("GET", "/Patient/1", "", "", 200, fhirJSON, `{"resourceType":"Patient",]`), 5)
	if !slices.Equal(f.Weirds, []string{badJSON}) {
		t.Errorf("weirds %v", f.Weirds)
	}
	late := `{"data":"` + strings.Repeat("x", maxUnknown) + `","resourceType":"Patient"}`
	if f := prototest.Carry(&Spec, talk("GET", "/Patient/1", "", "", 200, "application/json", late), 100); len(f.Records) != 0 {
		t.Errorf("a type behind %d bytes was read: %s", maxUnknown, f.JSON())
	}
	prototest.CarryBounded(t, &Spec, request(1, "GET", "/Patient/1", "", "", "accept", "application/fhir+json"), 10*maxExchanges, tooManyPending)
}

// TestTypes holds that the table is read whole.
func TestTypes(t *testing.T) {
	for _, s := range []string{"Account", "Patient", "VisionPrescription", "ImagingSelection", "DeviceUseStatement"} {
		if !types()[s] {
			t.Errorf("%s is not in the table", s)
		}
	}
	for s := range types() {
		if !typeLike(s) {
			t.Errorf("%q looks like no type", s)
		}
	}
	if len(types()) != 178 {
		t.Errorf("%d types", len(types()))
	}
}

// FuzzContent holds that any content is taken in any pieces with the same result.
func FuzzContent(f *testing.F) {
	for _, said := range conversations() {
		f.Add(said[0].Method, said[0].Target, said[0].Type, []byte(said[0].Body), said[len(said)-1].Type, []byte(said[len(said)-1].Body), uint16(5))
	}
	f.Fuzz(func(t *testing.T, method, target, typ string, body []byte, answerType string, answered []byte, cut uint16) {
		said := talk(method, target, typ, string(body), 200, answerType, string(answered), "accept", "application/fhir+json")
		prototest.CarryFuzz(t, &Spec, said, cut)
	})
}

func TestYield(t *testing.T) { prototest.CarryYield(t, &Spec, conversations()["transaction"], 1000, 1) }
