package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// theft is somebody who guesses a title, lists all studies and takes them.
func theft(l *Lab) error {
	names := []string{"router", "infra", "pacs", "ris", "engine", "his", "ws1", "reg1", "ct1", "mr1", "guest1"}
	if err := l.build(names...); err != nil {
		return err
	}
	s := new(scene)
	var err error
	if s.engine, err = l.startEngine(); err != nil {
		return err
	}
	guest, ws := l.hosts["guest1"], l.hosts["ws1"]
	if s.pacs, err = l.startOrthanc(l.hosts["pacs"], node{host: guest, ae: guest.AETitles[0], port: portStore}, node{host: ws, ae: ws.AETitles[0], port: portStore}); err != nil {
		return err
	}
	studies, err := l.holdings(s)
	if err != nil {
		return err
	}
	taker, err := l.startStoreSCP(guest)
	if err != nil {
		return err
	}
	reader, err := l.startStoreSCP(ws)
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(20 * time.Minute)
	move := func(from *Host, study, to string) error {
		_, err := l.scu(call{from: from, to: s.pacs, tool: "movescu", args: append(keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID="+study), "-aem", to)})
		return err
	}
	if err := move(ws, studies[0].UID, ws.AETitles[0]); err != nil {
		return err
	}
	l.mustBeQuiet("ws1", "pacs", "one study is fetched to be read", "D1", "D4")
	if err := l.take(s.pacs, studies[:60], move); err != nil {
		return err
	}
	if err := l.pushed(l.hosts["pacs"], taker); err != nil {
		return err
	}
	return l.pushed(l.hosts["pacs"], reader)
}

// take guesses, asks for everything, and fetches study after study.
func (l *Lab) take(pacs node, studies []cast.Study, move func(from *Host, study, to string) error) (err error) {
	guest := l.hosts["guest1"]
	l.pass(15 * time.Minute)
	if err := l.guess(pacs); err != nil {
		return err
	}
	l.pass(2 * time.Minute)
	if _, err := l.scu(call{from: guest, to: pacs, tool: "findscu", args: keys("-S", "QueryRetrieveLevel=STUDY", "PatientName=*", "PatientID", "StudyDate", "StudyInstanceUID")}); err != nil {
		return err
	}
	for i, one := range studies {
		if i%2 == 0 {
			err = move(guest, one.UID, guest.AETitles[0])
		} else {
			_, err = l.scu(call{from: guest, to: pacs, tool: "getscu", args: append(keys("-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID="+one.UID), "-od", l.in("in-guest1"))})
		}
		if err != nil {
			return err
		}
	}
	l.finds("guest1", "pacs", "accepted", "D4")
	l.mustBeQuiet("guest1", "pacs", "what a C-GET stores comes from the archive", "D5")
	return nil
}

// holdings makes 120 small studies, half at each scanner.
func (l *Lab) holdings(s *scene) (all []cast.Study, err error) {
	s.sets = map[string]series{}
	for k, name := range []string{"ct1", "mr1"} {
		h := l.hosts[name]
		set := series{}
		for i := range 60 {
			study := l.newStudy(h.Equip.Root, 100+i*2+k)
			file, err := l.makeObject(cast.Object{Machine: h.Machine, Study: study, Series: 1, Instance: 1, Rows: 8, Cols: 8})
			if err != nil {
				return nil, err
			}
			set.files = append(set.files, file)
			all = append(all, study)
		}
		s.sets[name] = set
	}
	return all, nil
}

// guess calls the archive by twenty titles that it does not have.
func (l *Lab) guess(pacs node) error {
	for _, title := range strings.Fields("ANY-SCP PACS ARCHIVE ORTHANC DCM4CHEE CONQUEST STORESCP QRSCP IMPAX SYNAPSE VUE ISITE CENTRICITY MERGE SECTRA PACS1 PACS_SCP MAINPACS DICOM TEST") {
		if _, err := l.scu(call{from: l.hosts["guest1"], to: pacs, aet: "ECHOSCU", aec: title, tool: "echoscu", want: "rejected"}); err != nil {
			return err
		}
	}
	l.finds("guest1", "pacs", "refused", "D1")
	return nil
}

// merge is messages from somebody whom nobody has heard before.
func merge(l *Lab) error {
	s, err := l.open([]string{"ct1"}, "guest1")
	if err != nil {
		return err
	}
	if err := l.begin(s); err != nil {
		return err
	}
	all := cast.Patients()
	for i := range 9 {
		l.pass(4 * time.Minute)
		for _, from := range []string{"his", "reg1"} {
			m := cast.Admissions(all)[from][i%2]
			id := fmt.Sprintf("%s-%d", strings.ToUpper(from), 7000+i)
			m.Text = strings.Replace(m.Text, m.ControlID, id, 1)
			m.ControlID = id
			if err := l.say(from, hl7Job{KeepAlive: true}, []cast.Message{m}); err != nil {
				return err
			}
		}
	}
	if err := l.forwarded(s.engine); err != nil {
		return err
	}
	joined := func(from, id string, keep, gone cast.Patient) cast.Message {
		return cast.NewMessage(from, "ris", "ADT^A40^ADT_A39", id, "2.5", "", "EVN|A40|20261123094500", "PID|1||"+keep.ID+"^^^LAZARUS^MR||"+keep.Name, "MRG|"+gone.ID+"^^^LAZARUS^MR||||||"+gone.Name)
	}
	if err := l.sayTo("engine", "ris", portRIS, []cast.Message{joined("his", "HIS007100", all[0], all[1])}); err != nil {
		return err
	}
	l.mustBeQuiet("engine", "ris", "a merge that the engine brings, as it has brought all else of this sender", "H1")
	l.pass(6 * time.Minute)
	if err := l.sayTo("guest1", "ris", portRIS, []cast.Message{
		joined("his", "HIS900001", all[2], all[3]), joined("his", "HIS900002", all[4], all[5]),
		cast.NewMessage("his", "ris", "ORU^R01^ORU_R01", "HIS900003", "2.5", "", "PID|1||"+all[6].ID+"^^^LAZARUS^MR||"+all[6].Name, "OBR|1|LZORD-9||CTTHX^CT thorax", "OBX|1|NM|EF^Ejection fraction||61|%|||||F"),
	}); err != nil {
		return err
	}
	l.finds("guest1", "ris", "accepted", "H1")
	return nil
}

// sayTo sends messages straight to a receiver.
func (l *Lab) sayTo(from, to string, port int, ms []cast.Message) error {
	j := hl7Job{Host: l.hosts[to].IP, Port: port, KeepAlive: true}
	for _, m := range ms {
		j.Messages = append(j.Messages, hl7Text{m.Text})
	}
	file, err := l.jobFile("hl7-"+from, j)
	if err != nil {
		return err
	}
	out, err := l.must(l.hosts[from], "node", filepath.Join(l.peers, "hl7.js"), "send", file)
	if err != nil {
		return err
	}
	acks := map[string]string{}
	for line := range strings.Lines(out) {
		var r hl7Report
		if json.Unmarshal([]byte(line), &r) == nil && r.ControlID != "" {
			acks[r.ControlID] = r.Ack
		}
	}
	for _, m := range ms {
		m.Client, m.Server, m.Port, m.Ack = from, to, port, acks[m.ControlID]
		if m.Ack != "AA" {
			return fmt.Errorf("%s from %s: %q\n%s", m.ControlID, from, m.Ack, tail(out, 600))
		}
		l.truth.HL7 = append(l.truth.HL7, m.HL7Message)
	}
	return nil
}

// inertProgram is a preamble with the headers of a program for no machine: MZ,
// where the next header stands, and that header with nothing behind it.
func inertProgram() string {
	b := make([]byte, 128)
	copy(b, "MZ")
	b[0x3c] = 0x40
	copy(b[0x40:], "PE\x00\x00")
	return string(b)
}

// polyglot is images with the head of a program, on four roads.
func polyglot(l *Lab) error {
	if err := l.build("router", "pacs", "ct1", "ws1", "desk1", "desk2", "desk3", "web", "filedrop", "files"); err != nil {
		return err
	}
	if _, err := l.startImages(); err != nil {
		return err
	}
	l.canary("user", webUser)
	l.canary("secret", webPassword)
	ct := l.hosts["ct1"]
	paths, err := l.makeSeries(cast.Object{Machine: ct.Machine, Study: l.newStudy(ct.Equip.Root, 6), Series: 2, Rows: 16, Cols: 16}, 3)
	if err != nil {
		return err
	}
	for i, preamble := range map[int]string{1: "II*\x00\x08\x00\x00\x00", 2: inertProgram()} {
		if err := dress(paths[i], preamble); err != nil {
			return err
		}
	}
	all := map[string]sample{}
	for i, name := range []string{"ZERO.DCM", "SLIDE.DCM", "IMAGE.DCM"} {
		if all[name], err = measure(paths[i]); err != nil {
			return err
		}
	}
	if err := l.startDepot(all); err != nil {
		return err
	}
	if err := l.startTransfer(); err != nil {
		return err
	}
	f, err := l.makeShares("files", "FILESRV", "")
	if err != nil {
		return err
	}
	if err := l.record(); err != nil {
		return err
	}
	if err := l.serveShares(f); err != nil {
		return err
	}
	for _, play := range []func(map[string]sample) error{l.polySTOW, func(s map[string]sample) error { return l.polySMB(f, s) }, l.polyHTTP, l.polyFTP} {
		if err := play(all); err != nil {
			return err
		}
		l.pass(5 * time.Minute)
	}
	return nil
}

// polySTOW stores innocent files, then the other one.
func (l *Lab) polySTOW(all map[string]sample) error {
	for _, p := range []struct {
		from, name, detail string
		files              []string
	}{
		{"ct1", "innocent", "preambles of zeros and TIFF", []string{all["ZERO.DCM"].path, all["SLIDE.DCM"].path}},
		{"ws1", "program", "preamble MZ and PE", []string{all["IMAGE.DCM"].path}},
	} {
		body, err := l.stowBody(p.name, p.files)
		if err != nil {
			return err
		}
		if err := l.errands(l.page(p.from, "pacs", 8042, "DICOMweb: STOW-RS, "+p.detail, "200", "-u", webUser+":"+webPassword, "-H", "Expect:", "-H", "Accept: application/dicom+json",
			"-H", `Content-Type: multipart/related; type="application/dicom"; boundary=`+stowBoundary, "--data-binary", "@"+body, "/dicom-web/studies")); err != nil {
			return err
		}
	}
	l.dicomFile(truth.DICOMFile{Client: "ct1", Server: "pacs", Sender: "ct1", Port: 8042, Via: "stow", Preamble: "zero", Count: 1})
	l.dicomFile(truth.DICOMFile{Client: "ct1", Server: "pacs", Sender: "ct1", Port: 8042, Via: "stow", Preamble: "tiff", Count: 1})
	l.dicomFile(truth.DICOMFile{Client: "ws1", Server: "pacs", Sender: "ws1", Port: 8042, Via: "stow", Preamble: "mz", Count: 1})
	l.finds("ws1", "pacs", "", "D6")
	l.mustBeQuiet("ct1", "pacs", "preambles of zeros and TIFF", "D6")
	return nil
}

// polySMB copies all to a share; another machine gets the innocent ones.
func (l *Lab) polySMB(f *fileShares, all map[string]sample) error {
	who := people()["transfer"]
	visits := map[string][]string{"desk1": {"ZERO.DCM", "SLIDE.DCM", "IMAGE.DCM"}, "desk2": {"ZERO.DCM", "SLIDE.DCM"}}
	for _, from := range sortedKeys(visits) {
		v := visit{from: from, dialect: "3.11", share: "images", user: who.user, password: who.password, signed: true, detail: "images by SMB"}
		for _, n := range visits[from] {
			v.tasks = append(v.tasks, task{op: "write", path: n, file: all[n]})
		}
		if err := l.visit(f, v); err != nil {
			return err
		}
	}
	l.finds("desk1", "files", "", "D6")
	l.mustBeQuiet("desk2", "files", "preambles of zeros and TIFF", "D6")
	return nil
}

// polyHTTP puts the file on a server, and gets it and the others from there.
func (l *Lab) polyHTTP(all map[string]sample) error {
	url := "http://" + l.hosts["web"].IP
	get := func(from, name string) road {
		out := l.in("http." + from + "." + name)
		return road{from: from, to: "web", carrier: "http", path: "/" + name, port: 80, detail: "an image by GET", file: all[name], disk: out, argv: []string{"curl", "-sS", "-f", "-m", "20", "-o", out, url + "/" + name}}
	}
	put := road{from: "desk1", to: "web", carrier: "http", path: "/in/IMAGE.DCM", port: 80, detail: "an image by PUT", file: all["IMAGE.DCM"], up: true, disk: filepath.Join(l.in("depot"), "in", "IMAGE.DCM"),
		argv: []string{"curl", "-sS", "-f", "-m", "20", "-T", all["IMAGE.DCM"].path, url + "/in/IMAGE.DCM"}}
	if err := l.travel(put, get("desk3", "IMAGE.DCM"), get("desk2", "ZERO.DCM"), get("desk2", "SLIDE.DCM")); err != nil {
		return err
	}
	l.finds("desk1", "web", "", "D6")
	// It comes from the server: who sends it is the source.
	l.finds("web", "desk3", "", "D6")
	l.mustBeQuiet("web", "desk2", "preambles of zeros and TIFF", "D6")
	return nil
}

// polyFTP sends all of them.
func (l *Lab) polyFTP(all map[string]sample) error {
	who := people()["transfer"]
	send := func(from, name string) road {
		return road{from: from, to: "filedrop", carrier: "ftp", path: "/" + name, port: 21, detail: "an image by FTP", file: all[name], up: true,
			argv: []string{"curl", "-sS", "-f", "-m", "20", "-u", who.user + ":" + who.password, "-T", all[name].path, "ftp://" + l.hosts["filedrop"].IP + "/" + name}}
	}
	if err := l.travel(send("desk2", "ZERO.DCM"), send("desk2", "SLIDE.DCM"), send("desk1", "IMAGE.DCM")); err != nil {
		return err
	}
	l.finds("desk1", "filedrop", "", "D6")
	l.mustBeQuiet("desk2", "filedrop", "preambles of zeros and TIFF", "D6")
	return nil
}
