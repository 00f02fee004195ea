package reading

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lazaret/internal/capture"
	"lazaret/internal/inventory"
	"lazaret/internal/partners"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
	"lazaret/internal/sensor"
	"lazaret/internal/sessions"
)

// encrypted says in words what an analyzer could not look into.
var encrypted = map[string]string{
	"tls":              "encrypted with TLS: contents unknown, services seen by port and partner only",
	"ssh":              "encrypted with SSH",
	"quic":             "encrypted with QUIC",
	"dicom_tls":        "of TLS that carries DICOM by its shape: no study in it was counted",
	"smb3":             "file sharing encrypted with SMB 3: names and contents unknown, amounts and times in smb_encrypted",
	"rdp":              "remote desktop, encrypted by its own means",
	"vnc":              "remote screens (VNC), encrypted or of an unknown kind",
	"snmp_encrypted":   "SNMP v3 with privacy",
	"winrm":            "remote shells of Windows (WinRM) whose messages are sealed",
	"sealed":           "remote procedures whose parameters are sealed",
	"telnet_encrypt":   "Telnet that turned encryption on",
	"ftp_gssapi":       "FTP protected by Kerberos",
	"ldap_sasl":        "directory queries signed or sealed after the log-in",
	"mysql_compressed": "database sessions that compress",
	"http2":            "HTTP/2, whose frames are not read",
	"websocket":        "WebSocket, whose messages are not read",
	"utf-16":           "HL7 in 16-bit characters",
}

// blind lists what could not be inspected, in a fixed order.
func blind(r *Reading, rep *inventory.Report, who *sessions.Report, at report.Directory) []report.Blind {
	out := []report.Blind{}
	add := func(n uint64, reason, unit, detail string) {
		if n > 0 {
			out = append(out, report.Blind{Reason: reason, Detail: detail, Count: n, Unit: unit, Between: []report.Between{}})
		}
	}
	s, dec := r.Sensor, &r.Sensor.Decode
	for _, k := range slices.Sorted(maps.Keys(s.Blind)) {
		add(s.Blind[k], k, "conversations", cmp.Or(encrypted[k], "not inspectable: "+k))
		last := &out[len(out)-1]
		last.Between, last.More = between(s, k, at)
	}
	add(dec.Encrypted, "wireless_encrypted", "frames", "wireless data frames are encrypted")
	add(s.MissedBytes, "lost_bytes", "bytes", fmt.Sprintf("acknowledged but not captured, in %s", terminal.Plural(s.MissedFlows, "conversation")))
	add(s.OneSided, "one_sided", "conversations", "only one direction was captured")
	add(dec.CutPackets, "cut_packets", "packets", "cut by the snap length of the capture")
	add(r.Capture.Dropped, "capture_drops", "packets", "the capturing machine says that it lost them")
	for _, l := range sortedLinks(dec.UnknownLinks) {
		add(dec.UnknownLinks[l], "unknown_link_type", "frames", fmt.Sprintf("link type %d is not understood", l))
	}
	add(dec.UnknownTypes-min(s.Linked, dec.UnknownTypes), "unknown_ethertype", "frames", "of a protocol that was not recognised, neither IP nor ARP")
	add(dec.FragmentsExpired+dec.FragmentsShed+dec.FragmentsIncomplete, "incomplete_fragments", "fragments", "pieces of IP datagrams that never became whole")
	add(s.Unknown, "unknown_protocol", "conversations", fmt.Sprintf("carried %s of a protocol that was not recognised", report.Size(s.UnknownBytes)))
	add(detached(s.Detached), "broken_protocol", "conversations", "recognised, then left the protocol; see weird.log")
	add(s.FlowShed, "conversations_shed", "conversations", "closed early: flow.max was reached")
	add(s.Retired, "analyses_shed", "conversations", "no longer analyzed: sensor.conversations was reached, they were quiet longest")
	add(s.Yielded, "answers_not_awaited", "conversations", "records went out before their answer came: sensor.memory was reached")
	add(s.Stream.Shed, "streams_shed", "conversations", fmt.Sprintf("lost %s of waiting bytes: stream.memory was reached", report.Size(s.Stream.ShedBytes)))
	add(s.WeirdsShed, "weirds_shed", "records", "anomalies beyond sensor.weirds in a conversation, counted only")
	add(s.InnerShed, "inner_shed", "messages", "protocols nested too deep")
	add(s.Panics, "analyzer_panics", "conversations", "an analyzer failed on these bytes: please report it")
	add(shedInventory(rep), "inventory_shed", "records", "the tables of the inventory were full")
	add(who.Shed, "sessions_shed", "records", "attempts to open a session that found no room: sessions.max was reached")
	add(r.Outsiders.Shed(), "outsiders_shed", "conversations", fmt.Sprintf("with who is outside, beyond %d pairs of addresses", partners.Max))
	add(r.Contacts.Forgotten(), "contacts_forgotten", "contacts", "between machines that were quiet longest: contacts.pairs or contacts.cells was reached")
	add(r.Contacts.Rolled(), "contacts_rolled", "contacts", "known by the hour, the day or the month only: contacts.cells was reached")
	add(uint64(r.Exposure.Forgotten()), "exposure_forgotten", "hours", "what devices had in their hands long ago: exposure.hours was reached")
	return out
}

// between lists who spoke to whom in conversations that could not be inspected for a reason.
func between(s *sensor.Stats, reason string, at report.Directory) ([]report.Between, int) {
	var keys []sensor.Between
	for k := range s.BlindBetween {
		if k.Reason == reason {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b sensor.Between) int {
		return cmp.Or(cmp.Compare(s.BlindBetween[b], s.BlindBetween[a]), a.Orig.Compare(b.Orig), a.Resp.Compare(b.Resp), cmp.Compare(a.Port, b.Port))
	})
	out := []report.Between{}
	for _, k := range keys[:min(len(keys), report.MaxBetween)] {
		out = append(out, report.Between{Source: at.Party(k.Orig), Target: at.Party(k.Resp), Port: k.Port, Count: s.BlindBetween[k]})
	}
	return out, len(keys) - len(out)
}

func detached(m map[string]uint64) (n uint64) {
	for _, v := range m {
		n += v
	}
	return n
}

func shedInventory(rep *inventory.Report) uint64 {
	s := &rep.Shed
	return s.Addresses + s.Holders + s.Values + s.Origins + s.Services + s.Names
}

func sortedLinks(m map[capture.LinkType]uint64) []capture.LinkType {
	return slices.Sorted(maps.Keys(m))
}
