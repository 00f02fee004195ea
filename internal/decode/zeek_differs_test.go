package decode

// Why Zeek's conn records and the packets here differ.
const (
	offload      = "length 0 in an IPv4 header is offload: Zeek counts no bytes, here they are what the frame has"
	otherTunnels = "Zeek opens GTP, Teredo and AYIYA"
	hdlc         = "Zeek does not know Cisco HDLC"
	files        = "the file has several interfaces or a wrong version, which Zeek's reader takes otherwise"
	ah           = "Zeek does not look behind an IPv4 authentication header"
	esp          = "Zeek has no record for IPv6 ESP and for no next header"
	srv6         = "a segment routing header names the last segment as the destination (RFC 8754 2), Zeek keeps the next hop"
	jumbo        = "Zeek refuses jumbograms"
	negative     = "Zeek drops packets whose time is negative for it"
	hosts        = "fragments that RFC 8200 and hosts refuse: beyond the end, overlong, or a fragment header in fragments"
	linux        = "VXLAN on Linux's port is opened by its content"
	wire         = "Zeek does not open Ethernet pseudo-wires in MPLS"
	atomic       = "32 fragment headers in one packet: each of them is taken off its length"
	eights       = "first fragments that are not in eights wait for their datagram, Zeek takes them for cut ones"
	lacking      = "a header that is not all there has no record here"
	cutHere      = "the snap length cut a header or its options, but type or ports are there"
)

type zeekDiff struct {
	n   int // conversations
	why string
}

