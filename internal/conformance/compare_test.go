package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// difference is one field, or one record, that is not the same on both sides.
type difference struct {
	capture, log string
	field        string // missing: we have no such record; extra: only we have it
	fields       int    // fields that are not equal because of it
	key          string
	theirs, ours any
}

func (d difference) String() string {
	return fmt.Sprintf("%s: %s %s of %s: theirs %v, ours %v", d.capture, d.log, d.field, d.key, d.theirs, d.ours)
}

// tally counts what was compared in one log. lone are the fields of records that
// only one side has; of those explained, closed are not read here and kept are left
// out on purpose, since they may say who a patient is or are secret.
type tally struct{ records, fields, equal, explained, lone, closed, kept int }

func (n tally) String() string {
	return fmt.Sprintf("%d records, %d fields, %d equal (%s; %s of records in both), %d explained",
		n.records, n.fields, n.equal, percent(n.equal, n.fields), percent(n.equal, n.fields-n.lone), n.explained)
}

func percent(part, whole int) string {
	return fmt.Sprintf("%.3f %%", 100*float64(part)/float64(max(whole, 1)))
}

// comparison collects the differences of a run.
type comparison struct {
	rows  []row
	hits  []int
	seen  map[string]bool // captures that were compared
	logs  map[string]*tally
	wrong []difference
}

func newComparison(rows []row) *comparison {
	return &comparison{rows: rows, hits: make([]int, len(rows)), seen: map[string]bool{}, logs: map[string]*tally{}}
}

// closed are the reasons for which something is not read here, keptBack those for which
// it is read and does not leave the parser. With all other reasons it is the other
// program that goes wrong or leaves something out, or the capture leaves a choice.
var (
	closed = []string{zTunnels, zInside, zSSLInside, zHTTPInside, zHTTPTunnel, zHTTPSocket, zSSHSocket, zX509Elsewhere, zFilesElsewhere, zRPCUnopened, zMySQLAttr, zScraps,
		tTunnels, tDoH, tLink, tMACsec, tQuoted, tIPComp, tClosed, tSigned, tSecrets, tSMBPacked}
	keptBack = []string{zFTPPass, zFTPMark, zFTPWords, zSMTPSubject, zSNMPUser, zSNMPSecret, zSyslogText, zHTTPKept, zFilesMasked}
)

// row explains differences: those of the named fields of a log, in the captures
// whose names match one of the patterns (of path.Match, without the folder), or
// in any if there is none.
type row struct {
	captures []string
	log      string
	fields   string // comma separated; * is any
	about    string // in the text of the difference; empty is any
	n        int    // how many there are
	why      string
}

func (r *row) applies(d *difference) bool {
	return r.log == d.log && r.wants(d.field) && r.covers(d.capture) && strings.Contains(d.String(), r.about)
}

func (r *row) covers(capture string) bool {
	return len(r.captures) == 0 || slices.ContainsFunc(r.captures, func(p string) bool {
		ok, err := path.Match(p, path.Base(capture))
		if err != nil {
			panic(err)
		}
		return ok
	})
}

func (r *row) wants(field string) bool {
	return r.fields == "*" || slices.Contains(strings.Split(r.fields, ","), field)
}

// add files a difference under the first row that has room for it.
func (c *comparison) add(d difference) {
	for i := range c.rows {
		if c.rows[i].applies(&d) && c.hits[i] < c.rows[i].n {
			c.hits[i]++
			n := c.of(d.log)
			n.explained += d.fields
			switch why := c.rows[i].why; {
			case slices.Contains(closed, why):
				n.closed += d.fields
			case slices.Contains(keptBack, why):
				n.kept += d.fields
			}
			if os.Getenv("EXPLAINED") != "" { // for looking at what a row hides
				fmt.Printf("row %d: %s\n", i, d)
			}
			return
		}
	}
	c.wrong = append(c.wrong, d)
}

func (c *comparison) of(log string) *tally {
	if c.logs[log] == nil {
		c.logs[log] = &tally{}
	}
	return c.logs[log]
}

// verdict fails the test for what is not explained and for rows that no longer
// apply, and logs the figures, which the document has too.
func (c *comparison) verdict(t *testing.T, part string) {
	t.Helper()
	for i, d := range c.wrong {
		if i == 400 && !everything() {
			t.Errorf("and %d more", len(c.wrong)-i)
			break
		}
		t.Error(d)
	}
	for i := range c.rows {
		r := &c.rows[i]
		read := slices.ContainsFunc(slices.Collect(maps.Keys(c.seen)), r.covers)
		if read && c.hits[i] < r.n && c.whole(r) && os.Getenv("CAPTURE") == "" {
			t.Errorf("row %d explains %d differences, there are %d: %s %s %s", i, r.n, c.hits[i], r.captures, r.log, r.fields)
		}
		t.Logf("explained: %s %s in %s: %d: %s", r.log, r.fields, strings.Join(r.captures, " "), c.hits[i], r.why)
	}
	for _, log := range slices.Sorted(maps.Keys(c.logs)) {
		t.Logf("%s: %s", log, c.logs[log])
	}
	if !t.Failed() && only() == "" && part != "" {
		document(t, part+" figures", c.figures(), false)
	}
}

