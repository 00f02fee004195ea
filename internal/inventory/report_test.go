package inventory

import (
	"encoding/json"
	"math/rand"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/inventory/risk"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/netid"
	"lazaret/internal/proto/arp"
	"lazaret/internal/proto/dicom"
)

// hospital is a scene with something of everything.
func hospital(t *testing.T) *scene {
	s := newScene(t)
	s.arp("10.0.0.1", macRouter)
	s.arp(pacs, macPACS)
	s.arp(ct, macCT)
	s.store(ct+"/"+macCT, pacs+"/"+macPACS, force, 5)
	s.store(mr, pacs, aera, 5)
	s.worklist(ct, wlm, "CT")
	s.mpps(ct, wlm, force)
	s.query(reader, pacs)
	s.move(reader, pacs)
	s.op(pacs, reader, moved(force))
	s.store(pacs, vna, force, 2)
	s.store(pacs, vna, aera, 2)
	playMessages(s)
	s.lease("10.0.0.160", macCart, "sono")
	s.store("10.0.0.160/"+macCart, pacs, vivid, 1)
	s.lease("10.0.0.171", macCart, "sono")
	s.lookup(ct, "10.0.0.2", "pacs.example", "A", pacs)
	s.conn("10.9.0.5/"+macRouter, "10.0.0.16", 8080, "http")
	s.conn("10.9.0.6/"+macRouter, "10.0.0.16", 8080, "http")
	s.add(ct, pacs, 104, &dicom.Association{IsOrig: true, Calling: "CT1", Called: "PACS", Result: "accepted", Services: []string{"storage"},
		RqImplUID: "1.2.276.0.7230010.3.0.3.6.7", RqImplName: "OFFIS_DCMTK_367"})
	s.conn(ct, pacs, 104, "dicom")
	return s
}

func TestAttributes(t *testing.T) {
	r := hospital(t).report()
	d := holding(t, r, ct)
	want := Device{ID: "mac:" + macCT, Role: CT, Model: "SOMATOM Force", Serial: "73021", Software: "VA1, VA2",
		Department: "Radiology", Institution: "St Lazarus", IPs: []string{ct}, MACs: []string{macCT}}
	if d.ID != want.ID || d.Role != want.Role || d.Model != want.Model || d.Serial != want.Serial || d.Software != want.Software ||
		d.Department != want.Department || d.Institution != want.Institution || !strings.Contains(d.Manufacturer, "Siemens") {
		t.Errorf("scanner: %+v", d)
	}
	if !slices.Contains(d.AETitles, "CTAWP73021") || !slices.Contains(d.AETitles, "CT1") {
		t.Errorf("titles of the scanner: %v", d.AETitles)
	}
	if p := holding(t, r, pacs); p.Model != "" || p.Serial != "" || p.Department != "" || !slices.Contains(p.AETitles, "PACS") {
		t.Errorf("the archive took over a scanner's words: %+v", p)
	}
	x, err := r.Explain(pacs)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(x.Content, func(e Evidence) bool { return e.Value == "SOMATOM Force" && e.Subject == "content received" }) {
		t.Errorf("content of the archive: %s", text(t, x.Content))
	}
	if x.Made == "" || len(x.Roles) == 0 || len(x.Roles[0].For) == 0 || len(x.Roles[0].For[0].Evidence) == 0 {
		t.Errorf("no reasons: %s", text(t, x))
	}
}

func TestContradictions(t *testing.T) {
	s := newScene(t)
	s.store(ct, pacs, force, 9)
	op := image(force)
	op.Department = "Cardiology"
	s.op(ct, pacs, op)
	r := s.report()
	d := holding(t, r, ct)
	if d.Department != "Radiology" || !slices.Equal(d.Contradicted, []string{"department"}) {
		t.Errorf("department %q, contradicted %v", d.Department, d.Contradicted)
	}
	x, _ := r.Explain(ct)
	i := slices.IndexFunc(x.Attributes, func(a Attribute) bool { return a.Name == "department" })
	c := x.Attributes[i].Values[0]
	// 0.9 of the weight by nine of ten statements, against one of ten.
	if want := round(0.81 * (1 - 0.09/2)); c.Confidence != want || len(c.Against) != 1 || c.Against[0].Value != "Cardiology" {
		t.Errorf("department: %+v, want confidence %v", c, want)
	}
}

