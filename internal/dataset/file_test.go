package dataset

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lazaret/internal/magic"
)

// found is a target that keeps everything by field.
type found struct {
	texts [ReceivingAE + 1]string
	lists [2][]string
}

func (f *found) Text(n Field) *string { return &f.texts[n] }
func (f *found) List(n Field) *[]string {
	if n == Software {
		return &f.lists[0]
	}
	return &f.lists[1]
}

type plain struct{}

func (plain) Pseudonym(kind string, v []byte) string { return kind + ":" + string(v) }

// readFile reads a file in pieces of step bytes.
func readFile(b []byte, step int) (*File, *found) {
	f, to := &File{}, &found{}
	f.Start(to, plain{}, &Memo{})
	for rest := b; len(rest) > 0; rest = rest[min(step, len(rest)):] {
		f.Feed(rest[:min(step, len(rest))])
	}
	f.End(true)
	return f, to
}

// short is an element with a length of two bytes (PS3.5 7.1.2).
func short(tag uint32, vr, v string) string {
	if len(v)%2 != 0 {
		v += " "
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(tag))
	b = append(b, vr...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v)))
	return string(b) + v
}

func length(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func TestFile(t *testing.T) {
	const explicit, deflated, implicit = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2"
	data := short(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4") + short(0x00080060, "CS", "MR") + short(0x00081090, "LO", "Model") +
		short(0x00100020, "LO", "P1") + short(0x0020000e, "UI", "1.2.3") + "\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\x00\x00\x00\x00"
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	w.Write([]byte(data))
	w.Close()
	plainVR := "\x08\x00\x60\x00" + length(2) + "MR" + "\x08\x00\x90\x10" + length(6) + "Model " + "\x10\x00\x20\x00" + length(2) + "P1"
	meta := func(syntax string) string {
		return "\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01" + short(0x00020010, "UI", syntax) + short(0x00020016, "AE", "MR1")
	}
	group := func(n int) string { return short(0x00020000, "UL", length(n)) }
	zero := strings.Repeat("\x00", 128) + "DICM"
	program := []byte(zero)
	copy(program, "MZ\x90\x00\x03")
	for _, c := range []struct {
		name, file string
		preamble   magic.Kind
		want       bool
	}{
		{"explicit", zero + group(len(meta(explicit))) + meta(explicit) + data, magic.Zero, true},
		{"implicit", zero + group(len(meta(implicit))) + meta(implicit) + plainVR, magic.Zero, true},
		{"deflated", zero + group(len(meta(deflated))) + meta(deflated) + packed.String(), magic.Zero, true},
		{"encapsulated", zero + group(len(meta("1.2.840.10008.1.2.4.50"))) + meta("1.2.840.10008.1.2.4.50") + data, magic.Zero, true},
		{"no group length", zero + meta(explicit) + data, magic.Zero, true},
		{"group length too large", zero + group(9999) + meta(explicit) + data, magic.Zero, true},
		{"no preamble", group(len(meta(explicit))) + meta(explicit) + data, magic.No, true},
		{"no meta information", zero + data, magic.Zero, true},
		{"no DICOM", strings.Repeat("x", 400), magic.No, false},
		{"too short", zero[:130], magic.No, false},
	} {
		var first string
		for _, step := range []int{1 << 20, 1, 7, 131, 133} {
			f, to := readFile([]byte(c.file), step)
			got := fmt.Sprint(to, f.Preamble, f.Fault(), f.DICOM())
			if first == "" {
				first = got
			}
			if got != first {
				t.Errorf("%s in pieces of %d: %s\nwhole: %s", c.name, step, got, first)
			}
			if f.DICOM() != c.want || f.Preamble != c.preamble || f.Fault() != NoFault {
				t.Errorf("%s: DICOM %v, preamble %q, fault %q", c.name, f.DICOM(), f.Preamble, f.Fault())
			}
			if c.want && (to.texts[Modality] != "MR" || to.texts[Model] != "Model" || to.texts[Patient] != "patient:P1") {
				t.Errorf("%s: %q", c.name, to.texts)
			}
		}
	}
}

// TestProgram finds the second head of a program behind the preamble, wherever it is.
func TestProgram(t *testing.T) {
	const at = 0x1200
	file := make([]byte, at+300)
	copy(file, "MZ\x90\x00\x03")
	copy(file[60:], length(at))
	copy(file[128:], "DICM"+short(0x00020010, "UI", "1.2.840.10008.1.2.1")+"\x09\x00\x10\x00OB\x00\x00"+length(at))
	for _, visible := range []bool{true, false} {
		want := magic.MZ
		if visible {
			copy(file[at:], "PE\x00\x00")
			want = magic.PE
		} else {
			copy(file[at:], "NE\x00\x00")
		}
		for _, step := range []int{1 << 20, 1, 3, 1460} {
			if f, _ := readFile(file, step); f.Preamble != want {
				t.Errorf("in pieces of %d: %q, want %q", step, f.Preamble, want)
			}
		}
	}
}

// rootElement is a line of dcmdump for an element at the root.
var rootElement = regexp.MustCompile(`(?m)^\(([0-9a-f]{4},[0-9a-f]{4})\) [A-Z?]{2} \[(.*)\] +# +[0-9]+, ?[0-9]+ `)

// TestDumped compares files of all syntaxes and oddities with dcmdump.
func TestDumped(t *testing.T) {
	if _, err := exec.LookPath("dcmdump"); err != nil {
		t.Skip("dcmdump is not installed")
	}
	files, _ := filepath.Glob(filepath.Join("../../../shared/pcaps/30-dicom-files", "*"))
	if len(files) == 0 {
		t.Skip("no files are there")
	}
	read := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, to := readFile(b, 1460)
		if !f.DICOM() {
			continue
		}
		out, _ := exec.Command("dcmdump", "-q", "-E", "-M", "+L", name).Output()
		want := map[string]string{}
		for _, m := range rootElement.FindAllStringSubmatch(string(out), -1) {
			if _, twice := want[m[1]]; !twice {
				want[m[1]] = strings.TrimSpace(m[2])
			}
		}
		if want["0008,0018"] == "" {
			continue // dcmdump refuses it
		}
		read++
		for tag, got := range map[string]string{"0008,0060": to.texts[Modality], "0008,0070": to.texts[Manufacturer], "0008,1090": to.texts[Model],
			"0018,1000": to.texts[Serial], "0002,0013": to.texts[ImplementationName], "0002,0016": to.texts[SourceAE]} {
			if want[tag] != got {
				t.Errorf("%s: %s is %q, dcmdump says %q (fault %q)", filepath.Base(name), tag, got, want[tag], f.Fault())
			}
		}
	}
	if read < 100 {
		t.Errorf("%d files read, want over a hundred", read)
	}
}

// FuzzFile holds that what is read does not depend on how the bytes were cut.
func FuzzFile(f *testing.F) {
	zero := strings.Repeat("\x00", 128) + "DICM"
	f.Add([]byte(zero+short(0x00020000, "UL", length(30))+short(0x00020010, "UI", "1.2.840.10008.1.2.1 ")+short(0x00080060, "CS", "MR")), uint16(3))
	f.Add([]byte(zero+short(0x00020010, "UI", "1.2.840.10008.1.2.1.99")+"\x01\x02"), uint16(1))
	f.Add([]byte("MZ"+strings.Repeat("\x00", 58)+length(140)+strings.Repeat("\x00", 64)+"DICM\x02\x00\x00\x00UL\x04\x00PE\x00\x00"), uint16(9))
	f.Add([]byte(zero+short(0x00020010, "UI", "1.2.840.10008.1.2.1")+short(0x00080060, "CS", "MR")+long(0x00091010, "OB", inert(200, 128))), uint16(30))
	f.Fuzz(func(t *testing.T, b []byte, step uint16) {
		one, a := readFile(b, len(b)+1)
		two, c := readFile(b, 1+int(step))
		if x, y := fmt.Sprint(a, one.Preamble, one.Fault(), one.DICOM(), *one.Programs()), fmt.Sprint(c, two.Preamble, two.Fault(), two.DICOM(), *two.Programs()); x != y {
			t.Errorf("whole %s\ncut %s", x, y)
		}
	})
}
