package app

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/extract"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
	"lazaret/internal/report/stix"
	"lazaret/internal/report/terminal"
)

// reads are the flags of read.
type reads struct {
	output, order, known, logs string
	extract, extractLimit      string
	save, alerts, syslog       []string
	failOn                     string
	looking
}

// looking are the flags of every command that looks for something in captures: which part
// of them, and what is known.
type looking struct {
	since, until        string
	allow, intel, rules []string
	partners, ledger    string
	normal              learning
	workers             int
}

func (l *looking) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&l.allow, "allow", nil, "what is expected, in `FILE` (lazaret rules allow shows one): it is counted and no finding; may be given again")
	c.Flags().StringArrayVar(&l.rules, "rules", nil, "also look for the rules of Sigma (.yml) and YARA (.yar) in `PATH`, a file or a folder; may be given again")
	c.Flags().StringArrayVar(&l.intel, "intel", nil, "look for the indicators in `FILE`: a STIX 2.1 bundle, a MISP event, CSV or a plain list; may be given again")
	c.Flags().StringVar(&l.partners, "partners", "", "who is outside and has to do with the site, in `FILE` (lazaret partners shows one): named where they had to do with where an intruder came in")
	c.Flags().StringVar(&l.ledger, "ledger", "", "remember incidents from run to run in `FILE`, made if it is not there: their ids, states and what happened (lazaret incident shows and closes them)")
	l.normal.flags(c)
	timeFlags(c, &l.since, &l.until, &l.workers)
}

// input is what the flags ask for; all that is wrong with them is found before anything
// is read.
func (l *looking) input(cmd *cobra.Command, e *env, args []string) (reading.Config, reading.Input, error) {
	cfg, in, err := e.inputOf(cmd, args, l.since, l.until, l.workers)
	if err != nil {
		return cfg, in, err
	}
	if err = in.ReadKnowledge(l.rules, l.allow, l.intel); err != nil {
		return cfg, in, err
	}
	if in.Partners, err = reading.ReadPartners(l.partners); err != nil {
		return cfg, in, err
	}
	in.Ledger = l.ledger
	in.Base, err = l.normal.profile(cfg.Baseline)
	in.Learns = len(l.normal.learn) > 0
	return cfg, in, err
}

const readLong = `Read reads capture files (pcap, pcapng, plain, gzip or zstd), folders of them, or
standard input, as one timeline ordered by packet time, and prints one row per
device, a summary line, and what could not be inspected.

A star behind a role says that some evidence speaks against something in the
row; lazaret explain shows all of it. TALKS TO has storage>PACS for a service that
the device uses and storage<CT1 for one that it serves. RISK is a score from 0 to 100 (docs/risk.md);
explain shows its parts.

Sessions are who opened a remote desktop, a screen, a shell, or ran a program through a
service, a task or WMI, on whom. Likely is by the amounts that moved, or because sealed
calls went on; unknown is sealed or not told. Accounts are counted here and stand in the
logs alone.

Findings are what rules found, worst first: who did what to whom, the fields that prove it,
why it matters, and what else could be the cause. lazaret rules explain shows a rule.

Incidents are findings that belong together, one a line: lazaret report writes where it came in,
who infected whom and who was exposed.

--learn takes windows of time for normal: who speaks what to whom in them is a baseline, and what
is new after them is found, and judged by what is usual for the role of the device. --save-baseline
freezes it to a file that can be reviewed, and --baseline compares with such a file. See
docs/baseline.md.

--alerts writes findings for other systems, and --syslog sends them (RFC 5424, text in CEF): it
is the only flag that opens a connection. See docs/alerts.md.

--extract writes the content of files as they moved: nothing in it is masked, and images,
reports and mail hold patient data. Give it a folder that is protected like the archive.
Files are kept up to sensor.files.executable bytes each; the index is extracted.jsonl.`

const readExample = `  lazaret read capture.pcap
  lazaret read -o json monday/ tuesday.pcapng.zst > inventory.json
  lazaret read --sort risk capture.pcap
  lazaret read -o html monday/ > inventory.html
  lazaret read --save inventory.html --save assets.csv --save bom.cdx.json monday/
  lazaret read --logs logs/ --since 2026-11-02T08:00:00Z --until 2026-11-02T09:00:00Z day.pcap
  lazaret read --extract found/ --extract-limit 500M capture.pcap
  lazaret read --fail-on high capture.pcap || echo look at it
  lazaret read --rules sigma/ --rules ours.yar capture.pcap
  lazaret read --intel cert.stix.json --intel ours.txt capture.pcap
  lazaret read --allow site.toml capture.pcap
  lazaret read --learn 24h --save-baseline site.baseline monday/
  lazaret read --baseline site.baseline tuesday.pcap
  lazaret read --alerts found.ecs.jsonl --alerts found.layer.json capture.pcap
  lazaret read --syslog 'tls://siem.example:6514?ca=siem.pem' capture.pcap
  lazaret read -o ecs capture.pcap | jq .message
  lazaret read --known cmms.csv --save inventory.html monday/
  ssh sensor tcpdump -i span0 -w - | lazaret read -`

