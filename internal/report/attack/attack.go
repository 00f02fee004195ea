// Package attack knows techniques and tactics of MITRE ATT&CK: what they are called, and
// which belongs to which.
//
// The table has the techniques that rules name, ours and the usual ones of others, and
// those that these are parts of. Rules of a site may name more: those have no name here and
// go by their id.
//
// It refuses to fetch: the table is part of the program and of one release, Version. It
// describes nothing: a description is at Page. Strings that come in may be hostile; they are
// compared and never kept.
//
// The table does not change, and whoever asks gets copies: it is safe for several
// goroutines. The standard is MITRE ATT&CK for Enterprise.
package attack

import (
	"slices"
	"strings"
)

// Version is the release of MITRE ATT&CK whose names the table has. In it tactic
// TA0005 is Stealth, and TA0112 is Defense Impairment.
const Version = "19"

// Site is where it is published.
const Site = "https://attack.mitre.org/"

// Tactic is why something is done.
type Tactic struct{ ID, Name string }

// Tactics has the tactics of the enterprise matrix in its order.
var Tactics = []Tactic{
	{"TA0043", "Reconnaissance"}, {"TA0042", "Resource Development"}, {"TA0001", "Initial Access"}, {"TA0002", "Execution"},
	{"TA0003", "Persistence"}, {"TA0004", "Privilege Escalation"}, {"TA0005", "Stealth"}, {"TA0112", "Defense Impairment"},
	{"TA0006", "Credential Access"}, {"TA0007", "Discovery"}, {"TA0008", "Lateral Movement"}, {"TA0009", "Collection"},
	{"TA0011", "Command and Control"}, {"TA0010", "Exfiltration"}, {"TA0040", "Impact"},
}

// Technique is how something is done.
type Technique struct {
	ID, Name string
	Tactics  []string // ids
}

const (
	initial, execution, persistence, privilege = "TA0001", "TA0002", "TA0003", "TA0004"
	stealth, credential, discovery, lateral    = "TA0005", "TA0006", "TA0007", "TA0008"
	collection, exfiltration, command, impact  = "TA0009", "TA0010", "TA0011", "TA0040"
	impairment, reconnaissance                 = "TA0112", "TA0043"
)

