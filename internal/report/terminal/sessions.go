package terminal

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"lazaret/internal/report"
	"lazaret/internal/rest"
)

// movedLine is the sentence about files, empty if none moved.
func movedLine(m *report.Moved) string {
	if m.Files == 0 {
		return ""
	}
	text := fmt.Sprintf("%s moved, %s", Plural(m.Files, "file"), report.Size(m.Bytes))
	if m.Executables > 0 {
		text += fmt.Sprintf(", %s in ", Plural(m.Executables, "executable"))
		if m.Families == 1 {
			text += "1 family"
		} else {
			text += report.Thousands(uint64(m.Families)) + " families"
		}
	}
	if m.Incomplete > 0 {
		text += fmt.Sprintf("; %s not seen whole", report.Thousands(uint64(m.Incomplete)))
	}
	return text + "."
}

// mostSessions is the most sessions that the text output shows.
const mostSessions = 20

// maxAccounts bounds the accounts and reasons of a row that are counted.
const maxAccounts = 1000

// visit is a row of the table of sessions: those that differ in the account and the
// reason alone are one.
type visit struct{ kind, from, on, outcome string }

// tried is how often, by how many accounts, and why the outcome is believed.
type tried struct {
	times         int
	accounts, why []string
}

// visits are the rows in their order.
func visits(d *report.Document) (rows []visit, of map[visit]*tried) {
	name := Callings(d.Devices)
	of = map[visit]*tried{}
	for _, s := range report.Telling(d.Sessions) {
		v := visit{string(s.Kind), cmp.Or(name[s.ClientDevice], s.Client), cmp.Or(name[s.ServerDevice], s.Server), string(s.Outcome)}
		t := of[v]
		if t == nil {
			t = &tried{}
			of[v] = t
			rows = append(rows, v)
		}
		t.times += s.Count
		t.accounts = rest.AddDistinct(t.accounts, s.User, maxAccounts)
		t.why = rest.AddDistinct(t.why, strings.TrimPrefix(s.Why, "dce_rpc: "), maxAccounts)
	}
	return rows, of
}

// printSessions writes the short section about who opened what on whom.
func printSessions(w io.Writer, d *report.Document, width int) error {
	rows, of := visits(d)
	if len(rows) == 0 {
		return nil
	}
	t := &Table{
		Head:  []string{"  KIND", "OPENED BY", "ON", "OUTCOME", "TIMES", "ACCOUNTS", "SAID BY"},
		Floor: []int{9, 15, 15, 7, 5, 8, 26},
		Spare: []int{6},
	}
	for _, v := range rows[:min(len(rows), mostSessions)] {
		x := of[v]
		said, accounts := x.why[0], ""
		if n := len(x.why) - 1; n > 0 {
			said += fmt.Sprintf(" +%d", n)
		}
		if n := len(x.accounts); n > 0 {
			accounts = report.Thousands(uint64(n))
		}
		t.Add("  "+v.kind, v.from, v.on, v.outcome, report.Thousands(uint64(x.times)), accounts, said)
	}
	fmt.Fprintln(w, "\nSessions:")
	if err := t.Print(w, width); err != nil {
		return err
	}
	if n := len(rows) - mostSessions; n > 0 {
		fmt.Fprintf(w, "  (and %s more; -o json has all)\n", report.Thousands(uint64(n)))
	}
	return nil
}
