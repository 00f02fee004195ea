package main

import (
	"fmt"
	"slices"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/dcmtk"
)

// scenario is one scripted recording.
type scenario struct {
	name, about string
	offload     bool
	folder      string // below the place of the others; empty: beside them
	run         func(*Lab) error
}

func scenarios() []scenario {
	return append(slices.Concat(lateral(), outbreaks()), []scenario{
		{name: "hospital", about: "everything: all machines and protocols of the lab in one day", run: hospital},
		{name: "dicom-store", about: "six modalities store to an archive; one unknown called AE title, one abort, one refusal for lack of space, one verification", run: dicomStore},
		{name: "dicom-query", about: "find, move and get against two archives, one on an odd port; a cancelled query", run: dicomQuery},
		{name: "dicom-workflow", about: "worklist, performed procedure steps, storage commitment, print, makers' implementation UIDs, user identity", run: dicomWorkflow},
		{name: "dicom-many", about: "thousands of operations in few associations, small objects", run: dicomMany},
		{name: "dicom-syntaxes", about: "one transfer syntax after the other, small and large PDUs, user identities", run: dicomSyntaxes},
		{name: "dicom-tls", about: "storage and verification inside TLS", run: dicomTLS},
		{name: "offload", about: "storage and a query with checksum and segmentation offload on: wrong checksums, large frames", offload: true, run: offload},
		{name: "hl7", about: "admissions, orders, results, consent through an interface engine; odd delimiters, charsets, batch, rejections", run: hl7Feeds},
		{name: "dhcp-dns", about: "three DHCP clients, DHCPv6, a device that moves, look-ups over UDP and TCP", run: dhcpDNS},
		{name: "remote", about: "log-ins, transfers, screens, mail and a directory: SSH, FTP, TFTP, Telnet, VNC, SMTP, LDAP; passwords right and wrong", run: remote},
		{name: "manage", about: "management, time, logs and announcements: SNMP, NTP, syslog with DICOM audit messages, LLDP, CDP, mDNS, SSDP, WS-Discovery, LLMNR", run: manage},
		{name: "database", about: "PostgreSQL, MariaDB, Redis, SQL Server and Oracle greet their clients; with TLS, in clear, with wrong passwords, without any", run: database},
		{name: "windows", about: "file service new and old, NetBIOS names and announcements, an Active Directory domain, a remote desktop", run: windows},
		{name: "web", about: "pages, DICOMweb and FHIR over HTTP in clear; browsers of several systems; files with odd preambles", run: web},
		{name: "tls", about: "TLS 1.0 to 1.3 and QUIC: certificates good, self-signed, expired and weak, client certificates, resumption, DICOM inside TLS", run: tls},
		{name: "devices", about: "a small hospital whose machines show themselves by several protocols each: images, HL7, SNMP, SMB, SSH, announcements", run: devices},
		{name: "service", about: "a supplier's day and the odd identities: a jump host, findings and dose reports, titles shared and not checked, several machines behind one address, one with two cards; files that are images and programs at once", run: service},
	}...)
}

// dicomStore is images going into the archive, and the three ways an
// association can end.
func dicomStore(l *Lab) error {
	if err := l.build("router", "pacs", "ct1", "mr1", "dx1", "us1", "mg1", "xa1", "us2", "ws1"); err != nil {
		return err
	}
	pacs, err := l.startOrthanc(l.hosts["pacs"])
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"ct1": 4, "mr1": 4, "dx1": 1, "us1": 1, "mg1": 1, "xa1": 1, "us2": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if _, err := l.scu(call{from: l.hosts["ct1"], to: pacs, tool: "echoscu"}); err != nil {
		return err
	}
	for _, name := range []string{"ct1", "mr1", "dx1", "us1", "mg1", "xa1", "us2"} {
		if err := l.store(l.hosts[name], pacs, sets[name].files); err != nil {
			return err
		}
	}
	return l.refusals(pacs, sets["mr1"].files)
}

// series is what one modality made: one study with one series.
type series struct {
	cast.Study
	files []string
	uids  []string
	class string
}

