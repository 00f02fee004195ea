package inventory

import (
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto/browser"
	"lazaret/internal/proto/dhcp"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/hl7"
)

const (
	pacs   = "10.0.0.10"
	vna    = "10.0.0.11"
	wlm    = "10.0.0.12"
	ct     = "10.0.0.21"
	mr     = "10.0.0.22"
	reader = "10.0.0.41"
	engine = "10.0.0.14"
	his    = "10.0.0.15"
	ris    = "10.0.0.13"
	desk   = "10.0.0.51"
)

// roleCases: every role with a case that shows it and cases that look like it
// and are not.
var roleCases = []struct {
	name string
	play func(s *scene)
	want map[string]Role // address to role
}{
	{"a scanner stores to an archive", func(s *scene) {
		s.store(ct, pacs, force, 3)
	}, map[string]Role{ct: CT, pacs: Archive}},
	{"kinds of modality", func(s *scene) {
		for i, g := range []scanner{aera, vivid, xray, mammo, gamma, petct, angio, scope} {
			s.store("10.0.1."+string(rune('1'+i)), pacs, g, 1)
		}
		ct := petct
		ct.modality = "CT"
		s.store("10.0.1.6", pacs, ct, 9) // PET/CT sends more CT slices
	}, map[string]Role{"10.0.1.1": MR, "10.0.1.2": US, "10.0.1.3": DX, "10.0.1.4": MG, "10.0.1.5": NM, "10.0.1.6": PT, "10.0.1.7": XA, "10.0.1.8": OT, pacs: Archive}},
	{"a scanner that only asks for its worklist", func(s *scene) {
		s.worklist(mr, wlm, "MR")
	}, map[string]Role{mr: MR, wlm: Worklist}},
	{"a scanner that also fetches earlier images", func(s *scene) {
		s.query(ct, pacs)
		s.move(ct, pacs)
		s.op(pacs, ct, moved(force))
		s.worklist(ct, wlm, "CT")
		s.store(ct, pacs, force, 2)
		s.mpps(ct, wlm, force)
	}, map[string]Role{ct: CT, pacs: Archive, wlm: Worklist}},
	{"an archive forwards the images of one scanner", func(s *scene) {
		s.store(ct, pacs, force, 3)
		s.store(pacs, reader, force, 3)
		s.query(reader, pacs)
	}, map[string]Role{ct: CT, pacs: Archive, reader: Workstation}},
	{"an archive whose scanners were not seen", func(s *scene) {
		s.store(pacs, vna, force, 1)
		s.store(pacs, vna, aera, 1)
		s.query(reader, pacs)
	}, map[string]Role{pacs: Archive, vna: Archive}},
	{"a workstation sends on what it received", func(s *scene) {
		s.query(reader, pacs)
		s.move(reader, pacs)
		s.op(pacs, reader, moved(force))
		s.store(reader, vna, force, 1)
	}, map[string]Role{reader: Workstation, pacs: Archive}},
	{"a workstation sends reports and states", func(s *scene) {
		s.query(reader, pacs)
		for _, m := range []string{"SR", "PR", "KO"} {
			g := force
			g.modality = m
			s.store(reader, pacs, g, 1)
		}
	}, map[string]Role{reader: Workstation, pacs: Archive}},
	{"a secondary capture makes no scanner", func(s *scene) {
		op := image(force)
		op.SOPClass = "1.2.840.10008.5.1.4.1.1.7"
		s.op(reader, pacs, op)
		s.move(reader, pacs)
	}, map[string]Role{reader: Workstation}},
	{"C-GET brings images over the same association", func(s *scene) {
		op := image(force)
		op.Status, op.StatusName, op.Responses = event.N(0), "success", 1
		s.op(reader, pacs, dicom.Operation{Command: "C-GET", Service: "retrieve", Calling: "READ_WS1", Called: "PACS"})
		op.IsOrig, op.FromCaller = false, false
		op.Calling, op.Called = "READ_WS1", "PACS"
		s.add(reader, pacs, 104, &op)
	}, map[string]Role{reader: Workstation, pacs: Archive}},
	{"storage commitment makes an archive, and no echo does", func(s *scene) {
		s.op(ct, pacs, dicom.Operation{Command: "N-ACTION", Service: "storage-commitment"})
		s.op(ct, vna, dicom.Operation{Command: "C-ECHO", Service: "verification"})
	}, map[string]Role{pacs: Archive, vna: Server}},
	{"a refusal is no service", func(s *scene) {
		s.op(ct, pacs, dicom.Operation{Command: "C-FIND", Service: "query", Status: event.N(0x0122), StatusName: "failure", Responses: 1})
	}, map[string]Role{pacs: Unknown}},
	{"a film printer", func(s *scene) {
		s.op(ct, "10.0.0.31", dicom.Operation{Command: "N-CREATE", Service: "print"})
	}, map[string]Role{"10.0.0.31": DICOMPrinter, ct: Unknown}},
	{"desk, engine, systems", playMessages,
		map[string]Role{desk: RegistrationDesk, engine: HL7Engine, his: HIS, ris: RIS}},
	{"an engine that writes its own name", func(s *scene) {
		s.hl7(his, engine, adt("HIS", "A03"))
		s.hl7(engine, ris, adt("ENGINE", "A03"))
	}, map[string]Role{engine: HL7Engine, his: HIS}},
	{"a system that writes discharges is no desk", func(s *scene) {
		s.hl7(his, engine, adt("HIS", "A01"))
		s.hl7(his, engine, adt("HIS", "A03"))
	}, map[string]Role{his: HIS}},
	{"a desk that many ask is no desk", func(s *scene) {
		s.hl7(desk, engine, adt("REG", "A04"))
		s.hl7(desk, his, adt("REG", "A04"))
	}, map[string]Role{desk: HIS}},
	{"one message of a medical device makes no desk", func(s *scene) {
		s.hl7(desk+"/00:09:5c:51:30:17", engine, adt("PUMP", "A01"))
	}, map[string]Role{desk: Unknown}},
	{"a desk that makes appointments too", func(s *scene) {
		s.hl7(desk, engine, adt("FRONT", "A04"))
		s.hl7(desk, engine, hl7.Message{SendingApp: "FRONT", Type: "SIU", Event: "S12"})
	}, map[string]Role{desk: RegistrationDesk}},
	{"consents", func(s *scene) {
		m := hl7.Message{SendingApp: "ECONSENT", Type: "MDM", Event: "T02", HasConsent: true, DocType: "CONSENT"}
		s.hl7(desk, engine, m)
		s.hl7(engine, his, m)
	}, map[string]Role{desk: ConsentDesk, engine: HL7Engine}},
	{"reports", func(s *scene) {
		s.hl7(desk, engine, hl7.Message{SendingApp: "SPEECH", Type: "ORU", Event: "R01"})
	}, map[string]Role{desk: Dictation}},
	{"names and addresses", func(s *scene) {
		s.lookup(ct, "10.0.0.2", "pacs.example", "A", pacs)
		s.lease("10.0.0.77", "00:05:b2:42:30:3d", "cart")
	}, map[string]Role{"10.0.0.2": DNSDHCP, "10.0.0.77": Unknown}},
	{"a relay hands no addresses out", func(s *scene) {
		s.free(&dhcp.Record{HardwareAddr: mac(s.t, "00:05:b2:42:30:3d"), ServerAddr: ip("10.0.0.3"), MsgTypes: []string{"DISCOVER"}})
		s.conn("10.0.0.3", "10.0.0.16", 80, "http")
	}, map[string]Role{"10.0.0.3": PC}},
	{"web server and its users, whatever the port", func(s *scene) {
		s.conn("10.0.0.61", "10.0.0.16", 104, "http")
		s.conn("10.0.0.62", "10.0.0.16", 104, "http")
	}, map[string]Role{"10.0.0.16": Server, "10.0.0.61": PC, "10.0.0.62": PC}},
	{"a dose registry", func(s *scene) {
		for _, a := range []string{ct, mr} {
			op := image(force)
			op.Modality, op.SOPClass = "SR", "1.2.840.10008.5.1.4.1.1.88.67"
			s.op(a, "10.0.0.71", op)
		}
	}, map[string]Role{"10.0.0.71": DoseAI}},
	{"an archive takes dose reports too", func(s *scene) {
		s.store(ct, pacs, force, 3)
		op := image(force)
		op.Modality, op.SOPClass = "SR", "1.2.840.10008.5.1.4.1.1.88.67"
		s.op(ct, pacs, op)
		s.query(reader, pacs)
	}, map[string]Role{ct: CT, pacs: Archive}},
	{"an analysis of images", func(s *scene) {
		s.store(pacs, "10.0.0.72", force, 3)
		for _, class := range []string{"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.88.34"} {
			op := image(force)
			op.Modality, op.SOPClass = "SEG", class
			s.op("10.0.0.72", pacs, op)
		}
		s.query(reader, pacs)
	}, map[string]Role{"10.0.0.72": DoseAI, pacs: Archive}},
	{"a reader marks what was sent to it", func(s *scene) {
		s.store(pacs, reader, force, 3)
		s.query(reader, pacs)
		s.move(reader, pacs)
		for _, class := range []string{"1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.11.1"} {
			op := image(force)
			op.Modality, op.SOPClass = "SR", class
			s.op(reader, pacs, op)
		}
	}, map[string]Role{reader: Workstation}},
	{"a maker's remote service", func(s *scene) {
		other := force
		other.station, other.serial = "CT2", "2"
		s.store(ct, pacs, force, 2)
		s.store("10.0.0.24", pacs, other, 2)
		for _, a := range []string{ct, "10.0.0.24"} {
			s.conn("10.0.0.73", a, 22, "ssh")
		}
		s.conn("10.0.0.73", "203.0.113.5", 443, "ssl")
	}, map[string]Role{ct: CT, "10.0.0.24": CT, "10.0.0.73": VendorGateway}},
	{"an administrator works on machines of several makers", func(s *scene) {
		s.store(ct, pacs, force, 2)
		s.store("10.0.0.24", pacs, vivid, 2)
		s.conn("10.0.0.73", ct, 22, "ssh")
		s.conn("10.0.0.73", "10.0.0.24", 5900, "rfb")
	}, map[string]Role{"10.0.0.73": PC}},
	{"a domain controller", func(s *scene) {
		s.conn("10.0.0.61", "10.0.0.74", 88, "krb_tcp")
		s.conn("10.0.0.61", "10.0.0.74", 389, "ldap_tcp")
		s.conn("10.0.0.61", "10.0.0.74", 445, "smb")
		s.lookup("10.0.0.61", "10.0.0.74", "dc.example", "A", "10.0.0.74")
	}, map[string]Role{"10.0.0.74": DomainController}},
	{"a file server, and a computer that answers one", func(s *scene) {
		s.conn("10.0.0.61", "10.0.0.75", 445, "smb")
		s.conn("10.0.0.62", "10.0.0.75", 445, "smb")
		s.conn("10.0.0.61", "10.0.0.62", 445, "smb")
	}, map[string]Role{"10.0.0.75": FileServer, "10.0.0.62": Server}},
	{"a scanner that shares its disk stays one", func(s *scene) {
		s.store(ct, pacs, force, 2)
		s.conn("10.0.0.61", ct, 445, "smb")
		s.conn("10.0.0.62", ct, 445, "smb")
	}, map[string]Role{ct: CT}},
	{"a database", func(s *scene) {
		s.conn("10.0.0.61", "10.0.0.76", 5432, "postgresql")
	}, map[string]Role{"10.0.0.76": Database, "10.0.0.61": PC}},
	{"a console that keeps its data in a database is none, a server is", func(s *scene) {
		for addr, types := range map[string][]string{"10.0.0.77": {"sql_server", "nt_workstation"}, "10.0.0.78": {"sql_server", "nt_server"}} {
			s.add(addr, "10.0.0.255", 138, &browser.Record{IsOrig: true, Kind: "host_announcement", Types: types})
		}
	}, map[string]Role{"10.0.0.77": PC, "10.0.0.78": Database}},
	{"a port proves nothing", func(s *scene) {
		s.syn(ct, pacs, 104)
		s.add(pacs, ct, 104, connRejected())
	}, map[string]Role{ct: Unknown, pacs: Unknown}},
}

func playMessages(s *scene) {
	for range 3 {
		s.hl7(desk, engine, adt("REGDESK", "A04"))
		s.hl7(engine, ris, adt("REGDESK", "A04"))
		s.hl7(his, engine, adt("HIS", "A03"))
		s.hl7(engine, ris, adt("HIS", "A03"))
		s.hl7(ris, engine, hl7.Message{SendingApp: "RIS", Type: "ORM", Event: "O01"})
	}
}

func TestRoles(t *testing.T) {
	for _, c := range roleCases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.play(s)
			r := s.report()
			for addr, want := range c.want {
				d := holding(t, r, addr)
				if d.Role != want {
					x, _ := r.Explain(addr)
					t.Errorf("%s is %s (%.2f), want %s\n%s\nmade: %s", addr, d.Role, d.Confidence, want, text(t, x.Roles), x.Made)
				}
				if (d.Role == Unknown) != (d.Confidence == 0) || d.Confidence > 1 {
					t.Errorf("%s: role %s has confidence %v", addr, d.Role, d.Confidence)
				}
			}
		})
	}
}
