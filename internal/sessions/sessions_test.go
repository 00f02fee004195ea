package sessions

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/ssh"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/wsman"
)

func conn(uid string) *event.Conn {
	return &event.Conn{UID: uid, Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1), Port: 40000}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 2), Port: 99}, Proto: 6}
}

// add gives payloads of one conversation to a book, a second apart, from a time on.
func add(b *Book, from event.Time, uid string, bodies ...event.Payload) {
	for i, p := range bodies {
		b.Add(&event.Record{TS: from + event.Time(i)*1e9, Conn: conn(uid), Body: p})
	}
}

// told is the sessions of a book, a line each.
func told(b *Book) string {
	var out []string
	for _, s := range b.Snapshot().Sessions {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %dx %s: %s", s.Kind, s.User, s.Count, s.Outcome, s.Why)))
	}
	return strings.Join(out, "\n")
}

func ended(server, client int64) *flow.Record {
	return &flow.Record{Duration: 5e9, RespBytes: event.N(server), OrigBytes: event.N(client)}
}

func rpc(endpoint, operation, target, outcome, status string) *dcerpc.Record {
	return &dcerpc.Record{Endpoint: endpoint, Operation: operation, Target: target, Outcome: outcome, Status: status}
}

func TestReaders(t *testing.T) {
	yes, no := event.B(true), event.B(false)
	login := &ntlm.Record{Account: `clinic\ops`, Success: yes}
	web := func(action, resource string, status int, auth string) *wsman.Record {
		return &wsman.Record{IsOrig: true, Action: action, Resource: resource, Status: event.N(status), Auth: auth}
	}
	for name, c := range map[string]struct {
		bodies []event.Payload
		want   string
	}{
		"rdp":               {[]event.Payload{&rdp.Record{Cookie: "ops", Security: "RDP", Result: "Success"}, ended(900, 900)}, "rdp ops 1x unknown: rdp: security_protocol RDP"},
		"rdp, much":         {[]event.Payload{&rdp.Record{Security: "HYBRID", Result: "encrypted"}, ended(32<<10, 4<<10)}, "rdp  1x likely: conn: amounts of both sides"},
		"rdp, little":       {[]event.Payload{&rdp.Record{Security: "HYBRID", Result: "encrypted"}, ended(32<<10-1, 4<<10)}, "rdp  1x unknown: rdp: security_protocol HYBRID"},
		"rdp, login screen": {[]event.Payload{&rdp.Record{Security: "SSL", Result: "encrypted"}, ended(100<<10, 9<<10)}, "rdp  1x unknown: rdp: security_protocol SSL"},
		"rdp, refused":      {[]event.Payload{&rdp.Record{Cookie: "ops", Result: "SSL_NOT_ALLOWED_BY_SERVER"}, ended(1<<20, 1<<20)}, "rdp ops 1x refused: rdp: result SSL_NOT_ALLOWED_BY_SERVER"},
		"rdp, no answer":    {[]event.Payload{&rdp.Record{Cookie: "ops"}, ended(0, 40)}, "rdp ops 1x unknown: rdp: no answer"},
		"vnc":               {[]event.Payload{&rfb.Record{Method: "VNC", Auth: yes}}, "vnc  1x granted: rfb: auth true"},
		"vnc, refused":      {[]event.Payload{&rfb.Record{Method: "VNC", Auth: no}}, "vnc  1x refused: rfb: auth false"},
		"vnc, open":         {[]event.Payload{&rfb.Record{Method: "None", Auth: yes}}, "vnc  1x granted: rfb: auth true, authentication_method None"},
		"vnc, sealed":       {[]event.Payload{&rfb.Record{Method: "TLS"}}, "vnc  1x unknown: rfb: authentication_method TLS"},
		"vnc, a look":       {[]event.Payload{&rfb.Record{ServerMajor: "003"}}, ""},
		"ssh":               {[]event.Payload{&ssh.Record{Cipher: "x", AuthSuccess: yes}}, "ssh  1x granted: ssh: auth_success true"},
		"ssh, refused":      {[]event.Payload{&ssh.Record{Cipher: "x", AuthSuccess: no}}, "ssh  1x refused: ssh: auth_success false"},
		"ssh, not told":     {[]event.Payload{&ssh.Record{Cipher: "x"}}, "ssh  1x unknown: ssh: auth_success missing"},
		"ssh, a look":       {[]event.Payload{&ssh.Record{Server: "x"}}, ""},
		"telnet":            {[]event.Payload{&telnet.Record{Login: "granted"}}, "telnet  1x granted: telnet: login granted"},
		"telnet, refused":   {[]event.Payload{&telnet.Record{Login: "refused"}}, "telnet  1x refused: telnet: login refused"},
		"telnet, sealed":    {[]event.Payload{&telnet.Record{Sealed: true}}, "telnet  1x unknown: telnet: encrypted"},
		"telnet, not told":  {[]event.Payload{&telnet.Record{Prompt: "login:"}}, "telnet  1x unknown: telnet: login missing"},
		"telnet, a menu":    {[]event.Payload{&telnet.Record{}}, ""},

		"winrm": {[]event.Payload{web("", "", 401, "negotiate"), login, web("Create", "windows/shell/cmd", 200, "negotiate"), web("Command", "windows/shell/cmd", 200, "negotiate"),
			web("Receive", "windows/shell/cmd", 200, "negotiate")}, `winrm clinic\ops 1x granted: wsman: Command windows/shell/cmd, status_code 200`},
		"winrm, refused":  {[]event.Payload{web("", "", 401, "negotiate"), web("", "", 401, "negotiate")}, "winrm  1x refused: wsman: status_code 401"},
		"winrm, asked":    {[]event.Payload{web("", "", 401, "")}, ""},
		"winrm, watching": {[]event.Payload{web("", "", 401, "negotiate"), web("Enumerate", "wmi/root/cimv2/*", 200, "negotiate")}, ""},
		"winrm, sealed":   {[]event.Payload{&wsman.Record{IsOrig: true, Encrypted: "spnego", Status: event.N(200), Auth: "kerberos"}}, "winrm  1x granted: wsman: sealed, status_code 200"},
		"winrm, denied": {[]event.Payload{&wsman.Record{IsOrig: true, Action: "Create", Resource: "windows/shell/cmd", User: "ops", Auth: "basic", Status: event.N(500), Fault: "AccessDenied"}},
			"winrm ops 1x refused: wsman: Create windows/shell/cmd, fault AccessDenied"},
		"winrm, method": {[]event.Payload{&wsman.Record{IsOrig: true, Action: "Invoke", Class: "Win32_Process", Method: "Create", Status: event.N(200)}},
			"wmi  1x granted: wsman: Invoke Win32_Process Create, status_code 200"},

		"service": {[]event.Payload{login, rpc("svcctl", "OpenSCManagerW", "", "accepted", "ok"), rpc("svcctl", "CreateServiceW", "X", "accepted", "ok"), rpc("svcctl", "StartServiceW", "X", "accepted", "ok")},
			`service clinic\ops 1x granted: dce_rpc: svcctl StartServiceW accepted`},
		"service, slow": {[]event.Payload{&smb.Record{Granted: 1, Account: "old"}, rpc("svcctl", "CreateServiceW", "X", "accepted", "ok"), rpc("svcctl", "StartServiceW", "X", "failed", "ERROR_SERVICE_REQUEST_TIMEOUT")},
			"service old 1x granted: dce_rpc: svcctl StartServiceW accepted, no report in time"},
		"service, refused": {[]event.Payload{rpc("svcctl", "CreateServiceW", "X", "refused", "ERROR_ACCESS_DENIED")}, "service  1x refused: dce_rpc: svcctl CreateServiceW refused"},
		"service, sealed": {[]event.Payload{rpc("svcctl", "CreateServiceW", "", "answered", ""), rpc("svcctl", "StartServiceW", "", "answered", "")},
			"service  1x likely: dce_rpc: svcctl StartServiceW answered, sealed"},
		"services": {[]event.Payload{rpc("svcctl", "CreateServiceW", "X", "accepted", "ok"), rpc("svcctl", "CreateServiceW", "Y", "accepted", "ok")},
			"service  2x granted: dce_rpc: svcctl CreateServiceW accepted"},
		"task": {[]event.Payload{rpc("ITaskSchedulerService", "SchRpcRegisterTask", `\x`, "accepted", "ok"), rpc("ITaskSchedulerService", "SchRpcRun", `\x`, "accepted", "ok")},
			"task  1x granted: dce_rpc: ITaskSchedulerService SchRpcRun accepted"},
		"jobs": {[]event.Payload{login, rpc("atsvc", "NetrJobAdd", "", "accepted", "ok"), rpc("atsvc", "NetrJobAdd", "", "refused", "ERROR_ACCESS_DENIED")},
			"task clinic\\ops 1x granted: dce_rpc: atsvc NetrJobAdd accepted\ntask clinic\\ops 1x refused: dce_rpc: atsvc NetrJobAdd refused"},
		"wmi":                 {[]event.Payload{rpc("IWbemLevel1Login", "NTLMLogin", "", "accepted", "ok"), rpc("IWbemServices", "ExecMethod", "Win32_Process", "accepted", "ok")}, "wmi  1x granted: dce_rpc: IWbemServices ExecMethod accepted"},
		"wmi, refused":        {[]event.Payload{&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Outcome: "accepted", ReturnValue: event.N(2)}}, "wmi  1x refused: dce_rpc: IWbemServices ExecMethod accepted, return_value 2"},
		"wmi, not done":       {[]event.Payload{&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Outcome: "accepted", ReturnValue: event.N(9)}}, "wmi  1x unknown: dce_rpc: IWbemServices ExecMethod accepted, return_value 9"},
		"wmi, done":           {[]event.Payload{&dcerpc.Record{Endpoint: "IWbemServices", Operation: "ExecMethod", Outcome: "accepted", ReturnValue: event.N(0)}}, "wmi  1x granted: dce_rpc: IWbemServices ExecMethod accepted"},
		"wmi, method refused": {[]event.Payload{rpc("IRemoteSCMActivator", "RemoteCreateInstance", "WbemLevel1Login", "refused", "E_ACCESSDENIED")}, "wmi  1x refused: dce_rpc: IRemoteSCMActivator RemoteCreateInstance WbemLevel1Login refused"},
		"wmi, a step":         {[]event.Payload{rpc("IRemoteSCMActivator", "RemoteCreateInstance", "WbemLevel1Login", "accepted", "ok")}, ""},
		"dcom":                {[]event.Payload{rpc("IRemoteSCMActivator", "RemoteCreateInstance", "MMC20.Application", "accepted", "ok")}, "dcom  1x granted: dce_rpc: IRemoteSCMActivator RemoteCreateInstance MMC20.Application accepted"},
		"other calls":         {[]event.Payload{rpc("samr", "SamrConnect5", "", "accepted", "ok")}, ""},
	} {
		b := New(DefaultConfig())
		add(b, 1e9, "C1", c.bodies...)
		if got := told(b); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// TestJoined holds that attempts about one thing are one, over several conversations,
// and that attempts that are alike are counted.
func TestJoined(t *testing.T) {
	b := New(DefaultConfig())
	login := &ntlm.Record{Account: `clinic\ops`, Success: event.B(true)}
	add(b, 1e9, "C1", login, rpc("svcctl", "CreateServiceW", "X", "accepted", "ok"), ended(1, 1))
	add(b, 9e9, "C2", login, rpc("svcctl", "StartServiceW", "X", "failed", "ERROR_SERVICE_REQUEST_TIMEOUT"), ended(1, 1))
	for i := range 20 {
		add(b, event.Time(20+i)*1e9, fmt.Sprint("S", i), &ssh.Record{Cipher: "x", AuthSuccess: event.B(false)}, ended(1, 1))
	}
	r := b.Snapshot()
	if len(r.Sessions) != 2 || told(b) != "service clinic\\ops 1x granted: dce_rpc: svcctl StartServiceW accepted, no report in time\nssh  20x refused: ssh: auth_success false" {
		t.Fatalf("%s", told(b))
	}
	s, l := r.Sessions[0], r.Sessions[1]
	if fmt.Sprint(s.UIDs) != "[C1 C2]" || s.Start != 2e9 || s.Last != 16e9 || s.Client != netid.IPv4(10, 0, 0, 1) || s.Server != netid.IPv4(10, 0, 0, 2) || s.Port != 99 {
		t.Errorf("%+v", s)
	}
	if len(l.UIDs) != maxUIDs || l.Start != 20e9 || l.Last != 45e9 {
		t.Errorf("%+v", l)
	}
}

// TestBackward holds that the client is who acts as one, whoever opened the conversation.
func TestBackward(t *testing.T) {
	b := New(DefaultConfig())
	add(b, 1e9, "C1", &rfb.Record{Method: "VNC", Auth: event.B(true), Reversed: true})
	if s := b.Snapshot().Sessions[0]; s.Client != netid.IPv4(10, 0, 0, 2) || s.Port != 40000 {
		t.Errorf("%+v", s)
	}
	b = New(DefaultConfig())
	add(b, 1e9, "C1", &rdp.Record{Security: "HYBRID", Result: "encrypted", Backward: true}, ended(4<<10, 32<<10))
	if got := told(b); !strings.Contains(got, "likely") {
		t.Error(got)
	}
}

// TestBounds holds the numbers of Config, and that Snapshot changes nothing.
func TestBounds(t *testing.T) {
	cfg := Config{Max: 3, Attempts: 16}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Config{{0, 16}, {1, 15}, {1 << 25, 16}, {1, 1 << 25}} {
		if bad.Validate() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	b := New(cfg)
	for i := range 100 {
		add(b, event.Time(1+i), fmt.Sprint("C", i), &ntlm.Record{Account: fmt.Sprint("u", i)}, rpc("svcctl", "CreateServiceW", fmt.Sprint("S", i), "accepted", "ok"))
	}
	if b.attempts.Len() != 16 || b.talks.Len() != 16 || len(b.rows) != 3 {
		t.Errorf("%d attempts, %d conversations, %d sessions", b.attempts.Len(), b.talks.Len(), len(b.rows))
	}
	r := b.Snapshot()
	if again := b.Snapshot(); fmt.Sprint(again) != fmt.Sprint(r) || len(r.Sessions) != 3 || r.Early != 84 || r.Shed != 97 {
		t.Errorf("%d sessions, %d early, %d shed", len(r.Sessions), r.Early, r.Shed)
	}
}

// TestAddCosts holds that records of conversations without attempts cost no memory.
func TestAddCosts(t *testing.T) {
	b := New(DefaultConfig())
	r := event.Record{TS: 1, Conn: conn("C1"), Body: ended(1, 1)}
	if n := testing.AllocsPerRun(100, func() { b.Add(&r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkAdd is one log-in and the end of its conversation.
func BenchmarkAdd(b *testing.B) {
	book := New(DefaultConfig())
	in := event.Record{TS: 1, Conn: conn("C1"), Body: &ssh.Record{Cipher: "x", AuthSuccess: event.B(true)}}
	end := event.Record{TS: 2, Conn: conn("C1"), Body: ended(1, 1)}
	b.ReportAllocs()
	for b.Loop() {
		book.Add(&in)
		book.Add(&end)
	}
}

// Who follows is told each attempt once, at its end, and nothing is kept.
func TestFollow(t *testing.T) {
	var got []string
	b := Follow(Config{Attempts: 64}, func(e End) {
		got = append(got, fmt.Sprintf("%s %s %s %d %d %d", e.Kind, e.Outcome, e.Client, e.Lasted/1e9, e.FromServer, e.FromClient))
	})
	add(b, 0, "C1", &ssh.Record{Cipher: "aes", AuthSuccess: event.B(true)}, ended(900, 300))
	add(b, 0, "C2", &rfb.Record{Method: "VNC", Auth: event.B(false), Reversed: true}, ended(900, 300))
	add(b, 0, "C3", &ssh.Record{Server: "SSH-2.0-x"}, ended(900, 300))
	add(b, 0, "C4", rpc("svcctl", "StartServiceW", "abc", "accepted", "ok"), ended(900, 300))
	add(b, 0, "C1", ended(1, 1))
	want := "[ssh granted 10.0.0.1 5 900 300 vnc refused 10.0.0.2 5 300 900]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if s := b.Snapshot(); len(s.Sessions) != 0 {
		t.Errorf("%d sessions are kept", len(s.Sessions))
	}
}
