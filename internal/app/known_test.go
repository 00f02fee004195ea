package app

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/report"
)

func TestKnown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "assets.csv")
	write(t, file, "Asset tag;Name;MAC address;Serial number;Manufacturer;Model\n"+
		"A1;ct1;00:1b:1b:7a:30:15;73021;Siemens;SOMATOM Drive\nA2;gone;;999;;\n")
	lab := filepath.Join(labDir, "hospital.pcap.zst")
	code, out, errs := lazaret(t, nil, "read", "-o", "json", "--known", file, lab)
	if code != 0 {
		t.Fatalf("status %d: %s", code, errs)
	}
	var d report.Document
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	k := d.Known
	if k == nil || k.Rows != 2 || len(k.Matched) != 1 || k.Matched[0].By != "mac" || len(k.Missing) != 1 || k.Missing[0].Tag != "A2" || len(k.Unknown) != len(d.Devices)-1 {
		t.Fatalf("known: %+v", k)
	}
	differs := ""
	for _, x := range k.Differs {
		differs += x.Field + " " + x.Known + " / " + x.Seen + "\n"
	}
	if !strings.Contains(differs, "model SOMATOM Drive / SOMATOM Force\n") || strings.Contains(differs, "serial") || strings.Contains(differs, "manufacturer") {
		t.Errorf("differs:\n%s", differs)
	}
	for _, c := range []struct{ format, want string }{
		{"text", "Compared with " + file + ": 2 rows, 1 seen, 1 not seen; "},
		{"csv", "mac:00:1b:1b:7a:30:15,A1,"},
		{"html", "Compared with the asset list"},
	} {
		if _, out, _ := lazaret(t, nil, "read", "-o", c.format, "--known", file, lab); !strings.Contains(out, c.want) {
			t.Errorf("%s lacks %q", c.format, c.want)
		}
		if _, out, _ := lazaret(t, nil, "read", "-o", c.format, lab); strings.Contains(out, "Compared with") {
			t.Errorf("%s compares with nothing", c.format)
		}
	}
}

func TestKnownFault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "assets.csv")
	write(t, file, "name,mac\nct1,zz\n")
	code, out, errs := lazaret(t, nil, "read", "--known", file, filepath.Join(labDir, "hospital.pcap.zst"))
	if code == 0 || out != "" || !strings.Contains(errs, file+`:2, column 2: "zz" is no hardware address`) {
		t.Errorf("status %d, output %q, %s", code, out, errs)
	}
	if code, _, errs = lazaret(t, nil, "read", "--known", file+".none", "x.pcap"); code == 0 || !strings.Contains(errs, "known") {
		t.Errorf("status %d, %s", code, errs)
	}
}
