package http

import "bytes"

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
	case "patientid", "patient_id", "patientids", "00100020", "mrn", "subject", "patient", "patid", "pat_id", "patnr",
		"fallnr", "fallnummer", "kvnr", "versichertennummer":
		return "patient", true
	case "pid":
		return "patient", false
	case "patientname", "patient_name", "00100010", "patientbirthdate", "00100030", "patientsname", "patientssn",
		"othernames", "gebdat", "geburtsdatum":
		return "person", true
	case "name", "given", "family", "birthdate", "dob", "firstname", "lastname", "surname", "ssn", "identifier", "nhsnumber",
		"vorname", "nachname", "fullname",
		"user", "username", "user_name", "userid", "user_id", "login", "loginname", "account", "benutzer", "email", "mail",
		"login_hint", "00080090", "00081050", "00081070":
		return "person", false
	case "accessionnumber", "accession", "00080050":
		return "accession", true
	case "studyinstanceuid", "studyuid", "0020000d":
		return "study", true
	case "seriesinstanceuid", "seriesuid", "0020000e":
		return "series", true
	case "sopinstanceuid", "objectuid", "00080018":
		return "instance", true
	}
	if secretKey(string(low[:n])) {
		return secret, false
	}
	return partOfKey(low[:n])
}

// secretKey tells whether a key has a password, a token, an identifier of a session
// or a proof made of one of them.
func secretKey(low string) bool {
	switch low {
	case "password", "passwd", "pwd", "pass", "passwort", "passphrase", "passcode", "pin", "otp", "kennwort",
		"secret", "client_secret", "access_token", "refresh_token", "id_token", "auth_token", "token", "jwt", "bearer",
		"api_key", "apikey", "x-api-key", "accesskey", "access_key", "authorization", "auth",
		"sessionid", "session_id", "jsessionid", "phpsessid", "aspsessionid", "sessiontoken", "session_token",
		"ticket", "samlrequest", "samlresponse", "samlart", "assertion", "client_assertion", "code_verifier",
		"signature", "x-amz-signature", "x-amz-security-token", "x-amz-credential":
		return true
	}
	return false
}

// partOfKey is keyKind for names that applications make up: what has the word of a
// patient in it is about one.
func partOfKey(low []byte) (kind string, decides bool) {
	switch {
	case bytes.Contains(low, []byte("patient")):
		if bytes.Contains(low, []byte("name")) || bytes.Contains(low, []byte("birth")) {
			return "person", true
		}
		return "patient", true
	case bytes.Contains(low, []byte("birthdate")), bytes.Contains(low, []byte("physician")):
		return "person", false
	case bytes.Contains(low, []byte("accession")):
		return "accession", true
	case bytes.Contains(low, []byte("passwor")):
		return secret, false
	}
	return "", false
}

// minNumber is how many digits a number has that may be one of a patient, a case or
// an examination, or a date.
const minNumber = 6

// telling tells whether a value says by its form that it may name a patient or an
// examination, or hold a further address or text that does. The key is nil for a
// value without one.
func telling(key, v []byte) bool {
	if len(v) == 0 {
		return false
	}
	if harmless(key) {
		return bytes.ContainsAny(v, "%=") && reveals(decoded(v))
	}
	if number(v) {
		return !counter(key)
	}
	if uidForm(v) || bytes.ContainsAny(v, "^{<") {
		return true
	}
	if !bytes.ContainsAny(v, "%=/") {
		return false
	}
	v = decoded(v)
	return reveals(v) || clinicalTarget(v)
}

// counter tells whether a key has the time, a version, or a number against caches.
func counter(key []byte) bool {
	low, n := lowered(key)
	switch string(low[:n]) {
	case "_", "t", "ts", "time", "timestamp", "v", "ver", "version", "build", "rev", "cb", "rnd", "rand", "random", "expires":
		return true
	}
	return false
}

// number tells whether v is a long number, or a list of them, perhaps behind the
// few letters that hospitals put before numbers. Updates of Windows have such names
// too.
func number(v []byte) bool {
	run, longest, letters := 0, 0, 0
	for _, c := range v {
		if digit(c) {
			run++
			longest = max(longest, run)
			continue
		}
		run = 0
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 {
			letters++
		}
	}
	return longest >= minNumber && letters <= 3 && (letters == 0 || !bytes.EqualFold(v[:2], []byte("kb")))
}

// uidForm tells whether v is a UID for certain: more arcs than addresses and versions
// have.
func uidForm(v []byte) bool { return bytes.Count(v, []byte{'.'}) >= 5 && uidLike(v) }

// reveals tells whether a path with its query, or text like it, has a key whose
// value is not kept, or a part that telling would find. It looks at each byte once.
func reveals(b []byte) bool {
	var key []byte
	for len(b) > 0 {
		one, sep := b, byte(0)
		if i := bytes.IndexAny(b, "/=&;?#"); i >= 0 {
			one, sep, b = b[:i], b[i], b[i+1:]
		} else {
			b = nil
		}
		if sep == '=' {
			if kind, _ := keyKind(one); kind != "" {
				return true
			}
		}
		if bytes.ContainsAny(one, "^{<") {
			return true
		}
		if from, to := namedPart(one); from < to && sep != '=' && !counter(key) && !harmless(key) {
			return true
		}
		if key = nil; sep == '=' {
			key = one
		}
	}
	return false
}

