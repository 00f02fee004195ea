package windows

import (
	"fmt"
	"testing"

	"lazaret/internal/detect/ruletest"
	"lazaret/internal/inventory/roles"
	"lazaret/internal/proto/files"
	"lazaret/internal/share"
)

func TestE8(t *testing.T) {
	made := func(path, name, result string) func(*ruletest.Scene) {
		return saying(&share.FileRecord{Action: "SMB::FILE_OPEN", Path: path, Name: name, Result: result})
	}
	ruletest.Run(t, e8,
		ruletest.Case{Name: "note", Play: made(`\\fs\img`, `a\b\@Please_Read_Me@.txt`, "created"), Want: []string{"critical 10.0.0.5>10.0.0.9 WannaCry"}},
		ruletest.Case{Name: "ending", Play: saying(&share.FileRecord{Action: "SMB::FILE_RENAME", Name: `a\x.dcm.WNCRY`, PrevName: `a\x.dcm`}), Want: []string{"critical 10.0.0.5>10.0.0.9 WannaCry"}},
		ruletest.Case{Name: "NotPetya", Play: made(`\\ws\ADMIN$`, `perfc.dat`, "created"), Want: []string{"critical 10.0.0.5>10.0.0.9 NotPetya"}},
		ruletest.Case{Name: "refused", Play: saying(&share.TriedRecord{Action: "SMB::FILE_OPEN", Path: `\\fs\img`, Name: `x.wncry`, Disposition: "create", Status: "ACCESS_DENIED"}), Want: []string{"high 10.0.0.5>10.0.0.9 WannaCry, not done"}},
		ruletest.Case{Name: "a file of that name elsewhere", Play: made(`\\fs\img`, `perfc.dat`, "created")},
		ruletest.Case{Name: "read", Play: made(`\\fs\img`, `x.wncry`, "opened")},
		ruletest.Case{Name: "a like name", Play: made(`\\fs\img`, `please_read_me.txt`, "created")})
}

// renames plays that files are renamed, with a note in each directory if it has a name.
func renames(n int, step float64, from, to, note string) func(*ruletest.Scene) {
	return func(s *ruletest.Scene) {
		s.Talk(one, two)
		for i := range n {
			if note != "" {
				s.Say(&share.FileRecord{Action: "SMB::FILE_OPEN", Name: fmt.Sprintf(`d%d\%s`, i/10, note), Result: "created"})
			}
			s.Say(&share.FileRecord{Action: "SMB::FILE_RENAME", Path: `\\fs\img`, PrevName: fmt.Sprintf(`d%d\f%d%s`, i/10, i, from), Name: fmt.Sprintf(`d%d\f%d%s`, i/10, i, to)})
			s.Wait(step)
		}
	}
}

func TestE9(t *testing.T) {
	ruletest.Run(t, e9,
		ruletest.Case{Name: "renamed", Play: renames(60, 0.5, ".dcm", ".dcm.lck", ""), Want: []string{"medium 10.0.0.5>10.0.0.9 .lck"}},
		ruletest.Case{Name: "with a note, on an archive", Play: renames(60, 0.5, ".dcm", ".lck", "how.txt"), Roles: map[string]roles.Role{"10.0.0.9": roles.Archive}, Want: []string{"critical 10.0.0.5>10.0.0.9 .lck"}},
		ruletest.Case{Name: "with a note", Play: renames(60, 0.5, ".dcm", ".lck", "how.txt"), Want: []string{"high 10.0.0.5>10.0.0.9 .lck"}},
		ruletest.Case{Name: "what has arrived", Play: renames(90, 0.1, ".part", ".dcm", "")},
		ruletest.Case{Name: "the ending stays", Play: renames(90, 0.1, ".dcm", "-1.dcm", "")},
		ruletest.Case{Name: "slowly", Play: renames(90, 5, ".dcm", ".old", "")},
		ruletest.Case{Name: "the same file, often", Play: func(s *ruletest.Scene) {
			for range 90 {
				renames(1, 0.1, ".bak", ".log", "")(s)
			}
		}})
}

func TestK6(t *testing.T) {
	copies := func(kin string, sums ...string) func(*ruletest.Scene) {
		return func(s *ruletest.Scene) {
			for i, sum := range sums {
				s.Talk(one, fmt.Sprintf("10.0.0.%d:445", 20+i))
				s.Say(program(`\\x\C$\a.exe`, func(d *files.Record) { d.Family, d.Kinship, d.SHA256 = "f1", kin, sum }))
				s.Wait(60)
			}
		}
	}
	ruletest.Run(t, k6,
		ruletest.Case{Name: "a run", Play: copies("run", "a", "b", "c"), Want: []string{"high 10.0.0.5>- family f1"}},
		ruletest.Case{Name: "sections", Play: copies("sections", "a", "b"), Want: []string{"medium 10.0.0.5>- family f1"}},
		ruletest.Case{Name: "distribution: the same to all", Play: copies("same", "a", "a", "a", "a")},
		ruletest.Case{Name: "two versions to one machine", Play: func(s *ruletest.Scene) {
			copies("run", "a")(s)
			copies("run", "b")(s)
		}})
}

func TestE7(t *testing.T) {
	ruletest.Run(t, e7,
		ruletest.Case{Name: "granted", Play: saying(&share.MappingRecord{Path: `\\192.168.56.20\IPC$`}), Want: []string{"high 10.0.0.5>10.0.0.9 granted"}},
		ruletest.Case{Name: "refused", Play: saying(&share.TriedRecord{Action: "SMB::TREE_CONNECT", Path: `\\172.16.99.5\IPC$`, Status: "ACCESS_DENIED"}), Want: []string{"high 10.0.0.5>10.0.0.9 refused"}},
		ruletest.Case{Name: "another address", Play: saying(&share.MappingRecord{Path: `\\192.168.56.21\IPC$`})},
		ruletest.Case{Name: "the server has it", Play: func(s *ruletest.Scene) {
			s.Talk(one, "192.168.56.20:445")
			s.Say(&share.MappingRecord{Path: `\\192.168.56.20\IPC$`})
		}})
}
