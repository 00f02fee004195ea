package dcerpc

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"lazaret/internal/event"
	"lazaret/internal/prototest"
)

// once makes one call of an interface and gives its record.
func once(t *testing.T, f form, iface string, opnum uint16, ask, answer func(*stub)) (*Record, *prototest.Flow) {
	t.Helper()
	c := (&talk{form: f}).bind(uuidOf(iface), 1)
	in, out := c.stub(), c.stub()
	ask(in)
	c.ask(opnum, 0, in)
	if answer != nil {
		answer(out)
		c.answer(0, out)
	}
	fl := c.feed("")
	if r := records(fl); len(r) == 1 {
		return r[0], fl
	}
	t.Fatalf("%s %d gives %d records, %v", iface, opnum, len(fl.Records), fl.Weirds)
	return nil, nil
}

const taskXML = `<?xml version="1.0" encoding="UTF-16"?><Task><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals>` +
	`<Actions Context="A"><Exec><Command>cmd.exe</Command><Arguments>/C dir &gt; C:\Windows\Temp\x.tmp 2&gt;&amp;1</Arguments></Exec>` +
	`<Exec id="2"><Command>powershell</Command></Exec></Actions></Task>`

// TestParameters reads the calls that verdicts need, in every form that a stub has.
func TestParameters(t *testing.T) {
	ok := func(s *stub) { s.u32(0) }
	for name, c := range map[string]struct {
		iface       string
		opnum       uint16
		ask, answer func(*stub)
		want        Record
	}{
		"service of bytes": {"svcctl", 24, func(s *stub) {
			s.handle(1).narrow("svc").null().u32(1).u32(1).u32(0).u32(1).narrow(`C:\x.sys`).null().null().null().u32(0).null().null().u32(0)
		}, func(s *stub) { s.null().handle(2).u32(0) }, Record{Operation: "CreateServiceA", Outcome: "accepted", Target: "svc", Command: `C:\x.sys`, Detail: "start boot, type kernel_driver"}},
		"service of 32 bits": {"svcctl", 45, func(s *stub) {
			s.handle(1).text("svc").null().u32(1).u32(0x20).u32(2).u32(1).text("x.exe").null().null().null().u32(0).null().null().u32(0)
		}, nil, Record{Operation: "CreateServiceWOW64W", Target: "svc", Command: "x.exe", Detail: "start auto, type share_process"}},
		"changed service": {"svcctl", 11, func(s *stub) {
			s.handle(1).u32(noChange).u32(4).u32(noChange).unique("new.exe").null().ref().u32(9).ref().bytes([]byte{1, 2, 3}).u32(3).unique(`.\svc`).ref().bytes([]byte("pw1")).u32(3).unique("Shown")
		}, ok, Record{Operation: "ChangeServiceConfigW", Outcome: "accepted", Command: "new.exe", Detail: "start disabled", Account: `.\svc`, Display: "Shown"}},
		"job": {"atsvc", 0, func(s *stub) {
			s.unique(`\\CT1`)
			s.word(12*3600*1000+34*60*1000).u32(0).u8(4, 1).ref().text("c:\\windows\\evil.bat")
		}, func(s *stub) { s.u32(3).u32(0) }, Record{Operation: "NetrJobAdd", Outcome: "accepted", Server: "CT1", Target: "job 3", Command: `c:\windows\evil.bat`, Detail: "at 12:34:00, days of week 0x4, periodically"}},
		"task": {"tsch", 1, func(s *stub) { s.unique(`\Updater`).text(taskXML).u32(6).null().u32(0).u32(0).null() }, func(s *stub) { s.unique(`\Updater`).null().u32(0) },
			Record{Operation: "SchRpcRegisterTask", Outcome: "accepted", Target: `\Updater`, Command: `cmd.exe /C dir > C:\Windows\Temp\x.tmp 2>&1; powershell`, Detail: "flags create_or_update", Account: "S-1-5-18"}},
		"run task": {"tsch", 12, func(s *stub) { s.text(`\Updater`).u32(1).ref().word(1).ref().text("now").u32(0).u32(0).null() }, func(s *stub) { s.guid(uuidOf("tsch")).u32(0x80070005) },
			Record{Operation: "SchRpcRun", Outcome: "refused", Status: "E_ACCESSDENIED", Target: `\Updater`, Command: "now"}},
		"deleted task": {"tsch", 13, func(s *stub) { s.text(`\Updater`).u32(0) }, ok, Record{Operation: "SchRpcDelete", Outcome: "accepted", Target: `\Updater`}},
		"shares": {"srvsvc", 15, func(s *stub) { s.unique(`\\10.0.0.7`).u32(1).u32(1).ref().u32(0).null().u32(0xffffffff).null() },
			func(s *stub) { tagged(s.u32(1), 1).ref().u32(3).null().u32(3).null().u32(0) }, Record{Operation: "NetrShareEnum", Outcome: "accepted", Server: "10.0.0.7", Level: event.N(1), Count: event.N(3)}},
		"sessions": {"srvsvc", 12, func(s *stub) { s.unique("CT1").unique(`\\PC9`).unique("mueller").u32(10) }, func(s *stub) { s.u32(5) },
			Record{Operation: "NetrSessionEnum", Outcome: "refused", Status: "ERROR_ACCESS_DENIED", Server: "CT1", Target: "PC9", Account: "mueller", Level: event.N(10)}},
		"share": {"srvsvc", 16, func(s *stub) { s.null().text("ADMIN$").u32(2) }, nil, Record{Operation: "NetrShareGetInfo", Target: "ADMIN$", Level: event.N(2)}},
		"path":  {"srvsvc", 31, func(s *stub) { s.unique("x").text(strings.Repeat("A", 3000)) }, nil, Record{Operation: "NetprPathCanonicalize", Server: "x", Target: strings.Repeat("A", 1024)}},
		"users": {"wkssvc", 2, func(s *stub) { s.unique(`\\CT1`).u32(1).u32(1) }, func(s *stub) { tagged(s.u32(1), 1).ref().u32(2).null().u32(2).null().u32(0) },
			Record{Operation: "NetrWkstaUserEnum", Outcome: "accepted", Server: "CT1", Level: event.N(1), Count: event.N(2)}},
		"domain": {"samr", 5, func(s *stub) { s.handle(1).counted("HOSPITAL") }, nil, Record{Operation: "SamrLookupDomainInSamServer", Target: "HOSPITAL"}},
		"opened domain": {"samr", 7, func(s *stub) { s.handle(1).u32(0x200).sid() }, func(s *stub) { s.handle(2).u32(0xc0000022) },
			Record{Operation: "SamrOpenDomain", Outcome: "refused", Status: "ACCESS_DENIED", Target: "S-1-5-21-1-2-3"}},
		"accounts": {"samr", 13, func(s *stub) { s.handle(2).u32(0).u32(0).u32(0xffff) }, func(s *stub) { s.u32(7).null().u32(17).u32(0x105) },
			Record{Operation: "SamrEnumerateUsersInDomain", Outcome: "accepted", Status: "MORE_ENTRIES", Count: event.N(17)}},
		"names": {"samr", 17, func(s *stub) {
			s.handle(2).u32(2).word(1000).word(0).word(2).countedHead("adm").countedHead("guest").text("adm").text("guest")
		}, nil, Record{Operation: "SamrLookupNamesInDomain", Count: event.N(2), Names: []string{"adm", "guest"}}},
		"ids":       {"samr", 18, func(s *stub) { s.handle(2).u32(3).word(1000).word(0).word(3).u32(500).u32(501).u32(502) }, nil, Record{Operation: "SamrLookupIdsInDomain", Count: event.N(3), Detail: "ids 500 to 502"}},
		"user":      {"samr", 34, func(s *stub) { s.handle(2).u32(1).u32(500) }, nil, Record{Operation: "SamrOpenUser", Target: "user 500"}},
		"new user":  {"samr", 50, func(s *stub) { s.handle(2).counted("hacker").u32(16).u32(1) }, nil, Record{Operation: "SamrCreateUser2InDomain", Account: "hacker"}},
		"member":    {"samr", 31, func(s *stub) { s.handle(2).sid(1001) }, nil, Record{Operation: "SamrAddMemberToAlias", Detail: "member S-1-5-21-1-2-3-1001"}},
		"attribute": {"samr", 58, func(s *stub) { s.handle(2).u16(26).u8([]byte("s3cretPASS")...) }, nil, Record{Operation: "SamrSetInformationUser2", Level: event.N(26)}},
		"policy":    {"lsarpc", 44, func(s *stub) { s.unique(`\\DC`).u32(24) }, nil, Record{Operation: "LsarOpenPolicy2", Server: "DC"}},
		"sids": {"lsarpc", 57, func(s *stub) {
			s.handle(1)
			if s.wide {
				s.align(8)
			}
			s.u32(3).ref().word(3).ref().ref().ref().sid(500).sid(501).sid(502)
		}, nil, Record{Operation: "LsarLookupSids2", Count: event.N(3), Detail: "S-1-5-21-1-2-3-500 to S-1-5-21-1-2-3-502"}},
		"policy names": {"lsarpc", 77, func(s *stub) { s.u32(1).word(1).countedHead("root").text("root") }, nil, Record{Operation: "LsarLookupNames4", Count: event.N(1), Names: []string{"root"}}},
		"challenge":    {"netlogon", 4, func(s *stub) { s.unique(`\\DC`).text("PC9").u8(1, 2, 3, 4, 5, 6, 7, 8) }, ok, Record{Operation: "NetrServerReqChallenge", Outcome: "accepted", Server: "DC", Target: "PC9"}},
		"machine": {"netlogon", 26, func(s *stub) { s.unique(`\\DC`).text("PC9$").u16(2).text("PC9").u8([]byte("s3cretPASS")...) }, func(s *stub) { s.u32(0xc0000022) },
			Record{Operation: "NetrServerAuthenticate3", Outcome: "refused", Status: "ACCESS_DENIED", Server: "DC", Target: "PC9", Account: "PC9$", Detail: "channel workstation"}},
		"domain controller": {"netlogon", 20, func(s *stub) { s.null() }, func(s *stub) { s.null().u32(0x54b) }, Record{Operation: "DsrGetDcName", Outcome: "failed", Status: "0x0000054b"}},
		"driver":            {"spoolss", 89, func(s *stub) { driver(s, 2, "") }, nil, drv("RpcAddPrinterDriverEx", 2)},
		"driver with help": {"spoolss", 9, func(s *stub) { driver(s, 3, "pppdp") }, func(s *stub) { s.u32(5) }, func() Record {
			r := drv("RpcAddPrinterDriver", 3)
			r.Outcome, r.Status = "refused", "ERROR_ACCESS_DENIED"
			return r
		}()},
		"driver with names": {"spoolss", 89, func(s *stub) { driver(s, 4, "pppdpdp") }, nil, drv("RpcAddPrinterDriverEx", 4)},
		"driver with maker": {"spoolss", 89, func(s *stub) { driver(s, 6, "pppdpdpddqpppp") }, nil, drv("RpcAddPrinterDriverEx", 6)},
		"driver, all of it": {"winspool", 39, func(s *stub) { driver(s, 8, "pppdpdpddqppppppdppddpddq") }, nil, drv("RpcAsyncAddPrinterDriver", 8)},
		"driver by name":    {"spoolss", 9, func(s *stub) { tagged(s.null().u32(1), 1).ref().ref().text("Printer") }, nil, Record{Operation: "RpcAddPrinterDriver", Level: event.N(1), Target: "Printer"}},
		"call back": {"spoolss", 65, func(s *stub) { s.handle(1).u32(0x100).u32(0).unique(`\\10.0.0.66`).u32(0).null() }, nil,
			Record{Operation: "RpcRemoteFindFirstPrinterChangeNotificationEx", Target: "10.0.0.66"}},
		"namespace": {"login", 6, func(s *stub) { orpc(s).unique("//./root/cimv2").null().u32(0).null() }, func(s *stub) { s.u32(0x80041003) },
			Record{Operation: "NTLMLogin", Outcome: "refused", Status: "WBEM_E_ACCESS_DENIED", Target: "//./root/cimv2"}},
	} {
		for _, f := range forms {
			r, fl := once(t, f, c.iface, c.opnum, c.ask, c.answer)
			if c.want.Status == "" && c.want.Outcome == "accepted" {
				c.want.Status = "ok"
			}
			r.UUID, r.Version, r.NamedPipe, r.RTT, r.Endpoint, r.Opnum, r.CallID = "", "", "", 0, "", event.Count{}, event.Count{}
			if got, want := fmt.Sprintf("%+v", *r), fmt.Sprintf("%+v", c.want); got != want {
				t.Errorf("%s %+v:\n got %s\nwant %s", name, f, got, want)
			}
			if l := prototest.Leaks(fl.Records, []string{"s3cretPASS", "pw1"}); len(l) > 0 {
				t.Errorf("%s tells %v", name, l)
			}
		}
	}
}

