package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lazaret/lab/cast"
	"lazaret/lab/dcmtk"
	"lazaret/lab/truth"
)

// implementation is how a maker's software names itself in an association.
// The values have the shape and the UID root of the makers' real ones.
type implementation struct{ uid, version string }

func implementations() map[string]implementation {
	return map[string]implementation{
		"ct1":     {"1.3.12.2.1107.5.9.20000101", "SIEMENS_S7VB50A"},
		"ct2":     {"1.2.840.113619.6.408", "GE_REVO_21B"},
		"mr1":     {"1.3.46.670589.11.0.0.51.4.8.0", "PMS_MR_5.7.1"},
		"mr2":     {"1.3.12.2.1107.5.9.20090101", "SIEMENS_MRE11"},
		"dx2":     {"1.2.392.200036.9125.5342", "FDX_CONSOLE_11"},
		"us1":     {"1.2.840.113619.6.332", "EchoPAC_204"},
		"mg1":     {"1.2.840.113681.1", "HOLOGIC_AWS111"},
		"xa1":     {"1.3.46.670589.7.5.1", "PMS_XA_2.2"},
		"nm1":     {"1.3.12.2.1107.5.9.20000101", "SIEMENS_MIVB10B"},
		"ws1":     {"1.2.40.0.13.1.3", "dcm4che-5.29.0"},
		"wlm":     {"1.2.40.0.13.1.1", "RISBROKER_62"},
		"printer": {"1.2.124.113532.3510", "DRYSTAR_5503"},
		"vanmr":   {"1.3.46.670589.11.0.0.51.4.56.1", "PMS_MR_5.6.1"},
		"vanmg":   {"1.2.840.113681.1", "HOLOGIC_AWS111"},
	}
}

// request is one DIMSE request of a dcmjs-dimse client.
type request struct {
	Op          string         `json:"op"`
	File        string         `json:"file,omitempty"`
	Dataset     map[string]any `json:"dataset,omitempty"`
	Worklist    bool           `json:"worklist,omitempty"`
	Destination string         `json:"destination,omitempty"`
	Study       string         `json:"study,omitempty"`
	SOPClass    string         `json:"sop_class,omitempty"`
	SOPInstance string         `json:"sop_instance,omitempty"`
	Meta        string         `json:"meta,omitempty"`
	Type        int            `json:"type,omitempty"`
	Attributes  []string       `json:"attributes,omitempty"`
}

// job is one association of a dcmjs-dimse client.
type job struct {
	Host     string    `json:"host"`
	Port     int       `json:"port"`
	Calling  string    `json:"calling"`
	Called   string    `json:"called"`
	ImplUID  string    `json:"impl_uid,omitempty"`
	ImplVer  string    `json:"impl_version,omitempty"`
	MaxPDU   int       `json:"max_pdu,omitempty"`
	User     string    `json:"user,omitempty"`
	Secret   string    `json:"secret,omitempty"`
	Async    int       `json:"async,omitempty"`
	Repeat   int       `json:"repeat,omitempty"`
	Abort    bool      `json:"abort,omitempty"`
	Requests []request `json:"requests"`
}

// dimseReport is a line of dimse.js: the truth's keys, plus who called back.
type dimseReport struct {
	truth.Association
	Operations []truth.Operation `json:"operations"`
	User       any               `json:"user_identity"`
	Peer       string            `json:"peer"`
	CalledBack bool              `json:"called_back"`
	Error      string            `json:"error"`
}

// association turns a report into truth: names the classes, folds equals.
func (r dimseReport) association() *truth.Association {
	a := r.Association
	a.Operations = nil
	for _, o := range r.Operations {
		o.SOPClass, o.SOPClassName = dcmtk.SOPUID(o.SOPClass)
		a.AddOps(o, o.Count)
	}
	return &a
}

func (l *Lab) jobFile(name string, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(l.dir, name+"-*.json")
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = f.Write(b)
	return f.Name(), err
}

