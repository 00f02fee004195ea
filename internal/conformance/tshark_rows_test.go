package conformance

// Why tshark and we differ.
const (
	tLastSegment = "The last segment of the acknowledgement has no terminator (HL7 2.14.1 asks for one; senders forget it): tshark drops the segment"
	tBatch       = "Several messages in one frame of a batch (HL7 2.10.3), of which tshark makes one"
	tNoID        = "tshark leaves the message id out of what it says of a failure"
	tCommand     = "tshark calls these responses only a command, without its name"
	tLeaseQuery  = "Lease queries by address (RFC 4388) name no client; here they are filed under the client of their transaction"
	tServerClass = "The vendor class is in the server's message, where it says nothing of the client"
	tFrag        = "A fragment goes beyond the last one, which hosts refuse"
	tTunnels     = "GTP, Teredo, AYIYA, NSH, L2TP and LISP are not opened, on purpose"
	tLoop        = "A Cisco HDLC header under the link type of the BSD loopback, or a family of another system"
	tAudio       = "Audio on port 53, which tshark takes for DNS because of the port"
	tShort       = "Packets that are shorter than their headers say; neither Zeek nor we count them"
	tDoH         = "DNS over HTTP/2, which is not read yet"
	tUpdate      = "Dynamic updates (RFC 2136) have a zone in the place of the question; as in Zeek's log it is no query"
	tDNSPort     = "DNS on a port that tshark does not expect, found by its content"
	tLate        = "The answer came after the conversation's time-out: question and answer are two records, as in Zeek's log"
	tNames       = "The message has a name or a pointer that tshark does not follow, or several names"
	tCounts      = "The message has more records announced than it holds, or is cut: tshark gives it up, here what is whole is read"
	tMapped      = "Addresses of the form ::ffff:a.b.c.d are written as IPv4, as in Zeek's log; tshark writes them as IPv6"
	tHead        = "A header that is not all there, or too short by its own word: tshark reads its ports, here it counts for nothing"
	tOtherName   = "The answer repeats another name than was asked (a damaged bit); it is joined by its id, as in Zeek's log"
	tLink        = "A link type that is read neither here nor by Zeek: PPI, PKTAP, ARCNET, IP over InfiniBand, Juniper's header"
	tQuoted      = "Packets quoted in PIM registers, sFlow samples and OpenFlow messages, which tshark counts"
	tMACsec      = "MACsec frames that are only signed, of which tshark reads the inside"
	tVersion     = "The link type says IPv6, the packet is IPv4, as is read here and by Zeek"
	tIPComp      = "Packets in IPComp (RFC 3173), which tshark decompresses"
	tSection     = "A section of an unknown version: tshark stops there, here it is skipped and the next one read"
	tFragments32 = "Thirty-two fragment headers in one packet: each of them is taken off its length here"
	tOptions     = "The options of an IP header are damaged, at which tshark stops; the ports behind it count here, as in Zeek's log"
	tUpgrade     = "TLS after AUTH of FTP and in Remote Desktop, which tshark does not follow"
	tNull        = "A cipher without encryption: tshark reads the HTTP inside TLS, here what is inside TLS stays closed"
	tBulk        = "A message with other objects besides, of which tshark lists names and values apart; the values here are those of single requests or of that message"
	tIntegrity   = "LDAP behind a log-in that signs all messages (RFC 4752 3.3): tshark opens what is signed and not sealed, here only that it is protected is told"
	tMailNTLM    = "NTLM in AUTH of SMTP, which tshark does not take apart"
	tQuestions   = "Texts of a client at odd places, of characters that tshark writes as question marks"
	tClosed      = "A protocol, or a way into one, that is not read here"
	tRoute       = "A routing header (RFC 2460 4.4, RFC 6275 6.4, RFC 8754) or home address option (RFC 6275 6.3) names the true end, which is taken here; tshark keeps the addresses of the IP header"
)

