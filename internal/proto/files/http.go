package files

import (
	"strconv"
	"strings"

	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// wants takes every entity that has content.
func wants(e *proto.Entity) bool { return e.Length != 0 }

// reader takes the content of HTTP's entities as files.
type reader struct {
	f  proto.Flow
	of [2]body
}

// body is the entity under way in one direction.
type body struct {
	e      *proto.Entity
	off    int64
	pieces proto.Pieces
	parts  *rest.Multipart
	count  int // parts so far
}

// Open implements proto.Reader.
func (r *reader) Open(e *proto.Entity) {
	b := &r.of[e.Dir]
	*b = body{e: e}
	media := rest.Media(e.Type)
	if strings.HasPrefix(media, "multipart/") && e.Coding == "" {
		b.parts = new(rest.Multipart)
		if b.parts.Start(rest.Param(e.Type, "boundary")) {
			return
		}
		b.parts = nil
	}
	size := int64(-1)
	if rest.Field(e.Field, "Content-Encoding", 32) == "" {
		size = e.Length
	}
	b.open(r.f, media, size, rest.Field(e.Field, "Content-Disposition", 512), rest.Field(e.Field, "Content-Range", 128))
}

// open begins a file, or goes on with one of which this is a range.
func (b *body) open(f proto.Flow, media string, size int64, disposition, contentRange string) {
	file := proto.File{Source: "HTTP", Sender: b.e.Dir, Size: size, Type: media}
	if n := fileName(disposition); n != "" {
		file.Name = rest.MaskName(f.Pseudonym, n)
	}
	b.off = 0
	if from, total, ok := byteRange(contentRange); ok {
		b.off, file.Size = from, total
		file.Key = "range " + b.e.Host + " " + b.e.Target
	}
	b.pieces = f.Store(&file)
}

// fileName is the name in a Content-Disposition (RFC 6266 4.3), of which it may hold
// two forms.
func fileName(disposition string) string {
	if n := rest.Param(disposition, "filename*"); n != "" {
		if i := strings.LastIndexByte(n, '\''); i >= 0 {
			return rest.Unescape(n[i+1:])
		}
	}
	return rest.Param(disposition, "filename")
}

// byteRange reads a Content-Range (RFC 9110 14.4): "bytes 0-99/1000", the total
// perhaps "*", which gives -1.
func byteRange(v string) (from, total int64, ok bool) {
	v, ok = strings.CutPrefix(v, "bytes ")
	span, all, found := strings.Cut(v, "/")
	first, last, dash := strings.Cut(span, "-")
	if !ok || !found || !dash {
		return 0, 0, false
	}
	from, err1 := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	to, err2 := strconv.ParseInt(strings.TrimSpace(last), 10, 64)
	if err1 != nil || err2 != nil || from < 0 || to < from {
		return 0, 0, false
	}
	if total, err1 = strconv.ParseInt(strings.TrimSpace(all), 10, 64); err1 != nil || total <= to {
		total = -1
	}
	return from, total, true
}

// Content implements proto.Reader.
func (r *reader) Content(e *proto.Entity, b []byte) {
	o := &r.of[e.Dir]
	if o.parts != nil {
		o.parts.Feed(&part{r.f, o}, b)
		return
	}
	o.give(b)
}

func (o *body) give(b []byte) {
	if o.pieces != nil {
		o.pieces.At(o.off, b)
	}
	o.off += int64(len(b))
}

// Lost implements proto.Reader. Where nobody knows how much is missing the file ends.
func (r *reader) Lost(e *proto.Entity, n int) {
	o := &r.of[e.Dir]
	switch {
	case o.parts != nil:
		o.parts.Lost(&part{r.f, o})
	case o.pieces != nil && n > 0:
		o.pieces.Missing(o.off, int64(n))
		o.off += int64(n)
	case o.pieces != nil:
		o.close(false)
	}
}

// Close implements proto.Reader.
func (r *reader) Close(e *proto.Entity, whole bool) {
	o := &r.of[e.Dir]
	if o.parts != nil {
		o.parts.End(&part{r.f, o})
	}
	o.close(whole)
	*o = body{}
}

func (o *body) close(whole bool) {
	if o.pieces != nil {
		o.pieces.Close(whole)
		o.pieces = nil
	}
}

// part makes a file of each part of multipart content.
type part struct {
	f proto.Flow
	b *body
}

// Part implements rest.PartSink.
func (p *part) Part(head []byte) {
	if p.b.count++; p.b.count > maxParts {
		if p.b.count == maxParts+1 {
			p.f.Weird("too_many_parts", 0)
		}
		return
	}
	p.b.open(p.f, rest.Media(rest.PartField(head, "content-type")), -1,
		rest.PartField(head, "content-disposition"), rest.PartField(head, "content-range"))
}

// PartContent implements rest.PartSink.
func (p *part) PartContent(b []byte) { p.b.give(b) }

// PartEnd implements rest.PartSink.
func (p *part) PartEnd(whole bool) { p.b.close(whole) }

// Held implements proto.Holder.
func (r *reader) Held() int {
	n := 300
	for i := range r.of {
		if r.of[i].parts != nil {
			n += rest.MaxPartHead + 300
		}
	}
	return n
}

// Yield implements proto.Holder; there is nothing to let go.
func (r *reader) Yield() {}
