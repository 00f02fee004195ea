package cast

import (
	"fmt"
	"strings"

	"lazaret/lab/truth"
)

// Message is an HL7 v2 message to be sent, with what the truth says of it.
type Message struct {
	truth.HL7Message
	Text string
}

// application is the sender or receiver in MSH-3 to MSH-6.
type application struct{ app, facility string }

// applications by host.
func applications() map[string]application {
	return map[string]application{
		"his":      {"ORBIS", "LAZARUS"},
		"ris":      {"CENTRICITY_RIS", "LAZARUS_RAD"},
		"engine":   {"MIRTH", "LAZARUS"},
		"reg1":     {"ADMISSION_DESK", "LAZARUS"},
		"reg2":     {"CLINIC_FRONTDESK", "RIVERSIDE"},
		"consent1": {"ECONSENT_KIOSK", "LAZARUS"},
		"reports":  {"POWERSCRIBE", "LAZARUS_RAD"},
	}
}

// NewMessage builds MSH and the segments. Segments use the usual delimiters.
func NewMessage(from, to, kind, id, version, charset string, segments ...string) Message {
	a, b := applications()[from], applications()[to]
	msh := fmt.Sprintf(`MSH|^~\&|%s|%s|%s|%s|20261123081500||%s|%s|P|%s`, a.app, a.facility, b.app, b.facility, kind, id, version)
	if charset != "" {
		msh += "||||||" + charset
	}
	m := Message{Text: msh + "\r" + strings.Join(segments, "\r") + "\r"}
	parts := strings.SplitN(kind, "^", 3)
	m.HL7Message = truth.HL7Message{Client: from, Server: to, Type: strings.Join(parts[:min(2, len(parts))], "^"),
		ControlID: id, App: a.app, Facility: a.facility, RecvApp: b.app, RecvFacility: b.facility,
		Version: version, Charset: charset, Delimiters: `|^~\&`}
	for _, s := range segments {
		if strings.HasPrefix(s, "CON|") || strings.HasPrefix(s, "TXA|1|CN|") {
			m.HasConsent = true
		}
	}
	return m
}