// labRows explains where tshark and we differ on the captures of the lab.
var labRows = []row{
	{nil, "hl7_message", "ack", "theirs -, ours A", 155, tLastSegment},
	{nil, "hl7_message", "type,event,extra", "BAT-", 9, tBatch},
	{nil, "dicom_operation", "statuses", "theirs -, ours [failure]", 4, tNoID},
	{[]string{"dicom-syntaxes.pcap.zst"}, "dicom_operation", "statuses", "theirs -, ours [success]", 6, tCommand},
	{[]string{"remote.pcap.zst", "windows.pcap.zst"}, "tls", "extra", "", 2, tUpgrade},
	{[]string{"tls.pcap.zst"}, "http", "missing", "", 1, tNull},
	{[]string{"files.pcap.zst"}, "http", "method,host,user_agent,uri", "theirs -, ours", 4, tWhole},
	{[]string{"kerberos.pcap.zst"}, "ldap", "opcode", "", 1, tIntegrity},
	{[]string{"kerberos.pcap.zst"}, "ntlm", "extra", ":25 ", 2, tMailNTLM},
	{[]string{"remote2.pcap.zst"}, "rfb", "extra", "", 2, tPictures},
	{[]string{"rpc.pcap.zst"}, "smb", "native_os,native_lan_manager", "????", 10, tQuestions},
	{[]string{"*busy.pcap.zst", "*wannacry.pcap.zst", "*legacy.pcap.zst"}, "smb", "native_os,native_lan_manager", "?? ", 12, tQuestions},
	{[]string{"*wannacry.pcap.zst"}, "smb_command", "statuses", "ours map[NOT_IMPLEMENTED:1]", 1, tSMBBackdoor},
	{[]string{"*legacy.pcap.zst"}, "smb_command", "statuses", "ours map[none:1]", 1, tSMBInterim},
	{[]string{"manage.pcap.zst"}, "snmp", "display_string,sys_contact,sys_name,sys_location", "theirs -", 4, tBulk},
}

