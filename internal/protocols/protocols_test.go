package protocols

import (
	"os"
	"os/exec"
	"testing"
)

// The generated list is what the generator would write now.
func TestCurrent(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("go", "run", "./gen", "-o", dir+"/specs_gen.go")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, err := os.ReadFile(dir + "/specs_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("specs_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("specs_gen.go is not current: make generate")
	}
}

// A name or a log that two protocols claim would mix their records.
func TestNamesAreUnique(t *testing.T) {
	names, logs := map[string]bool{}, map[string]string{}
	for _, s := range Specs {
		if s.Name == "" || s.Doc == "" || s.New == nil || s.Transports == 0 {
			t.Errorf("%q is declared incompletely", s.Name)
		}
		if names[s.Name] {
			t.Errorf("two protocols are called %s", s.Name)
		}
		names[s.Name] = true
		for _, r := range s.Records {
			if logs[r.Name] != "" {
				t.Errorf("log %s belongs to %s and %s", r.Name, logs[r.Name], s.Name)
			}
			logs[r.Name] = s.Name
		}
	}
}
