package kinship_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/kinship"
	"lazaret/internal/pe/petest"
)

// variants are groups of Debian's programs that are one program under several names.
var variants = [][]string{
	// Wine's stand-ins for programs that it has not: one source, another name.
	{"dpvsetup.exe", "dplaysvr.exe"}, {"regini.exe", "regasm.exe"}, {"regsvcs.exe", "findstr.exe", "sdbinst.exe"},
	{"shutdown.exe", "certutil.exe", "wevtutil.exe"}, {"systeminfo.exe", "powershell.exe"}, {"where.exe", "subst.exe"},
	{"wscript.exe", "cscript.exe"},
	// GRUB with more or fewer modules.
	{"gcdx64.efi", "grubx64.efi", "grubnetx64.efi", "grubnetx64-installer.efi"},
	// The same dialogs of NSIS, moved.
	{"default.exe", "modern.exe", "modern_headerbmp.exe", "modern_headerbmpr.exe", "modern_nodesc.exe", "modern_smalldesc.exe", "sdbarker_tiny.exe"},
}

func related(a, b string) bool {
	a, b = filepath.Base(a), filepath.Base(b)
	return strings.EqualFold(a, b) || slices.ContainsFunc(variants, func(g []string) bool {
		return slices.Contains(g, a) && slices.Contains(g, b)
	})
}

func short(path string) string {
	return filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path))
}

// TestStrangers holds that real programs that have only a compiler and its libraries in
// common stay apart.
func TestStrangers(t *testing.T) {
	table := kinship.NewFamilies(kinship.DefaultConfig())
	first := map[string]string{}
	files, joined := 0, 0
	for _, path := range petest.Corpus(t, 16<<20) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files++
		kin := table.Place(sketch(b))
		switch kin.How {
		case kinship.First:
			first[kin.Family] = path
			continue
		case kinship.Same:
			continue
		}
		joined++
		t.Logf("%-8s %.2f %s = %s", kin.How, kin.Similarity, short(path), short(first[kin.Family]))
		if !related(path, first[kin.Family]) {
			t.Errorf("%s and %s are strangers", short(path), short(first[kin.Family]))
		}
	}
	t.Logf("%d files, %d joined", files, joined)
}

// TestRealMutations changes a run in copies of real programs, which are more alike than
// stubs are, and wants each copy with its own. The run is at most an eighth of the file
// and 8 KiB: more would leave nothing of those that are all padding.
func TestRealMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	files := petest.Corpus(t, 2<<20)
	r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	type copied struct {
		path string
		s    *kinship.Sketch
	}
	var copies []copied
	skipped := 0
	for _, path := range files[:min(len(files), 150)] {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(b, []byte{0}) > len(b)/8*7 { // nothing but headers: a run outweighs them
			skipped++
			continue
		}
		for i := range 4 {
			c := mutate(b, r, min(8192, len(b)/8))
			s := sketch(c)
			if i%2 == 1 {
				s = bare(c)
			}
			copies = append(copies, copied{path, s})
		}
	}
	r.Shuffle(len(copies), func(i, j int) { copies[i], copies[j] = copies[j], copies[i] })
	table := kinship.NewFamilies(kinship.DefaultConfig())
	founder := map[string]string{}
	var truth, found []string
	for _, c := range copies {
		kin := table.Place(c.s)
		if kin.How == kinship.First {
			founder[kin.Family] = c.path
			if slices.Contains(truth, c.path) {
				t.Logf("not recognised: %s", short(c.path))
			}
		} else if f := founder[kin.Family]; f != c.path {
			t.Logf("%s %.2f: %s with %s", kin.How, kin.Similarity, short(c.path), short(f))
			if related(c.path, f) {
				continue
			}
		}
		truth, found = append(truth, c.path), append(found, kin.Family)
	}
	p, rec := grouping(truth, found)
	t.Logf("%d copies, %d programs of padding left out: precision %.4f, recall %.4f", len(copies), skipped, p, rec)
	if p < 0.99 || rec < 0.99 {
		t.Errorf("precision %.4f, recall %.4f, want 0.99", p, rec)
	}
}
