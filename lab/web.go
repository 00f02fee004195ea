package main

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
)

const (
	webUser     = "lzwebuser"
	webPassword = "LZPW-web-3345"
)

// browsers are what the machines at the desks say that they are.
func browsers() map[string]string {
	return map[string]string{
		"reg1":     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Edg/120.0.2210.91",
		"ws1":      "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
		"admin1":   "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15",
		"console2": "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0; .NET CLR 2.0.50727)",
		"consent1": "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
		"pc1":      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
		"ct1":      "syngo.WebClient/5.2",
	}
}

// web is pages, images and records over HTTP in clear.
func web(l *Lab) error {
	if err := l.build("router", "web", "pacs", "fhir", "portal", "ws1", "reg1", "consent1", "admin1", "console2", "ct1"); err != nil {
		return err
	}
	if err := l.dressDesks(); err != nil {
		return err
	}
	l.canary("user", webUser)
	l.canary("secret", webPassword)
	l.canary("secret", wrongPassword)
	l.canary("credentials", base64.StdEncoding.EncodeToString([]byte(webUser+":"+webPassword)))
	l.canary("family-name", "ZZCANARY")
	if err := l.startSite(); err != nil {
		return err
	}
	parts, err := l.startImages()
	if err != nil {
		return err
	}
	if err := l.startRecords(); err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func() error{l.surf, func() error { return l.images(parts) }, l.records} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// dressDesks notes which systems the browsers name. Hosts that play Windows
// also send with a time to live of 128; the rest of their stack is Linux.
func (l *Lab) dressDesks() error {
	for host, s := range map[string][2]string{
		"reg1": {"Windows", "Windows NT 10.0"}, "ws1": {"Windows", "Windows NT 6.1"}, "console2": {"Windows", "Windows NT 5.1"}, "pc1": {"Windows", "Windows NT 10.0"},
		"admin1": {"macOS", "Mac OS X 10_15_7"}, "consent1": {"iOS", "CPU OS 16_6"},
	} {
		h := l.hosts[host]
		if h == nil {
			continue
		}
		h.system(s[0], s[1])
		if s[0] != "Windows" {
			continue
		}
		if _, err := l.must(h, "sh", "-c", "echo 128 >/proc/sys/net/ipv4/ip_default_ttl"); err != nil {
			return err
		}
	}
	return nil
}

// startSite runs nginx with a page, an area with a password, an address that
// moved and a folder that takes files of up to 2 KB.
func (l *Lab) startSite() error {
	h := l.hosts["web"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	err := l.files(map[string]string{
		"site/index.html":     "<html><title>Intranet</title>" + strings.Repeat("<p>Canteen: soup.</p>\n", 90) + "</html>\n",
		"site/small.txt":      "Room 3 is closed.\n",
		"site/private/x.html": "<html>Duty roster</html>\n", "site/in/.keep": "", "ngtmp/.keep": "",
		"nginx.conf": fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid %s;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  types { text/html html; text/plain txt; application/dicom dcm; }
  client_body_temp_path %[2]s/a; proxy_temp_path %[2]s/b; fastcgi_temp_path %[2]s/c; uwsgi_temp_path %[2]s/d; scgi_temp_path %[2]s/e;
  if_modified_since before; gzip on; gzip_min_length 100; gzip_types text/plain;
  server {
    listen 80;
    root %[3]s;
    location /private { auth_basic "Roster"; auth_basic_user_file %[4]s; }
    location /old { return 301 http://web.lazarus.example/index.html; }
    location /in { dav_methods PUT; client_max_body_size 2k; }
  }
}
`, in("nginx.pid"), in("ngtmp"), in("site"), in("htpasswd")),
	})
	if err != nil {
		return err
	}
	hash, err := l.must(nil, "openssl", "passwd", "-apr1", "-salt", "lazaret", webPassword)
	if err != nil {
		return err
	}
	if _, err := l.file("htpasswd", webUser+":"+hash); err != nil {
		return err
	}
	if _, err := l.serve(h, "nginx", 80, "nginx", "-e", "stderr", "-c", in("nginx.conf")); err != nil {
		return err
	}
	h.offers("http", "tcp", 80, "nginx/1.22.1")
	h.is("web server")
	h.has("takes HTTP passwords in clear")
	h.called("web.lazarus.example", "host-header")
	return nil
}

// page is one run of curl that must end with an HTTP status.
func (l *Lab) page(from, to string, port int, detail, status string, args ...string) errand {
	argv := []string{"curl", "-s", "-m", "20", "-o", filepath.Join(l.dir, "got-"+from), "-w", "<%{http_code}>"}
	if ua := browsers()[from]; ua != "" {
		argv = append(argv, "-A", ua)
	}
	for i, a := range args {
		if strings.HasPrefix(a, "/") && (i == 0 || (args[i-1] != "-o" && args[i-1] != "-T")) {
			args[i] = fmt.Sprintf("http://%s:%d%s", l.hosts[to].IP, port, a)
		}
	}
	return errand{from: from, to: to, port: port, service: "http", detail: detail, exit: -1, says: "<" + status + ">", argv: append(argv, args...)}
}

// surf is people and machines at the intranet.
func (l *Lab) surf() error {
	site := func(from, detail, status string, args ...string) errand {
		return l.page(from, "web", 80, detail, status, args...)
	}
	small, err := l.file("upload.txt", strings.Repeat("roster\n", 40))
	if err != nil {
		return err
	}
	ip := l.hosts["web"].IP
	nc := func(from, detail, says, text string) errand {
		return errand{from: from, to: "web", port: 80, service: "http", detail: detail, says: says,
			argv: []string{"sh", "-c", "printf '" + text + "' | nc -q1 -w3 " + ip + " 80"}}
	}
	host := "Host: " + ip + "\\r\\n"
	return l.errands(
		site("reg1", "page with a DNS name", "200", "-H", "Host: web.lazarus.example", "/index.html"),
		site("ws1", "gzip, chunked", "200", "--compressed", "/index.html"),
		site("admin1", "two requests in one connection", "200", "/small.txt", "-o", "/dev/null", "http://"+ip+":80/index.html"),
		site("console2", "HTTP/1.0", "200", "-0", "/small.txt"),
		site("admin1", "HEAD", "200", "-I", "/small.txt"),
		site("admin1", "range", "206", "-r", "0-9", "/small.txt"),
		site("admin1", "not modified", "304", "-H", "If-Modified-Since: Tue, 24 Nov 2026 09:00:00 GMT", "/small.txt"),
		site("reg1", "no such page", "404", "/patients.html?name=ZZCANARY&id=LZCAN-000101"),
		site("reg1", "redirect, followed", "200", "-L", "--resolve", "web.lazarus.example:80:"+ip, "/old"),
		site("ws1", "Basic, refused", "401", "-u", webUser+":"+wrongPassword, "/private/x.html"),
		site("ws1", "Basic, granted", "200", "-u", webUser+":"+webPassword, "/private/x.html"),
		site("ct1", "upload", "201", "-T", small, "/in/roster.txt"),
		site("ct1", "upload, 100-continue", "201", "-H", "Expect: 100-continue", "-T", small, "/in/roster2.txt"),
		site("ct1", "upload, chunked", "201", "-H", "Transfer-Encoding: chunked", "-T", small, "/in/roster3.txt"),
		errand{from: "ct1", to: "web", port: 80, service: "http", detail: "upload, too large, answered before the body came", says: "413",
			argv: []string{"sh", "-c", "(printf 'PUT /in/large.txt HTTP/1.1\\r\\n" + host + "Content-Length: 4000\\r\\n\\r\\n'; sleep 0.3; head -c 4000 /dev/zero | tr '\\0' x) | nc -q1 -w3 " + ip + " 80"}},
		site("admin1", "offers HTTP/2, stays with HTTP/1.1", "200", "--http2", "/small.txt"),
		nc("admin1", "three requests in one segment (pipelining)", "404", "GET /small.txt HTTP/1.1\\r\\n"+host+"\\r\\nGET /gone HTTP/1.1\\r\\n"+host+"\\r\\nGET /index.html HTTP/1.1\\r\\n"+host+"Connection: close\\r\\n\\r\\n"),
		nc("admin1", "not HTTP", "400", "HELLO there\\r\\n\\r\\n"),
	)
}

// startRecords runs the FHIR server.
func (l *Lab) startRecords() error {
	h := l.hosts["fhir"]
	if _, err := l.serve(h, "fhir", 8080, "node", filepath.Join(l.peers, "fhir.js"), "serve", "8080"); err != nil {
		return err
	}
	h.offers("http", "tcp", 8080, "HAPI FHIR 6.10.0 REST Server (FHIR Server; FHIR 4.0.1/R4)")
	h.is("web server")
	h.has("serves FHIR in clear")
	h.called("fhir.lazarus.example", "http")
	return nil
}

// records is desks and portal at the FHIR server.
func (l *Lab) records() error {
	s := l.newStudy("1.3.12.2.1107.5.1.4.73021", 11)
	given := strings.TrimPrefix(s.Name, "ZZCANARY^")
	patient := fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:lazarus:mrn","value":"%s"}],"name":[{"family":"ZZCANARY","given":["%s"]}],"gender":"other","birthDate":"1986-05-12","telecom":[{"system":"phone","value":"%s"}]}`, s.ID, given, s.Phone)
	consent := `{"resourceType":"Consent","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"treatment"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/pa1"},"dateTime":"2026-11-23T09:05:00Z"}`
	form := fmt.Sprintf(`{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"http://lazarus.example/q/contrast","subject":{"reference":"Patient/pa1","display":"%s"},"item":[{"linkId":"1","text":"Allergy to contrast medium","answer":[{"valueBoolean":false}]}]}`, s.Name)
	bundle := fmt.Sprintf(`{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:1","resource":%s,"request":{"method":"POST","url":"Patient"}},{"fullUrl":"urn:uuid:2","resource":%s,"request":{"method":"POST","url":"Consent"}}]}`, patient, consent)
	ask := func(from, detail, status string, args ...string) errand {
		return l.page(from, "fhir", 8080, "FHIR: "+detail, status, append([]string{"-H", "Accept: application/fhir+json"}, args...)...)
	}
	post := func(from, detail, status, path, body string) errand {
		return ask(from, detail, status, "-H", "Content-Type: application/fhir+json", "--data-binary", body, path)
	}
	node := fmt.Sprintf(`fetch("http://%s:8080/fhir/ImagingStudy?patient=Patient/pa1&_count=5",{headers:{accept:"application/fhir+json"}}).then(r=>r.json()).then(b=>console.log("total "+b.total))`, l.hosts["fhir"].IP)
	return l.errands(
		ask("portal", "capabilities", "200", "/fhir/metadata"),
		post("reg1", "create Patient", "201", "/fhir/Patient", patient),
		ask("reg1", "search Patient", "200", "/fhir/Patient?family=ZZCANARY&birthdate=1986-05-12"),
		ask("reg1", "search Patient by POST", "200", "--data", "identifier="+s.ID, "/fhir/Patient/_search"),
		post("consent1", "create Consent", "201", "/fhir/Consent", consent),
		post("consent1", "create QuestionnaireResponse", "201", "/fhir/QuestionnaireResponse", form),
		ask("portal", "read Device", "200", "/fhir/Device/ct1"),
		ask("portal", "read, not found", "404", "/fhir/Patient/gone"),
		ask("portal", "unknown type", "404", "/fhir/Basket"),
		post("portal", "transaction", "200", "/fhir", bundle),
		ask("reg1", "update Patient", "200", "-X", "PUT", "-H", "Content-Type: application/fhir+json", "--data-binary", patient, "/fhir/Patient/pa1"),
		errand{from: "portal", to: "fhir", port: 8080, service: "http", detail: "FHIR: search ImagingStudy, Node.js client", says: "total 1", argv: []string{"node", "-e", node}},
		errand{from: "portal", to: "fhir", port: 8080, service: "http", detail: "upgrade to WebSocket", says: "event", argv: []string{"node", filepath.Join(l.peers, "fhir.js"), "upgrade", l.hosts["fhir"].IP, "8080"}},
	)
}
