package inventory

import (
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/proto/dicom"
)

// shake is a served conversation whose SYN is that of Windows 10 and whose
// answer is that of Linux.
func (s *scene) shake(a, b string) {
	s.add(a, b, 443, &flow.Record{Proto: "tcp", Service: "ssl", ConnState: "SF", OrigPkts: 5, RespPkts: 5, RespBytes: event.N(100),
		OrigSYN: flow.Shape{TTL: 128, Scale: 8, Window: 64240, Order: flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptNop, flow.OptNop, flow.OptSACK)},
		RespSYN: flow.Shape{TTL: 64, Scale: 7, Window: 65160, Order: flow.Options(flow.OptMSS, flow.OptSACK, flow.OptTime, flow.OptNop, flow.OptScale)},
	})
}

func (s *scene) call(a, b, calling, called string) {
	s.add(a, b, 104, &dicom.Association{IsOrig: true, Calling: calling, Called: called, Result: "accepted"})
}

func TestSystems(t *testing.T) {
	s := newScene(t)
	s.lease("10.0.0.160", macPC, "office") // MSFT 5.0
	s.shake("10.0.0.160/"+macPC, pacs)
	s.lease("10.0.0.161", macCart, "other")
	s.shake(desk, "10.0.0.161/"+macCart)
	r := s.report()
	for _, c := range []struct{ addr, os, family, also string }{
		{"10.0.0.160", "Windows", "Windows", ""},
		{pacs, "Linux", "Linux", ""},
		{desk, "Windows 10 to 11 or Server 2016 to 2025 (10.0)", "Windows", ""},
		{"10.0.0.161", "Windows", "Windows", "Linux"},
	} {
		d := holding(t, r, c.addr)
		if d.OS != c.os || d.Family != c.family || strings.Join(d.Also, " ") != c.also || d.Supported != "" || d.Ends != "" {
			t.Errorf("%s: %+v, want %+v", c.addr, d.System, c)
		}
		if alone := c.addr == pacs || c.addr == desk; alone && d.Sureness > 0.5 {
			t.Errorf("%s: a shape alone makes sure by %v", c.addr, d.Sureness)
		}
		if disputed := slices.Contains(d.Contradicted, "os"); disputed != (c.also != "") {
			t.Errorf("%s: contradicted are %v", c.addr, d.Contradicted)
		}
	}
	x, err := r.Explain(desk)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(x.Attributes, func(a Attribute) bool { return a.Name == "os" })
	if i < 0 || x.Attributes[i].Values[0].Value != "Windows 10.0" || x.Attributes[i].Values[0].For[0].Value != "Windows 10.0" {
		t.Errorf("evidence of the system: %s", text(t, x.Attributes))
	}
}

// The day of the last packet, and no clock, judges the support.
func TestSupportByPacketTime(t *testing.T) {
	for _, c := range []struct {
		now       event.Time
		supported string
	}{{1_570_000_000 * second, "yes"}, {1_600_000_000 * second, "no"}} {
		d := &device{first: c.now, last: c.now, items: []item{{attr: clues.OS, value: "Windows|6.0.6003", source: "ntlm.server_version", weight: 0.9, count: 1, first: c.now, last: c.now}}}
		d.conclude()
		row := d.row()
		if row.Supported != c.supported || row.Ends != "2020-01-14" || row.OS != "Windows Server 2008 SP2 (6.0.6003)" {
			t.Errorf("at %s: %+v", c.now.RFC3339(), row.System)
		}
		r := &Report{Devices: []Device{row}, detail: []*device{d}}
		r.assess()
		if old := len(r.Devices[0].Traits) == 1; old != (c.supported == "no") || (r.Devices[0].Risk.Score > 0) != old {
			t.Errorf("at %s: %+v", c.now.RFC3339(), r.Devices[0].Risk)
		}
	}
}

func TestTraits(t *testing.T) {
	s := newScene(t)
	for range 3 {
		s.store(ct, pacs, force, 2)
		s.call(ct, pacs, "CTAWP73021", "PACS")
		s.call("10.0.0.99", pacs, "CTAWP73021", "PACS")
	}
	s.conn(desk, ct, 3389, "rdp")
	s.conn(ct, "198.51.100.7", 443, "ssl")
	s.conn(pacs, reader, 22, "ssh")
	r := s.report()
	names := func(d *Device) (out []string) {
		for _, n := range d.Traits {
			out = append(out, string(n.Trait))
		}
		return out
	}
	for addr, want := range map[string][]clues.Trait{
		ct:             {clues.SharedTitle, clues.RemoteControl, clues.TalksOut, clues.ClearDICOM},
		"10.0.0.99":    {clues.SharedTitle, clues.ClearDICOM},
		pacs:           {clues.ClearDICOM},
		reader:         {},
		"198.51.100.7": {},
	} {
		d := holding(t, r, addr)
		var words []string
		for _, w := range want {
			words = append(words, string(w))
		}
		if got := names(&d); !slices.Equal(got, words) || d.Traits == nil {
			t.Errorf("%s: %q, want %q", addr, got, words)
		}
		if d.Risk.Parts == nil || len(d.Risk.Parts) != len(want) {
			t.Errorf("%s: %+v", addr, d.Risk)
		}
	}
	d := holding(t, r, pacs)
	if n := d.Traits[0]; n.Peers != 2 || n.Count != 6 || n.Source != "dicom.result" || n.FirstSeen >= n.LastSeen {
		t.Errorf("in clear: %+v", n)
	}
	if d = holding(t, r, ct); d.Risk.Score != int(risk.Score(&risk.Machine{Care: true, Traits: d.Traits, Links: []risk.Link{{Serves: true}}}).Score) {
		t.Errorf("the scanner's score is %d", d.Risk.Score)
	}
}
