package network

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/browser"
)

var browserStatements = []struct {
	name string
	body event.Payload
	port uint16
	want []string
	from []string
}{
	{"a host announces itself", &browser.Record{IsOrig: true, Source: "CR3", SourceType: 32, Target: "XRAY", TargetType: 29, Kind: "host_announcement", Name: "CR3",
		Version: "6.1", Types: []string{"workstation", "server", "sql_server", "nt_workstation"}, Comment: "reader room 2"}, 138,
		[]string{"client name: CR3", "client domain: XRAY", "client name: CR3", "client description: reader room 2", "client os: Windows|6.1", "client kind: pc", "client kind: database"}, []string{cluestest.ClientIP}},
	{"Samba announces itself", &browser.Record{IsOrig: true, Source: "NAS", SourceType: 0, Kind: "local_master_announcement", Name: "NAS", Version: "6.1",
		Types: []string{"server", "xenix", "nt_workstation", "nt_server"}}, 138,
		[]string{"client name: NAS", "client name: NAS", "client os: Linux", "client kind: file server"}, []string{cluestest.ClientIP}},
	{"a master announces a domain", &browser.Record{IsOrig: true, Source: "DC", SourceType: 0, Target: "\x01\x02__MSBROWSE__\x02", TargetType: 1, Kind: "domain_announcement",
		Name: "CLINIC", Version: "6.1", Types: []string{"domain_enum"}, Comment: "DC"}, 138,
		[]string{"client name: DC", "client domain: CLINIC"}, []string{cluestest.ClientIP}},
}

func TestBrowser(t *testing.T) {
	for _, c := range browserStatements {
		cluestest.Hold(t, Readers, c.name, c.body, c.port, c.want, c.from)
	}
}
