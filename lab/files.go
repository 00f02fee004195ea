package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// filesScenario is files on every road but DICOM's: HTTP, FTP, TFTP, mail and
// SMB, whole and in pieces, and what the truth says about each.
func filesScenario(l *Lab) error {
	if err := l.build("web", "filedrop", "mail", "ldap", "files", "desk1", "desk2", "desk3"); err != nil {
		return err
	}
	l.canary("secret", wrongPassword)
	all, err := l.roadSamples()
	if err != nil {
		return err
	}
	if err := l.startDepot(all); err != nil {
		return err
	}
	for _, start := range []func() error{l.startTransfer, l.startMail} {
		if err := start(); err != nil {
			return err
		}
	}
	// No password crosses TLS here, and nobody comes without a name.
	h := l.hosts["filedrop"]
	h.Traits = nil
	h.has("takes FTP passwords in clear", "offers TFTP")
	h = l.hosts["mail"]
	h.Shown = nil
	f, err := l.makeShares("files", "FILESRV", "")
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.serveShares(f); err != nil {
		return err
	}
	// One client, one new dialect: no more than that shows.
	h = l.hosts["files"]
	h.Kinds, h.Traits = nil, nil
	h.has("does not require SMB signing")
	for _, play := range []func(map[string]sample) error{l.byHTTP, l.byFTP, l.byTFTP, l.byMail} {
		if err := play(all); err != nil {
			return err
		}
	}
	who := people()["transfer"]
	l.hosts["desk1"].called("DESK1", "ntlm")
	return l.visit(f, visit{from: "desk1", dialect: "3.11", share: "images", user: who.user, password: who.password, signed: true, detail: "the same files by SMB", tasks: []task{
		{op: "write", path: "TABLE.TXT", file: all["TABLE.TXT"]}, {op: "read", path: "TABLE.TXT", to: "table", file: all["TABLE.TXT"]},
		{op: "write", path: "SETUPX.EXE", file: all["SETUPX.EXE"]}}})
}

// roadSamples are the files that travel.
func (l *Lab) roadSamples() (map[string]sample, error) {
	all := map[string]sample{}
	for name, b := range map[string][]byte{
		"TABLE.TXT": cast.Lines("TABLE", 120000), "EXPORT.BIN": cast.Bytes("EXPORT.BIN", 30000), "SETUPX.EXE": cast.Stub("SETUPX.EXE", 16384), "ONE.BIN": cast.Bytes("ONE.BIN", 1),
		"ZZCANARY_NOVEMBER_LZCAN-000201.txt": []byte("Report of ZZCANARY^NOVEMBER, LZCAN-000201.\r\n"),
	} {
		s, err := l.sample(name, b)
		if err != nil {
			return nil, err
		}
		all[name] = s
	}
	l.canary("file-name", "ZZCANARY_NOVEMBER_LZCAN-000201.txt")
	l.canary("patient-name", "ZZCANARY^NOVEMBER")
	l.canary("patient-id", "LZCAN-000201")
	return all, nil
}

