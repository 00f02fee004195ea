package truth

import (
	"fmt"
	"slices"
	"strings"
)

// Carriers are the words that a carrier may be: what a file or a log-in
// travelled in. smb2 is every dialect from 2.02 to 3.1.1.
func Carriers() []string {
	return strings.Fields(`smb1 smb2 http ftp tftp smtp dicomweb ldap rpc krb`)
}

// MovedFile is one file that crossed the network or was refused.
type MovedFile struct {
	Carrier  string `json:"carrier"` // see Carriers
	Client   string `json:"client"`  // who opened the conversation
	Server   string `json:"server"`
	Port     int    `json:"port"`            // of the conversation that asks for it: 21, not that of the data
	Share    string `json:"share,omitempty"` // of Windows
	Path     string `json:"path"`            // on the share with backslashes, in the address with slashes, or the name of the part
	Sender   string `json:"sender"`
	Receiver string `json:"receiver"`
	Size     int64  `json:"size"` // of the whole file, on disk
	SHA256   string `json:"sha256,omitempty"`
	MD5      string `json:"md5,omitempty"`
	// Complete: every byte of it crossed the network. If it is false and
	// nothing refused it, Seen bytes of it did.
	Complete    bool   `json:"complete"`
	Seen        int64  `json:"seen,omitempty"`
	Refused     string `json:"refused,omitempty"`     // the server's status
	Sealed      bool   `json:"sealed,omitempty"`      // encrypted: nothing of it can be read
	Connections int    `json:"connections,omitempty"` // over how many at once, if more than one
	Detail      string `json:"detail,omitempty"`
}

// SMBVisit is one session of a client with a file server.
type SMBVisit struct {
	Client  string `json:"client"`
	Server  string `json:"server"`
	Port    int    `json:"port"`
	Dialect string `json:"dialect"` // NT1, 2.02, 2.10, 3.00 or 3.11
	Signed  bool   `json:"signed,omitempty"`
	Sealed  bool   `json:"sealed,omitempty"`
	Account string `json:"account,omitempty"`
	Status  string `json:"status"` // of the last session setup
	Guest   bool   `json:"guest,omitempty"`
	// Connections that the session was bound to, if more than one.
	Connections int            `json:"connections,omitempty"`
	Trees       []SMBTree      `json:"trees,omitempty"`
	Operations  []SMBOperation `json:"operations,omitempty"` // as the script asked
	Commands    []SMBCommand   `json:"commands,omitempty"`   // as the server's log counts them
	Detail      string         `json:"detail,omitempty"`
}

// SMBTree is one tree connect.
type SMBTree struct {
	Share  string `json:"share"`
	Status string `json:"status"` // NT_STATUS_OK, ...
}

// SMBOperation is what a client wanted from a share.
type SMBOperation struct {
	Operation string `json:"operation"` // write append read list mkdir rename delete rmdir ...
	Share     string `json:"share"`
	Path      string `json:"path,omitempty"`
	To        string `json:"to,omitempty"` // the new name
	Status    string `json:"status"`
}

// SMBCommand is requests of one kind that ended alike.
type SMBCommand struct {
	Command string `json:"command"` // as smbd names it: SMB2_OP_CREATE, SMBntcreateX
	Status  string `json:"status"`  // for SMB1: NT_STATUS_OK also where the log says nothing
	Count   int    `json:"count"`
}

// RPCCall is calls of one kind with the same words and the same end.
type RPCCall struct {
	Client    string            `json:"client"`
	Server    string            `json:"server"`
	Transport string            `json:"transport"`      // smb1, smb2 or tcp
	Port      int               `json:"port"`           // 445, or the TCP port that was bound
	Pipe      string            `json:"pipe,omitempty"` // if the script names it
	Interface string            `json:"interface"`      // svcctl, samr, ...
	Operation string            `json:"operation"`      // as its IDL names it, without the interface
	Opnum     int               `json:"opnum"`
	Level     string            `json:"level"`            // none, connect, integrity or privacy
	Sealed    bool              `json:"sealed,omitempty"` // the stub is encrypted, here or by SMB
	Outcome   string            `json:"outcome"`          // ok, error, fault or refused
	Code      string            `json:"code,omitempty"`   // what came back, as 0x%08x or as Samba names it
	Words     map[string]string `json:"words,omitempty"`  // service, path, command, key, value, target ...
	Count     int               `json:"count"`
	Detail    string            `json:"detail,omitempty"`
}

