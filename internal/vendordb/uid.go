package vendordb

import (
	"errors"
	"strings"
	"sync"
)

// Family is the service that a SOP class belongs to.
type Family string

// The families of SOP classes.
const (
	FamilyStorage              Family = "storage"
	FamilyVerification         Family = "verification"
	FamilyQuery                Family = "query"
	FamilyRetrieveMove         Family = "retrieve-move"
	FamilyRetrieveGet          Family = "retrieve-get"
	FamilyWorklist             Family = "worklist"
	FamilyMPPS                 Family = "mpps"
	FamilyStorageCommitment    Family = "storage-commitment"
	FamilyPrint                Family = "print"
	FamilyInstanceAvailability Family = "instance-availability"
	FamilyOther                Family = "other"
)

var families = []string{
	string(FamilyStorage), string(FamilyVerification), string(FamilyQuery), string(FamilyRetrieveMove),
	string(FamilyRetrieveGet), string(FamilyWorklist), string(FamilyMPPS), string(FamilyStorageCommitment),
	string(FamilyPrint), string(FamilyInstanceAvailability), string(FamilyOther),
}

// UIDType is what a UID names.
type UIDType string

// The types of UIDs; the private ones are those of makers.
const (
	TypeSOPClass              UIDType = "sop-class"
	TypeMetaSOPClass          UIDType = "meta-sop-class"
	TypePrivateSOPClass       UIDType = "private-sop-class"
	TypeTransferSyntax        UIDType = "transfer-syntax"
	TypePrivateTransferSyntax UIDType = "private-transfer-syntax"
	TypeInstance              UIDType = "instance"
	TypeServiceClass          UIDType = "service-class"
	TypeApplicationContext    UIDType = "application-context"
	TypeFrameOfReference      UIDType = "frame-of-reference"
	TypeCodingScheme          UIDType = "coding-scheme"
	TypeMappingResource       UIDType = "mapping-resource"
	TypeHostingModel          UIDType = "hosting-model"
	TypeLDAP                  UIDType = "ldap-oid"
)

var uidTypes = []string{
	string(TypeSOPClass), string(TypeMetaSOPClass), string(TypePrivateSOPClass), string(TypeTransferSyntax),
	string(TypePrivateTransferSyntax), string(TypeInstance), string(TypeServiceClass), string(TypeApplicationContext),
	string(TypeFrameOfReference), string(TypeCodingScheme), string(TypeMappingResource), string(TypeHostingModel),
	string(TypeLDAP),
}

// isSOPClass tells whether things are done with UIDs of this type, so that they
// have a family.
func (t UIDType) isSOPClass() bool {
	return t == TypeSOPClass || t == TypeMetaSOPClass || t == TypePrivateSOPClass
}

// UIDEntry is what DICOM, or a maker, says of a UID (PS3.6 table A-1).
type UIDEntry struct {
	UID     string
	Name    string
	Keyword string // empty for private UIDs
	Type    UIDType
	Retired bool
	// Family is that of a SOP class, empty for other types.
	Family Family
	// Modality is the modality code (0008,0060) that objects of a storage
	// class carry, empty where the class leaves it open.
	Modality string
}

// ModalityKind says what a modality code tells of the sender of an object.
type ModalityKind string

// The kinds of modality codes.
const (
	ModalityScanner  ModalityKind = "scanner"  // pictures or signals taken from a patient
	ModalityDocument ModalityKind = "document" // texts, models, lists
	ModalityDerived  ModalityKind = "derived"  // made from other objects, by anyone
)

// Modality is a modality code (PS3.3 C.7.3.1.1.1).
type Modality struct {
	Code    string
	Meaning string
	Kind    ModalityKind
	Retired bool
}

// uidTable is uids.csv and modalities.csv.
type uidTable struct {
	uids       map[string]UIDEntry
	modalities map[string]Modality
	err        error
}

var uids = sync.OnceValue(loadUIDs)

