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

// syntax is how data sets are encoded (PS3.5 10, A).
type syntax struct {
	implicit, big, deflated bool
	sure                    bool // the syntax is a standard one and known
}

// syntaxOf returns the encoding of a transfer syntax. Private and unseen ones
// are guessed from the data.
func syntaxOf(uid string) syntax {
	switch uid {
	case "1.2.840.10008.1.2":
		return syntax{implicit: true, sure: true}
	case "1.2.840.10008.1.2.2":
		return syntax{big: true, sure: true}
	case "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205":
		return syntax{deflated: true, sure: true}
	}
	e, ok := vendordb.TransferSyntax(uid)
	return syntax{sure: ok && e.Type == vendordb.TypeTransferSyntax}
}
