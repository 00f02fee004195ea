package smb

import "lazaret/internal/event"

// TransRecord is a transaction of SMB1 that rules look at: a call of remote
// administration (net view), mail to a mailslot, a look into a pipe without a handle, the
// sub-command that no client has, and whatever does not add up. The first echo of a
// conversation is told too, for its content tells programs apart.
type TransRecord struct {
	Command    string      `log:"command" doc:"TRANSACTION, TRANSACTION2, NT_TRANSACT or ECHO"`
	SubCommand string      `log:"sub_command" doc:"What it does: a function of RAP (NetServerEnum2), MAILSLOT_WRITE, PEEK_NMPIPE, SESSION_SETUP, which only a backdoor uses"`
	Name       string      `log:"name" doc:"Pipe or mailslot"`
	Path       string      `log:"path" doc:"Share"`
	Status     string      `log:"status" doc:"Status of the answer; missing if none was seen"`
	MID        uint64      `log:"mid,always" doc:"Multiplex id of the request"`
	ReplyMID   event.Count `log:"reply_mid" doc:"Multiplex id of the answer if it is another: 16 more is the answer of a backdoor"`
	TID        uint64      `log:"tid,always" doc:"Tree id of the request"`
	PID        uint64      `log:"pid,always" doc:"Process id of the request"`
	FID        event.Count `log:"fid" doc:"Handle of a look into a pipe"`
	Timeout    event.Count `log:"timeout" doc:"Time-out as sent, milliseconds; a backdoor hides its command in it"`
	Opcode     string      `log:"opcode" doc:"Of SESSION_SETUP: sum of the bytes of the time-out; 0x23 is a ping, 0xc8 runs, 0x77 ends"`
	Params     event.Count `log:"params_total" doc:"Bytes of parameters, as declared"`
	Data       event.Count `log:"data_total" doc:"Bytes of data, as declared"`
	Sent       event.Count `log:"data_sent" doc:"Bytes of data that were sent"`
	More       uint64      `log:"secondaries" doc:"Messages that followed the first"`
	Level      event.Count `log:"level" doc:"RAP: level of information"`
	ParamDesc  string      `log:"param_desc" doc:"RAP: how parameters are written"`
	DataDesc   string      `log:"data_desc" doc:"RAP: how data are written"`
	Servers    string      `log:"server_type" doc:"RAP: kinds of servers asked for; 0xffffffff are all, 0x80000000 domains"`
	Domain     string      `log:"domain" doc:"RAP: domain asked for"`
	Return     event.Count `log:"return" doc:"RAP: status within the answer, 0 for success"`
	Entries    event.Count `log:"entries" doc:"RAP: entries in the answer"`
	Available  event.Count `log:"available" doc:"RAP: entries that the server has"`
	Echo       string      `log:"echo" doc:"First characters of an echo"`
	Odd        []string    `log:"odd" doc:"What does not add up: outside_message, beyond_total, other_secondary, late_secondary, long, unknown_function"`
}

// TransSchema is the declaration of smb_trans.
var TransSchema = event.NewSchema[TransRecord]("smb_trans", "Transactions of SMB1 that stand out: remote administration, mailslots, looks into pipes, sub-commands of backdoors, sizes that do not add up")

// Schema implements event.Payload.
func (*TransRecord) Schema() *event.Schema { return TransSchema }
