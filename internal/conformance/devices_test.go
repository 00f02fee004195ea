package conformance

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/sensor"
)

// tooSure is the confidence above which a wrong conclusion fails the test.
const tooSure = 0.8

// thing is a device of which the captures' names, or words in the captures that
// nobody disputes, tell what it is. Empty fields are not known for certain and
// are not judged.
type thing struct {
	name     string // as the table shows it
	folder   string
	captures []string // beginnings of file names
	device   string   // hardware or IP address
	how      string   // how it is known that this is the device
	maker    string
	model    []string // words of which the concluded model must hold one
	roles    []string // "role" or "role: sub-role"; the first is the best
	system   []string // families or beginnings of names
}

const (
	sentinel = "27-device-lan"
	joins    = "it alone asks for an address, and every frame comes from it or goes to it"
)

func station(name, prefix, mac, maker string, model []string, role string, system ...string) thing {
	return thing{
		name: name, folder: sentinel, captures: []string{"IoT_Sentinel__" + prefix + "__"}, device: mac, how: joins,
		maker: maker, model: model, roles: []string{role}, system: system,
	}
}

// things are the devices. The recordings of IoT Sentinel hold the set-up of one
// product each, named in the file name; which machine it is was found in them.
// Products without a known system have none here.
var things = slices.Concat(sentinelThings, otherThings)

var sentinelThings = []thing{
	station("Fitbit Aria, a scale", "Aria", "20:f8:5e:ca:91:52", "Fitbit", []string{"Aria"}, "iot: smart device"),
	station("D-Link DCH-G020, a home hub", "D-LinkHomeHub", "1c:5f:2b:aa:fd:4e", "D-Link", []string{"DCH-G020"}, "iot: smart device", "Linux"),
	station("D-Link DCH-S150, a motion sensor", "D-LinkSensor", "90:8d:78:a8:e1:43", "D-Link", []string{"DCH-S150"}, "iot: smart device", "Linux"),
	station("D-Link DCH-S220, a siren", "D-LinkSiren", "90:8d:78:dd:0d:60", "D-Link", []string{"DCH-S220"}, "iot: smart device", "Linux"),
	station("D-Link DSP-W215, a plug", "D-LinkSwitch", "90:8d:78:a9:3d:6f", "D-Link", []string{"DSP-W215"}, "iot: smart device", "Linux"),
	station("D-Link DCH-S160, a water sensor", "D-LinkWaterSensor", "6c:72:20:c5:17:5a", "D-Link", []string{"DCH-S160"}, "iot: smart device", "Linux"),
	station("Edimax camera, the first", "EdimaxCam1", "74:da:38:80:7a:08", "Edimax", nil, "iot: camera", "Linux"),
	station("Edimax camera, the second", "EdimaxCam2", "74:da:38:80:79:fc", "Edimax", nil, "iot: camera", "Linux"),
	station("Edimax SP-1101W, a plug", "EdimaxPlug1101W", "74:da:38:4a:76:49", "Edimax", []string{"1101W"}, "iot: smart device", "Linux"),
	station("Edimax SP-2101W, a plug", "EdimaxPlug2101W", "74:da:38:23:22:7b", "Edimax", []string{"2101W"}, "iot: smart device", "Linux"),
	station("Ednet gateway", "EdnetGateway", "ac:cf:23:62:3c:6e", "Ednet", nil, "iot: smart device", "embedded"),
	{"HomeMatic plug, its gateway", sentinel, []string{"IoT_Sentinel__HomeMaticPlug__"}, "00:1a:22:05:c4:2e",
		"every frame is between it and the router", "eQ-3", nil, []string{"iot: smart device"}, nil},
	station("OSRAM Lightify gateway", "Lightify", "84:18:26:7b:5f:6b", "OSRAM", []string{"Lightify"}, "iot: smart device"),
	station("TP-Link HS110, a plug", "TP-LinkPlugHS110", "50:c7:bf:00:c7:03", "TP-Link", []string{"HS110"}, "iot: smart device", "Linux"),
	station("Belkin WeMo Insight, the second", "WeMoInsightSwitch2", "94:10:3e:42:80:69", "Belkin", []string{"Insight"}, "iot: smart device", "Linux"),
	station("Belkin WeMo Insight", "WeMoInsightSwitch", "94:10:3e:41:c2:05", "Belkin", []string{"Insight"}, "iot: smart device", "Linux"),
	station("Belkin WeMo Link, a hub", "WeMoLink", "94:10:3e:cd:37:65", "Belkin", []string{"Link"}, "iot: smart device", "Linux"),
	station("Belkin WeMo Switch, a plug", "WeMoSwitch", "94:10:3e:35:01:c1", "Belkin", []string{"Switch"}, "iot: smart device", "Linux"),
	station("Withings scale", "Withings", "00:24:e4:24:80:2a", "Withings", nil, "iot: smart device", "embedded"),
	station("Smarter iKettle 2, a kettle", "iKettle2", "5c:cf:7f:06:d9:02", "Smarter", []string{"iKettle"}, "iot: smart device"),
}

