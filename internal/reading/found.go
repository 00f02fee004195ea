package reading

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"lazaret/internal/detect"
	"lazaret/internal/detect/allow"
	"lazaret/internal/detect/intel"
	"lazaret/internal/detect/rules"
	"lazaret/internal/detect/sigma"
	"lazaret/internal/detect/yara"
	"lazaret/internal/event"
	"lazaret/internal/partners"
	"lazaret/internal/report"
)

// checkNumbers names every number that no rule has, or that makes no sense.
func checkNumbers(c detect.Config) error {
	var errs []error
	list := rules.All()
	for id, set := range c.Numbers {
		i := slices.IndexFunc(list, func(b *detect.Behaviour) bool { return b.ID == id })
		if i < 0 {
			errs = append(errs, fmt.Errorf("detect.numbers.%s: there is no such rule; see lazaret rules list", id))
			continue
		}
		for name, v := range set {
			j := slices.IndexFunc(list[i].Numbers, func(n detect.Number) bool { return n.Name == name })
			switch {
			case j < 0:
				errs = append(errs, fmt.Errorf("detect.numbers.%s.%s: the rule has no such number; see lazaret rules explain %s", id, name, id))
			case v < list[i].Numbers[j].Min:
				errs = append(errs, fmt.Errorf("detect.numbers.%s.%s: %v is less than %v %s", id, name, v, list[i].Numbers[j].Min, list[i].Numbers[j].Unit))
			}
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// Look is everything that looks at records, one engine after the other.
type Look struct {
	adds []func(r *event.Record)
	ends []func() // after the last record
}

// Add shows the next record to all.
func (l *Look) Add(r *event.Record) {
	for _, add := range l.adds {
		add(r)
	}
}

// End is told after the last record.
func (l *Look) End() {
	for _, end := range l.ends {
		end()
	}
}

// NewLook starts the engines that were asked for. What they report goes to book.
func NewLook(cfg Config, in Input, book *detect.Book) (*Look, error) {
	out := &Look{adds: []func(*event.Record){detect.NewWatchAgainst(cfg.Detect, book, rules.All(), in.Base).Add}}
	if in.Intel != nil {
		e, err := intel.NewEngine(in.Intel, Schemas(), book.Hit)
		if err != nil {
			return nil, err
		}
		out.adds = append(out.adds, e.Add)
	}
	if in.Rules != nil && in.Rules.sigma != nil {
		e := sigma.NewEngine(in.Rules.sigma, cfg.Sigma, book.Hit)
		out.adds, out.ends = append(out.adds, e.Add), append(out.ends, e.End)
	}
	if in.Rules != nil && in.Rules.yara != nil {
		out.adds = append(out.adds, yara.NewEngine(in.Rules.yara, book.Hit).Add)
	}
	return out, nil
}

// ReadKnowledge reads rules, allow-lists and indicators. The faults of all are told at
// once.
func (in *Input) ReadKnowledge(rulePaths, allowFiles, intelFiles []string) error {
	var errs [3]error
	in.Rules, errs[0] = ReadRules(rulePaths)
	known := func(string) bool { return true } // which rules there are is told when they can be read
	if errs[0] == nil {
		known = Knows(in.Rules)
	}
	in.Allow, errs[1] = ReadAllow(allowFiles, known)
	in.Intel, errs[2] = ReadIntel(intelFiles)
	return errors.Join(errs[:]...)
}

// ReadIntel reads the files of --intel; nil if there are none.
func ReadIntel(files []string) (*intel.Set, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var sources []intel.Source
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, Usage(fmt.Errorf("--intel %s: %w", name, Bare(err)))
		}
		defer f.Close()
		sources = append(sources, intel.Source{Name: name, Text: f})
	}
	set, faults := intel.Load(sources)
	return set, FaultsError(faults)
}

// Knows says whether there is a rule of a number, among all that are looked for.
func Knows(files *RuleFiles) func(rule string) bool {
	list := Heads(files)
	return func(id string) bool { _, ok := ByID(list, id); return ok }
}

// maxAllow is the most bytes that an allow-list may have.
const maxAllow = 64 << 20

// ReadAllow reads the files of --allow; nil if there are none. known says whether there
// is a rule of a number.
func ReadAllow(files []string, known func(rule string) bool) (*allow.List, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var sources []allow.Source
	for _, name := range files {
		text, err := ReadWhole(name, maxAllow)
		if err != nil {
			return nil, Usage(fmt.Errorf("--allow %s: %w", name, Bare(err)))
		}
		sources = append(sources, allow.Source{Name: name, Text: text})
	}
	list, faults := allow.Read(sources, known)
	return list, FaultsError(faults)
}

func silenced(r *detect.Report) []report.Silenced {
	out := []report.Silenced{}
	for _, a := range r.Allowed {
		out = append(out, report.Silenced{Rule: a.Rule.ID, By: a.By, Count: a.Count})
	}
	return out
}

// grave terminal.Orders rules for the list: by number within its letter.
func grave(a, b *detect.Behaviour) int {
	letter := func(id string) string { return strings.TrimRight(id, "0123456789") }
	return cmp.Or(strings.Compare(letter(a.ID), letter(b.ID)), cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
}

// maxPartners is the most bytes that a file of partners may have.
const maxPartners = 16 << 20

// ReadPartners reads the file of --partners; nil if none was named.
func ReadPartners(file string) (*partners.List, error) {
	if file == "" {
		return nil, nil
	}
	text, err := ReadWhole(file, maxPartners)
	if err != nil {
		return nil, Usage(fmt.Errorf("--partners %s: %w", file, Bare(err)))
	}
	list, faults := partners.Read(file, text)
	return list, FaultsError(faults)
}
