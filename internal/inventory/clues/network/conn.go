package network

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
)

// readConn takes who was heard, the shapes of their handshakes, and one use of a
// service where there was one.
func readConn(c *flow.Record, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(c.Duration, 0))
	orig, resp := clues.Parties(r.Conn)
	if c.OrigPkts > 0 {
		o.Heard = append(o.Heard, orig)
	}
	if c.RespPkts > 0 {
		o.Heard = append(o.Heard, resp)
	}
	if !served(c) {
		return // its sender may be forged
	}
	shapes(o, c, orig, resp)
	if fromOutside(c, orig) {
		o.Has(resp, clues.AnswersOut, orig, "conn.local_orig")
	}
	t := clues.Talk{
		Client: orig, Server: resp, Port: r.Conn.Resp.Port, Connections: 1,
		ToServer: c.OrigBytes.V, ToClient: c.RespBytes.V,
	}
	t.Service, t.General = serviceOf(c)
	if t.Service == "dhcp" && (t.Port == 68 || t.Port == 546) {
		// The server spoke first; the ports are part of the protocol (RFC 2131 4.1,
		// RFC 8415 7.2) and the server's is one less, or one more in version 6.
		t.Client, t.Server, t.ToServer, t.ToClient = resp, orig, t.ToClient, t.ToServer
		t.Port = map[uint16]uint16{68: 67, 546: 547}[t.Port]
	}
	o.Talks = append(o.Talks, t)
	if serverWork[t.Service] {
		o.Did(resp, clues.Serves, orig, "conn.service")
		o.Did(orig, clues.Uses, resp, "conn.service")
	}
}

// fromOutside: the internet opened the conversation with a machine that has a
// private address; its SYN was seen, so the direction is no guess. Addresses of
// carriers (RFC 6598) are no internet, and those of IPv6 may be the neighbour's.
func fromOutside(c *flow.Record, orig clues.Party) bool {
	if c.LocalOrig || !c.LocalResp || c.OrigSYN.TTL == 0 || !orig.IP.Is4() {
		return false
	}
	b := orig.IP.Addr().As4()
	return orig.IP.IsUnicast() && !(b[0] == 100 && b[1]&0xc0 == 64)
}

// served tells whether the responder gave an answer that only a service gives.
// For TCP a completed handshake is not enough, because port scanners complete
// it too: bytes must have come back, or a protocol been recognised. Echo
// requests and errors of ICMP are no service.
func served(c *flow.Record) bool {
	if c.RespPkts == 0 {
		return false
	}
	switch c.Proto {
	case "tcp":
		switch c.ConnState {
		case "S0", "REJ", "SH", "SHR", "RSTOS0", "RSTRH":
			return false
		}
		return c.RespBytes.V > 0 || c.Service != ""
	case "udp":
		return true
	}
	return false
}

// serviceOf names the service: what was recognised by content, and only the
// transport when nothing was, because a port proves nothing. Rows of DICOM, HL7,
// DICOMweb and FHIR give way to the rows of their operations.
func serviceOf(c *flow.Record) (name string, general bool) {
	if c.Service == "" {
		return c.Proto, false
	}
	name, inner, _ := strings.Cut(c.Service, ",")
	for in := range strings.SplitSeq(inner, ",") {
		if in == "dicomweb" || in == "fhir" {
			return in, true // what HTTP carried says more
		}
	}
	return name, name == "dicom" || name == "hl7"
}

// serverWork are the services whose answering makes a machine a server for
// others. Name, address and time services are told elsewhere or prove nothing.
var serverWork = map[string]bool{
	"http": true, "ssl": true, "ssh": true, "smb": true, "rdp": true, "ldap": true, "ftp": true,
	"smtp": true, "imap": true, "pop3": true, "mysql": true, "postgresql": true, "redis": true,
	"dce_rpc": true, "krb": true, "ntlm": true, "tcp": true, "dicomweb": true, "fhir": true,
}
