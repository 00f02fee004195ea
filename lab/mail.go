package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"lazaret/lab/cast"
)

// startMail runs exim with STARTTLS and plain passwords; mail goes nowhere.
func (l *Lab) startMail() error {
	h, who := l.hosts["mail"], people()["reader"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	if err := os.MkdirAll(in("spool"), 0o777); err != nil {
		return err
	}
	if err := os.Chmod(in("spool"), 0o777); err != nil {
		return err
	}
	if err := os.Chmod(in("mail.key"), 0o644); err != nil {
		return err
	}
	l.canary("user", who.user)
	l.canary("secret", who.password)
	conf, err := l.file("exim.conf", fmt.Sprintf(`primary_hostname = mail.%s
spool_directory = %s
log_file_path = %s/%%slog
tls_advertise_hosts = *
tls_certificate = %s
tls_privatekey = %s
acl_smtp_rcpt = rcpt
acl_smtp_data = data
queue_only = true
host_lookup =
rfc1413_hosts =
disable_ipv6 = true
keep_environment =
begin acl
rcpt:
  accept authenticated = *
  deny message = relay not permitted
data:
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{{eq{$auth2}{%s}}{eq{$auth3}{%s}}}}
  server_set_id = reader
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if and{{eq{$auth1}{%s}}{eq{$auth2}{%s}}}}
  server_set_id = reader
`, cast.Zone, in("spool"), in("spool"), in("mail.crt"), in("mail.key"), who.user, who.password, who.user, who.password))
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "exim", 25, "exim4", "-bdf", "-C", conf, "-oX", "25", "-oP", in("exim.pid")); err != nil {
		return err
	}
	h.offers("smtp", "tcp", 25, "Exim 4.96")
	h.is("mail server")
	h.has("takes mail passwords in clear")
	h.called("mail."+cast.Zone, "banner")
	return nil
}

// letters are a report by mail in clear, one inside TLS, a wrong password
// and an alarm of a machine that knows no password.
func (l *Lab) letters() error {
	who := people()["reader"]
	const from, to = "zzsender@lazarus.example", "zzreceiver@lazarus.example"
	l.canary("credentials", base64.StdEncoding.EncodeToString([]byte("\x00"+who.user+"\x00"+who.password)))
	l.canary("mail-address", from)
	l.canary("mail-address", to)
	l.canary("mail-subject", "ZZCANARY^GOLF report")
	l.canary("patient-name", "ZZCANARY^GOLF")
	swaks := func(client, detail string, exit int, more ...string) errand {
		h := l.hosts[client]
		argv := []string{"swaks", "--server", l.hosts["mail"].IP, "--helo", h.Name + "." + cast.Zone, "--from", from, "--to", to,
			"--header", "Subject: ZZCANARY^GOLF report", "--body", "Report of ZZCANARY^GOLF.", "--hide-all", "--timeout", "15"}
		return errand{from: client, to: "mail", port: 25, service: "smtp", detail: detail, exit: exit, argv: append(argv, more...)}
	}
	for _, c := range []string{"ws1", "ct1"} {
		l.hosts[c].called(c+"."+cast.Zone, "banner")
	}
	return l.errands(
		swaks("ws1", "AUTH PLAIN in clear, one mail", 0, "--auth", "PLAIN", "--auth-user", who.user, "--auth-password", who.password),
		swaks("ws1", "AUTH LOGIN, wrong password", 28, "--auth", "LOGIN", "--auth-user", who.user, "--auth-password", wrongPassword),
		swaks("ws1", "STARTTLS, AUTH LOGIN, one mail", 0, "-tls", "--auth", "LOGIN", "--auth-user", who.user, "--auth-password", who.password),
		swaks("ct1", "no password, relay not permitted", 24, "--pipeline"),
	)
}
