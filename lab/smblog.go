package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// What smbd's own log says about a visit: the commands with their statuses,
// the dialect, and who proved to be whom.

// smbdLogs is the log level that smbAccount needs.
const smbdLogs = "3 smb2:10 auth_json_audit:4"

var (
	smb2Asked   = regexp.MustCompile(`^smbd_smb2_request_dispatch: opcode\[([A-Z0-9_]+)\] mid = (\d+)`)
	smb2Done    = regexp.MustCompile(`^smbd_smb2_request_done_ex: mid \[(\d+)\] idx\[\d+\] status\[([A-Z0-9_]+)\]`)
	smb1Asked   = regexp.MustCompile(`^switch message (SMB\w+) `)
	smb1Refused = regexp.MustCompile(`error packet at .* cmd=\d+ \((SMB\w+)\) (\w+)`)
	dialectLine = regexp.MustCompile(`(?m)^Selected protocol (.*)$`)
)

// smbCommands counts the requests in a piece of smbd's log. A request whose
// answer the log does not show (CANCEL has none) has the status "".
func smbCommands(log string) []truth.SMBCommand {
	var all []truth.SMBCommand
	waiting := map[string][]int{}
	last := map[string]int{}
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if m := smb2Asked.FindStringSubmatch(line); m != nil {
			waiting[m[2]] = append(waiting[m[2]], len(all))
			all = append(all, truth.SMBCommand{Command: m[1], Count: 1})
		} else if m := smb2Done.FindStringSubmatch(line); m != nil {
			if w := waiting[m[1]]; len(w) > 0 {
				all[w[0]].Status, waiting[m[1]] = m[2], w[1:]
			}
		} else if m := smb1Asked.FindStringSubmatch(line); m != nil {
			last[m[1]] = len(all)
			all = append(all, truth.SMBCommand{Command: m[1], Status: "NT_STATUS_OK", Count: 1})
		} else if m := smb1Refused.FindStringSubmatch(line); m != nil {
			if i, ok := last[m[1]]; ok {
				all[i].Status = m[2]
			}
		}
	}
	slices.SortFunc(all, func(a, b truth.SMBCommand) int {
		return strings.Compare(a.Command+" "+a.Status, b.Command+" "+b.Status)
	})
	var folded []truth.SMBCommand
	for _, c := range all {
		if n := len(folded); n > 0 && folded[n-1].Command == c.Command && folded[n-1].Status == c.Status {
			folded[n-1].Count++
			continue
		}
		folded = append(folded, c)
	}
	return folded
}

// smbDialect is the dialect that smbd chose last.
func smbDialect(log string) string {
	m := dialectLine.FindAllStringSubmatch(log, -1)
	if len(m) == 0 {
		return ""
	}
	return map[string]string{"NT LANMAN 1.0": "NT1", "NT LM 0.12": "NT1", "SMB2_02": "2.02", "SMB2_10": "2.10", "SMB3_00": "3.00", "SMB3_02": "3.02", "SMB3_11": "3.11"}[strings.TrimSpace(m[len(m)-1][1])]
}

// smbLogons are the log-ins in a piece of smbd's log.
func smbLogons(log string) (all []truth.Logon, err error) {
	for line := range strings.Lines(log) {
		if !strings.HasPrefix(line, `{"timestamp"`) {
			continue
		}
		var a struct {
			Type           string
			Authentication struct {
				Status, ServiceDescription, ClientDomain, ClientAccount, Workstation, PasswordType string
			}
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			return nil, fmt.Errorf("%w in %s", err, line)
		}
		if a.Type != "Authentication" {
			continue
		}
		b := a.Authentication
		n := truth.Logon{Kind: "ntlm", Carrier: strings.ToLower(b.ServiceDescription), User: b.ClientAccount, Domain: b.ClientDomain,
			Workstation: b.Workstation, Outcome: b.Status, Count: 1, Proto: "tcp", Port: 445}
		if n.Carrier == "smb" {
			n.Carrier = "smb1"
		}
		if n.Outcome == "NT_STATUS_OK" {
			n.Outcome = "granted"
		}
		all = append(all, n)
	}
	return all, nil
}

// quiet returns what the peer wrote after the first n bytes, once it has
// written nothing for 400 ms.
func (p *Proc) quiet(n int) string {
	size := -1
	for range 50 {
		out := p.output()
		if len(out) == size && size > n {
			return out[n:]
		}
		size = len(out)
		time.Sleep(400 * time.Millisecond)
	}
	return p.output()[n:]
}

// visited notes a session with smbd: v as the script knows it, the rest from
// the log since it began.
func (l *Lab) visited(v truth.SMBVisit, smbd *Proc, from int) error {
	log := smbd.quiet(from)
	v.Commands = smbCommands(log)
	for i, c := range v.Commands {
		// The process that gets a connection handed over logs its negotiation
		// again.
		if c.Command == "SMB2_OP_NEGPROT" && v.Connections > 1 {
			v.Commands[i].Count = v.Connections
		}
	}
	if len(v.Commands) == 0 {
		return fmt.Errorf("%s logged nothing about %s: %q", smbd.name, v.Detail, tail(log, 500))
	}
	if got := smbDialect(log); v.Dialect == "" {
		v.Dialect = got
	} else if got != v.Dialect {
		return fmt.Errorf("%s: dialect %q, want %q", v.Detail, got, v.Dialect)
	}
	logons, err := smbLogons(log)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth.SMB = append(l.truth.SMB, v)
	for _, n := range logons {
		n.Client, n.Server = v.Client, v.Server
		l.truth.Logons = append(l.truth.Logons, n)
	}
	return nil
}
