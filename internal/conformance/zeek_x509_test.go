package conformance

import (
	"lazaret/internal/proto/tls"
)

// x509Speech compares the x509 log, which has no conversation.
func x509Speech() *speech {
	return &speech{
		log: "x509", keys: []string{"fingerprint"},
		fields: fieldsOf(tls.CertificateSchema, "fingerprint"), same: sameOrNone,
	}
}

// Why the x509 logs differ.
const (
	zX509Elsewhere = "Certificates in Kerberos and in RDP's own security, which are not taken for certificates of TLS here"
	zX509Time      = "Zeek waits for the end of the record that holds the certificates, here they are read when their message is there"
	zX509Explicit  = "A curve given by its numbers instead of its name: Zeek's library recognises some and refuses others, here the length is told and no name"
)

// zeekX509Rows explains the differences.
var zeekX509Rows = []row{
	{[]string{"suricata-verify__pgsql__pgsql-upgrade-tls.pcap", "*ldap-starttls.pcap", "zeek__postgresql__psql-aws-ssl-*"}, "x509", "extra", "", 11, zSSLMore},
	{nil, "x509", "extra", "", 17, zSSLPartial},
	{[]string{"Malcolm-Test-Artifacts__KRB5.pcap", "zeek__rdp__rdp-x509.pcap"}, "x509", "missing", "", 5, zX509Elsewhere},
	{nil, "x509", "missing", "", 24, zSSLInside},
	{[]string{"zeek__globus-url-copy-bad-encoding.pcap"}, "x509", "ts", "", 1, zSSLInside},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "Malcolm-Test-Artifacts__zeek-quasarrat-detector__*", "zeek__tls__missing-intermediate.pcap", "zeek__tls__ocsp-stapling.pcap"}, "x509", "ts", "", 14, zX509Time},
	{[]string{"*cve-2020-0601__broken.pcap", "*cve-2020-0601__explicit.pcap"}, "x509", "certificate.key_length,certificate.key_type,certificate.curve", "", 3, zX509Explicit},
}
