package cast

import (
	"fmt"
	"strings"
)

// audit writes one audit message as PS3.15 A.5 has it: event, participants,
// source, objects. Codes are of annex A.5 and of PS3.16.
func audit(event, action, outcome string, participants, objects []string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="` + action +
		`" EventDateTime="2026-11-23T09:15:00.000Z" EventOutcomeIndicator="` + outcome + `">` + event + `</EventIdentification>` +
		strings.Join(participants, "") + `<AuditSourceIdentification AuditEnterpriseSiteID="St Lazarus" AuditSourceID="PACSMAIN"><AuditSourceTypeCode csd-code="4"/></AuditSourceIdentification>` +
		strings.Join(objects, "") + `</AuditMessage>`
}

func code(element, value, text string) string {
	return fmt.Sprintf(`<%s csd-code="%s" codeSystemName="DCM" originalText="%s"/>`, element, value, text)
}

func participant(user, alternative, requestor, ip, role, text string) string {
	s := fmt.Sprintf(`<ActiveParticipant UserID="%s" AlternativeUserID="%s" UserIsRequestor="%s"`, user, alternative, requestor)
	if ip != "" {
		s += fmt.Sprintf(` NetworkAccessPointID="%s" NetworkAccessPointTypeCode="2"`, ip)
	}
	return s + ">" + code("RoleIDCode", role, text) + "</ActiveParticipant>"
}

func studyObject(s Study) string {
	return fmt.Sprintf(`<ParticipantObjectIdentification ParticipantObjectID="%s" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="3">%s<ParticipantObjectDescription><Accession Number="%s"/><SOPClass UID="1.2.840.10008.5.1.4.1.1.2" NumberOfInstances="240"/></ParticipantObjectDescription></ParticipantObjectIdentification>`,
		s.UID, code("ParticipantObjectIDTypeCode", "110180", "Study Instance UID"), s.Accession)
}

func patientObject(p Patient) string {
	return fmt.Sprintf(`<ParticipantObjectIdentification ParticipantObjectID="%s" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/><ParticipantObjectName>%s</ParticipantObjectName></ParticipantObjectIdentification>`, p.ID, p.Name)
}

// AuditReader is the invented person whom the audit trail names.
const AuditReader = "zzreader.alpha"

// Audits are the audit messages of an archive's morning, each with the name
// of its event (PS3.15 A.5.3).
func Audits(s Study) (names, texts []string) {
	add := func(name, text string) { names, texts = append(names, name), append(texts, text) }
	event := func(value, text string) string { return code("EventID", value, text) }
	typed := func(value, text, kind, kindText string) string {
		return event(value, text) + code("EventTypeCode", kind, kindText)
	}
	archive := participant("4711", "AETITLES=PACSMAIN", "false", NetMain+"10", "110152", "Destination Role ID")
	scanner := participant("ct1", "AETITLES=CT_FORCE1", "true", NetMain+"21", "110153", "Source Role ID")
	reader := participant(AuditReader, "AETITLES=READ_WS1", "true", NetMain+"41", "110153", "Source Role ID")
	both := []string{studyObject(s), patientObject(s.Patient)}
	add("Application Activity", audit(typed("110100", "Application Activity", "110120", "Application Start"), "E", "0",
		[]string{participant("4711", "AETITLES=PACSMAIN", "false", NetMain+"10", "110150", "Application")}, nil))
	add("User Authentication", audit(typed("110114", "User Authentication", "110122", "Login"), "E", "0", []string{reader}, nil))
	add("User Authentication", audit(typed("110114", "User Authentication", "110122", "Login"), "E", "4", []string{reader}, nil))
	add("DICOM Instances Transferred", audit(event("110104", "DICOM Instances Transferred"), "C", "0", []string{scanner, archive}, both))
	add("Query", audit(event("110112", "Query"), "E", "0", []string{reader, archive}, both[:1]))
	add("DICOM Instances Accessed", audit(event("110103", "DICOM Instances Accessed"), "R", "0", []string{reader}, both))
	add("Export", audit(event("110106", "Export"), "R", "0", []string{reader, participant("/media/disc", "", "false", "", "110154", "Destination Media")}, both))
	add("Security Alert", audit(typed("110113", "Security Alert", "110126", "Node Authentication"), "E", "8",
		[]string{participant("4711", "AETITLES=PACSMAIN", "false", NetMain+"10", "110150", "Application")}, nil))
	return names, texts
}

// Syslog puts a message behind a header of RFC 5424: facility 10, severity 5,
// as PS3.15 A.6 asks.
func Syslog(host, app, msgid, text string) string {
	return fmt.Sprintf("<85>1 2026-11-23T09:15:00.000Z %s %s 4711 %s - \xef\xbb\xbf%s", host, app, msgid, text)
}
