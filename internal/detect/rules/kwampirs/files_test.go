package kwampirs

import (
	"strings"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/event"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/files"
)

// moves shows an inert program: a header and padding, with some constants between.
func moves(parts ...string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Talk("10.0.0.5:50000", "10.0.0.9:445")
		s.Say(&files.Record{Filename: `ADMIN$\a.exe`, Source: "SMB", IsOrig: event.B(true), SHA256: "aa", Runs: true, Whole: true,
			Content: []byte("MZ" + strings.Repeat("\x90", 300) + strings.Join(parts, strings.Repeat("x", 77)))})
	}
}

func cut(whole bool, end string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Talk("10.0.0.5:50000", "10.0.0.9:80")
		s.Say(&files.Record{Source: "HTTP", IsOrig: event.B(false), Whole: whole, Content: []byte("MZ" + stringKey + strings.Repeat("x", 500) + end)})
	}
}

func TestK5(t *testing.T) {
	ruletest.Run(t, k5,
		ruletest.Case{Name: "two", Play: moves(stringKey, resourceKey), Want: []string{"high 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "by a modality", Play: moves(stringKey, rsaModulus, beaconKey), Roles: map[string]roles.Role{"10.0.0.5": roles.MR}, Want: []string{"critical 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "to an archive", Play: moves(stringKey, resourceKey), Roles: map[string]roles.Role{"10.0.0.9": roles.Archive}, Want: []string{"critical 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "one", Play: moves(hashfileKey), Want: []string{"medium 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "downloaded, the second cut off", Play: cut(false, downloadKey[:9]), Want: []string{"high 10.0.0.9>10.0.0.5"}},
		ruletest.Case{Name: "the end of the file is no cut", Play: cut(true, downloadKey[:9]), Want: []string{"medium 10.0.0.9>10.0.0.5"}},
		ruletest.Case{Name: "cut too early", Play: cut(false, downloadKey[:7]), Want: []string{"medium 10.0.0.9>10.0.0.5"}},
		ruletest.Case{Name: "what is the same by its hash is not read again", Play: func(s *ruletest.Scene) {
			blank := strings.Repeat("x", len(stringKey))
			moves(blank, blank)(s)
			moves(stringKey, resourceKey)(s)
		}},
		ruletest.Case{Name: "definitions of a virus scanner are no program", Play: func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", "10.0.0.9:445")
			s.Say(&files.Record{Source: "SMB", Content: []byte("DEFS" + stringKey + resourceKey)})
		}},
		ruletest.Case{Name: "a program like many", Play: moves("KERNEL32.dll", stringKey[1:], resourceKey[:15])},
	)
}

func TestK13(t *testing.T) {
	sent := func(md5 string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			s.Talk("10.0.0.5:50000", "10.0.0.9:445")
			s.Say(&files.Record{Source: "SMB", IsOrig: event.B(true), MD5: md5})
		}
	}
	ruletest.Run(t, k13,
		ruletest.Case{Name: "a sample", Play: sent("1f1b5c16bbb62387fdf53e524a382006"), Want: []string{"high 10.0.0.5>10.0.0.9"}},
		ruletest.Case{Name: "the empty file", Play: sent("d41d8cd98f00b204e9800998ecf8427e")},
	)
}

// BenchmarkK5 is the cost of a program of a megabyte that is seen for the first time.
func BenchmarkK5(b *testing.B) {
	content := []byte("MZ" + strings.Repeat("\x28\x30\x00\xfe\x6c\x90 program ", 1<<16))
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if keysIn(content, false) != 0 {
			b.Fatal("found")
		}
	}
}
