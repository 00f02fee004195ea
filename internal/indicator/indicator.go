// Package indicator gathers from findings by what an intruder can be found elsewhere:
// hashes of what it copied, services and tasks that it made, names of its programs,
// addresses, names and pages that it called.
//
// It goes by the fields that prove a finding. What speaks of the site stays out: inner
// addresses, names of its servers (of a path on a share, what follows the server is kept),
// accounts, names of documents. A scan tells nothing about the world outside, so addresses
// come from calls alone. A name that every Windows has is worth nothing elsewhere and stays
// out too.
//
// It refuses to judge: a finding that is wrong gives an indicator that is wrong, and the
// index of the finding stands beside it. Values are as they were sent; whoever shows them
// makes them harmless.
//
// Memory: at most Max indicators of each group, every one bounded by what findings hold.
// Nothing here sees a record or reads a clock. It is safe for several goroutines. There is
// no standard.
package indicator

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/event"
)

// The kinds, in the order in which they are told.
const (
	SHA256    = "sha256"
	SHA1      = "sha1"
	MD5       = "md5"
	ImpHash   = "imphash" // of Mandiant
	TLSH      = "tlsh"
	Service   = "service" // name of a service of Windows
	Task      = "task"    // path of a scheduled task of Windows
	File      = "file"    // name without folders
	URL       = "url"
	Domain    = "domain"
	Address   = "address"
	UserAgent = "user_agent"
	JA3       = "ja3" // of a client that called outside
	JA4       = "ja4"
)

var kinds = []string{SHA256, SHA1, MD5, ImpHash, TLSH, Service, Task, File, URL, Domain, Address, UserAgent, JA3, JA4}

// CameFrom is the Detail of an Address from which somebody came, and did not call there.
const CameFrom = "came from there"

// Max is how many indicators are told together.
const Max = 200

// Indicator is one of them.
type Indicator struct {
	Kind    string
	Value   string
	Detail  string // where it stood, in words, without anything of the site
	Finding int    // index of the first finding that has it
}

// Gather finds the indicators in findings, those at the indices in list, each once, by kind
// and value.
func Gather(findings []detect.Finding, list []int) []Indicator {
	g := gathering{have: map[[2]string]bool{}}
	for _, i := range list {
		g.finding(i, &findings[i])
	}
	slices.SortFunc(g.out, func(a, b Indicator) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.Value, b.Value))
	})
	return g.out
}

type gathering struct {
	have map[[2]string]bool
	out  []Indicator
}

func (g *gathering) add(finding int, kind, value, detail string) {
	k := [2]string{kind, value}
	if value == "" || g.have[k] || len(g.out) == Max {
		return
	}
	g.have[k] = true
	g.out = append(g.out, Indicator{kind, value, detail, finding})
}

// hashes are the fields that tell a content, by what follows the name of the log.
var hashes = map[string]string{"sha256": SHA256, "sha1": SHA1, "md5": MD5, "imphash": ImpHash, "tlsh": TLSH}

// calls says whether a rule looks at calls to servers of an intruder: B and K7 to
// K12 of ours, E5, V1, and lists of indicators.
func calls(r *detect.Rule) bool {
	if r.Engine == "intel" {
		return true
	}
	switch r.ID {
	case "K7", "K8", "K9", "K10", "K11", "K12", "E5", "V1":
		return true
	}
	return strings.HasPrefix(r.ID, "B")
}

func (g *gathering) finding(i int, f *detect.Finding) {
	called := calls(f.Rule)
	if called {
		g.address(i, f.Target.Addr().String(), "called")
		g.address(i, f.Source.Addr().String(), CameFrom)
	}
	made := "" // what the procedure at hand makes: a service or a task
	host, hosts := "", 0
	for _, x := range f.Facts {
		if x.Field == "http.host" {
			host, hosts = x.Value, hosts+1
		}
	}
	for _, x := range f.Facts {
		if x.Class == event.Account {
			continue
		}
		log, field, _ := strings.Cut(x.Field, ".")
		switch kind, ok := hashes[field]; {
		case ok && (log == "files" || log == "pe"):
			g.add(i, kind, strings.ToLower(x.Value), "content of a file that was found")
			continue
		}
		switch x.Field {
		case "dce_rpc.endpoint", "dce_rpc.operation":
			made = makes(made, x.Value)
		case "dce_rpc.target":
			g.made(i, made, f, x.Value)
		case "dce_rpc.command":
			g.program(i, x.Value, "started by a command")
		case "files.filename", "smb_files.name":
			g.path(i, f, x.Value)
		case "the same file in many directories":
			g.add(i, File, last(x.Value), "the same in many folders")
		}
		if called {
			g.call(i, x, host, hosts == 1)
		}
	}
}

// makes is what an endpoint or an operation makes, before if it tells nothing.
func makes(before, word string) string {
	switch {
	case word == "svcctl" || strings.HasPrefix(word, "CreateService"):
		return Service
	case word == "ITaskSchedulerService" || word == "SchRpcRegisterTask":
		return Task
	case word == "atsvc" || word == "winreg" || word == "NetrJobAdd":
		return ""
	}
	return before
}

func (g *gathering) made(i int, kind string, f *detect.Finding, name string) {
	if !plainName(name) {
		return
	}
	switch kind {
	case Service:
		detail := "service made from afar"
		for _, x := range f.Facts {
			if x.Field == "dce_rpc.display_name" && x.Value != name {
				detail += ", shown as " + x.Value
			}
		}
		g.add(i, Service, name, detail)
	case Task:
		g.add(i, Task, name, "task made from afar")
	}
}

