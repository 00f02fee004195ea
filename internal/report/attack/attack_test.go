package attack

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/detect/intel"
	"lazaret/internal/detect/rules"
)

// Every technique that a rule of ours names is in the table, in the order in which it is
// searched.
func TestTechniques(t *testing.T) {
	if !slices.IsSortedFunc(techniques, func(a, b Technique) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("the table is not in order")
	}
	for i, x := range techniques {
		if i > 0 && techniques[i-1].ID == x.ID || !WellFormed(x.ID) || x.Name == "" || len(x.Tactics) == 0 {
			t.Errorf("%s: %+v", x.ID, x)
		}
		if _, ok := Known(Parent(x.ID)); !ok {
			t.Errorf("%s is there without %s", x.ID, Parent(x.ID))
		}
		if len(TacticsOf([]string{x.ID})) != len(x.Tactics) {
			t.Errorf("%s has tactics that are not known: %v", x.ID, x.Tactics)
		}
	}
	for _, b := range rules.All() {
		for _, id := range b.Attack {
			if _, ok := Known(id); !ok {
				t.Errorf("rule %s names %s, which the table has not", b.ID, id)
			}
		}
	}
	for _, r := range intel.Rules() {
		for _, id := range r.Attack {
			if _, ok := Known(id); !ok {
				t.Errorf("rule %s names %s, which the table has not", r.ID, id)
			}
		}
	}
	for id, want := range map[string]bool{"T1046": true, "T1543.003": true, "T154": false, "T1543.": false, "T1543.03": false, "t1046": false, "T104x": false, "": false} {
		if WellFormed(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}
