package report

import (
	"fmt"
	"io"

	"lazaret/internal/inventory"
)

// The resources of HL7 FHIR R4 (4.0.1) that are written, with the elements that
// traffic tells of. Element names are those of the standard.
type (
	fhirBundle struct {
		ResourceType string         `json:"resourceType"`
		Identifier   fhirIdentifier `json:"identifier"`
		Type         string         `json:"type"`
		Timestamp    string         `json:"timestamp,omitempty"`
		Entry        []fhirEntry    `json:"entry,omitempty"`
	}
	fhirEntry struct {
		FullURL  string `json:"fullUrl"`
		Resource any    `json:"resource"`
	}
	fhirDevice struct {
		ResourceType string           `json:"resourceType"`
		ID           string           `json:"id"`
		Identifier   []fhirIdentifier `json:"identifier,omitempty"`
		UDI          []fhirUDI        `json:"udiCarrier,omitempty"`
		Status       string           `json:"status"`
		Manufacturer string           `json:"manufacturer,omitempty"`
		SerialNumber string           `json:"serialNumber,omitempty"`
		DeviceName   []fhirName       `json:"deviceName,omitempty"`
		ModelNumber  string           `json:"modelNumber,omitempty"`
		Type         *fhirConcept     `json:"type,omitempty"`
		Version      []fhirVersion    `json:"version,omitempty"`
		Property     []fhirProperty   `json:"property,omitempty"`
		Location     *fhirReference   `json:"location,omitempty"`
		Note         []fhirNote       `json:"note,omitempty"`
	}
	fhirLocation struct {
		ResourceType string `json:"resourceType"`
		ID           string `json:"id"`
		Name         string `json:"name"`
	}
	fhirIdentifier struct {
		Type   *fhirConcept `json:"type,omitempty"`
		System string       `json:"system,omitempty"`
		Value  string       `json:"value"`
	}
	fhirConcept struct {
		Coding []fhirCoding `json:"coding,omitempty"`
		Text   string       `json:"text,omitempty"`
	}
	fhirCoding struct {
		System  string `json:"system"`
		Code    string `json:"code"`
		Display string `json:"display,omitempty"`
	}
	fhirUDI struct {
		CarrierHRF string `json:"carrierHRF"`
	}
	fhirName struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	fhirVersion struct {
		Type  fhirConcept `json:"type"`
		Value string      `json:"value"`
	}
	fhirProperty struct {
		Type     fhirConcept    `json:"type"`
		Quantity []fhirQuantity `json:"valueQuantity,omitempty"`
		Code     []fhirConcept  `json:"valueCode,omitempty"`
	}
	fhirQuantity struct {
		Value float64 `json:"value"`
		Unit  string  `json:"unit,omitempty"`
	}
	fhirReference struct {
		Reference string `json:"reference"`
		Display   string `json:"display,omitempty"`
	}
	fhirNote struct {
		Text string `json:"text"`
	}
)

// dcm is FHIR's name for the codes of DICOM PS3.16 annex D.
const dcm = "http://dicom.nema.org/resources/ontology/DCM"

// modalityCodes are the roles that have a code among the modalities (PS3.16 CID 29).
var modalityCodes = map[inventory.Role]fhirCoding{
	inventory.CT: {dcm, "CT", "Computed Tomography"},
	inventory.MR: {dcm, "MR", "Magnetic Resonance"},
	inventory.DX: {dcm, "DX", "Digital Radiography"},
	inventory.US: {dcm, "US", "Ultrasound"},
	inventory.MG: {dcm, "MG", "Mammography"},
	inventory.NM: {dcm, "NM", "Nuclear Medicine"},
	inventory.PT: {dcm, "PT", "Positron emission tomography"},
	inventory.XA: {dcm, "XA", "X-Ray Angiography"},
}

