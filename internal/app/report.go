package app

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lazaret/internal/detect"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
	"lazaret/internal/report/casebook"
	"lazaret/internal/report/stix"
)

// asksReport are the flags of report.
type asksReport struct {
	output, incident, failOn string
	bundle, note             string
	pcap                     string
	clear                    bool
	save                     []string
	stix                     stix.Options
	looking
}

// caseFormat is one way to write a case.
type caseFormat struct {
	name, suffix string
	write        func(w io.Writer, d *report.Document, which []int, o stix.Options) error
}

// caseFormats are all; a suffix that ends another comes after it.
func caseFormats() []caseFormat {
	return []caseFormat{
		{"html", ".html", func(w io.Writer, d *report.Document, which []int, _ stix.Options) error {
			return casebook.New(d, which).WriteHTML(w)
		}},
		{"md", ".md", func(w io.Writer, d *report.Document, which []int, _ stix.Options) error {
			return casebook.New(d, which).WriteMarkdown(w)
		}},
		{"stix", ".stix.json", writeBundle},
		{"layer", ".layer.json", writeLayer},
		{"json", ".json", func(w io.Writer, d *report.Document, which []int, _ stix.Options) error {
			return printJSON(w, casesOf(d, which))
		}},
	}
}

// casesJSON are incidents with the findings that they name by index.
type casesJSON struct {
	Summary   report.Summary    `json:"summary"`
	Blind     []report.Blind    `json:"blind"`
	Incidents []report.Incident `json:"incidents"`
	Findings  []report.Finding  `json:"findings"`
}

func casesOf(d *report.Document, which []int) *casesJSON {
	out := &casesJSON{Summary: d.Summary, Blind: d.Blind, Incidents: []report.Incident{}, Findings: d.Findings}
	for _, i := range which {
		out.Incidents = append(out.Incidents, d.Incidents[i])
	}
	return out
}

// single is the id that formats ask for which write all incidents or one.
func single(d *report.Document, which []int) string {
	if len(which) == 1 && len(d.Incidents) > 1 {
		return d.Incidents[which[0]].ID
	}
	return ""
}

func writeBundle(w io.Writer, d *report.Document, which []int, o stix.Options) error {
	o.Incident = single(d, which)
	return stix.Write(w, d, o)
}

func writeLayer(w io.Writer, d *report.Document, which []int, _ stix.Options) error {
	if len(which) != 1 {
		return fmt.Errorf("a layer is of one incident, and there are %d: --incident names one", len(which))
	}
	return alerts.WriteLayer(w, d, &d.Incidents[which[0]])
}

