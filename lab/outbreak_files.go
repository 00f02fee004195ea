package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// killSwitch is the name that WannaCry asked for before it began. Here nobody
// but the resolver of the laboratory hears it.
const killSwitch = "www.iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com"

// wannacry is the shape of that worm: no exploit is played, only the question
// that finds what one leaves behind.
func wannacry(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "xa1"}, "files", "desk1")
	if err != nil {
		return err
	}
	if err := l.emptiness(); err != nil {
		return err
	}
	if _, err := l.resolver(nil); err != nil {
		return err
	}
	f, err := l.lend("files", "images")
	if err != nil {
		return err
	}
	// 16 is what the back door adds to the number of the question; 0xC0000205
	// says that the hole is open, 0xC0000022 that it is not.
	for host, a := range map[string]map[string]any{"xa1": {"delta": 16, "pipe": 0xC0000205}, "mr1": {"delta": 0, "pipe": 0xC0000022}} {
		a["ip"] = l.hosts[host].IP
		file, err := l.jobFile("answers", a)
		if err != nil {
			return err
		}
		if _, err := l.serve(l.hosts[host], "answers-"+host, 445, "env", "PYTHONDONTWRITEBYTECODE=1", "/usr/bin/python3", "-u", filepath.Join(l.peers, "outbreak.py"), "answers", file); err != nil {
			return err
		}
		l.hosts[host].offers("smb", "tcp", 445, "")
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(12 * time.Minute)
	l.story().Entry = "ws1"
	if err := l.ask("ws1", killSwitch, "A", false); err != nil {
		return err
	}
	if err := l.sweepAll("ws1"); err != nil {
		return err
	}
	if err := l.knocks("ws1", "mr1", "xa1"); err != nil {
		return err
	}
	return l.wannaFiles(f)
}

// sweepAll asks every address of the network for file sharing, then some
// outside. Thirty dead ones were known a moment ago, so the question goes out;
// for the others nobody answers to ARP.
func (l *Lab) sweepAll(from string) error {
	h := l.hosts[from]
	var lines, targets []string
	for n := 200; n < 230; n++ {
		lines = append(lines, fmt.Sprintf("neigh replace %s%d lladdr 02:00:5e:30:00:%02x dev eth0 nud permanent", cast.NetMain, n, n))
	}
	if err := l.batch(h.ns, lines); err != nil {
		return err
	}
	for n := 1; n < 255; n++ {
		if a := fmt.Sprintf("%s%d", cast.NetMain, n); a != h.IP {
			targets = append(targets, a)
		}
	}
	for n := range 20 {
		targets = append(targets, fmt.Sprintf("203.0.113.%d", 3+n*11))
	}
	if _, err := l.python(from, "sweep", map[string]any{"targets": targets, "port": 445, "timeout": 0.8}, "outbreak"); err != nil {
		return err
	}
	l.flow(truth.Flow{Client: from, Server: "router", Proto: "tcp", Port: 445, Detail: "a connection to each address of the network and to 20 outside", Count: len(targets)})
	l.finds(from, "", "", "E5", "E6", "F1")
	return nil
}

// knocks puts both questions to machines with SMB1.
func (l *Lab) knocks(from string, targets ...string) error {
	for _, to := range targets {
		began := time.Now()
		if _, err := l.python(from, "knock", map[string]any{"server": l.hosts[to].IP, "unc": "192.168.56.20"}, "outbreak"); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: from, Server: to, Proto: "tcp", Port: 445, Service: "smb", Detail: "SMB1, nobody, IPC$ of another address, PeekNamedPipe, SESSION_SETUP with MID 65", Count: 1})
		l.finds(from, to, "", "E1", "E7")
		grade, detail := "touched", "answers as a patched machine, MID 65"
		if to == "xa1" {
			grade, detail = "exploited", "answers as the back door does, MID 81"
			l.finds(from, to, "accepted", "E2")
			l.finds(from, to, "", "E4")
		} else {
			l.finds(from, to, "refused", "E4")
			l.mustBeQuiet(from, to, "the number of the question came back", "E2")
		}
		l.contact(began, from, to, grade, detail)
	}
	return nil
}

