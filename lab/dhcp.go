package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// names is the DNS and DHCP server of the lab.
type names struct {
	host  *Host
	proc  *Proc
	fixed string // file with reservations, read again at SIGHUP
}

// startNames runs dnsmasq with the cast as its cast.Zone.
func (l *Lab) startNames() (*names, error) {
	n := &names{host: l.hosts["infra"], fixed: filepath.Join(l.dir, "dhcp.hosts")}
	if err := n.reserve(l.hosts["cart1"], cast.NetMain+"160"); err != nil {
		return nil, err
	}
	zoneFile := filepath.Join(l.dir, "dns.hosts")
	if err := os.WriteFile(zoneFile, []byte(hostsFile(false)+cast.InfraIP6+" infra."+cast.Zone+"\n"), 0o644); err != nil {
		return nil, err
	}
	var err error
	n.proc, err = l.start(n.host, "dnsmasq", "dnsmasq", "-k", "--user=root", "--conf-file=/dev/null", "--pid-file=",
		"--no-resolv", "--no-hosts", "--addn-hosts="+zoneFile, "--local=/"+cast.Zone+"/", "--domain="+cast.Zone,
		"--interface=eth0", "--except-interface=lo", "--bind-interfaces", "--no-ping", "--dhcp-authoritative",
		fmt.Sprintf("--dhcp-range=%s%d,%s%d,255.255.255.0,1h", cast.NetMain, leaseFirst, cast.NetMain, leaseLast),
		"--dhcp-range=fd20:30::100,fd20:30::1ff,64,1h", "--enable-ra",
		"--dhcp-option=option:router,"+cast.RouterIP, "--dhcp-hostsfile="+n.fixed,
		"--dhcp-leasefile="+filepath.Join(l.dir, "leases"), "--log-dhcp", "--log-facility=-",
		"--srv-host=_dicom._tcp."+cast.Zone+",pacs."+cast.Zone+",104", "--cname=archive."+cast.Zone+",pacs."+cast.Zone,
		"--txt-record=_device-info."+cast.Zone+",site=lazarus")
	if err != nil {
		return nil, err
	}
	return n, n.proc.waitListen(53)
}

// reserve gives the MAC of a host a fixed address.
func (n *names) reserve(h *Host, ip string) error {
	if h == nil {
		return os.WriteFile(n.fixed, nil, 0o644)
	}
	if err := os.WriteFile(n.fixed, []byte(h.MAC+","+ip+"\n"), 0o644); err != nil {
		return err
	}
	if n.proc == nil {
		return nil
	}
	if err := syscall.Kill(n.proc.cmd.Process.Pid, syscall.SIGHUP); err != nil {
		return err
	}
	return n.proc.waitLog("read "+n.fixed, 2)
}

// leaseScript sets what a DHCP client was given and nothing else of the
// machine: no resolv.conf, no host name.
const leaseScript = `#!/bin/sh
case "${reason}${1}" in
*BOUND|*RENEW|*REBOOT|*bound|*renew)
  ip addr flush dev eth0 scope global
  ip addr add "${new_ip_address:-$ip}/24" dev eth0
  ip route replace default via "${new_routers:-$router}" ;;
*BOUND6|*RENEW6)
  ip -6 addr add "${new_ip6_address}/128" dev eth0 nodad ;;
*RELEASE*|*STOP*|*deconfig)
  ip -4 addr flush dev eth0 ;;
esac
exit 0
`

// windowsConf makes dhclient ask as a Windows 10 machine does.
const windowsConf = `option ms-classless-static-routes code 249 = array of unsigned integer 8;
option classless-static-routes code 121 = array of unsigned integer 8;
option wpad code 252 = text;
timeout 20;
interface "eth0" {
  send host-name "RADPC-017";
  send vendor-class-identifier "MSFT 5.0";
  send dhcp-client-identifier = hardware;
  request subnet-mask, routers, domain-name-servers, domain-name, router-discovery,
    static-routes, vendor-encapsulated-options, netbios-name-servers, netbios-node-type,
    netbios-scope, domain-search, classless-static-routes, ms-classless-static-routes, wpad;
}
`

