package clues

// Trait is something about a machine that helps an intruder: what it still
// speaks, what it lets in, what it lacks. The set is closed; what each costs in
// the risk score stands in package risk.
type Trait string

// Seen in one conversation. "Offers" and "accepts" speak of the server, "uses" of
// the client.
const (
	OffersSMB1        Trait = "accepts SMB1"                       // a server chose an SMB1 dialect
	UsesSMB1          Trait = "speaks only SMB1"                   // a client offered nothing newer
	NoSigning         Trait = "does not require SMB signing"       // a server, by its negotiate response
	GuestSMB          Trait = "lets guests into SMB"               // a session was granted to a guest or to nobody
	UsesNTLMv1        Trait = "answers with NTLMv1"                // a client, by the size of its response (MS-NLMP 2.2.2.6)
	ClearDICOM        Trait = "speaks DICOM in clear"              // either side
	ClearHL7          Trait = "speaks HL7 in clear"                // either side
	ClearDICOMweb     Trait = "serves DICOMweb in clear"           // a server
	ClearFHIR         Trait = "serves FHIR in clear"               // a server
	OffersTelnet      Trait = "offers Telnet"                      // a server
	ClearFTP          Trait = "takes FTP passwords in clear"       // a server that answered PASS without AUTH TLS
	AnonymousFTP      Trait = "lets anonymous into FTP"            // a server that answered 230
	OffersTFTP        Trait = "offers TFTP"                        // a server that sent data or acknowledged
	ClearVNC          Trait = "offers VNC in clear"                // a server
	OpenVNC           Trait = "offers VNC without a password"      // security type None was chosen
	ClearLDAP         Trait = "takes LDAP passwords in clear"      // a server that granted a simple bind
	ClearSMTP         Trait = "takes mail passwords in clear"      // a server
	ClearHTTP         Trait = "takes HTTP passwords in clear"      // a server that was sent Basic credentials
	ClearDatabase     Trait = "takes database passwords in clear"  // a server
	OpenDatabase      Trait = "lets into a database without login" // a server
	DefaultSNMP       Trait = "answers SNMP for a default community"
	OldSNMP           Trait = "answers SNMP v1 or v2c"
	SelfSigned        Trait = "self-signed certificate"    // of a server
	ExpiredCert       Trait = "expired certificate"        // of a server, by packet time
	WeakCertKey       Trait = "weak certificate key"       // RSA under 2048 bits, MD5 or SHA-1 signature
	OldTLS            Trait = "accepts old TLS"            // chose TLS 1.1, 1.0 or SSL
	WeakCipher        Trait = "accepts a weak TLS cipher"  // chose NULL, EXPORT, RC4, DES, 3DES or anonymous
	OldSSH            Trait = "offers SSH 1"               // a server's banner
	WeakSSH           Trait = "offers weak SSH algorithms" // a server that offers nothing but weak ones of a kind
	RDPWithoutNLA     Trait = "offers remote desktop without NLA"
	AnswersMulticast  Trait = "answers names by LLMNR or NetBIOS" // which an intruder may do as well
	AnswersOut        Trait = "answers the internet"              // a server in a private network, for a public address
	AnswersAmplifying Trait = "answers requests that amplify"     // NTP monlist, SSDP from afar
)

// Seen only when several conversations, or several machines, are looked at
// together. No record shows them; package inventory concludes them.
const (
	OldSystem     Trait = "operating system out of support"
	PerhapsOld    Trait = "operating system out of support, unless a long-term edition"
	SharedTitle   Trait = "AE title used by another machine too"
	AnyTitle      Trait = "accepts any AE title"
	TalksOut      Trait = "talks to the internet"
	RemoteControl Trait = "remote access to a modality" // by SSH, remote desktop, VNC or Telnet
)

// Family is a family of operating systems.
type Family string

// The families.
const (
	Windows  Family = "Windows"
	Linux    Family = "Linux"
	MacOS    Family = "macOS"
	IOS      Family = "iOS"
	Android  Family = "Android"
	BSD      Family = "BSD"
	Solaris  Family = "Solaris"
	VxWorks  Family = "VxWorks"
	QNX      Family = "QNX"
	CiscoIOS Family = "Cisco IOS"
	Junos    Family = "Junos"
	RouterOS Family = "RouterOS"
	Embedded Family = "embedded" // a real-time or vendor's own system
)

// Kind is what a machine says that it is (mDNS, SSDP, LLDP, browser
// announcements, SNMP) or shows by what it answers.
type Kind string

// The kinds.
const (
	KindPrinter          Kind = "printer"
	KindCamera           Kind = "camera"
	KindPhone            Kind = "phone"
	KindStorage          Kind = "storage"
	KindSwitch           Kind = "switch"
	KindRouter           Kind = "router"
	KindAccessPoint      Kind = "access point"
	KindDomainController Kind = "domain controller"
	KindFileServer       Kind = "file server"
	KindDatabase         Kind = "database"
	KindWebServer        Kind = "web server"
	KindMailServer       Kind = "mail server"
	KindServer           Kind = "server"
	KindPC               Kind = "pc"
	KindMedia            Kind = "media device" // television, loudspeaker, streaming box
	KindSmartHome        Kind = "smart device" // plug, lamp, sensor, hub
	KindUPS              Kind = "power supply"
	KindMobile           Kind = "mobile" // telephone or tablet
)
