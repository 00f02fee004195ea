package proto_test

import (
	"testing"

	"lazaret/internal/proto"
)

func TestAccount(t *testing.T) {
	for _, k := range [][3]string{
		{"WARD", "Anna", `ward\anna`}, {"", "Anna", "anna"}, {"CT1", `WARD\Anna`, `ward\anna`}, {"", "Anna@ward.example", `ward.example\anna`},
		{"WARD", "anna@ward.example", `ward\anna@ward.example`}, {"WARD", "", ""}, {"", `\anna`, `\anna`}, {"", "anna@", "anna@"},
	} {
		if got := proto.Account(k[0], k[1]); got != k[2] {
			t.Errorf("%q and %q are %q, want %q", k[0], k[1], got, k[2])
		}
	}
}
