package services

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/http"
)

// What HTTP says about a machine, and how far it is believed. Browsers tell a
// frozen version of their system, parts of the system tell a true one.
const (
	wServer  = 0.6
	wPowered = 0.5
	wAgent   = 0.5
	wBrowser = 0.5
	wService = 0.75
	wComment = 0.4
	wWebKind = 0.6
	wGeneral = 0.3
	wHost    = 0.4 // the client's word for the server, which may be one of many
)

// relayNames are the headers by which a proxy says that it passes on what others
// say.
var relayNames = []string{"VIA", "FORWARDED", "X-FORWARDED-FOR", "X-FORWARDED-FROM", "CLIENT-IP"}

// readHTTP takes the product and the system of both sides. Of what a proxy passes
// on it says nothing, because the words are another machine's.
func readHTTP(x *http.Exchange, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if x.Reversed {
		client, server = server, client
	}
	if x.Method != "" {
		o.Heard = append(o.Heard, client)
		if !slices.ContainsFunc(x.ClientNames, func(n string) bool { return slices.Contains(relayNames, n) }) {
			readAgent(x.UserAgent, client, o)
		}
	}
	if !x.Status.OK || x.Method == "CONNECT" {
		return
	}
	o.Heard = append(o.Heard, server)
	// A status of 401 or 407 refuses the credentials.
	if x.Basic && x.Status.V != 0 && x.Status.V != 401 && x.Status.V != 407 {
		o.Has(server, clues.ClearHTTP, client, "http.username")
	}
	if !x.Relayed {
		readServer(x, server, o)
	}
	if name := hostName(x.Host); name != "" && x.Status.V > 0 && x.Status.V < 400 && strings.HasPrefix(x.URI, "/") {
		o.Namings = append(o.Namings, clues.Naming{IP: server.IP, Name: name, Source: "http.host", Weight: wHost})
	}
}

// hostName is the name in a Host field, empty if that is an address or no name.
// A request to a proxy has a target with a scheme; there it names another machine.
func hostName(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	letters := false
	for i := range len(host) {
		switch c := host[i]; {
		case c >= 'a' && c <= 'z':
			letters = true
		case c >= '0' && c <= '9' || c == '-' || c == '.':
		default:
			return ""
		}
	}
	if !letters || len(host) > 253 || host == "localhost" {
		return ""
	}
	return host
}

// readServer takes what an answer says of the machine that made it.
func readServer(x *http.Exchange, server clues.Party, o *clues.Out) {
	o.Say(server, clues.Product, productOf(x.Server), "http.server", wServer)
	o.Say(server, clues.Product, productOf(x.PoweredBy), "http.powered_by", wPowered)
	switch {
	case strings.HasPrefix(x.Server, "Microsoft-IIS/"):
		o.Runs(server, clues.Windows, iisWindows[strings.TrimPrefix(x.Server, "Microsoft-IIS/")], "http.server", wServer)
	case strings.HasPrefix(x.Server, "Microsoft-HTTPAPI/"):
		o.Runs(server, clues.Windows, "", "http.server", wServer)
	case strings.HasPrefix(x.Server, "cisco-IOS"):
		o.Runs(server, clues.CiscoIOS, "", "http.server", wServer)
	case strings.Contains(x.Server, "(Win32)") || strings.Contains(x.Server, "(Win64)"):
		o.Runs(server, clues.Windows, "", "http.server", wComment)
	case containsAny(x.Server, "(Debian)", "(Ubuntu)", "(CentOS", "(Red Hat", "(Fedora)", "(Linux", "(Rocky", "(AlmaLinux"):
		o.Runs(server, clues.Linux, "", "http.server", wComment)
	}
	if w, _, _ := strings.Cut(x.Server, "/"); slices.Contains(webServers, w) {
		o.Kind(server, clues.KindWebServer, "http.server", wGeneral)
	}
	for _, w := range webKinds {
		if strings.HasPrefix(x.Server, w.server) && strings.HasPrefix(x.Realm, w.realm) {
			o.Kind(server, w.kind, "http.server", wWebKind)
			return
		}
	}
}

// webServers are those that seldom sit in a device.
var webServers = []string{"nginx", "Apache", "Microsoft-IIS", "Jetty", "Apache-Coyote", "Caddy", "Kestrel", "gunicorn"}

// iisWindows is the kernel version of Windows by the version of its web server.
// 10.0 came with several builds.
var iisWindows = map[string]string{
	"5.0": "5.0", "5.1": "5.1", "6.0": "5.2", "7.0": "6.0", "7.5": "6.1", "8.0": "6.2", "8.5": "6.3", "10.0": "10.0",
}

