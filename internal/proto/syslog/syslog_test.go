package syslog

import (
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// auditXML is an audit message of an archive that was sent objects.
const auditXML = `<?xml version="1.0" encoding="UTF-8"?><AuditMessage>` +
	`<EventIdentification EventActionCode="C" EventDateTime="2026-03-01T10:20:30.5+01:00" EventOutcomeIndicator="0">` +
	`<EventID csd-code="110104" codeSystemName="DCM" originalText="DICOM Instances Transferred"/></EventIdentification>` +
	`<ActiveParticipant UserID="CT1-process" AlternativeUserID="AETITLES=CT1;CT1B" UserIsRequestor="true" NetworkAccessPointID="10.0.0.21" NetworkAccessPointTypeCode="2"><RoleIDCode csd-code="110153" codeSystemName="DCM"/></ActiveParticipant>` +
	`<ActiveParticipant UserID="dr.zebra" UserIsRequestor="false" NetworkAccessPointID="archive.lab" NetworkAccessPointTypeCode="1"><RoleIDCode csd-code="110152"/></ActiveParticipant>` +
	`<AuditSourceIdentification AuditEnterpriseSiteID="LAB" AuditSourceID="archive1"><AuditSourceTypeCode csd-code="4"/></AuditSourceIdentification>` +
	`<ParticipantObjectIdentification ParticipantObjectID="1.2.3.4" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3"><ParticipantObjectIDTypeCode csd-code="110180"/>` +
	`<ParticipantObjectDescription><SOPClass UID="1.2.840.10008.5.1.4.1.1.2" NumberOfInstances="12"/></ParticipantObjectDescription></ParticipantObjectIdentification>` +
	`<ParticipantObjectIdentification ParticipantObjectID="4711^^^LAB" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2"/>` +
	`<ParticipantObjectName>ZEBRA^ZOE</ParticipantObjectName></ParticipantObjectIdentification></AuditMessage>`

const auditMessage = `<85>1 2026-03-01T09:20:31Z archive.lab dcm4chee 42 IHE+RFC-3881 - ` + "\xef\xbb\xbf" + auditXML

func packet(text string) *prototest.Flow {
	f := prototest.NewFlow()
	_ = Spec.New(f).(proto.Datagram).Packet(proto.Orig, []byte(text))
	return f
}

func TestHeaders(t *testing.T) {
	for text, want := range map[string]string{
		"<34>1 2003-10-11T22:14:15.003Z machine.lab su - ID47 - 'su root' failed":   "AUTH CRIT rfc5424 machine.lab su ID47 1065910455003000000",
		"<34>1 Zebra Zoe born 1970 in the ward - x":                                 "AUTH CRIT other    0",
		`<165>1 - - evntslog - - [a@1 b="x] y" c="\""][d@2] text here`:              "LOCAL4 NOTICE rfc5424  evntslog  0",
		"<34>Oct 11 22:14:15 mymachine su: 'su root' failed":                        "AUTH CRIT rfc3164 mymachine su  0",
		"<30>Oct  1 22:14:15 h1 cron[77]: job":                                      "DAEMON INFO rfc3164 h1 cron  0",
		"<133>Apr  5 12:56:51 robin: Hello, syslog!\x00":                            "LOCAL0 NOTICE rfc3164  robin  0",
		"<13>Oct 11 22:14:15 ZEBRA ZOE was admitted":                                "USER NOTICE rfc3164    0",
		"<13>Oct 11 22:14:15 ZEBRA^ZOE x: was admitted":                             "USER NOTICE rfc3164    0",
		"<189>38: R1: *Sep 22 13:39:11.250: %LINK-3-UPDOWN: Interface up":           "LOCAL7 NOTICE cisco R1  LINK-3-UPDOWN 0",
		"<187>30: *Sep 22 13:34:49.195 CEST: %SYS-5-CONFIG_I: x":                    "LOCAL7 ERR cisco   SYS-5-CONFIG_I 0",
		"<187>Sep 22 13:39:11 sw1 1142: *Sep 22 13:39:10.250: %LINK-3-UPDOWN: down": "LOCAL7 ERR rfc3164 sw1  LINK-3-UPDOWN 0",
		"<191>854 08/20/2013 words":                                                 "LOCAL7 DEBUG other    0",
		"no priority":                                                               "UNSPECIFIED UNSPECIFIED other    0",
	} {
		f := packet(text)
		if len(f.Records) != 1 {
			t.Fatalf("%q: %d records", text, len(f.Records))
		}
		r := f.Records[0].Body.(*Record)
		if got := fmt.Sprintf("%s %s %s %s %s %s %d", r.Facility, r.Severity, r.Format, r.Host, r.App, r.MsgID, r.Sent); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
		if leaks := prototest.Leaks(f.Records, []string{"ZEBRA", "ZOE", "root", "Hello", "text here", "words"}); r.Mark != "" && len(leaks) > 0 {
			for _, l := range leaks {
				if !strings.Contains(r.Mark, l) {
					t.Errorf("%q leaks %v", text, leaks)
				}
			}
		}
	}
}

// TestMark demands that the mark is of the text alone.
func TestMark(t *testing.T) {
	mark := func(s string) string { return packet(s).Records[0].Body.(*Record).Mark }
	a, b := mark("<34>Oct 11 22:14:15 h1 su: failed"), mark("<35>Oct 12 22:14:15 h2 su: failed\n")
	if a != b || a == "" || a == mark("<34>Oct 11 22:14:15 h1 su: granted") {
		t.Errorf("marks %q and %q", a, b)
	}
}

func TestAudit(t *testing.T) {
	f := packet(auditMessage)
	if len(f.Records) != 2 || len(f.Weirds) != 0 {
		t.Fatalf("%d records, %v", len(f.Records), f.Weirds)
	}
	got := string(f.Records[1].AppendJSON(nil))
	patient, study := f.Pseudonym("patient", []byte("4711")), f.Pseudonym("study", []byte("1.2.3.4"))
	for _, want := range []string{`"event":"110104","event_name":"DICOM Instances Transferred","action":"create","outcome":"success","event_time":1772356830.5`,
		`"source_id":"archive1","source_site":"LAB","source_types":["application_server"]`, `"users":["CT1-process","dr.zebra"],"requestors":1,"roles":["source","destination"]`,
		`"ae_titles":["CT1","CT1B"],"access_points":["10.0.0.21","archive.lab"]`, `"objects":["system (report)","person (patient)"],"object_id_types":["study instance UID","patient number"]`,
		`"patients":["` + patient + `"],"studies":["` + study + `"],"sop_classes":["1.2.840.10008.5.1.4.1.1.2"],"instances":12`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if leaks := prototest.Leaks(f.Records, []string{"ZOE", "^^^"}); leaks != nil {
		t.Errorf("leaks %v", leaks)
	}
}

func TestAuditRefuses(t *testing.T) {
	long := strings.Repeat("<x>", 40)
	for want, text := range map[string]string{
		"audit_doctype": `<85>1 - h a - - - <?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "v">]><AuditMessage><EventIdentification/></AuditMessage>`,
		"bad_audit_xml": `<85>1 - h a - - - <AuditMessage><EventIdentification EventActionCode="&e;"></AuditMessage>`,
		"large_audit":   `<85>1 - h a - - - <AuditMessage>` + long + `</AuditMessage>`,
	} {
		if f := packet(text); strings.Join(f.Weirds, " ") != want || len(f.Records) != 1 {
			t.Errorf("%s: %v, %d records", want, f.Weirds, len(f.Records))
		}
	}
}

func talk(said ...string) *prototest.Talk {
	c := &prototest.Talk{}
	id := prototest.NewFlow().ID
	c.Orig, c.Resp = id.Orig, id.Resp
	c.Resp.Port = 514
	for _, s := range said {
		c.Said = append(c.Said, prototest.Segment{Dir: proto.Orig, Data: []byte(s)})
	}
	return c
}

func counted(s string) string { return fmt.Sprintf("%d %s", len(s), s) }

var streams = map[string][]string{
	"lines":   {"<34>Oct 11 22:14:15 h1 su: one\n<35>Oct 11 22:14:15 h1 su: two\r\n", "<36>Oct 11 22:14:16 h1 su: three\n"},
	"counted": {counted(auditMessage), counted("<34>1 - h1 su - - - text\nof two lines") + counted("<34>1 - h2 su - - - x")},
	"mixed":   {"<34>1 - h1 su - - - one\n" + counted("<34>1 - h2 su - - - two"), counted("<34>1 - h3 su - - - three")},
}

func TestStreams(t *testing.T) {
	want := map[string]int{"lines": 3, "counted": 4, "mixed": 3}
	for name, said := range streams {
		var all []string
		for _, how := range [][]int{nil, {1}, {2, 3, 5}, {700}} {
			records, _ := prototest.Run(t, talk(said...).Frames(how), &Spec)
			all = append(all, prototest.Still(prototest.JSON(records, &Spec)))
		}
		strange := talk(said...)
		strange.Resp.Port = 49999
		records, _ := prototest.Run(t, strange.Frames(nil), &Spec)
		for _, got := range append(all, prototest.Still(prototest.JSON(records, &Spec))) {
			if n := strings.Count(got, "\n"); n != want[name] || got != all[0] {
				t.Errorf("%s: %d records:\n%s\nwant\n%s", name, n, got, all[0])
			}
		}
	}
}

func TestGap(t *testing.T) {
	f := prototest.Feed(&Spec, []prototest.Segment{{Data: []byte("<34>1 - h1 su - - - one\n<34>1 - h2")}, {Lost: 9}, {Data: []byte("rest\n<34>1 - h3 su - - - three\n")}})
	if len(f.Records) != 2 || f.Records[1].Body.(*Record).Host != "h3" {
		t.Errorf("%s", f.JSON())
	}
}

func TestLong(t *testing.T) {
	text := "<34>1 - h1 su - - - " + strings.Repeat("x", maxMessage+100)
	f := prototest.Feed(&Spec, []prototest.Segment{{Data: []byte(counted(text) + counted("<34>1 - h2 su - - - x"))}})
	if len(f.Records) != 2 || f.Records[0].Body.(*Record).Size != uint64(len(text)-4) || f.Records[0].Body.(*Record).Mark != "" || f.Weirds[0] != "long_message" {
		t.Errorf("%s %v", f.JSON(), f.Weirds)
	}
	f = prototest.Feed(&Spec, prototest.Recut([]prototest.Segment{{Data: []byte(text + "\n<34>1 - h2 su - - - x\n")}}, []int{1460}))
	if len(f.Records) != 2 || f.Weirds[0] != "long_message" {
		t.Errorf("%s %v", f.JSON(), f.Weirds)
	}
}

func TestProbe(t *testing.T) {
	for text, want := range map[string]proto.Match{
		"": proto.Maybe, "<": proto.Maybe, "<3": proto.Maybe, "<192>": proto.No, "<034>x": proto.No, "<34>Oct 11 22:14:15": proto.Yes,
		"<34>\x00\x01\x02": proto.No, "12": proto.Maybe, "120 <34>1 - host x y": proto.Yes, "1234567 ": proto.Maybe, "12345678": proto.No,
		"220 ready\r\n": proto.No, "<html><body>": proto.No, "<?xml version": proto.No,
	} {
		if got := probe(proto.Orig, []byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPackets(t *testing.T) {
	prototest.Packets(t, &Spec, []prototest.Segment{{Data: []byte("<34>Oct 11 22:14:15 h1 su: one")}, {Data: []byte(auditMessage)}})
}

func FuzzPackets(f *testing.F) {
	prototest.FuzzPackets(f, &Spec, []byte(auditMessage), []byte("<34>Oct 11 22:14:15 h1 su[3]: one"), []byte("<189>38: R1: *Sep 22 13:39:11.250: %LINK-3-UPDOWN: x"))
}

func FuzzStream(f *testing.F) {
	for _, said := range streams {
		f.Add([]byte(strings.Join(said, "")), uint16(5), uint16(9))
	}
	f.Fuzz(func(t *testing.T, b []byte, cut, lost uint16) {
		segs := []prototest.Segment{{Data: b}}
		whole := prototest.Feed(&Spec, segs)
		pieces := prototest.Feed(&Spec, prototest.Recut(segs, []int{1 + int(cut)%97, 1 + int(cut)/97}))
		if prototest.Still(whole.JSON()) != prototest.Still(pieces.JSON()) {
			t.Errorf("records depend on the cut:\n%s\n%s", whole.JSON(), pieces.JSON())
		}
		prototest.Feed(&Spec, []prototest.Segment{{Data: b}, {Lost: 1 + int(lost)}, {Data: b}})
	})
}
