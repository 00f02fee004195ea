// Package stixtest holds bundles against the text of STIX 2.1, for tests.
//
// It was written from the standard and shares nothing with the writer: which properties an
// object of each type must and may have, of which kind they are, the form of identifiers and
// of times, closed vocabularies, which relationships there are between which types, that
// references end at objects of the bundle, that identifiers of what is observed are those
// that the standard computes, and that patterns can be taken apart.
//
// It is stricter than the standard where the standard only recommends: words of open
// vocabularies, custom properties and references out of the bundle are faults. It knows the
// types that hospitals' sensors have use for; another type is a fault too.
//
// It refuses to repair. It keeps nothing and is safe for several goroutines. The standard is
// STIX 2.1 (OASIS, 10 June 2021), with the TLP 2.0 extension.
package stixtest

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// Object is one of a bundle.
type Object = map[string]any

var (
	idForm   = regexp.MustCompile(`^([a-z][a-z0-9-]+)--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	timeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`)
	macForm  = regexp.MustCompile(`^([0-9a-f]{2}:){5}[0-9a-f]{2}$`)
	wordForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// Properties of each type by their kinds; those that end with ! must be there. A kind is
// text, words (a list of lower-case words), time, int, port, percent, bool, ref:TYPE,
// refs:TYPE (TYPE may be * for any), or the name of a check below.
var common = "type:text! spec_version:text! id:text! created_by_ref:ref:identity created:time! modified:time! confidence:percent lang:text labels:words " +
	"external_references:external object_marking_refs:refs:marking-definition"

var observedCommon = "type:text! spec_version:text! id:text! object_marking_refs:refs:marking-definition"

var properties = map[string]string{
	"identity":         "name:text! description:text identity_class:class sectors:sectors",
	"attack-pattern":   "name:text! description:text kill_chain_phases:phases",
	"campaign":         "name:text! description:text first_seen:time last_seen:time objective:text",
	"course-of-action": "name:text! description:text",
	"grouping":         "name:text description:text context:context! object_refs:refs:*!",
	"indicator": "name:text description:text indicator_types:indicators pattern:pattern! pattern_type:patterntype! pattern_version:text valid_from:time! valid_until:time " +
		"kill_chain_phases:phases",
	"infrastructure": "name:text! description:text infrastructure_types:infrastructures first_seen:time last_seen:time",
	"malware":        "name:text description:text malware_types:malwares is_family:bool! first_seen:time last_seen:time sample_refs:refs:file",
	"note":           "abstract:text content:text! object_refs:refs:*!",
	"observed-data":  "first_observed:time! last_observed:time! number_observed:count! object_refs:refs:*!",
	"report":         "name:text! description:text report_types:reports published:time! object_refs:refs:*!",
	"relationship":   "relationship_type:text! description:text source_ref:ref:*! target_ref:ref:*!",
	"sighting": "description:text first_seen:time last_seen:time count:count sighting_of_ref:ref:*! observed_data_refs:refs:observed-data " +
		"where_sighted_refs:refs:identity",
	"ipv4-addr": "value:ipv4!", "ipv6-addr": "value:ipv6!", "mac-addr": "value:mac!", "domain-name": "value:text!", "url": "value:text!",
	"file":            "hashes:hashes name:text",
	"network-traffic": "src_ref:ref:* dst_ref:ref:* src_port:port dst_port:port protocols:protocols!",
}

var observedTypes = map[string][]string{ // with the properties that make their identifiers
	"ipv4-addr": {"value"}, "ipv6-addr": {"value"}, "mac-addr": {"value"}, "domain-name": {"value"}, "url": {"value"},
	"file": {"hashes", "name"}, "network-traffic": {"src_ref", "dst_ref", "src_port", "dst_port", "protocols"},
}

var vocabularies = map[string]string{
	"class":           "individual group system organization class unknown",
	"sectors":         "agriculture aerospace automotive chemical commercial communications construction defense education energy entertainment financial-services government emergency-services healthcare hospitality-leisure infrastructure insurance manufacturing mining non-profit pharmaceuticals retail technology telecommunications transportation utilities",
	"context":         "suspicious-activity malware-analysis unspecified",
	"indicators":      "anomalous-activity anonymization benign compromised malicious-activity attribution unknown",
	"patterntype":     "stix pcre sigma snort suricata yara",
	"infrastructures": "amplification anonymization botnet command-and-control control-system exfiltration firewall hosting-malware hosting-target-lists phishing reconnaissance routers-switches staging undefined workstation",
	"malwares":        "adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware remote-access-trojan resource-exploitation rogue-security-software rootkit screen-capture spyware trojan unknown virus webshell wiper worm",
	"reports":         "attack-pattern campaign identity indicator intrusion-set malware observed-data threat-actor threat-report tool vulnerability",
	"algorithms":      "MD5 SHA-1 SHA-256 SHA-512 SHA3-256 SHA3-512 SSDEEP TLSH",
}

// relations are those of the standard (appendix B), as far as types are known here.
var relations = map[string]string{
	"attack-pattern":   "delivers>malware targets>identity uses>malware",
	"campaign":         "compromises>infrastructure targets>identity uses>attack-pattern uses>infrastructure uses>malware",
	"course-of-action": "investigates>indicator mitigates>attack-pattern mitigates>indicator mitigates>malware remediates>malware",
	"indicator":        "indicates>attack-pattern indicates>campaign indicates>infrastructure indicates>malware based-on>observed-data",
	"infrastructure": "communicates-with>infrastructure communicates-with>ipv4-addr communicates-with>ipv6-addr communicates-with>domain-name communicates-with>url " +
		"consists-of>infrastructure consists-of>observed-data consists-of>ipv4-addr consists-of>ipv6-addr consists-of>mac-addr consists-of>domain-name consists-of>file consists-of>network-traffic " +
		"controls>infrastructure controls>malware delivers>malware hosts>malware uses>infrastructure",
	"malware": "communicates-with>ipv4-addr communicates-with>ipv6-addr communicates-with>domain-name communicates-with>url drops>malware drops>file exploits>vulnerability " +
		"targets>identity targets>infrastructure uses>attack-pattern uses>infrastructure uses>malware",
}

// Check tells what is wrong with a bundle, nothing if nothing is.
func Check(b []byte) []string {
	var top struct {
		Type, ID string
		Objects  []Object
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(&top); err != nil {
		return []string{err.Error()}
	}
	c := &checker{of: map[string]Object{}}
	if m := idForm.FindStringSubmatch(top.ID); top.Type != "bundle" || m == nil || m[1] != "bundle" {
		c.fault("bundle", "type %q, id %q", top.Type, top.ID)
	}
	for _, x := range top.Objects {
		id, _ := x["id"].(string)
		if c.of[id] != nil {
			c.fault(id, "is there twice")
		}
		c.of[id] = x
	}
	for _, x := range top.Objects {
		c.object(x)
	}
	return c.faults
}

type checker struct {
	of     map[string]Object
	faults []string
}

func (c *checker) fault(id, format string, args ...any) {
	c.faults = append(c.faults, id+": "+fmt.Sprintf(format, args...))
}

func (c *checker) object(x Object) {
	id, _ := x["id"].(string)
	kind, _ := x["type"].(string)
	m := idForm.FindStringSubmatch(id)
	if m == nil || m[1] != kind || x["spec_version"] != "2.1" {
		c.fault(id, "type %q, version %v", kind, x["spec_version"])
		return
	}
	if kind == "marking-definition" {
		c.marking(id, x)
		return
	}
	list, ok := properties[kind]
	if !ok {
		c.fault(id, "of unknown type")
		return
	}
	if observedTypes[kind] != nil {
		list = observedCommon + " " + list
	} else {
		list = common + " " + list
	}
	known := map[string]bool{}
	for p := range strings.FieldsSeq(list) {
		name, want, _ := strings.Cut(p, ":")
		want, must := strings.CutSuffix(want, "!")
		known[name] = true
		if v, there := x[name]; there {
			c.value(id, name, want, v)
		} else if must {
			c.fault(id, "has no %s", name)
		}
	}
	for name := range x {
		if !known[name] {
			c.fault(id, "has %s, which %s has not", name, kind)
		}
	}
	c.together(id, kind, x)
}

// marking checks a definition of TLP 2.0.
func (c *checker) marking(id string, x Object) {
	ext, _ := x["extensions"].(map[string]any)
	tlp, _ := ext["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"].(map[string]any)
	level, _ := tlp["tlp_2_0"].(string)
	if len(ext) != 1 || tlp["extension_type"] != "property-extension" || !slices.Contains([]string{"clear", "green", "amber", "amber+strict", "red"}, level) ||
		x["name"] != "TLP:"+strings.ToUpper(level) || x["created"] != "2022-10-01T00:00:00.000Z" || x["modified"] != nil {
		c.fault(id, "no marking of TLP 2.0: %v", x)
	}
}

func (c *checker) value(id, name, want string, v any) {
	bad := func(format string, args ...any) { c.fault(id, name+": "+format, args...) }
	if to, ok := strings.CutPrefix(want, "ref:"); ok {
		c.ref(id, name, to, v)
		return
	}
	if to, ok := strings.CutPrefix(want, "refs:"); ok {
		for _, r := range nonEmpty(v, bad) {
			c.ref(id, name, to, r)
		}
		return
	}
	s, isText := v.(string)
	switch want {
	case "text":
		if !isText || s == "" {
			bad("%v is no text", v)
		}
	case "time":
		if _, err := time.Parse(time.RFC3339Nano, s); err != nil || !timeForm.MatchString(s) {
			bad("%v is no time in milliseconds", v)
		}
	case "bool":
		if _, ok := v.(bool); !ok {
			bad("%v is no boolean", v)
		}
	case "percent", "port", "count":
		bounds := map[string][2]int64{"percent": {0, 100}, "port": {0, 65535}, "count": {1, 999999999}}[want]
		n, err := number(v)
		if err != nil || n < bounds[0] || n > bounds[1] {
			bad("%v is not within %v", v, bounds)
		}
	case "ipv4", "ipv6":
		if a, err := netip.ParseAddr(s); err != nil || a.Is4() != (want == "ipv4") || a.String() != s || a.Zone() != "" {
			bad("%v is no address", v)
		}
	case "mac":
		if !macForm.MatchString(s) {
			bad("%v is no card", v)
		}
	case "pattern":
		if err := Pattern(s); err != nil {
			bad("%v in %s", err, s)
		}
	default:
		c.list(id, name, want, v)
	}
}

// list checks lists and words.
func (c *checker) list(id, name, want string, v any) {
	bad := func(format string, args ...any) { c.fault(id, name+": "+format, args...) }
	words := strings.Fields(vocabularies[want])
	switch want {
	case "class", "context", "patterntype":
		if s, _ := v.(string); !slices.Contains(words, s) {
			bad("%v is not in the vocabulary", v)
		}
	case "hashes":
		m, _ := v.(map[string]any)
		size := map[string]int{"MD5": 16, "SHA-1": 20, "SHA-256": 32, "SHA-512": 64}
		for k, h := range m {
			s, _ := h.(string)
			if b, err := hex.DecodeString(s); !slices.Contains(strings.Fields(vocabularies["algorithms"]), k) || size[k] > 0 && (err != nil || len(b) != size[k]) {
				bad("%s %v", k, h)
			}
		}
		if len(m) == 0 {
			bad("none")
		}
	case "phases", "external":
		for _, e := range nonEmpty(v, bad) {
			m, _ := e.(map[string]any)
			if want == "phases" && (m["kill_chain_name"] != "mitre-attack" || !wordForm.MatchString(fmt.Sprint(m["phase_name"])) || len(m) != 2) ||
				want == "external" && (m["source_name"] == nil || m["external_id"] == nil && m["url"] == nil && m["description"] == nil) {
				bad("%v", e)
			}
		}
	default: // words, protocols or those of a vocabulary
		for _, e := range nonEmpty(v, bad) {
			s, ok := e.(string)
			if !ok || s == "" || len(words) > 0 && !slices.Contains(words, s) || want == "protocols" && s != strings.ToLower(s) {
				bad("%v is not in the vocabulary", e)
			}
		}
	}
}

func (c *checker) ref(id, name, to string, v any) {
	s, _ := v.(string)
	x := c.of[s]
	switch {
	case x == nil:
		c.fault(id, "%s: %v is not in the bundle", name, v)
	case s == id:
		c.fault(id, "%s: refers to itself", name)
	case to != "*" && x["type"] != to:
		c.fault(id, "%s: %v is no %s", name, v, to)
	}
}

// together checks what several properties of an object say.
func (c *checker) together(id, kind string, x Object) {
	for _, p := range [][2]string{{"created", "modified"}, {"first_seen", "last_seen"}, {"first_observed", "last_observed"}, {"valid_from", "valid_until"}} {
		a, _ := x[p[0]].(string)
		if b, ok := x[p[1]].(string); ok && a > b {
			c.fault(id, "%s is after %s", p[0], p[1])
		}
	}
	if parts := observedTypes[kind]; parts != nil {
		if want := kind + "--" + named(x, parts); id != want {
			c.fault(id, "ought to be %s", want)
		}
	}
	switch kind {
	case "relationship":
		of := func(p string) string { s, _ := x[p].(string); t, _, _ := strings.Cut(s, "--"); return t }
		word := fmt.Sprintf("%v>%s", x["relationship_type"], of("target_ref"))
		if !slices.Contains(strings.Fields(relations[of("source_ref")]), word) {
			c.fault(id, "%s %s is no relationship of the standard", of("source_ref"), word)
		}
	case "observed-data":
		for _, r := range nonEmpty(x["object_refs"], func(string, ...any) {}) {
			if t, _, _ := strings.Cut(fmt.Sprint(r), "--"); observedTypes[t] == nil {
				c.fault(id, "observes %v", r)
			}
		}
	case "network-traffic":
		if x["src_ref"] == nil && x["dst_ref"] == nil {
			c.fault(id, "has no end")
		}
	case "file":
		if x["hashes"] == nil && x["name"] == nil {
			c.fault(id, "has neither hashes nor a name")
		}
	}
}

func nonEmpty(v any, bad func(string, ...any)) []any {
	l, _ := v.([]any)
	if len(l) == 0 {
		bad("%v is no list with something in it", v)
	}
	return l
}

func number(v any) (int64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%v is no number", v)
	}
	return n.Int64()
}

// named computes the identifier of something observed (2.9).
func named(x Object, parts []string) string {
	m := map[string]any{}
	for _, p := range parts {
		if v, ok := x[p]; ok {
			m[p] = v
		}
	}
	var b strings.Builder
	canonical(&b, m)
	space, _ := hex.DecodeString("00abedb4aa42466c9c01fed23315a9b7")
	h := sha1.Sum(append(space, b.String()...))
	u := h[:16]
	u[6], u[8] = u[6]&15|5<<4, u[8]&63|128
	s := hex.EncodeToString(u)
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// canonical writes JSON as RFC 8785 has it, for texts, integers, lists and objects.
func canonical(b *strings.Builder, v any) {
	switch x := v.(type) {
	case map[string]any:
		var keys []string
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for i, k := range keys {
			b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
			canonical(b, k)
			b.WriteByte(':')
			canonical(b, x[k])
		}
		b.WriteByte('}')
	case []any:
		for i, e := range x {
			b.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
			canonical(b, e)
		}
		b.WriteByte(']')
	case string:
		b.WriteByte('"')
		for _, r := range x {
			switch short := strings.IndexRune("\b\t\n\f\r\"\\", r); {
			case short >= 0:
				b.WriteString(`\` + string(`btnfr"\`[short]))
			case r < 0x20:
				fmt.Fprintf(b, `\u%04x`, r)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteByte('"')
	default:
		fmt.Fprint(b, v)
	}
}

var comparison = regexp.MustCompile(`^([a-z0-9-]+):([A-Za-z0-9_]+|'[^'\\]+')((\.([A-Za-z0-9_]+|'[^'\\]+'))*) (=) '((?:[^'\\]|\\['\\])*)'$`)

// Pattern says what is wrong with a pattern of one comparison of equality (9.2).
func Pattern(s string) error {
	inner, open := strings.CutPrefix(s, "[")
	inner, shut := strings.CutSuffix(inner, "]")
	m := comparison.FindStringSubmatch(inner)
	if !open || !shut || m == nil {
		return fmt.Errorf("no pattern of one comparison")
	}
	if t := m[1]; observedTypes[t] == nil && t != "process" && t != "windows-registry-key" {
		return fmt.Errorf("%s cannot be observed", t)
	}
	return nil
}
