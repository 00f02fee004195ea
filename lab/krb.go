package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

const (
	krbRealm  = "LAZARUS.EXAMPLE"
	krbMaster = "LZpw-Master-7781"
)

// kerberosScenario is tickets asked for and shown: at a KDC of its own, at a
// domain controller, in file service, directory and web; and NTLM where there
// is no ticket.
func kerberosScenario(l *Lab) error {
	if err := l.build("kdc", "dc1", "dose", "desk1", "desk2", "desk3"); err != nil {
		return err
	}
	for _, s := range []string{krbMaster, wrongPassword, domainPassword} {
		l.canary("secret", s)
	}
	domain, err := l.provision()
	if err != nil {
		return err
	}
	kdc, err := l.makeKDC()
	if err != nil {
		return err
	}
	if err := l.startLogons(); err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.serveDomain(domain); err != nil {
		return err
	}
	if err := kdc(); err != nil {
		return err
	}
	for _, play := range []func() error{l.tickets, l.shownTickets, l.domainTickets} {
		if err := play(); err != nil {
			return err
		}
	}
	return l.logonsHeard()
}

// in is a file of the work directory.
func (l *Lab) in(name string) string { return filepath.Join(l.dir, name) }

// krbConf is a client's configuration.
func (l *Lab) krbConf(name, realm, kdc, more string) (string, error) {
	return l.file(name, fmt.Sprintf("[libdefaults]\ndefault_realm = %s\ndns_lookup_kdc = false\ndns_lookup_realm = false\ndns_canonicalize_hostname = false\nrdns = false\n%s"+
		"[realms]\n%s = {\n kdc = %s\n}\n[domain_realm]\n.%s = %s\n[logging]\nkdc = FILE:%s\n", realm, more, realm, kdc, strings.ToLower(realm), realm, l.in("kdc.log")))
}

// makeKDC fills the database of the KDC, before the recording; what it returns
// starts it.
func (l *Lab) makeKDC() (func() error, error) {
	h := l.hosts["kdc"]
	conf, err := l.krbConf("krb5.conf", krbRealm, h.IP, "allow_weak_crypto = true\nallow_rc4 = true\n")
	if err != nil {
		return nil, err
	}
	for name, more := range map[string]string{
		"krb5.tcp.conf": "udp_preference_limit = 1\n",
		"krb5.rc4.conf": "permitted_enctypes = arcfour-hmac-md5\nallow_weak_crypto = true\nallow_rc4 = true\n",
		"krb5.old.conf": "permitted_enctypes = des3-cbc-sha1\nallow_weak_crypto = true\n",
	} {
		if _, err := l.krbConf(name, krbRealm, h.IP, more); err != nil {
			return nil, err
		}
	}
	profile, err := l.file("kdc.conf", fmt.Sprintf("[kdcdefaults]\nkdc_listen = 88\nkdc_tcp_listen = 88\n[realms]\n%s = {\n database_name = %s\n key_stash_file = %s\n acl_file = %s\n max_life = 10h\n"+
		" supported_enctypes = aes256-cts:normal aes128-cts:normal arcfour-hmac:normal\n}\n", krbRealm, l.in("principal"), l.in("stash"), l.in("acl")))
	if err != nil {
		return nil, err
	}
	env := []string{"env", "KRB5_CONFIG=" + conf, "KRB5_KDC_PROFILE=" + profile}
	run := func(argv ...string) error {
		all := l.alone(h, append(env, argv...)...)
		_, err := l.must(h, all[0], all[1:]...)
		return err
	}
	if err := run("kdb5_util", "create", "-s", "-r", krbRealm, "-P", krbMaster); err != nil {
		return nil, err
	}
	transfer, operator, reader := people()["transfer"], people()["operator"], people()["reader"]
	l.known(transfer, operator, reader)
	web := "HTTP/dose." + cast.Zone
	for _, q := range []string{
		fmt.Sprintf("addprinc +requires_preauth -pw %s %s", transfer.password, transfer.user),
		fmt.Sprintf("addprinc -requires_preauth -pw %s %s", operator.password, operator.user),
		fmt.Sprintf("addprinc +requires_preauth -pwexpire 2020-01-01 -pw %s %s", reader.password, reader.user),
		"addprinc -randkey -expire 2020-01-01 lzleaver",
		"addprinc -randkey " + web, "addprinc -randkey host/files." + cast.Zone, "addprinc -randkey ldap/ldap." + cast.Zone,
		"addprinc -randkey -e arcfour-hmac:normal cifs/oldfiles." + cast.Zone,
		"cpw -e aes256-cts:normal,arcfour-hmac:normal -randkey krbtgt/" + krbRealm,
		"setstr krbtgt/" + krbRealm + " session_enctypes aes256-cts-hmac-sha1-96,arcfour-hmac",
		"setstr host/files." + cast.Zone + " session_enctypes aes256-cts-hmac-sha1-96,arcfour-hmac",
		"ktadd -k " + l.in("dose.keytab") + " " + web,
	} {
		if err := run("kadmin.local", "-r", krbRealm, "-q", q); err != nil {
			return nil, err
		}
	}
	l.canary("user", "lzleaver")
	return func() error {
		h.offers("krb", "udp", 88, "")
		h.offers("krb_tcp", "tcp", 88, "")
		p, err := l.serve(h, "krb5kdc", 88, append(env, "krb5kdc", "-n", "-r", krbRealm)...)
		if err != nil {
			return err
		}
		return p.waitUDP(88)
	}, nil
}

