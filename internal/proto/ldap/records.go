package ldap

import "lazaret/internal/event"

// Operation is one request with its result, in the words of Zeek's ldap log.
type Operation struct {
	ID         int         `log:"message_id,always" doc:"Number of the message"`
	Version    event.Count `log:"version" doc:"Version asked for in a bind"`
	Opcode     string      `log:"opcode" doc:"Operation; of a bind with its kind"`
	Result     string      `log:"result" doc:"Result"`
	Diagnostic string      `log:"diagnostic_message" doc:"What the server says of it" class:"person"`
	Object     string      `log:"object" doc:"Name that binds, is changed or compared; of an extended operation its kind" class:"person"`
	Argument   string      `log:"argument" doc:"REDACTED if a bind had a password, the mechanism of SASL, the attribute compared"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// Schema declares the log ldap.
var Schema = event.NewSchema[Operation]("ldap", "LDAP: one record for each operation but searches")

// Schema implements event.Payload.
func (*Operation) Schema() *event.Schema { return Schema }

// Search is one search, in the words of Zeek's ldap_search log.
type Search struct {
	ID         int      `log:"message_id,always" doc:"Number of the message"`
	Scope      string   `log:"scope" doc:"base, single or tree"`
	Deref      string   `log:"deref_aliases" doc:"When aliases are followed"`
	Base       string   `log:"base_object" doc:"Where the search begins" class:"person"`
	Count      int      `log:"result_count,always" doc:"Entries found"`
	Result     string   `log:"result" doc:"Result"`
	Diagnostic string   `log:"diagnostic_message" doc:"What the server says of it" class:"person"`
	Filter     string   `log:"filter" doc:"Filter; ? stands for every value that does not classify objects"`
	Attributes []string `log:"attributes" doc:"Attributes asked for"`
	Client     string   `log:"client_name" doc:"Name the client gives itself in the ping of a domain controller"`
	Domain     string   `log:"client_domain" doc:"Domain whose controller it looks for"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// SearchSchema declares the log ldap_search.
var SearchSchema = event.NewSchema[Search]("ldap_search", "LDAP: one record for each search")

// Schema implements event.Payload.
func (*Search) Schema() *event.Schema { return SearchSchema }

// Server is what a directory says of itself.
type Server struct {
	Vendor       string      `log:"vendor_name" doc:"Root: vendorName, or what its object class and capabilities show"`
	Version      string      `log:"vendor_version" doc:"Root: vendorVersion"`
	HostName     string      `log:"dns_host_name" doc:"Root: dnsHostName; ping: name of the host"`
	NetBIOSName  string      `log:"netbios_name" doc:"Ping: NetBIOS name of the host"`
	Domain       string      `log:"domain" doc:"Ping: DNS name of the domain; root: made of its default naming context"`
	NetBIOSDom   string      `log:"netbios_domain" doc:"Ping: NetBIOS name of the domain"`
	Forest       string      `log:"forest" doc:"Ping: DNS name of the forest"`
	Site         string      `log:"site" doc:"Ping: site of the controller"`
	Context      string      `log:"naming_context" doc:"Root: defaultNamingContext, or the first of namingContexts"`
	DomainLevel  event.Count `log:"domain_functionality" doc:"Root: functional level of the domain (MS-ADTS 6.1.4.3)"`
	ForestLevel  event.Count `log:"forest_functionality" doc:"Root: functional level of the forest"`
	ControlLevel event.Count `log:"domain_controller_functionality" doc:"Root: functional level of the controller"`
	Mechanisms   []string    `log:"sasl_mechanisms" doc:"Root: supportedSASLMechanisms"`
	ActiveDir    bool        `log:"active_directory" doc:"The server is a controller of an Active Directory domain"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// ServerSchema declares the log ldap_server.
var ServerSchema = event.NewSchema[Server]("ldap_server", "LDAP: what a directory says of itself")

// Schema implements event.Payload.
func (*Server) Schema() *event.Schema { return ServerSchema }