func newReport(e *env) *cobra.Command {
	var f asksReport
	var names, suffixes []string
	for _, x := range caseFormats() {
		names, suffixes = append(names, x.name), append(suffixes, x.suffix)
	}
	c := &cobra.Command{
		Use:   "report [flags] FILE|DIR|- ...",
		Short: "Write the case of an incident: who infected whom, where it came in, who was exposed",
		Long: `Report reads captures as read does and writes what incidents tell: a summary in plain words, what
to do first, the timeline and the tree of who infected whom, where it came in with probabilities,
who may be next, how many patients and studies were exposed, what could not be seen, techniques,
indicators, and all proof.

The page (html) is one file that opens without a network, runs no script and prints on A4 and
Letter. md is for tickets, stix a bundle of STIX 2.1 for other systems, layer a layer of the
ATT&CK Navigator. Addresses and names in a bundle of STIX are of the site: --share leaves them out.

--bundle makes evidence: the case in all formats, the records of the conversations behind it,
configuration and rules in force, and the hashes of all that was read, in one chain whose head is
told. Its records name the accounts that were used, as those of read --logs do.

--pcap reads the captures again and writes the packets of the conversations behind the findings as
pcapng. What is not known to be harmless is overwritten with X: kept are headers, commands, names
of services, programs that moved, and what was encrypted. --pcap-clear overwrites nothing.`,
		Example: `  lazaret report capture.pcap > case.html
  lazaret report --incident 1 -o md monday/
  lazaret report --save case.html --save case.stix.json --save case.json monday/
  lazaret report --save case.html --bundle case.zip --note "K. Example, for the police" monday/
  lazaret report --incident 1 --save case.html --pcap packets.pcapng monday/
  lazaret report -o stix --tlp green --share capture.pcap > for-the-cert.stix.json`,
		Args: atLeast(1, "a file, a folder, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error { return e.runReport(cmd, args, &f) },
	}
	c.Flags().StringVarP(&f.output, "output", "o", "", "`FORMAT` of the output: "+strings.Join(names, ", ")+" (default md on a terminal, else html)")
	c.Flags().StringArrayVar(&f.save, "save", nil, "write to `FILE` in the format of its ending ("+strings.Join(suffixes, " ")+") and not to standard output; may be given again")
	c.Flags().StringVar(&f.incident, "incident", "", "one incident only, by its `ID` or its number in the list of read")
	c.Flags().StringVar(&f.failOn, "fail-on", "", "end with status 3 if a finding is of `SEVERITY` or graver: info, low, medium, high, critical")
	c.Flags().StringVar(&f.stix.TLP, "tlp", "amber", "Traffic Light Protocol of bundles: clear, green, amber, amber+strict, red")
	c.Flags().BoolVar(&f.stix.Share, "share", false, "leave addresses, names and devices of the site out of bundles")
	c.Flags().StringVar(&f.bundle, "bundle", "", "also put report, records, rules in force and hashes of all that was read into `FILE`, a zip archive that lazaret bundle verify checks")
	c.Flags().StringVar(&f.note, "note", "", "`TEXT` for the bundle: who made it, when and for whom")
	c.Flags().StringVar(&f.pcap, "pcap", "", "also write the packets behind the findings to `FILE` (pcapng), patient data overwritten")
	c.Flags().BoolVar(&f.clear, "pcap-clear", false, "with --pcap: overwrite nothing; the file then holds patient data")
	f.looking.flags(c)
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// check finds what is wrong with the flags before anything is read.
func (f *asksReport) check() error {
	list := caseFormats()
	if !slices.ContainsFunc(list, func(x caseFormat) bool { return x.name == f.output }) {
		return reading.Usage(fmt.Errorf("--output: %q is none of html, md, stix, layer, json", f.output))
	}
	if !slices.Contains([]string{"clear", "green", "amber", "amber+strict", "red"}, f.stix.TLP) {
		return reading.Usage(fmt.Errorf("--tlp: %q is none of clear, green, amber, amber+strict, red", f.stix.TLP))
	}
	if f.note != "" && f.bundle == "" {
		return reading.Usage(errors.New("--note: there is no bundle; give --bundle"))
	}
	if f.bundle != "" {
		if err := checkPlace("--bundle", f.bundle); err != nil {
			return err
		}
	}
	if f.clear && f.pcap == "" {
		return reading.Usage(errors.New("--pcap-clear: there are no packets; give --pcap"))
	}
	if f.pcap != "" {
		if err := checkPlace("--pcap", f.pcap); err != nil {
			return err
		}
	}
	for _, file := range f.save {
		if caseFormatOf(file) == nil {
			return reading.Usage(fmt.Errorf("--save %s: the name ends in none of .html .md .stix.json .layer.json .json", file))
		}
		if err := checkPlace("--save", file); err != nil {
			return err
		}
	}
	return nil
}

func caseFormatOf(file string) *caseFormat {
	for _, x := range caseFormats() {
		if strings.HasSuffix(strings.ToLower(filepath.Base(file)), x.suffix) {
			return &x
		}
	}
	return nil
}

func (e *env) runReport(cmd *cobra.Command, args []string, f *asksReport) error {
	if f.output == "" {
		f.output = "html"
		if out, ok := e.out.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
			f.output = "md"
		}
	}
	limit, err := parseFailOn(f.failOn)
	if err = cmp.Or(err, f.check()); err != nil {
		return err
	}
	cfg, in, err := f.input(cmd, e, args)
	if err != nil {
		return err
	}
	if f.pcap != "" && slices.Contains(in.Paths, "-") {
		return reading.Usage(errors.New("--pcap: packets are read twice, and standard input can be read once; give a file"))
	}
	if f.bundle != "" {
		if in.Logs, err = os.MkdirTemp("", "lazaret-*"); err != nil {
			return fmt.Errorf("--bundle: %w", reading.Bare(err))
		}
		defer os.RemoveAll(in.Logs)
	}
	r, err := reading.Run(cmd.Context(), e.err, cfg, in)
	if err != nil {
		return err
	}
	d, err := r.Document()
	if err != nil {
		return err
	}
	which, err := chooseIncidents(d, f.incident)
	if err != nil {
		return err
	}
	if err := e.writeCases(d, which, f); err != nil {
		return err
	}
	if f.pcap != "" {
		if err := e.writePackets(cmd.Context(), cfg, in, r, which, f); err != nil {
			return err
		}
	}
	if f.bundle != "" {
		k := &keeper{cfg, in, r, d, which, f}
		if err := k.write(e.err, f.bundle, f.note); err != nil {
			return err
		}
	}
	if err := errors.Join(f.normal.finish(e.err, r), r.KeepLedger(f.ledger), r.Status()); err != nil {
		return err
	}
	if limit != detect.None && report.Worst(d.Findings) >= limit {
		return errFound
	}
	return nil
}

// writeCases writes the files of --save, each whole or not at all, or else to the output.
func (e *env) writeCases(d *report.Document, which []int, f *asksReport) (first error) {
	if len(which) == 0 {
		fmt.Fprintln(e.err, "lazaret: there is no incident; the report says so, and what could not be seen")
	}
	for _, file := range f.save {
		x := caseFormatOf(file)
		if err := reading.WriteWhole(file, func(w io.Writer) error { return x.write(w, d, which, f.stix) }); err != nil {
			first = cmp.Or(first, fmt.Errorf("--save %s: %w", file, reading.Bare(err)))
		}
	}
	if len(f.save) > 0 {
		return first
	}
	for _, x := range caseFormats() {
		if x.name == f.output {
			buf := bufio.NewWriter(e.out)
			return errors.Join(x.write(buf, d, which, f.stix), buf.Flush())
		}
	}
	return os.ErrInvalid
}
