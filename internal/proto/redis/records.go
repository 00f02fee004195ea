package redis

import "lazaret/internal/event"

// Record is one conversation with a Redis server.
type Record struct {
	Commands      []string   `log:"commands" doc:"Names of the first commands, each once, without keys and values"`
	Count         int        `log:"command_count,always" doc:"Commands seen, at most 256"`
	Success       event.Bool `log:"success" doc:"The password was taken; absent if none was sent"`
	Locked        bool       `log:"locked" doc:"The server refused a command because nobody had logged in"`
	Open          bool       `log:"open" doc:"The server served a command without a log-in"`
	ServerVersion string     `log:"server_version" doc:"Version of the server (INFO, HELLO)"`
	OS            string     `log:"os" doc:"System and machine of the server (INFO)"`
	Mode          string     `log:"mode" doc:"standalone, sentinel or cluster (INFO)"`
	Role          string     `log:"role" doc:"master or slave (INFO)"`
}

// Schema of the redis log.
var Schema = event.NewSchema[Record]("redis", "One conversation with a Redis server")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
