package dcerpc

import "lazaret/internal/event"

// Record is one call, told when it is answered or when no answer will come. A bind
// that is refused makes one too, without an operation.
type Record struct {
	RTT       event.Interval `log:"rtt" doc:"From the request to the response"`
	NamedPipe string         `log:"named_pipe" doc:"Pipe or port of the server, as the server says, else as it was opened"`
	Endpoint  string         `log:"endpoint" doc:"Name of the interface, unknown- and its identity if it has none"`
	Operation string         `log:"operation" doc:"Name of the operation, unknown- and its number if it has none"`
	UUID      string         `log:"uuid" doc:"Identity of the interface"`
	Version   string         `log:"version" doc:"Version of the interface that was bound"`
	Opnum     event.Count    `log:"opnum" doc:"Number of the operation"`
	CallID    event.Count    `log:"call_id" doc:"Number of the call within the association"`
	Outcome   string         `log:"outcome" doc:"accepted, refused (for lack of rights), failed, or answered (its result cannot be read); missing if no answer was seen"`
	Status    string         `log:"status" doc:"ok, the name of the return value, of the fault, or of the reason for which a bind was refused"`
	Auth      string         `log:"auth" doc:"How the call is authenticated: spnego, ntlm, kerberos, schannel, netlogon"`
	AuthLevel string         `log:"auth_level" doc:"What authentication protects: connect, call, packet, integrity, privacy"`
	Closed    bool           `log:"closed" doc:"The parameters are sealed"`
	Target    string         `log:"target" doc:"What the call is about: service, task, registry key and value, domain, share, path, class, interface wanted; parts that look like identifiers are keyed marks" class:"pseudo"`
	Display   string         `log:"display_name" doc:"Name that a service is shown by" class:"pseudo"`
	Command   string         `log:"command" doc:"What is to run: program of a service, command of a job or task, arguments of a start, query; passwords are left out, accounts and what looks like identifiers are keyed marks" class:"pseudo"`
	Detail    string         `log:"detail" doc:"More of what is asked: start and type of a service, control, time of a job, class of information, method"`
	Value     string         `log:"value" doc:"What a value of the registry is set to, text or number; passwords and keys are left out" class:"person"`
	Arguments []string       `log:"arguments" doc:"More of what the call is given, name and value: parameters of a method of WMI, properties of an object that is put, files of a printer driver; at most 16" class:"person"`
	Account   string         `log:"account" doc:"Account that a service or task runs under, or that is created, changed or logs in" class:"person"`
	Names     []string       `log:"names" doc:"Accounts that are looked up, at most 32" class:"person"`
	Server    string         `log:"server" doc:"Server that the call names"`
	Level     event.Count    `log:"level" doc:"Level or class of the information that is asked for"`
	Count     event.Count    `log:"count" doc:"Entries that are asked for, or that the answer holds"`
	Answers   []string       `log:"answers" doc:"Ends that the endpoint mapper gives, at most 32, or numbers that a method of WMI gives back, at most 16"`
	User      string         `log:"user" doc:"Account that calls: of the session around a pipe, or of the bind once the server took a call under it; see smb_files" class:"person"`
	// ReturnValue is not the outcome of the call, which only brings it.
	ReturnValue event.Count `log:"return_value" doc:"What a method of WMI gave back: 0 is success, others are the method's own"`
	// Backward says that the responder of the conversation is the client.
	Backward bool
}

// Schema of the dce_rpc log.
var Schema = event.NewSchema[Record](name, "Remote procedure calls: what one machine asked of another, and how it ended")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
