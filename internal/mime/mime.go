// Package mime takes the content of mail apart, piece by piece: nested multipart
// content (RFC 2046 5.1) and its transfer encodings (RFC 2045 6).
//
// Content is fed as it comes, in pieces of any size; each part that is not itself
// multipart is given on with its encoding undone. Bounds: parts nest at most MaxDepth
// deep, what lies deeper is given on as it is; header fields of a part beyond those of
// rest.MaxPartHead are not read.
//
// It refuses to guess: an encoding of no known name passes as it is, a part whose
// delimiter never comes is told to be not whole, and wrong bytes within base64 are left
// out, as RFC 2045 6.8 wants. It reads no text of persons but the names of files,
// which its caller masks.
//
// Memory: about two kilobytes for each level of nesting and one buffer of a kilobyte;
// slices belong to the caller and are valid during the call. It never panics on any
// content.
package mime

import (
	"strings"

	"lazaret/internal/rest"
)

// MaxDepth is how deep multipart content may nest.
const MaxDepth = 5

// Head is what the header fields of a part say of its content.
type Head struct {
	Type     string // Content-Type with its parameters
	Encoding string // Content-Transfer-Encoding
	Name     string // of the file, from Content-Disposition or Content-Type
	Depth    int    // 1 for the content of the message itself
}

// Sink takes the parts in their order; they do not overlap.
type Sink interface {
	// Open begins a part.
	Open(h Head)
	// Content brings its bytes, encoding undone.
	Content(b []byte)
	// Close ends it. whole is false if bytes are missing.
	Close(whole bool)
}

// Walker takes one message apart. The zero value is of no use; see Start.
type Walker struct {
	sink   Sink
	levels []*level
	dec    decoder
	open   bool
}

// level is multipart content within which the walker is.
type level struct {
	w     *Walker
	depth int
	m     rest.Multipart
	inner bool // the part under way is multipart and has a level of its own
}

// Start makes ready for content that these fields of the header describe.
func (w *Walker) Start(s Sink, typ, encoding, disposition string) {
	*w = Walker{sink: s, levels: w.levels[:0]}
	w.begin(Head{Type: typ, Encoding: encoding, Name: Name(disposition, typ), Depth: 1})
}

// Name is the name of a file by Content-Disposition (RFC 2183 2.3, RFC 2231), else by
// the old parameter of Content-Type.
func Name(disposition, typ string) string {
	if n := rest.Param(disposition, "filename*"); n != "" {
		return rest.Unescape(n[strings.LastIndexByte(n, '\'')+1:])
	}
	if n := rest.Param(disposition, "filename"); n != "" {
		return n
	}
	return rest.Param(typ, "name")
}

// begin opens a part, or a level of more of them.
func (w *Walker) begin(h Head) {
	if strings.HasPrefix(rest.Media(h.Type), "multipart/") && h.Depth <= MaxDepth {
		l := &level{w: w, depth: h.Depth}
		if l.m.Start(rest.Param(h.Type, "boundary")) {
			w.levels = append(w.levels, l)
			return
		}
	}
	w.dec = decoder{kind: encoding(h.Encoding)}
	w.open = true
	w.sink.Open(h)
}

// Feed takes the next bytes of the message.
func (w *Walker) Feed(b []byte) {
	if len(w.levels) > 0 {
		w.levels[0].m.Feed(w.levels[0], b)
		return
	}
	w.give(b)
}

func (w *Walker) give(b []byte) {
	if w.open {
		w.dec.feed(w.sink, b)
	}
}

// Lost tells that bytes are missing here.
func (w *Walker) Lost() {
	if len(w.levels) == 0 {
		w.close(false)
		return
	}
	for i := len(w.levels) - 1; i >= 0; i-- {
		w.levels[i].m.Lost(w.levels[i])
	}
}

// End ends the message. whole tells that its end was seen.
func (w *Walker) End(whole bool) {
	for len(w.levels) > 0 {
		n := len(w.levels)
		l := w.levels[n-1]
		l.m.End(l)
		if len(w.levels) == n {
			w.levels = w.levels[:n-1]
		}
	}
	w.close(whole)
}

func (w *Walker) close(whole bool) {
	if w.open {
		w.open = false
		w.dec.end(w.sink)
		w.sink.Close(whole)
	}
}

// Held is about how much memory the walker takes, bytes.
func (w *Walker) Held() int { return 1200 + len(w.levels)*(rest.MaxPartHead+200) }

// Part implements rest.PartSink.
func (l *level) Part(head []byte) {
	head = unfold(head)
	typ := rest.PartField(head, "content-type")
	n := len(l.w.levels)
	l.w.begin(Head{Type: typ, Encoding: rest.PartField(head, "content-transfer-encoding"),
		Name: Name(rest.PartField(head, "content-disposition"), typ), Depth: l.depth + 1})
	l.inner = len(l.w.levels) > n
}

// unfold joins lines that go on with white space (RFC 5322 2.2.3), in place.
func unfold(head []byte) []byte {
	out := head[:0]
	for i := 0; i < len(head); i++ {
		if c := head[i]; c == '\n' && i+1 < len(head) && (head[i+1] == ' ' || head[i+1] == '\t') {
			for len(out) > 0 && out[len(out)-1] == '\r' {
				out = out[:len(out)-1]
			}
			continue
		}
		out = append(out, head[i])
	}
	return out
}

// PartContent implements rest.PartSink.
func (l *level) PartContent(b []byte) {
	if !l.inner {
		l.w.give(b)
		return
	}
	if n := len(l.w.levels); n > 0 && l.w.levels[n-1] != l {
		for _, in := range l.w.levels {
			if in.depth == l.depth+1 {
				in.m.Feed(in, b)
				return
			}
		}
	}
}

// PartEnd implements rest.PartSink.
func (l *level) PartEnd(whole bool) {
	if !l.inner {
		l.w.close(whole)
		return
	}
	l.inner = false
	for n := len(l.w.levels); n > 0 && l.w.levels[n-1] != l; n = len(l.w.levels) {
		in := l.w.levels[n-1]
		in.m.End(in)
		if len(l.w.levels) == n {
			l.w.levels = l.w.levels[:n-1]
		}
	}
}
