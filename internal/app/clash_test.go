package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/report"
)

// rewritten writes frames of a capture of the lab whose number is in a part of it, their times
// shifted.
func rewritten(t *testing.T, name string, from, to float64, shift time.Duration) string {
	t.Helper()
	tl := capture.Open(t.Context(), capture.DefaultConfig(), []string{filepath.Join(labDir, "outbreak", name+".pcap.zst")}, capture.Options{})
	defer tl.Close()
	var list []capture.Frame
	for b, err := tl.Next(); err == nil; b, err = tl.Next() {
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			list = append(list, f)
		}
		b.Release()
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "part.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := capture.NewWriter(out, list[0].Link, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list[int(from*float64(len(list))):int(to*float64(len(list)))] {
		if err := w.Write(f.Time+event.Time(shift), f.Data, f.Len); err != nil {
			t.Fatal(err)
		}
	}
	return out.Name()
}

// Captures that overlap, repeat or contradict each other give the story of one, and it is said
// what they do: to who reads, in the summary, and among the blind spots of the incident.
func TestClashes(t *testing.T) {
	whole := filepath.Join(labDir, "outbreak", "kwampirs.pcap.zst")
	want := tree(t, whole)
	for _, c := range []struct {
		name  string
		files []string
		kind  string
		same  bool // the tree is that of the whole
	}{
		{"twice", []string{whole, rewritten(t, "kwampirs", 0, 1, 0)}, "same", true},
		{"halves that overlap", []string{rewritten(t, "kwampirs", 0, 0.6, 0), rewritten(t, "kwampirs", 0.4, 1, 0)}, "same", true},
		{"a clock that is an hour off", []string{whole, rewritten(t, "kwampirs", 0, 1, time.Hour)}, "shifted", false},
		{"another of the same time", []string{whole, rewritten(t, "kwampirs", 0, 0.3, -24*time.Hour)}, "shifted", false},
	} {
		code, out, msg := lazaret(t, nil, append([]string{"report", "-o", "json"}, c.files...)...)
		if code != 0 {
			t.Fatalf("%s: status %d: %s", c.name, code, msg)
		}
		var d struct {
			Summary   report.Summary
			Incidents []report.Incident
		}
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatal(err)
		}
		is := func(x report.Clash) bool { return x.Kind == c.kind }
		if !slices.ContainsFunc(d.Summary.Clashes, is) || !strings.Contains(msg, "hold the same packets") {
			t.Errorf("%s: not told: %v %s", c.name, d.Summary.Clashes, msg)
		}
		spotted := func(x report.Incident) bool {
			return slices.ContainsFunc(x.Blind, func(s report.Spot) bool { return s.Reason == "captures_"+c.kind })
		}
		if !slices.ContainsFunc(d.Incidents, spotted) {
			t.Errorf("%s: no incident says so", c.name)
		}
		if got := treeOf(d.Incidents); c.same && got != want {
			t.Errorf("%s: the tree is\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

func tree(t *testing.T, files ...string) string {
	t.Helper()
	_, out, msg := lazaret(t, nil, append([]string{"report", "-o", "json"}, files...)...)
	var d struct{ Incidents []report.Incident }
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err, msg)
	}
	return treeOf(d.Incidents)
}

func treeOf(list []report.Incident) string {
	var b strings.Builder
	for _, x := range list {
		for _, e := range x.Tree {
			b.WriteString(strings.Join([]string{e.Time, e.Source.Address, e.Target.Address, e.Grade, "\n"}, " "))
		}
	}
	return b.String()
}

// What was exposed is not more because a capture was given twice.
func TestExposedOnce(t *testing.T) {
	file := filepath.Join(labDir, "outbreak", "theft.pcap.zst")
	exposed := func(files ...string) report.Ways {
		_, out, msg := lazaret(t, nil, append([]string{"report", "-o", "json"}, files...)...)
		var d struct{ Incidents []report.Incident }
		if err := json.Unmarshal([]byte(out), &d); err != nil || len(d.Incidents) != 1 {
			t.Fatal(err, msg)
		}
		return d.Incidents[0].Exposure.Whole
	}
	once, twice := exposed(file), exposed(file, rewritten(t, "theft", 0, 1, 0))
	if once != twice || once.All.Studies.Count == 0 {
		t.Errorf("%+v once, %+v twice", once, twice)
	}
}