// known lists the names and passwords of accounts as canaries.
func (l *Lab) known(all ...account) {
	for _, a := range all {
		l.canary("user", a.user)
		l.canary("secret", a.password)
	}
}

// startLogons runs the web and mail servers that ask who somebody is.
func (l *Lab) startLogons() error {
	h, who := l.hosts["dose"], people()["transfer"]
	file, err := l.jobFile("logon", map[string]any{"ip": h.IP, "ports": []int{80, 25}, "log": l.in("logons"), "user": who.user, "password": who.password,
		"domain": workgroup, "netbios": "DOSE", "zone": cast.Zone})
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "logon", 25, "env", "PYTHONDONTWRITEBYTECODE=1", "KRB5_KTNAME="+l.in("dose.keytab"), "KRB5_CONFIG="+l.in("krb5.conf"), "KRB5RCACHETYPE=none", "/usr/bin/python3", "-u", filepath.Join(l.peers, "logon.py"), "serve", file); err != nil {
		return err
	}
	h.offers("http", "tcp", 80, "LazaretLab/1.0")
	h.offers("smtp", "tcp", 25, "")
	h.called("mail."+cast.Zone, "banner")
	h.is("web server")
	h.called("DOSE", "ntlm")
	return nil
}

// kinit is a shell that runs words under a client's configuration, each in a
// cache of its own.
func (l *Lab) kinit(from, conf, cache, words string) errand {
	return errand{from: from, to: "kdc", port: 88, exit: -1,
		argv: []string{"env", "KRB5_CONFIG=" + l.in(conf), "KRB5CCNAME=FILE:" + l.in("cc."+cache), "sh", "-c", words}}
}

// tickets are asked for at the KDC, by UDP and TCP; its log tells the truth.
func (l *Lab) tickets() error {
	pw := func(who account, password string) string { return "echo " + password + " | kinit " + who.user }
	transfer, operator, reader := people()["transfer"], people()["operator"], people()["reader"]
	services := " && kvno HTTP/dose." + cast.Zone + " host/files." + cast.Zone + " ldap/ldap." + cast.Zone
	for _, e := range []struct{ from, conf, proto, words, says, detail string }{
		{"desk1", "krb5.conf", "udp", pw(transfer, transfer.password) + services, "kvno", "right password, three services"},
		{"desk1", "krb5.conf", "udp", "kvno cifs/oldfiles." + cast.Zone, "kvno", "a service with RC4 only"},
		{"desk1", "krb5.conf", "udp", "kvno nosuch/files." + cast.Zone, "not found", "unknown service"},
		{"desk2", "krb5.conf", "udp", pw(transfer, wrongPassword), "ncorrect", "wrong password"},
		{"desk2", "krb5.conf", "udp", "echo x | kinit lznobody", "not found", "unknown principal"},
		{"desk2", "krb5.conf", "udp", "echo x | kinit lzleaver", "expired", "expired principal"},
		{"desk2", "krb5.conf", "udp", pw(reader, reader.password), "xpired", "expired password"},
		{"desk3", "krb5.conf", "udp", pw(operator, operator.password), "", "a principal without preauthentication"},
		{"desk3", "krb5.tcp.conf", "tcp", pw(transfer, transfer.password) + services, "kvno", "over TCP"},
		{"desk2", "krb5.tcp.conf", "tcp", pw(transfer, wrongPassword), "ncorrect", "wrong password over TCP"},
		{"desk3", "krb5.rc4.conf", "udp", pw(transfer, transfer.password) + " && kvno host/files." + cast.Zone, "kvno", "RC4 alone"},
		{"desk3", "krb5.old.conf", "udp", pw(transfer, transfer.password), "", "an encryption type that the KDC does not have"},
	} {
		before := len(l.kdcLog())
		x := l.kinit(e.from, e.conf, e.from+e.proto, e.words)
		x.proto, x.service, x.detail, x.says = e.proto, "krb", e.detail, e.says
		if e.proto == "tcp" {
			x.service = "krb_tcp"
		}
		if err := l.errands(x); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond) // the log is written behind the answer
		if l.kdcHeard(l.kdcLog()[before:], e.from, e.proto) == 0 {
			return fmt.Errorf("the KDC logged nothing about %s", e.detail)
		}
	}
	l.canary("user", "lznobody")
	return nil
}

