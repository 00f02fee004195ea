package ftp

import (
	"slices"
	"strings"

	"lazaret/internal/proto"
	"lazaret/internal/rest"
)

// edges are what may stand around a name in a sentence.
const edges = `"'()[]<>,;:.!?`

// maskReply masks in a reply the argument of its command and every word that
// looks like a path or a file; other words than those of servers are left out.
func maskReply(f proto.Flow, text, arg string) string {
	if arg != "" {
		if i := strings.LastIndexAny(arg, `/\`); i >= 0 && i+1 < len(arg) {
			text = strings.ReplaceAll(text, arg, rest.MaskPath(f.Pseudonym, arg))
			arg = arg[i+1:]
		}
		text = strings.ReplaceAll(text, arg, rest.MaskName(f.Pseudonym, arg))
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
	if rest.Marked(path[i+1:]) {
		return maskDirs(f, path[:i+1]) + path[i+1:]
	}
	return rest.MaskPath(f.Pseudonym, path)
}

func maskDirs(f proto.Flow, dirs string) string {
	parts := strings.FieldsFunc(dirs, func(r rune) bool { return r == '/' || r == '\\' })
	if slices.ContainsFunc(parts, func(p string) bool { return !rest.Marked(p) }) {
		return rest.MaskPath(f.Pseudonym, dirs)
	}
	return dirs
}

// looksFiled says whether a word of a reply may be a path or a file's name: it has
// a slash that is not that of a rate, or an extension, or the separators of names
// that DICOM has.
func looksFiled(w string) bool {
	if strings.ContainsAny(w, "\\^_") {
		return true
	}
	if i := strings.IndexByte(w, '/'); i >= 0 {
		unit := strings.ToLower(w[i+1:])
		return unit != "s" && unit != "sec" && unit != "second"
	}
	return rest.Extension(w) != ""
}
