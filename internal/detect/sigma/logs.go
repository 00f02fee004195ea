package sigma

import (
	"fmt"
	"slices"
	"strings"

	"lazaret/internal/event"
)

// logsource is what a rule says that it is for.
type logsource struct {
	category, product, service string
}

func (l logsource) String() string {
	var out []string
	for _, p := range [...]struct{ key, value string }{{"product", l.product}, {"category", l.category}, {"service", l.service}} {
		if p.value != "" {
			out = append(out, p.key+" "+p.value)
		}
	}
	return strings.Join(out, ", ")
}

// place is where a rule applies: the logs, and the words of fields that it may use
// besides those of the logs.
type place struct {
	logs    []*event.Schema
	words   map[string]word
	anyLog  bool   // of the logs, those that have all fields
	foreign bool   // fields that nobody knows are those of hosts
	why     string // nothing here tells of it
}

// word is a field's name in another taxonomy, or one that has no counterpart here.
type word struct {
	name string // "" if nothing here is the same
	part part
	note string // how the two differ
}

// resolve finds the logs of a log source. An error is a log source that cannot be meant.
func resolve(l logsource, logs []*event.Schema) (place, error) {
	find := func(name string) []*event.Schema {
		for _, s := range logs {
			if s.Name == name {
				return []*event.Schema{s}
			}
		}
		return nil
	}
	category := func(log string, words map[string]word) (place, error) {
		p := place{logs: find(log), words: words, foreign: l.product != "" && l.product != "zeek"}
		if p.logs == nil {
			p.why = "log " + log + " is not written here"
		}
		return p, nil
	}
	switch {
	case l.product == "zeek" && l.service != "":
		if s := find(l.service); s != nil {
			return place{logs: s, words: zeekWords[l.service]}, nil
		}
		if slices.Contains(zeekOnly, l.service) {
			return place{why: "Zeek's log " + l.service + " has no counterpart here"}, nil
		}
		return place{}, fmt.Errorf("service %q is none of the logs here (lazaret records lists them) and none of Zeek's", l.service)
	case l.category == "dns" && (l.product == "" || l.product == "zeek"), l.category == "network" && l.service == "dns":
		return category("dns", zeekWords["dns"])
	case l.category == "dns_query" && l.service == "":
		return category("dns", zeekWords["dns"])
	case (l.category == "proxy" || l.category == "webserver") && (l.product == "" || l.product == "zeek"):
		return category("http", zeekWords["http"])
	case l.category == "network" && l.service == "connection", l.category == "firewall" && l.service == "" && (l.product == "" || l.product == "zeek"),
		l.category == "network_connection" && l.service == "":
		return category("conn", zeekWords["conn"])
	case l.product == "zeek" && l.category == "":
		return place{logs: logs, anyLog: true}, nil
	case l == logsource{}:
		return place{}, fmt.Errorf("says neither product nor category nor service")
	}
	return place{why: "nothing on the wire is what " + l.String() + " tells of"}, nil
}

// status of a field in a log.
type status uint8

const (
	known   status = iota
	missing        // somebody's log has it, ours has not
	unknown
)

// field finds what a rule calls name in a log.
func (p *place) field(s *event.Schema, name string) (word, event.Access, status) {
	if a, ok := s.Access(name); ok {
		return word{name: name}, a, known
	}
	for _, words := range [...]map[string]word{p.words, zeekWords[s.Name], everyWord} {
		if w, ok := words[name]; ok {
			if a, ok := s.Access(w.name); ok {
				return w, a, known
			}
			return w, event.Access{}, missing
		}
	}
	if p.foreign {
		return word{}, event.Access{}, missing
	}
	return word{}, event.Access{}, unknown
}

