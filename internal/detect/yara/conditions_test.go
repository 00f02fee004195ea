package yara

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/pe/petest"
)

// conditions are asked of every file, by us and by yara.
var conditions = strings.Split(strings.TrimSpace(`
filesize > 100 and filesize < 1MB
not (uint32(10000000) == 3)
not ((uint32(10000000) == 3) or false)
not ((uint32(10000000) == 3) and true)
(uint32(10000000) == 3) or true
defined uint32(10000000)
not defined uint32be(0)
1KB == 1024 and 1MB == 1048576
5 \ 2 == 2 and -5 \ 2 == -2 and -5 % 3 == -2 and 7 % 4 == 3
1 << 63 < 0 and 1 << 64 == 0 and -1 >> 1 == -1 and 1 << 2 + 1 == 8
7 & 3 ^ 1 == 2
1 | 2 == 3
~1 == -2 and - 3 == -3
1.5 + 1 == 2.5 and 3 \ 2.0 == 1.5 and 1.5 > 1
0.5 or false
1.5 \ 0.0 > 1
5 \ (filesize - filesize) == 0
not (5 % (filesize - filesize) == 0)
"abc" contains "b" and "aBc" icontains "bC"
"abc" startswith "ab" and "ABC" istartswith "ab" and "abc" endswith "bc" and "abC" iendswith "BC"
"abc" iequals "ABC" and "abc" != "ABC" and "abc" < "abd"
"a\tb\x41\"\\" matches /^a\tbA"\\$/
"abc" matches /B/i and not "abc" matches /B/
"x\nab" matches /^ab/
"" matches /x*/
"abc" matches /x*/
"foo bar" matches /\bbar$/
"0xff" matches /^0x[0-9a-f]{2}$/
for any i in (1,2,3) : (i == 2)
for all i in (1..3) : (i > 0)
for none i in (1..3) : (i > 3)
for 2 i in (1..3) : (i >= 2)
for 0 i in (1..2) : (i == 1)
for none i in (3..1) : (true)
for all i in (3..1) : (true)
not for all i in (0..uint8(10000000)) : (true)
for any i in (0..filesize) : (uint8(i) == 0x4d)
for any i in (1..2) : (for any j in (i..3) : (j == i*2))
any of (one, two)
all of (o*)
none of (two)
51% of (one, two)
50% of (one, two)
two or one
0 of (two)
entrypoint >= 0
defined entrypoint
entrypoint == pe.entry_point
pe.is_pe == 1
pe.machine == pe.MACHINE_I386
pe.machine == pe.MACHINE_AMD64
pe.number_of_sections == 3
pe.number_of_sections > 3
pe.sections[0].name == ".rdata"
pe.sections[0].name == ".text"
pe.sections[0].raw_data_offset == 512
pe.sections[1].virtual_size > 100 and pe.sections[1].virtual_address > 4096
pe.sections[0].characteristics & pe.SECTION_MEM_EXECUTE != 0
pe.sections[0].characteristics & 0x40000000 != 0
defined pe.sections[50].name
for any s in pe.sections : (s.name == ".data")
for all s in pe.sections : (s.raw_data_size < filesize)
for any i in (0..pe.number_of_sections - 1) : (pe.sections[i].name contains "data")
not for all s in pe.sections : (true)
pe.timestamp > 0
pe.characteristics & pe.EXECUTABLE_IMAGE != 0
pe.characteristics & pe.DLL != 0
pe.subsystem == pe.SUBSYSTEM_WINDOWS_GUI
pe.entry_point == 0
pe.entry_point_raw == 0
pe.entry_point > 512
defined pe.entry_point
pe.image_base == 0x400000
pe.linker_version.major >= 2
pe.os_version.major >= 4 and pe.subsystem_version.major >= 4
pe.image_version.minor == 0
pe.opthdr_magic == pe.IMAGE_NT_OPTIONAL_HDR32_MAGIC
pe.size_of_headers == 512 or pe.size_of_headers == 1024
pe.size_of_image > 8192 and pe.section_alignment == 4096
pe.checksum == 0
pe.dll_characteristics & pe.NX_COMPAT != 0
pe.number_of_rva_and_sizes == 16
pe.data_directories[pe.IMAGE_DIRECTORY_ENTRY_IMPORT].size > 0
pe.size_of_code >= 0 and pe.base_of_code >= 0
pe.is_dll()
pe.is_32bit()
pe.is_64bit()
not pe.is_64bit()
pe.imports("KERNEL32.dll")
pe.imports("kernel32.dll", "closehandle")
pe.imports("kernel32.dll", "ExitProcess")
pe.imports("kernel32.dll") > 5
pe.imports("ws2_32.dll", "recv")
pe.imports("ws2_32.dll", "WSAStartup")
pe.imports(/kernel32\.dll/i, /File/) > 1
pe.imports("nope.dll")
pe.number_of_imports == 2
pe.number_of_exports > 0
pe.exports("x")
pe.exports(/./)
pe.exports(1)
pe.dll_name contains "."
defined pe.dll_name
pe.imphash() == "d41d8cd98f00b204e9800998ecf8427e"
defined pe.imphash()
pe.overlay.size > 0
pe.overlay.offset == 0
pe.overlay.offset + pe.overlay.size == filesize
pe.number_of_resources > 0
pe.number_of_resources == 0
pe.version_info["CompanyName"] contains "a"
defined pe.version_info["CompanyName"]
for any k, v in pe.version_info : (k == "FileVersion")
pe.section_index(".data") == 1
defined pe.section_index("nope")
pe.section_index(600) == 0
pe.pdb_path contains "pdb"
defined pe.rich_signature.offset
pe.rich_signature.offset == 0x80
pe.rich_signature.clear_data startswith "DanS"
hash.crc32(0, filesize) == hash.crc32(0, filesize + 100)
hash.checksum32(0, 4) > 0x100
hash.md5("abc") == "900150983cd24fb0d6963f7d28e17f72"
hash.sha1("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"
hash.sha256(0, 0) == hash.sha256("")
defined hash.md5(filesize, 1)
defined hash.md5(-1, 5)
hash.md5(0, filesize) == hash.md5(0, filesize)
math.entropy(0, filesize) > 4.0
math.entropy(0, filesize) > 7.0
math.entropy("aabb") == 1.0
math.mean(0, filesize) > 100.0
math.mean("\x01\x03") == 2.0
math.deviation(0, filesize, math.MEAN_BYTES) > 60.0
math.deviation("abc", 98.0) > 0.6
math.serial_correlation(0, filesize) > 0.1
math.serial_correlation(0, filesize) < -0.01
math.serial_correlation("aaaaa") == -100000.0
math.monte_carlo_pi(0, filesize) < 0.1
math.monte_carlo_pi("abcdefghijkl") > 0.2
math.in_range(math.entropy(0, filesize), 0.0, 1.0)
math.min(1, 2) == 1 and math.max(1, 2) == 2 and math.max(-1, 2) == -1
math.abs(-3) == 3 and math.to_number(filesize > 5) == 1
math.count(0) > 100
math.count(0x4d, 0, 1) == 1
math.percentage(0) > 0.5
math.percentage(0x41, 0, 100) < 0.1
math.mode() == 0
math.mode(0, 2) == 0x4d
math.mean(filesize, 1) > 0.0
defined math.entropy(0, -1)
int8(0) < 0
int16(2) == uint16(2) and int32be(0) == uint32be(0)
uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550
uint32(-1) == 1
uint8(filesize - 1) >= 0 and not defined uint8(filesize)
`), "\n")

