// Package cases reads what rules of others are tested with: files of TOML that stand beside
// them, each with cases that say what a rule is shown and what it must answer.
//
// A case shows one thing: records that are written down in the words of the logs, a
// capture file, or a file as it moved. It says that the rule fires, between whom and how
// often if that matters, or that it stays quiet. Reading tells every fault with file, line
// and key; a case with a fault is not given back.
//
// It refuses to run anything: who has the engines does that, and opens the files that
// cases name. Nothing here opens a file. Memory: that of the texts; Max bounds the cases
// of a file and the records of a case. Standards: TOML 1.0; Zeek's names of logs and
// fields.
package cases

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"lazaret/internal/detect"
	"lazaret/internal/detect/where"
	"lazaret/internal/event"
)

// Ending is that of the names of files with cases.
const Ending = ".test.toml"

// Max is the most cases of a file, and records of a case.
const Max = 10_000

// begin is the time of the first record that has none: a Monday morning. Each further one
// is a second later.
const begin event.Time = 1_793_606_400_000_000_000

// Source is a file with cases.
type Source struct {
	Name string
	Text []byte
}

// Case is one thing that a rule is shown.
type Case struct {
	File, Name string
	Line       int    // of its heading
	Rule       string // number or title of the rule
	// One of these is set: records, the path of a capture, or that of a file that moved.
	Records       []event.Record
	Capture, Path string
	Fires         bool
	Source        string // address that it must name, empty for any
	Target        string
	Count         int // hits, 0 for any number
}

// written is a case as the file has it.
type written struct {
	Name    string           `toml:"name"`
	Rule    string           `toml:"rule"`
	Expect  string           `toml:"expect"`
	Records []map[string]any `toml:"records"`
	Capture string           `toml:"capture"`
	File    string           `toml:"file"`
	Source  string           `toml:"source"`
	Target  string           `toml:"target"`
	Count   int              `toml:"count"`
}

// Read reads files of cases; logs are those that records may be of.
func Read(sources []Source, logs []*event.Schema) ([]Case, []detect.Fault) {
	var out []Case
	var faults []detect.Fault
	for _, s := range sources {
		var file struct {
			Case []written `toml:"case"`
		}
		md, err := toml.Decode(string(s.Text), &file)
		if err != nil {
			faults = append(faults, where.Broken(s.Name, err))
			continue
		}
		told := map[string]bool{}
		for _, k := range md.Undecoded() {
			if len(k) < 2 || k[0] != "case" || k[1] != "records" {
				if !told[k.String()] {
					faults = append(faults, detect.Fault{File: s.Name, Line: where.Key(where.Lines(s.Text), k[len(k)-1]) + 1, Key: k.String(), What: "is not a key of cases: name, rule, expect, records, capture, file, source, target, count"})
				}
				told[k.String()] = true
			}
		}
		if len(file.Case) == 0 || len(file.Case) > Max {
			faults = append(faults, detect.Fault{File: s.Name, What: fmt.Sprintf("has %d [[case]] entries; 1 to %d are expected", len(file.Case), Max)})
			continue
		}
		places := where.Entries(s.Text, "case")
		for i := range file.Case {
			p := &parser{logs: logs}
			c := Case{File: s.Name}
			if i < len(places) {
				p.at = places[i]
			}
			c.Line = p.at.First
			p.read(&c, &file.Case[i])
			if len(p.faults) == 0 {
				out = append(out, c)
			}
			faults = append(faults, p.faults...)
		}
	}
	return out, faults
}

// parser checks one case.
type parser struct {
	logs   []*event.Schema
	at     where.Entry
	faults []detect.Fault
}

func (p *parser) read(c *Case, w *written) {
	fault := func(key, what string) {
		p.faults = append(p.faults, detect.Fault{File: c.File, Line: p.at.Line(key), Key: key, What: what})
	}
	c.Name, c.Rule, c.Capture, c.Path, c.Source, c.Target, c.Count = w.Name, w.Rule, w.Capture, w.File, w.Source, w.Target, w.Count
	if strings.TrimSpace(c.Rule) == "" {
		fault("rule", "is missing: the number or the title of a rule")
	}
	if c.Name == "" {
		c.Name = c.Rule
	}
	switch w.Expect {
	case "fires":
		c.Fires = true
	case "quiet":
		if c.Source != "" || c.Target != "" || c.Count != 0 {
			fault("expect", "is quiet: source, target and count say how a rule fires")
		}
	default:
		fault("expect", fmt.Sprintf("%q is neither fires nor quiet", w.Expect))
	}
	if c.Count < 0 {
		fault("count", fmt.Sprintf("%d is less than 0", c.Count))
	}
	for _, x := range []struct{ key, ip string }{{"source", c.Source}, {"target", c.Target}} {
		if _, err := netip.ParseAddr(x.ip); x.ip != "" && err != nil {
			fault(x.key, fmt.Sprintf("%q is no address", x.ip))
		}
	}
	inputs := 0
	for _, given := range []bool{len(w.Records) > 0, c.Capture != "", c.Path != ""} {
		if given {
			inputs++
		}
	}
	if inputs != 1 {
		fault("records", fmt.Sprintf("%d inputs; one of records, capture and file is expected", inputs))
	}
	if len(w.Records) > Max {
		fault("records", fmt.Sprintf("%d are more than %d", len(w.Records), Max))
		return
	}
	for i, columns := range w.Records {
		r, err := p.record(columns, begin+event.Time(i)*1e9)
		if err != nil {
			fault("records", fmt.Sprintf("the record of number %d: %v", i+1, err))
			continue
		}
		c.Records = append(c.Records, *r)
	}
}

// record makes one record; log names what it is of.
func (p *parser) record(columns map[string]any, at event.Time) (*event.Record, error) {
	flat := map[string]any{}
	flatten(flat, "", columns)
	name, _ := flat["log"].(string)
	delete(flat, "log")
	i := slices.IndexFunc(p.logs, func(s *event.Schema) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("log: %q is the name of no log; see lazaret records", name)
	}
	r, errs := p.logs[i].Make(at, flat)
	return r, errors.Join(errs...)
}

// flatten undoes what TOML makes of names with dots.
func flatten(to map[string]any, prefix string, from map[string]any) {
	for k, v := range from {
		if m, ok := v.(map[string]any); ok {
			flatten(to, prefix+k+".", m)
			continue
		}
		to[prefix+k] = v
	}
}
