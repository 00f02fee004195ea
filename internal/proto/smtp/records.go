package smtp

import (
	"lazaret/internal/event"
	"lazaret/internal/netid"
)

// Message is one message, in the words of Zeek's smtp log, or a conversation that
// brought none.
type Message struct {
	Depth    int        `log:"trans_depth,always" doc:"Number of the message in the conversation, from 1"`
	Helo     string     `log:"helo" doc:"Name the client gave itself"`
	MailFrom string     `log:"mailfrom" doc:"Sender of the envelope" class:"person"`
	RcptTo   []string   `log:"rcptto" doc:"Recipients of the envelope" class:"person"`
	Date     string     `log:"date" doc:"Date field"`
	From     string     `log:"from" doc:"From field" class:"person"`
	To       []string   `log:"to" doc:"To field" class:"person"`
	CC       []string   `log:"cc" doc:"Cc field" class:"person"`
	ReplyTo  string     `log:"reply_to" doc:"Reply-To field" class:"person"`
	MsgID    string     `log:"msg_id" doc:"Message-ID field" class:"person"`
	InReply  string     `log:"in_reply_to" doc:"In-Reply-To field" class:"person"`
	Subject  string     `log:"subject_mark" doc:"Keyed mark of the Subject field, which is never kept itself; equal for equal subjects" class:"pseudo"`
	OrigIP   netid.IP   `log:"x_originating_ip" doc:"X-Originating-IP field"`
	First    string     `log:"first_received" doc:"The last Received field" class:"person"`
	Second   string     `log:"second_received" doc:"The Received field before it" class:"person"`
	Last     string     `log:"last_reply" doc:"Last reply of the server" class:"person"`
	Path     []netid.IP `log:"path" doc:"Hosts the message came through, backwards from the server"`
	Agent    string     `log:"user_agent" doc:"Program that wrote the message (User-Agent, X-Mailer)"`
	TLS      bool       `log:"tls,always" doc:"The conversation went on in TLS"`
	Webmail  bool       `log:"is_webmail" doc:"The message was written in a browser, by its program or by X-Originating-IP"`
	Banner   string     `log:"banner" doc:"Greeting of the server"`
	Server   string     `log:"server_name" doc:"Name the server gave itself in its answer to EHLO"`
	StartTLS bool       `log:"offers_starttls" doc:"The server offers STARTTLS"`
	AuthAll  []string   `log:"auth_offered" doc:"Mechanisms of authentication that the server offers"`
	Auth     string     `log:"auth" doc:"Mechanism of authentication used, in clear"`
	AuthDone string     `log:"auth_result" doc:"granted or refused"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// Schema declares the log smtp.
var Schema = event.NewSchema[Message]("smtp", "SMTP: one record for each message")

// Schema implements event.Payload.
func (*Message) Schema() *event.Schema { return Schema }
