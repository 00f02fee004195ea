package known

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/inventory"
	"lazaret/internal/inventory/system"
)

func list(t *testing.T, text string) *List {
	t.Helper()
	l, err := Read(strings.NewReader(text), "assets.csv")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       Asset
	}{
		{"NetBox", "Name,Status,Role,Manufacturer,Type,Serial number,Asset tag,Site,IP Address,MAC address\nct1,Active,CT,Siemens,Force,73021,A-1,Main,10.0.0.5/24,00-1B-1B-7A-30-15\n",
			Asset{Line: 2, Name: "ct1", State: "Active", Role: "CT", Manufacturer: "Siemens", Serial: "73021", Tag: "A-1", Location: "Main", IPs: []string{"10.0.0.5"}, MACs: []string{"00:1b:1b:7a:30:15"}}},
		{"semicolons, quotes, a mark, and lines of Windows", "\ufeffEquipment ID;\"Device; Name\";Hostname;Model;AE Title(s)\r\n77;x;\"ct \"\"one\"\"\";\"Force\r\nplus\";CT1, CT2\r\n",
			Asset{Line: 2, Tag: "77", Name: `ct "one"`, Model: "Force\r\nplus", AETitles: []string{"CT1", "CT2"}}},
		{"tabs", "host\tprimary_ip\tprimary_ip6\nct1\t10.0.0.5\tFD00::5\n", Asset{Line: 2, Name: "ct1", IPs: []string{"10.0.0.5", "fd00::5"}}},
		{"Windows-1252", "Name;Abteilung;MAC-Adresse\nct1;R\xf6ntgen;001b.1b7a.3015\n", Asset{Line: 2, Name: "ct1", Department: "Röntgen", MACs: []string{"00:1b:1b:7a:30:15"}}},
		{"blank lines, a short row and no end of line", "\n\nname,serial\n,\nct1", Asset{Line: 5, Name: "ct1"}},
		{"two columns of one meaning", "name,host name,ip,ip address\nct1,other,10.0.0.5,10.0.0.6\n", Asset{Line: 2, Name: "ct1", IPs: []string{"10.0.0.5", "10.0.0.6"}}},
	} {
		l := list(t, c.text)
		if len(l.Assets) != 1 || fmt.Sprint(l.Assets[0]) != fmt.Sprint(c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, l.Assets, c.want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "assets.csv:1: the file is empty"},
		{"no column", "colour,weight\nred,5\n", "assets.csv:1: no column that names a machine"},
		{"an address", "name,ip\nct1,10.0.0.5\nct2,10.0.0.300\n", `assets.csv:3, column 2: "10.0.0.300" is no address`},
		{"a hardware address", "mac\n00:11:22:33:44\n", `assets.csv:2, column 1: "00:11:22:33:44" is no hardware address`},
		{"too many cells", "name,ip\nct1,10.0.0.5,x\n", "assets.csv:2, column 3: 3 cells, and the heading has 2"},
		{"an open quote", "name,ip\n\"ct1,10.0.0.5\nx\n", "assets.csv:2, column 1: a quote that does not end"},
		{"behind a quote", "name,ip\n\"ct1\"x,10.0.0.5\n", "assets.csv:2, column 1: text behind the end of a quote"},
		{"a long cell", "name\n" + strings.Repeat("x", MaxCell+1), "assets.csv:2, column 1: a cell of more than"},
		{"a long quoted cell", "name\n\"" + strings.Repeat("x", MaxCell+1), "assets.csv:2, column 1: a cell of more than"},
		{"many titles", "ae title\n\"A1" + manyTitles() + "\"\n", "assets.csv:2, column 1: more than 64 values"},
		{"many columns", strings.Repeat("name,", 300), "assets.csv:1, column 257: more than 256 columns"},
		{"many rows", "name\n" + strings.Repeat("x\n", MaxRows+1), "assets.csv:100002: more than 100000 rows"},
		{"zero bytes", "PK\x03\x04\x00\x00", "assets.csv:1: the file is no text"},
		{"UTF-16", "\xff\xfen\x00", "assets.csv:1: the file is UTF-16"},
	} {
		_, err := Read(strings.NewReader(c.text), "assets.csv")
		var f *Fault
		if err == nil || !errors.As(err, &f) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func manyTitles() string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, ";T%d", i)
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("name,mac\nct1,00:11:22:33:44:55\n"))
	f.Add([]byte("name;ip;\"x\"\n\"a\"\"b\";10.0.0.1;\n"))
	f.Add([]byte("\"\xff\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Read(strings.NewReader(string(b)), "f")
		if (l == nil) == (err == nil) {
			t.Fatal("neither list nor fault")
		}
		if l != nil {
			Match(l, []inventory.Device{{ID: "mac:1", Names: []string{"ct1"}, IPs: []string{"10.0.0.1"}}})
		}
	})
}

