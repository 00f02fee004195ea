package partners

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/netid"
)

func TestRead(t *testing.T) {
	l, faults := Read("p.toml", []byte(Example))
	if len(faults) != 0 {
		t.Fatal(faults)
	}
	for ip, want := range map[netid.IP]string{netid.IPv4(198, 51, 100, 9): "manufacturer", netid.IPv4(10, 9, 8, 7): "manufacturer", netid.IPv4(10, 9, 8, 6): ""} {
		if p := l.Of(ip); (p == nil) != (want == "") || p != nil && p.Kind != want {
			t.Errorf("%s: %+v", ip, p)
		}
	}
	if (*List)(nil).Of(netid.IPv4(1, 2, 3, 4)) != nil {
		t.Error("no list has a partner")
	}
	for text, want := range map[string]string{
		"x = ":          "p.toml:1: ",
		"":              "has no [[partner]]",
		"[[partner]]\n": "p.toml:1: name: is missing|p.toml:1: kind: \"\" is none of|p.toml:1: networks: is missing",
		"[[partner]]\nname='a'\nkind='friend'\nnetworks=['1.2.3.4/33','10.0.0.1/8','0.0.0.0/0','x']\n":                                             "p.toml:3: kind: \"friend\"|p.toml:4: networks: \"1.2.3.4/33\" is no|the network is 10.0.0.0/8|is everybody|\"x\" is no",
		"[[partner]]\nname='a'\nkind='clinic'\nnetworks=['10.0.0.0/8']\n[[partner]]\nname='a'\nkind='clinic'\nnetworks=['10.0.0.0/8']\ncolour=1\n": "p.toml:6: name: \"a\" is another|p.toml:8: networks: 10.0.0.0/8 is a network of \"a\"|p.toml:9: partner.colour: is not a key",
	} {
		_, faults := Read("p.toml", []byte(text))
		var said []string
		for _, f := range faults {
			said = append(said, f.Error())
		}
		for w := range strings.SplitSeq(want, "|") {
			if !strings.Contains(strings.Join(said, "\n"), w) {
				t.Errorf("%q: no %q in\n%s", text, w, strings.Join(said, "\n"))
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(Example))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, faults := Read("p.toml", b)
		if len(faults) == 0 && len(l.partners) == 0 {
			t.Error("no partner, and no fault")
		}
		l.Of(netid.IPv4(10, 0, 0, 1))
	})
}

func at(m int) event.Time { return event.Time(1_700_000_000e9) + event.Time(m)*60e9 }

func TestWays(t *testing.T) {
	list, faults := Read("p.toml", []byte("[[partner]]\nname='s'\nkind='logistics'\nnetworks=['10.7.0.0/16']\n"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	b := NewBook(list)
	desk, supplier, stranger, site := netid.IPv4(10, 0, 0, 5), netid.IPv4(10, 7, 0, 1), netid.IPv4(203, 0, 113, 5), netid.IPv4(198, 51, 100, 1)
	say := func(m int, from, to netid.IP, service string, answered uint64) {
		b.Add(&event.Record{TS: at(m), Conn: &event.Conn{UID: "C1", Orig: netid.Endpoint{IP: from, Port: 50000}, Resp: netid.Endpoint{IP: to, Port: 3389}}, Body: &flow.Record{Proto: "tcp", Service: service, OrigPkts: 3, RespPkts: answered}})
	}
	say(0, supplier, desk, "rdp", 5)
	say(50, desk, supplier, "", 5)
	say(90, supplier, desk, "smb", 5)
	say(200, supplier, desk, "rdp", 5)
	say(95, stranger, desk, "ssh", 5)
	say(96, stranger, desk, "ssh", 0) // nobody answered
	say(97, desk, site, "ssl", 5)     // every day
	for m := range 100 {
		say(300+m, supplier, desk, "rdp", 5)
	}
	got := b.Ways(desk, at(100))
	if len(got) != 2 || got[0].Outside != stranger || got[0].Before != at(95) || got[0].Contacts != 1 || got[0].Partner != nil {
		t.Fatalf("%+v", got)
	}
	w := got[1]
	if w.Outside != supplier || w.Partner.Kind != "logistics" || w.First != at(0) || w.Last != at(399) || w.Contacts != 104 || w.Inward != 103 || !slices.Equal(w.Services, []string{"3389/tcp", "rdp", "smb"}) {
		t.Errorf("%+v", w)
	}
	// The times between were pushed out by later ones; the first is known still.
	if w.Before != at(0) {
		t.Errorf("before: %v", w.Before-at(0))
	}
	if early := b.Ways(desk, at(-1)); early[0].Before != 0 || early[1].Before != 0 {
		t.Errorf("%+v", early)
	}
}

func BenchmarkAdd(b *testing.B) {
	book := NewBook(nil)
	r := &event.Record{Conn: &event.Conn{Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1)}, Resp: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 2)}}, Body: &flow.Record{OrigPkts: 1, RespPkts: 1}}
	b.ReportAllocs()
	for b.Loop() {
		book.Add(r)
	}
}
