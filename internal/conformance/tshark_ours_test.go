package conformance

import (
	"fmt"
	"net/netip"
	"strings"
)

func lineKey(l line, proto string) string {
	return pair(proto, end(l["id.orig_h"], l["id.orig_p"]), end(l["id.resp_h"], l["id.resp_p"]))
}

func str(l line, field string) string {
	s, _ := l[field].(string)
	return s
}

// tellOurs sums up our records in tshark's words. theirs says of which
// conversations tshark cannot give the bytes.
func tellOurs(r *reading, theirs *sums) *sums {
	s := newSums()
	for _, l := range r.logs["conn"] {
		if p := str(l, "proto"); p == "tcp" || p == "udp" {
			key := lineKey(l, p)
			c := s.at("conversation", key)
			c.add("packets", number(l["orig_pkts"])+number(l["resp_pkts"]))
			if !theirs.cut[key] {
				c.add("bytes", number(l["orig_ip_bytes"])+number(l["resp_ip_bytes"]))
			}
		}
	}
	for _, l := range r.logs["dns"] {
		s.ourDNS(l)
	}
	for _, l := range r.logs["dhcp"] {
		c := s.at("dhcp_client", str(l, "mac"))
		types, _ := l["msg_types"].([]any)
		for _, t := range types {
			c.tally("types", fmt.Sprint(t))
		}
		c.put("host_name", str(l, "host_name"))
		c.put("vendor_class", str(l, "vendor_class"))
		c.put("requested_addr", str(l, "requested_addr"))
	}
	for _, l := range r.logs["hl7"] {
		s.ourHL7(l)
	}
	s.ourDICOM(r)
	s.ourSMB(r, theirs)
	return s
}

func (s *sums) ourDNS(l line) {
	key := lineKey(l, str(l, "proto"))
	if l["qtype"] == nil || multicastDNS(key) || !plainName(str(l, "query")) {
		return
	}
	m := s.at("dns_message", fmt.Sprintf("%s %v %s %v", key, l["trans_id"], strings.ToLower(str(l, "query")), l["qtype"]))
	if l["rcode"] == nil {
		return
	}
	m.put("rcode", fmt.Sprint(l["rcode"]))
	if t := number(l["qtype"]); t != 1 && t != 28 {
		return
	}
	answers, _ := l["answers"].([]any)
	for _, a := range answers {
		if ip, err := netip.ParseAddr(fmt.Sprint(a)); err == nil {
			m.put("addresses", ip.String())
		}
	}
}

func (s *sums) ourHL7(l line) {
	key := lineKey(l, "tcp")
	if l["unasked"] == true {
		s.at("hl7_message", key+" "+str(l, "acknowledges"))["ack"] = l["ack"]
		return
	}
	m := s.at("hl7_message", key+" "+str(l, "control_id"))
	for _, f := range []string{"type", "event", "ack"} {
		if l[f] != nil {
			m[f] = l[f]
		}
	}
}

func (s *sums) ourDICOM(r *reading) {
	for _, l := range r.logs["dicom"] {
		a := s.at("dicom_association", lineKey(l, "tcp"))
		if str(l, "result") != "unseen" {
			a.put("calls", str(l, "calling_ae")+" "+str(l, "called_ae"))
		}
		switch str(l, "result") {
		case "accepted", "rejected":
			a.add(str(l, "result"), 1)
		}
	}
	for _, l := range r.logs["dicom_op"] {
		if l["message_id"] == nil {
			continue
		}
		o := s.at("dicom_operation", fmt.Sprintf("%s %s %v", lineKey(l, "tcp"), str(l, "command"), l["message_id"]))
		o.add("number", 1)
		if name := str(l, "status_name"); name != "pending" {
			o.put("statuses", name)
		}
	}
}