// outcome is what was concluded of one attribute, over all captures of a thing.
type outcome struct {
	values map[string]int // how many captures concluded it
	least  float64        // lowest and highest confidence of what was concluded
	most   float64
	yes    int
	no     int
	open   int // said nothing
	judged bool
}

func (o *outcome) add(value string, confidence float64, right func(string) bool) (wrong bool) {
	o.judged = o.judged || right != nil
	if value == "" || value == "unknown" {
		o.open++
		return false
	}
	if o.values == nil {
		o.values, o.least = map[string]int{}, 1
	}
	o.values[value]++
	o.least, o.most = min(o.least, confidence), max(o.most, confidence)
	switch {
	case right == nil:
	case right(value):
		o.yes++
	default:
		o.no++
		return true
	}
	return false
}

// String is the cell of the table.
func (o *outcome) String() string {
	if len(o.values) == 0 {
		return "-"
	}
	var list []string
	for v, n := range o.values {
		if len(o.values) > 1 || o.open > 0 {
			v = fmt.Sprintf("%s (%d)", v, n)
		}
		list = append(list, strings.ReplaceAll(v, "|", "/"))
	}
	slices.Sort(list)
	text := strings.Join(list, ", ") + fmt.Sprintf(" %.2f", o.least)
	if o.most-o.least >= 0.005 {
		text += fmt.Sprintf(" to %.2f", o.most)
	}
	return text
}

// verdict is one word for all captures.
func (o *outcome) verdict() string {
	switch {
	case !o.judged:
		return "not judged"
	case o.no > 0:
		return "no"
	case o.yes > 0:
		return "yes"
	}
	return "not said"
}

// tested is one line of the table.
type tested struct {
	*thing
	found                            int
	maker, model, kind, role, system outcome
}

// inventoryOf is the inventory of one capture.
func inventoryOf(t *testing.T, path string) *inventory.Report {
	t.Helper()
	inv := inventory.New(inventory.DefaultConfig())
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{path}, capture.Options{})
	defer tl.Close()
	cfg := sensor.DefaultConfig()
	cfg.Workers = 1
	_, err := sensor.Run(cfg, tl, sensor.Options{
		Specs: protocols.Specs, Key: []byte("conformance: a key for tests"), Emit: func(r event.Record) { inv.Add(r) },
	})
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return inv.Snapshot()
}

// sureOf is what may be said of the other machines of those captures with a
// confidence above tooSure: the network's router gives names and addresses too.
var sureOf = map[string][]string{"mac:00:b5:6d:06:08:ba": {"router", "dns-dhcp"}}

// holdOthers fails if a capture says more of a machine than is known to be true.
func holdOthers(t *testing.T, path string, report *inventory.Report, but string) {
	for i := range report.Devices {
		d := &report.Devices[i]
		if slices.ContainsFunc(things, func(g thing) bool { return d.ID == "mac:"+g.device }) || d.ID == but {
			continue
		}
		x := report.ExplainAt(i)
		_, maker := believed(x, "manufacturer")
		_, model := believed(x, "model")
		for _, c := range []struct {
			value string
			sure  float64
		}{{string(d.Role), d.Confidence}, {d.OS, d.Sureness}, {d.Manufacturer, maker}, {d.Model, model}} {
			if c.value != "" && c.sure > tooSure && !slices.Contains(sureOf[d.ID], c.value) {
				t.Errorf("%s: %s is said to be %q with confidence %.2f, which nobody knows", filepath.Base(path), d.ID, c.value, c.sure)
			}
		}
	}
}

// believed is the best value of an attribute with its confidence.
func believed(x *inventory.Explanation, attribute string) (string, float64) {
	for _, a := range x.Attributes {
		if a.Name == attribute && len(a.Values) > 0 {
			return a.Values[0].Value, a.Values[0].Confidence
		}
	}
	return "", 0
}

// judge compares what one capture shows of a thing with what it is.
func (r *tested) judge(t *testing.T, path string) {
	report := inventoryOf(t, path)
	x, err := report.Explain(r.device)
	if err != nil {
		t.Errorf("%s: %s: %v", filepath.Base(path), r.name, err)
		return
	}
	r.found++
	if r.folder == sentinel {
		holdOthers(t, path, report, x.Device.ID)
	}
	d := &x.Device
	check := func(o *outcome, what, value string, confidence float64, right func(string) bool) {
		if o.add(value, confidence, right) && confidence > tooSure {
			t.Errorf("%s: %s is said to be of %s %q with confidence %.2f", filepath.Base(path), r.name, what, value, confidence)
		}
	}
	said := func(attribute, value string) float64 { // what a report leaves out is not concluded
		v, c := believed(x, attribute)
		if value == "" || v == "" {
			return 0
		}
		return c
	}
	check(&r.maker, "maker", d.Manufacturer, said("manufacturer", d.Manufacturer), oneOf(r.thing.maker))
	check(&r.model, "model", d.Model, said("model", d.Model), oneOf(r.thing.model...))
	kind := strings.Join(d.Kinds, " and ")
	check(&r.kind, "kind", kind, said("kind", kind), r.rightKind())
	role := string(d.Role)
	check(&r.role, "role", role, d.Confidence, r.rightRole())
	check(&r.system, "system", d.OS, d.Sureness, oneOf(r.thing.system...))
}

