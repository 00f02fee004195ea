package main

import (
	"crypto/x509/pkix"
	"fmt"
	"path/filepath"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// veiledName is what a machine outside is called for.
const veiledName = "feed.updates.example"

// veiled is a spread of which nothing can be read: files inside SMB3 encryption,
// services made by sealed calls, a shell and calls home inside TLS. Beside it is
// ordinary work inside encryption.
func veiled(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "us1"}, "vna", "files", "backup1", "desk1", "desk2", "desk3", "outside1")
	if err != nil {
		return err
	}
	files := map[string]sample{}
	for _, to := range []string{"ct1", "mr1", "us1"} {
		if files[to], err = l.sample("VEILHELP-"+to, cast.Copy("VEILHELP", 16640, cast.Bytes("VEILHELP/marks", 64), to)); err != nil {
			return err
		}
	}
	shares := map[string]*fileShares{}
	for _, host := range []string{"ct1", "mr1", "us1", "pacs", "files"} {
		if shares[host], err = l.lendWith(host, "server smb encrypt = required\nserver min protocol = SMB3_00\n", "images"); err != nil {
			return err
		}
	}
	for _, host := range []string{"ct1", "mr1"} {
		if err := l.pretendSealed(host); err != nil {
			return err
		}
	}
	if err := l.makeCerts("vna", "mr1"); err != nil {
		return err
	}
	for host, port := range map[string]int{"us1": 5986, "outside1": 443} {
		if err := l.answerSealed(host, port); err != nil {
			return err
		}
	}
	archive, err := l.startSecureStore(l.hosts["vna"])
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(7 * time.Minute)
	if err := l.sealedWork(shares, archive, s.sets); err != nil {
		return err
	}
	l.pass(35 * time.Minute)
	if err := l.sealedSpread(shares, files); err != nil {
		return err
	}
	return l.sealedCalls("mr1")
}

// pretendSealed starts a mock of a Windows machine's services, over TCP alone and
// with sealed calls.
func (l *Lab) pretendSealed(host string) error {
	h, who := l.hosts[host], people()["service"]
	file, err := l.jobFile("sealed", map[string]any{"ip": h.IP, "dynamic": mockPort, "log": filepath.Join(l.dir, "mock."+host), "calls": filepath.Join(l.dir, "calls."+host),
		"accounts": map[string]string{who.user: who.password}, "barred": []string{}, "outside": []string{}, "domain": workgroup, "netbios": h.Name, "zone": cast.Zone})
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "sealed-"+host, 135, "env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore", "/usr/bin/python3", "-u", filepath.Join(l.peers, "wmi.py"), "serve", file); err != nil {
		return err
	}
	h.offers("dce_rpc", "tcp", 135, "")
	h.offers("dce_rpc", "tcp", mockPort, "")
	return nil
}

// answerSealed runs nginx with TLS that has nothing to say.
func (l *Lab) answerSealed(host string, port int) error {
	in, now := func(ending string) string { return filepath.Join(l.dir, host+ending) }, time.Now()
	if err := l.issue(&authority{}, certificate{file: host, subject: pkix.Name{CommonName: host}, from: now.AddDate(-1, 0, 0), to: now.AddDate(1, 0, 0), selfSigned: true}); err != nil {
		return err
	}
	conf, err := l.file(host+".nginx.conf", l.nginxConf(host, fmt.Sprintf("server { listen %d ssl; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate %s; ssl_certificate_key %s; location / { return 204; } }", port, in(".crt"), in(".key"))))
	if err != nil {
		return err
	}
	if _, err := l.serve(l.hosts[host], "nginx-"+host, port, "nginx", "-e", "stderr", "-c", conf); err != nil {
		return err
	}
	l.hosts[host].offers("ssl", "tcp", port, "")
	return nil
}

// startSecureStore runs storescp with DICOM inside TLS.
func (l *Lab) startSecureStore(h *Host) (node, error) {
	n := node{host: h, ae: h.AETitles[0], port: portTLS, tls: true}
	keep, err := l.file(filepath.Join("secure", ".keep"), "")
	if err != nil {
		return n, err
	}
	argv := append([]string{"storescp"}, l.tlsArgs(h.Name)...)
	n.proc, err = l.serve(h, "storescp-tls", n.port, append(argv, "-aet", n.ae, "-od", filepath.Dir(keep), fmt.Sprint(n.port))...)
	h.offers("ssl", "tcp", n.port, "")
	return n, err
}

// sealedVisit is a session inside encryption, of a person or of something else.
func (l *Lab) sealedVisit(f *fileShares, from, share, detail string, tasks ...task) error {
	who := people()["service"]
	return l.visit(f, visit{from: from, dialect: "3.11", share: share, user: who.user, password: who.password, signed: true, sealed: true, detail: detail, tasks: tasks})
}

