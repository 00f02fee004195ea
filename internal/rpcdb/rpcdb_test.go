package rpcdb

import (
	"errors"
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	all := tables()
	if all.err != nil {
		t.Fatal(all.err)
	}
	if len(all.interfaces) < 90 || all.operations < 1400 || len(all.pipes) < 8 || len(all.classes) < 20 || len(all.statuses) < 150 {
		t.Errorf("%d interfaces, %d operations, %d pipes, %d classes, %d codes", len(all.interfaces), all.operations, len(all.pipes), len(all.classes), len(all.statuses))
	}
}

// The operations that lateral movement and enumeration need, by the numbers of their
// specifications.
func TestOperations(t *testing.T) {
	for uuid, ops := range map[string]map[uint16]string{
		"367abb81-9844-35f1-ad32-98f038001003": {0: "CloseServiceHandle", 1: "ControlService", 2: "DeleteService", 6: "QueryServiceStatus", 11: "ChangeServiceConfigW", 12: "CreateServiceW", 14: "EnumServicesStatusW", 15: "OpenSCManagerW", 16: "OpenServiceW", 19: "StartServiceW", 24: "CreateServiceA", 27: "OpenSCManagerA", 28: "OpenServiceA", 31: "StartServiceA", 42: "EnumServicesStatusExW", 45: "CreateServiceWOW64W", 54: "ScOpenServiceStatusHandle", 55: "", 60: "CreateWowService", 65535: ""},
		"1ff70682-0a51-30e8-076d-740be8cee98b": {0: "NetrJobAdd", 1: "NetrJobDel", 2: "NetrJobEnum"},
		"86d35949-83c9-4044-b424-db363231fd0c": {1: "SchRpcRegisterTask", 12: "SchRpcRun", 13: "SchRpcDelete", 17: "SchRpcGetTaskInfo", 19: "SchRpcEnableTask"},
		"338cd001-2244-31f1-aaaa-900038001003": {6: "BaseRegCreateKey", 15: "BaseRegOpenKey", 20: "BaseRegSaveKey", 22: "BaseRegSetValue", 31: "BaseRegSaveKeyEx", 35: "BaseRegDeleteKeyEx"},
		"4b324fc8-1670-01d3-1278-5a47bf6ee188": {8: "NetrConnectionEnum", 9: "NetrFileEnum", 12: "NetrSessionEnum", 15: "NetrShareEnum", 16: "NetrShareGetInfo", 21: "NetrServerGetInfo", 28: "NetrRemoteTOD", 31: "NetprPathCanonicalize", 32: "NetprPathCompare", 36: "NetrShareEnumSticky", 54: "", 57: "NetrShareDelEx"},
		"6bffd098-a112-3610-9833-46c3f87e345a": {0: "NetrWkstaGetInfo", 2: "NetrWkstaUserEnum", 5: "NetrWkstaTransportEnum", 31: "NetrWorkstationResetDfsCache"},
		"12345778-1234-abcd-ef00-0123456789ac": {0: "SamrConnect", 5: "SamrLookupDomainInSamServer", 6: "SamrEnumerateDomainsInSamServer", 7: "SamrOpenDomain", 8: "SamrQueryInformationDomain", 11: "SamrEnumerateGroupsInDomain", 13: "SamrEnumerateUsersInDomain", 15: "SamrEnumerateAliasesInDomain", 25: "SamrGetMembersInGroup", 33: "SamrGetMembersInAlias", 36: "SamrQueryInformationUser", 40: "SamrQueryDisplayInformation", 48: "SamrQueryDisplayInformation2", 51: "SamrQueryDisplayInformation3", 57: "SamrConnect2", 62: "SamrConnect4", 64: "SamrConnect5", 69: "SamrPerformGenericOperation"},
		"12345778-1234-abcd-ef00-0123456789ab": {7: "LsarQueryInformationPolicy", 11: "LsarEnumerateAccounts", 35: "LsarEnumerateAccountsWithUserRight", 44: "LsarOpenPolicy2", 45: "LsarGetUserName", 46: "LsarQueryInformationPolicy2", 50: "LsarEnumerateTrustedDomainsEx", 57: "LsarLookupSids2", 58: "LsarLookupNames2", 68: "LsarLookupNames3", 76: "LsarLookupSids3", 77: "LsarLookupNames4", 94: "CredrBackupCredentials"},
		"e1af8308-5d1f-11c9-91a4-08002b14a0fa": {2: "ept_lookup", 3: "ept_map"},
		"e3514235-4b06-11d1-ab04-00c04fc2dcd2": {3: "DRSGetNCChanges", 12: "DRSCrackNames", 24: "DRSQuerySitesByCost"},
		"12345678-1234-abcd-ef00-01234567cffb": {4: "NetrServerReqChallenge", 26: "NetrServerAuthenticate3", 30: "NetrServerPasswordSet2", 49: "NetrChainSetClientAttributes"},
		"12345678-1234-abcd-ef00-0123456789ab": {10: "RpcEnumPrinterDrivers", 69: "RpcSplOpenPrinter", 89: "RpcAddPrinterDriverEx", 104: "RpcReportJobProcessingProgress"},
		"76f03f96-cdfd-44fc-a22c-64950a001209": {39: "RpcAsyncAddPrinterDriver", 74: "RpcAsyncLogJobInfoForBranchOffice"},
		"9556dc99-828c-11cf-a37e-00aa003240c7": {2: "", 3: "OpenNamespace", 20: "ExecQuery", 24: "ExecMethod"},
		"c681d488-d850-11d0-8c52-00c04fd90f7e": {0: "EfsRpcOpenFileRaw", 4: "EfsRpcEncryptFileSrv", 12: "EfsRpcFileKeyInfo"},
	} {
		u, ok := ParseUUID(uuid)
		i := Lookup(u)
		if !ok || i == nil || i.Text != uuid {
			t.Errorf("%s: %v", uuid, i)
			continue
		}
		for n, want := range ops {
			if got := i.Operation(n); got != want {
				t.Errorf("%s %d is %q, want %q", i.Name, n, got, want)
			}
		}
	}
	if i := ByPipe("svcctl"); i == nil || i.Name != "svcctl" || i.Result != Win32 {
		t.Errorf("%v", i)
	}
	if u, _ := ParseUUID("49b2791a-b1ae-4c90-9b8e-e860ba07f889"); Class(u) != "MMC20.Application" || Class(UUID{}) != "" || Lookup(UUID{}) != nil || ByPipe("lsass") != nil {
		t.Error("classes or what is not there")
	}
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		code uint32
		name string
		o    Outcome
	}{
		{Win32, 0, "ok", Accepted}, {Win32, 5, "ERROR_ACCESS_DENIED", Refused}, {Win32, 0x431, "ERROR_SERVICE_EXISTS", Failed},
		{Win32, 234, "ERROR_MORE_DATA", Accepted}, {Win32, 0xffff, "0x0000ffff", Failed},
		{NT, 0xc0000022, "ACCESS_DENIED", Refused}, {NT, 0x105, "MORE_ENTRIES", Accepted}, {NT, 0xc0ffffff, "0xc0ffffff", Failed},
		{HResult, 1, "S_FALSE", Accepted}, {HResult, 0x80070005, "E_ACCESSDENIED", Refused}, {HResult, 0x80004005, "E_FAIL", Failed},
		{RPC, 0x1c010003, "nca_unk_if", Failed}, {RPC, 5, "ERROR_ACCESS_DENIED", Refused},
	} {
		if name, o := Status(c.kind, c.code); name != c.name || o != c.o {
			t.Errorf("%s %#x is %s, %s", c.kind, c.code, name, o)
		}
	}
}

