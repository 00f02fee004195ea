package conformance

// Why tshark and we differ on what is compared by sets.
const (
	tElsewhere = "tshark looks for the protocol on other ports, or gives the conversation up: its beginning, a piece or one side is missing"
	tMore      = "tshark and we find the next message differently where a piece or one side is missing, the head breaks RFC 9112, or bytes are not in UTF-8"
	tSigned    = "Messages that SASL signs, which are not opened here"
	tSecrets   = "The capture holds the secrets of TLS; what is inside TLS stays closed here"
	tNoSyslog  = "Audio between ports 514, which tshark takes for syslog because of the port"
	tSyslogOld = "A message in a form of its own, with a word where RFC 3164 has the host"
	tQUIC      = "The server's part of the handshake is not decrypted here after a Retry, or when the client's hello comes in many pieces"
	tDrafts    = "Drafts of TLS 1.3 have another form of the server's hello"
	tSet       = "The value of a SET, which is the manager's word and not the agent's"
	tJunk      = "Junk before the first message, by which the conversation is taken for SNMP"
	tPipe      = "Pipelined chunks, of which tshark shows the commands of the first message"
	tSnap      = "Packets cut by the snap length: of a head that is not whole nothing is told here"
	tMiddle    = "The capture begins in the middle: a command or a reply or two are too little to be told from other text; tshark goes by the port"
	tInGRE     = "The address of the frame is that of another layer: tshark names the outer one or that of a tunnel"
	tFuzzed    = "Damaged on purpose: what is said does not fit its lengths, and is no message here"
	tBuild     = "Builds that are known are written as versions of RDP, as in Zeek's log"
	tNoNTP     = "A message whose stratum and version no server has, taken for NTP by its port"
	tRole      = "The name of the master browser is in the field of the comment (MS-BRWS 2.2.3); here it is the record's"
)

