package hl7

import (
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// frame wraps lines into an MLLP block.
func frame(lines ...string) string { return "\x0b" + strings.Join(lines, "\r") + "\r\x1c\r" }

func orig(s string) prototest.Segment {
	return prototest.Segment{Dir: proto.Orig, Data: []byte(s)}
}

func resp(s string) prototest.Segment {
	return prototest.Segment{Dir: proto.Resp, Data: []byte(s)}
}

func lost(d proto.Dir, n int) prototest.Segment { return prototest.Segment{Dir: d, Lost: n} }

func messages(f *prototest.Flow) []*Message {
	var out []*Message
	for _, r := range f.Records {
		out = append(out, r.Body.(*Message))
	}
	return out
}

var timed = regexp.MustCompile(`,"ack_delay":[0-9.]+`)

// said is what a flow brought, without what depends on how bytes were cut.
func said(f *prototest.Flow) string {
	return timed.ReplaceAllString(prototest.Untimed(f.JSON()), "") + strings.Join(f.Weirds, " ") + strings.Join(f.Blinds, " ")
}

func hash(kind, v string) string { return prototest.NewFlow().Pseudonym(kind, []byte(v)) }

const msh = `MSH|^~\&|RIS|RAD|PACS|ARC|20240102030405||ADT^A01^ADT_A01|42|P|2.5.1`

func ack(code, id string) string {
	return frame(`MSH|^~\&|PACS|ARC|RIS|RAD|20240102030406||ACK^A01|9`+id+`|P|2.5.1`, "MSA|"+code+"|"+id)
}

func TestFullMessage(t *testing.T) {
	f := prototest.Feed(&Spec, []prototest.Segment{
		orig(frame(`MSH|^~\&|RIS^1.2.3^ISO|^2.25.7^ISO|PACS|ARC|20240102030405+0100||ORU^R01^ORU_R01|42|P^A|2.5.1^DEU|||AL|NE||8859/1~UNICODE UTF-8`,
			"EVN|R01|20240102",
			"PID|1|OLD^^^X| P-77 ^^^HOSP~OTHER^^^X||DOE^JANE",
			`PV1|1|I|RAD\T\1^R\F\2^B3^^|||`,
			"ORC|NW|1|ORC-9",
			"OBR|1|P1|ACC-5^RIS|71020^X|"+strings.Repeat("|", 18)+"|RAD",
			"OBR|2|P1|ACC-6^RIS|71020^X|"+strings.Repeat("|", 18)+"|CT~MR",
			"OBX|1|TX|a||text|||||||||||||PUMP^NS^1.2^ISO~SCALE-\xe4^^",
			"OBX|2|TX|a||text|||||||||||||PUMP^NS^1.2^ISO",
			"PRT|1|AD|||||||| DEV^NS ||||||(01)0088^^2.16^ISO|20200101|20300101|LOT|SER|DONOR|TYPE",
			"TXA|1|59284-0^Consent^LN",
			"CON|1",
			"ZAB|1", "ZDS|1")),
		resp(ack("AA", "42")),
	})
	m := messages(f)
	if len(m) != 1 {
		t.Fatalf("records = %d: %s", len(m), f.JSON())
	}
	got := *m[0]
	if got.AckDelay != event.Interval(1_000_000) {
		t.Errorf("ack delay = %d", got.AckDelay)
	}
	want := `hl7 {"uid":"CTest","id.orig_h":"192.0.2.1","id.orig_p":49152,"id.resp_h":"192.0.2.2","id.resp_p":104,` +
		`"is_orig":true,"sending_application":"RIS","sending_facility":"2.25.7","receiving_application":"PACS",` +
		`"receiving_facility":"ARC","message_time":"20240102030405+0100","type":"ORU","event":"R01","structure":"ORU_R01",` +
		`"control_id":"42","processing_id":"P","version":"2.5.1","character_sets":["8859/1","UNICODE UTF-8"],` +
		`"segments":["MSH","EVN","PID","PV1","ORC","OBR","OBX","PRT","TXA","CON","Zxx","ZDS"],"patient_class":"I",` +
		`"location":"RAD&1^R|2^B3","diagnostic_sections":["RAD","CT"],"equipment":["PUMP^NS^1.2^ISO","SCALE-ä"],` +
		`"participation_devices":["DEV^NS"],"udi":["(01)0088^^2.16^ISO|20200101|20300101|LOT|SER||TYPE"],` +
		`"document_type":"59284-0","has_consent":true,"patient":"` + hash("patient", "P-77") + `","accession":"` + hash("accession", "ACC-5") +
		`","ack":"AA","ack_application":"PACS","ack_facility":"ARC","bytes":` + "BYTES" + `,"mllp":true}` + "\n"
	text := regexp.MustCompile(`"bytes":\d+`).ReplaceAllString(said(f), `"bytes":BYTES`)
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestCaptureBytesCount(t *testing.T) {
	one := msh + "\rEVN|A01\r"
	f := prototest.Feed(&Spec, []prototest.Segment{orig("\x0b" + one + "\x1c\r\x0b" + one + "\x1c")})
	for i, m := range messages(f) {
		if m.Bytes != uint64(len(one)) {
			t.Errorf("message %d: bytes = %d, want %d", i, m.Bytes, len(one))
		}
	}
	if len(f.Records) != 2 || len(f.Weirds) != 0 {
		t.Errorf("records %d, weirds %v", len(f.Records), f.Weirds)
	}
}
