package alerts

import (
	"io"
	"strings"

	"lazaret/internal/report"
	"lazaret/internal/report/attack"
)

// ecsVersion is the release of the Elastic Common Schema that the field names are of.
const ecsVersion = "8.17.0"

// ecsSeverity are the scores that Elastic gives to its own words for severities, from
// info to critical.
var ecsSeverity = [5]int{1, 21, 47, 73, 99}

// ecsAlert is a finding with the field names of ECS; what ECS has no name for is under
// lazaret.
type ecsAlert struct {
	Timestamp   string      `json:"@timestamp"`
	Message     string      `json:"message"`
	ECS         ecsRelease  `json:"ecs"`
	Event       ecsEvent    `json:"event"`
	Observer    ecsObserver `json:"observer"`
	Rule        ecsRule     `json:"rule"`
	Threat      *ecsThreat  `json:"threat,omitempty"`
	Source      *ecsPeer    `json:"source,omitempty"`
	Destination *ecsPeer    `json:"destination,omitempty"`
	Network     *ecsNetwork `json:"network,omitempty"`
	User        *ecsUser    `json:"user,omitempty"`
	Related     ecsRelated  `json:"related"`
	Lazaret     ecsOurs     `json:"lazaret"`
}

type ecsRelease struct {
	Version string `json:"version"`
}

type ecsEvent struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Category []string `json:"category"`
	Type     []string `json:"type"`
	Module   string   `json:"module"`
	Dataset  string   `json:"dataset"`
	Severity int      `json:"severity"`
	Reason   string   `json:"reason,omitempty"`
	Start    string   `json:"start"`
	End      string   `json:"end"`
}

type ecsObserver struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Type    string `json:"type"`
	Version string `json:"version,omitempty"`
}

type ecsRule struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Ruleset     string `json:"ruleset,omitempty"`
	Reference   string `json:"reference,omitempty"`
}

type ecsThreat struct {
	Framework string        `json:"framework"`
	Technique *ecsTechnique `json:"technique,omitempty"`
	Tactic    *ecsNamed     `json:"tactic,omitempty"`
}

// ecsNamed are ids with their names, place by place.
type ecsNamed struct {
	ID        []string `json:"id"`
	Name      []string `json:"name,omitempty"`
	Reference []string `json:"reference,omitempty"`
}

type ecsTechnique struct {
	ecsNamed
	Sub *ecsNamed `json:"subtechnique,omitempty"`
}

type ecsPeer struct {
	Address string `json:"address,omitempty"`
	IP      string `json:"ip,omitempty"`
	Port    uint16 `json:"port,omitempty"`
	MAC     string `json:"mac,omitempty"` // RFC 7042: capitals and hyphens
}

type ecsNetwork struct {
	Transport string `json:"transport,omitempty"`
}

// ecsUser has the first account that speaks for the finding, in ECS's field for users
// in anonymized form.
type ecsUser struct {
	Hash string `json:"hash"`
}

type ecsRelated struct {
	IP   []string `json:"ip,omitempty"`
	User []string `json:"user,omitempty"` // keyed marks
	Hash []string `json:"hash,omitempty"`
}

type ecsOurs struct {
	Severity   string    `json:"severity"`
	Reason     string    `json:"severity_reason,omitempty"`
	Confidence float64   `json:"confidence"`
	Count      int       `json:"count"`
	Topic      string    `json:"topic,omitempty"`
	Source     *ecsHost  `json:"source,omitempty"`
	Target     *ecsHost  `json:"target,omitempty"`
	Evidence   []ecsFact `json:"evidence,omitempty"`
	Innocent   []string  `json:"innocent,omitempty"`
	UIDs       []string  `json:"uids,omitempty"`
}

type ecsHost struct {
	Device string `json:"device,omitempty"`
	Role   string `json:"role"`
	Vendor string `json:"vendor,omitempty"` // of the network card, if the address is not known
}

type ecsFact struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

func writeECS(w io.Writer, d *report.Document) error {
	return lines(w, d, func(f *report.Finding) any { return newECS(f, d.Version) })
}

