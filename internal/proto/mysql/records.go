package mysql

import "lazaret/internal/event"

// Record is one command with its outcome.
type Record struct {
	Command       string      `log:"cmd,always" doc:"Command: login, query, init_db, quit ...; ssl_request if the session went into TLS"`
	Arg           string      `log:"arg,always" doc:"Account of a log-in, name of a database or table, first word of a query" class:"person"`
	Success       event.Bool  `log:"success" doc:"The server did it; absent if there was no answer"`
	Rows          event.Count `log:"rows" doc:"Rows that were changed"`
	Response      string      `log:"response" doc:"Number and SQLSTATE of the error"`
	ServerVersion string      `log:"server_version" doc:"Version of the server's greeting, with log-ins"`
	AuthPlugin    string      `log:"auth_plugin" doc:"How the client had to prove itself, with log-ins"`
}

// Schema of the mysql log.
var Schema = event.NewSchema[Record]("mysql", "One command to a MySQL or MariaDB server")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
