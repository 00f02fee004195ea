// Package clues is the contract between records and what is concluded of machines: the
// statements that records make, and the words they are made of.
//
// A reader looks at one record and appends statements to an Out; it keeps no state,
// reads no clock, does no I/O, and never sees a packet. The readers live in the
// packages under this one, one file a protocol: clinical for DICOM and HL7, network for
// what machines say to be found, services for what servers and clients of an office
// network say. Package evidence finds the reader of a record; what the statements add
// up to is concluded in package inventory.
//
// Here stands what more than one of them needs: parties, attributes, activities,
// traits, families, kinds, makers, and names of hosts. The sets of words are closed.
//
// The rule that matters most is direction. Attributes inside a stored DICOM
// object describe the scanner that made the object (PS3.3 C.7.5.1), not the
// machine that sends it, so they are handed on as an Object with both parties
// named and never as a statement about the sender. In the same way an HL7
// message keeps its sending application (MSH-3) when an engine passes it on.
//
// Weights: 0.9 for what a machine states of itself precisely, or what the protocol
// proves; 0.5 to 0.7 for greetings and announcements; 0.2 to 0.4 for hints.
//
// Memory: an Out belongs to the caller and is reused for every record. Strings
// in it alias the record; whoever keeps one must copy it. A reader appends a
// bounded number of statements per record: lists of a record are cut at MaxList.
//
// To add a protocol: one file with a reader in the package it belongs to, and its log in
// the Readers there.
package clues

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// MaxList is the most elements of one list field that a reader looks at.
const MaxList = 16

// Attr is an attribute that evidence speaks of.
type Attr uint8

// The attributes. Does is what a machine was seen doing; its values are the
// activities. Application is an HL7 application name (MSH-3), ClientID a DHCP
// client identifier (option 61) of a form that is not a hardware address. Has is
// what a machine was seen to allow or to lack; its values are the traits. Domain
// is a Windows domain or workgroup, Description its own words about itself,
// Product the software of one of its services or clients with its version
// ("OpenSSH 9.2p1"), Kind what it says it is (see Kind), SwitchPort where it is
// plugged in, Fingerprint a print of its software ("ja4:...", "hassh:..."), HostID
// an identity of the machine or its installation ("kind:value"; see IDKey).
const (
	Does Attr = iota
	Name
	AETitle
	Manufacturer
	Model
	Serial
	Software
	OS
	Department
	Institution
	Location
	Station
	DeviceUID
	UDI
	Implementation
	Application
	ClientID
	Has
	Domain
	Description
	Product
	KindOf
	SwitchPort
	Fingerprint
	HostID
	NumAttrs
)

var attrNames = [NumAttrs]string{
	"activity", "name", "ae_title", "manufacturer", "model", "serial", "software", "os",
	"department", "institution", "location", "station_name", "device_uid", "udi",
	"implementation", "application", "client_id", "trait", "domain", "description", "product", "kind",
	"switch_port", "fingerprint", "host_id",
}

// The kinds of HostID. Each is a server's own, but for the client's of SMB.
const (
	IDKey    = "ssh-key:"     // SHA-256 of its SSH host key
	IDServer = "smb-guid:"    // of its SMB server (MS-SMB2 2.2.4)
	IDClient = "smb-client:"  // of its SMB client (MS-SMB2 2.2.3)
	IDEngine = "snmp-engine:" // RFC 3411 5
	IDCert   = "tls-cert:"    // SHA-256 of the certificate of its TLS server
	IDName   = "ntlm-name:"   // its full name in its domain, by NTLM
)

// String is the attribute's name as explanations print it.
func (a Attr) String() string { return attrNames[a] }

// Party is one side of a conversation, or a machine that a record names. Either
// address may be zero. MAC is the hardware address in the frames, which on a
// routed path is the router's.
type Party struct {
	IP  netid.IP
	MAC netid.MAC
}

// Subject says about whom evidence from a party's traffic speaks.
type Subject uint8

// Self speaks of the machine itself; Sent and Received of what passed through
// its hands and may have been made elsewhere.
const (
	Self Subject = iota
	Sent
	Received
)

// String is the word explanations print.
func (s Subject) String() string {
	return [...]string{"self", "content sent", "content received"}[s]
}

// Clue is one statement: the value of an attribute of a party, as told by a
// source (log and field). Weight in 0..1 is how far the source is to be trusted
// when it stands alone. Peer, for activities, is the other side.
type Clue struct {
	About   Party
	Attr    Attr
	Subject Subject
	Value   string
	Source  string
	Weight  float64
	Peer    netid.IP
}

// Object is one stored DICOM object: who sent it to whom, and the words inside
// it, which describe its maker.
type Object struct {
	By, To       Party
	Kind         string // role word of the modality ("ct"), empty if it is no image of a patient
	Modality     string // (0008,0060) as written
	Manufacturer string
	Model        string
	Station      string
	Serial       string
	Software     []string
	Institution  string
	Department   string
	DeviceUID    string
	UDI          string
	Maker        string // by instance UID root or private creators, normalised
	Study        string // keyed hash of the study, empty if not told
	// Tomosynthesis: it is of a class of breast tomosynthesis.
	Tomosynthesis bool
	// Sub is true if the transfer fulfils a C-MOVE or C-GET: the object comes
	// out of a store of objects.
	Sub bool
	// Taken is true if the receiver answered and did not refuse.
	Taken bool
}

