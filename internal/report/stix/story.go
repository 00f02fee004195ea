package stix

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"lazaret/internal/report"
	"lazaret/internal/report/attack"
)

// story writes one incident.
type story struct {
	*writer
	x              *report.Incident
	first, last    string
	site, malware  string
	campaign       string
	refs           []string          // of the grouping
	links          []string          // relationships and sightings
	patterns       map[string]string // techniques to their objects
	infrastructure map[string]string // addresses to theirs
	seen           map[int]string    // findings to what was observed of them
}

// add puts an object of this incident.
func (s *story) add(x *object) string {
	x.CreatedBy, x.Markings = s.maker, []string{markings[s.o.TLP]}
	if x.Created == "" {
		x.Created, x.Modified = s.first, s.last
	}
	s.refer(x)
	return x.ID
}

// note puts something observed.
func (s *story) note(x *object) string {
	x.Markings = []string{markings[s.o.TLP]}
	s.refer(x)
	return x.ID
}

func (s *story) refer(x *object) {
	s.put(x)
	list := &s.refs
	if x.Type == "relationship" || x.Type == "sighting" {
		list = &s.links
	}
	if !slices.Contains(*list, x.ID) {
		*list = append(*list, x.ID)
	}
}

func (s *story) id(kind string, parts ...string) string {
	return own(kind, append([]string{s.x.ID, s.x.First, fmt.Sprint(s.o.Share), s.o.TLP}, parts...)...)
}

func (s *story) relate(source, word, target, why string) {
	if source != "" && target != "" {
		s.add(&object{Type: "relationship", ID: s.id("relationship", source, word, target), Relation: word, Source: source, Target: target, Description: plain(why)})
	}
}

func (s *story) write() {
	s.first = cmp.Or(stamp(s.x.First), begin)
	s.last = max(stamp(s.x.Last), s.first)
	s.patterns, s.infrastructure, s.seen = map[string]string{}, map[string]string{}, map[int]string{}
	s.site = own("identity", "site", cmp.Or(s.o.Site, s.x.ID+s.x.First))
	s.put(&object{Type: "identity", ID: s.site, Created: begin, Modified: begin, CreatedBy: s.maker, Markings: []string{markings[s.o.TLP]},
		Name: "A hospital", Description: "Where it was seen; its name is not part of this.", Class: "organization", Sectors: []string{"healthcare"}})
	s.techniques()
	s.acts()
	if !s.o.Share {
		s.devices()
		s.observations()
	}
	s.indicators()
	if !s.o.Share {
		s.advice()
	}
	s.close()
}

// techniques writes what the findings name of ATT&CK.
func (s *story) techniques() {
	for _, id := range s.x.Attack {
		if !attack.WellFormed(id) {
			continue
		}
		p := &object{Type: "attack-pattern", ID: s.id("attack-pattern", id), Name: cmp.Or(attack.Name(id), id),
			External: []external{{"mitre-attack", id, attack.Page(id)}}}
		for _, t := range attack.TacticsOf([]string{id}) {
			p.KillChain = append(p.KillChain, phase{"mitre-attack", strings.ReplaceAll(strings.ToLower(t.Name), " ", "-")})
		}
		s.patterns[id] = s.add(p)
	}
}

// acts writes what is known of who did it: that it was one course of acts, if a device was
// likely taken over, and that a program was copied, if one was.
func (s *story) acts() {
	if len(s.x.Infected) > 0 {
		s.campaign = s.add(&object{Type: "campaign", ID: s.id("campaign"), Name: "Incident " + plain(s.x.ID), Description: plain(s.x.Title) + ". Who is behind it is not known.",
			FirstSeen: s.first, LastSeen: s.last})
		for _, id := range slices.Sorted(maps.Keys(s.patterns)) {
			s.relate(s.campaign, "uses", s.patterns[id], "")
		}
	}
	var samples []string
	for _, i := range s.x.Indicators {
		if i.Kind == "sha256" && digest("sha256", i.Value) && i.Finding < len(s.d.Findings) && s.copied(&s.d.Findings[i.Finding]) {
			samples = append(samples, s.file(i.Value, ""))
		}
	}
	if len(samples) > 0 {
		family := false
		s.malware = s.add(&object{Type: "malware", ID: s.id("malware"), Name: "Unidentified program", Family: &family, MalwareTypes: []string{"unknown"}, SampleRefs: samples,
			Description: "A program that was copied between machines. Which family it is of is not known.", FirstSeen: s.first, LastSeen: s.last})
		s.relate(s.campaign, "uses", s.malware, "")
	}
}

