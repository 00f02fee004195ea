package main

import (
	"bytes"
	"debug/pe"
	"fmt"
	"testing"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

func TestSMBCommands(t *testing.T) {
	got := smbCommands(`smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 7
smbd_smb2_request_error_ex: smbd_smb2_request_error_ex: idx[1] status[NT_STATUS_NOT_FOUND] || at ../../source3/smbd/smb2_create.c:339
smbd_smb2_request_done_ex: mid [7] idx[1] status[NT_STATUS_NOT_FOUND] body[8] dyn[yes:1] at ../../source3/smbd/smb2_server.c:4011
smbd_smb2_request_dispatch: opcode[SMB2_OP_CANCEL] mid = 8
switch message SMBunlink (pid 3) conn 0x5
switch message SMBunlink (pid 3) conn 0x5
NT error packet at ../../source3/smbd/error.c(173) cmd=6 (SMBunlink) NT_STATUS_ACCESS_DENIED
`)
	want := "[{SMB2_OP_CANCEL  1} {SMB2_OP_CREATE NT_STATUS_NOT_FOUND 1} {SMBunlink NT_STATUS_ACCESS_DENIED 1} {SMBunlink NT_STATUS_OK 1}]"
	if fmt.Sprint(got) != want {
		t.Errorf("commands %v, want %s", got, want)
	}
}

func TestRPCTrace(t *testing.T) {
	got := rpcTrace(`     svcctl_OpenServiceW: struct svcctl_OpenServiceW
        in: struct svcctl_OpenServiceW
            ServiceName              : *
                ServiceName              : 'LZX'
            opnum                    : 0x0010 (16)
     svcctl_OpenServiceW: struct svcctl_OpenServiceW
        out: struct svcctl_OpenServiceW
            result                   : WERR_ACCESS_DENIED
`, truth.RPCCall{Transport: "smb2"})
	if len(got) != 1 || got[0].Interface != "svcctl" || got[0].Operation != "OpenServiceW" || got[0].Opnum != 16 ||
		got[0].Outcome != "error" || got[0].Code != "WERR_ACCESS_DENIED" || got[0].Words["service"] != "LZX" {
		t.Errorf("calls %+v", got)
	}
}

func TestKDCLine(t *testing.T) {
	m := kdcLine.FindStringSubmatch("kdc krb5kdc[1](info): AS_REQ (2 etypes {aes(18), rc4(23)}) 10.20.30.54: ISSUE: authtime 17, etypes {rep=a(18), tkt=DEPRECATED:arcfour-hmac(23), ses=a(18)}, lzu@R for krbtgt/R@R")
	if m == nil || m[1] != "AS_REQ" || m[3] != "ISSUE" || m[5] != "lzu@R" || m[6] != "krbtgt/R@R" || kdcTicket.FindStringSubmatch(m[4])[1] != "arcfour-hmac" {
		t.Errorf("%q", m)
	}
}

// The inert programs must be what readers of such files accept.
func TestStub(t *testing.T) {
	b := cast.Stub("A.EXE", 9216)
	f, err := pe.NewFile(bytes.NewReader(b))
	if err != nil || len(b) != 9216 || len(f.Sections) != 2 || f.Sections[0].Name != ".text" {
		t.Fatalf("%v, %d bytes, %v", err, len(b), f)
	}
	if bytes.Equal(b, cast.Stub("B.EXE", 9216)) {
		t.Error("two names give the same program")
	}
}
