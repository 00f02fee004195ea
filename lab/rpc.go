package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// mockPort is the dynamic TCP port of the mock's interfaces.
const mockPort = 49664

// rpcScenario is remote procedures over pipes and TCP: services, jobs, tasks,
// registry values, and the questions that come before them.
func rpcScenario(l *Lab) error {
	if err := l.build("files", "apps", "dc1", "desk1", "desk2", "desk3", "desk4"); err != nil {
		return err
	}
	l.canary("secret", domainPassword)
	f, err := l.makeShares("files", "FILESRV", "")
	if err != nil {
		return err
	}
	conf, err := l.provision()
	if err != nil {
		return err
	}
	dc := l.hosts["dc1"]
	// What shows it as a controller is not in this capture, but for the names
	// of its interfaces.
	dc.Services, dc.Shown, dc.Kinds = nil, nil, nil
	dc.offers("smb", "tcp", 445, "")
	dc.called("DC1", "ntlm")
	dc.called("dc1."+adRealm, "ntlm")
	if err := l.record(); err != nil {
		return err
	}
	if err := l.serveShares(f); err != nil {
		return err
	}
	if err := l.serveMock(); err != nil {
		return err
	}
	if err := l.serveDomain(conf); err != nil {
		return err
	}
	for _, play := range []func() error{l.mockCalls, l.netCalls, func() error { return l.sambaCalls(f) }, l.domainCalls} {
		if err := play(); err != nil {
			return err
		}
	}
	return l.mockHeard("apps")
}

