package app

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lazaret/internal/exposure"
	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/terminal"
	"lazaret/internal/sensor"
)

// maxMatch is the most bytes that a list of --match may have.
const maxMatch = 256 << 20

// asksExposure are the flags of exposure.
type asksExposure struct {
	output, incident, match, save string
	looking
}

func newExposure(e *env) *cobra.Command {
	var f asksExposure
	c := &cobra.Command{
		Use:   "exposure [flags] FILE|DIR|- ...",
		Short: "Count the patients and studies that infected devices had in their hands",
		Long: `Exposure reads captures as read does and counts, for each device of an incident that is likely
infected, and for all together without counting anything twice, the different patients, studies,
messages of HL7, queries and files that it sent, served or received from the earliest likely time
of its infection to the end of what was read.

Patients are known by keyed hashes alone; the key stays with the site (site.key in the
configuration). --match takes a list of patient ids of the site, one a line, hashes it with the
same key and tells how many of them were exposed; --matched writes those lines to a file. That
file names patients: protect it.`,
		Example: `  lazaret exposure capture.pcap
  lazaret exposure --incident LZ-1a2b3c4d -o json monday/
  lazaret exposure --match ward.txt --matched exposed.txt monday/`,
		Args: atLeast(1, "a file, a folder, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error { return e.runExposure(cmd, args, &f) },
	}
	c.Flags().StringVarP(&f.output, "output", "o", "text", "`FORMAT` of the output: text or json")
	c.Flags().StringVar(&f.incident, "incident", "", "of one incident only, by its `ID` or its number in the list of read")
	c.Flags().StringVar(&f.match, "match", "", "tell which patient ids in `LIST`, one a line, were exposed")
	c.Flags().StringVar(&f.save, "matched", "", "write the lines of the list that were exposed to `FILE`")
	f.looking.flags(c)
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// matched is what of a list was exposed in an incident, without the list's own words.
type matched struct {
	Incident string `json:"incident"`
	Listed   int    `json:"listed"` // different ids in the list
	Matched  int    `json:"matched"`
	Handled  int    `json:"handled"`
	Returned int    `json:"returned"`
	Moved    int    `json:"moved"`
	Lines    []int  `json:"lines"` // of the list, from 1
	// Complete is false if some hours are known as counts alone: then an id that does not
	// match may have been exposed still.
	Complete bool `json:"complete"`
}

// exposed is the JSON output.
type exposed struct {
	Incidents []exposedIncident `json:"incidents"`
}

type exposedIncident struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Exposure report.Exposure `json:"exposure"`
	Match    *matched        `json:"match,omitempty"`
}

func (e *env) runExposure(cmd *cobra.Command, args []string, f *asksExposure) error {
	if f.output != "text" && f.output != "json" {
		return reading.Usage(fmt.Errorf("--output: %q is not text or json", f.output))
	}
	if f.save != "" && f.match == "" {
		return reading.Usage(fmt.Errorf("--matched %s: there is no list; give --match", f.save))
	}
	if f.save != "" {
		if err := checkPlace("--matched", f.save); err != nil {
			return err
		}
	}
	list, err := readMatch(f.match)
	if err != nil {
		return err
	}
	cfg, in, err := f.input(cmd, e, args)
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
	chosen, err := chooseIncidents(d, f.incident)
	if err != nil {
		return err
	}
	out := exposed{Incidents: []exposedIncident{}}
	lines := map[int]bool{}
	for _, i := range chosen {
		x := &d.Incidents[i]
		y := exposedIncident{ID: x.ID, Title: x.Title, Exposure: x.Exposure}
		if list != nil {
			y.Match = list.compare(r, i)
			for _, n := range y.Match.Lines {
				lines[n] = true
			}
		}
		out.Incidents = append(out.Incidents, y)
	}
	if f.output == "json" {
		err = printJSON(e.out, out)
	} else {
		err = e.printExposure(d, chosen, &out)
	}
	if err != nil {
		return err
	}
	if f.save != "" {
		if err := reading.WriteWhole(f.save, func(w io.Writer) error { return list.write(w, lines) }); err != nil {
			return fmt.Errorf("--matched %s: %w", f.save, reading.Bare(err))
		}
	}
	return errors.Join(r.KeepLedger(f.ledger), r.Status())
}

// chooseIncidents finds an incident by its id or number, or takes all.
func chooseIncidents(d *report.Document, which string) ([]int, error) {
	var all []int
	var ids []string
	for i := range d.Incidents {
		all, ids = append(all, i), append(ids, d.Incidents[i].ID)
	}
	if which == "" {
		return all, nil
	}
	if i := slices.IndexFunc(ids, func(id string) bool { return strings.EqualFold(id, which) }); i >= 0 {
		return all[i : i+1], nil
	}
	if n, err := strconv.Atoi(which); err == nil && n >= 1 && n <= len(all) {
		return all[n-1 : n], nil
	}
	return nil, reading.Usage(fmt.Errorf("--incident: there is no incident %q; there are: %s", which, cmp.Or(strings.Join(ids, " "), "none")))
}

func (e *env) printExposure(d *report.Document, chosen []int, out *exposed) error {
	if len(chosen) == 0 {
		_, err := fmt.Fprintln(e.out, "There is no incident: nobody is known to be exposed.")
		return err
	}
	for k, i := range chosen {
		if k > 0 {
			fmt.Fprintln(e.out)
		}
		if err := terminal.Exposure(e.out, d, &d.Incidents[i], terminal.Width(e.out)); err != nil {
			return err
		}
		m := out.Incidents[k].Match
		if m == nil {
			continue
		}
		fmt.Fprintf(e.out, "\nOf %s in the list, %d were exposed: %d handled, %d returned, %d moved.\n", terminal.Plural(m.Listed, "id"), m.Matched, m.Handled, m.Returned, m.Moved)
		if !m.Complete {
			fmt.Fprintln(e.out, terminal.Wrap("Some hours are known as counts alone (exposure.exact in the configuration): ids that do not match may have been exposed still.", terminal.Width(e.out)))
		}
	}
	return nil
}

// matchList is a list of patient ids. It stays in memory, and nothing of it is printed.
type matchList struct {
	lines [][]byte // as written
	ids   [][]byte // trimmed; empty for a line without one
}

// readMatch reads the list of --match, nil if none was named.
func readMatch(file string) (*matchList, error) {
	if file == "" {
		return nil, nil
	}
	text, err := reading.ReadWhole(file, maxMatch)
	if err != nil {
		return nil, reading.Usage(fmt.Errorf("--match %s: %w", file, reading.Bare(err)))
	}
	out := &matchList{}
	some := false
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		id := bytes.Trim(line, " \t\r\n\x00")
		out.lines, out.ids = append(out.lines, line), append(out.ids, id)
		some = some || len(id) > 0
		if len(id) > maxID || bytes.IndexByte(id, 0) >= 0 {
			return nil, reading.Usage(fmt.Errorf("--match %s:%d: is no patient id: expected is one a line, of at most %d bytes", file, len(out.lines), maxID))
		}
	}
	if !some {
		return nil, reading.Usage(fmt.Errorf("--match %s: there is no patient id in it", file))
	}
	return out, nil
}