var zeekDiffers = map[string]zeekDiff{
	"Malcolm-Test-Artifacts__Tunnels.pcap":                                     {29, otherTunnels},
	"PcapPlusPlus__CiscoHDLC.pcap":                                             {2, hdlc},
	"PcapPlusPlus__IPv4-TSO.pcap":                                              {1, offload},
	"PcapPlusPlus__gtp.pcap":                                                   {3, otherTunnels},
	"arkime__wireshark-esp.pcap":                                               {12, esp},
	"gopacket__pcapgo__tests__le__test011.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test012.pcapng":                              {2, files},
	"gopacket__pcapgo__tests__le__test016.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test018.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test100.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test101.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test102.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test201.pcapng":                              {1, files},
	"gopacket__pcapgo__tests__le__test202.pcapng":                              {3, files},
	"gopacket__pcapgo__tests__le__test901.pcapng":                              {1, files},
	"libpcap__filter__AH-IPcomp-IPv4.pcap":                                     {3, ah},
	"libpcap__filter__ah-ipip-ping.pcap":                                       {2, ah},
	"libpcap__filter__ipv6_ext_headers.pcap":                                   {1, atomic},
	"libpcap__pcapng-invalid-vers-1.pcapng":                                    {1, files},
	"ntopng__isakmp-ikev1_n_print-oobr.pcap":                                   {2, negative},
	"packetnet__ip_packet_bogus_length.pcap":                                   {1, offload},
	"packetnet__ipv4_tso_frame.pcap":                                           {1, offload},
	"packetnet__teredo.pcap":                                                   {1, otherTunnels},
	"suricata-verify__decode-chdlc-01__hdlc-http_1tx.pcap":                     {1, hdlc},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-10__frag-10.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-11__frag-11.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-12__frag-12.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-16__frag-16.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-28__frag-28.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-29__frag-29.pcap": {1, hosts},
	"suricata-verify__ipv6-evasion__ipv6-malformed-fragments-36__frag-36.pcap": {1, hosts},
	"suricata-verify__output-eve-ftp-data.pcap":                                {2, otherTunnels},
	"tcpdump__HDLC.pcap":                                                       {1, hdlc},
	"tcpdump__beep-oobr.pcap":                                                  {1, cutHere},
	"tcpdump__extract_read2_asan.pcap":                                         {1, cutHere},
	"tcpdump__heapoverflow-ip_demux_print.pcap":                                {1, lacking},
	"tcpdump__heapoverflow-tcp_print.pcap":                                     {1, cutHere},
	"tcpdump__icmp-length-zero.pcapng":                                         {1, offload},
	"tcpdump__icmp6_mobileprefix_asan.pcap":                                    {1, cutHere},
	"tcpdump__icmpv6-length-zero.pcapng":                                       {1, lacking},
	"tcpdump__ip6_frag_asan.pcap":                                              {1, hosts},
	"tcpdump__ipv6-next-header-oobr-1.pcap":                                    {1, lacking},
	"tcpdump__ipv6-next-header-oobr-2.pcap":                                    {1, lacking},
	"tcpdump__ipv6-rthdr-oobr.pcap":                                            {1, lacking},
	"tcpdump__ipv6-srh-insert-cksum.pcap":                                      {2, srv6},
	"tcpdump__ipv6-srh-tlv-hmac.pcap":                                          {1, srv6},
	"tcpdump__ipv6-srh-tlv-pad1-padn-5-trunc.pcap":                             {1, lacking},
	"tcpdump__ipv6-srh-tlv-pad1-padn-5.pcap":                                   {1, srv6},
	"tcpdump__ipv6_jumbogram_1.pcap":                                           {1, jumbo},
	"tcpdump__ipv6_jumbogram_invalid_length.pcap":                              {1, jumbo},
	"tcpdump__ipv6_missing_jumbo_payload_option.pcap":                          {1, jumbo},
	"tcpdump__ipv6_no_next_header.pcap":                                        {1, esp},
	"tcpdump__mptcp-dss-oobr.pcap":                                             {1, cutHere},
	"tcpdump__tcp-auth-heapoverflow.pcap":                                      {1, cutHere},
	"tcpdump__time_2038_overflow.pcap":                                         {1, negative},
	"tcpdump__time_2039.pcap":                                                  {1, negative},
	"tcpdump__time_2106.pcap":                                                  {1, negative},
	"tcpdump__time_2106_max.pcap":                                              {1, negative},
	"tcpdump__vrrp-vrrp_print-oobr-2.pcap":                                     {5, eights},
	"tcpdump__vxlan_port_8472.pcap":                                            {1, linux},
	"tcpreplay__test.pcap":                                                     {1, wire},
	"zeek__ip-bogus-header-len.pcap":                                           {1, offload},
	"zeek__ip6_esp.pcap":                                                       {12, esp},
	"zeek__ipv4__fragmented-1.pcap":                                            {1, hosts},
	"zeek__krb__kerberos_tso.pcapng":                                           {7, offload},
	"zeek__ldap__missing_krbtgt_ldap_request.pcapng":                           {1, offload},
	"zeek__tcp__truncated-header.pcap":                                         {1, cutHere},
	"zeek__trunc__icmp-header-trunc.pcap":                                      {1, cutHere},
	"zeek__trunc__icmp-payload-trunc.pcap":                                     {2, cutHere},
	"zeek__tunnels__Teredo.pcap":                                               {4, otherTunnels},
	"zeek__tunnels__ayiya-large-identity.pcap":                                 {1, otherTunnels},
	"zeek__tunnels__ayiya3.pcap":                                               {6, otherTunnels},
	"zeek__tunnels__gtp__gtp1_gn_normal_incl_fragmentation.pcap":               {1, otherTunnels},
	"zeek__tunnels__gtp__gtp2_different_udp_port.pcap":                         {1, otherTunnels},
	"zeek__tunnels__gtp__gtp4_udp_2152_inside.pcap":                            {1, otherTunnels},
	"zeek__tunnels__gtp__gtp6_gtp_0x32.pcap":                                   {1, otherTunnels},
	"zeek__tunnels__gtp__gtp7_ipv6.pcap":                                       {2, otherTunnels},
	"zeek__tunnels__gtp__gtp8_teredo.pcap":                                     {11, otherTunnels},
	"zeek__tunnels__gtp__gtp9_unknown_or_too_short_payload.pcap":               {1, otherTunnels},
	"zeek__tunnels__gtp__gtp_ext_header.pcap":                                  {1, otherTunnels},
	"zeek__tunnels__teredo-udp-in-udp.pcap":                                    {1, otherTunnels},
	"zeek__tunnels__teredo_bubble_with_payload.pcap":                           {4, otherTunnels},
	"zeek__vntag_vlan_sandwich_clean.pcap":                                     {1, cutHere},
}
