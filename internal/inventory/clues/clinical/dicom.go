package clinical

import (
	"slices"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dicom"
)

// Sources of DICOM statements, and how far each is trusted alone. A calling
// title is what a machine says of itself; a called one only counts when the
// callee took it. Procedure steps are written by the machine that performs them.
const (
	wCalling     = 0.9
	wCalled      = 0.9
	wPerformed   = 0.7
	wScheduledAE = 0.6
)

// readAssociation takes the titles and the software of both sides, and what the
// acceptor took on (PS3.8 9.3).
func readAssociation(a *dicom.Association, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(a.Duration, 0))
	rq, ac := clues.Parties(r.Conn)
	if !a.IsOrig {
		rq, ac = ac, rq
	}
	o.Heard = append(o.Heard, rq)
	o.Say(rq, clues.AETitle, a.Calling, "dicom.calling_ae", wCalling)
	implementation(o, rq, a.RqImplUID, a.RqImplName, "dicom.requestor_implementation")
	if a.Result == "rejected" || a.Result == "accepted" {
		o.Heard = append(o.Heard, ac)
	}
	if a.Result != "accepted" {
		return
	}
	o.Say(ac, clues.AETitle, a.Called, "dicom.called_ae", wCalled)
	// What is inside TLS is not read: an association that was read is in clear.
	o.Has(rq, clues.ClearDICOM, ac, "dicom.result")
	o.Has(ac, clues.ClearDICOM, rq, "dicom.result")
	implementation(o, ac, a.AcImplUID, a.AcImplName, "dicom.acceptor_implementation")
	if acceptsStorage(a.Accepted) {
		o.Did(ac, clues.OffersStorage, rq, "dicom.accepted")
	}
	for i, s := range a.Services {
		if i == clues.MaxList {
			break
		}
		if s == "storage" && slices.Contains(a.Services, "retrieve") {
			continue // the sub-operations of C-GET
		}
		t := dicomTalk(r.Conn, s)
		t.Connections = 1
		o.Talks = append(o.Talks, t)
	}
}

func acceptsStorage(accepted []string) bool {
	for i, uid := range accepted {
		if i == 4*clues.MaxList {
			return false
		}
		if storageClass(uid) {
			return true
		}
	}
	return false
}

// dicomTalk starts a row of a DICOM service. The client is who opened the
// connection, whatever the roles inside it.
func dicomTalk(c *event.Conn, service string) clues.Talk {
	cl, sv := clues.Parties(c)
	return clues.Talk{Client: cl, Server: sv, Service: dicomService(service).row, Port: c.Resp.Port}
}

// service is a DICOM service as evidence and rows name it. The strings are
// constants, because records come by the million.
type service struct{ row, source string }

// dicomService keeps service words to the closed set of the record's field.
func dicomService(s string) service {
	switch s {
	case "verification":
		return service{"dicom-verification", "dicom_op.verification"}
	case "storage":
		return service{"dicom-storage", "dicom_op.storage"}
	case "query":
		return service{"dicom-query", "dicom_op.query"}
	case "retrieve":
		return service{"dicom-retrieve", "dicom_op.retrieve"}
	case "worklist":
		return service{"dicom-worklist", "dicom_op.worklist"}
	case "mpps":
		return service{"dicom-mpps", "dicom_op.mpps"}
	case "storage-commitment":
		return service{"dicom-storage-commitment", "dicom_op.storage-commitment"}
	case "print":
		return service{"dicom-print", "dicom_op.print"}
	}
	return service{"dicom-other", "dicom_op.other"}
}

// readOperation says what both sides of an operation do (PS3.7 9, 10).
func readOperation(op *dicom.Operation, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(op.Duration, 0))
	asker, answerer := clues.Parties(r.Conn)
	if !op.IsOrig {
		asker, answerer = answerer, asker
	}
	answered := op.Status.OK || op.Responses > 0
	o.Heard = append(o.Heard, asker)
	if answered {
		o.Heard = append(o.Heard, answerer)
	}
	titles(o, op, asker, answerer, answered)
	act, source := activities(op), dicomService(op.Service).source
	if act.asks != "" {
		o.Did(asker, act.asks, answerer, source)
	}
	if act.answers != "" && answered && performs(op) {
		o.Did(answerer, act.answers, asker, source)
	}
	switch op.Service {
	case "storage":
		object(o, op, asker, answerer, answered)
		if act.asks == clues.SendsDerived {
			derived(o, op.SOPClass, asker, answerer, answered && performs(op), source)
		}
	case "worklist":
		// A machine asks for its own work: the scheduled station is itself.
		o.Say(asker, clues.AETitle, op.StationAE, "dicom_op.station_ae", wScheduledAE)
		workOf(o, asker, op, source)
		step(o, op, asker)
	case "mpps":
		performedStep(o, op, asker, source)
		step(o, op, asker)
	}
	operationTalk(o, r.Conn, op)
}

// titles: the calling title belongs to the requestor of the association, the
// called one to the acceptor, whichever of them asks now.
func titles(o *clues.Out, op *dicom.Operation, asker, answerer clues.Party, answered bool) {
	rq, ac := asker, answerer
	if !op.FromCaller {
		rq, ac = answerer, asker
	}
	o.Say(rq, clues.AETitle, op.Calling, "dicom.calling_ae", wCalling)
	if answered || !op.FromCaller {
		o.Say(ac, clues.AETitle, op.Called, "dicom.called_ae", wCalled)
	}
}

