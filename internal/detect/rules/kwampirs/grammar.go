package kwampirs

import (
	"net/netip"
	"strings"
)

// words are those that the labels of its domains are made of; the common ones are words
// that others use as well.
var words = []struct {
	text   string
	common bool
}{
	{"yhd", false}, {"ncj", false}, {"kcn", false}, {"nrj", false}, {"ikj", false}, {"jfn", false}, {"fjr", false},
	{"serv", true}, {"srv", true}, {"site", true}, {"main", true}, {"power", true}, {"dsw", false}, {"pbn", false}, {"ncdn", false},
	{"nsj", false}, {"df", true}, {"pecdbn", false}, {"iwj", false}, {"nchdn", false},
	{"ffd", false}, {"unity", true}, {"unt", true}, {"gbr", true}, {"gb", true}, {"mrn", true}, {"nkg", false}, {"pog", false},
	{"tlfd", false}, {"dswqe", false}, {"news", true},
}

// Bounds of a label: its words and its letters.
const (
	minWords, maxWords     = 2, 5
	minLetters, maxLetters = 5, 22
)

// topLevel reports the top-level domains in which its domains are.
func topLevel(s string) bool {
	switch s {
	case "nl", "in", "tk", "info", "fr", "com", "org", "us", "ml", "cn", "ch", "co", "ru", "ro", "biz", "ca":
		return true
	}
	return false
}

// registered is the last two labels of a name: where a domain is registered, under the
// top-level domains above. It is empty for another name.
func registered(name string) string {
	name = strings.TrimSuffix(name, ".")
	last := strings.LastIndexByte(name, '.')
	if last <= 0 || !topLevel(name[last+1:]) {
		return ""
	}
	return name[strings.LastIndexByte(name[:last], '.')+1:]
}

// ownDomain tells whether a domain of two labels is made as its domains are, and how many
// of its words are rare. A label that can be read in several ways is read in the one with
// the most rare words.
func ownDomain(domain string) (rare int, ok bool) {
	label, _, _ := strings.Cut(domain, ".")
	if len(label) < minLetters || len(label) > maxLetters {
		return 0, false
	}
	// best[i][n] is one more than the most rare words in the first i letters, read as
	// n words; 0 if they cannot be read so.
	var best [maxLetters + 1][maxWords + 1]int8
	best[0][0] = 1
	for i := range len(label) {
		if best[i] == ([maxWords + 1]int8{}) {
			continue
		}
		for _, w := range words {
			if w.text[0] != label[i] || !strings.HasPrefix(label[i:], w.text) {
				continue
			}
			at := &best[i+len(w.text)]
			for n := range maxWords {
				if v := best[i][n]; v > 0 {
					if !w.common {
						v++
					}
					at[n+1] = max(at[n+1], v)
				}
			}
		}
	}
	most := int8(0)
	for n := minWords; n <= maxWords; n++ {
		most = max(most, best[len(label)][n])
	}
	return int(most) - 1, most > 0
}

// Bounds of a path: its letters in all.
const minPath, maxPath = 9, 40

// ownPath tells whether a path is made as those of its requests are, and whether some part
// of it joins words as few other sites do. First come directories of new, users and group,
// then such of the five words of pages, then a page.
func ownPath(path string) (joined, ok bool) {
	if len(path) < minPath || len(path) > maxPath || path[0] != '/' {
		return false, false
	}
	dot := strings.LastIndexByte(path, '.')
	if dot < 0 {
		return false, false
	}
	switch path[dot+1:] {
	case "php", "asp", "aspx":
	default:
		return false, false
	}
	pages := false // behind the first directory with words of pages
	for rest := path[1:dot]; ; {
		part, after, more := strings.Cut(rest, "/")
		n := wordsIn(part, pageWord)
		if n > 0 {
			pages = true
		} else if n = wordsIn(part, groupWord); n == 0 || pages || !more {
			return false, false
		}
		joined = joined || n > 1
		if !more {
			return joined, n <= 3
		}
		rest = after
	}
}

// wordsIn is how many words a part of a path consists of; 0 if it is not made of them.
// No word begins another, so there is one way to read it.
func wordsIn(part string, word func(string) int) int {
	n := 0
	for len(part) > 0 {
		k := word(part)
		if k == 0 {
			return 0
		}
		part = part[k:]
		n++
	}
	return n
}

func pageWord(s string) int  { return longest(s, "index", "login", "main", "default", "home") }
func groupWord(s string) int { return longest(s, "new", "users", "group") }

func longest(s string, list ...string) int {
	for _, w := range list {
		if strings.HasPrefix(s, w) {
			return len(w)
		}
	}
	return 0
}

// target splits what a request asks for into host, path and query; the host is that of
// the Host field if the target has none. A port is left out.
func target(uri, field string) (host, path, query string) {
	host = field
	if i := strings.Index(uri, "://"); i > 0 && i <= 8 { // as a proxy is asked
		host, uri = uri[i+3:], ""
		if j := strings.IndexAny(host, "/?"); j >= 0 {
			host, uri = host[:j], host[j:]
		}
	}
	if i := strings.LastIndexByte(host, ':'); i > 0 && strings.IndexByte(host, ':') == i {
		host = host[:i]
	}
	path, query, _ = strings.Cut(uri, "?")
	return host, path, query
}

// rawHost is the address that stands for a host, if it is one.
func rawHost(host string) (netip.Addr, bool) {
	if host == "" || host[0]-'0' > 9 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}
