package ftp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Record is one command with its answer, in the words of Zeek's ftp log. Commands
// that neither move files nor open data conversations have none.
type Record struct {
	User     string      `log:"user,always" doc:"User name of the login in force; <unknown> if none was seen" class:"person"`
	Password string      `log:"password" doc:"<hidden> if one was sent; never the password"`
	Command  string      `log:"command" doc:"Command"`
	Arg      string      `log:"arg" doc:"Argument; of a file its URL, in which names that are not generic are keyed marks" class:"pseudo"`
	FileSize event.Count `log:"file_size" doc:"Size of the file, bytes, as the server told it"`
	Code     event.Count `log:"reply_code" doc:"Code of the last reply"`
	Reply    string      `log:"reply_msg" doc:"Text of the last reply; names of files are keyed marks, words that no server answers with are ~" class:"pseudo"`
	Passive  event.Bool  `log:"data_channel.passive" doc:"The client opens the data conversation"`
	DataOrig netid.IP    `log:"data_channel.orig_h" doc:"Who opens the data conversation"`
	DataResp netid.IP    `log:"data_channel.resp_h" doc:"Who waits for it"`
	DataPort event.Count `log:"data_channel.resp_p" doc:"On which port"`
}

// Schema declares the log ftp.
var Schema = event.NewSchema[Record]("ftp", "FTP: one record for each command that moves or deletes files or opens a data channel")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Session is one control conversation.
type Session struct {
	Banner    string   `log:"banner" doc:"The line of the greeting that names the server best"`
	System    string   `log:"system" doc:"Answer to SYST: the system the server says it is"`
	Users     []string `log:"users" doc:"User names tried, in order" class:"person"`
	Login     string   `log:"login" doc:"What became of the last login: granted, refused, or unanswered; empty if there was none"`
	Anonymous bool     `log:"anonymous" doc:"The login granted was one for everybody"`
	ClearPass bool     `log:"clear_password" doc:"A password was sent in clear and the server answered it"`
	Refused   int      `log:"refused" doc:"Logins refused"`
	Security  string   `log:"security" doc:"Mechanism asked for with AUTH"`
	Encrypted bool     `log:"encrypted" doc:"The server granted it: the rest of the conversation is encrypted"`
	Commands  int      `log:"commands" doc:"Commands seen in clear"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// SessionSchema declares the log ftp_session.
var SessionSchema = event.NewSchema[Session]("ftp_session", "FTP: one record for each control conversation: server and login")

// Schema implements event.Payload.
func (*Session) Schema() *event.Schema { return SessionSchema }
