package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/rules"
	"lazaret/internal/detect/sigma"
	"lazaret/internal/detect/yara"
)

// Bounds of files of rules.
const (
	maxRuleFile  = 16 << 20 // bytes
	maxRuleFiles = 50_000
)

// ruleFiles are rules that others wrote.
type ruleFiles struct {
	sigma *sigma.Set // nil for none
	yara  *yara.Set  // nil for none
}

// heads are the rules in the order of their files.
func (f *ruleFiles) heads() (out []*detect.Rule) {
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

// remarks are what is no fault, but should be known: rules that no log can decide here,
// how rules are read where that is not evident, and which are slow.
func (f *ruleFiles) remarks() (out []detect.Fault) {
	if f.sigma != nil {
		out = slices.Concat(f.sigma.Idle(), f.sigma.Notes())
	}
	if f.yara != nil {
		out = append(out, f.yara.Warnings()...)
	}
	return out
}

// readRules reads files of rules and folders of them, by their endings. All faults are
// told at once.
func readRules(paths []string) (*ruleFiles, error) {
	out := &ruleFiles{}
	if len(paths) == 0 {
		return out, nil
	}
	files, err := ruleNames(paths)
	if err != nil {
		return nil, err
	}
	var sources []sigma.Source
	var texts []yara.Source
	for _, name := range files {
		text, err := readWhole(name, maxRuleFile)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", name, bare(err))}
		}
		if slices.Contains(yaraEndings, ending(name)) {
			texts = append(texts, yara.Source{Name: name, Text: text})
			continue
		}
		sources = append(sources, sigma.Source{Name: name, Text: text})
	}
	var faults, more []detect.Fault
	if len(sources) > 0 {
		out.sigma, faults = sigma.Compile(sources, schemas(), nil)
	}
	if len(texts) > 0 {
		out.yara, more = yara.Compile(texts)
	}
	return out, faultsError(append(faults, more...))
}

// The endings of files of rules.
var (
	sigmaEndings = []string{".yml", ".yaml"}
	yaraEndings  = []string{".yar", ".yara"}
)

func ending(name string) string { return strings.ToLower(filepath.Ext(name)) }

// isRules says whether a file's name is one of rules.
func isRules(name string) bool {
	return slices.Contains(sigmaEndings, ending(name)) || slices.Contains(yaraEndings, ending(name))
}

// ruleNames are the files of rules among paths and in folders, sorted within each. Other
// files in folders are passed over; those that are named must be rules.
func ruleNames(paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		at, err := os.Stat(p)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", p, bare(err))}
		}
		if !at.IsDir() {
			if !isRules(p) {
				return nil, usageError{fmt.Errorf("%s: the name ends in none of .yml .yaml (Sigma) .yar .yara (YARA)", p)}
			}
			out = append(out, p)
			continue
		}
		before := len(out)
		err = filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Type().IsRegular() && isRules(name) {
				out = append(out, name)
			}
			if len(out) > maxRuleFiles {
				return fmt.Errorf("more than %d files of rules", maxRuleFiles)
			}
			return nil
		})
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", p, bare(err))}
		}
		if len(out) == before {
			return nil, usageError{fmt.Errorf("%s: there are no files .yml .yaml .yar .yara in it", p)}
		}
	}
	return out, nil
}

// readWhole reads a file that is not larger than it may be.
func readWhole(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("is larger than %d bytes", most)
	}
	return b, err
}

// faultsError tells all faults at once, one a line.
func faultsError(faults []detect.Fault) error {
	var errs []error
	for _, f := range faults {
		errs = append(errs, f)
	}
	if len(errs) == 0 {
		return nil
	}
	return usageError{errors.Join(errs...)}
}

// heads are all rules that are looked for: behaviours, in the order of the list, and
// those of files.
func heads(of *ruleFiles) []*detect.Rule {
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
	return append(out, of.heads()...)
}

// byID finds a rule, case aside.
func byID(list []*detect.Rule, id string) (*detect.Rule, bool) {
	i := slices.IndexFunc(list, func(r *detect.Rule) bool { return strings.EqualFold(r.ID, id) })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}