// tsharkKnown explains where tshark and we differ on the shared captures.
var tsharkKnown = []row{
	{[]string{"Malcolm-Test-Artifacts__DHCP.pcap"}, "dhcp_client", "types", "", 2, tLeaseQuery},
	{[]string{"zeek__dhcp__dhcp.pcap"}, "dhcp_client", "vendor_class", "", 1, tServerClass},
	{[]string{"zeek__ipv4__fragmented-1.pcap"}, "conversation", "missing", "", 1, tFrag},
	{[]string{"*gtp*", "*[Tt]eredo*", "*ayiya*", "*__Tunnels.pcap", "*nsh-type2.pcap", "*nb6-http.pcap", "PcapPlusPlus__ipv6.pcapng", "tcpdump__nsh*"}, "conversation", "missing", "", 42, tTunnels},
	{[]string{"*gtp*", "*__Tunnels.pcap"}, "dns_message", "missing", "", 2, tTunnels},
	{[]string{"PcapPlusPlus__NullLoopback.pcap", "PcapPlusPlus__null_loopback.pcap"}, "conversation", "missing", "", 2, tLoop},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "dns_message", "missing", "208.21.2.184", 17, tAudio},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "conversation", "packets,bytes", "", 4, tShort},
	{[]string{"*__RADIUS.pcap", "*__Telnet.pcap", "*__Syslog.pcap", "*__TDS.pcap", "*EdnetGateway__Setup-A-2*"}, "conversation", "packets,bytes,missing", "", 13, tShort},
	{[]string{"*dns_over_https_POST.pcap"}, "dns_message", "missing", "", 12, tDoH},
	{[]string{"*dynamic-update.pcap", "mercury__emix.pcap"}, "dns_message", "missing", "", 10, tUpdate},
	{[]string{"Malcolm-Test-Artifacts__DNS.pcap"}, "dns_message", "extra", "8053", 1, tDNSPort},
	{[]string{"zeek__erspan.pcap"}, "dns_message", "rcode", "", 3, tLate},
	{[]string{"*without_edns.pcap"}, "dns_message", "rcode", "", 1, tNames},
	{[]string{"*dns-forward-pointer.pcap"}, "dns_message", "extra", "", 1, tNames},
	{[]string{"*many1pkt.pcap", "*count-too-large.pcap"}, "dns_message", "extra", "", 2, tCounts},
	{[]string{"*detect-pcre-0[45].pcap"}, "conversation", "missing,extra", "", 8, tMapped},
	{[]string{"*bug-76.pcap"}, "conversation", "missing", "", 2, tShort},
	{[]string{"nDPI__fuzz-2020-02-16-11740.pcap", "*kday[47].pcap", "*modbus__fuzz-72.pcap"}, "conversation", "packets,bytes,missing", "", 13, tShort},
	{[]string{"*olsr-oobr-1.pcap", "*ubik-oobr.pcap", "*rpki-rtr-oobr.pcap", "*kh-timed-00[14]-oobr.pcap", "*snmp-leftshift*", "*hncp_dhcpv4data*", "*8769-AODV*", "*ipv6_invalid_length_2*"}, "conversation", "missing", "", 10, tShort},
	{[]string{"*ipv6_invalid_length_2*"}, "dns_message", "missing", "", 1, tShort},
	{[]string{"*transform-base64-7296.pcap", "*mac-eve-packet.pcap", "*tcp-malformed.pcap", "*heapoverflow.pcap", "*ip_fragmented_garbage.pcap"}, "conversation", "missing", "", 8, tHead},
	{[]string{"*bug-76.pcap"}, "conversation", "packets,bytes", "", 2, tHead},
	{[]string{"tcpreplay__test.pcap"}, "dns_message", "rcode", "", 1, tOtherName},
	{[]string{"*ip6-hoa-*", "*ip6-route0-*", "*hbh-routing0*", "*mobile-routing*", "*ipv6_options.pcap", "*ipv6-srh-insert-cksum.pcap", "*ipv6-routing-header.pcap"}, "conversation", "missing,extra,bytes", "", 27, tRoute},
	{[]string{"*mobility-dst-opts.pcap", "*ip_secopt.pcap", "*decode-malformed-ipv4.pcap"}, "conversation", "packets,bytes", "", 6, tOptions},
	{[]string{"*http_PPI.pcap", "*_ppi_multiplefields.pcap", "*arcnet*", "*ipoib.pcap", "*PKTAP.pcap", "*bgp-aigp.pcap"}, "conversation", "missing", "", 16, tLink},
	{[]string{"*http_PPI.pcap", "*_ppi_multiplefields.pcap", "*arcnet*", "*PKTAP.pcap"}, "dns_message", "missing", "", 8, tLink},
	{[]string{"*AH-IPcomp-IPv[46].pcap"}, "conversation", "packets,bytes", "", 4, tIPComp},
	{[]string{"*test901.pcapng"}, "conversation", "packets,bytes", "", 4, tSection},
	{[]string{"*test901.pcapng"}, "dhcp_client", "types,requested_addr", "", 4, tSection},
	{[]string{"*test012.pcapng"}, "dhcp_client", "types", "", 2, tCounts},
	{[]string{"*ipv6_ext_headers.pcap"}, "conversation", "bytes", "", 1, tFragments32},
	{[]string{"*pim-packet-assortment.pcap", "*sflow_expanded.pcap", "*of13_ericsson.pcapng"}, "conversation", "missing", "", 21, tQuoted},
	{[]string{"*macsec-short-*"}, "conversation", "missing", "", 3, tMACsec},
	{[]string{"*LINKTYPE_IPV6_invalid.pcap"}, "conversation", "extra", "", 1, tVersion},
	{[]string{"*LINKTYPE_IPV6_invalid.pcap"}, "dns_message", "extra", "", 1, tVersion},
}