// serveDomain starts the domain controller.
func (l *Lab) serveDomain(conf string) error {
	p, err := l.serve(l.hosts["dc1"], "samba-ad", 0, "samba", "-F", "--no-process-group", "--debug-stdout", "-s", conf)
	if err != nil {
		return err
	}
	for range 4 { // it makes its keys first
		if err = p.waitListen(389); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	return p.waitListen(135)
}

// serveMock starts the machine that takes everything and runs nothing.
func (l *Lab) serveMock() error {
	h, who := l.hosts["apps"], people()["service"]
	l.canary("user", who.user)
	l.canary("secret", who.password)
	shares := map[string]string{}
	for _, s := range []string{"ADMIN$", "C$"} {
		dir := filepath.Join(l.dir, "apps", strings.Trim(s, "$"))
		if err := os.MkdirAll(filepath.Join(dir, "Temp"), dirMode); err != nil {
			return err
		}
		shares[s] = dir
	}
	file, err := l.jobFile("mock", map[string]any{"ip": h.IP, "dynamic": mockPort, "log": filepath.Join(l.dir, "mock.calls"),
		"user": who.user, "password": who.password, "shares": shares})
	if err != nil {
		return err
	}
	p, err := l.serve(h, "mock", 445, "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", filepath.Join(l.peers, "rpc.py"), "serve", file)
	if err != nil {
		return err
	}
	h.offers("smb", "tcp", 445, "")
	h.is("file server")
	h.has("accepts SMB1", "does not require SMB signing")
	return p.waitListen(135)
}

// mockCalls are scripted clients: a program is copied and made a service, a
// job, a task, a value of the registry; granted, refused and failed.
func (l *Lab) mockCalls() error {
	who := people()["service"]
	files := map[string]string{}
	for name, size := range map[string]int{"SETUPX.EXE": 12288, "SERVICEX.EXE": 9216} {
		s, err := l.sample(name, cast.Stub(name, size))
		if err != nil {
			return err
		}
		files[name] = s.path
	}
	for _, p := range []struct{ play, transport, from string }{
		{"services", "smb1", "desk4"}, {"tasks", "smb1", "desk4"}, {"registry", "smb1", "desk4"}, {"unknown", "smb1", "desk4"},
		{"services", "smb2", "desk1"}, {"tasks", "smb2", "desk1"}, {"registry", "smb2", "desk1"}, {"unknown", "smb2", "desk1"},
		{"services", "tcp", "desk2"}, {"tasks", "tcp", "desk2"}, {"registry", "tcp", "desk2"},
	} {
		job := map[string]any{"server": l.hosts["apps"].IP, "user": who.user, "password": who.password, "domain": workgroup,
			"myname": strings.ToUpper(p.from), "transport": p.transport, "files": files}
		all, err := l.python(p.from, p.play, job, "rpc")
		if err != nil {
			return err
		}
		v := truth.SMBVisit{Client: p.from, Server: "apps", Port: 445, Account: who.user, Status: "NT_STATUS_OK",
			Dialect: map[string]string{"smb1": "NT1", "smb2": "2.02"}[p.transport], Detail: p.play + ", scripted"}
		l.told(all, &v)
		l.toldCalls(all, p.from, "apps")
		flow := truth.Flow{Client: p.from, Server: "apps", Proto: "tcp", Port: 445, Service: "smb", Detail: v.Detail, Count: 1}
		if p.transport == "tcp" {
			flow.Port, flow.Service = mockPort, "dce_rpc"
			l.flow(truth.Flow{Client: p.from, Server: "apps", Proto: "tcp", Port: 135, Service: "dce_rpc", Detail: "endpoint mapper", Count: 1})
		} else {
			l.truth.SMB = append(l.truth.SMB, v)
		}
		l.flow(flow)
	}
	l.hosts["desk4"].has("speaks only SMB1")
	l.hosts["apps"].offers("dce_rpc", "tcp", 135, "")
	l.hosts["apps"].offers("dce_rpc", "tcp", mockPort, "")
	return nil
}

// toldCalls takes the calls and log-ins that a peer reports over.
func (l *Lab) toldCalls(all []report, client, server string) {
	for _, r := range all {
		if r.Call != nil {
			r.Call.Client, r.Call.Server = client, server
			l.calls(*r.Call)
		}
		if r.Logon != nil {
			r.Logon.Client, r.Logon.Server = client, server
			l.truth.Logons = append(l.truth.Logons, *r.Logon)
		}
	}
}

// calls notes calls, equal neighbours as one.
func (l *Lab) calls(all ...truth.RPCCall) {
	for _, c := range all {
		if n := len(l.truth.RPC); n > 0 {
			last := &l.truth.RPC[n-1]
			k := last.Count
			last.Count = c.Count
			if fmt.Sprint(*last) == fmt.Sprint(c) {
				last.Count = k + c.Count
				continue
			}
			last.Count = k
		}
		l.truth.RPC = append(l.truth.RPC, c)
	}
}

// traced runs a client of Samba's with its trace on and notes its calls.
func (l *Lab) traced(base truth.RPCCall, want, refused string, argv ...string) error {
	h := l.hosts[base.Client]
	argv = l.alone(h, append([]string{"timeout", "-k", "2", "40"}, append(argv, "-s", "/dev/null", "-d", "10", "--option=netbios name="+strings.ToUpper(base.Client))...)...)
	out, _ := l.run(h, argv[0], argv[1:]...)
	all := rpcTrace(out, base)
	has := false
	for _, c := range all {
		has = has || c.Interface+"."+c.Operation == want
	}
	if !has || !strings.Contains(out, refused) {
		os.WriteFile(filepath.Join(l.dir, "trace.failed"), []byte(out), 0o644)
		return fmt.Errorf("%s: no call %s, or no %q, among %d:\n%s", strings.Join(argv, " "), want, refused, len(all), tail(out, 2500))
	}
	l.calls(all...)
	return nil
}

// netCalls are services made by Samba's net on the mock: its requests go by
// transaction and transceive, not by write and read.
func (l *Lab) netCalls() error {
	who := people()["service"]
	for _, d := range []struct{ transport, option, from string }{{"smb1", "NT1", "desk4"}, {"smb2", "SMB2_02", "desk3"}} {
		base := truth.RPCCall{Client: d.from, Server: "apps", Transport: d.transport, Port: 445, Level: "none", Detail: "net rpc service"}
		for _, words := range [][]string{
			{"create", "LZNETX", "LZ net", `C:\Windows\Temp\SETUPX.EXE -q`}, {"start", "LZNETX"}, {"create", "LZDENIEDN", "LZ net", `C:\Windows\LZX.EXE`},
			{"start", "LZNOSTARTN"}, {"delete", "LZNETX"},
		} {
			want := map[string]string{"create": "svcctl.CreateServiceW", "start": "svcctl.StartServiceW", "delete": "svcctl.DeleteService"}[words[0]]
			argv := append([]string{"net", "rpc", "service"}, words...)
			argv = append(argv, "-S", l.hosts["apps"].IP, "-W", workgroup, "--user="+who.user+"%"+who.password, "--option=client min protocol="+d.option,
				"--option=client max protocol="+d.option, "--option=client ipc min protocol="+d.option, "--option=client ipc max protocol="+d.option, "--option=client ipc signing=disabled")
			if err := l.traced(base, want, "", argv...); err != nil {
				return err
			}
			l.flow(truth.Flow{Client: d.from, Server: "apps", Proto: "tcp", Port: 445, Service: "smb", Detail: base.Detail, Count: 1})
		}
	}
	return nil
}

// sambaCalls are rpcclient's and net's calls against a file server.
func (l *Lab) sambaCalls(f *fileShares) error {
	who := people()["transfer"]
	target := l.hosts["files"].IP
	login := []string{"-W", workgroup, "--user=" + who.user + "%" + who.password}
	type ask struct{ from, dialect, level, flags, want, command string }
	for _, a := range []ask{
		{"desk1", "SMB3_11", "none", "", "srvsvc.NetShareEnum", "srvinfo; netshareenum; netsharegetinfo images"},
		{"desk1", "SMB3_11", "none", "", "samr.EnumDomainUsers", "enumdomusers; enumalsgroups builtin; querydominfo"},
		{"desk1", "SMB2_10", "none", "", "lsarpc.EnumAccounts", "lsaquery; lsaenumsid; lookupnames " + who.user},
		{"desk2", "SMB2_02", "none", "", "wkssvc.NetWkstaGetInfo", "wkssvc_wkstagetinfo"},
		{"desk2", "SMB2_10", "integrity", "[sign]", "srvsvc.NetSrvGetInfo", "srvinfo"},
		{"desk2", "SMB2_10", "privacy", "[seal]", "srvsvc.NetSrvGetInfo", "srvinfo"},
		{"desk4", "NT1", "none", "", "srvsvc.NetSrvGetInfo", "srvinfo"},
		{"desk4", "NT1", "none", "", "samr.EnumDomainUsers", "enumdomusers"},
		{"desk3", "SMB3_11", "none", "", "epmapper.Lookup", "epmlookup"},
	} {
		start := len(f.smbd.output())
		base := truth.RPCCall{Client: a.from, Server: "files", Transport: "smb2", Port: 445, Level: a.level, Sealed: a.level == "privacy", Detail: "rpcclient, " + a.command}
		v := truth.SMBVisit{Client: a.from, Server: "files", Port: 445, Account: who.user, Status: "NT_STATUS_OK", Detail: "rpcclient",
			Trees: []truth.SMBTree{{Share: "IPC$", Status: "NT_STATUS_OK"}}, Signed: a.dialect != "NT1"}
		if a.dialect == "NT1" {
			base.Transport = "smb1"
		}
		argv := append([]string{"rpcclient", "ncacn_np:" + target + a.flags, "-c", a.command}, login...)
		for _, o := range []string{"client min", "client max", "client ipc min", "client ipc max"} {
			argv = append(argv, "--option="+o+" protocol="+a.dialect)
		}
		if err := l.traced(base, a.want, "", argv...); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: a.from, Server: "files", Proto: "tcp", Port: 445, Service: "smb", Detail: "rpcclient", Count: 1})
		if err := l.visited(v, f.smbd, start); err != nil {
			return err
		}
	}
	start := len(f.smbd.output())
	argv := append([]string{"net", "rpc", "service", "list", "-S", target}, login...)
	base := truth.RPCCall{Client: "desk3", Server: "files", Transport: "smb2", Port: 445, Level: "none", Detail: "net rpc service list"}
	if err := l.traced(base, "svcctl.EnumServicesStatusW", "", argv...); err != nil {
		return err
	}
	argv = append([]string{"net", "rpc", "registry", "enumerate", `HKLM\SOFTWARE`, "-S", target}, login...)
	base.Detail = "net rpc registry enumerate"
	if err := l.traced(base, "winreg.OpenHKLM", "", argv...); err != nil {
		return err
	}
	job := map[string]any{"server": target, "user": who.user, "password": who.password, "domain": workgroup, "myname": "DESK3"}
	all, err := l.python("desk3", "endian", job, "rpc")
	if err != nil {
		return err
	}
	l.toldCalls(all, "desk3", "files")
	l.flow(truth.Flow{Client: "desk3", Server: "files", Proto: "tcp", Port: 445, Service: "smb", Detail: "net rpc; big-endian calls", Count: 4})
	v := truth.SMBVisit{Client: "desk3", Server: "files", Port: 445, Account: who.user, Status: "NT_STATUS_OK", Signed: true, Connections: 4,
		Detail: "net rpc service and registry, big-endian calls: a session each", Trees: []truth.SMBTree{{Share: "IPC$", Status: "NT_STATUS_OK"}}}
	return l.visited(v, f.smbd, start)
}

