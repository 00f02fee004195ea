package kerberos

import "lazaret/internal/event"

// Record is one exchange with a key distribution centre, one change of a password,
// or one ticket shown to a service. The first fields are Zeek's: a ticket shown to a
// service leaves them empty, as there.
type Record struct {
	RequestType   string      `log:"request_type" doc:"AS (a ticket for tickets), TGS (a ticket for a service) or kpasswd; empty where a ticket is shown to a service"`
	Client        string      `log:"client" doc:"Principal that asks, a slash and its realm" class:"person"`
	Service       string      `log:"service" doc:"Principal of the service that a ticket is asked for, its parts joined by slashes" class:"person"`
	Success       event.Bool  `log:"success" doc:"Whether the centre granted the ticket"`
	ErrorMsg      string      `log:"error_msg" doc:"Text of the refusal, or the name of its code (RFC 4120 7.5.9)" class:"person"`
	From          event.Time  `log:"from" doc:"Begin of validity asked for"`
	Till          event.Time  `log:"till" doc:"End of validity asked for; left out where as long as possible is asked for"`
	Cipher        string      `log:"cipher" doc:"Encryption type of the ticket granted"`
	Forwardable   event.Bool  `log:"forwardable" doc:"A ticket that may be forwarded is asked for"`
	Renewable     event.Bool  `log:"renewable" doc:"A ticket that may be renewed is asked for"`
	ClientSubject string      `log:"client_cert_subject" doc:"Subject of the certificate that the client authenticates with (RFC 4556)" class:"person"`
	ServerSubject string      `log:"server_cert_subject" doc:"Subject of the certificate of the centre" class:"person"`
	ErrorCode     event.Count `log:"error_code" doc:"Code of the refusal (RFC 4120 7.5.9)"`
	Realm         string      `log:"realm" doc:"Realm of the centre or of the service"`
	Machine       string      `log:"client_machine" doc:"Name of the machine whose own account asks"`
	ClientHost    string      `log:"client_host" doc:"NetBIOS name among the addresses of the request (RFC 4120 7.5.3)"`
	ETypes        []string    `log:"etypes" doc:"Encryption types that the client offers, in its order; those with rc4 or des are weak"`
	KDCETypes     []string    `log:"kdc_etypes" doc:"Encryption types for which the centre has a key of the client, as it tells when it asks for pre-authentication"`
	ReplyCipher   string      `log:"reply_cipher" doc:"Encryption type of the part of the answer that the client decrypts; of an AS answer it is that of the client's long-term key"`
	PreAuth       string      `log:"preauth" doc:"AS: how the request proves who asks: none, timestamp, pkinit, fast, spake, otp, other. A ticket granted with none can be guessed at without contact"`
	RequestPA     []string    `log:"request_padata" doc:"Kinds of pre-authentication data of the request (RFC 4120 7.5.2)"`
	ReplyPA       []string    `log:"reply_padata" doc:"Kinds of pre-authentication data of the answer"`
	Options       []string    `log:"options" doc:"Options of the request beside forwardable and renewable (RFC 4120 5.4.1)"`
	OnBehalf      string      `log:"on_behalf_of" doc:"User for whom a service asks for a ticket to itself (MS-SFU 2.2.1)" class:"person"`
	ServerTime    event.Time  `log:"server_time" doc:"Clock of the server, told in a refusal"`
	Ticket        string      `log:"ap_service" doc:"Service and realm of the ticket that is shown, to a service or with a request" class:"person"`
	TicketCipher  string      `log:"ap_cipher" doc:"Encryption type of the ticket that is shown"`
	APOptions     []string    `log:"ap_options" doc:"Options of the showing: use-session-key, mutual-required"`
	Mechanism     string      `log:"mechanism" doc:"Wrapping in another protocol: krb5, ms-krb5, user-to-user, iakerb, bare"`
	Accepted      event.Bool  `log:"accepted" doc:"Whether the service accepted the ticket that was shown, by its answer or as the protocol around it tells"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// Schema of the kerberos log.
var Schema = event.NewSchema[Record]("kerberos", "Kerberos: one record for each request to a key distribution centre and each ticket shown")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