// maxID is more than any patient id has: 64 characters (PS3.5 6.2, LO) of four bytes.
const maxID = 256

// compare tells which ids of the list are among the patients of an incident.
func (l *matchList) compare(r *reading.Reading, incident int) *matched {
	out := &matched{Incident: r.Stories[incident].ID, Lines: []int{}, Complete: true}
	windows := report.Windows(&r.Stories[incident], r.Capture.Last)
	var of [exposure.Ways]map[uint64]bool
	for w := range of {
		list, all := r.Exposure.Hashes(windows, exposure.Patients, exposure.Way(w))
		out.Complete = out.Complete && all
		of[w] = map[uint64]bool{}
		for _, h := range list {
			of[w][h] = true
		}
	}
	counts := [exposure.Ways]*int{&out.Handled, &out.Returned, &out.Moved}
	known := map[uint64]bool{}
	for i, id := range l.ids {
		h, ok := exposure.Hash(sensor.Pseudonym(r.Key, "patient", id))
		if !ok {
			continue
		}
		hit := false
		for w := range of {
			if of[w][h] {
				if hit = true; !known[h] {
					*counts[w]++
				}
			}
		}
		if !known[h] {
			out.Listed++
			if hit {
				out.Matched++
			}
		}
		known[h] = true
		if hit {
			out.Lines = append(out.Lines, i+1)
		}
	}
	return out
}

// write writes lines of the list as they were.
func (l *matchList) write(w io.Writer, which map[int]bool) error {
	b := bufio.NewWriter(w)
	for i, line := range l.lines {
		if which[i+1] {
			b.Write(line)
		}
	}
	return b.Flush()
}
