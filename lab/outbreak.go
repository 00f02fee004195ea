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

// outbreaks are harmless shows of what must be found, and a day on which
// nothing may be. Their truth has a key of its own. They lie in a folder of
// their own, for what compares parsers with peers' logs has no use for them.
func outbreaks() []scenario {
	all := []scenario{
		{name: "kwampirs", about: "a supplier's machine, a registration desk, two scanners and an archive: copies that differ by a run of bytes over ADMIN$ to E$, a service with a known name, then calls to mostly dead servers and names nobody has", run: kwampirs},
		{name: "silent", about: "the same by scheduled tasks and jobs under names of its own, one hop inside SMB3 encryption", run: silent},
		{name: "veiled", about: "nothing of it can be read: copies inside SMB3 encryption from scanner to scanner, services made by sealed calls, a shell and calls home inside TLS; beside it ordinary work inside encryption", run: veiled},
		{name: "busy", about: "a clean day: deployment by two systems, a backup, a scanner, prefetching at night, a supplier in his window, updates, polling", run: busy},
		{name: "wannacry", about: "a sweep of the network for file sharing, a question for a known name, a knock at two doors, one of which answers, and files with known names", run: wannacry},
		{name: "ransom", about: "files of an archive's share read, rewritten and renamed, with a note in each folder", run: ransom},
		{name: "theft", about: "twenty wrong titles, then all studies listed, half of them moved to a new place and fetched", run: theft},
		{name: "merge", about: "half an hour of admissions through the engine, then merges and a result from a machine that never spoke before", run: merge},
		{name: "polyglot", about: "images that begin as programs do, by SMB, STOW-RS, HTTP and FTP, beside images that begin as images do", run: polyglot},
		{name: "recon", about: "a scanner's console that asks: shares of six servers, accounts and groups, neighbours by the old way, and passwords for many names; the same from the house's inventory", run: recon},
		{name: "clinic", about: "a machine that knocks at the archive, speaks under a scanner's title, adds an image to a study and sends one with a program in it; a message that comes again with another patient; shells and a screen of scanners, beside a supplier's visit", run: clinic},
		{name: "takeover", about: "a machine puts itself between a scanner and the archive by ARP and passes everything on; beside it a pair of machines with one address of their own", run: takeover},
	}
	all = append(all,
		scenario{name: "legacy", about: "attacks on old SMB in their shape alone: the echo and the transaction of EternalBlue's tools, the path of MS08-067, a probe of two machines; beside them ordinary use of the same", run: legacy},
		scenario{name: "calls", about: "seven days on a calendar: a daily call, calls with a beat to the outside and to a relay inside, a list of dead servers, names and a browser of a known backdoor; beside them updates, clocks and monitoring", run: calls},
		scenario{name: "twofold", about: "the same worm is written to a scanner from a desk and from another scanner within two minutes, nobody sees it started, and it goes on from there: two possible parents", run: twofold},
		scenario{name: "domain", about: "accounts tried every forty minutes, identities asked for one after the other, registry values that open a machine, and a directory replicated to a desk; beside them a controller that replicates", run: domain},
	)
	for i := range all {
		all[i].folder = "outbreak"
	}
	return all
}

// drives are the shares that Windows has for those who manage it.
func drives() []string { return []string{"ADMIN$", "C$", "D$", "E$"} }

// story is the truth of the outbreak that is being played.
func (l *Lab) story() *truth.Outbreak {
	if l.truth.Outbreak == nil {
		l.truth.Outbreak = &truth.Outbreak{}
	}
	return l.truth.Outbreak
}

// must be found, all with the same source and target.
func (l *Lab) finds(source, target, answer string, rules ...string) {
	for _, r := range rules {
		l.story().Findings = append(l.story().Findings, truth.Finding{Rule: r, Source: source, Target: target, Answer: answer})
	}
}

// mustBeQuiet are rules that have no reason to speak of these two.
func (l *Lab) mustBeQuiet(source, target, detail string, rules ...string) {
	for _, r := range rules {
		l.story().Silent = append(l.story().Silent, truth.Finding{Rule: r, Source: source, Target: target, Detail: detail})
	}
}

