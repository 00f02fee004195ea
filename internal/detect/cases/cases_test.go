package cases

import (
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto/dns"
)

var logs = []*event.Schema{dns.Schema, flow.Schema}

const good = `[[case]]
name = "asks for it"
rule = "K10"
expect = "fires"
source = "10.0.0.5"
count = 2
records = [
  { log = "dns", id.orig_h = "10.0.0.5", id.resp_h = "10.0.0.2", id.resp_p = 53, query = "a.example", qtype_name = "A" },
  { log = "dns", "id.orig_h" = "10.0.0.5", query = "b.example", ts = 1700000000.5 },
]

[[case]]
rule = "Other rule"
expect = "quiet"
capture = "clean.pcap"

[[case]]
rule = "made"
expect = "fires"
file = "a.bin"
`

func TestRead(t *testing.T) {
	got, faults := Read([]Source{{"x.test.toml", []byte(good)}}, logs)
	if len(faults) != 0 || len(got) != 3 {
		t.Fatalf("%d cases, %v", len(got), faults)
	}
	c := got[0]
	if c.Line != 1 || c.Name != "asks for it" || c.Rule != "K10" || !c.Fires || c.Source != "10.0.0.5" || c.Count != 2 || len(c.Records) != 2 {
		t.Errorf("%+v", c)
	}
	first, second := c.Records[0], c.Records[1]
	if d := first.Body.(*dns.Record); d.Query != "a.example" || first.TS != begin || first.Conn.Resp.Port != 53 || first.Conn.Orig.IP.String() != "10.0.0.5" {
		t.Errorf("%+v %+v", first, first.Conn)
	}
	if second.TS != 1_700_000_000_500_000_000 || second.Conn.Orig.IP.String() != "10.0.0.5" {
		t.Errorf("%+v %+v", second, second.Conn)
	}
	if c := got[1]; c.Fires || c.Capture != "clean.pcap" || c.Line != 12 || c.Name != "Other rule" {
		t.Errorf("%+v", c)
	}
	if c := got[2]; c.Path != "a.bin" {
		t.Errorf("%+v", c)
	}
}

// All faults are told at once, with file, line and key.
func TestFaults(t *testing.T) {
	bad := `[[case]]
expect = "perhaps"
color = "red"
source = "here"
count = -1

[[case]]
rule = "K1"
expect = "quiet"
target = "10.0.0.1"
capture = "a"
file = "b"

[[case]]
rule = "K1"
expect = "fires"
records = [ { log = "nothing" }, { log = "dns", query = 5, id.resp_p = "x", nope = 1 } ]
`
	got, faults := Read([]Source{{"x.test.toml", []byte(bad)}, {"y.test.toml", []byte("= 3")}, {"z.test.toml", nil}}, logs)
	if len(got) != 0 {
		t.Errorf("%d cases have no fault", len(got))
	}
	var all strings.Builder
	for _, f := range faults {
		all.WriteString(f.Error() + "\n")
	}
	for _, want := range []string{
		"x.test.toml:3: case.color: is not a key", "x.test.toml:1: rule: is missing", `x.test.toml:2: expect: "perhaps" is neither`, `x.test.toml:4: source: "here" is no address`,
		"x.test.toml:5: count: -1 is less", "x.test.toml:1: records: 0 inputs", "x.test.toml:9: expect: is quiet", "x.test.toml:7: records: 2 inputs",
		`x.test.toml:17: records: the record of number 1: log: "nothing" is the name of no log`, "x.test.toml:17: records: the record of number 2: ", "query: 5 is no text", "id.resp_p: x is no port", "nope: is no column of dns",
		"y.test.toml:1: ", "z.test.toml: has 0 [[case]] entries",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("not said: %s", want)
		}
	}
	if t.Failed() {
		t.Log(all.String())
	}
}

// Whatever is in a file, reading ends, and what is given back is whole.
func FuzzRead(f *testing.F) {
	f.Add(good)
	f.Add("[[case]]\nrule='a'\nexpect='fires'\nrecords=[{log='dns',ts=1e300}]")
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := Read([]Source{{"x", []byte(text)}}, logs)
		for _, c := range got {
			for i := range c.Records {
				c.Records[i].AppendJSON(nil)
			}
			if c.Rule == "" || len(c.Records) == 0 && c.Capture == "" && c.Path == "" {
				t.Errorf("%+v", c)
			}
		}
	})
}