// plainName says whether a name is one of a service or a task, neither a path on another
// machine nor a number.
func plainName(s string) bool {
	return !strings.HasPrefix(s, `\\`) && strings.Trim(s, "0123456789") != "" && len(s) <= 256
}

// path takes the name of a program, of which folder it lay in tells more to who looks for it.
func (g *gathering) path(i int, f *detect.Finding, path string) {
	name := last(path)
	if !isProgram(name) && !(f.Rule.ID == "E8" && isNote(name)) {
		return
	}
	where := path
	if rest, ok := strings.CutPrefix(path, `\\`); ok {
		_, where, _ = strings.Cut(rest, `\`)
	}
	if folder := strings.TrimSuffix(strings.TrimSuffix(where, name), `\`); folder != "" {
		g.add(i, File, name, "written to "+folder)
		return
	}
	g.add(i, File, name, "written from afar")
}

// program takes the names of programs in a command, other than those that every Windows has.
func (g *gathering) program(i int, command, detail string) {
	for word := range strings.FieldsFuncSeq(command, func(r rune) bool { return strings.ContainsRune(" \t\"',;|&<>()", r) }) {
		if name := last(word); isProgram(name) {
			g.add(i, File, name, detail)
		}
	}
}

// ordinary are programs of Windows that others start through.
var ordinary = []string{"cmd.exe", "powershell.exe", "pwsh.exe", "rundll32.exe", "regsvr32.exe", "mshta.exe", "wscript.exe", "cscript.exe", "svchost.exe", "services.exe",
	"msiexec.exe", "net.exe", "net1.exe", "sc.exe", "schtasks.exe", "reg.exe", "wmic.exe", "vssadmin.exe", "bcdedit.exe", "certutil.exe", "bitsadmin.exe", "conhost.exe",
	"explorer.exe", "taskkill.exe", "icacls.exe", "attrib.exe", "wevtutil.exe", "comsvcs.dll", "kernel32.dll"}

func isProgram(name string) bool {
	low := strings.ToLower(name)
	i := strings.LastIndexByte(low, '.')
	if i < 1 || slices.Contains(ordinary, low) {
		return false
	}
	switch low[i+1:] {
	case "exe", "dll", "sys", "scr", "com", "bat", "cmd", "ps1", "vbs", "js", "hta", "msi", "pif", "cpl", "ocx", "jar":
		return true
	}
	return false
}

// isNote says whether a name is that of a letter from who wants money.
func isNote(name string) bool {
	low := strings.ToLower(name)
	return strings.HasSuffix(low, ".txt") || strings.HasSuffix(low, ".hta") || strings.HasSuffix(low, ".html")
}

func last(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// call takes what tells a server of the intruder. host is that of requests, if there is but
// one.
func (g *gathering) call(i int, x detect.Fact, host string, sure bool) {
	switch x.Field {
	case "dns.query", "ssl.server_name", "quic.server_name", "its address was given for":
		g.domain(i, x.Value)
	case "http.host":
		if h := bare(x.Value); !g.address(i, h, "called by HTTP") {
			g.domain(i, h)
		}
	case "http.uri":
		if h := bare(host); sure && (outside(h) || isDomain(h)) && strings.HasPrefix(x.Value, "/") {
			g.add(i, URL, "http://"+host+x.Value, "asked for")
		}
	case "http.user_agent":
		if !strings.HasPrefix(x.Value, "Mozilla/") { // so many have that
			g.add(i, UserAgent, x.Value, "said of itself by HTTP")
		}
	case "ssl.ja3", "ssl.ja4":
		g.add(i, x.Field[4:], x.Value, "hello of TLS to a server outside")
	case "server", "entered from", "the last of them":
		detail := map[string]string{"server": "called", "entered from": CameFrom, "the last of them": "called, one of several"}[x.Field]
		for part := range strings.SplitSeq(x.Value, ", ") {
			if !g.address(i, part, detail) && x.Field != "server" {
				g.domain(i, part)
			}
		}
	}
}

// address takes one outside; it says whether it is one.
func (g *gathering) address(i int, s, detail string) bool {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return false
	}
	if outside(s) {
		g.add(i, Address, a.Unmap().String(), detail)
	}
	return true
}

// outside says whether a text is an address that belongs to no private network (RFC 1918,
// 4193, 6598).
func outside(s string) bool {
	a, err := netip.ParseAddr(s)
	a = a.Unmap()
	return err == nil && a.Zone() == "" && a.IsGlobalUnicast() && !a.IsPrivate() && !netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10).Contains(a)
}

func (g *gathering) domain(i int, s string) {
	if s = strings.TrimSuffix(strings.ToLower(s), "."); isDomain(s) {
		g.add(i, Domain, s, "asked for or called")
	}
}

// inner are endings of names that mean nothing outside of a site (RFC 6761, 6762, 8375, and
// by habit).
var inner = []string{"local", "localhost", "lan", "internal", "intranet", "corp", "home", "localdomain", "private", "arpa", "test", "invalid", "example", "onion.local"}

// isDomain says whether a text is a name that anybody may ask for.
func isDomain(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i < 1 || len(s) > 253 || slices.Contains(inner, s[i+1:]) || strings.Trim(s[i+1:], "0123456789") == "" {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// bare is a host without its port.
func bare(host string) string {
	if a, err := netip.ParseAddrPort(host); err == nil {
		return a.Addr().String()
	}
	host = strings.Trim(host, "[]")
	if name, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789") == "" {
		return name
	}
	return host
}