// wannaFiles makes files with the known names, empty, beside ordinary work in
// the same old dialect.
func (l *Lab) wannaFiles(f *fileShares) error {
	who := people()["service"]
	began := time.Now()
	files := map[string]string{}
	var tasks []task
	for _, n := range []string{"@Please_Read_Me@.txt", "x.WNCRY"} {
		s, err := l.sample(n, nil)
		if err != nil {
			return err
		}
		files[n] = s.path
	}
	all, err := l.python("ws1", "touch", map[string]any{"server": l.hosts["files"].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": "WS1", "transport": "smb2", "dialect": 0x210,
		"share": "images", "files": files, "make": [][2]string{{"@Please_Read_Me@.txt", "@Please_Read_Me@.txt"}, {"x.WNCRY", "x.WNCRY"}}}, "outbreak")
	if err != nil {
		return err
	}
	v := truth.SMBVisit{Client: "ws1", Server: "files", Port: 445, Account: who.user, Status: "NT_STATUS_OK", Dialect: "2.10", Detail: "empty files with known names"}
	l.told(all, &v)
	l.truth.SMB = append(l.truth.SMB, v)
	l.flow(truth.Flow{Client: "ws1", Server: "files", Proto: "tcp", Port: 445, Service: "smb", Detail: v.Detail, Count: 1})
	l.contact(began, "ws1", "files", "entered", v.Detail)
	l.finds("ws1", "files", "accepted", "E8")
	s, err := l.sample("ROSTER.TXT", cast.Lines("ROSTER", 5000))
	if err != nil {
		return err
	}
	tasks = append(tasks, task{op: "write", path: "ROSTER.TXT", file: s}, task{op: "read", path: "ROSTER.TXT", to: "roster", file: s}, task{op: "rename", path: "ROSTER.TXT", to: "ROSTER.OLD"})
	l.mustBeQuiet("desk1", "files", "ordinary work over SMB1", "E1", "E2", "E7", "E8")
	return l.visit(f, visit{from: "desk1", dialect: "NT1", share: "images", user: who.user, password: who.password, detail: "ordinary work over SMB1", tasks: tasks})
}

// ransom is files that lose their content: other bytes, another ending, and a
// note in each folder.
func ransom(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1"}, "files")
	if err != nil {
		return err
	}
	f, err := l.lend("files", "archive")
	if err != nil {
		return err
	}
	folders := map[string][]string{}
	for i := range 8 {
		folder := fmt.Sprintf("SERIES%02d", i+1)
		if err := os.MkdirAll(f.dir("archive", folder), 0o777); err != nil {
			return err
		}
		for j := range 12 {
			name := fmt.Sprintf("IM%04d.DCM", j+1)
			if err := os.WriteFile(f.dir("archive", folder+"/"+name), cast.Lines(folder+name, 900+40*j), 0o666); err != nil {
				return err
			}
			folders[folder] = append(folders[folder], name)
		}
	}
	if _, err := l.must(nil, "chmod", "-R", "777", f.dir("archive", "")); err != nil {
		return err
	}
	note, err := l.sample("RESTORE_FILES.txt", []byte("Inert note of the laboratory: nothing was taken, nothing is asked for.\r\n"))
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(9 * time.Minute)
	if err := l.exports(f); err != nil {
		return err
	}
	l.pass(30 * time.Minute)
	who, began := people()["service"], time.Now()
	l.story().Entry = "reg1"
	all, err := l.python("reg1", "rewrite", map[string]any{"server": l.hosts["files"].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": "REG1", "transport": "smb2", "dialect": 0x210,
		"share": "archive", "folders": folders, "ending": ".lzlock", "note": "RESTORE_FILES.txt", "files": map[string]string{"RESTORE_FILES.txt": note.path}}, "outbreak")
	if err != nil {
		return err
	}
	v := truth.SMBVisit{Client: "reg1", Server: "files", Port: 445, Account: who.user, Status: "NT_STATUS_OK", Dialect: "2.10", Detail: "96 files read, rewritten, renamed; a note in each of 8 folders"}
	l.told(all, &v)
	l.truth.SMB = append(l.truth.SMB, v)
	l.flow(truth.Flow{Client: "reg1", Server: "files", Proto: "tcp", Port: 445, Service: "smb", Detail: v.Detail, Count: 1})
	l.contact(began, "reg1", "files", "entered", v.Detail)
	l.finds("reg1", "files", "accepted", "E9")
	return nil
}

// exports is what many programs do: write under a passing name, then rename.
func (l *Lab) exports(f *fileShares) error {
	who := people()["transfer"]
	v := visit{from: "ct1", dialect: "3.11", share: "archive", user: who.user, password: who.password, signed: true, detail: "twenty files written under a passing name and renamed"}
	for i := range 20 {
		name := fmt.Sprintf("EX%03d", i)
		s, err := l.sample(name, cast.Lines(name, 500))
		if err != nil {
			return err
		}
		v.tasks = append(v.tasks, task{op: "write", path: name + ".TMP", file: s}, task{op: "rename", path: name + ".TMP", to: name + ".DCM"})
	}
	l.mustBeQuiet("ct1", "files", v.detail, "E9")
	return l.visit(f, v)
}
