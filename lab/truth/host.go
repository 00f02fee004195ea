package truth

import (
	"fmt"
	"slices"
	"strings"
)

// Visible is what the traffic of one capture shows about a host beyond its
// images. Each value is there only if bytes of the capture say it in clear.
type Visible struct {
	OSFamily  string    `json:"os_family,omitempty"` // a word of the inventory's families
	OS        string    `json:"os,omitempty"`        // the words of the banner or record
	Domain    string    `json:"domain,omitempty"`    // DNS name of the Windows domain
	Workgroup string    `json:"workgroup,omitempty"` // NetBIOS name of workgroup or domain
	Kinds     []string  `json:"kinds,omitempty"`     // words of the inventory's kinds
	Traits    []string  `json:"traits,omitempty"`    // words of the inventory's traits
	Services  []Service `json:"services,omitempty"`
	Shown     []Name    `json:"shown_names,omitempty"`
	Location  string    `json:"location,omitempty"`
}

// Service is something a host offers and somebody used, or that it announced.
type Service struct {
	Service string `json:"service"` // the word that conn.service has, as Zeek names it
	Proto   string `json:"proto"`   // tcp, udp, or link for what has no port
	Port    int    `json:"port,omitempty"`
	Product string `json:"product,omitempty"` // the words of greeting, header or record
}

// Name is a name and who said it.
type Name struct {
	Name string `json:"name"`
	By   string `json:"by"` // see NameSources
}

// NameSources are the words Name.By may be.
func NameSources() []string {
	return strings.Fields(`banner browser cdp certificate dns host-header http ldap lldp llmnr
		mdns netbios ntlm rdp smb sni snmp ssdp syslog vnc wsd database`)
}

// Roles are the words a host's role may be.
func Roles() []string {
	return strings.Fields(`ct mr dx us mg xa nm archive worklist workstation
		dicom-printer hl7-engine his ris registration-desk consent-desk dns-dhcp
		router server pc dictation unknown
		printer database file-server domain-controller mail-server directory switch
		console gateway time-server log-server management web-server fhir-server
		terminal-server vendor-gateway dose-ai-server`)
}

func (v *Visible) validate(what string) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(what+": "+format, args...)) }
	for _, s := range v.Services {
		if s.Service == "" || (s.Port == 0) != (s.Proto == "link") || !slices.Contains([]string{"tcp", "udp", "link"}, s.Proto) {
			bad("service %+v", s)
		}
	}
	for _, n := range v.Shown {
		if n.Name == "" || !slices.Contains(NameSources(), n.By) {
			bad("shown name %+v", n)
		}
	}
	return errs
}
