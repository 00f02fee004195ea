package http

import (
	"bytes"

	"lazaret/internal/proto"
)

// What an address may say. The log's uri is the target as sent, percent-encoding
// undone, as Zeek has it, but for three things that must not be kept:
//
//   - Passwords and tokens: user information before a host and the values of keys
//     that are known for them become "~".
//   - Values behind keys that name a patient or an examination become marks,
//     wherever they occur.
//   - In an address of a clinical interface (DICOMweb, WADO, FHIR, or a path that
//     leads to a patient, or a message whose content is one of these) the values of
//     all keys become marks but for those of harmless keys (paging, formats,
//     modality), and in the path the identifiers behind names of resources, UIDs
//     and long numbers do.
//   - In any other address parts of the path and values that are UIDs, numbers of
//     six digits and more, components of a name (^), structured text or addresses
//     of such a kind become marks, and so do the names of documents.
//
// Keys count wherever a client may write them: in the query, behind ; or # in the
// path (RFC 3986 3.3), and encoded twice.
//
// A mark is "~" and 16 hex digits of the keyed hash, so that the same patient has
// the same mark, and for patient ids, studies, series and accession numbers its
// digits begin the hash that DICOM and HL7 records have. Names of paths and keys
// are kept. The Entity that is offered has the raw target, because its readers
// make pseudonyms by themselves.

// markLen is how many hex digits of a keyed hash a mark has.
const markLen = 16

// appendMark appends the mark of a value, nothing for none.
func appendMark(dst []byte, f proto.Flow, kind string, raw []byte) []byte {
	if len(raw) == 0 {
		return dst
	}
	v := appendClear(make([]byte, 0, len(raw)), raw)
	if i := bytes.LastIndexByte(v, '|'); i >= 0 && i+1 < len(v) { // FHIR: system|value
		v = v[i+1:]
	}
	if i := bytes.LastIndexByte(v, '/'); kind == "patient" && i >= 0 && i+1 < len(v) { // FHIR: Patient/id
		v = v[i+1:]
	}
	h := f.Pseudonym(kind, bytes.TrimSpace(v))
	return append(append(dst, '~'), h[:min(len(h), markLen)]...)
}

// appendClear appends b with percent-encoding undone (RFC 3986 2.1).
func appendClear(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '%')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		if b = b[i:]; len(b) >= 3 {
			hi, ok1 := hexDigit(b[1])
			lo, ok2 := hexDigit(b[2])
			if ok1 && ok2 {
				dst = append(dst, hi<<4|lo)
				b = b[3:]
				continue
			}
		}
		dst = append(dst, '%')
		b = b[1:]
	}
}

// needsWork tells whether the text of a target differs from the target.
func needsWork(b []byte) bool { return bytes.IndexByte(b, '%') >= 0 || secretive(b) }

// secretive tells whether an address has user information, or something else that
// is not kept wherever it occurs.
func secretive(b []byte) bool {
	if from, to := userInfo(b); from < to {
		return true
	}
	if from, _ := userInfo(b); from > 0 { // the host is not looked at
		end := bytes.IndexAny(b[from:], "/?#")
		if end < 0 {
			return false
		}
		b = b[from+end:]
	}
	if reveals(decoded(b)) {
		return true
	}
	_, query, _ := bytes.Cut(b, []byte{'?'})
	found := false
	eachPair(query, func(key, value []byte) { found = found || telling(key, value) })
	return found
}

// userInfo finds the user and password of an address with a scheme (RFC 3986
// 3.2.1), with the @ behind them.
func userInfo(b []byte) (from, to int) {
	i := bytes.Index(b, []byte("://"))
	if i < 0 || i > 8 {
		return 0, 0
	}
	from = i + 3
	end := bytes.IndexAny(b[from:], "/?#")
	if end < 0 {
		end = len(b) - from
	}
	if at := bytes.LastIndexByte(b[from:from+end], '@'); at >= 0 {
		return from, from + at + 1
	}
	return from, from
}

// between are what may stand between the pairs of a query, those of a fragment and
// of a query within it included.
const between = "&;?#"

// eachPair calls f for each key and value of a query. It does not allocate.
func eachPair(q []byte, f func(key, value []byte)) {
	for len(q) > 0 {
		one := q
		if i := bytes.IndexAny(q, between); i >= 0 {
			one, q = q[:i], q[i+1:]
		} else {
			q = nil
		}
		key, value, _ := bytes.Cut(one, []byte{'='})
		f(key, value)
	}
}

