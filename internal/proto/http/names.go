package http

// methodName is the method as a string that costs nothing, and whether it is one
// that is in use: those of RFC 9110, WebDAV (RFC 4918, 3253, 5323), UPnP, and
// what Windows uses for its own services.
func methodName(b []byte) (string, bool) {
	switch string(b) {
	case "GET":
		return "GET", true
	case "POST":
		return "POST", true
	case "HEAD":
		return "HEAD", true
	case "PUT":
		return "PUT", true
	case "DELETE":
		return "DELETE", true
	case "OPTIONS":
		return "OPTIONS", true
	case "PATCH":
		return "PATCH", true
	case "CONNECT":
		return "CONNECT", true
	case "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "MERGE",
		"CHECKOUT", "CHECKIN", "MKACTIVITY", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "POLL", "BMOVE", "BCOPY", "BDELETE",
		"BPROPFIND", "BPROPPATCH", "X_MS_ENUMATTS", "BITS_POST", "CCM_POST", "RPC_IN_DATA", "RPC_OUT_DATA",
		"RPC_CONNECT", "SSTP_DUPLEX_POST", "RDG_IN_DATA", "RDG_OUT_DATA", "PURGE", "LINK", "UNLINK", "PRI":
		return string(b), true
	}
	return string(b), false
}

// field is a header field whose value is looked at.
type field uint8

const (
	fOther field = iota
	fHost
	fReferer
	fUserAgent
	fOrigin
	fAccept
	fLength
	fTransfer
	fType
	fCoding
	fUpgrade
	fServer
	fPowered
	fVia
	fAuth  // credentials
	fAsk   // a challenge
	fProxy // what proxies add, besides Via
	numFields
)

// maxName is the longest header name that is looked up.
const maxName = 32

// headerName is the name in capitals, without an allocation if it is a common one
// (then known is true), and what the field is to us.
func headerName(name []byte) (s string, f field, known bool) {
	var up [maxName]byte
	if len(name) > maxName {
		return "", fOther, false
	}
	for i, c := range name {
		if c-'a' < 26 {
			c -= 'a' - 'A'
		}
		up[i] = c
	}
	if s, f = lookUp(up[:len(name)]); s != "" {
		return s, f, true
	}
	if s = plainNames[string(up[:len(name)])]; s != "" {
		return s, fOther, true
	}
	return "", fOther, false
}

// lookUp knows the fields whose values matter.
func lookUp(up []byte) (string, field) {
	switch string(up) {
	case "HOST":
		return "HOST", fHost
	case "REFERER":
		return "REFERER", fReferer
	case "USER-AGENT":
		return "USER-AGENT", fUserAgent
	case "ORIGIN":
		return "ORIGIN", fOrigin
	case "ACCEPT":
		return "ACCEPT", fAccept
	case "CONTENT-LENGTH":
		return "CONTENT-LENGTH", fLength
	case "TRANSFER-ENCODING":
		return "TRANSFER-ENCODING", fTransfer
	case "CONTENT-TYPE":
		return "CONTENT-TYPE", fType
	case "CONTENT-ENCODING":
		return "CONTENT-ENCODING", fCoding
	case "UPGRADE":
		return "UPGRADE", fUpgrade
	case "SERVER":
		return "SERVER", fServer
	case "X-POWERED-BY":
		return "X-POWERED-BY", fPowered
	case "VIA":
		return "VIA", fVia
	case "AUTHORIZATION":
		return "AUTHORIZATION", fAuth
	case "PROXY-AUTHORIZATION":
		return "PROXY-AUTHORIZATION", fAuth
	case "WWW-AUTHENTICATE":
		return "WWW-AUTHENTICATE", fAsk
	case "PROXY-AUTHENTICATE":
		return "PROXY-AUTHENTICATE", fAsk
	case "FORWARDED":
		return "FORWARDED", fProxy
	case "X-FORWARDED-FOR":
		return "X-FORWARDED-FOR", fProxy
	case "X-FORWARDED-FROM":
		return "X-FORWARDED-FROM", fProxy
	case "CLIENT-IP":
		return "CLIENT-IP", fProxy
	case "XROXY-CONNECTION":
		return "XROXY-CONNECTION", fProxy
	case "PROXY-CONNECTION":
		return "PROXY-CONNECTION", fProxy
	}
	return "", fOther
}

// plainNames are common names, so that lists of them need no memory of their own.
var plainNames = func() map[string]string {
	m := map[string]string{}
	for _, s := range []string{
		"DATE", "LOCATION", "ETAG", "COOKIE", "SET-COOKIE", "CONNECTION", "KEEP-ALIVE", "CACHE-CONTROL", "PRAGMA", "EXPIRES",
		"LAST-MODIFIED", "VARY", "AGE", "ACCEPT-ENCODING", "ACCEPT-LANGUAGE", "ACCEPT-CHARSET", "ACCEPT-RANGES", "RANGE",
		"CONTENT-RANGE", "CONTENT-DISPOSITION", "CONTENT-LANGUAGE", "CONTENT-SECURITY-POLICY", "EXPECT", "TE", "TRAILER",
		"DNT", "P3P", "ALLOW", "SOAPACTION", "MIME-VERSION", "IF-MODIFIED-SINCE", "IF-NONE-MATCH",
		"UPGRADE-INSECURE-REQUESTS", "X-REQUESTED-WITH", "X-CONTENT-TYPE-OPTIONS", "X-FRAME-OPTIONS", "X-XSS-PROTECTION",
		"X-ASPNET-VERSION", "X-CACHE", "ACCESS-CONTROL-ALLOW-ORIGIN",
	} {
		m[s] = s
	}
	return m
}()
