package syntax

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect"
)

// What a file of rules may cost. Rules of the public collection stay below a tenth.
const (
	maxSource   = 1 << 20 // bytes of a file
	maxNodes    = 50_000  // values of a document, those behind aliases counted each time
	maxDepth    = 24      // lists in maps in lists
	maxFaults   = 1000    // faults that are told
	maxListings = 64      // false positives, references, tags that are kept
)

// MaxProse is how many bytes of a description are kept.
const MaxProse = 4000

// Document is one YAML document and where it stands.
type Document struct {
	File string     // for faults
	Base int        // lines before it in the file
	Root *yaml.Node // a map, without aliases
	Key  string     // what its faults are filed under
	Out  *Faults    // takes its faults
}

// Faults collects what is wrong.
type Faults struct {
	List []detect.Fault // at most 1000
	More int            // faults that found no room in List
}

func (f *Faults) add(x detect.Fault) {
	if len(f.List) < maxFaults {
		f.List = append(f.List, x)
		return
	}
	f.More++
}

// Fault files what is wrong at a node; nil is the document's beginning. key is where in
// the rule that is, format says what was expected.
func (d *Document) Fault(n *yaml.Node, key, format string, args ...any) {
	if key == "" {
		key = d.Key
	} else if d.Key != "" {
		key = d.Key + ": " + key
	}
	d.Out.add(detect.Fault{File: d.File, Line: d.line(n), Key: Clip(key, 200), What: Clip(fmt.Sprintf(format, args...), 500)})
}

func (d *Document) line(n *yaml.Node) int {
	if n == nil || n.Line == 0 {
		return d.Base + 1
	}
	return d.Base + n.Line
}

// Parse splits a file at its document markers and reads each document by itself, so
// that one which is no YAML leaves the others alone (YAML 1.2.2, 9.1: no scalar holds a
// line that begins with ---). What is wrong is filed in out under the name of the file.
func Parse(name string, text []byte, out *Faults) []*Document {
	if len(text) > maxSource {
		out.add(detect.Fault{File: name, What: fmt.Sprintf("%d bytes are more than the %d that a file of rules may have", len(text), maxSource)})
		return nil
	}
	var docs []*Document
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	line, start := 0, 0
	var part []byte
	flush := func() {
		if d := read(name, start, part, out); d != nil {
			docs = append(docs, d)
		}
	}
	for len(text) > 0 {
		l, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		line++
		if bytes.HasPrefix(l, []byte("---")) && (len(l) == 3 || l[3] == ' ' || l[3] == '\t' || l[3] == '\r') {
			flush()
			part, start = append([]byte(nil), "   "...), line-1
			l = l[3:]
		} else if bytes.Equal(bytes.TrimRight(l, " \t\r"), []byte("...")) {
			flush()
			part, start = nil, line
			continue
		}
		part = append(append(part, l...), '\n')
	}
	flush()
	return docs
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// read makes one document, or files why not. A document of comments alone is none.
func read(file string, base int, text []byte, out *Faults) *Document {
	d := &Document{File: file, Base: base, Out: out}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		what, line := err.Error(), 1
		if m := yamlLine.FindStringSubmatch(strings.ReplaceAll(what, "\n", " ")); m != nil {
			what = m[2]
			if n, err := strconv.Atoi(m[1]); err == nil {
				line = n
			}
		}
		out.add(detect.Fault{File: file, Line: base + line, What: "not YAML: " + Clip(what, 300)})
		return nil
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		return nil
	}
	budget := maxNodes
	n, err := plain(root.Content[0], &budget, maxDepth)
	if err != nil {
		out.add(detect.Fault{File: file, Line: base + root.Content[0].Line, What: err.Error()})
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	d.Root = n
	if n.Kind != yaml.MappingNode {
		d.Fault(n, "", "a rule is a map of keys and values")
		return nil
	}
	return d
}

// plain follows aliases and checks bounds, keys and kinds. The tree that it gives back
// has no alias; what stands behind one is counted each time, which bounds what a small
// file can make of itself.
func plain(n *yaml.Node, budget *int, depth int) (*yaml.Node, error) {
	*budget--
	switch {
	case *budget < 0:
		return nil, fmt.Errorf("more than %d values in one document", maxNodes)
	case depth == 0:
		return nil, fmt.Errorf("lists and maps are nested deeper than %d", maxDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return plain(n.Alias, budget, depth-1)
	case yaml.ScalarNode:
		return n, nil
	}
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, k := range n.Content {
		p, err := plain(k, budget, depth-1)
		if err != nil {
			return nil, err
		}
		c.Content[i] = p
	}
	if c.Kind != yaml.MappingNode {
		return &c, nil
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(c.Content); i += 2 {
		k := c.Content[i]
		switch {
		case k.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d of the document: a key is no word", k.Line)
		case k.Tag == "!!merge":
			return nil, fmt.Errorf("line %d of the document: << is not part of Sigma", k.Line)
		case seen[k.Value]:
			return nil, fmt.Errorf("line %d of the document: key %s is there twice", k.Line, Clip(k.Value, 100))
		}
		seen[k.Value] = true
	}
	return &c, nil
}

// Get finds a key of a map; nil if it is not there or n is no map.
func Get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// Null says that a value is not there or is null.
func Null(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// Text reads a scalar of the head of a rule; what is no scalar is a fault.
func (d *Document) Text(n *yaml.Node, key string) string {
	v := Get(n, key)
	if Null(v) {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		d.Fault(v, key, "is a list or map, where text was expected")
		return ""
	}
	return Clip(strings.TrimSpace(v.Value), MaxProse)
}

// Texts reads a list of scalars; one scalar is a list of one.
func (d *Document) Texts(n *yaml.Node, key string) []string {
	v := Get(n, key)
	if Null(v) {
		return nil
	}
	items := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		items = v.Content
	}
	var out []string
	for _, i := range items {
		if i.Kind != yaml.ScalarNode {
			d.Fault(i, key, "is a map or list, where a list of text was expected")
			return nil
		}
		if s := strings.TrimSpace(i.Value); s != "" && len(out) < maxListings {
			out = append(out, Clip(s, MaxProse))
		}
	}
	return out
}

// Number reads a number as YAML and people write it: decimal, hexadecimal (0x) or octal
// (0o). One that is not finite is an error.
func Number(s string) (float64, error) {
	if l := Lower(s); strings.HasPrefix(l, "0x") || strings.HasPrefix(l, "0o") {
		n, err := strconv.ParseInt(l, 0, 64)
		return float64(n), err
	}
	n, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
		err = strconv.ErrRange
	}
	return n, err
}

// Clip bounds a text to n bytes without breaking a character; an ellipsis behind says that
// it was longer.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
