// Package cmdline says what may be told of paths and command lines that one machine
// gives another to work on: of services and tasks, of processes that are to be made, of
// values of the registry.
//
// They stay readable, because a verdict rests on them, but for four things:
//
//   - What looks like a password: the values of options that are known for them, and
//     the words that "net user", "net use" and user information before a host give.
//   - What looks like an identifier of a patient: a run of six digits and more, a
//     UID, the components of a name (^). Such a word becomes a mark, "~" and 16 hex
//     digits of the keyed hash. Identities, SIDs, addresses and hashes in hex stay,
//     and so do names of programs.
//   - The names of documents, which become marks with their extension.
//   - The names of accounts, where a word before them says that they are such: options
//     for them, what "net user" and "net localgroup" give, and folders of profiles. Those
//     that Windows brings itself stay, and so do domains.
//
// It refuses to interpret: no variable is expanded, no shell's rules of quoting are
// followed, and nothing is concluded from what a command does. It keeps nothing; texts
// that it gives are copies or the text itself. All functions may be called by any
// goroutine as far as the Marker may. Standards: RFC 3986 for user information; the
// rest is custom, of Windows' own tools.
package cmdline

import (
	"slices"
	"strings"
)

// Marker gives the keyed mark of a value; proto.Flow's Pseudonym is one.
type Marker func(kind string, v []byte) string

// Hidden stands for what is left out, and opens a mark.
const Hidden = "~"

const markLen = 16

// edges part a text into words; they are kept.
const edges = " \t\r\n\"'\\/,;|&<>()[]=!"

// programs and documents are extensions, in order.
var (
	programs  = []string{"bat", "cmd", "com", "cpl", "dll", "drv", "exe", "hta", "inf", "js", "jse", "lnk", "msc", "msi", "ocx", "ps1", "psm1", "scr", "sys", "vbe", "vbs", "wsf"}
	documents = []string{"csv", "dcm", "dic", "doc", "docm", "docx", "eml", "gif", "hl7", "htm", "html", "ima", "jpeg", "jpg", "mdb", "msg", "nii", "odt", "pdf", "png", "ppt", "pptx", "rtf", "tif", "tiff", "txt", "xls", "xlsm", "xlsx"}
)

// Shown gives a path or a name as it may be told.
func (m Marker) Shown(s string) string {
	if !suspicious(s) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		i := strings.IndexAny(s, edges)
		if i < 0 {
			i = len(s)
		}
		out.WriteString(m.word(s[:i]))
		if i < len(s) {
			out.WriteByte(s[i])
			i++
		}
		s = s[i:]
	}
	return out.String()
}

