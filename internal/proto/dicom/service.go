package dicom

import (
	"lazaret/internal/vendordb"
)

// service is what an operation means to the hospital.
type service uint8

const (
	verification service = iota
	storage
	query
	retrieve
	worklist
	mpps
	storageCommitment
	printing
	other
	services
)

// serviceNames are the words used in records.
var serviceNames = [services]string{
	"verification", "storage", "query", "retrieve", "worklist", "mpps",
	"storage-commitment", "print", "other",
}

// String is the word used in records.
func (s service) String() string { return serviceNames[s] }

// names lists the services of a bit set.
func names(set uint16) []string {
	var out []string
	for s := range services {
		if set&(1<<s) != 0 {
			out = append(out, s.String())
		}
	}
	return out
}

// sopClass returns the name and the service of a SOP class. What an unknown
// class is for is told by the command alone.
func sopClass(uid string, field uint16) (string, service) {
	e, ok := vendordb.SOPClass(uid)
	if !ok {
		return "", serviceOf(field)
	}
	switch e.Family {
	case vendordb.FamilyVerification:
		return e.Name, verification
	case vendordb.FamilyStorage:
		return e.Name, storage
	case vendordb.FamilyQuery:
		return e.Name, query
	case vendordb.FamilyRetrieveMove, vendordb.FamilyRetrieveGet:
		return e.Name, retrieve
	case vendordb.FamilyWorklist:
		return e.Name, worklist
	case vendordb.FamilyMPPS:
		return e.Name, mpps
	case vendordb.FamilyStorageCommitment:
		return e.Name, storageCommitment
	case vendordb.FamilyPrint:
		return e.Name, printing
	}
	return e.Name, serviceOf(field)
}

// serviceOf is the service of a command whose SOP class says nothing.
func serviceOf(field uint16) service {
	switch field {
	case cmdEcho:
		return verification
	case cmdStore:
		return storage
	case cmdFind:
		return query
	case cmdGet, cmdMove:
		return retrieve
	}
	return other
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
