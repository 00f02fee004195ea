package dicom

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

var durations = regexp.MustCompile(`,"duration":[0-9.]+`)

// content is what a flow said, without times.
func content(f *prototest.Flow) string {
	return durations.ReplaceAllString(prototest.Untimed(f.JSON()), "") + strings.Join(f.Weirds, " ")
}

var update = flag.Bool("update", false, "write testdata/scenarios.golden instead of comparing with it")

// TestScenarios compares all records of all conversations with a golden file,
// which was checked line by line against what the scenario sends.
func TestScenarios(t *testing.T) {
	const golden = "testdata/scenarios.golden"
	var b strings.Builder
	for _, s := range scenarios() {
		f := prototest.Feed(&Spec, s.segs)
		fmt.Fprintf(&b, "# %s\n%s\n\n", s.name, content(f))
	}
	got := strings.ReplaceAll(b.String(), prefix, "")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Errorf("%d lines, want %d", len(g), len(w))
	}
}

// prefix is what all records of prototest's flow share.
const prefix = `"uid":"CTest","id.orig_h":"192.0.2.1","id.orig_p":49152,"id.resp_h":"192.0.2.2","id.resp_p":104,`

func TestCuts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			want := content(prototest.Feed(&Spec, s.segs))
			cuts := [][]int{{1}, {2}, {5}, {1460}}
			for range 50 {
				sizes := make([]int, 1+rnd.IntN(8))
				for i := range sizes {
					sizes[i] = 1 + rnd.IntN(1<<rnd.IntN(12))
				}
				cuts = append(cuts, sizes)
			}
			for _, sizes := range cuts {
				if got := content(prototest.Feed(&Spec, prototest.Recut(s.segs, sizes))); got != want {
					t.Fatalf("cut by %v:\n%s\nwhole:\n%s", sizes, got, want)
				}
			}
		})
	}
}
