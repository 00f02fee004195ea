// Command lab builds a small hospital on one Linux machine and records it.
//
// It makes network namespaces, joins them with a bridge and a router, starts
// real peers in them (Orthanc, the dcmtk tools, dcmjs-dimse, simple-hl7,
// dnsmasq, three DHCP clients, Samba, OpenSSH, nginx, PostgreSQL and the other
// servers that every network has), drives a scripted day, records the bridge with tcpdump, and writes for each scenario
// a capture (pcap, zstd) and the truth about it (JSON). The truth is told by
// the script and by the peers' own logs and exit codes. No parser of this
// project takes part: the package imports the standard library alone, so a
// test that compares the two compares independent witnesses.
//
// It refuses to run without root, touches no interface and no namespace that
// it did not make, sends nothing outside those namespaces, ends only
// processes that it started, and bounds every wait. All patients in the
// traffic are invented; their names and numbers are listed as canaries.
//
// Standards met on the way are the peers' business: DICOM PS3.5, PS3.7 and
// PS3.8, HL7 v2 over MLLP, RFC 826, 1035, 2131 and 8415.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"lazaret/lab/truth"
)

const usage = `Usage: lab -out DIR [-scenario NAME[,NAME...]] [-keep]

Builds a hospital out of network namespaces and real peers, records it, and
writes NAME.pcap.zst and NAME.truth.json for each scenario. Needs root.

Flags:
  -out DIR        where to write
  -scenario NAME  one or more scenarios, separated by commas (default: all)
  -peers DIR      the Node.js peers with node_modules (default: lab/peers)
  -keep           keep the work directory with the peers' logs and its pcap
  -list           list the scenarios
  -check          check that every tool is there, and stop

Examples:
  npm ci --prefix lab/peers --ignore-scripts
  go run ./lab -check
  go run ./lab -out testdata/lab
  go run ./lab -out /tmp/lab -scenario dicom-store,hl7 -keep

`

type options struct {
	out, peers string
	names      []string
	keep       bool
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("lab", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, usage, "Scenarios:\n", list()) }
	var o options
	fs.StringVar(&o.out, "out", "", "")
	fs.StringVar(&o.peers, "peers", "lab/peers", "")
	fs.BoolVar(&o.keep, "keep", false, "")
	names := fs.String("scenario", "", "")
	onlyList := fs.Bool("list", false, "")
	onlyCheck := fs.Bool("check", false, "")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if *onlyList {
		fmt.Fprint(stdout, list())
		return 0
	}
	for _, s := range scenarios() {
		o.names = append(o.names, s.name)
	}
	if *names != "" {
		o.names = strings.Split(*names, ",")
	}
	if err := check(o, *onlyCheck); err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 2
	}
	if *onlyCheck {
		fmt.Fprintln(stdout, "all tools are there")
		return 0
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	status := 0
	for _, name := range o.names {
		began := time.Now()
		if err := play(ctx, o, name); err != nil {
			fmt.Fprintf(stderr, "lab: scenario %s: %v\n", name, err)
			status = 1
			continue
		}
		fmt.Fprintf(stdout, "%s: done in %.0f s\n", name, time.Since(began).Seconds())
	}
	return status
}

func list() string {
	var b strings.Builder
	for _, s := range scenarios() {
		fmt.Fprintf(&b, "  %-15s %s\n", s.name, s.about)
	}
	return b.String()
}

// tool is a program the lab needs and the Debian package that has it.
type tool struct{ name, pkg string }

