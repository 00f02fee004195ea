package kwampirs

import (
	"strings"
	"testing"
)

func TestOwnDomain(t *testing.T) {
	for _, c := range []struct {
		name string
		rare int
		ok   bool
	}{
		{"tlfdpogyhd.biz", 3, true},
		{"www.tlfdpogyhd.biz", 3, true}, // whatever stands before it
		{"servikjsite.co", 1, true},
		{"mainpowernews.com", 0, true},
		{"gbrsite.nl", 0, true},
		{"dswqemain.tk", 1, true}, // dsw begins dswqe
		{"dswdswqe.tk", 2, true},
		{"pecdbnnchdnncdn.ru", 3, true},
		{"yhd.com", 0, false},                     // one word
		{"gbgb.org", 0, false},                    // four letters
		{"gbgbgbgbgb.org", 0, true},               // five words
		{"gbgbgbgbgbgb.org", 0, false},            // six
		{"pecdbnpecdbnpecdbnpecdbn.in", 0, false}, // 24 letters
		{"tlfdpogyhd.de", 0, false},               // another top-level domain
		{"tlfdpogyhd.com.br", 0, false},           //
		{"tlfdpogyhdx.com", 0, false},             // a letter that is no word
		{"xtlfdpogyhd.com", 0, false},             //
		{"tlfdpogyhd", 0, false},                  // no domain
		{".com", 0, false},                        //
		{"com", 0, false},                         //
		{"", 0, false},                            //
		{"microsoft.com", 0, false},               //
		{"dfb.com", 0, false},                     //
		{strings.Repeat("gb", 40) + ".com", 0, false},
	} {
		rare, ok := ownDomain(registered(c.name))
		if rare = max(rare, 0); rare != c.rare || ok != c.ok {
			t.Errorf("%s: %d rare, %v; want %d, %v", c.name, rare, ok, c.rare, c.ok)
		}
	}
}

// TestWords holds what the tokens are read by: as many as were counted in the lists.
func TestWords(t *testing.T) {
	common := 0
	for _, w := range words {
		if len(w.text) > maxLetters || w.text != strings.ToLower(w.text) {
			t.Errorf("word %q", w.text)
		}
		if w.common {
			common++
		}
	}
	if len(words) != 31 || common != 12 {
		t.Errorf("%d words, %d of them common", len(words), common)
	}
}

func TestOwnPath(t *testing.T) {
	for _, c := range []struct {
		path       string
		joined, ok bool
	}{
		{"/index.php", false, true},
		{"/login/default.aspx", false, true},
		{"/group/index/login.php", false, true},
		{"/groupusers/new/homelogin/indexmain.asp", true, true},
		{"/loginloginlogin.php", true, true},
		{"/users/main.aspx", false, true},
		{"/index/users/main.aspx", false, false}, // the reverse order
		{"/users/new.php", false, false},         // no page
		{"/a.asp", false, false},
		{"/index.html", false, false},
		{"/index.php5", false, false},
		{"//index.php", false, false},
		{"/Index.php", false, false},
		{"/index2.php", false, false},
		{"/loginloginloginlogin.php", false, false},                     // four words in a page
		{"/group/group/group/group/group/group/main.php", false, false}, // too long
		{"index.php", false, false},
		{"/loginindex", false, false},
		{"", false, false},
	} {
		if joined, ok := ownPath(c.path); ok != c.ok || ok && joined != c.joined {
			t.Errorf("%s: joined %v, %v", c.path, joined, ok)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct{ uri, field, host, path, query string }{
		{"/a/b.php?q=1?2", "Host:80", "Host", "/a/b.php", "q=1?2"},
		{"http://h.example:8080/b.php", "proxy", "h.example", "/b.php", ""},
		{"http://h.example", "proxy", "h.example", "", ""},
		{"*", "h", "h", "*", ""},
		{"/r?u=http://x/", "[::1]:80", "[::1]:80", "/r", "u=http://x/"},
	} {
		if h, p, q := target(c.uri, c.field); h != c.host || p != c.path || q != c.query {
			t.Errorf("%s of %s: %q %q %q", c.uri, c.field, h, p, q)
		}
	}
}

// FuzzGrammar holds that reading names and paths ends and stays within bounds.
func FuzzGrammar(f *testing.F) {
	for _, s := range []string{"tlfdpogyhd.biz", "/groupusers/new/homelogin.asp", "http://1.2.3.4/index.php?q=KTAA", "a.b.com.", "[::1]:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if rare, ok := ownDomain(registered(s)); ok && (rare < 0 || rare > maxWords) {
			t.Errorf("%d rare words", rare)
		}
		host, path, query := target(s, s)
		ownPath(path)
		rawHost(host)
		if len(host)+len(path)+len(query) > 2*len(s) {
			t.Error("it grew")
		}
	})
}

func TestNoAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		ownDomain(registered("www.microsoft.com"))
		ownDomain(registered("tlfdpogyhd.biz"))
		ownPath("/groupusers/new/homelogin.asp")
		target("/a/b.php?q=1", "host.example:80")
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDomain(b *testing.B) {
	for b.Loop() {
		ownDomain(registered("www.microsoft.com"))
		ownDomain(registered("servikjsite.co"))
	}
}
