package petest_test

import (
	"bytes"
	"debug/pe"
	"math/rand/v2"
	"slices"
	"testing"

	"lazaret/internal/pe/petest"
)

// TestStub holds that the standard library takes a stub for a program, that nothing in
// it can run, and that the seed decides all.
func TestStub(t *testing.T) {
	for seed := range uint64(20) {
		b := petest.Stub(seed, 4096<<(seed%5))
		if !bytes.Equal(b, petest.Stub(seed, 4096<<(seed%5))) || bytes.Equal(b, petest.Stub(seed+1, 4096<<(seed%5))) {
			t.Fatalf("seed %d does not decide", seed)
		}
		f, err := pe.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.ImportedSymbols()
		if err != nil || len(symbols) < 3 || !slices.ContainsFunc(symbols, func(s string) bool { return len(s) > 13 && s[len(s)-13:] == ":KERNEL32.dll" }) {
			t.Errorf("imports = %v, %v", symbols, err)
		}
		for _, s := range f.Sections {
			if s.Characteristics&(pe.IMAGE_SCN_MEM_EXECUTE|pe.IMAGE_SCN_CNT_CODE) != 0 {
				t.Errorf("section %s can run", s.Name)
			}
		}
		switch h := f.OptionalHeader.(type) {
		case *pe.OptionalHeader32:
			if h.AddressOfEntryPoint != 0 {
				t.Error("it has an entry point")
			}
		case *pe.OptionalHeader64:
			if h.AddressOfEntryPoint != 0 {
				t.Error("it has an entry point")
			}
		}
	}
}

func TestMutations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	b := petest.Stub(1, 5000)
	in := petest.Insert(b, r, 100, 50)
	over := petest.Overwrite(b, r, len(b)-10, 50)
	more := petest.Append(b, r, 50)
	if len(in) != len(b)+50 || !bytes.Equal(in[:100], b[:100]) || !bytes.Equal(in[150:], b[100:]) {
		t.Error("inserted elsewhere")
	}
	if len(over) != len(b) || !bytes.Equal(over[:len(b)-10], b[:len(b)-10]) || bytes.Equal(over, b) {
		t.Error("written over elsewhere")
	}
	if len(more) != len(b)+50 || !bytes.Equal(more[:len(b)], b) {
		t.Error("appended elsewhere")
	}
}
