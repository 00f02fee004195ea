package vendordb

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/csv"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestTables holds every table to its rules: columns, order, closed sets of
// values, known makers, a source for each line.
func TestTables(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
	least := map[string]int{
		"oui.csv.gz": 53000, "orgs.csv": 150, "makers.csv": 150, "names.csv": 100, "uids.csv": 454,
		"modalities.csv": 80, "roots.csv": 60, "implementations.csv": 50, "creators.csv": 300,
		"hl7.csv": 50, "dhcp_vendor.csv": 15, "dhcp_params.csv": 10, "enterprises.csv": 70,
	}
	entries, err := files.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range Counts() {
		names = append(names, c.Table)
		if c.Entries < least[c.Table] {
			t.Errorf("%s has %d entries, want at least %d", c.Table, c.Entries, least[c.Table])
		}
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Errorf("no count of %s", e.Name())
		}
	}
}

// TestHeads demands that each text table says where it is from.
func TestHeads(t *testing.T) {
	for _, c := range Counts() {
		if strings.HasSuffix(c.Table, ".gz") {
			continue
		}
		b, err := files.ReadFile("data/" + c.Table)
		if err != nil {
			t.Fatal(err)
		}
		comments := head(string(b))
		for _, word := range []string{"source", "licence: ", "date: "} {
			if !strings.Contains(comments, word) {
				t.Errorf("head of %s has no %q", c.Table, word)
			}
		}
	}
}

// head returns the comment lines that s begins with.
func head(s string) string {
	n := 0
	for l := range strings.Lines(s) {
		if !strings.HasPrefix(l, "#") {
			break
		}
		n += len(l)
	}
	return s[:n]
}

func TestParseTableFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "read head line"},
		{"columns", "a,c\n", `columns are ["a" "c"]`},
		{"fields", "# x\na,b\n1,2\n1\n", "line 4"},
		{"quote", "a,b\n1,\"2\n", "line 2"},
		{"space", "a,b\n1, 2\n", "t.csv:2: field b has space"},
		{"long", "a,b\n" + strings.Repeat("1,2\n", maxRows+1), "more than 10000 lines"},
	} {
		_, err := parseTable("t.csv", strings.NewReader(c.text), []string{"a", "b"})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSortedAndSourced(t *testing.T) {
	rows := []row{{"t.csv", 2, []string{"b", "x"}}, {"t.csv", 3, []string{"a", ""}}, {"t.csv", 4, []string{"a", "x"}}}
	err := sorted(rows, func(r row) string { return r.fields[0] })
	for _, want := range []string{`t.csv:3: "a" stands after "b"`, `t.csv:4: "a" stands twice`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("sorted: error is %v, want %q", err, want)
		}
	}
	if err := sourced(rows); err == nil || !strings.Contains(err.Error(), "t.csv:3: no source") {
		t.Errorf("sourced: error is %v", err)
	}
}

