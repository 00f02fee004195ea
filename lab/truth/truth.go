// Package truth is the account of what happened while a capture of the lab
// was recorded, as it stands in the .truth.json beside each capture.
//
// It holds the schema, reads and writes it, and checks that a file is whole:
// names refer to hosts, required values are there, words are of the closed
// lists. It knows nothing of packets and nothing of the parsers it serves to
// test. Tests may import it; the product does not.
//
// A Truth is plain data that its reader owns. Times are UTC. The only values
// about persons are the canaries, all invented; a test that prints a truth
// leaves them out.
package truth

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Schema is the number written into every truth file; it grows when a
// key changes its meaning, not when a key is added.
const Schema = 1

// Truth is what really happened while one capture was recorded, told by the
// script that drove the peers and by the peers' own logs.
type Truth struct {
	Schema       int               `json:"schema"` // see the constant
	Scenario     string            `json:"scenario"`
	About        string            `json:"about"`
	Capture      Capture           `json:"capture"`
	Tools        map[string]string `json:"tools"` // name to version
	Hosts        []Host            `json:"hosts"`
	Associations []Association     `json:"associations"`
	HL7          []HL7Message      `json:"hl7"`
	DHCP         []Lease           `json:"dhcp"`
	DNS          []Lookup          `json:"dns"`
	Flows        []Flow            `json:"flows"`
	Files        []MovedFile       `json:"files,omitempty"`
	SMB          []SMBVisit        `json:"smb,omitempty"`
	RPC          []RPCCall         `json:"rpc,omitempty"`
	Logons       []Logon           `json:"logons,omitempty"`
	WSMan        []WSManExchange   `json:"wsman,omitempty"`
	DICOMFiles   []DICOMFile       `json:"dicom_files,omitempty"`
	Outbreak     *Outbreak         `json:"outbreak,omitempty"`
	Canaries     []Canary          `json:"canaries"`
}

// Capture describes the file beside the truth.
type Capture struct {
	File    string    `json:"file"`
	Packets int       `json:"packets"` // as tcpdump counted them
	Offload bool      `json:"offload"` // true: checksum and segmentation offload were on
	Started time.Time `json:"started"`
	Stopped time.Time `json:"stopped"`
	// RouterMAC is the hardware address under which every host behind the
	// router appears.
	RouterMAC string `json:"router_mac,omitempty"`
}

// Host is one machine of the hospital.
type Host struct {
	Name         string    `json:"name"`
	Role         string    `json:"role"`
	MAC          string    `json:"mac"`
	IPs          []Address `json:"ips"`
	Names        []string  `json:"names"` // host names it uses or the DNS gives it
	AETitles     []string  `json:"ae_titles"`
	Modality     string    `json:"modality,omitempty"` // DICOM modality code
	Manufacturer string    `json:"manufacturer,omitempty"`
	Model        string    `json:"model,omitempty"`
	StationName  string    `json:"station_name,omitempty"`
	Serial       string    `json:"serial,omitempty"`
	Software     []string  `json:"software,omitempty"`
	Institution  string    `json:"institution,omitempty"`
	Department   string    `json:"department,omitempty"`
	BehindRouter bool      `json:"behind_router"`
	// OtherMACs are the hardware addresses of its further cards.
	OtherMACs []string `json:"other_macs,omitempty"`
	// BehindNAT names the host that translates its addresses: it appears under
	// that host's address and never under its own.
	BehindNAT string `json:"behind_nat,omitempty"`
	Visible
}

// Address is an address and the time in which the host held it. Zero times
// mean the whole capture.
type Address struct {
	IP    string     `json:"ip"`
	From  *time.Time `json:"from,omitempty"`
	Until *time.Time `json:"until,omitempty"`
}

