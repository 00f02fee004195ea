package smb

import "lazaret/internal/event"

// Record is what the beginning of a conversation tells. One is made when the first
// session is granted, one for each later session of another kind (user, guest,
// nobody), and one at the end if none was granted or others were refused since.
type Record struct {
	IsOrig        bool       `log:"is_orig,always" doc:"True if the originator of the connection is the client"`
	Version       string     `log:"version" doc:"SMB1, SMB2 or SMB3: as the server chose, else as the messages are"`
	Dialects      []string   `log:"dialects" doc:"Dialects that the client offered, at most 24"`
	Dialect       string     `log:"dialect" doc:"Dialect that the server chose"`
	ClientGUID    string     `log:"client_guid" doc:"Identity of the client's installation (MS-SMB2 2.2.3)"`
	ServerGUID    string     `log:"server_guid" doc:"Identity of the server's installation (MS-SMB2 2.2.4, MS-SMB 2.2.4.5.2.1)"`
	ClientSigning string     `log:"client_signing" doc:"Signing as the client negotiates or sets up: off, enabled, required"`
	ServerSigning string     `log:"server_signing" doc:"Signing as the server negotiates: off, enabled, required"`
	Capabilities  []string   `log:"capabilities" doc:"Capabilities of the server"`
	Cipher        string     `log:"cipher" doc:"Encryption that the server chose (SMB 3.1.1)"`
	Compression   string     `log:"compression" doc:"Compression that the server chose (SMB 3.1.1)"`
	TargetName    string     `log:"target_name" doc:"Name by which the client calls the server (SMB 3.1.1)"`
	Called        string     `log:"called_name" doc:"NetBIOS name that the client calls (RFC 1002 4.3.2)"`
	Calling       string     `log:"calling_name" doc:"NetBIOS name that the client gives itself"`
	SystemTime    event.Time `log:"server_time" doc:"Clock of the server"`
	TimeZone      string     `log:"server_time_zone" doc:"Zone of the server's clock, +hh:mm east of Greenwich (SMB1)"`
	BootTime      event.Time `log:"server_boot_time" doc:"When the server started, if it tells"`
	ServerName    string     `log:"server_name" doc:"Name that an SMB1 server gives itself"`
	ServerDomain  string     `log:"server_domain" doc:"Domain or workgroup of an SMB1 server"`
	NativeOS      string     `log:"native_os" doc:"Operating system that an SMB1 server names"`
	NativeLM      string     `log:"native_lan_manager" doc:"LAN manager that an SMB1 server names"`
	ClientOS      string     `log:"client_native_os" doc:"Operating system that an SMB1 client names"`
	ClientLM      string     `log:"client_native_lan_manager" doc:"LAN manager that an SMB1 client names"`
	ClientDomain  string     `log:"client_domain" doc:"Domain of the account that an SMB1 client names without extended security"`
	Account       string     `log:"account" doc:"Account that an SMB1 client names without extended security" class:"person"`
	Response      string     `log:"response" doc:"How an SMB1 client authenticates without extended security: plain, LM, NTLMv1, NTLMv2, anonymous, unknown"`
	Status        string     `log:"status" doc:"Outcome of the newest session set-up"`
	Granted       uint64     `log:"granted" doc:"Session set-ups granted so far"`
	Refused       uint64     `log:"refused" doc:"Session set-ups refused so far"`
	Guest         event.Bool `log:"guest" doc:"The newest session was granted to a guest"`
	Nobody        event.Bool `log:"anonymous" doc:"The newest session was granted to nobody (a null session)"`
	Encrypted     bool       `log:"encrypted" doc:"Encryption was seen or asked for by the server"`
}

// Schema of the smb log.
var Schema = event.NewSchema[Record]("smb", "The beginning of an SMB conversation: what both sides speak and allow")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
