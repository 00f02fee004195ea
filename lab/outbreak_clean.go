package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// managers are the accounts of systems that manage others.
func managers() map[string]account {
	return map[string]account{
		"deploy": {"lzdeploy", "LZPW-deploy-6120"},
		"sccm":   {"lzsiteserver", "LZPW-site-4471"},
		"backup": {"lzbackup", "LZPW-backup-9306"},
		"scan":   {"lzscanner", "LZPW-scan-1187"},
	}
}

// managing are the managers of a day on which they work.
func (l *Lab) managing() (all []account) {
	if l.hosts["deploy1"] == nil {
		return nil
	}
	for _, n := range sortedKeys(managers()) {
		all = append(all, managers()[n])
	}
	return all
}

// credentials are theirs as a mock wants them.
func (l *Lab) credentials() (all [][2]string) {
	for _, a := range l.managing() {
		l.canary("user", a.user)
		l.canary("secret", a.password)
		all = append(all, [2]string{a.user, a.password})
	}
	return all
}

// cleanDay is what a day needs.
type cleanDay struct {
	*scene
	vna                   node
	files                 *fileShares
	runner, setup, helper sample
	began                 time.Time
	desks                 []string
}

// busy is a day on which much happens that looks like more.
func busy(l *Lab) error {
	d, err := l.openBusy()
	if err != nil {
		return err
	}
	if err := l.begin(d.scene); err != nil {
		return err
	}
	d.began = time.Now()
	for _, play := range []func(*cleanDay) error{l.prefetch, l.polling, l.deployment, l.polling, l.backup, l.inventoryScan, l.polling, l.vendorWindow, l.updates, l.polling, l.nearMisses} {
		if err := play(d); err != nil {
			return err
		}
		l.pass(23 * time.Minute)
	}
	return nil
}

func (l *Lab) openBusy() (*cleanDay, error) {
	d := &cleanDay{desks: []string{"desk1", "desk2", "desk3", "reg1"}}
	names := []string{"router", "infra", "pacs", "ris", "engine", "his", "ws1", "reg1", "ct1", "mr1", "vna", "jump1", "supplier", "outside1", "web", "files", "deploy1", "sccm1", "backup1", "scan1", "desk1", "desk2", "desk3"}
	if err := l.build(names...); err != nil {
		return nil, err
	}
	d.scene = new(scene)
	var err error
	if d.engine, err = l.startEngine(); err != nil {
		return nil, err
	}
	if d.pacs, err = l.startOrthanc(l.hosts["pacs"], node{host: l.hosts["vna"], ae: "VNA_STORE", port: portVNA}); err != nil {
		return nil, err
	}
	if d.vna, err = l.startQR(l.hosts["vna"], d.pacs); err != nil {
		return nil, err
	}
	if d.sets, err = l.smallDay(map[string]int{"ct1": 2, "mr1": 2}); err != nil {
		return nil, err
	}
	if _, err = l.resolver(map[string]string{"updates.vendor.example": l.hosts["outside1"].IP, "www.mainsite.com": l.hosts["outside1"].IP}); err != nil {
		return nil, err
	}
	for _, h := range append([]string{"ws1"}, d.desks...) {
		if err := l.pretend(pretender{host: h}); err != nil {
			return nil, err
		}
	}
	if d.files, err = l.lend("files", "images"); err != nil {
		return nil, err
	}
	for _, h := range []string{"jump1", "ct1"} {
		if err := l.sshd(h, ""); err != nil {
			return nil, err
		}
	}
	for name, size := range map[string]int{"RUNNER.EXE": 12288, "SETUPX.EXE": 16384, "HELPER.EXE": 9216} {
		s, err := l.sample(name, cast.Stub(name, size))
		if err != nil {
			return nil, err
		}
		*map[string]*sample{"RUNNER.EXE": &d.runner, "SETUPX.EXE": &d.setup, "HELPER.EXE": &d.helper}[name] = s
	}
	return d, l.openPages(d)
}

