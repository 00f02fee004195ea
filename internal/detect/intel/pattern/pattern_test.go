package pattern

import "testing"

// AND binds more than OR, and an IN is as many alternatives.
func TestParse(t *testing.T) {
	all, err := Parse(`[a:b = 'x' AND (c:d.'E' IN ('y', 'z') OR e:f[*].g = 5)] OR [h:i ISSUBSET 'j']`)
	if err != nil || len(all) != 4 || len(all[0]) != 2 || all[1][1] != (Term{Path: "c:d.e", Value: "z"}) ||
		all[2][1] != (Term{Path: "e:f.g", Value: "5", Number: true}) || !all[3][0].Subset {
		t.Errorf("%v, %v", all, err)
	}
}

func FuzzPattern(f *testing.F) {
	f.Add(`[a:b = 'x' AND (c:d.'e' IN ('y', 'z') OR domain-name:value = 'q')] OR [x:y[*].z = 5]`)
	f.Fuzz(func(t *testing.T, s string) {
		if all, err := Parse(s); err == nil && len(all) == 0 {
			t.Error("a pattern without an alternative")
		}
	})
}
