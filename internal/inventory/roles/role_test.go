package roles

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues"
)

// Every role but those that no signal shows has one rule with something for it,
// and every weight is a share.
func TestRulesAreWhole(t *testing.T) {
	have := map[Role]int{}
	for _, r := range rules {
		have[r.role]++
		if len(r.pro) == 0 {
			t.Errorf("%s: nothing speaks for it", r.role)
		}
		for _, s := range slices.Concat(r.pro, r.con) {
			if s.Weight <= 0 || s.Weight > 1 || s.Says == "" || s.test == nil {
				t.Errorf("%s: signal %q of weight %v", r.role, s.Says, s.Weight)
			}
		}
	}
	for _, r := range Order() {
		if want := map[bool]int{true: 1}[r != Unknown]; have[r] != want {
			t.Errorf("%s has %d rules, want %d", r, have[r], want)
		}
		if Order()[r.Rank()] != r {
			t.Errorf("%s has rank %d", r, r.Rank())
		}
	}
}

func TestJudge(t *testing.T) {
	done := func(list ...clues.Activity) *Facts {
		f := &Facts{Done: map[clues.Activity]uint64{}}
		for _, a := range list {
			f.Done[a] = 3
		}
		return f
	}
	for _, c := range []struct {
		name   string
		facts  *Facts
		want   Role
		others []Role
	}{
		{"nothing", done(), Unknown, nil},
		{"only an echo", done(clues.Verifies), Unknown, nil},
		{"a scanner", &Facts{Done: map[clues.Activity]uint64{clues.SendsImages: 9}, Makes: true, Kind: "ct"}, CT, nil},
		{"an archive that is asked", done(clues.AnswersQuery, clues.AnswersRetrieve, clues.TakesImages), Archive, nil},
		{"an archive with a worklist", done(clues.AnswersQuery, clues.AnswersRetrieve, clues.TakesImages, clues.AnswersWorklist), Archive, []Role{Worklist}},
		{"a role goes before a general one", done(clues.AnswersWorklist, clues.Serves), Worklist, nil},
	} {
		cases := Judge(c.facts)
		got, sure := Best(cases)
		if got != c.want || (sure == 0) != (c.want == Unknown) || sure > 1 || !slices.Equal(Others(cases, got), c.others) {
			t.Errorf("%s: %s (%v) and %v, want %s and %v", c.name, got, sure, Others(cases, got), c.want, c.others)
		}
	}
}
