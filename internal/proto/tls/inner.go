package tls

import (
	"strings"

	"lazaret/internal/proto"
)

// What DICOM looks like from outside (PS3.8 9.1, PS3.15 B.1). The client speaks
// first: an A-ASSOCIATE-RQ, which has a fixed part of 74 bytes, the application
// context, a presentation context at least, and the user information. The answer
// names the same contexts with one transfer syntax each. Then the client goes on,
// and at the end both sides say A-RELEASE, ten bytes from each and nothing after.
// A toolkit writes one PDU into one record, so the sizes show.
const (
	minRequest = 150
	minAccept  = 120
	moreAccept = 128 // an answer may have more user information than the request
	minData    = 60
	dataHeader = 12 // of a PDU and its first value, which some toolkits write apart
	release    = 10
)

// What each sign counts; together they are the confidence. likely is from where
// the conversation is counted as DICOM.
const (
	signAssociate = 0.3
	signHeader    = 0.2
	signRelease   = 0.4
	signPort      = 0.15
	signName      = 0.25
	worthSaying   = 0.4
	likely        = 0.6
	surest        = 0.95
)

// span is the length of a record's content: padding hides it within limits.
type span struct{ lo, hi int }

func (p span) has(n int) bool          { return p.lo <= n && n <= p.hi }
func (p span) atLeast(n int) bool      { return p.hi >= n }
func (p span) isAlert(tls13 bool) bool { return tls13 && p.hi == 2 }

// shape follows the first and the last records of data.
type shape struct {
	dtls, alerted bool
	dull          bool // not the shape of an association: nothing to wait for
	header        bool // the client went on with the header of a data PDU alone
	shook         bool // TLS 1.3: the client's Finished was seen
	first, answer span
	turns         int // 1 request, 2 answer, 3 the client went on
	last          [2]span
	lastBy        proto.Dir
	count         [2]int
}

// add looks at one record of application data with n bytes.
func (h *shape) add(s *session, d proto.Dir, n int) {
	if h.dull || s.rec == nil {
		return
	}
	size := content(s.rec.Cipher, s.rec.Version, n)
	if s.is13 && !h.shook {
		// Until the client's Finished (a hash and a header of four bytes, RFC 8446
		// 4.4.4) all records are the rest of the handshake.
		h.shook = d == s.client && (size.has(36) || size.has(52))
		return
	}
	if size.isAlert(s.is13) {
		return
	}
	h.count[d]++
	switch {
	case h.turns == 0 && d == s.client:
		if h.first = size; !size.atLeast(minRequest) {
			h.dull = true
		}
		h.turns = 1
	case h.turns == 0:
		if !s.is13 { // in TLS 1.3 it may be a session ticket
			h.dull = true // the server spoke first
		}
		return
	case h.turns == 1 && d != s.client:
		h.answer = size
		if size.atLeast(minAccept) && size.lo <= h.first.hi+moreAccept {
			h.turns = 2
		} else if !s.is13 {
			h.dull = true
		}
	case h.turns == 1:
		h.dull = true // a second record before the answer
	case h.turns == 2 && d == s.client:
		h.turns = 3
		h.header = size.has(dataHeader)
		h.dull = !h.header && !size.atLeast(minData)
	}
	h.last[d], h.lastBy = size, d
}

// content is how long what a record of n bytes protects may be (RFC 8446 5.2,
// RFC 5288, RFC 6655, RFC 7905, RFC 5246 6.2.3.2).
func content(cipher, version string, n int) span {
	exact := func(over int) span { return span{max(n-over, 0), max(n-over, 0)} }
	switch {
	case strings.HasPrefix(version, "TLSv13"):
		if strings.Contains(cipher, "CCM_8") {
			return exact(9)
		}
		return exact(17)
	case strings.Contains(cipher, "CHACHA20"):
		return exact(16)
	case strings.Contains(cipher, "CCM_8"):
		return exact(16)
	case strings.Contains(cipher, "GCM"), strings.Contains(cipher, "CCM"):
		return exact(24)
	}
	mac := 20
	switch {
	case strings.HasSuffix(cipher, "_SHA256"):
		mac = 32
	case strings.HasSuffix(cipher, "_SHA384"):
		mac = 48
	case strings.HasSuffix(cipher, "_MD5"):
		mac = 16
	}
	if !strings.Contains(cipher, "CBC") {
		return exact(mac)
	}
	block := 16
	if strings.Contains(cipher, "DES") {
		block = 8
	}
	iv := block
	if version == "TLSv10" || version == "SSLv3" {
		iv = 0
	}
	return span{max(n-iv-mac-block, 0), max(n-iv-mac-1, 0)}
}

// words are names that are given to machines that speak DICOM, as whole parts of
// a host's name or a certificate's subject.
var words = []string{"dicom", "pacs", "orthanc", "dcm4chee", "dcm4che", "storescp", "dcmqrscp", "modality", "vna"}

// guess says what probably travels inside, and why.
func (s *session) guess(r *Record) {
	h := &s.shape
	if !r.Established || h.dtls || r.NextProtocol != "" && r.NextProtocol != "dicom" || web(r.ALPN) {
		return
	}
	score, more := 0.0, false
	say := func(sign float64, why string) {
		score += sign
		more = more || sign == signRelease || sign == signPort || sign == signName
		r.InnerWhy = append(r.InnerWhy, why)
	}
	if h.turns < 3 || h.dull {
		return
	}
	say(signAssociate, "the sizes of the first records are those of an A-ASSOCIATE exchange")
	if h.header {
		say(signHeader, "a record of 12 bytes goes before the data, as a header of P-DATA-TF")
	}
	if h.last[0].has(release) && h.last[1].has(release) && h.lastBy != s.client && h.count[s.client] > 2 {
		say(signRelease, "the last record of each side has the size of an A-RELEASE")
	}
	if c := s.f.Conn(); c != nil && (c.Resp.Port == 2762 || c.Resp.Port == 11112 || c.Resp.Port == 104) {
		say(signPort, "a port of DICOM")
	}
	if named(r.ServerName) {
		say(signName, "the server name")
	} else if c := r.Host; c != nil && (namedAny(c.CommonNames) || namedAny(c.DNS)) {
		say(signName, "a name in the server's certificate")
	}
	if score = min(score, surest); score < worthSaying || !more { // others begin with such sizes, too

		r.InnerWhy = nil
		return
	}
	r.InnerGuess, r.InnerScore = "dicom", float64(int(score*100+0.5))/100
	if score >= likely {
		s.f.Blind("dicom_tls")
	}
}

// web tells whether a client asked for a protocol of the web.
func web(alpn []string) bool {
	for _, p := range alpn {
		if p == "h2" || strings.HasPrefix(p, "http/") || strings.HasPrefix(p, "spdy/") {
			return true
		}
	}
	return false
}

func namedAny(list []string) bool {
	for _, s := range list {
		if named(s) {
			return true
		}
	}
	return false
}

// named tells whether a part of a name is a word of DICOM, digits at its end aside.
func named(s string) bool {
	for part := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' }) {
		part = strings.TrimRight(part, "0123456789")
		for _, w := range words {
			if part == w || part == strings.TrimRight(w, "0123456789") {
				return true
			}
		}
	}
	return false
}