// dimse runs one association with dcmjs-dimse under the host's own
// implementation UID and notes it.
func (l *Lab) dimse(from *Host, to node, j job, want string) (*truth.Association, error) {
	im := implementations()[from.Name]
	j.Host, j.Port, j.Called = to.addr(), to.port, to.ae
	if j.Calling == "" {
		j.Calling = from.AETitles[0]
	}
	j.ImplUID, j.ImplVer = im.uid, im.version
	file, err := l.jobFile("dimse-"+from.Name, j)
	if err != nil {
		return nil, err
	}
	out, err := l.run(from, "node", filepath.Join(l.peers, "dimse.js"), "scu", file)
	var r dimseReport
	if jerr := json.Unmarshal([]byte(lastLine(out)), &r); jerr != nil || err != nil || r.Error != "" || r.Result != want {
		return nil, fmt.Errorf("dimse.js from %s: %q, want %q (%v, %v)\n%s", from.Name, r.Result, want, err, jerr, tail(out, 1500))
	}
	a := r.association()
	a.Calling, a.Called = j.Calling, j.Called
	a.ClientImpl, a.ClientVersion = j.ImplUID, j.ImplVer
	a.Async = j.Async > 1
	if j.User != "" {
		a.UserIdentity = "username/password"
		l.canary("user", j.User)
		l.canary("secret", j.Secret)
	}
	l.note(a, from, to, "dcmjs-dimse client")
	return a, nil
}

// lastLine is the report: the libraries write their warnings before it.
func lastLine(out string) string {
	out = strings.TrimSpace(out)
	return out[strings.LastIndexByte(out, '\n')+1:]
}

// peerConf configures a dcmjs-dimse server.
type peerConf struct {
	Port     int            `json:"port"`
	Titles   []string       `json:"titles"`
	ImplUID  string         `json:"impl_uid"`
	ImplVer  string         `json:"impl_version"`
	Callback map[string]any `json:"callback,omitempty"`
	Printer  map[string]any `json:"printer,omitempty"`
	Status   map[string]int `json:"status,omitempty"`
}

// startPeer runs a dcmjs-dimse server on a host.
func (l *Lab) startPeer(h *Host, c peerConf) (node, error) {
	im := implementations()[h.Name]
	c.ImplUID, c.ImplVer = im.uid, im.version
	n := node{host: h, ae: c.Titles[0], port: c.Port}
	file, err := l.jobFile("peer-"+h.Name, c)
	if err != nil {
		return n, err
	}
	if n.proc, err = l.start(h, fmt.Sprintf("dimse-%s-%d", h.Name, c.Port), "node", filepath.Join(l.peers, "dimse.js"), "scp", file); err != nil {
		return n, err
	}
	return n, n.proc.waitListen(c.Port)
}

// heard notes the associations a dcmjs-dimse server took from, or opened
// back to, the named host: those that no client's log has told.
func (l *Lab) heard(server node, from *Host) error {
	im := implementations()[server.host.Name]
	found := false
	for line := range strings.Lines(server.proc.output()) {
		var r dimseReport
		if json.Unmarshal([]byte(line), &r) != nil || r.CalledBack || r.Calling != from.AETitles[0] {
			continue
		}
		a := r.association()
		a.ServerImpl, a.ServerVersion = im.uid, im.version
		l.note(a, from, server, "dcmjs-dimse server")
		found = true
	}
	if !found {
		return fmt.Errorf("%s heard nothing from %s:\n%s", server.proc.name, from.Name, tail(server.proc.output(), 800))
	}
	return nil
}

// commit is a storage commitment request for the objects of a study
// (PS3.4 annex J).
func commit(uids []string, class string, transaction string) request {
	var refs []map[string]any
	for _, u := range uids {
		refs = append(refs, map[string]any{"ReferencedSOPClassUID": class, "ReferencedSOPInstanceUID": u})
	}
	return request{Op: "N-ACTION", SOPClass: dcmtk.SOPClasses()["StorageCommitmentPushModelSOPClass"],
		SOPInstance: "1.2.840.10008.1.20.1.1", Type: 1,
		Dataset: map[string]any{"TransactionUID": transaction, "ReferencedSOPSequence": refs}}
}

