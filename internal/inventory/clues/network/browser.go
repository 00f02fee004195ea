package network

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/browser"
)

const (
	wBrowserName = 0.9 // a host's announcement of itself
	wNetBIOSName = 0.8 // the source name of a datagram
	wBrowserOS   = 0.7 // a version without build
)

// Types of NetBIOS names (MS-NBTE 2.2; RFC 1001 has no list).
const (
	nbWorkstation = 0x00
	nbServer      = 0x20
	nbMaster      = 0x1d
	nbBrowsers    = 0x1e
	nbControllers = 0x1c
)

// readBrowser takes what a host announces of itself. What a master says of a domain
// or of other browsers is about others; only the domain's name is its own.
func readBrowser(b *browser.Record, r *event.Record, o *clues.Out) {
	sender, other := clues.Parties(r.Conn)
	if !b.IsOrig {
		sender = other
	}
	o.Heard = append(o.Heard, sender)
	if b.SourceType == nbWorkstation || b.SourceType == nbServer {
		o.HostName(sender, b.Source, "browser.source_name", wNetBIOSName)
	}
	switch b.TargetType {
	case nbMaster, nbBrowsers, nbControllers:
		if b.Kind != "domain_announcement" {
			o.Say(sender, clues.Domain, b.Target, "browser.target_name", 0.7)
		}
	}
	switch b.Kind {
	case "domain_announcement":
		o.Say(sender, clues.Domain, b.Name, "browser.name", 0.7)
	case "host_announcement", "local_master_announcement":
		o.HostName(sender, b.Name, "browser.name", wBrowserName)
		if clues.Impersonal(b.Comment) {
			o.Say(sender, clues.Description, b.Comment, "browser.comment", 0.7)
		}
		announced(o, sender, b)
	}
}

// announced says what the types of a host stand for. Xenix is what Samba calls
// itself, with a version of Windows.
func announced(o *clues.Out, who clues.Party, b *browser.Record) {
	is := func(word string) bool { return slices.Contains(b.Types, word) }
	const source = "browser.server_types"
	switch {
	case is("xenix"):
		o.Runs(who, clues.Linux, "", source, clues.SambaOnLinux)
	case is("nt_workstation"), is("nt_server"), is("windows_95"), is("windows_for_workgroups"):
		o.Runs(who, clues.Windows, b.Version, "browser.os_version", wBrowserOS)
	}
	switch {
	case is("domain_controller"), is("backup_domain_controller"):
		o.Kind(who, clues.KindDomainController, source, 0.8)
	case is("xenix"):
		o.Kind(who, clues.KindFileServer, source, 0.4)
	case is("nt_server"):
		o.Kind(who, clues.KindServer, source, 0.6)
	case is("print_server"):
		o.Kind(who, clues.KindFileServer, source, 0.3) // it lends a printer, and is none
	case is("nt_workstation"), is("windows_95"):
		o.Kind(who, clues.KindPC, source, 0.3)
	}
	switch {
	case is("sql_server") && is("nt_server"):
		o.Kind(who, clues.KindDatabase, source, 0.6)
	case is("sql_server"):
		o.Kind(who, clues.KindDatabase, source, 0.3) // consoles and recorders keep their own data in one
	}
}
