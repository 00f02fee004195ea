package mask

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/rest"
)

// web follows HTTP/1 (RFC 9112): it keeps methods, addresses as far as they are words of
// programs, status, the names of header fields and the values of those that speak of the
// message, and content that is a program.
type web struct {
	s     [2]webSide
	asked []string // methods of requests whose answers have not come
}

type webSide struct {
	left    uint64 // bytes of content, or of a chunk
	state   webState
	chunks  bool
	program int8 // of the content: 0 not known, 1 it is one, -1 it is none
}

type webState uint8

const (
	inHead webState = iota
	inContent
	inChunk   // before the size of a chunk
	inTrailer // behind the last chunk
	inEnd     // behind the content of a chunk
	toEnd     // content until the end of the conversation
)

// maxHead is the longest head of a message, bytes; maxAsked how many requests may wait.
const (
	maxHead  = 64 << 10
	maxAsked = 256
)

// longestField is the longest name of a header field that is kept, bytes.
const longestField = 64

// told are the header fields whose values are kept.
var told = map[string]bool{"host": true, "user-agent": true, "accept": true, "accept-encoding": true, "accept-language": true, "content-length": true, "content-type": true,
	"transfer-encoding": true, "content-encoding": true, "connection": true, "date": true, "server": true, "cache-control": true, "expect": true, "keep-alive": true, "proxy-connection": true}

func (*web) lost(int) bool { return false }

func (w *web) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	s := &w.s[d]
	for done < len(b) {
		rest := b[done:]
		var n int
		switch s.state {
		case inHead:
			n, need, ok = w.head(t, d, done, rest)
		case inContent, toEnd:
			n, need, ok = s.content(t, d, done, rest)
		default:
			n, need, ok = s.line(t, d, done, rest)
		}
		if !ok || need > 0 {
			return done, need, ok
		}
		done += n
	}
	return done, 0, true
}

// head takes the head of a message.
func (w *web) head(t *talk, d, off int, b []byte) (n, need int, ok bool) {
	end := bytes.Index(b[:min(len(b), maxHead)], []byte("\r\n\r\n"))
	if end < 0 {
		return 0, len(b) + 1, len(b) < maxHead
	}
	end += 4
	first := bytes.IndexByte(b, '\r')
	line := string(b[:first])
	answer := strings.HasPrefix(line, "HTTP/1.")
	f := w.fields(t, d, off+first+2, b[first+2:end-2])
	s := &w.s[d]
	*s = webSide{}
	if answer {
		t.keep(d, off, min(first, len("HTTP/1.1 200")))
		t.keep(d, off+first, 2)
		if !s.answered(w, line, f) {
			return 0, 0, false
		}
	} else {
		parts := strings.Split(line, " ")
		if len(parts) != 3 || !strings.HasPrefix(parts[2], "HTTP/1.") || len(w.asked) == maxAsked || parts[0] == "CONNECT" {
			return 0, 0, false
		}
		w.asked = append(w.asked, parts[0])
		t.keep(d, off, len(parts[0])+1)
		keepTarget(t, d, off+len(parts[0])+1, parts[1])
		t.keep(d, off+first-len(parts[2])-1, len(parts[2])+3)
		s.framed(f, false)
	}
	t.keep(d, off+end-2, 2)
	return end, 0, true
}

// framing are the fields that say how long the content is.
type framing struct {
	length  string
	chunked bool
	coded   bool
}

// fields keeps header fields, each with its line's end.
func (w *web) fields(t *talk, d, off int, b []byte) (f framing) {
	for len(b) > 0 {
		end := bytes.Index(b, []byte("\r\n"))
		if end < 0 {
			return f
		}
		colon := bytes.IndexByte(b[:end], ':')
		if colon > 0 && colon <= longestField {
			name, v := strings.ToLower(string(b[:colon])), strings.TrimSpace(string(b[colon+1:end]))
			if t.keep(d, off, colon+1); told[name] {
				t.keep(d, off+colon+1, end-colon-1)
			}
			switch name {
			case "content-length":
				f.length = v
			case "transfer-encoding":
				f.chunked = strings.EqualFold(v, "chunked")
			case "content-encoding":
				f.coded = !strings.EqualFold(v, "identity")
			}
		}
		t.keep(d, off+end, 2)
		b, off = b[end+2:], off+end+2
	}
	return f
}

// answered takes the status line. It is false if what follows is no HTTP.
func (s *webSide) answered(w *web, line string, f framing) bool {
	status, _ := strconv.Atoi(strings.SplitN(line+" 0 ", " ", 3)[1])
	if status == 101 {
		return false
	}
	if status >= 100 && status < 200 {
		return true // another follows
	}
	method := ""
	if len(w.asked) > 0 {
		method, w.asked = w.asked[0], slices.Delete(w.asked, 0, 1)
	}
	if method == "HEAD" || status == 204 || status == 304 {
		return true
	}
	s.framed(f, true)
	return true
}

