package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

// Each outbreak must tell what has to be found, inside the time of its capture.
func TestOutbreaksAreTold(t *testing.T) {
	all := truths(t)
	rules, grades := map[string]bool{}, map[string]bool{}
	for _, s := range outbreaks() {
		tr := all[s.name]
		if tr == nil || tr.Outbreak == nil {
			t.Errorf("%s: no outbreak in its truth", s.name)
			continue
		}
		o := tr.Outbreak
		if len(o.Findings)+len(o.MayFire) == 0 || len(o.Silent)+len(o.Blind) == 0 && s.name != "kwampirs" {
			t.Errorf("%s: nothing to find, or nothing to leave alone", s.name)
		}
		if (s.name == "busy") != (len(o.Findings) == 0) {
			t.Errorf("%s: %d findings that must be there", s.name, len(o.Findings))
		}
		for _, f := range o.Findings {
			rules[f.Rule] = true
		}
		for i, c := range o.Contacts {
			grades[c.Grade] = true
			if c.From.Before(tr.Capture.Started) || c.Until.After(tr.Capture.Stopped) || i > 0 && c.From.Before(o.Contacts[i-1].From) {
				t.Errorf("%s: contact %d is outside the capture or out of order", s.name, i)
			}
		}
	}
	for _, want := range []string{"B1", "B2", "B3", "D1", "D4", "D6", "E1", "E2", "E3", "E4", "E5", "E6", "E7", "E8", "E9", "E10", "E11", "F2", "H1", "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K11", "K12", "L1", "L2", "L3", "L4", "N1", "R1", "R2", "R3", "V1", "X1", "X2", "X3", "X4", "X5"} {
		if !rules[want] {
			t.Errorf("no outbreak shows %s", want)
		}
	}
	for _, want := range truth.Grades() {
		if !grades[want] {
			t.Errorf("no contact is %s", want)
		}
	}
}

// Copies differ by a run alone, and are the same whenever they are made.
func TestCopiesDifferByARun(t *testing.T) {
	one, two := cast.Copy("FAMILY", 8192, cast.Constants(), "one"), cast.Copy("FAMILY", 8192, cast.Constants(), "two")
	if !bytes.Equal(one, cast.Copy("FAMILY", 8192, cast.Constants(), "one")) || bytes.Equal(one, two) {
		t.Fatal("a copy is not itself, or two are the same")
	}
	if !bytes.Equal(one[:4096], two[:4096]) || !bytes.Equal(one[len(one)-4096:], two[len(two)-4096:]) {
		t.Error("more than a run in the middle differs")
	}
	for _, b := range [][]byte{one, two} {
		if !bytes.HasPrefix(b, []byte("MZ")) || !bytes.Contains(b, cast.Constants()[:16]) || !bytes.Contains(b, cast.Constants()[16:]) {
			t.Error("a copy is no program, or lacks a constant")
		}
	}
}

// Time that passes between two things moves all before it, and no more.
func TestStretch(t *testing.T) {
	at := time.Unix(1_800_000_000, 5000)
	b := make([]byte, 24)
	for i := range 3 {
		rec := make([]byte, 16+4)
		when := at.Add(time.Duration(i) * time.Second)
		binary.LittleEndian.PutUint32(rec, uint32(when.Unix()))
		binary.LittleEndian.PutUint32(rec[4:], uint32(when.Nanosecond()/1000))
		binary.LittleEndian.PutUint32(rec[8:], 4)
		b = append(b, rec...)
	}
	file := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	l := &Lab{gaps: []gap{{at.Add(500 * time.Millisecond), time.Minute}, {at.Add(1500 * time.Millisecond), time.Hour}}}
	l.truth.Outbreak = &truth.Outbreak{Contacts: []truth.Contact{{From: at, Until: at.Add(2 * time.Second)}}}
	if err := l.stretch(file); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, back := range []time.Duration{time.Hour + time.Minute, time.Hour, 0} {
		want := at.Add(time.Duration(i)*time.Second - back)
		rec := got[24+20*i:]
		if s, us := binary.LittleEndian.Uint32(rec), binary.LittleEndian.Uint32(rec[4:]); int64(s) != want.Unix() || us != 5 {
			t.Errorf("record %d is at %d.%06d, want %v", i, s, us, want)
		}
	}
	if c := l.truth.Outbreak.Contacts[0]; !c.From.Equal(at.Add(-time.Hour-time.Minute)) || !c.Until.Equal(at.Add(2*time.Second)) {
		t.Errorf("the contact is at %v to %v", c.From, c.Until)
	}
	if err := os.WriteFile(file, b[:24+20+3], 0o644); err != nil {
		t.Fatal(err)
	}
	if l.stretch(file) == nil {
		t.Error("half a record head is taken")
	}
}

// Appointments are recorded in the order of their times, and what lies between them passes.
func TestCalendar(t *testing.T) {
	l := &Lab{}
	var got []int
	note := func(n int) func() error {
		return func() error { got = append(got, n); return nil }
	}
	began := time.Now()
	err := l.calendar([]appointment{{50 * time.Hour, note(3)}, {0, note(1)}, {26 * time.Hour, note(2)}, {26*time.Hour + time.Millisecond, note(9)}})
	if err != nil || !slices.Equal(got, []int{1, 2, 9, 3}) {
		t.Fatalf("%v, %v", got, err)
	}
	var passed time.Duration
	for _, g := range l.gaps {
		passed += g.time
	}
	if took := time.Since(began); len(l.gaps) != 2 || passed > 50*time.Hour || passed+took < 50*time.Hour {
		t.Errorf("%d gaps, %v passed and %v taken of 50 hours", len(l.gaps), passed, took)
	}
	if err := l.calendar([]appointment{{0, func() error { return os.ErrInvalid }}, {time.Hour, note(4)}}); err != os.ErrInvalid || len(got) != 4 {
		t.Errorf("%v, %v: it went on behind a fault", err, got)
	}
}
