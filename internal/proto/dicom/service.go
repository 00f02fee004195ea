package dicom

import (
	"lazaret/internal/vendordb"
)

// sopClass returns the name of a SOP class and what an operation on it means to
// the hospital. What an unknown class is for is told by the command alone.
func sopClass(uid string, field uint16) (name, service string) {
	e, ok := vendordb.SOPClass(uid)
	if !ok {
		return "", serviceOf(field)
	}
	switch e.Family {
	case vendordb.FamilyRetrieveMove, vendordb.FamilyRetrieveGet:
		return e.Name, "retrieve"
	case vendordb.FamilyOther, vendordb.FamilyInstanceAvailability:
		return e.Name, serviceOf(field)
	}
	return e.Name, string(e.Family)
}

// serviceOf is the service of a command whose SOP class says nothing.
func serviceOf(field uint16) string {
	switch field {
	case cmdEcho:
		return "verification"
	case cmdStore:
		return "storage"
	case cmdFind:
		return "query"
	case cmdGet, cmdMove:
		return "retrieve"
	}
	return "other"
}
