package rest

import "testing"

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
