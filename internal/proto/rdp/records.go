package rdp

import "lazaret/internal/event"

// Record is the beginning of one connection.
type Record struct {
	Cookie      string      `log:"cookie" doc:"Value of mstshash in the request, usually an account, often cut at nine characters" class:"person"`
	Result      string      `log:"result" doc:"Why the server refused, what it answered to the conference request, or encrypted"`
	Security    string      `log:"security_protocol" doc:"Security that the server chose: RDP, SSL, HYBRID (NLA), HYBRID_EX, RDSTLS"`
	Channels    []string    `log:"client_channels" doc:"Virtual channels that the client asks for"`
	Keyboard    string      `log:"keyboard_layout" doc:"Keyboard of the client"`
	ClientBuild string      `log:"client_build" doc:"Version of the client program by its build"`
	ClientName  string      `log:"client_name" doc:"Name of the client machine, up to 15 characters"`
	ProductID   string      `log:"client_dig_product_id" doc:"Product id of the client machine"`
	Width       event.Count `log:"desktop_width" doc:"Width of the client's desktop, pixels"`
	Height      event.Count `log:"desktop_height" doc:"Height of the client's desktop, pixels"`
	ColorDepth  string      `log:"requested_color_depth" doc:"Colours that the client asks for"`
	CertType    string      `log:"cert_type" doc:"Certificate of the old security: RSA or X.509"`
	CertCount   uint64      `log:"cert_count,always" doc:"Certificates of the old security"`
	CertLasting event.Bool  `log:"cert_permanent" doc:"The certificate of the old security is permanent"`
	Level       string      `log:"encryption_level" doc:"Encryption level of the old security"`
	Method      string      `log:"encryption_method" doc:"Encryption method of the old security"`
	Requested   []string    `log:"requested_protocols" doc:"Security that the client offers"`
	Routed      bool        `log:"routing_token" doc:"The request has a token for a load balancer"`

	// Build is the number behind ClientBuild, 0 if none was told.
	Build uint32
	// Backward says that the responder of the conversation is the client.
	Backward bool
}

// Schema of the rdp log.
var Schema = event.NewSchema[Record]("rdp", "The beginning of one Remote Desktop connection")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
