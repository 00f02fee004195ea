package inventory_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/inventory"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
	"lazaret/internal/vendordb"
	"lazaret/lab/truth"
)

// undecidable lists what no observer of that capture could know, as
// scenario/host, with the role that the traffic does show.
var undecidable = map[string]inventory.Role{
	// Nothing but a lookup or an echo.
	"dhcp-dns/ws1": inventory.Unknown, "dhcp-dns/us2": inventory.Unknown, "dhcp-dns/cart1": inventory.Unknown,
	"dhcp-dns/pacs": inventory.Unknown, "dhcp-dns/pc1": inventory.Unknown, "dhcp-dns/pc2": inventory.Unknown,
	"dicom-store/ws1": inventory.Server, "dicom-many/ct2": inventory.Unknown, "dicom-many/vna": inventory.Server,
	// Modalities store to it, and it does nothing else.
	"dicom-syntaxes/ws1": inventory.Archive,
	// It prints, as scanners and workstations do.
	"dicom-workflow/ws1": inventory.Unknown,
	// Everything is encrypted.
	"dicom-tls/pacs": inventory.Server, "dicom-tls/ct2": inventory.PC, "dicom-tls/ws1": inventory.PC, "dicom-tls/us2": inventory.PC,
	"tls/pacs": inventory.Server, "tls/ct1": inventory.PC, "tls/ct2": inventory.PC, "tls/ws1": inventory.PC, "tls/reg1": inventory.PC,
	"tls/fhir": inventory.Server, "tls/portal": inventory.Server, "tls/oldgw": inventory.Server,
	// It uses what anybody uses: databases, file shares, mail, pages.
	"database/ris": inventory.PC, "database/portal": inventory.PC, "remote/ct1": inventory.PC, "remote/ws1": inventory.PC,
	"windows/ws1": inventory.PC, "windows/reg1": inventory.PC, "windows/console2": inventory.PC,
	"web/console2": inventory.PC, "web/portal": inventory.PC,
	// It only asks for the time, sends logs and announces itself.
	"manage/pacs": inventory.Unknown, "manage/reg1": inventory.Unknown, "manage/console1": inventory.Unknown,
	// One desk put two files there.
	"files/files": inventory.Server,
	// It answers remote procedures, and shows nothing else of a domain.
	"rpc/dc1": inventory.Server,
	// People log in to it; where they go from there was not seen.
	"remote/gateway": inventory.Server, "remote/console1": inventory.Unknown, "remote/console2": inventory.Unknown,
}

// kindsOfServer are the words of the truth that this inventory says by role and
// sub-role.
var kindsOfServer = map[string]struct {
	role inventory.Role
	sub  string
}{
	"switch": {inventory.Network, "switch"}, "mail-server": {inventory.Server, "mail server"}, "directory": {inventory.Server, "directory"},
	"time-server": {inventory.Server, "time server"}, "log-server": {inventory.Server, "log server"},
	"management": {inventory.Server, "network management"}, "web-server": {inventory.Server, "web server"},
	"fhir-server": {inventory.Server, "FHIR server"}, "terminal-server": {inventory.Server, "terminal server"},
	"gateway": {inventory.VendorGateway, ""},
}

// unshown are names that the truth has and that a device does not bear, as
// scenario/host/name: one stands in an error of a database, one in an answer of a
// host to its own probe for a name, one is the title of a service.
var unshown = []string{"database/mssql/RADSQL01", "manage/admin1/admin1.local", "manage/console1/CT_FORCE1"}

// moreTitles are titles that a lab machine really answers to besides its own.
var moreTitles = map[string][]string{
	"ws1": {"FULLDISK"},
	"qc1": {"ANY-SCP", "OLD_QC"}, // it answers to any
	"van": {"VAN_MR", "VAN_MG"},  // of those behind its address
}

func labReport(t *testing.T, file string) *inventory.Report {
	t.Helper()
	inv := inventory.New(inventory.DefaultConfig())
	tl := capture.Open(context.Background(), capture.DefaultConfig(), []string{file}, capture.Options{})
	defer tl.Close()
	cfg := sensor.DefaultConfig()
	cfg.Workers = 1
	_, err := sensor.Run(cfg, tl, sensor.Options{
		Specs: protocols.Specs, Key: []byte("0123456789abcdef"), Emit: func(r event.Record) { inv.Add(r) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv.Snapshot()
}

// TestLab compares the inventory of every recorded scenario with its truth:
// roles, addresses, makers, models, serial numbers, software and titles.
func TestLab(t *testing.T) {
	files, _ := filepath.Glob("../../testdata/lab/*.truth.json")
	if len(files) == 0 {
		t.Fatal("no truth in testdata/lab")
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".truth.json")
		t.Run(name, func(t *testing.T) {
			want, err := truth.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			compareLab(t, name, want, labReport(t, strings.TrimSuffix(f, "truth.json")+"pcap.zst"))
		})
	}
}

func compareLab(t *testing.T, scenario string, want *truth.Truth, got *inventory.Report) {
	known := map[string]bool{}
	for _, h := range want.Hosts {
		var ips []string
		for _, a := range h.IPs {
			ips = append(ips, a.IP)
		}
		i := slices.IndexFunc(got.Devices, func(d inventory.Device) bool {
			return slices.ContainsFunc(ips, func(ip string) bool { return slices.Contains(d.IPs, ip) })
		})
		if i < 0 {
			if scenario == "hospital" { // there everybody speaks
				t.Errorf("%s (%s) was not heard", h.Name, h.Role)
			}
			continue
		}
		d := got.Devices[i]
		known[d.ID] = true
		role := inventory.Role(h.Role)
		if k, ok := kindsOfServer[h.Role]; ok {
			role = k.role
			if _, no := undecidable[scenario+"/"+h.Name]; !no && d.SubRole != k.sub {
				t.Errorf("%s: sub-role is %q, want %q", h.Name, d.SubRole, k.sub)
			}
		}
		if r, ok := undecidable[scenario+"/"+h.Name]; ok {
			role = r
		}
		check := func(what, got, want string) {
			if got != want {
				t.Errorf("%s: %s is %q, want %q", h.Name, what, got, want)
			}
		}
		check("role", string(d.Role), string(role))
		for _, ip := range ips {
			if !slices.Contains(d.IPs, ip) {
				t.Errorf("%s: addresses %v, want %s among them", h.Name, d.IPs, ip)
			}
		}
		if h.BehindRouter != (len(d.MACs) == 0) {
			t.Errorf("%s: hardware addresses %v, behind the router: %v", h.Name, d.MACs, h.BehindRouter)
		}
		if len(d.MACs) > 0 {
			check("hardware addresses", strings.Join(d.MACs, " "), strings.Join(append([]string{h.MAC}, h.OtherMACs...), " "))
		}
		compareBehind(t, want, &h, &d)
		for _, a := range d.AETitles {
			if !slices.Contains(h.AETitles, a) && !slices.Contains(moreTitles[h.Name], a) {
				t.Errorf("%s: title %s is not its own, which are %v", h.Name, a, h.AETitles)
			}
		}
		if d.Role.Modality() {
			check("maker", d.Manufacturer, clues.Maker(h.Manufacturer))
			check("model", d.Model, h.Model)
			check("serial number", d.Serial, h.Serial)
			check("software", d.Software, strings.Join(h.Software, ", "))
			check("institution", d.Institution, h.Institution)
			check("department", d.Department, h.Department)
			associates := slices.ContainsFunc(want.Associations, func(a truth.Association) bool { return a.Client == h.Name || a.Server == h.Name })
			if !slices.Contains(d.Names, h.StationName) || associates && !slices.Equal(d.AETitles, h.AETitles) {
				t.Errorf("%s: names %v, titles %v", h.Name, d.Names, d.AETitles)
			}
		} else if foreign(want, &h, &d) {
			t.Errorf("%s: took over words of a scanner: %q %q %q", h.Name, d.Model, d.Serial, d.Department)
		}
		compareShown(t, scenario, &h, &d)
		compareUse(t, scenario, want, &h, &d)
	}
	for _, d := range got.Devices {
		if !known[d.ID] {
			t.Errorf("%s (%s %v) is no machine of the lab", d.ID, d.Role, d.IPs)
		}
	}
}

// compareBehind holds that several machines are found behind an address that hides
// them, and behind no other.
func compareBehind(t *testing.T, want *truth.Truth, h *truth.Host, d *inventory.Device) {
	scanners := 0
	for _, o := range want.Hosts {
		if o.BehindNAT == h.Name && o.Modality != "" {
			scanners++
		}
	}
	switch {
	case scanners == 0:
		if d.Behind != nil {
			t.Errorf("%s: behind its address are %+v", h.Name, d.Behind)
		}
	case d.Behind == nil || d.Behind.Machines < scanners || d.SubRole != "several machines behind one address" || len(d.Behind.Reasons) < 2:
		t.Errorf("%s: %q, behind its address are %+v, want %d scanners and the desks beside them", h.Name, d.SubRole, d.Behind, scanners)
	}
}

// foreign tells that a device bears the words of a machine that it is not.
func foreign(want *truth.Truth, h *truth.Host, d *inventory.Device) bool {
	return d.Department != "" || slices.ContainsFunc(want.Hosts, func(o truth.Host) bool {
		return o.Modality != "" && (d.Model != h.Model && d.Model == o.Model || d.Serial != "" && d.Serial != h.Serial && d.Serial == o.Serial)
	})
}

// compareShown holds the kinds, names, place and products of a device to what the
// traffic shows.
func compareShown(t *testing.T, scenario string, h *truth.Host, d *inventory.Device) {
	for _, k := range h.Kinds {
		served := func(s string) bool {
			return strings.HasPrefix(s, "http") || strings.HasPrefix(s, "dicomweb") || strings.HasPrefix(s, "fhir")
		}
		role := strings.ReplaceAll(string(d.Role), "-", " ")
		if !slices.Contains(d.Kinds, k) && d.SubRole != k && role != k && !(k == "web server" && slices.ContainsFunc(d.Peers.Serves, served)) {
			t.Errorf("%s/%s: kinds %v, want %q", scenario, h.Name, d.Kinds, k)
		}
	}
	for _, n := range h.Shown {
		first := func(s string) string { s, _, _ = strings.Cut(strings.ToLower(s), "."); return s }
		has := func(s string) bool { return first(s) == first(n.Name) || strings.EqualFold(s, n.Name) }
		if slices.Contains(unshown, scenario+"/"+h.Name+"/"+n.Name) {
			continue
		}
		if strings.ContainsAny(n.Name, " =") && n.By != "vnc" || n.By == "certificate" && !strings.Contains(n.Name, ".") || n.By == "http" {
			continue // the title of a service, a part of a directory, a word on a certificate: no name of a host
		}
		if !slices.ContainsFunc(d.Names, has) && !slices.ContainsFunc(d.AETitles, has) && !has(d.Description) {
			t.Errorf("%s/%s: names %v, %s says %q", scenario, h.Name, d.Names, n.By, n.Name)
		}
	}
	if h.Location != "" && d.Location != h.Location {
		t.Errorf("%s/%s: location %q, want %q", scenario, h.Name, d.Location, h.Location)
	}
	for _, s := range h.Services {
		word, _, _ := strings.Cut(strings.NewReplacer("/", " ", "_", " ", "(", "").Replace(s.Product), " ")
		if s.Service == "mysql" || s.Service == "tns" {
			continue // the greeting is understood, and its words are not kept
		}
		if word != "" && !slices.ContainsFunc(append(d.Products, d.Description, d.OS, d.Software), func(p string) bool { return strings.Contains(p, word) }) {
			t.Errorf("%s/%s: products %v %q, %s says %q", scenario, h.Name, d.Products, d.Description, s.Service, s.Product)
		}
	}
}

// compareUse holds the exams of a modality to the steps that it reported, or if it
// reported none to the images that others took from it.
func compareUse(t *testing.T, scenario string, want *truth.Truth, h *truth.Host, d *inventory.Device) {
	steps, images := 0, 0
	for _, a := range want.Associations {
		for _, o := range a.Operations {
			class, _ := vendordb.SOPClass(o.SOPClass)
			switch {
			case a.Client != h.Name || a.TLS || o.Status != "0x0000":
			case o.Command == "N-CREATE" && strings.Contains(class.Name, "Procedure Step"):
				steps += o.Count
			case o.Command == "C-STORE" && class.Modality != "" && class.Modality != "SR":
				images += o.Count
			}
		}
	}
	for _, f := range want.DICOMFiles {
		if f.Client == h.Name && f.Sender == h.Name {
			images += f.Count
		}
	}
	switch {
	case !d.Role.Modality():
		if d.Use != nil {
			t.Errorf("%s/%s: a %s has exams: %+v", scenario, h.Name, d.Role, d.Use)
		}
	case steps > 0 && (d.Use == nil || d.Use.Exams != steps || d.Use.From != "mpps"):
		t.Errorf("%s/%s: use %+v, reported %d steps", scenario, h.Name, d.Use, steps)
	case steps == 0 && images > 0 && (d.Use == nil || d.Use.From != "storage" || d.Use.Exams < 1 || d.Use.Objects != uint64(images) || d.Use.Exams > images):
		t.Errorf("%s/%s: use %+v, stored %d images", scenario, h.Name, d.Use, images)
	}
}

// TestMidway drops the first packets of a recording: every scanner whose
// association was then under way is still told by the objects seen whole.
func TestMidway(t *testing.T) {
	list := prototest.Load(t, "../../testdata/lab/dicom-store.pcap.zst")
	full := modalities(t, list)
	if len(full) < 5 {
		t.Fatalf("the whole recording has only %d modalities", len(full))
	}
	for _, from := range []int{400, 1500, 4000} {
		for ip, role := range modalities(t, list[from:]) {
			if full[ip] != role {
				t.Errorf("from packet %d on %s is a %s, really %q", from, ip, role, full[ip])
			}
		}
	}
	if got := modalities(t, list[400:]); got["10.20.30.21"] != inventory.CT {
		t.Errorf("the scanner that was sending is a %q", got["10.20.30.21"])
	}
}

// modalities are the devices concluded to be archives or scanners, by address.
func modalities(t *testing.T, list []capture.Frame) map[string]inventory.Role {
	t.Helper()
	inv := inventory.New(inventory.DefaultConfig())
	records, _ := prototest.Run(t, slices.Clone(list), protocols.Specs...)
	for _, r := range records {
		inv.Add(r)
	}
	out := map[string]inventory.Role{}
	for _, d := range inv.Snapshot().Devices {
		if d.Role.Modality() || d.Role == inventory.Archive {
			out[d.IPs[0]] = d.Role
		}
	}
	return out
}
