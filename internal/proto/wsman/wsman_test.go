package wsman

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

const (
	soapType = "application/soap+xml;charset=UTF-8"
	sealType = `multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"`
	someID   = "11111111-2222-3333-4444-555555555555"
	spaces   = `xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp='http://schemas.microsoft.com/wbem/wsman/1/windows/shell'`
	shellNS  = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/"
	transfer = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
	cmdShell = shellNS + "cmd"
	win32    = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2/"
)

func env(action, resource, more, body string) string {
	s := `<?xml version="1.0" encoding="UTF-8"?><!-- <KANARI> --><s:Envelope ` + spaces + `><s:Header><a:To>http://ct1:5985/wsman</a:To>`
	if action != "" {
		s += `<a:Action s:mustUnderstand="true">` + action + `</a:Action>`
	}
	if resource != "" {
		s += `<w:ResourceURI>` + resource + `</w:ResourceURI>`
	}
	return s + more + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
}

// talk is a request and its answer.
func talk(body string, status int, answer string, fields ...string) []prototest.Message {
	q := prototest.Message{Body: body, Fields: map[string]string{"user-agent": "Microsoft WinRM Client"}}
	for i := 0; i+1 < len(fields); i += 2 {
		q.Fields[fields[i]] = fields[i+1]
	}
	q.Entity = proto.Entity{Dir: proto.Orig, Seq: 1, Method: "POST", Target: "/wsman", Type: soapType}
	r := prototest.Message{Entity: q.Entity, Body: answer}
	r.Entity.Dir, r.Entity.Response, r.Entity.Status = proto.Resp, true, status
	return []prototest.Message{q, r}
}

func selectors(id string) string {
	return `<w:SelectorSet><w:Selector Name="ShellId">` + id + `</w:Selector><w:Selector Name="Name">KANARI</w:Selector></w:SelectorSet>`
}