// atMostLow are findings that say no more than low of these two.
func (l *Lab) atMostLow(source, target, detail string, rules ...string) {
	for _, r := range rules {
		l.story().Low = append(l.story().Low, truth.Finding{Rule: r, Source: source, Target: target, Detail: detail})
	}
}

// mayFire are findings that an allow-list would silence.
func (l *Lab) mayFire(source, target, detail string, rules ...string) {
	for _, r := range rules {
		l.story().MayFire = append(l.story().MayFire, truth.Finding{Rule: r, Source: source, Target: target, Detail: detail})
	}
}

// contact notes a step that began at a moment and is over now.
func (l *Lab) contact(from time.Time, source, target, grade, detail string) {
	l.story().Contacts = append(l.story().Contacts, truth.Contact{From: from, Until: time.Now(), Source: source, Target: target, Grade: grade, Detail: detail})
}

// pretender is how a mock of a Windows machine behaves.
type pretender struct {
	host   string
	locked []string // shares that take nothing
	denied []string // services that may not be made
	paths  string   // NetprPathCanonicalize: takes or refuses those that climb; empty: impacket's own answers
}

// pretend starts a mock of a Windows machine with all drives: it takes files,
// services, jobs and tasks, and runs none.
func (l *Lab) pretend(p pretender) error {
	h, who := l.hosts[p.host], people()["service"]
	l.canary("user", who.user)
	l.canary("secret", who.password)
	shares, script := map[string]string{}, ""
	for _, s := range drives() {
		dir := filepath.Join(l.dir, p.host, strings.Trim(s, "$"))
		for _, sub := range []string{`Temp`, `WINDOWS/Temp`, `System32`, `WINDOWS/System32`, `ccmsetup`, `Admin Arsenal/PDQDeployRunner/service-1`, `BackupAgent`} {
			if err := os.MkdirAll(filepath.Join(dir, sub), dirMode); err != nil {
				return err
			}
		}
		shares[s] = dir
		for _, locked := range p.locked {
			if locked == s {
				// In the mock's own view of the disk this place cannot be written.
				script += fmt.Sprintf("mount --bind '%[1]s' '%[1]s' && mount -o remount,ro,bind '%[1]s' && ", dir)
			}
		}
	}
	job := map[string]any{"ip": h.IP, "dynamic": mockPort, "log": filepath.Join(l.dir, "mock."+p.host), "user": who.user, "password": who.password,
		"domain": workgroup, "shares": shares, "denied": p.denied, "also": l.credentials()}
	if p.paths != "" {
		job["canonical"] = p.paths
	}
	file, err := l.jobFile("mock", job)
	if err != nil {
		return err
	}
	m, err := l.serve(h, "mock-"+p.host, 445, "sh", "-c", script+`exec "$@"`, "sh", "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", filepath.Join(l.peers, "rpc.py"), "serve", file)
	if err != nil {
		return err
	}
	h.offers("smb", "tcp", 445, "")
	return m.waitListen(135)
}

// lend starts a real file server with all drives and more shares; those that
// are locked can only be read. All are open to the account that suppliers use.
func (l *Lab) lend(host string, more string, locked ...string) (*fileShares, error) {
	return l.lendWith(host, "", more, locked...)
}

