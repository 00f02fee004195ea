package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The accounts of the servers for people. All are invented.
func people() map[string]account {
	return map[string]account{
		"service":  {"lzsvcvendor", "LZPW-service-8841"},
		"transfer": {"lztransfer", "LZPW-transfer-2093"},
		"operator": {"lzoperator", "LZPW-operator-5512"},
		"reader":   {"lzreader", "LZPW-reader-7730"},
	}
}

// wrongPassword is what everybody tries who does not know better.
const wrongPassword = "LZPW-wrong-0000"

// vncPassword has eight characters, all that the protocol takes (RFC 6143,
// section 7.2.2).
const vncPassword = "LZvnc-71"

// remote is log-ins, transfers and mail: what greets its clients.
func remote(l *Lab) error {
	if err := l.build("router", "gateway", "filedrop", "analyser", "console1", "console2", "mail", "ldap", "admin1", "ws1", "ct1"); err != nil {
		return err
	}
	l.canary("secret", wrongPassword)
	for _, start := range []func() error{l.startSSH, l.startTransfer, l.startTelnet, l.startScreens, l.startMail, l.startLDAP} {
		if err := start(); err != nil {
			return err
		}
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func() error{l.logins, l.transfers, l.telnet, l.screens, l.letters, l.lookPeople} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// staff are all of them, in a fixed order.
func staff() (all []account) {
	for _, name := range []string{"service", "transfer", "operator", "reader"} {
		all = append(all, people()[name])
	}
	return all
}

// startSSH runs sshd: one as Debian has it, one that offers only old
// algorithms.
func (l *Lab) startSSH() error {
	if err := l.sshd("gateway", "PubkeyAuthentication yes\n"); err != nil {
		return err
	}
	l.hosts["analyser"].has("offers weak SSH algorithms")
	return l.sshd("analyser", "KexAlgorithms diffie-hellman-group1-sha1\nCiphers 3des-cbc,aes128-cbc\nMACs hmac-md5,hmac-sha1-96\nHostKeyAlgorithms ssh-rsa\nDebianBanner no\n")
}

// sshd runs one on a host, with more in its configuration.
func (l *Lab) sshd(host, conf string) error {
	h, key := l.hosts[host], filepath.Join(l.dir, "login.key")
	if err := l.accounts(h, staff()...); err != nil {
		return err
	}
	if _, err := os.Stat(key); err != nil {
		if _, err := l.must(nil, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key); err != nil {
			return err
		}
	}
	if _, err := l.must(nil, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", filepath.Join(l.dir, host+".ssh")); err != nil {
		return err
	}
	f, err := l.file(host+".sshd_config", conf+fmt.Sprintf("Port 22\nAddressFamily inet\nHostKey %s\nUsePAM yes\nPasswordAuthentication yes\nAuthorizedKeysFile %s\nStrictModes no\nPidFile none\nPrintMotd no\nPrintLastLog no\n",
		filepath.Join(l.dir, host+".ssh"), key+".pub"))
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "sshd-"+host, 22, "/usr/sbin/sshd", "-D", "-e", "-f", f); err != nil {
		return err
	}
	version, err := l.must(nil, "ssh", "-V")
	if err != nil {
		return err
	}
	// ssh -V prints OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL ...
	banner, _, _ := strings.Cut(strings.TrimSpace(version), ",")
	if strings.Contains(conf, "DebianBanner no") {
		banner, _, _ = strings.Cut(banner, " ")
	} else {
		h.system("Linux", "Debian")
	}
	h.offers("ssh", "tcp", 22, banner)
	return nil
}

// ssh is the command line of one log-in, by key when there is no password.
func (l *Lab) ssh(who account, password, host string, more ...string) []string {
	argv := []string{"ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1"}
	if password == "" {
		argv = append(argv, "-i", filepath.Join(l.dir, "login.key"))
	} else {
		argv = append([]string{"sshpass", "-p", password}, append(argv, "-o", "PreferredAuthentications=password")...)
	}
	argv = append(argv, more...)
	return append(argv, who.user+"@"+l.hosts[host].IP, "echo in; uname -s")
}

// logins are a vendor's service session by key, an operator's by password,
// a wrong password, and one to the old machine.
func (l *Lab) logins() error {
	service, operator := people()["service"], people()["operator"]
	return l.errands(
		errand{from: "admin1", to: "gateway", port: 22, service: "ssh", detail: "public key, granted", says: "in", argv: l.ssh(service, "", "gateway")},
		errand{from: "ws1", to: "gateway", port: 22, service: "ssh", detail: "password, granted", says: "in", argv: l.ssh(operator, operator.password, "gateway")},
		errand{from: "ws1", to: "gateway", port: 22, service: "ssh", detail: "password, refused", exit: -1, says: "Permission denied", argv: l.ssh(operator, wrongPassword, "gateway")},
		errand{from: "admin1", to: "analyser", port: 22, service: "ssh", detail: "password, granted; old algorithms", says: "in",
			argv: l.ssh(operator, operator.password, "analyser", "-o", "KexAlgorithms=diffie-hellman-group1-sha1", "-o", "Ciphers=3des-cbc", "-o", "MACs=hmac-sha1-96", "-o", "HostKeyAlgorithms=ssh-rsa")},
	)
}

// startTransfer runs vsftpd and tftpd on the machine where images on discs
// and reports are dropped.
func (l *Lab) startTransfer() error {
	h := l.hosts["filedrop"]
	if err := l.accounts(h, staff()...); err != nil {
		return err
	}
	if err := l.makeCerts("filedrop", "mail", "ldap"); err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(l.dir, name) }
	err := l.files(map[string]string{"pub/readme.txt": "Protocols of the CT service, room 3.\n", "empty/.keep": "",
		"tftp/firmware.cfg": strings.Repeat("boot=net0;speed=1000\n", 40)})
	if err != nil {
		return err
	}
	if err := os.Chmod(in("tftp"), 0o777); err != nil {
		return err
	}
	conf, err := l.file("vsftpd.conf", strings.Join([]string{"listen=YES", "background=NO", "anonymous_enable=YES", "local_enable=YES", "write_enable=YES",
		"anon_root=" + in("pub"), "secure_chroot_dir=" + in("empty"), "pam_service_name=vsftpd", "seccomp_sandbox=NO", "isolate=NO", "isolate_network=NO",
		"pasv_min_port=40100", "pasv_max_port=40140", "ssl_enable=YES", "force_local_data_ssl=NO", "force_local_logins_ssl=NO",
		"rsa_cert_file=" + in("filedrop.crt"), "rsa_private_key_file=" + in("filedrop.key"), "require_ssl_reuse=NO", "xferlog_enable=NO"}, "\n")+"\n")
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "vsftpd", 21, "vsftpd", conf); err != nil {
		return err
	}
	t, err := l.serve(h, "tftpd", 0, "in.tftpd", "-L", "-v", "--ipv4", "-a", "0.0.0.0:69", "-u", "nobody", "-c", "-s", in("tftp"))
	if err != nil {
		return err
	}
	h.offers("ftp", "tcp", 21, "(vsFTPd 3.0.3)")
	h.offers("tftp", "udp", 69, "")
	h.has("takes FTP passwords in clear", "lets anonymous into FTP", "offers TFTP")
	return t.waitUDP(69)
}

