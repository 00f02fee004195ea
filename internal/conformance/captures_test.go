package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/app"
	"lazaret/internal/report"
)

// seen is what rules find in a capture that others made, beside what is known to be in it.
type seen struct {
	file   string   // its name without folder, or the end of it
	known  string   // what is known to be in it; empty if it is ordinary traffic
	right  []string // findings above low that are right: "RULE severity source>target"
	why    string   // of misses: why nothing, or not all, is found
	missed int      // hostile acts that are known and not found
}

// sightings are the captures with hostile acts or findings above low, by folder. All
// others of these folders are ordinary traffic or odd packets for parsers, and nothing
// above low is found in them.
var sightings = map[string][]seen{
	"03-smb1": {},
	"04-smb2-3": {
		{file: "mercury__smb.pcap", known: "a machine asks some hundred addresses of networks outside for file sharing, lists the shares of those that answer, and tries accounts",
			right: []string{"E6 high 192.168.1.124>", "F1 medium 192.168.1.124>", "F1 medium 192.168.1.124>", "R2 medium 192.168.1.124>"}},
	},
	"05-dcerpc": {
		{file: "dcerpc-dce-stub-data-04.pcap", known: "a value set below the key Run in the registry of another machine", right: []string{"L3 medium 192.168.1.1>192.168.1.2"}},
	},
	"06-auth-ntlm-krb": {},
	"07-lateral-movement": {
		{file: "CVE-2021-1675__PrintNightmare.pcap", known: "a printer driver is put on a print server from afar (CVE-2021-1675), in sealed calls", missed: 1, why: "outside the catalogue; dce_rpc has the calls RpcAddPrinterDriverEx, answered, but not which driver"},
		{file: "CVE-2021-1675__packetcapture_1.pcap", known: "the same over RPC on TCP, sealed: refused", missed: 1, why: "outside the catalogue; dce_rpc has the call RpcAddPrinterDriverEx, refused, but not which driver"},
		{file: "CVE-2022-30216__unsuccessful.pcap", known: "an attempt at the server service that fails (CVE-2022-30216)", missed: 1, why: "outside the catalogue; dce_rpc has the call: number 74 of srvsvc, refused"},
		{file: "CVE-2020-1472_exploit_win2019.pcap", known: "log-ins to Netlogon with zeros, and a password set (Zerologon)", missed: 1, why: "outside the catalogue; the calls stand in dce_rpc"},
		{file: "CVE-2020-1472_test_win2019.pcap", known: "log-ins to Netlogon with zeros (test for Zerologon)", missed: 1, why: "outside the catalogue; the calls stand in dce_rpc"},
		{file: "smb_psexec_mimikatz_ticket_dump-s2.pcap", known: "PsExec, of which one conversation with sealed calls was kept", right: []string{"L1 medium 192.168.10.31>192.168.10.30"}},
		{file: "smb_at_schedule.pcap", known: "a job of at.exe added on another machine", right: []string{"L2 high 192.168.10.31>192.168.10.30"}},
		{file: "smb_net_user.pcap", known: "net user asks a domain for one account", missed: 1, why: "two look-ups of one account are everyday; R3 wants accounts or groups to be listed"},
		{file: "smb_psexec_add_user.pcap", known: "PsExec copied to ADMIN$ and started; it adds an account there",
			right: []string{"K4 high 192.168.10.31>192.168.10.10", "K3 medium 192.168.10.31>192.168.10.10", "L1 medium 192.168.10.31>192.168.10.10"}},
		{file: "SMBGhost.pcap", known: "a server is asked whether it compresses SMB 3.1.1, as CVE-2020-0796 wants it; no compressed message follows", missed: 1, why: "outside the catalogue; the log smb has what was offered"},
	},
	"08-eternalblue-wannacry": {
		{file: "doublepulsar-backdoor-connect-win7.pcap", known: "the backdoor DoublePulsar is asked, and answers", right: []string{"E2 critical 192.168.198.204>192.168.198.203", "E1 high 192.168.198.204>192.168.198.203"}},
		{file: "eternalblue-failed-patched-win7.pcap", known: "despite its name no SMB at all: nothing may be found"},
		{file: "eternalblue-success-unpatched-win7.pcap", known: "EternalBlue takes Windows 7 over and asks the backdoor",
			right: []string{"E2 critical 192.168.198.204>192.168.198.203", "E1 high 192.168.198.204>192.168.198.203", "E3 high 192.168.198.204>192.168.198.203", "E3 high 192.168.198.204>192.168.198.203"}},
		{file: "eternalromance-success-2008r2.pcap", known: "EternalRomance takes Windows Server 2008 R2 over, then a sub-command of the backdoor's kind is sent", right: []string{"E1 high 10.99.99.8>172.23.33.10"},
			why: "the sub-command is found; the transactions of the exploit before it are in weird (stray_smb1_secondary) alone"},
	},
	"09-malware-c2": {
		{file: "a30789ce-1e1c-4f96-a097-78c34b9fb612.pcap", known: "AgentTesla sends mail from a sandbox", missed: 1, why: "one conversation: no behaviour, but lists of indicators would name its server"},
		{file: "f9421792-7d2c-47d3-90e0-07eb54ae12fa.pcap", known: "AgentTesla uploads by FTP from a sandbox", missed: 1, why: "three conversations in three minutes: no behaviour, but lists of indicators would name its server"},
		{file: "cd010953-5faf-4054-86be-58c020c3a532.pcap", known: "AsyncRAT keeps one conversation of TLS open", missed: 1, why: "one conversation does not return; lists of JA3 and JA4 name it"},
		{file: "09ffabf7-774a-43a3-8c97-68f2046fd385.pcap", known: "QuasarRAT over TLS, called anew every few seconds", missed: 1, why: "every four seconds; B1 looks at ten seconds and more (shortest = 2 and burst = 1 in detect.numbers.B1 find it, as low)"},
		{file: "test-cc-capture-2.pcap", known: "command and control over TLS", missed: 1, why: "22 calls, every three seconds; B1 looks at ten seconds and more (shortest = 2 and burst = 1 in detect.numbers.B1 find it, as low)"},
		{file: "test8-malicious.pcap", known: "255 addresses of a network asked for by ARP within seconds", missed: 1, why: "no behaviour looks at sweeps by ARP; the log arp has them"},
		{file: "nDPI__bot.pcap", known: "one request of a crawler", why: "a search engine's robot: no malware"},
		{file: "nDPI__trickbot.pcap", known: "one POST of Trickbot", missed: 1, why: "a single conversation; lists of indicators would name its server"},
		{file: "public-ex1_section8_Sofacy.pcap", known: "look-ups of two names of Sofacy", missed: 1, why: "two single look-ups; lists of indicators would name them"},
		{file: "TLSv1-Extracted-MaliciousC2.pcap", known: "one conversation of TLS with a server of malware", missed: 1, why: "a single conversation; lists of certificates and prints name it"},
		{file: "tls-glupteba-mb.pcap", known: "one conversation of TLS of Glupteba", missed: 1, why: "a single conversation; lists of certificates and prints name it"},
		{file: "njrat-detector__testing__Traces__njrat.pcap", known: "njRAT keeps one conversation open", missed: 1, why: "one conversation does not return; its protocol is outside the catalogue"},
	},
	"26-scans-dos": {
		{file: "bro-simple-scan__445_scan.pcap", known: "an address outside calls nine machines on 445 within two hours, without an answer", missed: 1, why: "told as info (F1): from outside, slow and unanswered is the noise of the Internet"},
		{file: "bro-simple-scan__multiport_scan.pcap", known: "an address outside calls ten machines on 80, 88 and 8080 within four hours", missed: 1, why: "not ports of administration, which the catalogue has"},
		{file: "bro-simple-scan__port_scan.pcap", known: "ten ports of one machine within a second", missed: 1, why: "the catalogue asks for many machines, not for many ports of one"},
		{file: "bro-simple-scan__scan_with_zero_windows.pcap", known: "nine machines are called on 23 at once, without a window, and the caller itself", missed: 1, why: "told as info (F1): below the number of machines from which on it is medium (hosts in detect.numbers.F1 lowers it)"},
		{file: "bro-simple-scan__backscatter.trace", known: "answers to somebody's attack under forged addresses: nothing may be found"},
		{file: "test12-icmp-portscan.pcap", known: "eighteen machines are asked by ICMP", missed: 1, why: "pings alone are what every monitor sends"},
		{file: "dhcp_flood.pcap", known: "one network card sends 250 DHCPINFORM from as many addresses within five seconds", missed: 1, why: "outside the catalogue; the log dhcp has them"},
		{file: "nmap-vsn.pcap", known: "nmap asks for 245 addresses of a network by ARP, then calls seven machines on 80 and 443", missed: 1, why: "no behaviour looks at sweeps by ARP; ports of the web are not those of F1"},
	},
}

