package services

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/kerberos"
)

const (
	wMachine   = 0.85 // a centre granted a ticket to the machine's own account
	wAddress   = 0.7  // a name that the client puts among its addresses
	wTicket    = 0.75 // a service took a ticket for this name; a name may be an alias
	wRealm     = 0.7
	wOffers    = 0.6 // kinds of encryption that only one system offers
	oldWindows = "rc4-hmac-old-exp"
)

// hostServices are the classes of services whose second part is the name of a host
// (MS-KILE 3.1.5.11, and what Windows and Samba register).
var hostServices = map[string]bool{
	"cifs": true, "host": true, "ldap": true, "http": true, "dns": true, "termsrv": true, "rpcss": true, "wsman": true, "mssqlsvc": true, "gc": true,
	"restrictedkrbhost": true, "nfs": true, "ftp": true, "imap": true, "smtp": true, "postgres": true, "exchangeab": true, "exchangemdb": true,
}

// readKerberos takes the names of machines: that of an account that is a machine's
// own, that of a host whose service took a ticket. Names of users are not looked at.
func readKerberos(k *kerberos.Record, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, k.Reversed)
	o.Heard = append(o.Heard, client)
	if slices.Contains(k.ETypes, oldWindows) {
		o.Runs(client, clues.Windows, "", "kerberos.etypes", wOffers)
	}
	o.HostName(client, k.ClientHost, "kerberos.client_host", wAddress)
	if k.Success.OK {
		o.Heard = append(o.Heard, server)
		centre(k, server, o)
	}
	if k.Success.V && k.Machine != "" {
		o.HostName(client, k.Machine, "kerberos.client_machine", wMachine)
		o.Say(client, clues.Domain, domainName(k.Realm), "kerberos.realm", wRealm)
	}
	if k.Accepted.V && k.RequestType == "" {
		o.Heard = append(o.Heard, server)
		shown(k.Ticket, server, o)
	}
}

// centre takes what a distribution centre shows of itself by its answer: its realm,
// and that it is a domain controller if only those of Windows answer so.
func centre(k *kerberos.Record, server clues.Party, o *clues.Out) {
	if k.RequestType == "" {
		return // a service that refuses
	}
	o.Say(server, clues.Domain, domainName(k.Realm), "kerberos.realm", wRealm)
	if slices.Contains(k.KDCETypes, "rc4-hmac-old") || slices.Contains(k.ReplyPA, "supported-enctypes") {
		o.Kind(server, clues.KindDomainController, "kerberos.reply_padata", wOffers)
	}
}

// shown takes the name of a host and its domain out of a service's name and realm, as
// in cifs/files.clinic.example/CLINIC.EXAMPLE.
func shown(ticket string, server clues.Party, o *clues.Out) {
	parts := strings.Split(ticket, "/")
	if len(parts) < 3 || !hostServices[strings.ToLower(parts[0])] {
		return
	}
	host, _, _ := strings.Cut(parts[1], ":")
	o.HostName(server, host, "kerberos.ap_service", wTicket)
	o.Say(server, clues.Domain, domainName(parts[len(parts)-1]), "kerberos.ap_service", wRealm)
}

// domainName is the domain of a realm, which is its name in capitals; empty if the
// realm is none, as that of anonymous users.
func domainName(realm string) string {
	if !strings.Contains(realm, ".") || strings.Contains(realm, ":") {
		return ""
	}
	return strings.ToLower(realm)
}
