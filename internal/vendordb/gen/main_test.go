package main

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	got, err := table("1", "BSD", map[string]string{
		"00000c": "B  Corp,\tInc\nStreet 1", "000001": "A\nStreet", "0000023": "B Corp, Inc\nStreet 2",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "000001,A\n0000023 00000C,B Corp, Inc\n"
	if !strings.HasSuffix(string(got), want) || !strings.HasPrefix(string(got), "# ") {
		t.Errorf("table is %q, want the end %q", got, want)
	}
	for prefix, address := range map[string]string{"00000": "A", "00000G": "A", "000000": "\nStreet"} {
		if _, err := table("1", "BSD", map[string]string{prefix: address}); err == nil {
			t.Errorf("entry %q: %q is accepted", prefix, address)
		}
	}
}
