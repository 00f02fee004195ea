package reading

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/rules"
	"lazaret/internal/detect/sigma"
	"lazaret/internal/detect/yara"
	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
)

// Bounds of files of rules.
const (
	maxRuleFile  = 16 << 20 // bytes
	maxRuleFiles = 50_000
)

// RuleFiles are rules that others wrote.
type RuleFiles struct {
	sigma *sigma.Set // nil for none
	yara  *yara.Set  // nil for none
}

// Heads are the rules in the order of their files.
func (f *RuleFiles) Heads() (out []*detect.Rule) {
	if f.sigma != nil {
		out = append(out, f.sigma.Rules()...)
	}
	if f.yara != nil {
		for i := range f.yara.Rules() {
			out = append(out, f.yara.Head(i))
		}
	}
	return out
}

// Remarks are what is no fault, but should be known: rules that no log can decide here,
// how rules are read where that is not evident, and which are slow.
func (f *RuleFiles) Remarks() (out []detect.Fault) {
	if f.sigma != nil {
		out = slices.Concat(f.sigma.Idle(), f.sigma.Notes())
	}
	if f.yara != nil {
		out = append(out, f.yara.Warnings()...)
	}
	return out
}

// ReadRules reads files of rules and folders of them, by their endings. All faults are
// told at once.
func ReadRules(paths []string) (*RuleFiles, error) {
	out := &RuleFiles{}
	if len(paths) == 0 {
		return out, nil
	}
	files, err := RuleNames(paths)
	if err != nil {
		return nil, err
	}
	var sources []sigma.Source
	var texts []yara.Source
	for _, name := range files {
		text, err := ReadWhole(name, maxRuleFile)
		if err != nil {
			return nil, Usage(fmt.Errorf("%s: %w", name, Bare(err)))
		}
		if slices.Contains(yaraEndings, ending(name)) {
			texts = append(texts, yara.Source{Name: name, Text: text})
			continue
		}
		sources = append(sources, sigma.Source{Name: name, Text: text})
	}
	var faults, more []detect.Fault
	if len(sources) > 0 {
		out.sigma, faults = sigma.Compile(sources, Schemas(), nil)
	}
	if len(texts) > 0 {
		out.yara, more = yara.Compile(texts)
	}
	return out, FaultsError(append(faults, more...))
}

// The endings of files of rules.
var (
	sigmaEndings = []string{".yml", ".yaml"}
	yaraEndings  = []string{".yar", ".yara"}
)

func ending(name string) string { return strings.ToLower(filepath.Ext(name)) }

// IsRules says whether a file's name is one of rules.
func IsRules(name string) bool {
	return slices.Contains(sigmaEndings, ending(name)) || slices.Contains(yaraEndings, ending(name))
}

// RuleNames are the files of rules among paths and in folders, sorted within each. Other
// files in folders are passed over; those that are named must be rules.
func RuleNames(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		at, err := os.Stat(p)
		if err != nil {
			return nil, Usage(fmt.Errorf("%s: %w", p, Bare(err)))
		}
		if !at.IsDir() {
			if !IsRules(p) {
				return nil, Usage(fmt.Errorf("%s: the name ends in none of .yml .yaml (Sigma) .yar .yara (YARA)", p))
			}
			out = append(out, p)
			continue
		}
		before := len(out)
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Type().IsRegular() && IsRules(name) {
				out = append(out, name)
			}
			if len(out) > maxRuleFiles {
				return fmt.Errorf("more than %d files of rules", maxRuleFiles)
			}
			return nil
		})
		if err != nil {
			return nil, Usage(fmt.Errorf("%s: %w", p, Bare(err)))
		}
		if len(out) == before {
			return nil, Usage(fmt.Errorf("%s: there are no files .yml .yaml .yar .yara in it", p))
		}
	}
	return out, nil
}

// FaultsError tells all faults at once, one a line.
func FaultsError(faults []detect.Fault) error {
	var errs []error
	for _, f := range faults {
		errs = append(errs, f)
	}
	if len(errs) == 0 {
		return nil
	}
	return Usage(errors.Join(errs...))
}

// Heads are all rules that are looked for: behaviours, in the order of the list, and
// those of files.
func Heads(of *RuleFiles) []*detect.Rule {
	var out []*detect.Rule
	list := rules.All()
	slices.SortFunc(list, grave)
	for _, b := range list {
		r := b.Rule
		r.Baseline = b.Against()
		for _, s := range b.Wants {
			r.Logs = append(r.Logs, s.Name)
		}
		slices.Sort(r.Logs)
		out = append(out, &r)
	}
	return append(out, of.Heads()...)
}

// ByID finds a rule, case aside.
func ByID(list []*detect.Rule, id string) (*detect.Rule, bool) {
	i := slices.IndexFunc(list, func(r *detect.Rule) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// Schemas lists every log that can be written, by name.
func Schemas() []*event.Schema {
	out := append(protocols.Schemas(), flow.Schema, sensor.WeirdSchema)
	slices.SortFunc(out, func(a, b *event.Schema) int { return strings.Compare(a.Name, b.Name) })
	return out
}
