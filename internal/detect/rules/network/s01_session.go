package network

import (
	"strconv"
	"strings"
	"time"

	"lazaret/internal/detect"
	"lazaret/internal/detect/recent"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/ssh"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/wsman"
	"lazaret/internal/sessions"
	"lazaret/internal/trace"
)

// s1 is a person's session on a device of care: a desktop, a screen, a shell. Between other
// machines it is nobody's business here. What devices are for is known at the end, so each
// session is remembered until then, one finding for each way and outcome between two.
var s1 = &detect.Behaviour{
	Rule: detect.Rule{
		ID: "S1", Engine: "behaviour",
		Title: "Interactive session into a device of care",
		Why:   "Modalities and archives are worked on by their makers' service and by few of the house; old passwords of service are known to everybody. Whoever has a shell or the screen of such a device can change what it does to patients.",
		Innocent: []string{"A maker's service by his gateway, in his window: allow it by its host and account or service (shell, screen, winrm).",
			"An administrator of the house: who opened sessions on other machines before counts as one.",
			"A modality's second console, or remote operation of a scanner, on the maker's own desktop."},
		Attack:     []string{"T1021.001", "T1021.004", "T1021.005", "T1133"},
		Severity:   detect.Medium,
		Confidence: 0.7,
		Basis:      "CISA ICSMA-18-037-02, 18-123-01, 20-343-01 (default and hard-coded accounts of imaging devices); MITRE ATT&CK T1021",
		Numbers: []detect.Number{
			{Name: "memory", Value: 604_800, Min: 3600, Unit: "seconds", Doc: "in which sessions between the same two are counted together", Basis: "proposal"},
			{Name: "administers", Value: 3, Min: 2, Unit: "hosts", Doc: "on which a machine had sessions before, from which on it counts as an administrator's", Basis: "proposal"},
		},
	},
	Wants: []*event.Schema{rdp.Schema, rfb.Schema, ssh.Schema, telnet.Schema, wsman.Schema, ntlm.Schema, flow.Schema},
	New: func(n detect.Numbers, report func(detect.Hit)) func(*event.Record) {
		v := &visitors{report: report, administers: n.Int("administers"),
			count: recent.NewTable[visitKey, int](n.Seconds("memory"), maxHosts),
			hosts: recent.NewDistinct[netid.IP, netid.IP](n.Seconds("memory"), maxHosts, 32)}
		book := sessions.Follow(sessions.Config{Attempts: maxHosts}, v.ended)
		return func(r *event.Record) {
			v.r = r
			book.Add(r)
			if d, ok := r.Body.(*flow.Record); ok {
				v.byPort(d)
			}
			v.r = nil
		}
	},
}

// screens are ports of programs that show a screen elsewhere and that no reader knows:
// Radmin, pcAnywhere, TeamViewer, DameWare. The port alone is a weak sign.
func screens(port uint16) bool {
	return port == 4899 || port == 5631 || port == 5938 || port == 6129
}

// visitKey is what sessions are counted by.
type visitKey struct {
	from, to netid.IP
	topic    string
}

// visitors is the memory of s1. r is the record at hand.
type visitors struct {
	r           *event.Record
	report      func(detect.Hit)
	administers int
	count       *recent.Table[visitKey, int]
	hosts       *recent.Distinct[netid.IP, netid.IP]
}

// byPort takes a conversation on a port of screens whose protocol nobody knows, if both
// sides said something.
func (v *visitors) byPort(d *flow.Record) {
	c := v.r.Conn
	if c.Proto != tcp || !screens(c.Resp.Port) || d.Service != "" || outcome(d) != answered || d.OrigBytes.V == 0 || d.RespBytes.V == 0 {
		return
	}
	v.ended(sessions.End{Session: sessions.Session{Kind: "port " + sessions.Kind(strconv.Itoa(int(c.Resp.Port))), Client: c.Orig.IP, Server: c.Resp.IP,
		Outcome: sessions.Unknown, Why: "conn: port, and both sides sent", Start: v.r.TS}, Lasted: d.Duration, FromServer: d.RespBytes.V, FromClient: d.OrigBytes.V})
}

