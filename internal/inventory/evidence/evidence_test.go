package evidence

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/cdp"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/dns"
	"lazaret/internal/proto/fhir"
	"lazaret/internal/proto/files"
	"lazaret/internal/proto/ftp"
	"lazaret/internal/proto/hl7"
	"lazaret/internal/proto/lldp"
	"lazaret/internal/proto/quic"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/tftp"
	"lazaret/internal/proto/tls"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
	"lazaret/internal/share"
)

// silent are the records that tell nothing of a machine, and why.
var silent = map[*event.Schema]string{
	dicom.MatchesSchema:    "whose data was told; who asked whom stands in dicom_op",
	dicomweb.MatchesSchema: "whose data was told; who asked whom stands in dicomweb",
	fhir.MatchesSchema:     "whose data was told; who asked whom stands in fhir",
	sensor.WeirdSchema:     "bytes that break a protocol may be anybody's",
	arp.PacketSchema:       "the same packets are summed up in arp",
	dhcp.MessageSchema:     "the same messages are summed up in dhcp",
	dhcp.MessageSchema6:    "the same messages are summed up in dhcpv6",
	ftp.Schema:             "commands concern files; greeting and log-in stand in ftp_session",
	tftp.TransferSchema:    "blocks and files; that a server offers them stands in tftp",
	tls.CertificateSchema:  "who showed the certificate stands in ssl, which carries it too",
	quic.Schema:            "its hello stands in ssl",
	files.Schema:           "what a file holds is its maker's word, not that of the machine that sends it",
	files.PESchema:         "a program tells of who made it",
	share.FilesSchema:      "what is done to files; who serves them stands in smb_mapping",
	share.TriedSchema:      "what was refused shows nothing that smb does not",
	smb.TransSchema:        "who takes part stands in smb and smb_mapping",
	smb.VeilSchema:         "who takes part stands in smb; inside encryption nothing shows",
	share.CmdSchema:        "the same commands are summed up in smb_files",
}

// TestEveryRecord holds that each schema has exactly one reader, or a reason.
func TestEveryRecord(t *testing.T) {
	n := map[*event.Schema]int{}
	for _, f := range families {
		for s := range f {
			n[s]++
		}
	}
	all := append(protocols.Schemas(), flow.Schema, sensor.WeirdSchema)
	for _, s := range all {
		switch why := silent[s]; {
		case n[s] > 1:
			t.Errorf("%s has %d readers", s.Name, n[s])
		case n[s] == 1 && why != "":
			t.Errorf("%s has a reader, and a reason to have none: %s", s.Name, why)
		case n[s] == 0 && why == "":
			t.Errorf("%s has no reader: add one, or the reason to silent", s.Name)
		}
		delete(n, s)
	}
	for s := range n {
		t.Errorf("%s is read, but nobody emits it", s.Name)
	}
}

// No reader fails on a record without a conversation, and none says something of it
// that needs one.
func TestRecordsWithoutConversation(t *testing.T) {
	for _, body := range []event.Payload{&dicom.Operation{}, &dicom.Association{}, &hl7.Message{}, &flow.Record{}, &dns.Record{},
		&dhcp.Record{}, &dhcp.Record6{}, &arp.Record{}, &lldp.Record{}, &cdp.Record{}, &smb.Record{}, nil} {
		r := event.Record{Body: body}
		o := &clues.Out{}
		Read(&r, o)
		if len(o.Clues)+len(o.Talks)+len(o.Heard)+len(o.Namings) > 0 {
			t.Errorf("%T says %+v", body, o)
		}
	}
}
