package services

import (
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/ftp"
	"lazaret/internal/proto/ldap"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/smtp"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/tftp"
)

func TestGreetings(t *testing.T) {
	for line, want := range map[string][]string{
		"(vsFTPd 3.0.3)": {"server product: vsFTPd 3.0.3"},
		"ProFTPD 1.3.5e Server (Debian) [::ffff:10.0.0.1]":                            {"server product: ProFTPD 1.3.5e", "server os: Linux|Debian"},
		"Microsoft FTP Service":                                                       {"server product: Microsoft FTP Service", "server os: Windows"},
		"Welcome to Pure-FTPd [privsep] [TLS]":                                        {"server product: Pure-FTPd"},
		"FileZilla Server 0.9.60 beta":                                                {"server product: FileZilla Server 0.9.60"},
		"ct1.lazarus.example FTP server (Version 6.4/OpenBSD/Linux-ftpd-0.17) ready.": {"server name: ct1.lazarus.example", "server os: BSD|OpenBSD"},
		"scanner FTP server (SunOS 5.8) ready.":                                       {"server os: Solaris|5.8"},
		"VxWorks (5.4.2) FTP server ready":                                            {"server os: VxWorks"},
		"JD FTP Server Ready":                                                         {"server product: JD FTP Server", "server kind: printer", "server manufacturer: " + clues.Maker("HP")},
		"bftpd 5.7 at 127.0.0.1 ready.":                                               {"server product: bftpd 5.7"},
		"hello":                                                                       nil,
		"NotQNXatall":                                                                 nil,
	} {
		if _, got := cluestest.Read(Readers, &ftp.Session{Banner: line}, 21); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestFTP(t *testing.T) {
	_, got := cluestest.Read(Readers, &ftp.Session{Banner: "x", System: "Windows_NT", Users: []string{"anonymous"}, Login: "granted", Anonymous: true, ClearPass: true, Commands: 3}, 21)
	if want := []string{"server os: Windows", "server trait: lets anonymous into FTP"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	_, got = cluestest.Read(Readers, &ftp.Session{Banner: "x", Users: []string{"ct"}, Login: "refused", ClearPass: true, Commands: 3}, 21)
	if want := []string{"server trait: takes FTP passwords in clear"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if o, got := cluestest.Read(Readers, &ftp.Session{Users: []string{"ct"}, Commands: 1}, 21); len(got) != 0 || !slices.Equal(cluestest.Heard(o), []string{cluestest.ClientIP}) {
		t.Errorf("%q, heard %q", got, cluestest.Heard(o))
	}
}

func TestTFTP(t *testing.T) {
	for name, tc := range map[string]struct {
		rec  tftp.Record
		want []string
	}{
		"sent":       {tftp.Record{Answered: true, Bytes: 5, Complete: true}, []string{"server trait: offers TFTP"}},
		"refused":    {tftp.Record{Answered: true, Error: "file not found"}, nil},
		"unanswered": {tftp.Record{}, nil},
	} {
		if _, got := cluestest.Read(Readers, &tc.rec, 69); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTelnet(t *testing.T) {
	for prompt, want := range map[string][]string{
		"analyser login:": {"server trait: offers Telnet", "server os: Linux|Ubuntu 18.04.5", "server name: analyser"},
		"Please login:":   {"server trait: offers Telnet", "server os: Linux|Ubuntu 18.04.5"},
		"Username:":       {"server trait: offers Telnet", "server os: Linux|Ubuntu 18.04.5"},
		"":                {"server trait: offers Telnet", "server os: Linux|Ubuntu 18.04.5"},
	} {
		if _, got := cluestest.Read(Readers, &telnet.Record{Server: []string{"do ttype"}, Banner: "Ubuntu 18.04.5 LTS", Prompt: prompt}, 23); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", prompt, got, want)
		}
	}
	if _, got := cluestest.Read(Readers, &telnet.Record{Server: []string{"will echo"}, Banner: "User Access Verification", Prompt: "Password:"}, 23); !slices.Equal(got, []string{"server trait: offers Telnet", "server os: Cisco IOS"}) {
		t.Errorf("%q", got)
	}
	if _, got := cluestest.Read(Readers, &telnet.Record{Client: []string{"will ttype"}}, 23); len(got) != 0 {
		t.Errorf("of a client alone: %q", got)
	}
}

func TestRFB(t *testing.T) {
	for name, want := range map[string][]string{
		"dsk's X desktop (ubuntu:1)":             {"server name: ubuntu"},
		"anna@ct1.lazarus.example":               {"server name: ct1.lazarus.example"},
		"aneagles@localhost.localdomain":         nil,
		"vmac":                                   {"server name: vmac"},
		"reader3 ( 10.0.0.10 ) - service mode )": {"server name: reader3"},
		"CT Force console":                       {"server description: CT Force console"},
		"Anna Mueller's iMac":                    nil,
		"":                                       nil,
	} {
		_, got := cluestest.Read(Readers, &rfb.Record{ServerMajor: "003", Method: "VeNCrypt", Desktop: name}, 5900)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, got := cluestest.Read(Readers, &rfb.Record{ServerMajor: "003", ClientMajor: "003", Method: "None", Auth: event.B(true)}, 5900)
	if want := []string{"server trait: offers VNC in clear", "server trait: offers VNC without a password"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	_, got = cluestest.Read(Readers, &rfb.Record{ServerMajor: "003", Method: "VNC", Auth: event.B(false)}, 5900)
	if want := []string{"server trait: offers VNC in clear"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A listening viewer is called by the screen's server.
func TestReversed(t *testing.T) {
	_, got := cluestest.Read(Readers, &rfb.Record{ServerMajor: "003", Method: "VNC", Desktop: "ct1", Reversed: true}, 5500)
	if want := []string{"client trait: offers VNC in clear", "client name: ct1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestSMTP(t *testing.T) {
	_, got := cluestest.Read(Readers, &smtp.Message{Helo: "ct1.lazarus.example", Banner: "mail.lazarus.example ESMTP Exim 4.96 Mon", Server: "mail.lazarus.example", Auth: "PLAIN", AuthDone: "granted"}, 25)
	want := []string{"client name: ct1.lazarus.example", "server kind: mail server", "server name: mail.lazarus.example", "server name: mail.lazarus.example",
		"server product: Exim 4.96", "server trait: takes mail passwords in clear"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	_, got = cluestest.Read(Readers, &smtp.Message{Helo: "[10.0.0.1]", Banner: "x Microsoft ESMTP MAIL Service, Version: 8.5.9600.16384 ready", Auth: "NTLM", AuthDone: "granted"}, 25)
	want = []string{"server kind: mail server", "server product: Microsoft ESMTP MAIL Service 8.5.9600.16384", "server os: Windows|6.3.9600"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestLDAP(t *testing.T) {
	bind := ldap.Operation{Opcode: "bind simple", Argument: "REDACTED", Object: "cn=x", Result: "success"}
	if _, got := cluestest.Read(Readers, &bind, 389); !slices.Equal(got, []string{"server trait: takes LDAP passwords in clear"}) {
		t.Errorf("%q", got)
	}
	bind.Result = "invalid credentials"
	if _, got := cluestest.Read(Readers, &bind, 389); len(got) != 0 {
		t.Errorf("a refused bind: %q", got)
	}
	_, got := cluestest.Read(Readers, &ldap.Search{Client: "CT1", Domain: "lazarus.example"}, 389)
	if !slices.Equal(got, []string{"client name: CT1", "client domain: lazarus.example"}) {
		t.Errorf("%q", got)
	}
	_, got = cluestest.Read(Readers, &ldap.Server{HostName: "dc1.lazarus.example", Domain: "lazarus.example", Vendor: "Microsoft Active Directory", ControlLevel: event.N(6), ActiveDir: true}, 389)
	want := []string{"server name: dc1.lazarus.example", "server domain: lazarus.example", "server product: Microsoft Active Directory", "server kind: domain controller", "server os: Windows|6.3"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	_, got = cluestest.Read(Readers, &ldap.Server{NetBIOSName: "DC2", Vendor: "Samba Team", Version: "4.17", ControlLevel: event.N(4), ActiveDir: true}, 389)
	want = []string{"server name: DC2", "server product: Samba Team 4.17", "server kind: domain controller", "server os: Linux"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if _, got = cluestest.Read(Readers, &ldap.Server{Vendor: "OpenLDAP"}, 389); !slices.Equal(got, []string{"server product: OpenLDAP"}) {
		t.Errorf("%q", got)
	}
}
