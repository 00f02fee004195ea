package event

import (
	"net/netip"
	"slices"
	"testing"

	"lazaret/internal/netid"
)

type accessed struct {
	Name   string     `log:"name" doc:"d"`
	Size   uint64     `log:"size,always" doc:"d"`
	Rtt    Interval   `log:"rtt" doc:"d"`
	Status Count      `log:"status" doc:"d"`
	OK     Bool       `log:"ok" doc:"d"`
	Sure   bool       `log:"sure" doc:"d"`
	Who    string     `log:"who" doc:"d" class:"person"`
	Codes  []int      `log:"codes" doc:"d"`
	Hosts  []netid.IP `log:"hosts" doc:"d"`
}

var accessedSchema = NewSchema[accessed]("accessed", "d")

func (*accessed) Schema() *Schema { return accessedSchema }

func TestAccess(t *testing.T) {
	at := func(s string) netid.IP { return netid.FromAddr(netip.MustParseAddr(s)) }
	r := &Record{TS: 1_500_000_000, Conn: &Conn{UID: "C1", Orig: netid.Endpoint{IP: at("10.0.0.1"), Port: 7}, Resp: netid.Endpoint{IP: at("10.0.0.2"), Port: 445}},
		Body: &accessed{Name: "n", Rtt: 250_000_000, Status: N(0), OK: B(false), Who: "w", Codes: []int{3, -4}, Hosts: []netid.IP{at("10.0.0.9")}}}
	for name, want := range map[string][]string{
		"ts": {"1.5"}, "uid": {"C1"}, "id.orig_h": {"10.0.0.1"}, "id.orig_p": {"7"}, "id.resp_h": {"10.0.0.2"}, "id.resp_p": {"445"},
		"name": {"n"}, "size": {"0"}, "rtt": {"0.25"}, "status": {"0"}, "ok": {"false"}, "codes": {"3", "-4"}, "hosts": {"10.0.0.9"},
	} {
		a, ok := accessedSchema.Access(name)
		if !ok {
			t.Fatalf("no column %s", name)
		}
		var got []string
		a.Each(r, func(v Value) bool { got = append(got, v.String()); return true })
		if !slices.Equal(got, want) {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if a, _ := accessedSchema.Access("who"); a.Class != Account {
		t.Errorf("class of who = %q", a.Class)
	}
	if _, ok := accessedSchema.Access("whose"); ok {
		t.Error("a column that is not there was found")
	}
	empty := &Record{Body: &accessed{}}
	for _, name := range []string{"uid", "id.orig_p", "name", "rtt", "status", "ok", "codes", "hosts"} {
		a, _ := accessedSchema.Access(name)
		a.Each(empty, func(v Value) bool { t.Errorf("%s of an empty record = %v", name, v); return true })
	}
	first, _ := accessedSchema.Access("codes")
	n := 0
	first.Each(r, func(Value) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d values were given after the end was asked for", n)
	}
	name, _ := accessedSchema.Access("name")
	if n := testing.AllocsPerRun(100, func() { name.Each(r, func(v Value) bool { return v.Text == "" }) }); n != 0 {
		t.Errorf("reading a text allocates %v times", n)
	}
}

// What a column holds is known before there is a record, and only a truth that is always
// known means false where it is left out.
func TestAccessType(t *testing.T) {
	for name, want := range map[string]string{"ts": "time", "uid": "string", "id.orig_h": "addr", "id.resp_p": "port", "rtt": "interval", "codes": "vector[int]", "ok": "bool", "sure": "bool"} {
		a, ok := accessedSchema.Access(name)
		if !ok || a.Type() != want {
			t.Errorf("type of %s = %q, want %q", name, a.Type(), want)
		}
		v, unset := a.Unset()
		if unset != (name == "sure") || unset && (v.Kind != Truth || v.Truth) {
			t.Errorf("%s left out = %v, %v", name, v, unset)
		}
	}
}

// Addresses are read without allocation, also those of lists.
func TestAccessAllocs(t *testing.T) {
	r := &Record{Body: &accessed{Hosts: []netid.IP{{1}, {2}}}}
	a, _ := accessedSchema.Access("hosts")
	n := 0
	if got := testing.AllocsPerRun(100, func() { a.Each(r, func(v Value) bool { n += int(v.IP[0]); return true }) }); got != 0 || n == 0 {
		t.Errorf("%v allocations for two addresses", got)
	}
}
