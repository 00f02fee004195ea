package tds

import "lazaret/internal/event"

// Record is the beginning of one session, or what a server told of one of its
// instances.
type Record struct {
	ServerVersion    string     `log:"server_version" doc:"Version of the server: major, minor and build"`
	ServerProgram    string     `log:"server_program" doc:"What the server calls itself when it lets a client in"`
	ServerName       string     `log:"server_name" doc:"Server that the client asked for, or its name as the server tells it"`
	Instance         string     `log:"instance" doc:"Instance of the server"`
	TCPPort          string     `log:"tcp_port" doc:"Port of the instance, as the server tells it"`
	Resolution       bool       `log:"resolution" doc:"Told by the resolution service (MC-SQLR), not in a session"`
	ServerEncryption string     `log:"server_encryption" doc:"What the server wants to encrypt: login, all, none (it cannot), required"`
	ClientEncryption string     `log:"client_encryption" doc:"What the client wants to encrypt"`
	ClientVersion    string     `log:"client_version" doc:"Version of the client's library"`
	TDSVersion       string     `log:"tds_version" doc:"Version of the protocol in the log-in"`
	ClientHost       string     `log:"client_host" doc:"Name of the client's machine, in a log-in in clear"`
	Application      string     `log:"application" doc:"Program of the client, in a log-in in clear"`
	Library          string     `log:"library" doc:"Library of the client, in a log-in in clear"`
	Database         string     `log:"database" doc:"Database asked for, in a log-in in clear"`
	User             string     `log:"user" doc:"Account, in a log-in in clear" class:"person"`
	Clear            bool       `log:"clear" doc:"The log-in went in clear, its password only obscured"`
	Success          event.Bool `log:"success" doc:"The client was let in; absent if that was not seen"`
	Error            uint32     `log:"error" doc:"Number of the first error in the answer to the log-in (18456: log-in failed)"`
}

// Schema of the tds log.
var Schema = event.NewSchema[Record]("tds", "Beginning of one session with SQL Server, or an instance it told of")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
