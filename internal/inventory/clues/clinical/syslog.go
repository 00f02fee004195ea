package clinical

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/syslog"
)

const (
	wLogName   = 0.4  // a relay keeps the name of the origin
	wSourceID  = 0.25 // often an AE title or a product
	wAuditAE   = 0.6  // an audit message names who took part
	wAuditType = 0.4
)

// readSyslog takes the name in a message. A relay passes messages on as they are,
// so it is a hint about the sender.
func readSyslog(m *syslog.Record, r *event.Record, o *clues.Out) {
	sender, keeper := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, sender)
	o.Did(keeper, clues.TakesLogs, sender, "syslog.host")
	o.HostName(sender, m.Host, "syslog.host", wLogName)
	if m.Format == "cisco" {
		o.Runs(sender, clues.CiscoIOS, "", "syslog.format", wLogName)
	}
}

// readAudit takes who took part in what a DICOM audit message tells of: AE titles
// with the addresses that they stand beside (PS3.15 A.5.2.2). The audit source is
// the system that reports (A.5.2.3), for the most part the sender.
func readAudit(a *syslog.Audit, r *event.Record, o *clues.Out) {
	sender, _ := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, sender)
	for _, p := range a.Parties {
		if p.IP.IsZero() || !p.IP.IsUnicast() {
			continue
		}
		who := clues.Party{IP: p.IP}
		if p.IP == sender.IP {
			who = sender
		}
		for _, title := range p.AETitles {
			o.Say(who, clues.AETitle, title, "dicom_audit.ae_titles", wAuditAE)
		}
	}
	if !slices.Contains(a.AETitles, a.SourceID) {
		o.HostName(sender, a.SourceID, "dicom_audit.source_id", wSourceID)
	}
	for _, t := range a.SourceTypes {
		switch t {
		case "web_server":
			o.Kind(sender, clues.KindWebServer, "dicom_audit.source_types", wAuditType)
		case "database_server":
			o.Kind(sender, clues.KindDatabase, "dicom_audit.source_types", wAuditType)
		case "application_server":
			o.Kind(sender, clues.KindServer, "dicom_audit.source_types", wAuditType)
		}
	}
}
