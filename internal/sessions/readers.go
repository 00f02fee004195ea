package sessions

import (
	"fmt"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/ssh"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/wsman"
)

// reader looks at one record of a conversation.
type reader func(*Book, *event.Record)

// readers are all readers, by the schema of the records they look at.
var readers = map[*event.Schema]reader{
	rdp.Schema:    of(readRDP),
	rfb.Schema:    of(readRFB),
	ssh.Schema:    of(readSSH),
	telnet.Schema: of(readTelnet),
	wsman.Schema:  of(readWSMan),
	dcerpc.Schema: of(readRPC),
	ntlm.Schema:   of(readNTLM),
	smb.Schema:    of(readSMB),
	flow.Schema:   of(readConn),
}

// of makes a reader of one for a kind of record.
func of[T event.Payload](read func(b *Book, body T, r *event.Record)) reader {
	return func(b *Book, r *event.Record) {
		if body, ok := r.Body.(T); ok {
			read(b, body, r)
		}
	}
}

// Amounts from which a desktop within TLS is likely, bytes of content. With
// authentication before the desktop (NLA) a refusal ends after a few kilobytes of the
// server; without it everybody is shown a screen to log in, which costs some tens of
// kilobytes and few of the client's.
const (
	nlaServer, nlaClient       = 32 << 10, 4 << 10
	screenServer, screenClient = 256 << 10, 32 << 10
)

// readRDP takes the cookie and how the opening ended. What follows it is sealed: whether
// somebody logged in is likely at best.
func readRDP(b *Book, d *rdp.Record, r *event.Record) {
	a := b.attempt(r, RDP, "", d.Backward)
	a.named(d.Cookie)
	switch {
	case d.Result == "" && d.Security == "":
		a.step(Unknown, 0, "rdp: no answer")
	case d.Result == "" || d.Result == "Success" || d.Result == "encrypted":
		a.step(Unknown, 0, strings.TrimSpace("rdp: security_protocol "+d.Security))
	default:
		a.step(Refused, 0, "rdp: result "+d.Result)
		return
	}
	a.floor, a.other = screenServer, screenClient
	if strings.HasPrefix(d.Security, "HYBRID") {
		a.floor, a.other = nlaServer, nlaClient
	}
}

// readRFB takes whether the viewer was let in.
func readRFB(b *Book, d *rfb.Record, r *event.Record) {
	if d.Method == "" && !d.Auth.OK {
		return // nobody chose a kind of security
	}
	a := b.attempt(r, VNC, "", d.Reversed)
	switch {
	case !d.Auth.OK:
		a.step(Unknown, 0, "rfb: authentication_method "+d.Method)
	case !d.Auth.V:
		a.step(Refused, 0, "rfb: auth false")
	case d.Method == "None":
		a.step(Granted, 0, "rfb: auth true, authentication_method None")
	default:
		a.step(Granted, 0, "rfb: auth true")
	}
}

// readSSH takes the guess at the log-in. One side alone, or no key exchange, is a look
// at the door.
func readSSH(b *Book, d *ssh.Record, r *event.Record) {
	if d.Cipher == "" && !d.AuthSuccess.OK {
		return
	}
	a := b.attempt(r, SSH, "", false)
	switch {
	case !d.AuthSuccess.OK:
		a.step(Unknown, 0, "ssh: auth_success missing")
	case d.AuthSuccess.V:
		a.step(Granted, 0, "ssh: auth_success true")
	default:
		a.step(Refused, 0, "ssh: auth_success false")
	}
}

// readTelnet takes the server's words.
func readTelnet(b *Book, d *telnet.Record, r *event.Record) {
	if d.Login == "" && d.Prompt == "" && !d.Password && !d.Sealed {
		return // nobody was asked who he is
	}
	a := b.attempt(r, Telnet, "", d.Reversed)
	switch {
	case d.Login == "granted":
		a.step(Granted, 0, "telnet: login granted")
	case d.Login == "refused":
		a.step(Refused, 0, "telnet: login refused")
	case d.Sealed:
		a.step(Unknown, 0, "telnet: encrypted")
	default:
		a.step(Unknown, 0, "telnet: login missing")
	}
}

// readWSMan takes shells, their commands, and methods of WMI. Sealed messages are taken
// for a shell when they are answered well: what else they may be is not told.
func readWSMan(b *Book, d *wsman.Record, r *event.Record) {
	kind := WinRM
	opens := d.Encrypted != ""
	what := "sealed"
	switch {
	case d.Action == "Invoke":
		kind, opens = WMI, true
		what = strings.TrimSpace("Invoke " + d.Class + " " + d.Method)
	case (d.Action == "Create" || d.Action == "Command" || d.Action == "Connect") && (strings.HasPrefix(d.Resource, "windows/shell/") || strings.HasPrefix(d.Resource, "powershell/")):
		opens = true
		what = d.Action + " " + d.Resource
	}
	status := fmt.Sprintf("status_code %d", d.Status.V)
	if !d.Status.OK || !opens && d.Auth == "" {
		return // a first request only asks how to authenticate
	}
	a := b.attempt(r, kind, "", !d.IsOrig)
	a.named(d.User)
	switch denied := d.Status.V == 401 || d.Status.V == 403; {
	case denied && d.Auth != "":
		a.step(Refused, 0, "wsman: "+status)
	case denied:
	case !opens:
		a.passed = true
	case d.Status.V == 200:
		a.step(Granted, weightOf(d.Action), "wsman: "+what+", "+status)
	case d.Fault == "AccessDenied":
		a.step(Refused, 1, "wsman: "+what+", fault AccessDenied")
	case d.Fault != "":
		a.step(Unknown, 1, "wsman: "+what+", fault "+d.Fault)
	default:
		a.step(Unknown, 0, "wsman: "+what+", "+status)
	}
}

// weightOf orders what is done in a shell: a command tells more than its opening.
func weightOf(action string) int {
	switch action {
	case "Command", "Invoke":
		return 2
	case "Create", "Connect":
		return 1
	}
	return 0
}

// readNTLM takes who authenticated, for what follows in the conversation.
func readNTLM(b *Book, d *ntlm.Record, r *event.Record) {
	if d.Success.OK && !d.Success.V {
		return
	}
	user := d.Account
	if user == "" {
		user = d.Username
	}
	b.known(r, user)
}

// readSMB takes the account of old clients, which authenticate without NTLM messages.
func readSMB(b *Book, d *smb.Record, r *event.Record) {
	if d.Granted > 0 {
		b.known(r, proto.Account(d.ClientDomain, d.Account))
	}
}

// readConn ends a conversation.
func readConn(b *Book, d *flow.Record, r *event.Record) {
	b.ended(r, d.Duration, int64(d.RespBytes.V), int64(d.OrigBytes.V))
}