// Association is one DICOM upper-layer association (PS3.8).
type Association struct {
	Client           string      `json:"client"` // host name of the requestor
	ClientIP         string      `json:"client_ip"`
	Server           string      `json:"server"`
	ServerIP         string      `json:"server_ip"`
	Port             int         `json:"port"`
	Calling          string      `json:"calling"`
	Called           string      `json:"called"`
	TLS              bool        `json:"tls,omitempty"`
	Result           string      `json:"result"`           // accepted, rejected or aborted
	Reject           string      `json:"reject,omitempty"` // the peer's words
	ClientImpl       string      `json:"client_implementation_uid,omitempty"`
	ClientVersion    string      `json:"client_implementation_version,omitempty"`
	ServerImpl       string      `json:"server_implementation_uid,omitempty"`
	ServerVersion    string      `json:"server_implementation_version,omitempty"`
	ClientMaxPDU     int         `json:"client_max_pdu,omitempty"`
	ServerMaxPDU     int         `json:"server_max_pdu,omitempty"`
	ContextsOffered  int         `json:"contexts_offered,omitempty"`
	ContextsAccepted int         `json:"contexts_accepted,omitempty"`
	UserIdentity     string      `json:"user_identity,omitempty"` // kind only
	Async            bool        `json:"async,omitempty"`         // asynchronous window offered
	Roles            bool        `json:"roles,omitempty"`         // role selection offered
	Operations       []Operation `json:"operations"`
	Source           string      `json:"source"` // whose log told it
}

// Operation is one DIMSE request with its final response, or Count equal ones.
type Operation struct {
	Command        string `json:"command"`
	SOPClass       string `json:"sop_class"` // UID
	SOPClassName   string `json:"sop_class_name,omitempty"`
	TransferSyntax string `json:"transfer_syntax,omitempty"` // of the presentation context used, when the log says
	By             string `json:"by"`                        // client or server: who sent the request
	Status         string `json:"status"`                    // 0x%04x of the last response, empty when none came
	Pending        int    `json:"pending,omitempty"`         // responses with a pending status
	CancelSent     bool   `json:"cancel_sent,omitempty"`
	MoveDest       string `json:"move_destination,omitempty"`
	Completed      int    `json:"completed,omitempty"` // sub-operations, by the last response that counted them
	Failed         int    `json:"failed,omitempty"`
	Count          int    `json:"count"`
}

// HL7Message is one HL7 v2 message over MLLP with its acknowledgement.
type HL7Message struct {
	Client       string `json:"client"`
	Server       string `json:"server"`
	Port         int    `json:"port"`
	Type         string `json:"type"` // MSH-9 first two components
	ControlID    string `json:"control_id"`
	Ack          string `json:"ack"` // MSA-1, empty when none came
	App          string `json:"app"`
	Facility     string `json:"facility"`
	RecvApp      string `json:"receiving_app"`
	RecvFacility string `json:"receiving_facility"`
	Version      string `json:"version"`
	Charset      string `json:"charset,omitempty"` // MSH-18
	Delimiters   string `json:"delimiters"`        // MSH-1 and MSH-2
	HasConsent   bool   `json:"has_consent"`       // CON segment or consent document in TXA-2
	Forwarded    bool   `json:"forwarded,omitempty"`
	Batch        bool   `json:"batch,omitempty"` // in one MLLP block with others, between FHS and FTS
}

// Lease is one DHCP exchange that ended in an acknowledgement.
type Lease struct {
	Client      string `json:"client"`
	Server      string `json:"server"`
	Version     int    `json:"version"` // 4 or 6
	MAC         string `json:"mac"`
	IP          string `json:"ip"`
	Hostname    string `json:"hostname,omitempty"`     // option 12 or 81
	VendorClass string `json:"vendor_class,omitempty"` // option 60
	Requested   []int  `json:"requested,omitempty"`    // option 55
	Messages    string `json:"messages"`               // in order, as the server logged them
	Released    bool   `json:"released,omitempty"`
}

// Lookup is one DNS question and its answer.
type Lookup struct {
	Client    string   `json:"client"`
	Server    string   `json:"server"`
	Transport string   `json:"transport"` // udp or tcp
	Query     string   `json:"query"`
	Type      string   `json:"type"`
	Rcode     string   `json:"rcode"`
	Answers   []string `json:"answers"`
}

// Flow is a conversation of no medical protocol.
type Flow struct {
	Client  string `json:"client"`
	Server  string `json:"server"`
	Proto   string `json:"proto"`
	Port    int    `json:"port"`
	Service string `json:"service"` // http, ssh, tls, dicom-tls, ...
	Detail  string `json:"detail,omitempty"`
	Count   int    `json:"count"`
}

// Canary is an invented value that must appear in no output.
type Canary struct {
	Kind  string `json:"kind"` // patient-name, patient-id, accession, study-uid, secret, ...
	Value string `json:"value"`
}

