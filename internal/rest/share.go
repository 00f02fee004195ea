package rest

import (
	"slices"
	"strings"
	"unicode"
)

// documents are the extensions of documents and messages, which people name after
// whom they are about; in order.
var documents = []string{"cda", "dcm", "dic", "doc", "docx", "eml", "hl7", "msg", "odt", "pdf", "rtf"}

// plain are words that stand in names of files that are not about a person; in order.
var plain = []string{
	"access", "all", "app", "apps", "archive", "backup", "bin", "boot", "cache", "cfg", "common", "config", "create", "data", "decrypt",
	"decryption", "default", "desktop", "dicom", "dir", "do", "documents", "downloads", "drivers", "encrypted", "export", "file", "files", "folder",
	"group", "help", "how", "image", "images", "import", "index", "info", "install", "instruction", "instructions", "key", "list", "local", "log",
	"logs", "machine", "me", "microsoft", "my", "new", "not", "old", "output", "password", "pictures", "policies", "policy", "profile", "program",
	"programs", "public", "read", "readme", "recover", "recovery", "report", "restore", "roaming", "run", "sample", "scripts", "secret", "server",
	"service", "session", "settings", "setup", "share", "shared", "software", "spool", "start", "startup", "store", "system", "temp", "template",
	"templates", "test", "the", "tmp", "to", "tools", "unlock", "update", "updates", "user", "users", "version", "windows", "your",
}

// MaskShare masks in a path of a file server the names that may be those of patients,
// and only these: with components (^ or a comma), two or three words that are not
// those of machines, six digits in a row, UIDs, and those of documents. Other names
// stay, since an analyst needs them, and so do slashes and extensions.
func MaskShare(mark Marker, path string) string {
	if !slices.ContainsFunc(strings.FieldsFunc(path, slash), Private) {
		return path
	}
	var b strings.Builder
	for {
		i := strings.IndexFunc(path, slash)
		name := path
		if i >= 0 {
			name = path[:i]
		}
		if Private(name) {
			name = shareMark(mark, name)
		}
		b.WriteString(name)
		if i < 0 {
			return b.String()
		}
		b.WriteByte(path[i])
		path = path[i+1:]
	}
}

func slash(r rune) bool { return r == '/' || r == '\\' }

// shareMark is the keyed mark of a name with all its extensions.
func shareMark(mark Marker, name string) string {
	m := mark("file", []byte(name))
	return m[:min(len(m), MarkSize)] + Endings(name)
}

// Endings are the extensions of a name, three at most, each with its dot, as far as they look
// like kinds of files and not like numbers.
func Endings(name string) string {
	left := name
	for range 3 {
		e := Extension(left)
		if e == "" || numbered(e) {
			break
		}
		left = left[:len(left)-len(e)-1]
	}
	return name[len(left):]
}

// Private says whether the name of a file or folder may be that of a patient, or an
// identifier of one; see MaskShare.
func Private(name string) bool {
	if strings.ContainsAny(name, "^,") {
		return true
	}
	run, dots, others := 0, 0, 0
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= '0' && c <= '9':
			if run++; run == 6 && !isGUID(name) {
				return true
			}
			continue
		case c == '.':
			dots++
		default:
			others++
		}
		run = 0
	}
	if dots >= 5 && others == 0 || personal(name) {
		return true
	}
	for range 3 {
		e := Extension(name)
		if e == "" {
			return false
		}
		if _, ok := slices.BinarySearch(documents, e); ok {
			return true
		}
		name = name[:len(name)-len(e)-1]
	}
	return false
}

// personal says whether a name is of two or three words of letters, as a person's,
// none of which stands in names of machines. Words apart by spaces count only in the
// name of a file with an extension, since so many folders have them.
func personal(name string) bool {
	ext := Extension(name)
	if _, ok := slices.BinarySearch(programs, ext); ok || ext == "lnk" {
		return false
	}
	if ext != "" {
		name = name[:len(name)-len(ext)-1]
	}
	sep := "_"
	if !strings.Contains(name, sep) {
		sep = " "
	}
	words := strings.Split(strings.Trim(name, "_ "), sep)
	if len(words) < 2 || len(words) > 3 || sep == " " && ext == "" {
		return false
	}
	for _, w := range words {
		if len(w) < 2 {
			return false
		}
		for _, r := range w {
			if !unicode.IsLetter(r) && r != '-' {
				return false
			}
		}
		if _, ok := slices.BinarySearch(plain, strings.ToLower(w)); ok {
			return false
		}
	}
	return true
}

// isGUID says whether a name is a GUID in its usual form, perhaps in braces, as
// policies and temporary files have.
func isGUID(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
