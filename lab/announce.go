package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// published is one service of an avahi daemon.
type published struct {
	kind, name string
	port       int
	txt        []string
}

// startAvahi runs avahi-daemon without D-Bus, publishing what is given.
func (l *Lab) startAvahi(name, hostname string, workstation bool, all ...published) (*Proc, error) {
	h := l.hosts[name]
	var b strings.Builder
	for i, s := range all {
		b.Reset()
		b.WriteString("<?xml version=\"1.0\" standalone='no'?><!DOCTYPE service-group SYSTEM \"avahi-service.dtd\">\n")
		fmt.Fprintf(&b, "<service-group><name>%s</name><service><type>%s</type><port>%d</port>", s.name, s.kind, s.port)
		for _, t := range s.txt {
			fmt.Fprintf(&b, "<txt-record>%s</txt-record>", t)
		}
		b.WriteString("</service></service-group>\n")
		if err := l.etc(h, fmt.Sprintf("avahi/services/%d.service", i), b.String()); err != nil {
			return nil, err
		}
	}
	conf, err := l.file(name+".avahi.conf", avahiConf(hostname, false, workstation))
	if err != nil {
		return nil, err
	}
	h.called(hostname+".local", "mdns")
	h.offers("dns", "udp", 5353, "")
	return l.serve(h, "avahi-"+name, 0, "sh", "-c", "mkdir -p /run/avahi-daemon; exec avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title -f "+conf)
}

func avahiConf(hostname string, dbus, workstation bool) string {
	word := map[bool]string{true: "yes", false: "no"}
	return fmt.Sprintf("[server]\nhost-name=%s\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=%s\nallow-interfaces=eth0\n[publish]\npublish-hinfo=%s\npublish-workstation=%s\npublish-aaaa-on-ipv4=no\n",
		hostname, word[dbus], word[workstation], word[workstation])
}

// announce is printer, store and console telling the network what they are,
// and a desk that looks around.
func (l *Lab) announce() error {
	for _, a := range []struct {
		host, name  string
		workstation bool
		all         []published
	}{
		{"laser1", "HPB2C3D4", false, []published{
			{"_ipp._tcp", "HP LaserJet Enterprise M507", 631, []string{"txtvers=1", "rp=ipp/print", "ty=HP LaserJet Enterprise M507", "product=(HP LaserJet Enterprise M507)", "note=Reading room", "pdl=application/pdf,image/urf", "UUID=4509a320-00a0-008f-00b6-002507510eca"}},
			{"_pdl-datastream._tcp", "HP LaserJet Enterprise M507", 9100, []string{"ty=HP LaserJet Enterprise M507"}}}},
		{"nas1", "nas1", false, []published{
			{"_smb._tcp", "nas1", 445, nil},
			{"_device-info._tcp", "nas1", 9, []string{"model=RackMac"}},
			{"_http._tcp", "Synology nas1", 5000, []string{"vendor=Synology", "model=DS920+", "serial=20B0RYR6TLZ01", "version_major=7", "version_minor=2"}}}},
		{"console1", "ctconsole", true, []published{
			{"_dicom._tcp", "CT_FORCE1", 104, []string{"DeviceType=CT"}},
			{"_ssh._tcp", "CT service", 22, nil}}},
	} {
		p, err := l.startAvahi(a.host, a.name, a.workstation, a.all...)
		if err != nil {
			return err
		}
		defer p.stop(syscall.SIGTERM)
		for _, s := range a.all {
			l.hosts[a.host].called(s.name, "mdns")
			l.broadcast(a.host, "udp", 5353, "dns", "mDNS: "+s.kind)
		}
	}
	l.hosts["laser1"].Manufacturer, l.hosts["laser1"].Model = "HP", "HP LaserJet Enterprise M507"
	l.hosts["laser1"].Serial = "CNB9K12345"
	l.hosts["nas1"].Manufacturer, l.hosts["nas1"].Model, l.hosts["nas1"].Serial = "Synology", "DS920+", "20B0RYR6TLZ01"
	if err := l.startMedia(); err != nil {
		return err
	}
	time.Sleep(1500 * time.Millisecond)
	return l.lookAround()
}

