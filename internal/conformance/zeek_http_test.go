package conformance

import (
	"strings"

	"lazaret/internal/proto/http"
)

// zeekHTTP compares the fields that Zeek's http log has.
func zeekHTTP() *speech {
	return &speech{
		log:  "http",
		keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(http.Schema, "client_header_names", "server_header_names", "server", "powered_by", "realm",
			"request_content_type", "response_content_type", "upgrade"),
		same: sameHTTP,
	}
}

// sameHTTP takes an empty text, which Zeek writes and we leave out, for the same, and
// leaves open what is masked in an address: it may name a patient, or be a secret.
func sameHTTP(field string, a, b any) bool {
	if alike(a, b) || a == "" && b == nil {
		return true
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return (field == "uri" || field == "referrer") && strings.Contains(y, "~") && unmasked(y).MatchString(plainURI(x))
}

// Why Zeek's http log and ours differ.
const (
	zHTTPMiddle  = "The beginning of the connection is missing, or only one side was captured: Zeek's HTTP analyzer does not look into such connections"
	zHTTPLoss    = "Bytes are missing: Zeek gives the rest of that direction up, here content of known length goes on and the next head is found"
	zHTTPLate    = "Holes in the requests: answers whose requests wait behind a hole stand alone, and so do the requests"
	zHTTPEnd     = "The connection ends with bytes behind a hole, or with a RST: Zeek delivers what was acknowledged, here what came counts"
	zHTTPSplit   = "Zeek counts what follows a CONNECT as a further request of the same log"
	zHTTPInside  = "HTTP inside SOCKS, which is not read yet"
	zHTTPSocket  = "Zeek looks for HTTP in the messages of a WebSocket and writes what it finds into the record of the upgrade"
	zHTTPTunnel  = "Inside GTP, Teredo and AYIYA, which are not opened on purpose"
	zHTTPNone    = "No HTTP: Zeek takes lines of other protocols for requests of version 0.9 because of the port, or by a word in capitals"
	zHTTPNoLine  = "A request whose line has no end"
	zHTTPKept    = "A phrase that is not one of the standard's, or an address inside another one: it may say anything and is masked"
	zHTTPBroken  = "Made to deceive: bare carriage returns, lines folded at once, lengths and versions that are none, damaged gzip; the grammar of RFC 9112 is taken strictly here"
	zHTTPCRLF    = "Zeek counts CRLF for a line of content that ends in LF, or that has no end"
	zHTTPSmuggle = "The length said in Content-Length is the length of the content; Zeek undoes a coding that the content does not have"
	zHTTPZero    = "The capture begins at time zero, or is not in order of time"
	zHTTPOld     = "The answer to a request without a version is content alone (RFC 1945 4.1), also when no empty line follows that request"
	zHTTPWindow  = "Bytes in the SYN, or beyond what Zeek takes for the stream"
)

// zeekHTTPRows explains where Zeek's http log and ours differ.
var zeekHTTPRows = []row{
	{[]string{"zeek__http__1000-requests-one-dropped-response.pcap.gz"}, "http", "version,status_code,status_msg,response_body_len", "", 3996, zHTTPLoss},
	{[]string{"zeek__erspan.pcap"}, "http", "version,status_code,status_msg,response_body_len", "", 15, zHTTPLoss},
	{[]string{"suricata-verify__http-gap-*.pcap"}, "http", "*", "", 20, zHTTPLoss},
	{[]string{"zeek__http__content-range-gap-skip.pcap", "tcpreplay__test__test_fragroute.pcap"}, "http", "response_body_len", "", 1, zHTTPLoss},
	{[]string{"wireshark-4.0.17__communityid.pcap.gz", "zeek__communityid__tcp.pcap"}, "http", "extra", "", 2, zHTTPLoss},
	{[]string{"zeek__http__zero-length-bodies-with-drops.pcap"}, "http", "extra", "", 8, zHTTPLate},
	{[]string{"suricata-verify__tcp-rst-unacked-stream-*.pcap"}, "http", "response_body_len", "", 2, zHTTPEnd},
	{[]string{"suricata-verify__http-connect__*.pcap"}, "http", "trans_depth,missing", "", 4, zHTTPSplit},
	{[]string{"suricata-verify__http-async.pcap"}, "http", "missing", "", 1, zHTTPLoss},
	{[]string{"zeek__socks.pcap", "nDPI__socks.pcap", "arkime__socks-http-pass.pcap", "mercury__emix.pcap"}, "http", "missing", "", 12, zHTTPInside},
	{[]string{"zeek__websocket__*.pcap"}, "http", "status_code,status_msg,response_body_len,missing", "", 7, zHTTPSocket},
	{[]string{"*gtp*", "*[Tt]eredo*", "*teredo*", "*ayiya*", "*__Tunnels.pcap"}, "http", "missing", "", 18, zHTTPTunnel},
	{[]string{"Malcolm-Test-Artifacts__IRC.pcap", "nDPI__ssh.pcap", "zeek__redis__oss-fuzz-473580107.pcap"}, "http", "missing", "", 5, zHTTPNone},
	{[]string{"suricata-verify__bug-4702-01.pcap"}, "http", "missing", "", 1, zHTTPNoLine},
	{[]string{"*detect-absent-http-request-body.pcap", "*transform-base64-7296.pcap", "PcapPlusPlus__example.pcap"}, "http", "status_msg,referrer", ", ours ", 2, zHTTPKept},
	{[]string{"suricata-verify__bug-76.pcap"}, "http", "version,status_code,status_msg,response_body_len", "", 4, zHTTPOld},
	{[]string{"suricata-verify__http-evader__*.pcap", "suricata-verify__http1-noint-status.pcap"}, "http", "*", "", 15, zHTTPBroken},
	{[]string{"suricata-verify__http-event-chunk.pcap", "suricata-verify__bug-4953__file76.pcap", "arkime__gre-erspan-vxlan.pcap"}, "http", "request_body_len,response_body_len", "", 4, zHTTPCRLF},
	{[]string{"zeek__http__smuggle-http-request.pcap"}, "http", "request_body_len", "", 1, zHTTPSmuggle},
	{[]string{"suricata-verify__security-8642-swf.pcap", "wireshark-4.0.17__http-ooo2.pcap", "wireshark-4.0.17__tcp-badsegments.pcap"}, "http", "ts", "", 3, zHTTPZero},
	{[]string{"zeek__tcp__payload-synack.pcap", "suricata-verify__firewall__tcp-session-decode-malformed-ipv4.pcap"}, "http", "extra", "", 2, zHTTPWindow},
	{[]string{"zeek__tcp__http-on-irc-port-missing-syn.pcapng"}, "http", "missing,extra", "", 2, zPorts},
	{[]string{"*decode-chdlc*"}, "http", "extra", "", 1, zLink},
	{nil, "http", "extra", "", 1164, zHTTPMiddle},
	{nil, "conn", "service", "theirs -, ours http", 488, zOneSided},
	{[]string{"zeek__socks.pcap", "nDPI__socks.pcap", "arkime__socks-http-pass.pcap", "mercury__emix.pcap"}, "conn", "service", "theirs socks,http", 6, zHTTPInside},
}
