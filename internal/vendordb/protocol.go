package vendordb

import (
	"errors"
	"strconv"
	"strings"
	"sync"
)

// Role is what an HL7 application is for.
type Role string

// The roles that hl7.csv may name.
const (
	RoleInterfaceEngine Role = "interface-engine"
	RoleHIS             Role = "his" // patient administration, electronic record
	RoleRIS             Role = "ris"
	RolePACS            Role = "pacs"
	RoleRISPACS         Role = "ris-pacs" // one name for both
	RoleReporting       Role = "reporting"
	RoleLIS             Role = "lis" // laboratory
	RoleDose            Role = "dose"
	RoleAI              Role = "ai"
	RoleOncology        Role = "oncology"
	RoleTest            Role = "test"
)

var roles = []string{
	string(RoleInterfaceEngine), string(RoleHIS), string(RoleRIS), string(RolePACS), string(RoleRISPACS),
	string(RoleReporting), string(RoleLIS), string(RoleDose), string(RoleAI), string(RoleOncology), string(RoleTest),
}

// Application is what an HL7 sending application or facility names. Product and
// Maker are empty where the name only tells a role.
type Application struct {
	Product string
	Maker   Maker
	Role    Role
}

// DHCPClient is what a DHCP client tells of itself. Every field may be empty.
type DHCPClient struct {
	OS      string // family of the operating system
	Version string // the least that is known of its version, "6" for Windows Vista to 8.1
	Product string
	Maker   Maker
	Kind    Kind
}

// protocolTable is creators.csv, hl7.csv, dhcp_vendor.csv and dhcp_params.csv.
type protocolTable struct {
	creators               *matcher[Maker]
	applications           *matcher[Application]
	classes                *matcher[DHCPClient]
	lists                  map[string]DHCPClient // keyed by the bytes of option 55
	creatorN, applicationN int
	classN                 int
	err                    error
}

var protocols = sync.OnceValue(loadProtocols)

func loadProtocols() *protocolTable {
	t := &protocolTable{lists: map[string]DHCPClient{}}
	m := makers()
	var errs [4]error
	t.creators, t.creatorN, errs[0] = loadMatcher("creators.csv", []string{"match", "text", "maker", "source"},
		func(r row) (Maker, error) { return m.maker(r, r.fields[2]) })
	t.applications, t.applicationN, errs[1] = loadMatcher("hl7.csv", []string{"match", "text", "product", "maker", "role", "source"},
		func(r row) (Application, error) {
			maker, err := m.optional(r, r.fields[3])
			return Application{Product: r.fields[2], Maker: maker, Role: Role(r.fields[4])}, errors.Join(err, r.oneOf("role", r.fields[4], roles))
		})
	t.classes, t.classN, errs[2] = loadMatcher("dhcp_vendor.csv", []string{"match", "text", "os", "product", "maker", "kind", "source"},
		func(r row) (DHCPClient, error) {
			maker, err := m.optional(r, r.fields[4])
			if r.fields[5] != "" {
				err = errors.Join(err, r.oneOf("kind", r.fields[5], kinds))
			}
			return DHCPClient{OS: r.fields[2], Product: r.fields[3], Maker: maker, Kind: Kind(r.fields[5])}, err
		})
	errs[3] = t.loadLists()
	t.err = errors.Join(errs[:]...)
	return t
}

// optional is maker for a column that may be empty.
func (t *makerTable) optional(r row, name string) (Maker, error) {
	if name == "" {
		return "", nil
	}
	return t.maker(r, name)
}

// loadLists reads dhcp_params.csv: option codes in decimal, with spaces.
func (t *protocolTable) loadLists() error {
	rows, err := readTable("dhcp_params.csv", "list", "os", "version", "client", "source")
	errs := []error{err, sourced(rows), sorted(rows, func(r row) string { return r.fields[0] })}
	for _, r := range rows {
		var key []byte
		for code := range strings.SplitSeq(r.fields[0], " ") {
			n, err := strconv.ParseUint(code, 10, 8)
			if err != nil {
				errs = append(errs, r.errorf("option code %q", code))
			}
			key = append(key, byte(n))
		}
		if r.fields[1] == "" {
			errs = append(errs, r.errorf("no operating system"))
		}
		t.lists[string(key)] = DHCPClient{OS: r.fields[1], Version: r.fields[2], Product: r.fields[3]}
	}
	return errors.Join(errs...)
}

// PrivateCreator returns the maker that owns a DICOM private creator (PS3.5
// 7.8). Case, punctuation and runs of spaces do not matter.
func PrivateCreator(creator string) (Maker, bool) { return protocols().creators.find(creator) }

// HL7Application returns what an HL7 v2 sending application (MSH-3) or facility
// (MSH-4) names. A site may name an application as it likes: weak evidence.
func HL7Application(name string) (Application, bool) { return protocols().applications.find(name) }

// DHCPVendorClass returns what a DHCP vendor class identifier (option 60) names.
func DHCPVendorClass(class string) (DHCPClient, bool) { return protocols().classes.find(class) }

// DHCPParameters returns the client that asks for the options of list, the bytes
// of option 55, in just this order.
func DHCPParameters(list []byte) (DHCPClient, bool) {
	c, ok := protocols().lists[string(list)]
	return c, ok
}
