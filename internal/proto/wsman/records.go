package wsman

import "lazaret/internal/event"

// Record is one exchange.
type Record struct {
	IsOrig    bool           `log:"is_orig,always" doc:"The originator of the connection asked"`
	Action    string         `log:"action" doc:"What was asked: Create, Command, Send, Receive, Signal, Connect, Disconnect, Reconnect, Delete, Get, Put, Enumerate, Pull, Subscribe, Identify, Invoke (of a method), ...; empty if it is sealed or the request only authenticates"`
	Resource  string         `log:"resource" doc:"Resource, without what is common to all: windows/shell/cmd, powershell/Microsoft.PowerShell, wmi/root/cimv2/ and a class; parts that look like identifiers are keyed marks" class:"pseudo"`
	Class     string         `log:"class" doc:"Class of WMI or CIM"`
	Method    string         `log:"method" doc:"Method that is invoked"`
	ShellID   string         `log:"shell_id" doc:"Identity of the shell"`
	Program   string         `log:"program" doc:"Program of a command: its first word; other if that is not like a program's name"`
	Arguments bool           `log:"arguments" doc:"The command has more words, which are not kept"`
	Signal    string         `log:"signal" doc:"Signal: terminate, ctrl_c, ctrl_break"`
	State     string         `log:"command_state" doc:"State of the command as the answer tells: Running, Done, Pending"`
	ExitCode  string         `log:"exit_code" doc:"Exit code of the command"`
	Status    event.Count    `log:"status_code" doc:"Status code of HTTP"`
	Fault     string         `log:"fault" doc:"Fault: its subcode, else its code (SOAP 1.2 5.4)"`
	FaultCode event.Count    `log:"fault_code" doc:"Windows' number of the fault (MS-WSMV 2.2.4.43)"`
	Encrypted string         `log:"encrypted" doc:"How the messages are sealed: spnego, kerberos, credssp"`
	Auth      string         `log:"auth" doc:"Scheme of the newest credentials in the conversation: basic, negotiate, kerberos, credssp, ntlm, other"`
	User      string         `log:"user" doc:"User of Basic credentials; the password is never kept" class:"person"`
	UserAgent string         `log:"user_agent" doc:"Client program"`
	Product   string         `log:"product" doc:"Maker and version that the server tells when it is identified"`
	ToServer  uint64         `log:"request_bytes" doc:"Bytes of the request's content"`
	ToClient  uint64         `log:"response_bytes" doc:"Bytes of the answer's content"`
	Duration  event.Interval `log:"duration" doc:"From the request to the end of the answer"`
}

// Schema declares the log wsman.
var Schema = event.NewSchema[Record]("wsman", "One exchange of WinRM or WS-Management")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }
