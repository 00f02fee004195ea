package report

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
)

const lab = "../../testdata/lab"

// hospital is the document of a lab capture.
func hospital(t *testing.T, name string) *Document {
	t.Helper()
	records, _ := prototest.Run(t, prototest.Load(t, filepath.Join(lab, name+".pcap.zst")), protocols.Specs...)
	inv := inventory.New(inventory.DefaultConfig())
	var first, last event.Time
	for _, r := range records {
		inv.Add(r)
		if first == 0 {
			first = r.TS
		}
		last = max(last, r.TS)
	}
	return &Document{Report: inv.Snapshot(), Version: "test", Blind: []Blind{}, Summary: Summary{
		Files: 1, Packets: uint64(len(records)), First: first.RFC3339(), Last: last.RFC3339()}}
}

func written(t *testing.T, name string, d *Document) []byte {
	t.Helper()
	f, ok := ByName(name)
	if !ok {
		t.Fatalf("there is no format %s", name)
	}
	var b bytes.Buffer
	if err := f.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// hostile text stands in every text of a device that the traffic can set.
const hostile = "=cmd|' /C calc'!A0<script>alert(1)</script>\"';\x00\n{{.}}"

func attacked(t *testing.T) *Document {
	d := hospital(t, "dicom-store")
	for i := range d.Devices {
		v := &d.Devices[i]
		v.Manufacturer, v.Model, v.Serial, v.Software, v.Department, v.Location = hostile, hostile, hostile, hostile, hostile, hostile
		v.Names, v.AETitles, v.Products, v.Domain, v.Description = []string{hostile}, []string{hostile}, []string{hostile}, hostile, hostile
	}
	return d
}

// The same document gives the same bytes, in every format.
func TestSame(t *testing.T) {
	a, b := hospital(t, "dicom-workflow"), hospital(t, "dicom-workflow")
	for _, name := range Names() {
		if !bytes.Equal(written(t, name, a), written(t, name, b)) {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestByFile(t *testing.T) {
	for file, want := range map[string]string{
		"a.html": "html", "dir.fhir.json/b.CSV": "csv", "x.cdx.json": "cyclonedx", "x.fhir.json": "fhir", "x.json": "json",
		"n.netbox.zip": "netbox", "x.zip": "", "html": "",
	} {
		f, ok := ByFile(file)
		if f.Name != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", file, f.Name, want)
		}
	}
}

// No spreadsheet takes a cell for a formula, and the rows have all columns.
func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", attacked(t)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		for i, c := range r {
			if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				t.Errorf("column %s begins with %q", rows[0][i], c[:1])
			}
		}
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	d := hospital(t, "hospital")
	rows, err = csv.NewReader(bytes.NewReader(written(t, "csv", d))).ReadAll()
	if err != nil || len(rows) != len(d.Devices)+1 {
		t.Fatalf("%d rows of %d devices: %v", len(rows), len(d.Devices), err)
	}
	i := slices.IndexFunc(rows, func(r []string) bool { return r[column("ae_titles")] == "CT_FORCE1" })
	if i < 0 || rows[i][column("manufacturer")] != "Siemens Healthineers" || rows[i][column("serial_number")] != "73021" || rows[i][column("role")] != "ct" {
		t.Errorf("the row of CT_FORCE1 is wrong: %v", rows[max(i, 0)])
	}
	if plain("-12.5") != "-12.5" || plain("-x") != "'-x" || plain("") != "" {
		t.Error("numbers and formulas are not told apart")
	}
}

// tables reads the archive for NetBox.
func tables(t *testing.T, d *Document) map[string][][]string {
	t.Helper()
	b := written(t, "netbox", d)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][][]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(f.Name, ".csv") {
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name[2:len(f.Name)-4]] = rows
	}
	return out
}

// Whatever a table for NetBox refers to stands in an earlier one, names and slugs
// are unique and of the lengths that NetBox takes.
func TestNetBox(t *testing.T) {
	for name, d := range map[string]*Document{"hospital": hospital(t, "hospital"), "attacked": attacked(t)} {
		all := tables(t, d)
		col := func(table, column string) []string {
			rows := all[table]
			k := slices.Index(rows[0], column)
			if k < 0 {
				t.Fatalf("%s: %s has no column %s", name, table, column)
			}
			var out []string
			for _, r := range rows[1:] {
				out = append(out, r[k])
			}
			return out
		}
		if n := len(col("devices", "name")); n != len(d.Devices) {
			t.Errorf("%s: %d devices of %d", name, n, len(d.Devices))
		}
		for _, ref := range [][4]string{
			{"devices", "role", "device-roles", "name"}, {"devices", "manufacturer", "manufacturers", "name"},
			{"devices", "device_type", "device-types", "model"}, {"devices", "platform", "platforms", "name"}, {"devices", "site", "sites", "name"},
			{"device-types", "manufacturer", "manufacturers", "name"}, {"interfaces", "device", "devices", "name"},
			{"mac-addresses", "device", "devices", "name"}, {"ip-addresses", "device", "devices", "name"},
		} {
			known := col(ref[2], ref[3])
			for _, v := range col(ref[0], ref[1]) {
				if v != "" && !slices.Contains(known, v) {
					t.Errorf("%s: %s of %s: %q is not among %s", name, ref[1], ref[0], v, ref[2])
				}
			}
		}
		for _, unique := range [][2]string{{"devices", "name"}, {"manufacturers", "slug"}, {"device-roles", "slug"}, {"platforms", "slug"}, {"device-types", "slug"}} {
			v := col(unique[0], unique[1])
			slices.Sort(v)
			if n := len(slices.Compact(slices.Clone(v))); n != len(v) {
				t.Errorf("%s: %s of %s are not unique", name, unique[1], unique[0])
			}
			for _, s := range v {
				if len([]rune(s)) > netboxModel || unique[1] == "name" && len([]rune(s)) > netboxName+1 || s == "" {
					t.Errorf("%s: %s of %s: %q", name, unique[1], unique[0], s)
				}
			}
		}
		for _, a := range col("ip-addresses", "address") {
			if _, err := netip.ParsePrefix(a); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A bill of materials and a bundle refer to nothing that is not in them.
func TestReferences(t *testing.T) {
	d := hospital(t, "hospital")
	var bom cdxBOM
	if err := json.Unmarshal(written(t, "cyclonedx", d), &bom); err != nil {
		t.Fatal(err)
	}
	refs := map[string]bool{}
	for _, c := range bom.Components {
		if refs[c.Ref] || c.Type != "device" || c.Name == "" {
			t.Errorf("component %q: twice, of type %s, or without a name", c.Ref, c.Type)
		}
		refs[c.Ref] = true
	}
	if len(refs) != len(d.Devices) {
		t.Errorf("%d components of %d devices", len(refs), len(d.Devices))
	}
	some := false
	for _, x := range bom.Dependencies {
		for _, on := range x.DependsOn {
			some = true
			if !refs[on] || !refs[x.Ref] {
				t.Errorf("%s depends on %s, which is not there", x.Ref, on)
			}
		}
	}
	if !some {
		t.Error("nobody depends on anybody")
	}
	var bundle struct {
		Entry []struct {
			FullURL  string `json:"fullUrl"`
			Resource struct {
				ResourceType, SerialNumber string
				Location                   *fhirReference
				Type                       fhirConcept
			} `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(written(t, "fhir", d), &bundle); err != nil {
		t.Fatal(err)
	}
	urls := map[string]bool{}
	devices, placed := 0, 0
	for _, e := range bundle.Entry {
		if urls[e.FullURL] {
			t.Errorf("%s is there twice", e.FullURL)
		}
		urls[e.FullURL] = true
		if e.Resource.ResourceType == "Device" {
			devices++
		}
		if l := e.Resource.Location; l != nil {
			placed++
			if !urls[l.Reference] {
				t.Errorf("%s is not in the bundle before it is used", l.Reference)
			}
		}
		if e.Resource.SerialNumber == "73021" && (len(e.Resource.Type.Coding) != 1 || e.Resource.Type.Coding[0].Code != "CT") {
			t.Errorf("the CT is of type %+v", e.Resource.Type)
		}
	}
	if devices != len(d.Devices) || placed == 0 {
		t.Errorf("%d devices of %d, %d placed", devices, len(d.Devices), placed)
	}
}

// The schemas of the standards accept what is written, also of hostile traffic,
// and refuse what is not in them.
func TestValidators(t *testing.T) {
	dir, err := filepath.Abs("../../lab/validators")
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, missing := os.Stat(filepath.Join(dir, "node_modules")); err != nil || missing != nil {
		t.Skip("the validators are not installed: make tools")
	}
	check := func(kind string, doc []byte) string {
		file := filepath.Join(t.TempDir(), "doc.json")
		if err := os.WriteFile(file, doc, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(node, filepath.Join(dir, "validate.js"), kind, file).CombinedOutput()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		return string(out)
	}
	for _, kind := range []string{"cyclonedx", "fhir"} {
		for name, d := range map[string]*Document{"hospital": hospital(t, "hospital"), "attacked": attacked(t)} {
			if out := check(kind, written(t, kind, d)); out != "" {
				t.Errorf("%s of %s: %s", kind, name, out)
			}
		}
	}
	d := hospital(t, "dicom-store")
	for kind, wrong := range map[string][2]string{"cyclonedx": {`"type": "device"`, `"type": "gadget"`}, "fhir": {`"status": "active"`, `"status": "asleep"`}} {
		if check(kind, bytes.ReplaceAll(written(t, kind, d), []byte(wrong[0]), []byte(wrong[1]))) == "" {
			t.Errorf("the validator of %s finds nothing wrong in %s", kind, wrong[1])
		}
	}
}
