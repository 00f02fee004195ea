package main

import (
	"fmt"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// The names under which the backdoor of Orangeworm is known: MITRE ATT&CK,
// S0236.
const (
	wormService = "WmiApSrvEx"
	wormDisplay = "WMI Performance Adapter Extension"
	wormFile    = `System32\WmiApSrve.exe`
	wormCommand = `%SystemRoot%\System32\rundll32.exe wmiapsrve.dll,ControlTrace -Embedding -k`
	// The start of the key under which its calls are hidden (FBI, CP-000118-MW).
	wormKey = "2830a43f6d280423362a32dcad0ba04b"
)

// ward with nothing but what an outbreak needs.
type scene struct {
	pacs   node
	engine *Proc
	sets   map[string]series
}

// open builds machines and starts what they do on every day.
func (l *Lab) open(scanners []string, more ...string) (*scene, error) {
	names := append([]string{"router", "infra", "pacs", "ris", "engine", "his", "ws1", "reg1"}, scanners...)
	if err := l.build(append(names, more...)...); err != nil {
		return nil, err
	}
	s := new(scene)
	var err error
	if s.engine, err = l.startEngine(); err != nil {
		return nil, err
	}
	if s.pacs, err = l.startOrthanc(l.hosts["pacs"]); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, n := range scanners {
		counts[n] = 2
	}
	s.sets, err = l.smallDay(counts)
	return s, err
}

// begin records, after all machines have shown what they are for.
func (l *Lab) begin(s *scene) error {
	if err := l.record(); err != nil {
		return err
	}
	return l.morning(s.pacs, s.engine, s.sets)
}

// emptiness makes the router forget two networks outside: one is silent, one
// is said not to be there.
func (l *Lab) emptiness() error {
	return l.batch(l.hosts["router"].ns, []string{"route add blackhole 203.0.113.0/24", "route add unreachable 192.0.2.0/24"})
}

// kwampirs is the shape of Orangeworm's outbreaks (MITRE ATT&CK, G0071).
func kwampirs(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "dx1", "xa1"}, "jump1", "supplier", "outside1")
	if err != nil {
		return err
	}
	if err := l.emptiness(); err != nil {
		return err
	}
	if _, err := l.resolver(nil); err != nil {
		return err
	}
	files, err := l.copies("WMIAPSRVE", cast.Constants(), "reg1", "ct1", "mr1", "dx1", "xa1", "pacs")
	if err != nil {
		return err
	}
	for _, p := range []pretender{{host: "reg1"}, {host: "ct1"}, {host: "mr1", locked: []string{"ADMIN$", "C$"}},
		{host: "dx1", denied: []string{wormService}}, {host: "xa1", locked: drives()}} {
		if err := l.pretend(p); err != nil {
			return err
		}
	}
	if _, err := l.lend("pacs", "", "ADMIN$", "C$", "D$"); err != nil {
		return err
	}
	if err := l.startOutside(); err != nil {
		return err
	}
	if err := l.sshd("jump1", ""); err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(17 * time.Minute)
	if err := l.dialIn(); err != nil {
		return err
	}
	step := func(from, to, transport, grade, detail string) hop {
		return hop{from: from, to: to, transport: transport, file: files[to], shares: shareList(wormFile, drives()...), start: "service",
			name: wormService, display: wormDisplay, command: wormCommand, grade: grade, detail: detail}
	}
	for i, h := range []hop{
		step("jump1", "reg1", "smb2", "proven", "copied to ADMIN$, service made and started"),
		step("reg1", "ct1", "smb2", "proven", "copied to ADMIN$, service made and started"),
		step("reg1", "mr1", "smb1", "proven", "refused at ADMIN$ and C$, copied to D$, service made and started"),
		step("reg1", "dx1", "smb2", "written", "copied to ADMIN$, service refused"),
		step("reg1", "xa1", "smb2", "refused", "refused at all four shares"),
		step("ct1", "pacs", "smb2", "written", "refused at ADMIN$, C$ and D$, copied to E$, no service manager for this account"),
	} {
		if h.to == "pacs" {
			h.dialect = 0x210
		}
		if err := l.hop(h); err != nil {
			return err
		}
		l.pass(time.Duration(20+15*i) * time.Second)
	}
	l.wormRows()
	return l.wormCalls("reg1", "ct1")
}

