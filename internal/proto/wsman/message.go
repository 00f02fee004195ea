package wsman

import (
	"bytes"
	"strings"

	"lazaret/internal/charset"
)

// element is what an XML element is called, if that is of interest here.
type element uint8

const (
	other element = iota
	envelope
	action
	resourceURI
	selector
	shellID
	shell
	commandID
	commandLine
	command
	arguments
	commandState
	exitCode
	signal
	code
	subcode
	value
	fault
	wsmanFault
	identify
	identifyResponse
	productVendor
	productVersion
	query // WQL
)

// elementOf is the element of a name without its prefix. The name spaces are not told
// apart: none of these names stands in two of them at places that are read.
func elementOf(name []byte) element {
	switch string(name) {
	case "Envelope":
		return envelope
	case "Action":
		return action
	case "ResourceURI":
		return resourceURI
	case "Selector":
		return selector
	case "ShellId":
		return shellID
	case "Shell":
		return shell
	case "CommandId":
		return commandID
	case "CommandLine":
		return commandLine
	case "Command":
		return command
	case "Arguments":
		return arguments
	case "CommandState":
		return commandState
	case "ExitCode":
		return exitCode
	case "Signal":
		return signal
	case "Code":
		return code
	case "Subcode":
		return subcode
	case "Value":
		return value
	case "Fault":
		return fault
	case "WSManFault":
		return wsmanFault
	case "Identify":
		return identify
	case "IdentifyResponse":
		return identifyResponse
	case "ProductVendor":
		return productVendor
	case "ProductVersion":
		return productVersion
	case "Filter":
		return query
	}
	return other
}

// message is what one SOAP message tells.
type message struct {
	ours     bool // it names a name space of WS-Management
	action   string
	resource string
	class    string
	shellID  string
	program  string
	more     bool // words behind the program
	signal   string
	state    string
	exit     string
	fault    string
	number   string
	vendor   string
	version  string
	identify bool
	named    bool // the selector at hand is the shell's identity
}

// begin implements sink.
func (m *message) begin(w *walker) {
	if e := w.in(0); e == identify || e == identifyResponse {
		m.identify = true
	}
	m.named = false
}

// attr implements sink.
func (m *message) attr(w *walker, name, v []byte) {
	if !m.ours && (bytes.Contains(v, []byte("schemas.dmtf.org/wbem/wsman/")) || bytes.Contains(v, []byte("schemas.microsoft.com/wbem/wsman/"))) {
		m.ours = true
	}
	switch e := w.in(0); {
	case e == selector && string(name) == "Name":
		m.named = string(v) == "ShellId"
	case e == shell && string(name) == "ShellId":
		m.shellID = guid(v)
	case e == commandState && string(name) == "State":
		m.state = word(v[bytes.LastIndexByte(v, '/')+1:])
	case e == wsmanFault && string(name) == "Code" && m.number == "":
		m.number = word(v)
	}
}

// end implements sink.
func (m *message) end(w *walker, t []byte) {
	switch w.in(0) {
	case action:
		m.action = charset.Plain(t, maxText)
	case resourceURI:
		m.resource = charset.Plain(t, maxText)
	case selector:
		if m.named && m.shellID == "" {
			m.shellID = guid(t)
		}
	case shellID:
		m.shellID = guid(t)
	case command:
		if w.in(1) == commandLine {
			m.run(t)
		}
	case commandLine: // of Win32_Process Create
		m.run(t)
	case arguments:
		m.more = m.more || len(t) > 0
	case exitCode:
		m.exit = word(t)
	case code:
		if w.in(1) == signal {
			m.signal = word(t[bytes.LastIndexByte(t, '/')+1:])
		}
	case value:
		if in := w.in(1); in == subcode || in == code && m.fault == "" {
			m.fault = word(t[bytes.LastIndexByte(t, ':')+1:])
		}
	case productVendor:
		m.vendor = charset.Plain(t, 64)
	case productVersion:
		m.version = charset.Plain(t, 64)
	case query:
		m.class = queried(t)
	}
	m.named = false
}

// run keeps of a command the program.
func (m *message) run(t []byte) {
	if len(t) == 0 {
		return
	}
	p, more := program(t)
	m.program, m.more = p, m.more || more
}

// program is the first word of a command line, and whether there are more. A word that
// is not made as names of programs are may be anything.
func program(line []byte) (p string, more bool) {
	line = bytes.TrimSpace(line)
	first, rest := line, []byte(nil)
	if len(line) > 0 && line[0] == '"' {
		first, rest, _ = bytes.Cut(line[1:], []byte{'"'})
	} else if i := bytes.IndexAny(line, " \t\r\n"); i >= 0 {
		first, rest = line[:i], line[i:]
	}
	more = len(bytes.TrimSpace(rest)) > 0
	if len(first) == 0 || len(first) > 128 {
		return "other", more
	}
	for _, c := range first {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte(` ._-\/:$%~()+`, c) < 0 {
			return "other", more
		}
	}
	return string(first), more
}

// word is a value that is one word of a program, empty if it is something else.
func word(b []byte) string {
	if len(b) == 0 || len(b) > 64 {
		return ""
	}
	for _, c := range b {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return ""
		}
	}
	return string(b)
}

// guid is an identity in its common form, empty if it is something else.
func guid(b []byte) string {
	b = bytes.TrimPrefix(bytes.TrimPrefix(b, []byte("uuid:")), []byte("{"))
	b = bytes.TrimSuffix(b, []byte("}"))
	if len(b) != 36 {
		return ""
	}
	for i, c := range b {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return ""
		}
	}
	return strings.ToUpper(string(b))
}

// queried is the class that a query of WQL asks for (MS-WMI 2.2.1).
func queried(q []byte) string {
	words := bytes.Fields(q)
	for i := 0; i+1 < len(words); i++ {
		if bytes.EqualFold(words[i], []byte("from")) {
			return word(words[i+1])
		}
	}
	return ""
}

// Name spaces of actions (DSP0226 annex C; MS-WSMV 3.1.4).
var families = []string{
	"http://schemas.xmlsoap.org/ws/2004/09/transfer/", "http://schemas.xmlsoap.org/ws/2004/09/enumeration/",
	"http://schemas.xmlsoap.org/ws/2004/08/eventing/", "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/",
	"http://schemas.dmtf.org/wbem/wsman/1/wsman/",
}

// actionOf names an action. One that is none of the standard's is a method, which is
// invoked.
func actionOf(uri string) (name, method string) {
	last := word([]byte(uri[strings.LastIndexByte(uri, '/')+1:]))
	last = strings.TrimSuffix(last, "Response")
	for _, f := range families {
		if strings.HasPrefix(uri, f) {
			return last, ""
		}
	}
	if last == "" {
		return "", ""
	}
	return "Invoke", last
}

// prefixes are what is common to resources.
var prefixes = []string{
	"http://schemas.microsoft.com/wbem/wsman/1/", "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/", "http://schemas.microsoft.com/",
	"http://schemas.dmtf.org/wbem/wscim/1/",
}

// short is a resource without what is common to all, and without a query.
func short(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(uri, p); ok {
			return rest
		}
	}
	return uri
}

// classOf is the class that a resource of WMI or CIM ends with.
func classOf(resource, uri string) string {
	if !strings.HasPrefix(resource, "wmi/") && !strings.HasPrefix(uri, "http://schemas.dmtf.org/wbem/wscim/") {
		return ""
	}
	return word([]byte(resource[strings.LastIndexByte(resource, '/')+1:]))
}
