// Package dcmtk reads the debug logs of the dcmtk tools, in which they tell
// the parameters of each association and dump each DIMSE message they send
// or receive. From them comes the truth about the associations of the lab.
//
// It reads text lines, never packets, so it is a witness apart from any
// parser of DICOM. It refuses to guess: an operation without a dumped
// response has an empty status, and a line it does not know is passed over.
// The log is read whole and its strings are copied into the result, which
// the caller owns.
//
// Standards: PS3.7 for DIMSE, PS3.8 for associations, PS3.6 for UIDs.
package dcmtk

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"lazaret/lab/truth"
)

// logReader reads the debug log of a dcmtk tool (option -d): the parameter
// dump of each association and the dump of each DIMSE message. It is the
// tool's own account of what it sent and received.
type logReader struct {
	server bool // the log of an acceptor: "our" side is the server
	all    []*truth.Association
	cur    *truth.Association
	block  string            // A-ASSOCIATE-RQ, A-ASSOCIATE-AC or DIMSE direction
	dimse  map[string]string // fields of the DIMSE dump being read
	open   map[string]*truth.Operation
	order  []*truth.Operation
	syntax map[string]string // presentation context id to transfer syntax
	offer  map[string]string // presentation context id to abstract syntax
	ctxID  string
}

// ParseLog returns the associations of a log in order; server says that the
// log is that of an acceptor. Client, server,
// addresses and port are the caller's to fill.
func ParseLog(log string, server bool) []*truth.Association {
	d := &logReader{server: server}
	for line := range strings.Lines(log) {
		d.line(strings.TrimRight(line, "\r\n"))
	}
	d.close()
	return d.all
}

func (d *logReader) line(line string) {
	if len(line) < 3 || line[1] != ':' {
		return
	}
	text := line[3:]
	switch {
	case strings.Contains(text, "BEGIN A-ASSOCIATE-RQ"):
		d.close()
		d.cur = &truth.Association{}
		d.all = append(d.all, d.cur)
		d.open, d.syntax, d.offer = map[string]*truth.Operation{}, map[string]string{}, map[string]string{}
		d.block = "RQ"
	case strings.Contains(text, "BEGIN A-ASSOCIATE-AC"):
		d.block = "AC"
	case strings.Contains(text, "END A-ASSOCIATE"):
		d.block = ""
	case strings.HasPrefix(text, "=====") && strings.Contains(text, "DIMSE MESSAGE") && !strings.Contains(text, "END"):
		d.block = "DIMSE"
		d.dimse = map[string]string{"direction": text}
	case strings.Contains(text, "END DIMSE MESSAGE"):
		d.block = ""
		d.message()
	case d.block != "":
		d.field(text)
	default:
		d.outcome(text)
	}
}

func (d *logReader) outcome(text string) {
	if d.cur == nil {
		return
	}
	switch {
	case strings.HasPrefix(text, "Sending Echo Request"):
		uid, label := SOPUID("VerificationSOPClass")
		d.order = append(d.order, &truth.Operation{Command: "C-ECHO", By: "client", SOPClass: uid, SOPClassName: label})
	case strings.HasPrefix(text, "Sending Cancel Request") && len(d.order) > 0:
		d.order[len(d.order)-1].CancelSent = true
	case strings.HasPrefix(text, "Received Echo Response (Success)") && len(d.order) > 0:
		d.order[len(d.order)-1].Status = "0x0000" // echoscu dumps no message, it says this
	case strings.HasPrefix(text, "Association Accepted"), strings.HasPrefix(text, "Association Acknowledged"):
		d.cur.Result = "accepted"
	case strings.HasPrefix(text, "Association Rejected"), strings.HasPrefix(text, "Refusing Association"):
		d.cur.Result = "rejected"
	case d.cur.Result == "rejected" && (strings.HasPrefix(text, "Result: ") || strings.HasPrefix(text, "Reason: ")):
		d.cur.Reject = strings.TrimPrefix(d.cur.Reject+", "+text, ", ")
	case strings.HasPrefix(text, "Aborting Association"), strings.HasPrefix(text, "Association Abort"):
		d.cur.Result = "aborted"
	}
}