// namedPart finds in a part of any path what may name a patient or an examination:
// a long number before an ending, a UID, a name with components, the name of a
// document, whose ending tells enough, or that of an export with a long number in it.
func namedPart(one []byte) (from, to int) {
	stem := len(one)
	if i := bytes.LastIndexByte(one, '.'); i > 0 && len(one)-i <= 6 {
		stem = i
	}
	switch {
	case len(one) == 0:
		return 0, 0
	case number(one), uidForm(one), bytes.IndexByte(one, '^') >= 0:
		return 0, len(one)
	case number(one[:stem]), uidForm(one[:stem]), document(one[stem:]), export(one[stem:]) && len(one) < 64 && longNumber(one[:stem]):
		return 0, stem
	}
	return 0, 0
}

// document tells whether an ending is that of a document or a message, which people
// name after whom it is about.
func document(ending []byte) bool {
	low, n := lowered(ending)
	switch string(low[:n]) {
	case ".dcm", ".dic", ".hl7", ".cda", ".pdf", ".doc", ".docx", ".rtf", ".odt":
		return true
	}
	return false
}

// export tells whether an ending is that of what programs write out for people.
func export(ending []byte) bool {
	low, n := lowered(ending)
	switch string(low[:n]) {
	case ".txt", ".csv", ".xls", ".xlsx", ".zip":
		return true
	}
	return false
}

// decoded is b with percent-encoding undone, twice if it was made twice.
func decoded(b []byte) []byte {
	for range 2 {
		if bytes.IndexByte(b, '%') < 0 {
			break
		}
		b = appendClear(nil, b)
	}
	return b
}

// lowered is a name in small letters, percent-encoding undone, with its length; 0
// if it is longer than any that is known.
func lowered(b []byte) (low [32]byte, n int) {
	if bytes.IndexByte(b, '%') >= 0 && len(b) <= 5*len(low) {
		b = decoded(b)
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

// phraseWords are the words of the reason phrases that are registered (RFC 9110 15)
// and of those that servers add, in small letters. Applications write sentences
// there, with what was not found.
var phraseWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range bytes.Fields([]byte(`a accept acceptable accepted access account action allowed already already-reported and
		assigned authentication authoritative authorization authorized available bad bandwidth browser by bytes cannot certificate choices
		client closed code command complete completed conditional configuration conflict connect connected connection content continue
		created data dependency denied detected device directory does down early entity error established exceeded exist expectation
		extended failed failure field fields file forbidden for format found fulfilled gateway gone handshake has header hints host http
		im in information insufficient intermediate internal invalid is it key large legal length limit locked long loop many media
		message method mandatory misdirected missing modified moved multi-status multiple my name network no non-authoritative
		none not of offline ok on only or origin page parameter partial password payload payment permanent permanently permission
		precondition processed processing protocol protocols proxy range ready reached read reason reasons redirect redirected redirection
		refused rejected reported request request-uri requested required reset resource response rest retry satisfiable secure see server
		service session set site some something space status storage success successful support supported switching system teapot temporarily
		temporary that the this timeout time timed to token too tunnel type unauthorised unauthorized unavailable unexpected unknown
		unprocessable unsatisfiable unsupported up upgrade uri url use used user valid variant version violation web websocket with
		wrong yes you your`)) {
		m[string(w)] = true
	}
	return m
}()

// otherPhrase stands for a reason phrase that is not kept.
const otherPhrase = "~"

// commonPhrase tells whether a reason phrase has words of protocols alone.
func commonPhrase(b []byte) bool {
	var low [24]byte
	for len(b) > 0 {
		n := 0
		for n < len(b) && (b[n]|0x20 >= 'a' && b[n]|0x20 <= 'z' || b[n] == '-') {
			if n == len(low) {
				return false
			}
			low[n] = b[n] | 0x20
			n++
		}
		if n > 0 && !phraseWords[string(low[:n])] {
			return false
		}
		if b = b[n:]; len(b) == 0 {
			return true
		}
		if digit(b[0]) || b[0] >= 0x80 || b[0] == '^' {
			return false
		}
		b = b[1:]
	}
	return true
}

// unnamed is a media type without the parameters that name a file (RFC 2183 2.3).
func unnamed(v []byte) []byte {
	if bytes.IndexByte(v, ';') < 0 {
		return v
	}
	const word = "name"
	for i := len(word); i < len(v); i++ {
		if c := v[i]; (c == '=' || c == '*' || c == ' ') && bytes.EqualFold(v[i-len(word):i], []byte(word)) {
			return trim(v[:max(bytes.LastIndexByte(v[:i], ';'), 0)])
		}
	}
	return v
}