// startMedia is the store's media server and its words for Windows.
func (l *Lab) startMedia() error {
	h := l.hosts["nas1"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	err := l.files(map[string]string{"media/.keep": "", "minidb/.keep": "", "minidlna.conf": fmt.Sprintf(
		"network_interface=eth0\nport=8200\nmedia_dir=%s\ndb_dir=%s\nlog_dir=%s\nfriendly_name=nas1 media\nserial=20B0RYR6TLZ01\nmodel_name=DS920+\nmodel_number=7.2\nnotify_interval=895\nuuid=4d696e69-444c-164e-9d41-00113277304f\n",
		in("media"), in("minidb"), in("minidb"))})
	if err != nil {
		return err
	}
	if _, err := l.serve(h, "minidlna", 8200, "minidlnad", "-S", "-f", in("minidlna.conf"), "-P", in("minidlna.pid")); err != nil {
		return err
	}
	h.offers("ssdp", "udp", 1900, "")
	h.offers("http", "tcp", 8200, "")
	h.called("nas1 media", "http")
	if _, err := l.serve(h, "wsdd", 5357, "wsdd", "-4", "-s", "-i", "eth0", "-n", "NAS1", "-w", "LAZARUS"); err != nil {
		return err
	}
	h.offers("wsd", "udp", 3702, "")
	h.offers("http", "tcp", 5357, "")
	h.called("NAS1", "wsd")
	h.Workgroup = "LAZARUS"
	return nil
}

// lookAround is a desk that browses by mDNS, SSDP and WS-Discovery.
func (l *Lab) lookAround() error {
	conf, err := l.file("browse.avahi.conf", avahiConf("admin1", true, false))
	if err != nil {
		return err
	}
	browse := fmt.Sprintf(`mkdir -p /run/dbus /run/avahi-daemon
dbus-daemon --system --nofork --nopidfile & d=$!
n=0; while [ ! -S /run/dbus/system_bus_socket ] && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
avahi-daemon --no-drop-root --no-chroot --no-rlimits --no-proc-title -f %s & a=$!
n=0; while ! avahi-browse -V >/dev/null 2>&1 && [ $n -lt 30 ]; do sleep 0.1; n=$((n+1)); done
sleep 1.5; avahi-browse -atrp; r=$?
kill $a; wait $a; kill $d; wait $d; exit $r`, conf)
	discover := fmt.Sprintf("wsdd -4 -s -D -o -i eth0 -l %s & w=$!; sleep 3; kill $w; wait $w; exit 0", filepath.Join(l.dir, "wsdd.socket"))
	l.hosts["admin1"].called("admin1.local", "mdns")
	return l.errands(
		errand{from: "admin1", to: "nas1", proto: "udp", port: 5353, service: "dns", detail: "mDNS: browse and resolve everything", says: "HP\\032LaserJet", argv: []string{"sh", "-c", browse}},
		errand{from: "reg1", to: "laser1", proto: "udp", port: 5353, service: "dns", detail: "mDNS: one-shot query", exit: 9, // dig takes no answer from another address
			argv: []string{"dig", "+tries=1", "+time=2", "@224.0.0.251", "-p", "5353", "HPB2C3D4.local"}},
		errand{from: "admin1", to: "nas1", proto: "udp", port: 1900, service: "ssdp", detail: "M-SEARCH", argv: []string{"gssdp-discover", "-i", "eth0", "-n", "3"}},
		errand{from: "admin1", to: "nas1", port: 8200, service: "http", detail: "UPnP description", argv: []string{"curl", "-sS", "-o", "/dev/null", "http://" + l.hosts["nas1"].IP + ":8200/rootDesc.xml"}},
		errand{from: "admin1", to: "nas1", proto: "udp", port: 3702, service: "wsd", detail: "Probe, Resolve, then Get by HTTP", argv: []string{"sh", "-c", discover}},
	)
}

// askNames is LLMNR, scripted on both sides, for no peer of Debian runs in a
// namespace alone: the desk asks for the printer server, for a name that
// nobody has and for a proxy; the console answers to its own.
func (l *Lab) askNames() error {
	script := filepath.Join(l.peers, "llmnr.js")
	c := l.hosts["console1"]
	p, err := l.serve(c, "llmnr", 0, "node", script, "answer", "CTCONSOLE", c.IP)
	if err != nil {
		return err
	}
	if err := p.waitLog("ready", 1); err != nil {
		return err
	}
	c.offers("dns", "udp", 5355, "")
	c.has("answers names by LLMNR or NetBIOS")
	c.called("CTCONSOLE", "llmnr")
	ask := func(from, name, says string) errand {
		return errand{from: from, to: "console1", proto: "udp", port: 5355, service: "dns", detail: "LLMNR: " + name, says: says, argv: []string{"node", script, "ask", name, l.hosts[from].IP}}
	}
	return l.errands(ask("reg1", "CTCONSOLE", c.IP), ask("reg1", "wpad", "nobody"), ask("admin1", "OLDPRINTSRV", "nobody"))
}
