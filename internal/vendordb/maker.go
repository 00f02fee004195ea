package vendordb

import (
	"errors"
	"sync"
)

// Maker is the canonical name of a maker, one of the lines of makers.csv.
// The empty Maker is no maker.
type Maker string

// Kind is the kind of machine, or of software, that a maker's name suggests.
type Kind string

// The kinds that makers.csv and orgs.csv may name.
const (
	KindImaging   Kind = "imaging"   // scanners, detectors, treatment machines, printers of films, their workstations
	KindMedical   Kind = "medical"   // other medical devices: monitors, pumps, laboratory
	KindHealthIT  Kind = "health-it" // archives, information systems, interface engines
	KindToolkit   Kind = "toolkit"   // libraries that others build into products
	KindNetwork   Kind = "network"   // switches, routers, access points, firewalls
	KindPrinter   Kind = "printer"   // office and label printers
	KindVirtual   Kind = "virtual"   // virtual machines
	KindComputer  Kind = "computer"  // servers, workstations, their network cards
	KindStorage   Kind = "storage"   // network storage
	KindPhone     Kind = "phone"     // telephones on the network
	KindCamera    Kind = "camera"    // surveillance cameras
	KindBuilding  Kind = "building"  // building, power and industrial control
	KindConsumer  Kind = "consumer"  // phones, tablets, players
	KindComponent Kind = "component" // chips and modules built into anything: says nothing of the machine
)

var kinds = []string{
	string(KindImaging), string(KindMedical), string(KindHealthIT), string(KindToolkit),
	string(KindNetwork), string(KindPrinter), string(KindVirtual), string(KindComputer),
	string(KindStorage), string(KindPhone), string(KindCamera), string(KindBuilding),
	string(KindConsumer), string(KindComponent),
}

// makerTable is makers.csv and names.csv.
type makerTable struct {
	kind  map[Maker]Kind
	names *matcher[Maker]
	named int
	err   error
}

var makers = sync.OnceValue(loadMakers)

func loadMakers() *makerTable {
	t := &makerTable{kind: map[Maker]Kind{}}
	rows, err := readTable("makers.csv", "maker", "kind", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	for _, r := range rows {
		errs = append(errs, r.oneOf("kind", r.fields[1], kinds))
		t.kind[Maker(r.fields[0])] = Kind(r.fields[1])
	}
	t.names, t.named, err = loadMatcher("names.csv", []string{"match", "text", "maker", "source"},
		func(r row) (Maker, error) { return t.maker(r, r.fields[2]) })
	t.err = errors.Join(append(errs, err)...)
	return t
}

// maker checks that a table's maker is a line of makers.csv. Tables agree on
// names only because all of them ask here.
func (t *makerTable) maker(r row, name string) (Maker, error) {
	if _, ok := t.kind[Maker(name)]; !ok {
		return "", r.errorf("maker %q is not in makers.csv", name)
	}
	return Maker(name), nil
}

// MakerOf returns the maker that a free text names, such as a DICOM
// Manufacturer (0008,0070). Case and punctuation do not matter; only the first
// 128 bytes are read.
func MakerOf(text string) (Maker, bool) { return makers().names.find(text) }

// Kind returns what m makes for the most part, and "" for a maker that is not
// in the tables.
func (m Maker) Kind() Kind { return makers().kind[m] }

// String returns the maker's name.
func (m Maker) String() string { return string(m) }
