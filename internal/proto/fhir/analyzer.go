package fhir

import (
	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// exchange is an interaction without a complete answer.
type exchange struct {
	rec   Record
	call  call
	start event.Time
	known bool // its content or media types are of FHIR
	sent  bool // the request brought a resource, which the record is about
}

// analyzer is one conversation.
type analyzer struct {
	proto.Exchanges[exchange, *body]
	f proto.Flow
}

func newAnalyzer(f proto.Flow) *analyzer {
	a := &analyzer{f: f}
	a.Exchanges = proto.NewExchanges(f, a, maxExchanges, tooManyPending)
	return a
}

// NewBody implements proto.Pairing.
func (a *analyzer) NewBody() *body { return &body{a: a} }

// Begin implements proto.Pairing.
func (a *analyzer) Begin(e *proto.Entity) *exchange {
	x := &exchange{start: a.f.Now(), call: callOf(e.Method, e.Target)}
	x.rec.IsOrig = e.Asker() == proto.Orig
	x.rec.Method = charset.Plain([]byte(e.Method), 16)
	x.rec.Resource, x.rec.Operation = x.call.resource, x.call.operation
	return x
}

// Tell implements proto.Pairing. It tells of an exchange, if it is one of FHIR.
func (a *analyzer) Tell(x *exchange) {
	rec := &x.rec
	if !x.known || x.call.interaction == "" && rec.Resource == "" && rec.Answered == "" {
		return
	}
	rec.Interaction = x.call.interaction
	switch {
	case rec.Interaction != "" || rec.Resource != "Bundle":
	case rec.Method == "POST" && (rec.BundleType == "batch" || rec.BundleType == "transaction"):
		rec.Interaction = rec.BundleType
	}
	if rec.Interaction == "" && rec.Method == "GET" && rec.BundleType == "searchset" {
		rec.Interaction = "search" // among all types
	}
	rec.Parameters = parameters(rec.Parameters, x.call.query)
	if id := x.call.id; id != "" && len(id) <= 256 {
		rec.ID = a.f.Pseudonym("fhir/"+x.call.resource, []byte(id))
	}
	rec.Duration = a.f.Now().Sub(x.start)
	out := *rec
	a.f.Emit(x.start, &out)
}

// told enters what content told into its exchange. The record is about the resource of
// the request, and about that of the answer if the request has none.
func (a *analyzer) told(x *exchange, b *body) {
	r, rec := &b.res, &x.rec
	if r.typ == "" {
		return
	}
	x.known = true
	if b.kind == inJSON {
		rec.Format = "json"
	} else {
		rec.Format = "xml"
	}
	if b.response {
		rec.Answered = r.typ
	}
	if b.response && (x.sent || r.typ == "OperationOutcome") {
		if r.typ == rec.Resource {
			a.name(rec, r) // the id that a create was given
		}
		return
	}
	x.sent = x.sent || !b.response
	if rec.Resource == "" && !(b.response && r.typ == "Bundle") {
		rec.Resource = r.typ
	}
	r.write(rec)
	a.name(rec, r)
	if len(r.patient) > 0 {
		rec.Patient = a.f.Pseudonym("fhir/Patient", r.patient)
	}
}

// name enters the hash of a logical id.
func (a *analyzer) name(rec *Record, r *resource) {
	if len(r.id) > 0 && rec.ID == "" && r.typ != "Bundle" {
		rec.ID = a.f.Pseudonym("fhir/"+r.typ, r.id)
	}
}

// Head implements proto.Pairing.
func (a *analyzer) Head(x *exchange, e *proto.Entity) {
	x.known = x.known || isFHIR(e.Type)
	if e.Response {
		x.rec.Status = event.N(e.Status)
		x.rec.Server = rest.Field(e.Field, "Server", 128)
		return
	}
	x.rec.UserAgent = rest.Field(e.Field, "User-Agent", 128)
	x.rec.Login = rest.Login(rest.Field(e.Field, "Authorization", 16))
	// A client that asks for FHIR at an address of its grammar speaks it.
	x.known = x.known || x.call.interaction != "" && isFHIR(rest.Field(e.Field, "Accept", 512))
}
