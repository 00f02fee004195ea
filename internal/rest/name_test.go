package rest

import (
	"slices"
	"strings"
	"testing"
)

func TestGeneric(t *testing.T) {
	for name, want := range map[string]bool{
		"WINDOWS": true, "Program Files": true, "setup.exe": true, "svchost.EXE": true, "Mueller": false, "case1234.exe": false,
		"a b.exe": false, "mueller.pdf": false, "": false,
	} {
		if Generic(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestMaskPath(t *testing.T) {
	mark := func(kind string, v []byte) string { return kind + "-0123456789abcdef" }
	for in, want := range map[string]string{
		`C:\Windows\Temp\setup.exe`: `C:\Windows\Temp\setup.exe`,
		`\Users\mueller\scan.PDF`:   `\Users\file-0123456789a\file-0123456789a.pdf`,
		"pub/1.2.840.dcm":           "pub/file-0123456789a.dcm",
	} {
		if got := MaskPath(mark, in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if Marked("0123456789abcde") || !Marked("0123456789abcdef") || !Marked("0123456789abcdef.exe") || Marked("0123456789abcdefg") {
		t.Error("marks are not told")
	}
}

func TestMaskShare(t *testing.T) {
	mark := func(kind string, v []byte) string { return strings.Repeat("0", 15) + "f-and-more" }
	const m = "000000000000000f"
	for path, want := range map[string]string{
		`\\SRV\ADMIN$`: `\\SRV\ADMIN$`, `PSEXESVC.exe`: `PSEXESVC.exe`, `Users\Public\run 12345.bat`: `Users\Public\run 12345.bat`,
		`scans\MEIER^ANNA.txt`: `scans\` + m + `.txt`, `scans\Meier, Anna`: `scans\` + m, `a\123456.jpg`: `a\` + m + `.jpg`,
		`letters\meier.PDF`: `letters\` + m + `.PDF`, `letters\meier.pdf.lock`: `letters\` + m + `.pdf.lock`,
		`1.2.840.10008.5.1`: m, `{31B2F340-016D-11D2-945F-00C04FB984F9}\gpt.ini`: `{31B2F340-016D-11D2-945F-00C04FB984F9}\gpt.ini`,
		`MEIER_ANNA.txt`: m + `.txt`, `Anna Meier.jpg`: m + `.jpg`, `HOW_TO_DECRYPT.txt`: `HOW_TO_DECRYPT.txt`, `test_dir\x_.y`: `test_dir\x_.y`,
		`Documents and Settings`: `Documents and Settings`, `Meier_Anna`: m, `a_tool.exe`: `a_tool.exe`,
		`x/y\z`: `x/y\z`, ``: ``, `a\\123456`: `a\\` + m,
	} {
		if got := MaskShare(mark, path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestPlainInOrder(t *testing.T) {
	if !slices.IsSorted(plain) || !slices.IsSorted(documents) {
		t.Error("a list is not in order")
	}
}
