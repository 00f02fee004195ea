package syntax

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/event"
)

// LogSource is what a rule says that it is for; "" is what it does not say.
type LogSource struct {
	Category, Product, Service string
}

// LogSource reads the section logsource; false if a fault was filed.
func (d *Document) LogSource() (LogSource, bool) {
	n := Get(d.Root, "logsource")
	if n == nil || n.Kind != yaml.MappingNode {
		d.Fault(n, "logsource", "is missing or no map: expected product, category or service")
		return LogSource{}, false
	}
	return LogSource{Category: d.Text(n, "category"), Product: d.Text(n, "product"), Service: d.Text(n, "service")}, true
}

// String writes what is said, in words for people.
func (l LogSource) String() string {
	var out []string
	for _, p := range [...]struct{ key, value string }{{"product", l.Product}, {"category", l.Category}, {"service", l.Service}} {
		if p.value != "" {
			out = append(out, p.key+" "+p.value)
		}
	}
	return strings.Join(out, ", ")
}

// Place is where a rule applies: the logs, and the words of fields that it may use
// besides those of the logs.
type Place struct {
	Logs    []*event.Schema
	AnyLog  bool   // of the logs, those that have all fields
	Why     string // nothing here tells of it
	words   map[string]Word
	foreign bool // fields that nobody knows are those of hosts
}

// Word is a field's name in another taxonomy, or one that has no counterpart here.
type Word struct {
	Name string // "" if nothing here is the same
	Part Part
	Note string // how the two differ
}

// Resolve finds the logs of a log source. An error is a log source that cannot be meant.
func Resolve(l LogSource, logs []*event.Schema) (Place, error) {
	find := func(name string) []*event.Schema {
		for _, s := range logs {
			if s.Name == name {
				return []*event.Schema{s}
			}
		}
		return nil
	}
	category := func(log string, words map[string]Word) (Place, error) {
		p := Place{Logs: find(log), words: words, foreign: l.Product != "" && l.Product != "zeek"}
		if p.Logs == nil {
			p.Why = "log " + log + " is not written here"
		}
		return p, nil
	}
	switch {
	case l.Product == "zeek" && l.Service != "":
		if s := find(l.Service); s != nil {
			return Place{Logs: s, words: zeekWords[l.Service]}, nil
		}
		if slices.Contains(zeekOnly, l.Service) {
			return Place{Why: "Zeek's log " + l.Service + " has no counterpart here"}, nil
		}
		return Place{}, fmt.Errorf("service %q is none of the logs here (lazaret records lists them) and none of Zeek's", l.Service)
	case l.Category == "dns" && (l.Product == "" || l.Product == "zeek"), l.Category == "network" && l.Service == "dns":
		return category("dns", zeekWords["dns"])
	case l.Category == "dns_query" && l.Service == "":
		return category("dns", zeekWords["dns"])
	case (l.Category == "proxy" || l.Category == "webserver") && (l.Product == "" || l.Product == "zeek"):
		return category("http", zeekWords["http"])
	case l.Category == "network" && l.Service == "connection", l.Category == "firewall" && l.Service == "" && (l.Product == "" || l.Product == "zeek"),
		l.Category == "network_connection" && l.Service == "":
		return category("conn", zeekWords["conn"])
	case l.Product == "zeek" && l.Category == "":
		return Place{Logs: logs, AnyLog: true}, nil
	case l == LogSource{}:
		return Place{}, fmt.Errorf("says neither product nor category nor service")
	}
	return Place{Why: "nothing on the wire is what " + l.String() + " tells of"}, nil
}

// Status says whether a log has a field.
type Status uint8

// Whether a log has a field.
const (
	Known   Status = iota
	Missing        // somebody's log has it, ours has not
	Unknown        // nobody's log has it
)