// near is the field of a log whose name is most like one that is not there.
func near(s *event.Schema, name string) string {
	best, least := "", 3
	for _, f := range s.Fields {
		if d := distance(lower(f.Name), lower(name), least); d < least {
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
var everyWord = map[string]word{
	"src_ip": {name: "id.orig_h"}, "src_port": {name: "id.orig_p"}, "dst_ip": {name: "id.resp_h"}, "dst_port": {name: "id.resp_p"},
	"source.ip": {name: "id.orig_h"}, "source.port": {name: "id.orig_p"},
	"destination.ip": {name: "id.resp_h"}, "destination.port": {name: "id.resp_p"},
	"SourceIp": {name: "id.orig_h"}, "SourcePort": {name: "id.orig_p"},
	"DestinationIp": {name: "id.resp_h"}, "DestinationPort": {name: "id.resp_p"},
}

// declared says how a media type of ours differs from Zeek's.
const declared = "the type that is declared stands for the type that Zeek finds in the content"

// zeekWords are, for each log, names of other taxonomies (W3C, ECS, Sysmon; Taxonomy
// Appendix) and the fields that Zeek's log has and ours has not.
var zeekWords = map[string]map[string]word{
	"http": {
		"c-uri": {name: "uri"}, "c-uri-stem": {name: "uri", part: stem}, "cs-uri-stem": {name: "uri", part: stem},
		"c-uri-extension": {name: "uri", part: extension},
		"c-uri-query":     {name: "uri", note: "the whole target stands for its query, for rules look for paths there"},
		"cs-uri-query":    {name: "uri", note: "the whole target stands for its query, for rules look for paths there"},
		"c-useragent":     {name: "user_agent"}, "cs-user-agent": {name: "user_agent"}, "c-user-agent": {name: "user_agent"},
		"cs-host": {name: "host"}, "r-dns": {name: "host"}, "cs-method": {name: "method"},
		"cs-referrer": {name: "referrer"}, "cs-referer": {name: "referrer"}, "cs-version": {name: "version"},
		"cs-username": {name: "username"}, "sc-status": {name: "status_code"},
		"cs-bytes": {name: "request_body_len", note: "counts content alone"}, "sc-bytes": {name: "response_body_len", note: "counts content alone"},
		"c-ip": {name: "id.orig_h"}, "s-ip": {name: "id.resp_h"}, "s-port": {name: "id.resp_p"},
		"resp_mime_types": {name: "response_content_type", note: declared}, "orig_mime_types": {name: "request_content_type", note: declared},
		"cs-cookie": {}, "cookie": {}, "time-taken": {}, "c-win32-status": {}, "s-sitename": {}, "s-computername": {}, "date": {}, "time": {},
		"password": {}, "tags": {}, "orig_fuids": {}, "resp_fuids": {}, "orig_filenames": {}, "resp_filenames": {}, "cookie_vars": {}, "uri_vars": {},
	},
	"dns": {
		"record_type": {name: "qtype_name"}, "answer": {name: "answers"}, "question": {name: "query"},
		"QueryName": {name: "query"}, "QueryResults": {name: "answers"},
		"dns.id": {name: "trans_id"}, "dns.question.name": {name: "query"}, "dns.question.type": {name: "qtype_name"},
		"dns.question.class": {name: "qclass_name"}, "dns.answers.data": {name: "answers"}, "dns.answers.ttl": {name: "TTLs"},
		"dns.response.code": {name: "rcode_name"},
		"dns.answers.name":  {}, "dns.answers.type": {}, "dns.answers.class": {}, "dns.header.flags": {}, "network.community_id": {},
		"parent_domain": {}, "question_length": {}, "total_answers": {}, "total_replies": {}, "saw_query": {}, "saw_reply": {},
		"auth": {}, "addl": {}, "original_query": {}, "QueryStatus": {},
	},
	"conn": {
		"event.duration": {name: "duration"}, "network.transport": {name: "proto"}, "network.protocol": {name: "service"},
		"source.packets": {name: "orig_pkts"}, "destination.packets": {name: "resp_pkts"},
		"source.bytes": {name: "orig_bytes"}, "destination.bytes": {name: "resp_bytes"},
		"network.community_id": {name: "community_id"}, "network.state": {name: "conn_state"}, "network.history": {name: "history"},
		"Protocol": {name: "proto"}, "network.type": {}, "username": {}, "action": {}, "blocked": {}, "tunnel_parents": {}, "inner_vlan": {},
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

// starless are columns that hold names of shares, in which Windows allows no * and no ?
// ([MS-FSCC] 2.1.6), so that an escaped one can only be meant as a wild card.
var starless = map[string]bool{"smb_files.path": true, "smb_mapping.path": true, "smb_cmd.tree": true, "smb_cmd.referenced_file.path": true}