func TestUUID(t *testing.T) {
	const text = "367abb81-9844-35f1-ad32-98f038001003"
	if u, ok := ParseUUID(strings.ToUpper(text)); !ok || u.String() != text || u[0] != 0x36 || u[15] != 3 {
		t.Errorf("%v, %s", ok, u)
	}
	for _, s := range []string{"", text[:35], text + "0", strings.Replace(text, "-", "0", 1), strings.Replace(text, "3", "g", 1)} {
		if _, ok := ParseUUID(s); ok {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestBadTables(t *testing.T) {
	for in, want := range map[string]string{
		"": "read head line", "b,a\n": "columns are", "a,b\nx,y\n": "t.csv:2: no identity", "a,b\nx\n": "t.csv:2:",
		"a,b\n" + strings.Repeat("1,2\n", maxRows+1): "more than 10000 lines",
	} {
		err := parse("t.csv", strings.NewReader(in), []string{"a", "b"}, func(f []string) error {
			if f[0] == "x" {
				return errIdentity
			}
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gives %v, want %s", in, err, want)
		}
	}
	all := load()
	one := all.interfaces[func() UUID { u, _ := ParseUUID("afa8bd80-7d8a-11c9-bef4-08002b102989"); return u }()]
	if errors.Join(all.err) != nil || one == nil {
		t.Fatal("mgmt is missing")
	}
	for name, err := range map[string]error{
		"no identity": all.face([]string{"x", "", "n", "", "s"}), "twice": all.face([]string{one.Text, "", "n", "", "s"}),
		"no source": all.face([]string{"00000000-0000-0000-0000-000000000001", "", "n", "", ""}),
		"no kind":   all.face([]string{"00000000-0000-0000-0000-000000000001", "", "n", "x", "s"}),
		"of none":   all.operation([]string{"00000000-0000-0000-0000-000000000001", "1", "n"}), "again": all.operation([]string{one.Text, "0", "n"}),
		"large": all.operation([]string{one.Text, "1024", "n"}), "pipe": all.pipe([]string{"svcctl", one.Text}), "class": all.class([]string{"x", "n"}),
		"code": all.status([]string{"nt", "x", "n", ""}), "kind": all.status([]string{"x", "1", "n", ""}), "means": all.status([]string{"nt", "77", "n", "x"}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestAllocs(t *testing.T) {
	u := ByPipe("svcctl").UUID
	if n := testing.AllocsPerRun(100, func() { _ = Lookup(u).Operation(12); _, _ = Status(NT, 0xc0000022) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
