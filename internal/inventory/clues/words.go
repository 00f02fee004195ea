package clues

import (
	"slices"
	"strconv"
	"strings"
)

// HostName says a name without the signs that some put around it. An address is no
// name.
func (o *Out) HostName(who Party, name, source string, weight float64) {
	name = strings.Trim(name, `\. `)
	if !strings.Contains(name, ":") && (strings.Count(name, ".") != 3 || strings.Trim(name, "0123456789.") != "") {
		o.Say(who, Name, name, source, weight)
	}
}

// WindowsBase is the version of Windows to which a build belongs, empty if it is
// no known one. From Windows 10 on all builds are of 10.0.
func WindowsBase(build int) string {
	switch {
	case build == 1381:
		return "4.0"
	case build == 2195:
		return "5.0"
	case build == 2600:
		return "5.1"
	case build == 3790:
		return "5.2"
	case build >= 6000 && build <= 6003:
		return "6.0"
	case build == 7600, build == 7601:
		return "6.1"
	case build == 9200:
		return "6.2"
	case build == 9600:
		return "6.3"
	case build >= 10240 && build < 1<<16:
		return "10.0"
	}
	return ""
}

// WindowsVersion is "major.minor.build" of a build of Windows, empty if it is no
// known one.
func WindowsVersion(build int) string {
	base := WindowsBase(build)
	if base == "" {
		return ""
	}
	return base + "." + strconv.Itoa(build)
}

// SambaOnLinux is the weight of Linux for a machine that shows Samba: it runs on
// Linux mostly, but on other systems too.
const SambaOnLinux = 0.5

// gearWords are words of which one stands in descriptions that people give to
// machines and rooms, in small letters.
var gearWords = []string{
	"angio", "archive", "backup", "camera", "ceph", "client", "console", "controller", "ct", "dc", "desktop", "dicom", "display", "endo",
	"file", "film", "gateway", "host", "imac", "kiosk", "lab", "laptop", "linux", "macbook", "macos", "modality", "monitor", "mr", "mri",
	"nas", "notebook", "pacs", "pc", "pet", "print", "printer", "radiology", "reader", "reading", "ris", "room", "samba", "scanner",
	"screen", "server", "service", "spect", "station", "storage", "suite", "switch", "system", "terminal", "theatre", "ultrasound",
	"viewer", "vm", "ward", "windows", "workstation", "xray",
}

// addressed tells whether free text names a person for certain: by a title, as
// components of a name, or by a mail address.
func addressed(text string) bool {
	if !strings.ContainsAny(text, ".@^ ") {
		return false
	}
	low := strings.ToLower(text)
	for _, sign := range [...]string{"@", "^", "dr. med", "prof.", "frau ", "herr ", "mrs. ", "ms. "} {
		if strings.Contains(low, sign) {
			return true
		}
	}
	return strings.HasPrefix(low, "dr. ")
}

// Impersonal tells whether free text that somebody gave to a machine says something
// of the machine by a word for one, and shows nobody as its owner. A text of names
// alone may be a person's, and is not for the inventory.
func Impersonal(text string) bool {
	low := strings.ToLower(text)
	for _, sign := range [...]string{"'s ", "\u2019s ", "@", "^", "dr.", "prof.", "mr.", "mrs.", "ms.", "frau ", "herr ", " of ", " von "} {
		if strings.Contains(low, sign) {
			return false
		}
	}
	for _, w := range strings.FieldsFunc(low, func(r rune) bool { return r < 'a' || r > 'z' }) {
		if slices.Contains(gearWords, w) {
			return true
		}
	}
	return false
}

// Printable makes hostile text fit for a terminal and for JSON: control bytes
// and broken UTF-8 become question marks, ends of lines spaces.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' ' // descriptions are written in lines
		}
		if r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\ufeff' || r == '\ufffd' || (r >= 0x202a && r <= 0x202e) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