// Logon is one proof of who somebody is, or one ticket asked for.
type Logon struct {
	Kind        string `json:"kind"`    // ntlm, as, tgs or ap
	Carrier     string `json:"carrier"` // see Carriers; krb is the KDC's own port
	Client      string `json:"client"`
	Server      string `json:"server"`
	Proto       string `json:"proto"`
	Port        int    `json:"port"`
	User        string `json:"user,omitempty"`
	Domain      string `json:"domain,omitempty"`
	Workstation string `json:"workstation,omitempty"`
	Realm       string `json:"realm,omitempty"`
	Service     string `json:"service,omitempty"` // principal without realm
	Etype       string `json:"etype,omitempty"`   // of the ticket
	Outcome     string `json:"outcome"`           // granted, or the refusal in the server's words
	Sealed      bool   `json:"sealed,omitempty"`  // inside encryption
	Count       int    `json:"count"`
}

// WSManExchange is requests of WS-Management with the same words and the same
// end, one after the other.
type WSManExchange struct {
	Client   string `json:"client"`
	Server   string `json:"server"`
	Port     int    `json:"port"`
	Action   string `json:"action,omitempty"`   // Create, Command, ...; Identify, Invoke; empty: no envelope, only credentials
	Method   string `json:"method,omitempty"`   // that is invoked
	Resource string `json:"resource,omitempty"` // whole address
	Program  string `json:"program,omitempty"`  // first word of the command
	Auth     string `json:"auth,omitempty"`     // basic or negotiate, the newest in the conversation
	User     string `json:"user,omitempty"`
	Sealed   bool   `json:"sealed,omitempty"` // the envelopes are encrypted
	Status   int    `json:"status"`           // of HTTP
	Fault    string `json:"fault,omitempty"`  // subcode, without its prefix
	Count    int    `json:"count"`
}

// validateWindows checks the keys of this file: ends has the hosts checked.
func (t *Truth) validateWindows(ends func(what, client, server string)) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	for i, f := range t.Files {
		what := fmt.Sprintf("file %d", i)
		ends(what, f.Client, f.Server)
		ends(what, f.Sender, f.Receiver)
		if !slices.Contains(Carriers(), f.Carrier) || f.Path == "" || f.Port == 0 {
			bad("%s: carrier %q, path %q, port %d", what, f.Carrier, f.Path, f.Port)
		}
		if f.Refused == "" && (len(f.SHA256) != 64 || len(f.MD5) != 32) || f.Complete && f.Refused != "" {
			bad("%s: %s has no hashes, or is complete and refused", what, f.Path)
		}
	}
	for i, v := range t.SMB {
		what := fmt.Sprintf("smb %d", i)
		ends(what, v.Client, v.Server)
		if !slices.Contains(strings.Fields("NT1 2.02 2.10 3.00 3.11"), v.Dialect) || v.Status == "" || v.Port == 0 {
			bad("%s: dialect %q, status %q, port %d", what, v.Dialect, v.Status, v.Port)
		}
	}
	for i, c := range t.RPC {
		what := fmt.Sprintf("rpc %d", i)
		ends(what, c.Client, c.Server)
		if !slices.Contains(strings.Fields("smb1 smb2 tcp"), c.Transport) || c.Interface == "" || c.Operation == "" || c.Count < 1 || c.Port == 0 {
			bad("%s: %+v", what, c)
		}
		if !slices.Contains(strings.Fields("ok error fault refused"), c.Outcome) || !slices.Contains(strings.Fields("none connect integrity privacy"), c.Level) {
			bad("%s: outcome %q, level %q", what, c.Outcome, c.Level)
		}
	}
	for i, e := range t.WSMan {
		what := fmt.Sprintf("wsman %d", i)
		ends(what, e.Client, e.Server)
		if e.Port == 0 || e.Status == 0 || e.Count < 1 || !slices.Contains([]string{"", "basic", "negotiate"}, e.Auth) || e.Sealed && e.Auth != "negotiate" {
			bad("%s: %+v", what, e)
		}
	}
	for i, n := range t.Logons {
		what := fmt.Sprintf("logon %d", i)
		ends(what, n.Client, n.Server)
		if !slices.Contains(strings.Fields("ntlm as tgs ap"), n.Kind) || !slices.Contains(Carriers(), n.Carrier) || n.Outcome == "" || n.Count < 1 || n.Port == 0 {
			bad("%s: kind %q, carrier %q, outcome %q, count %d, port %d", what, n.Kind, n.Carrier, n.Outcome, n.Count, n.Port)
		}
	}
	return errs
}