// domainCalls go over TCP to a domain controller, at every level.
func (l *Lab) domainCalls() error {
	target := l.hosts["dc1"].IP
	for _, a := range []struct{ level, flags, want, command string }{
		{"connect", "connect", "lsarpc.OpenPolicy", "lsaquery"}, // a fault: too weak for this domain
		{"integrity", "sign", "samr.EnumDomainUsers", "enumdomusers"},
		{"privacy", "seal", "samr.EnumDomainUsers", "enumdomusers"},
		{"privacy", "seal", "drsuapi.DsBind", "dsgetdcinfo " + adRealm},
	} {
		base := truth.RPCCall{Client: "desk2", Server: "dc1", Transport: "tcp", Port: 135, Level: a.level, Sealed: a.level == "privacy", Detail: "rpcclient over TCP, " + a.command}
		err := l.traced(base, a.want, "", "rpcclient", "ncacn_ip_tcp:"+target+"["+a.flags+"]", "--user="+adDomain+"/Administrator%"+domainPassword, "-c", a.command)
		if err != nil {
			return err
		}
		l.flow(truth.Flow{Client: "desk2", Server: "dc1", Proto: "tcp", Port: 135, Service: "dce_rpc", Detail: base.Detail, Count: 1})
		l.truth.Logons = append(l.truth.Logons, truth.Logon{Kind: "ntlm", Carrier: "rpc", Client: "desk2", Server: "dc1", Proto: "tcp", Port: 135,
			User: "Administrator", Domain: adDomain, Workstation: "DESK2", Outcome: "granted", Count: 1})
	}
	l.hosts["dc1"].offers("dce_rpc", "tcp", 135, "")
	return nil
}

// mockHeard holds what the clients reported to what the mock of a host wrote
// down.
func (l *Lab) mockHeard(host string) error {
	b, err := os.ReadFile(filepath.Join(l.dir, "mock.calls"))
	if err != nil {
		return err
	}
	heard, told := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(b)) {
		var c struct {
			Interface, Operation string
			Code                 uint32
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return err
		}
		heard[fmt.Sprintf("%s.%s %v", c.Interface, c.Operation, c.Code == 0)]++
	}
	for _, c := range l.truth.RPC {
		if c.Server == host {
			told[fmt.Sprintf("%s.%s %v", c.Interface, c.Operation, c.Outcome == "ok")] += c.Count
		}
	}
	for _, k := range sortedKeys(heard) {
		if heard[k] != told[k] {
			return fmt.Errorf("the mock heard %s %d times, the clients told of %d", k, heard[k], told[k])
		}
	}
	return nil
}
