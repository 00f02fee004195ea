package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// Host is a machine of the lab: a network namespace with one interface or more.
type Host struct {
	*cast.Machine
	ns string
}

// Lab is one run of one scenario: its namespaces, peers, recorder and truth.
// The mutex guards procs and truth, because peers act at the same time; the
// rest is written before the first peer starts.
type Lab struct {
	ctx     context.Context
	prefix  string // of every namespace
	dir     string // work directory, deleted at the end
	peers   string // directory with the Node.js peers
	offload bool
	hosts   map[string]*Host
	spaces  []string
	links   int
	dump    *Proc
	gaps    []gap // time that the capture gets and the recording did not take

	mu    sync.Mutex
	procs []*Proc
	truth truth.Truth
}

const (
	switchNS = "switch"
	netnsEtc = "/etc/netns"
	dirMode  = 0o755
)

// newSwitch makes the namespace that holds the bridges. Its own IPv6 is off,
// so that the switch says nothing itself.
func (l *Lab) newSwitch() error {
	ns, err := l.newSpace(switchNS)
	if err != nil {
		return err
	}
	for _, br := range []string{"br0", "br1", "br2"} {
		batch := []string{
			"link add " + br + " type bridge stp_state 0 mcast_snooping 0",
			"link set " + br + " up",
		}
		if err := l.batch(ns, batch); err != nil {
			return err
		}
	}
	return nil
}

// hostsFile names every address of the cast, and with leases also those that
// DHCP may give, so that a peer finds any address it may want to look up.
func hostsFile(leases bool) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n")
	for _, r := range cast.Rows() {
		if r.IP != "" {
			fmt.Fprintf(&b, "%s %s.%s %s\n", r.IP, r.Name, cast.Zone, r.Name)
		}
	}
	for n := leaseFirst; leases && n <= leaseLast; n++ {
		fmt.Fprintf(&b, "%s%d lease-%d.%s\n", cast.NetMain, n, n, cast.Zone)
	}
	return b.String()
}

func (l *Lab) newSpace(name string) (string, error) {
	ns := l.prefix + "-" + name
	if _, err := l.must(nil, "ip", "netns", "add", ns); err != nil {
		return "", err
	}
	l.spaces = append(l.spaces, ns)
	// ip netns exec mounts these over the files of the machine: names resolve
	// from a table, and no peer asks a name server unless the script does.
	etc := filepath.Join(netnsEtc, ns)
	if err := os.MkdirAll(etc, dirMode); err != nil {
		return "", err
	}
	for name, text := range map[string]string{"hosts": hostsFile(true), "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	_, err := l.must(&Host{ns: ns}, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up")
	return ns, err
}

// quick makes a host acknowledge every segment at once. Peers that write a
// message in two pieces otherwise wait 40 ms for each (Nagle's algorithm).
func (l *Lab) quick(names ...string) error {
	for _, n := range names {
		h := l.hosts[n]
		if err := l.batch(h.ns, []string{"route change " + cast.NetMain + "0/24 dev eth0 src " + h.IP + " quickack 1"}); err != nil {
			return err
		}
	}
	return nil
}