// makeDay builds one series of n instances for each named modality, before
// the recording starts.
func (l *Lab) makeDay(counts map[string]int) (map[string]series, error) {
	sets := map[string]series{}
	for i, name := range cast.Order() {
		n := counts[name]
		if n == 0 {
			continue
		}
		h := l.hosts[name]
		if h == nil {
			return nil, fmt.Errorf("makeDay: %s is not built", name)
		}
		s := l.newStudy(h.Equip.Root, i)
		o := cast.Object{Machine: h.Machine, Study: s, Series: 1}
		files, err := l.makeSeries(o, n)
		if err != nil {
			return nil, err
		}
		set := series{Study: s, files: files}
		set.class, _ = dcmtk.SOPUID(h.Equip.SOP)
		for j := range n {
			o.Instance = j + 1
			set.uids = append(set.uids, o.UID())
		}
		sets[name] = set
	}
	return sets, nil
}

// refusals shows a rejected and an aborted association.
func (l *Lab) refusals(pacs node, files []string) error {
	_, err := l.scu(call{from: l.hosts["mr1"], to: pacs, aec: "OLDPACS", tool: "storescu", args: []string{"-R"}, rest: files[:1], want: "rejected"})
	if err != nil {
		return err
	}
	_, err = l.scu(call{from: l.hosts["ws1"], to: pacs, tool: "echoscu", args: []string{"--abort"}, want: "aborted"})
	if err != nil {
		return err
	}
	full, err := l.startPeer(l.hosts["ws1"], peerConf{Port: portFull, Titles: []string{"FULLDISK"}, Status: map[string]int{"C-STORE": 0xa700}})
	if err != nil {
		return err
	}
	a, err := l.dimse(l.hosts["mr1"], full, job{Requests: []request{{Op: "C-STORE", File: files[0]}}}, "accepted")
	if err == nil && a.Operations[0].Status != "0xa700" {
		err = fmt.Errorf("the full disk answered %s", a.Operations[0].Status)
	}
	return err
}

