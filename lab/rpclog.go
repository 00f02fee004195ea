package main

import (
	"regexp"
	"strconv"
	"strings"

	"lazaret/lab/truth"
)

// What Samba's clients say about the calls they make: with -d 10 they print
// each one as their generated code packs and unpacks it.

var (
	traceBegins = regexp.MustCompile(`^     ([a-z]+)_(\w+): struct (\w+)$`)
	traceIn     = regexp.MustCompile(`^        in: struct (\w+)$`)
	traceOut    = regexp.MustCompile(`^        out: struct (\w+)$`)
	traceOpnum  = regexp.MustCompile(`^            opnum +: 0x[0-9a-f]+ \((\d+)\)$`)
	traceResult = regexp.MustCompile(`^            result +: (\S+)(?: \((\d+)\))?`)
	traceText   = regexp.MustCompile(`^ +(\w+) +: '([^']+)'$`)
	tracePort   = regexp.MustCompile(`^Connecting to \S+ at port (\d+)$`)
	traceFault  = regexp.MustCompile(`RPC fault code (\w+)`)
)

// traceInterfaces are the interfaces whose generated code has another prefix.
func traceInterfaces() map[string]string {
	return map[string]string{"lsa": "lsarpc", "epm": "epmapper", "netr": "netlogon"}
}

// traceWords are the arguments that the truth keeps, by Samba's names.
func traceWords() map[string]string {
	return map[string]string{"ServiceName": "service", "servicename": "service", "binary_path": "path", "share_name": "share", "keyname": "key"}
}

// rpcTrace reads the calls from what a client of Samba printed. base has what
// the script knows: who, whom, over what, at which level.
func rpcTrace(out string, base truth.RPCCall) (all []truth.RPCCall) {
	var c *truth.RPCCall
	inside, prefix := false, ""
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		if m := traceBegins.FindStringSubmatch(line); m != nil {
			prefix = m[1]
		} else if m := traceIn.FindStringSubmatch(line); m != nil && strings.HasPrefix(m[1], prefix+"_") {
			n := base
			n.Interface, n.Operation = prefix, strings.TrimPrefix(m[1], prefix+"_")
			if name := traceInterfaces()[prefix]; name != "" {
				n.Interface = name
			}
			if n.Interface == "epmapper" && n.Transport == "tcp" {
				n.Level, n.Sealed = "none", false // the client asks it in clear
			}
			n.Words, n.Count, n.Outcome, n.Opnum = map[string]string{}, 1, "fault", -1
			all = append(all, n)
			c, inside = &all[len(all)-1], true
		} else if m := traceOpnum.FindStringSubmatch(line); m != nil && c != nil && c.Opnum < 0 {
			c.Opnum, _ = strconv.Atoi(m[1]) // digits by the expression
			inside = false
		} else if traceOut.MatchString(line) && c != nil {
			c.Outcome, inside = "ok", false
		} else if m := traceResult.FindStringSubmatch(line); m != nil && c != nil && c.Outcome == "ok" {
			c.Code = m[1]
			if m[1] != "WERR_OK" && m[1] != "NT_STATUS_OK" && m[2] != "0" {
				c.Outcome = "error"
			}
		} else if m := tracePort.FindStringSubmatch(line); m != nil && base.Transport == "tcp" {
			base.Port, _ = strconv.Atoi(m[1])
		} else if m := traceFault.FindStringSubmatch(line); m != nil && c != nil {
			c.Code = m[1]
		} else if m := traceText.FindStringSubmatch(line); m != nil && c != nil && inside {
			if w := traceWords()[m[1]]; w != "" {
				c.Words[w] = m[2]
			}
		}
	}
	return all
}