// copied says whether a finding is of a program that went from one machine to another.
func (s *story) copied(f *report.Finding) bool {
	return slices.Contains(f.Attack, "T1570") || slices.Contains(f.Attack, "T1021.002") || slices.Contains(f.Attack, "T1105")
}

// file puts a file by its hash or its name.
func (s *story) file(sha256, name string) string {
	x, by := &object{Type: "file"}, map[string]any{}
	if sha256 != "" {
		x.Hashes = map[string]string{"SHA-256": sha256}
		by["hashes"] = x.Hashes
	}
	if name = plain(name); name != "" {
		x.Name, by["name"] = name, name
	}
	x.ID = observed("file", by)
	return s.note(x)
}

// address puts one, and gives back nothing for a text that is none.
func (s *story) address(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	kind := "ipv4-addr"
	if a.Is6() {
		kind = "ipv6-addr"
	}
	text = a.WithZone("").String()
	return s.note(&object{Type: kind, ID: observed(kind, map[string]any{"value": text}), Value: text})
}

// devices writes who is likely infected, and who infected whom.
func (s *story) devices() {
	spread := map[string]bool{}
	for _, e := range s.x.Tree {
		spread[e.Source.Address] = true
	}
	for _, i := range s.x.Infected {
		a := i.Device.Address
		var types []string
		switch i.Device.Role {
		case "workstation", "registration-desk":
			types = []string{"workstation"}
		case "router", "switch":
			types = []string{"routers-switches"}
		}
		if spread[a] {
			types = append(types, "hosting-malware")
		}
		if types == nil {
			types = []string{"undefined"}
		}
		id := s.add(&object{Type: "infrastructure", ID: s.id("infrastructure", a), Name: plain(fmt.Sprintf("%s %s", i.Device.Role, a)), InfraTypes: types,
			Description: fmt.Sprintf("Taken over with probability %.2f; likely at %s.", i.Probability, i.Median), Confidence: percent(i.Probability)})
		s.infrastructure[a] = id
		s.relate(id, "consists-of", s.address(a), "")
		s.relate(s.campaign, "compromises", id, "")
		if spread[a] {
			s.relate(id, "hosts", s.malware, "")
		}
	}
	for _, e := range s.x.Tree {
		from, to := s.infrastructure[e.Source.Address], s.infrastructure[e.Target.Address]
		s.relate(from, "communicates-with", to, fmt.Sprintf("infected it with probability %.2f (%s): %s", e.Probability, e.Grade, e.Evidence.Title))
	}
	for _, e := range s.x.Entry {
		if id := s.infrastructure[e.Device.Address]; id != "" {
			s.add(&object{Type: "note", ID: s.id("note", "entry", e.Device.Address), Abstract: "Where it may have come in",
				Content: fmt.Sprintf("It came in here with probability %.2f.", e.Probability), ObjectRefs: []string{id}})
		}
	}
}