func (l *Lab) kdcLog() string {
	b, err := os.ReadFile(l.in("kdc.log"))
	if err != nil {
		return ""
	}
	return string(b)
}

var (
	kdcLine   = regexp.MustCompile(`(AS_REQ|TGS_REQ) \(\d+ etypes \{[^}]*\}\) ([0-9.]+): ([A-Z_ ]+): (?:authtime \d+, )?(?:etypes \{([^}]*)\},? )?(\S+) for (\S+?)(?:, .*)?$`)
	kdcTicket = regexp.MustCompile(`tkt=(?:DEPRECATED:)?([^(,]*)`)
)

// kdcHeard notes what the KDC logged: who asked for what, and how it ended.
func (l *Lab) kdcHeard(log, from, proto string) (n int) {
	for line := range strings.Lines(log) {
		m := kdcLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		n++
		user, realm, _ := strings.Cut(m[5], "@")
		service, _, _ := strings.Cut(m[6], "@")
		t := truth.Logon{Kind: map[string]string{"AS_REQ": "as", "TGS_REQ": "tgs"}[m[1]], Carrier: "krb", Client: from, Server: "kdc", Proto: proto, Port: 88,
			User: user, Realm: realm, Service: service, Outcome: m[3], Count: 1}
		if e := kdcTicket.FindStringSubmatch(m[4]); e != nil {
			t.Etype = e[1]
		}
		if t.Outcome == "ISSUE" {
			t.Outcome = "granted"
		}
		l.truth.Logons = append(l.truth.Logons, t)
	}
	return n
}