// openPages starts an update server outside and the pages of the house.
func (l *Lab) openPages(d *cleanDay) error {
	b, err := os.ReadFile(d.setup.path)
	if err != nil {
		return err
	}
	page := "<html><title>Log in</title>" + strings.Repeat("<p>Canteen: soup.</p>\n", 40) + "</html>\n"
	if err := l.files(map[string]string{"updates/update/SETUPX.EXE": string(b), "house/login/default.aspx": page, "house/index.php": page}); err != nil {
		return err
	}
	for host, dir := range map[string]string{"outside1": "updates", "web": "house"} {
		if _, err := l.serve(l.hosts[host], "httpd-"+host, 80, "busybox", "httpd", "-f", "-p", "80", "-h", l.in(dir)); err != nil {
			return err
		}
		l.hosts[host].offers("http", "tcp", 80, "")
	}
	return nil
}

// allow lists an activity as known, for the whole day.
func (l *Lab) allow(d *cleanDay, source, who, service, detail string, targets ...string) {
	a := truth.Allowance{Source: source, Service: service, Targets: targets, From: d.began.Add(-time.Second), Until: d.began.Add(24 * time.Hour), Detail: detail}
	if who != "" {
		a.Account = managers()[who].user
		if a.Account == "" {
			a.Account = people()[who].user
		}
	}
	l.story().Allowed = append(l.story().Allowed, a)
}

// prefetch is the second archive, which gets yesterday's images at night.
func (l *Lab) prefetch(d *cleanDay) error {
	vna := l.hosts["vna"]
	if _, err := l.scu(call{from: vna, to: d.pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "StudyDate=20261123", "StudyInstanceUID", "PatientID")}); err != nil {
		return err
	}
	for _, name := range []string{"ct1", "mr1"} {
		if _, err := l.scu(call{from: vna, to: d.pacs, tool: "movescu", args: append(keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID="+d.sets[name].UID), "-aem", "VNA_STORE")}); err != nil {
			return err
		}
	}
	l.mustBeQuiet("vna", "pacs", "an archive fetches at night, to itself", "D4")
	return nil
}

// polling is what goes on all day.
func (l *Lab) polling(d *cleanDay) error {
	all := cast.Admissions(cast.Patients())
	for i := range 3 {
		for _, from := range []string{"ct1", "mr1"} {
			if _, err := l.scu(call{from: l.hosts[from], to: d.pacs, tool: "echoscu"}); err != nil {
				return err
			}
		}
		if _, err := l.scu(call{from: l.hosts["ws1"], to: d.pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "StudyDate=20261123")}); err != nil {
			return err
		}
		m := all["reg1"][1]
		id := fmt.Sprintf("REG1-%d", 1000+len(l.truth.HL7))
		m.Text = strings.Replace(m.Text, m.ControlID, id, 1)
		m.ControlID = id
		if err := l.say("reg1", hl7Job{KeepAlive: true}, []cast.Message{m}); err != nil {
			return err
		}
		if i < 2 {
			l.pass(10 * time.Minute)
		}
	}
	return nil
}

// deployment is two systems that bring programs to desks.
func (l *Lab) deployment(d *cleanDay) error {
	for _, to := range d.desks {
		if err := l.hop(hop{from: "deploy1", to: to, transport: "smb2", who: "deploy", file: d.runner, shares: [][2]string{{"ADMIN$", `Admin Arsenal\PDQDeployRunner\service-1\PDQDeployRunner-1.exe`}},
			start: "service", name: "PDQDeployRunner-1", display: "PDQDeployRunner-1", command: `%SystemRoot%\Admin Arsenal\PDQDeployRunner\service-1\PDQDeployRunner-1.exe`, clean: true, detail: "deployment"}); err != nil {
			return err
		}
		l.mayFire("deploy1", to, "deployment", "K3", "K4", "L1")
		l.mustBeQuiet("deploy1", to, "another service", "K1", "K5")
	}
	l.mayFire("deploy1", "", "deployment to four desks", "K2", "F2")
	l.allow(d, "deploy1", "deploy", "PDQDeployRunner-1", "deployment of programs", d.desks...)
	l.pass(18 * time.Minute)
	for _, to := range []string{"desk1", "desk2", "ws1"} {
		if err := l.hop(hop{from: "sccm1", to: to, transport: "smb2", who: "sccm", file: d.setup, shares: [][2]string{{"ADMIN$", `ccmsetup\ccmsetup.exe`}},
			start: "service", name: "ccmsetup", display: "ccmsetup", command: `"C:\Windows\ccmsetup\ccmsetup.exe" /runservice /config:MobileClient.tcf`, detail: "client push"}); err != nil {
			return err
		}
		l.mayFire("sccm1", to, "client push", "K3", "K4", "L1")
	}
	l.mayFire("sccm1", "", "client push to three desks", "K2", "F2")
	l.allow(d, "sccm1", "sccm", "ccmsetup", "client push of the site server", "desk1", "desk2", "ws1")
	return nil
}

