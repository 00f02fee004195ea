package dicomweb_test

import (
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/http"
	"lazaret/internal/prototest"
)

// TestGolden replays what the lab hospital recorded.
func TestGolden(t *testing.T) { prototest.Carried(t, &dicomweb.Spec, &http.Spec, "web") }

// TestCuts cuts the conversations of the lab into pieces: the records stay the same.
func TestCuts(t *testing.T) {
	cut := 0
	for _, c := range prototest.Talks(t, prototest.Load(t, filepath.Join(prototest.Lab, "web.pcap.zst"))) {
		records, _ := prototest.Run(t, c.Frames(nil), &http.Spec, &dicomweb.Spec)
		want := prototest.JSON(records, &dicomweb.Spec)
		if want == "" {
			continue
		}
		cut++
		for _, sizes := range [][]int{{1}, {7}, {3, 100, 1}, {536}} {
			records, _ := prototest.Run(t, c.Frames(sizes), &http.Spec, &dicomweb.Spec)
			if got := prototest.JSON(records, &dicomweb.Spec); prototest.Still(got) != prototest.Still(want) {
				t.Errorf("in pieces of %v:\n got %s\nwant %s", sizes, got, want)
			}
		}
	}
	if cut < 5 {
		t.Errorf("%d conversations", cut)
	}
}

// TestLab looks for the invented patients of the lab in every record.
func TestLab(t *testing.T) {
	records, _ := prototest.Run(t, prototest.Load(t, filepath.Join(prototest.Lab, "web.pcap.zst")), &http.Spec, &dicomweb.Spec)
	mine := records[:0]
	for _, r := range records {
		if strings.HasPrefix(r.Body.Schema().Name, "dico") || r.Body.Schema().Name == "dicom_file" {
			mine = append(mine, r)
		}
	}
	words := []string{"ZZCANARY", "LZCAN", "LZPHONE", "ZZDOCTOR", "LZACC", ".5068", ".5187", "LZPW", "bHp3ZWJ1"}
	if leaks := prototest.Leaks(mine, words); len(mine) == 0 || len(leaks) > 0 {
		t.Errorf("%d records, leaks %v", len(mine), leaks)
	}
}
