package conformance

import (
	"fmt"
	"slices"

	"lazaret/internal/proto/smtp"
)

// zeekSMTP is what both say about messages.
func zeekSMTP() *speech {
	return &speech{log: "smtp", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: append(fieldsOf(smtp.Schema, "subject_mark", "banner", "server_name", "offers_starttls", "auth_offered", "auth", "auth_result", "is_webmail"), "subject"),
		same:   sameSMTP}
}

// sameSMTP compares as sets what Zeek keeps in sets.
func sameSMTP(field string, a, b any) bool {
	switch field {
	case "rcptto", "to", "cc":
		return alike(sorted(a), sorted(b))
	}
	return alike(a, b)
}

func sorted(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int {
		if fmt.Sprint(a) < fmt.Sprint(b) {
			return -1
		}
		return 1
	})
	return list
}

const (
	zSMTPSubject = "A subject names patients: it leaves only as a keyed mark, in a field of ours"
	zSMTPInvalid = "Zeek gives the conversation up at a command out of order"
	zSMTPLate    = "The greeting does not name the protocol, or the port is strange: the time is that of the bytes by which it was recognised, here and there not the same"
	zSMTPPair    = "Pipelined chunks, and a message after a refused DATA: replies and header fields are given here to the message they belong to"
)

// zeekSMTPRows explains where Zeek's log of SMTP and ours differ.
var zeekSMTPRows = []row{
	{nil, "smtp", "subject", "", 28, zSMTPSubject},
	{[]string{"*PcapPlusPlus__Smtp.pcap", "*smtp-pipelined-rset-data-replies.pcap"}, "smtp", "extra", "", 2, zSMTPInvalid},
	{[]string{"*connect-with-smtp.pcap", "*bug-5867-fp-drop-01.pcap", "*smtp-attachment-md5.pcap"}, "smtp", "ts", "", 3, zSMTPLate},
	{[]string{"*smtp-bdat-pipelined-next-mail.pcap", "*smtp-ehlo-reset-after-rejected-data.pcap"}, "smtp", "from,to,last_reply", "", 6, zSMTPPair},
}