func TestOUI(t *testing.T) {
	for _, c := range []struct {
		mac  [6]byte
		want string
		kind Kind
	}{
		{[6]byte{0x00, 0x00, 0x0c, 1, 2, 3}, "Cisco Systems, Inc", KindNetwork},
		{[6]byte{0x00, 0x0c, 0x29, 1, 2, 3}, "VMware, Inc.", KindVirtual},
		{[6]byte{0x60, 0x95, 0xce, 0xa1, 2, 3}, "(UN)MANNED", ""}, // MA-M
		{[6]byte{0x01, 0x00, 0x5e, 1, 2, 3}, "", ""},              // group
		{[6]byte{0x02, 0x42, 0xac, 1, 2, 3}, "", ""},              // locally administered
		{[6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "", ""},
		{[6]byte{}, "XEROX CORPORATION", KindPrinter},
	} {
		org, ok := OUI(c.mac)
		if org != c.want || ok != (c.want != "") {
			t.Errorf("OUI(%x) = %q, %v, want %q", c.mac, org, ok, c.want)
		}
		if h, _ := MACHint(c.mac); h.Kind != c.kind {
			t.Errorf("MACHint(%x) = %v, want kind %q", c.mac, h, c.kind)
		}
	}
}

// TestOUISmallBeatsLarge looks every MA-S and MA-M block up: the owner must be
// that of the block and never that of the MA-L around it.
func TestOUISmallBeatsLarge(t *testing.T) {
	o := ouis()
	for _, c := range []struct {
		b     *ouiBlock
		shift uint
	}{{&o.small, 12}, {&o.medium, 20}} {
		for i, p := range c.b.prefix {
			var b [8]byte
			binary.BigEndian.PutUint64(b[:], p<<c.shift)
			want, private := o.names[o.offset[c.b.org[i]]:o.offset[c.b.org[i]+1]], o.unassigned[c.b.org[i]]
			if org, ok := OUI([6]byte(b[2:])); ok == private || (ok && org != want) {
				t.Fatalf("OUI of block %x = %q, %v, want %q", p, org, ok, want)
			}
		}
	}
}

func TestOrgHint(t *testing.T) {
	for org, want := range map[string]Hint{
		"GE Medical System China Co. Ltd.":   {"GE HealthCare", KindImaging},
		"Siemens AG, Healthcare Sector":      {"Siemens Healthineers", KindImaging},
		"Siemens AG":                         {"Siemens", KindBuilding},
		"Dell Inc.":                          {"Dell", KindComputer},
		"Hewlett Packard Enterprise":         {"HPE", KindComputer},
		"Hewlett Packard":                    {"HP", KindComputer},
		"FUJIFILM Business Innovation Corp.": {"Fujifilm", KindPrinter},
		"FUJIFILM Corporation":               {"Fujifilm", KindImaging},
		"Philips Lighting BV":                {},
		"Samsung Electronics Co.,Ltd":        {"Samsung", KindConsumer},
	} {
		if got, _ := OrgHint(org); got != want {
			t.Errorf("OrgHint(%q) = %v, want %v", org, got, want)
		}
	}
}

// TestOrgsAreInRegistry finds lines of orgs.csv that no assignment can ever
// match.
func TestOrgsAreInRegistry(t *testing.T) {
	o := ouis()
	used := map[Hint]bool{}
	for i := range len(o.offset) - 1 {
		if h, ok := OrgHint(o.names[o.offset[i]:o.offset[i+1]]); ok {
			used[h] = true
		}
	}
	g := orgs().names
	for _, m := range []map[string]Hint{g.exact, g.prefix, g.word} {
		for text, h := range m {
			if !used[h] {
				t.Errorf("no organisation gives %v of %q", h, text)
			}
		}
	}
}

func TestUIDs(t *testing.T) {
	ct, ok := SOPClass("1.2.840.10008.5.1.4.1.1.2")
	if !ok || ct.Family != FamilyStorage || ct.Modality != "CT" || ct.Keyword != "CTImageStorage" || ct.Retired {
		t.Errorf("CT image storage = %+v, %v", ct, ok)
	}
	for uid, want := range map[string]Family{
		"1.2.840.10008.1.1": FamilyVerification, "1.2.840.10008.5.1.4.31": FamilyWorklist,
		"1.2.840.10008.5.1.4.1.2.2.1": FamilyQuery, "1.2.840.10008.5.1.4.1.2.2.2": FamilyRetrieveMove,
		"1.2.840.10008.5.1.4.1.2.2.3": FamilyRetrieveGet, "1.2.840.10008.3.1.2.3.3": FamilyMPPS,
		"1.2.840.10008.1.20.1": FamilyStorageCommitment, "1.2.840.10008.5.1.1.9": FamilyPrint,
		"1.2.840.10008.5.1.4.33": FamilyInstanceAvailability, "1.3.12.2.1107.5.9.1": FamilyStorage,
	} {
		if e, ok := SOPClass(uid); !ok || e.Family != want {
			t.Errorf("SOPClass(%s) = %+v, %v, want family %s", uid, e, ok, want)
		}
	}
	for uid, want := range map[string]string{
		"1.2.840.10008.5.1.4.1.1.4": "MR", "1.2.840.10008.5.1.4.1.1.1.1": "DX", "1.2.840.10008.5.1.4.1.1.1": "CR",
		"1.2.840.10008.5.1.4.1.1.6.1": "US", "1.2.840.10008.5.1.4.1.1.1.2": "MG", "1.2.840.10008.5.1.4.1.1.20": "NM",
		"1.2.840.10008.5.1.4.1.1.128": "PT", "1.2.840.10008.5.1.4.1.1.12.1": "XA", "1.2.840.10008.5.1.4.1.1.12.2": "RF",
		"1.2.840.10008.5.1.4.1.1.7": "OT", "1.2.840.10008.5.1.4.1.1.88.11": "SR", "1.2.840.10008.5.1.4.1.1.11.1": "PR",
		"1.2.840.10008.5.1.4.1.1.88.59": "KO", "1.2.840.10008.5.1.4.1.1.66.4": "SEG", "1.2.840.10008.5.1.4.1.1.481.1": "RTIMAGE",
		"1.2.840.10008.5.1.4.1.1.88.67": "SR", "1.2.840.10008.5.1.4.1.1.13.1.3": "MG", "1.2.840.10008.5.1.4.1.1.104.1": "DOC",
	} {
		if e, _ := SOPClass(uid); e.Modality != want {
			t.Errorf("modality of %s (%s) = %q, want %q", uid, e.Name, e.Modality, want)
		}
	}
	if _, ok := SOPClass("1.2.840.10008.1.2"); ok {
		t.Error("a transfer syntax is a SOP class")
	}
	if e, ok := TransferSyntax("1.2.840.10008.1.2.2"); !ok || !e.Retired {
		t.Errorf("explicit VR big endian = %+v, %v", e, ok)
	}
	if m, ok := ModalityCode("CT"); !ok || m.Kind != ModalityScanner {
		t.Errorf("ModalityCode(CT) = %+v, %v", m, ok)
	}
}

func TestUIDRoot(t *testing.T) {
	for uid, want := range map[string]string{
		"1.2.840.113619.6.323":                "GE HealthCare",
		"1.2.840.113619":                      "GE HealthCare",
		"1.2.840.1136190.1":                   "", // not on the border of an arc
		"1.2.840.11361":                       "",
		"1.3.12.2.1107.5.2.30.25000":          "Siemens Healthineers",
		"1.2.840.113704.7.0.2":                "Carestream",
		"1.2.840.113704.1.111.3820.1":         "Philips",
		"1.2.826.0.1.3680043.2.1143.107":      "GDCM",
		"1.2.276.0.7230010.3.0.3.6.7":         "OFFIS",
		"":                                    "",
		".":                                   "",
		strings.Repeat("1.3.12.2.1107.5.", 9): "Siemens Healthineers",
		"1.3.51" + strings.Repeat(".1", 200):  "Agfa",
	} {
		if r, ok := UIDRoot(uid); string(r.Maker) != want || ok != (want != "") {
			t.Errorf("UIDRoot(%q) = %+v, %v, want %q", uid, r, ok, want)
		}
	}
	if r, _ := UIDRoot("1.2.276.0.7230010.3.0.3.6.7"); r.Kind != RootToolkit {
		t.Errorf("OFFIS is a %s", r.Kind)
	}
}

func TestImplementation(t *testing.T) {
	for _, c := range []struct{ class, name, product, version string }{
		{"1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367", "DCMTK", "3.6.7"},
		{"1.2.276.0.7230010.3.0.3.6.7", "", "DCMTK", "3.6.7"},
		{"", "OFFIS_DCMTK_367", "DCMTK", "3.6.7"},
		{"1.2.276.0.7230010.3.0", "", "", ""},
		{"1.2.40.0.13.1.3", "dcm4che-5.23.2", "dcm4che", "5.23.2"},
		{"1.2.826.0.1.3680043.9.3811.2.0.2", "PYNETDICOM_202", "pynetdicom", "2.0.2"},
		{"1.3.6.1.4.1.30071.8", "fo-dicom 5.1.2", "fo-dicom", "5.1.2"},
		{"1.2.826.0.1.3680043.2.1143.107.104.103.115.3.0.21", "GDCM 3.0.21", "GDCM", "3.0.21"},
		{"1.2.826.0.1.3680043.9.7133.1.1", "GODICOM_1_1", "go-netdicom", "1.1"},
		{"1.2.246.352.70.2.1.120.1", "MergeCOM3_410", "VMS.XI.Service", ""},
		{"", "MergeCOM3_410", "MergeCOM-3", "4.1.0"},
		{"1.2.840.113845.1.1", "Syn7,3,0,258", "Synapse", "7.3.0.258"},
		{"1.2.826.0.1.3680043.2.135.1066.101", "1.5.0/WIN32", "Conquest DICOM server", "1.5.0"},
		{"1.2.826.0.1.3680043.2.135.1066.101", "", "Conquest DICOM server", ""},
		{"1.3.12.2.1107.5.2", "MR_VB19A", "MAGNETOM syngo MR", "VB19A"},
		{"1.3.46.670589.14.10000.705", "EPIQ-AFFIN_7.05", "EPIQ / Affiniti", "7.05"},
		{"1.2.840.113619.6.323", "LOGIQS8_1", "LOGIQ S8", "1"},
		{"", "DCMJS-DIMSE-V0.2", "dcmjs-dimse", "0.2"},
		{"", "", "", ""},
		{"9.9", "nobody", "", ""},
	} {
		p, ok := Implementation(c.class, c.name)
		if p.Name != c.product || p.Version.String() != c.version || ok != (c.product != "") {
			t.Errorf("Implementation(%q, %q) = %q %q, %v, want %q %q", c.class, c.name, p.Name, p.Version, ok, c.product, c.version)
		}
	}
}

func TestMakerOf(t *testing.T) {
	for text, want := range map[string]Maker{
		"GE MEDICAL SYSTEMS": "GE HealthCare", "G.E. Medical Systems": "GE HealthCare", "GE Vingmed Ultrasound": "GE HealthCare",
		"SIEMENS": "Siemens Healthineers", "Siemens Healthineers": "Siemens Healthineers", "ACUSON": "Siemens Healthineers",
		"Philips Medical Systems, Inc.": "Philips", "TOSHIBA_MEC": "Canon Medical", "Canon Medical Systems": "Canon Medical",
		"FUJI PHOTO FILM Co., ltd.": "Fujifilm", "FUJIFILM Corporation": "Fujifilm", "HOLOGIC, Inc.": "Hologic",
		"Agfa-Gevaert AG": "Agfa", "KONICA MINOLTA": "Konica Minolta", "ESAOTE": "Esaote", "SonoSite, Inc.": "Fujifilm",
		"SAMSUNG MEDISON CO., LTD.": "Samsung Medison", "  siemens  ": "Siemens Healthineers",
		"GERMANY": "", "": "", "---": "", "Acme Products": "",
	} {
		if got, _ := MakerOf(text); got != want {
			t.Errorf("MakerOf(%q) = %q, want %q", text, got, want)
		}
	}
	if k := Maker("Hologic").Kind(); k != KindImaging {
		t.Errorf("kind of Hologic = %q", k)
	}
}

func TestPrivateCreator(t *testing.T) {
	for text, want := range map[string]Maker{
		"SIEMENS CSA HEADER": "Siemens Healthineers", "SIEMENS CT VA1 DUMMY": "Siemens Healthineers", "GEMS_ACQU_01": "GE HealthCare",
		"GEMS_NEVER_SEEN_99": "GE HealthCare", "Philips Imaging DD 001": "Philips", "ELSCINT1": "Elscint", "FDMS 1.0": "Fujifilm",
		"ALOKA:1.2.392.200039.103.2": "Hitachi", "SPI RELEASE 1": "", "V1": "",
	} {
		if got, _ := PrivateCreator(text); got != want {
			t.Errorf("PrivateCreator(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestHL7Application(t *testing.T) {
	for text, want := range map[string]Role{
		"MIRTH": RoleInterfaceEngine, "Mirth Connect": RoleInterfaceEngine, "EPICADT": RoleHIS, "SAP-ISH": RoleHIS, "ORBIS": RoleHIS,
		"POWERSCRIBE": RoleReporting, "medavis": RoleRIS, "RIS": RoleRIS, "RISK": "", "SENDING_APPLICATION": "", "": "",
	} {
		if got, _ := HL7Application(text); got.Role != want {
			t.Errorf("HL7Application(%q) = %+v, want role %q", text, got, want)
		}
	}
}

func TestDHCP(t *testing.T) {
	for class, want := range map[string]string{
		"MSFT 5.0": "Windows", "android-dhcp-13": "Android", "dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:BCM2709": "Linux",
		"udhcp 1.23.2": "Linux", "Arista": "Arista EOS", "nothing": "",
	} {
		if c, _ := DHCPVendorClass(class); c.OS != want {
			t.Errorf("DHCPVendorClass(%q) = %+v, want %q", class, c, want)
		}
	}
	if c, ok := DHCPParameters([]byte{1, 15, 3, 6, 44, 46, 47, 31, 33, 121, 249, 43}); !ok || c.OS != "Windows" {
		t.Errorf("DHCPParameters of Windows 7 = %+v, %v", c, ok)
	}
	if c, ok := DHCPParameters([]byte{1, 3, 15}); ok {
		t.Errorf("DHCPParameters of nobody = %+v", c)
	}
}

func TestAllocs(t *testing.T) {
	list := []byte{1, 3, 6, 12, 15, 28, 42}
	for name, f := range map[string]func(){
		"OUI":             func() { OUI([6]byte{0x00, 0x0c, 0x29, 1, 2, 3}) },
		"MACHint":         func() { MACHint([6]byte{0x00, 0x0c, 0x29, 1, 2, 3}) },
		"SOPClass":        func() { SOPClass("1.2.840.10008.5.1.4.1.1.2") },
		"ModalityCode":    func() { ModalityCode("CT") },
		"UIDRoot":         func() { UIDRoot("1.2.840.113619.2.55.3.283115102") },
		"Implementation":  func() { Implementation("1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367") },
		"MakerOf":         func() { MakerOf("Some Branch of Philips Medical Systems") },
		"PrivateCreator":  func() { PrivateCreator("GEMS_NEVER_SEEN_99") },
		"HL7Application":  func() { HL7Application("Mirth Connect") },
		"DHCPVendorClass": func() { DHCPVendorClass("dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:BCM2709") },
		"DHCPParameters":  func() { DHCPParameters(list) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times, want 0", name, n)
		}
	}
}

// FuzzLookups asks everything of any text: nothing may panic, and an answer
// must be one of the tables'.
func FuzzLookups(f *testing.F) {
	for _, s := range []string{"", "GE MEDICAL SYSTEMS", "1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367", "\x80\xff", strings.Repeat("A ", 200), strings.Repeat("1.", 200)} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, find := range []func(string) (Maker, bool){MakerOf, PrivateCreator} {
			if m, ok := find(a); ok && m.Kind() == "" {
				t.Errorf("unknown maker %q", m)
			}
		}
		if r, ok := UIDRoot(a); ok && !strings.HasPrefix(a, r.Prefix) {
			t.Errorf("root %q of %q", r.Prefix, a)
		}
		if p, ok := Implementation(a, b); ok && (p.Name == "" || p.Maker.Kind() == "") {
			t.Errorf("Implementation(%q, %q) = %+v", a, b, p)
		}
		SOPClass(a)
		TransferSyntax(a)
		ModalityCode(a)
		OrgHint(a)
		HL7Application(a)
		DHCPVendorClass(a)
		DHCPParameters([]byte(a))
	})
}

// BenchmarkLoadOUI measures what the first look-up of an address costs.
func BenchmarkLoadOUI(b *testing.B) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	keep := loadOUIs()
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		loadOUIs()
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc), "heap-B")
	runtime.KeepAlive(keep)
}

