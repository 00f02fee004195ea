package dicomweb_test

import (
	"testing"

	"lazaret/internal/proto/dicomweb"
	"lazaret/internal/proto/http"
	"lazaret/internal/prototest"
)

// TestGolden replays what the lab hospital recorded.
func TestGolden(t *testing.T) { prototest.Carried(t, &dicomweb.Spec, &http.Spec, "web") }

// TestGoldenPreambles replays files that are an image and a program at once.
func TestGoldenPreambles(t *testing.T) {
	prototest.Carried(t, &dicomweb.Spec, &http.Spec, "service")
}

// TestCutsPreambles cuts their conversations into pieces.
func TestCutsPreambles(t *testing.T) {
	prototest.CarriedCuts(t, &dicomweb.Spec, &http.Spec, "service", 5)
}

// TestCuts cuts the conversations of the lab into pieces: the records stay the same.
func TestCuts(t *testing.T) { prototest.CarriedCuts(t, &dicomweb.Spec, &http.Spec, "web", 5) }

// TestLab looks for the invented patients of the lab in every record.
func TestLab(t *testing.T) {
	prototest.CarriedLeaks(t, &dicomweb.Spec, &http.Spec, "web", []string{"ZZCANARY", "LZCAN", "LZPHONE", "ZZDOCTOR", "LZACC", ".5068", ".5187", "LZPW", "bHp3ZWJ1"})
	prototest.CarriedLeaks(t, &dicomweb.Spec, &http.Spec, "service", []string{"ZZCANARY", "LZCAN", "LZPHONE", "ZZDOCTOR", "LZACC", ".5697"})
}