func tools() []tool {
	return []tool{
		{"ip", "iproute2"}, {"ethtool", "ethtool"}, {"tcpdump", "tcpdump"}, {"zstd", "zstd"},
		{"storescu", "dcmtk"}, {"dcmqrscp", "dcmtk"}, {"wlmscpfs", "dcmtk"}, {"dump2dcm", "dcmtk"},
		{"Orthanc", "orthanc"}, {"dnsmasq", "dnsmasq-base"}, {"dhclient", "isc-dhcp-client"},
		{"dhcpcd", "dhcpcd-base"}, {"busybox", "busybox"}, {"udhcpc", "udhcpc"},
		{"dig", "bind9-dnsutils"}, {"openssl", "openssl"}, {"dropbear", "dropbear-bin"},
		{"dbclient", "dropbear-bin"}, {"node", "nodejs"},
		{"sshd", "openssh-server"}, {"sshpass", "sshpass"}, {"vsftpd", "vsftpd"}, {"in.tftpd", "tftpd-hpa"}, {"tftp", "tftp-hpa"},
		{"telnetd", "inetutils-telnetd"}, {"telnet", "inetutils-telnet"}, {"inetutils-inetd", "inetutils-inetd"}, {"expect", "expect"},
		{"Xtigervnc", "tigervnc-standalone-server"}, {"xtigervncviewer", "tigervnc-viewer"}, {"x11vnc", "x11vnc"}, {"Xvfb", "xvfb"},
		{"exim4", "exim4-daemon-light"}, {"swaks", "swaks"}, {"slapd", "slapd"}, {"ldapsearch", "ldap-utils"},
		{"snmpd", "snmpd"}, {"snmptrapd", "snmptrapd"}, {"snmpget", "snmp"}, {"chronyd", "chrony"}, {"rsyslogd", "rsyslog"},
		{"lldpd", "lldpd"}, {"avahi-daemon", "avahi-daemon"}, {"avahi-browse", "avahi-utils"}, {"dbus-daemon", "dbus"},
		{"minidlnad", "minidlna"}, {"gssdp-discover", "gupnp-tools"}, {"wsdd", "wsdd"}, {"nc", "netcat-openbsd"},
		{"psql", "postgresql-15"}, {"mariadbd", "mariadb-server"}, {"redis-server", "redis-server"}, {"redis-cli", "redis-tools"}, {"tsql", "freetds-bin"},
		{"smbd", "samba"}, {"smbclient", "smbclient"}, {"samba-tool", "samba-ad-dc samba-ad-provision"}, {"xrdp", "xrdp"}, {"xfreerdp", "freerdp2-x11"},
		{"nft", "nftables"}, {"krb5kdc", "krb5-kdc krb5-admin-server"}, {"kinit", "krb5-user"}, {"impacket-rpcdump", "python3-impacket python3-gssapi python3-pycryptodome python3-winrm python3-requests-ntlm"},
		{"nginx", "nginx-light"}, {"curl", "curl"}, {"caddy", "caddy"}, {"gtlsclient", "ngtcp2-client"},
	}
}

// check names everything that is missing at once.
func check(o options, only bool) error {
	var errs []error
	for _, t := range tools() {
		if _, err := exec.LookPath(t.name); err != nil {
			errs = append(errs, fmt.Errorf("%s is missing: apt-get install %s", t.name, t.pkg))
		}
	}
	if _, err := os.Stat(filepath.Join(o.peers, "node_modules", "dcmjs-dimse")); err != nil {
		errs = append(errs, fmt.Errorf("no node_modules in %s: npm ci --prefix %s --ignore-scripts", o.peers, o.peers))
	}
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("needs root for network namespaces and capture"))
	}
	for _, n := range o.names {
		if !slices.ContainsFunc(scenarios(), func(s scenario) bool { return s.name == n }) {
			errs = append(errs, fmt.Errorf("-scenario %s: no such scenario (see -list)", n))
		}
	}
	if o.out == "" && !only {
		errs = append(errs, errors.New("-out DIR is needed"))
	}
	return errors.Join(errs...)
}

// play runs one scenario, at most five minutes, and cleans up.
func play(ctx context.Context, o options, name string) error {
	i := slices.IndexFunc(scenarios(), func(s scenario) bool { return s.name == name })
	s := scenarios()[i]
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	out, err := filepath.Abs(filepath.Join(o.out, s.folder))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, dirMode); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lab-"+name+"-")
	if err != nil {
		return err
	}
	// Daemons that give up root must reach their files.
	if err := os.Chmod(dir, dirMode); err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintln(os.Stderr, "lab: logs stay in", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	peers, err := filepath.Abs(o.peers)
	if err != nil {
		return err
	}
	l := &Lab{ctx: ctx, prefix: fmt.Sprintf("lz%d", os.Getpid()), dir: dir, peers: peers,
		offload: s.offload, hosts: map[string]*Host{}}
	l.truth = truth.Truth{Schema: truth.Schema, Scenario: s.name, About: s.about,
		Capture: truth.Capture{Offload: s.offload}, Tools: l.versions(),
		Associations: []truth.Association{}, HL7: []truth.HL7Message{}, DHCP: []truth.Lease{},
		DNS: []truth.Lookup{}, Flows: []truth.Flow{}, Canaries: []truth.Canary{}}
	defer l.close()
	if err := s.run(l); err != nil {
		return err
	}
	return l.finish(out)
}

// versions asks the peers who they are.
func (l *Lab) versions() map[string]string {
	all := map[string]string{}
	for _, q := range [][]string{
		{"storescu", "--version"}, {"Orthanc", "--version"}, {"tcpdump", "--version"},
		{"dnsmasq", "--version"}, {"node", "--version"}, {"busybox"}, {"dhclient", "--version"},
		{"dhcpcd", "--version"}, {"dig", "-v"}, {"openssl", "version"},
		{"ssh", "-V"}, {"nginx", "-v"}, {"smbd", "--version"}, {"psql", "--version"}, {"mariadbd", "--version"},
		{"curl", "--version"}, {"snmpget", "--version"}, {"chronyd", "--version"}, {"rsyslogd", "-v"}, {"lldpd", "-v"}, {"caddy", "version"},
	} {
		out, _ := l.run(nil, q[0], q[1:]...) // some exit with 1 after saying it
		first, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
		all[q[0]] = strings.Trim(strings.TrimSpace(first), "$ ")
	}
	return all
}