func devices() []inventory.Device {
	return []inventory.Device{
		{ID: "a", Role: inventory.CT, Names: []string{"ct1.example"}, IPs: []string{"10.0.0.5"}, MACs: []string{"00:1b:1b:7a:30:15"}, Manufacturer: "Siemens Healthineers", Model: "SOMATOM Force",
			Serial: "73021", AETitles: []string{"CT1"}, System: system.System{OS: "Windows 7 (6.1.7601)", Family: "Windows"}, LastSeen: "2026-11-02T08:00:00Z"},
		{ID: "b", Role: inventory.MR, IPs: []string{"10.0.0.6"}, Serial: "42317", AETitles: []string{"MR1"}},
		{ID: "c", Role: inventory.US, IPs: []string{"10.0.0.7"}, AETitles: []string{"US"}},
		{ID: "d", Role: inventory.US, IPs: []string{"10.0.0.8"}, AETitles: []string{"US"}},
		{ID: "e", Role: inventory.PC, IPs: []string{"10.0.0.9"}, Names: []string{"desk"}},
		{ID: "f", Role: inventory.Server, IPs: []string{"203.0.113.9"}},
	}
}

func TestMatch(t *testing.T) {
	l := list(t, `asset tag,name,serial,mac,ip,ae title,manufacturer,model,role,os,status,department
1,ct1,,00:1B:1B:7A:30:15,10.0.0.99,CT1,SIEMENS,Somatom-Force,MRI,Windows 10,Retired,
2,mr1,0042317,,,,,,MRI,,Active,
3,us1,,,,US,,,,,Active,
4,desk,,,10.0.0.9,,,,,,,
5,desk,,,10.0.0.10,,,,,,,
7,us9,,,10.0.0.8,,,,,,,
6,old,,,10.0.0.11,,,,,,decommissioned,
`)
	r := Match(l, devices())
	var got []string
	for _, p := range r.Matched {
		got = append(got, p.Tag+"="+p.Device+" "+p.By)
	}
	if want := []string{"1=a mac", "2=b serial", "4=e name and ip"}; !slices.Equal(got, want) {
		t.Errorf("matched %v, want %v", got, want)
	}
	got = nil
	for _, m := range r.Missing {
		got = append(got, m.Tag+" "+m.Reason)
	}
	if want := []string{"3 several devices have its ae_title", "5 ", "7 d has its address, but no hardware address, serial number, AE title or name agrees"}; !slices.Equal(got, want) {
		t.Errorf("missing %q, want %q", got, want)
	}
	got = nil
	for _, u := range r.Unknown {
		got = append(got, u.Device)
	}
	if want := []string{"c", "d"}; !slices.Equal(got, want) {
		t.Errorf("unknown %v, want %v", got, want)
	}
	got = nil
	for _, x := range r.Differs {
		got = append(got, x.Field+": "+x.Known+" / "+x.Seen)
	}
	if want := []string{"ip: 10.0.0.99 / 10.0.0.5", "os: Windows 10 / Windows 7 (6.1.7601)", "role: MRI / ct", "status: Retired / seen until 2026-11-02T08:00:00Z"}; !slices.Equal(got, want) {
		t.Errorf("differs %q, want %q", got, want)
	}
	if tags := r.Tags(); len(tags) != 3 || tags["a"] != "1" {
		t.Errorf("tags %v", tags)
	}
}

// Two rows of one key say nothing of which machine is which.
func TestTwice(t *testing.T) {
	r := Match(list(t, "tag,serial\n1,73021\n2,73021\n"), devices())
	if len(r.Matched) != 0 || len(r.Missing) != 2 || r.Missing[0].Reason != "several rows have its serial" {
		t.Errorf("%+v", r)
	}
}