// driver writes a driver of a level with what stands behind its first five texts.
func driver(s *stub, level uint32, members string) {
	tagged(s.unique(`\\PRN`).u32(level), level).ref()
	if s.wide || level >= 6 {
		s.align(8)
	}
	s.u32(3).ref().ref().ref().ref().ref()
	for _, m := range members {
		switch m {
		case 'p':
			s.null()
		case 'd':
			s.u32(0)
		case 'q':
			s.align(8)
			s.u32(1).u32(2)
		}
	}
	s.text("Printer").text("Windows x64").text(`C:\drv\UNIDRV.DLL`).text(`C:\kernelbase.dll`).text(`\\evil\share\x.dll`)
}

// drv is the record of that driver.
func drv(operation string, level uint64) Record {
	return Record{Operation: operation, Server: "PRN", Level: event.N(level), Target: "Printer", Command: `C:\drv\UNIDRV.DLL`,
		Arguments: []string{"environment=Windows x64", `data_file=C:\kernelbase.dll`, `config_file=\\evil\share\x.dll`}}
}

// tagged writes the discriminant of a union.
func tagged(s *stub, v uint32) *stub {
	if s.wide {
		s.align(8)
	}
	s.u32(v)
	if s.wide {
		s.align(8)
	}
	return s
}

