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
	seq   int
	start event.Time
	known bool // its content or media types are of FHIR
	sent  bool // the request brought a resource, which the record is about
}

// analyzer is one conversation.
type analyzer struct {
	f     proto.Flow
	ex    []*exchange // oldest first
	sides [2]*body
	shed  bool
}

// find returns the exchange of an entity, made if need be.
func (a *analyzer) find(e *proto.Entity) *exchange {
	for _, x := range a.ex {
		if x.seq == e.Seq {
			return x
		}
	}
	if len(a.ex) >= maxExchanges {
		if !a.shed {
			a.shed = true
			a.f.Weird(tooManyPending, 0)
		}
		a.emit(a.ex[0])
	}
	asker := e.Dir
	if e.Response {
		asker = e.Dir.Other()
	}
	x := &exchange{seq: e.Seq, start: a.f.Now(), call: callOf(e.Method, e.Target)}
	x.rec.IsOrig = asker == proto.Orig
	x.rec.Method = charset.Plain([]byte(e.Method), 16)
	x.rec.Resource, x.rec.Operation = x.call.resource, x.call.operation
	a.ex = append(a.ex, x)
	return x
}

// emit tells of an exchange, if it is one of FHIR, and forgets it.
func (a *analyzer) emit(x *exchange) {
	for i := range a.ex {
		if a.ex[i] == x {
			a.ex = append(a.ex[:i], a.ex[i+1:]...)
			break
		}
	}
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

// Open implements proto.Reader.
func (a *analyzer) Open(e *proto.Entity) {
	x := a.find(e)
	a.head(x, e)
	b := a.sides[e.Dir]
	if b == nil {
		if e.Length == 0 {
			return
		}
		b = &body{a: a}
		a.sides[e.Dir] = b
	}
	b.open(e, x)
}

// head takes what the head of an entity tells.
func (a *analyzer) head(x *exchange, e *proto.Entity) {
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

// Content implements proto.Reader.
func (a *analyzer) Content(e *proto.Entity, b []byte) {
	if s := a.sides[e.Dir]; s != nil && s.x != nil {
		s.feed(b)
	}
}

// Lost implements proto.Reader.
func (a *analyzer) Lost(e *proto.Entity, n int) {
	if s := a.sides[e.Dir]; s != nil && s.x != nil {
		s.lost(n)
	}
}

// Close implements proto.Reader.
func (a *analyzer) Close(e *proto.Entity, whole bool) {
	x := a.find(e)
	if s := a.sides[e.Dir]; s != nil && s.x != nil {
		s.close(whole)
	}
	if e.Response {
		a.emit(x)
	}
}

// Finish implements proto.Finisher: what was asked and not answered is told.
func (a *analyzer) Finish() {
	for len(a.ex) > 0 {
		a.emit(a.ex[0])
	}
}