// ended takes a session at its end.
func (v *visitors) ended(e sessions.End) {
	way := byScreen
	switch e.Kind {
	case sessions.SSH, sessions.Telnet:
		way = byShell
	case sessions.WinRM:
		way = byWinRM
	case sessions.WMI, sessions.DCOM, sessions.Service, sessions.Task:
		return // others tell them
	}
	if e.Client == e.Server || !e.Server.IsUnicast() {
		return
	}
	topic := string(e.Kind) + " " + string(e.Outcome)
	key := visitKey{e.Client, e.Server, topic}
	n, again := v.count.Get(key, e.Start)
	v.count.Put(key, n+1, e.Start)
	others := v.hosts.Add(e.Client, e.Server, e.Start) - 1
	if e.Outcome == sessions.Refused {
		others = 0 // who is refused everywhere administers nothing
		v.hosts.Forget(e.Client)
	}
	h := detect.Hit{Time: e.Start, Source: e.Client, Target: e.Server, Topic: topic, Account: e.User, Service: string(way), UIDs: []string{v.r.Conn.UID},
		Facts: detect.FactsOf(v.r, "service", "conn_state"), Judge: v.judge(e, others)}
	h.Facts = append(h.Facts, detect.Fact{Field: "why", Value: e.Why}, counted("sessions of this kind and outcome", n+1),
		detect.Fact{Field: "lasted", Value: time.Duration(e.Lasted).Round(time.Millisecond).String()},
		detect.Fact{Field: "bytes to and from the device", Value: strconv.FormatUint(e.FromClient, 10) + ", " + strconv.FormatUint(e.FromServer, 10)})
	if e.User != "" {
		h.Facts = append(h.Facts, detect.Fact{Field: "account", Value: e.User, Class: event.Account})
	}
	if !again {
		h.Facts = append(h.Facts, detect.Fact{Field: "first of them", Value: e.Start.Std().Format(time.DateTime)})
	}
	if no, ok := v.count.Get(visitKey{e.Client, e.Server, string(e.Kind) + " " + string(sessions.Refused)}, e.Start); ok && e.Outcome != sessions.Refused {
		h.Facts = append(h.Facts, counted("refused before", no))
	}
	if h.Reach = trace.Entered; e.Outcome == sessions.Refused || e.Outcome == sessions.Unknown {
		h.Reach = trace.Touched
	}
	switch e.Outcome {
	case sessions.Likely:
		h.Confidence = 0.6
	case sessions.Unknown:
		h.Confidence = 0.5
	}
	v.report(h)
}

// judge weighs a session at the end, when it is known what the machines are for.
func (v *visitors) judge(e sessions.End, others int) func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
	outside, manages := elsewhere(e.Server, e.Client), others >= v.administers
	return func(f *detect.Finding, source, target roles.Role) (detect.Severity, string) {
		if !cares(target) {
			return detect.None, ""
		}
		s, why := weighVisit(source, target, outside, manages)
		switch {
		case strings.HasSuffix(f.Topic, string(sessions.Refused)):
			return detect.Low, "it was refused"
		case strings.HasSuffix(f.Topic, string(sessions.Unknown)) && s > detect.Low:
			return s - 1, why + "; whether it was let in is not known"
		}
		return s, why
	}
}

// cares reports the roles that are devices of care: also those that read and judge images.
func cares(r roles.Role) bool {
	return r.Care() || r == roles.Workstation || r == roles.DoseAI || r == roles.DICOMPrinter
}

// weighVisit says how grave a session is that was let in.
func weighVisit(source, target roles.Role, outside, manages bool) (detect.Severity, string) {
	server := source == roles.Server || source == roles.DomainController || source == roles.FileServer || source == roles.DNSDHCP || source == roles.Database
	switch {
	case outside:
		return detect.High, "it comes from outside, past any gateway"
	case source == roles.VendorGateway:
		return detect.Low, "a maker's gateway is there for it; allow it in its window"
	case source.Modality():
		return detect.High, "a modality logs in nowhere"
	case target.Modality() && (server || manages || source.Care()):
		return detect.Medium, "servers and administrators of the house may do so"
	case target.Modality():
		return detect.High, "a machine of the role " + string(source) + " has no business on a modality"
	case server || manages || source.Care():
		return detect.Low, "servers and administrators look after it"
	}
	return detect.Medium, "a machine of the role " + string(source) + " on one of the role " + string(target)
}
