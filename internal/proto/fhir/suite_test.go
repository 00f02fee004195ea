package fhir_test

import (
	"testing"

	"lazaret/internal/proto/fhir"
	"lazaret/internal/proto/http"
	"lazaret/internal/prototest"
)

// TestGolden replays what the lab hospital recorded.
func TestGolden(t *testing.T) { prototest.Carried(t, &fhir.Spec, &http.Spec, "web") }

// TestCuts cuts the conversations of the lab into pieces: the records stay the same.
func TestCuts(t *testing.T) { prototest.CarriedCuts(t, &fhir.Spec, &http.Spec, "web", 5) }

// TestLab looks for the invented patients of the lab in every record.
func TestLab(t *testing.T) {
	prototest.CarriedLeaks(t, &fhir.Spec, &http.Spec, "web", []string{"ZZCANARY", "LZCAN", "LZPHONE", "ZZDOCTOR", "LZACC", ".5068", ".5187", "LZPW", "bHp3ZWJ1"})
}
