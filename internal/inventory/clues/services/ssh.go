package services

import (
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/ssh"
)

const (
	wSSHProduct = 0.6
	wSSHPrint   = 0.5
	wSSHRelease = 0.8 // the package's version names the release
	wSSHKey     = 0.8 // but for machines made of one image
	wSSHSystem  = 0.6 // the program's version was that of one release
)

// readSSH takes what the version lines and offers of both sides tell.
func readSSH(s *ssh.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if s.Client != "" {
		o.Heard = append(o.Heard, client)
		banner(o, client, s.Client, "ssh.client")
	}
	if s.Server != "" {
		o.Heard = append(o.Heard, server)
		banner(o, server, s.Server, "ssh.server")
		if strings.HasPrefix(s.Server, "SSH-1.") {
			o.Has(server, clues.OldSSH, client, "ssh.server")
		}
	}
	if s.Fingerprint != "" {
		o.Say(server, clues.HostID, clues.IDKey+s.Fingerprint, "ssh.host_key_fingerprint", wSSHKey)
	}
	if s.HASSH != "" {
		o.Say(client, clues.Fingerprint, "hassh:"+s.HASSH, "ssh.hassh", wSSHPrint)
	}
	if s.HASSHServer != "" {
		o.Say(server, clues.Fingerprint, "hassh_server:"+s.HASSHServer, "ssh.hassh_server", wSSHPrint)
		if weakSSH(&s.Offered) {
			o.Has(server, clues.WeakSSH, client, "ssh.hassh_server")
		}
	}
}

// banner reads a version line: "SSH-2.0-software comments" (RFC 4253 4.2).
func banner(o *clues.Out, who clues.Party, line, source string) {
	_, rest, _ := strings.Cut(strings.TrimPrefix(line, "SSH-"), "-")
	software, comment, _ := strings.Cut(rest, " ")
	if software == "" {
		return
	}
	o.Say(who, clues.Product, strings.ReplaceAll(software, "_", " "), source, wSSHProduct)
	version := strings.TrimPrefix(software, "OpenSSH_")
	switch {
	case strings.HasPrefix(software, "OpenSSH_for_Windows"):
		o.Runs(who, clues.Windows, "", source, wSSHSystem)
	case strings.HasPrefix(software, "Cisco-"):
		o.Runs(who, clues.CiscoIOS, "", source, wSSHSystem)
	case strings.HasPrefix(software, "ROSSSH"):
		o.Runs(who, clues.RouterOS, "", source, wSSHSystem)
	case strings.HasPrefix(software, "Sun_SSH"):
		o.Runs(who, clues.Solaris, "", source, wSSHSystem)
	case version == software:
	case strings.HasPrefix(comment, "FreeBSD"):
		o.Runs(who, clues.BSD, "FreeBSD", source, wSSHSystem)
	case strings.HasPrefix(comment, "NetBSD"):
		o.Runs(who, clues.BSD, "NetBSD", source, wSSHSystem)
	case strings.HasPrefix(comment, "Ubuntu-"):
		release(o, who, "Ubuntu", ubuntu[version], source, wSSHSystem)
	case strings.HasPrefix(comment, "Debian-"), strings.HasPrefix(comment, "Raspbian-"):
		if n := debianOf(comment); n != "" {
			release(o, who, "Debian", n, source, wSSHRelease)
			return
		}
		if strings.Contains(comment, "ubuntu") {
			release(o, who, "Ubuntu", ubuntu[version], source, wSSHSystem)
			return
		}
		release(o, who, "Debian", debian[version], source, wSSHSystem)
	}
}

// release says a distribution of Linux, with its number if it is known.
func release(o *clues.Out, who clues.Party, name, number, source string, weight float64) {
	if number != "" {
		name += " " + number
	}
	o.Runs(who, clues.Linux, name, source, weight)
}

// debianOf is the release that a package of Debian was made for, by the end of its
// version ("9.2p1-2+deb12u3"), empty if the version does not say.
func debianOf(version string) string {
	_, n, _ := strings.Cut(version, "+deb")
	n, _, _ = strings.Cut(n, "u")
	if i, err := strconv.Atoi(n); err != nil || i < 1 || i > 99 {
		return ""
	}
	return n
}

// The releases by the version of OpenSSH that they came with and kept.
var (
	debian = map[string]string{
		"5.5p1": "6", "6.0p1": "7", "6.7p1": "8", "7.4p1": "9", "7.9p1": "10", "8.4p1": "11", "9.2p1": "12", "10.0p2": "13",
	}
	ubuntu = map[string]string{
		"5.3p1": "10.04", "5.9p1": "12.04", "6.6.1p1": "14.04", "7.2p2": "16.04", "7.6p1": "18.04", "8.2p1": "20.04",
		"8.9p1": "22.04", "9.6p1": "24.04",
	}
)

// weakSSH tells whether a server offers nothing but weak algorithms of a kind: key
// exchange with SHA-1, host keys of DSA or signed with SHA-1, ciphers that are
// broken or chained (CBC), authentication with MD5 or SHA-1.
func weakSSH(offered *[4]string) bool {
	for i, weak := range []func(string) bool{
		func(s string) bool { return strings.HasSuffix(s, "-sha1") },
		func(s string) bool { return s == "ssh-dss" || s == "ssh-rsa" },
		func(s string) bool {
			return strings.HasSuffix(s, "-cbc") || strings.HasPrefix(s, "arcfour") || s == "none"
		},
		func(s string) bool {
			return strings.HasPrefix(s, "hmac-md5") || strings.HasPrefix(s, "hmac-sha1") || s == "none"
		},
	} {
		if i == 3 && (strings.Contains(offered[2], "poly1305") || strings.Contains(offered[2], "gcm")) {
			continue // these ciphers authenticate by themselves
		}
		some, all := false, true
		for s := range strings.SplitSeq(offered[i], ",") {
			if s == "" || strings.HasPrefix(s, "ext-info") || strings.HasPrefix(s, "kex-strict") {
				continue
			}
			some, all = true, all && weak(s)
		}
		if some && all {
			return true
		}
	}
	return false
}
