package services

import (
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/ldap"
)

const (
	wDirectory  = 0.85 // what a directory says of its own host
	wController = 0.9  // only a controller says so
	wLevel      = 0.8  // the functional level of a controller is that of its Windows
	wPing       = 0.7  // the name under which a client asks for its controller
)

// levels are the versions of Windows by domainControllerFunctionality (MS-ADTS
// 6.1.4.3). 7 is that of Windows Server 2016 and of all up to 2022.
var levels = map[uint64]string{0: "5.0", 2: "5.2", 3: "6.0", 4: "6.1", 5: "6.2", 6: "6.3", 7: "10.0", 10: "10.0"}

// readLDAP takes that a server let somebody in by a password in clear.
func readLDAP(op *ldap.Operation, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, op.Reversed)
	o.Heard = append(o.Heard, client)
	if op.Result == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	if op.Opcode == "bind simple" && op.Argument != "" && op.Object != "" && op.Result == "success" {
		o.Has(server, clues.ClearLDAP, client, "ldap.argument")
	}
}

// readSearch takes the name of a client that asks for its domain controller.
func readSearch(s *ldap.Search, r *event.Record, o *clues.Out) {
	client, _ := sides(r.Conn, s.Reversed)
	o.Heard = append(o.Heard, client)
	o.HostName(client, s.Client, "ldap_search.client_name", wPing)
	if s.Client != "" {
		o.Say(client, clues.Domain, s.Domain, "ldap_search.client_domain", wPing)
	}
}

// readDirectory takes what a directory says of itself.
func readDirectory(s *ldap.Server, r *event.Record, o *clues.Out) {
	_, server := sides(r.Conn, s.Reversed)
	o.Heard = append(o.Heard, server)
	o.HostName(server, s.HostName, "ldap_server.dns_host_name", wDirectory)
	o.HostName(server, s.NetBIOSName, "ldap_server.netbios_name", wDirectory)
	o.Say(server, clues.Domain, s.Domain, "ldap_server.domain", wDirectory)
	o.Say(server, clues.Domain, s.NetBIOSDom, "ldap_server.netbios_domain", wDirectory)
	o.Say(server, clues.Product, strings.TrimSpace(s.Vendor+" "+s.Version), "ldap_server.vendor_name", wGreeting)
	if !s.ActiveDir {
		return
	}
	o.Kind(server, clues.KindDomainController, "ldap_server.active_directory", wController)
	switch {
	case strings.Contains(s.Vendor, "Samba"):
		o.Runs(server, clues.Linux, "", "ldap_server.vendor_name", clues.SambaOnLinux)
	case s.ControlLevel.OK:
		o.Runs(server, clues.Windows, levels[s.ControlLevel.V], "ldap_server.domain_controller_functionality", wLevel)
	}
}
