package baseline

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/proto/dicom"
)

func write(t testing.TB, p *Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b, "v1 go\"x"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What was written is read, and written again the same, byte for byte; learning goes on.
func TestRoundTrip(t *testing.T) {
	s := &scene{p: radiology(), at: noon}
	s.talk("10.0.0.41:1", "10.0.0.10:104").say(
		&dicom.Association{IsOrig: true, Calling: "#A \"B\\", Called: "Ä\x00\xff", Result: "accepted"},
		&dicom.Operation{IsOrig: true, FromCaller: true, Calling: "", MoveDest: "X Y", Command: "C-MOVE", Study: "a", StatusName: "success", Completed: event.N(3)},
		&dicom.Operation{IsOrig: true, FromCaller: true, Calling: strings.Repeat("é", 100), Command: "C-FIND", Service: "query", Matches: 7})
	first := write(t, s.p)
	p, faults := Read([]byte(first), DefaultConfig())
	if len(faults) > 0 {
		t.Fatalf("%v\n%s", faults, first)
	}
	if second := write(t, p); second != first {
		t.Errorf("written\n%s\nand again\n%s", first, second)
	}
	p.Learn([]Ask{{For: dayLong}})
	s.p, s.at = p, noon+10*event.Time(dayLong)
	s.talk("10.0.0.21:1", "10.0.0.10:104").say(conn("dicom", "SF"))
	row, ok := p.Has(Key{Kind: Contact, Source: ip("10.0.0.21"), Target: ip("10.0.0.10"), Name: "dicom"})
	if !ok || row.Times != 2 || row.Days != 2 || len(p.learned()) != 2 {
		t.Errorf("learned on: %+v, windows %v", row, p.learned())
	}
}

const head = "# c\nformat 1\ntool x\nlearned 2026-11-02T08:00:00Z 2026-11-02T09:00:00Z\n"
const stats = " times=2 days=1 first=2026-11-02T08:00:00Z last=2026-11-02T08:30:00Z\n"

// All faults are told at once, with their lines and columns.
func TestFaults(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   {"0 format: it is missing: the first line that is no comment must be format 1"},
		"<html>\nx y\n":      {`1 format: "<html>" was found, format 1 was expected: it is no baseline, or one of another version`},
		"format 2\nhost x\n": {`1 format: "format 2" was found, format 1 was expected: it is no baseline, or one of another version`},
		head + "contact 10.0.0.300 10.0.0.2 dicom" + stats + "host 10.0.0.1 role=king" + stats: {
			`5 contact, from: "10.0.0.300" is not an address as Lazaret writes it`, `6 host role: "king" is none of the roles`},
		head + "contact 10.0.0.3 10.0.0.2" + stats:    {"5 contact: times= is missing, or a column before the numbers"},
		head + "contact 010.0.0.3 10.0.0.2 x" + stats: {`5 contact, from: "010.0.0.3" is not an address`},
		head + "contakt 1 2 3" + stats:                {`5 : "contakt" is none of tool, learned, shed, host, card, contact`},
		head + "act 10.0.0.3":                         {`5 act: 1 columns were found, expected are from, to, act`},
		head + "act 10.0.0.3 10.0.0.4  x" + stats:     {"5 : column 22: words are parted by one space"},
		head + `act 10.0.0.3 10.0.0.4 "x` + stats:     {"5 : column 23: a quoted text does not end"},
		head + "act 10.0.0.3 10.0.0.4 x times=0 days=02 first=2026-11-02 last=x times=1\n": {
			`5 act times: "0" is not a number of 1 or more`, `5 act days: "02" is not a number of 1 or more`, `5 act first: "2026-11-02" is not a time like`,
			`5 act last: "x" is not a time like`, `5 act: "times=1" was found, expected is one of times= days= first= last=, each once`},
		head + "act 10.0.0.3 10.0.0.4 x times=1 days=2 first=2026-11-02T08:00:01Z\n":                           {"5 act: last= is missing"},
		head + "act 10.0.0.3 10.0.0.4 x times=1 days=2 first=2026-11-02T08:00:01Z last=2026-11-02T08:00:00Z\n": {"5 act: first= is after last=", "5 act: 2 days are more than 1 times"},
		head + strings.Repeat("act 10.0.0.3 10.0.0.4 x"+stats, 2):                                              {"6 act: act 10.0.0.3 10.0.0.4 x stands twice"},
		head + "shed king 1\nshed host 0\nlearned 2026-11-02T08:00:00Z\n":                                      {`5 shed: "king" is none of host`, `6 shed host: "0" is not a number of 1`, "7 learned: it has 2 words, expected was learned FROM TO"},
		head + "learned 2026-11-02T08:00:00Z 2026-11-02T07:00:00Z\n":                                           {"5 learned: 2026-11-02T08:00:00Z is after"},
		head + "retrieval X 10.0.0.1 hour=1/2 day=1/2/x hours=24,z" + stats:                                    {`5 retrieval hour: "1/2" was found, expected are studies/objects/bytes`, `5 retrieval day: "x" is`, "5 retrieval hours: 24 is no hour", `5 retrieval hours: "z" is`},
		head + "called " + strings.Repeat("A", 129) + " 10.0.0.1" + stats:                                      {`5 called, title: "AAAA`},
		head + strings.Repeat("x\n", maxFaults+5):                                                              nil,
	} {
		p, faults := Read([]byte(text), DefaultConfig())
		if p != nil || len(faults) == 0 || len(faults) > maxFaults+1 {
			t.Errorf("%.200q: %d faults, profile %v", text, len(faults), p != nil)
		}
		for i, f := range faults {
			if want != nil && (i >= len(want) || !strings.HasPrefix(fmt.Sprintf("%d %s: %s", f.Line, f.Key, f.What), want[i])) {
				t.Errorf("%.300q: fault %d is %d %s: %s", text, i, f.Line, f.Key, f.What)
			}
		}
		if want != nil && len(faults) != len(want) {
			t.Errorf("%.300q: %d faults, want %d", text, len(faults), len(want))
		}
	}
}

// A file with more rows than the configuration lets in is refused, not read in part.
func TestTooManyRows(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Hosts = 1
	_, faults := Read([]byte(head+"host 10.0.0.1 role=ct"+stats+"host 10.0.0.2 role=ct"+stats+"host 10.0.0.3 role=ct"+stats), cfg)
	if len(faults) != 1 || faults[0].Line != 6 {
		t.Errorf("%v", faults)
	}
}

// What is read without a fault is written and read again the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(write(f, radiology())))
	f.Add([]byte(head + "act 10.0.0.3 ::1 \"x y\"" + stats + "retrieval X 10.0.0.1 hour=1/2/3 day=1/2/3 hours=1,3" + stats + "query X 10.0.0.1 10.0.0.2 most=3" + stats))
	f.Fuzz(func(t *testing.T, b []byte) {
		cfg := DefaultConfig()
		p, faults := Read(b, cfg)
		if (p == nil) != (len(faults) > 0) || len(faults) > maxFaults+1 {
			t.Fatalf("profile %v and %d faults", p != nil, len(faults))
		}
		if p == nil {
			return
		}
		first := write(t, p)
		q, faults := Read([]byte(first), cfg)
		if len(faults) > 0 {
			t.Fatalf("%v of\n%s", faults, first)
		}
		if second := write(t, q); second != first {
			t.Fatalf("%s\nand\n%s", first, second)
		}
		Diff(p, q)
		p.Usages()
	})
}
