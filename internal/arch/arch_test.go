package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// pkg is what the rules need to know of one package.
type pkg struct {
	path    string // under lazaret/
	imports map[string]string
	doc     int // lines of the package comment
	lines   int // of code files
	long    []string
	inits   []string
	clocks  []string
	bodies  []string // functions longer than allowed
	unsafe  []string // uses of package unsafe, but for Sizeof, which reads no memory
}

const (
	maxFile    = 600
	maxPackage = 3000
	maxFunc    = 60
	minDoc     = 10
)

// load parses every Go file of the module outside of tests.
func load(t *testing.T) []*pkg {
	t.Helper()
	all := map[string]*pkg{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (strings.HasPrefix(name, ".") && path != root || name == "testdata" || name == "node_modules" || name == "bench-data") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		p := all[rel]
		if p == nil {
			p = &pkg{path: rel, imports: map[string]string{}}
			all[rel] = p
		}
		return p.read(fset, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []*pkg
	for _, p := range all {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
	if len(out) < 10 {
		t.Fatalf("only %d packages were found", len(out))
	}
	return out
}

func (p *pkg) read(fset *token.FileSet, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		return err
	}
	generated := bytes.Contains(src[:min(len(src), 200)], []byte("DO NOT EDIT"))
	n := bytes.Count(src, []byte{'\n'})
	if !generated {
		p.lines += n
		if n > maxFile {
			p.long = append(p.long, fmt.Sprintf("%s: %d lines", path, n))
		}
	}
	if f.Doc != nil {
		p.doc += strings.Count(f.Doc.Text(), "\n")
	}
	for _, i := range f.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		p.imports[name] = path
	}
	p.walk(fset, f, path)
	return nil
}

func (p *pkg) walk(fset *token.FileSet, f *ast.File, path string) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			p.inits = append(p.inits, path)
		}
		if fn.Body != nil {
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFunc {
				p.bodies = append(p.bodies, fmt.Sprintf("%s: %s has %d lines", path, fn.Name.Name, n))
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "unsafe" && s.Sel.Name != "Sizeof" {
			p.unsafe = append(p.unsafe, fmt.Sprintf("%s: unsafe.%s", path, s.Sel.Name))
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
			switch s.Sel.Name {
			case "Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc":
				p.clocks = append(p.clocks, fmt.Sprintf("%s: time.%s", path, s.Sel.Name))
			}
		}
		return true
	})
}

// place finds the floor of a package, and the family it is a member of.
func place(path string) (floor int, family string, ok bool) {
	for _, f := range Floors {
		for _, r := range f.Rooms {
			if r.Path == path {
				return f.Number, "", true
			}
		}
	}
	for _, f := range Floors {
		for _, r := range f.Rooms {
			if dir, many := strings.CutSuffix(r.Path, "/*"); many && filepath.Dir(path) == dir {
				return f.Number, dir, true
			}
		}
	}
	return 0, "", false
}

// outside are commands and helpers that stand beside the house: nothing imports
// them.
func outside(path string) bool {
	return path == "lab" || strings.HasPrefix(path, "lab/") || path == "bench" || strings.HasSuffix(path, "/gen") ||
		path == "internal/arch" || path == "internal/conformance"
}

func TestFloors(t *testing.T) {
	for _, p := range load(t) {
		if outside(p.path) {
			continue
		}
		floor, family, ok := place(p.path)
		if !ok {
			t.Errorf("%s stands on no floor: add it to Floors", p.path)
			continue
		}
		for imp := range p.imports {
			target, mine := strings.CutPrefix(imp, "lazaret/")
			if !mine {
				continue
			}
			if outside(target) {
				t.Errorf("%s imports %s, which stands beside the house", p.path, target)
				continue
			}
			if strings.HasSuffix(target, "test") {
				t.Errorf("%s imports %s, which is for tests", p.path, target)
			}
			to, toFamily, ok := place(target)
			switch {
			case !ok:
				t.Errorf("%s imports %s, which stands on no floor", p.path, target)
			case to > floor:
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.path, floor, target, to)
			case family != "" && family == toFamily:
				t.Errorf("%s imports %s of the same family", p.path, target)
			}
		}
	}
}