// lendWith does so with more in the configuration.
func (l *Lab) lendWith(host, global, more string, locked ...string) (*fileShares, error) {
	h := l.hosts[host]
	all := append(staff(), l.managing()...)
	if err := l.accounts(h, all...); err != nil {
		return nil, err
	}
	f := &fileShares{host: host, root: filepath.Join(l.dir, host, "shares"), names: strings.ToUpper(host), shares: append(drives(), strings.Fields(more)...)}
	for _, d := range []string{"lock", "state", "cache", "private", "pid"} {
		if _, err := l.file(filepath.Join(host, d, ".keep"), ""); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[global]\nworkgroup = %s\nnetbios name = %s\nserver string = Image store\ninterfaces = eth0\nbind interfaces only = yes\nload printers = no\ndisable spoolss = yes\n"+
		"log level = %s\nmax log size = 0\nserver min protocol = NT1\nserver signing = auto\nmap to guest = Never\n%s%s", workgroup, f.names, smbdLogs, global, l.sambaDirs(host))
	for _, s := range f.shares {
		for _, sub := range []string{"WINDOWS/Temp", "WINDOWS/System32", "Temp", "System32"} {
			if err := os.MkdirAll(f.dir(s, sub), 0o777); err != nil {
				return nil, err
			}
		}
		if _, err := l.must(nil, "chmod", "-R", "777", f.dir(s, "")); err != nil {
			return nil, err
		}
		no := "no"
		for _, x := range locked {
			if x == s {
				no = "yes"
			}
		}
		fmt.Fprintf(&b, "[%s]\npath = %s\nread only = %s\n", s, f.dir(s, ""), no)
	}
	conf, err := l.file(host+".smb.conf", b.String())
	if err != nil {
		return nil, err
	}
	for _, who := range all {
		argv := l.alone(h, "sh", "-c", fmt.Sprintf("printf '%%s\\n%%s\\n' '%s' '%s' | smbpasswd -c %s -a -s %s", who.password, who.password, conf, who.user))
		if _, err := l.must(h, argv[0], argv[1:]...); err != nil {
			return nil, err
		}
	}
	f.smbd, err = l.serve(h, "smbd-"+host, 445, "smbd", "-F", "--no-process-group", "--debug-stdout", "-s", conf)
	if err != nil {
		return nil, err
	}
	h.offers("smb", "tcp", 445, "")
	return f, nil
}

// hop is one step of something that spreads, or of somebody who manages.
type hop struct {
	from, to  string
	transport string // smb1 or smb2
	dialect   int    // of SMB2; 0: 2.02
	file      sample
	shares    [][2]string // share and path, in the order of trying
	all       bool        // also after one has taken the file
	start     string      // service, task, job or nothing
	anyway    bool        // start it even if no share took the file
	clean     bool        // take the service and the file away again
	name      string      // of service or task
	display   string
	command   string
	grade     string // of the contact; empty: none
	detail    string
	who       string // of managers; empty: the account that suppliers use
}

