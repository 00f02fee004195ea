package stix

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// object is any object of STIX; an object of a type has the properties that the standard
// gives to that type.
type object struct {
	Type         string         `json:"type"`
	SpecVersion  string         `json:"spec_version"`
	ID           string         `json:"id"`
	CreatedBy    string         `json:"created_by_ref,omitempty"`
	Created      string         `json:"created,omitempty"`
	Modified     string         `json:"modified,omitempty"`
	Confidence   int            `json:"confidence,omitempty"`
	Lang         string         `json:"lang,omitempty"`
	Labels       []string       `json:"labels,omitempty"`
	External     []external     `json:"external_references,omitempty"`
	Markings     []string       `json:"object_marking_refs,omitempty"`
	Extensions   map[string]any `json:"extensions,omitempty"`
	Name         string         `json:"name,omitempty"`
	Description  string         `json:"description,omitempty"`
	Class        string         `json:"identity_class,omitempty"`
	Sectors      []string       `json:"sectors,omitempty"`
	KillChain    []phase        `json:"kill_chain_phases,omitempty"`
	Types        []string       `json:"indicator_types,omitempty"`
	Pattern      string         `json:"pattern,omitempty"`
	PatternType  string         `json:"pattern_type,omitempty"`
	PatternVer   string         `json:"pattern_version,omitempty"`
	ValidFrom    string         `json:"valid_from,omitempty"`
	InfraTypes   []string       `json:"infrastructure_types,omitempty"`
	MalwareTypes []string       `json:"malware_types,omitempty"`
	Family       *bool          `json:"is_family,omitempty"`
	SampleRefs   []string       `json:"sample_refs,omitempty"`
	FirstSeen    string         `json:"first_seen,omitempty"`
	LastSeen     string         `json:"last_seen,omitempty"`
	Count        *int           `json:"count,omitempty"`
	SightingOf   string         `json:"sighting_of_ref,omitempty"`
	ObservedRefs []string       `json:"observed_data_refs,omitempty"`
	WhereRefs    []string       `json:"where_sighted_refs,omitempty"`
	First        string         `json:"first_observed,omitempty"`
	Last         string         `json:"last_observed,omitempty"`
	Number       int            `json:"number_observed,omitempty"`
	Abstract     string         `json:"abstract,omitempty"`
	Content      string         `json:"content,omitempty"`
	Context      string         `json:"context,omitempty"`
	ReportTypes  []string       `json:"report_types,omitempty"`
	Published    string         `json:"published,omitempty"`
	Relation     string         `json:"relationship_type,omitempty"`
	Source       string         `json:"source_ref,omitempty"`
	Target       string         `json:"target_ref,omitempty"`
	ObjectRefs   []string       `json:"object_refs,omitempty"`

	Value     string            `json:"value,omitempty"`
	Hashes    map[string]string `json:"hashes,omitempty"`
	SrcRef    string            `json:"src_ref,omitempty"`
	DstRef    string            `json:"dst_ref,omitempty"`
	SrcPort   *int              `json:"src_port,omitempty"`
	DstPort   *int              `json:"dst_port,omitempty"`
	Protocols []string          `json:"protocols,omitempty"`
}

type external struct {
	Source string `json:"source_name"`
	ID     string `json:"external_id,omitempty"`
	URL    string `json:"url,omitempty"`
}

type phase struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

type bundle struct {
	Type    string    `json:"type"`
	ID      string    `json:"id"`
	Objects []*object `json:"objects"`
}

// The name spaces of identifiers: that of the standard for what is observed (2.9), and that
// of this program, the name-based UUID of "lazaret" in the name space of URLs.
var (
	observedSpace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}
	ownSpace      = [16]byte{0x56, 0xed, 0x98, 0x36, 0xa7, 0x93, 0x5b, 0x4e, 0x8a, 0x87, 0xad, 0x09, 0x3c, 0xda, 0x25, 0x8b}
)

// identifier is the name-based UUID (RFC 9562 5.5) of a name, after the type.
func identifier(kind string, space [16]byte, name string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(name))
	b := h.Sum(nil)[:16]
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%s--%x-%x-%x-%x-%x", kind, b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// own is the identifier of an object of ours, by what makes it this one.
func own(kind string, parts ...string) string {
	var b strings.Builder
	for _, p := range append([]string{"stix", kind}, parts...) {
		fmt.Fprintf(&b, "%d:%s", len(p), p) // lengths keep neighbours apart
	}
	return identifier(kind, ownSpace, b.String())
}

// observed is the identifier of something observed, by those of its properties that tell it
// from others, as canonical JSON (RFC 8785).
func observed(kind string, properties map[string]any) string {
	b, err := json.Marshal(properties) // sorts keys; all of ours are letters of ASCII
	if err != nil {
		return own(kind, fmt.Sprint(properties))
	}
	return identifier(kind, observedSpace, canonical(string(b)))
}

// canonical undoes what encoding/json escapes and RFC 8785 does not.
func canonical(s string) string {
	if !strings.Contains(s, `\u`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		if s[i+1] == 'u' && i+6 <= len(s) {
			if c, ok := map[string]string{"003c": "<", "003e": ">", "0026": "&", "2028": "\u2028", "2029": "\u2029"}[s[i+2:i+6]]; ok {
				b.WriteString(c)
				i += 5
				continue
			}
		}
		b.WriteString(s[i : i+2])
		i++
	}
	return b.String()
}

// stamp is a time of a Document as the standard writes it, in milliseconds; empty if it is
// none.
func stamp(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// plain is a text for people: what is not printable becomes a replacement character.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// quote makes a string of the pattern language (9.2): only the quote and the backslash
// need an escape.
func quote(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// pattern is what finds an indicator, empty if the language has no words for its kind.
func pattern(kind, value string) string {
	equal := func(path string) string { return "[" + path + " = " + quote(value) + "]" }
	switch kind {
	case "sha256", "sha1", "md5":
		if !digest(kind, value) {
			return ""
		}
		return equal("file:hashes." + hashNames[kind])
	case "tlsh":
		return equal("file:hashes.TLSH")
	case "imphash":
		return equal("file:extensions.'windows-pebinary-ext'.imphash")
	case "file":
		return equal("file:name")
	case "service":
		return equal("process:extensions.'windows-service-ext'.service_name")
	case "task":
		return "[windows-registry-key:key = " + quote(taskKey+`\`+strings.Trim(value, `\`)) + "]"
	case "domain":
		return equal("domain-name:value")
	case "url":
		return equal("url:value")
	case "address":
		if strings.Contains(value, ":") {
			return equal("ipv6-addr:value")
		}
		return equal("ipv4-addr:value")
	case "user_agent":
		return equal("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'")
	}
	return ""
}

// taskKey is where Windows keeps the tree of scheduled tasks.
const taskKey = `HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree`

// hashNames are the names of hashes in the vocabulary (10.7), as patterns quote them.
var hashNames = map[string]string{"sha256": "'SHA-256'", "sha1": "'SHA-1'", "md5": "MD5"}

// digest says whether a text is a hash of a kind.
func digest(kind, s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == map[string]int{"sha256": 32, "sha1": 20, "md5": 16}[kind]
}