// Messages are counted by connection: two over one, then one over another.
func TestConnectionsOfMessages(t *testing.T) {
	s := newScene(t)
	for _, uid := range []string{"C1", "C1", "C2", "C1"} {
		s.hl7(his, engine, adt("HIS", "A03"))
		s.records[len(s.records)-1].Conn.UID = uid
	}
	for range 2 {
		s.conn(his, engine, 2575, "hl7")
	}
	r := s.report()
	if len(r.Services) != 1 || r.Services[0].Connections != 2 || r.Services[0].Operations != 4 {
		t.Errorf("services: %s", text(t, r.Services))
	}
}

// A group's network card agrees with its medical branch, and the card of a bought
// computer contradicts nobody; another maker's medical card does.
func TestCards(t *testing.T) {
	for _, c := range []struct {
		card         string
		sure         bool
		contradicted int
	}{
		{"00:1b:1b:7a:30:15", true, 0}, {"18:db:f2:70:30:1c", false, 0}, {"00:09:5c:51:30:17", false, 1},
	} {
		s := newScene(t)
		s.arp(ct, c.card)
		s.store(ct, pacs, force, 1)
		r := s.report()
		x, err := r.Explain(ct)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(x.Attributes, func(a Attribute) bool { return a.Name == "manufacturer" })
		got := x.Attributes[i].Values[0]
		if got.Value != "Siemens Healthineers" || (got.Confidence > 0.9) != c.sure || len(got.Against) != c.contradicted || len(x.Device.Contradicted) != c.contradicted {
			t.Errorf("card %s: %+v, contradicted %v", c.card, got, x.Device.Contradicted)
		}
	}
}

func TestServices(t *testing.T) {
	r := hospital(t).report()
	find := func(client, server, service string) *Service {
		for i := range r.Services {
			if e := &r.Services[i]; e.Client == client && e.Server == server && e.Service == service {
				return e
			}
		}
		return nil
	}
	e := find("mac:"+macCT, "mac:"+macPACS, "dicom-storage")
	if e == nil || e.Operations != 5 || e.Connections != 1 || e.BytesToServer != 5000 || e.BytesToClient != 0 || e.Port != 104 {
		t.Errorf("storage: %+v", e)
	}
	if find("mac:"+macCT, "mac:"+macPACS, "dicom") != nil {
		t.Error("the general row of DICOM stands beside the exact ones")
	}
	if e := find("ip:10.9.0.5", "ip:10.0.0.16", "http"); e == nil || e.Connections != 1 || e.BytesToClient != 900 || e.BytesToServer != 100 || e.Port != 8080 {
		t.Errorf("http: %+v", e)
	}
	if e := find("ip:"+engine, "ip:"+ris, "hl7-adt"); e == nil || e.Operations != 6 || e.BytesToServer != 1200 {
		t.Errorf("hl7: %+v", e)
	}
	i := slices.IndexFunc(r.Talk, func(k RoleTalk) bool {
		return k.ClientRole == US && k.ServerRole == Archive && k.Service == "dicom-storage"
	})
	if i < 0 || r.Talk[i].Pairs != 1 || r.Talk[i].Operations != 1 {
		t.Errorf("role to role: %s", text(t, r.Talk))
	}
}

func TestSameRecordsSameBytes(t *testing.T) {
	s := hospital(t)
	want := text(t, s.report())
	for range 5 {
		if got := text(t, s.report()); got != want {
			t.Fatalf("two runs differ:\n%s\n%s", want, got)
		}
	}
}

// Evidence may come in any order. Bindings that change an address's owner come
// in time order, and here no address changes its owner.
func TestOrderOfRecords(t *testing.T) {
	s := hospital(t)
	want := text(t, s.report())
	rng := rand.New(rand.NewSource(1))
	for range 50 {
		rng.Shuffle(len(s.records), func(i, j int) { s.records[i], s.records[j] = s.records[j], s.records[i] })
		if got := text(t, s.report()); got != want {
			t.Fatalf("shuffled records differ:\n%s\n%s", want, got)
		}
	}
}

