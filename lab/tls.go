package main

import (
	"crypto/x509/pkix"
	"fmt"
	"path/filepath"
	"time"

	"lazaret/lab/cast"
)

// tls is what cannot be read and shows itself all the same: versions, names,
// certificates good and bad.
func tls(l *Lab) error {
	if err := l.build("router", "portal", "dose", "oldgw", "pacs", "fhir", "ct2", "ct1", "ws1", "admin1", "reg1"); err != nil {
		return err
	}
	if err := l.issueAll(); err != nil {
		return err
	}
	// What is encrypted does not compress: one object of 16 by 16.
	s := l.newStudy(l.hosts["ct2"].Equip.Root, 60)
	files, err := l.makeSeries(cast.Object{Machine: l.hosts["ct2"].Machine, Study: s, Series: 8, Rows: 16, Cols: 16}, 1)
	if err != nil {
		return err
	}
	sets := map[string]series{"ct2": {Study: s, files: files}}
	pacs, err := l.startSealed()
	if err != nil {
		return err
	}
	for _, start := range []func() error{l.startPortal, l.startBadCerts, l.startQUIC} {
		if err := start(); err != nil {
			return err
		}
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func() error{l.goodTLS, l.resumed, l.badTLS, func() error { return l.secure(pacs, sets, "ct2", "ws1") }, l.quic} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// issueAll makes the certificates: an authority, good ones, a self-signed
// one, and one that is short, old and over.
func (l *Lab) issueAll() error {
	var good, old authority
	now := time.Now().Truncate(time.Hour)
	year := 365 * 24 * time.Hour
	name := func(cn, unit string) pkix.Name {
		return pkix.Name{Country: []string{"XX"}, Organization: []string{"St Lazarus General Hospital"}, OrganizationalUnit: []string{unit}, CommonName: cn}
	}
	host := func(n string) string { return n + "." + cast.Zone }
	vendor := pkix.Name{Organization: []string{"Example Remote Service"}, CommonName: "Remote Service Device CA"}
	for _, c := range []struct {
		by *authority
		certificate
	}{
		{&good, certificate{file: "ca", subject: name("Lazarus Issuing CA 1", "IT"), from: now.Add(-2 * year), to: now.Add(8 * year), rsaBits: 2048, ca: true}},
		{&good, certificate{file: "portal", subject: name(host("portal"), "Portal"), names: []string{host("portal"), "patients." + cast.Zone}, from: now.Add(-year / 2), to: now.Add(year / 2), rsaBits: 2048}},
		{&good, certificate{file: "pacs", subject: name(host("pacs"), "Radiology"), names: []string{host("pacs")}, from: now.Add(-year), to: now.Add(year), rsaBits: 2048}},
		{&good, certificate{file: "fhir", subject: name(host("fhir"), "Integration"), names: []string{host("fhir")}, from: now.Add(-year), to: now.Add(year)}},
		{&good, certificate{file: "ct1", subject: name(host("ct1"), "CT_FORCE1"), names: []string{host("ct1")}, from: now.Add(-year), to: now.Add(year), rsaBits: 2048}},
		{&good, certificate{file: "ct2", subject: name(host("ct2"), "CT_REVO2"), names: []string{host("ct2")}, from: now.Add(-year), to: now.Add(year), rsaBits: 2048}},
		{&good, certificate{file: "ws1", subject: name(host("ws1"), "Reading"), names: []string{host("ws1")}, from: now.Add(-year), to: now.Add(year), rsaBits: 2048}},
		{&good, certificate{file: "dose", subject: pkix.Name{Organization: []string{"Dose Watch Appliance"}, CommonName: "DOSE-APPLIANCE"}, from: now.Add(-year), to: now.Add(9 * year), selfSigned: true}},
		{&old, certificate{file: "oldca", subject: vendor, from: now.Add(-12 * year), to: now.Add(8 * year), rsaBits: 2048, ca: true}},
		{&old, certificate{file: "oldgw", subject: pkix.Name{Organization: []string{"Example Remote Service"}, CommonName: "RSG-004711"}, from: now.Add(-8 * year), to: now.Add(-3 * year), rsaBits: 1024, sha1: true}},
	} {
		if err := l.issue(c.by, c.certificate); err != nil {
			return fmt.Errorf("certificate %s: %w", c.file, err)
		}
	}
	for _, n := range []string{"portal", "pacs", "ct1"} {
		l.hosts[n].called(host(n), "certificate")
	}
	for _, n := range []string{"portal", "pacs", "fhir"} {
		l.hosts[n].called(host(n), "sni")
	}
	l.hosts["dose"].called("DOSE-APPLIANCE", "certificate")
	l.hosts["oldgw"].called("RSG-004711", "certificate")
	return nil
}

// startSealed runs Orthanc with DICOM inside TLS, and nginx before its REST
// interface: Orthanc 1.10.1 with OpenSSL 3 ends at its first HTTPS request.
func (l *Lab) startSealed() (node, error) {
	in := func(name string) string { return filepath.Join(l.dir, name) }
	h := l.hosts["pacs"]
	n, err := l.startOrthancTLS(h, map[string]any{
		"DicomTlsEnabled": true, "DicomTlsCertificate": in("pacs.crt"), "DicomTlsPrivateKey": in("pacs.key"),
		"DicomTlsTrustedCertificates": in("ca.crt"),
	})
	if err != nil {
		return n, err
	}
	conf, err := l.file("pacs.nginx.conf", l.nginxConf("pacs", fmt.Sprintf(
		"server { listen 443 ssl; ssl_protocols TLSv1.2; ssl_certificate %s; ssl_certificate_key %s; location / { proxy_pass http://127.0.0.1:8042; } }", in("pacs.crt"), in("pacs.key"))))
	if err != nil {
		return n, err
	}
	if _, err := l.serve(h, "nginx-pacs", 443, "nginx", "-e", "stderr", "-c", conf); err != nil {
		return n, err
	}
	h.offers("ssl", "tcp", n.port, "")
	h.offers("ssl", "tcp", 443, "")
	return n, nil
}

// nginxConf is a configuration that keeps nginx inside the work directory.
func (l *Lab) nginxConf(name, servers string) string {
	return fmt.Sprintf("daemon off;\nuser root;\nworker_processes 1;\npid %[1]s.pid;\nerror_log stderr;\nevents { worker_connections 64; }\nhttp {\naccess_log off;\n"+
		"client_body_temp_path %[1]s.a; proxy_temp_path %[1]s.b; fastcgi_temp_path %[1]s.c; uwsgi_temp_path %[1]s.d; scgi_temp_path %[1]s.e;\n%[2]s\n}\n",
		filepath.Join(l.dir, name+".nginx"), servers)
}

// startPortal runs nginx with TLS 1.2 and 1.3, and a door that wants a
// client's certificate.
func (l *Lab) startPortal() error {
	h := l.hosts["portal"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	err := l.files(map[string]string{"site/index.html": "<html>Portal</html>\n", "tls.nginx.conf": l.nginxConf("portal", fmt.Sprintf(`root %[1]s;
ssl_certificate %[2]s.crt; ssl_certificate_key %[2]s.key;
ssl_session_cache shared:SSL:1m; ssl_session_tickets on;
ssl_ecdh_curve X25519:secp384r1;
server { listen 443 ssl http2; server_name portal.lazarus.example; ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data on; }
server { listen 8443 ssl; ssl_protocols TLSv1.2; ssl_session_tickets off; ssl_client_certificate %[3]s; ssl_verify_client on; }`,
		in("site"), in("portal"), in("ca.crt")))})
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "nginx", 443, "nginx", "-e", "stderr", "-c", in("tls.nginx.conf")); err != nil {
		return err
	}
	h.offers("ssl", "tcp", 443, "")
	h.offers("ssl", "tcp", 8443, "")
	return nil
}

// startBadCerts runs s_server for the appliance with its own certificate and
// for the old gateway with all that is wrong.
func (l *Lab) startBadCerts() error {
	in := func(name string) string { return filepath.Join(l.dir, name) }
	cert := func(n string) []string { return []string{"-cert", in(n + ".crt"), "-key", in(n + ".key")} }
	for i, s := range []struct {
		host string
		port int
		args []string
	}{
		{"dose", 443, append(cert("dose"), "-www")},
		{"oldgw", 443, append(cert("oldgw"), "-www", "-min_protocol", "TLSv1", "-max_protocol", "TLSv1.1", "-cipher", "DEFAULT:@SECLEVEL=0")},
		{"oldgw", 8443, append(cert("oldgw"), "-www", "-tls1_2", "-cipher", "NULL-SHA:@SECLEVEL=0")},
		{"oldgw", 8444, []string{"-nocert", "-www", "-tls1_2", "-cipher", "ADH-AES128-SHA:@SECLEVEL=0"}},
	} {
		h := l.hosts[s.host]
		argv := append([]string{"openssl", "s_server", "-accept", fmt.Sprint(s.port), "-quiet"}, s.args...)
		if _, err := l.serve(h, fmt.Sprintf("s_server-%d", i), s.port, argv...); err != nil {
			return err
		}
		h.offers("ssl", "tcp", s.port, "")
	}
	l.hosts["dose"].has("self-signed certificate")
	l.hosts["oldgw"].has("expired certificate", "weak certificate key", "accepts old TLS", "accepts a weak TLS cipher")
	return nil
}

// fetch is one curl over TLS.
func (l *Lab) fetch(from, to string, port int, detail string, exit int, args ...string) errand {
	argv := []string{"curl", "-s", "-m", "15", "-o", "/dev/null"}
	return errand{from: from, to: to, port: port, service: "ssl", detail: detail, exit: exit, argv: append(argv, args...)}
}

// named makes curl use a name for an address, so that the name is in the SNI.
func (l *Lab) named(to string, port int, name string, more ...string) []string {
	ip := l.hosts[to].IP
	args := []string{"--cacert", filepath.Join(l.dir, "ca.crt"), "--resolve", fmt.Sprintf("%s:%d:%s", name, port, ip), fmt.Sprintf("https://%s:%d/index.html", name, port)}
	return append(args, more...)
}

// goodTLS is clients that are content, and some that are not let in.
func (l *Lab) goodTLS() error {
	in := func(name string) string { return filepath.Join(l.dir, name) }
	portal, name := l.hosts["portal"], "portal."+cast.Zone
	node := fmt.Sprintf(`const s=require("tls").connect({host:"%s",port:443,servername:"%s",ca:require("fs").readFileSync("%s"),ALPNProtocols:["http/1.1"]},()=>{console.log(s.getProtocol());s.end("GET / HTTP/1.0\\r\\n\\r\\n")});s.resume()`, portal.IP, name, in("ca.crt"))
	return l.errands(
		l.fetch("reg1", "portal", 443, "TLS 1.3, SNI, ALPN h2", 0, l.named("portal", 443, name)...),
		l.fetch("reg1", "portal", 443, "TLS 1.2, SNI, ALPN http/1.1", 0, l.named("portal", 443, name, "--tls-max", "1.2", "--http1.1")...),
		l.fetch("reg1", "portal", 443, "TLS 1.2, one cipher, another name of the certificate", 0, l.named("portal", 443, "patients."+cast.Zone, "--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES256-GCM-SHA384", "--no-alpn")...),
		l.fetch("admin1", "portal", 443, "no SNI, certificate not checked", 0, "-k", "https://"+portal.IP+"/index.html"),
		l.fetch("admin1", "portal", 443, "authority not known, alert by the client", 60, "--resolve", name+":443:"+portal.IP, "https://"+name+"/"),
		l.fetch("ct1", "portal", 8443, "TLS 1.2, client certificate", 0, l.named("portal", 8443, name, "--cert", in("ct1.crt"), "--key", in("ct1.key"), "--fail")...),
		l.fetch("ws1", "portal", 8443, "TLS 1.2, no client certificate", 22, l.named("portal", 8443, name, "--fail")...),
		l.fetch("ws1", "pacs", 443, "archive's REST interface inside TLS", 0, l.named("pacs", 443, "pacs."+cast.Zone)...),
		errand{from: "ws1", to: "portal", port: 443, service: "ssl", detail: "TLS 1.3, Node.js client", says: "TLSv1.3", argv: []string{"node", "-e", node}},
		errand{from: "admin1", to: "portal", port: 443, service: "ssl", detail: "TLS 1.0 offered, refused by alert", exit: 1,
			argv: []string{"sh", "-c", fmt.Sprintf("openssl s_client -connect %s:443 -tls1 -cipher DEFAULT:@SECLEVEL=0 </dev/null", portal.IP)}},
		errand{from: "admin1", to: "portal", port: 443, service: "ssl", detail: "not TLS", exit: -1, argv: []string{"sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -q1 -w2 " + portal.IP + " 443"}},
	)
}

// resumed is sessions that are taken up again, a group that must be asked
// for twice, and early data.
func (l *Lab) resumed() error {
	portal := l.hosts["portal"].IP
	in := func(name string) string { return filepath.Join(l.dir, name) }
	early, err := l.file("early.txt", "GET /index.html HTTP/1.1\r\nHost: portal.lazarus.example\r\nConnection: close\r\n\r\n")
	if err != nil {
		return err
	}
	client := func(detail, says, more string) errand {
		script := fmt.Sprintf("(printf 'GET /index.html HTTP/1.1\\r\\nHost: portal.lazarus.example\\r\\nConnection: close\\r\\n\\r\\n'; sleep 0.3) | openssl s_client -connect %s:443 -servername portal.%s -CAfile %s %s", portal, cast.Zone, in("ca.crt"), more)
		return errand{from: "reg1", to: "portal", port: 443, service: "ssl", detail: detail, exit: -1, says: says, argv: []string{"sh", "-c", script}}
	}
	return l.errands(
		client("TLS 1.2, session kept", "New, TLSv1.2", "-tls1_2 -sess_out "+in("s12")),
		client("TLS 1.2, session resumed", "Reused, TLSv1.2", "-tls1_2 -sess_in "+in("s12")),
		client("TLS 1.3, ticket kept", "New, TLSv1.3", "-tls1_3 -sess_out "+in("s13")),
		client("TLS 1.3, ticket used, early data", "Reused, TLSv1.3", "-tls1_3 -sess_in "+in("s13")+" -early_data "+early),
		client("TLS 1.3, HelloRetryRequest", "New, TLSv1.3", "-tls1_3 -groups P-256:X25519"),
	)
}

// badTLS is what an auditor would write down.
func (l *Lab) badTLS() error {
	old := l.hosts["oldgw"].IP
	client := func(port int, detail, says, more string) errand {
		script := fmt.Sprintf("(printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.3) | openssl s_client -connect %s:%d %s", old, port, more)
		return errand{from: "admin1", to: "oldgw", port: port, service: "ssl", detail: detail, exit: -1, says: says, argv: []string{"sh", "-c", script}}
	}
	return l.errands(
		l.fetch("admin1", "dose", 443, "TLS 1.3, self-signed", 0, "-k", "https://"+l.hosts["dose"].IP+"/"),
		l.fetch("admin1", "dose", 443, "TLS 1.2, self-signed", 0, "-k", "--tls-max", "1.2", "https://"+l.hosts["dose"].IP+"/"),
		client(443, "TLS 1.0, RSA 1024, SHA-1, expired", "TLSv1", "-tls1 -cipher DEFAULT:@SECLEVEL=0"),
		client(443, "TLS 1.1", "TLSv1.1", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0"),
		client(8443, "TLS 1.2, NULL-SHA", "NULL-SHA", "-tls1_2 -cipher NULL-SHA:@SECLEVEL=0"),
		client(8444, "TLS 1.2, anonymous", "ADH-AES128-SHA", "-tls1_2 -cipher ADH-AES128-SHA:@SECLEVEL=0"),
	)
}

// startQUIC runs caddy, which speaks HTTP/3.
func (l *Lab) startQUIC() error {
	h := l.hosts["fhir"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	conf, err := l.file("Caddyfile", fmt.Sprintf("{\n admin off\n auto_https off\n storage file_system %s\n}\nhttps://fhir.%s:443 {\n tls %s %s\n respond \"no records here\"\n}\n", in("caddy"), cast.Zone, in("fhir.crt"), in("fhir.key")))
	if err != nil {
		return err
	}
	p, err := l.serve(h, "caddy", 443, "env", "HOME="+l.dir, "XDG_CONFIG_HOME="+l.dir, "XDG_DATA_HOME="+l.dir, "caddy", "run", "--adapter", "caddyfile", "--config", conf)
	if err != nil {
		return err
	}
	h.offers("ssl", "tcp", 443, "")
	h.offers("quic", "udp", 443, "")
	return p.waitUDP(443)
}

// quic asks once over TCP and twice over UDP.
func (l *Lab) quic() error {
	name := "fhir." + cast.Zone
	h3 := func(from, detail string, more ...string) errand {
		argv := append([]string{"timeout", "4", "gtlsclient", "--exit-on-all-streams-close", "--timeout=2s"}, more...)
		return errand{from: from, to: "fhir", proto: "udp", port: 443, service: "quic", detail: detail, exit: -1, says: "no records here",
			argv: append(argv, name, "443", "https://"+name+"/")}
	}
	all := []errand{
		l.fetch("reg1", "fhir", 443, "TLS 1.3 over TCP, ECDSA", 0, l.named("fhir", 443, name)...),
		h3("reg1", "QUIC version 1, HTTP/3"),
		h3("ws1", "QUIC version 1, HTTP/3, one cipher", "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM"),
	}
	return l.errands(all...)
}
