package conformance

import "slices"

// Why Zeek's logs and ours differ.
const (
	zCommunity = "Two ports of one address are ordered by value (Community ID 1.0); Zeek orders them by the bytes of a little-endian machine"
	zOneSided  = "Recognised from the first side that speaks; Zeek names a service when both have, or does not when one is damaged"
	zInside    = "TLS or SSH inside a protocol that is not read here (XMPP, IMAP, POP3, IRC, SOCKS, WebSocket)"
	zDHCPZero  = "Zeros at the end of a text are not part of it: a receiver deletes them (RFC 2132 2)"
	zTunnels   = "GTP, Teredo and AYIYA are not opened, on purpose: they do not occur in a hospital's network"
	zUDPLen    = "The UDP header claims another length than the datagram has; Zeek counts the claim, here it is the shorter of the two, as receivers have it"
	zPort53    = "Audio on port 53, which Zeek takes for DNS because of the port"
	zTime      = "The capture is not in order of time (joined or edited, or its times are damaged): Zeek's clock never goes back, so its time-outs fire at once and durations go missing; here each packet is taken at its own time"
	zUnacked   = "Bytes before the FIN were never acknowledged and a RST follows: Zeek keeps the side open and counts the RST in the duration, here the side is closed by its FIN"
	zPorts     = "The beginning is missing and the roles are guessed from ports: Zeek knows other ports of servers (2575, 1433 and 389 are servers here; this build of Zeek has no LDAP and no Redis)"
	zOffload   = "Length 0 in the IP header is offload: Zeek counts no bytes, here they are what the frame has"
	zExt       = "IPv6 packets that end in ESP, mobility or no next header: Zeek has no record for them"
	zSRv6      = "A segment routing header names the last segment as the destination (RFC 8754 2); Zeek keeps the next hop"
	zJumbo     = "Jumbograms (RFC 2675), which Zeek refuses"
	zAH        = "Zeek does not look behind an IPv4 authentication header"
	zFlip      = "The first message was an answer: here the packet counts for the responder from the start; Zeek exchanges the roles afterwards (D^) and leaves what it counted"
	zAnswer    = "Answers of SSDP without a question: here they count for the responder, Zeek takes who spoke first for the originator"
	zGSSAPI    = "GSSAPI and NTLM in LDAP and in the fields of HTTP, where this build of Zeek does not look for them"
	zScraps    = "A command or two of a session, with no greeting and no fitting reply: too little to be told from other text; Zeek goes by the port"
	zRDPToken  = "A session without a cookie: Zeek names only the TLS inside it, though its rdp log has the session"
	zSSHIdle   = "Zeek gives SSH an hour of silence, here all TCP has the same five minutes"
	zNoDNS     = "What is no DNS message by RFC 1035 4 (impossible counts, a first name that is no name, no header) is no record here"
	zDNSPort   = "DNS on a port that Zeek does not expect, found by its content"
	zDNSJunk   = "Junk before the first message, at which Zeek gives the conversation up"
	zFrag      = "Fragments that hosts refuse (RFC 8200 4.5, RFC 815), or first fragments that are not in eights: Zeek counts each as a datagram, here they count when their datagram is whole"
	zDNSIdle   = "Zeek looks at the time-out of name look-ups in steps of ten seconds that begin with its clock; here they end after ten seconds of silence"
	zPairMDNS  = "mDNS has no transactions (id 0): which answer belongs to which question depends on when the conversation ends"
	zNoTime    = "Times beyond what Zeek's clock can hold"
	zReader    = "The file has several interfaces, sections or a damaged block, which Zeek's reader takes otherwise or stops at"
	zDHCPGroup = "Messages of one transaction over more than ten seconds: both join them by time-outs, looked at at other moments"
	zDHCPMix   = "Two clients with one transaction id: joined by hardware address here, mixed by Zeek"
	zDHCPJunk  = "The message before has a wrong cookie, after which Zeek gives the flow up"
	zSnap      = "Packets cut by the snap length: Zeek calls the whole segment missed, here only the bytes that are not there"
	zLink      = "A link layer that Zeek does not open (Cisco HDLC, 802.1BR tags, 802.11 with an HT control field, VXLAN on Linux's port, PPPoE with padding)"
	zHeaderCut = "A header that is not all there: Zeek makes a record of addresses alone, or none; here the ports count when they are there, and nothing when not"
	zBogus     = "Sequence numbers beyond the window, invented by a broken stack: Zeek adds 2^32 to the size"
	zAtomic    = "Thirty-two fragment headers in one packet: each of them is taken off its length here"
)

