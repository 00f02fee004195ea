package conformance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dns"
)

// services are those that both programs recognise.
var services = []string{"dce_rpc", "dhcp", "dns", "ftp", "gssapi", "http", "krb", "mysql", "ntlm", "ntp", "rdp", "rfb", "smb", "smtp", "snmp", "ssh", "ssl"}

// zeekSpeech lists the logs that are compared with Zeek's.
func zeekSpeech() []*speech {
	tuple := []string{"proto", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"}
	return []*speech{
		{log: "conn", keys: tuple, fields: fieldsOf(flow.Schema, "proto", "orig_l2_addr", "resp_l2_addr", "vlan", "shed"), same: sameConn},
		{log: "dns", keys: append(slices.Clone(tuple), "trans_id"), fields: fieldsOf(dns.Schema, "proto", "trans_id"), same: sameDNS},
		{log: "dhcp", keys: []string{"mac"}, fields: fieldsOf(dhcp.Schema, "mac", "vendor_class", "param_list", "client_id",
			"user_class", "fqdn_flags", "max_message_size", "client_arch", "client_uuid", "server_id", "relay_addr",
			"circuit_id", "remote_id"), same: sameDHCP},
		zeekHTTP(),
		zeekFiles(), zeekPE(),
		zeekSNMP(),
		sslSpeech(), x509Speech(), sshSpeech(),
		zeekFTP(),
		zeekMySQL(), zeekSMTP(),
		zeekRFB(),
		zeekSyslog(),
		zeekNTLM(),
		zeekSMBFiles(), zeekSMBMapping(), zeekSMBCmd(),
		zeekRPC(),
		zeekKerberos(),
		zeekRDP(),
		zeekNTP(),
	}
}

// fieldsOf lists the fields of a log but for those that are keys or ours alone.
func fieldsOf(s *event.Schema, not ...string) []string {
	out := []string{"ts"}
	for _, f := range s.Fields {
		if !slices.Contains(not, f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

// sameConn compares the services that both know as sets: Zeek lists them in the
// order of its analyzers.
func sameConn(field string, a, b any) bool {
	switch field {
	case "service":
		return slices.Equal(known(a), known(b))
	case "history": // X says that Zeek stopped looking into the conversation
		s, _ := a.(string)
		if s = strings.ReplaceAll(s, "X", ""); s == "" {
			return b == nil
		}
		return s == b
	}
	return alike(a, b)
}

func known(v any) []string {
	s, _ := v.(string)
	var out []string
	for _, name := range strings.Split(s, ",") {
		switch name { // one protocol here, as in both programs' logs
		case "dtls":
			name = "ssl"
		case "krb_tcp":
			name = "krb"
		}
		if slices.Contains(services, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// sameDNS takes the empty name of the root, which Zeek writes and we leave out,
// for the same.
func sameDNS(field string, a, b any) bool {
	return alike(a, b) || field == "query" && a == "" && b == nil
}

// sameDHCP compares the number of connections: their names are random.
func sameDHCP(field string, a, b any) bool {
	if field == "uids" {
		x, _ := a.([]any)
		y, _ := b.([]any)
		return len(x) == len(y)
	}
	return alike(a, b)
}

// inZeeksWords changes what is said differently on purpose: the clock of Zeek's
// scripts has no zero, and DHCPv6 has no analyzer.
func inZeeksWords(log string, l line) {
	if log != "conn" {
		if l["ts"] == 0.0 {
			l["ts"] = 1.0
		}
		return
	}
	for _, f := range []string{"id.orig_p", "id.resp_p"} {
		if p := number(l[f]); l["service"] == "dhcp" && (p == 546 || p == 547) {
			delete(l, "service")
		}
	}
}

// only is the log named by LAZARET_LOG: while one protocol is worked on, the
// others are of no interest, and the document is not written.
func only() string { return os.Getenv("LAZARET_LOG") }

// TestZeek compares the logs that both write of every shared capture.
func TestZeek(t *testing.T) {
	logs, dir := shared(t, "zeek"), shared(t, "pcaps")
	speech := slices.DeleteFunc(zeekSpeech(), func(s *speech) bool { return only() != "" && s.log != only() })
	c := newComparison(slices.DeleteFunc(slices.Clone(allZeekRows()), func(r row) bool { return only() != "" && r.log != only() }))
	silent := 0
	for _, name := range captures(t, dir) {
		theirs := zeekLogs(t, filepath.Join(logs, name+".jsonl"))
		if theirs == nil {
			silent++
			continue
		}
		ours := read(t, filepath.Join(dir, name), 2).parse(t)
		for _, s := range speech {
			for _, l := range ours.logs[s.log] {
				inZeeksWords(s.log, l)
			}
			s.compare(c, name, asMarked(s.log, theirs[s.log]), zeekLogsActions(s.log, ours.logs[s.log]))
		}
	}
	t.Logf("%d captures, and %d of which Zeek wrote nothing", len(c.seen), silent)
	c.verdict(t, "zeek")
}
