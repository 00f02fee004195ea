package intel

import (
	"strings"

	"lazaret/internal/detect"
)

// Kind is what an indicator is of.
type Kind uint8

// The kinds of indicators.
const (
	None Kind = iota
	Address
	Network
	Domain
	SNI // exactly a name that TLS clients ask for
	URL
	MD5
	SHA1
	SHA256
	ImpHash
	Certificate
	JA3
	JA3S
	JA4
	HASSH
	HASSHServer
	UserAgent
	FileName
	AETitle
	Service
	Email
	kinds // how many there are

	// Conditions only: they stand beside an indicator.
	portOnly = kinds + iota
	pathEnd
)

// KindInfo is what is said of a kind in lists and in the manual.
type KindInfo struct {
	Kind Kind
	Word string // in CSV and before a colon in plain lists
	Also []string
	Rule *detect.Rule // of its findings
}

// Kinds are all kinds in their order.
func Kinds() []KindInfo {
	out := make([]KindInfo, 0, kinds-1)
	for k := Address; k < kinds; k++ {
		out = append(out, KindInfo{Kind: k, Word: words[k][0], Also: words[k][1:], Rule: &rules[ruleOf[k]]})
	}
	return out
}

// String is the word for it.
func (k Kind) String() string {
	switch {
	case k > None && k < kinds:
		return words[k][0]
	case k == portOnly:
		return "port"
	case k == pathEnd:
		return "path"
	}
	return "none"
}

// words are the names of kinds in lists, the first ours.
var words = [kinds][]string{
	Address:     {"ip", "address", "addr", "ipv4", "ipv6", "ipv4-addr", "ipv6-addr", "ip-src", "ip-dst"},
	Network:     {"network", "net", "cidr"},
	Domain:      {"domain", "hostname", "host", "fqdn", "domain-name"},
	SNI:         {"sni", "server_name"},
	URL:         {"url", "uri"},
	MD5:         {"md5"},
	SHA1:        {"sha1", "sha-1"},
	SHA256:      {"sha256", "sha-256"},
	ImpHash:     {"imphash"},
	Certificate: {"cert", "certificate", "x509", "x509-fingerprint-sha256"},
	JA3:         {"ja3", "ja3-fingerprint-md5"},
	JA3S:        {"ja3s"},
	JA4:         {"ja4"},
	HASSH:       {"hassh", "hassh-md5"},
	HASSHServer: {"hasshserver", "hassh_server", "hasshserver-md5"},
	UserAgent:   {"ua", "user-agent", "user_agent", "useragent"},
	FileName:    {"file", "filename", "file-name", "file_name"},
	AETitle:     {"ae", "aet", "ae-title", "ae_title"},
	Service:     {"service", "service-name", "service_name", "windows-service-name"},
	Email:       {"email", "email-addr", "email-src", "mail"},
}

// kindByWord finds a kind by any of its names, in any case.
func kindByWord(s string) Kind {
	if len(s) > 32 {
		return None
	}
	s = strings.ToLower(strings.TrimSpace(s))
	for k := Address; k < kinds; k++ {
		for _, w := range words[k] {
			if s == w {
				return k
			}
		}
	}
	return None
}

// The rules of findings by their place.
const (
	ruleAddress = iota
	ruleNetwork
	ruleDomain
	ruleURL
	ruleHash
	ruleImports
	ruleCertificate
	rulePrint
	ruleAgent
	ruleFile
	ruleTitle
	ruleService
	ruleMail
)

var ruleOf = [kinds]int{
	Address: ruleAddress, Network: ruleNetwork, Domain: ruleDomain, SNI: ruleDomain, URL: ruleURL,
	MD5: ruleHash, SHA1: ruleHash, SHA256: ruleHash, ImpHash: ruleImports, Certificate: ruleCertificate,
	JA3: rulePrint, JA3S: rulePrint, JA4: rulePrint, HASSH: rulePrint, HASSHServer: rulePrint,
	UserAgent: ruleAgent, FileName: ruleFile, AETitle: ruleTitle, Service: ruleService, Email: ruleMail,
}

// Rules are the heads of all findings of indicators. They never change.
func Rules() []*detect.Rule {
	out := make([]*detect.Rule, len(rules))
	for i := range rules {
		out[i] = &rules[i]
	}
	return out
}

const basis = "the list named in the finding"