// toldKnown explains these differences on the shared captures.
var toldKnown = []row{
	{[]string{"*__KRB5.pcap", "mercury__emix.pcap", "zeek__ldap__modify-request.pcapng"}, "ldap", "opcode", "", 7, tSigned},
	{[]string{"*RADIUS*", "*OpenVPN*", "*openvpn*", "nDPI__rdp2.pcap"}, "tls", "missing", "", 9, tClosed},
	{[]string{"*starttls*", "*xmpp*", "*socks*", "*__SSL.pcap", "*__Tunnels.pcap", "*gtp*"}, "tls", "missing", "", 11, tClosed},
	{[]string{"*socks*", "mercury__emix.pcap", "*__Tunnels.pcap", "*gtp*", "*ayiya*", "*nb6-http*"}, "http", "missing", "", 17, tClosed},
	{[]string{"*tls12-dsb*"}, "http", "missing", "", 2, tSecrets},
	{[]string{"*detect-pcre-0[45].pcap"}, "http", "extra,missing", "", 7, tMapped},
	{[]string{"*arcnet*"}, "http", "missing", "", 2, tLink},
	{[]string{"*ipoib.pcap"}, "ssh", "missing", "", 1, tLink},
	{nil, "ntlm", "missing", "", 1, tClosed},
	{[]string{"*__Syslog.pcap"}, "syslog", "missing", "", 1, tNoSyslog},
	{[]string{"*__Syslog.pcap"}, "syslog", "host", "", 1, tSyslogOld},
	{[]string{"*quic*"}, "tls", "cipher,ja3s,version", "ours -", 6, tQUIC},
	{[]string{"*draft14*"}, "tls", "cipher,ja3s", "", 2, tDrafts},
	{[]string{"zeek__snmp__*"}, "snmp", "sys_name", "ours -", 2, tSet},
	{[]string{"*junkrequest-first.pcap"}, "dns_message", "missing", "", 1, tJunk},
	{[]string{"*smtp-bdat*"}, "smtp", "mailfrom,rcptto", "", 2, tPipe},
	{[]string{"*communityid*", "*zeek__communityid*"}, "http", "method,uri", "ours -", 4, tSnap},
	{nil, "browser", "extra", "", 1, tElsewhere},
	{nil, "cdp", "extra", "", 2, tElsewhere},
	{nil, "ftp", "extra", "", 2, tElsewhere},
	{nil, "ftp_session", "extra", "", 2, tElsewhere},
	{nil, "http", "extra", "", 195, tElsewhere},
	{nil, "ldap", "extra", "", 5, tElsewhere},
	{nil, "lldp", "extra", "", 1, tElsewhere},
	{nil, "mysql", "extra", "", 1, tElsewhere},
	{nil, "postgresql", "extra", "", 1, tElsewhere},
	{nil, "rdp", "extra", "", 1, tElsewhere},
	{nil, "rfb", "extra", "", 2, tElsewhere},
	{nil, "smtp", "extra", "", 2, tElsewhere},
	{nil, "snmp", "extra", "", 1, tElsewhere},
	{nil, "ssdp", "extra", "", 2, tElsewhere},
	{nil, "ssh", "extra", "", 7, tElsewhere},
	{nil, "tls", "extra", "", 4, tElsewhere},
	{nil, "browser", "name", "theirs -, ours", 1, tElsewhere},
	{nil, "http", "host,method,server,status_code,uri,user_agent", "theirs -, ours", 57, tElsewhere},
	{nil, "ntlm", "hostname,server_target_name", "theirs -, ours", 2, tElsewhere},
	{nil, "rfb", "desktop_name,height,width", "theirs -, ours", 6, tElsewhere},
	{nil, "smtp", "helo,mailfrom,rcptto", "theirs -, ours", 11, tElsewhere},
	{nil, "snmp", "display_string", "theirs -, ours", 4, tElsewhere},
	{nil, "ssh", "hassh_server", "theirs -, ours", 11, tElsewhere},
	{nil, "syslog", "host", "theirs -, ours", 2, tElsewhere},
	{nil, "tls", "cipher,ja3s,version", "theirs -, ours", 6, tElsewhere},
	{[]string{"mercury__emix.pcap"}, "browser", "comment", "", 1, tRole},
	{[]string{"tcpdump__various_gre.pcap"}, "cdp", "missing", "", 2, tInGRE},
	{[]string{"PcapPlusPlus__Ftp.pcap"}, "ftp_session", "missing", "", 1, tMiddle},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap", "PcapPlusPlus__650HttpResponses.pcap", "PcapPlusPlus__example.pcap", "arkime__gre-erspan-vxlan.pcap", "gopacket__pcapgo__tests__le__test301.pcapng", "libpcap__filter__AH-IPcomp-IPv4.pcap", "libpcap__filter__AH-IPcomp-IPv6.pcap", "scapy__http_chunk.pcap.gz", "suricata-verify__http-evader__http-evader-367.pcap", "suricata-verify__http1-noint-status.pcap", "suricata-verify__transform-base64-7296.pcap", "try-zeek__manager__static__pcaps__http.pcap", "zeek__erspan.pcap", "zeek__http__261__variant-01-chunk_2pow64_overflow.pcap", "zeek__http__261__variant-09-te_obs_fold.pcap", "zeek__http__connect-with-smtp.pcap", "zeek__http__no-uri.pcap", "zeek__http__zero-length-bodies-with-drops.pcap", "zeek__pe__pe_files_timestamp.pcap.gz", "zeek__redis__oss-fuzz-473580107.pcap"}, "http", "host,method,missing,server,status_code,uri,user_agent", "", 45, tMore},
	{[]string{"PcapPlusPlus__ldap.pcapng", "zeek__ldap__missing_krbtgt_ldap_request.pcapng"}, "ldap", "missing,opcode,result", "", 4, tMore},
	{[]string{"tcpdump__lldp-app-priority.pcap"}, "lldp", "missing", "", 1, tInGRE},
	{[]string{"Malcolm-Test-Artifacts__MySQL.pcap", "PcapPlusPlus__one_tcp_stream_fin_rst_close_packet.pcap"}, "mysql", "missing", "", 2, tMiddle},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "ntlm", "version", "", 1, tMore},
	{[]string{"zeek__ntp__ntp-no-extensions-mac.pcap"}, "ntp", "missing", "", 1, tNoNTP},
	{[]string{"zeek__rdp__rdp-proprietary-encryption.pcap", "zeek__rdp__rdp-unknown-keyboard.pcap", "zeek__rdp__rdp-x509.pcap"}, "rdp", "client_build", "", 3, tBuild},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap", "zeek-EternalSafety__shadowbrokers__eternalblue-success-unpatched-win7.pcap"}, "smb", "native_lan_manager,native_os", "", 6, tMore},
	{[]string{"PcapPlusPlus__Smtp.pcap", "suricata-verify__smtp-no-helo-rset.pcap", "suricata-verify__smtp-rset-starttls.pcap", "wireshark-4.0.17__communityid.pcap.gz", "zeek__communityid__ipv6.pcap"}, "smtp", "last_reply,missing", "", 6, tMiddle},
	{[]string{"tcpdump__snmp-heapoverflow-2.pcap"}, "snmp", "missing", "", 1, tFuzzed},
	{[]string{"suricata-verify__output-eve-anomaly-02.pcap"}, "ssh", "missing", "", 1, tMiddle},
	{[]string{"tcpdump__zephyr-oobr.pcap"}, "syslog", "missing", "", 1, tFuzzed},
	{[]string{"tcpdump__tftp-heapoverflow.pcap"}, "tftp", "missing", "", 1, tFuzzed},
	{[]string{"wireshark-4.0.17__tls-fragmented-handshakes.pcap.gz"}, "tls", "missing", "", 1, tMiddle},
}
