package reading

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every reason that an analyzer gives for not looking into something is told in
// words: the sources are searched for them.
func TestBlindWords(t *testing.T) {
	files, err := filepath.Glob("../proto/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	given := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.Blind\("([^"]*)"\)`).FindAllSubmatch(b, -1) {
			given[string(m[1])] = true
		}
	}
	for reason := range given {
		if encrypted[reason] == "" {
			t.Errorf("%q has no words", reason)
		}
	}
	if len(given) < 10 {
		t.Errorf("only %d reasons found", len(given))
	}
}
