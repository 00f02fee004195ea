package services

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/smb"
)

const (
	wSMBName   = 0.8
	wSMBCalled = 0.4 // by which name a client calls: a third party's, and perhaps an alias
	wSMBGUID   = 0.8 // random, made at installation
	wSMBOS     = 0.8 // a server's strings
	wClientOS  = 0.5 // a client's, which libraries and tools make up
)

// readSMB takes dialects, signing and names from the beginning of a conversation.
// Accounts, their domains and the names of shares are no clues.
func readSMB(s *smb.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	if !s.IsOrig {
		client, server = server, client
	}
	if len(s.Dialects) > 0 || s.Calling != "" || s.ClientOS != "" {
		o.Heard = append(o.Heard, client)
	}
	o.HostName(client, s.Calling, "smb.calling_name", wSMBName)
	nativeOS(o, client, s.ClientOS, s.ClientLM, "smb.client_native_os", wClientOS)
	if onlySMB1(s.Dialects) {
		o.Has(client, clues.UsesSMB1, server, "smb.dialects")
	}
	if s.Response == "LM" || s.Response == "NTLMv1" {
		o.Has(client, clues.UsesNTLMv1, server, "smb.response")
	}
	if id := guid(s.ClientGUID); id != "" {
		o.Say(client, clues.HostID, clues.IDClient+id, "smb.client_guid", wSMBGUID)
	}
	answered := s.Dialect != "" || s.Granted+s.Refused > 0 || s.NativeOS != ""
	if !answered {
		return
	}
	o.Heard = append(o.Heard, server)
	for _, name := range [...]string{s.Called, s.TargetName} {
		if _, err := netip.ParseAddr(name); err != nil && name != "" && server.IP.IsUnicast() {
			o.Namings = append(o.Namings, clues.Naming{IP: server.IP, Name: name, Source: "smb.called_name", Weight: wSMBCalled})
		}
	}
	o.HostName(server, s.ServerName, "smb.server_name", wSMBName)
	o.Say(server, clues.Domain, s.ServerDomain, "smb.server_domain", 0.7)
	nativeOS(o, server, s.NativeOS, s.NativeLM, "smb.native_os", wSMBOS)
	if name := sambaName(s.ServerGUID); name != "" {
		o.Say(server, clues.Product, "Samba", "smb.server_guid", clues.SambaOnLinux)
		o.Runs(server, clues.Linux, "", "smb.server_guid", clues.SambaOnLinux)
		o.HostName(server, name, "smb.server_guid", clues.SambaOnLinux)
	}
	if id := guid(s.ServerGUID); id != "" {
		o.Say(server, clues.HostID, clues.IDServer+id, "smb.server_guid", wSMBGUID)
	}
	if s.Version == "SMB1" {
		o.Has(server, clues.OffersSMB1, client, "smb.dialect")
	}
	if s.ServerSigning == "off" || s.ServerSigning == "enabled" {
		o.Has(server, clues.NoSigning, client, "smb.server_signing")
	}
	if s.Granted > 0 && (s.Guest.V || s.Nobody.V) {
		o.Has(server, clues.GuestSMB, client, "smb.guest")
	}
}

// onlySMB1 says that a client offered dialects, and none that is newer than SMB1.
func onlySMB1(dialects []string) bool {
	for _, d := range dialects {
		if d[:min(4, len(d))] == "SMB " || d[:min(2, len(d))] == "2." || d[:min(2, len(d))] == "3." {
			return false
		}
	}
	return len(dialects) > 0
}

// nativeOS takes the two strings by which SMB1 describes a system. Windows names
// its build, or before Windows XP's service packs its version; Samba names itself
// in the second, whatever it puts in the first.
func nativeOS(o *clues.Out, who clues.Party, os, lm, source string, weight float64) {
	switch {
	case strings.HasPrefix(lm, "Samba"):
		o.Say(who, clues.Product, lm, source, weight)
		o.Runs(who, clues.Linux, "", source, clues.SambaOnLinux)
	case strings.HasPrefix(os, "Mac OS X"):
		o.Runs(who, clues.MacOS, strings.TrimSpace(strings.TrimPrefix(os, "Mac OS X")), source, weight)
	case strings.HasPrefix(os, "Windows"):
		nativeWindows(o, who, os, source, weight)
	case os == "Unix", strings.HasPrefix(os, "Linux"):
		o.Runs(who, clues.Linux, "", source, clues.SambaOnLinux)
	}
}

// nativeWindows finds the version in "Windows 5.1", or the build in "Windows
// Server 2003 3790 Service Pack 2" and "Windows 2002 2600 Service Pack 3". Version
// 4.0 is said by several that imitate an old Windows.
func nativeWindows(o *clues.Out, who clues.Party, os, source string, weight float64) {
	if v, ok := strings.CutPrefix(os, "Windows "); ok && len(v) == 3 && v[1] == '.' {
		if v == "4.0" {
			weight = wImitated
		}
		o.Runs(who, clues.Windows, v, source, weight)
		return
	}
	for word := range strings.FieldsSeq(os) {
		build, err := strconv.Atoi(word)
		if version := clues.WindowsVersion(build); err == nil && version != "" {
			o.Runs(who, clues.Windows, version, source, weight)
			return
		}
	}
	o.Runs(who, clues.Windows, "", source, wImitated)
}

// guid is an identity that only one installation can have: neither empty nor made of
// a name.
func guid(s string) string {
	if strings.Trim(s, "0-{}") == "" || spelled(s) != "" {
		return ""
	}
	return s
}

// maxNetBIOS is how many letters a NetBIOS name has at most (RFC 1001, 14.1; the
// sixteenth tells what kind it is of).
const maxNetBIOS = 15

// sambaName is the name that Samba writes, letter by letter, where Windows has a
// random identity. Sixteen letters are no name: programs that play a server put them
// there.
func sambaName(guid string) string {
	if name := spelled(guid); len(name) <= maxNetBIOS {
		return name
	}
	return ""
}

// spelled is the word of at least two letters that an identity consists of.
func spelled(guid string) string {
	p := strings.Split(guid, "-")
	if len(p) != 5 {
		return ""
	}
	b, err := hex.DecodeString(p[0] + p[1] + p[2] + p[3] + p[4])
	if err != nil || len(b) != 16 {
		return ""
	}
	b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7] = b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]
	name := strings.TrimRight(string(b), "\x00")
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return ""
		}
	}
	if len(name) < 2 {
		return ""
	}
	return name
}
