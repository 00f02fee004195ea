package ntp

import "lazaret/internal/event"

// Record is one message that carries time.
type Record struct {
	Version   uint8       `log:"version,always" doc:"Version of the protocol"`
	Mode      uint8       `log:"mode,always" doc:"1 symmetric active, 2 symmetric passive, 3 client, 4 server, 5 broadcast"`
	Stratum   uint8       `log:"stratum,always" doc:"Steps from a reference clock; 0 is not told"`
	Poll      float64     `log:"poll,always" doc:"Longest interval between messages, seconds"`
	Precision float64     `log:"precision,always" doc:"Precision of the sender's clock, seconds"`
	RootDelay float64     `log:"root_delay,always" doc:"Round trip to the reference clock, seconds"`
	RootDisp  float64     `log:"root_disp,always" doc:"Dispersion to the reference clock, seconds"`
	RefID     string      `log:"ref_id" doc:"What the sender's time comes from: four characters up to stratum 1, else the address of a server or a part of its hash"`
	RefTime   event.Time  `log:"ref_time,always" doc:"When the sender's clock was last set"`
	OrgTime   event.Time  `log:"org_time,always" doc:"When the request left, by its sender's clock"`
	RecTime   event.Time  `log:"rec_time,always" doc:"When the request arrived, by the server's clock"`
	XmtTime   event.Time  `log:"xmt_time,always" doc:"When this message left, by its sender's clock; clients may put noise here"`
	NumExts   uint64      `log:"num_exts,always" doc:"Extension fields"`
	KeyID     event.Count `log:"key_id" doc:"Key identifier, if the message is authenticated with a symmetric key"`
	NTS       bool        `log:"nts" doc:"Protected by Network Time Security (RFC 8915)"`
}

// Schema of the ntp log.
var Schema = event.NewSchema[Record]("ntp", "One message with time")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// Control is what was asked and told in control and private messages of one
// conversation.
type Control struct {
	Requests   []string    `log:"requests" doc:"What was asked, each once: readstat, readvar, ... of mode 6; monlist, peer_list, ... of mode 7; else the number"`
	Control    event.Count `log:"control_requests" doc:"Requests of mode 6"`
	Answers    event.Count `log:"control_responses" doc:"Responses of mode 6, fragments counted each"`
	Private    event.Count `log:"private_requests" doc:"Requests of mode 7"`
	PAnswers   event.Count `log:"private_responses" doc:"Responses of mode 7 without an error"`
	Refused    event.Count `log:"refused" doc:"Responses that were errors"`
	AskedSize  uint64      `log:"request_bytes,always" doc:"Bytes of the requests"`
	ToldSize   uint64      `log:"response_bytes,always" doc:"Bytes of the responses"`
	DaemonVers string      `log:"daemon" doc:"Variable version: the server's software"`
	System     string      `log:"system" doc:"Variable system: its operating system"`
	Processor  string      `log:"processor" doc:"Variable processor"`

	// Monlist says that a list of peers or recent clients was answered with data.
	Monlist bool
}

// ControlSchema of the ntp_control log.
var ControlSchema = event.NewSchema[Control]("ntp_control", "Control and private messages of one conversation with a time server")

// Schema implements event.Payload.
func (*Control) Schema() *event.Schema { return ControlSchema }
