package main

import (
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"lazaret/lab/cast"
)

// devices is a small hospital in which the same machines show themselves by
// several protocols, so that what is concluded of each can be compared across
// them: a scanner that is known by its images, its SNMP agent, its file share
// and its log-in; desks that browse, register and ask for names.
func devices(l *Lab) error {
	if err := l.build("router", "infra", "pacs", "ris", "engine", "reports", "his", "ct1", "mr1", "us1", "ws1", "reg1", "reg2", "consent1",
		"pc1", "laser1", "switch1", "files", "risdb", "audit", "nms"); err != nil {
		return err
	}
	d, err := l.openDevices()
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.sambas("files", "ct1"); err != nil {
		return err
	}
	if err := l.bootWindows(); err != nil {
		return err
	}
	if _, err := l.must(l.hosts["pc1"], "sh", "-c", "echo 128 >/proc/sys/net/ipv4/ip_default_ttl"); err != nil {
		return err
	}
	for _, play := range []func() error{
		func() error { return l.lookups("ws1", "pc1", "ct1", "nms") },
		l.wardLinks,
		func() error { return l.wardImages(d) },
		func() error { return l.feeds(d.engine) },
		l.wardDesks, l.wardService,
		func() error { return l.leases(d.names) },
	} {
		if err := play(); err != nil {
			return err
		}
	}
	for _, n := range []string{"ct1", "mr1", "us1", "ws1", "pacs"} {
		l.hosts[n].has("speaks DICOM in clear")
	}
	for _, n := range []string{"engine", "ris", "reports", "his", "reg1", "reg2", "consent1"} {
		l.hosts[n].has("speaks HL7 in clear")
	}
	return nil
}

// ward holds what the day of devices needs.
type ward struct {
	names  *names
	engine *Proc
	pacs   node
	sets   map[string]series
}

// openDevices starts every server that is there before the recording.
func (l *Lab) openDevices() (*ward, error) {
	d := &ward{sets: map[string]series{}}
	var err error
	if d.names, err = l.startNames(); err != nil {
		return nil, err
	}
	if d.engine, err = l.startEngine(); err != nil {
		return nil, err
	}
	if d.pacs, err = l.startOrthanc(l.hosts["pacs"]); err != nil {
		return nil, err
	}
	for i, name := range []string{"ct1", "mr1", "us1"} {
		h := l.hosts[name]
		s := l.newStudy(h.Equip.Root, 20+i)
		files, err := l.makeSeries(cast.Object{Machine: h.Machine, Study: s, Series: 1, Rows: 32, Cols: 32}, 2)
		if err != nil {
			return nil, err
		}
		d.sets[name] = series{Study: s, files: files}
	}
	l.canary("community", community)
	for _, a := range []agent{
		{"ct1", "CTAWP73021", "SIEMENS SOMATOM Force syngo CT VA50A Linux 4.12.14 x86_64", ".1.3.6.1.4.1.8072.3.2.10", "Radiology, room 3", "rocommunity public\n"},
		{"pacs", "pacs", "Linux pacs 5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 x86_64", ".1.3.6.1.4.1.8072.3.2.10", "Data centre", "rocommunity " + community + "\n"},
		{"laser1", "laser1", printerSays, ".1.3.6.1.4.1.11.2.3.9.1", "Reading room", printerSerial},
		{"switch1", "switch1", switchSays, ".1.3.6.1.4.1.9.1.1208", "Radiology, rack 2", "rocommunity public\n"},
	} {
		if err := l.snmpd(a); err != nil {
			return nil, err
		}
	}
	for _, host := range []string{"ct1", "mr1", "pacs"} {
		if err := l.sshd(host, ""); err != nil {
			return nil, err
		}
	}
	if err := l.makeSamba(l.hosts["ct1"], "CTAWP73021", "SOMATOM Force", true); err != nil {
		return nil, err
	}
	if err := l.makeSamba(l.hosts["files"], "FILESRV", "Radiology file server", false); err != nil {
		return nil, err
	}
	l.wardWords()
	return d, l.openOffice()
}

// openOffice starts the database, the logs and the remote screen.
func (l *Lab) openOffice() error {
	for kind, v := range map[string]string{"user": dbUser, "secret": dbPassword, "patient-name": "ZZCANARY^KILO", "patient-id": "LZCAN-000171"} {
		l.canary(kind, v)
	}
	l.canary("user", oldUser)
	if err := l.makeCerts("risdb"); err != nil {
		return err
	}
	if err := l.startPostgres(); err != nil {
		return err
	}
	// Nobody sends its password in clear here.
	l.hosts["risdb"].Traits = nil
	if err := l.startLogs(); err != nil {
		return err
	}
	if err := l.dressDesks(); err != nil {
		return err
	}
	return l.vncServer("mr1", "Ingenia host", "-SecurityTypes", "None")
}

