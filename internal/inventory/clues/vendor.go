package clues

import (
	"lazaret/internal/netid"
	"lazaret/internal/vendordb"
)

// How far a network card's maker speaks for the machine around it: a maker of
// medical devices puts its own cards into them; makers of network gear and
// appliances nearly always do; a maker of computers sells to everyone; a maker
// of components says nothing.
const (
	wCardMedical  = 0.5
	wCardNetwork  = 0.45
	wCardComputer = 0.25
)

// Maker is the canonical spelling of a manufacturer's name, or the text itself
// when the tables do not know it.
func Maker(text string) string {
	if m, ok := vendordb.MakerOf(text); ok {
		return string(m)
	}
	return text
}

// Card tells what the owner of a network card's address block says about the
// maker of the machine, with weight 0 for nothing. A hint does not contradict
// another maker: makers of all things build them around bought computers.
func Card(mac netid.MAC) (maker string, weight float64, hint bool) {
	if !assigned(mac) {
		return "", 0, false
	}
	h, ok := vendordb.MACHint(mac)
	if !ok || h.Maker == "" {
		return "", 0, false
	}
	switch h.Kind {
	case vendordb.KindImaging, vendordb.KindMedical, vendordb.KindHealthIT:
		weight = wCardMedical
	case vendordb.KindNetwork, vendordb.KindPrinter, vendordb.KindStorage, vendordb.KindCamera, vendordb.KindPhone, vendordb.KindBuilding:
		weight = wCardNetwork
	case vendordb.KindComputer, vendordb.KindConsumer, vendordb.KindVirtual:
		weight, hint = wCardComputer, true
	}
	return string(h.Maker), weight, hint
}

// assigned tells that an address may be that of a card. Those that begin with three
// zeros are of a block of Xerox from before the registry, and nearly always invented.
func assigned(mac netid.MAC) bool {
	return !mac.IsGroup() && !mac.IsLocal() && [3]byte(mac[:3]) != [3]byte{}
}

// MedicalCard tells that a network card is of a maker of medical devices.
func MedicalCard(mac netid.MAC) bool {
	if mac.IsLocal() {
		return false
	}
	h, ok := vendordb.MACHint(mac)
	return ok && (h.Kind == vendordb.KindImaging || h.Kind == vendordb.KindMedical)
}

// CardKind is the kind of machine that the maker of a network card makes, empty if
// it makes several or that is not known.
func CardKind(mac netid.MAC) Kind {
	if !assigned(mac) {
		return ""
	}
	h, _ := vendordb.MACHint(mac)
	switch h.Kind {
	case vendordb.KindPrinter:
		return KindPrinter
	case vendordb.KindStorage:
		return KindStorage
	case vendordb.KindCamera:
		return KindCamera
	case vendordb.KindPhone:
		return KindPhone
	}
	return ""
}

// ApplicationRole is the role word of an HL7 application's name, empty if the
// name is not known or tells no role of this inventory.
func ApplicationRole(name string) string {
	a, ok := vendordb.HL7Application(name)
	if !ok {
		return ""
	}
	switch a.Role {
	case vendordb.RoleInterfaceEngine:
		return "hl7-engine"
	case vendordb.RoleHIS:
		return "his"
	case vendordb.RoleRIS, vendordb.RoleRISPACS:
		return "ris"
	case vendordb.RolePACS:
		return "archive"
	case vendordb.RoleReporting:
		return "dictation"
	}
	return ""
}
