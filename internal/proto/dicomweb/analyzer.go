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
	proto.Exchanges[exchange, *body]
	f    proto.Flow
	held int // records of files that wait
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
	a.hash(&x.rec, &x.call)
	if x.call.service == "qido" || x.call.service == "ups" {
		a.search(&x.rec, x.call.query)
	}
	return x
}

// Tell implements proto.Pairing. It tells of an exchange, if it is one of DICOM.
func (a *analyzer) Tell(x *exchange) {
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

// Head implements proto.Pairing.
func (a *analyzer) Head(x *exchange, e *proto.Entity) {
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