func newRead(e *env) *cobra.Command {
	var f reads
	c := &cobra.Command{
		Use:   "read [flags] FILE|DIR|- ...",
		Short: "Read captures and print who is on the network",
		Long:  readLong, Example: readExample,
		Args: atLeast(1, "a file, a folder, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error { return e.runRead(cmd, args, &f) },
	}
	c.Flags().StringVarP(&f.output, "output", "o", "text", "`FORMAT` of the output: "+strings.Join(outputs(), ", "))
	c.Flags().StringArrayVar(&f.save, "save", nil, "also write `FILE` in the format of its ending ("+strings.Join(endings(), " ")+"); may be given again")
	c.Flags().StringArrayVar(&f.alerts, "alerts", nil, "write findings to `FILE` in the format of its ending ("+strings.Join(alertEndings(), " ")+"); may be given again")
	c.Flags().StringArrayVar(&f.syslog, "syslog", nil, "send findings to `ADDRESS`: udp://host:514, tcp://host:601 or tls://host:6514?ca=FILE; may be given again")
	c.Flags().StringVar(&f.order, "sort", "role", "`ORDER` of the rows of the text output: role, or risk with what to mend first")
	c.Flags().StringVar(&f.known, "known", "", "compare with the asset list in `FILE`, a CSV export of a maintenance system or of NetBox")
	c.Flags().StringVar(&f.extract, "extract", "", "write the content of files that moved to `DIR`, named by their hashes; they may hold patient data")
	c.Flags().StringVar(&f.extractLimit, "extract-limit", "1G", "most `BYTES` that --extract writes; k, M, G and T are powers of 1024")
	c.Flags().StringVar(&f.failOn, "fail-on", "", "end with status 3 if a finding is of `SEVERITY` or graver: info, low, medium, high, critical")
	c.Flags().StringVar(&f.logs, "logs", "", "write the records to `DIR`, one JSON lines file per log, named as Zeek's")
	f.looking.flags(c)
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs(), cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(terminal.Orders, cobra.ShellCompDirectiveNoFileComp))
	_ = c.MarkFlagDirname("logs")
	_ = c.MarkFlagDirname("extract")
	return c
}

// checkExtract finds what is wrong with the flags before anything is read.
func checkExtract(dir, limit string) (uint64, error) {
	n, err := extract.ParseSize(limit)
	if err != nil {
		return 0, reading.Usage(fmt.Errorf("--extract-limit: %w", err))
	}
	if at, err := os.Stat(dir); dir != "" && err == nil && !at.IsDir() {
		return 0, reading.Usage(fmt.Errorf("--extract %s: is not a folder", dir))
	}
	return n, nil
}

func checkOrder(order string) error {
	if !slices.Contains(terminal.Orders, order) {
		return reading.Usage(fmt.Errorf("--sort: %q is none of %s", order, strings.Join(terminal.Orders, ", ")))
	}
	return nil
}

// runRead finds what is wrong with the flags before anything is read.
func (e *env) runRead(cmd *cobra.Command, args []string, f *reads) error {
	if err := cmp.Or(checkOutputs(e.out, f.output, f.save), checkOrder(f.order)); err != nil {
		return err
	}
	collectors, err := checkAlerts(f.alerts, f.syslog)
	if err != nil {
		return err
	}
	limit, err := parseFailOn(f.failOn)
	if err != nil {
		return err
	}
	cfg, in, err := f.input(cmd, e, args)
	if err != nil {
		return err
	}
	in.Logs, in.Extract = f.logs, f.extract
	if in.ExtractLimit, err = checkExtract(f.extract, f.extractLimit); err != nil {
		return err
	}
	list, err := readAssets(f.known)
	if err != nil {
		return err
	}
	r, err := reading.Run(cmd.Context(), e.err, cfg, in)
	if err != nil {
		return err
	}
	d, err := r.Document()
	if err != nil {
		return err
	}
	compareKnown(d, list)
	saved := cmp.Or(saveDocument(d, f.save), saveAlerts(d, f.alerts))
	if err := printDocument(e.out, d, f.output, f.order); err != nil {
		return err
	}
	if saved = cmp.Or(saved, sendAlerts(d, collectors)); saved != nil {
		return saved
	}
	if err := cmp.Or(f.normal.finish(e.err, r), r.KeepLedger(f.ledger)); err != nil {
		return err
	}
	if err := r.Status(); err != nil {
		return err
	}
	if limit != detect.None && report.Worst(d.Findings) >= limit {
		return errFound
	}
	return nil
}

