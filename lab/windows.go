package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	workgroup      = "LAZARUS"
	adDomain       = "LAZAD"
	adRealm        = "ad.lazarus.example"
	domainPassword = "LZpw-Domain-5150"
)

// windows is file service, names, a domain and a remote desktop, as Windows
// machines and those that act like them speak.
func windows(l *Lab) error {
	if err := l.build("router", "files", "oldfiles", "dc1", "term1", "ws1", "admin1", "reg1", "console2"); err != nil {
		return err
	}
	l.canary("secret", wrongPassword)
	l.canary("secret", domainPassword)
	if err := l.startDesktop(); err != nil {
		return err
	}
	if err := l.makeSamba(l.hosts["files"], "FILESRV", "Radiology file server", false); err != nil {
		return err
	}
	if err := l.makeSamba(l.hosts["oldfiles"], "OLDFILES", "Image export", true); err != nil {
		return err
	}
	conf, err := l.provision()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	// The servers start under the recorder, for their names are claimed then.
	if err := l.startSamba(conf); err != nil {
		return err
	}
	for _, play := range []func() error{l.fileWork, l.netbiosNames, l.domainWork, l.desktops} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// sambaDirs keeps everything Samba writes inside the work directory.
func (l *Lab) sambaDirs(name string) string {
	var b strings.Builder
	for _, d := range []string{"lock", "state", "cache", "private", "pid"} {
		key := d + " directory"
		if d == "private" {
			key = "private dir"
		}
		fmt.Fprintf(&b, "%s = %s\n", key, filepath.Join(l.dir, name, d))
	}
	return b.String()
}

// makeSamba writes the configuration and the account of a file server. The
// old one knows nothing newer than SMB1 and lets guests in.
func (l *Lab) makeSamba(h *Host, netbios, about string, old bool) error {
	who := people()["transfer"]
	if err := l.accounts(h, staff()...); err != nil {
		return err
	}
	kind := "server min protocol = SMB2_02\nserver signing = mandatory\nmap to guest = Never\nos level = 35\npreferred master = yes\n"
	guest := ""
	if old {
		kind = "server min protocol = NT1\nserver max protocol = NT1\nserver signing = disabled\nntlm auth = ntlmv1-permitted\nmap to guest = Bad User\nguest account = nobody\nos level = 8\n"
		guest = "guest ok = yes\n"
	}
	for _, d := range []string{"lock", "state", "cache", "private", "pid", "share"} {
		if _, err := l.file(filepath.Join(h.Name, d, ".keep"), ""); err != nil {
			return err
		}
	}
	share := filepath.Join(l.dir, h.Name, "share")
	if _, err := l.must(nil, "chmod", "777", share); err != nil {
		return err
	}
	conf, err := l.file(h.Name+".smb.conf", fmt.Sprintf("[global]\nworkgroup = %s\nnetbios name = %s\nserver string = %s\ninterfaces = eth0\nbind interfaces only = yes\nload printers = no\ndisable spoolss = yes\nlog level = 1\n%s%s[images]\npath = %s\nread only = no\n%s",
		workgroup, netbios, about, l.sambaDirs(h.Name), kind, share, guest))
	if err != nil {
		return err
	}
	argv := l.alone(h, "sh", "-c", fmt.Sprintf("printf '%%s\\n%%s\\n' '%s' '%s' | smbpasswd -c %s -a -s %s", who.password, who.password, conf, who.user))
	if _, err = l.must(h, argv[0], argv[1:]...); err != nil {
		return err
	}
	h.Workgroup = workgroup
	h.offers("smb", "tcp", 445, "")
	h.offers("dns", "udp", 137, "")
	if h.Role == "file-server" {
		h.is("file server")
	}
	h.called(netbios, "netbios")
	h.called(netbios, "browser")
	h.called(netbios, "ntlm")
	h.has("answers names by LLMNR or NetBIOS")
	if old {
		h.has("accepts SMB1", "does not require SMB signing", "lets guests into SMB")
		version, err := l.must(nil, "smbd", "--version")
		if err != nil {
			return err
		}
		version = strings.Replace(strings.TrimSpace(version), "Version", "Samba", 1)
		h.Services[len(h.Services)-2].Product = version
		h.system("Linux", version)
	}
	return nil
}

// provision makes an Active Directory domain, before the recording starts.
func (l *Lab) provision() (string, error) {
	h := l.hosts["dc1"]
	if err := l.etc(h, "samba/smb.conf", "[global]\n"); err != nil {
		return "", err
	}
	dir := filepath.Join(l.dir, "ad")
	argv := l.alone(h, "samba-tool", "domain", "provision", "--realm="+strings.ToUpper(adRealm), "--domain="+adDomain, "--server-role=dc",
		"--dns-backend=SAMBA_INTERNAL", "--adminpass="+domainPassword, "--targetdir="+dir, "--host-name=DC1", "--host-ip="+h.IP,
		"--option=interfaces=eth0", "--option=bind interfaces only=yes", "--option=ntp signd socket directory="+filepath.Join(l.dir, "ad-signd"))
	// On a busy machine this takes longer than a command may.
	p, err := l.start(h, "provision", argv[0], argv[1:]...)
	if err != nil {
		return "", err
	}
	select {
	case <-p.done:
	case <-time.After(3 * time.Minute):
	}
	if !strings.Contains(p.output(), "DOMAIN SID:") {
		return "", fmt.Errorf("no domain was made:\n%s", tail(p.output(), 1500))
	}
	h.Domain, h.Workgroup = adRealm, adDomain
	h.is("domain controller")
	h.called("DC1", "netbios")
	h.called("DC1", "ntlm")
	h.called("dc1."+adRealm, "ntlm")
	h.called("dc1."+adRealm, "ldap")
	h.offers("ldap_tcp", "tcp", 389, "")
	h.offers("ldap_udp", "udp", 389, "")
	h.offers("smb", "tcp", 445, "")
	h.offers("dns", "udp", 53, "")
	h.offers("dns", "udp", 137, "")
	h.offers("krb", "tcp", 88, "")
	return filepath.Join(dir, "etc", "smb.conf"), nil
}

// sambas starts smbd and nmbd on hosts.
func (l *Lab) sambas(hosts ...string) error {
	for _, name := range hosts {
		h, conf := l.hosts[name], filepath.Join(l.dir, name+".smb.conf")
		if _, err := l.serve(h, "smbd-"+name, 445, "smbd", "-F", "--no-process-group", "--debug-stdout", "-s", conf); err != nil {
			return err
		}
		if _, err := l.serve(h, "nmbd-"+name, 0, "nmbd", "-F", "--no-process-group", "--debug-stdout", "-s", conf); err != nil {
			return err
		}
	}
	return nil
}

// startSamba starts both file servers, their name servers and the domain
// controller, and lets them claim their names.
func (l *Lab) startSamba(domain string) error {
	if err := l.sambas("files", "oldfiles"); err != nil {
		return err
	}
	p, err := l.serve(l.hosts["dc1"], "samba-ad", 0, "samba", "-F", "--no-process-group", "--debug-stdout", "-s", domain)
	if err != nil {
		return err
	}
	// It makes its keys first.
	for range 4 {
		if err = p.waitListen(389); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	time.Sleep(20 * time.Second) // until one of them is master of the workgroup
	return nil
}

// smbclient is one visit to a share.
func (l *Lab) smbclient(from, to, detail, share string, exit int, says, command string, more ...string) errand {
	name := strings.ToUpper(from)
	argv := []string{"smbclient", "-s", "/dev/null", "--option=netbios name=" + name, "-W", workgroup, "//" + l.hosts[to].IP + "/" + share, "-c", command}
	return errand{from: from, to: to, port: 445, service: "smb", detail: detail, exit: exit, says: says, argv: append(argv, more...)}
}

// fileWork is images that are exported to both servers.
func (l *Lab) fileWork() error {
	who := people()["transfer"]
	file, err := l.file("ZZCANARY_LIMA.txt", "Export of ZZCANARY^LIMA, LZCAN-000178.\n")
	if err != nil {
		return err
	}
	l.canary("file-name", "ZZCANARY_LIMA.txt")
	l.canary("patient-name", "ZZCANARY^LIMA")
	l.canary("patient-id", "LZCAN-000178")
	put := "put " + file + " ZZCANARY_LIMA.txt; ls"
	login := func(password string) string { return "--user=" + who.user + "%" + password }
	old := []string{"--option=client min protocol=NT1", "--option=client max protocol=NT1"}
	both := old[:1:1] // a client that would rather have something newer
	for _, n := range []string{"ws1", "admin1", "reg1"} {
		l.hosts[n].called(strings.ToUpper(n), "ntlm")
	}
	l.hosts["console2"].has("speaks only SMB1", "answers with NTLMv1")
	return l.errands(
		l.smbclient("ws1", "files", "SMB3, signed, upload", "images", 0, "LIMA", put, login(who.password)),
		l.smbclient("ws1", "files", "SMB3, encrypted, list", "images", 0, "LIMA", "ls", login(who.password), "--client-protection=encrypt"),
		l.smbclient("admin1", "files", "SMB2 or newer after an SMB1 negotiate, list", "images", 0, "LIMA", "ls", login(who.password), "--option=client min protocol=NT1"),
		l.smbclient("reg1", "files", "wrong password", "images", 1, "LOGON_FAILURE", "ls", login(wrongPassword)),
		l.smbclient("console2", "oldfiles", "SMB1, NTLMv1, upload", "images", 0, "LIMA", put, append(old, login(who.password), "--option=client ntlmv2 auth=no", "--option=client use spnego=no")...),
		l.smbclient("admin1", "oldfiles", "SMB1, NTLMv2, list", "images", 0, "LIMA", "ls", append(both, login(who.password))...),
		l.smbclient("admin1", "oldfiles", "SMB1, guest, list", "images", 0, "LIMA", "ls", append(both, "--user=lzstranger%"+wrongPassword)...),
		l.smbclient("reg1", "oldfiles", "SMB1, anonymous, shares", "IPC$", -1, "", "quit", append(both, "-N")...),
	)
}

// netbiosNames asks for names by broadcast, and for a machine's whole table.
func (l *Lab) netbiosNames() error {
	l.canary("user", "lzstranger")
	ask := func(from, to, detail string, more ...string) errand {
		return errand{from: from, to: to, proto: "udp", port: 137, service: "dns", detail: "NBNS: " + detail, exit: -1,
			argv: append([]string{"nmblookup", "-s", "/dev/null", "--option=netbios name=" + strings.ToUpper(from)}, more...)}
	}
	ip := func(n string) string { return l.hosts[n].IP }
	return l.errands(
		ask("admin1", "files", "node status", "-A", ip("files")),
		ask("admin1", "oldfiles", "node status", "-A", ip("oldfiles")),
		ask("admin1", "dc1", "node status", "-A", ip("dc1")),
		ask("reg1", "files", "broadcast, FILESRV", "FILESRV"),
		ask("reg1", "files", "broadcast, nobody", "OLDPRINTSRV"),
		ask("ws1", "files", "master browser", "-M", workgroup),
		ask("ws1", "dc1", "unicast, domain", "-U", ip("dc1"), "-R", adDomain+"#1b"),
	)
}

// domainWork is a desk that finds its domain controller and logs in.
func (l *Lab) domainWork() error {
	h := l.hosts["dc1"]
	conf, err := l.file("member.smb.conf", fmt.Sprintf("[global]\nworkgroup = %s\nrealm = %s\nnetbios name = REG1\nsecurity = ads\ninterfaces = eth0\n%s", adDomain, strings.ToUpper(adRealm), l.sambaDirs("member")))
	if err != nil {
		return err
	}
	for _, d := range []string{"lock", "state", "cache", "private", "pid"} {
		if _, err := l.file(filepath.Join("member", d, ".keep"), ""); err != nil {
			return err
		}
	}
	krb, err := l.file("krb5.conf", fmt.Sprintf("[libdefaults]\ndefault_realm = %s\ndns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n[realms]\n%s = {\n kdc = %s\n}\n[domain_realm]\n.%s = %s\n",
		strings.ToUpper(adRealm), strings.ToUpper(adRealm), h.IP, adRealm, strings.ToUpper(adRealm)))
	if err != nil {
		return err
	}
	for _, n := range []string{"reg1"} {
		if err := l.etc(l.hosts[n], "hosts", hostsFile(true)+h.IP+" dc1."+adRealm+" DC1\n"); err != nil {
			return err
		}
	}
	admin := "--user=" + adDomain + "/Administrator%" + domainPassword
	return l.errands(
		errand{from: "reg1", to: "dc1", proto: "udp", port: 53, service: "dns", detail: "SRV of the domain", says: "dc1." + adRealm, argv: []string{"dig", "+short", "@" + h.IP, "_ldap._tcp.dc._msdcs." + adRealm, "SRV"}},
		errand{from: "reg1", to: "dc1", proto: "udp", port: 389, service: "ldap_udp", detail: "CLDAP", says: "LAZAD", argv: []string{"net", "-s", conf, "ads", "lookup", "-S", h.IP}},
		errand{from: "reg1", to: "dc1", port: 389, service: "ldap_tcp", detail: "anonymous bind, rootDSE", says: "dnsHostName", argv: []string{"ldapsearch", "-LLL", "-x", "-H", "ldap://" + h.IP, "-s", "base", "-b", "", "(objectClass=*)"}},
		errand{from: "reg1", to: "dc1", port: 445, service: "smb", detail: "SMB3, NTLM in the domain, sysvol", says: "scripts", argv: []string{"smbclient", "-s", conf, "//" + h.IP + "/sysvol", admin, "-c", "ls " + adRealm + "/*"}},
		errand{from: "reg1", to: "dc1", port: 445, service: "smb", detail: "SMB3, Kerberos, sysvol", exit: -1,
			argv: []string{"env", "KRB5_CONFIG=" + krb, "smbclient", "-s", conf, "--use-kerberos=required", "//dc1." + adRealm + "/sysvol", "--user=Administrator@" + strings.ToUpper(adRealm) + "%" + domainPassword, "-c", "ls"}},
	)
}

// startDesktop runs xrdp. It has no session to offer: the log-in screen is
// all that a client gets.
func (l *Lab) startDesktop() error {
	if err := l.makeCerts("term1"); err != nil {
		return err
	}
	l.hosts["term1"].is("server")
	return l.xrdp("term1")
}

// xrdp runs one on a host that has a certificate.
func (l *Lab) xrdp(host string) error {
	h := l.hosts[host]
	conf, err := l.file("xrdp-"+host+".ini", fmt.Sprintf("[Globals]\nini_version=1\nfork=true\nport=3389\nsecurity_layer=negotiate\ncrypt_level=high\ncertificate=%s\nkey_file=%s\nssl_protocols=TLSv1.2, TLSv1.3\nbitmap_cache=true\nbitmap_compression=true\nmax_bpp=16\nls_width=100\nls_height=80\n[Logging]\nLogFile=%s\nLogLevel=WARNING\nEnableSyslog=0\nEnableConsole=1\nConsoleLevel=INFO\n[Channels]\n[Session]\nname=Session\nlib=libvnc.so\nip=127.0.0.1\nport=5910\nusername=ask\npassword=ask\n",
		filepath.Join(l.dir, host+".crt"), filepath.Join(l.dir, host+".key"), filepath.Join(l.dir, "xrdp-"+host+".file.log")))
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "xrdp-"+host, 3389, "xrdp", "-n", "-c", conf); err != nil {
		return err
	}
	h.offers("rdp", "tcp", 3389, "")
	h.has("offers remote desktop without NLA")
	return nil
}

// freerdp is one visit to a remote desktop by a client that gives itself a
// name; display is that of an X server on its side.
func (l *Lab) freerdp(from, to, name, detail, security, display string, who account) errand {
	return errand{from: from, to: to, port: 3389, service: "rdp", detail: detail, exit: -1,
		argv: []string{"env", "DISPLAY=" + display, "HOME=" + l.dir, "timeout", "3", "xfreerdp", "/v:" + l.hosts[to].IP, "/u:" + who.user, "/p:" + who.password,
			"/sec:" + security, "/cert:ignore", "/size:200x150", "/bpp:8", "/client-hostname:" + name, "+auth-only"}}
}

// desktops connects with TLS, with standard RDP security, and with NLA, which
// xrdp does not have.
func (l *Lab) desktops() error {
	who := people()["operator"]
	l.canary("user", who.user)
	l.canary("secret", who.password)
	const display = ":578"
	x, err := l.start(l.hosts["admin1"], "xvfb", "Xvfb", display, "-screen", "0", "320x240x16", "-nolisten", "tcp", "-ac")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	if err := l.await(filepath.Join("/tmp/.X11-unix", "X"+display[1:])); err != nil {
		return err
	}
	l.hosts["admin1"].called("ADMIN1", "rdp")
	rdp := func(detail, security string) errand {
		return l.freerdp("admin1", "term1", "ADMIN1", detail, security, display, who)
	}
	return l.errands(
		rdp("cookie, standard RDP security", "rdp"),
		rdp("cookie, TLS", "tls"),
		rdp("cookie, NLA asked, refused", "nla"),
	)
}
