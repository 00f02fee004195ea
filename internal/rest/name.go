package rest

import (
	"slices"
	"strings"
)

// Marker gives the keyed mark of a value; proto.Flow's Pseudonym is one.
type Marker func(kind string, value []byte) string

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

// MarkSize is the length of a keyed mark: 64 bits, in hex.
const MarkSize = 16

// MaskPath masks each name of a path as MaskName does and keeps the slashes of either
// direction between them.
func MaskPath(mark Marker, path string) string {
	var b strings.Builder
	for len(path) > 0 {
		i := strings.IndexAny(path, `/\`)
		if i < 0 {
			b.WriteString(MaskName(mark, path))
			break
		}
		b.WriteString(MaskName(mark, path[:i]))
		b.WriteByte(path[i])
		path = path[i+1:]
	}
	return b.String()
}

// MaskName keeps the name of a file or folder that tells nothing of a person: a
// generic one, or that of a program without a number in it. Of any other it gives the
// keyed mark, of MarkSize letters, and the extension.
func MaskName(mark Marker, name string) string {
	if name == "" || len(name) == 2 && name[1] == ':' || Generic(name) {
		return name
	}
	m := mark("file", []byte(name))
	m = m[:min(len(m), MarkSize)]
	if ext := Extension(name); ext != "" {
		return m + "." + ext
	}
	return m
}

// Generic says whether a name is one that many machines have: of a list, or the name of
// a program without a number in it.
func Generic(name string) bool {
	lower := strings.ToLower(name)
	if _, ok := slices.BinarySearch(generic, lower); ok {
		return true
	}
	_, ok := slices.BinarySearch(programs, Extension(lower))
	return ok && !numbered(lower) && !strings.ContainsAny(name, " ^,")
}

// Extension is, in small letters, what follows the last dot, if it looks like a kind of
// file: one to five letters and digits, the first a letter.
func Extension(name string) string {
	name = strings.ToLower(name)
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

// Marked says whether a name begins with a keyed mark.
func Marked(name string) bool {
	if len(name) < MarkSize {
		return false
	}
	for i := range MarkSize {
		if c := name[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(name) == MarkSize || name[MarkSize] == '.' && Extension(name) != ""
}