// withDelimiters writes the message with other delimiters (MSH-1, MSH-2).
func (m Message) withDelimiters(d string) Message {
	m.Text = strings.NewReplacer("|", d[0:1], "^", d[1:2], "~", d[2:3], `\`, d[3:4], "&", d[4:5]).Replace(m.Text)
	m.Delimiters = d
	return m
}

func pid(p Patient) string {
	return fmt.Sprintf("PID|1||%s^^^LAZARUS^MR~LZINS-%s^^^INS^NI||%s||%s|O|||%s^^LAZTOWN^^1000||%s",
		p.ID, p.ID[len(p.ID)-4:], p.Name, p.Birth, p.Street, p.Phone)
}

func pv1(class, where string) string {
	return "PV1|1|" + class + "|" + where + "||||^ZZDOCTOR^ATTENDING|||MED"
}

// Admissions are what the HIS and the desks say.
func Admissions(all []Patient) map[string][]Message {
	evn := func(e string) string { return "EVN|" + e + "|20261123081500" }
	kin := "NK1|1|ZZKIN^NEXT|SPO"
	return map[string][]Message{
		"his": {
			NewMessage("his", "engine", "ADT^A01^ADT_A01", "HIS000001", "2.5", "", evn("A01"), pid(all[0]), kin, pv1("I", "RAD^R1^B1^LAZARUS")),
			NewMessage("his", "engine", "ADT^A08^ADT_A01", "HIS000002", "2.5", "", evn("A08"), pid(all[0]), pv1("I", "ICU^R2^B3^LAZARUS")),
			NewMessage("his", "engine", "ADT^A40^ADT_A39", "HIS000003", "2.5", "", evn("A40"), pid(all[1]), "MRG|LZCAN-900777^^^LAZARUS^MR||||||ZZCANARY^MERGED"),
			NewMessage("his", "engine", "ADT^A03", "HIS000004", "2.3", "", evn("A03"), pid(all[2]), pv1("I", "CARD^R7^B1^LAZARUS")),
		},
		"reg1": {
			NewMessage("reg1", "engine", "ADT^A04^ADT_A01", "REG1-0001", "2.4", "", evn("A04"), pid(all[3]), kin, pv1("O", "RADREG^DESK1^^LAZARUS")),
			NewMessage("reg1", "engine", "ADT^A08^ADT_A01", "REG1-0002", "2.4", "", evn("A08"), pid(all[3]), pv1("O", "RADREG^DESK1^^LAZARUS")),
			NewMessage("reg1", "engine", "ADT^A04^ADT_A01", "REG1-0003", "2.4", "", evn("A04"), pid(all[4]), pv1("O", "RADREG^DESK1^^LAZARUS")),
		},
		"reg2": {
			NewMessage("reg2", "engine", "ADT^A04", "CL-77001", "2.3.1", "", evn("A04"), pid(all[5]), pv1("O", "CLINIC^FRONT^^RIVERSIDE")),
			NewMessage("reg2", "engine", "SIU^S12^SIU_S12", "CL-77002", "2.3.1", "", "SCH|LZAPPT-7||||||ROUTINE|||30|MIN|^^30^20261124090000", pid(all[5]), "RGS|1", "AIS|1||US-ABD^Ultrasound abdomen"),
		},
		"consent1": {
			NewMessage("consent1", "engine", "MDM^T02^MDM_T02", "CONS-0001", "2.6", "", evn("T02"), pid(all[3]), pv1("O", "RADREG^KIOSK^^LAZARUS"),
				"TXA|1|CN|TX|20261123081600|||||||LZDOC-55001||||||LA", "OBX|1|TX|CONSENT^Consent to contrast medium||signed||||||F"),
			NewMessage("consent1", "engine", "MDM^T02^MDM_T02", "CONS-0002", "2.6", "", evn("T02"), pid(all[4]), pv1("O", "RADREG^KIOSK^^LAZARUS"),
				"TXA|1|CN|TX|20261123082600|||||||LZDOC-55002||||||LA", "OBX|1|TX|CONSENT^Consent to examination||signed||||||F"),
			NewMessage("consent1", "engine", "ADT^A08^ADT_A01", "CONS-0003", "2.6", "", evn("A08"), pid(all[4]), pv1("O", "RADREG^KIOSK^^LAZARUS"),
				"CON|1|001^Informed consent^HL70496||||||||||A|20261123082700"),
		},
	}
}

// Orders are what the RIS and the dictation system say.
func Orders(all []Patient) map[string][]Message {
	order := func(n int) string {
		return fmt.Sprintf("ORC|NW|LZORD-%d|||SC||||20261123083000|||^ZZDOCTOR^REFERRING", n)
	}
	obr := func(n int, code, dept string) string {
		return fmt.Sprintf("OBR|1|LZORD-%d||%s|||20261123083000|||||||||^ZZDOCTOR^REFERRING||LZACC-%d||||||%s", n, code, 60000+n, dept)
	}
	udi := "PRT|1|AD||EQUIP^Equipment^HL70912||||||(01)00840682102384(21)071123VE|||||00840682102384||20240101|||071123VE"
	return map[string][]Message{
		"ris": {
			NewMessage("ris", "engine", "ORM^O01^ORM_O01", "RIS20001", "2.3.1", "", pid(all[3]), pv1("O", "RAD^^^LAZARUS"), order(1), obr(1, "CTTHX^CT thorax", "CT")),
			NewMessage("ris", "engine", "OMI^O23^OMI_O23", "RIS20002", "2.5.1", "", pid(all[4]), pv1("O", "RAD^^^LAZARUS"), order(2), "TQ1|1", obr(2, "MRKNEE^MR knee", "MR"), "IPC|LZACC-60002|LZRP2|1.3.12.2.1107.5.2.18.141555.77.2|LZSPS2|MR|||MRAERA02"),
		},
		"reports": {
			NewMessage("reports", "engine", "ORU^R01^ORU_R01", "PS-88001", "2.4", "", pid(all[3]), pv1("O", "RAD^^^LAZARUS"), obr(1, "CTTHX^CT thorax", "CT"),
				"OBX|1|TX|CTTHX&IMP^Impression||ZZFINDING nothing to see||||||F|||20261123101500||^ZZDOCTOR^READING||CTAWP73021^SIEMENS^73021^SERIAL"),
			NewMessage("reports", "engine", "ORU^R01^ORU_R01", "PS-88002", "2.8", "", pid(all[6]), pv1("O", "CARD^^^LAZARUS"), obr(3, "ECHO^Echocardiography", "US"),
				"OBX|1|NM|EF^Ejection fraction||61|%|||||F|||20261123103000||||VIVIDE95-071^GE^071123VE^SERIAL", udi),
			NewMessage("reports", "engine", "ORU^R01^ORU_R01", "PS-BAD-1", "2.4", "", pid(all[7]), obr(4, "XX^Unknown", "OT")),
		},
	}
}

// Oddities are messages on the edge of the standard, sent as one stream.
func Oddities(all []Patient) []Message {
	p := all[8]
	accents := Patient{Name: "ZZCANÄRY^ÜMIT", ID: "LZCAN-900001", Birth: "19500101", Phone: "LZPHONE-9001", Street: "1 ZZSTRASSE GRÜN"}
	return []Message{
		NewMessage("ris", "engine", "ADT^A31^ADT_A05", "ODD-0001", "2.5", "", "EVN|A31|20261123", pid(p)).withDelimiters(`#$*!@`),
		NewMessage("ris", "engine", "ADT^A28^ADT_A05", "ODD-0002", "2.5", "UNICODE UTF-8", "EVN|A28|20261123", pid(accents)),
		NewMessage("ris", "engine", "ADT^A31^ADT_A05", "ODD-0003", "2.7", "", "EVN|A31|20261123", pid(p)),
		NewMessage("ris", "engine", "ADT^A28^ADT_A05", "ODD-0004", "2.5", "", "EVN|A28|20261123", pid(all[9])).withDelimiters(`^|~\&`),
	}
}

// Latin is the same person in ISO 8859-1.
func Latin() []Message {
	p := Patient{Name: "ZZCANÄRY^JÖRG", ID: "LZCAN-900002", Birth: "19500102", Phone: "LZPHONE-9002", Street: "2 ZZSTRASSE GRÜN"}
	return []Message{NewMessage("his", "engine", "ADT^A28^ADT_A05", "LAT-0001", "2.3", "8859/1", "EVN|A28|20261123", pid(p))}
}

// Batched are two messages that travel in one block.
func Batched(all []Patient) []Message {
	return []Message{
		NewMessage("his", "engine", "ADT^A60^ADT_A60", "BAT-0001", "2.5", "", "EVN|A60|20261123", pid(all[8])),
		NewMessage("his", "engine", "ADT^A60^ADT_A60", "BAT-0002", "2.5", "", "EVN|A60|20261123", pid(all[9])),
	}
}

// Batch wraps messages between FHS/BHS and BTS/FTS in one block.
func Batch(ms []Message) string {
	var b strings.Builder
	b.WriteString("FHS|^~\\&|ORBIS|LAZARUS\rBHS|^~\\&|ORBIS|LAZARUS\r")
	for _, m := range ms {
		b.WriteString(m.Text)
	}
	fmt.Fprintf(&b, "BTS|%d\rFTS|1\r", len(ms))
	return b.String()
}