// Validate checks that the truth is whole: references resolve, required
// values are there. All faults are returned at once.
func (t *Truth) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	known := map[string]bool{}
	for _, h := range t.Hosts {
		if known[h.Name] {
			bad("host %s: listed twice", h.Name)
		}
		known[h.Name] = true
		errs = append(errs, t.validateHost(&h)...)
	}
	ends := func(what string, client, server string) {
		if !known[client] || !known[server] {
			bad("%s: client %q or server %q is no host", what, client, server)
		}
	}
	if t.Schema != Schema || t.Scenario == "" || t.Capture.File == "" || t.Capture.Packets == 0 {
		bad("schema, scenario or capture missing")
	}
	for i, a := range t.Associations {
		what := fmt.Sprintf("association %d", i)
		ends(what, a.Client, a.Server)
		errs = append(errs, a.validate(what)...)
	}
	for i, m := range t.HL7 {
		what := fmt.Sprintf("hl7 %d", i)
		ends(what, m.Client, m.Server)
		if m.ControlID == "" || m.Type == "" || m.Port == 0 || len(m.Delimiters) < 4 {
			bad("%s: control id, type, port or delimiters missing", what)
		}
	}
	for i, d := range t.DHCP {
		ends(fmt.Sprintf("dhcp %d", i), d.Client, d.Server)
	}
	for i, d := range t.DNS {
		ends(fmt.Sprintf("dns %d", i), d.Client, d.Server)
	}
	for i, f := range t.Flows {
		ends(fmt.Sprintf("flow %d", i), f.Client, f.Server)
	}
	errs = append(errs, t.validateWindows(ends)...)
	errs = append(errs, t.validateFiles(ends)...)
	if t.Outbreak != nil {
		errs = append(errs, t.Outbreak.validate(known)...)
	}
	for i, c := range t.Canaries {
		if len(c.Value) < 6 || c.Kind == "" {
			bad("canary %d: kind %q, value of %d bytes", i, c.Kind, len(c.Value))
		}
	}
	return errors.Join(errs...)
}

// validateHost checks one machine.
func (t *Truth) validateHost(h *Host) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !slices.Contains(Roles(), h.Role) {
		bad("host %s: role %q is no role", h.Name, h.Role)
	}
	if len(h.MAC) != 17 {
		bad("host %s: mac %q", h.Name, h.MAC)
	}
	if len(h.IPs) == 0 {
		bad("host %s: no address", h.Name)
	}
	if h.BehindNAT != "" && !slices.ContainsFunc(t.Hosts, func(o Host) bool { return o.Name == h.BehindNAT }) {
		bad("host %s: behind %q, which is no host", h.Name, h.BehindNAT)
	}
	return append(errs, h.Visible.validate("host "+h.Name)...)
}

func (a *Association) validate(what string) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if a.Port <= 0 || a.Calling == "" || a.Called == "" || a.ClientIP == "" || a.ServerIP == "" {
		bad("%s: port, titles or addresses missing", what)
	}
	if !slices.Contains([]string{"accepted", "rejected", "aborted"}, a.Result) {
		bad("%s: result %q", what, a.Result)
	}
	if a.Result == "accepted" && len(a.Operations) == 0 {
		bad("%s: accepted without an operation", what)
	}
	for i, o := range a.Operations {
		if o.Count < 1 || o.Command == "" || (o.By != "client" && o.By != "server") {
			bad("%s operation %d: %+v", what, i, o)
		}
		if !strings.HasPrefix(o.SOPClass, "1.") {
			bad("%s operation %d: SOP class %q is no UID", what, i, o.SOPClass)
		}
	}
	return errs
}

// AddOp appends an operation, folded into the last one when equal.
func (a *Association) AddOp(o Operation) { a.AddOps(o, 1) }

// AddOps appends n equal operations.
func (a *Association) AddOps(o Operation, n int) {
	o.Count = 1
	if k := len(a.Operations); k > 0 {
		last := a.Operations[k-1]
		last.Count = 1
		if last == o {
			a.Operations[k-1].Count += n
			return
		}
	}
	o.Count = n
	a.Operations = append(a.Operations, o)
}

// Write stores the truth as indented JSON.
func (t *Truth) Write(path string) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return fmt.Errorf("encode truth: %w", err)
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// Read loads a truth file and refuses keys it does not know.
func Read(path string) (*Truth, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	t := new(Truth)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	return t, nil
}
