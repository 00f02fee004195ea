package roles

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/netid"
)

// Every role but those that no signal shows has one rule with something for it,
// and every weight is a share.
func TestRulesAreWhole(t *testing.T) {
	have := map[Role]int{}
	for _, r := range rules {
		have[r.role]++
		if len(r.pro) == 0 {
			t.Errorf("%s: nothing speaks for it", r.role)
		}
		for _, s := range slices.Concat(r.pro, r.con) {
			if s.Weight <= 0 || s.Weight > 1 || s.Says == "" || s.test == nil {
				t.Errorf("%s: signal %q of weight %v", r.role, s.Says, s.Weight)
			}
		}
	}
	for _, r := range Order() {
		if want := map[bool]int{true: 1}[r != Unknown]; have[r] != want {
			t.Errorf("%s has %d rules, want %d", r, have[r], want)
		}
		if Order()[r.Rank()] != r {
			t.Errorf("%s has rank %d", r, r.Rank())
		}
	}
}

func TestJudge(t *testing.T) {
	done := func(list ...clues.Activity) *Facts {
		f := &Facts{Done: map[clues.Activity]uint64{}}
		for _, a := range list {
			f.Done[a] = 3
		}
		return f
	}
	is := func(k clues.Kind, weight float64) *Facts { return &Facts{Kinds: map[clues.Kind]float64{k: weight}} }
	gate := func(machines, makers int, afar bool) *Facts {
		f := done(EntersModalities)
		f.Peers = map[clues.Activity][]netid.IP{EntersModalities: []netid.IP{netid.IPv4(10, 0, 0, 1), netid.IPv4(10, 0, 0, 2)}[:machines]}
		f.EnteredMakers = makers
		if afar {
			f.Done[ReachedFromAfar] = 1
		}
		return f
	}
	for _, c := range []struct {
		name   string
		facts  *Facts
		want   Role
		others []Role
	}{
		{"nothing", done(), Unknown, nil},
		{"only an echo", done(clues.Verifies), Unknown, nil},
		{"a scanner", &Facts{Done: map[clues.Activity]uint64{clues.SendsImages: 9}, Makes: true, Kind: "ct"}, CT, nil},
		{"an archive that is asked", done(clues.AnswersQuery, clues.AnswersRetrieve, clues.TakesImages), Archive, nil},
		{"an archive with a worklist", done(clues.AnswersQuery, clues.AnswersRetrieve, clues.TakesImages, clues.AnswersWorklist), Archive, []Role{Worklist}},
		{"a printer that says so", is(clues.KindPrinter, 0.9), Printer, nil},
		{"a printer that may be one", is(clues.KindPrinter, 0.4), Printer, nil},
		{"a computer that lends its printer", &Facts{Kinds: map[clues.Kind]float64{clues.KindPrinter: 0.4, clues.KindPC: 0.8}}, PC, nil},
		{"a switch", is(clues.KindSwitch, 0.8), Network, nil},
		{"an access point", is(clues.KindAccessPoint, 0.7), Network, nil},
		{"a telephone with a switch in it", &Facts{Kinds: map[clues.Kind]float64{clues.KindSwitch: 0.8, clues.KindPhone: 0.8}}, Thing, nil},
		{"a router that says so", is(clues.KindRouter, 0.8), Router, nil},
		{"a camera", is(clues.KindCamera, 0.7), Thing, nil},
		{"a hint of a camera", is(clues.KindCamera, 0.4), Unknown, nil},
		{"a tablet", is(clues.KindMobile, 0.7), PC, nil},
		{"a storage", is(clues.KindStorage, 0.7), FileServer, nil},
		{"a scanner with a database in it", &Facts{Done: map[clues.Activity]uint64{clues.SendsImages: 9, KeepsData: 2}, Kinds: map[clues.Kind]float64{clues.KindDatabase: 0.8}, Makes: true, Kind: "ct"}, CT, nil},
		{"a controller that says so", is(clues.KindDomainController, 0.9), DomainController, nil},
		{"a controller by its tickets and answers", done(GrantsTickets, AnswersDirectory, SharesFiles), DomainController, nil},
		{"a directory", done(AnswersDirectory), Server, nil},
		{"tickets alone", done(GrantsTickets), DomainController, nil},
		{"a dose registry", done(clues.TakesDose), DoseAI, nil},
		{"dose reports among many images", &Facts{Done: map[clues.Activity]uint64{clues.TakesDose: 1, clues.TakesImages: 40}}, Archive, nil},
		{"a maker's remote service", gate(2, 1, false), VendorGateway, nil},
		{"an administrator", gate(2, 2, false), Unknown, nil},
		{"a maker's service on one machine", gate(1, 1, false), Unknown, nil},
		{"one machine, and from afar", gate(1, 1, true), VendorGateway, nil},
		{"a role goes before a general one", done(clues.AnswersWorklist, clues.Serves), Worklist, nil},
	} {
		cases := Judge(c.facts)
		got, sure := Best(cases)
		if got != c.want || (sure == 0) != (c.want == Unknown) || sure > 1 || !slices.Equal(Others(cases, got), c.others) {
			t.Errorf("%s: %s (%v) and %v, want %s and %v", c.name, got, sure, Others(cases, got), c.want, c.others)
		}
	}
}