// figures is a table of what was compared.
func (c *comparison) figures() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d captures.\n\n| log | records | fields | equal | of records in both | kept back | not read here | other reasons |\n|---|---|---|---|---|---|---|---|\n", len(c.seen))
	var all tally
	show := func(log string, n *tally) {
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s | %s | %s |\n", log, n.records, n.fields, percent(n.equal, n.fields), percent(n.equal, n.fields-n.lone),
			percent(n.kept, n.fields), percent(n.closed, n.fields), percent(n.explained-n.kept-n.closed, n.fields))
	}
	for _, log := range slices.Sorted(maps.Keys(c.logs)) {
		n := c.logs[log]
		if n.fields == 0 {
			continue
		}
		show(log, n)
		all.records += n.records
		all.fields += n.fields
		all.equal += n.equal
		all.lone += n.lone
		all.kept += n.kept
		all.closed += n.closed
		all.explained += n.explained
	}
	show("all", &all)
	return b.String()
}

// whole says whether every capture that a row names was compared.
func (c *comparison) whole(r *row) bool {
	for _, p := range r.captures {
		if !strings.ContainsAny(p, "*?[") && !c.has(p) {
			return false
		}
	}
	return true
}

func (c *comparison) has(base string) bool {
	for name := range c.seen {
		if path.Base(name) == base {
			return true
		}
	}
	return false
}

// speech is what two programs both say about one log.
type speech struct {
	log    string
	fields []string
	// keys name the fields by which records of the same thing are found; ts is
	// compared besides, the nearest record being taken.
	keys []string
	same func(field string, theirs, ours any) bool
}

func (s *speech) key(l line) string {
	var b strings.Builder
	for _, f := range s.keys {
		fmt.Fprint(&b, l[f], " ")
	}
	return b.String()
}

func (s *speech) whole(l line) string {
	return fmt.Sprintf("%s%.6f", s.key(l), l["ts"])
}

// compare pairs the records of both sides and counts their fields. A record that
// only one side has counts with all its fields.
func (s *speech) compare(c *comparison, capture string, theirs, ours []line) {
	c.seen[capture] = true
	n := c.of(s.log)
	left := map[string][]line{}
	for _, l := range ours {
		left[s.key(l)] = append(left[s.key(l)], l)
	}
	n.records += len(theirs)
	n.fields += len(theirs) * len(s.fields)
	pair := func(a, b line) {
		for _, d := range s.differ(a, b) {
			n.equal--
			d.capture = capture
			c.add(d)
		}
		n.equal += len(s.fields)
	}
	// First those of the same time, then those of other times.
	var rest []line
	for _, a := range theirs {
		if b := s.take(left, a, 2e-6); b != nil {
			pair(a, b)
		} else {
			rest = append(rest, a)
		}
	}
	for _, a := range rest {
		if b := s.take(left, a, math.Inf(1)); b != nil {
			pair(a, b)
			continue
		}
		n.lone += len(s.fields)
		c.add(difference{capture, s.log, "missing", len(s.fields), s.whole(a), short(a), nil})
	}
	for _, k := range slices.Sorted(maps.Keys(left)) {
		for _, b := range left[k] {
			n.records++
			n.fields += len(s.fields)
			n.lone += len(s.fields)
			c.add(difference{capture, s.log, "extra", len(s.fields), s.whole(b), nil, short(b)})
		}
	}
}

// take removes the record that fits best: of those within reach in time the one
// with the fewest differences, then the nearest.
func (s *speech) take(left map[string][]line, a line, reach float64) line {
	list := left[s.key(a)]
	best, fewest, nearest := -1, 0, 0.0
	for i, b := range list {
		away := math.Abs(number(a["ts"]) - number(b["ts"]))
		if away > reach {
			continue
		}
		n := len(s.differ(a, b))
		if best < 0 || cmp.Or(cmp.Compare(n, fewest), cmp.Compare(away, nearest)) < 0 {
			best, fewest, nearest = i, n, away
		}
	}
	if best < 0 {
		return nil
	}
	b := list[best]
	left[s.key(a)] = slices.Delete(list, best, best+1)
	return b
}

func (s *speech) differ(a, b line) []difference {
	var out []difference
	for _, f := range s.fields {
		if !s.same(f, a[f], b[f]) {
			out = append(out, difference{"", s.log, f, 1, s.whole(a), text(a[f]), text(b[f])})
		}
	}
	return out
}

func number(v any) float64 {
	f, _ := v.(float64)
	return f
}

func text(v any) any {
	if v == nil {
		return "-"
	}
	return v
}

// short drops what is long and says little.
func short(l line) string {
	m := maps.Clone(l)
	for _, f := range []string{"uid", "community_id", "local_orig", "local_resp", "orig_l2_addr", "resp_l2_addr", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"} {
		delete(m, f)
	}
	return fmt.Sprint(map[string]any(m))
}

// alike compares two JSON values; numbers may differ by two microseconds, since
// Zeek's times are floating point.
func alike(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Abs(x-y) < 2e-6
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, alike)
	}
	return reflect.DeepEqual(a, b)
}
