package network

import (
	"strconv"
	"strings"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/vendordb"
)

// systemText reads the words in which a machine describes its software (sysDescr,
// LLDP, CDP): the system, and the maker where the words name it. weight is that of
// the source.
func systemText(o *clues.Out, who clues.Party, text, source string, weight float64) {
	switch {
	case strings.Contains(text, "Software: Windows"):
		windowsText(o, who, text, source, weight)
	case strings.HasPrefix(text, "Linux "), strings.HasPrefix(text, "Linux/"):
		o.Runs(who, clues.Linux, "", source, weight)
	case strings.Contains(text, "IOS") && strings.HasPrefix(strings.ToLower(text), "cisco"):
		o.Runs(who, clues.CiscoIOS, firstWord(between(text, "Version ", ",")), source, weight)
		o.Say(who, clues.Manufacturer, clues.Maker("Cisco"), source, weight)
	case strings.HasPrefix(text, "Cisco "):
		o.Say(who, clues.Manufacturer, clues.Maker("Cisco"), source, weight)
	case strings.Contains(text, "JUNOS "):
		o.Runs(who, clues.Junos, strings.TrimRight(between(text, "JUNOS ", " "), ","), source, weight)
		o.Say(who, clues.Manufacturer, clues.Maker("Juniper"), source, weight)
	case strings.HasPrefix(text, "RouterOS "):
		o.Runs(who, clues.RouterOS, "", source, weight)
		o.Say(who, clues.Manufacturer, clues.Maker("MikroTik"), source, weight)
	case strings.HasPrefix(text, "FreeBSD "), strings.HasPrefix(text, "OpenBSD "), strings.HasPrefix(text, "NetBSD "):
		o.Runs(who, clues.BSD, "", source, weight)
	case strings.HasPrefix(text, "Darwin "), strings.HasPrefix(text, "Darwin/"):
		o.Runs(who, clues.MacOS, "", source, weight)
	case strings.HasPrefix(text, "SunOS "):
		o.Runs(who, clues.Solaris, "", source, weight)
	case strings.Contains(text, "VxWorks"):
		o.Runs(who, clues.VxWorks, "", source, weight)
	case strings.HasPrefix(text, "QNX"):
		o.Runs(who, clues.QNX, "", source, weight)
	case strings.Contains(text, "JETDIRECT"):
		o.Kind(who, clues.KindPrinter, source, weight)
		o.Say(who, clues.Manufacturer, clues.Maker("HP"), source, weight)
	}
}

// windowsText reads how the agent of Windows describes it: "Software: Windows
// Version 6.3 (Build 17763 Multiprocessor Free)". The version stays 6.3 for
// Windows 10 and later; the build does not lie.
func windowsText(o *clues.Out, who clues.Party, text, source string, weight float64) {
	version := between(text, "Version ", " ")
	build := between(text, "(Build ", " ")
	n, err := strconv.Atoi(build)
	if err != nil {
		o.Runs(who, clues.Windows, version, source, weight)
		return
	}
	if base := clues.WindowsBase(n); base != "" {
		version = base
	}
	o.Runs(who, clues.Windows, version+"."+build, source, weight)
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

// firstWord is s up to its first space or end of line.
func firstWord(s string) string {
	for word := range strings.FieldsSeq(s) {
		return word
	}
	return ""
}

// upnpServer reads the software of a UPnP machine (UPnP Device Architecture 1.1,
// 1.2.2): system, version of UPnP, product.
func upnpServer(o *clues.Out, who clues.Party, text, source string) {
	at := max(strings.LastIndex(text, "UPnP/1."), strings.LastIndex(text, "UPnP/2."))
	if at < 0 {
		return
	}
	system, product := strings.TrimPrefix(text[:at], "UPnP/"), text[at:]
	name, version, _ := strings.Cut(strings.Trim(system, " ,"), "/")
	version, _, _ = strings.Cut(version, " ")
	switch {
	case strings.Contains(name, "Windows"):
		if _, err := strconv.ParseFloat(version, 64); err != nil || name == "Microsoft-Windows-NT" {
			version = "" // under that name, later releases say 5.1 as well
		}
		o.Runs(who, clues.Windows, version, source, wBanner)
	case name == "Linux", strings.HasPrefix(name, "Debian"), strings.HasPrefix(name, "Ubuntu"), strings.HasPrefix(name, "Linux"):
		o.Runs(who, clues.Linux, "", source, wBanner)
	case name == "Darwin":
		o.Runs(who, clues.MacOS, "", source, wBanner)
	case strings.HasPrefix(name, "VxWorks"):
		o.Runs(who, clues.VxWorks, "", source, wBanner)
	case strings.HasPrefix(name, "FreeBSD"):
		o.Runs(who, clues.BSD, "", source, wBanner)
	}
	_, product, _ = strings.Cut(product, " ") // behind UPnP's own version
	product = strings.Trim(product, " ,")
	if product != "Unspecified" { // what a library says that was told nothing
		o.Say(who, clues.Product, strings.Replace(product, "/", " ", 1), source, wBanner)
	}
	if strings.HasPrefix(product, "MiniUPnPd/") { // opens ports of gateways, and nothing else
		o.Kind(who, clues.KindRouter, source, wCapable)
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