// allZeekRows are the rows of all logs.
func allZeekRows() []row {
	return slices.Concat(zeekRows, zeekHTTPRows, zeekSSLRows, zeekX509Rows, zeekSSHRows, zeekSNMPRows, zeekSyslogRows, zeekNTPRows, zeekFTPRows, zeekSMTPRows, zeekMySQLRows, zeekRFBRows, zeekNTLMRows, zeekSMBFilesRows, zeekSMBMappingRows, zeekSMBCmdRows, zeekRPCRows, zeekFilesRows, zeekKerberosRows, zeekRDPRows)
}

// zeekRows explains where Zeek's logs and ours differ in conn, dns and dhcp.
var zeekRows = []row{
	{nil, "conn", "community_id", "", 355, zCommunity},
	{nil, "conn", "service", "theirs -, ours ssl", 204, zOneSided},
	{nil, "conn", "service", "theirs -, ours ssh", 47, zOneSided},
	{nil, "conn", "service", "ours quic,ssl", 51, zSSLQUIC},
	{[]string{"*ldap*", "scapy__*", "*__krb5-frag.pcap", "*__KRB5.pcap", "*__LDAP.pcap", "mercury__emix.pcap"}, "conn", "service", "ours ldap,gssapi", 22, zGSSAPI},
	{[]string{"zeek__erspan.pcap"}, "conn", "service", "ours http,gssapi,ntlm", 4, zGSSAPI},
	{[]string{"PcapPlusPlus__Ftp.pcap"}, "conn", "service", "theirs ftp", 3, zScraps},
	{[]string{"*smtp-quit.pcap", "*smtp-rset-starttls.pcap"}, "conn", "service", "theirs smtp", 2, zScraps},
	{[]string{"*ftp-active-dynamic_port.pcap", "*ftp-invalid-reply-code.pcap", "*ftp-missing-*"}, "conn", "service", "ours ftp", 4, zOneSided},
	{[]string{"*__MySQL.pcap", "*one_tcp_stream_fin_rst_close_packet.pcap"}, "conn", "service", "ours mysql", 2, zOneSided},
	{[]string{"*mysql-on-port-5432.pcap"}, "conn", "service", "ours mysql", 1, zMySQLPort},
	{[]string{"mercury__emix.pcap"}, "conn", "service", "ours mysql", 2, zMySQLOld},
	{[]string{"PcapPlusPlus__Smtp.pcap"}, "conn", "service", "ours smtp", 3, zOneSided},
	{[]string{"*TightVNC*"}, "conn", "service", "ours rfb", 1, zRFBRoles},
	{[]string{"zeek__websocket__*"}, "conn", "service", "websocket", 3, zInside},
	{[]string{"zeek__redis__oss-fuzz-473580107.pcap", "*__IRC.pcap"}, "conn", "service", "theirs http", 2, zHTTPNone},
	{[]string{"*bug-4702-01.pcap"}, "conn", "service", "theirs http", 1, zHTTPNoLine},
	{[]string{"nDPI__ssh.pcap"}, "conn", "service", "theirs http,ssh", 1, zHTTPNone},
	{[]string{"zeek__rdp__rdp-no-cookie-mstshash.pcap"}, "conn", "service", "ours rdp,ssl", 1, zRDPToken},
	{[]string{"*pgsql-upgrade-tls.pcap", "*ldap-starttls.pcap", "zeek__postgresql__psql-aws-ssl-*"}, "conn", "service", "theirs -", 6, zSSLMore},
	{nil, "conn", "service", ",ssl", 10, zInside},
	{[]string{"*gtp*", "*[Tt]eredo*", "*ayiya*", "*__Tunnels.pcap"}, "conn", "missing", "", 73, zTunnels},
	{[]string{"*output-eve-ftp-data.pcap"}, "conn", "missing", "of icmp", 2, zTunnels},
	{[]string{"*output-eve-ftp-data.pcap"}, "conn", "missing,extra", "62923", 2, zAnswer},
	{[]string{"*gtp*", "*[Tt]eredo*", "*ayiya*", "*__Tunnels.pcap"}, "dns", "missing", "", 4, zTunnels},
	{[]string{"*__RADIUS.pcap", "nDPI__fuzz-2020-02-16-11740.pcap"}, "conn", "orig_bytes,resp_bytes", "of udp", 16, zUDPLen},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "conn", "orig_bytes", "208.21.2.184", 1, zUDPLen},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "dns", "missing", "208.21.2.184", 175, zPort53},
	{[]string{"Malcolm-Test-Artifacts__bro-simple-scan__445_scan.pcap", "ipfixprobe__functional__inputs__tls.pcap", "suricata-verify__transform-base64-7296.pcap", "tcpdump__babel_update_oobr.pcap", "*kday[47].pcap", "*fragment-state-exhaustion*", "suricata-verify__smtp-extract-url-schemes.pcap", "zeek__ldap__ldap_search_umlaut.pcap", "suricata-verify__firewall__tcp-session-decode-malformed-ipv4.pcap", "tcpdump__l2tp-avp-overflow.pcap", "tcpdump__timestamp_invalid_*", "zeek__rfb__vnc-scanner.pcap"}, "conn", "missing,extra,ts,duration,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,orig_bytes,resp_bytes,conn_state,history", "", 290, zTime},
	{[]string{"suricata-verify__transform-base64-7296.pcap"}, "conn", "missed_bytes", "", 2, zTime},
	{[]string{"vast*vlan.pcap.gz", "suricata-verify__output-eve-ftp-data.pcap", "Malcolm-Test-Artifacts__SSL.pcap", "Malcolm-Test-Artifacts__NTP.pcap", "zeek__postgresql__psql-aws-ssl-require*", "*gre-erspan-vxlan.pcap", "suricata-verify__tcp-fastopen-1*", "dnscap__src__test__dnsotcp-many1pkt.pcap", "zeek__http__cooper-grill-dvwa.pcapng"}, "conn", "duration", "of tcp", 48, zUnacked},
	{[]string{"Malcolm-Test-Artifacts__bro-simple-scan__backscatter.trace", "Malcolm-Test-Artifacts__TDS.pcap", "zeek__redis__start-with-server.pcapng", "PcapPlusPlus__ldap.pcapng", "zeek__tcp__one-sided-2745.pcap", "zeek__tcp__http-on-irc-port-missing-syn.pcapng", "scapy__dcerpc_msdrsr_cracknames.pcapng.gz"}, "conn", "missing,extra", "", 48, zPorts},
	{[]string{"PcapPlusPlus__Ntp.pcap", "*misordered-ntp.pcap"}, "conn", "conn_state,history,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,orig_bytes,resp_bytes", "of udp", 20, zFlip},
	{[]string{"*krb__kerberos_tso.pcapng", "*IPv4-TSO.pcap", "*missing_krbtgt_ldap_request.pcapng", "zeek__ip-bogus-header-len.pcap", "tcpdump__icmp-length-zero.pcapng", "*ipv4_tso*", "*bogus_length*"}, "conn", "orig_ip_bytes,resp_ip_bytes", "", 13, zOffload},
	{[]string{"zeek__ip6_esp.pcap", "arkime__wireshark-esp.pcap", "*mip6*", "tcpdump__ipv6_mobility_1.pcap", "tcpdump__ipv6_no_next_header.pcap"}, "conn", "extra", "", 25, zExt},
	{[]string{"*ipv6-srh-*"}, "conn", "missing,extra", "", 5, zSRv6},
	{[]string{"*jumbo*"}, "conn", "extra", "", 3, zJumbo},
	{[]string{"libpcap__filter__AH-IPcomp-IPv4.pcap", "libpcap__filter__ah-ipip-ping.pcap"}, "conn", "*", "", 10, zAH},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap", "*doublepulsar-backdoor-connect*", "nDPI__netbios.pcap", "mercury__emix.pcap", "*Digital_Bond_S4__WinXP.pcap"}, "conn", "conn_state,history,orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,orig_bytes,resp_bytes", "of udp", 48, zFlip},
	{[]string{"vast*example.pcap.gz"}, "conn", "*", "", 8, zSSHIdle},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "dns", "missing", "146.84.28.88", 3, zNoDNS},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "conn", "service", "146.84.28.88", 1, zNoDNS},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "dns", "missing", "", 3, zNoDNS},
	{[]string{"PcapPlusPlus__DnsTooManyResources.pcap", "PcapPlusPlus__dns_stack_overflow.pcap", "tcpdump__nbns-valgrind.pcap"}, "dns", "missing", "", 3, zNoDNS},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap", "*dns-incomplete.pcap", "*vxlan-decoder-01.pcap"}, "dns", "extra", "", 6, zDNSPort},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap", "*dns-incomplete.pcap", "*vxlan-decoder-01.pcap"}, "conn", "service", "theirs -, ours dns", 4, zDNSPort},
	{[]string{"*junkrequest-first.pcap"}, "dns", "*", "", 2, zDNSJunk},
	{[]string{"*junkrequest-first.pcap"}, "conn", "service", "", 1, zDNSJunk},
	{[]string{"*truncated_dns.pcap"}, "conn", "service", "", 1, zOneSided},
	{[]string{"tcpdump__vrrp-vrrp_print-oobr-2.pcap", "nDPI__ip_fragmented_garbage.pcap", "zeek__ipv4__fragmented-1.pcap", "*ipv6-malformed-fragments-*", "tcpdump__ip6_frag_asan.pcap"}, "conn", "*", "", 25, zFrag},
	{[]string{"zeek__ipv4__fragmented-1.pcap"}, "dns", "missing", "", 1, zFrag},
	{[]string{"suricata-verify__smb2-07__20171220_smb_psexec_add_user.pcap", "*eternalblue-failed*", "*njrat.pcap", "zeek__dns__long-connection.pcap", "mercury__emix.pcap", "*sumstat.pcap", "IoT_Sentinel__*", "tcpdump__eapon1.pcap", "*__Tunnels.pcap", "*Teredo.pcap"}, "conn", "*", "of udp", 79, zDNSIdle},
	{[]string{"IoT_Sentinel__*"}, "dns", "*", "", 12, zPairMDNS},
	{[]string{"PcapPlusPlus__pcapng-example.pcapng"}, "conn", "*", "", 48, zNoTime},
	{[]string{"gopacket__pcapgo__tests__*", "libpcap__pcapng-invalid-vers-1.pcapng", "tcpreplay__test.pcap", "pcap-parser__*"}, "conn", "*", "", 33, zReader},
	{[]string{"*pcapng-example.pcapng", "gopacket__pcapgo__tests__*", "pcap-parser__*"}, "dhcp", "*", "", 32, zReader},
	{[]string{"ipfixprobe__functional__inputs__mixed.pcap", "tcpdump__dcb_ets.pcap", "tcpdump__eapon1.pcap"}, "dhcp", "*", "", 16, zDHCPGroup},
	{[]string{"Malcolm-Test-Artifacts__DHCP.pcap"}, "dhcp", "*", "", 8, zDHCPMix},
	{[]string{"*bug-8621-01.pcap"}, "dhcp", "host_name", "", 1, zDHCPZero},
	{[]string{"nfstream__pcaps__dhcp_*"}, "dhcp", "*", "", 4, zNoTime},
	{[]string{"nfstream__pcaps__dhcp_*", "*time_2*", "*isakmp-ikev1_n_print*"}, "conn", "*", "", 14, zNoTime},
	{[]string{"*time_2*"}, "dns", "*", "", 4, zNoTime},
	{[]string{"*dhcp_bad_cookie*"}, "dhcp", "*", "", 1, zDHCPJunk},
	{[]string{"*dhcp_bad_cookie*"}, "conn", "service", "", 1, zDHCPJunk},
	{[]string{"*smb2_krb.pcap", "*__KRB5.pcap", "*communityid*", "ipfixprobe__functional__inputs__tls.pcap"}, "conn", "missed_bytes,history", "", 7, zSnap},
	{[]string{"*CiscoHDLC.pcap", "*decode-chdlc*", "*HDLC.pcap", "*decode-etag*", "*802.11_htc*", "*vxlan_port_8472.pcap", "*pppoe-session-http*"}, "conn", "extra", "", 5, zLink},
	{[]string{"*gtp*", "*[Tt]eredo*", "*ayiya*", "*__Tunnels.pcap"}, "conn", "orig_pkts,orig_ip_bytes,resp_pkts,resp_ip_bytes,extra", "", 6, zTunnels},
	{[]string{"zeek__trunc__*", "zeek__vntag*", "*mac-eve-packet.pcap", "tcpdump__*oobr*", "tcpdump__*asan*", "tcpdump__heapoverflow*", "tcpdump__tcp-auth-heapoverflow.pcap", "tcpdump__icmpv6-length-zero.pcapng", "zeek__tcp__truncated-header.pcap", "*tcp-malformed.pcap", "*trunc.pcap", "*DER-incomplete-content.pcap"}, "conn", "*", "", 46, zHeaderCut},
	{[]string{"suricata-verify__bug-76.pcap"}, "conn", "*", "", 4, zBogus},
	{[]string{"*ipv6_ext_headers.pcap"}, "conn", "orig_ip_bytes", "", 1, zAtomic},
	{[]string{"*udp-len-invalid.pcap"}, "conn", "conn_state", "", 1, zUDPLen},
	{[]string{"*test_stream.pcap"}, "dns", "ts", "", 1, zTime},
}