// chars is a text as values of the registry hold it.
func chars(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Handles of keys lead to whole paths; texts and numbers are told, secrets are not.
func TestRegistry(t *testing.T) {
	for _, f := range forms {
		c := (&talk{form: f}).bind(uuidOf("winreg"), 1)
		set := func(name string, kind uint32, b []byte) {
			c.ask(22, 0, c.stub().handle(2).counted(name).u32(kind).bytes(b).u32(uint32(len(b)))).answer(0, c.stub().u32(0))
		}
		c.ask(2, 0, c.stub().null().u32(0x2000000)).answer(0, c.stub().handle(1).u32(0))
		c.ask(6, 0, c.stub().handle(1).counted(`SOFTWARE\Run`).counted("").u32(0).u32(2).null().null()).answer(0, c.stub().handle(2).null().u32(0))
		set("Updater", 1, chars(`C:\Temp\up.exe -p s3cretPASS`+"\x00"))
		set("ImagePath", 2, chars(`%SystemRoot%\svc.exe 1234567`))
		set("DefaultPassword", 1, chars("s3cretPASS\x00"))
		set("Authentication Packages", 7, chars("msv1_0\x00evil\x00\x00s3cretPASS"))
		set("DisableRestrictedAdmin", 4, []byte{1, 0, 0, 0})
		set("Big", 5, []byte{0, 0, 1, 0})
		set("Long", 11, []byte{2, 0, 0, 0, 0, 0, 0, 0})
		set("Short", 4, []byte{1})
		set("Blob", 3, []byte("s3cretPASS"))
		set("Odd", 7, []byte{'a', 0, 0})
		c.ask(20, 0, c.stub().handle(2).counted(`C:\Windows\Temp\sam.hiv`).null()).answer(0, c.stub().u32(0x522))
		c.ask(5, 0, c.stub().handle(2)).answer(0, c.stub().handle(0).u32(0))
		c.ask(8, 0, c.stub().handle(2).counted("")).answer(0, c.stub().u32(6))
		fl := c.feed("winreg")
		var got []string
		for _, r := range records(fl) {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s: %s", r.Operation, r.Outcome, r.Target, r.Detail, r.Value)))
		}
		mark := newAnalyzer(fl).(*analyzer).shown("1234567")
		value := `BaseRegSetValue accepted HKLM\SOFTWARE\Run value `
		want := []string{"OpenLocalMachine accepted HKLM :", `BaseRegCreateKey accepted HKLM\SOFTWARE\Run :`,
			value + `Updater, REG_SZ, 58 bytes: C:\Temp\up.exe -p ~`, value + `ImagePath, REG_EXPAND_SZ, 56 bytes: %SystemRoot%\svc.exe ` + mark, value + `DefaultPassword, REG_SZ, 22 bytes: ~`,
			value + `Authentication Packages, REG_MULTI_SZ, 46 bytes: msv1_0; evil`, value + `DisableRestrictedAdmin, REG_DWORD, 4 bytes: 1`, value + `Big, REG_DWORD_BIG_ENDIAN, 4 bytes: 256`,
			value + `Long, REG_QWORD, 8 bytes: 2`, value + `Short, REG_DWORD, 1 bytes:`, value + `Blob, REG_BINARY, 10 bytes:`, value + `Odd, REG_MULTI_SZ, 3 bytes: a`,
			`BaseRegSaveKey refused HKLM\SOFTWARE\Run file C:\Windows\Temp\sam.hiv:`, `BaseRegCloseKey accepted HKLM\SOFTWARE\Run :`, "BaseRegDeleteValue failed  value (default):"}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%+v:\n got %q\nwant %q", f, got, want)
		}
		if l := prototest.Leaks(fl.Records, []string{"s3cret"}); len(l) > 0 {
			t.Errorf("%v is told", l)
		}
	}
}

