package services

import (
	"strconv"
	"strings"

	"lazaret/internal/inventory/clues"
)

const (
	wGreeting = 0.6 // a program's greeting names itself
	wGreetOS  = 0.6 // and its system
	wOwnHost  = 0.6 // the name of the host in it
)

// program is a server known by a word of its greeting.
type program struct {
	word    string // as written
	product string // empty if the word names no program
	family  clues.Family
	kind    clues.Kind
	maker   string
}

// programs are looked for in this order; several may be in one greeting, of which
// the first with a product gives it.
var programs = []program{
	{word: "vsFTPd", product: "vsFTPd"},
	{word: "ProFTPD", product: "ProFTPD"},
	{word: "Pure-FTPd", product: "Pure-FTPd"},
	{word: "FileZilla Server", product: "FileZilla Server"},
	{word: "Microsoft FTP Service", product: "Microsoft FTP Service", family: clues.Windows},
	{word: "Microsoft ESMTP MAIL Service", product: "Microsoft ESMTP MAIL Service", family: clues.Windows},
	{word: "Microsoft Telnet Service", product: "Microsoft Telnet Service", family: clues.Windows},
	{word: "Serv-U", product: "Serv-U FTP Server"},
	{word: "WarFTPd", product: "WarFTPd", family: clues.Windows},
	{word: "3Com 3CDaemon", product: "3CDaemon", family: clues.Windows},
	{word: "WS_FTP Server", product: "WS_FTP Server", family: clues.Windows},
	{word: "Cerberus FTP Server", product: "Cerberus FTP Server", family: clues.Windows},
	{word: "Xlight FTP Server", product: "Xlight FTP Server", family: clues.Windows},
	{word: "Titan FTP Server", product: "Titan FTP Server", family: clues.Windows},
	{word: "NcFTPd Server", product: "NcFTPd Server"},
	{word: "bftpd", product: "bftpd"},
	{word: "glftpd", product: "glftpd"},
	{word: "pyftpdlib", product: "pyftpdlib"},
	{word: "Postfix", product: "Postfix"},
	{word: "Exim", product: "Exim"},
	{word: "Sendmail", product: "Sendmail"},
	{word: "OpenSMTPD", product: "OpenSMTPD"},
	{word: "hMailServer", product: "hMailServer", family: clues.Windows},
	{word: "MailEnable", product: "MailEnable", family: clues.Windows},
	{word: "MDaemon", product: "MDaemon", family: clues.Windows},
	{word: "Kerio Connect", product: "Kerio Connect"},
	{word: "IceWarp", product: "IceWarp"},
	{word: "Lotus Domino", product: "Lotus Domino"},
	{word: "IBM Domino", product: "IBM Domino"},
	{word: "MikroTik", family: clues.RouterOS, kind: clues.KindRouter, maker: "MikroTik"},
	{word: "NASFTPD", product: "NASFTPD", kind: clues.KindStorage},
	{word: "DiskStation", kind: clues.KindStorage, maker: "Synology"},
	{word: "JD FTP Server", product: "JD FTP Server", kind: clues.KindPrinter, maker: "HP"},
	{word: "JetDirect", kind: clues.KindPrinter, maker: "HP"},
	{word: "Network Camera", kind: clues.KindCamera},
	{word: "VxWorks", family: clues.VxWorks},
	{word: "QNX", family: clues.QNX},
	{word: "SunOS", family: clues.Solaris},
	{word: "FreeBSD", family: clues.BSD},
	{word: "OpenBSD", family: clues.BSD},
	{word: "NetBSD", family: clues.BSD},
	{word: "Ubuntu", family: clues.Linux},
	{word: "Debian", family: clues.Linux},
	{word: "Raspbian", family: clues.Linux},
	{word: "CentOS", family: clues.Linux},
	{word: "Red Hat", family: clues.Linux},
	{word: "SUSE", family: clues.Linux},
	{word: "User Access Verification", family: clues.CiscoIOS},
}

// greeting reads the words with which a server greets.
func greeting(o *clues.Out, who clues.Party, text, source string) {
	named, system := false, false
	for i := range programs {
		p := &programs[i]
		rest, ok := afterWord(text, p.word)
		if !ok {
			continue
		}
		version := versionIn(rest)
		if p.product != "" && !named {
			named = true
			o.Say(who, clues.Product, strings.TrimSpace(p.product+" "+version), source, wGreeting)
		}
		if p.family != "" && !system {
			system = true
			o.Runs(who, p.family, p.release(version), source, wGreetOS)
		}
		if p.kind != "" {
			o.Kind(who, p.kind, source, wGreeting)
		}
		if p.maker != "" {
			o.Say(who, clues.Manufacturer, clues.Maker(p.maker), source, wGreeting)
		}
	}
}

// release is the version of the system that a greeting with the program's own
// version stands for.
func (p *program) release(version string) string {
	switch p.family {
	case clues.Linux, clues.BSD:
		return strings.TrimSpace(p.word + " " + version)
	case clues.Solaris:
		return version
	case clues.Windows: // the mail service of Windows has the build of its system
		if p.word != "Microsoft ESMTP MAIL Service" {
			return ""
		}
		parts := strings.Split(version, ".")
		if len(parts) < 3 {
			return ""
		}
		build, err := strconv.Atoi(parts[2])
		if err == nil {
			return clues.WindowsVersion(build)
		}
	}
	return ""
}

// afterWord finds a word that is no part of a longer one, and what comes after.
func afterWord(text, word string) (rest string, ok bool) {
	i := strings.Index(text, word)
	if i < 0 || i > 0 && alphanumeric(text[i-1]) {
		return "", false
	}
	rest = text[i+len(word):]
	if rest != "" && alphanumeric(rest[0]) {
		return "", false
	}
	return rest, true
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// versionIn is the number that follows a program's name, perhaps after a sign or
// the word for it; empty if something else comes first.
func versionIn(rest string) string {
	for _, w := range [...]string{" GNU/Linux", ",", " Linux", " Server", " FTP Server", " Version:", " version", " Version", " release", " v"} {
		rest = strings.TrimPrefix(rest, w)
	}
	rest = strings.TrimLeft(rest, " /_-(:")
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		return ""
	}
	end := strings.IndexFunc(rest, func(c rune) bool {
		return c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '_'
	})
	if end < 0 {
		end = len(rest)
	}
	if end > 24 {
		return ""
	}
	return strings.TrimRight(rest[:end], ".-_")
}

// ownName says the name of a host that a greeting or answer begins with.
func ownName(o *clues.Out, who clues.Party, text, source string, weight float64) {
	word, _, _ := strings.Cut(text, " ")
	word = strings.TrimRight(word, ".")
	if hostLike(word) && !strings.HasPrefix(strings.ToLower(word), "localhost") {
		o.Say(who, clues.Name, word, source, weight)
	}
}