func newECS(f *report.Finding, version string) *ecsAlert {
	from, to := ports(f)
	a := &ecsAlert{
		Timestamp: f.Time, Message: summary(f), ECS: ecsRelease{ecsVersion},
		Event: ecsEvent{ID: ID(f), Kind: "alert", Category: []string{"intrusion_detection", "network"}, Type: []string{"info"},
			Module: "lazaret", Dataset: "lazaret.findings", Severity: gravity(f, ecsSeverity), Reason: f.Why, Start: f.Time, End: f.Last},
		Observer: ecsObserver{"Lazaret", "Lazaret", "ids", version},
		Rule:     ecsRule{ID: f.Rule, Name: f.Title, Description: f.Why, Ruleset: f.Engine},
		Threat:   newThreat(f.Attack), Source: newPeer(&f.Source, from), Destination: newPeer(&f.Target, to),
		Lazaret: ecsOurs{Severity: f.Severity, Reason: f.Reason, Confidence: f.Confidence, Count: f.Count, Topic: f.Topic,
			Source: newHost(&f.Source), Target: newHost(&f.Target), Innocent: f.Innocent, UIDs: f.UIDs},
	}
	if f.Engine == "yara" {
		a.Event.Category[1] = "malware"
	}
	if i := firstKnown(f.Attack); i >= 0 {
		a.Rule.Reference = attack.Page(f.Attack[i])
	}
	if t := transport(f.Conn.Proto); t != "" {
		a.Network = &ecsNetwork{t}
	}
	for _, ip := range []string{address(f.Source.Address), address(f.Target.Address)} {
		if ip != "" {
			a.Related.IP = addOnce(a.Related.IP, ip)
		}
	}
	if a.Related.User = marks(f); len(a.Related.User) > 0 {
		a.User = &ecsUser{a.Related.User[0]}
	}
	for _, e := range f.Evidence {
		a.Lazaret.Evidence = append(a.Lazaret.Evidence, ecsFact{e.Field, e.Value})
		if isHash(e) {
			a.Related.Hash = addOnce(a.Related.Hash, strings.ToLower(e.Value))
		}
	}
	return a
}

func firstKnown(ids []string) int {
	for i, id := range ids {
		if _, ok := attack.Known(id); ok {
			return i
		}
	}
	return -1
}

// newThreat sorts techniques: ECS keeps those that are part of another apart.
func newThreat(ids []string) *ecsThreat {
	t := &ecsThreat{Framework: "MITRE ATT&CK"}
	var main, sub ecsNamed
	for _, id := range ids {
		if !attack.WellFormed(id) {
			continue
		}
		main.add(attack.Parent(id))
		if id != attack.Parent(id) {
			sub.add(id)
		}
	}
	if len(main.ID) == 0 {
		return nil
	}
	t.Technique = &ecsTechnique{ecsNamed: main}
	if len(sub.ID) > 0 {
		t.Technique.Sub = &sub
	}
	for _, x := range attack.TacticsOf(ids) {
		if t.Tactic == nil {
			t.Tactic = &ecsNamed{}
		}
		t.Tactic.ID, t.Tactic.Name = append(t.Tactic.ID, x.ID), append(t.Tactic.Name, x.Name)
		t.Tactic.Reference = append(t.Tactic.Reference, attack.Site+"tactics/"+x.ID+"/")
	}
	return t
}

// add adds a technique once. One without a known name goes by its id, so that names stay
// at the places of their ids.
func (n *ecsNamed) add(id string) {
	before := len(n.ID)
	if n.ID = addOnce(n.ID, id); len(n.ID) == before {
		return
	}
	called := attack.Name(id)
	if called == "" {
		called = id
	}
	n.Name, n.Reference = append(n.Name, called), append(n.Reference, attack.Page(id))
}

func newPeer(p *report.Party, port uint16) *ecsPeer {
	if p.Address == "" && p.MAC == "" {
		return nil
	}
	return &ecsPeer{MAC: strings.ToUpper(strings.ReplaceAll(p.MAC, ":", "-")), Address: p.Address, IP: address(p.Address), Port: port}
}

func newHost(p *report.Party) *ecsHost {
	if p.Address == "" && p.MAC == "" {
		return nil
	}
	return &ecsHost{Device: p.Device, Role: string(p.Role), Vendor: p.Vendor}
}

// isHash says whether a fact is a hash by which systems look for files or clients: by the
// name of its field and by its length.
func isHash(e report.Evidence) bool {
	_, field, _ := strings.Cut(e.Field, ".")
	size := map[string]int{"md5": 32, "sha1": 40, "sha256": 64, "imphash": 32, "ja3": 32, "ja3s": 32}[field]
	return size > 0 && len(e.Value) == size && strings.Trim(e.Value, "0123456789abcdefABCDEF") == ""
}