// Field finds what a rule calls name in a log. The access is valid if the field is Known.
func (p *Place) Field(s *event.Schema, name string) (Word, event.Access, Status) {
	if a, ok := s.Access(name); ok {
		return Word{Name: name}, a, Known
	}
	for _, words := range [...]map[string]Word{p.words, zeekWords[s.Name], everyWord} {
		if w, ok := words[name]; ok {
			if a, ok := s.Access(w.Name); ok {
				return w, a, Known
			}
			return w, event.Access{}, Missing
		}
	}
	if p.foreign {
		return Word{}, event.Access{}, Missing
	}
	return Word{}, event.Access{}, Unknown
}

// Near is the field of a log whose name is most like one that is not there; "" if none
// is within two edits.
func Near(s *event.Schema, name string) string {
	best, least := "", 3
	for _, f := range s.Fields {
		if d := distance(Lower(f.Name), Lower(name), least); d < least {
			best, least = f.Name, d
		}
	}
	return best
}

// distance counts edits between two words, up to most.
func distance(a, b string, most int) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) > most || len(b)-len(a) > most {
		return most
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// everyWord names the ends of a conversation as rules for firewalls, proxies and the
// generic network category do (Taxonomy Appendix).
var everyWord = map[string]Word{
	"src_ip": {Name: "id.orig_h"}, "src_port": {Name: "id.orig_p"}, "dst_ip": {Name: "id.resp_h"}, "dst_port": {Name: "id.resp_p"},
	"source.ip": {Name: "id.orig_h"}, "source.port": {Name: "id.orig_p"},
	"destination.ip": {Name: "id.resp_h"}, "destination.port": {Name: "id.resp_p"},
	"SourceIp": {Name: "id.orig_h"}, "SourcePort": {Name: "id.orig_p"},
	"DestinationIp": {Name: "id.resp_h"}, "DestinationPort": {Name: "id.resp_p"},
}

// declared says how a media type of ours differs from Zeek's.
const declared = "the type that is declared stands for the type that Zeek finds in the content"

// zeekWords are, for each log, names of other taxonomies (W3C, ECS, Sysmon; Taxonomy
// Appendix) and the fields that Zeek's log has and ours has not.
var zeekWords = map[string]map[string]Word{
	"http": {
		"c-uri": {Name: "uri"}, "c-uri-stem": {Name: "uri", Part: Stem}, "cs-uri-stem": {Name: "uri", Part: Stem},
		"c-uri-extension": {Name: "uri", Part: Extension},
		"c-uri-query":     {Name: "uri", Note: "the whole target stands for its query, for rules look for paths there"},
		"cs-uri-query":    {Name: "uri", Note: "the whole target stands for its query, for rules look for paths there"},
		"c-useragent":     {Name: "user_agent"}, "cs-user-agent": {Name: "user_agent"}, "c-user-agent": {Name: "user_agent"},
		"cs-host": {Name: "host"}, "r-dns": {Name: "host"}, "cs-method": {Name: "method"},
		"cs-referrer": {Name: "referrer"}, "cs-referer": {Name: "referrer"}, "cs-version": {Name: "version"},
		"cs-username": {Name: "username"}, "sc-status": {Name: "status_code"},
		"cs-bytes": {Name: "request_body_len", Note: "counts content alone"}, "sc-bytes": {Name: "response_body_len", Note: "counts content alone"},
		"c-ip": {Name: "id.orig_h"}, "s-ip": {Name: "id.resp_h"}, "s-port": {Name: "id.resp_p"},
		"resp_mime_types": {Name: "response_content_type", Note: declared}, "orig_mime_types": {Name: "request_content_type", Note: declared},
		"cs-cookie": {}, "cookie": {}, "time-taken": {}, "c-win32-status": {}, "s-sitename": {}, "s-computername": {}, "date": {}, "time": {},
		"password": {}, "tags": {}, "orig_fuids": {}, "resp_fuids": {}, "orig_filenames": {}, "resp_filenames": {}, "cookie_vars": {}, "uri_vars": {},
	},
	"dns": {
		"record_type": {Name: "qtype_name"}, "answer": {Name: "answers"}, "question": {Name: "query"},
		"QueryName": {Name: "query"}, "QueryResults": {Name: "answers"},
		"dns.id": {Name: "trans_id"}, "dns.question.name": {Name: "query"}, "dns.question.type": {Name: "qtype_name"},
		"dns.question.class": {Name: "qclass_name"}, "dns.answers.data": {Name: "answers"}, "dns.answers.ttl": {Name: "TTLs"},
		"dns.response.code": {Name: "rcode_name"},
		"dns.answers.name":  {}, "dns.answers.type": {}, "dns.answers.class": {}, "dns.header.flags": {}, "network.community_id": {},
		"parent_domain": {}, "question_length": {}, "total_answers": {}, "total_replies": {}, "saw_query": {}, "saw_reply": {},
		"auth": {}, "addl": {}, "original_query": {}, "QueryStatus": {},
	},
	"conn": {
		"event.duration": {Name: "duration"}, "network.transport": {Name: "proto"}, "network.protocol": {Name: "service"},
		"source.packets": {Name: "orig_pkts"}, "destination.packets": {Name: "resp_pkts"},
		"source.bytes": {Name: "orig_bytes"}, "destination.bytes": {Name: "resp_bytes"},
		"network.community_id": {Name: "community_id"}, "network.state": {Name: "conn_state"}, "network.history": {Name: "history"},
		"Protocol": {Name: "proto"}, "network.type": {}, "username": {}, "action": {}, "blocked": {}, "tunnel_parents": {}, "inner_vlan": {},
	},
	"files":     {"local_orig": {}, "sha1": {}, "tx_hosts": {}, "rx_hosts": {}, "conn_uids": {}, "entropy": {}, "extracted_size": {}},
	"ftp":       {"fuid": {}, "mime_type": {}, "password": {}},
	"kerberos":  {"client_cert_fuid": {}, "server_cert_fuid": {}, "auth_ticket": {}, "new_ticket": {}},
	"smb_files": {"fuid": {}, "fid": {}, "data_offset_req": {}, "data_len_req": {}, "data_len_rsp": {}},
	"smb_cmd":   {"referenced_file.fuid": {}, "referenced_file.uid": {}, "referenced_file.id.orig_h": {}, "referenced_file.id.orig_p": {}, "referenced_file.id.resp_h": {}, "referenced_file.id.resp_p": {}},
	"smtp":      {"fuids": {}, "subject": {}, "mailfrom_domain": {}},
	"ssh":       {"direction": {}, "remote_location.country_code": {}, "remote_location.region": {}, "remote_location.city": {}},
	"ssl":       {"validation_status": {}, "ocsp_status": {}, "cert_chain_fuids": {}, "client_cert_chain_fuids": {}, "notary": {}, "session_id": {}},
	"syslog":    {"message": {}},
	"weird":     {"addl": {}, "notice": {}, "peer": {}, "source": {}},
	"x509":      {"id": {}, "san.other_fields": {}, "cert": {}},
}

// zeekOnly are logs of Zeek that nothing here stands for.
var zeekOnly = strings.Fields(`analyzer bacnet broker capture_loss cip cluster config dnp3 dpd enip intel irc known_certs known_hosts
	known_services loaded_scripts modbus modbus_register_change mqtt_connect mqtt_publish mqtt_subscribe netcontrol notice notice_alarm
	ocsp openflow packet_filter profinet radius reporter s7comm signatures sip socks software stats traceroute tunnel websocket`)

// Starless says whether a column, as log and field with a dot between, holds names of
// shares, in which Windows allows no * and no ? ([MS-FSCC] 2.1.6), so that an escaped one
// can only be meant as a wild card.
func Starless(column string) bool {
	switch column {
	case "smb_files.path", "smb_mapping.path", "smb_cmd.tree", "smb_cmd.referenced_file.path":
		return true
	}
	return false
}