// towerOf is a protocol tower over TCP.
func towerOf(uuid string, port uint16, ip [4]byte) []byte {
	b := binary.LittleEndian.AppendUint16(nil, 5)
	side := func(v ...byte) {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
		b = append(b, v...)
	}
	id := (&stub{}).guid(uuid).b
	side(append(append([]byte{floorUUID}, id...), 2, 0)...)
	side(0, 0)
	side(append(append([]byte{floorUUID}, (&stub{}).guid("8a885d04-1ceb-11c9-9fe8-08002b104860").b...), 2, 0)...)
	side(0, 0)
	side(0x0b)
	side(0, 0)
	side(floorTCP)
	side(byte(port>>8), byte(port))
	side(floorIP)
	side(ip[:]...)
	return b
}

func TestMapper(t *testing.T) {
	for _, f := range forms {
		put := func(s *stub, tower []byte) { s.word(uint64(len(tower))).u32(uint32(len(tower))).u8(tower...).align(4) }
		r, fl := once(t, f, "epmapper", 3, func(s *stub) {
			s.ref().guid("00000000-0000-0000-0000-000000000000")
			if s.wide {
				s.align(8)
			}
			s.ref()
			put(s, towerOf(uuidOf("svcctl"), 135, [4]byte{}))
			s.handle(0).u32(4)
		}, func(s *stub) {
			s.handle(0).u32(2).word(4).word(0).word(2).ref().ref()
			put(s, towerOf(uuidOf("svcctl"), 49679, [4]byte{192, 0, 2, 2}))
			if s.wide {
				s.align(8)
			}
			put(s, towerOf(uuidOf("svcctl"), 49680, [4]byte{10, 0, 0, 1}))
			s.u32(0)
		})
		if r.Target != "svcctl" || r.Detail != "tcp" || r.Count.V != 2 || strings.Join(r.Answers, ",") != "tcp 192.0.2.2:49679,tcp 10.0.0.1:49680" || r.Outcome != "accepted" {
			t.Errorf("%+v: %+v", f, r)
		}
		if len(fl.Expected) != 1 || fl.Expected[0].At.Port != 49679 || fl.Expected[0].At.IP != fl.ID.Resp.IP || fl.Expected[0].About.Name != uuidOf("svcctl") || !fl.Expected[0].Keep {
			t.Errorf("announced: %+v", fl.Expected)
		}
	}
	b := binary.LittleEndian.AppendUint16(nil, 4)
	for _, side := range []string{"\x0d0123456789abcdef\x01\x00", "\x00\x00", "\x0d0123456789abcdef\x01\x00", "\x00\x00", "\x0b", "\x00\x00", "\x10", "\\PIPE\\lsass\x00"} {
		b = append(binary.LittleEndian.AppendUint16(b, uint16(len(side))), side...)
	}
	s := (&stub{}).word(uint64(len(b))).u32(uint32(len(b))).u8(b...).align(4)
	r := reader(s)
	if tw, ok := readTower(r); !ok || tw.String() != `pipe \PIPE\lsass` {
		t.Errorf("%+v", tw)
	}
}