// shareList is a path on shares.
func shareList(path string, shares ...string) (all [][2]string) {
	for _, s := range shares {
		at := path
		if s != "ADMIN$" {
			at = `WINDOWS\` + path
		}
		all = append(all, [2]string{s, at})
	}
	return all
}

// hop makes one step and notes it.
func (l *Lab) hop(h hop) error {
	who := people()["service"]
	if h.who != "" {
		who = managers()[h.who]
	}
	job := map[string]any{"server": l.hosts[h.to].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": strings.ToUpper(h.from), "transport": h.transport,
		"files": map[string]string{"copy": h.file.path}, "file": "copy", "shares": h.shares, "all": h.all, "start": h.start, "anyway": h.anyway, "clean": h.clean,
		"name": h.name, "display": h.display, "command": h.command}
	if h.dialect != 0 {
		job["dialect"] = h.dialect
	}
	if h.shares == nil {
		job["shares"] = [][2]string{}
	}
	began := time.Now()
	all, err := l.python(h.from, "hop", job, "outbreak")
	if err != nil {
		return fmt.Errorf("%s to %s: %w", h.from, h.to, err)
	}
	v := truth.SMBVisit{Client: h.from, Server: h.to, Port: 445, Account: who.user, Status: "NT_STATUS_OK", Detail: h.detail,
		Dialect: map[int]string{0: "2.02", 0x210: "2.10", 0x300: "3.00", 0x311: "3.11"}[h.dialect]}
	if h.transport == "smb1" {
		v.Dialect = "NT1"
	}
	l.told(all, &v)
	l.toldCalls(all, h.from, h.to)
	l.truth.SMB = append(l.truth.SMB, v)
	l.flow(truth.Flow{Client: h.from, Server: h.to, Proto: "tcp", Port: 445, Service: "smb", Detail: h.detail, Count: 1})
	if err := h.check(all); err != nil {
		return err
	}
	if h.grade != "" {
		l.contact(began, h.from, h.to, h.grade, h.detail)
	}
	return nil
}

// check holds what the peer did to the grade that the script expects.
func (h hop) check(all []report) error {
	written, started := false, false
	for _, r := range all {
		written = written || r.File != nil && r.File.Refused == ""
		started = started || r.Call != nil && r.Call.Outcome == "ok" && (r.Call.Operation == "StartServiceW" || r.Call.Operation == "SchRpcRun" || r.Call.Operation == "NetrJobAdd")
	}
	got := "refused"
	if written {
		got = "written"
		if started {
			got = "proven"
		}
	}
	if h.grade != "" && h.grade != got {
		return fmt.Errorf("%s to %s: %s, want %s", h.from, h.to, got, h.grade)
	}
	return nil
}

// copies are inert programs of one family, each a little different.
func (l *Lab) copies(family string, marks []byte, names ...string) (map[string]sample, error) {
	all := map[string]sample{}
	for _, n := range names {
		s, err := l.sample(family+"-"+n, cast.Copy(family, 20480, marks, n))
		if err != nil {
			return nil, err
		}
		all[n] = s
	}
	return all, nil
}

// morning is ordinary work by which each machine shows what it is for.
func (l *Lab) morning(pacs node, engine *Proc, sets map[string]series) error {
	for _, name := range cast.Order() {
		if set, ok := sets[name]; ok {
			if _, err := l.scu(call{from: l.hosts[name], to: pacs, tool: "echoscu"}); err != nil {
				return err
			}
			if err := l.store(l.hosts[name], pacs, set.files); err != nil {
				return err
			}
		}
	}
	if ws := l.hosts["ws1"]; ws != nil {
		if _, err := l.scu(call{from: ws, to: pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "StudyDate=20261123")}); err != nil {
			return err
		}
	}
	if engine == nil {
		return nil
	}
	l.patients()
	all := cast.Patients()
	if err := l.say("reg1", hl7Job{KeepAlive: true}, cast.Admissions(all)["reg1"]); err != nil {
		return err
	}
	return l.say("his", hl7Job{KeepAlive: true}, cast.Admissions(all)["his"][:2])
}

// patients lists those that messages may be about.
func (l *Lab) patients() {
	for _, p := range cast.Patients() {
		l.canaryPatient(p)
		l.canary("street", p.Street)
	}
	l.canary("patient-name", "ZZKIN^NEXT")
	l.canary("physician", "ZZDOCTOR^ATTENDING")
}

// smallDay builds small series, before the recording.
func (l *Lab) smallDay(counts map[string]int) (map[string]series, error) {
	sets := map[string]series{}
	for i, name := range cast.Order() {
		n, h := counts[name], l.hosts[name]
		if n == 0 {
			continue
		}
		set := series{Study: l.newStudy(h.Equip.Root, i)}
		files, err := l.makeSeries(cast.Object{Machine: h.Machine, Study: set.Study, Series: 1, Rows: 16, Cols: 16}, n)
		if err != nil {
			return nil, err
		}
		set.files = files
		sets[name] = set
	}
	return sets, nil
}

// resolver runs a DNS server that answers everything by itself: the names of
// the hospital, those of more (name to address), and that all others do not
// exist.
func (l *Lab) resolver(more map[string]string) (*Proc, error) {
	zone := hostsFile(false)
	for name, ip := range more {
		zone += ip + " " + name + "\n"
	}
	file, err := l.file("resolver.hosts", zone)
	if err != nil {
		return nil, err
	}
	args := []string{"-k", "--user=root", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-hosts", "--addn-hosts=" + file, "--interface=eth0", "--except-interface=lo", "--bind-interfaces", "--log-facility=-",
		"--local=/" + cast.Zone + "/"}
	for _, top := range strings.Fields("nl in tk info fr com org us ml cn ch co ru ro biz ca net example") {
		args = append(args, "--local=/"+top+"/")
	}
	p, err := l.start(l.hosts["infra"], "resolver", "dnsmasq", args...)
	if err != nil {
		return nil, err
	}
	l.hosts["infra"].offers("dns", "udp", 53, "")
	return p, p.waitListen(53)
}
