package cmdline

import (
	"slices"
	"strings"
)

// accountKeys are the names of options whose value is an account, in order.
var accountKeys = []string{"account", "l", "login", "logonid", "ru", "runas", "u", "user", "userid", "username"}

// builtIn are accounts and folders of profiles that Windows brings itself, in order.
var builtIn = []string{"administrator", "all users", "allusers", "default", "default user", "defaultaccount", "guest", "local service", "localservice",
	"localsystem", "network service", "networkservice", "public", "system", "wdagutilityaccount"}

// folders hold the profiles of people.
var folders = [...]string{`\users\`, `\documents and settings\`, `\docume~1\`, `\profiles\`, `/users/`, `/home/`}

func accountKey(option string) bool {
	_, ok := slices.BinarySearch(accountKeys, strings.TrimLeft(option, "-/"))
	return ok
}

// account gives a word that names an account: its domain, and its mark. Quotes and blanks
// stay.
func (m Marker) account(w string) string {
	const around = " \t\r\n\"'"
	bare := strings.Trim(w, around)
	if bare == "" {
		return w
	}
	at := strings.Index(w, bare)
	before, after := w[:at], w[at+len(bare):]
	domain, name := "", bare
	if i := strings.LastIndexAny(bare, `\/`); i >= 0 {
		domain, name = bare[:i+1], bare[i+1:]
	} else if i := strings.IndexByte(bare, '@'); i > 0 {
		name, after = bare[:i], bare[i:]+after
	}
	if _, known := slices.BinarySearch(builtIn, strings.ToLower(name)); known || name == "" || strings.HasPrefix(name, "S-1-") || strings.ContainsAny(name, "%$*~") {
		return w
	}
	return before + domain + m.of("account", name) + after
}

// netWords knows where in a call of net.exe a word stands.
type netWords struct {
	verb  string // net, then what it is to do
	given int    // words behind the verb that are no options
}

// word gives a word without the password or the account that it is.
func (n *netWords) word(m Marker, w, bare, lower string) string {
	base := lower[strings.LastIndexAny(lower, `\/`)+1:]
	plain := bare[0] != '/'
	switch {
	case n.verb == "" && (base == "net" || base == "net.exe" || base == "net1" || base == "net1.exe"):
		n.verb = "net"
	case n.verb == "net":
		n.verb, n.given = lower, 0
	case n.verb == "user" && plain:
		if n.given++; n.given == 2 {
			return Hidden + trailing(w)
		}
		return m.account(w)
	case n.verb == "use" && plain:
		n.given++
		if n.given > 1 && !strings.HasPrefix(bare, `\\`) {
			return Hidden + trailing(w)
		}
		if len(bare) == 2 && bare[1] == ':' {
			n.given = 0
		}
	case (n.verb == "localgroup" || n.verb == "group") && plain:
		if n.given++; n.given > 1 { // the first is the group
			return m.account(w)
		}
	}
	return w
}

// small is a text with the letters of ASCII in small: places in it are places in the text, also
// where that is broken.
func small(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// profiles marks whose folder a path leads into.
func (m Marker) profiles(w string) string {
	for _, f := range folders {
		lower := small(w)
		i := strings.Index(lower, f)
		if i < 0 {
			continue
		}
		i += len(f)
		n := strings.IndexAny(w[i:], `\/"'`)
		if n < 0 {
			if n = len(w) - i; f == folders[0] && strings.Contains(lower[i:], ".") {
				continue // a file
			}
		}
		w = w[:i] + m.account(w[i:i+n]) + w[i+n:]
	}
	return w
}