// techniques are those that rules name, ours and the usual ones of others, and the
// techniques that these are parts of; by id. Rules of a site may name more: those go out
// by their id alone.
var techniques = []Technique{
	{"T1003", "OS Credential Dumping", []string{credential}},
	{"T1003.001", "LSASS Memory", []string{credential}},
	{"T1003.002", "Security Account Manager", []string{credential}},
	{"T1003.003", "NTDS", []string{credential}},
	{"T1003.004", "LSA Secrets", []string{credential}},
	{"T1003.006", "DCSync", []string{credential}},
	{"T1005", "Data from Local System", []string{collection}},
	{"T1007", "System Service Discovery", []string{discovery}},
	{"T1008", "Fallback Channels", []string{command}},
	{"T1012", "Query Registry", []string{discovery}},
	{"T1016", "System Network Configuration Discovery", []string{discovery}},
	{"T1018", "Remote System Discovery", []string{discovery}},
	{"T1020", "Automated Exfiltration", []string{exfiltration}},
	{"T1021", "Remote Services", []string{lateral}},
	{"T1021.001", "Remote Desktop Protocol", []string{lateral}},
	{"T1021.002", "SMB/Windows Admin Shares", []string{lateral}},
	{"T1021.003", "Distributed Component Object Model", []string{lateral}},
	{"T1021.004", "SSH", []string{lateral}},
	{"T1021.005", "VNC", []string{lateral}},
	{"T1021.006", "Windows Remote Management", []string{lateral}},
	{"T1027", "Obfuscated Files or Information", []string{stealth}},
	{"T1027.001", "Binary Padding", []string{stealth}},
	{"T1027.009", "Embedded Payloads", []string{stealth}},
	{"T1027.013", "Encrypted/Encoded File", []string{stealth}},
	{"T1027.014", "Polymorphic Code", []string{stealth}},
	{"T1029", "Scheduled Transfer", []string{exfiltration}},
	{"T1030", "Data Transfer Size Limits", []string{exfiltration}},
	{"T1033", "System Owner/User Discovery", []string{discovery}},
	{"T1036", "Masquerading", []string{stealth}},
	{"T1036.004", "Masquerade Task or Service", []string{stealth}},
	{"T1036.005", "Match Legitimate Resource Name or Location", []string{stealth}},
	{"T1036.007", "Double File Extension", []string{stealth}},
	{"T1036.008", "Masquerade File Type", []string{stealth}},
	{"T1039", "Data from Network Shared Drive", []string{collection}},
	{"T1040", "Network Sniffing", []string{credential, discovery}},
	{"T1041", "Exfiltration Over C2 Channel", []string{exfiltration}},
	{"T1046", "Network Service Discovery", []string{discovery}},
	{"T1047", "Windows Management Instrumentation", []string{execution}},
	{"T1048", "Exfiltration Over Alternative Protocol", []string{exfiltration}},
	{"T1048.003", "Exfiltration Over Unencrypted Non-C2 Protocol", []string{exfiltration}},
	{"T1049", "System Network Connections Discovery", []string{discovery}},
	{"T1053", "Scheduled Task/Job", []string{execution, persistence, privilege}},
	{"T1053.002", "At", []string{execution, persistence, privilege}},
	{"T1053.005", "Scheduled Task", []string{execution, persistence, privilege}},
	{"T1055", "Process Injection", []string{stealth, privilege}},
	{"T1057", "Process Discovery", []string{discovery}},
	{"T1059", "Command and Scripting Interpreter", []string{execution}},
	{"T1059.001", "PowerShell", []string{execution}},
	{"T1059.003", "Windows Command Shell", []string{execution}},
	{"T1069", "Permission Groups Discovery", []string{discovery}},
	{"T1069.001", "Local Groups", []string{discovery}},
	{"T1069.002", "Domain Groups", []string{discovery}},
	{"T1070", "Indicator Removal", []string{stealth}},
	{"T1070.004", "File Deletion", []string{stealth}},
	{"T1071", "Application Layer Protocol", []string{command}},
	{"T1071.001", "Web Protocols", []string{command}},
	{"T1071.002", "File Transfer Protocols", []string{command}},
	{"T1071.003", "Mail Protocols", []string{command}},
	{"T1071.004", "DNS", []string{command}},
	{"T1072", "Software Deployment Tools", []string{execution, lateral}},
	{"T1074", "Data Staged", []string{collection}},
	{"T1074.002", "Remote Data Staging", []string{collection}},
	{"T1078", "Valid Accounts", []string{stealth, persistence, privilege, initial}},
	{"T1078.001", "Default Accounts", []string{stealth, persistence, privilege, initial}},
	{"T1078.002", "Domain Accounts", []string{stealth, persistence, privilege, initial}},
	{"T1078.003", "Local Accounts", []string{stealth, persistence, privilege, initial}},
	{"T1080", "Taint Shared Content", []string{lateral}},
	{"T1082", "System Information Discovery", []string{discovery}},
	{"T1083", "File and Directory Discovery", []string{discovery}},
	{"T1087", "Account Discovery", []string{discovery}},
	{"T1087.001", "Local Account", []string{discovery}},
	{"T1087.002", "Domain Account", []string{discovery}},
	{"T1090", "Proxy", []string{command}},
	{"T1090.001", "Internal Proxy", []string{command}},
	{"T1095", "Non-Application Layer Protocol", []string{command}},
	{"T1098", "Account Manipulation", []string{persistence, privilege}},
	{"T1102", "Web Service", []string{command}},
	{"T1102.002", "Bidirectional Communication", []string{command}},
	{"T1105", "Ingress Tool Transfer", []string{command}},
	{"T1110", "Brute Force", []string{credential}},
	{"T1110.001", "Password Guessing", []string{credential}},
	{"T1110.003", "Password Spraying", []string{credential}},
	{"T1112", "Modify Registry", []string{impairment, persistence}},
	{"T1119", "Automated Collection", []string{collection}},
	{"T1132", "Data Encoding", []string{command}},
	{"T1132.001", "Standard Encoding", []string{command}},
	{"T1132.002", "Non-Standard Encoding", []string{command}},
	{"T1133", "External Remote Services", []string{persistence, initial}},
	{"T1135", "Network Share Discovery", []string{discovery}},
	{"T1136", "Create Account", []string{persistence}},
	{"T1136.001", "Local Account", []string{persistence}},
	{"T1136.002", "Domain Account", []string{persistence}},
	{"T1187", "Forced Authentication", []string{credential}},
	{"T1190", "Exploit Public-Facing Application", []string{initial}},
	{"T1195", "Supply Chain Compromise", []string{initial}},
	{"T1195.002", "Compromise Software Supply Chain", []string{initial}},
	{"T1199", "Trusted Relationship", []string{initial}},
	{"T1200", "Hardware Additions", []string{initial}},
	{"T1201", "Password Policy Discovery", []string{discovery}},
	{"T1204", "User Execution", []string{execution}},
	{"T1204.002", "Malicious File", []string{execution}},
	{"T1207", "Rogue Domain Controller", []string{impairment}},
	{"T1210", "Exploitation of Remote Services", []string{lateral}},
	{"T1213", "Data from Information Repositories", []string{collection}},
	{"T1213.006", "Databases", []string{collection}},
	{"T1218", "System Binary Proxy Execution", []string{stealth}},
	{"T1218.011", "Rundll32", []string{stealth}},
	{"T1219", "Remote Access Tools", []string{command}},
	{"T1219.002", "Remote Desktop Software", []string{command}},
	{"T1482", "Domain Trust Discovery", []string{discovery}},
	{"T1485", "Data Destruction", []string{impact}},
	{"T1486", "Data Encrypted for Impact", []string{impact}},
	{"T1489", "Service Stop", []string{impact}},
	{"T1490", "Inhibit System Recovery", []string{impact}},
	{"T1496", "Resource Hijacking", []string{impact}},
	{"T1496.001", "Compute Hijacking", []string{impact}},
	{"T1498", "Network Denial of Service", []string{impact}},
	{"T1498.001", "Direct Network Flood", []string{impact}},
	{"T1498.002", "Reflection Amplification", []string{impact}},
	{"T1499", "Endpoint Denial of Service", []string{impact}},
	{"T1505", "Server Software Component", []string{persistence}},
	{"T1505.003", "Web Shell", []string{persistence}},
	{"T1518", "Software Discovery", []string{discovery}},
	{"T1543", "Create or Modify System Process", []string{persistence, privilege}},
	{"T1543.003", "Windows Service", []string{persistence, privilege}},
	{"T1546", "Event Triggered Execution", []string{privilege, persistence}},
	{"T1546.003", "Windows Management Instrumentation Event Subscription", []string{privilege, persistence}},
	{"T1547", "Boot or Logon Autostart Execution", []string{persistence, privilege}},
	{"T1547.001", "Registry Run Keys / Startup Folder", []string{persistence, privilege}},
	{"T1547.004", "Winlogon Helper DLL", []string{persistence, privilege}},
	{"T1550", "Use Alternate Authentication Material", []string{lateral}},
	{"T1550.002", "Pass the Hash", []string{lateral}},
	{"T1550.003", "Pass the Ticket", []string{lateral}},
	{"T1552", "Unsecured Credentials", []string{credential}},
	{"T1557", "Adversary-in-the-Middle", []string{credential, collection}},
	{"T1557.001", "Name Resolution Poisoning and SMB Relay", []string{credential, collection}},
	{"T1557.002", "ARP Cache Poisoning", []string{credential, collection}},
	{"T1557.003", "DHCP Spoofing", []string{credential, collection}},
	{"T1558", "Steal or Forge Kerberos Tickets", []string{credential}},
	{"T1558.003", "Kerberoasting", []string{credential}},
	{"T1558.004", "AS-REP Roasting", []string{credential}},
	{"T1561", "Disk Wipe", []string{impact}},
	{"T1565", "Data Manipulation", []string{impact}},
	{"T1565.001", "Stored Data Manipulation", []string{impact}},
	{"T1565.002", "Transmitted Data Manipulation", []string{impact}},
	{"T1566", "Phishing", []string{initial}},
	{"T1566.001", "Spearphishing Attachment", []string{initial}},
	{"T1567", "Exfiltration Over Web Service", []string{exfiltration}},
	{"T1568", "Dynamic Resolution", []string{command}},
	{"T1568.002", "Domain Generation Algorithms", []string{command}},
	{"T1569", "System Services", []string{execution}},
	{"T1569.002", "Service Execution", []string{execution}},
	{"T1570", "Lateral Tool Transfer", []string{lateral}},
	{"T1571", "Non-Standard Port", []string{command}},
	{"T1572", "Protocol Tunneling", []string{command}},
	{"T1573", "Encrypted Channel", []string{command}},
	{"T1573.001", "Symmetric Cryptography", []string{command}},
	{"T1573.002", "Asymmetric Cryptography", []string{command}},
	{"T1595", "Active Scanning", []string{reconnaissance}},
	{"T1595.001", "Scanning IP Blocks", []string{reconnaissance}},
	{"T1595.002", "Vulnerability Scanning", []string{reconnaissance}},
}

