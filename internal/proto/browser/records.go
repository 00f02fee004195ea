package browser

import "lazaret/internal/event"

// Record is one datagram of the browser or the logon service.
type Record struct {
	IsOrig     bool        `log:"is_orig,always" doc:"True if the originator of the conversation sent it"`
	Source     string      `log:"source_name" doc:"NetBIOS name of the sender"`
	SourceType uint8       `log:"source_type,always" doc:"Last byte of that name: 0 workstation, 32 server"`
	Target     string      `log:"target_name" doc:"NetBIOS name that is addressed, often of a workgroup"`
	TargetType uint8       `log:"target_type,always" doc:"Last byte of that name: 0 group, 27 and 28 domain controllers, 29 master browser, 30 browsers"`
	Mailslot   string      `log:"mailslot" doc:"Name of the mailslot"`
	Kind       string      `log:"kind" doc:"What it is: host_announcement, local_master_announcement, domain_announcement, ..."`
	Name       string      `log:"name" doc:"Host or domain that is announced, or that asks"`
	Version    string      `log:"os_version" doc:"Version of the announced system as it says itself: major.minor"`
	Types      []string    `log:"server_types" doc:"What the announced host is and serves (MS-BRWS 2.2.1)"`
	Comment    string      `log:"comment" doc:"Comment of the announced host; of a domain, its master browser" class:"person"`
	Browser    string      `log:"browser_version" doc:"Version of the announced host's browser service"`
	Criteria   event.Count `log:"election_criteria" doc:"Claim of a host in an election (MS-BRWS 2.2.3)"`
	Uptime     event.Count `log:"uptime" doc:"Time since that host started, milliseconds"`
	Backups    []string    `log:"backups" doc:"Backup browsers that a master names"`
}

// Schema of the browser log.
var Schema = event.NewSchema[Record]("browser", "One NetBIOS announcement of a host or domain")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