// observations writes what was seen on the wire for each finding.
func (s *story) observations() {
	for _, n := range s.x.Findings {
		if n >= len(s.d.Findings) {
			continue
		}
		f := &s.d.Findings[n]
		var refs []string
		add := func(id string) {
			if id != "" && !slices.Contains(refs, id) {
				refs = append(refs, id)
			}
		}
		from, to := s.address(f.Source.Address), s.address(f.Target.Address)
		add(from)
		add(to)
		if mac := strings.ToLower(f.SourceMAC); mac != "" {
			add(s.note(&object{Type: "mac-addr", ID: observed("mac-addr", map[string]any{"value": mac}), Value: mac}))
		}
		if f.Conn.UID != "" {
			for _, ref := range s.traffic(&f.Conn) {
				add(ref)
			}
		}
		for _, ref := range s.files(f) {
			add(ref)
		}
		if outer := s.infrastructure[f.Source.Address]; outer != "" && to != "" && slices.ContainsFunc(s.x.Indicators, func(i report.Indicator) bool { return i.Kind == "address" && i.Value == f.Target.Address }) {
			s.relate(outer, "communicates-with", to, f.Title)
		}
		if len(refs) == 0 {
			continue
		}
		first := cmp.Or(stamp(f.Time), s.first)
		s.seen[n] = s.add(&object{Type: "observed-data", ID: s.id("observed-data", f.Rule, f.Topic, f.Time, f.Source.Address, f.SourceMAC, f.Target.Address), First: first, Last: max(stamp(f.Last), first),
			Number: min(max(f.Count, 1), 999999999), ObjectRefs: refs, Labels: []string{"rule-" + strings.ToLower(plain(f.Rule))}})
	}
}

// traffic puts a conversation with its ends.
func (s *story) traffic(c *report.Connection) []string {
	from, to := s.address(c.Orig.IP.String()), s.address(c.Resp.IP.String())
	version := "ipv6"
	if c.Orig.IP.Is4() {
		version = "ipv4"
	}
	x := &object{Type: "network-traffic", SrcRef: from, DstRef: to, Protocols: []string{version}}
	by := map[string]any{"src_ref": from, "dst_ref": to}
	switch c.Proto {
	case 6, 17:
		x.Protocols = append(x.Protocols, map[uint8]string{6: "tcp", 17: "udp"}[c.Proto])
		source, target := int(c.Orig.Port), int(c.Resp.Port)
		x.SrcPort, x.DstPort = &source, &target
		by["src_port"], by["dst_port"] = source, target
	case 1:
		x.Protocols = append(x.Protocols, "icmp")
	case 58:
		x.Protocols = append(x.Protocols, "icmp6")
	}
	by["protocols"] = x.Protocols
	x.ID = observed(x.Type, by)
	return []string{from, to, s.note(x)}
}

// files puts the programs of a finding with their hashes, and the names that it asked for.
func (s *story) files(f *report.Finding) []string {
	var out []string
	for _, e := range f.Evidence {
		switch {
		case e.Account:
		case e.Field == "files.sha256" && digest("sha256", e.Value):
			out = append(out, s.file(strings.ToLower(e.Value), ""))
		case e.Field == "dns.query" && s.has("domain", strings.TrimSuffix(strings.ToLower(e.Value), ".")):
			v := strings.TrimSuffix(strings.ToLower(e.Value), ".")
			out = append(out, s.note(&object{Type: "domain-name", ID: observed("domain-name", map[string]any{"value": v}), Value: v}))
		}
	}
	return out
}

func (s *story) has(kind, value string) bool {
	return slices.ContainsFunc(s.x.Indicators, func(i report.Indicator) bool { return i.Kind == kind && i.Value == value })
}