// backup reads a file server's drives and brings a helper to a desk.
func (l *Lab) backup(d *cleanDay) error {
	who := managers()["backup"]
	v := visit{from: "backup1", dialect: "3.11", share: "C$", user: who.user, password: who.password, signed: true, detail: "backup"}
	for i := range 8 {
		name := fmt.Sprintf("LIST%02d.TXT", i)
		if err := os.WriteFile(d.files.dir("C$", name), cast.Lines(name, 3000), 0o666); err != nil {
			return err
		}
		s, err := measure(d.files.dir("C$", name))
		if err != nil {
			return err
		}
		v.tasks = append(v.tasks, task{op: "read", path: name, to: name, file: s})
	}
	if err := l.visit(d.files, v); err != nil {
		return err
	}
	l.mayFire("backup1", "reg1", "a helper of the backup", "K3", "K4", "L1")
	l.allow(d, "backup1", "backup", "BackupAgentHelper", "backup", "files", "reg1")
	return l.hop(hop{from: "backup1", to: "reg1", transport: "smb2", who: "backup", file: d.helper, shares: [][2]string{{"ADMIN$", `BackupAgent\BackupAgentHelper.exe`}},
		start: "service", name: "BackupAgentHelper", display: "Backup Agent Helper", command: `%SystemRoot%\BackupAgent\BackupAgentHelper.exe`, clean: true, detail: "backup helper"})
}

// inventoryScan is the house's own scanner: ports of all machines, shares of
// the file server, and the two questions about an old hole.
func (l *Lab) inventoryScan(d *cleanDay) error {
	var targets []string
	for _, n := range cast.Order() {
		h := l.hosts[n]
		if h != nil && strings.HasPrefix(h.IP, cast.NetMain) && n != "scan1" {
			targets = append(targets, h.IP)
		}
	}
	for _, port := range []int{22, 80, 104, 135, 139, 445, 3389} {
		if _, err := l.python("scan1", "sweep", map[string]any{"targets": targets, "port": port, "timeout": 1}, "outbreak"); err != nil {
			return err
		}
	}
	l.flow(truth.Flow{Client: "scan1", Server: "files", Proto: "tcp", Port: 445, Service: "", Detail: "connections to seven ports of every machine", Count: 7 * len(targets)})
	who := managers()["scan"]
	if err := l.errands(errand{from: "scan1", to: "files", port: 445, service: "smb", detail: "shares listed", says: "images",
		argv: []string{"rpcclient", l.hosts["files"].IP, "-s", "/dev/null", "-W", workgroup, "--user=" + who.user + "%" + who.password, "-c", "netshareenum; srvinfo"}}); err != nil {
		return err
	}
	if _, err := l.python("scan1", "knock", map[string]any{"server": l.hosts["files"].IP, "unc": l.hosts["files"].IP}, "outbreak"); err != nil {
		return err
	}
	l.flow(truth.Flow{Client: "scan1", Server: "files", Proto: "tcp", Port: 445, Service: "smb", Detail: "two questions about an old hole, answered as a patched server does", Count: 1})
	l.mayFire("scan1", "", "the house's scanner", "E6", "F1", "K2")
	l.mayFire("scan1", "files", "the house's scanner", "E1", "E4", "R2")
	l.mustBeQuiet("scan1", "files", "the server echoes the number of the question", "E2", "E7")
	l.allow(d, "scan1", "scan", "", "vulnerability scanner")
	for _, way := range []string{"smb", "shell", "rpc", "screen"} {
		l.allow(d, "scan1", "", way, "vulnerability scanner, "+way+" of nobody")
	}
	return nil
}

