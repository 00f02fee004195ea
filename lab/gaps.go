package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"time"
)

// gap is time that passes in the capture and did not in the laboratory: from
// then on everything is that much later.
type gap struct {
	at   time.Time
	time time.Duration
}

// pass lets time go by between two things of a day. Nothing may be under way.
func (l *Lab) pass(d time.Duration) {
	time.Sleep(300 * time.Millisecond) // the last acknowledgements
	l.gaps = append(l.gaps, gap{time.Now(), d})
	time.Sleep(20 * time.Millisecond)
}

// shown is the time that a moment of the recording has in the capture. The
// end stays where it is, so no capture is from the future.
func (l *Lab) shown(t time.Time) time.Time {
	var before time.Duration
	for _, g := range l.gaps {
		if t.Before(g.at) {
			before += g.time
		}
	}
	return t.Add(-before).UTC()
}

// appointment is something that is recorded at a time of a calendar, counted
// from where it begins.
type appointment struct {
	at time.Duration
	do func() error
}

// calendar records appointments in the order of their times, each as long as
// it takes, and lets the time between them pass. What takes longer than the
// time to the next one moves the rest back.
func (l *Lab) calendar(all []appointment) error {
	slices.SortStableFunc(all, func(a, b appointment) int { return cmp.Compare(a.at, b.at) })
	began := l.dated(time.Now())
	for _, a := range all {
		if d := a.at - l.dated(time.Now()).Sub(began); d > time.Second {
			l.pass(d)
		}
		if err := a.do(); err != nil {
			return err
		}
	}
	return nil
}

// dated is the time of the story that a moment of now has: later by all that
// has passed.
func (l *Lab) dated(t time.Time) time.Time {
	for _, g := range l.gaps {
		t = t.Add(g.time)
	}
	return t
}

// stretch rewrites the times in a little-endian microsecond pcap, and those in
// the truth about it.
func (l *Lab) stretch(path string) error {
	if o := l.truth.Outbreak; o != nil {
		for i := range o.Contacts {
			c := &o.Contacts[i]
			c.From, c.Until = l.shown(c.From), l.shown(c.Until)
		}
		for i := range o.Allowed {
			a := &o.Allowed[i]
			a.From, a.Until = l.shown(a.From), l.shown(a.Until)
		}
	}
	l.truth.Capture.Started = l.shown(l.truth.Capture.Started)
	if len(l.gaps) == 0 {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for at := 24; at < len(b); {
		if at+16 > len(b) {
			return fmt.Errorf("%s: cut at %d", path, at)
		}
		t := time.Unix(int64(binary.LittleEndian.Uint32(b[at:])), int64(binary.LittleEndian.Uint32(b[at+4:]))*1000)
		t = l.shown(t)
		binary.LittleEndian.PutUint32(b[at:], uint32(t.Unix()))
		binary.LittleEndian.PutUint32(b[at+4:], uint32(t.Nanosecond()/1000))
		at += 16 + int(binary.LittleEndian.Uint32(b[at+8:]))
	}
	return os.WriteFile(path, b, 0o644)
}