// batch feeds lines to one ip process in namespace ns.
func (l *Lab) batch(ns string, lines []string) error {
	f := filepath.Join(l.dir, "ip.batch")
	if err := os.WriteFile(f, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	_, err := l.must(nil, "ip", "-n", ns, "-batch", f)
	return err
}

// plug joins dev of namespace ns to a bridge of the switch.
func (l *Lab) plug(ns, dev, mac, bridge string) error {
	sw := l.prefix + "-" + switchNS
	port := "p" + strconv.Itoa(l.links)
	l.links++
	lines := []string{
		fmt.Sprintf("link add %s address %s type veth peer name %s netns %s", dev, mac, port, sw),
		"link set " + dev + " up",
	}
	if err := l.batch(ns, lines); err != nil {
		return err
	}
	if err := l.batch(sw, []string{"link set " + port + " master " + bridge + " up"}); err != nil {
		return err
	}
	if l.offload {
		return nil
	}
	for _, end := range []struct{ ns, dev string }{{ns, dev}, {sw, port}} {
		args := []string{"-K", end.dev}
		for _, f := range []string{"tso", "gso", "gro", "tx", "rx"} {
			args = append(args, f, "off")
		}
		if _, err := l.must(&Host{ns: end.ns}, "ethtool", args...); err != nil {
			return err
		}
	}
	return nil
}

// The last byte of the addresses that DHCP gives away.
const leaseFirst, leaseLast = 150, 199

// addHost builds the namespace of a host of the cast.
func (l *Lab) addHost(h *Host) error {
	var err error
	if h.ns, err = l.newSpace(h.Name); err != nil {
		return err
	}
	l.hosts[h.Name] = h
	bridge, gw := "br0", cast.RouterIP
	if h.BehindRouter || h.BehindNAT != "" {
		bridge, gw = "br1", h.IP[:strings.LastIndexByte(h.IP, '.')]+".1"
	}
	if h.BehindNAT != "" {
		bridge = "br2"
	}
	if h.IPv6 {
		if _, err := l.must(h, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6; echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"); err != nil {
			return err
		}
	}
	if err := l.plug(h.ns, "eth0", h.MAC, bridge); err != nil {
		return err
	}
	if h.Name == "router" {
		return l.addRouter(h)
	}
	if h.DHCP {
		return nil
	}
	h.IPs = []truth.Address{{IP: h.IP}}
	lines := []string{"addr add " + h.IP + "/24 dev eth0"}
	if l.hosts["router"] != nil {
		lines = append(lines, "route add default via "+gw)
	}
	if h.IPv6 {
		lines = append(lines, "addr add "+cast.InfraIP6+"/64 dev eth0 nodad")
	}
	if err := l.batch(h.ns, lines); err != nil {
		return err
	}
	return l.addCards(h)
}

func (l *Lab) addRouter(h *Host) error {
	if err := l.plug(h.ns, "eth1", "00:50:0b:7e:40:01", "br1"); err != nil {
		return err
	}
	h.IPs = []truth.Address{{IP: cast.RouterIP}}
	l.truth.Capture.RouterMAC = h.MAC
	if err := l.batch(h.ns, []string{"addr add " + cast.RouterIP + "/24 dev eth0", "addr add " + cast.NetClinic + "1/24 dev eth1", "addr add " + cast.NetFar + "1/24 dev eth1"}); err != nil {
		return err
	}
	_, err := l.must(h, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects")
	return err
}

// build makes the switch and the named hosts of the cast, router first so
// that the others can route.
func (l *Lab) build(names ...string) error {
	if err := l.newSwitch(); err != nil {
		return err
	}
	all := cast.All()
	for _, n := range names {
		m := all[n]
		if m == nil {
			return fmt.Errorf("no host %q in the cast", n)
		}
		if err := l.addHost(&Host{Machine: m}); err != nil {
			return fmt.Errorf("host %s: %w", n, err)
		}
	}
	return nil
}

// record starts tcpdump on the bridge device. In promiscuous mode a bridge
// hands up each frame it forwards exactly once, whatever its ports.
func (l *Lab) record() error {
	file := filepath.Join(l.dir, l.truth.Scenario+".pcap")
	p, err := l.start(&Host{ns: l.prefix + "-" + switchNS}, "tcpdump",
		"tcpdump", "-i", "br0", "-s", "0", "-n", "-B", "65536", "-Z", "root", "-w", file)
	if err != nil {
		return err
	}
	l.dump = p
	if err := p.waitLog("listening on", 1); err != nil {
		return err
	}
	l.truth.Capture.Started = time.Now().UTC()
	return nil
}

var countLine = regexp.MustCompile(`(\d+) packets? (captured|dropped by kernel)`)

// finish stops the recorder and puts capture and truth into out.
func (l *Lab) finish(out string) error {
	// The recorder reads its ring once a second; wait for the last FINs.
	time.Sleep(1500 * time.Millisecond)
	l.dump.stop(syscall.SIGINT)
	l.truth.Capture.Stopped = time.Now().UTC()
	for _, m := range countLine.FindAllStringSubmatch(l.dump.output(), -1) {
		n, _ := strconv.Atoi(m[1]) // digits by the expression
		if m[2] == "captured" {
			l.truth.Capture.Packets = n
		} else if n > 0 {
			return fmt.Errorf("%d packets dropped by the kernel: record again", n)
		}
	}
	name := l.truth.Scenario
	pcap := filepath.Join(l.dir, name+".pcap")
	if err := noTwins(pcap); err != nil {
		return err
	}
	if err := l.stretch(pcap); err != nil {
		return err
	}
	dst := filepath.Join(out, name+".pcap.zst")
	if _, err := l.must(nil, "zstd", "-q", "-f", "-19", "--long=24", pcap, "-o", dst); err != nil {
		return err
	}
	l.truth.Capture.File = name + ".pcap.zst"
	for _, n := range cast.Order() {
		if h := l.hosts[n]; h != nil {
			l.truth.Hosts = append(l.truth.Hosts, h.Host)
		}
	}
	if err := l.truth.Validate(); err != nil {
		return fmt.Errorf("truth of %s: %w", name, err)
	}
	if err := l.writeAllowed(allowFile(out, name)); err != nil {
		return err
	}
	return l.truth.Write(filepath.Join(out, name+".truth.json"))
}

// close ends every process and deletes every namespace of this run.
func (l *Lab) close() {
	l.mu.Lock()
	procs := l.procs
	l.mu.Unlock()
	for i := len(procs) - 1; i >= 0; i-- {
		procs[i].stop(syscall.SIGTERM)
	}
	// The context may be over; the namespaces must go all the same.
	l.ctx = context.WithoutCancel(l.ctx)
	for i := len(l.spaces) - 1; i >= 0; i-- {
		if out, err := l.run(nil, "ip", "netns", "del", l.spaces[i]); err != nil {
			fmt.Fprintf(os.Stderr, "lab: %v %s\n", err, out)
		}
		if err := os.RemoveAll(filepath.Join(netnsEtc, l.spaces[i])); err != nil {
			fmt.Fprintln(os.Stderr, "lab:", err)
		}
	}
}