// Known finds a technique by its id.
func Known(id string) (Technique, bool) {
	i, ok := slices.BinarySearchFunc(techniques, id, func(t Technique, id string) int { return strings.Compare(t.ID, id) })
	if !ok {
		return Technique{}, false
	}
	return techniques[i], true
}

// Name is what a technique is called, empty if the table has it not.
func Name(id string) string {
	t, _ := Known(id)
	return t.Name
}

// TacticsOf are the tactics of techniques, each once, in the order of the matrix.
func TacticsOf(ids []string) []Tactic {
	var out []Tactic
	for _, x := range Tactics {
		if slices.ContainsFunc(ids, func(id string) bool { t, _ := Known(id); return slices.Contains(t.Tactics, x.ID) }) {
			out = append(out, x)
		}
	}
	return out
}

// WellFormed says whether an id is shaped as those of techniques: T1234 or T1234.001.
func WellFormed(id string) bool {
	main, part, sub := strings.Cut(id, ".")
	digits := func(s string, n int) bool {
		return len(s) == n && strings.Trim(s, "0123456789") == ""
	}
	return len(main) == 5 && main[0] == 'T' && digits(main[1:], 4) && (!sub || digits(part, 3))
}

// Parent is the technique that an id is a part of: itself if it is no part.
func Parent(id string) string {
	main, _, _ := strings.Cut(id, ".")
	return main
}

// Page is the address of a technique's description.
func Page(id string) string {
	return Site + "techniques/" + strings.ReplaceAll(id, ".", "/") + "/"
}
