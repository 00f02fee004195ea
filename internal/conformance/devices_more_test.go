package conformance

// otherThings are machines of other captures. What they are stands in the name of
// the file, or they say it in words that do not come through the clues that are
// judged here.
var otherThings = []thing{
	{"Windows XP, a virtual machine", sentinel, []string{"Malcolm-Test-Artifacts__other__Digital_Bond_S4__WinXP"}, "00:0c:29:5a:cf:2e",
		"it bears the name of the file", "VMware", nil, nil, []string{"Windows XP"}},
	{"client of an iFix server", sentinel, []string{"Malcolm-Test-Artifacts__other__Digital_Bond_S4__iFix_Client"}, "10.50.1.20",
		"it calls itself CLIENT01 in the protocol", "VMware", nil, []string{"pc"}, nil},
	{"Advantech controller", sentinel, []string{"Malcolm-Test-Artifacts__other__Digital_Bond_S4__Advantech"}, "10.50.1.50",
		"it answers Modbus, and its card is Advantech's", "Advantech", nil, []string{"server", "iot"}, nil},
	{"Siemens controller", "29-ics-bms", []string{"PcapPlusPlus__s7comm.pcap"}, "00:0e:8c:d0:f9:cb",
		"it answers S7comm", "Siemens", nil, nil, nil},
	{"Cisco 1601, a router", "12-name-discovery", []string{"zeek__cdp-v1"}, "192.168.10.1",
		"it alone announces itself", "Cisco", []string{"1601"}, []string{"router"}, []string{"Cisco IOS 11.2"}},
	{"Netgear router with Tomato", "12-name-discovery", []string{"suricata-verify__sip-ssdp-pm__ssdp"}, "e0:91:f5:73:8c:c2",
		"it announces a gateway and the firmware", "Netgear", nil, []string{"router"}, []string{"Linux"}},
	{"iPhone", "12-name-discovery", []string{"ipfixprobe__functional__inputs__dnssd"}, "14:20:5e:57:ec:a6",
		"its name says so", "Apple", nil, []string{"pc: mobile", "iot: mobile"}, []string{"iOS"}},
	{"MacBook Pro", "12-name-discovery", []string{"ipfixprobe__functional__inputs__dnssd"}, "8c:85:90:77:1a:72",
		"its name says so", "Apple", []string{"MacBookPro"}, []string{"pc"}, []string{"macOS"}},
	{"Raspberry Pi", "11-dhcp", []string{"Malcolm-Test-Artifacts__DHCP"}, "b8:27:eb:b8:53:c8",
		"its name says so", "Raspberry Pi", nil, nil, []string{"Linux", "Debian", "Raspbian"}},
	{"Oki B6300, a printer", "17-snmp-syslog-ntp", []string{"zeek__snmp__leak_test"}, "08:00:37:15:e6:bc",
		"its name says so", "Oki", []string{"B6300"}, []string{"printer"}, nil},
	{"router R1", "17-snmp-syslog-ntp", []string{"nDPI__snmp"}, "130.70.149.185",
		"its name says so", "", nil, []string{"router", "network"}, nil},
	{"domain controller on Windows Server 2019", "07-lateral-movement", []string{"Malcolm-Test-Artifacts__zerologon__CVE-2020-1472_exploit_win2019"}, "a6:ad:78:7b:e7:97",
		"the name of the file tells which system was attacked", "", nil, []string{"domain-controller", "server: directory"}, []string{"Windows Server 2019", "Windows 10 1809 or Server 2019"}},
	{"domain controller of two clients", "19-ldap", []string{"zeek__ldap__ctu-sme-11-win7ad-1"}, "08:00:27:d0:07:30",
		"its name says so", "", nil, []string{"domain-controller", "server: directory"}, []string{"Windows"}},
	{"client of the domain, on Windows 7", "19-ldap", []string{"zeek__ldap__ctu-sme-11-win7ad-1"}, "08:00:27:7c:99:f8",
		"the name of the file tells its system", "", nil, []string{"pc"}, []string{"Windows 7"}},
	{"Ubuntu with TightVNC", "15-remote-access", []string{"kholia__VNC__TightVNC-server-1.3.9-TightVNC-client"}, "08:00:27:b6:6d:2b",
		"its desktop bears the name", "", nil, nil, []string{"Linux", "Ubuntu"}},
	{"client with OpenSSH for Windows", "15-remote-access", []string{"suricata-verify__ssh-hassh.pcap", "suricata-verify__ssh-banner-only"}, "00:f4:8d:bd:fa:c7",
		"its greeting says so", "", nil, []string{"pc"}, []string{"Windows"}},
}
