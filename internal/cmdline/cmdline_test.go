package cmdline

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// marker gives marks as a keyed hash would.
func marker(kind string, v []byte) string {
	h := sha256.Sum256(append([]byte(kind), v...))
	return hex.EncodeToString(h[:])
}

func TestCommand(t *testing.T) {
	a := Marker(marker)
	for in, want := range map[string]string{
		"": "",
		`%COMSPEC% /Q /c echo dir ^> \\127.0.0.1\C$\__output 2^>^&1 > %TEMP%\execute.bat`: `%COMSPEC% /Q /c echo dir ^> \\127.0.0.1\C$\__output 2^>^&1 > %TEMP%\execute.bat`,
		`rundll32.exe C:\Windows\wmipadp.dll,ControlTrace -Embedding -k`:                  `rundll32.exe C:\Windows\wmipadp.dll,ControlTrace -Embedding -k`,
		`net user hacker P@ssw0rd /add`:                                                   `net user ` + by(a, "hacker") + ` ~ /add`,
		`cmd /c net1.exe user "a b" "pass word" /add && net localgroup administrators a`:  `cmd /c net1.exe user "` + by(a, "a b") + `" ~ /add && net localgroup administrators ` + by(a, "a"),
		`net use z: \\srv\c$ hunter2 /user:dom\adm`:                                       `net use z: \\srv\c$ ~ /user:dom\` + by(a, "adm"),
		`psexec -u adm -p hunter2 cmd`:                                                    `psexec -u ` + by(a, "adm") + ` -p ~ cmd`,
		`schtasks /create /ru adm /rp hunter2 /tn x`:                                      `schtasks /create /ru ` + by(a, "adm") + ` /rp ~ /tn x`,
		`cmdkey /add:srv /user:adm /pass:hunter2`:                                         `cmdkey /add:srv /user:` + by(a, "adm") + ` /pass:~`,
		`tool --password=hunter2 --token "hunter2" x`:                                     `tool --password=~ --token ~ x`,
		`powershell ConvertTo-SecureString 'hunter2' -AsPlainText`:                        `powershell ConvertTo-SecureString ~ -AsPlainText`,
		`curl http://adm:hunter2@host/x.exe`:                                              `curl http://~@host/x.exe`,
		`C:\kb4012212\setup.exe`:                                                          `C:\kb4012212\setup.exe`[:3] + mark(a, "kb4012212") + `\setup.exe`,
		`viewer.exe D:\archive\1234567\DOE^JANE.dcm 1.2.840.10008.1.2.3`:                  `viewer.exe D:\archive\` + mark(a, "1234567") + `\` + mark(a, "DOE^JANE") + `.dcm ` + mark(a, "1.2.840.10008.1.2.3"),
		`notepad.exe C:\letters\mueller.docx`:                                             `notepad.exe C:\letters\` + mark(a, "mueller") + `.docx`,
		`\Microsoft\{0A1B2C3D-1111-2222-3333-444455556666}`:                               `\Microsoft\{0A1B2C3D-1111-2222-3333-444455556666}`,
		`schtasks /ru SYSTEM /u "NT AUTHORITY\SYSTEM" /tn x`:                              `schtasks /ru SYSTEM /u "NT AUTHORITY\SYSTEM" /tn x`,
		`"C:\Users\jane.roe\AppData\x.exe" C:\Users\Public\y.exe`:                         `"C:\Users\` + by(a, "jane.roe") + `\AppData\x.exe" C:\Users\Public\y.exe`,
		`wmic /user:jane@lazarus.example process list`:                                    `wmic /user:` + by(a, "jane") + `@lazarus.example process list`,
		`ping 192.168.100.200`:                                                            `ping 192.168.100.200`,
	} {
		if got := a.Command(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if got := a.Command(in); strings.Contains(got, "hunter2") || strings.Contains(got, "P@ss") {
			t.Errorf("%s tells a password", got)
		}
	}
}

func by(a Marker, s string) string { return a.of("account", s) }

func mark(a Marker, s string) string { return a.mark(s) }

func FuzzCommand(f *testing.F) {
	f.Add(`net use \\srv\c$ hunter2 /user:dom\adm`)
	f.Add(`a "b c" -p x ; http://u:p@h/ 1234567 DOE^J.dcm`)
	f.Fuzz(func(t *testing.T, s string) {
		a := Marker(marker)
		if got := a.Command(s); len(got) > 20*len(s)+20 {
			t.Errorf("%d bytes become %d", len(s), len(got))
		}
		if strings.Join(split(s), "") != s {
			t.Error("words do not make the line")
		}
	})
}

func TestSecret(t *testing.T) {
	for _, name := range []string{"DefaultPassword", "StartPassword", "PWD", "ValidCommunities", "ClientSecret", "p"} {
		if !Secret(name) {
			t.Errorf("%s is told", name)
		}
	}
	for _, name := range []string{"", "ImagePath", "Shell", "AutoAdminLogon", "DefaultUserName", "Updater", "PathName"} {
		if Secret(name) {
			t.Errorf("%s is not told", name)
		}
	}
}

// A folder of somebody is found in broken text too.
func TestBrokenProfile(t *testing.T) {
	mark := Marker(func(kind string, v []byte) string { return "MARK" })
	if got := mark.profiles("C:\\\xd3\xd3\\Users\\Jdoe\\x.exe"); strings.Contains(got, "Jdoe") || !strings.HasSuffix(got, `\x.exe`) {
		t.Errorf("%q", got)
	}
}
