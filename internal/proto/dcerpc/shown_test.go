package dcerpc

import (
	"strings"
	"testing"

	"lazaret/internal/ndr"
	"lazaret/internal/prototest"
)

func reader(s *stub) *ndr.Reader {
	r := ndr.New(s.b, s.big, s.wide)
	return &r
}

func TestCommand(t *testing.T) {
	a := newAnalyzer(prototest.NewFlow()).(*analyzer)
	for in, want := range map[string]string{
		"": "",
		`%COMSPEC% /Q /c echo dir ^> \\127.0.0.1\C$\__output 2^>^&1 > %TEMP%\execute.bat`: `%COMSPEC% /Q /c echo dir ^> \\127.0.0.1\C$\__output 2^>^&1 > %TEMP%\execute.bat`,
		`rundll32.exe C:\Windows\wmipadp.dll,ControlTrace -Embedding -k`:                  `rundll32.exe C:\Windows\wmipadp.dll,ControlTrace -Embedding -k`,
		`net user hacker P@ssw0rd /add`:                                                   `net user hacker ~ /add`,
		`cmd /c net1.exe user "a b" "pass word" /add && net localgroup administrators a`:  `cmd /c net1.exe user "a b" ~ /add && net localgroup administrators a`,
		`net use z: \\srv\c$ hunter2 /user:dom\adm`:                                       `net use z: \\srv\c$ ~ /user:dom\adm`,
		`psexec -u adm -p hunter2 cmd`:                                                    `psexec -u adm -p ~ cmd`,
		`schtasks /create /ru adm /rp hunter2 /tn x`:                                      `schtasks /create /ru adm /rp ~ /tn x`,
		`cmdkey /add:srv /user:adm /pass:hunter2`:                                         `cmdkey /add:srv /user:adm /pass:~`,
		`tool --password=hunter2 --token "hunter2" x`:                                     `tool --password=~ --token ~ x`,
		`powershell ConvertTo-SecureString 'hunter2' -AsPlainText`:                        `powershell ConvertTo-SecureString ~ -AsPlainText`,
		`curl http://adm:hunter2@host/x.exe`:                                              `curl http://~@host/x.exe`,
		`C:\kb4012212\setup.exe`:                                                          `C:\kb4012212\setup.exe`[:3] + mark(a, "kb4012212") + `\setup.exe`,
		`viewer.exe D:\archive\1234567\DOE^JANE.dcm 1.2.840.10008.1.2.3`:                  `viewer.exe D:\archive\` + mark(a, "1234567") + `\` + mark(a, "DOE^JANE") + `.dcm ` + mark(a, "1.2.840.10008.1.2.3"),
		`notepad.exe C:\letters\mueller.docx`:                                             `notepad.exe C:\letters\` + mark(a, "mueller") + `.docx`,
		`\Microsoft\{0A1B2C3D-1111-2222-3333-444455556666}`:                               `\Microsoft\{0A1B2C3D-1111-2222-3333-444455556666}`,
		`ping 192.168.100.200`:                                                            `ping 192.168.100.200`,
	} {
		if got := a.command(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if got := a.command(in); strings.Contains(got, "hunter2") || strings.Contains(got, "P@ss") {
			t.Errorf("%s tells a password", got)
		}
	}
}

func mark(a *analyzer, s string) string { return a.mark(s) }

func FuzzCommand(f *testing.F) {
	f.Add(`net use \\srv\c$ hunter2 /user:dom\adm`)
	f.Add(`a "b c" -p x ; http://u:p@h/ 1234567 DOE^J.dcm`)
	f.Fuzz(func(t *testing.T, s string) {
		a := newAnalyzer(prototest.NewFlow()).(*analyzer)
		if got := a.command(s); len(got) > 20*len(s)+20 {
			t.Errorf("%d bytes become %d", len(s), len(got))
		}
		if strings.Join(split(s), "") != s {
			t.Error("words do not make the line")
		}
	})
}
