package ftp

import (
	"net/netip"
	"strconv"
	"strings"

	"lazaret/internal/netid"
)

// parseSix reads the first h1,h2,h3,h4,p1,p2 in a text (RFC 959 4.1.2 PORT, and the
// reply to PASV).
func parseSix(s string) (ip netid.IP, port uint16, ok bool) {
	for i := 0; i < len(s); i++ {
		if !digit(s[i]) || i > 0 && digit(s[i-1]) {
			continue
		}
		if v, ok := six(s[i:]); ok {
			return netid.IPv4(v[0], v[1], v[2], v[3]), uint16(v[4])<<8 | uint16(v[5]), true
		}
	}
	return ip, 0, false
}

func six(s string) (v [6]byte, ok bool) {
	for k := range v {
		n := 0
		for n < len(s) && n < 4 && digit(s[n]) {
			n++
		}
		x, err := strconv.ParseUint(s[:n], 10, 8)
		if err != nil {
			return v, false
		}
		v[k] = byte(x)
		s = s[n:]
		if k < 5 {
			if s == "" || s[0] != ',' {
				return v, false
			}
			s = strings.TrimLeft(s[1:], " ")
		}
	}
	return v, true
}

// parseExtended reads <d>protocol<d>address<d>port<d> (RFC 2428 2); in the reply to
// EPSV, where it stands in parentheses, protocol and address are empty.
func parseExtended(s string) (ip netid.IP, port uint16, ok bool) {
	if i := strings.IndexByte(s, '('); i >= 0 {
		s = s[i+1:]
	}
	if s == "" || s[0] <= ' ' || digit(s[0]) {
		return ip, 0, false
	}
	parts := strings.SplitN(s[1:], s[:1], 4)
	if len(parts) < 4 {
		return ip, 0, false
	}
	n, err := strconv.ParseUint(parts[2], 10, 16)
	if err != nil {
		return ip, 0, false
	}
	if parts[1] != "" {
		a, err := netip.ParseAddr(parts[1])
		if err != nil {
			return ip, 0, false
		}
		ip = netid.FromAddr(a)
	}
	return ip, uint16(n), true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// sizeIn reads the number of bytes that a reply names: "(1164 bytes)".
func sizeIn(s string) (uint64, bool) {
	const word = " byte"
	i := 0 // not by its small letters: those of broken text have another length
	for i+len(word) <= len(s) && !strings.EqualFold(s[i:i+len(word)], word) {
		i++
	}
	if i == 0 || i+len(word) > len(s) {
		return 0, false
	}
	k := i
	for k > 0 && digit(s[k-1]) {
		k--
	}
	if k > 0 && (s[k-1] == '.' || s[k-1] == ',') {
		return 0, false
	}
	n, err := strconv.ParseUint(s[k:i], 10, 64)
	return n, err == nil
}

// join is where a path leads from a folder: dots are resolved, the start is kept.
func join(dir, path string) string {
	if path == "" {
		return dir
	}
	if path[0] != '/' && path[0] != '\\' && (len(path) < 2 || path[1] != ':') {
		path = dir + "/" + path
	}
	parts := strings.Split(path, "/")
	out := parts[:0]
	for i, p := range parts {
		switch {
		case p == "" && i > 0, p == "." && i > 0:
		case p == ".." && len(out) == 1 && out[0] == ".":
			out[0] = ".."
		case p == ".." && len(out) > 0 && out[len(out)-1] != "..":
			if len(out) > 1 || out[0] != "" {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, p)
		}
	}
	if len(out) == 1 && out[0] == "" {
		return "/"
	}
	return strings.Join(out, "/")
}

// quoted is the path in the reply to PWD (RFC 959 appendix II): in quotes, a quote
// in it doubled.
func quoted(s string) (string, bool) {
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return "", false
	}
	j := strings.LastIndexByte(s, '"')
	if j <= i {
		return "", false
	}
	return strings.ReplaceAll(s[i+1:j], `""`, `"`), true
}