// What rules find in captures that others made is what is known to be in them, but for
// misses that are explained; ordinary traffic has nothing above low. docs/captures.md has
// the table: UPDATE=1 writes it.
func TestCaptures(t *testing.T) {
	dir := shared(t, "pcaps")
	var b strings.Builder
	b.WriteString("# Captures by others\n\nWhat rules find above low in captures that nobody here made, beside what is known to be in them: by their names, by the log of " +
		"another analyzer, and by reading them. `go test -run TestCaptures ./internal/conformance` holds it; `UPDATE=1` writes this page.\n")
	total := struct{ files, acts, found, missed int }{}
	for _, folder := range slices.Sorted(maps.Keys(sightings)) {
		var files []string
		err := filepath.WalkDir(filepath.Join(dir, folder), func(name string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.Contains(d.Name(), ".cap") || strings.Contains(d.Name(), ".pcap") || strings.HasSuffix(d.Name(), ".trace")) {
				files = append(files, name)
			}
			return err
		})
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %d captures, %v", folder, len(files), err)
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", folder)
		if len(sightings[folder]) > 0 {
			b.WriteString("| capture | known to be in it | found above low | not found, because |\n|---|---|---|---|\n")
		}
		ordinary, met := 0, 0
		for _, name := range files {
			total.files++
			row, ok := sightingOf(folder, name)
			if ok {
				met++
			} else {
				ordinary++
			}
			got := aboveLow(t, name)
			want := slices.Clone(row.right)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: found %q, want %q", filepath.Base(name), got, want)
			}
			if !ok {
				continue
			}
			if len(row.right) > 0 {
				total.found++
			}
			total.missed += row.missed
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", row.file, row.known, strings.ReplaceAll(strings.Join(got, "; "), ">", " > "), row.why)
		}
		if met != len(sightings[folder]) {
			t.Errorf("%s: %d of %d captures of the table are there", folder, met, len(sightings[folder]))
		}
		if ordinary > 0 {
			fmt.Fprintf(&b, "\n%d further captures of ordinary traffic or odd packets: nothing above low.\n", ordinary)
		}
	}
	fmt.Fprintf(&b, "\n## In all\n\n%d captures. %d with hostile acts are found, %d are missed, each for the reason given; no finding above low is without cause.\n", total.files, total.found, total.missed)
	page(t, "captures.md", b.String())
}

func sightingOf(folder, name string) (seen, bool) {
	for _, s := range sightings[folder] {
		if strings.HasSuffix(name, s.file) {
			return s, true
		}
	}
	return seen{}, false
}

// aboveLow reads a capture as a user would.
func aboveLow(t *testing.T, name string) []string {
	t.Helper()
	var out, msg bytes.Buffer
	app.Main([]string{"read", "-o", "json", name}, nil, &out, &msg) // damaged captures have status 1
	var d struct {
		Findings []report.Finding `json:"findings"`
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Errorf("%s: %v %s", filepath.Base(name), err, msg.String())
	}
	list := []string{}
	for _, f := range d.Findings {
		if f.Severity != "low" && f.Severity != "info" {
			list = append(list, fmt.Sprintf("%s %s %s>%s", f.Rule, f.Severity, f.Source.Address, f.Target.Address))
		}
	}
	slices.Sort(list)
	return list
}

// page holds a whole file of docs current.
func page(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(root(t), "docs", name)
	if old, err := os.ReadFile(path); err == nil && string(old) == text {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Errorf("docs/%s is not current; UPDATE=1 writes it", name)
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
