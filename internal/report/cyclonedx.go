package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"lazaret/internal/inventory"
)

// The parts of a CycloneDX 1.7 document (ECMA-424) that are written. Key names are
// those of the standard.
type (
	cdxBOM struct {
		Schema       string          `json:"$schema"`
		Format       string          `json:"bomFormat"`
		SpecVersion  string          `json:"specVersion"`
		SerialNumber string          `json:"serialNumber"`
		Version      int             `json:"version"`
		Metadata     cdxMetadata     `json:"metadata"`
		Components   []cdxComponent  `json:"components"`
		Dependencies []cdxDependency `json:"dependencies,omitempty"`
	}
	cdxMetadata struct {
		Timestamp  string         `json:"timestamp,omitempty"`
		Lifecycles []cdxLifecycle `json:"lifecycles"`
		Tools      cdxTools       `json:"tools"`
	}
	cdxLifecycle struct {
		Phase string `json:"phase"`
	}
	cdxTools struct {
		Components []cdxComponent `json:"components"`
	}
	cdxComponent struct {
		Type         string           `json:"type"`
		Ref          string           `json:"bom-ref,omitempty"`
		Manufacturer *cdxOrganization `json:"manufacturer,omitempty"`
		Name         string           `json:"name"`
		Version      string           `json:"version,omitempty"`
		Description  string           `json:"description,omitempty"`
		Components   []cdxComponent   `json:"components,omitempty"`
		Properties   []cdxProperty    `json:"properties,omitempty"`
	}
	cdxOrganization struct {
		Name string `json:"name"`
	}
	cdxProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	cdxDependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// writeCycloneDX writes a bill of materials: a component of type device for each
// device, the operating system and the products within it, and who depends on whom
// as the services that were used tell.
func writeCycloneDX(w io.Writer, d *Document) error {
	b := cdxBOM{
		Schema: "http://cyclonedx.org/schema/bom-1.7.schema.json", Format: "CycloneDX", SpecVersion: "1.7",
		SerialNumber: "urn:uuid:" + whole("cyclonedx", d), Version: 1, Components: []cdxComponent{},
		Metadata: cdxMetadata{
			Timestamp: d.Summary.Last, Lifecycles: []cdxLifecycle{{"discovery"}},
			Tools: cdxTools{[]cdxComponent{{Type: "application", Name: "lazaret", Version: d.Version}}},
		},
	}
	uses := map[string][]string{}
	for _, s := range d.Services {
		if s.Client != s.Server {
			uses[s.Client] = append(uses[s.Client], s.Server)
		}
	}
	for i := range d.Devices {
		v := &d.Devices[i]
		b.Components = append(b.Components, cdxOf(v))
		on := uses[v.ID]
		slices.Sort(on)
		b.Dependencies = append(b.Dependencies, cdxDependency{v.ID, slices.Compact(on)})
	}
	return encode(w, b)
}

func cdxOf(v *inventory.Device) cdxComponent {
	c := cdxComponent{Type: "device", Ref: v.ID, Name: v.Model, Version: v.Software, Description: v.Description}
	if c.Name == "" {
		c.Name = title(v)
	}
	if v.Manufacturer != "" {
		c.Manufacturer = &cdxOrganization{v.Manufacturer}
	}
	if v.OS != "" {
		c.Components = append(c.Components, cdxComponent{Type: "operating-system", Ref: v.ID + "/os", Name: v.OS, Version: v.Version,
			Properties: cdxProperties("support-ends", v.Ends, "supported", v.Supported)})
	}
	for i, p := range v.Products {
		name, version := product(p)
		c.Components = append(c.Components, cdxComponent{Type: "application", Ref: fmt.Sprintf("%s/product/%d", v.ID, i), Name: name, Version: version})
	}
	c.Properties = cdxProperties("role", string(v.Role), "sub-role", v.SubRole, "confidence", decimal(v.Confidence), "serial-number", v.Serial,
		"institution", v.Institution, "department", v.Department, "location", v.Location, "domain", v.Domain, "switch-port", v.SwitchPort,
		"risk-score", fmt.Sprint(v.Risk.Score), "first-seen", v.FirstSeen, "last-seen", v.LastSeen)
	for name, values := range map[string][]string{"name": v.Names, "ip": v.IPs, "mac": v.MACs, "ae-title": v.AETitles, "hl7-application": v.Applications} {
		for _, s := range values {
			c.Properties = append(c.Properties, cdxProperties(name, s)...)
		}
	}
	for _, t := range v.Traits {
		c.Properties = append(c.Properties, cdxProperties("trait", string(t.Trait))...)
	}
	slices.SortStableFunc(c.Properties, func(a, b cdxProperty) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// cdxProperties makes properties in this project's name space of pairs of name and
// value; empty values are left out.
func cdxProperties(pairs ...string) []cdxProperty {
	var out []cdxProperty
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, cdxProperty{"lazaret:" + pairs[i], pairs[i+1]})
		}
	}
	return out
}

// product splits "OpenSSH 9.2p1" into name and version: what follows the last
// space, if it begins with a digit.
func product(s string) (name, version string) {
	if i := strings.LastIndexByte(s, ' '); i > 0 && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
		return s[:i], s[i+1:]
	}
	return s, ""
}
