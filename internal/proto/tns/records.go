package tns

import "lazaret/internal/event"

// Record is the beginning of one session with an Oracle listener.
type Record struct {
	Service       string `log:"service_name" doc:"Service asked for"`
	SID           string `log:"sid" doc:"Instance asked for"`
	Command       string `log:"command" doc:"What is asked of the listener itself, such as status or version"`
	Program       string `log:"program" doc:"Program of the client"`
	ClientHost    string `log:"client_host" doc:"Machine of the client, as it says"`
	User          string `log:"user" doc:"Account at the client's machine" class:"person"`
	Result        string `log:"result" doc:"accepted, refused or redirected; absent if that was not seen"`
	Error         uint32 `log:"error" doc:"Number of the listener's error (12514: it knows no such service)"`
	ServerVersion string `log:"server_version" doc:"Version of the listener, told when it refuses"`
	Banner        string `log:"banner" doc:"What the server says of its machine and system"`
	Version       uint16 `log:"version" doc:"Version of the protocol that was agreed on"`
	ClientVersion uint16 `log:"client_version" doc:"Version of the protocol that the client speaks"`
}

// Schema of the tns log.
var Schema = event.NewSchema[Record]("tns", "Beginning of one session with an Oracle database")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