// wardWords is what the hosts' own words make of them.
func (l *Lab) wardWords() {
	l.hosts["ct1"].system("Linux", "Debian")
	l.hosts["pacs"].offers("dicom", "tcp", portPACS, "")
	for host, port := range map[string]int{"engine": portEngine, "ris": portRIS, "his": portHIS} {
		l.hosts[host].offers("hl7", "tcp", port, "")
	}
	l.hosts["pacs"].offers("http", "tcp", 8042, "")
	l.hosts["switch1"].system("Cisco IOS", "15.2(7)E3")
	l.hosts["switch1"].is("switch")
	l.hosts["laser1"].is("printer")
	l.hosts["infra"].offers("dns", "udp", 53, "")
	l.hosts["infra"].offers("dhcp", "udp", 67, "")
	p := l.hosts["laser1"]
	p.Manufacturer, p.Model, p.Serial = "HP", "HP LaserJet Enterprise M507", "CNB9K12345"
}

// wardLinks is switch and scanner at the link layer, and the printer and the
// scanner by mDNS.
func (l *Lab) wardLinks() error {
	ct := l.hosts["ct1"]
	if err := l.lldp(switchNeighbour(),
		neighbour{"ct1", "3", "syngo CT VA50A", inventoryWords("D07", "2.11", "syngo CT VA50A", ct.Serial, "SIEMENS", "SOMATOM Force", "LZASSET-0815"), false}); err != nil {
		return err
	}
	printer, err := l.startAvahi("laser1", "HPB2C3D4", false,
		published{"_ipp._tcp", "HP LaserJet Enterprise M507", 631, []string{"ty=HP LaserJet Enterprise M507", "product=(HP LaserJet Enterprise M507)", "note=Reading room"}})
	if err != nil {
		return err
	}
	defer printer.stop(syscall.SIGTERM)
	scanner, err := l.startAvahi("ct1", "ctawp73021", true, published{"_dicom._tcp", "CT_FORCE1", 104, nil})
	if err != nil {
		return err
	}
	defer scanner.stop(syscall.SIGTERM)
	l.broadcast("laser1", "udp", 5353, "dns", "mDNS: _ipp._tcp")
	l.broadcast("ct1", "udp", 5353, "dns", "mDNS: _dicom._tcp")
	time.Sleep(2500 * time.Millisecond)
	return l.errands(errand{from: "reg1", to: "laser1", proto: "udp", port: 5353, service: "dns", detail: "mDNS: one-shot query", exit: 9, // dig takes no answer from another address
		argv: []string{"dig", "+tries=1", "+time=1", "@224.0.0.251", "-p", "5353", "HPB2C3D4.local"}})
}