// How tells what bound an address to a hardware address.
type How uint8

// ByARP is a sender's own binding in ARP, ByDHCP a lease or a request by the
// client, ByFrame the source addresses of frames, which routers change.
const (
	ByARP How = iota
	ByDHCP
	ByFrame
)

// String is the source word explanations print.
func (h How) String() string { return [...]string{"arp", "dhcp", "frames"}[h] }

// Binding says that IP was used by MAC. IP may be zero: then the machine with
// that MAC only showed that it exists.
type Binding struct {
	IP  netid.IP
	MAC netid.MAC
	How How
}

// Naming is a name that a third party gives to an address.
type Naming struct {
	IP     netid.IP
	Name   string
	Source string
	Weight float64
}

// Talk is one use of a service. Client opened the conversation.
type Talk struct {
	Client, Server     Party
	Service            string
	Port               uint16
	Connections        uint64
	Operations         uint64
	ToServer, ToClient uint64 // bytes of payload
	// UID, where set, names the connection: another one than before counts.
	UID                  string
	General              bool // the row gives way to more exact rows of the same three (client, server, port)
	ClientSent, Answered bool // who was heard
}

// Out collects the statements of one record.
type Out struct {
	First, Last event.Time // the time the record speaks of
	Clues       []Clue
	Objects     []Object
	Bindings    []Binding
	Namings     []Naming
	Talks       []Talk
	Steps       []Step
	// Heard lists parties that sent something, by themselves.
	Heard []Party
}

// Reset empties o and keeps its memory.
func (o *Out) Reset(first, last event.Time) {
	o.First, o.Last = first, max(first, last)
	o.Clues, o.Objects = o.Clues[:0], o.Objects[:0]
	o.Bindings, o.Namings = o.Bindings[:0], o.Namings[:0]
	o.Talks, o.Heard, o.Steps = o.Talks[:0], o.Heard[:0], o.Steps[:0]
}

// Say appends a statement; empty values say nothing, and free text about a place or
// a machine that shows the name or address of a person is not taken.
func (o *Out) Say(about Party, a Attr, value, source string, weight float64) {
	if value != "" && (a != Location && a != Description || !addressed(value)) {
		o.Clues = append(o.Clues, Clue{About: about, Attr: a, Value: value, Source: source, Weight: weight})
	}
}

// Pass appends a statement about content that went through a party's hands.
func (o *Out) Pass(about Party, s Subject, a Attr, value, source string, weight float64) {
	if value != "" {
		o.Clues = append(o.Clues, Clue{About: about, Attr: a, Subject: s, Value: value, Source: source, Weight: weight})
	}
}

// Did appends an activity of who towards peer.
func (o *Out) Did(who Party, act Activity, peer Party, source string) {
	o.Clues = append(o.Clues, Clue{
		About: who, Attr: Does, Value: string(act), Source: source, Weight: 1, Peer: peer.IP,
	})
}

// Parties are the two sides of a conversation: who opened it, and the other.
func Parties(c *event.Conn) (orig, resp Party) {
	return Party{c.Orig.IP, c.OrigMAC}, Party{c.Resp.IP, c.RespMAC}
}

// Has appends a trait of who, shown towards peer (zero if towards nobody).
func (o *Out) Has(who Party, t Trait, peer Party, source string) {
	o.Clues = append(o.Clues, Clue{
		About: who, Attr: Has, Value: string(t), Source: source, Weight: 1, Peer: peer.IP,
	})
}

// Runs appends what operating system who runs: a Family, and its version as the
// system itself counts, empty if not told: for Windows "major.minor.build" or
// "major.minor" of the kernel, else the name and number of the release ("Debian
// 12", "15.2").
func (o *Out) Runs(who Party, f Family, version, source string, weight float64) {
	value := string(f)
	if version != "" {
		value += "|" + version
	}
	o.Say(who, OS, value, source, weight)
}

// Kind appends what who says it is, or shows itself to be.
func (o *Out) Kind(who Party, k Kind, source string, weight float64) {
	o.Say(who, KindOf, string(k), source, weight)
}

// Step is one message about a performed procedure step (PS3.4 F.7): By performs it.
// Instance names the step and Group the study or order it belongs to, both as keyed
// hashes; Group may be empty. Status is (0040,0252), empty if not told. Without an
// Instance it is a question for the worklist that names one order, Group.
type Step struct {
	By              Party
	Instance, Group string
	Status          string
}

// Reader appends to o what r tells. The record is of the schema that the reader is
// filed under; o's times are those of the record unless it says more.
type Reader func(r *event.Record, o *Out)

// Of makes a Reader of a function that reads bodies of type T. It is called for
// records of a conversation only: r.Conn is not nil.
func Of[T event.Payload](read func(body T, r *event.Record, o *Out)) Reader {
	return func(r *event.Record, o *Out) {
		if body, ok := r.Body.(T); ok && r.Conn != nil {
			read(body, r, o)
		}
	}
}

// OfFree is Of for records that need no conversation.
func OfFree[T event.Payload](read func(body T, r *event.Record, o *Out)) Reader {
	return func(r *event.Record, o *Out) {
		if body, ok := r.Body.(T); ok {
			read(body, r, o)
		}
	}
}
