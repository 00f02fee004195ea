package trace

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
)

// at is a time of the tests, in minutes.
func at(minutes float64) event.Time { return event.Time((1_700_000_000 + minutes*60) * 1e9) }

func hostile(minutes float64, source, target int32, g Grade) Contact {
	return Contact{Time: at(minutes), Source: source, Target: target, Grade: g, Hostile: true}
}

func trace(t *testing.T, devices int, contacts ...Contact) *Result {
	t.Helper()
	r, err := Trace(DefaultConfig(), devices, contacts)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, r)
	return r
}

// whole holds that chances are chances, and that they add up.
func whole(t *testing.T, r *Result) {
	t.Helper()
	sum := 0.0
	for _, e := range r.Entry {
		sum += e.Probability
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("it began somewhere with a chance of %v", sum)
	}
	for _, n := range r.Nodes {
		sum := n.Entry + n.Again
		for _, p := range n.Parents {
			sum += p.Probability
		}
		if math.Abs(sum-n.Infected) > 0.01 || n.Infected < 0 || n.Infected > 1.000001 || n.First > n.Median || n.Median > n.Last {
			t.Errorf("device %d: infected %v, ways %v, %v %v %v", n.Device, n.Infected, sum, n.First, n.Median, n.Last)
		}
	}
}

func (r *Result) node(device int32) Node {
	i := slices.IndexFunc(r.Nodes, func(n Node) bool { return n.Device == device })
	if i < 0 {
		return Node{Device: device}
	}
	return r.Nodes[i]
}

// A worm goes from one to the next: the chain is told, and where it began.
func TestChain(t *testing.T) {
	r := trace(t, 50, hostile(0, 1, 2, Proven), hostile(1, 1, 9, Touched), hostile(60, 2, 3, Proven), hostile(130, 3, 4, Proven), hostile(140, 2, 5, Exploited))
	if e := r.Entry[0]; e.Device != 1 || e.Probability < 0.7 {
		t.Errorf("it began with %+v", r.Entry)
	}
	for child, parent := range map[int32]int32{2: 1, 3: 2, 4: 3, 5: 2} {
		n := r.node(child)
		if len(n.Parents) == 0 || n.Parents[0].Device != parent || n.Parents[0].Probability < 0.8 || n.Infected < 0.9 {
			t.Errorf("device %d: %+v", child, n)
		}
	}
	// A refused step is no infection.
	if n := r.node(9); n.Infected > 0.01 {
		t.Errorf("who refused is infected: %+v", n)
	}
	// Who acted was infected when it was written to, not when it acted.
	if n := r.node(3); n.Median != at(60) {
		t.Errorf("device 3 is infected since %v, want %v", n.Median, at(60))
	}
	// The entry was before its first act.
	if n := r.node(1); n.Median >= at(0) || n.Acts != at(0) {
		t.Errorf("device 1: %+v", n)
	}
}

// Two that both wrote to a device before it acted are both told, the first one first.
func TestTwoParents(t *testing.T) {
	r := trace(t, 50, hostile(0, 1, 2, Proven), hostile(30, 1, 3, Written), hostile(32, 2, 3, Written), hostile(80, 3, 4, Proven))
	n := r.node(3)
	if len(n.Parents) < 2 || n.Parents[0].Probability < 0.2 || n.Parents[1].Probability < 0.2 {
		t.Errorf("device 3: %+v", n)
	}
	// After a start that was acknowledged, another tells nothing.
	r = trace(t, 50, hostile(0, 1, 2, Proven), hostile(30, 1, 3, Proven), hostile(32, 2, 3, Proven), hostile(80, 3, 4, Proven))
	if n := r.node(3); n.Parents[0].Device != 1 || n.Parents[0].Probability < 0.9 {
		t.Errorf("device 3: %+v", n)
	}
}

// Who acts and was reached by nobody has a parent that is not seen, or was brought in.
func TestOrphan(t *testing.T) {
	r := trace(t, 50, hostile(0, 1, 2, Proven), hostile(60, 2, 3, Proven), hostile(120, 7, 8, Proven))
	n := r.node(7)
	unseen := n.Again
	for _, p := range n.Parents {
		if p.Device == Nobody {
			unseen += p.Probability
		}
	}
	if unseen < 0.7 || n.Infected < 0.99 {
		t.Errorf("device 7: %+v", n)
	}
	if last := r.Entry[slices.IndexFunc(r.Entry, func(e Rank) bool { return e.Device == Nobody })]; last.Probability < 0.02 || last.Via != 1 {
		t.Errorf("somebody who is not seen: %+v", r.Entry)
	}
}

