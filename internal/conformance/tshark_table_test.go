package conformance

import (
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// told compares what both say about one protocol, summed up by conversation: of
// each field the set of values.
type told struct {
	name   string                 // of the speech
	layers []string               // the frame has one of them
	log    string                 // ours
	only   func(packetRow) bool   // which frames; nil is all
	key    func(packetRow) string // nil is the conversation
	fields []toldField
}

// toldField is one field on both sides. read turns tshark's values of a frame into
// our words, mine ours where they need it; an empty word counts for none.
type toldField struct {
	name    string
	columns []string
	read    func(packetRow) []string
	ours    []string
	mine    func(field string, v any) string
	each    func(field, v string) []string // of one value of ours several words
	some    bool                           // we may have less: we keep one value, or those of some messages
}

// of is a field that both write alike.
func of(column string, ours ...string) toldField {
	return toldField{name: ours[0], columns: []string{column}, ours: ours}
}

func (f toldField) less() toldField { f.some = true; return f }

func (f toldField) as(read func(string) string) toldField {
	columns := f.columns
	f.read = func(p packetRow) []string {
		var out []string
		for _, c := range columns {
			for _, v := range p[c] {
				out = append(out, read(v))
			}
		}
		return out
	}
	return f
}

func (f toldField) by(mine func(string) string) toldField {
	f.mine = func(_ string, v any) string { return mine(plainText(v)) }
	return f
}

// words turns numbers of tshark's into words of ours.
func words(m map[string]string) func(string) string {
	return func(v string) string { return m[v] }
}

func onlyOf(list ...string) func(string) string {
	return func(v string) string {
		if slices.Contains(list, v) {
			return v
		}
		return ""
	}
}

func plainText(v any) string {
	if n, ok := v.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// tidy takes white space at the ends and doubled for nothing: tshark shows line ends
// in several ways.
func tidy(s string) string {
	s = strings.NewReplacer(`\r`, " ", `\n`, " ", `\t`, " ", `\000`, "", "\x00", "", `\"`, `"`).Replace(s)
	return strings.Join(strings.Fields(s), " ")
}

// text of the two sides is compared after tidy.
func texts(column string, ours ...string) toldField { return of(column, ours...).as(tidy).by(tidy) }

var (
	tlsVersions = map[string]string{"0x0300": "SSLv3", "0x0301": "TLSv10", "0x0302": "TLSv11", "0x0303": "TLSv12", "0x0304": "TLSv13", "0xfeff": "DTLSv10", "0xfefd": "DTLSv12"}
	smbDialects = map[string]string{"0x0202": "2.0.2", "0x0210": "2.1", "0x0300": "3.0", "0x0302": "3.0.2", "0x0311": "3.1.1"}
	ldapOps     = map[string]string{"0": "bind", "2": "unbind", "3": "search", "6": "modify", "8": "add", "10": "delete", "12": "moddn", "14": "compare", "16": "abandon", "23": "extended"}
	ldapResults = map[string]string{"0": "success", "32": "no such object", "49": "invalid credentials", "50": "insufficient access rights"}
	rdpSecurity = map[string]string{"0x00000001": "SSL", "0x00000002": "HYBRID", "0x00000008": "HYBRID_EX"}
	facilities  = []string{"KERN", "USER", "MAIL", "DAEMON", "AUTH", "SYSLOG", "LPR", "NEWS", "UUCP", "CRON", "AUTHPRIV", "FTP", "NTP", "AUDIT", "ALERT", "CLOCK", "LOCAL0", "LOCAL1", "LOCAL2", "LOCAL3", "LOCAL4", "LOCAL5", "LOCAL6", "LOCAL7"}
	ftpLogged   = []string{"APPE", "DELE", "RETR", "STOR", "STOU", "ACCT", "PORT", "PASV", "EPRT", "EPSV"} // those of Zeek's log
	severities  = []string{"EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"}
)

func nth(list []string) func(string) string {
	return func(v string) string {
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(list) {
			return list[n]
		}
		return ""
	}
}

// zipped gives the values that stand beside a name, where both lists are as long.
// The commands of mail without an argument are left out.
func zipped(names, values string, want ...string) func(packetRow) []string {
	return func(p packetRow) []string {
		var out []string
		list := slices.DeleteFunc(slices.Clone(p[names]), func(n string) bool { return n == "DATA" || n == "QUIT" || n == "RSET" || n == "NOOP" })
		if len(list) == len(p[values]) {
			for i, n := range list {
				if slices.Contains(want, strings.ToUpper(n)) {
					out = append(out, p[values][i])
				}
			}
		}
		return out
	}
}

// mailbox is the address in the argument of MAIL and RCPT, which some write without
// the brackets.
var mailbox = regexp.MustCompile(`^(?i:FROM|TO):\s*(?:<([^>]*)>|([^<\s]+))`)

func mails(command string) func(packetRow) []string {
	all := zipped("smtp.req.command", "smtp.req.parameter", command)
	return func(p packetRow) []string {
		var out []string
		for _, v := range all(p) {
			if m := mailbox.FindStringSubmatch(v); m != nil {
				out = append(out, m[1]+m[2])
			}
		}
		return out
	}
}

// system gives the value of one object of the system group (RFC 3418 2). tshark
// lists names and texts apart, so that only messages of this group fit together.
func system(object string) func(packetRow) []string {
	return func(p packetRow) []string {
		const group = "1.3.6.1.2.1.1."
		var at []string
		for _, name := range p["snmp.name"] {
			if !strings.HasPrefix(name, group) || strings.Count(name, ".") != 8 {
				return nil
			}
			if n := strings.TrimSuffix(strings.TrimPrefix(name, group), ".0"); n == "1" || n == "4" || n == "5" || n == "6" {
				at = append(at, n)
			}
		}
		if len(at) != len(p["snmp.value.octets"]) {
			return nil
		}
		for i, n := range at {
			if b, err := hex.DecodeString(strings.ReplaceAll(p["snmp.value.octets"][i], ":", "")); err == nil && n == object {
				return []string{tidy(string(b))}
			}
		}
		return nil
	}
}

// chosen keeps the frames that hold a server's hello and none of a client.
func chosen(kind string) func(packetRow) bool {
	return func(p packetRow) bool { return slices.Contains(p[kind], "2") && !slices.Contains(p[kind], "1") }
}

// goCiphers are the names of cipher suites that Go knows: tshark gives numbers.
func goCiphers() map[string]string {
	m := map[string]string{}
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		m[fmt.Sprintf("0x%04x", c.ID)] = c.Name
	}
	return m
}

// tlsFields are those of TLS, under tls or dtls.
func tlsFields(p string) []toldField {
	suites := goCiphers()
	hello := chosen(p + ".handshake.type")
	when := func(read func(packetRow) []string) func(packetRow) []string {
		return func(p packetRow) []string {
			if !hello(p) {
				return nil
			}
			return read(p)
		}
	}
	known := make([]string, 0, len(suites))
	for _, n := range suites {
		known = append(known, n)
	}
	version := toldField{name: "version", columns: []string{p + ".handshake.type", p + ".handshake.version", p + ".handshake.extensions.supported_version"}, ours: []string{"version"}}
	version.read = when(func(r packetRow) []string {
		if v := r[p+".handshake.extensions.supported_version"]; len(v) > 0 {
			return []string{tlsVersions[v[0]]}
		}
		return []string{tlsVersions[r.one(p+".handshake.version")]}
	})
	version = version.by(func(v string) string {
		for _, n := range tlsVersions {
			if n == v {
				return v
			}
		}
		return ""
	})
	cipher := toldField{name: "cipher", columns: []string{p + ".handshake.ciphersuite"}, ours: []string{"cipher"}}
	cipher.read = when(func(r packetRow) []string {
		return []string{suites[strings.ToLower(r.one(p+".handshake.ciphersuite"))]}
	})
	cipher = cipher.by(onlyOf(known...))
	return []toldField{
		version.less(), cipher.less(),
		of(p+".handshake.extensions_server_name", "server_name").less(),
		of(p+".handshake.extensions_alpn_str", "alpn", "next_protocol").less(),
		of(p+".handshake.ja3", "ja3").less(),
		of(p+".handshake.ja3s", "ja3s").less(),
	}
}

// toldTable lists the protocols that are compared by sets.
func toldTable() []*told {
	ntlmVersion := toldField{name: "version", columns: []string{"ntlmssp.version.major", "ntlmssp.version.minor", "ntlmssp.version.build_number"},
		ours: []string{"server_version", "client_version"}, read: func(p packetRow) []string {
			if len(p["ntlmssp.version.major"]) != 1 || len(p["ntlmssp.version.build_number"]) != 1 || p.one("ntlmssp.version.major") == "0" {
				return nil
			}
			return []string{p.one("ntlmssp.version.major") + "." + p.one("ntlmssp.version.minor") + "." + p.one("ntlmssp.version.build_number")}
		}}
	browserVersion := toldField{name: "os_version", columns: []string{"browser.os_major", "browser.os_minor"}, ours: []string{"os_version"}, read: func(p packetRow) []string {
		if p.one("browser.os_major") == "" {
			return nil
		}
		return []string{p.one("browser.os_major") + "." + p.one("browser.os_minor")}
	}}
	mac := func(p packetRow) string { return p.one("eth.src") }
	return []*told{
		{name: "http", layers: []string{"http"}, log: "http", fields: []toldField{
			of("http.request.method", "method"), of("http.response.code", "status_code", "info_code").by(nonZero), of("http.host", "host"),
			texts("http.user_agent", "user_agent"), texts("http.server", "server"), of("http.request.uri", "uri"),
		}},
		{name: "tls", layers: []string{"tls", "quic"}, log: "ssl", fields: tlsFields("tls")},
		{name: "dtls", layers: []string{"dtls"}, log: "dtls", fields: tlsFields("dtls")},
		{name: "ssh", layers: []string{"ssh"}, log: "ssh", fields: []toldField{
			texts("ssh.protocol", "client", "server"), of("ssh.kex.hassh", "hassh"), of("ssh.kex.hasshserver", "hassh_server"),
		}},
		{name: "rdp", layers: []string{"rdp", "t124"}, log: "rdp", fields: []toldField{
			of("rdp.rt_cookie", "cookie").as(func(v string) string { _, c, _ := strings.Cut(v, "mstshash="); return tidy(c) }).by(tidy).less(),
			of("rdp.client.name", "client_name"), of("rdp.desktop.width", "desktop_width").by(nonZero), of("rdp.desktop.height", "desktop_height").by(nonZero),
			of("rdp.client.build", "client_build").by(clientBuild).less(),
			of("rdp.negReq.selectedProtocol", "security_protocol").as(words(rdpSecurity)).by(onlyOf("SSL", "HYBRID", "HYBRID_EX")),
		}},
		{name: "rfb", layers: []string{"vnc"}, log: "rfb", fields: []toldField{
			of("vnc.server_proto_ver", "server_major_version").as(func(v string) string { a, _, _ := strings.Cut(v, "."); return a }),
			of("vnc.server_proto_ver", "server_minor_version").as(func(v string) string { _, b, _ := strings.Cut(v, "."); return b }),
			texts("vnc.desktop_name", "desktop_name"), of("vnc.width", "width").less(), of("vnc.height", "height").less(),
		}},
		{name: "ftp", layers: []string{"ftp"}, log: "ftp", fields: []toldField{
			of("ftp.request.command", "command").as(func(v string) string { return onlyOf(ftpLogged...)(strings.ToUpper(v)) }),
		}},
		{name: "ftp_session", layers: []string{"ftp"}, log: "ftp_session", fields: []toldField{
			{name: "users", columns: []string{"ftp.request.command", "ftp.request.arg"}, ours: []string{"users"}, read: zipped("ftp.request.command", "ftp.request.arg", "USER")},
		}},
		{name: "smtp", layers: []string{"smtp"}, log: "smtp", fields: []toldField{
			{name: "helo", columns: []string{"smtp.req.command", "smtp.req.parameter"}, ours: []string{"helo"}, read: zipped("smtp.req.command", "smtp.req.parameter", "HELO", "EHLO"), some: true},
			{name: "mailfrom", columns: []string{"smtp.req.command"}, ours: []string{"mailfrom"}, read: mails("MAIL")},
			{name: "rcptto", columns: []string{"smtp.req.command"}, ours: []string{"rcptto"}, read: mails("RCPT")},
			of("smtp.response.code", "last_reply").by(func(v string) string { return v[:min(3, len(v))] }).less(),
		}},
		{name: "snmp", layers: []string{"snmp"}, log: "snmp", fields: []toldField{
			of("snmp.version", "version").as(words(map[string]string{"0": "1", "1": "2c"})).by(onlyOf("1", "2c")),
			of("snmp.community", "community").as(onlyOf("public", "private")).by(onlyOf("public", "private")),
			of("snmp.msgUserName", "user"),
			{name: "display_string", columns: []string{"snmp.name", "snmp.value.octets"}, ours: []string{"display_string"}, read: system("1"), mine: tidied},
			{name: "sys_contact", columns: []string{"snmp.name"}, ours: []string{"sys_contact"}, read: system("4"), mine: tidied},
			{name: "sys_name", columns: []string{"snmp.name"}, ours: []string{"sys_name"}, read: system("5"), mine: tidied},
			{name: "sys_location", columns: []string{"snmp.name"}, ours: []string{"sys_location"}, read: system("6"), mine: tidied},
		}},
		{name: "ntp", layers: []string{"ntp"}, log: "ntp", only: func(p packetRow) bool { m := p.one("ntp.flags.mode"); return m >= "1" && m <= "5" }, fields: []toldField{
			of("ntp.flags.vn", "version"), of("ntp.flags.mode", "mode"), of("ntp.stratum", "stratum"),
		}},
		{name: "syslog", layers: []string{"syslog"}, log: "syslog", fields: []toldField{
			of("syslog.facility", "facility").as(nth(facilities)), of("syslog.level", "severity").as(nth(severities)),
			of("syslog.hostname", "host"),
			{name: "app", columns: []string{"syslog.version", "syslog.appname"}, ours: []string{"app"}, read: func(p packetRow) []string {
				if p["syslog.version"] == nil {
					return nil
				}
				return p["syslog.appname"]
			}},
		}},
		{name: "ldap", layers: []string{"ldap", "cldap"}, log: "ldap", fields: []toldField{
			of("ldap.protocolOp", "opcode").as(words(ldapOps)).by(func(v string) string { op, _, _ := strings.Cut(v, " "); return op }),
			of("ldap.resultCode", "result").as(words(ldapResults)).by(onlyOf(slices.Collect(maps.Values(ldapResults))...)),
		}},
		{name: "smb", layers: []string{"smb", "smb2"}, log: "smb", fields: []toldField{
			of("smb2.dialect", "dialects", "dialect").as(words(smbDialects)).by(func(v string) string {
				for _, d := range smbDialects {
					if d == v {
						return v
					}
				}
				return ""
			}),
			{name: "server_guid", columns: []string{"smb2.server_guid", "smb.server_guid"}, ours: []string{"server_guid"}, read: serverGUID}, of("smb2.client_guid", "client_guid").as(func(v string) string {
				if strings.Trim(v, "0-") == "" {
					return ""
				}
				return v
			}),
			texts("smb.native_os", "native_os", "client_native_os"), texts("smb.native_lanman", "native_lan_manager", "client_native_lan_manager"),
		}},
		{name: "ntlm", layers: []string{"ntlmssp", "dcerpc"}, log: "ntlm", fields: []toldField{
			of("ntlmssp.auth.username", "username").as(notNull).less(), of("ntlmssp.auth.hostname", "hostname").as(notNull).less(), of("ntlmssp.auth.domain", "domainname").as(notNull).less(),
			of("ntlmssp.challenge.target_name", "server_target_name").as(notNull).less(),
			of("ntlmssp.challenge.target_info.nb_computer_name", "server_nb_computer_name").less(), of("ntlmssp.challenge.target_info.dns_computer_name", "server_dns_computer_name").less(),
			of("ntlmssp.challenge.target_info.nb_domain_name", "server_nb_domain_name").less(), of("ntlmssp.challenge.target_info.dns_domain_name", "server_dns_domain_name").less(),
			ntlmVersion.less(),
		}},
		{name: "kerberos", layers: []string{"kerberos", "kpasswd", "spnego-krb5", "dcerpc"}, log: "kerberos", fields: kerberosFields()},
		toldRPC(),
		{name: "browser", layers: []string{"browser"}, log: "browser", fields: []toldField{
			texts("browser.server", "name"), browserVersion, {name: "comment", columns: []string{"browser.comment", "browser.mb_server"}, ours: []string{"comment"}},
		}},
		{name: "lldp", layers: []string{"lldp"}, log: "lldp", key: mac, fields: []toldField{
			of("lldp.chassis.id.mac", "chassis_id").by(onlyMAC), texts("lldp.tlv.system.name", "system_name"), texts("lldp.tlv.system.desc", "system_description"),
			texts("lldp.port.desc", "port_description"), texts("lldp.media.model", "model"), texts("lldp.media.manufacturer", "manufacturer"),
			texts("lldp.media.sn", "serial"), texts("lldp.media.software", "software"),
		}},
		{name: "cdp", layers: []string{"cdp"}, log: "cdp", key: mac, fields: []toldField{
			texts("cdp.deviceid", "device_id"), texts("cdp.platform", "platform"), texts("cdp.portid", "port_id"), {name: "software", columns: []string{"cdp.software_version"}, ours: []string{"software"}, read: func(p packetRow) []string {
				return []string{tidy(strings.Join(p["cdp.software_version"], " "))} // a value for each line
			}, mine: tidied},
			of("cdp.native_vlan", "native_vlan"), texts("cdp.system_name", "system_name"),
		}},
		{name: "ssdp", layers: []string{"ssdp"}, log: "ssdp", fields: []toldField{
			of("http.request.method", "method").as(words(map[string]string{"M-SEARCH": "search", "NOTIFY": "notify"})).by(onlyOf("search", "notify")),
			texts("http.server", "server"), texts("http.user_agent", "user_agent"),
		}},
		{name: "dns_sd", layers: []string{"mdns"}, log: "dns_sd", only: func(p packetRow) bool { r := p.one("dns.flags.response"); return r == "1" || r == "True" }, fields: []toldField{
			of("dns.srv.port", "port").by(nonZero), of("dns.srv.target", "host").as(strings.ToLower).by(strings.ToLower),
		}},
		{name: "telnet", layers: []string{"telnet"}, log: "telnet", fields: []toldField{of("telnet.string_subopt.value", "terminal_type").less()}},
		{name: "tftp", layers: []string{"tftp"}, log: "tftp", fields: []toldField{
			of("tftp.opcode", "operation").as(words(map[string]string{"1": "read", "2": "write"})), of("tftp.type", "mode").as(strings.ToLower),
		}},
		{name: "tds", layers: []string{"tds"}, log: "tds", fields: []toldField{
			of("tds.7login.clientname", "client_host"), of("tds.7login.appname", "application"), of("tds.7login.libraryname", "library"),
			of("tds.7login.username", "user"), of("tds.7login.databasename", "database"),
		}},
		{name: "mysql", layers: []string{"mysql"}, log: "mysql", fields: []toldField{of("mysql.version", "server_version")}},
		{name: "postgresql", layers: []string{"pgsql"}, log: "postgresql", fields: []toldField{
			{name: "user", columns: []string{"pgsql.parameter_name", "pgsql.parameter_value"}, ours: []string{"user"}, read: zipped("pgsql.parameter_name", "pgsql.parameter_value", "USER")},
			{name: "server_version", columns: []string{"pgsql.parameter_name"}, ours: []string{"server_version"}, read: zipped("pgsql.parameter_name", "pgsql.parameter_value", "SERVER_VERSION")},
			{name: "application_name", columns: []string{"pgsql.parameter_name"}, ours: []string{"application_name"}, read: zipped("pgsql.parameter_name", "pgsql.parameter_value", "APPLICATION_NAME"), some: true},
		}},
	}
}

// serverGUID gives the GUIDs of servers. tshark writes that of SMB1 in the order of
// its bytes; MS-DTYP 2.3.4 has the first three parts in little-endian order.
func serverGUID(p packetRow) []string {
	out := slices.Clone(p["smb2.server_guid"])
	for _, v := range p["smb.server_guid"] {
		if b, err := hex.DecodeString(strings.ReplaceAll(v, "-", "")); err == nil && len(b) == 16 {
			slices.Reverse(b[:4])
			slices.Reverse(b[4:6])
			slices.Reverse(b[6:8])
			out = append(out, fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
		}
	}
	return slices.DeleteFunc(out, func(v string) bool { return strings.Trim(v, "0-") == "" })
}

// clientBuild leaves out the builds that are written as versions of RDP.
func clientBuild(v string) string {
	n, _ := strings.CutPrefix(v, "client_build-")
	if n == v {
		return ""
	}
	return n
}

func tidied(_ string, v any) string { return tidy(plainText(v)) }

func nonZero(v string) string {
	if v == "0" {
		return ""
	}
	return v
}

func notNull(v string) string {
	if v == "NULL" {
		return ""
	}
	return v
}

func onlyMAC(v string) string {
	if strings.Count(v, ":") == 5 {
		return v
	}
	return ""
}
