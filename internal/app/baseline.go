package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lazaret/internal/baseline"
	"lazaret/internal/event"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
)

// errDiffers says that two baselines differ: exit status 1, as with diff.
var errDiffers = errors.New("the baselines differ")

// learning are the flags of read for what is normal.
type learning struct {
	learn      []string
	from, save string
}

func (l *learning) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&l.learn, "learn", nil, "take `WINDOW` for normal: 24h (from the first record on), 7d, or FROM/TO as 2026-01-01T00:00/2026-01-08T00:00; may be given again")
	c.Flags().StringVar(&l.from, "baseline", "", "compare with what is normal by `FILE`, that --save-baseline wrote; with --learn it is learned on")
	c.Flags().StringVar(&l.save, "save-baseline", "", "write what was learned to `FILE`; see lazaret baseline")
}

// profile is what is normal, nil if nothing was asked for.
func (l *learning) profile(cfg baseline.Config) (*baseline.Profile, error) {
	var errs []error
	var asks []baseline.Ask
	for _, s := range l.learn {
		a, err := parseWindow(s)
		if err != nil {
			errs = append(errs, reading.Usage(fmt.Errorf("--learn %s: %w", s, err)))
		}
		asks = append(asks, a)
	}
	if l.save != "" && len(l.learn) == 0 {
		errs = append(errs, reading.Usage(fmt.Errorf("--save-baseline %s: nothing is learned without --learn", l.save)))
	}
	if l.save != "" {
		errs = append(errs, checkPlace("--save-baseline", l.save))
	}
	var p *baseline.Profile
	if l.from != "" {
		var err error
		if p, err = readBaseline(l.from, cfg); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, reading.Usage(err)
	}
	if p == nil && len(asks) > 0 {
		p = baseline.New(cfg, nil)
	}
	if p != nil {
		p.Learn(asks)
	}
	return p, nil
}

// parseWindow reads a window: a length, with days as d, or two times.
func parseWindow(s string) (baseline.Ask, error) {
	a := baseline.Ask{Text: s}
	from, to, both := strings.Cut(s, "/")
	if !both {
		d, err := time.ParseDuration(s)
		if days, ok := strings.CutSuffix(s, "d"); ok {
			var n float64
			if n, err = strconv.ParseFloat(days, 64); err == nil && n > 0 && n <= 36_500 {
				d = time.Duration(n * float64(24*time.Hour))
			}
		}
		if err != nil || d <= 0 {
			return a, errors.New("expected is a length like 24h or 7d, or FROM/TO like 2026-01-01T00:00/2026-01-08T00:00")
		}
		a.For = event.Interval(d)
		return a, nil
	}
	var errs [2]error
	a.From, errs[0] = parseMinute(from)
	a.To, errs[1] = parseMinute(to)
	if err := errors.Join(errs[:]...); err != nil {
		return a, err
	}
	if a.From >= a.To {
		return a, fmt.Errorf("%s is not before %s", from, to)
	}
	return a, nil
}

// parseMinute reads a time as other flags do, and one without seconds.
func parseMinute(s string) (event.Time, error) {
	if t, err := event.ParseTime(s + ":00"); err == nil {
		return t, nil
	}
	t, err := event.ParseTime(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time like 2026-11-02T08:00Z, 2026-11-02 or 1793606400", s)
	}
	return t, nil
}

// readBaseline reads a frozen baseline; its faults are told at once.
func readBaseline(file string, cfg baseline.Config) (*baseline.Profile, error) {
	text, err := reading.ReadWhole(file, baseline.MaxFile)
	if err != nil {
		return nil, reading.Usage(fmt.Errorf("baseline %s: %w", file, reading.Bare(err)))
	}
	p, faults := baseline.Read(text, cfg)
	var errs []error
	for _, f := range faults {
		what := f.What
		if f.Key != "" {
			what = f.Key + ": " + what
		}
		errs = append(errs, fmt.Errorf("%s:%d: %s", file, f.Line, what))
	}
	if len(errs) > 0 {
		return nil, reading.Usage(errors.Join(errs...))
	}
	return p, nil
}

