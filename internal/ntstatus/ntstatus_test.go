package ntstatus

import (
	"strconv"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for code, want := range map[uint32]string{
		0: "SUCCESS", 0x103: "PENDING", 0x10c: "NOTIFY_ENUM_DIR", 0x80000005: "BUFFER_OVERFLOW", 0x80000006: "NO_MORE_FILES",
		0xc0000016: "MORE_PROCESSING_REQUIRED", 0xc0000022: "ACCESS_DENIED", 0xc0000034: "OBJECT_NAME_NOT_FOUND",
		0xc0000035: "OBJECT_NAME_COLLISION", 0xc000006d: "LOGON_FAILURE", 0xc00000cc: "BAD_NETWORK_NAME", 0xc0000128: "FILE_CLOSED",
		0xc000019c: "FS_DRIVER_REQUIRED", 0xc0000225: "NOT_FOUND", 0x12345678: "0x12345678",
	} {
		if got := Name(code); got != want {
			t.Errorf("%08x is %s, want %s", code, got, want)
		}
	}
}

func TestFailed(t *testing.T) {
	for code, want := range map[uint32]bool{0: false, 0x103: false, 0x80000005: false, 0xc0000022: true} {
		if Failed(code) != want {
			t.Errorf("%08x failed is %v", code, !want)
		}
	}
}

// TestTable holds that every line is a number in order and a name.
func TestTable(t *testing.T) {
	last, n := int64(-1), 0
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || line == "code,name" {
			continue
		}
		code, name, _ := strings.Cut(line, ",")
		v, err := strconv.ParseUint(code, 16, 32)
		if err != nil || len(code) != 8 || int64(v) <= last || name == "" || strings.ToUpper(name) != name || strings.ContainsAny(name, ` "'`) {
			t.Errorf("line %q", line)
		}
		last = int64(v)
		n++
	}
	if n != len(names()) || n < 900 {
		t.Errorf("%d lines, %d names", n, len(names()))
	}
}
