package main

import (
	"fmt"
	"os"
	"path/filepath"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// dicomSyntaxes sends the same kind of object in every transfer syntax that
// dcmtk speaks, with small and large PDUs and with user identities.
func dicomSyntaxes(l *Lab) error {
	if err := l.build("router", "vna", "ws1", "dx1", "mr2", "us2", "mg1"); err != nil {
		return err
	}
	ws1, err := l.startStoreSCP(l.hosts["ws1"], "+xa", "-pdu", "131072")
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"dx1": 1, "mr2": 2, "us2": 1, "mg1": 1})
	if err != nil {
		return err
	}
	type send struct {
		host   string
		encode []string // command that compresses the file, nil: none
		args   []string
	}
	all := []send{
		{"mr2", nil, []string{"-xi"}},
		{"mr2", nil, []string{"-xb"}},
		{"mr2", nil, []string{"-xd"}},
		{"dx1", []string{"dcmcjpeg", "+e1"}, []string{"-xs"}},
		{"us2", []string{"dcmcjpeg", "+eb"}, []string{"-xy"}},
		{"dx1", []string{"dcmcjpls", "+el"}, []string{"-xt"}},
		{"us2", []string{"dcmcrle"}, []string{"-xr"}},
		{"mg1", nil, []string{"-xe", "--max-send-pdu", "4096"}},
		{"mg1", nil, []string{"-xi", "-pdu", "131072", "--max-send-pdu", "131072"}},
		{"mr2", nil, []string{"-xi", "-usr", "lzuser-tech", "-pwd", "LZSECRET-0815"}},
		{"mr2", nil, []string{"-xi", "--saml", "token.xml"}},
		{"us2", nil, []string{"-xe", "+C"}},
	}
	l.canary("user", "lzuser-tech")
	l.canary("secret", "LZSECRET-0815")
	l.canary("secret", "LZSECRET-SAML")
	if err := os.WriteFile(filepath.Join(l.dir, "token.xml"), []byte("<Assertion>LZSECRET-SAML</Assertion>\n"), 0o644); err != nil {
		return err
	}
	files := make([][]string, len(all))
	for i, s := range all {
		files[i] = sets[s.host].files
		if s.encode == nil {
			continue
		}
		out := filepath.Join(l.dir, fmt.Sprintf("enc-%d.dcm", i))
		args := append(s.encode[1:len(s.encode):len(s.encode)], files[i][0], out)
		if _, err := l.must(nil, s.encode[0], args...); err != nil {
			return err
		}
		files[i] = []string{out}
	}
	if err := l.record(); err != nil {
		return err
	}
	for i, s := range all {
		if err := l.store(l.hosts[s.host], ws1, files[i], s.args...); err != nil {
			return err
		}
	}
	return nil
}

// tlsArgs are the options under which a host speaks TLS.
func (l *Lab) tlsArgs(host string) []string {
	return []string{"+tls", filepath.Join(l.dir, host+".key"), filepath.Join(l.dir, host+".crt"),
		"+cf", filepath.Join(l.dir, "ca.crt")}
}

// makeCerts makes a certificate authority and one certificate per host.
func (l *Lab) makeCerts(hosts ...string) error {
	in := func(name string) string { return filepath.Join(l.dir, name) }
	_, err := l.must(nil, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
		"-subj", "/O=Lazarus lab/CN=Lazarus Lab CA", "-keyout", in("ca.key"), "-out", in("ca.crt"))
	if err != nil {
		return err
	}
	for _, h := range hosts {
		name := h + "." + cast.Zone
		if _, err := l.must(nil, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
			"-subj", "/O=Lazarus lab/CN="+name, "-addext", "subjectAltName=DNS:"+name, "-addext", "basicConstraints=critical,CA:FALSE",
			"-CA", in("ca.crt"), "-CAkey", in("ca.key"), "-keyout", in(h+".key"), "-out", in(h+".crt")); err != nil {
			return err
		}
	}
	return nil
}

// dicomTLS is what cannot be read: the same services inside TLS.
func dicomTLS(l *Lab) error {
	if err := l.build("router", "pacs", "ct2", "us2", "ws1"); err != nil {
		return err
	}
	pacs, err := l.startSecure("pacs", "ct2", "us2", "ws1")
	if err != nil {
		return err
	}
	sets, err := l.makeSmall("ct2", "us2")
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	return l.secure(pacs, sets, "ct2", "us2", "ws1")
}

// startSecure runs Orthanc with TLS on host server and makes the
// certificates of everyone.
func (l *Lab) startSecure(server string, clients ...string) (node, error) {
	if err := l.makeCerts(append([]string{server}, clients...)...); err != nil {
		return node{}, err
	}
	in := func(name string) string { return filepath.Join(l.dir, name) }
	return l.startOrthancTLS(l.hosts[server], map[string]any{
		"DicomPort": portTLS, "DicomTlsEnabled": true, "DicomTlsCertificate": in(server + ".crt"),
		"DicomTlsPrivateKey": in(server + ".key"), "DicomTlsTrustedCertificates": in("ca.crt"),
	})
}

// makeSmall builds one small object for each host: what is encrypted does
// not compress.
func (l *Lab) makeSmall(names ...string) (map[string]series, error) {
	sets := map[string]series{}
	for i, n := range names {
		h := l.hosts[n]
		s := l.newStudy(h.Equip.Root, 60+i)
		files, err := l.makeSeries(cast.Object{Machine: h.Machine, Study: s, Series: 8, Rows: 128, Cols: 128}, 2)
		if err != nil {
			return nil, err
		}
		sets[n] = series{Study: s, files: files}
	}
	return sets, nil
}

// secure stores from every host that has a series, the others verify.
func (l *Lab) secure(to node, sets map[string]series, clients ...string) error {
	for _, name := range clients {
		h := l.hosts[name]
		c := call{from: h, to: to, tool: "echoscu"}
		if set, ok := sets[name]; ok {
			c.tool, c.args, c.rest = "storescu", []string{"-R"}, set.files
		}
		if _, err := l.scu(c); err != nil {
			return err
		}
		l.flow(truth.Flow{Client: name, Server: to.host.Name, Proto: "tcp", Port: to.port, Service: "dicom-tls", Count: 1})
	}
	return nil
}

// offload is dicom-store in small with checksum and segmentation offload on,
// as a capture on the sending machine itself looks.
func offload(l *Lab) error {
	if err := l.build("router", "pacs", "ct1", "us2", "ws1"); err != nil {
		return err
	}
	pacs, err := l.startOrthanc(l.hosts["pacs"])
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"ct1": 3, "us2": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, name := range []string{"ct1", "us2"} {
		if err := l.store(l.hosts[name], pacs, sets[name].files, "-pdu", "65536"); err != nil {
			return err
		}
	}
	_, err = l.scu(call{from: l.hosts["ws1"], to: pacs, tool: "findscu",
		args: keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientID")})
	return err
}