// finish says which windows had nothing in them, or writes what was learned.
func (l *learning) finish(w io.Writer, r *reading.Reading) error {
	if r.Base == nil || len(l.learn) == 0 {
		return nil
	}
	var errs []error
	for _, a := range r.Base.Empty() {
		where := "the captures are empty"
		if r.Capture.Frames > 0 {
			where = "the captures are from " + r.Capture.First.RFC3339() + " to " + r.Capture.Last.RFC3339()
		}
		errs = append(errs, fmt.Errorf("--learn %s: there is no record in it; %s", a.Text, where))
	}
	if err := errors.Join(errs...); err != nil {
		return reading.Usage(err)
	}
	rows, shed := 0, uint64(0)
	for _, k := range baseline.Kinds() {
		n, lost := r.Base.Len(k)
		rows, shed = rows+n, shed+lost
	}
	hosts, _ := r.Base.Len(baseline.Host)
	fmt.Fprintf(w, "lazaret: the baseline has %s of %s, learned in %s\n", terminal.Plural(rows, "row"), terminal.Plural(hosts, "machine"), baseline.Long(r.Base.Span()))
	if shed > 0 {
		fmt.Fprintf(w, "lazaret: %s found no room in the baseline: [baseline] in the configuration\n", terminal.Plural(int(shed), "sighting"))
	}
	if l.save == "" {
		return nil
	}
	if err := reading.WriteWhole(l.save, func(w io.Writer) error { return r.Base.Write(w, reading.Version()) }); err != nil {
		return fmt.Errorf("--save-baseline %s: %w", l.save, reading.Bare(err))
	}
	return nil
}

func newBaseline(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "baseline", Short: "Show, compare and check what is taken for normal",
		Long: `A baseline is who normally speaks what to whom, learned by lazaret read --learn from a time
that somebody vouches for, and frozen to a text file of one row a line: read it, delete rows that are
not normal, keep it under reading.Version control. lazaret read --baseline compares with it.`,
		Example: "  lazaret read --learn 7d --save-baseline site.baseline week/\n  lazaret baseline show site.baseline\n  lazaret read --baseline site.baseline today.pcap\n" +
			"  lazaret read --baseline site.baseline --learn 24h --save-baseline new.baseline today.pcap\n  lazaret baseline diff site.baseline new.baseline",
		Args: nothing, RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	show := &cobra.Command{
		Use: "show FILE", Short: "Show what is normal for each role",
		Example: "  lazaret baseline show site.baseline\n  lazaret baseline show --json site.baseline | jq -r '.rows[] | select(.kind == \"title\") | .key.title'",
		Args:    exactly(1, "a file"),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.showBaseline(cmd, args[0], asJSON) },
	}
	show.Flags().BoolVar(&asJSON, "json", false, "print all rows as JSON")
	diff := &cobra.Command{
		Use: "diff OLD NEW", Short: "Tell how two baselines differ, in the terms of roles",
		Long:    "Diff tells what was added, what is gone and what changed, and ends with status 1 if the baselines differ.",
		Example: "  lazaret baseline diff january.baseline february.baseline",
		Args:    exactly(2, "two files"),
		RunE:    func(cmd *cobra.Command, args []string) error { return e.diffBaselines(cmd, args, asJSON) },
	}
	diff.Flags().BoolVar(&asJSON, "json", false, "print the differences as JSON")
	c.AddCommand(show, diff, &cobra.Command{
		Use: "check FILE ...", Short: "Say everything that is wrong with baselines",
		Example: "  lazaret baseline check site.baseline",
		Args:    atLeast(1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := configOf(cmd)
			if err != nil {
				return err
			}
			var errs []error
			for _, file := range args {
				_, err := readBaseline(file, cfg.Baseline)
				if errs = append(errs, err); err == nil {
					fmt.Fprintf(e.out, "ok: %s\n", file)
				}
			}
			if err := errors.Join(errs...); err != nil {
				return reading.Usage(err)
			}
			return nil
		},
	})
	return c
}

// exactly demands a number of arguments in the words of the command.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return reading.Usage(fmt.Errorf("%s wants %s; see %s --help", c.Name(), what, c.CommandPath()))
		}
		return nil
	}
}

// baselineJSON is a baseline as show --json prints it.
type baselineJSON struct {
	Tool    string            `json:"tool"`
	Learned []windowJSON      `json:"learned"`
	Shed    map[string]uint64 `json:"shed"` // sightings that found no room, by kind of row
	Usual   []usualJSON       `json:"usual"`
	Rows    []rowJSON         `json:"rows"`
}

type windowJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type usualJSON struct {
	Kind    string `json:"kind"`
	Role    string `json:"role"`
	Service string `json:"service"`
	To      string `json:"to"`      // role, empty for the outside
	Devices int    `json:"devices"` // of the role that do it
	Of      int    `json:"of"`      // of the role in all
	Times   uint64 `json:"times"`
}

type rowJSON struct {
	Kind  string            `json:"kind"`
	Key   map[string]string `json:"key"`
	Role  string            `json:"role,omitempty"`
	Times uint64            `json:"times"`
	Days  uint64            `json:"days"`
	First string            `json:"first"`
	Last  string            `json:"last"`
	Most  []uint64          `json:"most,omitempty"` // of a retrieval studies, objects, bytes in an hour and in a day; of a query answers
}