// Everyday contacts alone infect nobody, and nothing without a hostile one is traced.
func TestEveryday(t *testing.T) {
	var list []Contact
	for i := range 100 {
		list = append(list, Contact{Time: at(float64(i)), Source: int32(i % 5), Target: int32(i % 7), Grade: Entered})
	}
	if r := trace2(t, 10, list); len(r.Nodes) != 0 || len(r.Entry) != 0 {
		t.Errorf("%+v", r)
	}
	if r := trace2(t, 0, nil); len(r.Nodes) != 0 {
		t.Errorf("%+v", r)
	}
}

func trace2(t *testing.T, devices int, list []Contact) *Result {
	t.Helper()
	r, err := Trace(DefaultConfig(), devices, list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		list []Contact
		want string
	}{
		{[]Contact{hostile(2, 0, 1, Proven), hostile(1, 0, 1, Proven)}, "contact 1 is before"},
		{[]Contact{hostile(2, 0, 9, Proven)}, "contact 0 is between devices 0 and 9 of 5"},
		{[]Contact{hostile(2, -1, 1, Proven)}, "contact 0 is between"},
		{[]Contact{hostile(2, 0, 1, Grades)}, "contact 0 has grade 6"},
	} {
		if _, err := Trace(DefaultConfig(), 5, c.list); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	bad := DefaultConfig()
	bad.Hidden, bad.Transmit.Written, bad.Wait, bad.Rounds = 1, 0, -1, 0
	err := bad.Validate()
	for _, want := range []string{"hidden: 1 ", "transmit.written: 0 ", "wait: -1 ", "rounds: 0 "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not said: %s: %v", want, err)
		}
	}
	if _, err := Trace(bad, 5, nil); err == nil {
		t.Error("a wrong configuration is taken")
	}
}

// Bounds hold: devices beyond them are left out and counted, contacts are weighed up to
// theirs, and what a device shrugged off before counts on.
func TestBounds(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxNodes, cfg.MaxOptions = 5, 4
	var list []Contact
	for i := range 40 {
		list = append(list, hostile(float64(i), int32(i%8), int32((i+1)%8), Written))
	}
	r, err := Trace(cfg, 8, list)
	if err != nil || len(r.Nodes) != 5 || r.Shed != 3 {
		t.Errorf("%d nodes, %d left out, %v", len(r.Nodes), r.Shed, err)
	}
}

// Whatever the contacts, the answer is whole, and the same the second time.
func TestAnything(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		devices := 2 + rng.IntN(12)
		var list []Contact
		now := at(0)
		for range rng.IntN(80) {
			now += event.Time(rng.ExpFloat64() * math.Pow(10, float64(6+rng.IntN(9))))
			list = append(list, Contact{now, int32(rng.IntN(devices)), int32(rng.IntN(devices)), Grade(rng.IntN(int(Grades))), rng.IntN(3) == 0})
		}
		r := trace2(t, devices, list)
		if len(r.Nodes) > 0 && len(r.Entry) > 0 {
			whole(t, r)
		}
		if again := trace2(t, devices, list); !reflect.DeepEqual(r, again) {
			t.Fatalf("seed %d: another answer the second time", seed)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A large network: contacts of everyday with an outbreak among them.
func BenchmarkTrace(b *testing.B) {
	for _, size := range []struct{ devices, contacts, infected int }{{500, 1_000_000, 100}, {5000, 10_000_000, 400}} {
		rng := rand.New(rand.NewPCG(1, 2))
		list := make([]Contact, size.contacts)
		for i := range list {
			list[i] = Contact{Time: at(float64(i) / 100), Source: int32(rng.IntN(size.devices)), Target: int32(rng.IntN(size.devices))}
			if k := i * size.infected / size.contacts; i%(size.contacts/size.infected/10) == 0 {
				list[i] = hostile(float64(i)/100, int32(rng.IntN(k+1)), int32(rng.IntN(min(size.infected, k+5))), Grade(rng.IntN(int(Grades))))
			}
		}
		b.Run(fmt.Sprintf("%d devices, %d contacts, %d infected", size.devices, size.contacts, size.infected), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Trace(DefaultConfig(), size.devices, list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
