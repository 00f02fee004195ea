package conformance

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// tsharkSpeech is what both tshark and we say. The records are sums: tshark
// speaks of packets, we of conversations and messages.
var tsharkSpeech = []*speech{
	{log: "conversation", keys: []string{"key"}, fields: []string{"packets", "bytes"}, same: sameTold},
	{log: "dns_message", keys: []string{"key"}, fields: []string{"rcode", "addresses"}, same: sameTold},
	{log: "dhcp_client", keys: []string{"key"}, fields: []string{"types", "host_name", "vendor_class", "requested_addr"}, same: sameTold},
	{log: "hl7_message", keys: []string{"key"}, fields: []string{"type", "event", "ack"}, same: sameTold},
	{log: "dicom_association", keys: []string{"key"}, fields: []string{"calls", "accepted", "rejected"}, same: sameTold},
	{log: "dicom_operation", keys: []string{"key"}, fields: []string{"number", "statuses"}, same: sameTold},
}

// sameTold wants sums to be equal. Of sets we may have less: tshark does not say
// of which section of a DNS message an address is, and we keep one value of a
// DHCP transaction.
func sameTold(field string, a, b any) bool {
	x, isSet := a.([]string)
	y, _ := b.([]string)
	if !isSet || field == "statuses" || field == "calls" {
		return alike(a, b)
	}
	return len(y) > 0 && !slices.ContainsFunc(y, func(v string) bool { return !slices.Contains(x, v) })
}

// sums collects lines by log and key.
type sums struct {
	logs map[string][]line
	find map[string]line
	cut  map[string]bool // conversations with fragments, whose bytes tshark does not give
	// crowded are commands of SMB of which it is not known which share and name are
	// their own, since they share a frame with others.
	crowded map[string]bool
}

func newSums() *sums {
	return &sums{logs: map[string][]line{}, find: map[string]line{}, cut: map[string]bool{}, crowded: map[string]bool{}}
}

// at gives the line of a key, which is made when it is new.
func (s *sums) at(log, key string) line {
	l := s.find[log+" "+key]
	if l == nil {
		l = line{"key": key, "ts": 0.0}
		s.find[log+" "+key] = l
		s.logs[log] = append(s.logs[log], l)
	}
	return l
}

func (l line) add(field string, n float64) { l[field] = number(l[field]) + n }

// put adds a value to the sorted set of a field.
func (l line) put(field, value string) {
	list, _ := l[field].([]string)
	if value != "" && !slices.Contains(list, value) {
		list = append(list, value)
		slices.Sort(list)
		l[field] = list
	}
}

// pair is the unordered text of two endpoints.
func pair(proto, a, b string) string {
	if a > b {
		a, b = b, a
	}
	return proto + " " + a + " " + b
}

func end(ip, port any) string {
	a, err := netip.ParseAddr(fmt.Sprint(ip))
	if err != nil {
		return fmt.Sprint(ip, ":", port)
	}
	return fmt.Sprint(a, ":", port)
}

// tell sums up what tshark says.
func tell(rows []packetRow, table []*told) *sums {
	s := newSums()
	talk := &smbTalk{s: s, open: map[string]*smbAsk{}}
	for _, p := range rows {
		key := s.packet(p)
		s.dns(key, p)
		s.dhcp(p)
		s.hl7(key, p)
		s.dicom(key, p)
		talk.frame(key, p)
		s.told(table, key, p)
	}
	talk.end()
	for key := range s.cut {
		delete(s.at("conversation", key), "bytes")
	}
	// The type asked for is known to us only where the question was seen.
	s.logs["dns_message"] = slices.DeleteFunc(s.logs["dns_message"], func(l line) bool { return l["asked"] == nil })
	return s
}

// packet walks through the layers of a frame, counts its conversations and gives
// the key of the innermost. What an ICMP message quotes is not counted.
func (s *sums) packet(p packetRow) (key string) {
	var at [4]int // how many ip, ipv6, tcp and udp layers were passed
	var src, dst string
	var size float64
	value := func(field string, i int) string {
		if v := p[field]; i < len(v) {
			return v[i]
		}
		return ""
	}
	for _, layer := range strings.Split(p.one("frame.protocols"), ":") {
		switch layer {
		case "ip":
			src, dst = value("ip.src", at[0]), value("ip.dst", at[0])
			size, _ = strconv.ParseFloat(value("ip.len", at[0]), 64)
			at[0]++
		case "ipv6":
			src, dst = value("ipv6.src", at[1]), value("ipv6.dst", at[1])
			size, _ = strconv.ParseFloat(value("ipv6.plen", at[1]), 64)
			size += 40
			at[1]++
		case "icmp", "icmpv6":
			return key
		case "tcp", "udp":
			i := 2
			if layer == "udp" {
				i = 3
			}
			sport := value(layer+".srcport", at[i])
			if sport == "" || src == "" {
				return key
			}
			key = pair(layer, end(src, sport), end(dst, value(layer+".dstport", at[i])))
			at[i]++
			l := s.at("conversation", key)
			l.add("packets", 1)
			l.add("bytes", size)
			if p.one("ip.reassembled.length")+p.one("ipv6.reassembled.length") != "" {
				s.cut[key] = true
			}
		}
	}
	return key
}