// BenchmarkLoadText measures the loading of all text tables.
func BenchmarkLoadText(b *testing.B) {
	for b.Loop() {
		loadMakers()
		loadOrgs()
		loadUIDs()
		loadRoots()
		loadImplementations()
		loadProtocols()
	}
}

func BenchmarkOUI(b *testing.B) {
	for b.Loop() {
		OUI([6]byte{0x00, 0x0c, 0x29, 1, 2, 3})
	}
}

func BenchmarkImplementation(b *testing.B) {
	for b.Loop() {
		Implementation("1.2.276.0.7230010.3.0.3.6.7", "OFFIS_DCMTK_367")
	}
}

func BenchmarkMakerOf(b *testing.B) {
	for b.Loop() {
		MakerOf("Some Branch of Philips Medical Systems")
	}
}

// TestUnpackFaults feeds the reader of assignments with tables that are none.
func TestUnpackFaults(t *testing.T) {
	for text, want := range map[string]string{
		"000001":               "line 1: no organisation",
		"# x\n000001,\n":       "line 2: no organisation",
		"0001,A\n":             `bad prefix "0001"`,
		"00000G,A\n":           `bad prefix "00000G"`,
		"000001,A\n000001,B\n": "prefix 1 stands twice",
	} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		table := ouiTable{unassigned: map[uint16]bool{}}
		if err := table.unpack(b.Bytes()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("unpack(%q) = %v, want %q", text, err, want)
		}
	}
	var table ouiTable
	if err := table.unpack([]byte("no gzip")); err == nil {
		t.Error("unpack of a text is no error")
	}
}

// TestMakersAreUsed finds makers that no table can give.
func TestMakersAreUsed(t *testing.T) {
	used := map[Maker]bool{}
	for _, table := range []string{"names.csv", "orgs.csv", "roots.csv", "implementations.csv", "creators.csv", "hl7.csv", "dhcp_vendor.csv"} {
		b, err := files.ReadFile("data/" + table)
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(bytes.NewReader(b))
		r.Comment = '#'
		lines, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		column := slices.Index(lines[0], "maker")
		for _, l := range lines[1:] {
			used[Maker(l[column])] = true
		}
	}
	for m := range makers().kind {
		if !used[m] {
			t.Errorf("no table gives maker %q", m)
		}
	}
}