// shownTickets are log-ins to the web and mail servers: by ticket, by NTLM.
func (l *Lab) shownTickets() error {
	who := people()["transfer"]
	url := "http://dose." + cast.Zone
	curl := func(from, detail, says string, args ...string) errand {
		return errand{from: from, to: "dose", port: 80, service: "http", detail: detail, exit: -1, says: says,
			argv: append([]string{"env", "KRB5_CONFIG=" + l.in("krb5.conf"), "KRB5CCNAME=FILE:" + l.in("cc.desk1udp"), "curl", "-sS", "-m", "20", "-w", "%{http_code}"}, args...)}
	}
	letter, err := l.file("letter.txt", "Subject: list\r\n\r\nThe duty list is on the share.\r\n")
	if err != nil {
		return err
	}
	mail := func(detail, says, password string) errand {
		e := curl("desk3", detail, says, "--login-options", "AUTH=NTLM", "-u", who.user+":"+password, "--mail-from", "desk@"+cast.Zone, "--mail-rcpt", "list@"+cast.Zone, "-T", letter, "smtp://"+l.hosts["dose"].IP)
		e.port, e.service = 25, "smtp"
		return e
	}
	return l.errands(
		curl("desk1", "Kerberos by Negotiate, granted", "200", "--negotiate", "-u", ":", url+"/krb"),
		curl("desk1", "nobody, refused", "401", url+"/krb"),
		curl("desk2", "NTLM, granted", "200", "--ntlm", "-u", workgroup+`\`+who.user+":"+who.password, url+"/ntlm"),
		curl("desk2", "NTLM, wrong password", "401", "--ntlm", "-u", workgroup+`\`+who.user+":"+wrongPassword, url+"/ntlm"),
		mail("NTLM, granted", "", who.password),
		mail("NTLM, wrong password", "denied", wrongPassword),
	)
}

// logonsHeard takes over what the web and mail servers wrote down.
func (l *Lab) logonsHeard() error {
	b, err := os.ReadFile(l.in("logons"))
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(b)) {
		var r report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return err
		}
		if r.Logon == nil {
			continue
		}
		n++
		r.Logon.Server = "dose"
		r.Logon.Client = map[string]string{"ap": "desk1", "ntlm": "desk2"}[r.Logon.Kind]
		if r.Logon.Carrier == "smtp" {
			r.Logon.Client = "desk3"
		}
		l.truth.Logons = append(l.truth.Logons, *r.Logon)
	}
	if n != 5 {
		return fmt.Errorf("the servers heard %d log-ins, want 5:\n%s", n, b)
	}
	return nil
}

// domainTickets are those of an Active Directory: for the directory and for
// file service, and NTLM beside them.
func (l *Lab) domainTickets() error {
	h, realm := l.hosts["dc1"], strings.ToUpper(adRealm)
	if _, err := l.krbConf("krb5.ad.conf", realm, h.IP, "udp_preference_limit = 1\n"); err != nil {
		return err
	}
	for _, n := range []string{"desk1", "desk2"} {
		if err := l.etc(l.hosts[n], "hosts", h.IP+" dc1."+adRealm+" DC1\n"+hostsFile(true)); err != nil {
			return err
		}
	}
	env := []string{"env", "KRB5_CONFIG=" + l.in("krb5.ad.conf"), "KRB5CCNAME=FILE:" + l.in("cc.ad")}
	at := func(port int, service, detail, says string, argv ...string) errand {
		return errand{from: "desk1", to: "dc1", port: port, service: service, detail: detail, exit: -1, says: says, argv: append(append([]string{}, env...), argv...)}
	}
	name := "dc1." + adRealm
	err := l.errands(
		at(88, "krb_tcp", "ticket of the domain", "krbtgt", "sh", "-c", "echo "+domainPassword+" | kinit Administrator && klist"),
		at(389, "ldap_tcp", "Kerberos, signed", "dnsHostName", "ldapsearch", "-LLL", "-N", "-Q", "-Y", "GSSAPI", "-O", "maxssf=1", "-H", "ldap://"+name, "-s", "base", "-b", "", "dnsHostName"),
		at(445, "smb", "Kerberos, sysvol", adRealm, "smbclient", "-s", "/dev/null", "--use-kerberos=required", "--use-krb5-ccache="+l.in("cc.ad"), "//"+name+"/sysvol", "-c", "ls"),
	)
	if err != nil {
		return err
	}
	all, err := l.python("desk2", "ldap", map[string]any{"server": h.IP, "user": "Administrator", "password": domainPassword, "wrong": wrongPassword, "domain": adDomain, "myname": "DESK2"}, "logon")
	if err != nil {
		return err
	}
	l.toldCalls(all, "desk2", "dc1")
	l.flow(truth.Flow{Client: "desk2", Server: "dc1", Proto: "tcp", Port: 389, Service: "ldap_tcp", Detail: "NTLM, granted and refused", Count: 2})
	as := truth.Logon{Kind: "as", Carrier: "krb", Client: "desk1", Server: "dc1", Proto: "tcp", Port: 88, User: "Administrator", Realm: realm, Service: "krbtgt/" + realm, Outcome: "NEEDED_PREAUTH", Count: 1}
	granted := as
	granted.Outcome = "granted"
	// smbclient would like a ticket to pass on, which the domain does not give.
	forward := granted
	forward.Kind, forward.Outcome = "tgs", "BADOPTION"
	l.truth.Logons = append(l.truth.Logons, as, granted, forward)
	for _, port := range []int{389, 445} {
		service := map[int]string{389: "ldap/", 445: "cifs/"}[port] + name
		tgs := granted
		tgs.Kind, tgs.Service = "tgs", service
		ap := tgs
		ap.Kind, ap.Port, ap.Carrier = "ap", port, map[int]string{389: "ldap", 445: "smb2"}[port]
		l.truth.Logons = append(l.truth.Logons, tgs, ap)
	}
	return nil
}
