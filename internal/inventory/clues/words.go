package clues

import (
	"strconv"
	"strings"

	"lazaret/internal/vendordb"
)

// systemText reads the words in which a machine describes its software (sysDescr,
// LLDP, CDP): the system, and the maker where the words name it. weight is that of
// the source.
func (o *Out) systemText(who Party, text, source string, weight float64) {
	switch {
	case strings.Contains(text, "Software: Windows"):
		o.windowsText(who, text, source, weight)
	case strings.HasPrefix(text, "Linux "), strings.HasPrefix(text, "Linux/"):
		o.runs(who, Linux, "", source, weight)
	case strings.Contains(text, "IOS") && strings.HasPrefix(strings.ToLower(text), "cisco"):
		o.runs(who, CiscoIOS, between(text, "Version ", ", "), source, weight)
		o.say(who, Manufacturer, Maker("Cisco"), source, weight)
	case strings.HasPrefix(text, "Cisco "):
		o.say(who, Manufacturer, Maker("Cisco"), source, weight)
	case strings.Contains(text, "JUNOS "):
		o.runs(who, Junos, strings.TrimRight(between(text, "JUNOS ", " "), ","), source, weight)
		o.say(who, Manufacturer, Maker("Juniper"), source, weight)
	case strings.HasPrefix(text, "RouterOS "):
		o.runs(who, RouterOS, "", source, weight)
		o.say(who, Manufacturer, Maker("MikroTik"), source, weight)
	case strings.HasPrefix(text, "FreeBSD "), strings.HasPrefix(text, "OpenBSD "), strings.HasPrefix(text, "NetBSD "):
		o.runs(who, BSD, "", source, weight)
	case strings.HasPrefix(text, "Darwin "), strings.HasPrefix(text, "Darwin/"):
		o.runs(who, MacOS, "", source, weight)
	case strings.HasPrefix(text, "SunOS "):
		o.runs(who, Solaris, "", source, weight)
	case strings.Contains(text, "VxWorks"):
		o.runs(who, VxWorks, "", source, weight)
	case strings.HasPrefix(text, "QNX"):
		o.runs(who, QNX, "", source, weight)
	case strings.Contains(text, "JETDIRECT"):
		o.kind(who, KindPrinter, source, weight)
		o.say(who, Manufacturer, Maker("HP"), source, weight)
	}
}

// windowsText reads how the agent of Windows describes it: "Software: Windows
// Version 6.3 (Build 17763 Multiprocessor Free)". The version stays 6.3 for
// Windows 10 and later; the build does not lie.
func (o *Out) windowsText(who Party, text, source string, weight float64) {
	version := between(text, "Version ", " ")
	build := between(text, "(Build ", " ")
	n, err := strconv.Atoi(build)
	if err != nil {
		o.runs(who, Windows, version, source, weight)
		return
	}
	if base := windowsBase(n); base != "" {
		version = base
	}
	o.runs(who, Windows, version+"."+build, source, weight)
}

// between is the words after from and before to, or to the end; empty if from is
// not there.
func between(text, from, to string) string {
	_, rest, ok := strings.Cut(text, from)
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, to)
	return strings.TrimSpace(rest)
}

// upnpServer reads the software of a UPnP machine (UPnP Device Architecture 1.1,
// 1.2.2): system, version of UPnP, product.
func (o *Out) upnpServer(who Party, text, source string) {
	system, product, ok := strings.Cut(text, "UPnP/")
	if !ok {
		return
	}
	name, version, _ := strings.Cut(strings.Trim(system, " ,"), "/")
	version, _, _ = strings.Cut(version, " ")
	switch {
	case strings.Contains(name, "Windows"):
		if _, err := strconv.ParseFloat(version, 64); err != nil {
			version = ""
		}
		o.runs(who, Windows, version, source, wBanner)
	case name == "Linux", strings.HasPrefix(name, "Debian"), strings.HasPrefix(name, "Ubuntu"), strings.HasPrefix(name, "Linux"):
		o.runs(who, Linux, "", source, wBanner)
	case name == "Darwin":
		o.runs(who, MacOS, "", source, wBanner)
	case strings.HasPrefix(name, "VxWorks"):
		o.runs(who, VxWorks, "", source, wBanner)
	case strings.HasPrefix(name, "FreeBSD"):
		o.runs(who, BSD, "", source, wBanner)
	}
	_, product, _ = strings.Cut(product, " ")                            // behind UPnP's own version
	if product = strings.Trim(product, " ,"); product != "Unspecified" { // what a library says that was told nothing
		o.say(who, Product, strings.Replace(product, "/", " ", 1), source, wBanner)
	}
}

// wBanner is how far a program's greeting speaks for the machine.
const wBanner = 0.6

// gearMaker is Maker for makers of network gear and office machines, whose names
// the registry of addresses knows.
func gearMaker(text string) string {
	if m, ok := vendordb.MakerOf(text); ok {
		return string(m)
	}
	if h, ok := vendordb.OrgHint(text); ok && h.Maker != "" {
		return string(h.Maker)
	}
	return text
}