// got notes the address a host holds from time t on.
func (l *Lab) got(h *Host, t time.Time) error {
	out, err := l.must(h, "ip", "-4", "-o", "addr", "show", "dev", "eth0", "scope", "global")
	if err != nil {
		return err
	}
	m := regexp.MustCompile(`inet ([0-9.]+)/`).FindStringSubmatch(out)
	if m == nil {
		return fmt.Errorf("%s has no address: %s", h.Name, out)
	}
	h.IP = m[1]
	t = t.UTC()
	h.IPs = append(h.IPs, truth.Address{IP: h.IP, From: &t})
	return nil
}

// lost notes that the last IPv4 address of a host is gone.
func (h *Host) lost() {
	t := time.Now().UTC()
	h.IPs[len(h.IPs)-1].Until = &t
}

func (l *Lab) script() (string, error) {
	f := filepath.Join(l.dir, "lease.sh")
	return f, os.WriteFile(f, []byte(leaseScript), 0o755)
}

// bootWindows is pc1: ISC dhclient in the clothes of Windows, IPv4 and IPv6.
func (l *Lab) bootWindows() error {
	h, began := l.hosts["pc1"], time.Now()
	script, err := l.script()
	if err != nil {
		return err
	}
	conf := filepath.Join(l.dir, "dhclient.conf")
	if err := os.WriteFile(conf, []byte(windowsConf), 0o644); err != nil {
		return err
	}
	in := func(name string) string { return filepath.Join(l.dir, name) }
	h.Names = append(h.Names, "RADPC-017")
	p, err := l.start(h, "dhclient4", "dhclient", "-4", "-d", "-cf", conf, "-lf", in("dhclient4.leases"), "-pf", in("dhclient4.pid"), "-sf", script, "eth0")
	if err != nil {
		return err
	}
	if err := p.waitLog("bound to", 1); err != nil {
		return err
	}
	if err := l.got(h, began); err != nil {
		return err
	}
	six, err := l.start(h, "dhclient6", "dhclient", "-6", "-d", "-lf", in("dhclient6.leases"), "-pf", in("dhclient6.pid"), "-sf", script, "eth0")
	if err != nil {
		return err
	}
	return six.waitLog("RCV: Reply", 1)
}

// bootLinux is pc2: dhcpcd under its own name.
func (l *Lab) bootLinux() error {
	h, began := l.hosts["pc2"], time.Now()
	conf := filepath.Join(l.dir, "dhcpcd.conf")
	text := "duid ll\nhostname RECEPTION-PC\nvendorclassid dhcpcd-9.4.1:Linux-5.10.0-amd64:x86_64\n" +
		"option domain_name_servers, domain_name, domain_search, interface_mtu, ntp_servers\nrequire dhcp_server_identifier\nscript /bin/true\nnoarp\nnoipv4ll\n"
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return err
	}
	h.Names = append(h.Names, "RECEPTION-PC")
	// dhcpcd remembers leases in a fixed place; an empty one over it, in the
	// mount namespace of this process, keeps the machine's own untouched.
	p, err := l.start(h, "dhcpcd", "sh", "-c", "mount -t tmpfs tmpfs /var/lib/dhcpcd && chown dhcpcd /var/lib/dhcpcd; exec dhcpcd -4 -B -d -f "+conf+" eth0")
	if err != nil {
		return err
	}
	if err := p.waitLog("adding default route", 1); err != nil {
		return err
	}
	return l.got(h, began)
}

// bootCart starts udhcpc on the mobile ultrasound and returns it, so that
// it can give its address back later.
func (l *Lab) bootCart(round int) (*Proc, error) {
	h, began := l.hosts["cart1"], time.Now()
	script, err := l.script()
	if err != nil {
		return nil, err
	}
	if round == 1 {
		h.Names = append(h.Names, "HM70-CART")
	}
	p, err := l.start(h, fmt.Sprintf("udhcpc-%d", round), "busybox", "udhcpc", "-f", "-R", "-t", "5", "-T", "2", "-i", "eth0",
		"-x", "hostname:HM70-CART", "-V", "udhcp 1.24.1", "-o", "-O", "subnet", "-O", "router", "-O", "dns", "-O", "ntpsrv", "-s", script)
	if err != nil {
		return nil, err
	}
	if err := p.waitLog("lease of", 1); err != nil {
		return nil, err
	}
	time.Sleep(100 * time.Millisecond) // the script runs after the message
	return p, l.got(h, began)
}

