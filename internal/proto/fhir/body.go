package fhir

import (
	"bytes"

	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// maxRoot is the most bytes of XML in which the root element must begin, and of a form
// in which the names of parameters are looked for.
const maxRoot = 1 << 10

// body is the content of one direction.
type body struct {
	a        *analyzer
	x        *exchange // nil between entities
	kind     notationKind
	response bool
	fhir     bool // its media type says so
	torn     bool
	given    bool // nothing more is wanted
	bytes    uint64
	walker   rest.Walker
	root     []byte // beginning of XML or of a form
	res      resource
	entry    entry
	matches  MatchesRecord // whose data is told; who asked for what is entered at the end
}

// Open implements proto.Body.
func (b *body) Open(e *proto.Entity, x *exchange) {
	b.x, b.response, b.fhir = x, e.Response, isFHIR(e.Type)
	b.torn, b.given, b.bytes, b.kind, b.res = false, false, 0, noNotation, resource{}
	b.entry.patient, b.entry.id, b.entry.told, b.matches = false, b.entry.id[:0], b.entry.told[:0], MatchesRecord{}
	if e.Coding != "" {
		return
	}
	b.kind = notation(e.Type)
	if !e.Response && x.call.interaction == "search" && rest.Media(e.Type) == "application/x-www-form-urlencoded" {
		b.kind = inForm
	}
	b.walker.Start()
	b.root = b.root[:0]
}

// Content implements proto.Body.
func (b *body) Content(in []byte) {
	b.bytes += uint64(len(in))
	if b.given {
		return
	}
	switch b.kind {
	case inJSON:
		if !b.fhir && b.res.typ == "" {
			// In other JSON the type of a resource comes early or never.
			seen := b.bytes - uint64(len(in))
			early := in[:min(uint64(len(in)), maxUnknown-min(seen, maxUnknown))]
			b.walker.Feed(b, early)
			if in = in[len(early):]; b.res.typ == "" && (len(in) > 0 || b.walker.Broken()) {
				b.given = true
				return
			}
		}
		b.walker.Feed(b, in)
		b.given = b.walker.Done() || b.walker.Broken()
	case inForm:
		b.root = append(b.root, in[:min(len(in), maxRoot-len(b.root))]...)
	case inXML:
		b.root = append(b.root, in[:min(len(in), maxRoot-len(b.root))]...)
		b.given = b.element() || len(b.root) == maxRoot
	}
}

// Lost implements proto.Body.
func (b *body) Lost(n int) {
	b.torn = true
	b.bytes += uint64(max(n, 0))
	b.given = true
}

// element reads the root element once it is there; true if nothing more is wanted.
func (b *body) element() bool {
	t := bytes.TrimPrefix(b.root, []byte("\xef\xbb\xbf"))
	for {
		t = bytes.TrimLeft(t, " \t\r\n")
		end := ">"
		switch {
		case bytes.HasPrefix(t, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(t, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(t, []byte("<!")):
		default:
			return b.named(t)
		}
		i := bytes.Index(t, []byte(end))
		if i < 0 {
			return false
		}
		t = t[i+len(end):]
	}
}

// named takes the start tag t of the root element.
func (b *body) named(t []byte) bool {
	i := bytes.IndexByte(t, '>')
	if len(t) == 0 || i < 0 && t[0] == '<' {
		return false
	}
	if t[0] != '<' {
		return true
	}
	tag := t[1:i]
	word := tag
	if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
		word = tag[:i]
	}
	_, local, ok := bytes.Cut(word, []byte{':'})
	if !ok {
		local = word
	}
	ours := bytes.Contains(tag, []byte(`"http://hl7.org/fhir"`)) || bytes.Contains(tag, []byte(`'http://hl7.org/fhir'`))
	if s := string(local); ours && typeLike(s) {
		b.res.typ = s
	}
	return true
}

// Close implements proto.Body. It gives what the content told to its exchange.
func (b *body) Close(whole bool) {
	x := b.x
	if b.kind == inJSON {
		open := !b.given
		b.walker.End(b)
		if b.fhir && whole && !b.torn && b.bytes > 0 && b.walker.Broken() && (open || b.given) {
			b.a.f.Weird(badJSON, 0)
		}
	}
	if b.kind == inForm {
		x.rec.Parameters = parameters(x.rec.Parameters, string(b.root))
	}
	clear(b.root)
	if b.response {
		x.rec.ToClient += b.bytes
	} else {
		x.rec.ToServer += b.bytes
	}
	b.a.told(x, b)
	b.tellMatches()
	clear(b.entry.id)
	clear(b.entry.told)
	clear(b.res.id)
	clear(b.res.patient)
	b.res, b.x, b.kind = resource{}, nil, noNotation
}
