package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// fileShares is one smbd with every dialect and shares of several kinds.
type fileShares struct {
	host   string
	root   string
	smbd   *Proc
	names  string // its NetBIOS name
	shares []string
}

// dir is where a share lies on disk.
func (f *fileShares) dir(share, path string) string {
	return filepath.Join(f.root, strings.Trim(share, "$"), strings.ReplaceAll(path, `\`, "/"))
}

// smbScenario is all that clients do to a file server, in five dialects.
func smbScenario(l *Lab) error {
	if err := l.build("files", "desk1", "desk2", "desk3", "desk4"); err != nil {
		return err
	}
	l.canary("secret", wrongPassword)
	l.canary("user", "lzstranger")
	f, err := l.makeShares("files", "FILESRV", "")
	if err != nil {
		return err
	}
	samples, err := l.smbSamples()
	if err != nil {
		return err
	}
	// What lies on the read-only share before anybody comes.
	if err := os.WriteFile(f.dir("readonly", "HANDBOOK.TXT"), cast.Lines("HANDBOOK", 20000), 0o644); err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.serveShares(f); err != nil {
		return err
	}
	for _, play := range []func(*fileShares, map[string]sample) error{l.smbDialects, l.smbRefusals, l.smbScripted} {
		if err := play(f, samples); err != nil {
			return err
		}
	}
	return nil
}

// smbSamples are the files of the scenario, by name.
func (l *Lab) smbSamples() (map[string]sample, error) {
	all := map[string]sample{}
	for name, b := range map[string][]byte{
		"ONE.BIN": cast.Bytes("ONE.BIN", 1), "EXPORT.DAT": cast.Bytes("EXPORT.DAT", 20000), "LARGE.TXT": cast.Lines("LARGE", 300000),
		"SETUPX.EXE": cast.Stub("SETUPX.EXE", 24576), "SERVICEX.EXE": cast.Stub("SERVICEX.EXE", 9216),
		"ZZCANARY_MIKE_LZCAN-000190.txt": []byte("Findings of ZZCANARY^MIKE, LZCAN-000190: none.\r\n"),
		"ANDX.BIN":                       cast.Bytes("ANDX.BIN", 40000), "CORE.BIN": cast.Bytes("CORE.BIN", 3500), "SECONDARY.TXT": cast.Lines("SECONDARY", 1700),
		"PIECES.DAT": cast.Lines("PIECES", 150000), "LOG.TXT": cast.Lines("LOG", 9000), "COMPOUND.TXT": cast.Lines("COMPOUND", 1100),
		"BROKEN.DAT": cast.Lines("BROKEN", 120000), "CHANNELS.DAT": cast.Lines("CHANNELS", 280000), "SECOND.DAT": cast.Bytes("SECOND.DAT", 5000),
	} {
		s, err := l.sample(name, b)
		if err != nil {
			return nil, err
		}
		all[name] = s
	}
	l.canary("file-name", "ZZCANARY_MIKE_LZCAN-000190.txt")
	l.canary("patient-name", "ZZCANARY^MIKE")
	l.canary("patient-id", "LZCAN-000190")
	return all, nil
}

// makeShares writes the configuration of a file server with shares that look
// like those of a Windows machine.
func (l *Lab) makeShares(host, netbios, more string) (*fileShares, error) {
	h := l.hosts[host]
	if err := l.accounts(h, staff()...); err != nil {
		return nil, err
	}
	f := &fileShares{host: host, root: filepath.Join(l.dir, host, "shares"), names: netbios, shares: []string{"images", "readonly", "ADMIN$", "C$"}}
	for _, d := range []string{"lock", "state", "cache", "private", "pid"} {
		if _, err := l.file(filepath.Join(host, d, ".keep"), ""); err != nil {
			return nil, err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[global]\nworkgroup = %s\nnetbios name = %s\nserver string = Image exchange\ninterfaces = eth0\nbind interfaces only = yes\nload printers = no\ndisable spoolss = yes\n"+
		"log level = %s\nmax log size = 0\nserver min protocol = NT1\nserver signing = auto\nmap to guest = Bad User\nguest account = nobody\nserver multi channel support = yes\nsmb2 leases = yes\n%s%s",
		workgroup, netbios, smbdLogs, more, l.sambaDirs(host))
	for _, s := range f.shares {
		dir := f.dir(s, "")
		if err := os.MkdirAll(dir, dirMode); err != nil {
			return nil, err
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "[%s]\npath = %s\nread only = %s\n", s, dir, map[bool]string{true: "yes\nguest ok = yes", false: "no"}[s == "readonly"])
	}
	temp := f.dir("C$", `Windows\Temp`)
	if err := os.MkdirAll(temp, 0o777); err != nil {
		return nil, err
	}
	for _, d := range []string{filepath.Dir(temp), temp} {
		if err := os.Chmod(d, 0o777); err != nil {
			return nil, err
		}
	}
	conf, err := l.file(host+".smb.conf", b.String())
	if err != nil {
		return nil, err
	}
	who := people()["transfer"]
	argv := l.alone(h, "sh", "-c", fmt.Sprintf("printf '%%s\\n%%s\\n' '%s' '%s' | smbpasswd -c %s -a -s %s", who.password, who.password, conf, who.user))
	_, err = l.must(h, argv[0], argv[1:]...)
	return f, err
}

// serveShares starts smbd and says what the host shows.
func (l *Lab) serveShares(f *fileShares) (err error) {
	h := l.hosts[f.host]
	f.smbd, err = l.serve(h, "smbd-"+f.host, 445, "smbd", "-F", "--no-process-group", "--debug-stdout", "-s", filepath.Join(l.dir, f.host+".smb.conf"))
	if err != nil {
		return err
	}
	h.offers("smb", "tcp", 445, "")
	h.is("file server")
	h.called(f.names, "ntlm")
	h.has("accepts SMB1", "does not require SMB signing")
	return nil
}

// task is one thing an smbclient does, with the status it must end in.
type task struct {
	op, path, to, status string
	file                 sample // of put and get
}

// visit is one run of smbclient.
type visit struct {
	from, dialect, share, user, password string
	signed, sealed, guest                bool
	status                               string // of the session; empty: granted
	treeStatus                           string
	tasks                                []task
	detail                               string
}

// smbOptions are smbclient's words for the dialects of the truth.
func smbOptions() map[string]string {
	return map[string]string{"NT1": "NT1", "2.02": "SMB2_02", "2.10": "SMB2_10", "3.00": "SMB3_00", "3.11": "SMB3_11"}
}

// words is the command of a task.
func (t task) words(dir string) string {
	switch t.op {
	case "write":
		return fmt.Sprintf("put %s %s", t.file.path, t.path)
	case "read":
		return fmt.Sprintf("get %s %s", t.path, filepath.Join(dir, "got."+t.to))
	case "list":
		return "ls " + t.path
	case "rename":
		return fmt.Sprintf("rename %s %s", t.path, t.to)
	case "delete":
		return "del " + t.path
	}
	return t.op + " " + t.path // mkdir, rmdir, deltree
}

// visit runs smbclient and notes what it did.
func (l *Lab) visit(f *fileShares, v visit) error {
	option := smbOptions()[v.dialect]
	cfg := []string{"--option=netbios name=" + strings.ToUpper(v.from), "--option=client min protocol=" + option, "--option=client max protocol=" + option}
	switch {
	case v.sealed:
		cfg = append(cfg, "--client-protection=encrypt")
	case v.signed:
		cfg = append(cfg, "--client-protection=sign")
	}
	var words []string
	for _, t := range v.tasks {
		words = append(words, t.words(l.dir))
	}
	start := len(f.smbd.output())
	argv := append([]string{"timeout", "-k", "2", "40", "smbclient", "-s", "/dev/null", "-W", workgroup, "//" + l.hosts[f.host].IP + "/" + v.share, "--user=" + v.user + "%" + v.password, "-c", strings.Join(words, "; ")}, cfg...)
	h := l.hosts[v.from]
	argv = l.alone(h, argv...)
	out, _ := l.run(h, argv[0], argv[1:]...)
	note := truth.SMBVisit{Client: v.from, Server: f.host, Port: 445, Dialect: v.dialect, Signed: v.signed, Sealed: v.sealed, Guest: v.guest,
		Account: v.user, Status: "NT_STATUS_OK", Detail: v.detail}
	if v.status != "" {
		note.Status = v.status
	} else {
		note.Trees = append(note.Trees, truth.SMBTree{Share: v.share, Status: "NT_STATUS_OK"})
		if v.treeStatus != "" {
			note.Trees[0].Status = v.treeStatus
		}
	}
	for _, s := range []string{v.status, v.treeStatus} {
		if !strings.Contains(out, s) {
			return fmt.Errorf("%s: no %s in\n%s", v.detail, s, tail(out, 1500))
		}
	}
	if v.status == "" && v.treeStatus == "" {
		if err := l.tasksDone(f, v, out, &note); err != nil {
			return fmt.Errorf("%s: %w\n%s", v.detail, err, tail(out, 1500))
		}
	}
	l.flow(truth.Flow{Client: v.from, Server: f.host, Proto: "tcp", Port: 445, Service: "smb", Detail: v.detail, Count: 1})
	return l.visited(note, f.smbd, start)
}

// tasksDone checks what smbclient said and what lies on disk, and notes it.
func (l *Lab) tasksDone(f *fileShares, v visit, out string, note *truth.SMBVisit) error {
	if len(v.tasks) > 0 && strings.Count(out, "NT_STATUS_") != countRefused(v.tasks) {
		return fmt.Errorf("%d refusals expected", countRefused(v.tasks))
	}
	for _, t := range v.tasks {
		o := truth.SMBOperation{Operation: t.op, Share: v.share, Path: t.path, To: t.to, Status: "NT_STATUS_OK"}
		m := truth.MovedFile{Carrier: "smb2", Client: v.from, Server: f.host, Port: 445, Share: v.share, Path: t.path, Sealed: v.sealed, Refused: t.status, Detail: v.detail}
		if v.dialect == "NT1" {
			m.Carrier = "smb1"
		}
		if t.status != "" {
			o.Status = t.status
			if !strings.Contains(out, t.status) {
				return fmt.Errorf("%s %s: no %s", t.op, t.path, t.status)
			}
		}
		switch t.op {
		case "read":
			o.To = ""
			if t.status == "" {
				if err := t.file.arrived(filepath.Join(l.dir, "got."+t.to)); err != nil {
					return err
				}
			}
			l.moved(m, t.file, false)
		case "write":
			// What the script takes away again was read back before.
			if err := t.file.arrived(f.dir(v.share, t.path)); err != nil && t.status == "" && !os.IsNotExist(err) {
				return err
			}
			l.moved(m, t.file, true)
		}
		note.Operations = append(note.Operations, o)
	}
	return nil
}

func countRefused(tasks []task) (n int) {
	for _, t := range tasks {
		if t.status != "" {
			n++
		}
	}
	return n
}

// smbDialects does the same work in every dialect, then signed, then sealed.
func (l *Lab) smbDialects(f *fileShares, s map[string]sample) error {
	who := people()["transfer"]
	for _, n := range []string{"desk1", "desk2", "desk3", "desk4"} {
		l.hosts[n].called(strings.ToUpper(n), "ntlm")
	}
	l.hosts["desk4"].has("speaks only SMB1")
	patient := "ZZCANARY_MIKE_LZCAN-000190.txt"
	for i, d := range []string{"NT1", "2.02", "2.10", "3.00", "3.11"} {
		v := visit{from: []string{"desk4", "desk1", "desk2", "desk3", "desk1"}[i], dialect: d, share: "images", user: who.user, password: who.password, signed: i > 0, detail: "all that a client does, dialect " + d}
		// smbclient signs from SMB2 on, for the server can.
		v.tasks = []task{
			{op: "write", path: "ONE.BIN", file: s["ONE.BIN"]}, {op: "write", path: "LARGE.TXT", file: s["LARGE.TXT"]}, {op: "mkdir", path: "STUDY"},
			{op: "write", path: `STUDY\` + patient, file: s[patient]}, {op: "list", path: "*"}, {op: "read", path: "LARGE.TXT", to: "large", file: s["LARGE.TXT"]},
			{op: "rename", path: "ONE.BIN", to: `STUDY\ONE.BAK`}, {op: "read", path: `STUDY\ONE.BAK`, to: "one", file: s["ONE.BIN"]},
			{op: "write", path: `STUDY\EXPORT.DAT`, file: s["EXPORT.DAT"]}, {op: "read", path: `STUDY\` + patient, to: "patient", file: s[patient]},
			{op: "delete", path: `STUDY\EXPORT.DAT`}, {op: "read", path: "GONE.TXT", to: "gone", status: "NT_STATUS_OBJECT_NAME_NOT_FOUND"},
			{op: "delete", path: "LARGE.TXT"}, {op: "deltree", path: "STUDY"},
		}
		if err := l.visit(f, v); err != nil {
			return err
		}
	}
	program := []task{{op: "write", path: "SETUPX.EXE", file: s["SETUPX.EXE"]}, {op: "read", path: "SETUPX.EXE", to: "setupx", file: s["SETUPX.EXE"]}}
	for i, d := range []string{"NT1", "3.00", "3.11"} {
		v := visit{from: []string{"desk2", "desk2", "desk3"}[i], dialect: d, share: "ADMIN$", user: who.user, password: who.password, signed: true, sealed: d != "NT1", tasks: program, detail: "signed and sealed, dialect " + d}
		if d == "NT1" {
			v.detail = "signed, dialect NT1"
		}
		if err := l.visit(f, v); err != nil {
			return err
		}
	}
	return nil
}

// smbRefusals is what a server does not grant, and what it grants to anybody.
func (l *Lab) smbRefusals(f *fileShares, s map[string]sample) error {
	who := people()["transfer"]
	handbook, err := measure(f.dir("readonly", "HANDBOOK.TXT"))
	if err != nil {
		return err
	}
	for _, d := range []string{"NT1", "3.11"} {
		v := visit{from: "desk3", dialect: d, user: who.user, password: who.password, signed: d != "NT1"}
		readonly, wrong, stranger, gone := v, v, v, v
		readonly.share, readonly.detail = "readonly", "read-only share, dialect "+d
		readonly.tasks = []task{{op: "write", path: "SETUPX.EXE", file: s["SETUPX.EXE"], status: "NT_STATUS_ACCESS_DENIED"},
			{op: "read", path: "HANDBOOK.TXT", to: "handbook", file: handbook},
			{op: "mkdir", path: "NEW", status: "NT_STATUS_ACCESS_DENIED"},
			{op: "delete", path: "HANDBOOK.TXT", status: "NT_STATUS_ACCESS_DENIED"}}
		if d == "NT1" {
			// The old call for it is refused in other words.
			readonly.tasks[2].status = "NT_STATUS_ACCESS_DENIED"
		}
		wrong.share, wrong.password, wrong.status, wrong.detail = "images", wrongPassword, "NT_STATUS_LOGON_FAILURE", "wrong password, dialect "+d
		stranger.share, stranger.user, stranger.password, stranger.guest, stranger.signed = "readonly", "lzstranger", wrongPassword, true, false
		stranger.detail, stranger.tasks = "guest, dialect "+d, []task{{op: "list", path: "*"}, {op: "read", path: "HANDBOOK.TXT", to: "guest", file: handbook}}
		gone.share, gone.treeStatus, gone.detail = "NOSUCH", "NT_STATUS_BAD_NETWORK_NAME", "no such share, dialect "+d
		for _, v := range []visit{readonly, wrong, stranger, gone} {
			if err := l.visit(f, v); err != nil {
				return err
			}
		}
	}
	l.hosts[f.host].has("lets guests into SMB")
	return nil
}

// smbScripted is what smbclient does not do: peers/smb.py.
func (l *Lab) smbScripted(f *fileShares, s map[string]sample) error {
	who := people()["transfer"]
	files := map[string]string{}
	for name, one := range s {
		files[name] = one.path
	}
	for _, p := range []struct{ play, from, dialect, share, detail string }{
		{"cifs", "desk4", "NT1", "images", "SMB1 in all its forms, scripted"},
		{"forms", "desk1", "2.10", "images", "pieces out of order, appends, compounds, locks, watches, scripted"},
		{"trees", "desk2", "2.10", "images", "a program to several shares in one session, scripted"},
		{"broken", "desk3", "2.10", "images", "the connection ends in the middle of a file, scripted"},
		{"channels", "desk1", "3.00", "images", "one session and one file over two connections, scripted"},
	} {
		start := len(f.smbd.output())
		job := map[string]any{"server": l.hosts[f.host].IP, "port": 445, "user": who.user, "password": who.password, "domain": workgroup, "share": p.share,
			"myname": strings.ToUpper(p.from), "files": files}
		all, err := l.python(p.from, p.play, job, "smb")
		if err != nil {
			return err
		}
		v := truth.SMBVisit{Client: p.from, Server: f.host, Port: 445, Dialect: p.dialect, Account: who.user, Status: "NT_STATUS_OK", Detail: p.detail}
		if p.play == "channels" {
			v.Connections, v.Signed = 2, true
		}
		l.told(all, &v)
		l.flow(truth.Flow{Client: p.from, Server: f.host, Proto: "tcp", Port: 445, Service: "smb", Detail: p.detail, Count: max(v.Connections, 1)})
		if err := l.visited(v, f.smbd, start); err != nil {
			return err
		}
	}
	return nil
}

// told takes the reports of a scripted visit over.
func (l *Lab) told(all []report, v *truth.SMBVisit) {
	for _, r := range all {
		switch {
		case r.Tree != nil:
			v.Trees = append(v.Trees, *r.Tree)
		case r.Op != nil:
			v.Operations = append(v.Operations, *r.Op)
		case r.File != nil:
			m := truth.MovedFile{Carrier: "smb2", Client: v.Client, Server: v.Server, Port: v.Port, Share: r.File.Share, Path: r.File.Path,
				Seen: r.File.Seen, Refused: r.File.Refused, Sealed: v.Sealed, Connections: r.File.Connections, Detail: r.File.Detail}
			if v.Dialect == "NT1" {
				m.Carrier = "smb1"
			}
			l.moved(m, sample{size: r.File.Size, sha: r.File.SHA256, md5: r.File.MD5}, r.File.Up)
		}
	}
}

// lateral are the scenarios of what Windows machines do to each other.
func lateral() []scenario {
	return []scenario{
		{name: "smb", about: "files over SMB1 to 3.1.1: signed, sealed, refused, in pieces, in compounds, over two connections; inert programs to administrative shares", run: smbScenario},
		{name: "rpc", about: "remote procedures over SMB pipes and TCP: services, jobs, tasks and registry values, granted, refused and failed; questions to a file server and a domain", run: rpcScenario},
		{name: "kerberos", about: "tickets asked for and shown, at a KDC and a domain controller, over UDP and TCP, in SMB, LDAP and HTTP; NTLM in HTTP, SMTP and LDAP; granted and refused", run: kerberosScenario},
		{name: "files", about: "files by HTTP (chunked, gzip, ranges, forms), FTP in four ways, TFTP, mail in nested parts, and SMB, with the hash of each", run: filesScenario},
		{name: "remote2", about: "sessions opened on others: WinRM in clear and sealed, WMI and DCOM in clear and sealed, SSH, Telnet and VNC into a modality; granted, refused and denied", run: remote2},
	}
}

// sortedKeys is for maps whose order must not show.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