// dns takes messages of one question. Multicast DNS has no transactions.
func (s *sums) dns(key string, p packetRow) {
	if key == "" || len(p["dns.id"]) != 1 || len(p["dns.qry.name"]) != 1 || len(p["dns.qry.type"]) != 1 || multicastDNS(key) {
		return
	}
	id, err := strconv.ParseUint(p.one("dns.id"), 0, 16)
	if err != nil {
		return
	}
	name := strings.ToLower(p.one("dns.qry.name"))
	if name == "<root>" {
		name = ""
	}
	if !plainName(name) {
		return
	}
	l := s.at("dns_message", fmt.Sprintf("%s %d %s %s", key, id, name, p.one("dns.qry.type")))
	if r := p.one("dns.flags.response"); r == "1" || r == "True" {
		l.put("rcode", p.one("dns.flags.rcode"))
		if t := p.one("dns.qry.type"); (t == "1" || t == "28") && p.one("dns.count.answers") != "0" { // else they are of other sections
			for _, a := range slices.Concat(p["dns.a"], p["dns.aaaa"]) {
				l.put("addresses", a)
			}
		}
		return
	}
	l["asked"] = true
}

// plainName says that a name is written alike by both: tshark shows other bytes
// than letters of ASCII in its own way.
func plainName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' || r == '\\' })
}

func multicastDNS(key string) bool {
	return strings.Contains(key+" ", ":5353 ") || strings.Contains(key+" ", ":137 ")
}

var dhcpTypes = [...]string{"", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM", "FORCERENEW",
	"LEASEQUERY", "LEASEUNASSIGNED", "LEASEUNKNOWN", "LEASEACTIVE"}

func (s *sums) dhcp(p packetRow) {
	n, err := strconv.Atoi(p.one("dhcp.option.dhcp"))
	mac := p.one("dhcp.hw.mac_addr")
	if err != nil || n < 1 || n >= len(dhcpTypes) || mac == "" || len(p["dhcp.option.dhcp"]) != 1 {
		return
	}
	l := s.at("dhcp_client", mac)
	l.tally("types", dhcpTypes[n])
	l.put("host_name", p.one("dhcp.option.hostname"))
	l.put("vendor_class", p.one("dhcp.option.vendor_class_id"))
	l.put("requested_addr", p.one("dhcp.option.requested_ip_address"))
}

// tally counts a value in the text of a field.
func (l line) tally(field, value string) {
	m, _ := l[field].(map[string]int)
	if m == nil {
		m = map[string]int{}
		l[field] = m
	}
	m[value]++
}

// hl7 takes the MSH and MSA segments of a frame: messages by their control id,
// acknowledgements by the id they acknowledge.
func (s *sums) hl7(key string, p packetRow) {
	var msh []string
	for _, seg := range p["hl7.segment"] {
		seg = strings.TrimSuffix(strings.TrimSuffix(seg, `\r`), `\n`)
		if len(seg) < 8 {
			continue
		}
		f := strings.Split(seg, seg[3:4])
		switch {
		case f[0] == "MSH" && len(f) > 9:
			msh = f
			typ := strings.Split(f[8], f[1][:1])
			if typ[0] == "ACK" {
				continue
			}
			l := s.at("hl7_message", key+" "+f[9])
			l["type"] = typ[0]
			if len(typ) > 1 {
				l["event"] = typ[1]
			}
		case f[0] == "MSA" && len(f) > 2 && msh != nil && strings.HasPrefix(msh[8], "ACK"):
			s.at("hl7_message", key+" "+f[2])["ack"] = f[1]
		}
	}
}

var dimse = regexp.MustCompile(`([CN]-[A-Z-]+)-(RQ|RSP) ID=(\d+)(?: [CRWF]=\d+)*(?: \(([^)]*)\))?`)

// dicom takes associations from the PDU types and operations from the column of
// information, which names every command.
func (s *sums) dicom(key string, p packetRow) {
	for _, t := range p["dicom.pdu.type"] {
		l := s.at("dicom_association", key)
		switch t {
		case "0x01":
			l.put("calls", strings.TrimSpace(p.one("dicom.assoc.ae.calling"))+" "+strings.TrimSpace(p.one("dicom.assoc.ae.called")))
		case "0x02":
			l.add("accepted", 1)
		case "0x03":
			l.add("rejected", 1)
		}
	}
	if p["dicom.pdu.type"] == nil {
		return
	}
	for _, m := range dimse.FindAllStringSubmatch(p.one("_ws.col.Info"), -1) {
		if m[1] == "C-CANCEL" {
			continue
		}
		l := s.at("dicom_operation", key+" "+m[1]+" "+m[3])
		if m[2] == "RQ" {
			l.add("number", 1)
		} else if m[4] != "" {
			l.put("statuses", statusClass(m[4]))
		}
	}
}

// statusClass is the class of a status from tshark's text for it.
func statusClass(text string) string {
	head, _, _ := strings.Cut(text, ":")
	switch head {
	case "Success", "Warning", "Cancel":
		return strings.ToLower(head)
	}
	return "failure"
}