// startDepot runs nginx with the files and a folder that takes others.
func (l *Lab) startDepot(all map[string]sample) error {
	for name, s := range all {
		b, err := os.ReadFile(s.path)
		if err != nil {
			return err
		}
		if _, err := l.file(filepath.Join("depot", name), string(b)); err != nil {
			return err
		}
	}
	err := l.files(map[string]string{"depot/in/.keep": "", "ngtmp/.keep": "", "depot.conf": fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid %s;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  types { text/plain txt; application/x-msdownload exe; application/octet-stream bin; }
  client_body_temp_path %[2]s/a; proxy_temp_path %[2]s/b; fastcgi_temp_path %[2]s/c; uwsgi_temp_path %[2]s/d; scgi_temp_path %[2]s/e;
  server {
    listen 80;
    root %[3]s;
    gzip on; gzip_min_length 100; gzip_types text/plain;
    location /in { dav_methods PUT; client_max_body_size 2m; }
    location /small { dav_methods PUT; client_max_body_size 2k; }
    location /upload { return 200 "taken\n"; }
    location = /none { return 404; }
  }
}
`, l.in("depot.pid"), l.in("ngtmp"), l.in("depot"))})
	if err != nil {
		return err
	}
	h := l.hosts["web"]
	if _, err := l.serve(h, "nginx-depot", 80, "nginx", "-c", l.in("depot.conf")); err != nil {
		return err
	}
	h.offers("http", "tcp", 80, "nginx/")
	h.is("web server")
	return nil
}

// road is one file on its way by curl or tftp.
type road struct {
	from, to, carrier, path, detail string
	port                            int
	file                            sample
	up                              bool
	seen                            int64
	refused                         string
	connections                     int
	disk                            string // where it must be afterwards
	says                            string
	argv                            []string
}

// travel runs the clients and notes the files.
func (l *Lab) travel(roads ...road) error {
	for _, r := range roads {
		e := errand{from: r.from, to: r.to, port: r.port, service: r.carrier, detail: r.detail, exit: -1, says: r.says, argv: r.argv}
		if r.carrier == "tftp" {
			e.proto = "udp"
		}
		if err := l.errands(e); err != nil {
			return err
		}
		if r.disk != "" {
			if err := r.file.arrived(r.disk); err != nil {
				return fmt.Errorf("%s: %w", r.detail, err)
			}
		}
		if r.path != "" {
			l.moved(truth.MovedFile{Carrier: r.carrier, Client: r.from, Server: r.to, Port: r.port, Path: r.path, Seen: r.seen, Refused: r.refused,
				Connections: r.connections, Detail: r.detail}, r.file, r.up)
		}
	}
	return nil
}

// byHTTP fetches and sends files whole, chunked, compressed and by ranges.
func (l *Lab) byHTTP(s map[string]sample) error {
	url := "http://" + l.hosts["web"].IP
	curl := func(args ...string) []string { return append([]string{"curl", "-sS", "-f", "-m", "20"}, args...) }
	get := func(from, name, detail string, more ...string) road {
		out := l.in("http." + from + "." + name)
		return road{from: from, to: "web", carrier: "http", path: "/" + name, port: 80, detail: detail, file: s[name], disk: out, argv: curl(append(more, "-o", out, url+"/"+name)...)}
	}
	put := func(name, at, detail string, more ...string) road {
		return road{from: "desk2", to: "web", carrier: "http", path: at, port: 80, detail: detail, file: s[name], up: true, disk: filepath.Join(l.in("depot"), at), argv: curl(append(more, "-T", s[name].path, url+at)...)}
	}
	table, size := s["TABLE.TXT"], int(s["TABLE.TXT"].size)
	part := func(i int) []string {
		step := size / 4
		return []string{"-r", fmt.Sprintf("%d-%d", i*step, (i+1)*step-1), "-o", l.in(fmt.Sprintf("part.%d", i)), url + "/TABLE.TXT"}
	}
	join := func(parts ...int) (args []string) {
		for n, i := range parts {
			if n > 0 {
				args = append(args, "--next", "-sS", "-f")
			}
			args = append(args, part(i)...)
		}
		return args
	}
	ordered := road{from: "desk3", to: "web", carrier: "http", path: "/TABLE.TXT", port: 80, detail: "four ranges in order, one connection", file: table, argv: curl(join(0, 1, 2, 3)...)}
	first := road{from: "desk1", to: "web", carrier: "http", port: 80, detail: "ranges 3 and 1, first connection", argv: curl(join(3, 1)...)}
	second := road{from: "desk1", to: "web", carrier: "http", path: "/TABLE.TXT", port: 80, detail: "four ranges out of order over two connections", file: table, connections: 2, argv: curl(join(2, 0)...)}
	half := road{from: "desk2", to: "web", carrier: "http", path: "/TABLE.TXT", port: 80, detail: "the first range alone", file: table, seen: table.size / 4, argv: curl(part(0)...)}
	form := func(name, detail string) road {
		return road{from: "desk2", to: "web", carrier: "http", path: name, port: 80, detail: detail, file: s[name], up: true, says: "taken",
			argv: curl("-H", "Expect:", "-F", "note=from the desk", "-F", "file=@"+s[name].path, url+"/upload")}
	}
	refused := put("EXPORT.BIN", "/small/EXPORT.BIN", "PUT, too large for the server")
	refused.refused, refused.disk, refused.argv = "413", "", []string{"curl", "-sS", "-m", "20", "-H", "Expect: 100-continue", "-w", "%{http_code}", "-T", s["EXPORT.BIN"].path, url + "/small/EXPORT.BIN"}
	refused.says = "413"
	if err := l.travel(
		get("desk1", "TABLE.TXT", "whole, Content-Length"), get("desk1", "SETUPX.EXE", "a program"), get("desk1", "ONE.BIN", "one byte"),
		get("desk2", "TABLE.TXT", "gzip, chunked", "--compressed"), get("desk2", "ZZCANARY_NOVEMBER_LZCAN-000201.txt", "a name of a patient"),
		ordered, first, second, half,
		put("EXPORT.BIN", "/in/EXPORT.BIN", "PUT"), put("SETUPX.EXE", "/in/SETUPX.EXE", "PUT, chunked", "-H", "Transfer-Encoding: chunked", "-H", "Expect:"),
		form("SETUPX.EXE", "part of a form"), form("ZZCANARY_NOVEMBER_LZCAN-000201.txt", "part of a form"), refused,
	); err != nil {
		return err
	}
	// What the ranges brought, put together, is the file.
	var b bytes.Buffer
	for i := range 4 {
		one, err := os.ReadFile(l.in(fmt.Sprintf("part.%d", i)))
		if err != nil {
			return err
		}
		b.Write(one)
	}
	joined, err := l.file("parts", b.String())
	if err != nil {
		return err
	}
	return table.arrived(joined)
}

// byFTP sends and fetches in the four ways to open the data connection.
func (l *Lab) byFTP(s map[string]sample) error {
	who := people()["transfer"]
	url := "ftp://" + l.hosts["filedrop"].IP + "/"
	home := filepath.Join(l.dir, "filedrop", "home", who.user)
	var roads []road
	for i, m := range []struct {
		name, detail string
		more         []string
	}{{"TABLE.TXT", "EPSV", nil}, {"EXPORT.BIN", "PASV", []string{"--disable-epsv"}}, {"SETUPX.EXE", "PORT", []string{"--disable-eprt", "-P", "-"}},
		{"ZZCANARY_NOVEMBER_LZCAN-000201.txt", "EPRT", []string{"-P", "-"}}} {
		from := []string{"desk1", "desk2", "desk3", "desk2"}[i]
		argv := append([]string{"curl", "-sS", "-f", "-m", "20", "-u", who.user + ":" + who.password}, m.more...)
		up := road{from: from, to: "filedrop", carrier: "ftp", path: m.name, port: 21, detail: "upload, " + m.detail, file: s[m.name], up: true, disk: filepath.Join(home, m.name),
			argv: append(append([]string{}, argv...), "-T", s[m.name].path, url)}
		out := l.in("ftp." + m.name)
		down := up
		down.up, down.detail, down.disk, down.argv = false, "download, "+m.detail, out, append(append([]string{}, argv...), "-o", out, url+m.name)
		roads = append(roads, up, down)
	}
	roads = append(roads, road{from: "desk1", to: "filedrop", carrier: "ftp", path: "NOSUCH.BIN", port: 21, detail: "no such file", refused: "550", says: "78",
		argv: []string{"sh", "-c", "curl -sS -m 20 -u " + who.user + ":" + who.password + " " + url + "NOSUCH.BIN; echo $?"}})
	return l.travel(roads...)
}

// byTFTP sends and fetches; a block has 512 bytes, and the last one of
// SETUPX.EXE none.
func (l *Lab) byTFTP(s map[string]sample) error {
	var roads []road
	for _, name := range []string{"EXPORT.BIN", "SETUPX.EXE"} {
		out := l.in("tftp." + name)
		argv := []string{"tftp", "-4", "-m", "octet", l.hosts["filedrop"].IP, "-c"}
		roads = append(roads,
			road{from: "desk3", to: "filedrop", carrier: "tftp", path: name, port: 69, detail: "write", file: s[name], up: true, disk: filepath.Join(l.in("tftp"), name),
				argv: append(append([]string{}, argv...), "put", s[name].path, name)},
			road{from: "desk1", to: "filedrop", carrier: "tftp", path: name, port: 69, detail: "read", file: s[name], disk: out,
				argv: append(append([]string{}, argv...), "get", name, out)})
	}
	return l.travel(roads...)
}

// byMail sends a letter whose parts lie inside parts (RFC 2045, 2046).
func (l *Lab) byMail(s map[string]sample) error {
	who := people()["reader"]
	letter, err := l.letter(s)
	if err != nil {
		return err
	}
	file, err := l.file("letter.eml", letter)
	if err != nil {
		return err
	}
	e := errand{from: "desk3", to: "mail", port: 25, service: "smtp", detail: "parts in base64 and quoted-printable, nested", exit: 0,
		argv: []string{"curl", "-sS", "-m", "20", "--crlf", "--sasl-ir", "-u", who.user + ":" + who.password, "--login-options", "AUTH=PLAIN", "--mail-from", "desk@" + cast.Zone, "--mail-rcpt", "archive@" + cast.Zone, "-T", file, "smtp://" + l.hosts["mail"].IP}}
	if err := l.errands(e); err != nil {
		return err
	}
	for _, p := range [][2]string{{"EXPORT.BIN", "base64, inside a part"}, {"SETUPX.EXE", "base64"}, {"ZZCANARY_NOVEMBER_LZCAN-000201.txt", "quoted-printable"}} {
		l.moved(truth.MovedFile{Carrier: "smtp", Client: "desk3", Server: "mail", Port: 25, Path: p[0], Detail: p[1]}, s[p[0]], true)
	}
	return nil
}

// letter writes the message, with line ends as they stand on the wire.
func (l *Lab) letter(s map[string]sample) (string, error) {
	var b, inner bytes.Buffer
	m, in := multipart.NewWriter(&b), multipart.NewWriter(&inner)
	if err := errors.Join(m.SetBoundary("LZ-outer-0001"), in.SetBoundary("LZ-inner-0002")); err != nil {
		return "", err
	}
	add := func(w *multipart.Writer, name, kind, encoding string) error {
		head := textproto.MIMEHeader{"Content-Type": {kind}, "Content-Transfer-Encoding": {encoding}}
		data := []byte("Dear archive,\r\nhere are the files =) of the week.\r\n")
		if name != "" {
			head.Set("Content-Disposition", `attachment; filename="`+name+`"`)
			var err error
			if data, err = os.ReadFile(s[name].path); err != nil {
				return err
			}
		}
		p, err := w.CreatePart(head)
		if err != nil {
			return err
		}
		if encoding == "quoted-printable" {
			q := quotedprintable.NewWriter(p)
			if _, err := q.Write(data); err != nil {
				return err
			}
			return q.Close()
		}
		text := base64.StdEncoding.EncodeToString(data)
		for len(text) > 76 {
			fmt.Fprintf(p, "%s\r\n", text[:76])
			text = text[76:]
		}
		_, err = fmt.Fprintf(p, "%s\r\n", text)
		return err
	}
	if err := add(in, "", "text/plain; charset=utf-8", "quoted-printable"); err != nil {
		return "", err
	}
	if err := add(in, "EXPORT.BIN", "application/octet-stream", "base64"); err != nil {
		return "", err
	}
	if err := in.Close(); err != nil {
		return "", err
	}
	p, err := m.CreatePart(textproto.MIMEHeader{"Content-Type": {"multipart/mixed; boundary=LZ-inner-0002"}})
	if err != nil {
		return "", err
	}
	p.Write(inner.Bytes())
	if err := add(m, "SETUPX.EXE", "application/x-msdownload", "base64"); err != nil {
		return "", err
	}
	if err := add(m, "ZZCANARY_NOVEMBER_LZCAN-000201.txt", "text/plain", "quoted-printable"); err != nil {
		return "", err
	}
	if err := m.Close(); err != nil {
		return "", err
	}
	return strings.ReplaceAll("From: desk@"+cast.Zone+"\r\nTo: archive@"+cast.Zone+"\r\nSubject: files of the week\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=LZ-outer-0001\r\n\r\n"+b.String(), "\r\n", "\n"), nil
}