// framed begins the content (RFC 9112 6.3).
func (s *webSide) framed(f framing, answer bool) {
	if f.coded {
		s.program = -1
	}
	n, err := strconv.ParseUint(f.length, 10, 62)
	switch {
	case f.chunked:
		s.state = inChunk
	case err == nil && n > 0:
		s.left, s.state = n, inContent
	case f.length == "" && answer:
		s.left, s.state = 1<<62, toEnd
	}
}

// content takes content, or a part of a chunk.
func (s *webSide) content(t *talk, d, off int, b []byte) (n, need int, ok bool) {
	n = int(min(s.left, uint64(len(b))))
	if s.program == 0 {
		if least := int(min(s.left, programHead)); n < least && s.state != toEnd {
			return 0, least, true
		}
		if s.program = -1; program(b[:n]) {
			s.program = 1
		} else if disguised(b[:n]) {
			t.keep(d, off, dicomHead)
		}
	}
	if s.program > 0 {
		t.keep(d, off, n)
	}
	if s.left -= uint64(n); s.left == 0 {
		if s.state = inHead; s.chunks {
			s.state = inEnd
		}
	}
	return n, 0, true
}

// line takes a line between chunks (RFC 9112 7.1).
func (s *webSide) line(t *talk, d, off int, b []byte) (n, need int, ok bool) {
	end := bytes.Index(b[:min(len(b), maxHead)], []byte("\r\n"))
	if end < 0 {
		return 0, len(b) + 1, len(b) < maxHead
	}
	switch s.state {
	case inEnd:
		if end != 0 {
			return 0, 0, false
		}
		s.state = inChunk
	case inTrailer:
		if end == 0 {
			*s = webSide{}
		}
	case inChunk:
		digits, _, _ := strings.Cut(string(b[:end]), ";")
		size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 62)
		if err != nil {
			return 0, 0, false
		}
		t.keep(d, off, len(digits))
		if s.left, s.state, s.chunks = size, inContent, true; size == 0 {
			s.state = inTrailer
		}
	}
	t.keep(d, off+end, 2)
	return end + 2, 0, true
}

// keepTarget keeps of the target of a request (RFC 9112 3.2) host and port, and of path and query
// what is not private. In an address of a clinical service that is what many machines have and
// the names of keys.
func keepTarget(t *talk, d, off int, target string) {
	if i := strings.Index(target, "://"); i > 0 && i < 8 {
		host := strings.IndexByte(target[i+3:], '/')
		if host < 0 {
			host = len(target) - i - 3
		}
		if strings.IndexByte(target[i+3:i+3+host], '@') >= 0 {
			return // who logs in
		}
		t.keep(d, off, i+3+host)
		off, target = off+i+3+host, target[i+3+host:]
	}
	path, query, has := strings.Cut(target, "?")
	clinical := slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool { return services[name] }) ||
		slices.ContainsFunc(strings.Split(query, "&"), func(pair string) bool { key, _, _ := strings.Cut(pair, "="); return personal(key) })
	harmless := func(name string) bool {
		if clinical {
			return name == "" || services[name] || rest.MaskName(noMark, name) == name
		}
		return !rest.Private(name) && !rest.Private(unescaped(name))
	}
	for at := 0; ; {
		name, _, more := strings.Cut(path[at:], "/")
		if harmless(name) {
			t.keep(d, off+at, len(name))
		}
		if at += len(name); !more {
			break
		}
		t.keep(d, off+at, 1)
		at++
	}
	if !has {
		return
	}
	off += len(path)
	t.keep(d, off, 1)
	off++
	for more := true; more; {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		name, value, valued := strings.Cut(pair, "=")
		if !rest.Private(name) && (valued || harmless(name)) {
			t.keep(d, off, len(name))
		}
		if valued {
			t.keep(d, off+len(name), 1)
			if !clinical && harmless(value) {
				t.keep(d, off+len(name)+1, len(value))
			}
		}
		off += len(pair)
		if more {
			t.keep(d, off, 1)
			off++
		}
	}
}

// personal says whether the value of a key of a query names a patient, an examination or a
// secret.
func personal(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"patient", "name", "birth", "study", "series", "accession", "mrn", "user", "pass", "token", "secret", "session", "sid"}, func(s string) bool { return strings.Contains(key, s) })
}

// unescaped is a part of an address as it is meant (RFC 3986 2.1), or as it is if that is not
// right.
func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// services are the words of paths of DICOMweb (PS3.18) and FHIR (R4), besides those that many
// machines have.
var services = map[string]bool{"studies": true, "series": true, "instances": true, "frames": true, "rendered": true, "thumbnail": true, "metadata": true, "bulkdata": true, "workitems": true,
	"wado": true, "wado-rs": true, "qido-rs": true, "stow-rs": true, "dicom-web": true, "dicomweb": true, "rs": true, "fhir": true, "_search": true, "_history": true, "$everything": true, "r4": true,
	"Patient": true, "Observation": true, "ImagingStudy": true, "DiagnosticReport": true, "ServiceRequest": true, "Encounter": true, "DocumentReference": true, "Binary": true, "Bundle": true}

// noMark marks with nothing: what it changes is not generic.
func noMark(string, []byte) string { return "" }