// performed are the N-CREATE and N-SET of a performed procedure step
// (PS3.4 annex F).
func performed(h *Host, s cast.Study) (create, set request) {
	class := dcmtk.SOPClasses()["ModalityPerformedProcedureStepSOPClass"]
	instance := s.UID + ".99"
	create = request{Op: "N-CREATE", SOPClass: class, SOPInstance: instance, Dataset: map[string]any{
		"PerformedProcedureStepID": fmt.Sprintf("PPS%d", s.Number), "PerformedProcedureStepStatus": "IN PROGRESS",
		"PerformedStationAETitle": h.AETitles[0], "PerformedStationName": h.StationName,
		"PerformedProcedureStepStartDate": "20261123", "PerformedProcedureStepStartTime": "090500",
		"Modality": h.Modality, "PatientName": s.Name, "PatientID": s.ID, "PatientBirthDate": s.Birth,
		"ScheduledStepAttributesSequence": []map[string]any{{"StudyInstanceUID": s.UID,
			"AccessionNumber": s.Accession, "ScheduledProcedureStepID": fmt.Sprintf("SPS%d", s.Number)}},
	}}
	set = request{Op: "N-SET", SOPClass: class, SOPInstance: instance, Dataset: map[string]any{
		"PerformedProcedureStepStatus":  "COMPLETED",
		"PerformedProcedureStepEndDate": "20261123", "PerformedProcedureStepEndTime": "091200",
		"PerformedSeriesSequence": []map[string]any{{"SeriesInstanceUID": s.UID + ".1", "ProtocolName": h.Equip.Protocol}},
	}}
	return create, set
}

// filmJob prints one page (PS3.4 annex H): session, box, image, print, and
// the deletion of the session.
func filmJob(s cast.Study) []request {
	meta := dcmtk.SOPClasses()["BasicGrayscalePrintManagementMetaSOPClass"]
	session, box := s.UID+".7", s.UID+".7.1"
	sessionClass, boxClass := dcmtk.SOPClasses()["BasicFilmSessionSOPClass"], dcmtk.SOPClasses()["BasicFilmBoxSOPClass"]
	return []request{
		{Op: "N-GET", SOPClass: dcmtk.SOPClasses()["PrinterSOPClass"], SOPInstance: "1.2.840.10008.5.1.1.17", Meta: meta,
			Attributes: []string{"PrinterStatus", "PrinterStatusInfo", "Manufacturer", "ManufacturerModelName"}},
		{Op: "N-CREATE", SOPClass: sessionClass, SOPInstance: session, Meta: meta,
			Dataset: map[string]any{"NumberOfCopies": "1", "PrintPriority": "MED", "MediumType": "BLUE FILM"}},
		{Op: "N-CREATE", SOPClass: boxClass, SOPInstance: box, Meta: meta, Dataset: map[string]any{
			"ImageDisplayFormat": "STANDARD\\1,1", "FilmOrientation": "PORTRAIT", "FilmSizeID": "14INX17IN",
			"ReferencedFilmSessionSequence": []map[string]any{{"ReferencedSOPClassUID": sessionClass, "ReferencedSOPInstanceUID": session}}}},
		{Op: "N-SET", SOPClass: dcmtk.SOPClasses()["BasicGrayscaleImageBoxSOPClass"], SOPInstance: box + ".1", Meta: meta,
			Dataset: map[string]any{"ImageBoxPosition": 1, "RequestedImageSize": "350"}},
		{Op: "N-ACTION", SOPClass: boxClass, SOPInstance: box, Meta: meta, Type: 1},
		{Op: "N-DELETE", SOPClass: sessionClass, SOPInstance: session, Meta: meta},
	}
}
