// Package ruletest runs the cases of a behaviour: at least one that fires, and at least
// one near miss that stays quiet.
//
// A case is a Scene, which plays records in order between addresses, and the findings
// that it must end with, in words. The head of the behaviour is checked as well: a rule
// without a reason, an innocent cause or a technique is none. A near miss must show the
// rule records that it wants to see; an empty one proves nothing.
//
// It refuses cases without names, and rules without both kinds. It owns what a Scene
// makes; records are given away, as in the merge. Times begin at a fixed day. It is for
// tests alone and part of no program. There is no standard for it, but ATT&CK's form of
// techniques.
package ruletest

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/baseline"
	"lazaret/internal/detect"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
)

// Case is one scene and what comes of it.
type Case struct {
	Name string
	Play func(s *Scene)
	// Want are the findings: "high 10.0.0.1>10.0.0.2 topic"; the target is - for
	// none, and a topic of * is any. None is a near miss.
	Want  []string
	Roles map[string]roles.Role // by address; unknown if it is not there
	// Learn plays what is normal before: then there is a baseline. Its roles are Roles.
	Learn func(s *Scene)
	// Numbers are other than those of the rule.
	Numbers map[string]float64
}

// Scene makes records.
type Scene struct {
	now   event.Time
	conn  *event.Conn
	conns int
	out   []event.Record
}

// begin is when every scene begins: a Monday morning.
const begin event.Time = 1_793_606_400_000_000_000

const day event.Time = 86_400_000_000_000

// Wait lets time pass.
func (s *Scene) Wait(seconds float64) { s.now += event.Time(seconds * 1e9) }

// Talk begins a conversation: what follows belongs to it. Both ends are address:port.
func (s *Scene) Talk(orig, resp string) *event.Conn {
	s.conns++
	end := func(text string) netid.Endpoint {
		a := netip.MustParseAddrPort(text)
		return netid.Endpoint{IP: netid.FromAddr(a.Addr()), Port: a.Port()}
	}
	s.conn = &event.Conn{UID: fmt.Sprintf("C%d", s.conns), Orig: end(orig), Resp: end(resp), Proto: 6}
	return s.conn
}

// Say makes a record of the conversation, now.
func (s *Scene) Say(bodies ...event.Payload) {
	for _, b := range bodies {
		conn := s.conn
		if !b.Schema().PerConn {
			conn = nil
		}
		s.out = append(s.out, event.Record{TS: s.now, Index: uint64(len(s.out)), Conn: conn, Body: b})
	}
}

// IP reads an address.
func IP(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }

var technique = regexp.MustCompile(`^T1\d{3}(\.\d{3})?$`)

// Head checks what is said of a rule.
func Head(t testing.TB, r *detect.Rule) {
	t.Helper()
	for name, text := range map[string]string{"ID": r.ID, "Title": r.Title, "Why": r.Why, "Basis": r.Basis, "Engine": r.Engine} {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s: no %s", r.ID, name)
		}
	}
	if len(r.Innocent) == 0 {
		t.Errorf("%s: no innocent cause; if there is none, that is what to say", r.ID)
	}
	if len(r.Attack) == 0 || slices.ContainsFunc(r.Attack, func(s string) bool { return !technique.MatchString(s) }) {
		t.Errorf("%s: techniques %q", r.ID, r.Attack)
	}
	if r.Severity == detect.None || r.Severity > detect.Critical || r.Confidence <= 0 || r.Confidence > 1 {
		t.Errorf("%s: severity %v, confidence %v", r.ID, r.Severity, r.Confidence)
	}
	if strings.HasSuffix(r.Title, ".") || !strings.HasSuffix(r.Why, ".") {
		t.Errorf("%s: a title ends without a full stop, a reason with one", r.ID)
	}
	for _, n := range r.Numbers {
		if n.Name == "" || n.Doc == "" || n.Unit == "" || n.Basis == "" || n.Value < n.Min {
			t.Errorf("%s: number %+v", r.ID, n)
		}
	}
}

// Run plays the cases of a behaviour.
func Run(t *testing.T, b *detect.Behaviour, cases ...Case) {
	t.Helper()
	Head(t, &b.Rule)
	fires, quiet := 0, 0
	for _, c := range cases {
		if len(c.Want) > 0 {
			fires++
		} else {
			quiet++
		}
		t.Run(c.Name, func(t *testing.T) { play(t, b, &c) })
	}
	if fires == 0 || quiet == 0 {
		t.Errorf("%s: %d cases that fire and %d near misses; both are needed", b.ID, fires, quiet)
	}
}

func play(t *testing.T, b *detect.Behaviour, c *Case) {
	t.Helper()
	cfg := detect.DefaultConfig()
	cfg.Numbers = map[string]map[string]float64{b.ID: c.Numbers}
	book := detect.NewBook(cfg, nil)
	role := func(ip netid.IP) roles.Role {
		if r, ok := c.Roles[ip.String()]; ok {
			return r
		}
		return roles.Unknown
	}
	s := &Scene{now: begin}
	var base *baseline.Profile
	if c.Learn != nil {
		base = baseline.New(baseline.DefaultConfig(), []baseline.Ask{{From: begin, To: begin + day}})
		c.Learn(s)
		for i := range s.out {
			base.Add(&s.out[i])
		}
		base.Freeze(role)
		s.now, s.out = begin+day, nil
	}
	watch := detect.NewWatchAgainst(cfg, book, []*detect.Behaviour{b}, base)
	c.Play(s)
	wanted := 0
	for i := range s.out {
		if slices.Contains(b.Wants, s.out[i].Body.Schema()) {
			wanted++
		}
		if base != nil {
			base.Add(&s.out[i])
		}
		watch.Add(&s.out[i])
	}
	if wanted == 0 {
		t.Fatal("the rule was shown no record that it wants")
	}
	found := book.Snapshot(role).Findings
	var got []string
	for i := range found {
		got = append(got, line(&found[i], "*"))
		if found[i].Confidence <= 0 || len(found[i].Facts) == 0 || found[i].First == 0 {
			t.Errorf("a finding without proof: %+v", found[i])
		}
	}
	want := slices.Clone(c.Want)
	for i := range found {
		full := line(&found[i], found[i].Topic)
		if j := slices.IndexFunc(want, func(w string) bool { return w == got[i] || w == full }); j >= 0 {
			want = slices.Delete(want, j, j+1)
			continue
		}
		t.Errorf("found %q with %v", full, found[i].Facts)
	}
	if len(want) > 0 {
		t.Errorf("not found: %q", want)
	}
}

func line(f *detect.Finding, topic string) string {
	to := "-"
	if !f.Target.IsZero() {
		to = f.Target.String()
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s>%s %s", f.Severity, f.Source, to, topic))
}