func TestWalls(t *testing.T) {
	banned := map[string]string{
		"net/http":     "the packet path is mute",
		"os/exec":      "the packet path starts nothing",
		"log/slog":     "the packet path does not log",
		"log":          "the packet path does not log",
		"database/sql": "the packet path stores nothing",
		"net":          "the packet path opens no connection",
	}
	for _, p := range load(t) {
		floor, _, ok := place(p.path)
		if !ok || floor > 6 || outside(p.path) {
			continue
		}
		for imp, file := range p.imports {
			if why, bad := banned[imp]; bad {
				t.Errorf("%s imports %s: %s", file, imp, why)
			}
			if (imp == "os" || imp == "syscall" || strings.HasPrefix(imp, "golang.org/x/sys")) && p.path != "internal/capture" && p.path != "internal/prototest" && floor > 0 {
				t.Errorf("%s imports %s: only internal/capture touches the system", file, imp)
			}
		}
		if p.path != "internal/capture" { // there a fault's address is compared with the mapping's
			for _, u := range p.unsafe {
				t.Errorf("%s: memory safety is a promise", u)
			}
		}
		for _, c := range p.clocks {
			t.Errorf("%s: time comes with the packet", c)
		}
	}
}

func TestShape(t *testing.T) {
	for _, p := range load(t) {
		if p.doc < minDoc && !strings.HasSuffix(p.path, "testdata") {
			t.Errorf("%s: the package comment has %d lines, wanted %d", p.path, p.doc, minDoc)
		}
		if p.lines > maxPackage && !outside(p.path) {
			t.Errorf("%s has %d lines, at most %d are allowed", p.path, p.lines, maxPackage)
		}
		for _, list := range [][]string{p.long, p.bodies} {
			for _, s := range list {
				t.Errorf("%s: too long", s)
			}
		}
		for _, s := range p.inits {
			t.Errorf("%s has an init function", s)
		}
		switch base := filepath.Base(p.path); base {
		case "util", "utils", "common", "helpers", "types", "manager", "misc":
			t.Errorf("%s: %q says nothing", p.path, base)
		}
	}
}

// Every direct dependency has its reason in docs/DEPENDENCIES.md, and no other
// has one.
func TestDependencies(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs/DEPENDENCIES.md"))
	if err != nil {
		t.Fatal(err)
	}
	direct := map[string]bool{}
	for line := range strings.Lines(string(mod)) {
		f := strings.Fields(line)
		if len(f) >= 2 && strings.Contains(f[0], ".") && strings.HasPrefix(f[1], "v") && !strings.Contains(line, "// indirect") {
			direct[f[0]] = true
		}
	}
	reasons := map[string]bool{}
	for line := range strings.Lines(string(doc)) {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ := strings.Cut(rest, "`")
			reasons[name] = true
		}
	}
	for d := range direct {
		if !reasons[d] {
			t.Errorf("%s has no reason in docs/DEPENDENCIES.md", d)
		}
	}
	for d := range reasons {
		if !direct[d] && !strings.Contains(d, "staticcheck") && !strings.Contains(d, "honnef") {
			t.Errorf("docs/DEPENDENCIES.md gives a reason for %s, which is no direct dependency", d)
		}
	}
	if len(direct) == 0 || len(direct) > 15 {
		t.Errorf("%d direct dependencies, wanted 1 to 15", len(direct))
	}
}

// ARCHITECTURE.md carries the table of floors as it is here.
func TestArchitectureTable(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := Table()
	if os.Getenv("UPDATE") == "1" {
		out, ok := replaceTable(string(doc), want)
		if !ok {
			t.Fatal("ARCHITECTURE.md has no markers for the table")
		}
		if err := os.WriteFile(filepath.Join(root, "ARCHITECTURE.md"), []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !strings.Contains(string(doc), want) {
		t.Error("the table of floors in ARCHITECTURE.md is not current: UPDATE=1 go test ./internal/arch")
	}
}

const begin, end = "<!-- floors -->\n", "<!-- /floors -->"

func replaceTable(doc, table string) (string, bool) {
	head, rest, ok := strings.Cut(doc, begin)
	if !ok {
		return "", false
	}
	_, tail, ok := strings.Cut(rest, end)
	return head + begin + table + end + tail, ok
}

// Table prints the floors as Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| floor | package | one line |\n|---|---|---|\n")
	for _, f := range Floors {
		for i, r := range f.Rooms {
			n := ""
			if i == 0 {
				n = fmt.Sprintf("%d %s", f.Number, f.Name)
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", n, strings.TrimPrefix(r.Path, "internal/"), r.Line)
		}
	}
	return b.String()
}
