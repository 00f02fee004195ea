package conformance

import (
	"strings"

	"lazaret/internal/proto/mysql"
)

// zeekMySQL is what both say about commands to MySQL servers.
func zeekMySQL() *speech {
	return &speech{log: "mysql", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "cmd"},
		fields: fieldsOf(mysql.Schema, "cmd", "server_version", "auth_plugin"), same: sameMySQL}
}

// sameMySQL compares statements by their first word and refusals by their being
// there: the rest of their text may name patients and is not kept.
func sameMySQL(field string, a, b any) bool {
	switch field {
	case "arg":
		x, _ := a.(string)
		y, _ := b.(string)
		word, _, _ := strings.Cut(strings.TrimLeft(x, " \t\r\n("), " ")
		return x == y || y != "" && strings.EqualFold(strings.TrimRight(word, ";"), y)
	case "response":
		return (a == nil) == (b == nil)
	}
	return alike(a, b)
}

// Why Zeek's mysql log and ours differ.
const (
	zMySQLTLS  = "A session that goes into TLS has a record of its own, with the server's version"
	zMySQLAttr = "A statement behind query attributes is not looked for, so its first word is missing"
	zMySQLPort = "MySQL on PostgreSQL's port, found by its content"
	zMySQLOld  = "Servers of versions 3 to 5.0 (old handshakes), which Zeek gives up"
)

// zeekMySQLRows explains where Zeek's log of MySQL and ours differ.
var zeekMySQLRows = []row{
	{nil, "mysql", "extra", "cmd:ssl_request", 3, zMySQLTLS},
	{[]string{"*query-attr*", "*query-attributes*"}, "mysql", "arg", "", 3, zMySQLAttr},
	{[]string{"zeek__postgresql__mysql-on-port-5432.pcap"}, "mysql", "extra", "", 7, zMySQLPort},
	{[]string{"mercury__emix.pcap"}, "mysql", "extra,success,rows", "", 9, zMySQLOld},
}