// performs tells whether the answer shows that the answerer offers the service.
// The refusals named are those of a machine that does not (PS3.7 C.5).
func performs(op *dicom.Operation) bool {
	if op.StatusName != "failure" || !op.Status.OK {
		return true
	}
	if op.Command == "C-STORE" {
		return false // it keeps nothing, so it was not seen keeping anything
	}
	switch op.Status.V {
	case 0x0112, 0x0118, 0x0119, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212:
		return false
	}
	return true
}

type pair struct{ asks, answers clues.Activity }

// activities names what both sides of an operation do.
func activities(op *dicom.Operation) pair {
	switch op.Service {
	case "storage":
		switch {
		case op.Command != "C-STORE":
			return pair{}
		case subOperation(op):
			return pair{clues.SendsRetrieved, clues.TakesRetrieved}
		case imageKind(op) == "":
			return pair{clues.SendsDerived, clues.TakesDerived}
		}
		return pair{clues.SendsImages, clues.TakesImages}
	case "query":
		return pair{clues.Queries, clues.AnswersQuery}
	case "retrieve":
		if op.Command == "C-STORE" {
			return pair{clues.SendsRetrieved, clues.TakesRetrieved}
		}
		return pair{clues.Retrieves, clues.AnswersRetrieve}
	case "worklist":
		return pair{clues.AsksWorklist, clues.AnswersWorklist}
	case "mpps":
		if op.Command == "N-EVENT-REPORT" {
			return pair{}
		}
		return pair{clues.ReportsProcedure, clues.AnswersProcedure}
	case "storage-commitment":
		if op.Command == "N-EVENT-REPORT" {
			return pair{clues.TellsCommitment, ""}
		}
		return pair{clues.AsksCommitment, clues.AnswersCommitment}
	case "print":
		if op.Command == "N-EVENT-REPORT" {
			return pair{}
		}
		return pair{clues.Prints, clues.AnswersPrint}
	case "verification":
		return pair{clues.Verifies, clues.AnswersVerification}
	}
	return pair{}
}

// subOperation: a store that names a move's originator (PS3.7 9.3.1), or one
// that the acceptor of the association sends, as C-GET does (PS3.4 C.4.3).
func subOperation(op *dicom.Operation) bool { return op.MoveOrig != "" || !op.FromCaller }

// object hands on what a stored object says of its maker.
func object(o *clues.Out, op *dicom.Operation, by, to clues.Party, answered bool) {
	if op.Command != "C-STORE" {
		return
	}
	o.Objects = append(o.Objects, clues.Object{
		By: by, To: to, Kind: imageKind(op), Modality: op.Modality,
		Manufacturer: op.Manufacturer, Model: op.Model, Station: op.Station, Serial: op.Serial,
		Software: op.Software, Institution: op.Institution, Department: op.Department,
		DeviceUID: op.DeviceUID, UDI: op.UDI, Maker: objectMaker(op), Study: op.Study, Tomosynthesis: tomosynthesis(op.SOPClass),
		Sub: subOperation(op), Taken: answered && op.StatusName != "failure",
	})
}

// performedStep: a procedure step is written by the machine that performs it
// (PS3.4 F.7), so its words speak of the sender.
func performedStep(o *clues.Out, op *dicom.Operation, by clues.Party, source string) {
	if op.Command == "N-EVENT-REPORT" {
		return
	}
	o.Say(by, clues.AETitle, op.StationAE, "dicom_op.station_ae", wPerformed)
	o.Say(by, clues.Station, op.Station, "dicom_op.station_name", wPerformed)
	o.Say(by, clues.Manufacturer, op.Manufacturer, "dicom_op.manufacturer", wPerformed)
	o.Say(by, clues.Model, op.Model, "dicom_op.model", wPerformed)
	o.Say(by, clues.Serial, op.Serial, "dicom_op.device_serial", wPerformed)
	o.Say(by, clues.Institution, op.Institution, "dicom_op.institution", wPerformed)
	o.Say(by, clues.Department, op.Department, "dicom_op.department", wPerformed)
	workOf(o, by, op, source)
}

// workOf tells the kind of work a machine asks for or performs.
func workOf(o *clues.Out, who clues.Party, op *dicom.Operation, source string) {
	if k := kindOfModality(op.Modality); k != "" {
		o.Clues = append(o.Clues, clues.Clue{About: who, Attr: clues.Does, Value: string(clues.WorksAs(k)), Source: source, Weight: 1})
	}
}

func operationTalk(o *clues.Out, c *event.Conn, op *dicom.Operation) {
	service := op.Service
	if service == "storage" && !op.FromCaller {
		service = "retrieve" // C-GET brings objects back over the same association
	}
	t := dicomTalk(c, service)
	t.Operations = 1
	// Data sets travel with the request, but for the services that ask for data;
	// of those the identifier in the request is counted as an answer too.
	answers := op.Command == "C-FIND" || op.Command == "C-MOVE" || op.Command == "C-GET" || op.Command == "N-GET"
	if op.IsOrig != answers {
		t.ToServer = op.Bytes
	} else {
		t.ToClient = op.Bytes
	}
	o.Talks = append(o.Talks, t)
}