// wormRows is what must be found of the steps.
func (l *Lab) wormRows() {
	for _, p := range [][2]string{{"jump1", "reg1"}, {"reg1", "ct1"}, {"reg1", "mr1"}} {
		l.finds(p[0], p[1], "accepted", "K1", "K3", "K4", "K5", "L1")
	}
	l.finds("reg1", "dx1", "refused", "K1", "L1")
	l.finds("reg1", "xa1", "refused", "K3")
	l.finds("reg1", "dx1", "accepted", "K3", "K5")
	l.finds("ct1", "pacs", "accepted", "K3", "K5")
	l.finds("reg1", "", "", "K2", "K6", "F2")
	for _, to := range []string{"ct1", "mr1", "dx1"} {
		l.finds("reg1", to, "accepted", "F2")
	}
	l.finds("reg1", "dx1", "refused", "F2")
	l.finds("ct1", "pacs", "accepted", "F2")
	l.finds("jump1", "reg1", "", "V1")
	l.mustBeQuiet("jump1", "reg1", "nobody did the same to the first one", "F2")
}

// startOutside is the one server of a list that still answers, with nothing.
func (l *Lab) startOutside() error {
	file, err := l.jobFile("outside", map[string]any{"ip": l.hosts["outside1"].IP})
	if err != nil {
		return err
	}
	_, err = l.serve(l.hosts["outside1"], "outside", 80, "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", l.peers+"/outbreak.py", "web", file)
	l.hosts["outside1"].offers("http", "tcp", 80, "Apache")
	return err
}

// dialIn is a supplier who comes from outside to his machine and stays for a
// while: what follows comes from there.
func (l *Lab) dialIn() error {
	l.story().Entry = "jump1"
	argv := l.ssh(people()["service"], "", "jump1")
	argv[len(argv)-1] = "echo in; sleep 12"
	p, err := l.start(l.hosts["supplier"], "dial-in", argv[0], argv[1:]...)
	if err != nil {
		return err
	}
	l.flow(truth.Flow{Client: "supplier", Server: "jump1", Proto: "tcp", Port: 22, Service: "ssh", Detail: "public key, granted, open for some seconds of the recording", Count: 1})
	return p.waitLog("in", 1)
}

// wormCalls asks a list of servers, one after the other, then names.
func (l *Lab) wormCalls(clients ...string) error {
	for i, from := range clients {
		n := i * 20
		servers := [][2]string{
			{fmt.Sprintf("203.0.113.%d", 17+n), "/group/index/login.php"}, {fmt.Sprintf("192.0.2.%d", 41+n), "/new/users/default.aspx"}, {cast.NetFar + "1", "/users/main/index.php"},
			{fmt.Sprintf("203.0.113.%d", 22+n), "/groupusers/home/login.asp"}, {fmt.Sprintf("192.0.2.%d", 47+n), "/new/login/homelogin.php"}, {fmt.Sprintf("192.0.2.%d", 53+n), "/main/index.php"},
			{l.hosts["outside1"].IP, "/group/index/login.php"}, {fmt.Sprintf("203.0.113.%d", 31+n), "/login/default.php"}, {l.hosts["outside1"].IP, "/new/users/main/default.aspx"},
			{fmt.Sprintf("192.0.2.%d", 58+n), "/users/group/index/home.php"},
		}
		job := map[string]any{"key": wormKey, "servers": servers, "timeout": 1.5, "pause": 0.2, "agent": "Mozilla/5.0 (compatible; MSIE 8.0; Windows NT 5.1)"}
		if _, err := l.python(from, "calls", job, "outbreak"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: from, Server: "outside1", Proto: "tcp", Port: 80, Service: "http", Detail: "answered with 404", Count: 2})
		l.finds(from, "outside1", "", "K7", "K8")
		l.finds(from, "", "", "K9", "K10")
		for _, name := range cast.Labels()[:5] {
			if err := l.ask(from, name, "A", false); err != nil {
				return err
			}
		}
		l.pass(4 * time.Minute)
	}
	return l.ask("ws1", "pacs."+cast.Zone, "A", false)
}