func wide(s string, bom bool) string {
	var b strings.Builder
	if bom {
		s = "\ufeff" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// conversations are one of each kind.
func conversations() map[string][]prototest.Message {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("vendor:KANARI-geheim-KANARI-geheim"))
	run := env(shellNS+"Command", cmdShell, selectors(someID), `<rsp:CommandLine><rsp:Command>&quot;C:\Windows\System32\cmd.exe&quot; /c net use KANARI</rsp:Command><rsp:Arguments>/u:KANARI</rsp:Arguments></rsp:CommandLine>`)
	all := map[string][]prototest.Message{
		"create": talk(env(transfer+"Create", cmdShell, "", `<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>`), 200,
			env(transfer+"CreateResponse", "", "", `<rsp:Shell><rsp:ShellId>`+someID+`</rsp:ShellId><rsp:Owner>KANARI</rsp:Owner></rsp:Shell>`), "authorization", basic),
		"power": talk(env(transfer+"Create", "http://schemas.microsoft.com/powershell/Microsoft.PowerShell?PSVersion=5.1", "",
			`<rsp:Shell ShellId="`+someID+`"><creationXml xmlns="http://schemas.microsoft.com/powershell">S0FOQVJJ</creationXml></rsp:Shell>`), 200, ""),
		"command": talk(run, 200, env(shellNS+"CommandResponse", "", "", `<rsp:CommandResponse><rsp:CommandId>`+someID+`</rsp:CommandId></rsp:CommandResponse>`)),
		"wide":    talk(wide(run, true), 200, ""),
		"no mark": talk(wide(run, false), 200, ""),
		"cdata":   talk(strings.Replace(run, `&quot;C:\Windows\System32\cmd.exe&quot; /c net use KANARI`, `<![CDATA[po]]wer]shell.exe]]> <![CDATA[-enc KANARI]]]>`, 1), 200, ""),
		"odd":     talk(strings.Replace(run, `&quot;C:\Windows\System32\cmd.exe&quot;`, `KANARI=x`, 1), 200, ""),
		"receive": talk(env(shellNS+"Receive", cmdShell, selectors(someID), `<rsp:Receive><rsp:DesiredStream CommandId="`+someID+`">stdout stderr</rsp:DesiredStream></rsp:Receive>`), 200,
			env(shellNS+"ReceiveResponse", "", "", `<rsp:ReceiveResponse><rsp:Stream Name="stdout">S0FOQVJJ</rsp:Stream><rsp:CommandState State="http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"><rsp:ExitCode>5</rsp:ExitCode></rsp:CommandState></rsp:ReceiveResponse>`)),
		"send":      talk(env(shellNS+"Send", cmdShell, selectors(someID), `<rsp:Send><rsp:Stream Name="stdin">S0FOQVJJ</rsp:Stream></rsp:Send>`), 200, ""),
		"signal":    talk(env(shellNS+"Signal", cmdShell, selectors(someID), `<rsp:Signal><rsp:Code>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/terminate</rsp:Code></rsp:Signal>`), 200, ""),
		"delete":    talk(env(transfer+"Delete", cmdShell, selectors(someID), ""), 200, ""),
		"enumerate": talk(env("http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate", win32+"*", "", `<w:Filter Dialect="http://schemas.microsoft.com/wbem/wsman/1/WQL">select Name from Win32_Service where Name='KANARI'</w:Filter>`), 200, ""),
		"invoke": talk(env(win32+"Win32_Process/Create", win32+"Win32_Process", "", `<p:Create_INPUT xmlns:p="x"><p:CommandLine>calc.exe KANARI</p:CommandLine></p:Create_INPUT>`), 200,
			env(win32+"Win32_Process/CreateResponse", "", "", `<p:Create_OUTPUT xmlns:p="x"><p:ProcessId>7</p:ProcessId></p:Create_OUTPUT>`)),
		"denied": talk(env(transfer+"Get", "http://schemas.microsoft.com/wbem/wsman/1/config/listener", "", ""), 500,
			env("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", "", "", `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:AccessDenied</s:Value></s:Subcode></s:Code><s:Reason><s:Text>KANARI</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="x" Code="5" Machine="KANARI"/></s:Detail></s:Fault>`)),
		"identify": talk(`<s:Envelope xmlns:s="x" xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>`, 200,
			`<s:Envelope xmlns:s="x"><s:Body><i:IdentifyResponse xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><i:ProductVendor>Microsoft Corporation</i:ProductVendor><i:ProductVersion>OS: 10.0.17763 SP: 0.0 Stack: 3.0</i:ProductVersion></i:IdentifyResponse></s:Body></s:Envelope>`),
		"handshake": talk("", 401, "", "authorization", "Negotiate TlRMTVNTUAABAAAA"),
		"sealed":    talk("--Encrypted Boundary\r\nKANARI", 200, "--Encrypted Boundary\r\nKANARI", "authorization", "Kerberos S0FOQVJJ"),
		"no answer": talk(run, 200, "")[:1],
		"another":   talk(`<s:Envelope xmlns:s="x"><s:Header><a:Action>`+transfer+`Get</a:Action></s:Header><s:Body>KANARI</s:Body></s:Envelope>`, 200, ""),
	}
	for i := range all["sealed"] {
		all["sealed"][i].Type = sealType
	}
	for i := range all["another"] {
		all["another"][i].Target = "/device"
	}
	return all
}

func TestExchanges(t *testing.T) {
	said := conversations()
	for name, want := range map[string][]string{
		"create": {`"action":"Create"`, `"resource":"windows/shell/cmd"`, `"shell_id":"` + someID + `"`, `"status_code":200`, `"auth":"basic"`, `"user":"vendor"`, `"user_agent":"Microsoft WinRM Client"`, `"is_orig":true`},
		"power":  {`"action":"Create"`, `"resource":"powershell/Microsoft.PowerShell"`, `"shell_id":"` + someID + `"`},
		"command": {`"action":"Command"`, `"program":"C:\\Windows\\System32\\cmd.exe"`, `"arguments":true`, `"shell_id":"` + someID + `"`,
			`"request_bytes":` + fmt.Sprint(len(said["command"][0].Body))},
		"wide":      {`"action":"Command"`, `"program":"C:\\Windows\\System32\\cmd.exe"`, `"arguments":true`},
		"no mark":   {`"program":"C:\\Windows\\System32\\cmd.exe"`},
		"cdata":     {`"program":"other"`, `"arguments":true`},
		"odd":       {`"program":"other"`, `"arguments":true`},
		"receive":   {`"action":"Receive"`, `"command_state":"Done"`, `"exit_code":"5"`},
		"send":      {`"action":"Send"`},
		"signal":    {`"action":"Signal"`, `"signal":"terminate"`},
		"delete":    {`"action":"Delete"`, `"shell_id":"` + someID + `"`},
		"enumerate": {`"action":"Enumerate"`, `"resource":"wmi/root/cimv2/*"`, `"class":"Win32_Service"`},
		"invoke":    {`"action":"Invoke"`, `"class":"Win32_Process"`, `"method":"Create"`, `"program":"calc.exe"`, `"arguments":true`},
		"denied":    {`"action":"Get"`, `"resource":"config/listener"`, `"status_code":500`, `"fault":"AccessDenied"`, `"fault_code":5`},
		"identify":  {`"action":"Identify"`, `"product":"Microsoft Corporation OS: 10.0.17763 SP: 0.0 Stack: 3.0"`},
		"handshake": {`"status_code":401`, `"auth":"negotiate"`},
		"sealed":    {`"encrypted":"spnego"`, `"auth":"kerberos"`, `"status_code":200`},
		"no answer": {`"action":"Command"`},
		"another":   nil,
	} {
		f := prototest.Carry(&Spec, said[name], 1<<20)
		prototest.CarrySays(t, name, f, want)
		if (len(f.Blinds) > 0) != (name == "sealed") {
			t.Errorf("%s: blind %v", name, f.Blinds)
		}
	}
}

func TestPieces(t *testing.T) { prototest.CarryPieces(t, &Spec, conversations()) }

// TestCanaries looks for arguments, secrets and contents.
func TestCanaries(t *testing.T) {
	prototest.CarryCanaries(t, &Spec, conversations(), []string{"KANARI", "geheim", "S0FOQVJJ"})
}

func TestWants(t *testing.T) {
	no := func(string) string { return "" }
	for _, c := range []struct {
		e    proto.Entity
		want bool
	}{
		{proto.Entity{Method: "POST", Target: "/wsman", Field: no}, true},
		{proto.Entity{Method: "POST", Target: "http://ct1:5985/wsman?PSVersion=5.1", Field: no}, true},
		{proto.Entity{Method: "POST", Target: "/wsman-anon/identify", Field: no}, true},
		{proto.Entity{Method: "POST", Target: "/wsmanual", Field: no}, false},
		{proto.Entity{Method: "GET", Target: "/wsman", Field: no}, false},
		{proto.Entity{Method: "POST", Target: "/x", Type: "Application/SOAP+xml; charset=utf-16", Field: no}, true},
		{proto.Entity{Method: "POST", Target: "/x", Type: sealType, Field: no}, true},
		{proto.Entity{Method: "POST", Target: "/x", Type: `multipart/encrypted;protocol="application/pgp-encrypted"`, Field: no}, false},
		{proto.Entity{Method: "POST", Target: "/wsman", Response: true, Status: 100, Field: no}, false},
	} {
		if Spec.Wants(&c.e) != c.want {
			t.Errorf("%s %s %s: %v", c.e.Method, c.e.Target, c.e.Type, !c.want)
		}
	}
	e := proto.Entity{Method: "POST", Target: "/app/list", Type: "multipart/form-data; boundary=x", Field: no}
	if n := testing.AllocsPerRun(100, func() { Spec.Wants(&e) }); n > 1 {
		t.Errorf("%v allocations for the head of a page", n)
	}
}

// TestFaults names what breaks the standard and holds the bounds.
func TestFaults(t *testing.T) {
	for name, body := range map[string]string{
		"document type": `<!DOCTYPE x [<!ENTITY a "b">]><x/>`,
		"no end":        `<x xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><y>`,
		"too deep":      strings.Repeat("<x>", maxDepth+1),
		"only an end":   `</x>`,
		"no value":      `<x a>`,
	} {
		if f := prototest.Carry(&Spec, talk(body, 200, ""), 5); !slices.Equal(f.Weirds, []string{badXML}) || len(f.Records) != 1 {
			t.Errorf("%s: weirds %v, %d records", name, f.Weirds, len(f.Records))
		}
	}
	prototest.CarryBounded(t, &Spec, talk("", 200, "")[0], 10*maxExchanges, tooManyPending)
}

func TestProgram(t *testing.T) {
	for in, want := range map[string]string{
		`cmd`: "cmd false", ` ipconfig.exe  /all`: "ipconfig.exe true", `"C:\Program Files\a b.exe" x`: `C:\Program Files\a b.exe true`,
		`"cmd`: "cmd false", `"" x`: "other true", `%COMSPEC% /c x`: "%COMSPEC% true", `pass=word`: "other false", strings.Repeat("x", 129): "other false",
	} {
		p, more := program([]byte(in))
		if got := fmt.Sprint(p, " ", more); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestWalker holds references, sections and what is broken.
func TestWalker(t *testing.T) {
	for in, want := range map[string]string{
		`<a:Action>x&amp;&lt;&gt;&quot;&apos;&#65;&#x42;&none;&</a:Action>`: "x&<>\"'AB\ufffd&",
		`<Action>a<![CDATA[b]]]]c]]>d<!-- - -- x --->e<?p ? ??>f</Action>`:  "ab]]]]cdef",
		`<Action>a<b>c</b> d </Action>`:                                     "d",
		`<Action a="1" b='2'/>`:                                             "",
		`<Action>a&#1;</Action>`:                                            "a\ufffd",
		`<Action>&averyverylongname;</Action>`:                              "&averyverylongname;",
	} {
		for step := range 3 {
			var w walker
			s := &noted{}
			for rest := []byte(in); len(rest) > 0; {
				n := min(len(rest), 1+step*step*50)
				w.feed(s, rest[:n])
				rest = rest[n:]
			}
			if s.last != want || w.broken() || !w.done() {
				t.Errorf("%s: %q, want %q; broken %v", in, s.last, want, w.broken())
			}
		}
	}
}

// noted keeps the text of the last action.
type noted struct{ last string }

func (*noted) begin(*walker)                {}
func (*noted) attr(*walker, []byte, []byte) {}
func (n *noted) end(w *walker, t []byte) {
	if w.in(0) == action {
		n.last = string(t)
	}
}

// FuzzContent holds that any content is taken in any pieces with the same result.
func FuzzContent(f *testing.F) {
	for _, said := range conversations() {
		f.Add(said[0].Type, []byte(said[0].Body), []byte(said[len(said)-1].Body), uint16(5))
	}
	f.Fuzz(func(t *testing.T, typ string, body, answered []byte, cut uint16) {
		said := talk(string(body), 200, string(answered))
		said[0].Type = typ
		prototest.CarryFuzz(t, &Spec, said, cut)
	})
}

// BenchmarkMessage reads a command.
func BenchmarkMessage(b *testing.B) {
	in := []byte(conversations()["command"][0].Body)
	var s body
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		s.open(nil, false, true)
		s.feed(in)
	}
}