func keyJSON(k *baseline.Key) map[string]string {
	out := map[string]string{}
	heads, values := k.Columns()
	for i := range heads {
		out[heads[i]] = values[i]
	}
	return out
}

func (e *env) showBaseline(cmd *cobra.Command, file string, asJSON bool) error {
	cfg, err := configOf(cmd)
	if err != nil {
		return err
	}
	p, err := readBaseline(file, cfg.Baseline)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.out, baselineDocument(p))
	}
	fmt.Fprintf(e.out, "Learned in %s by lazaret %s:", baseline.Long(p.Span()), p.Tool)
	for _, k := range baseline.Kinds() {
		if n, _ := p.Len(k); n > 0 {
			fmt.Fprintf(e.out, " %s %s", report.Thousands(uint64(n)), k)
		}
	}
	fmt.Fprint(e.out, "\n\n")
	t := &terminal.Table{Head: []string{"ROLE", "DOES", "WITH", "DEVICES", "TIMES"}, Floor: []int{4, 8, 4, 7, 5}}
	role := ""
	for _, u := range p.Usages() {
		name := string(u.Role)
		if name == role {
			name = ""
		}
		role = string(u.Role)
		to := string(u.To)
		switch u.Kind {
		case baseline.Outside:
			to = "the outside"
		case baseline.Inbound:
			to = "callers from outside"
		}
		what := u.Service
		if u.Kind == baseline.Act {
			what = "administers: " + what
		}
		t.Add(name, what, to, fmt.Sprintf("%d of %d", u.Devices, u.Of), report.Thousands(u.Times))
	}
	if err := t.Print(e.out, terminal.Width(e.out)); err != nil {
		return err
	}
	for _, k := range baseline.Kinds() {
		if _, n := p.Len(k); n > 0 {
			fmt.Fprintf(e.out, "%s of kind %s found no room when it was learned: what is new of that kind may be old\n", terminal.Plural(int(n), "sighting"), k)
		}
	}
	return nil
}

func baselineDocument(p *baseline.Profile) *baselineJSON {
	out := &baselineJSON{Tool: p.Tool, Learned: []windowJSON{}, Shed: map[string]uint64{}, Usual: []usualJSON{}, Rows: []rowJSON{}}
	for _, w := range p.Windows {
		out.Learned = append(out.Learned, windowJSON{w.From.RFC3339(), w.To.RFC3339()})
	}
	for _, k := range baseline.Kinds() {
		if _, n := p.Len(k); n > 0 {
			out.Shed[k.String()] = n
		}
	}
	for _, u := range p.Usages() {
		out.Usual = append(out.Usual, usualJSON{u.Kind.String(), string(u.Role), u.Service, string(u.To), u.Devices, u.Of, u.Times})
	}
	for _, k := range p.Rows() {
		r, _ := p.Has(k)
		x := rowJSON{Kind: k.Kind.String(), Key: keyJSON(&k), Role: string(r.Role), Times: r.Times, Days: r.Days, First: r.First.RFC3339(), Last: r.Last.RFC3339()}
		switch k.Kind {
		case baseline.Retrieval:
			x.Most = slices.Clone(r.Most[:])
		case baseline.Query:
			x.Most = []uint64{r.Most[0]}
		}
		out.Rows = append(out.Rows, x)
	}
	return out
}

type changeJSON struct {
	Change string            `json:"change"` // added, gone, changed
	Kind   string            `json:"kind"`
	Key    map[string]string `json:"key"`
	Says   string            `json:"says"`
}

func (e *env) diffBaselines(cmd *cobra.Command, files []string, asJSON bool) error {
	cfg, err := configOf(cmd)
	if err != nil {
		return err
	}
	var p [2]*baseline.Profile
	var errs [2]error
	for i, f := range files {
		p[i], errs[i] = readBaseline(f, cfg.Baseline)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return reading.Usage(err)
	}
	changes := baseline.Diff(p[0], p[1])
	if asJSON {
		out := []changeJSON{}
		for _, c := range changes {
			out = append(out, changeJSON{c.What, c.Key.Kind.String(), keyJSON(&c.Key), c.Says})
		}
		err = printJSON(e.out, out)
	} else {
		for _, c := range changes {
			sign := map[string]string{"added": "+", "gone": "-", "changed": "~"}[c.What]
			line := sign + " " + c.Key.String()
			if c.Says != "" {
				line += "  # " + c.Says
			}
			fmt.Fprintln(e.out, line)
		}
	}
	if err == nil && len(changes) > 0 {
		return errDiffers
	}
	return err
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
