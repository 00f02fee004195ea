package conformance

// Why tshark and we differ on what is compared by sets.
const (
	tPort        = "tshark looks for the protocol on its own ports; told to look on this one it says the same"
	tWhole       = "tshark tells a message when all of its content or record is there, and here some of it is not; told not to wait for it, it says the same"
	tHole        = "tshark waits for bytes that are not in the capture; told to go on after a hole, it says the same"
	tOpenHead    = "The end of the head is not in the capture and tshark waits for it; told to take segments one by one, it says the same"
	tPreface     = "HTTP/2 begins with words in the form of a request (RFC 9113 3.4), which is told here, as in Zeek's log"
	tMethod      = "A method that tshark does not know; it takes the line for no request"
	tGrammar     = "A first line, a target with a space, a chunk size or a folded field that breaks RFC 9112: no form is right, and each reads it in its own way"
	tPictures    = "VNC is switched off in tshark for captures above 300 KiB"
	tStep        = "tshark loses the step of VNC when the beginning is missing, or after Apple's way to log in (type 30)"
	tOneSide     = "Only the server's side was captured: tshark reads its key exchange when both have greeted"
	tPieces      = "The first segment has one byte of the first message, after which tshark does not find the client's messages"
	tCredentials = "tshark does not read the server's credentials in the answer to a bind (RFC 4511 4.2.2)"
	tAsk         = "The name in a request for announcements, or in one to become a backup (MS-BRWS 2.2.2, 2.2.8), which tshark has under another field"
	tNumbered    = "A number stands before the host's name, as Cisco's machines write it; tshark finds no name there"
	tNoAddress   = "A link without hardware addresses, or one of zeros: the record here has no address to be found by"
	tCopy        = "Bytes that were captured again years later: here that is another conversation, to tshark a retransmission"
	tBytes       = "Bytes that are no text in the encoding of the message, which each writes in its own way"
	tKeepAlive   = "The capture begins with the byte of a keep-alive, which is of no message: tshark leaves it out, here it stands before the request"
	tAlone       = "Answers whose question is not in the capture, of which no record is made here"
	tSigned      = "Messages that SASL signs, which are not opened here"
	tSecrets     = "The capture holds the secrets of TLS; what is inside TLS stays closed here"
	tNoSyslog    = "Audio between ports 514, which tshark takes for syslog because of the port"
	tSyslogOld   = "A message in a form of its own, with a word where RFC 3164 has the host"
	tDrafts      = "Drafts of TLS 1.3 have another form of the server's hello"
	tSet         = "The value of a SET, which is the manager's word and not the agent's"
	tPipe        = "Pipelined commands or chunks, of which tshark shows those of the first message or none"
	tSnap        = "Packets cut by the snap length: of a head that is not whole nothing is told here"
	tMiddle      = "The capture begins in the middle: a command or a reply or two are too little to be told from other text; tshark goes by the port"
	tInGRE       = "The address of the frame is that of another layer: tshark names the outer one or that of a tunnel"
	tFuzzed      = "Damaged on purpose: what is said does not fit its lengths, and is no message here"
	tBuild       = "Builds that are known are written as versions of RDP, as in Zeek's log"
	tNoNTP       = "A message whose stratum and version no server has, taken for NTP by its port"
	tRole        = "The name of the master browser is in the field of the comment (MS-BRWS 2.2.3); here it is the record's"
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
	{[]string{"*__Syslog.pcap"}, "syslog", "missing", "", 1, tNoSyslog},
	{[]string{"*__Syslog.pcap"}, "syslog", "host", "", 1, tSyslogOld},
	{[]string{"*draft14*"}, "tls", "cipher,ja3s", "", 2, tDrafts},
	{[]string{"zeek__snmp__*"}, "snmp", "sys_name", "ours -", 2, tSet},
	{[]string{"*smtp-bdat*"}, "smtp", "mailfrom,rcptto", "", 2, tPipe},
	{[]string{"*communityid*", "*zeek__communityid*"}, "http", "method,uri", "ours -", 4, tSnap},
	{[]string{"mercury__emix.pcap"}, "browser", "comment", "", 1, tRole},
	{[]string{"tcpdump__various_gre.pcap"}, "cdp", "missing", "", 2, tInGRE},
	{[]string{"PcapPlusPlus__Ftp.pcap"}, "ftp_session", "missing", "", 1, tMiddle},
	{[]string{"tcpdump__lldp-app-priority.pcap"}, "lldp", "missing", "", 1, tNoAddress},
	{[]string{"Malcolm-Test-Artifacts__MySQL.pcap", "PcapPlusPlus__one_tcp_stream_fin_rst_close_packet.pcap"}, "mysql", "missing", "", 2, tMiddle},
	{[]string{"zeek__ntp__ntp-no-extensions-mac.pcap"}, "ntp", "missing", "", 1, tNoNTP},
	{[]string{"zeek__rdp__rdp-proprietary-encryption.pcap", "zeek__rdp__rdp-unknown-keyboard.pcap", "zeek__rdp__rdp-x509.pcap"}, "rdp", "client_build", "", 3, tBuild},
	{[]string{"PcapPlusPlus__Smtp.pcap", "suricata-verify__smtp-no-helo-rset.pcap", "suricata-verify__smtp-rset-starttls.pcap", "wireshark-4.0.17__communityid.pcap.gz", "zeek__communityid__ipv6.pcap"}, "smtp", "last_reply,missing", "", 6, tMiddle},
	{[]string{"tcpdump__snmp-heapoverflow-2.pcap"}, "snmp", "missing", "", 1, tFuzzed},
	{[]string{"suricata-verify__output-eve-anomaly-02.pcap"}, "ssh", "missing", "", 1, tMiddle},
	{[]string{"tcpdump__zephyr-oobr.pcap"}, "syslog", "missing", "", 1, tFuzzed},
	{[]string{"tcpdump__tftp-heapoverflow.pcap"}, "tftp", "missing", "", 1, tFuzzed},
	{[]string{"wireshark-4.0.17__tls-fragmented-handshakes.pcap.gz"}, "tls", "missing", "", 1, tMiddle},
	{[]string{"PcapPlusPlus__ldap.pcapng"}, "ldap", "missing", "", 1, tAlone},
	{[]string{"PcapPlusPlus__ldap.pcapng"}, "ldap", "result", "", 1, tAlone},
	{[]string{"Malcolm-Test-Artifacts__zeek-quasarrat-detector__09ffabf7-774a-43a3-8c97-68f2046fd385.pcap"}, "browser", "extra", "", 1, tAsk},
	{[]string{"mercury__emix.pcap"}, "browser", "name", "theirs -, ours", 1, tAsk},
	{[]string{"kholia__SNMPv3__snmp_usm.pcap"}, "snmp", "display_string", "theirs -, ours", 4, tBulk},
	{[]string{"zeek-EternalSafety__shadowbrokers__eternalblue-success-unpatched-win7.pcap"}, "smb", "native_os", "", 4, tBytes},
	{[]string{"PcapPlusPlus__Smtp.pcap"}, "smtp", "helo", "theirs -, ours", 1, tCopy},
	{[]string{"zeek__ldap__sasl-ntlm.pcap"}, "ntlm", "server_target_name", "theirs -, ours", 1, tCredentials},
	{[]string{"zeek__redis__oss-fuzz-473580107.pcap"}, "http", "missing", "", 1, tGrammar},
	{[]string{"suricata-verify__http-evader__http-evader-495.pcap"}, "http", "status_code", "theirs -, ours", 1, tGrammar},
	{[]string{"arkime__gre-erspan-vxlan.pcap", "suricata-verify__http-evader__http-evader-367.pcap", "suricata-verify__http1-noint-status.pcap", "zeek__http__261__variant-01-chunk_2pow64_overflow.pcap", "zeek__http__261__variant-09-te_obs_fold.pcap", "zeek__http__connect-with-smtp.pcap", "zeek__http__no-uri.pcap"}, "http", "method,server,status_code,uri", "", 10, tGrammar},
	{[]string{"Malcolm-Test-Artifacts__other__Digital_Bond_S4__WinXP.pcap", "suricata-verify__alert-max__alert-max-append-higher-priority.pcap", "suricata-verify__bug-76.pcap", "suricata-verify__detect-http-uri__UriTestSig20__test.fpc.pcap", "wireshark-4.0.17__tcp-badsegments.pcap", "zeek__doc__advanced__devel__spicy__examples__request-line.pcap", "zeek__ipv4__fragmented-4.pcap"}, "http", "extra", "", 8, tOpenHead},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "extra", "", 28, tOpenHead},
	{[]string{"suricata-verify__http-close-headers.pcap"}, "http", "server,status_code", "theirs -, ours", 2, tOpenHead},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "method,uri", "", 8, tOpenHead},
	{[]string{"suricata-verify__tcp-rst-unacked-stream-07-http.pcap"}, "http", "extra", "", 1, tHole},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "extra", "", 1, tHole},
	{[]string{"Malcolm-Test-Artifacts__NTLM.pcap", "zeek__http__1000-requests-one-dropped-response.pcap.gz"}, "http", "server,status_code", "theirs -, ours", 10, tHole},
	{[]string{"zeek__http__zero-length-bodies-with-drops.pcap"}, "http", "uri", "", 1, tHole},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "uri", "", 3, tHole},
	{[]string{"PcapPlusPlus__650HttpResponses.pcap"}, "http", "status_code", "", 1, tHole},
	{[]string{"PcapPlusPlus__ldap.pcapng"}, "ldap", "opcode", "", 1, tHole},
	{[]string{"libpcap__filter__AH-IPcomp-IPv4.pcap", "libpcap__filter__AH-IPcomp-IPv6.pcap"}, "http", "missing", "", 2, tIPComp},
	{[]string{"tcpdump__various_gre.pcap"}, "cdp", "extra", "", 1, tInGRE},
	{[]string{"scapy__http_chunk.pcap.gz"}, "http", "host,method,uri,user_agent", "", 4, tKeepAlive},
	{[]string{"suricata-verify__firewall__tcp-session-decode-malformed-ipv4.pcap"}, "http", "extra", "", 1, tMethod},
	{[]string{"suricata-verify__detect-app-layer-protocol-03.pcap"}, "http", "host,method,uri,user_agent", "theirs -, ours", 4, tMethod},
	{[]string{"tcpdump__HDLC.pcap"}, "cdp", "extra", "", 1, tNoAddress},
	{[]string{"tcpdump__lldp-app-priority.pcap"}, "lldp", "extra", "", 1, tNoAddress},
	{[]string{"nDPI__syslog.pcap", "ndpi-4.2-debian__syslog.pcapng"}, "syslog", "host", "theirs -, ours", 2, tNumbered},
	{[]string{"zeek__ssh__ssh.server-side-half-duplex.pcap"}, "ssh", "hassh_server", "theirs -, ours", 11, tOneSide},
	{[]string{"kholia__VNC__07-vnc-openwall-3.7.pcap", "mercury__emix.pcap"}, "rfb", "extra", "", 2, tPictures},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "ntlm", "hostname", "theirs -, ours", 1, tPieces},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "ntlm", "version", "", 1, tPieces},
	{[]string{"zeek__dce-rpc__dce_rpc_ntlm.pcapng"}, "kerberos", "missing", "", 1, tKrbAsk},
	{[]string{"mercury__emix.pcap"}, "kerberos", "missing", ":53 ", 4, tKrbDNS},
	{[]string{"zeek__dns__tkey.pcap"}, "kerberos", "missing", ":53 ", 1, tKrbDNS},
	{[]string{"suricata-verify__smb-eicar-file-segmentation-random.pcap"}, "smb", "native_lan_manager,native_os", "", 2, tPieces},
	{[]string{"suricata-verify__smtp-ehlo-reset-after-rejected-data.pcap", "suricata-verify__smtp-pipelining.pcap"}, "smtp", "mailfrom,rcptto", "theirs -, ours", 4, tPipe},
	{[]string{"profuzzbench__FTP__LightFTP__in-ftp-pcap__ftp_requests_full_anonymous.pcap", "profuzzbench__FTP__LightFTP__in-ftp-pcap__ftp_requests_full_normal.pcap"}, "ftp", "extra", "", 2, tPort},
	{[]string{"profuzzbench__FTP__LightFTP__in-ftp-pcap__ftp_requests_full_anonymous.pcap", "profuzzbench__FTP__LightFTP__in-ftp-pcap__ftp_requests_full_normal.pcap"}, "ftp_session", "extra", "", 2, tPort},
	{[]string{"suricata-verify__http-not09-spaces.pcap", "suricata-verify__output-eve-anomaly-02.pcap", "zeek__postgresql__http-on-port-5432.pcap"}, "http", "extra", "", 3, tPort},
	{[]string{"suricata-verify__tcp-urgp-01-oob__tcp-urgent1.pcap", "suricata-verify__tcp-urgp-04-2byte-XY__tcp-urgent-2byte-XY.pcap"}, "http", "host,method,uri,user_agent", "theirs -, ours", 8, tPort},
	{[]string{"Malcolm-Test-Artifacts__cve-2021-44228__log4j-attack.pcap", "Malcolm-Test-Artifacts__cve-2021-44228__log4j-user_agent.pcap", "suricata-verify__output-multi-eve.pcap", "zeek__ldap__simpleauth-diff-port.pcap"}, "ldap", "extra", "", 5, tPort},
	{[]string{"zeek__postgresql__mysql-on-port-5432.pcap"}, "mysql", "extra", "", 1, tPort},
	{[]string{"zeek__postgresql__psql-aws-ssl-disable-15432.pcap"}, "postgresql", "extra", "", 1, tPort},
	{[]string{"zeek__modbus__modbus-and-non-modbus-p502.pcap"}, "rdp", "extra", "", 1, tPort},
	{[]string{"suricata-verify__bug-5867-fp-drop-01.pcap", "zeek__http__connect-with-smtp.pcap"}, "smtp", "extra", "", 2, tPort},
	{[]string{"nDPI__ssdp-m-search.pcap", "suricata-verify__output-eve-ftp-data.pcap"}, "ssdp", "extra", "", 2, tPort},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "nDPI__ssh.pcap", "suricata-verify__firewall__app-layer-protocol-unknown-tls-boundary.pcap", "zeek__ssh__ssh.pcap", "zeek__ssh__ssh1-ssh2-fingerprints.pcap", "zeek__ssh__ssh_kex_mlkem.pcap"}, "ssh", "extra", "", 7, tPort},
	{[]string{"IoT_Sentinel__WeMoInsightSwitch2__Setup-C-1-STA.pcap", "zeek__quic__quicdoq.pcap", "zeek__rdp__rdp-no-cookie-mstshash.pcap", "zeek__tls__https-to-http.pcap"}, "tls", "extra", "", 4, tPort},
	{[]string{"suricata-verify__dns-over-http2-limit.pcap", "suricata-verify__dns-over-http2-post__dns_over_https_POST.pcap", "suricata-verify__http2-continuation.pcap", "suricata-verify__http2-userinfo-authority__http2_userinfo_in_authority_1.pcap", "suricata-verify__transform-base64-7296.pcap"}, "http", "extra", "", 5, tPreface},
	{[]string{"suricata-verify__transform-base64-7296.pcap"}, "http", "method,uri", "", 2, tPreface},
	{[]string{"gopacket__pcapgo__tests__le__test301.pcapng"}, "http", "missing", "", 1, tSecrets},
	{[]string{"zeek__ldap__missing_krbtgt_ldap_request.pcapng"}, "ldap", "opcode", "", 1, tSigned},
	{[]string{"kholia__VNC__TightVNC-server-1.3.9-TightVNC-client-1.3.10-openwall.cap", "suricata-verify__rfb-partial-tx.pcap"}, "rfb", "desktop_name,height,width", "theirs -, ours", 6, tStep},
	{[]string{"PcapPlusPlus__650HttpResponses.pcap", "PcapPlusPlus__TwoHttpResponses.pcap", "scapy__http_compressed-zstd.pcap"}, "http", "extra", "", 120, tWhole},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "extra", "", 28, tWhole},
	{[]string{"Malcolm-Test-Artifacts__NTP.pcap", "suricata-verify__bug-4953__file76.pcap", "suricata-verify__bug-5486__154.pcap", "suricata-verify__http-body-inspect__http-aptget-ids-02-s2.pcap", "suricata-verify__http-evader__http-evader-207.pcap", "suricata-verify__http-gap-beyond-body.pcap", "suricata-verify__http-gap-whole-body.pcap", "suricata-verify__tcp-rst-unacked-stream-09__TLPW1-tcp-110.37.219.134-10.12.14.101-tcp-990-49230.pcap", "tcpdump__accecn_handshake.pcap", "tcpreplay__test__test_fragroute.pcap", "zeek__erspan.pcap", "zeek__http__bro.org.pcap", "zeek__http__content-range-gap-skip.pcap", "zeek__http__content-range-gap.pcap", "zeek__http__entity_gap.pcap", "zeek__http__entity_gap2.pcap"}, "http", "server,status_code", "theirs -, ours", 31, tWhole},
	{[]string{"PcapPlusPlus__650HttpResponses.pcap"}, "http", "server", "theirs -, ours", 1, tWhole},
	{[]string{"zeek__erspan.pcap", "zeek__pe__pe_files_timestamp.pcap.gz"}, "http", "status_code", "", 2, tWhole},
	{[]string{"PcapPlusPlus__4KHttpRequests.pcap"}, "http", "method,uri", "", 2, tWhole},
	{[]string{"PcapPlusPlus__650HttpResponses.pcap"}, "http", "server,status_code", "", 6, tWhole},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "nDPI__4in6tunnel.pcap"}, "tls", "cipher,ja3s,version", "theirs -, ours", 6, tWhole},
}
