package dicomweb

import (
	"strings"

	"lazaret/internal/charset"
	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// exchange is a transaction without a complete answer.
type exchange struct {
	rec   Record
	call  call
	seq   int
	start event.Time
	known bool // its content or media types are of DICOM
	files []held
}

// held is the record of a file in a request, which waits for the answer.
type held struct {
	start event.Time
	rec   *FileRecord
}

// analyzer is one conversation.
type analyzer struct {
	f     proto.Flow
	ex    []*exchange // oldest first
	sides [2]*body
	held  int // records of files that wait
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
	a.hash(&x.rec, &x.call)
	if x.call.service == "qido" || x.call.service == "ups" {
		a.search(&x.rec, x.call.query)
	}
	a.ex = append(a.ex, x)
	return x
}

// emit tells of an exchange, if it is one of DICOM, and forgets it.
func (a *analyzer) emit(x *exchange) {
	for i := range a.ex {
		if a.ex[i] == x {
			a.ex = append(a.ex[:i], a.ex[i+1:]...)
			break
		}
	}
	a.held -= len(x.files)
	for _, f := range x.files {
		f.rec.Status = x.rec.Status
		a.f.Emit(f.start, f.rec)
	}
	if !x.known && !x.call.sure || x.call.service == "" {
		return
	}
	x.rec.Service, x.rec.Level = x.call.service, x.call.level
	x.rec.Duration = a.f.Now().Sub(x.start)
	rec := x.rec
	a.f.Emit(x.start, &rec)
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
	media := mediaOf(e.Type)
	x.known = x.known || isDICOM(e.Type)
	if e.Response {
		x.rec.Status = event.N(e.Status)
		x.rec.ResponseType = media
		x.rec.Server = rest.Field(e.Field, "Server", 128)
		a.guess(x, e)
		return
	}
	x.rec.RequestType = media
	x.rec.UserAgent = rest.Field(e.Field, "User-Agent", 128)
	x.rec.Login = rest.Login(rest.Field(e.Field, "Authorization", 16))
	accept := rest.Field(e.Field, "Accept", 512)
	x.known = x.known || isDICOM(accept)
	for one := range strings.SplitSeq(accept, ",") {
		x.rec.Accept = rest.AddDistinct(x.rec.Accept, mediaOf(one), 4)
	}
	a.guess(x, e)
}

// guess names the service of an exchange whose target is not of the grammar, by parts
// that are DICOM objects: only stores and retrievals have such.
func (a *analyzer) guess(x *exchange, e *proto.Entity) {
	if x.call.service != "" || rest.Media(e.Type) != "multipart/related" || !isDICOM(e.Type) {
		return
	}
	switch {
	case !e.Response && e.Method == "POST":
		x.call.service = "stow"
	case e.Response && e.Method == "GET":
		x.call.service = "wado-rs"
	}
}

// mediaOf is a media type, with the type of the parts of multipart content.
func mediaOf(value string) string {
	m := charset.Plain([]byte(rest.Media(value)), 64)
	if m == "multipart/related" {
		if t := rest.Media(rest.Param(value, "type")); t != "" {
			m += "; type=" + charset.Plain([]byte(t), 64)
		}
	}
	return m
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
