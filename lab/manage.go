package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// manage is what keeps a network going: management, time, logs, and what
// machines announce of themselves.
func manage(l *Lab) error {
	if err := l.build("router", "switch1", "laser1", "nas1", "clock", "audit", "nms", "console1", "pacs", "ct1", "admin1", "reg1"); err != nil {
		return err
	}
	for _, start := range []func() error{l.startAgents, l.startClock, l.startLogs} {
		if err := start(); err != nil {
			return err
		}
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func() error{l.neighbours, l.walks, l.ticks, l.auditTrail, l.announce, l.askNames} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

const (
	community     = "LZCOMM-nas-42"
	trapCommunity = "LZCOMM-trap-77"
	snmpUser      = "lzsnmpuser"
	snmpAuth      = "LZPW-snmpauth-31"
	snmpPriv      = "LZPW-snmppriv-32"
	switchSays    = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E3, RELEASE SOFTWARE (fc2)"
	printerSays   = "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 09/18/2019"
	nasSays       = "Linux nas1 4.4.302+ #72806 SMP Mon Jul 15 16:51:17 CST 2024 x86_64"
)

// printerSerial is prtGeneralSerialNumber (RFC 3805).
const printerSerial = "rocommunity public\noverride 1.3.6.1.2.1.43.5.1.1.17.1 octet_str \"CNB9K12345\"\n"

// agent is what an SNMP agent says of its machine, and whom it answers.
type agent struct{ host, name, says, oid, place, access string }

// snmpd runs one.
func (l *Lab) snmpd(a agent) error {
	const contact = "ZZCONTACT biomed LZPHONE-7099"
	l.canary("person-name", contact)
	h := l.hosts[a.host]
	conf, err := l.file(a.host+".snmpd.conf", fmt.Sprintf("agentaddress udp:161\nsysDescr %s\nsysObjectID %s\nsysName %s\nsysLocation %s\nsysContact %s\n%s",
		a.says, a.oid, a.name, a.place, contact, a.access))
	if err != nil {
		return err
	}
	p, err := l.serve(h, "snmpd-"+a.host, 0, "env", "SNMP_PERSISTENT_DIR="+filepath.Join(l.dir, "snmp-"+a.host), "snmpd", "-f", "-Le", "-C", "-c", conf, "-p", filepath.Join(l.dir, a.host+".snmpd.pid"))
	if err != nil {
		return err
	}
	h.offers("snmp", "udp", 161, a.says)
	h.called(a.name, "snmp")
	h.Location = a.place
	h.has("answers SNMP v1 or v2c")
	if strings.Contains(a.access, "community public") {
		h.has("answers SNMP for a default community")
	}
	return p.waitUDP(161)
}

// startAgents runs snmpd with the words of a switch, a printer and a store.
func (l *Lab) startAgents() error {
	for kind, v := range map[string]string{"community": community, "community ": trapCommunity, "user": snmpUser, "secret": snmpAuth, "secret ": snmpPriv} {
		l.canary(strings.TrimSpace(kind), v)
	}
	for _, a := range []agent{
		{"switch1", "switch1", switchSays, ".1.3.6.1.4.1.9.1.1208", "Radiology, rack 2", "rocommunity public\n"},
		{"laser1", "laser1", printerSays, ".1.3.6.1.4.1.11.2.3.9.1", "Reading room", printerSerial},
		{"nas1", "nas1", nasSays, ".1.3.6.1.4.1.8072.3.2.10", "Server room",
			fmt.Sprintf("rocommunity %s\ncreateUser %s SHA %s AES %s\nrouser %s authPriv\n", community, snmpUser, snmpAuth, snmpPriv, snmpUser)},
	} {
		if err := l.snmpd(a); err != nil {
			return err
		}
	}
	l.hosts["switch1"].is("switch")
	l.hosts["laser1"].is("printer")
	l.hosts["nas1"].is("file server")
	l.hosts["switch1"].system("Cisco IOS", "15.2(7)E3")
	l.hosts["nas1"].system("Linux", "4.4.302+")
	conf, err := l.file("snmptrapd.conf", fmt.Sprintf("snmpTrapdAddr udp:162\nauthCommunity log %s\ndisableAuthorization no\n", trapCommunity))
	if err != nil {
		return err
	}
	p, err := l.serve(l.hosts["nms"], "snmptrapd", 0, "snmptrapd", "-f", "-Le", "-C", "-c", conf, "-p", filepath.Join(l.dir, "snmptrapd.pid"))
	if err != nil {
		return err
	}
	l.hosts["nms"].offers("snmp", "udp", 162, "")
	return p.waitUDP(162)
}

// walks are a management station's rounds, and two traps and an inform.
func (l *Lab) walks() error {
	const system = "1.3.6.1.2.1.1"
	group := []string{system + ".1.0", system + ".2.0", system + ".3.0", system + ".4.0", system + ".5.0", system + ".6.0"}
	ask := func(to, detail string, exit int, argv ...string) errand {
		argv = append([]string{"env", "SNMP_PERSISTENT_DIR=" + filepath.Join(l.dir, "snmp-nms"), argv[0], "-On", "-r", "0", "-t", "1"}, argv[1:]...)
		return errand{from: "nms", to: to, proto: "udp", port: 161, service: "snmp", detail: detail, exit: exit, argv: argv}
	}
	ip := func(n string) string { return l.hosts[n].IP }
	trap := func(from, detail string, argv ...string) errand {
		return errand{from: from, to: "nms", proto: "udp", port: 162, service: "snmp", detail: detail,
			argv: append([]string{"env", "SNMP_PERSISTENT_DIR=" + filepath.Join(l.dir, "snmp-trap"), "snmptrap"}, argv...)}
	}
	v3 := []string{"snmpget", "-v3", "-u", snmpUser, "-l", "authPriv", "-a", "SHA", "-A", snmpAuth, "-x", "AES", "-X", snmpPriv, ip("nas1")}
	wrong := append([]string{}, v3...)
	wrong[9] = snmpPriv
	return l.errands(
		ask("laser1", "v1, get of the system group", 0, append([]string{"snmpget", "-v1", "-c", "public", ip("laser1")}, group...)...),
		ask("laser1", "v1, get of the serial number", 0, "snmpget", "-v1", "-c", "public", ip("laser1"), "1.3.6.1.2.1.43.5.1.1.17.1"),
		ask("laser1", "v1, no such name", 2, "snmpget", "-v1", "-c", "public", ip("laser1"), "1.3.6.1.4.1.99999.1.0"),
		ask("switch1", "v2c, get of the system group", 0, append([]string{"snmpget", "-v2c", "-c", "public", ip("switch1")}, group...)...),
		ask("switch1", "v2c, bulk walk", 0, "snmpbulkwalk", "-v2c", "-Cr10", "-c", "public", ip("switch1"), system),
		ask("nas1", "v2c, another community", 0, append([]string{"snmpget", "-v2c", "-c", community, ip("nas1")}, group...)...),
		ask("nas1", "v2c, walk", 0, "snmpwalk", "-v2c", "-c", community, ip("nas1"), system+".9.1.3"),
		ask("nas1", "v2c, public, no answer", 1, "snmpget", "-v2c", "-c", "public", ip("nas1"), group[0]),
		ask("nas1", "v3, authPriv", 0, append(v3, group...)...),
		ask("nas1", "v3, wrong password", 1, append(wrong, group[0])...),
		trap("switch1", "v2c trap, linkDown", "-v2c", "-c", trapCommunity, ip("nms"), "", "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.2.1.2.2.1.1.7", "i", "7"),
		trap("laser1", "v1 trap, paper jam", "-v1", "-c", trapCommunity, ip("nms"), "1.3.6.1.4.1.11.2.3.9.1", ip("laser1"), "6", "1", "4711", "1.3.6.1.2.1.43.18.1.1.8.1.1", "s", "Paper jam"),
		trap("switch1", "v2c inform, coldStart", "-v2c", "-Ci", "-c", trapCommunity, ip("nms"), "", "1.3.6.1.6.3.1.1.5.1"),
	)
}

// startClock runs chronyd as a time server. It has -x: the machine's own
// clock is never touched.
func (l *Lab) startClock() error {
	keys, err := l.file("chrony.keys", "7 SHA1 HEX:6c7a6b65792d74696d652d736563726574\n")
	if err != nil {
		return err
	}
	conf, err := l.file("chrony.conf", "local stratum 2\nallow\nport 123\ncmdport 0\nbindcmdaddress /\nkeyfile "+keys+"\npidfile "+filepath.Join(l.dir, "chronyd.pid")+"\n")
	if err != nil {
		return err
	}
	h := l.hosts["clock"]
	p, err := l.serve(h, "chronyd", 0, "chronyd", "-x", "-d", "-u", "root", "-f", conf)
	if err != nil {
		return err
	}
	h.offers("ntp", "udp", 123, "")
	return p.waitUDP(123)
}

// ticks are time requests: version 4 as chrony has it, version 3 as old
// machines have it, and one with a key. -Q measures and sets nothing.
func (l *Lab) ticks() error {
	server := "server " + l.hosts["clock"].IP + " iburst maxsamples 2"
	ask := func(from, detail, more string) errand {
		return errand{from: from, to: "clock", proto: "udp", port: 123, service: "ntp", detail: detail, exit: 0,
			argv: []string{"chronyd", "-Q", "-t", "12", "-u", "root", server + more, "keyfile " + filepath.Join(l.dir, "chrony.keys"), "cmdport 0", "pidfile " + filepath.Join(l.dir, from+".chrony.pid")}}
	}
	return together(
		func() error { return l.errands(ask("admin1", "version 4", "")) },
		func() error { return l.errands(ask("console1", "version 3", " version 3")) },
		func() error { return l.errands(ask("pacs", "version 4, with a key", " key 7")) },
	)
}

// startLogs runs rsyslogd for UDP and TCP on the audit repository.
func (l *Lab) startLogs() error {
	h := l.hosts["audit"]
	conf, err := l.file("rsyslog.conf", fmt.Sprintf(`global(workDirectory="%s" maxMessageSize="32k")
module(load="imudp")
module(load="imtcp")
input(type="imudp" port="514")
input(type="imtcp" port="514")
action(type="omfile" file="%s")
`, l.dir, filepath.Join(l.dir, "audit.log")))
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "rsyslogd", 514, "rsyslogd", "-n", "-f", conf, "-i", filepath.Join(l.dir, "rsyslogd.pid")); err != nil {
		return err
	}
	h.offers("syslog", "udp", 514, "")
	h.offers("syslog", "tcp", 514, "")
	return nil
}

// auditTrail sends the archive's audit messages, as the standard has them,
// and lines that other machines write. Every message is one run of nc or
// logger.
func (l *Lab) auditTrail() error {
	s := l.newStudy("1.3.12.2.1107.5.1.4.73021", 9)
	l.canary("person-name", cast.AuditReader)
	server := l.hosts["audit"].IP
	names, texts := cast.Audits(s)
	var all []errand
	for i, text := range texts {
		msg := cast.Syslog("pacs", "Orthanc", "IHE+RFC-3881", text)
		f, err := l.file(fmt.Sprintf("audit-%d.msg", i), msg)
		if err != nil {
			return err
		}
		all = append(all, errand{from: "pacs", to: "audit", proto: "udp", port: 514, service: "syslog", detail: "audit: " + names[i],
			argv: []string{"sh", "-c", fmt.Sprintf("nc -u -w1 -q0 %s 514 <%s", server, f)}})
	}
	var stream strings.Builder
	for _, text := range texts[3:6] {
		msg := cast.Syslog("pacs", "Orthanc", "DICOM+RFC3881", text)
		fmt.Fprintf(&stream, "%d %s", len(msg), msg)
	}
	f, err := l.file("audit.stream", stream.String())
	if err != nil {
		return err
	}
	all = append(all, errand{from: "pacs", to: "audit", port: 514, service: "syslog", detail: "audit, three messages, octet counting (RFC 6587)",
		argv: []string{"sh", "-c", fmt.Sprintf("nc -N -w2 %s 514 <%s", server, f)}})
	line := func(from, proto, detail, text string, more ...string) {
		h := l.hosts[from]
		h.called(from, "syslog")
		all = append(all, errand{from: from, to: "audit", proto: proto, port: 514, service: "syslog", detail: detail,
			argv: append(append([]string{"logger", "-n", server, "-P", "514"}, more...), text)})
	}
	line("switch1", "udp", "BSD syslog", "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to down", "-d", "--rfc3164", "-p", "local7.err", "-t", "1142")
	line("nas1", "tcp", "RFC 5424, line framing", "Accepted password for lztransfer from 10.20.30.53", "-T", "--rfc5424", "-p", "auth.info", "-t", "sshd")
	line("console1", "tcp", "RFC 5424, octet counting", "Acquisition of ZZCANARY^JULIETT finished", "-T", "--octet-count", "--rfc5424", "-p", "local0.notice", "-t", "syngo")
	l.canary("user", people()["transfer"].user)
	l.canary("patient-name", "ZZCANARY^JULIETT")
	l.hosts["pacs"].called("pacs", "syslog")
	if err := l.errands(all...); err != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	return nil
}

// neighbour is a machine that announces itself at the link layer: its class
// (LLDP-MED), its words, and whether it does so the way Cisco does, too.
type neighbour struct {
	host, class, says, conf string
	cdp                     bool
}

func switchNeighbour() neighbour {
	return neighbour{"switch1", "4", switchSays, "configure system platform \"cisco WS-C2960X-48FPD-L\"\nconfigure lldp portidsubtype local Gi1/0/48\nconfigure system capabilities enabled bridge\n", true}
}

// inventoryWords are the values of LLDP-MED's inventory.
func inventoryWords(hardware, firmware, software, serial, maker, model, asset string) string {
	var b strings.Builder
	for _, v := range [][2]string{{"hardware-revision", hardware}, {"firmware-revision", firmware}, {"software-revision", software},
		{"serial-number", serial}, {"manufacturer", maker}, {"model", model}, {"asset", asset}} {
		fmt.Fprintf(&b, "configure inventory %s \"%s\"\n", v[0], v[1])
	}
	return b.String()
}

// neighbours is switch and console.
func (l *Lab) neighbours() error {
	c := l.hosts["console1"]
	c.Manufacturer, c.Model, c.Serial, c.Software = "Siemens Healthineers", "SOMATOM Force", "73021", []string{"VA50A"}
	c.system("Linux", "X86_64 LINUX") // HINFO, by mDNS
	return l.lldp(switchNeighbour(),
		neighbour{"console1", "3", "syngo CT VA50A console", inventoryWords("D07", "2.11", "VA50A", "73021", "Siemens Healthineers", "SOMATOM Force", "LZASSET-0815"), false})
}

// lldp lets them announce themselves for some seconds. The bridge passes LLDP
// on, so that all are recorded.
func (l *Lab) lldp(all ...neighbour) error {
	if err := l.batch(l.prefix+"-"+switchNS, []string{"link set br0 type bridge group_fwd_mask 16384"}); err != nil {
		return err
	}
	for _, n := range all {
		h := l.hosts[n.host]
		conf, err := l.file(n.host+".lldpd.conf", "configure lldp tx-interval 1\nconfigure system description \""+n.says+"\"\n"+n.conf)
		if err != nil {
			return err
		}
		argv := []string{"lldpd", "-d", "-M", n.class, "-I", "eth0", "-O", conf, "-u", filepath.Join(l.dir, n.host+".lldpd.socket")}
		if n.cdp {
			argv = append(argv, "-ccc")
			h.offers("cdp", "link", 0, n.says)
			h.called(n.host+"."+cast.Zone, "cdp")
		}
		h.offers("lldp", "link", 0, n.says)
		h.called(n.host+"."+cast.Zone, "lldp")
		p, err := l.serve(h, "lldpd-"+n.host, 0, argv...)
		if err != nil {
			return err
		}
		defer p.stop(syscall.SIGTERM)
	}
	time.Sleep(4 * time.Second)
	return nil
}

// broadcast notes an announcement to everybody.
func (l *Lab) broadcast(from, proto string, port int, service, detail string) {
	l.flow(truth.Flow{Client: from, Server: from, Proto: proto, Port: port, Service: service, Detail: detail, Count: 1})
}
