package dicom

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/dataset"
	"lazaret/internal/prototest"
)

// splitFile takes a DICOM file apart (PS3.10 7.1): transfer syntax and data set.
func splitFile(b []byte) (syntax string, data []byte, ok bool) {
	if len(b) < 140 || string(b[128:132]) != "DICM" {
		return "", nil, false
	}
	b = b[132:]
	for len(b) >= 8 && b[0] == 2 && b[1] == 0 {
		head, n := 8, int(binary.LittleEndian.Uint16(b[6:]))
		if vr := string(b[4:6]); vr == "OB" || vr == "UN" || vr == "UT" || vr == "OW" || vr == "SQ" {
			if len(b) < 12 {
				return "", nil, false
			}
			head, n = 12, int(binary.LittleEndian.Uint32(b[8:]))
		}
		if n > len(b)-head {
			return "", nil, false
		}
		if b[2] == 0x10 && b[3] == 0 {
			syntax = strings.TrimRight(string(b[head:head+n]), " \x00")
		}
		b = b[head+n:]
	}
	return syntax, b, syntax != ""
}

// rootElement is a line of dcmdump for an element at the root.
var rootElement = regexp.MustCompile(`(?m)^\(([0-9a-f]{4},[0-9a-f]{4})\) [A-Z?]{2} \[(.*)\] +# +[0-9]+, ?[0-9]+ `)

// dumped asks dcmdump for the texts at the root of a file's data set.
func dumped(file string) map[string]string {
	// Some files are cut or odd on purpose: dcmdump's exit status says so, and
	// what it printed before counts.
	out, _ := exec.Command("dcmdump", "-q", "-E", "-M", "+L", file).Output()
	values := map[string]string{}
	for _, m := range rootElement.FindAllStringSubmatch(string(out), -1) {
		if _, twice := values[m[1]]; !twice {
			values[m[1]] = strings.TrimSpace(m[2])
		}
	}
	return values
}

// TestFiles reads the data sets of files of all syntaxes and oddities as if they
// were stored, and compares with dcmdump.
func TestFiles(t *testing.T) {
	if _, err := exec.LookPath("dcmdump"); err != nil {
		t.Skip("dcmdump is not installed")
	}
	files, _ := filepath.Glob(filepath.Join(shared(t, "30-dicom-files"), "*"))
	read := 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		syntax, data, ok := splitFile(raw)
		if !ok {
			continue
		}
		read++
		op, weirds := stored(t, syntax, data)
		name, want := filepath.Base(file), dumped(file)
		if want["0008,0018"] == "" {
			// Cut files, and those whose encoding is not what they say.
			t.Logf("%s: dcmdump refuses it, read here: %s %s, weirds %v", name, op.Modality, op.Manufacturer, weirds)
			continue
		}
		// More software versions than are kept.
		if w := want["0018,1020"]; len(w) > dataset.MaxValue && len(op.Software) > 2 {
			want["0018,1020"] = strings.Join(strings.Split(w, "\\")[:len(op.Software)], "\\")
		}
		for _, c := range []struct{ tag, got string }{
			{"0008,0060", op.Modality}, {"0008,0070", op.Manufacturer}, {"0008,1090", op.Model},
			{"0008,1010", op.Station}, {"0018,1000", op.Serial}, {"0018,1020", strings.Join(op.Software, "\\")},
		} {
			if want[c.tag] != c.got {
				t.Errorf("%s: %s is %q, dcmdump says %q (weirds %v)", name, c.tag, c.got, want[c.tag], weirds)
			}
		}
		for _, c := range []struct{ tag, kind, got string }{
			{"0010,0020", "patient", op.Patient}, {"0020,000d", "study", op.Study}, {"0008,0050", "accession", op.Accession},
		} {
			var hash string
			if v := want[c.tag]; v != "" {
				hash = prototest.NewFlow().Pseudonym(c.kind, []byte(v))
			}
			if hash != c.got {
				t.Errorf("%s: %s is %q, dcmdump's value would be %q (weirds %v)", name, c.tag, c.got, hash, weirds)
			}
		}
		if len(weirds) > 0 {
			t.Errorf("%s: %v", name, weirds)
		}
	}
	if read < 100 {
		t.Errorf("%d files read, want over a hundred", read)
	}
}
