package smtp

import (
	"lazaret/internal/mime"
	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// content is the body of one message, of which each part is a file.
type content struct {
	f      proto.Flow
	sender proto.Dir
	walker mime.Walker
	pieces proto.Pieces
	off    int64
	count  int // parts so far
}

// maxParts is how many parts of one message become files.
const maxParts = 1000

// beginContent starts the body of a message whose header has just ended.
func (a *analyzer) beginContent(sender proto.Dir) {
	if a.head.open || a.content != nil {
		return
	}
	a.content = &content{f: a.f, sender: sender}
	a.content.walker.Start(a.content, a.head.typ, a.head.encoding, a.head.disposition)
}

// endContent ends the body.
func (a *analyzer) endContent(whole bool) {
	if a.content != nil {
		a.content.walker.End(whole)
		a.content = nil
	}
}

// loseContent tells that bytes of the body are missing.
func (a *analyzer) loseContent() {
	if a.content != nil {
		a.content.walker.Lost()
	}
}

// feed takes bytes of the body; without one they are passed over.
func (c *content) feed(b []byte) {
	if c != nil && len(b) > 0 {
		c.walker.Feed(b)
	}
}

// Open implements mime.Sink.
func (c *content) Open(h mime.Head) {
	file := proto.File{Source: "SMTP", Sender: c.sender, Size: -1, Type: rest.Media(h.Type), Depth: h.Depth}
	if h.Name != "" {
		file.Name = rest.MaskName(c.f.Pseudonym, h.Name)
	}
	c.off = 0
	if c.count++; c.count <= maxParts {
		c.pieces = c.f.Store(&file)
	} else if c.count == maxParts+1 {
		c.f.Weird("too_many_parts", 0)
	}
}

// Content implements mime.Sink.
func (c *content) Content(b []byte) {
	if c.pieces != nil {
		c.pieces.At(c.off, b)
	}
	c.off += int64(len(b))
}

// Close implements mime.Sink.
func (c *content) Close(whole bool) {
	if c.pieces != nil {
		c.pieces.Close(whole)
		c.pieces = nil
	}
}