// wardImages is scanners that store and a workstation that reads.
func (l *Lab) wardImages(d *ward) error {
	for _, name := range []string{"ct1", "mr1", "us1"} {
		if err := l.store(l.hosts[name], d.pacs, d.sets[name].files); err != nil {
			return err
		}
	}
	for _, c := range []call{
		{from: l.hosts["ws1"], to: d.pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName", "PatientID")},
		{from: l.hosts["ws1"], to: d.pacs, tool: "getscu", args: append(keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID="+d.sets["mr1"].UID), "--ignore")},
	} {
		if _, err := l.scu(c); err != nil {
			return err
		}
	}
	return nil
}

// wardDesks is people at their desks: pages, shares, names and the database.
func (l *Lab) wardDesks() error {
	file, err := l.file("ZZCANARY_LIMA.txt", "Export of ZZCANARY^LIMA, LZCAN-000178.\n")
	if err != nil {
		return err
	}
	l.canary("file-name", "ZZCANARY_LIMA.txt")
	l.canary("patient-name", "ZZCANARY^LIMA")
	l.canary("patient-id", "LZCAN-000178")
	l.canary("user", "lzstranger")
	l.canary("secret", wrongPassword)
	who := people()["transfer"]
	login := "--user=" + who.user + "%" + who.password
	put := "put " + file + " ZZCANARY_LIMA.txt; ls"
	for _, n := range []string{"ws1", "pc1"} {
		l.hosts[n].called(map[string]string{"ws1": "WS1", "pc1": "PC1"}[n], "ntlm")
	}
	rest := func(from, path string) errand {
		return l.page(from, "pacs", 8042, "archive's REST interface", "200", path)
	}
	names := func(from, name string) errand {
		return errand{from: from, to: "files", proto: "udp", port: 137, service: "dns", detail: "NBNS: broadcast, " + name, exit: -1,
			argv: []string{"nmblookup", "-s", "/dev/null", "--option=netbios name=" + from, name}}
	}
	return l.errands(
		rest("ws1", "/system"), rest("reg1", "/system"), rest("consent1", "/statistics"), rest("pc1", "/patients?expand"),
		l.smbclient("ws1", "ct1", "SMB1, NTLMv2, list", "images", 0, "blocks", "ls", login, "--option=client min protocol=NT1"),
		l.smbclient("ws1", "files", "SMB3, signed, upload", "images", 0, "LIMA", put, login),
		l.smbclient("pc1", "files", "SMB3, signed, list", "images", 0, "LIMA", "ls", login),
		l.smbclient("pc1", "ct1", "SMB1, guest, list", "images", 0, "blocks", "ls", "--user=lzstranger%"+wrongPassword, "--option=client min protocol=NT1"),
		names("pc1", "FILESRV"), names("ws1", "CTAWP73021"),
		errand{from: "pc1", to: "ct1", proto: "udp", port: 137, service: "dns", detail: "NBNS: node status", argv: []string{"nmblookup", "-s", "/dev/null", "-A", l.hosts["ct1"].IP}},
		errand{from: "ris", to: "risdb", port: 5432, service: "postgresql", detail: "SCRAM-SHA-256, in clear", says: "LZCAN-000171",
			argv: []string{"env", "PGPASSWORD=" + dbPassword, "psql", "-X", "-h", l.hosts["risdb"].IP, "-U", dbUser, "-d", "dbname=postgres sslmode=disable", "-tAc", "SELECT id, name FROM patient"}},
	)
}

// wardService is the management station, a service session and the logs.
func (l *Lab) wardService() error {
	const system = "1.3.6.1.2.1.1"
	var all []errand
	for _, to := range []string{"ct1", "laser1", "switch1", "pacs"} {
		word, version := "public", "-v2c"
		if to == "pacs" {
			word = community
		}
		if to == "laser1" {
			version = "-v1"
		}
		all = append(all, errand{from: "nms", to: to, proto: "udp", port: 161, service: "snmp", detail: version[1:] + ", get of the system group",
			argv: []string{"env", "SNMP_PERSISTENT_DIR=" + filepath.Join(l.dir, "snmp-nms"), "snmpget", "-On", "-r", "0", "-t", "1", version, "-c", word, l.hosts[to].IP,
				system + ".1.0", system + ".2.0", system + ".3.0", system + ".4.0", system + ".5.0", system + ".6.0"}})
	}
	service, operator := people()["service"], people()["operator"]
	for _, to := range []string{"ct1", "mr1", "pacs"} {
		all = append(all, errand{from: "nms", to: to, port: 22, service: "ssh", detail: "public key, granted", says: "in", argv: l.ssh(service, "", to)})
	}
	all = append(all, errand{from: "nms", to: "mr1", port: 22, service: "ssh", detail: "password, granted", says: "in", argv: l.ssh(operator, operator.password, "mr1")})
	for _, line := range [][2]string{{"ct1", "tube temperature 41 C"}, {"pacs", "storage at 71 %"}, {"switch1", "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to up"}} {
		l.hosts[line[0]].called(line[0], "syslog")
		all = append(all, errand{from: line[0], to: "audit", proto: "udp", port: 514, service: "syslog", detail: "BSD syslog",
			argv: []string{"logger", "-n", l.hosts["audit"].IP, "-P", "514", "-d", "--rfc3164", "-p", "local0.notice", "-t", "service", line[1]}})
	}
	s := l.newStudy("1.3.12.2.1107.5.1.4.73021", 9)
	l.canary("person-name", cast.AuditReader)
	names, texts := cast.Audits(s)
	for i, text := range texts[:2] {
		f, err := l.file(fmt.Sprintf("audit-%d.msg", i), cast.Syslog("pacs", "Orthanc", "IHE+RFC-3881", text))
		if err != nil {
			return err
		}
		all = append(all, errand{from: "pacs", to: "audit", proto: "udp", port: 514, service: "syslog", detail: "audit: " + names[i],
			argv: []string{"sh", "-c", fmt.Sprintf("nc -u -w1 -q0 %s 514 <%s", l.hosts["audit"].IP, f)}})
	}
	if err := l.errands(all...); err != nil {
		return err
	}
	x, shot, err := l.viewer("nms")
	if err != nil {
		return err
	}
	defer x.stop(syscall.SIGTERM)
	return l.errands(shot("mr1", "None", "", 124))
}
