package intel

import (
	"slices"
	"strings"
)

// ordinary are names of files that every machine has; in order.
var ordinary = []string{
	"autorun.inf", "cmd.exe", "config.xml", "conhost.exe", "csrss.exe", "desktop.ini", "dicomdir", "dllhost.exe", "explorer.exe",
	"favicon.ico", "firefox.exe", "iexplore.exe", "index.htm", "index.html", "install.exe", "java.exe", "kernel32.dll", "lsass.exe",
	"msiexec.exe", "net.exe", "notepad.exe", "ntdll.dll", "ntuser.dat", "powershell.exe", "python.exe", "readme.txt", "reg.exe",
	"regsvr32.exe", "robots.txt", "rundll32.exe", "sc.exe", "services.exe", "setup.exe", "smss.exe", "spoolsv.exe", "svchost.exe",
	"taskmgr.exe", "thumbs.db", "uninstall.exe", "update.exe", "user32.dll", "winlogon.exe", "wmiprvse.exe",
}

// fileName takes the last name of a path; what stands before it becomes a condition.
func (t *term) fileName() (also []term, why string) {
	path := strings.ToLower(strings.ReplaceAll(t.value, "/", `\`))
	base := path[strings.LastIndexByte(path, '\\')+1:]
	_, plain := slices.BinarySearch(ordinary, base)
	switch {
	case len(base) < 5:
		return nil, "is too short for the name of a file: 5 characters or more"
	case strings.ContainsAny(base, "*?<>|\""):
		return nil, "has a wild card or a character that no name of a file has"
	}
	t.value = base
	if dir := trimRoot(path); dir != base {
		also = []term{{kind: pathEnd, value: dir}}
	} else if plain {
		return nil, "is a name of a file that every machine has"
	}
	return also, ""
}

// trimRoot leaves out a drive, a share or a variable in front of a path, which a
// record may have or not.
func trimRoot(path string) string {
	if len(path) >= 2 && path[1] == ':' {
		path = path[2:]
	}
	if strings.HasPrefix(path, "%") {
		if _, rest, ok := strings.Cut(path[1:], `%`); ok {
			path = rest
		}
	}
	return strings.Trim(path, `\`)
}

// agentFault refuses the names of today's browsers, which everybody has.
func agentFault(s string, lenient bool) string {
	switch {
	case len(s) < 4:
		return "is too short for a user agent: 4 characters or more"
	case strings.EqualFold(s, "mozilla/4.0") || strings.EqualFold(s, "mozilla/5.0"):
		return "" // alone it is of no browser
	case !lenient && browser(s):
		return "is the user agent of a common browser: if it is meant, give it a severity"
	}
	return ""
}

// browser says whether a user agent has the exact form of those that people use: a
// usual system and nothing but the products that browsers name.
func browser(s string) bool {
	rest, ok := strings.CutPrefix(s, "Mozilla/5.0 (")
	if !ok {
		return false
	}
	system, products, ok := strings.Cut(rest, ")")
	if !ok || !slices.ContainsFunc(systems, func(p string) bool { return strings.HasPrefix(system, p) }) {
		return false
	}
	if strings.TrimSpace(products) == "like Gecko" {
		return true
	}
	known := 0
	for word := range strings.FieldsSeq(strings.ReplaceAll(products, "(KHTML, like Gecko)", "")) {
		name, version, _ := strings.Cut(word, "/")
		if !slices.Contains(usual, name) || version == "" {
			return false
		}
		known++
	}
	return known >= 2
}

var systems = []string{"Windows NT ", "Macintosh; Intel Mac OS X ", "X11; Linux", "X11; Ubuntu", "Linux; Android ", "iPhone; ", "iPad; ", "Android "}

var usual = []string{"AppleWebKit", "Chrome", "Safari", "Gecko", "Firefox", "Edg", "Edge", "OPR", "Version", "Mobile"}