// samples are files to ask about.
func samples(t *testing.T) map[string][]byte {
	out := map[string][]byte{
		"stub32": petest.Stub(3, 6000), "stub64": petest.Stub(4, 9000), "text": []byte(strings.Repeat("the quick brown fox, ABC 123\n", 40)),
		"zeros": make([]byte, 5000), "one": {0x4d}, "cut": petest.Stub(3, 6000)[:300],
	}
	out["overlay"] = append(petest.Stub(5, 5000), "some more bytes behind"...)
	for _, path := range []string{"/bin/true", "/usr/bin/yara"} {
		if b, err := os.ReadFile(path); err == nil {
			out[filepath.Base(path)] = b
		}
	}
	for _, pattern := range []string{"/usr/share/nsis/Stubs/*", "/usr/share/nsis/Plugins/x86-unicode/*.dll", "/usr/share/nsis/Bin/*.exe"} {
		list, _ := filepath.Glob(pattern)
		for _, path := range list {
			if b, err := os.ReadFile(path); err == nil && len(out) < 30 {
				out[filepath.Base(path)] = b
			}
		}
	}
	return out
}

func conditionRules() string {
	text := "import \"pe\"\nimport \"hash\"\nimport \"math\"\nprivate rule one { condition: true }\nprivate rule two { condition: false }\n"
	for i, c := range conditions {
		text += fmt.Sprintf("rule c%03d { condition: %s }\n", i, c)
	}
	return text
}

