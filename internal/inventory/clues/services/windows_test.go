package services

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/kerberos"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/smb"
)

var windowsStatements = []struct {
	name string
	body event.Payload
	port uint16
	want []string
	from []string
}{
	{"two machines of a domain", &ntlm.Record{Username: "anna", Hostname: "CT1", Domainname: "CLINIC", Response: "NTLMv2", ClientVersion: "10.0.19045",
		ServerNBName: "FILES", ServerDNSName: "files.clinic.example", ServerTree: "clinic.example", ServerNBDomain: "CLINIC",
		ServerDNSDomain: "clinic.example", ServerVersion: "10.0.17763"}, 445,
		[]string{"client name: CT1", "client os: Windows|10.0.19045", "server name: FILES", "server name: files.clinic.example", "server host_id: ntlm-name:files.clinic.example",
			"server domain: CLINIC", "server domain: clinic.example", "server os: Windows|10.0.17763"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a server without a domain", &ntlm.Record{ServerNBName: "PC7", ServerDNSName: "pc7", ServerNBDomain: "PC7", ServerDNSDomain: "pc7", ServerVersion: "6.1.7601"}, 445,
		[]string{"server name: PC7", "server name: pc7", "server os: Windows|6.1.7601"}, []string{cluestest.ServerIP}},
	{"Samba", &ntlm.Record{ServerNBName: "NAS", ServerVersion: "6.1.0"}, 445,
		[]string{"server name: NAS", "server os: Linux", "server product: Samba"}, []string{cluestest.ServerIP}},
	{"the kernel of Linux", &ntlm.Record{ClientVersion: "6.1.44", Response: "NTLMv2"}, 445, []string{"client os: Linux"}, []string{cluestest.ClientIP}},
	{"a version that no build has", &ntlm.Record{ClientVersion: "7.7.7777", Response: "NTLMv2"}, 445, nil, []string{cluestest.ClientIP}},
	{"an old answer", &ntlm.Record{Hostname: `\\US1`, Response: "NTLMv1"}, 445,
		[]string{"client name: US1", "client trait: answers with NTLMv1"}, []string{cluestest.ClientIP}},
	{"a server that calls back", &ntlm.Record{Hostname: "PACS", Response: "NTLM2 session", Backward: true}, 445,
		[]string{"server name: PACS", "server trait: answers with NTLMv1"}, []string{cluestest.ServerIP}},
	{"a machine's own ticket", &kerberos.Record{RequestType: "AS", Client: "CT1$/CLINIC.EXAMPLE", Machine: "CT1", ClientHost: "CT1", Realm: "CLINIC.EXAMPLE", Success: event.B(true),
		ETypes: []string{"aes256-cts-hmac-sha1-96", "rc4-hmac-old-exp"}, ReplyPA: []string{"supported-enctypes"}}, 88,
		[]string{"client os: Windows", "client name: CT1", "server domain: clinic.example", "server kind: domain controller", "client name: CT1", "client domain: clinic.example"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a user's ticket", &kerberos.Record{RequestType: "TGS", Client: "anna/CLINIC.EXAMPLE", OnBehalf: "otto/CLINIC.EXAMPLE", Service: "otto", Realm: "CLINIC.EXAMPLE", Success: event.B(true)}, 88,
		[]string{"server domain: clinic.example"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"an account that was not believed", &kerberos.Record{RequestType: "AS", Machine: "CT1", Realm: "LOCAL", Success: event.B(false)}, 88, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a ticket shown", &kerberos.Record{Ticket: "cifs/files.clinic.example:445/CLINIC.EXAMPLE", Accepted: event.B(true)}, 445,
		[]string{"server name: files.clinic.example", "server domain: clinic.example"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a ticket refused", &kerberos.Record{Ticket: "cifs/files.clinic.example/CLINIC.EXAMPLE", Accepted: event.B(false)}, 445, nil, []string{cluestest.ClientIP}},
	{"a ticket for a user", &kerberos.Record{Ticket: "anna/CLINIC.EXAMPLE", Accepted: event.B(true)}, 445, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a question without an answer", &kerberos.Record{RequestType: "AS", Client: "anna/CLINIC.EXAMPLE", Realm: "CLINIC.EXAMPLE"}, 88, nil, []string{cluestest.ClientIP}},
	{"an old server", &smb.Record{IsOrig: true, Version: "SMB1", Dialects: []string{"NT LM 0.12"}, Dialect: "NT LM 0.12", ServerSigning: "off",
		ServerName: "XA1", ServerDomain: "CATHLAB", NativeOS: "Windows 5.1", NativeLM: "Windows 2000 LAN Manager",
		ClientOS: "Windows Server 2003 3790 Service Pack 2", Granted: 1, Guest: event.B(true)}, 139,
		[]string{"client os: Windows|5.2.3790", "client trait: speaks only SMB1", "server name: XA1", "server domain: CATHLAB",
			"server os: Windows|5.1", "server trait: accepts SMB1", "server trait: does not require SMB signing", "server trait: lets guests into SMB"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a new server", &smb.Record{IsOrig: true, Version: "SMB3", Dialects: []string{"NT LM 0.12", "SMB 2.002", "3.1.1"}, Dialect: "3.1.1", ServerSigning: "required",
		TargetName: "10.0.0.10", Granted: 1, Guest: event.B(false)}, 445, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"installations", &smb.Record{IsOrig: true, Version: "SMB3", Dialect: "3.1.1", Dialects: []string{"3.1.1"}, ClientGUID: "5f2e9c1a-77d0-4c3e-9a41-0b6a1d3e8f90", ServerGUID: "00000000-0000-0000-0000-000000000000", ServerSigning: "required"}, 445,
		[]string{"client host_id: smb-client:5f2e9c1a-77d0-4c3e-9a41-0b6a1d3e8f90"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"Samba by its identity", &smb.Record{IsOrig: true, Version: "SMB3", Dialect: "3.1.1", ServerGUID: "6e756275-7574-0031-0000-000000000000", ServerSigning: "required"}, 445,
		[]string{"server product: Samba", "server os: Linux", "server name: ubuntu1"}, []string{cluestest.ServerIP}},
	{"Samba by its word", &smb.Record{IsOrig: true, Version: "SMB1", Dialect: "NT LM 0.12", NativeOS: "Windows 6.1", NativeLM: "Samba 4.7.4", ServerSigning: "required"}, 445,
		[]string{"server product: Samba 4.7.4", "server os: Linux", "server trait: accepts SMB1"}, []string{cluestest.ServerIP}},
	{"an SMB1 offer without an answer", &smb.Record{IsOrig: true, Version: "SMB1", Dialects: []string{"NT LM 0.12"}, Calling: "MR2"}, 139,
		[]string{"client name: MR2", "client trait: speaks only SMB1"}, []string{cluestest.ClientIP}},
	{"plain remote desktop", &rdp.Record{Cookie: "otto", Requested: []string{"RDP"}, Security: "RDP", ClientName: "DESK1", Build: 7601}, 3389,
		[]string{"client name: DESK1", "client os: Windows|6.1.7601", "server trait: offers remote desktop without NLA"}, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"remote desktop with NLA", &rdp.Record{Requested: []string{"RDP", "HYBRID"}, Security: "HYBRID", Result: "encrypted"}, 3389, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
	{"a server that wants NLA", &rdp.Record{Requested: []string{"RDP"}, Result: "HYBRID_REQUIRED_BY_SERVER"}, 3389, nil, []string{cluestest.ClientIP, cluestest.ServerIP}},
}

func TestCalledName(t *testing.T) {
	o, _ := cluestest.Read(Readers, &smb.Record{IsOrig: true, Version: "SMB1", Dialect: "NT LM 0.12", Called: "ARCHIVE"}, 139)
	if len(o.Namings) != 1 || o.Namings[0].Name != "ARCHIVE" || o.Namings[0].IP != cluestest.IP(cluestest.ServerIP) {
		t.Errorf("names %+v", o.Namings)
	}
	o, _ = cluestest.Read(Readers, &smb.Record{IsOrig: true, Version: "SMB1", Called: "ARCHIVE"}, 139)
	if len(o.Namings) != 0 {
		t.Errorf("nobody answered: %+v", o.Namings)
	}
}

func TestNativeWindows(t *testing.T) {
	for os, want := range map[string]string{
		"Windows 2002 2600 Service Pack 3":           "Windows|5.1.2600",
		"Windows 7 Professional 7601 Service Pack 1": "Windows|6.1.7601",
		"Windows 10 Home 15063":                      "Windows|10.0.15063",
		"Windows Server (R) 2008 Standard 6001":      "Windows|6.0.6001",
		"Windows 2000 2195":                          "Windows|5.0.2195",
		"Windows 5.0":                                "Windows|5.0",
		"Windows NT 1381":                            "Windows|4.0.1381",
		"Windows something":                          "Windows",
		"Mac OS X 10.10":                             "macOS|10.10",
		"Unix":                                       "Linux",
		"OS/2":                                       "",
	} {
		o := &clues.Out{}
		nativeOS(o, clues.Party{}, os, "", "x", 1)
		got := ""
		if len(o.Clues) > 0 {
			got = o.Clues[0].Value
		}
		if got != want || len(o.Clues) > 1 {
			t.Errorf("%s is %q, want %q", os, got, want)
		}
	}
}

func TestSambaName(t *testing.T) {
	for guid, want := range map[string]string{
		"6e756275-7574-0031-0000-000000000000": "ubuntu1",
		"885e64fe-395f-47f1-89ca-b2d3d3f893bf": "",
		"41414141-4141-4141-4141-414141414141": "",
		"41414141-4141-4141-4141-414141414100": "AAAAAAAAAAAAAAA",
		"00000061-0000-0000-0000-000000000000": "",
		"6e756275-7574":                        "",
		"":                                     "",
	} {
		if got := sambaName(guid); got != want {
			t.Errorf("%q: %q, want %q", guid, got, want)
		}
	}
	if got := guid("41414141-4141-4141-4141-414141414141"); got != "" {
		t.Errorf("sixteen letters are taken as the identity of one machine: %q", got)
	}
}

func TestWindows(t *testing.T) {
	for _, c := range windowsStatements {
		o := cluestest.Hold(t, Readers, c.name, c.body, c.port, c.want, c.from)
		for _, k := range o.Clues {
			if strings.Contains(k.Value, "anna") || strings.Contains(k.Value, "otto") {
				t.Errorf("%s: an account became a clue", c.name)
			}
		}
	}
}
