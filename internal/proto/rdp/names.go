package rdp

import "fmt"

// securityName names a protocol of the negotiation (MS-RDPBCGR 2.2.1.1.1).
func securityName(v uint32) string {
	switch v {
	case 0:
		return "RDP"
	case 1:
		return "SSL"
	case 2:
		return "HYBRID"
	case 4:
		return "RDSTLS"
	case 8:
		return "HYBRID_EX"
	case 16:
		return "RDSAAD"
	}
	return fmt.Sprintf("security_protocol-%d", v)
}

// failureName names why a negotiation failed (2.2.1.2.2).
func failureName(v uint32) string {
	names := [...]string{1: "SSL_REQUIRED_BY_SERVER", "SSL_NOT_ALLOWED_BY_SERVER", "SSL_CERT_NOT_ON_SERVER",
		"INCONSISTENT_FLAGS", "HYBRID_REQUIRED_BY_SERVER", "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"}
	if v > 0 && v < uint32(len(names)) {
		return names[v]
	}
	return fmt.Sprintf("failure_code-%d", v)
}

// resultName names the result of a conference request (T.124 8.7).
func resultName(v uint32) string {
	names := [...]string{"Success", "User rejected", "Resources not available", "Rejected for symmetry breaking", "Locked conference"}
	if v < uint32(len(names)) {
		return names[v]
	}
	return fmt.Sprintf("result-%d", v)
}

// buildName names the version of the protocol that came with a build of Windows.
// The two of the Mac are those of Microsoft's own client.
func buildName(v uint32) string {
	switch v {
	case 419:
		return "RDP 4.0"
	case 2195, 2221:
		return "RDP 5.0"
	case 2600:
		return "RDP 5.1"
	case 3790:
		return "RDP 5.2"
	case 6000:
		return "RDP 6.0"
	case 6001:
		return "RDP 6.1"
	case 6002:
		return "RDP 6.2"
	case 7600:
		return "RDP 7.0"
	case 7601:
		return "RDP 7.1"
	case 9200:
		return "RDP 8.0"
	case 9600:
		return "RDP 8.1"
	case 25189, 25282:
		return "RDP 8.0 (Mac)"
	}
	return fmt.Sprintf("client_build-%d", v)
}

// depthName names highColorDepth (2.2.1.3.2).
func depthName(v uint16) string {
	switch v {
	case 4, 8, 15, 16, 24:
		return fmt.Sprintf("%dbit", v)
	}
	return fmt.Sprintf("high_color_depth-%d", v)
}

// oldDepth names colorDepth and postBeta2ColorDepth (2.2.1.3.2).
func oldDepth(v uint16) string {
	names := [...]string{"4bit", "8bit", "15bit", "16bit", "24bit"}
	if i := int(v) - 0xca00; i >= 0 && i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("color_depth-%d", v)
}

// methodName names encryptionMethod (2.2.1.4.3).
func methodName(v uint32) string {
	switch v {
	case 0:
		return "None"
	case 1:
		return "40bit"
	case 2:
		return "128bit"
	case 8:
		return "56bit"
	case 16:
		return "FIPS"
	}
	return fmt.Sprintf("encryption_method-%d", v)
}

// levelName names encryptionLevel (2.2.1.4.3).
func levelName(v uint32) string {
	names := [...]string{"None", "Low", "Client compatible", "High", "FIPS"}
	if v < uint32(len(names)) {
		return names[v]
	}
	return fmt.Sprintf("encryption_level-%d", v)
}

// certName names the kind of a server certificate (2.2.1.4.3.1).
func certName(v uint32) string {
	switch v {
	case 1:
		return "RSA"
	case 2:
		return "X.509"
	}
	return fmt.Sprintf("cert_type-%d", v)
}