// oneOf accepts values that hold one of the words; nil if there is none.
func oneOf(words ...string) func(string) bool {
	if len(words) == 0 || words[0] == "" {
		return nil
	}
	return func(s string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(w)) })
	}
}

func (g *thing) rightRole() func(string) bool {
	if len(g.roles) == 0 {
		return nil
	}
	return func(s string) bool {
		return slices.ContainsFunc(g.roles, func(r string) bool { role, _, _ := strings.Cut(r, ": "); return role == s })
	}
}

// rightKind accepts kinds that are the sub-role of one of the roles.
func (g *thing) rightKind() func(string) bool {
	var kinds []string
	for _, r := range g.roles {
		if _, kind, ok := strings.Cut(r, ": "); ok {
			kinds = append(kinds, kind)
		}
	}
	return oneOf(kinds...)
}

// TestDevices reads captures of devices that are known, and fails when something
// wrong is said of one with confidence. Its table is docs/devices.md.
func TestDevices(t *testing.T) {
	dir := shared(t, "pcaps")
	var rows []*tested
	for i := range things {
		r := &tested{thing: &things[i]}
		for _, name := range under(t, filepath.Join(dir, r.folder), "") {
			if slices.ContainsFunc(r.captures, func(p string) bool { return strings.HasPrefix(name, p) }) {
				r.judge(t, filepath.Join(dir, r.folder, name))
			}
		}
		if r.found == 0 && os.Getenv("CAPTURE") == "" {
			t.Errorf("no capture shows %s", r.name)
		}
		rows = append(rows, r)
	}
	holdDevices(t, deviceTable(rows))
}

func deviceTable(rows []*tested) string {
	var b strings.Builder
	verdicts := map[string]map[string]int{}
	b.WriteString("| device, as its captures name it | captures | address | maker | model | kind | role | system | agrees |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		var agrees []string
		for _, c := range []struct {
			what string
			o    *outcome
		}{{"maker", &r.maker}, {"model", &r.model}, {"kind", &r.kind}, {"role", &r.role}, {"system", &r.system}} {
			v := c.o.verdict()
			if verdicts[c.what] == nil {
				verdicts[c.what] = map[string]int{}
			}
			verdicts[c.what][v]++
			if v != "not judged" {
				agrees = append(agrees, c.what+" "+v)
			}
		}
		fmt.Fprintf(&b, "| %s | %s, %d | `%s` | %s | %s | %s | %s | %s | %s |\n", r.name, r.folder, r.found, r.device,
			&r.maker, &r.model, &r.kind, &r.role, &r.system, strings.Join(agrees, ", "))
	}
	b.WriteString("\n| of all devices | yes | no | not said | not judged |\n|---|---|---|---|---|\n")
	for _, what := range []string{"maker", "model", "kind", "role", "system"} {
		n := verdicts[what]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", what, n["yes"], n["no"], n["not said"], n["not judged"])
	}
	return b.String()
}

// holdDevices holds docs/devices.md current, which is that table behind a head.
func holdDevices(t *testing.T, table string) {
	t.Helper()
	if os.Getenv("CAPTURE") != "" {
		return // not the whole
	}
	name := filepath.Join(root(t), "docs", "devices.md")
	text := devicesHead + table + devicesFoot()
	old, err := os.ReadFile(name)
	switch {
	case err == nil && string(old) == text:
	case os.Getenv("UPDATE") != "":
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/devices.md is not current; UPDATE=1 writes it")
	}
}

const devicesHead = `# Devices that are known

Written by ` + "`UPDATE=1 go test -run TestDevices ./internal/conformance`" + `; do not edit.

What Lazaret concludes of machines whose captures tell beyond doubt what they are, and whether that is true. The captures
are other people's and stand beside the repository, not in it. A number is a confidence from 0 to 1, or the lowest and the
highest of several captures; in brackets stands how many captures said so where not all did. Where captures differ, one
wrong statement makes the verdict "no". The test fails when anything wrong is said with a confidence above 0.8.

"pc" and "server" mean that a machine was only seen using what others serve, or serving, and nothing more is known. For a
plug or a scale they are counted as wrong.

`

// devicesFoot says how each device was told from the others in its captures.
func devicesFoot() string {
	ways := map[string][]string{}
	for i := range things {
		ways[things[i].how] = append(ways[things[i].how], things[i].name)
	}
	var list []string
	for how, names := range ways {
		list = append(list, fmt.Sprintf("- %s: %s", how, strings.Join(names, "; ")))
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(-cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return "\nHow it is known which machine in a capture is the device:\n\n" + strings.Join(list, "\n") + "\n"
}