// timeFlags are the flags of every command that reads captures.
func timeFlags(c *cobra.Command, since, until *string, workers *int) {
	c.Flags().StringVar(since, "since", "", "leave out packets before `TIME` (RFC 3339, a date, or epoch seconds)")
	c.Flags().StringVar(until, "until", "", "leave out packets at `TIME` or later")
	c.Flags().IntVar(workers, "workers", 0, "goroutines that analyze, 0 to fit the cores; the output is the same for any `N`")
}

func (e *env) inputOf(cmd *cobra.Command, args []string, since, until string, workers int) (reading.Config, reading.Input, error) {
	cfg, err := configOf(cmd)
	if err != nil {
		return cfg, reading.Input{}, err
	}
	in := reading.Input{Paths: args, Progress: true}
	if in.Since, err = parseTime("since", since); err != nil {
		return cfg, in, err
	}
	if in.Until, err = parseTime("until", until); err != nil {
		return cfg, in, err
	}
	if in.Since != 0 && in.Until != 0 && in.Since >= in.Until {
		return cfg, in, reading.Usage(fmt.Errorf("--since %s is not before --until %s", since, until))
	}
	if cmd.Flags().Changed("workers") {
		cfg.Sensor.Workers = workers
	}
	if err := cfg.Sensor.Validate(); err != nil {
		return cfg, in, reading.Usage(err)
	}
	return cfg, in, nil
}

// outputs are the formats of --output.
func outputs() []string {
	return append(append([]string{"text", stix.Format().Name}, report.Names()...), alertNames()...)
}

func endings() []string {
	out := []string{stix.Format().Suffix}
	for _, f := range report.Formats() {
		out = append(out, f.Suffix)
	}
	return out
}

// checkOutputs finds what is wrong with the formats before anything is read.
func checkOutputs(w io.Writer, output string, save []string) error {
	f, ok := formatByName(output)
	if !ok && output != "text" {
		return reading.Usage(fmt.Errorf("--output: %q is none of %s", output, strings.Join(outputs(), ", ")))
	}
	if out, isFile := w.(*os.File); f.Binary && isFile && term.IsTerminal(int(out.Fd())) {
		return reading.Usage(fmt.Errorf("--output %s is not for a terminal: write it to a file, > inventory%s", output, f.Suffix))
	}
	for _, file := range save {
		if f, ok := alerts.ByFile(file); ok {
			return reading.Usage(fmt.Errorf("--save %s: %s is of findings alone: --alerts %s", file, f.Suffix, file))
		}
		if _, ok := formatByFile(file); !ok {
			return reading.Usage(fmt.Errorf("--save %s: the name ends in none of %s", file, strings.Join(endings(), " ")))
		}
		if err := checkPlace("--save", file); err != nil {
			return err
		}
	}
	return nil
}

// saveDocument writes the files of --save, each whole or not at all. One that cannot
// be written keeps none of the others from being; the error is that of the first.
func saveDocument(d *report.Document, files []string) (first error) {
	for _, file := range files {
		f, _ := formatByFile(file)
		if err := reading.WriteWhole(file, func(w io.Writer) error { return f.Write(w, d) }); err != nil {
			first = cmp.Or(first, fmt.Errorf("--save %s: %w", file, reading.Bare(err)))
		}
	}
	return first
}

func printDocument(w io.Writer, d *report.Document, output, order string) error {
	if f, ok := formatByName(output); ok {
		buf := bufio.NewWriter(w)
		return errors.Join(f.Write(buf, d), buf.Flush())
	}
	return terminal.Print(w, d, terminal.Width(w), order)
}

// parseFailOn reads --fail-on; None is that nothing was asked for.
func parseFailOn(s string) (detect.Severity, error) {
	if s == "" {
		return detect.None, nil
	}
	v, err := detect.ParseSeverity(strings.ToLower(s))
	if err != nil {
		return v, reading.Usage(fmt.Errorf("--fail-on: %w", err))
	}
	return v, nil
}

// parseTime reads the value of --since and --until: RFC 3339, a date with time
// or a date in UTC, or epoch seconds.
func parseTime(flag, v string) (event.Time, error) {
	if v == "" {
		return 0, nil
	}
	t, err := event.ParseTime(v)
	if err != nil {
		return 0, reading.Usage(fmt.Errorf("--%s: %q is not a time like 2026-11-02T08:00:00Z, 2026-11-02 or 1793606400.5", flag, v))
	}
	return t, nil
}