// field takes one "Name: value" line of a dump.
func (d *logReader) field(text string) {
	name, value, _ := strings.Cut(text, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if d.block == "DIMSE" {
		d.dimse[name] = value
		return
	}
	ours, theirs := &d.cur.ClientImpl, &d.cur.ServerImpl
	oursV, theirsV := &d.cur.ClientVersion, &d.cur.ServerVersion
	oursP, theirsP := &d.cur.ClientMaxPDU, &d.cur.ServerMaxPDU
	if d.server {
		ours, theirs, oursV, theirsV, oursP, theirsP = theirs, ours, theirsV, oursV, theirsP, oursP
	}
	switch name {
	case "Our Implementation Class UID":
		*ours = cmp.Or(value, *ours)
	case "Our Implementation Version Name":
		*oursV = cmp.Or(value, *oursV)
	case "Their Implementation Class UID":
		*theirs = cmp.Or(value, *theirs)
	case "Their Implementation Version Name":
		*theirsV = cmp.Or(value, *theirsV)
	case "Our Max PDU Receive Size":
		*oursP = cmp.Or(number(value), *oursP)
	case "Their Max PDU Receive Size":
		*theirsP = cmp.Or(number(value), *theirsP)
	case "Calling Application Name":
		d.cur.Calling = value
	case "Called Application Name":
		d.cur.Called = value
	case "Requested User Identity Negotiation":
		if value != "none" {
			d.cur.UserIdentity = cmp.Or(value, d.cur.UserIdentity)
		}
	case "Authentication mode 1", "Authentication mode 2", "Authentication mode 3",
		"Authentication mode 4", "Authentication mode 5":
		d.cur.UserIdentity = strings.ToLower(value)
	default:
		d.context(name, value)
	}
}

// context takes a line about a presentation context.
func (d *logReader) context(name, value string) {
	switch name {
	case "Context ID":
		d.ctxID, _, _ = strings.Cut(value, " ")
		if d.block == "RQ" {
			d.cur.ContextsOffered++
		} else if strings.Contains(value, "(Accepted)") {
			d.cur.ContextsAccepted++
		}
	case "Abstract Syntax":
		d.offer[d.ctxID] = value
	case "Accepted Transfer Syntax":
		d.syntax[d.ctxID] = strings.TrimPrefix(value, "=")
	case "Proposed SCP/SCU Role":
		if value != "Default" {
			d.cur.Roles = true
		}
	}
}

// message pairs a finished DIMSE dump with its request or response.
func (d *logReader) message() {
	if d.cur == nil {
		return
	}
	f := d.dimse
	kind, dir, ok := strings.Cut(f["Message Type"], " ")
	if !ok {
		return
	}
	out := strings.Contains(f["direction"], "OUTGOING")
	if dir == "RQ" {
		d.request(f, kind, out)
		return
	}
	// A response travels against its request.
	op := d.open[d.key(f["Message ID Being Responded To"], !out)]
	if op == nil {
		return
	}
	if ts := d.syntax[f["Presentation Context ID"]]; ts != "" {
		op.TransferSyntax = ts
	}
	if v := f["Completed Suboperations"]; v != "" && v != "none" {
		op.Completed = number(v)
	}
	if v := f["Failed Suboperations"]; v != "" && v != "none" {
		op.Failed = number(v)
	}
	status, _, _ := strings.Cut(f["DIMSE Status"], ":")
	op.Status = strings.ToLower(status)
	if strings.HasPrefix(op.Status, "0xff0") {
		op.Pending++
		op.Status = ""
	}
}

func (d *logReader) request(f map[string]string, kind string, out bool) {
	if kind == "C-CANCEL" {
		// It is no operation of its own: it asks for the end of another.
		if op := d.open[d.key(f["Message ID Being Responded To"], out)]; op != nil {
			op.CancelSent = true
		}
		return
	}
	class := cmp.Or(f["Affected SOP Class UID"], f["Requested SOP Class UID"])
	op := &truth.Operation{Command: kind, By: "client", MoveDest: f["Move Destination"]}
	if out == d.server {
		op.By = "server"
	}
	op.SOPClass, op.SOPClassName = SOPUID(class)
	op.TransferSyntax = d.syntax[f["Presentation Context ID"]]
	d.open[d.key(f["Message ID"], out)] = op
	d.order = append(d.order, op)
}

func (d *logReader) key(id string, out bool) string { return fmt.Sprint(id, out) }

func (d *logReader) close() {
	if d.cur == nil {
		return
	}
	for _, op := range d.order {
		d.cur.AddOp(*op)
	}
	d.order = nil
	d.cur = nil
}

// number reads a decimal number; dumps say "none" or nothing for absent.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// SOPUID turns dcmtk's name of a SOP class ("CTImageStorage", perhaps behind
// an equals sign) into its UID (PS3.6 annex A) and name. A UID stays as it is.
func SOPUID(name string) (uid, label string) {
	name = strings.TrimPrefix(name, "=")
	if uid, ok := SOPClasses()[name]; ok {
		return uid, name
	}
	for label, uid := range SOPClasses() {
		if uid == name {
			return uid, label
		}
	}
	return name, ""
}

// SOPClasses maps dcmtk's names to UIDs (PS3.6 annex A).
func SOPClasses() map[string]string {
	const std = "1.2.840.10008."
	return map[string]string{
		"VerificationSOPClass":                              std + "1.1",
		"StorageCommitmentPushModelSOPClass":                std + "1.20.1",
		"ModalityPerformedProcedureStepSOPClass":            std + "3.1.2.3.3",
		"BasicFilmSessionSOPClass":                          std + "5.1.1.1",
		"BasicFilmBoxSOPClass":                              std + "5.1.1.2",
		"BasicGrayscaleImageBoxSOPClass":                    std + "5.1.1.4",
		"BasicGrayscalePrintManagementMetaSOPClass":         std + "5.1.1.9",
		"PrinterSOPClass":                                   std + "5.1.1.16",
		"PresentationLUTSOPClass":                           std + "5.1.1.23",
		"ComputedRadiographyImageStorage":                   std + "5.1.4.1.1.1",
		"DigitalXRayImageStorageForPresentation":            std + "5.1.4.1.1.1.1",
		"DigitalMammographyXRayImageStorageForPresentation": std + "5.1.4.1.1.1.2",
		"CTImageStorage":                                    std + "5.1.4.1.1.2",
		"UltrasoundMultiframeImageStorage":                  std + "5.1.4.1.1.3.1",
		"MRImageStorage":                                    std + "5.1.4.1.1.4",
		"UltrasoundImageStorage":                            std + "5.1.4.1.1.6.1",
		"SecondaryCaptureImageStorage":                      std + "5.1.4.1.1.7",
		"XRayAngiographicImageStorage":                      std + "5.1.4.1.1.12.1",
		"NuclearMedicineImageStorage":                       std + "5.1.4.1.1.20",
		"ComprehensiveSRStorage":                            std + "5.1.4.1.1.88.33",
		"XRayRadiationDoseSRStorage":                        std + "5.1.4.1.1.88.67",
		"FINDPatientRootQueryRetrieveInformationModel":      std + "5.1.4.1.2.1.1",
		"MOVEPatientRootQueryRetrieveInformationModel":      std + "5.1.4.1.2.1.2",
		"GETPatientRootQueryRetrieveInformationModel":       std + "5.1.4.1.2.1.3",
		"FINDStudyRootQueryRetrieveInformationModel":        std + "5.1.4.1.2.2.1",
		"MOVEStudyRootQueryRetrieveInformationModel":        std + "5.1.4.1.2.2.2",
		"GETStudyRootQueryRetrieveInformationModel":         std + "5.1.4.1.2.2.3",
		"FINDModalityWorklistInformationModel":              std + "5.1.4.31",
	}
}