// appendURI appends the text of a target. clinical says that its interface is.
func appendURI(dst, raw []byte, clinical bool, f proto.Flow) []byte {
	if from, to := userInfo(raw); from < to {
		dst = append(append(dst, raw[:from]...), "~@"...)
		raw = raw[to:]
	}
	path, query, has := bytes.Cut(raw, []byte{'?'})
	if from, _ := userInfo(path); from > 0 && !clinical { // the host is no part of the path
		end := bytes.IndexByte(path[from:], '/')
		if end < 0 {
			end = len(path) - from
		}
		dst, path = append(dst, path[:from+end]...), path[from+end:]
	}
	dst = appendPath(dst, path, clinical, f)
	if !has {
		return dst
	}
	return appendPairs(append(dst, '?'), query, clinical, f)
}

// appendPairs appends the pairs of a query.
func appendPairs(dst, query []byte, clinical bool, f proto.Flow) []byte {
	for {
		one := query
		i := bytes.IndexAny(query, between)
		if i >= 0 {
			one = query[:i]
		}
		dst = appendPair(dst, one, clinical, f)
		if i < 0 {
			return dst
		}
		dst, query = append(dst, query[i]), query[i+1:]
	}
}

// appendPair appends one key of a query with its value.
func appendPair(dst, one []byte, clinical bool, f proto.Flow) []byte {
	key, value, has := bytes.Cut(one, []byte{'='})
	if !has {
		if clinical && longNumber(key) || telling(nil, key) {
			return appendMark(dst, f, "resource", key)
		}
		return appendClear(dst, key)
	}
	dst = append(appendClear(dst, key), '=')
	kind, _ := keyKind(key)
	switch {
	case kind == secret:
		return append(dst, '~')
	case kind != "":
		return appendMark(dst, f, kind, value)
	case clinical && !harmless(key), telling(key, value):
		return appendMark(dst, f, "query", value)
	}
	return appendClear(dst, value)
}

// appendReference is appendURI for the address of another resource.
func appendReference(dst, raw []byte, clinical bool, f proto.Flow) []byte {
	if from, _ := userInfo(raw); clinical && from > 0 {
		// The host is no part of the path.
		end := bytes.IndexByte(raw[from:], '/')
		if end < 0 {
			end = len(raw) - from
		}
		host := raw[from : from+end]
		if i := bytes.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		dst = append(append(dst, raw[:from]...), host...)
		return appendURI(dst, raw[from+end:], true, f)
	}
	return appendURI(dst, raw, clinical, f)
}

// appendPath appends a path.
func appendPath(dst, path []byte, clinical bool, f proto.Flow) []byte {
	var before []byte
	for {
		one := path
		i := bytes.IndexByte(path, '/')
		if i >= 0 {
			one = path[:i]
		}
		if bytes.ContainsAny(one, ";#=%") {
			c := decoded(one)
			if from, to := namedPart(c); bytes.IndexByte(c, '=') >= 0 && reveals(c) {
				dst, one = appendPairs(dst, c, clinical, f), nil
			} else if from < to {
				one = c
			}
		}
		kind := ""
		if clinical {
			kind = segmentKind(before, one)
		}
		switch from, to := namedPart(one); {
		case kind != "":
			dst = appendMark(dst, f, kind, one)
		case from < to:
			dst = appendMark(append(dst, one[:from]...), f, "resource", one[from:to])
			dst = appendClear(dst, one[to:])
		default:
			dst = appendClear(dst, one)
		}
		if i < 0 {
			return dst
		}
		dst, before, path = append(dst, '/'), one, path[i+1:]
	}
}

// segmentKind is the kind of identifier that a part of a path is, by the part
// before it; empty if it is a name.
func segmentKind(before, one []byte) string {
	if len(one) == 0 || one[0] == '$' || one[0] == '_' {
		return ""
	}
	if kind := resourceKind(before); kind != "" && string(one) != "metadata" && string(one) != "rendered" {
		return kind
	}
	if uidLike(one) || longNumber(one) || bytes.IndexByte(one, '%') >= 0 || bytes.IndexByte(one, '^') >= 0 {
		return "resource"
	}
	return ""
}