// silent is the same with names of its own, by tasks and jobs, and one step
// that nobody can read.
func silent(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "us1"}, "jump1", "supplier")
	if err != nil {
		return err
	}
	files, err := l.copies("TRAYHELP", cast.Bytes("TRAYHELP/marks", 64), "reg1", "ct1", "mr1", "us1", "pacs")
	if err != nil {
		return err
	}
	for _, p := range []pretender{{host: "reg1"}, {host: "ct1", locked: []string{"ADMIN$"}}, {host: "mr1"}, {host: "us1", denied: []string{"TrayHelpCheck"}}} {
		if err := l.pretend(p); err != nil {
			return err
		}
	}
	f, err := l.lend("pacs", "")
	if err != nil {
		return err
	}
	if err := l.sshd("jump1", ""); err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(25 * time.Minute)
	if err := l.dialIn(); err != nil {
		return err
	}
	step := func(from, to, transport, start, name, detail string) hop {
		return hop{from: from, to: to, transport: transport, file: files[to], shares: shareList(`Temp\trayhelp.exe`, drives()...), start: start, name: name, display: name,
			command: `C:\Windows\Temp\trayhelp.exe /b`, grade: "proven", detail: detail}
	}
	for _, h := range []hop{
		step("jump1", "reg1", "smb2", "task", "TrayHelpUpdate", "copied to ADMIN$, task registered and run"),
		step("reg1", "ct1", "smb2", "task", "TrayHelpSync", "refused at ADMIN$, copied to C$, task registered and run"),
		step("reg1", "mr1", "smb1", "job", "", "copied to ADMIN$, job added by the old interface"),
		step("reg1", "us1", "smb2", "task", "TrayHelpCheck", "copied to ADMIN$, task refused"),
	} {
		if h.to == "us1" {
			h.grade = "written"
		}
		if err := l.hop(h); err != nil {
			return err
		}
		l.pass(40 * time.Second)
	}
	l.silentRows()
	return l.sealedHop(f, files["pacs"])
}

// sealedHop is a step that nobody can read.
func (l *Lab) sealedHop(f *fileShares, file sample) error {
	who, began := people()["service"], time.Now()
	if err := l.visit(f, visit{from: "reg1", dialect: "3.11", share: "ADMIN$", user: who.user, password: who.password, signed: true, sealed: true, detail: "copied to ADMIN$ inside encryption",
		tasks: []task{{op: "write", path: `WINDOWS\Temp\trayhelp.exe`, file: file}}}); err != nil {
		return err
	}
	l.contact(began, "reg1", "pacs", "written", "inside SMB3 encryption: who, when and how much can be seen, not what nor where")
	l.story().Blind = append(l.story().Blind, "reg1 to pacs: share, file and content are encrypted")
	return nil
}

// silentRows is what must be found of the steps, and what must not.
func (l *Lab) silentRows() {
	for _, p := range [][2]string{{"jump1", "reg1"}, {"reg1", "ct1"}, {"reg1", "mr1"}} {
		l.finds(p[0], p[1], "accepted", "K3", "K4", "L2")
	}
	l.finds("reg1", "us1", "accepted", "K3")
	l.finds("reg1", "us1", "refused", "L2")
	l.finds("reg1", "", "", "K2", "K6", "F2")
	for _, to := range []string{"ct1", "mr1", "us1"} {
		l.finds("reg1", to, "accepted", "F2")
	}
	l.finds("reg1", "us1", "refused", "F2")
	l.finds("jump1", "reg1", "", "V1")
	l.finds("reg1", "pacs", "", "X2", "X4")
	l.mustBeQuiet("jump1", "reg1", "nobody did the same to the first one", "F2")
	for _, p := range [][2]string{{"jump1", "reg1"}, {"reg1", "ct1"}, {"reg1", "mr1"}, {"reg1", "us1"}} {
		l.mustBeQuiet(p[0], p[1], "no name and no constant of a known program", "K1", "K5")
	}
}
