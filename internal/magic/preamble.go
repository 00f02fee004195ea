package magic

import "bytes"

// PreambleLen is the length of the preamble of a DICOM file, bytes (PS3.10 7.1).
const PreambleLen = 128

// Preambles are the classes of the preamble of a DICOM file: Zero is the rule; TIFF
// and BigTIFF are meant by the standard ("dual personality" files, PS3.10 7.1 and
// 7.5); PE, MZ, ELF, MachO, MachOFat and Script make a program of an image; Other is
// anything else, No that the file has none.
const (
	Zero  Kind = "zero"
	Other Kind = "other"
	No    Kind = "none"
)

// Preamble classifies the first PreambleLen bytes of a DICOM file. file is as much of
// the beginning of the file as there is, at least PreambleLen bytes (else the class is
// No): the head of a PE that stands further behind is seen as PE if it is there, and
// MZ otherwise. Two letters are enough here, because no application has a reason to
// write them.
func Preamble(file []byte) Kind {
	if len(file) < PreambleLen {
		return No
	}
	p := file[:PreambleLen]
	if len(bytes.Trim(p, "\x00")) == 0 {
		return Zero
	}
	if has(p, 0, "MZ") || has(p, 0, "ZM") {
		if mz(file) == PE {
			return PE
		}
		return MZ
	}
	if k := program(p); k != Unknown {
		return k
	}
	for _, s := range signatures {
		if has(p, s.at, s.want) && (s.kind.Runs() || s.kind == TIFF || s.kind == BigTIFF) {
			return s.kind
		}
	}
	if k := text(p); k == Script || k == JavaScript || scripted(p) {
		return Script
	}
	return Other
}

// scripted reports a preamble that a shell or an interpreter of commands would read: a
// line of printable text that begins with one of their words. Text is cut by the zeros
// or bytes behind it, so that text above does not see it.
func scripted(p []byte) bool {
	p = bytes.TrimLeft(p, " \t\r\n;:&|")
	for _, word := range [...]string{"@echo", "rem ", "powershell", "cmd /", "cmd.exe", "<?php", "<script", "<hta:", "import ", "set-", "function ", "exec ", "sh -c", "bash ", "/bin/"} {
		if folded(p, word) {
			return true
		}
	}
	return false
}
