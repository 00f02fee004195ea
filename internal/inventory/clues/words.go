package clues

import (
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