func loadUIDs() *uidTable {
	t := &uidTable{uids: map[string]UIDEntry{}, modalities: map[string]Modality{}}
	t.err = errors.Join(t.loadModalities(), t.loadEntries())
	return t
}

func (t *uidTable) loadModalities() error {
	rows, err := readTable("modalities.csv", "code", "meaning", "kind", "retired", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	kinds := []string{string(ModalityScanner), string(ModalityDocument), string(ModalityDerived)}
	for _, r := range rows {
		f := r.fields
		errs = append(errs, r.oneOf("kind", f[2], kinds), r.oneOf("retired", f[3], []string{"", "retired"}))
		t.modalities[f[0]] = Modality{Code: f[0], Meaning: f[1], Kind: ModalityKind(f[2]), Retired: f[3] != ""}
	}
	return errors.Join(errs...)
}

func (t *uidTable) loadEntries() error {
	rows, err := readTable("uids.csv", "uid", "name", "keyword", "type", "retired", "family", "modality", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	for _, r := range rows {
		f := r.fields
		e := UIDEntry{UID: f[0], Name: f[1], Keyword: f[2], Type: UIDType(f[3]), Retired: f[4] != "", Family: Family(f[5]), Modality: f[6]}
		errs = append(errs, t.check(r, e))
		t.uids[e.UID] = e
	}
	return errors.Join(errs...)
}

// check reports what is wrong with a line of uids.csv.
func (t *uidTable) check(r row, e UIDEntry) error {
	errs := []error{r.oneOf("type", string(e.Type), uidTypes), r.oneOf("retired", r.fields[4], []string{"", "retired"})}
	if !validUID(e.UID) {
		errs = append(errs, r.errorf("%q is no UID", e.UID))
	}
	if e.Name == "" && !e.Retired {
		errs = append(errs, r.errorf("no name"))
	}
	if e.Type.isSOPClass() {
		errs = append(errs, r.oneOf("family", string(e.Family), families))
	} else if e.Family != "" {
		errs = append(errs, r.errorf("family %q on type %s", e.Family, e.Type))
	}
	if e.Modality == "" {
		return errors.Join(errs...)
	}
	if _, ok := t.modalities[e.Modality]; !ok {
		// A few storage classes carry a code that stands for a thing and
		// is no code of a machine.
		errs = append(errs, r.oneOf("modality", e.Modality, []string{"HANGING"}))
	}
	if e.Family != FamilyStorage {
		errs = append(errs, r.errorf("modality %q on family %q", e.Modality, e.Family))
	}
	return errors.Join(errs...)
}

// validUID tells whether s is digits and single dots, 1 to 64 bytes, no arc
// with a leading zero (PS3.5 9.1).
func validUID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for arc := range strings.SplitSeq(s, ".") {
		if arc == "" || strings.Trim(arc, "0123456789") != "" || (len(arc) > 1 && arc[0] == '0') {
			return false
		}
	}
	return true
}

// UID returns what a UID names. The UID must be free of padding.
func UID(uid string) (UIDEntry, bool) {
	e, ok := uids().uids[uid]
	return e, ok
}

// SOPClass is UID for SOP classes, meta SOP classes and private SOP classes
// only.
func SOPClass(uid string) (UIDEntry, bool) {
	e, ok := uids().uids[uid]
	if !ok || !e.Type.isSOPClass() {
		return UIDEntry{}, false
	}
	return e, true
}

// TransferSyntax is UID for transfer syntaxes only.
func TransferSyntax(uid string) (UIDEntry, bool) {
	e, ok := uids().uids[uid]
	if !ok || (e.Type != TypeTransferSyntax && e.Type != TypePrivateTransferSyntax) {
		return UIDEntry{}, false
	}
	return e, true
}

// ModalityCode returns the entry of a modality code, which is upper case.
func ModalityCode(code string) (Modality, bool) {
	m, ok := uids().modalities[code]
	return m, ok
}