// sealedWork is ordinary work inside encryption: three that look into a share, a
// document that is saved, a backup, images.
func (l *Lab) sealedWork(shares map[string]*fileShares, archive node, sets map[string]series) error {
	document, err := l.sample("REPORT.DOC", cast.Bytes("REPORT.DOC", 17600))
	if err != nil {
		return err
	}
	set, err := l.sample("BACKUP.SET", cast.Bytes("BACKUP.SET", 18400))
	if err != nil {
		return err
	}
	for _, from := range []string{"desk2", "desk3", "ws1"} {
		if err := l.sealedVisit(shares["files"], from, "images", "a look into a share", task{op: "list", path: "*"}); err != nil {
			return err
		}
		l.pass(2 * time.Minute)
	}
	if err := l.sealedVisit(shares["files"], "desk1", "images", "a document is saved", task{op: "write", path: "REPORT.DOC", file: document}); err != nil {
		return err
	}
	l.mustBeQuiet("desk1", "files", "a long document onto a share that others use", "X1", "X2", "X3", "X4")
	l.pass(9 * time.Minute)
	if err := l.sealedVisit(shares["pacs"], "backup1", "images", "a backup to the archive's share", task{op: "write", path: "BACKUP.SET", file: set}); err != nil {
		return err
	}
	l.mustBeQuiet("backup1", "pacs", "a backup", "X1", "X3", "X4")
	l.pass(4 * time.Minute)
	l.mustBeQuiet("mr1", "vna", "images inside TLS", "X1", "X2", "X3", "X4", "B1", "D5")
	l.story().Blind = append(l.story().Blind, "mr1 to vna: DICOM inside TLS", "desk1 to files, backup1 to pacs: share, file and content are encrypted")
	return l.secure(archive, sets, "mr1")
}

// sealedSpread is what goes from machine to machine.
func (l *Lab) sealedSpread(shares map[string]*fileShares, files map[string]sample) error {
	l.story().Entry = "reg1"
	for _, h := range [][2]string{{"reg1", "ct1"}, {"ct1", "mr1"}, {"ct1", "us1"}} {
		from, to, began := h[0], h[1], time.Now()
		if err := l.sealedVisit(shares[to], from, "ADMIN$", "copied to ADMIN$ inside encryption", task{op: "write", path: `WINDOWS\Temp\veilhelp.exe`, file: files[to]}); err != nil {
			return err
		}
		l.story().Blind = append(l.story().Blind, from+" to "+to+": share, file and content are encrypted")
		if to == "us1" { // which has no mock
			if err := l.errands(l.fetch(from, to, 5986, "a shell of WinRM inside TLS", 0, "-k", fmt.Sprintf("https://%s:5986/wsman", l.hosts[to].IP))); err != nil {
				return err
			}
			l.contact(began, from, to, "written", "copied inside encryption, then a session inside TLS on the port of WinRM")
			l.finds(from, to, "", "X5")
		} else {
			if err := l.startService(from, to); err != nil {
				return err
			}
			l.contact(began, from, to, "proven", "copied inside encryption, service made and started by sealed calls")
			l.finds(from, to, "", "L1")
		}
		l.finds(from, to, "", "X2", "X3")
		if from != "reg1" {
			l.finds(from, to, "", "X4")
			if to != "us1" {
				l.finds(from, to, "", "F2")
			}
		}
		l.pass(70 * time.Second)
	}
	if err := l.sealedVisit(shares["pacs"], "ct1", "images", "a look into a share", task{op: "list", path: "*"}); err != nil {
		return err
	}
	l.finds("ct1", "", "", "X1")
	l.pass(11 * time.Minute)
	return nil
}

// startService makes a service and starts it by sealed calls: both are the mock's word.
func (l *Lab) startService(from, to string) error {
	who := people()["service"]
	job := map[string]any{"server": l.hosts[to].IP, "user": who.user, "password": who.password, "domain": workgroup, "myname": from, "level": 6,
		"name": "VeilHelpSync", "display": "Veil Help Sync", "command": `C:\Windows\Temp\veilhelp.exe /b`}
	all, err := l.python(from, "start", job, "outbreak")
	if err != nil {
		return fmt.Errorf("%s to %s: %w", from, to, err)
	}
	l.toldCalls(all, from, to)
	for _, port := range []int{135, mockPort} {
		l.flow(truth.Flow{Client: from, Server: to, Proto: "tcp", Port: port, Service: "dce_rpc", Detail: "a service made and started", Count: 1})
	}
	return nil
}

// sealedCalls asks a machine outside for orders, inside TLS.
func (l *Lab) sealedCalls(from string) error {
	to := l.hosts["outside1"]
	for i := range 13 {
		if err := l.errands(l.fetch(from, to.Name, 443, "a call home inside TLS", 0, "-k", "--resolve", veiledName+":443:"+to.IP, "https://"+veiledName+"/")); err != nil {
			return err
		}
		if i < 12 {
			l.pass(300*time.Second + time.Duration(i*i%7)*5*time.Second)
		}
	}
	l.finds(from, to.Name, "", "B1")
	return nil
}
