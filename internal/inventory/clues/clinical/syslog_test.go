package clinical

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/syslog"
)

var syslogStatements = []struct {
	name string
	body event.Payload
	want []string
	from []string
}{
	{"a message of a switch", &syslog.Record{Format: "cisco", Host: "sw1"}, []string{"server activity: is sent logs", "client name: sw1", "client os: Cisco IOS"}, []string{cluestest.ClientIP}},
	{"a message with an address for a name", &syslog.Record{Format: "rfc3164", Host: "10.1.1.1"}, []string{"server activity: is sent logs"}, []string{cluestest.ClientIP}},
	{"an audit message", &syslog.Audit{SourceID: "archive1", SourceTypes: []string{"application_server"}, AETitles: []string{"CT1", "PACS"}, Users: []string{"otto"},
		Parties: []syslog.Participant{{Role: "source", AETitles: []string{"CT1"}, IP: cluestest.IP(cluestest.ServerIP)}, {AETitles: []string{"PACS"}, IP: cluestest.IP(cluestest.ClientIP)}, {AETitles: []string{"X"}, Machine: "m"}}},
		[]string{"server ae_title: CT1", "client ae_title: PACS", "client name: archive1", "client kind: server"}, []string{cluestest.ClientIP}},
}

func TestSyslog(t *testing.T) {
	for _, c := range syslogStatements {
		cluestest.Hold(t, Readers, c.name, c.body, 514, c.want, c.from)
	}
}
