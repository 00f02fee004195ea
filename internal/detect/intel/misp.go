package intel

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// attribute is what counts of an attribute of the MISP core format.
type attribute struct {
	Type    string          `json:"type"`
	Value   string          `json:"value"`
	UUID    string          `json:"uuid"`
	Comment string          `json:"comment"`
	Group   string          `json:"category"`
	ToIDs   json.RawMessage `json:"to_ids"`
	Deleted json.RawMessage `json:"deleted"`
	Tags    []tag           `json:"Tag"`
}

type tag struct {
	Name string `json:"name"`
}

// truth reads what MISP writes as true, "1" or 1.
func truth(b json.RawMessage) bool {
	s := strings.Trim(string(b), `"`)
	return s == "true" || s == "1" || s == "True"
}

// event reads a MISP event as a list of its own.
func (d *document) event() error {
	outer := d.l.list
	if !d.l.begin(List{File: d.l.src.Name}) {
		return d.skip()
	}
	mine := d.l.list
	err := d.object(func(key string) error {
		switch key {
		case "Attribute":
			return d.array(d.attribute)
		case "Object":
			return d.array(func() error {
				return d.object(func(key string) error {
					if key == "Attribute" {
						return d.array(d.attribute)
					}
					return d.skip()
				})
			})
		case "info":
			return d.word(func(s string) { d.l.set.lists[mine].Name = cut(s) })
		case "uuid":
			return d.word(func(s string) { d.about(mine, s) })
		case "Orgc":
			return d.object(func(key string) error {
				if key == "name" {
					return d.word(func(s string) { d.about(mine, s) })
				}
				return d.skip()
			})
		}
		return d.skip()
	})
	d.l.list = outer
	return err
}

// word reads a text, and passes over anything else.
func (d *document) word(f func(string)) error {
	t, err := d.dec.Token()
	if err != nil {
		return err
	}
	if s, ok := t.(string); ok {
		f(s)
		return nil
	}
	return d.rest(t, nil)
}

func (d *document) about(list uint32, s string) {
	at := &d.l.set.lists[list].About
	*at = cut(strings.TrimPrefix(*at+", "+s, ", "))
}

func (d *document) attribute() error {
	var a attribute
	if ok, err := d.decode(&a, "attribute of the event"); err != nil || !ok {
		return err
	}
	l := d.l
	switch {
	case truth(a.Deleted):
		l.leave("deleted")
		return nil
	case !truth(a.ToIDs):
		l.leave("not for detection (to_ids)")
		return nil
	}
	alternatives, why := mispTerms(a.Type, a.Value)
	switch {
	case why != "":
		l.fault(0, a.UUID+" ("+a.Value+")", why)
		return nil
	case len(alternatives) == 0:
		l.leave("type " + cut(a.Type))
		return nil
	}
	var tags []string
	for _, t := range a.Tags {
		tags = append(tags, t.Name)
	}
	m := meta{confidence: -1, name: a.Group, comment: a.Comment, labels: strings.Join(tags, ", "), origin: a.UUID}
	for _, all := range alternatives {
		l.take(0, a.UUID+" ("+a.Value+")", m, all[0], all[1:]...)
	}
	return nil
}

// single are the types of attributes that have one value.
var single = map[string]Kind{
	"ip-src": Address, "ip-dst": Address, "domain": Domain, "hostname": Domain, "url": URL, "uri": URL, "link": None,
	"md5": MD5, "sha1": SHA1, "sha256": SHA256, "imphash": ImpHash, "malware-sample": MD5, "filename": FileName,
	"user-agent": UserAgent, "http-user-agent": UserAgent, "ja3-fingerprint-md5": JA3, "ja3s-fingerprint-md5": JA3S,
	"ja4-fingerprint": JA4, "ja4": JA4, "hassh-md5": HASSH, "hasshserver-md5": HASSHServer,
	"x509-fingerprint-sha256": Certificate, "windows-service-name": Service,
	"email": Email, "email-src": Email, "ae-title": AETitle,
}

// mispTerms are the indicators of an attribute, each with its conditions; none if no
// record shows such a type.
func mispTerms(kind, value string) (out [][]term, why string) {
	if kind == "uri" && strings.HasPrefix(value, "/") {
		return nil, "" // a path without its host is of anybody
	}
	if k, ok := single[kind]; ok && k != None && kind != "malware-sample" {
		return [][]term{{{kind: k, value: value}}}, ""
	}
	left, right, two := strings.Cut(value, "|")
	name, second, ok := strings.Cut(kind, "|")
	if kind == "malware-sample" { // file|hash
		name, second, ok = "filename", "md5", true
	}
	if !ok {
		return nil, ""
	}
	if !two {
		return nil, fmt.Sprintf("is of type %s and has no |", cut(kind))
	}
	first := single[name]
	switch {
	case second == "port" && first != None:
		if _, err := netip.ParseAddr(strings.TrimSpace(left)); err == nil {
			first = Address
		}
		n, err := strconv.ParseUint(strings.TrimSpace(right), 10, 16)
		if err != nil || n == 0 {
			return nil, "has no port from 1 to 65535 behind the |"
		}
		return [][]term{{{kind: first, value: left}, {kind: portOnly, port: uint16(n)}}}, ""
	case kind == "domain|ip":
		return [][]term{{{kind: Domain, value: left}}, {{kind: Address, value: right}}}, ""
	case name == "filename" && single[second] != None: // the hash tells it all
		return [][]term{{{kind: single[second], value: right}}}, ""
	}
	return nil, ""
}
