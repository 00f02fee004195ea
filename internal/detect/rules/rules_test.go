package rules

import "testing"

func TestNumbersStandOnce(t *testing.T) {
	seen := map[string]string{}
	for _, b := range All() {
		if other, ok := seen[b.ID]; ok {
			t.Errorf("%s is %q and %q", b.ID, other, b.Title)
		}
		seen[b.ID] = b.Title
		if len(b.Wants) == 0 || b.New == nil && b.Learned == nil {
			t.Errorf("%s wants no records, or has no code", b.ID)
		}
	}
	if len(seen) == 0 {
		t.Error("there are no behaviours")
	}
}
