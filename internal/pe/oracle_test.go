package pe_test

import (
	"context"
	stdpe "debug/pe"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lazaret/internal/pe"
	"lazaret/internal/pe/petest"
)

// TestDebugPE compares headers and sections with the standard library's reader.
func TestDebugPE(t *testing.T) {
	compared := 0
	for _, path := range petest.Corpus(t, 8<<20) {
		want, err := stdpe.Open(path)
		if err != nil {
			continue
		}
		got := read(t, path)
		if got == nil {
			t.Errorf("%s: the standard library reads it", path)
		} else {
			sameHeaders(t, path, got, want)
			compared++
		}
		if err := want.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if compared == 0 {
		t.Fatal("nothing was compared")
	}
	t.Logf("%d files compared", compared)
}

func sameHeaders(t *testing.T, path string, got *pe.Image, want *stdpe.File) {
	t.Helper()
	if got.Compiled != want.TimeDateStamp || len(got.Sections) != int(want.NumberOfSections) {
		t.Errorf("%s: compiled %d, %d sections; want %d, %d", path, got.Compiled, len(got.Sections), want.TimeDateStamp, want.NumberOfSections)
		return
	}
	for i, s := range want.Sections {
		g := got.Sections[i]
		if g.VirtualSize != s.VirtualSize || g.RawSize != s.Size || g.Address != s.VirtualAddress || g.Flags != s.Characteristics {
			t.Errorf("%s: section %d = %+v, want %+v", path, i, g, s.SectionHeader)
		}
	}
	switch h := want.OptionalHeader.(type) {
	case *stdpe.OptionalHeader32:
		if got.HasImportTable != (h.DataDirectory[1].Size > 0) || got.Entry != h.AddressOfEntryPoint || got.CheckSum != h.CheckSum {
			t.Errorf("%s: %+v", path, got)
		}
	case *stdpe.OptionalHeader64:
		if got.HasImportTable != (h.DataDirectory[1].Size > 0) || got.Entry != h.AddressOfEntryPoint || got.CheckSum != h.CheckSum {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func read(t *testing.T, path string) *pe.Image {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	im, err := pe.Read(whole(b))
	if err != nil {
		return nil
	}
	if im.Partial {
		t.Errorf("%s is whole and said to be partial", path)
	}
	return im
}

// peer is Debian's python3-pefile, asked for the same marks.
const peer = `
import hashlib, json, sys, pefile
for path in sys.stdin.read().splitlines():
    try:
        p = pefile.PE(path, fast_load=True)
        p.parse_data_directories([0, 1, 2])
    except pefile.PEFormatError:
        continue
    rich = p.parse_rich_header()
    rich = hashlib.md5(rich["clear_data"]).hexdigest() if rich else ""
    out = {"path": path, "imphash": p.get_imphash(), "rich": rich, "name": "", "version": {}}
    out["sections"] = [s.get_hash_sha256() or "" for s in p.sections]
    out["entropy"] = [s.get_entropy() for s in p.sections]
    if hasattr(p, "DIRECTORY_ENTRY_EXPORT"):
        out["name"] = (p.DIRECTORY_ENTRY_EXPORT.name or b"").decode("latin1")
    for info in getattr(p, "FileInfo", [])[:1]:
        for entry in info:
            for table in getattr(entry, "StringTable", [])[:1]:
                out["version"] = {k.decode(): v.decode() for k, v in table.entries.items()}
    print(json.dumps(out))
`

type answer struct {
	Path, Imphash, Rich, Name string
	Sections                  []string
	Entropy                   []float64
	Version                   map[string]string
}

// TestPefile compares the marks of files with those of an independent reader.
func TestPefile(t *testing.T) {
	const python = "/usr/bin/python3"
	if exec.Command(python, "-c", "import pefile").Run() != nil {
		t.Skip("Debian's python3-pefile is not installed")
	}
	files := petest.Corpus(t, 1<<20)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-c", peer)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for line := range strings.Lines(string(out)) {
		var want answer
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		got := read(t, want.Path)
		if got == nil {
			t.Errorf("%s: the other reads it", want.Path)
			continue
		}
		compared++
		sameMarks(t, got, want)
	}
	if compared == 0 {
		t.Fatal("nothing was compared")
	}
	t.Logf("%d files compared", compared)
}

func sameMarks(t *testing.T, got *pe.Image, want answer) {
	t.Helper()
	if got.ImportHash != want.Imphash {
		t.Errorf("%s: import hash %q, want %q", want.Path, got.ImportHash, want.Imphash)
	}
	if got.RichHash != want.Rich {
		t.Errorf("%s: rich hash %q, want %q", want.Path, got.RichHash, want.Rich)
	}
	if got.ExportName != want.Name {
		t.Errorf("%s: export name %q, want %q", want.Path, got.ExportName, want.Name)
	}
	for i, s := range got.Sections {
		if s.SHA256 == "" { // nothing in the file: the other hashes no bytes
			continue
		}
		if s.SHA256 != want.Sections[i] || s.Entropy-want.Entropy[i] > 1e-6 || want.Entropy[i]-s.Entropy > 1e-6 {
			t.Errorf("%s: section %s has %s %f, want %s %f", want.Path, s.Name, s.SHA256, s.Entropy, want.Sections[i], want.Entropy[i])
		}
	}
	for key, field := range map[string]string{"CompanyName": got.Version.Company, "ProductName": got.Version.Product,
		"FileVersion": got.Version.FileVersion, "OriginalFilename": got.Version.OriginalName,
		"FileDescription": got.Version.Description, "InternalName": got.Version.InternalName} {
		if value := strings.TrimSpace(want.Version[key]); field != value && len(value) < 120 {
			t.Errorf("%s: %s %q, want %q", want.Path, key, field, value)
		}
	}
}