// suspicious says whether a text may hold something to hide.
func suspicious(s string) bool {
	run := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '^' || c == '.':
			return true
		case c >= '0' && c <= '9':
			if run++; run == 6 {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}

// word gives one word as it may be told.
func (m Marker) word(w string) string {
	stem, ext := w, ""
	if i := strings.LastIndexByte(w, '.'); i > 0 {
		stem, ext = w[:i], strings.ToLower(w[i+1:])
	}
	_, program := slices.BinarySearch(programs, ext)
	_, document := slices.BinarySearch(documents, ext)
	switch {
	case document:
		return m.mark(stem) + w[len(stem):]
	case program && !identifying(stem):
		return w
	case program:
		return m.mark(stem) + w[len(stem):]
	case identifying(w):
		return m.mark(w)
	}
	return w
}

func (m Marker) mark(s string) string { return m.of("file", s) }

func (m Marker) of(kind, s string) string {
	h := m(kind, []byte(s))
	return Hidden + h[:min(len(h), markLen)]
}

// identifying says whether a word looks like an identifier.
func identifying(w string) bool {
	bare := strings.Trim(w, "{}%@:")
	if i := strings.IndexByte(bare, '^'); i > 0 && i+1 < len(bare) {
		return true
	}
	if strings.HasPrefix(bare, "S-1-") || hexOnly(bare) {
		return false
	}
	run, dots, digits := 0, 0, 0
	for i := range len(bare) {
		switch c := bare[i]; {
		case c >= '0' && c <= '9':
			digits++
			if run++; run == 6 {
				return true
			}
			continue
		case c == '.':
			dots++
		}
		run = 0
	}
	return dots > 4 && digits+dots == len(bare)
}

// hexOnly says whether a word is an identity, an address or a hash: digits, letters
// a to f, and separators, with a letter among them, or a number in hex.
func hexOnly(w string) bool {
	w = strings.TrimPrefix(strings.TrimPrefix(w, "0x"), "0X")
	letters := 0
	for i := range len(w) {
		switch c := w[i] | 0x20; {
		case c >= 'a' && c <= 'f':
			letters++
		case w[i] >= '0' && w[i] <= '9', w[i] == '-':
		default:
			return false
		}
	}
	return letters > 0 && len(w) >= 16
}

// secretKeys are the names of options whose value is a password or a token, in order.
var secretKeys = []string{"apikey", "authkey", "cred", "credential", "key", "p", "pass", "passphrase", "passwd", "password", "pw", "pwd", "rp", "secret", "token"}

// Command gives a command line as it may be told.
func (m Marker) Command(s string) string {
	words := split(s)
	var out strings.Builder
	hide, account, net := false, false, netWords{}
	for _, w := range words {
		bare := strings.Trim(w, " \t\"'")
		lower := strings.ToLower(bare)
		switch {
		case bare == "" || bare == "^":
			out.WriteString(w)
			continue
		case strings.ContainsAny(lower[:1], "&|"):
			net = netWords{}
		case hide:
			hide = false
			out.WriteString(Hidden + trailing(w))
			continue
		case account:
			account = false
			out.WriteString(m.account(w))
			continue
		}
		switch option, value, ok := strings.Cut(lower, sep(lower)); {
		case secretKey(option) && ok && value != "":
			out.WriteString(w[:strings.IndexAny(w, ":=")+1] + Hidden + trailing(w))
			continue
		case secretKey(option) && option != strings.TrimLeft(option, "-/"):
			hide = true
		case accountKey(option) && ok && value != "":
			i := strings.IndexAny(w, ":=") + 1
			out.WriteString(w[:i] + m.account(w[i:]))
			continue
		case accountKey(option) && option != strings.TrimLeft(option, "-/"):
			account = true
		case lower == "convertto-securestring":
			hide = true
		}
		w = net.word(m, w, bare, lower)
		out.WriteString(m.profiles(userinfo(w)))
	}
	return m.Shown(out.String())
}

// sep is what stands between an option and its value.
func sep(w string) string {
	if i := strings.IndexAny(w, ":="); i >= 0 {
		return w[i : i+1]
	}
	return "="
}

// secrets are parts of the names of settings whose texts are passwords or keys.
var secrets = [...]string{"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "privatekey", "apikey", "communit"}

// Secret says whether the name of a setting, a property or a value of the registry, is
// one whose text is not to be told.
func Secret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range secrets {
		if strings.Contains(name, s) {
			return true
		}
	}
	return secretKey(name)
}

func secretKey(option string) bool {
	_, ok := slices.BinarySearch(secretKeys, strings.TrimLeft(option, "-/"))
	return ok
}

// userinfo hides what stands before the host in an address (RFC 3986 3.2.1).
func userinfo(w string) string {
	i := strings.Index(w, "://")
	if i < 0 {
		return w
	}
	end := strings.IndexAny(w[i+3:], "/?#")
	if end < 0 {
		end = len(w) - i - 3
	}
	if at := strings.LastIndexByte(w[i+3:i+3+end], '@'); at >= 0 {
		return w[:i+3] + Hidden + w[i+3+at:]
	}
	return w
}

// split parts a command line into words with the blanks behind them; quotes hold a
// word together.
func split(s string) []string {
	var out []string
	start, quoted, blank := 0, false, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
			fallthrough
		default:
			if blank && (c != ' ' && c != '\t') {
				out = append(out, s[start:i])
				start, blank = i, false
			}
		case (c == ' ' || c == '\t') && !quoted:
			blank = true
		}
	}
	return append(out, s[start:])
}

// trailing are the blanks behind a word.
func trailing(w string) string { return w[len(strings.TrimRight(w, " \t")):] }
