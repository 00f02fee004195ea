package ftp

import (
	"slices"
	"strings"

	"lazaret/internal/proto"
)

// generic are the names of folders and files that tell nothing of a person. In
// order, for the search.
var generic = []string{
	".", "..", "~", "archive", "backup", "bin", "bsd", "config", "data", "dev", "dicom", "dicomdir", "doc", "download",
	"downloads", "etc", "export", "favicon.ico", "files", "firmware", "ftp", "hl7", "home", "images", "import", "in",
	"inbox", "incoming", "index.htm", "index.html", "internic", "lib", "linux", "log", "logs", "mirror", "mnt", "opt",
	"out", "outbox", "outgoing", "private", "program files", "programdata", "pub", "public", "readme", "readme.md",
	"readme.txt", "rfc", "robots.txt", "root", "share", "shared", "software", "srv", "system32", "temp", "tmp", "update",
	"updates", "upload", "uploads", "users", "usr", "var", "windows", "www",
}

// programs are the extensions of what is run or sets up a machine, in order. Such
// a file is named by who wrote it, not after a patient.
var programs = []string{"bat", "cfg", "cmd", "conf", "deb", "dll", "exe", "ini", "jar", "msi", "ps1", "rpm", "sh", "sys", "vbs"}

// markSize is the length of a keyed mark: 64 bits, in hex.
const markSize = 16

// maskPath masks each name of a path and keeps what is between them.
func maskPath(f proto.Flow, path string) string {
	var b strings.Builder
	for len(path) > 0 {
		i := strings.IndexAny(path, `/\`)
		if i < 0 {
			b.WriteString(maskName(f, path))
			break
		}
		b.WriteString(maskName(f, path[:i]))
		b.WriteByte(path[i])
		path = path[i+1:]
	}
	return b.String()
}

// maskName keeps a generic name and the name of a program without a number in it;
// of any other it gives the keyed mark and the extension.
func maskName(f proto.Flow, name string) string {
	if name == "" || len(name) == 2 && name[1] == ':' {
		return name
	}
	lower := strings.ToLower(name)
	if _, ok := slices.BinarySearch(generic, lower); ok {
		return name
	}
	ext := extension(lower)
	if _, ok := slices.BinarySearch(programs, ext); ok && !numbered(lower) && !strings.ContainsAny(name, " ^,") {
		return name
	}
	mark := f.Pseudonym("file", []byte(name))
	mark = mark[:min(len(mark), markSize)]
	if ext != "" {
		return mark + "." + ext
	}
	return mark
}

// extension is what follows the last dot, if it looks like a kind of file: one to
// five letters and digits, the first a letter.
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= 0 {
		return ""
	}
	ext := name[i+1:]
	if len(ext) == 0 || len(ext) > 5 || ext[0] < 'a' || ext[0] > 'z' {
		return ""
	}
	for k := range len(ext) {
		if c := ext[k]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return ext
}

// numbered says whether there are four digits in a row, which may be a birth date
// or a number of a patient.
func numbered(s string) bool {
	run := 0
	for i := range len(s) {
		if run++; s[i] < '0' || s[i] > '9' {
			run = 0
		}
		if run == 4 {
			return true
		}
	}
	return false
}

// edges are what may stand around a name in a sentence.
const edges = `"'()[]<>,;:.!?`

// maskReply masks in a reply the argument of its command and every word that
// looks like a path or a file; other words than those of servers are left out.
func maskReply(f proto.Flow, text, arg string) string {
	if arg != "" {
		if i := strings.LastIndexAny(arg, `/\`); i >= 0 && i+1 < len(arg) {
			text = strings.ReplaceAll(text, arg, maskPath(f, arg))
			arg = arg[i+1:]
		}
		text = strings.ReplaceAll(text, arg, maskName(f, arg))
	}
	if i, j := strings.IndexByte(text, '"'), strings.LastIndexByte(text, '"'); i >= 0 && j > i+1 {
		text = text[:i+1] + maskOnce(f, text[i+1:j]) + text[j:]
	}
	words := strings.Split(text, " ")
	for i, w := range words {
		core := strings.Trim(w, edges)
		if core != "" && looksFiled(core) {
			words[i] = strings.Replace(w, core, maskOnce(f, core), 1)
		}
	}
	return plainWords(strings.Join(words, " "))
}

// maskOnce is maskPath for what may hold marks already, which stay.
func maskOnce(f proto.Flow, path string) string {
	i := strings.LastIndexAny(path, `/\`)
	if marked(path[i+1:]) {
		return maskDirs(f, path[:i+1]) + path[i+1:]
	}
	return maskPath(f, path)
}

func maskDirs(f proto.Flow, dirs string) string {
	parts := strings.FieldsFunc(dirs, func(r rune) bool { return r == '/' || r == '\\' })
	if slices.ContainsFunc(parts, func(p string) bool { return !marked(p) }) {
		return maskPath(f, dirs)
	}
	return dirs
}

// marked says whether a name begins with a keyed mark.
func marked(name string) bool {
	if len(name) < markSize {
		return false
	}
	for i := range markSize {
		if c := name[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(name) == markSize || name[markSize] == '.' && extension(name) != ""
}

// looksFiled says whether a word of a reply may be a path or a file's name: it has
// a slash that is not that of a rate, or an extension, or the separators of names
// that DICOM has.
func looksFiled(w string) bool {
	if strings.ContainsAny(w, "\\^_") {
		return true
	}
	lower := strings.ToLower(w)
	if i := strings.IndexByte(lower, '/'); i >= 0 {
		unit := lower[i+1:]
		return unit != "s" && unit != "sec" && unit != "second"
	}
	return extension(lower) != ""
}
