package main

import (
	"time"

	"lazaret/lab/cast"
)

// twofold is an outbreak in which one machine is written to from two, and refuses both to start it,
// before it does the same itself: nobody who only sees the network can say which of them it was.
func twofold(l *Lab) error {
	s, err := l.open([]string{"ct1", "mr1", "dx1"})
	if err != nil {
		return err
	}
	files, err := l.copies("WMIAPSRVE", cast.Constants(), "ct1", "mr1", "dx1")
	if err != nil {
		return err
	}
	for _, p := range []pretender{{host: "ct1"}, {host: "mr1", denied: []string{wormService}}, {host: "dx1"}} {
		if err := l.pretend(p); err != nil {
			return err
		}
	}
	if err := l.begin(s); err != nil {
		return err
	}
	l.pass(26 * time.Hour)
	for _, x := range []struct {
		from, to, grade, detail string
		after                   time.Duration
	}{
		{"reg1", "ct1", "proven", "copied to ADMIN$, service made and started", 20 * time.Minute},
		{"reg1", "mr1", "written", "copied to ADMIN$, service refused", 90 * time.Second},
		{"ct1", "mr1", "written", "copied to ADMIN$ once more, service refused", 25 * time.Minute},
		{"mr1", "dx1", "proven", "copied to ADMIN$, service made and started", 5 * time.Minute},
	} {
		if err := l.hop(hop{from: x.from, to: x.to, transport: "smb2", file: files[x.to], shares: shareList(wormFile, "ADMIN$"), start: "service",
			name: wormService, display: wormDisplay, command: wormCommand, grade: x.grade, detail: x.detail}); err != nil {
			return err
		}
		l.pass(x.after)
	}
	l.story().Entry = "reg1"
	for _, p := range [][2]string{{"reg1", "ct1"}, {"mr1", "dx1"}} {
		l.finds(p[0], p[1], "accepted", "K1", "K3", "K4", "K5", "L1")
	}
	for _, from := range []string{"reg1", "ct1"} {
		l.finds(from, "mr1", "accepted", "K3", "K5")
		l.finds(from, "mr1", "refused", "K1", "L1")
	}
	l.finds("reg1", "", "", "K6")
	l.finds("ct1", "mr1", "accepted", "F2")
	l.finds("mr1", "dx1", "accepted", "F2")
	l.mustBeQuiet("reg1", "ct1", "nobody did the same to the first one", "F2")
	return nil
}