// transfers are reports that go up and protocols that come down.
func (l *Lab) transfers() error {
	who := people()["transfer"]
	report, err := l.file("ZZCANARY_HOTEL.txt", "Findings of ZZCANARY^HOTEL, LZCAN-000150: none.\n")
	if err != nil {
		return err
	}
	l.canary("patient-name", "ZZCANARY^HOTEL")
	l.canary("patient-id", "LZCAN-000150")
	l.canary("file-name", "ZZCANARY_HOTEL.txt")
	url := "ftp://" + l.hosts["filedrop"].IP + "/"
	login := who.user + ":" + who.password
	curl := func(args ...string) []string { return append([]string{"curl", "-sS", "-m", "20"}, args...) }
	ftp := func(from, detail string, exit int, argv []string) errand {
		return errand{from: from, to: "filedrop", port: 21, service: "ftp", detail: detail, exit: exit, argv: argv}
	}
	tftp := func(detail, says string, exit int, verb, file string) errand {
		return errand{from: "ct1", to: "filedrop", proto: "udp", port: 69, service: "tftp", detail: detail, exit: exit, says: says,
			argv: []string{"tftp", "-4", "-m", "octet", l.hosts["filedrop"].IP, "-c", verb, file}}
	}
	return l.errands(
		ftp("ct1", "named user, EPSV, upload", 0, curl("-u", login, "-T", report, url)),
		ftp("ct1", "named user, PASV, download", 0, curl("--disable-epsv", "-u", login, url+"ZZCANARY_HOTEL.txt")),
		ftp("ws1", "named user, PORT, list", 0, curl("--disable-eprt", "-P", "-", "-u", login, url)),
		ftp("ws1", "named user, wrong password", 67, curl("-u", who.user+":"+wrongPassword, url)),
		ftp("admin1", "anonymous, EPSV, list and download", 0, curl(url, url+"readme.txt")),
		ftp("admin1", "anonymous, EPRT, no such file", 78, curl("-P", "-", url+"gone.txt")),
		ftp("admin1", "AUTH TLS, named user, upload", 0, curl("--ssl-reqd", "-k", "-u", login, "-T", report, url+"again.txt")),
		tftp("read", "", 0, "get", "firmware.cfg"),
		tftp("no such file", "not found", -1, "get", "gone.cfg"),
		tftp("write", "", 0, "put", "firmware.cfg"),
	)
}