// indicators writes by what the intruder is found, and that it was seen here.
func (s *story) indicators() {
	for _, i := range s.x.Indicators {
		p := pattern(i.Kind, i.Value)
		if p == "" || i.Finding >= len(s.d.Findings) {
			continue
		}
		f := &s.d.Findings[i.Finding]
		first := cmp.Or(stamp(f.Time), s.first)
		id := s.add(&object{Type: "indicator", ID: s.id("indicator", p), Name: plain(i.Kind + " " + i.Value), Description: plain(f.Title + ": " + i.Detail), Types: []string{"malicious-activity"},
			Pattern: p, PatternType: "stix", PatternVer: "2.1", ValidFrom: first, Confidence: percent(f.Confidence)})
		for _, t := range f.Attack {
			s.relate(id, "indicates", s.patterns[t], "")
		}
		switch i.Kind {
		case "sha256", "sha1", "md5", "imphash", "tlsh":
			s.relate(id, "indicates", s.malware, "")
		}
		count := min(max(f.Count, 1), 999999999)
		sighting := &object{Type: "sighting", ID: s.id("sighting", id), SightingOf: id, WhereRefs: []string{s.site}, FirstSeen: first, LastSeen: max(stamp(f.Last), first), Count: &count}
		if at := s.seen[i.Finding]; at != "" {
			sighting.ObservedRefs = []string{at}
		}
		s.add(sighting)
	}
}

// advice writes what to do.
func (s *story) advice() {
	for n, a := range s.x.Advice {
		id := s.add(&object{Type: "course-of-action", ID: s.id("course-of-action", fmt.Sprint(n), a.Do), Name: plain(a.Do), Description: plain(a.Why)})
		if s.malware != "" {
			s.relate(id, "mitigates", s.malware, "")
			continue
		}
		for _, t := range slices.Sorted(maps.Keys(s.patterns)) {
			s.relate(id, "mitigates", s.patterns[t], "")
		}
	}
}

// close writes what holds it all together.
func (s *story) close() {
	text := plain(s.x.Title) + ". " + s.counts()
	if len(s.refs) == 0 {
		s.refs = []string{s.site}
	}
	slices.Sort(s.refs)
	slices.Sort(s.links)
	members := slices.Concat(s.refs, s.links)
	s.add(&object{Type: "grouping", ID: s.id("grouping"), Name: "Incident " + plain(s.x.ID), Description: text, Context: "suspicious-activity", ObjectRefs: members})
	types := []string{"threat-report"}
	if len(s.x.Indicators) > 0 {
		types = append(types, "indicator")
	}
	id := s.add(&object{Type: "report", ID: s.id("report"), Name: "Incident " + plain(s.x.ID) + ": " + plain(s.x.Title), Description: text, ReportTypes: types, Published: s.last,
		ObjectRefs: append([]string{s.id("grouping"), s.site}, members...)})
	s.add(&object{Type: "note", ID: s.id("note", "blind"), Abstract: "What could not be seen", Content: s.blind(), ObjectRefs: []string{id}})
}

// counts says in numbers what is known, without anything of the site.
func (s *story) counts() string {
	text := fmt.Sprintf("Severity %s, %d devices likely taken over, %d more at risk, %d steps between devices, from %s to %s.",
		plain(s.x.Severity), len(s.x.Infected), len(s.x.AtRisk), len(s.x.Tree), s.first, s.last)
	if a := &s.x.Exposure.Whole.All; a.Patients.Count > 0 || a.Studies.Count > 0 {
		text += fmt.Sprintf(" The devices had to do with %d patients and %d studies.", a.Patients.Count, a.Studies.Count)
	}
	return text
}

// blind lists what could not be seen; details of an incident may name devices, so a shared
// bundle has the reasons alone.
func (s *story) blind() string {
	var lines []string
	for _, x := range s.x.Blind {
		line := fmt.Sprintf("%s (%d devices)", x.Reason, len(x.Devices))
		if !s.o.Share {
			line = x.Reason + ": " + x.Detail
		}
		lines = append(lines, plain(line))
	}
	for _, x := range s.d.Blind {
		lines = append(lines, plain(fmt.Sprintf("%s: %d %s", x.Reason, x.Count, x.Unit)))
	}
	if len(lines) == 0 {
		return "Nothing that is known of. A passive sensor sees only what passes it."
	}
	return strings.Join(lines, "\n")
}

func percent(p float64) int { return min(max(int(p*100+0.5), 0), 100) }