// webKinds tells devices by the beginning of their Server field or of the realm
// for which they ask for a password. Both must fit; empty fits all.
var webKinds = []struct {
	server, realm string
	kind          clues.Kind
}{
	{"HP HTTP Server", "", clues.KindPrinter},
	{"HP-ChaiSOE/", "", clues.KindPrinter},
	{"HP-ChaiServer/", "", clues.KindPrinter},
	{"KM-MFP-http/", "", clues.KindPrinter},
	{"EPSON_Linux UPnP/", "", clues.KindPrinter},
	{"EPSON-HTTP/", "", clues.KindPrinter},
	{"EPSON HTTP Server", "", clues.KindPrinter},
	{"CANON HTTP Server", "", clues.KindPrinter},
	{"debut/", "", clues.KindPrinter}, // Brother
	{"Lexmark", "", clues.KindPrinter},
	{"RICOH", "", clues.KindPrinter},
	{"Xerox_MicroServer/", "", clues.KindPrinter},
	{"ZebraNet", "", clues.KindPrinter},
	{"DNVRS-Webs", "", clues.KindCamera}, // Hikvision
	{"DVRDVS-Webs", "", clues.KindCamera},
	{"Hikvision-Webs", "", clues.KindCamera},
	{"", "AXIS_", clues.KindCamera},
	{"", "IPCamera", clues.KindCamera},
	{"", "IP Camera", clues.KindCamera},
	{"", "APC Management Card", clues.KindUPS},
	{"", "level_15", clues.KindSwitch}, // Cisco's web interface: its realm is a privilege level
	{"cisco-IOS", "", clues.KindSwitch},
	{"mikrotik HttpProxy", "", clues.KindRouter},
}

// readAgent takes what a request says of the machine that made it.
func readAgent(agent string, client clues.Party, o *clues.Out) {
	if agent == "" {
		return
	}
	for _, s := range systemAgents {
		if rest, ok := strings.CutPrefix(agent, s); ok {
			o.Runs(client, clues.Windows, kernelVersion(rest), "http.user_agent", wService)
			return
		}
	}
	if !strings.HasPrefix(agent, "Mozilla/") && !strings.HasPrefix(agent, "Opera/") {
		o.Say(client, clues.Product, productOf(agent), "http.user_agent", wAgent)
	}
	if f, version := agentSystem(agent); f != "" {
		o.Runs(client, f, version, "http.user_agent", wBrowser)
	}
}

// systemAgents are parts of Windows that name themselves with the version of
// the kernel behind.
var systemAgents = []string{"Microsoft-CryptoAPI/", "Microsoft-WNS/", "Microsoft-Windows/", "Microsoft-Delivery-Optimization/",
	"Windows-Update-Agent/", "Microsoft BITS/", "Microsoft NCSI", "Microsoft WinRM Client"}

// kernelVersion is "major.minor" at the beginning of s, if it is one that Windows
// has had; other numbers are those of the part itself.
func kernelVersion(s string) string {
	v := s[:digitsAndDots(s)]
	for _, known := range [...]string{"10.0", "6.3", "6.2", "6.1", "6.0", "5.2", "5.1"} {
		if v == known || strings.HasPrefix(v, known+".") {
			return known
		}
	}
	return ""
}

// agentSystem is the operating system that a User-Agent names.
func agentSystem(agent string) (clues.Family, string) {
	if i := strings.Index(agent, "Windows NT "); i >= 0 {
		return clues.Windows, kernelVersion(agent[i+len("Windows NT "):])
	}
	for _, s := range [...]struct {
		word   string
		family clues.Family
	}{{"Android ", clues.Android}, {"iPhone OS ", clues.IOS}, {"CPU OS ", clues.IOS}, {"Mac OS X ", clues.MacOS}} {
		if i := strings.Index(agent, s.word); i >= 0 {
			rest := strings.ReplaceAll(agent[i+len(s.word):], "_", ".")
			version := strings.Trim(rest[:digitsAndDots(rest)], ".")
			if s.family == clues.MacOS && version == "10.15.7" {
				version = "" // what browsers say on any later one
			}
			return s.family, version
		}
	}
	switch {
	case strings.HasPrefix(agent, "ksoap2-android/"), strings.HasPrefix(agent, "Dalvik/"):
		return clues.Android, ""
	case containsAny(agent, "FreeBSD", "OpenBSD", "NetBSD"):
		return clues.BSD, ""
	case strings.Contains(agent, "Linux") && !strings.Contains(agent, "Android"), strings.HasPrefix(agent, "Debian APT-HTTP/"):
		return clues.Linux, ""
	}
	return "", ""
}

// productOf is the first product of a field as "name version" (RFC 9110 10.1.5),
// empty for what is too long to be one or holds what no name of a program does:
// attackers write their code where it will be read.
func productOf(s string) string {
	const longest = 80
	if i := strings.IndexAny(s, " ("); i >= 0 && strings.Contains(s[:i], "/") {
		s = s[:i]
	} else if i := strings.IndexAny(s, "(;,"); i >= 0 {
		s = s[:i]
	}
	name, version, found := strings.Cut(strings.TrimSpace(s), "/")
	if len(s) > longest || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' }) || strings.ContainsAny(s, "<>{}$'\"`\\%|=") {
		return ""
	}
	if found && version != "" {
		return name + " " + version
	}
	return name
}

// digitsAndDots is how many bytes of s are digits and dots.
func digitsAndDots(s string) int {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return i
		}
	}
	return len(s)
}

func containsAny(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
