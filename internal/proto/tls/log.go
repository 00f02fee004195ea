package tls

import "lazaret/internal/event"

// Record is a conversation in TLS, as Zeek's ssl.log has it, and what else its
// handshake tells. ts is the time of the first message.
type Record struct {
	Version      string     `log:"version" doc:"version the server chose"`
	Cipher       string     `log:"cipher" doc:"cipher suite the server chose"`
	Curve        string     `log:"curve" doc:"group of the key exchange"`
	ServerName   string     `log:"server_name" doc:"name the client asked for (SNI)"`
	Resumed      bool       `log:"resumed,always" doc:"an earlier session was resumed"`
	LastAlert    string     `log:"last_alert" doc:"last alert in clear"`
	NextProtocol string     `log:"next_protocol" doc:"application protocol the server chose (ALPN)"`
	Established  bool       `log:"established,always" doc:"the handshake was completed"`
	History      string     `log:"ssl_history,always" doc:"handshake messages in order, a letter each, the client's in capitals"`
	Chain        []string   `log:"cert_chain_fps" doc:"SHA-256 of the server's certificates, its own first"`
	ClientChain  []string   `log:"client_cert_chain_fps" doc:"SHA-256 of the client's certificates, its own first"`
	Subject      string     `log:"subject" doc:"subject of the server's certificate" class:"person"`
	Issuer       string     `log:"issuer" doc:"issuer of the server's certificate" class:"person"`
	ClientSubj   string     `log:"client_subject" doc:"subject of the client's certificate" class:"person"`
	ClientIssuer string     `log:"client_issuer" doc:"issuer of the client's certificate" class:"person"`
	SNIMatches   event.Bool `log:"sni_matches_cert" doc:"the server's certificate holds the name asked for"`
	JA3          string     `log:"ja3" doc:"JA3 print of the client"`
	JA3S         string     `log:"ja3s" doc:"JA3S print of the server"`
	JA4          string     `log:"ja4" doc:"JA4 print of the client"`
	ALPN         []string   `log:"alpn" doc:"application protocols the client offered"`
	MinVersion   string     `log:"min_version" doc:"lowest version the client offered, if it listed them"`
	MaxVersion   string     `log:"max_version" doc:"highest version the client offered"`
	InnerGuess   string     `log:"inner_guess" doc:"what probably travels inside: dicom"`
	InnerScore   float64    `log:"inner_confidence" doc:"how sure that is, 0 to 1"`
	InnerWhy     []string   `log:"inner_why" doc:"what it is concluded from"`

	// Number is the version chosen, 0 if no server hello was seen, and CipherID
	// the cipher suite.
	Number, CipherID uint16
	// Host and ClientHost are the certificates of the two ends, nil if not seen.
	Host, ClientHost *Certificate
}

// Schema declares the ssl log.
var Schema = event.NewSchema[Record]("ssl", "TLS, DTLS and SSL conversations: what their handshakes tell")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Certificate is an X.509 certificate (RFC 5280), as Zeek's x509.log has it. It is
// logged once a day for each print and use. Times are seconds since 1970, because
// they may lie beyond what packet times can hold.
type Certificate struct {
	Fingerprint string      `log:"fingerprint,always" doc:"SHA-256 of the certificate"`
	Version     int         `log:"certificate.version" doc:"version, from 1"`
	Serial      string      `log:"certificate.serial" doc:"serial number, hexadecimal"`
	Subject     string      `log:"certificate.subject,always" doc:"subject (RFC 2253)" class:"person"`
	Issuer      string      `log:"certificate.issuer,always" doc:"issuer (RFC 2253)" class:"person"`
	NotBefore   float64     `log:"certificate.not_valid_before" doc:"begin of validity, epoch seconds"`
	NotAfter    float64     `log:"certificate.not_valid_after" doc:"end of validity, epoch seconds"`
	KeyAlg      string      `log:"certificate.key_alg" doc:"algorithm of the key"`
	SigAlg      string      `log:"certificate.sig_alg" doc:"algorithm of the signature"`
	KeyType     string      `log:"certificate.key_type" doc:"rsa, dsa, ecdsa or unknown"`
	KeyLength   int         `log:"certificate.key_length" doc:"length of the key, bits"`
	Exponent    string      `log:"certificate.exponent" doc:"exponent of an RSA key"`
	Curve       string      `log:"certificate.curve" doc:"curve of an EC key"`
	DNS         []string    `log:"san.dns" doc:"names in the certificate"`
	URI         []string    `log:"san.uri" doc:"URIs in the certificate" class:"person"`
	Email       []string    `log:"san.email" doc:"mail addresses in the certificate" class:"person"`
	IP          []string    `log:"san.ip" doc:"addresses in the certificate"`
	CA          event.Bool  `log:"basic_constraints.ca" doc:"the holder may sign certificates"`
	PathLen     event.Count `log:"basic_constraints.path_len" doc:"most certificates below"`
	HostCert    bool        `log:"host_cert,always" doc:"the certificate is of the end itself, not of an authority above it"`
	ClientCert  bool        `log:"client_cert,always" doc:"a client sent it"`

	// CommonNames and Organisations are the CN and O of the subject, unescaped.
	CommonNames, Organisations []string
	// SelfSigned says that subject and issuer are the same name.
	SelfSigned bool
	// Broken says that it could not be read to the end.
	Broken bool
}

// CertificateSchema declares the x509 log.
var CertificateSchema = event.NewFreeSchema[Certificate]("x509", "certificates seen in TLS handshakes, each once a day")

// Schema implements event.Payload.
func (*Certificate) Schema() *event.Schema { return CertificateSchema }