// Conditions mean what they mean to Debian's yara.
func TestOracleConditions(t *testing.T) {
	oracle(t)
	dir := t.TempDir()
	rules := filepath.Join(dir, "r.yar")
	text := conditionRules()
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set := compile(t, text)
	ever := map[string]bool{}
	all := samples(t)
	for name, b := range all {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		want, _ := ask(t, rules, file)
		got, _, undecided := told(set, b)
		if undecided > 0 {
			t.Errorf("%s: %d undecided", name, undecided)
		}
		for i, c := range conditions {
			id := fmt.Sprintf("c%03d", i)
			g, w := slices.Contains(got, id), slices.Contains(want, id)
			ever[id] = ever[id] || g
			if g != w {
				t.Errorf("%s: %s is %v, yara says %v", name, c, g, w)
			}
		}
	}
	t.Logf("%d conditions, %d of them true somewhere, %d files", len(conditions), len(ever), len(all))
}

// bodies of rules that one may take for right, or for wrong.
var bodies = []string{
	`strings: $a = /ab{0,0}c/ condition: $a`,
	`strings: $a = "abc" ascii ascii condition: $a`,
	`strings: $a = /a**/ condition: $a`,
	`strings: $a = /(|a)b/ condition: $a`,
	`strings: $a = {AA B} condition: $a`,
	`strings: $a = "ab" xor(5-2) condition: $a`,
	`condition: "a" matches "b"`,
	`condition: any`,
	`strings: $a="abc" condition: 5 of them`,
	`strings: $a="abc" condition: -1 of them`,
	`condition: for any i in (1): (true)`,
	`strings: $a="abcd" condition: all of ($b*)`,
	`strings: $a={ 41 42 [0-0] 43 44} condition: not $a`,
	`strings: $a=/abc.{0}d/ condition: not $a`,
	`strings: $a={ ( 41 | 42 43 | (44|45 46) ) 47 48 } condition: not $a`,
	`condition: filesize in (1..5)`,
	`strings: $a={ 41 42 } nocase condition: $a`,
	`strings: $a="abcd" private fullword condition: not $a`,
	`strings: $a=/ab\/c[/]/ condition: not $a`,
	`condition: 1e5 > 1`,
	`condition: 0x10KB == 1`,
	`condition: (1 == 1) == true`,
	`meta: a = 1.5 condition: true`,
	`meta: a = "\x41" condition: true`,
	`condition: true condition: true`,
}

// What Debian's yara refuses is refused, and what it accepts is accepted.
func TestOracleSyntax(t *testing.T) {
	program := oracle(t)
	dir := t.TempDir()
	rules, file := filepath.Join(dir, "r.yar"), filepath.Join(dir, "f")
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	for _, body := range bodies {
		text := "rule x { " + body + " }"
		if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := exec.Command(program, "-w", rules, file).CombinedOutput()
		_, faults := Compile([]Source{{"f", []byte(text)}})
		if (err == nil) != (len(faults) == 0) {
			t.Errorf("%s: yara says %v, we say %v", text, err, faults)
		}
		if err == nil {
			accepted++
		}
	}
	if accepted == 0 || accepted == len(bodies) {
		t.Errorf("%d of %d accepted", accepted, len(bodies))
	}
}