// resourceKind is the kind of what follows a name in a path: of DICOMweb (PS3.18
// 6, 10), of archives, or any resource of FHIR, whose names alone begin with a
// capital.
func resourceKind(b []byte) string {
	low, n := lowered(b)
	switch string(low[:n]) {
	case "patient", "patients", "mrn", "pid", "patid", "patnr":
		return "patient"
	case "studies", "study":
		return "study"
	case "series":
		return "series"
	case "instances":
		return "instance"
	case "accession":
		return "accession"
	}
	if len(b) < 4 || b[0] < 'A' || b[0] > 'Z' {
		return ""
	}
	for _, c := range b[1:] {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return ""
		}
	}
	return "resource"
}

// uidLike tells whether b looks like a UID: digits and dots (PS3.5 9).
func uidLike(b []byte) bool {
	dots := 0
	for _, c := range b {
		if c == '.' {
			dots++
		} else if !digit(c) {
			return false
		}
	}
	return dots >= 3 && len(b) >= 10
}

// longNumber tells whether b has five digits in a row, or is long as a UUID.
func longNumber(b []byte) bool {
	run := 0
	for _, c := range b {
		if run++; !digit(c) {
			run = 0
		}
		if run == 5 {
			return true
		}
	}
	return len(b) >= 32
}

// clinicalTarget tells whether a target belongs to a clinical interface.
func clinicalTarget(b []byte) bool {
	if bytes.HasPrefix(b, []byte("http")) {
		if from, _ := userInfo(b); from > 0 {
			b = b[from:]
		}
	}
	path, query, _ := bytes.Cut(b, []byte{'?'})
	for len(path) > 0 {
		one := path
		if i := bytes.IndexByte(path, '/'); i >= 0 {
			one, path = path[:i], path[i+1:]
		} else {
			path = nil
		}
		next, _, _ := bytes.Cut(path, []byte{'/'})
		if clinicalWord(one, next) {
			return true
		}
	}
	found := false
	if len(query) > 0 {
		eachPair(query, func(key, _ []byte) {
			_, decides := keyKind(key)
			found = found || decides
		})
	}
	return found
}

// clinicalWord tells whether a part of a path names a clinical interface.
func clinicalWord(b, next []byte) bool {
	if len(b) < 4 {
		return len(next) > 0 && (bytes.EqualFold(b, []byte("mrn")) || bytes.EqualFold(b, []byte("pid")))
	}
	low, n := lowered(b)
	for _, word := range [...]string{"patient", "dicom", "fhir", "pacs", "hl7", "weasis", "oviyam"} {
		if bytes.Contains(low[:n], []byte(word)) { // also patients.html, PatientList
			return true
		}
	}
	switch string(low[:n]) {
	case "ohif", "patid", "patnr", "wado", "wado-rs", "wado-uri", "wadors", "qido-rs", "stow-rs", "ups-rs",
		"imagingstudy", "diagnosticreport", "questionnaireresponse", "servicerequest",
		"documentreference", "medicationrequest", "allergyintolerance", "relatedperson", "workitems":
		return true
	case "studies", "series", "instances":
		return len(next) == 0 || uidLike(next) || len(next) >= 36
	case "observation", "encounter", "consent", "condition", "immunization", "practitioner":
		return b[0] < 'a' // the resource, not the word
	}
	return false
}

// clinicalType tells whether a media type, or a list of them, is a clinical one.
func clinicalType(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	for i := bytes.Index(b, []byte("application/")); i >= 0; {
		b = b[i+len("application/"):]
		if bytes.HasPrefix(b, []byte("dicom")) || bytes.HasPrefix(b, []byte("fhir")) || bytes.HasPrefix(b, []byte("hl7")) ||
			bytes.HasPrefix(b, []byte("json+fhir")) || bytes.HasPrefix(b, []byte("xml+fhir")) {
			return true
		}
		i = bytes.Index(b, []byte("application/"))
	}
	return false
}

// harmless tells whether the value of a key of a clinical interface says nothing of
// a patient.
func harmless(key []byte) bool {
	low, n := lowered(key)
	switch string(low[:n]) {
	case "limit", "offset", "includefield", "fuzzymatching", "accept", "charset", "requesttype", "contenttype", "transfersyntax",
		"modality", "modalitiesinstudy", "00080060", "00080061", "viewport", "quality", "framenumber", "rows", "columns",
		"_count", "_format", "_sort", "_summary", "_elements", "_include", "_revinclude", "_total", "_offset", "page", "_pretty",
		"status", "category", "orderby", "expand", "since":
		return true
	}
	return false
}