// moveCart gives the cart another address, as another ward would.
func (l *Lab) moveCart(n *names, p *Proc) error {
	h := l.hosts["cart1"]
	h.lost()
	p.stop(syscall.SIGTERM)
	if err := n.proc.waitLog("DHCPRELEASE", 1); err != nil {
		return err
	}
	if err := n.reserve(h, cast.NetMain+"171"); err != nil {
		return err
	}
	_, err := l.bootCart(2)
	return err
}

var (
	dhcpLine = regexp.MustCompile(`dnsmasq-dhcp\[?\d*\]?: (\d+) (.*)`)
	dhcpKind = regexp.MustCompile(`^(?:DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK|RELEASE|INFORM|SOLICIT|ADVERTISE|REPLY|CONFIRM))\(eth0\)`)
)

// leases reads dnsmasq's log: one lease for each transaction that ended in
// an acknowledgement or a reply.
func (l *Lab) leases(n *names) error {
	byMAC := map[string]*Host{}
	for _, h := range l.hosts {
		byMAC[h.MAC] = h
	}
	open := map[string]*truth.Lease{}
	var order []*truth.Lease
	for line := range strings.Lines(n.proc.output()) {
		m := dhcpLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		x := open[m[1]]
		if x == nil {
			x = &truth.Lease{Server: n.host.Name, Version: 4}
			open[m[1]] = x
			order = append(order, x)
		}
		leaseLine(x, m[2], byMAC)
	}
	for i, x := range order {
		if x.Messages != "DHCPRELEASE" {
			continue
		}
		for _, y := range order[:i] {
			y.Released = y.Released || y.IP == x.IP && y.Client == x.Client
		}
	}
	for _, x := range order {
		if !strings.HasSuffix(x.Messages, "DHCPACK") && !strings.HasSuffix(x.Messages, "DHCPREPLY") {
			continue
		}
		if x.Version == 6 {
			h := l.hosts["pc1"] // the only host with a DHCPv6 client
			x.Client, x.MAC = h.Name, h.MAC
			h.IPs = append(h.IPs, truth.Address{IP: x.IP})
		}
		if x.Client != "" {
			l.truth.DHCP = append(l.truth.DHCP, *x)
		}
	}
	return nil
}

// leaseLine takes one line of a transaction.
func leaseLine(x *truth.Lease, text string, byMAC map[string]*Host) {
	name, value, _ := strings.Cut(text, ": ")
	switch name {
	case "vendor class":
		x.VendorClass = value
	case "client provides name":
		x.Hostname = value
	case "requested options":
		for _, o := range strings.Split(value, ", ") {
			num, _, _ := strings.Cut(o, ":")
			if v, err := strconv.Atoi(strings.TrimSpace(num)); err == nil && !slices.Contains(x.Requested, v) {
				x.Requested = append(x.Requested, v)
			}
		}
	}
	if !dhcpKind.MatchString(text) {
		return
	}
	f := strings.Fields(text)
	kind := strings.TrimSuffix(f[0], "(eth0)")
	if n := len(x.Messages); !strings.HasSuffix(x.Messages, kind) || n == 0 {
		x.Messages = strings.TrimPrefix(x.Messages+" "+kind, " ")
	}
	for _, w := range f[1:] {
		if h := byMAC[w]; h != nil {
			x.Client, x.MAC = h.Name, w
		}
		if strings.HasPrefix(w, cast.NetMain) {
			x.IP = w
		}
		if strings.HasPrefix(w, "fd20:30::") {
			x.IP, x.Version = w, 6
		}
	}
}
