package clinical

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/dicomweb"
)

// readDICOMweb says what the two sides of a transaction do. What the files in it tell
// comes with their own records.
func readDICOMweb(t *dicomweb.Record, r *event.Record, o *clues.Out) {
	o.Last = r.TS + event.Time(max(t.Duration, 0))
	client, server := clues.Parties(r.Conn)
	if !t.IsOrig {
		client, server = server, client
	}
	o.Heard = append(o.Heard, client)
	if t.Status.OK {
		o.Heard = append(o.Heard, server)
	}
	done := succeeded(t.Status)
	service := webService(t.Service)
	switch t.Service {
	case "qido":
		o.Did(client, clues.Queries, server, service.source)
		if done {
			o.Did(server, clues.AnswersQuery, client, service.source)
		}
	case "wado-rs", "wado-uri":
		o.Did(client, clues.Retrieves, server, service.source)
		if done {
			o.Did(server, clues.AnswersRetrieve, client, service.source)
		}
	}
	if done {
		o.Has(server, clues.ClearDICOMweb, client, "dicomweb.service")
	}
	o.Talks = append(o.Talks, clues.Talk{Client: client, Server: server, Service: service.row, Port: r.Conn.Resp.Port,
		Operations: 1, ToServer: t.ToServer, ToClient: t.ToClient, UID: r.Conn.UID})
}

// succeeded tells that a status of HTTP was seen, and is one of success (RFC 9110 15.3).
func succeeded(status event.Count) bool { return status.OK && status.V/100 == 2 }

// webService keeps service words to the closed set of the record's field.
func webService(s string) service {
	switch s {
	case "qido":
		return service{"dicomweb-query", "dicomweb.qido"}
	case "wado-rs", "wado-uri":
		return service{"dicomweb-retrieve", "dicomweb.wado"}
	case "stow":
		return service{"dicomweb-storage", "dicomweb.stow"}
	case "ups":
		return service{"dicomweb-workitems", "dicomweb.ups"}
	case "delete":
		return service{"dicomweb-delete", "dicomweb.delete"}
	}
	return service{"dicomweb-other", "dicomweb.other"}
}

// readDICOMFile: who sends a file by the client's will stores it; who sends one in an
// answer gives out what was asked for. What stands in the file describes its maker.
func readDICOMFile(f *dicomweb.FileRecord, r *event.Record, o *clues.Out) {
	by, to := clues.Parties(r.Conn)
	if !f.IsOrig {
		by, to = to, by
	}
	// The client opened the conversation: what it did not send was an answer.
	sub := !f.IsOrig
	taken := succeeded(f.Status)
	o.Heard = append(o.Heard, by)
	op := &dicom.Operation{SOPClass: f.SOPClass, Modality: f.Modality, InstanceRoot: f.InstanceRoot, PrivCreators: f.PrivCreators}
	kind := imageKind(op)
	acts := pair{clues.SendsImages, clues.TakesImages}
	switch {
	case sub:
		acts = pair{clues.SendsRetrieved, clues.TakesRetrieved}
	case kind == "":
		acts = pair{clues.SendsDerived, clues.TakesDerived}
	}
	if page := sub && f.Via == "http"; !page { // any site may have a file to download
		o.Did(by, acts.asks, to, "dicom_file.via")
		if taken {
			o.Did(to, acts.answers, by, "dicom_file.via")
		}
	}
	if acts.asks == clues.SendsDerived {
		derived(o, f.SOPClass, by, to, taken, "dicom_file.via")
	}
	o.Objects = append(o.Objects, clues.Object{
		By: by, To: to, Kind: kind, Modality: f.Modality,
		Manufacturer: f.Manufacturer, Model: f.Model, Station: f.Station, Serial: f.Serial,
		Software: f.Software, Institution: f.Institution, Department: f.Department,
		DeviceUID: f.DeviceUID, UDI: f.UDI, Maker: objectMaker(op), Sub: sub, Taken: taken,
		Study: f.Study, Tomosynthesis: tomosynthesis(f.SOPClass),
	})
	if f.Via != "http" {
		return // counted with its transaction
	}
	client, server := clues.Parties(r.Conn)
	t := clues.Talk{Client: client, Server: server, Service: "dicomweb-file", Port: r.Conn.Resp.Port, Operations: 1, UID: r.Conn.UID}
	if f.IsOrig {
		t.ToServer = f.Bytes
	} else {
		t.ToClient = f.Bytes
	}
	o.Talks = append(o.Talks, t)
}