// startTelnet offers it on the laboratory's analyser.
func (l *Lab) startTelnet() error { return l.telnetd("analyser") }

// telnetd puts telnetd behind inetd on a host, which has its accounts.
func (l *Lab) telnetd(host string) error {
	h := l.hosts[host]
	conf, err := l.file("inetd.conf", "telnet stream tcp nowait root /usr/sbin/telnetd telnetd -h\n")
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "inetd", 23, "inetutils-inetd", "-d", conf); err != nil {
		return err
	}
	h.offers("telnet", "tcp", 23, "")
	h.has("offers Telnet")
	return nil
}

// What is done behind the password, as expect has it.
const (
	telnetWork = `expect "\\$ " { send "uname -s\r" }
expect "Linux" { send "exit\r" }
expect eof`
	telnetRefused = `expect "ncorrect"; close`
)

// telnetTo logs in on a host and does what then says.
func (l *Lab) telnetTo(host, user, password, then string) []string {
	return []string{"expect", "-c", fmt.Sprintf(`set timeout 20
spawn telnet %s
expect "ogin:" { send "%s\r" }
expect "assword:" { send "%s\r" }
%s`, l.hosts[host].IP, user, password, then)}
}

// telnet logs in once, and once with a wrong password.
func (l *Lab) telnet() error {
	who := people()["operator"]
	return l.errands(
		errand{from: "admin1", to: "analyser", port: 23, service: "telnet", detail: "password, granted", says: "Linux", argv: l.telnetTo("analyser", who.user, who.password, telnetWork)},
		errand{from: "admin1", to: "analyser", port: 23, service: "telnet", detail: "password, refused", says: "ncorrect", argv: l.telnetTo("analyser", who.user, wrongPassword, telnetRefused)},
	)
}

// startScreens runs a VNC server with and one without a password.
func (l *Lab) startScreens() error {
	pass := filepath.Join(l.dir, "vnc.pass")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", vncPassword, pass); err != nil {
		return err
	}
	l.canary("secret", vncPassword)
	if err := l.vncServer("console1", "CT Force console", "-SecurityTypes", "VncAuth", "-PasswordFile", pass); err != nil {
		return err
	}
	return l.vncServer("console2", "US service screen", "-SecurityTypes", "None")
}

// vncServer runs one with a tiny screen.
func (l *Lab) vncServer(host, name string, args ...string) error {
	h := l.hosts[host]
	display := ":" + strings.TrimPrefix(h.IP, "10.20.30.") + "7"
	argv := append([]string{"Xtigervnc", display, "-rfbport", "5900", "-geometry", "64x48", "-depth", "16", "-listen", "tcp", "-ac", "-desktop", name}, args...)
	if _, err := l.serve(h, "vnc-"+host, 5900, argv...); err != nil {
		return err
	}
	h.offers("rfb", "tcp", 5900, name)
	h.has("offers VNC in clear")
	h.called(name, "vnc")
	if strings.Contains(strings.Join(args, " "), "None") {
		h.has("offers VNC without a password")
	}
	return nil
}

// screens looks at both, and once with a wrong password.
func (l *Lab) screens() error {
	wrong := filepath.Join(l.dir, "vnc.wrong")
	if _, err := l.must(nil, "x11vnc", "-storepasswd", "LZbad-99", wrong); err != nil {
		return err
	}
	l.canary("secret", "LZbad-99")
	x, shot, err := l.viewer("admin1")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	return l.errands(
		shot("console1", "VncAuth, granted", "", 124, "-passwd", filepath.Join(l.dir, "vnc.pass")),
		shot("console1", "VncAuth, refused", "Authentication failure", 0, "-passwd", wrong),
		shot("console2", "None", "", 124),
	)
}

// viewer starts a display for a viewer on a host. The viewer stays until
// timeout ends it, unless it is refused.
func (l *Lab) viewer(from string) (*Proc, func(to, detail, says string, exit int, args ...string) errand, error) {
	const display = ":577"
	x, err := l.start(l.hosts[from], "xvfb", "Xvfb", display, "-screen", "0", "80x60x16", "-nolisten", "tcp", "-ac")
	if err != nil {
		return nil, nil, err
	}
	shot := func(to, detail, says string, exit int, args ...string) errand {
		argv := []string{"timeout", "2", "xtigervncviewer", "-display", display, "-AlertOnFatalError=0", "-ReconnectOnError=0"}
		return errand{from: from, to: to, port: 5900, service: "rfb", detail: detail, exit: exit, says: says,
			argv: append(append(argv, args...), l.hosts[to].IP+"::5900")}
	}
	return x, shot, l.await(filepath.Join("/tmp/.X11-unix", "X"+display[1:]))
}
