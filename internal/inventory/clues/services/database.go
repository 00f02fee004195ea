package services

import (
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/mysql"
	"lazaret/internal/proto/postgresql"
	"lazaret/internal/proto/redis"
	"lazaret/internal/proto/tds"
	"lazaret/internal/proto/tns"
)

const (
	wDatabase     = 0.8 // who lets in or refuses as a database is one
	wDBProduct    = 0.8 // the version in a log-in's answer
	wDBSystem     = 0.7 // the system a server was built for, or runs on by its own words
	wDBPackage    = 0.8 // a distribution's package version
	wDBClientHost = 0.6 // the client's name for its own machine
)

// packaged reads the distribution behind a version, as packages of Debian and
// Ubuntu write it: "15.5 (Debian 15.5-0+deb12u1)", "10.11.6-MariaDB-0+deb12u1".
func packaged(o *clues.Out, who clues.Party, version, source string) {
	switch {
	case strings.Contains(version, "+deb"):
		release(o, who, "Debian", debianOf(version), source, wDBPackage)
	case strings.Contains(version, "buntu"):
		release(o, who, "Ubuntu", "", source, wDBPackage)
	}
}

// readPostgreSQL takes the server's version and how it lets clients in.
func readPostgreSQL(p *postgresql.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, client)
	if p.TLS == "" && p.Auth == "" && !p.Success.OK {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindDatabase, "postgresql.auth", wDatabase)
	if v, _, _ := strings.Cut(p.ServerVersion, " "); v != "" {
		o.Say(server, clues.Product, "PostgreSQL "+v, "postgresql.server_version", wDBProduct)
		packaged(o, server, p.ServerVersion, "postgresql.server_version")
	}
	if p.Auth == "password" {
		o.Has(server, clues.ClearDatabase, client, "postgresql.auth")
	}
	if p.Auth == "none" && p.Success.V {
		o.Has(server, clues.OpenDatabase, client, "postgresql.auth")
	}
}

// readMySQL takes the version of a server's greeting.
func readMySQL(m *mysql.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, client)
	if m.ServerVersion == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindDatabase, "mysql.server_version", wDatabase)
	// MariaDB puts a version that old clients expect before its own.
	version := strings.TrimPrefix(m.ServerVersion, "5.5.5-")
	if v, _, ok := strings.Cut(version, "-MariaDB"); ok {
		o.Say(server, clues.Product, "MariaDB "+v, "mysql.server_version", wDBProduct)
	} else {
		v, _, _ := strings.Cut(m.ServerVersion, "-")
		o.Say(server, clues.Product, "MySQL "+v, "mysql.server_version", wDBProduct)
	}
	packaged(o, server, version, "mysql.server_version")
	if m.AuthPlugin == "mysql_clear_password" && m.Command == "login" {
		o.Has(server, clues.ClearDatabase, client, "mysql.auth_plugin")
	}
}

// readRedis takes what a server tells in INFO and whether it wants a log-in.
func readRedis(d *redis.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if d.Count > 0 {
		o.Heard = append(o.Heard, client)
	}
	if !d.Open && !d.Locked && !d.Success.OK && d.ServerVersion == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindDatabase, "redis.commands", wDatabase)
	if d.ServerVersion != "" {
		o.Say(server, clues.Product, "Redis "+d.ServerVersion, "redis.server_version", wDBProduct)
	}
	if strings.HasPrefix(d.OS, "Linux ") {
		o.Runs(server, clues.Linux, "", "redis.os", wDBSystem)
	}
	if d.Open {
		o.Has(server, clues.OpenDatabase, client, "redis.open")
	}
	if d.Success.OK {
		o.Has(server, clues.ClearDatabase, client, "redis.success")
	}
}

// firstOnLinux is the first version of SQL Server that runs on Linux as well.
const firstOnLinux = 14

// readTDS takes versions and names of both sides.
func readTDS(d *tds.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if d.Resolution {
		o.HostName(server, d.ServerName, "tds.server_name", wDBClientHost)
	} else {
		o.Heard = append(o.Heard, client)
		o.HostName(client, d.ClientHost, "tds.client_host", wDBClientHost)
	}
	if d.ServerVersion == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindDatabase, "tds.server_version", wDatabase)
	o.Say(server, clues.Product, "SQL Server "+d.ServerVersion, "tds.server_version", wDBProduct)
	major, _, _ := strings.Cut(d.ServerVersion, ".")
	if n, err := strconv.Atoi(major); err == nil && n >= 7 && n < firstOnLinux {
		o.Runs(server, clues.Windows, "", "tds.server_version", wDBSystem)
	}
	if d.Clear && d.Success.OK {
		o.Has(server, clues.ClearDatabase, client, "tds.clear")
	}
}

// readTNS takes versions and names of both sides.
func readTNS(d *tns.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if d.ClientVersion != 0 {
		o.Heard = append(o.Heard, client)
		o.HostName(client, d.ClientHost, "tns.client_host", wDBClientHost)
	}
	if d.Result == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindDatabase, "tns.result", wDatabase)
	if d.ServerVersion != "" {
		o.Say(server, clues.Product, "Oracle Database "+d.ServerVersion, "tns.server_version", wDBProduct)
	}
	switch {
	case strings.Contains(d.Banner, "Linux"):
		o.Runs(server, clues.Linux, "", "tns.banner", wDBSystem)
	case strings.Contains(d.Banner, "WIN_NT"):
		o.Runs(server, clues.Windows, "", "tns.banner", wDBSystem)
	case strings.Contains(d.Banner, "Solaris"):
		o.Runs(server, clues.Solaris, "", "tns.banner", wDBSystem)
	}
}
