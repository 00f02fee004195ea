package clinical

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/fhir"
)

const ctClass = "1.2.840.10008.5.1.4.1.1.2"

func TestWebStatements(t *testing.T) {
	ok := event.N(200)
	for _, c := range []struct {
		name string
		body event.Payload
		want []string
		row  string
	}{
		{"a search", &dicomweb.Record{IsOrig: true, Service: "qido", Status: ok},
			[]string{"client activity: queries an archive", "server activity: answers queries", "server trait: serves DICOMweb in clear"}, "dicomweb-query"},
		{"a search refused", &dicomweb.Record{IsOrig: true, Service: "qido", Status: event.N(403)},
			[]string{"client activity: queries an archive"}, "dicomweb-query"},
		{"a retrieval without an answer", &dicomweb.Record{IsOrig: true, Service: "wado-rs"},
			[]string{"client activity: retrieves from an archive"}, "dicomweb-retrieve"},
		{"a store", &dicomweb.Record{IsOrig: true, Service: "stow", Status: ok}, []string{"server trait: serves DICOMweb in clear"}, "dicomweb-storage"},
		{"a file stored tells nothing of its sender but what it did", &dicomweb.FileRecord{IsOrig: true, Via: "stow", Modality: "CT", SOPClass: ctClass, Manufacturer: "SIEMENS", Serial: "1", Status: ok},
			[]string{"client activity: sends images", "server activity: stores images sent to it"}, ""},
		{"a file refused", &dicomweb.FileRecord{IsOrig: true, Via: "stow", Modality: "CT", SOPClass: ctClass, Status: event.N(409)},
			[]string{"client activity: sends images"}, ""},
		{"a report stored", &dicomweb.FileRecord{IsOrig: true, Via: "http", Modality: "SR", SOPClass: "1.2.840.10008.5.1.4.1.1.88.33", Status: ok},
			[]string{"client activity: sends derived objects", "server activity: stores derived objects sent to it", "client activity: sends findings"}, "dicomweb-file"},
		{"a file given out", &dicomweb.FileRecord{Via: "wado", Modality: "CT", Status: ok},
			[]string{"server activity: sends objects asked for", "client activity: receives objects retrieved"}, ""},
		{"a file of a web site says nothing of who has it", &dicomweb.FileRecord{Via: "http", Modality: "CT", Status: ok}, nil, "dicomweb-file"},
		{"a patient registered", &fhir.Record{IsOrig: true, Interaction: "create", Resource: "Patient", Status: event.N(201)},
			[]string{"client activity: sends ADT", "client activity: sends registrations", "server activity: receives ADT", "server trait: serves FHIR in clear"}, "fhir-write"},
		{"a form of consent", &fhir.Record{IsOrig: true, Interaction: "create", Resource: "QuestionnaireResponse", Consent: true, Status: event.N(201)},
			[]string{"client activity: sends consents", "server activity: receives consents", "server trait: serves FHIR in clear"}, "fhir-write"},
		{"a transaction", &fhir.Record{IsOrig: true, Interaction: "transaction", EntryTypes: []string{"Consent", "ServiceRequest"}, Consent: true},
			[]string{"client activity: writes FHIR bundles", "client activity: sends consents", "client activity: sends orders"}, "fhir-write"},
		{"a search for patients", &fhir.Record{IsOrig: true, Interaction: "search", Resource: "Patient", Consent: true, Status: ok},
			[]string{"client activity: reads FHIR resources", "server activity: gives out FHIR resources", "server trait: serves FHIR in clear"}, "fhir-read"},
		{"what a server is", &fhir.Record{IsOrig: true, Interaction: "capabilities", Software: "HAPI FHIR Server", SoftVersion: "6.8.0", Status: ok},
			[]string{"server trait: serves FHIR in clear", "server product: HAPI FHIR Server 6.8.0"}, "fhir-capabilities"},
		{"a machine described says nothing of who asked", &fhir.Record{IsOrig: true, Interaction: "read", Resource: "Device", Maker: "SIEMENS", Serial: "1"},
			[]string{"client activity: reads FHIR resources"}, "fhir-read"},
	} {
		o, got := cluestest.Read(Readers, c.body, 8080)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "; "), strings.Join(c.want, "; "))
		}
		row := ""
		for _, k := range o.Talks {
			row += k.Service
		}
		if row != c.row {
			t.Errorf("%s: row %q, want %q", c.name, row, c.row)
		}
	}
}

// TestFileObject holds that what stands in a file is handed on as its maker's words.
func TestFileObject(t *testing.T) {
	o, _ := cluestest.Read(Readers, &dicomweb.FileRecord{IsOrig: false, Via: "wado", Modality: "MR", Manufacturer: "GE", Model: "Pioneer", Station: "MR1", Serial: "7",
		Software: []string{"29"}, InstanceRoot: "1.2.840.113619", Status: event.N(200)}, 8042)
	if len(o.Objects) != 1 {
		t.Fatalf("%d objects", len(o.Objects))
	}
	k := o.Objects[0]
	if k.By.IP != cluestest.IP(cluestest.ServerIP) || k.To.IP != cluestest.IP(cluestest.ClientIP) || k.Kind != "mr" || !k.Sub || !k.Taken || k.Serial != "7" || k.Maker == "" {
		t.Errorf("object %+v", k)
	}
}