// vendorWindow is a supplier's visit at the agreed hour.
func (l *Lab) vendorWindow(d *cleanDay) error {
	who, began := people()["service"], time.Now()
	for _, p := range [][2]string{{"supplier", "jump1"}, {"jump1", "ct1"}} {
		if err := l.errands(errand{from: p[0], to: p[1], port: 22, service: "ssh", detail: "service visit", says: "in", argv: l.ssh(who, "", p[1])}); err != nil {
			return err
		}
	}
	l.mayFire("supplier", "jump1", "service visit", "V1")
	l.mayFire("jump1", "ct1", "service visit", "V1")
	l.allow(d, "supplier", "service", "shell", "service visit", "jump1")
	l.allow(d, "jump1", "service", "shell", "service visit", "ct1")
	// The window of a visit is no longer than the visit.
	all := l.story().Allowed
	for i := range all[len(all)-2:] {
		a := &all[len(all)-2+i]
		a.From, a.Until = began, time.Now()
	}
	return nil
}

// updates are programs and pages that come by HTTP.
func (l *Lab) updates(d *cleanDay) error {
	get := func(from, to, url, detail string) errand {
		return errand{from: from, to: to, port: 80, service: "http", detail: detail,
			argv: []string{"curl", "-sS", "-f", "-m", "20", "-A", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "-o", l.in("got." + from), "--resolve", "updates.vendor.example:80:" + l.hosts["outside1"].IP, url}}
	}
	for _, from := range []string{"desk1", "ws1"} {
		if err := l.ask(from, "updates.vendor.example", "A", false); err != nil {
			return err
		}
		if err := l.errands(get(from, "outside1", "http://updates.vendor.example/update/SETUPX.EXE", "an update")); err != nil {
			return err
		}
		l.moved(truth.MovedFile{Carrier: "http", Client: from, Server: "outside1", Port: 80, Path: "/update/SETUPX.EXE"}, d.setup, false)
	}
	for _, from := range []string{"desk1", "desk2", "reg1"} {
		if err := l.errands(get(from, "web", "http://"+l.hosts["web"].IP+"/login/default.aspx", "the house's own page"), get(from, "web", "http://"+l.hosts["web"].IP+"/index.php?q=soup", "the house's own page")); err != nil {
			return err
		}
		l.mustBeQuiet(from, "", "pages of the house with such paths", "K7", "K9")
	}
	return nil
}

// nearMisses look like something that they are not.
func (l *Lab) nearMisses(d *cleanDay) error {
	// Windows' own service, whose name the backdoor imitates.
	if err := l.hop(hop{from: "sccm1", to: "desk2", transport: "smb2", who: "sccm", start: "service", anyway: true, name: "wmiApSrv", display: "WMI Performance Adapter",
		command: `%systemroot%\system32\wbem\WmiApSrv.exe`, detail: "Windows' own service set up again"}); err != nil {
		return err
	}
	l.mayFire("sccm1", "desk2", "Windows' own service set up again", "L1")
	l.allow(d, "sccm1", "sccm", "wmiApSrv", "repair of Windows' own service", "desk2")
	l.mustBeQuiet("sccm1", "desk2", "wmiApSrv is Windows' own", "K1")
	for _, name := range []string{"www.mainsite.com", "www.wikipedia.org", "mainpower.com"} {
		if err := l.ask("desk3", name, "A", false); err != nil {
			return err
		}
	}
	l.mustBeQuiet("desk3", "", "names of common words, fewer than three", "K10", "K11")
	// A title that is mistyped twice after a service visit.
	for range 2 {
		if _, err := l.scu(call{from: l.hosts["ct1"], to: d.pacs, aec: "PACSMIAN", tool: "echoscu", want: "rejected"}); err != nil {
			return err
		}
	}
	l.mustBeQuiet("ct1", "pacs", "one title, twice", "D1")
	// Work on a share: files written and renamed, a few.
	who := people()["transfer"]
	v := visit{from: "desk1", dialect: "3.11", share: "images", user: who.user, password: who.password, signed: true, detail: "work on a share"}
	for i := range 4 {
		name := fmt.Sprintf("PLAN%d.TXT", i)
		s, err := l.sample(name, cast.Lines(name, 700))
		if err != nil {
			return err
		}
		v.tasks = append(v.tasks, task{op: "write", path: name, file: s}, task{op: "read", path: name, to: name, file: s}, task{op: "rename", path: name, to: strings.TrimSuffix(name, filepath.Ext(name)) + ".BAK"})
	}
	l.mustBeQuiet("desk1", "files", "four files renamed", "E9")
	return l.visit(d.files, v)
}
