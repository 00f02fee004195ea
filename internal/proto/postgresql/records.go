package postgresql

import "lazaret/internal/event"

// Record is the beginning of one session.
type Record struct {
	User           string     `log:"user" doc:"Account that asks to be let in" class:"person"`
	Database       string     `log:"database" doc:"Database asked for"`
	Application    string     `log:"application_name" doc:"What the client says that it is"`
	ClientEncoding string     `log:"client_encoding" doc:"Character set that the client asks for"`
	Protocol       uint32     `log:"minor_version,always" doc:"Minor version of the protocol 3 that the client speaks"`
	TLS            string     `log:"tls" doc:"granted or refused, if the client asked for encryption"`
	Auth           string     `log:"auth" doc:"How the server wants the client to prove itself: none, password (in clear), md5, scram, gss, sspi"`
	Success        event.Bool `log:"success" doc:"The client was let in; absent if that was not seen"`
	SQLState       string     `log:"sqlstate" doc:"Code of the error that ended the log-in (28P01 is a wrong password)"`
	ServerVersion  string     `log:"server_version" doc:"Version that the server tells"`
	ServerEncoding string     `log:"server_encoding" doc:"Character set of the database"`
	Cancel         bool       `log:"cancel" doc:"The connection only asks to cancel a query of another"`
}

// Schema of the postgresql log.
var Schema = event.NewSchema[Record]("postgresql", "Beginning of one session with a PostgreSQL server")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
