package sigma

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"lazaret/internal/detect"
)

// Source is the text of one file of rules.
type Source struct {
	Name string // shown in faults
	Text []byte
}

// What a file of rules may cost. Rules of the public collection stay below a tenth.
const (
	maxSource   = 1 << 20 // bytes of a file
	maxRules    = 20_000  // documents of all files
	maxNodes    = 50_000  // values of a document, those behind aliases counted each time
	maxDepth    = 24      // lists in maps in lists
	maxValue    = 4096    // bytes of a value that is looked for
	maxFaults   = 1000    // faults that are told
	maxProse    = 4000    // bytes of a description that are kept
	maxListings = 64      // false positives, references, tags that are kept
)

// document is one YAML document and where it stands.
type document struct {
	file string
	base int // lines before it in the file
	root *yaml.Node
	key  string // what its faults are filed under
	out  *faults
}

// faults collects what is wrong.
type faults struct {
	list []detect.Fault
	more int
}

func (f *faults) add(x detect.Fault) {
	if len(f.list) < maxFaults {
		f.list = append(f.list, x)
		return
	}
	f.more++
}

// fault files what is wrong at a node; nil is the document's beginning.
func (d *document) fault(n *yaml.Node, key, format string, args ...any) {
	if key == "" {
		key = d.key
	} else if d.key != "" {
		key = d.key + ": " + key
	}
	d.out.add(detect.Fault{File: d.file, Line: d.line(n), Key: clip(key, 200), What: clip(fmt.Sprintf(format, args...), 500)})
}

func (d *document) line(n *yaml.Node) int {
	if n == nil || n.Line == 0 {
		return d.base + 1
	}
	return d.base + n.Line
}

// parse splits a file at its document markers and reads each document by itself, so
// that one which is no YAML leaves the others alone (YAML 1.2.2, 9.1: no scalar holds a
// line that begins with ---).
func parse(src Source, out *faults) []*document {
	if len(src.Text) > maxSource {
		out.add(detect.Fault{File: src.Name, What: fmt.Sprintf("%d bytes are more than the %d that a file of rules may have", len(src.Text), maxSource)})
		return nil
	}
	var docs []*document
	text, line, start := bytes.TrimPrefix(src.Text, []byte("\xef\xbb\xbf")), 0, 0
	var part []byte
	flush := func() {
		if d := read(src.Name, start, part, out); d != nil {
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
func read(file string, base int, text []byte, out *faults) *document {
	d := &document{file: file, base: base, out: out}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		what, line := err.Error(), 1
		if m := yamlLine.FindStringSubmatch(strings.ReplaceAll(what, "\n", " ")); m != nil {
			what = m[2]
			if n, err := strconv.Atoi(m[1]); err == nil {
				line = n
			}
		}
		out.add(detect.Fault{File: file, Line: base + line, What: "not YAML: " + clip(what, 300)})
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
	d.root = n
	if n.Kind != yaml.MappingNode {
		d.fault(n, "", "a rule is a map of keys and values")
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
			return nil, fmt.Errorf("line %d of the document: key %s is there twice", k.Line, clip(k.Value, 100))
		}
		seen[k.Value] = true
	}
	return &c, nil
}

// get finds a key of a map.
func get(n *yaml.Node, key string) *yaml.Node {
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

func null(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// text reads a scalar of the head of a rule; what is no scalar is a fault.
func (d *document) text(n *yaml.Node, key string) string {
	v := get(n, key)
	if null(v) {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		d.fault(v, key, "is a list or map, where text was expected")
		return ""
	}
	return clip(strings.TrimSpace(v.Value), maxProse)
}

// texts reads a list of scalars; one scalar is a list of one.
func (d *document) texts(n *yaml.Node, key string) []string {
	v := get(n, key)
	if null(v) {
		return nil
	}
	items := []*yaml.Node{v}
	if v.Kind == yaml.SequenceNode {
		items = v.Content
	}
	var out []string
	for _, i := range items {
		if i.Kind != yaml.ScalarNode {
			d.fault(i, key, "is a map or list, where a list of text was expected")
			return nil
		}
		if s := strings.TrimSpace(i.Value); s != "" && len(out) < maxListings {
			out = append(out, clip(s, maxProse))
		}
	}
	return out
}

// clip bounds a text without breaking a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