// writeFHIR writes a Bundle of type collection: a Device for each device, and a
// Location for each place that a device named.
func writeFHIR(w io.Writer, d *Document) error {
	b := fhirBundle{
		ResourceType: "Bundle", Type: "collection", Timestamp: d.Summary.Last,
		Identifier: fhirIdentifier{System: "urn:ietf:rfc:3986", Value: "urn:uuid:" + whole("fhir", d)},
	}
	places := map[string]string{}
	for i := range d.Devices {
		v := &d.Devices[i]
		r := fhirOf(d.ExplainAt(i))
		if name := place(v); name != "" {
			id, known := places[name]
			if !known {
				id = uuid("location", name)
				places[name] = id
				b.add(id, fhirLocation{"Location", id, name})
			}
			r.Location = &fhirReference{"urn:uuid:" + id, name}
		}
		b.add(r.ID, r)
	}
	return encode(w, b)
}

func (b *fhirBundle) add(id string, resource any) {
	b.Entry = append(b.Entry, fhirEntry{"urn:uuid:" + id, resource})
}

// place is where a device says that it stands.
func place(v *inventory.Device) string { return joined(v.Institution, v.Department, v.Location) }

func fhirOf(x *inventory.Explanation) *fhirDevice {
	v := &x.Device
	r := &fhirDevice{
		ResourceType: "Device", ID: uuid("device", v.ID), Status: "active", Manufacturer: v.Manufacturer,
		SerialNumber: v.Serial, ModelNumber: v.Model, Type: &fhirConcept{Text: Label(string(v.Role))},
	}
	if v.SubRole != "" {
		r.Type.Text += ", " + v.SubRole
	}
	if c, ok := modalityCodes[v.Role]; ok {
		r.Type.Coding = []fhirCoding{c}
	}
	identify := func(kind string, values []string) {
		for _, s := range values {
			r.Identifier = append(r.Identifier, fhirIdentifier{Type: &fhirConcept{Text: kind}, Value: s})
		}
	}
	identify("Lazaret device", []string{v.ID})
	identify("MAC address", v.MACs)
	identify("DICOM AE title", v.AETitles)
	identify("HL7 application", v.Applications)
	identify("DICOM device UID", values(x, "device_uid"))
	for _, u := range values(x, "udi") {
		r.UDI = append(r.UDI, fhirUDI{u})
	}
	for _, n := range v.Names {
		r.DeviceName = append(r.DeviceName, fhirName{n, "user-friendly-name"})
	}
	if v.Model != "" {
		r.DeviceName = append(r.DeviceName, fhirName{v.Model, "model-name"})
	}
	version := func(kind string, value string) {
		if value != "" {
			r.Version = append(r.Version, fhirVersion{fhirConcept{Text: kind}, value})
		}
	}
	version("software", v.Software)
	version("operating system", v.OS)
	r.describe(v)
	return r
}

// describe writes what R4 has no element for as properties.
func (r *fhirDevice) describe(v *inventory.Device) {
	words := func(kind string, values ...string) {
		p := fhirProperty{Type: fhirConcept{Text: kind}}
		for _, s := range values {
			if s != "" {
				p.Code = append(p.Code, fhirConcept{Text: s})
			}
		}
		if p.Code != nil {
			r.Property = append(r.Property, p)
		}
	}
	number := func(kind string, f float64, unit string) {
		r.Property = append(r.Property, fhirProperty{Type: fhirConcept{Text: kind}, Quantity: []fhirQuantity{{f, unit}}})
	}
	words("IP address", v.IPs...)
	words("network service or client", v.Products...)
	words("end of support of the operating system", v.Ends)
	words("Windows domain or workgroup", v.Domain)
	words("switch port", v.SwitchPort)
	number("confidence of the type", v.Confidence, "")
	number("risk score of 100", float64(v.Risk.Score), "")
	if v.Use != nil {
		number("exams", float64(v.Use.Exams), "")
		number("exams a day", v.Use.PerDay, "/d")
	}
	for _, p := range v.Risk.Parts {
		r.Note = append(r.Note, fhirNote{fmt.Sprintf("Risk, %d points: %s %s", p.Points, p.Why, p.Mend)})
	}
}