func TestSnapshotTwice(t *testing.T) {
	v := New(DefaultConfig())
	s := hospital(t)
	for _, r := range s.records {
		v.Add(r)
	}
	first := v.Snapshot()
	before := text(t, first)
	for _, r := range s.records {
		v.Add(r)
	}
	v.Snapshot()
	if text(t, first) != before {
		t.Error("a report changed after it was made")
	}
}

func TestBounds(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxAddresses, cfg.MaxServices = 5000, 3000
	v := New(cfg)
	s := newScene(t)
	s.store(ct, pacs, force, 1)
	for _, r := range s.records {
		v.Add(r)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	feedFlood(v, 200_000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(v.addrs) + len(v.macs); n > cfg.MaxAddresses {
		t.Errorf("%d addresses, limit %d", n, cfg.MaxAddresses)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("heap grew by %d bytes", grown)
	}
	r := v.Snapshot()
	if r.Shed.Evicted+r.Shed.Addresses < 190_000 || r.Shed.Services == 0 {
		t.Errorf("shed is not counted: %+v", r.Shed)
	}
	if d := holding(t, r, ct); d.Role != CT {
		t.Errorf("the flood pushed the scanner out: %+v", d)
	}
}

// A flood of forged ARP must not keep the machines out that speak later.
func TestForgedBindings(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxAddresses = 1000
	v := New(cfg)
	for i := range 20_000 {
		hw := netid.MAC{2, 0, 0, 0, byte(i >> 8), byte(i)}
		v.Add(event.Record{TS: event.Time(i), Body: &arp.Record{Operation: "reply", SenderMAC: hw, SenderIP: netid.IPv4(10, 2, byte(i>>8), byte(i))}})
	}
	s := newScene(t)
	s.store(ct, pacs, force, 1)
	for _, r := range s.records {
		v.Add(r)
	}
	if n := len(v.addrs) + len(v.macs); n > cfg.MaxAddresses {
		t.Errorf("%d addresses, limit %d", n, cfg.MaxAddresses)
	}
	if r := v.Snapshot(); holding(t, r, ct).Role != CT || r.Shed.Evicted == 0 {
		t.Errorf("shed %+v", r.Shed)
	}
}

// feedFlood adds conversations of n hosts, every fourth of them answered.
func feedFlood(v *Inventory, n int) {
	for i := range n {
		c := &event.Conn{Proto: 6}
		c.Orig.IP = netid.IPv4(100, byte(i>>16), byte(i>>8), byte(i))
		c.Resp.IP, c.Resp.Port = netid.IPv4(10, 0, 0, 10), 80
		b := &flow.Record{Proto: "tcp", ConnState: "S0", OrigPkts: 1}
		if i%4 == 0 && i < 16_000 {
			b = &flow.Record{Proto: "tcp", Service: "http", ConnState: "SF", OrigPkts: 3, RespPkts: 3, RespBytes: event.N(10)}
		}
		v.Add(event.Record{TS: event.Time(i) * second, Conn: c, Body: b})
	}
}

// Hostile words: endless values of every attribute, and control characters.
func TestHostileValues(t *testing.T) {
	v := New(DefaultConfig())
	s := newScene(t)
	for i := range 2000 {
		g := force
		g.serial = strings.Repeat("9", i%300) + string(rune('a'+i%26))
		g.station = "\x1b[31m" + g.serial
		s.op(ct, pacs, image(g))
		s.op(ct, pacs, dicom.Operation{Command: "C-ECHO", Service: "verification", Calling: g.serial, Called: g.station})
	}
	for _, r := range s.records {
		v.Add(r)
	}
	r := v.Snapshot()
	if r.Shed.Values == 0 || r.Shed.Origins == 0 {
		t.Errorf("nothing was shed: %+v", r.Shed)
	}
	if strings.Contains(text(t, r), `\u001b`) {
		t.Error("control characters reach the report")
	}
	if d := holding(t, r, ct); d.Role.Modality() || len(d.AETitles) > DefaultConfig().MaxValues {
		t.Errorf("the sender of many stations: %+v", d)
	}
}

// Many hosts that all have much to say share one budget.
func TestEvidenceBudget(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxEvidence = 1000
	v := New(cfg)
	for i := range 5000 {
		c := &event.Conn{Proto: 6}
		c.Orig.IP, c.Resp.IP = netid.IPv4(10, 1, byte(i>>8), byte(i)), ip(pacs)
		op := image(scanner{"CT", "M", "X", strings.Repeat("s", i%60), "1"})
		op.IsOrig, op.FromCaller, op.Status = true, true, event.N(0)
		v.Add(event.Record{TS: second, Conn: c, Body: &op})
	}
	n := 0
	for _, a := range v.addrs {
		for _, h := range a.holders {
			n += len(h.items) + len(h.origins)
		}
	}
	if r := v.Snapshot(); n > cfg.MaxEvidence || r.Shed.Values == 0 || r.Shed.Origins == 0 {
		t.Errorf("%d pieces of evidence, limit %d, shed %+v", n, cfg.MaxEvidence, r.Shed)
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	var c Config
	err := c.Validate()
	if err == nil || strings.Count(err.Error(), "\n")+1 != reflect.TypeFor[Config]().NumField() {
		t.Errorf("all faults at once: %v", err)
	}
}

// The published schema names exactly the keys that the structs have.
func TestSchemaDocument(t *testing.T) {
	b, err := os.ReadFile("../../docs/inventory.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]struct {
			Required   []string                   `json:"required"`
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	for name, typ := range map[string]reflect.Type{
		"device": reflect.TypeFor[Device](), "service": reflect.TypeFor[Service](), "peers": reflect.TypeFor[Peers](),
		"roleTalk": reflect.TypeFor[RoleTalk](), "shed": reflect.TypeFor[Shed](), "use": reflect.TypeFor[Use](),
		"trait": reflect.TypeFor[risk.Trait](), "risk": reflect.TypeFor[risk.Risk](), "riskPart": reflect.TypeFor[risk.Part](),
	} {
		var want []string
		for _, f := range reflect.VisibleFields(typ) {
			if tag := f.Tag.Get("json"); !f.Anonymous && tag != "-" {
				want = append(want, tag)
			}
		}
		slices.Sort(want)
		var got []string
		for k := range doc.Defs[name].Properties {
			got = append(got, k)
		}
		slices.Sort(got)
		required := slices.Sorted(slices.Values(doc.Defs[name].Required))
		if !slices.Equal(got, want) || !slices.Equal(required, want) {
			t.Errorf("%s: schema has %v, requires %v, struct has %v", name, got, required, want)
		}
	}
	var listed struct {
		Defs struct {
			Role struct {
				Enum []Role `json:"enum"`
			} `json:"role"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(b, &listed); err != nil || !slices.Equal(listed.Defs.Role.Enum, roles.Order()) {
		t.Errorf("roles in the schema: %v %v", listed.Defs.Role.Enum, err)
	}
}

func BenchmarkSnapshot(b *testing.B) {
	v := New(DefaultConfig())
	feedFlood(v, 20_000)
	b.ReportAllocs()
	for b.Loop() {
		v.Snapshot()
	}
}

func BenchmarkAdd(b *testing.B) {
	s := hospital(&testing.T{})
	for name, pick := range map[string]func(event.Record) bool{
		"conn":     func(r event.Record) bool { _, ok := r.Body.(*flow.Record); return ok },
		"dicom_op": func(r event.Record) bool { _, ok := r.Body.(*dicom.Operation); return ok },
	} {
		var list []event.Record
		for _, r := range s.records {
			if pick(r) {
				list = append(list, r)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			v := New(DefaultConfig())
			for _, r := range s.records {
				v.Add(r)
			}
			b.ResetTimer()
			for i := range b.N {
				v.Add(list[i%len(list)])
			}
		})
	}
}

// Records that say nothing new allocate nothing.
func TestAddAllocs(t *testing.T) {
	s := hospital(t)
	v := New(DefaultConfig())
	for _, r := range s.records {
		v.Add(r)
	}
	n := testing.AllocsPerRun(20, func() {
		for _, r := range s.records {
			switch r.Body.(type) {
			case *flow.Record, *dicom.Operation, *dicom.Association:
				v.Add(r)
			}
		}
	})
	if n != 0 {
		t.Errorf("allocations per round = %v, want 0", n)
	}
}
