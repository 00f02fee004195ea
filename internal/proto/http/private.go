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

// secretive tells whether an address has user information, or a key whose value is
// not kept.
func secretive(b []byte) bool {
	if from, to := userInfo(b); from < to {
		return true
	}
	i := bytes.IndexByte(b, '?')
	if i < 0 {
		return false
	}
	found := false
	eachPair(b[i+1:], func(key, _ []byte) {
		kind, _ := keyKind(key)
		found = found || kind != ""
	})
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

// eachPair calls f for each key and value of a query. It does not allocate.
func eachPair(q []byte, f func(key, value []byte)) {
	for len(q) > 0 {
		one := q
		if i := bytes.IndexAny(q, "&;"); i >= 0 {
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
	if clinical {
		dst = appendPath(dst, path, f)
	} else {
		dst = appendClear(dst, path)
	}
	if !has {
		return dst
	}
	sep := byte('?')
	for {
		one := query
		i := bytes.IndexAny(query, "&;")
		if i >= 0 {
			one = query[:i]
		}
		dst = appendPair(append(dst, sep), one, clinical, f)
		if i < 0 {
			return dst
		}
		sep, query = query[i], query[i+1:]
	}
}

// appendPair appends one key of a query with its value.
func appendPair(dst, one []byte, clinical bool, f proto.Flow) []byte {
	key, value, has := bytes.Cut(one, []byte{'='})
	if !has {
		if clinical && longNumber(key) {
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
	case clinical && !harmless(key):
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

// appendPath appends the path of a clinical interface.
func appendPath(dst, path []byte, f proto.Flow) []byte {
	var before []byte
	for {
		one := path
		i := bytes.IndexByte(path, '/')
		if i >= 0 {
			one = path[:i]
		}
		if kind := segmentKind(before, one); kind != "" {
			dst = appendMark(dst, f, kind, one)
		} else {
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
	case "patient", "patients", "mrn":
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
		return false
	}
	low, n := lowered(b)
	if bytes.HasPrefix(low[:n], []byte("patient")) { // also patients.html, PatientList
		return true
	}
	switch string(low[:n]) {
	case "fhir", "dicom-web", "dicomweb", "dicom_web", "wado", "wado-rs", "wado-uri", "wadors", "qido-rs", "stow-rs", "ups-rs",
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

// secret is the kind of values of which nothing is kept.
const secret = "secret"

// keyKind is the kind of value behind a key that is never kept in clear, and
// whether the key shows that the whole address is clinical.
func keyKind(key []byte) (kind string, decides bool) {
	if i := bytes.IndexByte(key, ':'); i > 0 {
		key = key[:i] // FHIR modifiers: family:exact
	}
	low, n := lowered(key)
	switch string(low[:n]) {
	case "patientid", "patient_id", "patientids", "00100020", "mrn", "subject", "patient", "patid", "pat_id":
		return "patient", true
	case "pid":
		return "patient", false
	case "patientname", "patient_name", "00100010", "patientbirthdate", "00100030", "patientsname", "patientssn":
		return "person", true
	case "name", "given", "family", "birthdate", "dob", "firstname", "lastname", "surname", "ssn", "identifier", "nhsnumber":
		return "person", false
	case "accessionnumber", "accession", "00080050":
		return "accession", true
	case "studyinstanceuid", "studyuid", "0020000d":
		return "study", true
	case "seriesinstanceuid", "seriesuid", "0020000e":
		return "series", true
	case "sopinstanceuid", "objectuid", "00080018":
		return "instance", true
	case "password", "passwd", "pwd", "pass", "passwort", "passphrase", "secret", "client_secret", "access_token",
		"refresh_token", "id_token", "auth_token", "token", "api_key", "apikey":
		return secret, false
	}
	return "", false
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

// lowered is a name in small letters, percent-encoding undone, with its length; 0
// if it is longer than any that is known.
func lowered(b []byte) (low [24]byte, n int) {
	if bytes.IndexByte(b, '%') >= 0 && len(b) <= 3*len(low) {
		b = appendClear(nil, b)
	}
	if len(b) > len(low) {
		return low, 0
	}
	for i, c := range b {
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	return low, len(b)
}