// dicomQuery is reading workstations asking two archives.
func dicomQuery(l *Lab) error {
	if err := l.build("router", "pacs", "vna", "ct2", "mr2", "us2", "ws1", "ws2", "ws3"); err != nil {
		return err
	}
	ws1, err := l.startStoreSCP(l.hosts["ws1"])
	if err != nil {
		return err
	}
	ws3, err := l.startStoreSCP(l.hosts["ws3"])
	if err != nil {
		return err
	}
	ws2 := node{host: l.hosts["ws2"], ae: "READ_WS2", port: portStore}
	pacs, err := l.startOrthanc(l.hosts["pacs"], ws1, ws2, ws3)
	if err != nil {
		return err
	}
	vna, err := l.startQR(l.hosts["vna"], ws1, ws2, ws3)
	if err != nil {
		return err
	}
	sets, err := l.makeDay(map[string]int{"ct2": 2, "mr2": 3, "us2": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, name := range []string{"ct2", "mr2", "us2"} {
		for _, to := range []node{pacs, vna} {
			if err := l.store(l.hosts[name], to, sets[name].files); err != nil {
				return err
			}
		}
	}
	if err := l.queries(pacs, vna, sets["ct2"], sets["mr2"]); err != nil {
		return err
	}
	if err := l.pushed(l.hosts["pacs"], ws1); err != nil {
		return err
	}
	return l.pushed(l.hosts["vna"], ws3)
}

// queries is a reader's morning: look, fetch, fetch the other way.
func (l *Lab) queries(pacs, vna node, ct, mr series) error {
	ws1, ws2, ws3 := l.hosts["ws1"], l.hosts["ws2"], l.hosts["ws3"]
	study := []string{"QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName", "PatientID", "AccessionNumber", "StudyDate"}
	one := func(s series) []string {
		return []string{"QueryRetrieveLevel=STUDY", "StudyInstanceUID=" + s.UID}
	}
	wild := append([]string{}, study...)
	wild[2] = "PatientName=ZZCANARY*"
	l.canary("query", "ZZCANARY*")
	for _, c := range []call{
		{from: ws1, to: pacs, tool: "findscu", args: keys("-S", study...)},
		{from: ws1, to: pacs, tool: "findscu", args: keys("-P", append(wild, "StudyDescription")...)},
		{from: ws1, to: pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=SERIES", "StudyInstanceUID="+ct.UID, "SeriesInstanceUID", "Modality")},
		{from: ws3, to: vna, tool: "findscu", args: keys("-S", study...)},
		{from: ws3, to: vna, tool: "findscu", args: append(keys("-S", study...), "--cancel", "1")},
		{from: ws2, to: pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "PatientID=LZCAN-000000", "StudyInstanceUID")},
		{from: ws1, to: pacs, tool: "movescu", args: append(keys("-S", one(ct)...), "-aem", "READ_WS1")},
		{from: ws3, to: vna, tool: "movescu", args: append(keys("-S", one(mr)...), "-aem", "CLINIC_WS")},
		{from: ws3, to: vna, tool: "movescu", args: append(keys("-S", one(mr)...), "-aem", "NOWHERE"), fails: true},
		{from: ws2, to: pacs, tool: "getscu", args: append(keys("-S", one(mr)...), "--ignore")},
		{from: ws2, to: vna, tool: "getscu", args: append(keys("-S", one(ct)...), "--ignore")},
	} {
		if _, err := l.scu(c); err != nil {
			return err
		}
	}
	l.canary("patient-id", "LZCAN-000000")
	return nil
}

// dicomWorkflow is the paperwork around an examination.
func dicomWorkflow(l *Lab) error {
	if err := l.build("router", "pacs", "wlm", "ct1", "mr1", "dx2", "us2", "printer", "ws1"); err != nil {
		return err
	}
	w, err := l.startWorkflow(map[string]int{"ct1": 2, "mr1": 2, "us2": 1, "dx2": 1})
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, name := range []string{"ct1", "mr1", "us2", "dx2"} {
		if err := l.examine(w, name); err != nil {
			return err
		}
	}
	if err := l.print(w, "ws1", w.sets["ct1"].Study); err != nil {
		return err
	}
	return l.events(w)
}

// workflow holds the servers of the paperwork.
type workflow struct {
	pacs, wlm, mpps, printer node
	events                   map[string]node // modality to its listener for commitment
	sets                     map[string]series
}

// startWorkflow starts archive, worklist, MPPS and printer for modalities
// that make n objects each.
func (l *Lab) startWorkflow(counts map[string]int, known ...node) (*workflow, error) {
	w := &workflow{events: map[string]node{}}
	var err error
	if w.sets, err = l.makeDay(counts); err != nil {
		return nil, err
	}
	steps := map[*Host]cast.Study{}
	for name, s := range w.sets {
		steps[l.hosts[name]] = s.Study
	}
	if w.wlm, err = l.startWorklist(l.hosts["wlm"], steps); err != nil {
		return nil, err
	}
	if w.mpps, err = l.startPeer(l.hosts["wlm"], peerConf{Port: portMPPS, Titles: l.hosts["wlm"].AETitles[1:]}); err != nil {
		return nil, err
	}
	p := l.hosts["printer"]
	p.Manufacturer, p.Model, p.Serial = "AGFA", "DRYSTAR 5503", "DS5503-1188"
	w.printer, err = l.startPeer(p, peerConf{Port: portPrinter, Titles: p.AETitles,
		Printer: map[string]any{"Manufacturer": p.Manufacturer, "ManufacturerModelName": p.Model, "DeviceSerialNumber": p.Serial, "PrinterName": "FILM1"}})
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"ct1", "mr1"} {
		h := l.hosts[name]
		n, err := l.startPeer(h, peerConf{Port: portEvents, Titles: h.AETitles})
		if err != nil {
			return nil, err
		}
		w.events[name] = n
		known = append(known, n)
	}
	w.pacs, err = l.startOrthanc(l.hosts["pacs"], known...)
	return w, err
}

// examine is one examination: worklist, step in progress, images, step
// completed, commitment. Devices without an implementation of their own are
// dcmtk all the way and have neither step nor commitment.
func (l *Lab) examine(w *workflow, name string) error {
	h, set := l.hosts[name], w.sets[name]
	if implementations()[name].uid == "" {
		_, err := l.scu(call{from: h, to: w.wlm, tool: "findscu", args: keys("-W", "PatientName", "PatientID", "AccessionNumber",
			"ScheduledProcedureStepSequence[0].Modality="+h.Modality, "ScheduledProcedureStepSequence[0].ScheduledStationAETitle")})
		if err != nil {
			return err
		}
		return l.store(h, w.pacs, set.files)
	}
	query := request{Op: "C-FIND", Worklist: true, Dataset: map[string]any{"PatientName": "", "PatientID": "", "AccessionNumber": "",
		"ScheduledProcedureStepSequence": []map[string]any{{"Modality": h.Modality, "ScheduledStationAETitle": h.AETitles[0],
			"ScheduledProcedureStepStartDate": "20261123"}}}}
	create, done := performed(h, set.Study)
	var images []request
	for _, f := range set.files {
		images = append(images, request{Op: "C-STORE", File: f})
	}
	imaging := job{Requests: images, MaxPDU: 65536}
	if name == "mr1" {
		imaging.Async = 4
		imaging.User, imaging.Secret = "lzuser-mr1", "LZSECRET-4711"
	}
	type step struct {
		to node
		j  job
	}
	steps := []step{
		{w.wlm, job{Requests: []request{query}}},
		{w.mpps, job{Requests: []request{create}}},
		{w.pacs, imaging},
		{w.mpps, job{Requests: []request{done}}},
	}
	if _, ok := w.events[name]; ok {
		steps = append(steps, step{w.pacs, job{Requests: []request{commit(set.uids, set.class, set.UID+".77")}}})
	}
	for _, s := range steps {
		if _, err := l.dimse(h, s.to, s.j, "accepted"); err != nil {
			return err
		}
	}
	return nil
}

// print sends a page to the film printer.
func (l *Lab) print(w *workflow, from string, s cast.Study) error {
	_, err := l.dimse(l.hosts[from], w.printer, job{Requests: filmJob(s)}, "accepted")
	return err
}

// events waits for the archive's answers to the commitment requests.
func (l *Lab) events(w *workflow) error {
	for _, n := range w.events {
		if err := n.proc.waitLog("N-EVENT-REPORT", 1); err != nil {
			return err
		}
	}
	time.Sleep(200 * time.Millisecond) // the release after it
	for _, name := range cast.Order() {
		if n, ok := w.events[name]; ok {
			if err := l.heard(n, l.hosts["pacs"]); err != nil {
				return err
			}
		}
	}
	return nil
}

// dicomMany is a long association with little in each operation.
func dicomMany(l *Lab) error {
	if err := l.build("router", "pacs", "vna", "mr1", "ct2", "ws2"); err != nil {
		return err
	}
	if err := l.quick("pacs", "vna", "mr1", "ct2", "ws2"); err != nil {
		return err
	}
	pacs, err := l.startOrthanc(l.hosts["pacs"])
	if err != nil {
		return err
	}
	vna, err := l.startQR(l.hosts["vna"])
	if err != nil {
		return err
	}
	s := l.newStudy(l.hosts["mr1"].Equip.Root, 3)
	files, err := l.makeSeries(cast.Object{Machine: l.hosts["mr1"].Machine, Study: s, Series: 4, Rows: 8, Cols: 8}, 400)
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.store(l.hosts["mr1"], pacs, files); err != nil {
		return err
	}
	echo := []request{{Op: "C-ECHO"}}
	if _, err := l.dimse(l.hosts["ct2"], pacs, job{Requests: echo, Repeat: 1000}, "accepted"); err != nil {
		return err
	}
	find := keys("-S", "QueryRetrieveLevel=IMAGE", "StudyInstanceUID="+s.UID, "SeriesInstanceUID", "SOPInstanceUID", "InstanceNumber")
	if _, err := l.scu(call{from: l.hosts["ws2"], to: pacs, tool: "findscu", args: find}); err != nil {
		return err
	}
	_, err = l.scu(call{from: l.hosts["ws2"], to: vna, tool: "echoscu", args: []string{"--repeat", "300"}})
	return err
}
